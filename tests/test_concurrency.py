"""The sync names for scripts."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from memkit import Agent, OfflineChat, RunningLoopError
from memkit.concurrency import wait_for


def agent_on(db):
    return Agent(OfflineChat(), db, update_memory_on_run=True, user_id="ana", session_id="s")


def test_the_sync_names_do_what_the_async_ones_do(db, capsys):
    agent = agent_on(db)
    run = agent.run("I like tea.")
    agent.print_response("I paint.")
    assert run.content in {each.content for each in agent.get_messages()}
    assert "I paint." in capsys.readouterr().out
    assert [each.memory for each in agent.get_user_memories()] == [
        "The user likes tea.",
        "The user paints.",
    ]


def test_all_calls_share_one_loop():
    async def here():
        return asyncio.get_running_loop()

    loops = [wait_for(here(), "here") for _ in range(2)]
    thread = threading.Thread(target=lambda: loops.append(wait_for(here(), "here")))
    thread.start()
    thread.join()
    assert len(set(loops)) == 1
    assert len(loops) == 3


def test_an_error_comes_out_as_it_is():
    async def fail():
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        wait_for(fail(), "fail")


@pytest.mark.parametrize(
    ("name", "awaited"), [("run", "arun"), ("print_response", "aprint_response")]
)
async def test_inside_a_running_loop_the_error_names_what_to_await(db, name, awaited):
    """A coroutine that is left behind would be a RuntimeWarning, which fails the test."""
    agent = agent_on(db)
    with pytest.raises(RunningLoopError, match=rf"await agent\.{awaited}\("):
        getattr(agent, name)("hello")
    assert db.users() == []


@pytest.mark.slow
def test_a_program_that_used_the_sync_names_ends_without_a_word(tmp_path):
    script = f"""
from memkit import Agent, SqliteDb
agent = Agent(db=SqliteDb({str(tmp_path / "memkit.db")!r}), update_memory_on_run=True)
print(len(agent.run("I like tea.", user_id="ana", session_id="s").memory_events))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == ("1\n", "", 0)
