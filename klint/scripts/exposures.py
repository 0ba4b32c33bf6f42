"""Command lines that open something to the outside by themselves: `kubectl expose`, `oc expose`, `helm --set`.

From the help of kubectl 1.37, oc 4.20 and Helm 4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from klint.records import dataclass
from klint.scripts.commands import Command, Word
from klint.scripts.helm import read_helm_install
from klint.scripts.kubectl import KINDS, Kubectl
from klint.scripts.options import Flag, changes_nothing
from klint.scripts.snippet import HOLE
from klint.text import yaml

OPEN_TYPES: Mapping[str, str] = {"nodeport": "NodePort", "loadbalancer": "LoadBalancer"}
"""The types of Services that are entries, by their names in lower case."""

_UNKNOWN = "…"
"""Stands for what is not known where a value is parsed: no parser takes it for anything but text."""

_ASSIGNMENTS = re.compile(r"((?:[^\\,={]|\\.)++)(?:=(\{(?:[^\\}]|\\.)*+(?:\}|\Z)|(?:[^\\,]|\\.)*+))?")
"""`a.b=c`, `a={b,c}`: what `--set` takes, parted by commas unless they are escaped."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a command opens, as a clause whose subject is the command.

    `kubectl expose`, `makes a Service of type NodePort for deployment web past the manifests`.
    """

    command: str
    deed: str


def read_exposure(command: Command, kubectl: Kubectl | None) -> Exposure | None:
    """What a command opens to the outside of the cluster; None where it opens nothing, or it cannot be known.

    `kubectl` is the command as kubectl's, if it is one.
    """
    if kubectl is None:
        return _helm(command) if command.program == "helm" else None
    if changes_nothing(kubectl.options):
        return None
    reader = _READERS.get(kubectl.name)
    deed = reader(kubectl) if reader is not None else ""
    return Exposure(f"{_program(command)} {kubectl.name}", f"{deed} past the manifests") if deed else None


def _program(command: Command) -> str:
    return "oc" if command.program == "oc" else "kubectl"


def _expose(kubectl: Kubectl) -> str:
    """`kubectl expose`. OpenShift's makes a Route where it is given a Service."""
    target = _shown(kubectl.arguments) or "what its files name"
    kind = _kind(kubectl.arguments)
    if kubectl.command.program == "oc" and kind == "Service" and kubectl.value("--type") is None:
        return f"makes a Route to {target}"
    found = _type(kubectl.value("--type")) or _of_spec(_parsed(kubectl.value("--overrides")))
    if found:
        return f"makes a Service of {found} for {target}"
    address = kubectl.value("--external-ip")
    if address is not None and address.text:
        return f"makes a Service with the external IP {address.text} for {target}"
    return ""


def _create(kubectl: Kubectl) -> str:
    """`kubectl create service` and `create ingress`, `oc create route`."""
    what, *rest = [str(word) for word in kubectl.arguments] or [""]
    if what in ("service", "svc") and len(rest) > 1 and rest[0] in OPEN_TYPES:
        return f"makes Service {rest[1]} of type {OPEN_TYPES[rest[0]]}"
    if what in ("ingress", "ing") and rest:
        return f"makes Ingress {rest[0]}"
    if what in ("route", "routes") and rest and rest[0] in ("edge", "passthrough", "reencrypt"):
        target = kubectl.value("--service")
        return f"makes a Route to Service {target}" if target is not None else "makes a Route"
    return ""


def _patch(kubectl: Kubectl) -> str:
    """`kubectl patch`: of a Service, or of objects in files whose kind is not said."""
    if _kind(kubectl.arguments) != "Service" and kubectl.value("-f", "--filename") is None:
        return ""
    patch = _parsed(kubectl.value("--patch", "-p"))
    if isinstance(patch, list):
        found = next((found for operation in patch if (found := _of_operation(operation))), "")
    else:
        found = _of_spec(patch)
    target = _shown(kubectl.arguments) or "what its files name"
    return f"gives {target} {found}" if found else ""


_READERS = {"expose": _expose, "create": _create, "patch": _patch}


