"""A run, from a message to a stored reply: what is asked, what is kept, and what can go wrong."""

import asyncio
import json
import threading
from contextlib import aclosing, asynccontextmanager

import httpx2
import pytest

from memkit import (
    Agent,
    InvalidInput,
    MemoryManager,
    ModelError,
    OfflineChat,
    OpenAIChat,
    StoreError,
)
from memkit.store.runs import RunLog
from support import ScriptedChat, completion, on_both_stores, say, use

ANA, BEN = "ana@example.com", "ben@example.com"
TABLES = [
    "agent_runs",
    "agent_sessions",
    "memory_events",
    "messages",
    "model_calls",
    "user_memories",
]


class Answering(OpenAIChat):
    """A model whose every answer is made by an async function of the request's body."""

    def __init__(self, answer):
        super().__init__(
            id="answering",
            base_url="http://answering.invalid/v1",
            api_key="none",
            max_retries=0,
            http_client=lambda: httpx2.AsyncClient(transport=httpx2.MockTransport(self._respond)),
        )
        self.answer = answer
        self.bodies = []

    async def _respond(self, request):
        self.bodies.append(request.content)
        found = await self.answer(json.loads(request.content))
        return httpx2.Response(200, json=completion(found) if "role" in found else found)


def is_extraction(body):
    return any(tool["function"]["name"] == "add_memory" for tool in body.get("tools", ()))


def answering(reply=None, extraction=None):
    """A model that replies with one function of the body and extracts with another."""

    async def answer(body):
        chosen = extraction if is_extraction(body) else reply
        return await chosen(body) if chosen else say("fine")

    return Answering(answer)


async def hang(_body):
    await asyncio.Event().wait()


async def nonsense(_body):
    return {"nonsense": True}


async def remember_it(body):
    return use(("add_memory", {"memory": f"The user said: {body['messages'][-1]['content']}"}))


def rows(db, user=None):
    return {table: len(db.query(f"SELECT * FROM {table}", user)) for table in TABLES}


def status(db, user=ANA):
    return db.query("SELECT status FROM agent_runs ORDER BY run_id", user).status.tolist()


def calls(db, user=ANA):
    found = db.query("SELECT * FROM model_calls ORDER BY call_id", user)
    return found.astype(object).where(found.notna(), None)


def memories(agent, user=ANA):
    return [each.memory for each in agent.get_user_memories(user)]


# What a run is


@on_both_stores
async def test_a_run_fills_every_table(db):
    agent = Agent(OfflineChat(), db, update_memory_on_run=True)
    await agent.arun("My name is Ana.", user_id=ANA, session_id="s")
    assert rows(db) == dict.fromkeys(TABLES, 1) | {"messages": 2, "model_calls": 2}


@pytest.mark.parametrize(("memory", "asked"), [(True, ["memory", "reply"]), (False, ["reply"])])
async def test_a_turn_takes_two_calls_with_memory_and_one_without(db, memory, asked):
    agent = Agent(OfflineChat(), db, update_memory_on_run=memory)
    await agent.arun("My name is Ana.", user_id=ANA, session_id="s")
    assert sorted(calls(db).why) == asked


async def test_reply_and_extraction_are_under_way_together(db):
    """Each of the two answers only when both have been asked."""
    both = asyncio.Barrier(2)

    async def answer(body):
        async with asyncio.timeout(5):
            await both.wait()
        return say("fine")

    agent = Agent(Answering(answer), db, update_memory_on_run=True)
    run = await agent.arun("hello", user_id=ANA, session_id="s")
    assert (run.content, run.error) == ("fine", None)


async def test_a_result_tells_the_whole_run(db):
    agent = Agent(OfflineChat(), db, update_memory_on_run=True)
    run = await agent.arun("My name is Ana.", user_id=ANA, session_id="s")
    assert (run.run_id, run.user_id, run.session_id, run.error) == (1, ANA, "s", None)
    assert run.messages == [{"role": "user", "content": "My name is Ana."}]
    [event] = run.memory_events
    assert (event.action, event.status, event.memory_id) == ("add", "applied", 1)
    assert (event.run_id, event.session_id, event.input) == (1, "s", "My name is Ana.")
    assert run.content == agent.get_messages(ANA, "s")[-1].content
    spent = calls(db)[["prompt_tokens", "completion_tokens"]].sum()
    assert run.usage == {
        "prompt_tokens": spent.prompt_tokens,
        "completion_tokens": spent.completion_tokens,
        "total_tokens": spent.sum(),
    }
    assert min(run.usage.values()) > 0


