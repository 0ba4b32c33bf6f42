"""Which cluster a command line talks to, and which one it makes the current one for the commands behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from klint.scripts.commands import Command, Word, names
from klint.scripts.kubectl import Kubectl

LOCAL = "local"
"""What stands for the name of a cluster that is made on the spot: kind, minikube, k3d."""

CHOOSERS = names(
    "kubectx kubens kubectl oc aws gcloud az doctl eksctl ibmcloud tsh kind k3d minikube ctlptl microk8s colima"
)
"""Programs that may choose a cluster or a namespace."""

_MADE_HERE = {
    "kind": (("create", "cluster"), ("export", "kubeconfig")),
    "k3d": (("cluster", "create"), ("cluster", "start"), ("kubeconfig", "merge")),
    "minikube": (("start",), ("update-context",), ("docker-env",), ("addons",), ("image",)),
    "ctlptl": (("create", "cluster"), ("apply",)),
    "colima": (("start",),),
}
_LOGINS = {
    "aws": "update-kubeconfig",
    "gcloud": "get-credentials",
    "az": "get-credentials",
    "doctl": "save",
    "eksctl": "write-kubeconfig",
    "ibmcloud": "config",
    "tsh": "login",
}
"""What a cloud's own program is told when it shall write a cluster into the configuration."""


def named_clusters(command: Command, kubectl: Kubectl | None) -> Iterator[tuple[str, str]]:
    """The cluster that a command line names, with what names it."""
    if kubectl is not None:
        found = (("context", kubectl.context), ("kubeconfig", kubectl.kubeconfig), ("profile", kubectl.profile))
    elif command.program in ("helm", "helmfile"):
        found = (
            ("context", _flag_value(command.argv, "--kube-context")),
            ("kubeconfig", _flag_value(command.argv, "--kubeconfig")),
            ("profile", None),
        )
    else:
        return
    for what, word in found:
        if word is not None:
            yield str(word), what
    for variable in ("KUBECONFIG", "HELM_KUBECONTEXT"):
        if command.environment.get(variable):
            yield command.environment[variable], variable


def named_namespace(command: Command, kubectl: Kubectl | None) -> str:
    """The namespace that a command line names; empty when it names none."""
    if kubectl is not None:
        word = kubectl.namespace
    elif command.program in ("helm", "helmfile"):
        word = _flag_value(command.argv, "-n") or _flag_value(command.argv, "--namespace")
    else:
        return ""
    return str(word) if word is not None else ""


def chosen_cluster(command: Command, kubectl: Kubectl | None) -> str:
    """The cluster that a command makes the current one: `kubectx prod`; empty if it does not.

    `aws eks update-kubeconfig --region eu-west-1 --name prod` gives all words that are no flags: any may be telling.
    """
    program = command.program
    words = [str(word) for word in command.argv[1:]]
    if program in _MADE_HERE:
        plain = tuple(word for word in words if not word.startswith("-"))
        return LOCAL if any(plain[: len(made)] == made for made in _MADE_HERE[program]) else ""
    if program == "kubectx":
        return _first_plain(words)
    if kubectl is not None:
        return _context_chosen_by(kubectl)
    if program in _LOGINS and _LOGINS[program] in words:
        values = (word.rpartition("=")[2] if word.startswith("-") else word for word in words)
        return " ".join(value for value in values if value and not value.startswith("-"))
    return ""


def _context_chosen_by(kubectl: Kubectl) -> str:
    words = [str(word) for word in kubectl.arguments]
    if kubectl.name == "ctx":
        return _first_plain(words)
    if kubectl.name == "login":
        return str(kubectl.value("--server", "-s") or "") or _first_plain(words)
    if kubectl.name == "config" and words[:1] == ["use-context"]:
        return words[1] if len(words) > 1 else ""
    return ""


def chosen_namespace(command: Command, kubectl: Kubectl | None) -> str:
    """The namespace that a command makes the current one: `kubens shop`; empty if it does not."""
    if command.program == "kubens":
        return _first_plain([str(word) for word in command.argv[1:]])
    if kubectl is None:
        return ""
    words = [str(word) for word in kubectl.arguments]
    if kubectl.name in ("ns", "project"):
        return _first_plain(words)
    if kubectl.name == "config" and words[:1] == ["set-context"]:
        return str(kubectl.namespace or "")
    return ""


def _first_plain(words: Sequence[str]) -> str:
    return next((word for word in words if word and not word.startswith("-")), "")


def _flag_value(words: Sequence[Word], flag: str) -> Word | None:
    for position, word in enumerate(words):
        if word.value == flag and position + 1 < len(words):
            return words[position + 1]
        if word.value.startswith(flag + "="):
            return word.after(len(flag) + 1)
    return None
