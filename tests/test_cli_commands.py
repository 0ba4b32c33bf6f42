"""The command line as a whole: its commands, their help, and what a shell completes."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from klint import __version__
from klint.cli.commands import COMMANDS, klint
from klint.registry import rule_names


def run(*arguments: str) -> Result:
    return CliRunner().invoke(klint, arguments, prog_name="klint", catch_exceptions=False)


def completed(*arguments: str) -> list[str]:
    """What a shell offers for the last of the arguments."""
    *before, incomplete = arguments
    shell = ShellComplete(klint, {}, "klint", "_KLINT_COMPLETE")
    return [item.value for item in shell.get_completions(before, incomplete)]


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_every_command(option: str) -> None:
    result = run(option)
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.partition("Commands:\n")[2].splitlines()] == list(COMMANDS)
    assert "Exit codes: 0 " in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_first_line_of_a_commands_help_is_the_one_in_the_list(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert result.stdout.split("\n\n")[1].strip() == COMMANDS[name]
    assert "--debug" in result.stdout


def test_version() -> None:
    assert run("--version").stdout == f"klint {__version__}\n"


def test_a_misspelt_command_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("chekc", ".")
    assert "There is no command and no path 'chekc'. Did you mean 'check'?" in result.stderr
    assert result.exit_code == 2
    Path("chekc").mkdir()
    assert run("chekc").exit_code == 0
    assert "gone.yaml: There is no such file or folder" in run("gone.yaml").stderr


def test_an_option_that_is_not_there() -> None:
    result = run("--selct", "entry")
    assert "--select" in result.stderr
    assert (result.stdout, result.exit_code) == ("", 2)


@pytest.mark.parametrize(
    ("arguments", "offered"),
    [
        (("",), list(COMMANDS)),
        (("ex",), ["explain"]),
        (("explain", "node-port-out"), ["node-port-out-of-range"]),
        (("explain", "entr"), []),
        (("check", "--select", "node-port-out"), ["node-port-out-of-range"]),
        (("check", "--select", "node-port-collision,node-port-out"), ["node-port-collision,node-port-out-of-range"]),
        (("check", "--ignore", "distr"), ["distribution"]),
        (("--select", "distr"), ["distribution"]),
        (("check", "--output", "sar"), ["sarif"]),
        (("check", "--fail-on", "nev"), ["never"]),
        (("check", "--report"), ["--report-only"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
    ],
)
def test_what_a_shell_completes(arguments: tuple[str, ...], offered: list[str]) -> None:
    assert completed(*arguments) == offered


def test_a_shell_completes_every_rule_and_runs_none() -> None:
    loaded = {name for name in sys.modules if name.startswith("klint.rules.")}
    assert completed("explain", "") == list(rule_names())
    assert len(rule_names()) > 10
    assert {name for name in sys.modules if name.startswith("klint.rules.")} == loaded


def test_a_shell_completes_paths_where_they_go() -> None:
    shell = ShellComplete(klint, {}, "klint", "_KLINT_COMPLETE")
    for arguments in ([], ["check"], ["web.yaml"], ["check", "--config"]):
        assert [item.type for item in shell.get_completions(arguments, "deploy/")] == ["file"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(shell: str) -> None:
    script = run("completion", shell).stdout
    assert f"_KLINT_COMPLETE={shell}_complete" in script
    assert "klint" in script


INSTALLED = {
    "bash": ".local/share/bash-completion/completions/klint",
    "zsh": ".zfunc/_klint",
    "fish": ".config/fish/completions/klint.fish",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "BASH_COMPLETION_USER_DIR", "ZDOTDIR", "SHELL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("shell", INSTALLED)
def test_a_script_is_installed_where_its_shell_looks(home: Path, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    result = run("completion", "--install")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == f"Wrote {home / INSTALLED[shell]}"
    assert (home / INSTALLED[shell]).read_text("utf-8") == run("completion", shell).stdout


def test_the_folders_that_the_environment_names_count(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    run("completion", "bash", "--install")
    run("completion", "fish", "--install")
    assert (home / "data/bash-completion/completions/klint").is_file()
    assert (home / "config/fish/completions/klint.fish").is_file()
    monkeypatch.setenv("BASH_COMPLETION_USER_DIR", str(home / "own"))
    run("completion", "bash", "--install")
    assert (home / "own/completions/klint").is_file()


def test_zsh_is_told_once_where_to_look(home: Path) -> None:
    (home / ".zshrc").write_text("alias k=kubectl")
    first, second = run("completion", "zsh", "--install"), run("completion", "zsh", "--install")
    line = "fpath+=(~/.zfunc); autoload -Uz compinit; compinit"
    assert f"Added to {home / '.zshrc'}: {line}\n" in first.stdout
    assert "Added" not in second.stdout
    assert (home / ".zshrc").read_text() == f"alias k=kubectl\n{line}\n"


def test_a_shell_that_is_not_known_is_asked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for shell in ("", "/bin/tcsh"):
        monkeypatch.setenv("SHELL", shell)
        result = run("completion", "--install")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Name the shell: bash, zsh, fish" in result.stderr
    assert list(home.iterdir()) == []


def test_a_script_that_cannot_be_installed(home: Path) -> None:
    (home / ".local").write_text("")
    result = run("completion", "bash", "--install")
    assert result.exit_code == 2
    assert "It cannot be written: " in result.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not there")
def test_bash_takes_what_was_installed(home: Path) -> None:
    run("completion", "bash", "--install")
    command = f"source {home / INSTALLED['bash']} && complete -p klint"
    found = subprocess.run(["bash", "--norc", "-c", command], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")
    assert "_klint_completion" in found.stdout
