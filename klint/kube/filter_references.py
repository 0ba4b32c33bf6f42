"""The objects that a route has its requests pass, or that say how it is served: by its fields, and by annotations.

In annotations an object of Traefik is called `namespace-name@kubernetescrd`, or `namespace_name@kubernetescrd` with
safeNaming. What comes after the `@` is the provider that knows it; without one it is that of Ingresses, which has
routers and services alone (doc.traefik.io reference/routing-configuration/kubernetes/ingress, Referencing resources
in annotations). In fields of its own kinds such a name is allowed where references to other namespaces are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from klint.kube.middlewares import CRD, ELSEWHERE, QUALIFIED, Middleware
from klint.kube.ref import Ref
from klint.kube.resource import Resource
from klint.kube.routes.shape import Filter, Route
from klint.records import replace
from klint.regex import regex
from klint.text.placeholders import is_placeholder

Alternatives = tuple[Filter, ...]
"""What one reference may mean, the likeliest first: one thing, unless a name can be read in several ways."""

UNQUALIFIED = "unqualified"
"""The name of a Filter that names no provider, where one has to be."""

_LIST = regex(r"[,\s]+")


def references(resource: Resource) -> Iterator[Alternatives]:
    """What an object refers to by fields and annotations, each place and object once."""
    if isinstance(resource, Route):
        filters = [item for match in resource.matches for item in match.filters]
        filters += [item for delegate in resource.delegates for item in delegate.filters]
        found = {(item.at, item.ref): item for item in (*filters, *resource.settings) if item.ref is not None}
        yield from map(meanings, found.values())
    elif isinstance(resource, Middleware):
        yield from ((item,) for item in resource.members)
    yield from by_annotation(resource)


def meanings(item: Filter) -> Alternatives:
    """What a filter may mean: `a-b-c@kubernetescrd` is `b-c` in namespace a, or `c` in a-b."""
    if item.name != QUALIFIED or item.ref is None:
        return (item,)
    ref, name = item.ref, item.ref.name.removesuffix(CRD)
    return tuple(
        replace(item, ref=replace(ref, namespace=place, name=last)) for place, last in _splits(name, ref.namespace)
    )


def by_annotation(resource: Resource) -> Iterator[Alternatives]:
    """What an object refers to by annotations."""
    if not resource.annotations:
        return
    for annotation, ((group, kind), read) in _READERS.items():
        at = resource.at("metadata", "annotations", annotation)
        for text in filter(None, _LIST.split(resource.annotations.get(annotation, ""))):
            if not is_placeholder(text):
                found = tuple(Filter(name, at, Ref(group, kind, *ref)) for name, ref in read(text, resource.namespace))
                if found:
                    yield found


def _named(text: str, namespace: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """An object of the own namespace."""
    yield "", (namespace, text)


def _with_namespace(separator: str) -> Callable[[str, str], Iterator[tuple[str, tuple[str, str]]]]:
    """An object of the own namespace, or of one that stands before a separator."""

    def read(text: str, namespace: str) -> Iterator[tuple[str, tuple[str, str]]]:
        other, _, name = text.rpartition(separator)
        yield "", (other or namespace, name)

    return read


def _with_provider(text: str, namespace: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """An object of Traefik's, however its namespace and its name are told apart. Other providers' are no objects."""
    if "@" not in text:
        yield UNQUALIFIED, (namespace, text)
    elif text.endswith(CRD):
        yield from (("", ref) for ref in _splits(text.removesuffix(CRD), namespace))
    else:
        yield ELSEWHERE, (namespace, text)


def _splits(name: str, namespace: str) -> list[tuple[str, str]]:
    """The namespaces and names that a name may be made of, those of the own namespace first."""
    found = [(name[:index], name[index + 1 :]) for index, letter in enumerate(name) if letter in "-_"]
    return sorted(found, key=lambda ref: ref[0] != namespace)


_TRAEFIK = "traefik.ingress.kubernetes.io/"
_READERS: Mapping[str, tuple[tuple[str, str], Callable[[str, str], Iterator[tuple[str, tuple[str, str]]]]]] = {
    f"{_TRAEFIK}router.middlewares": (("traefik.io", "Middleware"), _with_provider),
    f"{_TRAEFIK}router.tls.options": (("traefik.io", "TLSOption"), _with_provider),
    f"{_TRAEFIK}service.serverstransport": (("traefik.io", "ServersTransport"), _with_provider),
    # developer.konghq.com kubernetes-ingress-controller reference annotations
    "konghq.com/plugins": (("configuration.konghq.com", "KongPlugin"), _with_namespace(":")),
    "konghq.com/override": (("configuration.konghq.com", "KongIngress"), _named),
    # docs.nginx.com nginx-ingress-controller configuration/policy-resource/applying-policies
    "nginx.org/policies": (("k8s.nginx.org", "Policy"), _with_namespace("/")),
    "nginx.com/policies": (("k8s.nginx.org", "Policy"), _with_namespace("/")),
    # apisix.apache.org ingress-controller concepts/annotations
    "k8s.apisix.apache.org/plugin-config-name": (("apisix.apache.org", "ApisixPluginConfig"), _named),
}
"""By annotation the group and kind that it names, and how."""
