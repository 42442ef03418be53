"""What stands around a statement, and the other ways to say the same.

Openers ("by the way") and asides ("lol") go; pretence and quotations end the reading of what they
govern; and "green is my favourite colour" becomes what the rules expect.

>>> rewritten("They moved my exam to Friday")
'my exam was moved to Friday'
"""

from __future__ import annotations

import re

from memkit.offline.grammar import PERSONS
from memkit.offline.lexicon import CLASSES
from memkit.offline.verbs import FINITE, Words, pattern, spelled, words

OPENER = pattern(r"""
    (?:(?:(?:hi+|hello+|hey+|hiya|yo|howdy|good (?:morning|afternoon|evening|day)|greetings)
    (?: (?:there|again|everyone|all|guys|class|bot))?|thanks?(?: you)?(?: (?:so|very|much|a lot|
    for \w+))*|ok(?:ay)?|right(?=,)|well|so|and|but|or|oh(?: no)?|ah+|um+|hmm+|yes|yeah|nope|
    no(?=,)|sure|great|cool|nice|wow|lol|haha|please|also|plus|anyways?|by the way|btw|fyi|
    guess what|funny enough|honestly|tbh|to be (?:honest|fair|clear)|
    (?:the )?(?:truth|thing) is(?: that)?|actually|in fact|(?:good |bad |sad |big )?news|sadly|
    luckily|(?:un)?fortunately|apparently|(?:change of |new )?plans?|(?:it )?turns out(?: that)?|
    (?:I )?(?:have )?changed my mind(?! about)|I mistyped|update|correction|
    (?:ps|confession|(?:fun )?fact|context|background|note)(?=:)|(?:new|bit of) \w+(?=:)|
    scratch that|never mind|sorry|wait|what a \w+(?=,)|
    I (?:guess|think|mean|suppose|swear|admit|forgot to (?:say|mention)|told you|
    (?:must|have to|should) (?:say|admit|mention))(?: that)?(?=[,:]? (?:I|my|we|our)\b))
    (?![\w'])[\s,:.!…-]*)+""")
TRAILING = pattern(r"""
    (?:[ ,]+(?:lol|haha+|tho(?:ugh)?|innit|lah|eh|xx+|ironically|sadly|unfortunately|btw|
    by the way|actually|(?:as )?you know|thank(?:s| you)|please|sorry|i guess|i think|right|
    as well|too|so yeah|(?:just )?fyi|if that helps|just so you know|
    to be (?:honest|fair)|for my sins|thank (?:goodness|god)|believe it or not|as it happens|
    bless (?:him|her|them)|i must say|remember|[:;]-?[()D]+)|, ok(?:ay)?)+$""")
PRETENCE = pattern(r"""
    (?:please |now |ok(?:ay)?,? |so |and |(?:can|could) (?:you|we) |let us |let's |i (?:want|
    would like) you to )*(?:imagine|pretend|suppos(?:e|ing)|assum(?:e|ing)|what if|say that|
    play |role-?play|act |you are\b|translate|(?:para|re)phrase|rewrite|proofread|summari[sz]e|
    ignore|disregard|\[?system\b|in another life\b|repeat|
    (?:correct|fix|continue|complete|finish|shorten|edit) (?:this|the|my)|spell|for example|once\b|
    dear |write\b(?! down)|(?:here|below) (?:is|are)\b|
    in (?:this|the|my|our|an?) (?:\w+ )?(?:story|game|song|film|book|poem|play|novel|dream|world)|
    as an? (?:customer|user|admin|ai)\b|(?:the|a|my) \w+ (?:goes|says|reads)|\*\w|
    (?:assistant|ai|bot|user|human|customer|from|to|subject)\s*[:>])""")
STYLE = pattern(r"""
    (?=.*\b(?:from now on|in (?:the )?future|going forward|every time|whenever i|always|never|ever)
    \b)(?=.*\b(?:me|my|your|answers?|repl(?:y|ies)|emojis?)\b)(?!.*\?)(?:[\w']+,? ){0,5}?(?:answer|
    reply|respond|write|use|give|show|speak|talk|explain|keep|address)\b.*""")
