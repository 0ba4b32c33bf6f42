"""The guides say what is so: what they show is what klint prints, what they name exists. UPDATE=1 rewrites them."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, is_typeddict

import click
import pytest

from klint import cli
from klint.cli.commands import COMMANDS, klint
from klint.cli.rules import severity_text
from klint.config.reading import parse_config, schema
from klint.registry import LAYERS, load_rules
from klint.report import formats
from klint.report import json as json_report
from klint.testing import check_page
from klint.text.source import Source
from tests import manual_page, migrating_page, platforms_page

ROOT = Path(__file__).parent.parent
GUIDES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("example/*.md"), *ROOT.glob("benchmarks/*.md")]
)
PAGES = sorted(ROOT.glob("rules/*/*/README.md"))
UPDATE = bool(os.environ.get("UPDATE"))
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
"""What child processes get: this klint, whether or not it is installed, and nothing that colours output."""

_BLOCK = re.compile(r"^(?P<fence>`{3,})(?P<language>\w*)\n(?P<body>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(file: Path, language: str) -> list[str]:
    return [block["body"] for block in _BLOCK.finditer(file.read_text("utf-8")) if block["language"] == language]


def prose(file: Path) -> str:
    return _BLOCK.sub("", file.read_text("utf-8"))


def run_klint(command: str, folder: Path = ROOT) -> str:
    """What a command prints, standard error last, as it goes to a file."""
    program, *arguments = command.split()
    assert program == "klint"
    done = subprocess.run(
        [sys.executable, "-m", "klint", *arguments],
        cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return done.stdout + done.stderr


# What the guides show


SHOWING = [file for file in GUIDES if blocks(file, "console")]


def test_commands_are_shown() -> None:
    assert {"README.md", "docs/start.md", "example/README.md"} <= set(map(name, SHOWING))


@pytest.mark.parametrize("file", SHOWING, ids=name)
def test_a_console_block_is_what_klint_prints(file: Path) -> None:
    text = file.read_text("utf-8")
    for body in blocks(file, "console"):
        command = body.partition("\n")[0]
        assert command.startswith("$ klint "), "a console block starts with the command that prints it"
        actual = f"{command}\n{run_klint(command.removeprefix('$ '))}"
        if UPDATE:
            text = text.replace(f"```console\n{body}```", f"```console\n{actual}```")
        else:
            assert actual == body
    if UPDATE:
        file.write_text(text, "utf-8")


# The example


def test_the_walk_through_names_every_finding_of_the_example() -> None:
    walk = re.findall(
        r"^\| \[([^\]]+):(\d+)\]\(\1#L\2\) \| \[([a-z-]+)\]",
        (ROOT / "example/README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert walk, "the walk-through is a table of `[file:line](file#Lline) | [rule](page)`"
    printed = run_klint("klint check --concise --quiet .", ROOT / "example")
    found = re.findall(r"^([^:\n]+):(\d+):\d+: (?:error|warning|note): .* \[([a-z-]+)\]$", printed, re.MULTILINE)
    assert sorted(walk) == sorted(found)


def test_the_example_is_mostly_right() -> None:
    printed = run_klint("klint check --concise --quiet example")
    findings = printed.count("\n")
    documents = sum(
        len(re.findall(r"^kind:", file.read_text("utf-8"), re.MULTILINE)) for file in ROOT.glob("example/*/*.yaml")
    )
    assert 8 <= findings <= 15
    assert documents > 3 * findings


# Setting up


def test_set_up_is_two_commands() -> None:
    section = re.search(r"^## Set up$(.*?)^## ", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert section is not None
    commands = re.findall(r"^```sh\n(.*?)```$", section[1], re.MULTILINE | re.DOTALL)
    assert len(commands) == 2
    assert all(len(command.splitlines()) == 1 for command in commands)
    assert "klint check" in commands[0]
    assert "pytest" in commands[1]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert "[dev]" in commands[1]
    assert "dev" in extras


# Links


def anchors(file: Path) -> set[str]:
    """The anchors GitHub gives to a page's headings."""
    headings = _HEADING.findall(_BLOCK.sub("", file.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", [*GUIDES, *PAGES], ids=name)
def test_links_lead_somewhere(file: Path) -> None:
    for link in _LINK.findall(prose(file)):
        path, _, anchor = link.partition("#")
        if path.startswith(("https://", "http://")):
            continue
        target = (file.parent / path).resolve() if path else file
        assert target.exists(), f"{link} leads nowhere"
        if anchor.startswith("L") and target.suffix != ".md":
            assert int(anchor[1:]) <= target.read_text("utf-8").count("\n"), link
        elif anchor:
            assert anchor in anchors(target), f"{link}: {name(target)} has no such heading"


def test_every_guide_is_linked_from_the_readme() -> None:
    links = _LINK.findall((ROOT / "README.md").read_text("utf-8"))
    assert {name(file) for file in ROOT.glob("docs/*.md")} <= set(links)


# The command line


def options() -> set[str]:
    """Every long option of every command."""
    context = click.Context(klint, **klint.context_settings)
    commands = [klint, *(found for command in COMMANDS if (found := klint.get_command(context, command)))]
    assert len(commands) == len(COMMANDS) + 1
    return {
        flag
        for command in commands
        for item in command.get_params(click.Context(command, parent=context))
        for flag in item.opts
    }


@pytest.mark.parametrize("file", GUIDES, ids=name)
def test_options_exist(file: Path) -> None:
    known = options()
    text = file.read_text("utf-8")
    commands = re.findall(r"(?:^|[`$| /])(klint [^`|\n]*)", text, re.MULTILINE)
    alone = re.findall(r"`(--[^`]*)`", prose(file))
    for flag in re.findall(r"(?<=\s)--[a-z][a-z-]*", "\n".join(f" {item}" for item in (*commands, *alone))):
        assert flag in known, f"klint has no option {flag}"


def test_commands_exist() -> None:
    for file in GUIDES:
        for command in re.findall(r"`klint ([a-z-]+)[^`]*`", file.read_text("utf-8")):
            assert command in COMMANDS, f"{name(file)}: klint {command}"


def test_every_output_has_its_section() -> None:
    headings = _HEADING.findall((ROOT / "docs/outputs.md").read_text("utf-8"))
    assert [heading for heading in headings if heading in formats()] == list(formats())
    assert cli.main.__doc__ is not None
    assert "0 clean, 1 findings, 2" in cli.main.__doc__


def test_every_key_of_the_json_report_is_explained() -> None:
    shapes = [shape for shape in vars(json_report).values() if is_typeddict(shape)]
    section = (ROOT / "docs/outputs.md").read_text("utf-8").partition("## json")[2].partition("\n## ")[0]
    said = set(re.findall(r"`([a-z_]+)`", section))
    keys = {key for shape in shapes for key in shape.__annotations__}
    assert {"findings", "end_column", "wants"} <= keys
    assert keys - said == set()


# The configuration

CONFIGURATION = ROOT / "docs/configuration.md"


def configurations() -> Iterator[tuple[Path, str]]:
    for file in (CONFIGURATION, ROOT / "README.md", ROOT / "docs/silencing.md", ROOT / "docs/adopting.md"):
        for body in blocks(file, "yaml"):
            if re.match(
                r"(baseline|cluster|exposure|targets|include|fixtures|workloads|charts|helm|kustomize|select|rules|suppress):",
                body,
            ):
                yield file, body


@pytest.mark.parametrize("text", [pytest.param(text, id=name(file)) for file, text in configurations()])
def test_configurations_load(text: str) -> None:
    config = parse_config(Source(".klint.yaml", text))
    known = {rule.name for rule in load_rules()[0]}
    named = {*config.rules, *(rule for entry in config.suppress for rule in entry.rules)}
    assert named <= known
    assert {*config.select, *config.ignore} <= known | set(LAYERS)


def test_every_block_of_the_configuration_guide_is_tested() -> None:
    tested = [body for file, body in configurations() if file == CONFIGURATION]
    assert tested == blocks(CONFIGURATION, "yaml")


def keys(part: Any) -> Iterator[str]:
    """Every key and every allowed value of a schema, except severities by environment."""
    if isinstance(part, dict):
        yield from part.get("properties", {})
        yield from (str(value) for value in part.get("enum", ()) if isinstance(value, str))
        for value in part.values():
            yield from keys(value)
    elif isinstance(part, list):
        for item in part:
            yield from keys(item)


def test_every_key_of_the_schema_is_explained() -> None:
    text = CONFIGURATION.read_text("utf-8")
    said = set(re.findall(r"`([^`\n]+)`", _BLOCK.sub("", text)))
    said |= set(re.findall(r"^ *(?:- )?([a-z-]+):", "\n".join(blocks(CONFIGURATION, "yaml")), re.MULTILINE))
    assert set(keys(schema())) - said == set()


# The index of rules


def index_of_rules() -> str:
    rules, failures = load_rules()
    assert not failures
    lines = [
        "# Rules",
        "",
        "By layer; klint's own come last. `klint explain RULE` prints a page. This list is made from the rules.",
        "",
        "[Fixes](fixing.md): of a rule with one, some findings can be fixed.",
    ]
    for layer in LAYERS:
        members = [rule for rule in rules if rule.layer == layer]
        if members:
            lines += ["", f"## {layer}", "", "| rule | severity | fix | fires on |", "|---|---|---|---|"]
            lines += [
                f"| [{rule.name}](../{name(rule.folder)}/README.md) | {severity_text(rule)} "
                f"| {'yes' if rule.has_fix else ''} | {rule.summary} |"
                for rule in members
            ]
    return "\n".join(lines) + "\n"


def test_the_index_of_rules_is_current() -> None:
    file, index = ROOT / "docs/rules.md", index_of_rules()
    if UPDATE:
        file.write_text(index, "utf-8")
    assert file.read_text("utf-8") == index


def test_the_page_of_platforms_is_current() -> None:
    file = ROOT / "docs/platforms.md"
    if UPDATE:
        file.write_text(platforms_page.page(), "utf-8")
    assert file.read_text("utf-8") == platforms_page.page()


def test_the_manual_page_is_current() -> None:
    file = ROOT / "docs/klint.1"
    if UPDATE:
        file.write_text(manual_page.page(), "utf-8")
    assert file.read_text("utf-8") == manual_page.page()


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not there")
def test_groff_reads_the_manual_page() -> None:
    command = ["groff", "-man", "-Tutf8", "-ww", "-b", "-P-c", str(ROOT / "docs/klint.1")]
    found = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (found.returncode, found.stderr) == (0, "")
    seen = " ".join(re.sub(".\x08", "", found.stdout).split())
    for said in ("klint - read Kubernetes manifests", "--sarif-category NAME", "klint cluster-facts", "EXIT STATUS"):
        assert said in seen
    for command_name, first in COMMANDS.items():
        assert f"klint {command_name}" in seen
        assert first.split()[0] in seen


def test_the_tables_of_migrating_are_current() -> None:
    file = ROOT / "docs/migrating.md"
    before, _, _ = file.read_text("utf-8").partition(migrating_page.HEADING)
    if UPDATE:
        file.write_text(before + migrating_page.tables(), "utf-8")
    assert file.read_text("utf-8") == before + migrating_page.tables()


# The worked example of a rule pack


def files_of_the_worked_example() -> dict[str, str]:
    """The blocks of the guide that stand after a line which names their file."""
    text = (ROOT / "docs/writing-rules.md").read_text("utf-8")
    found = re.finditer(r"^`([\w./-]+)`:\n\n(?P<fence>`{3,})\w*\n(.*?)^(?P=fence)$", text, re.MULTILINE | re.DOTALL)
    return {block[1]: block[3] for block in found}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    for path, text in files_of_the_worked_example().items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return tmp_path


def test_the_worked_example_is_whole(pack: Path) -> None:
    written = sorted(file.relative_to(pack).as_posix() for file in pack.rglob("*.*"))
    assert written == [
        *(f"acme_rules/entry/database_exposed/{name}" for name in ("README.md", "rule.py")),
        *(f"acme_rules/routing/debug_path_routed/{name}" for name in ("README.md", "rule.py")),
        *(f"acme_rules/routing/foreign_host/{name}" for name in ("README.md", "cases.txt", "rule.py")),
        *("pyproject.toml", "tests/test_rules.py"),
    ]


@pytest.mark.parametrize("folder", ["routing/foreign_host", "routing/debug_path_routed", "entry/database_exposed"])
def test_the_worked_example_passes_its_page_and_cases(pack: Path, folder: str) -> None:
    check_page(pack / "acme_rules" / folder, update=False)


def test_a_worked_rule_is_as_short_as_the_guide_says(pack: Path) -> None:
    text = (pack / "acme_rules/entry/database_exposed/rule.py").read_text("utf-8")
    assert len(text.splitlines()) <= 22


def test_the_worked_example_has_a_test_that_passes(pack: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=pack,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_the_worked_example_is_found_once_installed(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tomllib.loads((pack / "pyproject.toml").read_text("utf-8"))["project"]
    points = "\n".join(f"{key} = {value}" for key, value in project["entry-points"]["klint.rules"].items())
    metadata = pack / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0.0\n", "utf-8")
    (metadata / "entry_points.txt").write_text(f"[klint.rules]\n{points}\n", "utf-8")
    monkeypatch.syspath_prepend(str(pack))
    rules, failures = load_rules()
    assert not failures
    assert [(rule.layer, rule.pack) for rule in rules if rule.name == "foreign-host"] == [("routing", "acme")]
