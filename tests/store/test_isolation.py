"""Nobody sees or changes another user's rows: by construction, whatever is called or typed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import sqlalchemy as sa

from lives import NOON, TABLES, among_all, count_rows, held, live, model_call, open_pinned, run_of
from memkit import MemkitError, ModelError, PostgresDb, QueryError, SqliteDb, StoreError
from memkit.records import Change, Source, Version
from memkit.store import index, mirror
from memkit.store.db import Db
from memkit.store.runs import RunLog
from memkit.store.tables import metadata
from memkit.store.user import User

SECRET = "xylophone"


# What only the victim has: a session, a run, memories, events and calls with these numbers.
def theirs(me: User) -> Source:
    """A run that the victim has."""
    return run_of(me, 4, "private", f"I like {SECRET}4.")


async def sent_in_vain(me: User, source: Source) -> None:
    async with RunLog(me).keep_failed(model_call(me, "new"), source):
        raise ModelError("no answer")


Call = Callable[[User], Any]


def reach(*calls: Call) -> Sequence[Call]:
    return calls


# Every public name of the handle, used with the numbers and names of somebody else's rows.
def at(me: User, event_id: int) -> Version:
    """The version of one's memories right after an event."""
    return RunLog(me).snapshot()[1]._replace(event_id=event_id)


def restored(me: User, exported: dict[str, list[dict[str, Any]]]) -> Any:
    me.forget()
    return me.restore(exported)


