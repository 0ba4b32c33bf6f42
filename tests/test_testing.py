"""How a rule's page and its cases are read, run and rewritten."""

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.records import replace
from klint.registry import load_rules
from klint.testing import (
    Case,
    CaseError,
    Example,
    check_cases,
    check_page,
    examples,
    examples_in,
    lint_example,
    printed,
    read_cases,
    write_cases,
)
from klint.testing.cases import File, Line, Mark

SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports: [{port: 80}]\n"


def parts(page: str) -> list[tuple[str, tuple[str, ...], str, tuple[str, ...]]]:
    """Heading, names of files, expected output and further rules of each example."""
    return [(item.heading, tuple(item.files), item.expected, item.others) for item in examples(dedent(page))]


def test_blocks_with_names_make_one_example() -> None:
    page = """\
        # a-rule
        ## Bad
        `a.yaml`:
        ```yaml
        a: 1
        ```
        `b/c.json`:
        ```json
        {}
        ```
        ```console
        a.yaml:1:1: error
        ```
        ## Good
        ```yaml
        b: 1
        ```
    """
    assert parts(page) == [
        ("Bad", ("a.yaml", "b/c.json"), "a.yaml:1:1: error\n", ()),
        ("Good", ("manifest.yaml",), "", ()),
    ]


def test_a_comment_names_rules_for_the_next_example_only() -> None:
    page = """\
        ## Bad
        <!-- with: one, other-rule -->
        ```yaml
        a: 1
        ```
        ```console
        ```
        ```yaml
        b: 1
        ```
        <!-- with: third -->
        ```yaml
        c: 1
        ```
        ## Good
        ```yaml
        d: 1
        ```
    """
    assert [(list(files), others) for _, files, _, others in parts(page)] == [
        (["manifest.yaml"], ("one", "other-rule")),
        (["manifest.yaml"], ()),
        (["manifest.yaml"], ("third",)),
        (["manifest.yaml"], ()),
    ]


def test_named_rules_run_beside_the_pages_own() -> None:
    rules = {item.name: item for item in load_rules()[0]}
    text = SERVICE.replace("port: 80", "port: 80, nodePort: 8080").replace("spec:", "spec:\n  type: NodePort")
    files = {"web.yaml": text + "  # klint: ignore[syntax-error]\n"}
    alone = printed(lint_example(Example(files), rules["unused-ignore"]))
    assert alone == ""
    beside = Example(files, others=("syntax-error", "node-port-out-of-range"))
    assert [line.rpartition(" ")[2] for line in printed(lint_example(beside, rules["unused-ignore"])).splitlines()] == [
        "[node-port-out-of-range]",
        "[unused-ignore]",
    ]


def test_rules_that_do_not_exist_are_an_error() -> None:
    rule = load_rules()[0][0]
    with pytest.raises(AssertionError, match="no-such-rule"):
        lint_example(Example({"a.yaml": "a: 1\n"}, others=("no-such-rule",)), rule)


RULE = '''\
"""A Service, any Service."""

from collections.abc import Iterator

from klint import Finding, Graph, rule


@rule(severity="error")
def any_service(graph: Graph) -> Iterator[Finding]:
    for service in graph.services:
        yield Finding(f"{service} is one", at=service.place)
'''

PAGE = f"""\
# any-service

## Bad

```yaml
{SERVICE}```

```console
```

## Good

```yaml
a: 1
```
"""
SAID = "manifest.yaml:4:9: error: Service web is one [any-service]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "entry" / "any_service"
    path.mkdir(parents=True)
    (path / "rule.py").write_text(RULE)
    (path / "README.md").write_text(PAGE)
    return path


def test_a_page_that_says_something_else_fails(folder: Path) -> None:
    with pytest.raises(AssertionError, match="Service web is one"):
        check_page(folder, update=False)
    assert (folder / "README.md").read_text() == PAGE


def test_update_writes_what_klint_prints(folder: Path) -> None:
    check_page(folder, update=True)
    assert (folder / "README.md").read_text() == PAGE.replace("```console\n", f"```console\n{SAID}")
    check_page(folder, update=False)


def test_update_does_not_hide_a_finding_in_a_good_example(folder: Path) -> None:
    (folder / "README.md").write_text(PAGE.replace("a: 1\n", SERVICE))
    with pytest.raises(AssertionError, match="Good"):
        check_page(folder, update=True)


def test_a_page_without_examples_fails(folder: Path) -> None:
    (folder / "README.md").write_text("# any-service\n")
    with pytest.raises(AssertionError, match="has no example"):
        check_page(folder)


