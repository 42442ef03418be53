"""Finding the memories that matter: six ways to rank what is known about one user.

A search looks up what it needs (see `memkit.store.index`) and reads no more memories than it gives.
`score` is higher for a better memory and can be compared within one search only:

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

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from pydantic import Field

from memkit.context import memory_line, system_and_user
from memkit.errors import InvalidInput, ModelError
from memkit.models.openai import OpenAIChat
from memkit.models.tokens import count_tokens
from memkit.models.tools import Tool, parse_arguments
from memkit.records import JsonObject, Method, ModelCall, UserMemory
from memkit.retrieval.meaning import OnCall, Searcher, Texts, embed, similar_memories
from memkit.retrieval.ranking import Question, Scores, best_first, together
from memkit.retrieval.shortlist import shortlist
from memkit.store import index, queries
from memkit.store.index import Scope
from memkit.store.queries import Rows
from memkit.store.runs import RunLog
from memkit.validation import check_at_least, check_text, choice_of
from memkit.words import stems

METHODS: tuple[Method, ...] = get_args(Method)
check_method = choice_of(METHODS)


SEARCH_PROMPT = """\
You choose which of a user's stored memories help to answer the user's message. Call \
select_memories once with their ids, the most helpful first, at most {limit}. Choose none that \
does not help; if none does, give an empty list.

<stored_memories>
{memories}
</stored_memories>"""


@dataclass(frozen=True)
class Found:
    """A memory that a search ranked: its score, and in one short phrase why it is there."""

    memory: UserMemory
    score: float
    why: str


class SelectMemories(Tool):
    """Choose the stored memories that help to answer the message."""

    memory_ids: list[int] = Field(description="Numbers of stored memories, most helpful first.")


async def search(
    runs: RunLog,
    query: str | None,
    limit: int,
    method: Method,
    model: OpenAIChat | None,
    on_call: OnCall,
    topics: Collection[str] | None = None,
    since: datetime | None = None,
) -> tuple[Scope, list[Found]]:
    """The best `limit` of one user's memories by one of the METHODS, best first, and among what.

    `last_n` and `first_n` need no query; the others find nothing without one. `semantic`, `hybrid`
    and `agentic` need a model. `on_call` is awaited with each call to it, also when it failed, for
    the caller to store. Memories that have expired are left out; so are those that have none of the
    topics, or were last changed before a time.
    Raises `InvalidInput` for a limit below 1 or an unknown method, and `ModelError` if the model
    gives no usable answer.
    """
    limit = check_at_least("limit", limit, 1)
    check_method("method", method)
    if query is not None:
        check_text("query", query)
    asked = query if query and query.strip() else ""

    def without_model(rows: Rows) -> tuple[Scope, list[Found]]:
        scope = index.scope(rows, runs.now, topics, since)
        if method in ("last_n", "first_n"):
            return scope, by_age(rows, limit, method == "last_n", scope)
        by_itself = asked and method == "keyword"
        return scope, by_words(rows, asked, limit, scope) if by_itself else []

    scope, found = await runs.read(without_model)
    if not asked or method in ("last_n", "first_n", "keyword"):
        return scope, found
    if model is None:
        raise ModelError(f"a search by {method!r} needs a model; pass one, or use 'keyword'")
    searcher = Searcher(runs, model, on_call)
    if method == "agentic":
        return scope, await _by_choice(searcher, asked, limit, scope)
    return scope, await _by_meaning(searcher, asked, limit, scope, words_too=method == "hybrid")


def within_budget(
    found: Sequence[Found], tokens: int | None
) -> tuple[Sequence[Found], Sequence[Found]]:
    """The best memories that fit into so many tokens of prompt, and those that are left out.

    A memory is counted as the line that it becomes in the prompt, in tokens of the offline model.
    One that is too long does not keep out a shorter one that comes after it.
    """
    if tokens is None:
        return found, ()
    free = check_at_least("tokens", tokens, 0)
    kept: list[Found] = []
    left_out: list[Found] = []
    for match in found:
        needed = count_tokens(memory_line(match.memory))
        (kept if needed <= free else left_out).append(match)
        free -= needed if needed <= free else 0
    return kept, left_out


# ---------------------------------------------------------------------------- by age


def by_age(rows: Rows, limit: int, newest: bool, scope: Scope) -> list[Found]:
    """The memories that were changed last, or that have stayed as they are for longest."""
    query, end = (
        (queries.NEWEST_MEMORIES, "newest") if newest else (queries.OLDEST_MEMORIES, "oldest")
    )
    memories = rows.all(UserMemory, query, limit=limit, **scope.values)
    return [
        Found(memory, 1 / place, f"the {end}" if place == 1 else f"the {_ordinal(place)} {end}")
        for place, memory in enumerate(memories, start=1)
    ]


def _ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`."""
    ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


