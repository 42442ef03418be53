"""What a memory means: whom it is about, which slot it fills, and how far a thing has come.

A person has one value in a slot (a home, an age), so a newer value takes the place of the older.
Anything else is told by its words, and is wanted, on or off: "wants a boat", "bought the boat",
"sold the boat". A memory is read once, with the grammar that reads a message.

>>> meaning("The user's sister Anna lives in Rome.").slots
{"sister's home": frozenset({'rome'})}
>>> [meaning(f"The user {said}.").stage for said in ("wants a boat", "has a boat", "hates boats")]
['want', 'on', 'off']
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from memkit.offline.endings import INSTEAD, MARKED, WHEN, Ending, ended, owner_of
from memkit.offline.grammar import NUMBERS, PEOPLE, Clause, called_in, clause_of, parse
from memkit.offline.lexicon import CLASSES, TOPICS, table, with_kinds
from memkit.offline.reading import topics
from memkit.offline.rules import is_role, noun_phrase
from memkit.offline.verbs import content, noun, pattern, tidy, verb, words

# --------------------------------------------------------------------------- what a memory means


class Meaning(NamedTuple):
    """A memory, taken apart."""

    text: str
    owner: str  # "" is the user, else "sister", "favourite colour"
    person: str  # whom it is about: a colour is the user's own
    verb: str
    past: bool  # "ate meat" is no habit
    stage: str  # want, on or off; what is denied or disliked is off
    taste: bool
    things: frozenset[str]  # the words that tell what is liked, had or done from other things
    slots: dict[str, frozenset[str]]  # what a person has one of, and the words of its value
    all: frozenset[str]
    over: Ending


NUMBERED = re.compile(r"(?<!\bat)(?<!\bon)(?<!\bto)(?<!\bby)(?<!\bin) (\d+)$")  # "game number 3"


@lru_cache(20_000)
def meaning(memory: str) -> Meaning:
    """A memory as the grammar reads it; memories of other models as well."""
    clause, said = parse(words(tidy(memory)[0].removesuffix("."))), with_kinds(content(memory))
    if clause is None:
        over = ended(clause_of(words(memory)))
        stage = "off" if over.what else "on"
        return Meaning(memory, "?", "", "", False, stage, False, said, {}, said, over)
    rest = re.split(r" because | since | so that ", " ".join(clause.rest))[0]
    fond = clause.verb == "be" and re.match(r"(?:\w+ ){0,3}(?:into|fan|fond|keen|crazy)\b", rest)
    taste = clause.verb in CLASSES["LIKE"] | {"stand", "bear", "mind"} or bool(fond)
    owner = "" if clause.is_own else owner_of(clause.subject)
    person = owner if noun(owner.split(" ")[-1]) in PEOPLE else ""
    slots = _slots(owner, person, clause, INSTEAD.sub("", rest).strip())
    over, past = ended(clause), clause.tense == "past"
    stage = _stage(clause, taste or not over.what or over.instead)
    told = content(WHEN.sub(" ", f"{owner.removeprefix(person)} {clause.verb} {rest}"))
    told |= {*NUMBERED.findall(rest)}
    things = (told - LIGHT) or (told - CLASSES["ASPECT"]) or frozenset({clause.verb})
    about = (memory, owner, person, clause.verb, past, stage, taste)
    return Meaning(*about, things, slots, said, over)


# What does not tell one thing from another: how far it has come, how it is had, how many.
LIGHT = CLASSES["ASPECT"] | CLASSES["LIGHT"] | CLASSES["LIKE"] | CLASSES["HAVING"] | NUMBERS
LIGHT |= CLASSES["STALE"]
WANT = CLASSES["AIM"] | {"look", "think", "save", "train", "try"}
GAIN = CLASSES["SURELY"] | {"buy", "get", "learn"}


def _stage(clause: Clause, lasts: bool) -> str:
    """Whether what a clause tells is wanted, on or off."""
    stand = clause.verb in ("stand", "bear") and clause.denied
    dislike = stand or clause.verb == "use" or clause.verb in CLASSES["DISLIKE"]
    if (clause.denied and not stand) != dislike or not lasts:
        return "off"
    going = clause.verb in CLASSES["TRIP"] | {"go"} or CLASSES["FUTURE"] & clause.said
    soon = clause.tense == "future" or (clause.tense == "progressive" and going)
    return "want" if soon or clause.verb in WANT else "on"


# ------------------------------------------------------------------- what a person has one of

STATUS = {word: status for status, row in table("""
single: single break split
dating: girlfriend boyfriend partner relationship date someone
engaged: engaged fiance fiancé fiancée
married: married marry remarried remarry wife husband knot
divorced: divorced separated divorce separate
widowed: widowed
""").items() for word in row}  # fmt: skip
STATES = {"be", "live", "work", "study"}
BORN = {"baby", "son", "daughter", "boy", "girl", "child", "twin"}
SHARED = {"pregnancy", "household"}  # what a partner, or a new child, changes for the user too
HOUSE = "(?:flat|house|apartment|home|place|cottage|bungalow|studio|caravan|dorm|room)"
LEFT = r"retire|resign|(?:be|get) (?:fired|sacked|laid off)"
JOB = r"hand .*\bnotice|(?:have|get|start|quit|lose|leave|change|find) .*\bjob\b(?! interview)"
NUMBER = "|".join(sorted(NUMBERS))
# What a person has one of, and the verbs and words that tell it.
TABLE = rf"""
home: (?:live|move|relocate|settle) (?:.*\b(?:in|to|at|near) (?:the )?[A-Z]\w|\w+ [a-z]+$)|
  be (?:now )?(?:based|(?:not |back )*in [A-Z]\w+ (?:now|any))|
  (?:have|get|buy|be) .*\b{HOUSE} (?:in|near|at) [A-Z].* now$
