"""Each view is SQL over one user's copy, and says the same as plain Python over the handle."""

from __future__ import annotations

import json

import pytest

from lives import live, run_of
from memkit import Agent, MemoryManager, OfflineChat, Recall, views
from memkit.records import Change, MemoryEvent
from memkit.store.db import Db
from memkit.store.runs import RunLog
from memkit.store.user import User
from support import on_both_stores

SAID = [
    ("monday", "My name is Kim. I live in Leeds."),
    ("tuesday", "I like chess and tea."),
    ("monday", "I moved to Oslo. I don't like tea anymore."),
    ("tuesday", "Forget my name."),
    ("friday", "What do you know about me?"),
]


async def led(db: Db) -> User:
    """Kim's week, with everything that can happen to memories; Lee's goes on beside it."""
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, add_memories_to_context=True)
    for session_id, message in SAID:
        await agent.arun(message, user_id="kim", session_id=session_id)
        live(db.for_user("lee"), "xylophones", session_id)
    kim = db.for_user("kim")
    kim.undo([each for each in kim.history() if each.run_id == 3][-1:])
    kim.add_memory("The user likes figs.")
    await MemoryManager(OfflineChat()).aoptimize_memories(kim)
    first = kim.memories()[0].memory_id
    proposed = [Change("update", first, "x"), Change("add", None, "y"), Change("add", None, "z")]
    RunLog(kim).change_memories(proposed, source=run_of(kim, 5, *SAID[4]), propose=True)
    await agent.arun("I like jam.", user_id="kim", session_id="friday")
    kim.approve(kim.proposals()[-1].event_id)  # what a run proposed, long after it
    return kim


def applied(user: User) -> list[MemoryEvent]:
    return [each for each in user.history() if each.status == "applied"]


async def test_the_past_in_sql_is_the_past_of_the_handle(db: Db) -> None:
    kim = await led(db)
    RunLog(kim).begin_run("friday", "Good night.")  # changes nothing, and knows what was approved
    for run in range(9):
        frame = db.query(views.memories_at(run), user_id="kim")
        assert list(zip(frame.memory_id, frame.memory, strict=True)) == [
            (each.memory_id, each.memory) for each in kim.memories(as_of=run)
        ]


async def test_the_memories_now_with_the_changes_of_each_run(db: Db) -> None:
    kim = await led(db)
    for run in [*range(1, 7), None]:
        frame = db.query(views.memories(run), user_id="kim")
        kept = frame[frame.change != "deleted"]
        gone = frame[frame.change == "deleted"]
        events = [each for each in applied(kim) if each.run_id == (run or 6)]
        now = {each.memory_id: each.memory for each in kim.memories()}
        assert {n: m for n, m in zip(kept.memory_id, kept.memory, strict=True) if n in now} == now
        assert set(gone.memory_id) >= {e.memory_id for e in events if e.after is None}
        for number, change in zip(frame.memory_id, frame.change, strict=True):
            assert bool(change) == (number in {each.memory_id for each in events})


def test_what_a_run_changed_is_told_from_before_it_to_after_it(db: Db) -> None:
    kim = db.for_user("kim")
    for text in ("likes tea", "likes jam", "sings", "runs"):
        kim.add_memory(text)
    run = RunLog(kim).begin_run("s", "So much to tell.").source
    changes = [
        Change("update", 1, "likes green tea"),
        Change("update", 1, "likes white tea"),
        Change("delete", 2),
        Change("update", 3, "sings", ["music"]),
        Change("update", 4, "sings"),  # rejected: that is memory 3
        Change("add", None, "passes"),
        Change("delete", 5),
        Change("add", None, "stays"),
    ]
    RunLog(kim).change_memories(changes, source=run)
    frame = db.query(views.memories(), user_id="kim")
    told = frame[["memory_id", "change", "memory", "before"]].astype(object)
    assert told.where(told.notna(), None).values.tolist() == [
        [1, "changed", "likes white tea", "likes tea"],
        [2, "deleted", "likes jam", None],
        [3, "changed", "sings", None],
        [4, "", "runs", None],
        [6, "added", "stays", None],
    ]


async def test_every_change_of_a_memory_with_its_sentence_and_its_call(db: Db) -> None:
    kim = await led(db)
    known = db.query(views.KNOWN_MEMORIES, user_id="kim")
    assert known.memory_id.tolist() == sorted({each.memory_id for each in applied(kim)})
    calls = {each["call_id"]: each for each in kim.export()["model_calls"]}
    for number in known.memory_id:
        frame = db.query(views.lineage(number), user_id="kim")
        events = kim.history(number)
        assert frame.event_id.tolist() == [each.event_id for each in events]
        for row, event in zip(frame.itertuples(), events, strict=True):
            assert (row.action, row.status) == (event.action, event.status)
            if event.call_id:
                used = calls[event.call_id]["response"]["tool_calls"][0]["function"]["name"]
                assert (row.model, row.tool) == ("offline", used)
    optimised = [e for e in applied(kim) if e.call_id and e.run_id is None]
    assert optimised  # a call without a run leads somewhere too


async def test_runs_and_proposals(db: Db) -> None:
    kim = await led(db)
    runs = db.query(views.RUNS, user_id="kim")
    assert list(zip(runs.session_id, runs.message, strict=True))[:5] == SAID
    assert runs.run_id.tolist() == list(range(1, 7))
    waiting = db.query(views.PROPOSALS, user_id="kim")
    assert waiting.event_id.tolist() == [each.event_id for each in kim.proposals()]
    assert len(waiting) == 2


