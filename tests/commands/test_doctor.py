"""`memkit doctor`: what is missing is found, and stands above the line that says how to fix it."""

import os
import sqlite3
import subprocess
import sys
import types

import pytest

from memkit.commands import doctor, lab, main
from support import completion, say, send_json, server

pytestmark = pytest.mark.slow

ALWAYS = list(doctor.looks(types.SimpleNamespace(postgres=None, base_url=None)))


@pytest.fixture(autouse=True)
def in_a_folder_without_a_key(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def no_kernel(monkeypatch):
    """A kernel takes seconds; one test starts it."""
    monkeypatch.setattr(doctor, "kernel", lambda: "not tried")


def test_nothing_is_missing_here(capsys):
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert [line.split()[1].rstrip(":") for line in printed.splitlines()[:-2]] == ALWAYS
    assert "MISSING" not in printed
    assert printed.endswith("everything is ready\n")


def test_a_kernel_that_cannot_import_memkit(monkeypatch, tmp_path):
    broken = tmp_path / "memkit"
    broken.mkdir()
    (broken / "__init__.py").write_text("import nothing_of_this_name")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(doctor.Missing, match="nothing_of_this_name"):
        doctor.kernel()


@pytest.mark.usefixtures("no_kernel")
def test_a_store_that_another_program_holds(tmp_path, capsys):
    doctor.STORE.parent.mkdir()
    holder = sqlite3.connect(doctor.STORE)
    holder.execute("BEGIN IMMEDIATE")
    assert main(["doctor"]) == 1
    printed = capsys.readouterr().out
    assert "MISSING  store: data/memkit.db cannot be written to: database is locked\n" in printed
    assert "-> shut down the notebook or program that writes to it" in printed
    assert printed.endswith("1 to fix, as the lines above say\n")
    holder.close()
    assert main(["doctor"]) == 0


@pytest.mark.usefixtures("no_kernel")
def test_a_postgres_that_is_not_there(capsys):
    assert main(["doctor", "--postgres=postgresql://ana:secret@127.0.0.1:1/db"]) == 1
    printed = capsys.readouterr().out
    assert "MISSING  Postgres: " in printed
    assert "-> start the server, or correct the URL" in printed
    assert "secret" not in printed


def test_a_postgres_that_is_there(postgres_url):
    assert doctor.postgres(postgres_url).endswith("answers; users in it: 0")


@pytest.mark.usefixtures("no_kernel")
def test_an_endpoint_says_what_it_can(monkeypatch, capsys):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-class")
    with server(lambda handler, _: send_json(handler, completion(say("Hello.")))) as base_url:
        assert main(["doctor", f"--base-url={base_url}"]) == 0
    printed = capsys.readouterr().out
    for ability in ("reply", "stream", "tools", "json_schema", "embeddings", "usage"):
        assert f"\n         {ability} " in printed
    assert "sk-of-the-class" not in printed


@pytest.mark.usefixtures("no_kernel")
def test_an_endpoint_that_is_not_there(capsys):
    assert main(["doctor", "--base-url=http://127.0.0.1:9/v1"]) == 1
    assert "MISSING  endpoint: " in capsys.readouterr().out


def test_an_environment_without_the_panels(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(doctor.Missing, match="jupyterlab-manager"):
        doctor.widgets()


NO_HOME = ["/dev/null/home", "/proc", "/nowhere/at/all"]  # root may write to what is read-only


@pytest.mark.parametrize("place", NO_HOME)
def test_where_home_is_of_no_use_jupyter_writes_elsewhere(place, monkeypatch, tmp_path):
    monkeypatch.setattr(os, "environ", {"HOME": place})
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    lab.set_environment()
    assert "cannot be written to; `memkit lab` keeps its files in" in doctor.home()
    assert os.environ["IPYTHONDIR"] == str(tmp_path / "home" / "ipythondir")


@pytest.mark.parametrize("place", NO_HOME)
def test_a_run_needs_no_home(place, tmp_path):
    script = """
from memkit import Agent, SqliteDb
agent = Agent(db=SqliteDb("memkit.db"), update_memory_on_run=True)
print(agent.run("I like tea.", user_id="ana", session_id="s").error, agent.get_user_memories("ana"))
"""
    for command in (["-c", script], ["-m", "memkit"]):
        ran = subprocess.run(
            [sys.executable, "-W", "error", *command],
            cwd=tmp_path,
            env={**os.environ, "HOME": place},
            capture_output=True,
            text=True,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        assert "The user likes" in ran.stdout
