"""YAML means what it means to kubectl, whichever of the two parsers reads it; no text hangs or kills klint."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klint.text import yaml
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.text.yaml import composing, loading, misreading
from klint.text.yaml.composing import compose
from tests.corpus import CORPUS
from tests.growth import assert_linear

SCALARS: dict[str, Any] = {
    # booleans of YAML 1.1
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **{text: text for text in ("yEs", "tRUE", "oN", "nO", "yes!", "yes no", "-y", "none", "nope", "ye", "t")},
    # null
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **{text: text for text in ("nUll", "~~", "nil", "None")},
    # integers: decimal, octal, hexadecimal, binary, with signs and underscores
    "0": 0, "00": 0, "+1": 1, "-1": -1, "-0": 0, "30080": 30080, "1_000": 1000, "1__0": 10, "1_": 1, "+_1": 1,
    "0777": 511, "-012": -10, "+07": 7, "0_7": 7, "0_1_": 1, "0o777": 511, "0O7": 7, "-0o7": -7, "0o_7": 7,
    "08": 8, "089": 89, "-08": -8, "0_8": 8, "0779": 779,
    "0x1F": 31, "0X1f": 31, "-0x1F": -31, "0x1_F": 31, "0b101": 5, "0B1": 1, "-0b1": -1, "0b_1": 1,
    "9223372036854775807": 9223372036854775807,
    **{text: text for text in ("0o8", "0b2", "0xg", "0x", "0b", "0o", "00x1", "_1", "1-", "+", "--1", "1,000")},
    "18446744073709551615": 2**64 - 1, "9223372036854775808": 2**63, "-9223372036854775808": -(2**63),
    "18446744073709551616": 2.0**64, "-9223372036854775809": -(2.0**63), "1" * 30: float("1" * 30),
    "0x1FFFFFFFFFFFFFFFF": "0x1FFFFFFFFFFFFFFFF", "1" * 400: "1" * 400, "0" + "7" * 22: float("7" * 22),
    # floats: whole ones become integers in JSON
    "1.5": 1.5, ".5": 0.5, "-.5": -0.5, "1.": 1, "1.0": 1, "1e3": 1000, "1E+3": 1000, "1.e3": 1000, "1e1_0": 10**10,
    "1.e31_": 1e31, "1e3_00": 1e300, "1_e3": 1000, **{text: text for text in ("1e31_0", "-1e3_10", "1_e310", "1_0x")},
    "1e-7": 1e-7, "0.1": 0.1, "00.5": 0.5, "1_000.5": 1000.5, "0.1_2": 0.12, "-.1_": -0.1, "1.10": 1.1,
    **{text: text for text in ("._5", ".1_", ".", "..", ".a", ".e3", "1e", "e3", "1.2.3", "0x1p3", "1e400", "12e4567")},
    # what only looks like a number
    **{text: text for text in ("12:30:45", "190:20:30", "80:8080", "2001-01-01", "2001-12-14t21:59:43.10-05:00")},
    **{text: text for text in ("10.0.0.0/8", "1.2.3.4", "v1", "5m", "=", "<", "a:b", "http://x/y#q", "::1")},
}  # fmt: skip
"""Plain scalars and what kubectl makes of them."""

REFUSED = object()


def kubectl_reads(texts: Sequence[str], folder: Path) -> list[Any]:
    """What kubectl makes of the field `spec` of objects; REFUSED where it makes nothing of them."""
    for index, text in enumerate(texts):
        head = f"apiVersion: example.com/v1\nkind: Example\nmetadata:\n  name: x{index}\n"
        (folder / f"{index:05}.yaml").write_bytes((head + text).encode())
    done = subprocess.run(
        ["kubectl", "annotate", "--local", "--dry-run=client", "-o", "json", "-f", str(folder), "a=b"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
    )
    read: list[Any] = [REFUSED] * len(texts)
    decoder, output, position = json.JSONDecoder(), done.stdout.strip(), 0
    while position < len(output):
        found, position = decoder.raw_decode(output, position)
        read[int(found["metadata"]["name"][1:])] = found.get("spec")
        position += len(output[position:]) - len(output[position:].lstrip())
    return read


needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on the PATH")


def comparable(value: Any) -> Any:
    """A value such that two compare equal only if JSON tells no difference, or kubectl rounds it away."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return (type(value).__name__, value)


