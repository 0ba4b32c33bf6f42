"""The report after an edit, made of the last one.

Most edits touch little: the ports of a Service, the image of a container, the host of an Ingress. What can be touched
by them is the part of the workspace that the edited files are tied to (`klint.incremental.division`). So that part is
linted together with all that may matter anywhere, once as it was before the edit and once as it is now.

- What is said of the part before must be what is known of it. That shows that the part is all that matters to it.
- What is said of anything outside the part, or of what may matter anywhere, must be the same before and now. So the
  edit changes nothing there.

Then what is said of the part now is what is to be said of it, and all else stays as it is. Where anything is otherwise,
or the edit changes more than what an object is to its own namespace, there is no answer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from klint.edits import Edit
from klint.engine import Joined, Report, join_again, resources_of
from klint.findings import Finding
from klint.incremental.division import BeyondError, Division, Widely, is_without_namespace
from klint.incremental.reading import Changed, Reading
from klint.intents import ANNOTATION
from klint.kube.resource import Resource
from klint.kube.routes.ingress import Ingress
from klint.records import dataclass, replace
from klint.text.document import Place
from klint.workspace.bundles import Bundle
from klint.workspace.rendering import Rendering
from klint.workspace.target import Target, Targets
from klint.workspace.workspace import Workspace

Judge = Callable[[Workspace, Joined], Report]

SHARE = 3
"""A part that is more than one in so many of all objects is not linted apart: that is done twice."""


@dataclass(frozen=True)
class Known:
    """A report, what it was made of, and how the workspace divides.

    `around` is the part that the last edit touched, with what was said of it and of all that may matter anywhere.
    """

    report: Report
    joined: Joined
    division: Division
    around: tuple[frozenset[str], Report] | None = None


def known(report: Report, joined: Joined) -> Known:
    """What is known once all of a workspace was linted."""
    division = Division(patterns_of(joined))
    written = [bundle.resources for bundle in joined.bundles if not bundle.is_rendered]
    for resources in written:
        if is_without_namespace(resources):
            division.group({item.document.source.path for item in resources})
    for file, found in by_file(chain(*written)).items():
        division.put(file, found)
    for bundle in joined.bundles:
        if bundle.is_rendered:
            division.add_wide(bundle.resources)
    return Known(report, joined, division)


def edited(before: Known, reading: Reading, judge: Judge, fewest: int) -> Known | None:
    """What is known after an edit; None where all of the workspace must be linted to know.

    Args:
        before: what was known. It is of no use any more: it may be changed.
        reading: the workspace now, and the files that changed.
        judge: lints what resources are joined to.
        fewest: how many objects a workspace has for this to pay.
    """
    last, division, (workspace, changed) = before.report, before.division, reading
    if len(before.joined.resources) < fewest or not all(rule.is_built_in for rule in last.rules):
        return None  # what the rules of packs look at is not known
    for name in changed:
        division.adopt(name)
    are_slight = all(is_slight(file, workspace, division) for file in changed.values())
    if not are_slight and not all(_is_local(file, workspace, division) for file in changed.values()):
        return None
    wide = division.widely
    old = {name: resources_of(workspace, file.before) for name, file in changed.items()}
    new = {name: resources_of(workspace, file.now) for name, file in changed.items()}
    one, other = [*chain(*old.values())], [*chain(*new.values())]
    try:
        part = division.part((*changed, *division.concerned(one, other)))
        for name, resources in new.items():
            division.put(name, resources)
        part |= division.part((*changed, *division.concerned(one, other)))
    except BeyondError:
        return None
    wide_now = division.widely
    if (fewest and division.size(part) * SHARE > len(before.joined.resources)) or _mentions(last, changed, part):
        return None
    if are_slight:
        now = dict(zip(map(id, one), other, strict=True))
        rendered = {rendering.name: rendering for rendering in workspace.renderings}
        bundles = (_with(now, bundle, rendered) for bundle in before.joined.bundles)
        off = [_with(now, graph.bundle, rendered) for graph in before.joined.off]
        joined = before.joined.with_bundles(tuple(bundles), off)
    else:
        joined = join_again(workspace, before.joined)
        written = (bundle.resources for bundle in joined.bundles if not bundle.is_rendered)
        is_kept = _outside(before.joined, part, wide) == _outside(joined, part, wide_now)
        if not is_kept or not division.are_groups(written):
            return None
    earlier = before.around[1] if before.around is not None and before.around[0] == part else None
    if earlier is None:
        earlier = judged(last.workspace, before.joined, part, wide, division, judge)
        if earlier is None or earlier.failures != last.failures or _said(earlier, part) != _said(last, part):
            return None
    later = judged(workspace, joined, part, wide_now, division, judge)
    if later is None or later.failures != last.failures:
        return None
    if _said(later, part, wide_now) != _said(earlier, part, wide):
        return None
    report = Report(
        workspace,
        joined.bundles,
        last.rules,
        _merged(last.findings, later.findings, part, _at),
        _merged(last.suppressed, later.suppressed, part, lambda item: _at(item.finding)),
        last.failures,
        graphs=tuple(joined.graphs),
        consequences=_merged(last.consequences, later.consequences, part, _at),
    )
    return Known(report, joined, division, (part, later))


def _with(now: Mapping[int, Resource], bundle: Bundle, rendered: Mapping[str, Rendering]) -> Bundle:
    """A bundle with other objects in the place of some, by their identities; what is rendered now, by its name."""
    if now.keys().isdisjoint(map(id, bundle.resources)):
        return bundle
    resources = tuple(now.get(id(item), item) for item in bundle.resources)
    if not bundle.is_rendered:
        return replace(bundle, resources=resources)
    rendering = rendered[bundle.name]
    return replace(
        bundle, resources=resources, absent_charts=rendering.absent_charts, exposure_on=rendering.exposure_on
    )


def by_file(resources: Iterable[Resource]) -> dict[str, list[Resource]]:
    """Objects by the file that they are in, as reports call it."""
    found: dict[str, list[Resource]] = defaultdict(list)
    for item in resources:
        found[item.document.source.path].append(item)
    return found


def is_slight(file: Changed, workspace: Workspace, division: Division) -> bool:
    """Whether an edit changes of a file's objects only what they are to their own namespaces."""
    old, new = file
    if len(old) != len(new) or Targets(workspace.config, (*old, *new)).are_told_by_documents:
        return False
    for was, document in zip(old, new, strict=True):
        before, now = resources_of(workspace, [was]), resources_of(workspace, [document])
        if not before or len(before) != len(now) or (ANNOTATION in was.text) != (ANNOTATION in document.text):
            return False
        if was.text != document.text and (division.is_far_reaching(was) or division.is_far_reaching(document)):
            return False
        if any(division.outline(one) != division.outline(other) for one, other in zip(before, now, strict=True)):
            return False
    return True


