"""The index that searches look things up in: the words and the vectors of each memory."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lives import among_all
from memkit import MemoryManager, OfflineChat
from memkit.records import Change, ModelCall
from memkit.store import index
from memkit.store.runs import RunLog
from memkit.store.tables import memory_users
from memkit.words import stems

ANA, BEN = "ana@example.com", "ben@example.com"
TEXTS = [
    "The user has a dog called Rex.",
    "The user likes manga, and dogs that like manga.",
    "The user works as a nurse.",
    "用户喜欢看动漫",
    "?!",
]


@pytest.fixture
def ana(db):
    user = db.for_user(ANA)
    for text in TEXTS:
        user.add_memory(text, ["pets"] if "dog" in text else [])
    db.for_user(BEN).add_memory("The user has a dog called Bello.", ["pets"])
    return user


def terms(user):
    """The index as it is: (term, memory_id) -> count, length; its size is always right."""
    with user._transactions.reading_of(user.user_id) as rows:
        found = rows.run(index.memory_terms.select().where(index.owned_by_user(index.memory_terms)))
        index_of = {(r.term, r.memory_id): (r["count"], r.length) for r in found.mappings()}
        size = rows.run(memory_users.select().where(index.owned_by_user(memory_users))).first()
    assert (size.memories if size else 0) == len(user.memories())
    words = {number: length for (_, number), (_, length) in index_of.items()}
    assert (size.words if size else 0) == sum(words.values())
    return index_of


def expected(user):
    """The index as it should be, from the memories themselves."""
    counts = {}
    for memory in user.memories():
        words = stems(" ".join([memory.memory, *memory.topics]))
        counts |= {(word, memory.memory_id): (words.count(word), len(words)) for word in words}
    return counts


def read(user, step, *arguments):
    with user._transactions.reading_of(user.user_id) as rows:
        return step(rows, *arguments)


def write(user, step, *arguments):
    with user._transactions.writing_of(user.user_id) as rows:
        return step(rows, *arguments)


# Words


def test_the_index_holds_the_stems_of_every_memory_and_how_often(ana):
    found = terms(ana)
    assert found == expected(ana)
    assert found["manga", 2] == (2, 6)
    assert found["pet", 1] == (1, 4)  # a topic
    assert found["动漫", 4][0] == 1
    assert 5 not in {number for _, number in found}  # no words, but a memory


def test_the_words_follow_the_memory(ana):
    ana.update_memory(1, "The user has a cat.", ["home"])
    assert terms(ana) == expected(ana)
    ana.delete_memory(2)
    assert terms(ana) == expected(ana)
    ana.undo(ana.history())  # everything, so that nothing is left
    assert terms(ana) == {}
    ana.undo([event for event in ana.history() if event.refers_to])
    assert terms(ana) == expected(ana) != {}
    ana.clear_memories()
    assert terms(ana) == {}


def test_a_change_that_was_refused_changes_no_words(ana):
    before = terms(ana)
    RunLog(ana).change_memories(
        [Change("add", None, TEXTS[0]), Change("update", 99, "x"), Change("delete", 99)]
    )
    assert terms(ana) == before


def test_a_proposal_is_indexed_when_it_is_approved(ana):
    [event] = RunLog(ana).change_memories([Change("add", None, "The user sings.")], propose=True)
    assert ("sing", 6) not in terms(ana)
    ana.approve(event.event_id)
    assert terms(ana)["sing", 6] == (1, 1)


def test_very_long_words_are_cut_for_the_index(ana):
    ana.add_memory("x" * 1000)
    assert terms(ana)["x" * 100, 6] == (1, 1)


def test_terms_are_counted_per_user(ana, db):
    counts = read(ana, index.counts, ["dog", "dog", "bello", "unicorn"])
    assert counts == ({"dog": 2, "bello": 0, "unicorn": 0}, 5)
    assert read(db.for_user(BEN), index.counts, ["dog", "bello"]) == ({"dog": 1, "bello": 1}, 1)
    assert read(db.for_user("nobody"), index.counts, ["dog"]) == ({"dog": 0}, 0)


def bm25(query, texts, b=0.3, k1=1.2):
    """The formula in Python: a score for each text (a list of words)."""
    average = sum(map(len, texts)) / len(texts)
    scores = [0.0] * len(texts)
    for word in dict.fromkeys(query):
        n = sum(word in text for text in texts)
        rarity = math.log(1 + (len(texts) - n + 0.5) / (n + 0.5))
        for number, text in enumerate(texts):
            tf = text.count(word)
            scores[number] += rarity * tf / (tf + k1 * (1 - b + b * len(text) / average))
    return scores


def test_the_formula_by_hand():
    # N = 3, average length 2; "dog" stands in 2 texts: ln(1 + 1.5/2.5); "cat" in 1: ln(1 + 2.5/1.5)
    texts = [["dog", "dog", "cat"], ["dog", "bone"], ["fish"]]
    dog, cat = math.log(1.6), math.log(8 / 3)
    first = dog * 2 / (2 + 1.2 * (0.7 + 0.3 * 1.5)) + cat * 1 / (1 + 1.2 * (0.7 + 0.3 * 1.5))
    second = dog * 1 / (1 + 1.2 * 1.0)
    assert bm25(["dog", "cat"], texts) == pytest.approx([first, second, 0.0])


def test_the_formula_is_that_of_an_independent_implementation():
    # bm25s 0.3.16: BM25(k1=1.2, b=0.75, method="lucene")
    texts = [
        ["dog", "rex", "dog", "park"],
        ["cat", "park"],
        ["manga", "games", "manga", "books", "tea"],
        ["tea"],
        ["dog", "tea", "cat", "bird", "fish", "snake", "horse"],
    ]
    wanted = {
        "dog": [0.539187, 0.0, 0.0, 0.0, 0.295977],
        "tea": [0.0, 0.0, 0.216969, 0.350717, 0.182223],
        "cat park": [0.389553, 0.987175, 0.0, 0.0, 0.295977],
        "manga tea dog": [0.539187, 0.0, 1.012727, 0.350717, 0.4782],
    }
    for query, scores in wanted.items():
        assert bm25(query.split(), texts, b=0.75) == pytest.approx(scores, abs=1e-6), query


@pytest.mark.parametrize("query", ["dog", "manga dog nurse", "动漫 manga", "unicorn", "like pet"])
def test_the_statement_gives_the_scores_of_the_formula(ana, query):
    wanted = bm25(stems(query), [stems(f"{m.memory} {' '.join(m.topics)}") for m in ana.memories()])
    found = read(ana, among_all(index.bm25), stems(query))
    assert found == pytest.approx({n: score for n, score in enumerate(wanted, 1) if score})


def test_nothing_asked_finds_nothing(ana):
    assert read(ana, among_all(index.bm25), []) == {}
    assert read(ana, index.counts, []) == ({}, 5)


# Vectors


class Embedder(OfflineChat):
    """The offline model, which remembers which texts it was asked to embed."""

    def __init__(self, name="offline"):
        super().__init__()
        self.embedding_id, self.asked = name, []

    async def embed(self, call: ModelCall):
        self.asked += call.request["input"]
        return await super().embed(call)


async def found_by(user, model, query="my pet", method="semantic"):
    manager = MemoryManager(model)
    found = await manager.asearch_user_memories(user, query, 3, method)
    return [memory.memory_id for memory in found]


@pytest.mark.semantic
async def test_only_what_is_missing_is_embedded(ana):
    model = Embedder()
    first = await found_by(ana, model)
    assert model.asked == ["my pet", *TEXTS]
    model.asked.clear()
    assert await found_by(ana, model) == first
    assert await found_by(ana, model, method="hybrid") == first
    assert model.asked == ["my pet"] * 2
    model.asked.clear()
    ana.update_memory(1, "The user has a cat.")
    ana.delete_memory(3)
    ana.add_memory("The user sings.")
    await found_by(ana, model)
    assert model.asked == ["my pet", "The user has a cat.", "The user sings."]


@pytest.mark.semantic
async def test_another_model_has_other_vectors(ana):
    one, other = Embedder("one"), Embedder("other")
    await found_by(ana, one)
    await found_by(ana, other)
    assert other.asked == one.asked == ["my pet", *TEXTS]
    await found_by(ana, one)
    assert one.asked[-1] == "my pet"


@pytest.mark.semantic
async def test_vectors_are_kept_with_length_one_and_for_their_user_only(ana, db):
    await found_by(ana, Embedder())
    numbers, vectors = read(ana, among_all(index.vectors), "offline", 256)
    assert sorted(numbers) == [1, 2, 3, 4, 5]
    lengths = dict(zip(numbers, np.linalg.norm(vectors, axis=1).tolist(), strict=True))
    assert lengths == pytest.approx({1: 1, 2: 1, 3: 1, 4: 0, 5: 0}, abs=1e-3)
    assert read(db.for_user(BEN), among_all(index.vectors), "offline", 256)[0] == []


def test_a_memory_that_changed_while_it_was_embedded_gets_no_old_vector(ana):
    old = read(ana, index.not_embedded, "m")
    ana.update_memory(1, "The user has a cat.")
    ana.delete_memory(2)
    write(ana, index.keep_vectors, "m", old, np.ones((5, 4), dtype=np.float32))
    assert sorted(read(ana, among_all(index.vectors), "m", 4)[0]) == [3, 4, 5]
    assert read(ana, index.not_embedded, "m") == {1: "The user has a cat."}
    write(ana, index.keep_vectors, "m", old, np.ones((5, 4), dtype=np.float32))  # a second time
    assert sorted(read(ana, among_all(index.vectors), "m", 4)[0]) == [3, 4, 5]


# Erasing


@pytest.mark.semantic
async def test_forget_erases_words_and_vectors_of_one_user(ana, db):
    for user in (ana, db.for_user(BEN)):
        await found_by(user, Embedder())
    bens = terms(db.for_user(BEN))
    receipt = ana.forget()
    assert receipt["memory_terms"] > len(TEXTS)
    assert receipt["memory_vectors"] == len(TEXTS)
    assert terms(ana) == {}
    assert terms(db.for_user(BEN)) == bens
    assert read(db.for_user(BEN), among_all(index.vectors), "offline", 256)[0] == [1]


# In SQL


@pytest.mark.semantic
async def test_sql_sees_the_index_of_one_user_and_the_vectors_as_lists(ana, db):
    await found_by(ana, Embedder())
    words = db.query("FROM memory_terms", user_id=ANA)
    found = zip(words.term, words.memory_id, words["count"], words.length, strict=True)
    assert {(term, number): (count, n) for term, number, count, n in found} == expected(ana)
    frame = db.query("SELECT memory_id, model, len(vector) AS n FROM memory_vectors", user_id=ANA)
    assert list(frame.n) == [256] * len(TEXTS)
    assert db.query("SELECT typeof(vector) AS t FROM memory_vectors").t.unique() == ["FLOAT[]"]
    assert "bello" not in set(words.term)
    ana.add_memory("The user sings.")
    assert "sing" in set(db.query("FROM memory_terms", user_id=ANA).term)
