"""Actions of an Ingress for an ALB: what stands for a backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from klint.kube.routes.shape import Ending

if TYPE_CHECKING:
    from tests.conftest import GraphOf

Groups = list[tuple[str, int | str | None, int | None]]


def ingress(annotations: str, port: str = "name: use-annotation", name: str = "act") -> str:
    return (
        f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop\n  annotations:\n    {annotations}\n"
        "spec:\n  ingressClassName: alb\n  rules:\n  - http:\n      paths:\n      - path: /\n        pathType: Prefix\n"
        f"        backend: {{service: {{name: {name}, port: {{{port}}}}}}}\n"
    )


ACTION = "alb.ingress.kubernetes.io/actions.act: '{}'"

ACTIONS: Mapping[str, tuple[str, Groups, Ending | None, tuple[str, ...]]] = {
    "weights": (
        '{"forwardConfig":{"targetGroups":[{"serviceName":"a","servicePort":"b","weight":20},{"serviceName":"c"}]}}',
        [("a", "b", 20), ("c", None, None)],
        None,
        (),
    ),
    "capitals, and a number in quotes": (
        '{"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"blue","ServicePort":"80"}]}}',
        [("blue", 80, None)],
        None,
        (),
    ),
    "a target group of its own": ('{"type":"forward","targetGroupARN":"arn:aws:x"}', [], None, ()),
    "a redirect": ('{"type":"redirect","redirectConfig":{"protocol":"HTTPS"}}', [], Ending.REDIRECT, ("scheme",)),
    "a response": ('{"type":"fixed-response","fixedResponseConfig":{"statusCode":"503"}}', [], Ending.RESPONSE, ()),
    "no JSON": ('{"type": ${TYPE}', [], None, ()),
    "a list": ("[]", [], None, ()),
    "null": ("null", [], None, ()),
    "groups of another form": ('{"type":"forward","forwardConfig":{"targetGroups":{"serviceName":1}}}', [], None, ()),
}


@pytest.mark.parametrize(("action", "groups", "ends_in", "conditions"), ACTIONS.values(), ids=ACTIONS)
def test_actions(
    graph_of: GraphOf, action: str, groups: Groups, ends_in: Ending | None, conditions: tuple[str, ...]
) -> None:
    (match,) = graph_of(ingress(ACTION.format(action))).ingresses[0].matches
    assert [(item.service, item.port, item.weight) for item in match.backends] == groups
    assert match.ends_in is ends_in
    assert tuple(kind for kind, _ in match.conditions) == conditions
    assert all(item.name_at.span.line == 6 for item in match.backends)


def test_an_action_that_nothing_says(graph_of: GraphOf) -> None:
    (match,) = graph_of(ingress("alb.ingress.kubernetes.io/actions.other: '{}'")).ingresses[0].matches
    assert (match.backends, match.ends_in) == ((), None)


def test_a_service_of_the_same_name_is_no_action(graph_of: GraphOf) -> None:
    text = ingress(ACTION.format('{"type":"redirect"}'), "number: 80")
    (match,) = graph_of(text).ingresses[0].matches
    assert [(item.service, item.port) for item in match.backends] == [("act", 80)]
    assert match.ends_in is None
