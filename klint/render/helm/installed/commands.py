"""What commands in scripts, Makefiles and pipelines install: `helm upgrade --install shop charts/shop -f prod.yaml`.

Followed is what stands there plainly: a chart and files of values that are in the workspace. Of the values that are
set on the command line those that only the run knows are still to be filled in.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from klint.kube.names import is_dns_label
from klint.render.helm.charts import is_chart
from klint.render.helm.request import is_release_name
from klint.render.helm.values import ValueSet
from klint.scripts.clusters import CHOOSERS, LOCAL, chosen_cluster
from klint.scripts.commands import Command, Word
from klint.scripts.exposures import opens
from klint.scripts.helm import HelmInstall, read_helm_install
from klint.scripts.options import Flag, changes_nothing
from klint.scripts.snippet import HOLE
from klint.scripts.sources import read_commands
from klint.text.source import Source
from klint.workspace.environments import environment_of_path
from klint.workspace.paths import relative_to
from klint.workspace.tree import Tree

_PROGRAMS = CHOOSERS | {"helm"}

_ELSEWHERE = ("--repo", "--post-renderer")
"""Flags with which the chart, or what becomes of it, is not what the workspace has."""

_TO_BE_FILLED_IN = "$(unknown)"

_UNFOLLOWED = ("--set-json", "--set-file", "--reuse-values", "--reset-then-reuse-values")
"""Flags that set values in ways that are not followed."""


def commanded(scripts: Iterable[Source], tree: Tree, root: Path) -> Mapping[Path, Sequence[ValueSet]]:
    """The sets of values that commands in some scripts install charts with, by the chart's folder, alike ones once.

    Not what goes into a cluster that is made for the occasion.
    """
    found: defaultdict[Path, dict[object, ValueSet]] = defaultdict(dict)
    for source in scripts:
        for folder, values in _installed(source, tree, root):
            flags = (values.sets, values.strings, values.literals)
            found[folder].setdefault((values.files, flags, values.release, values.namespace), values)
    return {folder: tuple(sets.values()) for folder, sets in found.items()}


def _installed(source: Source, tree: Tree, root: Path) -> Iterator[tuple[Path, ValueSet]]:
    script, local = root / source.relative, set[str]()
    for command in read_commands(source, _PROGRAMS):
        if chosen_cluster(command, None) == LOCAL:
            local.add(command.context.unit)
        install = read_helm_install(command)
        if install is None or command.context.local_cluster or command.context.unit in local:
            continue
        directory = command.context.working_directory
        for start in dict.fromkeys((root / directory, script.parent / directory, root, script.parent)):
            found = _from(start, install, command, tree, root)
            if found is not None:
                yield found
                break


def _from(start: Path, install: HelmInstall, command: Command, tree: Tree, root: Path) -> tuple[Path, ValueSet] | None:
    """The chart and its values, where a command runs in some folder; None where they are not all there."""
    options = install.options
    folder = _path(start, install.chart.value) if install.chart else None
    names = [name for flag in options.all("-f", "--values") if flag.value for name in flag.value.value.split(",")]
    files = [path for name in names if (path := _path(start, name)) is not None and tree.is_file(path)]
    if folder is None or not is_chart(folder, tree) or len(files) < len(names):
        return None
    given = [*options.all("--set", "--set-string", "--set-literal")]
    followed = [(flag.name, text) for flag in given if (text := _assignment(flag))]
    if not (files or followed) or options.last(*_ELSEWHERE) or changes_nothing(options):
        return None
    release, namespace = _plain(install.release), options.last("-n", "--namespace")
    told = (*(relative_to(root, file) for file in reversed(files)), command.source.relative)
    said = (command.source.path, command.context.unit, f"helm {install.verb} {release}".rstrip())
    is_open = any(word.is_open for word in options.positionals)
    return folder, ValueSet(
        name=", ".join(filter(None, said)),
        files=tuple(files),
        sets=tuple(text for name, text in followed if name == "--set"),
        strings=tuple(text for name, text in followed if name == "--set-string"),
        literals=tuple(text for name, text in followed if name == "--set-literal"),
        release=release if is_release_name(release) else ValueSet.release,
        namespace=plain if namespace and is_dns_label(plain := _plain(namespace.value)) else "",
        target=next(filter(environment_of_path, told), ""),
        skips_definitions=options.last("--skip-crds") is not None,
        is_partial=is_open
        or len(followed) < len(given)
        or options.last(*_UNFOLLOWED) is not None
        or any(_TO_BE_FILLED_IN in text for _, text in followed),
    )


def _assignment(flag: Flag) -> str:
    """What a flag sets; empty where that is not known, or opens a Service: that is told of the command itself."""
    name, equals, value = flag.value.value.partition("=") if flag.value else ("", "", "")
    is_followed = equals and HOLE not in name and not opens(flag)
    return f"{name}={value.replace(HOLE, _TO_BE_FILLED_IN)}" if is_followed else ""


def _plain(word: Word | None) -> str:
    return (word.text or "") if word is not None else ""


def _path(start: Path, text: str) -> Path | None:
    """Where a path leads; `$(dirname "$0")/values.yaml` as if the script's folder were the one that it runs in."""
    rest = text.removeprefix(f"{HOLE}/")
    return Path(os.path.normpath(start / rest)) if rest and HOLE not in rest and "\0" not in rest else None
