"""Postgres behind a pooler in transaction mode: nothing is lost, and isolation is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from pooler import CONNECTIONS, pooled

from memkit import Agent, OfflineChat, PostgresDb

pytestmark = pytest.mark.proof

USERS, TURNS, LATENCY = 200, 10, 0.05


@pytest.fixture(scope="module")
def url(postgres_server: str) -> Iterator[str]:
    with pooled(postgres_server, "memkit_pooled") as url:
        yield url


@pytest.fixture
def db(url: str) -> Iterator[PostgresDb]:
    with PostgresDb(url, pool_size=20) as store:
        yield store
        for user_id in store.users():
            store.for_user(user_id).forget()


async def test_many_users_at_once_lose_nothing(db: PostgresDb) -> None:
    agent = Agent(OfflineChat(LATENCY), db, update_memory_on_run=True, add_memories_to_context=True)

    async def talk(user: int) -> list[str | None]:
        user_id = f"user_{user}"
        runs = [
            await agent.arun(f"I like thing{user}x{turn}.", user_id=user_id, session_id="s")
            for turn in range(TURNS)
        ]
        return [run.error for run in runs]

    errors = await asyncio.gather(*map(talk, range(USERS)))
    assert [error for run in errors for error in run if error] == []
    assert len(db.users()) == USERS
    for user in range(USERS):
        assert len(db.for_user(f"user_{user}").messages("s")) == 2 * TURNS
        known = [memory.memory for memory in db.for_user(f"user_{user}").memories()]
        assert known == [f"The user likes thing{user}x{turn}." for turn in range(TURNS)]


def test_no_statement_is_prepared_and_no_setting_outlives_its_transaction(
    db: PostgresDb, url: str
) -> None:
    user = db.for_user("ana")
    for number in range(12):  # a driver prepares what it has run a few times
        user.add_memory(f"The user likes tea number {number}.")
        user.memories()
    engine = sa.create_engine(url, connect_args={"prepare_threshold": None})
    with engine.connect() as first:  # each open transaction holds a connection of the server
        others = [engine.connect() for _ in range(CONNECTIONS - 1)]
        for connection in [first, *others]:
            prepared = connection.exec_driver_sql("SELECT name FROM pg_prepared_statements").all()
            left = connection.exec_driver_sql(
                "SELECT current_setting('memkit.user_id', true), current_setting('role'), "
                "current_setting('lock_timeout')"
            ).one()
            assert (prepared, tuple(left)) == ([], (left[0], "none", "0"))
            assert left[0] in (None, "")
        for connection in others:
            connection.close()
    engine.dispose()


def test_another_user_sees_nothing_whatever_a_query_forgets(db: PostgresDb) -> None:
    db.for_user("ana").add_memory("The user likes tea.")
    db.for_user("bo").add_memory("The user likes figs.")
    for _ in range(2 * CONNECTIONS):  # through whichever connection it is
        with db._transactions.reading("bo") as connection:
            seen = connection.exec_driver_sql("SELECT memory FROM user_memories").scalars().all()
        assert seen == ["The user likes figs."]


def test_a_second_writer_of_a_user_gives_up_waiting(
    db: PostgresDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memkit.store.postgres.BUSY_TIMEOUT", 50)
    with (
        db._transactions.writing("ana"),
        pytest.raises(Exception, match="another program has been writing"),
        db._transactions.writing("ana"),
    ):
        pass
