"""Conversations from files: each kind is recognised, read, and what is left out is counted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from memkit import InvalidInput
from memkit.explore.conversations import Said, conversation

FORMATS = Path(__file__).parents[2] / "data" / "formats"


def read(name: str, capsys: pytest.CaptureFixture[str]) -> tuple[list[Said], str]:
    """The turns of a file in `data/formats`, and the one line that was printed about it."""
    turns = conversation(FORMATS / name)
    return turns, capsys.readouterr().out.removesuffix("\n").removeprefix(f"{name}: ")


def written(folder: Path, text: str) -> Path:
    path = folder / "own.txt"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "report"),
    [
        (
            "chatgpt_export.json",
            "a ChatGPT export, 4 turns, 1 user, 2 sessions; left out: 1 picture, 1 empty turn, "
            "3 other-branch messages, 1 system message, 1 hidden message, 1 tool message",
        ),
        (
            "sharegpt.json",
            "ShareGPT, 3 turns, 2 users, 2 sessions; left out: 1 system message, 1 empty turn, "
            "1 unprompted answer",
        ),
        (
            "locomo.json",
            "LoCoMo, 7 turns, 2 users, 4 sessions; left out: 1 picture, 2 unprompted answers",
        ),
        ("longmemeval.json", "LongMemEval, 4 turns, 2 users, 3 sessions; left out: nothing"),
        ("turns.csv", "turns, 4 turns, 2 users, 3 sessions; left out: 1 empty turn"),
    ],
)
def test_each_kind_of_file_is_recognised_and_told_in_one_line(
    name: str, report: str, capsys: pytest.CaptureFixture[str]
) -> None:
    turns, printed = read(name, capsys)
    assert printed == report
    assert f", {len(turns)} turns, " in report
    times = [turn.said_at for turn in turns if turn.said_at]
    assert times == sorted(times)


def test_a_chatgpt_export_is_read_along_the_branch_that_was_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    turns, _ = read("chatgpt_export.json", capsys)
    assert {turn.user_id for turn in turns} == {"me"}
    garden = [turn for turn in turns if turn.session_id == "garden-01"]
    assert [turn.message[:24] for turn in garden] == [
        "I've got a north-facing ",
        "Fine, cherry tomatoes th",  # and not the strawberries that it replaced
        "This is the tub. I'm Lot",  # said beside a picture
    ]
    assert garden[0].reply == "Not hopeless, but choose a cherry variety and expect fewer fruits."
    assert garden[0].said_at == datetime(2026, 1, 1, 9, 33, 25, tzinfo=UTC)


def test_in_locomo_each_speaker_is_a_user_and_the_other_one_replies(
    capsys: pytest.CaptureFixture[str],
) -> None:
    turns, _ = read("locomo.json", capsys)
    hanna = [turn for turn in turns if turn.user_id == "Hanna@pair-1"]
    deji = [turn for turn in turns if turn.user_id == "Deji@pair-1"]
    assert hanna[0].reply == deji[0].message
    assert deji[0].reply == hanna[1].message
    assert "boatyard" not in "".join(turn.message for turn in hanna)
    assert {turn.said_at for turn in hanna} == {
        datetime(2026, 2, 3, 19, 40, tzinfo=UTC),
        datetime(2026, 3, 21, 9, 5, tzinfo=UTC),
    }


def test_longmemeval_comes_in_the_order_of_its_dates(capsys: pytest.CaptureFixture[str]) -> None:
    turns, _ = read("longmemeval.json", capsys)
    of_first = [turn.message for turn in turns if turn.user_id == "9c1e07"]
    assert [message.split()[-2] for message in of_first] == ["look", "the", "five"]


def test_own_turns_may_be_rows_of_a_spreadsheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = 'session_id;user_id;message\nmon;ana;"Tea; no, coffee."\nmon;ana;Bye\n'
    assert conversation(written(tmp_path, "\ufeff" + rows)) == [
        Said("ana", "mon", "Tea; no, coffee."),
        Said("ana", "mon", "Bye"),
    ]


def test_a_row_with_too_many_fields_is_an_error_and_loses_nothing(tmp_path: Path) -> None:
    rows = "user_id,session_id,message\numa,one,Hi\numa,one,I like beer, wine and rum.\n"
    told = "row 3 has 4 fields instead of 3: put quotes around a message with commas"
    with pytest.raises(InvalidInput, match=told):
        conversation(written(tmp_path, rows))


def test_a_file_that_is_not_there_is_not_taken_for_a_name() -> None:
    with pytest.raises(InvalidInput, match=r"there is no file mein\.csv in /"):
        conversation("mein.csv")


def test_own_turns_may_be_json_lines_with_replies_and_times(tmp_path: Path) -> None:
    first = {"user_id": "ana", "session_id": "s", "message": "Hi", "reply": "Hello"}
    later = {**first, "said_at": "2026-09-02T10:00+02:00"}
    path = written(tmp_path, "\n".join(map(json.dumps, [first, later])))
    assert conversation(str(path)) == [
        Said("ana", "s", "Hi", "Hello"),
        Said("ana", "s", "Hi", "Hello", datetime(2026, 9, 2, 8, tzinfo=UTC)),
    ]


def test_a_message_too_long_to_be_stored_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"user_id": "a", "session_id": "s", "message": text} for text in ("x" * 10**6, "y")]
    assert len(conversation(written(tmp_path, json.dumps(rows)))) == 1
    assert "1 unusable turn" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        ([{"prompt": "Hi"}], r"begins with \{'prompt': 'Hi'\}"),
        ([], "begins with nothing that could be read"),
        ([5], "begins with 5"),
        ("a recipe\nfor soup", "begins with {'a recipe': 'for soup'}"),
        (
            [{"message": "Hi", "user_id": "ana"}],
            "looks like turns, but a record has no 'session_id'",
        ),
        ([{"conversation": {}}], "looks like LoCoMo, but a record has no 'speaker_a'"),
        ([{"mapping": None}], "looks like a ChatGPT export, but a record is built otherwise"),
        (["my message is"], "looks like turns, but a record is built otherwise"),
        ([{"conversation": "Ana: hi"}], "looks like LoCoMo, but a record is built otherwise"),
        ('{"message": "Hi"}\n\n{"mess', r"its JSON cannot be read at line 3 \(Unterminated string"),
        ("{'message': 'Hi'}", "its JSON cannot be read at line 1"),
        ("[" * 100_000, "begins with nothing that could be read"),
        (
            [{"user_id": "ana", "session_id": "s", "message": "Hi", "said_at": "noon"}],
            "looks like turns, but Invalid isoformat string: 'noon'",
        ),
        ([{"user_id": "", "session_id": "s", "message": "Hi"}], "looks like turns, but user_id is"),
    ],
)
def test_another_file_is_an_error_that_shows_the_columns(
    found: Any, problem: str, tmp_path: Path
) -> None:
    path = written(tmp_path, found if isinstance(found, str) else json.dumps(found))
    with pytest.raises(InvalidInput, match=problem) as raised:
        conversation(path)
    assert "the columns user_id, session_id and message" in str(raised.value)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_table_in_another_encoding_is_told_how_to_be_saved(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text("user_id;session_id;message\nana;s;Käse\n", encoding)
    with pytest.raises(InvalidInput, match="it is not UTF-8; save it as CSV UTF-8"):
        conversation(path)


def test_a_line_separator_of_unicode_ends_no_line(tmp_path: Path) -> None:
    row = {"user_id": "ana", "session_id": "s", "message": "one\u2028two\u0085three"}
    path = written(tmp_path, f"{json.dumps(row, ensure_ascii=False)}\n{json.dumps(row)}\n")
    assert conversation(path) == [Said(*row.values())] * 2


def test_a_chatgpt_conversation_without_messages_is_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = {"id": "c", "create_time": 1, "mapping": {}}
    assert conversation(written(tmp_path, json.dumps([talk, {**talk, "current_node": "x"}]))) == []
    assert "a ChatGPT export, 0 turns" in capsys.readouterr().out


def test_a_file_that_is_no_text_is_an_error_too(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(InvalidInput, match=r"export.zip is not a known form of conversation"):
        conversation(path)
