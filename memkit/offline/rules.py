"""What the offline model does with a message: which memory tools it uses, and what it answers.

`memkit.offline.english` reads what a message says about its writer; here are the two decisions that
follow. `decide` compares these statements with the stored memories: a new one is added, a repeated
one is left alone, a changed one updates the old memory, and "forget ..." deletes. `answer` replies
in the second person, from the facts that the request holds and from nothing else.

>>> decide("I moved to Oslo", {1: "The user lives in Leeds."})
[ToolUse(name='update_memory', arguments={'memory_id': 1, 'memory': 'The user moved to Oslo.', \
'topics': ['home']})]
>>> answer("Where do I live?", ["The user lives in Leeds."])
'You live in Leeds.'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from memkit.offline import vocabulary as table
from memkit.offline.english import by_sentence, is_somebody, statements, tidy, topics

__all__ = ["ToolUse", "allowed", "answer", "decide", "statements", "topics"]


CACHED = 4096  # memories whose reading is kept, since each is compared with every new statement


class ToolUse(NamedTuple):
    """One call of a memory tool, as a model would ask for it."""

    name: str
    arguments: dict[str, object]


# ---------------------------------------------------------------------------- the memory decision


def decide(message: str, memories: Mapping[int, str]) -> list[ToolUse]:
    """The memory tools a message calls for, given what is stored.

    >>> [use.name for use in decide("Forget my name. I like tea.", {1: "The user's name is Bo."})]
    ['delete_memory', 'add_memory']
    """
    known = _without_forgotten(message, memories)
    _correct(message, known)
    announced = bool(table.ANNOUNCED.search(tidy(message)[0]))
    ended: int | None = None
    for facts in by_sentence(message):
        same_sentence = False
        for fact in facts:
            old = _revised(fact, known, announced)
            if old is None and ended in known and _follows(fact, known[ended], same_sentence):
                old = ended
            ended = _learn(fact, known, old)
            same_sentence = True
    return _tools(memories, known)


def _tools(before: Mapping[int, str], after: Mapping[int, str]) -> list[ToolUse]:
    """The calls that turn the memories `before` into those `after`, where new ones have ids < 0."""
    uses = [ToolUse("delete_memory", {"memory_id": key}) for key in before if key not in after]
    for key, memory in after.items():
        told: dict[str, object] = {"memory": memory, "topics": topics(memory)}
        if key not in before:
            uses.append(ToolUse("add_memory", told))
        elif memory != before[key]:
            uses.append(ToolUse("update_memory", {"memory_id": key, **told}))
    return uses


def _learn(said: str, known: dict[int, str], old: int | None) -> int | None:
    """Put a statement among the known memories, in the place of `old`.

    Gives the id of the memory that the statement ends: what comes next may take its place.
    """
    statement = _settled(said) if old is not None or _slots(said) else said
    if any(_repeats(statement, memory) for memory in known.values()):
        return None
    if old is None:
        known[-1 - len(known)] = statement
        return None
    known[old] = _keeping_the_rest(_keeping_the_name(statement, known[old]), known[old])
    return old if table.ENDED.match(statement) else None


def _settled(statement: str) -> str:
    """What holds from now on.

    >>> _settled("The user teaches topology instead of algebra.")
    'The user teaches topology.'
    """
    return re.sub(r",? instead(?=\.$)", "", table.INSTEAD_OF.sub("", statement))


def _correct(message: str, known: dict[int, str]) -> None:
    """ "It's Jon, not John" puts Jon where a memory says John."""
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", tidy(message)[0]):
        match = table.CORRECTED.match(sentence[:200])
        if match:
            wrong = re.compile(rf"\b{re.escape(match['old'].strip())}\b", re.IGNORECASE)
            right = match["new"].strip().replace("\\", "")
            for key, memory in known.items():
                known[key] = wrong.sub(right, memory)


def _keeping_the_rest(statement: str, memory: str) -> str:
    """A joint memory keeps what did not change: anime goes, and video games stay."""
    if not _is_against(statement) or not _is_taste(statement):
        return statement
    rest = _rest_of(memory, _object(statement))
    return f"{statement[:-1]} but still {rest}." if rest else statement


def _keeping_the_name(statement: str, memory: str) -> str:
    """ "The user's cat died." after "has a cat named Tom" keeps the name that the memory told."""
    gone = table.LOST_ONE.match(statement)
    if not gone or gone["name"]:
        return statement
    name = re.search(table.NAME_OF_ONE.format(gone[1]), memory)
    end = gone.end(1)
    return f"{statement[:end]} {name['name']}{statement[end:]}" if name else statement


def _rest_of(memory: str, gone: Words) -> str:
    """What a joint memory of tastes says without one of them.

    >>> _rest_of("The user likes anime and video games.", _content("anime"))
    'likes video games'
    """
    joint = re.match(r"The user (likes|loves|enjoys) (.+)\.$", memory)
    parts = re.split(r", (?:and )?| and ", joint[2]) if joint else []
    rest = [part for part in parts if not _within(_object(part), gone)]
    return f"{joint[1]} {listed(rest)}" if joint and 0 < len(rest) < len(parts) else ""


def listed(parts: Sequence[str]) -> str:
    """Parts as a list in words; where one has an "and" of its own, a comma keeps them apart.

    >>> listed(["a", "b", "c"]), listed(["like tea and rum", "sing"])
    ('a, b and c', 'like tea and rum, and sing')
    """
    last = ", and " if any(" and " in part for part in parts) else " and "
    return last.join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


# ------------------------------------------------------------------------- which words are the same

Words = Mapping[str, str]  # the stem of each word that carries meaning, and its spelling in a name


@lru_cache(CACHED)
def _content(text: str) -> Words:
    """The words that carry the meaning.

    >>> _content("The user walks the dogs of Anne.")
    {'walk': '', 'dog': '', 'ann': 'anne'}
    """
    found = re.findall(r"[^\W_]+(?:'t)?", text.replace("’", "'"))
    kept = [word for word in found if word.lower() not in table.STOP_WORDS]
    return {
        stem(word.lower()): word.lower() if word.istitle() else ""
        for word in kept
        if not word.endswith("'t")
    }


def _within(few: Words, many: Words) -> bool:
    """Whether all words are among others; two names are the same only when spelled the same."""
    return all(
        word in many and (not name or not many[word] or name == many[word])
        for word, name in few.items()
    )


def _shared(some: Words, others: Words) -> set[str]:
    """The words that both have."""
    return {word for word, name in some.items() if _within({word: name}, others)}


def stem(word: str) -> str:
    """A crude stem, good enough to compare; numbers and codes stay as they are.

    >>> [stem(word) for word in ("smoking", "smokes", "smoked", "thing11")]
    ['smok', 'smok', 'smok', 'thing11']
    """
    if not word.isalpha():
        return word
    for ending in ("ies", "ing", "es", "ed", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeious":
        word = word[:-1]
    return table.SAME_STEM.get(word, word)


def base(verb: str) -> str:
    """The verb after "you".

    >>> [base(verb) for verb in ("likes", "studies", "isn't", "moved", "playing")]
    ['like', 'study', "aren't", 'moved', 'play']
    """
    if verb in table.AFTER_YOU:
        return table.AFTER_YOU[verb]
    if verb.endswith("ing"):
        short = verb[:-3]
        options = [short, short + "e", short[:-1]]
        return next((each for each in options if each in table.BASE_VERBS), verb)
    if verb in table.PAST or not verb.endswith("s") or verb.endswith("ss"):
        return verb
    if verb.endswith("ies") and len(verb) > 4:
        return verb[:-3] + "y"
    return verb[:-2] if re.search(r"(?:ss|sh|ch|x|zz|o)es$", verb) else verb[:-1]


# ------------------------------------------------------------------------- what a memory is about


@lru_cache(CACHED)
def _slots(memory: str) -> set[str]:
    """The things that a person has one of.

    >>> _slots("The user lives in Leeds."), _slots("The user's favorite color is red.")
    ({'home'}, {'favourite colour'})
    """
    found = {slot for slot, filled in table.SINGLE.items() if filled.match(memory)}
    noun = table.SINGLE_NOUN.match(memory)
    if noun:
        found.add(_same_spelling(noun[1].lower()))
    role = table.ROLE_MEMORY.match(memory)
    if role and role[1].lower() in table.PEOPLE_NOUNS:
        found.add("job")
    called = table.CALLED.match(memory)
    if called:
        found.add(f"{called[1].lower()}'s name")
    other = table.HOME_OF_OTHERS.match(memory)
    if other:
        found.add(f"{other[1]}'s home")
    return found


def _same_spelling(noun: str) -> str:
    """One spelling for a slot: "new favorite movie" -> "favourite film"."""
    noun = re.sub(r"\b(?:absolute|all-time|new|full|real) ", "", noun)
    noun = re.sub(r"\b(?:favorite|fave?)\b", "favourite", noun)
    return noun.replace("color", "colour").replace("movie", "film")


@lru_cache(CACHED)
def _frame(text: str) -> str:
    """The verb that says what is done, or whose thing it is.

    >>> _frame("The user is planning to visit Rome."), _frame("The user's boss is Ana.")
    ('visit', "The user's boss")
    """
    thing = table.THING_IS.match(text)
    if thing:
        return thing[1].replace(" new ", " ")
    match = table.FRAME.match(text)
    verb = base(match["verb"]) if match else ""
    return "be" if verb in {"a", "an", "the", "not", "in", "are", "is"} else verb


@lru_cache(CACHED)
def _is_taste(text: str) -> bool:
    """Whether a memory is a like or a dislike."""
    verb = table.TASTE_VERB.match(text)
    liked = verb and verb[1] in table.TASTE
    return bool(liked or table.FAN.match(text) or table.DISLIKE.search(text))


@lru_cache(CACHED)
def _is_against(text: str) -> bool:
    """Whether a sentence denies: "doesn't like", "no longer", "hates"."""
    denies, dislikes = table.AGAINST.search(text), table.DISLIKE.search(text)
    return bool(denies) != bool(dislikes and _is_taste(text))


@lru_cache(CACHED)
def _object(text: str) -> Words:
    """What is liked, had or done: {"jazz": ""} for "The user hates jazz."."""
    return _content(table.NO_OBJECT.sub(" ", text))


def _value(text: str) -> set[str]:
    """The words of a slot's value: {"oslo"} for "The user moved to Oslo."."""
    found = set(re.findall(r"[^\W_]+", text.lower()))
    return found - table.STOP_WORDS - table.SLOT_WORDS


