"""Where a bundle goes: environment, platform and node ports, each with the reason it is believed."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from klint.kube.ports import DEFAULT_NODE_PORTS, NodePortRange
from klint.session import Session
from klint.workspace.environments import environment_of_name, environment_of_path
from klint.workspace.paths import shared_folders
from klint.workspace.platforms import platform_of_path
from klint.workspace.target import Target

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def targets(files: Mapping[str, str]) -> dict[str, Target]:
    """The target of each file's bundle, by the file's path."""
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, "utf-8")
    bundles = Session.of(["."], []).report().bundles
    return {resource.document.source.relative: bundle.target for bundle in bundles for resource in bundle.resources}


def target(files: Mapping[str, str], path: str = "web.yaml") -> Target:
    return targets(files)[path]


def service(namespace: str = "", **metadata: Mapping[str, str]) -> str:
    lines = ["apiVersion: v1", "kind: Service", "metadata:", "  name: web"]
    lines += [f"  namespace: {namespace}"] if namespace else []
    for field, pairs in metadata.items():
        lines += [f"  {field}:", *(f"    {key}: {value!r}" for key, value in pairs.items())]
    return "\n".join(lines) + "\n"


# Environments


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("prod", "production"),
        ("production", "production"),
        ("shop-prod", "production"),
        ("prod-eu-1", "production"),
        ("PROD", "production"),
        ("live", "production"),
        ("staging", "staging"),
        ("stage", "staging"),
        ("pre-prod", "staging"),
        ("preprod", "staging"),
        ("non-prod", "staging"),
        ("nonprod", "staging"),
        ("uat", "staging"),
        ("dev", "development"),
        ("team_dev", "development"),
        ("test", "development"),
        ("sandbox", "development"),
        ("local", "local"),
        ("kind", "local"),
        ("minikube", "local"),
        ("prod-test", "production"),
        ("integration", "staging"),
        ("shop-test", "development"),
        ("shop-preview", "development"),
        ("shop-local", "local"),
        ("test-2", "development"),
        ("live-eu-west-1", "production"),
        ("test-cluster", "development"),
        ("kind-shop", "local"),
        ("local-dev", "local"),
        ("prod.example.com", "production"),
        # several of them, and clusters
        ("prods", "production"),
        ("shop-prods", "production"),
        ("devs", "development"),
        ("production-clusters", "production"),
        ("live-clusters", "production"),
        ("test-environments", "development"),
        ("sandboxes", "development"),
        ("eks-prod-01", "production"),
        ("prod01", "production"),
        ("uat2", "staging"),
        ("dev1-eu", "development"),
        ("test-aks-westeurope-01", "development"),
        ("sandbox-europe-west1", "development"),
        ("admin@prod-eu-1", "production"),
        ("arn:aws:eks:eu-west-1:123456789012:cluster/shop-prod", "production"),
        ("gke_shop-prod_europe-west1-b_dev-1", "development"),
        ("gke_shop-prod_europe-west1-b_web", "production"),
        ("docker-desktop", "local"),
        ("colima", "local"),
        # what something is, rather than where it goes
        ("local-storage", ""),
        ("local-path-storage", ""),
        ("local-queue", ""),
        ("local-cluster", ""),
        ("local-resource", ""),
        ("cluster-local", ""),
        ("cluster-local-gateway", ""),
        ("node-local-dns", ""),
        ("link-local", ""),
        ("svc.cluster.local", ""),
        ("preview-channel", ""),
        ("live-reload", ""),
        ("test-app", ""),
        ("ingress-test-app", ""),
        ("chart-tests", ""),
        ("sandbox-controller", ""),
        ("stage-manager", ""),
        ("dev-spaces", ""),
        ("devspaces", ""),
        ("dev-tools", ""),
        ("kernel-devel", ""),
        ("tekton.dev", ""),
        ("shop.local", ""),
        ("slack-integration", ""),
        ("integration-tests", ""),
        ("product", ""),
        ("product-cluster", ""),
        ("livestream", ""),
        ("live-stream", ""),
        ("devices", ""),
        ("shop-devs", ""),
        ("test-clusters-api", ""),
        ("prodigy1", ""),
        ("docker-desktop-settings", ""),
        ("locals", ""),
        ("products", ""),
        ("device", ""),
        ("delivery", ""),
        ("alive", ""),
        ("latest", ""),
        ("stages", ""),
        ("kindness", ""),
        ("shop", ""),
        ("", ""),
    ],
)
def test_environment_of_a_name(name: str, environment: str) -> None:
    assert environment_of_name(name) == environment


@pytest.mark.parametrize(
    ("path", "environment"),
    [
        ("prod/web.yaml", "production"),
        ("overlays/prod/web.yaml", "production"),
        ("prod/dev/web.yaml", "development"),
        ("clusters/prod-eu/apps/web/web.yaml", "production"),
        ("values-prod.yaml", "production"),
        ("values-kind.yaml", "local"),
        ("ci/test-values.yaml", "development"),
        ("prod/values.yaml", "production"),
        ("prod/web-staging.yaml", "staging"),
        ("web.dev.yaml", "development"),
        # words that mean something else in a file's name
        ("web-test.yaml", ""),
        ("preview.yaml", ""),
        ("kind.yaml", ""),
        ("live.yaml", ""),
        ("prod/web-test.yaml", "production"),
        ("web.yaml", ""),
        ("", ""),
    ],
)
def test_environment_of_a_path(path: str, environment: str) -> None:
    assert environment_of_path(path) == environment


def annotated(name: str, annotation: str) -> str:
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, annotations: {{{annotation}: x}}}}\n---\n"


def test_annotations_of_several_clouds_tell_no_platform() -> None:
    aws = annotated("a", "service.beta.kubernetes.io/aws-load-balancer-type")
    assert target({"web.yaml": aws + annotated("b", "cloud.google.com/neg")}).platform == ""
    assert target({"web.yaml": aws}).platform == "eks"


def test_environments_of_files_in_one_folder() -> None:
    found = targets({"shop-prod.yaml": SERVICE, "shop-staging.yaml": SERVICE, "shop.yaml": SERVICE})
    assert {path: item.environment for path, item in found.items()} == {
        "shop-prod.yaml": "production",
        "shop-staging.yaml": "staging",
        "shop.yaml": "",
    }


def test_the_configuration_goes_before_everything() -> None:
    settings = """\
        targets:
        - path: "**/prod/**"
          environment: staging
        - path: special/**
          environment: development
          platform: k3s
          kubernetes: v1.31
        """
    found = targets(
        {".klint.yaml": dedent(settings), "a/prod/web.yaml": service("prod"), "special/prod/web.yaml": service("prod")}
    )
    assert found["a/prod/web.yaml"].environment == "staging"
    assert found["a/prod/web.yaml"].reasons == ("staging: .klint.yaml says so",)
    # the last entry that matches has the word
    assert found["special/prod/web.yaml"].environment == "development"
    assert found["special/prod/web.yaml"].platform == "k3s"
    assert found["special/prod/web.yaml"].kubernetes == (1, 31)
    assert found["a/prod/web.yaml"].kubernetes is None


@pytest.mark.parametrize(
    ("path", "text", "environment", "reason"),
    [
        ("prod/web.yaml", service("dev", labels={"env": "dev"}), "production", "the path prod/web.yaml"),
        ("web.yaml", service("shop-prod", labels={"env": "dev"}), "production", "the namespace shop-prod"),
        ("web.yaml", service(labels={"environment": "prod"}), "production", "the label environment=prod"),
        ("web.yaml", service("shop", labels={"tags.datadoghq.com/env": "dev"}), "development",
         "the label tags.datadoghq.com/env=dev"),
    ],
)  # fmt: skip
def test_what_is_plain_to_see_says_the_environment(path: str, text: str, environment: str, reason: str) -> None:
    found = target({path: text}, path)
    assert found.environment == environment
    assert found.reasons == (f"{environment}: {reason}",)
    assert found.is_production == (environment == "production")


@pytest.mark.parametrize(
    "text",
    [
        SERVICE,
        service("shop", labels={"app": "prod", "environment": "x", "tier": "dev"}),
        service(annotations={"environment": "prod"}),
        service("argocd", labels={"argocd.argoproj.io/secret-type": "cluster", "env": "prod"}),
        "apiVersion: v1\nkind: Service\nmetadata: {name: prod, labels: {environment: [prod], env: 1}}\n",
        "apiVersion: v1\nkind: Service\nmetadata: {name: prod, labels: prod}\n",
    ],
)
def test_else_it_is_unknown(text: str) -> None:
    found = target({"web.yaml": text})
    assert (found.environment, found.platform, found.reasons) == ("", "", ())
    assert not found.is_production


@pytest.mark.parametrize(
    ("namespaces", "environment"),
    [
        (["dev"], "development"),
        (["dev", "monitoring"], "development"),
        (["dev", "kube-system", "default", "ingress-system"], "development"),
        (["dev", "home", "media"], ""),
        (["media", "test", "home"], ""),
        (["home", "local", "media", "dev"], ""),
        (["home", "media", "shop-dev"], "development"),
        (["home", "media", "production"], "production"),
        (["dev", "home", "media", "shop-staging"], "staging"),
        (["dev", "prod"], "development"),
        (["dev", "${NAMESPACE}", "media"], "development"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value or "unknown",
)
def test_a_namespace_called_dev_among_those_of_topics_is_one_of_them(namespaces: list[str], environment: str) -> None:
    text = "---\n".join(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: '{name}'}}\n" for name in namespaces
    )
    assert target({"web.yaml": text}).environment == environment


# Platforms


@pytest.mark.parametrize(
    ("path", "platform"),
    [
        ("eks/web.yaml", "eks"),
        ("clusters/gke-prod/web.yaml", "gke"),
        ("deploy/bare-metal/web.yaml", "bare-metal"),
        ("deploy/baremetal/web.yaml", "bare-metal"),
        ("overlays/docker-desktop/web.yaml", "docker-desktop"),
        ("k3d/web.yaml", "k3d"),
        ("kind/web.yaml", "kind"),
        ("kind-cluster/web.yaml", "kind"),
        ("by-kind/web.yaml", ""),
        ("eks/gke/web.yaml", "gke"),
        ("eks.yaml", ""),
        ("values-kind.yaml", "kind"),
        ("gke/values.openshift.yaml", "openshift"),
        ("eks/values-large.yaml", "eks"),
        ("weeks/web.yaml", ""),
        ("web.yaml", ""),
    ],
)
def test_platform_of_a_path(path: str, platform: str) -> None:
    assert platform_of_path(path) == platform


@pytest.mark.parametrize(
    ("text", "platform", "reason"),
    [
        (
            service(annotations={"service.beta.kubernetes.io/aws-load-balancer-type": "nlb"}),
            "eks",
            "Service web is annotated with service.beta.kubernetes.io/aws-load-balancer-type",
        ),
        (
            service(annotations={"cloud.google.com/neg": "{}"}),
            "gke",
            "Service web is annotated with cloud.google.com/neg",
        ),
        (
            "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: web}\n",
            "openshift",
            "Route web is of that platform",
        ),
    ],
)
def test_what_only_one_platform_reads_says_the_platform(text: str, platform: str, reason: str) -> None:
    found = target({"web.yaml": text})
    assert found.platform == platform
    assert found.reasons == (f"{platform}: {reason}",)


ROUTE = "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: web}\n"
CONFIG = "apiVersion: apps.openshift.io/v1\nkind: DeploymentConfig\nmetadata: {name: web}\n"
WEB = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
ALB = "apiVersion: v1\nkind: Service\nmetadata: {name: web, annotations: {alb.ingress.kubernetes.io/x: y}}\n"


@pytest.mark.parametrize(
    ("files", "platform"),
    [
        ({"a/web.yaml": ROUTE, "b/web.yaml": CONFIG, "c/web.yaml": WEB}, "openshift"),
        ({"a/web.yaml": ROUTE, "b/web.yaml": CONFIG, "c/web.yaml": WEB, "d/web.yaml": WEB}, "openshift"),
        ({"a/web.yaml": ROUTE, "b/web.yaml": CONFIG, "c/web.yaml": WEB, "d/web.yaml": WEB, "e/web.yaml": WEB}, ""),
        ({"a/web.yaml": ROUTE, "c/web.yaml": WEB}, ""),
        ({"a/web.yaml": ROUTE, "b/web.yaml": CONFIG, "c/web.yaml": WEB, "d/web.yaml": ALB}, ""),
        ({"a/web.yaml": ROUTE, "b/web.yaml": CONFIG, "c/web.yaml": WEB, "eks/web.yaml": WEB}, ""),
        ({"openshift/a/web.yaml": ROUTE, "b/web.yaml": CONFIG, "c/web.yaml": WEB}, ""),
        ({"openshift/a/web.yaml": ROUTE, "openshift/b/web.yaml": CONFIG, "c/web.yaml": WEB}, ""),
        ({"a/web.yaml": WEB, "b/web.yaml": WEB, "c/web.yaml": WEB}, ""),
    ],
    ids=["most", "half", "fewer", "one", "another-cloud", "another-folder", "a-variant", "variants", "none"],
)
def test_most_bundles_of_openshift_make_all_of_them(files: dict[str, str], platform: str) -> None:
    """Where nothing says another platform, and no folder that it is one of several."""
    found = targets(files)["c/web.yaml"]
    assert found.platform == platform
    if platform:
        number = sum(text in (ROUTE, CONFIG) for text in files.values())
        assert found.reasons == (f"openshift: {number} of the {len(files)} bundles here are of that platform",)


def test_a_local_cluster_is_no_part_of_openshift() -> None:
    found = targets({"a/web.yaml": ROUTE, "b/web.yaml": CONFIG, "local/web.yaml": WEB})
    assert found["local/web.yaml"].platform == ""


def test_a_route_of_another_group_says_nothing() -> None:
    assert target({"web.yaml": "apiVersion: example.com/v1\nkind: Route\nmetadata: {name: web}\n"}).platform == ""


KIND = "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n"


def test_a_cluster_file_beside_says_the_platform() -> None:
    found = targets({"a/kind.yaml": KIND, "a/web.yaml": SERVICE, "b/web.yaml": SERVICE, "a/c/web.yaml": SERVICE})
    assert found["a/web.yaml"].platform == "kind"
    assert found["a/web.yaml"].environment == "local"
    assert found["a/web.yaml"].is_local_cluster
    assert found["a/web.yaml"].reasons == (
        "kind: a/kind.yaml beside it makes such a cluster",
        "local: kind runs on a developer's machine",
    )
    assert found["b/web.yaml"].platform == found["a/c/web.yaml"].platform == ""


def test_a_cluster_file_beside_manifests_for_development_says_the_platform() -> None:
    found = target({"dev/kind.yaml": KIND, "dev/web.yaml": SERVICE}, "dev/web.yaml")
    assert (found.environment, found.platform) == ("development", "kind")


def test_a_cluster_file_beside_production_is_for_trying_out() -> None:
    found = target({"prod/kind.yaml": KIND, "prod/web.yaml": SERVICE}, "prod/web.yaml")
    assert (found.environment, found.platform) == ("production", "")


def test_a_cluster_file_is_no_part_of_a_bundle() -> None:
    assert list(targets({"a/kind.yaml": KIND, "a/web.yaml": SERVICE})) == ["a/web.yaml"]


def test_a_platform_on_a_laptop_is_local_but_a_server_s_is_not() -> None:
    assert target({"minikube/web.yaml": SERVICE}, "minikube/web.yaml").environment == "local"
    assert target({"k3s/web.yaml": SERVICE}, "k3s/web.yaml").environment == ""


# Node ports

CLUSTER_FILES = {
    "kubeadm v1beta3, a map": """\
        apiVersion: kubeadm.k8s.io/v1beta3
        kind: ClusterConfiguration
        apiServer:
          extraArgs:
            service-node-port-range: 31000-31999
        """,
    "kubeadm v1beta4, a list": """\
        apiVersion: kubeadm.k8s.io/v1beta4
        kind: ClusterConfiguration
        apiServer:
          extraArgs:
          - name: authorization-mode
            value: Node,RBAC
          - name: service-node-port-range
            value: 31000-31999
        """,
    "kubeadm, the second document": """\
        apiVersion: kubeadm.k8s.io/v1beta4
        kind: InitConfiguration
        ---
        apiVersion: kubeadm.k8s.io/v1beta4
        kind: ClusterConfiguration
        apiServer: {extraArgs: [{name: service-node-port-range, value: 31000-31999}]}
        """,
    "kind": """\
        apiVersion: kind.x-k8s.io/v1alpha4
        kind: Cluster
        kubeadmConfigPatches:
        - |
          kind: InitConfiguration
        - |
          kind: ClusterConfiguration
          apiServer:
            extraArgs:
              "service-node-port-range": "31000-31999"
        """,
    "kind, of a node": """\
        apiVersion: kind.x-k8s.io/v1alpha4
        kind: Cluster
        nodes:
        - role: worker
        - role: control-plane
          kubeadmConfigPatches:
          - |
            kind: ClusterConfiguration
            apiServer:
              extraArgs:
              - name: service-node-port-range
                value: 31000-31999
        """,
    "k3s": "write-kubeconfig-mode: '0644'\nservice-node-port-range: 31000-31999\n",
    "k3s or RKE2, an argument": "kube-apiserver-arg:\n- anonymous-auth=false\n- service-node-port-range=31000-31999\n",
    "k3s or RKE2, one argument": "kube-apiserver-arg: --service-node-port-range=31000-31999\n",
    "k0s": """\
        apiVersion: k0s.k0sproject.io/v1beta1
        kind: ClusterConfig
        spec: {api: {extraArgs: {service-node-port-range: 31000-31999}}}
        """,
    "kOps": """\
        apiVersion: kops.k8s.io/v1alpha2
        kind: Cluster
        spec: {kubeAPIServer: {serviceNodePortRange: 31000-31999}}
        """,
    "OpenShift": """\
        apiVersion: config.openshift.io/v1
        kind: Network
        metadata: {name: cluster}
        spec: {serviceNodePortRange: 31000-31999}
        """,
    "a List": """\
        apiVersion: v1
        kind: List
        items:
          - {apiVersion: config.openshift.io/v1, kind: Network, spec: {serviceNodePortRange: 31000-31999}}
        """,
}


@pytest.mark.parametrize("text", CLUSTER_FILES.values(), ids=CLUSTER_FILES)
def test_cluster_files_say_the_node_ports(text: str) -> None:
    found = target({"cluster.yaml": dedent(text), "web.yaml": SERVICE})
    assert found.node_ports == NodePortRange(31000, 31999, "cluster.yaml")
    (place,) = found.node_ports.places
    assert not place.span.approximate
    assert "31000-31999" in place.span.source.text[place.span.start : place.span.end]


KUBEADM = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n"


@pytest.mark.parametrize(
    "text",
    [
        KUBEADM,
        KUBEADM + "apiServer: {extraArgs: [{name: x, value: 31000-31999}]}\n",
        KUBEADM + "apiServer: {extraArgs: {service-node-port-range: many}}\n",
        KUBEADM + "apiServer: {extraArgs: {service-node-port-range: 31000}, more: 31000-31999}\n",
        KIND + "kubeadmConfigPatches: ['[', 1, x, {a: b}, 'kind: x']\nnodes: [1, {}]\n",
        "apiVersion: example.com/v1\nkind: Network\nspec: {serviceNodePortRange: 31000-31999}\n",
        "apiVersion: config.openshift.io/v1\nkind: Other\nspec: {serviceNodePortRange: 31000-31999}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {service-node-port-range: 31000-31999}\n",
        "service-node-port-range: [31000, 31999]\n",
        "service-node-port-range: 40000-30000\n",
        "kube-apiserver-arg: {service-node-port-range: 1}\n",
    ],
)
def test_files_that_say_no_node_ports(text: str) -> None:
    assert target({"cluster.yaml": text, "web.yaml": SERVICE}).node_ports == DEFAULT_NODE_PORTS


def config(text: str) -> str:
    return f"service-node-port-range: {text}\n"


def test_the_nearest_cluster_file_counts() -> None:
    found = targets(
        {
            "config.yaml": config("30000-30999"),
            "a/config.yaml": config("31000-31999"),
            "a/b/deep/config.yaml": config("32000-32999"),
            **dict.fromkeys(("web.yaml", "a/web.yaml", "a/b/web.yaml", "a/b/deep/web.yaml", "c/web.yaml"), SERVICE),
        }
    )
    ports = {path: str(item.node_ports) for path, item in found.items()}
    assert ports == {
        "web.yaml": "30000-30999",
        "a/web.yaml": "31000-31999",
        "a/b/web.yaml": "32000-32999",
        "a/b/deep/web.yaml": "32000-32999",
        "c/web.yaml": "30000-30999",
    }
    assert found["a/web.yaml"].node_ports.origin == "a/config.yaml"


def test_of_equally_near_cluster_files_all_count() -> None:
    found = target({"a/config.yaml": config("80-90"), "b/config.yaml": config("85-95"), "web.yaml": SERVICE})
    assert found.node_ports == NodePortRange(80, 95, "a/config.yaml and b/config.yaml")


def test_equally_near_cluster_files_that_agree() -> None:
    found = target({"a/config.yaml": config("80-90"), "b/config.yaml": config("80-90"), "web.yaml": SERVICE})
    assert found.node_ports == NodePortRange(80, 90, "a/config.yaml")


def test_configured_node_ports_go_before_all() -> None:
    settings = "targets:\n- path: '**'\n  node-ports: 20000-22767\n"
    found = target({".klint.yaml": settings, "config.yaml": config("80-90"), "web.yaml": SERVICE})
    assert found.node_ports == NodePortRange(20000, 22767, ".klint.yaml:3")


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        ("a.yaml", "b.yaml", 0),
        ("a/b.yaml", "a/c.yaml", 1),
        ("a/b/c.yaml", "a/b.yaml", 1),
        ("a/b/c.yaml", "a/x/c.yaml", 1),
        ("a/b.yaml", "b/b.yaml", 0),
        ("/a/b.yaml", "/a/c/d.yaml", 2),
        ("", "a/b.yaml", 0),
    ],
)
def test_shared_folders(first: str, second: str, count: int) -> None:
    assert shared_folders(first, second) == shared_folders(second, first) == count


CHANNELS = [
    ("channels/preview/a.yaml", ""),
    ("deploy/channels/dev/a.yaml", ""),
    ("prod/channels/preview/a.yaml", "production"),
    ("channels/a/preview/a.yaml", "development"),
    ("preview/a.yaml", "development"),
]


@pytest.mark.parametrize(("path", "environment"), CHANNELS)
def test_channels_of_releases_are_no_environments(path: str, environment: str) -> None:
    assert environment_of_path(path) == environment
