"""Which memories a user means: "my name", "what you know of my divorce", "everything".

>>> without_forgotten("Forget my job.", {1: "The user is a nurse.", 2: "The user likes tea."})
{2: 'The user likes tea.'}
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from memkit.offline.forgetting import forgotten, pieces
from memkit.offline.grammar import PERSONS
from memkit.offline.lexicon import CLASSES, SAME, TOPIC_NAMES, TOPICS, with_kinds
from memkit.offline.meaning import meaning, rest_of
from memkit.offline.reading import read, topics
from memkit.offline.verbs import content, pattern, stem, tidy

EXCEPT = pattern(r"\b(?:except(?: for)?|other than|apart from|(?<=anything )but|unless it is)\b")
# Only what surely means all of it: "everything you know of my divorce" does not.
ALL = pattern(r"""
    (?:it all|every (?:single )?memory)$|(?:about )?(?:me(?: (?:completely|entirely|please|now|
    again|forever))?$|
    (?:absolutely )?(?:everything|all|whatever|anything)(?: of)?(?: (?:my|the|your|existing|
    personal))*(?: (?:memories|data|information|facts))?(?: of it|(?: that)? (?:you|u|i)
    (?: have| might have| may have| ever)?(?: (?:know|have|remember|stored?|saved?|learned|hold|
    keep|told|said|shared))?(?: (?:to )?you)?)?(?: (?:about|on|of) me\b.*|(?: (?:so far|until now|
    now|already|here|today|please|yet|at all|ever|before|in this chat))*)$|
    (?:all )?(?:of )?(?:my|your|the|existing) ?(?:existing )?(?:memory|memories|data|
    personal data|information|facts|profile|database)\b
    (?! (?:about|on|of|regarding|concerning|that) (?!me\b)))""")
MORE = pattern(r"""
    ,? (?:and|or) (?=(?:about )?(?:my|where|what|how|that|when)\b)|[,:;] (?=my)|
    ,? (?:and |but )?(?:forget|delete) """)
TALK = CLASSES["TALK"]


def asks_to_clear(message: str) -> bool:
    """Whether a message asks to forget everything."""
    asked = [forgotten(sentence) for sentence in pieces(tidy(message)[0])]
    return any(what is not None and ALL.match(what) for what in asked)


def without_forgotten(message: str, memories: Mapping[int, str]) -> dict[int, str]:
    """The memories that stay when the message asks to forget some; a joint one keeps the rest."""
    known = dict(memories)
    asked = [forgotten(piece) for piece in pieces(tidy(message)[0])]
    for thing in (thing for what in asked if what is not None for thing in MORE.split(what)):
        thing, *kept = EXCEPT.split(thing, maxsplit=1)
        spared = {key for what in kept for key in _mentioned(what.strip(), content(what), known)}
        said = re.split("[,:;] ", re.sub(r"^(?:about )?(?:the fact )?(?:that )?", "", thing))[0]
        told = [meaning(fact.memory) for fact in read(said)]
        gone = frozenset[str]().union(*(fact.things or fact.all for fact in told))
        for key in {*_mentioned(said, gone, known)} - spared:
            if rest := rest_of(known.pop(key), gone):
                known[key] = f"The user {rest}."
    return known


def _mentioned(what: str, told: frozenset[str], memories: Mapping[int, str]) -> list[int]:
    """The memories that the object of "forget" means: all, one slot, by words, or by topic."""
    if ALL.match(what):
        return list(memories)
    wanted, stored = (
        content(what) - TALK,
        {key: with_kinds(content(memories[key])) for key in memories},
    )
    if whole := [key for key in stored if len(wanted) > 1 and wanted <= stored[key]]:
        return whole
    slots, _ = asked_for(what)
    named = [key for key, memory in memories.items() if slots & meaning(memory).slots.keys()]
    own = re.search(r"\b(?:I|[Mm]y|me|mine|[Ww]e|us|[Oo]ur|the)\b|^it$|\b[A-Z]\w", what)
    if named or "name" in slots or not own:  # without a name nobody else's is meant
        return named
    found = [key for key in stored if told and told <= stored[key]]
    found = found or [key for key in stored if wanted and wanted <= stored[key]]
    mine = re.search(r"\b(?:my|I|me|all|\w+thing)\b", what)
    if not found and mine:
        found = [key for key in stored if (told or wanted) & stored[key]]
    if not (found or told or KIN.search(what)) and mine:
        about = {topic for word in what.split() for topic in topics_named(word)}
        found = [key for key, memory in memories.items() if about & set(topics(memory, most=99))]
    return [key for key in found if not meaning(memories[key]).taste] or found


# How people name what a memory says, the slots that tell it, and a name for the reply: the
# writer's own, and that of somebody of theirs.
ASKED = [(pattern(rf"\b(?:{row[0]})\b"), row[1].split(), row[2], row[3]) for row in [
    ("how old|age", "age", "how old you are", "how old your {} is"),
    ("birthday|born|date of birth", "birthday", "your birthday", "your {}'s birthday"),
    ("names?|called", "name", "your name", "your {}'s name"),
    (r"weigh\w*", "weight", "your weight", "your {}'s weight"),
    (r"where\b.{0,30}\b(?:liv\w+|based|from)|my (?:home|address|city)", "home", "where you live",
     "where your {} lives"),
    ("job|profession|occupation|employer|for a living|where (?:do )?i work|what (?:do )?i do",
     "role employer", "your job", "your {}'s job"),
    (r"my relationship|(?:am i|i am) (?:single|married)", "relationship", "whether you are single",
     "whether your {} is single"),
    (r"my diet|am i (?:vegan|vegetarian)", "diet", "your diet", "your {}'s diet"),
]]  # fmt: skip
KIN = pattern(rf"\bmy ((?:[\w-]+ )?(?:(?:{PERSONS})'s )*(?:{PERSONS}))\b")


def asked_for(text: str) -> tuple[set[str], str]:
    """The slots that words ask for, and a name for the reply.

    >>> asked_for("How old is my mother?")
    ({"mum's age"}, 'how old your mother is')
    """
    kin = KIN.search(text)
    owner = " ".join(SAME.get(word, word) for word in kin[1].lower().split()) if kin else ""
    for found, slots, own, theirs in ASKED:
        if found.search(text):
            named = theirs.format(kin[1]) if kin else own
            return {f"{owner}'s {slot}" if kin else slot for slot in slots}, named
    return set(), ""


def topics_named(word: str) -> set[str]:
    """The topic that a plain word means: {"home"} for "locations"."""
    names = {stem(topic): topic for topic in TOPICS}
    return {topic for topic, row in TOPIC_NAMES.items() if stem(word) in row} | (
        {names[stem(word)]} if stem(word) in names else set())  # fmt: skip
