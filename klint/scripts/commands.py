"""What is read out of scripts: commands, the words they are made of, and what is known about where they run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from klint.records import dataclass, field
from klint.scripts.snippet import HOLE, Snippet
from klint.text.source import Source, Span

NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a word's value and the range of a snippet's text that it came from."""

    text: str
    snippet: Snippet
    start: int
    end: int

    def located(self) -> Snippet:
        """The piece as a snippet. Text that is as long as what it came from stands there character by character."""
        if len(self.text) == self.end - self.start:
            at = slice(self.start, self.end)
            return Snippet(self.snippet.source, self.text, self.snippet.starts[at], self.snippet.ends[at])
        return Snippet.standing_at(self.snippet.source, self.text, *self.snippet.range(self.start, self.end))

    def after(self, count: int) -> Piece:
        """The piece without its first characters."""
        start = self.start + count if len(self.text) == self.end - self.start else self.start
        return Piece(self.text[count:], self.snippet, start, self.end)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command line, quotes removed and variables filled in.

    `value` has a `HOLE` for every part that cannot be known. `start` and `end` are offsets in the source's text, of
    what a person would edit. An open word is an unquoted variable of which nothing is known: it may be no word at all
    or several.
    """

    value: str
    source: Source = field(repr=False, compare=False)
    start: int = field(repr=False)
    end: int = field(repr=False)
    is_open: bool = False
    pieces: tuple[Piece, ...] = field(default=(), repr=False, compare=False)

    @property
    def text(self) -> str | None:
        """The value, if all of it is known."""
        return None if HOLE in self.value else self.value

    @property
    def raw(self) -> str:
        """The word as it is written."""
        return self.source.text[self.start : self.end]

    @property
    def span(self) -> Span:
        """Where the word stands."""
        return self.source.span(self.start, self.end)

    def __str__(self) -> str:
        return self.value.replace(HOLE, "…")

    def after(self, count: int) -> Word:
        """The word without its first characters: the value of `--flag=value`."""
        pieces = list(self.pieces)
        left = count
        while pieces and left >= len(pieces[0].text):
            left -= len(pieces.pop(0).text)
        if pieces and left:
            pieces[0] = pieces[0].after(left)
        start = self.end if not pieces else pieces[0].snippet.range(pieces[0].start, pieces[0].end)[0]
        return Word(
            self.value[count:], self.source, max(self.start, min(start, self.end)), self.end, False, tuple(pieces)
        )

    def code(self) -> Snippet:
        """The value as a text of its own, to be read as a script."""
        if self.pieces:
            return Snippet.join(piece.located() for piece in self.pieces)
        return Snippet.standing_at(self.source, self.value, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Context:
    """What is known about where a script runs. Empty is unknown."""

    kind: str = ""
    """The sort of file or object it stands in: `shell script`, `GitHub Actions workflow`, `CronJob`."""
    unit: str = ""
    """The part of it, as one would call it: `job deploy`, `target install`, `container web`."""
    environment: str = ""
    """The environment that the CI system deploys to, by its own word for it."""
    branches: tuple[str, ...] = ()
    """Branches (and tags, as `refs/tags/…`) that it runs for; none named is any."""
    triggers: tuple[str, ...] = ()
    """What starts it, in the CI system's words: `push`, `schedule`, `release`, `pull_request`."""
    working_directory: str = ""
    variables: Mapping[str, str] = field(default_factory=lambda: NO_VARIABLES)
    """Environment variables that are set for it, such as KUBECONFIG."""
    namespace: str = ""
    """The namespace of the pod it runs in."""
    kept_alive: str = ""
    """What starts it again when it ends: `Restart=always`."""
    cluster: str = ""
    """The cluster that a step before it logged in to, by the name given there."""
    local_cluster: str = ""
    """What made the cluster that it talks to, if that is a throw-away one: `helm/kind-action`."""


UNKNOWN = Context()


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command that would run, with wrappers such as sudo and nohup taken off.

    A command whose words depend on the way a script takes (branches, loops over known words) is several commands at
    one place.
    """

    argv: tuple[Word, ...]
    source: Source = field(repr=False)
    start: int = field(repr=False)
    """Offset in the source's text of the whole simple command, wrappers included."""
    end: int = field(repr=False)
    context: Context = field(default=UNKNOWN, repr=False)
    environment: Mapping[str, str] = field(default_factory=lambda: NO_VARIABLES)
    """Variables set in front of it or exported before that say which cluster it talks to."""
    wrappers: tuple[str, ...] = ()
    """Programs that were taken off, outermost first."""
    functions: tuple[str, ...] = ()
    """Functions of the script that it was called through, outermost first."""
    branches: tuple[tuple[int, int], ...] = ()
    """The branches it stands in: a number for the point where the script divides, and which way this is."""
    assigned_to: str = ""
    """The variable that its output is assigned to: `POD=$(kubectl get …)`."""
    in_background: bool = False
    in_loop: bool = False
    kept_alive: str = ""
    """The loop that starts it again when it ends: `while true`."""
    is_called: bool = True
    """Not set in a function that nothing calls in the file that defines it."""

    @property
    def program(self) -> str:
        """The program's name without its folder; empty when it cannot be known."""
        return program_name(self.argv[0])

    @property
    def span(self) -> Span:
        """Where the command stands."""
        return self.source.span(self.start, self.end)

    def __str__(self) -> str:
        return " ".join(map(str, self.argv))


def program_name(word: Word) -> str:
    """A program's name without its folder and `.exe`; empty when it cannot be known.

    The name may be known though the folder is not: `$BIN/kubectl`.
    """
    name = word.value.rpartition("/")[2]
    return "" if HOLE in name else name.removesuffix(".exe")


def names(text: str) -> frozenset[str]:
    """The words of a text, as a set: how tables of names and flags are written."""
    return frozenset(text.split())
