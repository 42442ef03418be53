"""The magics `%memsql` and `%%memsql`, in a real IPython shell and in an executed notebook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from lives import live
from memkit import Agent, OfflineChat, SqliteDb

ANN = "ann@example.com"
BOB = "bob@example.com"
MEMORIES = "SELECT user_id, memory FROM user_memories ORDER BY ALL"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SqliteDb]:
    """A store of two users."""
    store = SqliteDb(tmp_path / "memkit.db")
    live(store.for_user(ANN), "tea")
    live(store.for_user(BOB), "milk")
    yield store
    store.close()


@pytest.fixture
def shell(db: SqliteDb) -> Iterator[InteractiveShell]:
    """A shell of its own, with the magics loaded and the store as `db`."""
    config = Config()
    config.HistoryManager.enabled = False
    made = InteractiveShell(config=config)
    made.colors = "nocolor"
    assert made.run_cell("%load_ext memkit").success
    made.push({"db": db})
    yield made
    made.reset(new_session=False)


def value(shell: InteractiveShell, cell: str) -> Any:
    """What a cell gives as its value."""
    done = shell.run_cell(cell, store_history=True)
    done.raise_error()
    return done.result


def people(frame: Any) -> list[str]:
    assert isinstance(frame, pd.DataFrame)
    return list(frame.user_id)


def complaint(shell: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str) -> str:
    """The one message that a cell which cannot be run shows, without a traceback."""
    capsys.readouterr()
    done = shell.run_cell(cell)
    assert not done.success
    told = capsys.readouterr()
    shown = told.out + told.err
    assert "Traceback" not in shown
    assert ".py" not in shown
    return shown


def test_a_cell_shows_the_frame_once_and_keeps_it_in_the_underscore(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = value(shell, f"%%memsql\n{MEMORIES}")
    assert people(frame) == [ANN, BOB]
    assert capsys.readouterr().out.count(ANN) == 1
    assert shell.user_ns["_"] is frame


def test_the_copy_of_a_user_holds_nobody_else(shell: InteractiveShell) -> None:
    for user, others in ((ANN, BOB), (BOB, ANN)):
        for option in ("--user ", "--user=", "-u "):
            assert people(value(shell, f"%%memsql {option}{user}\n{MEMORIES}")) == [user]
            assert people(value(shell, f"%memsql {option}{user} {MEMORIES}")) == [user]
        foreign = f"FROM user_memories WHERE user_id = '{others}'"
        assert value(shell, f"%%memsql --user {user}\n{foreign}").empty
    assert value(shell, f"%%memsql --user nobody\n{MEMORIES}").empty


@pytest.mark.parametrize("user", ["$user_id", "{user_id}", "'$user_id'"])
def test_the_user_can_come_from_a_variable(shell: InteractiveShell, user: str) -> None:
    shell.push({"user_id": BOB})
    assert people(value(shell, f"%%memsql --user {user}\n{MEMORIES}")) == [BOB]
    assert people(value(shell, f"%memsql --user {user} {MEMORIES}")) == [BOB]


def test_a_variable_that_is_not_there_is_no_user(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    told = complaint(shell, capsys, f"%%memsql --user $user_id\n{MEMORIES}")
    assert "there is no variable 'user_id'" in told


def test_a_line_is_a_value(shell: InteractiveShell) -> None:
    assert value(shell, f"frame = %memsql {MEMORIES}\npeople = list(frame.user_id)") is None
    assert shell.user_ns["people"] == [ANN, BOB]
    assert people(value(shell, f"%memsql {MEMORIES}")) == [ANN, BOB]


def test_out_puts_the_frame_into_a_variable_and_shows_nothing(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert value(shell, f"%%memsql --out found --user {ANN}\n{MEMORIES}") is None
    assert people(shell.user_ns["found"]) == [ANN]
    assert value(shell, f"%memsql -o again {MEMORIES}") is None
    assert people(shell.user_ns["again"]) == [ANN, BOB]
    assert capsys.readouterr().out == ""
    assert "is the name of a variable" in complaint(shell, capsys, "%memsql -o 1x SELECT 1")


def test_sql_keeps_its_dollars_braces_quotes_and_dashes(shell: InteractiveShell) -> None:
    shell.push({"memory": "wrong", "x": "wrong"})
    for sql, wanted in {
        "SELECT '$memory {x}' AS a": "$memory {x}",
        "SELECT $$it's$$ AS a": "it's",
        "SELECT {'b': 1}.b AS a": 1,
        "SELECT 3 --user 2\n AS a": 3,
        "SELECT 'it''s' AS a": "it's",
        "SELECT 'a\"b' AS a": 'a"b',
    }.items():
        assert value(shell, f"%%memsql\n{sql}").a[0] == wanted
        if "\n" not in sql:
            assert value(shell, f"%memsql {sql}").a[0] == wanted


def test_the_store_is_the_one_meant(shell: InteractiveShell, db: SqliteDb, tmp_path: Path) -> None:
    with_one = SqliteDb(tmp_path / "other.db")
    live(with_one.for_user("cal"), "rum")
    agent = Agent(model=OfflineChat(), db=with_one)
    shell.push({"agent": agent})
    assert people(value(shell, f"%memsql {MEMORIES}")) == [ANN, BOB]
    assert people(value(shell, f"%memsql --db agent {MEMORIES}")) == ["cal"]
    shell.push({"db": 7, "mine": db})
    assert people(value(shell, f"%memsql {MEMORIES}")) == ["cal"]
    assert people(value(shell, f"%memsql --db mine {MEMORIES}")) == [ANN, BOB]
    del shell.user_ns["agent"], shell.user_ns["db"]
    assert people(value(shell, f"%%memsql\n{MEMORIES}")) == [ANN, BOB]
    shell.push({"the_same": db})
    assert people(value(shell, f"%%memsql\n{MEMORIES}")) == [ANN, BOB]
    with_one.close()


def test_without_a_store_or_with_several_the_message_says_what_there_is(
    shell: InteractiveShell,
    db: SqliteDb,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del shell.user_ns["db"]
    assert "none; make one first" in complaint(shell, capsys, "%memsql SELECT 1")
    other = SqliteDb(tmp_path / "other.db")
    shell.push({"one": db, "two": other, "number": 7})
    told = complaint(shell, capsys, "%memsql SELECT 1")
    assert "which store? name a variable with --db; stores and agents here: one, two" in told
    told = complaint(shell, capsys, "%memsql --db number SELECT 1")
    assert "--db number is int; stores and agents here: one, two" in told
    told = complaint(shell, capsys, "%memsql --db tow SELECT 1")
    assert "--db tow is not there; stores and agents here: one, two" in told
    other.close()


MISTAKES = {
    "%memsql FROM memory": "no table `memory`; did you mean `user_memories`?",
    "%%memsql\nDELETE FROM messages": "this is a copy: changes to it are not stored",
    "%%memsql\n-- later": "there is no SQL to run",
    "%memsql": "there is no SQL to run",
    "%%memsql --user ''\nSELECT 1": "user_id",
    "%%memsql --usr ann\nSELECT 1": "unrecognized arguments",
    "%%memsql --user\nSELECT 1": "expected one argument",
    "%%memsql SELECT 1\nSELECT 2": "unrecognized arguments",
    "%%memsql --user 'ann\nSELECT 1": "the options cannot be read",
}


@pytest.mark.parametrize("cell", MISTAKES)
def test_a_mistake_is_one_message_without_a_traceback(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    told = complaint(shell, capsys, cell)
    assert MISTAKES[cell] in told
    assert len(told.strip().splitlines()) <= 6


def test_the_question_mark_explains_the_options(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%memsql?")
    told = capsys.readouterr().out
    for word in ("--user", "--out", "--db", "user_memories"):
        assert word in told


def test_it_works_in_a_notebook(tmp_path: Path) -> None:
    cells = [
        "from lives import live\nfrom memkit import SqliteDb\n%load_ext memkit\n"
        "db = SqliteDb('memkit.db')\nlive(db.for_user('ann'), 'tea')\n"
        "live(db.for_user('bob'), 'milk');",
        "%%memsql --user ann\nSELECT memory FROM user_memories",
        "%%memsql\nFROM memory",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    book.cells[0].source = f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n" + (
        book.cells[0].source
    )
    run = nbclient.NotebookClient(
        book, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    )
    run.execute()
    [shown] = book.cells[1].outputs
    assert "The user likes tea." in shown.data["text/html"]
    assert "milk" not in str(shown)
    [told] = book.cells[2].outputs
    assert "did you mean `user_memories`?" in str(told)
    assert "Traceback" not in str(told)
