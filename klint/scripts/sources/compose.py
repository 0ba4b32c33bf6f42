"""Compose files: what the services' containers run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from klint.scripts.commands import Command, Context, Word
from klint.scripts.images import with_entry_point
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.sources.base import NewShell, split_words, word_of
from klint.scripts.sources.tree import Part, read_tree
from klint.text.source import Source

_INTERPOLATION = re.compile(r"\$(?:\$|\{(\w++)(?::?-([^{}]*+))?[^{}]*+\}|(\w+))")


def commands(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands of every service: entry point with command, health check, hooks."""
    for root in read_tree(source):
        for name, service in root["services"].items():
            restart = service["restart"].text or service.at("deploy", "restart_policy", "condition").text
            context = Context(
                kind="Compose file",
                unit=f"service {name}",
                variables=_environment(service["environment"]),
                kept_alive=f"restart: {restart}"
                if restart in ("always", "unless-stopped", "any", "on-failure")
                else "",
                working_directory=service["working_dir"].text,
            )
            argv = [*_words(service["entrypoint"]), *_words(service["command"])]
            image = service["image"].snippet
            if image is not None and argv and not service["entrypoint"]:
                argv = with_entry_point(image.text, argv, argv[0])
            shell = new_shell(context)
            shell.run_words(argv)
            for hook in (*service["post_start"], *service["pre_stop"]):
                shell.run_words(_words(hook["command"]))
            test = service.at("healthcheck", "test")
            if test.is_scalar:
                for snippet in test.snippets:
                    shell.run(_filled(snippet))
            else:
                words = _words(test)
                if words and words[0].text == "CMD-SHELL":
                    shell.run(_filled(next(iter(test[1].snippets), words[0].code())))
                else:
                    shell.run_words(words[1:])
            yield from shell.finish()


def _words(part: Part) -> list[Word]:
    """A list of words, or a string that is split into them."""
    if part.is_list:
        return [word_of(_filled(snippet)) for snippet in part.snippets]
    return [word for snippet in part.snippets for word in split_words(_filled(snippet))]


def _filled(snippet: Snippet) -> Snippet:
    """`$$` is a dollar; a variable comes from outside, and counts with its default."""
    return snippet.replace(
        _INTERPOLATION, lambda match: "$" if match[0] == "$$" else match[2] if match[2] is not None else HOLE
    )


def _environment(part: Part) -> Mapping[str, str]:
    """`environment:` as a mapping or as a list of `NAME=value`."""
    if part.is_mapping:
        return part.strings
    pairs = (text.partition("=") for text in part.texts)
    return {name: value for name, equals, value in pairs if equals}
