"""Texts are cut into documents as kubectl cuts them, none costs another, and every value is found where it stands."""

from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klint.text import yaml
from klint.text.document import Document, Path
from klint.text.reading import read_documents
from klint.text.source import Source, Span


def documents(text: str) -> list[Document]:
    return list(read_documents(Source("a.yaml", text)))


def document(text: str) -> Document:
    (found,) = documents(text)
    return found


def covered(span: Span) -> str:
    """What a span shows."""
    assert span.line == span.end_line
    return span.source.line(span.line)[span.column - 1 : span.end_column - 1]


# Cutting

STREAMS: dict[str, list[Any]] = {
    "a: 1\n---\na: 2\n": [1, 2],
    "---\na: 1\n---\na: 2\n---\n": [1, 2],
    "a: 1\n--- # why\na: 2\n": [1, 2],
    "a: 1\n---#why\na: 2\n": [1, 2],
    "a: 1\n--- \na: 2\n---\t\na: 3": [1, 2, 3],
    "a: 1\r\n---\r\na: 2\r\n": [1, 2],
    "---\n---\n# nothing\n---\n\n---\na: 1\n": [1],
    "": [],
    "# nothing": [],
    "---": [],
    "%YAML 1.1\n---\na: 1\n": [1],
    "%YAML 1.2\n# why\n---\na: 1\n...\n%YAML 1.2\n---\na: 2\n": [1, 2],
    "a: 1\n...\na: 2\n": [1, 2],
    "a: 1\n...\n---\na: 2\n... # why\n": [1, 2],
    "a: 1\n---\n\ufeffa: 2\n": [1, 2],
    "a: 1\n ---\n": ["1 ---"],
    "a: |\n  ---\n  ...\nb: c\n": ["---\n...\n"],
    "a: '\n  ---\n  '\n": [" --- "],
    "--- {a: 1}\n--- {a: 2}\n": [1, 2],
    "--- |\n  text\n---\na: 1": ["text\n", 1],
    # JSON, which needs no marker
    '{"a": 1}': [1],
    '{"a": 1}{"a": 2}': [1, 2],
    '{"a": 1}\n\n  {"a": 2}\n': [1, 2],
    '---\n{"a": 1}\n{"a": 2}\n---\n{"a": 3}': [1, 2, 3],
    '# why\n{"a": 1}\n# } {\n{"a": 2}': [1, 2],
    '{"a": "}{"}{"a": "} {"}': ["}{", "} {"],
    'a: 1\n---\n{"a": 2}\n': [1, 2],
    '{"a": "b\\/c \\ud83d\\ude00"}': ["b/c 😀"],
    '{\n\t"a":\t1\n}\n': [1],
    # KYAML
    '---\n{\n  a: 1,\n}\n---\n{\n  a: 2,\n  b: [{\n    c: "d",\n  }],\n}\n': [1, 2],
}


@pytest.mark.parametrize(("text", "values"), STREAMS.items())
def test_stream_is_cut_into_documents(text: str, values: list[Any]) -> None:
    found = documents(text)
    assert [item.data["a"] if isinstance(item.data, dict) else item.data for item in found] == values
    assert [problem for item in found for problem in item.problems] == []
    for item in found:
        assert item.root is not None
        assert item.root.data == item.data


@pytest.mark.parametrize(
    "broken",
    ["a: b: c", "a: [1, 2", "a: 'b", "\ta: b", "a: &x [*x]", "a: *x", "a: \x01", "{[a]: b}", '{"a": 1', "a: @b"],
)
def test_a_broken_document_costs_no_other(broken: str) -> None:
    first, middle, last = documents(f"a: 1\n---\n{broken}\n---\na: 2\n")
    assert (first.data, last.data) == ({"a": 1}, {"a": 2})
    assert first.problems == last.problems == ()
    assert middle.data is None
    (problem,) = middle.problems
    assert problem.rule == "syntax-error"
    assert 3 <= problem.span.line <= 4


