"""The exercises whose answer is code: it is tried, on users and stores of its own."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

from memkit.agent import Agent
from memkit.lab.check import NotTried, exercise, is_refused, tried
from memkit.lab.scenarios import temporary_store
from memkit.memory import MemoryManager
from memkit.models.openai import OpenAIChat
from memkit.store.db import Db

# Watch how a memory is made

FOOD = {"I like figs and tea.": "figs", "I'm allergic to peanuts.": "peanuts"}
OTHER = {"My name is Ines.": "Ines", "I live in Bonn.": "Bonn", "I like chess.": "chess"}


@exercise
async def check_kitchen(manager: MemoryManager | None) -> None:
    """Exercise: a manager that remembers food and nothing else."""
    given = tried(manager, MemoryManager, ", not a MemoryManager(...)")
    with temporary_store() as db:
        agent = Agent(db=db, update_memory_on_run=True, memory_manager=given)
        for sentence in [*FOOD, *OTHER]:
            await agent.arun(sentence, user_id="ines", session_id="check")
        learned = [memory.memory for memory in db.for_user("ines").memories()]
    for sentence, word in FOOD.items():
        assert any(word in memory for memory in learned), f"nothing was remembered of {sentence!r}"
    for memory in learned:
        is_other = any(word in memory for word in OTHER.values())
        rules = "the offline model reads rules such as *Only remember ...* and *Do not store ...*"
        assert not is_other, f"this was remembered: {memory!r}; {rules}"


# Try to reach another user's memories

LAST_NUMBER = 300  # up to which the numbers of memories are tried
NEIGHBOURS = {  # users whose ids look alike, and what they remember
    "ana": ["Ana's PIN is 4711."],
    "Ana": ["Ana likes rain."],
    "ana2": ["Ana2 likes snow."],
    "bo": ["Bo likes rice.", "Bo likes tea."],
}


@exercise
def check_repaired_store(store: Callable[..., Any] | None) -> None:
    """Exercise: a class whose objects belong to one user each and reach nobody else's rows."""
    if store is None:
        raise NotTried
    fresh = uuid4().hex  # so that none of them has ever been there
    users = {name: store(fresh + name) for name in NEIGHBOURS}
    for name, memories in NEIGHBOURS.items():
        for memory in memories:
            users[name].add(memory)
    for name, memories in NEIGHBOURS.items():
        found = sorted(users[name].search(""))
        assert found == memories, f"{name!r} should find {memories}, but finds {found}"
    bo, ana = users.pop("bo"), fresh + "ana"
    by_words = list(bo.search("tea")), list(bo.search("PIN"))
    right = "search(words) should find the memories that hold the words, and no others"
    assert by_words == (["Bo likes tea."], []), right
    assert is_refused(store), "it makes an object without a user; user_id has to be required"
    for search in (partial(bo.search, "PIN", ana), partial(bo.search, "PIN", user_id=ana)):
        right = "bo can search as 'ana'; whose rows it searches is for the object to say"
        assert is_refused(search) or not list(search()), right
    _try_updates(bo, users, ana)
    known, found = list(bo.search("")), list(store(fresh + "bo").search(""))
    assert found == known, f"another object for Bo finds {found} instead of {known}"


def _try_updates(bo: Any, others: dict[str, Any], ana: str) -> None:
    """Find out what Bo changes besides the memory whose number he gives, or cannot change."""
    own = NEIGHBOURS["bo"]
    numbers: list[int] = []  # those that change something
    for number in range(-1, LAST_NUMBER + 1):
        before, changed = list(bo.search("")), f"changed by number {number}"
        try:
            bo.update(number, changed)
        except (TypeError, AttributeError, NameError):
            raise  # a slip of the pen
        except Exception:
            pass  # there is no such memory of Bo's
        is_refused(bo.update, number, changed, ana)  # if it takes a user, it shows below
        for name, other in others.items():
            found = list(other.search(""))
            assert found == NEIGHBOURS[name], f"after bo.update({number}, ...) {name!r} has {found}"
        after = list(bo.search(""))
        made = f"bo.update({number}, ...) made {after} of {before}, not one change or none"
        assert len(after) == len(before), made
        assert len(set(before) - set(after)) <= 1, made
        numbers += [number] if after != before else []
    are_all = len(numbers) == len(own) and not set(bo.search("")) & set(own)
    assert are_all, (
        f"Bo has {len(own)} memories, but the numbers that change one are {numbers[:9]}; each "
        f"memory has a number from 1 to {LAST_NUMBER}, and other numbers change nothing"
    )


# Watch a race, and lose nothing

Remember = Callable[[str, str], Awaitable[None]]
PATIENCE = 5.0  # seconds until a check believes that a window waits for ever
THINKING = 0.005  # seconds after which a window has to be asleep still
INTERRUPTIONS = 30  # how often somebody else writes meanwhile


