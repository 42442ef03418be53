"""The classroom: conversations, throw-away stores, and the answers of the checks."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from memkit import (
    Agent,
    InvalidInput,
    OfflineChat,
    OpenAIChat,
    Recall,
    RunResult,
    SqliteDb,
    User,
    lab,
)
from memkit.lab.check import NotTried
from memkit.offline.changes import decide
from memkit.records import Change, ModelCall
from memkit.store.runs import RunLog


@pytest.fixture
def db() -> Iterator[SqliteDb]:
    db = lab.temporary_store()
    yield db
    db.close()


@pytest.fixture
def agent(db: SqliteDb) -> Agent:
    return Agent(OfflineChat(), db, update_memory_on_run=True, add_memories_to_context=True)


def test_the_conversation_has_three_users_four_sessions_and_eight_turns() -> None:
    turns = lab.conversation("three_users")
    assert len(turns) == 8
    assert len({turn.user_id for turn in turns}) == 3
    assert len({(turn.user_id, turn.session_id) for turn in turns}) == 4


def test_an_unknown_conversation_is_told_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no conversation 'four_users'.*three_users"):
        lab.conversation("four_users")


LAST_QUESTION = "What do you suggest I do this weekend?"


def test_an_invented_class_is_as_large_as_asked_for_and_ends_with_a_question() -> None:
    turns = lab.invented_class(students=20)
    said = Counter(turn.user_id for turn in turns)
    assert list(said) == [f"student_{number}@example.com" for number in range(1, 21)]
    assert set(said.values()) == {7, 8}
    sessions = {(turn.user_id, turn.session_id) for turn in turns}
    assert {len([s for u, s in sessions if u == user]) for user in said} == {2}
    assert len({turn.message for turn in turns if "my name is" in turn.message}) == 20
    for user in said:
        assert [turn.message for turn in turns if turn.user_id == user][-1] == LAST_QUESTION
    with pytest.raises(ValueError, match="students is a whole number of at least 1, found 0"):
        lab.invented_class(students=0)


def test_the_offline_model_understands_all_that_a_class_says() -> None:
    for user, turns in groupby(sorted(lab.invented_class(), key=_speaker), _speaker):
        known: dict[int, str] = {}
        did = Counter[str]()
        for turn in [each for each in turns if each.message != LAST_QUESTION]:
            [use] = decide(turn.message, known)  # each sentence changes one thing
            did[use.name] += 1
            told: dict[str, Any] = use.arguments
            if use.name == "delete_memory":
                del known[told["memory_id"]]
            else:
                known[told.get("memory_id", 1 + did["add_memory"])] = told["memory"]
        assert did["update_memory"] + did["delete_memory"] == 2, user


def _speaker(turn: lab.Said) -> str:
    return turn.user_id


@pytest.mark.parametrize("at_once", [False, True])
async def test_each_run_that_is_played_is_told(agent: Agent, at_once: bool) -> None:
    told: list[RunResult] = []
    runs = await lab.play(agent, lab.conversation(), at_once, on_run=told.append)
    assert len(told) == 8
    assert sorted(map(_whose, told)) == sorted(map(_whose, runs))
    if not at_once:
        assert told == runs


def _whose(run: RunResult) -> tuple[str, int]:
    return run.user_id, run.run_id


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_class_that_is_stopped_leaves_every_run_whole_or_cancelled(
    db: SqliteDb, at_once: bool
) -> None:
    agent = Agent(OfflineChat(latency=0.02), db, update_memory_on_run=True)
    told: list[RunResult] = []

    def stop_after_five(run: RunResult) -> None:
        told.append(run)
        if len(told) == 5:
            asyncio.get_running_loop().call_later(0.01, playing.cancel)

    turns = lab.invented_class(6)
    playing = asyncio.create_task(lab.play(agent, turns, at_once, stop_after_five))
    with pytest.raises(asyncio.CancelledError):
        await playing
    runs = db.query("SELECT user_id, run_id, status, finished_at FROM agent_runs")
    assert set(runs.status) <= {"completed", "cancelled"}
    assert (runs.status == "cancelled").sum() <= (6 if at_once else 1)
    assert runs.finished_at.notna().all()
    assert len(runs) < len(turns)
    whole = runs[runs.status == "completed"]
    assert len(whole) >= 5
    answered = db.query("SELECT user_id, run_id FROM messages WHERE role = 'assistant'")
    # A run that was stopped while it remembered has its reply already.
    assert set(answered.itertuples(index=False, name=None)) >= set(
        whole[["user_id", "run_id"]].itertuples(index=False, name=None)
    )
    for user in db.users():  # what is remembered is the outcome of the events, as ever
        last = max(runs[runs.user_id == user].run_id)
        assert db.for_user(user).memories(as_of=int(last)) == db.for_user(user).memories()
    rest = await lab.play(agent, turns[-2:])  # and everybody can go on
    assert [each.error for each in rest] == [None, None]


async def test_one_failure_at_once_stops_nobody_else(agent: Agent) -> None:
    def fail(run: RunResult) -> None:
        if run.user_id == "bo":
            raise ValueError("a picture cannot be drawn")

    turns = [*lab.conversation()[:3], lab.Said("bo", "s", "Hi."), lab.Said("bo", "s", "never said")]
    with pytest.raises(ValueError, match="cannot be drawn"):
        await lab.play(agent, turns, at_once=True, on_run=fail)
    assert list(agent.db.query("SELECT status FROM agent_runs").status) == ["completed"] * 4


@pytest.mark.parametrize(
    ("turn", "problem"),
    [
        (lab.Said("bo", "s", " "), "turn 3: message is empty"),
        (lab.Said("", "s", "Hi."), "turn 3: user_id is empty"),
        (lab.Said("bo", " s", "Hi."), "turn 3: session_id ' s' has spaces"),
        (("bo", "s"), r"turn 3 is not \(user, session, message\): \('bo', 's'\)"),
    ],
)
async def test_a_turn_that_cannot_be_said_is_named_and_none_is_said(
    agent: Agent, turn: lab.Said, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        await lab.play(agent, [*lab.conversation()[:2], turn])
    assert agent.db.users() == []


RECORDED = [
    lab.Said("ana", "s", "I like tea.", "Noted!", datetime(2025, 3, 1, 9, tzinfo=UTC)),
    lab.Said("bo", "t", "Hello.", None, datetime(2025, 3, 2, 9, tzinfo=UTC)),
    lab.Said("ana", "s", "I live in Oslo.", "Lovely.", datetime(2025, 4, 1, 9, tzinfo=UTC)),
]


@pytest.mark.parametrize("at_once", [False, True])
async def test_recorded_replies_are_stored_at_their_times_and_memories_extracted(
    agent: Agent, at_once: bool
) -> None:
    runs = await lab.play(agent, RECORDED, at_once, replies="recorded")
    assert [run.content for run in runs if run.user_id == "ana"] == ["Noted!", "Lovely."]
    assert [run.content for run in runs if run.user_id == "bo"] == [None]
    ana = agent.db.for_user("ana")
    said = [(each.role, each.content, each.created_at.month) for each in ana.messages("s")]
    assert said == [
        ("user", "I like tea.", 3),
        ("assistant", "Noted!", 3),
        ("user", "I live in Oslo.", 4),
        ("assistant", "Lovely.", 4),
    ]
    assert [(m.memory, m.created_at.month, m.run_id) for m in ana.memories()] == [
        ("The user likes tea.", 3, 1),
        ("The user lives in Oslo.", 4, 2),
    ]
    calls = agent.db.query("SELECT DISTINCT why FROM model_calls").why.tolist()
    assert calls == ["memory"]  # nobody was asked for a reply
    statuses = agent.db.query("SELECT status FROM agent_runs").status.tolist()
    assert statuses == ["completed"] * 3
    assert [run.memory_events for run in runs if run.user_id == "bo"] == [[]]
    assert agent.db.for_user("bo").memories() == []
    with pytest.raises(ValueError, match="'asked' or 'recorded', found 'given'"):
        await lab.play(agent, RECORDED, replies="given")  # type: ignore[arg-type]


async def test_what_is_asked_again_is_asked_at_its_time(agent: Agent) -> None:
    await lab.play(agent, RECORDED)
    runs = agent.db.query("SELECT user_id, created_at FROM agent_runs ORDER BY created_at")
    assert list(runs.created_at.dt.strftime("%m-%d")) == ["03-01", "03-02", "04-01"]
    await lab.play(agent, [("ana", "s", "And now?")])  # a turn may be a tuple
    assert agent.db.for_user("ana").sessions()[0].updated_at.year == 2026


@pytest.mark.slow
async def test_a_recorded_turn_whose_memories_fail_is_stored_with_the_reason(db: SqliteDb) -> None:
    agent = Agent(OpenAIChat("m", base_url="http://127.0.0.1:9/v1"), db)
    [run] = await lab.play(agent, RECORDED[:1], replies="recorded")
    assert run.content == "Noted!"
    assert run.error.startswith("the memories were not updated: no connection")
    assert db.query("SELECT error FROM agent_runs").error.tolist() == [run.error]


async def test_a_recorded_turn_that_is_stopped_is_stored_as_cancelled(db: SqliteDb) -> None:
    agent = Agent(OfflineChat(latency=30), db)
    playing = asyncio.create_task(lab.play(agent, RECORDED, replies="recorded"))
    while not db.users():
        await asyncio.sleep(0)
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    found = db.query("SELECT status, error FROM agent_runs").values.tolist()
    assert found == [["cancelled", "CancelledError: "]]


async def test_a_recorded_turn_that_fails_is_not_stored_as_cancelled(db: SqliteDb) -> None:
    class Buggy(OfflineChat):
        async def send(self, *_: Any) -> Any:
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        await lab.play(Agent(Buggy(), db), RECORDED, replies="recorded")
    found = db.query("SELECT status, error FROM agent_runs").values.tolist()
    assert found == [["completed", "RuntimeError: boom"]]


async def test_a_lesson_shows_the_same_whenever_it_is_run() -> None:
    exports = []
    for _ in range(2):
        db = lab.temporary_store()
        await lab.play(Agent(OfflineChat(), db, update_memory_on_run=True), lab.conversation())
        frames = [db.query(f"SELECT * EXCLUDE latency FROM {name}") for name in ("model_calls",)]
        exports.append([db.for_user(user).export()["memory_events"] for user in db.users()])
        exports[-1] += [frame.to_csv() for frame in frames]
        db.close()
    assert exports[0] == exports[1]


async def test_waves_tell_who_waited_for_whom(agent: Agent) -> None:
    turns = lab.conversation()[3:7]
    await lab.play(agent, turns)
    assert sorted(lab.timeline(agent.db).wave) == [1, 2, 3, 4]
    assert list(lab.timeline(agent.db).bar) == ["█···", "·█··", "··█·", "···█"]


async def test_users_at_once_wait_only_for_themselves(db: SqliteDb) -> None:
    agent = Agent(OfflineChat(latency=0.2), db)
    await lab.play(agent, lab.conversation()[3:7], at_once=True)
    assert list(lab.timeline(db).wave) == [1, 2, 1, 2]


def test_requests_side_by_side_are_text_whatever_they_hold() -> None:
    shown = lab.SideBySide(left_one=[{"role": "user", "content": "<b>é</b>"}], right=[])
    assert "&lt;b&gt;é&lt;/b&gt;" in shown._repr_html_()
    assert "<b>é" not in shown._repr_html_()
    assert "left one" in repr(shown)


async def test_the_second_session_exercise_tells_its_three_answers(agent: Agent) -> None:
    def check() -> str:
        return repr(lab.check_second_session(agent.db, "ana", "new", "old"))

    await agent.arun(lab.conversation()[0].message, user_id="ana", session_id="old")
    assert check() == "not tried yet"
    await agent.arun("I like tea.", user_id="ana", session_id="old")
    assert check() == "not yet: 'I like tea.' was said in old; say it in new"
    await agent.arun("Hello!", user_id="ana", session_id="new")
    assert check().startswith("not yet: no row of user_memories came from new")
    await agent.arun("I play the cello.", user_id="ana", session_id="new")
    assert check().startswith("not yet: the last request in old does not contain")
    await agent.arun("What do you know about me?", user_id="ana", session_id="old")
    assert check() == "passed"


async def test_somebody_else_cannot_do_the_exercise(agent: Agent) -> None:
    await agent.arun("I play the cello.", user_id="bo", session_id="new")
    await agent.arun("What do you know about me?", user_id="bo", session_id="old")
    check = repr(lab.check_second_session(agent.db, "ana", "new", "old"))
    assert check == "not yet: 'bo' used 'new', but 'ana' should use 'new'"


async def test_of_two_sessions_the_wrong_one_is_blamed(agent: Agent) -> None:
    for said, session in (("I like tea.", "nwe"), ("What do you know about me?", "old")):
        await agent.arun(said, user_id="ana", session_id=session)
    check = repr(lab.check_second_session(agent.db, "ana", "new", "old"))
    assert check == "not yet: 'I like tea.' was said in nwe; say it in new"


async def test_the_newest_memory_exercise_names_the_first_wrong_row(agent: Agent) -> None:
    for said in ("I like tea.", "I play the cello."):
        await agent.arun(said, user_id="ana", session_id="one")
    assert repr(lab.check_newest(agent.db, None)) == "not tried yet"
    wrong = pd.DataFrame({"user_id": ["ana"], "memory": ["The user likes tea."]})
    told = "not yet: this row should not be there: ('ana', 'The user likes tea.')"
    assert repr(lab.check_newest(agent.db, wrong)) == told
    assert "the column 'user_id' is missing" in repr(lab.check_newest(agent.db, wrong[["memory"]]))
    right = wrong.assign(memory="The user plays the cello.")
    assert repr(lab.check_newest(agent.db, right)) == "passed"
    more = pd.concat([right, wrong])
    assert "should not be there" in repr(lab.check_newest(agent.db, more))


async def test_the_second_session_exercise_reads_the_request_and_not_its_json(agent: Agent) -> None:
    def check() -> str:
        return repr(lab.check_second_session(agent.db, "ana", "Ana's", "old"))

    assert check() == "not tried yet"
    await agent.arun("Hello!", user_id="ana", session_id="Ana's")
    agent.db.for_user("ana").add_memory("nothing to do with a session")
    await agent.arun('I like the song "Bésame <3".', user_id="ana", session_id="Ana's")
    assert check().startswith("not yet: the last request in old does not contain")  # none at all
    await agent.arun("What do you know about me?", user_id="ana", session_id="old")
    assert check() == "passed"


async def test_a_frame_is_compared_row_by_row(agent: Agent) -> None:
    await agent.arun("I like tea.", user_id="ana", session_id="one")
    right = agent.db.query("SELECT user_id, memory FROM user_memories")

    def check(answer: object) -> str:
        return repr(lab.check_newest(agent.db, answer))

    assert check(right) == check(right[["memory", "user_id"]]) == "passed"
    for answer, told in [
        ("SELECT 1", "this is str, not a frame; wrap it in db.query(...)"),
        (right[[]], "the column 'user_id' is missing"),
        (right.assign(more=1, most=2), "the column 'more' should not be there"),
        (right.memory, "this is Series, not a frame; use double brackets"),
        (right[:0], "1 row should be there"),
        (right.assign(memory=None), "this row should not be there: ('ana', 'None')"),
        (pd.concat([right, right]), "this row is there twice: ('ana', 'The user likes tea.')"),
        (pd.concat([right, right.assign(memory=[["x"]])]), "this row should not be there"),
        (pd.concat([right, right.assign(user_id=1)]), "this row should not be there"),
    ]:
        assert check(answer).startswith(f"not yet: {told}")
    await agent.arun("I like jam.", user_id="bo", session_id="one")
    assert check(right) == "not yet: this row is missing: ('bo', 'The user likes jam.')"


def test_the_worst_exercise_takes_a_rounded_number_or_not_and_keeps_the_answer() -> None:
    users = pd.DataFrame({"user_id": ["ana", "bo"], "recall": [0.133, 0.667]})
    result = lab.Score(pd.DataFrame(), pd.DataFrame(), users, pd.DataFrame())

    def check(user_id: str, recall: float) -> str:
        answer = pd.DataFrame({"user_id": [user_id], "recall": [recall]})
        return repr(lab.check_worst(result, answer))

    assert check("ana", 0.133) == check("ana", 2 / 15) == "passed"
    assert check("bo", 0.667) == "not yet: this row should not be there: ('bo', 0.667)"
    assert check("ana", 0.14) == "not yet: this row should not be there: ('ana', 0.14)"


async def test_the_nothing_learned_exercise_looks_at_the_last_run(agent: Agent) -> None:
    def check() -> str:
        return repr(lab.check_nothing_learned(agent, "ana", "Ana's"))

    await agent.arun("I play the cello.", user_id="ana", session_id="another")
    assert check() == "not tried yet"
    await agent.arun("I like tea.", user_id="ana", session_id="Ana's")
    assert check().startswith("not yet: the agent remembered")
    agent.update_memory_on_run = False
    await agent.arun("I like tea.", user_id="ana", session_id="Ana's")
    assert check() == "not yet: remembering is still off; switch it on again"
    agent.update_memory_on_run = True
    assert check() == (
        "not yet: memory 2, 'The user likes tea.', is left from an earlier try; "
        "delete it: db.for_user('ana').delete_memory(2)"
    )
    agent.db.for_user("ana").delete_memory(2)
    assert check() == "passed"
    await agent.arun("I own a dog.", user_id="ana", session_id="another")
    assert check() == "passed"
    await agent.arun("I own a dog.", user_id="ana", session_id="Ana's")
    assert check().startswith("not yet: the agent looked for memories in")
    await Agent(OfflineChat(), agent.db).arun("Hi.", user_id="ana", session_id="Ana's")
    assert check().startswith("not yet: 'Hi.' says nothing that the agent would have remembered")


def test_a_check_is_true_when_passed_and_an_error_for_nbgrader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def check(error: Exception | None = None) -> lab.Check:
        with lab.Check() as check:
            if error:
                raise error
        return check

    untried, wrong = NotTried(), AssertionError("a row is missing")
    assert check()
    assert not check(untried)
    assert not check(wrong)
    assert repr(check(AssertionError())) == "not yet: AssertionError: "  # of a learner's own code
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check()
    with pytest.raises(AssertionError, match="not tried yet"):
        check(untried)
    with pytest.raises(AssertionError, match="not yet: a row is missing"):
        check(wrong)


def test_python_without_assertions_passes_no_check() -> None:
    source = "from memkit import lab; print(lab.check_switch(object()))"
    ran = subprocess.run([sys.executable, "-O", "-c", source], capture_output=True, text=True)
    assert ran.stdout == ""
    assert "start without -O" in ran.stderr


def test_progress_reads_what_the_checks_of_a_folder_said_last(tmp_path: Path) -> None:
    def cell(tag: str, *said: str) -> dict[str, Any]:
        outputs = [{"output_type": "execute_result", "data": {"text/plain": [e]}} for e in said]
        return {"cell_type": "code", "metadata": {"tags": [tag]}, "outputs": outputs}

    text = {"cell_type": "markdown", "metadata": {}}
    cells = [text, cell("exercise", "12"), cell("check", "passed"), cell("check")]
    (tmp_path / "02_b.ipynb").write_text(json.dumps({"cells": cells}))
    cells = [cell("check", "not yet: a row is missing")]
    (tmp_path / "01_a.ipynb").write_text(json.dumps({"cells": cells}))
    (tmp_path / "playground.ipynb").write_text("")
    assert lab.progress(tmp_path).values.tolist() == [
        ["01_a", "a", "not yet: a row is missing"],
        ["02_b", "a", "passed"],
        ["02_b", "b", ""],
    ]


async def test_the_canary_exercise_wants_every_secret_told(agent: Agent) -> None:
    secrets = {"ana": "marzipan", "bo": "o'clock"}

    def check(answer: object) -> str:
        return repr(lab.check_canaries(agent.db, answer, secrets))

    frame = pd.DataFrame({"user_id": ["ana", "bo"], "requests_with_marzipan": [4, 0]})
    right = frame.assign(**{"requests_with_o'clock": [0, 4]})
    assert check(None) == "not tried yet"
    assert check(right) == "not yet: nobody called 'ana' has said anything yet"
    await agent.arun("My secret word is marzipan.", user_id="ana", session_id="s")
    assert check(right) == (
        "not yet: no later request of 'ana' holds 'marzipan'; "
        "say My password is marzipan. and ask something later"
    )
    await agent.arun("My password is marzipan.", user_id="ana", session_id="s")
    await agent.arun("Hello!", user_id="bo", session_id="s")
    assert check(right) == "not yet: 'bo' has not told the agent the secret \"o'clock\""
    db = agent.db
    db.for_user("bo").forget()
    await agent.arun("My password is o'clock.", user_id="bo", session_id="s")
    db.for_user("bo").add_memory("The user's password is o'clock.")
    assert check(right).startswith("not yet: no later request of 'bo' holds \"o'clock\"; ")
    await agent.arun("Hello!", user_id="bo", session_id="s")
    assert check("SELECT") == "not yet: this is str, not a frame; wrap it in db.query(...)"
    assert check(frame) == 'not yet: the column "requests_with_o\'clock" is missing'
    assert check(right) == "passed"


def test_the_decided_again_exercise_wants_a_frame(db: SqliteDb) -> None:
    assert repr(lab.check_decided_again(db, None)) == "not tried yet"
    assert repr(lab.check_decided_again(db, 3)).startswith("not yet: this is int, not a frame")
    none = pd.DataFrame({"user_id": [], "calls": []})
    assert repr(lab.check_decided_again(db, none)) == "passed"


def test_the_decided_again_exercise_wants_each_user_and_the_number_of_calls(db: SqliteDb) -> None:
    again = "the memories changed meanwhile; nothing was written, decided again"
    late = "no decision within 0.5 s"
    errors = {"cleo": [again, None], "eve": [again, again, None], "dan": [late], "bo": [None]}
    for user_id, several in errors.items():
        for error in several:
            request = {"model": "offline"}
            call = ModelCall("memory", request, db.now(), error=error)
            RunLog(db.for_user(user_id)).record_call(call)

    def check(columns: str, where: str = "error LIKE '%again%'", user_id: str | None = None) -> str:
        sql = f"SELECT user_id, {columns} AS calls FROM model_calls WHERE {where} GROUP BY user_id"
        return repr(lab.check_decided_again(db, db.query(sql, user_id=user_id)))

    assert check("count(*)") == "passed"
    missing = "not yet: this row is missing: ('eve', 2)"
    assert check("1") == check("count(*)", user_id="cleo") == missing
    assert check("count(*)", "error IS NOT NULL") == (
        "not yet: this row should not be there: ('dan', 1)"
    )
    assert check("count(*)", "true").startswith("not yet: this row is missing: ('cleo', 1)")


async def test_the_no_longer_exercise_wants_one_users_changes(agent: Agent) -> None:
    for user_id, message in [
        ("ana", "I live in Rome."),
        ("ana", "I moved to Oslo."),
        ("bo", "I have a dog named Rex."),
        ("bo", "Please forget my dog."),
        ("bo", "I live in Bonn."),
    ]:
        await agent.arun(message, user_id=user_id, session_id="s")
    bo = agent.db.for_user("bo")
    RunLog(bo).change_memories([Change("update", 2, "The user lives in Kiel.")], propose=True)
    right = pd.DataFrame(
        [(1, "The user has a dog named Rex.", "Please forget my dog.")],
        columns=["memory_id", "before", "input"],
    )

    def check(answer: object) -> str:
        return repr(lab.check_no_longer(agent.db, "bo", answer))

    assert check(None) == "not tried yet"
    assert check(right) == "passed"
    events = agent.db.query("SELECT memory_id, before, input FROM memory_events")
    anas = (1, "The user lives in Rome.", "I moved to Oslo.")
    assert check(events[events.before.notna()]) == (
        f"not yet: this row should not be there: {anas}"
    )
    assert check(right[:0]) == "not yet: 1 row should be there"
    assert check(True) == "not yet: this is bool, not a frame; wrap it in db.query(...)"


class OwnShelf:
    """A right solution: the shelf is shared, the numbers are each user's own."""

    shelf: ClassVar[dict] = {}

    def __init__(self, user_id):
        self.mine = self.shelf.setdefault(user_id, {})

    def add(self, memory):
        self.mine[len(self.mine) + 1] = memory

    def update(self, memory_id, memory):
        if memory_id not in self.mine:
            raise LookupError(memory_id)
        self.mine[memory_id] = memory

    def search(self, words):
        return [memory for memory in self.mine.values() if words in memory]


