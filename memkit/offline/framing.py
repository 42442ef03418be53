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
from memkit.offline.verbs import FINITE, Words, pattern, sentences, spelled, words

OPENER = pattern(r"""
    (?:(?:(?:hi+|hello+|hey+|hiya|yo|howdy|good (?:morning|afternoon|evening|day)|
    greetings)(?: (?:there|again|everyone|all|guys|class|bot))?|thanks?(?: you)?(?: (?:so|very|
    much|a lot|for \w+))*|ok(?:ay)?|right(?=,)|well|so|and|but|or|oh(?: no)?|ah+|um+|hmm+|yes|yeah|
    nope|no(?=,)|sure|great|cool|nice|wow|lol|haha|please|also|plus|anyways?|by the way|btw|fyi|
    guess what|honestly|tbh|(?:the )?(?:truth|thing) is(?: that)?|actually|in fact|(?:good |bad |
    big )?news|sadly|luckily|(?:un)?fortunately|apparently|(?:it )?turns out(?: that)?|
    (?:change of |new )?plans?|(?:I )?(?:have )?changed my mind(?! about)|I mistyped|update|
    correction|(?:new|bit of) \w+(?=:)|scratch that|never mind|sorry|wait|what a \w+(?=,)|
    I (?:guess|think|mean|suppose|swear|admit|forgot to (?:say|mention)|told you|
    (?:must|have to|should) (?:say|admit|mention))(?: that)?(?=[,:]? (?:I|my|we|our)\b))
    (?![\w'])[\s,:.!…-]*)+""")
TRAILING = pattern(r"""
    (?:[ ,]+(?:lol|haha+|tho(?:ugh)?|btw|by the way|you know|thank(?:s| you)|please|sorry|actually|
    i guess|to be honest|i think|right|nice to meet you|as well|too|
    always have|every(?:body|one) does))+$""")
PRETENCE = pattern(r"""
    (?:please |now |ok(?:ay)?,? |so |and |(?:can|could) (?:you|we) |let us |let's |i (?:want|
    would like) you to )*(?:imagine|pretend|suppos(?:e|ing)|assum(?:e|ing)|what if|say that|
    play (?:a|the|this)|role-?play|act (?:as|like)|you are\b|translate|(?:para|re)phrase|rewrite|
    proofread|summari[sz]e|ignore|disregard|\[?system\b|repeat|(?:correct|fix|continue|complete|
    finish|shorten|edit) (?:this|the|my)|spell|for example|once\b|dear |write\b(?! down)|(?:here|
    below) (?:is|are)\b|execute\b|in (?:this|the|my|an?) (?:\w+ )?(?:story|game|song|film|book|
    poem|play|novel|dream|world)|as an? (?:customer|user|admin|ai)\b|(?:the|a|my) \w+ (?:goes|says|
    reads)|\*\w+s?\b[^*]{0,80}\*|(?:assistant|ai|bot|user|human|customer|from|to|subject)\s*[:>])""")
LASTS = (r"(?:from now on|in (?:the )?future|going forward|for (?:all )?(?:the )?future \w+|"
         r"every time|whenever i|always|never|ever(?=\W*$))")  # fmt: skip
