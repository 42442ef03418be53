"""`%%memsql` in a real IPython: what they show, assign, refuse, and leave alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

from lives import live
from memkit import SqliteDb

ANN = "ann@example.com"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SqliteDb]:
    """A store in which two people have said something."""
    store = SqliteDb(tmp_path / "memkit.db")
    live(store.for_user(ANN), "tea")
    live(store.for_user("bob the 2nd"), "milk")
    yield store
    store.close()


@pytest.fixture
def shell(db: SqliteDb, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> InteractiveShell:
    """An IPython of its own, with the extension loaded and the store in `db`."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    made = InteractiveShell()
    made.history_manager.enabled = False
    assert made.run_cell("%load_ext memkit").success
    made.user_ns["db"] = db
    return made


def run(shell: InteractiveShell, cell: str) -> Any:
    """The value of a cell that works."""
    ran = shell.run_cell(cell, store_history=True)
    assert ran.success
    return ran.result


def error(shell: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str) -> str:
    """What a person reads of a cell that fails."""
    capsys.readouterr()
    ran = shell.run_cell(cell)
    assert not ran.success
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    assert told.err.startswith("UsageError: ")
    return told.err.removeprefix("UsageError: ").strip()


@pytest.mark.parametrize("end", ["", ";", "\n;\n", "\n-- the end"])
def test_a_cell_shows_its_frame_once_and_underscore_is_the_frame(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], end: str
) -> None:
    capsys.readouterr()
    frame = run(shell, f"%%memsql\nSELECT user_id, memory FROM user_memories ORDER BY ALL{end}")
    shown = capsys.readouterr().out
    assert shown.count("The user likes tea.") == shown.count("The user likes milk.") == 1
    assert list(frame.user_id) == [ANN, "bob the 2nd"]
    assert run(shell, "_ is Out[max(Out)] and len(_)") == 2


def test_sql_is_taken_as_it_is(shell: InteractiveShell) -> None:
    run(shell, "user_id = 'x'")
    sql = "SELECT {'a': 1} AS s, '$user_id  {user_id}' AS t, 1 - 2 AS n -- it's"
    assert run(shell, f"%%memsql\n{sql}").values.tolist() == [[{"a": 1}, "$user_id  {user_id}", -1]]


@pytest.mark.parametrize(
    "asked",
    [
        f"--user {ANN}",
        f"--user={ANN}",
        f"-u {ANN}",
        f'--user "{ANN}"',
        "--user $ann",
        "--user {ann}",
        "   -u $ann ",
    ],
)
def test_a_user_is_named_by_the_id_or_by_a_variable(shell: InteractiveShell, asked: str) -> None:
    run(shell, f"ann = {ANN!r}")
    assert set(run(shell, f"%%memsql {asked}\nFROM messages").user_id) == {ANN}


def test_an_id_of_nobody_is_told_below_the_empty_table(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shell, "%%memsql --user ann\nFROM messages").empty
    assert "nobody is called 'ann'; write $ann for a variable" in capsys.readouterr().out


def test_an_id_with_spaces_is_one_id(shell: InteractiveShell) -> None:
    run(shell, "who = 'bob the 2nd'")
    for asked in ("'bob the 2nd'", '"$who"'):
        assert set(run(shell, f"%%memsql --user {asked}\nFROM messages").user_id) == {"bob the 2nd"}


def test_somebody_elses_rows_are_not_in_a_users_cell(shell: InteractiveShell) -> None:
    frame = run(shell, f"%%memsql --user {ANN}\nFROM messages WHERE user_id <> '{ANN}' OR true")
    assert set(frame.user_id) == {ANN}


def test_a_frame_can_be_put_into_a_variable_instead(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    for option in ("--out", "-o"):
        assert run(shell, f"%%memsql {option} said -u {ANN}\nFROM messages") is None
        assert capsys.readouterr().out == ""
        assert isinstance(shell.user_ns.pop("said"), pd.DataFrame)
    told = error(shell, capsys, "%%memsql --out not-a-name\nFROM messages")
    assert told == "--out is the name of a variable, found 'not-a-name'"


def test_the_store_is_the_one_in_the_variable_db(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.user_ns["db"] = "something else"
    told = error(shell, capsys, "%%memsql\nFROM agent_sessions")
    assert told == "which store? put it into a variable `db`"


MISTAKES = {
    "%%memsql\nFROM memory": "no table `memory`; did you mean `user_memories`?\nthe tables",
    "%%memsql\nSELECT memry FROM user_memories": 'Referenced column "memry" not found',
    "%%memsql\nSELEC 1": 'syntax error at or near "SELEC"\nLINE 1: SELEC 1\n        ^',
    "%%memsql\nDELETE FROM messages": "this is a copy: changes to it are not stored",
    "%%memsql\n ": "there is no SQL to run",
    "%%memsql --user\nFROM messages": "argument --user/-u: expected one argument",
    "%%memsql --limit 3\nFROM messages": "unrecognized arguments: --limit 3",
    "%%memsql FROM runs\nFROM messages": "unrecognized arguments: FROM runs",
    "%%memsql --user 'ann\nFROM messages": "the options cannot be read (No closing quotation)",
    "%%memsql --user ' '\nFROM messages": "user_id",
    "%%memsql --user $nobody\nFROM messages": "--user $nobody: there is no variable of this name",
    "%%memsql --user {nobody}\nFROM messages": "--user {nobody}: there is no variable of this name",
}


@pytest.mark.parametrize("cell", MISTAKES)
def test_a_mistake_is_one_message_without_a_traceback(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    assert error(shell, capsys, cell).startswith(MISTAKES[cell])


def test_a_question_mark_tells_the_options(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    shell.run_cell("%%memsql?")
    told = capsys.readouterr().out
    for each in ("--user", "--out", "user_memories", "Run SQL on a copy"):
        assert each in told


@pytest.mark.slow
def test_a_cell_of_a_notebook_has_one_table(db: SqliteDb, tmp_path: Path) -> None:
    cells = [
        f"from memkit import SqliteDb\ndb = SqliteDb({str(db.path)!r})\n%load_ext memkit",
        f"%%memsql --user {ANN}\nSELECT memory FROM user_memories;",
        "%%memsql\nFROM memory",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=120, allow_errors=True).execute()
    loaded, shown, failed = (each.outputs for each in notebook.cells)
    assert loaded == []
    [table] = shown
    assert table.output_type == "execute_result"
    assert "The user likes tea." in table.data["text/html"]
    [told] = failed
    assert told.output_type == "stream"
    assert told.text.startswith("UsageError: no table `memory`; did you mean `user_memories`?")
