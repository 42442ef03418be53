"""What a message says about its writer: memories, and the rule that made each of them.

A message is read sentence by sentence. Pretence, quotations and orders end the reading of what they
govern; openers ("by the way") and asides ("lol") go; what is left is cut into clauses, and a clause
is remembered if it can be parsed whole and one of the rules applies. All else is left alone.

>>> [fact.memory for fact in read("Hi! I'm Ana, I moved to Oslo and I love tea. What about you?")]
["The user's name is Ana.", 'The user moved to Oslo.', 'The user loves tea.']
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from memkit.offline import forgetting, framing, grammar, verbs
from memkit.offline.grammar import MY, OWN, PEOPLE, Clause, called_in, parse, third_person
from memkit.offline.lexicon import CLASSES, TOPICS, with_kinds
from memkit.offline.meaning import ended, may_change
from memkit.offline.rules import (
    PERIOD,
    RULES,
    Rule,
    apply,
    is_number,
    is_role,
    is_trait,
    may_be_name,
    noun_phrase,
)
from memkit.offline.verbs import FINITE, Words, content, noun, pattern, spelled, stem, verb, words

MOST_FACTS = 100  # of one message; more is pasted text


TITLES = {("Mr",), ("Mrs",), ("Ms",), ("Dr",)}  # "my cat Mr Tibbles"


class Fact(NamedTuple):
    """A memory that a message gives rise to, and the rule that made it."""

    memory: str
    rule: str
    topics: tuple[str, ...]


@dataclass
class _Reader:
    """What is known while a message is read: who is called what, and who was spoken of last."""

    rules: Sequence[Rule]
    names: dict[str, str]
    places: list[str]
    known: frozenset[str]  # the words of the memories
    last: str = ""
    facts: list[Fact] = field(default_factory=list)


def read(
    message: str, memories: Iterable[str] = (), rules: Sequence[Rule] = (), unread: bool = False
) -> list[Fact]:
    """What a message says about its writer; `memories` tell who is called what.

    With `unread`, also the clauses to which no rule applies, which may end something.

    >>> read("Anna moved to Milan.", ["The user's sister Anna lives in Rome."])[0].memory
    "The user's sister Anna moved to Milan."
    """
    text, hidden = verbs.tidy(message)
    memories = list(memories)
    reader = _Reader(
        [*rules, *RULES],
        {name: noun for memory in memories for name, noun in called_in(memory).items()},
        [place for memory in memories for place in grammar.places_in(memory)],
        with_kinds(frozenset[str]().union(*map(content, memories))),
    )
    found: dict[str, Fact] = {}
    for _, piece in forgetting.requests(text):
        goes_on = _read_sentence(piece, reader)
        for fact in reader.facts if unread else [fact for fact in reader.facts if fact.rule]:
            memory = re.sub("[\ue000-\uf8ff]", lambda m: hidden[ord(m[0]) - 0xE000], fact.memory)
            found.setdefault(memory, fact._replace(memory=memory))
        reader.facts.clear()
        if not goes_on:
            break
    return list(found.values())[:MOST_FACTS]


def _read_sentence(piece: str, reader: _Reader) -> bool:
    """Read one sentence; false if what follows is not the writer's own words."""
    bare, asked = framing.unwrapped(piece)
    if not asked and (framing.PRETENCE.match(bare) or framing.ROLES.search(bare)):
        return False
    plain = framing.TRAILING.sub("", bare.rstrip("?!. *")).strip(" ,")
    if framing.STYLE.match(piece):
        reader.facts.append(Fact(f'The user asks: "{plain}".', "style", ("style",)))
    plain = framing.rewritten(plain)
    if not plain or (not asked and _introduces(plain, reader)):
        return True
    parts = grammar.cut(_resolved(words(plain), reader))
    if bare.endswith("?") and not asked:
        parts = framing.before_question(parts)
    return _read_parts(parts, plain, asked, reader)


def _read_parts(parts: list[tuple[Words, Words]], plain: str, asked: bool, reader: _Reader) -> bool:
    """Read the clauses of a sentence up to the first that asks, or that others say."""
    for joint, part in parts:
        if joint[-1:] == (":",) or not part:
            return False
        part = words(framing.rewritten(spelled(_resolved(part, reader))))
        if _hands_over(part):
            return ":" not in plain
        asked &= joint[-1:] in ((), ("and",))
        _read_clause(part, asked, reader)
    return True


