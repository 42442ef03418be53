"""What a message says about its writer: the offline model's knowledge of English.

A real model reads "Hi! I'm Ana, I moved to Oslo and I love tea" and knows which facts are in it.
The offline model has rules instead, in four steps that you can follow by hand:

1. `tidy` spells the message in one way ("im" and "I'm" become "I am"), and hides quoted words.
2. `sentences` cuts it into sentences, and `clauses` cuts these into parts with one subject each.
3. `third_person` leaves out what is no fact (questions, requests, small talk) and turns the rest
   around: "I love tea" becomes "The user loves tea."
4. `topics` looks a memory's words up in a table.

The words and phrases are in `memkit.vocabulary`: add one there and the offline model knows it.

>>> statements("Hi! I'm Ana, I moved to Oslo and I love tea. What about you?")
["The user's name is Ana.", 'The user moved to Oslo.', 'The user loves tea.']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from memkit.vocabulary import (
    ADJECTIVES,
    ADVERBS,
    BASE_IN_ED,
    BASE_VERBS,
    CLIPPED,
    CONDITIONS,
    DEMONYMS,
    FAMILY_NOUNS,
    FIXED,
    KINDS_OF_FAN,
    MADE_UP,
    NOT_A_FACT,
    NOT_MINE,
    OPENERS,
    PAST,
    PEOPLE_NOUNS,
    PRONOUNS,
    QUESTION,
    SAID,
    SPELLINGS,
    TAG,
    THIRD,
    TOPICS,
    VERBS_LIKE_ADVERBS,
    words,
)

LONGEST_MESSAGE = 20_000  # characters that are read; what follows is ignored
LONGEST_SENTENCE = 400  # a longer "sentence" is pasted text, not something about its writer

# ------------------------------------------------------------------- steps 1 and 2: cut it up

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{0,200}`|<[^<>\n]{1,200}>", re.DOTALL)
_HIDDEN = re.compile(
    r'"[^"\n]{0,300}"|“[^”\n]{0,300}”|«[^»\n]{0,300}»|(?<!\w)\'(?=\w)(?:[^\'\n]|'
    r"\'(?=\w)){2,200}\'(?!\w)"
    r"|\bhttps?://\S{1,300}|\bwww\.\S{1,300}|\b[\w.+-]{1,64}@[\w.-]{1,64}\w"
)
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])(?<!\bMr\.)(?<!\bDr\.)(?<!\bMs\.)(?<!\bSt\.)(?<!\bMrs\.)(?<!\b[A-HJ-Z]\.)"
    r"(?<!\b[ap]\.m\.)[\"')\]]*\s+|\n+|\s*;\s*|\s+(?:--|[–—-])\s+|—"
)
_VERB_AFTER_MY = (
    r"(?:is|are|was|were|has|have|isn't|aren't|will|can|can't|lives?|works?|loves?|likes?|hates?|"
    r"plays?|studies|study|teaches|died|got|moved|goes|doesn't|don't|wants?|needs?|eats?|speaks?|"
    r"makes?|calls?|thinks?)"
)
_SUBJECT = (
    r"(?:(?:(?:now|tomorrow|yesterday|today|tonight|usually|sometimes|on \w+days?|every \w+) )?"
    r"I(?=\s)|we\s+(?=\w)|(?:my|our)\s+(?:[\w'-]+\s+){1,3}" + _VERB_AFTER_MY + r"\b|"
    r"(?:what|where|who|which|why|how)(?:'s)?\s|(?:do|does|did|can|could|would|will|is|are) "
    r"(?:you|I|we|he|she|it|they|there|my|the)\b|any (?:ideas|suggestions|tips)|please\s|tell me|"
    r"suggest\b|recommend\b|help me|give me|remind me|you$)"
)
_BOUNDARY = re.compile(
    r"(?:\s*,\s*(?:(?:and|but|so|plus|also|then|yet|because|as|since)\s+)*|"
    r"\s+(?:(?:and|but|so|plus|yet)\s+(?:also\s+|then\s+)?)|"
    r"\s*[\U0001F300-\U0001FAFF☀-➿]\ufe0f?\s+|"
    r"\s*\(\s*|\s*:\)+\s*)(?=" + _SUBJECT + ")",
    re.IGNORECASE,
)
_SECOND_VERB = re.compile(
    r"(?:\s*,\s*(?:and\s+)?|\s+(?:and|but)\s+)(?:also\s+)?"
    r"(?=(?:(?:really|usually|often|never|always|sometimes|currently|still|don't|can't|am)\s+)?(?:"
    + "|".join(sorted(BASE_VERBS)) + r")\s+(?!and\b|or\b)[\w'])"
)  # fmt: skip
_NO_SECOND_VERB = re.compile(
    r"\b(?:to|can|can't|could|will|would|must|should|may|might|let|make|help|used|did|didn't)\b"
)
_FAVOURITE = re.compile(r"(?<=\w)\s+(?=my (?:name|favou?rite [\w ]{2,20}) (?:is|are) )")
_RUN_ON = re.compile(
    r"\s+(?=(?:I (?:am|have|like|love|live|work|hate|enjoy|study|play)|my name "
    r"is)\b)"
)
_TOGETHER = re.compile(r"(?:^|\b(?:both|weekend|morning|evening|week|month|year|day|tomorrow|"
                       r"tonight),? )"
                       r"(?:(?:my|our) (?:[\w'-]+ ?){0,4}|me)$", re.IGNORECASE)  # fmt: skip
_EXPANSIONS = [
    (re.compile(r"\b(?:I'm|I 'm|I' m|I m)(?= )"), "I am"),
    (re.compile(r"\bI'm\b"), "I am"),
    (re.compile(r"\bI've\b(?: got\b)?"), "I have"),
    (re.compile(r"\bI have got\b"), "I have"),
    (re.compile(r"\bI'll\b"), "I will"),
    (re.compile(r"\bI'd (?=(?:been|never been|had|already|just|gone)\b)"), "I had "),
    (re.compile(r"\bI(?:'d|d)\b"), "I would"),
    (re.compile(r"(?:^|(?<=[,.!] ))[Ii]d(?= (?:like|love|rather|prefer)\b)"), "I would"),
    (re.compile(r"(?:^|(?<=[,.!] )|(?<=and ))ill(?= (?:be|go|visit|have|do|take|start|see|try)\b)"),
     "I will"),
    (re.compile(r"\b([Ww]e)'re\b"), r"\1 are"),
    (re.compile(r"\b([Ww]e)'ve\b(?: got\b)?"), r"\1 have"),
    (re.compile(r"\b([Ww]e)'ll\b"), r"\1 will"),
    (re.compile(r"\b([Nn]ame|birthday|job|age|number|surname)'s(?= \w)"), r"\1 is"),
    (re.compile(r"\b([Mm]y [\w ]{2,30})'s (?=(?:called|named|a|an|the|not|from|in)\b)"), r"\1 is "),
    (re.compile(r"\b([Mm]y) names (?=\w)"), r"\1 name is "),
    (re.compile(r"\bI don't think I (?=(?:like|love|enjoy|want|eat|need)\b)"), "I don't "),
    (re.compile(r"\bname (?:isn't|is not) [^,]{1,40}, (?:it's|it is|but|I am|my name is) "),
        "name is "),
    (re.compile(r"\bI am not (?:called|named) [^,]{1,40}, (?=my name|I am )"), ""),
    (re.compile(r"\b([Mm]y (?:favou?rite \w+|name|birthday|age|job|hobby|city))\s?: ?(?=\w)"),
        r"\1 is "),
    (re.compile(r"\bI am not longer\b"), "I am no longer"),
]  # fmt: skip


def tidy(message: str) -> tuple[str, list[str]]:
    """One spelling for everything, and the quoted pieces, each hidden behind one character.

    >>> tidy("im ana , i like “Dune”")
    ('I am ana, I like \ue000', ['“Dune”'])
    """
    text = re.sub("[\u00a0\ue000-\uf8ff]", " ", message[:LONGEST_MESSAGE])
    text = re.sub("[’‘ʼ´]|(?<=[A-Za-z])`(?=[a-z])", "'", text)
    hidden: list[str] = []

    def hide(match: re.Match[str]) -> str:
        hidden.append(match.group())
        return chr(0xE000 + len(hidden) - 1) if len(hidden) < 6000 else " "

    text = _HIDDEN.sub(hide, _CODE.sub(" ", text))
    if text.isupper() and len(re.findall(r"[A-Z]{2,}", text)) > 1:
        text = _quieten(text)
    text = re.sub(r"(?<=[A-Za-z])([.!?,;])(?=(?:[Ii]|[Ii]'?m|[Mm]y)\b(?!\.))", r"\1 ", text)
    text = re.sub(r"[^\S\n]{1,200}", " ", text)
    text = re.sub(r"(?<=\w) ,", ",", text)
    text = re.sub(r"[A-Za-z']{1,20}", lambda m: SPELLINGS.get(m.group().lower(), m.group()), text)
    for pattern, spelled_out in _EXPANSIONS:
        text = pattern.sub(spelled_out, text)
    return text, hidden


def _quieten(text: str) -> str:
    """Shouting in lower case, names and places with a capital: "MY NAME IS BO" -> "my name is "
    "Bo"."""
    place = r"\b(name is|call me|called|live in|from|moved to|visit|I'm|I am)((?: [a-z'-]+)+)"
    return re.sub(
        place, lambda m: m[1] + (m[2].title() if len(m[2].split()) < 3 else m[2]), text.lower()
    )


def sentences(text: str) -> list[str]:
    """The sentences of a tidy text, without those that are too long to be one person's words."""
    found = [piece.strip() for piece in _SENTENCE_END.split(text)]
    return [piece for piece in found if piece and len(piece) <= LONGEST_SENTENCE]


