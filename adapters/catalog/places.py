"""Where things stand in a YAML text: fields and items with their comments, so that an edit touches nothing else."""

import re
from dataclasses import dataclass
from typing import TypeAlias

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_COLON = re.compile(r"[^\S\n]*:")
_ALIAS = re.compile(r"\s*:\s+(\*[^\s,\[\]{}]+)")
_DASH = re.compile(r"-\s*\Z")

Pair: TypeAlias = tuple[Node, Node]


class NotEditable(Exception):
    """The text is valid, but written in a way that only its owner should change."""


@dataclass(frozen=True, kw_only=True)
class Splice:
    """Puts `text` in place of what stands from `start` to before `end`."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: list[Splice], offset: int = 0) -> str:
    """The text with all splices done; their places count from `offset`. At one place they come in the order given."""
    parts, reached = [], offset
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        if splice.start < reached:
            raise NotEditable
        parts += [text[reached - offset : splice.start - offset], splice.text]
        reached = splice.end
    return "".join([*parts, text[reached - offset :]])


class Places:
    """Answers for one text and the nodes that were composed of it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def colon(self, key: Node) -> int:
        """Right behind the key's colon."""
        found = _COLON.match(self.text, key.end_mark.index)
        if found is None:
            raise NotEditable
        return found.end()

    def value(self, pair: Pair) -> tuple[int, int]:
        """From where to where the value stands; at the colon twice where it is left out."""
        key, value = pair
        start = value.start_mark.index
        if start < key.end_mark.index:
            found = _ALIAS.match(self.text, key.end_mark.index)
            if found is None:
                raise NotEditable
            return found.span(1)
        end = self._end_of_node(value)
        if not self.text[start:end].strip():
            return self.colon(key), self.colon(key)
        return start, end

    def line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Behind the line's break, or the end of the text."""
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def dash(self, item: Node) -> int:
        """Where the item's dash is."""
        found = _DASH.search(self.text, 0, item.start_mark.index)
        if found is None:
            raise NotEditable
        return found.start()

    def chunks(self, sequence: SequenceNode) -> list[tuple[int, int]]:
        """Of each item of a block list its whole lines: comments right above it belong to it, blank lines below too."""
        starts = [self._start_with_comments(self.dash(item)) for item in sequence.value]
        last = self.line_end(self._end_of_node(sequence))
        return list(zip(starts, [*starts[1:], last], strict=True))

    def _start_with_comments(self, dash: int) -> int:
        start = self.line_start(dash)
        if self.text[start:dash].strip():
            # The list begins behind something else: a list in a list.
            raise NotEditable
        while start > 0:
            above = self.line_start(start - 1)
            if not self.text[above:start].lstrip().startswith("#"):
                break
            start = above
        return start

    def _end_of_node(self, node: Node) -> int:
        """Behind its last character; a block's own mark lies behind the comments that follow it."""
        start, end = int(node.start_mark.index), int(node.end_mark.index)
        if isinstance(node, MappingNode) and not node.flow_style and node.value:
            return self.value(node.value[-1])[1]
        if isinstance(node, SequenceNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return max(self._end_of_node(last), self.dash(last) + 1)
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            return start + len(self.text[start:end].rstrip())
        return end