# -------------------------------------------------------------- is it said already? does it change?


def _repeats(statement: str, memory: str) -> bool:
    """Whether a memory already tells the statement, in the same or in simply other words."""
    if _plain(statement) == _plain(memory):
        return True
    if _is_against(statement) != _is_against(memory):
        return False
    if _slots(statement) & _slots(memory):
        value = _value(statement)
        return value <= _value(memory) if value else _within(_content(statement), _content(memory))
    if _is_taste(statement) != _is_taste(memory):
        return False
    if _is_taste(statement):
        return bool(_object(statement)) and _within(_object(statement), _object(memory))
    content = _content(statement)
    same_owner = statement.startswith("The user's") == memory.startswith("The user's")
    if not same_owner and not re.search(r"\b(?:named|called|name is)\b", statement):
        return False
    return bool(content) and _within(content, _content(memory))


def _plain(text: str) -> str:
    """Only the words, in small letters."""
    return re.sub(r"[^\w]+", " ", text.lower()).strip()


def _revised(statement: str, known: Mapping[int, str], announced: bool) -> int | None:
    """The id of the memory that a statement changes: of several, the one it shares most with.

    What the same message told is only revised where a change is `announced` ("sorry, I mean").
    """
    content = _content(statement)
    old = [
        key
        for key, memory in known.items()
        if (key >= 0 or announced) and _replaces(statement, memory, announced)
    ]
    shared = {key: len(_shared(content, _content(known[key]))) for key in old}
    return max(old, key=shared.__getitem__, default=None)


