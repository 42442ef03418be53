"""The prompt microscope: what the model saw, where each part came from, what was left out."""

from typing import Any

import pandas as pd

from memkit.explore import views
from memkit.explore.html import requests_html, sql_html
from memkit.store.db import Db
from memkit.validation import first_words
from memkit.widgets.panel import View, menu, offer


class Microscope(View):
    """One request in its parts, with their tokens; beside another one, if one is chosen.

    `frame` holds every memory and message that could have been in it, and why it is or is not;
    `parts` is the request itself.
    """

    title = "What it could have been shown: in or out, and why"
    marked_by = "in_prompt"

    def __init__(self, db: Db, user_id: str = "") -> None:
        """`run` and `other` are the menus of the user's runs."""
        self.run, self.other = menu("Run"), menu("Compare with", options=[("nothing", 0)])
        self.parts = pd.DataFrame()
        super().__init__(db, user_id, [self.run, self.other])

    def refresh(self, change: Any = None) -> None:
        """Show what is stored now, and keep nothing of what was shown before."""
        self.parts = pd.DataFrame()
        super().refresh(change)

    def offer(self) -> None:
        """Every run of the user; the last one is shown, unless another is chosen."""
        runs = self.db.query(views.RUNS, user_id=self.user_id)
        options = [
            (
                f"{run.run_id} in {first_words(run.session_id, 20)}: {first_words(run.message)}",
                run.run_id,
            )
            for run in runs.itertuples()
        ]
        offer(self.run, options)
        compared = self.other.value
        self.other.options = [("nothing", 0), *options]
        self.other.value = compared if compared in runs.run_id.values else 0

    def query(self) -> str:
        """See `memkit.views.in_or_out`."""
        return "" if self.run.value is None else views.in_or_out(self.run.value)

    def draw(self, frame: pd.DataFrame) -> str:
        """The request in its parts; beside it the other one, with what only one of them has."""
        self.parts = self._parts(self.run.value)
        requests = {f"Run {self.run.value}, as the model saw it": self.parts}
        if self.other.value:
            requests[f"Run {self.other.value}"] = self._parts(self.other.value)
        return requests_html(requests) + sql_html(views.request(self.run.value))

    def _parts(self, run_id: int) -> pd.DataFrame:
        return views.request_parts(self.db.query(views.request(run_id), user_id=self.user_id))
