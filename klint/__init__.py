"""klint reads Kubernetes manifests the way traffic does, and says where a request would stop, or get in.

This is the public API: what a rule, a test or a notebook imports. A name's module is imported when the name is first
used, so that `klint --version` does not pay for the engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.scripts import Invocation, Scripts
    from klint.findings import Finding, Hop, Path, Related, Severity, State
    from klint.registry import Rule, rule
    from klint.suppress import Ignores
    from klint.text.document import Document, Place
    from klint.text.source import Source, Span
    from klint.workspace.discovery import Workspace

__version__ = "0.1.0"

__all__ = [
    "Document",
    "Finding",
    "Graph",
    "Hop",
    "Ignores",
    "Invocation",
    "Path",
    "Place",
    "Related",
    "Rule",
    "Scripts",
    "Severity",
    "Source",
    "Span",
    "State",
    "Workspace",
    "rule",
]

_MODULES = {
    "klint.text.document": ("Document", "Place"),
    "klint.text.source": ("Source", "Span"),
    "klint.exposure.graph": ("Graph",),
    "klint.findings": ("Finding", "Hop", "Path", "Related", "Severity", "State"),
    "klint.registry": ("Rule", "rule"),
    "klint.exposure.scripts": ("Invocation", "Scripts"),
    "klint.suppress": ("Ignores",),
    "klint.workspace.discovery": ("Workspace",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(module), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
