"""From what a user says to what is remembered: the memory manager and its tools.

The manager shows a model the user's message and the memories stored so far, and the model answers
with tool calls: add, update, delete. The calls are checked, applied in one transaction, and kept as
events. The tools carry no user id: whose memories they change is not for a model to say.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from memkit.checks import check_memory, check_message, check_topics
from memkit.errors import InvalidInput, MemoriesChanged, ModelError
from memkit.models import OpenAIChat
from memkit.records import Change, JsonObject, MemoryEvent, ModelCall, Source, UserMemory
from memkit.user import User

MAX_ROUNDS = 3  # how often a model is asked, when its tool calls are rejected

Ask = Callable[[Sequence[JsonObject]], Awaitable[ModelCall]]

CAPTURE_INSTRUCTIONS = """\
Remember what will still be worth knowing about the user in a later conversation: name, home, \
work, family and friends, likes and dislikes, habits, skills, health, plans and experiences."""

MANAGER_PROMPT = """\
You keep the memories of one user. Read the user's message and decide what to change.

{capture_instructions}

- Write each memory as one short sentence in the third person: "The user's name is Ana."
- One fact, one memory. Keep names, numbers and dates as the user wrote them.
- Only what the user says about themselves counts: no question, request, guess or quotation.
- A fact that changes a stored memory updates it; a fact that is stored already changes nothing.
- Delete a memory when the user asks to forget it or takes it back.
- If nothing is worth remembering, use no tool.
{additional_instructions}
<stored_memories>
{memories}
</stored_memories>"""


class _Tool(BaseModel):
    """What all tool arguments have in common: a name too many, such as a `user_id`, is an error.

    So is a value of another type: `true` is no memory id.
    """

    model_config = ConfigDict(extra="forbid", strict=True)


class AddMemory(_Tool):
    """Store a new memory."""

    memory: str = Field(description="One sentence about the user, in the third person.")
    topics: list[str] = Field(default=[], description="One to three words: what it is about.")


class UpdateMemory(AddMemory):
    """Replace the text of a stored memory."""

    memory_id: int = Field(ge=1, lt=2**31, description="The number of the stored memory.")


class DeleteMemory(_Tool):
    """Delete a stored memory."""

    memory_id: int = Field(ge=1, lt=2**31, description="The number of the stored memory.")


class ClearMemory(_Tool):
    """Delete every stored memory of this user."""


class UpdateUserMemory(_Tool):
    """Change what is remembered about the user, when they say something worth remembering."""

    task: str = Field(description="What to remember, change or forget, in the user's own words.")


class MemoryManager:
    """Extracts memories from messages, with the tools that it is allowed to use.

    `memory_capture_instructions` replace what is worth remembering, `additional_instructions` add
    rules; `timeout` is the time in seconds that one decision, second tries included, may wait for
    its model before it is given up.
    Without a `model` of its own it uses the agent's.
    """

    def __init__(
        self,
        model: OpenAIChat | None = None,
        *,
        additional_instructions: str | None = None,
        memory_capture_instructions: str | None = None,
        add_memories: bool = True,
        update_memories: bool = True,
        delete_memories: bool = True,
        clear_memories: bool = False,
        timeout: float = 20.0,
    ) -> None:
        self.model = model
        self.additional_instructions = additional_instructions
        self.memory_capture_instructions = memory_capture_instructions
        self.timeout = timeout
        allowed: dict[type[_Tool], bool] = {
            AddMemory: add_memories,
            UpdateMemory: update_memories,
            DeleteMemory: delete_memories,
            ClearMemory: clear_memories,
        }
        self._tools = [arguments for arguments, used in allowed.items() if used]

    async def acreate_user_memories(
        self,
        user: User,
        message: str,
        source: Source | None = None,
        model: OpenAIChat | None = None,
    ) -> list[MemoryEvent]:
        """Let the model decide what a message changes, apply it, and return every event of it.

        Decisions on one user wait for each other. If another process changes the memories between
        reading and writing, the model is asked again. Raises `InvalidInput` for a message that
        cannot be one, and `ModelError` if there was no decision in time; the failed call is stored.
        """
        message = check_message(message)
        model = self.model or model
        if model is None:
            raise ModelError("this MemoryManager has no model; pass MemoryManager(model=...)")
        source = source or Source(input=message)
        events: list[MemoryEvent] = []
        async with user.one_decision_at_a_time():
            deadline = asyncio.get_running_loop().time() + self.timeout
            ask = partial(self._ask, user, source, model, deadline)
            while not await self._decide(user, message, source, ask, events):
                pass  # somebody else was faster: read again, decide again
        return events

    async def _decide(
        self,
        user: User,
        message: str,
        source: Source,
        ask: Ask,
        events: list[MemoryEvent],
    ) -> bool:
        """Read, ask, write; false if the memories changed in between, and all is to decide again.

        A model whose proposals are rejected is told why and may try again.
        """
        memories, version = await asyncio.to_thread(user.snapshot)
        messages = self._messages(memories, message)
        for _ in range(MAX_ROUNDS):
            call = await ask(messages)
            proposed = [(each, self._proposals(each, memories)) for each in call.tool_calls]
            changes = [change for _, several in proposed for change in several]
            try:
                made = await asyncio.to_thread(user.change_memories, changes, version, source, call)
            except MemoriesChanged:
                call.error = "the memories changed meanwhile; nothing was written, decided again"
                await asyncio.to_thread(user.record_call, call, source)
                return False
            events += made
            if all(each.status == "applied" for each in made):
                break
            messages = [*messages, call.response or {}, *_results(proposed, made)]
            memories, now = await asyncio.to_thread(user.snapshot)
            if now != version + len(made):  # each change is one event; there are others' as well
                return False
            version = now
        return True

    def _messages(self, memories: Sequence[UserMemory], message: str) -> list[JsonObject]:
        listed = [{"memory_id": each.memory_id, "memory": each.memory} for each in memories]
        extra = self.additional_instructions
        system = MANAGER_PROMPT.format(
            capture_instructions=self.memory_capture_instructions or CAPTURE_INSTRUCTIONS,
            additional_instructions=f"- {extra}\n" if extra else "",
            # As JSON, with "<" escaped, no memory can end the section or look like another one.
            memories="\n".join(_json(each) for each in listed) or "(none)",
        )
        return [{"role": "system", "content": system}, {"role": "user", "content": message}]

    async def _ask(
        self,
        user: User,
        source: Source,
        model: OpenAIChat,
        deadline: float,
        messages: Sequence[JsonObject],
    ) -> ModelCall:
        request = model.request(messages, [tool(each) for each in self._tools])
        call = ModelCall("memory", request, user.now())
        try:
            async with asyncio.timeout_at(deadline):
                return await model.send(call)
        except TimeoutError as error:
            call.error = f"no decision within {self.timeout:g} s"
            await asyncio.to_thread(user.record_call, call, source)
            raise ModelError(call.error) from error
        except BaseException:
            await asyncio.to_thread(user.record_call, call, source)
            raise

    def _proposals(self, tool_call: JsonObject, memories: Sequence[UserMemory]) -> list[Change]:
        """The changes that one tool call asks for; a malformed one carries its reason."""
        action = tool_call["function"]["name"].removesuffix("_memory")
        try:
            match parse_arguments(tool_call, self._tools):
                case UpdateMemory(memory_id=memory_id, memory=memory, topics=topics):
                    return [Change(action, memory_id, check_memory(memory), check_topics(topics))]
                case AddMemory(memory=memory, topics=topics):
                    return [Change(action, None, check_memory(memory), check_topics(topics))]
                case DeleteMemory(memory_id=memory_id):
                    return [Change(action, memory_id)]
                case _:  # clear_memory
                    return [Change("delete", each.memory_id) for each in memories]
        except InvalidInput as error:
            return [Change(action, reason=str(error))]


def tool(arguments: type[_Tool]) -> JsonObject:
    """A tool as a request describes it, taken from the class of its arguments."""
    schema = _without_titles(arguments.model_json_schema())
    description = schema.pop("description")
    named = {"name": _name(arguments), "description": description, "parameters": schema}
    return {"type": "function", "function": named}


def parse_arguments(tool_call: JsonObject, tools: Sequence[type[_Tool]]) -> Any:
    """The checked arguments of a model's tool call, as one of the classes in `tools`.

    Raises `InvalidInput`, with words that help the model to do better, for an unknown tool and for
    arguments that do not fit.
    """
    function = tool_call["function"]
    known = {_name(each): each for each in tools}
    if function["name"] not in known:
        raise InvalidInput(f"there is no tool {function['name']!r}; there are: {', '.join(known)}")
    try:
        return known[function["name"]].model_validate_json(function["arguments"] or "{}")
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))} {each['msg']}" for each in error.errors()]
        raise InvalidInput(f"malformed arguments: {'; '.join(problems)}") from error


def describe(event: MemoryEvent) -> str:
    """What became of a proposal, for the model that made it."""
    return "done" if event.status == "applied" else f"rejected: {event.reason}"


def _results(
    proposed: Sequence[tuple[JsonObject, list[Change]]], made: Sequence[MemoryEvent]
) -> list[JsonObject]:
    """What the model is told: a tool message for each of its calls."""
    events = iter(made)
    return [
        {
            "role": "tool",
            "tool_call_id": call["id"],
            "content": "; ".join(describe(next(events)) for _ in changes) or "done",
        }
        for call, changes in proposed
    ]


def _name(arguments: type[_Tool]) -> str:
    """`AddMemory` -> `add_memory`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", arguments.__name__).lower()


def _without_titles(schema: JsonObject) -> JsonObject:
    """A JSON schema without the titles that pydantic derives from the names."""
    return {
        key: _without_titles(value) if isinstance(value, dict) else value
        for key, value in schema.items()
        if key != "title"
    }


def _json(value: JsonObject) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
