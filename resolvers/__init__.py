"""The verbs of the API: queries, mutations and subscriptions over the runner's ports."""

from resolvers.api import build_schema
from resolvers.bad_request import BadRequest
from resolvers.complexity import document_rules
from resolvers.context import Context
from resolvers.mask import mask, mask_for_strangers

__all__ = ["BadRequest", "Context", "build_schema", "document_rules", "mask", "mask_for_strangers"]
