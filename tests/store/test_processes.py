"""Several processes at one store: making it together, writing at once, killed in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lives import count_rows, model_call
from memkit import MemoriesChanged, SqliteDb
from memkit.records import Change
from memkit.store.db import Db
from memkit.store.runs import RunLog
from processes import another_process
from support import open_store

pytestmark = pytest.mark.slow

WORKERS = 4


# What a worker does


def work(pipe: Connection) -> None:
    """Do what comes through the pipe, one task after the other, and answer each."""
    while True:
        task = pipe.recv()
        try:
            answer = TASKS[task["do"]](pipe, task)
        except Exception as error:  # told to the test, which fails on it
            answer = f"{type(error).__name__}: {error}"
        pipe.send(answer)


def create(pipe: Connection, task: dict[str, Any]) -> str:
    db = open_store(task["place"])
    db.for_user("ann").add_memory(f"The user met worker {task['worker']}.")
    db.close()
    return "done"


def write(pipe: Connection, task: dict[str, Any]) -> str:
    """Whole runs of one user, each with a fact of its own, in one session or in several."""
    db = open_store(task["place"])
    user = db.for_user("ann")
    for number in range(task["runs"]):
        said = f"{task['worker']}/{number}"
        session_id = "shared" if number % 2 else f"session {task['worker']}"
        run = RunLog(user).begin_run(session_id, said).source
        RunLog(user).change_memories([Change("add", None, said)], None, run, model_call(user, said))
        RunLog(user).finish_run(
            run, "completed", f"re {said}", calls=[model_call(user, said, "reply")]
        )
    db.close()
    return "done"


def count_up(pipe: Connection, task: dict[str, Any]) -> str:
    """Read, decide, write: a decision on what is no longer so is made again."""
    db = open_store(task["place"])
    user = db.for_user("ann")
    again = 0
    for _ in range(task["times"]):
        while True:
            [memory], version = RunLog(user).snapshot()
            more = Change("update", memory.memory_id, str(int(memory.memory) + 1))
            try:
                RunLog(user).change_memories([more], version)
                break
            except MemoriesChanged:
                again += 1
    db.close()
    return f"again {again}"


def write_for_ever(pipe: Connection, task: dict[str, Any]) -> str:
    """Until killed; each number is told as soon as the store has acknowledged it."""
    user = open_store(task["place"]).for_user("ann")
    number = 0
    while True:
        number += 1
        said = f"{task['worker']}/{number}"
        run = RunLog(user).begin_run("s", said).source
        changes = [Change("add", None, said), Change("add", None, f"{said} again")]
        RunLog(user).change_memories(changes, None, run, model_call(user, said))
        pipe.send(number)


TASKS = {
    "create": create,
    "write": write,
    "count_up": count_up,
    "write_for_ever": write_for_ever,
}


# Talking to them


class Worker:
    """A process of its own, which does one task after the other."""

    def __init__(self, pipe: Connection, process: Any) -> None:
        self.pipe, self.process = pipe, process

    def give(self, **task: Any) -> None:
        self.pipe.send(task)

    def answer(self) -> Any:
        return self.pipe.recv()

    def kill(self) -> None:
        self.process.kill()  # SIGKILL, wherever it is
        self.process.join()


@contextmanager
def started(number: int) -> Iterator[list[Worker]]:
    with ExitStack() as all_of_them:
        yield [Worker(*all_of_them.enter_context(another_process(work))) for _ in range(number)]


@pytest.fixture(scope="module")
def workers() -> Iterator[list[Worker]]:
    with started(WORKERS) as several:
        yield several


def all_do(workers: list[Worker], do: str, **task: Any) -> list[str]:
    """Give all of them the same task at the same moment; their answers."""
    for number, each in enumerate(workers):
        each.give(do=do, worker=number, **task)
    return [each.answer() for each in workers]


@pytest.mark.parametrize("attempt", range(2))
def test_a_new_store_can_be_made_by_several_at_the_same_moment(
    new_place: str, workers: list[Worker], attempt: int
) -> None:
    assert all_do(workers, "create", place=new_place) == ["done"] * WORKERS
    db = open_store(new_place)
    memories = db.for_user("ann").memories()
    db.close()
    assert [each.memory_id for each in memories] == [1, 2, 3, 4]
    assert {each.memory for each in memories} == {
        f"The user met worker {number}." for number in range(WORKERS)
    }


@pytest.mark.proof
def test_new_files_are_made_by_several_at_the_same_moment_time_and_again(
    tmp_path: Path, workers: list[Worker]
) -> None:
    """SQLite refuses at once, in one opening out of fifty, when two turn on the log together."""
    for number in range(40):
        place = str(tmp_path / f"{number}.db")
        assert all_do(workers, "create", place=place) == ["done"] * WORKERS


def test_nothing_is_lost_when_several_write_for_one_user(
    db: Db, place: str, workers: list[Worker]
) -> None:
    runs = 12
    assert all_do(workers, "write", place=place, runs=runs) == ["done"] * WORKERS
    total = runs * WORKERS
    facts = {f"{worker}/{number}" for worker in range(WORKERS) for number in range(runs)}
    user = db.for_user("ann")
    memories = user.memories()
    assert [each.memory_id for each in memories] == list(range(1, total + 1))
    assert {each.memory for each in memories} == facts
    assert all(each.memory == each.input for each in memories)
    exported = user.export()
    for name, number in (
        *(("agent_runs", "run_id"), ("messages", "message_id")),
        *(("model_calls", "call_id"), ("memory_events", "event_id")),
    ):
        counted = [row[number] for row in exported[name]]
        assert counted == list(range(1, len(counted) + 1))
    assert {each["status"] for each in exported["agent_runs"]} == {"completed"}
    written = count_rows(db)
    assert written.pop("memory_terms") >= total
    assert written == {
        "agent_sessions": WORKERS + 1,
        "agent_runs": total,
        "messages": 2 * total,
        "model_calls": 2 * total,
        "user_memories": total,
        "memory_events": total,
        "tool_calls": 0,
        "memory_vectors": 0,
    }
    for session in user.sessions():
        said = user.messages(session.session_id)
        assert [each.role for each in said] == ["user", "assistant"] * (len(said) // 2)
        for question, answer in zip(said[::2], said[1::2], strict=True):
            assert answer.content == f"re {question.content}"
        for worker in range(WORKERS):  # each one's own messages are in its order
            mine = [each.content for each in said if each.content.startswith(f"{worker}/")]
            numbers = [int(each.partition("/")[2]) for each in mine]
            assert all(one < other for one, other in pairwise(numbers))


def test_decisions_of_several_processes_are_not_lost(
    db: Db, place: str, workers: list[Worker]
) -> None:
    user = db.for_user("ann")
    user.add_memory("0")
    answers = all_do(workers, "count_up", place=place, times=15)
    assert all(each.startswith("again") for each in answers)
    assert [each.memory for each in user.memories()] == [str(15 * WORKERS)]
    assert len(user.history()) == 15 * WORKERS + 1


@pytest.mark.proof
def test_a_store_survives_the_sudden_death_of_its_writers(place: str) -> None:
    acknowledged = set()
    with started(3) as writers:
        for number, each in enumerate(writers):
            each.give(do="write_for_ever", place=place, worker=number)
        for number, (each, acks) in enumerate(zip(writers, (1, 8, 25), strict=True)):
            told = [each.answer() for _ in range(acks)]
            each.kill()
            acknowledged |= {f"{number}/{ack}" for ack in told}
    assert len(acknowledged) == 1 + 8 + 25

    db = open_store(place)
    user = db.for_user("ann")
    kept = {each.memory for each in user.memories()}
    assert acknowledged | {f"{each} again" for each in acknowledged} <= kept
    assert {f"{each} again" for each in kept if not each.endswith("again")} == {
        each for each in kept if each.endswith("again")
    }  # both or none
    assert user.memories(as_of=10**6) == user.memories()
    exported = user.export()
    assert {each["input"] for each in exported["memory_events"]} <= {
        each["content"] for each in exported["messages"]
    }
    assert len(exported["model_calls"]) * 2 == len(exported["user_memories"])
    if isinstance(db, SqliteDb):
        with db._transactions.reading() as rows:
            assert rows.execute(sa.text("PRAGMA integrity_check")).scalars().all() == ["ok"]
            assert rows.execute(sa.text("PRAGMA foreign_key_check")).all() == []
    user.add_memory("life goes on")
    db.close()