class OneShelf:
    """A right solution: the numbers count over all users."""

    shelf: ClassVar[dict] = {}

    def __init__(self, user_id):
        self.user_id = user_id

    def add(self, memory):
        self.shelf[len(self.shelf) + 1] = (self.user_id, memory)

    def update(self, memory_id, memory):
        if memory_id in self.shelf and self.shelf[memory_id][0] == self.user_id:
            self.shelf[memory_id] = (self.user_id, memory)

    def search(self, words):
        return [m for user, m in self.shelf.values() if user == self.user_id and words in m]


class InAList(OwnShelf):
    """A right solution: the memories of a user are a list."""

    def __init__(self, user_id):
        self.mine = self.shelf.setdefault(user_id, [])

    def add(self, memory):
        self.mine.append(memory)

    def update(self, memory_id, memory):
        if not 1 <= memory_id <= len(self.mine):
            raise LookupError(memory_id)
        self.mine[memory_id - 1] = memory

    def search(self, words):
        return [memory for memory in self.mine if words in memory]


class FromNoughtWithALimit(OwnShelf):
    """A right solution: numbers from 0, what is not there is passed over, and a search can end."""

    def add(self, memory):
        self.mine[len(self.mine)] = memory

    def update(self, memory_id, memory):
        if memory_id in self.mine:
            self.mine[memory_id] = memory

    def search(self, words, limit=None):
        return super().search(words)[:limit]


