"""A file → Baseline. It may be a stranger's: its size is bounded, and it can do no more than name findings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from klint.baseline.entries import Entry
from klint.errors import Failure, KlintError
from klint.records import dataclass
from klint.text.document import Document, Place
from klint.text.encoding import NotTextError, decode
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.tree import Tree

VERSION = 1

MAX_SIZE = 32 * 2**20
"""Bytes of a baseline: more than 100,000 findings."""

_IDENTITY = re.compile(r"[0-9a-f]{32}")
_MAX_COUNT = 10**6
_WRITE_ANEW = "`klint baseline` writes it anew"


@dataclass(frozen=True)
class Baseline:
    """Findings that are known. `paths`, relative to the workspace's root, are what was linted to find them."""

    paths: tuple[str, ...] = (".",)
    entries: tuple[Entry, ...] = ()

    @property
    def counts(self) -> Counter[str]:
        """How many findings have each identity."""
        counts: Counter[str] = Counter()
        for entry in self.entries:
            counts[entry.identity] += entry.count
        return counts


def read_baseline(folder: Tree, file: Path, name: str) -> Baseline:
    """The baseline in a file of a folder; `name` is what errors call it.

    Raises:
        KlintError: the file cannot be read, or is no baseline.
    """
    try:
        text = decode(folder.read(file, MAX_SIZE)).text
    except FileNotFoundError:
        message = "There is no such baseline"
        raise KlintError(Failure(name, message, "Check the path, or write one with `klint baseline`")) from None
    except OSError as error:
        raise KlintError(Failure(name, f"The baseline cannot be read: {error.strerror}")) from None
    except NotTextError as error:
        raise KlintError(Failure(name, f"The baseline cannot be read: it is {error}", _WRITE_ANEW)) from None
    return parse_baseline(Source(name, text))


def parse_baseline(source: Source) -> Baseline:
    """The baseline in a text, which is YAML or JSON.

    Raises:
        KlintError: it is none, or one of another version.
    """
    documents = list(read_documents(source))
    problems = [problem for document in documents for problem in document.problems]
    if problems:
        raise KlintError(*(Failure(str(item.span), item.sentence, _WRITE_ANEW) for item in problems[:1]))
    data = documents[0].data if len(documents) == 1 else None
    if not isinstance(data, dict) or "findings" not in data:
        raise KlintError(Failure(source.path, "This is no baseline", "Name a file that `klint baseline` wrote"))
    document = documents[0]
    version = data.get("version")
    if version != VERSION or isinstance(version, bool):
        message = f"This baseline is of version {version!r}, and this klint reads version {VERSION}"
        raise KlintError(Failure(str(document.span(("version",))), message, _WRITE_ANEW))
    paths = data.get("paths", ["."])
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise KlintError(Failure(str(document.span(("paths",))), "paths must be a list of texts", _WRITE_ANEW))
    return Baseline(tuple(paths), tuple(_entries(document, data["findings"])))


def _entries(document: Document, items: Any) -> Iterator[Entry]:
    if not isinstance(items, list):
        raise KlintError(Failure(str(document.span(("findings",))), "findings must be a list", _WRITE_ANEW))
    for index, item in enumerate(items):
        at = Place(document, ("findings", index))
        fields = item if isinstance(item, dict) else {}
        identity, count = fields.get("identity"), fields.get("count", 1)
        if not isinstance(identity, str) or not _IDENTITY.fullmatch(identity):
            raise KlintError(
                Failure(str(at.span), "This finding has no identity of 32 hexadecimal digits", _WRITE_ANEW)
            )
        if not isinstance(count, int) or isinstance(count, bool) or not 0 < count <= _MAX_COUNT:
            raise KlintError(Failure(str(at.below("count").span), f"count cannot be {count!r}", _WRITE_ANEW))
        yield Entry(identity, **{name: _text(fields.get(name)) for name in TEXTS}, count=count, at=at)


TEXTS = ("rule", "object", "file", "message")
"""The fields of an entry that are texts."""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
