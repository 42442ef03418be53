"""Stores of older memkits open, lose nothing, and are then like new ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lives import TABLES, live
from memkit import Agent, MemoryManager, OfflineChat, PostgresDb, SqliteDb
from memkit.store.db import Db
from memkit.store.runs import RunLog
from memkit.store.tables import SCHEMA_VERSION
from support import open_store, own_database

pytestmark = pytest.mark.filterwarnings(
    "ignore:Skipped unsupported reflection of expression-based index"
)
DATA = Path(__file__).parent.parent / "data"  # both files were written by a memkit of format 2
ANA, BEN, LI = "ana@example.com", "ben@example.com", "李雷"


@pytest.fixture
def ordinary_postgres(postgres_server: str) -> Iterator[str]:
    with own_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres_url", "ordinary_postgres"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a store of format 2 is; in Postgres of a superuser, and of an ordinary role."""
    if request.param == "sqlite":
        shutil.copy(DATA / "format_2.db", tmp_path)
        yield str(tmp_path / "format_2.db")
        return
    url = str(request.getfixturevalue(request.param))
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql((DATA / "format_2.sql").read_text().replace("%", "%%"))
    yield url


@pytest.fixture
def db(old: str) -> Iterator[Db]:
    """That store, opened."""
    with open_store(old) as store:
        yield store


def rows_of(place: str) -> dict[str, list[Any]]:
    """What stands in the tables of today that are there, read by something else than memkit."""
    url = place if "://" in place else f"sqlite:///{place}"
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        if "://" in place:
            connection.execute(sa.text("SELECT set_config('memkit.everybody', 'on', true)"))
        return {
            name: sorted(
                str({column: value for column, value in row.items() if value is not None})
                for row in connection.execute(sa.text(f"SELECT * FROM {name}")).mappings()
            )  # what a new version adds is empty
            for name in TABLES
            if sa.inspect(connection).has_table(name)
        }


def shape_of(place: str) -> dict[str, Any]:
    """The columns, keys and indexes of every table, and whether a policy guards it."""
    url = place if "://" in place else f"sqlite:///{place}"
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        store = sa.inspect(connection)
        shape: dict[str, Any] = {
            name: (
                sorted((c["name"], str(c["type"]), c["nullable"]) for c in store.get_columns(name)),
                store.get_pk_constraint(name)["constrained_columns"],
                sorted(str(index["column_names"]) for index in store.get_indexes(name)),
                sorted(str(key["constrained_columns"]) for key in store.get_foreign_keys(name)),
            )
            for name in store.get_table_names()
        }
        if "://" in place:
            guarded = (
                "SELECT relname, relrowsecurity, relforcerowsecurity, polqual IS NOT NULL "
                "FROM pg_class LEFT JOIN pg_policy ON polrelid = pg_class.oid WHERE relkind = 'r' "
                "AND relnamespace = current_schema()::text::regnamespace"
            )
            shape["policies"] = sorted(map(str, connection.execute(sa.text(guarded))))
    return shape


def test_nothing_is_lost_and_the_second_opening_changes_nothing(old: str) -> None:
    before = rows_of(old)
    for _ in range(2):
        with open_store(old) as db:
            assert db.users() == [ANA, BEN, LI]
            versions = [RunLog(db.for_user(user)).snapshot()[1] for user in db.users()]
        now = rows_of(old)
        assert now.pop("memory_terms")
        assert now == {"tool_calls": [], "memory_vectors": []} | before
    with open_store(old) as db:
        assert versions == [RunLog(db.for_user(user)).snapshot()[1] for user in db.users()]
    assert len({version.epoch for version in versions} - {None}) == 3


