"""klint baseline: write down what is found, so that klint check reports what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from klint.baseline.entries import entries_of
from klint.baseline.file import USUAL_NAME, BaselineFile, baseline_file
from klint.baseline.reading import Baseline
from klint.baseline.writing import HEAD, baseline_text
from klint.cli.command import Command, is_debugging
from klint.cli.linting import linting_options
from klint.cli.opening import STDIN, Lint, open_session
from klint.cli.terminal import emit, say
from klint.cli.writing import write_whole
from klint.comparing import BASELINE, Comparison, covers, sees_all
from klint.errors import Failure, KlintError
from klint.records import replace
from klint.text.words import counted
from klint.workspace.paths import relative_to

if TYPE_CHECKING:
    from klint.engine import Report


@click.command("baseline", cls=Command, context_settings={"auto_envvar_prefix": "KLINT"})
@click.option(
    "--output",
    "-o",
    "output",
    type=click.Path(allow_dash=True),
    metavar="FILE",
    allow_from_autoenv=False,
    help=f"Write here, not to the configuration's baseline or to {USUAL_NAME}; - prints.",
)
@click.option("--prune", is_flag=True, allow_from_autoenv=False, help="Add nothing: take out what is no longer there.")
@linting_options
@click.pass_context
def command(ctx: click.Context, /, output: str | None, prune: bool, **options: Any) -> None:
    """Write down what is known, so that check reports the rest.

    PATHS and options are those of klint check. What the file knows already is written anew, so that it holds what is
    found now and nothing else. Then name it: klint check --baseline FILE, or `baseline: FILE` in .klint.yaml.
    """
    lint = Lint.taken_from(options)
    opened = open_session(lint, is_debugging=is_debugging(ctx))
    session, project, failures = opened.session, opened.project, opened.failures
    prints = output == STDIN
    place = baseline_file(None if prints else output, project) or BaselineFile(
        project.open_tree(project.root), project.root / USUAL_NAME
    )
    before = _before(place, must_exist=prune)
    report = session.report()
    if failures or report.failures:
        raise KlintError(*failures, *report.failures)
    paths = tuple(sorted({relative_to(project.root, path) for path in session.paths}))
    baseline = Baseline(paths, entries_of((*report.findings, *report.consequences)))
    if prune:
        if not (covers(session.paths, project.root, before.paths) and sees_all(report)):
            message = "Not all that it is of was linted, so it cannot be told what is no longer there"
            raise KlintError(Failure(place.name, message, f"Lint {', '.join(before.paths)}, and render all of it"))
        baseline = _pruned(before, report)
    text = baseline_text(baseline)
    if prints:
        emit(text)
        return
    _write(text, place)
    say(_summary(place.name, before, baseline))
    if not project.config.baseline and not prune:
        say(f"klint check --baseline {place.name} reports what is not in it")


def _before(place: BaselineFile, *, must_exist: bool) -> Baseline:
    """What the file knows; nothing if there is none.

    Raises:
        KlintError: it is to be pruned and is not there, or is no baseline; or it is a file of somebody else's.
    """
    if must_exist:
        return place.read()
    try:
        head = place.folder.head(place.file, len(HEAD.encode()))
    except FileNotFoundError:
        return Baseline()
    except OSError as error:
        raise KlintError(Failure(place.name, f"It cannot be read: {error.strerror}", _ANOTHER)) from None
    if head and head != HEAD.encode():
        raise KlintError(Failure(place.name, "This is no baseline, and is not replaced by one", _ANOTHER))
    try:
        return place.read() if head else Baseline()
    except KlintError:  # two branches may have met in it
        return Baseline()


_ANOTHER = "Choose another file with --output"


def _pruned(before: Baseline, report: Report) -> Baseline:
    """A baseline without what the report does not have. What rules find that did not run stays."""
    (known,) = Comparison(BASELINE, "", before.entries, may_be_stale=True).news(report).known
    gone = {id(entry.at): entry.count for entry in known.stale}
    kept = (replace(entry, count=entry.count - gone.get(id(entry.at), 0)) for entry in before.entries)
    return replace(before, entries=tuple(entry for entry in kept if entry.count))


def _write(text: str, place: BaselineFile) -> None:
    try:
        place.folder.real(place.file.parent)
        write_whole(place.file, text)
    except OSError as error:
        message = f"The baseline cannot be written: {error.strerror}"
        raise KlintError(Failure(place.name, message, _ANOTHER)) from None


def _summary(name: str, before: Baseline, after: Baseline) -> str:
    """How many findings the file has, and what changed."""
    now, then = after.counts, before.counts
    added, gone = (now - then).total(), (then - now).total()
    changes = ", ".join(
        text for text in (f"{added} added" if added else "", f"{gone} taken out" if gone else "") if text
    )
    return f"{name} has {counted(now.total(), 'finding')}" + (f" ({changes})" if changes else "")
