"""GitHub Actions: the `run` steps of workflows and composite actions.

Each step is a shell of its own; what it writes to GITHUB_ENV and which cluster it logs in to stays for the steps
behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from klint.records import replace
from klint.scripts.commands import Command, Context
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.sources.base import NewShell, filled
from klint.scripts.sources.shebang import is_shell
from klint.scripts.sources.tree import Part, read_tree
from klint.text.source import Source

_EXPRESSION = re.compile(r"\$\{\{((?:[^}$]|\}(?!\})|\$(?!\{\{))*+)\}\}")
_NAME = re.compile(r"(env|inputs|vars)\.([\w-]+)\Z")
_EXPORTS = re.compile(r"""echo\s+["']?([A-Za-z_]\w*)=([^"'\n>]*+)(["']?\s*>>\s*["']?\$\{?GITHUB_ENV)?""")
_REF = re.compile(
    r"""(?:github\.(?:ref|ref_name|base_ref)\s*==\s*|(?<!!)startsWith\(\s*github\.ref(?:_name)?\s*,\s*)'([^']+)'"""
)

_LOCAL_CLUSTERS = re.compile(
    r"""(?:helm/kind-action|engineerd/(?:setup-)?kind|container-tools/kind-action|chainguard-dev/actions/setup-kind
    |medyagh/setup-minikube|manusa/actions-setup-minikube|hiberbee/github-action-minikube|opsgang/ga-setup-minikube
    |absaoss/k3d-action|nolar/setup-k3d-k3s|rinx/setup-k3d|jupyterhub/action-k3s-helm|debianmaster/actions-k3s
    |insightsengineering/k3d-action|balchua/microk8s-actions|canonical/setup-microk8s|replicatedhq/compatibility-actions
    )(?:[@/]|\Z)""",
    re.VERBOSE | re.IGNORECASE,
)
"""Actions that make a cluster for the job and throw it away."""

_CLUSTER_INPUTS = ("cluster-name", "cluster_name", "cluster", "context", "name")
_LOGINS = re.compile(
    r"(?:azure/aks-set-context|azure/k8s-set-context|google-github-actions/get-gke-credentials"
    r"|redhat-actions/oc-login|digitalocean/action-doctl)(?:@|\Z)",
    re.IGNORECASE,
)
_SCRIPT_INPUTS: Mapping[str, tuple[str, str]] = {
    "nick-fields/retry": ("command", ""),
    "nick-invision/retry": ("command", ""),
    "azure/cli": ("inlineScript", ""),
    "appleboy/ssh-action": ("script", "ssh"),
    "webfactory/ssh-agent": ("", ""),
    "actions-hub/kubectl": ("args", "kubectl"),
    "steebchen/kubectl": ("args", "kubectl"),
}
"""Actions that run what they are given: the input that holds it, and what runs it."""


