"""The classroom: conversations from `data/`, throw-away stores, side-by-side requests, checks."""

from __future__ import annotations

import asyncio
import inspect
import json
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from html import escape
from itertools import count
from numbers import Number
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pandas as pd

from memkit import views
from memkit.agent import Agent, RunResult
from memkit.checks import check_at_least
from memkit.context import in_prompt
from memkit.db import Clock, Db, SqliteDb
from memkit.errors import InvalidInput
from memkit.records import JsonObject
from memkit.tokens import count_tokens

PACKAGE = Path(__file__).parent
PATIENCE = 5.0  # seconds until a check believes that a window waits for ever
THINKING = 0.005  # seconds that a window sleeps at least between reading and writing
LAST_NUMBER = 300  # up to which a check tries the numbers of memories
NEIGHBOURS = {  # users whose ids look alike, and what a check lets them remember
    "ana": ["Ana's PIN is 4711."],
    "Ana": ["Ana likes rain."],
    "ana2": ["Ana2 likes snow."],
    "bo": ["Bo likes rice.", "Bo likes tea."],
}


class Said(NamedTuple):
    """One turn of a conversation: who says what in which session."""

    user_id: str
    session_id: str
    message: str


def conversation(name: str = "three_users") -> list[Said]:
    """A conversation from the folder `data`, in the order in which it is said."""
    folders = [PACKAGE / "data", PACKAGE.parent / "data"]  # in an installed package, in a checkout
    known = {path.stem: path for each in folders for path in each.glob("*.jsonl")}
    if name not in known:
        raise InvalidInput(f"there is no conversation {name!r}; there are: {', '.join(known)}")
    return [Said(**json.loads(line)) for line in known[name].read_text("utf-8").splitlines()]


GIVEN_NAMES = "Aïcha Bruno Chloé Dmitri Elif Farid Grace Hana Igor Joana Kofi Leila Mateo Noor Olga"
FAMILY_NAMES = "Adeyemi Bianchi Costa Dubois Eriksen Fischer Gupta Haddad Ivanova Jansen Kaya"
CHANGES_OF_MIND = [  # what a student tells early, and later
    ("I like chess and jazz.", "I don't like chess any more."),
    ("I live in Porto.", "I moved to Oslo."),
    ("I have a cat named Miso.", "Please forget my cat."),
    ("My favourite subject is biology.", "My favourite subject is art now."),
    ("I'm learning Italian.", "I stopped learning Italian."),
    ("I like football and manga.", "I don't like football any more."),
    ("I live in Accra.", "I moved to Quito."),
    ("I have a dog named Rex.", "Please forget my dog."),
    ("My favourite subject is maths.", "My favourite subject is history now."),
    ("I'm learning Spanish.", "I stopped learning Spanish."),
]
PLANS = ["hike", "visit a museum", "bake bread", "repair a bicycle", "swim in the lake"]
LAST_QUESTION = "What do you suggest I do this weekend?"
TURNS_OF_A_SESSION = 4


def invented_class(students: int = 30, turns: int = 8) -> list[Said]:
    """A class that never was: each student tells things, changes their mind and asks a question.

    Nothing is drawn by lot: the same numbers give the same class. It speaks in rounds, and every
    third student says a thing less than `turns`. Sessions have four turns.
    """
    check_at_least("students", students, 1)
    check_at_least("turns", turns, 3)
    digits = len(str(students))
    stories = {
        f"student_{number + 1:0{digits}}": _story(number, turns) for number in range(students)
    }
    return [
        Said(f"{name}@example.com", f"{name}_session_{turn // TURNS_OF_A_SESSION + 1}", story[turn])
        for turn in range(turns)
        for name, story in stories.items()
        if turn < len(story)
    ]


