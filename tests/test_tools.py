"""The agent's own tools: plain functions that a model may call, for the user of the run."""

import asyncio
import json
import threading
from datetime import date
from typing import Annotated, Literal

import pytest
from pydantic import Field

from lives import each_statement
from memkit import Agent, InvalidInput, OfflineChat, SqliteDb, User, search_past_sessions
from memkit.models.functions import MAX_RESULT, function_tool
from support import ScriptedChat, say, use

ANA, BEN = "ana@example.com", "ben@example.com"


def likes(user: User) -> list[str]:
    """List what the user likes."""
    return [memory.memory for memory in user.memories()]


async def remember(text: str, user: User) -> str:
    """Remember a sentence about the user."""
    user.add_memory(text)
    return "done"


def weather(
    city: str,
    day: date | None = None,
    unit: Annotated[Literal["C", "F"], Field(description="Celsius or Fahrenheit")] = "C",
) -> dict[str, object]:
    """Tell the weather of a city."""
    return {"city": city, "day": day, "degrees": 21, "unit": unit}


def broken(city: str) -> str:
    """Fail."""
    raise ValueError(f"nobody knows {city}")


@pytest.fixture
def store(tmp_path):
    db = SqliteDb(tmp_path / "memkit.db")
    yield db
    db.close()


async def ask(db, *answers, tools, user_id=ANA, **settings):
    """A run in which a model gives these answers: the result, and the requests."""
    model = ScriptedChat([*answers, say("fine")])
    agent = Agent(model, db, tools=tools, **settings)
    return await agent.arun("hello", user_id=user_id, session_id="s"), model.requests


def results(requests):
    """What the model was told after its tool calls."""
    return [said["content"] for said in requests[-1]["messages"] if said["role"] == "tool"]


# What the model sees


def test_the_schema_comes_from_the_signature_and_the_docstring():
    assert function_tool(weather).arguments.schema_for_model() == {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "Tell the weather of a city.",
            "parameters": {
                "type": "object",
                "additionalProperties": False,
                "required": ["city"],
                "properties": {
                    "city": {"type": "string"},
                    "day": {
                        "anyOf": [{"type": "string", "format": "date"}, {"type": "null"}],
                        "default": None,
                    },
                    "unit": {
                        "type": "string",
                        "enum": ["C", "F"],
                        "default": "C",
                        "description": "Celsius or Fahrenheit",
                    },
                },
            },
        },
    }


async def test_the_model_never_sees_the_user(store):
    for user_id in (ANA, BEN):
        store.for_user(user_id).add_memory(f"The user is {user_id}.")
    run, requests = await ask(store, use(("likes", {})), tools=[likes])
    assert run.content == "fine"
    assert results(requests) == [json.dumps([f"The user is {ANA}."])]
    offered = json.dumps(requests[0]["tools"])
    assert ANA not in offered
    assert requests[0]["tools"][0]["function"]["parameters"]["properties"] == {}
    assert BEN not in json.dumps(requests)


@pytest.mark.parametrize("forged", [{"user": BEN}, {"user_id": BEN}, {"argument_0": BEN}], ids=str)
async def test_the_model_cannot_say_whose_data_a_tool_reads(store, forged):
    store.for_user(BEN).add_memory("The user likes jam.")
    run, requests = await ask(store, use(("likes", forged)), tools=[likes])
    [told] = results(requests)
    assert told.startswith("rejected: malformed arguments")
    assert run.error is None
    assert "jam" not in json.dumps(requests)


async def test_at_once_every_run_has_its_own_user(store):
    users = [f"user {number}" for number in range(8)]
    for user_id in users:
        store.for_user(user_id).add_memory(f"I am {user_id}.")
    ran = await asyncio.gather(
        *(ask(store, use(("likes", {})), tools=[likes], user_id=user_id) for user_id in users)
    )
    for user_id, (_, requests) in zip(users, ran, strict=True):
        assert results(requests) == [json.dumps([f"I am {user_id}."])]


