"""What the model sees: from settings, memories and history to the messages of a request.

Pure functions, no store and no model: the same arguments give the same messages. The system prompt
is made of labelled parts, and the run keeps the labels, so that anyone can ask later which sentence
of a request came from where.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from memkit.records import JsonObject, Message, UserMemory

BETWEEN_PARTS = "\n\n"

SUMMARY_PROMPT = """\
This was said earlier in this conversation, in short:

<summary>
{summary}
</summary>"""

MEMORIES_PROMPT = """\
You know this about the user from earlier conversations, each with the day you learned it on. Use \
it to make your reply personal; what the user says now counts more.

<memories>
{memories}
</memories>"""

_to_json = json.JSONEncoder(ensure_ascii=False).encode
PART = "(These are {shown:,} of {total:,} memories: those that the message may be about.)"


@dataclass(frozen=True)
class Part:
    """A labelled piece of a request: what its text is, and where it came from.

    `source` is `system_message`, `instructions`, `datetime`, `summary`, `memories`, `history`,
    `message`, or `tool` for tool calls and their results; `run_id` is the run that a part of the
    history is from.
    """

    source: str
    role: str
    text: str
    run_id: int | None = None


@dataclass(frozen=True)
class Context:
    """What the model is going to see, as labelled parts."""

    parts: list[Part]

    @property
    def messages(self) -> list[JsonObject]:
        """The messages of the request, exactly as sent; an empty system prompt sends none."""
        prompt = BETWEEN_PARTS.join(part.text for part in self.parts if part.role == "system")
        system = [{"role": "system", "content": prompt}] if prompt else []
        others = [part for part in self.parts if part.role != "system"]
        return [*system, *({"role": part.role, "content": part.text} for part in others)]

    @property
    def outline(self) -> list[JsonObject]:
        """The labels without the texts, which are in the request: `parts_of` joins them again."""
        return [
            {"source": p.source, "role": p.role, "characters": len(p.text), "run_id": p.run_id}
            for p in self.parts
        ]


def build_context(
    message: str,
    *,
    system_message: str | None = None,
    instructions: str | Sequence[str] | None = None,
    now: datetime | None = None,
    summary: str | None = None,
    memories: Iterable[UserMemory] = (),
    history: Iterable[Message] = (),
) -> Context:
    """Put together what the model sees, in the order of the arguments; the message comes last."""
    lines = [instructions] if isinstance(instructions, str) else instructions or ()
    known = "\n".join(map(memory_line, memories))
    prompt = {
        "system_message": system_message,
        "instructions": "\n".join(lines),
        "datetime": now and today(now),
        "summary": summary and SUMMARY_PROMPT.format(summary=in_prompt(summary)),
        "memories": known and MEMORIES_PROMPT.format(memories=known),
    }
    parts = [Part(source, "system", text) for source, text in prompt.items() if text]
    parts += [Part("history", said.role, said.content, said.run_id) for said in history]
    return Context([*parts, Part("message", "user", message)])


def system_and_user(system: str, user: str) -> list[JsonObject]:
    """The messages of a request that has a prompt of its own: the prompt, and what is asked."""
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def parts_of(messages: Sequence[JsonObject], outline: Iterable[JsonObject]) -> list[Part]:
    """The parts of a request as it was sent: its messages, cut and labelled by its outline.

    The messages that follow them are tool calls and their results.
    """
    parts = []
    rest = list(messages)
    for label in outline:
        text, length = rest[0]["content"], label["characters"]
        parts.append(Part(label["source"], label["role"], text[:length], label["run_id"]))
        rest[0] = {**rest[0], "content": text[length + len(BETWEEN_PARTS) :]}
        if not rest[0]["content"]:
            del rest[0]
    for message in rest:
        content = {key: value for key, value in message.items() if key != "role"}
        parts.append(Part("tool", message["role"], json.dumps(content, ensure_ascii=False)))
    return parts


def today(now: datetime) -> str:
    """The day, for a model that would not know it: not the time, so that prompts stay the same."""
    return f"Today is {now:%A, %Y-%m-%d}."


def memory_line(memory: UserMemory) -> str:
    """A memory as a line of a prompt, with the day on which it was learned."""
    return f"- {in_prompt(memory.memory)} ({memory.updated_at:%Y-%m-%d})"


def in_prompt(text: str) -> str:
    """`text` so that it cannot close the section of the prompt that it stands in."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def listed(memories: Sequence[UserMemory], total: int | None = None) -> str:
    """Memories for a prompt that asks for their numbers: a JSON object a line, or `(none)`.

    If they are not the `total` of what is known, the first line says so.
    As JSON, with "<" escaped, no memory can end its section or look like another one.
    """
    return as_list([listed_line(m.memory_id, m.memory, m.updated_at) for m in memories], total)


def listed_line(memory_id: int, memory: str, updated_at: datetime) -> str:
    """A memory as a line of such a list."""
    text = _to_json(memory).replace("<", "\\u003c")
    return f'{{"memory_id": {memory_id}, "memory": {text}, "learned": "{updated_at.date()}"}}'


def as_list(lines: list[str], total: int | None = None) -> str:
    """The lines under one that says how many of the `total` they are, if not all."""
    if total is not None and len(lines) < total:
        lines = [PART.format(shown=len(lines), total=total), *lines]
    return "\n".join(lines) or "(none)"
