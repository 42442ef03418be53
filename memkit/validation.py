"""What memkit accepts: ids, texts, numbers and settings, each refused with the reason.

Every check takes the name of what it checks and the value, and returns the value as it is kept, or
raises `InvalidInput` that says what was found and what to write instead.
"""

import inspect
import operator
import os
import re
import reprlib
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field, fields
from datetime import UTC, datetime, timedelta
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex

from memkit.errors import InvalidInput

MAX_ID = 255  # characters of a user or session id
MAX_MESSAGE = 100_000  # characters of a message
MAX_MEMORY = 1_000  # characters of one memory
MAX_TOPICS = 10
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # Unicode: control, format, surrogate, line separators

Check = Callable[[str, Any], Any]


def setting(
    check: Check, default: object = None, *, made: Callable[[Any], object] | None = None
) -> Any:
    """A field of `Settings`: what it may be, and what it is if it is left out.

    Parameters
    ----------
    check
        Takes the name and a value; returns the value, or raises `InvalidInput`.
    default
        The value if it is left out.
    made
        Instead of a default, from the object to the value, which is new for each object.
    """
    return field(default=default, metadata={"check": check, "made": made})


class Settings:
    """A dataclass whose fields are checked whenever they are set: at construction and later."""

    _exclusive_switches: ClassVar[frozenset[str]] = frozenset()  # only one of them can be on

    if not TYPE_CHECKING:  # for a type checker it is an object with these attributes and no others

        def __setattr__(self, name: str, value: object) -> None:
            if not name.startswith("_"):
                value = self._checked(name, value)
            super().__setattr__(name, value)

    def _checked(self, name: str, value: object) -> object:
        settings = {setting.name: setting for setting in fields(self)}  # type: ignore[arg-type]
        if name not in settings and hasattr(type(self), name):
            return value  # what a class of your own adds
        if name not in settings:
            raise InvalidInput(
                f"{type(self).__name__} has no setting {name!r}; it has: {', '.join(settings)}"
            )
        for other in self._exclusive_switches - {name}:
            if name in self._exclusive_switches and value is True and getattr(self, other, False):
                why = f"{name} and {other}: only one of them can be True"
                raise InvalidInput(f"{why}; set {other} to False")
        check, made = settings[name].metadata["check"], settings[name].metadata["made"]
        if value is None and made and name not in vars(self):
            value = made(self)  # left out; later it cannot be taken away
        return check(name, value)


def safe_repr(value: object) -> str:
    """A wrong value as an error shows it: short, and without the password of a URL."""
    if inspect.iscoroutine(value):
        value.close()  # or Python would warn that it was never awaited
        return f"a coroutine; was `await` left out before {value.__name__}(...)?"
    if inspect.isclass(value):
        return f"the class {value.__name__}"
    return re.sub(r"//[^/\s]*@", "//***@", reprlib.repr(value))


def require(fits: bool, name: str, wanted: str, value: object) -> None:
    """Refuse a value that does not fit, and say what was wanted."""
    if not fits:
        raise InvalidInput(f"{name} is {wanted}, found {safe_repr(value)}")


def choice_of(values: Collection[str]) -> Check:
    """A check for one of some words."""
    known = " or ".join(map(repr, values))

    def check(name: str, value: Any) -> Any:
        require(isinstance(value, str) and value in values, name, known, value)
        return value

    return check


def optional(check: Check) -> Check:
    """The same check, for a setting that may be None."""
    return lambda name, value: None if value is None else check(name, value)


def instance_of(kind: type, written: Callable[[str], str]) -> Check:
    """A check for an object of a class; `written` says how one is made, from a text if it can be.

    Parameters
    ----------
    kind
        The class.
    written
        From a text that was passed in its place to the expression that makes the object.
    """

    def check(name: str, value: Any) -> Any:
        if isinstance(value, kind):
            return value
        if inspect.isclass(value) and issubclass(value, kind) and not inspect.isabstract(value):
            right = f"{value.__name__}()"
        else:
            right = written(str(value) if isinstance(value, str | os.PathLike) else "...")
        raise InvalidInput(f"{name} cannot be {safe_repr(value)}; write {right}")

    return check


def check_switch(name: str, value: bool) -> bool:
    """`value`, if it is True or False: what "no" or 0 means is a matter of opinion."""
    require(isinstance(value, bool), name, "True or False", value)
    return value


def plain_function(wanted: str) -> Check:
    """A check for a function that is not async: what a coroutine would do is lost."""

    def check(name: str, value: Any) -> Any:
        is_plain = callable(value) and not inspect.iscoroutinefunction(value)
        require(is_plain, name, f"{wanted}, made with def and not async def", value)
        return value

    return check


def check_id(name: str, value: str | None) -> str:
    """`value`, if it can be a user or session id: 1 to 255 visible characters, never changed."""
    if not isinstance(value, str):
        wrong = "missing" if value is None else "not text"
        raise InvalidInput(f"{name} is {wrong}: pass the id as text, found {safe_repr(value)}")
    if not value.strip():
        raise InvalidInput(f"{name} is empty; pass the id of the person or conversation meant")
    if len(value) > MAX_ID:
        long = f"has {len(value)} characters, more than {MAX_ID}; take a shorter id"
        raise InvalidInput(f"{name} {value[:40]!r}... {long}")
    if value != value.strip():
        raise InvalidInput(f"{name} {value!r} has spaces around it; is it {value.strip()!r}?")
    for letter in value:
        if unicodedata.category(letter) in INVISIBLE:
            raise InvalidInput(
                f"{name} {value!r} holds the invisible U+{ord(letter):04X}; remove it"
            )
    return value