household: (?:live|move) (?:(?:.* )?(?:alone|with)\b|out\b|in (?:an?|the|their) (?:\w+ )?{HOUSE})|
  (?:have|get|buy) .*\bown {HOUSE}
origin: (?:be|come) (?:(?:originally )?from [A-Z]|[A-Z]\w+(?:ese|ish|ian|ean|can)$)
weight: weigh
birth: be born in \d
birthplace: be born in [A-Z]
role: {LEFT}|{JOB}|(?:be|get) promoted to|be (?:now )?(?:retired|unemployed)|
  work (?:now )?as\b|(?:start|begin|train|retrain|qualify) as\b
employer: {LEFT}|{JOB}|(?:start|join) (?:at )?[A-Z]|work (?!(?:now )?as\b|(?:part|full)[- ]time)
teaching: {LEFT}|teach
hours: (?:work|be|go|become|move) (?:.*\b(?:part|full)[- ]time\b|
  .*\b(?:night|day|late|early) shifts?\b|(?:on |to )?(?:days|nights)\b)
age: (?:be|turn) (?:now |almost )?(?:\d|{NUMBER})
diet: (?:be|turn|become|go) .*\b(?:vegan|vegetarian|pescatarian)|
  (?:eat|start) .*(?:meat|fish|cheese)
hospital: (?:be|come) (?:.*\bhospital\b|(?:back )?home\b)
pregnancy: be (?:.*\bpregnant|expecting|a (?:mum|dad|mother|father))|give birth|
  expect .*(?:baby|twins)|(?:have|lose) (?:the|their|her|our) baby|have a miscarriage|try .*baby
relationship: (?:be|get|have|become|date|see|break|split|separate|divorce|(?:re)?marry|tie)\b
studies: study|major|be (?:.*\bstudent\b|at (?:uni|coll))|(?:switch|change|graduate|drop|finish)
  (?:$| last| in| from|.* (?:major|course|degree|subject|out|university|college|phd)\b)