def composed(text: str) -> Any:
    root = compose(text).root
    return root.data if root else None


def loaded(text: str) -> Any:
    return yaml.load(text)[0]


# Scalars


def filled(data: Any, value: Any) -> Any:
    """Data with a value in place of every MARK."""
    if isinstance(data, dict):
        return {key: filled(item, value) for key, item in data.items()}
    if isinstance(data, list):
        return [filled(item, value) for item in data]
    return value if data == "MARK" else data


BLOCK = ("a: {}\n", "a: {} # b\n", "a:\n  {}\n", "a:\n- {}\n- b\n", "- - {}\n", "a: {}\r\nb: c\r\n", "-  {}  ")
FLOW = ("a: [{}]\n", "a: [ b, {} ]\n", "{{a: {}}}\n", "{{a: b, c:\n  {} }}\n", "[\n  {},\n]\n", "- [[{}, b]]")


@pytest.mark.parametrize("template", [*BLOCK, *FLOW])
def test_plain_scalars(template: str) -> None:
    for text, value in SCALARS.items():
        if template in BLOCK or text not in ("", "::1", "1,000"):
            document = template.format(text)
            expected = comparable(filled(composed(template.format("MARK")), value))
            assert comparable(loaded(document)) == expected, document
            assert comparable(composed(document)) == expected, document


@pytest.mark.parametrize("text", SCALARS)
def test_quoted_scalar_is_a_string(text: str) -> None:
    assert loaded(f'a: "{text}"\n') == composed(f'a: "{text}"\n') == {"a": text}
    assert loaded(f"a: '{text}'\n") == composed(f"a: '{text}'\n") == {"a": text}
    assert loaded(f"a: !!str {text}\n") == composed(f"a: !!str {text}\n") == {"a": text}


@needs_kubectl
def test_scalars_are_those_of_kubectl(tmp_path: Path) -> None:
    read = kubectl_reads([f"spec: {text}\n" for text in SCALARS], tmp_path)
    assert dict(zip(SCALARS, map(comparable, read), strict=True)) == {
        text: comparable(value) for text, value in SCALARS.items()
    }


@pytest.mark.parametrize("text", [".inf", "-.inf", "+.Inf", ".INF", ".nan", ".NaN"])
def test_what_json_has_no_number_for_stays_text(text: str) -> None:
    assert loaded(f"a: {text}\n") == composed(f"a: {text}\n") == {"a": text}


# Keys, merges, tags, anchors

