"""Gateway API: a Gateway → its GatewayClass → the controller that serves it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from klint.exposure.near import are_similar
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, Near, State
from klint.kube.classes import GATEWAY_API, Gateway, GatewayClass
from klint.kube.gateway_controllers import (
    GATEWAY_CONTROLLERS,
    GatewayController,
    gateway_controller,
    usual_gateway_controller,
)
from klint.kube.ref import Ref
from klint.kube.validation.remedies import write
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import replace
from klint.text.placeholders import is_placeholder


def class_hops(scope: Scope) -> Iterator[Hop]:
    """From each of the bundle's Gateways that names a class to that class."""
    classes = _classes(scope)
    for gateway in scope.own.of_type(Gateway):
        if gateway.class_name.strip():
            yield _class_hop(gateway, classes, scope)


def _classes(scope: Scope) -> tuple[GatewayClass, ...]:
    """The GatewayClasses that the bundle's Gateways may use: those of the bundle and those elsewhere."""
    found = scope.sort(scope.index.kept("gateway classes", lambda: scope.index.of_type(GatewayClass)))
    return (*found.own, *found.elsewhere)


def _class_hop(gateway: Gateway, classes: tuple[GatewayClass, ...], scope: Scope) -> Hop:
    """Whether there is a class: as `serving` judges an IngressClass.

    A class of a usual name comes with its controller, from a chart or a platform, so that it may be there though no
    manifest has it. Any other is missing where the bundle defines others, or where the configuration lists them.
    """
    name = gateway.class_name
    wants = Ref(GATEWAY_API, "GatewayClass", "", name)
    hop = Hop(HopKind.CLASS, gateway, gateway.at("spec", "gatewayClassName"), wants, State.UNKNOWN)

    def broken(reason: Why, *near: GatewayClass, certain: bool = False) -> Hop:
        meant = tuple(Near(item, item.place) for item in near)
        return replace(hop, state=State.BROKEN, why=reason, near=meant, certain=certain)

    called = tuple(item for item in classes if item.name == name)
    if called:
        return replace(hop, state=State.RESOLVED, targets=called)
    if is_placeholder(name) or any(is_placeholder(item.name) for item in classes) or scope.may_hide([name]):
        return replace(hop, why=why(Reason.UNDEFINED))
    controller, target = usual_gateway_controller(name), scope.target
    if controller is not None and _is_elsewhere(controller, scope):
        reason = why(Reason.OTHER_PLATFORM, controller.name, controller.platform, target.platform)
        return broken(reason, certain=True)
    listed = sorted(item.name for item in target.objects if isinstance(item, GatewayClass))
    if listed:
        return broken(why(Reason.OTHER_CLASSES_LISTED, ", ".join(listed)), certain=True)
    if controller is not None and (not scope.is_closed or controller.platform == target.platform):
        return replace(hop, why=why(Reason.USUALLY_SERVED_BY, controller.name))
    similar = next((item for item in classes if are_similar(item.name, name)), None)
    if similar is not None:
        return broken(why(Reason.SIMILAR, similar), similar, certain=True)
    own = sorted({item.name for item in scope.own.of_type(GatewayClass) if item.name})
    if own:
        return broken(why(Reason.OTHER_CLASSES_DEFINED, ", ".join(own)))
    return broken(why(Reason.UNDEFINED)) if scope.is_closed else replace(hop, why=why(Reason.UNDEFINED))


def _is_elsewhere(controller: GatewayController, scope: Scope) -> bool:
    """Whether only a cloud's platform has a controller, and the target is a developer's machine."""
    return controller.has_own_entry and scope.target.is_local_cluster


_CLOUD = re.compile(r"(?:^|-)(?:aws|alb|nlb|gke|azure)(?:-|$)")
"""Words in the names of classes that people make for the load balancers of clouds."""


def takes_certificates_elsewhere(gateway: Gateway, scope: Scope) -> bool:
    """Whether what serves a Gateway may have certificates from somewhere else than its listeners.

    The load balancers of clouds find theirs by annotations, objects of their own or host names (cloud.google.com
    kubernetes-engine/docs/how-to/secure-gateway: networking.gke.io/certmap; kubernetes-sigs/
    aws-load-balancer-controller docs/guide/gateway).
    """
    name = gateway.class_name
    if not name or is_placeholder(name) or _CLOUD.search(name) or scope.target.platform in _CLOUD_PLATFORMS:
        return True
    return any(item.has_own_entry for item in controllers_of(gateway, scope)) or any(
        key.startswith("networking.gke.io/") for key in gateway.annotations
    )


def controllers_of(gateway: Gateway, scope: Scope) -> list[GatewayController]:
    """The known controllers that may serve a Gateway: those of its class, or the one that such a class comes with."""
    name = gateway.class_name
    named = [gateway_controller(item.controller) for item in _classes(scope) if item.name == name]
    return [item for item in named or [usual_gateway_controller(name)] if item is not None]


_CLOUD_PLATFORMS = frozenset(item.platform for item in GATEWAY_CONTROLLERS if item.has_own_entry)


def gateway_controller_hops(scope: Scope) -> Iterator[Hop]:
    """From each of the bundle's GatewayClasses to the controller that it names.

    Resolved when klint knows the controller, or a pod beside it is told to answer to the name; broken when it looks
    like a known one misspelt; else unknown, for anybody may write a controller, and Envoy Gateway takes any name.
    """
    for gateway_class in scope.own.of_type(GatewayClass):
        name = gateway_class.controller
        if not name or is_placeholder(name):
            continue
        at, wants = gateway_class.at("spec", "controllerName"), Ref("", "controller", "", name)
        hop = Hop(HopKind.CONTROLLER, gateway_class, at, wants, State.RESOLVED, (), PLAIN)
        if gateway_controller(name) is None and name not in scope.controller_arguments:
            found = (known.controller for known in GATEWAY_CONTROLLERS if _is_meant(name, known.controller))
            meant = list(dict.fromkeys(found))
            reason = why(Reason.KNOWN_CONTROLLER_MEANT, meant[0]) if meant else why(Reason.UNKNOWN_CONTROLLER)
            remedy = write(at, meant[0]) if len(meant) == 1 else None
            hop = replace(hop, state=State.BROKEN if meant else State.UNKNOWN, why=reason, remedy=remedy)
        yield hop


def _is_meant(name: str, known: str) -> bool:
    """Whether a controller's name is a known one misspelt, in its case, its domain or its path."""
    domain, _, path = name.partition("/")
    known_domain, _, known_path = known.partition("/")
    return are_similar(name, known) or (path == known_path and are_similar(domain, known_domain))
