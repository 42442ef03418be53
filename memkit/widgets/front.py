"""What runs in the browser: plain JavaScript and one style sheet, from the folder `assets`.

Nothing comes from a network and nothing is built: anywidget hands these files to the page as they
are.
"""

import threading
from pathlib import Path
from typing import Any

import anywidget

ASSETS = Path(__file__).parent / "assets"


# JupyterLab hands the first messages of a page to the kernel's main thread and later ones to
# another (a "subshell"), so a message could overtake the one before it.
_one_message_at_a_time = threading.RLock()


def script(name: str) -> str:
    """The JavaScript of one panel, after what all of them share."""
    return "".join((ASSETS / part).read_text("utf-8") for part in ("dom.js", f"{name}.js"))


class Front(anywidget.AnyWidget):
    """A panel that is drawn in the browser and says in `on_message` what a person does there."""

    _css = (ASSETS / "style.css").read_text("utf-8")

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._received)

    def _received(self, _: Any, content: dict[str, Any], __: Any) -> None:
        with _one_message_at_a_time:
            self.on_message(content)

    def on_message(self, content: dict[str, Any]) -> None:
        """Do what was asked for in the browser."""
