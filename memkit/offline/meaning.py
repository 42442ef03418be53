"""What a memory means: whom it is about, which slot it fills, and how far a thing has come.

A person has one value in a slot (a home, an age), so a newer value takes the place of the older.
Anything else is told by its words, and is wanted, on or off: "wants a boat", "bought the boat",
"sold the boat".

>>> meaning("The user's sister Anna lives in Rome.").slots
{"sister's home": frozenset({'rome'})}
>>> [meaning(f"The user {said}.").stage for said in ("wants a boat", "has a boat", "hates boats")]
['want', 'on', 'off']
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from memkit.offline.grammar import MY, NUMBERS, PEOPLE, PERSONS, Clause, called_in, clause_of, parse
from memkit.offline.lexicon import CLASSES, KINDS, SAME, TOPICS, with_kinds
from memkit.offline.rules import OVER, is_role, noun_phrase
from memkit.offline.verbs import (
    STOP,
    content,
    is_adverb,
    kinds,
    noun,
    pattern,
    spelled,
    tidy,
    verb,
    words,
)

# --------------------------------------------------------------------------------- what is over

DATES = "|".join(sorted(CLASSES["FUTURE"] | CLASSES["MONTH"]))
WHEN = pattern(rf"""
    \b(?:(?:{DATES})s?|week|month|year|today|yesterday|morning|night|this|last|ago|every|later|am|
    pm|\d[\w:.]*|in|on|at)\b""")
NEWLY = pattern(rf"""
    {OVER.pattern}|\b(?:(?<!right )now|again|back|new|finally|used to|instead|rather than)\b""")
INSTEAD = pattern(r"""
    ,? (?:instead of|rather than) ([^,.]+)|(?:,(?: and| now)*| and| now) not ([^,.]+)(?=\.?$)|
    ^(?:swap|switch|trade|replace|change) (?:from )?(.+?) (?:for|to|with)\b""")
# What such a verb is about is over: "sold the car", "called off the wedding" ...
OBJECT = pattern(r"""
    (?:sell|lose|steal|nick|get rid of|quit(?: at)?|leave(?!.* at\b)|stop(?: with)?(?!.* from\b)|
    cancel|pass|say goodbye to|drop(?! (?:my|their|the)\b)|(?:give|throw) (?:up|away)(?: on)?|
    (?:break|split) up with|(?:call|go|break|come) (?:right )?off|be (?:done|finished) with|
    (?:get|be) (?:tired|bored) of|pull out of|cut out|put down(?= (?-i:[A-Z]))|
    be off(?! to| for| work| school| sick| today| on\b)|(?:retire|resign|(?:be|get) fired) from|
    decide (?:against|not to)) (.+)""")
# ... and so is what does this: "my cat died", "the wedding is off".
SUBJECT = pattern(r"""
    (?:die|(?:pass|run) away|move out|fall through|(?:break|split) up|
    (?:leave|dump) (?:me|the user)(?=$| for|,| last))\b|
    (?:be|get) (?:gone|dead|sold|stolen|nicked|scrapped|run over|over|off|cancell?ed|called off)
    (?=$|,| and| now| in| on| by| because| last| yesterday)""")
GRADUATED = pattern(r"graduate|finish (?:\w+ )?(?:school|college|university|degree|studies)")
NOTHING = frozenset[str]()


def ended(clause: Clause | None) -> frozenset[str]:
    """The words of what a clause says is over.

    >>> sorted(ended(clause_of(words("We called the Dublin trip off"))))
    ['dublin', 'trip']
    """
    few = clause is None or clause.subject[0].lower() in ("one", "some", *NUMBERS)  # of my cats
    if clause is None or few or clause.subject[-1].lower() in CLASSES["OTHERS"]:
        return NOTHING
    text, last = spelled((clause.verb, *clause.rest)), clause.subject[-1]
    own = clause.is_own or {*MY, "I", "user"} & {*clause.subject}
    if own and (instead := INSTEAD.search(text)):
        return _thing(next(filter(None, instead.groups())))
    if " for today" in text or (clause.denied and {"today", "tonight"} & clause.said):
        return NOTHING  # "no more cake for me today"
    if GRADUATED.match(text):
        return frozenset({"study"})
    if clause.denied:
        over = clause.verb == "have" or OVER.search(spelled((*clause.group, *clause.rest)))
        return _thing(spelled(clause.rest)) or frozenset({clause.verb}) if over else NOTHING
    alive = last[0].isupper() or noun(last) in PEOPLE or clause.verb != "die"  # no battery
    if not clause.is_own and clause.tense not in ("future", "modal") and SUBJECT.match(text):
        return content(spelled(clause.subject)) if alive else NOTHING
    text = re.sub(r"^(call|give|throw|put) (.+?) (off|up|away|down)\b", r"\1 \3 \2", text)
    real = clause.tense in ("past", "perfect") or "had" in clause.group or clause.verb == "be"
    others = {"their", "his", "her"} & {*clause.rest} and not own
    found = OBJECT.match(text) if real and not others else None
    return _thing(found[1]) if found else NOTHING


def _thing(text: str) -> frozenset[str]:
    """The words of the thing that a text begins with."""
    phrase = [word for word in noun_phrase(words(text)) if not is_adverb(word)]
    found = content(WHEN.sub(" ", spelled(phrase)))
    return (found - CLASSES["STALE"]) or found


def may_change(clause: Clause) -> bool:
    """Whether a clause tells of an event, or of a state that is new: "I'm back on the coffee"."""
    newly = NEWLY.search(spelled(clause.rest)) and clause.tense not in ("modal", "future")
    return bool(ended(clause) or newly or clause.tense in ("past", "perfect"))


# ------------------------------------------------------------------------ what a memory means


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
    over: frozenset[str]


# What does not tell one thing from another: how far it has come, how it is had, how many.
LIGHT = NUMBERS.union(*(CLASSES[name] for name in ("ASPECT", "LIGHT", "LIKE", "HAVING", "STALE")))
WANT = CLASSES["AIM"] | {"look", "think", "save"}
GAIN = CLASSES["SURELY"] | {"buy", "get", "find", "learn"}
HAS_WHO = re.compile(
    rf"^The user has an? ({PERSONS})(?:,? (?:(?:named|called) )?([A-Z][\w-]+))?,? who "
)
LOST = re.compile(r"\b(?:sell|sold|lost|died?|dead|is gone|stolen|away|rid of|has no|n't have)\b")


@lru_cache(20_000)
def meaning(memory: str) -> Meaning:
    """A memory as the grammar reads it; memories of other models as well."""
    plain = HAS_WHO.sub(r"The user's \1 \2 ", tidy(memory)[0].removesuffix("."))
    clause, said = parse(words(plain)), with_kinds(content(memory))
    over = ended(clause or clause_of(words(memory)))
    over = (over - CLASSES["TRIP"]) or over  # "the Rome trip" is what "is going to Rome" tells of
    if clause is None:
        stage = "off" if over else "on"
        return Meaning(memory, "?", "", "", False, stage, False, said, {}, said, over)
    rest = " ".join(clause.rest)
    low = [word for word in clause.subject[1:] if word.islower() and word not in STOP]
    owner = "" if clause.is_own else " ".join(SAME.get(word, word) for word in low)
    person = owner if noun(owner.split(" ")[-1]) in PEOPLE else ""
    told = content(WHEN.sub(" ", f"{owner.removeprefix(person)} {clause.verb} {rest}"))
    told |= {*re.findall(r"(?<!at)(?<!on)(?<!to)(?<!by)(?<!in) (\d+)$", rest)}  # "game number 3"
    things = (told - LIGHT) or (told - CLASSES["ASPECT"]) or frozenset({clause.verb})
    taste = clause.verb in CLASSES["LIKE"] | {"stand", "bear", "mind"}
    about = (memory, owner, person, clause.verb, clause.tense == "past", _stage(clause, taste))
    slots = _slots(owner, person, clause, INSTEAD.sub("", rest).strip())
    return Meaning(*about, taste, things, slots, said, over)


def _stage(clause: Clause, taste: bool) -> str:
    """Whether what a clause tells is wanted, on or off."""
    used = (clause.verb, *clause.rest[:1]) == ("use", "to")
    over = ended(clause) and not taste and not INSTEAD.search(spelled((clause.verb, *clause.rest)))
    if over or clause.denied != (clause.verb in CLASSES["DISLIKE"] or used):
        return "off"
    going = clause.verb in CLASSES["TRIP"] | {"go"} or CLASSES["FUTURE"] & clause.said
    soon = clause.tense == "future" or (clause.tense == "progressive" and going)
    return "want" if soon or clause.verb in WANT else "on"


JOB = (r"(?:retire|resign|be unemployed|(?:be|get) (?:fired(?! up)|laid off)|"
       r"(?:have|get|find|land|start|quit|lose|leave|change) (?:an?|their|his|her|the) "
       r"(?:(?!an? )[\w-]+ ){0,2}job\b(?! interview))")  # fmt: skip
# What a person has one of, and the verbs and words that tell it.
SLOTS = [(slot, re.compile(told)) for slot, told in {
    "home": r"(?:live|move|relocate|settle) (?:.* )?(?:in|to|at|near) (?:the )?[A-Z]|be based in|"
    "move in with the user",
    "weight": r"weigh (?:\w+ )?\d",
    "age": rf"(?:be|turn) (?:now |almost )?(?:\d+|(?:{'|'.join(sorted(NUMBERS))})[\w-]*)"
    r"(?=$|,| years?\b| now| today| yesterday| this| in\b| on\b| next| last| and)",
    "role": rf"{JOB}|(?:be|get) (?:promoted to|retired|unemployed)|(?:work|start) (?:now )?as\b",
    "employer": rf"{JOB}|(?:start at|join) [A-Z]|work (?!(?:now )?as\b|(?:part|full)-time)",
    "ambition": f"(?:{'|'.join(sorted(CLASSES['AIM']))}) to (?:be|become)",
    "hours": r"(?:work|be|go) .*\b(?:part|full)-time\b",
    "household": r"(?:live|move) (?:.*\b(?:alone|with)\b|out\b|in(?:to)? (?:an?|the|their) )",
    "origin": "(?:be|come) (?:originally )?from [A-Z]",
    "hospital": r"(?:be|come) (?:in|out|back|home|still)\b.*\bhospital",
    "pregnancy": r"be .*\b(?:pregnant|expecting)|give birth|have a (?:baby |little )?(?:boy|girl)|"
    "(?:have|lose) (?:the|their|our) baby",
    "commute": r"(?:take|bike|cycle|walk|drive|ride) .*\bto (?:work|the office)",
    "diet": "(?:be|turn|become|go) .*(?:vegan|vegetarian)|(?:eat|start) .*(?:meat|fish)",
    "relationship": r"(?:be|get|have|become|see|date) .*\b(?:single|relationship|partner|"
    r"someone(?! about)|girlfriend|boyfriend|engaged|married|divorced|separated)\b|"
    r"date|divorce|separate$|marry|(?:break|split) up(?:$| with| last| yesterday)",
    "studies": r"study|major|graduate|drop out|(?:switch|change) .*\b(?:major|course|degree)\b",
    "name": r"be (?:now )?(?:called|named) \w",
}.items()]  # fmt: skip


def _slots(owner: str, person: str, clause: Clause, rest: str) -> dict[str, frozenset[str]]:
    """The slots that a clause fills, and the words of their values: {"home": {"leeds"}}."""
    value, told = content(rest), f"{clause.verb} {rest}".strip()
    if child := re.search(r"\b(\w+)-year-old (\w+)$", rest):
        return {f"{child[2]}'s age": content(child[1])}
    if owner != person:
        is_value = "be" in (clause.verb, verb(clause.group[0])[0])
        return {"role" if owner == "job" else owner: value} if is_value else {}
    if noun(owner) in {"baby", *KINDS["child"]} and "born" in rest.split():
        return {"pregnancy": value}
    once = clause.tense == "past" and clause.verb in ("be", "live", "work", "study")
    if once and verb(rest.split(" ")[0])[1] != "past":
        return {}  # "was a waiter" is no longer so
    found = {slot: value for slot, words_of_it in SLOTS if words_of_it.match(told)}
    if "commute" in found:
        found["commute"] |= {clause.verb}
    head = noun_phrase(clause.rest)
    role = head and (is_role(head[-1]) or not kinds(head[-1]))
    job = role and noun(head[-1]) not in TOPICS["family"] | CLASSES["NO_JOB"]
    if job and clause.verb in ("be", "become") and head[0] in ("a", "an", "the", "now"):
        found["role"] = value
    return {f"{owner}'s {slot}" if owner else slot: value for slot, value in found.items()}


# ---------------------------------------------------------- is it stored already? does it change?

TURNS = {("on", "want"), ("off", "want"), ("on", "off"), ("off", "on")}  # from the second


def repeats(new: Meaning, old: Meaning) -> bool:
    """Whether a memory says what is said already, in the same or in simply other words."""
    if (new.stage, old.stage) in TURNS or new.taste != old.taste:
        return False
    for slot in new.slots.keys() & old.slots.keys():
        return bool(new.slots[slot]) and new.slots[slot] <= old.slots[slot]
    if new.taste:
        return new.things <= old.things and new.owner == old.owner
    return bool(new.all) and new.all <= old.all and bool(new.owner) == bool(old.owner)


def replaces(new: Meaning, old: Meaning, announced: bool = False) -> bool:
    """Whether a statement is the newer truth: another value of a slot, another stage of a thing."""
    if new.slots.keys() & old.slots.keys():
        return True
    if old.owner and f" a new {old.owner}" in new.text:
        return True
    other = new.slots and old.slots and not new.owner  # what one does and where one works
    return _ends(new, old) or _turns(new, old) or (not other and _is_now(new, old, announced))


def _ends(new: Meaning, old: Meaning) -> bool:
    """ "stopped smoking" after "smokes", "the cat died" after "has a cat"."""
    if not new.over or old.stage == "off" or not new.over <= old.all:
        return False
    several = re.search(r" with (.+(?:,| and ).+)", old.text)
    if several and new.over <= content(several[1]):
        return False  # the dog, of "lives in Oslo with their wife and a dog"
    has = words(old.text)[3:]
    names = {name.lower() for name in has if name[0].isupper()}
    if has and has[0] in NUMBERS and new.over - PEOPLE < names:
        return False  # Ben, of "two dogs, Ben and Bella"
    if new.person and new.over.isdisjoint(content(new.owner)):  # "my sister sold her car"
        return new.owner == old.owner
    if old.owner:
        named = content(" ".join((old.owner, *called_in(old.text)))) if old.person else old.all
        return bool(new.over & named) and old.owner != "?"
    return not LOST.search(new.text) or (old.verb in CLASSES["HAVING"] and not old.taste)


def _turns(new: Meaning, old: Meaning) -> bool:
    """Whether the same thing has come to another stage: "doesn't like jazz" after "likes jazz"."""
    alike = (new.person, new.taste) == (old.person, old.taste)
    if (new.stage, old.stage) not in TURNS or not alike or "home" in new.slots:
        return False
    gained = new.verb in GAIN and new.stage == "on"
    newly = gained or bool(NEWLY.search(new.text))
    if old.stage == "off" and new.past and not newly:  # "I ate too much"
        return False
    if not (new.taste or newly or new.verb in old.all | {old.verb}):
        return False
    return new.things <= old.all or (newly and old.things <= new.all)


def _is_now(new: Meaning, old: Meaning, announced: bool) -> bool:
    """ "drives a van now" after "drives a car"; an exam that is on another day."""
    if "off" in (new.stage, old.stage) or new.person != old.person:
        return False
    if new.owner != new.person and WHEN.search(new.text) and WHEN.search(old.text):
        return (content(new.owner) - CLASSES["STALE"] or content(new.owner)) <= old.all
    if new.verb == old.verb == "have" and new.things == old.things:
        return True  # "has three kids" after "has two kids"
    other = new.owner != new.person and old.owner != old.person and new.owner != old.owner
    same = new.verb == old.verb or new.stage == old.stage == "want"
    shared = (content(new.text) & content(old.text)) - LIGHT - {new.verb}
    again = new.things == old.things and WHEN.search(new.text) and WHEN.search(old.text)
    alike = same and (shared or again or new.verb in CLASSES["ONE_AT_A_TIME"])
    return bool(alike and not other and (announced or NEWLY.search(new.text)))


TOGETHER = re.compile(r"The user (.+?) with ([^.,]+?)( in [A-Z][^.]*)?\.$")
LIST = re.compile(
    r"The user (likes(?: to)?|loves|hates|enjoys|has|takes|plays|speaks|teaches|collects|grows|"
    r"works at|is (?:allergic to|learning|going to|afraid of)) (.+)\.$"
)


def rest_of(memory: str, gone: frozenset[str]) -> str:
    """What a joint memory says without one of its things.

    >>> rest_of("The user likes anime and video games.", content("anime"))
    'likes video games'
    """
    company = TOGETHER.match(memory)  # "lives in Oslo with their brother", who moved out
    somebody = company and (content(company[2]) & PEOPLE or company[2].istitle())
    if company and somebody and gone & content(company[2]):
        rest = company[1] + (company[3] or "")
        return rest if " " in rest else ""
    joint = LIST.match(memory)
    listed = joint and joint[2].split(" ")[0] not in NUMBERS  # of "two dogs, Ben and Bella"
    parts = re.split(r", (?:and )?| and ", joint[2]) if joint and listed else []
    rest = [part for part in parts if not gone & content(part)]
    return f"{joint[1]} {' and '.join(rest)}" if joint and 0 < len(rest) < len(parts) else ""
