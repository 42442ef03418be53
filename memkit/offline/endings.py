"""What a clause says is over: a thing sold, a trip called off, a pet that died.

>>> from memkit.offline.grammar import clause_of
>>> from memkit.offline.verbs import words
>>> ended(clause_of(words("We had to say goodbye to Momo yesterday"))).what
frozenset({'momo'})
>>> ended(clause_of(words("The Dublin trip is off"))).what == {"dublin", "trip"}
True
"""

from __future__ import annotations

import re
from typing import NamedTuple

from memkit.offline.grammar import MY, PEOPLE, Clause
from memkit.offline.lexicon import CLASSES, SAME
from memkit.offline.rules import OVER
from memkit.offline.verbs import STOP, Words, content, is_adverb, noun, pattern, spelled

WHEN = pattern(r"""
    \b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|
    august|september|october|november|december|today|tomorrow|tonight|weekends?|week|month|year|
    morning|afternoon|evening|next|this|summer|winter|spring|autumn|christmas|\d[\w:.]*|am|pm|
    later|last|night|yesterday|ago|every|on|in|at)\b""")
MARKED = pattern(rf"""
    {OVER.pattern}|\b(?:now|again|back|at last|finally|used to|learned to|out of|started \w+ing|
    t[ao]ken? up|took up)\b""")
INSTEAD = pattern(r"""
    ,? (?:instead of|rather than|in place of|and no longer)\s+(?P<gone>[^,.]+)|
    (?:,(?: and| now)*| and| now) not\s+(?P<not>[^,.]+)(?=\.?$)""")
SWAP = pattern(r"""
    (?:swap|switch|trade|replace|exchange|change)(?: from)? (?P<gone>.+?)
     (?:for|to|with|in for)\b""")
# What is over is what follows such a verb, or stands inside it ("called the wedding off") ...
OBJECT = pattern(r"""
    (?:(?P<had>sell|lose|scrap|crash|total|get rid of|part with|(?:give|hand) (?:away|back)|
    throw (?:out|away)|shave off|donate|return|rehome|nick|bury)|quit|leave|stop|cancel|
    drop(?! (?:my|the)\b)(?: out of)?|ditch|end|finish|give up(?: on| being)?|
    (?:call|break|come) off|cut out|pack in|pull out of|(?:shut|close)(?: down)?|say goodbye to|
    hang up|(?:break|split) (?:up )?(?:with|from)|decide (?:against|not to)|
    be (?:done|finished|through|over)(?: with)?|go (?:right )?off|be off(?=.* now\b)|move out of|
    pass|(?:retire|resign) from|outgrow|(?:be|get|grow) (?:tired|bored|sick) of(?! (?:my|the)\b)|
    fall out of love with|make (?:me|the user) (?:give up|stop|quit)|steal|put down|let go of|
    (?:be|get) (?:fired|sacked|kicked out|laid off|let go) (?:from|by|of)|change my mind about|
    (?P<be>be (?:out of|off)(?= (?:the|my|their)\b))) (?P<what>.+)|
    (?:call|give|throw|put|pack|shave) (?P<thing>.+?) (?:off|away|out|up|back|down|in)\b|
    (?:give (?P<given>.+?) to|find (?P<homed>.+?) a new home|
    have (?P<gone>.+?) put (?:down|to sleep))\b""")
# ... or the subject.
SUBJECT = pattern(r"""
    (?P<died>die|pass away|(?:run|fly) (?:away|off))\b|(?:(?:leave|dump|bore) (?:me|the user)|
    move out|go away|fall through|not be with (?:us|me|them)|not (?:happen|go ahead)|
    be put (?:down|to sleep)|heal|clear up|come off|(?:break|split) up|turn (?:me|the user) down)\b|
    (?:be|get) (?:over|off|history|finished|out$|(?P<had>gone|dead))
    (?=$|,| and| now| in| on| by| because| too| last| yesterday)|
    (?:be|get) (?:cancell?ed|called off|(?P<lost>run over|sold|stolen|nicked|scrapped|written off|
    totalled|given away))\b(?!.* (?:once|when)\b)|break$""")


