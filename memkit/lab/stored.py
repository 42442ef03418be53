"""The exercises whose answer is what happened: it is read in the store."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from memkit.agent import Agent
from memkit.context import in_prompt
from memkit.explore import views
from memkit.explore.conversations import Said, conversation
from memkit.lab.check import NotTried, NotYet, exercise
from memkit.models.tokens import count_tokens
from memkit.offline.changes import decide
from memkit.records import JsonObject
from memkit.store.db import Db

# Talk to one agent as three people

SAID_IN_THE_LESSON = {turn.message for turn in conversation("three_users")}


def _last_run(db: Db, user_id: str, session_id: str) -> Any:
    """The row of `views.RUNS` of the last run in a session."""
    runs = db.query(views.RUNS, user_id)
    here = runs[runs.session_id == session_id]
    if here.empty:
        raise NotTried
    return here.iloc[-1]


@exercise
def check_second_session(db: Db, user_id: str, new_session: str, first_session: str) -> None:
    """Exercise: something said in a new session reached the model in the first one."""
    runs = db.query(views.RUNS, user_id)
    if new_session not in set(runs.session_id):
        for run in runs[~runs.message.isin(SAID_IN_THE_LESSON)][-1:].itertuples():
            raise NotYet(f"{run.message!r} was said in {run.session_id}; say it in {new_session}")
        raise NotTried
    learned = db.query("FROM user_memories WHERE session_id = ?", user_id, [new_session]).memory
    if learned.empty:
        raise NotYet(f"no row of user_memories came from {new_session}; say a fact there")
    asked = """SELECT request->>'$.messages[*].content' AS sent FROM model_calls
        WHERE why = 'reply' AND session_id = ? ORDER BY call_id DESC LIMIT 1"""
    sent = "\n".join(
        text for texts in db.query(asked, user_id, [first_session]).sent for text in texts
    )
    if not any(in_prompt(memory) in sent for memory in learned):
        raise NotYet(
            f"the last request in {first_session} does not contain {learned[0]!r}; "
            "ask something there, with the memories in the context"
        )


@exercise
def check_nothing_learned(agent: Agent, user_id: str, session_id: str) -> None:
    """Exercise: the last run in this session asked for no memories; now they are wanted again."""
    run = _last_run(agent.db, user_id, session_id)
    calls = """SELECT after FROM model_calls LEFT JOIN memory_events USING (user_id, run_id)
        WHERE why = 'memory' AND run_id = ? ORDER BY ALL"""
    for memory in agent.db.query(calls, user_id, [int(run.run_id)]).after[:1]:
        looked = "looked for memories in"
        found = f"remembered {memory!r} from" if isinstance(memory, str) else looked
        raise NotYet(f"the agent {found} {run.message!r}; switch remembering off before it is said")
    if not agent.update_memory_on_run:
        raise NotYet("remembering is still off; switch it on again")
    if not decide(run.message, {}):
        raise NotYet(
            f"{run.message!r} says nothing that the agent would have remembered; "
            "say something like 'I am afraid of spiders.'"
        )


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
    shown = known[known.in_prompt]
    parts = views.request_parts(db.query(views.request(run.run_id), user_id))
    lines = "\n".join(parts[parts.part == "memories"].text).splitlines()
    length = sum(count_tokens(line) for line in lines if line.startswith("- "))
    if run.message != question:
        raise NotYet(f"the last message in {session_id} is {run.message!r}; ask {question!r}")
    if wanted.empty:
        raise NotYet(f"no memory holds {word!r} any more")
    if not wanted.in_prompt.any():
        raise NotYet(f"{wanted.text.iloc[0]!r} was left out: {wanted.why.iloc[0]}")
    if length > tokens:
        raise NotYet(
            f"{len(shown)} memories went in and took {length} tokens; {tokens} are allowed"
        )
    if len(shown) == len(known):
        raise NotYet(f"all {len(known)} memories went in; leave something out")


# Watch how a memory is made


@exercise
def check_reviewed(db: Db, user_id: str, approved: str, refused: str) -> None:
    """Exercise: of two proposals the one that holds `approved` was approved, the other refused."""
    events = db.for_user(user_id).history()
    status = {
        word: [event.status for event in events if word in (event.after or "")]
        for word in (approved, refused)
    }
    if not status[approved]:
        raise NotTried
    for word, wanted in ((approved, "approved"), (refused, "refused")):
        if not status[word]:
            raise NotYet(
                f"nothing was proposed about {word!r}; say the sentence to the careful agent"
            )
        if wanted not in status[word]:
            is_stored = status[word] == ["applied"]
            how = "was stored without a proposal" if is_stored else f"is {status[word][0]}"
            raise NotYet(f"{word!r} {how}; it should be {wanted}")


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
        if holds(memory.memory):
            left = {"memory_id": memory.memory_id, "memory": memory.memory}
            raise NotYet(f"this memory is still there: {left}")
    if not any(holds(memory.memory, before) for memory in known):
        raise NotYet(f"{before!r} is not known any more; undo brings it back")
    [*_, last] = [e for e in changes if holds(e.before) and not holds(e.after)]
    if last.refers_to is None:
        how = f"by {last.input!r}, which is one more move" if last.input else "by hand"
        raise NotYet(f"{word!r} was changed {how}; say it again and undo that")


def _find_out_why_not_learned(db: Db, user_id: str, word: str) -> None:
    """Why a user has no memory that holds `word`, if anybody has said it at all."""
    said = db.query(
        """SELECT user_id, content FROM messages
        WHERE role = 'user' AND content ILIKE ? ORDER BY user_id <> ?, created_at DESC""",
        params=[f"%{word}%", user_id],
    )
    for speaker, content in said.itertuples(index=False):
        if speaker == user_id:
            how = "say it with I, to an agent that remembers"
            raise NotYet(f"nothing was learned from {content!r}; {how}")
        raise NotYet(f"{speaker!r} said {content!r}, but {user_id!r} has to")
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
    if left:
        raise NotYet(f"there are still rows of {user_id!r}: {left}")
    if exported is None and receipt is None:
        raise NotTried
    for other in db.users():
        if db.for_user(other).export() == exported:
            raise NotYet(f"this is the export of {other!r}, who is not {user_id!r}")
    if not (isinstance(exported, dict) and isinstance(exported.get("messages"), list)):
        this = f"this is {type(exported).__name__}, not an export"
        raise NotYet(f"{this}; keep what export() gives before she is forgotten")
    if not (exported["messages"] and exported["memory_events"]):
        how = "let her say something about herself, export it, and then forget her"
        raise NotYet(f"in the export she has said nothing that was remembered; {how}")
    if not (isinstance(receipt, dict) and isinstance(receipt.get("messages"), int)):
        this = f"this is {type(receipt).__name__}, not a receipt"
        raise NotYet(f"{this}; keep what forget() gives")
    for name, rows in exported.items():
        if (counted := receipt.get(name, 0)) != len(rows):
            raise NotYet(
                f"this receipt counts {counted} {name}, and her export {len(rows)}; "
                "export what there is of her and forget her right after"
            )


# Decide how long a memory lasts


@exercise
def check_lasts_until(db: Db, user_id: str, word: str, end: datetime) -> None:
    """Exercise: a memory that holds `word` is known up to a moment, and not from then on."""

    def knows(user_id: str, time: datetime | None = None) -> bool:
        with db.at(time) if time else nullcontext():
            memories = db.for_user(user_id).memories(expired=time is None)
        return any(word in memory.memory for memory in memories)

    if not knows(user_id):
        for other in filter(knows, db.users()):
            raise NotYet(f"{other!r} has this memory, but {user_id!r} should")
        raise NotTried
    if not knows(user_id, end - timedelta(seconds=1)):
        raise NotYet(f"it is over before {end:%Y-%m-%d %H:%M}")
    if knows(user_id, end):
        raise NotYet(f"at {end:%Y-%m-%d %H:%M} it is still known")


@exercise
def check_erased(db: Db, user_id: str, word: str, kept: str) -> None:
    """Exercise: nothing of `word` is left of a user, and a memory that holds `kept` still is."""
    exported = db.for_user(user_id).export()
    known = "\n".join(memory.memory for memory in db.for_user(user_id).memories())
    if word in known:
        if word in str(exported["messages"]):
            raise NotTried
        raise NotYet(f"the sentence is gone, but a memory still holds {word!r}")
    left = {name: sum(word in str(row) for row in rows) for name, rows in exported.items()}
    if any(left.values()):
        left = {name: count for name, count in left.items() if count}
        raise NotYet(f"these rows still hold {word!r}: {left}")
    if kept not in known:
        raise NotYet(f"{kept!r} should still be known")


# Bring your own conversation


@exercise
def check_own_conversation(db: Db, turns: Sequence[Said] | None) -> None:
    """Exercise: three turns or more of two people were loaded and played, and taught something."""
    if turns is None:
        raise NotTried
    if not isinstance(turns, list) or not all(isinstance(turn, Said) for turn in turns):
        raise NotYet(f"this is {type(turns).__name__}; keep what lab.conversation(...) gives")
    people = {turn.user_id for turn in turns}
    if len(turns) < 3 or len(people) < 2:
        raise NotYet(f"the file has {len(turns)} turns of {sorted(people)}")
    for turn in turns:
        said = [m.content for m in db.for_user(turn.user_id).messages(turn.session_id)]
        if turn.message not in said:
            raise NotYet(f"{turn.message!r} was never played; see lab.play(agent, mine)")
    learned = {m.input for user_id in people for m in db.for_user(user_id).memories()}
    if learned.isdisjoint(turn.message for turn in turns):
        raise NotYet("nothing was learned from it; say I like ... or I live in ...")


# Bring your own model


@exercise
def check_own_tool(db: Db, name: str, *user_ids: str) -> None:
    """Exercise: the tool was used for each of the users, and gave each their own oldest memory."""
    uses = db.query("FROM tool_calls WHERE name = ? ORDER BY started_at", params=[name])
    if uses.empty:
        raise NotTried
    for user_id in user_ids:
        if (own := uses[uses.user_id == user_id]).empty:
            raise NotYet(f"the tool was not used for {user_id!r}; let {user_id!r} ask for it, too")
        last = own.iloc[-1]
        if isinstance(last.error, str):  # a frame has NaN for none
            raise NotYet(f"for {user_id!r} the tool did not work: {last.error}")
        known = {memory.memory: memory.memory_id for memory in db.for_user(user_id).memories()}
        if last.result not in known:
            raise NotYet(f"{last.result!r} is no memory of {user_id!r}")
        if (number := known[last.result]) != min(known.values()):
            raise NotYet(f"memory {number} of {user_id!r} is not the oldest")


# Go past one machine


@exercise
def check_programs(db: Db, user_id: str, sessions: int, memories: int) -> None:
    """Exercise: several programs have told the agent something about one user at once."""
    user = db.for_user(user_id)
    used, known = user.sessions(), user.memories()
    if not used and not known:
        raise NotTried
    for memory in known:
        if memory.run_id is None:
            raise NotYet(f"{memory.memory!r} was added by hand; let a program say it")
    if len(used) != sessions:
        should = f"it should be {sessions}, one a program"
        raise NotYet(f"{user_id!r} has {len(used)} sessions; {should}")
    if len(known) != memories:
        raise NotYet(
            f"{len(known)} memories are stored instead of {memories}; wait for both programs, "
            "and let them say different things"
        )