@pytest.mark.parametrize("store", [OwnShelf, OneShelf, InAList, FromNoughtWithALimit])
def test_a_repaired_store_passes_again_and_after_use(store: type) -> None:
    store.shelf.clear()
    store("ana").add("Ana's PIN is 4711.")
    store("bo").add("Bo likes tea.")
    for _ in range(20):
        assert repr(lab.check_repaired_store(store)) == "passed"


class AddsRows(OwnShelf):
    def update(self, memory_id, memory):
        self.mine[memory_id] = memory


class ReachesOthers(OneShelf):
    def update(self, memory_id, memory):
        self.shelf[memory_id] = (self.shelf[memory_id][0], memory)


class ShowsAll(OneShelf):
    def search(self, words):
        return [m for _, m in self.shelf.values() if words in m]


class NeverChanges(OwnShelf):
    def update(self, memory_id, memory):
        raise PermissionError


class FindsAll(OwnShelf):
    def search(self, words):
        return list(self.mine.values())


class SlipsInUpdate(OwnShelf):
    def update(self, memory_id, memory):
        self.min[memory_id] = memory


class FindsNone(OwnShelf):
    def search(self, words):
        pass


class MayLackAUser(OwnShelf):
    def __init__(self, user_id=None):
        super().__init__(user_id)


