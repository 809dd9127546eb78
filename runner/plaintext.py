"""Foreign text made fit to be looked at: it cannot move the cursor, and neither hide words nor turn them around."""

import re

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|[ -/]*[0-~]?)")
# Control bytes, marks that turn the direction, invisible marks, tags, and halves of characters.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    r"\U000e0000-\U000e007f]"
)
_BREAKS = re.compile("\r\n?|\x85|[\u2028\u2029]")


def safe(text: str) -> str:
    """The text with nothing in it but what is seen; its lines stay."""
    return _UNSEEN.sub("", _ESCAPES.sub("", _BREAKS.sub("\n", text))).expandtabs(4)


def one_line(text: str, limit: int | None = None) -> str:
    """The same on one line, cut after `limit` characters."""
    line = " ".join(safe(text).split())
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
