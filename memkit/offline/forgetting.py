"""What the user asks to forget, and what the manager's instructions let be stored."""

from __future__ import annotations

import re
from collections.abc import Mapping

from memkit.offline.framing import forgotten, pieces
from memkit.offline.grammar import PERSONS
from memkit.offline.lexicon import CLASSES, SAME, TOPIC_NAMES, TOPICS, with_kinds
from memkit.offline.meaning import meaning, rest_of
from memkit.offline.reading import read, topics
from memkit.offline.verbs import STOP, content, pattern, stem, tidy

# Only what surely means all of it: "everything you know of my divorce" does not.
ALL = pattern(r"""
    (?:about )?(?:me(?: (?:completely|entirely|please|now|again|forever))?$|
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
    if not found and re.search(r"\b(?:my|I|me)\b", what):
        found = [key for key in stored if (told or wanted) & stored[key]]
    if not (found or told or KIN.search(what)) and re.search(r"\b(?:my|I|me)\b", what):
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


# --------------------------------------------------------------------- instructions to the manager

STORE = r"(?:stor|sav|remember|keep|record|memori[sz]|not|add|collect|retain|captur)(?:e|ing)?"
NEVER = pattern(rf"""
    \b(?:(?:do not|don't|never|must not|should not|shouldn't|avoid|stop|no|not)\s+(?:ever\s+)?
    {STORE}|ignore|exclude|skip|leave out|omit|(?<![^,.;] )(?:never|no|not))\s+(?P<what>.+)""")
EXCEPT = pattern(r"\b(?:except(?: for)?|other than|apart from|(?<=anything )but|unless it is)\b")
ONLY = pattern(rf"""
    \bonly\s+{STORE}\s+(?P<what>.+)|\b{STORE}\s+(?:only|just|nothing (?:but|except))\s+
    (?P<what2>.+)""")


def allowed(memory: str, instructions: str) -> bool:
    """Whether instructions like "Do not store names. Only remember food." let a memory be stored.

    >>> allowed("The user's name is Bo.", "Never store names."), allowed("The user has a cat.", "")
    (False, True)
    """
    only: list[str] = []
    plain = re.sub(r"\s+", " ", instructions.replace("’", "'"))
    for sentence in re.split(r"[.;!]+|,? (?<!anything )but |, (?=only|do not|don't|never)", plain):
        never = NEVER.search(sentence)
        what, *rest = EXCEPT.split(never["what"], maxsplit=1) if never else [""]
        if not rest and _concerns(memory, what):
            return False
        just = None if never else ONLY.search(sentence)
        only += rest + ([just["what"] or just["what2"]] if just else [])
    return not only or any(_concerns(memory, what) for what in only)


def _concerns(memory: str, what: str) -> bool:
    """Whether a memory is about one of the things that an instruction names."""
    return any(_is_about(memory, re.findall(r"[^\W\d_]+(?:'s)?", thing.lower()))
               for thing in re.split(r",|\band\b|\bor\b", what))  # fmt: skip


def _is_about(memory: str, found: list[str]) -> bool:
    """Whether a memory is about a thing, by topic or by its words."""
    slots = meaning(memory).slots
    if "user's" in found and found[-1] in ("name", "names"):
        return any(slot.endswith("name") and "'s" not in slot for slot in slots)
    found = [word for word in found if word not in STOP]
    if {stem(word) for word in found} & CLASSES["TASTES"]:
        return meaning(memory).taste or "favourite" in " ".join(slots)
    named = {topic for word in found for topic in topics_named(word)}
    if named:
        about = {topic for slot in slots for topic in topics_named(slot)}
        return named <= set(topics(memory, most=99)) | set(slots) | about
    wanted = content(" ".join(found)) - TALK
    return bool(wanted) and wanted <= content(memory)


def topics_named(word: str) -> set[str]:
    """The topic that a plain word means: {"home"} for "locations"."""
    names = {stem(topic): topic for topic in TOPICS}
    return {topic for topic, row in TOPIC_NAMES.items() if stem(word) in row} | (
        {names[stem(word)]} if stem(word) in names else set())  # fmt: skip
