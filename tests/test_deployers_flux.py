"""What Flux deploys, by small workspaces: which bundles there are, where they go, and what is built.

What is expected is what Flux's documentation says, fluxcd.io/flux/components/kustomize/kustomizations/ (Kz below).
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from klint.registry import load_rules
from klint.render.kustomize.builder import find_builder
from klint.render.kustomize.substitution import substituted
from klint.report import Options as ReportOptions
from klint.report.json import document as as_data
from klint.report.text import render
from klint.session import Options, Session
from klint.text.document import Document
from klint.text.reading import read_documents
from klint.text.source import Source, Span
from klint.workspace.bundles import Bundle
from klint.workspace.deployers.envsubst import fill_in
from klint.workspace.deployers.flux import Flux
from klint.workspace.deployers.variables import Definitions
from klint.workspace.disk import DiskTree

pytestmark = pytest.mark.skipif(find_builder() is None, reason="the extra klint-k8s[kustomize] is not installed")


def kustomization(name: str, path: str, more: str = "", *, namespace: str = "flux-system", source: str = "") -> str:
    """A Flux Kustomization; `more` are further fields of its spec."""
    spec = dedent(f"""
        path: {path}
        sourceRef: {{kind: GitRepository, name: {source or "flux-system"}}}
    """).strip()
    lines = [*spec.splitlines(), *dedent(more).strip().splitlines()]
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec:\n" + "".join(f"  {line}\n" for line in lines)
    )


def service(name: str, spec: str = "", metadata: str = "") -> str:
    fields = f"ports: [{{port: 80}}], selector: {{app: {name}}}{', ' if spec else ''}{spec}"
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}{metadata}}}\nspec: {{{fields}}}\n"


def git_repository(url: str, name: str = "flux-system") -> str:
    return (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n"
        f"metadata: {{name: {name}, namespace: flux-system}}\nspec: {{url: {url}}}\n"
    )


def session(folder: Path, files: Mapping[str, str], rules: Iterable[str] = ()) -> Session:
    """A Session on files that are written into a repository; a rule by its name."""
    (folder / ".git").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    wanted = [rule for rule in load_rules()[0] if rule.name in set(rules)] if rules else []
    return Session.of([str(folder)], wanted, options=Options(use_cache=False))


def place(span: Span) -> str:
    return f"{span.source.relative}:{span.line}"


def told(bundle: Bundle) -> str:
    """A bundle in one line: its environment, who deploys it to which cluster, and its objects, Flux's by K and G."""
    names = (f"{item.kind} {item.qualified_name}".replace(" flux-system/", " ") for item in bundle.resources)
    objects = " ".join(sorted(names)).replace("Kustomization ", "K ").replace("GitRepository ", "G ")
    delivery = bundle.delivery
    who = f"{delivery.by.name} > {delivery.cluster or '?'}" if delivery else "nobody"
    return f"{bundle.target.environment or '?'} | {who} | {objects}"


MONOREPO = {
    "clusters/production/flux-system/kustomization.yaml": "resources: [sync.yaml]\n",
    "clusters/production/flux-system/sync.yaml": (
        git_repository("ssh://git@example.com/acme/fleet")
        + "---\n"
        + kustomization("flux-system", "./clusters/production")
    ),
    "clusters/production/apps.yaml": kustomization("apps", "./apps/production", "dependsOn: [{name: infrastructure}]"),
    "clusters/production/infrastructure.yaml": kustomization("infrastructure", "./infrastructure"),
    "clusters/staging/apps.yaml": kustomization("apps", "./apps/staging"),
    "apps/base/kustomization.yaml": "resources: [web.yaml]\n",
    "apps/base/web.yaml": service("web"),
    "apps/production/kustomization.yaml": "resources: [../base]\n",
    "apps/staging/kustomization.yaml": "resources: [../base]\n",
    "apps/canary/kustomization.yaml": "resources: [../base]\n",
    "infrastructure/ingress/controller.yaml": service("ingress-nginx"),
    "infrastructure/monitoring/kustomization.yaml": "resources: [grafana.yaml]\n",
    "infrastructure/monitoring/grafana.yaml": service("grafana"),
    "infrastructure/monitoring/notes.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: unused}\n",
}

