"""What of an error is shown: ours, the database's and GraphQL's own as they are, all else as a reference to the log."""

import re
import secrets

import structlog
from graphql import GraphQLError
from strawberry.extensions import MaskErrors

from resolvers.bad_request import BadRequest
from runner.journal import StorageError

BAD_USER_INPUT = "BAD_USER_INPUT"
PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"

_LONGEST = 2_000
_SUGGESTION = re.compile(r" Did you mean [^?]{0,1000}\?$")

_log = structlog.get_logger("stepwire.api")


def mask(error: GraphQLError) -> GraphQLError:
    """The error as whoever asked may see it.

    One of the client's has a code that says so. An internal one becomes a reference, under which the log has it with
    its traceback. Masking twice changes nothing.
    """
    reason = _reason(error)
    if reason is None or isinstance(reason, BadRequest):
        return coded(error, BAD_USER_INPUT)
    if isinstance(reason, StorageError):
        # No bug of ours, and logged where it was found.
        message, extensions = f"stepwire cannot read its database now: {reason}.", {"code": "STORAGE_UNAVAILABLE"}
        return GraphQLError(message, nodes=error.nodes, path=error.path, extensions=extensions)
    reference = secrets.token_hex(4)
    path = ".".join(map(str, error.path or ()))
    _log.error("internal_error", reference=reference, path=path, exc_info=reason)
    return GraphQLError(
        f"Internal error; reference {reference} in stepwire's log.",
        nodes=error.nodes,
        path=error.path,
        extensions={"reference": reference},
    )


def coded(error: GraphQLError, code: str) -> GraphQLError:
    """The error with that code, unless it has one; its words can be sent, whatever the client's are that it quotes."""
    if "code" not in (error.extensions or {}):
        error.extensions = {**(error.extensions or {}), "code": code}
    error.message = _cut(error.message).encode(errors="backslashreplace").decode()
    return error


def _cut(message: str) -> str:
    """GraphQL quotes values whole, however long they are."""
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"


def mask_for_strangers(error: GraphQLError) -> GraphQLError:
    """The same without GraphQL's suggestions: whoever shows no token is not helped to guess what there is."""
    shown = mask(error)
    shown.message = _SUGGESTION.sub("", shown.message)
    return shown


def _reason(error: GraphQLError) -> Exception | None:
    """The exception that was not GraphQL's; None when there is none."""
    reason: Exception | None = error
    while isinstance(reason, GraphQLError):
        reason = reason.original_error
    return reason


class Masked(MaskErrors):
    """Masks every result that Strawberry itself delivers, those of subscriptions included."""

    def __init__(self) -> None:
        super().__init__()

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        return mask(error)
