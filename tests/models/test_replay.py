"""Recording the answers of a model, and replaying them."""

import json
from pathlib import Path

import pytest

from memkit import (
    Agent,
    InvalidInput,
    MemoryManager,
    ModelError,
    OfflineChat,
    OpenAIChat,
    RecordingChat,
    ReplayChat,
)
from memkit.lab import conversation, temporary_store
from memkit.models.keys import redact
from support import completion, say, send_json, server

RECORDINGS = Path(__file__).parents[2] / "data" / "recordings"
KEY = "sk-secret-4711"


async def play(model, db, **settings):
    """The eight turns of three users; what came of each."""
    agent = Agent(
        model,
        db,
        update_memory_on_run=True,
        add_memories_to_context=True,
        add_history_to_context=True,
        **settings,
    )
    runs = [
        await agent.arun(turn.message, user_id=turn.user_id, session_id=turn.session_id)
        for turn in conversation("three_users")
    ]
    await model.aclose()
    return runs


async def test_a_recording_replays_to_the_same_runs_without_the_model(tmp_path):
    path = tmp_path / "somewhere" / "recorded.jsonl"
    first, second = temporary_store(), temporary_store()
    recorded = await play(RecordingChat(OfflineChat(), path), first)
    replayed = await play(ReplayChat(path), second)
    assert [run.content for run in replayed] == [run.content for run in recorded]
    assert [run.error for run in replayed] == [None] * 8
    for user_id in first.users():
        texts = [
            [each.memory for each in db.for_user(user_id).memories()] for db in (first, second)
        ]
        assert texts[0] == texts[1] != []


async def test_a_recording_holds_no_key_no_header_and_no_address(tmp_path):
    def answer(handler, _):
        send_json(handler, completion(say(f"Your key is {handler.headers['Authorization']}")))

    path = tmp_path / "recorded.jsonl"
    with server(answer) as url:
        model = OpenAIChat("m", url, KEY, default_headers={"x-api-key": "other-secret-4711"})
        recording = RecordingChat(model, path)
        await recording.check()
        await recording.aclose()
    text = path.read_text("utf-8")
    assert "Your key is Bearer ***" in text
    for secret in (KEY, "other-secret", "x-api-key", "127.0.0.1", "Authorization"):
        assert secret not in text
    assert {key for line in text.splitlines() for key in json.loads(line)} == {"request", "answer"}


@pytest.mark.semantic
async def test_a_replay_may_be_streamed_and_searched(tmp_path, db):
    path = tmp_path / "recorded.jsonl"
    for open_model in (lambda: RecordingChat(OfflineChat(), path), lambda: ReplayChat(path)):
        model = open_model()
        user = db.for_user("ana")
        user.clear_memories()
        user.add_memory("The user likes tea.")
        agent, pieces = Agent(model, db), []
        await agent.arun("hello", user_id="ana", session_id="s", on_text=pieces.append)
        found = await MemoryManager(model).asearch_user_memories(user, "tea", 1, "semantic")
        await model.aclose()
        assert "".join(pieces).startswith("Hello!")
        assert [each.memory for each in found] == ["The user likes tea."]


async def test_a_request_that_was_not_recorded_shows_the_nearest_and_what_differs(tmp_path, db):
    path = tmp_path / "recorded.jsonl"
    recording = RecordingChat(OfflineChat(), path)
    for message in ("I like jam.", "Something else entirely."):
        await Agent(recording, db).arun(message, user_id="ana", session_id="s")
    await recording.aclose()
    model = ReplayChat(path)
    run = await Agent(model, db).arun("I like ham.", user_id="ana", session_id="s")
    await model.aclose()
    assert run.content is None
    for words in ("is not in recorded.jsonl", "I like jam.", "I like ham.", "RecordingChat"):
        assert words in run.error
    assert "entirely" not in run.error


async def test_the_same_question_is_answered_in_the_recorded_order(tmp_path, db):
    path = tmp_path / "recorded.jsonl"
    answers = iter(["one", "two"])
    with server(lambda handler, _: send_json(handler, completion(say(next(answers))))) as url:
        recording = RecordingChat(OpenAIChat("m", url), path)
        for _ in range(2):
            await Agent(recording, db).arun("hello", user_id="ana", session_id="s")
        await recording.aclose()
    model = ReplayChat(path)
    runs = [await Agent(model, db).arun("hello", user_id="ben", session_id="s") for _ in range(3)]
    await model.aclose()
    assert [run.content for run in runs] == ["one", "two", "two"]
    assert model.id == "m"


@pytest.mark.parametrize(
    "message",
    [
        "one\u2028two\u2029three\u0085four",
        "Clone https://ana@github.com/ana/tea.git please.",
        "I use postgres://ana:secret@host/db.",
    ],
)
async def test_a_message_is_found_again_whatever_is_in_it(tmp_path, message):
    path, db = tmp_path / "recorded.jsonl", temporary_store()
    recording = RecordingChat(OfflineChat(), path)
    recorded = await Agent(recording, db).arun(message, user_id="ana", session_id="s")
    await recording.aclose()
    path.write_text(path.read_text("utf-8") + "\n", "utf-8-sig")  # as an editor may leave it
    model = ReplayChat(path)
    replayed = await Agent(model, db).arun(message, user_id="ben", session_id="s")
    await model.aclose()
    assert (replayed.content, replayed.error) == (redact(recorded.content, ()), None)


@pytest.mark.parametrize("text", [None, "{}", "no JSON", "[]", '{"request": {}}'])
def test_a_file_that_is_no_recording_is_said_so(tmp_path, text):
    path = tmp_path / "recorded.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ModelError, match=r"recorded\.jsonl is not a recording"):
        ReplayChat(path)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: RecordingChat(OfflineChat, path), "model cannot be the class OfflineChat"),
        (lambda path: RecordingChat("gpt-4o", path), "write OpenAIChat(id='gpt-4o')"),
        (lambda path: RecordingChat(path, OfflineChat()), "model cannot be"),
        (lambda path: RecordingChat(OfflineChat(), OfflineChat()), "path is the path of a file"),
        (lambda path: RecordingChat(OfflineChat(), 3), "path is the path of a file"),
        (lambda path: ReplayChat(OfflineChat()), "path is the path of a file"),
        (lambda path: ReplayChat(" "), "path is the path of a file"),
    ],
    ids=[*map(str, range(7))],
)
def test_a_model_and_a_path_are_wanted(tmp_path, make, says):
    with pytest.raises(InvalidInput) as refused:
        make(tmp_path / "new" / "recorded.jsonl")
    assert says in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("extraction", ["tools", "json_schema"])
async def test_the_recorded_turns_of_a_real_model_are_those_that_are_asked_for(extraction):
    """After a change of a prompt: .venv/bin/python tests/small_model.py record"""
    model = ReplayChat(RECORDINGS / f"smollm2_{extraction}.jsonl")
    db = temporary_store()
    runs = await play(model, db, memory_manager=MemoryManager(extraction=extraction))
    assert all(run.content for run in runs)
    assert "is not in" not in str([run.error for run in runs])
    assert bool(len(db.query("FROM user_memories"))) == (extraction == "json_schema")