BUNDLES = {
    "a monorepo: the cluster's folder, what it deploys, and overlays nobody deploys": (
        MONOREPO,
        [
            "? | nobody | ConfigMap unused",
            "? | nobody | Service web",
            "production | apps > clusters/production | Service web",
            "production | flux-system > clusters/production | G flux-system K apps K flux-system K infrastructure",
            "production | infrastructure > clusters/production | Service grafana Service ingress-nginx",
            "staging | apps > clusters/staging | Service web",
            "staging | nobody | K apps",
        ],
    ),
    "one folder for two clusters is two bundles": (
        {
            "clusters/prod/web.yaml": kustomization("web", "deploy/web"),
            "clusters/dev/web.yaml": kustomization("web", "deploy/web"),
            "deploy/web/web.yaml": service("web"),
        },
        [
            "development | nobody | K web",
            "development | web > clusters/dev | Service web",
            "production | nobody | K web",
            "production | web > clusters/prod | Service web",
        ],
    ),
    "the object's name tells the environment where its folder does not": (
        {"flux/all.yaml": kustomization("apps-production", "./apps"), "apps/web.yaml": service("web")},
        ["? | nobody | K apps-production", "production | apps-production > ? | Service web"],
    ),
    "another cluster by its kubeconfig": (
        {
            "clusters/hub/edge.yaml": kustomization(
                "edge", "./edge", "kubeConfig: {secretRef: {name: edge-production}}"
            ),
            "edge/web.yaml": service("web"),
        },
        [
            "? | nobody | K edge",
            "production | edge > kubeConfig edge-production | Service web",
        ],
    ),
    "what is deployed deploys as it is patched, and goes where that goes (home-ops)": (
        {
            "kubernetes/flux/cluster/apps.yaml": kustomization(
                "cluster-apps",
                "./kubernetes/apps",
                """
                patches:
                  - target: {group: kustomize.toolkit.fluxcd.io, kind: Kustomization}
                    patch: |
                      apiVersion: kustomize.toolkit.fluxcd.io/v1
                      kind: Kustomization
                      metadata: {name: any}
                      spec: {targetNamespace: media}
                """,
            ),
            "kubernetes/apps/media/kustomization.yaml": "resources: [plex/ks.yaml]\n",
            "kubernetes/apps/media/plex/ks.yaml": kustomization("plex", "./kubernetes/apps/media/plex/app"),
            "kubernetes/apps/media/plex/app/kustomization.yaml": "resources: [web.yaml]\n",
            "kubernetes/apps/media/plex/app/web.yaml": service("plex"),
        },
        [
            "? | cluster-apps > ? | K plex",
            "? | nobody | K cluster-apps",
            "? | plex > ? | Service media/plex",
        ],
    ),
    "a FluxInstance syncs a cluster": (
        {
            "clusters/prod/instance/flux.yaml": (
                "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: {name: flux}\n"
                "spec: {sync: {kind: GitRepository, path: clusters/prod/eu}}\n"
            ),
            "clusters/prod/eu/web.yaml": kustomization("web", "./web"),
            "web/web.yaml": service("web"),
        },
        [
            "production | flux > clusters/prod | K web",
            "production | nobody | FluxInstance flux",
            "production | web > clusters/prod | Service web",
        ],
    ),
    "of another repository": (
        {
            "clusters/dev/flux-system/sync.yaml": (
                git_repository("https://example.com/acme/fleet.git")
                + "---\n"
                + kustomization("flux-system", "clusters/dev")
            ),
            "clusters/dev/podinfo.yaml": (
                git_repository("https://example.com/elsewhere/podinfo", "podinfo")
                + "---\n"
                + kustomization("podinfo", "./kustomize", source="podinfo")
            ),
            "kustomize/web.yaml": service("web"),
        },
        [
            "? | nobody | Service web",
            "development | flux-system > clusters/dev | G flux-system G podinfo K flux-system K podinfo",
        ],
    ),
    "what .sourceignore leaves out is not fetched": (
        {
            ".sourceignore": "docs/\n",
            "flux/web.yaml": kustomization("web", "./web"),
            "web/.sourceignore": "*-draft.yaml\n",
            "web/web.yaml": service("web"),
            "web/new-draft.yaml": service("draft"),
            "web/docs/example.yaml": service("example"),
        },
        [
            "? | nobody | K web",
            "? | nobody | Service draft",
            "? | nobody | Service example",
            "? | web > ? | Service web",
        ],
    ),
    "what a GitRepository ignores is not fetched, whatever .sourceignore files say": (
        {
            ".sourceignore": "new.yaml\n",
            "flux/web.yaml": kustomization("web", "./web"),
            "flux/source.yaml": git_repository("https://example.com/a/b").replace(
                "spec: {", 'spec: {ignore: "/*\\n!/web\\n/web/docs/\\n!/web/new.yaml\\n", '
            ),
            "web/new.yaml": service("new"),
            "web/web.yaml": service("web"),
            "web/docs/example.yaml": service("example"),
        },
        [
            "? | nobody | G flux-system K web",
            "? | nobody | Service example",
            "? | web > ? | Service new Service web",
        ],
    ),
    "a folder that does not build as it is named is linted as it is": (
        {
            "flux/web.yaml": kustomization("web", "./web"),
            "web/a.yaml": service("web"),
            "web/b.yaml": service("web"),
        },
        ["? | nobody | K web", "? | nobody | Service web", "? | nobody | Service web"],
    ),
    "an artifact, the root of whatever it is, or what is not here": (
        {
            "flux/oci.yaml": kustomization("oci", "./web").replace("GitRepository", "OCIRepository"),
            "flux/root.yaml": kustomization("root", "./"),
            "flux/gone.yaml": kustomization("gone", "./gone"),
            "flux/above.yaml": kustomization("above", "../../etc"),
            "flux/filled.yaml": kustomization("filled", "./${CLUSTER}"),
            "flux/odd.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: [1]\n",
            "web/web.yaml": service("web"),
        },
        [
            "? | nobody | K (unnamed) K above K filled K gone K oci K root",
            "? | nobody | Service web",
        ],
    ),
    "two that deploy each other": (
        {"a/b.yaml": kustomization("b", "./b"), "b/a.yaml": kustomization("a", "./a")},
        ["? | a > ? | K b", "? | b > ? | K a"],
    ),
}


