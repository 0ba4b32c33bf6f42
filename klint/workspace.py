"""Paths → files → documents: what one run looks at, and what it passes over and why."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from klint import config as configuration
from klint.config import Config
from klint.document import Document, Problem, Source, read_documents
from klint.errors import Failure
from klint.kube.cluster import FLAG, is_cluster_settings
from klint.kube.objects import is_object
from klint.kube.resource import mapping, sequence, string
from klint.patterns import Patterns
from klint.records import dataclass, field
from klint.render.rendering import Rendering

SUFFIXES = (".yaml", ".yml", ".kyaml", ".json")
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
MAX_FILE_SIZE = 16 * 2**20
"""Bytes. The largest manifests in public repositories, bundles of CRDs, stay below 6 MB."""

STDIN_NAME = "<stdin>"

_SKIPPED_FOLDERS = frozenset(
    (".git", ".hg", ".svn", ".jj", "node_modules", ".venv", "venv", "__pycache__", ".terraform", ".tox")
)


@dataclass(frozen=True)
class PassedOver:
    """A file that was seen and not linted, and the reason."""

    path: str
    reason: str


@dataclass(frozen=True)
class Workspace:
    """The files of one run, read.

    `root` is the folder that patterns and bundles are relative to: the configuration's, else the repository's, else
    the one all paths share. `documents` are Kubernetes manifests and cluster files, in the order of their paths;
    documents that do not parse are among them. `is_whole` is set when the paths cover the root. `charts` and
    `kustomizations` are the folders that hold one; `renderings` are what became of them once they are rendered.
    `others` are files that may carry scripts, `scripts` those that do, once they are read.
    """

    root: Path
    config: Config
    documents: tuple[Document, ...]
    passed_over: tuple[PassedOver, ...] = ()
    failures: tuple[Failure, ...] = ()
    files: int = 0
    is_whole: bool = False
    charts: tuple[Path, ...] = ()
    kustomizations: tuple[Path, ...] = ()
    renderings: tuple[Rendering, ...] = ()
    others: tuple[Path, ...] = ()
    scripts: tuple[Source, ...] = ()

    def problems(self, rule: str) -> Iterator[Problem]:
        """What one of klint's own rules has to say of documents as text, rendered ones included, and of rendering."""
        return (problem for problem in self._problems() if problem.rule == rule)

    def _problems(self) -> Iterator[Problem]:
        rendered = (document for rendering in self.renderings for document in rendering.documents)
        for document in (*self.documents, *rendered):
            yield from document.problems
        for rendering in self.renderings:
            yield from rendering.problems


@dataclass
class _Files:
    """What the search for files gathers. `top` is the repository's root, where .gitignore files end to count."""

    root: Path
    top: Path
    config: Config
    respect_gitignore: bool
    found: dict[str, Path] = field(default_factory=dict)
    passed_over: list[PassedOver] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    gitignores: dict[Path, _Gitignores] = field(default_factory=dict)
    charts: list[Path] = field(default_factory=list)
    kustomizations: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)

    def pass_over(self, path: Path, reason: str) -> None:
        self.passed_over.append(PassedOver(shown(path), reason))


