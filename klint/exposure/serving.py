"""Which controller serves a route, by its class."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from klint.exposure.entries import Entry
from klint.exposure.near import are_similar
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, Near, State
from klint.kube.classes import CONTROLLER, ROUTER, IngressClass
from klint.kube.controllers import (
    CLOUD_ENTRIES,
    INGRESS_CONTROLLERS,
    IngressController,
    controller_called,
    controller_of_class,
)
from klint.kube.hosts import sounds_private
from klint.kube.ref import Ref
from klint.kube.routes.ingress import CLASS_ANNOTATION
from klint.kube.routes.shape import Attachment, Route
from klint.kube.workload import PodTemplate
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import dataclass, replace
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.entry_points import EntryPoint


@dataclass(frozen=True, slots=True)
class Serving:
    """How requests come to a route through a controller.

    `class_hop` leads from the route to its class, to the controller that serves routes without one, or to its router.
    `controller` is known from the class or from pods in the workspace. `entry_hop` leads from the entry to the
    controller's `pods`; None when nothing is known of them. `entry_point` is the port of these that the route
    asks for, by the name `section`.
    """

    route: Route
    class_hop: Hop
    controller: IngressController | None = None
    entry_hop: Hop | None = None
    pods: tuple[PodTemplate, ...] = ()
    entry_point: EntryPoint | None = None
    section: str = ""

    def is_entered_by(self, entry: Entry, pod: PodTemplate) -> bool:
        """Whether requests that come in through an entry of its pods may come to the route."""
        return self.entry_point is None or self.entry_point.is_entered_by(entry, pod)

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The hops from outside to the route."""
        return (self.class_hop,) if self.entry_hop is None else (self.entry_hop, self.class_hop)


_GKE = "GKE Ingress"
_ROUTER = "OpenShift router"
_CLOUDS = frozenset(("aks", "eks", "gke"))
"""Platforms whose class names nobody uses elsewhere, as `public` of MicroK8s is."""

_PLATFORM_DEFAULTS = {
    "k3s": "Traefik",
    "k3d": "Traefik",
    "rancher-desktop": "Traefik",
    "gke": _GKE,
    "openshift": _ROUTER,
    "microk8s": "MicroK8s ingress",
}
"""Platforms whose own controller serves an Ingress without a class (k3s and k3d ship Traefik; GKE's is public)."""


def serve(route: Route, attachment: Attachment, scope: Scope) -> Serving:
    """Find the class that a route is attached to, the controller behind it and the controller's entry."""
    if attachment.ref == ROUTER:
        return _serve_by_router(route, attachment)
    if attachment.ref.kind == CONTROLLER:
        return _serve_by_controller(route, attachment, scope)
    if not attachment.ref.name:
        return _serve_classless(route, attachment, scope)
    name = attachment.ref.name
    hop = Hop(HopKind.CLASS, route, attachment.at, attachment.ref, State.RESOLVED)

    if any(exists.has_ingress_class(name) for exists in scope.target.exists):
        return Serving(route, replace(hop, why=why(Reason.DECLARED)))
    classes = scope.classes_named(name)
    if classes:
        controller = controller_of_class(classes[0].controller)
        return _with_entry(Serving(route, replace(hop, targets=classes), controller), scope)
    controller = _usual_controller(name, scope)

    def serving(state: State, reason: Why, *near: IngressClass, certain: bool = False) -> Serving:
        meant = tuple(Near(item, item.place) for item in near)
        return Serving(
            route, replace(hop, state=state, targets=near, why=reason, near=meant, certain=certain), controller
        )

    if controller is not None and controller.name == _GKE and attachment.at.path[:1] == ("spec",):
        # kubernetes/ingress-gce pkg/utils/utils.go IsGCEIngress looks at the annotation alone.
        reason = why(Reason.READS_ANNOTATION_ONLY, _GKE, CLASS_ANNOTATION)
        return serving(State.BROKEN, reason, certain=scope.target.platform == "gke")
    cloud = CLOUD_ENTRIES.get(controller.name, "") if controller else ""
    if controller is not None and cloud in _CLOUDS and scope.target.is_local_cluster:
        reason = why(Reason.OTHER_PLATFORM, controller.name, cloud, scope.target.platform)
        return serving(State.BROKEN, reason, certain=True)
    if scope.target.ingress_classes:
        listed = ", ".join(scope.target.ingress_classes)
        return serving(State.BROKEN, why(Reason.OTHER_CLASSES_LISTED, listed), certain=True)
    if controller is not None and controller in scope.controllers:
        return _with_entry(serving(State.RESOLVED, why(Reason.USUALLY_SERVED_BY, controller.name)), scope)
    is_placed = controller is not None and CLOUD_ENTRIES.get(controller.name, "-") == scope.target.platform
    if scope.is_closed and not scope.classes and not is_placed and not is_placeholder(name):
        return serving(State.BROKEN, why(Reason.UNDEFINED))
    if not scope.classes or _may_come(name, controller, scope):
        return serving(State.UNKNOWN, why(Reason.UNDEFINED))
    similar = next((item for item in scope.classes if are_similar(item.name, name)), None)
    if similar is not None:
        return serving(State.BROKEN, why(Reason.SIMILAR, similar), similar, certain=True)
    names = ", ".join(sorted({item.name for item in scope.classes if item.name.strip()}))
    return serving(State.BROKEN, why(Reason.OTHER_CLASSES_DEFINED, names or "others"))


