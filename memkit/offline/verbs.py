"""Words, sentences, and the forms of verbs and nouns.

`lemminflect` (MIT, a dictionary of 1 MB) knows the forms of nearly every English word, and which
parts of speech it may be. `inflect` is about nouns, `simplemma` about lemmas alone; what knows more
(spaCy, HanTa, WordNet) weighs 15 MB and more, or loads its data when it runs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from memkit.offline.lexicon import CLASSES, SAME, SPELLINGS
from memkit.words import STOP_WORDS

LONGEST_MESSAGE = 20_000  # characters that are read
LONGEST_SENTENCE = 400  # characters; a longer "sentence" is pasted text

Words = tuple[str, ...]

# ------------------------------------------------------------------------------------------- words

HIDDEN = re.compile(  # nobody's own words: quotations, code, addresses
    r"```.{0,20000}?(?:```|$)|\"[^\"\n]{1,300}\"|“[^”\n]{1,300}”|"
    r"(?<![\w'])'[^'\n]{2,300}'(?![\w'])|https?://\S{1,300}|\S{1,60}@[\w.-]{1,60}\w",
    re.DOTALL,
)
ABBREVIATED = re.compile(  # the full stop of "Mrs. Brown" ends no sentence
    r"\b(?:(?:Mrs?|Ms|Dr|St|Prof|Rev|Mt|e\.g|i\.e|[A-Z](?=\. (?!I\b|My|We|It|He|She)[A-Z]))\.(?= )|"
    r"(?:approx|No|Co|Inc|Ltd|ft|Ph\.D|[ap]\.m|(?:[A-Z]\.)+[A-Z])\.(?= [a-z\d])|[A-Z]\.(?=[A-Z]\.))"
)
STOPS = re.compile(
    r"[☀-➿\U0001f300-\U0001faff]{1,9}\s{0,9}(?=(?:I|[Mm]y|[WwHh]e|[Ss]he|do|can|what|how)\b)|"
    r"\s(?:lol|haha+|lmao|xx+|[:;]-?[()D])(?=[\s,]|$)|"
    r"(?<=[.!?…])[\"')\]]{0,3}\s+|\n+|;|\s[-–—]+\s|—"
)
WHO = r"\b(I|[Ww]e|[Yy]ou|[Tt]hey|[Hh]e|[Ss]he|[Ii]t|[Tt]here|[Tt]hat|[Ww]h\w+|[Hh]ow|[Nn]ame)'"
NOUN = r"\b(?!user|master|bachelor)(\w{3,})'"
DONE = (
    r"\b(\w+)'s (?=(?:(?:just|never|always|already|finally|recently) )?(?:been|got|had|moved|"
    r"started|wanted|loved|learn(?:ed|t)|become|turned|grown|passed|finished|bought|sold|joined|"
    r"decided|quit|stopped|found|won|met|left(?!-)|(?:lost|broken) (?:his|her|their|an?|my))\b)"
)
STARTS = (
    r"((?:^|(?<=[.,;!?] )|(?<=\band )|(?<=\bbut )|(?<=\bbecause ))(?:[Mm]y |[Oo]ur )?"
    r"(?:\w+ )?\w{3,})'"
)
MUMS = rf"\b([Mm]y (?:{'|'.join(sorted(CLASSES['KIN'] | CLASSES['PERSON']))}))"
EXPANDED = [(re.compile(found), spelled) for found, spelled in [
    (r"\bI'?m\b", "I am"), (r"\b(\w+)'ve\b", r"\1 have"), (r"\b(\w+)'re\b", r"\1 are"),
    (r"\b(\w+)'ll\b", r"\1 will"), (DONE, r"\1 has "),
    (WHO + r"d (?=been\b|never\b)", r"\1 had "), (WHO + r"d\b", r"\1 would"),
    (WHO + r"s\b", r"\1 is"), (r"\bits (?=\w+ing\b|an?\b|the\b|so\b|very\b|really\b)", "it is "),
    (r"\b(?!(?:that|when|because|if|since|as|and|but|or|so|who|what|where|how|than|while|until|"
     r"though|before|after|think|said|say|know|hope|wish|sure|glad|even|now|then|maybe)\b)(\w+) "
     r"(?=(?:she|he|they|it) (?:is|are|was|were)\b)", r"\1, "),
    (r" ?\((?:\d\d ?[MFmf]|[MFmf] ?\d\d)\)", ""),
    (rf"\b((?i:{'|'.join(sorted(CLASSES['KIN']))}))'s (?=\w+ed\b)", r"\1 has "),
    (NOUN + r"s (?=(?:an?|called|named|not|always|gone|dead|getting|going|back|now|home|pregnant|"
     r"vegan|retired|\d+|cancell?ed|postponed)\b)", r"\1 is "),
    (STARTS + r"s (?=(?:in|at|on|from|off|out|over)\b)", r"\1 is "),
    (MUMS + r"s (?=an?\b|\d)", r"\1 is "), (r"\b[Mm]y names (?=[a-zA-Z])", "my name is "),
    (r"\b(have|has) got (?!\w+ed\b)", r"\1 "), (r"\b(am|are|is) off to (?=[A-Z])", r"\1 going to "),
    (r"\b(I|[Ww]e) do (?=(?:like|love|enjoy|hate|want|have|eat)\b)", r"\1 "),
    (r"\bmade (me )?redundant\b", r"laid off \1"),
    (r"\b(part|full|left|right|self)[ -](time|handed|employed)\b", r"\1-\2"),
    (r"\b(\d+) (?:years?|yrs?)[ -]old(?=s?\b(?! (?:and|now|in|today|next)\b) \w)", r"\1-year-old"),
]]  # fmt: skip


def tidy(message: str) -> tuple[str, list[str]]:
    """One spelling for everything, and the quoted pieces, each hidden behind one character.

    >>> tidy("im ana , i like “Dune”")
    ('I am ana, I like \\ue000', ['“Dune”'])
    """
    text = re.sub("[\u00a0\ue000-\uf8ff]", " ", message[:LONGEST_MESSAGE])
    text = re.sub("[’‘ʼ´`](?=[A-Za-z])", "'", text)
    hidden: list[str] = []

    def hide(match: re.Match[str]) -> str:
        hidden.append(match[0])
        return chr(0xE000 + len(hidden) - 1) if len(hidden) < 6000 else " "

    text = HIDDEN.sub(hide, text)
    text = ABBREVIATED.sub(lambda match: match[0].replace(".", ""), text)
    if text.isupper() and len(text.split()) > 1:
        text = text.lower()
    text = re.sub(r",[^\S\n]{0,9}\n\s{0,9}|\n\s{0,9}(?=and )", ", ", text)
    text = re.sub(r"[^\S\n]{1,99}", " ", re.sub(r"(?<=\w) ([,.!?])", r"\1", text))
    text = re.sub(r"[A-Za-z']{1,20}", lambda word: SPELLINGS.get(word[0].lower(), word[0]), text)
    for found, spelled in EXPANDED:
        text = found.sub(spelled, text)
    return text.strip(), hidden


def pattern(text: str) -> re.Pattern[str]:
    """A regular expression over several lines, for capital and small letters alike."""
    return re.compile(re.sub(r"\n\s*", "", text), re.IGNORECASE)


@lru_cache(20_000)
def words(text: str) -> Words:
    """The words of a sentence; its commas and brackets are words of their own.

    >>> words("Well, I like R&B (and tea).")
    ('Well', ',', 'I', 'like', 'R&B', '(', 'and', 'tea', ')')
    """
    spaced = re.sub(r"([)\]*]|,(?!\d)|[.:!?…](?!\w)|[(\[](?=\w))", r" \1 ", text)
    return tuple(word for word in spaced.split() if word not in (".", "!", "?", "…", "*"))


def spelled(found: Sequence[str]) -> str:
    """Words as text again."""
    return re.sub(r"([(\[]) ", r"\1", re.sub(r" ([,:)\]])", r"\1", " ".join(found)))


def sentences(text: str) -> list[str]:
    """The sentences of a tidy text that are short enough to be somebody's own words."""
    pieces = [piece.strip(" ,\n") for piece in STOPS.split(text)]
    return [piece for piece in pieces if piece and len(piece) <= LONGEST_SENTENCE]


