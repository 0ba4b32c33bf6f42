"""What `--verbose` says of confinements is what the system does."""

import subprocess
import sys
from pathlib import Path

import pytest

from klint.registry import load_rules
from klint.render.confinement import holds
from klint.render.helm.embedded import EmbeddedHelm
from klint.report import Options, render
from klint.session import Session

TAKEN = {
    "sockets": "confinement.forbid_sockets()",
    "other files": "confinement.forbid_files()",
    "what renders is ended": "confinement.end_with_parent()",
}


@pytest.mark.parametrize("what", TAKEN)
def test_what_is_said_to_hold_holds(what: str) -> None:
    program = f"from klint.render import confinement; print(confinement.holds(), {TAKEN[what]}, sep='\\n')"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    said, done = result.stdout.splitlines()
    assert said == str(holds())
    assert done == str(next(held for name, held in holds().items() if name.startswith(what)))


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
def test_it_is_said_where_something_is_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "web.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: web}\n")
    rules = load_rules()[0]
    plain = render("text", Session.of(["."], rules).report(), Options(verbose=True))
    assert "Rendering on this machine" not in plain
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    (tmp_path / "templates" / "a.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: a}\n")
    report = Session.of(["."], rules).report()
    for what, held in holds().items():
        assert f"  {what}: {'yes' if held else 'no'}\n" in render("text", report, Options(verbose=True))
        assert what not in render("text", report)
