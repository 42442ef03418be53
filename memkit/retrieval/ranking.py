"""Ranking texts for a query: by the words in common, by meaning, by both."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from memkit.words import Stems, content_words

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

Scores = dict[int, float]  # memory_id -> score, only of memories that match


def keyword_scores(query: str, texts: Mapping[int, str]) -> Scores:
    """The BM25 score of each text that shares a word with the query."""
    stems = Stems()
    scores = bm25(stems(query), (stems(text) for text in texts.values()))
    return {key: score for key, score in zip(texts, scores, strict=True) if score > 0}


def bm25(
    query: Iterable[str], texts: Iterable[Sequence[str]], k1: float = 1.2, b: float = 0.75
) -> list[float]:
    """How well each text (its words) matches the words of a query; 0 for no word in common.

    The sum over the words w of the query that stand in the text, each counted once:

        rarity(w) * tf / (tf + k1 * (1 - b + b * length / average length))
        rarity(w) = ln(1 + (N - n + 0.5) / (n + 0.5))

    tf: how often w stands in this text; n: in how many of the N texts it stands. So a rare word
    counts more, a repeated word counts more but ever less so, and a word in a long text counts
    less. Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
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


def shared_words(query: str, text: str) -> str:
    """`shares "manga", "games"`: the words of the text that the query has too."""
    stems = Stems()
    asked = set(stems(query))
    shared = [each for each in dict.fromkeys(content_words(text)) if stems.of(each) in asked]
    return "shares " + ", ".join(f'"{each}"' for each in shared)


def cosines(memory_ids: Iterable[int], vectors: Vectors, threshold: float) -> Scores:
    """The cosine of the first vector, the query's, with each other, where it is high enough.

    1 is the same direction, 0 nothing in common. Rounded to six places, so that the order does not
    depend on how a processor adds.
    """
    import numpy as np  # takes a tenth of a second, which only vectors are worth

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    cosines = np.round((unit[1:] @ unit[0]).astype(float), 6).tolist()
    return {key: each for key, each in zip(memory_ids, cosines, strict=True) if each >= threshold}


def fuse(*rankings: Sequence[int], k: int = 60) -> Scores:
    """Reciprocal rank fusion: each ranking gives a memory 1 / (k + position), counted from 1.

    It needs no common scale of scores: who is high in one list and present in the other wins.
    Source: Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and
    individual Rank Learning Methods", SIGIR 2009, where k = 60 comes from too.
    """
    scores: Scores = {}
    for ranking in rankings:
        for position, memory_id in enumerate(ranking, start=1):
            scores[memory_id] = scores.get(memory_id, 0.0) + 1 / (k + position)
    return scores


def best_first(scores: Scores) -> list[int]:
    """The ids by falling score; the lower id first where scores are equal."""
    return sorted(scores, key=lambda memory_id: (-scores[memory_id], memory_id))
