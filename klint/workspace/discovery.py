"""Paths → files → documents: what one run looks at, and what it passes over and why."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from klint.config.config import Config
from klint.errors import Failure
from klint.kube.cluster import FLAG, is_cluster_settings
from klint.kube.objects import is_object
from klint.records import cached_property, dataclass
from klint.text.document import Document, Problem
from klint.text.encoding import NotTextError, decode, looks_like_a_manifest
from klint.text.source import Source
from klint.workspace.fragments import fragments
from klint.workspace.ignored import Ignored
from klint.workspace.parsed import Parsed
from klint.workspace.paths import relative_to, shown
from klint.workspace.tree import MAX_FILE_SIZE, TooLargeError, Tree
from klint.workspace.walk import KUSTOMIZATIONS, Walk
from klint.workspace.workspace import PassedOver, Workspace

STDIN_NAME = "<stdin>"


@dataclass(frozen=True)
class Piped:
    """Standard input: read once, however often the workspace is. `name` is what it is called."""

    stream: BinaryIO
    name: str = STDIN_NAME

    @cached_property
    def data(self) -> bytes:
        """What came, and one byte more than a file may have if there is more."""
        return self.stream.read(MAX_FILE_SIZE + 1)


def discover(
    tree: Tree,
    config: Config,
    paths: Sequence[Path],
    *,
    parsed: Parsed,
    piped: Piped | None = None,
    respect_gitignore: bool = True,
    force_exclude: bool = False,
) -> Workspace:
    """Find and read the files of a Tree below some absolute paths."""
    root = config.folder or tree.root
    walk = Walk(tree, Ignored(root, tree, config, respect_gitignore))
    for path in sorted(set(paths)):
        walk.add(path, force_exclude=force_exclude)
    reader = _Reader(walk, root, parsed)
    documents = tuple(document for source in reader.sources(paths, piped) for document in reader.documents(source))
    return Workspace(
        root,
        config,
        documents,
        tuple(walk.passed_over),
        tuple(walk.failures),
        any(root.is_relative_to(path) for path in paths),
        tuple(walk.charts),
        tuple(walk.kustomizations),
        others=tuple(dict.fromkeys(walk.others)),
        piped=piped.name if piped else "",
        tree=tree,
        parsed=parsed,
    )


def read_again(workspace: Workspace, tree: Tree, path: Path, before: Source) -> tuple[Document, ...]:
    """The documents that a file has in another Tree; none where it is no file of manifests there, or not the same file.

    `before` is what it was when the workspace was found.
    """
    try:
        is_same_file = tree.is_file(path) and tree.real(path) == workspace.tree.real(path)
    except OSError:
        return ()
    return read_text(workspace, tree, path, before.path, before.relative) if is_same_file else ()


def read_text(workspace: Workspace, tree: Tree, path: Path, name: str, relative: str) -> tuple[Document, ...]:
    """The documents of a file of a Tree; none where it is no file of manifests.

    Args:
        workspace: keeps what texts hold.
        tree: what the file is read from.
        path: the file.
        name: what reports call it.
        relative: its path from the root of the workspace.
    """
    try:
        text = decode(tree.read(path)) if path.name not in KUSTOMIZATIONS else None
    except (OSError, NotTextError):
        return ()
    if text is None or not may_be_manifests(text.text):
        return ()
    source = Source(name, text.text, relative, has_bom=text.has_bom)
    return tuple(document for document in workspace.parsed.documents(source) if is_relevant(document))


def may_be_manifests(text: str) -> bool:
    """Whether a file with this text is looked into for manifests."""
    return "apiVersion" in text or FLAG in text


@dataclass(frozen=True)
class _Reader:
    """Reads what a walk found; what it does not take goes to what the walk passed over, or failed with."""

    walk: Walk
    root: Path
    parsed: Parsed

    def sources(self, paths: Sequence[Path], piped: Piped | None) -> Iterator[Source]:
        """The texts that may hold manifests: standard input, then files in the order of their names."""
        found = dict(self.walk.manifests)
        if piped is not None:
            found.pop(shown(Path(os.path.abspath(piped.name))), None)  # an editor's version goes before the disk's
            yield from self._read_piped(piped)
        used = fragments(self.walk.tree, self._folders_of_kustomizations(paths), self.parsed)
        for name, path in sorted(found.items()):
            if str(path) in used:
                self.walk.pass_over(path, used[str(path)])
            elif path.name in KUSTOMIZATIONS:
                self.walk.pass_over(path, "a kustomization")
            else:
                yield from self._read(name, path)

    def _folders_of_kustomizations(self, paths: Sequence[Path]) -> Iterable[Path]:
        """Those that were found, and those above the paths that may hold one."""
        above = (folder for path in paths for folder in path.parents if folder.is_relative_to(self.root))
        return {*self.walk.kustomizations, *above}

    def _read_piped(self, piped: Piped) -> Iterator[Source]:
        relative = "" if piped.name == STDIN_NAME else relative_to(self.root, Path(os.path.abspath(piped.name)))
        try:
            data = piped.data
            if len(data) > MAX_FILE_SIZE:
                yield Source(piped.name, "", relative, is_oversized=True)
                return
            text = decode(data)
        except OSError as error:
            message = f"It cannot be read: {error.strerror}"
            self.walk.failures.append(Failure(piped.name, message, "Pipe something in"))
        except NotTextError as error:
            self.walk.failures.append(Failure(piped.name, f"This is {error}", "Convert it to UTF-8"))
        else:
            yield Source(piped.name, text.text, relative, has_bom=text.has_bom)

    def _read(self, name: str, path: Path) -> Iterator[Source]:
        """The file as text, if it may hold manifests at all."""
        walk = self.walk
        if _is_chart_template(walk.tree, path):
            walk.pass_over(path, "a template of a Helm chart")
            return
        try:
            data = walk.tree.read(path)
            text = decode(data)
        except TooLargeError:
            if b"apiVersion" in walk.tree.head(path, 65536):
                yield Source(name, "", relative_to(self.root, path), is_oversized=True)
            else:
                walk.pass_over(path, "no Kubernetes manifest")
        except OSError as error:
            walk.fail(path, f"The file cannot be read: {error.strerror}", "Fix that or exclude it")
        except NotTextError as error:
            if looks_like_a_manifest(data):
                walk.fail(path, f"This is {error}", "Save it as UTF-8 or exclude it")
            else:
                walk.pass_over(path, str(error))
        else:
            if may_be_manifests(text.text):
                yield Source(name, text.text, relative_to(self.root, path), has_bom=text.has_bom)
            else:
                walk.others.append(path)
                walk.pass_over(path, "no Kubernetes manifest")

    def documents(self, source: Source) -> Iterator[Document]:
        """The documents of a source that are manifests or cluster files, or could be if they parsed."""
        if source.is_oversized:
            limit = MAX_FILE_SIZE // 2**20
            problem = Problem("not-analysed", f"The file is larger than {limit} MiB", source.span(0, 0))
            yield Document(source, 0, 0, None, (problem,))
            return
        found = [document for document in self.parsed.documents(source) if is_relevant(document)]
        if not found:
            self.walk.passed_over.append(PassedOver(source.path, "no Kubernetes manifest"))
        yield from found


def _is_chart_template(tree: Tree, path: Path) -> bool:
    return "templates" in path.parts and any(
        folder.name == "templates" and tree.is_file(folder.parent / "Chart.yaml") for folder in path.parents
    )


def is_relevant(document: Document) -> bool:
    """Whether a document is a manifest or a cluster file, or could be if it parsed."""
    if document.data is None:
        return bool(document.problems) and ("apiVersion" in document.text or "kind:" in document.text)
    return is_object(document.data) or is_cluster_settings(document.data)