def test_a_broken_json_object_costs_no_other() -> None:
    first, second = documents('{"a": 1}\n{"a": 2\n')
    assert first.data == {"a": 1}
    assert second.problems[0].rule == "syntax-error"


def test_a_second_document_inside_a_line_is_an_error() -> None:
    for line_break in ("\r", "\x85", "\u2028"):
        (problem,) = document(f"a: 1{line_break}---{line_break}a: 2").problems
        assert problem.rule == "syntax-error"


def test_duplicate_keys_are_told_and_the_last_counts() -> None:
    found = document("a: 1\nb: {c: 1, c: 2}\n'a': 3\n\"a\": 4\n")
    assert found.data == {"a": 4, "b": {"c": 2}}
    assert [(problem.rule, str(problem.span)) for problem in found.problems] == [
        ("duplicate-key", "a.yaml:2:11"),
        ("duplicate-key", "a.yaml:3:1"),
        ("duplicate-key", "a.yaml:4:1"),
    ]
    assert [str(span) for problem in found.problems for _, span in problem.related] == [
        "a.yaml:2:5",
        "a.yaml:1:1",
        "a.yaml:1:1",
    ]
    assert [covered(problem.span) for problem in found.problems] == ["c", "'a'", '"a"']


def test_a_key_that_overrides_a_merged_one_is_no_duplicate() -> None:
    assert document("x: &x {a: 1}\ny:\n  <<: *x\n  a: 2\n").problems == ()


@pytest.mark.parametrize(
    "text",
    ["a: " + "[" * 600 + "]" * 600, "a:\n" + "".join(" " * depth + "-\n" for depth in range(1, 600)), "- " * 600],
)
def test_deep_nesting_is_not_analysed(text: str) -> None:
    (problem,) = document(text).problems
    assert problem.rule == "not-analysed"
    assert f"deeper than {yaml.MAX_DEPTH} levels" in problem.message


def test_aliases_that_explode_are_not_analysed() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 8)]
    (problem,) = document("\n".join(lines)).problems
    assert problem.rule == "not-analysed"
    assert "1,000,000" in problem.message
    assert problem.span.line == 6


def test_nesting_within_bounds_is_read_alike_in_every_style() -> None:
    depth = 150
    nested: Any = "x"
    for _ in range(depth):
        nested = [nested]
    assert document("- " * depth + "x").data == nested
    assert document("[" * depth + "x" + "]" * depth).data == nested
    assert document("".join(" " * level + "-\n" for level in range(depth)) + " " * depth + "x").data == nested


# Places

SERVICE = {
    "block": dedent("""\
        # a comment
        apiVersion: v1
        kind: Service   # another
        metadata:
          name: "wéb"
        spec:
          ports:
          - name: http
            port: 80
            nodePort: 0777
          -   port: 81
              targetPort: 'a # b'
          externalIPs: [10.0.0.1, 10.0.0.2]
          empty:
          text: |
            one
            two
          flow: {a: {b: c}}
        """),
    "flow": '{apiVersion: v1, kind: Service, metadata: {name: "wéb"}, spec: {ports: [{name: http, port: 80,\n'
    "  nodePort: 0777}, {port: 81, targetPort: 'a # b'}], externalIPs: [10.0.0.1, 10.0.0.2],\n"
    '  empty: , text: "one\\ntwo\\n", flow: {a: {b: c}}}}\n',
    "KYAML": dedent("""\
        ---
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: {
            name: "wéb",
          },
          spec: {
            ports: [{
              name: "http",
              port: 80,
              nodePort: 0777,
            }, {
              port: 81,
              targetPort: "a # b",
            }],
            externalIPs: ["10.0.0.1", "10.0.0.2"],
            empty: null,
            text: "one\\ntwo\\n",
            flow: {a: {b: "c"}},
          },
        }
        """),
    "JSON": dedent("""\
        {
          "apiVersion": "v1",
          "kind": "Service",
          "metadata": {"name": "wéb"},
          "spec": {
            "ports": [
              {"name": "http", "port": 80, "nodePort": 511},
              {"port": 81, "targetPort": "a # b"}
            ],
            "externalIPs": ["10.0.0.1", "10.0.0.2"],
            "empty": null,
            "text": "one\\ntwo\\n",
            "flow": {"a": {"b": "c"}}
          }
        }
        """),
}

