"""GitLab CI: the scripts of jobs, with what they extend.

`before_script` and `script` are one shell, `after_script` is another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from klint.scripts.commands import Command, Context, names
from klint.scripts.snippet import Snippet
from klint.scripts.sources.base import NewShell, filled
from klint.scripts.sources.tree import Part, read_tree
from klint.text.source import Source

_RESERVED = names(
    "default variables workflow stages include image services cache before_script after_script spec pages:deploy"
)
_BRANCH = re.compile(r"""\$CI_COMMIT_(?:BRANCH|REF_NAME|REF_SLUG)\s*==\s*["']?([\w./-]+|\$CI_DEFAULT_BRANCH)["']?""")
_TRIGGER = re.compile(r"""\$CI_PIPELINE_SOURCE\s*==\s*["'](\w+)["']""")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_MAX_EXTENDS = 11
"""As deep as GitLab itself follows `extends`."""
_MAX_REFERENCED = 2**15
"""Lines, and lists of them, that the references of a file may bring in: lists that refer to a list twice double it."""


def commands(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands of a pipeline's jobs. Templates (`.name`) that a job extends count there, others by themselves."""
    for root in read_tree(source):
        left = iter(range(_MAX_REFERENCED))
        variables = root["variables"].strings
        jobs = {name: part for name, part in root.items() if part.is_mapping and name not in _RESERVED}
        extended = {base for part in jobs.values() for base in part["extends"].texts}
        for name, job in jobs.items():
            if not (name.startswith(".") and name in extended):
                yield from _job(name, [job, *_bases(job, jobs, set())], root, variables, left, new_shell)


def _bases(job: Part, jobs: Mapping[str, Part], known: set[str], depth: int = 0) -> list[Part]:
    """What a job extends, nearest first, each but once: the nearest says what counts."""
    found: list[Part] = []
    if depth < _MAX_EXTENDS:
        for name in reversed(job["extends"].texts):
            if name in jobs and name not in known:
                known.add(name)
                found += [jobs[name], *_bases(jobs[name], jobs, known, depth + 1)]
    return found


def _job(
    name: str, chain: list[Part], root: Part, given: Mapping[str, str], left: Iterator[int], new_shell: NewShell
) -> Iterator[Command]:
    """The commands of a job, with what it extends; `given` are the variables of the whole pipeline."""

    def first(key: str) -> Part:
        own = next((part[key] for part in chain if part[key]), None)
        return own or root.at("default", key) or root[key]

    variables = dict(given)
    for part in reversed(chain):
        variables.update(part["variables"].strings)
    environment = next((part["environment"] for part in chain if part["environment"]), Part(root.document, None))
    conditions = [rule["if"].text for part in chain for rule in part["rules"] if rule["when"].text != "never"]
    only = [item for part in chain for item in (*part["only"].texts, *part.at("only", "refs").texts)]
    context = Context(
        kind="GitLab CI pipeline",
        unit=f"job {name}",
        environment=_fill(environment.text or environment["name"].text, variables),
        branches=tuple(
            dict.fromkeys([*_branches(conditions), *(item for item in only if item not in _PIPELINE_SOURCES)])
        ),
        triggers=tuple(
            dict.fromkeys(
                [*(found for text in conditions for found in _TRIGGER.findall(text))]
                + [item.rstrip("s") if item == "schedules" else item for item in only if item in _PIPELINE_SOURCES]
            )
        ),
        variables=variables,
    )
    shell = new_shell(context)
    for key in ("before_script", "script"):
        for snippet in _scripts(first(key), root, left):
            shell.run(snippet)
    yield from shell.finish()
    after = new_shell(context)
    for snippet in _scripts(first("after_script"), root, left):
        after.run(snippet)
    yield from after.finish()


def _scripts(
    part: Part, root: Part, left: Iterator[int], depth: int = 0, *, is_given: bool = False
) -> Iterator[Snippet]:
    """The lines of a script, with those that `!reference [job, key]` takes from elsewhere in the file.

    `left` counts what references bring in; where it ends, nothing more is brought in.
    """
    if is_given and next(left, None) is None:
        return
    if part.tag == "!reference":
        if depth < _MAX_EXTENDS:
            yield from _scripts(root.at(*part.texts), root, left, depth + 1, is_given=True)
    elif part.is_list:
        for item in part:
            yield from _scripts(item, root, left, depth + 1, is_given=is_given)
    else:
        yield from part.snippets


_PIPELINE_SOURCES = names("branches tags schedules web api pushes triggers merge_requests external pipelines")


def _branches(conditions: list[str]) -> Iterator[str]:
    for text in conditions:
        yield from ("main" if name == "$CI_DEFAULT_BRANCH" else name for name in _BRANCH.findall(text))


def _fill(text: str, variables: Mapping[str, str]) -> str:
    return filled(text, _VARIABLE, lambda match: variables.get(match[1], match[0]))
