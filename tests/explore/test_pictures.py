"""The pictures: drawn from their tables, which say what plain Python says over the handles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from lives import live
from memkit import Agent, InvalidInput, OfflineChat, SqliteDb, lab, pictures
from memkit.explore.pictures import Picture
from memkit.models.tokens import count_tokens
from memkit.records import Change
from memkit.store.db import Db
from memkit.store.runs import RunLog

pytestmark = pytest.mark.slow


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Agent]:
    db = SqliteDb(tmp_path / "memkit.db", lab.pinned_clock())
    yield Agent(
        OfflineChat(),
        db,
        update_memory_on_run=True,
        add_memories_to_context=True,
        add_history_to_context=True,
    )
    db.close()


def words(picture: Picture) -> list[str]:
    """Every text that is drawn."""
    texts = picture.figure.findobj(lambda each: hasattr(each, "get_text"))
    return [each.get_text() for each in texts]


def boxes(picture: Picture, hatch: str) -> list[Rectangle]:
    """The bars that are drawn with a hatch."""
    return [
        each
        for ax in picture.figure.axes
        for each in ax.patches
        if isinstance(each, Rectangle) and (each.get_hatch() or "") == hatch
    ]


async def test_a_bar_for_each_run_with_its_reply_and_its_memory_calls(three: Agent) -> None:
    runs = await lab.play(three, lab.conversation())
    three.update_memory_on_run = False
    await three.arun("Hello!", user_id="user_3@example.com", session_id="s")
    picture = pictures.timeline(three.db)
    assert len(picture.table) == len(runs) + 1
    assert picture.table.memory_calls.tolist().count(1) == len(runs)
    assert len(boxes(picture, "//")) == len(runs)
    assert len(boxes(picture, "")) == len(runs) + 1
    assert picture.text == "9 runs of 3 users in 9 waves, one after the other."


async def test_a_run_that_did_not_end_well_says_so(three: Agent) -> None:
    RunLog(three.db.for_user("kim")).begin_run("s", "hello")
    assert "× running" in words(pictures.timeline(three.db))


async def test_all_at_once_is_fewer_waves_than_one_after_the_other(tmp_path: Path) -> None:
    with SqliteDb(tmp_path / "busy.db") as db:
        await lab.play(Agent(OfflineChat(latency=0.5), db), lab.conversation(), at_once=True)
        text = pictures.timeline(db).text
    assert text == "8 runs of 3 users in 4 waves, up to 3 at once."


async def test_memories_after_each_turn_are_those_of_the_handle(three: Agent) -> None:
    await lab.play(three, lab.invented_class(4))
    kept = three.db.for_user("student_1@example.com")
    kept.undo([each for each in kept.history() if each.run_id == 7])
    kept.add_memory("The user sings.")
    again, later = Change("add", None, "The user sings."), Change("add", None, "The user dives.")
    assert RunLog(kept).change_memories([again])[0].status == "rejected"
    run = RunLog(kept).begin_run("s", "I dive.").source
    [proposal] = RunLog(kept).change_memories([later], source=run, propose=True)
    await three.arun("Hello.", user_id="student_1@example.com", session_id="s")
    kept.approve(proposal.event_id)  # it counts from now on, and not from the run that proposed it
    await three.arun("Hello!", user_id="student_1@example.com", session_id="s")
    picture = pictures.memories_over_turns(three.db)
    for row in picture.table.itertuples():
        known = three.db.for_user(row.user_id).memories(as_of=row.turn)
        assert row.memories == len(known)
    assert picture.sql
    assert three.db.query(picture.sql).equals(picture.table)
    drawn = [line for line in picture.figure.axes[0].lines if len(line.get_xdata()) > 1]
    assert [list(line.get_ydata()) for line in drawn] == [
        rows.memories.tolist() for _, rows in picture.table.groupby("user_id")
    ]


async def test_many_users_are_drawn_without_their_names(three: Agent) -> None:
    await lab.play(three, lab.invented_class(12))
    picture = pictures.memories_over_turns(three.db)
    assert len(picture.figure.axes[0].lines) == 12
    assert "12 users" in picture.text
    assert not any("student" in text for text in words(picture))
    assert len(picture.table) == 12 * 8 - 4  # every third says one thing less


async def test_what_memories_cost_is_counted_in_the_request_itself(three: Agent) -> None:
    runs = await lab.play(three, lab.conversation())
    picture = pictures.tokens(three.db)
    totals = picture.table[list(pictures.PARTS)].sum(axis=1)
    found = {
        (u, r): t
        for u, r, t in zip(picture.table.user_id, picture.table.run_id, totals, strict=True)
    }
    for run in runs:
        sent = sum(count_tokens(each["content"]) for each in run.messages)
        assert found[run.user_id, run.run_id] == sent
    memories = picture.table[picture.table.memories > 0]
    assert len(memories) == 5  # nobody has any before the first sentence
    assert len(boxes(picture, "//")) == len(runs)
    assert json.dumps(int(totals.sum())) in picture.text


def test_only_the_owner_sees_a_secret(db: Db) -> None:
    for user_id, word in {"ana": "xylophone", "bo": "trombone", "cy": "tuba"}.items():
        live(db.for_user(user_id), word)
    picture = pictures.leak_matrix(db, {"ana": "Xylophone", "bo": "trombone"})
    assert (picture.table.rows > 0).tolist() == [True, False, False, True, False, False]
    assert picture.text.endswith("Of 4 tries to see somebody else's, none succeeded.")
    assert boxes(picture, "xx") == []
    with pytest.raises(InvalidInput, match="secrets is empty"):
        pictures.leak_matrix(db, {})


def test_a_leak_is_drawn_and_said(db: Db) -> None:
    live(db.for_user("ana"), "xylophone")
    db.for_user("bo").add_memory("The user plays the xylophone.")  # which bo has never said
    picture = pictures.leak_matrix(db, {"ana": "xylophone"})
    rows = picture.table.rows[1]
    assert f"1 succeeded: bo has {rows} rows of ana's." in picture.text
    assert f"{rows} LEAK" in words(picture)
    [leak] = boxes(picture, "xx")
    [own] = boxes(picture, "")
    assert [to_hex(each.get_facecolor()) for each in (leak, own)] == [
        pictures.RED.lower(),
        pictures.SKY.lower(),
    ]


def test_of_a_crowd_only_so_many_are_drawn_and_all_are_in_the_table(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MOST_USERS", 2)
    secrets = {"ana": "xylophone", "bo": "trombone", "cy": "tuba"}
    for user_id in secrets:
        db.for_user(user_id).add_memory(f"The user knows of {', '.join(secrets.values())}.")
    picture = pictures.leak_matrix(db, secrets)
    assert picture.table.leak.sum() == 3 * 3 - 3
    assert sum(text.endswith(" LEAK") for text in words(picture)) == 2


def test_a_word_that_others_have_said_is_no_secret(db: Db) -> None:
    for user_id in ("ana", "bo", "cy"):
        live(db.for_user(user_id), "weekend")
    live(db.for_user("ana"), "xylophone")
    picture = pictures.leak_matrix(db, {"ana": "weekend", "bo": "Weekend"})
    assert picture.text.startswith(
        "'weekend' is not a secret; other users who have said it, too: 2."
    )
    assert not picture.table.leak.any()
    mixed = pictures.leak_matrix(db, {"ana": "xylophone", "bo": "weekend"})
    assert mixed.text.endswith(
        "Users who see their own secret: 1. Of 2 tries to see somebody else's, none succeeded."
    )


async def every(agent: Agent) -> list[Picture]:
    db = agent.db
    return [
        pictures.timeline(db),
        pictures.memories_over_turns(db),
        pictures.tokens(db),
        pictures.leak_matrix(db, {"$x^2$": "chess"}),
    ]


async def test_strange_names_and_an_empty_store_are_drawn_too(three: Agent) -> None:
    for picture in await every(three):
        assert picture.png.startswith(b"\x89PNG")
    for user_id in ["$x^2$", "<b>kim</b>", "שלום", "😀" * 40, "用户", "$\\frac$"]:
        await three.arun("I like chess.", user_id=user_id, session_id="$a$")
    for picture in await every(three):
        assert picture.png.startswith(b"\x89PNG")
        assert "<b>" not in picture.html()
        if picture.figure.axes[0].get_yticklabels()[0].get_text() == "$x^2$":
            assert "$x^2$" in words(picture)


async def test_the_same_store_gives_the_same_bytes_and_its_words(three: Agent) -> None:
    await lab.play(three, lab.conversation())
    for one, two in zip(await every(three), await every(three), strict=True):
        assert one.png == two.png
        assert repr(one) == one.text
        assert one._repr_png_() == (one.png, {"alt": one.text})
