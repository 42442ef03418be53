"""Which memory tools a message calls for: what it says, compared with what is stored.

A new statement is added, a repeated one is left alone, and a changed one updates the old memory.

>>> [(use.name, use.rule) for use in decide("I moved to Oslo", {1: "The user lives in Leeds."})]
[('update_memory', 'home')]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from memkit.offline.endings import INSTEAD
from memkit.offline.grammar import called_in
from memkit.offline.lexicon import CLASSES
from memkit.offline.matching import without_forgotten
from memkit.offline.meaning import NOW, Meaning, meaning, repeats, replaces, rest_of
from memkit.offline.reading import Fact, is_sound, read, topics
from memkit.offline.rules import Rule, is_number
from memkit.offline.verbs import content, noun, pattern, stem, tidy, words


class ToolUse(NamedTuple):
    """One call of a memory tool, as a model would ask for it, and the rule behind it."""

    name: str
    arguments: dict[str, object]
    rule: str = ""


# -------------------------------------------------------------------------------- the decision

ANNOUNCED = pattern(r"""
    \b(?:change of|changed? my|plans? (?:has |have )?changed|scratch that|correction|never mind|
    on second thoughts?|actually,? (?:no|it)|no,? wait|that is wrong|I meant?(?! that)|
    I was wrong)\b""")

# A value put right: "It's Jon, not John", "No wait, two brothers".
RIGHT = r"(?P<new>[A-Z][\w-]+|\d+|[a-z]+)(?: with[^,]{1,20})?"
CORRECTED = [re.compile(found.replace("RIGHT", RIGHT)) for found in (
    r"\b(?:[Ii]t|I|[Ss]?[Hh]e|[Mm]y \w+|[Nn]ame) (?:is|am|was) (?:called |from |spelt )?RIGHT"
    r"(?: btw| by the way)?, (?:and )?not (?:from )?(?P<old>[A-Z]\w+)",
    r"\b(?:I mean(?:t)?|should (?:be|say)|[Ww]ait,? no,?|[Nn]o,? wait,?|spel(?:t|led)) "
    r"RIGHT(?P<old>)",
    r"^(?:[Ii]t|[Tt]hat) is RIGHT(?= with| actually|,)(?P<old>)",
)]  # fmt: skip


def decide(message: str, memories: Mapping[int, str], rules: Sequence[Rule] = ()) -> list[ToolUse]:
    """The memory tools a message calls for, given what is stored.

    >>> [use.name for use in decide("Forget my name. I like tea.", {1: "The user's name is Bo."})]
    ['delete_memory', 'add_memory']
    """
    known = _corrected(tidy(message)[0], without_forgotten(message, memories))
    made: dict[int, Fact] = {}
    ended: dict[int, Meaning] = {}
    announced = bool(ANNOUNCED.search(tidy(message)[0]))
    for fact in read(message, list(known.values()), rules, unread=True):
        new = meaning(fact.memory)
        old = _revised(new, known, announced)
        if not fact.rule:
            if old is not None:
                _change(fact, new, known, made, old)
            continue
        if old is None:
            old = next((key for key in ended if key in known and _follows(new, ended[key])), None)
        before = meaning(known[old]) if old is not None else None
        learned = _learn(fact, known, made, old)
        if learned and before and (new.over.what or new.stage == "off"):
            ended = {learned: before}
    return _tools(memories, known, made)


def _change(
    fact: Fact, new: Meaning, known: dict[int, str], made: dict[int, Fact], old: int
) -> None:
    """Carry out what a clause that no rule remembers does to a memory: it ends or replaces it."""
    if new.over.what:
        if rest := rest_of(known.pop(old), new.over.what):
            known[old] = f"The user {rest}."
    elif fact.memory.startswith("The user") and is_sound(fact.memory):
        _learn(fact._replace(rule="change"), known, made, old)


def _corrected(text: str, known: dict[int, str]) -> dict[int, str]:
    """The memories with a value put right: the one that is named, or the one most like it."""
    for found in filter(None, (form.search(text) for form in CORRECTED)):
        new, old, after = found["new"], found["old"], content(text[found.end("new") :])
        wrong = {key: old or _like(new, memory, after) for key, memory in known.items()
                 if old in memory and new not in words(memory)}  # fmt: skip
        for key in wrong if old else sorted(filter(wrong.get, wrong))[-1:]:
            name = "name" in " ".join(meaning(known[key]).slots) or called_in(known[key])
            if name or not found[0].startswith(("It is", "That is")):
                known[key] = re.sub(rf"\b{wrong[key]}\b", new, known[key])
    return known


def _like(new: str, memory: str, after: frozenset[str]) -> str:
    """The number or the name in a memory that another may correct: "Sara" by "Sarah"."""
    near = is_number(new) and (not after or after & content(memory))
    for word in words(memory.strip("."))[1:]:
        name = new[0].isupper() and word[0].isupper()
        if (near and is_number(word)) or (name and SequenceMatcher(None, word, new).ratio() > 0.6):
            return word
    return ""


def _revised(new: Meaning, known: Mapping[int, str], announced: bool) -> int | None:
    """The id of the memory that a statement changes: of several, the one it shares most with.

    Where it ends one of two ("my cat died", of two cats), it is not clear which.
    What the same message told is only revised where a change is `announced` ("sorry, I mean").
    """
    old = [key for key, memory in known.items()
           if (key >= 0 or announced) and replaces(new, meaning(memory), announced)]  # fmt: skip
    shared = {key: len(new.all & meaning(known[key]).all) for key in old}
    best = [key for key in old if shared[key] == max(shared.values())]
    return best[0] if len(best) == 1 or (best and not new.over.what) else None


def _follows(new: Meaning, ended: Meaning) -> bool:
    """Whether a statement takes the place of what just ended: "no football, boxing now"."""
    if new.stage == "off" or new.slots.keys() != ended.slots.keys():
        return False
    return new.verb == ended.verb != "have" or bool(NOW.search(new.text))


def _learn(fact: Fact, known: dict[int, str], made: dict[int, Fact], old: int | None) -> int | None:
    """Put a statement among the known memories, in the place of `old`; None if it is there."""
    new, text = meaning(fact.memory), fact.memory
    if old is not None or new.slots:  # what holds from now on
        text = re.sub(r",? instead(?=\.$)", "", INSTEAD.sub("", text))
    if any(repeats(meaning(text), meaning(memory)) for memory in known.values()):
        return None
    before = known.get(old, "") if old is not None else ""
    half = rest_of(before, content(new.owner)) if new.owner else ""
    if half and old is not None:  # "a cat named Tom" is left of "a dog named Rex and a cat ..."
        known[old], old, before = f"The user {half}.", None, ""
    key = old if old is not None else min([0, *known]) - 1
    gone = re.match(r"The user's (\w+)(?= (?:has )?(?:died|passed|ran away))", text)
    names = [name for name, who in called_in(before).items() if gone and who == gone[1]]
    if gone and names:
        text = f"{text[: gone.end()]} {names[0]}{text[gone.end() :]}"
    rest = rest_of(before, new.things) if new.stage == "off" and new.taste else ""
    known[key], made[key] = f"{text[:-1]} but still {rest}." if rest else text, fact
    for person in _people_kept(before, [text, *known.values()]):
        another = min([0, *known]) - 1
        known[another], made[another] = person, fact
    return key


def _tools(
    before: Mapping[int, str], after: Mapping[int, str], made: Mapping[int, Fact]
) -> list[ToolUse]:
    """The calls that turn the memories `before` into those `after`, where new ones have ids < 0."""
    uses = [
        ToolUse("delete_memory", {"memory_id": key}, "forget") for key in before if key not in after
    ]
    for key, memory in after.items():
        fact = made.get(key)
        own = fact.topics if fact and fact.topics != topics(fact.memory) else ()
        told: dict[str, object] = {"memory": memory, "topics": list(own or topics(memory))}
        rule = fact.rule if fact else "correction"
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


# ------------------------------------------------------------ what stays when something changes


def _people_kept(before: str, known: Iterable[str]) -> list[str]:
    """What a replaced memory told of somebody in passing: "with their wife Claire"."""
    found, told = [], frozenset[str]().union(*map(content, known))
    for match in re.finditer(r"\b(?:with|and) their ([a-z-]+)(?: ([A-Z]\w+))?", before):
        who, name = match.groups()
        if noun(who) in CLASSES["PERSON"] and stem(who) not in told:
            article = "" if who != noun(who) else "a "
            found.append(
                f"The user's {who} is {name}." if name else f"The user has {article}{who}."
            )
    return found
