"""Finding the memories that matter: six ways to rank what is known about one user.

Everything here works on a list of memories that the caller got from that user's handle, so a search
cannot find what is not that user's. No function reads or writes a store. `score` is higher for a
better memory and can be compared within one search only:

    method     score                                                      asks the model for
    last_n     1 / position, the memory changed last comes first          nothing
    first_n    1 / position, the memory unchanged longest comes first     nothing
    keyword    BM25 of the words in common, above 0                       nothing
    semantic   cosine of the two meanings, `model.similar_from` to 1      embeddings
    hybrid     share of the best keyword score, plus the cosine           embeddings
    agentic    1 / position in the model's own answer                     a tool call

The last four return nothing rather than something that does not match. Equal scores are ordered by
`memory_id`.
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, get_args

from pydantic import Field

from memkit.context import listed, memory_line
from memkit.errors import InvalidInput, ModelError
from memkit.models.tokens import count_tokens
from memkit.models.tools import Tool, parse_arguments
from memkit.records import JsonObject, Method, ModelCall, UserMemory
from memkit.retrieval.ranking import (
    Scores,
    Words,
    best_first,
    cosines,
    together,
)
from memkit.validation import check_at_least, check_text

if TYPE_CHECKING:
    from memkit.retrieval.ranking import Vectors

METHODS: tuple[Method, ...] = get_args(Method)

BATCH = 256

SEARCH_PROMPT = """\
You choose which of a user's stored memories help to answer the user's message. Call \
select_memories once with their ids, the most helpful first, at most {limit}. Choose none that \
does not help; if none does, give an empty list.

<stored_memories>
{memories}
</stored_memories>"""
OnCall = Callable[[ModelCall], Awaitable[object]]


@dataclass(frozen=True)
class Found:
    """A memory that a search ranked: its score, and in one short phrase why it is there."""

    memory: UserMemory
    score: float
    why: str


@dataclass(frozen=True)
class LeftOut:
    """A memory that was found and is not used, with the reason."""

    found: Found
    reason: str


class SearchModel(Protocol):
    """What a search needs of a model; `OpenAIChat` and `OfflineChat` are such."""

    embedding_id: str
    similar_from: float  # the cosine from which its embeddings count as similar

    def request(
        self, messages: Sequence[JsonObject], tools: Sequence[JsonObject] = ()
    ) -> JsonObject:
        """The JSON body of a request."""

    async def send(self, call: ModelCall) -> ModelCall:
        """Send the request and fill in the answer."""

    async def embed(self, call: ModelCall) -> list[list[float]]:
        """One vector for each text of an embeddings request, in the same order."""


class SelectMemories(Tool):
    """Choose the stored memories that help to answer the message."""

    memory_ids: list[int] = Field(description="Numbers of stored memories, most helpful first.")


def _now() -> datetime:
    return datetime.now(UTC)


async def search(
    memories: Sequence[UserMemory],
    query: str | None,
    limit: int,
    method: Method,
    model: SearchModel | None = None,
    on_call: OnCall | None = None,
    *,
    now: Callable[[], datetime] = _now,
) -> list[Found]:
    """The best `limit` of one user's memories by one of the METHODS, best first.

    `last_n` and `first_n` need no query; the others find nothing without one. `semantic`, `hybrid`
    and `agentic` need a model. `on_call` is awaited with each call to it, also when it failed, for
    the caller to store; `now` is the clock that dates it. Raises `InvalidInput` for a
    limit below 1 or an unknown method, and `ModelError` if the model gives no usable answer.
    """
    limit = check_at_least("limit", limit, 1)
    check_method(method)
    if query is not None:
        check_text("query", query)
    if method in ("last_n", "first_n"):
        return _by_age(memories, newest=method == "last_n")[:limit]
    if not query or not query.strip() or not memories:
        return []
    if method == "keyword":
        matched = await asyncio.to_thread(Words, query, searched_texts(memories))
        return await asyncio.to_thread(_best, memories, limit, matched, matched.scores())
    if model is None:
        raise ModelError(f"a search by {method!r} needs a model; pass one, or use 'keyword'")
    if method == "agentic":
        return await _by_choice(memories, query, limit, model, on_call, now)
    return await _by_meaning(memories, query, limit, method == "hybrid", model, on_call, now)


def check_method(method: Method) -> Method:
    """`method`, if it is one of METHODS."""
    if method in METHODS:
        return method
    close = difflib.get_close_matches(str(method), METHODS, n=1)
    meant = f"; did you mean {close[0]!r}?" if close else ""
    raise InvalidInput(
        f"there is no retrieval method {method!r}; there are: {', '.join(METHODS)}{meant}"
    )


def within_budget(found: Sequence[Found], tokens: int) -> tuple[list[Found], list[LeftOut]]:
    """The best memories that fit into so many tokens of prompt, and those left out, with reasons.

    Each is counted as the line that it becomes in the prompt, in tokens of the offline model. One
    that is too long does not keep out a shorter one that comes after it.
    """
    budget = check_at_least("tokens", tokens, 0)
    kept: list[Found] = []
    left_out: list[LeftOut] = []
    free = budget
    for each in found:
        needed = count_tokens(memory_line(each.memory))
        if needed <= free:
            kept.append(each)
            free -= needed
        else:
            left_out.append(LeftOut(each, f"over the budget of {budget} tokens"))
    return kept, left_out


# ---------------------------------------------------------------------------- by age


def _by_age(memories: Iterable[UserMemory], newest: bool) -> list[Found]:
    """By the time of the last change, as Agno does: a corrected memory is news.

    Of those changed at the same moment, the one with the higher number is newer.
    """
    ordered = sorted(memories, key=lambda each: (each.updated_at, each.memory_id), reverse=newest)
    end = "newest" if newest else "oldest"
    return [
        Found(each, 1 / place, f"the {end}" if place == 1 else f"the {_ordinal(place)} {end}")
        for place, each in enumerate(ordered, start=1)
    ]


def _ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`."""
    ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


