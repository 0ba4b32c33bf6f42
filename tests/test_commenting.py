"""The comment that an editor writes to ignore a finding: where it goes, and where none can."""

import pytest

from klint.edits import edited
from klint.suppress.commenting import commenting
from klint.text.source import Source

COMMENT = "# klint: ignore[some-rule] why"


def written(text: str, mark: str = "@", file: str = "web.yaml", *, in_script: bool = False) -> str | None:
    """The text with the comment, for a finding where the mark stands."""
    offset = text.index(mark)
    source = Source(file, text.replace(mark, "", 1), file)
    edit = commenting(source.span(offset, offset + 1), "some-rule", "why", in_script=in_script)
    return edited(source.text, [edit]) if edit else None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb:\n  - c: 2\n    d: @3\n", "    {}"),
        ("a: 1\nb:\n  - @c: 2\n", "  {}"),
        ("@a: 1\n", "{}"),
        ("a: |\n  text\n@b: 1\n", "{}"),
        ("a: {b: 1,\n  c: @2}\n", "  {}"),
        ("a: [\n  1,\n  @2\n]\n", "  {}"),
        ("a: 1\r\nb: @2\r\n", "{}\r"),
        ("a: 1\n# klint: ignore[other-rule] so\nb: @2\n", "{}"),
        ("a: 1\n---\nb: 2\n@c: 3\n", "{}"),
    ],
)
def test_it_stands_above_the_line(text: str, line: str) -> None:
    lines = text.replace("@", "").split("\n")
    at = text[: text.index("@")].count("\n")
    assert written(text) == "\n".join([*lines[:at], line.format(COMMENT), *lines[at:]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: one\n  two @three\n", f"a: one\n  two three {COMMENT}\n"),  # above, it would end the scalar
        ("a: one\n  @two\n  three\n", None),
        ('a: "one\n  two @three"\nb: 1\n', f'a: "one\n  two three" {COMMENT}\nb: 1\n'),
        ("a: |\n  one\n  @two\n", None),
        ("a: >-\n  one\n  @two\n", None),
    ],
)
def test_it_changes_no_value(text: str, expected: str | None) -> None:
    assert written(text) == expected


def test_json_has_none() -> None:
    assert written('{\n  "a": @1\n}\n', file="web.json") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  b: {{ .Values.@b }}\n", f"a:\n  {COMMENT}\n  b: {{{{ .Values.b }}}}\n"),
        ("{{- if .a }}\n@b: 1\n{{- end }}\n", f"{{{{- if .a }}}}\n{COMMENT}\nb: 1\n{{{{- end }}}}\n"),
        ("a: {{ x -}}\n@b: {{ y }}\n", f"a: {{{{ x -}}}}\nb: {{{{ y }}}} {COMMENT}\n"),
        ("a:\n  {{- @include }}\n", f"a:\n  {{{{- include }}}} {COMMENT}\n"),
        ("a:\n  {{- @include -}}\n", None),
        ("a: |\n  {{ b }}\n    @c\n", None),
        ("a: {{ b }}\nc: |\n  d\ne: @f\n", f"a: {{{{ b }}}}\nc: |\n  d\n{COMMENT}\ne: f\n"),
    ],
)
def test_templates(text: str, expected: str | None) -> None:
    assert written(text) == expected


def test_commands() -> None:
    script = "#!/bin/sh\nkubectl port-forward \\\n  --address @0.0.0.0 \\\n  svc/web 80\n"
    assert written(script, file="run.sh", in_script=True) == script.replace("@", "").replace(
        "kubectl", f"{COMMENT}\nkubectl"
    )
    manifest = "apiVersion: v1\nkind: ConfigMap\ndata:\n  run.sh: |\n    kubectl port-forward @svc/web 80\n"
    assert written(manifest) == manifest.replace("@", "").replace("    kubectl", f"    {COMMENT}\n    kubectl")
