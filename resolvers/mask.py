"""What of an error is shown: ours and GraphQL's own as they are, all else as a reference to the log."""

import re
import secrets

import structlog
from graphql import GraphQLError
from strawberry.extensions import MaskErrors

from resolvers.bad_request import BadRequest

_SUGGESTION = re.compile(r" Did you mean [^?]{0,1000}\?$")

_log = structlog.get_logger("stepwire.api")


def mask(error: GraphQLError) -> GraphQLError:
    """The error as whoever asked may see it.

    An internal one becomes a reference, under which the log has it with its traceback; masking twice changes nothing.
    """
    reason = _reason(error)
    if reason is None or isinstance(reason, BadRequest):
        return error
    reference = secrets.token_hex(4)
    path = ".".join(map(str, error.path or ()))
    _log.error("internal_error", reference=reference, path=path, exc_info=reason)
    return GraphQLError(
        f"Internal error; reference {reference} in stepwire's log.",
        nodes=error.nodes,
        path=error.path,
        extensions={"reference": reference},
    )


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