def what_decides(route: Route, attachment: Attachment) -> Hashable:
    """All that `serve` looks at: two routes with the same are served alike."""
    is_field = attachment.at.path[:1] == ("spec",)
    return attachment.ref, attachment.section, is_field, CLASS_ANNOTATION in route.annotations


def serve_likewise(route: Route, attachment: Attachment, other: Serving) -> Serving:
    """How a route is served that what decides is the same for as for another one."""
    return replace(other, route=route, class_hop=replace(other.class_hop, source=route, at=attachment.at))


def _serve_by_router(route: Route, attachment: Attachment) -> Serving:
    """Wherever there are OpenShift Routes, the platform runs a router that has its own entry."""
    hop = Hop(HopKind.CONTROLLER, route, attachment.at, attachment.ref, State.RESOLVED, (), why(Reason.ROUTER))
    return Serving(route, hop, controller_called(_ROUTER))


def _serve_by_controller(route: Route, attachment: Attachment, scope: Scope) -> Serving:
    """Routes of kinds of its own are taken by one controller alone, at the entry point that they name.

    An entry point that the controller does not have is none, if klint knows all that it is told.
    """
    controller = controller_called(attachment.ref.name)
    hop = Hop(HopKind.CONTROLLER, route, attachment.at, attachment.ref, State.UNKNOWN, (), why(Reason.NOT_IN_WORKSPACE))
    from klint.exposure.entry_points import entry_points

    pods, wanted = scope.pods_of(controller), attachment.section
    known = entry_points(controller, scope)
    if wanted and known.is_whole and known.points and not known.named(wanted) and not is_placeholder(wanted):
        reason = why(Reason.HAS, controller.name, ", ".join(item.name for item in known.points))
        missing = Ref("", known.noun, "", wanted)
        return Serving(route, replace(hop, wants=missing, state=State.BROKEN, why=reason), controller, None, pods)
    if not pods:
        is_shipped = _PLATFORM_DEFAULTS.get(scope.target.platform) == controller.name
        reason = why(Reason.SERVED_BY_PLATFORM, scope.target.platform, controller.name)
        hop = replace(hop, state=State.RESOLVED, why=reason) if is_shipped else hop
        return Serving(route, hop, controller, section=wanted)
    hop = replace(hop, state=State.RESOLVED, targets=tuple(pod.workload for pod in pods), why=PLAIN)
    entered = _with_entry(Serving(route, hop, controller, section=wanted), scope)
    point = known.named(wanted)
    if point is None or entered.entry_hop is None or entered.entry_hop.state is not State.RESOLVED:
        return replace(entered, entry_point=point)
    from klint.exposure.controller_entries import point_without_entry

    is_meant_to_be_shut = point.name == known.own or sounds_private(point.name)
    shut = None if is_meant_to_be_shut else point_without_entry(point, known.noun, entered.entry_hop, pods, scope)
    return replace(entered, entry_point=point, entry_hop=shut or entered.entry_hop)


def _may_come(name: str, controller: IngressController | None, scope: Scope) -> bool:
    """Whether a class that the workspace does not define may be in the cluster all the same.

    A class of a usual name comes with its controller: from a cloud, or from a chart; unless the workspace installs
    another controller from manifests, and Ingresses beside this one ask for that one's class.
    """
    if scope.may_hide([name]) or any(map(is_placeholder, (name, *(item.name for item in scope.classes)))):
        return True
    return controller is not None and (
        controller.has_own_entry or not scope.controllers or not scope.asks_for_defined_classes
    )


def _usual_controller(name: str, scope: Scope) -> IngressController | None:
    """The controller that a class of this name usually belongs to; of several, one whose pods are in scope."""
    usual = [controller for controller in INGRESS_CONTROLLERS if name in controller.classes]
    return next((item for item in usual if item in scope.controllers), usual[0] if usual else None)


