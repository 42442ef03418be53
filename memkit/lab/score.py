"""How well a class was remembered, counted against labels: exact, with no model as the judge.

A row of labels is something that one user said, in that user's message number `run_id` (their runs
are numbered like that if the class was played into an empty store). Its `kind`:

    fact, plan, namesake   to be remembered; a namesake is called like somebody of another user
    sensitive              to be remembered until the user asks to forget it
    maybe                  neither missed when it is not remembered, nor wrong when it is
    remark, injection      never to be remembered
    question               whose `answers` are the labels of this user that answer it

It holds until the user's message `until_run`, or until the day `until`. A memory states it if every
one of its `words`, each a regular expression at the beginning of a word, is found in the memory,
and none of those that begin with "-".
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from memkit.explore.conversations import data_file
from memkit.store.db import Db

WANTED = ("fact", "plan", "namesake", "sensitive")
TRUE = (*WANTED, "maybe")
DISTINCTIVE = (*WANTED, "injection")  # what tells one user from the next
JUDGED = ["verdict", "kind", "labels"]
FACTS = ["user_id", "label", "kind", "text", "memory_id"]
VERDICTS = ["right", "duplicate", "stale", "false", "leaked"]


def labels(name: str = "term") -> pd.DataFrame:
    """The labels of a conversation in the folder `data`, one a row."""
    whole = {"run_id": "Int64", "until_run": "Int64"}
    frame = pd.read_csv(data_file("labels", name), dtype=whole, parse_dates=["until"])
    return frame.assign(until=frame.until.dt.tz_localize("UTC"))


@dataclass(frozen=True)
class Score:
    """What `score` has counted.

    `memories` has a row for every memory, with its verdict and the label behind it; `facts` a row
    for everything that should be remembered now, with the memory that states it, if one does;
    `users` the counts of each user, `total` those of all.
    """

    memories: pd.DataFrame
    facts: pd.DataFrame
    users: pd.DataFrame
    total: pd.DataFrame

    def __repr__(self) -> str:
        return str(self.total.to_string(index=False))

    def _repr_html_(self) -> str:
        return str(self.total.to_html(index=False))


def score(db: Db, labels: pd.DataFrame) -> Score:
    """Compare what a store remembers now with what the labels say should be remembered.

    Every memory gets one verdict: `right`, if it states something that holds; `duplicate`, if
    earlier memories state all of that already; `stale`, if what it states no longer holds or was to
    be forgotten; `leaked`, if it states what only another user has said; `false` otherwise.
    Precision is right memories among all, recall what is stated among what holds. Labels of
    messages that were not said yet do not count. The day is that of the newest message.
    """
    said = _said_so_far(db, labels)
    memories = pd.DataFrame(_judged(db, said), columns=["user_id", "memory_id", "memory", *JUDGED])
    stating = memories.explode("labels").rename(columns={"labels": "label"})
    first = stating.drop_duplicates(["user_id", "label"])[["user_id", "label", "memory_id"]]
    facts = said[said.holds & said.kind.isin(WANTED)].merge(first, "left", ["user_id", "label"])
    facts = facts[FACTS].astype({"memory_id": "Int64"})
    users = pd.crosstab(memories.user_id, memories.verdict).reindex(columns=VERDICTS, fill_value=0)
    wanted = facts.groupby("user_id").memory_id.agg(facts="size", found="count")
    users = users.join(wanted, how="outer").fillna(0).astype(int)
    total = users.sum().to_frame().T
    return Score(memories, facts, _rates(users).reset_index(names="user_id"), _rates(total))


def _said_so_far(db: Db, labels: pd.DataFrame) -> pd.DataFrame:
    """The labels of what has been said: whether it `holds`, and a test of what `states` it."""
    runs = "SELECT user_id, max(run_id) AS runs, max(max(created_at)) OVER () AS now"
    played = db.query(f"{runs} FROM agent_runs GROUP BY user_id")
    said = labels[labels.kind != "question"].merge(played, on="user_id")
    said = said[said.run_id <= said.runs]
    over = (said.until_run <= said.runs).fillna(False).astype(bool) | (said.until <= said.now)
    return said.assign(holds=~over, states=[_stating(words) for words in said.words])


def _judged(db: Db, said: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Every memory with its verdict, the kind and the labels behind it."""
    stored = """SELECT user_id, memory_id, memory, (
            SELECT coalesce(string_agg(content, ' '), '') FROM messages
            WHERE messages.user_id = m.user_id AND role = 'user'
        ) AS said
        FROM user_memories m ORDER BY user_id, memory_id"""
    labels, stated = list(said.itertuples()), set[tuple[str, str]]()
    for user_id, memory_id, memory, own_words in db.query(stored).itertuples(index=False):
        found = [label for label in labels if label.states(memory)]
        own = [label for label in found if label.user_id == user_id]
        true = [label for label in own if label.kind in TRUE]
        holding = [label for label in true if label.holds]
        new = {(user_id, label.label) for label in holding} - stated
        stated |= new
        others = [label for label in found if not own and label.kind in DISTINCTIVE]
        others = [label for label in others if not label.states(own_words)]
        if holding:
            verdict = "right" if new else "duplicate"
        elif true:
            verdict = "stale"
        else:
            verdict = "leaked" if others else "false"
        behind = holding or own or others
        kinds = ", ".join(dict.fromkeys(label.kind for label in behind))
        yield user_id, memory_id, memory, verdict, kinds, [label.label for label in behind]


def _stating(words: str) -> Callable[[str], bool]:
    """A test of whether a text states something: it holds these words, and not those with "-"."""
    if not isinstance(words, str):
        return lambda text: False
    wanted = [
        (re.compile(rf"\b(?:{w.removeprefix('-')})", re.I), w[0] != "-") for w in words.split()
    ]
    return lambda text: all(bool(word.search(text)) == there for word, there in wanted)


def _rates(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts with the shares that they amount to: NaN where there is nothing to count."""
    memories = counts[VERDICTS].sum(axis=1)
    precision, recall = counts.right / memories, counts.found / counts.facts
    return counts.assign(precision=precision.round(3), recall=recall.round(3))
