"""An agent's Markdown, as far as it is read here: which lines stand in code fences, and what was only thought.

Read line by line, by patterns no two parts of which can match the same signs: an agent may write what it likes, and
reading it takes a time that grows with its length and no faster.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# What fences may stand in: quotations and lists.
_MARKS = r"(?:[ \t]*+(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))*+[ \t]*+"
_OPENS = re.compile(rf"(?P<marks>{_MARKS})(?P<fence>`{{3,}}+|~{{3,}}+)(?P<info>[^`]*+)")
_CLOSES = re.compile(r"[ \t]*+(?P<fence>`{3,}+|~{3,}+)[ \t]*+")
_QUOTED = re.compile(r"[ \t]*+>")
_LANGUAGE = re.compile(r"[a-z0-9+/-]++")

_TAG = r"(?:think(?:ing)?|thoughts?|reasoning)"
_THINKS = rf"[ \t]*+(?:<(?P<tag>{_TAG})>|(?P<bracket>\[THINK\]))"
_BEGINS_TO_THINK = re.compile(rf"(?im)^{_THINKS}")
_THINKS_ON = re.compile(rf"(?i)\s*+{_THINKS}")
_HAS_THOUGHT = re.compile(rf"(?i)(?:</{_TAG}>|\[/THINK\])")


@dataclass(frozen=True, kw_only=True)
class Block:
    """Lines in a row: prose, whose `language` is None, or all of one fence, whose is a word in lower case or empty.

    `lines` are without the fence and the marks of a quotation, `written` are as they came. `first` is the number of
    the first of `lines` in the whole, from 1; `cut` says how many signs were left out before each.
    """

    lines: tuple[str, ...]
    written: tuple[str, ...]
    cut: tuple[int, ...]
    first: int
    language: str | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def where(self, place: int) -> tuple[int, int]:
        """Line and column in the whole, both from 1, of a place in `text`."""
        before = self.text[:place]
        line = before.count("\n")
        return self.first + line, place - (before.rfind("\n") + 1) + 1 + self.cut[line]


def blocks(markdown: str) -> Iterator[Block]:
    """The whole of it, in order. A fence that is never closed goes on to the end, or to the end of its quotation."""
    lines = markdown.replace("\r\n", "\n").split("\n")
    place = 0
    while place < len(lines):
        fence = _OPENS.fullmatch(lines[place])
        block = _prose(lines, place) if fence is None else _fenced(lines, place, fence)
        yield block
        place += len(block.written)


def without_thoughts(markdown: str) -> str:
    """The same with blanks in place of what the agent thought aloud, so that every line and column stays as it is.

    Thoughts stand between tags that begin a line; those that were never ended go on to the end, and those that never
    began (some models leave out the first tag) have begun at the beginning.
    """
    parts, place = list[str](), 0
    while begun := (_THINKS_ON.match(markdown, place) if place else None) or _BEGINS_TO_THINK.search(markdown, place):
        ended = _end_of(begun).search(markdown, begun.end())
        end = ended.end() if ended else len(markdown)
        parts += [markdown[place : begun.start()], _blank(markdown[begun.start() : end])]
        place = end
    said = "".join([*parts, markdown[place:]])
    unbegun = max((found.end() for found in _HAS_THOUGHT.finditer(said) if not _is_in_quotes(found)), default=0)
    return _blank(said[:unbegun]) + said[unbegun:]


def _end_of(begun: "re.Match[str]") -> "re.Pattern[str]":
    tag = begun["tag"]
    return re.compile(f"(?i)</{tag}>" if tag else r"(?i)\[/THINK\]")


def _is_in_quotes(tag: "re.Match[str]") -> bool:
    """Whether somebody writes about thinking."""
    before, behind = tag.string[max(0, tag.start() - 1) : tag.start()], tag.string[tag.end() : tag.end() + 1]
    return before == behind and before in ("`", '"', "'")


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _prose(lines: Sequence[str], start: int) -> Block:
    end = start + 1
    while end < len(lines) and _OPENS.fullmatch(lines[end]) is None:
        end += 1
    written = tuple(lines[start:end])
    cut = tuple(_marks_of_quotation(line) for line in written)
    return Block(lines=_after(written, cut), written=written, cut=cut, first=start + 1)


def _fenced(lines: Sequence[str], start: int, opened: "re.Match[str]") -> Block:
    depth = opened["marks"].count(">")
    body, cut = list[str](), list[int]()
    end, closed = start + 1, False
    while end < len(lines) and not closed:
        marks = _marks_of_quotation(lines[end], depth)
        if lines[end].count(">", 0, marks) < depth:
            break
        end += 1
        fence = _CLOSES.fullmatch(lines[end - 1], marks)
        closed = fence is not None and fence["fence"].startswith(opened["fence"])
        if not closed:
            body.append(lines[end - 1])
            cut.append(marks)
    language = _LANGUAGE.search(opened["info"].lower())
    return Block(
        lines=_after(body, cut),
        written=tuple(lines[start:end]),
        # An empty fence breaks where its first line would stand.
        cut=tuple(cut) or (0,),
        first=start + 2,
        language=language[0] if language else "",
    )


def _marks_of_quotation(line: str, at_most: int | None = None) -> int:
    """How many signs of a line are the marks of the quotation that it stands in."""
    place, count = 0, 0
    while count != at_most and (mark := _QUOTED.match(line, place)):
        place, count = mark.end(), count + 1
    return place


def _after(lines: Sequence[str], cut: Sequence[int]) -> tuple[str, ...]:
    return tuple(line[signs:] for line, signs in zip(lines, cut, strict=True))
