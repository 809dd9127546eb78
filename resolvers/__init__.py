"""The verbs of the API: queries, mutations and subscriptions over the runner's ports."""

from resolvers.api import build_schema
from resolvers.bad_request import BadRequest
from resolvers.complexity import document_rules
from resolvers.context import Context
from resolvers.given import as_error, is_sayable, number, unfit_variables, whole_number
from resolvers.mask import BAD_USER_INPUT, PARSE_FAILED, VALIDATION_FAILED, coded, mask, mask_for_strangers

__all__ = [
    "BAD_USER_INPUT",
    "PARSE_FAILED",
    "VALIDATION_FAILED",
    "BadRequest",
    "Context",
    "as_error",
    "build_schema",
    "coded",
    "document_rules",
    "is_sayable",
    "mask",
    "mask_for_strangers",
    "number",
    "unfit_variables",
    "whole_number",
]