def _hands_over(part: Words) -> bool:
    """Whether a clause hands over to what somebody says: "He was like", "She told me"."""
    clause = parse(part)
    if clause is None:
        return bool({verb(word)[0] for word in part[1:7]} & (CLASSES["SPEECH"] | {"like"}))
    first = clause.rest[:1]
    speaks = {clause.verb, *clause.rest[1:2]} & {"say", "tell", "ask"} and first != ("goodbye",)
    return bool(speaks) or (clause.verb, *first) == ("be", "like")


def _resolved(part: Words, reader: _Reader) -> Words:
    """A clause in which names and pronouns of people known are "my sister Anna"."""
    low, name = part[0].lower(), part[0].removesuffix("'s")
    if low in CLASSES["KIN"] and parse(("my", low, *part[1:])):
        return ("my", low, *part[1:])
    if name in reader.names:
        return ("my", reader.names[name], *part)
    bare = part[1:] if low == "the" else (low, *part[1:])
    events = {stem(word) for word in bare[:4] if noun(word) in CLASSES["TIMES"]}
    if events & reader.known and low not in CLASSES["PRONOUN"] - {"the"}:
        return ("my", *bare)
    if reader.last and low in ("he", "she") and len(part) > 1:
        return ("my", *reader.last.split(), *part[1:])
    if reader.last and part[0] in OWN and {"his", "her"} & {*part} and "you" not in part:
        at = next(i for i, word in enumerate(part) if word in ("his", "her")) + 1
        if _is_thing("".join(part[at : at + 1])):
            return (*part[: at - 1], "my", f"{reader.last.split()[0]}'s", *part[at:])
    if reader.last and low in ("his", "her", "its") and part[1:2] in (("name",), ("birthday",)):
        return ("my", f"{reader.last.split()[0]}'s", *part[1:])
    if "here" in part and reader.places and part[0] in OWN and part[1][-3:] != "n't":
        at = part.index("here")
        return (*part[:at], "in", *reader.places[-1].split(), *part[at + 1 :])
    return part


def _is_thing(word: str) -> bool:
    """Whether "her" before a word says whose it is: "her carer", but "see her on Sundays"."""
    known = verbs.kinds(word).keys()
    other = CLASSES["PREPOSITION"] | CLASSES["LASTING"] | {"back"}
    return word.islower() and word not in other and bool(not known or {"NOUN", "ADJ"} & known)


def _read_clause(part: Words, asked: bool, reader: _Reader) -> None:
    """Remember a clause if a rule applies."""
    clause = parse(part)
    if clause is None:
        return _read_clipped(part, asked, reader)
    fact, memory = remembered(clause, reader.rules, asked), third_person(clause)
    if fact or (may_change(clause) and not _is_unreal(clause)):
        reader.facts.append(fact or Fact(memory, "", ()))
    if "I" in clause.subject[1:] or not (fact or ended(clause)):
        reader.facts += [
            Fact(f"The user's {kin} is called {name}.", "named", ("name", "family"))
            for name, kin in called_in(memory).items()
            if name in clause.subject and kin in TOPICS["family"] and name not in reader.names
        ]
    reader.names |= called_in(memory)
    spoken = clause.rest if clause.is_own else clause.subject[1:]
    people = [at for at, word in enumerate(spoken) if noun(word) in PEOPLE]
    if len(people) == 1:
        named = spoken[people[0] + 1 : people[0] + 3]
        after = named if named[:1] in TITLES else named[:1]
        reader.last = " ".join([noun(spoken[people[0]]), *(w for w in after if w[0].isupper())])


def _read_clipped(part: Words, asked: bool, reader: _Reader) -> None:
    """Read a clause without its "I": "mum of two, nurse", "Allergic to nuts", "moved to Berlin"."""
    before = len(reader.facts)
    for piece in re.split(r", (?!(?:just|only|mostly|especially|but|and|not)\b)", spelled(part)):
        fact = completed(piece, reader.rules)
        if fact is None:
            break
        reader.facts.append(fact)
    past, longer = verb(part[0])[1] == "past", part[1:2] == ("longer",)
    start = ("I",) if past else ("I", "am") if longer else ()
    own = parse((*start, part[0].lower(), *part[1:])) if start else None
    told = (own and own.rest[:1] not in ((), ("to",))) or ended(grammar.clause_of(part))
    if told and len(reader.facts) == before and not {"if", "you", "your"} & set(part):
        reader.facts.append(Fact(third_person(own) if own else spelled(part), "", ()))


