"""The chat panel, through its controls and their values, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from memkit import Agent, OfflineChat, SqliteDb
from memkit.widgets import NEW, Chat, Choice, memories_html


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    db = SqliteDb(tmp_path / "memkit.db")
    yield Agent(OfflineChat(), db, update_memory_on_run=True, add_memories_to_context=True)
    db.close()


async def say(chat: Chat, message: str) -> None:
    chat.message.value = message
    chat.button.click()
    assert chat.running
    await chat.running


def choose(choice: Choice, name: str) -> None:
    """As a person does: from the menu, or as a new name."""
    if name in choice._menu.options:
        choice._menu.value = name
    else:
        choice._menu.value = NEW
        choice._field.value = name


async def test_a_new_user_in_a_new_session_is_answered_and_remembered(agent: Agent) -> None:
    chat = Chat(agent)
    choose(chat.user, "kim")
    choose(chat.session, "first")
    await say(chat, "I like chess.")
    assert [each.memory for each in agent.get_user_memories("kim")] == ["The user likes chess."]
    assert "I like chess." in chat.conversation.value
    assert "you like chess" in chat.conversation.value
    assert "The user likes chess." in chat.memories.value
    assert chat.message.value == chat.error.value == ""
    assert not chat.button.disabled


async def test_enter_sends_too_and_a_new_user_has_a_session_to_begin_with(agent: Agent) -> None:
    chat = Chat(agent, users=["kim"])
    chat.message.value = "I like chess."
    chat.message._handle_custom_msg({"event": "submit"}, [])
    assert chat.running
    await chat.running
    assert [each.session_id for each in agent.get_sessions("kim")] == ["session_1"]


async def test_another_user_sees_none_of_it(agent: Agent) -> None:
    chat = Chat(agent, users=["kim", "lee"])
    choose(chat.session, "first")
    await say(chat, "I like chess.")
    choose(chat.user, "lee")
    assert "chess" not in chat.conversation.value + chat.memories.value
    assert "first" not in chat.session._menu.options
    choose(chat.user, "kim")
    assert "chess" in chat.conversation.value
    assert "chess" in chat.memories.value
    assert chat.session.value == "first"


async def test_a_reply_goes_to_whom_it_was_meant_for_even_if_another_is_chosen_meanwhile(
    agent: Agent,
) -> None:
    chat = Chat(agent, users=["kim", "lee"])
    choose(chat.session, "first")
    chat.message.value = "I like chess."
    chat.button.click()
    choose(chat.user, "lee")
    assert chat.running
    await chat.running
    assert "chess" not in chat.conversation.value + chat.memories.value
    assert [each.memory for each in agent.get_user_memories("kim")] == ["The user likes chess."]
    assert agent.get_user_memories("lee") == []


async def test_what_is_wrong_is_shown_in_the_panel_and_the_message_stays(agent: Agent) -> None:
    chat = Chat(agent)
    choose(chat.user, "kim")
    choose(chat.session, "first")
    await say(chat, "   ")
    assert "message is empty" in chat.error.value
    assert not chat.button.disabled
    choose(chat.user, " lee ")
    assert "has spaces around it" in chat.error.value
    choose(chat.user, "kim")
    assert chat.error.value == ""
    choose(chat.session, "first")
    await say(chat, "Hello!")
    assert chat.error.value == ""


async def test_nothing_is_sent_before_user_and_session_are_chosen(agent: Agent) -> None:
    chat = Chat(agent)
    await say(chat, "I like chess.")
    assert "user_id is empty" in chat.error.value
    assert agent.db.users() == []
    assert chat.message.value == "I like chess."


async def test_html_is_shown_as_text(agent: Agent) -> None:
    chat = Chat(agent)
    choose(chat.user, "<b>kim</b>")
    choose(chat.session, "first")
    await say(chat, "I like <script>alert(1)</script> chess.")
    shown = chat.conversation.value + chat.memories.value + chat.error.value
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    agent.db.for_user("<b>kim</b>").add_memory("The user likes </td><img src=x onerror=alert(1)>.")
    assert "<img" not in memories_html(agent.get_user_memories("<b>kim</b>"))


def test_it_is_one_line_of_text(agent: Agent) -> None:
    agent.db.for_user("kim").add_memory("The user likes chess.")
    assert repr(Chat(agent)) == "Chat(user='kim', session='session_1')"
