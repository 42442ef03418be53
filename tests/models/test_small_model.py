"""Proof with a server that none of us wrote: llama.cpp's own, with a real model of 135M weights.

What the model says is nothing to build on; that it arrives is: streamed, cut off, cancelled.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import small_model
from memkit import Agent, MemoryManager, OpenAIChat

pytestmark = pytest.mark.proof

SERVE = """
import sys, threading
sys.path.insert(0, sys.argv[1])
import small_model
server = small_model.serve(context=1024)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def base_url():
    """The server in a process of its own, which ends when its input is closed."""
    if why := small_model.missing():
        pytest.skip(why)
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(Path(small_model.__file__).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield f"{process.stdout.readline().strip()}/v1"
    process.stdin.close()
    process.stdout.close()
    process.wait(60)


@pytest.fixture
def model(base_url):
    params = {**small_model.PARAMS, "max_tokens": 24}
    return OpenAIChat(small_model.NAME, base_url, timeout=300, request_params=params)


async def test_a_reply_is_streamed_and_its_tokens_are_counted(model, db):
    pieces = []
    agent = Agent(model, db)
    run = await agent.arun("hello", user_id="ana", session_id="s", on_text=pieces.append)
    await model.aclose()
    assert run.error is None
    assert len(pieces) > 1
    assert "".join(pieces) == run.content
    assert 0 < run.usage["completion_tokens"] <= 24


async def test_history_is_sent_in_a_form_that_its_template_takes(model, db):
    agent = Agent(model, db, add_history_to_context=True, instructions="Be brief.")
    for message in ("My name is Ana.", "What is my name?"):
        run = await agent.arun(message, user_id="ana", session_id="s")
        assert run.error is None
    await model.aclose()
    assert [each["role"] for each in run.messages] == ["system", "user", "assistant", "user"]


async def test_an_extraction_has_the_form_that_was_asked_for(model, db):
    model.request_params["max_tokens"] = 150
    manager = MemoryManager(extraction="json_schema", timeout=300)
    agent = Agent(model, db, update_memory_on_run=True, memory_manager=manager)
    run = await agent.arun("I like anime.", user_id="ana", session_id="s")
    await model.aclose()
    [stored, *_] = db.query("SELECT response FROM model_calls WHERE why = 'memory'").response
    assert json.loads(stored)["content"].lstrip().startswith("{")
    assert run.memory_events or "did not answer with the JSON" in run.error


async def test_whoever_stops_listening_leaves_a_server_that_answers_others(model, db):
    model.request_params["max_tokens"] = 500
    agent = Agent(model, db)
    async for _ in agent.astream("Tell me a long story.", user_id="ana", session_id="s"):
        break
    model.request_params["max_tokens"] = 8
    run = await agent.arun("hello", user_id="ben", session_id="s")
    await model.aclose()
    assert run.content
    assert db.query("SELECT status FROM agent_runs ORDER BY user_id").status.tolist() == [
        "cancelled",
        "completed",
    ]


async def test_a_request_that_is_too_long_says_so_and_what_helps(model, db):
    run = await Agent(model, db).arun("tea " * 2_000, user_id="ana", session_id="s")
    await model.aclose()
    assert run.content is None
    assert "context" in run.error
    assert "num_history_runs" in run.error
