"""The written class and its labels agree with each other, and a score counts what it says."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from memkit import Agent, InvalidInput, OfflineChat, SqliteDb, lab
from memkit.lab.score import TRUE, VERDICTS, WANTED
from memkit.store.runs import RunLog


@pytest.fixture(scope="module")
def labels() -> pd.DataFrame:
    return lab.labels("term")


@pytest.fixture
def db() -> Iterator[SqliteDb]:
    db = lab.temporary_store()
    yield db
    db.close()


async def say(db: SqliteDb, user_id: str, *messages: str) -> None:
    agent = Agent(OfflineChat(), db)
    for message in messages:
        await agent.arun(message, user_id=user_id, session_id="s")


def rows(*rows: tuple[object, ...]) -> pd.DataFrame:
    columns = ["user_id", "label", "kind", "run_id", "until_run", "until", "words"]
    frame = pd.DataFrame(rows, columns=columns).assign(text="", answers=None)
    return frame.astype({"until_run": "Int64"}).assign(until=pd.to_datetime(frame.until, utc=True))


def test_the_class_is_a_dozen_people_over_a_term(labels: pd.DataFrame) -> None:
    turns = lab.conversation("term")
    said = pd.DataFrame(turns).groupby("user_id").size()
    assert (len(turns), len(said)) == (340, 12)
    assert turns == sorted(turns, key=lambda turn: turn.said_at or 0)
    assert len({turn.message for turn in turns}) > 335  # nobody says what somebody else has said
    assert set(labels.user_id) == set(said.index)
    assert set(labels.kind) == {*TRUE, "remark", "injection", "question"}
    in_turn = labels[labels.run_id.notna()]
    assert (in_turn.run_id <= in_turn.user_id.map(said)).all()
    assert (labels.until_run > labels.run_id).sum() == labels.until_run.notna().sum() >= 40
    assert not labels.duplicated(["user_id", "label"]).any()


def test_every_question_is_answered_by_what_holds_when_it_is_asked(labels: pd.DataFrame) -> None:
    known = labels.set_index(["user_id", "label"])
    questions = labels[labels.kind == "question"]
    assert len(questions) > 150
    for question in questions.itertuples():
        assert question.text.strip()
        for answer in question.answers.split() if isinstance(question.answers, str) else ():
            fact = known.loc[question.user_id, answer]
            assert fact.kind in TRUE
            if pd.isna(question.run_id):
                assert pd.isna(fact.until_run), (question.user_id, answer)
            else:
                assert fact.run_id <= question.run_id
                assert pd.isna(fact.until_run) or fact.until_run > question.run_id


@pytest.mark.slow
async def test_who_remembers_the_labels_themselves_remembers_everything(
    labels: pd.DataFrame, db: SqliteDb
) -> None:
    for turn in lab.conversation("term"):  # what is said is all that counts here
        RunLog(db.for_user(turn.user_id)).begin_run(turn.session_id, turn.message)
    facts = labels[labels.kind.isin(TRUE)]
    for fact in facts[facts.until_run.isna()].itertuples():
        db.for_user(fact.user_id).add_memory(fact.text)
    found = lab.score(db, labels)
    assert found.memories[found.memories.verdict != "right"].empty
    assert found.total[["precision", "recall"]].values.tolist() == [[1, 1]]
    assert not found.facts.memory_id.isna().any()

    wrong = labels[labels.kind.isin(["remark", "injection"]) | labels.until_run.notna()]
    for row in wrong.itertuples():  # what is over, and what was never to be remembered
        db.for_user(row.user_id).add_memory(f"{row.text} ")
    judged = lab.score(db, labels).memories.set_index(["user_id", "memory"]).verdict
    for row in wrong.itertuples():
        verdict = "stale" if row.kind in TRUE else "false"
        assert judged[row.user_id, row.text] == verdict, row


async def test_each_memory_gets_one_verdict(db: SqliteDb) -> None:
    labels = rows(
        ("ana", "home", "fact", 1, 2, None, "leeds -from"),
        ("ana", "home-york", "fact", 2, None, None, "york live|move"),
        ("ana", "dog", "namesake", 1, None, None, "biscuit dog"),
        ("ana", "trip", "plan", 1, None, "2026-08-31", "trip"),
        ("ana", "later", "fact", 9, None, None, "tea"),
        ("ana", "sister", "fact", 1, None, None, "sister"),
        ("ana", "soup", "maybe", 1, None, None, "soup"),
        ("ana", "rain", "remark", 1, None, None, "rain"),
        ("bo", "cat", "namesake", 1, None, None, "biscuit cat"),
        ("bo", "q", "question", 1, None, None, None),
    )
    await say(db, "ana", "I have a dog called Biscuit and a sister. Leeds. Rain.", "I moved.")
    await say(db, "bo", "My cat is called Biscuit.")
    ana, bo = db.for_user("ana"), db.for_user("bo")
    for text in (
        "The user moved from Leeds to York.",
        "The user lives in York, on a hill.",
        "The user lives in Leeds.",
        "The user goes on a trip.",
        "The user's dog is Biscuit.",
        "The user's dog Biscuit likes York and lives on soup.",
        "The user has a cat called Biscuit.",
        "It rains.",
        "The user likes tea.",
        "It rains on a cat called Biscuit.",
    ):
        ana.add_memory(text)
    bo.add_memory("The user's dog is called Biscuit.")
    found = lab.score(db, labels)
    judged = found.memories[["user_id", "verdict", "kind", "labels"]].values.tolist()
    assert judged == [
        ["ana", "right", "fact", ["home-york"]],
        ["ana", "duplicate", "fact", ["home-york"]],
        ["ana", "stale", "fact", ["home"]],
        ["ana", "stale", "plan", ["trip"]],
        ["ana", "right", "namesake", ["dog"]],
        ["ana", "right", "fact, namesake, maybe", ["home-york", "dog", "soup"]],
        ["ana", "leaked", "namesake", ["cat"]],
        ["ana", "false", "remark", ["rain"]],
        ["ana", "false", "", []],  # true only from her ninth message on
        ["ana", "false", "remark", ["rain"]],
        ["bo", "leaked", "namesake", ["dog"]],
    ]
    counts = found.users.set_index("user_id")
    assert counts.loc["ana", VERDICTS].tolist() == [3, 1, 2, 3, 1]
    assert counts.loc["ana", ["facts", "found", "precision", "recall"]].tolist() == [
        3,
        2,
        0.3,
        0.667,
    ]
    assert counts.loc["bo", ["facts", "found", "precision", "recall"]].tolist() == [1, 0, 0, 0]
    assert found.total.loc[0, ["precision", "recall"]].tolist() == [0.273, 0.5]
    missed = found.facts[found.facts.memory_id.isna()]
    assert missed[["user_id", "label"]].values.tolist() == [["ana", "sister"], ["bo", "cat"]]


async def test_a_word_that_somebody_said_is_nobody_elses_secret(db: SqliteDb) -> None:
    labels = rows(("ana", "chess", "fact", 1, None, None, "chess"))
    await say(db, "ana", "I play chess.")
    await say(db, "bo", "What is chess?")
    db.for_user("bo").add_memory("The user plays chess.")
    db.for_user("cleo").add_memory("The user plays chess.")
    assert lab.score(db, labels).memories.verdict.tolist() == ["false", "leaked"]


async def test_nothing_said_is_nothing_to_score(db: SqliteDb, labels: pd.DataFrame) -> None:
    found = lab.score(db, labels)
    assert [len(frame) for frame in (found.memories, found.facts, found.users)] == [0, 0, 0]
    assert "precision" in repr(found)
    assert "precision" in found._repr_html_()


def test_labels_that_are_not_there_are_told_with_those_that_are() -> None:
    with pytest.raises(InvalidInput, match="no labels 'three_users'; there are term"):
        lab.labels("three_users")


def test_what_should_be_remembered_is_among_what_may_be() -> None:
    assert set(WANTED) < set(TRUE)
