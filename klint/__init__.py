"""klint reads Kubernetes manifests the way traffic does, and says where a request would stop, or get in.

This is the public API: what a rule, a test or a notebook imports. A name's module is imported when the name is first
used, so that `klint --version` does not pay for the engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from klint.edits import Edit
    from klint.exposure.addressed import Address
    from klint.exposure.aliases import Alias, Refusal
    from klint.exposure.allow_lists import AllowList
    from klint.exposure.attachment import Attached
    from klint.exposure.audience import Audience, Who
    from klint.exposure.backend_tls import BackendTlsFault
    from klint.exposure.backends import BackendLink
    from klint.exposure.blockades import Blockade
    from klint.exposure.certified_hosts import HostMismatch
    from klint.exposure.declarations import Contradiction, Declarations
    from klint.exposure.duplicates import Duplicate, Rivalry, Winner
    from klint.exposure.forwarding import Destination
    from klint.exposure.gateway_conflicts import ServerConflict
    from klint.exposure.governing import Governing
    from klint.exposure.graph import Graph
    from klint.exposure.host_tls import HostTls, TlsState
    from klint.exposure.ignored_annotations import Ignored
    from klint.exposure.inlets import Inlet
    from klint.exposure.installed_nginx import InstalledNginx
    from klint.exposure.invocations import Invocation
    from klint.exposure.listener_faults import ListenerFault
    from klint.exposure.misreadings import Misreading
    from klint.exposure.misuse import Misuse
    from klint.exposure.node_port_needs import NodePortNeed
    from klint.exposure.node_ports import NodePortRequest
    from klint.exposure.non_http import NonHttp
    from klint.exposure.openings import Opening
    from klint.exposure.plain_beside_tls import PlainBesideTls
    from klint.exposure.pod_selectors import SelectedPods
    from klint.exposure.policies import Policies, Sender, Verdict
    from klint.exposure.precedence import CatchAll, Claim, Router
    from klint.exposure.scale import Scale
    from klint.exposure.scripts import Scripts
    from klint.exposure.selection import Selection, TargetPort
    from klint.exposure.serving import Serving
    from klint.exposure.shadows import Shadow
    from klint.exposure.side_doors import SideDoor
    from klint.exposure.snippets import Setting, Snippet
    from klint.exposure.strangers import Stranger
    from klint.exposure.tls import PlainRoute
    from klint.exposure.tls_secrets import MissingSecret
    from klint.findings import Finding, Related, Severity
    from klint.fixes import Fix, Safety
    from klint.hops import Break, Guard, GuardKind, Hop, HopKind, Near, State, Way
    from klint.intents import Exposure, Intent
    from klint.kube.address_set import AddressSet
    from klint.kube.autoscaler import Autoscaler
    from klint.kube.classes import Gateway, IngressClass, Listener, ListenerOwner, ListenerSet
    from klint.kube.clouds import LoadBalancer
    from klint.kube.dashboards import Dashboard
    from klint.kube.ingress_nginx import ControllerImage, Vulnerability
    from klint.kube.istio import DestinationRule, IstioGateway
    from klint.kube.middlewares import Middleware
    from klint.kube.namespace import Namespace
    from klint.kube.network_policy import NetworkPolicy
    from klint.kube.policy_rules import PolicyPeer, PolicyPort, PolicyRule
    from klint.kube.precedence import Order
    from klint.kube.ref import Ref
    from klint.kube.removed_apis import Removal
    from klint.kube.resource import Resource, View
    from klint.kube.routes.ingress import Ingress, IngressPath, IngressRule
    from klint.kube.routes.istio import VirtualService
    from klint.kube.routes.shape import Attachment, Backend, Match, PortMeaning, Role, Route, Tls, Undefined
    from klint.kube.service import Endpoints, Service, ServicePort, SourceRange
    from klint.kube.validation.problem import Effect, FieldProblem
    from klint.kube.well_known import WellKnown
    from klint.kube.workload import Container, ContainerPort, PodTemplate, Workload
    from klint.reasons import Reason, Why
    from klint.registry.rule import Rule, rule
    from klint.suppress.ignores import Ignores
    from klint.text.changes import Insert, Remove, Rename, Replace
    from klint.text.document import Document, Place
    from klint.text.placeholders import is_placeholder, may_be
    from klint.text.source import Source, Span
    from klint.text.words import abridged, joined
    from klint.workspace.workspace import Workspace

__version__ = "0.1.0"

__all__ = [
    "Address",
    "AddressSet",
    "Alias",
    "AllowList",
    "Attached",
    "Attachment",
    "Audience",
    "Autoscaler",
    "Backend",
    "BackendLink",
    "BackendTlsFault",
    "Blockade",
    "Break",
    "CatchAll",
    "Claim",
    "Container",
    "ContainerPort",
    "Contradiction",
    "ControllerImage",
    "Dashboard",
    "Declarations",
    "Destination",
    "DestinationRule",
    "Document",
    "Duplicate",
    "Edit",
    "Effect",
    "Endpoints",
    "Exposure",
    "FieldProblem",
    "Finding",
    "Fix",
    "Gateway",
    "Governing",
    "Graph",
    "Guard",
    "GuardKind",
    "Hop",
    "HopKind",
    "HostMismatch",
    "HostTls",
    "Ignored",
    "Ignores",
    "Ingress",
    "IngressClass",
    "IngressPath",
    "IngressRule",
    "Inlet",
    "Insert",
    "InstalledNginx",
    "Intent",
    "Invocation",
    "IstioGateway",
    "Listener",
    "ListenerFault",
    "ListenerOwner",
    "ListenerSet",
    "LoadBalancer",
    "Match",
    "Middleware",
    "Misreading",
    "MissingSecret",
    "Misuse",
    "Namespace",
    "Near",
    "NetworkPolicy",
    "NodePortNeed",
    "NodePortRequest",
    "NonHttp",
    "Opening",
    "Order",
    "Place",
    "PlainBesideTls",
    "PlainRoute",
    "PodTemplate",
    "Policies",
    "PolicyPeer",
    "PolicyPort",
    "PolicyRule",
    "PortMeaning",
    "Reason",
    "Ref",
    "Refusal",
    "Related",
    "Removal",
    "Remove",
    "Rename",
    "Replace",
    "Resource",
    "Rivalry",
    "Role",
    "Route",
    "Router",
    "Rule",
    "Safety",
    "Scale",
    "Scripts",
    "SelectedPods",
    "Selection",
    "Sender",
    "ServerConflict",
    "Service",
    "ServicePort",
    "Serving",
    "Setting",
    "Severity",
    "Shadow",
    "SideDoor",
    "Snippet",
    "Source",
    "SourceRange",
    "Span",
    "State",
    "Stranger",
    "TargetPort",
    "Tls",
    "TlsState",
    "Undefined",
    "Verdict",
    "View",
    "VirtualService",
    "Vulnerability",
    "Way",
    "WellKnown",
    "Who",
    "Why",
    "Winner",
    "Workload",
    "Workspace",
    "abridged",
    "is_placeholder",
    "joined",
    "may_be",
    "rule",
]

_MODULES = {
    "klint.exposure.addressed": ("Address",),
    "klint.exposure.aliases": ("Alias", "Refusal"),
    "klint.exposure.attachment": ("Attached",),
    "klint.exposure.allow_lists": ("AllowList",),
    "klint.exposure.audience": ("Audience", "Who"),
    "klint.exposure.backend_tls": ("BackendTlsFault",),
    "klint.exposure.backends": ("BackendLink",),
    "klint.exposure.certified_hosts": ("HostMismatch",),
    "klint.exposure.declarations": ("Contradiction", "Declarations"),
    "klint.exposure.blockades": ("Blockade",),
    "klint.exposure.duplicates": ("Duplicate", "Rivalry", "Winner"),
    "klint.exposure.forwarding": ("Destination",),
    "klint.exposure.gateway_conflicts": ("ServerConflict",),
    "klint.exposure.governing": ("Governing",),
    "klint.exposure.graph": ("Graph",),
    "klint.exposure.listener_faults": ("ListenerFault",),
    "klint.exposure.misreadings": ("Misreading",),
    "klint.exposure.misuse": ("Misuse",),
    "klint.exposure.node_port_needs": ("NodePortNeed",),
    "klint.exposure.node_ports": ("NodePortRequest",),
    "klint.exposure.non_http": ("NonHttp",),
    "klint.exposure.openings": ("Opening",),
    "klint.exposure.plain_beside_tls": ("PlainBesideTls",),
    "klint.exposure.pod_selectors": ("SelectedPods",),
    "klint.exposure.policies": ("Policies", "Sender", "Verdict"),
    "klint.exposure.precedence": ("CatchAll", "Claim", "Router"),
    "klint.exposure.scale": ("Scale",),
    "klint.exposure.ignored_annotations": ("Ignored",),
    "klint.exposure.inlets": ("Inlet",),
    "klint.exposure.invocations": ("Invocation",),
    "klint.exposure.scripts": ("Scripts",),
    "klint.exposure.installed_nginx": ("InstalledNginx",),
    "klint.exposure.selection": ("Selection", "TargetPort"),
    "klint.exposure.serving": ("Serving",),
    "klint.exposure.shadows": ("Shadow",),
    "klint.exposure.side_doors": ("SideDoor",),
    "klint.intents": ("Exposure", "Intent"),
    "klint.exposure.snippets": ("Setting", "Snippet"),
    "klint.exposure.strangers": ("Stranger",),
    "klint.exposure.host_tls": ("HostTls", "TlsState"),
    "klint.exposure.tls": ("PlainRoute",),
    "klint.exposure.tls_secrets": ("MissingSecret",),
    "klint.edits": ("Edit",),
    "klint.fixes": ("Fix", "Safety"),
    "klint.text.changes": ("Insert", "Remove", "Rename", "Replace"),
    "klint.findings": ("Finding", "Related", "Severity"),
    "klint.hops": ("Break", "Guard", "GuardKind", "Hop", "HopKind", "Near", "State", "Way"),
    "klint.kube.address_set": ("AddressSet",),
    "klint.kube.autoscaler": ("Autoscaler",),
    "klint.kube.classes": ("Gateway", "IngressClass", "Listener", "ListenerOwner", "ListenerSet"),
    "klint.kube.clouds": ("LoadBalancer",),
    "klint.kube.ingress_nginx": ("ControllerImage", "Vulnerability"),
    "klint.kube.dashboards": ("Dashboard",),
    "klint.kube.middlewares": ("Middleware",),
    "klint.kube.namespace": ("Namespace",),
    "klint.kube.network_policy": ("NetworkPolicy",),
    "klint.kube.removed_apis": ("Removal",),
    "klint.kube.resource": ("Resource", "View"),
    "klint.kube.policy_rules": ("PolicyPeer", "PolicyPort", "PolicyRule"),
    "klint.kube.precedence": ("Order",),
    "klint.kube.ref": ("Ref",),
    "klint.kube.routes.ingress": ("Ingress", "IngressPath", "IngressRule"),
    "klint.kube.routes.shape": ("Attachment", "Backend", "Match", "PortMeaning", "Role", "Route", "Tls", "Undefined"),
    "klint.kube.service": ("Endpoints", "Service", "ServicePort", "SourceRange"),
    "klint.kube.validation.problem": ("Effect", "FieldProblem"),
    "klint.kube.well_known": ("WellKnown",),
    "klint.kube.istio": ("DestinationRule", "IstioGateway"),
    "klint.kube.routes.istio": ("VirtualService",),
    "klint.kube.workload": ("Container", "ContainerPort", "PodTemplate", "Workload"),
    "klint.reasons": ("Reason", "Why"),
    "klint.registry.rule": ("Rule", "rule"),
    "klint.suppress.ignores": ("Ignores",),
    "klint.text.document": ("Document", "Place"),
    "klint.text.placeholders": ("is_placeholder", "may_be"),
    "klint.text.source": ("Source", "Span"),
    "klint.text.words": ("abridged", "joined"),
    "klint.workspace.workspace": ("Workspace",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(module), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
