"""Where a user's own files are, as XDG has it: by its variables, else below the home directory."""

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class UserFolders:
    """The folders that `environment` names, each None where neither a variable nor a home is known."""

    environment: Mapping[str, str]

    @property
    def config(self) -> Path | None:
        return self._folder("XDG_CONFIG_HOME", ".config")

    @property
    def data(self) -> Path | None:
        return self._folder("XDG_DATA_HOME", ".local/share")

    @property
    def state(self) -> Path | None:
        return self._folder("XDG_STATE_HOME", ".local/state")

    def _folder(self, variable: str, below_home: str) -> Path | None:
        named = self.environment.get(variable, "")
        if named.startswith("/"):
            return Path(named)
        home = self._home()
        return home and home / below_home

    def _home(self) -> Path | None:
        """`Path.home` would make an empty HOME the working folder, and raises where a container's user has none."""
        named = self.environment.get("HOME", "")
        if named.startswith("/"):
            return Path(named)
        try:
            return Path(pwd.getpwuid(os.getuid()).pw_dir)
        except KeyError:
            return None
