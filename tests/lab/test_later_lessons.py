"""The checks of the lessons on how a memory is made, on several machines and on groups."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from memkit import Agent, MemoryManager, OfflineChat, lab


class Right:
    """A group as the lesson wants it; each class below it gets one thing wrong."""

    def __init__(self, db):
        self.db, self.members, self.agreed = db, set(), set()

    def join(self, user):
        self.members.add(user.user_id)

    def leave(self, user):
        self.members.discard(user.user_id)
        self.agreed = {pair for pair in self.agreed if pair[0] != user.user_id}

    def share(self, user, memory_id):
        if user.user_id not in self.members:
            raise ValueError(user.user_id)
        if memory_id not in [memory.memory_id for memory in user.memories()]:
            raise ValueError(memory_id)
        self.agreed.add((user.user_id, memory_id))

    def withdraw(self, user, memory_id):
        self.agreed.discard((user.user_id, memory_id))

    def owners_for(self, user):
        return self.members - {user.user_id} if user.user_id in self.members else set()

    def shown_to(self, user):
        return [
            memory.memory
            for owner in self.owners_for(user)
            for memory in self.db.for_user(owner).memories()
            if (owner, memory.memory_id) in self.agreed
        ]


class ShowsStrangers(Right):
    def owners_for(self, user):
        return self.members - {user.user_id}


class ShowsOnesOwn(Right):
    def owners_for(self, user):
        return self.members if user.user_id in self.members else set()


class SharesEverything(Right):
    def share(self, user, memory_id):
        for memory in user.memories():
            super().share(user, memory.memory_id)


class LetsStrangersShare(Right):
    def share(self, user, memory_id):
        self.agreed.add((user.user_id, memory_id))


class NeverForgetsConsent(Right):
    def leave(self, user):
        self.members.discard(user.user_id)


class WithdrawsNothing(Right):
    def withdraw(self, user, memory_id):
        pass


class KeepsHandles(Right):
    def join(self, user):
        self.members.add(user)

    def share(self, user, memory_id):
        if user not in self.members:
            raise ValueError(f"{user.user_id} is not a member")


class ForgetsToReturn(Right):
    def shown_to(self, user):
        super().shown_to(user)


class Copies(Right):
    def __init__(self, db):
        super().__init__(db)
        self.texts = {}

    def share(self, user, memory_id):
        super().share(user, memory_id)
        [memory] = [m for m in user.memories() if m.memory_id == memory_id]
        self.texts[user.user_id, memory_id] = memory.memory

    def shown_to(self, user):
        owners = self.owners_for(user)
        return [self.texts[pair] for pair in self.agreed if pair[0] in owners]


@pytest.mark.parametrize(
    ("group", "problem"),
    [
        (ShowsStrangers, "after Ana shared her memory 1 cleo should be shown []"),
        (ShowsOnesOwn, "after Ana shared her memory 1 ana should be shown []"),
        (SharesEverything, "after Ana shared her memory 1 bo should be shown ['Ana has a car.']"),
        (LetsStrangersShare, "share should be an error for bo and 2: he has no memory 2"),
        (NeverForgetsConsent, "after Bo left and joined again ana should be shown []"),
        (WithdrawsNothing, "after Ana shared memory 2 and withdrew memory 1 bo should be shown"),
        (Copies, "after Ana's memory 1 was changed bo should be shown ['Ana sold the car.']"),
        (KeepsHandles, "ValueError: ana is not a member"),
        (ForgetsToReturn, "shown_to(cleo) gave None; return a list"),
        (object, "TypeError: "),
    ],
)
def test_a_group_that_is_wrong_is_told_where(group, problem):
    assert re.match(f"not yet: {re.escape(problem)}", repr(lab.check_group(group)))


def test_a_right_group_passes_and_none_is_not_tried():
    assert repr(lab.check_group(Right)) == "passed"
    assert repr(lab.check_group(None)) == "not tried yet"


OWNER = """
import os, signal
from memkit import lab
print(lab.temporary_postgres(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.postgres
def test_a_postgres_of_ones_own_ends_with_its_process_even_if_that_is_killed():
    owner = [sys.executable, "-c", OWNER]
    url = subprocess.run(owner, stdout=subprocess.PIPE, text=True).stdout.strip()
    place = Path(sa.make_url(url).query["host"])
    while place.exists():
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("manager", "says"),
    [
        (None, "not tried yet"),
        (MemoryManager(additional_instructions="Only remember food."), "passed"),
        (
            MemoryManager(),
            'not yet: this was remembered: "The user\'s name is Ines."; the offline model '
            "reads rules such as *Only remember ...* and *Do not store ...*",
        ),
        (MemoryManager(add_memories=False), "not yet: nothing was remembered of 'I like figs"),
        ("Only remember food.", "not yet: this is str, not a MemoryManager(...)"),
    ],
)
async def test_the_kitchen_exercise_plays_food_and_other_things(manager, says):
    assert repr(await lab.check_kitchen(manager)).startswith(says)


SENTENCE = "I have a cat named Miso and I work as a nurse."
NOT_APPROVED = "'Miso' was not approved; say the sentence to the careful agent again"


def stored(memory, memory_id):
    return f"{memory!r} is stored; delete it: db.for_user('bo').delete_memory({memory_id})"


@pytest.fixture
def careful(db):
    return Agent(db=db, update_memory_on_run=True, memory_manager=MemoryManager(review=True))


@pytest.fixture
def check(db):
    return lambda: repr(lab.check_reviewed(db, "bo", "Miso", "nurse")).removeprefix("not yet: ")


async def test_the_review_exercise_wants_both_decisions(db, careful, check):
    bo = db.for_user("bo")
    await careful.arun("Hi.", user_id="bo", session_id="s")
    assert check() == "not tried yet"
    await careful.arun(SENTENCE, user_id="ana", session_id="s")
    assert check() == f"'ana' said {SENTENCE!r}, but 'bo' has to"
    await careful.arun(SENTENCE, user_id="bo", session_id="s")
    assert check() == "'Miso' is proposed; it should be approved"
    cat, work = bo.proposals()
    bo.approve(cat.event_id)
    assert check() == "'nurse' is proposed; it should be refused"
    bo.refuse(work.event_id)
    assert check() == "passed"
    await careful.arun("I work as a nurse.", user_id="bo", session_id="s")
    assert check() == "'nurse' is proposed; it should be refused"
    bo.approve(bo.proposals()[0].event_id)
    assert check() == stored("The user works as a nurse.", 2)
    bo.delete_memory(2)
    assert check() == "passed"


async def test_each_message_of_the_review_exercise_leads_on(db, careful, check):
    bo = db.for_user("bo")
    await Agent(OfflineChat(), db, update_memory_on_run=True).arun(
        SENTENCE, user_id="bo", session_id="s"
    )
    assert check() == stored("The user has a cat named Miso.", 1)
    bo.delete_memory(1)
    assert check() == NOT_APPROVED
    await careful.arun(SENTENCE, user_id="bo", session_id="s")
    [cat] = bo.proposals()  # the nurse is known already
    bo.refuse(cat.event_id)
    assert check() == NOT_APPROVED
    await careful.arun(SENTENCE, user_id="bo", session_id="s")
    bo.approve(bo.proposals()[0].event_id)
    assert check() == stored("The user works as a nurse.", 2)
    bo.delete_memory(2)
    assert check() == "'nurse' was not refused; say the sentence to the careful agent again"
    await careful.arun(SENTENCE, user_id="bo", session_id="s")
    bo.refuse(bo.proposals()[0].event_id)
    assert check() == "passed"


async def test_the_programs_exercise_wants_sessions_and_what_was_said(db):
    def check():
        return repr(lab.check_programs(db, "eve", sessions=2, memories=2))

    agent = Agent(OfflineChat(), db, update_memory_on_run=True)
    assert check() == "not tried yet"
    await agent.arun("I like tea.", user_id="eve", session_id="one")
    assert check() == "not yet: 'eve' has 1 sessions; it should be 2, one a program"
    await agent.arun("I like tea.", user_id="eve", session_id="two")
    assert check().startswith("not yet: 1 memories are stored instead of 2; wait for both")
    await agent.arun("I like rain.", user_id="eve", session_id="two")
    assert check() == "passed"
    db.for_user("eve").add_memory("The user likes maps.")
    assert check() == "not yet: 'The user likes maps.' was added by hand; let a program say it"


def test_the_lasting_exercise_names_the_call_that_changes_the_end(db):
    end, cleo = datetime(2026, 10, 1, tzinfo=UTC), db.for_user("cleo")

    def check():
        return repr(lab.check_lasts_until(db, "cleo", "crutches", end))

    assert check() == "not tried yet"
    change = "; db.for_user('cleo').update_memory(1, ..., expires_at=...)"
    text = cleo.add_memory("The user walks on crutches.").memory
    assert check() == "not yet: at 2026-10-01 00:00 it is still known" + change
    cleo.update_memory(1, text, expires_at=end - timedelta(days=1))
    assert check() == "not yet: it is over before 2026-10-01 00:00" + change
    cleo.update_memory(1, text, expires_at=end)
    assert check() == "passed"


def test_an_own_conversation_is_told_how_many_people_it_needs(db):
    turns = [lab.Said("yan", "one", "I like tea.")] * 3
    wanted = "not yet: the file has 3 turns of ['yan']; write 3 of 2 people"
    assert repr(lab.check_own_conversation(db, turns)) == wanted