@exercise
async def check_remember_safely(remember: Remember | None, document: dict[str, list[str]]) -> None:
    """Exercise: three windows at once on one document, and nothing is lost."""
    if remember is None:
        raise NotTried
    assert inspect.iscoroutinefunction(remember), "it has to be `async def`"
    try:
        await _read_early(remember, document)
        document["ana"] = []
        wanted = [f"memory {number}" for number in range(3)]
        said = zip(("left", "middle", "right"), wanted, strict=True)
        windows = asyncio.gather(*(remember(*words) for words in said))
        await asyncio.wait_for(windows, PATIENCE)
    except TimeoutError:
        raise AssertionError("a window waits for ever; is the lock released?") from None
    kept = sorted(document["ana"])
    lost = sorted(set(wanted) - set(kept))
    assert not lost, f"{lost} got lost; kept: {kept}"
    assert kept == wanted, f"three memories were written, but these are kept: {kept}"


async def _read_early(remember: Remember, document: dict[str, list[str]]) -> None:
    """Find out whether a window dodges the race: by no sleep, or by reading only after it.

    Somebody else writes all the time, without waiting. A window that read before its sleep either
    overwrites some of that, or sees that the list has changed and starts again until nobody writes.
    """
    document["ana"] = []
    alone = asyncio.ensure_future(remember("left", "memory"))
    await asyncio.sleep(THINKING)
    if alone.done():
        alone.result()
        raise AssertionError("`await asyncio.sleep(0.01)` between reading and writing")
    others: list[str] = []
    while not alone.done() and len(others) < INTERRUPTIONS:
        others.append(f"somebody else's {len(others)}")
        document["ana"] = [*document["ana"], others[-1]]
        await asyncio.sleep(THINKING / 5)
    in_time = alone.done() and not alone.exception()
    with suppress(RuntimeError):  # it may give up after some attempts
        await asyncio.wait_for(alone, PATIENCE)
    assert not (in_time and set(others) <= set(document["ana"])), (
        "this reads (or writes) on the other side of the sleep, so it avoids the race; "
        "keep the order: read, sleep, write the whole list"
    )


# Bring your own model

MODEL, ADDRESS = "llama3.1", "http://localhost:11434/v1"
SETTINGS = {"temperature": 0, "max_tokens": 300}


@exercise
def check_switch(model: OpenAIChat | None) -> None:
    """Exercise: a model behind Ollama's address, with two settings for every request."""
    if model is None:
        raise NotTried
    assert type(model) is OpenAIChat, f"this is {type(model).__name__}, not an OpenAIChat(...)"
    assert model.id == MODEL, f"this asks for the model {model.id!r}, not for {MODEL!r}"
    is_there = (model.base_url or "").rstrip("/") == ADDRESS
    assert is_there, f"requests would go to {model.base_url}, not to {ADDRESS}"
    found = {name: model.request_params.get(name) for name in SETTINGS}
    assert found == SETTINGS, f"request_params has {found}, not {SETTINGS}"


# Share a memory in a group

CAR, NUTS, CHESS, CELLO = "Ana has a car.", "Ana can't eat nuts.", "Bo likes chess.", "A cello."
SOLD = "Ana sold the car."


@exercise
def check_group(group_of: Callable[[Db], Any] | None) -> None:
    """Exercise: a class through which members of a group share single memories, and nothing else.

    Ana and Bo are members, Cleo is a stranger; the group is told what happens to them in turn.
    """
    if group_of is None:
        raise NotTried
    with temporary_store() as db:
        _check_sharing(group_of(db), db)


def _check_sharing(group: Any, db: Db) -> None:
    """Find out who is shown what as members come and go.

    Every call gets a handle of its own, as every request to an app does.
    """
    handle = db.for_user
    for name, memory in (("ana", CAR), ("ana", NUTS), ("bo", CHESS), ("cleo", CELLO)):
        handle(name).add_memory(memory)

    def expect(when: str, bos: Sequence[str], anas: Sequence[str] = ()) -> None:
        for name, wanted in (("cleo", ()), ("bo", bos), ("ana", anas)):
            texts = group.shown_to(handle(name))
            assert texts is not None, f"shown_to({name}) gave None; return a list"
            found, should = sorted(texts), f"should be shown {list(wanted)}"
            assert found == sorted(wanted), f"{when} {name} {should}, but is shown {found}"

    expect("before anybody joined", [])
    group.join(handle("ana"))
    group.join(handle("bo"))
    expect("before anything was shared", [])
    group.share(handle("ana"), 1)
    expect("after Ana shared her memory 1", [CAR])
    for name, memory_id, why in (("bo", 2, "he has no memory 2"), ("cleo", 1, "she is no member")):
        share = f"share should be an error for {name} and {memory_id}"
        assert is_refused(group.share, handle(name), memory_id), f"{share}: {why}"
    expect("after Bo and Cleo tried to share what they may not", [CAR])
    group.share(handle("bo"), 1)
    expect("after Bo shared his memory 1", [CAR], [CHESS])
    handle("ana").update_memory(1, SOLD)
    expect("after Ana's memory 1 was changed", [SOLD], [CHESS])
    group.share(handle("ana"), 2)
    group.withdraw(handle("ana"), 1)
    expect("after Ana shared memory 2 and withdrew memory 1", [NUTS], [CHESS])
    group.leave(handle("bo"))
    expect("after Bo left", [])
    group.join(handle("bo"))
    expect("after Bo left and joined again", [NUTS])
    handle("ana").forget()
    expect("after Ana was forgotten", [])
