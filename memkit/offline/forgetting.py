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
HERE += r"\b(?! (?!please|now|again|and)\w)"
DELETING = (r"(?:(?:delet|remov|eras|wip)(?:e|ing)|discard|purge|unlearn|unremember|"
            r"(?:scratch|strike|scrap|take out)(?= (?:my|what|the|\w+thing)\b)|"
            r"(?:drop|clear|scrub|get(?:ting)? rid of)(?= (?:it|that)\b|.*\b(?:memor|all\b|thing|"
            r"fact|know|remember|save|stor|said|told)))")  # fmt: skip
KEEPING = r"(?:remember|keep|(?:stor|sav|retain|record)(?:e|ing)?|remembering)\b"
KEPT = (rf"(?:remembered|stored|saved|recorded|(?:in )?there|(?:kept )?in {HERE})"
        rf"(?: anywhere| here| please)*(?:\W*$|,)")  # fmt: skip
GONE = rf"(?:forgotten|deleted|removed|erased|gone|(?:off|out of) {HERE})\b"
RATHER = (r"(?:i would (?:rather|prefer|like|feel \w+|be more \w+)|it (?:is|would be) "
          r"(?:better|best|nice|good))(?: it)?(?: if| when| that)? you")  # fmt: skip
KINDLY = (rf"(?:(?:please|pls|kindly|just|now|so|also|and|mind|let's|go ahead and|{RATHER}(?: to)?|"
          r"(?:can|could|will|would|do) (?:you|u)|you (?:can|should|must|may)|"
          r"you(?= don't| do not)|i (?:want|need) you to),? )*")  # fmt: skip
NEVER_KEEP = (rf"(?:(?:do not|don't|did not|didn't|needn't|not|stop|no longer|(?:there is )?"
              rf"no need (?:for you )?to) {KEEPING}|no longer knew|(?:don't need|"
              rf"i (?:don't|no longer) want you) to (?:{KEEPING}|know\b))")  # fmt: skip
THAT = (rf"(?:(?:forget|{DELETING}|{NEVER_KEEP})(?: about)?(?: (?:it|that(?: one)?|this|them))?|"
        rf"take (?:it|that|this|them|her|him) (?:out|off)|(?:can|could) (?:it|that) (?:go|be "
        rf"{GONE}))(?: please| now| again)*(?: (?:off|from|out of) {HERE})?")  # fmt: skip
ASKS_TO_FORGET = [pattern(KINDLY + form) for form in (
    r"(?:forget|(?<=mind )forgetting)\b(?P<what>(?! the [\w ]+, let).*)",
    rf"{DELETING}\b(?!.* (?:from|in) (?!{HERE})(?:the|this|that) )(?P<what>.*)",
    rf"{RATHER} (?:forgot|deleted|removed|erased)\b(?P<what>.*)",
    rf"{NEVER_KEEP}\b(?P<what>(?!.*\b(?:waiting|away|up|out|home|back)\b).*)",
    r"(?:pretend|act as if) i (?:never|did not|didn't) (?:tell|told|mention|say|said)(?:ed)?"
    r"(?: you)?\b(?P<what>.*)",
    rf"(?:take|keep|leave)(?P<what> .+) (?:off|out of|from) {HERE}.*",
    rf"i (?:want|need|would like)(?P<what> .+?) (?:to be )?{GONE}(?: from {HERE})?(?:\W*$|,).*",
    rf"i (?:do not|don't) (?:want|like)(?P<what> .+?) (?:to be )?{KEPT}.*",
    rf"(?P<what>(?:\w+thing|all|what)\b.+\b(?:about|i)\b.+?) (?:can|should|must) "
    rf"(?:go(?: away)?|be {GONE})\W*$",
    rf"(?P<what>.*\b(?:my|i) .+?) should(?: not|n't) be {KEPT}.*",
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