# --------------------------------------------------------------------------------- parts of speech

BE = {"am", "is", "are", "was", "were", "isn't", "aren't", "wasn't", "weren't"}
HAVE = {"have", "has", "had", "haven't", "hasn't", "hadn't"}
DO = {"do", "does", "did", "don't", "doesn't", "didn't"}
MODAL = {"will", "would", "can", "could", "should", "shall", "may", "might", "must", "won't",
         "wouldn't", "can't", "couldn't", "shouldn't", "mustn't", "shan't"}  # fmt: skip
PAST = {"was", "were", "wasn't", "weren't", "didn't"}
GOING_TO = ("going", "to")
FINITE = BE | HAVE | DO | MODAL
THIRD = {"am": "is", "are": "is", "were": "was", "have": "has", "do": "does", "don't": "doesn't",
         "haven't": "hasn't", "aren't": "isn't", "weren't": "wasn't"}  # fmt: skip
YOUR_VERB = {theirs: yours for yours, theirs in THIRD.items()}
TAGS = {"base": "VB", "s": "VBZ", "ing": "VBG", "past": "VBD", "participle": "VBN"}


@lru_cache(20_000)
def kinds(word: str) -> dict[str, tuple[str, ...]]:
    """The parts of speech that a word may be, with its lemmas: {"VERB": ("live",), ...}."""
    from lemminflect import getAllLemmas  # a tenth of a second, the first time

    return dict(getAllLemmas(word.lower()))


