"""Which memories a model is shown that has to decide about a message: all, as long as they fit.

With ten thousand memories a request would have a megabyte, and nearly all of it has nothing to do
with the message. Above a budget only some are shown: the newest; the basic facts (name, home,
work), which a message may change without repeating a word of them; those that share its words or
topics; and, where vectors are kept, those similar in meaning.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from memkit.context import as_list, listed_line
from memkit.errors import ModelError
from memkit.models.openai import OpenAIChat
from memkit.models.tokens import count_tokens
from memkit.records import Version
from memkit.retrieval.meaning import Searcher, embed, similar_memories
from memkit.retrieval.ranking import Question, best_first
from memkit.store import index, queries
from memkit.store.index import Scope, Vectors
from memkit.store.queries import Rows
from memkit.store.runs import version_of
from memkit.words import stems

BUDGET = 3300  # tokens of the listed memories as the offline model counts; of others about 4,000
FRAME = 26  # tokens of a line beside those of its memory
USUAL = BUDGET // (FRAME + 7)  # memories that fit, as a rule
NEWEST, BRIEFEST, SIMILAR = 10, 4, 30  # at most so many; the rest is for shared words
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


async def shortlist(searcher: Searcher, message: str, scope: Scope | None = None) -> Shortlist:
    """The memories that a message may be about, out of all that hold now or those of a scope.

    The model is asked for the meaning of the message only if memories are left out and have
    vectors. If it fails, words alone decide.
    """
    choose = partial(_choose, searcher=searcher, message=message, scope=scope)
    chosen, by_meaning = await searcher.runs.read(choose)
    if by_meaning:
        try:
            asked = await embed(searcher, message, {})
            chosen, _ = await searcher.runs.read(choose, asked)
        except ModelError:
            pass  # the failed call is stored
    return chosen


def _choose(
    rows: Rows,
    asked: Vectors | None = None,
    *,
    searcher: Searcher,
    message: str,
    scope: Scope | None,
) -> tuple[Shortlist, bool]:
    """What to show, and whether meaning could tell more; `asked` is the message's vector."""
    model, scope = searcher.model, scope or index.scope(rows, searcher.runs.now)
    version = version_of(rows)
    some = scope.values
    total = scope.total if some["all"] else rows.number(queries.HOW_MANY_WANTED, **some)
    if total <= BUDGET // (FRAME + 1):
        everything = rows.all(_Memory, queries.ALL_LINES, **some)
        if len(list(_within(BUDGET, everything))) == total:
            return Shortlist(_lines(everything), total, version), False
    question = Question(message, *index.counts(rows, stems(message)))
    wanted = dict.fromkeys(
        [
            *rows.run(queries.NEWEST_NUMBERS, limit=NEWEST, **some).scalars(),
            *(_similar(rows, model, asked, scope) if asked is not None else ()),
            *index.briefest(rows, stems(BASIC), BRIEFEST, scope),
            *index.bm25(rows, question.rarest(), scope, USUAL),
        ]
    )
    numbers = list(wanted)[:USUAL]
    found = {m.memory_id: m for m in rows.all(_Memory, queries.LINES_OF, numbers=numbers)}
    shown = _within(BUDGET, [found[number] for number in numbers])
    return Shortlist(_lines(shown), total, version), index.has_vectors(rows, model.embedding_id)


class _Memory(NamedTuple):
    """What a line says of a memory."""

    memory_id: int
    memory: str
    updated_at: datetime


def _lines(memories: Iterable[_Memory]) -> dict[int, str]:
    return {memory.memory_id: listed_line(*memory) for memory in sorted(memories)}


def _similar(rows: Rows, model: OpenAIChat, asked: Vectors, scope: Scope) -> list[int]:
    return best_first(similar_memories(rows, model, asked, scope))[:SIMILAR]


def _within(budget: int, memories: Iterable[_Memory]) -> Iterator[_Memory]:
    """The first of them, as far as they fit."""
    for memory in memories:
        budget -= FRAME + count_tokens(memory.memory)
        if budget < 0:
            return
        yield memory
