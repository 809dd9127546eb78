"""The files that settings may stand in, and how far each is believed.

    --settings FILE, or STEPWIRE_SETTINGS     all of it, and no other file is read
    stepwire.toml of the user's config folder all of it
    stepwire.toml of the working folder       what cannot harm: where definitions are, and limits

The working folder may be a clone of anybody's repository. Its file must not say where passwords and tokens are sent,
who is answered, or what is kept where; a key that it may not name ends the start. To leave such a key out and go on was
rejected: one that narrows something (directory-root) would be lost without whoever wrote it noticing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tomllib import TOMLDecodeError, loads

FILE = "stepwire.toml"
# All that a file of the working folder may set.
HARMLESS = frozenset(
    {
        "config",
        "step_timeout",
        "stall_timeout",
        "ask_timeout",
        "max_turns",
        "max_attempts",
        "max_pipelines",
        "retry_delay",
    }
)


class BadFile(Exception):
    """A file of settings will not do; the text names it and says what is wrong and what to do, a line for each."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """A value in a file; `file` is how its writer calls the file."""

    value: object
    file: str


@dataclass(frozen=True, kw_only=True)
class SettingsFiles:
    """Where to look: at `chosen` alone when there is one, else at the user's and at the working folder's.

    `names` are all settings that there are; what is none is left to whoever checks them.
    """

    chosen: Path | None
    user: Path | None
    folder: Path
    names: frozenset[str]

    def written(self) -> Mapping[str, Written]:
        """What they say, by the names of settings; the nearer file wins.

        Raises:
            BadFile: one cannot be read, is no TOML, or names what it may not.
        """
        if self.chosen is not None:
            return _keys(self.chosen, str(self.chosen))
        user = _keys(self.user, str(self.user)) if self.user and _is_there(self.user) else {}
        return {**user, **(self._beside or {})}

    def announcement(self) -> str | None:
        """That the working folder has a say; None where it has none."""
        if self.chosen is not None or self._beside is None:
            return None
        names = ", ".join(name.replace("_", "-") for name in self._beside)
        return f"{self.folder / FILE} counts here, as it lies in the working folder: {names or 'it sets nothing'}."

    @cached_property
    def _beside(self) -> Mapping[str, Written] | None:
        """What the working folder's file says; None where there is none, or it is the user's own."""
        file = self.folder / FILE
        if not _is_there(file) or (self.user and _is_there(self.user) and file.samefile(self.user)):
            return None
        keys = _keys(file, FILE)
        if refused := [name for name in keys if name in self.names - HARMLESS]:
            raise BadFile("\n".join(map(self._refusal, refused)))
        return keys

    def _refusal(self, name: str) -> str:
        elsewhere = f"write it into {self.user}" if self.user else "give it as an option or a variable"
        return (
            f"{self.folder / FILE}: {name.replace('_', '-')} may not be set in the working folder, where others may "
            f"have written it: {elsewhere}; or name this file with --settings, if all of it is yours."
        )


def _is_there(file: Path) -> bool:
    """One that cannot be looked at counts as there: reading it says why."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise BadFile(f"{file} cannot be read: {error.strerror}.") from error
    return True


def _keys(file: Path, name: str) -> Mapping[str, Written]:
    """Keys may be written as options are: step-timeout is step_timeout."""
    try:
        found = loads(file.read_text(encoding="utf-8"))
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"{name} is not valid TOML: {error}.") from error
    except OSError as error:
        raise BadFile(f"{name} cannot be read: {error.strerror}.") from error
    return {key.replace("-", "_"): Written(value=value, file=name) for key, value in found.items()}
