"""Changes of data, each at a place of a document: data themselves, made only where somebody asks for the edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from klint.records import dataclass, replace
from klint.text.data import MISSING, changed, is_same, value_at

if TYPE_CHECKING:
    from klint.text.document import Path, Place


@dataclass(frozen=True, slots=True)
class Replace:
    """Give a place another value: a scalar, or a mapping or list as a whole."""

    place: Place
    value: Any

    @property
    def touched(self) -> Path:
        """What is another after it."""
        return self.place.path

    def written(self) -> Change | None:
        """The same where a person wrote the value; None where nobody wrote it as it is."""
        return _at(_written(self.place), self)

    def applied(self, data: Any) -> Any:
        """The document's data with it.

        Raises:
            LookupError: it is not possible there.
        """
        return changed(data, self.place.path, lambda _: self.value)


@dataclass(frozen=True, slots=True)
class Insert:
    """Add a value under a new key of the mapping at a place, or before an index of the list there."""

    place: Place
    step: str | int
    value: Any

    @property
    def touched(self) -> Path:
        """What is another after it."""
        return (*self.place.path, self.step)

    def written(self) -> Change | None:
        """The same where a person wrote the mapping or list; None where nobody wrote it as it is."""
        return _at(_written(self.place), self)

    def applied(self, data: Any) -> Any:
        """The document's data with it.

        Raises:
            LookupError: it is not possible there.
        """
        return changed(data, self.place.path, self.into)

    def into(self, holder: Any) -> Any:
        """The mapping or list with it; raises as above."""
        if isinstance(holder, dict) and isinstance(self.step, str) and self.step not in holder:
            return {**holder, self.step: self.value}
        if isinstance(holder, list) and isinstance(self.step, int) and 0 <= self.step <= len(holder):
            return [*holder[: self.step], self.value, *holder[self.step :]]
        raise LookupError(self.step)


@dataclass(frozen=True, slots=True)
class Remove:
    """Take the value at a place away with its key, or out of its list."""

    place: Place

    @property
    def touched(self) -> Path:
        """What is another after it."""
        return self.place.path

    def written(self) -> Change | None:
        """The same where a person wrote all of what it is taken out of.

        What a patch or a values file sets alone is not gone with it: something below it comes to the surface.
        """
        return _at(_written_below_holder(self.place), self)

    def applied(self, data: Any) -> Any:
        """The document's data with it.

        Raises:
            LookupError: it is not possible there.
        """
        *above, step = self.place.path
        return changed(data, above, lambda holder: _without(holder, step))


@dataclass(frozen=True, slots=True)
class Rename:
    """Give what stands at a place, an entry of a mapping, another key that the mapping does not have yet."""

    place: Place
    key: str

    @property
    def touched(self) -> Path:
        """What is another after it."""
        return self.place.path

    def written(self) -> Change | None:
        """The same where a person wrote all of the mapping; None where nobody wrote it as it is."""
        return _at(_written_below_holder(self.place), self)

    def applied(self, data: Any) -> Any:
        """The document's data with it.

        Raises:
            LookupError: it is not possible there.
        """
        *above, step = self.place.path
        return changed(data, above, lambda holder: self._renamed(holder, step))

    def _renamed(self, holder: Any, step: str | int) -> Any:
        if not isinstance(holder, dict) or self.key in holder:
            raise LookupError(self.key)
        return {self.key if name == step else name: value for name, value in holder.items()}


Change = Replace | Insert | Remove | Rename


def _at(place: Place | None, change: Change) -> Change | None:
    """The same change at another place; None at none."""
    if place is change.place:
        return change
    return replace(change, place=place) if place else None


def _written(place: Place) -> Place | None:
    """Where a person wrote the value at a place; that place itself where nothing is rendered."""
    if place.document.origin is None:
        return None if place.value is MISSING else place
    return place.document.place(place.path)


def _written_below_holder(place: Place) -> Place | None:
    """Where a person wrote a value together with all of what holds it."""
    if not place.path:
        return None
    if place.document.origin is None:
        return _written(place)
    *above, step = place.path
    holder = place.document.place(tuple(above))
    below = holder.below(step) if holder else _written_beside_all(place)
    return below if below is not None and below.value is not MISSING else None


def _written_beside_all(place: Place) -> Place | None:
    """Where a value is written, if what holds it there is what holds it here: a template may name it otherwise."""
    written = place.document.place(place.path)
    if written is None or not written.path or written.path[-1] != place.path[-1]:
        return None
    there, here = value_at(written.document.data, written.path[:-1]), value_at(place.document.data, place.path[:-1])
    return written if is_same(there, here) else None


def _without(holder: Any, step: str | int) -> Any:
    if value_at(holder, (step,)) is MISSING:
        raise LookupError(step)
    copy = holder.copy()
    del copy[step]
    return copy
