"""JupyterLab and voila as they are used: a process of their own that serves a folder of notebooks.

They get their settings from that folder and nowhere else, so that a person's own JupyterLab does
not change what the tests see.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

TOKEN = "tests"
START_WITHIN = END_WITHIN = 120  # seconds, on a machine that has much else to do
LAB_SETTINGS = {
    # all cells are in the page, also those that are not on the screen
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


class Server:
    """A server of the notebooks in `folder`, from its first answer to `end`."""

    def __init__(self, folder: Path, program: list[str], page: str) -> None:
        """`program` is a module and its settings; `page` is where it shows a notebook, by name."""
        self.folder = folder
        self._page = page
        self._log = folder / ".jupyter" / f"{program[0]}.log"
        self._log.parent.mkdir(exist_ok=True)
        self._address = f"http://127.0.0.1:{free_port()}"
        port = self._address.rpartition(":")[2]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *program, "--no-browser", f"--port={port}"],
                cwd=folder,
                env=environment(folder),
                stdout=log,
                stderr=log,
            )
        try:
            self._wait()
        except BaseException:
            self.end()
            raise

    def address(self, notebook: str) -> str:
        """Where a browser finds the notebook of this name."""
        return self._address + self._page.format(notebook)

    def write(self, name: str, *cells: str) -> str:
        """Put a notebook of these code cells into the folder; returns its name."""
        notebook = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"cell-{number}",
                    "metadata": {},
                    "source": source,
                    "outputs": [],
                    "execution_count": None,
                }
                for number, source in enumerate(cells)
            ],
        }
        (self.folder / name).write_text(json.dumps(notebook), encoding="utf-8")
        return name

    def end(self) -> None:
        """End it, and with it the kernels that it started."""
        self._process.terminate()
        try:
            self._process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()  # a kernel ends by itself when its server has gone
            self._process.wait()

    def _wait(self) -> None:
        give_up = time.monotonic() + START_WITHIN
        while not answers(self._address):
            if self._process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"no answer at {self._address}:\n{self._log.read_text()}")
            time.sleep(0.1)


def jupyter_lab(folder: Path) -> Server:
    """JupyterLab, one notebook a page."""
    settings = folder / ".jupyter" / "settings"
    for name, values in LAB_SETTINGS.items():
        file = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    program = [
        "jupyterlab",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port_retries=0",  # better none than another's
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.expose_app_in_browser=True",  # as `window.jupyterapp`
        f"--LabApp.user_settings_dir={settings}",
        f"--LabApp.workspaces_dir={folder / '.jupyter' / 'workspaces'}",
    ]
    return Server(folder, program, f"/doc/tree/{{}}?token={TOKEN}&reset")


def voila(folder: Path) -> Server:
    """Voila: a notebook's outputs as a page, its cells run anew for every visitor."""
    return Server(folder, ["voila", "."], "/voila/render/{}")


def environment(folder: Path) -> dict[str, str]:
    """The environment of a server: everything of Jupyter's and IPython's is below the folder."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("JUPYTER")}
    places = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"]
    own = {place: str(folder / ".jupyter" / place.lower()) for place in places}
    return {**kept, **own, "JUPYTER_PREFER_ENV_PATH": "1"}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as a_socket:
        a_socket.bind(("127.0.0.1", 0))
        return int(a_socket.getsockname()[1])


def answers(address: str) -> bool:
    """Whether a web server is there, whatever it answers."""
    try:
        urllib.request.urlopen(address, timeout=START_WITHIN).close()
    except urllib.error.HTTPError as refusal:
        refusal.close()
    except OSError:
        return False
    return True
