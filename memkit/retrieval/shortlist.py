"""Which memories a model is shown that has to decide about a message: all, as long as they fit.

With ten thousand memories a request would have a megabyte, and nearly all of it has nothing to do
with the message. Above a budget only some are shown: the newest; the shortest, which hold the basic
facts (name, home, work) that a message may change without repeating a word of them; those that
share its words or topics; and, where vectors are kept, those similar in meaning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from memkit.context import listed
from memkit.errors import ModelError
from memkit.models.tokens import count_tokens
from memkit.records import UserMemory, Version
from memkit.retrieval.meaning import OnCall, SearchModel, embed, similar_memories
from memkit.retrieval.ranking import Question, best_first
from memkit.store import index, queries
from memkit.store.queries import Rows
from memkit.store.runs import RunLog
from memkit.store.transactions import Clock
from memkit.words import stems

if TYPE_CHECKING:
    from memkit.retrieval.ranking import Vectors

BUDGET = 4000  # tokens that the listed memories may take, as the offline model counts them
LEAST = 15  # tokens of the shortest memory as it is listed
NEWEST, SHORTEST, SIMILAR = 20, 60, 30  # at most so many of each; the rest is for shared words


@dataclass(frozen=True)
class Shortlist:
    """The memories to show, in order of their numbers; how many there are; and their version."""

    memories: list[UserMemory]
    total: int
    version: Version

    @property
    def is_part(self) -> bool:
        """Whether there are memories that are not shown."""
        return len(self.memories) < self.total


async def shortlist(
    runs: RunLog,
    message: str,
    model: SearchModel,
    on_call: OnCall | None = None,
    but: Collection[int] = (),
) -> Shortlist:
    """The memories that a message may be about, `but` some, and those that have expired.

    The model is asked for the meaning of the message only if memories are left out and have
    vectors. If it fails, words alone decide.
    """
    choose = partial(_choose, now=runs.now, message=message, model=model.embedding_id, but=but)
    chosen, by_meaning = await runs.read(choose)
    if by_meaning:
        try:
            asked = await embed(runs, message, {}, model, on_call)
            similar = await runs.read(_similar, model, asked)
            chosen, _ = await runs.read(choose, similar)
        except ModelError:
            pass  # the failed call is stored
    return chosen


def _choose(
    rows: Rows,
    similar: Iterable[int] = (),
    *,
    now: Clock,
    message: str,
    model: str,
    but: Collection[int],
) -> tuple[Shortlist, bool]:
    """What to show, and whether meaning could tell more."""
    version = Version(*rows.run(queries.VERSION).one())
    but = {*but, *index.expired(rows, now)}
    total = rows.number(queries.HOW_MANY_MEMORIES) - len(but)
    if total <= BUDGET // LEAST:
        everything = rows.all(UserMemory, queries.ALL_MEMORIES)
        memories = [memory for memory in everything if memory.memory_id not in but]
        if count_tokens(listed(memories)) <= BUDGET:
            return Shortlist(memories, total, version), False
    question = Question(message, *index.counts(rows, stems(message)))
    by_words = best_first(index.bm25(rows, question.terms))[: BUDGET // LEAST]
    last = rows.all(UserMemory, queries.NEWEST_MEMORIES, limit=NEWEST + len(but))
    newest = [memory.memory_id for memory in last if memory.memory_id not in but][:NEWEST]
    wanted = dict.fromkeys([*newest, *similar, *index.shortest(rows, SHORTEST), *by_words])
    wanted = {number: None for number in wanted if number not in but}
    found = rows.all(UserMemory, queries.MEMORIES_OF, numbers=list(wanted))
    known = {memory.memory_id: memory for memory in found}
    shown = _within(BUDGET, (known[number] for number in wanted))
    memories = sorted(shown, key=lambda memory: memory.memory_id)
    return Shortlist(memories, total, version), index.has_vectors(rows, model)


def _similar(rows: Rows, model: SearchModel, asked: Vectors) -> list[int]:
    found = similar_memories(rows, model.embedding_id, asked, model.similar_from)
    return best_first(found)[:SIMILAR]


def _within(budget: int, memories: Iterable[UserMemory]) -> Iterator[UserMemory]:
    """The first of them, as far as they fit."""
    for memory in memories:
        budget -= count_tokens(listed([memory]))
        if budget < 0:
            return
        yield memory
