"""Formats are found by name, and nothing is imported for those that nobody asks for."""

import subprocess
import sys

import pytest

from klint.report import STYLES, Options, formats, render
from klint.session import Session


def test_names() -> None:
    assert formats() == (*("text", "json", "sarif", "github", "markdown", "gitlab", "junit", "checkstyle", "rdjson"),)
    assert Options().style in STYLES


@pytest.mark.parametrize("name", formats())
def test_each_renders_a_text_that_ends_in_a_line_break(name: str) -> None:
    report = Session.of([], [], isolated=True).report()
    text = render(name, report)
    assert text == render(name, report, Options())
    assert name == "github" or text.endswith("\n")


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("xml", Session.of([], [], isolated=True).report())


@pytest.mark.parametrize("name", formats())
def test_only_sarif_imports_the_sarif_model(name: str) -> None:
    program = f"""if True:
        import sys
        from klint.session import Session
        from klint.report import render
        report = Session.of([], [], isolated=True).report()
        assert not [item for item in sys.modules if item.startswith("klint.report.")]
        render({name!r}, report)
        print(*(item for item in ("attr", "sarif_om") if item in sys.modules))
        """
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == (["attr", "sarif_om"] if name == "sarif" else [])
