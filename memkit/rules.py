"""What the offline model does with a message: which memory tools it uses, and what it answers.

`memkit.english` reads what a message says about its writer; here are the two decisions that
follow. `decide` compares these statements with the stored memories: a new one is added, a repeated
one is left alone, a changed one updates the old memory, and "forget ..." deletes. `answer` replies
in the second person, from the facts that the request holds and from nothing else.

>>> decide("I moved to Oslo", {1: "The user lives in Leeds."})
[ToolUse(name='update_memory', arguments={'memory_id': 1, 'memory': 'The user moved to Oslo.', \
'topics': ['home']})]
>>> answer("Where do I live?", ["The user lives in Leeds."])
'From this request: you live in Leeds.'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from memkit.english import statements, tidy, topics
from memkit.vocabulary import BASE_VERBS, OPENERS, PAST, PEOPLE_NOUNS, QUESTION, words

__all__ = ["ToolUse", "answer", "decide", "statements", "topics"]


class ToolUse(NamedTuple):
    """One call of a memory tool, as a model would ask for it."""

    name: str
    arguments: dict[str, object]


# ------------------------------------------------------------------------------------- the tables

STOP_WORDS = words(
    """the user user's a an and or but to of in on at for with from by as is are was were be been
    has have had do does did my your their they them it its also too very really so just now
    still
    already who that this which about me i you s not no never n't only 's than then called named
    there what got most much lot lots bit all time actually recently currently again his her say
    says like love enjoy likes loves enjoys"""
)
SINGLE = {  # what a person has one of: (slot, how a memory that fills it reads)
    "name": r"The user's name is|The user is (?:called|named) ",
    "age": r"The user (?:is|has turned|just turned|turned|will be) (?:now |almost |only |nearly )?"
    r"\d{1,3}(?: years?| now| today|\.|$)|The user's age is",
    "birthday": r"The user's (?:birthday|date of birth) is|The user was born on",
    "birth year": r"The user was born in \d",
    "home": r"The user (?:\w+ly )?(?:still |now |just |currently |has |is )*(?:lives?|living|"
    r"moved|relocated|resides|based|settled)(?: \w+)?(?: back)?(?: (?:here|over))? (?:to|in|at|"
    r"near|"
    r"outside) (?!a\b|an\b|the (?:country|city|suburb|cent)|my\b|their\b|with\b|together\b)|"
    r"The user's (?:home|address|city|home town now) is|The user (?:no longer lives|doesn't live|"
    r"left) (?:in|at)?",
    "job": r"The user (?:\w+ly |now |just |has |no longer )*(?:works?|worked|started working|is "
    r"working|got a (?:new )?job|has a (?:new )?job|started a (?:new )?job|got a promotion|was "
    r"promoted|quit their job|lost their job|left their job|doesn't work|became an?|retired|"
    r"changed jobs|got (?:fired|hired|laid off)|is (?:unemployed|retired|between jobs))\b(?! out| "
    r"hard| with)|The user's (?:new )?(?:job|occupation|profession|work) is",
    "relationship": r"The user (?:\w+ly |now |just |has |is |no longer |isn't |recently "
    r")*(?:single|"
    r"married|engaged|divorced|widowed|dating|in a relationship|got (?:married|engaged|divorced)|"
    r"broke up|split up|seeing someone|separated|(?:has )?an? (?:new )?(?:girlfriend|boyfriend|"
    r"partner|fianc\w+))",
    "diet": r"The user (?:\w+ly |now |just |has |is |no longer |isn't |became |went |an? |also |"
    r"not )*"
    r"(?:vegan|vegetarian|pescatarian|veggie)\b|The user (?:\w+ )?eats meat (?:again|now)",
    "origin": r"The user (?:is|comes) (?:originally )?from\b",
}
SINGLE_NOUNS = (  # "The user's <noun> is ...": one value each
    r"(?:first |last |full |middle |family |real )?name|surname|nickname|age|birthday|address|"
    r"(?:phone )?number|e-?mail(?: address)?|height|weight|shoe size|star sign|zodiac sign|major|"
    r"hometown|home town|blood type|native language|mother tongue|first language|pronouns|"
    r"username|dream job|handle|least favou?rite [\w ]+?|"
    r"(?:absolute |all-time |new )*(?:favou?rite|fave?) [\w ]+?|[\w ]+'s (?:name|age|birthday)"
)
CHANGES = [  # (a statement that says it changed, the memory that it changes)
    (r"broke up|split up|divorced|separated",
     r"\b(?:girlfriend|boyfriend|partner|wife|husband|fianc\w+)\b"),
    (r"(?:switched|changed) (?:\w+ )?(?:major|course|degree|subject)s?\b|dropped out|graduated",
     r"\b(?:stud(?:y|ies|ying)|student|major)\b"),
    (r"(?:finished|left) (?:school|university|uni|college)", r"\b(?:stud(?:y|ies|ying)|student)\b"),
    (r"changed their name", r"The user's name is"),
    (r"(?:is|feels) (?:better|healthy|well) (?:now|again)", r"The user (?:is|feels) (?:ill|sick)"),
]  # fmt: skip
TASTE = words("like love enjoy adore dislike hate loathe detest prefer fancy")
AGAINST = (
    r"n't\b|\bnot\b|\bnever\b|no longer|any ?more\b|\bstopped\b|\bquit\b|\bgave up\b|\bgiven up\b"
)
DISLIKE = r"\b(?:hates?|dislikes?|loathes?|detests?|can't stand|can't bear|tired of|sick of)\b"
ENDED = re.compile(  # a statement that ends an older one; what follows is what ended
    r"The user (?:\w+ly |just |has |have |recently |finally )*(?:stopped|quit|gave up|given up|"
    r"sold|"
    r"lost|no longer|doesn't|isn't|aren't|is not|is no longer|got rid of|gave away|broke up "
    r"with|switched from|changed from|moved from|went from|dropped|cancelled|canceled|left|"
    r"finished|"
    r"don't|hates?|dislikes?|can't (?:stand|bear))\b(?P<what>.*)"
)
NUMBERS = words("one two three four five six seven eight nine ten")
FORGET = re.compile(
    r"(?:(?:can|could|will|would) you |please |just |i want you to |i'd like you to |i would like "
    r"you to |you (?:can|should|must|may) |now )*(?:forget|delete|remove|erase|wipe|clear|drop|"
    r"unlearn|discard|get rid of|throw away|take out|scrub|(?:don't|do not|stop|no longer) "
    r"(?:remember(?:ing)?|stor(?:e|ing)|keep(?:ing)?|sav(?:e|ing)))\b ?(?P<what>.*)",
    re.IGNORECASE,
)
FORGET_ALL = re.compile(
    r"(?:about )?(?:me\b|(?:absolutely )?(?:everything|all|whatever|anything)(?: of)?(?: "
    r"(?:about me|"
    r"you (?:know|have|remember|stored?|saved|learned|learnt)|my (?:memories|data|information|"
    r"facts)|"
    r"(?:the )?memories|i(?: have|'ve)? (?:told|said)|that you|of it|data|facts|from memory|the "
    r"facts).*)?$|(?:all )?(?:of )?(?:my|your|the) (?:memory|memories|data|personal data|"
    r"information|"
    r"facts|profile)\b)",
    re.IGNORECASE,
)
WHERE_TO_LOOK = [  # (what a question or a forget-request mentions, the slot, how we name it)
    (r"my (?:full |first |own |real )?name\b|(?:am i|i'm|i am) called|who (?:am i|i am)", "name",
     "your name"),
    (r"how old|my age\b", "age", "how old you are"),
    (r"my birthday|(?:was i|i was) born|my date of birth", "birthday", "your birthday"),
    (r"where (?:do )?i(?:'m| am)? (?:now )?liv|where (?:am i|i am|i'm) (?:based|living|from)|my "
     r"(?:home|"
     r"address|city|town)\b(?! ?town)|which (?:city|town|country)", "home", "where you live"),
    (r"my (?:job|work|profession|occupation|employer)|for a living|where (?:do )?i work|what i "
     r"do\b|"
     r"what do i do$|what (?:is|was) my job", "job", "your job"),
    (r"my relationship|am i (?:single|married)", "relationship", "your relationship status"),
    (r"my diet\b|am i (?:vegan|vegetarian)", "diet", "your diet"),
]  # fmt: skip
TOPIC_QUESTIONS = [  # (what a question mentions, the topic that answers it, how we name it)
    (r"\bpets?\b|animals", "pets", "about your pets"),
    (r"\bhobb(?:y|ies)\b|free time|for fun|spare time|"
     r"interests?\b", "hobbies", "about your hobbies"),
    (r"\bplans?\b|\btomorrow\b|\bweekend\b|\btonight\b|going to do|am i doing|am i going", "plans",
     "about your plans"),
    (r"\beat\b|\bfood|\bdiet|\bdrink|\bdishe?s?\b|\bcook|dinner|lunch|breakfast|recipe|meal|snack",
     "food", "what you eat"),
    (r"allerg|health|medical|illness", "health", "about your health"),
    (r"famil|relatives|siblings|children|kids|parents", "family", "about your family"),
    (r"friends?\b", "friends", "about your friends"),
    (r"languages?", "languages", "about your languages"),
    (r"stud(?:y|ies|ying)|school|university|major", "studies", "about your studies"),
    (r"travel|trip|holiday|vacation", "travel plans", "about your travels"),
    (r"\bjob|\bwork", "work", "about your work"),
]  # fmt: skip
ABOUT_ME = re.compile(
    r"(?:know|remember|learned|learnt|stored|saved|tell me|memories|facts|anything|something|"
    r"everything|all)\b.*\b(?:about me|of me|about myself)\b|what (?:did|have) i (?:\w+ "
    r")?(?:tell|told|"
    r"say|said)|who (?:am i|i am)\b|do you (?:know|remember) me\b|describe me|summari[sz]e me|"
    r"what do you (?:know|remember)$",
    re.IGNORECASE,
)
LIKES = re.compile(r"(?:what|which|do|things?|stuff).*\bi (?:really )?(?:like|love|enjoy)\b|my "
                   r"likes|"
                   r"my (?:tastes?|preferences)|(?:do|what|don't) i (?:hate|dislike)",
                   re.IGNORECASE)  # fmt: skip
ADVICE = re.compile(
    r"suggest|recommend|should i|could i (?:do|cook|eat|read|watch|make|try|wear|visit|give)|any "
    r"(?:ideas?|tips|suggestions|advice|recommendations)|help me (?:plan|choose|decide|pick|find)|"
    r"what (?:can|shall|to) (?:i )?(?:do|cook|eat|read|watch|make|try|wear)|ideas? for|what to "
    r"(?:do|"
    r"cook|eat|read|watch)|plan (?:my|a)|i need (?:an? )?(?:ideas?|recipe|suggestion|advice)|"
    r"i(?:'m| am) (?:so )?bored|gift|surprise me|inspire me",
    re.IGNORECASE,
)
GREETING = re.compile(r"(?:hi+|hello+|hey+|hiya|yo|howdy|good (?:morning|afternoon|evening|day)|"
                      r"greetings)\b", re.IGNORECASE)  # fmt: skip
THANKS = re.compile(r"(?:thanks?|thank you|thx|cheers|ty|great,? thanks|ok(?:ay)?,? thanks)\b",
                    re.IGNORECASE)  # fmt: skip
BYE = re.compile(r"(?:good ?bye|bye|see (?:you|ya)|good ?night|farewell|take care|ciao)\b",
                 re.IGNORECASE)  # fmt: skip
OTHERS = re.compile(r"(?:all|every|other|another|any|each|list|show|reveal|print|"
                    r"dump)\b.*\b(?:users?|"
                    r"people|person|students?|customers?|database|memories|system prompt|"
                    r"instructions)\b", re.IGNORECASE)  # fmt: skip

# ----------------------------------------------------------------------------- the memory decision


def decide(message: str, memories: Mapping[int, str]) -> list[ToolUse]:
    """The memory tools a message calls for, given what is stored.

    >>> [use.name for use in decide("Forget my name. I like tea.", {1: "The user's name is Bo."})]
    ['delete_memory', 'add_memory']
    """
    known = dict(memories)
    uses = [_delete(known, memory_id) for memory_id in _to_forget(message, known)]
    for said in statements(message):
        statement = re.sub(r",? (?:and )?not [^,]+\.$", ".", said) if _slots(said) else said
        old = next(
            (key for key in memories if key in known and _replaces(statement, known[key])), None
        )
        if any(_repeats(statement, memory) for memory in known.values()):
            continue
        if old is None:
            uses.append(ToolUse("add_memory", {"memory": statement, "topics": topics(statement)}))
            known[-1 - len(known)] = statement
        else:
            memory = _keeping_the_rest(statement, memories[old])
            uses = [use for use in uses if use.arguments.get("memory_id") != old]
            uses.append(_update(old, memory))
            known[old] = memory
    return uses


def _delete(known: dict[int, str], memory_id: int) -> ToolUse:
    del known[memory_id]
    return ToolUse("delete_memory", {"memory_id": memory_id})


def _update(memory_id: int, memory: str) -> ToolUse:
    arguments = {"memory_id": memory_id, "memory": memory, "topics": topics(memory)}
    return ToolUse("update_memory", arguments)


def _to_forget(message: str, memories: Mapping[int, str]) -> list[int]:
    """The ids of what the message asks to forget: "Forget my name" is the memory with the name."""
    found: list[int] = []
    for sentence in re.split(
        r"(?<=[.!?])\s+|\n+|, (?:and |but )?(?=forget|delete)", tidy(message)[0]
    ):
        what = _forgotten(sentence)
        if what is not None:
            found += [key for key in _mentioned(what, memories) if key not in found]
    return found


def _forgotten(sentence: str) -> str | None:
    """What a sentence asks to forget, or None: "please forget my name" -> "my name"."""
    bare = sentence[:500].strip(" .!?")
    for _ in range(5):
        opener = OPENERS.match(bare)
        if not opener or opener.end() == 0 or FORGET.match(bare):
            break
        bare = bare[opener.end() :]
    match = FORGET.match(bare)
    if not match or re.match(r"(?:don't|do not|never) forget", bare, re.IGNORECASE):
        return None
    return match["what"]


def _mentioned(what: str, memories: Mapping[int, str]) -> list[int]:
    """The memories that the object of "forget" means: all, one slot, by words, or by topic."""
    if FORGET_ALL.match(what):
        return list(memories)
    if not re.search(r"\b(?:I|my|me|mine|we|our|the fact)\b", what, re.IGNORECASE):
        return []
    for pattern, slot, _ in WHERE_TO_LOOK:
        if re.search(pattern, what, re.IGNORECASE):
            named = [key for key, memory in memories.items() if slot in _slots(memory)]
            if named:
                return named
    told = statements(re.sub(r"^(?:about )?(?:the fact )?(?:that )?", "", what))
    wanted = set().union(*map(_content, told)) if told else _content(what)
    wanted -= {"know", "told", "tell", "said", "rememb", "fact", "memory", "stor"}
    by_words = [key for key, memory in memories.items() if wanted and wanted <= _content(memory)]
    if by_words or told:
        return by_words
    about = {topic for pattern, topic, _ in TOPIC_QUESTIONS if re.search(pattern, what)}
    about |= set(topics(what))
    some = [key for key, memory in memories.items() if wanted & _content(memory)]
    return some or [key for key, memory in memories.items() if about & set(topics(memory))]


def _slots(memory: str) -> set[str]:
    """The single-valued things a memory tells: {"home"} for "The user lives in Leeds."."""
    found = {slot for slot, pattern in SINGLE.items() if re.match(pattern, memory, re.IGNORECASE)}
    noun = re.match(rf"The user's ({SINGLE_NOUNS}) (?:is|are|was)\b", memory, re.IGNORECASE)
    if noun:
        found.add(_same_spelling(noun[1].lower()))
    role = re.match(r"The user is (?:now |no longer |currently )?an? (?:[\w-]+ "
                    r"){0,2}?([\w-]+)(?: (?:at|in|"
                    r"for|from|now|by|with|and)\b.*)?\.$", memory)  # fmt: skip
    if role and role[1].lower() in PEOPLE_NOUNS:
        found.add("job")
    other = re.match(r"The user's (\w+)(?: [A-Z]\w+)? (?:now |has |just )*(?:lives|moved|is "
                     r"living) (?:in|to)"
                     r"\b", memory)  # fmt: skip
    if other:
        found.add(f"{other[1]}'s home")
    return found


def _same_spelling(noun: str) -> str:
    noun = re.sub(r"\b(?:absolute|all-time|new|full|real) ", "", noun)
    noun = re.sub(r"\b(?:favorite|fave?)\b", "favourite", noun.replace("color", "colour"))
    return {"movie": "film"}.get(noun, noun.replace("movie", "film"))


def _content(text: str) -> set[str]:
    """The stems that carry the meaning: {"dog", "rex"} for "The user has a dog named Rex."."""
    found = re.findall(r"[^\W_]+(?:'t)?", text.lower().replace("’", "'"))
    return {_stem(word) for word in found if word not in STOP_WORDS and not word.endswith("'t")} - {
        ""
    }


def _stem(word: str) -> str:
    """A crude stem, good enough to compare: smoking, smokes, smoked -> smok."""
    for ending in ("ies", "ing", "es", "ed", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return (
        word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeious" else word
    )


def _is_taste(text: str) -> bool:
    verb = re.match(r"The user (?:\w+ly |really |no longer |doesn't |does not |also |still |"
                    r"never )*"
                    r"(\w+?)s?\b", text)  # fmt: skip
    fan = re.match(
        r"The user (?:is|isn't)(?: \w+)* (?:into|fan of|fond of|keen on|mad about)\b", text
    )
    return bool(fan or (verb and verb[1] in TASTE) or re.search(DISLIKE, text))


def _is_against(text: str) -> bool:
    """Whether a sentence denies: "doesn't like", "no longer", "hates"."""
    return bool(re.search(AGAINST, text)) != bool(re.search(DISLIKE, text) and _is_taste(text))


def _object(text: str) -> set[str]:
    """What a sentence is about, without verbs of taste or having: {"jazz"} for "hates jazz"."""
    bare = re.sub(DISLIKE + r"|\b(?:prefers?|adores?|own[s]?|anymore|any more|any longer|fan|"
                            r"into|fond|"
                  r"keen|longer|stopped|quit|gave up|given up|instead|plays?|playing|watching|"
                  r"listening|eating|drinking|drinks?|eats?|dislikes?|"
                  r"one)\b", " ", text)  # fmt: skip
    return _content(bare)


def _repeats(statement: str, memory: str) -> bool:
    """Whether a memory already tells the statement, in the same or in simply other words."""
    if _plain(statement) == _plain(memory):
        return True
    if _is_against(statement) != _is_against(memory):
        return False
    shared = _slots(statement) & _slots(memory)
    if shared:
        return _value(statement) <= _value(memory)
    if _is_taste(statement) and _is_taste(memory):
        return bool(_object(statement)) and _object(statement) <= _object(memory)
    same_subject = statement.startswith("The user's") == memory.startswith("The user's") or bool(
        re.search(r"\b(?:named|called|name is)\b", statement)
    )
    return same_subject and bool(_content(statement)) and _content(statement) <= _content(memory) \
        and _is_taste(statement) == _is_taste(memory)  # fmt: skip


def _plain(text: str) -> str:
    return re.sub(r"[^\w]+", " ", text.lower()).strip()


def _value(text: str) -> set[str]:
    """The words of a slot's value: {"oslo"} for "The user moved to Oslo."."""
    return _content(text) - {
        "nam", "liv", "mov", "work", "job", "year", "old", "turn", "bas", "resid", "birthda", "new",
        "bear", "born", "toda", "ag", "last", "weekend", "relocat", "start", "becam", "birthday",
    }  # fmt: skip


