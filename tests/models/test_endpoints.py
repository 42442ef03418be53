"""The snippets of docs/endpoints.md, each against a server in the manner of its endpoint."""

import json
import re
from pathlib import Path

import pytest

from memkit import Agent, OfflineChat, OpenAIChat, RecordingChat, ReplayChat
from support import completion, say, send_json, server

DOCS = Path(__file__).parents[2] / "docs" / "endpoints.md"
SNIPPETS = dict(
    re.findall(r"^```python ([\w.-]+)\n(.*?)^```$", DOCS.read_text("utf-8"), re.M | re.S)
)
KEY = "sk-secret-4711"
HI, STOP = {"role": "assistant", "content": "Hi"}, {"finish_reason": "stop", "index": 0}
USED = {"prompt_tokens": 3, "completion_tokens": 2}


def chunk(delta, **more):
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, **more}]}


def end(*after):
    return [chunk(HI), chunk({}, **STOP), *after, "[DONE]"]


# The path and the header with the key, and the end of a stream
MANNERS = {
    "openai": ("/v1", "Authorization", end({"choices": [], "usage": USED})),
    "azure-v1": ("/openai/v1", "Authorization", [{"choices": []}, *end({"usage": USED})]),
    "azure-deployment": ("/openai/deployments/my-deployment", "api-key", end()),
    "ollama": ("/v1", "Authorization", end({"choices": [], "usage": USED})),
    "llama.cpp": ("/v1", "Authorization", end({"choices": [], "usage": USED, "timings": {}})),
    "vllm": ("/v1", "Authorization", [chunk({"role": "assistant", "content": ""}), *end()]),
    "lm-studio": ("/v1", "Authorization", end({"choices": [], "usage": USED})),
    "openrouter": ("/api/v1", "Authorization", end({**chunk({"content": ""}), "usage": USED})),
    "litellm": ("", "Authorization", end({**chunk({}), "usage": USED})),
}


def made_by(name, **names):
    """The model that a snippet makes."""
    namespace = {"OpenAIChat": OpenAIChat, **names}
    exec(SNIPPETS[name], namespace)
    return namespace["model"]


@pytest.mark.parametrize("name", MANNERS)
async def test_a_snippet_reaches_its_endpoint(name, db, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    path, header, stream = MANNERS[name]
    seen = []

    def answer(handler, body):
        seen.append((handler.path, handler.headers[header], body["model"]))
        if not body.get("stream"):
            return send_json(handler, completion(say("Hi")))
        texts = [each if isinstance(each, str) else json.dumps(each) for each in stream]
        data = "".join(f": PROCESSING\n\ndata: {text}\n\n" for text in texts).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    with server(answer) as url:
        model = made_by(name)
        there = re.match(r"https?://[^/]+", model.base_url)[0]
        model.base_url = model.base_url.replace(there, url.removesuffix("/v1"))
        for on_text in (None, [].append):
            run = await Agent(model, db).arun("hi", user_id="a", session_id="s", on_text=on_text)
            assert (run.content, run.error) == ("Hi", None)
        await model.aclose()
    for where, key, model_id in seen:
        assert where.partition("?")[0] == f"{path}/chat/completions"
        assert key.removeprefix("Bearer ") == KEY
        assert model_id == model.id
    assert {name for name in SNIPPETS if name not in MANNERS} == {"record", "replay"}


async def test_the_snippets_of_a_recording_belong_together(tmp_path, db, monkeypatch):
    monkeypatch.chdir(tmp_path)
    offline = {"OpenAIChat": lambda _: OfflineChat(), "RecordingChat": RecordingChat}
    for name, names in (("record", offline), ("replay", {"ReplayChat": ReplayChat})):
        model = made_by(name, **names)
        run = await Agent(model, db).arun("hello", user_id="a", session_id="s")
        await model.aclose()
        assert run.error is None
