"""Which interpreter a text or a setting names, and whether that is a shell whose language klint reads."""

from __future__ import annotations

from klint.regex import regex

_SHELL_NAMES = regex(r"\s*(?:[\w./-]*/)?(?:env\s+(?:-S\s+)?)?(?:(?:ba|da|k|mk|z|a)?sh|bats)(?:\s|\Z)")
_SHEBANG = regex(r"#!\s*(?:\S*/)?+(?:env\s+(?:-S\s+)?)?(?:\w+=\S*\s+)*(?:\S*/)?+([\w.+-]+)")


def is_shell(command: str) -> bool:
    """Whether a command line calls a shell. PowerShell, fish and Python are others."""
    return _SHELL_NAMES.match(command) is not None


def is_shell_script(text: str) -> bool:
    """Whether a text says by its first line that a shell reads it."""
    found = _SHEBANG.match(text)
    return found is not None and is_shell(found[1])


def has_other_interpreter(text: str) -> bool:
    """Whether a text says by its first line that something else than a shell reads it."""
    return text.startswith("#!") and not is_shell_script(text)