READ: dict[str, Any] = {
    # keys become strings
    "spec:\n  8080: a\n  y: b\n  0777: c\n  1.5: d\n  1e3: e\n  true: f\n": {
        "8080": "a", "true": "f", "511": "c", "1.5": "d", "1000": "e",
    },
    "spec: {8080: a, no: b}\n": {"8080": "a", "false": "b"},
    "spec: {8080}\n": {"8080": None},
    "spec: {a, 8080, b}\n": {"a": None, "8080": None, "b": None},
    "spec: [8080: a]\n": [{"8080": "a"}],
    "spec: { # why\n  8080: a}\n": {"8080": "a"},
    "spec:\n- 8080: a\n- - 1: b\n": [{"8080": "a"}, [{"1": "b"}]],
    "spec:\n  '8080': a\n  \"y\": b\n": {"8080": "a", "y": "b"},
    "spec:\n  2001-01-01: a\n": {"2001-01-01": "a"},
    "spec:\n  ? a\n  : b\n  ? 1\n": {"a": "b", "1": None},
    "spec: {? a : b}\n": {"a": "b"},
    "spec: [?a, ?b: c]\n": [{"a": None}, {"b": "c"}],
    'spec: {"a":b, "c":yes}\n': {"a": "b", "c": True},
    "spec: {a:}\n": {"a:": None},
    "spec: {a:b, c:1}\n": {"a:b": None, "c:1": None},
    "spec: [a:b, http://x:80/y, --listen=:8080, a::b]\n": ["a:b", "http://x:80/y", "--listen=:8080", "a::b"],
    "spec:\n  a: 1\n  a: 2\n": {"a": 2},
    # merge keys: the last word counts, of a list's mappings the first
    "x: &a {k: v, m: z}\nspec:\n  <<: *a\n  k: w\n": {"k": "w", "m": "z"},
    "x: &a {k: v, m: z}\nspec:\n  k: w\n  <<: *a\n": {"k": "v", "m": "z"},
    "x: &a {k: 1}\ny: &b {k: 2, z: 3}\nspec:\n  <<: [*a, *b]\n": {"k": 1, "z": 3},
    "spec:\n  <<: {a: b}\n  <<: {a: c}\n": {"a": "c"},
    "spec: {<<: {<<: {a: b}, c: d}, e: f}\n": {"a": "b", "c": "d", "e": "f"},
    "spec:\n  !!merge <<: {a: b}\n": {"a": "b"},
    "spec:\n  '<<': {a: b}\n": {"<<": {"a": "b"}},
    "spec: [<<]\n": ["<<"],
    # tags
    "spec: [!!str 1, !!int '1', !!float 1, !!bool 'yes', !!null '', !foo 1, ! 1]\n": ["1", 1, 1, True, None, "1", "1"],
    "spec: !!binary aGVsbG8=\n": "hello",
    "spec: !!timestamp 2001-01-01\n": "2001-01-01",
    "spec: !!map {a: !!seq [b]}\n": {"a": ["b"]},
    "spec: !<tag:yaml.org,2002:str> 1\n": "1",
    # anchors
    "spec: {a: &x 1, b: *x, c: &x 2, d: *x}\n": {"a": 1, "b": 1, "c": 2, "d": 2},
    "spec:\n  a: &x\n  b: *x\n": {"a": None, "b": None},
    "x: &k name\nspec:\n  *k : v\n": {"name": "v"},
    "x: &k 1\nspec: {*k : v}\n": {"1": "v"},
    # indentation and text
    "spec:\n  a: {\nb: c\n}\n": {"a": {"b": "c"}},
    "spec: [\na,\nb\n]\n": ["a", "b"],
    "spec:\n  - a\n  -\n    - b\n  - - c\n": ["a", ["b"], ["c"]],
    "spec:\n- a: b\n  c: d\n-   e: f\n": [{"a": "b", "c": "d"}, {"e": "f"}],
    "spec: |\n": "",
    "spec: |+\n\n": "\n",
    "spec: >-\n  a\n  b\n\n  c\n   d\n": "a b\nc\n d",
    "spec: |2\n   a\n  b\n": " a\nb\n",
    "spec: a\n  b\n\n  c # d\n": "a b\nc",
    'spec: "a\\\n  b\\n\\t\\x41\\u00e9\\U0001F600\n  c"\n': "ab\n\tAé😀 c",
    "spec: 'it''s\n\n  b'\n": "it's\nb",
    "spec: a#b #c\n": "a#b",
    "spec: [a, b, ]\n": ["a", "b"],
    "spec: a\x85 b\n": "a b",
    "spec: 'a\u2028b'\n": "a\u2028b",
    "spec:\t\ta\t\n": "a",
    "spec: 'a\tb'\n": "a\tb",
    "spec: a\ufeffb\n": "a\ufeffb",
    "spec:\r\n  a: b\r\n  c: |\r\n    d\r\n    e\r\n": {"a": "b", "c": "d\ne\n"},
}  # fmt: skip
"""Documents and what kubectl makes of `spec`."""