def commands(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands of a workflow or of a composite action."""
    for root in read_tree(source):
        triggers = _triggers(root)
        context = Context(
            kind="GitHub Actions workflow",
            triggers=tuple(triggers),
            branches=_branches(triggers),
            working_directory=root.at("defaults", "run", "working-directory").text,
        )
        inputs = _inputs(triggers)
        env = _environment(root["env"], {}, inputs)
        for name, job in root["jobs"].items():
            shell = job.at("defaults", "run", "shell").text or root.at("defaults", "run", "shell").text
            job_context = replace(
                context,
                unit=f"job {name}",
                environment=_fill_text(job["environment"].text or job.at("environment", "name").text, env, inputs),
                branches=_restricted(context.branches, job["if"].text),
                working_directory=job.at("defaults", "run", "working-directory").text or context.working_directory,
            )
            job_env = _environment(job["env"], env, inputs)
            on_windows = any("windows" in text for text in job["runs-on"].texts)
            shell = shell or ("pwsh" if on_windows else "bash")
            yield from _steps(job["steps"], job_context, job_env, inputs, shell, new_shell)
        if root["runs"]:
            action = Context(kind="GitHub composite action")
            yield from _steps(root.at("runs", "steps"), action, {}, _defaults(root["inputs"]), "bash", new_shell)


def _steps(
    steps: Part, context: Context, env: Mapping[str, str], inputs: Mapping[str, str], shell: str, new_shell: NewShell
) -> Iterator[Command]:
    for step in steps:
        step_env = _environment(step["env"], env, inputs)
        uses = step["uses"].text
        if _LOCAL_CLUSTERS.match(uses):
            context = replace(context, local_cluster=uses.partition("@")[0])
        elif _LOGINS.match(uses):
            named = next((step.at("with", name).text for name in _CLUSTER_INPUTS if step.at("with", name)), "")
            context = replace(context, cluster=_fill_text(named, step_env, inputs))
        step_context = replace(
            context,
            variables=step_env,
            branches=_restricted(context.branches, step["if"].text),
            working_directory=step["working-directory"].text or context.working_directory,
        )
        key, program = _SCRIPT_INPUTS.get(uses.partition("@")[0].lower(), ("", ""))
        script = step["run"].snippet if step["run"] else step.at("with", key).snippet if key else None
        used_shell = step["shell"].text or (step.at("with", "shell").text if key else "") or shell
        if script is None or not is_shell(used_shell):
            continue
        reader = new_shell(step_context)
        filled = _fill(script, step_env, inputs)
        if program == "kubectl":
            filled = Snippet.join([Snippet.standing_at(script.source, "kubectl ", *script.range(0, 1)), filled])
        reader.run(filled, wrappers=("ssh",) if program == "ssh" else ())
        yield from reader.finish()
        echoed = _EXPORTS.findall(filled.text)
        exported = {name: value if "$" not in value else HOLE for name, value, is_exported in echoed if is_exported}
        env = {**env, **exported} if exported else env


def _triggers(root: Part) -> Mapping[str, Part]:
    """`on:`, which YAML 1.1 reads as a boolean: a name, a list of names, or a mapping."""
    found = root["on"] or root["true"]
    if found.is_mapping:
        return dict(found.items())
    return {name: Part(root.document, None) for name in found.texts}


def _branches(triggers: Mapping[str, Part]) -> tuple[str, ...]:
    """The branches that a workflow runs for; a pull request may come from any."""
    if "pull_request" in triggers or "pull_request_target" in triggers:
        return ()
    found: list[str] = []
    for name in ("push", "workflow_run"):
        if name in triggers:
            found.extend(triggers[name]["branches"].texts)
            found.extend(f"refs/tags/{tag}" for tag in triggers[name]["tags"].texts)
    return tuple(dict.fromkeys(found))


def _restricted(branches: tuple[str, ...], condition: str) -> tuple[str, ...]:
    """The branches that a job's or step's `if` leaves."""
    return tuple(name.removeprefix("refs/heads/") for name in _REF.findall(condition)) or branches


def _inputs(triggers: Mapping[str, Part]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name in ("workflow_dispatch", "workflow_call"):
        if name in triggers:
            found.update(_defaults(triggers[name]["inputs"]))
    return found


def _defaults(inputs: Part) -> Mapping[str, str]:
    return {name: item["default"].text for name, item in inputs.items() if item["default"].is_scalar}


def _environment(part: Part, outer: Mapping[str, str], inputs: Mapping[str, str]) -> Mapping[str, str]:
    if not part:
        return outer
    return {**outer, **{name: _fill_text(value, outer, inputs) for name, value in part.strings.items()}}


def _value(expression: str, env: Mapping[str, str], inputs: Mapping[str, str]) -> str:
    """What an expression stands for: a variable of the workflow, an input's default, else unknown."""
    name = _NAME.match(expression.strip())
    if name is None:
        return HOLE
    return {"env": env, "inputs": inputs}.get(name[1], {}).get(name[2], HOLE)


def _fill(snippet: Snippet, env: Mapping[str, str], inputs: Mapping[str, str]) -> Snippet:
    return snippet.replace(_EXPRESSION, lambda match: _value(match[1], env, inputs))


def _fill_text(text: str, env: Mapping[str, str], inputs: Mapping[str, str]) -> str:
    return filled(text, _EXPRESSION, lambda match: _value(match[1], env, inputs))