async def test_a_memory_leads_back_to_its_sentence(db):
    agent = Agent(OfflineChat(), db, update_memory_on_run=True)
    await agent.arun("hello", user_id=ANA, session_id="s")
    await agent.arun("My name is Ana.", user_id=ANA, session_id="t")
    [memory] = agent.get_user_memories(ANA)
    assert (memory.run_id, memory.session_id, memory.input) == (2, "t", "My name is Ana.")


async def test_what_is_kept_of_a_request_is_what_was_sent(db):
    model = answering(extraction=remember_it)
    agent = Agent(model, db, update_memory_on_run=True, instructions='Say "Grüß dich" 👋\n\\')
    run = await agent.arun('Ünï <b> & "quotes" 👋\n\ttab', user_id=ANA, session_id="s")
    sent = [json.loads(body) for body in model.bodies]
    kept = [json.loads(request) for request in calls(db).request]
    by_tools = {bool(body.get("tools")): body for body in sent}
    assert {bool(body.get("tools")): body for body in kept} == by_tools
    assert run.messages == by_tools[False]["messages"]
    [reply] = [body for body in model.bodies if b'"tools"' not in body]
    as_sent = json.dumps(run.messages, ensure_ascii=False, separators=(",", ":")).encode()
    assert as_sent in reply


# What the model sees


@on_both_stores
async def test_history_holds_the_last_runs_of_this_session_in_order(db):
    agent = Agent(OfflineChat(), db, add_history_to_context=True, num_history_runs=2)
    said = [f"The number is {number}." for number in range(4)]
    replies = [
        (await agent.arun(message, user_id=ANA, session_id="s")).content for message in said[:3]
    ]
    run = await agent.arun(said[3], user_id=ANA, session_id="s")
    assert run.messages == [
        {"role": "user", "content": said[1]},
        {"role": "assistant", "content": replies[1]},
        {"role": "user", "content": said[2]},
        {"role": "assistant", "content": replies[2]},
        {"role": "user", "content": said[3]},
    ]


async def test_history_is_of_this_session_and_this_user_only(db):
    agent = Agent(OfflineChat(), db, add_history_to_context=True)
    await agent.arun("I like tea.", user_id=ANA, session_id="s")
    for user, session in ((ANA, "t"), (BEN, "s")):
        run = await agent.arun("hello", user_id=user, session_id=session)
        assert run.messages == [{"role": "user", "content": "hello"}]


async def test_a_run_without_a_reply_is_no_history(db):
    failed = await Agent(answering(nonsense), db).arun("first", user_id=ANA, session_id="s")
    assert failed.error
    agent = Agent(OfflineChat(), db, add_history_to_context=True)
    run = await agent.arun("second", user_id=ANA, session_id="s")
    assert run.messages == [{"role": "user", "content": "second"}]


async def test_no_history_unless_asked_for(db):
    agent = Agent(OfflineChat(), db)
    await agent.arun("I like tea.", user_id=ANA, session_id="s")
    run = await agent.arun("hello", user_id=ANA, session_id="s")
    assert run.messages == [{"role": "user", "content": "hello"}]


async def test_system_message_instructions_and_memories_make_one_system_prompt(db):
    db.for_user(ANA).add_memory("The user likes tea.")
    agent = Agent(
        OfflineChat(),
        db,
        system_message="You are a tutor.",
        instructions=["Be brief.", "Be kind."],
        add_memories_to_context=True,
    )
    run = await agent.arun("hello", user_id=ANA, session_id="s")
    [system, _] = run.messages
    prompt = system["content"]
    assert prompt.startswith("You are a tutor.\n\nBe brief.\nBe kind.\n\n")
    assert prompt.index("Be kind.") < prompt.index("- The user likes tea.")


