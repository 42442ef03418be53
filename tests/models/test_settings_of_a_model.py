"""Where a model asks, with which key, and what is sent along: seen by a real server."""

import getpass
import sys
import types

import httpx2
import pytest

from memkit import Agent, MemoryManager, ModelError, OpenAIChat
from memkit.models import keys
from support import completion, say, send_json, server

KEY = "sk-secret-4711"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)


async def seen_by_a_server(db, url_ending="", **settings):
    """The one request for a reply, and the call that was stored."""
    requests = []

    def answer(handler, body):
        requests.append((handler.path, handler.headers, body))
        send_json(handler, completion(say("hi")))

    with server(answer) as url:
        base_url = url.removesuffix("/v1") + (url_ending or "/v1")
        model = OpenAIChat("m", base_url, **{"api_key": KEY, **settings})
        run = await Agent(model, db).arun("hello", user_id="ana", session_id="s")
        await model.aclose()
    assert run.content == "hi"
    [request] = requests
    return request


async def test_request_params_are_in_every_request_and_in_the_table(db):
    params = {"temperature": 0, "max_tokens": 300, "top_k": 1, "model": "no"}
    _, _, body = await seen_by_a_server(db, request_params=params)
    assert {key: body[key] for key in params} == {**params, "model": "m"}
    [stored] = db.query("SELECT request->'top_k' AS top_k FROM model_calls").top_k
    assert str(stored) == "1"


async def test_headers_and_query_are_sent_and_never_stored(db):
    path, headers, _ = await seen_by_a_server(
        db, default_headers={"X-Title": "memkit"}, default_query={"region": "eu"}
    )
    assert (path, headers["X-Title"]) == ("/v1/chat/completions?region=eu", "memkit")
    assert "X-Title" not in str(db.for_user("ana").export())


async def test_azure_in_both_forms(db):
    path, headers, _ = await seen_by_a_server(db, "/openai/deployments/gpt?api-version=2024-10-21")
    assert path == "/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
    assert headers["api-key"] == KEY
    assert "Authorization" not in headers
    path, headers, _ = await seen_by_a_server(db, "/openai/v1/")
    assert (path, headers["Authorization"]) == ("/openai/v1/chat/completions", f"Bearer {KEY}")


async def test_organization_and_project_go_to_openai_only(db, monkeypatch):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    _, headers, _ = await seen_by_a_server(db)
    assert "org-1" not in str(headers) + str(headers)
    assert "proj-1" not in str(headers)
    sent = []

    def respond(request):
        sent.append(request.headers)
        return httpx2.Response(200, json=completion(say("hi")))

    model = OpenAIChat(
        api_key=KEY, http_client=lambda: httpx2.AsyncClient(transport=httpx2.MockTransport(respond))
    )
    await Agent(model, db).arun("hello", user_id="ana", session_id="s")
    await model.aclose()
    assert sent[0]["OpenAI-Organization"] == "org-1"


async def test_a_client_of_ones_own_is_used_and_stays_open(db):
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=completion(say("hi"))))
    async with httpx2.AsyncClient(transport=transport) as client:
        for _ in range(2):
            model = OpenAIChat("m", "http://own.invalid/v1", http_client=client)
            run = await Agent(model, db).arun("hello", user_id="ana", session_id="s")
            await model.aclose()
            assert run.content == "hi"
        assert not client.is_closed