def _is_local(file: Changed, workspace: Workspace, division: Division) -> bool:
    """Whether all that an edit changes of a file are objects that matter to their own namespaces alone."""
    if Targets(workspace.config, (*file.before, *file.now)).are_told_by_documents:
        return False
    texts = [{document.text for document in documents} for documents in file]
    wide: list[list[str]] = []
    for documents, others in zip(file, reversed(texts), strict=True):
        wide.append([])
        for document in documents:
            resources = resources_of(workspace, [document])
            is_far = division.is_far_reaching(document)
            if not resources or (document.text not in others and (is_far or ANNOTATION in document.text)):
                return False
            wide[-1].extend(division.outline(item) for item in resources if is_far or not division.is_local(item))
    return wide[0] == wide[1]


def _outside(joined: Joined, part: frozenset[str], widely: Widely) -> dict[tuple[object, ...], Target]:
    """Where the objects outside a part, or that may matter anywhere, go that are deployed together."""
    found: dict[tuple[object, ...], Target] = {}
    for bundle in joined.bundles:
        objects: list[object] = []
        for item in bundle.resources:
            file = item.document.source.path
            if file not in part:
                objects.append(id(item))
            elif id(item) in widely.objects:
                objects.append((file, str(item)))
        if objects:
            found[tuple(objects)] = bundle.target
    return found


