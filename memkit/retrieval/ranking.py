"""What a question asks for, and how scores by words and by meaning become one ranking."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from memkit.store.index import K1, B
from memkit.words import content_words, stem, stems

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

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
        """The words of a text that the query asks for, as the text has them."""
        found = dict.fromkeys(content_words(text))
        return [word for word in found if stem(word) in self.terms]


def keyword_scores(query: str, texts: Mapping[int, str]) -> tuple[Question, Scores]:
    """What a query asks of texts that no index holds, and the BM25 score of those that match."""
    words = {number: stems(text) for number, text in texts.items()}
    counts = {term: sum(term in found for found in words.values()) for term in stems(query)}
    question = Question(query, counts, len(texts))
    scores = bm25(question.terms, list(words.values()))
    return question, {n: score for n, score in zip(words, scores, strict=True) if score > 0}


def bm25(
    query: Iterable[str], texts: Sequence[Sequence[str]], k1: float = K1, b: float = B
) -> list[float]:
    """How well each text (its words) matches the words of a query; 0 for no word in common.

    The formula of `memkit.store.index.BM25`, for texts that no index holds.
    """
    lengths = [len(text) for text in texts]
    average = sum(lengths) / max(1, len(lengths))
    scores = [0.0] * len(texts)
    for word in dict.fromkeys(query):
        tfs = [text.count(word) for text in texts]
        n = sum(tf > 0 for tf in tfs)
        rarity = math.log(1 + (len(texts) - n + 0.5) / (n + 0.5))
        for i, tf in enumerate(tfs):
            if tf:
                scores[i] += rarity * tf / (tf + k1 * (1 - b + b * lengths[i] / average))
    return scores


def unit(vectors: Vectors) -> Vectors:
    """Vectors of length 1 in the same directions; zeros stay zeros."""
    import numpy as np  # takes a tenth of a second, which only vectors are worth

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

    numbers, found = np.array(memory_ids), np.round((vectors @ query).astype(float), 6)
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
