"""Extraction: what a model is asked about a message, and which changes its answer proposes.

It answers with tool calls, or, for endpoints without tools, with JSON of a given form, which is
read as if the calls had been made. Neither carries a user id: whose memories they change is not for
a model to say.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from memkit.context import system_and_user, today
from memkit.errors import InvalidInput, ModelError
from memkit.models.shapes import sent_back
from memkit.models.tools import Tool, parse_arguments, says_nothing
from memkit.models.written import json_objects
from memkit.records import Change, Extraction, JsonObject, MemoryEvent, Message, ModelCall
from memkit.validation import check_last_day, check_memory, check_message, check_topics, safe_repr

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
- {nothing}

<stored_memories>
{memories}
</stored_memories>"""

NOTHING: dict[Extraction, str] = {
    "tools": "If nothing is worth remembering, use no tool.",
    "json_schema": """\
Answer with nothing but JSON: an object whose "changes" are a list. A change has an "action" \
("add", "update" or "delete"), a "memory_id" (the number of the stored memory to update or delete, \
else null), a "memory" (the sentence, or null) and "topics" (a list of one to three words).
For example: {"changes": [{"action": "add", "memory_id": null, "memory": "The user likes tea.", \
"topics": ["drinks"]}]}.
- If nothing is worth remembering, answer {"changes": []}.""",
}

IGNORED_TOOLS = (
    "the model answered in words; this endpoint may not support tools; try extraction='json_schema'"
)
NO_CALL = "the model named {}, but in no tool call that can be read; try extraction='json_schema'"
ENDED = (None, "stop", "eos", "eos_token", "end_turn")  # why an answer ended that is complete
# A short answer, or one that says that there is nothing, is what a model without a change says.
NO_CHANGE = re.compile(r"\b(nothing|no|none|not)\b|n't\b|^\W*(\w+\W+){0,2}\w*\W*$", re.IGNORECASE)


class AddMemory(Tool):
    """Store a new memory."""

    memory: str = Field(description="One sentence about the user, in the third person.")
    topics: list[str] = Field(default=[], description="One to three words: what it is about.")
    expires_at: Annotated[str | None, WithJsonSchema({"type": "string"})] = Field(
        default=None, description="The last day of a plan, such as 2026-09-30."
    )  # models also send null; the schema is short because every request has it


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


def texts_of_user(messages: str | Sequence[str | Mapping[str, Any] | Message]) -> list[str]:
    """What the user says in a message, or in several: texts, or with a role and a content."""
    if not isinstance(messages, list | tuple):
        return [check_message(messages)]
    texts = []
    for place, message in enumerate(messages):
        try:
            said = {"role": "user", "content": message} if isinstance(message, str) else message
            role, text = said["role"], said["content"]
            if role not in ROLES:
                raise KeyError(role)
        except (TypeError, LookupError) as error:
            raise InvalidInput(
                f"message {place} of the list is neither text nor a message with a known role and "
                f"a content: {safe_repr(message)}"
            ) from error
        if role == "user":
            texts.append(check_message(text))
    return texts


def request_messages(
    memories: str,
    message: str,
    now: datetime,
    capture_instructions: str | None = None,
    additional_instructions: str | None = None,
    extraction: Extraction = "tools",
) -> list[JsonObject]:
    """The messages that ask for a decision: instructions, memories as listed, and the message."""
    system = MANAGER_PROMPT.format(
        nothing=NOTHING[extraction],
        capture_instructions=capture_instructions or CAPTURE_INSTRUCTIONS,
        additional_instructions=additional_instructions or "",
        today=today(now),
        memories=memories,
    )
    return system_and_user(system, message)


def response_format() -> JsonObject:
    """The form of an answer with `extraction="json_schema"`."""
    change = {
        "action": {"type": "string", "enum": ["add", "update", "delete"]},
        "memory_id": {"type": ["integer", "null"]},
        "memory": {"type": ["string", "null"]},
        "topics": {"type": "array", "items": {"type": "string"}},
    }
    form = {"changes": {"type": "array", "items": _object(change)}}
    schema = {"name": "memory_changes", "strict": True, "schema": _object(form)}
    return {"type": "json_schema", "json_schema": schema}


