"""From what a user says to what is remembered: the memory manager and its tools.

The manager shows a model the user's message and the memories stored so far, and the model answers
with tool calls: add, update, delete. The calls are checked, applied in one transaction, and kept as
events. The tools carry no user id: whose memories they change is not for a model to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import ClassVar, Literal

from pydantic import Field

from memkit.context import listed
from memkit.errors import InvalidInput, MemoriesChanged, ModelError
from memkit.models.openai import OpenAIChat
from memkit.models.tools import Tool, parse_arguments
from memkit.optimize import Strategy, by_function, by_model, check_strategy
from memkit.records import (
    Change,
    JsonObject,
    MemoryEvent,
    Method,
    ModelCall,
    Source,
    UserMemory,
    Version,
)
from memkit.retrieval.search import search
from memkit.store.runs import RunLog
from memkit.store.user import User
from memkit.validation import (
    Check,
    Settings,
    check_memory,
    check_message,
    check_seconds,
    check_switch,
    check_text,
    check_topics,
    instance_of,
    optional,
)

MAX_WAIT = 10  # how many decisions that take all their time another one waits for
MAX_ROUNDS = 3  # how often a model is asked, when its tool calls are rejected

check_model = instance_of(OpenAIChat, "OpenAIChat(id={!r})".format)
check_user = instance_of(User, "db.for_user({!r})".format)

Ask = Callable[[Sequence[JsonObject], Version, float], Awaitable[ModelCall]]

CAPTURE_INSTRUCTIONS = """\
Remember what will still be worth knowing about the user in a later conversation: name, home, \
work, family and friends, likes and dislikes, habits, skills, health, plans and experiences."""

MANAGER_PROMPT = """\
You keep the memories of one user. Read the user's message and decide what to change.

<instructions>
{capture_instructions}
{additional_instructions}
</instructions>

- Write each memory as one short sentence in the third person: "The user's name is Ana."
- One fact, one memory. Keep names, numbers and dates as the user wrote them.
- Only what the user says about themselves counts: no question, request, guess or quotation.
- A fact that changes a stored memory updates it; a fact that is stored already changes nothing.
- Delete a memory when the user asks to forget it or takes it back.
- If nothing is worth remembering, use no tool.

