"""A comment, annotation or configuration entry that silences nothing."""

from collections.abc import Iterator

from klint import Finding, Fix, Ignores, rule


@rule(severity="warning", marks="unnecessary")
def unused_ignore(ignores: Ignores) -> Iterator[Finding]:
    for useless in ignores.useless:
        what = f"ignore of {useless.rule}" if useless.rule else "ignore"
        changes = useless.changes
        fix = Fix(f"Drop the {what}", changes) if changes else None
        yield Finding(f"This {what} does nothing: {useless.why}", at=useless.ignore.at, fix=fix)