@pytest.mark.parametrize("name", BUNDLES)
def test_bundles(name: str, tmp_path: Path) -> None:
    files, expected = BUNDLES[name]
    report = session(tmp_path, files).report()
    assert sorted(map(told, report.bundles)) == expected
    assert not [problem for item in report.workspace.renderings for problem in item.problems]


REFUSED = {
    "a patch for what a folder does not hold": (
        """
        patches:
          - patch: |
              apiVersion: v1
              kind: Service
              metadata: {name: other}
        """,
        {"web/web.yaml": service("web")},
        "flux/web.yaml:11: This patch has no target: there is no Service other that it could change",
    ),
    "a component with what is there": (
        "components: [../component]",
        {
            "web/kustomization.yaml": "resources: [web.yaml]\n",
            "web/web.yaml": service("web"),
            "component/kustomization.yaml": (
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [web.yaml]\n"
            ),
            "component/web.yaml": service("web"),
        },
        "flux/web.yaml:7: Service web is built twice, and kustomize refuses the second (here component/web.yaml:3)",
    ),
    "a namespace in which two have one name": (
        "targetNamespace: shop",
        {"web/web.yaml": "---\n".join(service("web", metadata=f", namespace: {name}") for name in "ab")},
        "flux/web.yaml:7: Service web is built twice for namespace shop, and kustomize refuses the second",
    ),
    "what is the folder's own is said there": (
        "targetNamespace: shop",
        {"web/kustomization.yaml": "resources: [web.yaml, web.yaml]\n", "web/web.yaml": service("web")},
        "web/web.yaml:3: Service web is built twice, and kustomize refuses the second",
    ),
    "and nothing if it is deployed by mistake": (
        "targetNamespace: shop",
        {"web/a.yaml": service("web"), "web/b.yaml": service("web")},
        "",
    ),
}