def _story(student: int, turns: int) -> list[str]:
    """What one student says: a name, things that change later, a plan, and the question."""
    given, family = GIVEN_NAMES.split(), FAMILY_NAMES.split()
    name = f"{given[student % len(given)]} {family[student % len(family)]}"
    start = 3 * student % len(CHANGES_OF_MIND)
    changes = [*CHANGES_OF_MIND[start:], *CHANGES_OF_MIND[:start]][: len(CHANGES_OF_MIND) // 2]
    (first, first_changed), (second, second_changed), *others = changes
    told = [f"Hello, my name is {name}.", first, second, first_changed]
    told += [f"I'm planning to {PLANS[student % len(PLANS)]} this weekend.", second_changed]
    told += [sentence for change in others for sentence in change]
    return [*told[: turns - 1 - (student % 3 == 2)], LAST_QUESTION]


async def play(
    agent: Agent,
    turns: Iterable[Said],
    at_once: bool = False,
    on_run: Callable[[RunResult], None] | None = None,
) -> list[RunResult]:
    """Say the turns to an agent: one after the other, or all users at once, each in their order.

    `on_run` is called after each run, as a progress bar needs it. Whoever cancels this waits until
    every run that was under way has been stored as cancelled.
    """
    if at_once:
        of_user: dict[str, list[Said]] = {}
        for turn in turns:
            of_user.setdefault(turn.user_id, []).append(turn)
        playing = [play(agent, said, on_run=on_run) for said in of_user.values()]
        tasks = [asyncio.ensure_future(each) for each in playing]
        await asyncio.gather(*tasks, return_exceptions=True)  # until all of them are over
        return [run for task in tasks for run in task.result()]
    runs = []
    for user_id, session_id, message in turns:
        runs.append(await agent.arun(message, user_id=user_id, session_id=session_id))
        if on_run:
            on_run(runs[-1])
    return runs


def temporary_store(clock: Clock | None = None) -> SqliteDb:
    """A new store in a folder of its own, so that no two lessons share one.

    Its clock starts at nine on the first day of term and goes on by a second with every look, so
    that a lesson shows the same times whenever it is run; `clock` sets another.
    """
    folder = Path(tempfile.mkdtemp(prefix="memkit_"))
    return SqliteDb(folder / "memkit.db", clock or pinned_clock())


def pinned_clock(start: datetime = datetime(2026, 9, 1, 9, tzinfo=UTC)) -> Clock:
    """A clock that shows `start` first and a second more with every look."""
    seconds = count()
    return lambda: start + timedelta(seconds=next(seconds))


class SideBySide:
    """Two requests next to each other, exactly as they were sent."""

    def __init__(self, **requests: Sequence[JsonObject]) -> None:
        """Each argument is a title (underscores become spaces) and the messages of a request."""
        self._requests = {
            title.replace("_", " "): json.dumps(messages, indent=2, ensure_ascii=False)
            for title, messages in requests.items()
        }

    def __repr__(self) -> str:
        return "\n\n".join(f"{title}\n{shown}" for title, shown in self._requests.items())

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(title)}</th>" for title in self._requests)
        style = f"width: {100 // len(self._requests)}%; text-align: left; vertical-align: top"
        cells = "".join(
            f'<td style="{style}"><pre style="white-space: pre-wrap">{escape(shown)}</pre></td>'
            for shown in self._requests.values()
        )
        return f'<table style="width: 100%"><tr>{head}</tr><tr>{cells}</tr></table>'


def waves(db: Db) -> pd.DataFrame:
    """The runs of a store in waves, in the order in which they began.

    A run is in wave 1 if no other run was over when it began, and otherwise one wave after the
    latest of those that were over. Runs in the same wave were under way together.
    """
    runs = db.query(
        "SELECT user_id, run_id, content AS said, r.created_at, finished_at FROM agent_runs r "
        "JOIN messages USING (user_id, run_id) WHERE role = 'user' ORDER BY r.created_at"
    )
    waves: list[int] = []
    for began in runs.created_at:
        over = runs.finished_at[: len(waves)] < began
        waves.append(1 + max((w for w, done in zip(waves, over, strict=True) if done), default=0))
    return runs.assign(wave=waves)


def timeline(db: Db) -> pd.DataFrame:
    """Who waited for whom: the runs of a store in waves, a row each, with a bar where it stands."""
    runs = waves(db)
    last = max(runs.wave, default=0)
    bars = ["·" * (wave - 1) + "█" + "·" * (last - wave) for wave in runs.wave]
    shown = runs.assign(bar=bars)[["user_id", "said", "wave", "bar"]]
    return shown.sort_values(["user_id", "wave"], ignore_index=True)


