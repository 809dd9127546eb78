"""What several types share: how to find a thing again, how lists are paged, who did it, what it used."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Self, TypeVar

import strawberry

from runner import failures as reasons
from runner import model as domain
from runner.reads import Page

T = TypeVar("T")

# In the metadata of a field: an object of the same version may show another value in it.
OF_THE_MOMENT = "of the moment"


class Versioned(ABC):
    """An object that shows the same as any other one of its type and version, so what was shown may be shown again.

    Not in fields of the moment, nor in those that ask their `info` for anything.
    """

    @property
    @abstractmethod
    def version(self) -> Hashable: ...


@strawberry.interface(description="What can be found again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque, and the same for ever.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether the list goes on behind this page.")
    has_previous_page: bool = strawberry.field(description="Whether the list has something before this page.")
    start_cursor: str | None = strawberry.field(
        description="The place of the page's first item; null when the page is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="The place of the page's last item, for `after` of the next page; null when the page is empty."
    )

    @classmethod
    def of(cls, keys: Sequence[str], has_next: bool, has_previous: bool) -> Self:
        return cls(
            has_next_page=has_next,
            has_previous_page=has_previous,
            start_cursor=keys[0] if keys else None,
            end_cursor=keys[-1] if keys else None,
        )

    @classmethod
    def of_page(cls, page: Page[T]) -> Self:
        return cls.of(page.keys, page.has_next, page.has_previous)


def total(page: Page[T]) -> int:
    """How many there are on all pages. Raises LookupError where whoever read did not have them counted."""
    if page.total is None:
        raise LookupError("the page was read without counting, and is asked how many there are")
    return page.total


@strawberry.type(description="The person or token that caused something.")
class Actor:
    name: str = strawberry.field(
        description="How people know them: the name of the token; of the server's own, whoever runs the server."
    )

    @classmethod
    def of(cls, actor: domain.Actor) -> Self:
        return cls(name=actor.name)

    @classmethod
    def of_known(cls, actor: domain.Actor | None) -> Self | None:
        return cls.of(actor) if actor else None


@strawberry.type(description="Tokens, and what they cost; each figure once as a number, and once as what was told.")
class Usage:
    """The promised figures cannot be null, so those that can stand beside them."""

    input_tokens: int = strawberry.field(description="Tokens that the model read; 0 also when nobody has told.")
    output_tokens: int = strawberry.field(description="Tokens that the model wrote; 0 also when nobody has told.")
    cost: float = strawberry.field(
        description="US dollars, as the provider's price list gives them; 0 also when nobody has told."
    )
    known_input_tokens: int | None = strawberry.field(
        description="Tokens that the model read; null when nobody has told."
    )
    known_output_tokens: int | None = strawberry.field(
        description="Tokens that the model wrote; null when nobody has told."
    )
    known_cost: float | None = strawberry.field(
        description="US dollars, as the provider's price list gives them; null when nobody has told."
    )

    @classmethod
    def of(cls, usage: reasons.Usage) -> Self:
        return cls(
            input_tokens=usage.input_tokens or 0,
            output_tokens=usage.output_tokens or 0,
            cost=usage.cost or 0.0,
            known_input_tokens=usage.input_tokens,
            known_output_tokens=usage.output_tokens,
            known_cost=usage.cost,
        )
