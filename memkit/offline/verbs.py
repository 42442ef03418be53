"""Words, sentences, and the forms of verbs and nouns.

`lemminflect` (MIT, a dictionary of 1 MB) knows the forms of every verb. `inflect` is about nouns,
`simplemma` about lemmas alone; `HanTa` and spaCy tag parts of speech, but weigh 15 MB and more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from memkit.offline.lexicon import CLASSES, SPELLINGS

LONGEST_MESSAGE = 20_000  # characters that are read
LONGEST_SENTENCE = 400  # characters; a longer "sentence" is pasted text

Words = tuple[str, ...]

# ------------------------------------------------------------------------------------------- words

HIDDEN = re.compile(  # nobody's own words: quotations, code, addresses
    r"```.{0,20000}?(?:```|$)|\"[^\"\n]{1,300}\"|“[^”\n]{1,300}”|"
    r"(?<![\w'])'[^'\n]{2,300}'(?![\w'])|https?://\S{1,300}|\S{1,60}@\S{1,60}",
    re.DOTALL,
)
STOPS = re.compile(r"(?<! (?:Mr|Ms|Dr|St)\.)(?<=[.!?…])[\"')\]]{0,3}\s+|\n+|;|\s[-–—]+\s|—")
WHO = r"\b(I|[Ww]e|[Yy]ou|[Tt]hey|[Hh]e|[Ss]he|[Ii]t|[Tt]here|[Tt]hat|[Ww]h\w+|[Hh]ow|name|Name)'"
EXPANDED = [(re.compile(found), spelled) for found, spelled in [
    (r"\b(I)'?m\b", r"\1 am"), (r"\b(\w+)'ve\b", r"\1 have"), (r"\b(\w+)'ll\b", r"\1 will"),
    (WHO + r"d (?=been\b|never\b)", r"\1 had "), (WHO + r"d\b", r"\1 would"),
    (r"\b(\w+)'re\b", r"\1 are"), (WHO + r"s (?=been|got|had)", r"\1 has "),
    (WHO + r"s\b", r"\1 is"),
    (r"\b(?!user|master|bachelor)(\w{3,})'s (?=(?:an?|called|named|not|always|"
     r"in|at|from|going|getting|coming) )",
     r"\1 is "),
    (r"\b([Cc]an) ?not\b", r"\1't"), (r"(\w)- ", r"\1 - "),
    (r"(?<=\w)([.!?])(?=[A-Z][a-z])", r"\1 "),
    (r"(?m)^[Ww]ere (?=\w+ing\b)", "we are "),
    (r"(?m)^[^\w\n]{0,9}(?:>|\w+ ?:(?=.{0,99}\bI\b)).*$", ""),
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
    if text.isupper() and len(text.split()) > 1:
        text = text.lower()
    text = re.sub(r",[^\S\n]{0,9}\n\s{0,9}|\n\s{0,9}(?=and )", ", ", text)
    text = re.sub(r"[^\S\n]{1,99}", " ", re.sub(r"(?<=\w) ([,.!?])", r"\1", text))
    text = re.sub(r"[A-Za-z']{1,20}", lambda word: SPELLINGS.get(word[0].lower(), word[0]), text)
    for found, spelled in EXPANDED:
        text = found.sub(spelled, text)
    return text.strip(), hidden


@lru_cache(20_000)
def words(text: str) -> Words:
    """The words of a sentence; its commas and brackets are words of their own.

    >>> words("Well, I like R&B (and tea).")
    ('Well', ',', 'I', 'like', 'R&B', '(', 'and', 'tea', ')')
    """
    spaced = re.sub(r"([,)\]*]|[.:!?…](?!\w)|[(\[](?=\w))", r" \1 ", text)
    return tuple(word for word in spaced.split() if word not in (".", "!", "?", "…", "*"))


def spelled(found: Sequence[str]) -> str:
    """Words as text again."""
    return re.sub(r"([(\[]) ", r"\1", re.sub(r" ([,:)\]])", r"\1", " ".join(found)))


def sentences(text: str) -> list[str]:
    """The sentences of a tidy text that are short enough to be somebody's own words."""
    pieces = [piece.strip() for piece in STOPS.split(text)]
    return [piece for piece in pieces if piece and len(piece) <= LONGEST_SENTENCE]


