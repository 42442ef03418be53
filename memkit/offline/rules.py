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
from memkit.offline.grammar import MY, NUMBERS, Clause, parse, third_person
from memkit.offline.lexicon import CLASSES
from memkit.offline.verbs import FINITE, STOP, Words, inflected, kinds, noun, pattern, verb, words


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
    if not _match(rest, clause.rest) or not _holds(rule.when, clause):
        return None
    told = parse(words(rule.memory))
    if told is None:
        return third_person(clause)
    new = inflected(told.verb, verb(clause.group[-1])[1])
    said = [part for word in told.rest for part in
            (clause.rest[max(len(rest) - 1, 0) :] if word == "X" else (word,))]  # fmt: skip
    return third_person(clause._replace(group=(*clause.group[:-1], new), rest=tuple(said)))


# A name, a form, the tenses and conditions, and an example that the tests say.
TABLE = """
age | I be|turn # ~ |  | I'm 31 years old
origin | I be|come from X | present | I'm from Wales
home | I live|move|relocate PREPOSITION|alone|together|next|abroad|home ~ |  | I live in Rome
place | I be|come|go|get|fly|move PREPOSITION|back|home|here NAME|#|from|in ~ |  | I've been to Asia
trait | I be|go|become|turn TRAIT ~ |  | My wife and I are vegetarian
trait | I be FOND PREPOSITION X | present past perfect | I'm scared of heights
trait | I be PREPOSITION [IN] |  | I'm in a choir
trait | I be the [*] | present | I'm the youngest of five
role | I be [SOMEBODY|ROLE] | present past perfect future, some | I'm a proud mum of two
having | I have|own|keep [*] | present, whole | I have a stammer
having | I GETTING [PET|OWNED|PERSON|SCHOOL] | whole | I just got a puppy
event | I have [TIMES] | soon dated recent | I had an exam yesterday
habit | I look after X |  | I look after my mother
habit | I see a [PERSON|ROLE] | present | I see a therapist
body | I be on [MEDICINE|UNKNOWN] | present | I'm on sertraline
body | I take|use [MEDICINE|OWNED|UNKNOWN|NAME] | present | I take metformin
life | I be|get DONE_TO ~ | past perfect progressive future | I got married in May
life | my PERSON|PET die|pass|run ~ | past perfect | My cat died
life | I lose|leave|meet my|his|her [PERSON|PET|OWNED|IN] | past perfect | I lost my job
life | I break|tear|injure|sprain my [*] | past perfect | I broke my arm
life | I grow|give|split|break|drop up|out ~ | past perfect modal | I grew up in Lagos
life | I pass|fail [TIMES] | past perfect | I passed my driving test
life | I retire|graduate|divorce|separate|marry|resign ~ | past perfect future | My dad retired
life | I SURELY X | past perfect, general | I visited Peru
life | I start|begin|finish my|ING|SCHOOL|as|at|up ~ | past perfect | I started painting again
life | I start|begin|finish [SCHOOL|IN] | past perfect | I began a course
life | I * X | past, dated, outward, steady | We hiked across Corsica last summer
life | I use to X | past | I used to play the trumpet
relationship | I date|see someone|NAME ~ | progressive | I'm dating someone from work
experience | I * X | perfect, denied dated full, outward, general | I've never seen snow
taste | I LIKE X | present perfect, general | I really like tea
taste | I stand|bear|resist|tolerate|mind X | present can, denied | I can't stand olives
ability | I SKILL|eat|have|digest|smell|taste|work ~ | can, general | I can't swim
ability | I know how|NAME ~ | present | I know how to juggle
aim | I AIM|try to be|quit|DOING ~ | present progressive modal, general | I hope to ski
aim | I like|love to learn|visit|travel|become|SKILL ~ | present modal, general | I'd love to ski
aim | I AIM|like|love to go to NAME ~ | present progressive modal | I want to go to Peru
aim | I want [PET|PERSON|OWNED] | present | We want kids
aim | I look|search|hunt for [OWNED|work] | progressive | I'm looking for a new job
aim | I decide to|not|against|on X | past perfect, general | I've decided to sell my house
aim | I plan|organise|arrange a|an * ~ | progressive, general | I'm planning a party for Ana
aim | I dream|think|plan of|about|on ING ~ | progressive present | I'm thinking of learning Welsh
plan | I * X | present future progressive, soon, active, general | I'm going to the gym tomorrow
ongoing | I ONGOING X | progressive, general | I'm training for a race
ongoing | I work as|for|at|nights|part-time|full-time ~ | progressive | I'm working as a cook
habit | I get|wake up at|early|late|around ~ | present | I wake up at six
habit | I * ~ | present must, often, outward, general, steady | I have to be up at five every day
habit | I go to [SCHOOL] | present | I go to church
habit | I find it hard|difficult|easy ~ | present | I find it hard to get up
habit | I SKILL ~ | present, general | I smoke
habit | I * X | present, general, outward, full | I restore old radios
something | my PURSUIT * ~ | progressive present | My job is selling cars
something | my * be moved to X | past perfect, soon often | They moved my exam to Friday
something | my OWNED|TIMES be|get|move MOVED|to ~ |  | My exam has been moved to Friday
something | my OWNED|TIMES start|end|begin|take|cost X |  | My shift starts at six
something | my * be ~ | present future dated recent, steady, nominal | My favourite colour is green
something | my * * ~ | present, outward, full | My passport expires in May
"""
ROWS = [row.split(" | ") for row in TABLE.strip().splitlines()]
RULES = [Rule(name, form, when=when, example=example) for name, form, when, example in ROWS]


