"""What is read of memory's part in answering at /metrics: counted where it happens, asked for when somebody looks."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from adapters.database import Versions
from web.answers import Answers


class ListFigures(Collector):
    """Of the answers that are kept, and of the pipelines that are held in memory."""

    def __init__(self, answers: Answers, versions: Versions) -> None:
        self._answers = answers
        self._versions = versions

    def collect(self) -> Iterator[Metric]:
        answers, versions = self._answers, self._versions
        yield _counter("answers_from_memory", "Queries whose answer was kept or being made", answers.taken)
        yield _gauge("answers_kept", "Answers kept until the log moves", len(answers))
        yield _gauge("answers_kept_bytes", "About what they take", answers.bytes)
        yield _counter("versions_from_memory", "Pipelines of lists that were in memory", versions.taken)
        yield _counter("versions_loaded", "Pipelines of lists that were read from the database", versions.loaded)
        yield _gauge("versions_held", "Pipelines held in memory", len(versions))
        yield _gauge("versions_held_bytes", "About what they take", versions.bytes)


def _counter(name: str, meaning: str, value: float) -> Metric:
    return CounterMetricFamily(f"stepwire_{name}", meaning, value)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"stepwire_{name}", meaning, value)