WAYS: dict[str, Sequence[Call]] = {
    "user_id": reach(lambda me: me.user_id),
    "now": reach(lambda me: RunLog(me).now()),
    "memories": reach(
        lambda me: me.memories(), lambda me: me.memories(as_of=4), lambda me: me.memories(NOON)
    ),
    "snapshot": reach(lambda me: [RunLog(me).snapshot()[0], RunLog(me).snapshot()[1].event_id]),
    "history": reach(lambda me: me.history(), lambda me: me.history(4)),
    "add_memory": reach(
        lambda me: me.add_memory(f"The user likes {SECRET}4."), lambda me: me.add_memory("new")
    ),
    "update_memory": reach(
        lambda me: me.update_memory(1, f"The user likes {SECRET}4."),
        lambda me: me.update_memory(4, "mine now"),
        lambda me: me.update_memory(4, "mine now", ["mine"]),
    ),
    "delete_memory": reach(lambda me: me.delete_memory(4), lambda me: me.delete_memory(1)),
    "clear_memories": reach(lambda me: me.clear_memories()),
    "change_memories": reach(
        lambda me: RunLog(me).change_memories(
            [Change("delete", each) for each in range(1, 6)], at(me, 2)
        ),
        lambda me: RunLog(me).change_memories([Change("update", 4, "mine")], at(me, 8)),
        lambda me: RunLog(me).change_memories([Change("add", None, "new")], source=theirs(me)),
        lambda me: RunLog(me).change_memories([], source=theirs(me), call=model_call(me, "new")),
    ),
    "undo": reach(
        lambda me: me.undo([each for each in me.history() if each.run_id == 4]),
        lambda me: me.undo([replace(each, event_id=3) for each in me.history(1)]),
        lambda me: me.undo(me.history(1)),
    ),
    "proposals": reach(
        lambda me: RunLog(me).change_memories(
            [Change("delete", 1), Change("delete", 4)], propose=True
        ),
        lambda me: me.proposals(),
    ),
    "approve": reach(
        lambda me: RunLog(me).change_memories([Change("delete", 1)], propose=True),
        lambda me: [me.approve(number) for number in (3, 3)],
        lambda me: me.approve(6),
        lambda me: me.approve(11),
        lambda me: me.approve(5),
    ),
    "refuse": reach(
        lambda me: RunLog(me).change_memories([Change("delete", 1)], propose=True),
        lambda me: me.refuse(6),
        lambda me: me.refuse(3),
        lambda me: me.refuse(11),
        lambda me: me.refuse(5),
    ),
    "decision_lock": reach(lambda me: asyncio.run(waits(me))),
    "read": reach(
        lambda me: asyncio.run(RunLog(me).read(among_all(index.bm25), ["like", SECRET])),
        lambda me: asyncio.run(RunLog(me).read(among_all(index.vectors), "vectors", 4))[0],
        lambda me: asyncio.run(RunLog(me).read(among_all(index.briefest), ["like", SECRET], 99)),
    ),
    "write": reach(
        lambda me: asyncio.run(RunLog(me).write(index.remove, 1)),
        lambda me: asyncio.run(RunLog(me).write(index.remove, 4)),
    ),
    "run_in_thread": reach(lambda me: asyncio.run(RunLog(me).run_in_thread(me.memories))),
    "sessions": reach(lambda me: me.sessions(), lambda me: me.sessions(newest_first=True)),
    "rename_session": reach(
        lambda me: me.rename_session("private", "mine"),
        lambda me: me.rename_session("shared", "mine"),
    ),
    "erase_session": reach(
        lambda me: me.erase_session("private"), lambda me: me.erase_session("shared")
    ),
    "erase_memory": reach(lambda me: me.erase_memory(4), lambda me: me.erase_memory(1)),
    "all_messages": reach(lambda me: RunLog(me).all_messages()),
    "messages": reach(
        lambda me: me.messages("shared"),
        lambda me: me.messages("private"),
        lambda me: me.messages("shared", last_runs=1),
        lambda me: me.messages("private", last_runs=9),
    ),
    "begin_run": reach(
        lambda me: RunLog(me).begin_run("private", "hi", 3),
        lambda me: RunLog(me).begin_run("shared", "hi", 3),
        lambda me: me.messages("private"),
    ),
    "finish_run": reach(
        lambda me: RunLog(me).finish_run(theirs(me), "failed", error="mine"),
        lambda me: RunLog(me).finish_run(theirs(me), "failed", reply="mine"),
        lambda me: RunLog(me).finish_run(run_of(me, 1, "shared"), "failed", "mine", "mine"),
        lambda me: RunLog(me).finish_run(run_of(me, 1, "private"), "completed", summary="mine"),
        lambda me: RunLog(me).finish_run(run_of(me, 1, "shared"), "completed", summary="mine"),
        lambda me: me.sessions(),
    ),
    "record_call": reach(
        lambda me: RunLog(me).record_call(model_call(me, "new"), theirs(me)),
        lambda me: RunLog(me).record_call(model_call(me, "new"), run_of(me, 1, "shared")),
    ),
    "keep_failed": reach(
        lambda me: asyncio.run(sent_in_vain(me, theirs(me))),
        lambda me: asyncio.run(sent_in_vain(me, run_of(me, 1, "shared"))),
    ),
    "usage": reach(lambda me: me.usage(1), lambda me: me.usage(4)),
    "export": reach(lambda me: me.export()),
    "restore": reach(
        lambda me: me.restore({"user_memories": []}),
        lambda me: restored(me, me.export()),
        lambda me: restored(me, {"messages": [{"user_id": "victim", "message_id": 1}]}),
    ),
    "forget": reach(lambda me: me.forget()),
}


async def waits(me: User) -> bool:
    """Whether this user has to wait while somebody else decides."""
    async with RunLog(User(me._transactions, "victim")).decision_lock():
        return RunLog(me).decision_lock().locked()


def public(thing: object) -> set[str]:
    """What is offered at TAB."""
    return {name for name in dir(thing) if not name.startswith("_")}


DOORS = """name now at for_user users query duckdb close"""
HANDLE = """user_id memories sessions messages history usage add_memory update_memory
delete_memory clear_memories undo proposals approve refuse export restore forget rename_session
erase_memory erase_session"""


def test_at_tab_is_what_a_lesson_uses(tmp_path: Path, postgres_url: str) -> None:
    with SqliteDb(tmp_path / "memkit.db") as db:
        assert public(db) == {*DOORS.split(), "path"}
        assert public(db.for_user("me")) == set(HANDLE.split())
    with PostgresDb(postgres_url) as db:
        assert public(db) == set(DOORS.split())


def test_every_public_name_of_the_handle_and_of_the_run_log_is_tried_below(db: Db) -> None:
    handle = db.for_user("me")
    assert public(handle) | public(RunLog(handle)) == set(WAYS)


