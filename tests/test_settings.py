"""What an agent, a manager and a recall can be made with; everything else is refused at once."""

import math
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import numpy as np
import pytest

from memkit import (
    Agent,
    InvalidInput,
    MemoryManager,
    OfflineChat,
    OpenAIChat,
    PostgresDb,
    Recall,
    SqliteDb,
    search_past_sessions,
)
from memkit.store.user import User

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ANA, BEN = "ana@example.com", "ben@example.com"
SWITCHES = {
    Agent: [
        "update_memory_on_run",
        "add_memories_to_context",
        "add_history_to_context",
        "add_datetime_to_context",
        "enable_agentic_memory",
        "enable_session_summaries",
    ],
    MemoryManager: [
        "add_memories",
        "update_memories",
        "delete_memories",
        "clear_memories",
        "review",
    ],
}


async def model():
    """What is passed as a model when `await` was left out."""


# (class, setting, wrong values, what the error says to do instead)
WRONG = [
    (Agent, "model", ["gpt-4o"], "write OpenAIChat(id='gpt-4o')"),
    (Agent, "model", [OfflineChat], "cannot be the class OfflineChat; write OfflineChat()"),
    (Agent, "model", [5, "", 0, False, [], Recall(), int], "write OpenAIChat(id="),
    (Agent, "db", ["x.db", Path("x.db")], "write SqliteDb('x.db')"),
    (Agent, "db", [SqliteDb], "write SqliteDb()"),
    (Agent, "db", ["postgresql://ai:secret@there/ai"], "write PostgresDb(db_url=...)"),
    (Agent, "db", [OfflineChat(), "", 0, True], "write SqliteDb("),
    (Agent, "recall", ["last_n"], "write Recall('last_n')"),
    (Agent, "recall", [Recall], "write Recall()"),
    (Agent, "recall", [5, {"method": "last_n"}, False, ""], "write Recall("),
    (Agent, "memory_manager", [MemoryManager, True, False, OfflineChat()], "write MemoryManager()"),
    (Agent, "num_history_runs", [0, -1], "a whole number of at least 1"),
    (Agent, "num_history_runs", [True, 1.0, math.nan, "3", None, [3]], "a whole number"),
    (Agent, "tools", ["weather", len, 5, True, {"a": len}, [5], [OfflineChat]], "function"),
    (Agent, "instructions", [["a", 5], ("a", None)], "line 1 of instructions is text"),
    (Agent, "instructions", [5, {"a": "b"}, {"a"}, b"a", (x for x in "ab"), len], "list of lines"),
    (Agent, "instructions", ["a\x00", "\ud800"], "cannot be stored; remove it"),
    (Agent, "system_message", [["a"], 5, b"a", True, SqliteDb], "system_message is text, found"),
    (Agent, "user_id", [5, True, ["ana"], ""], "user_id is"),
    (Agent, "session_id", [5, True, ["ana"], " s"], "session_id "),
    (MemoryManager, "model", ["gpt-4o"], "write OpenAIChat('gpt-4o') or "),
    (MemoryManager, "model", ["Store no names."], "or additional_instructions='Store no names.'"),
    (MemoryManager, "model", [OfflineChat], "write OfflineChat()"),
    (MemoryManager, "timeout", [0], "a number of seconds above 0, found 0"),
    (
        MemoryManager,
        "timeout",
        [-1, math.nan, math.inf, True, "20", None],
        "a number of at least 0",
    ),
    (MemoryManager, "extraction", ["xml", None, True], "json_schema"),
    (MemoryManager, "additional_instructions", [["a"], 5, True], "is text, found"),
    (MemoryManager, "memory_capture_instructions", [["a"], 5, True], "is text, found"),
    *(
        (kind, name, ["no", 0, 1, None, []], "True or False")
        for kind in SWITCHES
        for name in SWITCHES[kind]
    ),
]
CASES = [(kind, name, value, says) for kind, name, values, says in WRONG for value in values]
NONE_IS_THE_DEFAULT = {"model", "db", "recall", "memory_manager"}


def without_value(case):
    return case if isinstance(case, str) else getattr(case, "__name__", repr(case)[:30])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder, in which the default store would be made."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    db = SqliteDb(tmp_path_factory.mktemp("settings") / "memkit.db")
    yield db
    db.close()


@pytest.fixture
def agent(store):
    """An agent on a store that nothing has been kept in."""
    yield Agent(OfflineChat(), store)
    for user_id in store.users():
        store.for_user(user_id).forget()


@pytest.mark.parametrize(("kind", "name", "value", "says"), CASES, ids=without_value)
def test_a_wrong_kind_is_refused_before_anything_is_made(folder, kind, name, value, says):
    with pytest.raises(InvalidInput) as refused:
        kind(**{name: value})
    assert name in str(refused.value)
    assert says in str(refused.value)
    assert "secret" not in str(refused.value)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("kind", "name", "value", "says"), CASES, ids=without_value)
