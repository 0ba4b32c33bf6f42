"""Custom resources: which of them may make Services and pods that no manifest shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from klint.kube.objects import has_view
from klint.kube.resource import Resource, strings

_MAKE_NOTHING = frozenset(
    (
        # Certificates and secrets
        "acme.cert-manager.io",
        "bitnami.com",
        "cert-manager.io",
        "external-secrets.io",
        "secrets.hashicorp.com",
        # Routing and policy: they refer to Services and pods
        "apisix.apache.org",
        "cilium.io",
        "cloud.google.com",
        "configuration.konghq.com",
        "crd.projectcalico.org",
        "elbv2.k8s.aws",
        "gateway.envoyproxy.io",
        "getambassador.io",
        "k8s.nginx.org",
        "kyverno.io",
        "linkerd.io",
        "networking.gke.io",
        "networking.istio.io",
        "policy.linkerd.io",
        "projectcalico.org",
        "projectcontour.io",
        "route.openshift.io",
        "security.istio.io",
        "split.smi-spec.io",
        "telemetry.istio.io",
        "traefik.containo.us",
        "traefik.io",
        "zalando.org",
        # Sources, images and notices of a deployment, not the deployment
        "image.openshift.io",
        "image.toolkit.fluxcd.io",
        "notification.toolkit.fluxcd.io",
        "source.toolkit.fluxcd.io",
        # The cluster's own settings
        "config.openshift.io",
        "keda.sh",
        "metallb.io",
    )
)
"""API groups of custom resources that refer to Services and pods, or have to do with neither."""

_KNATIVE = "serving.knative.dev"

_MONITORS = frozenset(("PodMonitor", "PrometheusRule", "Probe", "ScrapeConfig", "ServiceMonitor"))
"""Kinds of monitoring.coreos.com that make nothing; Prometheus and Alertmanager make pods."""


def is_maker(resource: Resource) -> bool:
    """Whether an operator may make Services or pods for this: a custom resource of a kind not known to make none."""
    group = resource.group
    if group == _KNATIVE:
        return True
    if "." not in group or group.endswith(".k8s.io") or group in _MAKE_NOTHING or resource.kind in _MONITORS:
        return False
    return not has_view(group, resource.kind)


def names_after_itself(resource: Resource) -> bool:
    """Whether all Services that are made for it are called as it is, or begin with its name: those of the revisions of
    a Knative Service (knative/serving pkg/reconciler/route/resources/service.go, pkg/reconciler/revision/resources)."""
    return resource.group == _KNATIVE


def labels_of_makers(resources: Iterable[Resource]) -> frozenset[tuple[str, str]]:
    """Every label that a custom resource writes down anywhere: operators put them on the pods they make.

    Argo Rollouts count, though their template is known: their steps set labels of their own.
    """
    return frozenset(
        pair
        for resource in resources
        if is_maker(resource) or resource.group == "argoproj.io"
        for pair in _labels(resource.data)
    )


def _labels(data: Any) -> Iterator[tuple[str, str]]:
    """The pairs of every mapping called labels or matchLabels."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key in ("labels", "matchLabels"):
                yield from strings(value).items()
            else:
                yield from _labels(value)
    elif isinstance(data, list):
        for item in data:
            yield from _labels(item)
