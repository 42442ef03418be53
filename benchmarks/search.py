"""How good and how fast the searches are: `python benchmarks/search.py`.

Good: every method but the model's choice on the labelled questions of `tests/data/search.jsonl`.
Fast: 10,000 short memories of one user, with the longest time that the event loop had to wait.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from test_search import METHODS_BY_QUERY, quality  # noqa: E402

from memkit import OfflineChat  # noqa: E402
from memkit.records import UserMemory  # noqa: E402
from memkit.retrieval.search import search  # noqa: E402

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DATA = ROOT / "tests" / "data" / "search.jsonl"


def many(number: int) -> list[UserMemory]:
    """Short memories, all different, out of the words of the labelled ones."""
    lines = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    texts = [text for line in lines for text in line.get("memories", ())]
    pairs = (f"{texts[i % len(texts)]} Number {i}." for i in range(number))
    return [UserMemory(i, text, [], NOW, NOW) for i, text in enumerate(pairs, start=1)]


async def longest_wait(work: Callable[[], Awaitable[Any]]) -> tuple[float, float]:
    """Seconds that `work` took, and the longest that the event loop was kept from other work."""
    waits = []

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            waits.append(time.perf_counter() - before - 0.001)

    watcher = asyncio.create_task(watch())
    await asyncio.sleep(0.01)
    began = time.perf_counter()
    await work()
    took = time.perf_counter() - began
    watcher.cancel()
    return took, max(waits)


async def main() -> None:
    model = OfflineChat()
    print(f"{'method':10} {'users':10} hit@1  hit@3  precision  recall  silent when it should be")
    for method in METHODS_BY_QUERY:
        for users in ("ana ben", "chen dora", "emma", "li", "all"):
            found = await quality(method, model, users)
            print(f"{method:10} {users:10} {found}")
    memories = many(10_000)
    print("\n10,000 memories: seconds, and the longest that the event loop waited in ms")
    for method in ("last_n", *METHODS_BY_QUERY):
        took, wait = await longest_wait(
            lambda method=method: search(memories, "my dog and my job", 5, method, model)
        )
        print(f"{method:10} {took:6.2f} s {wait * 1000:6.0f} ms")


if __name__ == "__main__":
    asyncio.run(main())
