"""What a type checker sees of memkit, in the script of somebody who uses it."""

import subprocess
import sys
from importlib.resources import files

import pytest

# What is right is asserted; what is wrong is ignored, and an ignore that nothing needs is an error.
SCRIPT = """
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, assert_type

from memkit import (
    Agent, Db, MemoryEvent, MemoryManager, Message, ModelCall, OfflineChat, OpenAIChat, PostgresDb,
    Recall, RunResult, Session, SqliteDb, User, UserMemory, pictures, views,
)

assert_type(views.RUNS, str)
pictures.timeline

def remember(db: Db) -> User:
    agent = Agent(OfflineChat(), db, recall=Recall("hybrid", limit=5), instructions=["Be brief."])
    run = agent.run("I like tea.", user_id="ana", session_id="s")
    assert_type(run, RunResult)
    assert_type(run.content, str | None)
    assert_type(run.usage, dict[str, int])
    assert_type(run.memory_events, list[MemoryEvent])
    event = run.memory_events[0]
    assert_type(
        event.status, Literal["applied", "rejected", "proposed", "approved", "refused", "erased"]
    )
    assert_type(event.created_at, datetime)
    assert_type(agent.get_user_memories("ana"), list[UserMemory])
    assert_type(agent.get_sessions("ana"), list[Session])
    assert_type(agent.get_messages("ana", "s"), list[Message])
    assert_type(agent.get_messages("ana", "s")[0].role, Literal["user", "assistant"])
    assert_type(agent.model, OpenAIChat)
    assert_type(agent.num_history_runs, int)
    assert_type(agent.recall.limit, int | None)
    agent.num_history_runs = "3"  # type: ignore[assignment]
    agent.num_history_run = 3  # type: ignore[attr-defined]
    agent.recall = "last_n"  # type: ignore[assignment]
    Agent(model="gpt-4o")  # type: ignore[arg-type]
    Recall("newest")  # type: ignore[arg-type]
    event.action = "add"  # type: ignore[misc]
    return db.for_user("ana")

def look(user: User) -> Iterator[str]:
    assert_type(user.memories(as_of=1), list[UserMemory])
    assert_type(user.history(memory_id=1), list[MemoryEvent])
    assert_type(user.user_id, str)
    yield from (memory.memory for memory in user.memories())

async def manage(user: User, call: ModelCall) -> None:
    manager = MemoryManager(OpenAIChat(base_url="http://localhost:8000/v1"), timeout=5)
    found = await manager.asearch_user_memories(user, "tea", 5, retrieval_method="keyword")
    assert_type(found, list[UserMemory])
    await manager.asearch_user_memories(user, retrieval_method="newest")  # type: ignore[arg-type]
    await manager.asearch_user_memories("ana")  # type: ignore[arg-type]
    assert_type(call.why, Literal["reply", "memory", "search", "summary", "optimize"])
    async for piece in Agent().astream("hello"):
        assert_type(piece, str)

stores: list[Db] = [SqliteDb("memkit.db"), PostgresDb("postgresql+psycopg://localhost/ai")]
"""


@pytest.mark.slow
def test_a_strict_type_checker_sees_real_types(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "mypy.ini").write_text("[mypy]\n")
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "cache", "script.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (ran.stdout, ran.stderr) == ("Success: no issues found in 1 source file\n", "")


def test_the_package_says_that_it_has_types():
    assert files("memkit").joinpath("py.typed").is_file()
