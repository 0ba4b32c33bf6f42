"""What the controllers of the workspace are told: by arguments, environment variables, ConfigMaps and files in these,
or by the values that their charts are installed with, where the charts are not here to be rendered.

A flag has one name however it is told: `--entryPoints.web.address=:80`, `TRAEFIK_ENTRYPOINTS_WEB_ADDRESS` and
`entryPoints: {web: {address: ":80"}}` in a file are all `entrypoints.web.address`.

Sources: kubernetes/ingress-nginx docs/user-guide/cli-arguments.md and nginx-configuration/configmap.md; nginx/
kubernetes-ingress docs command-line-arguments; doc.traefik.io reference/install-configuration/boot-environment;
projectcontour.io docs configuration (arguments come before the environment, and this before the file);
developer.konghq.com kubernetes-ingress-controller reference configuration-options.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from klint.exposure.installed_charts import InstalledChart, dependencies, installed_charts
from klint.exposure.scope import Scope
from klint.kube.chart_values import CHARTS, flag_of_value, is_argument
from klint.kube.controllers import IngressController
from klint.kube.namespace import may_be_one_namespace
from klint.kube.resource import Resource, View, mapping, string, strings
from klint.kube.workload import Container, PodTemplate
from klint.records import dataclass
from klint.text.data import leaves
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

_CONFIG_MAPS = ("configmap", "nginx-configmaps")
"""Flags that name a ConfigMap whose keys are options: of ingress-nginx and both for HAProxy, and of NGINX's own."""

_ENVIRONMENT: Mapping[str, tuple[str, str]] = {"Traefik": ("TRAEFIK_", "."), "Kong": ("CONTROLLER_", "-")}
"""How the environment variables of a controller begin that are flags, and what their `_` stands for."""

_WITH_FILE = frozenset(("Traefik", "Contour", "APISIX"))
"""Controllers that read a file of options, which a ConfigMap holds."""

_ON, _OFF = frozenset(("", "true", "t", "1", "yes", "on")), frozenset(("false", "f", "0", "no", "off"))


@dataclass(frozen=True, slots=True)
class Flag:
    """What a controller is told: the text that it is given, empty for a switch alone, and where."""

    value: str
    at: Place

    @property
    def is_on(self) -> bool | None:
        """Whether it turns something on; None where it is no switch, or still to be filled in."""
        value = self.value.lower()
        return True if value in _ON else False if value in _OFF else None


@dataclass(frozen=True, eq=False)
class PodFlags:
    """What one pod template tells a controller, or the values of its chart.

    `is_whole` unless a part of it is not in the workspace, as the rest of a chart's values is not.
    """

    flags: Mapping[str, Flag]
    is_whole: bool

    def get(self, name: str) -> Flag | None:
        """A flag, whether its name is written with hyphens in front or without."""
        return self.flags.get(_plain(name))

    def is_on(self, name: str) -> bool | None:
        """Whether a switch is on; where nothing is said of it, False if all is known and None otherwise."""
        found = self.get(name)
        return found.is_on if found is not None else False if self.is_whole else None