def _replaces(statement: str, memory: str) -> bool:
    """Whether the statement is the newer truth about what the memory says."""
    if _slots(statement) & _slots(memory):
        return _same_job_side(statement, memory)
    if any(re.search(new, statement) and re.search(old, memory) for new, old in CHANGES):
        return True
    if _is_now_another(statement, memory):
        return True
    against = _is_against(statement), _is_against(memory)
    if against[0] != against[1] and _is_taste(statement) == _is_taste(memory):
        about, other = _object(statement), _object(memory)
        return bool(about and other) and (about <= other or other <= about)
    ended = ENDED.match(statement)
    had = r"The user (?:\w+ly )?(?:has|had|owns?|got|bought|drives?|adopted)\b|The user's"
    gone = r"n't (?:have|own)|no longer (?:has|owns)|sold|gave away|got rid|lost"
    if re.search(gone, statement) \
            and not re.match(had, memory):  # fmt: skip
        return False
    if ended and not against[1]:
        what = (
            re.split(r"\b(?:to|because|but|they|as)\b(?! smok)|[,;]", ended["what"])[0]
            or ended["what"]
        )
        return bool(_object(what)) and _object(what) <= _object(memory)
    return _same_but_counted(statement, memory)


def _is_now_another(statement: str, memory: str) -> bool:
    """ "The user's boss is now Ana", "now prefers tea", "tea instead of coffee", "the dog died"."""
    noun = re.match(r"The user's (.+?) (?:is|are) (?:now|no longer)\b", statement)
    if noun and re.match(rf"The user's {re.escape(noun[1])} (?:is|are)\b", memory):
        return True
    verbs = [
        re.match(
            r"The user (?:now )?(prefers|drives|studies|uses|supports|teaches|drinks|is "
            r"studying|wears|is reading|goes to) ",
            text,
        )
        for text in (statement, memory)
    ]
    if verbs[0] and verbs[1] and verbs[0][1] == verbs[1][1] and re.search(r"\bnow\b", statement):
        return True
    gone = re.match(r"The user's ([\w]+)(?: [A-Z]\w+)? (?:has )?(?:died|passed away|ran away|"
                    r"got stolen|"
                    r"was stolen|broke down)", statement) \
        or re.search(r"\b(?:instead of|rather than) ([^,.]+)", statement)  # fmt: skip
    return bool(gone and _object(gone[1]) and _object(gone[1]) <= _object(memory)
                and not _is_taste(memory))  # fmt: skip


