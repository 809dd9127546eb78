"""Everything that may be followed live."""

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Annotated

import strawberry
from strawberry import argument

from resolvers.bad_request import BadRequest
from resolvers.context import Context, Info
from resolvers.feed import Feed
from resolvers.wanted import Wanted
from runner.ids import pipeline_id_of
from runner.model import StepId
from schema.definitions import EngineHealth
from schema.feeds import Activity, EventFeedItem, FailureFeedItem, activity
from schema.inputs import FailureFilter
from schema.parameters import FollowedAfter, OfPipeline, OfStep, OfTypes


@strawberry.type(description="Everything that may be followed live.")
class Subscription:
    @strawberry.subscription(
        description=(
            "Every event after the cursor, stored ones first, then live: each once, in order, none missing. "
            "Without a cursor: from now on. Never completes by itself."
        )
    )
    def events(
        self,
        info: Info,
        after: FollowedAfter = None,
        pipeline_id: OfPipeline = None,
        step_id: OfStep = None,
        types: OfTypes = None,
    ) -> AsyncIterable[EventFeedItem]:
        return Feed(context=info.context, after=after, wanted=Wanted.events(pipeline_id, step_id, types))

    @strawberry.subscription(
        description="The same log, narrowed to what went wrong or is not moving. Never completes by itself."
    )
    def failures(
        self,
        info: Info,
        after: FollowedAfter = None,
        filter: Annotated[FailureFilter | None, argument(description="Which of them; null: all.")] = None,
    ) -> AsyncIterable[FailureFeedItem]:
        wanted = Wanted.failures((filter or FailureFilter()).value())
        return Feed(context=info.context, after=after, wanted=wanted)

    @strawberry.subscription(
        description=(
            "Whether OpenCode answers: first how it is now, then every change, within two seconds. "
            "Never completes by itself; it is looked at as long as anybody follows."
        )
    )
    async def engine(self, info: Info) -> AsyncGenerator[EngineHealth, None]:
        async with aclosing(info.context.agents.follow()) as told:
            async for health in told:
                yield EngineHealth.of(health)

    @strawberry.subscription(
        description="What the agent of a step does this second. Completes when the step has ended."
    )
    async def activity(
        self, info: Info, step_id: Annotated[strawberry.ID, argument(description="Step.id.")]
    ) -> AsyncGenerator[Activity, None]:
        context, followed = info.context, StepId(step_id)
        if await _has_ended(context, followed):
            return
        async with aclosing(context.activities.follow(followed)) as told:
            shown = await anext(told, None)
            # Looked up again now that it is followed: nobody would tell of an end that came in between.
            if shown is None or await _has_ended(context, followed):
                return
            yield activity(shown)
            async for news in told:
                yield activity(news)


async def _has_ended(context: Context, step_id: StepId) -> bool:
    pipeline = await context.journal.load(pipeline_id_of(step_id))
    step = pipeline.step(step_id) if pipeline else None
    if step is None:
        raise BadRequest(f"There is no step {step_id}; take stepId from Step.id.")
    return step.status.ended
