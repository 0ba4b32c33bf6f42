"""What an object refers to, of whatever kinds the two are: every reference followed to the place that it means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from klint.exposure.attachment import Attached
from klint.exposure.backends import BackendLink
from klint.exposure.mesh_destinations import subset_hops
from klint.exposure.named import follow
from klint.exposure.tls_secrets import providers, secrets_asked_by
from klint.hops import Hop, HopKind, State
from klint.kube.classes import Gateway, GatewayClass, IngressClass, ListenerOwner, ListenerSet, ReferenceGrant
from klint.kube.istio import DestinationRule, IstioGateway, service_of
from klint.kube.named_objects import named_objects
from klint.kube.network_policy import NetworkPolicy
from klint.kube.ref import Ref
from klint.kube.resource import Resource, mapping, string, strings
from klint.kube.routes.istio import VirtualService
from klint.kube.routes.shape import Route
from klint.kube.service import Endpoints, Service, ServicePort
from klint.kube.workload import ContainerPort, PodTemplate, Workload
from klint.reasons import Reason, why
from klint.records import dataclass, replace
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.scope import Scope


@dataclass(frozen=True, slots=True)
class Reference:
    """A value of an object that means something else, and what became of it.

    `targets` are the places of what it means, as exactly as it says it: an object's name, a port, a listener, the
    labels of a pod template. There are none where it is broken or unknown, or where no manifest has what it means.
    """

    at: Place
    hop: Hop
    targets: tuple[Place, ...] = ()


def references(resource: Resource, graph: Graph, scope: Scope) -> Iterator[Reference]:
    """The references that stand in an object. What it asks for without a word, as a default class, is none."""
    for found in _each(resource, graph, scope):
        if found.at != resource.place:
            yield found


def _each(resource: Resource, graph: Graph, scope: Scope) -> Iterator[Reference]:
    if isinstance(resource, Route):
        yield from _of_route(resource, graph, scope)
    elif isinstance(resource, Service):
        yield from _of_service(resource, graph, scope)
    elif isinstance(resource, Endpoints):
        yield from _of_endpoints(resource, scope)
    elif isinstance(resource, Workload):
        yield from _of_workload(resource, graph)
    elif isinstance(resource, NetworkPolicy):
        yield from _of_policy(resource, graph)
    elif isinstance(resource, Gateway | GatewayClass):
        yield from _plain(graph.hops_of_gateway(resource))
    elif isinstance(resource, ListenerSet):
        yield from _plain([graph.gateway_hop(resource)])
    elif isinstance(resource, IngressClass):
        yield from _plain(hop for hop in graph.controller_hops if hop.source is resource)
    elif isinstance(resource, IstioGateway):
        yield from _of_istio_gateway(resource, graph)
    elif isinstance(resource, DestinationRule):
        yield from _of_destination_rule(resource, scope)
    elif isinstance(resource, ReferenceGrant):
        yield from _of_grant(resource, scope)
    elif resource.kind == "PodDisruptionBudget":
        yield from _of_budget(resource, scope)
    yield from _plain(graph.filter_hops(resource))
    yield from _secrets(resource, scope)
    for at, ref in named_objects(resource):
        yield _object(resource, at, ref, scope)


def _plain(hops: Iterable[Hop]) -> Iterator[Reference]:
    for hop in hops:
        found = hop.targets if hop.state is State.RESOLVED else ()
        yield Reference(hop.at, hop, tuple(item.place for item in found))


# Routes


def _of_route(route: Route, graph: Graph, scope: Scope) -> Iterator[Reference]:
    for link in graph.links(route):
        yield from _of_link(link)
    yield from _plain(serving.class_hop for serving in graph.servings(route))
    for attached in graph.attachments(route):
        yield from _of_attached(attached)
    yield from _plain(binding.parent_hop for binding in graph.bindings(route))
    yield from _plain(graph.service_parents(route))
    yield from _plain(item.hop for item in graph.delegations(route))
    if isinstance(route, VirtualService):
        yield from _of_subsets(route, scope)


def _of_link(link: BackendLink) -> Iterator[Reference]:
    yield from _plain([link.hop])
    yield from _plain([link.grant_hop] if link.grant_hop is not None else ())
    if link.port_hop is not None:
        port = link.port
        targets = (_place(port, link.backend.port),) if port is not None else ()
        yield Reference(link.port_hop.at, link.port_hop, targets)


def _place(port: ServicePort, wanted: int | str | None) -> Place:
    return port.at("name" if wanted == port.name and isinstance(wanted, str) else "port")


def _of_attached(attached: Attached) -> Iterator[Reference]:
    yield from _plain([attached.parent_hop])
    hop, attachment = attached.listener_hop, attached.attachment
    if hop is None:
        return
    parent = Place(attachment.at.document, attachment.at.path[:-1])
    if hop.state is not State.RESOLVED:
        yield Reference(hop.at, hop)
    for field, listened in (("sectionName", "name"), ("port", "port")):
        at = parent.below(field)
        is_asked = attachment.section if field == "sectionName" else attachment.port is not None
        if is_asked and hop.state is State.RESOLVED:
            yield Reference(at, replace(hop, at=at), tuple(item.at(listened) for item in attached.listeners))


def _of_subsets(route: VirtualService, scope: Scope) -> Iterator[Reference]:
    for hop in subset_hops(route, (), scope):
        subsets = (item for rule in hop.targets if isinstance(rule, DestinationRule) for item in rule.subsets)
        named = (item.at("name") for item in subsets if item.name == hop.wants.name)
        yield Reference(hop.at, hop, tuple(named) if hop.state is State.RESOLVED else ())


# Services


def _of_service(service: Service, graph: Graph, scope: Scope) -> Iterator[Reference]:
    selection = graph.selection(service)
    if selection is None:
        meant = service_of(service.external_name, "") if "." in service.external_name else None
        if service.type == "ExternalName" and meant is not None:
            yield _object(service, service.at("spec", "externalName"), meant, scope)
        return
    at = service.at("spec", "selector")
    yield from _of_labels(selection.hop, at, selection.pods, service.selector)
    for port in service.ports:
        yield from _of_port(port, service, selection.pods, graph)


def _of_labels(
    hop: Hop, at: Place, pods: Sequence[PodTemplate], labels: Mapping[str, str], *below: str
) -> Iterator[Reference]:
    """A selector, and each label that it asks for: the labels of the pods that it selects."""
    found = pods if hop.state is State.RESOLVED else ()
    yield Reference(at, hop, tuple(pod.at("metadata", "labels") for pod in found))
    for key in labels:
        yield Reference(at.below(*below, key), hop, tuple(pod.at("metadata", "labels", key) for pod in found))


def _of_port(port: ServicePort, service: Service, pods: Sequence[PodTemplate], graph: Graph) -> Iterator[Reference]:
    """The port of the pods that a Service's port means, as far as they declare it: a number needs no declaration."""
    at = port.at("targetPort" if port.data.get("targetPort") else "port")
    named = graph.target_port(service, port)
    if named is not None:
        offered = (pod.named_port(str(port.target), port.protocol) for pod in named.offering)
        yield Reference(at, named.hop, tuple(item.at("name") for item in offered if item is not None))
    elif isinstance(port.target, int):
        declared = [item for pod in pods for item in pod.ports if _is(item, port)]
        wants = Ref("", "Pod", service.namespace, port=port.target)
        targets = tuple(dict.fromkeys(pod.workload for pod in pods))
        state = State.RESOLVED if pods else State.UNKNOWN
        hop = Hop(HopKind.TARGET_PORT, service, at, wants, state, targets)
        yield Reference(at, hop, tuple(item.at("containerPort") for item in declared))


