"""Files that people keep sets of values in, and which chart each is for.

Helm takes any file for values (`helm install -f`), so nothing but the names of files and folders says what one is, and
nothing but the keys in it whether a chart can be meant. Most lie in the chart's folder. Others lie in a folder for
values beside that of the charts: `deploy/values/production.yaml` beside `deploy/charts/shop`, `environments/production/
shop.yaml` beside `charts/shop`.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from klint.kube.objects import is_object
from klint.records import dataclass
from klint.regex import regex
from klint.render.helm.charts import Chart
from klint.render.helm.known_keys import KnownKeys
from klint.render.helm.values import ValueSet
from klint.workspace.environments import environment_of_name, without_environment
from klint.workspace.rendering import Sources

_YAML = (".yaml", ".yml")
_VALUES_FILE = regex(r"values[-._].+\.ya?ml\Z|.+[-._]values\.ya?ml\Z")
_VALUES_FOLDERS = ("values", "env", "envs", "environments")
_ENVIRONMENT_VALUES = regex(r"(?:env|envs|environments)/[^/]+/values\.ya?ml\Z")
_NO_VALUES = regex(r"[._-](?:tmpl|tpl|gotmpl|template|schema|j2)[._-]")
"""What values are made from, or shown with, is no set of values."""

_DEPLOYMENTS = ("deploy", "deployment", "deployments", "helm", "k8s", "kubernetes", "ops")
"""Folders of what is deployed: the charts may lie beside them."""


def value_sets(chart: Chart, is_chart: Callable[[str], bool] = lambda _: False) -> Iterator[ValueSet]:
    """The chart's own values, and one set for each file of values that stands where people keep them.

    These are values files beside the chart's own or in `ci/`, and one an environment in folders made for that. What is
    made for another chart is no set of this one: a file that is called after one (`is_chart` tells whether the
    workspace has a chart of some name) or after neither an environment nor this one, and whose keys are mostly unknown.
    """
    yield ValueSet()
    keys = KnownKeys(chart)
    names = {chart.name, chart.folder.name, *chart.subchart_names}
    for name, file in sorted(chart.files.items(), key=lambda item: (item[0].count("/"), item[0])):
        folder, _, own = name.rpartition("/")
        if file.disk is None or _NO_VALUES.search(own):
            continue
        is_named_so = folder in ("", "ci") and _VALUES_FILE.match(own)
        is_of_environment = (folder in _VALUES_FOLDERS and own.endswith(_YAML)) or _ENVIRONMENT_VALUES.match(name)
        if not is_named_so and (not is_of_environment or is_object(chart.yaml(name))):
            continue
        subject = without_environment(own.rpartition(".")[0])
        is_own = subject in ("", *names) or (not is_chart(subject) and keys.include_most(chart.yaml(name)))
        if is_own:
            yield ValueSet(name, (file.disk,))


def sets_beside(chart: Chart, files: Iterable[Path], sources: Sources) -> Iterator[ValueSet]:
    """Files of values beside a chart that it knows most of."""
    keys = KnownKeys(chart)
    for path in files:
        found = [document.data for document in sources.documents(path)]
        if len(found) == 1 and not is_object(found[0]) and keys.include_most(found[0]):
            yield ValueSet(sources.shown(path), (path,))


@dataclass(frozen=True)
class _Kept:
    """A file that is called as values are: the folder that their folder is in, and what its name is of."""

    path: Path
    beside: Path
    subject: str
    environment: str


def values_beside(
    folders: Iterable[Path], names: Callable[[], Mapping[Path, str]], files: Iterable[Path], root: Path
) -> Mapping[Path, list[Path]]:
    """Files of values outside of all charts, by the folder of the chart that each is plainly for.

    It is for the only chart beside it that its name or its folders name; where they name nothing but an environment,
    for the only chart that there is beside it.

    Args:
        folders: those of all charts.
        names: tells the names of those that can be read, by their folders: all of them are read for that.
        files: any files.
        root: the folder that all of them are in.
    """
    inside = frozenset(folders)
    maybe = [kept for path in files if (kept := _kept(path, root)) and inside.isdisjoint(path.parents)]
    found: dict[Path, list[Path]] = defaultdict(list)
    nearby: dict[Path, dict[str, Path]] = {}
    charts = names() if maybe else {}
    for kept in maybe:
        if kept.beside not in nearby:
            nearby[kept.beside] = _charts_near(kept.beside, charts, root)
        near = nearby[kept.beside]
        if kept.subject:
            folder = near.get(kept.subject)
        else:
            folder = next(iter(near.values())) if kept.environment and len(set(near.values())) == 1 else None
        if folder is not None:
            found[folder].append(kept.path)
    return found


def _kept(path: Path, root: Path) -> _Kept | None:
    """A file outside of charts as one of values, by its name alone."""
    if not path.name.endswith(_YAML) or _NO_VALUES.search(path.name) or not path.is_relative_to(root):
        return None
    parts = path.relative_to(root).parts
    index = next((index for index, part in enumerate(parts[:-1]) if part in _VALUES_FOLDERS), None)
    if index is None and not _VALUES_FILE.match(path.name):
        return None
    beside = path.parent if index is None else root.joinpath(*parts[:index])
    names = [path.name.rpartition(".")[0]] if index is None else [*parts[index:-1], path.name.rpartition(".")[0]]
    subjects = {subject for name in names if name not in _VALUES_FOLDERS and (subject := without_environment(name))}
    environment = next((told for name in names if (told := environment_of_name(name))), "")
    return _Kept(path, beside, subjects.pop() if subjects else "", environment) if len(subjects) < 2 else None


def _charts_near(folder: Path, charts: Mapping[Path, str], root: Path) -> dict[str, Path]:
    """The charts below a folder, by what they may be called; for a folder of what is deployed, those around it."""
    below = _below(folder, charts)
    if not below and folder != root and folder.name in _DEPLOYMENTS:
        below = _below(folder.parent, charts)
    named: dict[str, Path] = {}
    for name, chart in sorted((name, folder) for folder in below for name in {charts[folder], folder.name}):
        named.setdefault(without_environment(name) or name, chart)
    return named


def _below(folder: Path, charts: Iterable[Path]) -> list[Path]:
    prefix = f"{folder}{os.sep}"
    return [chart for chart in charts if str(chart).startswith(prefix)]
