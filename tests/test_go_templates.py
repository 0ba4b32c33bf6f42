"""Go templates: what Go's text/template, with sprig's functions, makes of them; and what nobody can know of them.

How helmfiles are filled in, line by line, is in test_deployers_helm.py.
"""

from collections.abc import Sequence

import pytest

from klint.text.go_expressions import Unknown
from klint.text.go_templates import NotPlainError, execute

KNOWN = {
    "path": {"basename": "shop", "segments": ["apps", "shop"]},
    "labels": {"env": "prod", "tier": ""},
    "port": 80,
    "ratio": 2.0,
    "on": True,
    "nothing": None,
    "words": "a,b",
}


def look(path: Sequence[str]) -> object:
    found: object = KNOWN
    for step in path:
        found = found.get(step, Unknown("a gap")) if isinstance(found, dict) else Unknown("a gap")
    return found


EXECUTED = {
    "{{ .path.basename }}-{{ .labels.env }}": "shop-prod",
    "{{ index .path.segments 0 }}": "apps",
    '{{ index .labels "env" | upper | quote }}': '"PROD"',
    "{{ .port }} {{ .ratio }} {{ .on }}": "80 2 true",
    "a {{- .port -}} b": "a80b",
    "a {{/* nothing */}} b {{- /* nor this */ -}} c": "a  bc",
    "{{-3}}": "-3",
    "{{ if .on }} yes {{ else }} no {{ end }}": " yes ",
    '{{ if eq .labels.env "dev" "prod" }}known{{ end }}': "known",
    "{{ if .labels.tier }}a{{ else  if not .nothing }}b{{ else }}c{{ end }}": "b",
    "{{ if not .on }}{{ if .gap }}a{{ end }}{{ .gap }}{{ end }}b": "b",
    "{{ or .labels.tier .port .gap }}": "80",
    "{{ and .labels.tier .gap | empty }}": "true",
    '{{ .nothing | default "x" }}': "x",
    '{{ printf "%s-%d%%" .path.basename .port }}': "shop-80%",
    '{{ splitList "," .words | join (print "-" .port) }}': "a-80b",
    '{{ replace "," ";" .words | trimSuffix "b" | trunc -1 }}': ";",
    '{{ dig "env" "none" .labels }} {{ dig "zone" "none" .labels }}': "prod none",
    '{{ ternary "on" "off" (hasKey .labels "env") }}': "on",
    "{{ range $i, $name := .path.segments }}{{ if $i }}/{{ end }}{{ $name }}{{ . }}{{ end }}": "appsapps/shopshop",
    "{{ range $key, $value := .labels }}{{ $key }}={{ $value }} {{ end }}": "env=prod tier= ",
    "{{ range .path.segments }}{{ $.port }}{{ . }}{{ else }}none{{ end }}": "80apps80shop",
    '{{ range splitList "," .words }}{{ range list 1 2 }}{{ . }}{{ end }}{{ . }}{{ end }}': "12a12b",
    "{{ range .nothing }}a{{ else }}none{{ end }}": "none",
    "{{ with .path }}{{ .basename }} {{ $.port }}{{ else }}none{{ end }} {{ .port }}": "shop 80 80",
    "{{ with $x := .labels.tier }}a{{ else with .words }}{{ . }}{{ end }}": "a,b",
    "{{ $x := .path }}{{ if .on }}{{ $x.basename }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x.basename }}": "shop2shop",
    '{{ "{{ .port }}" }}{{ `}}` }}': "{{ .port }}}}",
}


@pytest.mark.parametrize("template", EXECUTED)
def test_what_go_makes_of_a_template(template: str) -> None:
    assert execute(template, look) == EXECUTED[template]


UNKNOWN = {
    "{{ .gap }}": "a gap",
    "{{ .gap | upper }}": "a gap",
    "{{ or .labels.tier .nothing .gap .port }}": "a gap",
    "{{ if .gap }}a{{ end }}": "a gap",
    "{{ now }}": "the template function now",
    "{{ range .labels.env }}{{ end }}": "a loop over what is no list",
    "{{ range .path.segments }}{{ .name }}{{ end }}": "the value .name",
    "{{ range .path.segments }}{{ $other }}{{ end }}": "the variable \\$other",
    "{{ range .path.segments }}{{ break }}{{ end }}": "the template function break",
    "{{ range .gap }}{{ end }}": "a gap",
    "{{ .nothing }}": "a value that is none",
    "{{ .labels }}": "a value that is none, or is no text",
    "{{ upper .nothing }}": "what the template function upper is called with",
    '{{ printf "%v" .port .port }}': "what the template function printf is called with",
    "{{ index .path.segments 7 }}": "what the template function index is called with",
    "{{ $x := .gap }}": "a gap",
    "{{ $x, $y := .words }}": "a template that does not parse",
    "{{ $x := 1 }}{{ $x = 2 }}": "a template that klint does not read",
    "{{ if .on }}{{ $x := 1 }}{{ end }}{{ $x }}": "the variable \\$x",
    "{{ .port .port }}": "a template that klint does not read",
    "{{ (.port }}": "a template that klint does not read",
    "{{ 0x10 }}": "a template that klint does not read",
    f"{{{{ {'9' * 5000} }}}}": "a template that klint does not read",
    "{{ .port": "a template that does not parse",
    "{{ if .on }}": "a template that does not parse",
    "{{ end }}": "the template function end",
    "{{ if .on }}{{ else .on }}{{ end }}": "the template function else",
}


@pytest.mark.parametrize("template", UNKNOWN, ids=range(len(UNKNOWN)))
def test_what_nobody_can_know(template: str) -> None:
    with pytest.raises(NotPlainError, match=UNKNOWN[template]):
        execute(template, look)


def test_no_function_makes_a_text_of_any_length() -> None:
    known = {"a": "a" * 2**19}
    for expression in ('join .a (splitList "a" .a)', 'replace "a" .a .a', "print .a .a .a"):
        with pytest.raises(NotPlainError):
            execute(f"{{{{ {expression} }}}}", lambda path: known[path[0]])


def test_loops_end() -> None:
    loop = "{{ range $.n }}" * 5 + "-" + "{{ end }}" * 5
    for text in (loop, loop.replace("-", "-" * 2**18)):
        with pytest.raises(NotPlainError, match="too long"):
            execute(text, lambda _: list(range(1, 50)))
