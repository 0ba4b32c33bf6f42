"""Command lines → flags and positional words, as getopt and Go's pflag read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from klint.records import dataclass
from klint.scripts.commands import Word
from klint.text.source import Span


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag as it is written, with its dashes; `value` is None when it takes none or stands last."""

    name: str
    value: Word | None
    word: Word

    @property
    def span(self) -> Span:
        """Where the flag stands, with a value that follows it."""
        word, value = self.word, self.value
        if value is not None and value.start >= word.end and word.source.text[word.end : value.start].isspace():
            return word.source.span(word.start, value.end)
        return word.span


@dataclass(frozen=True, slots=True)
class Options:
    """A command line, taken apart. `rest` is what stands behind `--`, None where there is no `--`."""

    flags: tuple[Flag, ...]
    positionals: tuple[Word, ...]
    rest: tuple[Word, ...] | None = None

    def last(self, *names: str) -> Flag | None:
        """The last of the flags with one of these names: the one that counts."""
        return next((flag for flag in reversed(self.flags) if flag.name in names), None)

    def all(self, *names: str) -> tuple[Flag, ...]:
        """Every flag with one of these names."""
        return tuple(flag for flag in self.flags if flag.name in names)


def changes_nothing(options: Options) -> bool:
    """Whether a command of kubectl or Helm only prints: its help, or what it would do."""
    if options.last("--help", "-h") is not None:
        return True
    dry = options.last("--dry-run")
    return dry is not None and (dry.value is None or dry.value.value not in ("none", "false"))


def read_options(words: Sequence[Word], takes_value: Callable[[str], bool], *, stop: int | None = None) -> Options:
    """Take a command line apart.

    Args:
        words: what stands behind the program's name.
        takes_value: whether the flag of a name (`--namespace`, `-n`) takes the next word where it has no value of
            its own.
        stop: how many positional words there are before everything else belongs to another command; that rest is
            among the positionals.
    """
    flags: list[Flag] = []
    positionals: list[Word] = []
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if word.value == "--":
            if stop is not None:
                return Options(tuple(flags), (*positionals, *words[index:]))
            return Options(tuple(flags), tuple(positionals), tuple(words[index:]))
        is_flag = word.value.startswith("-") and word.value != "-"
        if stop is not None and len(positionals) >= stop and not (is_flag and not positionals):
            return Options(tuple(flags), (*positionals, *words[index - 1 :]))
        if not is_flag:
            positionals.append(word)
            continue
        found = _long(word) if word.value.startswith("--") else _short(word, takes_value)
        last = found[-1]
        if last.value is None and takes_value(last.name) and index < len(words):
            found[-1] = Flag(last.name, words[index], word)
            index += 1
        flags.extend(found)
    return Options(tuple(flags), tuple(positionals))


def _long(word: Word) -> list[Flag]:
    name, equals, _ = word.value.partition("=")
    return [Flag(name, word.after(len(name) + 1) if equals else None, word)]


def _short(word: Word, takes_value: Callable[[str], bool]) -> list[Flag]:
    """Short flags may stand together: `-it`; the rest of the word is the value of one that takes a value: `-nprod`."""
    flags: list[Flag] = []
    for index in range(1, len(word.value)):
        name = f"-{word.value[index]}"
        rest = word.value[index + 1 :]
        if rest and (rest[0] == "=" or takes_value(name)):
            flags.append(Flag(name, word.after(index + 1 + rest.startswith("=")), word))
            break
        flags.append(Flag(name, None, word))
    return flags
