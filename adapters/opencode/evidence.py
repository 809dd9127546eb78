"""What was true when an attempt failed, taken from what was observed of it."""

from adapters.opencode.observations import Observations, ToolSeen
from runner.failures import Evidence, Json

_CHANGING: dict[str, str] = {"edit": "edited", "write": "wrote", "patch": "patched", "apply_patch": "patched"}
_SHELLS = ("bash", "shell")
_HAVE_HAPPENED = ("running", "completed")


def evidence_of(seen: Observations, *, text: str | None = None, model: str | None = None) -> Evidence:
    """`text` is the last that the agent said, where the answer itself holds it."""
    last = seen.last_tool
    begun = (tool for tool in seen.tools.values() if tool.call_id not in seen.held_up)
    return Evidence(
        session_id=seen.session_id,
        model=seen.model or model,
        last_text=text or seen.text or None,
        last_tool=last.call if last else None,
        todos=seen.todos,
        engine_retries=seen.retries,
        side_effects=tuple(dict.fromkeys(filter(None, map(_side_effect, begun)))),
    )


def _side_effect(tool: ToolSeen) -> str | None:
    """What the call changed, or may have: a command may have done its work whatever its status says."""
    name, told = tool.call.tool, tool.call.input
    if name in _SHELLS and tool.call.status != "pending":
        command = _field(told, "command")
        return f"ran: {command}" if command else None
    if name in _CHANGING and tool.call.status in _HAVE_HAPPENED:
        path = _field(told, "filePath") or _field(told, "path")
        return f"{_CHANGING[name]} {path}" if path else _CHANGING[name] + " files"
    return None


def _field(told: Json, name: str) -> str | None:
    value = told.get(name) if isinstance(told, dict) else None
    return value if isinstance(value, str) else None
