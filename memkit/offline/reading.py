"""What a message says about its writer: memories, and the rule that made each of them.

A message is read sentence by sentence. Pretence, quotations and orders end the reading of what they
govern; openers ("by the way") and asides ("lol") go; what is left is cut into clauses, and a clause
is remembered if one of the rules applies. What no rule knows is left alone.

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

from memkit.offline.grammar import MY, NUMBERS, OWN, Clause, cut, parse, third_person
from memkit.offline.lexicon import CLASSES, TOPICS
from memkit.offline.rules import (
    DAYS,
    RULES,
    Rule,
    apply,
    is_number,
    is_role,
    is_trait,
    is_vague,
    singular,
)
from memkit.offline.verbs import (
    FINITE,
    Words,
    is_adverb,
    is_unknown,
    sentences,
    spelled,
    tidy,
    verb,
    words,
)

MOST_FACTS = 100  # of one message; more is pasted text


class Fact(NamedTuple):
    """A memory that a message gives rise to, and the rule that made it."""

    memory: str
    rule: str
    topics: tuple[str, ...]
    sentence: int = 0  # which sentence of the message says it


def pattern(text: str) -> re.Pattern[str]:
    """A regular expression over several lines, for capital and small letters alike."""
    return re.compile(re.sub(r"\n\s*", "", text), re.IGNORECASE)


# ------------------------------------------------------------------ what stands around a statement

OPENER = pattern(r"""
    (?:(?:hi+|hello+|hey+|hiya|yo|howdy|good (?:morning|afternoon|evening|day)|greetings|
    welcome)(?: (?:there|again|everyone|everybody|all|guys|class|friend|bot|assistant))?|
    thanks?(?: you)?(?: so much| very much| a lot| for asking)?|cheers|ok(?:ay)?|al(?:l )?right|
    well|so|and|but|or|oh(?: no)?|ah+|um+|uh|hmm+|yes|yeah|yep|yup|nope|no(?=,)|sure|great|cool|
    nice|wow|lol|haha|omg|please|pls|also|plus|anyways?|by the way|btw|fyi|(?:fun|
    random) fact(?: about me)?|ps|for therecord|(?:just )?(?:for your information|so you know)|
    guess what|(?:to be )?(?:honest|fair|frank)(?:ly)?|tbh|(?:the )?(?:truth|thing) is(?: that)?|
    actually|in fact|one (?:more )?thing(?: about me)?|(?:a (?:bit|little) )?about me|(?:as|
    like) (?:you know|I (?:said|told you|mentioned))|update|correction|(?:good |bad |big )?news|
    sadly|luckily|(?:un)?fortunately|apparently|obviously|basically|personally|surprisingly|
    (?:it )?turns out(?: that)?|in my case|in general|on the other hand|as for me|
    change of plans?|(?:my |our |the )?plans? (?:have |has )?changed|new plan|scratch that|
    never mind|on second thoughts?|things (?:have )?changed|(?:for me|same|look)(?=,)|sorry|wait|
    listen|you see|you know(?: what)?|however|(?:so )?far|what a (?:coincidence|\w+ day)|
    not much(?=,)|me\?|believe it or not|seriously|hello from me|I (?:mistyped|guess|think|suppose|
    mean|swear|believe|(?:must|have to|would|should) (?:say|mention|admit|add)|feel like|admit|
    forgot to (?:say|mention)|told you|said|confess|(?:have )?changed my mind|
    want to add)(?: that)?(?=[,:]? (?:I|my|we|our)\b)|you know,?(?:that )?(?=(?:I|my)\b)|
    let me (?:tell you (?:about myself|something)|introduce myself))(?![\w'])[\s,:.!…-]*""")
ASKED = pattern(r"""
    (?:(?:can|could|will|would) you )?(?:please |just |kindly |and |you (?:should|must) |
    make sure you )*(?:(?:did|do) you know that|did you know|remember|note(?: down)?|
    don't (?:ever )?forget|do not forget|never forget|(?:keep|bear) in mind|memori[sz]e|save|
    store|write down|make a note|take note|be aware|remind yourself|know|it is (?:important|
    useful|good) (?:to (?:know|note|remember)|(?:that )?you know)|for (?:future )?reference|memo|
    reminder)(?: (?:that|the fact that|this|of the fact that|thefollowing))*[:,]*\s+(?=(?:I|my|
    we|our|the|there|in|on|every)\b)(?!the (?:time|day|name|film|movie|song)\b)""")
TRAILING = pattern(r"""
    (?:[ ,]+(?:lol|haha+|tho(?:ugh)?|btw|by the way|you know|thank(?:s| you)|please|sorry|
    actually|i guess|to be honest|tbh|i think|right|nice to meet you|as well|too|believe me|
    after all|if you must know|what aboutyou|always have|every(?:body|one) does))+$""")
PRETENCE = pattern(r"""
    (?:please |now |ok(?:ay)?,? |so |and |(?:can|could) (?:you|we) |let us |let's |
    from now on,? |i (?:want|would like) you to )*(?:imagine|pretend|suppos(?:e|ing)|assum(?:e|
    ing)|what if|say that|play (?:a|the|this)|role-?play|act (?:as|like)|you are (?:now )?(?:an?|
    the|my|going to|no longer)\b|translate|(?:para|re)phrase|rewrite|proofread|summari[sz]e|
    ignore|disregard|override|\[?system\b|repeat|(?:correct|fix|continue|complete|finish|shorten|
    improve|edit) (?:this|the|my)|spell|conjugate|quote|hypothetically|for example|once upon|
    dear |write|draft|compose|(?:here|below) (?:is|are)\b|execute\b|in (?:this|the|my|an?|
    another|an alternate|some) (?:story|game|song|film|movie|book|poem|play|novel|dream|universe|
    world|life|parallel)|as an? (?:customer|user|admin)\b|(?:the|a|my) (?:song|character|poem|
    sign|quote|text|letter|story|movie|film) (?:goes|says|reads|begins|ends)|
    \*\w+s?\b[^*]{0,80}\*|(?:assistant|ai|bot|chatbot|system|user|model|human|customer|admin|
    from|to|subject)\s*[:>])""")
QUESTION = pattern(r"""
    (?:so |and |but |or |then )*(?:(?:what|where|who|whom|whose|which|why|how|when(?! (?:I|my|we|
    it)\b))\b|(?:do|does|did|can|could|would|will|is|are|am|was|were|has|had|have|should|may|
    shall|might|isn't|aren't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|shouldn't|
    haven't) (?:you|I|we|he|she|it|they|there|my|the|this|that|anyone|someone|anybody|your|his|
    her|our|people)\b|any (?:ideas?|suggestions?|tips|chance|advice)\b|guess (?:what|who|where|
    my|which|how)\b|(?:tell|give|show|let|remind|help) (?:me|us)\b|recommend|suggest|you$|
    got any|know any)""")
REWRITES = [(pattern(found), canonical) for found, canonical in [  # other ways to say the same
    (r"^(?:the )?(?!that\b|this\b|it\b|these\b)(.{2,40}?) (is|are) (my (?:all-time |least )?"
     r"favou?rite [\w ]+)$", r"\3 \2 \1"),
    (r"^(.{2,40}?) is no longer (my favou?rite [\w ]+), (.+) is$", r"\2 is now \3"),
    (r"^(.{2,40}?) (?:is|has become|became) an? ((?:\w+ )?(?:passion|hobby|interest)) of mine\b",
     r"my \2 is \1"),
    (r"^what I (love|like|hate|enjoy) (?:the )?most is (.+)$", r"I \1 \2 most"),
    (r"^there is nothing I (love|like|hate|enjoy) more than (.+)$", r"I \1 \2 more than anything"),
    (r"^I more (enjoy|like|love) (.+)$", r"I \1 \2 more"),
    (r"^home is (?-i:([A-Z]\w+))$", r"my home is \1"),
    (r"^(?:it|today|tomorrow) is (my (?:\w+'s )?birthday) (today|tomorrow|on .+)$", r"\1 is \2"),
    (r"^(today|tomorrow) is (my (?:\w+'s )?birthday)$", r"\2 is \1"),
    (r"^it was (my (?:\w+'s )?birthday) (yesterday|last \w+)", r"\1 was \2"),
    (r"^no more (.+) for me$", r"I do not eat \1 any more"),
    (r"^there are (\w+) of us\b", r"my family has \1 members"), (r"^age: (.+)$", r"my age is \1"),
    (r"^(?:birthday|job): (.+)$", r"my job is \1"), (r"^as an? (\w+), (I .+)$", r"I am a \1, \2"),
    (r"^my (\w+ (?:is|are)) not .+?, (?:it is|they are|but) (.+)$", r"my \1 \2"),
    (r"^I neither (\w+) nor (\w+)$", r"I don't \1 or \2"), (r"^I do like ", "I like "),
    (r"^I have got (?!to\b)", "I have "),
]]  # fmt: skip
CLIPPED = [(pattern(found), before) for found, before in [  # a sentence without its "I"
    (r"(?:really |absolutely |also |still )?(?:love|like|hate|enjoy|adore|prefer|dislike)s? "
     r"(?!and\b|is\b|it\b|this|that|you|me\b|to (?:hear|see)|the (?:idea|sound|way))\w", "I "),
    (r"(?:just |recently |finally |also )?(?:moved (?:to|from|in|out)|got (?:an?|married|divorced|"
     r"engaged)|bought a|adopted|grew up|graduated|retired|became|started|quit|sold my|married|"
     r"used to|spent|joined|gave up) \w", "I "),
    (r"(?:can't|don't|didn't|haven't|won't|never) (?:really |even )?(?:stand|swim|drive|cook|eat|"
     r"like|drink|own|have|smoke|sing|dance|sleep|ride|tried|wear|speak|live|work|watch|play|had|"
     r"learned) (?!it\b|that\b)", "I "),
    (r"(?:born|raised) \w", "I was "), (r"never been \w", "I have "),
    (r"from (?!now|here|there|what|home|\w+day\b)[^\W\d_]{3,}(?:,? [^\W\d_]+)?(?: originally)?$",
     "I am "),
    (r"(?:\d{1,3} (?:years? old|yo\b)|half (?-i:[A-Z])\w+)", "I am "),
    (r"(?:no|one|two|three|four|five|six|\d+) (?:\w+ )?(?:kids|children|cats?|dogs?|sisters?|pets|"
     r"brothers?|siblings|sons?|daughters?|parrots?|grandchildren|car|allergies)\b", "I have "),
    (r"(?:huge|big|massive|total|lifelong) (?:\w+ )?(?:fan|nerd|lover|addict)\b", "I am a "),
]]  # fmt: skip
FAMILY_NAME = r"van|de|der|den|da|di|del|la|le|bin|al|von|[A-ZÀ-ÞŁ-Ž][\w'.-]*"
NAME = rf"(?P<name>[^\W\d_][\w'.-]*(?: (?:{FAMILY_NAME})){{0,4}})"
NAMES = [re.compile(found.replace("<name>", NAME)) for found in [
    r"(?:[Mm]y|[Tt]he) (?P<kind>(?:(?:first|last|full|real|family|middle) )?(?:name|surname|"
    r"nickname)) (?:is|was) (?:now |actually |spelled )?<name>", r"(?P<kind>[Nn]ame): <name>",
    r"[Ii]t is spelled <name>",
    r"[Mm]y (?P<kind>name) (?:isn't|is not|was never) \S+, (?:it is|but) <name>",
    r"(?:(?:[Pp]lease |[Yy]ou (?:can|may) |[Jj]ust )*[Cc]all me|I am called|I go by|"
    r"I would (?:rather|prefer to) be called) <name>",
    r"(?:[Ee]very\w+|[Mm]y friends|(?:[Mm]ost )?[Pp]eople)(?: at work)? calls? me <name>(?P<nick>)",
]]  # fmt: skip
I_AM = re.compile(
    rf"(?:I am|[Tt]his is|[Ii]t is) {NAME}(?= (?:here|again|speaking|and|nice|from|by)\b|,|$)"
)
NAME_HERE = re.compile(rf"{NAME} (?:here|speaking)$")


# ----------------------------------------------------------------------------------------- reading


@dataclass
class _Reader:
    """What is known while a message is read: who is called what, and who was spoken of last."""

    rules: Sequence[Rule]
    names: dict[str, str]
    places: list[str]
    greeted: bool  # whether the message begins with "Hi"
    small: bool  # whether it has no capital letters
    is_sum: bool  # whether it is a sum to do: "I have 3 apples and eat 2. How many are left?"
    last: str = ""
    topic: str = ""  # what the sentence before was about: "cats", "my birthday"
    facts: list[Fact] = field(default_factory=list)


def read(message: str, memories: Iterable[str] = (), rules: Sequence[Rule] = ()) -> list[Fact]:
    """What a message says about its writer; `memories` tell who is called what.

    >>> read("Anna moved to Milan.", ["The user's sister Anna lives in Rome."])[0].memory
    "The user's sister Anna moved to Milan."
    """
    text, hidden = tidy(message)
    reader = _Reader(
        [*rules, *RULES],
        {name: noun for memory in memories for name, noun in called_in(memory).items()},
        [place for memory in memories for place in _places_in(memory)],
        bool(re.match(r"\W*(?:hi+|hello+|hey+|hiya|yo|howdy|good \w+|greetings)\b", text, re.I)),
        not re.search(r"[A-HJ-Z]", text),
        bool(re.search(r"\bhow (?:many|much)\b", text, re.I)) and len(re.findall(r"\d+", text)) > 1,
    )
    found: dict[str, Fact] = {}
    for number, piece in enumerate(sentences(text)):
        goes_on = _read_sentence(piece, reader)
        for fact in reader.facts:
            memory = re.sub("[\ue000-\uf8ff]", lambda m: hidden[ord(m[0]) - 0xE000], fact.memory)
            found.setdefault(memory, fact._replace(memory=memory, sentence=number))
        reader.facts.clear()
        if not goes_on:
            break
    return list(found.values())[:MOST_FACTS]


def _read_sentence(piece: str, reader: _Reader) -> bool:
    """Read one sentence; false if what follows is not the writer's own words."""
    bare, asked = without_openers(piece)
    if PRETENCE.match(bare) or (PRETENCE.match(piece) and not asked):
        return False
    if reader.is_sum and any(map(is_number, words(bare))):
        return True
    plain = TRAILING.sub("", bare.rstrip("?!. *")).strip(" ,")
    about = re.search(r"\bmy (?:birthday|name)$|(?<=(?:like|have) )\w+s$", plain)
    topic, reader.topic = reader.topic, about[0] if about else ""
    if topic.startswith("my "):
        plain = re.sub(r"^it is ", f"{topic} is ", plain, flags=re.IGNORECASE)
    elif topic and re.match(rf"I have (?:{'|'.join(NUMBERS)}|one|\d+)$", plain):
        plain = f"{plain} {topic}"
    plain = _rewritten(plain)
    return not plain or (not asked and _named(plain, reader)) or _read_parts(
        plain, bare.endswith("?") and not asked, asked, reader)  # fmt: skip


def _rewritten(text: str) -> str:
    """A statement as the rules expect it: "my favourite colour is green" for "green is my ..."."""
    for found, canonical in REWRITES:
        text = found.sub(canonical, text)
    return text


def without_openers(text: str) -> tuple[str, bool]:
    """A sentence without what stands before its statement, and whether it asks to remember it.

    >>> without_openers("By the way, please remember that I'm on call")
    ("I'm on call", True)
    """
    asked = False
    for _ in range(8):
        asks = ASKED.match(text)
        match = asks or OPENER.match(text)
        if not match or not match.end():
            break
        asked = asked or bool(asks)
        text = text[match.end() :]
    return text, asked


def _read_parts(plain: str, asks: bool, asked: bool, reader: _Reader) -> bool:
    """Read the clauses of a sentence up to the first that asks, or that others say."""
    parts = cut(_resolved(words(plain), reader))
    if asks:
        parts = _before_question(parts)
    trusted = True  # whether the clause before was a statement, and no order or question
    for joint, part in parts:
        part = words(_rewritten(spelled(_resolved(part, reader))))
        if joint[-1:] == (":",) or not part:
            return False
        if QUESTION.match(spelled(part)) or _is_order(part):
            trusted = False
            if {"and", "or"} & set(joint):
                break
        elif trusted or not joint or "," in joint or joint[0] in ("but", "because"):
            if _hands_over(part, plain):
                return ":" not in plain
            trusted = _read_clause(part, asked, reader)
    return True


def _before_question(parts: list[tuple[Words, Words]]) -> list[tuple[Words, Words]]:
    """The clauses before the question of a sentence; none where only its end asks ("right?")."""
    for at, (_, part) in enumerate(parts):
        if QUESTION.match(spelled(part)) or (at and part[0].lower() in FINITE):
            tag = len(part) < 4 and part[-1].lower() in ("i", "it", "we", "you", "they", "my")
            return [] if tag else parts[:at]
    return []


def _is_order(part: Words) -> bool:
    """Whether a clause is an order or a wish: "Have a great time"."""
    after = part[1].lower() if len(part) > 1 else "stand"
    return part[0].lower() in CLASSES["ORDERED"] and after not in CLASSES["NO_ORDER"]


def _hands_over(part: Words, plain: str) -> bool:
    """Whether a clause hands over to what somebody says: "He was like", "She told me"."""
    clause = parse(part)
    if clause is None:
        return bool(CLASSES["SPEECH"] & {word.lower() for word in part[1:7]})
    quoted = ":" in plain and clause.verb in CLASSES["SPEECH"]
    speaks = clause.verb in ("say", "tell", "ask") or quoted
    thinks = not clause.is_own and clause.verb in CLASSES["THINK"]
    return speaks or thinks or (clause.verb == "be" and clause.rest[:1] == ("like",))


def _resolved(part: Words, reader: _Reader) -> Words:
    """A clause in which names and pronouns of people known are "my sister Anna"."""
    if not part:
        return part
    low, name = part[0].lower(), part[0].removesuffix("'s")
    if name in reader.names:
        return ("my", reader.names[name], *part)
    if reader.last and low in ("he", "she") and len(part) > 1:
        return ("my", reader.last, *part[1:])
    if reader.last and low in ("his", "her", "its") and part[1:2] in (("name",), ("birthday",)):
        return ("my", f"{reader.last}'s", *part[1:])
    if "here" in part and reader.places and part[0] in OWN:
        at = part.index("here")
        return (*part[:at], "in", *reader.places[-1].split(), *part[at + 1 :])
    clause = parse(part) if part[-1] in ("it", "them") and reader.facts else None
    before = reader.facts[-1].memory.removesuffix(".").split() if clause else []
    liked = [at for at, word in enumerate(before) if verb(word)[0] in CLASSES["LIKE"]]
    if clause and clause.verb in CLASSES["LIKE"] and liked:
        return (*part[:-1], *before[liked[-1] + 1 :])
    return part


def _read_clause(part: Words, asked: bool, reader: _Reader) -> bool:
    """Remember a clause if a rule applies; whether it was a statement at all."""
    clause = parse(part)
    if clause is None:
        return _read_clipped(part, asked, reader)
    fact, memory = remembered(clause, reader.rules, asked), third_person(clause)
    for name, noun in () if fact or clause.is_own else called_in(memory).items():
        if name in clause.subject and noun in CLASSES["FAMILY"]:
            fact = Fact(f"The user's {noun} is called {name}.", "named", ("name", "family"))
    reader.facts += [fact] if fact else []
    reader.names |= called_in(memory)
    reader.places += _places_in(memory)
    spoken = map(singular, clause.rest if clause.is_own else clause.subject[1:])
    people = [word for word in spoken if word in CLASSES["PERSON"] | CLASSES["PET"]]
    reader.last = people[0] if len(people) == 1 else reader.last
    return True


def _read_clipped(part: Words, asked: bool, reader: _Reader) -> bool:
    """Read a clause without its "I": "mum of two, nurse", "Allergic to nuts", "moved to Berlin"."""
    if {word.lower() for word in part} & CLASSES["NOT_CLIPPED"]:
        return False
    before = len(reader.facts)
    more = r", (?!(?:just|only|mostly|especially|mainly|but|and|not)\b)"
    for piece in re.split(more, spelled(part)):
        clause = parse(words(completed(piece)))
        fact = remembered(clause, reader.rules, asked) if clause else None
        if fact is None or (len(part) == 1 and fact.rule == "role"):
            break
        reader.facts.append(fact)
    return len(reader.facts) > before


def completed(text: str) -> str:
    """A sentence with the "I" that it leaves out, or "" where it leaves out none.

    >>> completed("Nurse here"), completed("allergic to nuts"), completed("Have fun")
    ('I am a nurse', 'I am allergic to nuts', '')
    """
    low = text if text[1:2].isupper() else text[:1].lower() + text[1:]
    before = next((before for found, before in CLIPPED if found.match(low)), None)
    if before is not None:
        return before + low
    bare = low.removesuffix(" here")
    plain = re.sub(
        r"^(?:(?:currently|now|still|just|always|really|not|no longer|very) )*", "", bare
    )
    first, _, rest = plain.partition(" ")
    lemma, form = verb(first.strip(","))
    doing = form == "ing" and lemma in CLASSES["ACT"] | CLASSES["ONGOING"] | CLASSES["DO"] and rest
    after = rest.split(" ")[0]
    trait = is_trait(first) and (not rest or after in CLASSES["PREPOSITION"] | {"since"})
    fond = first in CLASSES["FOND"] and after in CLASSES["PREPOSITION"]
    if trait or fond or (doing and not is_vague(rest.split())):
        return f"I am {bare}"
    return _role(bare, bare != low)


def _role(text: str, here: bool) -> str:
    """ "I am a nurse" for "nurse", "Truck driver from Durban"."""
    phrase = re.split(r" (?:of|from|in|at|for|with|to|by)\b|,", text)[0].split()
    known = FINITE | OWN | MY | {"the", "a", "an", "no", "not", "bit", "little", "more"}
    if not phrase or len(phrase) > 4 or not is_role(phrase[-1]) or known & set(phrase):
        return ""
    if any(is_adverb(word) or is_unknown(word) for word in phrase[:-1]):
        return ""
    order = len(phrase) == 1 and verb(phrase[0])[1] == "base" and " " in text
    if order and not here and text.split()[1] not in CLASSES["PREPOSITION"]:
        return ""
    vowel = text[0].lower() in "aeiou" and not re.match(r"uni|eu|one", text, re.IGNORECASE)
    return f"I am {'an' if vowel else 'a'} {text}"


def remembered(clause: Clause, rules: Sequence[Rule], asked: bool = False) -> Fact | None:
    """The memory of a clause by the first rule that applies to it."""
    said = {word.lower() for word in (*clause.group, *clause.rest, *clause.lead, *clause.subject)}
    if said & {"you", "your", "yours", "you're"} or _is_unreal(clause, said):
        return None
    if not asked and _is_passing(clause, said):
        return None
    for rule in rules:
        memory = apply(rule, clause)
        if memory and is_sound(memory):
            return Fact(memory, rule.name, rule.topics or topics(memory))
    if asked and (clause.rest or clause.tense != "present"):
        memory = third_person(clause)
        if not is_sound(memory):
            quoted = spelled((*clause.lead, *clause.subject, *clause.group, *clause.rest))
            memory = f'The user said: "{quoted}".'
        return Fact(memory, "asked", topics(memory))
    return None


MOMENT = re.compile(
    r"\b(?:in|for) (?:an?|\d+|two|three|five|ten|twenty|thirty|a few) "
    r"(?:minutes?|seconds?|hours?|moment)\b|\bas we speak\b"
)


def _is_unreal(clause: Clause, said: set[str]) -> bool:
    """Whether a clause is a wish, a doubt, or depends on something."""
    group = {word.lower() for word in clause.group}
    doubted = group & {"wish", "would", "wouldn't", "could", "should", "must"}
    if doubted and clause.verb not in ("like", "love"):
        return True
    if clause.tense == "perfect" and {"so", "such"} & group:
        return True
    if clause.tense == "future" and {"When", "when"} & {*clause.lead} and "am" in clause.lead:
        return True  # "when I am rich"
    habit = clause.tense == "present" or (clause.tense == "progressive" and not clause.lead)
    return bool(said & {"if", "unless"}) and not habit


def _is_passing(clause: Clause, said: set[str]) -> bool:
    """Whether a clause is about this moment, or points at what is here: "this jacket"."""
    rest, text = clause.rest, spelled(clause.rest).lower()
    here = any(word in ("this", "these") and after not in DAYS for word, after in pairwise(rest))
    moment = MOMENT.search(text) and not re.search(r"\bday|week|night", text)
    last, now = rest[-1:], text.endswith("right now") and clause.verb in CLASSES["LIKE"]
    if last == ("today",) and "birthday" not in said:
        now = clause.verb == "be" or clause.tense == "progressive"
    elif clause.verb == "be":
        others = last == ("tonight",) and not clause.is_own
        now = others or "here" in rest or rest[:1] == ("like",)
    return here or now or bool(moment)


UNSOUND = re.compile(
    r"\b(?:I|me|my|mine|we|us|our)\b|\bthey (?:is|has|was|does)\b|\b(\w+) \1\b|\w- |\s[:*{}=|]\s|#|"
    r"\b(?:a|an|the|and|or|but|of|with|to|their|because|when|if|who|that|for|is|than|so|as|at)\.$"
)


def is_sound(memory: str) -> bool:
    """Whether a memory is surely good English; otherwise it is left out, or quoted."""
    return len(memory) < 400 and not UNSOUND.search(re.sub(r'"[^"]*"', "x", memory))


# ------------------------------------------------------------------------------------------- names


def _named(text: str, reader: _Reader) -> bool:
    """Read a clause that tells the writer's name, and what follows it."""
    if re.match(r"[Mm]y name is(?: not\b|$)", text):
        return True
    found = [match for match in (name.match(text) for name in NAMES) if match]
    found = [match for match in found if _may_be_name(match["name"])]
    said = I_AM.match(text) or NAME_HERE.match(text)
    if not found and said and _introduces(said["name"], text, reader):
        found = [said]
    if not found:
        return False
    match, groups = found[0], found[0].groupdict()
    kind = "nickname" if "nick" in groups else (groups.get("kind") or "name").lower()
    reader.facts.append(Fact(f"The user's {kind} is {match['name'].strip()}.", "name", ("name",)))
    rest = re.sub(r"^(?:,| and| but| here| speaking| again)+\s*", "", text[match.end() :]).strip()
    for piece in re.split(r",\s+(?:and\s+)?(?=from |an? |I |my |\d)", rest):
        about = re.match(r"(?:an?|from|\d+|in) ", piece) or re.fullmatch(r"\d{1,3}", piece)
        if piece and not re.match(r"nice|and you|by", piece):
            _read_parts(f"I am {piece}" if about else piece, False, False, reader)
    return True


def _may_be_name(name: str) -> bool:
    """Whether a word may be a name, after "my name is"."""
    return name.split()[0].lower() not in CLASSES["NO_NAME"]


def _introduces(name: str, text: str, reader: _Reader) -> bool:
    """Whether "I am <name>" introduces somebody, and does not describe: Priya, not vegan."""
    low = name.split()[0].lower()
    fond = low in CLASSES["FOND"] or "n't" in low
    if not _may_be_name(name) or fond or is_trait(low) or is_role(low):
        return False
    if name[0].isupper():
        return (
            reader.greeted or text[:4] == "I am" or (is_unknown(low) and text[:2].lower() != "it")
        )
    here = text.endswith("here") and reader.greeted
    return (is_unknown(low) or here) and reader.small and text[0] == "I" and " " not in name


PERSONS = "|".join(sorted(CLASSES["PERSON"] | CLASSES["PET"]))
CALLED = re.compile(
    rf"\b(?:user's|their|an?|one|and) (?:[a-z'-]+ ){{0,2}}?(?P<noun>{PERSONS})s?(?:'s name is|,? "
    r"(?:is )?(?:named|called)| is|,)? (?P<name>[A-Z][\w'-]+)"
)
PLACE = re.compile(r"\b(?:lives? in|living in|moved to|is from|home is) ((?:[A-Z][\w'-]+ ?){1,3})")


@lru_cache(20_000)
def called_in(memory: str) -> dict[str, str]:
    """Who is called what in a memory: {"Anna": "sister"}."""
    found = CALLED.finditer(memory[:400])
    promised = re.search(r"(?:engaged|married) to ([A-Z]\w+)", memory[:400])
    names = {match["name"].removesuffix("'s"): match["noun"] for match in found}
    return names | ({promised[1]: "partner"} if promised else {})


@lru_cache(20_000)
def _places_in(memory: str) -> list[str]:
    """Where the user lives, by a memory."""
    return [match[1].strip() for match in PLACE.finditer(memory[:400])]


@lru_cache(20_000)
def topics(memory: str, most: int = 3) -> tuple[str, ...]:
    """Up to three topics of a memory, from the table.

    >>> topics("The user lives in Leeds.")
    ('home',)
    """
    found = set(re.findall(r"[^\W\d_]+", memory.lower()))
    found |= {word[:-1] for word in found if word.endswith("s")}
    return tuple(topic for topic, row in TOPICS.items() if row & found)[:most]
