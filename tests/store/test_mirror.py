"""The copies that a store keeps for SQL: always as a fresh one would be, and cheap to keep so."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlalchemy as sa

from lives import NOON, TABLES, each_statement, live, model_call, open_pinned, run_of
from memkit import MemkitError
from memkit.records import Change
from memkit.store import mirror
from memkit.store.db import Db
from memkit.store.runs import RunLog
from memkit.store.tables import MIRRORED, memory_users, metadata
from memkit.store.user import User

pytestmark = pytest.mark.slow

EVERYBODY = None


@pytest.fixture
def two(place: str) -> Iterator[tuple[Db, Db]]:
    """One store opened twice, as by two notebooks, with a clock that stands still."""
    stores = open_pinned(place), open_pinned(place)
    yield stores
    for each in stores:
        each.close()


def rows_of(copy: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    """All rows of all tables, in the order in which they come."""
    return {name: copy.execute(f"FROM {name}").fetchall() for name in TABLES}


def kept(db: Db, owner: str | None) -> dict[str, list[Any]]:
    """What the copy that the store keeps says now."""
    with db._transactions.mirrors().reader(owner, MIRRORED) as copy:
        return rows_of(copy)


def fresh(db: Db, owner: str | None) -> dict[str, list[Any]]:
    """What a copy says that was never made before."""
    with mirror.Mirrors(db._transactions.reading).reader(owner, MIRRORED) as copy:
        return rows_of(copy)


@contextmanager
def rows_read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How many rows of each table are read from the store meanwhile."""
    counted: Counter[str] = Counter()

    def read(store: Any, table: Any, *more: Any) -> Any:
        for rows in original(store, table, *more):
            counted[table.name] += len(rows)
            yield rows

    original = mirror._read
    with monkeypatch.context() as patched:
        patched.setattr(mirror, "_read", read)
        yield counted


# What is read


