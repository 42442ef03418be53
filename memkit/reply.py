"""The reply of a run: ask the model until it answers in words, and do what its tool calls ask for.

If session summaries are on, a summary of the session follows the reply.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from memkit.context import in_prompt
from memkit.errors import InvalidInput, MemkitError, ModelError
from memkit.extraction import UpdateUserMemory
from memkit.models.failures import why_silent
from memkit.models.openai import OpenAIChat
from memkit.models.patience import Patience
from memkit.models.shapes import sent_back
from memkit.models.tools import Tool, parse_arguments
from memkit.records import Change, JsonObject, ModelCall
from memkit.turn import Turn

MAX_TOOL_ROUNDS = 5  # how often a model may use its tools before it has to reply
SUMMARY_RUNS = 20  # how many runs of a session its summary is made of
SUMMARIZE_PROMPT = """\
Summarize this conversation in a few sentences: what the user told, asked and decided. Write about \
the user in the third person and add nothing.

<conversation>
{conversation}
</conversation>"""


@dataclass(frozen=True)
class Function:
    """A tool of the agent: the arguments that a model passes, and what is done with them."""

    arguments: type[Tool]
    call: Callable[[Any], Awaitable[str]]


async def ask_for_reply(turn: Turn, model: OpenAIChat, functions: Sequence[Function]) -> None:
    """Ask the model until it replies instead of using a tool; `ModelError` if it does not."""
    try:
        turn.reply = await _reply(turn, model, functions)
    finally:
        turn.replied.set_result(None)


async def _reply(turn: Turn, model: OpenAIChat, functions: Sequence[Function]) -> str:
    tools = {function.arguments: function for function in functions}
    schemas = [arguments.schema_for_model() for arguments in tools]
    for _ in range(MAX_TOOL_ROUNDS):
        call = turn.new_call(model.request(turn.messages, schemas))
        await model.send(call, turn.on_text)
        if not call.tool_calls:
            return _text_of(call)
        results = []
        for asked in call.tool_calls:
            text = await _use_tool(turn, call, asked, tools)
            results.append({"role": "tool", "tool_call_id": asked["id"], "content": text})
        turn.messages = [*turn.messages, sent_back(call), *results]
    raise ModelError(f"the model used tools {MAX_TOOL_ROUNDS} times without replying")


async def _use_tool(
    turn: Turn, call: ModelCall, asked: JsonObject, tools: dict[type[Tool], Function]
) -> str:
    """Do what a tool call asks for, and return its result; what is wrong is told to the model."""
    name, passed = asked["function"]["name"], asked["function"]["arguments"]
    used = turn.new_tool_call(call, name, _storable(passed))
    began = time.perf_counter()
    try:
        arguments = parse_arguments(asked, list(tools))
        used.result = await tools[type(arguments)].call(arguments)
    except InvalidInput as error:
        used.error = f"rejected: {error}"
        others = {tool.name() for tool in tools if tool is not UpdateUserMemory}
        if UpdateUserMemory in tools and name not in others:
            turn.rejected.append((call, Change(name, reason=str(error))))
    except MemkitError as error:
        used.error = str(error)
        turn.fail(used.error)
    except asyncio.CancelledError:
        used.error = "cancelled before it ended"
        raise
    finally:
        used.latency = time.perf_counter() - began
    return used.result if used.result is not None else used.error or ""


def _storable(arguments: str) -> Any:
    """Arguments as JSON that every store can hold, or else the text as it was received."""
    try:
        value = json.loads(arguments or "{}")
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return arguments
    return value


async def summarize(turn: Turn, model: OpenAIChat, timeout: float) -> None:
    """Put into a few sentences what the session has been about so far; failing is not fatal."""
    earlier = await turn.runs.run_in_thread(turn.user.messages, turn.session_id, SUMMARY_RUNS)
    lines = [(message.role, message.content) for message in earlier]
    lines += [("user", turn.message), ("assistant", turn.reply or "")]
    conversation = "\n".join(f"{role}: {in_prompt(' '.join(text.split()))}" for role, text in lines)
    messages = [
        {"role": "system", "content": SUMMARIZE_PROMPT.format(conversation=conversation)},
        {"role": "user", "content": "Summarize it."},
    ]
    call = turn.new_call(model.request(messages), why="summary")
    try:
        async with Patience(timeout):
            turn.summary = _text_of(await model.send(call))
    except ModelError as error:
        call.error = str(error)
        turn.fail(f"the session was not summarised: {error}")


def _text_of(call: ModelCall) -> str:
    """The text of an answer; one without text is a failure."""
    if not call.text.strip():
        call.error = why_silent(call)
        raise ModelError(call.error)
    return call.text