# ------------------------------------------------------------------------------------------- verbs

BE = {"am", "is", "are", "was", "were", "isn't", "aren't", "wasn't", "weren't"}
HAVE = {"have", "has", "had", "haven't", "hasn't", "hadn't"}
DO = {"do", "does", "did", "don't", "doesn't", "didn't"}
MODAL = {"will", "would", "can", "could", "should", "shall", "may", "might", "must", "won't",
         "wouldn't", "can't", "couldn't", "shouldn't", "mustn't", "shan't"}  # fmt: skip
FINITE = BE | HAVE | DO | MODAL
THIRD = {"am": "is", "are": "is", "were": "was", "have": "has", "do": "does", "don't": "doesn't",
         "haven't": "hasn't", "aren't": "isn't", "weren't": "wasn't", "ain't": "isn't"}  # fmt: skip
YOUR_VERB = {"is": "are", "was": "were", "has": "have", "does": "do", "doesn't": "don't",
             "hasn't": "haven't", "isn't": "aren't", "wasn't": "weren't"}  # fmt: skip
TAGS = {"base": "VB", "s": "VBZ", "ing": "VBG", "past": "VBD"}


@lru_cache(20_000)
def _dictionary(word: str) -> dict[str, tuple[str, ...]]:
    from lemminflect import getAllLemmas  # a tenth of a second, the first time

    return dict(getAllLemmas(word))


@lru_cache(20_000)
def verb(word: str) -> tuple[str, str]:
    """The verb that a word may be a form of, and which: base, s, ing or past.

    >>> verb("lives"), verb("left"), verb("knitting"), verb("table"), verb("Oslo")
    (('live', 's'), ('leave', 'past'), ('knit', 'ing'), ('table', 'base'), ('', ''))
    """
    word = word.lower()
    for lemma, forms in (("be", BE | {"be", "been"}), ("have", HAVE), ("do", DO), (word, MODAL)):
        if word in forms:
            return lemma, "past" if word in {"been", "had", "did"} else "base"
    if word in ("quit", "split"):
        return word, "past"
    lemmas = _dictionary(word).get("VERB", ())
    if not lemmas or "'" in word or word in CLASSES["NO_VERB"]:
        return "", ""
    lemma = next((each for each in lemmas if each != word), word)
    form = "ing" if word.endswith("ing") else "s" if word.endswith("s") else "past"
    return lemma, "base" if lemma == word else form


@lru_cache(20_000)
def inflected(lemma: str, like: str) -> str:
    """A verb in the form of another: `inflected("support", like="rooted")` is "supported"."""
    from lemminflect import getInflection

    return str((getInflection(lemma, TAGS[verb(like)[1] or "base"]) or (lemma,))[0])


def third(word: str) -> str:
    """The verb after "the user".

    >>> [third(word) for word in ("like", "study", "moved", "can't", "don't")]
    ['likes', 'studies', 'moved', "can't", "doesn't"]
    """
    low = word.lower()
    if low in FINITE or verb(low)[1] != "base":
        return THIRD.get(low, low)
    if re.search(r"[^aeiou]y$", low):
        return low[:-1] + "ies"
    return low + ("es" if re.search(r"(?:s|sh|ch|x|z|[^aeiou]o)$", low) else "s")


def yours(word: str) -> str:
    """The verb after "you": "likes" -> "like"."""
    lemma, form = verb(word)
    return YOUR_VERB.get(word, lemma if form == "s" else word)


def is_noun(word: str) -> bool:
    """Whether a word may be a noun."""
    return "NOUN" in _dictionary(word.lower())