class Check:
    """The answer to an exercise: `not tried yet`, `not yet: ...` with the reason, or `passed`."""

    def __init__(self, tried: bool, problem: str | None) -> None:
        """`problem` is what is still wrong, if anything is."""
        self._answer = f"not yet: {problem}" if problem else "passed"
        if not tried:
            self._answer = "not tried yet"

    def __repr__(self) -> str:
        return self._answer


def check_second_session(db: Db, user_id: str, new_session: str, first_session: str) -> Check:
    """Exercise: something said in a new session reached the model in the first one."""
    new, first = quoted(new_session), quoted(first_session)
    runs = db.query(f"FROM agent_runs WHERE session_id = {new}", user_id=user_id)
    learned = db.query(f"FROM user_memories WHERE session_id = {new}", user_id=user_id)
    asked = db.query(
        f"SELECT request FROM model_calls WHERE why = 'reply' AND session_id = {first} "
        "ORDER BY call_id DESC LIMIT 1",
        user_id=user_id,
    )
    told = "\n".join(
        each.get("content") or ""
        for request in asked.request
        for each in json.loads(request)["messages"]
    )
    if learned.empty:
        problem = f"no row of user_memories came from {new_session}; say a fact there"
    elif not any(in_prompt(memory) in told for memory in learned.memory):
        problem = (
            f"the last request in {first_session} does not hold {learned.memory[0]!r}; "
            "ask something there, with the memories in the context"
        )
    else:
        problem = None
    return Check(not runs.empty, problem)


def check_newest(db: Db, answer: pd.DataFrame | None) -> Check:
    """Exercise: a frame with the newest memory of every user, in any order."""
    newest = "SELECT user_id, max_by(memory, memory_id) AS memory FROM user_memories GROUP BY ALL"
    if answer is None:
        return Check(False, None)
    return Check(True, _difference(answer, db.query(newest)))


def _difference(answer: object, wanted: pd.DataFrame) -> str | None:
    """The first thing that tells an answer from the wanted frame, in whatever order it is."""
    if not isinstance(answer, pd.DataFrame):
        return f"this is {type(answer).__name__}, not a frame; wrap it in db.query(...)"
    given, right = Counter(answer.columns), Counter(wanted.columns)
    for column in right - given:
        return f"the column {column!r} is missing"
    for column in given - right:
        return f"the column {column!r} should not be there"
    given, right = _rows(answer[list(wanted.columns)]), _rows(wanted)
    for row in sorted(right - given, key=repr):
        return f"this row is missing: {row}"
    for row in sorted(given - right, key=repr):
        return f"this row {'is there twice' if row in right else 'should not be there'}: {row}"
    return None


def _rows(frame: pd.DataFrame) -> Counter[Any]:
    """How often each row is there; what is neither text nor a number counts as it is shown."""
    return Counter(
        tuple(each if isinstance(each, str | Number) else repr(each) for each in row)
        for row in frame.itertuples(index=False, name=None)
    )


def quoted(text: str) -> str:
    """`text` as a string in SQL."""
    return "'" + text.replace("'", "''") + "'"


def check_nothing_learned(agent: Agent, user_id: str, session_id: str) -> Check:
    """Exercise: the last run in this session asked for no memories; now they are wanted again."""
    left = agent.db.query(
        f"""SELECT r.run_id, c.why, e.after
        FROM agent_runs r
        LEFT JOIN model_calls c ON c.run_id = r.run_id AND c.why = 'memory'
        LEFT JOIN memory_events e ON e.run_id = r.run_id
        WHERE r.run_id = (
            SELECT max(run_id) FROM agent_runs WHERE session_id = {quoted(session_id)}
        ) ORDER BY ALL""",
        user_id=user_id,
    )
    learned = left.dropna(subset=["why"]).to_dict("records")
    if learned:
        problem = f"this run asked for memories: {learned[0]}"
    elif not agent.update_memory_on_run:
        problem = "remembering is still off; switch it on again"
    else:
        problem = None
    return Check(not left.empty, problem)


