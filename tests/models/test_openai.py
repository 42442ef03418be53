"""Asking a model: the real client against a real HTTP server on this machine."""

import asyncio
import base64
import gc
import json
import socket
import subprocess
import sys
import threading
import time
import traceback
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memkit import Agent, MemoryManager, ModelError, OpenAIChat
from memkit.records import ModelCall
from support import completion, say, send_json, server, use

KEY = "sk-secret-4711"
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_waiting_between_retries(monkeypatch):
    monkeypatch.setattr("memkit.models.openai.FIRST_WAIT", 0.001)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def ask(model, stream=False, tools=(), messages=HELLO):
    """One call, with its pieces of text in `call.pieces` when it is streamed."""
    call = ModelCall("reply", model.request(messages, tools), datetime.now(UTC))
    call.pieces = []
    return await model.send(call, call.pieces.append if stream else None)


async def failure(model, stream=False, tools=()):
    """The error of a call that fails, which is also kept in the call, without the key."""
    call = ModelCall("reply", model.request(HELLO, tools), datetime.now(UTC))
    with pytest.raises(ModelError) as caught:
        await model.send(call, [].append if stream else None)
    assert call.error == str(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value)) + repr(call) + repr(model)
    return call.error


@contextmanager
def answering(message):
    """A server that gives one message to every request; and the list of what it received."""
    received = []

    def answer(handler, body):
        received.append((handler, body))
        send_json(handler, completion(message))

    with server(answer) as url:
        yield url, received


def sending(body, content_type="application/json", status=200, length=None):
    """A server that sends these bytes, having promised `length`, and then hangs up."""

    def answer(handler, _):
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(length or len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()
        handler.close_connection = True

    return server(answer)


def chunk(delta=None, finish=None, **more):
    """A server-sent event of a streamed completion."""
    body = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "test"}
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps({**body, "choices": choices, **more}).encode() + b"\n\n"


def streaming(*chunks, length=None):
    return sending(b"".join(chunks), "text/event-stream", length=length)


# A call


async def test_a_request_is_the_body_that_was_asked_for():
    with answering(say("hi")) as (url, received):
        model = OpenAIChat("some-model", url, KEY)
        await ask(model, tools=[TOOL])
        await ask(model)
        await model.aclose()
    [(handler, with_tools), (_, without)] = received
    assert handler.path == "/v1/chat/completions"
    assert handler.headers["Authorization"] == f"Bearer {KEY}"
    assert with_tools == {"model": "some-model", "messages": HELLO, "tools": [TOOL]}
    assert without == {"model": "some-model", "messages": HELLO}


async def test_a_call_is_filled_in_with_what_came_back():
    with answering(say("hi")) as (url, _):
        model = OpenAIChat(base_url=url)
        call = await ask(model)
        await model.aclose()
    assert (call.response, call.text, call.tool_calls) == (say("hi"), "hi", [])
    assert (call.prompt_tokens, call.completion_tokens, call.error) == (3, 2, None)
    assert 0 < call.latency < 10


async def test_tool_calls_come_back_as_they_were_made():
    wanted = use(("f", {"a": 1}), ("g", "{broken"))
    with answering(wanted) as (url, _):
        model = OpenAIChat(base_url=url)
        call = await ask(model, tools=[TOOL])
        await model.aclose()
    assert call.tool_calls == wanted["tool_calls"]
    assert call.text == ""


async def test_an_endpoint_that_counts_no_tokens_is_fine():
    too_many = {"prompt_tokens": 10**30, "completion_tokens": -1}
    for usage in (None, "lots", {"prompt_tokens": "many"}, too_many):
        body = {**completion(say("hi")), "usage": usage}
        with sending(json.dumps(body).encode()) as url:
            model = OpenAIChat(base_url=url)
            call = await ask(model)
            await model.aclose()
        assert (call.text, call.prompt_tokens, call.completion_tokens) == ("hi", None, None)