PLACES: list[tuple[Path, str, str, str, str]] = [
    # path, and what its span covers in block, flow, KYAML and JSON style
    (("kind",), "Service", "Service", '"Service"', '"Service"'),
    (("metadata", "name"), '"wéb"', '"wéb"', '"wéb"', '"wéb"'),
    (("spec",), "spec", "spec", "spec", '"spec"'),
    (("spec", "ports"), "ports", "ports", "ports", '"ports"'),
    (("spec", "ports", 0, "port"), "80", "80", "80", "80"),
    (("spec", "ports", 0, "nodePort"), "0777", "0777", "0777", "511"),
    (("spec", "ports", 1, "targetPort"), "'a # b'", "'a # b'", '"a # b"', '"a # b"'),
    (("spec", "ports", 1), "port: 81", "{port: 81, targetPort: 'a # b'}", "{", '{"port": 81, "targetPort": "a # b"}'),
    (("spec", "externalIPs", 1), "10.0.0.2", "10.0.0.2", '"10.0.0.2"', '"10.0.0.2"'),
    (("spec", "empty"), "empty", "empty", "null", "null"),
    (("spec", "text"), "|", '"one\\ntwo\\n"', '"one\\ntwo\\n"', '"one\\ntwo\\n"'),
    (("spec", "flow", "a", "b"), "c", "c", '"c"', '"c"'),
    (("spec", "flow", "a"), "a", "a", "a", '"a"'),
    # what is not there stands for what encloses it
    (("spec", "type"), "spec", "spec", "spec", '"spec"'),
    (("spec", "ports", 1, "nodePort"), "port: 81", "{port: 81, targetPort: 'a # b'}", "{",
     '{"port": 81, "targetPort": "a # b"}'),
    (("spec", "ports", 7, "port"), "ports", "ports", "ports", '"ports"'),
    (("spec", "ports", -1), "ports", "ports", "ports", '"ports"'),
    (("spec", "ports", "port"), "ports", "ports", "ports", '"ports"'),
    (("metadata", "labels", "app"), "metadata", "metadata", "metadata", '"metadata"'),
    (("metadata", "name", "deeper"), '"wéb"', '"wéb"', '"wéb"', '"wéb"'),
    (("spec", "empty", "deeper"), "empty", "empty", "null", "null"),
]  # fmt: skip


@pytest.mark.parametrize("style", SERVICE)
@pytest.mark.parametrize("before", ["", "a: b\n---\n", "# 😀\n---\n{a: b}\n---\n"], ids=["alone", "second", "third"])
def test_places(style: str, before: str) -> None:
    for text in (before + SERVICE[style], (before + SERVICE[style]).replace("\n", "\r\n")):
        found = documents(text)[-1]
        assert found.problems == ()
        for path, *texts in PLACES:
            assert covered(found.span(path)) == texts[list(SERVICE).index(style)], path


def test_a_missing_field_of_the_whole_stands_on_its_first_line() -> None:
    assert (
        covered(document("# why\n---\n# what\nkind: Service\nspec: {}\n").span(("metadata", "name"))) == "kind: Service"
    )
    assert covered(document('{"kind": "Service"}').span(("metadata",))) == '{"kind": "Service"}'


def test_lines_and_columns_count_from_one_in_code_points() -> None:
    found = document('a: 😀😀 # 日本語\nb: [日本, "é", x]\nc: {"😀": y}\n')
    assert str(found.span(("b", 2))) == "a.yaml:2:14"
    assert str(found.span(("c", "😀"))) == "a.yaml:3:10"
    span = found.span(("a",))
    assert (span.line, span.column, span.end_line, span.end_column) == (1, 4, 1, 6)


@pytest.mark.parametrize("text", ['{"a": "b\\/c", "d": "e"}', '{"a": "\\ud83d\\ude00 \\ud83d", "d": "e"}'])
def test_places_after_escapes_that_only_json_has(text: str) -> None:
    assert covered(document(text).span(("d",))) == '"e"'


