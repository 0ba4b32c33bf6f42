"""A comment, annotation or configuration entry that names a rule which does not exist."""

from collections.abc import Iterator

from klint import Finding, Ignores, rule


@rule(severity="warning")
def unknown_rule(ignores: Ignores) -> Iterator[Finding]:
    for unknown in ignores.unknown:
        closest = f": did you mean {unknown.closest}?" if unknown.closest else ""
        yield Finding(f"There is no rule {unknown.name!r} to ignore{closest}", at=unknown.ignore.at)
