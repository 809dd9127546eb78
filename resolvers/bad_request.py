"""Errors that are meant for whoever wrote the request; every other exception is masked (see `mask`)."""

from collections.abc import Iterator
from contextlib import contextmanager

from runner.journal import CursorLost
from runner.reads import BadPageKey
from schema.scalars import CursorMalformed


class BadRequest(Exception):
    """The request cannot be answered as it stands; the text says what is wrong with it and what to do."""


@contextmanager
def clear_errors() -> Iterator[None]:
    """Says in the words of the API what is wrong with a place that the client named."""
    try:
        yield
    except CursorMalformed as error:
        raise BadRequest(
            "That is not a cursor of this API; send one that it gave before, unchanged, or leave it out."
        ) from error
    except CursorLost as error:
        raise BadRequest(
            f"That cursor is of no use here any more ({error.reason}); leave it out and start from one end of the log."
        ) from error
    except BadPageKey as error:
        raise BadRequest(
            "`after` is none of this list's cursors; send pageInfo.endCursor of the page before, or leave it out."
        ) from error
