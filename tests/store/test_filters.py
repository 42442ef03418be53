"""Every filter by user is needed: each is taken out in turn, and somebody notices.

Two people lead one life side by side. Without a fault each of them sees what they see when they
are alone in a store. `memkit.store.queries` is walked for the places that name the owner; with any
one of them taken out, somebody sees something else. In Postgres they may all be missing at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.sql import visitors

import memkit.store.postgres
from lives import NOON, TABLES, live, model_call, open_pinned, run_of
from memkit import PostgresDb
from memkit.concurrency import Locks
from memkit.records import Change, MemoryEvent, Source, ToolCall, UserMemory
from memkit.store import index, queries
from memkit.store.db import Db
from memkit.store.runs import RunLog
from memkit.store.user import User

pytestmark = pytest.mark.slow

ANN, BOB = "ann", "bob"
WORDS = {ANN: "tea", BOB: "jam"}
AHEAD = {ANN: 0, BOB: 3}  # what Bob has more, so that not all numbers are the same


# A life


async def waits(me: User) -> bool:
    """Whether one has to wait while somebody else decides."""
    [other] = set(WORDS) - {me.user_id}
    async with RunLog(User(me._transactions, other)).decision_lock():
        return RunLog(me).decision_lock().locked()


def in_frames(me: User, _: str) -> list[Any]:
    """What SQL finds in the copy of one user."""
    copy = Db(me._transactions).duckdb(me.user_id)
    found = [copy.execute(f"FROM {table} ORDER BY ALL").fetchall() for table in TABLES]
    copy.close()
    return found


def last_of(me: User, action: str) -> list[MemoryEvent]:
    return [e for e in me.history() if (e.action, e.status) == (action, "applied")][-1:]


def end_run(me: User, word: str) -> Any:
    return RunLog(me).finish_run(
        run_of(me, 2, "mine", "Good night."), "failed", error=f"no {word}", summary=f"about {word}"
    )


def record_call(me: User, word: str) -> int:
    return RunLog(me).record_call(model_call(me, word), run_of(me, 1, "shared"))


def propose(me: User, word: str) -> list[MemoryEvent]:
    wanted = [Change("add", None, f"The user dreams of {word}."), Change("delete", 1)]
    return RunLog(me).change_memories(wanted, propose=True)


def decide(me: User, word: str) -> list[MemoryEvent]:
    _, version = RunLog(me).snapshot()
    return RunLog(me).change_memories([Change("add", None, f"The user wears {word}.")], version)


UNDER_WAY: dict[str, Source] = {}


def begin(me: User, word: str) -> Source:
    UNDER_WAY[me.user_id] = RunLog(me).begin_run("shared", f"Is there {word}?").source
    return UNDER_WAY[me.user_id]


def end_and_erase(me: User, word: str) -> list[Any]:
    """End the run, which the other's erasing did not touch; erase memories and a session."""
    runs, reply = me.export()["agent_runs"], model_call(me, word, "reply")
    own = f"the {word}pot of {me.user_id}"  # a word that is in one memory alone
    reply.tools_used.append(ToolCall("find", {}, clock(), result=own))
    RunLog(me).finish_run(UNDER_WAY[me.user_id], "failed", error=own, calls=[reply])
    pot = me.add_memory(f"The user has a {word}pot.").memory_id
    said = f"I have a {word}pot, and I cook."  # the sentence stays with the other memory
    cooks = [Change("update", 2 + AHEAD[me.user_id], "The user cooks.")]  # Bob has a 2, too
    RunLog(me).change_memories(cooks, source=run_of(me, 1, "shared", said))
    RunLog(me).begin_run("shared", f"More {word}, and the user sings.")
    receipts: list[Any] = [runs, me.erase_memory(pot), me.erase_memory(4), me.erase_memory(1)]
    RunLog(me).begin_run("mine", "Still here.")
    receipts.append(me.erase_session("mine"))
    me.rename_session("shared", f"all about {word}")
    return [*receipts, in_frames(me, word), me.export(), me.sessions(newest_first=True)]


def leave_and_come_back(me: User, _: str) -> Any:
    exported = me.export()
    receipt = me.forget()
    me.restore(exported)
    return receipt, me.export()


