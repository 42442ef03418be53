"""What a question asks for, and how scores by words and by meaning become one ranking."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate

from memkit.store.index import Vectors
from memkit.words import content_words, stem, stems

Scores = dict[int, float]  # memory_id -> score, only of memories that match

COMMON = 1 / 5  # words that stand in more of the memories than this say nothing about one of them
A_FEW, MANY = 10, 1000  # in so many memories no word is common; in more than so many every word is
HITS = 500  # memories that are looked up by words, the rarest words first


class Question:
    """The words of a query that tell memories apart: `terms`, their stems.

    In a conversation of two people their names stand in every second memory: looked up, they find
    half of all memories, and they pull the meaning of any question towards whatever names the same
    person. If all words are common, the rarest of them is kept.
    """

    def __init__(self, query: str, counts: Mapping[str, int], total: int) -> None:
        """`counts` says in how many of the `total` memories each stem of the query stands."""
        most = max(A_FEW, min(COMMON * total, MANY))
        rare = [term for term, n in counts.items() if n <= most]
        self.terms = rare or sorted(counts, key=counts.__getitem__)[:1]
        self._query, self._counts = query, counts

    def rarest(self) -> list[str]:
        """The rarest of the terms, as many as together stand in HITS memories; at least one."""
        terms = sorted(self.terms, key=self._counts.__getitem__)
        sums = accumulate(self._counts[term] for term in terms)
        return [
            term
            for n, (term, found) in enumerate(zip(terms, sums, strict=True))
            if not n or found <= HITS
        ]

    def meaning(self) -> str:
        """The query without its common words."""

        def unless_common(word: re.Match[str]) -> str:
            asked = stems(word[0])
            return word[0] if not asked or set(asked) & set(self.terms) else ""

        return re.sub(r"\w+", unless_common, self._query)

    def shared(self, text: str) -> list[str]:
        """The words of the query that a text has, whatever their endings, as the query has them."""
        found = set(stems(text)).intersection(self.terms)
        return [word for word in dict.fromkeys(content_words(self._query)) if stem(word) in found]


def rare_words_shared(query: str, texts: Mapping[int, str]) -> tuple[Question, Scores]:
    """What a query asks of texts that no index holds, and how rare the words are that each shares.

    The sum of the rarities of `memkit.store.index.BM25`; repeats and lengths do not count here.
    """
    words = {number: set(stems(text)) for number, text in texts.items()}
    counts = {term: sum(term in found for found in words.values()) for term in stems(query)}
    question, total = Question(query, counts, len(texts)), len(texts)
    rarity = {n: math.log(1 + (total - n + 0.5) / (n + 0.5)) for n in counts.values()}
    scores = {
        number: sum(rarity[counts[term]] for term in question.terms if term in found)
        for number, found in words.items()
    }
    return question, {number: score for number, score in scores.items() if score}


def unit(vectors: Vectors) -> Vectors:
    """Vectors of length 1 in the same directions; zeros stay zeros."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return directions


def cosines(
    query: Vectors,
    memory_ids: Sequence[int],
    vectors: Vectors,
    threshold: float,
    always: Collection[int] = (),
) -> Scores:
    """The cosines of the query's vector with those of memories, all of them of length 1.

    1 is the same direction, 0 nothing in common. Only those that reach the threshold, and those
    `always` wanted. Rounded, so that the order does not depend on how a processor adds.
    """
    import numpy as np

    # Not `vectors @ query`: its threads wait for each other, on a busy machine for 16 ms.
    products = np.einsum("ij,j->i", vectors, query).astype(float)
    numbers, found = np.array(memory_ids), np.round(products, 6)
    kept = (found >= threshold) | np.isin(numbers, list(always))
    return dict(zip(numbers[kept].tolist(), found[kept].tolist(), strict=True))


def together(shared: Scores, similar: Scores) -> Scores:
    """Both kinds of score in one: the share of the best keyword score, plus the cosine.

    Ranks alone, as in reciprocal rank fusion, forget by how much the first is better than the
    second; with them `hybrid` found less than `keyword` alone (`benchmarks/recall.py`). The same
    sum with other weights: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
    Retrieval", 2023.
    """
    best = max(shared.values(), default=1.0)
    return {
        memory_id: shared.get(memory_id, 0.0) / best + max(similar.get(memory_id, 0.0), 0.0)
        for memory_id in shared.keys() | similar.keys()
    }


def best_first(scores: Scores) -> list[int]:
    """The ids by falling score; the lower id first where scores are equal."""
    return sorted(scores, key=lambda memory_id: (-scores[memory_id], memory_id))
