"""The clusters that Argo CD deploys to, as far as the workspace has their Secrets."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from klint.kube.resource import api_group, mapping, string, strings
from klint.records import dataclass, field
from klint.text.document import Document
from klint.text.placeholders import is_placeholder

IN_CLUSTER = "in-cluster"
IN_CLUSTER_SERVER = "https://kubernetes.default.svc"
"""The cluster that Argo CD runs in, which needs no Secret.

Source: argo-cd's docs operator-manual/applicationset/Generators-Cluster.md, "Deploying to the local cluster".
"""

_SECRET_TYPE = "argocd.argoproj.io/secret-type"  # noqa: S105 - a label


@dataclass(frozen=True)
class Cluster:
    """A cluster, with what the metadata of its Secret says of it."""

    name: str
    server: str
    project: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    has_secret: bool = True


def clusters(documents: Iterable[Document]) -> list[Cluster]:
    """The clusters of the Secrets among some documents, and the one that Argo CD is in.

    Source: argo-cd's docs operator-manual/declarative-setup.md, "Clusters".
    """
    found = {cluster.name: cluster for document in documents for cluster in _of_secret(mapping(document.data))}
    if all(cluster.server.rstrip("/") != IN_CLUSTER_SERVER for cluster in found.values()):
        found.setdefault(IN_CLUSTER, Cluster(IN_CLUSTER, IN_CLUSTER_SERVER, has_secret=False))
    return list(found.values())


def _of_secret(data: Mapping[str, Any]) -> Iterator[Cluster]:
    if data.get("kind") != "Secret" or api_group(data):
        return
    metadata = mapping(data.get("metadata"))
    labels = strings(metadata.get("labels"))
    if labels.get(_SECRET_TYPE) != "cluster":
        return
    fields = {**_decoded(data.get("data")), **strings(data.get("stringData"))}
    name = fields.get("name", "")
    if not name or is_placeholder(name):  # encrypted, or filled in elsewhere: the Secret is called after the cluster
        name = string(metadata.get("name"))
    if name and not is_placeholder(name):
        yield Cluster(
            name, fields.get("server", ""), fields.get("project", ""), labels, strings(metadata.get("annotations"))
        )


def _decoded(data: Any) -> dict[str, str]:
    found = {}
    for key, value in strings(data).items():
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            continue
    return found
