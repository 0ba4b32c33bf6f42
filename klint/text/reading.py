"""Text → Documents. A broken document costs none of the others: it has problems in place of data."""

from __future__ import annotations

from collections.abc import Iterator

from klint.records import replace
from klint.regex import regex
from klint.text import yaml
from klint.text.document import Document, Origin, Problem
from klint.text.source import Source


def read_documents(source: Source, origin: Origin | None = None) -> Iterator[Document]:
    """The documents of a YAML or JSON text. A broken one does not cost the others: it has problems instead of data."""
    for start, end in _cut(source.text):
        document = _read(source, start, end)
        yield _traced(document, origin) if origin else document


def _traced(document: Document, origin: Origin) -> Document:
    """A document with its way back; what is wrong with its text is shown where it comes from."""
    problems = tuple(
        replace(
            problem,
            span=origin.back(problem.span),
            related=tuple((message, origin.back(span)) for message, span in problem.related),
        )
        for problem in document.problems
    )
    return replace(document, problems=problems, origin=origin)


_FIRST_OBJECT = regex(r"(?:---[^\n]*\n)?(?:\s|#[^\n]*)*+(?=\{)")
_NEXT_OBJECT = regex(r"\}((?:\s|#[^\n]*)*+)(\{)?")


def _cut(text: str) -> Iterator[tuple[int, int]]:
    for start, end in yaml.split(text):
        first = _FIRST_OBJECT.match(text, start, end) if text.find("{", start, end) >= 0 else None
        if first and any(brace[2] for brace in _NEXT_OBJECT.finditer(text, first.end(), end)):
            yield from _cut_json(text, start, first.end(), end)
        else:
            yield start, end


def _cut_json(text: str, start: int, position: int, end: int) -> Iterator[tuple[int, int]]:
    """JSON objects may follow each other without a marker, as kubectl allows. What is no JSON stays in one piece."""
    import json

    decoder = json.JSONDecoder()
    while True:
        try:
            stop = decoder.raw_decode(text, position)[1]
        except (ValueError, RecursionError):
            break
        following = _NEXT_OBJECT.match(text, stop - 1, end)
        if following is None or not following[2]:
            break
        yield start, stop
        start = position = following.end(1)
    yield start, end


def _read(source: Source, start: int, end: int) -> Document:
    text = source.text[start:end]
    try:
        data, duplicates = yaml.load(text)
    except yaml.TooComplexError as error:
        span = source.span(start + error.offset, start + error.offset + 1)
        problem = Problem("not-analysed", f"Too complex to look into: {error.message}", span)
        return Document(source, start, end, None, (problem,))
    except yaml.YamlError as error:
        return Document(source, start, end, None, (_syntax_problem(source, start, text, error),))
    problems = tuple(_duplicate_key(source, start, key) for key in duplicates)
    return Document(source, start, end, data, problems)


def _duplicate_key(source: Source, start: int, key: yaml.DuplicateKey) -> Problem:
    first = source.span(start + key.first_offset, start + key.first_offset + key.end - key.offset)
    message = f"{key.key!r} is set twice"
    return Problem(
        "duplicate-key", message, source.span(start + key.offset, start + key.end), (("lost", first),), counts=True
    )


def _syntax_problem(source: Source, start: int, text: str, error: yaml.YamlError) -> Problem:
    """A text that no YAML reader takes: a template if it looks like one, else a syntax error."""
    from klint.text.syntax import explain, template_mark

    mark = template_mark(text, error)
    if mark is not None:
        message = "Looks like an unrendered template"
        return Problem("not-analysed", message, source.span(start + mark, start + mark + 2), is_harmless=True)
    message, offset = explain(text, error)
    return Problem("syntax-error", message, source.span(start + offset, start + offset + 1))