def test_a_wrong_kind_is_refused_when_it_is_set_later(agent, kind, name, value, says):
    thing = agent if kind is Agent else agent.memory_manager
    before = getattr(thing, name)
    with pytest.raises(InvalidInput) as refused:
        setattr(thing, name, value)
    assert says in str(refused.value)
    assert getattr(thing, name) is before


def test_every_setting_is_tried_with_something_wrong():
    for kind in (Agent, MemoryManager):
        tried = {name for other, name, *_ in WRONG if other is kind}
        assert tried == {name for name in vars(kind()) if not name.startswith("_")}


@pytest.mark.parametrize("name", sorted(NONE_IS_THE_DEFAULT))
def test_what_an_agent_cannot_do_without_is_not_set_to_none(agent, name):
    with pytest.raises(InvalidInput, match=f"{name} cannot be None; write "):
        setattr(agent, name, None)


def test_a_coroutine_is_told_from_what_it_would_give():
    with pytest.raises(InvalidInput, match=r"was `await` left out before model\(...\)\?"):
        Agent(model())


def test_a_store_in_place_of_the_model_is_refused(folder):
    with pytest.raises(InvalidInput, match="model cannot be"):
        Agent("data/memkit.db")
    with pytest.raises(InvalidInput, match="model cannot be the class OfflineChat"):
        Agent(OfflineChat, SqliteDb)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["num_history_run", "temperature", "tool"])
def test_a_setting_that_there_is_not_is_refused(agent, name):
    with pytest.raises(InvalidInput, match=f"Agent has no setting '{name}'; it has: model, db, "):
        setattr(agent, name, 5)
    with pytest.raises(InvalidInput, match="MemoryManager has no setting"):
        setattr(agent.memory_manager, name, 5)


def test_a_class_of_ones_own_can_have_more_settings(store):
    class Tutor(Agent):
        course: str = "maths"

    tutor = Tutor(OfflineChat(), store)
    tutor.course = "physics"
    assert tutor.course == "physics"
    with pytest.raises(InvalidInput, match="Tutor has no setting 'corse'"):
        tutor.corse = "physics"


def test_memories_are_extracted_in_one_way_only(agent):
    both = ["update_memory_on_run", "enable_agentic_memory"]
    with pytest.raises(InvalidInput, match="only one of them can be True"):
        Agent(OfflineChat(), agent.db, **dict.fromkeys(both, True))
    for first, second in (both, both[::-1]):
        setattr(agent, first, True)
        with pytest.raises(InvalidInput, match=f"set {first} to False"):
            setattr(agent, second, True)
        setattr(agent, second, False)
        setattr(agent, first, False)
        setattr(agent, second, True)
        setattr(agent, second, False)


def test_what_is_right_is_kept_as_it_is(agent):
    agent.num_history_runs = np.int64(5)
    agent.memory_manager.timeout = np.float64(1.5)
    assert (agent.num_history_runs, agent.memory_manager.timeout) == (5, 1.5)
    lines = ["Be brief."]
    agent.instructions = lines
    lines.append(5)
    assert agent.instructions == ["Be brief."]
    agent.instructions = agent.system_message = agent.user_id = None
    agent.model = OpenAIChat(base_url="http://localhost:1/v1")
    agent.memory_manager.model = None


async def test_switches_of_a_manager_count_when_they_are_set_later(agent):
    user = agent.db.for_user(ANA)
    agent.memory_manager.add_memories = False
    await agent.memory_manager.acreate_user_memories(user, "I like tea.")
    assert user.memories() == []
    agent.memory_manager.add_memories = True
    await agent.memory_manager.acreate_user_memories(user, "I like tea.")
    assert [memory.memory for memory in user.memories()] == ["The user likes tea."]


