"""ingress-nginx: its releases, what is wrong with each, and which of its annotations inject configuration.

Sources: kubernetes/ingress-nginx README.md (retirement; the table of versions), Changelog, docs/user-guide/
nginx-configuration/annotations-risk.md and configmap.md; the issue of each vulnerability in kubernetes/kubernetes; for
CVE-2023-5044 GHSA-fp9f-44c2-cw27, too.
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
    """A release of the project's own, by an image, by one built of it unchanged, or by a chart.

    `release` is None where nothing says which. `may_be_older` is set where it is the last of those that may be meant:
    what is wrong with that one is wrong with all of them.
    """

    release: Release | None
    may_be_older: bool = False

    @property
    def vulnerabilities(self) -> tuple[Vulnerability, ...]:
        """What is known to be wrong with the release, the worst first."""
        return vulnerabilities(self.release) if self.release else ()

    def __str__(self) -> str:
        if self.release is None:
            return NAME
        return f"{NAME} {'.'.join(map(str, self.release))}{' or older' if self.may_be_older else ''}"


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


_CHARTS: Mapping[Release, Release] = {
    (4, 9, 1): (1, 9, 6), (4, 9, 0): (1, 9, 5), (4, 8, 3): (1, 9, 4), (4, 8, 2): (1, 9, 3), (4, 8, 1): (1, 9, 1),
    (4, 8, 0): (1, 9, 0), (4, 7, 5): (1, 8, 5), (4, 7, 2): (1, 8, 2), (4, 7, 0): (1, 8, 0), (4, 6, 1): (1, 7, 1),
    (4, 6, 0): (1, 7, 0), (4, 5, 2): (1, 6, 4), (4, 4, 0): (1, 5, 1), (4, 4, 2): (1, 5, 1), (4, 3, 0): (1, 4, 0),
    (4, 2, 5): (1, 3, 1), (4, 2, 0): (1, 3, 0), (4, 0, 15): (1, 1, 1), (4, 0, 13): (1, 1, 0), (4, 0, 10): (1, 1, 0),
    (4, 0, 7): (1, 0, 5), (4, 0, 6): (1, 0, 4), (4, 0, 5): (1, 0, 3), (4, 0, 3): (1, 0, 2), (4, 0, 2): (1, 0, 1),
    (4, 0, 1): (1, 0, 0),
}  # fmt: skip
"""The controllers that charts before 4.10 install.

Sources: README.md, table of versions; charts/ingress-nginx/changelog/helm-chart-4.*.md, charts/ingress-nginx/
CHANGELOG.md. A chart that none of them has a line for is not here.
"""

_LAST: Mapping[tuple[int, int], Release] = {
    (4, 15): (1, 15, 1), (4, 14): (1, 14, 5), (4, 13): (1, 13, 9), (4, 12): (1, 12, 8), (4, 11): (1, 11, 8),
    (4, 10): (1, 10, 6), (4, 9): (1, 9, 6), (4, 8): (1, 9, 4), (4, 7): (1, 8, 5), (4, 6): (1, 7, 1), (4, 5): (1, 6, 4),
    (4, 4): (1, 5, 1), (4, 3): (1, 4, 0), (4, 2): (1, 3, 1), (4, 1): (1, 3, 0), (4, 0): (1, 3, 0),
}  # fmt: skip
"""The last controllers that the charts of a branch may install: changelog/ has each, and there will be no more."""
_LAST_OF_0: Release = (1, 0, 0)
"""Charts before 4 came before the controller's 1.0.0, which chart 4.0.1 has."""

_CHART_VERSION = r"([v=~]?) ?(\d+)\.(\d+)(?:\.(\d+|[xX*]))?"


def controller_of_chart(version: str) -> ControllerImage:
    """The controller that a version of the project's chart installs, or the last of a branch that is asked for.

    A range that leaves the branch open has none: new charts satisfy it. From 4.10 on a chart has its controller's
    number.
    """
    match = re.fullmatch(_CHART_VERSION, version.strip())
    if match is None:
        return ControllerImage(None)
    branch = int(match[2]), int(match[3])
    last = _LAST.get(branch, _LAST_OF_0 if branch[0] < 4 else None)
    if match[1] == "~" or not (match[4] or "").isdigit():
        return ControllerImage(last, may_be_older=True) if last else ControllerImage(None)
    patch = int(match[4])
    known = (1, branch[1], patch) if branch[0] == 4 and branch[1] >= 10 else _CHARTS.get((*branch, patch))
    if last is None or known is not None:
        return ControllerImage(known if last is not None else None)
    return ControllerImage(last, may_be_older=True)


def risky_annotations(annotations: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The annotations of ingress-nginx of the risks High and Critical: each whole key with its risk."""
    for key in annotations:
        name = key.removeprefix(PREFIX)
        if name != key and (name in SNIPPETS or name in HIGH_RISK):
            yield key, "Critical" if name in SNIPPETS else "High"