# How a sentence may begin that leaves out its subject, and the rules that it may fit then.
CLIPPED = {
    "I am a": "role",
    "I am": "trait origin ongoing home aim plan",
    "I have": "having life role trait ability habit ongoing experience",
    "I": "having life taste ability home experience",
}


def completed(text: str, rules: Sequence[Rule]) -> Fact | None:
    """What a sentence says that leaves out its "I", "I am", "I am a" or "I have".

    >>> completed("Nurse here", RULES).memory, completed("allergic to nuts", RULES).memory
    ('The user is a nurse.', 'The user is allergic to nuts.')
    >>> completed("Have fun", RULES)
    """
    bare = (text if text[1:2].isupper() else text[:1].lower() + text[1:]).removesuffix(" here")
    first, *after = [word for word in words(bare) if not verbs.is_adverb(word)] or ["-"]
    started = first in {"the", "a", *MY} | CLASSES["FUTURE"]
    start = "" if started or after[:1] in (["a"], ["an"], ["on"]) else _start(bare, first)
    other = start == "I am" and {"me", "us"} & {*words(bare)}  # "Gluten makes me ill"
    clause = parse(words(f"{start} {bare}")) if start and not other and ":" not in bare else None
    fact = remembered(clause, rules) if clause else None
    return fact if fact and fact.rule in CLIPPED[start].split() else None


def _start(bare: str, first: str) -> str:
    """What a clipped sentence leaves out, by its first word and its first noun."""
    *before, last = re.split(r" (?:of|from|in|at|for|with|to|by)\b|,", bare)[0].split(" ")
    lemma, form = verb(first)
    if len(before) < 3 and is_role(last) and not is_trait(last) and not FINITE & {*words(bare)}:
        return "I am a"
    counted = is_number(first) or first == "no"
    if re.match("(?:never )?been ", bare) or (counted and noun(last) in PEOPLE | CLASSES["OWNED"]):
        return "I have"
    denied = first in ("can't", "don't", "haven't", "never")
    if (
        denied
        or lemma in CLASSES["LIKE"]
        or (form == "past" and not is_trait(first) and lemma != "die")
    ):
        return "I"
    when = first == "retired" and re.search(r" (?:last|in \d|since)\b", bare)
    return "I" if when else "" if form == "base" and not is_trait(first) else "I am"


def remembered(clause: Clause, rules: Sequence[Rule], asked: bool = False) -> Fact | None:
    """The memory of a clause by the first rule that applies to it."""
    if clause.said & {"you", "your", "yours"} or _is_unreal(clause):
        return None
    bare = not clause.rest and clause.verb in ("be", "have", "do")  # "I never have"
    if not asked and (bare or _is_passing(clause) or _is_of_several(clause)):
        return None
    for rule in rules:
        memory = apply(rule, _with_article(clause) if rule.name == "role" else clause)
        if memory and is_sound(memory):
            return Fact(memory, rule.name, rule.topics or topics(memory))
    if asked and (clause.rest or clause.tense != "present"):
        memory = third_person(clause)
        if not is_sound(memory):
            quoted = spelled((*clause.lead, *clause.subject, *clause.group, *clause.rest))
            memory = f'The user said: "{quoted}".'
        return Fact(memory, "asked", topics(memory))
    return None


def _is_unreal(clause: Clause) -> bool:
    """Whether a clause is a wish, a doubt, or depends on something."""
    doubt = CLASSES["DOUBT"] & {word.lower() for word in clause.group}
    someday = clause.tense == "future" and "when" in map(str.lower, clause.lead)
    habit = clause.tense == "present" or (clause.tense == "progressive" and not clause.lead)
    depends = someday or (clause.said & {"if", "unless"} and not habit)
    return bool(depends or (doubt and clause.verb not in ("like", "love")))


DETERMINERS = CLASSES["PRONOUN"] | CLASSES["VAGUE"] | {"a", "an", "no", "both", "not", "just"}


def _with_article(clause: Clause) -> Clause:
    """ "I am teacher", which a learner of English writes, with its article."""
    phrase = noun_phrase(clause.rest)
    plain = len(phrase) in (1, 2) and phrase[0].islower() and phrase[0][-2:] != "'s"
    bare = plain and phrase[0] not in DETERMINERS and is_role(phrase[-1])
    one = bare and noun(phrase[-1]) == phrase[-1] and "ADJ" not in verbs.kinds(phrase[-1])
    article = "an" if phrase and phrase[0][0] in "aeiou" else "a"
    return clause._replace(rest=(article, *clause.rest)) if one else clause