def _same_job_side(statement: str, memory: str) -> bool:
    """A role ("a nurse") and an employer ("at Shell") go together, so neither replaces the "
    "other."""
    if _slots(statement) & _slots(memory) != {"job"} or re.search(
        r"new|quit|lost|left|no "
        r"longer|now|"
        r"n't|retired",
        statement,
    ):
        return True
    place = r"works? (?:at|for|in|from)\b"
    return bool(re.search(place, statement)) == bool(re.search(place, memory))


def _same_but_counted(statement: str, memory: str) -> bool:
    """ "has three kids" after "has two kids": the same things, another number."""
    number = r"\b(?:\d+|" + "|".join(sorted(NUMBERS)) + r"|an?)\b"
    if not (re.match(r"The user (?:now )?has", statement) and re.match(r"The user has", memory)):
        return False
    rest = [_content(re.sub(number, " ", text)) for text in (statement, memory)]
    return bool(rest[0]) and rest[0] == rest[1] and not _repeats(statement, memory)


def _keeping_the_rest(statement: str, memory: str) -> str:
    """A joint memory keeps what did not change: anime goes, and video games stay."""
    joint = re.match(r"The user ((?:likes|loves|enjoys)) (.+)\.$", memory)
    if not joint or not _is_against(statement) or not _is_taste(statement):
        return statement
    parts = re.split(r", (?:and )?| and ", joint[2])
    rest = [part for part in parts if not _object(part) <= _object(statement)]
    if not rest or len(rest) == len(parts):
        return statement
    return f"{statement[:-1]} but still {joint[1]} {_listed(rest)}."


