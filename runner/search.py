"""What a search for pipelines looks through and looks for, folded so that case and ways of writing make no difference.

Ä finds ä and STRASSE finds Straße. The Turkish İ and ı count as i, and Greek vowels as those without the tonos, which
capitals are written without. Other accents make other letters: o does not find ö.
"""

import unicodedata

from runner.model import Pipeline

_ALIKE = str.maketrans("άέήίόύώΐΰı", "αεηιουωϊϋi")
_DOTTED_I = "i\u0307"


def folded(text: str) -> str:
    """The text as it is compared."""
    whole = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    return whole.translate(_ALIKE).replace(_DOTTED_I, "i")


def words(text: str) -> tuple[str, ...]:
    """What has to be there, each somewhere."""
    return tuple(folded(text).split())


def searched(pipeline: Pipeline) -> str:
    """Folded: its names, its prompt, its agents, and the message of every failure."""
    return folded("\n".join(text for text in (*_asked(pipeline), *told(pipeline)) if text))


def told(pipeline: Pipeline) -> tuple[str | None, ...]:
    """The part of it that events change."""
    agents = [name for step in pipeline.steps for name in (step.plan.agent, step.plan.engine_agent)]
    failures = [attempt.failure for step in pipeline.steps for attempt in step.attempts]
    return (pipeline.error_message, *agents, *(record.failure.message for record in failures if record))


def _asked(pipeline: Pipeline) -> tuple[str | None, ...]:
    return (pipeline.title, pipeline.prompt, pipeline.template, pipeline.directory, pipeline.branch)
