"""Objects that deploy something which klint did not lint: charts from elsewhere, and what it does not follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from klint.kube.resource import mapping, string
from klint.records import dataclass
from klint.text.document import Document
from klint.text.words import counted

ELSEWHERE = "its chart is not in the workspace"


@dataclass(frozen=True)
class Unfollowed:
    """An object that deploys something which was not linted: its kind and name, its file, and why, in a clause."""

    kind: str
    name: str
    path: str
    why: str

    @classmethod
    def of(cls, document: Document, why: str) -> Unfollowed:
        """The object that a document is."""
        data = mapping(document.data)
        name = string(mapping(data.get("metadata")).get("name"))
        return cls(string(data.get("kind")), name, document.file.path, why)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is a chart that is not here."""
        return self.why == ELSEWHERE


def summaries(found: Iterable[Unfollowed]) -> Iterator[str]:
    """A sentence for each kind of object, with how many there are."""
    kinds = Counter((item.is_elsewhere, item.kind) for item in set(found))
    for (is_elsewhere, kind), number in sorted(kinds.items(), reverse=True):
        were = "was" if number == 1 else "were"
        of = f" of {'a chart that is' if number == 1 else 'charts that are'} not here {were} not linted"
        yield counted(number, kind) + (of if is_elsewhere else f" {were} not followed: --verbose says why")