# Cases


CASES = """\
===== A Service, said in brief
Why it is so.
----- a.yaml
apiVersion: v1
kind: Service
metadata:
  name: web  #! error

===== Two of them, and what is said
----- a.yaml crlf
{apiVersion: v1, kind: Service, metadata: {name: web}}
#! error at 50: Service web is one
----- b/c.yaml

apiVersion: v1
kind: Service
metadata:
  name: web
  #! error at 9: Service web is one

===== None
----- a.yaml
a: 1
"""


def written(text: str) -> str:
    return write_cases(read_cases(text))


def test_cases_are_files_with_marks_taken_out() -> None:
    brief, exact, none = read_cases(CASES)
    assert (brief.title, brief.number, brief.notes) == ("A Service, said in brief", 1, ("Why it is so.",))
    assert brief.files == {"a.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n"}
    assert brief.marks == [Mark("error")]
    assert (exact.number, list(exact.files)) == (9, ["a.yaml", "b/c.yaml"])
    assert exact.files["a.yaml"] == "{apiVersion: v1, kind: Service, metadata: {name: web}}\r\n"
    assert exact.files["b/c.yaml"].startswith("\napiVersion")
    assert exact.marks == [
        Mark("error", column=50, message="Service web is one"),
        Mark("error", "", 9, "Service web is one"),
    ]
    assert none.marks == []
    assert written(CASES) == CASES


def test_rules_and_several_marks_of_a_line() -> None:
    text = """\
        ===== A title
        with: one-rule, other-rule
        ----- a.sh
        #!/bin/sh
        #! /bin/sh
        echo "#! note"  # no mark #! warning one-rule
        #! error at 3: a message: with #! note in it
          #!
    """
    (case,) = read_cases(dedent(text))
    assert case.others == ("one-rule", "other-rule")
    assert case.files == {"a.sh": '#!/bin/sh\n#! /bin/sh\necho "#! note"  # no mark\n'}
    assert case.marks == [Mark("warning", "one-rule"), Mark("error", "", 3, "a message: with #! note in it"), Mark()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("----- a.yaml\na: 1\n", "cases.txt:1: a case begins with ===== and its title"),
        ("\n===== A title\nWhy.\n", "cases.txt:2: a case has a title and files"),
        ("===== \n----- a.yaml\n", "cases.txt:1: a case has a title and files"),
        ("===== A\n----- a\n\n===== A\n----- a\n", "cases.txt:4: there is a case 'A' already"),
        ("===== A\n----- a\nx\n----- a\n", "cases.txt:4: a is in this case twice"),
        ("===== A\n----- a lf\n", "cases.txt:2: a file has a path, and crlf or nothing after it"),
        ("===== A\n----- \nx\n", "cases.txt:2: a file has a path"),
        ("===== A\n----- a\n#! error\n", "cases.txt:3: there is no line above for this mark to speak of"),
        (
            "===== A\n----- a\nx #! eror\n",
            "cases.txt:3: a mark is #! SEVERITY [RULE] [at COLUMN: MESSAGE], not #! eror",
        ),
        ("===== A\n----- a\nx #! error at 3\n", "cases.txt:3: a mark is #! SEVERITY"),
        ("===== A\n----- a\nx #! error one two\n", "cases.txt:3: a mark is #! SEVERITY"),
    ],
)
def test_cases_that_are_not_written_so(text: str, message: str) -> None:
    with pytest.raises(CaseError) as error:
        read_cases(text)
    assert str(error.value).startswith(message)


# A text that is neither a title, a file nor a mark
LINES = st.text(st.sampled_from("ab: -=#!\t é"), max_size=12).filter(
    lambda line: not line.startswith(("===== ", "----- ", "+++++ ")) and "#!" not in line
)
WORDS = st.text("abc", min_size=1, max_size=5)
MARKS = (
    st.builds(Mark, st.sampled_from(("error", "warning", "note")), WORDS | st.just(""))
    | st.builds(
        Mark, st.just("note"), WORDS | st.just(""), st.integers(1, 200), st.text("a #!:", min_size=1).map("x{}x".format)
    )
    | st.just(Mark())
)
FILES = st.builds(
    File,
    st.lists(st.builds(Line, LINES, st.lists(MARKS, max_size=3).map(tuple)), max_size=5)
    .filter(lambda lines: not lines or bool(lines[-1].text or lines[-1].marks))
    .map(tuple),
    st.booleans(),
)
SOME_CASES = st.lists(
    st.builds(
        Case, WORDS, st.just(0), st.lists(WORDS, max_size=2).map(tuple), st.lists(WORDS, max_size=2).map(tuple),
        st.dictionaries(WORDS, FILES, min_size=1, max_size=3),
    ),
    max_size=4,
    unique_by=lambda case: case.title,
)  # fmt: skip


