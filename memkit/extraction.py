"""Extraction: what a model is asked about a message, and which changes its answer proposes.

The tools carry no user id: whose memories they change is not for a model to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from memkit.context import listed, today
from memkit.errors import InvalidInput
from memkit.models.tools import Tool, parse_arguments
from memkit.records import Change, JsonObject, MemoryEvent, Message, UserMemory
from memkit.validation import check_memory, check_message, check_topics, shown

CAPTURE_INSTRUCTIONS = """\
Remember what will still be worth knowing about the user in a later conversation: name, home, \
work, family and friends, likes and dislikes, habits, skills, health, plans and experiences."""

MANAGER_PROMPT = """\
You keep the memories of one user. Read the user's message and decide what to change. {today}

<instructions>
{capture_instructions}
{additional_instructions}
</instructions>

- Write each memory as one short sentence in the third person: "The user's name is Ana."
- One fact, one memory. Keep names and numbers as the user wrote them.
- Write a date for a day that depends on today: not "tomorrow", but the day that it is.
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


ROLES = {"user", "assistant", "system", "developer", "tool"}


def texts_of_user(messages: Sequence[str | Mapping[str, Any] | Message]) -> list[str]:
    """What the user says in a conversation: each message is a text, or has a role and a content."""
    texts = []
    for place, message in enumerate(messages):
        try:
            role, text = ("user", message) if isinstance(message, str) else _role_and_text(message)
        except (TypeError, LookupError) as error:
            raise InvalidInput(
                f"message {place} of the list is no text and has no role and content that are "
                f"known: {shown(message)}"
            ) from error
        if role == "user":
            texts.append(check_message(text))
    return texts


def _role_and_text(message: Mapping[str, Any] | Message) -> tuple[str, str]:
    if message["role"] not in ROLES:
        raise KeyError(message["role"])
    return message["role"], message["content"]


def request_messages(
    memories: Sequence[UserMemory],
    message: str,
    now: datetime,
    capture_instructions: str | None = None,
    additional_instructions: str | None = None,
) -> list[JsonObject]:
    """The messages that ask for a decision: instructions, the stored memories, and the message."""
    system = MANAGER_PROMPT.format(
        capture_instructions=capture_instructions or CAPTURE_INSTRUCTIONS,
        additional_instructions=additional_instructions or "",
        today=today(now),
        memories=listed(memories),
    )
    return [{"role": "system", "content": system}, {"role": "user", "content": message}]


def proposals(
    tool_call: JsonObject, tools: Sequence[type[Tool]], memories: Sequence[UserMemory]
) -> list[Change]:
    """The changes that one tool call asks for; a malformed one carries its reason."""
    action = tool_call["function"]["name"].removesuffix("_memory")
    try:
        match parse_arguments(tool_call, tools):
            case UpdateMemory(memory_id=memory_id, memory=memory, topics=topics):
                return [Change(action, memory_id, check_memory(memory), check_topics(topics))]
            case AddMemory(memory=memory, topics=topics):
                return [Change(action, None, check_memory(memory), check_topics(topics))]
            case DeleteMemory(memory_id=memory_id):
                return [Change(action, memory_id)]
            case _:  # clear_memory
                return [Change("delete", memory.memory_id) for memory in memories]
    except InvalidInput as error:
        return [Change(action, reason=str(error))]


def describe(event: MemoryEvent) -> str:
    """What became of a proposal, for the model that made it."""
    done = {"applied": "done", "proposed": "proposed: a person will decide"}
    return done.get(event.status, f"rejected: {event.reason}")


def results(
    proposed: Sequence[tuple[JsonObject, list[Change]]], made: Sequence[MemoryEvent]
) -> list[JsonObject]:
    """A tool message for each call of the model: what became of its proposals."""
    events = iter(made)
    return [
        {
            "role": "tool",
            "tool_call_id": call["id"],
            "content": "; ".join(describe(next(events)) for _ in changes) or "done",
        }
        for call, changes in proposed
    ]