STYLE = pattern(rf"""
    (?=.*\b{LASTS})(?=.*\b(?:me|my|your|answers?|repl(?:y|ies)|emojis?)\b)(?!.*\?)
    (?:(?:please|pls|also|so|and|just|don't|do not|{LASTS}(?:(?<= i)[^,]+)?),? )*
    (?:answer|reply|respond|write|use|give|show|speak|talk|explain|keep|address)\b.*""")
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
    (r"\bneither (\w+) nor (?=\w)", r"do not \1 or "),
    (r"^(?:being|as(?= an? )) ((?!an? (?:child|kid|boy|girl|teen|rule|result|test|whole|joke|start|"
     r"beginner))[\w -]+?),? (?=(?:I|my|we)\b)", r"I am \1, "),
    (r"^(?:always )?keep (?:your |my |the )?(?=(?:answers|replies).*\b(?:from now on|always)\b)",
     "I prefer "),
    (r"^home is (?-i:([A-Z]\w+))$", r"my home is \1"),
    (r"^what I (love|like|hate|enjoy) (?:the )?most is (.+)$", r"I \1 \2 most"),
    (r"^it (is|was) (my (?:\w+'s )?birthday) (today|yesterday|last \w+)\b", r"\2 \1 \3"),
    (r"^no (?:more )?(.+) for me(?: (?:now|any ?more))?$", r"I am done with \1"),
    (r"^(?:they|(?:my|the) \w+)(?: have| has)?(?: just)? (sacked|fired|promoted|hired|laid off) "
     r"me\b", r"I was \1"),
    (rf"^(?:they|we|I|the \w+)(?: have| has)?(?: had to)? {MOVE} (?:my|our|the) (.+?) {TO}",
     r"my \1 was moved to "),
    (rf"^(?:my|our|the) (.+?)(?: have| has)?(?: been| was| were| got| had to be| is) {MOVE} {TO}",
     r"my \1 was moved to "),
    (r"^I (?:have )?(?:grown|come|learn(?:ed|t)|started) to (love|like|hate|enjoy)\b", r"I now \1"),
    (r"^(?!(?:it|that|this)\b)(.{2,40}?) (?:is|are) my (?:thing|jam)$", r"I like \1"),
    (r"^(?!(?:it|that|this)\b)(.{2,40}?) (?:isn't|aren't|is not|are not) (?:really )?"
     r"my (?:thing|cup of tea)(?: at all)?$", r"I don't like \1"),
    (r"^(?:my|the) (?:doctor|gp|consultant|vet|specialist)(?: has| have)?(?: just)? put me on ",
     "I take "),
    (r"^it is over (?:between|with) (.+?)(?: and me)?$", r"I broke up with \1"),
    (r"^(.+) and I (?:(?:have )?(?:broke|split|broken) up|(?:are not|aren't) together)\b"
     r"(?: any ?more)?", r"I broke up with \1"),
    (r"^(?:they|(?:my|the) \w+)(?: have| has)? let me go\b", "I was sacked"),
    (r"^my (\w+) (?:isn't|is not) (called )?.+?, (?:it is|s?he is|but) (?:called )?(.+)$",
     r"my \1 is \2\3"),
    (r"^(?:(?:please |you can |you may |just |always )*call me|I am called|I go by|it is spelled|"
     r"name(?: is|:)|I would (?:rather|prefer to) be called) (?=\w)", "my name is "),
    (r"^(?:every\w+|my friends|people)(?: at work)? calls? me (?=\w)", "my nickname is "),
]]  # fmt: skip
FAMILY_NAME = r"van|de|der|den|da|di|del|la|le|bin|al|von|[A-ZÀ-ÞŁ-Ž][\w'.-]*"
NAME = rf"(?P<name>[^\W\d_][\w'.-]*(?: (?:{FAMILY_NAME})){{0,4}})"
I_AM = re.compile(
    rf"(?:(?:I am|[Tt]his is|[Ii]t is|[Mm]y name is) {NAME}(?= (?:here|again|speaking|and|nice|"
    rf"from|by)\b|,|$)|{NAME.replace('name', 'here')} (?:here|speaking)\b)"
)

# A request to forget, by where its object stands: after the verb, in the middle, or before it.
HERE = (r"(?:your|the) (?:memory|memories|mind|head|notes?|records?|files?|system|database|data|"
        r"list|profile|history)")  # fmt: skip
FORGETTING = (r"(?:forget|delete|remove|erase|wipe|clear|drop|discard|purge|scrub|unremember|"
              r"unlearn|get rid of|(?:scratch|strike|take out)(?= (?:my|what|the)\b))")  # fmt: skip
KEEPING = r"(?:remember|know|knew|stor|kept|keep|sav|retain|record|hold(?:ing)? on to)(?:e|ing)?"
GONE = rf"(?:forgotten|deleted|removed|erased|wiped|dropped|gone|(?:off|out of) {HERE})\b"
KEPT = (rf"(?:remembered|known|stored|kept|saved|recorded|on file|on record|there|in there|"
        rf"in {HERE})\b")  # fmt: skip
KINDLY = (r"(?:(?:please|pls|kindly|just|now|so|(?:can|could|will|would) (?:you|u)|"
          r"you (?:can|should|must|may)|you(?= don't| do not)|feel free to|let us|let's|"
          r"go ahead and|i (?:want|need|would like) you to),? )*")  # fmt: skip
RATHER = (r"i would (?:rather|prefer|feel better|be (?:more comfortable|happier))(?: it)?(?: if)? "
          r"you")  # fmt: skip
NEVER_KEEP = (rf"(?:(?:do not|don't|not|stop)(?: need to| have to)?|"
              rf"i (?:do not|don't|no longer) want you to|"
              rf"(?:there is )?no (?:need|reason) (?:for you )?to|"
              rf"{RATHER} (?:did not|didn't|no longer)) {KEEPING}")  # fmt: skip
ABOUT_WRITER = (r"(?!i (?:always |often |never )?forg|what (?!i)|why (?!.*\byou\b)|(?:where|when|"
                r"how|is|are|do|does|did|can|could|should|would|will)\b)"
                r"(?=.*\b(?:my|i|me|the|that)\b)")  # fmt: skip