# --------------------------------------------------- by keyword, by meaning, by both


def searched_texts(memories: Iterable[UserMemory]) -> dict[int, str]:
    """What a search reads of each memory: its sentence and its topics."""
    return {each.memory_id: " ".join([each.memory, *each.topics]) for each in memories}


async def _by_meaning(
    memories: Sequence[UserMemory],
    query: str,
    limit: int,
    by_words_too: bool,
    model: SearchModel,
    on_call: OnCall | None,
    now: Callable[[], datetime],
) -> list[Found]:
    matched = await asyncio.to_thread(Words, query, searched_texts(memories))
    texts = [matched.meaning(), *(each.memory for each in memories)]
    vectors = await _embed(model, texts, on_call, now)

    def rank() -> list[Found]:
        similar = cosines([each.memory_id for each in memories], vectors)
        shared = matched.scores() if by_words_too else {}
        scores = together(shared, similar, model.similar_from)
        near = {key: cosine for key, cosine in similar.items() if cosine >= model.similar_from}
        return _best(memories, limit, matched, scores, shared, near)

    return await asyncio.to_thread(rank)


def _best(
    memories: Iterable[UserMemory],
    limit: int,
    matched: Words,
    scores: Scores,
    shared: Scores | None = None,
    similar: Scores | None = None,
) -> list[Found]:
    """The best by their scores, and in words whether they share a word or are similar."""
    shared, similar = scores if shared is None else shared, similar or {}

    def why(memory_id: int) -> str:
        reasons = [matched.shared(memory_id)] if memory_id in shared else []
        if memory_id in similar:
            reasons.append(f"similar in meaning ({similar[memory_id]:.2f})")
        return ", ".join(reasons)

    known = {each.memory_id: each for each in memories}
    return [Found(known[each], scores[each], why(each)) for each in best_first(scores)[:limit]]


async def _embed(
    model: SearchModel, texts: list[str], on_call: OnCall | None, now: Callable[[], datetime]
) -> Vectors:
    """The vectors of all texts, one request for each BATCH; between them others get their turn."""
    import numpy as np

    batches = []
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        call = ModelCall("search", {"model": model.embedding_id, "input": batch}, now())
        try:
            batches.append(_as_vectors(await model.embed(call), len(batch)))
        except ModelError as error:
            call.error = str(error)
            raise
        finally:
            if on_call:
                await on_call(call)
    if len({each.shape[1] for each in batches}) > 1:
        raise ModelError("the model gave embeddings of different lengths; they cannot be compared")
    return np.vstack(batches)


def _as_vectors(embedded: list[list[float]], wanted: int) -> Vectors:
    import numpy as np

    if len(embedded) != wanted:
        raise ModelError(f"the model gave {len(embedded)} embeddings for {wanted} texts")
    try:
        vectors = np.array(embedded, dtype=np.float32).reshape(wanted, -1)
    except (TypeError, ValueError) as error:
        raise ModelError(f"the model gave embeddings that are no vectors ({error})") from error
    if not np.isfinite(vectors).all():
        raise ModelError("the model gave embeddings with numbers that are not finite")
    return vectors


# --------------------------------------------------------------- by the model's choice


async def _by_choice(
    memories: Sequence[UserMemory],
    query: str,
    limit: int,
    model: SearchModel,
    on_call: OnCall | None,
    now: Callable[[], datetime],
) -> list[Found]:
    """Show the model the memories and let it choose; unknown and repeated ids are ignored."""
    call = ModelCall("search", search_request(model, memories, query, limit), now())
    try:
        await model.send(call)
        chosen = _chosen(call)
    finally:
        if on_call:
            await on_call(call)
    known = {each.memory_id: each for each in memories}
    ids = [each for each in dict.fromkeys(chosen) if each in known][:limit]
    return [
        Found(known[each], 1 / place, f"the model's {_ordinal(place)} choice")
        for place, each in enumerate(ids, start=1)
    ]


def search_request(
    model: SearchModel, memories: Iterable[UserMemory], query: str, limit: int
) -> JsonObject:
    """The request that asks a model to choose; it has to answer with the tool."""
    messages = [
        {"role": "system", "content": SEARCH_PROMPT.format(limit=limit, memories=listed(memories))},
        {"role": "user", "content": query},
    ]
    chosen = {"type": "function", "function": {"name": "select_memories"}}
    return {**model.request(messages, [SelectMemories.schema_for_model()]), "tool_choice": chosen}


def _chosen(call: ModelCall) -> list[int]:
    """The ids in the model's tool calls; if it has none, `ModelError`, kept in `call.error` too."""
    try:
        if not call.tool_calls:
            raise InvalidInput(f"it used no tool but said {call.text[:80]!r}")
        answers = [parse_arguments(each, [SelectMemories]) for each in call.tool_calls]
    except InvalidInput as error:
        call.error = f"the model was asked to choose memories with select_memories: {error}"
        raise ModelError(call.error) from error
    return [each for answer in answers for each in answer.memory_ids]