year: be .*\b(?:first|second|third|fourth|final|last) year\b
commute: (?:take|bike|cycle|walk|drive|ride) .*\bto (?:the )?[a-z]+(?: now)?$
ambition: (?:{"|".join(sorted(CLASSES["AIM"]))}) to (?:be|become)
name: be (?:now )?(?:called|named) \w
"""
ROWS = re.findall(r"^(\w+): (.+)$", re.sub(r"\n  +", "", TABLE), re.MULTILINE)
SLOTS = [(slot, re.compile(told)) for slot, told in ROWS]


def _slots(owner: str, person: str, clause: Clause, rest: str) -> dict[str, frozenset[str]]:
    """The slots that a clause fills, and the words of their values: {"home": {"leeds"}}."""
    value, told = content(rest), f"{clause.verb} {rest}".strip()
    if child := re.search(r"\b(\w+)-year-old (\w+)$", rest):
        return {f"{child[2]}'s age": content(child[1])}
    if owner != person:
        owner = "role" if owner in ("job", "profession", "occupation") else owner
        owner = "home" if re.fullmatch(HOUSE, owner) else owner
        if owner == "divorce":
            return {"relationship": frozenset({"divorced"})}
        return {owner: value} if "be" in (clause.verb, verb(clause.group[0])[0]) else {}
    if clause.tense == "past" and clause.verb in STATES and verb(rest.split(" ")[0])[1] != "past":
        return {}  # "was a waiter" is no longer so
    found = {slot: value for slot, words_of_it in SLOTS if words_of_it.match(told)}
    if found.pop("relationship", None) is not None:
        status = [STATUS[word] for word in re.findall(r"\w+", told) if word in STATUS][:1]
        if status:
            found["relationship"] = frozenset([*status, *(["not"] if clause.denied else [])])
    if "commute" in found:
        found["commute"] |= {clause.verb}
    head = noun_phrase(clause.rest)
    job = head and is_role(head[-1]) and noun(head[-1]) not in TOPICS["family"] | CLASSES["NO_JOB"]
    if job and clause.verb in ("be", "become") and head[0] in ("a", "an", "the", "now"):
        found["role"] = value
    if owner and clause.verb == "be" and rest[:1].isupper() and len(rest.split()) < 4:
        found["name"] = value
    if noun(owner) in BORN and re.search(r"\b(?:born|arrive|here)\b", told):
        found["pregnancy"] = value
    shared = SHARED if owner in STATUS or noun(owner) in BORN else set()
    return {slot if not owner or slot in shared else f"{owner}'s {slot}": value
            for slot, value in found.items()}  # fmt: skip


# ---------------------------------------------------------- is it stored already? does it change?

NOW = pattern(r"\b(?:now|nowadays|these days|new|currently|again|instead|rather than|switched)\b")
STRONG = re.compile(r"\b(?:instead|rather than|no longer|switched|swapped|changed)\b")
TURNS = {("on", "want"), ("off", "want"), ("on", "off"), ("off", "on")}  # from the second


def repeats(new: Meaning, old: Meaning) -> bool:
    """Whether a memory says what is said already, in the same or in simply other words."""
    if (new.stage == "off") != (old.stage == "off") or new.taste != old.taste:
        return False
    if (new.stage, old.stage) == ("on", "want"):
        return False
    for slot in new.slots.keys() & old.slots.keys():
        return bool(new.slots[slot]) and new.slots[slot] <= old.slots[slot]
    if new.taste:
        return bool(new.things) and new.things <= old.things and new.owner == old.owner
    return bool(new.all) and new.all <= old.all and bool(new.owner) == bool(old.owner)


def replaces(new: Meaning, old: Meaning, announced: bool = False) -> bool:
    """Whether a statement is the newer truth: another value of a slot, another stage of a thing."""
    if new.slots.keys() & old.slots.keys():
        return True
    if old.owner in STATUS and old.slots and "relationship" in new.slots:
        over = old.owner.startswith("fianc") and "married" in new.slots["relationship"]
        return over or bool(new.slots["relationship"] & {"divorced", "single"})
    if "studies" in old.slots and re.search(r"\b(?:switched|changed) to\b", new.text):
        return "food" not in topics(new.text)
    if new.all.isdisjoint(old.all):
        return False
    if old.owner and f" a new {old.owner}" in new.text:
        return True
    return ends(new, old) or _turns(new, old) or _is_now(new, old, announced)


def ends(new: Meaning, old: Meaning) -> bool:
    """ "stopped smoking" after "smokes", "the cat died" after "has a cat"."""
    whose, what, kind, _ = new.over
    if not what or old.stage == "off" or not ((what - CLASSES["TRIP"]) or what) <= old.all:
        return False
    if whose or old.owner:
        who = content(" ".join((old.owner, *called_in(old.text)))) if old.person else old.all
        return whose == old.owner or (not whose and bool(what & who) and old.owner != "?")
    held = old.verb in CLASSES["HAVING"] and not old.taste
    return held if kind == "had" else kind in ("", old.verb)


def _turns(new: Meaning, old: Meaning) -> bool:
    """Whether the same thing has come to another stage: "doesn't like jazz" after "likes jazz"."""
    alike = new.person == old.person and (new.taste == old.taste or new.verb == "use")
    if not alike or (new.stage, old.stage) not in TURNS or "home" in new.slots:
        return False
    marked = new.verb in GAIN or bool(MARKED.search(new.text))
    if old.stage == "off" and new.past and not marked:
        return False
    does = marked or new.verb in (LIGHT - CLASSES["ASPECT"]) | old.all
    if not (new.taste or new.verb in (old.verb, "use") or (does and new.stage == "on")):
        return False
    return new.things <= old.all or (marked and old.things <= new.all)


def _is_now(new: Meaning, old: Meaning, announced: bool) -> bool:
    """ "drives a van now" after "drives a car"; an exam that is on another day."""
    strong = announced or bool(STRONG.search(new.text))
    now = strong or bool(NOW.search(new.text))
    if new.stage == "off" or old.stage == "off" or new.person != old.person:
        return False
    if new.owner and WHEN.search(new.text) and WHEN.search(old.text):
        told = content(new.owner)
        return ((told - CLASSES["STALE"]) or told) <= old.all
    if new.verb == old.verb == "have" and new.text != old.text and new.things == old.things:
        return True  # "has three kids" after "has two kids"
    if not now or new.owner != old.owner:
        return False
    if strong and new.stage == old.stage == "want":
        return True
    if new.verb != old.verb:
        return False
    if new.verb in ("have", "be", "do", "go", "get", "want", "make"):
        return bool(new.things & old.things)
    return strong or new.verb in CLASSES["ONE_AT_A_TIME"]


def rest_of(memory: str, gone: frozenset[str]) -> str:
    """What a joint memory says without one of its things.

    >>> rest_of("The user likes anime and video games.", content("anime"))
    'likes video games'
    """
    joint = re.match(r"The user (likes|loves|enjoys|has)( to)? (.+)\.$", memory)
    parts = re.split(r", (?:and )?| and ", joint[3]) if joint else []
    has = joint and joint[1] == "has"
    rest = [part for part in parts if not (
        gone & content(part) if has else content(part) - LIGHT <= gone)]  # fmt: skip
    kept = ", ".join(rest[:-1]) + (" and " if len(rest) > 1 else "") + "".join(rest[-1:])
    return f"{joint[1]}{joint[2] or ''} {kept}" if joint and 0 < len(rest) < len(parts) else ""