def _replaces(statement: str, memory: str, announced: bool = False) -> bool:
    """Whether the statement is the newer truth about what the memory says."""
    if _slots(statement) & _slots(memory):
        return _same_side_of_job(statement, memory)
    return (
        any(re.search(new, statement) and re.search(old, memory) for new, old in table.CHANGES)
        or _instead_of(statement, memory)
        or _turned_around(statement, memory)
        or _ended(statement, memory)
        or _recounted(statement, memory)
        or _now_another(statement, memory, announced)
        or _rescheduled(statement, memory)
    )


def _same_side_of_job(statement: str, memory: str) -> bool:
    """A role ("a nurse") and an employer ("at Shell") go together: neither replaces the other."""
    shared = _slots(statement) & _slots(memory)
    if shared != {"job"} or table.JOB_CHANGE.search(statement):
        return True
    place = r"works? (?:at|for|in|from)\b"
    return bool(re.search(place, statement)) == bool(re.search(place, memory))


def _instead_of(statement: str, memory: str) -> bool:
    """ "tea instead of coffee" is about the memory with coffee; "the dog died" about the dog."""
    gone = table.LOST_ONE.match(statement)
    if gone:
        one = _object(gone[1])
        return bool(one) and _within(one, _object(memory)) and not _is_taste(memory)
    match = table.INSTEAD_OF.search(statement)
    if not match or _is_taste(statement) != _is_taste(memory):
        return False
    old, new = _object(match["gone"] or match["not"]), _object(_settled(statement))
    if not old or not _within(old, _content(memory)):
        return False
    only_a_time = not _content(table.WHEN.sub(" ", match["gone"] or match["not"]))
    alike = _frame(statement) == _frame(memory) or _shared(new, _object(memory))
    return bool(alike) or not only_a_time


