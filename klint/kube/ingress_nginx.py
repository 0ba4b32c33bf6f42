"""ingress-nginx: its releases, what is wrong with each, and which of its annotations inject configuration.

Sources: kubernetes/ingress-nginx README.md (retirement; the table of versions, in which charts from 4.10 on have their
controller's numbers), docs/user-guide/nginx-configuration/annotations-risk.md and configmap.md, Changelog; the issue of
each vulnerability in kubernetes/kubernetes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from klint.kube.controllers import image_is
from klint.records import dataclass

NAME = "ingress-nginx"
SERVED_BY = frozenset((NAME, "AKS application routing", "MicroK8s ingress"))
"""Controllers, by their names in the table of controllers, that are ingress-nginx, whoever builds them."""

PREFIX = "nginx.ingress.kubernetes.io/"

SNIPPETS = ("configuration-snippet", "server-snippet", "stream-snippet", "auth-snippet", "modsecurity-snippet")
"""Annotations of the risk Critical: what they say becomes nginx configuration as it is."""

HIGH_RISK = frozenset((
    *("server-alias", "auth-url", "auth-signin", "auth-tls-match-cn", "auth-tls-error-page", "mirror-host"),
    *("mirror-target", "modsecurity-transaction-id", "proxy-ssl-name", "upstream-hash-by"),
))  # fmt: skip
"""Annotations of the risk High."""

RISKS = ("Low", "Medium", "High", "Critical")
"""What `annotations-risk-level` may be."""

Release = tuple[int, int, int]

SNIPPETS_OFF: Release = (1, 9, 0)
"""Since then `allow-snippet-annotations` is off by default (Changelog of 1.9.0, #10393)."""
RISK_LEVEL_HIGH: Release = (1, 12, 0)
"""Since then `annotations-risk-level` is High by default; it was Critical (Changelog of 1.12.0, #11819)."""


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """A CVE: what it lets who do, and the first release of each branch that is fixed.

    `issue` is its number in kubernetes/kubernetes.
    """

    cve: str
    what: str
    fixed: tuple[Release, ...]
    issue: int

    def affects(self, release: Release) -> bool:
        """Whether a release has it: it comes before the newest fix, and before that of its own branch if there is."""
        return release < max(self.fixed) and not any(release[:2] == fix[:2] and release >= fix for fix in self.fixed)


VULNERABILITIES: tuple[Vulnerability, ...] = (
    Vulnerability(
        "CVE-2025-1974",
        "anything on the pod network runs code in it, through its admission webhook",
        ((1, 11, 5), (1, 12, 1)),
        131009,
    ),
    Vulnerability("CVE-2026-4342", "Ingresses inject configuration by comments", ((1, 13, 9), (1, 14, 5), (1, 15, 1)),
                  137893),
    Vulnerability("CVE-2026-3288", "Ingresses inject configuration by rewrite-target",
                  ((1, 13, 8), (1, 14, 4), (1, 15, 0)), 137560),
    Vulnerability("CVE-2026-24512", "Ingresses inject configuration by a path", ((1, 13, 7), (1, 14, 3)), 136678),
    Vulnerability("CVE-2026-1580", "Ingresses inject configuration by auth-method", ((1, 13, 7), (1, 14, 3)), 136677),
    Vulnerability("CVE-2025-15566", "Ingresses inject configuration by auth-proxy-set-headers",
                  ((1, 12, 5), (1, 13, 1)), 136789),
    Vulnerability("CVE-2025-1097", "Ingresses inject configuration by auth-tls-match-cn", ((1, 11, 5), (1, 12, 1)),
                  131007),
    Vulnerability("CVE-2025-1098", "Ingresses inject configuration by mirror-target", ((1, 11, 5), (1, 12, 1)), 131008),
    Vulnerability("CVE-2025-24514", "Ingresses inject configuration by auth-url", ((1, 11, 5), (1, 12, 1)), 131006),
    Vulnerability("CVE-2024-7646", "Ingresses get around the validation of annotations", ((1, 10, 4), (1, 11, 2)),
                  126744),
    Vulnerability("CVE-2023-5044", "Ingresses inject configuration by permanent-redirect", ((1, 9, 0),), 126817),
    Vulnerability("CVE-2025-24513", "the name of a Secret leads out of its folder", ((1, 11, 5), (1, 12, 1)), 131005),
    Vulnerability("CVE-2026-24513", "auth-url does not hold with a broken backend for errors", ((1, 13, 7), (1, 14, 3)),
                  136679),
)  # fmt: skip
"""The worst first."""


def vulnerabilities(release: Release) -> tuple[Vulnerability, ...]:
    """What is known to be wrong with a release, the worst first."""
    return tuple(item for item in VULNERABILITIES if item.affects(release))


_OFFICIAL = frozenset((
    *("ingress-nginx/controller", "ingress-nginx/controller-chroot"),
    *("kubernetes-ingress-controller/nginx-ingress-controller", "google_containers/nginx-ingress-controller"),
))  # fmt: skip
_BITNAMI = frozenset(("bitnami/nginx-ingress-controller", "bitnamilegacy/nginx-ingress-controller"))
_TAG = r"v?(\d+)\.(\d+)\.(\d+)(.*)"
_BITNAMI_SUFFIX = r"(-debian-\d+)?(-r\d+)?"


@dataclass(frozen=True, slots=True)
class ControllerImage:
    """An image of the project's own releases, or one built of these unchanged; `release` is None where no tag says."""

    release: Release | None

    @property
    def vulnerabilities(self) -> tuple[Vulnerability, ...]:
        """What is known to be wrong with the release, the worst first."""
        return vulnerabilities(self.release) if self.release else ()

    def __str__(self) -> str:
        return f"{NAME} {'.'.join(map(str, self.release))}" if self.release else NAME


def controller_image(image: str) -> ControllerImage | None:
    """The release in an image of ingress-nginx; None for other images, and for builds that others patch.

    Rancher's and Microsoft's have fixes of their own under the numbers of old releases.
    """
    if not (image_is(image, _OFFICIAL) or image_is(image, _BITNAMI)):
        return None
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    match = re.fullmatch(_TAG, tag, re.DOTALL)
    if match is None:
        return ControllerImage(None)
    is_unchanged = re.fullmatch(_BITNAMI_SUFFIX, match[4]) if image_is(image, _BITNAMI) else not match[4]
    return ControllerImage((int(match[1]), int(match[2]), int(match[3]))) if is_unchanged else None


_CHARTS: Mapping[tuple[int, int], int] = {(4, minor): minor for minor in range(10, 16)}
_EXACT = r"[v=]?(\d+)\.(\d+)\.(\d+)"


def controller_of_chart(version: str) -> ControllerImage:
    """The controller that a version of the project's chart installs; without a number for ranges and older charts."""
    match = re.fullmatch(_EXACT, version.strip())
    minor = _CHARTS.get((int(match[1]), int(match[2]))) if match else None
    return ControllerImage((1, minor, int(match[3])) if match and minor is not None else None)


def risky_annotations(annotations: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The annotations of ingress-nginx of the risks High and Critical: each whole key with its risk."""
    for key in annotations:
        name = key.removeprefix(PREFIX)
        if name != key and (name in SNIPPETS or name in HIGH_RISK):
            yield key, "Critical" if name in SNIPPETS else "High"
