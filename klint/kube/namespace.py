"""Namespaces, and how two objects' namespaces compare."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

from klint.kube.resource import Resource
from klint.kube.ternary import Ternary
from klint.records import dataclass
from klint.text.placeholders import is_placeholder

NAME_LABEL = "kubernetes.io/metadata.name"


@dataclass(frozen=True, eq=False)
class Namespace(Resource):
    """A Namespace. Every one carries its own name as a label (pkg/apis/core/v1/defaults.go SetDefaults_Namespace)."""

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Its labels, with the one the API server adds."""
        return {**super().labels, NAME_LABEL: self.name}


def may_be_one_namespace(first: str, second: str) -> bool:
    """Whether two objects may end up in one namespace: the same, or left open by one of them.

    What an object leaves out, `kubectl -n`, Helm or Argo CD fills in when it is deployed.
    """
    return first == second or is_open_namespace(first) or is_open_namespace(second)


def is_same_namespace(first: str, second: str) -> Ternary:
    """Whether two objects that are deployed together are in one namespace; what both leave open is filled in alike."""
    if first == second:
        return True
    return None if is_open_namespace(first) or is_open_namespace(second) else False


@lru_cache(maxsize=4096)
def is_open_namespace(namespace: str) -> bool:
    """Whether the namespace is filled in when the object is deployed."""
    return not namespace or is_placeholder(namespace)
