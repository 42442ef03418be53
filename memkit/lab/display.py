"""What a class looks at: requests side by side, who waited for whom, and how far a play is."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd

from memkit.errors import needs
from memkit.explore.html import frame_html, requests_html, text_html
from memkit.explore.views import message_parts, waves
from memkit.records import JsonObject
from memkit.store.db import Db

FEW = 10  # so many steps are over before anybody looks


def setup() -> None:
    """Show frames as a reader wants them, and errors in one line; for the first cell of a lesson.

    Frames: text to the left and wrapped, no index, no wider than the page. A text is wrapped
    between words, too. Outside a notebook nothing happens.
    """
    if shell := _shell():
        shell.display_formatter.formatters["text/html"].for_type(pd.DataFrame, frame_html)
        shell.display_formatter.formatters["text/html"].for_type(str, text_html)
        shell.InteractiveTB.set_mode("Minimal")


class SideBySide:
    """Requests next to each other, as sent; the lines that only one of them has are marked."""

    def __init__(self, **requests: Sequence[JsonObject]) -> None:
        """Each argument is a title (underscores become spaces) and the messages of a request."""
        self._requests = {
            title.replace("_", " "): message_parts(messages) for title, messages in requests.items()
        }

    def __repr__(self) -> str:
        return "\n\n".join(
            "\n".join([title, *(f"{part.part}: {part.text}" for part in parts.itertuples())])
            for title, parts in self._requests.items()
        )

    def _repr_html_(self) -> str:
        return requests_html(self._requests)


def timeline(db: Db) -> pd.DataFrame:
    """Who waited for whom: the runs of a store in waves, a row each, with a bar where it stands."""
    runs = waves(db)
    last = max(runs.wave, default=0)
    bars = ["·" * (wave - 1) + "█" + "·" * (last - wave) for wave in runs.wave]
    shown = runs.assign(bar=bars)[["user_id", "said", "wave", "bar"]]
    return shown.sort_values(["user_id", "wave"], ignore_index=True)


@contextmanager
def progress_bar(steps: int) -> Iterator[Callable[[], None]]:
    """Show how many of the steps are done; the block calls what it is given after each of them.

    A few steps, and those of a script, show nothing.
    """
    if steps <= FEW or not hasattr(_shell(), "kernel"):
        yield lambda: None
        return
    with needs("lab", "a progress bar"):
        from IPython.display import display

        from memkit.lab.bar import Progress
    shown = Progress()
    shown.expect(steps)
    display(shown)  # type: ignore[no-untyped-call]
    with shown.running():
        yield shown.advance


def _shell() -> Any:
    """The IPython that runs this, if one does; a script can do without it."""
    ipython = sys.modules.get("IPython")
    return ipython and ipython.get_ipython()