# ------------------------------------------------------------------------ does a form fit a clause?


def is_role(word: str) -> bool:
    """Whether a noun is what somebody can be: of the class, or by its ending."""
    low = noun(word)
    if word[0].isupper() or low in CLASSES["ROLE"] or len(low) < 5 or low in CLASSES["NO_ROLE"]:
        return low in CLASSES["ROLE"]
    doer = re.sub(r"(?:(.)\1)?(?:er|or)$", r"\1", low)
    does = doer != low and any(verb(stem)[0] for stem in (doer, doer + "e", low[:-2]))
    return does or bool(re.search(r"(?:ist|ian|man|woman|eer|yer|keeper|maker|fighter)$", low))


def is_trait(word: str) -> bool:
    """Whether an adjective says what somebody is for long: "vegan", "Norwegian"."""
    low = word.lower()
    origin = re.search(r"..(?:ese|ish|ian|ean|can)$", low) and word[0].isupper()
    return low in CLASSES["TRAIT"] or bool(origin)


def is_number(word: str) -> bool:
    """Whether a word is a number: "31", "six"."""
    return word[0].isdigit() or word.lower().split("-")[0] in NUMBERS


def may_be_name(word: str) -> bool:
    """Whether a word may be somebody's name: one with a capital, or one that says nothing else."""
    low = word.lower()
    plain = kinds(low) and word[0].islower()
    return not plain and low not in STOP | CLASSES["VAGUE"] | CLASSES["PREPOSITION"]


PASSING = CLASSES["EMPTY"] | CLASSES["PASSING"]
SPECIAL: dict[str, Callable[[str], bool]] = {
    "ROLE": is_role,
    "TRAIT": is_trait,
    "#": is_number,
    "NAME": lambda word: word.lower() != word or word[0] >= "\ue000",  # or a quotation
    "PERSON": lambda word: word.endswith("year-old"),
    "SOMEBODY": lambda word: (
        (not kinds(word) or "NOUN" in kinds(word)) and noun(word) not in CLASSES["NO_ROLE"]
    ),
    "UNKNOWN": lambda word: (
        not kinds(word) and word.isalpha() and word not in STOP
    ),  # as names of medicines are
    "ING": lambda word: verb(word)[1] == "ing",
    "DOING": lambda word: word not in CLASSES["INNER"] | CLASSES["CHORE"] | CLASSES["SPEECH"],
    "*": lambda word: word != "this" and not PASSING & {word.lower(), noun(word)},
}


