"""Tables in parts: the same answers, and every statement of a user's life reads one part only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from lives import live
from memkit import PostgresDb
from memkit.store.tables import metadata

PARTS = 4


@pytest.fixture
def db(postgres_url: str) -> Iterator[PostgresDb]:
    with PostgresDb(postgres_url, partitions=PARTS) as store:
        yield store


def test_every_key_every_reference_and_every_index_begins_with_the_user() -> None:
    """What Citus needs to distribute by user; that every statement names the user is tested, too.

    See `test_the_walk_finds_every_part_of_every_statement` in `test_filters.py`.
    """
    for table in metadata.tables.values():
        assert table.primary_key.columns.keys()[0] == "user_id"
        for reference in table.foreign_key_constraints:
            assert reference.column_keys[0] == "user_id"
            assert reference.elements[0].column.name == "user_id"
        for index in table.indexes:
            assert index.columns.keys()[0] == "user_id"


def test_every_table_is_in_parts_and_users_are_spread_over_them(db: PostgresDb) -> None:
    for number in range(40):
        db.for_user(f"user_{number}").add_memory("The user likes tea.")
    with db._transactions.reading() as connection:
        kinds = connection.exec_driver_sql(
            "SELECT relname, relkind::text FROM pg_class WHERE relnamespace = "
            "current_schema()::regnamespace AND relkind IN ('r', 'p')"
        ).all()
        spread = connection.exec_driver_sql(
            "SELECT count(DISTINCT tableoid) FROM user_memories"
        ).scalar_one()
    assert {name for name, kind in kinds if kind == "p"} == set(metadata.tables)
    assert len([name for name, kind in kinds if kind == "r"]) == PARTS * len(metadata.tables)
    assert spread == PARTS
    assert len(db.users()) == 40


def test_it_opens_again_and_another_user_sees_nothing(db: PostgresDb, postgres_url: str) -> None:
    live(db.for_user("ana"), "tea")
    live(db.for_user("bo"), "figs")
    with PostgresDb(postgres_url) as again:
        assert again.for_user("ana").export() == db.for_user("ana").export()
        with again._transactions.reading("bo") as connection:
            seen = connection.exec_driver_sql("SELECT DISTINCT user_id FROM messages").scalars()
            assert seen.all() == ["bo"]
        db.for_user("ana").forget()
        assert again.users() == ["bo"]


def test_each_statement_about_a_user_reads_one_part_of_each_table(db: PostgresDb) -> None:
    statements = asked_by(db, lambda: live(db.for_user("ana"), "tea"))
    statements |= asked_by(db, lambda: db.for_user("ana").export())
    statements |= asked_by(db, lambda: db.for_user("ana").forget())
    assert len(statements) > 20
    live(db.for_user("ana"), "tea")
    wide = {}
    for sql, values in statements.items():
        with db._transactions.reading("ana") as connection:
            found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}", values).scalar_one()
        read = set(re.findall(r'"Relation Name": "(\w+)_\d+"', json.dumps(found)))
        parts = set(re.findall(r'"Relation Name": "(\w+_\d+)"', json.dumps(found)))
        if len(parts) > len(read):
            wide[sql] = parts
    assert wide == {}


def asked_by(db: PostgresDb, life: Any) -> dict[str, Any]:
    """The statements about a user's rows that a life runs, each with values it was run with."""
    seen: dict[str, Any] = {}

    def note(_: Any, __: Any, sql: str, values: Any, ___: Any, many: bool) -> None:
        if re.match(r"SELECT|UPDATE|DELETE|INSERT", sql) and any(t in sql for t in metadata.tables):
            seen[sql] = values[0] if many else values

    engines = [db._transactions._engine, db._transactions._writer]  # one reads, one writes
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        life()
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)
    return seen