class SearchesForAnybody(OwnShelf):
    def __init__(self, user_id):
        super().__init__(user_id)
        self.user_id = user_id

    def search(self, words, user_id=None):
        return [m for m in self.shelf[user_id or self.user_id].values() if words in m]


class SearchesForAKeyword(SearchesForAnybody):
    def search(self, words, *, user_id=None):
        return super().search(words, user_id)


class UpdatesForAnybody(OneShelf):
    def update(self, memory_id, memory, user_id=None):
        type(self)(user_id or self.user_id)._update(memory_id, memory)

    _update = OneShelf.update


class LowersTheId(OwnShelf):
    def __init__(self, user_id):
        super().__init__(user_id.lower())


class CutsTheId(OwnShelf):
    def __init__(self, user_id):
        super().__init__(user_id[:3])


class ComparesTheBeginning(OneShelf):
    def search(self, words):
        return [m for u, m in self.shelf.values() if u.startswith(self.user_id) and words in m]


class ComparesAnyPart(OneShelf):
    def search(self, words):
        return [m for u, m in self.shelf.values() if self.user_id in u and words in m]


class ComparesTheOtherWay(OneShelf):
    def search(self, words):
        return [m for u, m in self.shelf.values() if self.user_id.startswith(u) and words in m]


class ChangesThemAll(OwnShelf):
    def update(self, memory_id, memory):
        for each in self.mine:
            self.mine[each] = memory