def _turned_around(statement: str, memory: str) -> bool:
    """ "doesn't like jazz" after "likes jazz and blues", "can swim now" after "can't swim"."""
    same_kind = _is_taste(statement) == _is_taste(memory)
    if _is_against(statement) == _is_against(memory) or not same_kind:
        return False
    about, other = _object(statement), _object(memory)
    if not about or not other:
        return False
    over = re.search(r"any ?more|no longer|\bnow\b|used to", statement)
    return _within(about, other) or bool(over and _within(other, about))


def _ended(statement: str, memory: str) -> bool:
    """ "stopped smoking" after "smokes", "sold the car" after "has a red car"."""
    match = table.ENDED.match(statement)
    if not match or _is_against(memory):
        return False
    if table.GONE.search(statement) and not table.HAD.match(memory):
        return False
    what = _object(table.AFTERTHOUGHT.split(match["what"])[0]) or _object(match["what"])
    return bool(what) and _within(what, _content(memory))


def _recounted(statement: str, memory: str) -> bool:
    """ "has three kids" after "has two kids": the same things, another number."""
    if not re.match(r"The user (?:now )?has", statement) or not memory.startswith("The user has"):
        return False
    new, old = (_content(table.COUNTED.sub(" ", text)) for text in (statement, memory))
    return bool(new) and new == old and not _repeats(statement, memory)


def _now_another(statement: str, memory: str, announced: bool) -> bool:
    """ "The user's boss is now Ana" after "... is Eve", "drives a van now" after "drives a car"."""
    strong = announced or bool(table.STRONG_CHANGE.search(statement))
    if not strong and not table.WEAK_CHANGE.search(statement):
        return False
    frame = _frame(statement)
    if frame != _frame(memory) or not frame or table.AGAINST.search(statement):
        return announced and _same_plan(statement, memory)
    if frame.startswith("The user's"):
        return True
    if _is_taste(statement) and frame != "prefer":
        return False
    if frame in table.EVERYDAY_VERBS:
        alike = set(topics(statement)) & set(topics(memory))
        alike |= _shared(_object(statement), _object(memory))
        return bool(alike) if strong else _same_thing(statement, memory)
    return strong or frame in table.ONE_AT_A_TIME


def _same_thing(statement: str, memory: str) -> bool:
    """ "has green hair now" and "has blue hair" are about the same hair."""
    new, old = (list(_object(table.WEAK_CHANGE.sub(" ", text))) for text in (statement, memory))
    return bool(new and old) and new[-1] == old[-1] and _frame(statement) == "have"


def _same_plan(statement: str, memory: str) -> bool:
    """Whether both are plans, for the same time or the same thing."""
    if not table.PLANNED.match(statement) or not table.PLANNED.match(memory):
        return False
    return bool(_shared(_object(statement), _object(memory)))


def _rescheduled(statement: str, memory: str) -> bool:
    """ "The user's exam is on Friday" after "has a maths exam on Monday"."""
    definite = statement.startswith("The user's") or table.HAS_MOVED.match(statement)
    if not definite or not table.RESCHEDULED.search(statement):
        return False
    new = _content(table.RESCHEDULED.sub(" ", table.WHEN.sub(" ", statement)))
    events = {stem(event) for event in table.EVENTS} & set(new)
    return bool(events and table.WHEN.search(memory)) and _within(new, _content(memory))


def _follows(statement: str, ending: str, same_sentence: bool) -> bool:
    """Whether a statement takes the place of what just ended: "no football, boxing now"."""
    if _is_against(statement) or _slots(statement) != _slots(ending):
        return False
    if re.search(r"\binstead\b", statement) or _frame(statement) == _frame(ending) != "have":
        return True
    alike = set(topics(statement)) & set(topics(ending)) or not topics(statement)
    return same_sentence and bool(alike and table.WEAK_CHANGE.search(statement))


# ------------------------------------------------------------------------------------- forgetting


def _without_forgotten(message: str, memories: Mapping[int, str]) -> dict[int, str]:
    """The memories that stay when the message asks to forget some: "Forget my name"."""
    known = dict(memories)
    for sentence in table.FORGET_BREAK.split(tidy(message)[0]):
        what = _forgotten(sentence)
        for thing in table.NEXT_FORGOTTEN.split(what) if what is not None else []:
            _forget(thing, known)
    return known


def _forget(thing: str, known: dict[int, str]) -> None:
    """Take what is to be forgotten out of the known memories; a joint one keeps the rest."""
    gone = _object(" ".join(statements(_told_of(thing))))
    for key in _mentioned(thing, known):
        rest = _rest_of(known.pop(key), gone)
        if rest:
            known[key] = f"The user {rest}."


