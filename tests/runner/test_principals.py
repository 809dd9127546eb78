"""Roles are nested, nobody gives what they lack, and whether approvals bind is said as it is."""

from dataclasses import replace
from itertools import pairwise

import pytest

from runner.binding import EngineUser, binding
from runner.model import Actor, Channel, StepKind
from runner.principals import (
    NEEDS,
    RIGHTS,
    SECRET_PREFIX,
    Approvals,
    Principal,
    Right,
    Role,
    Token,
    digest_of,
    new_secret,
    owner,
    refusal,
    refusal_of_role,
)
from tests.support.builders import NOW, after

ROLES = list(Role)


def of(role: Role) -> Principal:
    return Principal(name="ana", role=role, rights=RIGHTS[role])


def test_each_role_may_one_thing_more_than_the_one_before() -> None:
    assert [len(RIGHTS[role]) for role in ROLES] == [1, 2, 3, 4]
    assert all(RIGHTS[less] < RIGHTS[more] for less, more in pairwise(ROLES))


@pytest.mark.parametrize("giver", Role, ids=lambda role: role.value)
@pytest.mark.parametrize("given", Role, ids=lambda role: role.value)
def test_nobody_gives_a_role_above_their_own(giver: Role, given: Role) -> None:
    assert (refusal_of_role(of(giver), given) is None) is (ROLES.index(given) <= ROLES.index(giver))


@pytest.mark.parametrize("given", [Role.APPROVER, Role.ADMIN])
def test_what_the_server_s_own_token_lacks_it_cannot_give(given: Role) -> None:
    assert refusal_of_role(owner("ana", Approvals.SEPARATE), given)
    assert refusal_of_role(owner("ana", Approvals.ANY), given) is None


def test_an_approval_is_skipped_by_those_who_may_decide_it() -> None:
    assert refusal(of(Role.OPERATOR), "skip_step", StepKind.AGENT) is None
    assert refusal(of(Role.OPERATOR), "skip_step", StepKind.APPROVAL)
    assert refusal(of(Role.OPERATOR), "retry_step", StepKind.APPROVAL) is None


def test_to_read_no_command_is_needed() -> None:
    assert Right.READ not in NEEDS.values()


def test_a_secret_is_made_of_chance_and_never_twice() -> None:
    secrets = {new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert all(secret.startswith(SECRET_PREFIX) and len(secret) == len(SECRET_PREFIX) + 43 for secret in secrets)
    assert len({digest_of(secret) for secret in secrets}) == 100


def test_a_token_holds_until_it_expires_and_acts_under_its_name() -> None:
    ci = Token(name="ci", role=Role.VIEWER, digest="1", created_by=Actor(name="ana"), created_at=NOW)
    short = replace(ci, expires_at=after(60))

    assert ci.holds_at(after(10**9))
    assert [short.holds_at(after(seconds)) for seconds in (59, 60)] == [True, False]
    actor = ci.principal.by(Channel.CLI).actor
    assert (actor.name, actor.channel) == ("ci", Channel.CLI)
    assert ci.principal.rights == {Right.READ}


BINDINGS: list[tuple[bool, Approvals, EngineUser, bool | None, str]] = [
    (True, Approvals.ANY, EngineUser.SAME, False, "can read the token"),
    (True, Approvals.SEPARATE, EngineUser.SAME, False, "can change its database"),
    (True, Approvals.ANY, EngineUser.UNKNOWN, None, "cannot be told from here"),
    (True, Approvals.SEPARATE, EngineUser.UNKNOWN, None, "cannot be told from here"),
    (True, Approvals.ANY, EngineUser.OTHER, True, "another user"),
    (False, Approvals.ANY, EngineUser.OTHER, False, "no token is demanded"),
    (False, Approvals.ANY, EngineUser.SAME, False, "no token is demanded"),
    (False, Approvals.ANY, EngineUser.NOBODY, True, "only play scripts"),
]


@pytest.mark.parametrize(("demanded", "approvals", "engine", "binds", "said"), BINDINGS)
def test_whether_approvals_bind_is_said_as_it_is(
    demanded: bool, approvals: Approvals, engine: EngineUser, binds: bool | None, said: str
) -> None:
    found = binding(token_demanded=demanded, approvals=approvals, engine=engine)

    assert (found.approvals, found.binds) == (approvals, binds)
    assert said in found.message