def check_message(message: object) -> str:
    """`message`, if it can be stored and sent: some text, at most 100,000 characters."""
    return _check_content("message", message, MAX_MESSAGE)


def check_memory(memory: str) -> str:
    """`memory` on one line, if it can be stored: some text, at most 1,000 characters."""
    return " ".join(_check_content("memory", memory, MAX_MEMORY).split())


def check_title(title: str) -> str:
    """`title` on one line, if it can be one: some text, at most 255 characters."""
    return " ".join(_check_content("title", title, MAX_ID).split())


def first_words(message: str, most: int = 50) -> str:
    """The beginning of a text in one line, for a title or an entry of a menu."""
    line = " ".join(message.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def check_topics(topics: Iterable[str]) -> list[str]:
    """The topics as a list of at most ten words, each once."""
    is_list = isinstance(topics, Iterable) and not isinstance(topics, str)
    require(is_list, "topics", "a list of words", topics)
    words = (" ".join(_check_content("topic", topic, MAX_ID).split()) for topic in topics)
    return list(dict.fromkeys(words))[:MAX_TOPICS]


def check_text(name: str, value: str) -> str:
    """`value`, if it is text that every store can hold; it may be empty."""
    require(isinstance(value, str), name, "text", value)
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidInput(
            f"{name} holds NUL or half a character, which cannot be stored; remove it"
        )
    return value


def check_path(name: str, value: str | os.PathLike[str]) -> Path:
    """`value` as a `Path`, if it can name a file."""
    names_one = isinstance(value, str | os.PathLike) and str(value).strip() != ""
    require(names_one, name, "the path of a file, such as 'data/a.jsonl'", value)
    return Path(value)


def check_lines(name: str, value: str | list[str] | tuple[str, ...]) -> str | list[str]:
    """`value`, if it is text or a list of lines; a copy of the list, so that it stays checked."""
    if isinstance(value, list | tuple):
        return [check_text(f"line {number} of {name}", line) for number, line in enumerate(value)]
    require(isinstance(value, str), name, "text or a list of lines", value)
    return check_text(name, value)


def check_number(name: str, value: SupportsIndex | None) -> int:
    """`value` as an `int` that a store can look for; a frame's numbers are numpy's."""
    try:
        number = operator.index(None if isinstance(value, bool) else value)  # type: ignore[arg-type]
    except TypeError as error:
        raise InvalidInput(f"{name} is a whole number, found {safe_repr(value)}") from error
    if abs(number) >= 2**31:
        raise InvalidInput(f"{name} {number} is out of range; memkit counts up from 1")
    return number


def check_at_least(name: str, value: SupportsIndex | None, least: int) -> int:
    """`value` as an `int`, if it is a whole number of at least `least`."""
    number = check_number(name, value)
    require(number >= least, name, f"a whole number of at least {least}", number)
    return number


def check_count(name: str, value: SupportsIndex | None) -> int:
    """`value` as an `int`, if it is a whole number of at least 1."""
    return check_at_least(name, value, 1)


def check_real(name: str, value: float, least: float) -> float:
    """`value` as a `float`, if it is a finite number of at least `least`."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    is_one = is_number and least <= value < float("inf")
    require(is_one, name, f"a number of at least {least:g}", value)
    return float(value)


def check_seconds(name: str, value: float) -> float:
    """`value` as a `float`, if it is a time that ends: more than 0 seconds, and finite."""
    seconds = check_real(name, value, least=0)
    require(seconds > 0, name, "a number of seconds above 0", value)
    return seconds


def check_mapping(name: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `value`, if it is a dict whose keys are text."""
    is_dict = isinstance(value, Mapping) and all(isinstance(key, str) for key in value)
    require(is_dict, name, 'a dict such as {"name": value}', value)
    return dict(value)


def check_time(name: str, value: datetime) -> datetime:
    """`value`, if it has a zone: without one nobody can know which moment is meant."""
    require(isinstance(value, datetime), name, "a time like datetime.now(UTC)", value)
    if value.tzinfo is None:
        raise InvalidInput(f"{name} {value} has no zone; use a time like datetime.now(UTC)")
    return value


def check_last_day(value: str | None) -> datetime | None:
    """When a plan is over, from the last day on which it holds, as ISO 8601: `2026-09-30`."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        is_day = len(value) <= len("2026-09-30")  # which ends where the next one begins
        moment += timedelta(days=is_day)
    except (ValueError, OverflowError) as error:
        found = safe_repr(value)
        raise InvalidInput(f"expires_at is a day like 2026-09-30, found {found}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check_content(name: str, text: object, most: int) -> str:
    """`text`, if it says anything and is not too long."""
    if not isinstance(text, str):
        wrong = "missing" if text is None else "not text"
        raise InvalidInput(f"{name} is {wrong}: pass it as text, found {safe_repr(text)}")
    if all(char.isspace() or unicodedata.category(char) in INVISIBLE for char in text):
        raise InvalidInput(f"{name} is empty; nothing was stored")
    if len(text) > most:
        raise InvalidInput(f"{name} has {len(text):,} characters, more than {most:,}; shorten it")
    return check_text(name, text)
