"""Secrets with certificates: who asks for them, and what in the workspace provides them.

Sources: kubernetes.io Ingress spec.tls; gateway-api apis/v1 GatewayTLSConfig; cert-manager.io docs/usage (Certificate
spec.secretName, annotated Ingress and Gateway); external-secrets.io api/externalsecret (spec.target.name) and
clusterexternalsecret; bitnami-labs/sealed-secrets; developer.hashicorp.com vault-secrets-operator (spec.destination);
secrets-store-csi-driver.sigs.k8s.io topics/sync-as-kubernetes-secret (secretObjects).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from klint.exposure.near import Names
from klint.kube.certificate_users import KINDS, is_user, secrets_of
from klint.kube.certificates import issuer_annotation
from klint.kube.classes import ListenerOwner, ListenerSet
from klint.kube.index import grouped
from klint.kube.istio import IstioGateway
from klint.kube.namespace import may_be_one_namespace
from klint.kube.resource import Resource, mapping, sequence, string
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import Route
from klint.reasons import Reason, Why, why
from klint.records import dataclass
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.scope import Scope
    from klint.fixes import Fix

_COPIERS = r"reflector\.v1|replicator\.v1|kubed\.appscode|ClusterExternalSecret|SecretExport|generateExisting"
"""What has a Secret copied into other namespaces: Reflector, Kubernetes Replicator, kubed, carvel, Kyverno."""


_KNOWN = frozenset(
    ("SealedSecret", "ExternalSecret", "Certificate", "SecretProviderClass", "CustomResourceDefinition", *KINDS)
)
_WORD = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"


@dataclass(frozen=True, slots=True)
class MissingSecret:
    """A Secret with a certificate that nothing provides, who asks for it and where, and why it is thought missing.

    `near` is the provider of a Secret that may be meant; `is_likely` says that something explains the mistake.
    `is_withheld` where the Secret is there, and its namespace does not let others have it. `fix` is set where a name
    is misspelt.
    """

    owner: Resource
    name: str
    at: Place
    why: Why
    near: Resource | None = None
    is_likely: bool = True
    is_withheld: bool = False
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class _Wanted:
    owner: Resource
    namespace: str
    name: str
    at: Place


def missing_secrets(graph: Graph, scope: Scope) -> Iterator[MissingSecret]:
    """The Secrets with certificates that the bundle's routes, Gateways and the like ask for and nothing provides.

    Secrets are rarely written down. One is missing where all there is is in the workspace, where one of nearly that
    name or in another namespace is, or where the others that the bundle asks for in that namespace are all provided.
    """
    users = (item for item in graph.resources if is_user(item))
    wanted = list(_wanted((*graph.routes, *scope.own.of_type(ListenerOwner), *users), graph, scope))
    refused = {(id(hop.source), hop.at.path[:-1]) for hop in graph.certificate_hops if hop.is_broken}
    wanted = [item for item in wanted if (id(item.owner), item.at.path[:-1]) not in refused]
    if not wanted:
        return
    provided = provided_secrets(scope)
    yield from _withheld(wanted, provided, scope)
    lacking = [item for item in wanted if not _is_provided(item, provided, scope)]
    short = {item.namespace for item in lacking}
    full = {item.namespace for item in wanted if _has(item, provided, scope)}
    for item in lacking:
        near = _near(item, provided, scope)
        if near is not None:
            from klint.kube.validation.remedies import write

            same = near[0] == item.name
            reason = why(Reason.IN_OTHER_NAMESPACE, near[1].namespace) if same else why(Reason.SIMILAR, near[0])
            is_written = not same and item.at.value == item.name
            fix = write(item.at, near[0]) if is_written else None
            yield MissingSecret(item.owner, item.name, item.at, reason, near[1], fix=fix)
        elif scope.is_closed:
            yield MissingSecret(item.owner, item.name, item.at, why(Reason.DEFINED_NOWHERE))
        elif item.namespace in full and item.namespace in short:
            yield MissingSecret(item.owner, item.name, item.at, why(Reason.DEFINED_NOWHERE), is_likely=False)


def providers(name: str, namespace: str, scope: Scope) -> tuple[Resource, ...]:
    """What is, or makes, the Secret of a name in what may be a namespace: the bundle's, or if it has none what is
    elsewhere."""
    found = provided_secrets(scope).get(name, ())
    return tuple(item for item in scope.sort(found).nearest if may_be_one_namespace(item.namespace, namespace))


def provided_secrets(scope: Scope) -> Mapping[str, Sequence[Resource]]:
    """The Secrets that objects of the workspace are, or have made, by name."""
    return scope.index.kept("provided Secrets", lambda: grouped(_provided(scope.index.resources)))


def _withheld(
    wanted: Sequence[_Wanted], provided: Mapping[str, Sequence[Resource]], scope: Scope
) -> Iterator[MissingSecret]:
    """The Secrets of other namespaces that are provided there, and that Contour does not read for lack of a leave."""
    elsewhere = [item for item in wanted if item.namespace != item.owner.namespace]
    if not elsewhere:
        return
    from klint.exposure.tls_delegation import is_undelegated

    for item in elsewhere:
        if is_undelegated(item.owner, item.namespace, item.name, scope):
            same = (other for other in provided.get(item.name, ()) if other.namespace == item.namespace)
            provider = next(iter(scope.sort(same).nearest), None)
            if provider is not None:
                reason = why(Reason.NOT_DELEGATED, item.namespace)
                yield MissingSecret(item.owner, item.name, item.at, reason, provider, is_withheld=True)


def _wanted(owners: Iterable[Resource], graph: Graph, scope: Scope) -> Iterator[_Wanted]:
    for owner in owners:
        if _is_issued(owner, scope):
            continue
        own = _namespace_of_pods(owner, graph) if isinstance(owner, IstioGateway) else owner.namespace
        for name, namespace, at in secrets_asked_by(owner):
            if name and not is_placeholder(name):
                yield _Wanted(owner, namespace or own, name, at)


def _namespace_of_pods(gateway: IstioGateway, graph: Graph) -> str:
    """Where the pods of a Gateway of Istio are, which read its Secrets; empty where that is not known."""
    found = graph.proxies(gateway)
    namespaces = {pod.namespace for pod in found.pods} or {service.namespace for service in found.services}
    return namespaces.pop() if len(namespaces) == 1 else ""


def _is_issued(owner: Resource, scope: Scope) -> bool:
    """Whether cert-manager makes what an object asks for: that of a ListenerSet may be asked to on its Gateway."""
    asking = [owner]
    if isinstance(owner, ListenerSet):
        asking += scope.index.gateways_named(owner.parent.namespace, owner.parent.name)
    return any(issuer_annotation(item.annotations) for item in asking)


def secrets_asked_by(owner: Resource) -> Iterator[tuple[str, str, Place]]:
    """The names of the Secrets with certificates that an object asks for, each with its namespace (empty where it
    says none) and place."""
    if isinstance(owner, Route):
        for tls in owner.tls:
            namespace, _, name = tls.secret.rpartition("/")
            yield name, namespace, tls.at
    elif is_user(owner):
        yield from secrets_of(owner)
    elif isinstance(owner, ListenerOwner):
        for listener in owner.listeners:
            for index, item in enumerate(sequence(listener.get("tls", "certificateRefs"))):
                ref = mapping(item)
                if ref.get("kind", "Secret") == "Secret" and not ref.get("group"):
                    at = listener.at("tls", "certificateRefs", index, "name")
                    yield string(ref.get("name")), string(ref.get("namespace")), at


def _provided(resources: Iterable[Resource]) -> Iterator[tuple[str, Resource]]:
    """The names of the Secrets that objects are, or have made."""
    for item in resources:
        for name in filter(None, _made_by(item)):
            yield name, item


def _made_by(item: Resource) -> Iterator[str]:
    kind = item.kind
    if kind in ("Secret", "SealedSecret", "SopsSecret"):
        yield item.name
        yield string(item.get("spec", "template", "metadata", "name"))
    elif kind == "ExternalSecret":
        yield string(item.get("spec", "target", "name")) or item.name
    elif kind == "ClusterExternalSecret":
        target = string(item.get("spec", "externalSecretSpec", "target", "name"))
        yield target or string(item.get("spec", "externalSecretName")) or item.name
    elif kind == "Certificate":
        yield string(item.get("spec", "secretName"))
    elif kind == "SecretProviderClass":
        yield from (string(mapping(entry).get("secretName")) for entry in sequence(item.get("spec", "secretObjects")))
    elif kind.startswith("Vault"):
        yield string(item.get("spec", "destination", "name"))
    elif isinstance(item, Ingress | ListenerOwner) and issuer_annotation(item.annotations):
        yield from (name for name, _, _ in secrets_asked_by(item))


def _here(name: str, namespace: str, provided: Mapping[str, Sequence[Resource]], scope: Scope) -> bool:
    return any(
        item.kind == "ClusterExternalSecret" or may_be_one_namespace(item.namespace, namespace)
        for item in scope.sort(provided.get(name, ())).nearest
    )


def _has(item: _Wanted, provided: Mapping[str, Sequence[Resource]], scope: Scope) -> bool:
    return _here(item.name, item.namespace, provided, scope)


def _is_provided(item: _Wanted, provided: Mapping[str, Sequence[Resource]], scope: Scope) -> bool:
    """Whether anything provides a Secret, or may: another document has its name, or was not read."""
    is_open = scope.index.kept("Secrets to fill in", lambda: any(map(is_placeholder, provided)))
    if is_open or _has(item, provided, scope) or scope.may_hide([item.name]):
        return True
    found = provided.get(item.name, ())
    if any(re.search(_COPIERS, other.document.text) for other in found):
        return True
    words = scope.index.kept("words of custom resources", lambda: _words(scope.index.resources))
    return item.name in words


def _words(resources: Iterable[Resource]) -> frozenset[str]:
    """The words of the objects of which klint does not know what they make."""
    texts = {
        id(item.document): item.document.text
        for item in resources
        if type(item) is Resource and "." in item.group and item.kind not in _KNOWN
    }
    return frozenset(word for text in texts.values() for word in re.findall(_WORD, text))


def _near(item: _Wanted, provided: Mapping[str, Sequence[Resource]], scope: Scope) -> tuple[str, Resource] | None:
    """What may be meant: the Secret of that name in another namespace, or one of nearly that name in the same."""
    elsewhere = [other for other in scope.sort(provided.get(item.name, ())).own if other.namespace and item.namespace]
    if elsewhere:
        return item.name, elsewhere[0]
    for name in scope.index.kept("names of provided Secrets", lambda: Names(provided)).like(item.name):
        fitting = [other for other in provided[name] if may_be_one_namespace(other.namespace, item.namespace)]
        for other in scope.sort(fitting).own:
            return name, other
    return None