@dataclass(frozen=True, eq=False)
class ControllerFlags:
    """What a controller is told by each pod template that runs it; nothing is known where none does."""

    pods: tuple[PodFlags, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all that it is told is known."""
        return bool(self.pods) and all(pod.is_whole for pod in self.pods)

    def get(self, name: str) -> Flag | None:
        """A flag; of several pod templates the first that has it."""
        return next((flag for pod in self.pods if (flag := pod.get(name)) is not None), None)

    def is_on(self, name: str) -> bool | None:
        """Whether a switch is on; None where that is not known, and where several pod templates differ.

        A switch of which nothing is said is off: of one that is on by default ask `get`.
        """
        said = {pod.is_on(name) for pod in self.pods}
        return said.pop() if len(said) == 1 else None

    def named(self, prefix: str) -> Iterator[tuple[str, Flag]]:
        """The flags below a prefix, as `entrypoints.`: what comes after it, in lower case, and the flag."""
        start = _plain(prefix)
        for pod in self.pods:
            yield from ((name[len(start) :], flag) for name, flag in pod.flags.items() if name.startswith(start))


def controller_flags(controller: IngressController, scope: Scope) -> ControllerFlags:
    """What a controller is told; read once for the resources of a bundle."""
    return scope.own.kept(("flags", controller.name), lambda: _read(controller, scope))


def _read(controller: IngressController, scope: Scope) -> ControllerFlags:
    pods = tuple(_of_pod(pod, controller, scope) for pod in scope.pods_of(controller))
    return ControllerFlags(pods or tuple(map(_of_chart, charts_of(controller, scope))))


def charts_of(controller: IngressController, scope: Scope) -> tuple[InstalledChart, ...]:
    """The installations of a controller's chart: the bundle's, or if it has none those elsewhere."""
    chart = CHARTS.get(controller.name, "")
    own = tuple(item for item in dependencies(scope.absent_charts) if item.name == chart)
    if own:
        return own
    found = installed_charts(scope.index).get(chart, ())
    installers = [item.resource for item in found if item.resource is not None]
    nearest = {id(item) for item in scope.sort(installers).nearest} if found else ()
    return tuple(item for item in found if id(item.resource) in nearest)


def _plain(name: str) -> str:
    return name.lstrip("-").lower()


def _of_pod(pod: PodTemplate, controller: IngressController, scope: Scope) -> PodFlags:
    """The flags of a pod; what comes first in the order of the sources is what holds."""
    flags: dict[str, Flag] = {}
    is_whole = True

    def tell(name: str, value: str, at: Place) -> None:
        flags.setdefault(_plain(name), Flag(value, at))

    for container in pod.containers:
        for name, value, at in _arguments(container):
            tell(name, value, at)
        for name, value, at in _environment(container, controller):
            tell(name, value, at)
        is_open = any(is_placeholder(word) and "=$(" not in word for word in container.arguments)
        is_whole = is_whole and not is_open and not (controller.name in _ENVIRONMENT and "envFrom" in container.data)
    wanted = [flags[name].value.rpartition("/")[2] for name in _CONFIG_MAPS if name in flags]
    for config in (_config_map(name, pod, scope) for name in wanted):
        is_whole = is_whole and config is not None
        for key, value, at in _options(config) if config is not None else ():
            tell(key, value, at)
    if controller.name in _WITH_FILE:
        for name in _mounted(pod):
            config = _config_map(name, pod, scope)
            is_whole = is_whole and config is not None
            for key, value, at in _in_files(config) if config is not None else ():
                tell(key, value, at)
    return PodFlags(flags, is_whole)


def _of_chart(chart: InstalledChart) -> PodFlags:
    flags: dict[str, Flag] = {}
    for path, text, at in chart.values:
        name = flag_of_value(chart.name, path)
        if is_argument(chart.name, path):
            name, _, text = text.partition("=")
        if name:
            flags.setdefault(_plain(name), Flag(text, at))
    return PodFlags(flags, is_whole=False)


def _arguments(container: Container) -> Iterator[tuple[str, str, Place]]:
    """`--name=value`, `--name value` and `--name`, with one hyphen or two."""
    for field in ("command", "args"):
        words = container.data.get(field)
        words = words if isinstance(words, list) else []
        for index, word in enumerate(words):
            if isinstance(word, str) and word.startswith("-"):
                name, is_given, value = word.partition("=")
                following = words[index + 1] if index + 1 < len(words) else ""
                if not is_given and isinstance(following, str) and not following.startswith("-"):
                    value = following
                yield name, value.strip("\"'"), container.at(field, index)


def _environment(container: Container, controller: IngressController) -> Iterator[tuple[str, str, Place]]:
    prefix, stands_for = _ENVIRONMENT.get(controller.name, ("", ""))
    for variable in container.children(View, "env") if prefix else ():
        name = string(variable.data.get("name"))
        if name.startswith(prefix):
            value = variable.data.get("value")
            text = value if isinstance(value, str) else "$(value)"  # what valueFrom leads to is not known
            yield name.removeprefix(prefix).replace("_", stands_for), text, variable.at("value")


def _config_map(name: str, pod: PodTemplate, scope: Scope) -> Resource | None:
    found = (
        item
        for item in scope.index.named(name)
        if item.kind == "ConfigMap" and may_be_one_namespace(item.namespace, pod.namespace)
    )
    return next(iter(scope.sort(found).nearest), None)


def _options(config: Resource) -> Iterator[tuple[str, str, Place]]:
    for key, value in strings(config.get("data")).items():
        yield key, value, config.at("data", key)


def _mounted(pod: PodTemplate) -> Iterator[str]:
    for volume in pod.children(View, "spec", "volumes"):
        projected = (mapping(source.data.get("configMap")) for source in volume.children(View, "projected", "sources"))
        for source in (mapping(volume.data.get("configMap")), *projected):
            name = string(source.get("name"))
            if name:
                yield name


def _in_files(config: Resource) -> Iterator[tuple[str, str, Place]]:
    """The options in the YAML and TOML files of a ConfigMap, nested ones joined by dots."""
    for key, text, at in _options(config):
        if key.endswith((".yaml", ".yml")):
            from klint.text.embedded import embedded_documents

            for document in embedded_documents(at, text):
                for path, value in leaves(document.data):
                    yield ".".join(map(str, path)), value, Place(document, path)
        elif key.endswith(".toml"):
            import tomllib

            try:
                options = tomllib.loads(text)
            except tomllib.TOMLDecodeError:
                continue  # a template, or what the controller itself will refuse
            for path, value in leaves(options):
                yield ".".join(map(str, path)), value, at
