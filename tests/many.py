"""A user with as many memories as wanted, and what they may say to change them.

`data/changes.jsonl` holds 200 memories, each with a message that changes it, repeats it, or asks to
forget it. Among them stand memories made by chance of a few words (always the same ones), which
speak of the same things: places, friends, food, jobs.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from memkit.offline.reading import topics
from memkit.records import Change
from memkit.store.runs import RunLog

CHANGES = Path(__file__).parent / "data" / "changes.jsonl"
TEMPLATES = """\
The user ate {food} at a {kind} {spot} in {place} in {month}.
The user met {name} at the {kind} {spot} in {place}.
The user saw a {kind} {spot} in {place} with {name}.
The user's friend {name} likes {pastime} and {food}.
The user's friend {name} lives near the {spot} in {place}.
The user read a book about {pastime} in {place}.
The user bought a {kind} bag in {place} in {month}.
The user likes the {kind} {spot} in {place}.
The user's colleague {name} works in a {spot} in {place}.
The user tried {pastime} in {place} in {month}.
The user wants to visit the {spot} in {place} with {name}.
The user had a meeting with {name} about {pastime} in {month}.
The user enjoyed the {food} that {name} cooked in {month}.
The user watched a film about {pastime} with {name}.
The user took photos of a {kind} {spot} in {place}.""".splitlines()
WORDS = {
    "food": "ramen goulash paella curry lasagne sushi falafel borscht tacos risotto pierogi gumbo "
    "moussaka ceviche dumplings kimchi tagine pho gazpacho fondue poutine biryani hummus",
    "place": "Berlin Lisbon Oslo Kyoto Quito Dublin Prague Turin Ghent Porto Hanoi Lyon Leeds "
    "Bergen Vilnius Tartu Cairo Lima Boston Denver Perth Naples Seville Basel Cork Riga Zagreb",
    "pastime": "chess jazz poetry opera sailing knitting pottery fencing archery climbing karaoke "
    "origami surfing yoga judo ballet baking fishing rowing cycling skiing bowling astronomy",
    "name": "Anna Boris Clara David Elena Felix Greta Hugo Iris Jonas Karla Liam Mona Nils Olga "
    "Pavel Quinn Rosa Simon Tara Uma Viktor Wanda Xenia Yusuf Zoe",
    "kind": "old new small big quiet loud cheap fancy famous little sunny wooden blue green",
    "spot": "cafe market museum library theatre bakery park bridge harbour garden cinema station "
    "gallery bookshop pool hotel tower church square beach",
    "month": "January February March April May June July August September October November",
}


@dataclass(frozen=True)
class Labelled:
    """A memory, and a message that is a `change` or a `repeat` of it, or asks to `delete` it."""

    kind: str
    memory: str
    message: str


def labelled() -> list[Labelled]:
    """The 200 memories that somebody speaks about."""
    lines = CHANGES.read_text(encoding="utf-8").splitlines()
    return [Labelled(**json.loads(line)) for line in lines]


def others(number: int) -> list[str]:
    """So many other memories, all different."""
    chance = random.Random(7)
    words = {name: text.split() for name, text in WORDS.items()}
    found: dict[str, None] = {}
    while len(found) < number:
        chosen = {name: chance.choice(several) for name, several in words.items()}
        found[chance.choice(TEMPLATES).format(**chosen)] = None
    return list(found)


def many(number: int) -> list[str]:
    """So many memories, in which the labelled ones stand where chance has put them."""
    texts = others(number - len(labelled())) + [each.memory for each in labelled()]
    random.Random(11).shuffle(texts)
    return texts


def fill(runs: RunLog, texts: list[str]) -> None:
    """Store memories, many in one transaction."""
    for some in _several(texts):
        runs.change_memories([Change("add", None, text, list(topics(text))) for text in some])


def _several(texts: list[str], size: int = 1000) -> Iterator[list[str]]:
    for start in range(0, len(texts), size):
        yield texts[start : start + size]
