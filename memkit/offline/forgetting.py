"""What a message asks to forget.

>>> forgotten("Hi! Please forget my name"), forgotten("I always forget my keys")
('my name', None)
"""

from __future__ import annotations

import re

from memkit.offline.framing import without_opener
from memkit.offline.lexicon import CLASSES
from memkit.offline.verbs import content, pattern, sentences

# The parts of a request. One may wipe a table and forget the pasta: such words need a "please", or
# a word about memory.
AND = r"(?:(?:just|now|also|and|mind|let's),? )*"
PLEASE = (r"(?:(?:please|kindly|(?:can|could|would) you(?: mind)?|you can|"
          r"I (?:want|would like) you to),? )")  # fmt: skip
MEMORY = r"(?=.*(?:thing|\b(?:memor|notes|info|fact|bit|stuff|told|said|know|have|saved)))"
YOURS = r"your (?:memory|notes|records)"
FORGET = r"(?:forget|unremember|unlearn|purge|(?:delet|remov|eras)(?:e|ing))"
WIPE = r"(?:wipe|clear|drop|scrub|scrap|scratch|strike|take out|get rid of|I take back)"
KEEP = r"(?:remember(?:ing)?|keep(?:ing)?|(?:stor|sav)(?:e|ing))"
NOT_KEEP = (rf"(?:(?:not|don't|stop|no need to) {KEEP}|(?:there is no need for you|"
            rf"(?:you |I )?(?:don't|no longer) (?:need|want you)) to (?:{KEEP}|know))")  # fmt: skip
ASK = (rf"{AND}(?:{FORGET}(?! the\b(?!.* please))|{PLEASE}+{FORGET}|"
       rf"{PLEASE}*(?:(?:{FORGET}|{WIPE}){MEMORY}|(?:do )?{NOT_KEEP}))")  # fmt: skip
FORGET_IT = rf"{ASK}(?:\W*$|(?: about)? (?:it|that|this|them)\b)"
# What is to be forgotten stands in front of "forget it", behind the verb, or in the middle.
REQUESTS = [pattern(form.replace("WHAT", "(?P<what>.+)")) for form in (
    rf"^(?=.*\b(?:my|I|me|the|that)\b)WHAT[,.:;!…]+ {FORGET_IT}",
    rf"(?:^|[,:;!] | so ){ASK} WHAT",
    rf"(?:I would .{{4,30}}|it is better when) you (?:forgot|{FORGET}|didn't {KEEP}) WHAT",
    rf"^{PLEASE}*(?:take|keep) WHAT (?:off|out of) {YOURS}",
    r"^I want WHAT (?:removed|deleted|erased)",
    r"^(?:let's )?pretend I never told you WHAT",
    rf"^WHAT should(?: not|n't) be (?:(?:in )?there|stored|in {YOURS})(?:$|,)",
)]  # fmt: skip
ABOUT_THAT = pattern(rf"[.!…] (?={FORGET_IT})")


def pieces(text: str) -> list[str]:
    """The sentences of a tidy text; "Forget that" stays with the sentence that it is about."""
    return sentences(ABOUT_THAT.sub(", ", text))


def forgotten(sentence: str) -> str | None:
    """What a sentence asks to forget, or None; what others say is no request."""
    bare = without_opener(sentence[:500].strip(" .!?"))
    for found in filter(None, (request.search(bare) for request in REQUESTS)):
        if not content(bare[: found.start()]) & CLASSES["SPEECH"]:
            return found["what"]
    return None


def after_request(sentence: str) -> str:
    """What else a sentence says that asks to forget: "I moved" in "forget my flat, I moved"."""
    if forgotten(sentence) is None:
        return sentence
    return "".join(re.split(r"[,;:] (?:but )?(?=(?:I|my|we)\b)", sentence, maxsplit=1)[1:])
