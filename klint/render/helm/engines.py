"""Which Helm renders: the embedded library, else a `helm` on the PATH."""

from __future__ import annotations

from typing import TYPE_CHECKING

from klint.render.helm.embedded import EmbeddedHelm

if TYPE_CHECKING:
    from klint.render.helm.binary import HelmBinary

    Helm = EmbeddedHelm | HelmBinary


def find_helm() -> Helm | None:
    """The embedded library if its extra is installed, else a program on the PATH, else nothing."""
    if EmbeddedHelm.is_available():
        return EmbeddedHelm()
    from klint.render.helm.binary import HelmBinary  # most installations have the library

    program = HelmBinary.find()
    return HelmBinary(program) if program else None