def _object(properties: JsonObject) -> JsonObject:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def asked_changes(call: ModelCall, extraction: Extraction, can_use: bool) -> list[JsonObject]:
    """What an answer asks for, as tool calls; `ModelError` if it is no answer to the question.

    `can_use` says whether this model is known to use tools: then its words mean no change.
    """
    if extraction == "json_schema":
        return _as_tool_calls(call)
    if call.tool_calls:
        return call.tool_calls
    if not call.text.strip() and call.finish_reason not in ENDED:
        raise ModelError(f"the model gave no decision (finish_reason: {call.finish_reason})")
    for tool in call.request.get("tools") or ():
        name = tool["function"]["name"]
        if re.search(rf"{name}[^.]{{0,40}}?[{{(\[<:]", call.text):  # a call; not "no add_memory."
            raise ModelError(f"{NO_CALL.format(name)}; it wrote {call.text[:80]!r}")
    if not can_use and not NO_CHANGE.search(call.text):
        raise ModelError(IGNORED_TOOLS)
    return []


def _as_tool_calls(call: ModelCall) -> list[JsonObject]:
    """The changes in the JSON of an answer, in fences or among words as well."""
    found = list(json_objects(call.text))
    changes = next((entry["changes"] for entry in found if "changes" in entry), found)
    is_empty = "{" not in call.text and re.search(r"\[\s*\]", call.text)
    if not (found or is_empty) or not isinstance(changes, list) or not all(map(_is_one, changes)):
        why = f" (finish_reason: {call.finish_reason})" if call.finish_reason == "length" else ""
        raise ModelError(f"the model did not answer with the JSON that it was asked for{why}")
    calls = []
    for number, change in enumerate(changes, 1):
        function = {"name": f"{change['action']}_memory", "arguments": json.dumps(_passed(change))}
        calls.append({"id": f"change_{number}", "function": function})
    return calls


def _is_one(change: Any) -> bool:
    """Whether an entry of the list of changes names an action."""
    return isinstance(change, dict) and isinstance(change.get("action"), str)


def _passed(change: JsonObject) -> JsonObject:
    """The fields that an action needs; a model has to give all of them."""
    names = {"add": ["memory", "topics"], "delete": ["memory_id"]}
    wanted = names.get(change["action"], [name for name in change if name != "action"])
    return {name: change[name] for name in wanted if change.get(name) is not None}


def proposals(
    tool_call: JsonObject, tools: Sequence[type[Tool]], everything: Sequence[int]
) -> list[Change]:
    """The changes that one tool call asks for; a malformed one carries its reason.

    `everything` is the numbers of all memories, which a model may be allowed to clear.
    """
    action = tool_call["function"]["name"].removesuffix("_memory")
    try:
        match parse_arguments(tool_call, tools):
            case AddMemory(memory=memory, topics=topics, expires_at=last) as told:
                number = told.memory_id if isinstance(told, UpdateMemory) else None
                words = check_topics(word for word in topics if not says_nothing(word))
                over = check_last_day(last)
                return [Change(action, number, check_memory(memory), words, expires_at=over)]
            case DeleteMemory(memory_id=memory_id):
                return [Change(action, memory_id)]
            case _:  # clear_memory
                return [Change("delete", number) for number in everything]
    except InvalidInput as error:
        return [Change(action, reason=str(error))]


def describe(event: MemoryEvent) -> str:
    """What became of a proposal, for the model that made it."""
    done = {"applied": "done", "proposed": "proposed: a person will decide"}
    return done.get(event.status, f"rejected: {event.reason}")


def exchange(
    call: ModelCall,
    proposed: Sequence[Sequence[Change]],
    made: Sequence[MemoryEvent],
    extraction: Extraction,
) -> list[JsonObject]:
    """The answer of a model, and what became of its proposals, for its second try."""
    if extraction == "json_schema":
        lines = [f"{number}: {describe(event)}" for number, event in enumerate(made, 1)]
        told = "\n".join(["What became of the changes:", *lines])
        return [call.response or {}, {"role": "user", "content": told}]
    events, results = iter(made), []
    for asked, changes in zip(call.tool_calls, proposed, strict=True):
        told = "; ".join(describe(next(events)) for _ in changes) or "done"
        results.append({"role": "tool", "tool_call_id": asked["id"], "content": told})
    return [sent_back(call), *results]
