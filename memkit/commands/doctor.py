"""`memkit doctor`: look at what a class needs on this machine, and say how to fix what is missing.

A teacher runs it the day before, and a learner where something does not start. It changes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import socket
import sqlite3
import sys
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from subprocess import DEVNULL

from memkit.errors import INSTALL, MemkitError

GIGABYTE = 10**9
STORE = Path("data", "memkit.db")  # where an agent without `db` keeps its store
KERNEL_ANSWERS = 60  # seconds until a kernel that has not answered is given up
INSTALLED = ("jupyterlab", "ipykernel", "ipywidgets", "anywidget", "duckdb", "pandas", "openai")


class Missing(MemkitError):
    """What is not as a class needs it, and how to fix it in one line."""

    def __init__(self, found: str, fix: str) -> None:
        super().__init__(found)
        self.fix = fix


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--postgres", metavar="URL", help="also: can this Postgres be reached?")
    parser.add_argument("--base-url", metavar="URL", help="also: what can this endpoint do?")
    parser.add_argument("--model", default="gpt-4o", help="the model's name at the endpoint")


def run(options: argparse.Namespace, others: Sequence[str]) -> int:
    """Print a line for each thing, and another with the way to fix it; 1 if anything is missing."""
    wrong = 0
    for name, look in looks(options).items():
        try:
            print(f"ok       {name}: {look()}", flush=True)
        except Missing as missing:
            wrong += 1
            print(f"MISSING  {name}: {missing}\n         -> {missing.fix}", flush=True)
    print(f"\n{wrong} to fix, as the lines above say" if wrong else "\neverything is ready")
    return 1 if wrong else 0


def looks(options: argparse.Namespace) -> dict[str, Callable[[], str]]:
    """What is looked at, by its name."""
    wanted: dict[str, Callable[[], str]] = {
        "Python": python,
        "packages": packages,
        "kernel": kernel,
        "widgets": widgets,
        "browser": browser,
        "port": port,
        "disk": disk,
        "HOME": home,
        "store": store,
    }
    if options.postgres:
        wanted["Postgres"] = lambda: postgres(options.postgres)
    if options.base_url or os.environ.get("OPENAI_API_KEY"):
        wanted["endpoint"] = lambda: endpoint(options.model, options.base_url)
    return wanted


def python() -> str:
    """The version of Python, and where it is."""
    return f"{sys.version.split()[0]} in {sys.prefix}"


def packages() -> str:
    """The versions of what lessons import."""
    try:
        return ", ".join(f"{name} {version(name)}" for name in INSTALLED)
    except ModuleNotFoundError as error:
        raise Missing(f"{error.name} is not installed", INSTALL.format("lab")) from error


def kernel() -> str:
    """Start a kernel as a notebook does, and let it import memkit."""
    try:
        from jupyter_client.manager import start_new_kernel
    except ModuleNotFoundError as error:
        raise Missing(f"{error.name} is not installed", INSTALL.format("lab")) from error
    again = f"{sys.executable} -m ipykernel install --sys-prefix"
    try:
        manager, client = start_new_kernel(KERNEL_ANSWERS, "python3", stderr=DEVNULL)
    except Exception as error:  # a kernel can fail in as many ways as a program
        raise Missing(f"it does not start: {error}", again) from error
    try:
        code = "import sys, memkit, memkit.widgets"
        said = client.execute_interactive(code, timeout=KERNEL_ANSWERS, output_hook=lambda _: None)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if said["content"]["status"] != "ok":
        reason = f"{said['content']['ename']}: {said['content']['evalue']}"
        raise Missing(f"it starts, but cannot import memkit ({reason})", again)
    return "starts, and imports memkit"


def widgets() -> str:
    """The browser's halves of the panels, which JupyterLab looks for beside its own files."""
    folder = Path(sys.prefix, "share", "jupyter", "labextensions")
    for package, part in {
        "jupyterlab_widgets": "@jupyter-widgets/jupyterlab-manager",
        "anywidget": "anywidget",
    }.items():
        if not (folder / part / "package.json").is_file():
            fix = f"{sys.executable} -m pip install --force-reinstall {package}"
            raise Missing(f"JupyterLab would not find {part} in {folder}", fix)
    return "JupyterLab finds them"


def browser() -> str:
    """A browser that can be opened; without one the address is printed, and that is enough."""
    try:
        return str(getattr(webbrowser.get(), "name", "found"))
    except webbrowser.Error:
        return "none to open here; `memkit lab` prints the address to open elsewhere"


def port() -> str:
    """A port for JupyterLab; it takes the next free one by itself."""
    with closing(socket.socket()) as taken:
        try:
            taken.bind(("127.0.0.1", 8888))
        except OSError:
            return "8888 is taken; JupyterLab will take the next one"
    return "8888 is free"


def disk() -> str:
    """Room for stores and outputs."""
    free = shutil.disk_usage(Path.cwd()).free / GIGABYTE
    if free < 1:
        raise Missing(f"{free:.1f} GB free", "free at least 1 GB on this disk")
    return f"{free:.0f} GB free"


def home() -> str:
    """Where Jupyter keeps its settings."""
    place = Path.home()
    if os.access(place, os.W_OK):
        return f"{place} can be written to"
    return f"{place} is read-only; `memkit lab` keeps its files in {sys.prefix}"


def store() -> str:
    """The store of an agent that names none, if there is one: a program may hold its lock."""
    if not STORE.exists():
        return f"no {STORE} yet"
    try:
        with closing(sqlite3.connect(STORE, timeout=2)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error as error:
        fix = "shut down the notebook or program that writes to it, or name another file"
        raise Missing(f"{STORE} cannot be written to: {error}", fix) from error
    return f"{STORE} can be written to"


def postgres(url: str) -> str:
    """A Postgres server, with its tables made if they are not there."""
    from memkit import PostgresDb

    try:
        with PostgresDb(url) as db:
            return f"{db.name} answers; users in it: {len(db.users())}"
    except MemkitError as error:
        fix = "start the server, or correct the URL: postgresql://user:password@host:5432/database"
        raise Missing(str(error), fix) from error


def endpoint(model_id: str, base_url: str | None) -> str:
    """A model, with the key from the environment; it is sent five small requests."""
    from memkit import OpenAIChat

    try:
        abilities = asyncio.run(OpenAIChat(id=model_id, base_url=base_url).check())
    except MemkitError as error:
        raise Missing(str(error), "docs/endpoints.md has a snippet for eight kinds") from error
    if not abilities["reply"].startswith("yes"):
        raise Missing(abilities["reply"], "docs/endpoints.md has a snippet for eight kinds")
    return "\n         ".join(["", *repr(abilities).splitlines()])
