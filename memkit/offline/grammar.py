"""A small grammar of English: who does what, when, and whether it is denied.

It reads a message, turns what the writer says into the third person, and a memory into the second.

>>> clause = parse(words("I don't really like my job"))
>>> clause.subject, clause.verb, clause.against, clause.rest
(('I',), 'like', True, ('my', 'job'))
>>> third_person(clause)
"The user doesn't really like their job."
>>> second_person("The user doesn't really like their job.")
"you don't really like your job"
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from memkit.offline.lexicon import CLASSES
from memkit.offline.verbs import (
    FINITE,
    Group,
    Words,
    group_at,
    is_adverb,
    is_noun,
    skip,
    spelled,
    third,
    verb,
    words,
    yours,
)


class Clause(NamedTuple):
    """A subject and what is said of it, in words; `lead` is the time or condition in front."""

    subject: Words
    group: Words  # from the first adverb to the main verb
    finite: int  # which word of the group agrees with the subject
    verb: str  # the dictionary form of the main verb
    tense: str  # present, past, perfect, progressive, future or modal
    against: bool  # "not", "never", "no longer"
    rest: Words
    lead: Words = ()

    @property
    def is_own(self) -> bool:
        """Whether the subject is the writer, alone or as part of "we"."""
        return is_own(self.subject)


# ----------------------------------------------------------------------------------------- clauses

NUMBERS = CLASSES["NUMBER"]
OWN = {"I", "we", "We"}
MY = {"my", "My", "our", "Our", "user's"}


def is_own(subject: Words) -> bool:
    """Whether a subject is the writer, alone or as part of "we"."""
    return (subject[0] in OWN and len(subject) == 1) or subject[:2] == ("The", "user")


def cut(found: Words) -> list[tuple[Words, Words]]:
    """The parts of a sentence that may be clauses, each with the words that join it on."""
    parts: list[tuple[Words, Words]] = []
    joint: Words = ()
    start = at = 0
    while at < len(found):
        end = at
        while end < len(found) and (found[end] in ",:" or found[end].lower() in CLASSES["JOINT"]):
            end += 1
        if end > at > start and _begins_clause(found[start:at], found[at:end], found[end:]):
            parts.append((joint, found[start:at]))
            start, joint = end, found[at:end]
        at = max(end, at + 1)
    parts.append((joint, found[start:]))
    return [(joint, piece) for joint, part in parts for piece in _verbs(part)]


def _begins_clause(left: Words, joint: Words, right: Words) -> bool:
    """Whether what follows a comma or an "and" has a subject and a verb of its own."""
    if (
        not right
        or left in (("Me",), ("me",))
        or (joint[-1] in ("because", "while") and "," not in joint)
    ):
        return False
    low, tail = right[0].lower(), left[max((i for i, w in enumerate(left) if w in MY), default=0) :]
    somebody = (
        joint[-1] == "and" and low == "i" and not any(word.lower() in FINITE for word in tail)
    )
    if somebody and _subject((*tail, "and", "I", "am")) == len(tail) + 2:
        return False  # "my wife and I"
    if left[0].lower() in CLASSES["SUBORDINATE"] and not parse(left):
        return False
    if right[:2] == ("no", "more") or (joint[-1] in (",", "so") and low in CLASSES["ORDER"]):
        return True
    if low in CLASSES["PRONOUN"] or low in FINITE or low in ("who", "what", "where", "how"):
        return low != "who" or "," not in joint
    named = right[0][0].isupper() and verb(right[1] if len(right) > 1 else "")[1] in ("s", "past")
    finite = any(word.lower() in FINITE for word in right[2:7])
    other = finite and low in ("a", "an", "the", "his", "her", "their")
    return named or other or parse(right) is not None or (joint[-1] == "but" and low != "not")


def _verbs(part: Words) -> list[Words]:
    """A clause for each verb of one subject: "I live in Leeds and work" are two."""
    size = _subject(part)
    first = group_at(part, size) if 0 < size < 4 else None
    start = first.end + 1 if first else len(part)
    ends = [at for at in range(start, len(part) - 1) if part[at] in ("and", "but")]
    ends = [at for at in ends if part[at - 1] != "born"]
    cuts = [at for at in ends if first and _is_second_verb(part, first, at + 1)]
    starts = [0, *(at + 1 for at in cuts)]
    pieces = [part[start:end] for start, end in zip(starts, [*cuts, len(part)], strict=True)]
    kept = [pieces[0], *(part[:size] + piece for piece in pieces[1:])]
    return [piece[:-1] if piece[-1:] == (",",) else piece for piece in kept]


def _is_second_verb(part: Words, first: Group, at: int) -> bool:
    """Whether the word after an "and" is a verb of the same subject, and not one more object."""
    at, _ = skip(part, at)
    low, after = [word.lower() for word in (*part[at : at + 2], "", "")][:2]
    lemma, form = verb(low)
    if first.tense == "past" and first.verb in ("sell", "swap", "trade"):
        return False  # "sold the Fiat and bought a Tesla" is one change
    if low in FINITE - {"do", "did"} or (
        form == "past" and lemma in CLASSES["ACT"] | CLASSES["LIFE"]
    ):
        return True
    wanted = "past" if first.tense == "past" else "base" if part[0] in OWN else "s"
    if first.tense not in ("present", "past") or form != wanted:
        return False
    nested = {"to", "when", "if", "who", "because"} & set(part[first.end : at - 1])
    clear = after in CLASSES["AFTER_VERB"] or verb(after)[1] == "ing"
    return not nested and (clear or not is_noun(low))


@lru_cache(20_000)
def parse(found: Words) -> Clause | None:
    """The clause that words are, with what stands in front of its subject; None if they are none.

    >>> parse(words("On Sundays my sister Anna bakes bread")).lead
    ('On', 'Sundays')
    """
    if size := _subject(found):
        group = group_at(found, size)
        if group is None:
            return None
        end, finite, lemma, tense, against = group
        said = found[:size], found[size:end]
        return Clause(*said, finite - size, lemma, tense, against, found[end:])
    for at in range(1, min(len(found), 18)):
        if found[at] in OWN | MY and found[at - 1] != "and":
            clause, lead = parse(found[at:]), found[: at - (found[at - 1] == ",")]
            if clause and not clause.lead and _is_lead(lead):
                return clause._replace(lead=lead)
    return None


def _is_lead(lead: Words) -> bool:
    """Whether words say when, where or on what condition something is so."""
    low = lead[0].lower() if lead else ""
    if low in CLASSES["SUBORDINATE"]:
        return any(verb(word)[1] for word in lead[2:])
    finite = any(word.lower() in FINITE for word in lead)
    return low in CLASSES["LEAD"] and len(lead) < 9 and not finite


@lru_cache(20_000)
def _subject(found: Words) -> int:
    """How many words at the beginning are the subject: the writer, or somebody of theirs."""
    if found[:1] and (found[0] in OWN or found[:2] == ("The", "user")):
        size = 1 if found[0] in OWN else 2
        ends = (
            range(size + 2, min(len(found), size + 7)) if found[size : size + 1] == ("and",) else ()
        )
        verbs = [at for at in ends if verb(found[at])[1] in ("base", "past")]
        return next((at for at in verbs if found[at].lower() not in CLASSES["PERSON"]), size)
    at = next((i for i, word in enumerate(found[:4]) if word in MY), None)
    if at is None or not {word.lower() for word in found[:at]} <= CLASSES["OF_MY"]:
        return 0
    for end in range(at + 2, min(len(found), at + 12)):
        if found[end - 1] == "and" and found[end].lower() in ("i", "me"):
            return end + 1
        if _is_finite(found, at, end):
            return end
    return 0


def _is_finite(found: Words, start: int, at: int) -> bool:
    """Whether the verb of "my ...", which starts at a place, begins at another."""
    low, before = found[at].lower(), found[at - 1]
    closed = before == "," and found[start:at].count(",") == 2
    if not closed and (before.lower() in NUMBERS | {"and", ",", "of"} or before in MY):
        return False
    skipped = skip(found, at)[0]
    if skipped > at and low not in ("best", "all"):
        later = found[skipped].lower() if skipped < len(found) else ""
        return later in FINITE or verb(later)[1] in ("s", "past")
    form = verb(low)[1]
    if low in FINITE or low == "used" or found[at][0].isupper() or form in ("", "ing"):
        return low in FINITE or low == "used"
    after = found[at + 1].lower() if at + 1 < len(found) else ""
    if form == "base":
        many = (
            found[0].lower() == "me"
            or before.lower() in CLASSES["PLURAL"]
            or (before.endswith("s") and is_noun(before))
        )
        return many and (not is_noun(low) or after in CLASSES["AFTER_VERB"] or not after)
    noun = closed or is_noun(before) or before[0].isupper() or before.endswith("-law")
    return noun and after not in FINITE


# --------------------------------------------------------------------------- the other two persons

THEIRS = {"I": "they", "my": "their", "My": "their", "me": "the user", "myself": "themselves",
          "mine": "theirs", "we": "they", "us": "them", "our": "their", "ours": "theirs",
          "ourselves": "themselves"}  # fmt: skip
USERS = THEIRS | {"I": "the user", "my": "the user's", "My": "the user's", "myself": "the user",
                  "mine": "the user's own"}  # fmt: skip
YOURS = {"they": "you", "their": "your", "theirs": "yours", "themselves": "yourself"}
MANY = {"am": "are", "was": "were", "wasn't": "weren't"}


def third_person(clause: Clause) -> str:
    """A clause in the third person, as a sentence."""
    subject, rest = clause.subject, clause.rest
    group = [word for word in clause.group if word.lower() != "also"]
    others = {"they", "their", "them"} & {word.lower() for word in rest}
    together = not clause.is_own and ("I" in subject or subject[0].lower() == "me")
    said = [("the user's" if word in MY else word) for word in subject]
    if clause.is_own:
        said = ["The user"]
        verb_at = clause.finite - (len(clause.group) - len(group))
        group[verb_at] = third(group[verb_at])
    elif together:
        kept = [word for word in subject if word.lower() not in ("i", "me", "and")]
        said = ["The user and", *("their" if word in MY else word for word in kept)]
    person = {word.lower().removesuffix("s") for word in subject} & CLASSES["PERSON"]
    own = clause.is_own or together or not person
    lead = clause.lead
    if len(lead) == 1 and is_adverb(lead[0]) and lead[0] != "today":
        group, lead = [lead[0].lower(), *group], ()
    if lead and lead[0] != "I" and not lead[0].endswith("day"):
        lead = (lead[0][0].lower() + lead[0][1:], *lead[1:])
    text = spelled(
        [*said, *group, *_turned([*rest, *lead], THEIRS if own and not others else USERS)]
    )
    return text[:1].upper() + text[1:].strip(" ,:") + "."


def _turned(rest: Sequence[str], table: dict[str, str]) -> Iterator[str]:
    """Words with the writer's own pronouns in the third person."""
    before = ""
    for word in rest:
        if before in ("I", "we"):
            word = third(word) if table["I"] == "the user" else MANY.get(word, word)
        before = word
        yield table.get(word, word)


@lru_cache(20_000)
def second_person(memory: str) -> str:
    """A memory as it is said to its user, without its full stop."""
    found = words(memory.strip().removesuffix("."))
    size = _subject(found) if found[:2] == ("The", "user") else 0
    rest = list(found[size:])
    if size == 2 and (group := group_at(found, 2)):
        rest[group.finite - 2] = yours(rest[group.finite - 2])
    owner = found[2].lower().removesuffix("s") if len(found) > 2 and not size else ""
    own = size or (found[:2] == ("The", "user's") and owner not in CLASSES["PERSON"])
    if own and "the user" not in spelled(rest):
        rest = [YOURS.get(word, word) for word in rest]
    subject = ["you", *(YOURS.get(word, word) for word in found[2:size])] if size else []
    text = re.sub(r"\b[Tt]he user's\b", "your", spelled([*subject, *rest]))
    text = re.sub(r"\b[Tt]he user ((?:\w+ly )?)(\w+)", lambda m: f"you {m[1]}{yours(m[2])}", text)
    return re.sub(r"\b[Tt]he user\b", "you", text)
