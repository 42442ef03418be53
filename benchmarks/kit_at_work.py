"""One kit at one piece of work, in a process of its own: `kit_at_work.py KIT WORK FOLDER URL`.

`KIT` is memkit or Agno, each in an environment that has it. The work is the same for both: a turn
in which memories are extracted and go into the prompt, among so many memories (`turn`); so many
users who say two things each (`users`); and reading one user's ten thousand memories (`reads`).
Prints milliseconds as JSON. `compare.py` runs it.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

TURNS, READS, SAID = 20, 9, 2
ANA = "ana@example.com"

Arun = Callable[[str, str], Awaitable[Any]]  # message, user_id


class Memkit:
    """memkit, with the five best memories by words in the prompt."""

    def __init__(self, folder: Path, url: str) -> None:
        from memkit import Agent, MemoryManager, OpenAIChat, SqliteDb
        from memkit.retrieval.recall import Recall

        self.db, self.manager = SqliteDb(folder / "memkit.db"), MemoryManager()
        self.user = self.db.for_user(ANA)
        self.agent = Agent(
            OpenAIChat("bench", base_url=url, api_key="none"),
            self.db,
            update_memory_on_run=True,
            add_memories_to_context=True,
            recall=Recall("keyword", limit=5),
        )

    def fill(self, texts: Sequence[str]) -> None:
        """Store memories of Ana's."""
        from memkit.records import Change
        from memkit.store.runs import RunLog

        runs = RunLog(self.user)
        for start in range(0, len(texts), 1000):
            runs.change_memories([Change("add", None, t) for t in texts[start : start + 1000]])

    async def arun(self, message: str, user_id: str) -> Any:
        """A turn."""
        run = await self.agent.arun(message, user_id=user_id, session_id="s")
        assert run.error is None, run.error

    def reads(self) -> dict[str, Callable[[], Any]]:
        """Ways to read Ana's memories, and what SQL costs when it is asked for the first time."""

        def search(query: str | None, limit: int, method: str) -> list[Any]:
            search = self.manager.asearch_user_memories(self.user, query, limit, method)
            return asyncio.run(search)

        def first_query() -> Any:
            self.db._transactions.mirrors().drop()
            return self.db.query("SELECT count(*) FROM user_memories", ANA)

        return {
            "list": self.user.memories,
            "last ten": lambda: search(None, 10, "last_n"),
            "keyword": lambda: search("goulash", 10, "keyword"),
            "by id": lambda: self.user.history(5_000),
            "first query": first_query,
        }


class Agno:
    """Agno as in its example of many users and sessions: all memories go into the prompt."""

    def __init__(self, folder: Path, url: str) -> None:
        from agno.agent import Agent
        from agno.db.sqlite import SqliteDb
        from agno.memory import MemoryManager
        from agno.models.openai import OpenAIChat

        self.db = SqliteDb(db_file=str(folder / "agno.db"))
        model = OpenAIChat(id="bench", base_url=url, api_key="none")
        self.manager = MemoryManager(model=model, db=self.db)
        self.agent = Agent(
            model=model,
            db=self.db,
            update_memory_on_run=True,
            add_memories_to_context=True,
            telemetry=False,
        )

    def fill(self, texts: Sequence[str]) -> None:
        """Store memories of Ana's."""
        from agno.db.schemas.memory import UserMemory

        rows = [
            UserMemory(memory=text, memory_id=str(number), user_id=ANA, topics=[])
            for number, text in enumerate(texts, 1)
        ]
        self.db.upsert_memories(rows)

    async def arun(self, message: str, user_id: str) -> Any:
        """A turn."""
        await self.agent.arun(message, user_id=user_id, session_id=f"s {user_id}")

    def reads(self) -> dict[str, Callable[[], Any]]:
        """Ways to read Ana's memories; for words it has SQL's LIKE, and SQL is not offered."""
        search, get = self.manager.search_user_memories, self.db.get_user_memories
        return {
            "list": lambda: self.manager.get_user_memories(user_id=ANA),
            "last ten": lambda: search(limit=10, retrieval_method="last_n", user_id=ANA),
            "keyword": lambda: get(user_id=ANA, search_content="goulash", limit=10),
            "by id": lambda: self.manager.get_user_memory("5000", user_id=ANA),
        }


async def turn(kit: Memkit | Agno, messages: Sequence[str]) -> float:
    """Milliseconds of a turn, the median."""
    took = []
    for message in messages[:TURNS]:
        began = time.perf_counter()
        await kit.arun(message, ANA)
        took.append(time.perf_counter() - began)
    return 1000 * statistics.median(took[3:])


async def users(kit: Memkit | Agno, number: int, messages: Sequence[str]) -> float:
    """Milliseconds until so many users have said two things each."""

    async def one(user_id: str) -> None:
        for message in messages[:SAID]:
            await kit.arun(message, user_id)

    await one("who comes first pays for what is done once")
    began = time.perf_counter()
    await asyncio.gather(*(one(f"user_{n}@example.com") for n in range(number)))
    return 1000 * (time.perf_counter() - began)


def reads(kit: Memkit | Agno) -> dict[str, float]:
    """Milliseconds of each way to read, the median."""
    found = {}
    for name, read in kit.reads().items():
        took = []
        for _ in range(READS):
            began = time.perf_counter()
            assert read() is not None
            took.append(time.perf_counter() - began)
        found[name] = 1000 * statistics.median(took[1:])
    return found


def main(name: str, work: str, place: str, url: str) -> None:
    folder = Path(place)
    texts = json.loads((folder.parent / "memories.json").read_text())
    kind, _, number = work.partition(" ")
    kit = {"memkit": Memkit, "Agno": Agno}[name](folder, url)
    if kind == "turn":
        kit.fill(texts[: int(number)])
        result: Any = asyncio.run(turn(kit, texts[-TURNS:]))
    elif kind == "users":
        result = asyncio.run(users(kit, int(number), texts))
    else:
        kit.fill(texts[:10_000])
        result = reads(kit)
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
