"""JSON as it is written to clients: by orjson, and by the standard library what orjson has no words for.

orjson knows integers of 64 bits, pairs of surrogates and some 250 levels. Answers of agents know more, and are shown as
they came: whatever it refuses is written in ASCII, which has a way to say all of it.
"""

import json
from typing import Any

import orjson


def written(value: Any) -> bytes:
    """The value as compact JSON in UTF-8.

    Raises:
        TypeError: it is none that JSON has.
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()
