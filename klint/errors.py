"""Problems that keep klint from doing its job: one clear line each, and exit code 2."""

from __future__ import annotations

from klint.records import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """Something klint could not do: where (a path, perhaps with line and column), what, and what would help."""

    where: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.where}: {self.message}" if self.where else self.message
        return f"{line}. {self.remedy}" if self.remedy else line


class KlintError(Exception):
    """A failure that leaves nothing to go on with, such as a configuration that cannot be read."""

    def __init__(self, *failures: Failure) -> None:
        super().__init__("\n".join(map(str, failures)))
        self.failures = failures


class RuleError(Exception):
    """A rule that is not made as rules are; the message is a clause."""


class OutOfTime(BaseException):
    """A rule took too long. No Exception, which the rule itself might catch."""


def described(error: BaseException) -> str:
    """An error's type and text, whatever its text is made by."""
    name = type(error).__name__
    try:
        text = str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:
        text = "its text cannot be made"
    return f"{name}: {text}" if text else name


def closest(name: str, known: list[str]) -> str:
    """The known word that is most like a name; empty when none is much like it."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, known, n=1, cutoff=0.6)), "")


def nearest(name: str, known: list[str]) -> str:
    """A remedy that names the closest known word, or lists them all when they are few; empty when neither helps."""
    close = closest(name, known)
    if close:
        return f"Did you mean {close!r}?"
    return f"Known are {', '.join(sorted(known))}" if 0 < len(known) <= 12 else ""