def _is(declared: ContainerPort, port: ServicePort) -> bool:
    return declared.number == port.target and declared.protocol == port.protocol


def _of_endpoints(endpoints: Endpoints, scope: Scope) -> Iterator[Reference]:
    if endpoints.kind == "EndpointSlice" and endpoints.service_name:
        at = endpoints.at("metadata", "labels", "kubernetes.io/service-name")
        wants = Ref("", "Service", endpoints.namespace, endpoints.service_name)
        yield _object(endpoints, at, wants, scope)


# Workloads, and what is about their pods


def _of_workload(workload: Workload, graph: Graph) -> Iterator[Reference]:
    governing = graph.governing(workload)
    yield from _plain([governing.hop] if governing is not None else ())
    labels = mapping(workload.get("spec", "selector", "matchLabels"))
    own = [pod for pod in workload.pods if labels and labels.items() <= pod.labels.items()]
    if own:
        yield from _of_selector(workload, labels, own)


def _of_budget(budget: Resource, scope: Scope) -> Iterator[Reference]:
    """A PodDisruptionBudget by labels (policy/v1 PodDisruptionBudgetSpec.Selector)."""
    labels = mapping(budget.get("spec", "selector", "matchLabels"))
    if labels and set(mapping(budget.get("spec", "selector"))) == {"matchLabels"}:
        yield from _of_selector(budget, labels, scope.pods_with(strings(labels), budget.namespace).nearest)