# --------------------------------------------------- by keyword, by meaning, by both


def by_words(rows: Rows, query: str, limit: int, scope: Scope) -> list[Found]:
    """The memories that share the words of a query which tell them apart."""
    question = _question(rows, query)
    scores = index.bm25(rows, question.rarest(), scope, limit)
    return _best(rows, limit, scores, question, scores, {})


def _question(rows: Rows, query: str) -> Question:
    return Question(query, *index.counts(rows, stems(query)))


async def _by_meaning(
    searcher: Searcher, query: str, limit: int, scope: Scope, words_too: bool
) -> list[Found]:
    """Rank by vectors, or by words and vectors; those that are missing are made and kept."""
    runs, model = searcher.runs, searcher.model
    question, missing = await runs.read(_asked_and_missing, query, model.embedding_id)
    if missing is None:
        return []
    asked = await embed(searcher, question.meaning(), missing)

    def rank(rows: Rows) -> list[Found]:
        shared = index.bm25(rows, question.rarest(), scope) if words_too else {}
        similar = similar_memories(rows, model, asked, scope, shared)
        scores = together(shared, similar)
        near = {number: n for number, n in similar.items() if n >= model.similar_from}
        return _best(rows, limit, scores, question, shared, near)

    return await runs.read(rank)


def _asked_and_missing(rows: Rows, query: str, model: str) -> tuple[Question, Texts | None]:
    """The question, and the memories that have no vector yet; None if there are no memories."""
    question = _question(rows, query)
    some = rows.number(queries.HOW_MANY_MEMORIES)
    return question, index.not_embedded(rows, model) if some else None


def _best(
    rows: Rows, limit: int, scores: Scores, question: Question, shared: Scores, near: Scores
) -> list[Found]:
    """The best by their scores, and in words whether they share a word or are similar."""
    best = best_first(scores)[:limit]
    known = _memories(rows, best)

    def why(memory: UserMemory) -> str:
        reasons = []
        if memory.memory_id in shared:
            words = question.shared(index.searched_text(memory.memory, memory.topics))
            reasons.append("shares " + ", ".join(f'"{word}"' for word in words))
        if memory.memory_id in near:
            reasons.append(f"similar in meaning ({near[memory.memory_id]:.2f})")
        return ", ".join(reasons)

    return [Found(known[number], scores[number], why(known[number])) for number in best]


def _memories(rows: Rows, numbers: list[int]) -> dict[int, UserMemory]:
    found = rows.all(UserMemory, queries.MEMORIES_OF, numbers=numbers)
    return {memory.memory_id: memory for memory in found}


# --------------------------------------------------------------- by the model's choice


async def _by_choice(searcher: Searcher, query: str, limit: int, scope: Scope) -> list[Found]:
    """Show the model memories and let it choose; unknown and repeated ids are ignored."""
    runs, model = searcher.runs, searcher.model
    shown = await shortlist(searcher, query, scope)
    if not shown.lines:
        return []
    call = ModelCall("search", search_request(model, shown.text, query, limit), runs.now())
    async with searcher.keep(call):
        chosen = _chosen(await model.send(call))
    numbers = [number for number in dict.fromkeys(chosen) if number in shown.lines][:limit]
    known = await runs.read(_memories, numbers)
    return [
        Found(known[number], 1 / place, f"the model's {_ordinal(place)} choice")
        for place, number in enumerate(numbers, start=1)
        if number in known
    ]


def search_request(model: OpenAIChat, memories: str, query: str, limit: int) -> JsonObject:
    """The request that asks a model to choose; it has to answer with the tool."""
    messages = system_and_user(SEARCH_PROMPT.format(limit=limit, memories=memories), query)
    chosen = {"type": "function", "function": {"name": "select_memories"}}
    return {**model.request(messages, [SelectMemories.schema_for_model()]), "tool_choice": chosen}


def _chosen(call: ModelCall) -> list[int]:
    """The ids in the model's tool calls; if it has none, `ModelError`."""
    try:
        if not call.tool_calls:
            raise InvalidInput(f"it used no tool but said {call.text[:80]!r}")
        answers = [parse_arguments(used, [SelectMemories]) for used in call.tool_calls]
    except InvalidInput as error:
        asked = "the model was asked to choose memories with select_memories"
        raise ModelError(f"{asked}: {error}") from error
    return [number for answer in answers for number in answer.memory_ids]
