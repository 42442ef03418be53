"""Erasing one memory or one session for good: its rows, and what quotes it elsewhere.

The rows are deleted. What quotes them in the user's other rows (messages, prompts, replies, calls,
summaries) is blanked: the texts themselves, and the words that tell a memory from the others, so
that "My PIN is 4711" goes with "Your PIN is 4711". A word that another memory has as well stays.

An `erased` event keeps the number of the memory, so that it is not given again, and a new epoch
refuses what a run that is under way would write: it has read what is erased.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Self

from memkit.errors import InvalidInput, UnknownMemory
from memkit.records import JsonObject, MemoryEvent, Message, Session, UserMemory
from memkit.store import index, queries
from memkit.store.ledger import ERASED, no_memory, no_session
from memkit.store.queries import Rows
from memkit.store.tables import metadata, new_epoch, number_of
from memkit.words import CJK, stems

Receipt = dict[str, dict[str, int]]

# Where texts of people and models stand.
TEXTS = {
    "agent_sessions": ["title", "summary"],
    "agent_runs": ["error", "recalled", "context"],
    "messages": ["content"],
    "model_calls": ["request", "response", "error"],
    "user_memories": ["input"],
    "memory_events": ["reason", "before", "after", "input"],
    "tool_calls": ["arguments", "result", "error"],
}
# What in a request or a response is not a text: the API's own words, and the tools on offer.
LABELS = {"role", "type", "name", "id", "tool_call_id", "finish_reason", "model", "tools"}
LABELS |= {"tool_choice", "response_format"}
# Words that are in many memories, and alone give none away.
EVERYDAY = """\
always call day days eat enjoy every evening favourite favorite feel first friend go good hate
house last like live lot love make meet month morning name need new next night often old own people
plan planning play prefer really see sometimes start study take think time today tomorrow tonight
try use usually want week weekend work year years yesterday monday tuesday wednesday thursday friday
saturday sunday 用户 喜欢"""

HIDDEN = "\x00"  # which no stored text has
_TOKEN = re.compile(rf"(?P<cjk>[{CJK}]+)|[^\W_{CJK}]+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n+")


def erase_memory(rows: Rows, memory_id: int, now: datetime) -> Receipt:
    """Erase a memory, the stored one or one that was deleted, and every event of it."""
    memories = rows.all(UserMemory, queries.ALL_MEMORIES)
    events = rows.all(MemoryEvent, queries.EVENTS_OF_MEMORY, number=memory_id)
    past = [event for event in events if event.status == "applied"]
    if not past:
        raise UnknownMemory(f"{rows.user_id!r} has {no_memory(rows, memory_id)}")
    others = {memory.memory for memory in memories if memory.memory_id != memory_id}
    texts = {text for event in events for text in (event.before, event.after) if text}
    secret = Secret.of_memory(texts, {event.input for event in past if event.input}, others)
    gone = {"memory_id": memory_id, "action": "delete", "status": "erased", "created_at": now}
    rows.number(queries.NEW_EVENT, **gone)  # a tombstone
    if memory_id in {memory.memory_id for memory in memories}:
        index.uncount(rows, memory_id)
    deleted = rows.count(queries.ERASE_MEMORY, number=memory_id)
    _cancel_unfinished_runs(rows, now)
    said = [_distinctive_stems([text]) for text in texts]
    still = sum(any(own and own <= _distinctive_stems([text]) for own in said) for text in others)
    return _receipt(deleted, _blank(rows, secret, TEXTS), {"user_memories": still})


def erase_session(rows: Rows, session_id: str, now: datetime) -> Receipt:
    """Erase a conversation; memories that were learned in it stay, without their sentence."""
    if session_id not in {session.session_id for session in rows.all(Session, queries.SESSIONS)}:
        raise InvalidInput(f"{rows.user_id!r} has {no_session(rows, session_id)}")
    said = {m.content for m in rows.all(Message, queries.MESSAGES, session=session_id)}
    memories = {memory.memory for memory in rows.all(UserMemory, queries.ALL_MEMORIES)}
    detached = rows.count(queries.DETACH_SESSION, session=session_id, input=ERASED)
    deleted = rows.count(queries.ERASE_SESSION, session=session_id)
    _cancel_unfinished_runs(rows, now)
    quoting = {name: columns for name, columns in TEXTS.items() if name != "messages"}
    blanked = Counter(detached) + _blank(rows, Secret(said, (), memories), quoting)
    return _receipt(deleted, blanked, {})


class Secret:
    """What nobody is to read any more: whole texts, and single words by their stems."""

    def __init__(self, texts: Iterable[str], words: Iterable[str], kept: Collection[str]) -> None:
        """`kept` are texts that stay as they are, whatever is in them."""
        self._words, self._kept = set(words), kept
        patterns = sorted(filter(None, map(_pattern, texts)), key=len, reverse=True)
        self._texts = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

    @classmethod
    def of_memory(cls, texts: Iterable[str], inputs: Iterable[str], kept: Collection[str]) -> Self:
        """The texts of a memory, the sentences it came from, and the words that are its own."""
        own = _distinctive_stems(texts) - _distinctive_stems(kept)
        origins: list[str] = []
        for said in inputs:
            sentences = _SENTENCE_END.split(said)
            origins += [part for part in sentences if own.intersection(stems(part))] or [said]
        return cls([*texts, *origins], own, kept)

    def blank(self, text: str) -> str:
        """A text in which `[erased]` stands for what is secret."""
        if text in self._kept:
            return text
        composed = unicodedata.normalize("NFC", text)
        blanked = self._texts.sub(ERASED, composed) if self._texts else composed
        if self._words:
            blanked = _TOKEN.sub(self._blank_token, blanked)
        return text if blanked == composed else blanked

    def _blank_token(self, found: re.Match[str]) -> str:
        """A word, or `[erased]`; of Chinese and Japanese the pairs that `words` finds."""
        token = found[0]
        if not found["cjk"]:
            return token if self._words.isdisjoint(stems(token)) else ERASED
        letters = list(token)
        for start in range(max(1, len(token) - 1)):
            if not self._words.isdisjoint(stems(token[start : start + 2])):
                letters[start : start + 2] = [HIDDEN] * len(letters[start : start + 2])
        return re.sub(f"{HIDDEN}+", ERASED, "".join(letters))

    def blank_all(self, value: Any, labels: Collection[str] = LABELS) -> Any:
        """A JSON value with every text in it blanked, but for what is under one of the labels."""
        if isinstance(value, str):
            return self.blank(value)
        if isinstance(value, list):
            return [self.blank_all(part, labels) for part in value]
        if not isinstance(value, Mapping):
            return value
        blanked = {key: self.blank_all(value[key], labels) for key in value if key not in labels}
        if "arguments" in blanked:
            blanked["arguments"] = self._blank_arguments(value["arguments"])
        return {**value, **blanked}

    def _blank_arguments(self, arguments: Any) -> Any:
        """What a tool was given: JSON as text, in which letters may be escaped."""
        try:
            return json.dumps(self.blank_all(json.loads(arguments), ()), ensure_ascii=False)
        except (TypeError, ValueError):
            return self.blank_all(arguments, ())


def _distinctive_stems(texts: Iterable[str]) -> set[str]:
    """The stems of the words that texts are about."""
    return {stem for text in texts for stem in stems(text)} - set(stems(EVERYDAY))


def _pattern(text: str) -> str:
    """A text whatever stands between its words; one word alone would be found everywhere."""
    tokens = [found[0] for found in _TOKEN.finditer(unicodedata.normalize("NFC", text))]
    if len(tokens) < 2 and not re.search(f"[{CJK}]", text):
        return ""
    edge = "" if re.search(f"[{CJK}]", text) else r"\b"
    return edge + r"[\W_]+".join(map(re.escape, tokens)) + edge + r"[.!?\u3002\uff01\uff1f]*"


def _cancel_unfinished_runs(rows: Rows, now: datetime) -> None:
    """Begin a new epoch, in which no run may write that has begun before."""
    why = "something was erased while it was under way"
    rows.run(queries.CANCEL_RUNS, status="cancelled", error=why, finished_at=now)
    rows.run(queries.CHANGE_USER, epoch=new_epoch())


def _blank(rows: Rows, secret: Secret, texts: Mapping[str, Collection[str]]) -> Counter[str]:
    """Blank a secret in all texts of the user; table name -> rows that had it."""
    calls = rows.run(queries.ROWS["model_calls"]).mappings().all()
    asked = {call["run_id"]: call["request"] for call in calls if call["why"] == "reply"}
    blanked: Counter[str] = Counter()
    for table, every_row in queries.ROWS.items():
        number = number_of(metadata.tables[table]).name
        for row in rows.run(every_row).mappings().all():
            new = {name: secret.blank_all(row[name]) for name in texts.get(table, ())}
            if new.get("context"):
                messages = asked.get(row["run_id"], {}).get("messages", [])
                new["context"] = _relabelled(row["context"], messages, secret.blank)
            changed = {name: value for name, value in new.items() if value != row[name]}
            if changed:
                rows.run(queries.BLANK[table], row=row[number], **changed)
                blanked[table] += 1
    return blanked


def _relabelled(
    outline: list[JsonObject], messages: list[JsonObject], blank: Callable[[str], str]
) -> list[JsonObject]:
    """The outline of a request whose parts have other lengths now; see `context.parts_of`."""
    texts = iter([str(message["content"]) for message in messages])
    rest, new = "", []
    for label in outline:
        rest = rest or next(texts, "")
        part, rest = rest[: label["characters"]], rest[label["characters"] + 2 :]
        new.append({**label, "characters": len(blank(part))})
    return new


def _receipt(*counts: Mapping[str, int]) -> Receipt:
    found = [{table: rows for table, rows in count.items() if rows} for count in counts]
    return dict(zip(("deleted", "blanked", "still_in"), found, strict=True))