@pytest.mark.parametrize("stream", [False, True])
async def test_nothing_that_no_store_can_hold_comes_through(stream):
    odd, kept = "a\x00b\ud800c👋", "a\ufffdb\ufffdc👋"
    body = json.dumps(completion(say(odd))).encode()
    chunks = [chunk({"role": "assistant", "content": odd}), chunk({}, "stop"), b"data: [DONE]\n\n"]
    with streaming(*chunks) if stream else sending(body) as url:
        model = OpenAIChat(base_url=url)
        call = await ask(model, stream)
        await model.aclose()
    assert call.text == kept
    assert call.pieces == [kept] * stream


# A stream


async def test_a_stream_brings_the_text_in_pieces_and_its_tokens():
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    received = []

    def answer(handler, body):
        received.append(body)
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        for each in (
            chunk({"role": "assistant", "content": "Good"}),
            chunk({"content": " day"}),
            chunk({}, "stop"),
            chunk(usage=usage),
            b"data: [DONE]\n\n",
        ):
            handler.wfile.write(each)
        handler.close_connection = True

    with server(answer) as url:
        model = OpenAIChat(base_url=url)
        call = await ask(model, stream=True)
        await model.aclose()
    assert call.pieces == ["Good", " day"]
    assert call.response == say("Good day")
    assert (call.prompt_tokens, call.completion_tokens) == (3, 2)
    assert received[0]["stream"] is True
    assert received[0]["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("why", ["length", "content_filter"])
async def test_an_answer_that_was_cut_short_is_an_answer_in_a_stream_too(why, stream):
    body = completion(say("Good"))
    body["choices"][0]["finish_reason"] = why
    chunks = [chunk({"role": "assistant", "content": "Good"}), chunk({}, why)]
    with streaming(*chunks) if stream else sending(json.dumps(body).encode()) as url:
        model = OpenAIChat(base_url=url)
        call = await ask(model, stream)
        await model.aclose()
    assert (call.text, call.error) == ("Good", None)


async def test_a_stream_brings_tool_calls_in_pieces():
    function = {"name": "f", "arguments": '{"a"'}
    started = {"index": 0, "id": "call_1", "type": "function", "function": function}
    went_on = {"index": 0, "function": {"arguments": ": 1}"}}
    with streaming(
        chunk({"role": "assistant", "tool_calls": [started]}),
        chunk({"tool_calls": [went_on]}),
        chunk({}, "tool_calls"),
        b"data: [DONE]\n\n",
    ) as url:
        model = OpenAIChat(base_url=url)
        call = await ask(model, stream=True, tools=[TOOL])
        await model.aclose()
    assert call.tool_calls == [
        {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    ]


async def test_a_listener_that_fails_is_not_blamed_on_the_endpoint():
    def listener(_text):
        raise TypeError("a bug of the listener")

    with streaming(chunk({"role": "assistant", "content": "hi"}), chunk({}, "stop")) as url:
        model = OpenAIChat(base_url=url)
        call = ModelCall("reply", model.request(HELLO), datetime.now(UTC))
        with pytest.raises(TypeError, match="a bug of the listener"):
            await model.send(call, listener)
        await model.aclose()


# Embeddings


def embedding(index, vector):
    return {"object": "embedding", "index": index, "embedding": vector}


def embedding_call(model):
    request = {"model": model.embedding_id, "input": ["tea", "jam"]}
    return ModelCall("search", request, datetime.now(UTC))


async def embedding_failure(model):
    """The error of an embeddings call that fails, which is also kept in the call."""
    call = embedding_call(model)
    with pytest.raises(ModelError) as caught:
        await model.embed(call)
    assert call.error == str(caught.value)
    assert call.prompt_tokens is None
    assert KEY not in "".join(traceback.format_exception(caught.value)) + repr(call)
    return call.error


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [({"prompt_tokens": 2, "total_tokens": 2}, 2), (None, None), ({"prompt_tokens": "x"}, None)],
)
async def test_vectors_come_in_the_order_of_the_texts_whatever_that_of_the_answer(usage, tokens):
    asked = []

    def answer(handler, body):
        asked.append((handler.path, body["model"], body["input"]))
        data = [embedding(1, [0.0, 1.0]), embedding(0, [1.0, 0.0])]
        send_json(handler, {"object": "list", "data": data, "usage": usage})

    with server(answer) as url:
        model = OpenAIChat("some-model", url, KEY, embedding_id="some-embedding")
        call = embedding_call(model)
        assert await model.embed(call) == [[1.0, 0.0], [0.0, 1.0]]
        await model.aclose()
    assert asked == [("/v1/embeddings", "some-embedding", ["tea", "jam"])]
    assert (call.response, call.prompt_tokens, call.completion_tokens, call.error) == (
        {"embeddings": 2},
        tokens,
        None,
        None,
    )
    assert 0 < call.latency < 10


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b'{"data":',
        b"{}",
        b'{"data": null}',
        b'{"data": []}',
        b'{"data": ["text"]}',
        b'{"data": [{"embedding": [1' + b"0" * 400 + b'], "index": 0}]}',
        b'{"data": [{"embedding": [[1]], "index": 0}]}',
        b"[" * 100_000,
        b'{"data": [{"embedding": "AAAAAA", "index": 0}]}',
        b'{"data": [{"embedding": [1]}, {"index": "x", "embedding": [2]}]}',
        b"<html>Welcome!</html>",
    ],
)
async def test_an_answer_without_vectors_is_an_error(body):
    with sending(body) as url:
        model = OpenAIChat(base_url=url, api_key=KEY)
        assert "gave an answer that cannot be used" in await embedding_failure(model)
        await model.aclose()


