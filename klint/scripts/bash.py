"""Shell scripts → the commands that would run, without running anything.

A script is read once, in the order it runs: assignments are kept, functions are followed where they are called, both
ways of every branch are taken, loops over known words once for each. What cannot be known (what a command prints, what
comes from outside) stays unknown and hides nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from klint.records import dataclass
from klint.scripts import grammar
from klint.scripts.commands import NO_VARIABLES, UNKNOWN, Command, Context, Word, names, program_name
from klint.scripts.expansion import Scope, literal, value, words
from klint.scripts.kubectl import is_kubectl
from klint.scripts.marks import Marks
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.variables import MAX_WAYS, Choice, Stored, Value, Variables
from klint.scripts.wrappers import Inner, may_wrap, unwrap

if TYPE_CHECKING:
    from tree_sitter import Node, Query

MAX_COMMANDS = 4_000
"""Commands after which a script's functions are no longer followed where they are called, nor values on every way:
functions that call functions could make any number of commands. Each line is still read once."""

_MAX_DEPTH = 100
_MAX_CALLS = 8

TRACKED = ("KUBECONFIG", "AWS_PROFILE", "HELM_KUBECONTEXT", "HELM_NAMESPACE", "CLOUDSDK_ACTIVE_CONFIG_NAME")
"""Variables that tell which cluster a command talks to."""

_WORDS = names(
    """word string raw_string ansi_c_string translated_string concatenation simple_expansion expansion number
    command_substitution process_substitution arithmetic_expansion brace_expression"""
)
_ENDLESS = re.compile(r"(?:true|:|sleep\s+\S+|\[\[?\s*(?:1|true)\s*\]\]?|\(\(\s*1\s*\)\))\s*;?\Z")
_TESTS_EMPTY = re.compile(r"(?:-z\s+|!\s*-n\s+|-n\s+)\"?\$\{?([A-Za-z_]\w*)")
_TEST_PROGRAMS = re.compile(r"(?:!\s*)?(?:\[|test\s|command\s+-v|which\s|type\s|grep\s)")
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_SUBSTITUTIONS = ("$(", "`", "<(", ">(")
_NAMES_SHELL = re.compile(r"sh\b|stdin|\$")
_UNSAID = frozenset(("command", "builtin", "eval"))
"""Wrappers that say nothing of how a command runs."""

_CHANGES = re.compile(
    r"""(?:^|[\s;&|({`"'])(?:[A-Za-z_]\w*(?:\[[^]\s]*\])?\+?=
    |(?:read|mapfile|readarray|unset|shift|eval|getopts|exit|return|alias|break|continue|export|source|let)(?![\w-])
    |set\s+--|printf\s+-v)|:=""",
    re.VERBOSE,
)
"""What statements have that change variables, or end a way."""

_IN_HEREDOC = re.compile(r"\\([$`\\])|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")


_LOOPS = frozenset(("for_statement", "c_style_for_statement", "while_statement"))
_NEVER_RUN_HERE = frozenset(("function_definition", "subshell", "command_substitution"))


def _leaves(body: Node) -> bool:
    """Whether a loop's body ends the loop itself: it polls for something or tries a few times, and keeps nothing up."""
    stack = [(body, False)]
    while stack:
        node, is_nested = stack.pop()
        if node.type == "command":
            name = node.child_by_field_name("name")
            word = name.text if name else None
            if word in (b"exit", b"return") or (word == b"break" and not is_nested):
                return True
        stack.extend(
            (child, is_nested or node.type in _LOOPS) for child in node.children if child.type not in _NEVER_RUN_HERE
        )
    return False


class _Where(NamedTuple):
    """Where in a script reading is."""

    snippet: Snippet
    start: int = 0
    end: int = 0
    background: bool = False
    in_loop: bool = False
    kept_alive: str = ""
    functions: tuple[str, ...] = ()
    wrappers: tuple[str, ...] = ()
    branches: tuple[tuple[int, int], ...] = ()
    assigned_to: str = ""
    stdin: Snippet | None = None
    environment: Mapping[str, str] = NO_VARIABLES


@dataclass(slots=True, eq=False)
class _Function:
    name: str
    body: Node
    where: _Where
    is_called: bool = False


def read_script(
    snippet: Snippet,
    context: Context = UNKNOWN,
    programs: frozenset[str] | None = None,
) -> tuple[Command, ...]:
    """The commands of a script that runs by itself. `programs` are those of a `Shell`."""
    shell = Shell(context, programs=programs)
    shell.run(snippet)
    return shell.finish()


class Shell:
    """Reads what one shell process would run: several pieces of script may follow each other in it."""

    def __init__(
        self,
        context: Context = UNKNOWN,
        positional: tuple[Word, ...] | None = None,
        programs: frozenset[str] | None = None,
    ) -> None:
        """A shell that has read nothing yet.

        Args:
            context: what is known about where it runs.
            positional: its positional parameters; None where they cannot be known.
            programs: the programs whose commands are asked for; None for all. Commands whose program cannot be known
                may be among them. What cannot concern such a command is passed over.
        """
        self.context = context
        self._programs = programs
        self._marks = None if programs is None else Marks.of(programs, "\n".join(context.variables.values()))
        self._scope = Scope(Variables(context.variables), positional)
        for name, text in context.variables.items():
            self._mark(name, text)
        self._functions: dict[str, _Function] = {}
        self._defined: list[_Function] = []
        self._aliases: dict[str, str] = {}
        self._locals: list[dict[str, Stored]] = []
        self._commands: list[Command] = []
        self._ended = ""
        self._left = MAX_COMMANDS
        self._depth = 0

    def run(self, snippet: Snippet, *, wrappers: tuple[str, ...] = (), in_background: bool = False) -> None:
        """Read a script, with what earlier ones have set."""
        self._expect(snippet.text)
        self._read(_Where(snippet, wrappers=wrappers, background=in_background))

    def run_words(self, argv: Sequence[Word]) -> None:
        """Read a command that no shell takes apart, as in the exec form of a Dockerfile."""
        if argv:
            first, last = argv[0], argv[-1]
            end = last.end if last.end >= first.start else first.end
            snippet = Snippet.part(first.source, first.start, end)
            self._expect("\n".join(word.value for word in argv))
            self._run(tuple(argv), _Where(snippet, first.start, end))

    def _expect(self, text: str) -> None:
        """Take the programs that a text names for marks."""
        if self._marks is not None and self._programs is not None:
            self._marks = self._marks.plus(Marks.of(self._programs, text).names)

    def set(self, variables: Mapping[str, str]) -> None:
        """Set variables of its environment."""
        self._scope.variables.values.update(variables)

    def finish(self) -> tuple[Command, ...]:
        """The commands, once everything is read. Functions that nothing called are read with unknown parameters."""
        for function in reversed(self._defined):
            if not function.is_called:
                self._scope.positional = None
                self._read_function(function, function.where)
        self._defined.clear()
        return tuple(self._commands)

    # Statements

    def _read(self, where: _Where) -> None:
        for nodes in grammar.parse(where.snippet.text):
            self._statements(nodes, where)

    def _statements(self, nodes: Sequence[Node], where: _Where) -> None:
        index = 0
        while index < len(nodes):
            node = nodes[index]
            index += 1
            if not node.is_named:
                continue
            if node.type in _WORDS:
                index = self._stray_words(nodes, index - 1, where)
                continue
            in_background = index < len(nodes) and nodes[index].type == "&"
            self._statement(node, where._replace(background=True) if in_background else where)

    def _stray_words(self, nodes: Sequence[Node], index: int, where: _Where) -> int:
        """Words that broken text has left without a command are one, a line at a time."""
        row = nodes[index].start_point.row
        end = index
        while end < len(nodes) and nodes[end].type in _WORDS and nodes[end].start_point.row == row:
            end += 1
        self._simple(nodes[index:end], where, nodes[index].start_byte, nodes[end - 1].end_byte)
        return end

    def _statement(self, node: Node, where: _Where) -> None:
        if self._depth >= _MAX_DEPTH or not self._concerns(node, where):
            return
        self._depth += 1
        try:
            handler = _STATEMENTS.get(node.type)
            if handler is None:
                self._substitutions(node, where)
            else:
                handler(self, node, where)
        finally:
            self._depth -= 1

    def _concerns(self, node: Node, where: _Where) -> bool:
        """Whether a statement has a mark, or changes what other commands are made of."""
        if self._marks is None or where.stdin is not None or node.type in _ALWAYS_READ:
            return True
        text = where.snippet.text[node.start_byte : node.end_byte]
        return self._marks.are_in(text) or _CHANGES.search(text) is not None

    def _mark(self, name: str, text: str) -> None:
        """Take the name of a variable or alias for a mark if it stands for a text that has one."""
        if self._marks is not None and self._marks.are_in(text):
            self._marks = self._marks.plus({name})

    def _block(self, node: Node, where: _Where) -> None:
        self._statements(node.children, where)

    def _nothing(self, node: Node, where: _Where) -> None:
        pass

    def _subshell(self, node: Node, where: _Where) -> None:
        ended = self._ended
        with self._own_variables():
            self._statements(node.children, where)
        self._ended = ended

    def _list(self, node: Node, where: _Where) -> None:
        """`a && b || c`. What stands behind a test, or behind `||`, may not run."""
        parts: list[tuple[str, Node]] = []
        current = node
        while current.type == "list":
            named = [child for child in current.children if child.is_named and child.type != "comment"]
            operator = next((child.type for child in current.children if child.type in ("&&", "||")), "&&")
            parts.append((operator, named[-1]))
            current = named[0]
        self._statement(current, where)
        tested = self._text(current, where)
        for operator, part in reversed(parts):
            if operator == "||" or _TEST_PROGRAMS.match(tested):
                self._branch(where, [lambda inner, part=part: self._statement(part, inner)], tested)  # type: ignore[misc]
            else:
                self._statement(part, where)
            tested = self._text(part, where)

    def _pipeline(self, node: Node, where: _Where) -> None:
        stages = [child for child in node.children if child.is_named and child.type != "comment"]
        self._stages(stages, where, where.stdin)

    def _stages(self, stages: Sequence[Node], where: _Where, stdin: Snippet | None) -> None:
        for index, stage in enumerate(stages):
            with self._own_variables():
                self._statement(stage, where._replace(stdin=stdin))
            is_read = index + 1 < len(stages) and _NAMES_SHELL.search(self._text(stages[index + 1], where)) is not None
            stdin = self._printed(stage, where) if is_read else None

    def _printed(self, node: Node, where: _Where) -> Snippet | None:
        """What a stage of a pipeline prints, if that is plain to see: `echo "…" | bash`."""
        if node.type == "redirected_statement":
            body = node.child_by_field_name("body")
            heredoc = next((child for child in node.children if child.type == "heredoc_redirect"), None)
            if body is not None and heredoc is not None and self._text(body, where).strip() == "cat":
                return self._heredoc(heredoc, where)
            return self._printed(body, where) if body is not None and heredoc is None else None
        if node.type != "command":
            return None
        nodes = [child for child in node.children if child.is_named and child.type in (*_WORDS, "command_name")]
        argv = words(self._scope, where.snippet, nodes)
        name = argv[0].text if argv else None
        if name not in ("echo", "printf"):
            return None
        rest = [word for word in argv[1:] if not re.fullmatch(r"-[neE]+|--", word.value)]
        if name == "printf" and len(rest) > 1 and "%" in rest[0].value:
            rest = rest[1:]
        return Snippet.join([word.code() for word in rest], " ") if rest else None

    def _redirected(self, node: Node, where: _Where) -> None:
        body = node.child_by_field_name("body")
        heredoc = None
        inner = where
        for child in node.children:
            if child.type == "heredoc_redirect":
                heredoc = child
                inner = inner._replace(stdin=self._heredoc(child, where))
            elif child.type == "herestring_redirect":
                inner = inner._replace(stdin=self._herestring(child, where))
            if child.type.endswith("_redirect"):
                self._substitutions(child, where)
        more = heredoc.children_by_field_name("argument") if heredoc is not None else []
        for child in node.children:
            if child.type == "file_redirect":
                more.extend(_behind_target(child))
        if body is not None and body.type == "command":
            # The grammar has no node for a dash in front of a heredoc: `kubectl apply -f - <<EOF`.
            gap = (body.end_byte, node.children[1].start_byte)
            dash = literal(where.snippet, *gap)
            self._command(body, inner, more, dash)
        elif body is not None:
            self._statement(body, inner)
        if heredoc is None:
            return
        for child in heredoc.children:
            if child.type == "pipeline":
                stages = [stage for stage in child.children if stage.is_named]
                self._stages(stages, where, self._printed(node, where))
        right = heredoc.child_by_field_name("right")
        if right is not None:
            self._statement(right, where)

    def _heredoc(self, node: Node, where: _Where) -> Snippet | None:
        """A heredoc's text, with variables filled in unless its mark is quoted."""
        body = next((child for child in node.children if child.type == "heredoc_body"), None)
        start = next((child for child in node.children if child.type == "heredoc_start"), None)
        if body is None or start is None:
            return None
        text = where.snippet.cut(body.start_byte, body.end_byte)
        if any(mark in self._text(start, where) for mark in "'\"\\"):
            return text

        def fill(match: re.Match[str]) -> str:
            found = self._scope.variables.get(match[2] or match[3]) if match[1] is None else match[1]
            return found if isinstance(found, str) else HOLE

        return text.replace(_IN_HEREDOC, fill)

    def _herestring(self, node: Node, where: _Where) -> Snippet | None:
        found = words(self._scope, where.snippet, [child for child in node.named_children if child.type in _WORDS])
        return found[0].code() if found else None

    def _if(self, node: Node, where: _Where) -> None:
        ways: list[Callable[[_Where], None]] = []
        conditions: list[list[Node]] = [[]]
        bodies: list[list[Node]] = [[]]
        is_complete = False
        target = conditions[0]
        for child in node.children:
            if child.type == "then":
                target = bodies[-1]
            elif child.type == "elif_clause":
                split = next((index for index, item in enumerate(child.children) if item.type == "then"), 0)
                conditions.append(child.children[:split])
                bodies.append(child.children[split:])
            elif child.type == "else_clause":
                is_complete = True
                conditions.append([])
                bodies.append(child.children)
            else:
                target.append(child)
        tested = " ".join(self._text(item, where) for item in conditions[0] if item.is_named)
        if tested.strip() == "false":
            conditions, bodies = conditions[1:], bodies[1:]
        for condition in conditions:
            self._statements(condition, where)
        ways = [lambda inner, body=body: self._statements(body, inner) for body in bodies]  # type: ignore[misc]
        self._branch(where, ways, tested, is_complete=is_complete)

    def _case(self, node: Node, where: _Where) -> None:
        ways: list[Callable[[_Where], None]] = []
        is_complete = False
        for child in node.children:
            if child.type == "case_item":
                split = next((index for index, item in enumerate(child.children) if item.type == ")"), 0)
                patterns = [self._text(item, where) for item in child.children[:split] if item.is_named]
                is_complete |= "*" in patterns
                body = child.children[split + 1 :]
                ways.append(lambda inner, body=body: self._statements(body, inner))  # type: ignore[misc]
            elif child.is_named:
                self._substitutions(child, where)
        self._branch(where, ways, is_complete=is_complete)

    def _branch(
        self, where: _Where, ways: Sequence[Callable[[_Where], None]], tested: str = "", *, is_complete: bool = False
    ) -> None:
        """Read ways of which the script takes one, or none unless they are complete."""
        variables = self._scope.variables
        point = variables.new_point()
        before = dict(variables.values)
        after: list[dict[str, Stored]] = []
        ended = self._ended
        ends: list[str] = []
        for index, way in enumerate(ways):
            variables.values = dict(before)
            self._ended = ""
            way(where._replace(branches=(*where.branches, (point, index))))
            ends.append(self._ended)
            if not self._ended:
                after.append(variables.values)
        self._ended = ended or (ends[0] if is_complete and ends and all(ends) else "")
        if not is_complete:
            # `[ -z "$X" ] && X=default`: on the way round it X has a value from outside, of which nothing is known.
            defaulted = {
                name: after[0][name]
                for name in _TESTS_EMPTY.findall(tested)
                if len(after) == 1 and name in after[0] and before.get(name) in (None, HOLE, "")
            }
            after.append({**before, **defaulted})
        variables.join(point, after or [before])

    def _for(self, node: Node, where: _Where) -> None:
        variables = self._scope.variables
        name_node = node.child_by_field_name("variable")
        body = node.child_by_field_name("body")
        if name_node is None or body is None:
            self._statements(node.children, where)
            return
        name = self._text(name_node, where)
        nodes = node.children_by_field_name("value")
        if any(mark in where.snippet.text[node.start_byte : body.start_byte] for mark in _SUBSTITUTIONS):
            self._substitutions(node, where, skip=body)
        if any(child.type == "in" for child in node.children):
            results = variables.each_way(lambda: words(self._scope, where.snippet, nodes), self._max_ways)
            items = list(dict.fromkeys(word.value for _, found in results for word in found))
        else:
            items = [word.value for word in self._scope.positional or ()]
        self._forget(body, where)
        if not items or len(items) > self._max_ways:
            items = [HOLE]
        variables.values[name] = items[0] if len(items) == 1 else Choice(variables.new_point(), tuple(items))
        self._loop_body(body, where._replace(in_loop=True))

    def _loop_body(self, body: Node, where: _Where) -> None:
        ended = self._ended
        self._statement(body, where)
        self._ended = ended

    def _c_style_for(self, node: Node, where: _Where) -> None:
        body = node.child_by_field_name("body")
        if body is None:
            return
        header = where.snippet.text[node.start_byte : body.start_byte]
        self._forget(node, where)
        is_endless = re.match(r"for\s*\(\(\s*;\s*;\s*\)\)", header) is not None and not _leaves(body)
        inner = where._replace(in_loop=True, kept_alive="for ((;;))" if is_endless else where.kept_alive)
        self._loop_body(body, inner)

    def _while(self, node: Node, where: _Where) -> None:
        variables = self._scope.variables
        word = node.children[0].type if node.children else "while"
        body = node.child_by_field_name("body")
        conditions = node.children_by_field_name("condition")
        if not body:
            self._statements(node.children, where)
            return
        tested = where.snippet.text[node.children[0].end_byte : body.start_byte].strip()
        if tested.rstrip("; \t\n") == ("false" if word == "while" else "true"):
            return
        before = dict(variables.values)
        self._forget(node, where)
        kept_alive = where.kept_alive
        is_left = _leaves(body)
        is_endless = _ENDLESS.match(tested) if word == "while" else tested.rstrip("; \t\n") == "false"
        if is_endless and not is_left:
            kept_alive = f"{word} {tested.rstrip('; ')}"
        retried = kept_alive or ("" if is_left else f"{word} loop")
        self._statements(conditions, where._replace(in_loop=True, kept_alive=retried))
        self._loop_body(body, where._replace(in_loop=True, kept_alive=kept_alive))
        variables.join(variables.new_point(), [variables.values, before])

    def _forget(self, node: Node, where: _Where) -> None:
        """What a loop assigns has, at the loop's start, a value from the time before or from the last round."""
        if "=" not in self._text(node, where):
            return
        from tree_sitter import QueryCursor

        captured = QueryCursor(_assignments()).captures(node)
        for name in {self._text(found, where) for found in captured.get("name", ())}:
            if name in self._scope.variables.values:
                self._scope.variables.values[name] = HOLE

    def _function(self, node: Node, where: _Where) -> None:
        name_node = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        if name_node is None or body is None:
            self._statements(node.children, where)
            return
        name = self._text(name_node, where)
        function = _Function(name, body, _Where(where.snippet, branches=where.branches))
        self._functions[name] = function
        self._defined.append(function)
        if self._marks is not None and self._concerns(body, where):
            self._marks = self._marks.plus({name})

    def _read_function(self, function: _Function, where: _Where) -> None:
        function.is_called = True
        self._locals.append({})
        ended = self._ended
        inner = where._replace(snippet=function.where.snippet, functions=(*where.functions, function.name))
        self._statement(function.body, inner)
        self._ended = ended or (self._ended if self._ended == "exit" else "")
        for name, before in self._locals.pop().items():
            if before is None:
                self._scope.variables.values.pop(name, None)
            else:
                self._scope.variables.values[name] = before

    # Assignments

    def _assignment(self, node: Node, where: _Where) -> None:
        name_node = node.child_by_field_name("name")
        if name_node is None:
            return
        name = self._text(name_node, where)
        given = node.child_by_field_name("value")
        if given is not None:
            self._substitutions(given, where._replace(assigned_to=name))
            self._mark(name, self._text(given, where))
        self._assign(name, given, where, appends=any(child.type == "+=" for child in node.children))

    def _assign(self, name: str, given: Node | None, where: _Where, *, appends: bool) -> None:
        scope, variables = self._scope, self._scope.variables
        if "[" in name:
            variables.values[name.partition("[")[0]] = HOLE
            return

        def evaluate() -> Value:
            new = value(scope, where.snippet, given)
            if isinstance(new, tuple) and any(word.value.startswith("[") for word in new):
                return HOLE  # an array with keys
            old = variables.get(name) if appends else None
            if isinstance(old, tuple):
                return (*old, *new) if isinstance(new, tuple) else old
            return old + new if isinstance(old, str) and isinstance(new, str) else new

        if given is not None and not appends and "$" not in self._text(given, where):
            variables.values[name] = evaluate()
        else:
            variables.assign(name, evaluate, self._max_ways)

    def _declaration(self, node: Node, where: _Where) -> None:
        keyword = node.children[0].type
        is_local = keyword in ("local", "declare", "typeset") and bool(self._locals)
        for child in node.children[1:]:
            name_node = child.child_by_field_name("name") if child.type == "variable_assignment" else child
            if child.type not in ("variable_assignment", "variable_name") or name_node is None:
                continue
            name = self._text(name_node, where)
            if is_local:
                self._locals[-1].setdefault(name, self._scope.variables.values.get(name))
            if child.type == "variable_assignment":
                self._assignment(child, where)
            elif is_local:
                self._scope.variables.values.pop(name, None)

    def _unset(self, node: Node, where: _Where) -> None:
        for child in node.named_children:
            self._scope.variables.values.pop(self._text(child, where), None)

    # Commands

    def _command(self, node: Node, where: _Where, more: Sequence[Node] = (), tail: tuple[Word, ...] = ()) -> None:
        assignments: list[Node] = []
        nodes: list[Node] = []
        for child in node.children:
            kind = child.type
            if kind == "variable_assignment" and not nodes:
                assignments.append(child)
            elif kind == "herestring_redirect":
                where = where._replace(stdin=self._herestring(child, where))
            elif kind == "file_redirect":
                nodes.extend(_behind_target(child))
            elif not kind.endswith("_redirect") and kind != "comment" and not child.is_error:
                nodes.append(child)
        self._substitutions(node, where)
        first, *others = self._lines([*nodes, *more], where)
        if not first:
            for assignment in assignments:
                self._assignment(assignment, where)
        elif not self._is_passed_over(self._text(first[0], where)):
            end = node.end_byte if not others else first[-1].end_byte
            self._simple(first, where, node.start_byte, end, assignments, tail)
        for other in others:
            self._simple(other, where, other[0].start_byte, other[-1].end_byte)
        for child in node.children:
            if child.is_error and child.named_child_count:
                self._statements(child.children, where)

    def _lines(self, nodes: Sequence[Node], where: _Where) -> list[list[Node]]:
        """The words of each line. The grammar takes a line that begins with a backslash for words of the one above."""
        if len(nodes) < 2 or nodes[0].start_point.row == nodes[-1].end_point.row:
            return [list(nodes)]
        lines: list[list[Node]] = [[]]
        for node in nodes:
            if self._text(node, where).startswith("\n") or (lines[-1] and _is_misplaced(node)):
                lines.append([])
            lines[-1].append(node)
        return lines

    @property
    def _max_ways(self) -> int:
        return 1 if self._scope.variables.is_spent else MAX_WAYS

    def _is_passed_over(self, program: str) -> bool:
        """Whether nobody asks for a program's commands, by its name as written. It must change nothing, either."""
        return (
            self._programs is not None
            and _PLAIN_NAME.fullmatch(program) is not None
            and program not in self._programs
            and program not in self._functions
            and program not in self._aliases
            and program not in _BUILTINS
            and not may_wrap(program)
            and not is_kubectl(program)
        )

    def _simple(
        self,
        nodes: Sequence[Node],
        where: _Where,
        start: int,
        end: int,
        assignments: Sequence[Node] = (),
        tail: tuple[Word, ...] = (),
    ) -> None:
        scope, snippet = self._scope, where.snippet
        where = where._replace(start=snippet.range(start, end)[0], end=snippet.range(start, end)[1])

        def evaluate() -> tuple[tuple[Word, ...], dict[str, str]]:
            environment: dict[str, str] = {}
            for assignment in assignments:
                name = assignment.child_by_field_name("name")
                given = value(scope, snippet, assignment.child_by_field_name("value"))
                if name is not None and isinstance(given, str):
                    environment[self._text(name, where)] = given
            return (*words(scope, snippet, nodes), *tail), environment

        is_fixed = "$" not in snippet.text[start:end] and nodes[-1].end_byte <= end
        for _, (argv, environment) in (
            [({}, evaluate())] if is_fixed else scope.variables.each_way(evaluate, self._max_ways)
        ):
            inner = where._replace(environment={**where.environment, **environment}) if environment else where
            if argv and not where.start <= argv[0].start <= where.end:
                # `"$@"`: the command stands where the function was called with it.
                inner = inner._replace(start=argv[0].start, end=max(argv[0].end, argv[-1].end))
            self._run(argv, inner)

    def _run(self, argv: tuple[Word, ...], where: _Where) -> None:
        if not argv:
            return
        self._left -= 1
        if self._left <= 0:
            self._scope.variables.spend()
        name = argv[0].text
        if name in self._aliases and argv[0].raw == name:
            replaced = [Word(part, argv[0].source, argv[0].start, argv[0].end) for part in self._aliases[name].split()]
            argv = (*replaced, *argv[1:])
            name = argv[0].text if argv else None
        if name in self._functions:
            self._call(self._functions[name], argv, where)
            return
        if name is not None and name in _BUILTINS:
            _BUILTINS[name](self, argv[1:])
        found = unwrap(argv) if argv else ()
        for inner in found:
            self._unwrapped(inner, where)
        if argv and (not found or any(inner.is_kept for inner in found)):
            self._add(argv, where)

    def _add(self, argv: tuple[Word, ...], where: _Where) -> None:
        if self._programs is not None:
            program = program_name(argv[0])
            if program and program not in self._programs and not is_kubectl(program):
                return
        environment = where.environment
        tracked = [name for name in TRACKED if name in self._scope.variables.values]
        if tracked:
            environment = {**{name: self._plain_value(name) for name in tracked}, **environment}
        self._commands.append(
            Command(
                argv,
                where.snippet.source,
                where.start,
                where.end,
                self.context,
                environment,
                where.wrappers,
                where.functions,
                where.branches,
                where.assigned_to,
                where.background,
                where.in_loop,
                where.kept_alive,
            )
        )

    def _plain_value(self, name: str) -> str:
        stored = self._scope.variables.values[name]
        return stored if isinstance(stored, str) else HOLE

    def _unwrapped(self, inner: Inner, where: _Where) -> None:
        where = where._replace(
            wrappers=(*where.wrappers, inner.name) if inner.name not in _UNSAID else where.wrappers,
            in_loop=where.in_loop or inner.in_loop,
            kept_alive=where.kept_alive or (inner.name if inner.in_loop else ""),
            environment={**where.environment, **dict(inner.environment)} if inner.environment else where.environment,
        )
        if self._depth >= _MAX_DEPTH:
            return
        self._depth += 1
        code = where.stdin if inner.reads_stdin else inner.code
        with self._own_names(inner):
            if code is not None:
                self._read(where._replace(snippet=code, stdin=None if inner.reads_stdin else where.stdin))
            elif inner.argv:
                self._run(inner.argv, where)
        self._depth -= 1

    def _call(self, function: _Function, argv: tuple[Word, ...], where: _Where) -> None:
        """Follow a call. Functions that call themselves, and long chains of calls, are followed no further."""
        if self._scope.variables.is_spent:
            return
        function.is_called = True
        if function.name in where.functions or len(where.functions) >= _MAX_CALLS:
            return
        before, marks = self._scope.positional, self._marks
        if marks is not None and any(marks.are_in(word.value) for word in argv[1:]):
            self._marks = None  # the function may run the words it is given
        self._scope.positional = argv[1:]
        self._read_function(function, where)
        self._scope.positional = before
        self._marks = marks

    # Names

    @contextmanager
    def _own_variables(self) -> Iterator[None]:
        """A subshell: what it sets is gone behind it."""
        variables = self._scope.variables
        before = dict(variables.values)
        positional = self._scope.positional
        yield
        variables.values = before
        self._scope.positional = positional

    @contextmanager
    def _own_names(self, inner: Inner) -> Iterator[None]:
        """What another shell knows: nothing of this one's, if it is elsewhere."""
        if inner.is_same_shell:
            yield
            return
        functions, aliases = self._functions, self._aliases
        with self._own_variables():
            if inner.is_elsewhere:
                self._scope.variables.values = {}
            if inner.is_elsewhere or (inner.argv and not inner.runs_functions):
                self._functions, self._aliases = {}, {}
            if inner.code is not None or inner.reads_stdin:
                self._scope.positional = inner.positional
            yield
        self._functions, self._aliases = functions, aliases

    def _text(self, node: Node, where: _Where) -> str:
        return where.snippet.text[node.start_byte : node.end_byte]

    def _substitutions(self, node: Node, where: _Where, skip: Node | None = None) -> None:
        """Read the commands inside of `$(…)`, backquotes and `<(…)` below a node: a part of it, whatever they are."""
        text = self._text(node, where)
        if not any(mark in text for mark in _SUBSTITUTIONS):
            return
        marks, self._marks = self._marks, None
        self._read_substitutions(node, where, skip)
        self._marks = marks

    def _read_substitutions(self, node: Node, where: _Where, skip: Node | None) -> None:
        pending = [node]
        while pending:
            current = pending.pop()
            if skip is not None and current.id == skip.id:
                continue
            if current.type in ("command_substitution", "process_substitution"):
                if self._depth < _MAX_DEPTH:
                    self._depth += 1
                    with self._own_variables():
                        self._statements(current.children, where._replace(stdin=None))
                    self._depth -= 1
                continue
            if current.type == "heredoc_redirect":
                pending.extend(child for child in current.children if child.type == "heredoc_body")
                continue
            if current is not node and current.type in _STATEMENTS and current.type not in _PARTS:
                self._statement(current, where)
                continue
            pending.extend(reversed(current.children))

    # Builtins

    def _read_builtin(self, rest: Sequence[Word]) -> None:
        for word in rest:
            if word.text is not None and word.text.isidentifier():
                self._scope.variables.values[word.text] = HOLE

    def _set(self, rest: Sequence[Word]) -> None:
        index = next((index for index, word in enumerate(rest) if word.value == "--"), -1)
        if index >= 0:
            self._scope.positional = tuple(rest[index + 1 :])
            self._marks = None

    def _shift(self, rest: Sequence[Word]) -> None:
        count = rest[0].text if rest else "1"
        if self._scope.positional is not None:
            known = count is not None and count.isdigit()
            self._scope.positional = self._scope.positional[int(count or 1) :] if known else None

    def _exit(self, rest: Sequence[Word]) -> None:
        self._ended = "exit"

    def _return(self, rest: Sequence[Word]) -> None:
        self._ended = "return"

    def _alias(self, rest: Sequence[Word]) -> None:
        for word in rest:
            name, equals, replaced = word.value.partition("=")
            if equals and HOLE not in name:
                self._aliases[name] = replaced
                self._mark(name, replaced)

    def _printf(self, rest: Sequence[Word]) -> None:
        if len(rest) > 1 and rest[0].value == "-v":
            self._read_builtin(rest[1:2])


def _behind_target(redirect: Node) -> list[Node]:
    """The words of a command that stand behind a redirection, which the grammar takes for more targets.

    A target on another line is none: the line above ends in a `>`.
    """
    targets = redirect.children_by_field_name("destination")
    is_misplaced = bool(targets) and targets[0].start_point.row != redirect.start_point.row
    return targets if is_misplaced else targets[1:]


def _is_misplaced(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type != "file_redirect" or node.start_point.row == parent.start_point.row:
        return False
    first = parent.child_by_field_name("destination")
    return first is not None and first.id == node.id


@cache
def _assignments() -> Query:
    import tree_sitter_bash
    from tree_sitter import Language, Query

    return Query(Language(tree_sitter_bash.language()), "(variable_assignment name: (variable_name) @name)")


_STATEMENTS: Mapping[str, Callable[[Shell, Node, _Where], None]] = {
    "command": Shell._command,
    "variable_assignment": Shell._assignment,
    "variable_assignments": Shell._block,
    "declaration_command": Shell._declaration,
    "unset_command": Shell._unset,
    "redirected_statement": Shell._redirected,
    "pipeline": Shell._pipeline,
    "list": Shell._list,
    "negated_command": Shell._block,
    "subshell": Shell._subshell,
    "compound_statement": Shell._block,
    "do_group": Shell._block,
    "ERROR": Shell._block,
    "if_statement": Shell._if,
    "elif_clause": Shell._block,
    "else_clause": Shell._block,
    "case_statement": Shell._case,
    "case_item": Shell._block,
    "for_statement": Shell._for,
    "c_style_for_statement": Shell._c_style_for,
    "while_statement": Shell._while,
    "function_definition": Shell._function,
    "comment": Shell._nothing,
    "heredoc_body": Shell._nothing,
    "heredoc_redirect": Shell._nothing,
    "file_redirect": Shell._substitutions,
}

_ALWAYS_READ = names(
    """variable_assignment variable_assignments declaration_command unset_command function_definition pipeline list
    do_group compound_statement subshell negated_command ERROR elif_clause else_clause case_item comment"""
)
"""Statements that are not looked at before they are read: they are cheap, or their parts are looked at."""

_PARTS = frozenset(("heredoc_body", "heredoc_redirect", "file_redirect", "ERROR", "variable_assignment"))
"""Nodes that substitutions are looked for in, though they are statements elsewhere."""

_BUILTINS: Mapping[str, Callable[[Shell, Sequence[Word]], None]] = {
    "read": Shell._read_builtin,
    "mapfile": Shell._read_builtin,
    "readarray": Shell._read_builtin,
    "getopts": Shell._read_builtin,
    "let": Shell._read_builtin,
    "set": Shell._set,
    "shift": Shell._shift,
    "alias": Shell._alias,
    "exit": Shell._exit,
    "return": Shell._return,
    "break": Shell._return,
    "continue": Shell._return,
    "printf": Shell._printf,
}
