"""Whatever three people do, in whatever order, each sees what plain Python says they should.

Hypothesis makes up the lives: runs with the real agent and by hand, changes, second thoughts,
proposals, searches, optimisations, looks into the past, SQL, exports, leaving and coming back. The
people have ids that look alike and sessions with the same names, and say the same few things, so
that whatever is mixed up shows. After every step each of them is compared with their `Life`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from lives import NOON, TABLES, model_call, open_pinned
from memkit import Agent, MemkitError, MemoryManager, OfflineChat
from memkit.concurrency import wait_for
from memkit.records import Change, MemoryEvent, UserMemory
from memkit.store.runs import RunLog
from memkit.store.tables import DERIVED, metadata
from memkit.store.user import User
from memkit.words import stems
from support import ScriptedChat, examples, say, use

PEOPLE = ["ann", "Ann", "аnn"]  # the last begins with a Cyrillic а
SESSIONS = ["s", "t"]
THINGS = ["tea", "jam", "rain", "chess"]
TEXTS = [f"The user likes {thing}." for thing in THINGS]
TOPICS = ["drinks", "games"]
LIVES = {"sqlite": 20, "postgres": 10}
STEPS = 30


# A life in plain Python


@dataclass(frozen=True)
class Known:
    """A memory: what it says, what it is about, and at which step it came to say so."""

    text: str
    topics: list[str]
    step: int
    run_id: int | None = None


@dataclass(frozen=True)
class Happened:
    """A change: what it did, and what was there before."""

    action: str
    status: str
    memory_id: int | None
    before: Known | None
    after: str | None
    topics: list[str] | None
    run_id: int | None = None


class No(Exception):
    """This cannot be done, and nothing has changed."""


@dataclass
class Life:
    """All that is stored about one person, and how it changes: the store's rules once more."""

    memories: dict[int, Known] = field(default_factory=dict)
    events: list[Happened] = field(default_factory=list)
    runs: list[tuple[str, str]] = field(default_factory=list)  # session, status
    said: list[tuple[int, str, str]] = field(default_factory=list)  # run, role, text
    calls: int = 0
    after_run: dict[int, dict[int, Known]] = field(default_factory=dict)
    at: dict[datetime, dict[int, Known]] = field(default_factory=dict)

    def copy(self) -> Life:
        parts = {"memories": self.memories, "events": self.events, "runs": self.runs}
        return replace(
            self, said=[*self.said], **{name: copy(each) for name, each in parts.items()}
        )

    def begin(self, session: str, message: str) -> int:
        self.runs.append((session, "running"))
        self.said.append((len(self.runs), "user", message))
        return len(self.runs)

    def end(self, reply: str | None) -> None:
        run_id, session = len(self.runs), self.runs[-1][0]
        self.runs[-1] = (session, "failed" if reply is None else "completed")
        if reply is not None:
            self.said.append((run_id, "assistant", reply))
        self.after_run[run_id] = self.memories.copy()

    def sessions(self) -> list[str]:
        return list(dict.fromkeys(session for session, _ in self.runs))

    def said_in(self, session: str, last_runs: int | None = None) -> list[tuple[str, str]]:
        """What was said in a session; or, what a model is shown: the last runs with a reply."""
        runs = [n for n, run in enumerate(self.runs, 1) if run[0] == session]
        if last_runs is not None:
            runs = [n for n in runs if self.runs[n - 1][1] == "completed"][-last_runs:]
        return [(role, text) for n, role, text in self.said if n in runs]

    def change(
        self,
        step: int,
        action: str,
        number: int | None = None,
        text: str | None = None,
        topics: list[str] | None = None,
        run_id: int | None = None,
        propose: bool = False,
    ) -> str:
        """What becomes of a change, and of the memories."""
        before = self.memories.get(number) if number else None
        same = [n for n, each in self.memories.items() if each.text == text]
        impossible = (action == "add") == (before is not None)
        repeats = same and (same != [number] or self.memories[same[0]].topics == topics)
        status = "rejected" if impossible or repeats else "proposed" if propose else "applied"
        if status == "applied":
            given = [each.memory_id or 0 for each in self.events if each.status == "applied"]
            number = number or max(given, default=0) + 1
            if text is None:
                del self.memories[number]
            else:
                self.memories[number] = Known(text, topics or [], step, run_id)
            self.memories = dict(sorted(self.memories.items()))
        about = None if text is None else topics or []
        self.events.append(Happened(action, status, number, before, text, about, run_id))
        return status

    def must(self, *change: Any) -> None:
        if self.change(*change) != "applied":
            raise No

    def undo(self, step: int, positions: Collection[int]) -> None:
        for position in sorted(positions, reverse=True):
            event = self.events[position]
            now, was = self.memories.get(event.memory_id or 0), event.before
            if (now and now.text) != event.after or (now and now.topics != event.topics):
                raise No
            opposite = {"add": "delete", "delete": "add", "update": "update"}[event.action]
            self.must(step, opposite, event.memory_id, was and was.text, was and was.topics)

    def approve(self, step: int, position: int) -> None:
        event = self.events[position]
        now, was = self.memories.get(event.memory_id or 0), event.before
        if (now and now.text) != (was and was.text):
            raise No
        what = (event.action, event.memory_id, event.after, event.topics, event.run_id)
        self.must(step, *what)
        self.events[position] = replace(event, status="approved")

    def optimise(self, step: int, wanted: list[str], propose: bool) -> None:
        texts = {each.text for each in self.memories.values()}
        gone = [each for each in self.memories.values() if each.text not in wanted]
        for number, each in list(self.memories.items()):
            if each.text not in wanted:
                self.change(step, "delete", number, propose=propose)
        for text in wanted:
            if text not in texts:
                words = [(each, set(stems(each.text))) for each in gone]
                made_of = [
                    each for each, said in words if 2 * len(said & {*stems(text)}) > len(said)
                ]
                topics = list(dict.fromkeys(topic for each in made_of for topic in each.topics))
                run = max((each.run_id or 0 for each in made_of), default=0) or None
                self.change(step, "add", None, text, topics, run, propose)

    def positions(self, status: str) -> list[int]:
        """Where the events of a status stand."""
        return [n for n, each in enumerate(self.events) if each.status == status]

    def rows(self) -> dict[str, int]:
        """Table name -> rows."""
        return {
            "agent_sessions": len(self.sessions()),
            "agent_runs": len(self.runs),
            "messages": len(self.said),
            "model_calls": self.calls,
            "user_memories": len(self.memories),
            "memory_events": len(self.events),
            "tool_calls": 0,
        }


