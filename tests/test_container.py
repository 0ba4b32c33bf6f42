"""The Containerfile: it names everything by digest, takes what it copies from the repository, and needs no more."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LINES = [line for line in (ROOT / "Containerfile").read_text("utf-8").splitlines() if line and not line.startswith("#")]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def arguments(instruction: str) -> list[str]:
    return [line.partition(" ")[2] for line in LINES if line.startswith(f"{instruction} ")]


def locked(name: str) -> dict[str, str]:
    """The version of each package in a lock file, all of whose entries have hashes."""
    text = (ROOT / "container" / name).read_text("utf-8")
    entry = r"^([a-z0-9.-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)"
    entries = re.findall(entry, text, re.MULTILINE)
    assert entries
    assert len(entries) == len(re.findall("==", text))
    return {str(canonicalize_name(package)): version for package, version, _ in entries}


def wanted(requirements: list[str]) -> list[Requirement]:
    return [Requirement(item) for item in requirements]


def test_the_base_is_named_by_digest_and_the_same_in_both_stages() -> None:
    first, second = arguments("FROM")
    assert re.fullmatch(r"docker\.io/library/python:3\.13\.\d+-slim-\w+@sha256:[0-9a-f]{64}", second)
    assert first == f"{second} AS build"


@pytest.mark.parametrize(
    ("file", "requirements"),
    [
        (
            "requirements.txt",
            [
                *PROJECT["project"]["dependencies"],
                *PROJECT["project"]["optional-dependencies"]["helm"],
                *PROJECT["project"]["optional-dependencies"]["kustomize"],
            ],
        ),
        ("build.txt", PROJECT["build-system"]["requires"]),
    ],
)
def test_what_klint_needs_is_locked(file: str, requirements: list[str]) -> None:
    versions = locked(file)
    for requirement in wanted(requirements):
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), str(requirement)


def test_packages_are_installed_by_their_hashes() -> None:
    installs = [part for run in arguments("RUN") for part in run.split("&&") if " install " in part]
    assert len(installs) == 3
    for command in installs:
        assert ("--require-hashes" in command) == ("--requirement container/" in command)
        assert "--require-hashes" in command or "--no-index" in command


def test_what_is_copied_is_there_and_what_the_wheel_needs_is_copied() -> None:
    copied = [name for line in arguments("COPY") if "--from" not in line for name in line.split()[:-1]]
    assert all((ROOT / name).exists() for name in copied)
    shared = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert {"pyproject.toml", "klint", "rules", PROJECT["project"]["readme"], *shared} <= set(copied)
    assert set(PROJECT["project"]["license-files"]) <= set(copied)


def test_it_runs_klint_as_nobody() -> None:
    assert LINES[-4:] == ["USER 65532:65532", "WORKDIR /src", 'ENTRYPOINT ["klint"]', 'CMD ["check"]']
