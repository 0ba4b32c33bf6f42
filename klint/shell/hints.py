"""Which texts are worth parsing as scripts: what every command that a rule asks about leaves in its text."""

from __future__ import annotations

import re

_IN_SCRIPTS = re.compile(
    r"port-forward|portForward|port_forward|\bexpose\b|\bpatch\b|\bproxy\b|service\.type|ngrok|cloudflared|\bssh\b"
    r"|tunnel|\blt\b|\bbore\b|zrok|pinggy|inlets|kubefwd"
)
_IN_MANIFESTS = re.compile(
    r"kubectl|port-forward|ngrok|cloudflared|\bssh\b|\boc\b.*(?:expose|patch|proxy)|tunnel|kubefwd|zrok|inlets"
)


def concerns_script(text: str) -> bool:
    """Whether a script may hold a command that a rule asks about."""
    return _IN_SCRIPTS.search(text) is not None


def concerns_manifest(text: str) -> bool:
    """Whether a manifest may: far fewer do, though many say `proxy`."""
    return _IN_MANIFESTS.search(text) is not None and _IN_SCRIPTS.search(text) is not None
