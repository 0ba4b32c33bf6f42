"""What Helm answers: a chart rendered plainly, and with as many markers as change nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from klint.records import dataclass
from klint.render.helm.marking import RENDERED, Daring
from klint.render.helm.request import TemplateRequest
from klint.render.helm.sourcemap import Marked, agreement
from klint.render.outcomes import RenderError

Rendered = Mapping[str, str]
"""Rendered text by template path (`chart/templates/x.yaml`)."""


@dataclass(frozen=True)
class Answer:
    """What a chart renders to, and the same with markers as far as that worked."""

    plain: Rendered
    marked: Mapping[str, Marked]

    def to_json(self) -> dict[str, Any]:
        """As the cache keeps it."""
        marked = {path: [item.text, item.daring] for path, item in self.marked.items()}
        return {"plain": dict(self.plain), "marked": marked}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Answer:
        """What the cache kept.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: it is something else.
        """
        plain, marked = data["plain"], data["marked"]
        if not all(isinstance(text, str) for text in (*plain.values(), *(text for text, _ in marked.values()))):
            raise TypeError("rendered text is text")
        return Answer(dict(plain), {path: Marked(text, Daring(daring)) for path, (text, daring) in marked.items()})


class Engine(Protocol):
    """What renders archives of a chart: `{path: text}` or an error for each, as far as they are rendered."""

    def outcomes(
        self, request: TemplateRequest, archives: Sequence[bytes], *, until_one_renders: bool = False
    ) -> list[Rendered | RenderError]:
        """Render each archive with the same values unless the first fails, or one by one until one renders."""


def answer(engine: Engine, request: TemplateRequest) -> Answer:
    """Render a chart plainly and with markers. Where these change what it means, fewer are tried.

    Where they certainly change nothing, one render is both.

    Raises:
        RenderError: the templates fail, or take too long.
    """
    request.check()
    if request.marked_for_both and request.is_same_with_markers():
        archives = [request.marked_for_both(), request.chart]  # errors name columns, which are those of the latter
        *failed, both = engine.outcomes(request, archives, until_one_renders=True)
        if isinstance(both, RenderError):
            raise both
        if not failed:
            marked = {path: Marked(text, Daring.BLOCKS) for path, text in both.items()}
            return Answer({path: RENDERED.sub("", text) for path, text in both.items()}, marked)
    darings = sorted(Daring, reverse=True) if request.marked else []
    first = [request.chart, *(request.marked(daring) for daring in darings[:1] if request.marked)]
    plain, *others = engine.outcomes(request, first)
    if isinstance(plain, RenderError):
        raise plain
    best: dict[str, tuple[float, Marked]] = {}
    for daring in darings:
        if not others:
            others = engine.outcomes(request, [request.marked(daring)] if request.marked else [])
        tried = others.pop()
        for path, text in tried.items() if not isinstance(tried, RenderError) else ():
            score = agreement(plain[path], text) if path in plain else 0.0
            if score > best.get(path, (0.0,))[0]:
                best[path] = (score, Marked(text, daring))
        if all(best.get(path, (0.0,))[0] == 1.0 for path in plain):
            break
    return Answer(plain, {path: marked for path, (_, marked) in best.items()})
