"""Conversations from files, whatever kit wrote them, as a list of turns.

A file is recognised by its shape. Its reader, a few lines each, gives what was said, one message
after the other; `_turns` puts each message of a user together with the reply to it, and counts what
cannot be played.
"""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from io import StringIO
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from memkit.errors import InvalidInput
from memkit.records import JsonObject
from memkit.validation import check_id, check_message

PACKAGE = Path(__file__).parent.parent
DATA = [PACKAGE / "data", PACKAGE.parent / "data"]  # in an installed package, in a checkout
DATA_FILES = {
    "conversation": ("", ".jsonl"),
    "labels": ("", "_labels.csv"),
    "recording": ("recordings", ".jsonl"),
}

ROLES = {"human": "user", "gpt": "assistant", "chatgpt": "assistant", "bard": "assistant"}
SHOWN = ("text", "multimodal_text")  # of a ChatGPT export; the rest is the model talking to itself
TOO_MANY = "fields without a column"
HIDDEN = "is_visually_hidden_from_conversation"

EXPECTED = """\
A file may be JSON lines or CSV with the columns user_id, session_id and message (and, where known,
reply and said_at, such as 2026-09-01T09:00+00:00), or the JSON of a ChatGPT export
(conversations.json), of ShareGPT, LoCoMo or LongMemEval."""


class Said(NamedTuple):
    """One turn of a conversation: who says what in which session.

    `reply` is the answer that was given and `said_at` the time, where they are known.
    """

    user_id: str
    session_id: str
    message: str
    reply: str | None = None
    said_at: datetime | None = None


class Line(NamedTuple):
    """One message of a file: `role` is `user`, `assistant` or somebody whose words are left out.

    `content` is a text, or a list of texts and of things that are none.
    """

    user_id: str
    session_id: str
    role: str
    content: Any
    time: datetime | None = None


def conversation(name: str | Path = "three_users") -> list[Said]:
    """A conversation from the folder `data`, an example from `data/formats`, or a file of your own.

    A file may hold turns as JSON lines or CSV, a ChatGPT export (of each conversation the branch
    that was read last), ShareGPT, LoCoMo (each speaker is a user) or LongMemEval (each question is
    a user). One printed line says what it is and what was left out. The turns come in the order in
    which they were said. Raises `InvalidInput` for a file of another shape.
    """
    places = [Path(name), *(folder / "formats" / name for folder in DATA)]
    path = next((place for place in places if place.is_file()), None)
    if not path and Path(name).suffix:
        raise InvalidInput(f"there is no file {name} in {Path.cwd()}")
    turns, report = _read(path or data_file("conversation", str(name)))
    if path:
        print(report)
    return turns


def data_file(kind: str, name: str) -> Path:
    """A file of the folder `data` by its kind and name; an unknown name is `InvalidInput`."""
    folder, ending = DATA_FILES[kind]
    found = [path for data in DATA for path in (data / folder).glob(f"*{ending}")]
    known = {path.name.removesuffix(ending): path for path in found}
    if name not in known:
        raise InvalidInput(f"no {kind} {name!r}; there are {', '.join(sorted(known))}")
    return known[name]


def _read(path: Path) -> tuple[list[Said], str]:
    """The turns of a file, and a line on what it is and what was left out."""
    records: list[Any] = []
    try:
        records = _records(path.read_text("utf-8-sig"))
        kind, reader = next(READERS[key] for key in READERS if key in records[0])
    except (ValueError, TypeError, IndexError, StopIteration, RecursionError, csv.Error) as error:
        begins = repr(records[0])[:80] if records else "nothing that could be read"
        why = f"it begins with {begins}"
        if isinstance(error, UnicodeDecodeError):
            why = "it is not UTF-8; save it as CSV UTF-8"
        if isinstance(error, json.JSONDecodeError):
            why = f"its JSON cannot be read at line {error.lineno} ({error.msg})"
        known = "is not a known form of conversation"
        raise InvalidInput(f"{path.name} {known}; {why}\n{EXPECTED}") from error
    left_out: Counter[str] = Counter()
    try:
        turns = _turns(reader(records), left_out)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        wrong = f"a record has no {error}" if isinstance(error, KeyError) else str(error)
        if isinstance(error, TypeError | AttributeError):  # which speak of Python
            wrong = "a record is built otherwise"
        raise InvalidInput(f"{path.name} looks like {kind}, but {wrong}\n{EXPECTED}") from error
    if all(turn.said_at for turn in turns):
        turns.sort(key=attrgetter("said_at"))
    users, sessions = {turn.user_id for turn in turns}, {turn[:2] for turn in turns}
    size = [(len(turns), "turn"), (len(users), "user"), (len(sessions), "session")]
    missing = [(number, what) for what, number in left_out.items() if number]
    left = _counted(missing) or "nothing"
    return turns, f"{path.name}: {kind}, {_counted(size)}; left out: {left}"


def _records(text: str) -> list[Any]:
    """What a file holds: a JSON list, JSON objects one after the other, or rows below a header."""
    if text.lstrip()[:1] not in ("[", "{"):
        header = text.partition("\n")[0]
        comma = max(",;\t", key=header.count)
        return list(csv.DictReader(StringIO(text), restkey=TOO_MANY, delimiter=comma))
    decoder, found, end = json.JSONDecoder(), list[Any](), 0
    while end < len(text):
        if text[end].isspace():
            end += 1
            continue
        value, end = decoder.raw_decode(text, end)
        found.append(value)
    return found[0] if len(found) == 1 and isinstance(found[0], list) else found