def test_after_close_every_use_is_an_error_that_says_so(db: Db) -> None:
    user = db.for_user("me")
    live(user, "tea")
    db.query("FROM messages")
    db.close()
    db.close()
    uses: list[Callable[[], Any]] = [
        db.users,
        lambda: db.query("FROM messages"),
        db.duckdb,
        lambda: db.query("FROM messages", "me"),
        *(lambda name=name: getattr(user, name)() for name in ("memories", "export", "forget")),
        lambda: user.add_memory("new"),
        lambda: db.for_user("me"),
        db.__enter__,
        lambda: RunLog(user).begin_run("s", "hello"),
        lambda: asyncio.run(RunLog(user).run_in_thread(user.memories)),
    ]
    for use in uses:
        with pytest.raises(StoreError, match=r"was closed with db\.close\(\); open it"):
            use()


def outcome(call: Call, me: User) -> Any:
    try:
        return call(me)
    except MemkitError as error:
        return type(error), str(error)


def try_way(me: User, way: str) -> Any:
    live(me, "tea")
    live(me, "tea too", "mine")
    results = [outcome(call, me) for call in WAYS[way]]
    return results, held(me), me.memories(as_of=NOON)


@pytest.mark.parametrize("way", WAYS)
def test_nobody_elses_rows_make_a_difference_or_are_changed(place: str, way: str) -> None:
    """What I get and have is the same whether or not the victim exists; so are their rows."""
    db = open_pinned(place)
    me = db.for_user("me")
    alone = try_way(me, way)
    me.forget()

    victim = db.for_user("victim")
    for number in range(1, 6):
        live(victim, f"{SECRET}{number}", "private" if number == 4 else "shared")
    RunLog(victim).change_memories([Change("delete", 1)], propose=True)  # event 11
    theirs = held(victim), victim.memories(as_of=NOON), victim.messages("shared", last_runs=9)
    assert try_way(me, way) == alone
    assert theirs == (
        held(victim),
        victim.memories(as_of=NOON),
        victim.messages("shared", last_runs=9),
    )
    total = count_rows(db)
    assert total == {name: len(theirs[0][name]) + len(alone[1][name]) for name in TABLES}
    db.close()


LOOK_ALIKES = [
    *["ann", "Ann", "ANN", "ann.", "a.nn", "аnn", "ａnn", "ann\u0301", "anń", "a nn", "a  nn"],
    *["é", "e\u0301", "E\u0301", "ß", "ss", "ı", "i", "I", "ﬁ", "fi", "Å", "A\u030a", "\u212b"],
    *["%", "_", "a%", "a__", "%%", "*", "?", "\\", "\\%", "NULL", "None", "null", "0", "00", "1"],
    *["'", "''", '"', '""', "' OR '1'='1", "'; DROP TABLE user_memories; --", "ann'--", "ann/*"],
    *["%(user_id)s", ":user_id", "{user_id}", "$1", "💡", "💡💡", "❤", "❤️", "user_1", "user_10"],
]


