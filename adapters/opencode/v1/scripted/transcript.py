"""The writing side of a scripted session: its messages, parts and status, each change with the event that tells it."""

from pydantic import JsonValue

from adapters.opencode.v1.scripted.sessions import Properties, Publish, Session, milliseconds, new_id

_TOKENS: Properties = {"input": 90, "output": 15, "reasoning": 5, "cache": {"read": 0, "write": 0}}
_NO_TOKENS: Properties = {"input": 0, "output": 0, "reasoning": 0, "cache": {"read": 0, "write": 0}}
_COST = 0.00013


class Transcript:
    """Writes one run into its session."""

    def __init__(self, publish: Publish, session: Session, agent: str, model: str) -> None:
        self._publish = publish
        self._session = session
        self._agent = agent
        self._provider, _, self._model = model.partition("/")
        self.message: Properties = {}
        self.parts: list[Properties] = []

    def tell_prompt(self, prompt: str) -> None:
        info: Properties = {"id": new_id("msg"), "sessionID": self._session.id, "role": "user"}
        part: Properties = {"id": new_id("prt"), "messageID": info["id"], "type": "text", "text": prompt}
        self._session.messages.append({"info": info, "parts": [part]})
        self.publish("message.updated", {"info": info})
        self.publish("message.part.updated", {"part": {**part, "sessionID": self._session.id}})

    def begin_message(self) -> None:
        self.parts = []
        self.message = {
            "id": new_id("msg"),
            "sessionID": self._session.id,
            "role": "assistant",
            "agent": self._agent,
            "providerID": self._provider,
            "modelID": self._model,
            "cost": 0,
            "tokens": _NO_TOKENS,
            "time": {"created": milliseconds()},
        }
        # The same lists are filled as the run goes on.
        self._session.messages.append({"info": self.message, "parts": self.parts})  # type: ignore[dict-item]
        self.publish("message.updated", {"info": dict(self.message)})

    def next_message(self, finish: str) -> None:
        self.finish_message(finish)
        self.begin_message()

    def finish_message(self, finish: str | None) -> None:
        if finish is not None:
            self.message["finish"] = finish
            self.message.update(cost=_COST, tokens=_TOKENS)
            self._session.cost += _COST
            self._session.tokens = _sum(self._session.tokens, _TOKENS)
        self.message["time"] = {"created": milliseconds(), "completed": milliseconds()}
        self.publish("message.updated", {"info": dict(self.message)})

    def new_part(self, kind: str, **fields: JsonValue) -> Properties:
        own: Properties = {"sessionID": self._session.id, "messageID": self.message["id"]}
        part: Properties = {"id": new_id("prt"), "type": kind, **own, **fields}
        self.parts.append(part)
        self.publish("message.part.updated", {"part": dict(part)})
        return part

    def new_tool(self, tool: str, told: Properties, metadata: Properties | None = None) -> Properties:
        state: Properties = {"status": "running", "input": told, "metadata": metadata or {}}
        return self.new_part("tool", tool=tool, callID=new_id("call"), state=state)

    def end_tool(self, part: Properties, *, output: str = "", error: str | None = None) -> None:
        state = part["state"]
        assert isinstance(state, dict)
        outcome: Properties = (
            {"status": "error", "error": error} if error else {"status": "completed", "output": output}
        )
        part["state"] = {**state, **outcome}
        self.publish("message.part.updated", {"part": dict(part)})

    def set_status(self, status: Properties) -> None:
        self._session.status = status
        self.publish("session.status", {"status": status})

    def publish(self, event: str, properties: Properties) -> None:
        self._publish(event, {"sessionID": self._session.id, **properties}, self._session.directory)


def _sum(before: Properties, more: Properties) -> Properties:
    names = ("input", "output", "reasoning")
    return {name: float(str(before.get(name, 0))) + float(str(more.get(name, 0))) for name in names}
