"""Who acts, and what they may: principals, their roles and rights, and what each command needs. Rights stand only here.

viewer ⊂ operator ⊂ approver ⊂ admin

The roles are nested: whoever may decide what an agent does may start it, too. Rights are what is asked about, because
one principal has a role without all that belongs to it: the server's own token, where approvals are separate.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from hashlib import sha256
from secrets import token_urlsafe

from runner.model import Actor, Channel, StepKind
from runner.outcomes import Forbidden, InvalidInput

LONGEST_NAME = 64
_NAME = re.compile(rf"[^\W_][\w .@+-]{{0,{LONGEST_NAME - 1}}}")
# Tells people, and whoever looks for secrets in texts, what it is.
SECRET_PREFIX = "stw_"


class Role(Enum):
    VIEWER = "VIEWER"
    OPERATOR = "OPERATOR"
    APPROVER = "APPROVER"
    ADMIN = "ADMIN"


class Right(Enum):
    READ = "READ"
    OPERATE = "OPERATE"
    DECIDE = "DECIDE"
    ADMINISTER = "ADMINISTER"


class Approvals(Enum):
    """Whose approvals count: anybody's who has the role, or only those of tokens that are kept nowhere in the clear."""

    ANY = "any"
    SEPARATE = "separate"


# Each role has its own right and those of the roles before it.
RIGHTS: Mapping[Role, frozenset[Right]] = {role: frozenset(list(Right)[: place + 1]) for place, role in enumerate(Role)}
NEEDS: Mapping[str, Right] = {
    "start_pipeline": Right.OPERATE,
    "retry_step": Right.OPERATE,
    "supply_handoff": Right.OPERATE,
    "skip_step": Right.OPERATE,
    "cancel_pipeline": Right.OPERATE,
    "approve": Right.DECIDE,
    "reject": Right.DECIDE,
    "answer_permission": Right.DECIDE,
    "answer_question": Right.OPERATE,
    "dismiss_question": Right.OPERATE,
    "acknowledge_failure_group": Right.OPERATE,
    "resolve_failure_group": Right.OPERATE,
    "save_agent": Right.ADMINISTER,
    "delete_agent": Right.ADMINISTER,
    "save_template": Right.ADMINISTER,
    "delete_template": Right.ADMINISTER,
    "trust_directory": Right.OPERATE,
    "revoke_trust": Right.OPERATE,
    "start_engine": Right.OPERATE,
    "prune": Right.ADMINISTER,
    "create_token": Right.ADMINISTER,
    "revoke_token": Right.ADMINISTER,
}
# To go on without an approval that was not given is to give it.
_IN_PLACE_OF_A_STEP = frozenset({"skip_step", "supply_handoff"})


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Whoever shows a token; `digest` is that of a named one, None for the server's own."""

    name: str
    role: Role
    rights: frozenset[Right]
    digest: str | None = None
    channel: Channel = Channel.API

    @property
    def actor(self) -> Actor:
        return Actor(name=self.name, channel=self.channel)

    def by(self, channel: Channel) -> "Principal":
        """The same, acting by that way."""
        return replace(self, channel=channel)


@dataclass(frozen=True, kw_only=True)
class Token:
    """A named token as it is kept: without its secret, which nobody can find again from the digest."""

    name: str
    role: Role
    digest: str
    created_by: Actor
    created_at: datetime
    expires_at: datetime | None = None

    def holds_at(self, at: datetime) -> bool:
        return self.expires_at is None or at < self.expires_at

    @property
    def principal(self) -> Principal:
        return Principal(name=self.name, role=self.role, rights=RIGHTS[self.role], digest=self.digest)


@dataclass(frozen=True, kw_only=True)
class TokenRequest:
    """What a new token shall be; None for `expires_at`: it holds until it is revoked."""

    name: str
    role: Role
    expires_at: datetime | None = None


def owner(name: str, approvals: Approvals) -> Principal:
    """Whoever shows the token that the server keeps in a file or was given in the clear, or needs none.

    The agents' engine may be able to read that token, so where approvals are separate it decides nothing.
    """
    without = {Right.DECIDE} if approvals is Approvals.SEPARATE else set()
    return Principal(name=name, role=Role.ADMIN, rights=RIGHTS[Role.ADMIN] - without)


def new_secret() -> str:
    """256 random bits, to be shown once."""
    return SECRET_PREFIX + token_urlsafe(32)


def digest_of(secret: str) -> str:
    # Plain SHA-256, and none of the slow functions for passwords: nobody guesses 256 random bits, however fast each
    # guess is, and this one is made for every request. Without salt it can be looked up.
    return sha256(secret.encode()).hexdigest()


def refusal(principal: Principal, command: str, kind: StepKind | None = None) -> Forbidden | None:
    """Why the principal may not have this done, to a step of that kind; None: it may."""
    on_approval = kind is StepKind.APPROVAL and command in _IN_PLACE_OF_A_STEP
    return _lacking(principal, Right.DECIDE if on_approval else NEEDS[command])


def refusal_of_role(principal: Principal, role: Role) -> Forbidden | None:
    """Nobody gives away what they do not have themselves: that would be a way around every other rule."""
    missing = [right for right in Right if right in RIGHTS[role] - principal.rights]
    return _lacking(principal, missing[0]) if missing else None


def problem_of(request: TokenRequest, at: datetime, own_name: str) -> InvalidInput | None:
    """What is wrong with a new token. The server's own name is taken: the audit trail could not tell them apart."""
    if not _NAME.fullmatch(request.name):
        message = f"A name has 1 to {LONGEST_NAME} letters, digits, spaces or .@+-_; a letter or digit first."
        return InvalidInput(message=message, field=("name",))
    if request.name == own_name:
        message = f"{own_name} is the name of stepwire's own token: choose another."
        return InvalidInput(message=message, field=("name",))
    if request.expires_at is not None and request.expires_at <= at:
        return InvalidInput(message="It would have expired already: give a moment to come.", field=("expiresAt",))
    return None


def _lacking(principal: Principal, right: Right) -> Forbidden | None:
    if right in principal.rights:
        return None
    if right in RIGHTS[principal.role]:
        return Forbidden(
            message=(
                "This needs a named token: agents may be able to read stepwire's own, so it decides nothing here "
                "(approvals are separate). Have one made with: stepwire token add NAME --role approver."
            )
        )
    needed = next(role for role in Role if right in RIGHTS[role])
    message = f"This needs the role {needed.value.lower()}; {principal.name} is {principal.role.value.lower()}."
    return Forbidden(message=message)