def _is_one_of(word: str, options: str) -> bool:
    """Whether a word is one of "a|b", or in one of the classes "PET|PERSON"."""
    names = options.split("|")
    special = any(SPECIAL[name](word) for name in names if name in SPECIAL)
    listed = (CLASSES[name] & {word.lower(), noun(word)} for name in names if name in CLASSES)
    return special or word.lower() in names or any(listed)


def _subject_fits(classes: str, clause: Clause) -> bool:
    """Whether the subject is the writer or somebody of theirs, or one of some classes."""
    if clause.is_own or {"I", "Me", "me"} & set(clause.subject):
        return not classes
    found = clause.subject
    passing = {*found, noun(found[-1])} & PASSING or found[1:] == ("code",)  # no locker code
    named = not classes and len(found) > 2 and found[-1][0].isupper()  # "my beagle Doug"
    return not passing and (named or any(_is_one_of(x, classes or "PERSON|PET") for x in found))


SOON = CLASSES["FUTURE"] | CLASSES["MONTH"]
TIME = SOON | CLASSES["LASTING"]
LONG = TIME | {"favourite", "favorite", "hair", "eyes"}
PERIOD = TIME | {"days", "week", "month", "year", "morning"}
END_OF_NOUN = CLASSES["PREPOSITION"] | CLASSES["ENDS_NOUN"] | CLASSES["LASTING"] | FINITE | {":"}


def noun_phrase(found: Sequence[str]) -> Sequence[str]:
    """The first noun with what stands before it: "a big fan" of "a big fan of jazz"."""
    for at, word in enumerate(found):
        starts = at == 0 and word.lower() in ("last", "next", "every", "each", "this", "that", "it")
        if word.lower() in END_OF_NOUN and not starts:
            return found[:at]
    return found


def _heads(phrase: Sequence[str]) -> Sequence[str]:
    """The words of a noun phrase that say what it is: its last one, and one before a name."""
    end = next((at for at, word in enumerate(phrase) if word in ("named", "called")), None)
    phrase = phrase[:end]
    return phrase[-2:] if phrase and phrase[-1][0].isupper() else phrase[-1:]


def _match(form: Sequence[str], rest: Words) -> bool:
    """Whether what follows the verb has the form."""
    if not form or not rest:
        return not rest and form in ([], ["~"])
    if form[0] in ("X", "~"):
        bare = form[0] == "X" and len(rest) == 1 and is_number(rest[0])
        return not bare and not is_vague(rest)
    if form[0].startswith("["):
        return any(_is_one_of(word, form[0][1:-1]) for word in _heads(noun_phrase(rest)))
    return _is_one_of(rest[0], form[0]) and _match(form[1:], rest[1:])


def is_vague(rest: Sequence[str]) -> bool:
    """Whether words point at the conversation instead of saying something by themselves."""
    low = [word if word == "IT" else word.lower() for word in rest]
    first, after = low[0], low[1] if len(low) > 1 else ""
    if is_number(first) or (after and first in ("last", "next", "every", "one")):
        return False
    if after and first in ("this", "that", "these"):
        return after not in PERIOD - {"every", "each"}
    if after and first in ("when", "how"):
        return after not in ("i", "my", "to")
    if after and first in CLASSES["PREPOSITION"]:
        return (first == "to" and after in CLASSES["INNER"]) or is_vague(rest[1:])
    heads = [noun(word) for word in _heads(noun_phrase(rest)) if word.islower()]
    return first in CLASSES["VAGUE"] or bool({*heads} & CLASSES["EMPTY"])


MONTHS = "|".join(sorted(CLASSES["MONTH"]))
DATED = pattern(rf"""
    \b(?:in (?:\d{{4}}|{MONTHS}|college|university|school|my \w+)|last (?!night)\w+|when|since|
    until|(?:years?|months?) ago|as a \w+|for (?:\w+ ){{0,4}}(?:years?|months?|weeks))\b""")
