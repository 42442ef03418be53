"""Pictures of a store, each with the table it was drawn from and the words that say the same.

    timeline(db)               who talked when, and who waited for whom
    memories_over_turns(db)    what is known about each user, turn by turn
    tokens(db)                 what memories cost
    leak_matrix(db, secrets)   who can see whose secret

All are the teacher's view: they show every user. No colour says anything that a hatch, a mark or a
number does not say too.
"""

import base64
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from html import escape
from io import BytesIO
from itertools import cycle
from typing import Any

import pandas as pd

from memkit.errors import InvalidInput, needs
from memkit.explore import views
from memkit.explore.colours import BLUE, GREEN, ORANGE, RED, SKY, colour_of
from memkit.store import tables
from memkit.store.db import Db

with needs("lab", "memkit.pictures"):
    import matplotlib
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

MARKS = "os^DvPX*"
MOST_USERS = 30  # that are drawn; the table has them all


@dataclass(frozen=True, repr=False, eq=False)
class Picture:
    """A picture, the `table` that it was drawn from, and the same in words.

    As the last line of a cell it shows, as a PNG, so that a forge page shows it too; its words are
    what is printed, and what a screen reader reads. `sql` is the query behind the table, if it is
    one query.
    """

    figure: Figure
    table: pd.DataFrame
    text: str
    sql: str | None = None

    def __repr__(self) -> str:
        return self.text

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        return self.png, {"alt": self.text}

    @cached_property
    def png(self) -> bytes:
        """The picture as a file that says nothing of when and by what it was made.

        It is drawn once: to lay the same figure out a second time can move it by a pixel.
        """
        file = BytesIO()
        with _as_typed():
            self.figure.savefig(file, format="png", dpi=100, metadata={"Software": None})
        return file.getvalue()

    def html(self) -> str:
        """The picture for a panel, with its words below it."""
        png, words = base64.b64encode(self.png).decode(), escape(self.text)
        image = f'<img style="max-width: 100%" alt="{words}" src="data:image/png;base64,{png}">'
        return f'<figure style="margin: 0">{image}<figcaption>{words}</figcaption></figure>'


# Who talked when

CALLS = """\
SELECT user_id, run_id, r.status,
       count(*) FILTER (why = 'reply') AS replies,
       count(*) FILTER (why = 'memory') AS memory_calls
FROM agent_runs r LEFT JOIN model_calls c USING (user_id, run_id)
GROUP BY ALL ORDER BY user_id, run_id"""


def timeline(db: Db) -> Picture:
    """A lane for each user, a bar for each run: above the reply, below the calls for memories.

    From left to right go the waves of `lab.timeline`: who stands in one column was under way
    together.
    """
    table = views.waves(db)[["user_id", "run_id", "wave"]].merge(db.query(CALLS))
    users = sorted(table.user_id.unique())[:MOST_USERS]
    drawn = table[table.user_id.isin(users)]
    drawn = drawn.assign(lane=drawn.user_id.map(users.index))
    text = _say_waves(table)
    with _sheet(0.9 + 0.32 * len(users)) as (figure, ax):
        bars = partial(ax.barh, width=0.9, height=0.4, edgecolor="black")
        bars(drawn.lane - 0.2, left=drawn.wave - 0.45, color=BLUE, label="reply")
        calls = drawn[drawn.memory_calls > 0]
        left = calls.wave - 0.45
        bars(calls.lane + 0.2, left=left, color=ORANGE, hatch="//", label="memory calls")
        for run in drawn[drawn.status != "completed"].itertuples():
            ax.text(run.wave, run.lane, f"× {run.status}", ha="center", va="center")
        ax.set_yticks(range(len(users)), labels=_short(users))
        ax.invert_yaxis()
        ax.set_xlim(0.4, max(table.wave, default=1) + 0.6)
        ax.set_xlabel("wave: who stands in one column was under way together")
        ax.set_title(text, fontsize=10, loc="left")
    return Picture(figure, table, text)


def _say_waves(runs: pd.DataFrame) -> str:
    if runs.empty:
        return "nobody has said anything yet."
    most = runs.groupby("wave").size().max()
    at_once = "one after the other" if most == 1 else f"up to {most} at once"
    users, waves = runs.user_id.nunique(), runs.wave.max()
    return f"{len(runs)} runs of {users} users in {waves} waves, {at_once}."


# Memories, turn by turn

