"""Writer of the table in docs/failures.md: `python -m scripts.write_failure_table`, or with `--check` to look only.

Origin, retry and hint come from `runner.failure_kinds.KINDS`; the example message of each kind is kept here.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.failure_kinds import KINDS, FailureKind, KindFacts, Retry
from runner.remedies import REMEDIES, Remedy

PAGE = Path(__file__).resolve().parent.parent / "docs" / "failures.md"
BEGIN = "<!-- kinds: written by scripts/write_failure_table.py -->"
END = "<!-- end of kinds -->"
COMMAND = ".venv/bin/python -m scripts.write_failure_table"

WORDS: Mapping[Retry, str] = {Retry.NO: "no", Retry.ONCE: "once", Retry.YES: "yes", Retry.LATER: "later"}

HELPS: Mapping[Remedy, str] = {
    Remedy.TRY_AGAIN: "again",
    Remedy.OTHER_MODEL: "another model",
    Remedy.OTHER_PROMPT: "another prompt",
    Remedy.FURTHER_INSTRUCTION: "an instruction",
    Remedy.LONGER_LIMIT: "a longer limit",
    Remedy.TODAYS_DEFINITION: "today's definition",
    Remedy.SUPPLY_HANDOFF: "a handoff by hand",
}

EXAMPLES: Mapping[FailureKind, str] = {
    FailureKind.ENGINE_UNREACHABLE: "OpenCode is not reachable at http://127.0.0.1:4096 (connection refused)",
    FailureKind.ENGINE_LOST: "OpenCode went away while the step was running (connection reset by peer)",
    FailureKind.ENGINE_ABORTED: "The session was aborted outside stepwire (last: Rate limit reached, 3rd try)",
    FailureKind.ENGINE_UNAUTHORIZED: "OpenCode refused stepwire's credentials (status 401)",
    FailureKind.ENGINE_ERROR: "OpenCode answered 500: Unexpected server error. (ref err_22afb870)",
    FailureKind.EMPTY_BODY: "OpenCode returned empty body (status 200)",
    FailureKind.INVALID_BODY: "OpenCode returned text/html instead of JSON (status 200): is the URL right?",
    FailureKind.UNEXPECTED_SHAPE: 'OpenCode\'s answer lacks "info" (status 200)',
    FailureKind.UNKNOWN_AGENT: 'Agent "reviewr" does not exist in /srv/app; there are: build, plan, reviewer',
    FailureKind.UNKNOWN_MODEL: 'Model "acme/large" is not configured in OpenCode',
    FailureKind.CONFIG_INVALID: "/srv/app/opencode.json is not valid: model: Expected string, got 5",
    FailureKind.DIRECTORY_MISSING: "Directory /srv/nope does not exist",
    FailureKind.PROVIDER_AUTH: "The provider rejected the API key (status 401): Incorrect API key provided",
    FailureKind.PROVIDER_RATE_LIMITED: "Rate limited by the provider; OpenCode gave up after 6 tries: Slow down",
    FailureKind.PROVIDER_QUOTA: "The provider's quota is used up: You exceeded your current quota",
    FailureKind.PROVIDER_UNAVAILABLE: "The provider is not available (status 503): The server is overloaded",
    FailureKind.PROVIDER_REJECTED: "The provider rejected the request (status 400): temperature is not supported",
    FailureKind.PROVIDER_BAD_STREAM: "The provider's answer could not be read: JSON parsing failed",
    FailureKind.CONTEXT_OVERFLOW: "The prompt is larger than the model's context: 210000 tokens > 200000 maximum",
    FailureKind.OUTPUT_TRUNCATED: "The answer was cut at the model's output limit",
    FailureKind.CONTENT_FILTERED: "The provider's content filter refused the request (status 400): violence",
    FailureKind.NO_OUTPUT: "The agent finished without an answer",
    FailureKind.HANDOFF_INVALID: 'The handoff lacks "decisionsMade"',
    FailureKind.AGENT_ERROR: "The agent reported: Failed to initialize provider: acme",
    FailureKind.SUBAGENT_FAILED: 'Sub-agent "explore" failed: The provider rejected the API key (status 401)',
    FailureKind.PERMISSION_DENIED: 'operator refused bash "rm -rf build"',
    FailureKind.PERMISSION_EXPIRED: 'Nobody answered the request for bash "rm -rf build" within 30 min',
    FailureKind.QUESTION_DISMISSED: "operator dismissed the agent's question: Which database?",
    FailureKind.QUESTION_EXPIRED: "Nobody answered the agent's question within 30 min: Which database?",
    FailureKind.STEP_TIMEOUT: "Step timed out after 600s; OpenCode was still retrying: Overloaded",
    FailureKind.STALLED: "No sign of life from the agent for 300s",
    FailureKind.RUNAWAY: "The agent looped: 100 turns without an end",
    FailureKind.APPROVAL_REJECTED: 'operator rejected it: "not before Friday"',
    FailureKind.APPROVAL_EXPIRED: "Nobody decided within 3 days",
    FailureKind.CANCELLED: "Cancelled by operator: wrong branch",
    FailureKind.INTERRUPTED: "stepwire stopped while the step was running",
    FailureKind.INTERNAL: "stepwire failed; reference 7f3a91c2 in the log",
}


def table() -> str:
    rows = ["| kind | origin | retry | message, e.g. | hint | helps first |", "|---|---|---|---|---|---|"]
    rows += [_row(kind, facts, EXAMPLES[kind]) for kind, facts in KINDS.items()]
    return "\n".join(rows)


def written(page: str) -> str:
    """The page with the table between its marks brought up to date."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE.name} needs the lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main(arguments: Sequence[str]) -> int:
    page = PAGE.read_text()
    wanted = written(page)
    if page == wanted:
        return 0
    if "--check" in arguments:
        print(f"docs/failures.md is not up to date; run {COMMAND}", file=sys.stderr)
        return 1
    PAGE.write_text(wanted)
    print("docs/failures.md written")
    return 0


def _row(kind: FailureKind, facts: KindFacts, example: str) -> str:
    cells = (f"`{kind.value}`", facts.origin.value, WORDS[facts.retry], example, facts.hint, HELPS[REMEDIES[kind][0]])
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