def _counted(numbers: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{number:,} {what}{'s' * (number != 1)}" for number, what in numbers)


def _turns(lines: Iterable[Line], left_out: Counter[str]) -> list[Said]:
    """Every message of a user with the reply to it; `left_out` counts the rest, by what it is."""
    turns: list[Said] = []
    answered: Said | None = None  # the turn that a reply would be one to
    for line in lines:
        text, pictures = _text(line.content)
        if line.role == "user":
            left_out["picture"] += pictures
            answered = _turn(line, text) if text else None
            turns += [answered] if answered else []
            left_out["empty turn"] += not text and not pictures
            left_out["unusable turn"] += bool(text) and not answered
        elif line.role == "assistant" and answered and answered[:2] == line[:2]:
            replies = [text for text in (answered.reply, text) if text]
            turns[-1] = answered = answered._replace(reply="\n\n".join(replies) or None)
        elif text:
            left_out[
                "unprompted answer" if line.role == "assistant" else f"{line.role} message"
            ] += 1
    return turns


def _turn(line: Line, text: str) -> Said | None:
    """A turn, unless its message is one that cannot be stored."""
    user_id, session_id = check_id("user_id", line.user_id), check_id("session_id", line.session_id)
    try:
        return Said(user_id, session_id, check_message(text), None, line.time)
    except InvalidInput:
        return None


def _text(content: Any) -> tuple[str, int]:
    """The text of a message, and how many things in it are none: pictures, most of them."""
    parts = content if isinstance(content, list) else [content or ""]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    said = [text for text in texts if isinstance(text, str)]
    return "\n".join(said).strip(), len(texts) - len(said)


def _time(text: str | None, form: str = "") -> datetime | None:
    """A time as a kit writes it, ISO's form if it has none; one without a zone is taken for UTC."""
    if not text:
        return None
    time = datetime.strptime(text, form) if form else datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _own(rows: Iterable[JsonObject]) -> Iterator[Line]:
    for number, row in enumerate(rows, start=2):  # a table's header is row 1
        if more := row.get(TOO_MANY):
            found = f"row {number} has {len(row) - 1 + len(more)} fields instead of {len(row) - 1}"
            raise ValueError(f"{found}: put quotes around a message with commas")
        whose = row["user_id"], row["session_id"]
        yield Line(*whose, "user", row["message"], _time(row.get("said_at")))
        yield Line(*whose, "assistant", row.get("reply"))


def _chatgpt(talks: Iterable[JsonObject]) -> Iterator[Line]:
    for talk in talks:
        nodes, branch = talk["mapping"], []
        name = talk.get("current_node") or next(reversed(nodes), None)
        while name in nodes:
            branch.append(name)
            name = nodes[name]["parent"]
        others = [name for name in nodes if name not in branch]
        for name in [*reversed(branch), *others]:
            if message := nodes[name].get("message"):
                content, hidden = message["content"], message.get("metadata") or {}
                role = message["author"]["role"] if name in branch else "other-branch"
                if content["content_type"] not in SHOWN or hidden.get(HIDDEN):
                    role = "hidden"
                at = datetime.fromtimestamp(message.get("create_time") or talk["create_time"], UTC)
                yield Line(
                    "me", talk.get("id") or talk["conversation_id"], role, content.get("parts"), at
                )


def _sharegpt(talks: Iterable[JsonObject]) -> Iterator[Line]:
    for number, talk in enumerate(talks, start=1):  # who shared it is not known: each is a user
        name = str(talk.get("id") or f"conversation_{number}")
        for line in talk["conversations"]:
            yield Line(name, name, ROLES.get(line["from"], line["from"]), line["value"])


def _locomo(samples: Iterable[JsonObject]) -> Iterator[Line]:
    for sample in samples:
        talk = sample["conversation"]
        sessions = [name for name in talk if isinstance(talk[name], list)]
        for speaker in (talk["speaker_a"], talk["speaker_b"]):  # to whom the other one replies
            for name in sessions:
                at = _time(talk.get(f"{name}_date_time"), "%I:%M %p on %d %B, %Y")
                for line in talk[name]:
                    role = "user" if line["speaker"] == speaker else "assistant"
                    shown = [line["text"], *([{}] if line.get("img_url") else [])]
                    user_id = f"{speaker}@{sample['sample_id']}"
                    yield Line(user_id, name, role, shown, at)


def _longmemeval(questions: Iterable[JsonObject]) -> Iterator[Line]:
    for asked in questions:
        names, times = asked["haystack_session_ids"], asked["haystack_dates"]
        for name, time, lines in zip(names, times, asked["haystack_sessions"], strict=True):
            at = _time(time, "%Y/%m/%d (%a) %H:%M")
            for line in lines:
                yield Line(asked["question_id"], name, line["role"], line["content"], at)


# A key of the first record tells what a file is.
READERS: dict[str, tuple[str, Callable[[Iterable[JsonObject]], Iterator[Line]]]] = {
    "message": ("turns", _own),
    "mapping": ("a ChatGPT export", _chatgpt),
    "conversations": ("ShareGPT", _sharegpt),
    "conversation": ("LoCoMo", _locomo),
    "haystack_sessions": ("LongMemEval", _longmemeval),
}
