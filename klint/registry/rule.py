"""What a rule is: `@rule` makes a Check of a function, and the folder that it is in makes a Rule of that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from klint.errors import RuleError
from klint.findings import Finding, Severity
from klint.intents import Exposure, Intent
from klint.records import cached_property, dataclass
from klint.registry.options import Option, option_of
from klint.registry.parameters import Parameter, parameters_of
from klint.registry.subjects import IN_GRAPH, is_graph_of, subjects_of

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.kube.resource import Resource

Function = Callable[..., Iterator[Finding]]

LAYERS = ("entry", "distribution", "routing", "workload", "intent", "scripts", "klint")
"""The layers of klint's own rules, in the order requests meet them; packs may add others."""


@dataclass(frozen=True)
class Check:
    """A decorated function: what it looks at, how severe it is and which options it takes.

    `summary` is what is wrong when it fires: the first line of its module's docstring. `marks` is what an editor shows
    its findings as: `unnecessary`, `deprecated`, or nothing of the kind. The function itself is found when it is first
    called. `over` are the collections of a graph that it is known to do nothing but go through: where they are empty it
    need not be called.
    """

    find_function: Callable[[], Function]
    subjects: tuple[str, ...]
    takes_graph: bool
    severity: Mapping[str, Severity | None]
    options: tuple[Option, ...]
    explained_by: frozenset[Exposure] = frozenset()
    explained_on: str = "any"
    follows: tuple[str, ...] = ()
    summary: str = ""
    marks: str = ""
    over: tuple[str, ...] = ()

    @cached_property
    def function(self) -> Function:
        """The function, its module loaded."""
        return self.find_function()

    @property
    def is_in_graph(self) -> bool:
        """Whether what it looks at is part of a graph, and not of the workspace alone."""
        return self.subjects[0] in IN_GRAPH

    def looks_at(self, name: str) -> bool:
        """Whether it looks at a class of this name."""
        return name in self.subjects

    def find(self, graph: Graph) -> Iterator[Any]:
        """What it looks at in a graph."""
        if self.over and not any(getattr(graph, name) for name in self.over):
            return
        for subject in self.subjects:
            yield from IN_GRAPH[subject](graph)

    def is_explained_by(self, intent: Intent, resource: Resource) -> bool:
        """Whether what is declared of an object explains what the rule says of it."""
        at = intent.at
        is_own = at.document is resource.document and at.path[: len(resource.path)] == resource.path
        return intent.exposure in self.explained_by and (self.explained_on == "any" or is_own)

    def __call__(self, subject: Any, graph: Graph | None = None, **options: Any) -> Iterator[Finding]:
        """Run the check on one subject, in its graph; options are named as its parameters are."""
        return self.function(subject, graph, **options) if self.takes_graph else self.function(subject, **options)


def rule(
    *,
    severity: str | Mapping[str, str | None],
    otherwise: str | None = "warning",
    explained_by: tuple[str, ...] = (),
    explained_on: Literal["any", "itself"] = "any",
    follows: tuple[str, ...] = (),
    marks: Literal["", "unnecessary", "deprecated"] = "",
) -> Callable[[Function], Check]:
    """Mark the function that is a rule's check.

    The annotation of its first parameter says what it looks at. A class of resources: it is called for each that a
    bundle has. `Graph`: once a bundle. `Scripts`: once an environment that scripts run against. `Workspace` and
    `Declarations`: once a run. `Ignores`: once a run, after everything else. A second parameter `graph: Graph` gets the
    graph of the bundle that the resource is in. Its keyword-only parameters are the rule's options, of type int, float,
    str, bool or tuple[str, ...], each with a default.

    Args:
        severity: error, warning or note; or one for each environment, None where the rule is silent.
        otherwise: the severity in environments that `severity` does not name, and where none is known.
        explained_by: the intents (public, internal, cluster) that explain its findings: a rule that only says that
            something is open has nothing to say where that is declared of the object the finding stands in.
        explained_on: whether `any` declaration of that object explains them, or only the annotation of the object
            `itself`: for what nobody should open unawares by declaring a whole namespace.
        follows: the rules whose findings have the same root cause: where one of them reports the same place, and no
            less severely, what this rule says of it is a related place there, and no finding of its own.
        marks: what its findings stand at, where an editor shows that: `unnecessary` for what has no effect and may as
            well not be there, `deprecated` for what Kubernetes has dropped or is going to.
    """
    said = {"otherwise": severity} if isinstance(severity, str) else {**severity, "otherwise": otherwise}
    levels = _levels(said)
    intents = _intents(explained_by)

    def decorate(function: Function) -> Check:
        first, *others = _parameters(function)
        names = getattr(function, "__globals__", {})
        subjects = subjects_of(first, names)
        takes_graph = bool(others) and is_graph_of(subjects, others[0], names)
        options = tuple(map(option_of, others[1:] if takes_graph else others))
        summary = (names.get("__doc__") or "").strip().partition("\n")[0].strip()
        return Check(
            lambda: function, subjects, takes_graph, levels, options, intents, explained_on, follows, summary, marks
        )

    return decorate


def _parameters(function: Function) -> list[Parameter]:
    parameters = parameters_of(function)
    if not parameters or parameters[0].kind != "either":
        raise RuleError(f"{function.__name__} has no first parameter, which says what the rule looks at")
    return parameters


def _intents(names: tuple[str, ...]) -> frozenset[Exposure]:
    for name in names:
        if name not in list(Exposure):
            raise RuleError(f"{name!r} is no intent; there are {', '.join(Exposure)}")
    return frozenset(map(Exposure, names))


def _levels(levels: Mapping[str, str | None]) -> Mapping[str, Severity | None]:
    from klint.config.config import ENVIRONMENTS

    for environment, level in levels.items():
        if environment not in (*ENVIRONMENTS, "otherwise"):
            raise RuleError(f"{environment!r} is no environment; there are {', '.join(ENVIRONMENTS)}")
        if level is not None and level not in list(Severity):
            raise RuleError(f"{level!r} is no severity; there are {', '.join(Severity)}")
    if not any(levels.values()):
        raise RuleError("it has no severity in any environment")
    return {environment: None if level is None else Severity(level) for environment, level in levels.items()}


@dataclass(frozen=True)
class Rule:
    """A rule: its check, and what its folder says. `pack` is `klint` for the built-in ones."""

    name: str
    layer: str
    check: Check
    folder: Path
    pack: str = "klint"

    @property
    def is_built_in(self) -> bool:
        """Whether it came with klint."""
        return self.pack == "klint"

    @property
    def summary(self) -> str:
        """What is wrong when it fires: the first line of rule.py's docstring."""
        return self.check.summary

    @cached_property
    def page(self) -> str:
        """The page, as Markdown; empty when there is none."""
        try:
            return (self.folder / "README.md").read_text("utf-8")
        except OSError:
            return ""

    @cached_property
    def has_fix(self) -> bool:
        """Whether some of its findings come with a fix: whether rule.py hands one on."""
        import ast

        module = ast.parse((self.folder / "rule.py").read_bytes())
        return any(isinstance(node, ast.keyword) and node.arg == "fix" for node in ast.walk(module))

    def severity_in(self, environment: str) -> Severity | None:
        """The severity in an environment; None where the rule is silent."""
        levels = self.check.severity
        return levels[environment] if environment in levels else levels["otherwise"]

    @property
    def highest_severity(self) -> Severity:
        """The most it can be."""
        return max((level for level in self.check.severity.values() if level), key=lambda level: level.rank)
