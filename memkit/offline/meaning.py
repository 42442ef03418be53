"""What a memory means: whom it is about, what it says, and what another one makes of it.

A memory is read once, with the grammar that reads a message.

>>> meaning("The user's sister Anna lives in Rome.").slots
{"sister's home": frozenset({'rome'})}
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from memkit.offline.endings import INSTEAD, WHEN, Ending, ended, owner_of
from memkit.offline.grammar import NUMBERS, PEOPLE, Clause, called_in, clause_of, parse
from memkit.offline.lexicon import CLASSES, TOPICS, pairs
from memkit.offline.reading import topics
from memkit.offline.rules import OVER, is_role, noun_phrase
from memkit.offline.verbs import content, noun, pattern, tidy, verb, words

# --------------------------------------------------------------------------- what a memory means


class Meaning(NamedTuple):
    """A memory, taken apart: whom it is about, the verb, whether it is denied, its other words."""

    text: str
    owner: str  # "" is the user, else "sister", "favourite colour"
    verb: str
    against: bool  # denied, or a dislike; a dislike denied is neither
    taste: bool
    things: frozenset[str]  # the words of what is liked, had or done
    slots: dict[str, frozenset[str]]  # what a person has one of, and the words of its value
    all: frozenset[str]
    over: Ending


@lru_cache(20_000)
def meaning(memory: str) -> Meaning:
    """A memory as the grammar reads it; memories of other models as well."""
    clause = parse(words(tidy(memory)[0].removesuffix(".")))
    if clause is None:
        over = ended(clause_of(words(memory)))
        return Meaning(memory, "?", "", False, False, content(memory), {}, content(memory), over)
    rest = re.split(r" because | since | so that ", " ".join(clause.rest))[0]
    fond = clause.verb == "be" and re.match(r"(?:\w+ ){0,3}(?:into|fan|fond|keen|crazy)\b", rest)
    taste = clause.verb in CLASSES["LIKE"] | {"stand", "bear", "mind"} or bool(fond)
    stand = clause.verb in ("stand", "bear") and clause.denied
    against = stand or clause.verb == "use"
    against |= (clause.denied and not stand) != (clause.verb in CLASSES["DISLIKE"])
    things = content(NO_THING.sub(" ", rest))
    owner = "" if clause.is_own else owner_of(clause.subject)
    slots = _slots(owner, clause, INSTEAD.sub("", rest).strip())
    over, said = ended(clause), content(memory)
    return Meaning(memory, owner, clause.verb, against, taste, things, slots, said, over)


NO_THING = pattern(r"""
    \b(?:to|into|fan|fond|keen|playing|watching|listening|eating|drinking|play|eat|drink|going|
    planning|plan|go|visit|visiting|years?|ago|start(?:ed)?|(?:like|love|enjoy|swap)(?= ))\b""")


STATUS = pairs("""
single=single girlfriend=dating boyfriend=dating partner=dating relationship=dating date=dating
someone=dating engaged=engaged married=married wife=married husband=married marry=married
knot=married divorced=divorced separated=divorced divorce=divorced separate=divorced
widowed=widowed break_up=single split_up=single
""")
NUMBER = "|".join(sorted(NUMBERS))
STATUSES = re.compile(rf"\b(?:{'|'.join(STATUS)})\b")
SLOTS = [(slots, verbs.split(), re.compile(told)) for slots, verbs, told in [
    # what a person has one of: its names, the verbs and the words that tell it
    ("home", "live move relocate", r"\b(?:in|to|at|near) (?:the )?[A-Z]\w|^\w+ [a-z]+$"),
    ("home", "be", r"^(?:now )?(?:based|(?:not |back )*in [A-Z]\w+ (?:now|any))"),
    ("origin", "be come", r"^(?:originally )?from [A-Z]|^[A-Z]\w+(?:ese|ish|ian|ean|can)$"),
    ("weight", "weigh", ""), ("birth", "be", r"^born in \d"),
    ("role employer", "retire resign", ""), ("role", "be get", r"^promoted to"),
    ("role", "be", r"^(?:now )?(?:retired|unemployed)"),
    ("role employer", "be get", r"^(?:fired|sacked|laid off)"),
    ("employer", "start join", r"^(?:at )?[A-Z]"),
    ("age", "be turn", rf"^(?:now |almost )?(?:\d|{NUMBER})"),
    ("diet", "be turn become go", r"\b(?:vegan|vegetarian|pescatarian)\b"),
    ("diet", "eat start", r"\b(?:meat|fish|cheese|dairy)\b"), ("hospital", "be", r"\bhospital\b"),
    ("relationship", "be get have become date see break split separate divorce marry tie", ""),
    ("studies", "study major", ""), ("studies", "be", r"\bstudent\b|^at (?:uni|coll)"),
    ("studies", "switch change graduate drop finish",
     r"\b(?:major|course|degree|subject|out|university|college|phd)\b|^(?:$|last|in|from)"),
    ("role", "work", r"^(?:now )?as\b"), ("employer", "work", r"^(?!(?:now )?as\b)"),
    ("employer", "teach", r"^at\b"), ("role employer", "hand", r"\bnotice$"),
    ("role employer", "have get start quit lose leave change find", r"\bjob\b(?! interview)"),
    ("commute", "take bike cycle walk drive ride", r"\bto (?:the )?[a-z]+\b(?: now)?$"),
    ("ambition", " ".join(CLASSES["AIM"]), r"^to (?:be|become) "),
    ("name", "be", r"^(?:now )?(?:called|named) \w"),
]]  # fmt: skip


def _slots(owner: str, clause: Clause, rest: str) -> dict[str, frozenset[str]]:
    """The slots that a clause fills, and the words of their values: {"home": {"leeds"}}."""
    if child := re.search(r"\b(\w+)-year-old (\w+)$", rest):
        return {f"{child[2]}'s age": content(child[1])}
    if owner and noun(owner.split()[-1]) not in PEOPLE:
        owner = "role" if owner in ("job", "profession", "occupation") else owner
        return {owner: content(rest)} if "be" in (clause.verb, verb(clause.group[0])[0]) else {}
    found: dict[str, frozenset[str]] = {}
    for slots, verbs, told in SLOTS:
        if clause.verb in verbs and told.search(rest):
            found |= dict.fromkeys(slots.split(), content(rest))
    if "relationship" in found:
        status = [STATUS[word] for word in STATUSES.findall(f"{clause.verb} {rest}")][:1]
        found["relationship"] = frozenset([*status, *(["not"] if clause.denied else [])])
        if not status:
            del found["relationship"]
    if "commute" in found:
        found["commute"] |= {clause.verb}
    head = noun_phrase(clause.rest)
    job = head and is_role(head[-1]) and noun(head[-1]) not in TOPICS["family"] | CLASSES["NO_JOB"]
    if job and clause.verb in ("be", "become") and head[0] in ("a", "an", "the", "now"):
        found["role"] = content(rest)
    if owner and clause.verb == "be" and rest[:1].isupper() and len(rest.split()) < 4:
        found["name"] = content(rest)
    return {f"{owner}'s {slot}" if owner else slot: value for slot, value in found.items()}


# ---------------------------------------------------------- is it stored already? does it change?


def repeats(new: Meaning, old: Meaning) -> bool:
    """Whether a memory says what is said already, in the same or in simply other words."""
    if new.against != old.against or new.taste != old.taste:
        return False
    for slot in new.slots.keys() & old.slots.keys():
        ends_it = new.over.what and not old.over.what
        return not ends_it and bool(new.slots[slot]) and new.slots[slot] <= old.slots[slot]
    if new.taste:
        return bool(new.things) and new.things <= old.things and new.owner == old.owner
    return bool(new.all) and new.all <= old.all and bool(new.owner) == bool(old.owner)


def replaces(new: Meaning, old: Meaning, announced: bool = False) -> bool:
    """Whether a statement is the newer truth about what a memory says."""
    if new.slots.keys() & old.slots.keys():
        return True
    if old.owner in STATUS and old.slots and "relationship" in new.slots:
        return bool(new.slots["relationship"] & {"divorced", "single"})
    if "studies" in old.slots and re.search(r"\b(?:switched|changed) to\b", new.text):
        return "food" not in topics(new.text)
    if new.all.isdisjoint(old.all):
        return False
    if old.owner and f" a new {old.owner}" in new.text:
        return True
    if ends(new, old) or _turns_around(new, old) or _is_now(new, old, announced):
        return True
    if not new.verb == old.verb == "have" or new.owner != old.owner or new.text == old.text:
        return False
    told, stored = (content(COUNT.sub(" ", text)) - {"have"} for text in (new.text, old.text))
    return bool(told) and told == stored  # "has three kids" after "has two kids"


COUNT = re.compile(rf"\b(?:\d+|an?|one|left|{NUMBER})\b")
NOW = pattern(r"\b(?:now|nowadays|these days|new|currently|again|instead|rather than|switched)\b")
STRONG = re.compile(r"\b(?:instead|rather than|no longer|switched|swapped|changed)\b")
PLAN = pattern(
    r"The user (?:\w+ly |still |now )*(?:is (?:now )?\w+ing|will|plans|has tickets|wants)\b"
)


def ends(new: Meaning, old: Meaning) -> bool:
    """ "stopped smoking" after "smokes", "the cat died" after "has a cat"."""
    whose, what, had = new.over
    if not what or old.against or not ((what - CLASSES["TRIP"]) or what) <= old.all:
        return False
    if whose or old.owner:
        person = noun(old.owner.split(" ")[-1]) in PEOPLE
        who = content(" ".join((old.owner, *called_in(old.text)))) if person else old.all
        return whose == old.owner or (not whose and bool(what & who) and old.owner != "?")
    return not had or (old.verb in CLASSES["HAVING"] and not old.taste)


def _turns_around(new: Meaning, old: Meaning) -> bool:
    """ "doesn't like jazz" after "likes jazz", "can swim now" after "can't swim"."""
    alike = new.owner == old.owner and (new.taste == old.taste or new.verb == "use")
    if new.against == old.against or not alike:
        return False
    over = re.search(rf"{OVER.pattern}|\b(?:now|used to|learned to)\b", new.text)
    told, stored = new.things or {new.verb}, old.things or {old.verb}
    if not new.taste and new.verb != old.verb and new.verb not in ("use", "want", "learn"):
        return False
    return told <= stored or (bool(over) and stored <= told)


def _is_now(new: Meaning, old: Meaning, announced: bool) -> bool:
    """ "drives a van now" after "drives a car"; an exam that is on another day."""
    moved = " moved to " in new.text
    timed = noun(new.owner.split(" ")[-1]) in CLASSES["TIMES"]
    if new.owner and (moved or timed) and WHEN.search(new.text):
        told = (content(new.owner) - CLASSES["STALE"]) or content(new.owner)
        return told <= old.all and bool(WHEN.search(old.text))
    strong = announced or bool(STRONG.search(new.text))
    now = strong or NOW.search(new.text)
    if not now or new.owner != old.owner or new.against or old.against:
        return False
    if strong and PLAN.match(new.text) and PLAN.match(old.text):
        times = [content(" ".join(WHEN.findall(said.text))) for said in (new, old)]
        return bool(new.things & old.things or times[0] & times[1])
    if new.verb != old.verb or (new.taste and new.verb != "prefer"):
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
        gone & content(part) if has else content(NO_THING.sub(" ", part)) <= gone)]  # fmt: skip
    kept = ", ".join(rest[:-1]) + (" and " if len(rest) > 1 else "") + "".join(rest[-1:])
    return f"{joint[1]}{joint[2] or ''} {kept}" if joint and 0 < len(rest) < len(parts) else ""