def judged(
    workspace: Workspace, joined: Joined, part: frozenset[str], wide: Widely, division: Division, judge: Judge
) -> Report | None:
    """The report on a part of a workspace and all that may matter anywhere; None where more of it would matter."""
    bundles = []
    documents: set[int] = set()
    for bundle in joined.bundles:
        first = witnesses(bundle)
        resources = tuple(
            item
            for item in bundle.resources
            if item.document.source.path in part or id(item) in wide.objects or id(item) in first
        )
        documents.update(id(item.document) for item in resources)
        if resources or bundle.absent_charts:
            bundles.append(bundle if len(resources) == len(bundle.resources) else replace(bundle, resources=resources))
    around = joined.with_bundles(tuple(bundles))
    shown = tuple(item for item in workspace.documents if id(item) in documents or item.source.path in part)
    report = judge(replace(workspace, documents=shown), around)
    return report if patterns_of(around) <= division.patterns else None


def witnesses(bundle: Bundle) -> set[int]:
    """The first Ingress of each class in a bundle, by identity: that any asks for a class matters to all."""
    found: dict[str, int] = {}
    for item in bundle.resources:
        if isinstance(item, Ingress):
            found.setdefault(item.wanted_class, id(item))
    return set(found.values())


def patterns_of(joined: Joined) -> frozenset[re.Pattern[str]]:
    """What the texts of a workspace, or of a bundle in it, were searched for."""
    indexes = [index for graph in (*joined.graphs, *joined.off) for index in graph.indexes]
    return frozenset(pattern for index in {*indexes, joined.index} for pattern in index.searched)


def _said(report: Report, part: frozenset[str], widely: Widely | None = None) -> list[Any]:
    """What a report says of the files of a part; or of all else, and of what may matter anywhere."""
    lists = (report.findings, [item.finding for item in report.suppressed], report.consequences)
    return [
        [
            _words(item)
            for item in found
            if (_at(item) in part if widely is None else _is_about_others(item, part, widely))
        ]
        for found in lists
    ]


def _is_about_others(finding: Finding, part: frozenset[str], widely: Widely) -> bool:
    """Whether a finding is about what is outside a part, or may matter anywhere."""
    at = finding.at
    return _at(finding) not in part or (isinstance(at, Place) and id(at.document) in widely.documents)


def _words(finding: Finding) -> tuple[Any, ...]:
    related = tuple((item.message, item.at.span.sort_key) for item in finding.related)
    told = (finding.rule, finding.severity, finding.message, finding.span.sort_key, finding.bundles, finding.key)
    path = tuple((hop.kind, hop.state, str(hop.why), tuple(map(str, hop.targets))) for hop in finding.path)
    return (*told, related, finding.intent is None, finding.fix is None, path)


def _at(finding: Finding) -> str:
    return finding.span.source.path


def files_told_of(report: Report) -> set[str]:
    """The files that anything that is said has a place in."""
    found = (*report.findings, *(item.finding for item in report.suppressed), *report.consequences)
    return set().union(*map(_files_of, found))


def _mentions(report: Report, files: Collection[str], part: frozenset[str]) -> bool:
    """Whether anything that is said outside a part has a place in one of these files."""
    found = (*report.findings, *(item.finding for item in report.suppressed), *report.consequences)
    return any(_files_of(item) & set(files) for item in found if _at(item) not in part)


def _files_of(finding: Finding) -> set[str]:
    places = [finding.at, *(item.at for item in finding.related)]
    files = {place.document.source.path if isinstance(place, Place) else place.source.path for place in places}
    for hop in finding.path:
        files |= {
            item.document.source.path for item in (hop.source, *hop.targets, *(near.resource for near in hop.near))
        }
    for change in finding.fix.changes if finding.fix else ():
        files.add(change.span.source.path if isinstance(change, Edit) else change.place.document.source.path)
    return files


def _merged(
    last: Sequence[Any], later: Sequence[Any], part: frozenset[str], at: Callable[[Any], str]
) -> tuple[Any, ...]:
    """What was said outside a part, and what is said of it now, in the order of files."""
    kept = [item for item in last if at(item) not in part]
    return tuple(sorted([*kept, *(item for item in later if at(item) in part)], key=at))
