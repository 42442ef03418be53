"""Which memories words mean: "my name", "what you know of my divorce", "food", "everything".

Questions, requests to forget and instructions all name memories in the same ways.

>>> meant("my job", ["The user is a nurse.", "The user likes tea."])
['The user is a nurse.']
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from memkit.offline.forgetting import requests
from memkit.offline.grammar import PEOPLE, called_in
from memkit.offline.lexicon import ASKED_FOR, CLASSES, TOPIC_NAMES, TOPICS, with_kinds
from memkit.offline.meaning import meaning, rest_of
from memkit.offline.reading import topics
from memkit.offline.verbs import content, is_adverb, pattern, stem, tidy


def meant(text: str, memories: Collection[str], loosely: bool = False) -> list[str]:
    """The memories that words mean, of which every one counts; or, `loosely`, as many as fit.

    Words name what a person has one of, or are those of a memory, or name a topic.
    """
    said = content(text) - CLASSES["TALK"]
    people = said & PEOPLE
    rows = [row for row in ASKED_FOR.values() if row & said and (loosely or said <= row | people)]
    slots = frozenset[str]().union(*rows[:1])
    if slots:
        found = [memory for memory in memories if _fills(memory, slots, people)]
        if found or loosely or "name" in slots:
            return found
        memories = [memory for memory in memories if content(memory) & PEOPLE == people]
    if said and said <= CLASSES["TASTES"]:
        wanted = {"off"} if said & CLASSES["DISLIKE"] or "n't" in text else {"on", "want"}
        tastes = [memory for memory in memories if meaning(memory).taste]
        return [memory for memory in tastes if not loosely or meaning(memory).stage in wanted]
    said -= CLASSES["ASKED"] if loosely else frozenset()
    shared = {memory: len(said & with_kinds(content(memory))) for memory in memories}
    most = max(shared.values(), default=0)
    if most and (loosely or most == len(said)):
        return [memory for memory in memories if shared[memory] == most]
    named = {topic for topic in TOPICS if said == {stem(topic)} or topic in slots}
    about = topics_named(said) if loosely else named  # "my recipe" does not mean all of "food"
    return [memory for memory in memories if about & set(topics(memory, most=99))]


def _fills(memory: str, slots: frozenset[str], people: frozenset[str]) -> bool:
    """Whether a memory tells what is asked for of somebody: of the user, or the user's sister."""
    told = [content(slot) for slot in meaning(memory).slots]
    named = "name" in slots and set(called_in(memory).values()) & set(people)
    return bool(named) or any(slot & slots and slot - slots == people for slot in told)


def topics_named(said: Collection[str]) -> set[str]:
    """The topics that words mean: {"home"} for "locations"."""
    said = set(map(stem, said))
    return {topic for topic in TOPICS if said & {stem(topic), *TOPIC_NAMES.get(topic, ())}}


# -------------------------------------------------------------------------------- what is forgotten

MORE = pattern(r"""
    ,? (?:and|or) (?:also |please )*(?:forget (?:about )?)?(?=(?:my|where|what|how|that|when)\b)|
    , (?=my\b)""")
END = pattern(
    r"[,:;.?!] (?!and |my |but |except)| (?:from|out of|off|in|on) your (?:memory|notes|records)"
)
EXCEPT = pattern(r""",?\s*\b(?:except(?: for)?|other than|apart from|but (?:please )?(?:keep|not)|
    (?:(?<=everything )|(?<=anything )|(?<=all ))but)\b""")


def to_forget(message: str) -> list[str]:
    """What a message asks to forget, thing by thing, without what is said after it."""
    asked = [END.split(what)[0] for what, _ in requests(tidy(message)[0])]
    return [thing for what in asked if what for thing in MORE.split(what)]


def asks_to_clear(message: str) -> bool:
    """Whether a message asks to forget everything."""
    return any(_is_all(what) and not EXCEPT.search(what) for what in to_forget(message))


def _is_all(what: str) -> bool:
    """Whether words mean all that is stored: "everything you know", and nothing by its name."""
    said = set(re.findall(r"\w+", what.lower()))
    mine = re.search(r"^me\b|\b(?:about|of|on) me\b", what) or said & {"my", "your"}
    whole = said & CLASSES["ALL"] or (mine and ("me" in said or said & CLASSES["ALL_DATA"]))
    more = " ".join(word for word in said - CLASSES["ALL"] if not is_adverb(word))
    yours = {"said", "told"} & said and "i" not in said  # what the model said
    other = yours or {"thing", "bit", "him", "her", "them"} & said
    return bool(whole) and not other and not content(more) - CLASSES["TALK"]


def without_forgotten(message: str, memories: Mapping[int, str]) -> dict[int, str]:
    """The memories that stay when the message asks to forget some; a joint one keeps the rest.

    >>> without_forgotten("Forget that I like tea.", {1: "The user likes tea and jazz."})
    {1: 'The user likes jazz.'}
    """
    known = dict(memories)
    for thing in to_forget(message):
        gone, *kept = EXCEPT.split(thing)
        texts = set(known.values())
        if not _is_all(gone):
            named = {*meant(gone, texts)}
            texts &= {text for text in named if not meaning(text).taste} or named
        texts -= {memory for what in kept for memory in meant(what, texts)}
        for key in [key for key in known if known[key] in texts]:
            rest = rest_of(known.pop(key), content(gone))
            if rest and not re.match("has [A-Z]", rest):  # of "two cats, Salt and Pepper"
                known[key] = f"The user {rest}."
    return known


# -------------------------------------------------------------------------- what a manager permits

RULE = pattern(r"""
    \b(?:(?P<never>not|don't|never|avoid)|only)\b
    (?: (?:stor|sav|remember|keep|record|add)(?:e|ing)?)? (?P<what>.+)""")


def allowed(memory: str, instructions: str) -> bool:
    """Whether instructions ("Do not store names. Only remember food.") let this be stored."""
    plain = instructions.replace("’", "'").replace("the user's", "my")
    for rule in map(RULE.search, re.split(r"[.;!]+|,? (?<!anything )but ", plain)):
        what, *rest = EXCEPT.split(rule["what"]) if rule else [""]
        things = re.split(r",|\band\b|\bor\b", rest[0] if rest else what)
        general = " ".join(thing for thing in things if "my " not in thing)  # not of a dog
        about = topics_named(content(general)) & set(topics(memory, most=99))
        named = bool(about) or any(meant(thing, [memory]) for thing in things)
        if rule and named == bool(rule["never"] and not rest):
            return False
    return True
