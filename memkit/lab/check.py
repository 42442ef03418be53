"""The answers to exercises: what a check says of one, and what the checks of a folder have said.

A check is a list of assertions, as a test is. The message of the first that fails is what a learner
reads, so they stand in the order in which an answer goes wrong.
"""

import inspect
import json
import os
from collections import Counter
from collections.abc import Callable
from functools import wraps
from numbers import Number
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pandas as pd

PASSED, UNTRIED = "passed", "not tried yet"
Given = ParamSpec("Given")
Kind = TypeVar("Kind")


class NotTried(Exception):
    """There is no answer yet."""


class Check:
    """The answer to an exercise: `not tried yet`, `not yet: ...` with the reason, or `passed`.

    It is true if it has passed. `with Check() as check:` runs what judges an answer. While nbgrader
    runs a notebook, an answer that has not passed is an error, which is how nbgrader finds out.
    """

    _answer = PASSED

    def __enter__(self) -> "Check":
        if not __debug__:
            raise RuntimeError("a check asserts, which `python -O` leaves out; start without -O")
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if isinstance(error, NotTried):
            self._answer = UNTRIED
        elif error:
            is_hint = isinstance(error, AssertionError) and error.args
            self._answer = f"not yet: {'' if is_hint else type(error).__name__ + ': '}{error}"
        if os.environ.get("NBGRADER_EXECUTION") and not self:
            raise AssertionError(self._answer)
        return isinstance(error, Exception)

    def __bool__(self) -> bool:
        return self._answer == PASSED

    def __repr__(self) -> str:
        return self._answer


def exercise(judge: Callable[Given, Any]) -> Callable[Given, Any]:
    """Make a check of a function that raises `NotTried` or fails an assertion, unless it passes."""

    @wraps(judge)
    def check(*given: Given.args, **named: Given.kwargs) -> Check:
        with Check() as check:
            judge(*given, **named)
        return check

    @wraps(judge)
    async def async_check(*given: Given.args, **named: Given.kwargs) -> Check:
        with Check() as check:
            await judge(*given, **named)
        return check

    return async_check if inspect.iscoroutinefunction(judge) else check


def tried(answer: object, kind: type[Kind], otherwise: str) -> Kind:
    """The answer, which has to be of this kind; a learner reads `otherwise` about another one."""
    if answer is None:
        raise NotTried
    assert isinstance(answer, kind), f"this is {type(answer).__name__}{otherwise}"
    return answer


def is_refused(action: Callable[..., Any], *arguments: Any, **named: Any) -> bool:
    """Whether an action is an error, as it should be."""
    try:
        action(*arguments, **named)
    except Exception:
        return True
    return False


def compare(answer: object, wanted: pd.DataFrame) -> None:
    """Say the first thing that tells an answer from the wanted frame, in whatever order it is."""
    how = "use double brackets" if isinstance(answer, pd.Series) else "wrap it in db.query(...)"
    frame = tried(answer, pd.DataFrame, f", not a frame; {how}")
    given, right = Counter(frame.columns), Counter(wanted.columns)
    for column in right - given:
        raise AssertionError(f"the column {column!r} is missing")
    for column in given - right:
        raise AssertionError(f"the column {column!r} should not be there")
    given, right = _rows(frame[list(wanted.columns)]), _rows(wanted)
    missing = sorted(right - given, key=repr)
    for row in missing if len(wanted) > 1 else []:  # a single row would be the whole answer
        raise AssertionError(f"this row is missing: {row}")
    for row in sorted(given - right, key=repr):
        how = "is there twice" if row in right else "should not be there"
        raise AssertionError(f"this row {how}: {row}")
    assert not missing, f"{len(wanted)} row should be there"


def _rows(frame: pd.DataFrame) -> Counter[Any]:
    """How often each row is there; what is neither text nor a number counts as it is shown."""
    return Counter(
        tuple(_shown(value) for value in row) for row in frame.itertuples(index=False, name=None)
    )


def _shown(value: object) -> object:
    if isinstance(value, float):  # NULL is NaN in a frame of numbers, and None in others
        return None if value != value else round(value, 3)
    return value if isinstance(value, str | Number) else repr(value)


def progress(folder: str | Path = ".") -> pd.DataFrame:
    """What each check in a folder's notebooks said last; save them first (Ctrl S, or Cmd S).

    Parameters
    ----------
    folder : str or Path
        Where the notebooks are; the folder of this notebook if left out.

    Returns
    -------
    DataFrame
        A row for every exercise: `lesson`, `exercise` and `check`, which is `passed`,
        `not yet: ...`, `not tried yet`, or empty where the check has not been run.
    """
    rows = []
    for path in sorted(Path(folder).glob("[0-9]*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        checks = [cell for cell in cells if "check" in cell["metadata"].get("tags", [])]
        for letter, check in zip("abcdef", checks, strict=False):
            shown = [output.get("data", {}).get("text/plain", "") for output in check["outputs"]]
            rows.append((path.stem, letter, "".join("".join(text) for text in shown)))
    return pd.DataFrame(rows, columns=["lesson", "exercise", "check"])
