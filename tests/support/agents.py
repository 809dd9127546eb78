"""Agents for tests of the server: each attempt does at once what its prompt says."""

from runner.agents import Answer, Observer, Work
from runner.definitions import Known
from runner.engine_health import EngineHealth
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, failure
from runner.traces import Traces


class PromptedAgents:
    """A prompt that begins with "fail" fails in its own words; one with "crash" breaks; every other succeeds."""

    async def run(self, work: Work, observer: Observer) -> Answer:
        if work.prompt.startswith("fail"):
            raise AgentError(failure(FailureKind.PROVIDER_AUTH, f"No: {work.prompt}"))
        if work.prompt.startswith("crash"):
            raise RuntimeError("an agent broke")
        return Answer(markdown=f"Did: {work.prompt}")

    async def stop(self, session_id: str, directory: str | None) -> None: ...

    async def traces(self, session_id: str, directory: str | None) -> Traces:
        return Traces(session_id=session_id)

    async def reload(self, directory: str | None) -> str | None:
        return None

    async def known(self, directory: str | None) -> Known:
        return Known(agents={"build": ""}, models=frozenset({"acme/large"}))

    async def health(self) -> EngineHealth:
        return EngineHealth(reachable=True, url="test")

    async def start(self) -> EngineHealth:
        return await self.health()

    async def answer_permission(self, *_: object) -> None: ...

    async def answer_question(self, *_: object) -> None: ...

    async def dismiss_question(self, *_: object) -> None: ...
