"""Which controller serves an Ingress, and whether that controller has an entry."""

from __future__ import annotations

from collections.abc import Sequence

from klint.exposure.entries import entry_of_pods
from klint.exposure.near import are_similar
from klint.exposure.scope import Scope
from klint.findings import Hop, State
from klint.kube.classes import IngressClass
from klint.kube.controllers import (
    CLOUD_ENTRIES,
    INGRESS_CONTROLLERS,
    IngressController,
    controller_of_class,
)
from klint.kube.resource import Resource
from klint.kube.routes import CLASS_ANNOTATION, Ingress
from klint.kube.service import Service
from klint.kube.workload import PodTemplate
from klint.records import dataclass
from klint.text.placeholders import is_placeholder


@dataclass(frozen=True, slots=True)
class Serving:
    """How requests come to an Ingress.

    `class_hop` leads from the Ingress to its class, or to the controller that serves Ingresses without one; it is
    `certain` when, broken, nothing but a mistake explains it. `controller` is known from the class or from pods in
    the workspace. `entry_hop` leads from the entry to the controller's pods; None when nothing is known of them.
    """

    ingress: Ingress
    class_hop: Hop
    controller: IngressController | None = None
    entry_hop: Hop | None = None
    pods: tuple[PodTemplate, ...] = ()
    certain: bool = False


_GKE = "GKE Ingress"
_CLOUDS = frozenset(("aks", "eks", "gke"))
"""Platforms whose class names nobody uses elsewhere, as `public` of MicroK8s is."""

_PLATFORM_DEFAULTS = {
    "k3s": "Traefik",
    "k3d": "Traefik",
    "rancher-desktop": "Traefik",
    "gke": _GKE,
    "openshift": "OpenShift router",
    "microk8s": "MicroK8s ingress",
}
"""Platforms whose own controller serves an Ingress without a class (k3s and k3d ship Traefik; GKE's is public)."""

_NEG_ANNOTATION = "cloud.google.com/neg"
_TUNNELS = ("cloudflared", "ngrok", "ngrok-operator", "inlets", "inlets-pro", "frpc", "tailscale", "k8s-operator")
"""Images of tunnels, which bring requests in over a connection from inside."""


def serve(ingress: Ingress, scope: Scope) -> Serving:
    """Find the class, the controller behind it and the controller's entry."""
    if not ingress.wanted_class:
        return _serve_classless(ingress, scope)
    name = ingress.wanted_class
    at, wants = ingress.class_place, f"IngressClass {name}"

    if any(exists.has_ingress_class(name) for exists in scope.target.exists):
        return Serving(ingress, Hop(ingress, at, wants, State.RESOLVED, (), "the configuration says it exists"))
    classes = scope.classes_named(name)
    if classes:
        hop = Hop(ingress, at, wants, State.RESOLVED, classes)
        return _with_entry(ingress, hop, controller_of_class(classes[0].controller), scope)
    controller = _usual_controller(name, scope)

    def serving(state: State, why: str, *targets: Resource, certain: bool = False) -> Serving:
        return Serving(ingress, Hop(ingress, at, wants, state, targets, why), controller, certain=certain)

    if controller is not None and controller.name == _GKE and ingress.class_name:
        # kubernetes/ingress-gce pkg/utils/utils.go IsGCEIngress looks at the annotation alone.
        why = f"{_GKE} reads the annotation {CLASS_ANNOTATION}, never the field"
        return serving(State.BROKEN, why, certain=scope.target.platform == "gke")
    cloud = CLOUD_ENTRIES.get(controller.name, "") if controller else ""
    if controller is not None and cloud in _CLOUDS and scope.target.is_local_cluster:
        why = f"{controller.name} serves it on {cloud} only, and this goes to {scope.target.platform}"
        return serving(State.BROKEN, why, certain=True)
    if scope.target.declares_ingress_classes:
        declared = ", ".join(sorted({name for exists in scope.target.exists for name in exists.ingress_classes}))
        return serving(State.BROKEN, f"the configuration lists {declared}", certain=True)
    if controller is not None and controller in scope.controllers:
        hop = Hop(ingress, at, wants, State.RESOLVED, (), f"{controller.name} usually serves it")
        return _with_entry(ingress, hop, controller, scope)
    is_placed = controller is not None and CLOUD_ENTRIES.get(controller.name, "-") == scope.target.platform
    if scope.is_closed and not scope.classes and not is_placed and not is_placeholder(name):
        return serving(State.BROKEN, "the workspace does not define it")
    if not scope.classes or _may_come(name, controller, scope):
        return serving(State.UNKNOWN, "the workspace does not define it")
    similar = next((item for item in scope.classes if are_similar(item.name, name)), None)
    if similar is not None:
        return serving(State.BROKEN, f"there is {similar}", similar, certain=True)
    names = ", ".join(sorted({item.name for item in scope.classes if item.name.strip()}))
    return serving(State.BROKEN, f"the workspace defines {names or 'others'}")


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


