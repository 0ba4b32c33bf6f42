"""Kubernetes manifests: what containers run, with hooks and probes; Tekton, Argo Workflows; scripts in ConfigMaps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from klint.records import replace
from klint.scripts.commands import Command, Context, Word
from klint.scripts.images import with_entry_point
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.sources.base import NewShell, word_of
from klint.scripts.sources.shebang import has_other_interpreter, is_shell_script
from klint.scripts.sources.tree import Part
from klint.text.document import Document

_KEPT = frozenset(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "DeploymentConfig"))
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_POD_VARIABLE = re.compile(r"\$\$|\$\(([A-Za-z_][\w.-]*)\)")
_TEKTON = re.compile(r"\$\((params|context|tasks|workspaces|results|steps|step)[.\[]([^)$]*)\)")
_ARGO = re.compile(r"\{\{[-=]?((?:[^}]|\}(?!\}))*+)(\}\})?")
_SCRIPT_KEY = re.compile(r"\.(?:sh|bash)\Z")


def commands(document: Document, new_shell: NewShell) -> Iterator[Command]:
    """The commands of a manifest. A list's items count each by itself."""
    if document.root is not None:
        yield from _object(Part(document, document.root), new_shell)


def _object(part: Part, new_shell: NewShell) -> Iterator[Command]:
    kind = part["kind"].text
    if part["items"].is_list and kind.endswith("List"):
        for item in part["items"]:
            yield from _object(item, new_shell)
        return
    group = part["apiVersion"].text.rpartition("/")[0]
    context = Context(
        kind=kind,
        namespace=part.at("metadata", "namespace").text,
        triggers=("schedule",) if kind in ("CronJob", "CronWorkflow") else (),
        kept_alive=f"the {kind}" if kind in _KEPT else "",
    )
    if kind in ("ConfigMap", "Secret"):
        for key in ("data", "stringData"):
            yield from _files(part[key], context, new_shell)
        return
    parameters = _parameters(part)
    for container in _containers(part):
        yield from _container(container, group, parameters, context, new_shell)


def _files(data: Part, context: Context, new_shell: NewShell) -> Iterator[Command]:
    """Scripts that a ConfigMap carries, by the shebang or by the name of their key."""
    for key, value in data.items():
        for snippet in value.snippets:
            if is_shell_script(snippet.text) or (_SCRIPT_KEY.search(key) and not has_other_interpreter(snippet.text)):
                shell = new_shell(replace(context, unit=f"file {key}"))
                shell.run(snippet)
                yield from shell.finish()


def _containers(part: Part) -> Iterator[Part]:
    """Whatever has an image, or a script, and something to run: containers, Tekton steps, Argo's scripts."""
    pending = [part]
    while pending:
        current = pending.pop()
        if current.is_mapping:
            runs = current["command"] or current["args"] or current["script"] or current["source"]
            if (current["image"].is_scalar and (runs or _has_hooks(current))) or current["script"].is_scalar:
                yield current
                continue
            pending.extend(reversed([child for _, child in current.items()]))
        elif current.is_list:
            pending.extend(reversed(list(current)))


def _has_hooks(container: Part) -> bool:
    return bool(container["lifecycle"]) or any(container[probe] for probe in _PROBES)


def _parameters(part: Part) -> Mapping[str, str]:
    """Values that Tekton's and Argo's parameters have by default."""
    found: dict[str, str] = {}
    for place in (
        part.at("spec", "params"),
        part.at("spec", "arguments", "parameters"),
        part.at("spec", "workflowSpec", "arguments", "parameters"),
    ):
        for item in place:
            value = item["default"] if item["default"].is_scalar else item["value"]
            if value.is_scalar:
                found[item["name"].text] = value.text
    return found


def _container(
    container: Part, group: str, parameters: Mapping[str, str], context: Context, new_shell: NewShell
) -> Iterator[Command]:
    name = container["name"].text
    env = {item["name"].text: item["value"].text for item in container["env"] if item["value"].is_scalar}
    shell = new_shell(
        replace(
            context,
            unit=f"{'step' if group == 'tekton.dev' else 'container'} {name}" if name else context.unit,
            variables=env,
            working_directory=container["workingDir"].text,
        )
    )

    def fill(snippet: Snippet) -> Snippet:
        if group == "tekton.dev":
            return snippet.replace(_TEKTON, lambda match: parameters.get(match[2], HOLE))
        if group == "argoproj.io":
            return snippet.replace(
                _ARGO,
                lambda match: parameters.get(match[1].strip().rpartition(".")[2], HOLE) if match[2] else match[0],
            )
        return snippet

    def words(part: Part) -> list[Word]:
        return [word_of(_with_env(fill(snippet), env)) for snippet in part.snippets]

    script = container["script"] if container["script"].is_scalar else container["source"]
    if script.snippet is not None:
        interpreter = " ".join(container["command"].texts)
        text = script.snippet.text
        if is_shell_script(text) or not (
            has_other_interpreter(text) or (interpreter and not re.search(r"(?:\A|/)\w*sh\b", interpreter))
        ):
            shell.run(fill(script.snippet))
    else:
        argv = [*words(container["command"]), *words(container["args"])]
        image = container["image"].snippet
        if image is not None and argv and not container["command"]:
            argv = with_entry_point(image.text, argv, argv[0])
        shell.run_words(argv)
    for hook in ("postStart", "preStop"):
        shell.run_words(words(container.at("lifecycle", hook, "exec", "command")))
    for probe in _PROBES:
        shell.run_words(words(container.at(probe, "exec", "command")))
    yield from shell.finish()


def _with_env(snippet: Snippet, env: Mapping[str, str]) -> Snippet:
    """`$(NAME)` as the kubelet fills it in: a name that is no variable of the container stays as it is."""
    return snippet.replace(_POD_VARIABLE, lambda match: "$" if match[0] == "$$" else env.get(match[1], match[0]))
