"""Erasing a memory or a session: gone from every table and from the bytes, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lives import NOON, live, open_pinned
from memkit import Agent, InvalidInput, OfflineChat, SqliteDb, StoreError, UnknownMemory
from memkit.context import parts_of
from memkit.records import Change
from memkit.store.db import Db
from memkit.store.runs import RunLog
from support import ScriptedChat, open_store, say, use

SAID = ["I like tea. My PIN is 471147. I live in Oslo.", "What do you know about me?"]


@pytest.fixture
def db(place: str) -> Iterator[Db]:
    db = open_pinned(place)
    yield db
    db.close()


def talk(db: Db, *user_ids: str, more: Any = ()) -> None:
    """Each of them tells a PIN, and hears it again in a second session."""
    agent = Agent(
        OfflineChat(),
        db,
        update_memory_on_run=True,
        add_memories_to_context=True,
        add_history_to_context=True,
        enable_session_summaries=True,
    )
    for user_id in user_ids:
        for session_id in ("monday", "friday"):
            for said in [*SAID, *more]:
                agent.run(said, user_id=user_id, session_id=session_id)


def pin(db: Db, user_id: str) -> int:
    """The number of the memory of the PIN."""
    [number] = [m.memory_id for m in db.for_user(user_id).memories() if "471147" in m.memory]
    return number


def text_of(db: Db, user_id: str) -> str:
    return json.dumps(db.for_user(user_id).export(), ensure_ascii=False)


def on_disk(file: Path) -> bytes:
    return b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))


@pytest.mark.slow
def test_a_memory_goes_from_every_table_and_all_else_stays(db: Db) -> None:
    talk(db, "ann", "bo")
    ann, bo = db.for_user("ann"), db.for_user("bo")
    others, before = bo.export(), ann.export()
    db.query("FROM messages", "ann")  # the mirror has it
    receipt = ann.erase_memory(pin(db, "ann"))
    assert "471147" not in text_of(db, "ann")
    assert "471147" not in db.query("FROM messages", "ann").to_csv()
    assert "471147" not in db.query("FROM model_calls WHERE user_id = 'ann'").to_csv()
    assert bo.export() == others
    assert db.query("FROM messages WHERE user_id = 'bo'").to_csv().count("471147") > 1
    assert [memory.memory for memory in ann.memories()] == [
        "The user likes tea.",
        "The user lives in Oslo.",
    ]
    after = ann.export()
    assert {name: len(rows) for name, rows in after.items()} == {
        name: len(rows) - (name == "user_memories") for name, rows in before.items()
    }  # an event for an event
    assert receipt["deleted"] == {"memory_events": 1, "memory_terms": 2, "user_memories": 1}
    assert receipt["still_in"] == {}
    changed = {
        name: sum(old != new for old, new in zip(before[name], after[name], strict=True))
        for name in set(before) - {"user_memories", "memory_events"}
    }
    counted = {name: n for name, n in receipt["blanked"].items() if name in changed}
    assert counted == {name: n for name, n in changed.items() if n}
    assert ann.messages("monday")[0].content == "I like tea. [erased] I live in Oslo."
    assert ann.sessions()[0].title == "I like tea. [erased] I live in Oslo."
    assert ann.memories(as_of=1) == ann.memories()  # nor was it ever there


def test_the_parts_of_every_request_can_still_be_told_apart(db: Db) -> None:
    talk(db, "ann")
    outlines = "SELECT context, request FROM agent_runs JOIN model_calls USING (run_id)"
    before = db.query(f"{outlines} WHERE why = 'reply' ORDER BY call_id", "ann")
    db.for_user("ann").erase_memory(pin(db, "ann"))
    after = db.query(f"{outlines} WHERE why = 'reply' ORDER BY call_id", "ann")
    for old, new in zip(before.itertuples(), after.itertuples(), strict=True):
        was, now = (
            parts_of(json.loads(row.request)["messages"], json.loads(row.context))
            for row in (old, new)
        )
        assert [part.source for part in was] == [part.source for part in now]
        for then, part in zip(was, now, strict=True):
            assert ("[erased]" in part.text) == ("471147" in then.text)
            assert part.text == then.text or "[erased]" in part.text


@pytest.mark.slow
def test_nothing_is_left_in_the_bytes_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "memkit.db"
    db, other = SqliteDb(file), SqliteDb(file)
    ann = db.for_user("ann")
    for number in range(30):
        live(ann, f"xylophones{number} " + "and so on " * 30, f"s{number}")
        live(db.for_user("bo"), f"bassoons{number}")
    ann.update_memory(7, "The user likes zithers.")
    ann.delete_memory(9)
    other.query("FROM messages")
    assert b"xylophones6 " in on_disk(file)
    for number in (7, 9):  # one that was changed, and one that was deleted
        ann.erase_memory(number)
    left = on_disk(file)
    assert not any(word in left for word in (b"xylophones6 ", b"zithers", b"xylophones8 "))
    assert b"xylophones5 " in left
    assert b"bassoons6" in left
    assert "zithers" not in other.query("FROM memory_events").to_csv()
    ann.erase_session("s3")
    assert b"I like xylophones3 " not in on_disk(file)
    db.close()
    other.close()


@pytest.mark.parametrize(
    ("memory", "texts"),
    {
        "The user's PIN is 471147.": "My PIN is 471147|Your PIN is 471147|471147? It's 471147!",
        "The user sees Dr. Müller.": "Dr. Mu\u0308ller|müller|MULLER|a Müller",
        "用户的密码是四七一一。": "我的密码是四七一一|四七一一",
        'The user says "abc-9".': 'I say \\"ABC-9\\"|abc 9',
        "The user is allergic to nuts.": "Is a nut bad for me?|NUTS",
    }.items(),
)
def test_words_that_tell_a_memory_apart_go_wherever_they_stand(
    db: Db, memory: str, texts: str
) -> None:
    ann = db.for_user("ann")
    number = ann.add_memory(memory).memory_id
    for text in texts.split("|"):
        RunLog(ann).begin_run("s", text)
    ann.erase_memory(number)
    for message in ann.messages("s"):
        assert "[erased]" in message.content
        for word in ("471147", "ller", "LLER", "四七", "9", "nut", "NUT", "密码"):
            assert word not in message.content


def test_what_other_memories_say_stays_and_the_receipt_says_so(db: Db) -> None:
    ann = db.for_user("ann")
    ann.add_memory("The user likes tea.")
    ann.add_memory("The user likes tea and figs.")
    RunLog(ann).begin_run("s", "I like tea and figs every Monday.")
    assert ann.erase_memory(1)["still_in"] == {"user_memories": 1}
    assert ann.messages("s")[0].content == "I like tea and figs every Monday."
    assert ann.erase_memory(2)["still_in"] == {}
    assert ann.messages("s")[0].content == "I like [erased] and [erased] every Monday."


def test_the_sentence_goes_also_if_the_memory_has_none_of_its_words(db: Db) -> None:
    ann = db.for_user("ann")
    source = RunLog(ann).begin_run("s", "He did it again, you know.").source
    changes = [Change("add", None, "The user was robbed.")]
    RunLog(ann).change_memories(changes, source=source)
    ann.erase_memory(1)
    assert ann.messages("s")[0].content == "[erased]"


def test_undo_of_what_was_erased_says_so_and_its_number_is_not_given_again(db: Db) -> None:
    ann = db.for_user("ann")
    for memory in ("a pin 471147", "a cat"):
        ann.add_memory(memory)
    ann.update_memory(2, "a cat and a dog, PIN 471147")
    ann.update_memory(2, "a cat")
    events = ann.history()
    ann.erase_memory(1)
    with pytest.raises(InvalidInput, match="event 1 cannot be undone: memory 1 was erased"):
        ann.undo(events[:1])
    with pytest.raises(InvalidInput, match="what it says was erased for good"):
        ann.undo(ann.history(2)[-1:])  # the text before it had the PIN
    for change in (ann.erase_memory, ann.delete_memory, ann.update_memory):
        with pytest.raises(UnknownMemory, match="no memory 1, it was erased for good"):
            change(1)
    with pytest.raises(UnknownMemory, match="no memory 9; there are: 2"):
        ann.erase_memory(9)
    ann.erase_memory(2)
    assert ann.add_memory("new").memory_id == 3
    assert [event.status for event in ann.history(1)] == ["erased"]
    assert db.for_user("cy").restore(ann.export()) is None
    with pytest.raises(UnknownMemory, match="erased for good"):
        db.for_user("cy").delete_memory(1)


def test_a_turn_that_is_under_way_brings_nothing_back(db: Db) -> None:
    ann = db.for_user("ann")
    ann.add_memory("a pin 471147")
    _, version = RunLog(ann).snapshot()
    source = RunLog(ann).begin_run("s", "My PIN is 471147.").source
    ann.erase_memory(1)
    for write in (
        lambda: RunLog(ann).finish_run(source, "completed", "Your PIN is 471147."),
        lambda: RunLog(ann).change_memories([Change("add", None, "a pin 471147")], version),
    ):
        with pytest.raises(StoreError, match="something was erased"):
            write()
    [run] = ann.export()["agent_runs"]
    assert (run["status"], run["finished_at"]) == ("cancelled", NOON.isoformat())
    assert "471147" not in text_of(db, "ann")


async def test_a_real_turn_that_is_under_way_ends_with_an_error(db: Db) -> None:
    ann = db.for_user("ann")
    ann.add_memory("a pin 471147")

    def erase() -> str:
        """Erase the memory of the PIN."""
        ann.erase_memory(1)
        return "done"

    model = ScriptedChat([use(("erase", {})), say("Your PIN is 471147.")])
    agent = Agent(model, db, tools=[erase], add_memories_to_context=True)
    with pytest.raises(StoreError, match="something was erased"):
        await agent.arun("Say my PIN.", user_id="ann", session_id="s")
    assert "471147" not in text_of(db, "ann")
    run = await Agent(OfflineChat(), db).arun("Hello.", user_id="ann", session_id="s")
    assert run.error is None


def test_a_session_goes_and_what_was_learned_in_it_stays(db: Db) -> None:
    talk(db, "ann", "bo")
    ann, others = db.for_user("ann"), db.for_user("bo").export()
    memories = [memory.memory for memory in ann.memories()]
    receipt = ann.erase_session("monday")
    assert [session.session_id for session in ann.sessions()] == ["friday"]
    assert ann.messages("monday") == []
    assert len(ann.messages("friday")) == 4
    assert [memory.memory for memory in ann.memories()] == memories
    assert {memory.input for memory in ann.memories()} == {"[erased]"}
    assert {event.run_id for event in ann.history()} == {None}
    exported = ann.export()
    assert {row["session_id"] for row in exported["model_calls"]} == {"friday"}
    assert receipt["deleted"] | {"model_calls": 0} == {
        "agent_sessions": 1,
        "agent_runs": 2,
        "messages": 4,
        "model_calls": 0,
    }
    assert receipt["blanked"]["user_memories"] == receipt["blanked"]["memory_events"] == 3
    assert db.for_user("bo").export() == others
    with pytest.raises(InvalidInput, match="no session 'monday'; there are: 'friday'"):
        ann.erase_session("monday")
    talk(db, "ann")
    assert len(ann.messages("monday")) == 4


def test_an_erased_session_is_not_quoted_elsewhere(db: Db) -> None:
    ann = db.for_user("ann")
    live(ann, "secret harps", "monday")
    found = live(ann, "plain flutes", "friday")
    quoted = "In March they had told me: I like secret harps."
    RunLog(ann).finish_run(found, "completed", summary=quoted)
    ann.erase_session("monday")
    text = text_of(db, "ann")
    assert "told me: [erased]" in text
    assert text.count("secret harps") == len(["after", "memory", "topic", "topic", "rejected"])


def test_sessions_have_titles_and_the_newest_comes_first(place: str) -> None:
    with open_store(place) as db:
        ann = db.for_user("ann")
        long = "Where can I find a quiet place to read on a rainy day in town?"
        for session_id, said in [("a", "  Hello\n there "), ("b", long), ("a", "Again")]:
            RunLog(ann).begin_run(session_id, said)
        RunLog(db.for_user("bo")).begin_run("a", "Bo here")
        titles = {session.session_id: session.title for session in ann.sessions()}
        assert titles == {"a": "Hello there", "b": f"{long[:49]}…"}
        assert [session.session_id for session in ann.sessions(newest_first=True)] == ["a", "b"]
        ann.rename_session("a", " Reading  plans ")
        assert ann.sessions()[0].title == "Reading plans"
        assert db.for_user("bo").sessions()[0].title == "Bo here"
        with pytest.raises(InvalidInput, match="no session 'c'; there are: 'a', 'b'"):
            ann.rename_session("c", "x")
        with pytest.raises(InvalidInput, match="title"):
            ann.rename_session("a", "  ")
