"""How much of the evidence a search finds: `python benchmarks/recall.py [METHOD ...]`.

Three written conversations of two people (`tests/data/conversations.jsonl`), each turn a memory,
and questions whose answers stand in marked turns; and the facts of the written class
(`data/term*`), all of them memories of one user. The first conversation was looked at while the
searches were made ("dev"), the others were not ("test"). Two more were written when the searches
were finished (`more_conversations.jsonl`, "later"): friends who call each other by name in nearly
every message, and a user with an assistant. For each method: the share of the evidence among the
best 5 and 10, the mean of 1 / rank of the first evidence (MRR), and the time of a question.

Beside them `bm25s`, BM25 as others make it, with Lucene's settings; it is no dependency of memkit:
`python -m uv run --no-sync --with bm25s benchmarks/recall.py`.

Seen on 26 November 2026, recall among ten in percent, without names: keyword 53, 55, 61 in the
three conversations and 25, 33 in the two later ones, semantic 55, 52, 61 and 40, 38, hybrid 60, 60,
66 and 44, 43, bm25s 49, 48, 53 and 29, 43; for the class 32, 39, 39 and 24. In none of the eleven
is hybrid worse than its better half, at 5 or at 10, nor would it be at 10 if words counted half as
much or twice as much (tried without names).
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from memkit import MemoryManager, OfflineChat, SqliteDb
from memkit.lab.score import labels

CONVERSATIONS = ("conversations.jsonl", "more_conversations.jsonl")
METHODS = ("keyword", "semantic", "hybrid")
WHEN = {"nadia-tom": "dev", "hanna-miguel": "later", "user-assistant": "later"}  # others: test

Search = Callable[[str], Awaitable[list[int]]]  # a question -> the numbers of memories, best first


@dataclass
class Labelled:
    """Memories, numbered from 1, and questions with the numbers of those that answer them."""

    memories: list[str] = field(default_factory=list)
    questions: list[tuple[str, set[int]]] = field(default_factory=list)


def conversations(with_speaker: bool) -> dict[str, Labelled]:
    """Each conversation; a memory begins with the name of the speaker, or does not."""
    found: dict[str, Labelled] = {}
    texts = ((ROOT / "tests" / "data" / name).read_text(encoding="utf-8") for name in CONVERSATIONS)
    for line in "".join(texts).splitlines():
        row = json.loads(line)
        here = found.setdefault(row["conversation"], Labelled())
        if "said" in row:
            speaker = f"{row['speaker']}: " if with_speaker else ""
            here.memories.append(speaker + row["said"])
        else:
            here.questions.append((row["question"], set(row["evidence"])))
    return found


def class_facts() -> Labelled:
    """All facts of the written class as memories of one user, and the questions about them."""
    pooled, frame = Labelled(), labels("term")
    facts = frame[~frame.kind.isin(["question", "remark", "injection"])]
    numbers = {(f.user_id, f.label): i for i, f in enumerate(facts.itertuples(), start=1)}
    pooled.memories = list(facts.text)
    for asked in frame[frame.kind == "question"].dropna(subset="answers").itertuples():
        evidence = {numbers[asked.user_id, label] for label in asked.answers.split()}
        pooled.questions.append((asked.text, evidence))
    return pooled


async def measured(search: Search, asked: Labelled) -> tuple[float, float, float, float]:
    """Recall at 5 and at 10 in percent, MRR, and milliseconds a question."""
    at_5 = at_10 = ranks = 0.0
    await search(asked.questions[0][0])  # what is only done once is not the price of a question
    began = time.perf_counter()
    for question, evidence in asked.questions:
        found = await search(question)
        at_5 += len(evidence & set(found[:5])) / len(evidence)
        at_10 += len(evidence & set(found[:10])) / len(evidence)
        ranks += max((1 / rank for rank, n in enumerate(found, 1) if n in evidence), default=0)
    took, n = time.perf_counter() - began, len(asked.questions)
    return 100 * at_5 / n, 100 * at_10 / n, ranks / n, 1000 * took / n


def by_memkit(folder: str, method: str, memories: list[str]) -> Search:
    """The search of a memory manager among these memories of one user."""
    user = SqliteDb(Path(tempfile.mkdtemp(dir=folder)) / "recall.db").for_user("recall")
    numbers = {}
    for number, text in enumerate(memories, start=1):
        if text not in numbers:  # a store keeps each sentence once
            numbers[text] = number
            user.add_memory(text)
    manager = MemoryManager(OfflineChat(), timeout=600)

    async def search(question: str) -> list[int]:
        found = await manager.asearch_user_memories(user, question, 10, method)
        return [numbers[each.memory] for each in found]

    return search


def by_bm25s(memories: list[str]) -> Search | None:
    """The same with `bm25s`, if it is installed."""
    try:
        import bm25s
    except ImportError:
        return None
    index = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    index.index(bm25s.tokenize(memories, stopwords="en", show_progress=False), show_progress=False)

    async def search(question: str) -> list[int]:
        tokens = bm25s.tokenize([question], stopwords="en", show_progress=False)
        found, scores = index.retrieve(tokens, k=min(10, len(memories)), show_progress=False)
        return [int(n) + 1 for n, score in zip(found[0], scores[0], strict=True) if score > 0]

    return search


async def main(methods: list[str]) -> None:
    print(f"{'':34} {'method':9} {'recall@5':>9} {'recall@10':>9} {'MRR':>6} {'ms':>7}")
    named = {
        f"{name}{', with names' if with_speaker else ''} ({WHEN.get(name, 'test')})": each
        for with_speaker in (False, True)
        for name, each in conversations(with_speaker).items()
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, asked in {**named, "facts of a class (test)": class_facts()}.items():
            searches = {m: by_memkit(folder, m, asked.memories) for m in methods or METHODS}
            searches["bm25s"] = by_bm25s(asked.memories)
            for method, search in searches.items():
                if search is None:
                    print(f"{name:34} {method:9} is not installed")
                    continue
                at_5, at_10, mrr, took = await measured(search, asked)
                print(f"{name:34} {method:9} {at_5:8.1f}% {at_10:8.1f}% {mrr:6.3f} {took:7.1f}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
