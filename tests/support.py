"""What tests import: stores by their place, and models that answer as they are told.

Each model is the real `openai` client, answered by a list or by a real server on this machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from packaging.requirements import Requirement

from memkit import OfflineChat, OpenAIChat, PostgresDb, SqliteDb
from memkit.records import ModelCall

# Whether searching by meaning is left out; see conftest.py.
PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
[WORDLLAMA] = map(Requirement, PROJECT["optional-dependencies"]["semantic"])
NO_WORDLLAMA = os.environ.get("MEMKIT_WITHOUT") == "wordllama" or not WORDLLAMA.marker.evaluate()

on_both_stores = pytest.mark.parametrize("place", ["sqlite", "postgres"], indirect=True)
on_sqlite = pytest.mark.parametrize("place", ["sqlite"], indirect=True)


def examples(usual: int) -> settings:
    """How many examples to generate: fewer in `make quick`, many in `make proof`; always the same.

    They share what a fixture made, and leave it as it is for the next.
    """
    return settings(
        max_examples=max(1, usual * settings().max_examples // 100),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def open_store(place: str) -> SqliteDb | PostgresDb:
    """The store at a path or a URL."""
    return PostgresDb(place) if "://" in place else SqliteDb(place)


def say(text: str) -> dict[str, Any]:
    """An assistant message."""
    return {"role": "assistant", "content": text}


def use(*tools: tuple[str, Any]) -> dict[str, Any]:
    """An assistant message that uses tools: (name, arguments as an object or as raw text)."""
    calls = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {
                "name": name,
                "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments),
            },
        }
        for number, (name, arguments) in enumerate(tools)
    ]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def completion(message: dict[str, Any], finish: str | None = "stop") -> dict[str, Any]:
    """A chat completion, as a server sends it."""
    return {
        "id": "test",
        "object": "chat.completion",
        "created": 0,
        "model": "test",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }


class ScriptedChat(OpenAIChat):
    """Gives the answers of a list, in order, and keeps the requests; one too many is an error."""

    def __init__(self, answers: Sequence[dict[str, Any]]) -> None:
        super().__init__(
            id="scripted",
            base_url="http://scripted.invalid/v1",
            api_key="none",
            http_client=lambda: httpx2.AsyncClient(transport=httpx2.MockTransport(self._respond)),
        )
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []

    def _respond(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(json.loads(request.content))
        if not self.answers:
            raise AssertionError("the script has no answer left for this request")
        return httpx2.Response(200, json=completion(self.answers.pop(0)))


class Together(OfflineChat):
    """An offline model that answers no request before so many of its kind are under way."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._barriers: dict[str, asyncio.Barrier] = defaultdict(lambda: asyncio.Barrier(number))

    async def send(self, call: ModelCall, on_text: Any = None) -> ModelCall:
        async with asyncio.timeout(120):  # or a test of who waits for whom would wait for ever
            await self._barriers[call.why].wait()
        return await super().send(call, on_text)


@contextmanager
def computing(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The functions that each step of the event loop calls meanwhile; afterwards most first.

    They are counted, because seconds say how busy the machine is.
    """
    steps: list[int] = []
    run = asyncio.Handle._run

    def count_calls(frame: FrameType, event: str, argument: Any) -> None:
        steps[-1] += event.endswith("call")

    def counted(handle: asyncio.Handle) -> None:
        steps.append(0)
        before = sys.getprofile()
        sys.setprofile(count_calls)
        run(handle)
        sys.setprofile(before)

    with monkeypatch.context() as patched:
        patched.setattr(asyncio.Handle, "_run", counted)
        yield steps
    steps.sort(reverse=True)


Answer = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


@contextmanager
def server(answer: Answer) -> Iterator[str]:
    """A real HTTP server on this machine; `answer(handler, body)` writes each response."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer(self, json.loads(body))

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, args=[0.01])  # seconds until it ends
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}/v1"
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def send_json(handler: BaseHTTPRequestHandler, value: Any, status: int = 200) -> None:
    """Write a JSON response."""
    body = json.dumps(value).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


_databases = count(1)


@contextmanager
def own_database(postgres_server: str) -> Iterator[str]:
    """The URL of a database of its own, owned by a role with no privilege beyond that."""
    name = f"memkit_ordinary_{os.getpid()}_{next(_databases)}"
    url = sa.make_url(postgres_server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE ROLE {name} LOGIN PASSWORD 'ordinary'"))
        connection.execute(sa.text(f"CREATE DATABASE {name} OWNER {name}"))
    own = url.set(username=name, password="ordinary", database=name)
    yield own.render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        connection.execute(sa.text(f"DROP ROLE {name}"))
