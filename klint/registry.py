"""Rules: what one is, and where they are found.

A rule is a folder `<layer>/<rule_name>/` with a `rule.py` that holds one function decorated with `@rule`, and a page,
`README.md`. The folder gives name and layer. Folders come with klint, from installed packages (entry points of the
group `klint.rules`) and from the command line (`--rules`), never from a file that was found.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from klint.errors import Failure, nearest
from klint.findings import Finding, Severity

ENTRY_POINTS = "klint.rules"
LAYERS = ("entry", "distribution", "routing", "workload", "scripts", "klint")
"""The layers of klint's own rules, in the order requests meet them; packs may add others."""

_SUBJECTS = ("graph", "workspace", "ignores")
_FOLDER_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_OPTION_TYPES = {"int": int, "str": str, "bool": bool, "float": float}


@dataclass(frozen=True)
class Option:
    """A keyword-only parameter of a rule: its name in the configuration, type and default."""

    name: str
    parameter: str
    type: str
    default: Any

    def accepts(self, value: Any) -> bool:
        """Whether a value from the configuration fits."""
        if self.type.startswith(("tuple[str", "Sequence[str")):
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        expected = _OPTION_TYPES[self.type]
        return isinstance(value, expected) and (expected is bool or not isinstance(value, bool))


@dataclass(frozen=True)
class Check:
    """A decorated function: what it looks at, how severe it is and which options it takes."""

    function: Callable[..., Iterator[Finding]]
    subject: str
    severity: Mapping[str, Severity | None]
    options: tuple[Option, ...]

    def __call__(self, subject: Any, **options: Any) -> Iterator[Finding]:
        """Run the check; options are named as its parameters are."""
        return self.function(subject, **options)


def rule(
    *, severity: str | Mapping[str, str | None], otherwise: str | None = "warning"
) -> Callable[[Callable[..., Iterator[Finding]]], Check]:
    """Mark the function that is a rule's check.

    Its first parameter says what it looks at: `graph` (once a bundle), `workspace` (once a run) or `ignores` (once a
    run, after everything else). Its keyword-only parameters are the rule's options, of type int, float, str, bool or
    tuple[str, ...], each with a default.

    Args:
        severity: error, warning or note; or one for each environment, None where the rule is silent.
        otherwise: the severity in environments that `severity` does not name, and where none is known.
    """
    levels: Mapping[str, str | None] = {"otherwise": severity} if isinstance(severity, str) else {
        **severity, "otherwise": otherwise
    }  # fmt: skip

    def decorate(function: Callable[..., Iterator[Finding]]) -> Check:
        parameters = list(inspect.signature(function).parameters.values())
        if not parameters or parameters[0].name not in _SUBJECTS:
            raise TypeError(f"{function.__name__}: the first parameter must be one of {', '.join(_SUBJECTS)}")
        return Check(
            function,
            parameters[0].name,
            {environment: None if level is None else Severity(level) for environment, level in levels.items()},
            tuple(_option(function, parameter) for parameter in parameters[1:]),
        )

    return decorate


def _option(function: Callable[..., Any], parameter: inspect.Parameter) -> Option:
    annotation = parameter.annotation
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    if name == "tuple":
        name = str(annotation)
    if parameter.kind is not parameter.KEYWORD_ONLY or parameter.default is parameter.empty:
        raise TypeError(f"{function.__name__}: option {parameter.name} must be keyword-only and have a default")
    if name not in _OPTION_TYPES and not name.startswith("tuple[str"):
        raise TypeError(f"{function.__name__}: option {parameter.name} has a type that no option can have: {name}")
    return Option(parameter.name.replace("_", "-"), parameter.name, name, parameter.default)


@dataclass(frozen=True)
class Rule:
    """A rule: its check, and what its folder says. `pack` is `klint` for the built-in ones."""

    name: str
    layer: str
    check: Check
    folder: Path
    pack: str = "klint"

    @property
    def summary(self) -> str:
        """What is wrong when it fires: the first line of rule.py's docstring."""
        doc = inspect.getdoc(sys.modules[self.check.function.__module__]) or ""
        return doc.partition("\n")[0].strip()

    @cached_property
    def page(self) -> str:
        """The page, as Markdown; empty when there is none."""
        try:
            return (self.folder / "README.md").read_text("utf-8")
        except OSError:
            return ""

    def severity_in(self, environment: str) -> Severity | None:
        """The severity in an environment; None where the rule is silent."""
        levels = self.check.severity
        return levels[environment] if environment in levels else levels["otherwise"]

    @property
    def highest_severity(self) -> Severity:
        """The most it can be."""
        return max((level for level in self.check.severity.values() if level), key=lambda level: level.rank)


