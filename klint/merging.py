"""What rules said → findings: in order, each thing once, each with the object that it is about."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from klint.findings import Finding, Related, Severity
from klint.intents import Intent
from klint.kube.resource import Resource
from klint.records import replace
from klint.regex import regex
from klint.text.document import Place
from klint.text.source import Span
from klint.workspace.bundles import Bundle

Called = Callable[[str, str], Resource | None]
_OBJECT = regex(r"\b[A-Z]\w+ [^\s,:;()]+")
"""What may be an object in a message: `Service shop/web`."""


def ordered(findings: Sequence[Finding], called: Called = lambda _, __: None) -> list[Finding]:
    """Sorted by file, span, rule and message; what is said of one place in the same words is said once.

    `called` finds a resource by its bundle and by what messages call it.
    """
    unique: dict[Any, list[Finding]] = defaultdict(list)
    for finding in in_order(findings):
        unique[finding.span.sort_key, finding.rule, finding.key].append(finding)
    return [one for said in unique.values() for one in (said if len(said) == 1 else _merged(said, called))]


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by file, span, rule and message."""
    return sorted(findings, key=lambda finding: (finding.span.sort_key, finding.rule, finding.message))


def with_consequences(
    findings: Sequence[Finding], follows: Mapping[str, Sequence[str]]
) -> tuple[list[Finding], list[Finding]]:
    """One root cause, one finding: what follows from what another rule says of a place is a related place there.

    `follows` has for a rule those that its findings follow from. What is less severe than what follows from it keeps
    nothing to itself: both are told. The second list has what is no finding of its own any more.
    """
    causes = {name for names in follows.values() for name in names}
    found = {(item.span.sort_key, item.rule): index for index, item in enumerate(findings) if item.rule in causes}
    kept: dict[int, Finding] = dict(enumerate(findings))
    consequences: list[Finding] = []
    for index, finding in enumerate(findings):
        for cause in follows.get(finding.rule, ()):
            place = found.get((finding.span.sort_key, cause))
            if place is not None and place in kept and _rank(kept[place]) >= _rank(finding):
                related = (*kept[place].related, Related(finding.message, finding.at), *finding.related)
                kept[place] = replace(kept[place], related=related)
                del kept[index]
                consequences.append(finding)
                break
    return list(kept.values()), consequences


def _rank(finding: Finding) -> int:
    return finding.severity.rank if finding.severity else 0


def _merged(said: Sequence[Finding], called: Called) -> Iterator[Finding]:
    """What one rule says of one place, each thing once.

    The same words are one thing. So is what several bundles are rendered to, of objects that stand in one line of what
    was rendered: overlays and releases give them other names. Whatever else is said differently is something else.
    """
    groups: list[tuple[Finding, dict[str, None], list[Severity], list[Intent | None]]] = []
    by_message: dict[str, int] = {}
    by_words: dict[str, list[int]] = defaultdict(list)
    passed: dict[tuple[str, str], int] = {}
    for finding in said:
        index = by_message.get(finding.message)
        if index is None and finding.bundles:
            words = _written_words(finding, called)
            alike = by_words[words]
            # What has a bundle once has it for good.
            start = max(passed.get((words, bundle), 0) for bundle in finding.bundles)
            while start < len(alike) and not groups[alike[start]][1].keys().isdisjoint(finding.bundles):
                start += 1
            passed.update(dict.fromkeys(((words, bundle) for bundle in finding.bundles), start))
            index = alike[start] if start < len(alike) else None
            if index is None:
                alike.append(len(groups))
        if index is None:
            index = len(groups)
            groups.append((finding, {}, [], []))
        by_message.setdefault(finding.message, index)
        _, bundles, severities, intents = groups[index]
        bundles.update(dict.fromkeys(finding.bundles))
        intents.append(finding.intent)
        if finding.severity:
            severities.append(finding.severity)
    for finding, bundles, severities, intents in groups:
        severity = max(severities, key=lambda severity: severity.rank, default=None)
        intent = finding.intent if all(intents) else None
        yield replace(finding, bundles=tuple(bundles), severity=severity, intent=intent)


def _written_words(finding: Finding, called: Called) -> str:
    """The message with the line that an object begins at where it is written, in the place of its name."""

    def written(match: re.Match[str]) -> str:
        resource = next((item for bundle in finding.bundles if (item := called(bundle, match[0]))), None)
        return match[0] if resource is None else f"{resource.kind} {Place(resource.document, resource.path).span}"

    return _OBJECT.sub(written, finding.message)


class Objects:
    """The resources of a run, by where they stand and by what messages call them."""

    def __init__(self, bundles: Sequence[Bundle]) -> None:
        self._bundles = {bundle.name: bundle for bundle in bundles}
        self._by_name: dict[str, dict[str, Resource]] = {}
        self._by_place = {
            (id(resource.document), resource.path): resource for bundle in bundles for resource in bundle.resources
        }

    def around(self, at: Place | Span) -> Resource | None:
        """The innermost resource that a place is in."""
        if not isinstance(at, Place):
            return None
        paths = (at.path[:length] for length in range(len(at.path), -1, -1))
        return next((found for path in paths if (found := self._by_place.get((id(at.document), path)))), None)

    def called(self, bundle: str, name: str) -> Resource | None:
        """The resource of a bundle that messages call so: `Service shop/web`."""
        if bundle not in self._by_name:
            self._by_name[bundle] = {str(resource): resource for resource in self._bundles[bundle].resources}
        return self._by_name[bundle].get(name)
