"""Reading a text, telling what is wrong with it and finding what it silences take time in proportion to it."""

from collections.abc import Callable

import pytest

from klint.suppress import collect
from klint.text.reading import read_documents
from klint.text.source import Source
from tests.growth import assert_linear

TEXTS: dict[str, Callable[[int], str]] = {
    "questions in a list": lambda n: "a: [" + ",x?" * n + "\n",
    "questions in mappings": lambda n: "a: {" + "{,?" * n + "\n",
    "dashes and an error": lambda n: "a:\n  b\n" + "- " * n + ": :\n x: y: z\n",
    "dashes and a template": lambda n: "a: " + "- " * n + "{{ x }}\n b: : c\n",
    "empty lines before an error": lambda n: "a: b" + "\n" * n + "  c: d\n",
    "blank lines before an error": lambda n: "a: b\n" + "   \n" * n + "  c: d\n",
    "comments before an error": lambda n: "a: b\n" + " # x\n" * n + "  c: d\n",
    "quotes before an error": lambda n: 'a: "x\n' + '  b: "\n' * n + '  "c: d"x\n',
    "colons and an error": lambda n: "a: b\n  " + "c: " * n + "\n",
    "braces and an error": lambda n: "a: " + "{A" * n + " }\n b: : c\n",
    "conflicts": lambda n: "<<<<<<< x\n" * n + "a: b: c\n",
    "documents": lambda n: "a: b\n---\n" * n,
    "broken documents": lambda n: "a: b: c\n---\n" * n,
    "objects of JSON": lambda n: '{"a": 1}\n' * n,
    "objects of JSON that break": lambda n: '{"a": 1}{ x\n' * n,
    "lines in quotes": lambda n: 'a: "' + "\n  x: y" * n,
    "block headers in a text": lambda n: "a: " + "|#" * n + "\nb: |\n  x",
    "blocks": lambda n: "a: |\n  {{ x: yes\n" * n,
    "items": lambda n: "a:\n" + "  - x: {{ y\n" * n,
}
IGNORES: dict[str, Callable[[int], str]] = {
    "a block of ignores": lambda n: "a: b\n" + "# klint: ignore[x] y\n" * n + "c: d\n",
    "ignores and empty lines": lambda n: "# klint: ignore[x]\n" + "\n" * n + "# klint: ignore[x]\n" * n + "c: d\n",
    "ignores alone": lambda n: "# klint: ignore\n" * n,
    "an ignore of many rules": lambda n: "# klint: ignore[x" + ",x" * n + "]\na: b\n",
}


@pytest.mark.parametrize("make", TEXTS.values(), ids=TEXTS)
def test_a_text_is_read_in_linear_time(make: Callable[[int], str]) -> None:
    assert_linear(make, lambda text: list(read_documents(Source("a.yaml", text))), start=500)


@pytest.mark.parametrize("make", IGNORES.values(), ids=IGNORES)
@pytest.mark.parametrize("line_break", ["\n", "\\\n"], ids=["lines", "one-command"])
def test_ignores_are_found_in_linear_time(make: Callable[[int], str], line_break: str) -> None:
    def work(text: str) -> None:
        collect(read_documents(Source("a.yaml", text)), [], [])
        collect([], [], [], [Source("a.sh", text.replace("\n", line_break))])

    assert_linear(make, work, start=500)