SAID_BY_DEPLOYER = "web is linted without what Kustomization web adds to it: "


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_deployer_adds_and_kustomize_refuses_is_said(name: str, tmp_path: Path) -> None:
    more, files, expected = REFUSED[name]
    given = {"flux/web.yaml": kustomization("web", "./web", more), **files}
    report = session(tmp_path, given, ["incomplete-rendering", "unrendered"]).report()
    said = [
        f"{place(finding.span)}: {finding.message.removeprefix(SAID_BY_DEPLOYER)}"
        + "".join(f" ({other.message} {place(other.at.span)})" for other in finding.related)
        for finding in report.findings
    ]
    assert said == ([expected] if expected else [])
    is_of_deployer = expected.startswith("flux/")
    assert [item.message.startswith(SAID_BY_DEPLOYER) for item in report.findings] == [is_of_deployer] * len(said)
    assert not [bundle for bundle in report.bundles if bundle.delivery]


CONFIG_MAP = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: flux-system}\n"
    "data: {host: from.example.com, encrypted: 'ENC[AES256_GCM,data:x]'}\n"
)

VALUES = {
    # Kz "Post build variable substitution", and the forms of fluxcd/pkg's envsubst/README.md
    "a variable": ("substitute: {A: x}", "${A}", "x"),
    "a part of a text": ("substitute: {A: x}", "a-${A}-b", "a-x-b"),
    "text that is a number then": ("substitute: {A: '8080'}", "${A}", 8080),
    "a default": ("substitute: {A: x}", "${B:=other}", "other"),
    "another default": ("substitute: {A: x}", "${B:-other}", "other"),
    "no default": ("substitute: {A: x}", "${A:=y}", "x"),
    "a default that is another variable": ("substitute: {A: x}", "${B:=${A}}", "x"),
    "an escaped one": ("substitute: {A: x}", "$${A}", "${A}"),
    "a shell's": ("substitute: {A: x}", "$A", "$A"),
    "upper case": ("substitute: {A: x}", "${A^^}", "X"),
    "a part": ("substitute: {A: abc}", "${A:1:1}", "b"),
    "another text in it": ("substitute: {A: abc}", "${A/b/-}", "a-c"),
    "one that nobody defines is to be filled in": ("substitute: {A: x}", "${B}", "${B}"),
    "what Flux refuses": ("substitute: {A: x}", "${A.b}", "${A.b}"),
    "line breaks go": ('substitute: {A: "x\\n"}', "${A}", "x"),
    "numbers are no values": ("substitute: {A: 80}", "${A}", "${A}"),
    "a value to be filled in": ("substitute: {A: '${X}'}", "${A}", "${A}"),
    "what would be no YAML": ("substitute: {A: '['}", "${A}", "${A}"),
    "nothing is filled in where nothing is defined": ("substitute: {}", "${A:=x}", "${A:=x}"),
    # Kz: "var values which are specified in-line with substitute take precedence"
    "a ConfigMap": ("substituteFrom: [{kind: ConfigMap, name: settings}]", "${host}", "from.example.com"),
    "the object's own goes over it": (
        "{substitute: {host: own}, substituteFrom: [{kind: ConfigMap, name: settings}]}",
        "${host}",
        "own",
    ),
    "a default beside all that is defined": (
        "substituteFrom: [{kind: ConfigMap, name: settings}]",
        "${other:=x}",
        "x",
    ),
    "an encrypted value": (
        "substituteFrom: [{kind: ConfigMap, name: settings}]",
        "${encrypted:=x}",
        "${encrypted:=x}",
    ),
    "what the cluster may define has no default": (
        "substituteFrom: [{kind: Secret, name: elsewhere, optional: true}]",
        "${other:=x}",
        "${other:=x}",
    ),
    "a Secret": ("substituteFrom: [{kind: Secret, name: secrets}]", "${token}", "hidden"),
    "a Secret written as text": ("substituteFrom: [{kind: Secret, name: secrets}]", "${plain}", "seen"),
    "a later source goes over an earlier one": (
        "substituteFrom: [{kind: ConfigMap, name: settings}, {kind: Secret, name: secrets}]",
        "${host}",
        "from.secret",
    ),
}

