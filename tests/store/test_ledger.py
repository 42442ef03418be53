"""Changing one's mind: undo, proposals, and the ledger whose outcome the memories are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, strategies as st

from lives import NOON, model_call, open_pinned
from memkit import Agent, InvalidInput, MemoryManager, OfflineChat, UnknownMemory
from memkit.records import Change, MemoryEvent, UserMemory
from memkit.store.db import Db
from memkit.store.ledger import outcome
from memkit.store.runs import RunLog
from memkit.store.user import User
from support import ScriptedChat, examples, say, use

TEA, MILK, RAIN = "The user likes tea.", "The user likes milk.", "The user likes rain."


def ticking() -> Callable[[], datetime]:
    """A clock that goes on by a second whenever somebody looks at it."""
    seconds = count()
    return lambda: NOON + timedelta(seconds=next(seconds))


@pytest.fixture
def user(db: Db) -> User:
    return db.for_user("ann")


def texts(user: User) -> dict[int, str]:
    return {each.memory_id: each.memory for each in user.memories()}


def applied(user: User) -> list[MemoryEvent]:
    return [each for each in user.history() if each.status == "applied"]


def run(user: User, *changes: Change, propose: bool = False) -> list[MemoryEvent]:
    """A run that makes changes, and its events."""
    source = RunLog(user).begin_run("s", "hello").source
    call = model_call(user, "tea")
    events = RunLog(user).change_memories(changes, source=source, call=call, propose=propose)
    RunLog(user).finish_run(source, "completed", "hi")
    return events


def refused(user: User, why: str, events: Sequence[MemoryEvent]) -> None:
    """Undoing these is an error that says why, and changes nothing."""
    before = user.export()
    with pytest.raises(InvalidInput, match=why):
        user.undo(events)
    assert user.export() == before


# Undo


@pytest.mark.parametrize(
    "wrong",
    [
        lambda user: "x",
        lambda user: "",
        lambda user: 3,
        lambda user: None,
        lambda user: user.memories()[0],
        lambda user: user.memories(),
        lambda user: user.history()[0],
        lambda user: [*user.history(), 1],
    ],
    ids=[*map(str, range(8))],
)
def test_what_is_undone_is_a_list_of_events(user: User, wrong: Callable[[User], Any]) -> None:
    user.add_memory(TEA)
    refused(user, "events is a list of events, such as run.memory_events", wrong(user))


def test_each_kind_of_change_can_be_taken_back(user: User) -> None:
    user.add_memory(TEA, ["drinks"])
    user.update_memory(1, MILK, ["cold drinks"])
    user.delete_memory(1)
    added, updated, deleted = user.history()

    [event] = user.undo([deleted])
    assert (event.action, event.before, event.after) == ("add", None, MILK)
    assert (event.status, event.refers_to) == ("applied", deleted.event_id)
    [memory] = user.memories()
    assert (memory.memory, memory.topics) == (MILK, ["cold drinks"])

    [event] = user.undo([updated])
    assert (event.action, event.before, event.after) == ("update", MILK, TEA)
    [memory] = user.memories()
    assert (memory.memory, memory.topics) == (TEA, ["drinks"])

    [event] = user.undo([added])
    assert (event.action, event.before, event.after) == ("delete", TEA, None)
    assert user.memories() == []
    assert len(user.history()) == 6


def test_a_deleted_memory_comes_back_under_its_number_with_its_topics(user: User) -> None:
    for text in (TEA, MILK, RAIN):
        user.add_memory(text, [text.split()[-1]])
    user.clear_memories()
    user.undo(applied(user)[-3:])
    assert texts(user) == {1: TEA, 2: MILK, 3: RAIN}
    assert [each.topics for each in user.memories()] == [["tea."], ["milk."], ["rain."]]
    assert user.add_memory("new").memory_id == 4


def test_an_undo_says_that_it_came_from_no_run(user: User) -> None:
    user.undo(run(user, Change("add", None, TEA), Change("add", None, MILK))[:1])
    event = user.history()[-1]
    assert (event.run_id, event.session_id, event.input, event.call_id) == (None,) * 4


def test_an_undo_undone_is_done_again_and_so_on(user: User) -> None:
    user.add_memory(TEA, ["drinks"])
    user.update_memory(1, MILK, ["cold"])
    events = user.history()[-1:]
    for text, topics in [(TEA, ["drinks"]), (MILK, ["cold"])] * 3:
        events = user.undo(events)
        [memory] = user.memories()
        assert (memory.memory, memory.topics) == (text, topics)
    user.delete_memory(1)
    events = user.history()[-1:]
    for there in (True, False) * 3:
        events = user.undo(events)
        assert texts(user) == ({1: MILK} if there else {})


async def test_a_run_is_taken_back_as_a_whole(db: Db) -> None:
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, user_id="ann", session_id="s")
    await agent.arun("I like tea. I live in Rome.")
    before = [(each.memory_id, each.memory) for each in agent.get_user_memories()]
    result = await agent.arun("I like snow. I moved to Oslo.")
    assert len(result.memory_events) > 1
    user = db.for_user("ann")
    user.undo(result.memory_events)
    assert [(each.memory_id, each.memory) for each in user.memories()] == before
    assert user.memories(as_of=result.run_id) != user.memories()


def test_changes_of_one_memory_in_one_run_are_taken_back_in_turn(user: User) -> None:
    user.add_memory(TEA, ["drinks"])
    events = run(user, Change("update", 1, MILK), Change("delete", 1), Change("add", None, TEA))
    assert texts(user) == {2: TEA}
    for order in (events, events[::-1]):
        undone = user.undo(order)
        assert texts(user) == {1: TEA}
        assert user.memories()[0].topics == ["drinks"]
        user.undo(undone)
        assert texts(user) == {2: TEA}
        events = user.history()[-3:]


def test_what_was_rejected_or_only_proposed_needs_no_undo(user: User) -> None:
    user.add_memory(TEA)
    rejected = run(user, Change("add", None, TEA), Change("delete", 9))
    proposed = run(user, Change("delete", 1), propose=True)
    before = user.export()
    assert user.undo([*rejected, *proposed]) == user.undo([]) == []
    assert user.export() == before
    made = run(user, Change("fly", reason="no such tool"), Change("delete", 1))
    assert [each.action for each in user.undo(made)] == ["add"]


async def test_an_optimisation_is_taken_back_as_a_whole(db: Db) -> None:
    user = db.for_user("ann")
    for text in (TEA, MILK, "The user lives in Rome."):
        user.add_memory(text, ["topic"])
    before = [(each.memory_id, each.memory, each.topics) for each in user.memories()]
    events = await MemoryManager(OfflineChat()).aoptimize_memories(user)
    assert [each.memory for each in user.memories()] != [text for _, text, _ in before]
    undone = user.undo(events)
    assert [(each.memory_id, each.memory, each.topics) for each in user.memories()] == before
    user.undo(undone)
    assert set(texts(user).values()) == {
        "The user lives in Rome.",
        "The user likes tea and milk.",
    }


def test_all_is_taken_back_or_nothing(user: User) -> None:
    """Each of three memories of a run is in turn the one that has changed since."""
    for changed in (1, 2, 3):
        events = run(user, *(Change("add", None, f"{text} {changed}") for text in "abc"))
        number = events[changed - 1].memory_id or 0
        user.update_memory(number, f"changed {changed}")
        why = f"memory {number} of 'ann' has changed since: it was '. {changed}' and is 'changed"
        refused(user, why, events)
        user.undo(user.history()[-1:])
        user.undo(events)
        assert user.memories() == []


def test_what_was_taken_back_is_not_taken_back_again(user: User) -> None:
    user.add_memory(TEA)
    user.update_memory(1, MILK)
    added, updated = user.history()
    refused(user, "has changed since", [updated, updated])
    user.undo([updated])
    refused(user, f"it was '{MILK}' and is '{TEA}' now", [updated])
    user.undo([added])
    refused(user, f"it was '{TEA}' and is None now", [added])


def test_a_memory_does_not_come_back_when_it_was_told_again(user: User) -> None:
    user.add_memory(TEA)
    user.delete_memory(1)
    user.add_memory(TEA)
    refused(user, "event 2 was not undone: memory 2 says exactly that already", [user.history()[1]])


def test_events_of_somebody_else_are_refused(db: Db, user: User) -> None:
    bob = db.for_user("bob")
    mine, theirs = [run(each, Change("add", None, TEA)) for each in (user, bob)]
    other = run(bob, Change("add", None, RAIN))
    before = bob.export()
    for foreign in (theirs, other, mine + theirs, mine + other):
        refused(user, "event [12] is not one of 'ann'", foreign)
    assert bob.export() == before


@pytest.mark.parametrize(
    "made_up",
    [
        {"event_id": 99},
        {"event_id": 0},
        {"event_id": -1},
        {"event_id": 2**40},
        {"event_id": 2**70},
        {"event_id": "1"},
        {"event_id": "1 OR 1=1"},
        {"event_id": None},
        {"memory_id": 2},
        {"before": MILK},
        {"after": RAIN},
        {"action": "delete"},
        {"topics": ["other"]},
        {"call_id": 1},
        {"created_at": NOON},
    ],
    ids=str,
)
def test_made_up_events_are_refused(user: User, made_up: dict[str, Any]) -> None:
    user.add_memory(TEA)
    user.add_memory(MILK)
    first, second = user.history()
    refused(user, "event|whole number|out of range", [second, replace(first, **made_up)])


# The memories are what the events amount to


TEXTS = st.sampled_from([TEA, MILK, RAIN, "The user lives in Rome.", "The user has a cat."])
WORDS = st.lists(st.sampled_from(["food", "home", "pets"]), max_size=2, unique=True)
IDS = st.integers(1, 5)
CHANGES = st.lists(
    st.one_of(
        st.builds(Change, st.just("add"), st.none(), TEXTS, WORDS),
        st.builds(Change, st.just("add"), st.none(), TEXTS, WORDS),
        st.builds(Change, st.just("update"), IDS, TEXTS, WORDS),
        st.builds(Change, st.just("delete"), IDS),
    ),
    min_size=1,
    max_size=3,
)
SOME = st.integers(0, 99)  # of the events or proposals that there are
STEPS = st.one_of(
    st.tuples(st.just("run"), CHANGES),
    st.tuples(st.just("propose"), CHANGES),
    st.tuples(st.just("hand"), CHANGES),
    st.tuples(st.just("clear")),
    st.tuples(st.just("undo"), st.lists(SOME, min_size=1, max_size=3)),
    st.tuples(st.just("undo last"), SOME),
    st.tuples(st.just("approve"), SOME),
    st.tuples(st.just("refuse"), SOME),
)
_people = count(1)


@pytest.fixture
def ticking_db(place: str) -> Iterator[Db]:
    store = open_pinned(place, ticking())
    yield store
    store.close()


def undo_some(user: User, events: list[MemoryEvent]) -> None:
    """Either all the memories are what they were before their first event, or nothing changed."""
    before = user.export()
    try:
        made = user.undo(events)
    except InvalidInput:
        assert user.export() == before
        return
    first: dict[int | None, MemoryEvent] = {}
    for each in sorted(events, key=lambda each: each.event_id):
        first.setdefault(each.memory_id, each)
    assert [each.refers_to for each in made] == sorted(
        (each.event_id for each in events), reverse=True
    )
    known = {each.memory_id: each for each in user.memories()}
    for number, event in first.items():
        assert event.before == (known[number].memory if number in known else None)
        if number in known:
            earlier = [
                each.topics
                for each in applied(user)
                if each.memory_id == number and each.event_id < event.event_id
            ]
            assert known[number].topics == earlier[-1]


def approve(user: User, proposal: MemoryEvent) -> None:
    before = user.export()
    try:
        made = user.approve(proposal.event_id)
    except InvalidInput:
        assert user.export() == before
        return
    assert (made.action, made.after, made.topics) == (
        proposal.action,
        proposal.after,
        proposal.topics,
    )
    assert (made.run_id, made.input, made.call_id) == (
        proposal.run_id,
        proposal.input,
        proposal.call_id,
    )
    assert made.refers_to == proposal.event_id


@pytest.mark.generated
@examples(40)
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_memories_are_the_outcome_of_the_events_whatever_is_undone_or_approved(
    ticking_db: Db, steps: list[tuple[Any, ...]]
) -> None:
    user = ticking_db.for_user(f"person {next(_people)}")
    after_run: dict[int, list[UserMemory]] = {}
    at_time: dict[datetime, list[UserMemory]] = {}
    for step in steps:
        happened, waiting = applied(user), user.proposals()
        known = user.memories()
        match step:
            case ("run" | "propose" as how, changes):
                run_id = run(user, *changes, propose=how == "propose")[0].run_id
                after_run[run_id or 0] = user.memories()
                if how == "propose":
                    assert user.memories() == known
            case ("hand", changes):
                RunLog(user).change_memories(changes)
            case ("clear",):
                user.clear_memories()
            case ("undo", numbers) if happened:
                some = {number % len(happened) for number in numbers}
                undo_some(user, [happened[each] for each in some])
            case ("undo last", number) if happened:
                undo_some(user, happened[-(number % 4 + 1) :])
            case ("approve", number) if waiting:
                approve(user, waiting[number % len(waiting)])
            case ("refuse", number) if waiting:
                user.refuse(waiting[number % len(waiting)].event_id)
                assert user.memories() == known
        assert user.memories() == outcome(applied(user))
        at_time[RunLog(user).now()] = user.memories()
    assert {run: user.memories(as_of=run) for run in after_run} == after_run
    assert {time: user.memories(as_of=time) for time in at_time} == at_time


def test_what_is_approved_later_was_not_known_right_after_its_run(user: User) -> None:
    [proposal] = run(user, Change("add", None, TEA), propose=True)
    run(user, Change("add", None, MILK))
    user.approve(proposal.event_id)
    run(user, Change("add", None, RAIN))
    assert user.memories(as_of=1) == []
    assert [each.memory for each in user.memories(as_of=2)] == [MILK]
    assert [each.memory for each in user.memories(as_of=3)] == [MILK, TEA, RAIN]


def test_a_clock_that_was_put_back_does_not_break_the_past(place: str) -> None:
    """As when a laptop's clock is corrected, or two machines do not agree."""
    seconds = iter([10, 9, 8])
    db = open_pinned(place, lambda: NOON + timedelta(seconds=next(seconds)))
    user = db.for_user("ann")
    user.add_memory(TEA)
    user.update_memory(1, MILK)
    user.delete_memory(1)
    for after in range(7, 12):
        known = [each.memory for each in user.memories(as_of=NOON + timedelta(seconds=after))]
        assert known in ([], [TEA], [MILK])
    assert user.memories(as_of=NOON + timedelta(seconds=10)) == []
    db.close()