NGINX = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>"
LESS = "show the model less"


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (502, NGINX, "failed; try again later (502): 502 Bad Gateway"),
        (403, "<!DOCTYPE html>\n<p>Please <b>log in</b>", "(403): Please log in"),
        (400, '{"error": true, "message": "quota is used up"}', "(400): quota is used up"),
        (400, '{"error": {"message": "Please reduce the length of the messages."}}', LESS),
        (400, '[{"error": {"message": "The input token count (9) exceeds it."}}]', LESS),
        (422, '{"error": "`inputs` tokens + `max_new_tokens` must be <= 8193"}', LESS),
    ],
)
async def test_a_refusal_is_told_in_the_words_of_the_endpoint(status, body, words):
    def answer(handler, _):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body.encode())

    with server(answer) as url:
        model = OpenAIChat(base_url=url, api_key=KEY, max_retries=0)
        assert words in await embedding_failure(model)
        await model.aclose()


async def test_vectors_without_numbers_are_in_the_order_of_the_texts():
    with sending(b'{"data": [{"embedding": [1]}, {"embedding": [2]}]}') as url:
        model = OpenAIChat(base_url=f" {url}\n", api_key=KEY)
        assert await model.embed(embedding_call(model)) == [[1.0], [2.0]]
        await model.aclose()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "did not accept the request"),
        (401, "refused the API key"),
        (404, "does not know this path or the model 'some-embedding'"),
        (500, "failed; try again later"),
    ],
)
async def test_a_refused_embedding_names_its_own_model_and_never_the_key(status, words):
    def answer(handler, _):
        text = f"bad key: {handler.headers['Authorization']}"
        send_json(handler, {"error": {"message": text}}, status)

    with server(answer) as url:
        model = OpenAIChat("some-model", url, KEY, embedding_id="some-embedding")
        assert words in await embedding_failure(model)
        await model.aclose()