SECRETS = (
    "apiVersion: v1\nkind: Secret\nmetadata: {name: secrets, namespace: flux-system}\n"
    "data: {token: aGlkZGVu, host: ZnJvbS5zZWNyZXQ=}\nstringData: {plain: seen}\n"
)


def documents(text: str, name: str) -> list[Document]:
    return list(read_documents(Source(name, text, name)))


@pytest.mark.parametrize("name", VALUES)
def test_variables(name: str, tmp_path: Path) -> None:
    said, value, expected = VALUES[name]
    (tmp_path / "web").mkdir()
    post_build = said if said.startswith("{") else f"{{{said}}}"
    deployer = documents(kustomization("web", "./web", f"postBuild: {post_build}"), "flux/web.yaml")
    defined = Definitions()
    defined.add([*documents(CONFIG_MAP, "settings.yaml"), *documents(SECRETS, "secrets.yaml")], "", is_deployed=False)
    (delivery,) = Flux(deployer, DiskTree(tmp_path), tmp_path).written
    values = defined.values(delivery)
    built = documents(f"kind: ConfigMap\napiVersion: v1\nvalue: {value}\n", "web")
    ((made, _),) = substituted(built, values) if values else zip(built, built, strict=True)
    assert made.data["value"] == expected


WEB = {
    "web/deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {own: mine}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "example.com/web:1"}]}
""",
    "components/more/kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
  - {target: {kind: Deployment}, patch: "- {op: add, path: /spec/paused, value: true}"}
""",
}
KUSTOMIZATION = """\
resources: [deployment.yaml]
namespace: own
images: [{name: example.com/web, newTag: "2"}, {name: other, newTag: "3"}]
patches:
  - {target: {kind: Deployment}, patch: "- {op: add, path: /spec/replicas, value: 2}"}
"""
OPERATION = "{op: add, path: /spec/replicas, value: 5}"
PATCH = "{target: {kind: Deployment}, patch: '- {op: add, path: /spec/replicas, value: 3}'}"

ALL = f"""
    targetNamespace: shop
    namePrefix: a-
    nameSuffix: -z
    patches: [{PATCH}]
    images: [{{name: example.com/web, newName: example.com/other}}]
    components: [../components/gone, ../components/more]
    ignoreMissingComponents: true
    commonMetadata: {{labels: {{team: a}}, annotations: {{own: theirs, a: b}}}}
"""
MERGE = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4}}"

