"""What is wrong with an object, and what the API server makes of that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from klint.enums import Enum
from klint.errors import closest
from klint.kube.resource import Resource, View, mapping
from klint.kube.validation.remedies import call, meant, write_decoded, write_meant
from klint.kube.validation.shape import Mismatch, Shape, UnknownField, decodes, decoding_faults
from klint.records import dataclass
from klint.text.document import Path, Place
from klint.text.placeholders import is_placeholder_for_word
from klint.text.words import joined

if TYPE_CHECKING:
    from klint.fixes import Fix


class Effect(Enum):
    """What becomes of an object with a problem."""

    REFUSED = "the API server refuses the object"
    DOUBTFUL = "some API servers refuse it, or all take it for something else than it looks"
    OUTDATED = "API servers accepted it once, and later ones refuse it"
    IGNORED = "the API server accepts it, and nothing reads it"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing that is wrong with a field.

    `message` is a sentence without a full stop. `missing` are the fields that should stand at `at`, if any. `fix` is
    set where it is plain what was meant.
    """

    at: Place
    message: str
    effect: Effect = Effect.REFUSED
    missing: tuple[str, ...] = ()
    fix: Fix | None = None


def is_patch(resource: Resource) -> bool:
    """Whether this says how to change an object (`$patch`), and is none."""
    return "$patch" in resource.data or "$patch" in mapping(resource.data.get("spec"))


def not_among(view: View, path: Path, known: Collection[Any], what: str, of: object = "") -> Iterator[FieldProblem]:
    """A value that is given and is none of the few that are known. `what` is the field, in words; `of` what has it."""
    value = view.get(*path)
    if value is not None and value not in known and not is_placeholder_for_word(value):
        names = joined([str(item) for item in known], "or")
        at = view.at(*path)
        field = f"{what} of {of}" if of else what
        yield FieldProblem(at, f"{field} is {value!r}, and can only be {names}", fix=write_meant(at, known))


def judge(
    resource: Resource,
    shape: Shape,
    checks: Iterable[FieldProblem],
    *,
    is_explained: Callable[[UnknownField], bool] = lambda _: False,
) -> Iterator[FieldProblem]:
    """Every problem of an object, one a field: what does not decode, then what is wrong with the rest.

    A field that does not decode or is misspelt is not missing or empty as well.

    Args:
        resource: the object.
        shape: its fields.
        checks: what is wrong with an object that decodes.
        is_explained: whether the checks say more of a field than that it does not exist.
    """
    misspelt: set[tuple[Path, str]] = set()
    undecoded: set[Path] = set()
    if not decodes(resource.data, shape):
        for problem in _decode(resource, shape, is_explained, misspelt):
            undecoded.add(problem.at.path)
            yield problem
    seen: set[tuple[Path, tuple[str, ...]]] = set()
    for problem in checks:
        at = problem.at.path
        is_there = any(field in problem.missing and at[: len(path)] == path for path, field in misspelt) or any(
            (*at, field) in undecoded for field in problem.missing
        )
        if at not in undecoded and not is_there and (at, problem.missing) not in seen:
            seen.add((at, problem.missing))
            yield problem


def _decode(
    resource: Resource, shape: Shape, is_explained: Callable[[UnknownField], bool], misspelt: set[tuple[Path, str]]
) -> Iterator[FieldProblem]:
    for fault in decoding_faults(resource.data, shape):
        at = Place(resource.document, resource.path + fault.path)
        if isinstance(fault, Mismatch):
            what = f"{field_name(fault.path)} of {resource} is {_given(fault.value)}"
            message = f"{what}, and the API server reads only {fault.wanted} there"
            yield FieldProblem(at, message, fix=write_decoded(at, fault.shape))
            continue
        field = str(fault.path[-1])
        if is_explained(fault) or fault.path == ("sops",):  # SOPS takes its own field off when it decrypts
            continue
        near = _nearest(field, fault.fields)
        misspelt.add((resource.path + fault.path[:-1], near))
        hint = f": did you mean {near}?" if near else ""
        version = str(resource.data.get("apiVersion") or "").strip()
        where = f" in {version}" if version else ""
        message = f"{resource} has {field_name(fault.path) or repr(field)}, an unknown field{where}{hint}"
        yield FieldProblem(at, message, fix=_called_right(resource, fault, at))


def _called_right(resource: Resource, fault: UnknownField, at: Place) -> Fix | None:
    """What gives a field the name that was meant, if it is not there as well and can hold such a value."""
    name = meant(str(fault.path[-1]), fault.fields)
    is_free = bool(name) and name not in resource.get(*fault.path[:-1])
    return call(at, name) if is_free and decodes(fault.value, fault.fields[name]) else None


def _nearest(field: str, fields: Iterable[str]) -> str:
    """The field that somebody meant: decoding minds the case of letters, people do not."""
    folded = field.casefold()
    same = next((item for item in fields if item.casefold() == folded), "")
    return same or (closest(field, list(fields)) if len(field) <= 100 else "")


def field_name(path: Path) -> str:
    """A path as the API server writes it: `spec.rules[0].host`. The keys of labels and annotations hold dots."""
    match path:
        case ("metadata", "labels" | "annotations" as parent, key):
            return f"{parent.removesuffix('s')} {key}"
        case ("spec", "selector", key):
            return f"selector {key}"
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _given(value: Any) -> str:
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, str):
        return f'the string "{value}"'
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a list" if isinstance(value, list) else "a mapping"