def clauses(sentence: str) -> list[str]:
    """The parts of a sentence that have a subject of their own.

    >>> clauses("I am a nurse, I have two cats and live in Leeds, where do you live")
    ['I am a nurse', 'I have two cats', 'I live in Leeds', 'where do you live']
    """
    parts: list[str] = []
    start = 0
    for match in _BOUNDARY.finditer(sentence):
        left = sentence[start : match.start()].strip()
        if _keeps_together(left, sentence[match.end() :], match.group()):
            continue
        parts.append(left)
        start = match.end()
    parts.append(sentence[start:].strip())
    parts = [piece for part in parts for piece in _FAVOURITE.split(part)]
    return [piece for part in parts if part for piece in _second_verbs(part)]


def _keeps_together(left: str, right: str, joint: str) -> bool:
    """Whether the right side still belongs to the left: "My wife | and I are vegetarian"."""
    if not re.search(r"\w", left) or re.match(r"(?:who|which|where|why|how|what) I", right):
        return bool(left) and "," not in joint
    if " and" in joint.lower() and re.fullmatch("me", left, re.IGNORECASE):
        return True
    if " and" in joint.lower() and _TOGETHER.search(left) and right.startswith("I "):
        return not re.search(r"\b" + _VERB_AFTER_MY + r"\b", left)
    if re.match(r"(?:who|which)\b", right) and not re.search(r"\byou\b", right):
        return True
    if re.match(r"(?:when|whenever|while|since|because|as|although|though|after|before|once|until|"
                r"if|on|in|at|every|last|next)\b", left, re.IGNORECASE):  # fmt: skip
        return not re.search(r"\b(?:I|we|my) .*\b(?:I|we|my)\b", left) and not QUESTION.match(right)
    if re.search(r"\binstead\b", right) and re.search(r"n't|\bnot\b|no longer", left):
        return True
    return bool(re.match(r"(?:who|which|where|what|how|why)\b", right)) and "," not in joint \
        and "so" not in joint  # fmt: skip