def _kind(arguments: Sequence[Word]) -> str:
    """The kind that `svc web`, `svc/web` or `services.v1. web` names; empty when it is none that is known."""
    if not arguments:
        return ""
    return KINDS.get(arguments[0].value.partition("/")[0].partition(".")[0].lower(), "")


def _shown(arguments: Sequence[Word]) -> str:
    """`deployment web`, `svc/web`: as it is written."""
    return " ".join(str(word) for word in arguments[: 1 if arguments and "/" in arguments[0].value else 2])


def _type(word: Word | None) -> str:
    found = OPEN_TYPES.get(word.value.lower()) if word is not None else None
    return f"type {found}" if found else ""


def _parsed(word: Word | None) -> Any:
    """A value that is JSON or YAML; None when it is neither."""
    if word is None:
        return None
    try:
        return yaml.load(word.value.replace(HOLE, _UNKNOWN))[0]
    except yaml.YamlError:  # the API server does not take it either
        return None


def _of_spec(patch: Any) -> str:
    """What a Service's own fields open: `{"spec": {"type": "NodePort"}}`."""
    spec = patch.get("spec") if isinstance(patch, dict) else None
    if not isinstance(spec, dict):
        return ""
    return _of_field("type", spec.get("type")) or _of_field("externalIPs", spec.get("externalIPs"))


def _of_operation(operation: Any) -> str:
    """What one operation of a JSON patch opens."""
    if not isinstance(operation, dict) or operation.get("op") not in ("add", "replace"):
        return ""
    path, value = str(operation.get("path")), operation.get("value")
    if path == "/spec":
        return _of_spec({"spec": value})
    if path.startswith("/spec/"):
        return _of_field(path.split("/")[2], value)
    return ""


def _of_field(name: str, value: Any) -> str:
    if name == "type":
        return f"the type {value}" if value in OPEN_TYPES.values() else ""
    addresses = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str) and item]
    if name == "externalIPs" and addresses and not any(_UNKNOWN in item for item in addresses):
        return f"the external IP {', '.join(addresses)}"
    return ""


# Helm


def _helm(command: Command) -> Exposure | None:
    install = read_helm_install(command)
    if install is None or changes_nothing(install.options):
        return None
    for flag in install.options.all("--set", "--set-string", "--set-literal", "--set-json"):
        for name, value in _settings(flag):
            if _opens(name, value):
                release = f" for release {install.release}" if install.release and install.release.text else ""
                return Exposure(f"helm {install.verb}", f"sets {name}={value}{release} past the values files")
    return None


def opens(flag: Flag) -> bool:
    """Whether a flag of Helm's sets a value that makes a chart open a Service."""
    return any(_opens(name, value) for name, value in _settings(flag))


def _settings(flag: Flag) -> Iterator[tuple[str, str]]:
    """The values that a flag sets, each with its path: `controller.service.type`."""
    if flag.value is None:
        return
    text = flag.value.value
    if flag.name == "--set-json":
        yield from _json_settings(text)
    elif flag.name == "--set-literal":
        name, _, value = text.partition("=")
        yield name, value
    else:
        for match in _ASSIGNMENTS.finditer(text):
            if match[2] is not None:
                yield match[1].strip(), match[2].strip()


def _json_settings(text: str) -> Iterator[tuple[str, str]]:
    """`--set-json 'service={"type": "NodePort"}'`, or the whole as one object."""
    name, text = ("", text) if text.lstrip().startswith("{") else (text.partition("=")[0], text.partition("=")[2])
    try:
        pending = [(name.strip(), json.loads(text.replace(HOLE, _UNKNOWN)))]
    except (ValueError, RecursionError):
        return
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            pending.extend((f"{path}.{key}".removeprefix("."), item) for key, item in reversed(value.items()))
        elif isinstance(value, str):
            yield path, value


def _opens(name: str, value: str) -> bool:
    """Whether a value makes a chart open a Service: charts call it `service.type`, `proxy.type`, `serviceType`."""
    last = name.rpartition(".")[2]
    if last.lower().endswith("type"):
        return value.lower() in OPEN_TYPES
    return last.partition("[")[0] == "externalIPs" and bool(value.strip("{} ")) and HOLE not in value