def test_ids_that_look_alike_are_different_people(db: Db) -> None:
    for number, user_id in enumerate(LOOK_ALIKES):
        live(db.for_user(user_id), f"w{number}w", session_id=user_id)
    assert db.users() == sorted(LOOK_ALIKES)
    for number, user_id in enumerate(LOOK_ALIKES):
        user, text = db.for_user(user_id), f"The user likes w{number}w."
        assert [each.memory for each in user.memories()] == [text]
        assert [each.session_id for each in user.sessions()] == [user_id]
        assert len(user.messages(user_id)) == 2
    for number, user_id in list(enumerate(LOOK_ALIKES))[::6]:
        frame = db.query("SELECT user_id, memory FROM user_memories", user_id=user_id)
        assert frame.values.tolist() == [[user_id, f"The user likes w{number}w."]]
        db.for_user(user_id).forget()
    assert db.users() == sorted(set(LOOK_ALIKES) - set(LOOK_ALIKES[::6]))
    assert {n // len(db.users()) for n in count_rows(db).values()} == {1, 2}


def test_session_ids_that_look_alike_are_different_sessions(db: Db) -> None:
    user = db.for_user("ann")
    for number, session_id in enumerate(LOOK_ALIKES):
        RunLog(user).begin_run(session_id, f"w{number}")
    assert len(user.sessions()) == len(LOOK_ALIKES)
    for number, session_id in enumerate(LOOK_ALIKES):
        assert [each.content for each in user.messages(session_id)] == [f"w{number}"]


def test_the_same_session_id_under_two_users_is_two_sessions(db: Db) -> None:
    ann, bob = db.for_user("ann"), db.for_user("bob")
    live(ann, "tea")
    first = ann.sessions()
    live(bob, "milk")
    assert ann.sessions() == first
    assert [each.content for each in bob.messages("shared")] == ["I like milk.", "You like milk."]
    assert len(db.query("FROM agent_sessions")) == 2


async def test_nobody_waits_for_somebody_elses_decision(db: Db) -> None:
    async with RunLog(db.for_user("ann")).decision_lock():
        assert RunLog(db.for_user("ann")).decision_lock().locked()
        assert not RunLog(db.for_user("Ann")).decision_lock().locked()


def test_two_sessions_of_a_user_share_the_memories_and_not_the_messages(db: Db) -> None:
    user = db.for_user("ann")
    live(user, "tea", "monday")
    run = RunLog(user).begin_run("friday", "hello").source
    assert [each.memory for each in user.memories()] == ["The user likes tea."]
    assert [each.content for each in user.messages("friday")] == ["hello"]
    RunLog(user).change_memories([Change("delete", 1)], source=run)
    assert user.memories() == []
    assert len(user.messages("monday")) == 2


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_the_owner_is_part_of_every_key_in_the_store_itself(db: Db) -> None:
    with db._transactions.reading() as rows:
        found = sa.inspect(rows)
        assert set(found.get_table_names()) == {*TABLES, "memory_users"}
        references = []
        for name in metadata.tables:
            key = found.get_pk_constraint(name)["constrained_columns"]
            assert key[0] == "user_id"
            assert key == [each.name for each in metadata.tables[name].primary_key]
            for each in found.get_foreign_keys(name):
                references.append((name, each["referred_table"]))
                assert each["constrained_columns"][0] == each["referred_columns"][0] == "user_id"
            for each in found.get_indexes(name):
                assert each["column_names"][0] == "user_id"
    assert sorted(references) == [
        ("agent_runs", "agent_sessions"),
        ("memory_events", "agent_runs"),
        ("memory_events", "model_calls"),
        ("memory_terms", "user_memories"),
        ("memory_vectors", "user_memories"),
        ("messages", "agent_runs"),
        ("model_calls", "agent_runs"),
        ("tool_calls", "agent_runs"),
        ("tool_calls", "model_calls"),
        ("user_memories", "agent_runs"),
    ]


@pytest.mark.parametrize("table", TABLES)
def test_the_store_refuses_a_row_of_one_user_that_belongs_to_anothers(db: Db, table: str) -> None:
    """The foreign keys hold the door also against a bug in memkit."""
    live(db.for_user("victim"), "tea")
    here = metadata.tables[table]
    if not here.foreign_keys:
        return
    with db._transactions.reading() as rows:
        row = dict(rows.execute(sa.select(here).limit(1)).mappings().one())
    with (
        pytest.raises(MemkitError, match=r"(?i)foreign key"),
        db._transactions.writing("me") as rows,
    ):
        rows.execute(sa.insert(here), {**row, "user_id": "me"})
    assert db.users() == ["victim"]


# The copy for SQL


@pytest.fixture
def two(db: Db) -> Db:
    """A store with me, and with a victim who has a secret in every table."""
    live(db.for_user("me"), "tea")
    for number in range(1, 4):
        live(db.for_user("victim"), f"{SECRET}{number}", f"{SECRET} {number}")
    return db


@pytest.mark.parametrize("table", TABLES)
def test_a_users_copy_holds_no_row_of_anybody_else(two: Db, table: str) -> None:
    mine = two.query(f"SELECT * FROM {table}", user_id="me")
    assert set(mine.user_id) == {"me"}
    assert len(mine) == len(held(two.for_user("me"))[table])
    assert set(two.query(f"SELECT * FROM {table}").user_id) == {"me", "victim"}
    assert len(two.query(f"FROM {table}", user_id="nobody")) == 0
    other_sql = f"SELECT * FROM {table} WHERE user_id = 'victim' OR 1 = 1 OR user_id != 'me'"
    assert set(two.query(other_sql, user_id="me").user_id) == {"me"}


def test_a_users_copy_holds_nothing_of_others_in_duckdbs_own_tables(two: Db) -> None:
    assert len(two.query("FROM duckdb_views() WHERE NOT internal", user_id="me")) == 0
    counted = two.query("SELECT table_name, estimated_size FROM duckdb_tables()", user_id="me")
    mine = held(two.for_user("me"))
    assert dict(counted.values.tolist()) == {name: len(mine[name]) for name in TABLES}
    looks = ["SHOW ALL TABLES", "FROM duckdb_databases()", "FROM duckdb_settings()"]
    looks += [f"SUMMARIZE {name}" for name in TABLES]
    stored = "SELECT stats::VARCHAR AS stats FROM pragma_storage_info('{}')"  # smallest, largest
    looks += [stored.format(name) for name in TABLES]
    for sql in looks:
        found = two.query(sql, user_id="me")
        assert len(found) > 0
        assert SECRET not in found.to_json(date_unit="us")
        assert "victim" not in found.to_json(date_unit="us")


everybody = pd.DataFrame({"memory": [f"The user likes {SECRET}."]})


def test_every_door_out_of_the_copy_is_closed(two: Db, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.csv"
    secrets.write_text(f"memory\n{SECRET}\n")
    with duckdb.connect(str(tmp_path / "real.duckdb")) as real:
        real.execute(f"CREATE TABLE s AS SELECT '{SECRET}' AS memory")
    in_a_variable = everybody
    doors = [
        f"FROM '{secrets}'",
        f"FROM read_csv('{secrets}')",
        f"FROM read_text('{secrets}')",
        f"FROM read_blob('{secrets}')",
        f"FROM glob('{tmp_path}/*')",
        f"ATTACH '{tmp_path / 'real.duckdb'}' AS real",
        f"ATTACH '{tmp_path / 'memkit.db'}' AS store (TYPE sqlite)",
        "ATTACH 'dbname=postgres' AS store (TYPE postgres)",
        f"COPY messages TO '{tmp_path / 'out.csv'}'",
        f"COPY messages FROM '{secrets}'",
        f"EXPORT DATABASE '{tmp_path / 'out'}'",
        f"IMPORT DATABASE '{tmp_path}'",
        "INSTALL httpfs",
        "LOAD sqlite",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "RESET lock_configuration",
        "RESET enable_external_access",
        "SET python_enable_replacements = true",
        f"SET allowed_directories = ['{tmp_path}']",
        f"SET temp_directory = '{tmp_path}'",
        "PRAGMA enable_logging",
        "SELECT getenv('HOME')",
        "FROM in_a_variable",
        "FROM everybody",
        "FROM fresh",
    ]
    before = sorted(each.name for each in tmp_path.iterdir() if not each.name.startswith("memkit"))
    opened = []
    for user_id in ("me", None):
        copy = two.duckdb(user_id)
        for sql in doors:
            try:
                opened.append((sql, copy.execute(sql)))
            except duckdb.Error:
                continue
        copy.close()
        for sql in doors:  # the copy that is kept has the same doors
            with pytest.raises(QueryError):
                two.query(sql, user_id)
    assert opened == []
    assert len(in_a_variable) == 1
    after = sorted(each.name for each in tmp_path.iterdir() if not each.name.startswith("memkit"))
    assert after == before


@pytest.mark.parametrize("lock", ["enable_external_access", "python_enable_replacements"])
def test_no_variable_of_python_is_reached_even_if_one_of_two_locks_fails(
    two: Db, monkeypatch: pytest.MonkeyPatch, lock: str
) -> None:
    """DuckDB looks for frames in Python by default; each of these two keeps it from that."""
    monkeypatch.setitem(mirror.LOCKED, lock, "true")
    in_a_variable = everybody
    copy = two.duckdb("me")  # DuckDB looks around where `execute` is called
    for name in ("everybody", "in_a_variable"):
        with pytest.raises(duckdb.Error, match="does not exist"):
            copy.execute(f"FROM {name}")
    copy.close()
    assert len(in_a_variable) == 1