# Proposals


def test_a_proposal_waits_until_it_is_approved(user: User) -> None:
    user.add_memory(TEA, ["drinks"])
    user.add_memory(RAIN)
    known = user.memories()
    events = run(
        user,
        Change("update", 1, MILK, ["cold"]),
        Change("delete", 2),
        Change("add", None, "new", ["n"]),
        propose=True,
    )
    assert [each.status for each in events] == ["proposed"] * 3
    assert user.proposals() == events == user.history()[2:]
    assert [(each.before, each.after) for each in events] == [
        (TEA, MILK),
        (RAIN, None),
        (None, "new"),
    ]
    assert user.memories() == known

    made = [user.approve(each.event_id) for each in events]
    assert [(each.status, each.refers_to) for each in made] == [
        ("applied", each.event_id) for each in events
    ]
    assert [(each.memory_id, each.memory, each.topics) for each in user.memories()] == [
        (1, MILK, ["cold"]),
        (3, "new", ["n"]),
    ]
    assert user.proposals() == []
    assert [each.status for each in user.history()[2:]] == ["approved"] * 3 + ["applied"] * 3


def test_a_refused_proposal_changes_nothing_and_is_remembered(user: User) -> None:
    [event] = run(user, Change("add", None, TEA), propose=True)
    user.refuse(event.event_id)
    assert user.memories() == user.proposals() == []
    assert user.history() == [replace(event, status="refused")]


