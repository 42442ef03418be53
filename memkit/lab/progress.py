"""Which checks of the lessons in a folder have passed, as their notebooks were last saved."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from memkit.records import JsonObject


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
    rows = [
        (path.stem, exercise, said)
        for path in sorted(Path(folder).glob("[0-9]*.ipynb"))
        for exercise, said in _checks(json.loads(path.read_text(encoding="utf-8")))
    ]
    return pd.DataFrame(rows, columns=["lesson", "exercise", "check"])


def _checks(notebook: JsonObject) -> Iterator[tuple[str, str]]:
    """The letter of every exercise, and what its check says."""
    cells = [c for c in notebook["cells"] if "check" in c["metadata"].get("tags", [])]
    for letter, cell in zip("abcdef", cells, strict=False):
        shown = [output.get("data", {}).get("text/plain", "") for output in cell["outputs"]]
        yield letter, "".join("".join(text) for text in shown)