def _forgotten(sentence: str) -> str | None:
    """What a sentence asks to forget, or None: "please forget my name" -> "my name"."""
    rest = sentence[:500].strip(" .!?")
    for _ in range(5):
        opener = table.OPENERS.match(rest)
        if not opener or opener.end() == 0 or table.FORGET.match(rest):
            break
        rest = rest[opener.end() :]
    match = table.FORGET.match(rest)
    if not match or re.match(r"(?:don't|do not|never) forget", rest, re.IGNORECASE):
        return None
    return match["what"]


def _told_of(what: str) -> str:
    """The statement in "forget (about) the fact that I like tea"."""
    return re.sub(r"^(?:about )?(?:the fact )?(?:that )?", "", what)


def _mentioned(what: str, memories: Mapping[int, str]) -> list[int]:
    """The memories that the object of "forget" means: all, one slot, by words, or by topic."""
    if table.FORGET_ALL.match(what):
        return list(memories)
    if not re.search(r"\b(?:I|my|me|mine|we|our|the fact)\b", what, re.IGNORECASE):
        return []
    asked = {slot for row, slot, _ in table.WHERE_TO_LOOK if re.search(row, what, re.IGNORECASE)}
    named = [key for key, memory in memories.items() if asked & _slots(memory)]
    if named:
        return named
    told = statements(_told_of(what))
    wanted = _content(" ".join(told) or table.FORGET_FILLER.sub(" ", what))
    contents = {key: _content(memory) for key, memory in memories.items()}
    by_words = [key for key, content in contents.items() if wanted and _within(wanted, content)]
    if by_words or told:
        owned = [key for key in by_words if not _is_taste(memories[key])]
        return by_words if told else owned or by_words
    some = [key for key, content in contents.items() if _shared(wanted, content)]
    some = [key for key in some if not _is_taste(memories[key])] or some
    about = {topic for asked, topic, _ in table.TOPIC_QUESTIONS if re.search(asked, what)}
    about |= set(topics(what))
    return some or [key for key, memory in memories.items() if about & set(topics(memory))]


# --------------------------------------------------------- what the manager is told to store


def allowed(memory: str, instructions: str) -> bool:
    """Whether instructions like "Do not store names. Only remember food." let a memory be stored.

    >>> allowed("The user's name is Bo.", "Never store names."), allowed("The user has a cat.", "")
    (False, True)
    """
    only: list[str] = []
    plain = re.sub(r"\s+", " ", instructions.replace("’", "'"))
    for sentence in re.split(r"[.;!]+|,? (?<!anything )but |, (?=only|do not|don't|never)", plain):
        never = table.NEVER.search(sentence)
        what, *rest = table.EXCEPT.split(never["what"], maxsplit=1) if never else [""]
        if rest:
            only += rest
        elif any(_concerns(memory, thing) for thing in _things(what)):
            return False
        just = None if never else table.ONLY.search(sentence)
        only += [just["what"] or just["what2"]] if just else []
    return not only or any(_concerns(memory, thing) for what in only for thing in _things(what))


def _things(what: str) -> list[str]:
    """The parts of a list: "names, pets and food"."""
    return [thing for thing in re.split(r",|\band\b|\bor\b", what) if thing.strip()]


def _concerns(memory: str, thing: str) -> bool:
    """Whether a memory is about a thing that an instruction names, by topic or by its words."""
    words = re.findall(r"[^\W\d_]+(?:'s)?", thing.lower())
    own_name = "user's" in words and words[-1] in {"name", "names"}
    if own_name:
        return any(slot.endswith("name") and "'s" not in slot for slot in _slots(memory))
    words = [word for word in words if word not in table.INSTRUCTION_FILLER]
    if set(words) & table.TASTE_WORDS:
        return _is_taste(memory) or "favourite" in " ".join(_slots(memory))
    named = {topic for word in words for topic in _topics_named(word)}
    if named:
        told = {table.TOPIC_OF_SLOT.get(slot, slot) for slot in _slots(memory)}
        return named <= told | set(topics(memory, most=99))
    return bool(words) and _within(_content(" ".join(words)), _content(memory))


def _topics_named(word: str) -> set[str]:
    """The topic that a plain word means: {"home"} for "locations"."""
    by_stem = {stem(topic): topic for topic in table.TOPICS}
    by_stem |= {stem(plain): topic for plain, topic in table.INSTRUCTION_TOPICS.items()}
    return {by_stem[stem(word)]} if stem(word) in by_stem else set()


# ------------------------------------------------------------------------------------- the answer

