"""What a command answers where nothing can be stored: a fault of the disk is no bug of ours."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from runner.journal import StorageError
from runner.outcomes import StorageUnavailable

Asked = ParamSpec("Asked")
Outcome = TypeVar("Outcome")


def or_unavailable(
    command: Callable[Asked, Awaitable[Outcome]],
) -> Callable[Asked, Coroutine[Any, Any, Outcome | StorageUnavailable]]:
    """The command, which says so in the database's words instead of raising StorageError."""

    @wraps(command)
    async def asked(*args: Asked.args, **kwargs: Asked.kwargs) -> Outcome | StorageUnavailable:
        try:
            return await command(*args, **kwargs)
        except StorageError as error:
            return StorageUnavailable(message=f"stepwire cannot store anything now: {error}.")

    return asked