def look_up(me: User, word: str) -> list[Any]:
    """What the index says; the vectors are those of one model, which both use."""
    with me._transactions.writing_of(me.user_id) as rows:
        missing = index.not_embedded(rows, "model")
        seen = [missing, index.has_vectors(rows, "model")]
        index.keep_vectors(rows, "model", missing, np.ones((len(missing), 2), dtype=np.float32))
        seen += [index.counts(rows, ["like", word])]
        watched: list[datetime] = []  # whether the clock is read depends on one's own memories
        for topics in (None, [word.upper()]):
            scope = index.scope(rows, lambda: watched.append(clock()) or watched[-1], topics)
            seen += [scope, rows.number(queries.HOW_MANY_WANTED, **scope.values)]
            seen += [index.briefest(rows, ["like", word], 9, scope)]
            seen += [sorted(index.vectors(rows, "model", 2, scope)[0])]
            seen += [index.bm25(rows, ["like", word], scope)]
            seen += rows.all(int, queries.NEWEST_NUMBERS, limit=9, **scope.values)
            for query in (queries.OLDEST_MEMORIES, queries.NEWEST_MEMORIES):
                seen += rows.all(UserMemory, query, limit=9, **scope.values)
            for query in (queries.ALL_LINES, queries.LINES_OF):
                seen += map(tuple, rows.run(query, numbers=[1, 2, 3, 9], **scope.values).all())
        seen += rows.all(UserMemory, queries.MEMORIES_OF, numbers=[1, 2, 3, 9])
        return [
            *seen,
            watched,
            rows.number(queries.HOW_MANY_MEMORIES),
            rows.all(int, queries.MEMORY_NUMBERS, limit=9),
        ]


def leave_in_the_middle_of_a_run(me: User, word: str) -> Any:
    run = run_of(me, 2, "mine")
    receipt = me.forget()
    return receipt, attempt(lambda me, _: RunLog(me).finish_run(run, "failed"), me)


# Who asks again sees the kept copy, brought up to date.
LIFE: list[Callable[[User, str], Any]] = [
    lambda me, word: live(me, word),
    in_frames,
    lambda me, word: RunLog(me).begin_run("mine", "Good night.", 3),
    lambda me, word: live(me, f"{word} too", "mine"),
    lambda me, word: me.add_memory("The user sings."),  # both do
    record_call,
    end_run,
    lambda me, word: me.update_memory(1, f"The user loves {word}."),
    lambda me, word: me.undo(last_of(me, "update")),
    lambda me, word: me.delete_memory(2),
    lambda me, word: me.undo(last_of(me, "delete")),
    decide,
    look_up,
    propose,
    in_frames,
    lambda me, word: me.proposals(),
    lambda me, word: me.approve(me.proposals()[0].event_id),
    lambda me, word: me.refuse(me.proposals()[0].event_id),
    lambda me, word: [
        me.memories(),
        me.memories(as_of=2),
        me.memories(as_of=NOON),
        RunLog(me).snapshot()[0],
        RunLog(me).snapshot()[1].event_id,
    ],
    lambda me, word: [me.history(), me.history(1), me.usage(1)],
    lambda me, word: RunLog(me).finish_run(run_of(me, 1, "shared"), "completed"),
    lambda me, word: [me.sessions(), me.messages("shared")],
    lambda me, word: [
        look_up(me, word),
        me.add_memory(f"{word} today", None, clock() + timedelta(minutes=2)),
    ],
    lambda me, word: [live(me, word) for _ in range(AHEAD[me.user_id])],
    lambda me, word: [me.messages("shared", last_runs=1), RunLog(me).all_messages()],
    lambda me, word: me.delete_memory(me.memories()[-1].memory_id),
    look_up,
    in_frames,
    lambda me, word: live(me, word),
    lambda me, word: me.memories(as_of=4),  # whose run 4 is it?
    in_frames,
    lambda me, word: asyncio.run(waits(me)),
    lambda me, word: me.export(),
    begin,
    end_and_erase,
    leave_and_come_back,
    in_frames,
    leave_in_the_middle_of_a_run,
]


def attempt(step: Callable[[User, str], Any], me: User) -> Any:
    """What comes of a step: an error, too, is something that people see."""
    try:
        return step(me, WORDS[me.user_id])
    except Exception as error:
        return repr(error)


def life(people: Iterable[str], db: Db) -> Iterator[tuple[str, Any]]:
    """Who sees what, in lives that are led step by step in turn."""
    users = [db.for_user(each) for each in people]
    TIME["step"] = -1  # whoever is ahead began before
    for me in users:
        for number in range(AHEAD[me.user_id]):
            attempt(lambda me, word, number=number: me.add_memory(f"{word} {number}"), me)
    for number, step in enumerate(LIFE):
        TIME["step"] = number
        for me in users:
            yield me.user_id, attempt(step, me)


TIME = {"step": 0}


def clock() -> datetime:
    """Each step of a life has its minute, with whomever it is led."""
    return NOON + timedelta(minutes=TIME["step"])


