"""The list of pipelines at a glance: how many are in each of its sections, and what keeps some of them failed."""

from datetime import datetime
from typing import Self

import strawberry

from runner import overview
from runner.reads import Page
from schema.common import PageInfo, total
from schema.enums import FailureKind
from schema.failures import FailureGroup
from schema.pipelines import Pipeline


@strawberry.type(description="How many pipelines there are, each counted once.")
class PipelineCounts:
    total: int = strawberry.field(description="All of them.")
    needs_you: int = strawberry.field(description="Those that wait for a person: asking and failed together.")
    asking: int = strawberry.field(description="Those in which a person is asked.")
    failed: int = strawberry.field(description="Those that stand failed, and nobody has settled it.")
    running: int = strawberry.field(description="Those at work, or waiting for their turn.")
    done: int = strawberry.field(description="Those that ended, settled failures included.")

    @classmethod
    def of(cls, counts: overview.PipelineCounts) -> Self:
        return cls(
            total=counts.needs_you + counts.running + counts.done,
            needs_you=counts.needs_you,
            asking=counts.asking,
            failed=counts.failed,
            running=counts.running,
            done=counts.done,
        )


@strawberry.type(description="What stored pipelines can be told apart by; each list is sorted.")
class PipelineNames:
    templates: list[str] = strawberry.field(description="Every template that one was started from, as it was called.")
    agents: list[str] = strawberry.field(description="Every agent that a step of one was given to.")
    kinds: list[FailureKind] = strawberry.field(description="Every kind of failure that ended one.")

    @classmethod
    def of(cls, names: overview.PipelineNames) -> Self:
        return cls(templates=list(names.templates), agents=list(names.agents), kinds=list(names.kinds))


@strawberry.type(description="One cause for which pipelines stand failed, and that nobody has settled.")
class OpenCause:
    group: FailureGroup = strawberry.field(description="The failures of this cause, also of pipelines that went on.")
    pipeline_count: int = strawberry.field(description="How many pipelines stand failed for it now.")
    since: datetime = strawberry.field(description="When the first of these pipelines failed.")
    pipelines: list[Pipeline] = strawberry.field(
        description=f"The {overview.NEWEST} of them that failed last, newest first; all: `pipelines` with `cause`."
    )


@strawberry.type(description="A cause in its place in a list.")
class OpenCauseEdge:
    cursor: str = strawberry.field(description="Its place in the list, for `after`.")
    node: OpenCause = strawberry.field(description="The cause itself.")


@strawberry.type(description="A page of causes.")
class OpenCauseConnection:
    edges: list[OpenCauseEdge] = strawberry.field(description="Each cause with its place in the list.")
    nodes: list[OpenCause] = strawberry.field(description="The causes alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    total_count: int = strawberry.field(description="How many there are on all pages.")

    @classmethod
    def of(cls, page: Page[overview.OpenCause]) -> Self:
        nodes = _causes(page)
        edges = [OpenCauseEdge(cursor=key, node=node) for key, node in zip(page.keys, nodes, strict=True)]
        return cls(edges=edges, nodes=nodes, page_info=PageInfo.of_page(page), total_count=total(page))


def _causes(page: Page[overview.OpenCause]) -> list[OpenCause]:
    return [
        OpenCause(
            group=FailureGroup.of(cause.group),
            pipeline_count=cause.count,
            since=cause.since,
            pipelines=[Pipeline.of(pipeline, page.cursor) for pipeline in cause.pipelines],
        )
        for cause in page.items
    ]
