"""What is told of live delivery at /metrics is how it stands."""

import pytest
from prometheus_client import CollectorRegistry

from tests.support.live import EVENTS, LiveWorld

pytestmark = pytest.mark.asyncio


def told(world: LiveWorld) -> dict[str, float | None]:
    registry = CollectorRegistry()
    registry.register(world.hub.figures)
    names = (
        "subscribers",
        "subscriber_groups",
        "subscribers_parked",
        "hub_lag_events",
        "slowest_subscriber_lag_events",
        "deliveries_total",
        "executions_total",
        "executions_saved_total",
        "parkings_total",
        "hub_failed_reads_total",
        "commit_to_sent_seconds_count",
    )
    return {name: registry.get_sample_value(f"stepwire_{name}") for name in names}


async def test_before_it_begins_everything_is_none() -> None:
    assert set(told(LiveWorld()).values()) == {0.0}


async def test_it_counts_who_reads_and_who_does_not() -> None:
    async with LiveWorld() as world:
        one, two = await world.subscriber(EVENTS), await world.subscriber(EVENTS)
        await world.subscriber(EVENTS + " # another")
        await world.settled()
        await world.started()
        await two.until(1)
        one.sink.reads = False
        await world.started()
        await two.until(2)
        await world.started()
        await two.until(3)
        await world.settled()

        figures = told(world)

    assert figures == {
        "subscribers": 3,
        "subscriber_groups": 2,
        "subscribers_parked": 1,
        "hub_lag_events": 0,
        "slowest_subscriber_lag_events": 2,
        "deliveries_total": 7,
        "executions_total": 6,
        "executions_saved_total": 1,
        "parkings_total": 1,
        "hub_failed_reads_total": 0,
        "commit_to_sent_seconds_count": 6,
    }
