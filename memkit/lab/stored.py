"""The exercises whose answer is what happened: it is read in the store."""

import re
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, NoReturn

from memkit.agent import Agent
from memkit.context import in_prompt
from memkit.explore import views
from memkit.explore.conversations import Said, conversation
from memkit.lab.check import NotTried, exercise, tried
from memkit.models.tokens import count_tokens
from memkit.offline.changes import decide
from memkit.records import JsonObject, UserMemory
from memkit.store.db import Db

# Talk to one agent as three people

SAID_IN_THE_LESSON = {turn.message for turn in conversation("three_users")}


def _last_run(db: Db, user_id: str, session_id: str) -> Any:
    """The row of `views.RUNS` of the last run in a session."""
    runs = db.query(views.RUNS, user_id)
    here = runs[runs.session_id == session_id]
    if here.empty:
        _find_out_who_was_there(db, user_id, session_id)
    return here.iloc[-1]


def _find_out_who_was_there(db: Db, user_id: str, session_id: str) -> NoReturn:
    """Say who has used a session of such a name, in capitals or not, if anybody has."""
    alike = "SELECT user_id, session_id FROM agent_sessions WHERE session_id ILIKE ?"
    for used in db.query(alike, params=[session_id]).itertuples():
        found, wanted = f"{used.user_id!r} used {used.session_id!r}", f"{user_id!r}"
        raise AssertionError(f"{found}, but {wanted} should use {session_id!r}")
    raise NotTried


@exercise
def check_second_session(db: Db, user_id: str, new_session: str, first_session: str) -> None:
    """Exercise: something said in a new session reached the model in the first one."""
    runs = db.query(views.RUNS, user_id)
    if new_session not in set(runs.session_id):
        own = runs[~runs.message.isin(SAID_IN_THE_LESSON)]
        elsewhere = own[own.session_id != first_session]
        for run in (own if elsewhere.empty else elsewhere)[-1:].itertuples():
            where = f"{run.message!r} was said in {run.session_id}"
            raise AssertionError(f"{where}; say it in {new_session}")
        _find_out_who_was_there(db, user_id, new_session)
    learned = db.query("FROM user_memories WHERE session_id = ?", user_id, [new_session]).memory
    assert len(learned), f"no row of user_memories came from {new_session}; say a fact there"
    last = max(runs.run_id[runs.session_id == first_session], default=0)
    sent = "\n".join(views.memory_lines(db, user_id, last))
    assert any(in_prompt(memory) in sent for memory in learned), (
        f"the last request in {first_session} does not contain {learned[0]!r}; "
        "ask something there, with the memories in the context"
    )


@exercise
def check_nothing_learned(agent: Agent, user_id: str, session_id: str) -> None:
    """Exercise: the last run in this session asked for no memories; now they are wanted again."""
    run = _last_run(agent.db, user_id, session_id)
    calls = """SELECT coalesce(after, '') AS memory
        FROM model_calls LEFT JOIN memory_events USING (user_id, run_id)
        WHERE why = 'memory' AND run_id = ? ORDER BY after"""
    for memory in agent.db.query(calls, user_id, [int(run.run_id)]).memory[:1]:
        found = f"remembered {memory!r} from" if memory else "looked for memories in"
        how = "switch remembering off before it is said"
        raise AssertionError(f"the agent {found} {run.message!r}; {how}")
    assert agent.update_memory_on_run, "remembering is still off; switch it on again"
    assert decide(run.message, {}), (
        f"{run.message!r} says nothing that the agent would have remembered; "
        "say something like 'I am afraid of spiders.'"
    )
    for memory in agent.db.for_user(user_id).memories():
        left = f"memory {memory.memory_id}, {memory.memory!r}, is left from an earlier try"
        how = f"db.for_user({user_id!r}).delete_memory({memory.memory_id})"
        assert memory.session_id != session_id, f"{left}; delete it: {how}"


# See what the model sees, Find the right memory


@exercise
def check_within_budget(
    db: Db, user_id: str, session_id: str, question: str, word: str, tokens: int
) -> None:
    """Exercise: the session's last question was asked with the memory that holds `word`.

    Its memories take `tokens` at most, counted as the lines that they become in the prompt, and at
    least one was left out.
    """
    run = _last_run(db, user_id, session_id)
    found = db.query(views.in_or_out(run.run_id), user_id)
    known = found[found.kind == "memory"]
    wanted = known[known.text.str.contains(word, regex=False)]
    shown = views.memory_lines(db, user_id, run.run_id)
    length = sum(map(count_tokens, shown))
    asked = f"the last message in {session_id} is {run.message!r}; ask {question!r}"
    assert run.message == question, asked
    assert len(wanted), f"no memory holds {word!r} any more"
    assert wanted.in_prompt.any(), f"{wanted.text.iloc[0]!r} was left out: {wanted.why.iloc[0]}"
    went_in = f"{len(shown)} memories went in and took {length} tokens; {tokens} are allowed"
    assert length <= tokens, went_in
    assert not known.in_prompt.all(), f"all {len(known)} memories went in; leave something out"