MALFORMED = (
    "spec: {{}: b}\n",
    "spec: {[a]: b}\n",
    "spec: {{ .Values.x }}\n",
    "spec:\n  ? [a]\n  : b\n",
    "x: &a {k: v}\nspec:\n  *a : b\n",
    "spec:\n  ~: b\n",
    "spec: {null: b}\n",
    "spec:\n  : b\n",
    "spec: {: b}\n",
    "spec: [:80]\n",
    "spec: [::/0]\n",
    "spec: [10.0.0.0/8, ::/0]\n",
    "spec: [,a]\n",
    "spec: [http://x/y?z]\n",
    "spec: {a: b?}\n",
    "spec: {,}\n",
    "spec: &a [*a]\n",
    "spec: &a {b: *a}\n",
    "spec: *nope\n",
    "spec:\n  <<: 1\n",
    "spec:\n  <<: [1]\n",
    "spec: !!int x\n",
    "spec: !!int yes\n",
    "spec: !!int 1.5\n",
    "spec: !!bool 1\n",
    "spec: !!null x\n",
    "spec: !!binary '@'\n",
    "spec:\n\t- a\n",
    "spec:\n\ta: b\n",
    "spec: a\n  b: c\n",
    "spec: [a\n",
    "spec: 'a\n",
    'spec: "\\q"\n',
    "spec: @a\n",
    "spec: `a`\n",
    "spec: %a\n",
    "spec: a: b\n",
    "spec: |x\n  a\n",
    "spec: [>]\n",
    "spec:\n  - a\n b: c\n",
    "spec: &&a\n",
    "spec: [&&a]\n",
    "spec: &&\n",
    "spec: a\x00b\n",
    "spec: a\x07b\n",
    "spec: a\x7fb\n",
    "spec: a\x80b\n",
    "spec: 'a\ufffeb'\n",
)
"""Documents that kubectl refuses."""


@pytest.mark.parametrize(("text", "value"), READ.items())
def test_document(text: str, value: Any) -> None:
    assert comparable(loaded(text)["spec"]) == comparable(value)
    assert comparable(composed(text)["spec"]) == comparable(value)


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_document(text: str) -> None:
    with pytest.raises(yaml.YamlError) as raised:
        yaml.load(text)
    assert raised.value.message
    assert 0 <= raised.value.offset <= len(text)


@needs_kubectl
def test_documents_are_those_of_kubectl(tmp_path: Path) -> None:
    read = kubectl_reads([*READ, *MALFORMED], tmp_path)
    assert dict(zip(READ, map(comparable, read), strict=False)) == {
        text: comparable(value) for text, value in READ.items()
    }
    assert [text for text, value in zip(MALFORMED, read[len(READ) :], strict=True) if value is not REFUSED] == []


# The two parsers agree

TOKENS = (
    *("a", "b", "k: ", "x:", "y", "é", "😀", "=", "//", "a:b", "1:2", ": ", ":", "- ", "-", "? ", "#", " # c", "%"),
    *(" ", "  ", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "\n\n", "\r\n", "\t", ",", "[", "]", "{", "}", "'", '"'),
    *("|", "> ", "|-\n", ">+\n", "k:\n", "k: |\n  ", "&a ", "*a", "!!str ", "!t ", "<<: ", '"q"', "'s'", "{a: b}"),
    *("[1, 2]", "0", "7", "08", "0777", "1.5", "1e3", "1_0", "_1", "~", "null", "yes", "off", "true", "---", "..."),
    *("\\", "`"),
)  # fmt: skip


WORDS = ("n", "No", "ON", "-.inf", "+.NaN", ".e100", "-._", "1e100", "True", "FALSE", "Null", "0x1", "-1:")


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(("", "s: ", "s:\n  ", "- ", "s: {")), st.lists(st.sampled_from(TOKENS), max_size=14))
def test_parsers_agree_on_odd_texts(opening: str, tokens: list[str]) -> None:
    whole = opening + "".join(tokens) + "\n"
    for text in (whole[start:end] for start, end in yaml.split(whole)):
        try:
            expected = composed(text)
        except yaml.YamlError:
            continue
        assert comparable(loaded(text)) == comparable(expected)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from((*TOKENS, *WORDS)), max_size=8).map("".join))
def test_one_pattern_finds_all_that_those_of_words_find(text: str) -> None:
    lines = f"\n{text}\n"
    if any(re.search(pattern, lines, re.VERBOSE) for _, pattern in misreading._MISREAD_WORDS):
        assert misreading._may_have_words(lines.split("\n")) or not lines.replace("\n", "").isprintable()