@pytest.mark.parametrize("first", ["approve", "refuse"])
@pytest.mark.parametrize("then", ["approve", "refuse"])
def test_a_proposal_is_decided_once(user: User, first: str, then: str) -> None:
    one, two = run(user, Change("add", None, TEA), Change("add", None, MILK), propose=True)
    getattr(user, first)(one.event_id)
    before = user.export()
    why = f"'ann' has no pending proposal {one.event_id}; pending are: {two.event_id}"
    with pytest.raises(InvalidInput, match=why):
        getattr(user, then)(one.event_id)
    assert user.export() == before


@pytest.mark.parametrize("what", [1, 99, 0, -1, "1", None, 2**40], ids=repr)
def test_what_is_no_proposal_cannot_be_decided(user: User, what: Any) -> None:
    user.add_memory(TEA)  # event 1, applied
    for decide in (user.approve, user.refuse):
        with pytest.raises(InvalidInput, match=r"none|whole number|out of range"):
            decide(what)
    assert len(user.history()) == 1


def test_somebody_elses_proposal_cannot_be_decided(db: Db, user: User) -> None:
    bob = db.for_user("bob")
    [theirs] = run(bob, Change("add", None, TEA), propose=True)
    for decide in (user.approve, user.refuse):
        with pytest.raises(InvalidInput, match="'ann' has no pending proposal 1"):
            decide(theirs.event_id)
    assert bob.proposals() == [theirs]


