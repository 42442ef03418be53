"""What the offline model answers: in the second person, from the facts in the request alone.

>>> answer("Where do I live?", ["The user lives in Leeds."])
'You live in Leeds.'
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from memkit.offline.forgetting import forgotten, without_forgotten
from memkit.offline.grammar import second_person
from memkit.offline.lexicon import COMMON_WORDS, ONLY_ENGLISH
from memkit.offline.meaning import ASKED, PEOPLE, content, meaning, replaces, rows
from memkit.offline.reading import PERSONS, QUESTION, pattern, read, topics, without_openers
from memkit.offline.rules import Rule, singular
from memkit.offline.verbs import sentences, tidy

WHO_I_AM = "I am memkit's offline model, a set of rules and not a language model"
NOT_UNDERSTOOD = "I am a set of rules and did not understand that as something about you"
NOTHING = "Nothing I was shown"
MOST_FACTS = 12


def answer(message: str, facts: Sequence[str], rules: Sequence[Rule] = ()) -> str:
    """The chat reply to a message.

    >>> answer("What is my name?", [])
    'Nothing I was shown tells me your name.'
    """
    if foreign := language(message):
        return f"I only understand English.\n{ONLY_ENGLISH.get(foreign, '')}".strip()
    text = tidy(message[:2000])[0]
    told = [fact.memory for fact in read(message, facts, rules)]
    news = [meaning(fact) for fact in told]
    kept = [fact for fact in facts if not any(replaces(new, meaning(fact)) for new in news)]
    known = list(dict.fromkeys([*kept, *told]))
    if any(forgotten(piece) is not None for piece in sentences(text)):
        return f"{_left_out(text, facts)} {_heard(told, '')}".strip()
    if OTHERS.search(text) and not re.search(r"\b(?:about me|my|I)\b", text):
        return f"I only see what comes with your message, and nobody else's. {WHO_I_AM}."
    if not told and (chat := _chat(text, known)):
        return chat
    if ADVICE.search(text):
        return _suggest(text, known)
    if _asks_about_writer(text):
        return _recall(text, known)
    return _heard(told, text) or _not_understood(text)


def _heard(told: Sequence[str], text: str) -> str:
    """The acknowledgement of what a message tells; never that it is stored."""
    heard = _listed([f"that {second_person(fact)}" for fact in told[:4]])
    rest = f" As for the rest: {WHO_I_AM}." if "?" in text else ""
    return (
        f"Thanks for telling me {heard.replace(', and that ', ' and that ')}.{rest}" if told else ""
    )


def _left_out(text: str, facts: Sequence[str]) -> str:
    """The reply to "forget ...": what it is about. Deleting is what the memory tools do."""
    before = dict(enumerate(facts))
    after = without_forgotten(text, before)
    gone = [second_person(fact) for key, fact in before.items() if after.get(key) != fact]
    rest = [second_person(fact) for key, fact in after.items() if before[key] != fact]
    stays = f" What stays: {_some(rest)}." if rest else ""
    return f"I will leave that out: {_some(gone)}.{stays}" if gone else f"{NOTHING} is about that."


def _not_understood(text: str) -> str:
    """The reply to what is neither a fact nor a question about the user."""
    bare = without_openers(text)[0]
    if not text:
        return "I see an empty message. Tell me something about you."
    if "?" in text or QUESTION.match(bare) or ORDER.match(bare):
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

CHAT = rows(r"""
how (?:are|r) (?:you|things)(?: doing)?(?: (?:today|now|feeling))? => <fine>
how is it going|what is up|how do you do => <fine>
I am (?:\w+ )?(?:fine|good|well|ok|okay|great|al(?:l )?right)(?:,? (?:too|thanks|and you))*
   => <good>
