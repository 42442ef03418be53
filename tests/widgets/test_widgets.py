"""The panels, through their controls and their values, without a browser."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

import ipywidgets
import pandas as pd
import pytest

from memkit import Agent, MemoryManager, OfflineChat, Recall, SqliteDb
from memkit.errors import InvalidInput
from memkit.explore.html import as_text, frame_html, markdown_html
from memkit.records import Change
from memkit.store.runs import RunLog
from memkit.widgets import (
    Chat,
    Conversation,
    Gallery,
    Lineage,
    MemoryTable,
    Microscope,
    Person,
    Playground,
    Review,
    Search,
    SqlBox,
    Switches,
    Table,
    TimeSlider,
    Work,
)
from memkit.widgets.chat import FIRST_SESSION
from memkit.widgets.gallery import WHO_SEES
from memkit.widgets.panel import View
from memkit.widgets.playground import OF_ONE_USER
from memkit.widgets.table import MOST_ROWS

NASTY = [
    "<script>alert(1)</script>",
    "</td></table><img src=x onerror=alert(1)>",
    "</pre></details><b>bold</b>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)",
    "&lt;i&gt; &amp; &#60;u&#62;",
    "**bold** _it_ `code` $x^2$ [a](javascript:alert(1))",
    "שלום עולם",
    "\u202eevil",
    "👩\u200d👩\u200d👧\u200d👦 😀",
    "w" * 900,
]


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    db = SqliteDb(tmp_path / "memkit.db")
    yield Agent(OfflineChat(), db, update_memory_on_run=True, add_memories_to_context=True)
    db.close()


async def say(talk: Conversation, message: str) -> None:
    talk.on_message({"say": message})
    assert talk.running
    await talk.running


async def work(panel: Work) -> None:
    panel.start.click()
    assert panel.running
    await panel.running


def choose(talk: Conversation, **chosen: str) -> None:
    """As the browser does: a name from a menu, or a new one."""
    for what, name in chosen.items():
        talk.on_message({"choose": what, "name": name})


def shown(widget: ipywidgets.Widget) -> str:
    """All that a panel shows, as text: its HTML, tables, menus, buttons and conversation."""
    if isinstance(widget, Table):
        cells = [cell for row in widget.rows for cell in row["cells"]]
        return "\n".join([widget.caption, *widget.columns, *cells, widget.note])
    if isinstance(widget, Conversation):
        said = [f"{m['role']}: {m['text']}" for m in widget.messages]
        return "\n".join([*said, widget.pending, widget.reply, widget.error])
    if getattr(widget, "layout", None) and widget.layout.display == "none":
        return ""
    if isinstance(widget, ipywidgets.Dropdown):
        return "\n".join(map(str, widget._options_labels))
    if isinstance(widget, ipywidgets.Button):
        return str(widget.description)
    here = widget.value if isinstance(widget, ipywidgets.HTML) else ""
    return here + "".join(map(shown, getattr(widget, "children", ())))


async def tell(agent: Agent, user_id: str, *messages: str, session_id: str = "first") -> None:
    for message in messages:
        await agent.arun(message, user_id=user_id, session_id=session_id)


# Talking


async def test_a_new_user_in_a_new_session_is_answered_and_remembered(agent: Agent) -> None:
    chat = Chat(agent)
    choose(chat.talk, user_id="kim", session_id="first")
    await say(chat.talk, "I like chess.")
    assert [memory.memory for memory in agent.get_user_memories("kim")] == ["The user likes chess."]
    assert [message["role"] for message in chat.talk.messages] == ["user", "assistant"]
    assert "you like chess" in chat.talk.messages[1]["html"]
    assert chat.memories.frame.memory.tolist() == ["The user likes chess."]
    assert "The user likes chess." in shown(chat.memories)
    assert (chat.talk.error, chat.talk.busy, chat.talk.runs) == ("", False, 1)


async def test_the_reply_grows_and_the_message_stands_above_it(agent: Agent) -> None:
    agent.model = OfflineChat(latency=0.05)
    talk, seen = Conversation(agent, users=["kim"]), []
    talk.observe(lambda change: seen.append((talk.pending, change["new"])), "reply")
    await say(talk, "I like chess.")
    *growing, (pending, last) = seen
    assert len(growing) > 2
    assert {message for message, _ in growing} == {"I like chess."}
    assert (pending, last) == ("", "")  # in its place stands what is stored


async def test_a_user_without_a_session_has_one_to_begin_with(agent: Agent) -> None:
    talk = Conversation(agent, users=["kim"])
    await say(talk, "I like chess.")
    assert [session.session_id for session in agent.get_sessions("kim")] == [FIRST_SESSION]


async def test_another_user_sees_none_of_it(agent: Agent) -> None:
    chat = Chat(agent, users=["kim", "lee"])
    choose(chat.talk, session_id="first")
    await say(chat.talk, "I like chess.")
    choose(chat.talk, user_id="lee")
    assert "chess" not in shown(chat)
    assert "first" not in str(chat.talk.sessions)
    choose(chat.talk, user_id="kim")
    assert "chess" in shown(chat.talk)
    assert "chess" in shown(chat.memories)
    assert chat.talk.session_id == "first"


async def test_a_reply_goes_to_whom_it_was_meant_for_even_if_another_is_chosen_meanwhile(
    agent: Agent,
) -> None:
    chat = Chat(agent, users=["kim", "lee"])
    chat.talk.on_message({"say": "I like chess."})
    choose(chat.talk, user_id="lee")
    assert chat.talk.running
    await chat.talk.running
    assert "chess" not in shown(chat)
    assert [memory.memory for memory in agent.get_user_memories("kim")] == ["The user likes chess."]
    assert agent.get_user_memories("lee") == []


async def test_while_nobody_is_chosen_nothing_is_shown(agent: Agent) -> None:
    talk = Conversation(agent, users=["kim"])
    await say(talk, "I like chess.")
    talk.user_id = ""
    assert "chess" not in shown(talk)
    assert talk.sessions == []  # the titles are somebody's first words


async def test_what_goes_wrong_for_one_is_not_told_to_another(agent: Agent) -> None:
    talk = Conversation(agent, users=["kim", "lee"])
    talk.on_message({"say": "   "})
    choose(talk, user_id="lee")
    assert talk.running
    await talk.running
    assert talk.error == ""


async def test_whoever_sends_twice_while_a_reply_is_coming_is_heard_once(agent: Agent) -> None:
    talk = Conversation(agent, users=["kim"])
    talk.on_message({"say": "I like chess."})
    talk.on_message({"say": "I like chess."})
    assert talk.running
    await talk.running
    assert len(agent.get_messages("kim", FIRST_SESSION)) == 2


def answers(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, bool]]:
    """What the kernel answers to the browser."""
    sent: list[dict[str, bool]] = []
    monkeypatch.setattr(talk, "send", sent.append)
    return sent


async def test_a_message_that_is_refused_goes_back_into_its_field(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Conversation(agent, users=["kim"])
    sent = answers(talk, monkeypatch)
    await say(talk, "   ")
    assert "message is empty" in talk.error
    assert {"refused": True} in sent
    assert agent.db.users() == []
    sent.clear()
    await say(talk, "Hello!")
    assert (talk.error, sent) == ("", [{"accepted": True}])
    sent.clear()
    talk.on_message({"say": ""})
    choose(talk, user_id="lee")  # whose field it must not come into
    assert talk.running
    await talk.running
    assert (talk.error, sent) == ("", [{"accepted": True}])


async def test_an_id_that_cannot_be_one_is_refused_and_not_kept(agent: Agent) -> None:
    talk = Conversation(agent, users=["kim"])
    choose(talk, user_id=" lee ")
    assert "has spaces around it" in talk.error
    assert (talk.user_id, talk.users) == ("kim", [("kim", "kim")])
    choose(talk, session_id="")
    assert "session_id is empty" in talk.error
    assert talk.session_id == FIRST_SESSION
    choose(talk, session_id="second")
    assert talk.error == ""


async def test_nothing_is_sent_before_a_user_is_chosen(agent: Agent) -> None:
    talk = Conversation(agent)
    await say(talk, "I like chess.")
    assert "user_id is empty" in talk.error
    assert agent.db.users() == []


async def test_the_menus_follow_the_store(agent: Agent) -> None:
    talk = Conversation(agent, users=["kim"])
    await tell(agent, "lee", "I like tea.")  # from another notebook, or a class
    await tell(agent, "kim", "I like figs.", session_id="elsewhere")
    talk.on_message({"offer": True})
    assert [name for name, _ in talk.users] == ["kim", "lee"]
    assert "elsewhere" in dict(talk.sessions)
    assert talk.user_id == "kim"


async def test_a_reply_that_is_stopped_is_a_cancelled_run_whose_message_is_kept(
    agent: Agent,
) -> None:
    agent.model = OfflineChat(latency=60)
    talk = Conversation(agent, users=["kim"])
    talk.on_message({"say": "I like chess."})
    assert talk.running
    while not agent.db.users():
        await asyncio.sleep(0.01)
    assert talk.busy
    talk.on_message({"stop": True})
    await asyncio.wait([talk.running])
    assert "stopped" in talk.error
    assert "I like chess." in shown(talk)
    assert not talk.busy
    assert agent.db.query("SELECT status FROM agent_runs").status.tolist() == ["cancelled"]


def test_it_is_one_line_of_text(agent: Agent) -> None:
    agent.db.for_user("kim").add_memory("The user likes chess.")
    assert repr(Chat(agent)) == "Chat(user='kim', session='session_1')"
    assert repr(MemoryTable(agent.db, "kim")) == "MemoryTable(user='kim', rows=1)"
    assert repr(Playground(agent)) == "Playground(user='kim', session='session_1')"
    assert repr(Search(agent, "kim")) == "Search(user='kim', rows=0)"
    assert repr(Gallery(agent.db)) == "Gallery(user='', rows=0)"
    wanted = "Switches(on=['update_memory_on_run', 'add_memories_to_context'], recall=Recall("
    assert repr(Switches(agent)).startswith(wanted)


# Memories


async def test_the_table_marks_what_the_last_run_added_changed_and_deleted(agent: Agent) -> None:
    await tell(agent, "kim", "My name is Kim. I live in Leeds. I like chess.")
    table = MemoryTable(agent.db, "kim")
    assert table.frame.change.tolist() == ["added"] * 3
    await tell(agent, "kim", "I moved to Oslo. Forget my name. I like tea.")
    table.refresh()
    found = dict(zip(table.frame.memory_id, table.frame.change, strict=True))
    assert found == {1: "deleted", 2: "changed", 3: "", 4: "added"}
    before = table.frame.set_index("memory_id").before
    assert before[2] == "The user lives in Leeds."
    for sign in ("+ added", "~ changed", "− deleted"):
        assert sign in shown(table.table)
    assert all(row["colour"] for row in table.table.rows if "added" in row["cells"][1])


async def test_the_slider_shows_what_was_known_after_each_turn(agent: Agent) -> None:
    said = ["I live in Leeds.", "I like chess.", "I moved to Oslo.", "Forget that I like chess."]
    await tell(agent, "kim", *said)
    user = agent.db.for_user("kim")
    panel = TimeSlider(agent.db, "kim")
    assert panel.slider.value == panel.slider.max == 4
    for turn in (4, 2, 0, 1, 3):
        panel.slider.value = turn
        known = [(m.memory_id, m.memory) for m in user.memories(as_of=turn)]
        assert list(panel.frame[["memory_id", "memory"]].itertuples(index=False)) == known
        assert (said[turn - 1] in panel.drawing.value) == (turn > 0)
    await tell(agent, "kim", "I like tea.")
    panel.refresh()
    assert (panel.slider.max, panel.slider.value) == (5, 3)  # whoever looks at the past stays
    panel.slider.value = 5
    await tell(agent, "kim", "I like figs.")
    panel.refresh()
    assert panel.slider.value == 6  # whoever looks at the last turn goes on


async def test_a_memory_leads_to_its_sentences_and_can_be_taken_back(agent: Agent) -> None:
    await tell(agent, "kim", "I live in Leeds.", "I like chess.", "I moved to Oslo.")
    panel = Lineage(agent.db, "kim")
    panel.memory.value = 1
    assert panel.frame.input.tolist() == ["I live in Leeds.", "I moved to Oslo."]
    assert panel.frame.tool.tolist() == ["add_memory", "update_memory"]
    assert panel.frame.before.tolist()[1] == "The user lives in Leeds."
    panel.undo.click()
    assert agent.get_user_memories("kim")[0].memory == "The user lives in Leeds."
    assert panel.frame.action.tolist() == ["add", "update", "update"]
    assert panel.frame.refers_to.tolist()[2] == 3  # the table says what was taken back
    panel.undo.click()  # once more: not the undo, but the change before it
    assert 1 not in [memory.memory_id for memory in agent.get_user_memories("kim")]
    panel.undo.click()  # nothing is left to take back
    assert panel.error.value == ""
    agent.db.for_user("kim").delete_memory(2)
    panel.refresh()
    assert [number for _, number in panel.memory.options] == [1, 2]  # what was deleted, too


async def test_what_was_only_rejected_is_no_change_to_take_back(agent: Agent) -> None:
    user = agent.db.for_user("kim")
    assert Lineage(agent.db, "kim").undo.disabled  # there is nothing yet
    user.add_memory("The user likes tea.")
    user.add_memory("The user likes jam.")
    user.update_memory(1, "The user likes figs.")
    [event] = RunLog(user).change_memories([Change("update", 1, "The user likes jam.")])
    assert event.status == "rejected"
    panel = Lineage(agent.db, "kim")
    panel.memory.value = 1
    panel.undo.click()
    assert user.memories()[0].memory == "The user likes tea."


def test_a_menu_of_many_memories_offers_the_newest_and_says_so(agent: Agent) -> None:
    texts = [f"The user likes tune {number}." for number in range(1, 131)]
    for user_id, some in (("kim", texts), ("lee", texts[:2])):
        changes = [Change("add", None, text) for text in some]
        RunLog(agent.db.for_user(user_id)).change_memories(changes)
    menu = Lineage(agent.db, "kim").memory
    assert [number for _, number in menu.options] == list(range(31, 131))
    assert (menu.value, menu.description) == (130, "Memory (the newest 100 of 130)")
    menu = Lineage(agent.db, "lee").memory
    assert ([number for _, number in menu.options], menu.description) == ([1, 2], "Memory")


async def test_an_undo_that_cannot_be_is_explained_beside_the_button(agent: Agent) -> None:
    await tell(agent, "kim", "I like chess.")
    panel = Lineage(agent.db, "kim")
    agent.db.for_user("kim").forget()
    panel.undo.click()
    assert panel.error.value == ""  # nothing left: nothing to take back
    assert panel.frame.empty


async def test_a_proposal_is_shown_to_be_approved_or_refused(agent: Agent) -> None:
    await tell(agent, "kim", "I live in Leeds.")
    agent.memory_manager = MemoryManager(agent.model, review=True)
    await tell(agent, "kim", "I moved to Oslo. I like chess.")
    assert "2 more for a person to approve" in MemoryTable(agent.db, "kim").drawing.value
    assert MemoryTable(agent.db, "lou").drawing.value == ""
    panel = Review(agent.db, "kim")
    assert panel.frame.before.tolist()[0] == "The user lives in Leeds."
    assert panel.frame.after.tolist() == ["The user moved to Oslo.", "The user likes chess."]
    panel.approve.click()
    assert [m.memory for m in agent.get_user_memories("kim")] == ["The user moved to Oslo."]
    panel.refuse.click()
    assert [m.memory for m in agent.get_user_memories("kim")] == ["The user moved to Oslo."]
    assert panel.approve.disabled
    assert "Let a person approve every memory" in panel.table.note
    assert "Let a person approve every memory" in [
        switch.description for switch in every_child(Switches(agent)) if hasattr(switch, "indent")
    ]


# The prompt


async def test_the_microscope_shows_each_part_and_what_was_left_out_and_why(agent: Agent) -> None:
    agent.add_history_to_context, agent.num_history_runs = True, 1
    await tell(agent, "kim", "I like chess.", "I live in Leeds.")
    agent.recall = Recall("keyword", limit=1)
    await tell(agent, "kim", "Do I like chess?")
    panel = Microscope(agent.db, "kim")
    assert panel.run.value == 3
    assert panel.parts.part.tolist() == ["memories", "history", "history", "message"]
    assert panel.parts.from_run.tolist()[1:3] == [2, 2]
    request = agent.db.query(
        "SELECT request->'messages' AS m FROM model_calls WHERE run_id = 3 AND why = 'reply'"
    ).m[0]
    sent = [each["content"] for each in json.loads(request)]
    assert panel.parts.text.tolist() == sent
    memories = panel.frame[panel.frame.kind == "memory"]
    assert dict(zip(memories.text, memories.in_prompt, strict=True)) == {
        "The user likes chess.": True,
        "The user lives in Leeds.": False,
    }
    assert memories.why.tolist() == ['shares "like", "chess"', "not among the best 1 by keyword"]
    said = panel.frame[panel.frame.kind == "user"]
    assert dict(zip(said.text, said.in_prompt, strict=True)) == {
        "I like chess.": False,
        "I live in Leeds.": True,
    }
    panel.user_id = "lee"
    assert panel.parts.empty


async def test_what_is_switched_off_is_given_as_the_reason(agent: Agent) -> None:
    agent.add_memories_to_context = False
    await tell(agent, "kim", "I like chess.", "Do I like chess?")
    panel = Microscope(agent.db, "kim")
    assert set(panel.frame.why) == {
        "memories are kept out of the context",
        "history is kept out of the context",
    }
    assert not panel.frame.in_prompt.any()


async def test_two_runs_stand_beside_each_other_with_what_only_one_of_them_has(
    agent: Agent,
) -> None:
    await tell(agent, "kim", "I like chess.", "Do I like chess?", "I like tea.")
    await tell(agent, "kim", "Do I like chess?")
    panel = Microscope(agent.db, "kim")
    assert "+ - The user likes tea." not in panel.drawing.value
    panel.other.value = 2
    assert "+ - The user likes tea." in panel.drawing.value
    assert "+ - The user likes chess." not in panel.drawing.value
    assert 'aria-label="tokens: memories ' in panel.drawing.value
    await tell(agent, "kim", "Hello.")
    panel.refresh()
    assert panel.other.value == 2  # what was chosen stays, although there is one more
    panel.user_id = "lee"
    assert panel.other.value == 0


# SQL


async def test_sql_sees_the_chosen_user_and_everybody_only_when_asked(agent: Agent) -> None:
    await tell(agent, "kim", "I like chess.")
    await tell(agent, "lee", "I like tea.")
    box = SqlBox(agent.db, "kim")
    box.editor.on_message({"run": "SELECT user_id, memory FROM user_memories ORDER BY ALL"})
    assert box.frame.values.tolist() == [["kim", "The user likes chess."]]
    assert box.editor.value in box.source.value
    box.user_id = "lee"
    assert box.frame.values.tolist() == [["lee", "The user likes tea."]]
    box.user_id = ""
    assert box.frame.empty
    box.everybody.value = True
    assert box.frame.user_id.tolist() == ["kim", "lee"]


def test_wrong_sql_is_explained_in_the_box_and_shows_no_old_rows(agent: Agent) -> None:
    agent.db.for_user("kim").add_memory("The user likes chess.")
    box = SqlBox(agent.db, "kim")
    assert len(box.frame) == 1
    box.editor.on_message({"run": "SELECT * FROM memory"})
    assert "user_memories" in box.error.value
    assert (box.table.rows, box.source.value) == ([], "")
    assert box.frame.empty
    box.editor.on_message({"run": "  "})
    assert "chess" not in shown(box)


# The switches


def test_the_switches_set_the_agent_and_begin_as_it_is(agent: Agent) -> None:
    switches = Switches(agent)
    assert switches.switches["update_memory_on_run"].value
    for name, switch in switches.switches.items():
        switch.value = not switch.value
        assert getattr(agent, name) == switch.value
    assert not agent.update_memory_on_run  # the model decides now, and one way is enough
    switches.switches["update_memory_on_run"].value = True
    assert not agent.enable_agentic_memory
    switches.review.value = True
    assert agent.memory_manager.review
    switches.runs.value = 7
    assert agent.num_history_runs == 7
    switches.method.value = "hybrid"
    switches.limit.value, switches.tokens.value = 3, 40
    assert agent.recall == Recall("hybrid", 3, 40)


def test_the_switch_of_one_way_to_extract_memories_turns_the_other_off(agent: Agent) -> None:
    switches = Switches(agent)
    names = ["enable_agentic_memory", "update_memory_on_run"]
    agent.update_memory_on_run = True  # whatever the panel shows
    for on, off in (names, names[::-1]):
        switches.switches[on].value = True
        assert (getattr(agent, on), getattr(agent, off)) == (True, False)
        assert (switches.switches[on].value, switches.switches[off].value) == (True, False)


def test_a_recall_that_cannot_be_is_explained_and_the_old_one_stays(agent: Agent) -> None:
    switches = Switches(agent)
    switches.limit.value = 3
    assert "takes no limit" in switches.error.value
    assert agent.recall == Recall()
    switches.method.value = "last_n"
    assert switches.error.value == ""
    assert agent.recall == Recall("last_n", limit=3)


# Long work


async def test_work_shows_how_far_it_is_and_what_came_of_it() -> None:
    seen = []

    async def do(given) -> None:
        given.progress.expect(3)
        for _ in range(3):
            given.progress.advance()
            bar = panel.progress.bar
            seen.append((bar.value, bar.max, panel.progress.count.value))
        given.show(pd.DataFrame({"n": [3]}), "Done")

    panel = Work("Go", do)
    await work(panel)
    assert seen == [(1, 3, "1 of 3"), (2, 3, "2 of 3"), (3, 3, "3 of 3")]
    assert panel.table.caption == "Done"
    assert (panel.start.disabled, panel.progress.stop.disabled) == (False, True)


async def test_stopped_work_is_cancelled_and_an_error_is_shown() -> None:
    begun = asyncio.Event()

    async def wait(given) -> None:
        given.progress.expect(2)
        given.progress.advance()
        begun.set()
        await asyncio.sleep(60)

    panel = Work("Wait", wait)
    panel.start.click()
    await begun.wait()
    assert panel.start.disabled
    panel.progress.stop.click()
    assert panel.running
    await panel.running
    assert panel.progress.count.value == "1 of 2, stopped"
    assert not panel.start.disabled

    async def fail(_) -> None:
        raise ValueError("<b>no</b>")

    failing = Work("Fail", fail)
    with pytest.raises(ValueError, match="no"):
        await work(failing)
    assert "ValueError: &lt;b&gt;no&lt;/b&gt;" in failing.error.value


@pytest.mark.semantic
async def test_a_search_tells_scores_and_reasons_and_its_calls_are_kept(agent: Agent) -> None:
    user = agent.db.for_user("kim")
    for text in ("The user has a dog named Rex.", "The user likes tea."):
        user.add_memory(text)
    panel = Search(agent, "kim")
    panel.text.value, panel.method.value = "Which pet do I own?", "semantic"
    await work(panel)
    assert panel.frame.memory.tolist() == ["The user has a dog named Rex."]
    assert "similar in meaning" in shown(panel.table)
    assert panel.progress.count.value == "1 of 1"
    assert agent.db.query("SELECT why FROM model_calls", "kim").why.tolist() == ["search"]
    panel.user_id = "lee"
    assert panel.frame.empty
    assert "Rex" not in shown(panel)
    await work(panel)
    assert panel.frame.empty


async def test_a_search_that_asks_no_model_is_done_in_one_step(agent: Agent) -> None:
    agent.db.for_user("kim").add_memory("The user likes tea.")
    panel = Search(agent, "kim")
    panel.method.value = "last_n"
    await work(panel)
    assert (panel.progress.count.value, len(panel.frame)) == ("1 of 1", 1)


@pytest.mark.parametrize("name", ["Search", "Class"])
async def test_what_is_found_after_another_user_was_chosen_is_not_shown(
    agent: Agent, name: str
) -> None:
    user = agent.db.for_user("kim")
    user.add_memory("The user likes figs.")
    user.add_memory("The user likes chess.")
    playground = Playground(agent, users=["kim", "lee"])
    playground.following["Search"].text.value = "figs"
    panel = {"Search": playground.following["Search"], "Class": playground.optimisation}[name]
    found: list[object] = []
    panel.table.observe(lambda change: found.append(change["new"]), "rows")
    panel.start.click()
    await asyncio.sleep(0)  # it has begun, and somebody else is chosen
    choose(playground.talk, user_id="lee")
    assert panel.running
    await panel.running
    assert panel.frame.empty
    assert "figs" not in shown(panel) + str(found)


async def test_what_fails_after_another_user_was_chosen_is_not_shown() -> None:
    chosen = asyncio.Event()

    async def fail(_) -> None:
        await chosen.wait()
        raise InvalidInput("the user likes figs")

    panel = Work("Fail", fail, "kim")
    panel.start.click()
    await asyncio.sleep(0)
    panel.user_id = "lee"
    chosen.set()
    assert panel.running
    await panel.running
    assert "figs" not in shown(panel)


# Pictures


async def test_the_gallery_draws_everybody_and_finds_who_sees_a_word(agent: Agent) -> None:
    await tell(agent, "kim", "I like chess.")
    await tell(agent, "lee", "I like tea.")
    panel = Gallery(agent.db, "kim")
    assert panel.word.layout.display == "none"  # there is no word to ask for yet
    for kind in panel.kind.options[:-1]:
        panel.kind.value = kind
        panel.start.click()
        assert 'alt="' in panel.drawing.value
        assert panel.table.caption == "The table it was drawn from"
    panel.kind.value = WHO_SEES
    assert panel.word.layout.display is None
    panel.start.click()
    assert "which word?" in panel.error.value
    assert panel.drawing.value == ""
    panel.word.value = "chess"
    panel.start.click()
    assert "Of 1 tries to see somebody else&#x27;s, none succeeded." in panel.drawing.value
    panel.user_id = "lee"
    assert panel.word.value == panel.drawing.value == ""
    panel.kind.value = panel.kind.options[0]
    assert panel.word.layout.display == "none"


# Everything together


@pytest.mark.slow
async def test_the_playground_follows_whoever_is_chosen(agent: Agent) -> None:
    playground = Playground(agent, users=["kim", "lee"])
    await say(playground.talk, "I like chess.")
    for name in playground.tabs.options:
        playground.tabs.value = name
        front = playground.shown.children[playground.shown.selected_index]
        if isinstance(front, View) and not isinstance(front, Review | Person):
            assert "chess" in shown(front), name
    choose(playground.talk, user_id="lee")
    for name in playground.tabs.options:
        playground.tabs.value = name
        assert "chess" not in shown(playground), name
    await say(playground.talk, "I like tea.")
    playground.tabs.value = "Memories"
    assert playground.panels["Memories"].frame.memory.tolist() == ["The user likes tea."]
    choose(playground.talk, user_id="kim")
    assert "tea" not in shown(playground)


def turn_every_control(widget: ipywidgets.Widget) -> Iterator[str]:
    """What there is to see, as HTML, with each menu and slider within a panel at each position."""
    yield shown(widget)
    for control in every_child(widget):
        if isinstance(control, ipywidgets.Dropdown):
            for position in range(len(control.options)):
                control.index = position
                yield shown(widget)
        elif isinstance(control, ipywidgets.IntSlider):
            for position in range(control.max + 1):
                control.value = position
                yield shown(widget)


def every_child(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    for child in getattr(widget, "children", ()):
        yield child
        yield from every_child(child)


async def use(panel: ipywidgets.Widget, word: str) -> list[str]:
    """What there is to see of a panel while all its controls are used."""
    for control in every_child(panel):
        if isinstance(control, ipywidgets.Text):
            control.value = word
    seen = list(turn_every_control(panel))
    for control in every_child(panel):
        if isinstance(control, ipywidgets.Button) and not control.disabled:
            control.click()
            for each in (panel, *every_child(panel)):
                if isinstance(each, Work) and each.running:
                    await each.running
            seen.append(shown(panel))
    return seen


async def test_a_user_chosen_while_rows_are_read_is_shown_and_nobody_else(agent: Agent) -> None:
    await tell(agent, "kim", "I like chess.")
    await tell(agent, "lee", "I like figs.")

    class Chosen(MemoryTable):
        def draw(self, frame: pd.DataFrame) -> str:
            self.user_id = "lee"  # as a click in another thread does
            return ""

    panel = Chosen(agent.db, "kim")
    assert panel.frame.memory.tolist() == ["The user likes figs."]
    assert "chess" not in shown(panel)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*OF_ONE_USER, "Search", "Class"])
async def test_whatever_is_done_in_a_panel_shows_nothing_of_somebody_else(
    agent: Agent, name: str
) -> None:
    for user_id, word in (("kim", "chess"), ("lee", "figs")):
        agent.memory_manager = MemoryManager(agent.model)
        await tell(agent, user_id, f"I like {word}.", f"I like {word} books.", f"Do I like {word}?")
        agent.memory_manager = MemoryManager(agent.model, review=True)
        await tell(agent, user_id, f"My name is {word.title()}.")
    agent.memory_manager = MemoryManager(agent.model)
    playground = Playground(agent)
    playground.students.value = 1
    playground.tabs.value = name
    panel = playground.panels[name]
    for user_id, own, other in (("kim", "chess", "figs"), ("lee", "figs", "chess")):
        choose(playground.talk, user_id=user_id)
        assert other not in shown(playground).lower()
        seen = [each.lower() for each in await use(panel, own)]
        assert any(own in each for each in seen) or name == "Pictures"
        assert not any(other in each for each in seen)
    choose(playground.talk, user_id="kim")
    assert "figs" not in shown(playground).lower()
    playground.talk.user_id = ""
    assert "chess" not in shown(playground).lower()


async def test_the_playground_puts_memories_together(agent: Agent) -> None:
    user = agent.db.for_user("kim")
    for thing in ("tea", "figs"):
        user.add_memory(f"The user likes {thing}.")
    playground = Playground(agent)
    await work(playground.optimisation)
    assert [each.memory for each in user.memories()] == ["The user likes tea and figs."]
    assert "The user likes tea and figs." in shown(playground.optimisation.table)


# As text, always


@pytest.mark.slow
@pytest.mark.parametrize("nasty", NASTY)
async def test_whatever_is_said_or_remembered_is_shown_as_text(agent: Agent, nasty: str) -> None:
    user = agent.db.for_user("kim")
    memory = user.add_memory(nasty, [nasty[:200]])
    agent.instructions = nasty
    playground = Playground(agent)
    await say(playground.talk, nasty)
    playground.tabs.value = "Prompt"
    playground.panels["Prompt"].other.value = 1
    playground.panels["Search"].text.value = nasty
    playground.panels["Search"].method.value = "last_n"
    await work(playground.panels["Search"])
    user.update_memory(memory.memory_id, f"{nasty[:400]} and more")
    agent.memory_manager = MemoryManager(agent.model, review=True)
    await say(playground.talk, f"I like {nasty[:60]}.")
    for name in playground.tabs.options:
        playground.tabs.value = name
    html = "".join(w.value for w in every_child(playground) if isinstance(w, ipywidgets.HTML))
    html += "".join(message["html"] for message in playground.talk.messages)
    assert html.count(escape(nasty[:40])) > 2  # tables and messages go to the browser as text
    assert not re.search(r"<(script|img|u>|b>bold)|<[^>]* on\w+=", html)


def test_html_of_values() -> None:
    assert as_text(None) == as_text(float("nan")) == as_text(pd.NA) == as_text(pd.NaT) == ""
    assert (as_text(3.0), as_text(2.5), as_text(True)) == ("3", "2.5", "yes")
    assert as_text(["a", "b"]) == "a, b"
    assert as_text(pd.Timestamp("2026-01-02 03:04:05", tz="UTC")) == "2026-01-02 03:04:05 UTC"
    assert frame_html(pd.DataFrame({"n": range(107)})).count("<tr>") == 1 + 100
    assert "and 7 more rows" in frame_html(pd.DataFrame({"n": range(107)}))
    assert "<b>" not in frame_html(pd.DataFrame({"<b>": ["<b>"]}))
    named = frame_html(pd.DataFrame({"n": [7]}, index=pd.Index([400], name="size")))
    assert named.index(">size<") < named.index(">n<") < named.index(">400<") < named.index(">7<")


def test_markdown_is_shown_and_nothing_in_it_runs_or_loads() -> None:
    shown_as = markdown_html("**bold** and `code`\n\n- a list")
    assert "<strong>bold</strong>" in shown_as
    assert "<li>a list</li>" in shown_as
    hostile = "<img src=x onerror=alert(1)> ![p](http://x/y.png) [a](javascript:alert(1)) <script>"
    for tag in ("<img", "<script", 'href="javascript'):
        assert tag not in markdown_html(hostile)


def test_a_table_is_text_with_marks_and_says_when_it_shows_a_part() -> None:
    table = Table()
    table.show(pd.DataFrame({"n": range(MOST_ROWS + 7), "empty": None}), "Numbers")
    assert (len(table.rows), table.columns) == (MOST_ROWS, ["n"])
    assert table.note == "the first 1,000 of 1,007 rows; the frame has all"
    table.show(pd.DataFrame({"change": ["added", ""]}), "Marked", "change")
    assert [row["cells"] for row in table.rows] == [["+ added"], [""]]
    assert [bool(row["colour"]) for row in table.rows] == [True, False]
    table.show(pd.DataFrame(), "Nobody", nothing="no memories yet")
    assert (table.rows, table.note) == ([], "no memories yet")


@pytest.mark.slow
async def test_a_word_that_others_have_said_is_no_secret_and_no_leak(agent: Agent) -> None:
    for user_id in ("kim", "lee", "pat"):
        await tell(agent, user_id, "What do you suggest I do this weekend?")
    await tell(agent, "kim", "I like chess.")
    panel = Gallery(agent.db, "kim")
    panel.kind.value = WHO_SEES
    panel.word.value = "weekend"
    panel.start.click()
    assert (
        "&#x27;weekend&#x27; is not a secret; other users who have said it, too: 2."
        in panel.drawing.value
    )
    assert "LEAK" not in panel.drawing.value
    assert "True" not in str([row["cells"][3] for row in panel.table.rows])
    panel.word.value = "chess"
    panel.start.click()
    assert "not a secret" not in panel.drawing.value


async def test_a_person_exports_and_is_forgotten_only_after_a_question(agent: Agent) -> None:
    await tell(agent, "kim", "I like chess.")
    await tell(agent, "lee", "I like tea.")
    panel = Person(agent.db, "kim")
    panel.export.click()
    assert "data:application/json;base64," in panel.drawing.value
    panel.forget.click()
    assert "erase every row of kim" in panel.confirm.description
    panel.cancel.click()
    assert agent.db.users() == ["kim", "lee"]
    panel.forget.click()
    panel.confirm.click()
    assert agent.db.users() == ["lee"]
    receipt = dict(row["cells"] for row in panel.receipt.rows)
    assert (receipt["user_memories"], panel.gone) == ("1", 1)
    panel.user_id = "lee"
    assert "kim" not in shown(panel)


async def test_a_memory_is_erased_after_a_question_with_its_receipt(agent: Agent) -> None:
    for user_id, word in (("kim", "kingfisher"), ("lee", "nightingale")):
        await tell(agent, user_id, f"My password is {word}. I like tea.")
    playground = Playground(agent)
    playground.talk.user_id = "kim"
    playground.following["Search"].text.value = "tea"
    await work(playground.following["Search"])
    assert "kingfisher" in shown(playground)
    panel = playground.following["Person"]
    panel.memory.value = 1
    panel.erase.click()
    assert "erase memory 1" in panel.confirm.description
    panel.cancel.click()
    assert "kingfisher" in str(agent.db.for_user("kim").export())
    panel.erase.click()
    panel.confirm.click()
    assert panel.error.value == ""
    receipt = [row["cells"] for row in panel.receipt.rows]
    assert panel.receipt.columns == ["table", "deleted", "blanked"]
    assert ["user_memories", "1", "1"] in receipt
    assert ["messages", "", "2"] in receipt
    assert "kingfisher" not in str(agent.db.for_user("kim").export())
    assert "kingfisher" not in shown(playground)
    assert "nightingale" in str(agent.db.for_user("lee").export())
    assert [number for _, number in panel.memory.options] == [2]


async def test_what_was_forgotten_in_a_chat_still_stands_and_the_panel_says_where(
    agent: Agent,
) -> None:
    agent.memory_manager = MemoryManager(agent.model, clear_memories=True)
    await tell(agent, "kim", "I like tea.", "Please forget everything about me.")
    await tell(agent, "lee", "I like tea.")
    assert agent.get_user_memories("kim") == []
    panel = Person(agent.db, "kim")
    [row] = panel.frame.itertuples(index=False)
    assert row.memory == "The user likes tea."
    assert (row.messages, row.model_calls, row.memory_events) == (1, 4, 2)
    panel.erase.click()
    panel.confirm.click()
    assert panel.frame.empty
    assert "no memory was deleted" in panel.table.note
    assert Person(agent.db, "lee").frame.empty


async def test_the_menu_of_sessions_shows_titles_and_the_newest_first(agent: Agent) -> None:
    await tell(agent, "kim", "I like figs.", session_id="first")
    await tell(agent, "kim", "I like tea.", session_id="second")
    talk = Conversation(agent)
    assert talk.sessions == [("second", "second: I like tea."), ("first", "first: I like figs.")]
    assert talk.session_id == "second"


async def test_a_button_says_in_six_lines_what_the_model_can_do(agent: Agent) -> None:
    panel = Switches(agent).check
    await work(panel)
    text = shown(panel.table)
    wanted = ["reply", "stream", "tools", "json_schema", "embeddings", "usage"]
    assert [name for name in wanted if name in text] == wanted
    assert agent.db.users() == []  # nothing of it is stored
