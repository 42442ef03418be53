"""What if: another manager that listens, a memory that is left out; the store stays as it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memkit import Agent, MemoryManager, OfflineChat, OpenAIChat, lab
from memkit.errors import InvalidInput, ModelError
from memkit.store.db import Db
from support import ScriptedChat, say, use


@pytest.fixture
def agent() -> Iterator[Agent]:
    db = lab.temporary_store()
    yield Agent(OfflineChat(), db, update_memory_on_run=True, add_memories_to_context=True)
    db.close()


def rows_of(db: Db) -> dict[str, int]:
    return {
        table: len(db.query(f"FROM {table}"))
        for table in ("agent_runs", "messages", "model_calls", "memory_events", "user_memories")
    }


async def talk(agent: Agent) -> None:
    await lab.play(agent, [lab.Said("bo", "s", "My secret word is xylophone.")])
    said = {"My name is Ana.": "s", "I like tea.": "t", "I live in Oslo.": "s"}
    await lab.play(agent, [lab.Said("ana", session, text) for text, session in said.items()])


@pytest.mark.slow
async def test_other_instructions_remember_other_things(agent: Agent) -> None:
    await talk(agent)
    ana = agent.db.for_user("ana")
    ana.add_memory("By hand.")
    before = rows_of(agent.db)
    manager = MemoryManager(add_memories=False)
    nothing = await lab.what_if(ana, manager=manager)
    assert set(nothing["in"]) == {"stored"}
    same = await lab.what_if(ana)
    assert same.astype(object).where(same.notna(), None).values.tolist() == [
        ["both", "The user's name is Ana.", "My name is Ana."],
        ["both", "The user likes tea.", "I like tea."],
        ["both", "The user lives in Oslo.", "I live in Oslo."],
        ["stored", "By hand.", None],
    ]
    assert "xylophone" not in same.to_csv()
    assert rows_of(agent.db) == before


async def test_another_model_listens_at_the_time_at_which_it_was_said(agent: Agent) -> None:
    await talk(agent)
    answers = [use(("add_memory", {"memory": "The user is Ana."})), say("-"), say("-")]
    model = ScriptedChat(answers)
    found = await lab.what_if(agent.db.for_user("ana"), model=model)
    assert found[found["in"] == "replayed"].values.tolist() == [
        ["replayed", "The user is Ana.", "My name is Ana."]
    ]
    assert [request["messages"][-1]["content"] for request in model.requests] == [
        "My name is Ana.",
        "I like tea.",
        "I live in Oslo.",
    ]


@pytest.mark.slow
async def test_a_model_that_cannot_be_asked_is_an_error_and_not_an_empty_frame(
    agent: Agent,
) -> None:
    await talk(agent)
    model = OpenAIChat("m", base_url="http://127.0.0.1:9/v1")
    with pytest.raises(ModelError, match="message 1 of 'ana': the memories were not updated"):
        await lab.what_if(agent.db.for_user("ana"), model=model)


async def test_the_memory_that_changed_the_answer_is_found(agent: Agent) -> None:
    await talk(agent)
    run = await agent.arun("Where do I live?", user_id="ana", session_id="t")
    before = rows_of(agent.db)
    found = await lab.ablate(agent, run)
    assert found.left_out.tolist() == [
        "nothing",
        "The user's name is Ana. (2026-09-01)",
        "The user likes tea. (2026-09-01)",
        "The user lives in Oslo. (2026-09-01)",
        "all memories",
    ]
    assert found.answer[0] == run.content
    assert "Oslo" not in found.answer[3]
    assert found.changed.tolist()[2:] == [False, True, True]
    assert rows_of(agent.db) == before
    assert "xylophone" not in found.to_csv()


async def test_what_is_left_out_is_one_line_of_the_request(agent: Agent) -> None:
    await talk(agent)
    agent.update_memory_on_run = False
    agent.instructions, agent.enable_agentic_memory = "Be brief.", True
    run = await agent.arun("Remember that I own a dog.", user_id="ana", session_id="s")
    agent.model = ScriptedChat([say(str(number)) for number in range(5)])
    await lab.ablate(agent, run)
    sent = [request["messages"] for request in agent.model.requests]
    assert sent[0] == run.messages[:2]  # what the tool added after it is not asked again
    lines = [set(messages[0]["content"].splitlines()) for messages in sent]
    assert lines[0] - lines[2] == {"- The user likes tea. (2026-09-01)"}
    assert sent[4][0]["content"] == "Be brief."
    assert not any("tools" in request for request in agent.model.requests)


async def test_without_a_memory_in_the_prompt_there_is_nothing_to_leave_out(agent: Agent) -> None:
    await talk(agent)
    agent.add_memories_to_context = False
    run = await agent.arun("Where do I live?", user_id="ana", session_id="t")
    with pytest.raises(InvalidInput, match="run 4 of 'ana' had no memory in its prompt"):
        await lab.ablate(agent, run)
