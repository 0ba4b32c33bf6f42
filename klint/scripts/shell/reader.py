"""A shell that reads what it would run: one process, in which several pieces of script may follow each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from klint.scripts import grammar
from klint.scripts.commands import UNKNOWN, Command, Context, Word, names
from klint.scripts.expansion.parameters import Parameters
from klint.scripts.marks import Marks
from klint.scripts.shell import assignments, branches, functions, loops, pipelines, simple
from klint.scripts.shell.sourced import Find
from klint.scripts.shell.streams import WORDS
from klint.scripts.shell.where import Where
from klint.scripts.snippet import Snippet
from klint.scripts.variables import MAX_WAYS, Stored, Variables
from klint.scripts.wrappers import Inner

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_COMMANDS = 4_000
"""Commands after which a script's functions are no longer followed where they are called, nor values on every way:
functions that call functions could make any number of commands. Each line is still read once."""

_MAX_DEPTH = 100
_SUBSTITUTIONS = ("$(", "`", "<(", ">(")
_CHANGES = re.compile(
    r"""(?:^|[\s;&|({`"'])(?:[A-Za-z_]\w*(?:\[[^][\s]*\])?\+?=
    |(?:read|mapfile|readarray|unset|shift|eval|getopts|exit|return|alias|break|continue|export|source|let)(?![\w-])
    |set\s+--|printf\s+-v)|:=|(?:^|[;&|({]|\b(?:then|do|else)\b)[ \t]*\.[ \t]""",
    re.VERBOSE | re.MULTILINE,
)
"""What statements have that change variables, or end a way."""


IsIdle = Callable[[Iterable[str]], bool]
"""Tells by the words of a command, as written, that nobody asks about it."""


def read_script(
    snippet: Snippet,
    context: Context = UNKNOWN,
    programs: frozenset[str] | None = None,
    find: Find | None = None,
    is_idle: IsIdle | None = None,
) -> tuple[Command, ...]:
    """The commands of a script that runs by itself. What else there is to say is said of a `Shell`."""
    shell = Shell(context, programs=programs, find=find, is_idle=is_idle)
    shell.run(snippet)
    return shell.finish()


class Shell:
    """Reads what one shell process would run, in the order it runs."""

    def __init__(
        self,
        context: Context = UNKNOWN,
        positional: tuple[Word, ...] | None = None,
        programs: frozenset[str] | None = None,
        find: Find | None = None,
        is_idle: IsIdle | None = None,
    ) -> None:
        """A shell that has read nothing yet.

        Args:
            context: what is known about where it runs.
            positional: its positional parameters; None where they cannot be known.
            programs: the programs whose commands are asked for; None for all. Commands whose program cannot be known
                may be among them. What cannot concern such a command is passed over.
            find: finds the files that the script sources; None where none are followed.
            is_idle: tells by the words of a command, as they are written, that nobody asks about it, though its
                program is asked for. What is part of another command is read all the same.
        """
        self.context = context
        self.programs = programs
        self.find = find
        self.is_idle = is_idle
        self.sourcing: list[str] = []
        """The paths of the files that are being read because others source them, outermost first."""
        self.sourced = 0
        self.marks = None if programs is None else Marks(programs, context.variables)
        self.parameters = Parameters(Variables(context.variables), positional)
        self.functions: dict[str, functions.Function] = {}
        self.defined: list[functions.Function] = []
        self.aliases: dict[str, str] = {}
        self.local_values: list[dict[str, Stored]] = []
        """For each function that is being read, what its own variables had been before."""
        self.commands: list[Command] = []
        self.ended = ""
        """What has ended the way that is being read: `exit` or `return`; empty while it goes on."""
        self.is_called = True
        """Not set while functions are read that nothing calls."""
        self._left = MAX_COMMANDS
        self._depth = 0

    def run(self, snippet: Snippet, *, wrappers: tuple[str, ...] = (), in_background: bool = False) -> None:
        """Read a script, with what earlier ones have set."""
        self.expect(snippet.text)
        self.read(Where(snippet, wrappers=wrappers, background=in_background))

    def run_words(self, argv: Sequence[Word]) -> None:
        """Read a command that no shell takes apart, as in the exec form of a Dockerfile."""
        if argv:
            first, last = argv[0], argv[-1]
            end = last.end if last.end >= first.start else first.end
            snippet = Snippet.part(first.source, first.start, end)
            self.expect("\n".join(word.value for word in argv))
            simple.run(self, tuple(argv), Where(snippet, first.start, end))

    def set(self, variables: Mapping[str, str]) -> None:
        """Set variables of its environment."""
        for name, text in variables.items():
            self.parameters.variables.set(name, text)

    def finish(self) -> tuple[Command, ...]:
        """The commands, once everything is read. Functions that nothing called are read with unknown parameters."""
        self.is_called = False
        for function in reversed(self.defined):
            if not function.is_called:
                self.parameters.positional = None
                functions.read_body(self, function, function.where)
        self.is_called = True
        self.defined.clear()
        return tuple(self.commands)

    # What the modules beside this one read with

    def read(self, where: Where) -> None:
        """Read a whole snippet."""
        for nodes in grammar.parse(where.snippet.text):
            self.statements(nodes, where)

    def statements(self, nodes: Sequence[Node], where: Where) -> None:
        """Read statements that follow each other."""
        index = 0
        while index < len(nodes):
            node = nodes[index]
            index += 1
            if not node.is_named:
                continue
            if node.type in WORDS:
                index = self._stray_words(nodes, index - 1, where)
                continue
            in_background = index < len(nodes) and nodes[index].type == "&"
            self.statement(node, where._replace(background=True) if in_background else where)

    def statement(self, node: Node, where: Where) -> None:
        """Read a statement, if it can concern what is asked for."""
        if not self.concerns(node, where):
            return
        with self.deeper() as is_read:
            if is_read:
                _STATEMENTS.get(node.type, Shell.substitutions)(self, node, where)

    def substitutions(self, node: Node, where: Where, skip: Node | None = None) -> None:
        """Read the commands inside of `$(…)`, backquotes and `<(…)` below a node: a part of it, whatever they are."""
        text = where.text(node)
        if not any(mark in text for mark in _SUBSTITUTIONS):
            return
        marks, self.marks = self.marks, None
        self._read_substitutions(node, where, skip)
        self.marks = marks

    def concerns(self, node: Node, where: Where) -> bool:
        """Whether a statement has a mark, or changes what other commands are made of."""
        if self.marks is None or where.stdin is not None or node.type in _ALWAYS_READ:
            return True
        text = where.text(node)
        return self.marks.are_in(text) or _CHANGES.search(text) is not None

    def expect(self, text: str) -> None:
        """Take the programs that a text names for marks: it is going to be read."""
        if self.marks is not None:
            self.marks.expect(text)

    def mark(self, name: str, text: str) -> None:
        """Take the name of a variable or alias for a mark if it stands for a text that has one."""
        if self.marks is not None and self.marks.are_in(text):
            self.marks.add(name)

    @property
    def max_ways(self) -> int:
        """Combinations of values that one command is read with."""
        return 1 if self.parameters.variables.is_spent else MAX_WAYS

    def count_command(self) -> None:
        """Count a command: past MAX_COMMANDS reading goes on, but follows less."""
        self._left -= 1
        if self._left <= 0:
            self.parameters.variables.spend()

    @contextmanager
    def deeper(self) -> Iterator[bool]:
        """A step into what stands inside of something; false where that is too deep to be read."""
        if self._depth >= _MAX_DEPTH:
            yield False
            return
        self._depth += 1
        yield True
        self._depth -= 1

    @contextmanager
    def own_variables(self) -> Iterator[None]:
        """A subshell: what it sets is gone behind it."""
        positional = self.parameters.positional
        with self.parameters.variables.undone():
            yield
        self.parameters.positional = positional

    @contextmanager
    def own_names(self, inner: Inner) -> Iterator[None]:
        """What another shell knows: nothing of this one's, if it is elsewhere."""
        if inner.is_same_shell:
            yield
            return
        known, aliases = self.functions, self.aliases
        variables = self.parameters.variables
        with variables.hidden() if inner.is_elsewhere else variables.undone():
            positional = self.parameters.positional
            if inner.is_elsewhere or (inner.argv and not inner.runs_functions):
                self.functions, self.aliases = {}, {}
            if inner.code is not None or inner.reads_stdin:
                self.parameters.positional = inner.positional
            yield
            self.parameters.positional = positional
        self.functions, self.aliases = known, aliases

    def _stray_words(self, nodes: Sequence[Node], index: int, where: Where) -> int:
        """Words that broken text has left without a command are one, a line at a time."""
        row = nodes[index].start_point.row
        end = index
        while end < len(nodes) and nodes[end].type in WORDS and nodes[end].start_point.row == row:
            end += 1
        simple.on_every_way(self, nodes[index:end], where, nodes[index].start_byte, nodes[end - 1].end_byte)
        return end

    def _read_substitutions(self, node: Node, where: Where, skip: Node | None) -> None:
        pending = [node]
        while pending:
            current = pending.pop()
            if skip is not None and current.id == skip.id:
                continue
            if current.type in ("command_substitution", "process_substitution"):
                with self.deeper() as is_read:
                    if is_read:
                        with self.own_variables():
                            self.statements(current.children, where._replace(stdin=None))
                continue
            if current.type == "heredoc_redirect":
                pending.extend(child for child in current.children if child.type == "heredoc_body")
                continue
            if current is not node and current.type in _STATEMENTS and current.type not in _PARTS:
                self.statement(current, where)
                continue
            pending.extend(reversed(current.children))


def _block(shell: Shell, node: Node, where: Where) -> None:
    shell.statements(node.children, where)


def _subshell(shell: Shell, node: Node, where: Where) -> None:
    ended = shell.ended
    with shell.own_variables():
        shell.statements(node.children, where)
    shell.ended = ended


def _nothing(_shell: Shell, _node: Node, _where: Where) -> None:
    pass


_STATEMENTS: Mapping[str, Callable[[Shell, Node, Where], None]] = {
    "command": simple.command,
    "variable_assignment": assignments.assignment,
    "variable_assignments": _block,
    "declaration_command": assignments.declaration,
    "unset_command": assignments.unset,
    "redirected_statement": pipelines.redirected_statement,
    "pipeline": pipelines.pipeline,
    "list": branches.and_or_list,
    "negated_command": _block,
    "subshell": _subshell,
    "compound_statement": _block,
    "do_group": _block,
    "ERROR": _block,
    "if_statement": branches.if_statement,
    "elif_clause": _block,
    "else_clause": _block,
    "case_statement": branches.case_statement,
    "case_item": _block,
    "for_statement": loops.for_statement,
    "c_style_for_statement": loops.c_style_for_statement,
    "while_statement": loops.while_statement,
    "function_definition": functions.definition,
    "comment": _nothing,
    "heredoc_body": _nothing,
    "heredoc_redirect": _nothing,
    "file_redirect": Shell.substitutions,
}
"""How each statement of the grammar is read."""

_ALWAYS_READ = names(
    """variable_assignment variable_assignments declaration_command unset_command function_definition pipeline list
    do_group compound_statement subshell negated_command ERROR elif_clause else_clause case_item comment"""
)
"""Statements that are not looked at before they are read: they are cheap, or their parts are looked at."""

_PARTS = frozenset(("heredoc_body", "heredoc_redirect", "file_redirect", "ERROR", "variable_assignment"))
"""Nodes that substitutions are looked for in, though they are statements elsewhere."""
