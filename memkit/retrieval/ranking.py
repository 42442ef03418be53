"""Ranking texts for a query: by the words in common, by meaning, by both."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from memkit.words import Stems, content_words

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

Scores = dict[int, float]  # memory_id -> score, only of memories that match


COMMON = 1 / 5  # words that stand in more of the memories than this say nothing about one of them
A_FEW = 10  # in so many memories no word is common


def telling(counts: Mapping[str, int], total: int) -> list[str]:
    """The words of a query that tell memories apart; the rarest, if all of them are common.

    `counts` says in how many of the `total` memories each word stands. In a conversation of two
    people their names stand in every second memory: looked up, they find half of all memories, and
    they pull the meaning of any question towards whatever names the same person.
    """
    rare = [word for word, n in counts.items() if n <= max(A_FEW, COMMON * total)]
    return rare or sorted(counts, key=counts.__getitem__)[:1]


class Words:
    """The words of texts, as stems: which of them share a word with a query, and how well."""

    def __init__(self, query: str, texts: Mapping[int, str]) -> None:
        self._stems = Stems()
        self._query, self._texts = query, texts
        self._words = {key: self._stems(text) for key, text in texts.items()}
        asked = dict.fromkeys(self._stems(query), 0)
        for stem in asked:
            asked[stem] = sum(stem in text for text in self._words.values())
        self._telling = telling(asked, len(texts))

    def scores(self) -> Scores:
        """The BM25 score of each text that shares a word with the query."""
        scores = bm25(self._telling, self._words.values())
        return {key: score for key, score in zip(self._words, scores, strict=True) if score > 0}

    def shared(self, key: int) -> str:
        """`shares "manga", "games"`: the words of a text that the query has too."""
        found = dict.fromkeys(content_words(self._texts[key]))
        return "shares " + ", ".join(f'"{w}"' for w in found if self._stems.of(w) in self._telling)

    def meaning(self) -> str:
        """The query without its common words, which would decide what it is similar to."""

        def unless_common(word: re.Match[str]) -> str:
            stems = self._stems(word[0])
            return word[0] if not stems or set(stems) & set(self._telling) else ""

        return re.sub(r"\w+", unless_common, self._query)


def bm25(
    query: Iterable[str], texts: Iterable[Sequence[str]], k1: float = 1.2, b: float = 0.3
) -> list[float]:
    """How well each text (its words) matches the words of a query; 0 for no word in common.

    The sum over the words w of the query that stand in the text, each counted once:

        rarity(w) * tf / (tf + k1 * (1 - b + b * length / average length))
        rarity(w) = ln(1 + (N - n + 0.5) / (n + 0.5))

    tf: how often w stands in this text; n: in how many of the N texts it stands. So a rare word
    counts more, a repeated word counts more but ever less so, and a word in a long text counts
    less, but only little (b = 0.75 is usual): one sentence that is longer than another says more.
    Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
    2009, 3.4; with the 1 + in the logarithm, as in Lucene, no word counts below 0.
    """
    counts: dict[str, list[int]] = {word: [] for word in query}  # word -> its tf in each text
    lengths = []
    for text in texts:
        lengths.append(len(text))
        for word, count in counts.items():
            count.append(text.count(word))
    average = sum(lengths) / max(1, len(lengths))
    scores = [0.0] * len(lengths)
    for count in counts.values():
        n = sum(tf > 0 for tf in count)
        rarity = math.log(1 + (len(lengths) - n + 0.5) / (n + 0.5))
        for i, tf in enumerate(count):
            if tf:
                scores[i] += rarity * tf / (tf + k1 * (1 - b + b * lengths[i] / average))
    return scores


def cosines(memory_ids: Iterable[int], vectors: Vectors) -> Scores:
    """The cosine of the first vector, the query's, with each other.

    1 is the same direction, 0 nothing in common. Rounded to six places, so that the order does not
    depend on how a processor adds.
    """
    import numpy as np  # takes a tenth of a second, which only vectors are worth

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    found = np.round((unit[1:] @ unit[0]).astype(float), 6).tolist()
    return dict(zip(memory_ids, found, strict=True))


def together(shared: Scores, similar: Scores, threshold: float) -> Scores:
    """Both kinds of score in one: the share of the best keyword score, plus the cosine.

    A memory counts if it shares a word, or if its cosine reaches the threshold. Ranks alone, as in
    reciprocal rank fusion, forget by how much the first is better than the second; with them
    `hybrid` found less than `keyword` alone (`benchmarks/recall.py`). The same sum with other
    weights: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2023.
    """
    best = max(shared.values(), default=1.0)
    found = [key for key, cosine in similar.items() if key in shared or cosine >= threshold]
    return {key: shared.get(key, 0.0) / best + max(similar[key], 0.0) for key in found}


def best_first(scores: Scores) -> list[int]:
    """The ids by falling score; the lower id first where scores are equal."""
    return sorted(scores, key=lambda memory_id: (-scores[memory_id], memory_id))
