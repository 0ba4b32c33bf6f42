"""Dashboards that ask nobody who they are, as a table: each by its image, and by the options that decide about a login.

A dashboard that has a login of its own by default is one only where an option turns that off. What a configuration
file decides that no manifest shows is not known, and such a dashboard is not in the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from klint.kube.controllers import image_is
from klint.kube.resource import mapping, sequence, string
from klint.kube.workload import Container
from klint.records import dataclass


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A kind of dashboard.

    `ports` are those of its containers, `images` the names it runs from. `opened_by` are the options of which one must
    be there, as it is written, for it to ask for no login: an argument (`--flag`, `--flag=value`) or a variable of the
    environment (`NAME=value`). `closed_by` are the names of those of which any gives it a login, or may. `is_router`
    where routes are served by it, so that its own entry is the way in for others.
    """

    name: str
    source: str
    ports: tuple[int, ...]
    images: tuple[str, ...]
    opened_by: tuple[str, ...] = ()
    closed_by: tuple[str, ...] = ()
    is_router: bool = False

    def is_open_in(self, container: Container) -> bool:
        """Whether a container runs it without a login. An environment that is written elsewhere may have one."""
        if not image_is(container.image, self.images):
            return False
        options = frozenset(_options(container))
        names = {option.partition("=")[0] for option in options}
        may_differ = bool(self.closed_by) and container.data.get("envFrom") is not None
        is_opened = not self.opened_by or not options.isdisjoint(self.opened_by)
        return is_opened and not may_differ and names.isdisjoint(self.closed_by)


DASHBOARDS: tuple[Dashboard, ...] = (
    Dashboard(
        "the Traefik dashboard",
        "doc.traefik.io operations/dashboard, insecure mode",
        (8080, 9000),
        ("traefik",),
        opened_by=("--api.insecure", "--api.insecure=true", "--api.insecure=True", "TRAEFIK_API_INSECURE=true"),
        is_router=True,
    ),
    Dashboard(
        "Prometheus",
        "prometheus.io docs/guides/basic-auth: no login unless a web configuration file has one",
        (9090,),
        ("prom/prometheus", "prometheus/prometheus", "bitnami/prometheus"),
        closed_by=("--web.config.file",),
    ),
    Dashboard(
        "Alertmanager",
        "prometheus.io docs/alerting/latest/https: no login unless a web configuration file has one",
        (9093,),
        ("prom/alertmanager", "prometheus/alertmanager", "bitnami/alertmanager"),
        closed_by=("--web.config.file",),
    ),
    Dashboard(
        "the Jaeger UI",
        "jaegertracing.io docs/2.23/deployment/security: the UI has no login, and may ask for a client's certificate",
        (16686,),
        ("jaegertracing/all-in-one", "jaegertracing/jaeger-query", "jaegertracing/jaeger"),
        closed_by=("--query.http.tls.client-ca",),
    ),
    Dashboard("Zipkin", "openzipkin/zipkin issues 782, 2467 and 3140", (9411,), ("openzipkin/zipkin", "zipkin")),
    Dashboard(
        "Argo Workflows",
        "argoproj/argo-workflows docs/argo-server-auth-mode.md: `server` asks for no token, `hybrid` does without one",
        (2746,),
        ("argoproj/argocli",),
        opened_by=("--auth-mode=server", "--auth-mode=hybrid"),
    ),
    Dashboard(
        "Argo CD",
        "argo-cd.readthedocs.io operator-manual/server-commands/argocd-server, --disable-auth",
        (8080,),
        ("argoproj/argocd", "argocd"),
        opened_by=("--disable-auth", "--disable-auth=true", "ARGOCD_SERVER_DISABLE_AUTH=true"),
    ),
    Dashboard(
        "Kubernetes Dashboard",
        "kubernetes/dashboard docs/common/dashboard-arguments.md, --enable-skip-login",
        (8443, 9090),
        ("kubernetesui/dashboard", "kubernetes-dashboard-amd64"),
        opened_by=("--enable-skip-login", "--enable-skip-login=true"),
    ),
    Dashboard(
        "Grafana",
        "grafana.com docs setup-grafana/configure-access/configure-authentication/anonymous-auth",
        (3000,),
        ("grafana/grafana", "grafana/grafana-enterprise", "grafana/grafana-oss", "bitnami/grafana"),
        opened_by=("GF_AUTH_ANONYMOUS_ENABLED=true", "GF_AUTH_ANONYMOUS_ENABLED=True"),
    ),
    Dashboard(
        "the Longhorn UI",
        "longhorn.io docs deploy/accessing-the-ui: authentication is not enabled by default",
        (8000,),
        ("longhornio/longhorn-ui",),
    ),
    Dashboard("the Hubble UI", "cilium/hubble issue 833", (8081,), ("cilium/hubble-ui",)),
    Dashboard(
        "Flower",
        "mher/flower docs/auth.rst and docs/config.rst: no authentication unless an option turns it on",
        (5555,),
        ("mher/flower",),
        closed_by=("--basic_auth", "--basic-auth", "--auth", "FLOWER_BASIC_AUTH", "FLOWER_AUTH", "--conf"),
    ),
    Dashboard(
        "pgweb",
        "sosedoff/pgweb README: basic authentication where a user is given",
        (8081,),
        ("sosedoff/pgweb",),
        closed_by=("--auth-user", "PGWEB_AUTH_USER", "AUTH_USER"),
    ),
    Dashboard(
        "MailHog",
        "mailhog/MailHog docs/Auth.md",
        (8025,),
        ("mailhog/mailhog",),
        closed_by=("-auth-file", "--auth-file", "MH_AUTH_FILE", "HTTP_BASIC_AUTH_USER"),
    ),
    Dashboard(
        "Mailpit",
        "mailpit.axllent.org docs/configuration/http, UI authentication",
        (8025,),
        ("axllent/mailpit",),
        closed_by=("--ui-auth-file", "MP_UI_AUTH", "MP_UI_AUTH_FILE"),
    ),
    Dashboard(
        "Dozzle",
        "dozzle.dev guide/authentication: off unless a provider is set",
        (8080,),
        ("amir20/dozzle",),
        closed_by=("--auth-provider", "DOZZLE_AUTH_PROVIDER"),
    ),
)
"""In the order in which they are looked for."""

_BY_NAME = {name: row for row in DASHBOARDS for name in row.images}
DASHBOARD_IMAGES = frozenset(name.rpartition("/")[2] for name in _BY_NAME)
"""The last part of the names of their images."""


def open_dashboard(container: Container, number: int | None) -> Dashboard | None:
    """The dashboard that a container runs without a login on a port; None where it runs none, or has a login."""
    return next((row for row in DASHBOARDS if number in row.ports and row.is_open_in(container)), None)


def _options(container: Container) -> Iterator[str]:
    """The arguments, also with the value that is written after them, and the variables of the environment."""
    words = container.arguments
    yield from words
    yield from map("=".join, pairwise(words))
    for variable in map(mapping, sequence(container.data.get("env"))):
        yield f"{string(variable.get('name'))}={string(variable.get('value'))}"
