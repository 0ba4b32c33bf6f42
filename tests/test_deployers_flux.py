"""What Flux deploys, by small workspaces: which bundles there are, where they go, and what is built.

What is expected is what Flux's documentation says, fluxcd.io/flux/components/kustomize/kustomizations/ (Kz below).
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from klint.registry import load_rules
from klint.render.kustomize.builder import find_builder
from klint.session import Options, Session
from klint.workspace.bundles import Bundle

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
