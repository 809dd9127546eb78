"""YAML text as a tree with places, and checked values out of that tree; no tag constructs anything.

text ──compose──▶ Node (ruamel's) ──TreeReader──▶ texts, numbers, lists, and the problems met on the way
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from runner.definitions import Bounds, is_name
from runner.failures import Json
from runner.plaintext import one_line

_TAG = "tag:yaml.org,2002:"
# What plain YAML has; the last but one is written =, and is text here.
_TAGS = ("str", "null", "bool", "int", "float", "timestamp", "seq", "map", "value", "merge")
_LONGEST_TAG = 80
_MOST_NODES = 100_000
_MOST_CHARACTERS = 1_000_000
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong, where (counted from 1). A fatal one keeps the whole file from being taken."""

    message: str
    line: int | None = None
    column: int | None = None
    fatal: bool = True


class Malformed(Exception):
    """The text is no YAML that can be taken."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def compose(text: str) -> Node | None:
    """The tree of the one document in the text; None when there is nothing but comments.

    Raises:
        Malformed: not YAML, too large, or nested too deeply.
    """
    if len(text) > _MOST_CHARACTERS:
        raise Malformed(Problem(message=f"The file is larger than {_MOST_CHARACTERS:,} characters."))
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        message = f"Not valid YAML: {error.problem or error.context}."
        raise Malformed(Problem(message=message, line=line, column=column)) from error
    except (YAMLError, ValueError) as error:
        raise Malformed(Problem(message=f"Not valid YAML: {str(error).splitlines()[0]}.")) from error
    except RecursionError as error:
        raise Malformed(Problem(message="The file is nested too deeply.")) from error
    return node


@dataclass(frozen=True, kw_only=True)
class Member:
    key: Node
    value: Node


@dataclass(kw_only=True)
class TreeReader:
    """Takes values out of one tree. What aliases repeat counts each time, so that a small file stays small."""

    problems: list[Problem] = field(default_factory=list)
    nodes_left: int = _MOST_NODES

    def wrong(self, node: Node, message: str, *, fatal: bool = True) -> None:
        mark = node.start_mark
        self.problems.append(Problem(message=message, line=mark.line + 1, column=mark.column + 1, fatal=fatal))

    def refuse_tags(self, root: Node) -> None:
        """A tag asks for something to be made of a value (`!include x`): nothing is, so its text would not be meant."""
        left, seen = [root], {id(root)}
        while left:
            node = left.pop()
            if (tag := str(node.tag)).removeprefix(_TAG) not in _TAGS:
                shown = one_line(tag.replace(_TAG, "!!"), _LONGEST_TAG)
                self.wrong(node, f'The tag "{shown}" means nothing here: write the value itself.')
            for part in _parts(node):
                if id(part) not in seen:
                    seen.add(id(part))
                    left.append(part)
        self.problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))

    def members(self, node: Node, what: str) -> dict[str, Member] | None:
        """The mapping's members by key, merged ones (`<<`) included; None, and a problem, when it is no mapping."""
        if not isinstance(node, MappingNode):
            self.wrong(node, f"{_first(what)} must be a mapping of keys and values.")
            return None
        merged: dict[str, Member] = {}
        own: dict[str, Member] = {}
        for key, value in self._counted(node, node.value):
            if key.tag == f"{_TAG}merge":
                for source in value.value if isinstance(value, SequenceNode) else [value]:
                    merged = (self.members(source, "what << names") or {}) | merged
            elif not isinstance(key, ScalarNode):
                self.wrong(key, f"{_first(what)} has a key that is no text.")
            elif key.value in own:
                self.wrong(key, f'{_first(what)} has the key "{key.value}" twice.')
            else:
                own[key.value] = Member(key=key, value=value)
        return merged | own

    def items(self, node: Node, what: str) -> list[Node]:
        """The list's items; none, and a problem, when it is no list. Nothing at all is an empty list."""
        if _is_null(node):
            return []
        if not isinstance(node, SequenceNode):
            self.wrong(node, f"{_first(what)} must be a list.")
            return []
        return list(self._counted(node, node.value))

    def json(self, node: Node, within: tuple[Node, ...] = ()) -> Json:
        """The value as JSON has it."""
        if any(node is outer for outer in within):
            raise Malformed(_at(node, "An alias refers to what contains it."))
        if isinstance(node, SequenceNode):
            return [self.json(item, (*within, node)) for item in self._counted(node, node.value)]
        if isinstance(node, MappingNode):
            members = self.members(node, "this") or {}
            return {key: self.json(member.value, (*within, node)) for key, member in members.items()}
        return scalar(node)

    def _counted(self, node: Node, parts: list[T]) -> Iterator[T]:
        for part in parts:
            self.nodes_left -= 1
            if self.nodes_left < 0:
                raise Malformed(_at(node, f"More than {_MOST_NODES:,} values, aliases counted each time."))
            yield part


