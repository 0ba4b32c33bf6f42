"""Values that are still to be filled in: every dialect that tools and readers use, known in this one place.

A value that is to be filled in is unknown, and never wrong. Whoever compares a value with another, or judges it, asks
`is_placeholder` of both first.

Sources: envsubst and Flux (`${X}`, `${X:=d}`), Kubernetes and Azure Pipelines (`$(X)`), GitHub (`${{ X }}`), Go, Helm,
Jinja, Handlebars and Kustomize-like wrappers (`{{ X }}`, `{% x %}`), Terraform (`%{ if x }`), Ruby, Octopus and the
Azure task "replace tokens" (`#{X}`, `#{X}#`, `__X__`), ERB (`<%= x %>`), documentation (`<X>`), Meson, Maven and
autoconf (`@X@`), Windows (`%X%`), Concourse (`((X))`), spruce and others (`[[X]]`), Python and Caddy (`{x}`, `%(x)s`),
Kapitan (`?{x}`), SOPS (`ENC[…]`), vals (`ref+vault://…`), ytt (`#@ x`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from klint.regex import regex

_TEMPLATE = regex(
    r"""
      \$[A-Za-z_{(\[]           # $X  ${X}  $(X)  $[X]  ${{ X }}
    | \{\{ | \{% | \{\# | %\{ | %\( | \?\{ | \#\{ | \#@ | <% | \(\( | \[\[
    | \{[A-Za-z_][\w.-]*\}
    | <[^<>]+> | @\w+@ | %\w+% | __\w+__
    | ENC\[ | \bref\+[a-z]
    """,
    re.VERBOSE,
)
_WORD = regex(r"[A-Za-z0-9]+")
_PLAIN = regex(r"[a-z0-9./:*-]*\Z")
"""What names, hosts, paths and numbers are made of, and no dialect can do with."""


def is_template(value: Any) -> bool:
    """Whether some tool fills this in before the API server reads it: `${PORT}`, `$(PORT)`, `{{ .port }}`, `<port>`."""
    return isinstance(value, str) and _PLAIN.match(value) is None and _has_template(value)


def is_placeholder(value: Any) -> bool:
    """Whether a tool or a reader fills this in: a template, or a word in capitals as in `port: PORT`, `REPLACEME-web`.

    Capitals count where the rest of the value has none: `web-TAG` is to be filled in, `webTag` is a name.
    """
    return isinstance(value, str) and _PLAIN.match(value) is None and _is_filled_in(value)


@lru_cache(maxsize=4096)
def _is_filled_in(value: str) -> bool:
    """Thousands of objects name the same few classes, protocols, paths and namespaces."""
    return _has_template(value) or _has_capital_word(value)


def _has_template(value: str) -> bool:
    return not value.isalnum() and _TEMPLATE.search(value) is not None  # every dialect takes a mark or two


def is_placeholder_for_word(value: Any) -> bool:
    """As `is_placeholder`, of what one of a few words should be: a lone `HTTP` or `NONE` is a mistake there."""
    return is_placeholder(value) and (is_template(value) or not value.isalpha())


def is_placeholder_for_host(value: Any) -> bool:
    """As `is_placeholder`, of a host name: `HOSTNAME.acme.io` and `my-DOMAIN` are to be filled in, `API.acme.io` is a
    name in capitals."""
    if not is_placeholder(value) or is_template(value) or "." not in value or "_" in value:
        return is_placeholder(value)
    return any(word.isupper() and _TO_FILL_IN.search(word) is not None for word in _WORD.findall(value))


_TO_FILL_IN = regex(
    r"""
      HOST | DOMAIN | NAME | FQDN | URL | ADDRESS | ^IP | IP$ | PORT | ZONE | REGION | CLUSTER | PROJECT | ACCOUNT
    | ^(?:YOUR|MY|THE|NEW|SOME|ANY) | REPLACE | CHANGE | INSERT | FILL | TODO | FIXME | PLACEHOLDER | XX
    | EXAMPLE | TEMPLATE | ENV | STAGE$ | TENANT | CUSTOMER | CLIENT | USER | TEAM | COMPANY | BRANCH | VERSION | TAG$
    | SHA | HASH | SLUG | APP | SERVICE | SVC | INGRESS | GATEWAY | SUB | PREFIX | SUFFIX | ^ID | ID$ | KEY | VALUE
    | SECRET | TOKEN | NUMBER
    """,
    re.VERBOSE,
)
"""What is in the words that stand for a part of a host name."""


def _has_capital_word(value: str) -> bool:
    if value == value.lower() or " " in value:
        return False
    words = _WORD.findall(value)
    return any(len(word) > 1 and word.isupper() for word in words) and all(
        word.isupper() or word == word.lower() for word in words
    )


def may_be(value: Any, wanted: Any) -> bool:
    """Whether a value is the wanted one, or may be once one of them is filled in."""
    return value == wanted or is_placeholder(value) or is_placeholder(wanted)
