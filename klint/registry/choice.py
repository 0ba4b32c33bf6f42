"""Which rules run, and what the configuration says of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from klint.errors import Failure, nearest
from klint.records import replace
from klint.registry.rule import Rule

if TYPE_CHECKING:
    from klint.config.config import Config, RuleSettings

_LIST = "`klint rules` lists them"


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