def _of_selector(source: Resource, labels: Mapping[str, str], pods: Sequence[PodTemplate]) -> Iterator[Reference]:
    at = source.at("spec", "selector")
    wants = Ref("", "Pod", source.namespace, labels=tuple(labels.items()))
    state, targets = State.RESOLVED if pods else State.UNKNOWN, tuple(dict.fromkeys(pod.workload for pod in pods))
    hop = Hop(HopKind.SELECTION, source, at, wants, state, targets)
    yield from _of_labels(hop, at, pods, labels, "matchLabels")


# Policies, Gateways and the mesh


def _of_policy(policy: NetworkPolicy, graph: Graph) -> Iterator[Reference]:
    found = graph.selected_by(policy)
    labels = mapping(mapping(policy.pod_selector).get("matchLabels"))
    yield from _of_labels(found.hop, policy.at("spec", "podSelector"), found.pods, labels, "matchLabels")
    for peer in policy.peers:
        meant = graph.selected_by_peer(policy, peer)
        if meant is not None:
            labels = mapping(peer.get("podSelector", "matchLabels"))
            yield from _of_labels(meant.hop, peer.at("podSelector"), meant.pods, labels, "matchLabels")
    for rule in policy.ingress or ():
        for port in rule.ports or ():
            wants = Ref("", "Pod", policy.namespace, port=port.data.get("port"))
            declared = [
                item
                for pod in found.pods
                for item in pod.ports
                if port.admits(pod, item.number, item.protocol) and port.data.get("port") is not None
            ]
            state = State.RESOLVED if declared else State.UNKNOWN
            hop = Hop(HopKind.TARGET_PORT, policy, port.at("port"), wants, state, found.selected.workloads)
            field = "name" if port.name else "containerPort"
            yield Reference(hop.at, hop, tuple(item.at(field) for item in declared))


def _of_istio_gateway(gateway: IstioGateway, graph: Graph) -> Iterator[Reference]:
    found = graph.proxies(gateway)
    yield from _of_labels(found.hop, gateway.at("spec", "selector"), found.pods, gateway.selector)


def _of_destination_rule(rule: DestinationRule, scope: Scope) -> Iterator[Reference]:
    ref = service_of(rule.host, rule.namespace)
    if ref is not None:
        yield _object(rule, rule.at("spec", "host"), ref, scope)


def _of_grant(grant: ReferenceGrant, scope: Scope) -> Iterator[Reference]:
    for target in grant.targets:
        name = string(target.data.get("name"))
        if name:
            ref = Ref(string(target.data.get("group")), string(target.data.get("kind")), grant.namespace, name)
            yield _object(grant, target.at("name"), ref, scope)


# Objects by name


def _secrets(resource: Resource, scope: Scope) -> Iterator[Reference]:
    if isinstance(resource, Route | ListenerOwner | IstioGateway) or "." in resource.group:
        for name, namespace, at in secrets_asked_by(resource):
            if name:
                yield _object(resource, at, Ref("", "Secret", namespace or resource.namespace, name), scope)


def _object(resource: Resource, at: Place, ref: Ref, scope: Scope) -> Reference:
    """What is named, or what makes it. It may always be in the cluster: what is not found is unknown."""
    hop = Hop(HopKind.OBJECT, resource, at, ref, State.UNKNOWN)
    made = providers(ref.name, ref.namespace, scope) if (ref.group, ref.kind) == ("", "Secret") else ()
    if made:
        hop = replace(hop, state=State.RESOLVED, targets=made)
    else:
        hop = follow(hop, scope)
        if hop.state is State.BROKEN:
            known = hop.near or hop.why.reason is Reason.FILLED_IN_LATER
            hop = replace(hop, state=State.UNKNOWN, why=hop.why if known else why(Reason.NOT_IN_WORKSPACE))
    return Reference(at, hop, tuple(item.place for item in hop.targets))
