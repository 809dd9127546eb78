"""Tool calls, as events tell of them.

The bus may be late: what it says of a call that is over, says the log, changes nothing.
"""

from collections.abc import Mapping
from dataclasses import replace

from adapters.opencode.observations import Moment, ToolSeen, ends
from adapters.opencode.v2 import wire
from adapters.opencode.v2.run import Change, Data, Run, answering, with_child
from runner.failures import ToolCall

_KEPT_TOOLS = 500
_OVER = ("completed", "error")


def _on_tool_announced(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    return _tool(answering(run, session_id), session_id, data, "pending")


def _on_tool_called(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    return _tool(run, session_id, data, "running")


def _on_tool_succeeded(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    run = _tool(run, session_id, data, "completed")
    told = wire.ToolEvent.model_validate(data)
    if told.child is None or told.metadata.get("status") != "running":
        return run
    return replace(run, working=run.working | {told.child})


def _on_tool_failed(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    return _tool(run, session_id, data, "error")


def _tool(run: Run, session_id: str, data: Data, status: str) -> Run:
    """The call as it is now; what this event does not tell of it stays as it was."""
    told = wire.ToolEvent.model_validate(data)
    earlier = run.seen.tools.get(told.call_id)
    if earlier and earlier.call.status in _OVER and status not in _OVER:
        return run
    before = earlier.call if earlier else ToolCall(tool="", status=status)
    call = replace(
        before,
        tool=told.name or before.tool,
        status=status,
        input=before.input if told.input is None else told.input,
        error=ends(_error_in(told)) if status == "error" else None,
        output=ends(told.output) or before.output,
    )
    child = told.child or (earlier.child if earlier else None)
    tool = ToolSeen(session_id=session_id, call_id=told.call_id, call=call, child=child)
    kept = dict(list(run.seen.tools.items())[-_KEPT_TOOLS:])
    run = replace(run, seen=replace(run.seen, tools={**kept, told.call_id: tool}))
    return with_child(run, child) if child else run


def _error_in(told: wire.ToolEvent) -> str:
    """What the tool said; where it was refused with words of a person, those are in its result only."""
    said = told.error.message if told.error else ""
    return said or (told.result.value if told.result else "") or (told.error.type if told.error else "")


CHANGES: Mapping[str, Change] = {
    "session.tool.input.started": _on_tool_announced,
    "session.tool.called": _on_tool_called,
    "session.tool.progress": _on_tool_called,
    "session.tool.success": _on_tool_succeeded,
    "session.tool.failed": _on_tool_failed,
}
