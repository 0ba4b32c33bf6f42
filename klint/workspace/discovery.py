"""Paths → files → documents: what one run looks at, and what it passes over and why."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from klint.config.config import FILE_NAME, Config
from klint.config.patterns import Patterns
from klint.errors import Failure, KlintError
from klint.kube.cluster import FLAG, is_cluster_settings
from klint.kube.objects import is_object
from klint.kube.resource import mapping, sequence, string
from klint.records import dataclass, field
from klint.text.document import Document, Problem
from klint.text.encoding import NotTextError, decode, looks_like_a_manifest
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.configuration import load_config
from klint.workspace.git import Tracked, repository_root
from klint.workspace.rendering import Rendering
from klint.workspace.tree import MAX_FILE_SIZE, OutsideError, TooLargeError, Tree, UnreadableError

SUFFIXES = (".yaml", ".yml", ".kyaml", ".json")
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
MAX_GITIGNORE_SIZE = 2**20
"""Bytes. What is larger says nothing."""

STDIN_NAME = "<stdin>"

_HISTORIES = frozenset((".git", ".hg", ".svn", ".jj"))
"""Folders in which version control keeps what it knows: no part of what is linted."""

_TOOL_FOLDERS = frozenset(("node_modules", ".venv", "venv", "__pycache__", ".terraform", ".klint_cache", ".tox"))
"""Folders that tools fill with what others wrote. What git tracks in them somebody wanted there."""


@dataclass(frozen=True)
class PassedOver:
    """A file that was seen and not linted, and the reason."""

    path: str
    reason: str


@dataclass(frozen=True)
class Workspace:
    """The files of one run, read.

    `root` is the folder that patterns and bundles are relative to: the configuration's, else the repository's, else
    the one all paths share; `tree` is what everything is read through. `documents` are Kubernetes manifests and
    cluster files, in the order of their paths; documents that do not parse are among them. `is_whole` is set when the
    paths cover the root. `charts` and `kustomizations` are the folders that hold one; `renderings` are what became of
    them once they are rendered. `others` are files that may carry scripts, `scripts` those that do, once they are
    read.
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
    tree: Tree = field(default_factory=lambda: Tree(Path()))

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
    """What the search for files gathers. `tree` is the repository, where .gitignore files end to count."""

    root: Path
    tree: Tree
    config: Config
    respect_gitignore: bool
    found: dict[str, Path] = field(default_factory=dict)
    passed_over: list[PassedOver] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    gitignores: dict[Path, _Gitignores] = field(default_factory=dict)
    tracked: dict[Path, Tracked] = field(default_factory=dict)
    charts: list[Path] = field(default_factory=list)
    kustomizations: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)

    def pass_over(self, path: Path, reason: str) -> None:
        self.passed_over.append(PassedOver(shown(path), reason))

    def fail(self, path: Path, message: str, remedy: str) -> None:
        self.failures.append(Failure(shown(path), message, remedy))


def open_workspace(
    paths: Sequence[str],
    *,
    config_file: str | None = None,
    isolated: bool = False,
    stdin: BinaryIO | None = None,
    stdin_name: str = STDIN_NAME,
    respect_gitignore: bool = True,
    force_exclude: bool = False,
) -> Workspace:
    """Find and read the files below the paths; `-` stands for `stdin`.

    Raises:
        KlintError: the configuration cannot be used, or the working directory is gone.
    """
    named = _absolute(paths)
    root, tree, config = _root_and_config(named, config_file, isolated)
    files = _Files(root, tree, config, respect_gitignore)
    for path in sorted(set(named)):
        _add_named(files, path, force_exclude)
    sources = []
    if stdin is not None and "-" in paths:
        files.found.pop(shown(Path(os.path.abspath(stdin_name))), None)  # an editor's version goes before the disk's
        source = _read_stdin(files, stdin, stdin_name)
        if source is not None:
            sources.append(source)
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
        tree=tree,
    )


def shown(path: Path) -> str:
    """A path as reports show it: relative to the working directory where that is shorter, with forward slashes."""
    return _below(Path.cwd(), path) or path.as_posix()


def project_root(paths: Sequence[str], *, config_file: str | None = None, isolated: bool = False) -> Path:
    """The folder that a run on these paths is relative to, whether the paths exist or not.

    Raises:
        KlintError: the configuration cannot be used.
    """
    return _root_and_config(_absolute(paths), config_file, isolated)[0]


def _absolute(paths: Sequence[str]) -> list[Path]:
    try:
        Path.cwd()
    except OSError:
        message = "The working directory is not there any more"
        raise KlintError(Failure("", message, "Change to one that is")) from None
    return [Path(os.path.abspath(path)) for path in paths if path != "-"]


