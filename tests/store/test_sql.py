"""SQL over a copy of the store: types, names, answers, and what may be asked.

What comes out of a store is tested with both; what DuckDB is asked, and how its errors are
explained, is the same whatever the copy was made from.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import duckdb
import pandas as pd
import pytest
import sqlalchemy as sa

from lives import NOON, TABLES, held, live, open_pinned
from memkit import QueryError
from memkit.store.db import Db
from memkit.store.tables import metadata
from support import on_sqlite

JSON = {
    column.name
    for table in metadata.sorted_tables
    for column in table.columns
    if type(column.type) is sa.JSON
}
COLUMNS = {table.name: [each.name for each in table.columns] for table in metadata.sorted_tables}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Db]:
    """A store of two users in SQLite, for tests that change nothing in it."""
    db = open_pinned(str(tmp_path_factory.mktemp("filled") / "memkit.db"))
    live(db.for_user("ann"), "tea")
    live(db.for_user("bob"), "milk")
    yield db
    db.close()


@pytest.mark.parametrize("user_id", [None, "ann", "nobody"])
def test_every_table_is_there_under_the_stores_names(db: Db, user_id: str | None) -> None:
    for table in TABLES:
        empty = db.query(f"FROM {table}", user_id=user_id)
        assert (list(empty.columns), len(empty)) == (COLUMNS[table], 0)
    live(db.for_user("ann"), "tea")
    stored = {} if user_id == "nobody" else held(db.for_user("ann"))
    for table in TABLES:
        found = db.query(f"FROM {table}", user_id=user_id)
        assert (list(found.columns), len(found)) == (COLUMNS[table], len(stored.get(table, [])))
    names = db.query("SELECT table_name FROM duckdb_tables() ORDER BY ALL", user_id=user_id)
    assert list(names.table_name) == sorted(TABLES)


def test_types_come_out_right_also_of_empty_tables(db: Db) -> None:
    for full in (False, True):
        if full:
            live(db.for_user("ann"), "tea")
        for table in TABLES:
            described = db.query(f"DESCRIBE {table}")
            types = dict(zip(described.column_name, described.column_type, strict=True))
            frame = db.query(f"FROM {table}")
            for name, kind in types.items():
                if name.endswith("_at"):
                    assert kind == "TIMESTAMP WITH TIME ZONE"
                    assert frame[name].dtype == pd.DatetimeTZDtype("us", "UTC")
                elif name == "topics":
                    assert kind == "VARCHAR[]"
                elif name in JSON:
                    assert kind == "JSON"
                elif name in ("user_id", "session_id", "memory", "content", "input"):
                    assert kind == "VARCHAR"
                elif name.endswith(("_id", "_tokens", "_version")):
                    assert kind == "INTEGER"
                    assert pd.api.types.is_integer_dtype(frame[name])
            assert types.get("latency") in (None, "DOUBLE")
    assert {"request", "response"} <= JSON


def test_times_have_their_zone_topics_are_lists_and_requests_are_json(place: str) -> None:
    db = open_pinned(place)
    live(db.for_user("ann"), "tea")
    db.for_user("ann").add_memory("plain")
    frame = db.query("SELECT created_at, topics FROM user_memories ORDER BY memory_id")
    assert frame.created_at[0] == pd.Timestamp(NOON)
    assert frame.created_at[0].utcoffset() == UTC.utcoffset(None)
    assert [list(each) for each in frame.topics] == [["tea"], []]
    [found] = db.query("SELECT count(*) AS n FROM user_memories WHERE topics[1] = 'tea'").n
    assert found == 1
    unnested = db.query("SELECT unnest(topics) AS topic FROM user_memories")
    assert list(unnested.topic) == ["tea"]
    asked = db.query(
        "SELECT request->>'$.messages[0].content' AS said, response->>'content' AS reply, "
        "request->>'model' AS model FROM model_calls ORDER BY call_id"
    )
    assert asked.values.tolist() == [["I like tea.", "You like tea.", "test"]] * 2
    assert json.loads(db.query("FROM model_calls").request[0])["model"] == "test"
    nothing = db.query("SELECT topics, before, run_id FROM memory_events WHERE run_id IS NULL")
    assert [list(each) for each in nothing.topics] == [[]]
    assert nothing.before.isna().all()
    assert nothing.run_id.isna().all()
    db.close()


def test_a_question_has_the_same_answer_in_sql_as_in_plain_python(db: Db) -> None:
    said = {"ann": ["tea", "rain", "tea and rain"], "bob": ["milk"], "çiğdem": ["çay", "sun"]}
    for user_id, words in said.items():
        for number, word in enumerate(words):
            live(db.for_user(user_id), word, f"s{number % 2}")
    db.for_user("ann").delete_memory(2)
    exported = {user_id: db.for_user(user_id).export() for user_id in said}
    for table in exported["ann"]:
        for user_id, tables in exported.items():
            frame = db.query(f"SELECT * EXCLUDE (user_id) FROM {table}", user_id=user_id)
            for row, wanted in zip(frame.to_dict("records"), tables[table], strict=True):
                for name, value in wanted.items():
                    if value is None:
                        assert pd.isna(row[name])
                    elif name in JSON:
                        assert json.loads(row[name]) == value
                    elif name == "topics":
                        assert list(row[name]) == value
                    elif name.endswith("_at"):
                        assert row[name] == pd.Timestamp(value)
                    else:
                        assert row[name] == value

    tokens = db.query(
        "SELECT user_id, why, sum(prompt_tokens) AS n FROM model_calls GROUP BY ALL ORDER BY ALL"
    )
    plain: Counter[tuple[str, str]] = Counter()
    for user_id, tables in exported.items():
        for call in tables["model_calls"]:
            plain[user_id, call["why"]] += call["prompt_tokens"]
    assert tokens.values.tolist() == [[*key, n] for key, n in sorted(plain.items())]


ALL_TABLES = f"\nthe tables are: {', '.join(TABLES)}"
MISTAKES = {
    "SELECT * FROM memory": f"no table `memory`; did you mean `user_memories`?{ALL_TABLES}",
    "FROM Runs": f"no table `Runs`; did you mean `agent_runs`?{ALL_TABLES}",
    "DESCRIBE memory_event": f"no table `memory_event`; did you mean `memory_events`?{ALL_TABLES}",
    "FROM x": f"no table `x`{ALL_TABLES}",
    # To these memkit has nothing to add: it shows DuckDB's words, and the place.
    "SELECT memry FROM user_memories": 'column "memry" not found in FROM clause!',
    'SELECT m."topic" FROM user_memories m': 'Candidate bindings: : "topics"',
    "SELECT contnt FROM agent_runs JOIN messages USING (user_id, run_id)": '"content"',
    "WITH a AS (SELECT memory FROM user_memories) SELECT topics FROM a": "\nLINE 1: WITH a AS",
    "SELEC 1": "\nLINE 1: SELEC 1\n        ^",
    "SELECT\n'a": "\nLINE 2: 'a\n        ^",
    "SELECT memory + 1 FROM user_memories": "\nLINE 1: SELECT memory + 1",
    "SELECT 1; SELECT memry FROM user_memories": 'Candidate bindings: "memory"',
    "FROM user_memories; FROM nothing_here": f"no table `nothing_here`{ALL_TABLES}",
}


@pytest.mark.parametrize("sql", MISTAKES)
def test_a_mistake_is_explained_in_a_few_short_lines(filled: Db, sql: str) -> None:
    for user_id in (None, "ann"):
        with pytest.raises(QueryError) as caught:
            filled.query(sql, user_id=user_id)
        assert isinstance(caught.value, ValueError)
        assert isinstance(caught.value.__cause__, duckdb.Error)
        told = str(caught.value)
        assert MISTAKES[sql] in told
        assert len(told.splitlines()) <= 4
        assert "Error:" not in told
        assert "\n\n" not in told


@pytest.mark.parametrize("sql", ["", " \n", ";", " ; ;", "-- SELECT 1", None, 7])
def test_no_sql_is_an_error_that_says_so(filled: Db, sql: str) -> None:
    with pytest.raises(QueryError, match="there is no SQL to run"):
        filled.query(sql, "ann")


READS = {
    "FROM user_memories": 1,
    "TABLE messages": 2,
    "VALUES (1), (2)": 2,
    "WITH a AS (FROM messages) SELECT role FROM a": 2,
    "DESCRIBE user_memories": 10,
    "DESCRIBE SELECT 1": 1,
    "SHOW TABLES": len(TABLES),
    "SUMMARIZE messages": 7,
    "PRAGMA table_info('messages')": 7,
    "EXPLAIN SELECT memory FROM user_memories": 1,
    "EXPLAIN ANALYZE SELECT memory FROM user_memories": 1,
    "PIVOT messages ON role USING count(*) GROUP BY user_id": 1,
    "FROM (PIVOT messages ON role IN ('user') USING count(*) GROUP BY user_id)": 1,
    "UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b": 2,
    "SELECT 1; FROM messages;": 2,
    "FROM messages; PIVOT messages ON role USING count(*) GROUP BY user_id": 1,
}


@pytest.mark.parametrize("sql", READS)
def test_whatever_reads_is_run(filled: Db, sql: str) -> None:
    for _ in range(2):
        assert len(filled.query(sql, "ann")) == READS[sql]


WRITES = [
    "DELETE FROM user_memories",
    "UPDATE user_memories SET memory = 'x'",
    "INSERT INTO user_memories SELECT * REPLACE (7 AS memory_id) FROM user_memories",
    "MERGE INTO messages USING messages m ON true WHEN MATCHED THEN DELETE",
    "TRUNCATE messages",
    "DROP TABLE messages",
    "ALTER TABLE messages RENAME TO said",
    "CREATE TABLE mine AS FROM messages",
    "CREATE VIEW mine AS FROM messages",
    "CREATE MACRO mine() AS 1",
    "COMMENT ON TABLE messages IS 'mine'",
    "WITH gone AS (DELETE FROM messages RETURNING *) FROM gone",
    "EXPLAIN ANALYZE DELETE FROM messages",
    "SELECT 1; DELETE FROM messages; SELECT 1",
    "COMMIT; DELETE FROM messages",
    "CREATE TABLE mine AS PIVOT messages ON role USING count(*)",
    "PREPARE gone AS DELETE FROM messages",
    "SET VARIABLE mine = 1",
]


@pytest.mark.parametrize("sql", WRITES)
def test_whatever_changes_the_copy_is_refused_and_told_where_to_go(filled: Db, sql: str) -> None:
    user = filled.for_user("ann")
    before = user.export()
    for user_id in ("ann", None):
        kept = everything(filled, user_id)
        with pytest.raises(QueryError, match=r"changes to it are not stored"):
            filled.query(sql, user_id)
        assert everything(filled, user_id) == kept
    assert user.export() == before


def everything(db: Db, user_id: str | None) -> dict[str, list[Any]]:
    """All that SQL finds, with what DuckDB itself knows of tables and views."""
    asked = [*TABLES, "duckdb_tables()", "duckdb_views() WHERE NOT internal"]
    return {each: db.query(f"FROM {each}", user_id).astype(str).values.tolist() for each in asked}


@on_sqlite
def test_somebody_elses_id_in_a_users_query_finds_nothing(db: Db) -> None:
    live(db.for_user("ann"), "tea")
    live(db.for_user("bob"), "milk")
    assert db.query("FROM user_memories WHERE user_id = 'bob'", "ann").empty


@on_sqlite
def test_a_copy_of_ones_own_can_be_changed_and_nothing_comes_back_from_it(db: Db) -> None:
    user = db.for_user("ann")
    live(user, "tea")
    live(db.for_user("bob"), "milk")
    for user_id in ("ann", None):
        kept = everything(db, user_id)
        mine = db.duckdb(user_id)
        mine.execute("CREATE VIEW last AS SELECT max(run_id) FROM agent_runs")
        mine.execute("CREATE TABLE words AS SELECT content FROM messages")
        mine.execute("DELETE FROM user_memories; UPDATE messages SET content = 'x'")
        mine.execute("DROP TABLE memory_events")
        assert mine.execute("FROM last").fetchall() == [(1,)]
        assert everything(db, user_id) == kept
        mine.close()
    assert [each.memory for each in user.memories()] == ["The user likes tea."]


@on_sqlite
def test_a_copy_of_ones_own_shows_the_store_as_it_was_and_a_new_one_as_it_is(db: Db) -> None:
    user = db.for_user("ann")
    user.add_memory("a")
    old = db.duckdb("ann")
    user.add_memory("b")
    new = db.duckdb("ann")
    count = "SELECT count(*) FROM user_memories"
    assert (old.execute(count).fetchall(), new.execute(count).fetchall()) == ([(1,)], [(2,)])
    new.execute("DELETE FROM user_memories")
    assert old.execute(count).fetchall() == [(1,)]
    assert db.query(count).values.tolist() == [[2]]
    for copy in (old, new, db.duckdb()):
        for setting in ("enable_external_access", "lock_configuration"):
            with pytest.raises(duckdb.Error, match="locked"):
                copy.execute(f"SET {setting} = {setting == 'enable_external_access'}")
        copy.close()
    db.close()


@on_sqlite
def test_looking_does_not_warn(db: Db) -> None:
    live(db.for_user("ann"), "tea")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for table in TABLES:
            db.query(f"FROM {table}")
    assert warned == []


QUOTED = 'The user said: "it\'s $5?"; DROP TABLE messages --'


def test_values_are_passed_and_not_quoted_by_hand(db: Db) -> None:
    db.for_user("ann").add_memory(QUOTED)
    db.for_user("bo").add_memory(QUOTED)
    by_place = "SELECT user_id FROM user_memories WHERE memory = ? AND memory_id = ?"
    by_name = "SELECT user_id FROM user_memories WHERE memory = $text ORDER BY ALL"
    assert db.query(by_place, "ann", [QUOTED, 1]).user_id.tolist() == ["ann"]
    assert db.query(by_name, params={"text": QUOTED}).user_id.tolist() == ["ann", "bo"]
    assert db.query(by_name, "ann", params={"text": "bo"}).empty  # and nobody's by a value
    assert db.query(f"SELECT 1; {by_name}", "bo", {"text": QUOTED}).user_id.tolist() == ["bo"]


@pytest.mark.parametrize(
    ("sql", "params", "problem"),
    [
        ("SELECT ?", "text", "params is a list for . or a dict for .name, found 'text'"),
        ("SELECT ?", 5, "params is a list"),
        ("SELECT 1", [5], "the SQL has no . and no .name for params"),
        ("SELECT ?", [], "(?i)parameter"),
        ("SELECT $a", {"b": 1}, "(?i)parameter"),
        ("SELECT ?", [1, 2], "(?i)parameter"),
    ],
)
def test_params_that_do_not_fit_are_an_error(db: Db, sql: str, params: Any, problem: str) -> None:
    with pytest.raises(QueryError, match=problem):
        db.query(sql, params=params)