@given(SOME_CASES)
def test_what_is_written_is_read_again(cases: list[Case]) -> None:
    assert [replace(case, number=0) for case in read_cases(write_cases(cases))] == cases


@given(
    st.lists(st.sampled_from(("===== ", "----- ", "with: ", "#!", " error", " at 1: ", "a", " ", "\n"))).map("".join)
)
def test_any_text_is_cases_or_is_said_not_to_be(text: str) -> None:
    try:
        cases = read_cases(text)
    except CaseError:
        return
    assert [replace(case, number=0) for case in read_cases(write_cases(cases))] == [
        replace(case, number=0) for case in cases
    ]


@given(st.lists(MARKS, max_size=4), st.lists(MARKS.filter(lambda mark: bool(mark.column)), max_size=4))
def test_what_is_said_is_found_and_once_rewritten_stays(marks: list[Mark], found: list[Mark]) -> None:
    case = Case("A", 1, (), (), {"a": File((Line("x", tuple(marks)),))})
    said = case.saying({("a", 1): found})
    assert sorted(map(str, (mark.brief for mark in said.marks))) == sorted(map(str, (mark.brief for mark in found)))
    assert set(said.marks) <= {*found, *(mark.brief for mark in found)}
    assert said.saying({("a", 1): found}) == said


@pytest.fixture
def cases(folder: Path) -> Path:
    check_page(folder, update=True)
    file = folder / "cases.txt"
    file.write_text(CASES)
    return file


def test_cases_say_what_klint_says(cases: Path) -> None:
    check_page(cases.parent, update=False)
    assert [(item.heading, list(item.files)) for item in examples_in(cases.parent)] == [
        ("Bad", ["manifest.yaml"]),
        ("Good", ["manifest.yaml"]),
        ("A Service, said in brief", ["a.yaml"]),
        ("Two of them, and what is said", ["a.yaml", "b/c.yaml"]),
        ("None", ["a.yaml"]),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("web  #! error", "web  #! warning"),
        ("web  #! error", "web"),
        ("metadata:\n  name: web  #! error", "metadata:  #! error\n  name: web"),
        ("web  #! error", "web  #! error other-rule"),
        ("web  #! error", "web  #! error\n  #! error"),
        ("at 50: ", "at 49: "),
        ("at 50: Service web is one", "at 50: Service web is two"),
    ],
)
def test_a_case_that_says_something_else_fails_and_shows_what_klint_says(cases: Path, old: str, new: str) -> None:
    cases.write_text(CASES.replace(old, new, 1))
    with pytest.raises(AssertionError) as error:
        check_page(cases.parent, update=False)
    case = "1: A Service, said in brief" if "50" not in old else "9: Two of them, and what is said"
    first, *diff = str(error.value).splitlines()
    assert first == f"{cases}:{case}"
    assert any(line.startswith("-") for line in diff) or "#! error" not in new
    assert any(line.startswith("+") for line in diff) or new.endswith("#! error")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("web  #! error", "web  #! warning"),
        ("metadata:\n  name: web  #! error", "metadata:  #! error at 4: x\n  name: web  #! note"),
        ("at 50: Service web is one", "at 4: another"),
        ("at 50: Service web is one", "at 50: Service web is one\n#! warning other-rule"),
        ("#! error at 50: Service web is one\n", ""),
        ("#! error at 50: Service web is one\n", "#!\n"),
    ],
)
def test_update_says_it_as_exactly_as_it_was(cases: Path, old: str, new: str) -> None:
    cases.write_text(CASES.replace(old, new, 1))
    check_page(cases.parent, update=True)
    assert cases.read_text() == CASES


def test_update_fills_in_bare_marks(cases: Path) -> None:
    cases.write_text(CASES.replace("web  #! error", "web  #!"))
    check_page(cases.parent, update=True)
    assert cases.read_text() == CASES.replace("web  #! error", "web\n  #! error at 9: Service web is one")


