"""Reports: a run's findings in the formats that people and machines read. One module a format.

A format's module has one function `render(report, options) -> str` and is imported when somebody asks for it.
The text ends with a line break; whoever writes it to a file or stream writes UTF-8 and adds nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from klint.records import dataclass

if TYPE_CHECKING:
    from klint.engine import Report

_MODULES = {
    "text": "klint.report.text",
    "json": "klint.report.json",
    "sarif": "klint.report.sarif",
    "github": "klint.report.github",
    "markdown": "klint.report.markdown",
    "gitlab": "klint.report.gitlab",
    "junit": "klint.report.junit",
    "checkstyle": "klint.report.checkstyle",
    "rdjson": "klint.report.rdjson",
}

STYLES = ("full", "concise")
"""The styles of `text`: source frames and broken paths, or one line a finding."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a report is drawn. A format ignores what does not concern it.

    `color` and `style` are for `text`; `verbose` adds to `text` what klint saw and did, `quiet` leaves out its summary;
    `show_suppressed` adds silenced findings to `text` and `sarif`; `sarif_category` is that of GitHub code scanning.
    """

    color: bool = False
    style: str = "full"
    verbose: bool = False
    quiet: bool = False
    show_suppressed: bool = False
    sarif_category: str = ""


def formats() -> tuple[str, ...]:
    """The names of the formats, the default one first."""
    return tuple(_MODULES)


def render(format_name: str, report: Report, options: Options | None = None) -> str:
    """A report in a format. Halves of characters, which undecodable file names have, are spelled out.

    Raises:
        KeyError: there is no such format.
    """
    text: str = import_module(_MODULES[format_name]).render(report, options or Options())
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
