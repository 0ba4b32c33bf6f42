"""The reference in docs/writing-rules.md is made from what `klint` exports. UPDATE=1 rewrites it."""

import inspect
import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import klint
from klint.enums import Enum
from klint.registry.subjects import IN_GRAPH, WHOLES

GUIDE = Path(__file__).parents[1] / "docs/writing-rules.md"
HEADING = "## Reference\n"

CHAPTERS: Mapping[str, tuple[str, ...]] = {
    "Saying something": ("rule", "Finding", "Related", "Severity", "Place", "Span", "Source", "Document", "Rule"),
    "Mending something": ("Fix", "Safety", "Replace", "Insert", "Remove", "Rename", "Edit"),
    "The graph": ("Graph",),
    "Resources": (
        *("Resource", "Removal", "View", "Service", "ServicePort", "Endpoints", "Workload", "PodTemplate", "Container"),
        *("ContainerPort", "Autoscaler", "Scale", "IngressClass", "NetworkPolicy", "Namespace"),
        *("ListenerOwner", "Gateway", "ListenerSet", "Listener"),
    ),
    "Routes": (
        *(
            "Route",
            "Match",
            "Backend",
            "Role",
            "PortMeaning",
            "Attachment",
            "Tls",
            "Undefined",
            "HostTls",
            "TlsState",
            "PlainRoute",
        ),
        *("Ingress", "IngressRule", "IngressPath", "VirtualService", "IstioGateway", "DestinationRule", "Middleware"),
        *("Attached", "HostMismatch", "PlainBesideTls", "MissingSecret"),
    ),
    "Where references lead": (
        *("State", "Hop", "HopKind", "Ref", "Why", "Reason", "Near", "Way", "Break", "Guard", "GuardKind"),
        *(
            "Selection",
            "Stranger",
            "TargetPort",
            "BackendLink",
            "Alias",
            "Refusal",
            "NonHttp",
            "NodePortNeed",
            "Ignored",
            "Governing",
            "Serving",
        ),
        *(
            "NodePortRequest",
            "Address",
            "Claim",
            "Router",
            "CatchAll",
            "ServerConflict",
            "Duplicate",
            "Rivalry",
            "Winner",
            "Shadow",
            "Order",
        ),
    ),
    "What the API server refuses": ("FieldProblem", "Effect", "ListenerFault", "BackendTlsFault"),
    "Who gets in": (
        *(
            "Audience",
            "Who",
            "Intent",
            "Exposure",
            "Inlet",
            "Opening",
            "SideDoor",
            "Dashboard",
            "WellKnown",
            "LoadBalancer",
            "Misreading",
            "Misuse",
            "SourceRange",
            "Policies",
            "Verdict",
            "Sender",
            "SelectedPods",
            "Blockade",
        ),
        *("PolicyRule", "PolicyPeer", "PolicyPort", "AddressSet"),
        *("Snippet", "Setting", "InstalledNginx", "ControllerImage", "Vulnerability", "AllowList"),
    ),
    "Values that are still to be filled in": ("is_placeholder", "may_be"),
    "Lists in a sentence": ("joined", "abridged"),
    "Scripts": ("Scripts", "Invocation", "Destination"),
    "The run": ("Workspace", "Declarations", "Contradiction", "Ignores"),
}


def sentence(text: str | None) -> str:
    """The first sentence of a docstring, as a cell of a table."""
    paragraph = " ".join((text or "").split("\n\n")[0].split())
    first = re.split(r"(?<=\.) (?=[A-Z])", paragraph)[0]
    return first.replace("|", "\\|").removesuffix(".")


def parameters(function: Any) -> str:
    names = [
        f"*{name}" if item.kind is item.VAR_POSITIONAL else name
        for name, item in inspect.signature(function).parameters.items()
        if name not in ("self", "cls")
    ]
    return ", ".join(names)


def members(cls: type) -> Iterator[tuple[str, str]]:
    """What a class has of its own, and of bases that nobody imports: name or call, and what that is."""
    inner = [base for base in cls.__mro__[1:] if base.__module__.startswith("klint.exposure.layers.")]
    for name, value in (item for owner in (*reversed(inner), cls) for item in vars(owner).items()):
        value = value.__func__ if isinstance(value, classmethod) else value
        if name.startswith("_"):
            continue
        if isinstance(value, property | cached_property):
            function = value.fget if isinstance(value, property) else value.func
            yield name, sentence(function.__doc__)
        elif inspect.isfunction(value):
            yield f"{name}({parameters(value)})", sentence(value.__doc__)


def described(name: str) -> Iterator[str]:
    value = getattr(klint, name)
    if not isinstance(value, type):
        yield f"`{name}({parameters(value)})`: {sentence(value.__doc__)}."
        return
    bases = [base.__name__ for base in value.__bases__ if base.__name__ in klint.__all__]
    kind = f", a {bases[0]}" if bases else ""
    yield f"**`{name}`**{kind}: {sentence(value.__doc__)}."
    if issubclass(value, Enum):
        yield ""
        yield f"One of {', '.join(f'`{item.name}`' for item in value)}."
    fields = [field for field in getattr(value, "__record__", {}) if not field.startswith("_")]
    if fields and not bases and not issubclass(value, klint.View):
        yield ""
        yield f"Has {', '.join(f'`{field}`' for field in fields)}."
    found = list(members(value))
    if found:
        yield from ("", f"| `{name}` has | which is |", "|---|---|")
        yield from (f"| `{member}` | {what} |" for member, what in found)


def reference() -> str:
    lines = [
        HEADING,
        "Everything that `klint` exports; rules import nothing below it. This part is made from the code.",
    ]
    for title, names in CHAPTERS.items():
        lines += ["", f"### {title}"]
        for name in names:
            lines += ["", *described(name)]
    return "\n".join(lines) + "\n"


def test_the_reference_has_every_public_name_once() -> None:
    assert sorted(name for names in CHAPTERS.values() for name in names) == sorted(klint.__all__)


def test_every_public_name_says_what_it_is() -> None:
    for names in CHAPTERS.values():
        for name in names:
            value = getattr(klint, name)
            assert sentence(value.__doc__), name
            if isinstance(value, type):
                assert [member for member, what in members(value) if not what] == [], name


def test_the_reference_is_current() -> None:
    text = GUIDE.read_text("utf-8")
    before, heading, _ = text.partition(HEADING)
    assert heading, "the reference comes last"
    current = before + reference()
    if os.environ.get("UPDATE"):
        GUIDE.write_text(current, "utf-8")
    assert GUIDE.read_text("utf-8") == current


def test_the_guide_names_everything_that_rules_may_look_at() -> None:
    section = GUIDE.read_text("utf-8").partition("## What a rule looks at\n")[2].partition("\n## ")[0]
    assert {*IN_GRAPH, *WHOLES} <= set(re.findall(r"`(\w+)`", section))
