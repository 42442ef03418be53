"""A small grammar of English: who does what, when, and whether it is denied.

It reads a message, turns what the writer says into the third person, and a memory into the second.

>>> clause = parse(words("I don't really like my job"))
>>> clause.subject, clause.verb, clause.against, clause.rest
(('I',), 'like', True, ('my', 'job'))
>>> third_person(clause)
"The user doesn't really like their job."
>>> second_person("The user doesn't really like their job.")
"you don't really like your job"

`lemminflect` (MIT, a dictionary of 1 MB) knows the forms of every verb. `inflect` is about nouns,
`simplemma` about lemmas alone; `HanTa` and spaCy tag parts of speech, but weigh 15 MB and more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from memkit.offline.lexicon import CLASSES, SPELLINGS

LONGEST_MESSAGE = 20_000  # characters that are read
LONGEST_SENTENCE = 400  # characters; a longer "sentence" is pasted text

Words = tuple[str, ...]


class Clause(NamedTuple):
    """A subject and what is said of it, in words; `lead` is the time or condition in front."""

    subject: Words
    group: Words  # from the first adverb to the main verb
    finite: int  # which word of the group agrees with the subject
    verb: str  # the dictionary form of the main verb
    tense: str  # present, past, perfect, progressive, future or modal
    against: bool  # "not", "never", "no longer"
    rest: Words
    lead: Words = ()

    @property
    def is_own(self) -> bool:
        """Whether the subject is the writer, alone or as part of "we"."""
        return is_own(self.subject)


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
    (r"\b(?!user)(\w{3,})'s (?=(?:an?|called|named|not|always|in|at|from|going|getting|coming) )",
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


def _skip(found: Words, at: int) -> tuple[int, bool]:
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


def _group(found: Words, start: int) -> Group | None:
    """The verb group that begins at a place."""
    finite, against = _skip(found, start)
    if finite >= len(found):
        return None
    low = found[finite].lower()
    at, denied = _skip(found, finite + 1)
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
        at, denied = _skip(found, at + 1)
        lemma, form = verb(found[at]) if at < len(found) else ("", "")
        doing = form == "ing" and found[at] not in CLASSES["ADJECTIVE_ING"]
        return Group(at + doing, finite, lemma if doing else "be", "perfect", against or denied)
    if form == "past" or after in CLASSES["SAME_PAST"]:
        return Group(at + 1, finite, lemma, "perfect", against)
    return Group(finite + 1, finite, "have", past, against)


# ----------------------------------------------------------------------------------------- clauses

NUMBERS = CLASSES["NUMBER"]
OWN = {"I", "we", "We"}
MY = {"my", "My", "our", "Our", "user's"}


def is_own(subject: Words) -> bool:
    """Whether a subject is the writer, alone or as part of "we"."""
    return (subject[0] in OWN and len(subject) == 1) or subject[:2] == ("The", "user")


def cut(found: Words) -> list[tuple[Words, Words]]:
    """The parts of a sentence that may be clauses, each with the words that join it on."""
    parts: list[tuple[Words, Words]] = []
    joint: Words = ()
    start = at = 0
    while at < len(found):
        end = at
        while end < len(found) and (found[end] in ",:" or found[end].lower() in CLASSES["JOINT"]):
            end += 1
        if end > at > start and _begins_clause(found[start:at], found[at:end], found[end:]):
            parts.append((joint, found[start:at]))
            start, joint = end, found[at:end]
        at = max(end, at + 1)
    parts.append((joint, found[start:]))
    return [(joint, piece) for joint, part in parts for piece in _verbs(part)]


def _begins_clause(left: Words, joint: Words, right: Words) -> bool:
    """Whether what follows a comma or an "and" has a subject and a verb of its own."""
    if (
        not right
        or left in (("Me",), ("me",))
        or (joint[-1] in ("because", "while") and "," not in joint)
    ):
        return False
    low, tail = right[0].lower(), left[max((i for i, w in enumerate(left) if w in MY), default=0) :]
    somebody = (
        joint[-1] == "and" and low == "i" and not any(word.lower() in FINITE for word in tail)
    )
    if somebody and _subject((*tail, "and", "I", "am")) == len(tail) + 2:
        return False  # "my wife and I"
    if left[0].lower() in CLASSES["SUBORDINATE"] and not parse(left):
        return False
    if right[:2] == ("no", "more") or (joint[-1] in (",", "so") and low in CLASSES["ORDER"]):
        return True
    if low in CLASSES["PRONOUN"] or low in FINITE or low in ("who", "what", "where", "how"):
        return low != "who" or "," not in joint
    named = right[0][0].isupper() and verb(right[1] if len(right) > 1 else "")[1] in ("s", "past")
    finite = any(word.lower() in FINITE for word in right[2:7])
    other = finite and low in ("a", "an", "the", "his", "her", "their")
    return named or other or parse(right) is not None or (joint[-1] == "but" and low != "not")


def _verbs(part: Words) -> list[Words]:
    """A clause for each verb of one subject: "I live in Leeds and work" are two."""
    size = _subject(part)
    first = _group(part, size) if 0 < size < 4 else None
    start = first.end + 1 if first else len(part)
    ends = [at for at in range(start, len(part) - 1) if part[at] in ("and", "but")]
    ends = [at for at in ends if part[at - 1] != "born"]
    cuts = [at for at in ends if first and _is_second_verb(part, first, at + 1)]
    starts = [0, *(at + 1 for at in cuts)]
    pieces = [part[start:end] for start, end in zip(starts, [*cuts, len(part)], strict=True)]
    kept = [pieces[0], *(part[:size] + piece for piece in pieces[1:])]
    return [piece[:-1] if piece[-1:] == (",",) else piece for piece in kept]


def _is_second_verb(part: Words, first: Group, at: int) -> bool:
    """Whether the word after an "and" is a verb of the same subject, and not one more object."""
    at, _ = _skip(part, at)
    low, after = [word.lower() for word in (*part[at : at + 2], "", "")][:2]
    lemma, form = verb(low)
    if first.tense == "past" and first.verb in ("sell", "swap", "trade"):
        return False  # "sold the Fiat and bought a Tesla" is one change
    if low in FINITE - {"do", "did"} or (form == "past" and lemma in CLASSES["LIFE"]):
        return True
    wanted = "past" if first.tense == "past" else "base" if part[0] in OWN else "s"
    if first.tense not in ("present", "past") or form != wanted:
        return False
    nested = {"to", "when", "if", "who", "because"} & set(part[first.end : at - 1])
    clear = after in CLASSES["AFTER_VERB"] or verb(after)[1] == "ing"
    return not nested and (clear or not is_noun(low))


@lru_cache(20_000)
def parse(found: Words) -> Clause | None:
    """The clause that words are, with what stands in front of its subject; None if they are none.

    >>> parse(words("On Sundays my sister Anna bakes bread")).lead
    ('On', 'Sundays')
    """
    if size := _subject(found):
        group = _group(found, size)
        if group is None:
            return None
        end, finite, lemma, tense, against = group
        said = found[:size], found[size:end]
        return Clause(*said, finite - size, lemma, tense, against, found[end:])
    for at in range(1, min(len(found), 18)):
        if found[at] in OWN | MY and found[at - 1] != "and":
            clause, lead = parse(found[at:]), found[: at - (found[at - 1] == ",")]
            if clause and not clause.lead and _is_lead(lead):
                return clause._replace(lead=lead)
    return None


def _is_lead(lead: Words) -> bool:
    """Whether words say when, where or on what condition something is so."""
    low = lead[0].lower() if lead else ""
    if low in CLASSES["SUBORDINATE"]:
        return any(verb(word)[1] for word in lead[2:])
    finite = any(word.lower() in FINITE for word in lead)
    return low in CLASSES["LEAD"] and len(lead) < 9 and not finite


@lru_cache(20_000)
def _subject(found: Words) -> int:
    """How many words at the beginning are the subject: the writer, or somebody of theirs."""
    if found[:1] and (found[0] in OWN or found[:2] == ("The", "user")):
        size = 1 if found[0] in OWN else 2
        ends = (
            range(size + 2, min(len(found), size + 7)) if found[size : size + 1] == ("and",) else ()
        )
        verbs = [at for at in ends if verb(found[at])[1] in ("base", "past")]
        return next((at for at in verbs if found[at].lower() not in CLASSES["PERSON"]), size)
    at = next((i for i, word in enumerate(found[:4]) if word in MY), None)
    if at is None or not {word.lower() for word in found[:at]} <= CLASSES["OF_MY"]:
        return 0
    for end in range(at + 2, min(len(found), at + 12)):
        if found[end - 1] == "and" and found[end].lower() in ("i", "me"):
            return end + 1
        if _is_finite(found, at, end):
            return end
    return 0


def _is_finite(found: Words, start: int, at: int) -> bool:
    """Whether the verb of "my ...", which starts at a place, begins at another."""
    low, before = found[at].lower(), found[at - 1]
    closed = before == "," and found[start:at].count(",") == 2
    if not closed and (before.lower() in NUMBERS | {"and", ",", "of"} or before in MY):
        return False
    skipped = _skip(found, at)[0]
    if skipped > at and low not in ("best", "all"):
        later = found[skipped].lower() if skipped < len(found) else ""
        return later in FINITE or verb(later)[1] in ("s", "past")
    form = verb(low)[1]
    if low in FINITE or low == "used" or found[at][0].isupper() or form in ("", "ing"):
        return low in FINITE or low == "used"
    after = found[at + 1].lower() if at + 1 < len(found) else ""
    if form == "base":
        many = (
            found[0].lower() == "me"
            or before.lower() in CLASSES["PLURAL"]
            or (before.endswith("s") and is_noun(before))
        )
        return many and (not is_noun(low) or after in CLASSES["AFTER_VERB"] or not after)
    noun = closed or is_noun(before) or before[0].isupper() or before.endswith("-law")
    return noun and after not in FINITE


# --------------------------------------------------------------------------- the other two persons

THEIRS = {"I": "they", "my": "their", "My": "their", "me": "the user", "myself": "themselves",
          "mine": "theirs", "we": "they", "us": "them", "our": "their", "ours": "theirs",
          "ourselves": "themselves"}  # fmt: skip
USERS = THEIRS | {"I": "the user", "my": "the user's", "My": "the user's", "myself": "the user",
                  "mine": "the user's own"}  # fmt: skip
YOURS = {"they": "you", "their": "your", "theirs": "yours", "themselves": "yourself"}
MANY = {"am": "are", "was": "were", "wasn't": "weren't"}


def third_person(clause: Clause) -> str:
    """A clause in the third person, as a sentence."""
    subject, rest = clause.subject, clause.rest
    group = [word for word in clause.group if word.lower() != "also"]
    others = {"they", "their", "them"} & {word.lower() for word in rest}
    together = not clause.is_own and ("I" in subject or subject[0].lower() == "me")
    said = [("the user's" if word in MY else word) for word in subject]
    if clause.is_own:
        said = ["The user"]
        verb_at = clause.finite - (len(clause.group) - len(group))
        group[verb_at] = third(group[verb_at])
    elif together:
        kept = [word for word in subject if word.lower() not in ("i", "me", "and")]
        said = ["The user and", *("their" if word in MY else word for word in kept)]
    person = {word.lower().removesuffix("s") for word in subject} & CLASSES["PERSON"]
    own = clause.is_own or together or not person
    lead = clause.lead
    if len(lead) == 1 and is_adverb(lead[0]) and lead[0] != "today":
        group, lead = [lead[0].lower(), *group], ()
    if lead and lead[0] != "I" and not lead[0].endswith("day"):
        lead = (lead[0][0].lower() + lead[0][1:], *lead[1:])
    text = spelled(
        [*said, *group, *_turned([*rest, *lead], THEIRS if own and not others else USERS)]
    )
    return text[:1].upper() + text[1:].strip(" ,:") + "."


def _turned(rest: Sequence[str], table: dict[str, str]) -> Iterator[str]:
    """Words with the writer's own pronouns in the third person."""
    before = ""
    for word in rest:
        if before in ("I", "we"):
            word = third(word) if table["I"] == "the user" else MANY.get(word, word)
        before = word
        yield table.get(word, word)


@lru_cache(20_000)
def second_person(memory: str) -> str:
    """A memory as it is said to its user, without its full stop."""
    found = words(memory.strip().removesuffix("."))
    size = _subject(found) if found[:2] == ("The", "user") else 0
    rest = list(found[size:])
    if size == 2 and (group := _group(found, 2)):
        rest[group.finite - 2] = yours(rest[group.finite - 2])
    owner = found[2].lower().removesuffix("s") if len(found) > 2 and not size else ""
    own = size or (found[:2] == ("The", "user's") and owner not in CLASSES["PERSON"])
    if own and "the user" not in spelled(rest):
        rest = [YOURS.get(word, word) for word in rest]
    subject = ["you", *(YOURS.get(word, word) for word in found[2:size])] if size else []
    text = re.sub(r"\b[Tt]he user's\b", "your", spelled([*subject, *rest]))
    text = re.sub(r"\b[Tt]he user ((?:\w+ly )?)(\w+)", lambda m: f"you {m[1]}{yours(m[2])}", text)
    return re.sub(r"\b[Tt]he user\b", "you", text)