WHO_I_AM = "I am memkit's offline model, a set of rules and not a language model"
MOST_FACTS = 12
NOTHING = "Nothing I was shown"


def answer(message: str, facts: Sequence[str]) -> str:
    """The chat reply, from the facts that the request itself contains and nothing else.

    >>> answer("What is my name?", [])
    'Nothing I was shown tells me your name.'
    """
    text = tidy(message)[0].strip()[:2000]
    told = statements(message)
    kept = [fact for fact in facts if not any(_replaces(new, fact) for new in told)]
    known = list(dict.fromkeys([*kept, *told]))
    if any(_forgotten(part) is not None for part in table.FORGET_BREAK.split(text)):
        return _left_out(text, facts)
    if table.OTHERS.search(text) and not re.search(r"\b(?:about me|my|I)\b", text):
        return f"I only see what comes with your message, and nobody else's. {WHO_I_AM}."
    chat = "" if told else _chat(text)
    if chat:
        return chat
    if table.ADVICE.search(text):
        return _suggest(text, known)
    if _asks_about_writer(text):
        return _recall(text, known)
    if told:
        heard = listed([f"that {to_you(fact)}" for fact in told[:4]])
        heard = f"Thanks for telling me {heard}.".replace(", and that ", " and that ")
        return heard + (f" As for the rest: {WHO_I_AM}." if "?" in text else "")
    return _small_talk(text, known)


def _left_out(text: str, facts: Sequence[str]) -> str:
    """The reply to "forget ...": what it is about. Deleting is what the memory tools do."""
    before = dict(enumerate(facts))
    after = _without_forgotten(text, before)
    gone = [to_you(fact) for key, fact in before.items() if after.get(key) != fact]
    rest = [to_you(fact) for key, fact in after.items() if before[key] != fact]
    if not gone:
        return f"{NOTHING} is about that."
    stays = f" What stays: {_some(rest)}." if rest else ""
    return f"I will leave that out: {_some(gone)}.{stays}"


def _some(parts: Sequence[str]) -> str:
    """A list that says how many parts it leaves away."""
    more = len(parts) - MOST_FACTS
    return listed([*parts[:MOST_FACTS], f"{more} more"] if more > 0 else parts)


def _chat(text: str) -> str:
    """Replies to "How are you?" and "Are you ChatGPT?"."""
    replies = []
    for part in re.split(r"(?<=[.!?])\s+", text[:200]):
        said = _bare(part)
        found = (reply for form, reply in table.SMALL_TALK if form.fullmatch(said))
        replies.append(next(found, "" if said else "-"))
    wanted = [reply.replace("<I am>", f"{WHO_I_AM}.") for reply in replies if reply != "-"]
    return " ".join(dict.fromkeys(wanted)) if all(replies) and len(text) < 200 else ""


def _asks_about_writer(text: str) -> bool:
    """Whether the message asks for something that the facts could hold."""
    if table.ABOUT_ME.search(text):
        return True
    asked = [part for part in re.split(r"(?<=[.!?,])\s+", text) if part]
    return any(
        re.search(r"\b(?:I|my|me|mine)\b", part)
        and (table.QUESTION.match(_bare(part)) or part.endswith("?"))
        and not table.ASKS_FOR_ELSE.match(_bare(part))
        for part in asked
    )


def _bare(text: str) -> str:
    """The text without openers and without its marks at the end."""
    for _ in range(4):
        opener = table.OPENERS.match(text)
        if not opener or opener.end() == 0:
            break
        text = text[opener.end() :]
    return text.strip(" .!?,")


def _recall(text: str, facts: Sequence[str]) -> str:
    """The facts that answer a question about the writer, or plain words that there are none."""
    if table.ABOUT_ME.search(text) and not re.search(r"\bmy (?:name|age|job)\b", text):
        chosen, name = list(facts), "anything about you"
    else:
        chosen, name = _relevant(text, facts)
    if not chosen:
        return f"{NOTHING} tells me {name}."
    told = _some([to_you(fact) for fact in chosen])
    return f"{told[0].upper()}{told[1:]}."


