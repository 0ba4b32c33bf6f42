"""Where rules are: folders that come with klint, from installed packages and from the command line."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from klint.errors import Failure, described

ENTRY_POINTS = "klint.rules"


def built_in_folder() -> Path:
    """Where klint's own rules are: inside the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    return package / "rules" if (package / "rules").is_dir() else package.parent / "rules"


def rule_names(folders: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of klint's own rules and of those below the given folders, sorted. No rule's code is run to tell."""
    paths = [built_in_folder(), *map(Path, folders)]
    return tuple(sorted({rule_name(folder) for path in paths for _, folder in rule_folders(path)}))


def rule_name(folder: Path) -> str:
    """The name of the rule in a folder."""
    return folder.name.replace("_", "-")


def rule_folders(path: Path) -> Iterator[tuple[str, Path]]:
    """Layer and folder of each rule below a path."""
    for layer in _folders(os.fspath(path)):
        for folder in _folders(f"{path}/{layer}"):
            if os.path.isfile(f"{path}/{layer}/{folder}/rule.py"):  # noqa: PTH113 -- a Path each is dear in a small run
                yield layer, Path(f"{path}/{layer}/{folder}")


def _folders(path: str) -> list[str]:
    """The names of folders in a folder that may be layers or rules."""
    try:
        with os.scandir(path) as entries:
            return sorted(entry.name for entry in entries if _is_in_snake_case(entry.name) and entry.is_dir())
    except OSError:
        return []


def _is_in_snake_case(name: str) -> bool:
    return name.isidentifier() and name.isascii() and name.islower() and not name.startswith("_")


def packs(folders: Sequence[str], failures: list[Failure]) -> Iterator[tuple[str, Path]]:
    """Name and folder of each pack, each folder once."""
    built_in = built_in_folder()
    yield "klint", built_in
    seen = {built_in.resolve()}
    given = ((f"rules{number}", Path(folder).absolute()) for number, folder in enumerate(folders))
    for pack, path in (*_installed_packs(failures), *given):
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        if path.is_dir():
            failures.extend(_misnamed(path))
            yield pack, path
        else:
            failures.append(Failure(str(path), "There is no such rule folder", "Give --rules a folder of layers"))


def _misnamed(path: Path) -> Iterator[Failure]:
    """Folders that hold a rule and cannot be one by their name."""
    for file in sorted(path.glob("*/*/rule.py")):
        wrong = [name for name in (file.parent.name, file.parent.parent.name) if not _is_in_snake_case(name)]
        if wrong and not any(name.startswith((".", "_")) for name in wrong):
            yield Failure(str(file.parent), f"{wrong[0]!r} cannot name a rule or layer", "Write it in snake_case")


def _installed_packs(failures: list[Failure]) -> Iterator[tuple[str, Path]]:
    """Rule packs that other packages bring. Their code is not imported to find them, only their folder looked up."""
    if not _may_have_packs():
        return
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        try:
            spec = find_spec(point.value)
        except Exception as error:  # the packages above it are imported to find it
            failures.append(Failure(f"plugin {point.name}", f"It cannot be found: {described(error)}", "Reinstall it"))
            continue
        locations = list(spec.submodule_search_locations or ()) if spec else []
        if locations:
            yield re.sub(r"\W", "_", point.name), Path(locations[0])
        else:
            failures.append(
                Failure(f"plugin {point.name}", f"{point.value} is no package with rule folders", "Reinstall it")
            )


def _may_have_packs() -> bool:
    """Whether some installed package names the group of entry points at all.

    importlib.metadata knows best, but takes longer to import than klint takes to lint a file.
    """
    return any(_names_packs(file) for folder in sys.path for file in _entry_points(folder or "."))


def _entry_points(folder: str) -> Iterator[str]:
    """The files in a folder of packages that say what these offer to others."""
    try:
        with os.scandir(folder) as entries:
            yield from (f"{entry.path}/entry_points.txt" for entry in entries if entry.name.endswith("-info"))
    except OSError:
        return  # an archive, or nothing at all


def _names_packs(file: str) -> bool:
    try:
        with open(file, "rb", buffering=0) as opened:  # noqa: PTH123 -- as above
            return ENTRY_POINTS.encode() in opened.read()
    except OSError:
        return False
