"""Which memory tools a message calls for: what it says, compared with what is stored.

A new statement is added, a repeated one is left alone, and a changed one updates the old memory.

>>> [(use.name, use.rule) for use in decide("I moved to Oslo", {1: "The user lives in Leeds."})]
[('update_memory', 'home')]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from memkit.offline.grammar import PERSONS, called_in
from memkit.offline.matching import without_forgotten
from memkit.offline.meaning import INSTEAD, NEWLY, Meaning, meaning, repeats, replaces, rest_of
from memkit.offline.reading import Fact, is_sound, read, topics
from memkit.offline.rules import Rule
from memkit.offline.verbs import pattern, tidy, words


class ToolUse(NamedTuple):
    """One call of a memory tool, as a model would ask for it, and the rule behind it."""

    name: str
    arguments: dict[str, object]
    rule: str = ""


ANNOUNCED = pattern(r"""
    \b(?:change of plan|changed my mind|scratch that|correction|never mind|no,? wait|I meant?|
    I was wrong)\b""")
TAKEN_BACK = pattern(r"""
    \b(?:found (?:him|her|it|them)|(?:he|she|it|they) (?:came|is|are) back|
    just kidding|joking)\b""")
SUBJECT = rf"\b(?:[Ii]t|I|[Ss]?[Hh]e|[Mm]y (?:name|{PERSONS}))"
PUT_RIGHT = [re.compile(said) for said in (
    rf"{SUBJECT} (?:is|am|meant?) (?:called |from |in )?(?P<right>[A-Z]\w+), "
    r"not (?:from |in )?(?P<wrong>[A-Z]\w+)",
    r"\b[Nn]ot (?P<wrong>[A-Z]\w+), (?:but )?(?P<right>[A-Z]\w+)$",
    r"(?:^|, )(?P<right>[A-Z]\w+), not (?P<wrong>[A-Z]\w+)$",
    r"\bI (?:have )?changed from (?P<wrong>\w+) to (?P<right>\w+)",
)]  # fmt: skip
COMPANY = re.compile(rf"\b(?:with|and) their ({PERSONS})\b(?: ([A-Z]\w+))?")


def decide(message: str, memories: Mapping[int, str], rules: Sequence[Rule] = ()) -> list[ToolUse]:
    """The memory tools a message calls for, given what is stored.

    >>> [use.name for use in decide("Forget my name. I like tea.", {1: "The user's name is Bo."})]
    ['delete_memory', 'add_memory']
    """
    text = tidy(message)[0]
    known = _corrected(text, without_forgotten(message, memories))
    made: dict[int, Fact] = {}
    ended: int | None = None  # what the message has just ended: "no football, boxing now"
    for fact in read(message, list(known.values()), rules, unread=True):
        new = meaning(fact.memory)
        key = _place(new, known, bool(ANNOUNCED.search(text)))
        if (new.over and TAKEN_BACK.search(text)) or not (fact.rule or key in known):
            continue
        if ended is not None and key not in known and new.stage != "off":
            follows = NEWLY.search(new.text) or new.verb == meaning(known.get(ended, "")).verb
            key = ended if follows else key
        before = known.get(key, "")
        gone = new.over | new.things if new.stage == "off" else new.over or new.things
        rest = "" if new.taste else rest_of(before, gone)
        if rest:  # "a cat named Tom" is left of "a dog named Rex and a cat named Tom"
            known[key], key = f"The user {rest}.", _unused(known)
        elif before and not fact.rule and new.over and new.over <= meaning(before).all:
            if " not " in fact.memory and INSTEAD.search(fact.memory):
                continue  # "I mean peanuts, not all nuts" is no reason to forget an allergy
            del known[key]
        instead = before and INSTEAD.search(fact.memory)
        if fact.rule or ((instead or not new.over) and is_sound(fact.memory)):
            _learn(fact, known, made, key)
            ended = key if before and new.stage == "off" and key in known else ended
    return _tools(memories, known, made)


def _corrected(text: str, known: dict[int, str]) -> dict[int, str]:
    """The memories with a word put right: "It's Jon, not John"."""
    for found in filter(None, (said.search(text.rstrip(".!")) for said in PUT_RIGHT)):
        right, wrong = found["right"], found["wrong"]
        said = [key for key, memory in known.items() if wrong in words(memory.removesuffix("."))]
        names = [key for key in said if "name" in meaning(known[key]).slots]
        for key in names or said:  # a friend of that name keeps it
            known[key] = re.sub(rf"\b{wrong}\b", right, known[key])
    return known


def _unused(known: Mapping[int, str]) -> int:
    """An id for a new memory."""
    return min([0, *known]) - 1


def _place(new: Meaning, known: Mapping[int, str], announced: bool) -> int:
    """The id of the memory that a statement changes, or an unused one.

    Of several, it is the one that shares most with it; where it ends one of two ("my cat died", of
    two cats), it is not clear which. What the same message told is only revised where a change is
    `announced` ("sorry, I mean").
    """
    old = [key for key, memory in known.items()
           if (key >= 0 or announced) and replaces(new, meaning(memory), announced)]  # fmt: skip
    shared = {key: len(new.all & meaning(known[key]).all) for key in old}
    best = [key for key in old if shared[key] == max(shared.values())]
    return best[0] if len(best) == 1 or (best and not new.over) else _unused(known)


def _learn(fact: Fact, known: dict[int, str], made: dict[int, Fact], key: int) -> None:
    """Put a statement among the known memories, unless one of them says it already."""
    before, new = known.get(key, ""), meaning(fact.memory)
    bare = re.sub(r",? instead(?=\.$)", "", INSTEAD.sub("", fact.memory))
    if any(repeats(meaning(bare), meaning(memory)) for memory in known.values()):
        return
    text = bare if before else fact.memory  # what holds from now on
    for name, who in {} if called_in(text) else called_in(before).items():
        text = re.sub(rf"(?<=^The user's {who}) (?=[a-z])", f" {name} ", text)
    if new.taste and (rest := rest_of(before, new.things)):
        text = f"{text[:-1]} but still {rest}."
    known[key], made[key] = text, fact
    for who, name in COMPANY.findall(before):  # "lives in Paris with their wife Claire"
        if not any(who in words(memory) for memory in known.values()):
            kept = f"The user's {who} is {name}." if name else f"The user has a {who}."
            known[_unused(known)] = kept


def _tools(
    before: Mapping[int, str], after: Mapping[int, str], made: Mapping[int, Fact]
) -> list[ToolUse]:
    """The calls that turn the memories `before` into those `after`, where new ones have ids < 0."""
    gone = [key for key in before if key not in after]
    uses = [ToolUse("delete_memory", {"memory_id": key}, "forget") for key in gone]
    for key, memory in after.items():
        fact = made.get(key, Fact(memory, "correction", ()))
        told: dict[str, object] = {"memory": memory, "topics": list(fact.topics or topics(memory))}
        rule = fact.rule or "change"
        if key not in before:
            uses.append(ToolUse("add_memory", told, rule))
        elif memory != before[key]:
            uses.append(ToolUse("update_memory", {"memory_id": key, **told}, rule))
    return uses


def applied(uses: Iterable[ToolUse], memories: Mapping[int, str]) -> dict[int, str]:
    """The memories after the tools were used."""
    after = dict(memories)
    for use in uses:
        key = int(str(use.arguments.get("memory_id", max(after, default=0) + 1)))
        if use.name == "delete_memory":
            del after[key]
        else:
            after[key] = str(use.arguments["memory"])
    return after