def _relevant(text: str, facts: Sequence[str]) -> tuple[list[str], str]:
    """The facts that a question is about, and a name for what it asks."""
    kin = table.MY_KIN.search(text)
    if kin:
        for asked, told, name in table.OF_KIN:
            if re.search(asked, text, re.IGNORECASE):
                about = [fact for fact in facts if _is_of(kin, fact)]
                return [fact for fact in about if re.search(told, fact)], name.format(kin["whole"])
    for pattern, slot, name in table.WHERE_TO_LOOK:
        if re.search(pattern, text, re.IGNORECASE):
            return [fact for fact in facts if slot in _slots(fact)], name
    favourite = table.FAVOURITE_ASKED.search(text)
    if favourite:
        wanted = _same_spelling(favourite[1].lower())
        return [fact for fact in facts if wanted in _slots(fact)], f"your {favourite[1]}"
    by_words = _by_words(text, facts)
    if by_words:
        return by_words, ""
    for pattern, topic, name in table.TOPIC_QUESTIONS:
        if re.search(pattern, text, re.IGNORECASE):
            return [fact for fact in facts if _has_topic(fact, topic)], name
    if table.LIKES.search(text) and not _content(table.QUESTION_FILLER.sub(" ", text)):
        return [fact for fact in facts if _is_taste(fact)], "what you like"
    return [], "that"


def _is_of(kin: re.Match[str], fact: str) -> bool:
    """Whether a fact is about a person or pet: the brother, and not the brother's dog."""
    noun, whole = re.escape(kin["noun"]), kin["whole"].lower()
    other = rf"\b{noun}'s (?!name|age|birthday|home|job|work)\w"
    if "'s" not in whole:
        other += rf"|(?<!user)'s {noun}\b"
    asked = _content(" ".join(word for word in whole.split() if is_somebody(word)))
    return _within(asked, _content(fact)) and not re.search(other, fact)


def _has_topic(fact: str, topic: str) -> bool:
    """Whether a fact is about a topic; what somebody likes is a hobby as well."""
    return topic in topics(fact, most=99) or (topic == "hobbies" and _is_taste(fact))


def _by_words(text: str, facts: Iterable[str]) -> list[str]:
    """The facts that share most of the question's own words."""
    asked = _content(table.QUESTION_FILLER.sub(" ", text))
    shared = {fact: len(_shared(asked, _content(fact))) for fact in facts}
    best = max(shared.values(), default=0)
    return [fact for fact, score in shared.items() if score == best > 0]


NO_HINT = (
    "I was shown nothing about you that I could go by, so I can't make it personal. "
    "A plain suggestion: {}."
)
ANYTHING = "pick one small thing you have been putting off, and keep the rest of the time free"
PLAIN = "take the simplest thing that sounds good to you"


def _suggest(text: str, facts: Sequence[str]) -> str:
    """Advice that names what it rests on; without facts, advice that fits anybody.

    >>> _suggest("What should I do tonight?", ["The user likes chess."])
    'Since you like chess, you could spend some time on that tonight.'
    """
    when = table.TIME_ASKED.search(text)
    at_time = f" {when[0].lower()}" if when else ""
    wanted, what = _advice_about(text)
    plan = "" if wanted else _plan_for(at_time, facts)
    likes = [fact for fact in facts if _is_taste(fact) and not _is_against(fact)]
    fitting = [fact for fact in facts if _fits(fact, wanted)]
    if not fitting and "food" not in wanted:
        fitting = likes
    chosen = [fact for fact in fitting if fact != plan][: 2 if plan else 3]
    said = [_as_plan(plan, at_time)] if plan else []
    if chosen:
        since = _since(chosen)
        what = what or f"spend some time on that{' as well' if plan else at_time}"
        said.append(f"Since {since}, you could {what}.")
    return " ".join(said) or NO_HINT.format(PLAIN if wanted else ANYTHING)


def _fits(fact: str, wanted: frozenset[str]) -> bool:
    """Whether advice about these topics may rest on a fact: a fish in a bowl is no food."""
    about = set(topics(fact, most=99))
    if wanted == {"food"}:
        kept = "pets" in about and not _is_taste(fact) and not re.search(r"\b(?:eat|cook)", fact)
        return bool(table.FOOD_LIMIT.search(fact)) or ("food" in about and not kept)
    return bool(wanted & about)


def _since(facts: Sequence[str]) -> str:
    """Facts as a reason: "you like chess, and collect stamps"."""
    first, *others = [to_you(fact) for fact in facts]
    return listed([first, *(other.removeprefix("you ") for other in others)])


def _advice_about(text: str) -> tuple[frozenset[str], str]:
    """The topics that advice of this kind rests on, and what to suggest; nothing for "do"."""
    for pattern, wanted, what in table.ADVICE_ABOUT:
        if re.search(pattern, text, re.IGNORECASE):
            return wanted, what
    return frozenset(), ""


def _plan_for(at_time: str, facts: Sequence[str]) -> str:
    """A plan for the time that was asked about; else one that is not clearly for another time."""
    plans = [fact for fact in facts if table.PLANNED.match(fact) and not _is_against(fact)]
    named = [fact for fact in plans if _names_time(at_time, fact)]
    maybe = [fact for fact in plans if table.OPEN_PLAN.match(fact) and _may_be(at_time, fact)]
    return next(iter(named + maybe), "")


