"""What memkit accepts: ids, messages and memories, each refused with the reason."""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import SupportsIndex

from memkit.errors import InvalidInput

MAX_ID = 255  # characters of a user or session id
MAX_MESSAGE = 100_000  # characters of a message
MAX_MEMORY = 1_000  # characters of one memory
MAX_TOPICS = 10
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # Unicode: control, format, surrogate, line separators


def check_id(name: str, value: str | None) -> str:
    """`value`, if it can be a user or session id: 1 to 255 visible characters, never changed."""
    if not isinstance(value, str):
        raise InvalidInput(f"{name} is missing: pass the id as text, found {value!r}")
    if not value.strip():
        raise InvalidInput(f"{name} is empty; pass the id of the person or conversation meant")
    if len(value) > MAX_ID:
        raise InvalidInput(
            f"{name} {value[:40]!r}... has {len(value):,} characters, more than {MAX_ID}"
        )
    if value != value.strip():
        raise InvalidInput(f"{name} {value!r} has spaces around it; is it {value.strip()!r}?")
    for character in value:
        if unicodedata.category(character) in INVISIBLE:
            raise InvalidInput(
                f"{name} {value!r} holds the invisible U+{ord(character):04X}; remove it"
            )
    return value


def check_message(message: str) -> str:
    """`message`, if it can be said: some text, at most 100,000 characters."""
    return _check_text("message", message, MAX_MESSAGE)


def check_memory(memory: str) -> str:
    """`memory` on one line, if it can be stored: some text, at most 1,000 characters."""
    return " ".join(_check_text("memory", memory, MAX_MEMORY).split())


def check_topics(topics: Iterable[str]) -> list[str]:
    """The topics as a list of at most ten words, each once."""
    if isinstance(topics, str) or not isinstance(topics, Iterable):
        raise InvalidInput(f"topics is a list of words, found {topics!r}")
    words = (" ".join(_check_text("topic", each, MAX_ID).split()) for each in topics)
    return list(dict.fromkeys(words))[:MAX_TOPICS]


def check_number(name: str, value: SupportsIndex | None) -> int:
    """`value` as an `int` that a store can look for; a frame's numbers are numpy's."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError as error:
        raise InvalidInput(f"{name} is a whole number, found {value!r}") from error
    if abs(number) >= 2**31:
        raise InvalidInput(f"{name} {number} is out of range; memkit counts up from 1")
    return number


def check_at_least(name: str, value: SupportsIndex | None, least: int) -> int:
    """`value` as an `int`, if it is a whole number of at least `least`."""
    number = check_number(name, value)
    if number < least:
        raise InvalidInput(f"{name} is a whole number of at least {least}, found {number}")
    return number


def check_time(name: str, value: datetime) -> datetime:
    """`value`, if it has a zone: without one nobody can know which moment is meant."""
    if value.tzinfo is None:
        raise InvalidInput(f"{name} {value} has no zone; use a time like datetime.now(UTC)")
    return value


def _check_text(name: str, text: str, most: int) -> str:
    if not isinstance(text, str):
        raise InvalidInput(f"{name} is missing: pass it as text, found {text!r}")
    if all(each.isspace() or unicodedata.category(each) in INVISIBLE for each in text):
        raise InvalidInput(f"{name} is empty; nothing was stored")
    if len(text) > most:
        raise InvalidInput(
            f"{name} has {len(text):,} characters, more than {most:,}; shorten it or split it"
        )
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidInput(
            f"{name} holds NUL or half a surrogate pair, which cannot be stored; remove it"
        )
    return text
