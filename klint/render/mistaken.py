"""Folders that do not build as somebody deploys them. They are linted as they are: another folder may be meant.

What the deployer adds to the build is no such thing: where that is to blame, it is said.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from klint.kube.resource import string
from klint.render.kustomize.kustomizations import FILE_NAMES
from klint.text.document import Place, Problem
from klint.text.source import Span
from klint.workspace.deployers.delivery import Delivery, Setting
from klint.workspace.rendering import Rendering


def without_mistaken(renderings: Iterable[Rendering]) -> Iterator[Rendering]:
    """Some renderings; in the place of each that is mistaken, what its deployer is to blame for, if anything."""
    for rendering in renderings:
        delivery = rendering.delivery
        if delivery is None or not _is_mistaken(rendering, delivery):
            yield rendering
            continue
        problems = tuple(_of_settings(rendering, delivery))
        if problems:
            yield Rendering("", (), (), problems=problems)


def _is_mistaken(rendering: Rendering, delivery: Delivery) -> bool:
    """Whether a folder does not build at all, or does not in full and has no kustomization that says it should."""
    is_written = any(file.parent == delivery.folder for file in rendering.consumed if file.name in FILE_NAMES)
    return rendering.chart is None and not is_written and any(map(_is_refusal, rendering.problems))


def _is_refusal(problem: Problem) -> bool:
    return problem.rule == "unrendered"


def _of_settings(rendering: Rendering, delivery: Delivery) -> Iterator[Problem]:
    folder = posixpath.dirname(rendering.paths[0])
    for problem in filter(_is_refusal, rendering.problems):
        blamed = next((item for item in delivery.settings if _is_blamed(item, problem.span, folder)), None)
        if blamed is not None:
            message = f"{folder or '.'} is linted without what {delivery} adds to it: {problem.message}"
            is_here = problem.span.file == blamed.at.span.file
            at, related = (problem.span, problem.related) if is_here else (blamed.at.span, (("here", problem.span),))
            yield Problem("incomplete-rendering", message, at, related)


def _is_blamed(setting: Setting, span: Span, folder: str) -> bool:
    """Whether a place is in what says a setting, or in the component that it adds to a folder."""
    if span == setting.at.span or _is_inside(span, setting.at):
        return True
    component = posixpath.normpath(posixpath.join(folder, string(setting.value)))
    return setting.field == "components" and span.source.relative.startswith(f"{component}/")


def _is_inside(span: Span, at: Place) -> bool:
    written = at.document.place(at.path)
    node = written.document.node(written.path) if written else None
    if written is None or node is None or span.file != written.document.source.path:
        return False
    return node.start <= span.start - written.document.start < node.end