def scalar(node: Node) -> str | int | float | bool | None:
    """A plain value by the rules of YAML 1.2; everything with another tag, as a date, is its text."""
    value = str(node.value)
    match str(node.tag).removeprefix(_TAG):
        case "null":
            return None
        case "bool":
            return value.lower() == "true"
        case "int" | "float" as kind:
            return _number(value.replace("_", ""), kind)
        case _:
            return value


def _number(text: str, kind: str) -> int | float | str:
    try:
        if kind == "int":
            return int(text, 0 if text.lstrip("+-")[:2].lower() in ("0x", "0o", "0b") else 10)
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text


@dataclass(frozen=True, kw_only=True)
class Fields:
    """One mapping, read field by field; `what` names it within a sentence, e.g. agent "developer"."""

    reader: TreeReader
    node: Node
    members: dict[str, Member]
    what: str

    def only(self, keys: Collection[str]) -> None:
        """A key that is not known is said, and does no harm."""
        for key, member in self.members.items():
            if key not in keys and not key.startswith("x-"):
                self.reader.wrong(
                    member.key, f'{_first(self.what)} has an unknown key "{key}", which is ignored.', fatal=False
                )

    def text(self, key: str) -> str | None:
        value = self._given(key)
        if value is None:
            return None
        if not isinstance(value, ScalarNode) or not isinstance(text := scalar(value), str):
            self.reader.wrong(value, f"{key} of {self.what} must be text: put it in quotes.")
            return None
        return text.strip() or None

    def name(self, key: str) -> str | None:
        """A text of one line, without what a screen cannot show."""
        text = self.text(key)
        if text is not None and not is_name(text):
            self.reader.wrong(
                self.members[key].value, f"{key} of {self.what} must be one line of at most 200 characters."
            )
            return None
        return text

    def required(self, key: str) -> str | None:
        name = self.name(key)
        if name is None and self._given(key) is None:
            self.reader.wrong(self.node, f'{_first(self.what)} has no "{key}".')
        return name

    def number(self, key: str, bounds: Bounds) -> int | None:
        return self._number(key, bounds, f"a whole number from {bounds}", whole=True)

    def hours(self, key: str, bounds: Bounds) -> int | None:
        """Given in hours, fractions allowed; returned in seconds, within bounds in seconds."""
        return self._number(key, bounds, f"a number of hours above 0, at most {bounds.most // 3600:,}", factor=3600)

    def word(self, key: str, words: Collection[str]) -> str | None:
        text = self.text(key)
        if text is not None and text not in words:
            self.reader.wrong(self.members[key].value, f'{key} of {self.what} is "{text}"; write {" or ".join(words)}.')
            return None
        return text

    def json(self, key: str) -> Json:
        value = self._given(key)
        return None if value is None else self.reader.json(value)

    def _number(self, key: str, bounds: Bounds, expected: str, *, factor: int = 1, whole: bool = False) -> int | None:
        value = self._given(key)
        if value is None:
            return None
        number = scalar(value) if isinstance(value, ScalarNode) else None
        fits = isinstance(number, int | float) and not isinstance(number, bool) and number * factor in bounds
        if not fits or (whole and not isinstance(number, int)):
            self.reader.wrong(value, f"{key} of {self.what} must be {expected}.")
            return None
        assert isinstance(number, int | float)
        return round(number * factor)

    def _given(self, key: str) -> Node | None:
        member = self.members.get(key)
        return None if member is None or _is_null(member.value) else member.value


def _first(what: str) -> str:
    """As it begins a sentence."""
    return what[:1].upper() + what[1:]


def _parts(node: Node) -> list[Node]:
    match node:
        case MappingNode():
            return [part for pair in node.value for part in pair]
        case SequenceNode():
            return list(node.value)
        case _:
            return []


def _is_null(node: Node) -> bool:
    return bool(node.tag == f"{_TAG}null")


def _at(node: Node, message: str) -> Problem:
    return Problem(message=message, line=node.start_mark.line + 1, column=node.start_mark.column + 1)
