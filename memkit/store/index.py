"""What a search looks up instead of reading every memory: its words and its vectors.

`memory_terms` is an inverted index, as at the end of a book: for each word (its stem) the memories
it stands in, and how often. The row of the term `*` counts all words of a memory. `memory_vectors`
keeps the embeddings, for each model those that were needed so far. Both follow the memory: they are
written, changed and deleted in the transaction that does it to the memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from memkit.errors import ModelError
from memkit.records import UserMemory
from memkit.store import queries
from memkit.store.queries import NUMBER, OWNER, Rows, owned_by_user
from memkit.store.tables import ALL_WORDS, OF_ALL_WORDS, memory_terms, memory_vectors, user_memories
from memkit.words import stems

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

K1, B = 1.2, 0.3  # how soon repeating a word stops to count, and how much length counts

# The sum over the words of a query that stand in a memory, each counted once:
#
#     rarity(w) * tf / (tf + k1 * (1 - b + b * length / average length))
#     rarity(w) = ln(1 + (N - n + 0.5) / (n + 0.5))
#
# tf: how often w stands in this memory; n: in how many of the N memories it stands. So a rare word
# counts more, a repeated word counts more but ever less so, and a word in a long memory counts
# less, but only little (b = 0.75 is usual): one sentence that is longer than another says more.
# Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009,
# 3.4; with the 1 + in the logarithm, as in Lucene, no word counts below 0.
_REAL = sa.Float(53)
_TERMS: sa.BindParameter[str] = sa.bindparam("terms", expanding=True)
_TEXTS = (  # one row
    sa.select(
        sa.cast(sa.func.count(), _REAL).label("total"),
        sa.cast(sa.func.avg(memory_terms.c["count"]), _REAL).label("average"),
    )
    .where(owned_by_user(memory_terms), OF_ALL_WORDS)
    .cte("texts")
)
_HITS = (
    sa.select(
        memory_terms.c.memory_id,
        sa.cast(memory_terms.c["count"], _REAL).label("tf"),
        sa.cast(sa.func.count().over(partition_by=memory_terms.c.term), _REAL).label("n"),
    )
    .where(owned_by_user(memory_terms), memory_terms.c.term.in_(_TERMS))
    .cte("hits")
)
_WHOLE = memory_terms.alias("whole")
_RARITY = sa.func.ln(1 + (_TEXTS.c.total - _HITS.c.n + 0.5) / (_HITS.c.n + 0.5))
_LENGTH = K1 * (1 - B + B * _WHOLE.c["count"] / _TEXTS.c.average)
BM25 = (
    sa.select(_HITS.c.memory_id, sa.func.sum(_RARITY * _HITS.c.tf / (_HITS.c.tf + _LENGTH)))
    .join_from(_HITS, _TEXTS, sa.true())
    .join(_WHOLE, _HITS.c.memory_id == _WHOLE.c.memory_id)
    .where(owned_by_user(_WHOLE), _WHOLE.c.term == ALL_WORDS)
    .group_by(_HITS.c.memory_id)
)

COUNTS = (
    sa.select(memory_terms.c.term, sa.func.count())
    .where(owned_by_user(memory_terms), memory_terms.c.term.in_(_TERMS))
    .group_by(memory_terms.c.term)
)
SHORTEST = (
    sa.select(memory_terms.c.memory_id)
    .where(owned_by_user(memory_terms), OF_ALL_WORDS)
    .order_by(memory_terms.c["count"], memory_terms.c.memory_id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
NEW_TERM = sa.insert(memory_terms).values(user_id=OWNER)
NEW_VECTOR = sa.insert(memory_vectors).values(user_id=OWNER)
MODEL = sa.bindparam("model", type_=sa.Text)
VECTORS = sa.select(memory_vectors.c.memory_id, memory_vectors.c.vector).where(
    owned_by_user(memory_vectors), memory_vectors.c.model == MODEL
)
NOT_EMBEDDED = (
    sa.select(user_memories.c.memory_id, user_memories.c.memory)
    .where(owned_by_user(user_memories))
    .where(user_memories.c.memory_id.not_in(VECTORS.with_only_columns(memory_vectors.c.memory_id)))
    .order_by(user_memories.c.memory_id)
)
NOT_EMBEDDED_OF = NOT_EMBEDDED.where(
    user_memories.c.memory_id.in_(sa.bindparam("numbers", expanding=True))
)
REMOVE = {
    table.name: sa.delete(table).where(owned_by_user(table), table.c.memory_id == NUMBER)
    for table in (memory_terms, memory_vectors)
}


def add(rows: Rows, memory_id: int, memory: str, topics: Iterable[str]) -> None:
    """Write the words of a new memory into the index; vectors follow when they are needed."""
    counts = Counter(stems(searched_text(memory, topics)))
    counts[ALL_WORDS] = counts.total()
    rows.run_many(
        NEW_TERM, [{"memory_id": memory_id, "term": t, "count": n} for t, n in counts.items()]
    )


def add_all(rows: Rows) -> None:
    """Write the words of all memories into an index that is still empty."""
    for memory in rows.all(UserMemory, queries.ALL_MEMORIES):
        add(rows, memory.memory_id, memory.memory, memory.topics)


def remove(rows: Rows, memory_id: int) -> None:
    """Take a memory out of the index, before it is changed or deleted."""
    for statement in REMOVE.values():
        rows.run(statement, number=memory_id)


def expired(rows: Rows, now: Callable[[], datetime]) -> list[int]:
    """The memories that are over, which no search gives; the clock is read only if any will be."""
    ends = rows.pairs(queries.ENDS)
    time = now() if ends else None
    return sorted(number for number, end in ends.items() if end <= time)


def outside(rows: Rows, topics: Collection[str], since: datetime | None) -> set[int]:
    """The memories that have none of the topics, or were last changed before a time."""
    wanted = {topic.casefold() for topic in topics}
    return {
        row.memory_id
        for row in rows.run(queries.TOPICS)
        if (wanted and wanted.isdisjoint(topic.casefold() for topic in row.topics))
        or (since is not None and row.updated_at < since)
    }


def searched_text(memory: str, topics: Iterable[str]) -> str:
    """What a search for words reads of a memory: its sentence and its topics."""
    return " ".join([memory, *topics])


def counts(rows: Rows, terms: Iterable[str]) -> tuple[dict[str, int], int]:
    """In how many memories each term stands, and how many memories there are."""
    asked = [*dict.fromkeys(terms), ALL_WORDS]
    found = rows.pairs(COUNTS, terms=asked)
    return {term: found.get(term, 0) for term in asked[:-1]}, found.get(ALL_WORDS, 0)


def bm25(rows: Rows, terms: Sequence[str]) -> dict[int, float]:
    """The BM25 score of each memory in which one of the terms stands.

    Rounded, so that the order does not depend on the order in which a store adds.
    """
    found = rows.pairs(BM25, terms=list(terms)) if terms else {}
    return {memory_id: round(score, 9) for memory_id, score in found.items()}


def shortest(rows: Rows, limit: int) -> list[int]:
    """The memories with the fewest words; of those as short as others, the first."""
    return list(rows.run(SHORTEST, limit=limit).scalars())


def has_vectors(rows: Rows, model: str) -> bool:
    """Whether any vector of a model is kept."""
    return rows.run(VECTORS.limit(1), model=model).first() is not None


def vectors(rows: Rows, model: str) -> tuple[list[int], Vectors]:
    """The numbers of the memories that have a vector of a model, and the vectors, one a row.

    Raises `ModelError` if they are not of one length, as when a name stands for two models.
    """
    import numpy as np  # takes a tenth of a second, which only vectors are worth

    found = rows.pairs(VECTORS, model=model)
    if len({len(vector) for vector in found.values()}) > 1:
        raise ModelError(
            f"the model {model!r} gave embeddings of different lengths; they cannot be compared"
        )
    read = np.frombuffer(b"".join(found.values()), dtype="<f2").astype(np.float32)
    return list(found), read.reshape(len(found), -1) if found else read


def not_embedded(rows: Rows, model: str) -> dict[int, str]:
    """The memories that have no vector of a model yet: number -> text."""
    return rows.pairs(NOT_EMBEDDED, model=model)


def keep_vectors(rows: Rows, model: str, texts: Mapping[int, str], unit: Vectors) -> None:
    """Keep the vectors of some memories, unless one was changed or deleted meanwhile.

    Two bytes a number halve what a search reads; a cosine changes by less than 0.001.
    """
    still = rows.pairs(NOT_EMBEDDED_OF, model=model, numbers=list(texts))
    rows.run_many(
        NEW_VECTOR,
        [
            {"memory_id": number, "model": model, "vector": vector.astype("<f2").tobytes()}
            for (number, text), vector in zip(texts.items(), unit, strict=True)
            if still.get(number) == text
        ],
    )
