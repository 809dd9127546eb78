"""Whether a person's approval binds the agents, and in words why not: said where it cannot be enforced, not implied."""

from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from runner.principals import Approvals


class EngineUser(Enum):
    """As whom the agents' engine runs, and so what an agent with a shell can read and write."""

    NOBODY = "NOBODY"
    SAME = "SAME"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, kw_only=True)
class Binding:
    """`binds` None: that cannot be told from here. `message` says what stands in the way, or what it rests on."""

    approvals: Approvals
    binds: bool | None
    message: str


def binding(*, token_demanded: bool, approvals: Approvals, engine: EngineUser) -> Binding:
    binds, message = _found(token_demanded, approvals is Approvals.SEPARATE, engine)
    return Binding(approvals=approvals, binds=binds, message=message)


def _found(token_demanded: bool, named_only: bool, engine: EngineUser) -> tuple[bool | None, str]:
    if engine is EngineUser.NOBODY:
        return True, "Approvals bind: agents only play scripts, and run nothing."
    if not token_demanded:
        return False, _NO_TOKEN
    match engine:
        case EngineUser.OTHER:
            return True, "Approvals bind: OpenCode runs as another user than stepwire."
        case EngineUser.SAME:
            return False, _WRITES if named_only else _READS
        case EngineUser.UNKNOWN:
            return None, _MAY_WRITE if named_only else _MAY_READ
        case _:
            assert_never(engine)


_NO_TOKEN = "Approvals do not bind agents: no token is demanded, so whatever runs on this machine can approve."
_READS = (
    "Approvals do not bind agents: OpenCode runs as the same user as stepwire, so an agent with a shell can read the "
    "token and approve its own work. Run it as another user, and see --approvals."
)
_WRITES = (
    "Approvals bind no agent that is bent on it: only named tokens decide, but OpenCode runs as the same user as "
    "stepwire, so an agent with a shell can change its database. Run it as another user."
)
_MAY_READ = (
    "Whether approvals bind agents cannot be told from here: it depends on whether OpenCode's user can read stepwire's "
    "token. --approvals separate lets only named tokens decide."
)
_MAY_WRITE = (
    "Only named tokens decide. Whether OpenCode's user can change stepwire's database all the same cannot be told from "
    "here."
)
