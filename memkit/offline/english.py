"""What a message says about its writer: the offline model's knowledge of English.

A real model reads "Hi! I'm Ana, I moved to Oslo and I love tea" and knows which facts are in it.
The offline model has rules instead, in four steps that you can follow by hand:

1. `tidy` spells the message in one way ("im" and "I'm" become "I am"), and hides quoted words.
2. `sentences` cuts it into sentences, and `clauses` cuts these into parts with one subject each.
3. `third_person` leaves out what is no fact (questions, requests, small talk) and turns the rest
   around: "I love tea" becomes "The user loves tea."
4. `topics` looks a memory's words up in a table.

The words and phrases are in `memkit.offline.vocabulary`: add one there and it is known.

>>> statements("Hi! I'm Ana, I moved to Oslo and I love tea. What about you?")
["The user's name is Ana.", 'The user moved to Oslo.', 'The user loves tea.']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from memkit.offline import vocabulary as table

LONGEST_MESSAGE = 20_000  # characters that are read; what follows is ignored
LONGEST_SENTENCE = 400  # a longer "sentence" is pasted text, not something about its writer
MOST_SENTENCES = 100  # with something about the writer; more is pasted text as well
MOST_QUOTED = 6_000  # quoted pieces, each of which takes one private character

# ------------------------------------------------------------------------------ step 1: tidy it up


def tidy(message: str) -> tuple[str, list[str]]:
    """One spelling for everything, and the quoted pieces, each hidden behind one character.

    >>> tidy("im ana , i like “Dune”")
    ('I am ana, I like \ue000', ['“Dune”'])
    """
    text = re.sub("[\u00a0\ue000-\uf8ff]", " ", message[:LONGEST_MESSAGE])
    text = re.sub("[’‘ʼ´]|(?<=[A-Za-z])`(?=[a-z])", "'", text)
    text, hidden = _hide_quotes(table.CODE.sub(" ", text))
    if text.isupper() and len(re.findall(r"[A-Z]{2,}", text)) > 1:
        text = _quieten(text)
    text = table.NO_SPACE_AFTER_STOP.sub(r"\1 ", text)
    text = re.sub(r"[^\S\n]{1,200}", " ", text)
    text = re.sub(r"(?<=\w) ,", ",", text)
    text = re.sub(r"[A-Za-z']{1,20}", _spelled, text)
    for pattern, spelled_out in table.EXPANSIONS:
        text = pattern.sub(spelled_out, text)
    return text, hidden


def _hide_quotes(text: str) -> tuple[str, list[str]]:
    """Quotations and addresses are nobody's own words: each becomes one private character."""
    hidden: list[str] = []

    def hide(match: re.Match[str]) -> str:
        hidden.append(match.group())
        return chr(0xE000 + len(hidden) - 1) if len(hidden) < MOST_QUOTED else " "

    return table.HIDDEN.sub(hide, text), hidden


def _show(fact: str, hidden: list[str]) -> str:
    """The fact with its quoted pieces back in place."""
    return re.sub("[\ue000-\uf8ff]", lambda m: hidden[ord(m.group()) - 0xE000], fact)


def _quieten(text: str) -> str:
    """Shouting in lower case, names in title case: "MY NAME IS BO" -> "my name is Bo"."""

    def title(match: re.Match[str]) -> str:
        name = match[2].title() if len(match[2].split()) < 3 else match[2]
        return match[1] + name

    return table.BEFORE_A_NAME.sub(title, text.lower())


def _spelled(word: re.Match[str]) -> str:
    """A word as the table spells it: "im" -> "I'm"."""
    return table.SPELLINGS.get(word.group().lower(), word.group())


# -------------------------------------------------------------------------------- step 2: cut it up


def sentences(text: str) -> list[str]:
    """The sentences of a tidy text, without those that are too long to be one person's words."""
    found = [piece.strip() for piece in table.SENTENCE_END.split(text)]
    return [piece for piece in found if piece and len(piece) <= LONGEST_SENTENCE]


