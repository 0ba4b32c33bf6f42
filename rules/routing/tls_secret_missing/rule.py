"""A certificate's Secret that nothing in the workspace provides."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Severity, rule


@rule(severity={"local": None}, otherwise="warning")
def tls_secret_missing(graph: Graph) -> Iterator[Finding]:
    for missing in graph.missing_secrets:
        near = missing.near
        fault = "which it may not read" if missing.is_withheld else "which nothing provides"
        yield Finding(
            f"{missing.owner} takes its certificate from Secret {missing.name}, {fault}: {missing.why}",
            at=missing.at,
            related=(Related(f"{near} is here", near.place),) if near else (),
            severity=None if missing.is_likely else Severity.NOTE,
            fix=missing.fix,
        )