def test_after_one_more_run_only_the_tails_of_the_logs_are_read(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = db.for_user("ann")
    for number in range(60):
        live(user, f"w{number}", f"s{number % 5}")
    for number in range(250):
        user.add_memory(f"a{number}")
    live(db.for_user("bob"), "milk")
    with rows_read(monkeypatch) as read:
        for owner in ("ann", EVERYBODY):
            kept(db, owner)
    assert read.total() > 2 * 900
    live(user, "tea", "s1")
    new = {"agent_runs": 1, "messages": 2, "model_calls": 2}
    new |= {"tool_calls": 1, "memory_events": 2}
    new |= {"agent_sessions": 5, "user_memories": 311}  # what has no tail
    for owner in ("ann", EVERYBODY):
        with rows_read(monkeypatch) as read:
            now = kept(db, owner)
        assert read == new | {name: len(now[name]) for name in ("memory_terms", "memory_vectors")}
        assert kept(db, owner) == fresh(db, owner)


def test_when_nothing_has_changed_no_row_is_read(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    for user_id in ("ann", "bob"):
        user = db.for_user(user_id)
        live(user, "tea")
        RunLog(user).begin_run("s", "still running")
        RunLog(user).change_memories([Change("add", None, "proposed")], propose=True)
    for owner in ("ann", EVERYBODY):
        kept(db, owner)
        statements: list[str] = []
        with rows_read(monkeypatch) as read, each_statement(statements.append):
            db.query("FROM messages", owner)
        assert read.total() == 0  # also of a run that still runs
        assert len([each for each in statements if "memory_users" in each]) == 1


def test_the_store_is_asked_once_about_settled_users(db: Db) -> None:
    for user_id in ("ann", "bob", "cal"):
        live(db.for_user(user_id), "tea")
    for owner in ("ann", EVERYBODY):
        kept(db, owner)
        statements: list[str] = []
        with each_statement(statements.append):
            db.query("FROM messages", owner)
        assert len([each for each in statements if "set_config" not in each]) == 1


def test_nothing_is_read_of_a_user_who_has_no_news(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    live(db.for_user("ann"), "tea")
    live(db.for_user("bob"), "milk")
    kept(db, EVERYBODY)
    live(db.for_user("bob"), "rum")
    with rows_read(monkeypatch) as read:
        db.query("FROM messages")
    new = {"agent_sessions": 1, "agent_runs": 1, "messages": 2, "model_calls": 2}
    assert read == {**new, "user_memories": 2, "memory_events": 2, "tool_calls": 1}


def test_only_tables_that_are_named_are_copied(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    live(db.for_user("ann"), "tea")
    for owner in ("ann", EVERYBODY):
        with rows_read(monkeypatch) as read:
            db.query("SELECT * FROM User_Memories", owner)
            db.query("FROM messages JOIN agent_runs USING (user_id, run_id)", owner)
        assert read == {"user_memories": 1, "messages": 2, "agent_runs": 1}
        live(db.for_user("ann"), "milk")
        for table in TABLES:  # at one moment, whenever they were copied
            assert len(db.query(f"FROM {table}", owner)) == len(fresh(db, owner)[table])
        db.for_user("ann").forget()
        live(db.for_user("ann"), "tea")


def test_a_copy_of_ones_own_is_made_from_the_kept_one(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(db.for_user("ann"), "tea")
    kept(db, "ann")
    with rows_read(monkeypatch) as read:
        mine = db.duckdb("ann")
    assert read.total() == 0
    with closing(mine):
        assert rows_of(mine) == fresh(db, "ann")


# What it says


def test_two_notebooks_on_one_store_see_each_others_changes(two: tuple[Db, Db]) -> None:
    words: list[str] = []
    for number in range(6):
        writer = two[number % 2]
        words.append(f"w{number}")
        live(writer.for_user("ann"), words[-1], f"s{number % 4}")
        for db in two:
            for owner in ("ann", EVERYBODY):
                found = db.query("SELECT memory FROM user_memories ORDER BY memory_id", owner)
                assert list(found.memory) == [f"The user likes {word}." for word in words]
            assert db.query("FROM user_memories", "bob").empty
            assert kept(db, EVERYBODY) == fresh(db, EVERYBODY)


def propose(user: User, pick: random.Random) -> None:
    known = [each.memory_id for each in user.memories()] or [1]
    changes = [Change("add", None, f"maybe {pick.random()}"), Change("delete", pick.choice(known))]
    RunLog(user).change_memories(changes, propose=True)


def decide(user: User, pick: random.Random) -> None:
    waiting = pick.choice(user.proposals())
    pick.choice([user.approve, user.refuse])(waiting.event_id)


def finish(user: User, pick: random.Random) -> None:
    running = [each for each in user.export()["agent_runs"] if each["status"] == "running"]
    run = pick.choice(running)
    source = run_of(user, run["run_id"], run["session_id"], "hello")
    reply = pick.choice([None, "a reply"])
    status = pick.choice(["completed", "failed"])
    calls = [model_call(user, "rain", "reply")] * pick.randint(0, 2)
    RunLog(user).finish_run(source, status, reply, calls=calls, summary=f"until {run['run_id']}")


def come_back(user: User, pick: random.Random) -> None:
    """Forgotten, and here again with as many runs and memories as before."""
    before = user.export()
    user.forget()
    for number, _ in enumerate(before["agent_runs"]):
        live(user, f"back{number}", pick.choice("st"))
    while len(user.history()) < len(before["memory_events"]):
        user.add_memory(f"again {len(user.history())}")


STEPS: list[Callable[[User, random.Random], Any]] = [
    lambda user, pick: live(user, f"w{pick.random()}", pick.choice("stuv")),
    lambda user, pick: live(user, f"w{pick.random()}", pick.choice("stuv")),
    lambda user, pick: RunLog(user).begin_run(pick.choice("stuv"), "hello").run_id,
    finish,
    finish,
    propose,
    decide,
    decide,
    lambda user, pick: user.add_memory(f"by hand {pick.random()}", ["hand"]),
    lambda user, pick: user.update_memory(pick.choice(user.memories()).memory_id, "new", ["t"]),
    lambda user, pick: user.delete_memory(pick.choice(user.memories()).memory_id),
    lambda user, pick: user.undo([pick.choice(user.history())]),
    lambda user, pick: user.undo(user.history()[-3:]),
    lambda user, pick: user.clear_memories(),
    lambda user, pick: RunLog(user).record_call(model_call(user, "rain", "search")),
    lambda user, pick: user.forget(),
    come_back,
]


SEEDS = [0, *(pytest.param(number, marks=pytest.mark.proof) for number in range(1, 6))]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_kept_copy_is_what_a_fresh_one_would_be(two: tuple[Db, Db], seed: int) -> None:
    """Lives of three users, written by two notebooks; both look after every step."""
    pick = random.Random(seed)
    done: Counter[int] = Counter()
    for _ in range(40):
        db, number = pick.choice(two), pick.randrange(len(STEPS))
        with suppress(MemkitError, IndexError):  # nothing to finish, to decide, to change
            STEPS[number](db.for_user(pick.choice(["ann", "bob", "cal"])), pick)
            done[number] += 1
        owner = pick.choice([EVERYBODY, EVERYBODY, "ann", "bob", "cal"])
        wanted = fresh(db, owner)
        for each in two:
            assert kept(each, owner) == wanted
    assert len(done) > len(STEPS) / 2


def test_a_run_that_ends_later_and_a_decision_are_seen(two: tuple[Db, Db]) -> None:
    here, there = two
    user = there.for_user("ann")
    runs = [RunLog(user).begin_run("s", f"m{n}").source for n in range(3)]
    RunLog(user).change_memories([Change("add", None, f"p{n}") for n in range(3)], propose=True)
    for owner in ("ann", EVERYBODY):
        kept(here, owner)
    RunLog(user).finish_run(runs[0], "failed", error="no reply")
    user.refuse(2)
    user.approve(3)
    for owner in ("ann", EVERYBODY):
        states = here.query("SELECT status FROM agent_runs ORDER BY run_id", owner).status
        assert list(states) == ["failed", "running", "running"]
        events = here.query("SELECT status FROM memory_events ORDER BY event_id", owner).status
        assert list(events) == ["proposed", "refused", "approved", "applied"]
        assert list(here.query("FROM user_memories", owner).memory) == ["p2"]


def test_an_event_that_names_no_memory_is_seen(db: Db) -> None:
    user = db.for_user("ann")
    user.add_memory("a")
    for owner in ("ann", EVERYBODY):
        kept(db, owner)
    RunLog(user).change_memories([Change("delete", None), Change("delete", 7)])
    for owner in ("ann", EVERYBODY):
        now = kept(db, owner)
        assert len(now["memory_events"]) == 3
        assert now == fresh(db, owner)


def test_a_table_too_large_to_be_kept_in_order_has_the_same_rows(
    two: tuple[Db, Db], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "IN_ORDER", 3)
    here, there = two
    for number in range(4):
        for user_id in ("bob", "ann"):
            user = there.for_user(user_id)
            live(user, f"w{number}", f"s{9 - number}")
            user.update_memory(1, f"changed {number}")
            for owner in ("ann", EVERYBODY):
                now, wanted = kept(here, owner), fresh(here, owner)
                assert {name: sorted(rows, key=repr) for name, rows in now.items()} == {
                    name: sorted(rows, key=repr) for name, rows in wanted.items()
                }
    assert now != wanted  # these tables were too large


def test_news_of_very_many_users_are_read_together(
    two: tuple[Db, Db], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "MANY", 3)
    here, there = two
    for news in (1, 3, 5):
        for number in range(news):
            live(there.for_user(f"u{number}"), f"w{news}")
        with rows_read(monkeypatch) as read:
            now = kept(here, EVERYBODY)
        everything = sum(len(rows) for rows in now.values())
        assert (read.total() == everything) == (news != 3)
        assert now == fresh(here, EVERYBODY)


def test_threads_that_ask_while_others_write_see_one_state(db: Db) -> None:
    stop, wrong = threading.Event(), []

    def look(owner: str | None) -> None:
        while not stop.is_set():
            [[runs, said, known, added]] = db.query(
                "SELECT (SELECT count(*) FROM agent_runs), (SELECT count(*) FROM messages), "
                "(SELECT count(*) FROM user_memories), "
                "(SELECT count(*) FROM memory_events WHERE status = 'applied')",
                owner,
            ).values.tolist()
            if known != added or not runs <= said <= 2 * runs:
                wrong.append((runs, said, known, added))

    lookers = [threading.Thread(target=look, args=[each]) for each in ("ann", "ann", None, None)]
    for each in lookers:
        each.start()
    try:
        for number in range(25):
            for user_id in ("ann", "bob"):
                live(db.for_user(user_id), f"w{number}")
    finally:
        stop.set()
        for each in lookers:
            each.join()
    assert wrong == []
    assert kept(db, EVERYBODY) == fresh(db, EVERYBODY)
    assert kept(db, "ann") == fresh(db, "ann")


def test_what_else_is_done_with_duckdb_is_not_in_the_way(db: Db) -> None:
    """DuckDB's own connection, which all threads share, refuses whoever comes while it works."""
    live(db.for_user("ann"), "tea")

    def work() -> None:
        with suppress(duckdb.InterruptException):
            duckdb.execute("SELECT sum(sin(range)) FROM range(1000000000000)").fetchall()

    def busy() -> bool:
        try:
            return not duckdb.extract_statements("SELECT 1")
        except duckdb.Error:
            return True

    worker = threading.Thread(target=work)
    worker.start()
    try:
        while worker.is_alive() and not busy():
            pass
        assert len(db.query("FROM messages", "ann")) == 2
    finally:
        duckdb.default_connection().interrupt()
        worker.join()


# Forgetting, and what is kept


def connections(db: Db) -> list[duckdb.DuckDBPyConnection]:
    """The DuckDBs that a store keeps."""
    return [
        each._copy for each in db._transactions.mirrors()._kept.values() if each._copy is not None
    ]


def closed(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        connection.execute("SELECT 1").fetchall()
    except duckdb.ConnectionException:
        return True
    return False


def bytes_of(connection: duckdb.DuckDBPyConnection) -> bytes:
    """All that the tables of a copy hold, as the bytes in which they leave it."""
    found = b""
    for table in TABLES:
        rows = connection.sql(f"FROM {table}").to_arrow_table()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as stream:
            stream.write_table(rows)
        found += sink.getvalue().to_pybytes()
    return found


def test_nothing_of_what_was_forgotten_is_left_in_the_bytes_of_the_copy(db: Db) -> None:
    live(db.for_user("ann"), "marzipan")
    live(db.for_user("bob"), "milk")
    with closing(db.duckdb()) as before:
        assert b"marzipan" in bytes_of(before)
    db.for_user("ann").forget()
    for owner in ("ann", "bob", None):
        with closing(db.duckdb(owner)) as after:
            found = bytes_of(after)
        assert b"marzipan" not in found
        assert b"ann" not in found
        assert (b"milk" in found) == (owner != "ann")


def test_forgetting_closes_the_copies_at_once(db: Db) -> None:
    live(db.for_user("ann"), "marzipan")
    live(db.for_user("bob"), "milk")
    for owner in ("ann", "bob", EVERYBODY):
        kept(db, owner)
    before = connections(db)
    assert len(before) == 3
    db.for_user("ann").forget()
    assert connections(db) == []
    assert all(map(closed, before))
    for owner in ("ann", "bob", EVERYBODY):
        assert "marzipan" not in repr(kept(db, owner))
    stored = db.query("FROM pragma_storage_info('messages')").to_json(date_unit="us")
    assert "milk" in stored
    assert "marzipan" not in stored


def test_forgetting_waits_for_an_answer_that_is_being_read(db: Db) -> None:
    live(db.for_user("ann"), "marzipan")
    forgetting = threading.Thread(target=db.for_user("ann").forget)
    with db._transactions.mirrors().reader(EVERYBODY, MIRRORED) as copy:
        asked = copy.execute("SELECT 1")
        forgetting.start()
        while db.users():  # the store forgets at once
            time.sleep(0.01)
        forgetting.join(0.2)
        assert forgetting.is_alive()
        assert asked.fetchall() == [(1,)]
    forgetting.join()
    assert connections(db) == []


@pytest.mark.parametrize("owner", ["ann", EVERYBODY])
def test_who_was_forgotten_elsewhere_is_in_no_new_answer(
    two: tuple[Db, Db], owner: str | None
) -> None:
    here, there = two
    live(there.for_user("ann"), "marzipan")
    live(there.for_user("bob"), "milk")
    assert "marzipan" in repr(kept(here, owner))
    before = connections(here)
    there.for_user("ann").forget()
    assert "marzipan" not in repr(kept(here, owner))
    assert all(map(closed, before))  # its bytes are gone, too
    assert kept(here, owner) == fresh(here, owner)


@pytest.mark.parametrize("owner", ["ann", EVERYBODY])
@pytest.mark.parametrize("life", ["runs", "by hand", "calls", "proposals"])
def test_who_comes_back_with_as_many_rows_is_not_mistaken_for_before(
    two: tuple[Db, Db], owner: str | None, life: str
) -> None:
    """The clock stands still, and the last rows of both lives are the same."""
    here, there = two
    ann = there.for_user("ann")

    def once_more(word: str) -> None:
        for each in (word, "the same"):
            if life == "runs":
                live(ann, each)
            elif life == "by hand":
                ann.add_memory(each)
            elif life == "calls":
                RunLog(ann).record_call(model_call(ann, each))
            else:
                RunLog(ann).change_memories([Change("add", None, each)], propose=True)

    assert RunLog(ann).now() == NOON
    live(there.for_user("bob"), "milk")
    once_more("marzipan")
    assert "marzipan" in repr(kept(here, owner))
    before = connections(here)
    ann.forget()
    once_more("liquorice")
    after = repr(kept(here, owner))
    assert "liquorice" in after
    assert "marzipan" not in after
    assert all(map(closed, before))


def test_forgetting_leaves_no_trace_of_whom_in_the_store(two: tuple[Db, Db]) -> None:
    here, there = two
    live(there.for_user("ann"), "marzipan")
    there.for_user("ann").forget()
    assert here.users() == there.users() == []
    with here._transactions.reading() as rows:
        names = {each.name for each in metadata.sorted_tables}
        assert set(mirror.sa.inspect(rows).get_table_names()) == names
        assert rows.execute(sa.select(memory_users)).all() == []


def test_a_handful_of_users_and_everybody_are_kept(db: Db) -> None:
    kept(db, EVERYBODY)
    kept(db, "u0")
    kept(db, "u1")
    [everybody, seldom, often] = connections(db)
    for number in range(2, mirror.KEPT + 3):
        kept(db, f"u{number}")
        kept(db, "u1")
    assert len(connections(db)) == mirror.KEPT + 1
    assert closed(seldom)
    assert not closed(often)
    assert not closed(everybody)
    before = connections(db)
    db.close()
    assert all(map(closed, before))


def test_a_copy_that_failed_halfway_is_made_anew(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    user = db.for_user("ann")
    live(user, "tea")
    kept(db, "ann")
    live(user, "milk")

    def fail(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(mirror, "_insert", fail)
        with pytest.raises(KeyboardInterrupt):
            db.query("FROM messages", "ann")
    assert connections(db) == []
    assert kept(db, "ann") == fresh(db, "ann")