RECENT = re.compile(r"\b(?:yesterday|today|last night)\b")
OFTEN = re.compile(r"\b(?:once|twice|times|hours|days|miles|km) (?:a|per|each) |for a living")
OVER = re.compile(r"\b(?:any ?(?:more|longer)|no longer|after all)\b")


INSTRUMENT = {"play", "teach", "learn", "practise"}  # the violin


def _is_general(clause: Clause) -> bool:
    """Whether what is acted on is not "the ...", which is in the conversation."""
    rest = clause.rest
    at = next((i for i, word in enumerate(rest[:3]) if word == "the"), None)
    if at is None or MY & set(rest) or INSTRUMENT & {clause.verb, *rest[:2]}:  # an instrument
        return True
    return rest[at - 1] in CLASSES["PLACED"] or any(
        _is_one_of(word, "NAME|THE|IN|OWNED") for word in noun_phrase(rest[at:])
    )


def _is_whole(clause: Clause) -> bool:
    """Whether what somebody has is more than "ten minutes left" or "a train to catch"."""
    phrase = noun_phrase(clause.rest) or ("so",)
    first, last = phrase[0], phrase[-1]
    thing = last in CLASSES["OWNED"] or not last.islower()  # a house, a dog called Sunny
    now = phrase[2:] and not thing and ("ADJ" in kinds(last) or verb(last)[1] == "ing")
    told = {"the", "to", "all"} & {*clause.rest[: len(phrase) + 1]} or first == "that"
    return not (now or told or verb(first)[1] == "ing" or (len(phrase) == 1 and is_number(last)))


def _is_nominal(clause: Clause) -> bool:
    """Whether what a thing is said to be is a noun, a name or a time, not how it is just now."""
    named = any(word != word.lower() or is_number(word) for word in clause.rest)
    phrase = noun_phrase(clause.rest) or ("so",)
    plain = {"ADJ", "ADV"} & kinds(phrase[-1]).keys() or verb(phrase[-1])[1] == "past"
    return named or not plain or bool(LONG & clause.said)


def _has(clause: Clause, name: str) -> bool:
    """Whether a clause is in a tense or under a condition that rules name."""
    text = " ".join((*clause.group, *clause.rest, *clause.lead)).lower()
    phrase = noun_phrase(clause.rest)
    first = {word.lower() for word in (*clause.group, *clause.rest[:1])}
    conditions: dict[str, Callable[[], object]] = {
        "can": lambda: {"can", "can't"} & clause.said,
        "must": lambda: clause.tense == "modal" and {"have", "has"} & clause.said,
        "soon": lambda: clause.said & SOON,
        "often": lambda: clause.said & CLASSES["LASTING"] or OFTEN.search(text),
        "dated": lambda: DATED.search(text),
        "recent": lambda: RECENT.search(text),
        "denied": lambda: clause.denied,
        "some": lambda: phrase and (phrase[0] in ("a", "an") or is_role(phrase[-1])),
        "whole": lambda: _is_whole(clause),
        "nominal": lambda: _is_nominal(clause),
        "steady": lambda: clause.verb != "be" or not first & CLASSES["TEMPORARY"],
        "active": lambda: clause.verb not in CLASSES["INNER"] | CLASSES["ERRAND"],
        "outward": lambda: clause.verb not in CLASSES["INNER"],
        "full": lambda: clause.verb not in CLASSES["LIGHT"],
        "general": lambda: _is_general(clause),
    }
    return bool(conditions[name]()) if name in conditions else clause.tense == name


def _holds(when: str, clause: Clause) -> bool:
    """Whether one of each group holds: "present perfect, often"."""
    groups = [group.split() for group in when.split(",") if group]
    return all(any(_has(clause, name) for name in group) for group in groups)


def as_table() -> str:
    """The rules as a table in Markdown, for docs/offline_rules.md."""
    cells = [(rule.name, f"`{rule.form.replace('|', '/')}`", rule.when or "always", rule.example)
             for rule in RULES]  # fmt: skip
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)