def check_canaries(db: Db, answer: pd.DataFrame | None, secrets: dict[str, str]) -> Check:
    """Exercise: a leak matrix, with a column `requests_with_<secret>` for each user's secret."""
    if answer is None:
        return Check(False, None)
    counts = ", ".join(
        f'count(*) FILTER (request::text ILIKE {quoted(f"%{word}%")}) AS "requests_with_{word}"'
        for word in secrets.values()
    )
    wanted = db.query(f"SELECT user_id, {counts} FROM model_calls GROUP BY ALL")
    for user_id, word in secrets.items():
        hers = wanted[wanted.user_id == user_id]
        if hers.empty:
            return Check(True, f"nobody called {user_id!r} has said anything yet")
        if not hers[f"requests_with_{word}"].any():
            return Check(True, f"{user_id!r} has not told the agent the secret word {word!r}")
    return Check(True, _difference(answer, wanted))


def check_repaired_store(store: Callable[[str], Any] | None) -> Check:
    """Exercise: a class whose objects belong to one user each and reach nobody else's rows."""
    if store is None:
        return Check(False, None)
    try:
        return Check(True, _reach(store))
    except Exception as error:
        return Check(True, _told(error))


def _reach(store: Callable[..., Any]) -> str | None:
    """How users with ids that look alike reach each other's rows, or not their own."""
    fresh = uuid4().hex  # so that none of them has ever been there
    users = {name: store(fresh + name) for name in NEIGHBOURS}
    for name, memories in NEIGHBOURS.items():
        for memory in memories:
            users[name].add(memory)
    for name, memories in NEIGHBOURS.items():
        if (found := sorted(users[name].search(""))) != memories:
            return f"{name!r} should find {memories}, but finds {found}"
    bo, ana = users.pop("bo"), fresh + "ana"
    if list(bo.search("tea")) != ["Bo likes tea."] or list(bo.search("PIN")):
        return "search(words) should find the memories that hold the words, and no others"
    with suppress(Exception):  # an error is what it should be
        store()
        return "it makes an object without a user; user_id has to be required"
    for search in (partial(bo.search, "PIN", ana), partial(bo.search, "PIN", user_id=ana)):
        with suppress(Exception):
            if list(search()):
                return "bo can search as 'ana'; whose rows it searches is for the object to say"
    if problem := _wrong_update(bo, users, ana):
        return problem
    known, found = list(bo.search("")), list(store(fresh + "bo").search(""))
    return None if found == known else f"another object for Bo finds {found} instead of {known}"


def _wrong_update(bo: Any, others: dict[str, Any], ana: str) -> str | None:
    """What Bo changes besides the memory whose number he gives, or cannot change."""
    mine = NEIGHBOURS["bo"]
    for memory_id in range(LAST_NUMBER + 1):
        before, changed = set(bo.search("")), f"changed by number {memory_id}"
        try:
            bo.update(memory_id, changed)
        except (TypeError, AttributeError, NameError):
            raise  # a slip of the pen
        except Exception:
            pass  # there is no such memory of Bo's
        with suppress(Exception):  # it should not take a user
            bo.update(memory_id, changed, ana)
        for name, other in others.items():
            if (found := list(other.search(""))) != NEIGHBOURS[name]:
                return f"after bo.update({memory_id}, ...) {name!r} has {found}"
        after = list(bo.search(""))
        if len(after) > len(mine):
            return (
                f"bo.update({memory_id}, ...) made a new memory; "
                "a number that Bo does not have changes nothing"
            )
        if len(before - set(after)) > 1:
            return f"bo.update({memory_id}, ...) changed more than one memory of Bo's"
    left = [each for each in bo.search("") if each in mine]
    if left == mine:
        return f"no number from 0 to {LAST_NUMBER} changes a memory of Bo's; numbers count from 1"
    return f"no number from 0 to {LAST_NUMBER} changes Bo's memory {left[0]!r}" if left else None


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


async def check_remember_safely(
    remember: Callable[[str, str], Awaitable[None]] | None, document: dict[str, list[str]]
) -> Check:
    """Exercise: three windows at once on one document, and nothing is lost."""
    if remember is None:
        return Check(False, None)
    if not inspect.iscoroutinefunction(remember):
        return Check(True, "it has to be `async def`")
    try:
        return Check(True, await _lost(remember, document))
    except TimeoutError:
        return Check(True, "a window waits for ever; is the lock released?")
    except Exception as error:
        return Check(True, _told(error))