def built_in_folder() -> Path:
    """Where klint's own rules are: inside the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    return package / "rules" if (package / "rules").is_dir() else package.parent / "rules"


def load_rules(folders: Sequence[str] = ()) -> tuple[tuple[Rule, ...], tuple[Failure, ...]]:
    """Every rule there is: klint's, those of installed packs, and those below the given folders.

    A rule that cannot be loaded is a failure and does not cost the others.
    """
    rules: dict[str, Rule] = {}
    failures: list[Failure] = []
    packs = [("klint", built_in_folder()), *_installed_packs(failures)]
    for number, given in enumerate(folders):
        path = Path(given).absolute()
        if path.is_dir():
            packs.append((f"rules{number}", path))
        else:
            failures.append(Failure(given, "There is no such rule folder", "Give --rules a folder of layers"))
    for pack, path in packs:
        found = list(_rule_folders(path))
        if not found:
            failures.append(Failure(str(path), "No rules are here", "A rule is <layer>/<rule_name>/rule.py"))
        for layer, folder in found:
            name = _name(folder)
            if name in rules:
                failures.append(Failure(str(folder), f"Rule {name} exists already", f"See {rules[name].folder}"))
                continue
            try:
                rules[name] = Rule(name, layer, _load_check(pack, layer, folder), folder, pack)
            except Exception as error:
                failures.append(Failure(str(folder / "rule.py"), f"The rule cannot be loaded: {_describe(error)}"))
    return tuple(sorted(rules.values(), key=lambda item: item.name)), tuple(failures)


def choose(rules: Iterable[Rule], select: Sequence[str], ignore: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that run: those selected by name or layer (all when none are), less the ignored ones."""
    return tuple(
        rule
        for rule in rules
        if (not select or rule.name in select or rule.layer in select)
        and rule.name not in ignore
        and rule.layer not in ignore
    )


def unknown_names(rules: Iterable[Rule], names: Iterable[str], where: str) -> tuple[Failure, ...]:
    """A failure for each name that is neither a rule nor a layer; `where` says where the names were given."""
    known = {name for rule in rules for name in (rule.name, rule.layer)}
    return tuple(
        Failure(where, f"There is no rule or layer {name!r}", nearest(name, sorted(known)))
        for name in names
        if name not in known
    )


def rule_names(folders: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of klint's own rules and of those below the given folders, sorted. No rule's code is run to tell."""
    paths = [built_in_folder(), *map(Path, folders)]
    return tuple(sorted({_name(folder) for path in paths for _, folder in _rule_folders(path)}))


def _name(folder: Path) -> str:
    return folder.name.replace("_", "-")


def _rule_folders(path: Path) -> Iterator[tuple[str, Path]]:
    """Layer and folder of each rule below a path."""
    for layer in _folders(path):
        for folder in _folders(path / layer):
            if (path / layer / folder / "rule.py").is_file():
                yield layer, path / layer / folder


def _folders(path: Path) -> list[str]:
    """The names of folders in a folder that may be layers or rules."""
    try:
        with os.scandir(path) as entries:
            return sorted(entry.name for entry in entries if _FOLDER_NAME.match(entry.name) and entry.is_dir())
    except OSError:
        return []


def _load_check(pack: str, layer: str, folder: Path) -> Check:
    prefix = "klint.rules" if pack == "klint" else f"klint_rules_{pack}"
    module = _load_module(f"{prefix}.{layer}.{folder.name}", folder / "rule.py")
    checks = [value for value in vars(module).values() if isinstance(value, Check)]
    if len(checks) != 1:
        raise TypeError(f"it has {len(checks)} functions decorated with @rule, not one")
    return checks[0]


def _load_module(name: str, file: Path) -> ModuleType:
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python module")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _installed_packs(failures: list[Failure]) -> Iterator[tuple[str, Path]]:
    """Rule packs that other packages bring. Their code is not imported to find them, only their folder looked up."""
    if not _may_have_packs():
        return
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        try:
            spec = find_spec(point.value)
        except (ImportError, ValueError, AttributeError) as error:
            failures.append(Failure(f"plugin {point.name}", f"It cannot be found: {_describe(error)}", "Reinstall it"))
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
    return any(
        ENTRY_POINTS.encode() in file.read_bytes()
        for folder in sys.path
        for file in Path(folder).glob("*.*-info/entry_points.txt")
    )


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