<stored_memories>
{memories}
</stored_memories>"""


class AddMemory(Tool):
    """Store a new memory."""

    memory: str = Field(description="One sentence about the user, in the third person.")
    topics: list[str] = Field(default=[], description="One to three words: what it is about.")


class UpdateMemory(AddMemory):
    """Replace the text of a stored memory."""

    memory_id: int = Field(ge=1, lt=2**31, description="The number of the stored memory.")


class DeleteMemory(Tool):
    """Delete a stored memory."""

    memory_id: int = Field(ge=1, lt=2**31, description="The number of the stored memory.")


class ClearMemory(Tool):
    """Delete every stored memory of this user."""


class UpdateUserMemory(Tool):
    """Change what is remembered about the user, when they say something worth remembering."""

    task: str = Field(description="What to remember, change or forget, in the user's own words.")


class MemoryManager(Settings):
    """Extracts memories from messages, with the tools that it is allowed to use.

    `memory_capture_instructions` replace what is worth remembering, `additional_instructions` add
    rules; `timeout` is the time in seconds that one decision, second tries included, may wait for
    its model before it is given up; it starts again if the memories changed meanwhile. An agent
    gives a search for memories and a summary as much. With `review` it proposes changes instead of
    making them, for `user.approve` and `user.refuse`. Without a `model` it uses the agent's.
    """

    _checks: ClassVar[Mapping[str, Check]] = {
        "model": optional(check_model),
        "additional_instructions": optional(check_text),
        "memory_capture_instructions": optional(check_text),
        "add_memories": check_switch,
        "update_memories": check_switch,
        "delete_memories": check_switch,
        "clear_memories": check_switch,
        "review": check_switch,
        "timeout": check_seconds,
    }

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
        review: bool = False,
        timeout: float = 20.0,
    ) -> None:
        self.model = model
        self.additional_instructions = additional_instructions
        self.memory_capture_instructions = memory_capture_instructions
        self.add_memories = add_memories
        self.update_memories = update_memories
        self.delete_memories = delete_memories
        self.clear_memories = clear_memories
        self.review = review
        self.timeout = timeout

    async def acreate_user_memories(
        self,
        user: User,
        message: str,
        source: Source | None = None,
        model: OpenAIChat | None = None,
    ) -> list[MemoryEvent]:
        """Let the model decide what a message changes, apply it, and return every event of it.

        Decisions on one user wait for each other.
        If another process changes them between reading and writing, the model is asked again.
        Raises `InvalidInput` for a message that cannot be one, and `ModelError` if there was no
        decision in time; the failed call is stored.
        """
        user, message = check_user("user", user), check_message(message)
        model = self._own(model)
        source = source or Source(input=message)
        events: list[MemoryEvent] = []
        runs = RunLog(user)
        ask = partial(self._ask, runs, source, model)
        async with self._turn(runs):
            while not await self._decide(runs, message, source, ask, events):
                pass  # somebody else was faster: read again, decide again
        return events

    @asynccontextmanager
    async def _turn(self, runs: RunLog) -> AsyncIterator[None]:
        """Hold the user's decision lock; decisions that hang are waited for only so long."""
        lock, patience = runs.decision_lock(), MAX_WAIT * self.timeout
        try:
            async with asyncio.timeout(patience):
                await lock.acquire()
        except TimeoutError as error:
            raise ModelError(f"other decisions about this user took over {patience:g} s") from error
        try:
            yield
        finally:
            lock.release()

    async def asearch_user_memories(
        self,
        user: User,
        query: str | None = None,
        limit: int = 5,
        retrieval_method: Method = "last_n",
    ) -> list[UserMemory]:
        """The memories of one user that a search finds, best first: see `memkit.retrieval.search`.

        `retrieval_method` is one of `last_n`, `first_n`, `keyword`, `semantic`, `hybrid` and
        `agentic`; the last three ask the manager's model. Its calls are stored.
        """
        runs = RunLog(check_user("user", user))
        memories, version = await runs.run_in_thread(runs.snapshot)

        async def record(call: ModelCall) -> None:
            await runs.run_in_thread(runs.record_call, call, version=version)

        found = await search(
            memories, query, limit, retrieval_method, self.model, record, now=runs.now
        )
        return [each.memory for each in found]

    async def aoptimize_memories(
        self,
        user: User,
        strategy: Strategy | Literal["summarize"] = "summarize",
        apply: bool = True,
    ) -> list[MemoryEvent]:
        """Replace a user's memories by fewer that say the same, in one transaction.

        `strategy` is "summarize", which asks the model, or a function from the memories to the
        sentences that are to take their place. Memories that are among them stay. Returns the
        events, which `user.undo` takes back; with `apply=False` they are only proposed. If the
        memories change meanwhile, `MemoriesChanged`, and nothing was done.
        """
        strategy, apply = check_strategy(strategy), check_switch("apply", apply)
        runs = RunLog(check_user("user", user))
        async with runs.decision_lock():
            memories, version = await runs.run_in_thread(runs.snapshot)
            if not memories:
                return []
            call = None
            if strategy == "summarize":
                own = self._own(None)
                call, changes = await by_model(own, memories, runs, version, self.timeout)
            else:
                changes = await by_function(strategy, memories)
            try:
                return await runs.run_in_thread(
                    runs.change_memories, changes, version, call=call, propose=not apply
                )
            except MemoriesChanged:
                if call:
                    call.error = "the memories changed meanwhile; nothing was written"
                    await runs.run_in_thread(runs.record_call, call, version=version)
                raise

    @property
    def _tools(self) -> list[type[Tool]]:
        """The tools that the model is allowed to use."""
        allowed: dict[type[Tool], bool] = {
            AddMemory: self.add_memories,
            UpdateMemory: self.update_memories,
            DeleteMemory: self.delete_memories,
            ClearMemory: self.clear_memories,
        }
        return [tool for tool, used in allowed.items() if used]

    def _own(self, model: OpenAIChat | None) -> OpenAIChat:
        """The manager's model, or else the one it is lent."""
        if own := self.model or model:
            return own
        raise ModelError("this MemoryManager has no model; pass MemoryManager(model=...)")

    async def _decide(
        self,
        runs: RunLog,
        message: str,
        source: Source,
        ask: Ask,
        events: list[MemoryEvent],
    ) -> bool:
        """Read, ask, write; false if the memories changed in between, and all is to decide again.

        A model whose proposals are rejected is told why and may try again.
        """
        memories, version = await runs.run_in_thread(runs.snapshot)
        messages = self._messages(memories, message)
        deadline = asyncio.get_running_loop().time() + self.timeout
        for _ in range(MAX_ROUNDS):
            call = await ask(messages, version, deadline)
            proposed = [(each, self._proposals(each, memories)) for each in call.tool_calls]
            changes = [change for _, several in proposed for change in several]
            try:
                made = await runs.run_in_thread(
                    runs.change_memories, changes, version, source, call, self.review
                )
            except MemoriesChanged:
                call.error = "the memories changed meanwhile; nothing was written, decided again"
                await runs.run_in_thread(runs.record_call, call, source, version)
                return False
            events += made
            if not any(each.status == "rejected" for each in made):
                break
            messages = [*messages, call.response or {}, *_results(proposed, made)]
            memories, now = await runs.run_in_thread(runs.snapshot)
            if now.event_id != version.event_id + len(made):
                return False  # each change is one event; there are others' as well
            version = now
        return True

    def _messages(self, memories: Sequence[UserMemory], message: str) -> list[JsonObject]:
        system = MANAGER_PROMPT.format(
            capture_instructions=self.memory_capture_instructions or CAPTURE_INSTRUCTIONS,
            additional_instructions=self.additional_instructions or "",
            memories=listed(memories),
        )
        return [{"role": "system", "content": system}, {"role": "user", "content": message}]

    async def _ask(
        self,
        runs: RunLog,
        source: Source,
        model: OpenAIChat,
        messages: Sequence[JsonObject],
        version: Version,
        deadline: float,
    ) -> ModelCall:
        request = model.request(messages, [each.schema_for_model() for each in self._tools])
        call = ModelCall("memory", request, runs.now())
        try:
            async with asyncio.timeout_at(deadline):
                return await model.send(call)
        except TimeoutError as error:
            call.error = f"no decision within {self.timeout:g} s"
            await runs.run_in_thread(runs.record_call, call, source, version)
            raise ModelError(call.error) from error
        except BaseException:
            await runs.run_in_thread(runs.record_call, call, source, version)
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


def describe(event: MemoryEvent) -> str:
    """What became of a proposal, for the model that made it."""
    done = {"applied": "done", "proposed": "proposed: a person will decide"}
    return done.get(event.status, f"rejected: {event.reason}")


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
