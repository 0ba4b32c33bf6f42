"""The tables of docs/migrating.md, made from klint's: tests/test_docs.py compares and, with UPDATE=1, writes them."""

from collections.abc import Iterator

from klint.kube.migration import ANNOTATIONS, Support, answer
from klint.kube.migration_targets import TARGETS

HEADING = "## Annotations\n"


def cell(target: str, name: str) -> str:
    found = answer(target, name)
    return {Support.NONE: "none", Support.PARTIAL: f"{found.by} (partial)", Support.EQUIVALENT: found.by}[found.support]


def lines() -> Iterator[str]:
    yield from (HEADING, "This part is made from the tables that `klint migrate` uses.", "")
    yield f"| `nginx.ingress.kubernetes.io/…` | {' | '.join(target.title for target in TARGETS.values())} |"
    yield f"|---|{'---|' * len(TARGETS)}"
    for name in ANNOTATIONS:
        yield f"| `{name}` | {' | '.join(cell(target, name) for target in TARGETS)} |"
    yield from ("", "Sources:", "")
    yield from (f"- {target.title}: {target.source}" for target in TARGETS.values())


def tables() -> str:
    return "\n".join(lines()) + "\n"