@pytest.mark.parametrize("recall", [Recall(), Recall("last_n", 2), Recall("keyword", 5, 9)])
async def test_each_part_of_a_request_and_everything_that_could_have_been_in_it(
    db: Db, recall: Recall
) -> None:
    kim = await led(db)
    agent = Agent(
        OfflineChat(),
        db,
        add_memories_to_context=True,
        add_history_to_context=True,
        num_history_runs=1,
        recall=recall,
        instructions="Be brief.",
        enable_agentic_memory=True,
    )
    run = await agent.arun("Do I like jam or chess?", user_id="kim", session_id="friday")
    parts = views.request_parts(db.query(views.request(run.run_id), user_id="kim"))
    said = parts[parts.role != ""]
    assert parts.part.tolist()[0] == "tool offered"
    system = said[said.role == "system"].text
    assert run.messages == [
        {"role": "system", "content": "\n\n".join(system)},
        *(
            {"role": r, "content": t}
            for r, t in said[said.role != "system"][["role", "text"]].values
        ),
    ]
    known = [each.memory for each in kim.memories()]
    kim.add_memory("The user has said this later.")
    found = db.query(views.in_or_out(run.run_id), user_id="kim")
    memories = found[found.kind == "memory"]
    assert memories.text.tolist() == known
    shown = "\n".join(system)
    for text, used in zip(memories.text, memories.in_prompt, strict=True):
        assert (f"- {text}" in shown) == used
    reasons = {number: each["why"] for each in run.recalled for number in each["memory_ids"]}
    rule = [each["why"] for each in run.recalled if not each["memory_ids"]]
    wanted = [reasons.get(number) or rule[0] for number in memories.number]
    assert memories.why.tolist() == wanted
    messages = found[found.kind != "memory"]
    assert messages.in_prompt.tolist() == [False, False, True, True]


async def test_an_agent_that_shows_nothing_leaves_everything_out_and_says_why(db: Db) -> None:
    await led(db)
    run = await Agent(OfflineChat(), db).arun("Hello.", user_id="kim", session_id="friday")
    found = db.query(views.in_or_out(run.run_id), user_id="kim")
    assert set(found.in_prompt) == {False}
    assert set(found[found.kind == "memory"].why) == {"memories are kept out of the context"}
    assert set(found[found.kind != "memory"].why) == {"history is kept out of the context"}


async def test_the_request_is_the_last_one_for_the_reply_whatever_else_was_asked(db: Db) -> None:
    agent = Agent(OfflineChat(), db, enable_agentic_memory=True, enable_session_summaries=True)
    run = await agent.arun("Remember that I like jam.", user_id="kim", session_id="s")
    why = [each["why"] for each in db.for_user("kim").export()["model_calls"]]
    assert why == ["memory", "reply", "reply", "summary"]
    [request] = db.query(views.request(run.run_id), user_id="kim").request
    assert json.loads(request)["messages"] == run.messages


async def test_what_each_memory_cost_to_make_and_to_use(db: Db) -> None:
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, add_memories_to_context=True)
    for message in ("I like chess. I own a dog.", "I live in Oslo.", "What do I like?"):
        await agent.arun(message, user_id="kim", session_id="s")
    kim = db.for_user("kim")
    kim.add_memory("By hand.")
    found = db.query(views.cost_per_memory(), user_id="kim")
    calls = {each["call_id"]: each for each in kim.export()["model_calls"]}
    for row, event in zip(found.itertuples(), kim.history(), strict=True):
        made = calls.get(event.call_id, {"prompt_tokens": 0, "completion_tokens": 0})
        shared = 2 if event.run_id == 1 else 1
        spent = made["prompt_tokens"] + made["completion_tokens"]
        assert row.tokens_to_make == round(spent / shared + 1e-9)
    assert found.memory.tolist()[2:] == ["The user lives in Oslo.", "By hand."]
    assert found.uses.tolist() == [2, 2, 1, 0]
    last = db.query("SELECT prompt_tokens FROM model_calls WHERE why = 'reply' AND run_id = 3")
    [outline] = db.query("SELECT context FROM agent_runs WHERE run_id = 3").context
    share = len("The user lives in Oslo.") / sum(p["characters"] for p in json.loads(outline))
    assert found.tokens_per_use[2] == round(last.prompt_tokens[0] * share, 1)


@pytest.mark.slow
@on_both_stores
async def test_nobody_elses_rows_are_in_any_view(db: Db) -> None:
    await led(db)
    sqls = [
        views.RUNS,
        views.KNOWN_MEMORIES,
        views.PROPOSALS,
        views.memories(),
        views.cost_per_memory(),
    ]
    for n in range(1, 9):
        sqls += [views.memories(n), views.memories_at(n), views.lineage(n)]
        sqls += [views.request(n), views.in_or_out(n)]
    for sql in sqls:
        assert "xylophone" not in db.query(sql, user_id="kim").to_json(date_format="iso")
        assert db.query(sql, user_id="nobody").empty
    seen = "".join(db.query(sql, user_id="lee").to_json(date_format="iso") for sql in sqls)
    assert "xylophone" in seen
    assert "Oslo" not in seen
