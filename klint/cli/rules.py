"""klint rules: which rules there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from klint.cli.command import Command, color_option, fail, rules_option
from klint.cli.terminal import emit, wants_color

if TYPE_CHECKING:
    from klint.registry import Rule


@click.command("rules", cls=Command)
@click.option("--output", type=click.Choice(("text", "json")), default="text", show_default=True, help="How to list.")
@rules_option
@color_option
@click.pass_context
def command(ctx: click.Context, output: str, folders: tuple[str, ...], color: str) -> None:
    """List the rules and their severities.

    A rule's severity may depend on the environment that a manifest is for. Some
    findings of a rule with `fix` before its severity can be fixed.
    """
    from klint.registry import load_rules

    rules, failures = load_rules(folders)
    if output == "json":
        import json

        emit(json.dumps([described(rule) for rule in rules], indent=2, ensure_ascii=False) + "\n")
    else:
        emit("\n".join(_table(rules, is_colored=wants_color(color))) + "\n")
    fail(ctx, failures)


def described(rule: Rule) -> dict[str, Any]:
    """A rule as JSON has it."""
    return {
        "name": rule.name,
        "layer": rule.layer,
        "severity": {environment: level and str(level) for environment, level in rule.check.severity.items()},
        "summary": rule.summary,
        "has_fix": rule.has_fix,
        "options": [
            {"name": option.name, "type": option.type, "default": option.default} for option in rule.check.options
        ],
        "pack": rule.pack,
        "folder": str(rule.folder),
    }


def severity_text(rule: Rule) -> str:
    """`error`, or `error (production), warning`: what it is where, then what it is elsewhere."""
    levels = {environment: str(level or "off") for environment, level in rule.check.severity.items()}
    elsewhere = levels.pop("otherwise")
    by_level: dict[str, list[str]] = {}
    for environment, level in levels.items():
        if level != elsewhere:
            by_level.setdefault(level, []).append(environment)
    return ", ".join((*(f"{level} ({' '.join(where)})" for level, where in by_level.items()), elsewhere))


def _table(rules: Sequence[Rule], *, is_colored: bool) -> Iterator[str]:
    from klint.registry import LAYERS

    def depth(rule: Rule) -> tuple[int, str]:
        return (LAYERS.index(rule.layer) if rule.layer in LAYERS else len(LAYERS), rule.layer)

    def strong(text: str) -> str:
        return click.style(text, bold=True) if is_colored else text

    names = max((len(rule.name) for rule in rules), default=0)
    severities = max((len(severity_text(rule)) for rule in rules), default=0)
    for number, ((_, layer), group) in enumerate(groupby(sorted(rules, key=depth), key=depth)):
        if number:
            yield ""
        yield strong(layer)
        for rule in group:
            fix = "fix" if rule.has_fix else ""
            yield f"  {rule.name:{names}}  {fix:3}  {severity_text(rule):{severities}}  {rule.summary}".rstrip()
