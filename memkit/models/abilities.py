"""What an endpoint can: six lines for `await model.check()`."""

import json
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from memkit.errors import MemkitError
from memkit.models.tools import Tool, parse_arguments
from memkit.models.written import json_objects
from memkit.records import ModelCall

HELLO = [{"role": "user", "content": "Say hello in three words."}]


class Abilities(dict[str, str]):
    """What an endpoint can do, as `await model.check()` found out: a dict that prints as a table.

    The keys are `reply`, `stream`, `tools`, `json_schema`, `embeddings` and `usage`; each value is
    `yes` or `no`, and why.
    """

    def __repr__(self) -> str:
        return "\n".join(f"{name:<12}{found}" for name, found in self.items())


class WriteDown(Tool):
    """Write down a word."""

    word: str = Field(description="The word.")


async def check(model: Any) -> Abilities:
    """Try a reply, a stream, a tool, a JSON schema and an embedding; nothing of it is stored."""
    found, counted = Abilities(), list[str]()
    for probe in (reply, stream, tools, json_schema, embeddings):
        name = probe.__name__
        call = ModelCall("reply", model.request(HELLO), datetime.now(UTC))
        try:
            found[name] = await probe(model, call)
        except MemkitError as error:
            found[name] = f"no: {error}"
        if call.prompt_tokens is not None and name in ("reply", "stream"):
            counted.append(f"{call.prompt_tokens} + {call.completion_tokens} tokens")
    found["usage"] = f"yes: {', '.join(counted)}" if counted else "no: it counts no tokens"
    return found


async def reply(model: Any, call: ModelCall) -> str:
    """Any text at all."""
    await model.send(call)
    return f"yes: {call.text[:40]!r} in {call.latency:.0f} s" if call.text else "no: no text"


async def stream(model: Any, call: ModelCall) -> str:
    """A text in pieces."""
    pieces: list[str] = []
    await model.send(call, pieces.append)
    return f"yes: in {len(pieces)} pieces" if len(pieces) > 1 else "no: all in one piece"


async def tools(model: Any, call: ModelCall) -> str:
    """A tool, used as it was described."""
    messages = [{"role": "user", "content": "Use the tool to write down the word tea."}]
    call.request = model.request(messages, [WriteDown.schema_for_model()])
    await model.send(call)
    if not call.tool_calls:
        return f"no: it answered {call.text[:40]!r}; try extraction='json_schema'"
    parse_arguments(call.tool_calls[0], [WriteDown])
    return "yes" if (call.response or {}).get("tool_calls") else "yes, written as text"


async def json_schema(model: Any, call: ModelCall) -> str:
    """JSON of a given form."""
    schema = WriteDown.schema_for_model()["function"]["parameters"]
    form = {"name": "word", "strict": True, "schema": schema}
    messages = [{"role": "user", "content": 'Answer with JSON: {"word": "tea"}'}]
    wanted = {"response_format": {"type": "json_schema", "json_schema": form}}
    call.request = {**model.request(messages), **wanted}
    await model.send(call)
    if any(isinstance(found.get("word"), str) for found in json_objects(call.text)):
        return "yes"
    return f"no: it answered {json.dumps(call.text[:40], ensure_ascii=False)}"


async def embeddings(model: Any, call: ModelCall) -> str:
    """Vectors."""
    call.request = {"model": model.embedding_id, "input": ["tea"]}
    vectors = await model.embed(call)
    return f"yes: {len(vectors[0])} numbers a text"
