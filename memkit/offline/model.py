"""A model with no key and no network: the real `openai` client on a transport that ends in-process.

Everything up to the wire is the same as with a real endpoint: the same client, JSON, tool calls and
streaming. Only the last step differs: instead of a socket, a function reads the request and answers
by the rules of `memkit.offline.rules`. It knows nothing but the request and gives the same answer
to the same request. It is not a language model and says so.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date

import httpx2

from memkit.errors import InvalidInput, MemkitError
from memkit.models.openai import OpenAIChat
from memkit.models.tokens import count_tokens
from memkit.offline.changes import ToolUse, decide
from memkit.offline.dates import pinned
from memkit.offline.embeddings import SIMILAR_FROM, embed, embeddings
from memkit.offline.matching import allowed, asks_to_clear
from memkit.offline.reading import read
from memkit.offline.replies import answer as reply_to
from memkit.offline.rules import Rule
from memkit.offline.summarize import put_together, summary
from memkit.offline.verbs import verb
from memkit.records import JsonObject
from memkit.retrieval.ranking import best_first, cosines, rare_words_shared, together, unit
from memkit.validation import check_real, safe_repr


class OfflineChat(OpenAIChat):
    """The deterministic offline model: rules for English instead of a language model.

    Parameters
    ----------
    latency : float
        The time in seconds that each answer takes. A streamed answer is spread over it, so that a
        class can watch it come.
    rules : sequence of Rule
        Rules of your own, which come before the built-in ones: see `Rule`. The id of a memory tool
        call names the rule that asked for it: `call_1_taste`.

    Raises
    ------
    InvalidInput
        For a latency that is no number of seconds, and for rules that are none.

    Examples
    --------
    >>> OfflineChat(latency=-1)
    Traceback (most recent call last):
    memkit.errors.InvalidInput: latency is a number of at least 0, found -1
    """

    def __init__(self, latency: float = 0.0, rules: Sequence[Rule] = ()) -> None:
        self.latency = check_real("latency", latency, 0.0)
        if not isinstance(rules, list | tuple) or not all(isinstance(x, Rule) for x in rules):
            raise InvalidInput(f"rules is a list of Rule(...), found {safe_repr(rules)}")
        super().__init__(
            id="offline",
            base_url="http://offline.invalid/v1",
            api_key="no-key",
            embedding_id="offline",
            similar_from=SIMILAR_FROM,
            http_client=lambda: httpx2.AsyncClient(transport=httpx2.MockTransport(self._respond)),
        )
        self.rules = tuple(rules)
        verb("like")  # reads the dictionary of verbs now, and not in the first turn

    async def _respond(self, http_request: httpx2.Request) -> httpx2.Response:
        """Answer a request of the client, as a server would."""
        request = json.loads(http_request.content or "{}")  # a GET has none
        try:
            return await self._answered(request, http_request.url.path)
        except MemkitError as error:  # texts that are none, or no `wordllama` to embed them
            return _refuse(400, str(error))

    async def _answered(self, request: JsonObject, path: str) -> httpx2.Response:
        if path == "/v1/embeddings":
            await asyncio.sleep(self.latency)
            return httpx2.Response(200, json=await asyncio.to_thread(embeddings, request))
        if path != "/v1/chat/completions":
            return _refuse(404, f"there is nothing at {path}, only chat and embeddings")
        if not request.get("messages"):
            return _refuse(400, "a request needs at least one message")
        if "tool_choice" in request:  # a search among memories may load its word vectors first
            message = await asyncio.to_thread(answer, request, self.rules)
        else:
            message = answer(request, self.rules)
        used = _usage(request, message)
        if request.get("stream"):
            stream = _stream(message, used, self.latency)
            return httpx2.Response(200, headers=EVENT_STREAM, content=stream)
        await asyncio.sleep(self.latency)
        finish = "tool_calls" if "tool_calls" in message else "stop"
        choice = {"index": 0, "message": message, "finish_reason": finish}
        body = {**COMPLETION, "object": "chat.completion", "choices": [choice], "usage": used}
        return httpx2.Response(200, json=body)


DAY = r"\d{4}-\d\d-\d\d"
MEMORY_TOOLS = {"add_memory", "update_memory", "delete_memory", "clear_memory"}
BY_JSON = MEMORY_TOOLS - {"clear_memory"}
NOT_TOLD = (None, "update_user_memory")
COMPLETION = {"id": "offline", "created": 0, "model": "offline"}
EVENT_STREAM = {"content-type": "text/event-stream"}


def answer(request: JsonObject, own: Sequence[Rule] = ()) -> JsonObject:
    """The assistant message that the rules, and first those of one's own, give to a request."""
    messages = request["messages"]
    tools = {tool.get("function", {}).get("name") for tool in request.get("tools") or ()}
    if messages[-1]["role"] == "tool":
        return _say("Done." if tools & MEMORY_TOOLS else _told(messages, own))
    said = _text(messages[-1])
    if uses := _named(said, request.get("tools") or ()):
        return _use(uses)
    if "select_memories" in tools:
        chosen = relevant(said, _numbered_memories(messages[0]))
        return _use([ToolUse("select_memories", {"memory_ids": chosen})])
    if "replace_memories" in tools:
        shorter = put_together(list(_numbered_memories(messages[0]).values()))
        return _use([ToolUse("replace_memories", {"memories": shorter})])
    if conversation := _section(messages[0], "conversation"):
        return _say(summary(_unescaped(conversation)))
    if tools & MEMORY_TOOLS:
        return _use(_decided(said, messages[0], tools, own))
    if request.get("response_format"):  # as a MemoryManager with extraction="json_schema" asks
        if example := len(messages) == 1 and re.search(r"\{.+\}", said):
            return _say(example[0])
        wanted = _decided(said, messages[0], BY_JSON, own) if len(messages) == 2 else []
        return _say(json.dumps({"changes": list(map(_as_change, wanted))}))
    if "update_user_memory" in tools and decide(said, dict(enumerate(_facts(messages[0]))), own):
        return _use([ToolUse("update_user_memory", {"task": said})])
    return _say(_reply(messages, own))


