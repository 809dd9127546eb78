"""Text as an agent says it, for whoever looks, without the secrets in it.

A secret may come in pieces. Text is therefore let through line by line, and a long line without its last words; a
private key is held back until its end, and so is a name whose password may stand in the next line, and a line from its
`echo` on.
"""

import re

from runner.redaction import Redactor

_HELD_WORDS = 5
_LONGEST_LINE = 4000
_KEY_BEGINS, _KEY_ENDS = "-----BEGIN", re.compile(r"-----END[A-Z0-9 ]{0,60}-----")
# As a .netrc has it, which gives each word a line if one likes.
_GOES_ON = re.compile(r"(?:machine[ \t]+\S+|default|(?:machine[ \t]+\S+[ \t]+)?(?:login|account)[ \t]+\S+)")
# What it says may go into a login, which stands only after it.
_PIPED = re.compile(r"\becho[ \t]")


class LiveText:
    """Turns deltas of one text part after the other into redacted deltas."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._line = ""
        self._shown = 0

    def add(self, delta: str) -> str:
        """What may be shown now."""
        self._line += delta
        whole, newline, rest = self._line.rpartition("\n")
        if len(self._line) < 10 * _LONGEST_LINE and self._is_unfinished(whole):
            return ""
        if newline:
            shown = self._redactor(whole + newline)[self._shown :]
            self._line, self._shown = rest, 0
            return shown + self._beginning()
        return self._beginning()

    def _is_unfinished(self, whole: str) -> bool:
        """Whether a secret may go on in the lines to come."""
        if _KEY_BEGINS in self._line and not _KEY_ENDS.search(self._line):
            return True
        return _GOES_ON.fullmatch(whole.rpartition("\n")[2].strip()) is not None

    def end(self) -> str:
        """The part is over: what was held back."""
        shown = self._redactor(self._line)[self._shown :]
        self._line, self._shown = "", 0
        return shown

    def _beginning(self) -> str:
        """The new words of an unfinished line, except its last ones: they may be the beginning of a secret."""
        if len(self._line) > _LONGEST_LINE:
            return self._begun_anew()
        words = self._redactor(self._line).rsplit(" ", _HELD_WORDS)
        ready = words[0] + " " if len(words) > _HELD_WORDS else ""
        if piped := _PIPED.search(ready):
            ready = ready[: piped.start()]
        shown = ready[self._shown :]
        self._shown = max(self._shown, len(ready))
        return shown

    def _begun_anew(self) -> str:
        """A line without an end is cut, so that it is not redacted again and again; one without blanks is held back."""
        words = self._line[-_LONGEST_LINE:].rsplit(" ", _HELD_WORDS)
        if len(words) <= _HELD_WORDS:
            return ""
        held = len(self._line) - sum(len(word) + 1 for word in words[1:]) + 1
        shown = self._redactor(self._line[:held])[self._shown :]
        self._line, self._shown = self._line[held:], 0
        return shown