async def test_max_retries_is_the_callers_and_every_try_is_in_the_table(db, monkeypatch):
    monkeypatch.setattr("memkit.models.openai.FIRST_WAIT", 0.001)
    answers = iter([503, 429, 200, 503])

    def answer(handler, _):
        status = next(answers)
        body = completion(say("hi")) if status == 200 else {"error": {"message": f"no {status}"}}
        send_json(handler, body, status)

    with server(answer) as url:
        model = OpenAIChat("m", url)
        run = await Agent(model, db).arun("hello", user_id="ana", session_id="s")
        never = OpenAIChat("m", url, max_retries=0)
        failed = await Agent(never, db).arun("hello", user_id="ana", session_id="s")
        await model.aclose()
        await never.aclose()
    assert (run.content, failed.content) == ("hi", None)
    calls = db.query("SELECT error, response FROM model_calls ORDER BY call_id")
    first, second, third, fourth = calls.error
    assert "asked again: 503" in first
    assert "asked again: 429" in second
    assert third is None or third != third  # none, or pandas's word for it
    assert "no 503" in fourth
    assert "no 429" in str(calls.response[1])


async def test_a_stream_refused_for_its_options_is_a_try_and_they_are_not_sent_again(db):
    asked = []

    def answer(handler, body):
        asked.append("stream_options" in body)
        if asked[-1]:
            send_json(handler, {"detail": "extra inputs: stream_options"}, 422)
        else:
            send_json(handler, completion(say("hi")))

    with server(answer) as url:
        agent = Agent(OpenAIChat("m", url, max_retries=0), db)
        for _ in range(2):
            run = await agent.arun("hello", user_id="ana", session_id="s", on_text=[].append)
            assert run.content == "hi"
        await agent.model.aclose()
    assert asked == [True, False, False]
    first, *others = db.query("SELECT error FROM model_calls ORDER BY call_id").error
    assert first.startswith("asked again: 422: ")
    assert [isinstance(error, str) for error in others] == [False, False]


async def test_a_stream_refused_for_its_options_is_no_try_of_those_that_were_allowed(db):
    asked = []

    def answer(handler, body):
        asked.append("stream_options" in body)
        told = "no stream_options" if asked[-1] else "overloaded"
        send_json(handler, {"detail": told}, 422 if asked[-1] else 503)

    with server(answer) as url:
        agent = Agent(OpenAIChat("m", url, max_retries=0), db)
        run = await agent.arun("hello", user_id="ana", session_id="s", on_text=[].append)
        await agent.model.aclose()
    assert "overloaded" in run.error
    assert asked == [True, False]


async def test_at_most_so_many_requests_are_under_way(db):
    import threading

    here, most, lock = 0, 0, threading.Lock()
    over = threading.Event()

    def answer(handler, _):
        nonlocal here, most
        with lock:
            here += 1
            most = max(most, here)
        over.wait(0.05)
        with lock:
            here -= 1
        send_json(handler, completion(say("hi")))

    import asyncio

    with server(answer) as url:
        model = OpenAIChat("m", url, max_concurrent=2)
        agent = Agent(model, db)
        runs = [agent.arun("hello", user_id=f"user {n}", session_id="s") for n in range(8)]
        assert [run.content for run in await asyncio.gather(*runs)] == ["hi"] * 8
        await model.aclose()
    assert most == 2


# Keys


async def test_a_copied_key_may_bring_its_newline(db):
    _, headers, _ = await seen_by_a_server(db, api_key=f" {KEY}\n")
    assert headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("key", ["sk-a\nb", "sk a", "sk-ä", "“sk-a”"])
def test_a_key_that_cannot_be_one_is_said_so_and_not_shown(key):
    with pytest.raises(ModelError, match="no key has; copy it again") as caught:
        OpenAIChat(api_key=key)
    assert key not in str(caught.value)


def test_a_person_is_asked_for_a_key_once_and_unseen(monkeypatch):
    asked = []
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(getpass, "getpass", lambda prompt: asked.append(prompt) or KEY)
    keys._asked.cache_clear()
    for _ in range(2):
        model = OpenAIChat(base_url="https://models.invalid/v1")
    OpenAIChat(base_url="http://127.0.0.1:1/v1")
    keys._asked.cache_clear()
    assert len(asked) == 1
    assert "models.invalid" in asked[0]
    assert KEY not in repr(model) + str(asked)


