"""Who is let in: the server's own token, kept in the clear, and the named ones, whose digests are in the database.

Another process may add and revoke tokens, so the table is looked at every second. Revoked is then revoked for all that
is open, too: whoever holds a connection open waits for `gone`.
"""

import asyncio
import hmac
from collections.abc import Mapping

import structlog

from adapters.database import DatabaseUnusable
from runner.model import Channel
from runner.ports import Clock, TokenStore
from runner.principals import Principal, Token, digest_of

_LOOK_SECONDS = 1.0
_CHANNELS = {channel.value.lower(): channel for channel in Channel}

_log = structlog.get_logger("stepwire.tokens")


class Gatekeeper:
    """Knows the tokens; `token` is the server's own, None where none is demanded, and `owner` whoever shows it."""

    def __init__(self, *, token: str | None, owner: Principal, tokens: TokenStore, clock: Clock) -> None:
        self._token = token
        self._owner = owner
        self._tokens = tokens
        self._clock = clock
        self._valid: Mapping[str, Token] = {}
        self._changed = asyncio.Event()

    async def admit(self, authorization: str | None, channel: str | None = None) -> Principal | None:
        """Whoever shows `authorization` ("Bearer …"), acting by `channel`; None: nobody is let in with that."""
        principal = await self._principal(authorization)
        return principal and principal.by(_CHANNELS.get((channel or "").strip().lower(), Channel.API))

    async def gone(self, principal: Principal) -> None:
        """Returns once the principal's token is revoked or has expired; never for the server's own."""
        while principal.digest is None or principal.digest in self._valid:
            await self._changed.wait()

    async def look(self) -> None:
        """Takes the tokens as they are now. Raises DatabaseUnusable."""
        at = self._clock.now()
        valid = {token.digest: token for token in await self._tokens.all() if token.holds_at(at)}
        if valid != self._valid:
            self._valid = valid
            self._changed.set()
            self._changed = asyncio.Event()

    async def watch(self) -> None:
        """Looks again and again; while the database cannot be read, those count who counted before."""
        while True:
            try:
                await self.look()
            except DatabaseUnusable as error:
                _log.warning("tokens_unknown", reason=str(error))
            await asyncio.sleep(_LOOK_SECONDS)

    async def _principal(self, authorization: str | None) -> Principal | None:
        if self._token is None:
            return self._owner
        scheme, _, given = (authorization or "").partition(" ")
        secret = given.strip()
        if scheme.lower() != "bearer" or not secret:
            return None
        # As bytes: of texts, compare_digest takes ASCII alone and raises for the rest.
        if hmac.compare_digest(secret.encode(), self._token.encode()):
            return self._owner
        return await self._named(digest_of(secret))

    async def _named(self, digest: str) -> Principal | None:
        # An unknown one may have been added a moment ago.
        if digest not in self._valid:
            try:
                await self.look()
            except DatabaseUnusable:
                return None
        token = self._valid.get(digest)
        return token.principal if token and token.holds_at(self._clock.now()) else None
