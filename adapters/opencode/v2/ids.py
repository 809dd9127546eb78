"""Ids of our own, in the form that OpenCode gives them: it sorts messages by theirs, sessions newest first."""

import secrets
from datetime import datetime

_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LARGEST = (1 << 48) - 1


def new_session_id(at: datetime) -> str:
    return f"ses_{_LARGEST - _place(at):012x}{_chance()}"


def new_message_id(at: datetime) -> str:
    return f"msg_{_place(at):012x}{_chance()}"


def _place(at: datetime) -> int:
    """Milliseconds, and a count within each that OpenCode begins at 1."""
    return (int(at.timestamp() * 1000) * 0x1000 + 1) & _LARGEST


def _chance() -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(14))
