"""SQL over a copy of the store: types, names, answers, and a copy that stays one."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from datetime import UTC

import duckdb
import pandas as pd
import pytest
import sqlalchemy as sa

from lives import NOON, TABLES, live, open_pinned
from memkit import QueryError
from memkit.db import Db
from memkit.tables import metadata

JSON = {
    column.name
    for table in metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, sa.JSON)
}
COLUMNS = {table.name: [each.name for each in table.columns] for table in metadata.sorted_tables}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("user_id", [None, "ann", "nobody"])
def test_every_table_is_there_under_the_stores_names(
    db: Db, table: str, user_id: str | None
) -> None:
    empty = db.query(f"FROM {table}", user_id=user_id)
    assert (list(empty.columns), len(empty)) == (COLUMNS[table], 0)
    live(db.for_user("ann"), "tea")
    filled = db.query(f"FROM {table}", user_id=user_id)
    assert list(filled.columns) == COLUMNS[table]
    assert len(filled) == (0 if user_id == "nobody" else len(db.for_user("ann").export()[table]))
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
    for table in TABLES:
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


@pytest.mark.parametrize(
    "sql", ["SELECT * FROM memory", "SELEC 1", "SELECT no_such FROM messages", "SELECT 1/'a'"]
)
def test_bad_sql_is_told_the_names_of_the_tables(db: Db, sql: str) -> None:
    for user_id in (None, "ann"):
        with pytest.raises(QueryError) as caught:
            db.query(sql, user_id=user_id)
        assert isinstance(caught.value, ValueError)
        assert isinstance(caught.value.__cause__, duckdb.Error)
        assert all(name in str(caught.value) for name in TABLES)


def test_changes_to_the_copy_never_reach_the_store(db: Db) -> None:
    user = db.for_user("ann")
    live(user, "tea")
    before = user.export()
    for sql in [
        "DELETE FROM user_memories",
        "UPDATE user_memories SET memory = 'x'",
        "DROP TABLE messages",
        "DELETE FROM model_calls; DELETE FROM messages; SELECT 1",
        "INSERT INTO user_memories SELECT * REPLACE (7 AS memory_id) FROM user_memories",
    ]:
        db.query(sql)
        db.query(sql, user_id="ann")
    assert user.export() == before
    assert len(db.query("FROM user_memories")) == len(db.query("FROM messages")) - 1 == 1


def test_a_copy_shows_the_store_as_it_was_and_a_new_one_as_it_is(db: Db) -> None:
    user = db.for_user("ann")
    user.add_memory("a")
    old = db.duckdb("ann")
    user.add_memory("b")
    new = db.duckdb("ann")
    count = "SELECT count(*) FROM user_memories"
    assert (old.execute(count).fetchone(), new.execute(count).fetchone()) == ((1,), (2,))
    new.execute("DELETE FROM user_memories")
    assert old.execute(count).fetchone() == (1,)
    assert db.query(count).values.tolist() == [[2]]
    for copy in (old, new, db.duckdb()):
        for setting in ("enable_external_access", "lock_configuration"):
            with pytest.raises(duckdb.Error, match="locked"):
                copy.execute(f"SET {setting} = {setting == 'enable_external_access'}")
        copy.close()
    db.close()


def test_looking_does_not_warn(db: Db) -> None:
    live(db.for_user("ann"), "tea")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for table in TABLES:
            db.query(f"FROM {table}")
    assert warned == []