def _second_verbs(part: str) -> list[str]:
    """ "I live in Leeds and work as a nurse" -> "I live in Leeds", "I work as a nurse"."""
    subject = re.match(r"(?:I|we|We)(?= )", part)
    if not subject:
        named = re.match(r"(?:[Hh]i,? |[Hh]ello,? )?[Mm]y name is ", part)
        pieces = _RUN_ON.split(part) if named else [part]
        return pieces if len(pieces) == 1 else [q for p in pieces for q in _second_verbs(p)]
    pieces = _RUN_ON.split(part) if re.match(r"I am (?!so|sure|not sure|glad)", part) else [part]
    if len(pieces) > 1:
        return [q for p in pieces for q in _second_verbs(p)]
    found, start = [], 0
    for match in _SECOND_VERB.finditer(part):
        if _NO_SECOND_VERB.search(part[start : match.start()]):
            continue
        found.append(part[start : match.start()])
        start = match.end()
    found.append(part[start:])
    return [found[0], *(f"{subject.group()} {verb}" for verb in found[1:])]


# ---------------------------------------------------------------- step 3: into the third person

_NAME = (
    r"(?P<name>[^\W\d_][\w'’.-]*(?: (?:[A-Z][\w'’.-]*|de|da|van|von|der|den|la|el|bin|al|di|du))*)"
)
_LOOSE_NAME = (
    r"(?P<name>[^\W\d_][\w'’.-]*(?: (?!and\b|but\b|from\b|I\b|not\b|now\b|by\b|here\b|"
    r"btw\b)[^\W\d_][\w'’.-]*){0,3}|[\ue000-\uf8ff])"
)
_NAMED = [
    re.compile(r"my (?P<which>(?:first |last |full |middle |family |real |new |user ?|nick ?)?name|"
               r"surname|nickname) is (?:now |actually |called |spelled |spelt )?"
               + _LOOSE_NAME, re.IGNORECASE),
    re.compile(r"(?:the )?name is " + _LOOSE_NAME + "$", re.IGNORECASE),
    re.compile(r"(?:I am|I was) (?:called|named) " + _LOOSE_NAME, re.IGNORECASE),
    re.compile(r"I go by (?:the name )?(?:of )?" + _LOOSE_NAME, re.IGNORECASE),
    re.compile(r"(?:you (?:can|may|should) |just |please )*call me (?!later|tomorrow|maybe|when|"
               r"back|"
               r"an?\b|the\b|if\b|at\b|on\b|now\b|crazy|old)" + _LOOSE_NAME + "$", re.IGNORECASE),
    re.compile(r"(?P<which>people|everyone|everybody|(?:all )?my (?:\w+ )?(?:friends|family|mates|"
               r"parents|mum|mom|dad|colleagues|students)|they|most people|friends) "
               r"(?:all |usually |just )?calls? me (?!an?\b|the\b|crazy|late|every|on\b|at\b)"
               + _LOOSE_NAME + "$", re.IGNORECASE),
]  # fmt: skip
_I_AM_NAME = re.compile(
    r"(?:I am|[Tt]his is|[Ii]t's|[Ii]t is) "
    + _NAME
    + r"(?P<rest>(?:,| from| and| \d| here\b| speaking\b| again\b| by\b| "
    r"with\b).*)?$"
)
_LEAD = re.compile(
    r"(?P<lead>(?:on|in|at|every|each|most|last|next|this|after|before|during|since|for|by|until|"
    r"these|nowadays|currently|tomorrow|tonight|today|yesterday|recently|lately|right now|"
    r"some|later|soon|one|two|three|four|five|a|once|over|as|to|with|when|whenever|while|because|"
    r"although|though|even|despite|growing up|monday|tuesday|wednesday|thursday|friday|saturday|"
    r"sunday|weekends|first|back|now|apart|besides|like|if not|ever|whereas|unlike|at the moment"
    r"|until|thanks to|mornings|evenings)\b[^,]{0,70}?)"
    r"(?:,? (?P<main>(?:I|we) .+)|,? (?P<two>(?:my [\w' -]+ and I|me and my) .+)|"
    r", (?P<mine>my .+))$",
    re.IGNORECASE,
)
_LEAD_CLAUSE = re.compile(  # "When I was a kid | I lived in Rome"
    r"(?P<lead>(?:when|whenever|while|since|because|as|although|though|after|before|once|until) "
    r"(?:I|we|my \w+) [^,]{2,70}?)(?:,? (?P<main>(?:I|we) .+)|(?P<two>$)|, (?P<mine>my .+))$",
    re.IGNORECASE,
)
_OFTEN = re.compile(
    r"(usually|often|sometimes|normally|generally|always|mostly|rarely|"
    r"occasionally|"
    r"typically|never|still|currently|recently|lately),? (I|we) (.+)",
    re.IGNORECASE,
)
_MINE_AT_END = re.compile(
    r"(?P<what>[^,]{1,60}?) (?P<be>is|are|was|were) (?:also |still |now |definitely |probably )?"
    r"my (?P<mine>(?:(?:absolute|all-time|very|new) )*(?:favou?rite|fave?|best friend|hobby|"
    r"passion|"
    r"hometown|home town|dream|job|name|birthday|wife|husband|sister|brother|mum|mom|dad|thing|"
    r"speciality|biggest|first language|native language|mother tongue|partner|girlfriend|boyfriend|"
    r"guilty pleasure|comfort food|worst|weakness|least)[^,]*)$",
    re.IGNORECASE,
)
_DOES_TO_ME = re.compile(
    r"(?!you\b|it\b|that\b|this\b|he\b|she\b|they\b|your\b|there\b|let\b|please\b)"
    r"(?:[\w'-]+ ){1,4}?(?:makes?|gives?|scares?|terrif(?:y|ies)|bores?|relax(?:es)?|calms?|"
    r"annoys?|"
    r"upsets?|helps?|fascinates?|runs? in|keeps?|drives?|bothers?|excites?|interests?|inspires?|"
    r"stress(?:es)?|depress(?:es)?|disgusts?|frightens?|cheers?|hurts?) (?:me|my|our)\b.*",
    re.IGNORECASE,
)
_SOME_OF_MINE = re.compile(r"(?:neither|none|both|one|two|three|four|some|most|all|half|many|each|"
                           r"everyone) (?:of|in) (?:my|our) \w+ \w+", re.IGNORECASE)  # fmt: skip
