"""As which user OpenCode runs, as far as it can be told from here, and so whether approvals bind agents."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from runner.binding import Binding, EngineUser, binding
from runner.principals import Approvals
from web.settings import Settings, is_loopback

_SOCKETS = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTENING = "0A"


def binding_of(settings: Settings) -> Binding:
    """Blocks for some milliseconds."""
    return binding(
        token_demanded=settings.auth != "off",
        approvals=Approvals(settings.approvals),
        engine=engine_user(settings.opencode_url),
    )


def engine_user(url: str, sockets: tuple[Path, ...] = _SOCKETS) -> EngineUser:
    """Whoever holds the port, by the kernel's own list."""
    if url.startswith("scripted"):
        return EngineUser.NOBODY
    if url == "spawn":
        return EngineUser.SAME
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if not is_loopback(parts.hostname or ""):
        return EngineUser.UNKNOWN
    try:
        holders = {uid for file in sockets if file.exists() for uid in _holders(file, port)}
    except (OSError, ValueError, IndexError):
        return EngineUser.UNKNOWN
    if os.geteuid() in holders:
        return EngineUser.SAME
    # Root may hold it for somebody else: a port that leads into a container.
    return EngineUser.OTHER if holders and 0 not in holders else EngineUser.UNKNOWN


def _holders(file: Path, port: int) -> Iterator[int]:
    for line in file.read_text().splitlines()[1:]:
        _, local, _, state, _, _, _, uid, *_ = line.split()
        if state == _LISTENING and int(local.rpartition(":")[2], 16) == port:
            yield int(uid)