def _names_time(at_time: str, plan: str) -> bool:
    """Whether a plan names the time that was asked about: "this weekend"."""
    if at_time and at_time.strip() in plan.lower():
        return True
    word = at_time.split(" ")[-1]
    far = table.FAR_TIME.search(plan) or "next" in at_time
    return bool(word and re.search(rf"\b{word}\b", plan, re.IGNORECASE)) and not far


def _may_be(at_time: str, plan: str) -> bool:
    """Whether a plan may be for that time: a plan for tomorrow may be for this weekend."""
    if table.FAR_TIME.search(plan) or "next" in at_time:
        return False
    asked, told = table.NEAR_TIME.search(at_time), table.NEAR_TIME.search(plan)
    return not asked or not told or told.lastgroup in table.FITS_TIME[asked.lastgroup or ""]


def _as_plan(plan: str, at_time: str) -> str:
    """A plan as advice: "You are planning to hike, so make that the main thing"."""
    told = to_you(plan)
    so = "make that the main thing" if _names_time(at_time, plan) else "plan around that"
    return f"{told[0].upper()}{told[1:]}, so {so}."


def _small_talk(text: str, facts: Sequence[str]) -> str:
    """Replies to what is neither a fact nor a question about the user."""
    name = next((re.sub(r"^.* is |\.$", "", f) for f in facts if "name" in _slots(f)), "")
    called = f", {name}" if name else ""
    greets = table.GREETING.match(text)
    if "?" not in text and len(text) < 60:
        if table.THANKS.match(text):
            return f"You're welcome{called}!"
        if table.BYE.match(text):
            return f"Goodbye{called}!"
        if greets and not table.QUESTION.match(_bare(text)):
            return f"Hello{called}! Tell me about yourself, or ask me what I can see about you."
    if table.YES_OR_NO.match(text):
        return "All right."
    if not text:
        return "I see an empty message. Tell me something about you."
    hello = f"Hello{called}! " if greets else ""
    return f"{hello}{WHO_I_AM}. I only know what I am shown, so I can't help with that."


# --------------------------------------------------------------------------- into the second person


def to_you(fact: str) -> str:
    """A third-person fact in the second person, without its full stop.

    >>> to_you("The user doesn't eat meat and lives with their sister.")
    "you don't eat meat and live with your sister"
    >>> to_you("The user's parents love the user and sold their car.")
    'your parents love you and sold their car'
    """
    text = fact.strip().removesuffix(".")
    thing = re.match(r"The user's (?P<noun>[\w'’-]+)(?P<rest>.*)$", text, re.DOTALL)
    if thing:
        rest = thing["rest"] if is_somebody(thing["noun"]) else _your(thing["rest"])
        return f"your {thing['noun']}{_user_to_you(rest)}"
    match = re.match(r"The user (?P<rest>.+)$", text, re.DOTALL)
    if not match:
        return text
    rest = match["rest"]
    if not rest.startswith("and "):
        rest = table.FIRST_VERB.sub(lambda m: m[1] + base(m[2]) if not m[2].endswith("ing")
                                    else m[0], rest, count=1)  # fmt: skip
        rest = table.LATER_VERB.sub(lambda m: m[1] + _base_if_verb(m[2]), rest)
    return "you " + _user_to_you(_your(rest))


def _user_to_you(text: str) -> str:
    """ "the user's" -> "your", "the user works" -> "you work"."""
    text = re.sub(r"\b[Tt]he user's\b", "your", text)
    text = table.USER_VERB.sub(lambda m: f"you {m[1] or ''}{_base_if_verb(m[2])}", text)
    return re.sub(r"\b[Tt]he user\b", "you", text)


def _base_if_verb(word: str) -> str:
    """Only real verbs change: "and works" does, "and cats" does not."""
    verb = base(word)
    is_verb = word in table.AFTER_YOU or (word.endswith("s") and verb in table.BASE_VERBS)
    return verb if is_verb else word


def _your(text: str) -> str:
    """The user's own "they" and "their" -> "you" and "your".

    In the main clause "them" is somebody else, since the user would be "themselves".

    >>> _your("helps them because they love their job")
    'helps them because you love your job'
    """
    other = table.OTHER_SUBJECT.search(text)
    main = other.start() if other else len(text)

    def yours(match: re.Match[str]) -> str:
        else_ = match[1] == "them" and match.start() < main
        return match[1] if else_ else table.YOURS[match[1]]

    return table.THEIRS.sub(yours, text)
