"""What a model is shown that decides about a message: everything, or what the message may change.

Whether that is enough among ten thousand memories: `python benchmarks/growth.py --changes`.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from many import fill, labelled, many
from memkit import MemoryManager, OfflineChat, context
from memkit.models.tokens import count_tokens
from memkit.retrieval import shortlist
from memkit.retrieval.meaning import Searcher
from memkit.retrieval.ranking import Question
from memkit.store.db import Db
from memkit.store.runs import RunLog

ANA, BEN = "ana@example.com", "ben@example.com"
MANY = 1000


@pytest.fixture
def db(db: Db) -> Db:
    """Ana has more memories than fit, Ben has two."""
    fill(RunLog(db.for_user(ANA)), many(MANY))
    fill(RunLog(db.for_user(BEN)), ["The user lives in Bergen.", "The user likes xylophones."])
    return db


def shown(db: Db, user_id: str) -> tuple[str, dict[int, str]]:
    """What the user's last request for memories said of them: its first line, and the memories."""
    last = "SELECT request FROM model_calls WHERE why = 'memory' ORDER BY call_id DESC LIMIT 1"
    system = json.loads(db.query(last, user_id).request[0])["messages"][0]["content"]
    lines = system.split("<stored_memories>\n")[1].split("\n</stored_memories>")[0].splitlines()
    memories = [json.loads(line) for line in lines if line.startswith("{")]
    return lines[0], {memory["memory_id"]: memory["memory"] for memory in memories}


async def decide(db: Db, user_id: str, message: str) -> list[Any]:
    manager = MemoryManager(OfflineChat())
    return await manager.acreate_user_memories(db.for_user(user_id), message)


async def test_the_call_holds_the_memories_that_were_shown_and_says_of_how_many(db: Db) -> None:
    [event] = await decide(db, ANA, "I like fish now.")
    assert (event.action, event.before) == ("update", "The user hates fish.")
    first, memories = shown(db, ANA)
    assert first == context.PART.format(shown=len(memories), total=MANY)
    assert event.memory_id in memories
    own = {memory.memory_id: memory.memory for memory in db.for_user(ANA).memories()}
    assert memories == {**{n: own[n] for n in memories}, event.memory_id: event.before}
    assert sum(map(count_tokens, memories.values())) < shortlist.BUDGET


@pytest.mark.parametrize(
    ("message", "before"),
    [
        ("I moved to Lisbon last month.", "The user lives in Rome."),
        ("I turned 35 yesterday.", "The user is 34 years old."),
    ],
)
async def test_a_basic_fact_is_shown_although_it_shares_no_word(
    db: Db, message: str, before: str
) -> None:
    [event] = await decide(db, ANA, message)
    assert (event.action, event.before) == ("update", before)


def test_the_rarest_words_are_looked_up_first() -> None:
    few = {"often": 40, "rare": 2, "seldom": 9}
    assert Question("a b c", few, 1000).rarest() == ["rare", "seldom", "often"]
    many = {"often": 480, "rare": 20, "seldom": 90}
    assert Question("a b c", many, 10_000).rarest() == ["rare", "seldom"]
    assert Question("a b", {"often": 800, "usual": 700}, 10_000).rarest() == ["usual"]


async def test_another_user_has_everything_shown_and_nothing_of_hers(db: Db) -> None:
    await decide(db, ANA, "I moved to Lisbon last month.")
    [event] = await decide(db, BEN, "I moved to Lisbon last month.")
    assert (event.memory_id, event.before) == (1, "The user lives in Bergen.")
    first, memories = shown(db, BEN)
    assert first.startswith("{")
    assert memories == {1: "The user lives in Bergen.", 2: "The user likes xylophones."}
    assert "xylophones" not in str(shown(db, ANA))


async def test_the_newest_are_shown_and_what_has_expired_is_not(db: Db) -> None:
    ana, now = db.for_user(ANA), db.now()
    newest = ana.add_memory("The user collects xylophones.")
    over = ana.add_memory("The user visits Rome for the opera.", expires_at=now + timedelta(days=1))
    with db.at(now + timedelta(days=2)):
        await decide(db, ANA, "Rome is far away.")
        _, memories = shown(db, ANA)
    assert newest.memory_id in memories
    assert over.memory_id not in memories


@pytest.mark.slow
async def test_what_people_change_is_among_what_is_shown(db: Db) -> None:
    """The memory behind at least 95 of 100 messages; the benchmark asks what comes of it."""
    numbers = {memory.memory: memory.memory_id for memory in db.for_user(ANA).memories()}
    runs = RunLog(db.for_user(ANA))
    record = partial(runs.run_in_thread, runs.record_call)
    found, searcher = [], Searcher(runs, OfflineChat(), record)
    for label in labelled():
        chosen = await shortlist.shortlist(searcher, label.message)
        found.append(numbers[label.memory] in chosen.lines)
    assert sum(found) >= 0.95 * len(found)
