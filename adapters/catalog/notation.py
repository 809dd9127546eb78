"""Values as YAML text that reads back as the same values, in the style of what stands around them."""

import json
import re
from collections.abc import Iterator, Mapping

from ruamel.yaml.nodes import ScalarNode, SequenceNode

from adapters.catalog.documents import Malformed, compose
from runner.failures import Json

_ORDINARY = re.compile(r"[^\W_][\w ./()+=~^$;<>'’“”—–-]*", re.ASCII | re.DOTALL)
# Other readers of YAML take these for no text.
_WORDS = re.compile(r"y|n|yes|no|on|off|true|false|null", re.IGNORECASE)
_BLOCK = re.compile(r"(?! )[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+", re.DOTALL)


def block(value: Json, column: int, style: str | None = None) -> str:
    """What stands behind the colon of a key in that column, the space or line break before it included."""
    match value:
        case dict() if value:
            return "".join(f"\n{' ' * (column + 2)}{line}" for line in _lines_of_mapping(value))
        case list() if value:
            return "".join(f"\n{' ' * (column + 2)}{line}" for line in _lines_of_list(value))
        case str() if _is_text_block(value):
            lines = value.rstrip("\n").split("\n")
            return " |-" + "".join(f"\n{' ' * (column + 2)}{line}" if line else "\n" for line in lines)
        case _:
            return f" {flow(value, style)}"


def flow(value: Json, style: str | None = None) -> str:
    """The value on one line, fit for the inside of braces; `style` is the quote that stood there before."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if style == "'" and re.fullmatch(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u2028\u2029]*", value):
        return "'" + value.replace("'", "''") + "'"
    if style is None and _reads_back(value):
        return value
    return _quoted(value)


def item(fields: Mapping[str, Json], column: int) -> str:
    """A list's item of those fields, its dash in that column; whole lines."""
    lines = list(_lines_of_mapping(fields))
    first, *rest = lines
    indent = " " * column
    return "".join([f"{indent}- {first}\n", *(f"{indent}  {line}\n" if line else "\n" for line in rest)])


def flow_item(fields: Mapping[str, Json]) -> str:
    return "{" + ", ".join(f"{flow(key)}: {flow(value)}" for key, value in fields.items()) + "}"


def _lines_of_mapping(fields: Mapping[str, Json]) -> Iterator[str]:
    for key, value in fields.items():
        yield from f"{flow(key)}:{block(value, 0)}".split("\n")


def _lines_of_list(values: list[Json]) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict) and value:
            yield from item(value, 0).rstrip("\n").split("\n")
        else:
            yield f"- {flow(value)}"


def _is_text_block(text: str) -> bool:
    return "\n" in text.strip("\n") and not text.startswith("\n") and bool(_BLOCK.fullmatch(text))


def _reads_back(text: str) -> bool:
    """Whether it can stand there without quotes, in a list in brackets too."""
    if not _ORDINARY.fullmatch(text) or text != text.strip() or _WORDS.fullmatch(text):
        return False
    try:
        node = compose(f"[{text}]")
    except Malformed:
        return False
    if not isinstance(node, SequenceNode) or len(node.value) != 1:
        return False
    [only] = node.value
    return isinstance(only, ScalarNode) and only.tag == "tag:yaml.org,2002:str" and only.value == text


def _quoted(text: str) -> str:
    """In double quotes; YAML has all of JSON's escapes, and none of these characters bare."""
    bare = json.dumps(text, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", bare)
