"""A hundred users at once: memkit beside the bare `openai` client that makes the same requests.

    python benchmarks/at_once.py [--users 100] [--turns 3] [--rounds 5] [--postgres URL]

All run in one process, one after the other, against one endpoint that takes 50 ms an answer. What
counts is the ratio within a round; the table gives the median and the range of the rounds. Seconds
of the processor, threads included, are less disturbed by what else the machine does.

The bare client is measured twice: as `AsyncOpenAI()` makes it, and over aiohttp, which memkit uses.
The first ratio is what a program gains or pays that moves to memkit; the second is what memkit does
by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Iterable, Sequence
from pathlib import Path

from endpoint import endpoint
from openai import AsyncOpenAI, DefaultAioHttpClient

from memkit import Agent, OpenAIChat, PostgresDb, SqliteDb
from memkit.store.db import Db

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


async def bare(
    base_url: str, db: Db, users: int, turns: int, tag: str, aiohttp: bool = False
) -> Seconds:
    """What it takes the `openai` client to make the requests that memkit has just stored."""
    http_client = DefaultAioHttpClient() if aiohttp else None
    client = AsyncOpenAI(base_url=base_url, api_key="no-key", http_client=http_client)
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
    arguments = parser.parse_args()
    size = arguments.users, arguments.turns
    with endpoint(latency=0.05) as base_url, tempfile.TemporaryDirectory() as folder:
        url = arguments.postgres
        db = PostgresDb(url) if url else SqliteDb(Path(folder) / "m.db")
        rounds = []
        for number in range(arguments.rounds + 1):  # the first warms up and is not counted
            tag = f"round_{time.time_ns()}_{number}"
            given = base_url, db, *size, tag
            ours = asyncio.run(with_memkit(*given))
            floors = [asyncio.run(bare(*given, aiohttp=over)) for over in (False, True)]
            rounds.append([ours, *floors])
        db.close()
    print(f"{arguments.users} users, {arguments.turns} turns each, {type(db).__name__}")
    print(f"{'seconds':10} {'memkit':>6} {'bare':>6} {'ratio':^21} {'aiohttp':>7} {'ratio':^21}")
    for number, name in enumerate(("wall", "processor")):
        seconds = [[each[number] for each in taken] for taken in rounds[1:]]
        ours, *floors = map(statistics.median, zip(*seconds, strict=True))
        line = f"{name:10} {ours:6.2f}"
        for column, floor in enumerate(floors, 1):
            ratios = [taken[0] / taken[column] for taken in seconds]
            line += f" {floor:6.2f} {_range(ratios):^21}"
        print(line)


def _range(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


if __name__ == "__main__":
    main()