ROLES = pattern(r"\bI\b.+\band you are (?:a|an|my|the|[A-Z]\w+)\b")
ASKING = CLASSES["ASKING"] | CLASSES["KEEPING"] | {",", ":"}
NO_NAME = "that|this|it|s?he|here|there|who|what|which|where|when|why|how"
MOVE = r"(?:push|mov|postpon|reschedul|delay|rebook|chang|shift|brought|bring)(?:e?d?)\b"
TO = r"(?:back |forward )?(?:to|until|till) (?=[\w])"
REWRITES = [(pattern(found), canonical) for found, canonical in [  # other ways to say the same
    (r"^(?:the )?(?!that\b|this\b|it\b)(.{2,40}?) (is|are) (my (?:all-time |least )?"
     r"favou?rite [\w ]+)$", r"\3 \2 \1"),
    (rf"^(?!(?:{NO_NAME})\b)(\w+) is (my (?:{PERSONS}))\b", r"\2 is called \1"),
    (r"^(.{2,40}?) (?:is|has become|became) an? ((?:\w+ )?(?:passion|hobby|interest)) of mine\b",
     r"my \2 is \1"),
    (r"^home is (?-i:([A-Z]\w+))$", r"my home is \1"),
    (r"^what I (love|like|hate|enjoy) (?:the )?most is (.+)$", r"I \1 \2 most"),
    (r"^(?:they|(?:my|the) \w+)(?: have| has)?(?: just)? (?:(?:sacked|fired|laid off) me|let me go)"
     r"\b", "I was fired"),
    (r"^(?:being|as(?= an? )) ((?!an? (?:child|kid|boy|girl|teen|rule|result|test|whole|joke|start|"
     r"beginner))[\w -]+?),? (?=(?:I|my|we)\b)", r"I am \1, "),
    (r"^it (is|was) (my (?:\w+'s )?birthday) (today|yesterday|last \w+)\b", r"\2 \1 \3"),
    (r"^it (?:is|was) my (\d+)(?:st|nd|rd|th) birthday\b.*", r"I turned \1"),
    (r"^no more (.+) for me(?: (?:now|any ?more))?$", r"I am done with \1"),
    (r"^I (?:have )?changed my (?:first |last |sur)?name to", "my name is"),
    (rf"^(?:they|we|I|the \w+)(?: have| has)?(?: had to)? {MOVE} "
     rf"(?:my|our|the) (?!job|car)(.+?) {TO}",
     r"my \1 was moved to "),
    (r"^I (?:have )?(?:grown|come|learn(?:ed|t)|started) to (love|like|hate|enjoy)\b", r"I now \1"),
    (r"^(.+) and I (?:(?:have )?(?:broke|split|broken) up|(?:are not|aren't) together)\b"
     r"(?: any ?more)?", r"I broke up with \1"),
    (r"^my (\w+) (?:isn't|is not) (called )?.+?, (?:it is|s?he is|but) (?:called )?(.+)$",
     r"my \1 is \2\3"),
    (r"^(?:(?:please |you can |you may |just |always )*call me|I am called|it is spelled|"
     r"name(?: is|:)|I go by(?= (?-i:[A-Z]))|I would (?:rather|prefer to) be called) (?=\w)",
     "my name is "),
    (r"^I am (\d+) years$", r"I am \1 years old"),
    (r"^I (like|love|enjoy) very much (.+)$", r"I \1 \2 very much"),
    (r"^I go by (?=\w+/)", "my pronouns are "),
    (r"^(?:every\w+|(?:my )?friends|people)(?: at work)? calls? me (?=\w)", "my nickname is "),
]]  # fmt: skip
FAMILY_NAME = r"van|de|der|den|da|di|del|la|le|bin|al|von|[A-ZÀ-ÞŁ-Ž][\w'.-]*"
NAME = rf"(?P<name>[^\W\d_][\w'.-]*(?: (?:{FAMILY_NAME})){{0,4}})"
I_AM = re.compile(
    rf"(?:(?:I am|[Tt]his is|[Mm]y name is) {NAME}(?= (?:here|again|speaking|and|nice|"
    rf"from|by|but|I)\b|,|$)|(?:[Ii]t is )?{NAME.replace('name', 'here')} (?:here|speaking)\b)"
)


def without_opener(text: str) -> str:
    """A sentence without its greeting and the like: "Hi! By the way, I moved" -> "I moved"."""
    opener = OPENER.match(text)
    return text[opener.end() :] if opener else text


def unwrapped(text: str) -> tuple[str, bool]:
    """A sentence without what stands before its statement, and whether it asks to remember it.

    >>> unwrapped("By the way, please remember that I am on call")
    ('I am on call', True)
    """
    bare = without_opener(text)
    found = words(bare)
    start = next((at for at, word in enumerate(found) if word.lower() not in ASKING), len(found))
    before = {word.lower() for word in found[:start]}
    if {"do", "you"} <= before:  # "Do you know my name?"
        return bare, False
    forgets = "forget" in before and not before & {"don't", "not", "never"}
    after = found[start].lower() if start < len(found) else ""
    if before & CLASSES["KEEPING"] and not forgets and after in CLASSES["STATEMENT"]:
        return spelled(found[start:]), True
    return bare, False


def rewritten(text: str) -> str:
    """A statement as the rules expect it: "my favourite colour is green" for "green is my ..."."""
    for found, canonical in REWRITES:
        text = found.sub(canonical, text)
    return text


def is_question(part: Words) -> bool:
    """Whether words ask: "where do I live", "am I"."""
    low = [word.lower() for word in (*part[:2], "", "")][:2]
    asks = low[0] in CLASSES["QUESTION"] and (low[0] != "when" or low[1] not in ("i", "my", "we"))
    return asks or (low[0] in FINITE and low[1] in CLASSES["PRONOUN"])


def before_question(parts: list[tuple[Words, Words]]) -> list[tuple[Words, Words]]:
    """The clauses before the question of a sentence; none where only its end asks ("right?")."""
    for at, (_, part) in enumerate(parts):
        if is_question(part) or (at and part[0].lower() in FINITE):
            tag = len(part) == 2 and part[0].lower() in FINITE  # "don't I?"
            return [] if tag else parts[:at]
    return []
