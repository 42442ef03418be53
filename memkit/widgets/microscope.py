"""The prompt microscope: what the model saw, where each part came from, what was left out."""

from __future__ import annotations

import ipywidgets
import pandas as pd

from memkit.explore import views
from memkit.store.db import Db
from memkit.widgets.html import sql_html, table_html
from memkit.widgets.panel import FULL, LABEL, View, brief, offer


class Microscope(View):
    """One request in its parts, with their tokens; beside another one, if one is chosen.

    `frame` holds every memory and message that could have been in it, and why it is or is not;
    `parts` the request itself; `difference` what tells it from the request of the `other` run.
    """

    title = "What it could have been shown: in or out, and why"
    marked_by = "in_prompt"

    def __init__(self, db: Db, user_id: str = "") -> None:
        """`run` and `other` are the menus of the user's runs."""
        self.run = ipywidgets.Dropdown(description="Run", layout=FULL, style=LABEL)
        self.other = ipywidgets.Dropdown(
            description="Compare with", options=[("nothing", 0)], layout=FULL, style=LABEL
        )
        self.parts = self.difference = pd.DataFrame()
        super().__init__(db, user_id, [self.run, self.other])
        self.run.observe(self.refresh, "value")
        self.other.observe(self.refresh, "value")

    def offer(self) -> None:
        """Every run of the user; the last one is shown, unless another is chosen."""
        runs = self.db.query(views.RUNS, user_id=self.user_id)
        options = [
            (f"{each.run_id} in {brief(each.session_id, 20)}: {brief(each.message)}", each.run_id)
            for each in runs.itertuples()
        ]
        offer(self.run, options)
        compared = self.other.value
        self.other.options = [("nothing", 0), *options]
        self.other.value = compared if compared in runs.run_id.values else 0

    def query(self) -> str:
        """See `memkit.views.in_or_out`."""
        return "" if self.run.value is None else views.in_or_out(self.run.value)

    def html(self) -> str:
        """The parts of the request, what could have been in it, and the difference."""
        self.parts, self.difference = self._parts(self.run.value), pd.DataFrame()
        caption = f"What the model saw: {self.parts.tokens.sum()} tokens"
        tables = [table_html(self.parts, caption), sql_html(views.request(self.run.value))]
        if self.other.value:
            self.difference = views.difference(self._parts(self.other.value), self.parts)
            caption = f"Left: run {self.other.value}; right: run {self.run.value}"
            tables.append(table_html(self.difference, caption, "in"))
        return "".join([*tables, super().html()])

    def _parts(self, run_id: int) -> pd.DataFrame:
        return views.request_parts(self.db.query(views.request(run_id), user_id=self.user_id))