# Whose run it is


@on_both_stores
async def test_one_session_id_of_two_users_is_two_sessions(db):
    agent = Agent(OfflineChat(), db, update_memory_on_run=True)
    await agent.arun("My name is Ana.", user_id=ANA, session_id="s")
    await agent.arun("My name is Ben.", user_id=BEN, session_id="s")
    assert next(each.content for each in agent.get_messages(ANA, "s")) == "My name is Ana."
    assert next(each.content for each in agent.get_messages(BEN, "s")) == "My name is Ben."
    assert "Ben" not in "".join(memories(agent, ANA))
    assert "Ana" not in "".join(memories(agent, BEN))


async def test_the_agents_own_ids_serve_calls_that_name_none(db):
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, user_id=ANA, session_id="s")
    own = await agent.arun("I like tea.")
    other = await agent.arun("I like jam.", user_id=BEN, session_id="t")
    assert [(each.user_id, each.session_id) for each in (own, other)] == [(ANA, "s"), (BEN, "t")]
    assert memories(agent, None) == ["The user likes tea."]
    assert [each.session_id for each in agent.get_sessions()] == ["s"]
    assert agent.get_messages()[0].content == "I like tea."


BAD_IDS = [None, "", " ", " a", "a ", "a\n", "a\x00", "a\u200b", "x" * 256, 7]


@pytest.mark.parametrize("bad", BAD_IDS, ids=repr)
async def test_a_bad_id_is_refused_before_anything_is_stored(db, bad):
    agent = Agent(OfflineChat(), db, update_memory_on_run=True)
    with pytest.raises(InvalidInput, match="user_id"):
        await agent.arun("hello", user_id=bad, session_id="s")
    with pytest.raises(InvalidInput, match="session_id"):
        await agent.arun("hello", user_id=ANA, session_id=bad)
    assert rows(db) == dict.fromkeys(TABLES, 0)


@pytest.mark.parametrize(
    "bad", [None, "", " \n", "x" * 1_000_000, "a\x00", "\ud800"], ids=lambda text: repr(text)[:9]
)
async def test_a_bad_message_is_refused_before_anything_is_stored(db, bad):
    agent = Agent(OfflineChat(), db, update_memory_on_run=True)
    with pytest.raises(InvalidInput, match="message"):
        await agent.arun(bad, user_id=ANA, session_id="s")
    with pytest.raises(InvalidInput, match="message"):
        _ = [piece async for piece in agent.astream(bad, user_id=ANA, session_id="s")]
    assert rows(db) == dict.fromkeys(TABLES, 0)


# Streaming


async def test_a_stream_gives_the_same_reply_in_pieces(db):
    agent = Agent(OfflineChat(), db, update_memory_on_run=True)
    whole = await agent.arun("I like tea.", user_id=ANA, session_id="s")
    pieces = [each async for each in agent.astream("I like tea.", user_id=BEN, session_id="s")]
    assert len(pieces) > 3
    assert "".join(pieces) == whole.content == agent.get_messages(BEN, "s")[-1].content
    assert memories(agent, BEN) == memories(agent, ANA)
    assert json.loads(calls(db, BEN).response.iloc[-1]) == say(whole.content)
    tokens = ["prompt_tokens", "completion_tokens"]
    assert calls(db, ANA)[tokens].sum().tolist() == calls(db, BEN)[tokens].sum().tolist()


async def test_whoever_stops_listening_cancels_the_run(db):
    agent = Agent(OfflineChat(latency=5.0), db)
    async with aclosing(agent.astream("I like tea.", user_id=ANA, session_id="s")) as pieces:
        async for _ in pieces:
            break
    assert status(db) == ["cancelled"]
    assert [each.role for each in agent.get_messages(ANA, "s")] == ["user"]
    assert calls(db).error.tolist() == ["cancelled before the answer was complete"]


async def test_a_stream_without_a_reply_raises(db):
    agent = Agent(answering(reply=nonsense), db)
    with pytest.raises(ModelError, match="no reply"):
        _ = [each async for each in agent.astream("hello", user_id=ANA, session_id="s")]
    assert status(db) == ["failed"]


