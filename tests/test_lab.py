"""The classroom: conversations, throw-away stores, and the answers of the checks."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from memkit import Agent, OfflineChat, SqliteDb, lab


@pytest.fixture
def db() -> Iterator[SqliteDb]:
    db = lab.temporary_store()
    yield db
    db.close()


@pytest.fixture
def agent(db: SqliteDb) -> Agent:
    return Agent(OfflineChat(), db, update_memory_on_run=True, add_memories_to_context=True)


def test_the_conversation_has_three_users_four_sessions_and_eight_turns() -> None:
    turns = lab.conversation("three_users")
    assert len(turns) == 8
    assert len({turn.user_id for turn in turns}) == 3
    assert len({(turn.user_id, turn.session_id) for turn in turns}) == 4


def test_an_unknown_conversation_is_told_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no conversation 'four_users'.*three_users"):
        lab.conversation("four_users")


async def test_a_lesson_shows_the_same_whenever_it_is_run() -> None:
    exports = []
    for _ in range(2):
        db = lab.temporary_store()
        await lab.play(Agent(OfflineChat(), db, update_memory_on_run=True), lab.conversation())
        frames = [db.query(f"SELECT * EXCLUDE latency FROM {name}") for name in ("model_calls",)]
        exports.append([db.for_user(user).export()["memory_events"] for user in db.users()])
        exports[-1] += [frame.to_csv() for frame in frames]
        db.close()
    assert exports[0] == exports[1]


async def test_waves_tell_who_waited_for_whom(agent: Agent) -> None:
    turns = lab.conversation()[3:7]
    await lab.play(agent, turns)
    assert sorted(lab.timeline(agent.db).wave) == [1, 2, 3, 4]
    assert list(lab.timeline(agent.db).bar) == ["█···", "·█··", "··█·", "···█"]


async def test_users_at_once_wait_only_for_themselves(db: SqliteDb) -> None:
    agent = Agent(OfflineChat(latency=0.2), db)
    await lab.play(agent, lab.conversation()[3:7], at_once=True)
    assert list(lab.timeline(db).wave) == [1, 2, 1, 2]


def test_requests_side_by_side_are_text_whatever_they_hold() -> None:
    shown = lab.SideBySide(left_one=[{"role": "user", "content": "<b>é</b>"}], right=[])
    assert "&lt;b&gt;é&lt;/b&gt;" in shown._repr_html_()
    assert "<b>" not in shown._repr_html_()
    assert "left one" in repr(shown)


async def test_the_second_session_exercise_tells_its_three_answers(agent: Agent) -> None:
    def check() -> str:
        return repr(lab.check_second_session(agent.db, "ana", "new", "old"))

    await agent.arun("I like tea.", user_id="ana", session_id="old")
    assert check() == "not tried yet"
    await agent.arun("Hello!", user_id="ana", session_id="new")
    assert check().startswith("not yet: no row of user_memories came from new")
    await agent.arun("I play the cello.", user_id="ana", session_id="new")
    assert check().startswith("not yet: the last request in old does not hold")
    await agent.arun("What do you know about me?", user_id="ana", session_id="old")
    assert check() == "passed"


async def test_somebody_else_cannot_do_the_exercise(agent: Agent) -> None:
    await agent.arun("I play the cello.", user_id="bo", session_id="new")
    await agent.arun("What do you know about me?", user_id="bo", session_id="old")
    assert repr(lab.check_second_session(agent.db, "ana", "new", "old")) == "not tried yet"


async def test_the_newest_memory_exercise_names_the_first_wrong_row(agent: Agent) -> None:
    for said in ("I like tea.", "I play the cello."):
        await agent.arun(said, user_id="ana", session_id="one")
    assert repr(lab.check_newest(agent.db, None)) == "not tried yet"
    wrong = pd.DataFrame({"user_id": ["ana"], "memory": ["The user likes tea."]})
    assert "The user plays the cello." in repr(lab.check_newest(agent.db, wrong))
    assert "the columns are" in repr(lab.check_newest(agent.db, wrong[["memory"]]))
    right = wrong.assign(memory="The user plays the cello.")
    assert repr(lab.check_newest(agent.db, right)) == "passed"
    more = pd.concat([right, wrong])
    assert "should not be there" in repr(lab.check_newest(agent.db, more))


async def test_the_nothing_learned_exercise_looks_at_the_calls(agent: Agent) -> None:
    def check() -> str:
        return repr(lab.check_nothing_learned(agent.db, "ana", "private"))

    assert check() == "not tried yet"
    agent.update_memory_on_run = False
    await agent.arun("I like tea.", user_id="ana", session_id="private")
    assert check() == "passed"
    agent.update_memory_on_run = True
    await agent.arun("I like tea.", user_id="ana", session_id="private")
    assert check().startswith("not yet: this run asked for memories")
