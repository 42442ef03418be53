"""A frame as a table that can be sorted, filtered, paged and copied as CSV."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
import traitlets

from memkit.explore.html import MARKS, as_text
from memkit.widgets.front import Front, script

MOST_ROWS = 1_000  # that the browser is given; the frame has them all


class Table(Front):
    """A table in the browser; what is in it is shown as text, and sorted as numbers or words."""

    _esm = script("table")
    caption = traitlets.Unicode().tag(sync=True)
    columns: traitlets.List[Any] = traitlets.List().tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)

    def show(
        self,
        frame: pd.DataFrame,
        caption: str,
        marked_by: str | None = None,
        nothing: str = "no rows",
    ) -> None:
        """Show a frame, or `nothing`; the words of the column `marked_by` (MARKS) mark its rows.

        A column with nothing in it is left out, and so are rows after the first thousand.
        """
        shown = frame.head(MOST_ROWS).dropna(axis="columns", how="all")
        names = [str(name) for name in shown.columns]
        values = shown.itertuples(index=False, name=None)
        with self.hold_sync():
            self.caption, self.columns = caption, names
            self.rows = [_row(names, row, marked_by) for row in values]
            self.note = ""
            if len(frame) > MOST_ROWS:
                self.note = f"the first {MOST_ROWS:,} of {len(frame):,} rows; the frame has all"
            if frame.empty:
                self.note = nothing


def _row(
    names: Iterable[str], values: Iterable[object], marked_by: str | None
) -> dict[str, object]:
    cells = {name: as_text(value) for name, value in zip(names, values, strict=True)}
    sign, colour = MARKS.get(cells.get(marked_by or "", ""), ("", ""))
    if sign and marked_by:
        cells[marked_by] = f"{sign} {cells[marked_by]}"
    return {"cells": list(cells.values()), "colour": colour}