def test_it_has_the_shape_of_a_new_store(
    old: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    open_store(old).close()
    new = str(tmp_path / "new.db")
    if "://" in old:
        other = "ordinary_postgres" if "memkit_test_" in old else "postgres_url"
        new = str(request.getfixturevalue(other))
    with open_store(new) as db:
        db.for_user(ANA).add_memory("a")
    assert shape_of(old) == shape_of(new)


def test_everybody_finds_what_was_theirs(db: Db) -> None:
    ana, ben, li = map(db.for_user, (ANA, BEN, LI))
    assert [memory.memory_id for memory in ana.memories()] == [1, 2, 3]
    assert [memory.memory for memory in ben.memories()] == ["The user lives in Oslo."]
    assert [(memory.memory, memory.topics) for memory in li.memories()] == [
        ("用户喜欢茶。", ["茶"])
    ]
    assert [event.action for event in ana.history(4)] == ["add", "delete"]  # a deleted memory
    assert [event.status for event in ana.history()][-2:] == ["proposed", "refused"]
    assert [session.session_id for session in ana.sessions()] == ["monday", "friday"]
    assert ana.messages("monday")[0].content == "I like tea. My dog is called Miso."
    assert len(ana.memories(as_of=1)) == 2
    assert ana.memories(as_of=datetime(2026, 9, 1, tzinfo=UTC)) == []
    assert ben.export()["agent_runs"][-1]["status"] == "running"
    assert db.query("SELECT count(DISTINCT user_id) AS n FROM user_memories").n[0] == 3
    assert list(db.query("FROM user_memories", BEN).user_id) == [BEN]


async def test_what_was_known_before_can_be_searched_and_only_by_its_user(db: Db) -> None:
    manager = MemoryManager(OfflineChat())
    for user_id, query, wanted in (
        (BEN, "Where is Oslo?", ["The user lives in Oslo."]),
        (LI, "茶", ["用户喜欢茶。"]),
        (ANA, "Where is Oslo?", []),
    ):
        found = await manager.asearch_user_memories(
            db.for_user(user_id), query, retrieval_method="keyword"
        )
        assert [memory.memory for memory in found] == wanted
    for user_id in db.users():
        words = db.query("SELECT count(DISTINCT memory_id) AS n FROM memory_terms", user_id)
        assert words.n[0] == len(db.for_user(user_id).memories())


async def test_life_goes_on_and_can_be_forgotten(db: Db) -> None:
    [proposal] = db.for_user(ANA).proposals()
    db.for_user(ANA).approve(proposal.event_id)
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, add_memories_to_context=True)
    run = await agent.arun("I like jazz.", user_id=ANA, session_id="friday")
    assert run.error is None
    assert {"The user wants a cat.", "The user likes jazz."} <= {
        memory.memory for memory in db.for_user(ANA).memories()
    }
    bens = db.for_user(BEN).export()
    db.for_user(ANA).forget()
    live(db.for_user("new"), "tea")
    assert db.users() == [BEN, "new", LI]
    assert db.for_user(BEN).export() == bens


def test_columns_tables_and_indexes_that_are_missing_are_added(place: str) -> None:
    """Format 1 had no column `context`; its rows stay, and new rows have the column."""
    with open_store(place) as db:
        live(db.for_user(ANA), "tea")
    shape = shape_of(place)
    engine = sa.create_engine(
        place if "://" in place else f"sqlite:///{place}", poolclass=sa.NullPool
    )
    with engine.begin() as connection:
        for sql in (
            "ALTER TABLE agent_runs DROP COLUMN context",
            "DROP INDEX messages_by_session",
            "DROP TABLE memory_users",
            "DROP TABLE memory_terms",
            "COMMENT ON TABLE agent_sessions IS 'memkit format 1'"
            if "://" in place
            else "PRAGMA user_version = 1",
        ):
            connection.exec_driver_sql(sql)
    for _ in range(2):
        with open_store(place) as db:
            live(db.for_user(BEN), "figs")
            memories = [memory.memory for memory in db.for_user(ANA).memories()]
            assert memories == ["The user likes tea."]
    assert shape_of(place) == shape


def test_a_store_says_its_format(tmp_path: Path, postgres_url: str) -> None:
    SqliteDb(tmp_path / "memkit.db").for_user(ANA).add_memory("a")
    PostgresDb(postgres_url).close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'memkit.db'}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        assert version == SCHEMA_VERSION
    with sa.create_engine(postgres_url, poolclass=sa.NullPool).begin() as connection:
        comment = sa.inspect(connection).get_table_comment("agent_sessions")
        assert comment["text"] == f"memkit format {SCHEMA_VERSION}"


async def test_the_index_of_format_6_is_made_anew(place: str) -> None:
    """It had a row of all words for each memory, and no size; three indexes were others."""
    with open_store(place) as db:
        live(db.for_user(ANA), "tea")
        live(db.for_user(BEN), "figs")
        index = db.query("FROM memory_terms ORDER BY ALL")
    shape = shape_of(place)
    engine = sa.create_engine(
        place if "://" in place else f"sqlite:///{place}", poolclass=sa.NullPool
    )
    with engine.begin() as connection:
        for sql in (
            *(["SELECT set_config('memkit.everybody', 'on', true)"] if "://" in place else []),
            "DROP INDEX memory_terms_of_memory",
            "ALTER TABLE memory_terms DROP COLUMN length",
            "CREATE INDEX memory_terms_by_memory ON memory_terms (user_id, memory_id)",
            "INSERT INTO memory_terms (user_id, term, memory_id, count) "
            "SELECT user_id, '*', memory_id, 3 FROM user_memories",
            "ALTER TABLE memory_users DROP COLUMN memories",
            "ALTER TABLE memory_users DROP COLUMN words",
            "DROP INDEX memory_events_of_run",
            "CREATE INDEX memory_events_by_run ON memory_events (user_id, run_id)",
            "DROP INDEX user_memories_by_end",
            "COMMENT ON TABLE agent_sessions IS 'memkit format 6'"
            if "://" in place
            else "PRAGMA user_version = 6",
        ):
            connection.exec_driver_sql(sql)
    with open_store(place) as db:
        assert db.query("FROM memory_terms ORDER BY ALL").equals(index)
        search = MemoryManager().asearch_user_memories
        found = await search(db.for_user(BEN), "Who likes figs?", retrieval_method="keyword")
        assert [memory.memory for memory in found] == ["The user likes figs."]
        assert not await search(db.for_user(BEN), "tea", retrieval_method="keyword")
    assert shape_of(place) == shape