@pytest.mark.parametrize(
    ("key", "text", "shown"),
    [
        (KEY, f"Incorrect API key provided: {KEY}.", "Incorrect API key provided: ***."),
        (KEY, f'{{"key":"{KEY}"}}', '{"key":"***"}'),
        (KEY, f"{KEY}5 is another", f"{KEY}5 is another"),
        ("ollama", "ollama has no model 'llama'", "ollama has no model 'llama'"),
        ("ollama", "Authorization: Bearer ollama", "Authorization: Bearer ***"),
        ("x", "the context has no text", "the context has no text"),
        ("", "http://ana:secret@host/v1", "http://host/v1"),
    ],
)
def test_a_key_is_masked_where_it_stands_as_one(key, text, shown):
    assert keys.redact(text, [key]) == shown


# Why there is no answer


async def failure(db, status, body, headers=(), manager=None, **settings):
    """The error of a run whose endpoint refuses everything."""

    def answer(handler, _):
        data = body.encode()
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    with server(answer) as url:
        model = OpenAIChat("m", url, KEY, **{"max_retries": 0, **settings})
        agent = Agent(model, db, update_memory_on_run=bool(manager), memory_manager=manager)
        run = await agent.arun("hello", user_id="ana", session_id="s")
        await model.aclose()
    assert run.content is None
    return run.error


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, '{"error": {"message": "model m not found, try pulling it"}}', "try pulling it"),
        (404, '{"detail": "Not Found"}', "Not Found"),
        (422, '{"detail": [{"loc": ["body", "x"], "msg": "extra"}]}', "body.x: extra"),
        (400, '{"message": "the context size is exceeded"}', "num_history_runs"),
        (400, '{"error": "m does not support tools"}', "extraction='json_schema'"),
        (400, '{"error": "max_tokens is too large"}', "request_params"),
        (413, "<html>too large</html>", "too large"),
        (401, '{"error": {"message": "expired"}}', "expired"),
    ],
)
async def test_a_refusal_names_its_words_and_the_setting_that_helps(db, status, body, words):
    assert words in await failure(db, status, body)


async def test_a_rate_limit_tells_its_wait_and_a_wait_that_is_too_long_is_not_waited_for(db):
    limited = '{"error": {"message": "30 requests a minute"}}'
    manager = MemoryManager(timeout=5)
    wait = [("Retry-After", "90")]
    error = await failure(db, 429, limited, wait, manager, max_retries=2, timeout=60)
    for words in ("rate limit reached", "it asks to wait 90 s", "30 requests a minute"):
        assert error.count(words) == 2
    assert "OpenAIChat(timeout=60)" in error
    assert "MemoryManager(timeout=5)" in error
    assert len(db.query("FROM model_calls")) == 2


async def test_a_proxy_and_its_variable_are_named(db, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    model = OpenAIChat("m", "http://models.invalid/v1", max_retries=0)
    run = await Agent(model, db).arun("hello", user_id="ana", session_id="s")
    await model.aclose()
    assert "HTTP_PROXY" in run.error


async def test_a_certificate_file_that_is_gone_is_named(db, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    model = OpenAIChat("m", "http://127.0.0.1:1/v1")
    run = await Agent(model, db).arun("hello", user_id="ana", session_id="s")
    assert "SSL_CERT_FILE names /no/such/file.pem, which does not exist" in run.error


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_an_answer_without_text_tells_why_it_ended(db, reason):
    body = completion({"role": "assistant", "content": "<think>hm"})
    body["choices"][0]["finish_reason"] = reason
    with server(lambda handler, _: send_json(handler, body)) as url:
        model = OpenAIChat("m", url)
        run = await Agent(model, db).arun("hello", user_id="ana", session_id="s")
        await model.aclose()
    assert f"no text, only thoughts (finish_reason: {reason})" in run.error
    assert ("max_tokens" in run.error) == (reason == "length")
