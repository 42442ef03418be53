"""What a class looks at: requests side by side, and who waited for whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

import pandas as pd

from memkit.explore.views import waves
from memkit.records import JsonObject
from memkit.store.db import Db


class SideBySide:
    """Two requests next to each other, exactly as they were sent."""

    def __init__(self, **requests: Sequence[JsonObject]) -> None:
        """Each argument is a title (underscores become spaces) and the messages of a request."""
        self._requests = {
            title.replace("_", " "): json.dumps(messages, indent=2, ensure_ascii=False)
            for title, messages in requests.items()
        }

    def __repr__(self) -> str:
        return "\n\n".join(f"{title}\n{shown}" for title, shown in self._requests.items())

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(title)}</th>" for title in self._requests)
        style = f"width: {100 // len(self._requests)}%; text-align: left; vertical-align: top"
        cells = "".join(
            f'<td style="{style}"><pre style="white-space: pre-wrap">{escape(shown)}</pre></td>'
            for shown in self._requests.values()
        )
        return f'<table style="width: 100%"><tr>{head}</tr><tr>{cells}</tr></table>'


def timeline(db: Db) -> pd.DataFrame:
    """Who waited for whom: the runs of a store in waves, a row each, with a bar where it stands."""
    runs = waves(db)
    last = max(runs.wave, default=0)
    bars = ["·" * (wave - 1) + "█" + "·" * (last - wave) for wave in runs.wave]
    shown = runs.assign(bar=bars)[["user_id", "said", "wave", "bar"]]
    return shown.sort_values(["user_id", "wave"], ignore_index=True)
