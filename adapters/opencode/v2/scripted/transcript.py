"""The writing side of a run: its steps, texts and tools, each as the events that the real server would send."""

import json

from adapters.opencode.v2.scripted.errors import ABORTED_STEP, ABORTED_TOOL
from adapters.opencode.v2.scripted.identifiers import milliseconds, new_id
from adapters.opencode.v2.scripted.log import Json, Properties
from adapters.opencode.v2.scripted.sessions import Session
from adapters.opencode.v2.scripted.stage import Stage

COST = 0.00013
TOKENS: Properties = {"input": 90, "output": 15, "reasoning": 5, "cache": {"read": 10, "write": 0}}


class Transcript:
    """Writes one run into its session. A step begins with what is first said in it, as it does there."""

    def __init__(self, stage: Stage, session: Session, agent: str, model: str) -> None:
        self._stage = stage
        self._session = session
        self._agent = agent
        self.model = model
        self.spent: Properties = {"cost": COST, "tokens": TOKENS}
        self.message_id: str | None = None
        self.waits_to_retry = False
        self._items = 0
        self._partial: tuple[str, str] | None = None
        self._running_tool: str | None = None
        self._called_tool = False

    def open_step(self) -> str:
        """The id of the message that is being written."""
        if self.message_id is not None and not self.waits_to_retry:
            return self.message_id
        if self.message_id is None:
            self.message_id, self._items, self._called_tool = new_id("msg"), 0, False
        self.waits_to_retry = False
        provider, _, name = self.model.partition("/")
        model: Properties = {"id": name, "providerID": provider, "variant": "default"}
        self.step("started", {"agent": self._agent, "model": model, "started": milliseconds()})
        return self.message_id

    def end_step(self, finish: str) -> None:
        self.open_step()
        self.step("streamed", {})
        self.step("ended", {"finish": finish, **self.spent})
        self._step_is_over()

    def fail_step(self, error: Properties, **more: Json) -> None:
        self.open_step()
        self.step("failed", {"error": error, **more})
        self._step_is_over()

    def abort(self) -> None:
        """Ends what is open. In a wait before another try nothing is, and the message keeps why it waited."""
        if self.waits_to_retry:
            return
        if self._partial is not None:
            self.end_text()
        if self._running_tool is not None:
            self.fail_tool(self._running_tool, ABORTED_TOOL)
        self.fail_step(ABORTED_STEP, **(self.spent if self._called_tool else {}))

    def schedule_retry(self, attempt: int, at: int, error: Properties) -> None:
        self.open_step()
        self.record("session.retry.scheduled", {"attempt": attempt, "at": at, "error": error})
        self.waits_to_retry = True

    def begin_text(self, kind: str) -> None:
        """`text` or `reasoning`."""
        self.open_step()
        self.record(f"session.{kind}.started", {"ordinal": self._items})
        self._partial = (kind, "")

    def add_text(self, delta: str) -> None:
        assert self._partial is not None
        kind, said = self._partial
        self._partial = (kind, said + delta)
        self.tell(f"session.{kind}.delta", {"ordinal": self._items, "delta": delta})

    def end_text(self) -> None:
        assert self._partial is not None
        kind, said = self._partial
        self.record(f"session.{kind}.ended", {"ordinal": self._items, "text": said})
        self._partial = None
        self._items += 1

    def name_tool(self, tool: str, text: str) -> str:
        """The model has written a call: its id."""
        self.open_step()
        call_id = new_id("call")
        self.record("session.tool.input.started", {"id": call_id, "name": tool})
        self.tell("session.tool.input.delta", {"id": call_id, "delta": text})
        self.record("session.tool.input.ended", {"id": call_id, "text": text})
        return call_id

    def call_tool(self, tool: str, told: Properties) -> str:
        call_id = self.name_tool(tool, json.dumps(told))
        self.record("session.tool.called", {"id": call_id, "input": told, "executed": False})
        self._running_tool, self._called_tool = call_id, True
        return call_id

    def end_tool(self, call_id: str, output: str, metadata: Properties | None = None) -> None:
        content: Json = [{"type": "text", "text": output}] if output else []
        fields: Properties = {"id": call_id, "content": content, "executed": False}
        self.record("session.tool.success", fields if metadata is None else {**fields, "metadata": metadata})
        self._running_tool = None

    def fail_tool(self, call_id: str, error: Properties) -> None:
        self.record("session.tool.failed", {"id": call_id, "error": error, "executed": False})
        self._running_tool = None

    def step(self, what: str, fields: Properties) -> None:
        self.record(f"session.step.{what}", fields)

    def record(self, kind: str, fields: Properties) -> None:
        self._stage.record(self._session, kind, self._placed(fields))

    def tell(self, kind: str, fields: Properties) -> None:
        self._stage.tell(self._session, kind, self._placed(fields))

    def _placed(self, fields: Properties) -> Properties:
        return {"sessionID": self._session.id, "assistantMessageID": self.message_id, **fields}

    def _step_is_over(self) -> None:
        self.message_id = None
        self._stage.tell_usage(self._session)