# Watch how a memory is made


@exercise
def check_reviewed(db: Db, user_id: str, approved: str, refused: str) -> None:
    """Exercise: of two proposals the one that holds `approved` was approved, the other refused."""
    user = db.for_user(user_id)
    if not any(approved in (event.after or "") for event in user.history()):
        _find_out_why_not_learned(db, user_id, approved)
    for word, wanted in ((approved, "approved"), (refused, "refused")):
        status = {event.status for event in user.history() if word in (event.after or "")}
        for memory in user.memories():
            is_right = word == approved and wanted in status
            how = f"delete it: db.for_user({user_id!r}).delete_memory({memory.memory_id})"
            assert is_right or word not in memory.memory, f"{memory.memory!r} is stored; {how}"
        assert "proposed" not in status, f"{word!r} is proposed; it should be {wanted}"
        again = "say the sentence to the careful agent again"
        assert wanted in status, f"{word!r} was not {wanted}; {again}"


# Follow a memory back to its sentence, and take it back


@exercise
def check_undone(db: Db, user_id: str, word: str, before: str) -> None:
    """Exercise: what was learned was undone, so that `before` is known again instead of `word`."""

    def holds(text: str | None, word: str = word) -> bool:
        return word.lower() in (text or "").lower()

    user = db.for_user(user_id)
    changes = [event for event in user.history() if event.status == "applied"]
    if not any(holds(event.after) for event in changes):
        _find_out_why_not_learned(db, user_id, word)
    known = user.memories()
    for memory in known:
        undo = f"user = db.for_user({user_id!r}); user.undo(user.history({memory.memory_id})[-1:])"
        assert not holds(memory.memory), f"{memory.memory!r} is still known; {undo}"
    back = any(holds(memory.memory, before) for memory in known)
    assert back, f"{before!r} is not known any more; undo brings it back"
    [*_, last] = [e for e in changes if holds(e.before) and not holds(e.after)]
    how = f"by {last.input!r}, which is one more move" if last.input else "by hand"
    assert last.refers_to, f"{word!r} was changed {how}; say it again and undo that"


def _find_out_why_not_learned(db: Db, user_id: str, word: str) -> None:
    """Why a user has no memory that holds `word`, if anybody has said it at all."""
    said = db.query(
        """SELECT user_id, content FROM messages
        WHERE role = 'user' AND content ILIKE ? ORDER BY user_id <> ?, created_at DESC""",
        params=[f"%{word}%", user_id],
    )
    for speaker, content in said.itertuples(index=False):
        assert speaker == user_id, f"{speaker!r} said {content!r}, but {user_id!r} has to"
        how = "say it with I, to an agent that remembers"
        raise AssertionError(f"nothing was learned from {content!r}; {how}")
    anew = "*Run > Run All Above Selected Cell* starts again"
    assert db.for_user(user_id).sessions(), f"{user_id!r} is forgotten; {anew}"
    raise NotTried


@exercise
def check_forgotten(
    db: Db,
    user_id: str,
    exported: dict[str, list[JsonObject]] | None,
    receipt: dict[str, int] | None,
) -> None:
    """Exercise: a user who has said something was exported, and then erased from every table."""
    left = {name: len(rows) for name, rows in db.for_user(user_id).export().items() if rows}
    assert not left, f"there are still rows of {user_id!r}: {left}"
    if exported is None and receipt is None:
        raise NotTried
    for other in db.users():
        whose = f"this is the export of {other!r}, who is not {user_id!r}"
        assert db.for_user(other).export() != exported, whose
    rows = _counts_of(exported, list, "an export; keep what export() gives before she is forgotten")
    has_told = rows["messages"] and rows["memory_events"]
    assert has_told, (
        "in the export she has said nothing that was remembered; "
        "let her say something about herself, export it, and then forget her"
    )
    counts = _counts_of(receipt, int, "a receipt; keep what forget() gives")
    for name, found in rows.items():
        assert counts.get(name, 0) == len(found), (
            f"this receipt counts {counts.get(name, 0)} {name}, and her export {len(found)}; "
            "export what there is of her and forget her right after"
        )


def _counts_of(answer: Any, kind: type, wanted: str) -> dict[str, Any]:
    """What an answer has for each table: `kind` tells an export's lists from a receipt's counts."""
    is_one = isinstance(answer, dict) and isinstance(answer.get("messages"), kind)
    assert is_one, f"this is {type(answer).__name__}, not {wanted}"
    return dict(answer)


