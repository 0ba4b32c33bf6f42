"""Who can use each entry of a bundle: the world, a private network, the cluster, or nobody knows."""

from __future__ import annotations

from collections.abc import Iterable

from klint.exposure.audience import Audience, Who, behind_addresses, behind_nodes
from klint.exposure.entries import Entry, Mechanism
from klint.exposure.load_balancing import LoadBalancing
from klint.exposure.scope import Scope
from klint.exposure.serving import Serving
from klint.hops import Way
from klint.kube.classes import Gateway
from klint.kube.clouds import GATEWAY_CLASSES, Reach
from klint.kube.resource import Resource, mapping, sequence, string
from klint.kube.service import Service
from klint.reasons import Reason, why

_SERVICE_TYPE = "networking.istio.io/service-type"
"""The type of the Service that Istio makes for a Gateway. Source: istio.io docs/tasks/traffic-management/ingress/
gateway-api, Automated Deployment."""

_INFRASTRUCTURE = ("spec", "infrastructure", "annotations")


class Audiences:
    """The audiences of a scope's entries.

    Where the nodes are no manifest says, so that whatever is open on them is open to nobody knows whom: save on a
    cluster that runs on a developer's machine, and where a field has an address.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._platform = scope.target.platform if scope.target.is_local_cluster else ""
        self.load_balancing = LoadBalancing(scope)
        self._found: dict[tuple[int, Mechanism], Audience] = {}

    def of(self, entry: Entry) -> Audience:
        """Who can use an entry."""
        if self._platform:
            return Audience(Who.PRIVATE, why(Reason.LOCAL_CLUSTER, self._platform))
        if entry.mechanism is Mechanism.HOST_PORT:
            return _of_host_port(entry)
        key = (id(entry.resource), entry.mechanism)
        if key not in self._found:
            self._found[key] = self._of(entry)
        return self._found[key]

    def of_way(self, way: Way, servings: Iterable[Serving]) -> Audience:
        """Who can send a request on a way to a route, of which `servings` say how it is served.

        Where that is by a cloud's load balancer, there is no object of the cluster that would be its entry.
        """
        if way.entry is not None:
            return self.of(way.entry)
        if self._platform:
            return Audience(Who.PRIVATE, why(Reason.LOCAL_CLUSTER, self._platform))
        for serving in servings:
            if serving.class_hop in way.hops and serving.controller is not None:
                classes = serving.class_hop.targets
                params = next(filter(None, map(self._params_of, classes)), None)
                found = self.load_balancing.of_ingress(serving.route, serving.controller.name, params)
                if found is not None:
                    return found
        return Audience(Who.UNKNOWN, why(Reason.LOAD_BALANCER_NOT_KNOWN), way.hops[0].at if way.hops else None)

    def _params_of(self, item: Resource) -> Resource | None:
        """The IngressClassParams of an IngressClass, which the AWS controllers read."""
        if string(item.get("spec", "parameters", "kind")) != "IngressClassParams":
            return None
        name = string(item.get("spec", "parameters", "name"))
        called = [found for found in self._scope.index.named(name) if found.kind == "IngressClassParams"]
        return next(iter(self._scope.sort(called).nearest), None)

    def _of(self, entry: Entry) -> Audience:
        resource = entry.resource
        if isinstance(resource, Gateway):
            return self._of_gateway(resource)
        if isinstance(resource, Service) and entry.mechanism is Mechanism.EXTERNAL_IPS:
            return behind_addresses((ip, resource.at("spec", "externalIPs")) for ip in resource.external_ips)
        if isinstance(resource, Service) and entry.mechanism is Mechanism.LOAD_BALANCER:
            return self.load_balancing.audience(resource)
        return behind_nodes(entry.at)

    def _of_gateway(self, gateway: Gateway) -> Audience:
        """What its addresses say, else its class, else the annotations of the load balancer that is made for it."""
        for path in (("metadata", "annotations"), _INFRASTRUCTURE):
            at, kind = gateway.at(*path, _SERVICE_TYPE), gateway.get(*path, _SERVICE_TYPE)
            if kind == "ClusterIP":
                return Audience(Who.CLUSTER, why(Reason.CLUSTER_ONLY, "its Service of type ClusterIP"), at)
            if kind == "NodePort":
                return behind_nodes(at)
        addresses = [
            (string(mapping(item).get("value")), gateway.at("spec", "addresses", index))
            for index, item in enumerate(sequence(gateway.get("spec", "addresses")))
        ]
        if addresses:
            return behind_addresses(addresses)
        name, at = gateway.class_name, gateway.at("spec", "gatewayClassName")
        reach = GATEWAY_CLASSES.get(name)
        if reach is not None:
            who, reason = (
                (Who.WORLD, Reason.CLASS_PUBLIC) if reach is Reach.PUBLIC else (Who.PRIVATE, Reason.CLASS_INTERNAL)
            )
            return Audience(who, why(reason, name), at)
        unknown = Audience(Who.UNKNOWN, why(Reason.CLASS_NOT_KNOWN, name), at)
        return self.load_balancing.by_annotation(gateway, _INFRASTRUCTURE) or unknown


def _of_host_port(entry: Entry) -> Audience:
    """A hostIP narrows a host port to one address of the node."""
    port = entry.container_port
    if port is None or port.host_ip in ("0.0.0.0", "::"):
        return behind_nodes(entry.at)
    return behind_addresses([(port.host_ip, port.at("hostIP"))])
