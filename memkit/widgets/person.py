"""What a person may ask for: everything that is stored about them, and to be forgotten."""

from __future__ import annotations

import base64
import json
from typing import Any

import ipywidgets
import pandas as pd
import traitlets

from memkit.store.db import Db
from memkit.widgets.panel import FULL, WRAP, errors_shown
from memkit.widgets.table import Table


class Person(ipywidgets.VBox):  # type: ignore[misc]
    """Export everything about the chosen user as a file, or forget it for good.

    Before anything is erased, a second button asks whether that is meant. `gone` counts how often
    somebody was forgotten: observe it to follow along.
    """

    user_id = traitlets.Unicode(help="whose rows they are")
    gone = traitlets.Int()

    def __init__(self, db: Db, user_id: str = "") -> None:
        """`export`, `forget`, `confirm` and `cancel` are the buttons; `receipt` is a table."""
        self.db = db
        self.export = ipywidgets.Button(description="Export everything", layout={"width": "auto"})
        self.forget = ipywidgets.Button(description="Forget this person", layout={"width": "auto"})
        self.confirm = ipywidgets.Button(button_style="danger", layout={"width": "auto"})
        self.cancel = ipywidgets.Button(description="Keep", layout={"width": "auto"})
        self.question = ipywidgets.HBox([self.confirm, self.cancel], layout=WRAP)
        self.file, self.error = ipywidgets.HTML(layout=FULL), ipywidgets.HTML(layout=FULL)
        self.receipt = Table()
        buttons = ipywidgets.HBox([self.export, self.forget], layout=WRAP)
        super().__init__([buttons, self.question, self.error, self.file, self.receipt])
        self.export.on_click(self._export)
        self.forget.on_click(self._ask)
        self.cancel.on_click(self._clear)
        self.confirm.on_click(self._forget)
        self.observe(self._clear, "user_id")
        self.user_id = user_id
        self._clear()

    def __repr__(self) -> str:
        return f"Person(user={self.user_id!r})"

    def _clear(self, _: Any = None) -> None:
        self.question.layout.display = "none"
        self.file.value = self.error.value = ""
        self.receipt.show(pd.DataFrame(), "", nothing="")

    def _export(self, _: Any) -> None:
        self._clear()
        with errors_shown(self.error):
            exported = self.db.for_user(self.user_id).export()
            text = json.dumps(exported, ensure_ascii=False, indent=1)
            data = base64.b64encode(text.encode()).decode()
            link = f'href="data:application/json;base64,{data}" download="export.json"'
            self.file.value = f"<a {link}>export.json</a>: {len(text):,} characters"
            counts = {name: len(rows) for name, rows in exported.items() if isinstance(rows, list)}
            self._show(counts, "What is in the file")

    def _ask(self, _: Any) -> None:
        self._clear()
        self.confirm.description = f"Yes, erase every row of {self.user_id}"
        self.question.layout.display = None

    def _forget(self, _: Any) -> None:
        with errors_shown(self.error):
            receipt = self.db.for_user(self.user_id).forget()
            self._clear()
            self._show(receipt, f"Receipt: erased of {self.user_id}")
            self.gone += 1

    def _show(self, counts: dict[str, int], caption: str) -> None:
        self.receipt.show(pd.DataFrame(counts.items(), columns=["table", "rows"]), caption)
