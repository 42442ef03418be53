"""What the offline model answers: in the second person, from the facts in the request alone.

>>> answer("Where do I live?", ["The user lives in Leeds."])
'You live in Leeds.'
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from memkit.offline.changes import applied, decide
from memkit.offline.framing import is_question, unwrapped
from memkit.offline.grammar import PEOPLE, called_in, second_person
from memkit.offline.lexicon import ASKED_FOR, CLASSES, LANGUAGES, TOPICS
from memkit.offline.matching import meant, to_forget, topics_named
from memkit.offline.meaning import meaning
from memkit.offline.reading import read, topics
from memkit.offline.rules import Rule
from memkit.offline.verbs import content, noun, pattern, stem, tidy, verb, words

WHO_I_AM = "I am memkit's offline model, a set of rules and not a language model"
NOT_UNDERSTOOD = "I am a set of rules and did not understand that as something about you."
NO_HELP = f"{WHO_I_AM}. I only know what I am shown, so I can't help with that."
GENERAL = (
    "I don't have any memories about you in this request that help, so I can only suggest "
    "something general: pick one thing you've been putting off and keep the rest of the {} free."
)
MEMORY = (
    "What you say about yourself is kept by the agent as short sentences. When that is "
    "switched on, they are put in front of me with your next message; I keep nothing myself."
)
SMALL_TALK = [(pattern(said), reply) for said, reply in (
    ("how are (?:you|things).{0,10}", "I am fine, as far as a set of rules can be. And you?"),
    ("(?:who|what) are you|what is your name|are you .{2,20}", f"{WHO_I_AM}."),
    (r"(?:how|do you have)\b.{0,20}\bmemory.{0,20}", MEMORY),
    ("thanks?(?: you)?.{0,20}|cheers", "You're welcome<name>!"),
    (r"(?:(?:that is )?(?:yes|no|sure|great|cool|perfect|lol|haha|ok(?:ay)?)\b[ ,!]*)+|"
     "I am (?:fine|good|well).{0,12}", "All right."),
    ("(?:good)?bye|see you.{0,10}|good night", "Goodbye<name>!"),
    (r"(?:hi|hello|hey|good (?:morning|afternoon|evening))(?: \w+)?",
     "Hello<name>! Tell me about yourself, or ask me what I can see about you."),
)]  # fmt: skip
OTHERS = pattern(r"""
    \b(?:all|every|other|any|list|show|reveal)\b.*\b(?:users?|people|students?|customers?|
    memories|system prompt|instructions)\b""")
ADVICE = pattern(
    r"suggest|recommend|should I|any (?:ideas?(?! \w)|tips|advice)|what (?:can|shall) I|gift"
)
FREE = pattern(r"\bdo\b(?! with)|\b(?:fun|bored|time|day|evening|weekend|holidays?)\b")
ABOUT_ME = pattern(r"""
    (?:know|remember|stored|memories|facts|\w+thing|all)\b.*\b(?:about|of) (?:me|myself)\b|
    what (?:did|have) I (?:\w+ )?(?:tell|told|say|said)(?!.* about my)|who (?:am I|I am)\b|
    (?:describe|summari[sz]e) me|\babout myself|\bremember me\b|\bmy (?:memories|facts)\b""")
AND_ASKS = pattern(r"(?<=[?.!]) |,? and (?=(?:what|where|who|how|when|which|do|am|is)\b)")
MINE = pattern(r"\b(?:my|of) (\w+)")
PET = pattern(rf"The user has (?:\w+ )+?(?:{'|'.join(TOPICS['pets'])})")
SOON = pattern(r"""
    \b(?:this (?:morning|afternoon|evening|week(?:end)?|\w+day)|tonight|today|tomorrow|
    \d{4}-\d\d-\d\d)\b""")
FOR_ELSE = pattern(r"""
    (?:can|could|would|will) you (?!tell me (?:my|what|who|where)|remember|know)|write|translate|
    (?:tell|give) me an?\b|how (?:do|can|should|would|could) I\b""")
WHAT_FOR_WORK = pattern(
    r"\bwhat (?:do|does) (I|my \w+(?: [A-Z]\w+)?|\w+) do(?: for (?:a living|work))?"
    r"(?=\W*$| and\b)"
)
BORN = pattern(r"\bwhen was I born\b")


def answer(message: str, facts: Sequence[str], rules: Sequence[Rule] = ()) -> str:
    """The chat reply to a message."""
    if (foreign := language(message)) is not None:
        return f"I only understand English.\n{foreign}".strip()
    text, before = tidy(message[:2000])[0], dict(enumerate(facts))
    after = applied(decide(message, before, rules), before)
    told = [fact.memory for fact in read(message, facts, rules)]
    if to_forget(message) or not before.keys() <= after.keys():
        asked = [part for part in AND_ASKS.split(text) if part.endswith("?")]
        recalled = [
            _recalled(part, [*after.values()]) for part in asked if _asks_about_writer(part, facts)
        ]
        return " ".join(filter(None, [_left_out(before, after, told), _heard(told), *recalled]))
    if OTHERS.search(text) and not re.search(r"\b(?:about me|my|I)\b", text):
        return f"I only see what comes with your message, and nobody else's. {WHO_I_AM}."
    told = told or [memory for memory in after.values() if memory not in facts]
    known = list(dict.fromkeys([*after.values(), *told]))
    if not told and (reply := _small_talk(text, known)):
        return reply
    if ADVICE.search(text):
        fits = SOON.search(text) or FREE.search(text) or _wanted(text)
        return _advice(text, known) if fits else NO_HELP
    text = WHAT_FOR_WORK.sub(
        lambda who: f"what is {_whose(who[1])} job", BORN.sub("my birthday", text)
    )
    people = {name: kin for fact in known for name, kin in called_in(fact).items()}
    for name, kin in people.items():
        text = re.sub(rf"(?:my \w+ )?\b{name}\b", f"my {kin} {name}", text)
    asked = [part for part in AND_ASKS.split(text) if _asks_about_writer(part, known)]
    if asked or told:
        rest = f" As for the rest: {WHO_I_AM}." if "?" in text else ""
        return " ".join(_recalled(part, known) for part in asked) or _heard(told) + rest
    first = (words(unwrapped(text)[0]) or ("",))[0]
    return NO_HELP if "?" in text or verb(first)[1] == "base" else NOT_UNDERSTOOD


def _whose(who: str) -> str:
    """ "my" for "I", and "my sister's" for "my sister"."""
    return "my" if who == "I" else f"{who}'s"


def _heard(told: Sequence[str]) -> str:
    """The acknowledgement of what a message tells; never that it is stored."""
    heard = " and ".join(f"that {second_person(fact)}" for fact in told[:4])
    return f"Thanks for telling me {heard}." if told else ""


def _left_out(before: Mapping[int, str], after: Mapping[int, str], told: Sequence[str]) -> str:
    """What is over, or is to be forgotten. The memory tools delete it."""
    gone = [fact for key, fact in before.items() if after.get(key) != fact]
    rest = [after[key] for key in before if key in after and after[key] not in told]
    stays = [fact for fact in rest if fact not in before.values()]
    more = f" What stays: {_listed(stays)}." if stays else ""
    what = f"I will leave that out: {_listed(gone)}.{more}"
    return what if gone else "Nothing I was shown is about that."


def _listed(facts: Sequence[str]) -> str:
    """Facts as a list in words, which says how many it leaves away."""
    parts = [second_person(fact) for fact in facts[:12]]
    parts += [f"{len(facts) - 12} more"] if len(facts) > 12 else []
    last = ", and " if any(" and " in part for part in parts) else " and "
    return last.join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _small_talk(text: str, known: Sequence[str]) -> str:
    """The reply to "How are you?" and "Thanks!"; "" for what has more in it than that."""
    said = unwrapped(text)[0].strip(" .!?,") or text.strip(" .!?,")
    reply = next((reply for form, reply in SMALL_TALK if form.fullmatch(said)), "")
    name = [re.sub(r"^.* is |[.]$", "", fact) for fact in known if "name" in meaning(fact).slots]
    return reply.replace("<name>", f", {name[0]}" if name else "")


def _asks_about_writer(text: str, known: Sequence[str]) -> bool:
    """Whether a sentence asks for something that the facts could hold."""
    bare = unwrapped(text)[0]
    asks = (is_question(words(bare)) or text.endswith("?")) and not FOR_ELSE.match(bare)
    names = [name for fact in known for name in called_in(fact)]
    own = {"I", "my", "me", "mine", *names} & set(re.findall(r"\w+", text))
    return bool(ABOUT_ME.search(text) or (asks and own))


def _recalled(text: str, facts: Sequence[str]) -> str:
    """The facts that answer a question about the writer, or plain words that there are none."""
    favourite = re.search(r"\bmy ((?:least )?favou?rite \w+)", text, re.IGNORECASE)
    chosen = facts if ABOUT_ME.search(text) else meant(text, facts, loosely=True)
    if favourite:
        chosen = [fact for fact in facts if content(favourite[1]) <= content(fact)]
    if chosen:
        told = _listed(chosen)
        return f"{told[0].upper()}{told[1:]}."
    whose = "".join(f"{noun(who)}'s " for who in MINE.findall(text) if stem(who) in PEOPLE)
    names = ["anything about you"] if ABOUT_ME.search(text) else []
    names += [f"your {favourite[1]}"] if favourite else []
    names += [f"your {whose}{name}" for name, row in ASKED_FOR.items() if row & content(text)]
    names += [f"about your {topic}" for topic in sorted(topics_named(words(text)))]
    return f"Nothing I was shown tells me {[*names, 'that'][0]}."


def _advice(text: str, facts: Sequence[str]) -> str:
    """Advice that names what it rests on; without facts, advice that fits anybody.

    >>> _advice("What should I do tonight?", ["The user likes chess."])
    'Since you like chess, you could spend some time on that tonight.'
    """
    when = (SOON.findall(text.lower()) or ["time"])[0]
    end = f" {when}" if when != "time" else ""
    wanted = _wanted(text)
    likes = [fact for fact in facts if meaning(fact).taste and meaning(fact).stage != "off"]
    if wanted:  # what one eats, or must not eat, counts as well; a fish that one has does not
        likes = [fact for fact in facts if wanted & set(topics(fact, most=99))]
        likes = sorted((fact for fact in likes if not PET.match(fact)), key=_is_taste)
    plans = [fact for fact in facts if meaning(fact).stage == "want" and SOON.search(fact)]
    advice = []
    if plans and end and not wanted:
        advice, end = [f"Y{second_person(plans[0])[1:]}, so plan around that."], " as well"
    if likes:
        since = _listed(likes[:2]).replace(" and you ", " and ")
        what = "look for something that fits that" if wanted else "spend some time on that"
        advice.append(f"Since {since}, you could {what}{end}.")
    free = when.removeprefix("this ") if when.startswith("this ") else "time"
    return " ".join(advice) or GENERAL.format(free)


def _wanted(text: str) -> set[str]:
    """What advice is asked about, of the topics on which memories say something."""
    return topics_named(words(text)) & {"food", "hobbies", "travel"}


def _is_taste(fact: str) -> bool:
    """Whether a memory is a taste, which counts less than an allergy."""
    return meaning(fact).taste


def language(message: str) -> str | None:
    """What to say in the language of a message that is not English; None for English.

    >>> language("Ich wohne in Hamburg."), language("我住在上海"), language("I like tea.")
    ('Ich verstehe nur Englisch.', '我只懂英语。', None)
    """
    text = message[:500].casefold().replace("’", "'")
    found = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text)
    english = sum(word in CLASSES["ENGLISH"] for word in found)
    most, reply = max(english, min(len(found) - 1, 1), len(found) / 4), None
    for _, only_english, signs in LANGUAGES:
        count = sum(word in signs.split() for word in found)
        if " " not in signs and len(re.findall(f"[{signs}]", text)) > len("".join(found)) / 3:
            count = 99  # most letters are of another script
        if count > most:
            most, reply = count, only_english
    return reply