FIELDS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "all of them": (
        ALL,
        {
            # Kz "Target namespace": "It either configures or overrides the Kustomize namespace"
            "metadata.namespace": "shop",
            # Kz "Name Prefix and Suffix"
            "metadata.name": "a-web-z",
            # Kz "Patches": after the kustomization's own
            "spec.replicas": 3,
            # Kz "Images"; kustomize_generator.go: one of the same name goes over the kustomization's own
            "spec.template.spec.containers.0.image": "example.com/other:1",
            # Kz "Components": "relative to the path specified by .spec.path"
            "spec.paused": True,
            # Kz "Common metadata": of objects alone, "any existing" one "will be overridden"
            "metadata.labels": {"team": "a"},
            "metadata.annotations": {"own": "theirs", "a": "b"},
            "spec.template.metadata": {"labels": {"app": "web"}},
        },
    ),
    # v1beta2's fields of a kind of patch; kustomize applies its `patches` after these
    "patchesStrategicMerge": (f"patchesStrategicMerge: [{MERGE}]", {"spec.replicas": 4}),
    "patchesJson6902": (
        f"patchesJson6902: [{{target: {{kind: Deployment, name: web}}, patch: [{OPERATION}]}}]",
        {"spec.replicas": 5},
    ),
}


@pytest.mark.parametrize("has_kustomization", [False, True])
def test_fields(tmp_path: Path, *, has_kustomization: bool) -> None:
    files = dict(WEB) if not has_kustomization else {**WEB, "web/kustomization.yaml": KUSTOMIZATION}
    for number, (more, _) in enumerate(FIELDS.values()):
        files[f"flux/{number}.yaml"] = kustomization(f"k{number}", "./web", more)
    report = session(tmp_path, files).report()
    found = {item.delivery.by.name: item.resources[0] for item in report.bundles if item.delivery}
    for number, (name, (_, expected)) in enumerate(FIELDS.items()):
        if has_kustomization and name == "patchesStrategicMerge":
            expected = {"spec.replicas": 2}
        for path, value in expected.items():
            steps = [int(step) if step.isdigit() else step for step in path.split(".")]
            assert found[f"k{number}"].get(*steps) == value, (name, path)
    assert not [problem for item in report.workspace.renderings for problem in item.problems]


NODE_PORT = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  ports:
    - port: 80
      nodePort: ${PORT}
