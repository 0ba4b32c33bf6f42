"""klint explain: a rule's page in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from klint.cli.command import Command, color_option, complete_rules, fail, rules_option
from klint.cli.rules import described, severity_text
from klint.cli.terminal import emit, wants_color
from klint.errors import Failure, nearest
from klint.text.words import joined

if TYPE_CHECKING:
    from klint.registry import Rule


@click.command("explain", cls=Command)
@click.argument("name", metavar="RULE", shell_complete=complete_rules)
@click.option("--output", type=click.Choice(("text", "json")), default="text", show_default=True, help="How to print.")
@rules_option
@color_option
@click.pass_context
def command(ctx: click.Context, name: str, output: str, folders: tuple[str, ...], color: str) -> None:
    """Print a rule's page: what, why, and what to do."""
    from klint.registry import load_rules

    rules, failures = load_rules(folders)
    found = next((rule for rule in rules if rule.name == name), None)
    if found is None:
        remedy = nearest(name, [rule.name for rule in rules]) or "`klint rules` lists them"
        failures = (*failures, Failure("", f"There is no rule {name!r}", remedy))
    elif output == "json":
        import json

        emit(json.dumps({**described(found), "page": found.page}, indent=2, ensure_ascii=False) + "\n")
    else:
        from klint.cli.markdown import to_terminal
        from klint.report.escape import escape_lines, inert

        emit(inert(to_terminal(escape_lines(_page(found)), is_colored=wants_color(color))))
    fail(ctx, failures)


def _page(rule: Rule) -> str:
    """The page, with what its folder and code say under its title."""
    title, _, rest = rule.page.partition("\n")
    if not title.startswith("# "):
        title, rest = f"# {rule.name}", f"\n{rule.summary}\n{rule.page}"
    explained = joined(sorted(rule.check.explained_by), "or")
    who = "an annotation on the object itself declares" if rule.check.explained_on == "itself" else "a declaration says"
    explanation = f"; silenced where {who} that it is {explained}" if explained else ""
    return f"{title}\n\nLayer {rule.layer}; severity {severity_text(rule)}{explanation}.\n{rest}"