THAT = (rf"(?:(?:{FORGETTING}|{NEVER_KEEP})(?: about)?(?: (?:it|that|this|them))?|"
        rf"take (?:it|that|this|them|her|him) (?:out|off|down))"
        rf"(?: please| now| again| (?:off|from|out of) {HERE})*")  # fmt: skip
ASKS_TO_FORGET = [pattern(KINDLY + form) for form in (
    rf"{FORGETTING}\b(?P<what>(?! the [\w ]+, let).*)",
    r"(?:do you )?mind (?:forgett|delet|remov|eras|wip|clear|dropp|scrubb|gett(?=ing rid of))ing"
    r"(?: rid of)?\b(?P<what>.*)",
    rf"{RATHER} (?:forgot|deleted|removed|erased)\b(?P<what>.*)",
    rf"{NEVER_KEEP}\b(?P<what>.*)",
    r"(?:pretend|act as if) i (?:never|did not|didn't|had not|hadn't) "
    r"(?:told|tell|mention|said|say)(?:ed)?(?: you)?\b(?P<what>.*)",
    r"(?:i take back|ignore)(?P<what> (?:what|that) i\b.*)",
    rf"(?:take|keep|leave)(?P<what> .+) (?:off|out of|from) {HERE}\b.*",
    rf"i (?:want|need|would like)(?P<what> .+?) (?:to be )?{GONE}.*",
    rf"i (?:do not|don't) (?:want|like)(?P<what> .+?) (?:to be |being )?{KEPT}.*",
    rf"(?P<what>.*\b(?:my|i) .+?) (?:should|must)(?: not|n't) (?:be|have been) {KEPT}.*",
    rf"{ABOUT_WRITER}(?P<what>.+?)[,.:;?!…]+ (?:and |but )?{KINDLY}{THAT}$",
    rf"{ABOUT_WRITER}(?P<what>.+?)[,.:;?!…]+ (?:can|could) (?:it|that|this) (?:go|be {GONE}).*",
)]  # fmt: skip
PREFACE = re.compile(r"(?:[,:;] | so )(?=\w)")
FORGETS_THAT = pattern(
    rf"(?:\w+, )?{KINDLY}(?:{THAT}|(?:can|could) (?:it|that|this) (?:go|be {GONE}))\W*"
)
FROM_MEMORY = pattern(r" (?:(?:off|from|out of) your|(?:is|are) (?:none|not|private|personal))\b.*")


def pieces(text: str) -> list[str]:
    """The sentences of a tidy text; "Forget that" stays with the sentence that it is about."""
    found: list[str] = []
    for sentence in sentences(text):
        if found and FORGETS_THAT.fullmatch(sentence):
            found[-1] = f"{found[-1]} {sentence}"
        else:
            found.append(sentence)
    return found


def forgotten(sentence: str) -> str | None:
    """What a sentence asks to forget, or None: "please forget my name" -> "my name"."""
    bare = sentence[:500].strip(" .!?")
    opener = OPENER.match(bare)
    bare = bare[opener.end() :] if opener else bare
    tails = [bare[cut.end() :] for cut in PREFACE.finditer(bare)]
    tries = (form.match(text) for text in [bare, *tails[:4]] for form in ASKS_TO_FORGET)
    found = next(filter(None, tries), None)
    return FROM_MEMORY.sub("", found["what"]).strip() if found else None


def after_request(sentence: str) -> str:
    """What else a sentence says that asks to forget: "I moved" in "forget my flat, I moved"."""
    if forgotten(sentence) is None:
        return sentence
    _, *rest = re.split(r"[,;:] (?:and |but )?(?=(?:I|my|we|our)\b)", sentence, maxsplit=1)
    return "".join(rest)


def without_openers(text: str) -> tuple[str, bool]:
    """A sentence without what stands before its statement, and whether it asks to remember it.

    >>> without_openers("By the way, please remember that I am on call")
    ('I am on call', True)
    """
    opener = OPENER.match(text)
    bare = text[opener.end() :] if opener else text
    found = words(bare)
    start = next((at for at, word in enumerate(found) if word.lower() not in ASKING), len(found))
    before = {word.lower() for word in found[:start]}
    forgets = "forget" in before and not before & {"don't", "not", "never"}
    after = found[start].lower() if start < len(found) else ""
    if before & CLASSES["KEEPING"] and not forgets and after in CLASSES["STATEMENT"]:
        return spelled(found[start:]), True
    return bare, False


def without_fragment(text: str) -> str:
    """A sentence without the question of a few words that hangs on it: "I'm 60, gift ideas?"."""
    tail = re.search(r", (?!or |and |right|ok|yeah|no\?)(?:[\w'-]+ ){0,7}[\w'-]+\?$", text)
    asks = tail and not {*tail[0].lower()[2:-1].split()} & (FINITE | CLASSES["PRONOUN"])
    return text[: tail.start()] if tail and asks else text


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
