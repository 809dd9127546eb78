"""What the API answered, for programs: one object on a line, with `type` for what GraphQL calls __typename."""

import json
from typing import Any

from web.terminal.api_documents import Item


def print_json(item: Item) -> None:
    """One object on one line, as the API gives it; `type` is what GraphQL calls __typename."""
    print(as_line(item), flush=True)


def as_line(item: Item) -> str:
    return json.dumps(_typed(item), ensure_ascii=False)


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        return {("type" if key == "__typename" else key): _typed(item) for key, item in value.items()}
    return [_typed(item) for item in value] if isinstance(value, list) else value
