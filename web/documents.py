"""Documents, parsed and judged once: those that may be run are kept, as many as fit; a refused one costs its sender.

What a document's projection remembers is kept with it; all that are kept share one budget.
"""

from collections import OrderedDict

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    ValuesOfCorrectTypeRule,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import ASTValidationRule

from resolvers import BAD_USER_INPUT, PARSE_FAILED, VALIDATION_FAILED, coded
from resolvers.complexity import TOKENS
from resolvers.projection import projection
from resolvers.remembered import Budget
from web.results import Mask, Refused

_LONGEST = 100_000
_KEPT = 256
# In characters of their text; parsed, they take about a hundred times as much.
_KEPT_SIZE = 500_000
_SHOWN_ERRORS = 20


class WrongValues(ValuesOfCorrectTypeRule):
    """GraphQL's own rule; a value that does not fit its argument is a mistake of input, whoever wrote the document."""

    def report_error(self, error: GraphQLError) -> None:
        if isinstance(error.original_error, ValueError):
            # Python reads no number of thousands of digits, and GraphQL takes that for an error of ours.
            error = GraphQLError("That number has too many digits.", error.nodes)
        super().report_error(coded(error, BAD_USER_INPUT))


class Documents:
    """Those of one schema, under its own rules and these, which are looked at first."""

    def __init__(self, schema: GraphQLSchema, *, rules: tuple[type[ASTValidationRule], ...], mask: Mask) -> None:
        own = (WrongValues if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules)
        self._rules = (*rules, *own)
        self._schema = schema
        self._mask = mask
        self._kept: OrderedDict[str, DocumentNode] = OrderedDict()
        self._size = 0
        self._budget = Budget()

    def __call__(self, query: str) -> DocumentNode:
        """The document that is to be run. Raises Refused, with every error as it is shown."""
        if (known := self._kept.get(query)) is not None:
            self._kept.move_to_end(query)
            return known
        if len(query) > _LONGEST:
            raise _refused(f"The document has {len(query):,} characters; {_LONGEST:,} are the most.")
        document = self._judged(query)
        self._keep(query, document)
        return document

    @property
    def size(self) -> int:
        """Of what is kept, in characters."""
        return self._size

    @property
    def remembered(self) -> int:
        """What their projections hold, in bytes as they are estimated."""
        return self._budget.size

    def _judged(self, query: str) -> DocumentNode:
        try:
            document = parse(query, max_tokens=TOKENS)
            errors = validate(self._schema, document, self._rules, max_errors=_SHOWN_ERRORS)
        except GraphQLError as error:
            raise Refused([self._mask(coded(error, PARSE_FAILED))]) from None
        except RecursionError:
            raise _refused("The document is nested too deeply.") from None
        if errors:
            raise Refused([self._mask(coded(error, VALIDATION_FAILED)) for error in errors])
        projection(document, self._budget)
        return document

    def _keep(self, query: str, document: DocumentNode) -> None:
        self._kept[query] = document
        self._size += len(query)
        while len(self._kept) > _KEPT or self._size > _KEPT_SIZE:
            oldest, _ = self._kept.popitem(last=False)
            self._size -= len(oldest)


def _refused(message: str) -> Refused:
    return Refused([GraphQLError(message, extensions={"code": VALIDATION_FAILED})])
