"""What was true when an attempt failed, taken from what was observed of it."""

import asyncio
from typing import Protocol, TypeVar

from adapters.opencode.observations import Observations, ToolSeen
from runner.agents import Activity
from runner.failures import AgentError, Evidence, Json, Usage
from runner.traces import Traces

Asked_contra = TypeVar("Asked_contra", contravariant=True)

_READ_WITHIN = 10.0
_CHANGING: dict[str, str] = {"edit": "edited", "write": "wrote", "patch": "patched", "apply_patch": "patched"}
_SHELLS = ("bash", "shell")
_HAVE_HAPPENED = ("running", "completed")


def evidence_of(
    seen: Observations, *, text: str | None = None, model: str | None = None, stopped_at: Observations | None = None
) -> Evidence:
    """`text` is the last that the agent said, where the answer itself holds it; `stopped_at` is what was seen before we
    stopped it, which makes errors of calls that were at work.
    """
    last = (stopped_at or seen).last_tool
    begun = [tool for told in (stopped_at, seen) if told for tool in told.tools.values() if _has_begun(tool, told)]
    return Evidence(
        session_id=seen.session_id,
        model=seen.model or model,
        last_text=text or seen.text or None,
        last_tool=last.call if last else None,
        todos=seen.todos,
        engine_retries=seen.retries,
        side_effects=tuple(dict.fromkeys(filter(None, map(_side_effect, begun)))),
    )


class _Reader(Protocol[Asked_contra]):
    @property
    def seen(self) -> Observations: ...

    async def read_totals(self, client: Asked_contra) -> None: ...


async def unread_totals(witness: _Reader[Asked_contra], client: Asked_contra) -> str | None:
    """Has it read what its sessions have used; why that could not be had, as a sentence. Never raises."""
    try:
        async with asyncio.timeout(_READ_WITHIN):
            await witness.read_totals(client)
    except (TimeoutError, AgentError):
        return "OpenCode could not be asked what the attempt has used and done in the end"
    return None


def partly_known(usage: Usage) -> Usage:
    """Of an attempt whose sessions could not be read to the end: 0 says nothing then."""
    return Usage(
        input_tokens=usage.input_tokens or None, output_tokens=usage.output_tokens or None, cost=usage.cost or None
    )


class Nobody:
    """An onlooker where nobody looks."""

    def activity(self, activity: Activity) -> None: ...


async def traces_of(witness: _Reader[Asked_contra], client: Asked_contra) -> Traces:
    """What the witness has seen, and what its sessions have used."""
    unread = await unread_totals(witness, client)
    seen = witness.seen
    usage = partly_known(seen.usage) if unread else seen.usage
    return Traces(session_id=seen.session_id, evidence=evidence_of(seen), usage=usage, trouble=unread)


def _has_begun(tool: ToolSeen, seen: Observations) -> bool:
    return tool.call_id not in seen.held_up


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