_BIRTHDAY = re.compile(
    r"(?P<day>it's|it is|today is|today's|tomorrow is|tomorrow's) my (?P<what>"
    r"birthday|anniversary|\d+\w+ birthday)(?P<when>.*)$",
    re.IGNORECASE,
)
_COUNT = re.compile(r"there (?:are|is) (?P<rest>.+ (?:in|of) (?:my|our) .+)$", re.IGNORECASE)
_TOGETHER_SUBJECT = re.compile(
    r"(?:(?:both )?(?P<other>my [\w' -]{2,40}?) and I|(?:me|I) and (?P<one>my [\w'-]+(?: "
    r"[A-Z]\w+)?)) "
    r"(?P<rest>.+)$", re.IGNORECASE)  # fmt: skip
_TRAILING = re.compile(
    r"(?:[\s,]+(?:btw|by the way|lol|haha+|please|pls|thanks|thank you|though|fyi|ok|you know|"
    r"xd|tbh|if that helps|if you must know|just so you know|for your information|ok\?|as well|"
    r"to be honest|honestly|I think|I guess|so yeah|if you want to know|hehe|remember that|"
    r"remember|right|and stuff|you see|actually|too))+$", re.IGNORECASE)  # fmt: skip
_CODE_LIKE = re.compile(
    r"[{}\\=<>$|]|\(\)|\w_\w|::|//|^(?:def|import|from \w+ import|print|"
    r"select)\b"
)