def _serve_classless(route: Route, attachment: Attachment, scope: Scope) -> Serving:
    """Who takes an Ingress that names no class.

    The default class is given to it on creation, unless it has the annotation, even an empty one
    (plugin/pkg/admission/network/defaultingressclass).
    """
    hop = Hop(HopKind.CLASS, route, attachment.at, attachment.ref, State.RESOLVED)
    default = scope.default_class
    if default is not None and CLASS_ANNOTATION not in route.annotations:
        controller = controller_of_class(default.controller)
        return _with_entry(Serving(route, replace(hop, targets=(default,)), controller), scope)
    usual = _PLATFORM_DEFAULTS.get(scope.target.platform)
    if usual is not None:
        controller = controller_called(usual)
        reason = why(Reason.SERVED_BY_PLATFORM, scope.target.platform, usual)
        return Serving(route, replace(hop, why=reason), controller)
    present = scope.controllers
    taker = next((item for item in present if _takes_classless(item, scope)), None)
    if taker is not None:
        return _with_entry(Serving(route, replace(hop, why=why(Reason.SERVES_CLASSLESS, taker.name)), taker), scope)
    from klint.kube.chart_values import CHARTS

    installed = [item for item in INGRESS_CONTROLLERS if item.name in CHARTS and _takes_classless_by_chart(item, scope)]
    if len(installed) == 1:
        return Serving(route, replace(hop, why=why(Reason.SERVES_CLASSLESS, installed[0].name)), installed[0])
    if present and not installed and not any(_may_take_classless(scope.pods_of(item)) for item in present):
        reason = why(Reason.LEAVES_CLASSLESS, present[0].name)
        pods = scope.pods_of(present[0])
        return Serving(route, replace(hop, state=State.BROKEN, why=reason), present[0], None, pods)
    return Serving(route, replace(hop, state=State.UNKNOWN, why=why(Reason.NEEDS_DEFAULT_CLASS)))


def _takes_classless(controller: IngressController, scope: Scope) -> bool:
    if controller.serves_classless:
        return True
    flag = controller.watch_classless_flag
    if not flag:
        return False
    from klint.exposure.controller_flags import controller_flags

    return any(pod.is_on(flag) for pod in controller_flags(controller, scope).pods)


def _takes_classless_by_chart(controller: IngressController, scope: Scope) -> bool:
    """Whether the chart of a controller is installed with values by which it takes Ingresses without a class."""
    if scope.pods_of(controller):
        return False
    from klint.exposure.controller_flags import controller_flags
    from klint.kube.chart_values import DEFAULT_CLASS

    pods = controller_flags(controller, scope).pods
    if controller.serves_classless:
        return bool(pods) and all(pod.is_on(DEFAULT_CLASS) is not False for pod in pods)
    return any(pod.is_on(name) for pod in pods for name in (controller.watch_classless_flag, DEFAULT_CLASS) if name)


def _may_take_classless(pods: Sequence[PodTemplate]) -> bool:
    """Whether the arguments of a controller are still to be filled in: a whole one, or a switch's value."""
    arguments = (argument for pod in pods for container in pod.containers for argument in container.arguments)
    return any(is_placeholder(argument) and "=$(" not in argument for argument in arguments)


def _with_entry(serving: Serving, scope: Scope) -> Serving:
    """Add the way from outside to the controller, as far as the workspace has it."""
    controller = serving.controller
    if controller is None or controller.has_own_entry:
        return serving
    pods = scope.proxies_of(controller)
    if not pods:
        return serving
    from klint.exposure.controller_entries import controller_entry

    return replace(serving, entry_hop=controller_entry(pods, scope), pods=pods)


def controller_hop(ingress_class: IngressClass, scope: Scope) -> Hop:
    """From an IngressClass to the controller that its spec.controller names.

    Resolved when klint knows the controller or a pod beside it is told to answer to the name; broken when it looks
    like a known one misspelt; else unknown, for anybody may write a controller.
    """
    name = ingress_class.controller
    at, wants = ingress_class.at("spec", "controller"), Ref("", "controller", "", name)

    def hop(state: State, reason: Why = PLAIN, *meant: str) -> Hop:
        from klint.kube.validation.remedies import write

        remedy = write(at, meant[0]) if len(meant) == 1 else None
        return Hop(HopKind.CONTROLLER, ingress_class, at, wants, state, (), reason, remedy=remedy)

    if controller_of_class(name) is not None or name in scope.controller_arguments:
        return hop(State.RESOLVED)
    meant = list(dict.fromkeys(item.controller for item in INGRESS_CONTROLLERS if _is_meant(name, item.controller)))
    if meant:
        return hop(State.BROKEN, why(Reason.KNOWN_CONTROLLER_MEANT, meant[0]), *meant)
    return hop(State.UNKNOWN, why(Reason.UNKNOWN_CONTROLLER))


def _is_meant(name: str, known: str) -> bool:
    """Whether a controller's name is a known one misspelt: by a slip, its words in another order, or a wrong path."""
    domain, _, path = name.partition("/")
    known_domain, _, known_path = known.partition("/")
    if not known_path or not path:
        return False
    if domain == known_domain and (domain != "k8s.io" or sorted(path.split("-")) == sorted(known_path.split("-"))):
        return True
    return are_similar(name, known)