def clauses(sentence: str) -> list[str]:
    """The parts of a sentence that have a subject of their own.

    >>> clauses("I am a nurse, I have two cats and live in Leeds, where do you live")
    ['I am a nurse', 'I have two cats', 'I live in Leeds', 'where do you live']
    """
    parts: list[str] = []
    start = 0
    for match in table.BOUNDARY.finditer(sentence):
        left, right = sentence[start : match.start()].strip(), sentence[match.end() :]
        if not _keeps_together(left, right, match.group().lower()):
            parts.append(left)
            start = match.end()
    parts.append(sentence[start:].strip())
    parts = [piece for part in parts for piece in table.NEXT_FAVOURITE.split(part)]
    return [piece for part in parts if part for piece in _second_verbs(part)]


def _keeps_together(left: str, right: str, joint: str) -> bool:
    """Whether the right side still belongs to the left: "My wife | and I are vegetarian"."""
    comma, joined = "," in joint, " and" in joint
    if not re.search(r"\w", left):
        return False
    if joint.startswith(":") and ")" not in joint:
        return not table.ANNOUNCES.match(left)
    if re.match(r"(?:who|which|where|why|how|what) I", right):
        return not comma
    if joined and re.fullmatch("me", left, re.IGNORECASE):
        return True
    if joined and right.startswith("I ") and table.TOGETHER.search(left):
        return not table.VERB_OF_OTHERS.search(left) and not table.PAST & set(left.split())
    if re.match(r"(?:who|which)\b", right) and not re.search(r"\byou\b", right):
        return True
    if table.LEAD_WORD.match(left):
        return not table.TWO_SUBJECTS.search(left) and not table.QUESTION.match(right)
    asks = re.match(r"(?:who|which|where|what|how|why)\b", right)
    return bool(asks) and not comma and "so" not in joint


def _second_verbs(part: str) -> list[str]:
    """The clause of each verb: "I live in Leeds and work" -> "I live in Leeds", "I work"."""
    pieces = table.RUN_ON.split(part) if table.MAY_RUN_ON.match(part) else [part]
    if len(pieces) > 1:
        return [each for piece in pieces for each in _second_verbs(piece)]
    subject = re.match(r"(?:I|we|We)(?= )", part)
    if not subject:
        return [part]
    found, start = [], 0
    for match in table.SECOND_VERB.finditer(part):
        if not table.NO_SECOND_VERB.search(part[start : match.start()]):
            found.append(part[start : match.start()])
            start = match.end()
    found.append(part[start:])
    return [found[0], *(f"{subject.group()} {verb}" for verb in found[1:])]


# ------------------------------------------------------------------- step 3: what is the writer's


def statements(message: str) -> list[str]:
    """What the message says about its writer, as third-person sentences.

    >>> statements("im a nurse and i have two cats. any ideas for dinner?")
    ['The user is a nurse.', 'The user has two cats.']
    """
    return list(dict.fromkeys(fact for facts in by_sentence(message) for fact in facts))


def by_sentence(message: str) -> list[list[str]]:
    """The statements of each sentence that makes any.

    >>> by_sentence("I like tea and I live in Leeds. Bye! I am Ana.")
    [['The user likes tea.', 'The user lives in Leeds.'], ["The user's name is Ana."]]
    """
    text, hidden = tidy(message)
    found = [
        [
            _show(fact, hidden)
            for clause in _own_clauses(sentence)
            for fact in third_person(clause, text)
        ]
        for sentence in _own_sentences(text)
    ]
    return [facts for facts in found if facts][:MOST_SENTENCES]


def _own_sentences(text: str) -> Iterator[str]:
    """The sentences up to the first that is a game, or that hands over to somebody else."""
    is_sum = table.SUM.search(text) and len(table.NUMBER.findall(text)) > 1
    for sentence in sentences(text):
        bare = _without_opener(sentence)
        if table.MADE_UP.match(bare) or table.MADE_UP.match(sentence):
            if table.IF_HABIT.match(bare):
                yield sentence
            elif not table.MADE_UP_ONCE.match(bare):
                return
        elif table.SAID.match(bare):
            if ":" in sentence:
                return
        elif is_sum and table.NUMBER.search(sentence):
            continue
        elif not table.FORGET_SENTENCE.match(bare) and not table.CODE_LIKE.search(sentence):
            yield sentence