def statements(message: str) -> list[str]:
    """What the message says about its writer, as third-person sentences.

    >>> statements("im a nurse and i have two cats. any ideas for dinner?")
    ['The user is a nurse.', 'The user has two cats.']
    """
    text, hidden = tidy(message)
    found: list[str] = []
    for sentence in _own_sentences(text):
        for clause in _own_clauses(sentence):
            found += [_show(fact, hidden) for fact in third_person(clause, text)]
    return list(dict.fromkeys(found))


def _own_sentences(text: str) -> Iterator[str]:
    """The sentences up to the first that is a game, or that hands over to somebody else."""
    for sentence in sentences(text):
        bare = _without_opener(sentence)
        if MADE_UP.match(bare) or MADE_UP.match(sentence):
            if not re.match(r"(?:if|unless|for example|correct|fix)\b", bare, re.IGNORECASE):
                return
            continue
        if re.match(r"(?:forget|delete|remove|erase)\b[^,]*$", bare, re.IGNORECASE):
            continue
        if SAID.match(bare):
            if ":" in sentence:
                return
            continue
        if not _CODE_LIKE.search(sentence):
            yield sentence


def _own_clauses(sentence: str) -> Iterator[str]:
    """The clauses that can be facts: not the question at the end, not what a command governs."""
    asks = sentence.endswith("?")
    bare = _without_opener(sentence.rstrip("?!. "))
    told = bare != sentence.rstrip("?!. ") and re.search(
        r"\b(?:did you know|do you know|remember|note|forget|keep in mind|bear in mind|guess "
        r"what|save|store|memori[sz]e|write down)\b",
        sentence[: len(sentence) - len(bare)], re.IGNORECASE)  # fmt: skip
    if told:
        asks = False
    elif not asks and QUESTION.match(bare) and "," not in bare:
        bare = re.split(r" (?:because|since|as|considering|given that) (?=I |my )", bare + " ")[-1]
        if QUESTION.match(bare):
            return
    elif asks:
        reason = re.search(r" (?:because|since|considering|given that) (?=(?:I|my) )", bare)
        if reason and QUESTION.match(bare):
            yield bare[reason.end() :]
            return
    role = re.match(
        r"as an? ([\w-]+(?: \w+)?), (?=what|which|where|how|can|should)", bare, re.IGNORECASE
    )
    if role:
        yield f"I am a {role[1]}"
        return
    parts = clauses(bare)
    if not parts:
        return
    if asks and (
        len(parts) == 1 or TAG.match(parts[-1]) or not _asks_something_else(bare, parts[-1])
    ):
        return
    for part in parts[:-1] if asks else parts:
        if re.match(r"(?:imagine|pretend|suppose|he|she|they(?! call)) ", part, re.IGNORECASE):
            return
        yield part


def _asks_something_else(bare: str, last: str) -> bool:
    return bool(QUESTION.match(_without_opener(last)) or re.search(r"\b(?:you|your)\b", last))


def _without_opener(text: str) -> str:
    """The text without "Hi", "by the way", "please remember that" and their like in front."""
    for _ in range(6):
        match = OPENERS.match(text)
        if not match or match.end() == 0:
            break
        text = text[match.end() :]
    return text


def _show(fact: str, hidden: list[str]) -> str:
    """The fact with its quoted pieces back in place."""
    return re.sub("[\ue000-\uf8ff]", lambda m: hidden[ord(m.group()) - 0xE000], fact)