async def test_a_stream_can_use_tools(db):
    agent = Agent(OfflineChat(), db, enable_agentic_memory=True)
    pieces = [each async for each in agent.astream("I like tea.", user_id=ANA, session_id="s")]
    assert "".join(pieces) == agent.get_messages(ANA, "s")[-1].content
    assert memories(agent) == ["The user likes tea."]


# Cancelled


async def test_a_run_cancelled_in_the_middle_says_so_and_keeps_its_message(db):
    agent = Agent(answering(reply=hang, extraction=hang), db, update_memory_on_run=True)
    task = asyncio.create_task(agent.arun("hello", user_id=ANA, session_id="s"))
    while len(agent.model.bodies) < 2:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert status(db) == ["cancelled"]
    assert [each.content for each in agent.get_messages(ANA, "s")] == ["hello"]
    assert calls(db).error.tolist() == ["cancelled before the answer was complete"] * 2


@on_both_stores
async def test_wherever_it_is_cancelled_no_run_stays_running(db):
    """Many runs, each cancelled a little later than the one before."""
    agent = Agent(OfflineChat(), db, update_memory_on_run=True)
    for patience in range(0, 60, 3):
        task = asyncio.create_task(agent.arun("I like tea.", user_id=ANA, session_id="s"))
        for _ in range(patience):
            await asyncio.sleep(0.0001)
        task.cancel()
        await asyncio.wait([task])
    assert set(status(db)) <= {"cancelled", "completed"}
    assert "cancelled" in status(db)


async def test_a_run_cut_off_by_a_timeout_raises_timeout_error(db):
    agent = Agent(answering(reply=hang), db)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await agent.arun("hello", user_id=ANA, session_id="s")
    assert status(db) == ["cancelled"]


