"""What `kubectl get` prints of a cluster → the section `cluster` of the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from klint.errors import Failure, KlintError
from klint.kube.facts import Facts, facts_of
from klint.kube.objects import is_object, read_resources
from klint.kube.resource import Resource
from klint.text.document import Document
from klint.text.editing.writing import Manner, flow
from klint.text.reading import read_documents
from klint.text.source import Source

_REMEDY = "Give it what `kubectl get … -o yaml` or `-o json` prints"


def read_facts(sources: Iterable[Source]) -> Facts:
    """The facts in what kubectl printed: objects, lists of them, and perhaps what `kubectl version` says.

    Raises:
        KlintError: it is neither YAML nor JSON, or holds something else.
    """
    resources: list[Resource] = []
    version: Mapping[str, Any] | None = None
    failures: list[Failure] = []
    for source in sources:
        documents = [document for document in read_documents(source) if document.data is not None or document.problems]
        if not documents:
            failures.append(Failure(source.path, "Nothing is in it", _REMEDY))
        for document in documents:
            if is_object(document.data):
                resources.extend(read_resources(document, {}))
            elif isinstance(document.data, dict) and "serverVersion" in document.data:
                version = document.data
            else:
                failures.extend(_failures(document))
    if failures:
        raise KlintError(*failures)
    return facts_of(resources, version)


def _failures(document: Document) -> Iterable[Failure]:
    if document.problems:
        return [Failure(str(problem.span), problem.sentence, _REMEDY) for problem in document.problems]
    return [Failure(str(document.span(())), "This is not a Kubernetes object", _REMEDY)]


def section(facts: Facts) -> str:
    """The text of the section: an object a line, so that what changes in a cluster is a line in a diff."""
    manner = Manner()
    lines = [
        "# What is in the cluster, as `klint cluster-facts` tells it.",
        "cluster:" if facts.objects or facts.platform or facts.kubernetes else "cluster: {}",
    ]
    if facts.platform:
        lines.append(f"  platform: {facts.platform}")
    if facts.kubernetes:
        lines.append(f'  kubernetes: "{facts.kubernetes}"')
    if facts.objects:
        lines.append("  objects:")
        lines.extend(f"    - {flow(item, manner)}" for item in facts.objects)
    return "".join(f"{line}\n" for line in lines)
