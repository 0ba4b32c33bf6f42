"""Configuration that Ingresses write into the nginx that serves them, and whether the controller lets them.

Sources: kubernetes/ingress-nginx docs/user-guide/nginx-configuration/configmap.md (allow-snippet-annotations,
annotations-risk-level) and annotations-risk.md; its webhook refuses what is not allowed, without it the annotation does
nothing (internal/ingress/controller/controller.go CheckIngress). docs.nginx.com NGINX Ingress Controller,
command-line-arguments: `-enable-snippets` is off by default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.kube.ingress_nginx import (
    NAME,
    RISK_LEVEL_HIGH,
    RISKS,
    SERVED_BY,
    SNIPPETS_OFF,
    controller_image,
    risky_annotations,
)
from klint.records import dataclass
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.controller_flags import ControllerFlags
    from klint.exposure.layers.routing import Routing
    from klint.exposure.serving import Serving
    from klint.kube.routes.ingress import Ingress
    from klint.text.document import Place

_NGINX = "NGINX Ingress Controller"
_VARIABLE = re.compile(r"\$(?=[a-z])")
_OF_NGINX = ("nginx.org/location-snippets", "nginx.org/server-snippets", "nginx.org/stream-snippets")


@dataclass(frozen=True, slots=True)
class Setting:
    """What a controller is told, or does unless it is told otherwise: then `at` is None."""

    name: str
    value: str
    at: Place | None = None


@dataclass(frozen=True, slots=True)
class Snippet:
    """An annotation that writes configuration, or that is as risky as one that may.

    `is_allowed` is None where nothing tells how the controller is set, and `setting` is what decides.
    `is_injected` unless its value goes into one directive.
    """

    key: str
    at: Place
    is_injected: bool
    is_allowed: bool | None = None
    setting: Setting | None = None

    @property
    def name(self) -> str:
        """The annotation without its prefix."""
        return self.key.rpartition("/")[2]


def snippets(ingress: Ingress, graph: Routing) -> Iterator[Snippet]:
    """Those of an Ingress that their controller serves, or may serve where the class does not tell.

    Annotations of the risk High are among them only where the controller is known not to allow them: by default it
    does, and they are what authentication is made with.
    """
    risks = dict(risky_annotations(ingress.annotations))
    others = [key for key in _OF_NGINX if key in ingress.annotations]
    if not risks and not others:
        return
    serving = graph.serving(ingress)
    names = {serving.controller.name} if serving.controller is not None else {*SERVED_BY, _NGINX}
    for key, risk in risks.items() if names & SERVED_BY else ():
        if _says_something(ingress.annotations[key]):
            setting, is_allowed = _setting(risk, serving, graph)
            if risk == "Critical" or is_allowed is False:
                at = ingress.at("metadata", "annotations", key)
                yield Snippet(key, at, risk == "Critical", is_allowed, setting)
    for key in others if _NGINX in names else ():
        if _says_something(ingress.annotations[key]):
            flag = _flags(serving, graph, _NGINX).get("enable-snippets")
            is_allowed = flag.is_on if flag is not None else None
            setting = Setting("enable-snippets", flag.value or "true", flag.at) if flag is not None else None
            yield Snippet(key, ingress.at("metadata", "annotations", key), True, is_allowed, setting)


def _says_something(value: str) -> bool:
    """Whether it begins a directive or is a value: variables of nginx, such as `$host`, are not to be filled in."""
    words = (line.split()[0] for line in value.splitlines() if line.strip())
    return any(not word.startswith("#") and not is_placeholder(_VARIABLE.sub("", word)) for word in words)


def _flags(serving: Serving, graph: Routing, name: str) -> ControllerFlags:
    from klint.exposure.controller_flags import ControllerFlags

    controller = serving.controller
    return graph.controller_flags(controller) if controller and controller.name == name else ControllerFlags()


def _setting(risk: str, serving: Serving, graph: Routing) -> tuple[Setting | None, bool | None]:
    """What decides whether an annotation of a risk is taken, and how."""
    flags = _flags(serving, graph, NAME)
    is_whole = flags.is_whole
    images = (controller_image(item.image) for pod in serving.pods for item in pod.containers)
    release = next((image.release for image in images if image is not None and image.release), None)
    level = flags.get("annotations-risk-level")
    if level is not None and level.value in RISKS and RISKS.index(level.value) < RISKS.index(risk):
        return Setting("annotations-risk-level", level.value, level.at), False
    if risk != "Critical":
        return None, None
    switch = flags.get("allow-snippet-annotations")
    if switch is None:
        if not is_whole or release is None:
            return None, None
        is_on = release < SNIPPETS_OFF
        return Setting("allow-snippet-annotations", str(is_on).lower()), is_on
    setting = Setting("allow-snippet-annotations", switch.value, switch.at)
    if switch.is_on and level is None and release is not None and release >= RISK_LEVEL_HIGH and is_whole:
        return Setting("annotations-risk-level", "High"), False
    return setting, switch.is_on