class Held:
    """A method of the run log that waits, when it has begun, until it may go on."""

    def __init__(self, monkeypatch, name):
        self.begun, self.go_on = threading.Event(), threading.Event()
        do = getattr(RunLog, name)

        def held(*arguments, **more):
            self.begun.set()
            assert self.go_on.wait(60)
            return do(*arguments, **more)

        monkeypatch.setattr(RunLog, name, held)

    @asynccontextmanager
    async def timeout(self):
        """A timeout that comes when the method has begun; after that it may go on."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as patience:

            def now(_):
                patience.reschedule(loop.time())
                loop.call_later(0.01, self.go_on.set)  # and so after the timeout

            asyncio.ensure_future(asyncio.to_thread(self.begun.wait, 60)).add_done_callback(now)
            yield


@on_both_stores
async def test_a_run_cut_off_while_it_begins_is_not_left_running(db, monkeypatch):
    held = Held(monkeypatch, "begin_run")
    agent = Agent(answering(reply=hang), db)
    with pytest.raises(TimeoutError):
        async with held.timeout():
            await agent.arun("hello", user_id=ANA, session_id="s")
    assert status(db) == ["cancelled"]
    assert [each.content for each in agent.get_messages(ANA, "s")] == ["hello"]


@on_both_stores
async def test_a_run_cut_off_while_it_ends_is_over_before_that_takes_effect(db, monkeypatch):
    held = Held(monkeypatch, "finish_run")
    agent = Agent(OfflineChat(), db)
    task = asyncio.create_task(agent.arun("hello", user_id=ANA, session_id="s"))
    await asyncio.to_thread(held.begun.wait, 60)
    task.cancel()
    held.go_on.set()
    await asyncio.wait([task])
    assert status(db) == ["completed"]
    assert [each.role for each in agent.get_messages(ANA, "s")] == ["user", "assistant"]


@on_both_stores
async def test_whoever_gives_up_a_run_while_it_ends_is_told_there_and_not_later(db, monkeypatch):
    held = Held(monkeypatch, "finish_run")
    agent = Agent(OfflineChat(), db)
    with pytest.raises(TimeoutError):
        async with held.timeout():
            await agent.arun("hello", user_id=ANA, session_id="s")
    await asyncio.sleep(0)
    assert status(db) == ["completed"]


# The reply fails


async def test_a_failed_reply_keeps_the_message_and_says_why(db):
    agent = Agent(answering(nonsense, remember_it), db, update_memory_on_run=True)
    run = await agent.arun("hello", user_id=ANA, session_id="s")
    assert run.content is None
    assert run.error.startswith("no reply: ")
    assert "an answer that cannot be used" in run.error
    assert [each.content for each in agent.get_messages(ANA, "s")] == ["hello"]
    [kept] = db.query("SELECT error FROM agent_runs", ANA).error
    assert kept == run.error
    assert status(db) == ["failed"]
    assert sorted(calls(db).error.notna()) == [False, True]
    assert memories(agent) == ["The user said: hello"]


@pytest.mark.parametrize("text", ["", " \n"], ids=repr)
async def test_a_reply_without_text_is_none(db, text):
    run = await Agent(ScriptedChat([say(text)]), db).arun("hello", user_id=ANA, session_id="s")
    assert (run.content, run.error) == (None, "no reply: the model answered with no text")
    assert [each.content for each in db.for_user(ANA).messages("s")] == ["hello"]
    assert status(db) == ["failed"]
    assert calls(db).error.tolist() == ["the model answered with no text"]


async def test_the_log_tells_of_a_failure(db, caplog):
    run = await Agent(answering(nonsense), db).arun("hello", user_id=ANA, session_id="s")
    assert caplog.messages == [f"run 1 of user {ANA}: {run.error}"]


# The extraction fails


async def refuse(_body):
    raise httpx2.ConnectError("the line is dead")


@pytest.mark.parametrize(
    ("extraction", "why"),
    [
        (refuse, "no connection"),
        (nonsense, "an answer that cannot be used"),
        (hang, "no decision within 0.2"),
    ],
)
async def test_a_failed_extraction_costs_no_reply_and_is_visible(db, extraction, why):
    manager = MemoryManager(timeout=0.2)
    agent = Agent(
        answering(None, extraction), db, update_memory_on_run=True, memory_manager=manager
    )
    db.for_user(ANA).add_memory("The user likes tea.")
    run = await asyncio.wait_for(agent.arun("hello", user_id=ANA, session_id="s"), timeout=5)
    assert run.content == "fine"
    assert run.memory_events == []
    assert run.error.startswith("the memories were not updated: ")
    assert why in run.error
    assert db.query("SELECT error FROM agent_runs", ANA).error.tolist() == [run.error]
    assert status(db) == ["completed"]
    failed = calls(db)[calls(db).why == "memory"]
    assert len(failed) == 1
    assert why in failed.error.item()
    assert memories(agent) == ["The user likes tea."]


async def test_all_tries_of_a_decision_share_the_set_time(db):
    """Each answer comes in time by itself, and each has to be asked for again."""

    async def wrong(_body):
        await asyncio.sleep(0.6)
        return use(("add_memory", {"memory": ""}))

    model, manager = answering(None, wrong), MemoryManager(timeout=1.0)
    agent = Agent(model, db, update_memory_on_run=True, memory_manager=manager)
    run = await agent.arun("hello", user_id=ANA, session_id="s")
    assert run.content == "fine"
    assert "no decision within 1 s" in run.error
    assert [each.status for each in run.memory_events] == ["rejected"]
    assert calls(db).why.tolist() == ["memory", "memory", "reply"]


async def test_reply_and_extraction_can_both_fail(db):
    agent = Agent(answering(nonsense, nonsense), db, update_memory_on_run=True)
    run = await agent.arun("hello", user_id=ANA, session_id="s")
    assert "no reply" in run.error
    assert "the memories were not updated" in run.error


# A bug is no failure


async def test_a_bug_in_a_model_is_raised_and_the_run_is_over(db):
    class Buggy(OfflineChat):
        async def send(self, call, on_text=None):
            raise ZeroDivisionError("a bug")

    for memory in (False, True):
        agent = Agent(Buggy(), db, update_memory_on_run=memory)
        with pytest.raises(ZeroDivisionError, match="a bug"):
            await agent.arun("hello", user_id=ANA, session_id="s")
    assert status(db) == ["failed", "failed"]
    errors = db.query("SELECT error FROM agent_runs", ANA).error.tolist()
    assert errors == ["ZeroDivisionError: a bug"] * 2


async def test_a_bug_while_extracting_keeps_the_reply(db):
    class Buggy(OfflineChat):
        async def send(self, call, on_text=None):
            raise ZeroDivisionError("a bug")

    manager = MemoryManager(Buggy())
    agent = Agent(
        OfflineChat(),
        db,
        update_memory_on_run=True,
        memory_manager=manager,
    )
    with pytest.raises(ZeroDivisionError):
        await agent.arun("hello", user_id=ANA, session_id="s")
    assert status(db) == ["completed"]
    assert [each.role for each in agent.get_messages(ANA, "s")] == ["user", "assistant"]


async def test_a_store_that_fails_is_raised(db, monkeypatch):
    agent = Agent(OfflineChat(), db)

    def broken(*_arguments, **_more):
        raise StoreError("the disk is full")

    monkeypatch.setattr("memkit.store.runs.RunLog.finish_run", broken)
    with pytest.raises(StoreError, match="the disk is full"):
        await agent.arun("hello", user_id=ANA, session_id="s")


# All at once


@on_both_stores
async def test_many_runs_of_one_user_in_one_session_lose_nothing(db):
    agent = Agent(OfflineChat(latency=0.01), db, update_memory_on_run=True)
    things = ["tea", "jam", "rain", "chess", "maths", "snow", "bread", "salt", "rust", "jazz"] * 2
    said = [f"I like {thing}." for thing in things]
    runs = await asyncio.gather(
        *(agent.arun(message, user_id=ANA, session_id="s") for message in said)
    )
    assert [each.error for each in runs] == [None] * 20
    assert sorted(each.run_id for each in runs) == list(range(1, 21))
    kept = agent.get_messages(ANA, "s")
    assert [each.run_id for each in kept] == [run_id for run_id in range(1, 21) for _ in range(2)]
    assert [each.role for each in kept] == ["user", "assistant"] * 20
    for run, message in zip(runs, said, strict=True):
        assert kept[2 * run.run_id - 2].content == message
        assert kept[2 * run.run_id - 1].content == run.content
    assert sorted(memories(agent)) == sorted({f"The user likes {thing}." for thing in things})


@on_both_stores
async def test_many_users_at_once_are_kept_apart(db):
    agent = Agent(
        OfflineChat(latency=0.01), db, update_memory_on_run=True, add_memories_to_context=True
    )
    users = [f"user {number}" for number in range(20)]
    for message in ("I like number {}.", "What do I like?"):
        await asyncio.gather(
            *(
                agent.arun(message.format(number), user_id=user, session_id="s")
                for number, user in enumerate(users)
            )
        )
    for number, user in enumerate(users):
        assert memories(agent, user) == [f"The user likes number {number}."]
        assert f"number {number}" in agent.get_messages(user, "s")[-1].content
    assert set(db.query("SELECT status FROM agent_runs").status) == {"completed"}
    assert rows(db)["agent_runs"] == 40


# Agentic memory: the model itself decides


async def test_the_model_is_offered_one_tool_and_uses_it(db):
    agent = Agent(OfflineChat(), db, enable_agentic_memory=True)
    run = await agent.arun("I like tea.", user_id=ANA, session_id="s")
    assert memories(agent) == ["The user likes tea."]
    assert run.content
    assert run.error is None
    first, extraction, second = (
        json.loads(each) for each in calls(db).sort_values("started_at").request
    )
    assert [tool["function"]["name"] for tool in first["tools"]] == ["update_user_memory"]
    assert is_extraction(extraction)
    assert second["messages"][-1] == {"role": "tool", "tool_call_id": "call_1", "content": "done"}


async def test_a_model_with_nothing_to_remember_leaves_the_tool(db):
    agent = Agent(OfflineChat(), db, enable_agentic_memory=True)
    await agent.arun("What time is it?", user_id=ANA, session_id="s")
    assert calls(db).why.tolist() == ["reply"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("update_user_memory", "{not json"), "rejected: malformed arguments"),
        (("update_user_memory", {}), "rejected: malformed arguments: task Field required"),
        (("update_user_memory", {"task": ""}), "rejected: message is empty"),
        (("update_user_memory", {"task": "x", "user_id": BEN}), "user_id Extra inputs"),
        (("drop_table", {}), "rejected: there is no tool 'drop_table'"),
    ],
    ids=str,
)
async def test_a_wrong_use_of_the_tool_is_told_and_the_run_goes_on(db, asked, told):
    model = ScriptedChat([use(asked), say("sorry")])
    run = await Agent(model, db, enable_agentic_memory=True).arun(
        "I like tea.", user_id=ANA, session_id="s"
    )
    assert (run.content, run.error) == ("sorry", None)
    [answer, result] = model.requests[-1]["messages"][-2:]
    assert answer["tool_calls"][0]["id"] == result["tool_call_id"]
    assert told in result["content"]
    assert rows(db, ANA)["user_memories"] == 0
    [event] = run.memory_events  # kept, with the sentence and the call behind it
    assert (event.action, event.status, event.input) == (asked[0], "rejected", "I like tea.")
    assert told.removeprefix("rejected: ") in event.reason
    [call, _] = db.for_user(ANA).export()["model_calls"]
    assert call["call_id"] == event.call_id
    assert call["response"]["tool_calls"] == use(asked)["tool_calls"]


async def test_a_tool_that_fails_is_told_to_the_model_and_visible_on_the_run(db):
    manager = MemoryManager(answering(None, nonsense))
    model = ScriptedChat([use(("update_user_memory", {"task": "I like tea."})), say("sorry")])
    agent = Agent(model, db, enable_agentic_memory=True, memory_manager=manager)
    run = await agent.arun("I like tea.", user_id=ANA, session_id="s")
    assert run.content == "sorry"
    assert run.error.startswith("the memories were not updated: ")
    assert model.requests[-1]["messages"][-1]["content"] == run.error


async def test_a_model_that_never_stops_using_tools_is_stopped(db):
    model = ScriptedChat([use(("drop_table", {}))] * 9)
    run = await Agent(model, db, enable_agentic_memory=True).arun(
        "hello", user_id=ANA, session_id="s"
    )
    assert run.content is None
    assert "used tools 5 times without replying" in run.error
    assert len(model.requests) == len(calls(db)) == 5


# Printing


async def test_a_printed_response_shows_both_sides_and_takes_no_markup(db, capsys):
    agent = Agent(answering(), db)
    await agent.aprint_response("[red]hello[/red]", user_id=ANA, session_id="s")
    shown = capsys.readouterr().out
    for text in ("[red]hello[/red]", "fine", ANA, "answering"):
        assert text in shown


async def test_a_printed_response_shows_what_failed(db, capsys):
    await Agent(answering(nonsense), db).aprint_response("hello", user_id=ANA, session_id="s")
    assert "no reply" in capsys.readouterr().out


async def test_a_streamed_response_is_printed_as_it_comes(db, capsys):
    agent = Agent(OfflineChat(), db)
    await agent.aprint_response("I like tea.", user_id=ANA, session_id="s", stream=True)
    shown = capsys.readouterr().out
    reply = agent.get_messages(ANA, "s")[-1].content
    assert "I like tea." in shown.split(reply)[0]
    assert shown.endswith(f"{reply}\n")


async def test_a_streamed_response_shows_what_failed(db, capsys):
    agent = Agent(answering(nonsense), db)
    await agent.aprint_response("hello", user_id=ANA, session_id="s", stream=True)
    assert "no reply" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [{"stream": "yes"}, {"message": " "}, {"user_id": ""}], ids=str)
async def test_nothing_is_printed_for_wrong_arguments(db, capsys, wrong):
    agent = Agent(OfflineChat(), db)
    arguments = {"message": "hello", "user_id": ANA, "session_id": "s", "stream": True} | wrong
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        await agent.aprint_response(**arguments)
    assert capsys.readouterr().out == ""
    assert db.users() == []
