"""Other linters, measured beside klint when they are on the PATH. Each does something else: see `does`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Peer:
    """A tool: how to ask its version, how to lint the current folder, and what that does.

    `command` gets the files of the folder, for tools that take no folder. `exit_codes` are those of a run that did
    its job on a workspace without mistakes in it; with any other, the tool's time is the time of a failure.
    """

    name: str
    version: Sequence[str]
    command: Callable[[Sequence[str]], Sequence[str]]
    does: str
    exit_codes: tuple[int, ...] = (0, 1)


PEERS = (
    Peer(
        "kube-linter",
        ("kube-linter", "version"),
        lambda _: ("kube-linter", "lint", "."),
        "default checks: pods' security and reliability, Services without pods",
    ),
    Peer(
        "kube-score",
        ("kube-score", "version"),
        lambda files: ("kube-score", "score", "--output-format", "ci", *files),
        "default checks: pods' security and reliability, Service and Ingress targets",
    ),
    Peer(
        "kubeconform",
        ("kubeconform", "-v"),
        lambda _: ("kubeconform", "-summary", *_schemas(), "."),
        "the JSON schema of each document of a kind that Kubernetes itself has, and nothing across documents; "
        "here with schemas on disk, which `python -m benchmarks.schemas` made of what Kubernetes publishes of its API",
        exit_codes=(0,),
    ),
    Peer(
        "checkov",
        ("checkov", "--version"),
        lambda _: ("checkov", "--directory", ".", "--framework", "kubernetes", "--quiet", "--compact",
                   "--skip-download"),
        "its Kubernetes policies, offline; pods' security for the most part",
    ),
    Peer(
        "trivy",
        ("trivy", "--version"),
        lambda _: ("trivy", "config", "--quiet", "--skip-check-update", "."),
        "its built-in checks of misconfiguration; pods' security for the most part",
    ),
)  # fmt: skip


def _schemas() -> Sequence[str]:
    """Where kubeconform has its schemas from, if not from the network: KUBECONFORM_SCHEMAS, see `schemas`."""
    location = os.environ.get("KUBECONFORM_SCHEMAS", "")
    return ("-ignore-missing-schemas", *(("-schema-location", location) if location else ()))


def installed() -> tuple[Peer, ...]:
    """Those on the PATH."""
    return tuple(peer for peer in PEERS if shutil.which(peer.version[0]))


def version(peer: Peer) -> str:
    """What a tool says of its version; of one that `go install` built and that does not know, what Go noted in it."""
    text = _printed(peer.version)
    if "development" in text and shutil.which("go"):
        text = _printed(("go", "version", "-m", str(shutil.which(peer.version[0]))))
        text = next((line for line in text.splitlines() if line.split()[:1] == ["mod"]), "")
    words = (word.lstrip("v") for word in text.replace(",", " ").split())
    return next((word for word in words if word[:1].isdigit()), "unknown")


def _printed(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def files_below(folder: Path) -> list[str]:
    """Every manifest below a folder, relative to it."""
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.yaml"))
