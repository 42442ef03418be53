"""A hundred users at once: memkit beside the bare `openai` client that makes the same requests.

    python benchmarks/at_once.py [--users 100] [--turns 3] [--rounds 5] [--postgres URL]

Both run in one process, one after the other, against one endpoint that takes 50 ms an answer. What
counts is the ratio within a round; the table gives the median and the range of the rounds. Seconds
of the processor, threads included, are less disturbed by what else the machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Iterable
from pathlib import Path

from endpoint import endpoint
from openai import AsyncOpenAI

from memkit import Agent, OpenAIChat, PostgresDb, SqliteDb
from memkit.db import Db

Seconds = tuple[float, float]  # by the clock, and of the processor


async def with_memkit(base_url: str, db: Db, users: int, turns: int, tag: str) -> Seconds:
    """What it takes all users to say all their turns; every run and memory must be there then."""
    model = OpenAIChat("bench", base_url=base_url)
    agent = Agent(model, db, update_memory_on_run=True, add_memories_to_context=True)
    ids = [f"{tag}_user_{number}" for number in range(users)]

    async def one(user_id: str) -> None:
        for turn in range(turns):
            run = await agent.arun(f"I know fact {turn}.", user_id=user_id, session_id="session")
            assert run.error is None, run.error

    took = await _seconds(map(one, ids))
    await model.aclose()
    for user_id in ids:
        assert len(agent.get_user_memories(user_id)) == turns
        assert len(agent.get_messages(user_id, "session")) == 2 * turns
    return took


async def bare(base_url: str, db: Db, users: int, turns: int, tag: str) -> Seconds:
    """What it takes the `openai` client to make the requests that memkit has just stored."""
    client = AsyncOpenAI(base_url=base_url, api_key="no-key")
    requests = {
        f"{tag}_user_{number}": [
            [call["request"] for call in calls if call["run_id"] == run]
            for run in range(1, turns + 1)
        ]
        for number in range(users)
        if (calls := db.for_user(f"{tag}_user_{number}").export()["model_calls"])
    }

    async def one(user_id: str) -> None:
        for both in requests[user_id]:
            await asyncio.gather(*(client.chat.completions.create(**each) for each in both))

    took = await _seconds(map(one, requests))
    await client.close()
    return took


async def _seconds(work: Iterable[Awaitable[None]]) -> Seconds:
    began = time.perf_counter(), time.process_time()
    await asyncio.gather(*work)
    return time.perf_counter() - began[0], time.process_time() - began[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--postgres", help="a URL; default: SQLite in a temporary folder")
    given = parser.parse_args()
    size = given.users, given.turns
    with endpoint(latency=0.05) as base_url, tempfile.TemporaryDirectory() as folder:
        db = PostgresDb(given.postgres) if given.postgres else SqliteDb(Path(folder) / "m.db")
        rows = []
        for number in range(given.rounds + 1):  # the first warms up and is not counted
            tag = f"round_{time.time_ns()}_{number}"
            ours = asyncio.run(with_memkit(base_url, db, *size, tag))
            theirs = asyncio.run(bare(base_url, db, *size, tag))
            rows.append([*zip(ours, theirs, strict=True)])
        db.close()
    print(f"{given.users} users, {given.turns} turns each, {type(db).__name__}")
    print(f"{'seconds':14} {'memkit':>7} {'bare':>7} {'ratio':>7}  (range of the ratios)")
    for name, column in zip(("wall", "processor"), zip(*rows[1:], strict=True), strict=True):
        ours, theirs = map(statistics.median, zip(*column, strict=True))
        ratios = [one / other for one, other in column]
        print(
            f"{name:14} {ours:7.2f} {theirs:7.2f} {statistics.median(ratios):7.2f}"
            f"  ({min(ratios):.2f} to {max(ratios):.2f})"
        )


if __name__ == "__main__":
    main()
