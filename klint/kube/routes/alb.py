"""What an Ingress for an ALB says in annotations: actions that stand for backends, and conditions of paths.

Source: kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress/annotations.md actions and conditions. A backend
whose port is called `use-annotation` names an action and no Service; the controller reads its JSON as Go does, whatever
the case of the keys. A target group is that of a Service in the Ingress's namespace, or one with an ARN of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from klint.kube.resource import integer, mapping, sequence, string
from klint.kube.routes.shape import Ending
from klint.records import dataclass
from klint.text.placeholders import is_placeholder

_ENDINGS = {
    "redirect": Ending.REDIRECT,
    "fixed-response": Ending.RESPONSE,
}


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A Service that an action sends to, its port, and its share of the requests."""

    service: str
    port: int | str | None
    weight: int | None


@dataclass(frozen=True, slots=True)
class Action:
    """An action: the annotation that has it, the Services that it sends to, or how it answers; and on what conditions.

    A redirect to HTTPS is left out where it would lead to itself, so that only plain HTTP gets it
    (pkg/ingress rule_optimizer.go omitInfiniteRedirectRules).
    """

    annotation: str
    groups: tuple[TargetGroup, ...] = ()
    ends_in: Ending | None = None
    conditions: tuple[tuple[str, str], ...] = ()


_ACTIONS = "alb.ingress.kubernetes.io/actions."


def names_of_actions(annotations: Any) -> tuple[str, ...]:
    """The names of the actions that annotations have, whatever their text; a key that is filled in later is one too."""
    return tuple(str(key).removeprefix(_ACTIONS) for key in mapping(annotations) if _may_be_action(str(key)))


def _may_be_action(key: str) -> bool:
    return key.startswith(_ACTIONS) or is_placeholder(key)


def action_called(name: str, annotations: Mapping[str, str]) -> Action | None:
    """The action of this name; None where there is none, or it is not JSON."""
    import json

    annotation = f"{_ACTIONS}{name}"
    try:
        data = _lowered(json.loads(annotations.get(annotation, "null")))
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    ends_in = _ENDINGS.get(string(data.get("type")))
    conditions = [("scheme", "http")] if ends_in is Ending.REDIRECT else []
    value = annotations.get(f"alb.ingress.kubernetes.io/conditions.{name}", "").strip()
    conditions += [("alb conditions", value)] if value else []
    return Action(annotation, tuple(_groups(data)), ends_in, tuple(conditions))


def _groups(action: Mapping[str, Any]) -> Iterator[TargetGroup]:
    for group in map(mapping, sequence(mapping(action.get("forwardconfig")).get("targetgroups"))):
        service, port = string(group.get("servicename")), group.get("serviceport")
        if service:
            number = int(port) if isinstance(port, str) and port.isdigit() else port
            yield TargetGroup(service, string(number) or integer(number), integer(group.get("weight")))


def _lowered(data: Any) -> Any:
    """The same with keys in lower case."""
    if isinstance(data, dict):
        return {key.lower(): _lowered(value) for key, value in data.items()}
    return [_lowered(item) for item in data] if isinstance(data, list) else data
