"""Extraction over real endpoints: without tools, with tools that are ignored, and slow ones."""

import asyncio
import json
import threading
from datetime import UTC, datetime

import pytest

from memkit import Agent, InvalidInput, MemoryManager, ModelError, OfflineChat, OpenAIChat
from memkit.extraction import AddMemory, ClearMemory, asked_changes, proposals
from memkit.records import Change, ModelCall
from support import completion, say, send_json, server, use

ADD = {"action": "add", "memory_id": None, "memory": "The user likes tea.", "topics": ["food"]}
JAM = {"action": "update", "memory_id": 1, "memory": "The user likes jam.", "topics": []}
GONE = {"action": "delete", "memory_id": 1, "memory": None, "topics": []}


def changes(*wanted):
    return json.dumps({"changes": list(wanted)})


async def turn(db, answers, message="I like tea.", finish="stop", **manager):
    """One run whose memory requests get these answers, and the requests."""
    requests, left = [], list(answers)

    def answer(handler, body):
        if body["messages"][0]["role"] != "system":
            return send_json(handler, completion(say("fine")))
        requests.append(body)
        return send_json(handler, completion(left.pop(0), finish=finish))

    with server(answer) as url:
        settings = {"extraction": "json_schema", **manager}
        agent = Agent(
            OpenAIChat("m", url),
            db,
            update_memory_on_run=True,
            memory_manager=MemoryManager(**settings),
        )
        run = await agent.arun(message, user_id="ana", session_id="s")
        await agent.model.aclose()
    assert run.content == "fine"
    return run, requests


def memories(db):
    return [each.memory for each in db.for_user("ana").memories()]


async def test_an_endpoint_without_tools_is_asked_for_json_of_one_form(db):
    run, [request] = await turn(db, [say(changes(ADD))])
    assert run.error is None
    assert "tools" not in request
    form = request["response_format"]
    assert form["type"] == "json_schema"
    schema = form["json_schema"]["schema"]
    change = schema["properties"]["changes"]["items"]
    assert list(change["properties"]) == ["action", "memory_id", "memory", "topics"]
    assert change["properties"]["action"]["enum"] == ["add", "update", "delete"]
    assert '"changes"' in request["messages"][0]["content"]
    [memory] = db.for_user("ana").memories()
    assert (memory.memory, memory.topics) == ("The user likes tea.", ["food"])


@pytest.mark.parametrize(
    ("change", "left"),
    [(JAM, ["The user likes jam."]), (GONE, []), (ADD, ["The user likes tea."])],
)
async def test_every_action_is_a_checked_change(db, change, left):
    db.for_user("ana").add_memory("The user likes tea.")
    await turn(db, [say(changes(change)), say(changes())])
    assert memories(db) == left


@pytest.mark.parametrize(
    "text",
    [
        changes(ADD),
        f"```json\n{changes(ADD)}\n```",
        f"Here you are:\n{changes(ADD)}\nAnything else?",
        f"<think>{{hm}}</think>\n{changes(ADD)}",
        json.dumps([ADD]),
        json.dumps(ADD),
        changes({**ADD, "topics": None}),
        changes({"action": "add", "memory": "The user likes tea."}),
    ],
)
async def test_the_json_may_stand_in_fences_or_among_words(db, text):
    run, _ = await turn(db, [say(text)])
    assert (memories(db), run.error) == (["The user likes tea."], None)


@pytest.mark.parametrize("text", [changes(), "[]", f"Nothing:\n```\n{changes()}\n```"])
async def test_no_change_is_an_answer(db, text):
    run, requests = await turn(db, [say(text)])
    assert (memories(db), run.error, len(requests)) == ([], None, 1)


@pytest.mark.parametrize(
    "text",
    [
        "I will remember that.",
        '{"changes": [{"act',
        '{"a": 1}',
        "",
        changes(None),
        changes(5),
        changes("action: add tea"),
        changes({**ADD, "action": ["add"]}),
        changes({**ADD, "action": {"type": "add"}}),
        '{"changes": [{"action": "add", "memory": "The user reads "Dune".", "topics": []',
    ],
)
async def test_an_answer_without_the_json_is_said_to_be_none_and_kept(db, text):
    run, _ = await turn(db, [say(text)])
    assert "did not answer with the JSON that it was asked for" in run.error
    [stored] = db.query("SELECT response FROM model_calls WHERE why = 'memory'").response
    assert json.loads(stored)["content"] == text


