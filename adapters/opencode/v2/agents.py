"""OpenCode 2 as whoever does the work: the port `Agents` without what is asked of the address itself."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from adapters.opencode.evidence import Nobody, traces_of
from adapters.opencode.v2.asks import answers_of
from adapters.opencode.v2.attempt import AttemptRun, Engine
from adapters.opencode.v2.interrupt import family_of, stop_sessions
from adapters.opencode.v2.preflight import known_in
from adapters.opencode.v2.run import nothing_known
from adapters.opencode.v2.shower import Shower
from adapters.opencode.v2.witness import Witness
from runner.agents import Answer, Observer, PermissionReply, Work
from runner.definitions import Known
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure, Json, failure
from runner.model import Actor
from runner.traces import Traces


class _Request(Protocol):
    @property
    def id(self) -> str: ...


Request = TypeVar("Request", bound=_Request)


class OpenCode2Agents:
    """Gives work to the agents of one OpenCode 2 server."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._client = engine.client

    @property
    def is_connected(self) -> bool:
        """Whether the event bus stands."""
        return self._engine.watch.is_connected

    async def run(self, work: Work, observer: Observer) -> Answer:
        return await AttemptRun(self._engine, work, observer).run()

    async def stop(self, session_id: str, directory: str | None) -> bool | None:
        try:
            client = self._client.hurried()
            family = await family_of(client, session_id)
            return await stop_sessions(client, family, within=self._engine.stop_within)
        except TimeoutError as error:
            why = f"OpenCode still worked on it {self._engine.stop_within:g}s after the interrupt"
            raise AgentError(_not_stopped(session_id, why)) from error
        except AgentError as error:
            if error.failure.status_code == 404:
                return False
            raise AgentError(_not_stopped(session_id, error.failure.message)) from error

    async def traces(self, session_id: str, directory: str | None) -> Traces:
        client, now = self._client.hurried(), self._engine.now
        # Streams are read without a limit: a server that is mute is met before.
        await client.session(session_id)
        run = nothing_known(session_id, "", now(), directory)
        witness = Witness(run, Shower(Nobody()), now, self._engine.refusals)
        await witness.read_log(client, session_id)
        await witness.catch_up(client)
        return await traces_of(witness, client)

    async def reload(self, directory: str | None) -> None:
        """OpenCode 2 watches its files itself: only what it has said of them before is forgotten."""
        self._client.forget()

    async def known(self, directory: str | None) -> Known:
        return await known_in(self._client, directory)

    async def answer_permission(
        self,
        request_id: str,
        directory: str | None,
        reply: PermissionReply,
        message: str | None,
        by: Actor | None = None,
    ) -> None:
        asked = _the(request_id, await self._client.all_permissions(directory))
        # With a message the agent goes on, and whatever ends it later was not this.
        if reply == "reject" and not message:
            self._engine.refusals.note(request_id, by)
        await self._client.reply_permission(asked.session_id, request_id, reply, message)

    async def answer_question(
        self, request_id: str, directory: str | None, answers: Sequence[str], values: Mapping[str, Json] | None = None
    ) -> str | None:
        form = _the(request_id, await self._client.all_forms(directory))
        told = answers_of(form, list(answers)) if values is None else dict(values)
        return await self._client.reply_form(form.session_id, request_id, told)

    async def dismiss_question(self, request_id: str, directory: str | None, by: Actor | None = None) -> None:
        form = _the(request_id, await self._client.all_forms(directory))
        self._engine.refusals.note(request_id, by)
        await self._client.dismiss_form(form.session_id, request_id)


def _the(request_id: str, listed: Iterable[Request]) -> Request:
    """The one that is asked about. Raises AgentError when it is not asked any more."""
    found = next((request for request in listed if request.id == request_id), None)
    if found is None:
        message = f"OpenCode does not ask {request_id} any more: it was answered elsewhere, or the session has ended"
        raise AgentError(failure(FailureKind.ENGINE_ERROR, message, status_code=404))
    return found


def _not_stopped(session_id: str, why: str) -> Failure:
    return failure(FailureKind.ENGINE_ERROR, f"The earlier session {session_id} could not be stopped: {why}")
