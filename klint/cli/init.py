"""klint init: a configuration to start from."""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from klint.cli.command import Command
from klint.cli.terminal import emit, say
from klint.errors import Failure, KlintError
from klint.records import dataclass
from klint.report.escape import escape

if TYPE_CHECKING:
    from klint.workspace.bundles import Bundle

_MANY = 3
"""Reasons that are named; the others are left out."""


@click.command("init", cls=Command)
@click.argument("folder", default=".", type=click.Path())
@click.option("--output", "-o", metavar="FILE", help="Write here, not to .klint.yaml in FOLDER; - prints.")
@click.option("--force", is_flag=True, help="Replace the file when it exists.")
def command(folder: str, output: str | None, force: bool) -> None:
    """Write a .klint.yaml from what the workspace shows.

    klint looks at the manifests below FOLDER, and at what its charts and kustomizations render to, and lists the
    environments and platforms it takes them to be for, and why. What else it can be told stands there as comments.
    """
    from klint.config import FILE_NAME
    from klint.session import Session

    report = Session.of([folder], isolated=True).report()
    if report.bundles or not report.failures:
        text = configuration(report.bundles, report.workspace.root, Path(folder))
        if output == "-":
            emit(text)
        else:
            _write(text, Path(output or Path(folder) / FILE_NAME), force=force)
    if report.failures:
        raise KlintError(*report.failures)


def _write(text: str, file: Path, *, force: bool) -> None:
    try:
        with file.open("w" if force else "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise KlintError(Failure(str(file), "This file exists already", "Use --force to replace it")) from None
    except OSError as error:
        message = f"The configuration cannot be written: {error.strerror}"
        raise KlintError(Failure(str(file), message, "Choose another file with --output")) from None
    say(f"{file} is written. Correct what it says of targets, then run klint check")


@dataclass(frozen=True, order=True)
class _Facts:
    """What the configuration can say of a target."""

    environment: str
    platform: str

    @property
    def are_known(self) -> bool:
        return bool(self.environment or self.platform)


def configuration(bundles: Iterable[Bundle], root: Path, folder: Path) -> str:
    """The text of a .klint.yaml in a folder: the targets that its bundles have, and an example of everything else.

    What is rendered goes by the file that says what it is for: a kustomization, or the values of a chart. `root` is
    what the files' relative paths start at.
    """
    files: dict[tuple[str, ...], _Facts] = {}
    reasons: dict[_Facts, dict[str, None]] = defaultdict(dict)
    for bundle in bundles:
        facts = _Facts(bundle.target.environment, bundle.target.platform)
        reasons[facts].update(dict.fromkeys(bundle.target.reasons))
        for resource in bundle.resources:
            path = Path(os.path.relpath(root / resource.document.source.relative, folder)).parts
            if facts.are_known or path not in files:  # what an Application installs goes by its file, as it does itself
                files[path] = facts
    patterns: dict[_Facts, list[str]] = defaultdict(list)
    for pattern, facts in _patterns(files):
        patterns[facts].append(pattern)
    known = sorted((facts for facts in patterns if facts.are_known), reverse=True)
    lines = ["targets:" if known else "#targets:"]
    for facts in (*known, *(facts for facts in patterns if not facts.are_known)):
        lines.extend(_entry(facts, patterns[facts], [*reasons[facts]]))
    return "\n".join((_TARGETS, *lines, _EXAMPLES))


def _patterns(files: Mapping[tuple[str, ...], _Facts], depth: int = 0) -> Iterator[tuple[str, _Facts]]:
    """The outermost folders whose files all go to one target, and the files between them, as patterns."""
    if len(set(files.values())) == 1:
        path, facts = next(iter(files.items()))
        yield (_pattern(path[:depth]) + "/" if depth else "*"), facts
        return
    children: dict[str, dict[tuple[str, ...], _Facts]] = defaultdict(dict)
    for path, facts in sorted(files.items()):
        if len(path) == depth + 1:
            yield _pattern(path), facts
        else:
            children[path[depth]][path] = facts
    for child in children.values():
        yield from _patterns(child, depth + 1)


def _pattern(path: tuple[str, ...]) -> str:
    return "".join("/" + re.sub(r"([\\*?\[\]!# ])", r"\\\1", part) for part in path)


def _entry(facts: _Facts, patterns: list[str], reasons: list[str]) -> Iterator[str]:
    """One entry of `targets`; a commented one where nothing is known of the target."""
    comment = "" if facts.are_known else "#"
    if not facts.are_known:
        yield "  # Nothing tells where these go:"
    yield from (f"  # {escape(reason)}" for reason in reasons[:_MANY])
    if len(patterns) == 1:
        yield f"{comment}  - path: {_quoted(patterns[0])}"
    else:
        yield f"{comment}  - path:"
        yield from (f"{comment}      - {_quoted(pattern)}" for pattern in patterns)
    yield f"    environment: {facts.environment}" if facts.environment else "#    environment: production"
    yield f"    platform: {facts.platform}" if facts.platform else "#    platform: eks"


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w./-]+", text, re.ASCII) else json.dumps(text)


_TARGETS = """\
# What klint cannot see in the manifests. docs/configuration.md has every setting.
# To use an example, delete the # at the start of its lines.

# Where manifests go: the environment (production, staging, development, local) and the platform.
# Patterns are as in .gitignore, relative to this file. Every entry that matches applies; later ones take precedence."""

_EXAMPLES = """\
  # And what else there may be to say of a target:
#  - path: /edge/
#    environment: production
#    platform: bare-metal
#    kubernetes: "1.34"
#    node-ports: 20000-22767
  # Whether what is neither in the workspace nor below `exists` or `objects` does not exist:
#    closed-world: true
  # Whether whatever is open to the world must be declared so, with `exposure` below or klint.dev/exposure:
#    declare-exposure: true
  # What is in the cluster though no manifest here says so:
#    exists:
#      services: [billing, "auth/*"]
#      ingress-classes: [nginx]
#      gateways: [edge/public]
#      pods:
#        - app: legacy-shop

# The same for the cluster that everything goes to. `klint cluster-facts` makes this from what kubectl prints.
#cluster:
#  kubernetes: "1.34"
#  objects:
#    - {apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx}}

# Files that are linted, and files that are not.
#include: [/deploy/]
#exclude: [/deploy/vendor/, "*.generated.yaml"]

# Folders of test inputs besides testdata, fixtures and the like.
#fixtures: [/samples/]

# Rules that run, by name or layer, and rules that do not. `klint rules` lists them.
#select: [entry, distribution, routing]
#ignore: [host-port-with-replicas]

# The severity of rules: error, warning, note or off, perhaps by environment; and their options.
#rules:
#  unrouted-ingress: error
#  host-port-in-production:
#    severity: {production: error, otherwise: off}

# Custom kinds that create pods.
#workloads:
#  - group: apps.example.com
#    kind: WebApp
#    template: spec.template

# For whom things are meant to be open: public (the world), internal (a private network) or cluster.
#exposure:
#  - exposure: public
#    namespace: media
#    name: "turn-*"
#    reason: clients connect to the nodes

# Findings that are known and accepted.
#suppress:
#  - rule: host-port-in-production
#    namespace: monitoring
#    name: node-exporter
#    reason: the monitoring outside the cluster asks each node
#    expires: "2031-12-31"
"""