Alone = dict[str, list[Any]]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """What each of the two sees in a store of their own."""
    folder, seen = tmp_path_factory.mktemp("alone"), {}
    for each in WORDS:
        with closing(open_pinned(str(folder / each), clock)) as db:
            seen[each] = [what for _, what in life([each], db)]
        # A life in which little works would prove little.
        assert [what for what in seen[each] if isinstance(what, str)] == []
        assert " was forgotten while run 2 " in seen[each][-1][1]
    return seen


def noticed(place: str | Path, alone: Alone) -> bool:
    """Whether one of the two, side by side in an empty store, sees anything else than alone."""
    expected = {each: iter(alone[each]) for each in WORDS}
    with closing(open_pinned(str(place), clock)) as db:
        return any(what != next(expected[who]) for who, what in life(WORDS, db))


def test_without_a_fault_each_sees_what_they_see_alone(place: str, alone: Alone) -> None:
    assert not noticed(place, alone)


# The places where a statement says whose rows it is about


def statements() -> Iterator[tuple[str, Any]]:
    """Everything in these modules that can be run, with its name there."""
    for name, value in {**vars(queries), **vars(index)}.items():
        named = value.items() if isinstance(value, dict) and name.isupper() else [("", value)]
        for key, each in named:
            if isinstance(each, sa.Executable) and not name.startswith("_"):
                yield f"{name}[{key}]" if key else name, each


def is_filter(element: Any) -> bool:
    """Whether it is `table.user_id = <a value>`."""
    return (
        isinstance(element, sa.BinaryExpression)
        and getattr(element.left, "name", None) == "user_id"
        and isinstance(element.right, sa.BindParameter)
    )


def places(statement: Any) -> list[tuple[str, Any]]:
    """Each filter in a statement, and the owner of what it inserts; with a name to read."""
    # A common table expression is visited wherever it is named, and is one place.
    found = dict.fromkeys(e for e in visitors.iterate(statement) if is_filter(e))
    named = [(f"filter {n} of {each.left.table.name}", each) for n, each in enumerate(found, 1)]
    if isinstance(statement, sa.Insert):
        named.append((f"owner in {statement.table.name}", queries.OWNER))
    return named


def without(statement: Any, place: Any) -> Any:
    """The statement with no filter in this place; what it would insert is Bob's."""

    def replaced(element: Any, **_: Any) -> Any:
        if element is place:
            return sa.true() if is_filter(element) else sa.literal(BOB)
        return None

    if place is queries.OWNER:
        return statement.values(user_id=sa.literal(BOB))
    return visitors.replacement_traverse(statement, {}, replaced)


@contextmanager
def rewritten(rewrite: Callable[[Any], Any]) -> Iterator[None]:
    """Whatever is executed, on whatever store, is what `rewrite` makes of it."""

    def before(_connection: Any, statement: Any, many: Any, one: Any, _options: Any) -> Any:
        return rewrite(statement), many, one

    sa.event.listen(sa.Engine, "before_execute", before, retval=True)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "before_execute", before)


STATEMENTS = dict(statements())
PLACES = {
    f"{name}, {where}": (statement, place)
    for name, statement in STATEMENTS.items()
    for where, place in places(statement)
}


def instead(statement: Any, mutant: Any) -> Callable[[Any], Any]:
    return lambda each: mutant if each is statement else each


def test_the_walk_finds_every_part_of_every_statement() -> None:
    """Each SELECT, UPDATE and DELETE, also within another, has a filter for each of its tables."""
    assert len(PLACES) == sum(len(places(each)) for each in STATEMENTS.values())
    for name, statement in STATEMENTS.items():
        for part in visitors.iterate(statement):
            tables: list[Any] = []
            if isinstance(part, sa.Select):
                tables = [each for each in part.get_final_froms() if isinstance(each, sa.Table)]
            elif isinstance(part, sa.Update | sa.Delete):
                tables = [part.table]
            conditions = part.whereclause if tables else None
            owned = [e.left.table for e in visitors.iterate(conditions) if is_filter(e)]
            assert set(tables) <= set(owned), name


def test_taking_a_filter_out_and_putting_it_back_in_is_no_fault(
    tmp_path: Path, alone: Alone
) -> None:
    """It is the missing filter that is noticed below, and not how it is taken out."""

    def same(element: Any, **_: Any) -> Any:
        return element.left == element.right if is_filter(element) else None

    with rewritten(lambda each: visitors.replacement_traverse(each, {}, same)):
        assert not noticed(tmp_path / "memkit.db", alone)


