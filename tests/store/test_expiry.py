"""What is over leaves the memories and the prompt, and stays in the history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lives import NOON, open_pinned
from memkit import Agent, InvalidInput, MemoryManager, OfflineChat
from memkit.records import Change
from memkit.store.db import Db
from memkit.store.runs import RunLog
from support import ScriptedChat, say, use

DAY = timedelta(days=1)


@pytest.fixture
def db(place: str) -> Iterator[Db]:
    db = open_pinned(place)
    yield db
    db.close()


def numbers(memories: Any) -> list[int]:
    return [memory.memory_id for memory in memories]


def test_an_expired_memory_is_there_only_when_asked_for(db: Db) -> None:
    ann, bo = db.for_user("ann"), db.for_user("bo")
    ann.add_memory("The user likes tea.")
    ann.add_memory("The user is in Rome.", None, NOON + DAY)
    bo.add_memory("The user is in Rome.", None, NOON + 9 * DAY)
    assert numbers(ann.memories()) == [1, 2]
    with db.at(NOON + DAY):
        assert numbers(ann.memories()) == [1]
        assert numbers(ann.memories(expired=True)) == [1, 2]
        assert numbers(RunLog(ann).snapshot()[0]) == [1]
        assert ann.history(2)[0].expires_at == NOON + DAY
        assert numbers(ann.memories(as_of=NOON)) == [1, 2]
        assert numbers(bo.memories()) == [1]  # the other user's trip goes on
        assert ann.add_memory("The user is in Rome.").memory_id == 3  # it may begin again
    later = NOON + 2 * DAY
    assert numbers(ann.memories(as_of=later)) == [1, 3]
    assert numbers(ann.memories(as_of=later, expired=True)) == [1, 2, 3]
    assert db.query("SELECT expires_at FROM user_memories", "ann").expires_at.notna().sum() == 1


def test_an_expiry_is_changed_kept_taken_back_and_undone(db: Db) -> None:
    ann = db.for_user("ann")
    ann.add_memory("The user is in Rome.", expires_at=NOON + DAY)
    assert ann.update_memory(1, "The user is in Bari.").expires_at == NOON + DAY
    assert ann.update_memory(1, expires_at=NOON + 2 * DAY).expires_at == NOON + 2 * DAY
    assert ann.update_memory(1, expires_at=None).expires_at is None
    ann.undo(ann.history()[-1:])
    assert ann.memories()[0].expires_at == NOON + 2 * DAY
    ann.delete_memory(1)
    ann.undo(ann.history()[-1:])
    assert ann.memories()[0].expires_at == NOON + 2 * DAY
    with db.at(NOON + 5 * DAY):  # what has expired can be taken up again by its number
        assert ann.update_memory(1, expires_at=NOON + 9 * DAY).memory == "The user is in Bari."
        assert numbers(ann.memories()) == [1]
    with pytest.raises(InvalidInput, match=r"expires_at .* has no zone"):
        ann.add_memory("The user is away.", expires_at=datetime(2026, 1, 1))
    with pytest.raises(InvalidInput, match="expires_at is a time like"):
        ann.update_memory(1, expires_at="tomorrow")


def test_a_proposal_keeps_its_expiry_until_it_is_approved(db: Db) -> None:
    ann = db.for_user("ann")
    change = Change("add", None, "The user is in Rome.", expires_at=NOON + DAY)
    [proposal] = RunLog(ann).change_memories([change], propose=True)
    ann.approve(proposal.event_id)
    assert ann.memories()[0].expires_at == NOON + DAY


def test_the_sync_names_see_the_time_that_is_shown(db: Db) -> None:
    db.for_user("ann").add_memory("The user is in Rome.", expires_at=NOON + DAY)
    agent = Agent(OfflineChat(), db, add_memories_to_context=True)
    agent.run("Hello.", user_id="ann", session_id="s")  # the loop that is kept has begun
    with db.at(NOON + DAY):
        run = agent.run("What do you know about me?", user_id="ann", session_id="s")
    assert [reason["why"] for reason in run.recalled] == ["expired"]


async def decided(db: Db, **arguments: Any) -> Any:
    asked = use(("add_memory", {"memory": "The user is in Rome.", **arguments}))
    manager = MemoryManager(ScriptedChat([asked, say("-"), say("-")]))
    [event, *_] = await manager.acreate_user_memories(db.for_user("ann"), "I am in Rome.")
    return event


@pytest.mark.parametrize(
    ("last", "over"),
    [
        (None, None),
        ("", None),
        ("2026-01-03", datetime(2026, 1, 4, tzinfo=UTC)),
        ("2026-01-03T18:00", datetime(2026, 1, 3, 18, tzinfo=UTC)),
        ("2026-01-03T18:00+02:00", datetime(2026, 1, 3, 16, tzinfo=UTC)),
    ],
)
async def test_a_model_says_the_last_day(db: Db, last: Any, over: Any) -> None:
    assert (await decided(db, expires_at=last)).expires_at == over
    assert db.for_user("ann").memories()[0].expires_at == over


@pytest.mark.parametrize("last", ["soon", "9999-12-31", "2026-13-01"])
async def test_a_day_that_is_none_is_rejected_with_the_reason(db: Db, last: str) -> None:
    event = await decided(db, expires_at=last)
    assert event.status == "rejected"
    assert "a day like 2026-09-30" in event.reason


@pytest.mark.parametrize("method", ["last_n", "first_n", "keyword", "agentic"])
async def test_no_search_finds_what_has_expired(db: Db, method: Any) -> None:
    for user_id, end in (("ann", NOON + DAY), ("bo", NOON + 9 * DAY)):
        db.for_user(user_id).add_memory("The user is in Rome.", expires_at=end)
        db.for_user(user_id).add_memory("The user was in Rome last year.")
    manager = MemoryManager(OfflineChat())
    for user_id, wanted in (("ann", [2]), ("bo", [1, 2])):
        with db.at(NOON + DAY):
            found = await manager.asearch_user_memories(
                db.for_user(user_id), "Rome", retrieval_method=method
            )
        assert sorted(numbers(found)) == wanted


async def test_a_plan_of_tonight_leaves_the_prompt_with_the_reason(db: Db) -> None:
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, add_memories_to_context=True)
    for user_id in ("ann", "bo"):
        await agent.arun("I like tea.", user_id=user_id, session_id="s")
    run = await agent.arun("I'm going to the movies tonight.", user_id="ann", session_id="s")
    [event] = run.memory_events
    assert event.after == "The user is going to the movies on the evening of 2026-01-01."
    assert event.expires_at == datetime(2026, 1, 2, tzinfo=UTC)
    with db.at(NOON + 3 * DAY):
        run = await agent.arun("What do you know about me?", user_id="ann", session_id="t")
        other = await agent.arun("What do you know about me?", user_id="bo", session_id="t")
    assert {"used": False, "why": "expired", "memory_ids": [2], "count": 1} in run.recalled
    assert "movies" not in run.messages[0]["content"]
    assert [reason["why"] for reason in other.recalled] == ["all memories"]
