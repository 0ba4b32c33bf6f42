"""klint migrate: what stands in the way of leaving ingress-nginx."""

from __future__ import annotations

import click

from klint.cli.command import Command, fail, reading_options
from klint.cli.terminal import emit

FOUND_SOMETHING = 1
OUTPUTS = ("text", "json", "sarif")
TARGETS = ("gateway-api", "traefik", "nginx", "haproxy", "contour", "kong")


@click.command("migrate", cls=Command)
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--to", "target", type=click.Choice(TARGETS), default=TARGETS[0], show_default=True, help="The target.")
@click.option("--output", "-o", type=click.Choice(OUTPUTS), default="text", show_default=True, help="The format.")
@reading_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    target: str,
    output: str,
    config: str | None,
    no_render: bool,
    no_cache: bool,
    render_timeout: float | None,
) -> None:
    """Say what stands in the way of leaving ingress-nginx.

    For each Ingress that ingress-nginx serves: what its annotations are elsewhere, which behavior changes silently, and
    which hosts something else serves already. Nothing is converted: ingress2gateway does that.

    Exit codes: 0 nothing to look at, 1 something, 2 klint could not do its job.
    """
    from klint.migration import migration_rule
    from klint.session import Options, Session

    options = Options(render=not no_render, use_cache=not no_cache, render_timeout=render_timeout)
    report = Session.of(paths or (".",), [migration_rule(target)], config_file=config, options=options).report()
    if output == "sarif":
        from klint.report import render

        emit(render("sarif", report))
    else:
        from klint.report.migration import to_json, to_text

        emit(to_json(report, target) if output == "json" else to_text(report, target))
    fail(ctx, report.failures)
    ctx.exit(FOUND_SOMETHING if report.findings else 0)
