"""`memkit doctor`: look at what a class needs on this machine, and say how to fix what is missing.

A teacher runs it the day before, and a learner where something does not start. It changes nothing.
"""

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

from memkit.commands.lab import home_is_writable, set_environment
from memkit.errors import INSTALL, MemkitError

STORE = Path("data", "memkit.db")  # where an agent without `db` keeps its store
KERNEL_ANSWERS = 60  # seconds until a kernel that has not answered is given up
INSTALLED = (
    *("jupyterlab", "ipykernel", "ipywidgets", "anywidget", "duckdb", "pandas", "openai"),
    "psycopg",  # for the lessons that use Postgres
)
FRONTS = ("@jupyter-widgets/jupyterlab-manager", "anywidget")  # the browser's halves of the panels

Look = tuple[Callable[[], str], str]


class Missing(MemkitError):
    """What is not as a class needs it."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--postgres", metavar="URL", help="also: can this Postgres be reached?")
    parser.add_argument("--base-url", metavar="URL", help="also: what can this endpoint do?")
    parser.add_argument("--model", default="gpt-4o", help="the model's name at the endpoint")


def run(options: argparse.Namespace, others: Sequence[str]) -> int:
    """Print a line for each thing, and another with the way to fix it; 1 if anything is missing."""
    set_environment()  # what `memkit lab` runs in
    wrong = 0
    for name, (look, fix) in looks(options).items():
        try:
            print(f"ok       {name}: {look()}", flush=True)
        except Exception as error:  # a kernel can fail in as many ways as a program
            wrong += 1
            print(f"MISSING  {name}: {error}\n         -> {fix}", flush=True)
    print(f"\n{wrong} to fix, as the lines above say" if wrong else "\neverything is ready")
    return 1 if wrong else 0


def looks(options: argparse.Namespace) -> dict[str, Look]:
    """What is looked at, by its name, and how to fix it if it is missing."""
    wanted: dict[str, Look] = {
        "Python": (lambda: f"{sys.version.split()[0]} in {sys.prefix}", ""),
        "packages": (packages, INSTALL.format("postgres,semantic,lab")),
        "kernel": (kernel, f"{sys.executable} -m ipykernel install --sys-prefix"),
        "widgets": (widgets, "pip install --force-reinstall jupyterlab_widgets anywidget"),
        "browser": (browser, ""),
        "port": (port, ""),
        "disk": (disk, "free at least 1 GB on this disk"),
        "HOME": (home, ""),
        "store": (store, "shut down the notebook or program that writes to it"),
    }
    if options.postgres:
        fix = "start the server, or correct the URL: postgresql://user:password@host:5432/database"
        wanted["Postgres"] = (lambda: postgres(options.postgres), fix)
    if options.base_url or os.environ.get("OPENAI_API_KEY"):
        fix = "docs/endpoints.md has a snippet for eight kinds"
        wanted["endpoint"] = (lambda: endpoint(options.model, options.base_url), fix)
    return wanted


def packages() -> str:
    """The versions of what lessons import."""
    return ", ".join(f"{name} {version(name)}" for name in INSTALLED)


def kernel() -> str:
    """Start a kernel as a notebook does, and let it import memkit."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(KERNEL_ANSWERS, "python3", stderr=DEVNULL)
    try:
        code = "import sys, memkit, memkit.widgets"
        said = client.execute_interactive(code, timeout=KERNEL_ANSWERS, output_hook=lambda _: None)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if said["content"]["status"] != "ok":
        reason = f"{said['content']['ename']}: {said['content']['evalue']}"
        raise Missing(f"it starts, but cannot import memkit ({reason})")
    return "starts, and imports memkit"


def widgets() -> str:
    """The browser's halves of the panels, which JupyterLab looks for beside its own files."""
    folder = Path(sys.prefix, "share", "jupyter", "labextensions")
    for front in FRONTS:
        if not (folder / front / "package.json").is_file():
            raise Missing(f"JupyterLab would not find {front} in {folder}")
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
        if taken.connect_ex(("127.0.0.1", 8888)) == 0:
            return "8888 is taken; JupyterLab will take the next one"
    return "8888 is free"


def disk() -> str:
    """Room for stores and outputs."""
    free = shutil.disk_usage(Path.cwd()).free / 10**9
    if free < 1:
        raise Missing(f"{free:.1f} GB free")
    return f"{free:.0f} GB free"


def home() -> str:
    """Where Jupyter keeps its settings."""
    other = f"cannot be written to; `memkit lab` keeps its files in {sys.prefix}"
    return "can be written to" if home_is_writable() else other


def store() -> str:
    """The store of an agent that names none, if there is one: a program may hold its lock."""
    if not STORE.exists():
        return f"no {STORE} yet"
    try:
        with closing(sqlite3.connect(STORE, timeout=2)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error as error:
        raise Missing(f"{STORE} cannot be written to: {error}") from error
    return f"{STORE} can be written to"


def postgres(url: str) -> str:
    """A Postgres server, with its tables made if they are not there."""
    from memkit import PostgresDb

    with PostgresDb(url) as db:
        return f"{db.name} answers; users in it: {len(db.users())}"


def endpoint(model_id: str, base_url: str | None) -> str:
    """A model, with the key from the environment; it is sent five small requests."""
    from memkit import OpenAIChat

    abilities = asyncio.run(OpenAIChat(id=model_id, base_url=base_url).check())
    if not abilities["reply"].startswith("yes"):
        raise Missing(abilities["reply"])
    return "\n         ".join(["", *repr(abilities).splitlines()])
