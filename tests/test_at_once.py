"""Nothing is lost when things happen at once: in one process, in several, for many users."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from memkit import Agent, OfflineChat
from memkit.records import ModelCall
from memkit.store.db import Db
from memkit.store.ledger import outcome
from memkit.store.user import User
from processes import context
from support import Together, computing, on_both_stores, open_store

pytestmark = pytest.mark.slow

ANA = "ana@example.com"
FACTS = [
    *("tea", "jam", "rain", "chess", "maths", "snow", "bread", "salt", "rust", "jazz"),
    *("honey", "opera", "judo", "poker", "cheese", "olives", "sailing", "knitting"),
    *("pottery", "ballet"),
]
PROCESSES = 4
SESSIONS = {"one session": ["s"], "several sessions": ["s", "t", "u"]}


def agent_of(db: Db) -> Agent:
    return Agent(
        OfflineChat(latency=0.01),
        db,
        update_memory_on_run=True,
        add_memories_to_context=True,
        add_history_to_context=True,
    )


async def tell(db: Db, facts: list[str], sessions: list[str]) -> list[str | None]:
    """Tell all the facts at the same moment; the errors of the runs."""
    agent = agent_of(db)
    runs = await asyncio.gather(
        *(
            agent.arun(f"I like {fact}.", user_id=ANA, session_id=sessions[n % len(sessions)])
            for n, fact in enumerate(facts)
        )
    )
    return [each.error for each in runs]


def tell_from_another_process(
    place: str, facts: list[str], sessions: list[str]
) -> list[str | None]:
    db = open_store(place)
    try:
        return asyncio.run(tell(db, facts, sessions))
    finally:
        db.close()


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Python processes that have memkit loaded and share nothing with this one."""
    with ProcessPoolExecutor(PROCESSES, context) as pool:
        yield pool


