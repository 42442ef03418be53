"""Postgres itself keeps every user's rows apart, whatever SQL runs on a user's connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from lives import count_rows, held, live
from memkit import Agent, OfflineChat, PostgresDb, StoreError
from memkit.records import Change
from memkit.store.runs import RunLog
from memkit.store.tables import metadata
from support import own_database

GUARDED = [table.name for table in metadata.sorted_tables]
WHO = sa.text(
    "SELECT pg_backend_pid(), current_user, current_setting('memkit.user_id', true), "
    "current_setting('memkit.everybody', true)"
)


@pytest.fixture(scope="module")
def ordinary_postgres(postgres_server: str) -> Iterator[str]:
    """The URL of a database of its own, owned by a role with no privilege beyond that."""
    with own_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["postgres_place", "ordinary_postgres"])
def db(request: pytest.FixtureRequest) -> Iterator[PostgresDb]:
    """A store in which Ana and Ben each have something in every table.

    It belongs to a superuser, whom no policy binds, or to an ordinary role.
    """
    store = PostgresDb(request.getfixturevalue(request.param))
    for user_id, word in (("ana", "tea"), ("ben", "jam")):
        live(store.for_user(user_id), word)
    yield store
    for user_id in store.users():
        store.for_user(user_id).forget()
    store.close()


def owners(rows: sa.Connection, sql: str) -> list[str]:
    return sorted(set(rows.execute(sa.text(sql)).scalars()))


def row_of(db: PostgresDb, table: str, user_id: str) -> dict[str, Any]:
    here = metadata.tables[table]
    with db._transactions.reading(user_id) as rows:
        return dict(rows.execute(sa.select(here).limit(1)).mappings().one())


def test_whose_store_it_is_decides_on_the_role(db: PostgresDb) -> None:
    with db._transactions._writer.begin() as rows:
        privileged = rows.execute(
            sa.text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        ).scalar_one()
    with db._transactions.reading("ana") as rows:
        who = rows.execute(WHO).one()
    assert (who.current_user == "memkit_user") == privileged


@pytest.mark.parametrize("table", GUARDED)
def test_any_select_sees_only_ones_own_rows(db: PostgresDb, table: str) -> None:
    for scope in (db._transactions.reading, db._transactions.writing):
        for user_id in ("ana", "ben"):
            with scope(user_id) as rows:
                assert owners(rows, f"SELECT user_id FROM {table}") == [user_id]
                others = f"SELECT user_id FROM {table} WHERE user_id <> '{user_id}' OR 1 = 1"
                assert owners(rows, others) == [user_id]
                joined = f"SELECT b.user_id FROM {table} a CROSS JOIN {table} b"
                assert owners(rows, joined) == [user_id]
                exists = f"SELECT count(*) FROM {table} WHERE user_id <> '{user_id}'"
                assert rows.execute(sa.text(exists)).scalar_one() == 0
        with scope("nobody") as rows:
            assert owners(rows, f"SELECT user_id FROM {table}") == []


@pytest.mark.parametrize("table", GUARDED)
def test_any_update_changes_only_ones_own_rows(db: PostgresDb, table: str) -> None:
    started = dict.fromkeys(("model_calls", "tool_calls"), "started_at = 'epoch'")
    index = {"memory_terms": "count = 7", "memory_vectors": "vector = 'x'"}
    changes = {**started, **index, "memory_users": "writes = 7"}
    change = changes.get(table, "created_at = 'epoch'")
    before = held(db.for_user("ben"))
    with db._transactions.writing("ana") as rows:
        changed = f"UPDATE {table} SET {change} RETURNING user_id"
        assert owners(rows, changed) == ["ana"]
        theirs = f"UPDATE {table} SET {change} WHERE user_id = 'ben' RETURNING user_id"
        assert owners(rows, theirs) == []
    assert held(db.for_user("ben")) == before


def test_any_delete_takes_only_ones_own_rows(db: PostgresDb) -> None:
    before = held(db.for_user("ben"))
    with db._transactions.writing("ana") as rows:
        for table in reversed(GUARDED):
            assert owners(rows, f"DELETE FROM {table} RETURNING user_id") == ["ana"]
    assert db.users() == ["ben"]
    assert held(db.for_user("ben")) == before


@pytest.mark.parametrize("table", GUARDED)
def test_no_row_can_be_given_to_somebody_else(db: PostgresDb, table: str) -> None:
    before, here = count_rows(db), metadata.tables[table]
    row = row_of(db, table, "ana")
    number = [each for each in here.primary_key if not each.foreign_keys][-1]
    fresh = {number.name: 1_000 if isinstance(number.type, sa.Integer) else "new"}
    for user_id in ("ben", "somebody new", ""):
        with (
            pytest.raises(StoreError, match="row-level security"),
            db._transactions.writing("ana") as rows,
        ):
            rows.execute(sa.insert(here), {**row, **fresh, "user_id": user_id})
        with (
            pytest.raises(StoreError, match="row-level security"),
            db._transactions.writing("ana") as rows,
        ):
            rows.execute(sa.text(f"UPDATE {table} SET user_id = '{user_id}'"))
    if table in before:
        with db._transactions.writing("ana") as rows:  # one's own may be added
            rows.execute(sa.insert(here), {**row, **fresh})
        before[table] += 1
    assert count_rows(db) == before


def take_role(db: PostgresDb, rows: sa.Connection) -> None:
    role = {"role": db._transactions._role}
    rows.execute(sa.text("SELECT set_config('role', :role, true)"), role)


@pytest.mark.parametrize("table", GUARDED)
def test_without_a_scope_nothing_is_there(db: PostgresDb, table: str) -> None:
    with db._transactions._writer.begin() as rows:
        take_role(db, rows)
        assert owners(rows, f"SELECT user_id FROM {table}") == []
        assert owners(rows, f"DELETE FROM {table} RETURNING user_id") == []
    row = row_of(db, table, "ana")

    def insert() -> None:
        with db._transactions._writer.begin() as rows:
            take_role(db, rows)
            rows.execute(sa.insert(metadata.tables[table]), row)

    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        insert()


IDS = ["'", "ana' OR 'a'='a", "%", "_na", "Ana", "аna", "ana'--", "$1", ":owner", "on", "💡"]


@pytest.mark.parametrize("user_id", IDS)
def test_an_id_is_compared_and_not_read(db: PostgresDb, user_id: str) -> None:
    with db._transactions.writing(user_id) as rows:
        assert rows.execute(WHO).one()[2] == user_id
        for table in GUARDED:
            assert owners(rows, f"SELECT user_id FROM {table}") == []
    db.for_user(user_id).add_memory("The user likes rain.")
    with db._transactions.reading(user_id) as rows:
        assert owners(rows, "SELECT user_id FROM user_memories") == [user_id]


def test_nothing_of_a_scope_is_left_for_the_next_on_the_same_connection(db: PostgresDb) -> None:
    def scope_left() -> tuple[Any, ...]:
        with db._transactions._writer.begin() as rows:
            return tuple(rows.execute(WHO).one())

    pid, login, *left = scope_left()
    empty = {None, ""}
    assert set(left) <= empty

    def fails(scope: Any) -> None:
        with pytest.raises(StoreError), scope as rows:
            rows.execute(sa.text("SELECT 1 / 0"))

    def reads(scope: Any) -> None:
        with scope as rows:
            rows.execute(sa.text("SELECT 1"))

    for use in (reads, fails):
        for scope in (
            db._transactions.reading("ana"),
            db._transactions.reading(),
            db._transactions.writing("ana"),
            db._transactions.writing("ben"),
        ):
            use(scope)
            now, user, *left = scope_left()
            assert (now, user) == (pid, login)  # it is the same connection
            assert set(left) <= empty
            with db._transactions.reading("ben") as rows:
                assert rows.execute(WHO).one()[0] == pid
                assert owners(rows, "SELECT user_id FROM messages") == ["ben"]


def test_a_look_at_everybody_is_one_and_writes_stay_ones_own(db: PostgresDb) -> None:
    with db._transactions.reading() as rows:
        assert owners(rows, "SELECT user_id FROM messages") == ["ana", "ben"]
    assert db.users() == ["ana", "ben"]
    assert sorted(set(db.query("SELECT user_id FROM messages").user_id)) == ["ana", "ben"]
    assert set(db.query("SELECT user_id FROM messages", user_id="ana").user_id) == {"ana"}


def test_transactions_of_two_users_under_way_together_stay_apart(db: PostgresDb) -> None:
    look = "SELECT user_id FROM user_memories"
    with (
        db._transactions.writing("ana") as ana,
        db._transactions.writing("ben") as ben,
        db._transactions.reading("ana") as again,
    ):
        for rows, user_id in ((ana, "ana"), (ben, "ben"), (again, "ana"), (ana, "ana")):
            assert owners(rows, look) == [user_id]
            if rows is not again:
                assert owners(
                    rows, f"UPDATE user_memories SET input = '{user_id}' RETURNING user_id"
                ) == [user_id]
    for user_id in ("ana", "ben"):
        assert {each.input for each in db.for_user(user_id).memories()} == {user_id}


def test_two_users_writing_at_the_same_time_keep_their_own(db: PostgresDb) -> None:
    def write(user_id: str) -> None:
        user = db.for_user(user_id)
        for number in range(20):
            RunLog(user).change_memories([Change("add", None, f"{user_id} {number}")])
            live(user, f"{user_id}{number}")

    threads = [threading.Thread(target=write, args=(each,)) for each in ("ana", "ben") * 2]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for user_id, other in (("ana", "ben"), ("ben", "ana")):
        texts = [each.memory for each in db.for_user(user_id).memories()]
        assert [f"{user_id} {n}" for n in range(20)] == [t for t in texts if t[:3] == user_id]
        assert other not in str(db.for_user(user_id).export())


async def test_memkit_does_all_its_work_under_these_rules(db: PostgresDb) -> None:
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, add_memories_to_context=True)
    for user_id in ("ana", "ben"):
        run = await agent.arun("I like rain.", user_id=user_id, session_id="s")
        assert run.error is None
        user = db.for_user(user_id)
        user.undo(run.memory_events)
        assert len(user.memories()) == 1
    db.for_user("ana").forget()
    assert db.users() == ["ben"]


def test_a_store_opened_again_is_guarded_as_before(db: PostgresDb) -> None:
    again = PostgresDb(db._transactions._writer.url.render_as_string(hide_password=False))
    with again._transactions.reading("ana") as rows:
        for table in GUARDED:
            assert owners(rows, f"SELECT user_id FROM {table}") == ["ana"]
    again.close()
