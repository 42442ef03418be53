"""What a message asks to forget.

>>> requests("Please forget my flat, I moved. I always forget my keys.")
[('my flat, I moved', 'I moved.'), ('', 'I always forget my keys.')]
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
OWN = r"(?=[^,]*\b(?:my|I|me|our|the|all|you|\w*thing|(?-i:[A-Z]\w+))\b)"
YOURS = r"your (?:memory|notes|records)"
FORGET = r"(?:forget(?:ting)?|unremember|unlearn|purge|(?:delet|remov|eras)(?:e|ing))"
WIPE = r"(?:wipe|clear|drop|scrub|scrap|scratch|strike|take out|get rid of|I take back)"
KEEP = r"(?:remember(?:ing)?|keep(?:ing)?|(?:stor|sav)(?:e|ing))"
NOT_KEEP = (rf"(?:(?:not|don't|stop|no need to) {KEEP}|(?:there is no need for you|"
            rf"(?:you |I )?(?:don't|no longer) (?:need|want you)) to (?:{KEEP}|know))")  # fmt: skip
ASK = (rf"{AND}(?:{FORGET}(?! (?:about )?the\b(?!.* please))|{PLEASE}+{FORGET}|"
       rf"{PLEASE}*(?:(?:{FORGET}|{WIPE}){MEMORY}|(?:do )?{NOT_KEEP}))")  # fmt: skip
FORGET_IT = rf"{ASK}(?:\W*$|(?: about)? (?:it|that|this|them)\b(?! (?:I|my|we)\b))"
# What is to be forgotten stands in front of "forget it", behind the verb, or in the middle.
REQUESTS = [pattern(form.replace("WHAT", "(?P<what>.+)")) for form in (
    rf"^{OWN}(?:{ASK} )?WHAT[,.:;!…]+ {FORGET_IT}",
    rf"(?:^|[,:;!] | so ){ASK} {OWN}WHAT",
    rf"(?:I would .{{4,30}}|it is better when) you (?:forgot|{FORGET}|didn't {KEEP}) WHAT",
    rf"^{PLEASE}*(?:take|keep) WHAT (?:off|out of) {YOURS}",
    rf"^I want WHAT (?:removed|deleted|erased)(?: from {YOURS})?$",
    r"^(?:let's )?pretend I never told you WHAT",
    rf"^WHAT should(?: not|n't) be (?:(?:in )?there|stored|in {YOURS})(?:$|,)",
)]  # fmt: skip
ABOUT_THAT = pattern(rf"[.!…] (?={FORGET_IT})")


def requests(text: str) -> list[tuple[str, str]]:
    """What each sentence of a tidy text asks to forget, or "", and what else it says.

    "Forget that" is about the sentence before it; what others say to do is no request.
    """
    found = []
    for sentence in sentences(ABOUT_THAT.sub(", ", text)):
        bare = without_opener(sentence[:500].strip(" .!?"))
        asked = next(filter(None, (request.search(bare) for request in REQUESTS)), None)
        if asked and not content(bare[: asked.start()]) & CLASSES["SPEECH"]:
            rest = re.split(r"[,;:] (?:but )?(?=(?:I|my|we)\b)", sentence, maxsplit=1)[1:]
            found.append((asked["what"], "".join(rest)))
        else:
            found.append(("", sentence))
    return found
