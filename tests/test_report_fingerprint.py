"""Fingerprints are those that github/codeql-action computes: BOM, CRLF and repeated lines included."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reports import line_fingerprints

REPEATED = "a: 1\n" * 40

# As `Sarif.Multitool rewrite --insert RollingHashPartialFingerprints` 5.7.0 computes them, line by line.
VECTORS = {
    "": ["c129715d7a2bc9a3:1"],
    "\n\n\n": ["4e5d562094661a0d:1", "5b5d4caf73a13177:1", "3c5bef55b72b93c9:1", "c129715d7a2bc9a3:1"],
    "a: 1\n   \nb": ["f607426908e16205:1", "cc4c43d77869440f:1", "8ee5a81e681643c1:1"],
    "apiVersion: v1\r\nkind: Service\r\n\r\n\tname: web\r\n": [
        "a9e6555f7bba6c2e:1",
        "24edd2088cf9444b:1",
        "859d78c2e28eef44:1",
        "57a24e24bf88026a:1",
        "c129715d7a2bc9a3:1",
    ],
    "name: 😀 web\nname: 😀 web\ne\u0301: 1\n": [
        "b1316b4b32a5e7f6:1",
        "441d81e76a25eaf6:1",
        "771577d07af9a1f6:1",
        "c129715d7a2bc9a3:1",
    ],
    "a\rb\r\rc \r \nd": [
        "74677fe6e796af5f:1",
        "75e251f7e21ec968:1",
        "3005887a40c64c34:1",
        "f8ac93a55d88711a:1",
        "6bf49ae9d59c5bc1:1",
        "a23a3dc5e078b07b:1",
    ],
    f"x: {'y' * 300}\nz: 1\nx: {'y' * 300}\nend\n": [
        "9bfc49c569982458:1",
        "edfc71914bd407b7:1",
        "9bfc49c569982458:2",
        "fe2be582c6296f40:1",
        "c129715d7a2bc9a3:1",
    ],
}


@pytest.mark.parametrize("text", VECTORS, ids=repr)
def test_vectors_of_another_implementation(text: str) -> None:
    assert line_fingerprints(text, 99) == VECTORS[text]


def straightforward(text: str) -> list[str]:
    """The algorithm as its description says it, unit by unit, with nothing in common with the one under test."""
    units: list[int] = []
    starts: list[int] = []
    at_line_start = True
    after_carriage_return = False
    raw = list(text.encode("utf-16-be", "surrogatepass"))
    for high, low in zip(raw[::2], raw[1::2], strict=True):
        unit = high * 256 + low
        skipped = unit in (0x20, 0x09) or (unit == 0x0A and after_carriage_return)
        after_carriage_return = unit == 0x0D and not skipped
        if skipped:
            continue
        if at_line_start:
            starts.append(len(units))
        units.append(0x0A if unit == 0x0D else unit)
        at_line_start = units[-1] == 0x0A
    if at_line_start:
        starts.append(len(units))
    units.append(0xFFFF)
    found: list[str] = []
    for start in starts:
        window = (units[start:] + [0] * 100)[:100]
        value = sum(unit * pow(37, 99 - index, 2**64) for index, unit in enumerate(window)) % 2**64
        text_of_hash = format(value, "x")
        found.append(f"{text_of_hash}:{1 + sum(item.split(':')[0] == text_of_hash for item in found)}")
    return found


@given(st.text(st.sampled_from("ab: \t\r\n😀界\u0301\ufeff"), max_size=400))
def test_equals_a_straightforward_implementation(text: str) -> None:
    assert line_fingerprints(text, 10_000) == straightforward(text)


@given(st.text(max_size=200))
def test_equals_it_on_any_text(text: str) -> None:
    assert line_fingerprints(text, 10_000) == straightforward(text)


def test_a_byte_order_mark_counts_as_node_reads_it() -> None:
    text = "kind: Service\nkind: Service\n"
    assert line_fingerprints(text, 2, has_bom=True) == straightforward("\ufeff" + text)[:2]
    assert line_fingerprints(text, 2, has_bom=True)[0] != line_fingerprints(text, 2)[0]
    assert line_fingerprints(text, 2, has_bom=True)[1] == line_fingerprints(text, 2)[1]


def test_line_breaks_and_indentation_do_not_count() -> None:
    expected = line_fingerprints("a: 1\nb: 2\n", 2)
    assert line_fingerprints("a: 1\r\nb: 2\r\n", 2) == expected
    assert line_fingerprints("    a: 1\n\tb:   2  \n", 2) == expected
    assert line_fingerprints("a: 1\n\nb: 2\n", 2) != expected


def test_equal_lines_are_counted() -> None:
    found = line_fingerprints(REPEATED + "end\n", 40)
    same = [item for item in found if item.startswith(found[0].split(":")[0])]
    assert len(same) == 16  # the last lines differ: their hundred units reach the end
    assert [item.split(":")[1] for item in same] == [str(number) for number in range(1, 17)]
    assert len(set(found)) == 40


def test_only_the_lines_wanted_are_computed() -> None:
    assert line_fingerprints(REPEATED, 3) == line_fingerprints(REPEATED, 40)[:3]
