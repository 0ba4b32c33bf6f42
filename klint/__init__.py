"""klint reads Kubernetes manifests the way traffic does, and says where a request would stop, or get in.

This is the public API: what a rule, a test or a notebook imports.
"""

from klint.document import Document, Place, Source, Span
from klint.exposure.graph import Graph
from klint.findings import Finding, Hop, Path, Related, Severity, State
from klint.registry import Rule, rule
from klint.suppress import Ignores
from klint.workspace import Workspace

__version__ = "0.1.0"

__all__ = [
    "Document",
    "Finding",
    "Graph",
    "Hop",
    "Ignores",
    "Path",
    "Place",
    "Related",
    "Rule",
    "Severity",
    "Source",
    "Span",
    "State",
    "Workspace",
    "rule",
]