async def _lost(
    remember: Callable[[str, str], Awaitable[None]], document: dict[str, list[str]]
) -> str | None:
    """What windows lose, alone or at once, or do wrong; `TimeoutError` if they do not end."""
    document["ana"] = []
    alone = asyncio.ensure_future(remember("left", "memory"))
    await asyncio.sleep(THINKING)
    if not alone.done():  # it sleeps; somebody who does not queue writes meanwhile
        document["ana"] = [*document["ana"], "somebody else's"]
        await asyncio.wait_for(alone, PATIENCE)
        if "somebody else's" in document["ana"]:
            return (
                "what somebody else writes while a window sleeps is kept, which `remember` "
                "overwrites; read before the sleep, and write the whole list after it"
            )
    elif not alone.exception():
        return (
            f"it should `await asyncio.sleep(...)` for {THINKING} s at least, "
            "between reading and writing"
        )
    document["ana"] = []
    wanted = [f"memory {number}" for number in range(3)]
    said = zip(("left", "middle", "right"), wanted, strict=True)
    windows = asyncio.gather(*(remember(*each) for each in said), return_exceptions=True)
    for outcome in await asyncio.wait_for(windows, PATIENCE):
        if isinstance(outcome, BaseException):
            return _told(outcome)
    kept = sorted(document["ana"])
    if lost := sorted(set(wanted) - set(kept)):
        return f"{lost} got lost; kept: {kept}"
    return None if kept == wanted else f"three memories were written, but these are kept: {kept}"


def check_decided_again(db: Db, answer: pd.DataFrame | None) -> Check:
    """Exercise: the users for whom a decision came too late, and how many calls that cost."""
    if answer is None:
        return Check(False, None)
    wanted = db.query(
        "SELECT user_id, count(*) AS calls FROM model_calls "
        "WHERE why = 'memory' AND error LIKE '%decided again%' GROUP BY ALL"
    )
    return Check(True, _difference(answer, wanted))


def check_bill(db: Db, answer: pd.DataFrame | None) -> Check:
    """Exercise: what each user's calls cost, beside how many memories there are for it."""
    if answer is None:
        return Check(False, None)
    wanted = db.query(
        "SELECT user_id, sum(prompt_tokens + completion_tokens) AS tokens, (SELECT count(*) "
        "FROM user_memories m WHERE m.user_id = c.user_id) AS memories FROM model_calls c "
        "GROUP BY user_id"
    )
    return Check(True, _difference(answer, wanted))


def check_no_longer(db: Db, user_id: str, answer: pd.DataFrame | None) -> Check:
    """Exercise: what was once known of one user, with the sentence that changed or deleted it."""
    if answer is None:
        return Check(False, None)
    wanted = db.query(
        "SELECT memory_id, before, input FROM memory_events "
        "WHERE status = 'applied' AND before IS NOT NULL",
        user_id=user_id,
    )
    return Check(True, _difference(answer, wanted))


def check_undone(db: Db, user_id: str, word: str, before: str) -> Check:
    """Exercise: what was learned was undone, so that `before` is known again instead of `word`."""

    def holds(text: str | None, word: str = word) -> bool:
        return word.lower() in (text or "").lower()

    user = db.for_user(user_id)
    events = user.history()
    wanted = [each.status for each in events if holds(each.after)]
    if "applied" not in wanted:
        problem = _not_learned(db, user_id, word, wanted)
        return Check(problem is not None, problem)
    changes = [each for each in events if each.status == "applied"]
    taken_back = [e for e in changes if holds(e.before) and not holds(e.after)]
    known = user.memories()
    left = [{"memory_id": m.memory_id, "memory": m.memory} for m in known if holds(m.memory)]
    if left:
        problem = f"this memory is still there: {left[0]}"
    elif not any(holds(each.memory, before) for each in known):
        problem = f"{before!r} is not known any more; undo brings it back"
    elif taken_back and taken_back[-1].refers_to is not None:
        problem = None
    elif taken_back and taken_back[-1].input:
        problem = (
            f"{taken_back[-1].input!r} changed {word!r}, which is one more move and takes nothing "
            "back; say it again and undo that"
        )
    else:
        problem = f"{word!r} was changed by hand; say it again and undo that"
    return Check(True, problem)


