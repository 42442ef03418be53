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
EVENINGS = {"last night": -1, "tonight": 0, "this evening": 0}
EVENINGS |= {"tomorrow night": 1, "tomorrow evening": 1}
WEEKS = {"last": -1, "this": 0, "next": 1}

RELATIVE = re.compile(
    rf"\b(?P<before>on |since |until |till |by |before |after |for |from )?"
    rf"(?:(?P<evening>{'|'.join(EVENINGS)})"
    rf"|(?P<day>{'|'.join(DAYS)})(?: morning| afternoon)?"
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
        before, text, begins, days = _meant(found, today)
        ends = begins + timedelta(days=days - 1)
        if ends >= today and PLANNED.search(memory[: found.start()]):
            last.append(ends)
        return (found["before"] or f"{before} ") + text

    return RELATIVE.sub(pin, memory), max(last, default=None)


def _meant(found: re.Match[str], today: date) -> tuple[str, str, date, int]:
    """What a time is in words, after which preposition, when it begins, and for how many days."""
    if evening := found["evening"]:
        day = today + timedelta(days=EVENINGS[evening.lower()])
        return "on", f"the evening of {day}", day, 1
    if found["day"]:
        day = today + timedelta(days=DAYS[found["day"].lower()])
        return "on", f"{day}", day, 1
    unit, weeks = found["unit"].lower(), WEEKS[found["which"].lower()]
    monday = today + timedelta(weeks=weeks, days=-today.weekday())
    if unit == "week":
        return "in", f"the week of {monday}", monday, 7
    if unit == "weekend":
        saturday = monday + timedelta(days=5)
        return "on", f"the weekend of {saturday}", saturday, 2
    day = monday + timedelta(days=WEEKDAYS.index(unit))
    return "on", f"{unit.capitalize()} {day}", day, 1
