"""What a user with ten thousand memories costs beside one with ten: `python benchmarks/growth.py`.

A turn with keyword recall and extraction, in milliseconds, and its largest request; listing
memories, the last ten, a search by words, a search by meaning when the vectors are there. All in
one run, the turns of the three users one after the other, so that the ratios can be compared. With
`--changes`, 200 labelled messages (`tests/data/changes.jsonl`) are decided twice among ten thousand
memories: with the shortlist that a model is shown, and with everything.

Seen on a busy machine with 2 cores, 26 November 2026: a turn among 10,000 takes 1.25 to 1.5
times one among 10. Of the 200 messages, 199 end as they do with everything shown, and none is added
beside what it should have changed. The largest request among 10,000 has 14 KB. A search by words
takes 0.02 and the last ten 0.01 of the time of listing all.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from endpoint import endpoint

from many import fill, labelled, many, others
from memkit import Agent, MemoryManager, OfflineChat, OpenAIChat, SqliteDb
from memkit.offline.changes import decide
from memkit.retrieval.meaning import Asking
from memkit.retrieval.recall import Recall
from memkit.retrieval.shortlist import shortlist
from memkit.store.runs import RunLog

TURNS = 60
SIZES = (10, 1_000, 10_000)


async def middle(work: Callable[[int], Any], times: int = 15) -> float:
    """Milliseconds that the work takes, the median of several times."""
    took = []
    for number in range(times):
        began = time.perf_counter()
        found = work(number)
        if asyncio.iscoroutine(found):
            await found
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took[2:])


async def turns(stores: list[SqliteDb], url: str) -> list[float]:
    """Milliseconds of a turn in each store; they take turns, so that all meet the same machine."""
    model = OpenAIChat(id="bench", base_url=url, api_key="none")
    settings: dict[str, Any] = {
        "update_memory_on_run": True,
        "add_memories_to_context": True,
        "recall": Recall("keyword", limit=5),
        "user_id": "ana",
        "session_id": "s",
    }
    agents = [Agent(model, db, **settings) for db in stores]
    took: list[list[float]] = [[] for _ in agents]
    for message in others(20_000)[-TURNS:]:
        for agent, times in zip(agents, took, strict=True):
            began = time.perf_counter()
            await agent.arun(message)
            times.append(1000 * (time.perf_counter() - began))
    await model.aclose()
    return [statistics.median(times[5:]) for times in took]


def largest_request(db: SqliteDb) -> int:
    """In bytes."""
    sizes = db.query("SELECT max(strlen(request::VARCHAR)) AS n FROM model_calls", user_id="ana")
    return int(sizes.n[0])


async def looking(db: SqliteDb) -> dict[str, float]:
    """Milliseconds of each way to read the memories of one user."""
    user, manager = db.for_user("ana"), MemoryManager(OfflineChat(), timeout=600)

    def searched(method: str) -> Callable[[int], Any]:
        return lambda number: manager.asearch_user_memories(
            user, f"Who cooked the goulash in {number}?", 10, method
        )

    await searched("semantic")(0)  # makes the vectors
    return {
        "list": await middle(lambda _: user.memories()),
        "last ten": await middle(searched("last_n")),
        "keyword": await middle(searched("keyword")),
        "semantic": await middle(searched("semantic")),
    }


async def changes(db: SqliteDb) -> None:
    """How many messages end as they do with everything shown."""
    user, model = db.for_user("ana"), OfflineChat()
    everything = {memory.memory_id: memory.memory for memory in user.memories()}
    same = added = 0
    for each in labelled():
        lines = (await shortlist(Asking(RunLog(user), model), each.message)).lines
        some = decide(each.message, {n: json.loads(line)["memory"] for n, line in lines.items()})
        wanted = decide(each.message, everything)
        same += some == wanted
        new = {use.name for use in some} - {use.name for use in wanted}
        added += "add_memory" in new
    total = len(labelled())
    print(f"as with everything shown: {same} of {total}; added beside what was there: {added}\n")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, endpoint(0.0) as url, ExitStack() as opened:
        stores = [opened.enter_context(SqliteDb(Path(folder) / f"{size}.db")) for size in SIZES]
        for size, db in zip(SIZES, stores, strict=True):
            fill(RunLog(db.for_user("ana")), many(size) if size > 500 else others(size))
        if "--changes" in sys.argv:
            await changes(stores[-1])
        own = await turns(stores, url)
        print(f"{'memories':>8} {'turn ms':>8} {'largest request':>16}   milliseconds")
        for size, db, ms in zip(SIZES, stores, own, strict=True):
            found = await looking(db)
            shown = ", ".join(f"{name} {ms:.1f}" for name, ms in found.items())
            print(f"{size:8,} {ms:8.1f} {largest_request(db):14,} B   {shown}")
    print(f"\na turn at {SIZES[-1]:,} beside {SIZES[0]}: {own[-1] / own[0]:.2f} (at most 1.5)")
    print(f"keyword beside list: {found['keyword'] / found['list']:.2f} (at most 0.25)")
    print(f"last ten beside list: {found['last ten'] / found['list']:.2f} (at most 0.10)")


if __name__ == "__main__":
    asyncio.run(main())