def _not_learned(db: Db, user_id: str, word: str, wanted: Sequence[str]) -> str | None:
    """Why a user has no memory that holds `word`, if anybody has said it at all.

    `wanted` is what became of the changes that would have made one.
    """
    if wanted:
        return f"the move was never made, only {wanted[-1]}; undo takes back what was made"
    said = db.query(
        f"""SELECT user_id, content FROM messages
        WHERE role = 'user' AND content ILIKE {quoted(f"%{word}%")} ORDER BY created_at"""
    )
    for content in said.content[said.user_id == user_id][-1:]:
        return f"nothing was learned from {content!r}; say it with I, to an agent that remembers"
    for other, content in said[-1:].itertuples(index=False):
        return f"{other!r} said {content!r}, but {user_id!r} has to"
    return None


def check_forgotten(
    db: Db,
    user_id: str,
    exported: dict[str, list[JsonObject]] | None,
    receipt: dict[str, int] | None,
) -> Check:
    """Exercise: a user who has said two things was exported, and then erased from every table."""
    left = {name: len(rows) for name, rows in db.for_user(user_id).export().items() if rows}
    if left:
        return Check(True, f"there are still rows of {user_id!r}: {left}")
    if exported is None and receipt is None:
        return Check(False, None)
    for other in db.users():
        if db.for_user(other).export() == exported:
            return Check(True, f"this is the export of {other!r}, who is not {user_id!r}")
    return Check(True, _wrong_with(exported, receipt))


def _wrong_with(exported: object, receipt: object) -> str | None:
    """Why a receipt does not show that what was exported, two things or more, was forgotten."""
    if not (isinstance(exported, dict) and isinstance(exported.get("messages"), list)):
        return (
            f"this is {type(exported).__name__}, not an export; "
            "keep what export() gives before she is forgotten"
        )
    if not exported["messages"]:
        return (
            "in the export she has said nothing; "
            "let her say something, export it, and then forget her"
        )
    if len(exported["memory_events"]) < 2:
        return "only one thing or none was remembered; she should say two things about herself"
    if not (isinstance(receipt, dict) and isinstance(receipt.get("messages"), int)):
        return f"this is {type(receipt).__name__}, not a receipt; keep what forget() gives"
    for name, rows in exported.items():
        if receipt.get(name, 0) != len(rows):
            return (
                f"this receipt counts {receipt.get(name, 0)} {name}, and her export {len(rows)}; "
                "export what there is of her and forget her right after"
            )
    return None


def check_within_budget(
    db: Db, user_id: str, session_id: str, question: str, word: str, tokens: int
) -> Check:
    """Exercise: the session's last question was asked with the memory that holds `word`.

    Its memories take `tokens` at most, counted as the lines that they become in the prompt, and at
    least one was left out.
    """
    runs = db.query(views.RUNS, user_id=user_id)
    asked = runs[runs.session_id == session_id]
    if asked.empty:
        return Check(False, None)
    run_id, message = int(asked.run_id.iloc[-1]), asked.message.iloc[-1]
    found = db.query(views.in_or_out(run_id), user_id=user_id)
    known = found[found.kind == "memory"]
    wanted = known[known.text.str.contains(word, regex=False)]
    shown = known[known.in_prompt]
    length = sum(count_tokens(f"- {in_prompt(each)}") for each in shown.text)
    if message != question:
        problem = f"the last message in {session_id} is {message!r}; ask {question!r}"
    elif wanted.empty:
        problem = f"no memory holds {word!r} any more"
    elif not wanted.in_prompt.any():
        problem = f"{wanted.text.iloc[0]!r} was left out: {wanted.why.iloc[0]}"
    elif length > tokens:
        problem = f"{len(shown)} memories went in and took {length} tokens; {tokens} are allowed"
    elif len(shown) == len(known):
        problem = f"all {len(known)} memories went in; leave something out"
    else:
        problem = None
    return Check(True, problem)


def check_lengths(db: Db, answer: pd.DataFrame | None) -> Check:
    """Exercise: how long each user's requests for a reply are on average, with memories or not."""
    if answer is None:
        return Check(False, None)
    wanted = db.query(
        """SELECT user_id, context::text LIKE '%"memories"%' AS with_memories,
               avg(prompt_tokens) AS tokens
        FROM agent_runs JOIN model_calls USING (user_id, run_id) WHERE why = 'reply' GROUP BY ALL"""
    )
    return Check(True, _difference(answer, wanted))
