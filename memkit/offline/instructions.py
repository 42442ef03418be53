"""What the instructions of a memory manager let be stored.

>>> allowed("The user's name is Bo.", "Never store names."), allowed("The user has a cat.", "")
(False, True)
"""

from __future__ import annotations

import re

from memkit.offline.lexicon import CLASSES
from memkit.offline.meaning import meaning
from memkit.offline.naming import EXCEPT, TALK, topics_named
from memkit.offline.reading import topics
from memkit.offline.verbs import STOP, content, pattern, stem

STORE = r"(?:stor|sav|remember|keep|record|memori[sz]|not|add|collect|retain|captur)(?:e|ing)?"
NEVER = pattern(rf"""
    \b(?:(?:do not|don't|never|must not|should not|shouldn't|avoid|stop|no|not)\s+(?:ever\s+)?
    {STORE}|ignore|exclude|skip|leave out|omit|(?<![^,.;] )(?:never|no|not))\s+(?P<what>.+)""")
ONLY = pattern(rf"""
    \bonly\s+{STORE}\s+(?P<what>.+)|\b{STORE}\s+(?:only|just|nothing (?:but|except))\s+
    (?P<what2>.+)""")


def allowed(memory: str, instructions: str) -> bool:
    """Whether instructions ("Do not store names. Only remember food.") let this be stored."""
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
