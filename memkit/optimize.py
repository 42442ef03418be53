"""Fewer memories that say the same: by the model, or by a function of your own."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from inspect import isawaitable
from typing import Literal

from pydantic import Field

from memkit.context import listed, system_and_user
from memkit.errors import InvalidInput, ModelError
from memkit.models.openai import OpenAIChat
from memkit.models.patience import Patience
from memkit.models.tools import Tool, parse_arguments
from memkit.records import Change, ModelCall, UserMemory, Version
from memkit.store.runs import RunLog
from memkit.validation import MAX_TOPICS, check_memory, require, safe_repr
from memkit.words import stems

Strategy = Callable[[list[UserMemory]], Iterable[str] | Awaitable[Iterable[str]]]

OPTIMIZE_PROMPT = """\
These are all memories of one user. Call replace_memories once with fewer sentences that say the \
same: put together what belongs together, leave out what is said twice, lose no fact, add none. \
Write in the third person: "The user likes tea and coffee."

<stored_memories>
{memories}
</stored_memories>"""


class ReplaceMemories(Tool):
    """Replace all stored memories by these sentences."""

    memories: list[str] = Field(description="Sentences about the user, in the third person.")


def check_strategy(strategy: Strategy | Literal["summarize"]) -> Strategy | Literal["summarize"]:
    """`strategy`, if it is one: "summarize", or a function."""
    fits = strategy == "summarize" or callable(strategy)
    require(fits, "strategy", "'summarize' or a function", strategy)
    return strategy


async def by_function(strategy: Strategy, memories: list[UserMemory]) -> list[Change]:
    """The changes that a strategy asks for, which may be an async function."""
    given = strategy(memories)
    return _replacement(memories, await given if isawaitable(given) else given)


async def by_model(
    model: OpenAIChat,
    memories: Sequence[UserMemory],
    runs: RunLog,
    version: Version,
    timeout: float,
) -> tuple[ModelCall, list[Change]]:
    """The changes that the model asks for, and its call; one that fails is stored here."""
    prompt = OPTIMIZE_PROMPT.format(memories=listed(memories))
    messages = system_and_user(prompt, "Put my memories together.")
    request = model.request(messages, [ReplaceMemories.schema_for_model()])
    call = ModelCall("optimize", request, runs.now())
    try:
        async with runs.keep_failed(call, version=version):
            async with Patience(timeout):
                await model.send(call)
            if len(used := call.tool_calls) != 1:
                raise InvalidInput(f"it used {len(used)} tools instead of one")
            wanted = parse_arguments(used[0], [ReplaceMemories]).memories
            return call, _replacement(memories, wanted)
    except (ModelError, InvalidInput) as error:
        raise ModelError(f"the memories were not optimised: {call.error}") from error


def _replacement(memories: Sequence[UserMemory], wanted: Iterable[str]) -> list[Change]:
    """The changes that turn the memories into these sentences; a memory that is one of them stays.

    Every other memory is deleted, and every other sentence added.
    """
    if isinstance(wanted, str) or not isinstance(wanted, Iterable):
        raise InvalidInput(f"a strategy gives a list of sentences, found {safe_repr(wanted)}")
    texts = list(dict.fromkeys(map(check_memory, wanted)))
    stored = {memory.memory for memory in memories}
    if memories and not texts:
        raise InvalidInput("the list of sentences is empty, which would delete everything")
    old = [memory for memory in memories if memory.memory not in texts]
    gone = [Change("delete", memory.memory_id) for memory in old]
    return [*gone, *(_merged_memory(text, old) for text in texts if text not in stored)]


def _merged_memory(text: str, memories: Sequence[UserMemory]) -> Change:
    """A new memory, made of those most of whose words it has, with their topics and their end."""
    words = set(stems(text))
    own = [(memory, set(stems(memory.memory))) for memory in memories]
    made_of = [memory for memory, said in own if 2 * len(said & words) > len(said)]
    topics = list(dict.fromkeys(topic for memory in made_of for topic in memory.topics))
    ends = [memory.expires_at for memory in made_of if memory.expires_at]
    end = max(ends) if ends and len(ends) == len(made_of) else None
    return Change("add", None, text, topics[:MAX_TOPICS], expires_at=end, made_of=made_of)
