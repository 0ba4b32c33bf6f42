"""Which fields klint can say something of, and what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.editor.completing.annotations import (
    annotation_of_klint,
    annotation_values,
    annotations_of_ingress,
    annotations_of_service,
)
from klint.editor.completing.fields import Field, Known, Make, Offer
from klint.editor.completing.labels import label_pairs, label_values, own_label_pairs, own_label_values
from klint.editor.completing.names import (
    gateways,
    hosts,
    ingress_classes,
    istio_gateways,
    listener_names,
    listener_ports,
    named,
    namespaces,
    scaled,
    secrets,
    services,
)
from klint.editor.completing.ports import own_ports, policy_ports, ports_of, ports_of_destination, target_ports
from klint.kube.classes import GatewayClass
from klint.kube.middlewares import Middleware
from klint.kube.resource import Resource
from klint.text.document import Path

if TYPE_CHECKING:
    from klint.exposure.graph import Graph

_Row = tuple[str, str, Make]
"""Kinds, none for any; the path or the end of it; and what is offered there."""

_PODS = "Pod Deployment StatefulSet DaemonSet ReplicaSet Job CronJob Rollout"

_VALUES: tuple[_Row, ...] = (
    ("Ingress", "^.spec.ingressClassName", ingress_classes),
    ("Ingress", "service.name", services),
    ("Ingress", "backend.serviceName", services),
    ("Ingress", "service.port.name", ports_of("name", up=2, is_number=False)),
    ("Ingress", "service.port.number", ports_of("name", up=2, is_named=False)),
    ("Ingress", "backend.servicePort", ports_of("serviceName")),
    ("Ingress", "tls.*.secretName", secrets),
    ("Ingress", "tls.*.hosts.*", hosts),
    ("", "parentRefs.*.name", gateways),
    ("ListenerSet XListenerSet", "parentRef.name", gateways),
    ("", "parentRefs.*.sectionName", listener_names),
    ("", "parentRefs.*.port", listener_ports),
    ("", "backendRefs.*.name", services),
    ("", "backendRefs.*.port", ports_of("name", is_named=False)),
    ("", "backendRef.name", services),
    ("", "backendRef.port", ports_of("name", is_named=False)),
    ("Gateway", "^.spec.gatewayClassName", named(GatewayClass)),
    ("", "certificateRefs.*.name", secrets),
    ("Gateway", "tls.credentialName", secrets),
    ("Route", "^.spec.to.name", services),
    ("Route", "^.spec.alternateBackends.*.name", services),
    ("Route", "^.spec.port.targetPort", ports_of("to", "name", up=2, is_number=False)),
    ("IngressRoute IngressRouteTCP IngressRouteUDP HTTPProxy", "services.*.name", services),
    ("IngressRoute IngressRouteTCP IngressRouteUDP HTTPProxy", "services.*.port", ports_of("name")),
    ("IngressRoute", "middlewares.*.name", named(Middleware)),
    ("IngressRoute IngressRouteTCP", "^.spec.tls.secretName", secrets),
    ("HTTPProxy", "^.spec.virtualhost.tls.secretName", secrets),
    ("VirtualServer VirtualServerRoute TransportServer", "upstreams.*.service", services),
    ("VirtualServer VirtualServerRoute TransportServer", "upstreams.*.port", ports_of("service", is_named=False)),
    ("VirtualServer", "^.spec.tls.secret", secrets),
    ("VirtualService", "destination.host", services),
    ("VirtualService", "destination.port.number", ports_of_destination),
    ("VirtualService", "^.spec.gateways.*", istio_gateways),
    ("DestinationRule", "^.spec.host", services),
    ("Service", "^.spec.selector.*", label_values),
    ("Service", "^.spec.ports.*.targetPort", target_ports),
    ("NetworkPolicy", "matchLabels.*", label_values),
    ("NetworkPolicy", "^.spec.ingress.*.ports.*.port", policy_ports),
    ("StatefulSet", "^.spec.serviceName", services),
    ("HorizontalPodAutoscaler ScaledObject", "^.spec.scaleTargetRef.name", scaled),
    (_PODS, "^.spec.selector.matchLabels.*", own_label_values),
    (_PODS, "^.spec.template.metadata.labels.*", own_label_values),
    (_PODS, "serviceAccountName", named(Resource, "ServiceAccount")),
    (_PODS, "configMapRef.name", named(Resource, "ConfigMap")),
    (_PODS, "configMapKeyRef.name", named(Resource, "ConfigMap")),
    (_PODS, "configMap.name", named(Resource, "ConfigMap")),
    (_PODS, "secretRef.name", secrets),
    (_PODS, "secretKeyRef.name", secrets),
    (_PODS, "secret.secretName", secrets),
    (_PODS, "imagePullSecrets.*.name", secrets),
    (_PODS, "persistentVolumeClaim.claimName", named(Resource, "PersistentVolumeClaim")),
    (_PODS, "httpGet.port", own_ports),
    (_PODS, "tcpSocket.port", own_ports),
    ("", "clientConfig.service.name", services),
    ("APIService", "^.spec.service.name", services),
    ("", "^.metadata.namespace", namespaces),
    ("", "parentRefs.*.namespace", namespaces),
    ("", "backendRefs.*.namespace", namespaces),
    ("", "certificateRefs.*.namespace", namespaces),
    ("", "^.metadata.annotations.*", annotation_values),
)
"""Fields that name something else. Sources: the kinds' own API types, which the modules of `klint.kube.routes` cite."""

_KEYS: tuple[_Row, ...] = (
    ("Service", "^.spec.selector", label_pairs),
    ("NetworkPolicy", "podSelector.matchLabels", label_pairs),
    (_PODS, "^.spec.selector.matchLabels", own_label_pairs),
    (_PODS, "^.spec.template.metadata.labels", own_label_pairs),
    ("Ingress", "^.metadata.annotations", annotations_of_ingress),
    ("Service", "^.metadata.annotations", annotations_of_service),
    ("Gateway HTTPRoute Route IngressRoute", "^.metadata.annotations", annotation_of_klint),
)
"""Mappings whose keys are offered."""


def offers(field: Field, graph: Graph, graphs: Sequence[Graph]) -> Iterator[Offer]:
    """What may stand in a field, of a bundle or of what is beside it; nothing in a field that klint does not know."""
    _, kind = field.sketch.kind
    for kinds, suffix, offer in _KEYS if field.typed.is_key else _VALUES:
        if (not kinds or kind in kinds.split()) and _ends(field.path, suffix.split(".")):
            yield from offer(field, Known(graph, graphs))
            return


def _ends(path: Path, steps: Sequence[str]) -> bool:
    """Whether a path ends in these steps; `*` is any one, and a leading `^` stands for where it begins."""
    if steps[0] == "^":
        steps = steps[1:]
        if len(path) != len(steps):
            return False
    tail = path[len(path) - len(steps) :] if len(path) >= len(steps) else ()
    return len(tail) == len(steps) and all(step in ("*", has) for has, step in zip(tail, steps, strict=True))