@pytest.mark.parametrize("proposed", [Change("update", 1, MILK), Change("delete", 1)], ids=str)
@pytest.mark.parametrize("since", [Change("update", 1, RAIN), Change("delete", 1)], ids=str)
def test_a_proposal_whose_memory_changed_since_is_not_carried_out(
    user: User, proposed: Change, since: Change
) -> None:
    user.add_memory(TEA)
    [event] = run(user, proposed, propose=True)
    RunLog(user).change_memories([since])
    before = user.export()
    now = repr(since.memory)
    why = f"memory 1 of 'ann' has changed since: it was '{TEA}' and is {now} now; nothing was"
    with pytest.raises(InvalidInput, match=why):
        user.approve(event.event_id)
    assert user.export() == before
    assert user.proposals() == [event]
    user.undo(user.history()[-1:])  # as it was: now it can be done
    user.approve(event.event_id)
    assert user.proposals() == []


@pytest.mark.parametrize("proposed", [Change("update", 1, MILK), Change("delete", 1)], ids=str)
def test_a_proposal_whose_topics_changed_since_is_not_carried_out(
    user: User, proposed: Change
) -> None:
    user.add_memory(TEA, ["drink"])
    [event] = run(user, proposed, propose=True)
    user.update_memory(1, TEA, ["food"])
    with pytest.raises(InvalidInput, match=r"it was \['drink'\] and is \['food'\] now"):
        user.approve(event.event_id)
    assert user.proposals() == [event]


