"""A hundred users at once: memkit beside the bare `openai` client that makes the same requests.

    python benchmarks/at_once.py [--users 100] [--turns 3] [--rounds 5] [--postgres URL]

Both run in one process, in turns, against one endpoint that takes 50 ms an answer. What counts is
the ratio of the wall times in one round; the table gives the median and the range of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from endpoint import endpoint
from openai import AsyncOpenAI

from memkit import Agent, OpenAIChat, PostgresDb, SqliteDb
from memkit.db import Db


async def with_memkit(base_url: str, db: Db, users: int, turns: int, tag: str) -> float:
    """Seconds for all users to say all their turns; every run and memory must be there after it."""
    model = OpenAIChat("bench", base_url=base_url)
    agent = Agent(model, db, update_memory_on_run=True, add_memories_to_context=True)
    ids = [f"{tag}_user_{number}" for number in range(users)]

    async def one(user_id: str) -> None:
        for turn in range(turns):
            run = await agent.arun(f"I know fact {turn}.", user_id=user_id, session_id="session")
            assert run.error is None, run.error

    began = time.perf_counter()
    await asyncio.gather(*map(one, ids))
    took = time.perf_counter() - began
    await model.aclose()
    for user_id in ids:
        assert len(agent.get_user_memories(user_id)) == turns
        assert len(agent.get_messages(user_id, "session")) == 2 * turns
    return took


async def bare(base_url: str, db: Db, users: int, turns: int, tag: str) -> float:
    """Seconds for the `openai` client to make the requests that memkit has just stored."""
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

    began = time.perf_counter()
    await asyncio.gather(*map(one, requests))
    took = time.perf_counter() - began
    await client.close()
    return took


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
            rows.append((ours, theirs, ours / theirs))
        db.close()
    print(f"{given.users} users, {given.turns} turns each, {type(db).__name__}")
    for name, column in zip(
        ("memkit s", "bare s", "ratio"), zip(*rows[1:], strict=True), strict=True
    ):
        print(
            f"{name:9} {statistics.median(column):6.2f}  ({min(column):.2f} to {max(column):.2f})"
        )


if __name__ == "__main__":
    main()