def test_a_described_parameter_keeps_its_description_and_the_user_is_not_mentioned():
    schema = function_tool(search_past_sessions).arguments.schema_for_model()["function"]
    assert schema["description"] == (
        "Search all earlier conversations with this user for messages that share words with a "
        "query."
    )
    assert schema["parameters"]["properties"] == {
        "query": {"type": "string", "description": "Words that the messages have to contain."},
        "limit": {"type": "integer", "minimum": 1, "maximum": 20, "default": 5},
    }


# The one that comes with the kit


async def test_past_sessions_are_those_of_the_user_of_the_run(store):
    talk = Agent(OfflineChat(), store)
    for user_id, pet in ((ANA, "cat"), (BEN, "dog")):
        await talk.arun(f"My {pet} is ill.", user_id=user_id, session_id="monday")
    search = use(("search_past_sessions", {"query": "Is my pet, a cat or dog, ill?"}))
    run, requests = await ask(store, search, tools=[search_past_sessions])
    found = json.loads(results(requests)[0])
    assert {said["session_id"] for said in found} == {"monday"}
    assert "My cat is ill." in {said["content"] for said in found}
    assert "dog" not in results(requests)[0]
    assert run.error is None


async def test_the_message_that_is_being_answered_is_no_past_session(store):
    search = use(("search_past_sessions", {"query": "hello"}))
    _, requests = await ask(store, search, tools=[search_past_sessions])
    assert results(requests) == ["[]"]


def test_past_sessions_are_read_by_one_statement(store):
    talk = Agent(OfflineChat(), store)
    for day in ("monday", "tuesday", "wednesday"):
        talk.run("My cat is ill.", user_id=ANA, session_id=day)
    user = store.for_user(ANA)
    statements: list[str] = []
    with each_statement(statements.append):
        found = search_past_sessions("cat", user)
    assert {said["session_id"] for said in found} == {"monday", "tuesday", "wednesday"}
    assert len([sql for sql in statements if "messages" in sql]) == 1


@pytest.mark.parametrize("limit", [0, 21, -1, "many"])
async def test_a_limit_out_of_range_is_told_to_the_model(store, limit):
    search = use(("search_past_sessions", {"query": "hello", "limit": limit}))
    _, requests = await ask(store, search, tools=[search_past_sessions])
    assert results(requests)[0].startswith("rejected: malformed arguments: limit")


# What becomes of a call


async def test_several_calls_of_one_answer_are_done_in_order(store):
    first = use(("remember", {"text": "I like tea."}), ("likes", {}), ("weather", {"city": "Oslo"}))
    run, requests = await ask(store, first, tools=[remember, likes, weather])
    assert results(requests) == [
        "done",
        '["I like tea."]',
        '{"city":"Oslo","day":null,"degrees":21,"unit":"C"}',
    ]
    assert [said["role"] for said in run.messages] == ["user", "assistant", "tool", "tool", "tool"]
    assert (run.content, run.error) == ("fine", None)


async def test_a_plain_function_does_not_hold_up_the_event_loop(store):
    seen = []

    def where() -> str:
        """Say where this runs."""
        seen.append(threading.current_thread())
        return "here"

    await ask(store, use(("where", {})), tools=[where])
    assert seen != [threading.current_thread()]


async def test_an_exception_is_told_to_the_model_and_kept(store):
    run, requests = await ask(store, use(("broken", {"city": "Oslo"})), tools=[broken])
    assert results(requests) == ["broken failed: ValueError: nobody knows Oslo"]
    assert (run.content, run.error) == ("fine", "broken failed: ValueError: nobody knows Oslo")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("weather", {}), "rejected: malformed arguments: city Field required"),
        (("weather", {"city": True}), "city Input should be a valid string"),
        (("weather", {"city": "Oslo", "unit": "K"}), "unit Input should be 'C' or 'F'"),
        (("weather", "{"), "rejected: malformed arguments"),
        (("forecast", {}), "rejected: there is no tool 'forecast'; there are: weather"),
    ],
    ids=str,
)
async def test_a_wrong_call_is_told_to_the_model(store, asked, told):
    run, requests = await ask(store, use(asked), tools=[weather])
    assert told in results(requests)[0]
    assert (run.content, run.error, run.memory_events) == ("fine", None, [])


