"""Which controller serves an Ingress, and whether that controller has an entry."""

from __future__ import annotations

from dataclasses import dataclass

from klint.exposure.entries import entry_of_pods
from klint.exposure.scope import Scope, are_similar
from klint.findings import Hop, State
from klint.kube.classes import IngressClass
from klint.kube.controllers import (
    CLOUD_ENTRIES,
    INGRESS_CONTROLLERS,
    KNOWN_CLASSES,
    IngressController,
    controller_of_class,
    image_is,
)
from klint.kube.routes import Ingress
from klint.kube.workload import PodTemplate


@dataclass(frozen=True, slots=True)
class Serving:
    """How requests come to an Ingress.

    `class_hop` leads from the Ingress to its class, or to the controller that serves Ingresses without one.
    `controller` is known from the class or from pods in the workspace. `entry_hop` leads from the entry to the
    controller's pods; None when nothing is known of the controller.
    """

    ingress: Ingress
    class_hop: Hop
    controller: IngressController | None = None
    entry_hop: Hop | None = None
    pods: tuple[PodTemplate, ...] = ()


_PLATFORM_DEFAULTS = {
    "k3s": "Traefik",
    "k3d": "Traefik",
    "rancher-desktop": "Traefik",
    "gke": "GKE Ingress",
    "openshift": "OpenShift router",
    "microk8s": "MicroK8s ingress",
}
"""Platforms whose own controller serves an Ingress without a class (k3s and k3d ship Traefik; GKE's is public)."""


def serve(ingress: Ingress, scope: Scope) -> Serving:
    """Find the class, the controller behind it and the controller's entry."""
    if not ingress.wanted_class:
        return _serve_classless(ingress, scope)
    name = ingress.wanted_class
    at, wants = ingress.class_place, f"IngressClass {name}"
    if any(exists.has_ingress_class(name) for exists in scope.target.exists):
        return Serving(ingress, Hop(ingress, at, wants, State.RESOLVED, (), "the configuration says it exists"))
    classes = scope.sort(scope.index.classes_named(name)).nearest
    if classes:
        hop = Hop(ingress, at, wants, State.RESOLVED, tuple(classes))
        return _with_entry(ingress, hop, controller_of_class(classes[0].controller), scope)
    controller = _usual_controller(name, scope)
    if controller is not None:
        cloud = CLOUD_ENTRIES.get(controller.name, "")
        if cloud and scope.target.is_local_cluster:
            why = f"{controller.name} serves it on {cloud} only, and this goes to {scope.target.platform}"
            return Serving(ingress, Hop(ingress, at, wants, State.BROKEN, (), why), controller)
    if scope.target.declares_ingress_classes:
        declared = ", ".join(sorted({name for exists in scope.target.exists for name in exists.ingress_classes}))
        why = f"the configuration lists {declared}"
        return Serving(ingress, Hop(ingress, at, wants, State.BROKEN, (), why), controller)
    if controller is not None and scope.sort(scope.index.pods_of(controller)).nearest:
        hop = Hop(ingress, at, wants, State.RESOLVED, (), f"{controller.name} usually serves it")
        return _with_entry(ingress, hop, controller, scope)
    hop = Hop(ingress, at, wants, *_absent_class(name, scope))
    return Serving(ingress, hop, controller)


def _usual_controller(name: str, scope: Scope) -> IngressController | None:
    """The controller that a class of this name usually belongs to; of several, one whose pods are in scope."""
    usual = [controller for controller in INGRESS_CONTROLLERS if name in controller.classes]
    return next((item for item in usual if scope.index.pods_of(item)), usual[0] if usual else None)


def _absent_class(name: str, scope: Scope) -> tuple[State, tuple[IngressClass, ...], str]:
    """What to make of a class that the workspace does not define."""
    classes = scope.sort(scope.index.ingress_classes).nearest
    similar = tuple(item for item in classes if are_similar(item.name, name))
    if similar and name not in KNOWN_CLASSES:
        return State.BROKEN, similar, f"there is {similar[0]}"
    if name in KNOWN_CLASSES or not classes:
        return State.UNKNOWN, (), "the workspace does not define it"
    names = ", ".join(sorted({item.name for item in classes}))
    return State.BROKEN, (), f"the workspace defines {names}"


def _serve_classless(ingress: Ingress, scope: Scope) -> Serving:
    at, wants = ingress.place, "a default IngressClass"
    classes = scope.sort(scope.index.ingress_classes).nearest
    default = next((item for item in classes if item.is_default), None)
    if default is not None:
        hop = Hop(ingress, at, wants, State.RESOLVED, (default,))
        return _with_entry(ingress, hop, controller_of_class(default.controller), scope)
    usual = _PLATFORM_DEFAULTS.get(scope.target.platform)
    if usual is not None:
        controller = next(item for item in INGRESS_CONTROLLERS if item.name == usual)
        hop = Hop(ingress, at, wants, State.RESOLVED, (), f"{scope.target.platform} serves it with {usual}")
        return Serving(ingress, hop, controller)
    present = [item for item in INGRESS_CONTROLLERS if scope.sort(scope.index.pods_of(item)).nearest]
    taker = next((item for item in present if _takes_classless(item, scope)), None)
    if taker is not None:
        hop = Hop(ingress, at, wants, State.RESOLVED, (), f"{taker.name} takes Ingresses without a class")
        return _with_entry(ingress, hop, taker, scope)
    if classes:
        names = ", ".join(sorted({item.name for item in classes}))
        why = f"it names no class, and of the workspace's ({names}) none is the default"
        return Serving(ingress, Hop(ingress, at, wants, State.BROKEN, (), why))
    if present:
        why = f"it names no class, and {present[0].name} leaves such Ingresses alone"
        return Serving(ingress, Hop(ingress, at, wants, State.BROKEN, (), why), present[0])
    why = "it names no class, so only a cluster with a default class serves it"
    return Serving(ingress, Hop(ingress, at, wants, State.UNKNOWN, (), why))


def _takes_classless(controller: IngressController, scope: Scope) -> bool:
    if controller.serves_classless:
        return True
    flag = controller.watch_classless_flag
    if not flag:
        return False
    arguments = [
        argument
        for pod in scope.index.pods_of(controller)
        for container in pod.containers
        for argument in container.arguments
    ]
    return any(argument in (flag, f"{flag}=true", flag[1:], f"{flag[1:]}=true") for argument in arguments)


def _with_entry(ingress: Ingress, hop: Hop, controller: IngressController | None, scope: Scope) -> Serving:
    """Add the way from outside to the controller, as far as the workspace has it."""
    if controller is None or controller.has_own_entry:
        return Serving(ingress, hop, controller)
    pods = list(scope.sort(scope.index.pods_of(controller)).nearest)
    if not pods:
        return Serving(ingress, hop, controller)
    if controller.proxy_images:
        proxies = [
            pod
            for pod in scope.index.pods
            if any(image_is(container.image, controller.proxy_images) for container in pod.containers)
        ]
        pods = list(scope.sort(proxies).nearest)
        if not pods:
            return Serving(ingress, hop, controller)
    entry = entry_of_pods(pods, scope)
    if entry is None:
        workload = pods[0].workload
        why = f"no LoadBalancer, NodePort or hostPort leads to {workload}"
        entry = Hop(workload, workload.place, "an external entry", State.BROKEN, (), why)
    return Serving(ingress, hop, controller, entry, tuple(pods))
