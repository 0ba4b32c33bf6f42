"""Why a hop is as it is: one table of reasons, so that nobody reads meaning out of a sentence."""

from __future__ import annotations

from typing import Any

from klint.enums import Enum
from klint.records import dataclass


class Reason(Enum):
    """A reason, and the clause that says it; `{0}`, `{1}` … are what it is about."""

    SAID = "{0}"
    """A clause of its own: what the API server has against a name, or what a rule says of a hop that it made."""

    DECLARED = "the configuration says it exists"
    PODS_DECLARED = "the configuration says such pods exist"
    NOT_IN_WORKSPACE = "it is not in the workspace"
    UNDEFINED = "the workspace does not define it"
    SIMILAR = "there is {0}"
    FILLED_IN_LATER = "{0} is filled in later"
    HIDDEN_DEFINITION = "{0} may define it"

    # Classes and controllers
    READS_ANNOTATION_ONLY = "{0} reads the annotation {1}, never the field"
    OTHER_PLATFORM = "{0} serves it on {1} only, and this goes to {2}"
    OTHER_CLASSES_LISTED = "the configuration lists {0}"
    OTHER_CLASSES_DEFINED = "the workspace defines {0}"
    USUALLY_SERVED_BY = "{0} usually serves it"
    SERVED_BY_PLATFORM = "{0} serves it with {1}"
    SERVES_CLASSLESS = "{0} takes Ingresses without a class"
    LEAVES_CLASSLESS = "no IngressClass is the default, and {0} ignores Ingresses without a class"
    NEEDS_DEFAULT_CLASS = "it names no class, so only a cluster with a default class serves it"
    ROUTER = "every OpenShift cluster has it"
    KNOWN_CONTROLLER_MEANT = "which klint does not know: there is {0}"
    UNKNOWN_CONTROLLER = "which klint does not know, and no controller in the workspace is configured with that name"

    # Entries of controllers
    ENTRY_FILLED_IN_LATER = "what would open one is filled in later"
    NOT_SELECTED = "no Service of the workspace selects {0}"
    ENDPOINT_GROUP = "a network endpoint group sends requests to {0}"
    FED_BY = "{0} sends requests to {1}"
    MAY_BE_FED_BY = "{0} may send requests to {1}"
    INTERNAL_ONLY = "{0} is reachable only from inside the cluster"
    PORT_NOT_OPENED = "no Service leads to its port {0}"
    ALL_INTERNAL_ONLY = "{0} are reachable only from inside the cluster"

    # Gateways and their listeners
    NO_SUCH_SECTION = "it has no listener named {0}"
    NO_SUCH_PORT = "it has no listener on port {0}"
    KIND_NOT_ALLOWED = "{0} not take {1}"
    NAMESPACE_NOT_ALLOWED = "{0} not take routes from {1}"
    HOST_NOT_ALLOWED = "{0} not serve {1}, only {2}"
    LISTENERS_CONFLICT = "{0} not distinct from others"
    SET_NOT_ALLOWED = "it does not allow ListenerSets from {0}"
    NAMESPACE_OPEN = "which namespaces it allows routes from is not known"
    ADMITS = "it admits {0}"
    HOSTS_OF_NAMESPACE = "it admits {0} from namespace {1} alone"

    # What a mesh refers to
    INSTALLED_WITH = "Istio's own gateway has {0}"
    HAS = "{0} has {1}"
    PODS_HAVE = "they have {0}"
    NO_POD_HAS = "none of them has {0}"
    NO_DESTINATION_RULE = "no DestinationRule is for {0}"
    NO_SERVICE_ENTRY = "no ServiceEntry has it"
    EXPORTED_TO = "{0} is exported to {1} alone"
    EXPORTED_NOWHERE = "{0} is exported to no namespace"
    HALF_A_NAME = "only a name without dots, or a whole one, is that of a Service"
    CROSS_NAMESPACE = "it is in another namespace, which the Traefik here does not allow"
    QUALIFIED_NAME = "it is named with @kubernetescrd, which the Traefik here does not allow"
    IN_A_CIRCLE = "it leads back to where its requests come from"
    IS_ROOT = "it has a virtual host of its own, and Contour includes none that has"
    OTHER_PATH = "it has the path {0}, which is not within {1}"
    OTHER_HOST = "it has the host {0}, not {1}"
    NO_PROVIDER = "without @kubernetescrd it is none of the cluster's"
    HAS_HOSTS = "it has hosts, and a delegate must have none"

    # Backends
    NO_SERVICE = "it is not a Service"
    NAMED_LIKE_HOST = "it has the name of a host, and not of a Service"
    NO_SUCH_GROUP = "it has the API group {0}, where that of Services is empty"
    SERVICE_NAMES_FILLED_IN = "the names of Services are filled in later"
    SOLVER = "cert-manager creates it while it solves a challenge"
    MADE_BY = "{0} may create it"
    IN_OTHER_NAMESPACE = "there is one in namespace {0}"
    NOT_DELEGATED = "no TLSCertificateDelegation in namespace {0} lets it"
    IN_OTHER_BUNDLE = "another bundle of the workspace has one in another namespace or environment"
    DEFINED_NOWHERE = "it is not defined in the workspace"
    NAMESPACE_UNSEEN = "no Service of its namespace is in the bundle"
    OTHER_FILE_HAS_PORT = "another file of the folder has such a port in its {0}"
    PORTS_NOT_WRITTEN = "its ports are not known"
    OTHER_SERVICE_MEANT = "{0} is in another bundle, and may not be the one that is meant"
    OFFERS = "it has {0}"
    PORT_TAKES = "that takes {0}, not {1}"
    REACHED_ON = "its pods are reached on {0}"

    # References across namespaces
    NOT_GRANTED = "no ReferenceGrant of namespace {0} permits it"
    GRANTED_OTHERWISE = "{0} has {1} {2}, not {3}"
    GRANTED_ELSEWHERE = "{0} is not in namespace {1}"

    # Selections
    SET_BY_CONTROLLER = "{0} is set when pods are made"
    HIDDEN_PODS = "{0} may have them"
    NO_SUCH_PODS = "no pod in the workspace has these labels"
    NO_PODS_MATCH = "no pod in the workspace matches it"
    NO_PODS_LABELLED = "no pod in the workspace has {0}"
    OPERATOR_PODS = "an operator creates the pods labelled {0}"
    SYSTEM_PODS = "the cluster's own pods have these labels"
    PODS_IN_OTHER_NAMESPACE = "{0} has these labels in namespace {1}, but a {2} selects pods only in its own"
    LABELS_ON_WORKLOAD = "{0} itself has {1}, but its pods do not"
    ENDPOINTS_WRITTEN_BY = "{0} may write its endpoints"
    MESH_DECIDES = "a service mesh decides where its requests go"
    NO_ENDPOINTS = "it has no selector, and the workspace has no EndpointSlice for it"
    OTHER_LABELS = "{0} has {1}, not {2}"
    LABELS_DIFFER = "{0} has other labels"
    LABELS_SET_LATER = "the pods of {0} do not have {1}, unless something sets it later"

    # Where an ExternalName Service leads
    ADDRESS_AS_NAME = "is an IP address, which DNS looks up as a host name and does not find"
    LOOPBACK_ADDRESS = "is a loopback address: clients connect to themselves"
    LOOPBACK_NAME = "is a loopback name: clients connect to themselves"
    METADATA_SERVER = "is a cloud's metadata server, which gives out the node's credentials"
    OWN_NAME = "is the Service itself"

    # Services that govern StatefulSets
    NOT_HEADLESS = "it is not headless"
    OTHER_HEADLESS = "it is not headless, as {0} is"
    ONLY_ALIAS = "it is of type ExternalName"
    NO_SELECTOR = "it has no selector"
    PODS_LACK = "they lack {0}"

    # Pods that a Service selects beside its own
    ENDS = "its pods run to completion"
    LISTENS_ELSEWHERE = "it declares {0}, not {1}"
    LISTENS_NOWHERE = "it declares no ports"
    OTHER_LABEL = "{0} is {1}, not {2}"
    MORE_LABELS = "it is labelled {0}"
    LACKS_LABEL = "it is not labelled {0}"

    # Target ports
    OTHER_PROTOCOL = "{0} has {1} for {2}, not {3}"
    NAMED_PORTS = "{0} names its ports {1}"
    UNNAMED_PORTS = "{0} declares {1} without a name"
    NO_PORTS = "{0} declares no ports"
    DECLARED_PORTS = "{0} declares {1}"
    PORTS_CALLED = "its named ports are {0}"
    NAMES_NO_PORT = "it names no port"
    IS_TARGET_PORT = "that is the targetPort of its port {0}"

    # NetworkPolicies
    NO_POLICY = "no NetworkPolicy selects {0}"
    RULE_ADMITS = "{0} allows it"
    NO_RULE_ADMITS = "no rule of {0} allows it"
    POLICIES_SPARE_HOST_NETWORK = "NetworkPolicies do not apply to pods with hostNetwork"
    OWN_NODE = "a pod's own node always reaches it"
    SOME_ADDRESSES = "{0} allows only some of the addresses"
    ADDRESS_REWRITTEN = "{0} allows private addresses, and source NAT may replace the client's with one"
    RULE_NOT_KNOWN = "what {0} allows is not known"
    POLICY_MAY_SELECT = "{0} may select {1}"
    OTHER_POLICY = "{0} may decide otherwise"
    HIDDEN_POLICIES = "{0} may hold NetworkPolicies"

    # Who can use an entry
    LOCAL_CLUSTER = "{0} runs on a developer's machine"
    NODE_ADDRESSES = "manifests do not say who can reach the nodes"
    PUBLIC_ADDRESS = "{0} is a public address"
    PRIVATE_ADDRESS = "{0} is a private address"
    ADDRESS_NOT_KNOWN = "klint cannot tell whether {0} is public or private"
    PUBLIC_POOL = "{0} has public addresses"
    PRIVATE_POOL = "{0} has private addresses only"
    POOLS_DIFFER = "its address comes from {0}, some of which are public and some private"
    POOL_NOT_KNOWN = "the addresses that {0} hands out are not in the workspace"
    PUBLIC_BY_DEFAULT = "{0} makes load balancers public by default"
    CLOUDS_ARE_PUBLIC = "clouds make load balancers public by default"
    INTERNAL_BY_DEFAULT = "{0} makes load balancers internal by default"
    MADE_PUBLIC = "{0} reads {1}: {2} as public"
    MADE_INTERNAL = "{0} reads {1}: {2} as internal"
    ANNOTATION_REFUSED = "{0} does not accept {1}: {2}"
    NO_STRING = "the value of {0} is not a string"
    LOAD_BALANCERS_DIFFER = "{0} would expose it to {1}, and {2} to {3}"
    LOAD_BALANCER_NOT_KNOWN = "which load balancer serves it is not known"
    CLASS_PUBLIC = "the class {0} is public"
    CLASS_INTERNAL = "the class {0} is internal"
    CLASS_NOT_KNOWN = "klint does not know the class {0}"
    CLUSTER_ONLY = "{0} exposes nothing outside the cluster"
    RANGES_PRIVATE = "its source ranges are private"
    RANGES_LISTED = "its source ranges leave out most of the Internet"
    RANGES_IGNORED = "{0} ignores source ranges"
    RANGES_NOT_KNOWN = "whether {0} honours source ranges depends on its settings"
    GROUP_DECIDES = "it shares a load balancer by {0}, and another Ingress may decide who can reach it"
    LIMITED_BY = "{0} limits who can connect"

    # Certificates
    ISSUES_FOR_TLS_ONLY = "for {0} cert-manager issues what spec.tls lists, and there is none"


@dataclass(frozen=True, slots=True)
class Why:
    """A reason and what it is about, in the order in which the clause has it; false when there is none."""

    reason: Reason | None = None
    about: tuple[Any, ...] = ()

    def __bool__(self) -> bool:
        return self.reason is not None

    def __str__(self) -> str:
        return self.reason.value.format(*self.about) if self.reason else ""


PLAIN = Why()
"""Nothing need be said."""


def why(reason: Reason, *about: Any) -> Why:
    """A reason for these things."""
    return Why(reason, about)
