"""Named tokens, as people have them made, listed and revoked: from the API and from the terminal."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from runner.model import Actor
from runner.outcomes import Forbidden, InvalidInput, NotFound, StorageUnavailable
from runner.ports import Clock, TokenStore
from runner.principals import Principal, Token, TokenRequest, digest_of, new_secret, problem_of, refusal_of_role
from runner.unavailable import or_unavailable


@dataclass(frozen=True, kw_only=True)
class NewToken:
    """The one moment at which the secret is known: it is to be shown, and kept nowhere."""

    token: Token
    secret: str


CreateOutcome: TypeAlias = NewToken | InvalidInput | Forbidden | StorageUnavailable


class Tokens:
    """`own_name` is that of the server's own token; `changed` is told when another set of tokens is in force."""

    def __init__(
        self, *, store: TokenStore, clock: Clock, own_name: str, changed: Callable[[], Awaitable[None]]
    ) -> None:
        self._store = store
        self._clock = clock
        self._own_name = own_name
        self._changed = changed

    @or_unavailable
    async def create(self, request: TokenRequest, by: Principal) -> CreateOutcome:
        """Whether `by` may make tokens at all is asked before."""
        at = self._clock.now()
        problem = problem_of(request, at, self._own_name) or refusal_of_role(by, request.role)
        if problem:
            return problem
        secret = new_secret()
        token = Token(
            name=request.name,
            role=request.role,
            digest=digest_of(secret),
            created_by=by.actor,
            created_at=at,
            expires_at=request.expires_at,
        )
        if not await self._store.add(token):
            message = f"There is a token {request.name} already: revoke it first, or choose another name."
            return InvalidInput(message=message, field=("name",))
        await self._changed()
        return NewToken(token=token, secret=secret)

    @or_unavailable
    async def revoke(self, name: str, actor: Actor) -> str | NotFound:
        """Its name, when it is gone: whoever shows it is let in no more, and what they hold open is closed."""
        if not await self._store.revoke(name, actor, self._clock.now()):
            return NotFound(message=f"There is no token {name}.", id=name)
        await self._changed()
        return name

    async def listed(self) -> Sequence[Token]:
        return await self._store.all()