@pytest.mark.parametrize("item", ["--addr=:8080", "a:b", "http://x:80/y", "[::]:80"])
def test_places_after_a_colon_in_a_flow_list(item: str) -> None:
    item = item if item[0] != "[" else f'"{item}"'
    found = document(f"args: [{item}, b]\nimage: nginx\n")
    assert found.data["args"][1] == "b"
    assert covered(found.span(("args", 0))) == item
    assert covered(found.span(("args", 1))) == "b"
    assert covered(found.span(("image",))) == "nginx"


def test_places_through_anchors_and_merges() -> None:
    text = dedent("""\
        base: &base
          name: http
          port: &port 80
        list:
        - *base
        - <<: *base
          port: 81
        - port: *port
        - <<: [{name: inner}, *base]
        """)
    found = document(text)
    assert found.data["list"][1] == {"name": "http", "port": 81}
    assert found.data["list"][3] == {"name": "inner", "port": 80}
    places = {
        ("list", 0): "5:*base",
        ("list", 0, "port"): "3:80",
        ("list", 1, "name"): "2:http",
        ("list", 1, "port"): "7:81",
        ("list", 2, "port"): "8:*port",
        ("list", 3, "name"): "9:inner",
        ("list", 3, "port"): "3:80",
        ("list", 0, "missing"): "5:*base",
        ("base", "port"): "3:80",
    }
    spans = {path: found.span(path) for path in places}
    assert {path: f"{span.line}:{covered(span)}" for path, span in spans.items()} == places


def test_places_of_scalars_with_properties() -> None:
    found = document("a: !!str 80\nb: &x !!str 'c'\nd: [&y e, !!null , *y]\nf: &z\n")
    assert [covered(found.span((key,))) for key in "abdf"] == ["80", "'c'", "d", "f"]
    assert [covered(found.span(("d", index))) for index in range(3)] == ["e", "", "*y"]


def test_a_document_that_does_not_parse_has_places_on_its_first_line() -> None:
    _, broken = documents("a: 1\n---\na: [\n")
    assert str(broken.span(("a", 0))) == "a.yaml:2:1"


# Every scalar of every text