@pytest.mark.parametrize("bad", [5, "print", [], True, model], ids=without_value)
async def test_what_cannot_take_pieces_of_text_is_refused_before_anything_is_stored(agent, bad):
    with pytest.raises(InvalidInput, match="on_text is a function that takes a piece of text"):
        await agent.arun("I like tea.", user_id=ANA, session_id="s", on_text=bad)
    assert agent.db.users() == []


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (ANA, f"user cannot be '{ANA}'; write db.for_user('{ANA}')"),
        (User, "user cannot be the class User"),
        (None, "write db.for_user("),
    ],
    ids=without_value,
)
async def test_a_manager_wants_the_handle_of_a_user(agent, bad, says):
    manager = agent.memory_manager
    calls = [
        lambda: manager.acreate_user_memories(bad, "I like tea."),
        lambda: manager.asearch_user_memories(bad, "tea"),
        lambda: manager.aoptimize_memories(bad),
    ]
    for call in calls:
        with pytest.raises(InvalidInput) as refused:
            await call()
        assert says in str(refused.value)
    assert agent.db.users() == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"source": 3}, "source cannot be 3; write Source("),
        ({"source": ""}, "source cannot be ''; write Source("),
        ({"source": "I like tea."}, "write Source(input='I like tea.')"),
        ({"model": "gpt-4o"}, "write OpenAIChat(id='gpt-4o')"),
        ({"model": OfflineChat}, "write OfflineChat()"),
    ],
    ids=repr,
)
async def test_a_manager_wants_a_source_and_a_model(agent, wrong, says):
    with pytest.raises(InvalidInput) as refused:
        await agent.memory_manager.acreate_user_memories(
            agent.db.for_user(ANA), "I like tea.", **wrong
        )
    assert says in str(refused.value)
    assert agent.db.users() == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"user": ANA}, f"user cannot be '{ANA}'; write db.for_user('{ANA}')"),
        ({"user": None}, "write db.for_user("),
        ({"query": 5}, "query is text, found 5"),
        ({"limit": "5"}, "limit is a whole number"),
        ({"limit": 0}, "a whole number of at least 1"),
    ],
    ids=repr,
)
def test_past_sessions_are_those_of_a_handle(agent, wrong, says):
    with pytest.raises(InvalidInput) as refused:
        search_past_sessions(**{"query": "tea", "user": agent.db.for_user(ANA)} | wrong)
    assert says in str(refused.value)


@pytest.mark.parametrize("clock", [3, None, "noon", NOON, model], ids=without_value)
def test_a_clock_is_a_function(folder, clock):
    for make in (
        lambda: SqliteDb("new.db", clock=clock),
        lambda: PostgresDb("postgresql://nobody@nowhere.invalid/ai", clock=clock),
    ):
        with pytest.raises(
            InvalidInput, match=r"clock is a function that returns the time, .* def"
        ):
            make()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("given", ["one sentence", None, 5, [5], [""]], ids=repr)
async def test_what_a_strategy_gives_is_a_list_of_sentences(agent, given):
    user = agent.db.for_user(ANA)
    user.add_memory("The user likes tea.")
    with pytest.raises(InvalidInput):
        await agent.memory_manager.aoptimize_memories(user, lambda memories: given)
    assert [memory.memory for memory in user.memories()] == ["The user likes tea."]


async def test_a_query_is_text(agent):
    user = agent.db.for_user(ANA)
    with pytest.raises(InvalidInput, match="query is text, found 5"):
        await agent.memory_manager.asearch_user_memories(user, 5, retrieval_method="keyword")


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": 5},
        {"id": OfflineChat},
        {"base_url": 8000},
        {"base_url": "localhost:8000"},
        {"base_url": "/v1"},
        {"base_url": "ftp://localhost/v1"},
        {"base_url": "ana:secret@localhost:8000"},
        {"http_client": 3},
        {"http_client": "httpx2"},
        {"http_client": httpx2.URL("http://a")},
        {"api_key": b"sk-secret"},
        {"timeout": -1},
        {"timeout": "60"},
        {"timeout": math.nan},
        {"timeout": None},
        {"max_retries": -1},
        {"max_retries": True},
        {"request_params": ["temperature"]},
        {"request_params": {1: 2}},
        {"default_headers": "X-A: 1"},
        {"default_query": 5},
        {"max_concurrent": 0},
        {"embedding_id": None},
        {"similar_from": "0.3"},
    ],
    ids=repr,
)
def test_a_model_is_made_of_the_right_kinds(wrong):
    with pytest.raises(InvalidInput, match=next(iter(wrong))) as refused:
        OpenAIChat(**{"base_url": "http://localhost:1/v1"} | wrong)
    assert "secret" not in str(refused.value)


def test_an_address_without_http_is_shown_with_it(monkeypatch):
    with pytest.raises(InvalidInput, match="https://; write 'http://localhost:8000/v1'"):
        OpenAIChat(base_url="localhost:8000/v1")
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:8000")
    with pytest.raises(InvalidInput, match="write 'http://localhost:8000'"):
        OpenAIChat()


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "newest"},
        {"method": None},
        {"method": ["last_n"]},
        {"method": Recall},
        {"method": "last_n", "limit": 0},
        {"method": "last_n", "limit": True},
        {"method": "last_n", "limit": 2.5},
        {"method": "last_n", "limit": "5"},
        {"limit": 5},
        {"tokens": -1},
        {"tokens": math.nan},
        {"tokens": True},
    ],
    ids=repr,
)
def test_a_recall_that_cannot_be_is_refused(settings):
    with pytest.raises(InvalidInput):
        Recall(**settings)