(?:who|what)(?: exactly)? are you|what is your name|tell me about yourself => <who>
are you (?:an? )?(?:real|ai|robot|bot|chatbot)(?: or .*)? => <who>
are you (?:an? |the )?(?:chat ?gpt|gpt.*|claude|gemini|copilot|siri|alexa|llama)(?: or .*)?
   => No. <who>
are you (?:an? |the )?(?:real )?(?:person|human(?: being)?|language model|llm)(?: or .*)?
   => No. <who>
how (?:does|do|is) (?:your|the|you).{0,20}(?:memory|memories|remember).{0,30} => <memory>
(?:do you have|have you got) (?:a |any )?(?:memory|memories) => <memory>
how (?:do|can|will) you (?:remember|know|store).{0,30} => <memory>
thanks?(?: you)?(?: so much| very much| a lot)?|thx|cheers|ty => You're welcome<name>!
(?:good ?)?bye.{0,20}|see (?:you|ya).{0,20}|good ?night.{0,20}|farewell|take care|ciao
   => Goodbye<name>!
(?:hi+|hello+|hey+|hiya|yo|howdy|greetings|good (?:morning|afternoon|evening|day))(?: .{0,20})?
   => <hello>
yes|no|sure|great|cool|lol|nice|fine|ok(?:ay)? => All right.
""")
SAYS = {
    "<fine>": "I am fine, as far as a set of rules can be. And you?",
    "<good>": "Good to hear.",
    "<who>": f"{WHO_I_AM}.",
    "<hello>": "Hello<name>! Tell me about yourself, or ask me what I can see about you.",
    "<memory>": "What you say about yourself is kept by the agent as short sentences. When that is "
    "switched on, they are put in front of me with your next message; I keep nothing myself.",
}


def _chat(text: str, known: Sequence[str]) -> str:
    """Replies to "How are you?" and "Thanks!"; "" for what has more in it than that."""
    replies = []
    for piece in re.split(r"(?<=[.!?])\s+", text[:200]):
        bare = without_openers(piece)[0].strip(" .!?,")
        said = bare or piece.strip(" .!?,")
        found = [reply for form, reply in CHAT if re.fullmatch(form, said, re.IGNORECASE)]
        replies += found[:1] or ([""] if bare else [])
    if not all(replies) or len(text) > 200:
        return ""
    reply = re.sub("<[^n]\\w+>", lambda match: SAYS[match[0]], " ".join(dict.fromkeys(replies)))
    names = (re.sub(r"^.* is |[.]$", "", fact) for fact in known if "name" in meaning(fact).slots)
    return reply.replace("<name>", next((f", {name}" for name in names), ""))


# ------------------------------------------------------------------------ questions about the user

OTHERS = pattern(r"""
    (?:all|every|other|another|any|each|list|show|reveal|print|dump)\b.*\b(?:users?|people|
    person|students?|customers?|database|memories|system prompt|instructions)\b""")
ORDER = pattern(r"""
    (?:please )?(?:write|make|play|show|explain|translate|calculate|help|tell|give|find|draw|
    sing|i (?:need|want|would like))\b""")
ABOUT_ME = pattern(r"""
    (?:know|remember|learned|learnt|stored|saved|tell me|memories|facts|anything|something|
    everything|all)\b.*\b(?:about me|of me|about myself)\b|what (?:did|have) i (?:\w+ )?(?:tell|
    told|say|said)|who (?:am i|i am)\b|do you (?:know|remember) me\b|describe me|summari[sz]e me|
    what do you (?:know|remember)\??$""")
LIKES = pattern(r"""
    (?:what|which|do|things?|stuff).*\bi (?:really )?(?:like|love|enjoy)\b|my likes|
    my (?:tastes?|preferences)|(?:do|what|don't) i (?:hate|dislike)""")
FOR_ELSE = pattern(r"""
    (?:can|could|would|will) you|write|translate|(?:tell|give) me an?\b|how (?:do|can|should|
    would|could) I\b""")
FILLER = pattern(r"""
    \b(?:know|tell|told|remember|things?|stuff|kinds?|please|mean|name|age|job|work|live|old|
    birthday|favou?rite|have|called|like|love|enjoy|do|want|going|plan)\b""")
OF_KIN = rows(r"""
birthday|\bborn\b => birthday|\bborn\b => your {}'s birthday
how old|\bage\b => \b\d{1,3}\b(?! (?!years?\b)\w+s\b)|\byears?\b|born|\bage\b|turn|-year-old
   => how old your {} is
\bnames?\b|\bcalled\b => \b(?:named|called|names?)\b|\b(?:<person>)(?: is|,)? [A-Z]
   => your {}'s name
\bwhere\b.*\b(?:live|from)|which (?:city|town) => \b(?:liv|moved|from|based|home)
   => where your {} lives
\bjob\b|for a living|\bwhere\b.*\bwork\b => \b(?:work|job|is an? ) => your {}'s job
""")
TOPICAL = rows(r"""
\bpets?\b|animals => pets => about your pets
\bhobb(?:y|ies)\b|free time|for fun|spare time|interests?\b => hobbies => about your hobbies
\bplans?\b|\btomorrow\b|\bweekend\b|\btonight\b|going to do|am i (?:doing|going) => plans
   => about your plans
\beat\b|\bfood|\bdiet|\bdrink|\bdish|\bcook|dinner|lunch|breakfast|recipe|meal|snack => food
   => what you eat
allerg|health|medical|illness => health => about your health
famil|relatives|siblings|children|kids|parents => family => about your family
friends?\b => friends => about your friends
languages? => languages => about your languages
stud(?:y|ies|ying)|school|university|major => studies => about your studies
travel|trip|holiday|vacation => travel => about your travels
\bjob|\bwork => work => about your work
""")
KIN = re.compile(
    rf"\bmy (?P<whole>(?:[\w-]+ )?(?:(?:{PERSONS})'s )*(?P<noun>{PERSONS}))s?\b", re.IGNORECASE
)


def _asks_about_writer(text: str) -> bool:
    """Whether the message asks for something that the facts could hold."""
    for piece in re.split(r"(?<=[.!?,])\s+", text):
        bare = without_openers(piece)[0]
        own = re.search(r"\b(?:I|my|me|mine)\b", piece)
        if own and (QUESTION.match(bare) or piece.endswith("?")) and not FOR_ELSE.match(bare):
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
    kin = KIN.search(text)
    for asked, told, name in OF_KIN if kin else ():
        if kin and re.search(asked, text, re.IGNORECASE):
            about = [fact for fact in facts if _is_of(kin, fact)]
            return [fact for fact in about if re.search(told, fact)], name.format(kin["whole"])
    for asked, slots, name in ASKED:
        if re.search(asked, text, re.IGNORECASE):
            found = [fact for fact in facts if meaning(fact).slots.keys() & set(slots.split())]
            return found, name
    favourite = re.search(r"my ((?:least )?(?:favou?rite|fave?) [a-z]+)", text, re.IGNORECASE)
    if favourite:
        wanted = content(favourite[1])
        found = [fact for fact in facts if wanted <= content(meaning(fact).owner)]
        return found, f"your {favourite[1]}"
    asked_words = content(FILLER.sub(" ", text))
    shared = {fact: len(asked_words & content(fact)) for fact in facts}
    if best := max(shared.values(), default=0):
        return [fact for fact, score in shared.items() if score == best], ""
    for asked, topic, name in TOPICAL:
        if re.search(asked, text, re.IGNORECASE):
            taste = topic == "hobbies"
            found = [fact for fact in facts if topic in topics(fact, most=99)
                     or (taste and meaning(fact).taste)]  # fmt: skip
            return found, name
    if LIKES.search(text):
        return [fact for fact in facts if meaning(fact).taste], "what you like"
    return [], "that"


def _is_of(kin: re.Match[str], fact: str) -> bool:
    """Whether a fact is about a person or pet: the brother, and not the brother's dog."""
    noun, whole = re.escape(kin["noun"]), kin["whole"].lower()
    other = rf"\b{noun}'s (?!name|age|birthday|home|job|work)\w"
    if "'s" not in whole:
        other += rf"|(?<!user)'s {noun}\b"
    known = [word for word in whole.split() if singular(word) in PEOPLE]
    return content(" ".join(known)) <= content(fact) and not re.search(other, fact)


# ------------------------------------------------------------------------------------------- advice

ADVICE = pattern(r"""
    suggest|recommend|should i|could i (?:do|cook|eat|read|watch|make|try|wear|visit|give)|
    any (?:ideas?|tips|suggestions?|advice|recommendations)|help me (?:plan|choose|decide|pick|
    find)|what (?:can|shall|to) (?:i )?(?:do|cook|eat|read|watch|make|try|wear)|ideas? for|
    plan (?:my|a)|i need (?:an? )?(?:ideas?|recipe|suggestion|advice)|i am (?:so )?bored|gift|
    surprise me|inspire me""")
ABOUT = rows(r"""
\b(?:eat|food|cook|dinner|lunch|breakfast|recipe|meal|snack|restaurant|drink) => food
   => look for something to eat that fits that
\b(?:book|read|film|movie|watch|series|music|song|game) => hobbies => look for one along those lines
\b(?:gift|present) => hobbies food pets => choose something to do with that
\b(?:travel|trip|visit|holiday|vacation|go to) => travel hobbies
   => look for a place that goes with that
""")
TIME = pattern(r"""
    \b(?:(?:this|next) (?:weekend|week|evening|afternoon|morning|summer|winter|month|friday|
    saturday|sunday)|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|at the weekend|tonight|today|
    tomorrow)\b""")
PLANNED = pattern(r"""
    The user (?:\w+ly |also |still )*(?:is (?:now )?\w+ing|will|plans|has (?:tickets|
    an? [\w ]{2,30}))\b""")
OPEN_PLAN = pattern(r"""
    The user (?:\w+ly |also |still )*(?:is (?:now )?(?:(?:going|planning|hoping|
    about)(?! to (?:be|become|have|turn)\b)|visiting|flying|travell?ing|meeting|seeing)|
    will (?!be\b|become\b|turn\b|have\b)|plans to|has tickets)\b""")
FAR = pattern(r"""
    \b(?:january|february|march|april|(?:in|next|of) may|june|july|august|september|october|
    november|december|next \w+|in \d{4}|in \w+ (?:days|weeks|months|years)|christmas|easter|
    (?:in|this) (?:the )?(?:summer|winter|spring|autumn|fall)|some ?day|one day|later|after|when|
    eventually|in the future|yesterday|last \w+|every \w+)\b""")
NEAR = pattern(r"""
    \b(?:(?P<day>(?:mon|tues|wednes|thurs|fri)day)s?|(?P<sat>saturday)|(?P<sun>sunday)|
    (?P<end>weekend)|(?P<today>today|tonight|this (?:morning|afternoon|evening))|
    (?P<next>tomorrow))\b""")
FITS = {"day": "", "sat": "end next", "sun": "end next", "end": "sat sun end today next",
        "today": "today", "next": "next"}  # fmt: skip
GENERAL = (
    "I don't have any memories about you in this request that help, so I can only suggest "
    "something general: "
)


def _suggest(text: str, facts: Sequence[str]) -> str:
    """Advice that names what it rests on; without facts, advice that fits anybody.

    >>> _suggest("What should I do tonight?", ["The user likes chess."])
    'Since you like chess, you could spend some time on that tonight.'
    """
    when = TIME.search(text)
    at_time = when[0].lower() if when else ""
    about = next((row for row in ABOUT if re.search(row[0], text, re.IGNORECASE)), ["", "", ""])
    wanted = set(about[1].split())
    plan = "" if wanted else _plan_for(at_time, facts)
    fitting = [fact for fact in facts if _fits(fact, wanted)]
    if not fitting and "food" not in wanted:
        fitting = [fact for fact in facts if meaning(fact).taste and not meaning(fact).against]
    chosen = [second_person(fact) for fact in fitting if fact != plan][: 2 if plan else 3]
    said = []
    if plan:
        so = "make that the main thing" if _names_time(at_time, plan) else "plan around that"
        said = [f"Y{second_person(plan)[1:]}, so {so}."]
    if chosen:
        what = about[2] or f"spend some time on that {'as well' if plan else at_time}".strip()
        since = _listed([chosen[0], *(other.removeprefix("you ") for other in chosen[1:])])
        said.append(f"Since {since}, you could {what}.")
    rest = at_time.split()[-1] if at_time.endswith(("weekend", "evening", "week")) else "time"
    plain = "take the simplest thing that sounds good to you"
    if not wanted:
        plain = f"pick one thing you've been putting off and keep the rest of the {rest} free"
    return " ".join(said) or f"{GENERAL}{plain}."


def _fits(fact: str, wanted: set[str]) -> bool:
    """Whether advice about these topics may rest on a fact: a fish in a bowl is no food."""
    about = set(topics(fact, most=99))
    if wanted == {"food"}:
        kept = (
            "pets" in about and not meaning(fact).taste and not re.search(r"\b(?:eat|cook)", fact)
        )
        limit = re.search(r"\b(?:allerg|diabet|intoleran|celiac|coeliac|lactose|gluten)", fact)
        return bool(limit) or ("food" in about and not kept)
    return bool(wanted & about)


def _plan_for(at_time: str, facts: Sequence[str]) -> str:
    """A plan for the time that was asked about; else one that is not clearly for another time."""
    plans = [fact for fact in facts if PLANNED.match(fact) and not meaning(fact).against]
    found = [fact for fact in plans if _names_time(at_time, fact)]
    asked = NEAR.search(at_time)
    for plan in plans:
        told = NEAR.search(plan)
        near = OPEN_PLAN.match(plan) and not FAR.search(plan) and "next" not in at_time
        fits = not asked or not told or str(told.lastgroup) in FITS[str(asked.lastgroup)].split()
        found += [plan] if near and fits else []
    return next(iter(found), "")


def _names_time(at_time: str, plan: str) -> bool:
    """Whether a plan names the time that was asked about: "this weekend"."""
    word = at_time.split(" ")[-1]
    near = not FAR.search(plan) and "next" not in at_time
    return bool(word) and (at_time in plan.lower() or (word in plan.lower().split() and near))


# -------------------------------------------------------------------------------- other languages

SCRIPTS = [("ja", "぀-ヿ"), ("zh", "一-鿿"), ("hi", "ऀ-ॿ"), ("ar", "؀-ۿ"), ("bn", "ঀ-৿"),
           ("ru", "Ѐ-ӿ"), ("?", "Ͱ-Ͽ֐-׿฀-๿가-힯஀-௿Ⴀ-ჿ")]  # fmt: skip


def language(message: str) -> str:
    """The language of a message that is not English, "?" for one we do not name; "" for English.

    >>> language("Ich wohne in Hamburg."), language("我住在上海"), language("I like tea.")
    ('de', 'zh', '')
    """
    text = message[:500].casefold().replace("’", "'")
    letters = sum(map(str.isalpha, text))
    for name, script in SCRIPTS:
        if len(re.findall(f"[{script}]", text)) > letters / 3 > 0:
            return name
    found = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text)
    counts = {name: sum(word in row for word in found) for name, row in COMMON_WORDS.items()}
    english = counts.pop("en")
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] > max(english, 1) and counts[best] * 3 >= len(found) else ""
