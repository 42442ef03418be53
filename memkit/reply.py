"""The reply of a run: ask the model until it answers in words, and do what its tool calls ask for.

If session summaries are on, a summary of the session follows the reply.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from memkit.context import in_prompt, system_and_user
from memkit.errors import InvalidInput, MemkitError, ModelError
from memkit.extraction import UpdateUserMemory
from memkit.models.openai import OpenAIChat
from memkit.models.patience import Patience
from memkit.models.shapes import sent_back
from memkit.models.tools import Tool, parse_arguments
from memkit.models.wire import from_json
from memkit.records import JsonObject, ModelCall, ToolCall
from memkit.turn import Turn

MAX_TOOL_ROUNDS = 5  # how often a model may use its tools before it has to reply
SUMMARY_RUNS = 20  # how many runs of a session its summary is made of
Functions = dict[type[Tool], Callable[[Any], Awaitable[str]]]  # what is done with the arguments

SUMMARIZE_PROMPT = """\
Summarize this conversation in a few sentences: what the user told, asked and decided. Write about \
the user in the third person and add nothing.

<conversation>
{conversation}
</conversation>"""


async def ask_for_reply(turn: Turn, model: OpenAIChat, functions: Functions) -> None:
    """Ask the model until it replies instead of using a tool; `ModelError` if it does not."""
    try:
        turn.reply = await _reply(turn, model, functions)
        turn.status = "completed"
    finally:
        turn.replied.set_result(None)


async def _reply(turn: Turn, model: OpenAIChat, functions: Functions) -> str:
    schemas = [arguments.schema_for_model() for arguments in functions]
    for _ in range(MAX_TOOL_ROUNDS):
        call = turn.new_call(model.request(turn.messages, schemas))
        await model.send(call, turn.on_text)
        if not call.tool_calls:
            return _text_of(call)
        results = []
        for asked in call.tool_calls:
            text = await _use_tool(turn, call, asked, functions)
            results.append({"role": "tool", "tool_call_id": asked["id"], "content": text})
        turn.messages = [*turn.messages, sent_back(call), *results]
    raise ModelError(f"the model used tools {MAX_TOOL_ROUNDS} times without replying")


async def _use_tool(turn: Turn, call: ModelCall, asked: JsonObject, functions: Functions) -> str:
    """Do what a tool call asks for, and return its result; what is wrong is told to the model."""
    name, passed = asked["function"]["name"], asked["function"]["arguments"]
    used = ToolCall(name, from_json(passed or "{}"), turn.runs.now())
    call.tools_used.append(used)
    began = time.perf_counter()
    try:
        arguments = parse_arguments(asked, list(functions))
        used.result = await functions[type(arguments)](arguments)
    except InvalidInput as error:
        used.error = f"rejected: {error}"
        others = {tool.name() for tool in functions if tool is not UpdateUserMemory}
        if UpdateUserMemory in functions and name not in others:
            call.rejected.append((name, str(error)))
    except MemkitError as error:
        used.error = str(error)
        turn.fail(used.error)
    except asyncio.CancelledError:
        used.error = "cancelled before it ended"
        raise
    finally:
        used.latency = time.perf_counter() - began
    return used.result if used.result is not None else used.error or ""


async def summarize(turn: Turn, model: OpenAIChat, timeout: float) -> None:
    """Put into a few sentences what the session has been about so far; failing is not fatal."""
    earlier = await turn.runs.run_in_thread(turn.user.messages, turn.session_id, SUMMARY_RUNS)
    lines = [(message.role, message.content) for message in earlier]
    lines += [("user", turn.message), ("assistant", turn.reply or "")]
    conversation = "\n".join(f"{role}: {in_prompt(' '.join(text.split()))}" for role, text in lines)
    prompt = SUMMARIZE_PROMPT.format(conversation=conversation)
    messages = system_and_user(prompt, "Summarize it.")
    call = turn.new_call(model.request(messages), why="summary")
    try:
        async with Patience(timeout):
            turn.summary = _text_of(await model.send(call))
    except ModelError as error:
        call.error = str(error)
        turn.fail(f"the session was not summarised: {error}")


def _text_of(call: ModelCall) -> str:
    """The text of an answer; one without text is a failure, which says how it ended."""
    if call.text.strip():
        return call.text
    call.error = "the model answered with no text" + (", only thoughts" if call.thought else "")
    if call.thought or call.finish_reason not in (None, "stop"):
        call.error += f" (finish_reason: {call.finish_reason})"
    if call.finish_reason == "length":
        call.error += "; allow it more: OpenAIChat(request_params={'max_tokens': ...})"
    raise ModelError(call.error)