def _is_of_several(clause: Clause) -> bool:
    """Whether a clause is true of "we" alone: "we are teachers", "we've been together"."""
    phrase = noun_phrase(clause.rest)
    many = phrase and (noun(phrase[-1]) != phrase[-1].lower() or phrase[-1] in CLASSES["GROUP"])
    parts = clause.verb in ("split", "break", "separate") and "with" not in clause.rest
    return clause.subject[0].lower() == "we" and bool(parts or (clause.verb == "be" and many))


POINTS = {"his", "her", "him", "here"}  # at what the memory does not name
MOMENT = pattern(r"""
    \b(?:in|for) (?:an?|\d+|two|three|five|ten|twenty|thirty|a few) (?:minutes?|seconds?|hours?|
    moment)\b(?! a\b)|\bright now\b|\d%""")


def _is_passing(clause: Clause) -> bool:
    """Whether a clause is about this moment, or points at what is here: "this jacket"."""
    rest, be = clause.rest, clause.verb == "be"
    shown = [after for word, after in pairwise((*clause.lead, *rest)) if word in ("this", "these")]
    today = rest[-1:] in (("today",), ("tonight",)) and (be or not clause.is_own)
    dated = is_number(rest[0]) or "birthday" in clause.said if today else False
    named = any(noun(word) in CLASSES["PERSON"] or word[0].isupper() for word in rest)
    points = clause.is_own and not named and POINTS & {*rest}
    moment = points or (be and "here" in rest) or MOMENT.search(spelled(rest).lower())
    passing = (today and not dated) or (moment and not clause.said & CLASSES["LASTING"])
    return bool(passing) or any(after.lower() not in PERIOD for after in shown)


UNSOUND = re.compile(
    r"user been\b|\b(?:in|at|from|an?|the) \w+ they (?:are|have)\b|\buser\b.*(?<!\d) am\b|"
    r"\b(?:I|me|my|mine|we|us|our|nor)\b|\bthey (?:is|has|was|does)\b|\b(\w+) \1\b|, says |"
    r"\s[:*{}=|]\s|#|\b(?:a|an|the|and|or|but|of|with|to|their|because|when|if|who|that|for|is|"
    r"than|so|as|at|since|from)\.$"
)


def is_sound(memory: str) -> bool:
    """Whether a memory is surely good English; otherwise it is left out, or quoted."""
    return len(memory) < 400 and not UNSOUND.search(re.sub(r'"[^"]*"', "x", memory))


def _introduces(text: str, reader: _Reader) -> bool:
    """Read a sentence in which the writer says a name, and what follows it: "I'm Ana, a nurse"."""
    match = framing.I_AM.match(text)
    name = match and (match["name"] or match["here"])
    if not match or not name or not _is_name(name.split()[0], text):
        return False
    reader.facts.append(Fact(f"The user's name is {name.strip()}.", "name", ("name",)))
    rest = re.sub(
        r"^(?:,| and| but| here| speaking| again| from now on)+\s*", "", text[match.end() :]
    ).strip()
    for piece in filter(None, re.split(r",\s+(?:and\s+)?(?=from |an? |I |my |\d)", rest)):
        said = f"I am {piece}" if re.match(r"(?:an?|from|\d+|in)\b", piece) else piece
        _read_parts(grammar.cut(words(said)), said, False, reader)
    return True


def _is_name(name: str, text: str) -> bool:
    """Whether "I am ..." introduces somebody, and does not describe: Priya, not vegan."""
    known = verbs.kinds(name)
    described = (
        is_trait(name) or is_role(name.lower()) or "ADJ" in known or (known and name.islower())
    )
    adjective = name.islower() and re.search(r"-[a-z]+$|(?:ing|ed|ic|al|ent|ous|ile)$", name)
    return may_be_name(name) and not adjective and (text[:7].lower() == "my name" or not described)


@lru_cache(20_000)
def topics(memory: str, most: int = 3) -> tuple[str, ...]:
    """Up to three topics of a memory, from the table.

    >>> topics("The user lives in Leeds.")
    ('home',)
    """
    said = [word for word in words(memory) if word != "named"]
    found = {form for word in said for form in (word.lower(), stem(word))}
    return tuple(topic for topic, row in TOPICS.items() if row & found)[:most]