def test_a_text_that_is_changed_keeps_the_topics_of_that_moment(
    db: Db, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.add_memory(TEA, ["drink"])
    read = User._memory

    def and_then_somebody_else(self: User, memory_id: int | None) -> UserMemory:
        found = read(self, memory_id)
        monkeypatch.undo()
        db.for_user(user.user_id).update_memory(1, TEA, ["food"])
        return found

    monkeypatch.setattr(User, "_memory", and_then_somebody_else)
    assert user.update_memory(1, MILK).topics == ["food"]


def test_a_proposal_that_was_stored_meanwhile_waits_with_a_clear_error(user: User) -> None:
    one, two = run(user, Change("add", None, TEA), Change("add", None, TEA), propose=True)
    user.approve(one.event_id)
    why = f"proposal {two.event_id} was not carried out: memory 1 says exactly that already"
    with pytest.raises(InvalidInput, match=why):
        user.approve(two.event_id)
    assert user.proposals() == [two]
    user.refuse(two.event_id)


def test_what_cannot_be_done_is_not_proposed(user: User) -> None:
    user.add_memory(TEA)
    changes = [Change("delete", 9), Change("add", None, TEA), Change("fly", reason="no such tool")]
    events = run(user, *changes, propose=True)
    assert [each.status for each in events] == ["rejected"] * 3
    assert user.proposals() == []


def test_an_approved_change_can_be_taken_back(user: User) -> None:
    [proposal] = run(user, Change("add", None, TEA), propose=True)
    made = user.approve(proposal.event_id)
    user.undo([made])
    assert user.memories() == user.proposals() == []


def test_an_approved_memory_leads_back_to_its_run_its_sentence_and_its_call(
    db: Db, user: User
) -> None:
    run(user, Change("add", None, MILK))
    [proposal] = run(user, Change("add", None, TEA, ["drinks"]), propose=True)
    run(user, Change("add", None, RAIN))
    made = user.approve(proposal.event_id)
    memory = next(each for each in user.memories() if each.memory == TEA)
    assert (memory.run_id, memory.session_id, memory.input) == (2, "s", "hello")
    assert (made.run_id, made.session_id, made.input) == (2, "s", "hello")
    assert made.call_id == proposal.call_id
    found = db.query(
        f"""
        SELECT said.content, call.why, decided.status
        FROM user_memories AS memory
        JOIN memory_events AS made ON made.memory_id = memory.memory_id AND made.status = 'applied'
        JOIN memory_events AS decided ON decided.event_id = made.refers_to
        JOIN model_calls AS call ON call.call_id = made.call_id
        JOIN messages AS said ON said.run_id = memory.run_id AND said.role = 'user'
        WHERE memory.memory = '{TEA}'
        """,
        user_id="ann",
    )
    assert found.values.tolist() == [["hello", "memory", "approved"]]


# A manager that asks first


async def test_a_manager_with_review_changes_nothing_until_it_is_approved(db: Db) -> None:
    manager = MemoryManager(review=True)
    agent = Agent(
        OfflineChat(),
        db,
        update_memory_on_run=True,
        add_memories_to_context=True,
        memory_manager=manager,
        user_id="ann",
        session_id="s",
    )
    user = db.for_user("ann")
    result = await agent.arun("I like tea.")
    assert [each.status for each in result.memory_events] == ["proposed"]
    assert user.memories() == []
    assert TEA not in json.dumps((await agent.arun("What do I like?")).messages)

    user.approve(result.memory_events[0].event_id)
    [memory] = user.memories()
    assert (memory.memory, memory.run_id, memory.input) == (TEA, result.run_id, "I like tea.")
    assert TEA in json.dumps((await agent.arun("What do I like?")).messages)

    changed = await agent.arun("Forget that I like tea.")
    assert [(each.action, each.status) for each in changed.memory_events] == [
        ("delete", "proposed")
    ]
    user.refuse(changed.memory_events[0].event_id)
    assert user.memories() == [memory]


async def test_a_manager_with_review_proposes_also_when_used_alone_and_to_clear(db: Db) -> None:
    user = db.for_user("ann")
    user.add_memory(TEA)
    user.add_memory(MILK)
    model = ScriptedChat([use(("clear_memory", {}), ("add_memory", {"memory": RAIN}))])
    manager = MemoryManager(model, review=True, clear_memories=True)
    events = await manager.acreate_user_memories(user, "Forget all. I like rain.")
    assert [each.status for each in events] == ["proposed"] * 3
    assert texts(user) == {1: TEA, 2: MILK}
    for each in events:
        user.approve(each.event_id)
    assert texts(user) == {3: RAIN}


async def test_the_model_of_an_agent_is_told_that_its_change_waits(db: Db) -> None:
    model = ScriptedChat([use(("update_user_memory", {"task": "I like tea."})), say("fine")])
    manager = MemoryManager(OfflineChat(), review=True)
    agent = Agent(model, db, enable_agentic_memory=True, memory_manager=manager)
    result = await agent.arun("I like tea.", user_id="ann", session_id="s")
    assert [each.status for each in result.memory_events] == ["proposed"]
    told = model.requests[-1]["messages"][-1]["content"]
    assert "rejected" not in told
    assert "None" not in told


def test_unknown_memories_are_no_ground_for_undo(user: User) -> None:
    with pytest.raises(UnknownMemory):
        user.delete_memory(1)
    assert user.undo(user.history()) == []


def test_topics_change_alone_and_the_text_stays(db: Db) -> None:
    user = db.for_user("ann")
    added = user.add_memory("The user likes tea.", None)
    assert added.topics == []
    changed = user.update_memory(added.memory_id, topics=["drinks"])
    assert (changed.memory, changed.topics) == ("The user likes tea.", ["drinks"])
    event = user.history(added.memory_id)[-1]
    assert (event.before, event.after, event.topics) == (added.memory, added.memory, ["drinks"])
    assert user.update_memory(added.memory_id, "The user likes milk.").topics == ["drinks"]
    user.undo(user.history(added.memory_id)[1:])
    assert (user.memories()[0].memory, user.memories()[0].topics) == (added.memory, [])
    with pytest.raises(InvalidInput, match="nothing to change; pass a text, topics or expires_at"):
        user.update_memory(added.memory_id)
    with pytest.raises(UnknownMemory, match="no memory 9"):
        user.update_memory(9, topics=["drinks"])
