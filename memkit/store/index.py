"""What a search looks up instead of reading every memory: its words and its vectors.

`memory_terms` is an inverted index, as at the end of a book: for each word (its stem) the memories
it stands in, how often, and how many words the memory has. `memory_vectors` keeps the embeddings,
for each model those that were needed so far. Both follow the memory: they are written, changed and
deleted in the transaction that does it to the memory.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from memkit.errors import ModelError
from memkit.records import UserMemory
from memkit.store import queries
from memkit.store.queries import NUMBER, Rows, in_list, in_scope, insert_own, owned_by_user
from memkit.store.tables import DERIVED, memory_terms, memory_users, memory_vectors, user_memories
from memkit.words import stems

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]
else:
    Vectors = Any  # to load numpy takes a tenth of a second, which only vectors are worth

ALL = 2**30
EVER = datetime.min.replace(tzinfo=UTC)
OTHER_LENGTHS = "the model {!r} gave embeddings of different lengths; they cannot be compared"
BRIEF = 6  # words of a memory that says one thing, with its topics
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
_LIMIT = sa.bindparam("limit", type_=sa.Integer)


def _of_user(total: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    """One number from the user's row."""
    return sa.select(total).where(owned_by_user(memory_users)).scalar_subquery()


_N = _of_user(sa.cast(memory_users.c.memories, _REAL))
_PER_WORD = _of_user(K1 * B * memory_users.c.memories / memory_users.c.words)
_HITS = (owned_by_user(memory_terms), in_list(memory_terms.c.term, "terms"))
_n = sa.func.count()
_RARITIES = (
    sa.select(memory_terms.c.term, sa.func.ln(1 + (_N - _n + 0.5) / (_n + 0.5)).label("rarity"))
    .where(*_HITS)
    .group_by(memory_terms.c.term)
    .cte("rarities")
)
_TF = sa.cast(memory_terms.c["count"], _REAL)
_K = K1 * (1 - B) + memory_terms.c.length * _PER_WORD  # the average is words / memories
_SCORE = sa.func.sum(_RARITIES.c.rarity * _TF / (_TF + _K))
BM25 = (
    sa.select(
        # "+ 0", or SQLite would read the user's whole index, which is kept by memory, too.
        (memory_terms.c.memory_id + sa.literal_column("0")).label("number"),
        # Rounded, so that the order does not depend on the order in which a store adds.
        (sa.func.round(_SCORE * 1e9) / 1e9).label("score"),
    )
    .join_from(_RARITIES, memory_terms, _RARITIES.c.term == memory_terms.c.term)
    .where(*_HITS, in_scope(memory_terms))
    .group_by("number")
    .order_by(sa.desc("score"), "number")
    .limit(_LIMIT)
)
COUNTS = sa.select(memory_terms.c.term, _n).where(*_HITS).group_by(memory_terms.c.term)
# Of the memories of few words, those with the fewest for each of some terms.
_BRIEF = (
    sa.select(
        memory_terms.c.memory_id,
        sa.func.row_number()
        .over(
            partition_by=memory_terms.c.term,
            order_by=[memory_terms.c.length, memory_terms.c.memory_id],
        )
        .label("place"),
    )
    .where(*_HITS, memory_terms.c.length <= BRIEF, in_scope(memory_terms))
    .subquery("brief")
)
BRIEFEST = (
    sa.select(_BRIEF.c.memory_id)
    .where(_BRIEF.c.place <= _LIMIT)
    .order_by(_BRIEF.c.place, _BRIEF.c.memory_id)
)
RESIZE = queries.CHANGE_USER.values(
    memories=memory_users.c.memories + sa.bindparam("more_memories", type_=sa.Integer),
    words=memory_users.c.words + sa.bindparam("more_words", type_=sa.Integer),
)
LENGTH = sa.select(sa.func.coalesce(sa.func.max(memory_terms.c.length), 0)).where(
    owned_by_user(memory_terms), memory_terms.c.memory_id == NUMBER
)
NEW_TERM, NEW_VECTOR = insert_own(memory_terms), insert_own(memory_vectors)
MODEL = sa.bindparam("model", type_=sa.Text)
_VECTORS = sa.select(memory_vectors.c.memory_id, memory_vectors.c.vector).where(
    owned_by_user(memory_vectors), memory_vectors.c.model == MODEL
)
HAS_VECTORS = _VECTORS.limit(1)
VECTORS_IN_SCOPE = _VECTORS.where(in_scope(memory_vectors))
NOT_EMBEDDED = (
    sa.select(user_memories.c.memory_id, user_memories.c.memory)
    .where(owned_by_user(user_memories))
    .where(user_memories.c.memory_id.not_in(_VECTORS.with_only_columns(memory_vectors.c.memory_id)))
    .order_by(user_memories.c.memory_id)
)
NOT_EMBEDDED_OF = NOT_EMBEDDED.where(in_list(user_memories.c.memory_id, "numbers"))


