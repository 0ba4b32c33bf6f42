"""XML documents: elements, attributes and text, in which nothing is a character that XML cannot hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape as quoted
from xml.sax.saxutils import quoteattr

from klint.report.escape import escape, inert

if TYPE_CHECKING:
    from klint.findings import Finding
    from klint.report.repository import RepositoryPaths

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


class Element:
    """An element with attributes, and either elements or a text in it."""

    def __init__(self, name: str, text: str = "", /, **attributes: str) -> None:
        self.name = name
        self.text = text
        self.attributes = attributes
        self.children: list[Element] = []

    def add(self, name: str, text: str = "", /, **attributes: str) -> Element:
        """Add an element at the end of this one."""
        child = Element(name, text, **attributes)
        self.children.append(child)
        return child

    def lines(self, indent: str = "") -> Iterator[str]:
        """The element, indented by two for each level. A text stands as it is, whatever its lines."""
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in self.attributes.items())
        if self.text:
            yield f"{indent}<{self.name}{attributes}>{quoted(self.text)}</{self.name}>"
        elif self.children:
            yield f"{indent}<{self.name}{attributes}>"
            for child in self.children:
                yield from child.lines(f"{indent}  ")
            yield f"{indent}</{self.name}>"
        else:
            yield f"{indent}<{self.name}{attributes}/>"


def document(root: Element) -> str:
    """The document with this root."""
    return _DECLARATION + "".join(f"{line}\n" for line in root.lines())


def said(text: str) -> str:
    """A text from a manifest on one line, for an attribute or an element: XML 1.0 has no way to write a NUL."""
    return inert(escape(text))


def by_file(findings: Iterable[Finding], paths: RepositoryPaths) -> dict[str, list[Finding]]:
    """Findings by the file that they stand in, named as the code host does, in their order."""
    files: dict[str, list[Finding]] = {}
    for finding in findings:
        files.setdefault(paths.path(finding.span.source), []).append(finding)
    return files
