"""The answer to an exercise, and how an answer is compared with the right one."""

from __future__ import annotations

import os
from collections import Counter
from numbers import Number
from typing import Any

import pandas as pd


class Check:
    """The answer to an exercise: `not tried yet`, `not yet: ...` with the reason, or `passed`.

    It is true if it has passed. While nbgrader runs a notebook, anything else is an error, which is
    how nbgrader finds out.
    """

    def __init__(self, tried: bool, problem: str | None) -> None:
        """`problem` is what is still wrong, if anything is."""
        self._passed = tried and problem is None
        self._answer = f"not yet: {problem}" if problem else "passed"
        if not tried:
            self._answer = "not tried yet"
        if os.environ.get("NBGRADER_EXECUTION") and not self._passed:
            raise AssertionError(self._answer)

    def __bool__(self) -> bool:
        return self._passed

    def __repr__(self) -> str:
        return self._answer


def compare(answer: object, wanted: pd.DataFrame) -> str | None:
    """The first thing that tells an answer from the wanted frame, in whatever order it is."""
    if not isinstance(answer, pd.DataFrame):
        return f"this is {type(answer).__name__}, not a frame; wrap it in db.query(...)"
    given, right = Counter(answer.columns), Counter(wanted.columns)
    for column in right - given:
        return f"the column {column!r} is missing"
    for column in given - right:
        return f"the column {column!r} should not be there"
    given, right = _rows(answer[list(wanted.columns)]), _rows(wanted)
    for row in sorted(right - given, key=repr):
        return f"this row is missing: {row}"
    for row in sorted(given - right, key=repr):
        return f"this row {'is there twice' if row in right else 'should not be there'}: {row}"
    return None


def _rows(frame: pd.DataFrame) -> Counter[Any]:
    """How often each row is there; what is neither text nor a number counts as it is shown."""
    return Counter(
        tuple(_shown(value) for value in row) for row in frame.itertuples(index=False, name=None)
    )


def _shown(value: object) -> object:
    if isinstance(value, float) and value != value:
        return None  # NULL is NaN in a frame of numbers, and None in others
    return value if isinstance(value, str | Number) else repr(value)


def describe_error(error: BaseException) -> str:
    """The kind of an error and its message."""
    return f"{type(error).__name__}: {error}"