class ChangesTheFirst(OwnShelf):
    def update(self, memory_id, memory):
        self.mine[1] = memory


class ForgetsTheOther(OwnShelf):
    def update(self, memory_id, memory):
        if memory_id in self.mine:
            self.mine.clear()
            self.mine[memory_id] = memory


class CountsFromTheEnd(InAList):
    def update(self, memory_id, memory):
        self.mine[memory_id - 1] = memory


class NumbersAtRandom(OwnShelf):
    def add(self, memory):
        self.mine[uuid4().hex] = memory


class StartsAnew(OwnShelf):
    def __init__(self, user_id):
        self.mine = {}


@pytest.mark.parametrize(
    ("store", "told"),
    [
        (
            CountsFromTheEnd,
            r"Bo has 2 memories, but the numbers that change one are \[-1, 0, 1, 2\]",
        ),
        (
            AddsRows,
            r"bo.update\(-1, ...\) made \[.*, 'changed by number -1'\]",
        ),
        (ReachesOthers, r"after bo.update\(\d+, ...\) 'ana' has"),
        (ShowsAll, r"'ana' should find \[\"Ana's PIN is 4711.\"\], but finds"),
        (
            NeverChanges,
            r"Bo has 2 memories, but the numbers that change one are \[\]; each memory has",
        ),
        (NumbersAtRandom, r"Bo has 2 memories, but the numbers that change one are \[\]"),
        (MayLackAUser, "it makes an object without a user"),
        (SearchesForAnybody, "bo can search as 'ana'"),
        (SearchesForAKeyword, "bo can search as 'ana'"),
        (UpdatesForAnybody, r"after bo.update\(\d+, ...\) 'ana' has"),
        (LowersTheId, r"'ana' should find .* but finds .*Ana likes rain"),
        (CutsTheId, r"'ana' should find .* but finds"),
        (ComparesTheBeginning, r"'ana' should find .* but finds .*Ana2 likes snow"),
        (ComparesAnyPart, r"'ana' should find .* but finds .*Ana2 likes snow"),
        (ComparesTheOtherWay, r"'ana2' should find .* but finds .*PIN"),
        (ChangesThemAll, r"bo.update\(-1, ...\) made .*, not one change or none"),
        (ChangesTheFirst, r"Bo has 2 memories, but the numbers that change one are \[-1, 0, 1"),
        (ForgetsTheOther, r"bo.update\(1, ...\) made .*, not one change or none"),
        (StartsAnew, "another object for Bo finds .* instead of"),
        (FindsAll, "search.words. should find"),
        (SlipsInUpdate, "AttributeError: .* 'min'"),
        (FindsNone, "TypeError: 'NoneType'"),
        (object, "TypeError: "),
        ("a store", "TypeError: 'str' object is not callable"),
    ],
)
def test_a_store_that_is_not_repaired_is_told_why(store: Any, told: str) -> None:
    for each in (OwnShelf, OneShelf):
        each.shelf.clear()
    assert re.match(f"not yet: {told}", repr(lab.check_repaired_store(store)))