def third_person(clause: str, message: str = "") -> list[str]:
    """One clause as third-person sentences: none, one, or two ("I'm Sam, a nurse").

    >>> third_person("I am planning to hike this weekend")
    ['The user is planning to hike this weekend.']
    """
    greeted = bool(re.match(r"\W*(?:hi+|hello+|hey+)\b", message, re.IGNORECASE))
    bare = _trimmed(_without_opener(clause))
    named = _named(bare, greeted, message)
    if named:
        return named
    if QUESTION.match(bare) and not _LEAD.match(bare):
        return []
    pieces = [_clipped(piece) for piece in re.split(r", ", bare)]
    if len(pieces) > 1 and all(pieces):
        return [_sentence(piece) for piece in pieces]
    for form in (_with_lead, _about_two, _about_i, _about_mine, _about_me, _clipped):
        fact = form(bare)
        if fact:
            return [_sentence(fact)]
    return []


def _trimmed(text: str) -> str:
    text = text.strip(" \t,.!?:;…~*-_()[]\"'")
    return _TRAILING.sub("", text).strip(" ,.!?:;…~*-_()[]'")


def _sentence(fact: str) -> str:
    return re.sub(r"\s+", " ", fact).strip(" ,.!") + "."


def _named(text: str, greeted: bool, message: str) -> list[str]:
    """ "my name is Ana, a nurse" -> "The user's name is Ana.", "The user is a nurse."."""
    for pattern in _NAMED:
        match = pattern.match(text)
        if match and not re.match(r"(?:a|an|the|not|so|very|really|hard|on|in|common|it|that|"
                                  r"after|for|spelled|"
                                  r"spelt|pronounced|too|your|what)\b", match["name"]):  # fmt: skip
            which = (match.groupdict().get("which") or "name").lower()
            if not which.endswith("name"):
                which = "nickname"
            which = {"real name": "name", "full name": "name", "new name": "name",
                     "nick name": "nickname"}.get(which, which)  # fmt: skip
            return [f"The user's {which} is {match['name'].strip()}.", *_rest_of(text, match.end())]
    match = _I_AM_NAME.match(text)
    if match and _is_name(match["name"], text, greeted, message):
        return [f"The user's name is {match['name']}.", *_rest_of(text, match.end("name"))]
    here = re.match(r"(?P<name>[^\W\d_][\w'-]+(?: [A-Z][\w'-]+)?) here(?:,.*)?$", text)
    if here and (greeted or text[0].isupper()) and _is_name(here["name"], "I", True, message):
        return [f"The user's name is {here['name']}.", *_rest_of(text, here.end("name"))]
    return []


def _rest_of(text: str, end: int) -> list[str]:
    """What follows a name: ", 25 years old, from Oslo" is about the user as well."""
    rest = re.sub(r"^(?:,| and| but| here| speaking| again)+\s*", "", text[end:]).strip()
    found = []
    for piece in re.split(r",\s+(?:and\s+)?| and (?=from |I )| (?=from )", rest):
        if re.match(r"(?:from|an?|\d+)\s", piece) or re.fullmatch(r"\d{1,3}", piece):
            found += third_person(f"I am {piece}")
        elif re.match(r"(?:I|my|like|love|live|work|have)\s", piece):
            found += third_person(piece if piece[0] in "Im" else f"I {piece}")
    return found


def _is_name(name: str, text: str, greeted: bool, message: str) -> bool:
    """Whether "I am <name>" introduces somebody, and does not describe: Priya, not vegan."""
    known = ADJECTIVES | PEOPLE_NOUNS | FAMILY_NOUNS | ADVERBS | BASE_VERBS
    first = name.split()[0].lower()
    if (
        first in known
        or first in {"admin", "root", "god", "groot", "user", "nobody", "nothing"}
        or re.search(r"(?:less|ful|ous|able|ible|ish|ese|ing|ical)$", first)
    ):
        return False
    if name[0].isupper():
        return not text.startswith(("It", "it")) or greeted or text.endswith(("again", "here"))
    lower = not re.search(r"[A-HJ-Z]", message) and " " not in name
    described = re.search(r"(?:ed|ic|al|ive|ly|ent|ant|some|ary|ward|less)$|n't|-", first)
    return lower and not described and (greeted or text.endswith(name)) and text[0] == "I"