@lru_cache(20_000)
def verb(word: str) -> tuple[str, str]:
    """The verb that a word may be a form of, and which: base, s, ing or past.

    >>> verb("lives"), verb("left"), verb("knitting"), verb("table"), verb("Oslo")
    (('live', 's'), ('leave', 'past'), ('knit', 'ing'), ('table', 'base'), ('', ''))
    """
    word = word.lower()
    for lemma, forms in (
        ("be", BE | {"be", "been"}),
        ("have", HAVE),
        ("do", DO),
        (word, MODAL | {"rent"}),
    ):
        if word in forms:
            return lemma, "past" if word in {"been", "had", "did"} else "base"
    if word in ("quit", "split"):
        return word, "past"
    lemmas = kinds(word).get("VERB", ())
    if not lemmas or "'" in word:
        return "", ""
    lemma = next((lemma for lemma in lemmas if lemma != word), word)
    form = "ing" if word.endswith("ing") else "s" if word.endswith("s") else "past"
    return lemma, "base" if lemma == word else form


@lru_cache(20_000)
def inflected(lemma: str, form: str) -> str:
    """A verb in a form: `inflected("support", "past")` is "supported"."""
    from lemminflect import getInflection

    return str((getInflection(lemma, TAGS[form or "base"]) or (lemma,))[0])


def third(word: str) -> str:
    """The verb after "the user".

    >>> [third(word) for word in ("like", "study", "moved", "can't", "don't")]
    ['likes', 'studies', 'moved', "can't", "doesn't"]
    """
    low = word.lower()
    is_base = low not in FINITE and verb(low)[1] == "base"
    return inflected(low, "s") if is_base else THIRD.get(low, low)


def yours(word: str) -> str:
    """The verb after "you": "likes" -> "like"."""
    lemma, form = verb(word)
    return YOUR_VERB.get(word, lemma if form == "s" else word)


@lru_cache(20_000)
def noun(word: str) -> str:
    """A noun in the singular, in small letters: "wives" -> "wife", "Mums" -> "mum"."""
    low = word.lower().removesuffix("'s")
    known = kinds(low).get("NOUN")
    return known[0].lower() if known else low


NO_ADVERB = CLASSES["NO_ADVERB"] | CLASSES["PREPOSITION"]


def is_adverb(word: str) -> bool:
    """Whether a word may stand between a subject and its verb."""
    low = word.lower()
    known = kinds(low).keys()
    plain = known == {"ADV"} or ("ADV" in known and low.endswith("ly"))
    return (plain and low not in NO_ADVERB) or low in CLASSES["ADVERB"]


