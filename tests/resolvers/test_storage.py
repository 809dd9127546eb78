"""While nothing can be stored or read, every operation says so in the database's words, and calls none a bug."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any, cast

import pytest
from graphql import GraphQLObjectType
from structlog.testing import capture_logs

from resolvers import mask
from runner.commands import Commands
from runner.journal import StorageError, StorageHealth
from runner.redaction import Redactor
from runner.tokens import Tokens
from runner.trust import Trust
from tests.resolvers.fakes import NoDispatcher
from tests.resolvers.world import SCHEMA, World
from tests.support.fakes import FakeSchemas
from tests.support.memory_tokens import unheard

pytestmark = pytest.mark.asyncio

WORDS = "stepwire.db cannot be used: database or disk is full (make room on its disk; stepwire goes on by itself)"
STEP, ASK = "stp_01a223da562451e5200199_0", "att_01a223da562451e5200199_0_1"
MUTATIONS = {
    "startPipeline": '(input: {prompt: "Mend it", template: "quick_fix", idempotencyKey: "one"})',
    "retryStep": f'(input: {{stepId: "{STEP}"}})',
    "supplyHandoff": f'(stepId: "{STEP}", markdown: "Done.")',
    "skipStep": f'(stepId: "{STEP}", reason: "Not needed")',
    "cancelPipeline": '(id: "pip_01a223da562451e5200199")',
    "approve": '(approvalId: "app_01a223da562451e5200199_0_1")',
    "reject": '(approvalId: "app_01a223da562451e5200199_0_1")',
    "answerPermission": f'(attentionId: "{ASK}", allow: true)',
    "answerQuestion": f'(attentionId: "{ASK}", answers: ["yes"])',
    "answerQuestion ": f'(attentionId: "{ASK}", answers: [], fields: [{{key: "q1", values: ["yes"]}}])',
    "dismissQuestion": f'(attentionId: "{ASK}")',
    "acknowledgeFailureGroup": '(id: "0123456789abcdef")',
    "resolveFailureGroup": '(id: "0123456789abcdef")',
    "saveAgent": '(input: {name: "builder", engineAgent: "build"})',
    "deleteAgent": '(name: "builder")',
    "saveTemplate": '(input: {name: "quick", steps: [{agent: "builder"}]})',
    "deleteTemplate": '(name: "quick_fix")',
    "prune": '(olderThan: "2020-01-01T00:00:00+00:00")',
    "trustDirectory": '(path: "/")',
    "revokeTrust": '(path: "/srv/app")',
    "createToken": '(name: "ci", role: OPERATOR)',
    "revokeToken": '(name: "ci")',
}
QUERIES = [
    "{ pipelines { totalCount } }",
    "{ failures { totalCount } }",
    "{ failureGroups { totalCount } }",
    "{ approvals { id } }",
    "{ events(first: 1) { nodes { sentence } } }",
    '{ pipeline(id: "pip_01a223da562451e5200199") { id } }',
    '{ conflicts(directory: "/srv") { id } }',
]
SUBSCRIPTIONS = [
    "subscription { events { __typename } }",
    "subscription { failures { __typename } }",
    f'subscription {{ activity(stepId: "{STEP}") {{ __typename }} }}',
]


class Unavailable:
    """Whatever it is asked, nothing can be stored or read."""

    def __getattr__(self, name: str) -> Any:
        async def refuse(*_: object, **__: object) -> None:
            raise StorageError(WORDS)

        return refuse

    async def follow(self, *_: object) -> AsyncGenerator[str]:
        if WORDS:
            raise StorageError(WORDS)
        yield WORDS

    async def health(self) -> StorageHealth:
        return StorageHealth(message=WORDS)


def context() -> Any:
    world, storage = World(), cast(Any, Unavailable())
    commands = Commands(
        journal=storage,
        agents=world.agents,
        clock=world.clock,
        dispatcher=NoDispatcher(),
        composer=world.commands.composer,
        editor=storage,
        redactor=Redactor(),
        schemas=FakeSchemas(),
        trust=Trust(storage, world.clock),
    )
    tokens = Tokens(store=storage, clock=world.clock, own_name="ana", changed=unheard)
    return replace(world.context(), journal=storage, reads=storage, commands=commands, tokens=tokens)


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_mutation_answers_in_the_words_of_the_database(name: str) -> None:
    document = f"mutation {{ told: {name}{MUTATIONS[name]} {{ __typename ... on UserError {{ message }} }} }}"

    answer = await SCHEMA.execute(document, context_value=context())

    assert answer.errors is None
    assert answer.data == {
        "told": {"__typename": "StorageUnavailable", "message": f"stepwire cannot store anything now: {WORDS}."}
    }


async def test_every_mutation_that_stores_is_among_them() -> None:
    mutation = cast(GraphQLObjectType, SCHEMA._schema.mutation_type)

    assert {name.strip() for name in MUTATIONS} == set(mutation.fields) - {"startEngine"}


@pytest.mark.parametrize("document", [*QUERIES, *SUBSCRIPTIONS])
async def test_what_cannot_be_read_is_no_internal_error(document: str) -> None:
    with capture_logs() as logs:
        if document.startswith("subscription"):
            stream = await SCHEMA.subscribe(document, context_value=context())
            errors = [error async for result in stream for error in result.errors or ()]
        else:
            errors = (await SCHEMA.execute(document, context_value=context())).errors or []
        shown = [mask(error).formatted for error in errors]

    assert [error["message"] for error in shown] == [f"stepwire cannot read its database now: {WORDS}."]
    assert [error["extensions"] for error in shown] == [{"code": "STORAGE_UNAVAILABLE"}]
    assert logs == []


async def test_whether_it_can_store_is_an_answer() -> None:
    document = "{ storage { writable message } }"
    well = await World().ask(document)

    answer = await SCHEMA.execute(document, context_value=context())

    assert well == {"storage": {"writable": True, "message": None}}
    assert answer.data == {"storage": {"writable": False, "message": WORDS}}
