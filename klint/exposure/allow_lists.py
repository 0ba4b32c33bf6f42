"""Lists of the addresses that may come in through a route: in annotations, and in what routes refer to.

Sources: the annotations' are in the table of controllers; doc.traefik.io http/middlewares/ipallowlist and ipwhitelist;
docs.nginx.com Policy accessControl; docs.konghq.com plugins ip-restriction; projectcontour.io docs config/ip-filtering.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from klint.kube.controllers import INGRESS_CONTROLLERS
from klint.kube.ingress_nginx import PREFIX
from klint.kube.resource import Resource, mapping, sequence
from klint.kube.routes.ingress import Ingress
from klint.kube.service import EVERYBODY
from klint.records import dataclass
from klint.regex import regex
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.layers.routing import Routing
    from klint.fixes import Fix
    from klint.text.document import Place

_KEYS = frozenset(key for controller in INGRESS_CONTROLLERS for key in controller.allow_lists)
_ALB_KEY, _ALB_SCHEME = "alb.ingress.kubernetes.io/inbound-cidrs", "alb.ingress.kubernetes.io/scheme"
_ROUTE_KEYS = ("haproxy.router.openshift.io/ip_whitelist", "haproxy.router.openshift.io/ip_allowlist")

_FIELDS: Mapping[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    ("traefik.io", "Middleware"): (("spec", "ipAllowList", "sourceRange"), ("spec", "ipWhiteList", "sourceRange")),
    ("traefik.io", "MiddlewareTCP"): (("spec", "ipAllowList", "sourceRange"), ("spec", "ipWhiteList", "sourceRange")),
    ("traefik.containo.us", "Middleware"): (("spec", "ipWhiteList", "sourceRange"),),
    ("traefik.containo.us", "MiddlewareTCP"): (("spec", "ipWhiteList", "sourceRange"),),
    ("k8s.nginx.org", "Policy"): (("spec", "accessControl", "allow"),),
    ("configuration.konghq.com", "KongPlugin"): (("config", "allow"),),
    ("configuration.konghq.com", "KongClusterPlugin"): (("config", "allow"),),
    ("projectcontour.io", "HTTPProxy"): (("spec", "virtualhost", "ipAllowPolicy"),),
}
"""The lists of each kind. An item is a CIDR, or has one under `cidr`."""


@dataclass(frozen=True, slots=True)
class AllowList:
    """A list of addresses that may come in, with nothing in it that is still to be filled in.

    `everybody` are its items that let in everybody, alone or together; empty where they do not. `is_refused` where it
    has no address at all, and its controller refuses every request for that; `fix` where no more than the signs between
    them are wrong.
    """

    name: str
    value: str
    at: Place
    everybody: tuple[str, ...] = ()
    is_refused: bool = False
    fix: Fix | None = None


def allow_lists(resource: Resource, graph: Routing) -> Iterator[AllowList]:
    """The allow-lists of an object, as far as their controller reads them."""
    for key in _keys(resource, graph):
        text = resource.annotations[key]
        items = listed(text)
        if items and not any(map(is_placeholder, (text, *items))):
            refused = key.startswith(PREFIX) and not any(map(_is_address, items))
            at = resource.at("metadata", "annotations", key)
            fix = _listed_right(text, at) if refused else None
            yield AllowList(key.rpartition("/")[2], text, at, everybody(items), refused, fix)
    for path in _FIELDS.get((resource.group, resource.kind), ()):
        if resource.kind.startswith("Kong") and resource.data.get("plugin") != "ip-restriction":
            continue
        values = [_cidr(item) for item in sequence(resource.get(*path))]
        items = tuple(item for item in values if isinstance(item, str))
        if items and not any(map(is_placeholder, items)):
            found = everybody(items)
            at = resource.at(*path, values.index(found[0])) if found else resource.at(*path)
            yield AllowList(path[-2] if path[-1] == "sourceRange" else path[-1], ", ".join(items), at, found)


def _listed_right(text: str, at: Place) -> Fix | None:
    """What has commas between addresses that have something else there."""
    from klint.kube.validation.remedies import write

    items = [item for item in _OTHER_SIGNS.split(text) if item]
    is_list = len(items) > 1 and all(map(_is_address, items))
    return write(at, ",".join(items)) if is_list else None


_OTHER_SIGNS = regex(r"[\s,;|\[\]\"']+")


def _is_address(text: str) -> bool:
    from klint.kube.address_set import AddressSet

    return AddressSet.of(text) is not None


def _cidr(item: Any) -> Any:
    return mapping(item).get("cidr") if isinstance(item, dict) else item


def _keys(resource: Resource, graph: Routing) -> Iterator[str]:
    """The annotations that an Ingress' controller reads, or that one may where it is not known."""
    keys = [key for key in resource.annotations if key in _KEYS]
    if resource.kind == "Route":
        yield from (key for key in keys if key in _ROUTE_KEYS)
    elif keys and isinstance(resource, Ingress):
        controller = graph.serving(resource).controller
        for key in keys:
            is_internal = key == _ALB_KEY and resource.annotations.get(_ALB_SCHEME) != "internet-facing"
            if not is_internal and (controller is None or key in controller.allow_lists):
                yield key


def listed(text: str) -> tuple[str, ...]:
    """The items of a list in an annotation: with commas between, or spaces as OpenShift's router wants them."""
    return tuple(item for item in re.split(r"[\s,]+", text) if item)


def everybody(items: Sequence[str]) -> tuple[str, ...]:
    """The items of a list that let in everybody: one alone, or all that it takes together."""
    alone = next((item for item in items if item in EVERYBODY), "")
    if alone:
        return (alone,)
    from klint.kube.address_set import ALL_IPV6, AddressSet, public_ipv4_addresses

    sets = {item: found for item in items if (found := AddressSet.of(item)) is not None}
    for wanted in (public_ipv4_addresses(), ALL_IPV6):
        together = {item: found for item, found in sets.items() if found.overlaps(wanted)}
        if together and AddressSet.union(together.values()).covers(wanted):
            return tuple(together)
    return ()