def _serve_classless(ingress: Ingress, scope: Scope) -> Serving:
    """Who takes an Ingress that names no class.

    The default class is given to it on creation, unless it has the annotation, even an empty one
    (plugin/pkg/admission/network/defaultingressclass).
    """
    at, wants = ingress.place, "a default IngressClass"
    default = scope.default_class
    if default is not None and CLASS_ANNOTATION not in ingress.annotations:
        hop = Hop(ingress, at, wants, State.RESOLVED, (default,))
        return _with_entry(ingress, hop, controller_of_class(default.controller), scope)
    usual = _PLATFORM_DEFAULTS.get(scope.target.platform)
    if usual is not None:
        controller = next(item for item in INGRESS_CONTROLLERS if item.name == usual)
        hop = Hop(ingress, at, wants, State.RESOLVED, (), f"{scope.target.platform} serves it with {usual}")
        return Serving(ingress, hop, controller)
    present = scope.controllers
    taker = next((item for item in present if _takes_classless(item, scope.pods_of(item))), None)
    if taker is not None:
        hop = Hop(ingress, at, wants, State.RESOLVED, (), f"{taker.name} takes Ingresses without a class")
        return _with_entry(ingress, hop, taker, scope)
    if present and not any(_may_take_classless(scope.pods_of(item)) for item in present):
        why = f"it names no class, none is the default, and {present[0].name} leaves such Ingresses alone"
        return Serving(ingress, Hop(ingress, at, wants, State.BROKEN, (), why), present[0])
    why = "it names no class, so only a cluster with a default class serves it"
    return Serving(ingress, Hop(ingress, at, wants, State.UNKNOWN, (), why))


def _takes_classless(controller: IngressController, pods: Sequence[PodTemplate]) -> bool:
    if controller.serves_classless:
        return True
    flag = controller.watch_classless_flag
    if not flag:
        return False
    arguments = [argument for pod in pods for container in pod.containers for argument in container.arguments]
    return any(argument in (flag, f"{flag}=true", flag[1:], f"{flag[1:]}=true") for argument in arguments)


def _may_take_classless(pods: Sequence[PodTemplate]) -> bool:
    """Whether the arguments of a controller are still to be filled in: a whole one, or a switch's value."""
    arguments = (argument for pod in pods for container in pod.containers for argument in container.arguments)
    return any(is_placeholder(argument) and "=$(" not in argument for argument in arguments)


def _with_entry(ingress: Ingress, hop: Hop, controller: IngressController | None, scope: Scope) -> Serving:
    """Add the way from outside to the controller, as far as the workspace has it."""
    if controller is None or controller.has_own_entry:
        return Serving(ingress, hop, controller)
    pods = scope.proxies_of(controller)
    if not pods:
        return Serving(ingress, hop, controller)
    entry = entry_of_pods(list(pods), scope) or _missing_entry(pods, scope)
    return Serving(ingress, hop, controller, entry, pods)


def _missing_entry(pods: Sequence[PodTemplate], scope: Scope) -> Hop:
    """Why no entry leads to a controller's pods: broken when its Services are there and nothing comes to them."""
    workload = pods[0].workload
    services = scope.sort(scope.index.services_selecting(pods[0])).nearest
    if any(is_placeholder(service.type) for service in services) or any(map(_may_open_ports, pods)):
        why = "what would open one is filled in later"
        return Hop(workload, workload.place, "an external entry", State.UNKNOWN, (), why)
    if not services:
        why = f"no Service of the workspace selects {workload}"
        return Hop(workload, workload.place, "an external entry", State.UNKNOWN, (), why)
    for service in services:
        why = _feeder(service, scope)
        if why:
            return Hop(service, service.place, f"the pods of {workload}", State.RESOLVED, (workload,), why)
    names = " and ".join(str(service) for service in services)
    why = f"{names} {'is' if len(services) == 1 else 'are'} for clients inside the cluster only"
    return Hop(workload, workload.place, "an external entry", State.BROKEN, services, why)


def _may_open_ports(pod: PodTemplate) -> bool:
    """Whether a pod may take ports of its node once it is filled in."""
    values = (pod.get("spec", "hostNetwork"), *(port.data.get("hostPort") for port in pod.ports))
    return any(map(is_placeholder, values))


def _feeder(service: Service, scope: Scope) -> str:
    """What brings requests from outside to a Service that opens no entry itself; empty if nothing is seen to."""
    routes = scope.sort(scope.index.routes_to.get(service.name, ())).nearest
    binding = scope.bindings.get(service.name)
    tunnel = next((pod for name in _TUNNELS for pod in scope.index.pods_from(name)), None)
    if _NEG_ANNOTATION in service.annotations:
        return f"a network endpoint group brings requests to {service}"
    if routes or binding:
        return f"{routes[0] if routes else binding} brings requests to {service}"
    return f"{tunnel} may bring requests to {service}" if tunnel else ""


def controller_hop(ingress_class: IngressClass, scope: Scope) -> Hop:
    """From an IngressClass to the controller that its spec.controller names.

    Resolved when klint knows the controller or a pod beside it is told to answer to the name; broken when it looks
    like a known one misspelt; else unknown, for anybody may write a controller.
    """
    name = ingress_class.controller
    at, wants = ingress_class.at("spec", "controller"), f"the controller {name}"
    if controller_of_class(name) is not None or name in scope.controller_arguments:
        return Hop(ingress_class, at, wants, State.RESOLVED)
    meant = next((item.controller for item in INGRESS_CONTROLLERS if _is_meant(name, item.controller)), "")
    if meant:
        return Hop(ingress_class, at, wants, State.BROKEN, (), f"which klint does not know: there is {meant}")
    why = "which klint does not know, and no pod beside it answers to that name"
    return Hop(ingress_class, at, wants, State.UNKNOWN, (), why)


def _is_meant(name: str, known: str) -> bool:
    """Whether a controller's name is a known one misspelt: by a slip, its words in another order, or a wrong path."""
    domain, _, path = name.partition("/")
    known_domain, _, known_path = known.partition("/")
    if not known_path or not path:
        return False
    if domain == known_domain and (domain != "k8s.io" or sorted(path.split("-")) == sorted(known_path.split("-"))):
        return True
    return are_similar(name, known)