def add(rows: Rows, memory_id: int, memory: str, topics: Iterable[str]) -> None:
    """Write the words of a new memory into the index; vectors follow when they are needed."""
    counts = Counter(stems(searched_text(memory, topics)))
    same = {"memory_id": memory_id, "length": counts.total()}
    rows.run_many(NEW_TERM, [{**same, "term": t, "count": n} for t, n in counts.items()])
    rows.run(RESIZE, more_memories=1, more_words=counts.total())


def add_all(rows: Rows) -> None:
    """Write the words of all memories into an index that is still empty."""
    for memory in rows.all(UserMemory, queries.ALL_MEMORIES):
        add(rows, memory.memory_id, memory.memory, memory.topics)


def remove(rows: Rows, memory_id: int) -> None:
    """Take a memory out of the index, before it is changed or deleted."""
    uncount(rows, memory_id)
    for table in DERIVED:
        rows.run(queries.ERASE_MEMORY[table.name], number=memory_id)


def uncount(rows: Rows, memory_id: int) -> None:
    """Make the index smaller by a memory that leaves it."""
    length = rows.number(LENGTH, number=memory_id)
    rows.run(RESIZE, more_memories=-1, more_words=-length)


@dataclass(frozen=True)
class Scope:
    """The memories that a search chooses among; the statements of a search take the values."""

    total: int  # without the expired ones
    expired: list[int]
    values: dict[str, Any]


def scope(
    rows: Rows,
    now: Callable[[], datetime],
    topics: Collection[str] | None = None,
    since: datetime | None = None,
) -> Scope:
    """Those that hold now, have one of the topics and were changed since a time."""
    time, over = EVER, []
    if rows.run(queries.FIRST_END).scalar():  # only then has the clock to be read
        time = now()
        over = list(rows.run(queries.EXPIRED, now=time).scalars())
    total = rows.number(queries.HOW_MANY_MEMORIES) - len(over)
    about = [topic.lower() for topic in topics or ()]
    some = {"now": time, "since": since or EVER, "any_topic": not about, "topics": about}
    return Scope(total, over, {"all": not (over or about or since), **some})


def searched_text(memory: str, topics: Iterable[str]) -> str:
    """What a search for words reads of a memory: its sentence and its topics."""
    return " ".join([memory, *topics])


def counts(rows: Rows, terms: Iterable[str]) -> tuple[dict[str, int], int]:
    """In how many memories each term stands, and how many memories there are."""
    asked = list(dict.fromkeys(terms))
    found = rows.pairs(COUNTS, terms=asked)
    return {term: found.get(term, 0) for term in asked}, rows.number(queries.HOW_MANY_MEMORIES)


def bm25(rows: Rows, terms: Sequence[str], scope: Scope, limit: int = ALL) -> dict[int, float]:
    """The BM25 scores of the memories in which one of the terms stands, the best first."""
    if not terms:
        return {}
    return rows.pairs(BM25, terms=list(terms), limit=limit, **scope.values)


def briefest(rows: Rows, terms: Sequence[str], limit: int, scope: Scope) -> list[int]:
    """For each term the memories of the fewest words in which it stands."""
    values = {"terms": list(terms), "limit": limit, **scope.values}
    return list(rows.run(BRIEFEST, **values).scalars())


def has_vectors(rows: Rows, model: str) -> bool:
    """Whether any vector of a model is kept."""
    return rows.run(HAS_VECTORS, model=model).first() is not None


def vectors(rows: Rows, model: str, size: int, scope: Scope) -> tuple[list[int], Vectors]:
    """The numbers of the memories that have a vector of a model, and the vectors, one a row.

    Raises `ModelError` if any is not of this size, as when a name stands for two models.
    """
    import numpy as np

    # The driver's own rows: SQLAlchemy's take longer, and nothing here needs their names.
    cursor: Any = rows.run(VECTORS_IN_SCOPE, model=model, **scope.values).cursor
    found = cursor.fetchall()
    if any(len(vector) != 2 * size for _, vector in found):
        raise ModelError(OTHER_LENGTHS.format(model))
    kept = np.frombuffer(b"".join(vector for _, vector in found), dtype="<f2")
    return [number for number, _ in found], kept.astype(np.float32).reshape(-1, size)


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