def _own_clauses(sentence: str) -> Iterator[str]:
    """The clauses that can be facts: not the question at the end, not what a command governs."""
    plain = sentence.rstrip("?!. ")
    bare = _without_opener(plain)
    told = table.TOLD.search(plain[: len(plain) - len(bare)])
    asks = sentence.endswith("?") and not told
    if table.QUESTION.match(bare) and not told:
        reason = table.REASON.search(bare)
        if reason:
            bare, asks = bare[reason.end() :], False
        elif not asks and "," not in bare:
            return
    for part in _before_question(bare) if asks else clauses(bare):
        if table.SOMEBODY_ELSE.match(part):
            return
        yield part


def _before_question(bare: str) -> list[str]:
    """What is told before it is asked: "I am vegan, is pesto ok" -> "I am vegan"."""
    parts = clauses(bare)
    if len(parts) == 1:
        parts = table.LAST_QUESTION.split(bare)
    if len(parts) < 2 or table.TAG.match(parts[-1]):
        return []
    asked = _without_opener(parts[-1])
    asks = table.QUESTION.match(asked) or table.LAST_QUESTION.match(", " + asked)
    return parts[:-1] if asks or re.search(r"\b(?:you|your)\b", bare) else []


def _without_opener(text: str) -> str:
    """The text without "Hi", "by the way", "please remember that" and their like in front."""
    for _ in range(6):
        match = table.OPENERS.match(text)
        if not match or match.end() == 0:
            break
        text = text[match.end() :]
    return text


# ---------------------------------------------------------------- step 3: into the third person


def third_person(clause: str, message: str = "") -> list[str]:
    """One clause as third-person sentences: none, one, or two ("I'm Sam, a nurse").

    >>> third_person("I am planning to hike this weekend")
    ['The user is planning to hike this weekend.']
    """
    bare = _trimmed(_without_opener(clause))
    named = _named(bare, message)
    if named or table.NAMES_NOTHING.match(bare):
        return named
    if table.QUESTION.match(bare) and not table.LEAD.match(bare):
        return []
    pieces = [_clipped(piece) or _bare_role(piece) for piece in bare.split(", ")]
    if len(pieces) > 1 and all(pieces):
        return [_sentence(piece) for piece in pieces]
    for form in (_with_lead, _about_two, _about_i, _about_mine, _about_me, _clipped):
        fact = form(bare)
        if fact:
            return [_sentence(fact)]
    return []


def _trimmed(text: str) -> str:
    """The clause without marks around it, and without "btw", "lol" and "thanks" at its end."""
    text = text.strip(" \t,.!?:;…~*-_()[]\"'")
    return table.TRAILING.sub("", text).strip(" ,.!?:;…~*-_()[]'")


def _sentence(fact: str) -> str:
    """The fact with single spaces and a full stop."""
    return re.sub(r"\s+", " ", fact).strip(" ,.!") + "."


# Names: "my name is Ana", "I'm Ana", "Ana here"


def _named(text: str, message: str) -> list[str]:
    """The name that a clause tells: "my name is Ana" -> "The user's name is Ana."."""
    for pattern in table.NAMED:
        match = pattern.match(text)
        if match and not table.NO_NAME.match(match["name"]):
            kind = (match.groupdict().get("which") or "name").lower()
            kind = table.KINDS_OF_NAME.get(kind, kind if kind.endswith("name") else "nickname")
            return [f"The user's {kind} is {match['name'].strip()}.", *_rest(text, match.end())]
    greeted = bool(table.GREETING.match(message.lstrip(" \t\n.,!*'\"-")))
    match = table.I_AM_NAME.match(text) or table.NAME_HERE.match(text)
    if match and _is_name(match["name"], text, message, greeted):
        return [f"The user's name is {match['name']}.", *_rest(text, match.end("name"))]
    return []


def _rest(text: str, end: int) -> list[str]:
    """What follows a name: ", 25 years old, from Oslo" is about the user as well."""
    rest = re.sub(r"^(?:,| and| but| here| speaking| again)+\s*", "", text[end:]).strip()
    found = []
    for piece in re.split(r",\s+(?:and\s+)?| and (?=from |I )| (?=from )", rest):
        if re.match(r"(?:from|an?|\d+)\s", piece) or re.fullmatch(r"\d{1,3}", piece):
            found += third_person(f"I am {piece}")
        elif re.match(r"(?:I|my|like|love|live|work|have)\s", piece):
            found += third_person(piece if piece[0] in "Im" else f"I {piece}")
    return found