async def test_an_embedding_that_is_cancelled_says_so():
    over, asked = threading.Event(), threading.Event()
    with server(lambda *_: asked.set() or over.wait(10)) as url:
        model = OpenAIChat(base_url=url)
        call = embedding_call(model)
        task = asyncio.create_task(model.embed(call))
        await asyncio.to_thread(asked.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await model.aclose()
        over.set()
    assert call.error == "cancelled before the answer was complete"
    assert call.latency > 0


# Where it asks, and with which key


def test_the_environment_names_endpoint_and_key(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.invalid/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert OpenAIChat().base_url == "http://elsewhere.invalid/v1"
    assert OpenAIChat(base_url="http://here.invalid/v1").base_url == "http://here.invalid/v1"


async def test_the_key_of_the_environment_is_sent(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with answering(say("hi")) as (url, received):
        model = OpenAIChat(base_url=url)
        await ask(model)
        await model.aclose()
    assert received[0][0].headers["Authorization"] == f"Bearer {KEY}"


async def test_a_password_in_the_address_is_sent_instead_of_a_key():
    seen = []

    def answer(handler, _):
        seen.append(handler.headers["Authorization"])
        send_json(handler, completion(say("hi")))

    with server(answer) as url:
        model = OpenAIChat(base_url=url.replace("//", "//ana:s%40cret@"))
        await ask(model)
        await model.aclose()
    assert seen == ["Basic " + base64.b64encode(b"ana:s@cret").decode()]


async def test_an_endpoint_of_ones_own_needs_no_key():
    with answering(say("hi")) as (url, _):
        model = OpenAIChat(base_url=url)
        assert (await ask(model)).text == "hi"
        await model.aclose()


def test_no_key_is_said_when_the_model_is_made():
    with pytest.raises(ModelError, match=r"no API key: set OPENAI_API_KEY, .* OfflineChat"):
        OpenAIChat()


def test_a_model_shows_its_name_and_not_its_key():
    assert repr(OpenAIChat("some-model", api_key=KEY)) == "OpenAIChat(id='some-model')"
    assert KEY not in repr(MemoryManager(OpenAIChat(api_key=KEY)))


# What goes wrong


@pytest.mark.parametrize(
    ("status", "asked", "words"),
    [
        (400, 1, "did not accept the request"),
        (401, 1, "refused the API key; check OPENAI_API_KEY or api_key"),
        (403, 1, "did not accept the request"),
        (404, 1, "does not know this path or the model 'some-model'"),
        (429, 3, "rate limit reached at"),
        (500, 3, "failed; try again later"),
        (503, 3, "failed; try again later"),
    ],
)
async def test_a_refusal_says_what_to_do_and_never_the_key(status, asked, words):
    """The server quotes the key back, as some do."""
    bodies = []

    def answer(handler, body):
        bodies.append(body)
        text = f"bad key: {handler.headers['Authorization']}"
        send_json(handler, {"error": {"message": text}}, status)

    with server(answer) as url:
        for stream in (False, True):
            model = OpenAIChat("some-model", url, KEY)
            error = await failure(model, stream)
            await model.aclose()
            assert words in error
            assert url in error
    assert len(bodies) == 2 * asked


ERROR = "answered with an error: no"

NONSENSE = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b'{"a":',
    b"{}",
    b'{"error": {"message": "no"}}',
    b'{"choices": null}',
    b'{"choices": []}',
    b'{"choices": [null]}',
    b'{"choices": {"0": 1}}',
    b"[" * 100_000,
    b'{"choices": ' + b"9" * 5_000 + b"}",
    b'{"choices": [{"message": ' + b"[" * 5_000 + b"]" * 5_000 + b"}]}",
    b'{"choices": [{}]}',
    b'{"choices": [{"message": null}]}',
    b'{"choices": [{"message": "text"}]}',
    b'{"choices": [{"message": {"content": 5}}]}',
    b'{"choices": [{"message": {"content": [5]}}]}',
    b'{"choices": [{"message": {"content": null, "tool_calls": "f"}}]}',
    b'{"choices": [{"message": {"content": null, "tool_calls": [{"id": "1"}]}}]}',
    b'{"choices": [{"message": {"content": null, "tool_calls": [{"function": {"name": 1}}]}}]}',
]


@pytest.mark.parametrize("body", NONSENSE, ids=lambda body: body.decode()[-40:] or "empty")
async def test_json_that_is_no_completion_is_said_to_be_none(body):
    with sending(body) as url:
        for stream in (False, True):
            model = OpenAIChat(base_url=url, api_key=KEY)
            error = await failure(model, stream, [TOOL])
            await model.aclose()
            assert ERROR in error or "gave an answer that cannot be used" in error


@pytest.mark.parametrize("stream", [False, True])
async def test_a_web_page_is_no_completion(stream):
    with sending(b"<html>Welcome!</html>", "text/html") as url:
        model = OpenAIChat(base_url=url)
        assert "gave an answer that cannot be used" in await failure(model, stream)
        await model.aclose()


@pytest.mark.parametrize(
    "chunks",
    [
        [b""],
        [b"data: [DONE]\n\n"],
        [b'data: {"a\n\n'],
        [b"data: []\n\n"],
        [b"data: null\n\n"],
        [chunk({}, choices=None)],
        [chunk({}, choices=[{"index": 0, "delta": None}])],
        [chunk({"role": "assistant", "content": "Good"}), b"data: {broken}\n\n"],
        [chunk({"role": "assistant", "content": "Good"})],
    ],
    ids=lambda chunks: b"".join(chunks).decode()[-40:] or "empty",
)
async def test_a_stream_of_nonsense_or_without_an_end_is_an_error(chunks):
    with streaming(*chunks) as url:
        model = OpenAIChat(base_url=url, api_key=KEY)
        assert "gave an answer that cannot be used" in await failure(model, True, [TOOL])
        await model.aclose()


async def test_a_connection_cut_in_the_middle_of_a_stream_is_an_error():
    with streaming(chunk({"role": "assistant", "content": "Good"}), length=9999) as url:
        model = OpenAIChat(base_url=url, api_key=KEY)
        error = await failure(model, stream=True)
        await model.aclose()
    assert "closed the connection before its answer was complete" in error
    assert "Not enough data" in error
    assert "is the server running" not in error


@pytest.mark.parametrize("stream", [False, True])
async def test_an_endpoint_that_is_down_is_said_to_be_down(stream):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    model = OpenAIChat(base_url=url, api_key=KEY)
    error = await failure(model, stream)
    await model.aclose()
    assert f"no connection to {url}" in error
    assert "is the server running, the URL right?" in error


@pytest.mark.parametrize("url", ["http://[/v1", "http://[::1/v1", "http://:0/v1"])
async def test_an_address_that_is_none_is_said_so(url):
    model = OpenAIChat(base_url=url)
    assert f"no connection to {url} (" in await failure(model)
    await model.aclose()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "closed the connection"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "gave an answer that cannot be used"),
        (b"HTTP/1.1 9999 OK\r\n\r\n", "gave an answer that cannot be used"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000, "gave an answer that cannot be used"),
        (CHUNKED + b"zz\r\n{}\r\n", "gave an answer that cannot be used"),
        (CHUNKED + b"50\r\n{}\r\n", "closed the connection"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n{}", "cannot be used"),
    ],
)
async def test_what_is_no_http_is_an_error_that_shows_no_password(sent, words, stream):
    def answer(handler, _):
        handler.wfile.write(sent)
        handler.close_connection = True

    with server(answer) as url:
        model = OpenAIChat(base_url=url.replace("//", "//ana:secret@"))
        error = await failure(model, stream)
        await model.aclose()
    assert words in error
    assert "secret" not in error
    assert "\n" not in error


