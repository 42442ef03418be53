"""What a memory means: whom it is about, what it says, and what another one makes of it.

A memory is read once, with the grammar that reads a message.

>>> meaning("The user's sister Anna lives in Rome.").slots
{"sister's home": frozenset({'rome'})}
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from memkit.offline.grammar import Clause, parse
from memkit.offline.lexicon import CLASSES, SAME
from memkit.offline.reading import PERSONS, called_in, pattern
from memkit.offline.rules import OVER, is_role, noun_phrase, singular
from memkit.offline.verbs import Words, noun, tidy, verb, words

PEOPLE = CLASSES["PERSON"] | CLASSES["PET"]


# --------------------------------------------------------------------------- what a memory means


@lru_cache(20_000)
def stem(word: str) -> str:
    """One form for "hiking", "hikes" and "hike"; names, numbers and codes stay as they are.

    >>> [stem(word) for word in ("hiking", "cats", "kids", "Anne", "thing11")]
    ['hike', 'cat', 'child', 'anne', 'thing11']
    """
    low = word.lower().removesuffix("'s")
    if low in SAME or not low.isalpha() or (word[0].isupper() and not word.isupper()):
        return SAME.get(low, low)
    lemma, form = verb(low)
    low = lemma if form in ("ing", "past", "s") and lemma else noun(low)
    return SAME.get(low, low)


@lru_cache(20_000)
def content(text: str) -> frozenset[str]:
    """The stems of the words that carry a meaning."""
    found = re.findall(r"[^\W_]+(?:[-'][^\W_]+)*", text.replace("’", "'"))
    kept = [word for word in found if word.lower() not in CLASSES["STOP"] and word[-3:] != "n't"]
    return frozenset(map(stem, kept))


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


@lru_cache(20_000)
def meaning(memory: str) -> Meaning:
    """A memory as the grammar reads it; memories of other models as well."""
    clause = parse(words(tidy(memory)[0].removesuffix(".")))
    if clause is None:
        return Meaning(memory, "?", "", False, False, content(memory), {}, content(memory))
    rest = re.split(r" because | since | so that ", " ".join(clause.rest))[0]
    fond = clause.verb == "be" and re.match(
        r"(?:\w+ ){0,3}(?:into|fan|fond|keen|mad|crazy)\b", rest
    )
    taste = clause.verb in CLASSES["LIKE"] | {"stand", "bear", "mind"} or bool(fond)
    dislike = clause.verb in ("hate", "dislike", "detest", "loathe", "despise", "mind")
    stand = clause.verb in ("stand", "bear") and clause.against
    against = stand or clause.verb == "use" or (clause.against and not stand) != dislike
    plain = WHEN.sub(lambda time: time[0] if time[0].isdigit() else " ", rest) if taste else rest
    things = content(NO_THING.sub(" ", plain))
    owner = "" if clause.is_own else _owner(clause.subject)
    slots = _slots(owner, clause, rest)
    return Meaning(memory, owner, clause.verb, against, taste, things, slots, content(memory))


NO_THING = pattern(r"""
    \b(?:to|into|fan|fond|keen|mad|playing|watching|listening|eating|drinking|play|eat|drink|
    going|planning|plan|go|visit|visiting|years?|ago|start(?:ed)?|(?:like|love|enjoy|swap|
    trade)(?= ))\b""")
WHEN = pattern(r"""
    \b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|
    august|september|october|november|december|today|tomorrow|tonight|weekends?|week|month|year|
    morning|afternoon|evening|next|this|summer|winter|spring|autumn|christmas|\d[\w:.]*|am|pm|
    later|last|night|yesterday|ago|every|on|in|at)\b""")


def _owner(subject: Words) -> str:
    """Whom a clause is about: "sister" of "The user's sister Anna", "favourite colour"."""
    low = [word for word in subject[1:] if word.islower() and word not in CLASSES["NO_OWNER"]]
    return " ".join(SAME.get(word, word) for word in low)


STATUS = {"single": "single", "girlfriend": "dating", "boyfriend": "dating", "partner": "dating",
          "relationship": "dating", "engaged": "engaged", "married": "married", "wife": "married",
          "husband": "married", "divorced": "divorced", "separated": "divorced", "up": "single",
          "widowed": "widowed", "someone": "dating"}  # fmt: skip
NUMBERS, STATUSES = "|".join(sorted(CLASSES["NUMBER"])), "|".join(STATUS)
SLOTS = [  # what a person has one of: its name, the verbs and the words that tell it
    (
        "home",
        "live move relocate reside settle",
        r"\b(?:in|to|at|near) (?:the )?[A-Z]\w|^\w+ [a-z]+$",
    ),
    ("home", "be", r"^(?:now )?(?:based|in [A-Z]\w+ now)"),
    ("age", "be turn", rf"^(?:now |almost )?(?:\d|{NUMBERS})"),
    ("diet", "be turn become go", r"\b(?:vegan|vegetarian|pescatarian|veggie)\b"),
    ("diet", "eat start", r"\b(?:meat|fish)\b"),
    ("wake-up_time", "get wake", r"^up\b"),
    ("relationship", "be get have become date break split", rf"\b(?:{STATUSES})\b"),
    ("role", "work", r"^(?:now )?as\b"),
    ("role employer", "get start quit lose leave change find", r"\bjob\b"),
    ("employer", "work", r"^(?!(?:now )?as\b)"),
    ("role employer", "retire quit resign", "^$"),
    ("commute", "take bike cycle walk drive commute ride", r"\bto (?:the )?[a-z]+\b(?: now)?$"),
    ("ambition", " ".join(CLASSES["AIM"]), r"^to (?:be|become) "),
    ("name", "be", r"^(?:now )?(?:called|named) [A-Z]"),
]


def _slots(owner: str, clause: Clause, rest: str) -> dict[str, frozenset[str]]:
    """The slots that a clause fills, and the words of their values: {"home": {"leeds"}}."""
    noun_of = owner.split()[-1] if owner else ""
    if owner and singular(noun_of) not in PEOPLE:
        return {owner: content(rest)} if clause.verb == "be" else {}
    found: dict[str, frozenset[str]] = {}
    for slots, verbs, told in SLOTS:
        if clause.verb in verbs.split() and re.search(told, rest):
            value = content(re.split(r" with |,| when | because ", rest)[0])
            found |= dict.fromkeys(slots.split(), value)
    if "relationship" in found:
        status = next(status for word, status in STATUS.items() if re.search(rf"\b{word}\b", rest))
        found["relationship"] = frozenset({status, *(["not"] if clause.against else [])})
    if "commute" in found:
        found["commute"] |= {clause.verb}
    head = noun_phrase(clause.rest)
    job = (
        head
        and is_role(head[-1])
        and singular(head[-1]) not in CLASSES["PERSON"] | CLASSES["NO_JOB"]
    )
    if job and clause.verb in ("be", "become") and head[0] in ("a", "an", "the", "now"):
        found["role"] = content(rest)
    named = owner and clause.verb == "be" and rest[:1].isupper() and len(clause.rest) < 4
    if named:
        found["name"] = content(rest)
    return {f"{owner}'s {slot}" if owner else slot: value for slot, value in found.items()}


def rows(text: str) -> list[list[str]]:
    """The rows of a table: cells with " => " between; a line with an indent goes on the last."""
    lines = text.replace("\n  ", "").replace("<person>", PERSONS).strip().splitlines()
    return [[cell.strip() for cell in line.split("=>")] for line in lines]


# How people name what a memory says: the words, the slots, and a name for the reply.
ASKED = rows(r"""
my (?:full |first |own |real )?name\b|what i am called|(?:am i|i am) called|who i am => name
   => your name
