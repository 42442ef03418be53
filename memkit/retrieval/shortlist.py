"""Which memories a model is shown that has to decide about a message: all, as long as they fit.

With ten thousand memories a request would have a megabyte, and nearly all of it has nothing to do
with the message. Above a budget only some are shown: the newest; the basic facts (name, home,
work), which a message may change without repeating a word of them; those that share its words or
topics; and, where vectors are kept, those similar in meaning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from memkit.context import as_list, listed_line
from memkit.errors import ModelError
from memkit.models.tokens import count_tokens
from memkit.records import Version
from memkit.retrieval.meaning import OnCall, SearchModel, embed, similar_memories
from memkit.retrieval.ranking import Question, best_first
from memkit.store import index, queries
from memkit.store.queries import Rows
from memkit.store.runs import RunLog
from memkit.store.transactions import Clock
from memkit.words import stems

if TYPE_CHECKING:
    from memkit.retrieval.ranking import Vectors

BUDGET = 3300  # tokens of the listed memories as the offline model counts; of others about 4,000
FRAME = 26  # tokens of a line beside those of its memory
USUAL = BUDGET // (FRAME + 7)  # memories that fit, as a rule
NEWEST, BRIEFEST, SIMILAR = 10, 4, 30  # at most so many; the rest is for shared words
HITS = 500  # memories that are looked up by words, the rarest words first
# Topics and words of facts of which there is one: "I moved to Lisbon" shares no word with "The user
# lives in Rome", but both are about a home.
BASIC = """\
name age years old birthday home lives address work job studies school family relationship married
partner children languages speaks health diet"""


@dataclass(frozen=True)
class Shortlist:
    """The memories to show, each as its line, by number; how many there are; and their version."""

    lines: dict[int, str]
    total: int
    version: Version

    @property
    def text(self) -> str:
        """The list as a prompt has it."""
        return as_list(list(self.lines.values()), self.total)


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
    among = index.candidates(rows, now)
    barred = {*but, *among.barred}
    total = among.total - len(set(but) - among.barred)
    if total <= BUDGET // (FRAME + 1):
        everything = [m for m in rows.all(_Memory, queries.ALL_LINES) if m.memory_id not in barred]
        if len(list(_within(BUDGET, everything))) == total:
            return Shortlist(_lines(everything), total, version), False
    question = Question(message, *index.counts(rows, stems(message)))
    newest = rows.run(queries.NEWEST_NUMBERS, limit=NEWEST + len(barred)).scalars()
    wanted = dict.fromkeys(
        [
            *[number for number in newest if number not in barred][:NEWEST],
            *similar,
            *index.briefest(rows, stems(BASIC), BRIEFEST),
            *index.bm25(rows, question.rarest(HITS), USUAL + len(barred)),
        ]
    )
    numbers = [number for number in wanted if number not in barred][:USUAL]
    found = {m.memory_id: m for m in rows.all(_Memory, queries.LINES_OF, numbers=numbers)}
    shown = _within(BUDGET, [found[number] for number in numbers])
    return Shortlist(_lines(shown), total, version), index.has_vectors(rows, model)


class _Memory(NamedTuple):
    """What a line says of a memory."""

    memory_id: int
    memory: str
    updated_at: datetime


def _lines(memories: Iterable[_Memory]) -> dict[int, str]:
    return {memory.memory_id: listed_line(*memory) for memory in sorted(memories)}


def _similar(rows: Rows, model: SearchModel, asked: Vectors) -> list[int]:
    found = similar_memories(rows, model.embedding_id, asked, model.similar_from)
    return best_first(found)[:SIMILAR]


def _within(budget: int, memories: Iterable[_Memory]) -> Iterator[_Memory]:
    """The first of them, as far as they fit."""
    for memory in memories:
        budget -= FRAME + count_tokens(memory.memory)
        if budget < 0:
            return
        yield memory
