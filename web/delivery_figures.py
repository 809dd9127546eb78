"""What is counted of live delivery, and how it stands: plain numbers, told at /metrics when somebody asks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How many groups there are, and how many events the hub, and the slowest subscriber, still have before them."""

    groups: int
    hub_lag: int
    slowest_lag: int


class DeliveryFigures(Collector):
    """`subscribers` and `parked` are of now, the others since the start; whoever has a registry registers this."""

    def __init__(self, standing: Callable[[], Standing]) -> None:
        self.subscribers = 0
        self.parked = 0
        self.executions = 0
        self.deliveries = 0
        self.parkings = 0
        self.failed_reads = 0
        self._standing = standing
        self._sent = Histogram(
            "stepwire_commit_to_sent_seconds",
            "From the commit of an event until a group's last subscriber was sent it",
            buckets=_SECONDS,
            registry=None,
        )

    def sent(self, seconds: float) -> None:
        """An event took so long from its commit to the last of a group."""
        self._sent.observe(seconds)

    def collect(self) -> Iterator[Metric]:
        standing = self._standing()
        saved = max(0, self.deliveries - self.executions)
        yield GaugeMetricFamily("stepwire_subscribers", "Subscriptions of the log that are open", self.subscribers)
        yield GaugeMetricFamily("stepwire_subscriber_groups", "Distinct subscriptions among them", standing.groups)
        yield GaugeMetricFamily("stepwire_subscribers_parked", "Of them, those who do not read now", self.parked)
        yield GaugeMetricFamily("stepwire_hub_lag_events", "Events stored but not handed out yet", standing.hub_lag)
        yield GaugeMetricFamily(
            "stepwire_slowest_subscriber_lag_events",
            "Events that were handed out and that the slowest subscriber has before it",
            standing.slowest_lag,
        )
        yield CounterMetricFamily("stepwire_deliveries", "Results that went to a subscriber", self.deliveries)
        yield CounterMetricFamily("stepwire_executions", "Results that were made", self.executions)
        yield CounterMetricFamily("stepwire_executions_saved", "Results that were there already", saved)
        yield CounterMetricFamily("stepwire_parkings", "Times that a subscriber did not read", self.parkings)
        yield CounterMetricFamily("stepwire_hub_failed_reads", "Reads of the log that failed", self.failed_reads)
        yield from self._sent.collect()
