"""`memkit demo`, and `python -m memkit`: the conversation in a terminal."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from memkit import lab
from memkit.commands import main
from support import completion, open_store, say, send_json, server

ROOT = Path(__file__).parents[2]


def demo(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "memkit", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


@pytest.mark.parametrize("arguments", [[], ["--at-once"]], ids=str)
def test_the_demo_plays_the_conversation_and_shows_its_tables(arguments):
    ran = demo(*arguments)
    assert (ran.returncode, ran.stderr) == (0, "")
    for turn in lab.conversation():
        assert f"  {turn.message}\n" in ran.stdout
        assert f"{turn.user_id} in {turn.session_id}\n" in ran.stdout
    assert ran.stdout.count("  -> ") == 8
    chat, memories, calls = re.split(r"What is remembered.*|Every call.*", ran.stdout)
    assert re.search("anime|manga|video games", chat.rsplit("  -> ", 1)[1]) or arguments
    assert memories.count("The user") == 8
    assert len(re.findall("(?:reply|memory) +│", calls)) == 16


def test_a_store_that_is_named_stays(place):
    assert demo("--db", place, "--at-once").returncode == 0
    db = open_store(place)
    assert len(db.query("SELECT * FROM agent_runs")) == 8
    assert len(db.query("SELECT * FROM user_memories")) == 8
    db.close()


def test_a_store_that_cannot_be_used_is_one_clear_line():
    ran = demo("--db", "postgresql://nobody@127.0.0.1:1/none")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert len(ran.stderr.splitlines()) == 1
    assert "is the server running" in ran.stderr


@pytest.mark.parametrize("place", ["mysql://x/y", "postgresql://[", ".", "letter.txt", " "])
def test_whatever_is_wrong_with_the_store_it_is_one_clear_line(
    place, monkeypatch, capsys, tmp_path
):
    monkeypatch.chdir(tmp_path)
    Path("letter.txt").write_text("Dear Ana, " * 1000)
    assert main(["demo", "--db", place]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1


def test_a_real_model_without_a_key_is_one_clear_line(monkeypatch, capsys):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert main(["demo", "--model", "gpt-4o"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("OpenAIChat has no API key")
    assert len(err.splitlines()) == 1


def test_a_model_behind_a_url_is_asked():
    models = set()

    def answer(handler, body):
        models.add(body["model"])
        send_json(handler, completion(say("Good day.")))

    with server(answer) as url:
        ran = demo("--model", "some-model", "--base-url", url)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.count("  -> Good day.") == 8
    assert models == {"some-model"}