def _is_name(name: str, text: str, message: str, greeted: bool) -> bool:
    """Whether "I am <name>" introduces somebody, and does not describe: Priya, not vegan."""
    first = name.split()[0].lower()
    if first in table.NEVER_NAMES or re.search(
        r"(?:less|ful|ous|able|ible|ish|ese|ing|ical)$", first
    ):
        return False
    if text.endswith((" here", " again", " speaking")):
        return greeted or text[0].isupper()
    if name[0].isupper():
        return text[:2].lower() != "it" or greeted or text.endswith("again")
    lower = not re.search(r"[A-HJ-Z]", message) and " " not in name
    described = re.search(r"(?:ed|ic|al|ive|ly|ent|ant|some|ary|ward|less)$|n't|-", first)
    return lower and not described and text[0] == "I" and (greeted or text.endswith(name))


# The forms of a clause: each gives the fact, or "" where the clause does not have that form


def _with_lead(text: str) -> str:
    """The time or condition goes last: "On Sundays I bake" -> "The user bakes on Sundays"."""
    often = table.OFTEN.match(text)
    if often:
        return _about_i(f"{often[2]} {often[1].lower()} {often[3]}")
    match = table.LEAD_CLAUSE.match(text) or table.LEAD.match(text)
    if not match or table.LEAD_OF_OTHERS.search(match["lead"]) or table.NO_LEAD.match(text):
        return ""
    main = match["main"] or match["mine"] or match["two"]
    fact = _about_two(main) or _about_i(main) or _about_mine(main)
    lead = _their(match["lead"])
    if not table.WEEKDAY.match(lead):
        lead = lead[0].lower() + lead[1:]
    return f"{fact} {lead}" if fact else ""


def _about_two(text: str) -> str:
    """Two subjects: "My wife and I are vegetarian" -> "The user and their wife are ..."."""
    match = table.TWO_OF_US.match(text)
    if not match or re.search(r"\b(?:you|your)\b", match["rest"]):
        return ""
    other = match["other"] or match["one"]
    return f"The user and {_their(other[0].lower() + other[1:])} {_their(match['rest'])}"


def _about_i(text: str) -> str:
    """The commonest form: "I usually run before work" -> "The user usually runs before work"."""
    match = re.match(r"(I|[Ww]e) +(?=\S)(.+)$", text)
    if not match:
        return ""
    plural = match[1] != "I"
    adverbs, verb, tail = _parts(match[2])
    if not verb or _is_no_fact(f"{verb} {tail}".strip(), plural):
        return ""
    if verb == "do" and tail and tail.split()[0] in table.BASE_VERBS:
        return _about_i(f"I {adverbs} {tail}")
    if plural and verb == "are":
        tail = _one_of_us(tail)
    if table.LIST_OF_VERBS.match(text):  # "I swim, bike and run"
        tail = re.sub(r"(?!and\b|or\b)\b\w+", lambda m: _third(m.group()), tail)
        return f"The user {adverbs} {_third(verb)}, {tail}"
    if not table.NO_SECOND_VERB.search(f"{verb} {tail}"):
        tail = table.VERB_AT_END.sub(lambda m: m[1] + _third(m[2]), tail)
    if "neither" in adverbs:
        tail = re.sub(r"\bnor (\w+)", lambda m: "nor " + _third(m[1]), tail)
    return f"The user {_without_also(adverbs)} {_third(verb)} {_their(tail)}"


def _without_also(adverbs: str) -> str:
    """ "also" says something about the message before, and nothing about the user."""
    return re.sub(r"\balso\b", "", adverbs)


def _one_of_us(tail: str) -> str:
    """What "we are" says of one of us: "vegetarians" -> "a vegetarian"."""
    if tail.startswith("a family"):
        return "in " + tail
    return with_article(tail[:-1]) if re.fullmatch(r"\w+[^s]s", tail) else tail


