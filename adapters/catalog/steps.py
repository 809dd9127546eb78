"""A template's steps by the keys of the file, whether they come from it or from a person; times in seconds."""

from collections.abc import Mapping, Sequence

from adapters.catalog.edits import Added, Fields, Kept
from runner.failures import Json
from runner.model import StepKind, StepPlan

_HOURS = ("remind_after_hours", "expires_after_hours")


def fields_of(plan: StepPlan) -> dict[str, Json]:
    """What does not belong to its kind is left out."""
    shared: dict[str, Json] = {"description": (plan.description or "").strip() or None}
    if plan.kind is StepKind.APPROVAL:
        return {
            "type": "approval",
            **shared,
            "remind_after_hours": plan.remind_after_seconds,
            "expires_after_hours": plan.expires_after_seconds,
        }
    return {
        "agent": plan.agent,
        **shared,
        "model": plan.model,
        "timeout_seconds": plan.timeout_seconds,
        "max_attempts": plan.max_attempts,
        "handoff_schema": plan.handoff_schema,
    }


def written(fields: Mapping[str, Json]) -> dict[str, Json]:
    """As the file has them: hours instead of seconds."""
    return {key: _hours(value) if key in _HOURS else value for key, value in fields.items()}


def present(fields: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in fields.items() if value is not None}


def differing(old: Mapping[str, Json], new: Mapping[str, Json]) -> dict[str, Json]:
    """What must be set, or with None removed, to come from one to the other."""
    return {key: new.get(key) for key in (*old, *new) if old.get(key) != new.get(key)}


def arranged(old: Sequence[Fields], new: Sequence[Fields]) -> list[Kept | Added]:
    """Which step of before each of the new ones is: the very same, else of the same place, else of the same agent."""
    free = dict(enumerate(old))
    found: dict[int, int] = {}
    for place, step in enumerate(new):
        if free.get(place) == step:
            found[place] = place
            del free[place]
    for rule in (_same, _same_place, _same_agent):
        for place, step in enumerate(new):
            before = next((one for one, fields in free.items() if rule(one, fields, place, step)), None)
            if place not in found and before is not None:
                found[place] = before
                del free[before]
    return [_arranged(found.get(place), old, step) for place, step in enumerate(new)]


def _arranged(before: int | None, old: Sequence[Fields], step: Fields) -> Kept | Added:
    if before is None:
        return Added(fields=present(written(step)))
    return Kept(place=before, changes=written(differing(old[before], step)))


def _same(_before: int, old: Fields, _place: int, step: Fields) -> bool:
    return old == step


def _same_place(before: int, old: Fields, place: int, step: Fields) -> bool:
    return before == place and old.get("type") == step.get("type")


def _same_agent(_before: int, old: Fields, _place: int, step: Fields) -> bool:
    return old.get("type") == step.get("type") and old.get("agent") == step.get("agent")


def _hours(seconds: Json) -> Json:
    """The shortest number of hours that is that many seconds."""
    if not isinstance(seconds, int):
        return seconds
    if seconds % 3600 == 0:
        return seconds // 3600
    return next(hours for digits in range(1, 12) if round((hours := round(seconds / 3600, digits)) * 3600) == seconds)