def test_the_store_exercise_may_be_left_out() -> None:
    assert repr(lab.check_repaired_store(None)) == "not tried yet"


async def test_the_safe_document_exercise_tells_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document: dict = {"ana": ["an earlier memory"]}
    lock = asyncio.Lock()

    async def safely(window, memory):
        async with lock:
            known = list(document["ana"])
            await asyncio.sleep(0.01)
            document["ana"] = [*known, memory]

    async def without_a_copy(window, memory):
        async with lock:
            known = document["ana"]
            await asyncio.sleep(0.01)
            known.append(memory)
            document["ana"] = known

    async def compare_and_swap(window, memory):
        while True:
            known = list(document["ana"])
            await asyncio.sleep(0.01)
            if document["ana"] == known:
                document["ana"] = [*known, memory]
                return

    async def a_few_attempts(window, memory):
        for _ in range(3):
            known = list(document["ana"])
            await asyncio.sleep(0.01)
            if document["ana"] == known:
                document["ana"] = [*known, memory]
                return
        raise RuntimeError("somebody else is always faster")

    async def unsafely(window, memory):
        known = list(document["ana"])
        await asyncio.sleep(0.01)
        document["ana"] = [*known, memory]

    locks: dict[str, asyncio.Lock] = {}

    async def with_a_lock_each(window, memory):
        async with locks.setdefault(window, asyncio.Lock()):
            await unsafely(window, memory)

    async def reads_late(window, memory):
        await asyncio.sleep(0.01)
        document["ana"] = [*document["ana"], memory]

    async def reads_twice(window, memory):
        async with lock:
            len(document["ana"])
            await reads_late(window, memory)

    async def appends_late(window, memory):
        await asyncio.sleep(0.01)
        document["ana"].append(memory)

    async def appends_early(window, memory):
        document["ana"].append(memory)
        await asyncio.sleep(0.01)

    async def with_all_asleep(window, memory):
        known = list(document["ana"])
        time.sleep(0.01)
        document["ana"] = [*known, memory]

    async def with_no_time(window, memory):
        async with lock:
            known = list(document["ana"])
            await asyncio.sleep(0)
            document["ana"] = [*known, memory]

    async def twice(window, memory):
        await safely(window, memory)
        await safely(window, memory)

    async def without_sleep(window, memory):
        document["ana"].append(memory)

    async def without_end(window, memory):
        await lock.acquire()
        await unsafely(window, memory)

    async def with_a_slip(window, memory):
        document["anna"].append(memory)

    async def with_one_argument(memory):
        pass

    def plain(window, memory):
        pass

    async def check(remember) -> str:
        return repr(await lab.check_remember_safely(remember, document))

    assert await check(None) == "not tried yet"
    for _ in range(2):
        for each in (safely, without_a_copy, compare_and_swap, a_few_attempts):
            assert await check(each) == "passed"
    for each in (unsafely, with_a_lock_each):
        assert "got lost; kept: ['memory" in await check(each)
    for each in (reads_late, reads_twice, appends_late, appends_early):
        assert (await check(each)).startswith(
            "not yet: this reads (or writes) on the other side of the sleep, so it avoids the race"
        )
    assert await check(twice) == (
        "not yet: three memories were written, but these are kept: "
        "['memory 0', 'memory 0', 'memory 1', 'memory 1', 'memory 2', 'memory 2']"
    )
    for each in (without_sleep, with_all_asleep, with_no_time):
        assert await check(each) == (
            "not yet: `await asyncio.sleep(0.01)` between reading and writing"
        )
    assert await check(with_a_slip) == "not yet: KeyError: 'anna'"
    assert (await check(with_one_argument)).startswith("not yet: TypeError: ")
    assert await check(plain) == await check("text") == "not yet: it has to be `async def`"
    monkeypatch.setattr("memkit.lab.code.PATIENCE", 0.1)
    assert await check(without_end) == ("not yet: a window waits for ever; is the lock released?")


