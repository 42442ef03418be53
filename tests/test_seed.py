"""The seed's conversation: three users, four sessions, eight turns, and the lesson in the last."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from memkit import Agent, OfflineChat, lab
from support import Together, on_both_stores

SCRIPT = Path(__file__).parent / "seed_script.py"
MARK, JOHN, JANE = (f"user_{number}@example.com" for number in (1, 2, 3))
ASKED = "What do you suggest I do this weekend?"
TASTES = ("anime", "manga", "video games")
REMEMBERED = {
    MARK: {"Mark Gonzales", "anime", "manga", "video games", "movies"},
    JOHN: {"John Doe", "hike"},
    JANE: {"Jane Smith", "gym"},
}


def agent_on(db, **settings):
    return Agent(model=OfflineChat(), db=db, update_memory_on_run=True, **settings)


def known_of(texts):
    """Which of the words of the conversation stand in the texts."""
    together = "\n".join(texts)
    return {word for words in REMEMBERED.values() for word in words if word in together}


def remembered(agent):
    return {
        user: [each.memory for each in agent.get_user_memories(user_id=user)] for user in REMEMBERED
    }


@on_both_stores
@pytest.mark.slow
def test_the_seeds_script_runs_and_prints_what_it_remembers(place):
    ran = subprocess.run(
        [sys.executable, SCRIPT, place],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(SCRIPT.parent.parent)},
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    [chat, *blocks] = re.split(r"What is remembered of (\S+):\n", ran.stdout)
    assert chat.count(ASKED) == 1
    printed = dict(zip(blocks[::2], blocks[1::2], strict=True))
    assert {user: known_of([text]) for user, text in printed.items()} == REMEMBERED
    assert all(line.startswith("- The user") for text in blocks[1::2] for line in text.splitlines())


def test_the_seeds_script_says_what_the_seed_says():
    """Its turns are those of data/three_users.jsonl, and it imports nothing but memkit's names."""
    script = SCRIPT.read_text(encoding="utf-8")
    said = re.findall(r'"([A-Z][^"]+[.?])"', script)
    assert said == [turn.message for turn in lab.conversation()]
    imports = re.findall(r"^(?:from|import) .+$", script, re.MULTILINE)
    assert imports == [
        "import asyncio",
        "import sys",
        "from memkit import Agent, OfflineChat, PostgresDb, SqliteDb",
    ]


@on_both_stores
async def test_every_user_is_remembered_apart(db):
    agent = agent_on(db)
    await lab.play(agent, lab.conversation())
    assert {user: known_of(texts) for user, texts in remembered(agent).items()} == REMEMBERED
    assert db.users() == [MARK, JOHN, JANE]
    assert [each.session_id for each in agent.get_sessions(MARK)] == [
        "user_1_session_1",
        "user_1_session_2",
    ]


async def test_without_memories_in_the_context_the_last_turn_is_the_bare_question(db):
    last = (await lab.play(agent_on(db), lab.conversation()))[-1]
    assert last.messages == [{"role": "user", "content": ASKED}]
    [reply] = db.query("SELECT request FROM model_calls WHERE why = 'reply'", MARK).request[-1:]
    assert '"system"' not in reply
    for word in (*TASTES, "Mark", "movies"):
        assert word not in last.content


async def test_with_memories_in_the_context_the_last_answer_uses_them(db):
    last = (await lab.play(agent_on(db, add_memories_to_context=True), lab.conversation()))[-1]
    system, user = last.messages
    assert user == {"role": "user", "content": ASKED}
    assert system["role"] == "system"
    assert known_of([system["content"]]) == REMEMBERED[MARK]
    assert any(word in last.content for word in TASTES)


async def test_a_session_that_never_heard_of_them_knows_them_too(db):
    agent = agent_on(db, add_memories_to_context=True, add_history_to_context=True)
    await lab.play(agent, lab.conversation())
    fresh = await agent.arun(ASKED, user_id=MARK, session_id="a new one")
    assert any(word in fresh.content for word in TASTES)


@on_both_stores
@pytest.mark.parametrize("at_once", [False, True])
async def test_the_other_users_see_nothing_of_it(db, at_once):
    agent = agent_on(db, add_memories_to_context=True, add_history_to_context=True)
    await lab.play(agent, lab.conversation(), at_once)
    for user in (JOHN, JANE):
        for session in (f"{user[:6]}_session_1", "user_1_session_1", "a new one"):
            run = await agent.arun(ASKED, user_id=user, session_id=session)
            seen = [each["content"] for each in run.messages]
            assert known_of([*seen, run.content]) <= REMEMBERED[user]


async def test_the_conversation_at_once_gives_the_same_memories(db, tmp_path):
    one_by_one = agent_on(lab.temporary_store(db.now))  # tonight is the same evening for both
    await lab.play(one_by_one, lab.conversation())
    at_once = Agent(model=OfflineChat(latency=0.02), db=db, update_memory_on_run=True)
    await lab.play(at_once, lab.conversation(), at_once=True)
    assert remembered(at_once) == remembered(one_by_one)
    one_by_one.db.close()


async def test_the_users_really_talk_at_once(db):
    """None of the three gets an answer before all of them have asked."""
    first_of_each = [turn for turn in lab.conversation() if turn.session_id.endswith("session_1")]
    turns = {turn.user_id: turn for turn in reversed(first_of_each)}.values()
    runs = await lab.play(Agent(model=Together(3), db=db), turns, at_once=True)
    assert [run.error for run in runs] == [None] * 3