def _root_and_config(paths: list[Path], config_file: str | None, isolated: bool) -> tuple[Path, Tree, Config]:
    """The root, all that may be read, and the configuration.

    The configuration is looked for up to the repository's root. Outside of a repository a folder above may be anybody's
    (`/tmp`), so there it is looked for no higher than the working directory, and only if the paths are below that.
    """
    start = Path(os.path.commonpath(paths)) if paths else Path.cwd()
    if start.is_file():
        start = start.parent
    repository = repository_root(start)
    fallback = repository or (Path.cwd() if start.is_relative_to(Path.cwd()) else start)
    tree = Tree(fallback)
    if config_file is not None:
        file = Path(os.path.abspath(config_file))
        return file.parent, tree, load_config(Tree(Path(file.anchor)), file, shown(file))
    if not isolated:
        for folder in (start, *start.parents):
            file = folder / FILE_NAME
            if os.path.lexists(file):
                return folder, tree, load_config(tree, file, shown(file))
            if folder == fallback:
                break
    return fallback, tree, Config()


def _add_named(files: _Files, path: Path, force_exclude: bool) -> None:
    try:
        files.tree.real(path)
    except UnreadableError as error:
        files.fail(path, f"This is not read: {error.strerror}", "Name a file or folder of the workspace")
        return
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            files.fail(path, "There is no such file or folder", "Check the path")
        else:
            files.fail(path, f"This cannot be read: {error.strerror}", "Fix that or exclude it")
        return
    if files.tree.is_folder(path):
        if _ignored_by_git(files, path, is_folder=True):
            files.gitignores[path] = _gitignore(files.tree, path)  # who names an ignored folder wants what is in it
        _add_folder(files, path)
    elif force_exclude and (
        _excluded(files, path, is_folder=False) or _unwanted_by_git(files, path, is_folder=False, above=False)
    ):
        files.pass_over(path, "excluded")
    elif files.tree.is_file(path):
        if not path.name.endswith(SUFFIXES):
            files.others.append(path)
        files.found.setdefault(shown(path), path)
    else:
        files.fail(path, "This is neither a file nor a folder", "Name a file or `-`")


def _add_folder(files: _Files, folder: Path) -> None:
    """All that is below a folder, in the order of the paths. Folders may be nested deeper than Python's calls."""
    waiting = [_add_entries(files, folder, is_unwanted=False)]
    while waiting:
        found = next(waiting[-1], None)
        if found is None:
            waiting.pop()
        else:
            waiting.append(_add_entries(files, found[0], is_unwanted=found[1]))


def _add_entries(files: _Files, folder: Path, *, is_unwanted: bool) -> Iterator[tuple[Path, bool]]:
    """Add what is in a folder; yield each folder in it when its turn comes, and whether only tracked files count."""
    try:
        entries = files.tree.entries(folder)
    except OSError as error:
        files.fail(folder, f"The folder cannot be read: {error.strerror}", "Exclude it")
        return
    names = {entry.name for entry in entries}
    if "Chart.yaml" in names:
        files.charts.append(folder)
    if not names.isdisjoint(KUSTOMIZATIONS):
        files.kustomizations.append(folder)
    for entry in entries:
        path = folder / entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        is_manifest = not is_folder and (entry.name in KUSTOMIZATIONS or entry.name.endswith(SUFFIXES))
        if entry.name in _HISTORIES:
            continue
        if entry.is_symlink():
            files.pass_over(path, _link(files.tree, path))
        elif _excluded(files, path, is_folder=is_folder):
            if is_folder or is_manifest:
                files.pass_over(path, "excluded")
        elif _unwanted_by_git(files, path, is_folder=is_folder, above=is_unwanted):
            if is_folder or is_manifest:
                files.pass_over(path, "ignored by git")
        elif is_folder:
            is_tools = entry.name in _TOOL_FOLDERS
            if is_tools and not _tracked(files, folder).has_files_in(path):
                files.pass_over(path, "a tool's folder")
            elif entry.name == "templates" and "Chart.yaml" in names:
                files.pass_over(path, "templates of a Helm chart")
            else:
                yield path, is_unwanted or is_tools or _ignored_by_git(files, path, is_folder=True)
        elif entry.is_file(follow_symlinks=False):
            files.others.append(path)
            if is_manifest:
                files.found.setdefault(shown(path), path)
        elif is_manifest:
            files.pass_over(path, "no regular file")


def _link(tree: Tree, path: Path) -> str:
    """What a link is. None is followed: what it leads to is linted where it is, or not in here."""
    try:
        target = tree.real(path)
    except OutsideError:
        return "a link out of the workspace"
    except OSError as error:
        return "a link that leads back to itself" if error.errno == errno.ELOOP else "a link that leads nowhere"
    if Path(tree.real(path.parent)).is_relative_to(target):
        return "a link to a folder that holds it"
    return "a link to a folder" if tree.is_folder(path) else f"a link to {shown(Path(target))}"


