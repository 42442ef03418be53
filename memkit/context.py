"""What the model sees: from settings, memories and history to the messages of a request.

Pure functions, no store and no model: the same arguments give the same messages. The system prompt
is made of labelled parts, so that anyone can ask which sentence of it came from where.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memkit.records import JsonObject, Message, UserMemory

SUMMARY_PROMPT = """\
This was said earlier in this conversation, in short:

<summary>
{summary}
</summary>"""

MEMORIES_PROMPT = """\
You know this about the user from earlier conversations. Use it to make your reply personal; \
what the user says now counts more.

<memories>
{memories}
</memories>"""


@dataclass(frozen=True)
class Part:
    """A labelled piece of the system prompt: `source` says where the text came from."""

    source: str
    text: str


@dataclass(frozen=True)
class Context:
    """What a model is going to see, still in parts."""

    system: list[Part]
    history: list[Message]
    message: str

    @property
    def messages(self) -> list[JsonObject]:
        """The messages of the request, exactly as sent; an empty system prompt sends none."""
        prompt = "\n\n".join(part.text for part in self.system)
        system = [{"role": "system", "content": prompt}] if prompt else []
        earlier = [{"role": each.role, "content": each.content} for each in self.history]
        return [*system, *earlier, {"role": "user", "content": self.message}]


def build_context(
    message: str,
    *,
    system_message: str | None = None,
    instructions: str | Sequence[str] | None = None,
    summary: str | None = None,
    memories: Iterable[UserMemory] = (),
    history: Sequence[Message] = (),
) -> Context:
    """Put together what the model sees, in the order of the arguments; the message comes last."""
    parts = []
    if system_message:
        parts.append(Part("system_message", system_message))
    if instructions:
        lines = [instructions] if isinstance(instructions, str) else instructions
        parts.append(Part("instructions", "\n".join(lines)))
    if summary:
        parts.append(Part("summary", SUMMARY_PROMPT.format(summary=in_prompt(summary))))
    if listed := "\n".join(f"- {in_prompt(each.memory)}" for each in memories):
        parts.append(Part("memories", MEMORIES_PROMPT.format(memories=listed)))
    return Context(parts, list(history), message)


def in_prompt(text: str) -> str:
    """`text` so that it cannot close the section of the prompt that it stands in."""
    return text.replace("<", "&lt;").replace(">", "&gt;")
