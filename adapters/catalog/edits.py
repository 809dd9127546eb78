"""Changes to the text of a definition file that leave everything else as it is: comments, order, unknown keys."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from adapters.catalog.documents import compose
from adapters.catalog.notation import block, flow, flow_item, item
from adapters.catalog.places import NotEditable, Pair, Places, Splice, spliced
from runner.failures import Json

Fields = Mapping[str, Json]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An item that stays, by its place before, with the fields that change (None: the key goes)."""

    place: int
    changes: Fields


@dataclass(frozen=True, kw_only=True)
class Added:
    fields: Fields


class Document:
    """The text of one file, its list under `key`, and the changes wanted of it."""

    def __init__(self, text: str, key: str) -> None:
        self._text = text
        self._places = Places(text)
        self._key = key
        root = compose(text)
        if root is not None and (not isinstance(root, MappingNode) or root.flow_style):
            raise NotEditable
        self._list = _pair(root, key) if root is not None else None
        self._splices: list[Splice] = []

    def result(self) -> str:
        newline = "\r\n" if "\r\n" in self._text else "\n"
        changed = [Splice(start=one.start, end=one.end, text=one.text.replace("\n", newline)) for one in self._splices]
        return spliced(self._text, changed)

    def entry(self, name: str) -> Node:
        """The item of that name. Raises NotEditable where its name is not its own."""
        return self.entries[self._place_of(name)]

    @property
    def entries(self) -> Sequence[Node]:
        return self._list[1].value if self._list and isinstance(self._list[1], SequenceNode) else ()

    def list_of(self, entry: Node, key: str) -> Pair | None:
        return _pair(entry, key)

    def change(self, entry: Node, changes: Fields, order: Sequence[str]) -> None:
        """Sets fields of one mapping; new keys come where `order` has them."""
        self._splices += self._changed(entry, changes, order)

    def add(self, fields: Fields) -> None:
        """Puts a new item at the end of the list."""
        if self._list is None:
            gap = "" if not self._text or self._text.endswith("\n") else "\n"
            self._put(len(self._text), f"{gap}{self._key}:\n{item(fields, 2)}")
        else:
            self.arrange(self._list, [*self._all_kept(), Added(fields=fields)], ())

    def remove(self, name: str) -> None:
        assert self._list is not None
        kept, place = self._all_kept(), self._place_of(name)
        self.arrange(self._list, [*kept[:place], *kept[place + 1 :]], ())

    def arrange(self, pair: Pair, wanted: Sequence[Kept | Added], order: Sequence[str]) -> None:
        """Makes the list what is wanted; what stays in its order is changed where it stands."""
        sequence = pair[1]
        places = [one.place for one in wanted if isinstance(one, Kept)]
        if not isinstance(sequence, SequenceNode) or not sequence.value:
            self._fill(pair, [one.fields for one in wanted if isinstance(one, Added)])
        elif sequence.flow_style:
            self._arrange_in_brackets(sequence, wanted, order)
        elif places == sorted(places):
            self._arrange_in_place(sequence, wanted, order)
        else:
            self._arrange_anew(sequence, wanted, order)

    def _place_of(self, name: str) -> int:
        for place, entry in enumerate(self.entries):
            pair = _pair(entry, "name")
            if pair and isinstance(pair[1], ScalarNode) and str(pair[1].value).strip() == name:
                return place
        raise NotEditable

    def _all_kept(self) -> list[Kept]:
        return [Kept(place=place, changes={}) for place in range(len(self.entries))]

    def _fill(self, pair: Pair, entries: Sequence[Fields]) -> None:
        """Writes a list where there was none, or an empty one."""
        start, end = self._places.value(pair)
        column = pair[0].start_mark.column + 2
        colon, line_end = self._places.colon(pair[0]), self._places.line_end(end)
        self._splices.append(Splice(start=min(start, colon), end=end, text=""))
        gap = "" if self._text[:line_end].endswith("\n") else "\n"
        self._put(line_end, gap + "".join(item(fields, column) for fields in entries))

    def _arrange_in_place(self, sequence: SequenceNode, wanted: Sequence[Kept | Added], order: Sequence[str]) -> None:
        chunks, column, apart = self._shape(sequence)
        kept = {one.place for one in wanted if isinstance(one, Kept)}
        place, last = chunks[0][0], chunks[-1][1]
        for one in wanted:
            if isinstance(one, Kept):
                self.change(sequence.value[one.place], one.changes, order)
                place = chunks[one.place][1]
                continue
            text = item(one.fields, column)
            if place != last:
                text += apart
            else:
                text = ("" if self._text[:last].endswith("\n") else "\n") + apart + text
            self._put(place, text)
        gone = [chunk for number, chunk in enumerate(chunks) if number not in kept]
        self._splices += [Splice(start=start, end=end, text="") for start, end in gone]

    def _arrange_anew(self, sequence: SequenceNode, wanted: Sequence[Kept | Added], order: Sequence[str]) -> None:
        chunks, column, apart = self._shape(sequence)
        parts = []
        for one in wanted:
            if isinstance(one, Added):
                parts.append(item(one.fields, column))
            else:
                start, end = chunks[one.place]
                splices = self._changed(sequence.value[one.place], one.changes, order)
                parts.append(spliced(self._text[start:end], splices, start).rstrip() + "\n")
        text = apart.join(parts).replace("\r\n", "\n")
        self._splices.append(Splice(start=chunks[0][0], end=chunks[-1][1], text=text))

    def _shape(self, sequence: SequenceNode) -> tuple[list[tuple[int, int]], int, str]:
        """Its items' lines, the column of the dashes, and the empty line between items, if there is one."""
        chunks, dash = self._places.chunks(sequence), self._places.dash(sequence.value[0])
        first = self._text[slice(*chunks[0])].replace("\r", "")
        apart = "\n" if len(chunks) > 1 and first.endswith("\n\n") else ""
        return chunks, dash - self._places.line_start(dash), apart

    def _arrange_in_brackets(
        self, sequence: SequenceNode, wanted: Sequence[Kept | Added], order: Sequence[str]
    ) -> None:
        parts = []
        for one in wanted:
            if isinstance(one, Added):
                parts.append(flow_item(one.fields))
            else:
                node = sequence.value[one.place]
                start, end = node.start_mark.index, node.end_mark.index
                parts.append(spliced(self._text[start:end], self._changed(node, one.changes, order), start))
        start, end = sequence.start_mark.index, sequence.end_mark.index
        self._splices.append(Splice(start=start, end=end, text=f"[{', '.join(parts)}]"))

    def _changed(self, entry: Node, changes: Fields, order: Sequence[str]) -> list[Splice]:
        if not isinstance(entry, MappingNode) or not entry.value:
            raise NotEditable
        found: list[Splice] = []
        for key, value in changes.items():
            pair = _pair(entry, key)
            if pair is None and value is not None:
                found.append(self._added(entry, key, value, order))
            elif pair is not None:
                change: Callable[[MappingNode, Pair], Splice] = self._removed
                found.append(change(entry, pair) if value is None else self._replaced(entry, pair, value))
        return found

    def _replaced(self, entry: MappingNode, pair: Pair, value: Json) -> Splice:
        start, end = self._places.value(pair)
        colon, style = self._places.colon(pair[0]), getattr(pair[1], "style", None)
        style = style if style in ("'", '"') else None
        if entry.flow_style:
            return Splice(start=start, end=end, text=(" " if start == colon else "") + flow(value, style))
        text, end = self._before_comment(block(value, entry.start_mark.column, style), end)
        if start == colon or "\n" in self._text[colon:start] or text.startswith("\n"):
            return Splice(start=colon, end=end, text=text)
        return Splice(start=start, end=end, text=text[1:])

    def _before_comment(self, text: str, end: int) -> tuple[str, int]:
        """A comment behind the old value comes behind the first of several lines: behind the last it would be text."""
        line_end = self._places.line_end(end)
        comment = self._text[end:line_end].rstrip()
        first, newline, rest = text.partition("\n")
        return (f"{first}{comment}\n{rest}", end + len(comment)) if newline and comment else (text, end)

    def _added(self, entry: MappingNode, key: str, value: Json, order: Sequence[str]) -> Splice:
        before = [pair for pair in entry.value if pair[0].value in order[: order.index(key)]] if key in order else []
        pair = before[-1] if before else entry.value[-1]
        end = self._places.value(pair)[1]
        if entry.flow_style:
            return Splice(start=end, end=end, text=f", {flow(key)}: {flow(value)}")
        column = entry.start_mark.column
        place = self._places.line_end(end)
        line = f"{' ' * column}{flow(key)}:{block(value, column)}"
        if self._text[:place].endswith("\n"):
            return Splice(start=place, end=place, text=f"{line}\n")
        return Splice(start=place, end=place, text=f"\n{line}")

    def _removed(self, entry: MappingNode, pair: Pair) -> Splice:
        place = entry.value.index(pair)
        start, end = pair[0].start_mark.index, self._places.value(pair)[1]
        if place == 0:
            following = entry.value[1][0].start_mark.index if len(entry.value) > 1 else None
            if following is None:
                raise NotEditable
            return Splice(start=start, end=following, text="")
        if entry.flow_style:
            return Splice(start=self._places.value(entry.value[place - 1])[1], end=end, text="")
        return Splice(start=self._places.line_start(start), end=self._places.line_end(end), text="")

    def _put(self, place: int, text: str) -> None:
        self._splices.append(Splice(start=place, end=place, text=text))


def _pair(mapping: Node, key: str) -> Pair | None:
    """The mapping's own pair of that key."""
    if not isinstance(mapping, MappingNode):
        return None
    return next((pair for pair in mapping.value if isinstance(pair[0], ScalarNode) and pair[0].value == key), None)
