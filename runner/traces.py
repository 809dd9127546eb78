"""What an attempt leaves behind when somebody else ends it, a person or an end of stepwire: its engine knows it."""

from dataclasses import dataclass, replace

from runner.failures import NO_USAGE, UNKNOWN_USAGE, Evidence, Failure, FailureCause, Usage


@dataclass(frozen=True, kw_only=True)
class Traces:
    """Of the attempt in that session; `trouble` says why nothing could be had of it, as a sentence."""

    session_id: str | None = None
    evidence: Evidence | None = None
    usage: Usage = NO_USAGE
    trouble: str | None = None

    def of(self, session_id: str | None) -> "Traces":
        """These, if they are of that session, which may be another one by now."""
        if session_id is None:
            return NO_TRACES
        return self if session_id == self.session_id else unknown_traces(session_id, None)

    def added_to(self, reason: Failure) -> Failure:
        causes = (FailureCause(source="stepwire", message=self.trouble),) if self.trouble else ()
        return replace(reason, evidence=self.evidence, causes=(*reason.causes, *causes))


# Of an attempt that has not begun to work.
NO_TRACES = Traces()


def unknown_traces(session_id: str, trouble: str | None) -> Traces:
    """What can be said where its engine cannot be asked."""
    evidence = Evidence(session_id=session_id)
    return Traces(session_id=session_id, evidence=evidence, usage=UNKNOWN_USAGE, trouble=trouble)