# Decide how long a memory lasts


@exercise
def check_lasts_until(db: Db, user_id: str, word: str, end: datetime) -> None:
    """Exercise: a memory that holds `word` is known up to a moment, and not from then on."""

    def knows(user_id: str, time: datetime | None = None) -> list[UserMemory]:
        with db.at(time) if time else nullcontext():
            memories = db.for_user(user_id).memories(expired=time is None)
        return [memory for memory in memories if word in memory.memory]

    if not knows(user_id):
        for other in filter(knows, db.users()):
            raise AssertionError(f"{other!r} has this memory, but {user_id!r} should")
        raise NotTried
    before, [memory, *_] = end - timedelta(seconds=1), knows(user_id)
    change = f"db.for_user({user_id!r}).update_memory({memory.memory_id}, ..., expires_at=...)"
    assert knows(user_id, before), f"it is over before {end:%Y-%m-%d %H:%M}; {change}"
    assert not knows(user_id, end), f"at {end:%Y-%m-%d %H:%M} it is still known; {change}"


@exercise
def check_erased(db: Db, user_id: str, word: str, kept: str) -> None:
    """Exercise: nothing of `word` is left of a user, and a memory that holds `kept` still is."""
    exported = db.for_user(user_id).export()
    known = "\n".join(memory.memory for memory in db.for_user(user_id).memories())
    whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")  # not digits of a time
    found = {
        name: [row for row in rows if whole.search(str(row))] for name, rows in exported.items()
    }
    left = {name: len(rows) for name, rows in found.items() if rows}
    if word in known and found["messages"]:
        raise NotTried
    assert word not in known, f"the sentence is gone, but a memory still holds {word!r}"
    assert not left, f"these rows still hold {word!r}: {left}"
    assert kept in known, f"{kept!r} should still be known"


# Bring your own conversation


@exercise
def check_own_conversation(db: Db, turns: Sequence[Said] | None) -> None:
    """Exercise: three turns or more of two people were loaded and played, and taught something."""
    wanted = "; keep what lab.conversation(...) gives"
    turns = [tried(turn, Said, wanted) for turn in tried(turns, list, wanted)]
    people = {turn.user_id for turn in turns}
    size = f"the file has {len(turns)} turns of {sorted(people)}; write 3 of 2 people"
    assert len(turns) >= 3, size
    assert len(people) >= 2, size
    for turn in turns:
        said = [m.content for m in db.for_user(turn.user_id).messages(turn.session_id)]
        never = f"{turn.message!r} was never played; see lab.play(agent, mine)"
        assert turn.message in said, never
    learned = {m.input for user_id in people for m in db.for_user(user_id).memories()}
    nothing = learned.isdisjoint(turn.message for turn in turns)
    assert not nothing, "nothing was learned from it; say I like ... or I live in ..."


# Bring your own model


@exercise
def check_own_tool(db: Db, name: str, *user_ids: str) -> None:
    """Exercise: the tool was used for each of the users, and gave each their own oldest memory."""
    uses = db.query("FROM tool_calls WHERE name = ? ORDER BY started_at", params=[name])
    if uses.empty:
        asked = "SELECT content FROM messages WHERE role = 'user' AND content ILIKE ?"
        for content in db.query(asked, params=[f"%{name.replace('_', ' ')}%"]).content:
            raise AssertionError(f"{content!r} was asked, but no tool called {name!r} was used")
        raise NotTried
    for user_id in user_ids:
        own = uses[uses.user_id == user_id]
        unused = f"the tool was not used for {user_id!r}; let {user_id!r} ask for it, too"
        assert len(own), unused
        last = own.iloc[-1]
        failed = isinstance(last.error, str)  # a frame has NaN for none
        assert not failed, f"for {user_id!r} the tool did not work: {last.error}"
        known = {memory.memory: memory.memory_id for memory in db.for_user(user_id).memories()}
        assert last.result in known, f"{last.result!r} is no memory of {user_id!r}"
        number = known[last.result]
        assert number == min(known.values()), f"memory {number} of {user_id!r} is not the oldest"


# Go past one machine


@exercise
def check_programs(db: Db, user_id: str, sessions: int, memories: int) -> None:
    """Exercise: several programs have told the agent something about one user at once."""
    user = db.for_user(user_id)
    used, known = user.sessions(), user.memories()
    if not used and not known:
        raise NotTried
    for memory in known:
        assert memory.run_id, f"{memory.memory!r} was added by hand; let a program say it"
    should = f"it should be {sessions}, one a program"
    assert len(used) == sessions, f"{user_id!r} has {len(used)} sessions; {should}"
    assert len(known) == memories, (
        f"{len(known)} memories are stored instead of {memories}; wait for both programs, "
        "and let them say different things"
    )