def told(memories: dict[int, Known]) -> list[tuple[int, str, list[str]]]:
    return [(number, each.text, each.topics) for number, each in memories.items()]


def remembered(memories: Sequence[UserMemory]) -> list[tuple[int, str, list[str]]]:
    return [(each.memory_id, each.memory, each.topics) for each in memories]


def in_short(event: Happened | MemoryEvent) -> tuple[Any, ...]:
    before = event.before.text if isinstance(event.before, Known) else event.before
    what = (event.action, event.status, event.memory_id, before, event.after)
    return (*what, event.topics, event.run_id)


def shorter(texts: list[str]) -> list[str]:
    """A strategy of one's own: half of the memories, and how many there were."""
    return [*texts[::2], f"The user has told {len(texts)} things."]


# The same life in memkit

WHO = st.sampled_from(PEOPLE)
COUNTED = [name for name in TABLES if name not in {table.name for table in DERIVED}]
SESSION = st.sampled_from(SESSIONS)
THING = st.sampled_from(THINGS)
TEXT = st.sampled_from(TEXTS)
ABOUT = st.lists(st.sampled_from(TOPICS), unique=True)
WAYS = st.lists(st.tuples(TEXT, st.none() | ABOUT), min_size=1, max_size=3)
NUMBER = st.integers(1, 4)  # of a memory, or of a run
SOME = st.integers(0, 99)  # of the memories, events or moments that there are
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.none(), TEXT, ABOUT),
        st.tuples(st.just("update"), NUMBER, TEXT, ABOUT),
        st.tuples(st.just("delete"), NUMBER),
    ),
    max_size=3,
)
OFFLINE, REPLIES, DECIDES = OfflineChat(), ScriptedChat([]), ScriptedChat([])


