"""What an endpoint can: six lines for `await model.check()`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from pydantic import Field

from memkit.errors import MemkitError
from memkit.models.tools import Tool, parse_arguments
from memkit.models.written import json_objects
from memkit.records import JsonObject, ModelCall

HELLO = [{"role": "user", "content": "Say hello in three words."}]


class Abilities(dict[str, str]):
    """What was tried, and what came of it: `yes` or `no`, and why."""

    def __repr__(self) -> str:
        return "\n".join(f"{name:<12}{found}" for name, found in self.items())


class Checked(Protocol):
    """The model that is tried."""

    embedding_id: str

    def request(
        self, messages: Sequence[JsonObject], tools: Sequence[JsonObject] = ()
    ) -> JsonObject:
        """The JSON body of a request."""

    async def send(
        self, call: ModelCall, on_text: Callable[[str], None] | None = None
    ) -> ModelCall:
        """Send the request and fill in the answer."""

    async def embed(self, call: ModelCall) -> list[list[float]]:
        """One vector for each text."""


class WriteDown(Tool):
    """Write down a word."""

    word: str = Field(description="The word.")


async def check(model: Checked) -> Abilities:
    """Try a reply, a stream, a tool, a JSON schema and an embedding; nothing of it is stored."""
    found = Abilities()
    calls: list[ModelCall] = []
    for name, probe in PROBES.items():
        try:
            found[name] = await probe(model, calls)
        except MemkitError as error:
            found[name] = f"no: {error}"
    counts = [(call.prompt_tokens, call.completion_tokens) for call in calls]
    counted = [f"{sent} + {received} tokens" for sent, received in counts if sent is not None]
    found["usage"] = f"yes: {', '.join(counted)}" if counted else "no: it counts no tokens"
    return found


async def _reply(model: Checked, calls: list[ModelCall]) -> str:
    calls.append(await model.send(_call(model.request(HELLO))))
    [call] = calls
    return f"yes: {call.text[:40]!r} in {call.latency:.0f} s" if call.text else "no: no text"


async def _stream(model: Checked, calls: list[ModelCall]) -> str:
    pieces: list[str] = []
    calls.append(await model.send(_call(model.request(HELLO)), pieces.append))
    return f"yes: in {len(pieces)} pieces" if len(pieces) > 1 else "no: all in one piece"


async def _tools(model: Checked, _: list[ModelCall]) -> str:
    messages = [{"role": "user", "content": "Use the tool to write down the word tea."}]
    call = await model.send(_call(model.request(messages, [WriteDown.schema_for_model()])))
    if not call.tool_calls:
        return f"no: it answered {call.text[:40]!r}; try extraction='json_schema'"
    parse_arguments(call.tool_calls[0], [WriteDown])
    as_text = not (call.response or {}).get("tool_calls")
    return "yes, written as text" if as_text else "yes"


async def _json_schema(model: Checked, _: list[ModelCall]) -> str:
    schema = {
        "type": "object",
        "properties": {"word": {"type": "string"}},
        "required": ["word"],
        "additionalProperties": False,
    }
    form = {"name": "word", "strict": True, "schema": schema}
    messages = [{"role": "user", "content": 'Answer with JSON: {"word": "tea"}'}]
    wanted = {"response_format": {"type": "json_schema", "json_schema": form}}
    call = await model.send(_call({**model.request(messages), **wanted}))
    if any(isinstance(found.get("word"), str) for found in json_objects(call.text)):
        return "yes"
    return f"no: it answered {json.dumps(call.text[:40], ensure_ascii=False)}"


async def _embeddings(model: Checked, _: list[ModelCall]) -> str:
    vectors = await model.embed(_call({"model": model.embedding_id, "input": ["tea"]}))
    return f"yes: {len(vectors[0])} numbers a text" if vectors else "no: no vectors"


PROBES = {
    "reply": _reply,
    "stream": _stream,
    "tools": _tools,
    "json_schema": _json_schema,
    "embeddings": _embeddings,
}


def _call(request: JsonObject) -> ModelCall:
    return ModelCall("reply", request, datetime.now(UTC))
