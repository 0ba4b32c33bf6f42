"""Fields by which objects name others that no request passes: Secrets, ConfigMaps, what an autoscaler scales.

Sources: k8s.io/api core/v1 types.go (PodSpec, VolumeSource, EnvFromSource, EnvVarSource), autoscaling/v2 types.go
CrossVersionObjectReference, rbac/v1 types.go RoleRef and Subject, admissionregistration/v1 types.go
ServiceReference, k8s.io/kube-aggregator apiregistration/v1 types.go ServiceReference; cert-manager.io docs
reference/api-docs ObjectReference; argoproj.github.io/argo-rollouts features/specification workloadRef.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from klint.kube.autoscaler import Autoscaler
from klint.kube.ref import Ref
from klint.kube.resource import Resource, View, string
from klint.kube.workload import PodTemplate, Workload
from klint.text.document import Place

Named = tuple[Place, Ref]
"""Where a name stands, and what it names."""

_IN_CONTAINER = (
    (("envFrom",), ("configMapRef",), "name", "ConfigMap"),
    (("envFrom",), ("secretRef",), "name", "Secret"),
    (("env",), ("valueFrom", "configMapKeyRef"), "name", "ConfigMap"),
    (("env",), ("valueFrom", "secretKeyRef"), "name", "Secret"),
)
_IN_VOLUME = (
    (("configMap",), "name", "ConfigMap"),
    (("secret",), "secretName", "Secret"),
    (("persistentVolumeClaim",), "claimName", "PersistentVolumeClaim"),
)
_PROJECTED = ((("configMap",), "name", "ConfigMap"), (("secret",), "name", "Secret"))
_WEBHOOKS = frozenset(("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"))


def named_objects(resource: Resource) -> Iterator[Named]:
    """The objects that an object names in fields that say nothing of how requests go."""
    if isinstance(resource, Workload):
        for pod in resource.pods:
            yield from _of_pod(pod)
        if resource.borrowed is not None:
            kind, name = resource.borrowed
            yield resource.at("spec", "workloadRef", "name"), Ref(_group(kind), kind, resource.namespace, name)
    elif isinstance(resource, Autoscaler):
        view = resource.child(View, "spec", "scaleTargetRef")
        group = string(view.data.get("apiVersion")).rpartition("/")[0] or _group(resource.target_kind)
        yield from _named(view, "name", Ref(group, resource.target_kind, resource.namespace))
    elif resource.kind in _WEBHOOKS:
        for webhook in resource.children(View, "webhooks"):
            yield from _service(webhook.child(View, "clientConfig", "service"))
    elif resource.kind == "APIService":
        yield from _service(resource.child(View, "spec", "service"))
    elif resource.kind in ("RoleBinding", "ClusterRoleBinding"):
        yield from _of_binding(resource)
    elif resource.kind == "Certificate" and resource.group == "cert-manager.io":
        issuer = resource.child(View, "spec", "issuerRef")
        kind = string(issuer.data.get("kind")) or "Issuer"
        namespace = "" if kind == "ClusterIssuer" else resource.namespace
        yield from _named(issuer, "name", Ref("cert-manager.io", kind, namespace))


def _of_pod(pod: PodTemplate) -> Iterator[Named]:
    spec = pod.child(View, "spec")
    if not spec.data:
        return
    yield from _named(spec, "serviceAccountName", Ref("", "ServiceAccount", pod.namespace))
    for item in spec.children(View, "imagePullSecrets"):
        yield from _named(item, "name", Ref("", "Secret", pod.namespace))
    for volume in spec.children(View, "volumes"):
        yield from _in(volume, _IN_VOLUME, pod.namespace)
        for source in volume.children(View, "projected", "sources"):
            yield from _in(source, _PROJECTED, pod.namespace)
    for container in (*pod.containers, *pod.init_containers):
        for above, below, field, kind in _IN_CONTAINER:
            for item in container.children(View, *above):
                yield from _in(item, ((below, field, kind),), pod.namespace)


def _in(view: View, fields: Sequence[tuple[tuple[str, ...], str, str]], namespace: str) -> Iterator[Named]:
    for path, field, kind in fields:
        if path[0] in view.data:
            yield from _named(view.child(View, *path), field, Ref("", kind, namespace))


def _named(view: View, field: str, ref: Ref) -> Iterator[Named]:
    name = string(view.data.get(field))
    if name:
        yield view.at(field), Ref(ref.group, ref.kind, ref.namespace, name)


def _service(view: View) -> Iterator[Named]:
    yield from _named(view, "name", Ref("", "Service", string(view.data.get("namespace"))))


def _of_binding(binding: Resource) -> Iterator[Named]:
    role = binding.child(View, "roleRef")
    kind = string(role.data.get("kind"))
    namespace = binding.namespace if kind == "Role" else ""
    yield from _named(role, "name", Ref("rbac.authorization.k8s.io", kind, namespace))
    for subject in binding.children(View, "subjects"):
        if subject.data.get("kind") == "ServiceAccount":
            yield from _named(subject, "name", Ref("", "ServiceAccount", string(subject.data.get("namespace"))))


_GROUPS: Mapping[str, str] = {
    **dict.fromkeys(("Deployment", "StatefulSet", "ReplicaSet", "DaemonSet"), "apps"),
    "Rollout": "argoproj.io",
    "DeploymentConfig": "apps.openshift.io",
}


def _group(kind: str) -> str:
    """The group of a kind of workload, where only the kind is written."""
    return _GROUPS.get(kind, "")
