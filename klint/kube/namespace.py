"""Namespaces, and how two objects' namespaces compare."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

from klint.kube.resource import Resource
from klint.records import dataclass
from klint.text.placeholders import is_placeholder


@dataclass(frozen=True, eq=False)
class Namespace(Resource):
    """A Namespace. Every one carries its own name as a label (pkg/apis/core/v1/defaults.go SetDefaults_Namespace)."""

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Its labels, with the one the API server adds."""
        return {**super().labels, "kubernetes.io/metadata.name": self.name}


def may_be_one_namespace(first: str, second: str) -> bool:
    """Whether two objects may end up in one namespace: the same, or left open by one of them.

    What an object leaves out, `kubectl -n`, Helm or Argo CD fills in when it is deployed.
    """
    return first == second or _is_open(first) or _is_open(second)


@lru_cache(maxsize=4096)
def _is_open(namespace: str) -> bool:
    return not namespace or is_placeholder(namespace)