def assert_all_is_there(user: User, sessions: list[str]) -> None:
    memories = user.memories()
    assert sorted(each.memory for each in memories) == sorted(
        f"The user likes {fact}." for fact in FACTS
    )
    assert [each.memory_id for each in memories] == list(range(1, len(FACTS) + 1))
    applied = [each for each in user.history() if each.status == "applied"]
    assert len(applied) == len(FACTS)
    assert memories == outcome(applied)
    for each in memories:
        assert each.input == f"I like {each.memory.removeprefix('The user likes ')}"

    exported = user.export()
    for name, number in (("agent_runs", "run_id"), ("messages", "message_id")):
        numbers = [row[number] for row in exported[name]]
        assert numbers == list(range(1, len(numbers) + 1))
    assert {each["status"] for each in exported["agent_runs"]} == {"completed"}
    assert len(exported["agent_runs"]) == len(FACTS)
    assert sorted(each.session_id for each in user.sessions()) == sorted(sessions)
    said = {session: user.messages(session) for session in sessions}
    assert sum(map(len, said.values())) == 2 * len(FACTS)
    session_of = {each["run_id"]: each["session_id"] for each in exported["agent_runs"]}
    input_of = {each.run_id: each.input for each in memories}
    for session, messages in said.items():
        assert [each.role for each in messages] == ["user", "assistant"] * (len(messages) // 2)
        asked = messages[::2]
        assert [each.message_id for each in asked] == sorted(each.message_id for each in asked)
        for question, answer in zip(asked, messages[1::2], strict=True):
            assert question.run_id == answer.run_id
            assert question.message_id < answer.message_id
            assert session_of[question.run_id] == session
            assert question.content == input_of[question.run_id]
            assert answer.content


@on_both_stores
@pytest.mark.parametrize("sessions", SESSIONS.values(), ids=SESSIONS)
async def test_twenty_runs_of_one_user_leave_twenty_facts(db: Db, sessions: list[str]) -> None:
    assert await tell(db, FACTS, sessions) == [None] * len(FACTS)
    assert_all_is_there(db.for_user(ANA), sessions)


@on_both_stores
@pytest.mark.parametrize("sessions", SESSIONS.values(), ids=SESSIONS)
def test_twenty_runs_from_four_processes_leave_twenty_facts(
    db: Db, place: str, processes: ProcessPoolExecutor, sessions: list[str]
) -> None:
    told = [
        processes.submit(tell_from_another_process, place, FACTS[n::PROCESSES], sessions)
        for n in range(PROCESSES)
    ]
    assert [error for each in told for error in each.result(60)] == [None] * len(FACTS)
    assert_all_is_there(db.for_user(ANA), sessions)


@on_both_stores
def test_the_same_fact_from_four_processes_is_stored_once(
    db: Db, place: str, processes: ProcessPoolExecutor
) -> None:
    """Each looks, finds nothing, and wants to add it."""
    told = [
        processes.submit(tell_from_another_process, place, ["tea"] * 3, ["s"])
        for _ in range(PROCESSES)
    ]
    assert [error for each in told for error in each.result(60)] == [None] * 3 * PROCESSES
    user = db.for_user(ANA)
    assert [each.memory for each in user.memories()] == ["The user likes tea."]
    assert len(user.messages("s")) == 2 * 3 * PROCESSES


def move_to_rome(place: str) -> None:
    db = open_store(place)
    db.for_user(ANA).update_memory(1, "The user lives in Rome.")
    db.close()


class Interrupted(OfflineChat):
    """While it thinks for the first time, another process does something to the store."""

    def __init__(self, meanwhile: Callable[[], Any]) -> None:
        super().__init__()
        self.meanwhile: Callable[[], Any] | None = meanwhile
        self.shown: list[str] = []

    async def send(self, call: ModelCall, on_text: Any = None) -> ModelCall:
        if call.why == "memory":
            self.shown.append(call.request["messages"][0]["content"])
            if meanwhile := self.meanwhile:
                self.meanwhile = None
                await asyncio.to_thread(meanwhile)
        return await super().send(call, on_text)


@on_both_stores
async def test_what_another_process_changes_between_reading_and_writing_is_decided_again(
    db: Db, place: str, processes: ProcessPoolExecutor
) -> None:
    """What was thought of Leeds is not written over Rome."""
    user = db.for_user(ANA)
    user.add_memory("The user lives in Leeds.")
    model = Interrupted(lambda: processes.submit(move_to_rome, place).result(60))
    agent = Agent(model, db, update_memory_on_run=True, user_id=ANA, session_id="s")
    run = await agent.arun("I moved to Oslo.")
    assert run.error is None
    assert ["in Leeds" in model.shown[0], "in Rome" in model.shown[1]] == [True, True]
    assert len(model.shown) == 2
    assert [(each.before, each.after) for each in user.history()][1:] == [
        ("The user lives in Leeds.", "The user lives in Rome."),
        ("The user lives in Rome.", "The user moved to Oslo."),
    ]


@on_both_stores
async def test_a_hundred_users_at_once_lose_nothing_and_do_not_wait_for_each_other(db: Db) -> None:
    number = 100
    agent = agent_of(db)
    agent.model = Together(number)
    users = [f"user {each}" for each in range(number)]
    for message in ("I have {} cats.", "How many cats do I have?"):
        runs = await asyncio.gather(
            *(
                agent.arun(message.format(n + 2), user_id=user, session_id="s")
                for n, user in enumerate(users)
            )
        )
        assert [each.error for each in runs] == [None] * number
    for n, (user_id, run) in enumerate(zip(users, runs, strict=True)):
        assert f"{n + 2} cats" in (run.content or "")
        user = db.for_user(user_id)
        assert [each.memory for each in user.memories()] == [f"The user has {n + 2} cats."]
        assert len(user.messages("s")) == 4
        assert [each["status"] for each in user.export()["agent_runs"]] == ["completed"] * 2
    assert db.users() == sorted(users)


@on_both_stores
async def test_what_a_run_needs_is_read_as_it_begins(db: Db, monkeypatch) -> None:
    """However many memories there are, a run has five transactions, and two of them only read."""
    agent = agent_of(db)
    await agent.arun("I like tea.", user_id=ANA, session_id="s")
    opened: list[str] = []
    for name in ("reading", "writing"):
        own = getattr(db._transactions, name)
        monkeypatch.setattr(db._transactions, name, counted(own, name, opened))
    run = await agent.arun("I like jam.", user_id=ANA, session_id="s")
    assert "tea" in run.messages[0]["content"]
    # The run begins; its memories are read, and those for the decision; the memories change; the
    # run is finished.
    assert sorted(opened) == ["reading"] * 2 + ["writing"] * 3


def counted(open_it, name: str, opened: list[str]):
    def opening(*arguments):
        opened.append(name)
        return open_it(*arguments)

    return opening


@pytest.mark.parametrize("number", [1, 20])
async def test_runs_of_one_user_at_once_ask_the_model_no_more_than_one_by_one(
    db: Db, number: int
) -> None:
    """A decision that waited for others reads the memories again before it asks."""
    assert await tell(db, FACTS[:number], ["s"]) == [None] * number
    asked = [each["why"] for each in db.for_user(ANA).export()["model_calls"]]
    assert sorted(asked) == ["memory"] * number + ["reply"] * number


MANY_CALLS = 20_000  # of functions, in one step


async def test_no_step_of_the_event_loop_computes_for_long(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = agent_of(db)
    await agent.arun("I like tea.", user_id="first", session_id="s")  # imports, caches, a client
    with computing(monkeypatch) as steps:
        for message in ("I like {}.", "What do I like?"):
            await asyncio.gather(
                *(
                    agent.arun(
                        message.format(FACTS[n % len(FACTS)]), user_id=f"user {n}", session_id="s"
                    )
                    for n in range(50)
                )
            )
    assert steps[0] < MANY_CALLS, steps[:5]


async def test_that_check_sees_what_computes_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async def compute() -> None:
        for number in range(MANY_CALLS):
            abs(number)

    with computing(monkeypatch) as steps:
        await asyncio.create_task(compute())
    assert steps[0] >= MANY_CALLS


@on_both_stores
async def test_a_store_that_has_to_wait_does_not_hold_the_loop_up(place: str) -> None:
    """While another writer has the store, a run waits for it, and everything else goes on.

    The other lets go when the loop says so, which it can only if nobody waits in it.
    """
    mine, theirs = open_store(place), open_store(place)
    agent = agent_of(mine)
    await agent.arun("I like tea.", user_id=ANA, session_id="s")
    locked, let_go = threading.Event(), threading.Event()

    def hold() -> bool:
        with theirs._transactions.writing(ANA):
            locked.set()
            return let_go.wait(20)

    holding = asyncio.create_task(asyncio.to_thread(hold))
    await asyncio.to_thread(locked.wait)
    run = asyncio.create_task(agent.arun("I like jam.", user_id=ANA, session_id="s"))
    for _ in range(20):
        await asyncio.sleep(0.01)
    assert not run.done()
    let_go.set()
    assert await holding, "the loop was held up until the other gave up"
    assert (await run).error is None
    for store in (mine, theirs):
        store.close()
