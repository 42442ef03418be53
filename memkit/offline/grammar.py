"""A small grammar of English: who does what, when, and whether it is denied.

It reads a message, turns what the writer says into the third person, and a memory into the second.

>>> from memkit.offline.verbs import words
>>> clause = parse(words("I don't really like my job"))
>>> clause.subject, clause.verb, clause.denied, clause.rest
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
from itertools import pairwise
from typing import NamedTuple

from memkit.offline.lexicon import CLASSES
from memkit.offline.verbs import (
    FINITE,
    HAVE,
    Group,
    Words,
    group_at,
    is_adverb,
    kinds,
    noun,
    skip,
    spelled,
    third,
    verb,
    yours,
)


class Clause(NamedTuple):
    """A subject and what is said of it, in words; `lead` is the time or condition in front."""

    subject: Words
    group: Words  # from the first adverb to the main verb
    finite: int  # which word of the group agrees with the subject
    verb: str  # the dictionary form of the main verb
    tense: str  # present, past, perfect, progressive, future or modal
    denied: bool  # "not", "never", "no longer"
    rest: Words
    lead: Words = ()

    @property
    def is_own(self) -> bool:
        """Whether the subject is the writer, alone or as part of "we"."""
        return (self.subject[0] in OWN and len(self.subject) == 1) or self.subject[1:2] == ("user",)

    @property
    def said(self) -> set[str]:
        """All words of the clause, in small letters."""
        return {word.lower() for word in (*self.lead, *self.subject, *self.group, *self.rest)}


NUMBERS = CLASSES["NUMBER"]
LEAD = CLASSES["LEAD"] | CLASSES["PREPOSITION"] | CLASSES["LASTING"] | CLASSES["FUTURE"] | NUMBERS
OWN = {"I", "we", "We"}
LISTED = (
    CLASSES["ACTS"] | CLASSES["ONE_AT_A_TIME"] | {"move", "start", "get", "buy", "join", "switch"}
)
BEFORE_MY = {"me", "and", "the", "both", "neither", "one", "of"} | NUMBERS
MY = {"my", "My", "our", "Our", "user's"}


@lru_cache(20_000)
def parse(found: Words) -> Clause | None:
    """The clause that words are, with what stands in front of its subject; None if they are none.

    >>> parse(tuple("On Sundays my sister Anna bakes bread".split())).lead
    ('On', 'Sundays')
    """
    if size := _subject(found):
        group = group_at(found, size)
        if group is None:
            return None
        said, rest = found[size : group.end], found[group.end :]
        finite, denied = group.finite - size, group.denied or rest[:1] == ("no",)
        return Clause(found[:size], said, finite, group.verb, group.tense, denied, rest)
    for at in range(1, min(len(found), 18)):
        if found[at] in OWN | MY and found[at - 1] != "and":
            clause, lead = parse(found[at:]), found[: at - (found[at - 1] == ",")]
            if clause and not clause.lead and _is_lead(lead):
                return clause._replace(lead=lead)
    return None


@lru_cache(20_000)
def clause_of(found: Words) -> Clause | None:
    """The clause that words are, whoever it is about: "They cancelled my flight"."""
    if clause := parse(("I", "have", *found) if found[:2] == ("no", "more") else found):
        return clause
    for at in range(1, min(len(found), 7)):
        low = found[at].lower()
        if found[at] == low and (low in FINITE or verb(low)[1] == "past"):
            clause = parse(("I", *found[at:]))
            return clause and clause._replace(subject=found[:at])
    return None


def _is_lead(lead: Words) -> bool:
    """Whether words say when, where or on what condition something is so."""
    low = lead[0].lower() if lead else ""
    if low in CLASSES["SUBORDINATE"]:
        return any(verb(word)[1] for word in lead[2:]) or (low == "since" and 1 < len(lead) < 4)
    return low in LEAD or is_adverb(low)


@lru_cache(20_000)
def _subject(found: Words) -> int:
    """How many words at the beginning are the subject: the writer, or somebody of theirs."""
    if found[:1] and (found[0] in OWN or found[:2] == ("The", "user")):
        size = 1 if found[0] in OWN else 2
        ends = (
            range(size + 2, min(len(found), size + 7)) if found[size : size + 1] == ("and",) else ()
        )
        verbs = [at for at in ends if verb(found[at])[1] in ("base", "past")]
        return next((at for at in verbs if noun(found[at]) not in CLASSES["PERSON"]), size)
    start = next((i for i, word in enumerate(found[:3]) if word in MY), None)
    if start is None or not {word.lower() for word in found[:start]} <= BEFORE_MY:
        return 0
    for end in range(start + 2, min(len(found), start + 12)):
        if found[end - 1] == "and" and found[end].lower() in ("i", "me"):
            return end + 1
        if found[end] == "I" and "," not in found[start:end]:
            return 0
        if _is_finite(found, start, end):
            return end
    return 0


def _is_finite(found: Words, start: int, at: int) -> bool:
    """Whether the verb of "my ...", which starts at a place, begins at another."""
    before, inserted = found[at - 1], found[start:at].count(",") == 2 and found[at - 1] == ","
    main = skip(found, at)[0]
    low = "".join(found[main : main + 1]).lower()
    form = verb(low)[1]
    if low in FINITE or form in ("", "ing") or found[main][0].isupper() or inserted:
        return low in FINITE or (inserted and form not in ("", "ing"))
    if form == "base":
        plural = noun(before) != before and before.islower() and before[-2:] != "'s"
        return plural or (found[max(start - 1, 0)] == "and" and low in LISTED)
    return True


# What follows a verb and no noun: "and coach the team", but "mother of two".
OBJECT = (
    (CLASSES["PREPOSITION"] - {"of"})
    | CLASSES["PRONOUN"]
    | CLASSES["LASTING"]
    | {"a", "an", "alone", "them"}
)
ALIEN = {"is", "are", "has", "does", "isn't", "aren't", "hasn't", "doesn't"}  # not after "I"


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
    if not right or (left[0].lower() in CLASSES["SUBORDINATE"] and not parse(left)):
        return False
    low, after = right[0].lower(), right[1:2]
    if joint == (",",) and left[0] in MY and not parse(left):
        return False  # "my dog Rex, a beagle, is ill"
    if joint == ("and",) and (low == "i" or left[-1].lower() == "me"):
        pair = max((at for at, word in enumerate(left) if word in MY), default=None)
        apart = pair is not None and CLASSES["PREPOSITION"] & {*left[pair:]}  # my flat in Leeds
        we = (
            pair is not None
            and not apart
            and _subject((*left[pair:], "and", "I", "am")) > len(left) - pair
        )
        if left[-1].lower() == "me" or we:
            return False  # "my wife and I"
    second = low in HAVE and after != ("been",)  # "I am 45, have two kids"
    asks = low in FINITE and ({*after} & CLASSES["PRONOUN"] or (joint[-1] in ",:" and not second))
    if asks or low in CLASSES["PRONOUN"] | CLASSES["ASKS"]:
        return True
    named = (
        {*right[1:3]} & FINITE and after != ("and",) and (right[0] != low or "NOUN" in kinds(low))
    )
    return bool(named or low in CLASSES["ORDER"] or parse(right))


def _verbs(part: Words) -> list[Words]:
    """A clause for each verb of one subject: "I live in Leeds and work" are two."""
    size = _subject(part)
    first = group_at(part, size) if 0 < size < 4 else None
    if first is None or (first.tense == "past" and first.verb in CLASSES["SWAP"]):
        return [part]  # "sold the Fiat and bought a Tesla" is one change
    ends = [at for at in range(first.end + 1, len(part) - 1) if part[at] in ("and", "but", ",")]
    cuts = [at for at in ends if _is_second_verb(part, first, at + 1)]
    starts = [0, *(at + 1 for at in cuts)]
    pieces = [part[start:end] for start, end in zip(starts, [*cuts, len(part)], strict=True)]
    one = part[0] not in OWN and noun(part[size - 1]) == part[size - 1].lower()
    pieces[1:] = [piece for piece in pieces[1:] if verb(piece[0])[0] not in CLASSES["MAKES"]]
    mine = [one and verb(piece[0])[1] == "base" and piece[0] not in FINITE for piece in pieces]
    return [pieces[0], *((("I",) if own else part[:size]) + piece
                        for own, piece in zip(mine[1:], pieces[1:], strict=True))]  # fmt: skip


def _is_second_verb(part: Words, first: Group, at: int) -> bool:
    """Whether the word after an "and" is a verb of the same subject, and not one more object."""
    before, listed = part[first.end : at - 1], part[at - 1] == ","
    at, _ = skip(part, at)
    low, after = [word.lower() for word in (*part[at : at + 2], "", "")][:2]
    lemma, form = verb(low)
    if (first.verb == "be" and low in CLASSES["DONE_TO"]) or (low in ALIEN and part[0] in OWN):
        return False
    if low in FINITE or (low, after) == ("used", "to"):
        return after != "been" and (listed or after != "")
    if listed and (low == "been" or (form == "s" and lemma in CLASSES["MAKES"])):
        return True  # a remark, which is left out: "makes me ill"
    if listed and (low == "like" or lemma not in LISTED):
        return False
    if form == "past":
        return "ADJ" not in kinds(low)
    agrees = form == "base" or (form == "s" and part[0] not in OWN)
    theme = before[:1] == ("the",) and at + 2 == len(part) and noun(after) == after
    does = after in OBJECT or (low in CLASSES["ACTS"] and not theme)
    return agrees and not _is_nested(before) and (does or not {"NOUN", "ADJ"} & kinds(low).keys())


def _is_nested(before: Words) -> bool:
    """Whether a verb after these words belongs to a "to", a "when" or the like."""
    aims = any(word == "to" and verb(to)[1] == "base" and to not in CLASSES["SCHOOL"]
               for word, to in pairwise((*before, "")))  # fmt: skip
    return aims or bool({"when", "if", "who", "because"} & set(before))


THEIRS = {"I": "they", "my": "their", "My": "their", "me": "the user", "myself": "themselves",
          "mine": "theirs", "we": "they", "us": "the user", "our": "their", "ours": "theirs",
          "ourselves": "themselves"}  # fmt: skip
USERS = THEIRS | {"I": "the user", "my": "the user's", "My": "the user's"}
YOURS = {"they": "you", "their": "your", "theirs": "yours", "themselves": "yourself"}
ACTS = re.compile(
    r"\b[Tt]he user((?: \w+ly| never| always| also| still| often| now| no longer)*) ([\w']+)"
    r"(?: and (\w+s)\b)?"
)
MANY = {"am": "are", "was": "were", "wasn't": "weren't"}


def third_person(clause: Clause) -> str:
    """A clause in the third person, as a sentence."""
    subject, lead, group, joint = clause.subject, clause.lead, [*clause.group], [*clause.rest]
    others = {"they", "their", "them"} & {word.lower() for word in clause.rest}
    together = not clause.is_own and ("I" in subject or subject[0].lower() == "me")
    said = [("the user's" if word in MY else word) for word in subject]
    if clause.is_own:
        said = ["The user"]
        group[clause.finite] = third(group[clause.finite])
    elif together:
        kept = [word for word in subject if word.lower() not in ("i", "me", "and")]
        said = ["The user and", *("their" if word in MY else word for word in kept)]
    if len(lead) == 1 and is_adverb(lead[0]):
        group, lead = [lead[0].lower(), *group], ()
    elif lead and not lead[0].endswith("day"):
        lead = (lead[0].lower(), *lead[1:])
    people = {noun(word) for word in subject} & CLASSES["PERSON"]
    theirs = others or (people and not clause.is_own and not together)
    if clause.is_own and clause.rest[:1] == ("and",) and clause.finite == len(group) - 1:
        joint[1] = third(joint[1])
    rest = _turned([*joint, *lead], USERS if theirs else THEIRS)
    unsaid = {"also", "both", "all"} if subject[0].lower() == "we" else {"also"}
    text = spelled([*said, *(word for word in group if word.lower() not in unsaid), *rest])
    return text[:1].upper() + text[1:].strip(" ,:") + "."


def _turned(rest: Sequence[str], table: dict[str, str]) -> Iterator[str]:
    """Words with the writer's own pronouns in the third person."""
    before = ""
    for word in rest:
        if before in ("I", "we"):
            word = third(word) if table["I"] == "the user" else MANY.get(word, word)
        before = word
        yield table.get(word, word)


