"""Who asks, which tokens there are, and how far this server can hold agents to what people decide."""

from datetime import datetime
from typing import Self

import strawberry

from runner import binding, principals, tokens
from schema.common import Actor
from schema.enums import Approvals, Right, Role


@strawberry.type(description="Whoever asks, as the token says.")
class Viewer:
    name: str = strawberry.field(
        description="The name of the token, and of the actor of all that is done with it; for the server's own token "
        "whoever runs the server."
    )
    role: Role = strawberry.field(description="The role of the token.")
    rights: list[Right] = strawberry.field(
        description="What may be done: all that belongs to the role, but DECIDE for the server's own token where "
        "approvals are separate."
    )

    @classmethod
    def of(cls, principal: principals.Principal) -> Self:
        rights = [right for right in Right if right in principal.rights]
        return cls(name=principal.name, role=principal.role, rights=rights)


@strawberry.type(description="A named token, without its secret.")
class Token:
    name: str = strawberry.field(description="How people know it; the actor of all that is done with it.")
    role: Role = strawberry.field(description="What may be done with it.")
    created_at: datetime = strawberry.field(description="When it was made.")
    created_by: Actor = strawberry.field(description="Who made it.")
    expires_at: datetime | None = strawberry.field(
        description="From then on it is refused; null: it holds until it is revoked."
    )

    @classmethod
    def of(cls, token: principals.Token) -> Self:
        return cls(
            name=token.name,
            role=token.role,
            created_at=token.created_at,
            created_by=Actor.of(token.created_by),
            expires_at=token.expires_at,
        )


@strawberry.type(description="A token that was made just now.")
class NewToken:
    secret: str = strawberry.field(
        description="What is to be shown from now on, as Bearer; told only here and only now, for it is kept nowhere."
    )
    token: Token = strawberry.field(description="The token as it is kept.")

    @classmethod
    def of(cls, made: tokens.NewToken) -> Self:
        return cls(secret=made.secret, token=Token.of(made.token))


@strawberry.type(description="What holds for this server, whoever asks.")
class Server:
    approvals: Approvals = strawberry.field(description="Whose approvals count.")
    approvals_bind: bool | None = strawberry.field(
        description="Whether an approval holds agents to it, or they could give it to themselves; null: that cannot be "
        "told from here."
    )
    message: str = strawberry.field(description="Why approvals bind, or what stands in the way; one or two sentences.")

    @classmethod
    def of(cls, found: binding.Binding) -> Self:
        return cls(approvals=found.approvals, approvals_bind=found.binds, message=found.message)
