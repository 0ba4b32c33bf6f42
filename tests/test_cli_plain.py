"""`klint check` with nothing but paths and flags, which is understood without click."""

from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from klint.cli import PLAIN_FLAGS, check, plain_words
from klint.cli.checking import Request
from klint.cli.commands import klint


@pytest.mark.parametrize(
    ("words", "environ", "paths", "flags"),
    [
        ([], {}, (), ()),
        (["check"], {"HOME": "/"}, (), ()),
        (["check", "web.yaml", "", "deploy/"], {}, ("web.yaml", "", "deploy/"), ()),
        (["check", "check"], {}, ("check",), ()),
        (["check", "--isolated", "web.yaml", "--no-cache"], {}, ("web.yaml",), ("--isolated", "--no-cache")),
        (["check", "--quiet", "--quiet"], {}, (), ("--quiet",)),
    ],
)
def test_what_is_plain(
    words: list[str], environ: Mapping[str, str], paths: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    assert plain_words(words, environ) == (paths, frozenset(flags))


@pytest.mark.parametrize(
    ("words", "environ"),
    [
        (["check", "-"], {}),
        (["check", "--fix"], {}),
        (["check", "--debug"], {}),
        (["check", "--no-cache", "--", "web.yaml"], {}),
        (["check", "--", "--no-cache"], {}),
        (["check", "--no-cache=1"], {}),
        (["check", "--no-cach"], {}),
        (["check", "-q"], {}),
        (["check", "--platform", "--no-cache"], {}),
        (["--no-cache"], {}),
        (["--no-cache", "check"], {}),
        (["web.yaml"], {}),
        (["rules"], {}),
        (["--version"], {}),
        (["check"], {"KLINT_FAIL_ON": "never"}),
        ([], {"_KLINT_COMPLETE": "bash_complete"}),
    ],
)
def test_what_click_must_understand(words: list[str], environ: Mapping[str, str]) -> None:
    assert plain_words(words, environ) is None


@pytest.mark.parametrize(
    "words", [(), ("web.yaml", "deploy/"), *((flag, "web.yaml") for flag in sorted(PLAIN_FLAGS)), tuple(PLAIN_FLAGS)]
)
def test_plain_words_mean_what_click_takes_them_to_mean(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request] = []

    def run(request: Request, **_: object) -> int:
        asked.append(request)
        return 0

    monkeypatch.setattr(check, "run", run)
    klint.main(["check", *words], standalone_mode=False)
    plain = plain_words(["check", *words], {})
    assert plain is not None
    assert asked == [Request.plain(*plain)]


def test_every_flag_that_goes_with_any_other_is_plain() -> None:
    flags = {
        name for item in check.command.params if isinstance(item, click.Option) and item.is_flag for name in item.opts
    }
    with_conditions = {
        "--allow-network",
        "--debug",
        "--diff",
        "--fix",
        "--help",
        "--timings",
        "--unsafe-fixes",
        "--watch",
    }
    assert {name for name in flags if name.startswith("--")} - with_conditions == PLAIN_FLAGS


def test_a_failure_is_told_as_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from klint.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["klint", "check", "gone.yaml"])
    with pytest.raises(SystemExit) as ended:
        main()
    plain = capsys.readouterr()
    monkeypatch.setattr("sys.argv", ["klint", "check", "--", "gone.yaml"])
    with pytest.raises(SystemExit) as ended_click:
        main()
    assert (ended.value.code, plain) == (ended_click.value.code, capsys.readouterr()) == (2, plain)


def test_a_crash_is_told_as_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from klint.cli import main

    def crash(*_: object, **__: object) -> int:
        raise ZeroDivisionError("division by zero")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("klint.cli.checking.run", crash)
    monkeypatch.setattr("sys.argv", ["klint"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    message = "Something in klint broke: ZeroDivisionError: division by zero. Run it with --debug and report what it"
    assert capsys.readouterr().err == f"klint: {message} prints\n"