def _listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _said(facts: Sequence[str]) -> str:
    """Facts as one sentence to the user: "you like tea, and you live in Leeds"."""
    told = [to_you(fact) for fact in facts]
    return ", and ".join(filter(None, [", ".join(told[:-1]), *told[-1:]]))


# ------------------------------------------------------------------------------------- the answer

WHO_I_AM = "I am memkit's offline model, a set of rules and not a language model"
MOST_FACTS = 12


def answer(message: str, facts: Sequence[str]) -> str:
    """The chat reply, from the facts that the request itself contains and nothing else.

    >>> answer("What is my name?", [])
    'Nothing in this request tells me your name.'
    """
    text = tidy(message)[0].strip()[:2000]
    told = statements(message)
    kept = [fact for fact in facts if not any(_replaces(new, fact) for new in told)]
    known = list(dict.fromkeys([*kept, *told]))
    if _forgets(text):
        return "Understood. I answer only from what each request holds."
    if OTHERS.search(text) and not re.search(r"\b(?:about me|my|I)\b", text):
        return f"I only see this request, and nobody else's. {WHO_I_AM}."
    if ADVICE.search(text):
        return _suggest(text, known)
    if _asks_about_writer(text):
        return _recall(text, known)
    if told:
        heard = f"Thanks for telling me: {_said(told[:4])}."
        return heard + (f" As for the rest: {WHO_I_AM}." if "?" in text else "")
    return _small_talk(text, known)