@pytest.mark.parametrize(
    ("old", "new", "title"),
    [
        ("a: 1", SERVICE, "None"),
        ("Service\nmetadata:\n  name: web  #! error", "Secret  #! error\nmetadata: {name: web}", "said in brief"),
    ],
)
def test_update_turns_nothing_right_into_wrong_nor_back(cases: Path, old: str, new: str, title: str) -> None:
    text = CASES.replace(old, new, 1)
    cases.write_text(text)
    with pytest.raises(AssertionError, match=title):
        check_page(cases.parent, update=True)
    assert cases.read_text() == text


def test_a_rule_that_crashes_on_a_case_fails_it(cases: Path) -> None:
    rule = cases.with_name("rule.py")
    rule.write_text(RULE.replace("yield Finding", "assert service.name\n        yield Finding"))
    cases.write_text(CASES.replace("name: web", "generateName: web", 1))
    with pytest.raises(AssertionError, match=r"klint: .*AssertionError"):
        check_page(cases.parent, update=True)


def test_cases_of_several_rules_name_them(tmp_path: Path) -> None:
    rules = [rule for rule in load_rules()[0] if rule.name in ("node-port-out-of-range", "invalid-service")]
    port = "nodePort: 8080  #! error node-port-out-of-range"
    text = f"===== A title\n----- a.yaml\n{SERVICE.replace('[{port: 80}]', '')}    - port: 80\n      {port}\n"
    file = tmp_path / "together.txt"
    file.write_text(text)
    with pytest.raises(AssertionError, match="invalid-service at 17: nodePort 8080"):
        check_cases(file, rules, update=False)
    file.write_text(text.replace("spec:", "spec:\n  type: NodePort"))
    check_cases(file, rules, update=False)
    with pytest.raises(FileNotFoundError):
        check_cases(tmp_path / "none.txt", rules)


# Fixes

DROPPING = """\
'''A node port that is too low.'''

from collections.abc import Iterator

from klint import Finding, Fix, Remove, Service, rule


@rule(severity="error")
def low_port(service: Service) -> Iterator[Finding]:
    for port in service.ports:
        if port.node_port and port.node_port < 30000:
            fix = Fix("Drop it", [Remove(port.at("nodePort"))])
            yield Finding(f"nodePort {port.node_port} is low", at=port.at("nodePort"), fix=fix)
"""
PORTS = SERVICE.replace("[{port: 80}]", "[{port: 80, nodePort: 8080}]")
DROPPED = """\
--- a/manifest.yaml
+++ b/manifest.yaml
@@ -5,2 +5,2 @@
 spec:
-  ports: [{port: 80, nodePort: 8080}]
+  ports: [{port: 80}]
"""


@pytest.fixture
def dropping(tmp_path: Path) -> Path:
    folder = tmp_path / "entry" / "low_port"
    folder.mkdir(parents=True)
    (folder / "rule.py").write_text(DROPPING)
    said = "manifest.yaml:6:32: error: nodePort 8080 is low [low-port]\n"
    page = f"# low-port\n\n## Bad\n\n```yaml\n{PORTS}```\n\n```console\n{said}```\n\n```diff\n```\n"
    (folder / "README.md").write_text(page)
    marked = PORTS.replace("8080}]", "8080}]  #! error")
    (folder / "cases.txt").write_text(f"===== Low\n----- a.yaml\n{marked}----- b.yaml\n{SERVICE}+++++ a.yaml\n")
    return folder


def test_a_page_shows_what_fixes_change(dropping: Path) -> None:
    with pytest.raises(AssertionError, match=r"\+  ports: \[\{port: 80\}\]"):
        check_page(dropping, update=False)
    check_page(dropping, update=True)
    check_page(dropping, update=False)
    (example,) = examples((dropping / "README.md").read_text())
    assert example.diff == DROPPED
    (case,) = read_cases((dropping / "cases.txt").read_text())
    assert {path: file.text for path, file in case.fixed.items()} == {"a.yaml": SERVICE}


def test_a_case_says_what_fixes_leave_alone(dropping: Path) -> None:
    check_page(dropping, update=True)
    cases = dropping / "cases.txt"
    cases.write_text(cases.read_text() + f"+++++ b.yaml\n{SERVICE}")
    check_page(dropping, update=False)
    cases.write_text(cases.read_text().replace("+++++ b.yaml\napiVersion: v1", "+++++ b.yaml\napiVersion: v2"))
    with pytest.raises(AssertionError, match="apiVersion: v2"):
        check_page(dropping, update=False)
    with pytest.raises(CaseError, match="what fixes make of a file stands below that file"):
        read_cases("===== A\n----- a.yaml\n+++++ b.yaml\n")