def tool(action: str, number: int | None, text: str = "", topics: Any = ()) -> tuple[str, Any]:
    """A change as a model asks for it."""
    arguments = {"memory_id": number, "memory": text, "topics": topics}
    wanted = {"add": ["memory", "topics"], "update": list(arguments), "delete": ["memory_id"]}
    return f"{action}_memory", {name: arguments[name] for name in wanted[action]}


class World(RuleBasedStateMachine):
    """The people and their store; each step is done in both, and must come to the same."""

    empty_place: Callable[[], str]

    def __init__(self) -> None:
        super().__init__()
        seconds = count()
        self.clock = lambda: NOON + timedelta(seconds=next(seconds))
        self.place = type(self).empty_place()
        self.db = open_pinned(self.place, self.clock)
        self.lives = {who: Life() for who in PEOPLE}
        self.step = 0

    def teardown(self) -> None:
        self.db.close()

    def both(self, who: str, do: Callable[[User], Any], expect: Callable[[Life], Any]) -> None:
        """Do a step; it is refused in the one if and only if it is refused in the other.

        A step that raises `No` in a life leaves no trace; one that says "rejected" leaves an event.
        """
        life = self.lives[who].copy()
        try:
            possible = expect(life) != "rejected"
            self.lives[who] = life
        except No:
            possible = False
        try:
            do(self.db.for_user(who))
            done = True
        except MemkitError:
            done = False
        assert done == possible

    # Changes by hand

    @rule(who=WHO, text=TEXT, topics=ABOUT)
    def add(self, who: str, text: str, topics: list[str]) -> None:
        self.both(
            who,
            lambda user: user.add_memory(text, topics),
            lambda life: life.change(self.step, "add", None, text, topics),
        )

    def one_of(self, who: str, some: int) -> int:
        """A memory, or sometimes the number of none."""
        numbers = [*self.lives[who].memories, 99]
        return numbers[some % len(numbers)]

    @rule(who=WHO, some=SOME, ways=WAYS, back=st.integers(0, 2))
    def update(self, who: str, some: int, ways: list[tuple[str, Any]], back: int) -> None:
        """Put one memory in one way after the other, and maybe go back."""
        number = self.one_of(who, some)
        for text, topics in ways:

            def expect(life: Life, text: str = text, topics: list[str] | None = topics) -> str:
                if number not in life.memories:
                    raise No
                about = life.memories[number].topics if topics is None else topics
                return life.change(self.step, "update", number, text, about)

            def do(user: User, text: str = text, topics: list[str] | None = topics) -> None:
                user.update_memory(number, text, topics)

            self.both(who, do, expect)
        if back:
            self.undo(who, self.lives[who].positions("applied")[-back:])

    @rule(who=WHO, some=SOME)
    def delete(self, who: str, some: int) -> None:
        number = self.one_of(who, some)

        def expect(life: Life) -> None:
            life.must(self.step, "delete", number)

        self.both(who, lambda user: user.delete_memory(number), expect)

    # Runs

    def agent(self, **settings: Any) -> Agent:
        return Agent(
            db=self.db,
            update_memory_on_run=True,
            add_memories_to_context=True,
            add_history_to_context=True,
            num_history_runs=2,
            **settings,
        )

    @rule(who=WHO, session=SESSION, changes=CHANGES, answered=st.booleans(), review=st.booleans())
    def run(self, who: str, session: str, changes: list[Any], answered: bool, review: bool) -> None:
        """A run with models that do as they are told."""
        message, reply, life = f"Run {self.step}.", "Well." if answered else None, self.lives[who]
        shown = life.copy()
        run_id = life.begin(session, message)
        became = [
            life.change(self.step, *each, *[None] * (4 - len(each)), run_id, review)
            for each in changes
        ]
        life.end(reply)
        DECIDES.answers = [use(*(tool(*each) for each in changes)) if changes else say("None.")]
        if "rejected" in became:
            DECIDES.answers.append(say("I see."))
        life.calls += len(DECIDES.answers) + 1
        REPLIES.answers = [say(reply or "")]
        manager = MemoryManager(DECIDES, review=review)
        agent = self.agent(model=REPLIES, memory_manager=manager)
        result = agent.run(message, user_id=who, session_id=session)
        assert (result.run_id, result.content) == (run_id, reply)
        assert DECIDES.answers == REPLIES.answers == []
        self.assert_prompt(shown, session, message, result.messages)
        first = DECIDES.requests[(-became.count("rejected") and -2) or -1]
        self.assert_own(shown, first["messages"][0]["content"])

    @rule(who=WHO, session=SESSION, thing=THING, forget=st.booleans())
    def tell(self, who: str, session: str, thing: str, forget: bool) -> None:
        """A run with the offline model, which finds its own words for the topics."""
        message = f"Forget that I like {thing}." if forget else f"I like {thing}."
        life, text = self.lives[who], f"The user likes {thing}."
        shown = life.copy()
        agent = self.agent(model=OFFLINE)
        result = agent.run(message, user_id=who, session_id=session)
        assert result.error is None
        run_id = life.begin(session, message)
        stored = [number for number, each in life.memories.items() if each.text == text]
        if forget and stored:
            life.change(self.step, "delete", stored[0], run_id=run_id)
        if not forget and not stored:
            topics = result.memory_events[0].topics
            life.change(self.step, "add", None, text, topics, run_id)
        life.end(result.content)
        life.calls += 2
        self.assert_prompt(shown, session, message, result.messages)

    @rule(who=WHO, session=SESSION)
    def ask(self, who: str, session: str) -> None:
        """The offline model answers with what its user likes, or just said, and nothing else."""
        life = self.lives[who]
        result = self.agent(model=OFFLINE).run("What do I like?", user_id=who, session_id=session)
        likes = {each.text for each in life.memories.values()} & set(TEXTS)
        shown = " ".join(text for role, text in life.said_in(session, 2) if role == "user")
        just_said = {f"The user likes {thing}." for thing in THINGS if f"like {thing}" in shown}
        told = {f"The user likes {thing}." for thing in THINGS if thing in (result.content or "")}
        assert likes <= told <= likes | just_said
        life.begin(session, "What do I like?")
        life.end(result.content)
        life.calls += 2

    @rule(who=WHO, session=SESSION, changes=CHANGES, propose=st.booleans())
    def run_by_hand(self, who: str, session: str, changes: list[Any], propose: bool) -> None:
        message, life, user = f"By hand {self.step}.", self.lives[who], self.db.for_user(who)
        run_id = life.begin(session, message)
        for each in changes:
            life.change(self.step, *each, *[None] * (4 - len(each)), run_id, propose)
        life.end(None)
        life.calls += 1
        source = RunLog(user).begin_run(session, message).source
        call = model_call(user, "tea")
        wanted = [Change(*each) for each in changes]
        RunLog(user).change_memories(wanted, source=source, call=call, propose=propose)
        RunLog(user).finish_run(source, "failed")

    # Second thoughts

    @rule(who=WHO, last=st.integers(1, 3))
    def undo_the_last(self, who: str, last: int) -> None:
        self.undo(who, self.lives[who].positions("applied")[-last:])

    @rule(who=WHO, some=st.lists(SOME, min_size=1, max_size=3))
    def undo_some(self, who: str, some: list[int]) -> None:
        applied = self.lives[who].positions("applied")
        self.undo(who, {applied[each % len(applied)] for each in some} if applied else set())

    def undo(self, who: str, positions: Collection[int]) -> None:

        def do(user: User) -> None:
            history = user.history()
            user.undo([history[each] for each in positions])

        self.both(who, do, lambda life: life.undo(self.step, positions))

    @rule(who=WHO, other=WHO, some=SOME)
    def undo_somebody_elses(self, who: str, other: str, some: int) -> None:
        theirs = self.lives[other].positions("applied")
        if who != other and theirs:
            event = self.db.for_user(other).history()[theirs[some % len(theirs)]]

            def expect(_: Life) -> None:
                raise No

            self.both(who, lambda user: user.undo([event]), expect)

    @rule(who=WHO, some=SOME, approved=st.booleans())
    def decide(self, who: str, some: int, approved: bool) -> None:
        waiting = self.lives[who].positions("proposed")
        events = [each.event_id for each in self.db.for_user(who).proposals()]
        assert events == [each + 1 for each in waiting]
        number = waiting[some % len(waiting)] if waiting else some

        def do(user: User) -> None:
            (user.approve if approved else user.refuse)(number + 1)

        def expect(life: Life) -> None:
            if not waiting:
                raise No
            if approved:
                life.approve(self.step, number)
            else:
                life.events[number] = replace(life.events[number], status="refused")

        self.both(who, do, expect)

    @rule(who=WHO, apply=st.booleans())
    def optimise(self, who: str, apply: bool) -> None:
        def strategy(memories: list[UserMemory]) -> list[str]:
            return shorter([each.memory for each in memories])

        def do(user: User) -> None:
            wait_for(MemoryManager().aoptimize_memories(user, strategy, apply), "")

        def expect(life: Life) -> None:
            if life.memories:
                wanted = shorter([each.text for each in life.memories.values()])
                life.optimise(self.step, wanted, not apply)

        self.both(who, do, expect)

    # Looking

    @rule(who=WHO, word=st.sampled_from([*THINGS, *TOPICS]))
    def search(self, who: str, word: str) -> None:
        memories = self.lives[who].memories
        newest = sorted(memories, key=lambda n: (memories[n].step, n), reverse=True)
        matching = {n for n, each in memories.items() if word in f"{each.text} {each.topics}"}
        user, search = self.db.for_user(who), MemoryManager().asearch_user_memories
        found = wait_for(search(user, word, 3, "last_n"), "")
        assert [each.memory_id for each in found] == newest[:3]
        found = wait_for(search(user, word, 99, "keyword"), "")
        assert {each.memory_id for each in found} == matching

    @rule(who=WHO, some=SOME)
    def look_back(self, who: str, some: int) -> None:
        life, user = self.lives[who], self.db.for_user(who)
        for moments in (life.after_run, life.at):
            for moment, known in [*moments.items()][some % (len(moments) or 1) :][:1]:
                assert remembered(user.memories(as_of=moment)) == told(known)

    @rule(who=st.none() | WHO, table=st.sampled_from(["", *COUNTED]))
    def query(self, who: str | None, table: str) -> None:
        """SQL over one person's copy, or over all of them."""
        lives = {each: self.lives[each] for each in sorted(PEOPLE if who is None else [who])}
        if table:
            sql = f"SELECT user_id, count(*) FROM {table} GROUP BY user_id ORDER BY ALL"
            rows = [[each, life.rows()[table]] for each, life in lives.items()]
            expected = [row for row in rows if row[1]]
        else:
            sql = "SELECT user_id, memory_id, memory, topics FROM user_memories ORDER BY ALL"
            expected = [[each, *row] for each, life in lives.items() for row in told(life.memories)]
        frame = self.db.query(sql, user_id=who)
        if not table:
            frame["topics"] = [list(each) for each in frame["topics"]]
        assert frame.values.tolist() == expected

    @rule(who=WHO, number=NUMBER)
    def take_all(self, who: str, number: int) -> None:
        life, user = self.lives[who], self.db.for_user(who)
        exported = user.export()
        assert {table: len(rows) for table, rows in exported.items()} == life.rows()
        runs = [(each["session_id"], each["status"]) for each in exported["agent_runs"]]
        assert runs == life.runs
        said = [(each["run_id"], each["role"], each["content"]) for each in exported["messages"]]
        assert said == life.said
        of_memory = [in_short(each) for each in life.events if each.memory_id == number]
        assert [in_short(each) for each in user.history(memory_id=number)] == of_memory

    # Leaving and coming back

    @rule(who=WHO, how=st.sampled_from(["clear", "forget", "open again"]))
    def leave(self, who: str, how: str) -> None:
        life, user = self.lives[who], self.db.for_user(who)
        if how == "clear":
            assert user.clear_memories() == len(life.memories)
            for number in list(life.memories):
                life.change(self.step, "delete", number)
        elif how == "forget":
            receipt = user.forget()
            assert {name: receipt[name] for name in COUNTED} == life.rows()
            self.lives[who] = Life()
        else:
            self.db.close()
            self.db = open_pinned(self.place, self.clock)

    # After every step

    @invariant()
    def each_sees_their_life_and_nothing_else(self) -> None:
        for who, life in self.lives.items():
            user = self.db.for_user(who)
            (memories, version), history = RunLog(user).snapshot(), user.history()
            assert remembered(memories) == told(life.memories)
            assert version.event_id == len(life.events)
            assert [in_short(each) for each in history] == [in_short(each) for each in life.events]
            assert [each.session_id for each in user.sessions()] == life.sessions()
            for session in SESSIONS:
                said = [(each.role, each.content) for each in user.messages(session)]
                assert said == life.said_in(session)
            life.at |= {self.db.now(): life.memories.copy()}
            life.at |= {each.created_at: life.memories.copy() for each in history[-1:]}
        here = [who for who, life in self.lives.items() if any(life.rows().values())]
        assert self.db.users() == sorted(here)
        self.step += 1

    def assert_prompt(
        self, life: Life, session: str, message: str, messages: list[dict[str, Any]]
    ) -> None:
        """A model was shown one's own memories, and what was said in this session of one's own."""
        [*system, question] = messages
        if life.memories:
            self.assert_own(life, system.pop(0)["content"])
        history = [(each["role"], each["content"]) for each in system]
        assert history == life.said_in(session, last_runs=2)
        assert (question["role"], question["content"]) == ("user", message)

    def assert_own(self, life: Life, prompt: str) -> None:
        own = {each.text for each in life.memories.values()}
        anybodys = {each.text for other in self.lives.values() for each in other.memories.values()}
        assert {text for text in {*TEXTS, *anybodys, *own} if text in prompt} == own


@pytest.mark.generated
@pytest.mark.parametrize("store", LIVES)
@pytest.mark.slow
def test_whatever_happens_everybody_has_their_own_life(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    files = count()

    def new_file() -> str:
        return str(tmp_path / f"{next(files)}.db")

    def empty_schema() -> str:
        with engine.begin() as rows:
            rows.execute(sa.text(f"TRUNCATE {', '.join(metadata.tables)}"))
        return url

    if store == "postgres":
        url = request.getfixturevalue("postgres_url")
        open_pinned(url).close()  # makes the tables
        engine = sa.create_engine(url, poolclass=sa.NullPool)
    World.empty_place = staticmethod(new_file if store == "sqlite" else empty_schema)
    lives = settings(examples(LIVES[store]), stateful_step_count=STEPS)
    run_state_machine_as_test(World, settings=lives)
