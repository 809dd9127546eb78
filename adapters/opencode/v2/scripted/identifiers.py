"""Ids in the manner of OpenCode 2: a prefix, the time, and enough chance that two servers never give the same."""

import secrets
import time
from itertools import count

_order = count()


def milliseconds() -> int:
    return round(time.time() * 1000)


def new_id(prefix: str) -> str:
    """Ids of one server sort by when they were given."""
    return f"{prefix}_{milliseconds():012x}{next(_order) % 0x1000:03x}{secrets.token_hex(6)}"