MEMORIES = f"""\
WITH seen AS (
    SELECT user_id, run_id AS turn,
           max(event_id) OVER (PARTITION BY user_id ORDER BY run_id) AS event_id
    FROM ({views.SEEN})
)
SELECT s.user_id, turn, count(*) FILTER (action = 'add') - count(*) FILTER (action = 'delete')
       AS memories
FROM seen s LEFT JOIN memory_events e
    ON e.user_id = s.user_id AND e.event_id <= s.event_id AND status = 'applied'
GROUP BY ALL ORDER BY s.user_id, turn"""


def memories_over_turns(db: Db) -> Picture:
    """How many memories each user has after each of their turns, as `memories(as_of=turn)` says."""
    table = db.query(MEMORIES)
    with _sheet(3.6) as (figure, ax):
        for (user, turns), mark in zip(table.groupby("user_id"), cycle(MARKS)):
            [label] = _short([user])
            ax.plot(turns.turn, turns.memories, color=colour_of(user), marker=mark, label=label)
        ax.set(xlabel="turn of the user", ylabel="memories", ylim=(0, None))
    return Picture(figure, table, _say_memories(table), MEMORIES)


def _say_memories(table: pd.DataFrame) -> str:
    if table.empty:
        return "Nobody has said anything yet."
    last = table.groupby("user_id").memories.last()
    if len(last) > 5:
        return f"Memories after the last turn of {len(last)} users: {last.min()} to {last.max()}."
    known = ", ".join(f"{user} {number}" for user, number in last.items())
    return f"Memories after the last turn: {known}."


# What memories cost

REQUESTS = """\
SELECT user_id, run_id, context, request
FROM agent_runs JOIN model_calls USING (user_id, run_id)
WHERE why = 'reply' ORDER BY user_id, run_id, call_id"""
PARTS = {"rest": (SKY, ""), "history": (GREEN, ".."), "memories": (ORANGE, "//")}


def tokens(db: Db) -> Picture:
    """The tokens of each run's request for a reply: those of memories, of history, and the rest.

    Without memories a request would be its other parts. They are counted as the offline model
    counts (`memkit.models.tokens`), in Python, so the table is not one query.
    """
    rows = [
        {"user_id": call.user_id, "run_id": call.run_id, **_counted(call.request, call.context)}
        for call in db.query(REQUESTS).itertuples()
    ]
    table = pd.DataFrame(rows, columns=["user_id", "run_id", *PARTS])
    users = list(table.user_id.unique())[:MOST_USERS]
    drawn = table[table.user_id.isin(users)].reset_index(drop=True)
    with _sheet(3.6) as (figure, ax):
        below = pd.Series(0, drawn.index)
        for part, (colour, hatch) in PARTS.items():
            ax.bar(drawn.index, drawn[part], 0.8, below, color=colour, hatch=hatch, label=part)
            below += drawn[part]
        starts = [drawn.index[drawn.user_id == user][0] for user in users]
        ax.set_xticks(starts, labels=_short(users), rotation=25, ha="right", fontsize=8)
        ax.set_ylabel("tokens of the request")
    return Picture(figure, table, _say_tokens(table))


def _counted(request: str, context: str | None) -> dict[str, int]:
    """The tokens of each of the PARTS of a request."""
    counts = dict.fromkeys(PARTS, 0)
    for part, _, _, number, _ in views.parts(request, context):
        counts[part if part in counts else "rest"] += number
    return counts


def _say_tokens(table: pd.DataFrame) -> str:
    total = int(table[list(PARTS)].sum().sum())
    if not total:
        return "Nobody has asked for a reply yet."
    of_memories, share = table.memories.sum(), table.memories.sum() / total
    return (
        f"{len(table)} requests for replies with {total:,} tokens; {of_memories:,} of them "
        f"({share:.0%}) were memories and {table.history.sum():,} history."
    )


# Who can see what

ALL_ROWS = " UNION ALL ".join(
    f"SELECT concat_ws(' ', *COLUMNS(*)) AS row FROM {table.name}" for table in tables.MIRRORED
)

ROWS_WITH = f"SELECT count(*) FROM ({ALL_ROWS}) WHERE contains(lower(row), lower($word))"
OTHERS = """\
SELECT count(DISTINCT user_id) FROM messages
WHERE role = 'user' AND user_id <> $owner AND contains(lower(content), lower($word))"""