def skip(found: Words, at: int) -> tuple[int, bool]:
    """The place after adverbs, and whether one of them denies."""
    denied = False
    while at < len(found):
        low = found[at].lower()
        longer = low == "no" and found[at + 1 : at + 2] == ("longer",)
        if not longer and low not in ("not", "never") and not is_adverb(low):
            break
        denied |= longer or low in ("not", "never", "neither", "hardly")
        at += 1 + longer
    return at, denied


@lru_cache(20_000)
def stem(word: str) -> str:
    """One form for "hiking", "hikes" and "hike"; names, numbers and codes stay as they are.

    >>> [stem(word) for word in ("hiking", "cats", "kids", "Anne", "thing11")]
    ['hike', 'cat', 'child', 'anne', 'thing11']
    """
    low = word.lower().removesuffix("'s")
    if low in SAME or not low.isalpha() or (word[0].isupper() and not word.isupper()):
        return SAME.get(low, low)
    lemma, form = verb(low)
    low = lemma if form in ("ing", "past", "s") and lemma else noun(low)
    return SAME.get(low, low)


STOP = CLASSES["STOP"] | STOP_WORDS


@lru_cache(20_000)
def content(text: str) -> frozenset[str]:
    """The stems of the words that carry a meaning."""
    found = re.findall(r"[^\W_]+(?:[-'][^\W_]+)*", text.replace("’", "'"))
    return frozenset(stem(word) for word in found if word.lower() not in STOP)


# ------------------------------------------------------------------------------------- verb groups


class Group(NamedTuple):
    """A verb with its auxiliaries and adverbs: where it ends, and what it says."""

    end: int
    finite: int  # the word that agrees with the subject
    verb: str  # the dictionary form of the main verb
    tense: str  # present, past, perfect, progressive, future or modal
    denied: bool


def group_at(found: Words, start: int) -> Group | None:
    """The verb group that begins at a place.

    >>> group_at(words("I have never really been learning Dutch"), 1)
    Group(end=6, finite=1, verb='learn', tense='perfect', denied=True)
    """
    finite, denied = at, _ = skip(found, start)
    if at >= len(found) or verb(found[at])[1] in ("", "ing"):
        return None
    past = verb(found[at])[1] == "past" or found[at].lower() in PAST
    tense = ""
    while True:
        low = found[at].lower()
        after, no = skip(found, at + 1)
        denied |= low.endswith("n't")
        helped, main = _helped(found, low, after, denied or no)
        if not helped:
            break
        tense, at, denied = tense or helped, main, denied or no
    lemma, form = verb(low)
    if lemma != "be" and (low in MODAL or not form):
        return None
    tense = tense or ("past" if past else "present")
    end, no = (after, no) if lemma == "be" else (at + 1, False)
    return Group(end, finite, lemma, tense, denied or no)


def _helped(found: Words, low: str, after: int, denied: bool) -> tuple[str, int]:
    """The tense that an auxiliary gives, and the place of the verb it helps; "" if it is none."""
    lemma, form = verb(found[after]) if after < len(found) else ("", "")
    to = found[after + 1] if found[after : after + 1] == ("to",) and after + 1 < len(found) else ""
    if low in BE | {"be", "been"}:
        aim = "".join(found[after + 2 : after + 3]) if found[after : after + 2] == GOING_TO else ""
        if aim.islower() and verb(aim)[1] == "base" and aim not in CLASSES["SCHOOL"]:
            return "future", after + 2
        return ("progressive" if form == "ing" else ""), after
    if low in HAVE:
        if verb(to)[1] == "base":
            return "modal", after + 1
        perfect = form == "past" or (lemma and found[after] == inflected(lemma, "participle"))
        return ("perfect" if perfect else ""), after
    if low in DO and form == "base" and (denied or low.startswith("did")):
        return ("past" if low.startswith("did") else "present"), after
    if low in MODAL and form == "base":
        return ("future" if low in ("will", "won't", "shall") else "modal"), after
    return "", after