def open_workspace(
    paths: Sequence[str],
    *,
    config_file: str | None = None,
    isolated: bool = False,
    stdin: TextIO | None = None,
    stdin_name: str = STDIN_NAME,
    respect_gitignore: bool = True,
    force_exclude: bool = False,
) -> Workspace:
    """Find and read the files below the paths; `-` stands for `stdin`.

    Raises:
        KlintError: the configuration cannot be used.
    """
    named = [Path(os.path.abspath(path)) for path in paths if path != "-"]
    root, config = _root_and_config(named, config_file, isolated)
    files = _Files(root, repository_root(root) or root, config, respect_gitignore)
    for path in sorted(set(named)):
        _add_named(files, path, force_exclude)
    sources = []
    if stdin is not None and "-" in paths:
        path = Path(os.path.abspath(stdin_name))
        files.found.pop(shown(path), None)  # an editor's version of a file goes before the one on disk
        relative = "" if stdin_name == STDIN_NAME else relative_to(root, path)
        text = stdin.read(MAX_FILE_SIZE + 1).removeprefix("\ufeff")
        is_oversized = len(text) > MAX_FILE_SIZE
        sources.append(Source(stdin_name, "" if is_oversized else text, relative, is_oversized=is_oversized))
    fragments = _named_by_kustomizations(files, named)
    for name, path in sorted(files.found.items()):
        if str(path) in fragments:
            files.pass_over(path, fragments[str(path)])
        elif path.name in KUSTOMIZATIONS:
            files.pass_over(path, "a kustomization")
        else:
            source = _read(files, name, path)
            if source is not None:
                sources.append(source)
    documents = [document for source in sources for document in _documents(files, source)]
    return Workspace(
        root,
        config,
        tuple(documents),
        tuple(files.passed_over),
        tuple(files.failures),
        len(sources),
        any(root.is_relative_to(path) for path in named),
        tuple(files.charts),
        tuple(files.kustomizations),
        others=tuple(dict.fromkeys(files.others)),
    )


def shown(path: Path) -> str:
    """A path as reports show it: relative to the working directory where that is shorter, with forward slashes."""
    return _below(Path.cwd(), path) or path.as_posix()


def repository_root(path: Path) -> Path | None:
    """The folder of the git repository that a path is in."""
    return next((folder for folder in (path, *path.parents) if (folder / ".git").exists()), None)


def project_root(paths: Sequence[str], *, config_file: str | None = None, isolated: bool = False) -> Path:
    """The folder that a run on these paths is relative to, whether the paths exist or not.

    Raises:
        KlintError: the configuration cannot be used.
    """
    return _root_and_config([Path(os.path.abspath(path)) for path in paths], config_file, isolated)[0]


def _root_and_config(paths: list[Path], config_file: str | None, isolated: bool) -> tuple[Path, Config]:
    start = Path(os.path.commonpath(paths)) if paths else Path.cwd()
    if start.is_file():
        start = start.parent
    repository = repository_root(start)
    fallback = repository or (Path.cwd() if start.is_relative_to(Path.cwd()) else start)
    if config_file is not None:
        file = Path(os.path.abspath(config_file))
        return file.parent, configuration.load_config(file, shown(file))
    if not isolated:
        for folder in (start, *start.parents):
            file = folder / configuration.FILE_NAME
            if file.is_file():
                return folder, configuration.load_config(file, shown(file))
            if folder == repository:
                break
    return fallback, Config()


def _add_named(files: _Files, path: Path, force_exclude: bool) -> None:
    if not path.exists():
        files.failures.append(Failure(shown(path), "There is no such file or folder", "Check the path"))
    elif path.is_dir():
        if _excluded_by_git(files, path, is_folder=True):
            files.gitignores[path] = _gitignore(path)  # who names an ignored folder wants what is in it
        _add_folder(files, path)
    elif force_exclude and _excluded(files, path, is_folder=False):
        files.pass_over(path, "excluded")
    elif path.is_file():
        if not path.name.endswith(SUFFIXES):
            files.others.append(path)
        files.found.setdefault(shown(path), path)
    else:
        files.failures.append(Failure(shown(path), "This is neither a file nor a folder", "Name a file or `-`"))


