"""The tables of load balancers in docs/exposure-model.md are made from the code. UPDATE=1 rewrites them."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from klint.kube.clouds import FALSE, INGRESS_LOAD_BALANCERS, LOAD_BALANCERS, TRUE, LoadBalancer, Ranges, Reach

GUIDE = Path(__file__).parents[1] / "docs/exposure-model.md"
SECTIONS = {
    "### Load balancers\n": LOAD_BALANCERS,
    "### Load balancers for Ingresses\n": tuple(INGRESS_LOAD_BALANCERS.values()),
}


BOOLEANS: Mapping[tuple[str, ...], list[str]] = {
    TRUE: ['"true"', '"1"', '"T"', "…"],
    FALSE: ['"false"', '"0"', '"F"', "…"],
}
"""What Go reads as a boolean, shortened."""


def told(balancer: LoadBalancer, reach: Reach) -> Iterator[str]:
    """What makes a load balancer public or internal: a class, or an annotation with its values."""
    yield from (f"class `{name}`" for name, fixed in balancer.classes.items() if fixed is reach)
    for switch in balancer.switches:
        values = switch.internal if reach is Reach.INTERNAL else switch.public
        shown = BOOLEANS.get(values) or [f'"{value}"' for value in values]
        if switch.otherwise is reach:
            shown = [*shown, "any other value"]
        if shown:
            folded = " in any case" if switch.folds_case else ""
            yield f"`{switch.keys[0]}`: {', '.join(shown)}{folded}"


def limits(balancer: LoadBalancer) -> Iterator[str]:
    """What limits it to some addresses; an Ingress has no source ranges."""
    if balancer in LOAD_BALANCERS:
        word = "not known" if balancer.ranges is Ranges.DEPENDS else balancer.ranges.value
        unless = ", unless an annotation leaves it open" if balancer.ranges_depend_on else ""
        yield f"source ranges: {word}{unless}"
    yield from (f"`{key}`" for key in balancer.allow_lists)


def rows(balancers: Iterable[LoadBalancer]) -> Iterator[str]:
    yield "| load balancer | by default | made internal by | made public by | limits by address |"
    yield "|---|---|---|---|---|"
    for item in balancers:
        default = item.default.value if item.default else "on the nodes" if item.is_on_nodes else "as its addresses are"
        cells = (told(item, Reach.INTERNAL), told(item, Reach.PUBLIC), limits(item))
        yield f"| {item.name} | {default} | {' | '.join('; '.join(cell) for cell in cells)} |"


def test_the_guide_shows_the_tables() -> None:
    text = GUIDE.read_text("utf-8")
    wanted = text
    for heading, balancers in SECTIONS.items():
        before, found, after = wanted.partition(heading)
        assert found, heading
        rest = after[after.index("\n### ") :] if "\n### " in after else ""
        table = "\n".join(rows(balancers))
        wanted = f"{before}{heading}\n{table}\n{rest}"
    if os.environ.get("UPDATE"):
        GUIDE.write_text(wanted, "utf-8")
    else:
        assert text == wanted, "UPDATE=1 writes it so"
