"""Failure groups inside a transaction: counted with every failure, told of later successes, closed by people."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.sqlite import insert

from adapters.database import tables
from adapters.database.prepared import Prepared
from adapters.database.rows import GROUP_DECISION, GROUPS
from adapters.database.values import text_of
from runner.failures import FINGERPRINT_VERSION
from runner.groups import FailureGroup, FailureGroupStatus, after_occurrence
from runner.model import FailureRecord, Pipeline, Step

_GROUP = Prepared(select(tables.failure_groups).where(tables.failure_groups.c.id == bindparam("group_id")))
_INSERT = insert(tables.failure_groups)
_UPSERT = Prepared(
    _INSERT.on_conflict_do_update(
        index_elements=["id"],
        set_={name: _INSERT.excluded[name] for name in ("count", "last_seen_at", "status")},
    ),
    tables.failure_groups.columns.keys(),
)
_PLACE = Prepared(
    insert(tables.failure_group_places).on_conflict_do_nothing(), tables.failure_group_places.columns.keys()
)
_SUCCESS = Prepared(
    update(tables.failure_groups)
    .where(
        tables.failure_groups.c.status != FailureGroupStatus.RESOLVED.value,
        tables.failure_groups.c.id.in_(
            select(tables.failure_group_places.c.group_id).where(
                tables.failure_group_places.c.template == bindparam("of_template"),
                tables.failure_group_places.c.step_position == bindparam("at_position"),
            )
        ),
    )
    .values(last_success_at=bindparam("at"))
)
_DECIDED = Prepared(
    update(tables.failure_groups).where(tables.failure_groups.c.id == bindparam("group_id")), GROUP_DECISION.names
)


def load_group(connection: Connection, group_id: str) -> FailureGroup | None:
    row = _GROUP.one(connection, {"group_id": group_id}).mappings().one_or_none()
    return GROUPS.value(row) if row else None


def count_failure(connection: Connection, pipeline: Pipeline, step: Step, record: FailureRecord) -> FailureGroup | None:
    """The group with one more failure in it, if that changed its status."""
    before = load_group(connection, record.group_id)
    group = after_occurrence(before, record)
    _UPSERT.run(connection, GROUPS.row(group, fingerprint_version=FINGERPRINT_VERSION))
    if pipeline.template is not None:
        place = {"template": pipeline.template, "step_position": step.position, "group_id": group.id}
        _PLACE.run(connection, place)
    return group if before and before.status is not group.status else None


def note_success(connection: Connection, pipeline: Pipeline, step: Step, at: datetime) -> None:
    """Tells the groups whose failures happened in this place of this template."""
    if pipeline.template is not None:
        place = {"of_template": pipeline.template, "at_position": step.position}
        _SUCCESS.run(connection, {**place, "at": text_of(at)})


def store_decision(connection: Connection, group: FailureGroup) -> None:
    _DECIDED.run(connection, {"group_id": group.id, **GROUP_DECISION(group)})
