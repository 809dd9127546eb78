"""How the audit trail is printed."""

from enum import Enum


class Format(Enum):
    """What comes out of `stepwire events`."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