def _parts(text: str) -> tuple[str, str, str]:
    """Adverbs, verb and tail.

    >>> _parts("also really like tea")
    ('also really', 'like', 'tea')
    """
    found: list[str] = []
    rest = text.split(" ")
    while rest and _is_adverb(rest[0].lower(), found[-1:], rest[1:2]):
        found.append(rest.pop(0).strip(","))
    if not rest or not re.fullmatch(r"[^\W\d_][\w'-]*", rest[0].strip(",")):
        return "", "", ""
    return " ".join(found), rest[0].lower().strip(","), " ".join(rest[1:])


def _is_adverb(word: str, before: list[str], after: list[str]) -> bool:
    """Whether a word stands between subject and verb: "really", "usually", "no longer"."""
    if (word == "no" and after == ["longer"]) or (word == "longer" and before == ["no"]):
        return True
    ends_alike = word.endswith("ly") and word not in table.VERBS_LIKE_ADVERBS
    return word in table.ADVERBS or ends_alike


def _is_no_fact(predicate: str, plural: bool) -> bool:
    """Whether "I <predicate>" is small talk, a request, speech or a wish, by the table."""
    plain = re.sub(r"^((?:am|was|have|will|would|can) )(?:(?:just|really|so|still|also) )+", r"\1",
                   predicate)  # fmt: skip
    if re.search(r"\b(?:you|your|you're|yours)\b", plain, re.IGNORECASE):
        return True
    if re.match(table.FOUND, plain):
        return False
    if table.WISH.search(plain) or table.NOT_A_VERB.match(plain):
        return True
    if plural and table.LET_US.match(plain):
        return True
    return any(re.match(pattern, plain, re.IGNORECASE) for pattern in table.NOT_A_FACT)


def _about_mine(text: str) -> str:
    """Somebody or something of mine: "My sister lives here" -> "The user's sister lives here"."""
    match = re.match(r"(?:my|our) (?P<rest>(?P<noun>[\w'’-]+).*)$", text, re.IGNORECASE)
    if not match or match["noun"].lower() in table.NOT_MINE or " " not in match["rest"]:
        return ""
    if re.search(r"\b(?:you|your)\b", match["rest"]) or not _has_verb(match["rest"]):
        return ""
    other_subject = is_somebody(match["noun"])
    return "The user's " + (_named_user if other_subject else _their)(match["rest"])


def is_somebody(noun: str) -> bool:
    """Whether a noun is a person or a pet, so that a later "they" may mean them.

    >>> is_somebody("parents"), is_somebody("job")
    (True, False)
    """
    word = noun.lower().removesuffix("'s")
    return bool({word, word.removesuffix("s")} & (table.FAMILY_NOUNS | table.PETS))


def _has_verb(text: str) -> bool:
    """Whether words after the first hold a finite verb: "cat sleeps a lot", not "old red cat"."""
    if re.match(r"\w+s \w+ \w", text):  # "hobbies include chess": a plural and more
        return True
    later = [word.strip(",") for word in text.lower().split()[1:]]
    return any(
        word in table.FINITE or re.search(r"(?<!s)(?<!')s$|ed$|n't$", word) for word in later
    )


def _about_me(text: str) -> str:
    """Another subject: "Green is my favourite colour" -> "The user's favourite colour is Green"."""
    birthday = table.BIRTHDAY.match(text)
    if birthday:
        day = "tomorrow" if "omorrow" in birthday["day"] else "today"
        return f"The user's {birthday['what']} is {birthday['when'].strip() or day}"
    mine = table.MINE_AT_END.match(text)
    if mine and not table.NO_SUBJECT.match(text):
        what = re.sub(r"^(?:The|A) ", "", mine["what"])
        return f"The user's {_their(mine['mine'])} {mine['be']} {what}"
    count = table.COUNT.match(text)
    if count:
        return f"The user says that there are {_their(count['rest'])}"
    if table.DOES_TO_ME.match(text) or table.SOME_OF_MINE.match(text):
        first = text if text.split()[0].isupper() else text[0].lower() + text[1:]
        return f"The user says that {_their(first)}"
    return ""


def _clipped(text: str) -> str:
    """A sentence without its "I": "Love hiking" -> "The user loves hiking"."""
    lower = text[:1].lower() + text[1:] if not text[1:2].isupper() else text
    if re.search(r"\b(?:you|your)\b", lower):
        return ""
    bare = lower.removesuffix(" here")
    if bare.lower() in table.CONDITIONS | table.DEMONYMS:
        return f"The user is {bare}"
    if _is_role(bare, bare != lower):
        return f"The user is {_their(with_article(bare))}"
    for pattern, subject in table.CLIPPED:
        if re.match(pattern, lower):
            noun = subject.removesuffix("a ") if subject.endswith(" a ") else subject
            return _about_i(noun + (bare if noun == subject else with_article(bare)))
    return ""


