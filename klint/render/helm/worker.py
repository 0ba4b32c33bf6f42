"""The embedded Helm in a process of its own: see sandbox.py.

Templates are programs: one may loop for ever or exhaust memory, and the Go runtime inside the library survives no
fork. So charts are rendered here, and whoever asked can end this process.

A request is a line of JSON on standard input, an answer a line of JSON on standard output.

    {"archives": [base64 of a .tgz, ...], "texts": [YAML, ...],
     "sets": ["a.b=1", ...], "strings": ["a.c=1", ...], "literals": ["a.d={1,2}", ...],
     "options": {"name": ..., "namespace": ..., "kube_version": ..., "api_versions": [...]},
     "until_one_renders": false}
    -> [{"rendered": {path: text}} or {"error": message} or {"ended": "output"}, ...]

The archives are a chart and copies of it, rendered with the same values: one answer for each. When the first fails,
the others do not matter; or else when one renders, where one is enough.
"""

import base64
import json
import os
import sys
from queue import SimpleQueue
from threading import Thread
from typing import Any

MEMORY_LIMIT = 2 * 2**30
"""Bytes of memory."""

OUTPUT_LIMIT = 64 * 2**20
"""Characters that a chart may render to. The largest public charts make two million."""


class _TooMuchError(Exception):
    """A chart renders to more than OUTPUT_LIMIT."""


def answer(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer one request."""
    import helm_python as helm

    answers: list[dict[str, Any]] = []
    for archive in request["archives"]:
        try:
            # A render changes the chart it renders, so every one is loaded afresh.
            with helm.Chart.load_archive(base64.b64decode(archive)) as chart:
                values = _values(request)
                answers.append({"rendered": _render(chart, values, request["options"])})
        except helm.HelmError as error:
            answers.append({"error": str(error)})
        except _TooMuchError:
            answers.append({"ended": "output"})
        if "rendered" in answers[-1] if request.get("until_one_renders") else "rendered" not in answers[0]:
            break
    return answers


def _values(request: dict[str, Any]) -> dict[str, Any]:
    """Values as Helm makes them of files and flags, in its order.

    Source: helm's pkg/cli/values/options.go, MergeValues.
    """
    import helm_python as helm

    values: dict[str, Any] = {}
    for text in request["texts"]:
        values = _merged(values, helm.values_from_yaml(text) or {})
    flags = (
        ("sets", helm.parse_set_string),
        ("strings", helm.parse_set_string_values),
        ("literals", helm.parse_set_literal),
    )
    for name, parse in flags:
        for expression in request[name]:
            values = _merged(values, parse(expression))
    return values


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Values as Helm merges files: mappings into each other, anything else replaced."""
    result = dict(base)
    for key, value in over.items():
        held = result.get(key)
        result[key] = _merged(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return result


def _render(chart: Any, values: dict[str, Any], options: dict[str, Any]) -> dict[str, str]:
    """Rendered text by template path. Through the library's own layer: its public one lacks two of the options."""
    from helm_python import _native

    text = _native.call_string("helm_render", chart._raw(), json.dumps(values), json.dumps(options))
    if len(text) > OUTPUT_LIMIT:
        raise _TooMuchError
    return dict(json.loads(text))


def serve() -> None:
    """Answer requests until standard input ends; then end at once, whatever is rendered still."""
    _confine()
    lines: SimpleQueue[str] = SimpleQueue()
    Thread(target=_read, args=(lines,), daemon=True).start()
    while True:
        sys.stdout.write(json.dumps(answer(json.loads(lines.get()))) + "\n")
        sys.stdout.flush()


def _read(lines: SimpleQueue[str]) -> None:
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)


def _confine() -> None:
    """Templates are programs: no network, no other programs, no file but Python's, and no more memory than they need.

    Before the library is loaded: it starts threads, and what is taken is taken from those that start later.
    """
    from klint.render import confinement

    confinement.limit(MEMORY_LIMIT)
    confinement.forbid_sockets(programs_too=True)
    confinement.forbid_files(readable=(*sys.path, sys.base_prefix, *confinement.LIBRARIES, *confinement.DEVICES))
