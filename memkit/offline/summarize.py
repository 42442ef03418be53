"""How the offline model makes less of much: memories put together, a conversation summarised.

>>> put_together(["The user likes tea.", "The user's name is Ana.", "The user likes coffee."])
['The user likes tea and coffee.', "The user's name is Ana."]
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from memkit.offline.reading import read
from memkit.validation import MAX_MEMORY

# What can be said of several things in one sentence.
JOINABLE = {"likes", "loves", "enjoys", "hates", "dislikes", "plays", "speaks", "collects", "owns"}
# What goes with one thing only, or with the whole sentence: such a memory stays by itself.
BOUND = re.compile(
    r"\b(after|because|before|but|during|every|except|from|has|if|in|is|lives|more|not|on|since|"
    r"than|that|though|was|when|where|which|while|who|without|works)\b"
)
MAX_SUMMARY = 600  # characters; the end of a conversation counts most


def put_together(memories: Iterable[str]) -> list[str]:
    """The same in fewer sentences: those with the same verb become one, the others stay."""
    sentences: list[tuple[str, list[str]]] = []  # beginning, and what is said of it
    for memory in dict.fromkeys(memories):
        beginning, things = _parts(memory)
        same = [said for start, said in sentences if start == beginning and things]
        if same and len(_sentence(beginning, [*same[-1], *things])) <= MAX_MEMORY:
            same[-1].extend(thing for thing in things if thing not in same[-1])
        else:
            sentences.append((beginning, things))
    return [_sentence(beginning, things) for beginning, things in sentences]


def _parts(memory: str) -> tuple[str, list[str]]:
    """`The user likes a, b and c.` -> `The user likes` and its things; else all of it and none."""
    found = re.fullmatch(r"(The user (\w+)) ([^.;:]+)\.", memory)
    if not found or found[2] not in JOINABLE or BOUND.search(found[3]):
        return memory, []
    things = re.split(r" and |, ", found[3])
    return (found[1], things) if _sentence(found[1], things) == memory else (memory, [])


def _sentence(beginning: str, things: list[str]) -> str:
    if not things:
        return beginning
    *others, last = things
    return f"{beginning} {', '.join(others)}{' and ' if others else ''}{last}."


def summary(conversation: str) -> str:
    """What a user told and asked, of lines like `user: ...`; nothing that the assistant said."""
    said = re.findall(r"^user: (.+)$", conversation, re.MULTILINE)
    told = [
        " ".join(fact.memory for fact in read(line)) or f'The user said: "{line}"' for line in said
    ]
    *earlier, last = dict.fromkeys(told) or [""]
    kept = last[:MAX_SUMMARY]
    for sentence in reversed(earlier):
        if len(sentence) + 1 + len(kept) > MAX_SUMMARY:
            break
        kept = f"{sentence} {kept}"
    return kept