def _forgets(text: str) -> bool:
    return any(_forgotten(part) is not None for part in re.split(r"(?<=[.!?])\s+", text))


def _asks_about_writer(text: str) -> bool:
    """Whether the message asks for something that the facts could hold."""
    if ABOUT_ME.search(text):
        return True
    asked = [part for part in re.split(r"(?<=[.!?,])\s+", text) if part]
    return any(
        re.search(r"\b(?:I|my|me|mine)\b", part)
        and (QUESTION.match(_bare(part)) or part.endswith("?"))
        and not re.match(r"(?:can|could|would|will) you|write|translate|(?:tell|give) me an?\b|"
                         r"how (?:do|can|should|would|could) I\b", _bare(part), re.IGNORECASE)
        for part in asked
    )  # fmt: skip


def _bare(text: str) -> str:
    for _ in range(4):
        opener = OPENERS.match(text)
        if not opener or opener.end() == 0:
            break
        text = text[opener.end() :]
    return text.strip(" .!?,")


def _recall(text: str, facts: Sequence[str]) -> str:
    """The facts that answer a question about the writer, or plain words that there are none."""
    name = "that"
    if ABOUT_ME.search(text) and not re.search(r"\bmy (?:name|age|job)\b", text):
        chosen, name = list(facts), "anything about you"
    else:
        chosen, name = _relevant(text, facts)
    if not chosen:
        return f"Nothing in this request tells me {name}."
    return f"From this request: {_said(chosen[:MOST_FACTS])}."


