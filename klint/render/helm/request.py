"""What Helm is asked: a chart as an archive, and with what to render it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from klint.kube.names import is_dns_label
from klint.records import dataclass, field
from klint.regex import regex
from klint.render.budget import Budget, chart_budget
from klint.render.helm.charts import KUBE_VERSIONS
from klint.render.helm.marking import Daring
from klint.render.outcomes import RenderError

KUBE_VERSION = KUBE_VERSIONS[0]
"""The Kubernetes version charts are rendered for where nothing, nor the chart, names one."""

SERVED_KINDS = (
    "apps/v1/DaemonSet",
    "apps/v1/Deployment",
    "apps/v1/StatefulSet",
    "autoscaling/v2/HorizontalPodAutoscaler",
    "batch/v1/CronJob",
    "batch/v1/Job",
    "networking.k8s.io/v1/Ingress",
    "networking.k8s.io/v1/IngressClass",
    "networking.k8s.io/v1/NetworkPolicy",
    "policy/v1/PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1/ClusterRole",
    "rbac.authorization.k8s.io/v1/Role",
)
"""Kinds that charts ask every cluster for. Away from one, Helm knows groups and versions only, and takes the kinds for
missing, so that a chart would fall back to an API that is gone."""

_RELEASE_NAME = regex(r"[a-z0-9](?:[a-z0-9.-]{0,51}[a-z0-9])?\Z")
_VERSION = regex(r"v?[0-9]+(?:\.[0-9]+){0,2}(?:[-+][0-9A-Za-z.+-]*)?\Z")
_API_VERSION = regex(r"[0-9A-Za-z][0-9A-Za-z./-]*\Z")


def is_release_name(text: str) -> bool:
    """Whether Helm takes this for the name of a release: parts as in host names, 53 characters in all."""
    return _RELEASE_NAME.match(text) is not None and ".." not in text


@dataclass(frozen=True)
class TemplateRequest:
    """What to render: a chart as an archive, what makes copies of it with markers, values and release.

    Names and versions come from what is linted, and some become arguments of a program: `check` sees to it that they
    are what they should be. `budget` is what the chart may take with this and all other values. `same_with_markers`
    says whether markers certainly change nothing, with values as YAML: then the plain chart need not be rendered, but
    the copy that `marked_for_both` makes.
    """

    chart: bytes
    marked: Callable[[Daring], bytes] | None = None
    texts: Sequence[str] = ()
    sets: Sequence[str] = ()
    name: str = "release-name"
    namespace: str = "default"
    kube_version: str = KUBE_VERSION
    api_versions: Sequence[str] = ()
    budget: Budget = field(default_factory=chart_budget, compare=False)
    strings: Sequence[str] = ()
    literals: Sequence[str] = ()
    same_with_markers: Callable[[Iterable[str]], bool] | None = None
    marked_for_both: Callable[[], bytes] | None = None

    def is_same_with_markers(self) -> bool:
        """Whether one render, with all markers, is enough."""
        given = (*self.texts, *self.sets, *self.strings, *self.literals)
        return self.same_with_markers is not None and self.same_with_markers(given)

    def check(self) -> None:
        """See that names and versions are what Helm takes.

        Raises:
            RenderError: one is not. Source: helm's pkg/chart/v2/util/validate_name.go for the release.
        """
        wrong = [
            ("release", self.name, "name of a release", is_release_name(self.name)),
            ("namespace", self.namespace, "namespace", is_dns_label(self.namespace)),
            ("kube_version", self.kube_version, "version of Kubernetes", _VERSION.match(self.kube_version)),
            *(("api_versions", text, "API version", _API_VERSION.match(text)) for text in self.api_versions),
        ]
        for name, text, what, is_right in wrong:
            if not is_right:
                raise RenderError(f"{text!r} is no {what}", name)

    def options(self) -> dict[str, Any]:
        """The release's options as the library reads them."""
        return {
            "name": self.name,
            "namespace": self.namespace,
            "kube_version": self.kube_version,
            "api_versions": [*SERVED_KINDS, *self.api_versions],
        }
