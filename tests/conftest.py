"""What the tests of several modules share."""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import settings

from klint import Graph, Source
from klint.config.config import Config
from klint.config.reading import parse_config
from klint.kube.index import Index
from klint.kube.objects import read_resources
from klint.text.reading import read_documents
from klint.workspace.bundles import make_bundles
from klint.workspace.target import Targets

# Byte code is kept, whatever the machine says: tests start hundreds of processes, and each would compile all of klint.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

GraphOf = Callable[..., Graph]

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("fuzz", max_examples=5_000, deadline=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz", action="store_true", help="try other and many more examples of generated input")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """With UPDATE=1 one process runs them all, whatever `-n` says: some write files that others read, or write too."""
    if os.environ.get("UPDATE") and getattr(config.option, "numprocesses", None):
        config.option.numprocesses = 0


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("fuzz" if config.getoption("--fuzz") else "repeatable")


def pytest_collection_finish() -> None:
    """Ten thousand tests are there to stay: looking for garbage among them takes half a second each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests remember nothing for the runs of who runs them, and know nothing from these."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("caches")))
        yield


@pytest.fixture
def graph_of() -> GraphOf:
    """`graph_of(manifests, config="")`: the graph of the bundle that the first file is in.

    `manifests` is a text, or texts by file name; `config` what .klint.yaml says. A document that does not parse is a
    mistake of the test, unless it has the comment `# broken`.
    """
    return graph_of_text


def graph_of_text(manifests: str | Mapping[str, str], config: str = "") -> Graph:
    files = {"manifest.yaml": manifests} if isinstance(manifests, str) else manifests
    settings = parse_config(Source(".klint.yaml", config)) if config else Config()
    documents = [item for name, text in files.items() for item in read_documents(Source(name, text, name))]
    assert all(document.data is not None or "# broken" in document.text for document in documents)
    resources = [item for document in documents for item in read_resources(document, settings.workloads)]
    index = Index(resources, [document.text for document in documents if document.data is None])
    bundles = make_bundles(index, Targets(settings, documents))
    targets = {resource.document.source.path: bundle.target for bundle in bundles for resource in bundle.resources}
    graphs = [Graph(bundle, index, targets) for bundle in bundles]
    first = next(iter(files))
    return next(graph for graph in graphs if any(item.document.source.path == first for item in graph.resources))