async def test_a_rejected_change_is_told_in_words_and_may_be_tried_again(db):
    wrong = {**JAM, "memory_id": 7}
    run, [_, second] = await turn(db, [say(changes(wrong)), say(changes(ADD))])
    answered, told = second["messages"][-2:]
    assert answered == say(changes(wrong))
    assert told["role"] == "user"
    assert "1: rejected: " in told["content"]
    assert [each.status for each in run.memory_events] == ["rejected", "applied"]
    assert memories(db) == ["The user likes tea."]


async def test_the_form_gives_no_more_rights_than_the_tools(db):
    db.for_user("ana").add_memory("The user likes tea.")
    other = {**GONE, "user_id": "ben"}
    run, _ = await turn(db, [say(changes(other))] * 3, delete_memories=False)
    assert {each.status for each in run.memory_events} == {"rejected"}
    assert memories(db) == ["The user likes tea."]


async def test_the_offline_model_answers_in_json_as_it_does_with_tools(db):
    for extraction in ("tools", "json_schema"):
        manager = MemoryManager(OfflineChat(), extraction=extraction)
        user = db.for_user(extraction)
        for message in (
            "I like tea and jam.",
            "My dog is called Rex.",
            "I don't like jam any more.",
        ):
            await manager.acreate_user_memories(user, message)
    kept = [
        [each.memory for each in db.for_user(who).memories()] for who in ("tools", "json_schema")
    ]
    assert kept[0] == kept[1] != []


def test_another_way_of_extraction_is_refused():
    with pytest.raises(InvalidInput, match="extraction is 'tools' or 'json_schema'"):
        MemoryManager(extraction="xml")


# Arguments that say nothing


@pytest.mark.parametrize(
    "nothing",
    [
        {"expires_at": ""},
        {"expires_at": "null"},
        {"expires_at": "None"},
        {"expires_at": "N/A"},
        {"topics": ""},
        {"topics": "null"},
        {"topics": "None"},
        {"topics": ["N/A"]},
        {"topics": [""]},
        {"topics": [None]},
        {"memory_id": None},
    ],
    ids=str,
)
def test_an_argument_that_says_nothing_costs_no_memory(nothing):
    passed = json.dumps({"memory": "The user likes tea.", **nothing})
    tool_call = {"function": {"name": "add_memory", "arguments": passed}}
    [change] = proposals(tool_call, [AddMemory], [])
    assert change == Change("add", None, "The user likes tea.", [])


@pytest.mark.parametrize("more", [{"user_id": "ben"}, {"reason": ""}, {"memory_id": 1}], ids=str)
def test_an_argument_too_many_is_still_refused(more):
    passed = json.dumps({"memory": "The user likes tea.", **more})
    [change] = proposals({"function": {"name": "add_memory", "arguments": passed}}, [AddMemory], [])
    assert "malformed arguments" in change.reason


def test_an_empty_memory_is_still_refused():
    for memory in ("", "null", None):
        passed = json.dumps({"memory": memory})
        tool_call = {"function": {"name": "add_memory", "arguments": passed}}
        [change] = proposals(tool_call, [AddMemory], [])
        assert bool(change.reason) == (memory != "null")  # a word like any other


@pytest.mark.parametrize("given", ["", " ", "null", "[]", '""', "{}", '"{}"'])
def test_no_arguments_may_be_written_in_many_ways(given):
    tool_call = {"function": {"name": "clear_memory", "arguments": given}}
    assert proposals(tool_call, [ClearMemory], [1]) == [Change("delete", 1)]
    [change] = proposals({"function": {"name": "add_memory", "arguments": given}}, [AddMemory], [])
    assert "malformed arguments: memory Field required" in change.reason


# Tools that are ignored

IGNORED = (
    "the model answered in words; this endpoint may not support tools; try extraction='json_schema'"
)


async def test_where_tools_were_ignored_the_run_says_so(db):
    run, _ = await turn(db, [say("Sure! I'll remember that you like tea.")], extraction="tools")
    assert IGNORED in run.error
    [error] = db.query("SELECT error FROM model_calls WHERE why = 'memory'").error
    assert error == IGNORED


@pytest.mark.parametrize("text", ["Nothing to remember.", "nothing", "No change.", "", "OK."])
async def test_words_that_mean_no_change_are_none(db, text):
    run, _ = await turn(db, [say(text)], extraction="tools")
    assert run.error is None


UNREAD = [
    "tool: add_memory\nmemory: The user does not eat meat.",
    'add_memory("The user does not eat meat.")',
    "<start_function_call>call:add_memory{memory:<escape>The user is not well.<escape>}",
]