class Ending(NamedTuple):
    """Whose something is over ("" is the user's own), and its words.

    It was a thing `had`, a state in which one could `be`, or any; something may be there `instead`.
    """

    whose: str
    what: frozenset[str]
    kind: str = ""
    instead: bool = False


def may_change(clause: Clause) -> bool:
    """Whether a clause tells of an event, or of a state that is new: "I'm back on the coffee"."""
    marked = MARKED.search(spelled(clause.rest)) and clause.tense not in ("modal", "future")
    return bool(ended(clause).what or marked or clause.tense in ("past", "perfect"))


def owner_of(subject: Words) -> str:
    """Whom a subject is about: "sister" of "The user's sister Anna", "favourite colour"."""
    low = [word for word in subject[1:] if word.islower() and word not in STOP]
    return " ".join(SAME.get(word, word) for word in low)


def ended(clause: Clause | None) -> Ending:
    """What a clause says is over, if anything."""
    nothing = Ending("", frozenset())
    if clause is None or clause.subject[-1].lower() in CLASSES["OTHERS"]:
        return nothing
    own = clause.is_own or not MY & set(clause.subject)
    whose = "" if own else owner_of(clause.subject)
    not_ = "not " if clause.denied else ""
    text = not_ + re.sub(" (?:because|since|so) .*", "", spelled((clause.verb, *clause.rest)))
    if instead := INSTEAD.search(text) or SWAP.match(text):
        return Ending(whose, _what(next(filter(None, instead.groups()))), "", True)
    if (
        not clause.is_own
        and (found := SUBJECT.match(text))
        and clause.tense not in ("future", "modal")
    ):
        return _subject_ended(clause.subject, found)
    if clause.denied:
        had = clause.verb in ("have", "own")
        if not had and not OVER.search(spelled((*clause.group, *clause.rest))):
            return nothing
        there = re.sub(r"^(?:to|time (?:for|to)) ", "", " ".join(clause.rest))
        return Ending(whose, _what(there) or frozenset({clause.verb}), "had" if had else "")
    return _object_ended(clause, whose, text)


def _subject_ended(subject: Words, found: re.Match[str]) -> Ending:
    """The ending of what a clause is about: "my cat died", "the Dublin trip is off"."""
    last = subject[-1]
    if found["died"] and not last[0].isupper() and noun(last) not in PEOPLE:
        return Ending("", frozenset())  # a battery
    return Ending("", content(spelled(subject)), "had" if any(found.groups()) else "")


def _object_ended(clause: Clause, whose: str, text: str) -> Ending:
    """The ending of what somebody did something to: "sold the car"."""
    real = clause.tense in ("past", "perfect") or "had" in clause.group or clause.verb == "be"
    undone = re.search(r" but |^leave .+ at \d|^leave .+ at (?:\w+)$", text)
    found = OBJECT.match(text) if real and not undone else None
    theirs = not clause.is_own and {"their", "his", "her"} & set(clause.rest)
    if found is None or (theirs and not whose):
        return Ending("", frozenset())
    thing = next(filter(None, found.group("what", "thing", "given", "homed", "gone")))
    had = found["had"] or not (found["what"] or found["thing"])
    return Ending(whose, _what(thing), "had" if had else "be" if found["be"] else "")


def _what(text: str) -> frozenset[str]:
    """The words of the thing that a text begins with."""
    ends = r" (?:to|for|with|because|but|they|as|and|in|on|after|at|when)\b|[,;(]"
    first = WHEN.sub(" ", re.split(ends, text)[0]).split()
    found = content(" ".join(word for word in first if not is_adverb(word)))
    told = frozenset() if text.split(" ")[0] in CLASSES["PREPOSITION"] else found
    return (told - CLASSES["STALE"]) or told