def _relevant(text: str, facts: Sequence[str]) -> tuple[list[str], str]:
    """The facts that a question is about, and a name for what it asks."""
    for pattern, slot, name in WHERE_TO_LOOK:
        if re.search(pattern, text, re.IGNORECASE):
            by_slot = [fact for fact in facts if slot in _slots(fact)]
            return by_slot or _by_words(text, facts, slot), name
    favourite = re.search(r"my ((?:least )?(?:favou?rite|fave?) [a-z]+)", text, re.IGNORECASE)
    if favourite:
        wanted = _same_spelling(favourite[1].lower())
        return [fact for fact in facts if wanted in _slots(fact)], f"your {favourite[1]}"
    by_words = _by_words(text, facts)
    if by_words:
        return by_words, ""
    for pattern, topic, name in TOPIC_QUESTIONS:
        if re.search(pattern, text, re.IGNORECASE):
            return [fact for fact in facts if _has_topic(fact, topic)], name
    if LIKES.search(text) and not _content(re.sub(r"\b(?:know|things?|stuff|kinds?)\b", "", text)):
        return [fact for fact in facts if _is_taste(fact)], "what you like"
    return [], "that"


def _has_topic(fact: str, topic: str) -> bool:
    wanted = {"hobbies": {"hobbies"}, "travel plans": {"travel"}}.get(topic, {topic})
    return bool(wanted & set(topics(fact))) or (topic == "hobbies" and _is_taste(fact))