def _bare_role(text: str) -> str:
    """A noun in a list of what somebody is: "nurse" in "mum of two, nurse, tea addict"."""
    is_role = len(text.split()) < 4 and text.split()[-1:] and text.split()[-1] in table.ROLES
    return f"The user is {with_article(text)}" if is_role else ""


def _is_role(text: str, here: bool) -> bool:
    """Whether a clause is only what somebody is: "nurse here", "Lecturer in law at Ghent"."""
    if here:
        return text.split()[-1].lower() in table.ROLES
    match = table.ROLE.match(text)
    if not match or table.FINITE & set(match["rest"].lower().split()):
        return False
    return match["noun"].lower() in table.ROLES


# ------------------------------------------------------------------------------ verbs and pronouns
#
# No library does this for us: `lemminflect` and `pyinflect` (a dictionary of 0.7 MB each) know
# every verb form, but not whether "read" or "left" is a past here, so our tables would stay;
# `pyinflect` needs spaCy as well, and `inflect` is about nouns.


def _third(verb: str) -> str:
    """The verb after "the user": like -> likes, study -> studies, moved -> moved, can't -> can't.

    >>> [_third(verb) for verb in ("like", "study", "moved", "can't")]
    ['likes', 'studies', 'moved', "can't"]
    """
    if verb in table.THIRD:
        return table.THIRD[verb]
    past = verb in table.PAST or (verb.endswith("ed") and verb not in table.BASE_IN_ED)
    if past or verb in table.FIXED:
        return verb
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + ("es" if re.search(r"(?:s|sh|ch|x|z|[^aeiou]o)$", verb) else "s")


def _their(text: str) -> str:
    """The writer's later pronouns: "because I love my job" -> "because they love their job"."""
    text = re.sub(r"\b(?:I|we) am\b|\bwe are\b", "they are", text)
    text = re.sub(r"\b(?:I|we) was(n't)?\b", r"they were\1", text)
    text = re.sub(r"\band me$", "and them", text)
    text = re.sub(r"(?<!a )(?<!coal )(?<!gold )\bmine\b", "theirs", text)
    return table.PRONOUN.sub(lambda m: table.PRONOUNS[m[1] if m[1] == "I" else m[1].lower()], text)


def _named_user(text: str) -> str:
    """The writer where somebody else is the subject, so that "their" can mean that somebody.

    >>> _named_user("parents love me and sold their car because I work")
    'parents love the user and sold their car because the user works'
    """

    def subject(match: re.Match[str]) -> str:
        adverbs, verb, _ = _parts(match[1])
        return f"the user {adverbs} {_third(verb)}".replace("  ", " ") if verb else match.group()

    text = re.sub(rf"\bI ((?:(?:{'|'.join(sorted(table.ADVERBS))}) )*[\w']+)", subject, text)
    text = re.sub(r"\b[Mm]y\b", "the user's", text)
    return _their(re.sub(r"\b(?:[Mm]e|[Mm]yself)\b", "the user", text))


def with_article(noun: str) -> str:
    """A noun with its article.

    >>> with_article("nurse"), with_article("engineer"), with_article("two cats")
    ('a nurse', 'an engineer', 'two cats')
    """
    if re.match(r"(?:an?|the|my|\d+|two|no) ", noun):
        return noun
    vowel = noun[0].lower() in "aeiou" and not re.match(r"uni|eu|one", noun, re.IGNORECASE)
    return ("an " if vowel else "a ") + noun


# ----------------------------------------------------------------------------------- step 4: topics


def topics(memory: str, most: int = 3) -> list[str]:
    """Up to three topics of a memory, from the table.

    >>> topics("The user lives in Leeds.")
    ['home']
    """
    found = set(re.findall(r"[^\W\d_]+", memory.lower()))
    found |= {word[:-1] for word in found if word.endswith("s")}
    return [topic for topic, row in table.TOPIC_WORDS.items() if row & found][:most]