@pytest.mark.proof
@pytest.mark.parametrize("place", PLACES)
def test_each_filter_and_each_owner_in_a_statement_is_missed(
    place: str, tmp_path: Path, alone: Alone
) -> None:
    statement, where = PLACES[place]
    with rewritten(instead(statement, without(statement, where))):
        assert noticed(tmp_path / "memkit.db", alone)


@pytest.mark.proof
def test_each_filter_outside_of_these_statements_is_missed(tmp_path: Path, alone: Alone) -> None:
    """As in the copy for SQL: whatever else is executed in a life and names the owner."""
    found: dict[tuple[str, int], None] = {}

    def elsewhere(statement: Any) -> bool:
        return not any(statement is each for each in STATEMENTS.values())

    def note(statement: Any) -> Any:
        assert "user_id =" not in str(getattr(statement, "text", "")), "SQL as text hides a filter"
        if elsewhere(statement):
            found.update({(str(statement), n): None for n, _ in enumerate(places(statement))})
        return statement

    with rewritten(note):
        assert not noticed(tmp_path / "memkit.db", alone)
    assert len(found) >= len(TABLES)
    for number, (sql, n) in enumerate(found):

        def rewrite(each: Any, sql: str = sql, n: int = n) -> Any:
            fault = elsewhere(each) and str(each) == sql
            return without(each, places(each)[n][1]) if fault else each

        with rewritten(rewrite):
            assert noticed(tmp_path / f"{number}.db", alone), sql


def test_a_queue_that_is_not_ones_own_is_noticed(
    tmp_path: Path, alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Locks.get
    monkeypatch.setattr(Locks, "get", lambda locks, _, *what: own(locks, "everybody", *what))
    assert noticed(tmp_path / "memkit.db", alone)


# The second lock on the same door


def no_filter(statement: Any) -> Any:
    """The statement without any filter, wherever it comes from."""

    def replaced(element: Any, **_: Any) -> Any:
        return sa.true() if is_filter(element) else None

    return visitors.replacement_traverse(statement, {}, replaced)


def test_in_postgres_all_filters_can_be_missing_at_once(postgres_url: str, alone: Alone) -> None:
    with rewritten(no_filter):
        assert not noticed(postgres_url, alone)


def test_in_postgres_what_is_written_for_somebody_else_is_refused(
    postgres_url: str, alone: Alone
) -> None:
    """Every row that Ann stores is said to be Bob's: he has his own rows, and she has none."""

    def for_bob(statement: Any) -> Any:
        return without(statement, queries.OWNER) if isinstance(statement, sa.Insert) else statement

    with rewritten(for_bob), closing(open_pinned(postgres_url, clock)) as db:
        seen = list(life([ANN, BOB], db))
    assert [what for who, what in seen if who == BOB] == alone[BOB]
    assert "violates row-level security policy" in seen[0][1]
    assert set(seen[-2][1][0].values()) == {0}  # what she has when she leaves


@pytest.mark.parametrize("statement", ["ONE_USER", "ONE_USER_LOCKED"])
@pytest.mark.parametrize("part", ["memkit.user_id", "role"])
def test_in_postgres_each_part_of_the_second_lock_is_missed(
    postgres_url: str, alone: Alone, monkeypatch: pytest.MonkeyPatch, statement: str, part: str
) -> None:
    """With no filter left, those who read, or write, without it see what is not theirs, or nothing.

    The role counts where the store belongs to a superuser, as it does here.
    """
    whole = getattr(memkit.store.postgres, statement).text
    setting = {"memkit.user_id": f"'{part}', :owner", "role": f"'{part}', :role"}[part]
    less = whole.replace(f"set_config({setting}, true)", f"{setting}")
    assert less != whole
    monkeypatch.setattr(memkit.store.postgres, statement, sa.text(less))
    with rewritten(no_filter):
        assert noticed(postgres_url, alone)


def test_in_postgres_only_a_look_at_everybody_has_the_role_of_who_connected(
    postgres_url: str,
) -> None:
    """What `db.users` and a query without a user run in; policies let it see all, and so do we."""
    with closing(PostgresDb(postgres_url)) as db:
        who = sa.text("SELECT session_user, current_user, current_setting('memkit.everybody')")
        with db._transactions.reading() as rows:
            login, role, everybody = rows.execute(who).one()
            assert (role, everybody) == (login, "on")
        for scope in (db._transactions.reading(ANN), db._transactions.writing(ANN)):
            with scope as rows:
                assert rows.execute(sa.text("SELECT current_user")).scalar_one() == "memkit_user"
