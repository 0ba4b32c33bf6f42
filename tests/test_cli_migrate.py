"""klint migrate: what it says of Ingresses that ingress-nginx serves, and the tables behind it."""

import json
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from klint.cli.commands import klint
from klint.cli.migrate import TARGETS as OFFERED
from klint.kube.ingress_nginx import HIGH_RISK, SNIPPETS
from klint.kube.migration import ANNOTATIONS, Support, answer
from klint.kube.migration_targets import TARGETS, Target

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  annotations: {annotations}
spec:
  ingressClassName: {ingress_class}
  rules:
    - host: {host}
      http:
        paths:
          - path: {path}
            pathType: {path_type}
            backend: {{service: {{name: web, port: {{number: 80}}}}}}
"""


LIMITS = ("body size", "timeout")
UNLIMITED = {"proxy_body_size": "0", "proxy_read_timeout": "60"}


CONTROLLER = dedent("""\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
        spec:
          selector: {matchLabels: {app: ingress-nginx}}
          template:
            metadata: {labels: {app: ingress-nginx}}
            spec:
              containers:
                - name: controller
                  image: registry.k8s.io/ingress-nginx/controller:v1.15.1
                  args: [/nginx-ingress-controller, --configmap=ingress-nginx/settings]
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings, namespace: ingress-nginx}
        data:
          proxy-body-size: 8m
          use-forwarded-headers: "true"
        """)


def ingress(
    name: str = "web",
    host: str = "web.example.com",
    path: str = "/",
    path_type: str = "Prefix",
    ingress_class: str = "nginx",
    **annotations: str,
) -> str:
    told = {f"nginx.ingress.kubernetes.io/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return INGRESS.format(
        name=name, host=host, path=path, path_type=path_type, ingress_class=ingress_class, annotations=json.dumps(told)
    )


def migrate(folder: Path, *manifests: str, options: tuple[str, ...] = ()) -> Result:
    (folder / "all.yaml").write_text("---\n".join(manifests), "utf-8")
    return CliRunner().invoke(klint, ["migrate", str(folder), *options], catch_exceptions=False)


def steps(folder: Path, *manifests: str, to: str = "gateway-api") -> list[tuple[str, str, str | None, int]]:
    """Kind, name, support and line of each; of limits, which every Ingress has, see the tests about them."""
    document = json.loads(migrate(folder, *manifests, options=("--to", to, "--output", "json")).stdout)
    found = [(step["kind"], step["name"], step["support"], step["line"]) for step in document["steps"]]
    return [step for step in found if step[1] not in LIMITS]


# The tables


def test_every_target_is_offered_and_says_where_it_is_known_from() -> None:
    assert list(OFFERED) == list(TARGETS)
    assert all(target.source and target.title for target in TARGETS.values())


def test_annotations_are_listed_once_and_the_risky_ones_are_among_them() -> None:
    assert list(ANNOTATIONS) == sorted(set(ANNOTATIONS))
    assert {*HIGH_RISK, *SNIPPETS} <= set(ANNOTATIONS)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_a_target_speaks_of_each_annotation_once(target: Target) -> None:
    tables = (target.equivalent, target.partial)
    names = [name for table in tables for key in table for name in key.split()]
    assert sorted(names) == sorted(set(names))
    assert set(names) <= set(ANNOTATIONS)


@pytest.mark.parametrize(
    ("target", "name", "support"),
    [
        ("gateway-api", "canary-weight", Support.EQUIVALENT),
        ("gateway-api", "rewrite-target", Support.PARTIAL),
        ("gateway-api", "configuration-snippet", Support.NONE),
        ("traefik", "rewrite-target", Support.EQUIVALENT),
        ("traefik", "server-snippet", Support.PARTIAL),
        ("traefik", "modsecurity-snippet", Support.NONE),
        ("traefik", "canary-weight", Support.EQUIVALENT),
        ("contour", "session-cookie-name", Support.NONE),
        ("kong", "proxy-ssl-verify", Support.PARTIAL),
        ("nginx", "proxy-body-size", Support.EQUIVALENT),
        ("nginx", "mirror-target", Support.NONE),
        ("nginx", "no-such-annotation", Support.NONE),
    ],
)
def test_answers(target: str, name: str, support: Support) -> None:
    found = answer(target, name)
    assert found.support is support
    assert bool(found.by) is (support is not Support.NONE)


# What is said of an Ingress


def test_annotations_with_their_lines(tmp_path: Path) -> None:
    found = steps(tmp_path, ingress(proxy_body_size="8m", permanent_redirect="https://example.com", made_up="1"))
    assert found == [
        ("annotation", "proxy-body-size", "none", 5),
        ("annotation", "permanent-redirect", "equivalent", 5),
        ("annotation", "made-up", "none", 5),
    ]


def test_a_regex_concerns_every_path_of_its_host(tmp_path: Path) -> None:
    found = steps(
        tmp_path,
        ingress("regex", path="/a.*", path_type="ImplementationSpecific", use_regex="true"),
        ingress("exact", path="/docs", path_type="Exact"),
        ingress("other", host="other.example.com", path="/docs", path_type="Exact"),
    )
    assert [(name, line) for kind, name, _, line in found if kind == "behavior"] == [
        ("regular expressions", 9),
        ("regular expressions", 24),
    ]


@pytest.mark.parametrize(
    ("path", "path_type", "to", "names"),
    [
        ("/shop", "ImplementationSpecific", "gateway-api", []),
        ("/shop/", "Prefix", "gateway-api", ["trailing slash"]),
        ("/shop/", "Prefix", "nginx", []),
        ("/shop", "ImplementationSpecific", "nginx", ["path matching"]),
        ("/shop", "Prefix", "nginx", ["path matching"]),
        ("/shop", "Exact", "nginx", []),
        ("/shop/", "ImplementationSpecific", "traefik", ["trailing slash"]),
        ("/shop", "Prefix", "gateway-api", []),
        ("/", "ImplementationSpecific", "gateway-api", []),
        ("${BASE}/", "Prefix", "gateway-api", []),
    ],
)
def test_paths(tmp_path: Path, path: str, path_type: str, to: str, names: list[str]) -> None:
    assert [name for _, name, _, _ in steps(tmp_path, ingress(path=path, path_type=path_type), to=to)] == names


def test_tls_redirects_unless_the_annotation_says_otherwise(tmp_path: Path) -> None:
    tls = "  tls: [{hosts: [web.example.com], secretName: web}]\n"
    assert [name for _, name, _, _ in steps(tmp_path, ingress() + tls)] == ["HTTPS redirect"]
    assert [name for _, name, _, _ in steps(tmp_path, ingress(ssl_redirect="false") + tls)] == ["ssl-redirect"]
    assert steps(tmp_path, ingress() + tls, to="nginx") == []


def test_what_is_read_out_of_another_namespace(tmp_path: Path) -> None:
    found = steps(tmp_path, ingress(custom_headers="auth/headers"))
    assert [(kind, name) for kind, name, _, _ in found] == [
        ("annotation", "custom-headers"),
        ("behavior", "other namespace"),
    ]


def test_a_host_that_a_gateway_serves_already(tmp_path: Path) -> None:
    route = dedent("""\
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: web}
        spec:
          parentRefs: [{name: public}]
          hostnames: [web.example.com]
          rules: [{backendRefs: [{name: web, port: 80}]}]
        """)
    assert steps(tmp_path, ingress(), route) == [("host", "web.example.com", None, 9)]


def test_what_another_controller_serves_is_left_alone(tmp_path: Path) -> None:
    result = migrate(tmp_path, ingress(ingress_class="traefik", proxy_body_size="8m"))
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)


def test_the_settings_of_the_controller(tmp_path: Path) -> None:
    assert steps(tmp_path, CONTROLLER) == [
        ("setting", "proxy-body-size", "none", 18),
        ("setting", "use-forwarded-headers", "none", 19),
    ]


def limits(folder: Path, *manifests: str, to: str) -> list[str]:
    result = migrate(folder, *manifests, options=("--to", to, "--output", "json"))
    found = [step for step in json.loads(result.stdout)["steps"] if step["name"] in LIMITS]
    return sorted(step["message"].removeprefix("Ingress web: ") for step in found)


@pytest.mark.parametrize(
    ("to", "count"), [("gateway-api", 2), ("traefik", 1), ("nginx", 0), ("haproxy", 2), ("contour", 2), ("kong", 1)]
)
def test_limits_that_no_annotation_asks_for(tmp_path: Path, to: str, count: int) -> None:
    assert len(limits(tmp_path, ingress(), to=to)) == count
    assert limits(tmp_path, ingress(**UNLIMITED), to=to) == []


def test_limits_by_the_settings_of_the_controller(tmp_path: Path) -> None:
    assert limits(tmp_path, CONTROLLER, ingress(), to="contour") == [
        f"a backend that says nothing for 60 seconds is given up: {TARGETS['contour'].limits[1]}",
        "bodies above 8m are refused with 413: Contour takes any size",
    ]


@pytest.mark.parametrize(("to", "is_changed"), [("contour", True), ("kong", True), ("haproxy", False)])
def test_who_redirects_what_has_tls(tmp_path: Path, to: str, is_changed: bool) -> None:
    secured = ingress().replace("  rules:", "  tls: [{hosts: [web.example.com], secretName: web}]\n  rules:")
    assert [name for _, name, _, _ in steps(tmp_path, secured, to=to)] == ["HTTPS redirect"] * is_changed


# Outputs


def test_one_is_counted_as_one(tmp_path: Path) -> None:
    result = migrate(tmp_path, ingress(path="/shop/"), options=("--to", "kong"))
    assert result.stdout.splitlines()[-1] == "1 object on the way to Kong: 2 silent changes"


def test_nothing_is_claimed_of_what_could_not_be_read(tmp_path: Path) -> None:
    told = migrate(tmp_path, ingress(), options=("--to", "nginx")).stdout
    assert told.startswith("Nothing here keeps an Ingress from leaving")
    assert migrate(tmp_path, ingress(), options=("--config", str(tmp_path / "none.yaml"))).stdout == ""


def test_without_an_ingress_there_is_none_to_speak_of(tmp_path: Path) -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"
    result = migrate(tmp_path, service)
    assert (result.exit_code, result.stdout) == (0, "There is no Ingress here\n")


def test_a_message_can_be_read_by_itself(tmp_path: Path) -> None:
    result = migrate(tmp_path, ingress(app_root="/docs"), options=("--to", "nginx", "--output", "json"))
    (step,) = json.loads(result.stdout)["steps"]
    title = TARGETS["nginx"].title
    assert step["message"] == f"Ingress web: app-root has an equivalent in {title}: {step['equivalent']}"


def test_text_groups_by_object_and_counts(tmp_path: Path) -> None:
    manifests = ingress(mirror_target="https://a.example.com"), ingress("docs", app_root="/docs")
    result = migrate(tmp_path, *manifests, options=("--to", "nginx"))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "Ingress docs",
        "",
        "Ingress web",
        "",
        "2 objects on the way to NGINX Ingress Controller (F5): 1 without an equivalent, 1 with an equivalent",
    ]


def test_sarif_has_notes(tmp_path: Path) -> None:
    options = ("--to", "nginx", "--output", "sarif")
    log = json.loads(migrate(tmp_path, ingress(proxy_body_size="8m"), options=options).stdout)
    (result,) = log["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("migrate", "note")
    (rule,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert "helpUri" not in rule


def test_what_klint_could_not_do_is_exit_code_2(tmp_path: Path) -> None:
    assert migrate(tmp_path, ingress(), options=("--config", str(tmp_path / "none.yaml"))).exit_code == 2
