"""Bundles, hops, routers, and findings that are no news, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from klint.hops import Hop, HopKind, State
from klint.kube.ref import Ref
from klint.report.escape import escape

if TYPE_CHECKING:
    from klint.baseline.entries import Known
    from klint.exposure.precedence import Router

_NODE = frozenset(("hostPort", "hostNetwork"))


def bundle_title(name: str, environment: str, platform: str) -> str:
    """A bundle by its name, and where it goes as far as that is known: `deploy/shop (production, eks)`."""
    where = ", ".join(filter(None, (environment, platform)))
    return f"{name} ({where})" if where else name


def wanted(hop: Hop) -> str:
    """What a hop refers to: `Service web`, `port 80 of Service web`, `pods with app=web`, `a default IngressClass`."""
    ref = hop.wants
    match hop.kind:
        case HopKind.ENTRY:
            return _entry(ref)
        case HopKind.CLASS if not ref.name:
            return "a default IngressClass"
        case HopKind.CONTROLLER:
            return "the cluster's router" if ref.kind == "IngressController" else f"the {ref}"
        case HopKind.GRANT:
            return f"a ReferenceGrant for {ref}"
        case HopKind.LISTENER:
            return f"a listener of {ref}"
        case HopKind.PORT:
            return f"port {ref.port} of {ref}"
        case HopKind.SELECTION if ref.labels:
            return "pods with " + ", ".join(f"{key}={value}" for key, value in ref.labels)
        case HopKind.SELECTION if ref.kind == "Pod":
            return "pods"
        case HopKind.TARGET_PORT:
            return f"port {ref.port} of the pods"
    return str(ref)


def step(hop: Hop) -> str:
    """A hop as one step of a way: `Ingress shop → Service web (broken): it is not in this bundle`."""
    text = f"{hop.source} → {wanted(hop)}"
    if hop.state is not State.RESOLVED:
        text += f" ({hop.state.value})"
    return f"{text}: {hop.why}" if hop.why else text


def router_name(router: Router) -> str:
    """What chooses among routes: a class, or a Gateway with the listener that it is."""
    from klint.kube.routes.shape import AttachmentKind

    is_listener = router.kind is AttachmentKind.GATEWAY and isinstance(router.part, str)
    return f"{router}, listener {router.part}" if is_listener else str(router)


def _entry(ref: Ref) -> str:
    if not ref.kind:
        return "an external entry"
    if not ref.name:
        return "the node's own address" if ref.kind in _NODE else ref.kind
    name = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
    return f"the pods of {ref.kind} {name}"


def counted_known(known: Known, more: str) -> str:
    """How many findings are no news, and why: `2 more are in the baseline`; empty where there are none."""
    count = len(known.findings)
    if not count:
        return ""
    if known.is_baseline:
        return f"{count} {more}{'is' if count == 1 else 'are'} in the baseline"
    return f"{count} {more}{'was' if count == 1 else 'were'} there at {escape(known.name)}"