@pytest.mark.parametrize("beside", ["a: b\n", "a: é\n"])
def test_odd_characters_are_found_in_every_text(beside: str) -> None:
    characters = [*map(chr, range(0x180)), "\u2028", "\u3000", "\ud800", "\ufeff", "\uffff", "😀"]
    found = {character for character in characters if misreading._has_odd_character(beside + character + beside)}
    assert found == {character for character in characters if re.match(misreading._ODD_CHARACTER, character)}
    assert {"\0", "\r", "\x7f", "\x85"} <= found
    assert found.isdisjoint({"\t", "\n", " ", "~", "é"})


@given(st.lists(st.sampled_from(("a", "---", "...", "\n", "\r\n", " ", "#", "\ufeff", "x: 1", "%Y")), max_size=12))
def test_streams_are_cut_at_every_line_that_ends_a_document(tokens: list[str]) -> None:
    text = "".join(tokens)
    markers = [*re.finditer(r"^(?:---(?=[\s#]|\Z)|\.\.\.(?=\s|\Z))", text, re.MULTILINE)]
    cut = [*yaml.split(text)]
    assert all(start < end for start, end in cut)
    assert not [
        found for found in markers for start, end in cut if start < found.start() < end and "\ufeff" not in text
    ]
    assert {end for _, end in cut} <= {*(found.start() for found in markers), len(text)}


VALUES = (
    *(
        "",
        "v",
        "yes",
        "0777",
        "1_0",
        '"q"',
        '"q\\n x"',
        "'it''s'",
        '"a","b"',
        '"a',
        "a'",
        "|",
        ">-",
        "|+",
        "|2",
        "| # c",
    ),
    *("# c", '"q" # c', "v # c", "{{ x }}", "{a: b}", "[a, yes]", '[a, "b, c"]', '[a "b, yes"]', "{a: {b: [c, 1]}}"),
    *("[?(@.t)]", "{2,}", "! oc", "&a", "*a", "- x", "? y", "a: b", "x:", '"x": y', "[", "}", "~", "0x1f", "1e31_0"),
    *(
        "v  ",
        "v\tw",
        "é\u00a0x",
        "[a,]",
        "[,a]",
        "{a: b,}",
        "[a: b]",
        "[-1, 10:20]",
        "00-ad",
        "40e441-3d",
        "0777k",
        "<<",
    ),
)
KEYS = ("a", "b", '"q"', "'s'", "yes", "8080", "x.y/z", "f:a", ".", "on", "a b", "<<", "~", '"a', 'k:{"n":"x"}')
DASHES = ("", "", "- ", "-   ", "-  ", "- - ")
LINES = st.one_of(
    st.tuples(st.sampled_from(DASHES), st.sampled_from(KEYS), st.sampled_from(VALUES)).map(
        lambda line: f"{line[0]}{line[1]}: {line[2]}"
    ),
    st.tuples(st.sampled_from(DASHES), st.sampled_from(VALUES)).map("".join),
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 8), LINES), min_size=1, max_size=7),
    st.sampled_from(("\n", "\r\n")),
    st.booleans(),
)
def test_parsers_agree_on_indented_lines(lines: list[tuple[int, str]], line_break: str, is_short: bool) -> None:
    whole = "a:" + line_break + line_break.join("  " + " " * indent + line for indent, line in lines) + line_break
    length = 10_000 if is_short else 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(misreading, "_SHORT", length)
        for text in (whole, whole.rstrip("\r\n")):
            try:
                expected = composed(text)
            except yaml.YamlError:
                continue
            assert comparable(loaded(text)) == comparable(expected)


# What the fast parser reads alone

