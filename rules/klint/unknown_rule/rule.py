"""A comment, annotation or configuration entry that names a rule which does not exist."""

from collections.abc import Iterator

from klint import Finding, Fix, Ignores, rule


@rule(severity="warning")
def unknown_rule(ignores: Ignores) -> Iterator[Finding]:
    for unknown in ignores.unknown:
        closest = f": did you mean {unknown.closest}?" if unknown.closest else ""
        changes = unknown.changes
        fix = Fix(f"Call it {unknown.closest}", changes) if changes else None
        yield Finding(f"There is no rule {unknown.name!r} to ignore{closest}", at=unknown.ignore.at, fix=fix)
