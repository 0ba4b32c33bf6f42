"""Labels of pods, for selectors."""

from __future__ import annotations

from collections.abc import Iterator

from klint.editor.completing.fields import Field, Known, Offer, quoted
from klint.text.document import Path
from klint.text.placeholders import is_placeholder


def label_pairs(field: Field, known: Known) -> Iterator[Offer]:
    """The labels of pods, each with its value."""
    for pod in known.pods(field.sketch.namespace):
        for key, value in pod.labels.items():
            if (*field.path, key) not in field.sketch.values and not is_placeholder(value):
                yield Offer(f"{key}: {quoted(value)}", f"of {pod}", is_plain=True)


def label_values(field: Field, known: Known) -> Iterator[Offer]:
    """The values that pods have of a label."""
    for pod in known.pods(field.sketch.namespace):
        value = pod.labels.get(str(field.path[-1]), "")
        if value and not is_placeholder(value):
            yield Offer(value, f"of {pod}")


def own_label_pairs(field: Field, _known: Known) -> Iterator[Offer]:
    """The labels of the workload's selector for its pods, and the other way round."""
    for path, text in _own_labels(field):
        if len(path) == 1 and (*field.path, path[0]) not in field.sketch.values:
            yield Offer(f"{path[0]}: {quoted(text)}", "of the workload", is_plain=True)


def own_label_values(field: Field, _known: Known) -> Iterator[Offer]:
    """The value of a label that the workload has on the other side."""
    for path, text in _own_labels(field):
        if path == field.path[-1:]:
            yield Offer(text, "of the workload")


def _own_labels(field: Field) -> Iterator[tuple[Path, str]]:
    is_selector = "matchLabels" in field.path
    where = ("spec", "template", "metadata", "labels") if is_selector else ("spec", "selector", "matchLabels")
    yield from field.sketch.below(*where).items()
