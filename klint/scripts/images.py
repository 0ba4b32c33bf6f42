"""Images whose entry point is a program that rules ask about: a container of it runs that with its arguments."""

from __future__ import annotations

import re
from collections.abc import Sequence

from klint.scripts.commands import Word, program_name

_ENTRY_POINTS = tuple(
    (re.compile(rf"(?:^|/)(?:{images})(?:[:@]|\Z)"), program)
    for images, program in (
        # bitnami/kubectl, rancher/kubectl, registry.k8s.io/kubectl
        ("kubectl|k8s-kubectl|hyperkube|oc|openshift-client", "kubectl"),
        ("cloudflare/cloudflared", "cloudflared"),
        ("ngrok/ngrok", "ngrok"),
        ("openziti/zrok", "zrok"),
        ("ekzhang/bore", "bore"),
        ("inlets/inlets-pro", "inlets-pro"),
    )
)
"""Images by the end of their names, and the ENTRYPOINT of their Dockerfiles."""


def with_entry_point(image: str, argv: Sequence[Word], at: Word) -> list[Word]:
    """What a container runs that is given these words and no entry point of its own.

    The program that the image starts stands where the word `at` begins; it is not written there.
    """
    program = entry_point(image)
    if not program or (argv and program_name(argv[0]) == program):
        return list(argv)
    return [Word(program, at.source, at.start, at.start), *argv]


def entry_point(image: str) -> str:
    """The program that an image starts; empty when it is none that is known."""
    return next((program for pattern, program in _ENTRY_POINTS if pattern.search(image)), "")
