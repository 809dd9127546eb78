"""What clients give, judged before anything is done with it: texts that can be kept and sent, numbers that JSON has.

    arguments of a field ─▶ Unfit, or the resolver
                            └─▶ InvalidInput of a mutation, an error of everything else

Here and not at each field, so that none is forgotten. How long a text may be stands in one table, by the name of the
argument or field; what is right beyond that is judged where it is understood (see `runner.definitions`).
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from resolvers.bad_request import BadRequest
from runner import lengths
from schema.results import InvalidInput

_ID = 500
# In characters, by name; a text of another name may be as long as words that people add.
LONGEST: Mapping[str, int] = {
    **dict.fromkeys(("title", "text", "idempotencyKey", "githubIssue", "reference"), lengths.NAME),
    **dict.fromkeys(("name", "agent", "engineAgent", "model", "template", "key"), lengths.NAME),
    **dict.fromkeys(("id", "pipelineId", "stepId", "approvalId", "attentionId", "cause", "after", "before"), _ID),
    **dict.fromkeys(("directory", "path", "branch"), lengths.PATH),
    **dict.fromkeys(("prompt", "markdown"), lengths.PROMPT),
    "instructions": lengths.INSTRUCTIONS,
}
MOST = lengths.STEPS
VALUES = 20_000
NAMES = 2_500
DEEPEST = 200
_LONGEST_NAME = 1_000
_DIGITS = 1_000
_BITS = 3_322


class NoNumber(str):
    """A number as it was written that no JSON has, or that nobody could mean: NaN, 1e999, one of 6,000 digits."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True)
class Unfit:
    """What is wrong, as a sentence, and where: the names and places on the way to it."""

    message: str
    path: tuple[str, ...]


def whole_number(digits: str) -> "int | NoNumber":
    return int(digits) if len(digits) <= _DIGITS else NoNumber(digits)


def number(digits: str) -> "float | NoNumber":
    return value if math.isfinite(value := float(digits)) else NoNumber(digits)


