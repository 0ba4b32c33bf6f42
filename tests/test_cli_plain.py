"""`klint check` with nothing but paths, which is understood without click."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from klint.cli import check, plain_paths
from klint.cli.checking import Request
from klint.cli.commands import klint
from klint.cli.opening import Lint


@pytest.mark.parametrize(
    ("words", "environ", "paths"),
    [
        ([], {}, ()),
        (["check"], {"HOME": "/"}, ()),
        (["check", "web.yaml", "", "deploy/"], {}, ("web.yaml", "", "deploy/")),
        (["check", "check"], {}, ("check",)),
        (["check", "-"], {}, None),
        (["check", "--fix"], {}, None),
        (["check", "--", "web.yaml"], {}, None),
        (["web.yaml"], {}, None),
        (["rules"], {}, None),
        (["--version"], {}, None),
        (["check"], {"KLINT_FAIL_ON": "never"}, None),
        ([], {"_KLINT_COMPLETE": "bash_complete"}, None),
    ],
)
def test_what_is_plain(words: list[str], environ: Mapping[str, str], paths: tuple[str, ...] | None) -> None:
    assert plain_paths(words, environ) == paths


@pytest.mark.parametrize("paths", [(), ("web.yaml", "deploy/")])
def test_paths_alone_mean_what_click_takes_them_to_mean(
    paths: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request] = []

    def run(request: Request, **_: object) -> int:
        asked.append(request)
        return 0

    monkeypatch.setattr(check, "run", run)
    klint.main(["check", *paths], standalone_mode=False)
    assert asked == [Request(Lint(paths))]


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