def leak_matrix(db: Db, secrets: Mapping[str, str]) -> Picture:
    """Who can see whose secret: a line for each user, a column for each secret.

    `secrets` has the secret word of each user who told one. A number counts the rows, in all tables
    of the line's user's own copy, that hold the column's word in small letters or capitals. It is
    all that this user can ever be shown, so only the owner's number may be above 0: everything
    else is a `leak`. A word that somebody else has said, too, is nobody's secret and leaks nothing.
    """
    if not secrets:
        raise InvalidInput("secrets is empty; pass the secret word of each user: {user_id: word}")

    def count(sql: str, user_id: str | None = None, **params: str) -> int:
        return int(db.query(sql, user_id, params).iat[0, 0])

    shared = {owner: count(OTHERS, owner=owner, word=secrets[owner]) for owner in secrets}
    users, rows = db.users(), []
    for user in users:
        for owner, word in secrets.items():
            number = count(ROWS_WITH, user, word=word)
            rows.append((user, owner, number, number > 0 and user != owner and not shared[owner]))
    table = pd.DataFrame(rows, columns=["user_id", "secret_of", "rows", "leak"])
    lines, owners = users[:MOST_USERS], list(secrets)[:MOST_USERS]
    with _sheet(1.3 + 0.32 * len(lines)) as (figure, ax):
        for cell in table[table.user_id.isin(lines) & table.secret_of.isin(owners)].itertuples():
            _draw_cell(ax, owners.index(cell.secret_of), lines.index(cell.user_id), cell)
        ax.set_xticks(range(len(owners)), labels=_short(owners), rotation=20, ha="left")
        ax.set_yticks(range(len(lines)), labels=_short(lines))
        ax.set(xlim=(-0.5, len(owners) - 0.5), ylim=(max(len(lines), 1) - 0.5, -0.5))
        ax.xaxis.tick_top()
        ax.set_title("rows in a user's copy (lines) with a secret of (columns)", fontsize=10)
    return Picture(figure, table, _say_leaks(secrets, shared, table))


def _draw_cell(ax: Axes, x: int, y: int, cell: Any) -> None:
    colour = (RED if cell.leak else SKY) if cell.rows else "white"
    ax.bar(x, 1, 1, y - 0.5, color=colour, edgecolor="black", hatch="xx" if cell.leak else "")
    words = f"{cell.rows} LEAK" if cell.leak else f"{cell.rows}"
    ax.text(x, y, words, ha="center", va="center", bbox={"facecolor": "white", "pad": 1, "lw": 0})


def _say_leaks(secrets: Mapping[str, str], shared: Mapping[str, int], table: pd.DataFrame) -> str:
    """What a matrix says, and first of all which of the words are no secrets."""
    said = [
        f"{secrets[owner]!r} is not a secret; other users who have said it, too: {number}."
        for owner, number in shared.items()
        if number
    ]
    table = table[table.secret_of.map(shared) == 0]
    is_own = table.user_id == table.secret_of
    leaks = table[table.leak].itertuples()
    found = [f"{leak.user_id} has {leak.rows} rows of {leak.secret_of}'s" for leak in leaks]
    said.append(f"Users who see their own secret: {(table[is_own].rows > 0).sum()}.")
    tries = f"Of {(~is_own).sum()} tries to see somebody else's, {len(found) or 'none'} succeeded"
    said.append(f"{tries}: {'; '.join(found)}." if found else f"{tries}.")
    return " ".join(said)


# Paper and ink


@contextmanager
def _sheet(height: float) -> Iterator[tuple[Figure, Axes]]:
    """White paper, 900 pixels wide and `height` inches high, with axes on it."""
    with _as_typed():
        figure = Figure(figsize=(9, max(height, 2)), layout="constrained", facecolor="white")
        ax = figure.subplots()
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True))
        yield figure, ax
        if 0 < len(ax.get_legend_handles_labels()[0]) <= len(MARKS):  # more are too many to read
            ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, fontsize=8)


@contextmanager
def _as_typed() -> Iterator[None]:
    """What people wrote is drawn as they wrote it: `$` begins no formula.

    The font knows no Chinese and no emoji, which become boxes; the table has the text.
    """
    with matplotlib.rc_context({"text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def _short(users: Iterable[str]) -> list[str]:
    """Names for the axes: those that are too long lose their middle."""
    return [u if len(u) <= 28 else f"{u[:14]}…{u[-13:]}" for u in users][:MOST_USERS]
