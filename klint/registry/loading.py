"""Folders → Rules. A rule that cannot be loaded is a failure and does not cost the others."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from klint.errors import Failure, OutOfTime, RuleError, described
from klint.registry.folders import packs, rule_folders, rule_name
from klint.registry.rule import Check, Rule


def load_rules(folders: Sequence[str] = ()) -> tuple[tuple[Rule, ...], tuple[Failure, ...]]:
    """Every rule there is: klint's, those of installed packs, and those below the given folders.

    A rule that cannot be loaded is a failure and does not cost the others.
    """
    rules: dict[str, Rule] = {}
    failures: list[Failure] = []
    for pack, path in packs(folders, failures):
        found = list(rule_folders(path))
        if not found:
            failures.append(Failure(str(path), "No rules are here", "A rule is <layer>/<rule_name>/rule.py"))
        for layer, folder in found:
            name = rule_name(folder)
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


def _broken(file: Path, error: BaseException) -> Failure:
    """What to say of a rule that cannot be loaded: the line in its file, and the error."""
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == str(file) else None
    trace = error.__traceback__
    while trace is not None and not isinstance(error, RuleError):
        if trace.tb_frame.f_code.co_filename == str(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    return Failure(f"{file}:{line}" if line else str(file), f"The rule cannot be loaded: {_describe(error)}")


def _load_within_limits(pack: str, layer: str, folder: Path) -> Check:
    if pack == "klint":
        return _load_check(pack, layer, folder)
    from klint.registry.foreign import SECONDS, time_limit

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


def _describe(error: BaseException) -> str:
    if isinstance(error, RuleError):
        return str(error)
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg}"
    return described(error)