def _by_words(text: str, facts: Iterable[str], slot: str = "") -> list[str]:
    """The facts that share most of the question's own words."""
    generic = {"nam", "ag", "job", "know", "tell", "rememb", "work", "liv", "old", "birthda", "hav"}
    asked = _content(text) - {"know", "tell", "rememb", "told", "pleas", "mean"}
    special = asked - generic - {"favourit", "favorit"}
    if slot or not special:
        return []
    scored = [(len(special & _content(fact)), fact) for fact in facts]
    best = max((score for score, _ in scored), default=0)
    return [fact for score, fact in scored if score == best and best > 0]


def _suggest(text: str, facts: Sequence[str]) -> str:
    """Advice that names what it rests on; without facts, advice that fits anybody."""
    useful = [fact for fact in facts if "name" not in _slots(fact)]
    if not useful:
        return ("This request holds nothing about you that I could go by, so I can't make it "
                "personal. "
                "A plain suggestion: pick one small thing you have been putting off, and keep "
                "the rest "
                "of the time free.")  # fmt: skip
    food = re.search(r"eat|food|cook|dinner|lunch|breakfast|recipe|meal|snack", text, re.IGNORECASE)
    topic = [fact for fact in useful if food and {"food", "health"} & set(topics(fact))]
    likes = [fact for fact in useful if _is_taste(fact) and not _is_against(fact)]
    chosen = (topic or likes or useful)[:3]
    since = _said(chosen)
    what = "something to eat that fits that" if food else "something that goes with that"
    return f"Since {since}, how about {what}? I know no more about you than this request tells me."