async def test_a_password_in_the_address_is_not_shown():
    model = OpenAIChat(base_url="http://ana:secret@127.0.0.1:1/v1")
    error = await failure(model)
    await model.aclose()
    assert "http://127.0.0.1:1/v1" in error
    assert "secret" not in error


@pytest.mark.parametrize("stream", [False, True])
async def test_an_endpoint_that_hangs_is_given_up(stream):
    over = threading.Event()
    with server(lambda *_: over.wait(10)) as url:
        model = OpenAIChat(base_url=url, timeout=0.1)
        assert "did not respond within 0.1 s" in await failure(model, stream)
        await model.aclose()
        over.set()


async def test_a_stream_that_stops_halfway_is_given_up():
    over = threading.Event()

    def answer(handler, _):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(chunk({"role": "assistant", "content": "Good"}))
        handler.wfile.flush()
        over.wait(10)
        handler.close_connection = True

    with server(answer) as url:
        model = OpenAIChat(base_url=url, timeout=0.2)
        assert "did not respond within 0.2 s" in await failure(model, stream=True)
        await model.aclose()
        over.set()


async def test_an_extraction_that_hangs_on_the_wire_costs_no_reply(db):
    """The issue's set time, on a real connection."""
    over = threading.Event()

    def answer(handler, body):
        if "tools" in body:
            over.wait(10)
        send_json(handler, completion(say("fine")))

    with server(answer) as url:
        model = OpenAIChat(base_url=url)
        manager = MemoryManager(timeout=0.3)
        agent = Agent(model, db, update_memory_on_run=True, memory_manager=manager)
        began = time.perf_counter()
        run = await agent.arun("hello", user_id="ana", session_id="s")
        assert time.perf_counter() - began < 5
        await model.aclose()
        over.set()
    assert run.content == "fine"
    assert "no decision within 0.3 s" in run.error


