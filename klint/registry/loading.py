"""Folders → Rules. A rule that cannot be loaded is a failure and does not cost the others.

Of klint's own rules the index tells what they say of themselves; their code is loaded when they are first called.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType

from klint.errors import Failure, OutOfTime, RuleError, described
from klint.importing import Loader
from klint.registry.folders import packs, rule_folders, rule_name
from klint.registry.index import Entry, indexed
from klint.registry.rule import Check, Function, Rule


def load_rules(folders: Sequence[str] = (), *, use_index: bool = True) -> tuple[tuple[Rule, ...], tuple[Failure, ...]]:
    """Every rule there is: klint's, those of installed packs, and those below the given folders.

    A rule that cannot be loaded is a failure and does not cost the others. Without the index all of them are loaded at
    once.
    """
    rules: dict[str, Rule] = {}
    failures: list[Failure] = []
    for pack, path in packs(folders, failures):
        index = _index(path) if pack == "klint" and use_index else {}
        found = list(rule_folders(path))
        if not found:
            failures.append(Failure(str(path), "No rules are here", "A rule is <layer>/<rule_name>/rule.py"))
        for layer, folder in found:
            name = rule_name(folder)
            if name in rules:
                failures.append(Failure(str(folder), f"Rule {name} exists already", f"See {rules[name].folder}"))
                continue
            try:
                find_function = partial(_load_function, pack, layer, folder)
                check = indexed(index.get(f"{layer}/{folder.name}"), folder, find_function)
                rules[name] = Rule(name, layer, check or _load_within_limits(pack, layer, folder), folder, pack)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # sys.exit() in a module, for one, does not end klint
                failures.append(_broken(folder / "rule.py", error))
    return tuple(sorted(rules.values(), key=lambda item: item.name)), tuple(failures)


def _index(path: Path) -> Mapping[str, Entry]:
    """The index of the rules below a path; empty where there is none that can be read, which costs time alone."""
    try:
        index: Mapping[str, Entry] = _load_module("klint.rules.index", path / "index.py").INDEX
    except (OSError, SyntaxError):
        return {}
    return index


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


def _load_function(pack: str, layer: str, folder: Path) -> Function:
    return _load_check(pack, layer, folder).function


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
    """A module by its file. It belongs to no package, and what finds modules in these is dear in a small run."""
    module = sys.modules[name] = ModuleType(name)
    module.__file__ = os.fspath(file)
    Loader(name, module.__file__).exec_module(module)
    return module


def _describe(error: BaseException) -> str:
    if isinstance(error, RuleError):
        return str(error)
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg}"
    return described(error)
