"""The token that requests must show: made at the first start, kept readable by its owner alone, used again."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import urlsplit

from web.settings import BadSetting, Settings, data_folder, is_loopback

# By which header, and in the payload of connection_init by which name, a client says what it is: page, cli.
CHANNEL = "stepwire-channel"
# Why the server hangs up on whoever was let in before.
GONE = "Forbidden: the token was revoked or has expired"


def with_access_token(settings: Settings) -> Settings:
    """The same with the token that requests must show: the fixed one, or the kept one, made if there is none yet.

    Raises:
        BadSetting: the token cannot be kept in the data folder.
    """
    if settings.auth == "off" or settings.token is not None:
        return settings
    try:
        token = kept_token() or _make_token()
    except OSError as error:
        message = f"token: none can be kept in {data_folder()} ({error.strerror}); give one with --token."
        raise BadSetting(message) from error
    return settings.model_copy(update={"token": token})


def address_of(settings: Settings, url: str | None) -> tuple[str, str | None]:
    """Where the server is and the token to show there: what it kept on this machine serves on this machine alone."""
    if url is None:
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
        url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port or 8400}"
    here = is_loopback(urlsplit(url).hostname or "")
    return url, settings.token or (kept_token() if here else None)


def kept_token() -> str | None:
    """The token that an earlier start kept on this machine, readable by its owner alone from now on."""
    path = data_folder() / "token"
    try:
        token = path.read_text().strip()
    except FileNotFoundError:
        return None
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return token or None


def _make_token() -> str:
    """Of several first starts at once, one makes the token and the others take it."""
    folder = data_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "token"
    if path.exists() and not path.read_text().strip():
        path.unlink()
    descriptor, draft = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(token_urlsafe(32) + "\n")
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        Path(draft).unlink()
    return path.read_text().strip()