async def test_a_model_that_only_uses_tools_is_stopped(store):
    answers = [use(("weather", {"city": "Oslo"}))] * 5
    run, requests = await ask(store, *answers, tools=[weather])
    assert run.error == "no reply: the model used tools 5 times without replying"
    assert len(requests) == 5


async def test_a_long_result_is_cut_and_says_so(store):
    def shout() -> str:
        """Shout."""
        return "a\x00\ud800" * MAX_RESULT

    _, requests = await ask(store, use(("shout", {})), tools=[shout])
    [told] = results(requests)
    assert told.endswith("... (cut: the result has 60,000 characters)")
    assert told.startswith("a\ufffd\ufffda")
    assert len(told) < MAX_RESULT + 60


async def test_tools_and_the_memory_tool_go_together(store):
    answer = use(("update_user_memory", {"task": "I like tea."}), ("likes", {}))
    model = ScriptedChat(
        [answer, use(("add_memory", {"memory": "The user likes tea."})), say("ok")]
    )
    agent = Agent(model, store, tools=[likes], enable_agentic_memory=True)
    run = await agent.arun("I like tea.", user_id=ANA, session_id="s")
    assert results(model.requests) == ["done", '["The user likes tea."]']
    assert run.content == "ok"


async def test_a_stream_can_use_tools(store):
    agent = Agent(ScriptedChat([use(("likes", {})), say("fine")]), store, tools=[likes])
    run = await agent.arun("hello", user_id=ANA, session_id="s")
    assert run.content == "fine"


async def test_the_offline_model_leaves_tools_that_it_does_not_know(store):
    agent = Agent(OfflineChat(), store, tools=[weather], update_memory_on_run=True)
    run = await agent.arun("I like tea.", user_id=ANA, session_id="s")
    assert run.error is None
    assert [memory.memory for memory in agent.get_user_memories(ANA)] == ["The user likes tea."]


# What SQL can ask


async def test_every_use_is_a_row_that_says_with_what_and_what_came_of_it(store):
    first = use(("weather", {"city": "Oslo"}), ("broken", {"city": "Rome"}), ("weather", "{"))
    await ask(store, first, use(("forecast", {"n": float("nan")})), tools=[weather, broken])
    found = store.query(
        "SELECT tool_call_id, run_id, session_id, call_id, name, result, error, "
        "arguments->>'city' AS city FROM tool_calls ORDER BY ALL",
        user_id=ANA,
    )
    assert found.name.tolist() == ["weather", "broken", "weather", "forecast"]
    assert found.city.astype(object).where(found.city.notna(), None).tolist() == [
        "Oslo",
        "Rome",
        None,
        None,
    ]
    assert found.call_id.tolist() == [1, 1, 1, 2]
    assert set(found.run_id) == {1}
    assert set(found.session_id) == {"s"}
    assert json.loads(found.result[0])["degrees"] == 21
    assert found.error[1] == "broken failed: ValueError: nobody knows Rome"
    assert found.error[2].startswith("rejected: malformed arguments")
    assert found.error[3].startswith("rejected: there is no tool 'forecast'")


async def test_the_uses_of_one_user_are_not_in_the_copy_of_another(store):
    for user_id, city in ((ANA, "Oslo"), (BEN, "Rome")):
        await ask(store, use(("weather", {"city": city})), tools=[weather], user_id=user_id)
    for user_id, city in ((ANA, "Oslo"), (BEN, "Rome")):
        found = store.query("SELECT user_id, arguments->>'city' AS c FROM tool_calls", user_id)
        assert (found.user_id.tolist(), found.c.tolist()) == ([user_id], [city])
        [row] = store.for_user(user_id).export()["tool_calls"]
        assert (row["tool_call_id"], row["arguments"]) == (1, {"city": city})


