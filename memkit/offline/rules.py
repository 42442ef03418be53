"""The rules by which the offline model takes memories from what a user says.

A rule names the form of a sentence and what is remembered of it:

    Rule("fan", "I root for X", "The user supports X.", topics=("sports",))

The form is the subject `I`, or `my` and a class of people or things; a verb in its dictionary
form; and what follows. `X` is anything that says something by itself (not "it", "that one"), `~`
anything or nothing, `#` a number, `a|b` one of several words. A word in capital letters is a class
of `memkit.offline.lexicon`, and in square brackets a noun of that class with what belongs to it:
`[PET]` is "two old cats". A rule holds in every tense, unless `when` names some. `I` is somebody of
the writer's as well ("my sister roots for ..."). Without `memory`, the sentence is remembered as it
is, in the third person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memkit.errors import InvalidInput
from memkit.offline.grammar import NUMBERS, Clause, parse, third_person
from memkit.offline.lexicon import CLASSES
from memkit.offline.verbs import FINITE, Words, inflected, is_noun, is_unknown, verb, words


@dataclass(frozen=True)
class Rule:
    """A form of sentence that is remembered.

    Parameters
    ----------
    name : str
        What the model's response calls the rule.
    form : str
        The form of the sentence, such as ``"I root for X"``; see `memkit.offline.rules`.
    memory : str
        What is remembered, such as ``"The user supports X."``; by default the sentence itself.
    topics : tuple of str
        The topics of the memory; by default those that its words have.
    when : str
        The tenses and conditions in which the rule holds, such as ``"present, often"``.
    example : str
        A sentence to which the rule applies; the tests say it.

    Raises
    ------
    InvalidInput
        If the form or the memory has no subject and verb that the grammar knows.
    """

    name: str
    form: str
    memory: str = ""
    topics: tuple[str, ...] = ()
    when: str = ""
    example: str = ""

    def __post_init__(self) -> None:
        if not re.match(r"(?:I|my \S+) \S", self.form):
            found = f"'I' or 'my CLASS' and a verb, found {self.form!r}"
            raise InvalidInput(f"the form of a rule begins with {found}")
        if self.memory and not parse(words(self.memory)):
            found = f"'The user supports X.', found {self.memory!r}"
            raise InvalidInput(f"the memory of a rule is a sentence like {found}")


def apply(rule: Rule, clause: Clause) -> str | None:
    """The memory of a clause in the third person, or None where the rule does not apply."""
    own, *form = rule.form.split()
    subject, does, *rest = ("", *form) if own == "I" else form
    if not (_subject_fits(subject, clause) and (does == "*" or _is_one_of(clause.verb, does))):
        return None
    if not _holds(rule.when, clause) or not _match(rest, clause.rest):
        return None
    told = parse(words(rule.memory))
    if told is None:
        return third_person(clause)
    new = inflected(told.verb, like=clause.group[-1])
    said = [part for word in told.rest for part in
            (clause.rest[max(len(rest) - 1, 0) :] if word == "X" else (word,))]  # fmt: skip
    return third_person(clause._replace(group=(*clause.group[:-1], new), rest=tuple(said)))


# A name, a form, the tenses and conditions, and an example that the tests say.
TABLE = """
over | I * ~ | over | We're not going to Spain anymore
age | I be # year|years|yrs|yo|foot|feet|ft|cm|kg ~ |  | I'm 31 years old
age | I be # | present future | I'm 31
age | I be # now ~ | present | I'm 30 now
age | I turn # ~ |  | I turned 31 today
origin | I be from X | present | I'm from Wales
origin | I be born|raised|bred ~ |  | I was born in 1990
origin | I grow up ~ |  | I grew up in Lagos
origin | I come|hail|originate from X | present | I come from Crete
home | I live|reside PREPOSITION|alone|together|close|out|next ~ |  | I live in Leeds with my dog
home | I move|relocate|emigrate|immigrate PREPOSITION|here|home|house|abroad ~ |  | We moved to Oslo
work | I work PREPOSITION|night|nights|part|full|part-time|two|long|the ~ |  | I work as a nurse
studies | I study|major|teach|learn ~ |  | I'm learning Dutch
studies | I do [OWNED|course|internship|apprenticeship|master's] | progressive | I'm doing a PhD
trait | I be TRAIT ~ |  | My wife and I are vegetarian
role | I be [ROLE|PERSON] | present past future perfect | I'm a proud mum of two
trait | I be lactose|gluten|colour|color intolerant|free|blind ~ | | I'm lactose intolerant
role | I be of a [ROLE] | present | I'm more of a coffee person
home | I be in NAME now|these ~ | present | I'm in Kiel now
trait | I be half|part|originally X |  | I'm half Danish
life | I be DONE_TO ~ | past perfect | I was diagnosed with ADHD
trait | I be FOND PREPOSITION X |  | I'm scared of heights
trait | I be into X |  | I'm really into pottery these days
experience | I go|travel|fly to NAME ~ | past | I went to Bali for my honeymoon
experience | I be to X | perfect | I've never been to Asia
trait | I be PREPOSITION [IN] |  | I'm in a choir
trait | I be the youngest|oldest|only|captain|head|owner ~ |  | I'm the youngest of five
trait | I be X | present past perfect, often dated | I'm always late on Mondays
taste | I LIKE X | present perfect, general | I really like tea
taste | I stand|bear|resist|tolerate X | can, denied | I can't stand olives
taste | I mind X | denied | I don't mind olives
belief | I believe in X | present | I believe in ghosts
family | I have [PERSON] | present perfect past | I have two brothers
pet | I keep [PET|bees] | present | I keep chickens
pet | I have [PET] | present perfect past | I have a dog named Rex
possession | I have [OWNED] | present perfect | I have a red car
event | I have [TIMES] | soon dated recent | I have an exam on Friday
possession | I get [PET|OWNED|PERSON] | past perfect progressive future | I just got a puppy
possession | I own|drive|rent X | present past perfect, general | I don't own a car
care | I look after X |  | I look after my mother
care | I see a [PERSON|ROLE|therapist] | present progressive | I see a therapist
body | I need [OWNED|insulin|medication] | present | I need glasses to read
body | I take * for my ~ | present progressive | I take metformin for my diabetes
body | I take [MEDICINE] | present progressive | I take the bus to work
habit | I take my MEDICINE ~ | present | I take my coffee black
life | I get MARRIED ~ | past perfect progressive future | I got married in May
life | I meet my ~ | past perfect | I met my wife in Porto
relationship | I date|see someone ~ | progressive | I'm dating someone from work
over | I be done|finished with X | present, general | I'm done with sushi
over | I go off X | past perfect | I've gone off sushi
over | I give up X | past perfect modal | I gave up smoking
life | I split|break up ~ | | My boyfriend and I split up
life | I lose my|his|her PERSON|PET|OWNED ~ | past perfect | I lost my job
life | I leave NAME|school|home ~ | past perfect | I left Syria in 2014
life | I leave the|my [PERSON|TIMES|IN] | past perfect | I left my job
over | I drop X | past, bare | I dropped chemistry
life | I sell|join|win|stop X | past perfect | I sold my car
aim | I decide to|not|against|on X | past perfect | I've decided to sell my house
life | I SURELY X | past perfect, general | I visited Peru
life | I start|begin|finish [SCHOOL|IN|course|training|phd] | past perfect | I began a course
life | I start|sign at|up|as ~ | past perfect | I signed up for judo
life | I buy|build [OWNED|PET] | past perfect | We bought a house
life | I break my [BONE] | past perfect | I broke my leg
habit | I start|begin|stop ING ~ | past perfect | I started eating meat again
life | I drop out ~ | past perfect | I dropped out of school
life | I run away ~ | past | Our dog ran away
life | I die|pass|retire|graduate|divorce|marry|resign ~ | past | My cat died
life | I ACT|DO|LIFE|have|go|see|meet X | past, dated | We hiked across Corsica last summer
life | I use to X | past | I used to play the trumpet
experience | I get|come|be back|home from [TIMES|NAME] | past | I just got back from Japan
experience | I ACT|DO|LIFE X | perfect, dated often | I've played the same violin for years
experience | I have|see|try|eat|ride|own|use X | perfect, denied dated often | I've never seen snow
ability | I ABLE ~ | can, general | I can't swim
ability | I know how to X | present | I know how to juggle
aim | I AIM to AIMED ~ | present progressive perfect | I want to learn Dutch
aim | I like|love to AIMED ~ | modal | I'd love to visit Peru one day
aim | I dream|think|plan of|about|on X | progressive | I'm thinking of learning Welsh
aim | I try to AIMED ~ | progressive | I'm trying to learn the guitar
aim | I try to eat|drink|spend|be|use X | progressive | I'm trying to eat less sugar
aim | I try to X | present | I try to speak only English at work
aim | I want [PET|PERSON|OWNED] | present | We want kids
plan | I ACT|LIFE X | future | I'm going to open a bakery
plan | I ACT|LIFE ~ | future, soon | Next year I shall retire
plan | I * X | present future progressive, soon, active | I'm going to the gym tomorrow
plan | I go|fly|travel|drive|sail to NAME ~ | progressive future | We're going to Italy
ongoing | I train for|as|to|my ~ | progressive | I'm training for a race
ongoing | I ACT|ONGOING X | progressive, steady, general | I'm saving for a boat
ongoing | I look|search|hunt for [OWNED|THING|work] | progressive | I'm looking for a new job
ongoing | I expect [PERSON] | progressive | We're expecting twins
work | I coach|lead|manage|train X | present | I coach the school's hockey team
habit | I ACT|DO ~ | present, general | I smoke
habit | I * ~ | present, often, outward | I get up at six every day
habit | I * ~ | modal, often, must | I have to be up at five every day
habit | I make my own ~ | present | I make my own cheese
habit | I do X | present, thing | I do boxing
habit | I go to [SCHOOL] | present | I go to church
habit | I find it hard|difficult|easy|impossible ~ | present | I find it hard to get up
someone | my PERSON|PET * X | present | My neighbour tunes pianos
someone | I know|date NAME ~ | present progressive | I know Bo, a singer
something | my THING|TIMES be X | present future, steady | My favourite colour is green
something | my hobby|passion|goal|dream|job * X | progressive | My job is selling cars
something | my THING|TIMES be X | past, dated recent | My birthday was last week
something | my * be NAME|# ~ | present, steady | My locker is A17
something | my THING|TIMES start|end|begin|take|cost|include|leave X |  | My shift starts at six
something | my THING|OWNED get|be stolen|totalled|repaired|fixed ~ | | My car got stolen
something | my THING|TIMES be MOVED ~ |  | My exam has been moved to Friday
"""
ROWS = [map(str.strip, re.split(r"\s\|(?=\s)", row)) for row in TABLE.strip().splitlines()]
RULES = [Rule(name, form, when=when, example=example) for name, form, when, example in ROWS]


# ------------------------------------------------------------------------ does a form fit a clause?


def singular(word: str) -> str:
    """A noun in the singular, good enough to look it up: "cats" -> "cat"."""
    low = word.lower().removesuffix("'s")
    if low.endswith("ies") and len(low) > 4:
        return low[:-3] + "y"
    return low[:-1] if low.endswith("s") and not low.endswith("ss") else low


def is_role(noun: str) -> bool:
    """Whether a noun is what somebody can be: of the class, or by its ending."""
    low = singular(noun)
    if low in CLASSES["ROLE"] or len(low) < 5 or low in CLASSES["NO_ROLE"]:
        return low in CLASSES["ROLE"]
    return is_noun(low) and bool(re.search(r"(?:er|or|ist|ian|man)$(?<!other)(?<!ever)", low))


def is_trait(word: str) -> bool:
    """Whether an adjective says what somebody is for long: "vegan", "Norwegian"."""
    low = word.lower()
    origin = re.search(r"(?:ese|ish|ian|ean|can|an)$", low) and not is_noun(low) and len(low) > 4
    return low in CLASSES["TRAIT"] or bool(origin and is_unknown(low))


SPECIAL: dict[str, Callable[[str], bool]] = {
    "ROLE": is_role,
    "TRAIT": is_trait,
    "#": lambda word: word[0].isdigit() or word.lower().split("-")[0] in NUMBERS,
    "NAME": lambda word: word[0].isupper(),
    "AIMED": lambda word: verb(word)[1] == "base" and word.lower() not in CLASSES["NO_AIM"],
    "ING": lambda word: verb(word)[1] == "ing" and verb(word)[0] in CLASSES["ACT"] | CLASSES["DO"],
    "*": lambda word: word.lower() not in CLASSES["EMPTY"],
}


def is_number(word: str) -> bool:
    """Whether a word is a number: "31", "six"."""
    return SPECIAL["#"](word)


def _is_one_of(word: str, options: str) -> bool:
    """Whether a word is one of "a|b", or in one of the classes "PET|PERSON"."""
    for option in options.split("|"):
        if option in SPECIAL:
            fits = SPECIAL[option](word)
        elif option.isupper() and len(option) > 1:
            fits = bool({word.lower(), singular(word)} & CLASSES[option])
        else:
            fits = word.lower() == option
        if fits:
            return True
    return False


def _subject_fits(classes: str, clause: Clause) -> bool:
    """Whether the subject is the writer or somebody of theirs, or one of some classes."""
    if clause.is_own or {"I", "Me", "me"} & set(clause.subject):
        return not classes
    found = clause.subject
    found = found[: found.index(",")] if "," in found else found
    owners = [at for at, word in enumerate(found[:-1]) if word.endswith("'s") and word != "user's"]
    found = found[max(owners, default=0) + 1 :]
    if classes == "*":
        return all(_is_one_of(word, classes) for word in found)
    passing = {"order", "ticket", "tracking", "booking"} & set(found)
    return not passing and any(_is_one_of(word, classes or "PERSON|PET") for word in found)


NO_END = {"a", "one", "some", "this", "many", "each", "most"}
END_OF_NOUN = (CLASSES["LEAD"] - NO_END) | FINITE | CLASSES["END_OF_NOUN"] | {":"}


def noun_phrase(found: Sequence[str]) -> Sequence[str]:
    """The first noun with what stands before it: "a big fan" of "a big fan of jazz"."""
    for at, word in enumerate(found):
        low, day = word.lower(), "day" in found[at + 1 : at + 2]
        starts = at == 0 and low in ("last", "next", "every", "this", "that", "it")
        ends = low in END_OF_NOUN and not starts and not is_number(word)
        if ends or (day and low in ("one", "some")):
            return found[:at]
    return found


def _heads(phrase: Sequence[str]) -> Sequence[str]:
    """The words of a noun phrase that say what it is: its last one, and one before a name."""
    end = next((at for at, word in enumerate(phrase) if word in ("named", "called", "here")), None)
    phrase = phrase[:end]
    named = phrase and (phrase[-1][0].isupper() or phrase[-1] == "now")
    return phrase[-2:] if named else phrase[-1:]


def _match(form: Sequence[str], rest: Words) -> bool:
    """Whether what follows the verb has the form."""
    if not form or not rest:
        return not rest and form in ([], ["~"])
    if form[0] in ("X", "~"):
        only_time = form[0] == "X" and rest[0].lower() in ("yesterday", "today", "tomorrow")
        vague = is_vague(rest) or rest[0] == "into" or (only_time and len(rest) == 1)
        return not vague
    if form[0].startswith("["):
        phrase = noun_phrase(rest)
        fits = any(_is_one_of(word, form[0][1:-1]) for word in _heads(phrase))
        return fits and (phrase[0] != "the" or "ROLE" not in form[0])
    return _is_one_of(rest[0], form[0]) and _match(form[1:], rest[1:])


DAYS = CLASSES["FUTURE"] | CLASSES["LASTING"] | {"days", "year", "week", "month", "morning"}


def is_vague(rest: Sequence[str]) -> bool:
    """Whether words point at the conversation instead of saying something by themselves."""
    low = [word.lower() for word in rest]
    after = low[1] if len(low) > 1 else ""
    if {"you", "your", "yours"} & set(low) or (low[-1] in ("it", "one") and len(low) < 4):
        return True
    times = low[0] in ("last", "this", "that", "next", "every") and after != "one"
    if is_number(low[0]) or low[:2] == ["how", "to"]:
        return False
    if low[0] == "her" and after:
        return after in CLASSES["PREPOSITION"] | CLASSES["FUTURE"]
    if times and after:
        dated = low[0] == "this" and after in DAYS
        return low[0] in ("this", "that") and not dated
    if low[0] == "here":
        return bool(after) and after not in CLASSES["PREPOSITION"]
    if low[0] == "when":
        return after not in ("my", "i", "people")
    if after and low[0] in CLASSES["PREPOSITION"]:
        return after in CLASSES["EMPTY"] or is_vague(rest[1:])
    heads = _heads(noun_phrase(low))
    return low[0] in CLASSES["VAGUE"] or any(word in CLASSES["EMPTY"] for word in heads)


DATED = re.compile(
    r"\b(?:in (?:\d{4}|high school|college|university|school|my \w+)|last (?:year|month|week|"
    r"summer|winter|spring|autumn|fall|\w+day)|ago|when|as a (?:child|kid|boy|girl|teenager)|for "
    r"(?:about |over |almost |the last |the past )?(?:\w+ ){0,2}(?:years?|months?|decades?|weeks)|"
    r"since|growing up|back in|until)\b"
)
RECENT = re.compile(r"\b(?:yesterday|today|last night)\b")
OFTEN = re.compile(r"\b(?:once|twice|times|hours|days|miles|km) (?:a|per|each) |for a living")
OVER = re.compile(r"\b(?:any ?(?:more|longer)|no longer)\b")


SAID = {"can": {"can", "can't"}, "must": {"have", "has"}, "soon": CLASSES["FUTURE"]}
VERBS = {"active": CLASSES["STATIVE"], "outward": CLASSES["THINK"] | CLASSES["SPEECH"]}


def _has(clause: Clause, name: str) -> bool:
    """Whether a clause is in a tense or under a condition that rules name."""
    found = (*clause.group, *clause.rest, *clause.lead)
    said, text = {word.lower() for word in found}, " ".join(found).lower()
    phrase = noun_phrase(clause.rest)
    if name in SAID:
        return bool(SAID[name] & said)
    if name in VERBS:
        return clause.verb not in VERBS[name]
    match name:
        case "often":
            return bool(said & CLASSES["LASTING"] or OFTEN.search(text))
        case "dated":
            return bool(DATED.search(text))
        case "recent":
            return bool(RECENT.search(text))
        case "over":
            return clause.against and bool(OVER.search(text))
        case "denied":
            return clause.against
        case "bare":
            return len(phrase) > 0 and phrase[0] not in ("my", "the", "a")
        case "thing":
            return not any(_is_one_of(word, "TIMES") for word in _heads(phrase))
        case "steady":
            first = {word.lower() for word in (*clause.group, *clause.rest[:1])}
            return not first & CLASSES["TEMPORARY"]
        case "general":  # not "the theme", which is in the conversation
            known = [word for word in phrase[1:] if _is_one_of(word, "NAME|THE|IN|TIMES|OWNED")]
            return phrase[:1] != ("the",) or bool(known) or "\ue000" in text
    return clause.tense == name


def _holds(when: str, clause: Clause) -> bool:
    """Whether one of each group holds: "present perfect, often"."""
    groups = [group.split() for group in when.split(",") if group]
    return all(any(_has(clause, name) for name in group) for group in groups)


def as_table() -> str:
    """The rules as a table in Markdown, for docs/offline_rules.md."""
    cells = [(rule.name, f"`{rule.form.replace('|', '/')}`", rule.when or "always", rule.example)
             for rule in RULES]  # fmt: skip
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)