@dataclass
class Writer:
    """Writes a value in styles that hypothesis draws, and remembers how each scalar was written."""

    draw: Any
    written: dict[Path, str] = field(default_factory=dict)

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def block(self, path: Path, indent: int, depth: int) -> tuple[str, Any]:
        """A value as it stands after `key:` or `-`, from the space or line break before it."""
        kind = self.one_of("scalar", "scalar", "flow", "mapping", "list", "text") if depth else "scalar"
        gap = self.one_of(" ", "  ", "\n" + " " * (indent + 1))
        if kind == "scalar":
            text, value = self.scalar(path, PLAIN)
            comment = self.one_of("", " # why: {", "  #") if text else ""
            return (gap + text + comment if text else ""), value
        if kind == "flow":
            text, value = self.flow(path, indent, depth - 1)
            return gap + text + self.one_of("", " # why"), value
        if kind == "text":
            return self.text(path, indent)
        if kind == "mapping":
            indent += self.one_of(1, 2, 4)
            text, value = self.mapping(path, indent, depth - 1)
            return self.one_of("\n", " # why\n", "\n\n") + text, value
        items, values = [], []
        indent += self.one_of(1, 2) if path == () or isinstance(path[-1], int) else self.one_of(0, 1, 2)
        for index in range(self.one_of(1, 2, 3)):
            item, value = self.item((*path, index), indent, depth - 1)
            items.append(" " * indent + "-" + item)
            values.append(value)
        return "\n" + "\n".join(items), values

    def item(self, path: Path, indent: int, depth: int) -> tuple[str, Any]:
        if depth and self.one_of(True, False):
            text, value = self.mapping(path, indent + 2, depth)
            return " " + text.lstrip(" "), value
        return self.block(path, indent, depth)

    def mapping(self, path: Path, indent: int, depth: int) -> tuple[str, Any]:
        lines, data = [], {}
        for key in self.draw(st.lists(st.sampled_from(list(KEYS)), min_size=1, max_size=3, unique_by=KEYS.__getitem__)):
            text, data[KEYS[key]] = self.block((*path, KEYS[key]), indent, depth)
            if text == "":
                self.written[*path, KEYS[key]] = key
            lines.append(" " * indent + key + self.one_of(":", " :") + text)
        return "\n".join(lines), data

    def flow(self, path: Path, indent: int, depth: int) -> tuple[str, Any]:
        space = self.one_of("", " ", "\n" + " " * (indent + 1), " # why\n" + " " * (indent + 1))
        count, comma = self.one_of(0, 1, 2, 3), self.one_of(",", ", ")
        if self.one_of(True, False):
            parts = [self.flow_value((*path, index), indent, depth) for index in range(count)]
            return "[" + space + comma.join(text for text, _ in parts) + space + "]", [value for _, value in parts]
        texts, data = [], {}
        for key in list(KEYS)[:count]:
            text, data[KEYS[key]] = self.flow_value((*path, KEYS[key]), indent, depth)
            texts.append(key + ": " + text)
        return "{" + space + comma.join(texts) + space + "}", data

    def flow_value(self, path: Path, indent: int, depth: int) -> tuple[str, Any]:
        if depth and self.one_of(True, False):
            return self.flow(path, indent, depth - 1)
        return self.scalar(path, FLOW)

    def scalar(self, path: Path, choices: dict[str, Any]) -> tuple[str, Any]:
        text = self.draw(st.sampled_from(list(choices)))
        self.written[path] = text
        return text, choices[text]

    def text(self, path: Path, indent: int) -> tuple[str, Any]:
        header = self.one_of("|", ">", "|-", "|+")
        self.written[path] = header
        lines = self.draw(
            st.lists(st.sampled_from(("a: b", "- c", "# d", "{{ e }}", "é 😀", "[")), min_size=1, max_size=3)
        )
        body = "".join("\n" + " " * (indent + 2) + line for line in lines)
        value = (" " if header == ">" else "\n").join(lines) + ("" if header == "|-" else "\n")
        return " " + header + body, value


FLOW = {
    "http": "http", "8080": 8080, "'it''s'": "it's", '"a\\tb # \\u00e9"': "a\tb # é", "a b": "a b", "yes": True,
    "0777": 511, "~": None, "1.5": 1.5, "😀": "😀", "日本": "日本", "''": "", '"{"': "{", "a:b": "a:b", "-1": -1,
    "2001-01-01": "2001-01-01", "x#y": "x#y", "off": False, "'80'": "80", "1e3": 1000, '"\\U0001F600"': "😀",
}  # fmt: skip
PLAIN = {**FLOW, "": None, "a, b]": "a, b]", "x:z": "x:z", "/*": "/*", "::1": "::1", "a ? b": "a ? b"}
KEYS = {"name": "name", '"quoted key"': "quoted key", "'it''s'": "it's", "é": "é", "8080": "8080", "on": "true"}


@st.composite
def manifests(draw: Any) -> tuple[str, Any, dict[Path, str]]:
    """A document, its data, and how each of its scalars is written."""
    writer = Writer(draw)
    text, data = writer.mapping((), 0, 4)
    return text, data, writer.written


@settings(max_examples=250, deadline=None)
@given(manifests(), st.sampled_from(("", "---\n", "a: b\n---\n", "# why\n\n", "{a: b}\n--- # why\n")), st.booleans())
def test_every_scalar_is_found_where_it_stands(
    manifest: tuple[str, Any, dict[Path, str]], before: str, with_carriage_returns: bool
) -> None:
    text, data, written = manifest
    text = before + text + "\n"
    if with_carriage_returns:
        text = text.replace("\n", "\r\n")
    found = documents(text)[-1]
    assert found.problems == ()
    assert found.data == data
    assert found.root is not None
    assert found.root.data == data
    assert {path: covered(found.span(path)) for path in written} == written
