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
from functools import cached_property
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from klint.errors import Failure, described, nearest
from klint.findings import Finding, Severity
from klint.records import dataclass, replace

if TYPE_CHECKING:
    from klint.config.config import Config, RuleSettings

ENTRY_POINTS = "klint.rules"
LAYERS = ("entry", "distribution", "routing", "workload", "scripts", "klint")
"""The layers of klint's own rules, in the order requests meet them; packs may add others."""

_LIST = "`klint rules` lists them"
_SUBJECTS = ("graph", "scripts", "workspace", "ignores")
_FOLDER_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_OPTION_TYPES: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "str": (str, "text"),
    "bool": (bool, "true or false"),
    "tuple[str, ...]": (list, "a list of text"),
}


class RuleError(Exception):
    """A rule that is not made as rules are; the message is a clause."""


@dataclass(frozen=True)
class Option:
    """A keyword-only parameter of a rule: its name in the configuration, type and default."""

    name: str
    parameter: str
    type: str
    default: Any

    @property
    def kind(self) -> str:
        """What its value must be, in words."""
        return _OPTION_TYPES[self.type][1]

    @property
    def default_as_yaml(self) -> str:
        """The default as a configuration would have it."""
        if isinstance(self.default, tuple):
            return f"[{', '.join(self.default)}]"
        return str(self.default).lower() if isinstance(self.default, bool) else str(self.default)

    def accepts(self, value: Any) -> bool:
        """Whether a value from the configuration fits."""
        if isinstance(value, bool):
            return self.type == "bool"
        if isinstance(value, list):
            return self.type == "tuple[str, ...]" and all(isinstance(item, str) for item in value)
        return isinstance(value, _OPTION_TYPES[self.type][0])


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

    Its first parameter says what it looks at: `graph` (once a bundle), `scripts` (once an
    environment that scripts run against), `workspace` (once a run) or `ignores` (once a
    run, after everything else). Its keyword-only parameters are the rule's options, of type int, float, str, bool or
    tuple[str, ...], each with a default.

    Args:
        severity: error, warning or note; or one for each environment, None where the rule is silent.
        otherwise: the severity in environments that `severity` does not name, and where none is known.
    """
    levels = {"otherwise": severity} if isinstance(severity, str) else {**severity, "otherwise": otherwise}

    def decorate(function: Callable[..., Iterator[Finding]]) -> Check:
        parameters = list(inspect.signature(function).parameters.values())
        if not parameters or parameters[0].name not in _SUBJECTS:
            raise RuleError(f"the first parameter of {function.__name__} is none of {', '.join(_SUBJECTS)}")
        return Check(function, parameters[0].name, _levels(levels), tuple(map(_option, parameters[1:])))

    return decorate


def _levels(levels: Mapping[str, str | None]) -> Mapping[str, Severity | None]:
    from klint.config.config import ENVIRONMENTS

    for environment, level in levels.items():
        if environment not in (*ENVIRONMENTS, "otherwise"):
            raise RuleError(f"{environment!r} is no environment; there are {', '.join(ENVIRONMENTS)}")
        if level is not None and level not in list(Severity):
            raise RuleError(f"{level!r} is no severity; there are {', '.join(Severity)}")
    if not any(levels.values()):
        raise RuleError("it has no severity in any environment")
    return {environment: None if level is None else Severity(level) for environment, level in levels.items()}


def _option(parameter: inspect.Parameter) -> Option:
    annotation = parameter.annotation
    is_plain = isinstance(annotation, type) and annotation in (int, float, str, bool)
    option = Option(
        parameter.name.replace("_", "-"),
        parameter.name,
        annotation.__name__ if is_plain else str(annotation),
        parameter.default,
    )
    if parameter.kind is not parameter.KEYWORD_ONLY or parameter.default is parameter.empty:
        raise RuleError(f"option {parameter.name} is not keyword-only or has no default")
    if option.name == "severity":
        raise RuleError("no option can be called severity: the configuration sets the rule's severity with that word")
    if option.type not in _OPTION_TYPES:
        raise RuleError(f"option {parameter.name} is of none of the types {', '.join(_OPTION_TYPES)}")
    if not option.accepts(list(option.default) if isinstance(option.default, tuple) else option.default):
        raise RuleError(f"option {parameter.name} has the default {option.default!r}, which is not {option.kind}")
    return option


@dataclass(frozen=True)
class Rule:
    """A rule: its check, and what its folder says. `pack` is `klint` for the built-in ones."""

    name: str
    layer: str
    check: Check
    folder: Path
    pack: str = "klint"

    @property
    def is_built_in(self) -> bool:
        """Whether it came with klint."""
        return self.pack == "klint"

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
    for pack, path in _packs(folders, failures):
        found = list(_rule_folders(path))
        if not found:
            failures.append(Failure(str(path), "No rules are here", "A rule is <layer>/<rule_name>/rule.py"))
        for layer, folder in found:
            name = _name(folder)
            if name in rules:
                failures.append(Failure(str(folder), f"Rule {name} exists already", f"See {rules[name].folder}"))
                continue
            try:
                rules[name] = Rule(name, layer, _load_within_limits(pack, layer, folder), folder, pack)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # sys.exit() in a module, for one, does not end klint
                failures.append(_broken(folder / "rule.py", error))
    return tuple(sorted(rules.values(), key=lambda item: item.name)), tuple(failures)


def _packs(folders: Sequence[str], failures: list[Failure]) -> Iterator[tuple[str, Path]]:
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
        wrong = [name for name in (file.parent.name, file.parent.parent.name) if not _FOLDER_NAME.match(name)]
        if wrong and not any(name.startswith((".", "_")) for name in wrong):
            yield Failure(str(file.parent), f"{wrong[0]!r} cannot name a rule or layer", "Write it in snake_case")


def _broken(file: Path, error: BaseException) -> Failure:
    """What to say of a rule that cannot be loaded: the line in its file, and the error."""
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == str(file) else None
    trace = error.__traceback__
    while trace is not None and not isinstance(error, RuleError):
        if trace.tb_frame.f_code.co_filename == str(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    return Failure(f"{file}:{line}" if line else str(file), f"The rule cannot be loaded: {_describe(error)}")


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
        Failure(where, f"There is no rule or layer {name!r}", nearest(name, sorted(known)) or _LIST)
        for name in names
        if name not in known
    )


def fitting_settings(rules: Iterable[Rule], config: Config) -> tuple[dict[str, RuleSettings], tuple[Failure, ...]]:
    """What the configuration says of rules as far as it fits them, and a failure for each name or value that does not.

    The names in its `select` and `ignore` are looked at, too.
    """
    rules = tuple(rules)
    fitting: dict[str, RuleSettings] = {}
    failures: list[Failure] = []
    for name, settings in config.rules.items():
        rule = next((rule for rule in rules if rule.name == name), None)
        if rule is None:
            remedy = nearest(name, [rule.name for rule in rules]) or _LIST
            failures.append(Failure(settings.where, f"There is no rule {name!r}", remedy))
            continue
        misfits = dict(_misfits(rule, settings))
        failures.extend(misfits.values())
        options = {key: value for key, value in settings.options.items() if key not in misfits}
        fitting[name] = replace(settings, options=options)
    for key, names in (("select", config.select), ("ignore", config.ignore)):
        for index, name in enumerate(names):
            found = unknown_names(rules, [name], "")
            failures.extend(replace(failure, where=config.where(key, index)) for failure in found)
    return fitting, tuple(failures)


def _misfits(rule: Rule, settings: RuleSettings) -> Iterator[tuple[str, Failure]]:
    options = {option.name: option for option in rule.check.options}
    for key, value in settings.options.items():
        if key not in options:
            remedy = nearest(key, ["severity", *options])
            yield key, Failure(settings.where_option(key), f"Rule {rule.name} has no option {key!r}", remedy)
        elif not options[key].accepts(value):
            message = f"Option {key!r} of rule {rule.name} must be {options[key].kind}"
            yield key, Failure(settings.where_value(key), message, f"The default is {options[key].default_as_yaml}")


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


def _load_within_limits(pack: str, layer: str, folder: Path) -> Check:
    if pack == "klint":
        return _load_check(pack, layer, folder)
    from klint.foreign import SECONDS, OutOfTime, time_limit

    try:
        with time_limit(SECONDS):
            return _load_check(pack, layer, folder)
    except OutOfTime:
        raise RuleError(f"it took more than {SECONDS:g} seconds") from None


def _load_check(pack: str, layer: str, folder: Path) -> Check:
    prefix = "klint.rules" if pack == "klint" else f"klint_rules_{pack}"
    module = _load_module(f"{prefix}.{layer}.{folder.name}", folder / "rule.py")
    checks = [
        value
        for value in vars(module).values()
        if isinstance(value, Check) and value.function.__module__ == module.__name__
    ]
    if len(checks) != 1:
        raise RuleError(f"it has {len(checks) or 'no'} functions decorated with @rule, and one is the rule")
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
        except Exception as error:  # the packages above it are imported to find it
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
    if isinstance(error, RuleError):
        return str(error)
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg}"
    return described(error)