def _add_folder(files: _Files, folder: Path) -> None:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        files.failures.append(Failure(shown(folder), f"The folder cannot be read: {error.strerror}", "Exclude it"))
        return
    names = {entry.name for entry in entries}
    if "Chart.yaml" in names:
        files.charts.append(folder)
    if not names.isdisjoint(KUSTOMIZATIONS):
        files.kustomizations.append(folder)
    for entry in entries:
        path = Path(entry.path)
        if entry.is_symlink() and not _follow(files, path):
            continue
        if entry.is_dir(follow_symlinks=False):
            if entry.name in _SKIPPED_FOLDERS or _excluded(files, path, is_folder=True):
                continue
            if entry.name == "templates" and "Chart.yaml" in names:
                files.pass_over(path, "templates of a Helm chart")
                continue
            _add_folder(files, path)
        elif entry.name in KUSTOMIZATIONS or entry.name.endswith(SUFFIXES):
            if _excluded(files, path, is_folder=False):
                files.pass_over(path, "excluded")
            elif not entry.is_file(follow_symlinks=False):
                files.pass_over(path, "no regular file")
            else:
                files.others.append(path)
                files.found.setdefault(shown(path), path)
        elif entry.is_file(follow_symlinks=False) and not _excluded(files, path, is_folder=False):
            files.others.append(path)


def _follow(files: _Files, path: Path) -> bool:
    """Links to files outside the workspace and to folders are not followed: what they lead to is not in here."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        if isinstance(error, RuntimeError) or getattr(error, "errno", 0) == 40:
            files.failures.append(Failure(shown(path), "This link leads back to itself", "Remove or exclude it"))
        else:
            files.pass_over(path, "a link that leads nowhere")
        return False
    if path.is_relative_to(target):
        files.failures.append(Failure(shown(path), "This link leads to a folder that holds it", "Remove or exclude it"))
    elif target.is_dir():
        files.pass_over(path, "a link to a folder")
    elif target.is_relative_to(files.root):
        files.pass_over(path, f"a link to {shown(target)}")
    else:
        files.pass_over(path, "a link out of the workspace")
    return False


def _excluded(files: _Files, path: Path, *, is_folder: bool) -> bool:
    config = files.config
    if config.exclude.lines or config.include.lines:
        relative = relative_to(files.root, path) + ("/" if is_folder else "")
        if config.exclude.match(relative):
            return True
        if not is_folder and config.include.lines and not config.include.match(relative):
            return True
    return _excluded_by_git(files, path, is_folder=is_folder)


def _excluded_by_git(files: _Files, path: Path, *, is_folder: bool) -> bool:
    """The innermost .gitignore that has an opinion decides."""
    if files.respect_gitignore:
        for folder, patterns in _gitignores(files, path.parent):
            decision = patterns.decision(relative_to(folder, path) + ("/" if is_folder else ""))
            if decision is not None:
                return decision
    return False


_Gitignores = tuple[tuple[Path, Patterns], ...]


def _gitignores(files: _Files, folder: Path) -> _Gitignores:
    """The .gitignore files that rule what is in a folder, the innermost first, up to the repository's root."""
    found = files.gitignores.get(folder)
    if found is None:
        is_outermost = folder in (files.top, folder.parent) or (folder / ".git").exists()
        found = _gitignore(folder) + (() if is_outermost else _gitignores(files, folder.parent))
        files.gitignores[folder] = found
    return found


def _gitignore(folder: Path) -> _Gitignores:
    try:
        lines = (folder / ".gitignore").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    return ((folder, Patterns(tuple(lines))),)


def relative_to(root: Path, path: Path) -> str:
    """A path from a folder, with forward slashes."""
    return _below(root, path) or Path(os.path.relpath(path, root)).as_posix()


def _below(folder: Path, path: Path) -> str:
    """The path from a folder that holds it; empty if it does not. As text: pathlib takes its time."""
    prefix, text = str(folder), str(path)
    if text == prefix:
        return "."
    prefix = prefix if prefix.endswith(os.sep) else prefix + os.sep
    return text.removeprefix(prefix).replace(os.sep, "/") if text.startswith(prefix) else ""