def _named(said: str, tools: Sequence[JsonObject]) -> list[ToolUse]:
    """The tools whose name the message holds: "Count my memories" for `count_memories`.

    A required argument that is a text is the message itself.
    """
    found, uses = set(re.findall(r"[^\W_]+", said.lower())), []
    for tool in (offered["function"] for offered in tools if "function" in offered):
        form = tool.get("parameters", {})
        wanted = form.get("required", ())
        types = {form["properties"][name].get("type") for name in wanted}
        if set(tool["name"].lower().split("_")) <= found and types <= {"string"}:
            uses.append(ToolUse(tool["name"], dict.fromkeys(wanted, said)))
    return uses


def _told(messages: Sequence[JsonObject], own: Sequence[Rule]) -> str:
    """The reply after tools were used: what each of them said, or the reply to the message."""
    asked = next(m for m in reversed(messages) if m.get("tool_calls"))["tool_calls"]
    names = {call["id"]: call["function"]["name"] for call in asked}
    told = [f"{name} says: {_text(answer)}" for answer in messages
            if (name := names.get(answer.get("tool_call_id"))) not in NOT_TOLD]  # fmt: skip
    return "\n".join(told) or _reply(messages, own)


def _as_change(use: ToolUse) -> JsonObject:
    action = use.name.removesuffix("_memory")
    return {"action": action, "memory_id": None, "memory": None, "topics": [], **use.arguments}


def _decided(said: str, system: JsonObject, tools: set[str], own: Sequence[Rule]) -> list[ToolUse]:
    """The memory tools that a message calls for, of those that there are and that may be used."""
    stored = _numbered_memories(system)
    if "clear_memory" in tools and asks_to_clear(said):
        return [ToolUse("clear_memory", {}, "forget")]
    wanted = decide(said, stored, own)
    used = [use for use in wanted if use.name in tools and _permitted(use, system)]
    today = re.search(rf"\bToday is \w+, ({DAY})", _text(system))
    return [_dated(use, date.fromisoformat(today[1])) for use in used] if today else used


def _dated(use: ToolUse, today: date) -> ToolUse:
    """A tool call with dates in its memory, and with the last day of a plan."""
    if "memory" not in use.arguments:
        return use
    memory, last = pinned(str(use.arguments["memory"]), today)
    ends = {"expires_at": str(last)} if last else {}
    return use._replace(arguments={**use.arguments, "memory": memory, **ends})


def relevant(query: str, memories: Mapping[int, str]) -> list[int]:
    """The rule by which the offline model answers an agentic search: ids, the best first.

    It ranks by rare words and by meaning. It may load the offline embeddings; call it from a
    thread.
    """
    question, shared = rare_words_shared(query, memories)
    vectors = unit(embed([question.meaning(), *memories.values()]))
    similar = cosines(vectors[0], list(memories), vectors[1:], SIMILAR_FROM, shared)
    return best_first(together(shared, similar))


