"""Whatever rules fix, in whatever style it is written: nothing breaks, nothing else changes, and there is an end."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from klint import Rule
from klint.engine import Report
from klint.fixing import Fixed, files, make_fixes
from klint.registry import load_rules
from klint.session import Session
from klint.testing import Example, examples_in
from klint.text.reading import read_documents
from klint.text.source import Source
from tests.corpus import CORPUS

RULES = load_rules()[0]
FIXING = [rule for rule in RULES if rule.has_fix]
"""Those whose findings may have a fix."""

Texts = Mapping[str, str]


def session(rules: list[Rule]) -> Session:
    return Session.of(["."], rules, known=RULES)


def data(text: str) -> list[Any]:
    return [document.data for document in read_documents(Source("a.yaml", text))]


def said(report: Report) -> Counter[str]:
    return Counter(finding.identity for finding in report.findings)


def comments(text: str) -> list[str]:
    """Those that are not klint's own."""
    return re.findall(r"(?:^|\s)(# .*)$", re.sub(r"\s*# klint:.*", "", text), re.MULTILINE)


def fixed(folder: Path, texts: Texts, rules: list[Rule]) -> dict[str, str]:
    """What all fixes make of a workspace, if it is as it should be."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    first = session(rules)
    before = first.report()
    made = make_fixes(first, is_unsafe=True)
    if not made.after:
        return {}
    assert list(files.write(made)) == []
    second = session(rules)
    after = second.report()
    assert said(after) == said(made.report), "what is written is what was linted"
    assert len(after.findings) <= len(before.findings) - len(made.made), "each is gone, and nothing new is there"
    assert make_fixes(second, is_unsafe=True).after == {}, "a second run changes nothing"
    return dict(well_made(texts, made, folder))


def well_made(texts: Texts, made: Fixed, folder: Path) -> Iterator[tuple[str, str]]:
    """The texts that are another, if no more of them is than has to be."""
    for path, content in made.after.items():
        name, new = path.relative_to(folder).as_posix(), content.decode()
        old = texts[name]
        before, after = (data(text) if path.suffix in (".yaml", ".yml", ".json") else [] for text in (old, new))
        assert len(after) == len(before)
        assert [item is None for item in after] == [item is None for item in before], "what parsed still parses"
        changed = sum(one != other for one, other in zip(before, after, strict=True))
        assert changed <= len(made.made) * 2
        assert new != old
        assert ("\r\n" in new) == ("\r\n" in old)
        assert "\r\n" not in old or "\n" not in new.replace("\r\n", "")
        assert Counter(comments(new)) <= Counter(comments(old)), "comments go with what they speak of, and none comes"
        assert new.endswith("\n") == old.endswith("\n")
        yield name, new


@pytest.mark.parametrize("rule", FIXING, ids=lambda rule: rule.name)
def test_what_a_rule_fixes(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, example in enumerate(examples_in(rule.folder)):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        others = [other for other in RULES if other.name in example.others]
        fixed(folder, example.files, [rule, *others])


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is rendered again and again is remembered, for one test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


# Styles


def as_json(text: str) -> str:
    """Each document as JSON; one alone, since JSON documents follow each other as they like."""
    return json.dumps(data(text)[0], indent=2) + "\n"


def fits_json(text: str) -> bool:
    """Whether it is one document, without what JSON would lose: comments, and keys that are set twice."""
    documents = list(read_documents(Source("a.yaml", text)))
    return len(documents) == 1 and not documents[0].problems and "#" not in text


def commented(text: str) -> str:
    """A comment behind every line that has a plain value."""
    return re.sub(r"^( *(?:- )*[\w.-]+: [\w./-]+)$", r"\1  # why", text, flags=re.MULTILINE)


def indented(text: str) -> str:
    """Twice as deep, behind dashes as well."""
    deeper = re.sub(r"^(?: {2})+", lambda match: match[0] * 2, text, flags=re.MULTILINE)
    return re.sub(r"^( *)- ", r"\1-   ", deeper, flags=re.MULTILINE)


def quoted(text: str) -> str:
    return re.sub(r"(: )(?!true$|false$)([a-z][a-z-]+)$", r'\1"\2"', text, flags=re.MULTILINE)


STYLES: Mapping[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "JSON": as_json,
    "comments": commented,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "quotes": quoted,
    "deeper": indented,
    "no line break at the end": lambda text: text.rstrip("\n"),
}


def bad(rule: Rule) -> Example:
    """The first example of a fix on a rule's page: what is wrong, and nothing that is rendered."""
    return next((example for example in examples_in(rule.folder) if example.diff_at), Example())


@pytest.mark.parametrize("rule", FIXING, ids=lambda rule: rule.name)
def test_a_fix_is_the_same_in_every_style(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = bad(rule)
    texts, rules = example.files, [rule, *(other for other in RULES if other.name in example.others)]
    if not texts or not all(name.endswith(".yaml") for name in texts):
        pytest.skip("its page shows what is no YAML, or its fix is for a person to make")
    results = {}
    for style, change in STYLES.items():
        if style == "JSON" and not all(fits_json(text) for text in texts.values()):
            continue  # JSON has no comments, which some rules are about
        folder = tmp_path / style
        folder.mkdir()
        monkeypatch.chdir(folder)
        restyled = {name: change(text) for name, text in texts.items()}
        assert [data(text) for text in restyled.values()] == [data(text) for text in texts.values()], style
        results[style] = {name: data(text) for name, text in fixed(folder, restyled, rules).items()}
    usual = results["as it is"]
    assert usual, "the page of a rule that fixes something shows something that is fixed"
    assert all(result == usual for result in results.values()), results


# Public manifests, each with a few slips


MANIFESTS = sorted(path for path in CORPUS.glob("manifests/**/*.y*ml") if path.stat().st_size < 12_000)
OF_INTEREST = re.compile(r"^kind: (?:Service|Ingress|Gateway|HTTPRoute|NetworkPolicy)\r?$", re.MULTILINE)


def slip(value: str, rng: random.Random) -> str:
    """A value as somebody mistypes it."""
    where = rng.randrange(len(value))
    return rng.choice((
        value[:where] + value[where + 1 :],
        value[:where] + value[where] + value[where:],
        value.swapcase(),
        re.sub(r"\d+", lambda number: str(int(number[0]) + rng.choice((1, 1000, 30_000))), value),
        json.dumps(value),
    ))  # fmt: skip


def with_slips(text: str, rng: random.Random) -> str:
    """A manifest with one to three slips in plain values or in their keys."""
    for _ in range(rng.randint(1, 3)):
        entry = rng.choice(list(re.finditer(r"^([ \t]*(?:- )*)([\w.-]+): ([\w./-]+)(?=\r?$)", text, re.MULTILINE)))
        group = rng.choice((2, 3, 3, 3))
        text = text[: entry.start(group)] + slip(entry[group], rng) + text[entry.end(group) :]
    return text


@pytest.mark.skipif(not MANIFESTS, reason="the corpus is not here")
@pytest.mark.parametrize("seed", range(4))
def test_what_is_fixed_of_public_manifests_with_slips(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    rng = random.Random(seed)  # noqa: S311 -- slips are no secrets
    texts = [text for path in MANIFESTS if OF_INTEREST.search(text := path.read_bytes().decode("utf-8", "replace"))]
    changed = 0
    for number in range(2_000 if pytestconfig.getoption("--fuzz") else 50):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        changed += bool(fixed(folder, {"web.yaml": with_slips(rng.choice(texts), rng)}, list(RULES)))
    assert changed
