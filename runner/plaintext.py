"""Foreign text made fit to be looked at: it cannot move the cursor, and what is unseen in it is shown by its number."""

import re

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|[ -/]*[0-~]?)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Marks that turn the direction, blanks without width, letters without ink, tags. Joiners and selectors are not among
# them: words of many languages and pictures of people need them, and they stand for nothing by themselves.
_UNSEEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    r"\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_BREAKS = re.compile("\r\n?|\x85|[\u2028\u2029]")


def safe(text: str) -> str:
    """The text with nothing in it but what is seen: marks that are not are shown as [U+202E]; its lines stay."""
    visible = _CONTROL.sub("", _ESCAPES.sub("", _BREAKS.sub("\n", text)))
    return _UNSEEN.sub(lambda mark: f"[U+{ord(mark[0]):04X}]", visible).expandtabs(4)


def one_line(text: str, limit: int | None = None) -> str:
    """The same on one line, cut after `limit` characters."""
    line = " ".join(safe(text).split())
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