def _with_lead(text: str) -> str:
    """ "On Sundays I bake bread" -> "The user bakes bread on Sundays"."""
    often = _OFTEN.match(text)
    if often:
        return _about_i(f"{often[2]} {often[1].lower()} {often[3]}")
    match = _LEAD_CLAUSE.match(text) or _LEAD.match(text)
    if not match or re.search(
        r"\b(?:you|your|he|she|it's|they|says?|said|sings?)\b", match["lead"]
    ):
        return ""
    if re.match(
        r"when I say|as (?:you|an ai)|like (?:you|I said)|to (?:be|tell)", text, re.IGNORECASE
    ):
        return ""
    main = match["main"] or match["mine"] or match["two"]
    fact = _about_two(main) or _about_i(main) or _about_mine(main)
    lead = _their(match["lead"])
    if not re.match(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", lead):
        lead = lead[0].lower() + lead[1:]
    return f"{fact} {lead}" if fact else ""


def _about_two(text: str) -> str:
    """ "My wife and I are vegetarian" -> "The user and their wife are vegetarian"."""
    match = _TOGETHER_SUBJECT.match(text)
    if not match or re.search(r"\b(?:you|your)\b", match["rest"]):
        return ""
    other = match["other"] or match["one"]
    return f"The user and {_their(other[0].lower() + other[1:])} {_their(match['rest'])}"


def _about_i(text: str) -> str:
    """ "I usually run before work" -> "The user usually runs before work"."""
    match = re.match(r"(I|we) +(?=\S)(.+)$", text, re.IGNORECASE)
    if not match or (match[1] == "i"):
        return ""
    adverbs, verb, tail = _parts(match[2])
    if not verb or _is_no_fact(f"{verb} {tail}".strip(), match[1].lower() == "we"):
        return ""
    if verb == "do" and tail and tail.split()[0] in BASE_VERBS:
        return _about_i(f"I {adverbs} {tail}")
    adverbs = re.sub(r"\balso\b", "", adverbs)
    if re.match(r"I [\w ]*\b" + re.escape(verb) + r", (?:\w+, )*\w+ (?:and|or) \w+$", text):
        return f"The user {adverbs} {_third(verb)}, " + re.sub(
            r"(?!and\b|or\b)\b\w+", lambda m: _third(m.group()), tail
        )
    if match[1].lower() == "we" and verb == "are":
        tail = _one_of_us(tail)
    return f"The user {adverbs} {_third(verb)} {_their(tail)}"


def _one_of_us(tail: str) -> str:
    """ "We are vegetarians" is "a vegetarian" for the one who writes it."""
    if tail.startswith("a family"):
        return "in " + tail
    return _a(tail[:-1]) if re.fullmatch(r"\w+[^s]s", tail) else tail


def _parts(text: str) -> tuple[str, str, str]:
    """Adverbs, verb and tail: "also really like tea" -> ("also really", "like", "tea")."""
    found: list[str] = []
    rest = text.split(" ")
    while rest and (
        rest[0].lower() in ADVERBS
        or (rest[0].lower().endswith("ly") and rest[0].lower() not in VERBS_LIKE_ADVERBS)
        or (rest[0].lower() == "no" and rest[1:2] == ["longer"])
        or (rest[0].lower() == "longer" and found[-1:] == ["no"])
    ):
        found.append(rest.pop(0).strip(","))
    if not rest or not re.fullmatch(r"[^\W\d_][\w'-]*", rest[0].strip(",")):
        return "", "", ""
    return " ".join(found), rest[0].lower().strip(","), " ".join(rest[1:])


def _is_no_fact(predicate: str, plural: bool) -> bool:
    """Whether "I <predicate>" is small talk, a request, speech or a wish, by the table."""
    plain = re.sub(r"^((?:am|was|have|will|would|can) )(?:(?:just|really|so|still|also) )+", r"\1",
                   predicate)  # fmt: skip
    if re.search(r"\b(?:you|your|you're|yours)\b", plain, re.IGNORECASE):
        return True
    if re.search(r"\bwould\b.*\bif\b|\bif I (?:were|had|was|could)\b", plain):
        return True
    if plural and re.match(r"(?:should|can|could|need to|have to|will see|must|would)\b", plain):
        return True
    if re.match(
        r"(?:and|or|but|the|a|an|is|of|to|in|on|my|not|if|as|for|robot|he|she|it|me|i|"
        r"we|you)\b",
        plain,
    ):
        return True
    return any(re.match(pattern, plain, re.IGNORECASE) for pattern in NOT_A_FACT)


def _third(verb: str) -> str:
    """The verb after "the user": like -> likes, study -> studies, moved -> moved, can't -> "
    "can't."""
    if verb in THIRD:
        return THIRD[verb]
    if verb in FIXED or verb in PAST or (verb.endswith("ed") and verb not in BASE_IN_ED):
        return verb
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + ("es" if re.search(r"(?:s|sh|ch|x|z|[^aeiou]o)$", verb) else "s")


def _their(text: str) -> str:
    """The writer's later pronouns: "because I love my job" -> "because they love their job"."""
    text = re.sub(r"\b(?:I|we) am\b|\bwe are\b", "they are", text)
    text = re.sub(
        r"\b(?:I|we) (was|wasn't)\b", lambda m: "they " + m[1].replace("was", "were"), text
    )
    text = re.sub(r"\band me$", "and them", text)
    text = re.sub(r"(?<!a )(?<!coal )(?<!gold )\bmine\b", "theirs", text)
    pattern = r"\b(I|[Mm]e|[Mm]y|[Mm]yself|[Ww]e|us|[Oo]ur|[Oo]urs|[Oo]urselves)\b(?!\.)"
    return re.sub(pattern, lambda m: PRONOUNS[m[1] if m[1] == "I" else m[1].lower()], text)


def _about_mine(text: str) -> str:
    """ "My sister Anna lives in Madrid" -> "The user's sister Anna lives in Madrid"."""
    match = re.match(r"(?:my|our) (?P<rest>(?P<noun>[\w'’-]+).*)$", text, re.IGNORECASE)
    if not match or match["noun"].lower() in NOT_MINE or " " not in match["rest"]:
        return ""
    if re.search(r"\b(?:you|your)\b", match["rest"]) or not _has_verb(match["rest"]):
        return ""
    return "The user's " + _their(match["rest"])


def _has_verb(text: str) -> bool:
    """Whether words after the first hold a finite verb: "cat sleeps a lot", not "old red cat"."""
    if re.match(r"\w+s \w+ \w", text):  # "hobbies include chess": a plural and more
        return True
    for word in text.lower().split()[1:]:
        word = word.strip(",")
        if word in PAST or word in FIXED or word in THIRD or word in THIRD.values():
            return True
        if word in BASE_VERBS or re.search(r"(?<!s)(?<!')s$|ed$|n't$", word):
            return True
    return False


def _about_me(text: str) -> str:
    """Facts whose subject is something else: "Green is my favourite colour", "Cats scare me"."""
    birthday = _BIRTHDAY.match(text)
    if birthday:
        day = "tomorrow" if "omorrow" in birthday["day"] else "today"
        when = birthday["when"].strip()
        return f"The user's {birthday['what']} is {when or day}"
    mine = _MINE_AT_END.match(text)
    if mine and not re.match(
        r"(?:it|that|this|what|who|which|you|he|she|there)\b", text, re.IGNORECASE
    ):
        what = mine["what"].removeprefix("The ").removeprefix("A ")
        return f"The user's {_their(mine['mine'])} {mine['be']} {what}"
    count = _COUNT.match(text)
    if count:
        return f"The user says that there are {_their(count['rest'])}"
    if _DOES_TO_ME.match(text) or _SOME_OF_MINE.match(text):
        first = text if text.split()[0].isupper() else text[0].lower() + text[1:]
        return f"The user says that {_their(first)}"
    return ""


def _clipped(text: str) -> str:
    """Sentences without their "I": "Love hiking" -> "The user loves hiking"."""
    lower = text[:1].lower() + text[1:] if not text[1:2].isupper() else text
    if re.search(r"\b(?:you|your)\b", lower):
        return ""
    bare = re.sub(r" here$", "", lower)
    if bare.lower() in CONDITIONS | DEMONYMS:
        return f"The user is {bare}"
    if bare != lower and bare.split()[-1].lower() in PEOPLE_NOUNS | KINDS_OF_FAN | FAMILY_NOUNS:
        return "The user is " + _a(bare)
    for pattern, subject in CLIPPED:
        if re.match(pattern, lower):
            return _about_i(subject + bare if subject[-2:] != "a " else subject[:-2] + _a(bare))
    return ""


def _a(noun: str) -> str:
    """A noun with its article: "nurse" -> "a nurse", "engineer" -> "an engineer"."""
    if re.match(r"(?:an?|the|my|\d+|two|no) ", noun):
        return noun
    return ("an " if noun[0] in "aeiou" and not noun.startswith("uni") else "a ") + noun


# ----------------------------------------------------------------------------------- step 4: topics

_TOPIC_WORDS = {topic: words(row) for topic, row in TOPICS.items()}


def topics(memory: str) -> list[str]:
    """Up to three topics of a memory, from the table: ["home"] for "The user lives in Leeds."."""
    found = set(re.findall(r"[^\W\d_]+", memory.lower()))
    found |= {word[:-1] for word in found if word.endswith("s")}
    hits = [(len(row & found), topic) for topic, row in _TOPIC_WORDS.items() if row & found]
    return [topic for _, topic in hits][:3]
