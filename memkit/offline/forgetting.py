"""What a message asks to forget.

>>> forgotten("Hi! Please forget my name"), forgotten("I always forget my keys")
('my name', None)
"""

from __future__ import annotations

import re

from memkit.offline.framing import without_opener
from memkit.offline.verbs import pattern, sentences

# A request to forget, by where its object stands: after the verb, in the middle, or before it.
HERE = r"(?:your|the) (?:memory|memories|mind|head|notes?|records?|files?|database|list|profile)"
FORGETTING = (r"(?:forg[eo]t(?:ting)?|(?:delet|remov|eras|wip)(?:e|ing)|clear|drop|discard|purge|"
              r"scrub|unlearn|unremember|get(?:ting)? rid of|"
              r"(?:scratch|strike|scrap|take out)(?= (?:my|what|the|\w+thing)\b))")  # fmt: skip
KEEPING = r"(?:remember|know|knew|stor|kept|keep|sav|retain|record)(?:e|ing)?"
GONE = rf"(?:forgotten|deleted|removed|erased|wiped|gone|(?:off|out of) {HERE})\b"
KINDLY = (
    r"(?:(?:please|pls|kindly|just|now|so|also|and|mind|let's|go ahead and|"
    r"(?:can|could|will|would|do) (?:you|u)|you (?:can|should|must|may)|you(?= don't| do not)|"
    r"i (?:want|need) you to|(?:i would|it (?:is|would be)) (?:\w+ ){1,4}you(?: to)?),? )*"
)
NEVER_KEEP = (
    rf"(?:do not|don't|did not|didn't|needn't|not|stop|no longer|(?:there is )?no need "
    rf"(?:for you )?to|i (?:do not|don't|no longer) want you to)(?: need to)? {KEEPING}"
)
THAT = (rf"(?:(?:{FORGETTING}|{NEVER_KEEP})(?: about)?(?: (?:it|that(?: one)?|this|them))?|"
        rf"take (?:it|that|this|them|her|him) (?:out|off|away)|(?:can|could) (?:it|that) (?:go|be "
        rf"{GONE}))(?: please| now| again)*(?: (?:off|from|out of) {HERE})?")  # fmt: skip
ASKS_TO_FORGET = [pattern(KINDLY + form) for form in (
    rf"{FORGETTING}\b(?P<what>(?! the [\w ]+, let).*)",
    rf"{NEVER_KEEP}\b(?P<what>.*)",
    r"(?:pretend|act as if) i (?:never|did not|didn't) (?:tell|told|mention|say|said)(?:ed)?"
    r"(?: you)?\b(?P<what>.*)",
    rf"(?:take|keep|leave)(?P<what> .+) (?:off|out of|from) {HERE}\b.*",
    rf"i (?:want|need|would like)(?P<what> .+?) (?:to be )?{GONE}.*",
    rf"i (?:do not|don't) (?:want|like)(?P<what> .+?) (?:to be )?(?:{KEEPING}d?n?|in {HERE})\b",
    rf"(?P<what>(?:\w+thing|all|what|my|the)\b.+?) (?:can|should|must) (?:go\b|be {GONE}).*",
    rf"(?P<what>.*\b(?:my|i) .+?) should(?: not|n't) be (?:{KEEPING}|(?:in )?there|in {HERE})\b",
    r"(?!i (?:always |often )?forg|(?:why|where|when|how|is|are|do|does|did|can)\b)"
    rf"(?=.*\b(?:my|i|me|the|that)\b)(?P<what>.+?)[,.:;?!…]+ (?:and |but )?{KINDLY}{THAT}$",
)]  # fmt: skip
PREFACE = re.compile(r"(?:[,:;?!] | so )(?=\w)")
FORGETS_THAT = pattern(rf"(?:\w+, )?{KINDLY}{THAT}\W*")
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
    bare = without_opener(sentence[:500].strip(" .!?"))
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