"""


def found(folder: Path, files: Mapping[str, str], rule: str) -> list[str]:
    """What a rule finds: where, what, and where else."""
    report = session(folder, files, [rule]).report()
    return [
        f"{item.span.source.relative}:{item.span.line} {item.message.partition(' is ')[0]}"
        + "".join(f" < {other.message} {other.at.span.source.relative}:{other.at.span.line}" for other in item.related)
        for item in report.findings
    ]


def settings(port: str) -> str:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: flux-system}\n"
    return f"{head}data: {{PORT: '{port}'}}\n"


FINDINGS = {
    "a value stands where its variable does, with the place that says it": (
        {
            "flux/web.yaml": kustomization("web", "./web", "postBuild: {substitute: {PORT: '80'}}"),
            "web/web.yaml": NODE_PORT,
        },
        ["web/web.yaml:8 nodePort 80 of Service web < the value of PORT flux/web.yaml:7"],
    ),
    "nothing is said of one that is not known": (
        {
            "flux/web.yaml": kustomization("web", "./web", "postBuild: {substitute: {X: '80'}}"),
            "web/web.yaml": NODE_PORT,
        },
        [],
    ),
    "nor of an object that has none": (
        {
            "flux/web.yaml": kustomization("web", "./web", "postBuild: {substitute: {PORT: '80'}}"),
            "web/web.yaml": NODE_PORT.replace(
                "name: web}", "name: web, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}", 1
            ),
        },
        [],
    ),
    "each cluster has its own ConfigMap": (
        {
            "clusters/a/settings.yaml": settings("30080"),
            "clusters/b/settings.yaml": settings("80"),
            **{
                f"clusters/{name}/web.yaml": kustomization(
                    "web", "./web", "postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}"
                )
                for name in "ab"
            },
            "web/web.yaml": NODE_PORT,
        },
        ["web/web.yaml:8 nodePort 80 of Service web < the value of PORT clusters/b/settings.yaml:4"],
    ),
    "and it counts as it is deployed": (
        {
            "clusters/a/all.yaml": kustomization(
                "all",
                "./all",
                """
                patches:
                  - target: {kind: ConfigMap}
                    patch: |
                      - {op: replace, path: /data/PORT, value: "81"}
                """,
            ),
            "all/settings.yaml": settings("30080"),
            "all/web.yaml": kustomization(
                "web", "./web", "postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}"
            ),
            "web/web.yaml": NODE_PORT,
        },
        ["web/web.yaml:8 nodePort 81 of Service web < the value of PORT clusters/a/all.yaml:10"],
    ),
    "a patch of the Kustomization": (
        {
            "flux/web.yaml": kustomization(
                "web",
                "./web",
                """
                patches:
                  - target: {kind: Service}
                    patch: |
                      - op: add
                        path: /spec/ports/0/nodePort
                        value: 82
                """,
            ),
            "web/web.yaml": NODE_PORT.replace("      nodePort: ${PORT}\n", ""),
        },
        ["flux/web.yaml:12 nodePort 82 of Service web < the base web/web.yaml:7"],
    ),
}


@pytest.mark.parametrize("name", FINDINGS)
def test_findings(name: str, tmp_path: Path) -> None:
    files, expected = FINDINGS[name]
    assert found(tmp_path, files, "node-port-out-of-range") == expected


INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  ingressClassName: nginx
  rules:
    - host: shop.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""


def test_what_another_cluster_gets_is_not_there(tmp_path: Path) -> None:
    web = service("web", metadata=", namespace: shop")
    files = {
        "clusters/prod-a/routes.yaml": kustomization("routes", "./routes"),
        "clusters/prod-b/services.yaml": kustomization("services", "./services"),
        "routes/ingress.yaml": INGRESS,
        "services/web.yaml": web,
        ".klint.yaml": "cluster: {closed-world: true}\n",
    }
    assert [item.partition(" ")[0] for item in found(tmp_path, files, "dangling-backend")] == ["routes/ingress.yaml:8"]
    files["clusters/prod-a/services.yaml"] = kustomization("services", "./services")
    assert found(tmp_path, files, "dangling-backend") == []


def test_what_the_same_cluster_gets_is_asked_first(tmp_path: Path) -> None:
    web = service("web", metadata=", namespace: shop")
    files = {
        "clusters/prod/routes.yaml": kustomization("routes", "./routes"),
        "clusters/prod/services.yaml": kustomization("services", "./services"),
        "routes/ingress.yaml": INGRESS,
        "services/web.yaml": web.replace("port: 80", "port: 81"),
        "anywhere/web.yaml": web,
    }
    assert [item.partition(" ")[0] for item in found(tmp_path, files, "backend-port-mismatch")] == [
        "routes/ingress.yaml:8"
    ]


def test_reports_say_who_deploys_what(tmp_path: Path) -> None:
    files = {
        "clusters/prod/web.yaml": kustomization("web", "./web", "targetNamespace: shop"),
        "web/web.yaml": service("web"),
    }
    report = session(tmp_path, files).report()
    entries = as_data(report)["bundles"]
    deployed = next(entry["deployed_by"] for entry in entries if "deployed_by" in entry)
    file = str(tmp_path / "clusters/prod/web.yaml")
    assert deployed == {
        "kind": "Kustomization",
        "name": "web",
        "file": file,
        "line": 5,
        "namespace": "shop",
        "cluster": "clusters/prod",
    }
    told = render(report, ReportOptions(verbose=True))
    assert f"{file}:5:9 Kustomization web deploys it into namespace shop to clusters/prod" in told


def test_values_are_bounded() -> None:
    long = {"A": "a" * 100_000}.get
    assert fill_in("${A//a/${A}}", long) == "${A//a/${A}}"
    for text in ("${A}" * 200, "${A:=" * 10_000):
        with pytest.raises(ValueError):  # noqa: PT011 - there is nothing to say but that it is left as it is
            fill_in(text, long)
