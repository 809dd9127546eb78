"""JSON in an answer: the values that stand in it, in their order, whole ones and those that break.

In a fence that says so, or that says nothing and begins like JSON; in prose an object or a list, on lines of its own or
inside a sentence. What somebody wrote in another language is no value. Where a broken value ends is found by matching
brackets, once for a whole block of prose, so that no text is read again and again.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from runner.failures import Json
from runner.markdown import Block, blocks, without_thoughts

_LANGUAGES = frozenset(("json", "jsonc", "json5", "application/json"))
# Not templates, and not what follows a name: `config["key"]` and `${"text"}` are code.
_BEGINS = re.compile(
    r"""(?m)(?P<indent>^[ \t]*+)(?P<alone>[{\[])|(?<![\w$%#{"'\])])(?:\{(?=\s*+["'])|\[(?=\s*+["{]))"""
)
_ALONE = re.compile(r"(?m)^(?P<indent>[ \t]*+)[{\[]")
# Others that begin with a bracket and are no JSON are code or remarks, and nobody meant them as a value.
_MEANT = re.compile(r"""\{(?!\s*+[{%#$])|\[\s*+["{]""")
_BRACKET = re.compile(r'[{\[}\]]|"(?:[^"\\\n]|\\[^\n])*+"?+')
_REST_OF_LINE = re.compile(r"[ \t.,;]*+(?:\n|\Z)")
_UNCLOSED = 20
_DIGITS = 1000


@dataclass(frozen=True, kw_only=True)
class Whole:
    value: Json


@dataclass(frozen=True, kw_only=True)
class Broken:
    """What was meant to be JSON; `place` is where in the block it breaks, `text` all of it."""

    text: str
    reason: str
    block: Block
    place: int

    @property
    def where(self) -> tuple[int, int]:
        """Line and column in the answer, both from 1."""
        return self.block.where(self.place)


def values(answer: str) -> list[Whole | Broken]:
    """Every value in the answer; one that is nothing but a number, a text or a word counts where it is all there is."""
    said = without_thoughts(answer)
    found = [value for block in blocks(said) for value in _in_block(block)]
    if found or not said.strip():
        return found
    whole = _decoded(said.strip())
    return [Whole(value=whole[0])] if isinstance(whole, tuple) and whole[1] == len(said.strip()) else []


def _in_block(block: Block) -> Iterator[Whole | Broken]:
    if block.language is None:
        yield from _in_prose(block)
    elif block.language in _LANGUAGES:
        yield _all_of(block)
    elif not block.language and block.text.lstrip().startswith(("{", "[")):
        value = _all_of(block)
        if isinstance(value, Whole) or _MEANT.match(value.text):
            yield value


def _all_of(block: Block) -> Whole | Broken:
    """The one value that a fence holds."""
    text = block.text
    begin = len(text) - len(text.lstrip())
    found = _decoded(text[begin:])
    if isinstance(found, _Break):
        return Broken(text=text[begin:], reason=found.reason, block=block, place=begin + found.place)
    value, length = found
    rest = text[begin + length :]
    if rest.strip():
        place = len(text) - len(rest.lstrip())
        return Broken(text=text[begin:], reason="Something follows the value", block=block, place=place)
    return Whole(value=value)


def _in_prose(block: Block) -> Iterator[Whole | Broken]:
    text = block.text
    ends = _ends(text) if _BEGINS.search(text) else {}
    place, unclosed = 0, 0
    while unclosed < _UNCLOSED and (begun := _BEGINS.search(text, place)):
        start = begun.end() - 1
        end = ends.get(start)
        found = _decoded(text[start:end])
        if isinstance(found, tuple):
            place = start + found[1]
            if _stands_for_itself(text, begun, place):
                yield Whole(value=found[0])
            continue
        if _MEANT.match(text, start) and (text[start] == "{" or begun["alone"]):
            yield Broken(text=text[start:end], reason=found.reason, block=block, place=start + found.place)
        if end is not None:
            place = end
            continue
        unclosed += 1
        place = _next_beside(text, start)


def _stands_for_itself(text: str, begun: "re.Match[str]", end: int) -> bool:
    """Whether it is a value and no part of a sentence: `[1] A note`, `["A title"](address)`."""
    if text[begun.end() - 1] == "{":
        return True
    return text[end : end + 1] not in ("(", "[") and (not begun["alone"] or bool(_REST_OF_LINE.match(text, end)))


def _next_beside(text: str, start: int) -> int:
    """Where a value may begin after one that never ends: on a line of its own that is not inside it by its indent."""
    line = text.rfind("\n", 0, start) + 1
    indent = len(text[line:start]) - len(text[line:start].lstrip())
    for found in _ALONE.finditer(text, start + 1):
        if len(found["indent"]) <= indent:
            return found.start()
    return len(text)


def _ends(text: str) -> dict[int, int]:
    """Where each bracket that is closed is closed. No text in quotes goes on in another line, in JSON."""
    opened, ends = list[int](), dict[int, int]()
    for sign in _BRACKET.finditer(text):
        if sign[0] in "{[":
            opened.append(sign.start())
        elif sign[0] in "}]" and opened:
            ends[opened.pop()] = sign.end()
    return ends


@dataclass(frozen=True, kw_only=True)
class _Break:
    reason: str
    place: int


def _decoded(text: str) -> tuple[Json, int] | _Break:
    """The value that the text begins with, and its length."""
    try:
        return _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        return _Break(reason=error.msg, place=error.pos)
    except RecursionError:
        return _Break(reason="It goes too deep", place=0)


def _whole_number(digits: str) -> int | str:
    return int(digits) if len(digits) <= _DIGITS else digits


def _number(digits: str) -> float | str:
    return value if math.isfinite(value := float(digits)) else digits


# What JSON cannot hold (NaN, numbers without an end in sight) comes out as the text that it is.
_DECODER = json.JSONDecoder(parse_int=_whole_number, parse_float=_number, parse_constant=str)
