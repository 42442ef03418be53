"""`memkit demo`, and `python -m memkit`: the conversation in a terminal."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from memkit import lab
from memkit.commands import main
from support import open_store

ROOT = Path(__file__).parents[2]


@pytest.fixture
def demo(monkeypatch, capsys):
    """Call it in this process: the exit status, what it prints, and what it prints as errors."""
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments):
        status = main(["demo", *arguments])
        return status, *capsys.readouterr()

    return call


def assert_conversation(printed):
    for turn in lab.conversation():
        assert f"  {turn.message}\n" in printed
        assert f"{turn.user_id} in {turn.session_id}\n" in printed
    assert printed.count("  -> ") == 8
    _, memories, calls = re.split(r"What is remembered.*|Every call.*", printed)
    assert memories.count("The user") == 8
    assert len(re.findall("(?:reply|memory) +│", calls)) == 16


@pytest.mark.slow
def test_python_m_memkit_plays_the_conversation_and_shows_its_tables():
    ran = subprocess.run(
        [sys.executable, "-m", "memkit"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert_conversation(ran.stdout)
    last = ran.stdout.partition("What is remembered")[0].rsplit("  -> ", 1)[1]
    assert re.search("anime|manga|video games", last)


def test_a_store_that_is_named_stays(demo, place):
    status, printed, errors = demo("--db", place, "--at-once")
    assert (status, errors) == (0, "")
    assert_conversation(printed)
    db = open_store(place)
    assert len(db.query("SELECT * FROM agent_runs")) == 8
    assert len(db.query("SELECT * FROM user_memories")) == 8
    db.close()


def test_a_store_that_cannot_be_used_is_one_clear_line(demo):
    status, printed, errors = demo("--db", "postgresql://nobody@127.0.0.1:1/none")
    assert (status, printed) == (1, "")
    assert len(errors.splitlines()) == 1
    assert "is the server running" in errors


@pytest.mark.parametrize("place", ["mysql://x/y", "postgresql://[", ".", "letter.txt", " "])
def test_whatever_is_wrong_with_the_store_it_is_one_clear_line(place, monkeypatch, demo, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("letter.txt").write_text("Dear Ana, " * 1000)
    status, printed, errors = demo("--db", place)
    assert (status, printed) == (1, "")
    assert len(errors.splitlines()) == 1