FAST = {
    "a pattern in quotes": "a: '^[a-z]{2,}: yes, & !x$'\nb: \"{{ $labels.x }}: no\"\n",
    "quotes over several lines": "a: 'one: yes,\n\n  two {2,} [?(@.type'\nb: c\n",
    "a block": "a: |\n  yes: no\n\n  __name__: 0777\n   \tif ! oc get && x\nb: c\n",
    "a block in a list": "a:\n- |\n  yes: no\n- b: >-\n    {{ $labels }}, 1_0: &a\n  c: |+\n    !x\n\n- d\n",
    "text over several lines": "a: see {2,} and\n  {{ $labels }} & \"this\n  yes\nb:\n  c: d\n",
    "comments": "# yes: no, [?(@.type\na: b # {{ x }}: yes\n  # - 0777: !x\nc: d\n",
    "brackets": "a: {b: {c: \"{2,}: yes, !x\"}, e: [], f: {}}\ng: [\"! x\", 'y: no', [1, z]]\n",
    "what only looks like a number": "a: 40e44180-3dfb\nb: 0777k\nc: 1_0x\n",
    "spaces of other scripts": "a: é\u3000x\u200b\nb: '! x'\n",
    "a mark after an exclamation mark": "a: b !c &d\ne: 'f'\n",
}  # fmt: skip
"""Texts that the two parsers read the same, though what stands in them looks otherwise."""


@pytest.mark.parametrize("text", FAST.values(), ids=FAST)
def test_no_second_parser_for_what_stands_in_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = composed(text)
    monkeypatch.setattr("klint.text.yaml.composing.compose", lambda _: pytest.fail("read with positions"))
    assert comparable(loaded(text)) == comparable(expected)


def test_a_block_at_the_end_has_no_line_break_that_is_not_there() -> None:
    assert loaded("a: |\n  b") == composed("a: |\n  b") == {"a": "b"}
    assert loaded("a:\n- b: |+\n    c\n     d") == {"a": [{"b": "c\n d"}]}


def test_texts_have_one_string_for_all_that_are_equal_and_short() -> None:
    [one], [other] = (yaml.load(f"- {{name: a name, words: [a name, {'long ' * 20}]}}\n")[0] for _ in range(2))
    assert one == other == {"name": "a name", "words": ["a name", ("long " * 20).strip()]}
    assert one["name"] is one["words"][0] is other["name"]
    assert {*map(id, one)} == {*map(id, other)}
    assert one["words"][1] is not other["words"][1]


@pytest.mark.parametrize("depth", [200, 255, 256, 400])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deep_data_is_read_whichever_parser_reads_it(opening: str, closing: str, depth: int) -> None:
    data, _ = yaml.load(opening * depth + "a" + closing * depth)
    for _ in range(depth):
        [data] = data.values() if isinstance(data, dict) else data
    assert data == "a"


# Where a mistake stands


@pytest.mark.parametrize("text", ["é: x\x07\n", "é: [1:2, '\x07']\n", 'é: ü\nb: "😀\x00"\n'])
def test_the_place_of_a_control_character_counts_characters(text: str) -> None:
    with pytest.raises(yaml.YamlError) as raised:
        yaml.load(text)
    assert text[raised.value.offset] in "\x00\x07"


def test_a_document_of_too_many_values_is_too_complex_whichever_parser_reads_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (loading, composing):
        monkeypatch.setattr(module, "MAX_NODES", 100)
    for text in ("a: [" + "x, " * 101 + "x]\n", "a:\n" + "- x\n" * 101, "".join(f"k{n}: v\n" for n in range(51))):
        with pytest.raises(yaml.TooComplexError):
            yaml.load(text)
        with pytest.raises(yaml.TooComplexError):
            compose(text)
    enough = "a:\n" + "- xxxx\n" * 90
    assert len(loaded(enough)["a"]) == len(composed(enough)["a"]) == 90


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_parsers_agree_on_real_manifests() -> None:
    count = 0
    for file in sorted(CORPUS.rglob("*")):
        if file.suffix not in (".yaml", ".yml", ".json"):
            continue
        text = file.read_text("utf-8-sig")
        for start, end in yaml.split(text):
            try:
                expected = composed(text[start:end])
            except yaml.YamlError:
                with pytest.raises(yaml.YamlError):
                    yaml.load(text[start:end])
                continue
            count += 1
            assert comparable(loaded(text[start:end])) == comparable(expected), file
    assert count > 100


# Whatever the text, an answer soon

