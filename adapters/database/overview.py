"""The list at a glance on a database: each question one statement, or a number of them that does not grow.

pipelines ── steps (the failed one) ── failures (its newest) ── failure_groups (whether it is settled)
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, and_, case, exists, func, or_, select

from adapters.database import tables
from adapters.database.keyset import page
from adapters.database.rows import GROUPS
from adapters.database.state import load_pipelines
from adapters.database.values import text_of, time_of
from runner.failure_kinds import FailureKind
from runner.model import Pipeline, PipelineStatus, StepStatus
from runner.overview import NEWEST, OpenCause, PipelineCounts, PipelineNames, PipelineSection
from runner.reads import Page, PipelineFilter

_pipelines, _steps = tables.pipelines.c, tables.steps.c
_failures, _groups = tables.failures.c, tables.failure_groups.c


def _of_pipeline(*wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the pipeline has such a row, also inside of a question that joins the same tables."""
    return exists().where(*wanted).correlate(tables.pipelines)


_later = tables.failures.alias()
_NEWEST_OF_STEP = select(func.max(_later.c.position)).where(_later.c.step_id == _steps.id).scalar_subquery()
# A step fails by its last failure, whichever of its attempts that ended.
_STOPPED_BY = (
    _steps.pipeline_id == _pipelines.id,
    _steps.status == StepStatus.FAILED.value,
    _failures.step_id == _steps.id,
    _failures.position == _NEWEST_OF_STEP,
)
_SETTLED = or_(_failures.kind == FailureKind.CANCELLED.value, _groups.settled_through >= _failures.position)

_waiting = _pipelines.status == PipelineStatus.WAITING.value
_running = _pipelines.status.in_((PipelineStatus.PENDING.value, PipelineStatus.RUNNING.value))
_failed = _pipelines.status == PipelineStatus.FAILED.value
_open = and_(_failed, ~_of_pipeline(*_STOPPED_BY, _groups.id == _failures.group_id, _SETTLED))

_SECTIONS: dict[PipelineSection, ColumnElement[bool]] = {
    PipelineSection.NEEDS_YOU: or_(_waiting, _open),
    PipelineSection.RUNNING: _running,
    PipelineSection.DONE: ~or_(_waiting, _running, _open),
}


def conditions(wanted: PipelineFilter) -> list[ColumnElement[bool]]:
    """Those parts of the filter that are about where a pipeline stands, who works in it, and when it was started."""
    found: list[ColumnElement[bool]] = []
    if wanted.section is not None:
        found.append(_SECTIONS[wanted.section])
    if wanted.cause is not None:
        found.append(and_(_failed, _of_pipeline(*_STOPPED_BY, _failures.group_id == wanted.cause)))
    if wanted.agent is not None:
        found.append(_of_pipeline(_steps.pipeline_id == _pipelines.id, _steps.agent == wanted.agent))
    if wanted.since is not None:
        found.append(_pipelines.created_at >= text_of(wanted.since))
    if wanted.until is not None:
        found.append(_pipelines.created_at < text_of(wanted.until))
    return found


def counts(connection: Connection, wanted: Sequence[ColumnElement[bool]]) -> PipelineCounts:
    place = case((_waiting, "asking"), (_running, "running"), (_open, "failed"), else_="done").label("place")
    placed = select(place).where(*wanted).subquery()
    rows = connection.execute(select(placed.c.place, func.count().label("number")).group_by(placed.c.place))
    return PipelineCounts(**{row.place: row.number for row in rows})


def open_causes(
    connection: Connection, first: int, after: str | None, wanted: Sequence[ColumnElement[bool]]
) -> Page[OpenCause]:
    """Whose newest failure is newest comes first. Raises BadPageKey."""
    stopped = _stopped(wanted).subquery()
    causes = (
        select(
            stopped.c.group_id,
            func.count().label("pipelines"),
            func.min(stopped.c.occurred_at).label("since"),
            func.max(stopped.c.position).label("newest"),
        )
        .group_by(stopped.c.group_id)
        .subquery()
    )

    def load(rows: Sequence[Row[Any]]) -> list[OpenCause]:
        return _loaded(connection, rows, stopped)

    return page(connection, [select(causes)], (causes.c.newest,), first, after, load, counted=True)


def names(connection: Connection) -> PipelineNames:
    def distinct(column: ColumnElement[Any]) -> list[Any]:
        return list(connection.scalars(select(column).where(column.is_not(None)).distinct().order_by(column)))

    kinds = [FailureKind(kind) for kind in distinct(_pipelines.failure_kind)]
    return PipelineNames(templates=distinct(_pipelines.template), agents=distinct(_steps.agent), kinds=kinds)


def _stopped(wanted: Collection[ColumnElement[bool]]) -> Select[Any]:
    """Every pipeline that needs somebody because it failed, with the failure that it stands at."""
    columns = (_pipelines.id, _failures.group_id, _failures.position, _failures.occurred_at)
    of_group = _groups.id == _failures.group_id
    return select(*columns).where(_failed, *_STOPPED_BY, of_group, ~_SETTLED, *wanted)


def _loaded(connection: Connection, rows: Sequence[Row[Any]], stopped: FromClause) -> list[OpenCause]:
    ids = [row.group_id for row in rows]
    newest = _newest(connection, ids, stopped)
    of_groups = connection.execute(select(tables.failure_groups).where(_groups.id.in_(ids))).mappings()
    groups = {row["id"]: GROUPS.value(row) for row in of_groups}
    return [
        OpenCause(
            group=groups[row.group_id],
            count=row.pipelines,
            since=time_of(row.since),
            pipelines=newest[row.group_id],
        )
        for row in rows
    ]


def _newest(connection: Connection, ids: Collection[str], stopped: FromClause) -> dict[str, list[Pipeline]]:
    order = stopped.c.position.desc()
    number = func.row_number().over(partition_by=stopped.c.group_id, order_by=order).label("number")
    # Not by the index of the groups: there may be thousands of failures of each, and few that a pipeline stands at.
    numbered = select(stopped, number).where(stopped.c.group_id.concat("").in_(ids)).subquery()
    newest_first = select(numbered).where(numbered.c.number <= NEWEST).order_by(numbered.c.number)
    places = connection.execute(newest_first).all()
    pipelines = {pipeline.id: pipeline for pipeline in load_pipelines(connection, [row.id for row in places])}
    found: dict[str, list[Pipeline]] = {group_id: [] for group_id in ids}
    for row in places:
        found[row.group_id].append(pipelines[row.id])
    return found