async def test_forgetting_erases_the_uses_of_this_user_only(store):
    for user_id in (ANA, BEN):
        await ask(store, use(("weather", {"city": "Oslo"})), tools=[weather], user_id=user_id)
    assert store.for_user(ANA).forget()["tool_calls"] == 1
    assert store.query("SELECT user_id FROM tool_calls").user_id.tolist() == [BEN]


async def test_the_kits_own_tool_is_a_row_too(store):
    await Agent(OfflineChat(), store, enable_agentic_memory=True).arun(
        "I like tea.", user_id=ANA, session_id="s"
    )
    [row] = store.for_user(ANA).export()["tool_calls"]
    assert (row["name"], row["result"], row["error"]) == ("update_user_memory", "done", None)


async def test_a_run_that_is_cancelled_keeps_the_tool_it_was_in(store):
    began = asyncio.Event()

    async def wait() -> str:
        """Wait."""
        began.set()
        await asyncio.Event().wait()
        return "never"

    run = asyncio.create_task(ask(store, use(("wait", {})), tools=[wait]))
    await began.wait()
    run.cancel()
    await asyncio.wait([run])
    [row] = store.for_user(ANA).export()["tool_calls"]
    assert (row["name"], row["result"], row["error"]) == ("wait", None, "cancelled before it ended")


# What can be a tool


def test_the_names_of_parameters_are_free():
    def odd(json: int, name: str, model_x: int, _y: int, *, schema: str = "s") -> str:
        """Take parameters that a pydantic field could not be called."""
        return f"{json} {name} {model_x} {_y} {schema}"

    tool = function_tool(odd)
    schema = tool.arguments.schema_for_model()["function"]["parameters"]
    assert list(schema["properties"]) == ["json", "name", "model_x", "_y", "schema"]
    arguments = tool.arguments.model_validate_json(
        '{"json": 1, "name": "n", "model_x": 2, "_y": 3}'
    )
    assert asyncio.run(tool.call(None, arguments)) == "1 n 2 3 s"


def no_docstring(city: str) -> str:
    return city


def no_hint(city) -> str:
    """Look."""
    return city


def many(*cities: str) -> str:
    """Look."""
    return cities[0]


def whose(user_id: str) -> str:
    """Look."""
    return user_id


def whose_too(user: str) -> str:
    """Look."""
    return user


def a_store(db: SqliteDb) -> str:
    """Look."""
    return str(db)


def some_users(users: list[User]) -> str:
    """Look."""
    return str(users)


def unknown_hint(city: "Nowhere") -> str:  # noqa: F821
    """Look."""
    return city


def update_user_memory(task: str) -> str:
    """Take the name of the kit's own."""
    return task


@pytest.mark.parametrize(
    ("tools", "says"),
    [
        (weather, "write tools=[weather]"),
        ("weather", "a list of functions"),
        (["weather"], "tools[0] is a function, found 'weather'"),
        ([weather("Oslo")], "tools[0] is a function, found "),
        ([OfflineChat], "tools[0] is a function, found the class OfflineChat"),
        ([lambda city: city], "needs a name"),
        ([no_docstring], "no_docstring needs a docstring"),
        ([no_hint], "no type hint for city; write, for instance, city: str"),
        ([many], "takes *cities: str"),
        ([whose], "asks the model for user_id"),
        ([whose_too], "write user: User"),
        ([a_store], "takes what no model can pass"),
        ([some_users], "takes what no model can pass"),
        ([unknown_hint], "cannot be read"),
        ([weather, weather], "two tools with the name 'weather'"),
        ([update_user_memory], "two tools with the name 'update_user_memory'"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value)[:20],
)
def test_what_cannot_be_a_tool_says_what_it_lacks(store, tools, says):
    agent = Agent(OfflineChat(), store)
    for wrong in (
        lambda: Agent(OfflineChat(), store, tools=tools),
        lambda: setattr(agent, "tools", tools),
    ):
        with pytest.raises(InvalidInput) as refused:
            wrong()
        assert says in str(refused.value)
    assert agent.tools == ()
