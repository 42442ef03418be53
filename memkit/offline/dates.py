"""From "tonight" to a date: what a relative time means on the day on which it was said.

A memory is read weeks later, when yesterday is another day. So a time is written as the date that
was meant, and a plan gets the moment at which it is over.

    >>> pinned("The user is going to the movies tonight.", date(2026, 9, 1))
    ('The user is going to the movies on the evening of 2026-09-01.', datetime.date(2026, 9, 1))
    >>> pinned("The user saw an owl yesterday.", date(2026, 9, 1))
    ('The user saw an owl on 2026-08-31.', None)
"""

from __future__ import annotations

import re
from datetime import date, timedelta

WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS = {"yesterday": -1, "today": 0, "this morning": 0, "this afternoon": 0, "tomorrow": 1}
EVENINGS = {"last night": -1, "tonight": 0, "this evening": 0, "tomorrow night": 1}
EVENINGS |= {"tomorrow evening": 1}
WEEKS = {"last": -1, "this": 0, "next": 1}
RELATIVE = re.compile(
    rf"\b(?P<before>on |since |until |till |by |before |after |for |from )?"
    rf"(?:(?P<day>{'|'.join([*EVENINGS, *DAYS])})(?: morning| afternoon)?"
    rf"|(?P<which>{'|'.join(WEEKS)}) (?P<unit>weekend|week|{'|'.join(WEEKDAYS)}))\b(?!['’])",
    re.IGNORECASE,
)
# What is said before the time of a plan; anything else that happens today has happened.
PLANNED = re.compile(
    r"\b(is|are|will|shall|plans?|wants?|hopes?|needs?|has (?:to|no|an?)|must)\b", re.I
)


def pinned(memory: str, today: date) -> tuple[str, date | None]:
    """A memory with dates in place of relative times, and the last day of a plan."""
    last: list[date] = []

    def pin(found: re.Match[str]) -> str:
        text, ends = _meant(found, today)
        if ends >= today and PLANNED.search(memory[: found.start()]):
            last.append(ends)
        return text if not found["before"] else found["before"] + text.split(" ", 1)[1]

    return RELATIVE.sub(pin, memory), max(last, default=None)


def _meant(found: re.Match[str], today: date) -> tuple[str, date]:
    """A time in words, after its preposition, and its last day."""
    if named := (found["day"] or "").lower():
        day = today + timedelta(days=(EVENINGS | DAYS)[named])
        return f"on {'the evening of ' if named in EVENINGS else ''}{day}", day
    unit, weeks = found["unit"].lower(), WEEKS[found["which"].lower()]
    monday = today + timedelta(weeks=weeks, days=-today.weekday())
    if unit == "week":
        return f"in the week of {monday}", monday + timedelta(days=6)
    if unit == "weekend":
        return f"on the weekend of {monday + timedelta(days=5)}", monday + timedelta(days=6)
    day = monday + timedelta(days=WEEKDAYS.index(unit))
    return f"on {unit.capitalize()} {day}", day