HOSTILE = {
    "block lists on one line": ("'- ' * n", 1_000_000),
    "block lists with wide gaps": ("'-   ' * n", 500_000),
    "block mappings": ("''.join(' ' * i + 'a:\\n' for i in range(int(n**0.5)))", 9_000_000),
    "block lists and mappings": (
        "''.join(' ' * i + 'a:\\n' + ' ' * i + '-\\n' for i in range(int(n**0.5)))",
        9_000_000,
    ),
    "keys of keys": ("'? ' * n", 1_000_000),
    "open lists": ("'[' * n", 1_000_000),
    "open lists, one a line": ("'[\\n' * n", 500_000),
    "open mappings": ("'{a: ' * n", 500_000),
    "lists in mappings": ("'- {a: [' * n", 200_000),
    "closed lists": ("'[' * n + ']' * n", 100_000),
    "a colon in deep lists": ("'[' * n + 'a:b'", 100_000),
    "billion laughs": (
        (
            "'a0: &a0 [' + 'x,' * 10 + ']\\n'"
            " + ''.join(f'a{i}: &a{i} [' + f'*a{i - 1},' * 10 + ']\\n' for i in range(1, n))"
        ),
        30,
    ),
    "billion merges": (
        "'a0: &a0 {x: 1}\\n' + ''.join(f'a{i}: &a{i}\\n  l: *a{i - 1}\\n  r: *a{i - 1}\\n' for i in range(1, n))",
        60,
    ),
    "lists that hold themselves": ("'a: &a [*a, *a]\\n' * n", 100_000),
    "aliases without end": ("'a: &a [' + 'x,' * 1000 + ']\\nb: [' + '*a,' * n + ']'", 100_000),
    "an open quote": ("'a: \"' + 'x\\n ' * n", 1_000_000),
    "an open block": ("'a: |\\n' + ' x\\n' * n", 2_000_000),
    "one long word": ("'a: ' + 'x' * n", 10_000_000),
    "spaces": ("' ' * n", 10_000_000),
    "line breaks": ("'\\n' * n", 10_000_000),
    "comments": ("'#\\n' * n", 5_000_000),
    "colons": ("':' * n", 5_000_000),
    "colons and spaces": ("': ' * n", 1_000_000),
    "commas": ("'a: ' + ', ' * n + '?'", 2_000_000),
    "question marks": ("'a: [' + ',?' * n", 500_000),
    "digits": ("'a: ' + '1' * n", 1_000_000),
    "digits with underscores": ("'a: ' + '1_' * n", 500_000),
    "tags": ("'!!str ' * n", 500_000),
    "anchors": ("'&a ' * n", 500_000),
    "markers": ("'---\\n' * n", 1_000_000),
    "directives": ("'%YAML 1.1\\n' * n", 500_000),
    "tabs": ("'\\t' * n", 5_000_000),
    "brackets": ("'a: b\\n' + ']' * n", 1_000_000),
    "JSON objects": ("'{}' * n", 300_000),
    "JSON in depth": ("'{\"a\":' * n + '}{' * n", 100_000),
    "null characters": ("'\\0' * n", 5_000_000),
    "surrogate escapes": ("'[\"' + '\\\\ud83d' * n", 500_000),
}
"""Python expressions for texts made of `n` parts, and an `n` for which nothing may run out of memory or hang."""

READER = """
import resource, sys
from klint.text.reading import read_documents
from klint.text.source import Source
text = eval(sys.argv[1], {"n": int(sys.argv[2])})
documents = list(read_documents(Source("a.yaml", text)))
spans = [str(document.span(("a", 0))) for document in documents[:10]]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.parametrize(("expression", "size"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_read_within_bounds(expression: str, size: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READER, expression, str(size)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) < 2000


@pytest.mark.parametrize("expression", [expression for expression, _ in HOSTILE.values()], ids=HOSTILE)
def test_hostile_text_is_read_in_linear_time(expression: str) -> None:
    def make(size: int) -> Source:
        return Source("a.yaml", eval(expression, {"n": size}))  # noqa: S307 -- one of those above

    def work(source: Source) -> None:
        for document in list(read_documents(source))[:10]:
            document.span(("a", 0))

    assert_linear(make, work)