async def test_the_undo_exercise_wants_an_undo(agent: Agent) -> None:
    bo = agent.db.for_user("bo")

    def check() -> str:
        return repr(lab.check_undone(agent.db, "bo", "Madrid", "Rome"))

    anew = "*Run > Run All Above Selected Cell* starts again"
    assert check() == f"not yet: 'bo' is forgotten; {anew}"
    await agent.arun("I live in Rome.", user_id="bo", session_id="s")
    assert check() == "not tried yet"
    await agent.arun("I moved to Madrid.", user_id="bo", session_id="s")
    assert check() == (
        "not yet: 'The user moved to Madrid.' is still known; "
        "user = db.for_user('bo'); user.undo(user.history(1)[-1:])"
    )
    bo.undo(bo.history(1)[-1:])
    assert check() == "passed"
    await agent.arun("I moved to Madrid.", user_id="bo", session_id="s")
    bo.update_memory(1, "The user lives in Rome.")
    assert check() == "not yet: 'Madrid' was changed by hand; say it again and undo that"
    await agent.arun("I moved to Madrid.", user_id="bo", session_id="s")
    await agent.arun("I moved to Rome.", user_id="bo", session_id="s")
    assert check() == (
        "not yet: 'Madrid' was changed by 'I moved to Rome.', which is one more move; "
        "say it again and undo that"
    )
    run = await agent.arun("I moved to Madrid.", user_id="bo", session_id="s")
    bo.delete_memory(1)
    assert check() == "not yet: 'Rome' is not known any more; undo brings it back"
    bo.undo(bo.history()[-1:])
    bo.undo(run.memory_events)
    assert check() == "passed"


async def test_the_undo_exercise_tells_why_nothing_was_learned(agent: Agent) -> None:

    def check() -> str:
        return repr(lab.check_undone(agent.db, "bo", "Madrid", "Rome"))

    await agent.arun("I live in Rome.", user_id="bo", session_id="s")
    await agent.arun("I moved to Madrid.", user_id="Bo", session_id="s")
    await agent.arun("I like tea.", user_id="ana", session_id="s")
    assert check() == "not yet: 'Bo' said 'I moved to Madrid.', but 'bo' has to"
    await agent.arun("Bo moved to Madrid.", user_id="bo", session_id="s")
    assert check() == (
        "not yet: nothing was learned from 'Bo moved to Madrid.'; "
        "say it with I, to an agent that remembers"
    )


async def test_the_forgetting_exercise_compares_the_receipt_with_the_export(agent: Agent) -> None:
    db = agent.db

    async def say(user_id: str, *said: str) -> None:
        for each in said:
            await agent.arun(each, user_id=user_id, session_id="s")

    def check(exported: object = None, receipt: object = None) -> str:
        return repr(lab.check_forgotten(db, "dora", exported, receipt))

    await say("ana", "I like tea.", "I own a dog.")
    anas, receipt = db.for_user("ana").export(), db.for_user("ana").forget()
    dora = db.for_user("dora")
    assert check() == "not tried yet"
    assert check(None, receipt) == (
        "not yet: this is NoneType, not an export; keep what export() gives before she is forgotten"
    )
    assert check(dora.export(), receipt) == (
        "not yet: in the export she has said nothing that was remembered; "
        "let her say something about herself, export it, and then forget her"
    )
    await say("dora", "Hi.")
    nothing = dora.export()
    assert check(nothing, receipt).startswith("not yet: there are still rows of 'dora': {")
    assert "said nothing that was remembered" in check(nothing, dora.forget())
    await say("Dora", "I like figs. I own a boat.")
    exported = db.for_user("Dora").export()
    counted = {name: len(rows) for name, rows in exported.items()}
    for made_up in (counted, receipt):
        assert check(exported, made_up) == (
            "not yet: this is the export of 'Dora', who is not 'dora'"
        )
    db.for_user("Dora").forget()
    await say("dora", "I like figs. I own a boat.")
    exported = dora.export()
    kept = dora.forget()
    assert check(exported, receipt) == (
        "not yet: this receipt counts 2 agent_runs, and her export 1; "
        "export what there is of her and forget her right after"
    )
    assert check(exported, {"messages": 2, "memory_events": 2}) == (
        "not yet: this receipt counts 0 agent_sessions, and her export 1; "
        "export what there is of her and forget her right after"
    )
    for wrong in (None, 3, {"ana": 1}, anas):
        assert check(exported, wrong) == (
            f"not yet: this is {type(wrong).__name__}, not a receipt; keep what forget() gives"
        )
    assert check(kept, kept).startswith("not yet: this is dict, not an export; ")
    assert check(exported, kept) == "passed"
    await say("dora", "I like figs and tea.")
    assert check(dora.export(), dora.forget()) == "passed"
    dora.add_memory("The user likes figs.")
    dora.add_memory("The user owns a boat.")
    assert "in the export she has said nothing" in check(dora.export(), dora.forget())