async def test_the_key_is_in_no_table(db):
    def answer(handler, _):
        send_json(handler, {"error": {"message": str(handler.headers)}}, 403)

    with server(answer) as url:
        model = OpenAIChat(base_url=url, api_key=KEY)
        agent = Agent(model, db, update_memory_on_run=True)
        run = await agent.arun("hello", user_id="ana", session_id="s")
        await model.aclose()
    assert "did not accept the request" in run.error
    assert KEY not in repr(run) + repr(db.for_user("ana").export())


# Its client


def counting_connections():
    """A server that answers, and the set of the connections it was asked over."""
    connections = set()

    def answer(handler, _):
        connections.add(handler.client_address)
        send_json(handler, completion(say("hi")))

    return server(answer), connections


async def test_a_model_keeps_one_client_and_its_connection(monkeypatch):
    made = []
    new_client = OpenAIChat._new_client
    monkeypatch.setattr(
        OpenAIChat, "_new_client", lambda self: made.append(new_client(self)) or made[-1]
    )
    serving, connections = counting_connections()
    with serving as url:
        model = OpenAIChat(base_url=url)
        for _ in range(3):
            await ask(model)
        assert (len(made), len(connections)) == (1, 1)
        await model.aclose()
        assert made[0].is_closed()
        await model.aclose()
        await ask(model)
        assert (len(made), len(connections)) == (2, 2)
        await model.aclose()


async def test_a_model_that_is_dropped_closes_its_client(monkeypatch):
    made = []
    new_client = OpenAIChat._new_client
    monkeypatch.setattr(
        OpenAIChat, "_new_client", lambda self: made.append(new_client(self)) or made[-1]
    )
    with answering(say("hi")) as (url, _):
        model = OpenAIChat(base_url=url)
        await ask(model)
        del model
        gc.collect()
        for _ in range(5):
            await asyncio.sleep(0)
        assert made[0].is_closed()


def test_each_event_loop_has_its_client_which_ends_with_it():
    """A script with one `asyncio.run` after the other, and no `aclose`."""
    serving, connections = counting_connections()
    with serving as url:
        model = OpenAIChat(base_url=url)
        clients = []

        async def twice():
            await ask(model)
            await ask(model)
            clients.append((await model._session()).client)

        for number in (1, 2, 3):
            asyncio.run(twice())
            assert len(connections) == number
            assert [each.is_closed() for each in clients] == [True] * number
        assert len(model._sessions) == 1, "loops that are over are forgotten"


def test_the_sync_names_share_one_client_among_threads(db):
    serving, connections = counting_connections()
    with serving as url:
        model = OpenAIChat(base_url=url)
        agent = Agent(model, db)
        runs = []

        def talk(number):
            for session in ("s", "t"):
                runs.append(agent.run("hello", user_id=f"user {number}", session_id=session))

        threads = [threading.Thread(target=talk, args=[number]) for number in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert [each.content for each in runs] == ["hi"] * 8
        assert (len(connections), len(model._sessions)) == (1, 1)


LAST_WORDS = [
    "agent.db.close()",
    "del model, agent",
    "model.itself = model; del model, agent; import gc; gc.collect()",
]


@pytest.mark.slow
@pytest.mark.parametrize("last", LAST_WORDS)
def test_a_script_that_closes_nothing_ends_without_a_word(tmp_path, last):
    script = f"""
import asyncio, sys
from memkit import Agent, OpenAIChat, SqliteDb
model = OpenAIChat(base_url=sys.argv[1])
agent = Agent(model, SqliteDb({str(tmp_path / "memkit.db")!r}), user_id="ana", session_id="s")
print(agent.run("hello").content)
print(asyncio.run(agent.arun("hello")).content)
{last}
"""
    with answering(say("hi")) as (url, _):
        ran = subprocess.run(
            [sys.executable, "-W", "always", "-c", script, url],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (ran.stdout, ran.stderr, ran.returncode) == ("hi\nhi\n", "", 0)
