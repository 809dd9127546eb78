"""A text cut to what is kept of it: head and tail, and in between how much was left out."""

DETAIL_LIMIT = 16 * 1024


def capped(text: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8: head and tail kept, what is left out counted in between."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= limit:
        return text
    room = max(0, limit - len(_left_out(len(text)).encode()))
    head = encoded[: room * 3 // 4].decode(errors="ignore")
    tail = encoded[len(encoded) - (room - room * 3 // 4) :].decode(errors="ignore")
    return f"{head}{_left_out(len(text) - len(head) - len(tail))}{tail}"


def _left_out(count: int) -> str:
    return f"\n… {count} characters left out …\n"