async def test_the_budget_exercise_reads_what_was_in_the_request(agent: Agent) -> None:
    question = "What do you suggest I do this weekend?"

    async def check(recall: Recall, asked: str = question, user_id: str = "ana") -> str:
        agent.recall = recall
        await agent.arun(asked, user_id=user_id, session_id="saturday")
        return told()

    def told(word: str = "hiking") -> str:
        return repr(lab.check_within_budget(agent.db, "ana", "saturday", question, word, tokens=40))

    for each in ("I like hiking.", "I have a dog named Rex.", "I live in Oslo."):
        await agent.arun(each, user_id="ana", session_id="monday")
        await agent.arun(each, user_id="bo", session_id="monday")
    newest_first, oldest_first = Recall("last_n", tokens=40), Recall("first_n", tokens=20)
    assert told() == "not tried yet"
    assert await check(oldest_first, user_id="bo") == (
        "not yet: 'bo' used 'saturday', but 'ana' should use 'saturday'"
    )
    assert await check(newest_first) == (
        "not yet: 'The user likes hiking.' was left out: over the budget of 40 tokens"
    )
    assert await check(Recall()) == (
        "not yet: 3 memories went in and took 43 tokens; 40 are allowed"
    )
    assert await check(oldest_first) == "passed"
    assert await check(oldest_first, asked="And hiking?") == (
        f"not yet: the last message in saturday is 'And hiking?'; ask {question!r}"
    )
    agent.add_memories_to_context = False
    assert (await check(oldest_first)).endswith("memories are kept out of the context")
    agent.add_memories_to_context = True
    agent.db.for_user("ana").delete_memory(2)
    assert await check(Recall()) == "not yet: all 2 memories went in; leave something out"
    agent.db.for_user("ana").delete_memory(1)
    assert await check(Recall()) == "not yet: no memory holds 'hiking' any more"


def test_frames_of_a_lesson_are_left_aligned_wrapped_text_without_an_index() -> None:
    shell = InteractiveShell.instance()
    try:
        lab.setup()
        shown = shell.display_formatter.format(pd.DataFrame({"memory": ["<b>likes</b> tea"]}))
        text = shell.display_formatter.format("<b>likes</b> tea")[0]
    finally:
        InteractiveShell.clear_instance()
    html = shown[0]["text/html"]
    assert "text-align: left" in html
    assert "&lt;b&gt;likes" in html
    assert "<style" not in html  # which a notebook that is not trusted would lose
    assert ">0<" not in html
    assert text["text/plain"] == "'<b>likes</b> tea'"
    assert (
        "pre-wrap; overflow-wrap: anywhere" in text["text/html"]
    )  # and not JupyterLab's break-all
    assert "&lt;b&gt;likes" in text["text/html"]


def test_the_switch_exercise_wants_the_address_and_both_settings() -> None:
    def check(**wanted: Any) -> str:
        return repr(lab.check_switch(OpenAIChat("llama3.1", **wanted)))

    address, both = "http://localhost:11434/v1", {"temperature": 0, "max_tokens": 300}
    assert repr(lab.check_switch(None)) == "not tried yet"
    assert check(base_url=address, request_params=both) == "passed"
    assert check(base_url=address, request_params={**both, "temperature": 1}) == (
        "not yet: request_params has {'temperature': 1, 'max_tokens': 300}, "
        "not {'temperature': 0, 'max_tokens': 300}"
    )
    assert "has {'temperature': None, 'max_tokens': None}" in check(base_url=address)
    assert check(base_url=f"{address}/", request_params=both) == "passed"
    other = OpenAIChat("gpt-4o", base_url=address, request_params=both)
    assert repr(lab.check_switch(other)) == (
        "not yet: this asks for the model 'gpt-4o', not for 'llama3.1'"
    )
    assert "would go to http://localhost:1/v1" in check(base_url="http://localhost:1/v1")
    assert "this is OfflineChat" in repr(lab.check_switch(OfflineChat()))


async def test_the_tool_exercise_wants_each_users_own_oldest_memory(db: SqliteDb) -> None:
    def agent(reads: Any) -> Agent:
        def oldest_memory(user: User) -> str:
            """Find the oldest memory."""
            return str(reads(user))

        return Agent(OfflineChat(), db, tools=[oldest_memory])

    async def check(reads: Any, *user_ids: str) -> str:
        for user_id in user_ids:
            await agent(reads).arun("My oldest memory?", user_id=user_id, session_id="s")
        return repr(lab.check_own_tool(db, "oldest_memory", "ana", "bo"))

    for user_id, memories in {"ana": ["Tea.", "Jam."], "bo": ["Rum."]}.items():
        for memory in memories:
            db.for_user(user_id).add_memory(memory)
    assert await check(None) == "not tried yet"
    await Agent(OfflineChat(), db).arun("My oldest memory?", user_id="ana", session_id="s")
    assert await check(None) == (
        "not yet: 'My oldest memory?' was asked, but no tool called 'oldest_memory' was used"
    )
    assert "not used for 'bo'" in await check(lambda user: user.memories()[0].memory, "ana")
    assert "memory 2 of 'ana' is not" in await check(lambda user: user.memories()[-1].memory, "ana")
    assert "did not work: oldest_memory failed" in await check(lambda user: 1 / 0, "ana")
    hers = await check(lambda _: "Tea.", "ana", "bo")
    assert hers == "not yet: 'Tea.' is no memory of 'bo'"
    assert await check(lambda user: user.memories()[0].memory, "bo") == "passed"


def test_a_recording_is_found_by_its_name() -> None:
    assert lab.recording("smollm2_tools").is_file()
    with pytest.raises(InvalidInput, match="no recording 'x'; there are smollm2_json_schema, "):
        lab.recording("x")