def _yours(said: re.Match[str]) -> str:
    """What "the user" does as it is said to them: "sings and dances" -> "you sing and dance"."""
    return f"you{said[1]} {yours(said[2])}{' and ' + yours(said[3]) if said[3] else ''}"


@lru_cache(20_000)
def second_person(memory: str) -> str:
    """A memory as it is said to its user, without its full stop."""
    text = memory.strip().removesuffix(".")
    of = re.match(r"The user(?:'s (\w+))?", text)
    person = of is not None and of[1] and noun(of[1]) in CLASSES["PERSON"]
    if of and not person and text.lower().count("the user") == 1:
        text = re.sub(rf"\b(?:{'|'.join(YOURS)})\b", lambda word: YOURS[word[0]], text)
    text = re.sub(r"\b[Tt]he user's\b", "your", text)
    text = ACTS.sub(_yours, text)
    return re.sub(r"\b[Tt]he user\b", "you", text)


PEOPLE = CLASSES["PERSON"] | CLASSES["PET"]
PERSONS = "|".join(sorted(PEOPLE))
CALLED = re.compile(
    rf"\b(?:user's|their|an?|one|and) (?:[a-z'-]+ ){{0,2}}?(?P<noun>{PERSONS})s?(?:'s name is|,? "
    r"(?:is )?(?:named|called)| is|,)? (?P<name>[A-Z][\w'-]+)"
)
SEVERAL = re.compile(
    rf"has (?:\w+ )+?(?P<noun>{PERSONS})s?(?:,| named| called|:) "
    r"(?P<names>[A-Z][\w'-]+(?:(?: \(\d+\))?(?:, and|,| and) [A-Z][\w'-]+)+)"
)
PLACE = re.compile(
    r"user (?:now |is |has )*(?:lives? in|living in|moved to|from) ((?:[A-Z][\w'-]+ ?){1,3})"
)


@lru_cache(20_000)
def called_in(memory: str) -> dict[str, str]:
    """Who is called what in a memory: {"Anna": "sister"}."""
    found = CALLED.finditer(memory[:400])
    promised = re.search(r"(?:engaged|married) to ([A-Z]\w+)", memory[:400])
    names = {match["name"].removesuffix("'s"): match["noun"] for match in found}
    if several := SEVERAL.search(memory[:400]):  # "has two sons, Adam and Yusuf"
        names |= dict.fromkeys(re.findall(r"[A-Z][\w'-]+", several["names"]), noun(several["noun"]))
    return names | ({promised[1]: "partner"} if promised else {})


@lru_cache(20_000)
def places_in(memory: str) -> list[str]:
    """Where the user lives, by a memory."""
    return [match[1].strip() for match in PLACE.finditer(memory[:400])]