@pytest.mark.parametrize("text", UNREAD)
@pytest.mark.parametrize("can_use", [False, True])
async def test_a_tool_call_in_a_form_that_is_not_known_is_said_to_be_lost(text, can_use):
    tool = {"function": {"name": "add_memory"}}
    call = ModelCall("memory", {"tools": [tool]}, datetime.now(UTC), text=text)
    with pytest.raises(ModelError, match="named add_memory, but in no tool call that can be read"):
        asked_changes(call, "tools", can_use)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"content": None, "reasoning_content": "hm"}, "length"),
        ({"content": "<think>The user says"}, "length"),
        ({"content": None}, "content_filter"),
        ({"content": ""}, "error"),
        ({"content": None}, "function_call_filter: MALFORMED_FUNCTION_CALL"),
    ],
)
async def test_a_decision_that_was_cut_off_is_none(db, message, reason):
    run, _ = await turn(db, [say(None) | message], extraction="tools", finish=reason)
    assert run.error == (
        f"the memories were not updated: the model gave no decision (finish_reason: {reason})"
    )


@pytest.mark.parametrize(
    "text",
    [
        '[TOOL_CALLS]add_memory[ARGS]{"memory": "The user likes tea.", "user_id": "ben"}',
        '<invoke name="add_memory">\n<parameter name="memory">The user likes tea.</parameter>\n'
        '<parameter name="user_id">ben</parameter>\n</invoke>',
        "<tool_call>add_memory\n<arg_key>memory</arg_key>\n<arg_value>The user likes tea."
        "</arg_value>\n<arg_key>user_id</arg_key>\n<arg_value>ben</arg_value>\n</tool_call>",
        'print(default_api.add_memory(memory="The user likes tea.", user_id="ben"))',
    ],
)
async def test_a_written_call_names_no_user(db, text):
    run, _ = await turn(db, [say(text)] * 3, extraction="tools")
    assert {event.status for event in run.memory_events} == {"rejected"}
    assert db.users() == ["ana"]
    assert memories(db) == []


@pytest.mark.parametrize("reason", ["stop", None])
async def test_thoughts_without_a_word_mean_no_change(db, reason):
    run, _ = await turn(db, [say("<think>Nothing.</think>")], extraction="tools", finish=reason)
    assert run.error is None


async def test_a_model_that_has_used_tools_may_answer_in_words(db):
    answers = [use(("add_memory", {"memory": "The user likes tea."})), say("Hello, how are you?")]

    def answer(handler, body):
        send_json(handler, completion(answers.pop(0) if "tools" in body else say("fine")))

    with server(answer) as url:
        agent = Agent(OpenAIChat("m", url), db, update_memory_on_run=True)
        for message in ("I like tea.", "hello"):
            run = await agent.arun(message, user_id="ana", session_id="s")
            assert run.error is None
        await agent.model.aclose()


# A server that answers one request at a time


def one_at_a_time(seconds, hangs=lambda body: False):
    """A server with one slot, each answer of which takes so long; and what is to end it."""
    slot, over = threading.Lock(), threading.Event()

    def answer(handler, body):
        if hangs(body):
            over.wait(20)
            return
        with slot:
            over.wait(seconds)
        wanted = use(("add_memory", {"memory": "The user likes tea."}))
        send_json(handler, completion(wanted if "tools" in body else say("fine")))

    return server(answer), over


@pytest.mark.slow
async def test_nothing_is_lost_to_a_server_that_answers_one_request_at_a_time(db):
    """Three users at once: the last decision comes after many times its own patience."""
    serving, over = one_at_a_time(0.5)
    with serving as url:
        model = OpenAIChat("m", url)
        manager = MemoryManager(timeout=2.0)
        agent = Agent(
            model,
            db,
            update_memory_on_run=True,
            enable_session_summaries=True,
            memory_manager=manager,
        )
        users = [f"user {number}" for number in range(3)]
        runs = [agent.arun("I like tea.", user_id=user, session_id="s") for user in users]
        for run in await asyncio.gather(*runs):
            assert (run.content, run.error) == ("fine", None)
        await model.aclose()
        over.set()
    assert [len(db.for_user(user).memories()) for user in users] == [1, 1, 1]


async def test_a_decision_that_hangs_is_given_up_and_told_from_one_that_is_slow(db):
    serving, over = one_at_a_time(0.1, lambda body: "tools" in body)
    with serving as url:
        model = OpenAIChat("m", url)
        agent = Agent(
            model, db, update_memory_on_run=True, memory_manager=MemoryManager(timeout=0.5)
        )
        run = await agent.arun("I like tea.", user_id="ana", session_id="s")
        await model.aclose()
        over.set()
    assert run.content == "fine"
    assert "no decision within 0.5 s" in run.error
    assert "hanging" in run.error
    assert "MemoryManager(timeout=...)" in run.error