def is_sayable(text: str) -> bool:
    """Whether it can be kept and sent: half a surrogate pair no UTF-8 can say, and a NUL ends texts in a database."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def unfit(given: Mapping[str, Any]) -> Unfit | None:
    """The first thing that will not do among arguments as GraphQL has read them, if any."""
    return next(_faults(given, (), None), None)


def unfit_variables(variables: Mapping[str, Any]) -> Unfit | None:
    """The same of variables before GraphQL reads them: what would take long, or what its own errors could not say."""
    left = VALUES
    waiting: list[tuple[Any, tuple[str, ...]]] = [(variables, ())]
    while waiting:
        value, path = waiting.pop()
        if not isinstance(value, dict | list):
            continue
        left -= len(value)
        if left < 0:
            return Unfit(message=f"the variables hold more than {VALUES:,} values.", path=path[:1])
        if len(path) > DEEPEST:
            return Unfit(message=f"it is nested more than {DEEPEST} levels deep.", path=path[:4])
        if isinstance(value, dict) and (problem := _unfit_names(value)):
            return Unfit(message=problem, path=path)
        named = value.items() if isinstance(value, dict) else enumerate(value)
        waiting.extend((inside, (*path, str(name))) for name, inside in named)
    return None


def _unfit_names(names: Mapping[str, Any]) -> str | None:
    # For each name that it does not know GraphQL looks for those that may be meant, and repeats the whole of them.
    if len(names) > NAMES:
        return f"it has {len(names):,} names; {NAMES:,} are the most."
    if max(map(len, names), default=0) > _LONGEST_NAME:
        return f"a name in it has more than {_LONGEST_NAME:,} characters."
    return None if all(map(is_sayable, names)) else "a name in it is no text that can be kept."


def guard(schema: GraphQLSchema) -> None:
    """Has the arguments of every field looked at before its resolver gets them, and the words of enums before that."""
    for named in schema.type_map.values():
        if isinstance(named, GraphQLEnumType):
            vars(named)["coerce_input_value"] = _short(named.coerce_input_value)
        if isinstance(named, GraphQLObjectType):
            for field in named.fields.values():
                if field.args:
                    _guard(field, changes=named is schema.mutation_type)


def _guard(field: GraphQLField, *, changes: bool) -> None:
    refuse = _refused if changes and _may_be_invalid(field) else _raised
    for way in ("resolve", "subscribe"):
        if (resolver := getattr(field, way)) is not None:
            setattr(field, way, _guarded(resolver, refuse))


def _short(coerce: Callable[..., Any]) -> Callable[..., Any]:
    def coerced(value: Any, *rest: Any, **named: Any) -> Any:
        # GraphQL would look for the nearest of its words, and repeat the text.
        if isinstance(value, str) and len(value) > lengths.NAME:
            raise GraphQLError(f"A word of {len(value):,} characters is none of them.")
        return coerce(value, *rest, **named)

    return coerced


def _guarded(resolver: Callable[..., Any], refuse: Callable[[Unfit], Any]) -> Callable[..., Any]:
    def guarded(source: Any, info: Any, **given: Any) -> Any:
        problem = unfit(given)
        return resolver(source, info, **given) if problem is None else refuse(problem)

    return guarded


def _may_be_invalid(field: GraphQLField) -> bool:
    named: GraphQLNamedType = get_named_type(field.type)
    return any(member.name == InvalidInput.__name__ for member in getattr(named, "types", ()))


def _refused(problem: Unfit) -> InvalidInput:
    # Clients know the fields of an input, not that they stand in an argument called input.
    path = problem.path[1:] if problem.path[:1] == ("input",) else problem.path
    return InvalidInput(message=problem.message, field=list(path))


def _raised(problem: Unfit) -> Any:
    raise bad_request(problem)


def bad_request(problem: Unfit) -> BadRequest:
    place = f"`{'.'.join(problem.path)}`: " if problem.path else ""
    return BadRequest(f"{place}{problem.message}")


def as_error(problem: Unfit) -> GraphQLError:
    error = bad_request(problem)
    return GraphQLError(str(error), original_error=error)


def _faults(value: Any, path: tuple[str, ...], longest: int | None) -> Iterator[Unfit]:
    """`longest` is None for all arguments together, and inside of JSON, which has names and limits of its own."""
    match value:
        case NoNumber():
            yield Unfit(message=f"{_shortened(value)} is no number that can be kept.", path=path)
        case str():
            yield from _faults_of_text(value, path, longest)
        case float() if not math.isfinite(value):
            yield Unfit(message="That is no number that can be kept.", path=path)
        case int() if value.bit_length() > _BITS:
            yield Unfit(message=f"A number of more than {_DIGITS:,} digits cannot be kept.", path=path)
        case list():
            if longest is not None and len(value) > MOST:
                yield Unfit(message=f"It has {len(value):,} entries; {MOST} are the most.", path=path)
            for place, each in enumerate(value):
                yield from _faults(each, (*path, str(place)), longest)
        case dict():
            inside_json = longest is None and bool(path)
            for name, each in value.items():
                yield from _faults_of_text(name, path, None)
                free = inside_json or name == "handoffSchema"
                yield from _faults(each, (*path, name), None if free else LONGEST.get(name, lengths.WORDS))


def _faults_of_text(text: str, path: tuple[str, ...], longest: int | None) -> Iterator[Unfit]:
    if longest is not None and len(text) > longest:
        yield Unfit(message=f"It has {len(text):,} characters; {longest:,} are the most.", path=path)
    elif not is_sayable(text):
        yield Unfit(message="It holds a character that cannot be kept: NUL, or half a surrogate pair.", path=path)


def _shortened(written: str) -> str:
    return written if len(written) <= 12 else f"{written[:12]}…"