def _reply(messages: Sequence[JsonObject], own: Sequence[Rule]) -> str:
    """What the rules say to the last user message, from what the request tells about the user."""
    *before, asked = [_text(m) for m in messages if m["role"] == "user"] or [""]
    earlier = [fact.memory for said in before for fact in read(said, (), own)]
    return reply_to(asked, list(dict.fromkeys(_facts(messages[0]) + earlier)), own)


def _facts(system: JsonObject) -> list[str]:
    """What a system message tells about the user: its memories, and the summary of the session."""
    lines = re.findall(rf"^- (.+?)(?: \({DAY}\))?$", _section(system, "memories"), re.MULTILINE)
    told = re.findall(
        r"""The user said: "[^"\n]{1,300}"|The user(?:'s)? [^.\n]{1,300}\.""",
        _section(system, "summary"),
    )
    return [_unescaped(line) for line in [*lines, *told]]


def _unescaped(text: str) -> str:
    """What it was before `memkit.context.in_prompt`; other entities are the user's own words."""
    return text.replace("&lt;", "<").replace("&gt;", ">")


def _numbered_memories(message: JsonObject) -> dict[int, str]:
    """The stored memories as the manager lists them: one JSON object a line."""
    listed = re.findall(r"^\{.+\}$", _section(message, "stored_memories"), re.MULTILINE)
    memories = [json.loads(line) for line in listed]
    return {memory["memory_id"]: memory["memory"] for memory in memories}


def _permitted(use: ToolUse, system: JsonObject) -> bool:
    """Whether the instructions in the system message let this be stored."""
    memory = use.arguments.get("memory")
    instructions = _section(system, "instructions")
    return memory is None or allowed(str(memory), instructions)


def _section(message: JsonObject, name: str) -> str:
    """The text between `<name>` and `</name>` in a system message; empty where there is none."""
    found = re.search(rf"^<{name}>$(.*)^</{name}>$", _text(message), re.DOTALL | re.MULTILINE)
    return found[1] if found and message["role"] == "system" else ""


def _text(message: JsonObject) -> str:
    """What a message says: its content, or the text among the parts of its content."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part.get("type") == "text")


def _say(text: str) -> JsonObject:
    return {"role": "assistant", "content": text}


def _use(tools: Sequence[ToolUse]) -> JsonObject:
    """An assistant message that asks for tools to be used, or says that none is needed."""
    calls = []
    for number, tool in enumerate(tools, start=1):
        function = {"name": tool.name, "arguments": json.dumps(tool.arguments)}
        key = f"call_{number}_{tool.rule}".rstrip("_")
        calls.append({"id": key, "type": "function", "function": function})
    if not calls:
        return _say("Nothing to remember.")
    return {"role": "assistant", "content": None, "tool_calls": calls}


def _usage(request: JsonObject, message: JsonObject) -> dict[str, int]:
    sent = [_text(said) for said in request["messages"]]
    sent += [json.dumps(tool) for tool in request.get("tools") or ()]
    received = [call["function"]["arguments"] for call in message.get("tool_calls", ())]
    spent, made = (sum(map(count_tokens, texts)) for texts in (sent, [_text(message), *received]))
    return {"prompt_tokens": spent, "completion_tokens": made, "total_tokens": spent + made}


def _refuse(status: int, why: str) -> httpx2.Response:
    return httpx2.Response(status, json={"error": {"message": f"the offline model: {why}"}})


async def _stream(
    message: JsonObject, used: dict[str, int], latency: float
) -> AsyncIterator[bytes]:
    """The message as server-sent events, spread evenly over the latency."""
    deltas = list(_deltas(message))
    for delta in deltas:
        await asyncio.sleep(latency / len(deltas))
        yield _event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    finish = "tool_calls" if "tool_calls" in message else "stop"
    yield _event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    yield _event({"choices": [], "usage": used})
    yield b"data: [DONE]\n\n"


def _deltas(message: JsonObject) -> Iterator[JsonObject]:
    """The pieces of a message: its words, or its tool calls."""
    if "tool_calls" in message:
        calls = [{"index": i, **each} for i, each in enumerate(message["tool_calls"])]
        yield {"role": "assistant", "tool_calls": calls}
        return
    first, *rest = re.findall(r"\S+\s*", message["content"]) or [""]
    yield {"role": "assistant", "content": first}
    for word in rest:
        yield {"content": word}


def _event(chunk: JsonObject) -> bytes:
    body = {**COMPLETION, "object": "chat.completion.chunk", **chunk}
    return f"data: {json.dumps(body)}\n\n".encode()
