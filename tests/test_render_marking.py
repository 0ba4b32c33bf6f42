"""Markers in templates: they come out again, whatever the template, and lead back to the line that carries them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.render.helm.certainty import is_certain
from klint.render.helm.hashed import COPIES, with_copies
from klint.render.helm.marking import MARKER, Daring, carriers, mark, read_template
from klint.render.helm.sourcemap import Marked, agreement, map_lines
from tests.growth import assert_linear

FRAGMENTS = (
    "{{",
    "{{-",
    "}}",
    "-}}",
    "{{/*",
    "*/}}",
    "*/",
    '"',
    "`",
    "'",
    "\\",
    "\n",
    "\r\n",
    "\t",
    "  ",
    "- ",
    "key:",
    "a: b",
    "#",
    "|",
    " #K0.1K#",
    " #K0.1<K#",
    "#K9",
    "K#",
    "{{ end }}",
    '{{ define "x" }}',
    '{{- define "x" -}}',
    "{{ range $i, $e := .Values.a }}",
    "{{ with .Values.b }}",
    "{{ if .c }}",
    "{{ else }}",
    "{{ $x := .Values.d }}",
    "{{ .Values.e }}",
    "{{ . }}",
    "{{ $x.y }}",
    '{{ include "x" . | nindent 4 }}',
    '{{- include "x" . | nindent 2 -}}',
    "{{ toYaml . }}",
    "😀",
    "\x00",
    "\x85",
)
TEMPLATES = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=6), max_size=60).map("".join)
"""Templates that may be broken anywhere. Texts that look like markers are not among them once these are taken out."""


@given(TEMPLATES, st.sampled_from(Daring))
def test_markers_of_any_template_come_out_again(text: str, daring: Daring) -> None:
    text = MARKER.sub("", text)
    if MARKER.search(text):
        return
    lines = read_template(text)
    assert [line.text for line in lines] == text.split("\n")
    assert MARKER.sub("", mark(text, lines, 7, daring)) == text


@given(TEMPLATES, TEMPLATES, TEMPLATES, st.sampled_from(Daring))
def test_any_rendering_maps_somewhere(template: str, plain: str, other: str, daring: Daring) -> None:
    """Whatever came out of the renderer, every line has an origin in the template, and nothing fails."""
    lines = read_template(template)
    marked = mark(template, lines, 0, daring)
    for rendered in (marked, MARKER.sub("", other), marked + plain):
        assert 0 <= agreement(plain, rendered) <= 1
        for origin in map_lines(plain, Marked(rendered, daring), 0, {0: lines}):
            assert origin.file == 0
            assert 1 <= origin.line <= len(lines)
    assert not any(origin.exact for origin in map_lines(plain, None, 0, {0: lines}))


@given(TEMPLATES)
def test_text_without_actions_maps_to_itself(text: str) -> None:
    text = MARKER.sub("", text.replace("{", ""))
    lines = read_template(text)
    marked = Marked(mark(text, lines, 0, Daring.BLOCKS), Daring.BLOCKS)
    for number, (line, origin) in enumerate(zip(lines, map_lines(text, marked, 0, {0: lines}), strict=True), 1):
        assert line.daring is None or (origin.line, origin.exact) == (number, True)


ENDLESS = [
    "{{",
    "{{/*",
    "{{- /* x */ ",
    "{{/* }}",
    '{{ "',
    "{{`",
    "{{ '",
    "{{ a | b ",
    " ",
    "a ",
    "- ",
    "a.",
    "a: ",
    '"a" ',
    "{{ .a",
    "{{ $a.b }}",
    "{{ .a.a }}",
    "x: {{ . | nindent 2 | ",
    "\n",
    "{{ if . }}",
    "{{ end }}",
    "#K1",
    " #K1.1",
]


@pytest.mark.parametrize("piece", ENDLESS)
@pytest.mark.parametrize("start", ["", "a", "{{ ", "key: {{ .Values."])
def test_reading_large_templates_grows_with_them(start: str, piece: str) -> None:
    def read(text: str) -> None:
        lines = read_template(text)
        marked = mark(text, lines, 0, Daring.BLOCKS)
        map_lines(text, Marked(marked, Daring.BLOCKS), 0, {0: lines})
        assert MARKER.sub("", marked) == text

    assert_linear(lambda size: start + piece * size, read)


def test_one_action_may_be_very_long() -> None:
    def make(size: int) -> str:
        return "a: {{`" + "\n" * 10 * size + "`}}\n{{ dict" + "\n  .Values.a" * size + "}}\nb: 1\n"

    def read(text: str) -> None:
        assert MARKER.sub("", mark(text, read_template(text), 0, Daring.BLOCKS)) == text

    assert_linear(make, read)


MARKED = [
    ("key: {{ .Values.a -}}\n", 'key: {{ .Values.a }} #K0.1K#{{"" -}}\n'),
    ("key: {{ .Values.a }} -}}", "key: {{ .Values.a }} -}} #K0.1K#"),
    ("labels: {{- toYaml . | nindent 4 }}", "labels: #K0.1<K# {{- toYaml . | nindent 4 }} #K0.1K#"),
    ("a: 1\r\nb: 2\r", "a: 1 #K0.1K#\r\nb: 2 #K0.2K#\r"),
    ("{{`\nraw: text\n`}}", "{{`\nraw: text\n`}} #K0.3K#"),
    (
        '{{ define "x" }}\na: 1\n{{ .b }}\n{{ toYaml .c }}',
        '{{ define "x" }}\na: 1 #K0.2K#\n{{ .b }}\n{{ toYaml .c }} #K0.4K#',
    ),
]


@pytest.mark.parametrize(("text", "marked"), MARKED)
def test_where_markers_stand(text: str, marked: str) -> None:
    assert mark(text, read_template(text), 0, Daring.BLOCKS) == marked


def test_how_far_markers_go() -> None:
    text = '{{ define "x" }}\na: 1\n{{ toYaml .b }}\n{{ end }}\nc: 1'
    lines = read_template(text)
    assert [line.daring for line in lines] == [None, Daring.KEYS, Daring.BLOCKS, None, Daring.OUTSIDE_DEFINES]
    assert len(MARKER.findall(mark(text, lines, 0, Daring.OUTSIDE_DEFINES))) == 1
    assert len(MARKER.findall(mark(text, lines, 0, Daring.KEYS))) == 2


@given(TEMPLATES)
def test_what_it_takes_to_mark_lines_is_told_without_reading_the_template(text: str) -> None:
    lines, told = read_template(text), carriers(text)
    assert [carrier.daring for carrier in told] == [line.daring for line in lines]
    for daring in Daring:
        assert mark(text, told, 0, daring) == mark(text, lines, 0, daring)


LABELS = '{{ define "labels" }}\nteam: a\n{{ end }}{{ define "name" }}{{ .Release.Name }}{{ end }}'
READERS = {
    "a: b": True,
    'labels:\n  {{- include "labels" . | nindent 4 }}': True,
    '{{ template "labels" . }}': True,
    'labels: {{ include "labels" (dict "a" .Values.a "b" "|") | indent 2 | nindent 2 }}': True,
    'name: {{ include "name" . | trunc 63 }}-x': True,
    '{{ if eq (include "name" .) "x" }}a: b{{ end }}': True,
    'sum: {{ include "labels" . | sha256sum }}': False,
    '{{ $x := include "labels" . }}': False,
    '{{ if include "labels" . }}a: b{{ end }}': False,
    'a: {{ include "name" (include "labels" .) }}': False,
    '{{ define "all" }}{{ include "labels" . }}{{ end }}{{ include "all" . | fromYaml }}': False,
    '{{ define "all" }}{{ include .x . }}{{ end }}{{ include "all" . | fromYaml }}': False,
    'sum: {{ include "chart/templates/x.yaml" . | sha256sum }}': False,
    'sum: {{ include (print $.Template.BasePath "/x.yaml") . | sha256sum }}': False,
    "{{ include .name . }}": False,
    "a: b #K0.1K#": False,
    "a: {{ tpl .Values.a . }}": True,
}


@pytest.mark.parametrize("text", READERS)
def test_markers_certainly_change_nothing_where_no_template_reads_another(text: str) -> None:
    texts = [LABELS, text]
    assert is_certain(texts, list(map(carriers, texts))) is READERS[text]


@pytest.mark.parametrize("text", ["{{ include ", '{{ include "a"  ', '{{ define "a" }}', '{{ template "a" . | '])
def test_telling_that_takes_time_in_proportion(text: str) -> None:
    assert_linear(lambda size: [text * size], lambda texts: is_certain(texts, list(map(carriers, texts))))


HASHED = """\
sum: {{ include (print $.Template.BasePath "/map.yaml") . | toYaml | sha256sum | trunc 8 }}
all: {{- include "all" . | adler32sum }}
map: {{- include "all" . | nindent 2 }}
"""
ALL = (
    '{{- /* include "x" */ -}}\n{{- define "all" -}}\n{{ template "labels" . }}\n{{- if true }}\nb: 1\n{{- end }}\n'
    "{{- end -}}\n"
)


def test_what_is_hashed_is_a_copy_that_calls_copies() -> None:
    templates = {
        "charts/a/templates/x.yaml": HASHED,
        "charts/a/templates/map.yaml": '{{ include "labels" . }}',
        "templates/_a.tpl": LABELS,
        "templates/_b.tpl": ALL,
    }
    found = with_copies(templates)
    assert found is not None
    assert found["charts/a/templates/x.yaml"] == (
        'sum: {{ include "K#charts/a/templates/map.yaml" . | toYaml | sha256sum | trunc 8 }}\n'
        'all: {{- include "K#all" . | adler32sum }}\nmap: {{- include "all" . | nindent 2 }}\n'
    )
    assert found[COPIES].split("\n") == [
        '{{ define "K#charts/a/templates/map.yaml" }}{{ include "K#labels" . }}{{ end }}',
        '{{- define "K#all" -}}',
        '{{ template "K#labels" . }}',
        "{{- if true }}",
        "b: 1",
        "{{- end }}",
        "{{- end -}}",
        '{{ define "K#labels" }}',
        "team: a",
        "{{ end }}",
    ]
    assert {
        name: text for name, text in found.items() if name in templates and name != "charts/a/templates/x.yaml"
    } == {name: text for name, text in templates.items() if name != "charts/a/templates/x.yaml"}


NO_COPIES = {
    "nothing is hashed": {"x": '{{ include "labels" . | nindent 2 }} # sha256sum'},
    "its data is made": {"x": '{{ include "labels" (dict "a" 1) | sha256sum }}'},
    "it is not there": {"x": '{{ include "label" . | sha256sum }}'},
    "there are two": {"x": '{{ include "labels" . | sha256sum }}', "y": '{{ define "labels" }}b: c{{ end }}'},
    "the caller's folder counts": {
        "x": '{{ define "a" }}{{ include (print $.Template.BasePath "/y.yaml") . | sha256sum }}{{ end }}'
    },
    "it has a name of its own": {
        "x": '{{ include (print $.Template.BasePath "/y.yaml") . | sha256sum }}',
        "templates/y.yaml": '{{ define "y" }}{{ end }}',
    },
    "it calls what is not known": {
        "x": '{{ include "a" . | sha256sum }}',
        "y": '{{ define "a" }}{{ include .b . }}{{ end }}',
    },
}


@pytest.mark.parametrize("why", NO_COPIES)
def test_nothing_is_copied_where(why: str) -> None:
    assert with_copies({"labels": LABELS, **NO_COPIES[why]}) is None


@pytest.mark.parametrize("text", ['{{ include "labels" . | sha256sum }}', '{{ define "a" }}', "{{ include (print "])
def test_copying_takes_time_in_proportion(text: str) -> None:
    assert_linear(lambda size: {"labels": LABELS, "x": text * size}, with_copies)
