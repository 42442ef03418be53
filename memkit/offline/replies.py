"""What the offline model answers: in the second person, from the facts in the request alone.

>>> answer("Where do I live?", ["The user lives in Leeds."])
'You live in Leeds.'
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from memkit.offline.changes import ToolUse, applied, decide
from memkit.offline.endings import WHEN
from memkit.offline.forgetting import forgotten, pieces
from memkit.offline.framing import is_question, unwrapped
from memkit.offline.grammar import called_in, second_person
from memkit.offline.lexicon import CLASSES, LANGUAGES, with_kinds
from memkit.offline.meaning import meaning
from memkit.offline.naming import asked_for, topics_named
from memkit.offline.reading import read, topics
from memkit.offline.rules import Rule
from memkit.offline.verbs import content, pattern, tidy, verb, words

WHO_I_AM = "I am memkit's offline model, a set of rules and not a language model"
NOT_UNDERSTOOD = "I am a set of rules and did not understand that as something about you"
NOTHING = "Nothing I was shown"
MOST_FACTS = 12


def answer(message: str, facts: Sequence[str], rules: Sequence[Rule] = ()) -> str:
    """The chat reply to a message.

    >>> answer("What is my name?", [])
    'Nothing I was shown tells me your name.'
    """
    if (foreign := language(message)) is not None:
        return f"I only understand English.\n{foreign}".strip()
    text = tidy(message[:2000])[0]
    told = [fact.memory for fact in read(message, facts, rules)]
    before = dict(enumerate(facts))
    uses = decide(message, before, rules)
    known = list(dict.fromkeys([*applied(uses, before).values(), *told]))
    asks = any(forgotten(piece) is not None for piece in pieces(text))
    if asks or any(use.name == "delete_memory" for use in uses):
        what = "I will leave that out" if asks else "I take this to be over"
        return f"{_left_out(what, uses, before)} {_heard(told, '')}".strip()
    told += [str(use.arguments["memory"]) for use in uses if use.rule == "correction"]
    if OTHERS.search(text) and not re.search(r"\b(?:about me|my|I)\b", text):
        return f"I only see what comes with your message, and nobody else's. {WHO_I_AM}."
    if not told and (chat := _chat(text, known)):
        return chat
    if ADVICE.search(text):
        return _suggest(text, known)
    people = {name: kin for fact in known for name, kin in called_in(fact).items()}
    text = re.sub(
        r"(?:my [\w-]+ )?\b[A-Z][\w-]+",
        lambda name: f"my {people[name[0]]} {name[0]}" if name[0] in people else name[0],
        text,
    )
    asked = [part for part in re.split(AND_ASKS, text) if _asks_about_writer(part)]
    if asked:
        return " ".join(_recall(part, known) for part in asked)
    return _heard(told, text) or _not_understood(text)


def _heard(told: Sequence[str], text: str) -> str:
    """The acknowledgement of what a message tells; never that it is stored."""
    heard = _listed([f"that {second_person(fact)}" for fact in told[:4]])
    rest = f" As for the rest: {WHO_I_AM}." if "?" in text else ""
    heard = heard.replace(", and that ", " and that ")
    return f"Thanks for telling me {heard}.{rest}" if told else ""


def _left_out(what: str, uses: Sequence[ToolUse], before: Mapping[int, str]) -> str:
    """The reply to "forget ..." or to an end: what it is about. The memory tools delete it."""
    uses = [use for use in uses if use.rule in ("forget", "correction")]
    gone = [second_person(before[int(str(use.arguments["memory_id"]))]) for use in uses]
    rest = [
        second_person(str(use.arguments["memory"])) for use in uses if "memory" in use.arguments
    ]
    stays = f" What stays: {_some(rest)}." if rest else ""
    return f"{what}: {_some(gone)}.{stays}" if gone else f"{NOTHING} is about that."


def _not_understood(text: str) -> str:
    """The reply to what is neither a fact nor a question about the user."""
    if not text:
        return "I see an empty message. Tell me something about you."
    bare = words(unwrapped(text)[0]) or words(text) or ("",)
    if "?" in text or is_question(bare) or verb(bare[0])[1] == "base" or bare[0] == "Please":
        return f"{WHO_I_AM}. I only know what I am shown, so I can't help with that."
    return f"{NOT_UNDERSTOOD}."


def _some(parts: Sequence[str]) -> str:
    """A list that says how many parts it leaves away."""
    more = len(parts) - MOST_FACTS
    return _listed([*parts[:MOST_FACTS], f"{more} more"] if more > 0 else parts)


def _listed(parts: Sequence[str]) -> str:
    """Parts as a list in words; where one has an "and" of its own, a comma keeps them apart.

    >>> _listed(["a", "b", "c"]), _listed(["like tea and rum", "sing"])
    ('a, b and c', 'like tea and rum, and sing')
    """
    last = ", and " if any(" and " in part for part in parts) else " and "
    return last.join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


# -------------------------------------------------------------------------------------- small talk

MEMORY = (
    "What you say about yourself is kept by the agent as short sentences. When that is "
    "switched on, they are put in front of me with your next message; I keep nothing myself."
)
CHAT = [(pattern(found), reply) for found, reply in [
    (r"how (?:are|r) (?:you|things)(?: doing)?(?: (?:today|now))?|how is it going|what is up",
     "I am fine, as far as a set of rules can be. And you?"),
    (r"I am (?:\w+ )?(?:fine|good|well|ok|okay|great)(?:,? (?:too|thanks|and you))*",
     "Good to hear."),
    (r"(?:who|what)(?: exactly)? are you|what is your name|tell me about yourself", f"{WHO_I_AM}."),
    (r"are you (?:an? |the )?(?:real |chat ?gpt|gpt|claude|gemini|siri|alexa|person|human|robot|"
     r"bot|ai|language model|llm).{0,30}", f"No. {WHO_I_AM}."),
    (r"(?:how|do you have|have you got)\b.{0,20}\b(?:memory|memories|remember).{0,20}", MEMORY),
    (r"thanks?(?: you)?(?: so much| very much| a lot)?|thx|cheers|ty", "You're welcome<name>!"),
    (r"(?:(?:good ?)?bye|see (?:you|ya)|good ?night|farewell|take care).{0,20}", "Goodbye<name>!"),
    (r"(?:hi+|hello+|hey+|hiya|yo|howdy|greetings|good (?:morning|afternoon|evening|day))"
     r"(?: .{0,20})?", "Hello<name>! Tell me about yourself, or ask me what I can see about you."),
    (r"yes|no|sure|great|cool|lol|nice|fine|ok(?:ay)?", "All right."),
]]  # fmt: skip


def _chat(text: str, known: Sequence[str]) -> str:
    """Replies to "How are you?" and "Thanks!"; "" for what has more in it than that."""
    replies = []
    for piece in re.split(r"(?<=[.!?])\s+", text[:200]):
        bare = unwrapped(piece)[0].strip(" .!?,")
        said = bare or piece.strip(" .!?,")
        found = [reply for form, reply in CHAT if form.fullmatch(said)]
        replies += found[:1] or ([""] if bare else [])
    if not all(replies) or len(text) > 200:
        return ""
    names = (re.sub(r"^.* is |[.]$", "", fact) for fact in known if "name" in meaning(fact).slots)
    name = next((f", {name}" for name in names), "")
    return " ".join(dict.fromkeys(replies)).replace("<name>", name)


# ------------------------------------------------------------------------ questions about the user

OTHERS = pattern(r"""
    (?:all|every|other|another|any|each|list|show|reveal|print|dump)\b.*\b(?:users?|people|
    person|students?|customers?|database|memories|system prompt|instructions)\b""")
AND_ASKS = pattern(r"""
    (?<=[?.!]) |,? and (?=(?:what|where|who|how|when|which|do|am|is|are|have|did|can)\b)""")
ABOUT_ME = pattern(r"""
    (?:know|remember|learned|learnt|stored|saved|tell me|memories|facts|anything|something|
    everything|all)\b.*\b(?:about me|of me|about myself)\b|what (?:did|have) i (?:\w+ )?(?:tell|
    told|say|said)|who (?:am i|i am)\b|do you (?:know|remember) me\b|(?:describe|summari[sz]e) me|
    what do you (?:know|remember)\??$""")
FOR_ELSE = pattern(r"""
    (?:can|could|would|will) you|write|translate|(?:tell|give) me an?\b|how (?:do|can|should|
    would|could) I\b""")


def _asks_about_writer(text: str) -> bool:
    """Whether the message asks for something that the facts could hold."""
    for piece in re.split(r"(?<=[.!?,])\s+", text):
        bare = unwrapped(piece)[0]
        own = re.search(r"\b(?:I|my|me|mine)\b", piece)
        asks = is_question(words(bare)) or piece.endswith("?")
        if own and asks and not FOR_ELSE.match(bare):
            return True
    return bool(ABOUT_ME.search(text))


def _recall(text: str, facts: Sequence[str]) -> str:
    """The facts that answer a question about the writer, or plain words that there are none."""
    chosen, name = list(facts), "anything about you"
    if not ABOUT_ME.search(text) or re.search(r"\bmy (?:name|age|job)\b", text):
        chosen, name = _relevant(text, facts)
    told = _some([second_person(fact) for fact in chosen])
    return f"{told[:1].upper()}{told[1:]}." if chosen else f"{NOTHING} tells me {name}."


def _relevant(text: str, facts: Sequence[str]) -> tuple[list[str], str]:
    """The facts that a question is about, and a name for what it asks."""
    slots, name = asked_for(text)
    if slots:
        kin = [slot.split("'s ")[0] for slot in slots if slot.endswith("'s name")]
        return [fact for fact in facts if meaning(fact).slots.keys() & slots
                or set(kin) & set(called_in(fact).values())], name  # fmt: skip
    if favourite := re.search(r"my ((?:least )?(?:favou?rite|fave?) [a-z]+)", text, re.IGNORECASE):
        wanted = content(favourite[1])
        return [fact for fact in facts if wanted <= content(meaning(fact).owner)], (
            f"your {favourite[1]}")  # fmt: skip
    asked_words = content(text) - CLASSES["TALK"] - CLASSES["ASKED"]
    shared = {fact: len(asked_words & with_kinds(content(fact))) for fact in facts}
    if best := max(shared.values(), default=0):
        return [fact for fact, score in shared.items() if score == best], ""
    for topic in [topic for word in words(text) for topic in sorted(topics_named(word))]:
        found = [fact for fact in facts if topic in topics(fact, most=99)
                 or (topic == "hobbies" and meaning(fact).taste)]  # fmt: skip
        return found, f"about your {topic}"
    if re.search(r"\bI (?:\w+ )?(?:like|love|enjoy|hate)\b|my (?:likes|tastes?)", text):
        return [fact for fact in facts if meaning(fact).taste], "what you like"
    return [], "that"


# ------------------------------------------------------------------------------------------- advice

ADVICE = pattern(r"""
    suggest|recommend|should i|could i (?:do|cook|eat|read|watch|give)|any (?:ideas?|tips|advice)|
    help me (?:plan|choose|decide|pick|find)|what (?:can|shall|to) (?:i )?\w+|ideas? for|
    plan (?:my|a)|gift""")
TIME = pattern(r"\b(?:(?:this|next) \w+|on \w+day|at the weekend|tonight|today|tomorrow)\b")
NEAR = {"today", "tonight", "tomorrow", "weekend", "morning", "afternoon", "evening", "saturday",
        "sunday", "this", "on", "in", "at", "night"}  # fmt: skip
GENERAL = (
    "I don't have any memories about you in this request that help, so I can only suggest "
    "something general: pick one thing you've been putting off and keep the rest of the {} free."
)


def _suggest(text: str, facts: Sequence[str]) -> str:
    """Advice that names what it rests on; without facts, advice that fits anybody.

    >>> _suggest("What should I do tonight?", ["The user likes chess."])
    'Since you like chess, you could spend some time on that tonight.'
    """
    when = TIME.search(text)
    time = when[0].lower() if when else ""
    wanted = {topic for word in words(text) for topic in topics_named(word)}
    wanted &= {"food", "hobbies", "travel"}
    plan = "" if wanted else next((fact for fact in facts if _is_planned(fact, time)), "")
    chosen = [second_person(fact) for fact in facts if _fits(fact, wanted) and fact != plan]
    said = [f"Y{second_person(plan)[1:]}, so plan around that."] if plan else []
    if chosen:
        what = "look for something that fits that" if wanted else "spend some time on that"
        when_free = "" if wanted else " as well" if plan else f" {time}".rstrip()
        since = _listed([chosen[0], *(other.removeprefix("you ") for other in chosen[1:3])])
        said.append(f"Since {since}, you could {what}{when_free}.")
    return " ".join(said) or GENERAL.format(time.split()[-1] if time[:5] == "this " else "time")


def _fits(fact: str, wanted: set[str]) -> bool:
    """Whether advice about these topics, or on no topic, may rest on a fact."""
    told = meaning(fact)
    if not wanted:
        return told.taste and told.stage != "off"
    about = set(topics(fact, most=99))
    return bool(wanted & about) and not ("pets" in about and told.verb == "have")


def _is_planned(fact: str, time: str) -> bool:
    """Whether a fact is a plan for a time, or one that is not clearly for another time."""
    if meaning(fact).stage != "want":
        return False
    told = {word.lower() for word in WHEN.findall(re.sub(r"\d{4}-\d\d-\d\d", "", fact))}
    still = meaning(fact).verb in ("be", "become", "turn", "have", "want")
    return (time.split(" ")[-1] or "-") in told or (
        told <= NEAR and not still and "next" not in time
    )


# -------------------------------------------------------------------------------- other languages


def language(message: str) -> str | None:
    """What to say in the language of a message that is not English; None for English.

    >>> language("Ich wohne in Hamburg."), language("我住在上海"), language("I like tea.")
    ('Ich verstehe nur Englisch.', '我只懂英语。', None)
    """
    text = message[:500].casefold().replace("’", "'")
    letters = sum(map(str.isalpha, text))
    found = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text)
    english = sum(word in CLASSES["ENGLISH"] for word in found)
    most, said = max(english, 1, len(found) / 3 - 0.1), None
    for _, only_english, signs in LANGUAGES:
        if " " in signs:
            count = sum(word in signs.split() for word in found)
        else:
            count = 99 if len(re.findall(f"[{signs}]", text)) > letters / 3 > 0 else 0
        if count > most:
            most, said = count, only_english
    return said