def _excluded(files: _Files, path: Path, *, is_folder: bool) -> bool:
    """Whether the configuration excludes a path."""
    config = files.config
    if not (config.exclude.lines or config.include.lines):
        return False
    relative = relative_to(files.root, path) + ("/" if is_folder else "")
    if config.exclude.match(relative):
        return True
    return not is_folder and bool(config.include.lines) and not config.include.match(relative)


def _unwanted_by_git(files: _Files, path: Path, *, is_folder: bool, above: bool) -> bool:
    """Whether git ignores a path and tracks nothing of it; `above` is whether it ignores the folder that holds it."""
    if not above and not _ignored_by_git(files, path, is_folder=is_folder):
        return False
    tracked = _tracked(files, path.parent)
    return not (tracked.has_files_in(path) if is_folder else tracked.has_file(path))


def _ignored_by_git(files: _Files, path: Path, *, is_folder: bool) -> bool:
    """The innermost .gitignore that has an opinion decides."""
    if files.respect_gitignore:
        for folder, patterns in _gitignores(files, path.parent):
            decision = patterns.decision(relative_to(folder, path) + ("/" if is_folder else ""))
            if decision is not None:
                return decision
    return False


def _tracked(files: _Files, folder: Path) -> Tracked:
    """What git tracks in the repository that holds a folder."""
    root = repository_root(folder) or files.root
    return files.tracked.setdefault(root, Tracked(root))


_Gitignores = tuple[tuple[Path, Patterns], ...]


def _gitignores(files: _Files, folder: Path) -> _Gitignores:
    """The .gitignore files that rule what is in a folder, the innermost first, up to the repository's root."""
    unknown = []
    current = folder
    while current not in files.gitignores:
        unknown.append(current)
        if current in (files.tree.root, current.parent) or os.path.lexists(current / ".git"):
            break
        current = current.parent
    rules = files.gitignores.get(current, ())
    for current in reversed(unknown):
        rules = files.gitignores[current] = _gitignore(files.tree, current) + rules
    return rules


def _gitignore(tree: Tree, folder: Path) -> _Gitignores:
    try:
        lines = tree.read(folder / ".gitignore", MAX_GITIGNORE_SIZE).decode("utf-8", "replace").splitlines()
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


def _read_stdin(files: _Files, stdin: BinaryIO, name: str) -> Source | None:
    relative = "" if name == STDIN_NAME else relative_to(files.root, Path(os.path.abspath(name)))
    try:
        data = stdin.read(MAX_FILE_SIZE + 1)
        if len(data) > MAX_FILE_SIZE:
            return Source(name, "", relative, is_oversized=True)
        text = decode(data)
    except OSError as error:
        files.failures.append(Failure(name, f"It cannot be read: {error.strerror}", "Pipe something in"))
    except NotTextError as error:
        files.failures.append(Failure(name, f"This is {error}", "Convert it to UTF-8"))
    else:
        return Source(name, text.text, relative, has_bom=text.has_bom)
    return None


def _read(files: _Files, name: str, path: Path) -> Source | None:
    """The file as text, if it may hold manifests at all."""
    if _is_chart_template(files.tree, path):
        files.pass_over(path, "a template of a Helm chart")
        return None
    try:
        data = files.tree.read(path)
        text = decode(data)
    except TooLargeError:
        return _oversized(files, name, path)
    except OSError as error:
        files.fail(path, f"The file cannot be read: {error.strerror}", "Fix that or exclude it")
        return None
    except NotTextError as error:
        if looks_like_a_manifest(data):
            files.fail(path, f"This is {error}", "Save it as UTF-8 or exclude it")
        else:
            files.pass_over(path, str(error))
        return None
    if "apiVersion" not in text.text and FLAG not in text.text:
        files.others.append(path)
        files.pass_over(path, "no Kubernetes manifest")
        return None
    return Source(name, text.text, relative_to(files.root, path), has_bom=text.has_bom)


def _oversized(files: _Files, name: str, path: Path) -> Source | None:
    if b"apiVersion" not in files.tree.head(path, 65536):
        files.pass_over(path, "no Kubernetes manifest")
        return None
    return Source(name, "", relative_to(files.root, path), is_oversized=True)


def _is_chart_template(tree: Tree, path: Path) -> bool:
    return "templates" in path.parts and any(
        folder.name == "templates" and tree.is_file(folder.parent / "Chart.yaml") for folder in path.parents
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
            for used, what in _fragments(files.tree, folder / name):
                fragments.setdefault(os.path.normpath(folder / used), f"{what} of {shown(folder / name)}")
    return fragments


def _fragments(tree: Tree, file: Path) -> Iterator[tuple[str, str]]:
    try:
        source = Source(str(file), decode(tree.read(file)).text)
    except (OSError, NotTextError):
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