def _read(files: _Files, name: str, path: Path) -> Source | None:
    """The file as text, if it may hold manifests at all."""
    try:
        if path.stat().st_size > MAX_FILE_SIZE:
            return _oversized(files, name, path)
        data = path.read_bytes()
    except OSError as error:
        files.failures.append(Failure(name, f"The file cannot be read: {error.strerror}", "Fix that or exclude it"))
        return None
    if _is_chart_template(path):
        files.pass_over(path, "a template of a Helm chart")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = "a binary file" if b"\0" in data[:8192] else f"not UTF-8 text (byte {error.start})"
        what = "UTF-16 text" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else what
        files.failures.append(Failure(name, f"This is {what}", "Save it as UTF-8 or exclude it"))
        return None
    if "\0" in text:
        files.failures.append(Failure(name, "This is a binary file", "Exclude it"))
        return None
    if "apiVersion" not in text and FLAG not in text:
        files.others.append(path)
        files.pass_over(path, "no Kubernetes manifest")
        return None
    return Source(name, text, relative_to(files.root, path), has_bom=data.startswith(codecs.BOM_UTF8))


def _oversized(files: _Files, name: str, path: Path) -> Source | None:
    with path.open("rb") as stream:
        if b"apiVersion" not in stream.read(65536):
            files.pass_over(path, "no Kubernetes manifest")
            return None
    return Source(name, "", relative_to(files.root, path), is_oversized=True)


def _is_chart_template(path: Path) -> bool:
    return "templates" in path.parts and any(
        folder.name == "templates" and (folder.parent / "Chart.yaml").is_file() for folder in path.parents
    )


def _documents(files: _Files, source: Source) -> Iterator[Document]:
    """The documents of a source that are manifests or cluster files, or could be if they parsed."""
    if source.is_oversized:
        limit = MAX_FILE_SIZE // 2**20
        problem = Problem("not-analysed", f"The file is larger than {limit} MiB", source.span(0, 0))
        yield Document(source, 0, 0, None, (problem,))
        return
    kept = False
    for document in read_documents(source):
        if _is_relevant(document):
            kept = True
            yield document
    if not kept:
        files.passed_over.append(PassedOver(source.path, "no Kubernetes manifest"))


def _is_relevant(document: Document) -> bool:
    if document.data is None:
        return bool(document.problems) and ("apiVersion" in document.text or "kind:" in document.text)
    return is_object(document.data) or is_cluster_settings(document.data)


def _named_by_kustomizations(files: _Files, named: Sequence[Path]) -> dict[str, str]:
    """Files that a kustomization uses as something else than a resource: patches, values, generator inputs."""
    above = {folder for path in named for folder in path.parents if folder.is_relative_to(files.root)}
    fragments: dict[str, str] = {}
    for folder in sorted({*files.kustomizations, *above}):
        for name in KUSTOMIZATIONS:
            for used, what in _fragments(folder / name):
                fragments.setdefault(os.path.normpath(folder / used), f"{what} of {shown(folder / name)}")
    return fragments


def _fragments(file: Path) -> Iterator[tuple[str, str]]:
    try:
        source = Source(str(file), file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return
    for document in read_documents(source):
        data = mapping(document.data)
        for field_name in ("patches", "patchesJson6902", "replacements"):
            yield from ((string(mapping(item).get("path")), "a patch") for item in sequence(data.get(field_name)))
        yield from ((string(item), "a patch") for item in sequence(data.get("patchesStrategicMerge")))
        for chart in map(mapping, sequence(data.get("helmCharts"))):
            values = (chart.get("valuesFile"), *sequence(chart.get("additionalValuesFiles")))
            yield from ((string(item), "chart values") for item in values)
        for generator in ("configMapGenerator", "secretGenerator"):
            for item in map(mapping, sequence(data.get(generator))):
                yield from ((string(entry).rpartition("=")[2], "an input") for entry in sequence(item.get("files")))
        for field_name in ("configurations", "crds", "transformers", "generators", "validators"):
            yield from ((string(item), "a setting") for item in sequence(data.get(field_name)))