def _small_talk(text: str, facts: Sequence[str]) -> str:
    """Replies to what is neither a fact nor a question about the user."""
    name = next((re.sub(r"^.* is |\.$", "", f) for f in facts if "name" in _slots(f)), "")
    called = f", {name}" if name else ""
    if "?" not in text and len(text) < 60:
        if THANKS.match(text):
            return f"You're welcome{called}!"
        if BYE.match(text):
            return f"Goodbye{called}!"
        if GREETING.match(text) and not QUESTION.match(_bare(text)):
            return (
                f"Hello{called}! Tell me something about you, or ask me what I can see about you."
            )
    if re.fullmatch(
        r"(?:ok(?:ay)?|yes|no|sure|great|cool|lol|nice|fine)[ .!]*", text, re.IGNORECASE
    ):
        return "All right."
    if not text:
        return "I see an empty message. Tell me something about you."
    hello = f"Hello{called}! " if GREETING.match(text) else ""
    return (
        f"{hello}{WHO_I_AM}: I answer only from what this request holds, so I can't help with that."
    )


def to_you(fact: str) -> str:
    """A third-person fact in the second person, without its full stop.

    >>> to_you("The user doesn't eat meat and lives with their sister.")
    "you don't eat meat and live with your sister"
    """
    text = fact.strip().removesuffix(".")
    if text.startswith("The user's "):
        return "your " + _your(text.removeprefix("The user's "))
    match = re.match(r"The user (?P<rest>.+)$", text)
    if not match:
        return text
    rest = match["rest"]
    if not rest.startswith("and "):
        rest = re.sub(r"^((?:\w+ly |also |often |never |always |still |now |just |sometimes |no "
                      r"longer )*)"
                      r"([\w'-]+)", lambda m: m[1] + _base(m[2]), rest)  # fmt: skip
        rest = re.sub(r"\b(and|but|but still|and also)( (?:really |often )?)([\w']+)",
                      lambda m: m[1] + m[2] + _base_if_verb(m[3]), rest)  # fmt: skip
    return "you " + _your(rest)


def _base(verb: str) -> str:
    """The verb after "you": likes -> like, studies -> study, isn't -> aren't, moved -> moved."""
    changed = {"is": "are", "isn't": "aren't", "was": "were", "wasn't": "weren't", "has": "have",
               "hasn't": "haven't", "does": "do", "doesn't": "don't", "goes": "go"}  # fmt: skip
    if verb in changed:
        return changed[verb]
    if verb in PAST or not verb.endswith("s") or verb.endswith("ss"):
        return verb
    if verb.endswith("ies") and len(verb) > 4:
        return verb[:-3] + "y"
    return verb[:-2] if re.search(r"(?:ss|sh|ch|x|zz|o)es$", verb) else verb[:-1]


def _base_if_verb(word: str) -> str:
    """Only real verbs change after "and": "and works", but "and cats"."""
    known = word in {"is", "has", "does", "doesn't", "isn't", "was", "hasn't"}
    return _base(word) if known or (word.endswith("s") and _base(word) in BASE_VERBS) else word


def _your(text: str) -> str:
    pronouns = {"they": "you", "them": "you", "their": "your", "theirs": "yours",
                "themselves": "yourself"}  # fmt: skip
    return re.sub(r"\b(they|them|their|theirs|themselves)\b", lambda m: pronouns[m[1]], text)