def noun(word: str) -> str:
    """A noun in the singular; another word as it is."""
    return _dictionary(word.lower()).get("NOUN", (word,))[0].lower()


def is_unknown(word: str) -> bool:
    """Whether the dictionary has no such word: a name, or somebody from somewhere."""
    return not _dictionary(word.lower())


def is_adverb(word: str) -> bool:
    """Whether a word may stand between a subject and its verb."""
    low = word.lower()
    return low in CLASSES["ADVERB"] or (low.endswith("ly") and "ADV" in _dictionary(low))


def skip(found: Words, at: int) -> tuple[int, bool]:
    """The place after adverbs, and whether one of them denies."""
    against = False
    while at < len(found):
        low = found[at].lower()
        longer = low == "no" and found[at + 1 : at + 2] == ("longer",)
        if not longer and low not in ("not", "never") and not is_adverb(low):
            break
        against |= longer or low in ("not", "never", "neither")
        at += 1 + longer
    return at, against


class Group(NamedTuple):
    """A verb with its auxiliaries and adverbs: where it ends, and what it says."""

    end: int
    finite: int
    verb: str
    tense: str
    against: bool


def group_at(found: Words, start: int) -> Group | None:
    """The verb group that begins at a place."""
    finite, against = skip(found, start)
    if finite >= len(found):
        return None
    low = found[finite].lower()
    at, denied = skip(found, finite + 1)
    against = against or denied or low.endswith("n't")
    after = found[at].lower() if at < len(found) else ""
    lemma, form = verb(after)
    if low in BE:
        aim = found[at + 2] if found[at : at + 2] == ("going", "to") and at + 2 < len(found) else ""
        if aim.islower() and verb(aim)[1] == "base" and aim not in CLASSES["PLACE"]:
            return Group(at + 3, finite, verb(aim)[0], "future", against)
        if form == "ing" and after not in CLASSES["ADJECTIVE_ING"]:
            return Group(at + 1, finite, lemma, "progressive", against)
        return Group(at, finite, "be", "past" if low[0] == "w" else "present", against)
    if low in HAVE:
        return _have(found, finite, at, against)
    helps = low in DO and (against or lemma in CLASSES["DO_TOO"])
    if low in MODAL or (helps and form == "base"):
        tense = "modal" if low in MODAL else "past" if low.startswith("did") else "present"
        tense = "future" if low in ("will", "won't", "shall") else tense
        return Group(at + 1, finite, lemma, tense, against) if form == "base" else None
    lemma, form = verb(low)
    tense = "past" if form == "past" else "present"
    return Group(finite + 1, finite, lemma, tense, against) if form not in ("", "ing") else None


def _have(found: Words, finite: int, at: int, against: bool) -> Group:
    """The verb group that begins with "have": owning, having to, or the perfect."""
    after, *later = [word.lower() for word in (*found[at : at + 2], "", "")][:2]
    lemma, form = verb(after)
    past = "past" if found[finite].lower().startswith("had") else "present"
    if after == "to" and verb(later[0])[1] == "base":
        return Group(at + 2, finite, verb(later[0])[0], "modal", against)
    if after == "got":
        if later[0] in CLASSES["GOT"]:
            return Group(at + 1, finite, "get", "modal" if later[0] == "to" else "perfect", against)
        return Group(at + 1, finite, "have", past, against)
    if after == "been":
        at, denied = skip(found, at + 1)
        lemma, form = verb(found[at]) if at < len(found) else ("", "")
        doing = form == "ing" and found[at] not in CLASSES["ADJECTIVE_ING"]
        return Group(at + doing, finite, lemma if doing else "be", "perfect", against or denied)
    if form == "past" or after in CLASSES["SAME_PAST"]:
        return Group(at + 1, finite, lemma, "perfect", against)
    return Group(finite + 1, finite, "have", past, against)