how old (?:am i|i am)|my age\b => age => how old you are
my birthday|(?:was i|i was) born|my date of birth => birthday => your birthday
where (?:do i|am i|i)(?: am)?(?: now)? (?:liv|based|from) => home => where you live
my (?:home|address|city|town)\b(?! ?town)|which (?:city|town) => home => where you live
my (?:job|work|profession|occupation|employer)|for a living => role employer => your job
where (?:do )?i work|what i do\b|what do i do$ => role employer => your job
my relationship|(?:am i|i am) (?:single|married) => relationship => your relationship status
my diet\b|am i (?:vegan|vegetarian) => diet => your diet
""")


# ---------------------------------------------------------- is it stored already? does it change?


def repeats(new: Meaning, old: Meaning) -> bool:
    """Whether a memory says what is said already, in the same or in simply other words."""
    if new.all == old.all and _plain(new.text) == _plain(old.text):
        return True
    if new.against != old.against or new.taste != old.taste:
        return False
    for slot in new.slots.keys() & old.slots.keys():
        return new.slots[slot] <= old.slots[slot]
    if new.taste:
        return bool(new.things) and new.things <= old.things and new.owner == old.owner
    named = re.search(r"\b(?:named|called|name is)\b", new.text) if new.all <= old.all else None
    same_owner = bool(new.owner) == bool(old.owner) or bool(named)
    return same_owner and bool(new.all) and new.all <= old.all


def _plain(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def replaces(new: Meaning, old: Meaning, announced: bool = False) -> bool:
    """Whether a statement is the newer truth about what a memory says."""
    if new.slots.keys() & old.slots.keys():
        return True
    if any(re.search(stored, old.text) for stored in _changed_by(new.text)):
        return True
    if new.all.isdisjoint(old.all):
        return False
    if _ends(new, old) or _turns_around(new, old) or _is_now(new, old, announced):
        return True
    if not new.verb == old.verb == "have" or new.owner != old.owner or new.text == old.text:
        return False
    told, stored = (content(NUMBER.sub(" ", text)) - {"have"} for text in (new.text, old.text))
    return bool(told) and told == stored  # "has three kids" after "has two kids"


CHANGES = [  # what says that something changed, and the memory that it changes
    (r"broke up|split up|divorced|separated",
     r"\b(?:girlfriend|boyfriend|partner|wife|husband|fianc\w+|married)\b"),
    (r"(?:switched|changed) (?:\w+ )?(?:major|course|degree|subject)s?\b|dropped out|graduated",
     r"\b(?:stud(?:y|ies|ying)|student|major)\b"),
    (r"(?:finished|completed|left) (?:school|university|college|their (?:degree|studies|course))",
     r"\b(?:stud(?:y|ies|ying)|student)\b"),
    (r"(?:is|feels) (?:better|healthy|well|home|back) (?:now|again|from)",
     r"\b(?:ill|sick|hospital)"),
    (r"moved out|lives alone", r"\b(?:lives|living) with\b"),
    (r"changed their name", r"The user's name is"),
    (r"user's \w+(?: [A-Z]\w+)? (?:just )?turned", r"\b(?:\w+-year-old)\b"),
]  # fmt: skip


@lru_cache(1000)
def _changed_by(text: str) -> list[str]:
    """The patterns of the memories that a statement changes."""
    return [stored for said, stored in CHANGES if re.search(said, text)]


NUMBER = re.compile(rf"\b(?:\d+|an?|one|{NUMBERS})\b")
GONE = pattern(r"""
    \b(?:sold|sell|died|passed away|ran away|fired from|(?:got|was|been) stolen|got rid|gave away|
    lost|broke down|traded|swapped|replaced|exchanged|gave up|given up|had to give up|stopped|
    quit|dropped|cancell?ed|called off|off\b|left|finished|moved|postponed|pushed|rescheduled|
    delayed|done with|(?:went|gone) off|over\b|moved from|n't (?:have|own)|no longer|
    decided (?:not to|against)|switched from|anymore|any more|any longer)\b""")
HAD = re.compile(r"n't (?:have|own)|no longer (?:has|owns)|\bsold\b|gave away|got rid|\blost\b")
NOW = pattern(r"""
    \b(?:now|nowadays|these days|new|currently|lately|again|instead|rather than|switched|
    swapped)\b""")
STRONG = re.compile(r"\b(?:instead|rather than|no longer|switched|swapped|changed)\b")
INSTEAD = pattern(r"""
    ,? (?:instead of|rather than|in place of|and no longer)\s+(?P<gone>[^,.]+)|
    (?:,(?: and| now)*| and| now) not\s+(?P<not>[^,.]+)(?=\.$)""")
SWAP = pattern(r"""
    \b(?:swapped|switched|traded|replaced|exchanged|moved|
    changed)(?: from)? (?P<gone>.+?) (?:for|to|with|in for)\b""")
PLAN = pattern(r"""
    The user (?:\w+ly |also |still |now )*(?:is (?:now )?\w+ing|will|plans|has tickets|wants)\b""")


class _Signs(NamedTuple):
    """The words of a statement that say that something has changed."""

    gone: re.Match[str] | None
    instead: str  # "football" of "boxing instead of football"
    strong: bool
    now: bool


@lru_cache(1000)
def _signs(text: str) -> _Signs:
    instead = INSTEAD.search(text) or SWAP.search(text)
    words = instead.groupdict() if instead else {}
    strong = bool(STRONG.search(text))
    return _Signs(GONE.search(text), words.get("gone") or words.get("not") or "", strong,
                  strong or bool(NOW.search(text)))  # fmt: skip


def _ends(new: Meaning, old: Meaning) -> bool:
    """ "stopped smoking" after "smokes", "the cat died" after "has a cat"."""
    gone, instead, _, _ = _signs(new.text)
    if instead:
        told = content(instead) - CLASSES["STALE"]
        time = not content(WHEN.sub(" ", instead))
        alike = new.verb == old.verb or bool((new.things - told) & old.things) or not time
        return bool(told) and told <= old.all and alike and new.taste == old.taste
    if not gone or old.against:
        return False
    if new.owner:
        return _is_gone(new, old)
    if HAD.search(new.text) and (old.taste or old.verb not in CLASSES["HAVING"]):
        return False
    if gone[0] in ("moved", "off", "over", "pushed", "moved from") and new.verb != "be":
        return False
    if re.match(r"any|no longer|n't", gone[0]):
        told = new.things or frozenset({new.verb})
        return told <= old.all and (
            new.verb in ("have", "own") or bool(new.things) or new.verb in old.all
        )
    after = new.text[gone.end() :]
    first = re.split(r"\b(?:to|for|with|because|but|they|as|and|in)\b|[,;]", after)[0]
    told = (content(first) or content(after)) - CLASSES["STALE"]
    return bool(told) and told <= old.all


def _is_gone(new: Meaning, old: Meaning) -> bool:
    """Whether somebody or something of the user's is what a memory tells of."""
    thing = new.owner.split()[-1]
    if singular(thing) in PEOPLE:
        name = re.match(rf"The user's (?:\w+ )*{thing} ([A-Z]\w+)", new.text)
        named = called_in(old.text)
        over = not old.slots or bool(re.search(r"died|passed|ran away|stolen", new.text))
        same = stem(thing) in old.all and (not name or not named or name[1] in named)
        return same and not old.taste and (not old.owner or (old.owner == new.owner and over))
    told = content(GONE.sub(" ", WHEN.sub(" ", new.text))) - CLASSES["STALE"]
    off = re.search(r"cancell?ed|called off|\boff\b", new.text)
    told = told - CLASSES["TRIP"] if off and told - CLASSES["TRIP"] else told
    owned = old.verb in CLASSES["HAVING"] and not old.taste
    timed = bool(WHEN.search(old.text) or off) if stem(thing) in _times() else owned
    return bool(told) and told <= old.all and timed


@cache
def _times() -> frozenset[str]:
    """The stems of what is at a time: an exam, a trip."""
    return frozenset(stem(word) for word in CLASSES["TIMES"])


def _turns_around(new: Meaning, old: Meaning) -> bool:
    """ "doesn't like jazz" after "likes jazz", "can swim now" after "can't swim"."""
    if new.against == old.against or new.owner != old.owner:
        return False
    over = re.search(rf"{OVER.pattern}|\b(?:now|used to|learned to)\b", new.text)
    told, stored = new.things or {new.verb}, old.things or {old.verb}
    if new.taste != old.taste:
        return (
            new.against
            and bool(over)
            and (told <= old.things or (not new.taste and told <= old.all))
        )
    if not new.taste and new.verb != old.verb and new.verb not in ("use", "want", "learn"):
        return False
    return told <= stored or (bool(over) and stored <= told)


def _is_now(new: Meaning, old: Meaning, announced: bool) -> bool:
    """ "drives a van now" after "drives a car"; an exam that is on another day."""
    if new.owner and stem(new.owner.split()[-1]) in _times() and WHEN.search(new.text):
        told = content(WHEN.sub(" ", new.text)) - CLASSES["STALE"]
        return bool(told) and told <= old.all and bool(WHEN.search(old.text))
    strong = announced or _signs(new.text).strong
    if not (strong or _signs(new.text).now) or new.owner != old.owner or new.against or old.against:
        return False
    if strong and PLAN.match(new.text) and PLAN.match(old.text):
        times = [content(" ".join(WHEN.findall(each.text))) for each in (new, old)]
        return bool(new.things & old.things or times[0] & times[1])
    if new.verb != old.verb or (new.taste and new.verb != "prefer"):
        return False
    if new.verb in ("have", "be", "do", "go", "get", "want", "make"):
        last = [re.findall(r"\w+", NOW.sub("", each.text))[-1:] for each in (new, old)]
        return (
            bool(new.things & old.things) if strong else new.verb == "have" and last[0] == last[1]
        )
    return strong or new.verb in CLASSES["ONE_AT_A_TIME"]


def rest_of(memory: str, gone: frozenset[str]) -> str:
    """What a joint memory of tastes says without one of them.

    >>> rest_of("The user likes anime and video games.", content("anime"))
    'likes video games'
    """
    joint = re.match(r"The user (likes|loves|enjoys)( to)? (.+)\.$", memory)
    parts = re.split(r", (?:and )?| and ", joint[3]) if joint else []
    rest = [part for part in parts if not content(NO_THING.sub(" ", part)) <= gone]
    kept = ", ".join(rest[:-1]) + (" and " if len(rest) > 1 else "") + "".join(rest[-1:])
    return f"{joint[1]}{joint[2] or ''} {kept}" if joint and 0 < len(rest) < len(parts) else ""
