"""What a message says about its writer: the offline model's knowledge of English.

A real model reads "Hi! I'm Ana, I moved to Oslo and I love tea" and knows which facts are in it.
The offline model has rules instead, in four steps that you can follow by hand:

1. `tidy` spells the message in one way ("im" and "I'm" become "I am"), and hides quoted words.
2. `sentences` cuts it into sentences, and `clauses` cuts these into parts with one subject each.
3. `third_person` leaves out what is no fact (questions, requests, small talk) and turns the rest
   around: "I love tea" becomes "The user loves tea."
4. `topics` looks a memory's words up in a table.

The tables come first. They are data: add a word and the offline model knows it.

>>> statements("Hi! I'm Ana, I moved to Oslo and I love tea. What about you?")
["The user's name is Ana.", 'The user moved to Oslo.', 'The user loves tea.']
"""

from __future__ import annotations

import re
from collections.abc import Iterator


def words(text: str) -> frozenset[str]:
    """A table row: "like love hate" is three words, "a_b" is the two-word entry "a b"."""
    return frozenset(word.replace("_", " ") for word in text.split())


LONGEST_MESSAGE = 20_000  # characters that are read; what follows is ignored
LONGEST_SENTENCE = 400  # a longer "sentence" is pasted text, not something about its writer

# ------------------------------------------------------------------------------------ the words

SPELLINGS = {
    "im": "I'm", "ive": "I've", "iam": "I am", "i'am": "I am", "imma": "I will",
    "dont": "don't", "cant": "can't", "cannot": "can't", "wont": "won't", "didnt": "didn't",
    "doesnt": "doesn't", "isnt": "isn't", "arent": "aren't", "wasnt": "wasn't",
    "werent": "weren't", "havent": "haven't", "hasnt": "hasn't", "couldnt": "couldn't",
    "wouldnt": "wouldn't", "shouldnt": "shouldn't", "whats": "what's", "thats": "that's",
    "wheres": "where's", "gonna": "going to", "wanna": "want to", "gotta": "have to",
    "u": "you", "ur": "your", "i": "I", "ilike": "I like", "ilove": "I love", "ihave": "I have",
    "ilive": "I live", "ihate": "I hate", "everyday": "every day", "ain't": "am not",
}  # fmt: skip

ADVERBS = words(
    """also always usually often sometimes never really just still already recently currently now
    once even quite rather only mostly generally normally rarely seldom hardly barely soon then
    absolutely totally truly actually honestly definitely probably certainly simply do_not not
    ever both all kinda sorta sort_of kind_of lately finally occasionally basically too well today
    secretly no_longer each tend_to so very much very_much almost almost_never hardly_ever have_also
    mainly frequently"""
)
VERBS_LIKE_ADVERBS = words("rely apply supply reply fly multiply comply imply bully rally")

BASE_VERBS = words(  # verbs that may stand after "and" or open a clipped sentence
    """like love hate enjoy dislike prefer adore live work study play have own teach speak drink eat
    run want need collect go read write cook bake paint draw sing dance swim drive ride travel watch
    listen make wear know believe train volunteer spend come get keep feel grow learn attend
    practise practice knit sew garden hike climb cycle walk sleep wake suffer take use avoid smoke
    am do sell fix coach help look design build code"""
)
BASE_IN_ED = words("need feed breed speed bleed embed weed wed heed seed succeed proceed exceed")
PAST = words(
    """was were had did went got bought sold made came saw took gave found felt left lost met told
    said knew thought grew began became broke brought built caught chose drank drew drove ate fell
    flew forgot froze hid held kept led learnt lent meant paid ran rode rang rose sang sat sent shot
    slept spoke spent stood stole swam swore taught threw understood woke wore won wrote quit hurt
    bit blew dreamt dug fought forgave hung heard laid burnt shook sank sought spelt stuck
    struck swept tore wept withdrew wound overcame underwent broke"""
)
FIXED = words(
    """will would can can't could couldn't should shouldn't must mustn't may might won't wouldn't
    didn't hadn't shall shan't used ought needn't wasn't"""
)
THIRD = {
    "am": "is", "are": "is", "were": "was", "have": "has", "do": "does", "don't": "doesn't",
    "haven't": "hasn't", "aren't": "isn't", "weren't": "wasn't", "go": "goes", "is": "is",
}  # fmt: skip

PRONOUNS = {
    "I": "they", "me": "them", "my": "their", "myself": "themselves", "we": "they", "us": "them",
    "our": "their", "ours": "theirs", "ourselves": "themselves", "mine": "theirs",
}  # fmt: skip

DEMONYMS = words(
    """american british english scottish welsh irish french german italian spanish portuguese dutch
    belgian swiss austrian polish czech slovak hungarian romanian bulgarian greek turkish russian
    ukrainian swedish norwegian danish finnish icelandic estonian latvian lithuanian serbian
    croatian slovenian albanian maltese chinese japanese korean vietnamese thai indian pakistani
    bangladeshi nepali indonesian malaysian filipino filipina australian canadian mexican
    brazilian argentinian chilean colombian peruvian cuban venezuelan egyptian moroccan tunisian
    algerian nigerian ghanaian kenyan ethiopian somali african asian european arab persian iranian
    iraqi syrian lebanese israeli jewish muslim christian catholic protestant hindu buddhist sikh
    atheist agnostic kiwi aussie latino latina hispanic taiwanese singaporean zambian ugandan
    black white afghan georgian armenian kurdish tamil punjabi bengali"""
)
CONDITIONS = words(  # adjectives: "Vegan here", "allergic to nuts btw", "i am single"
    """vegan vegetarian pescatarian veggie allergic intolerant diabetic asthmatic dyslexic autistic
    celiac coeliac lactose-intolerant pregnant deaf blind colourblind colorblind single married
    engaged divorced widowed retired unemployed self-employed employed left-handed right-handed
    ambidextrous bilingual trilingual disabled short-sighted adopted gay lesbian bi bisexual trans
    nonbinary non-binary queer straight religious introverted extroverted based addicted obsessed
    hooked fluent"""
)
ADJECTIVES = CONDITIONS | DEMONYMS | words(
    """tired happy sad angry hungry thirsty bored busy ill sick cold hot warm late early old young
    tall short big small fat thin shy loud quiet lazy strong weak rich poor free alone lonely ready
    sure sorry fine good great well ok okay bad better best back home here there away afraid scared
    glad curious nervous anxious new different right wrong lost done broke male female human blonde
    blond ginger bald hopeless terrible awful rubbish useless decent close into from in on at with
    over under about up down off out not no so too very really pretty quite rather half part a an
    the my your from almost nearly currently still always never sometimes usually often just also
    more most less least one two three proud stressed excited interested worried crazy mad keen
    fond clumsy clever smart stupid dumb awake asleep healthy fit gluten-free sober clean neat
    tidy messy honest polite kind nice mean friendly grumpy cheerful patient confident creative
    trying going looking feeling learning studying working living moving getting doing having
    thinking planning hoping writing reading asking wondering kidding joking serious what who
    """
)
PEOPLE_NOUNS = words(  # what somebody can be: "Nurse here", "I am a teacher", "mum of two"
    """nurse teacher doctor engineer student developer programmer designer lawyer artist musician
    writer chef cook baker driver pilot farmer accountant architect scientist researcher manager
    plumber electrician carpenter mechanic builder waiter waitress barista cashier cleaner
    hairdresser photographer journalist librarian pharmacist dentist vet veterinarian surgeon
    psychologist therapist physiotherapist midwife paramedic firefighter soldier policeman
    policewoman officer secretary receptionist translator interpreter consultant analyst
    salesman saleswoman salesperson entrepreneur freelancer actor actress singer dancer painter
    sculptor poet author editor professor lecturer tutor postman gardener butcher fisherman sailor
    banker economist biologist chemist physicist mathematician historian geologist astronomer
    philosopher politician judge coach trainer bartender tailor welder technician postdoc intern
    apprentice trainee undergraduate undergrad postgrad freshman sophomore pupil pensioner retiree
    carer caregiver nanny au_pair housewife househusband youtuber streamer
    electrician tester administrator sysadmin supervisor director ceo founder magician comedian
    mayor priest pastor monk nun imam rabbi detective guard statistician illustrator animator
    bookseller florist optician radiographer nutritionist dietician ecologist archaeologist"""
)
FAMILY_NOUNS = words(
    """mum mom mother dad father parent grandmother grandfather grandma grandpa granny grandparent
    sister brother sibling son daughter child kid baby twin wife husband partner spouse girlfriend
    boyfriend fiance fiancee fiancé fiancée aunt uncle cousin niece nephew family grandson
    granddaughter stepmother stepfather stepson stepdaughter stepsister stepbrother flatmate
    roommate housemate friend bestie boss colleague neighbour neighbor in-laws mate triplet"""
)
KINDS_OF_FAN = words("lover fan person owner addict nerd geek fanatic enthusiast runner gamer")

# --------------------------------------------------------------------- sentences that are no facts

THINGS_ASKED_FOR = (
    r"(?:(?:an?|some|any|more|your|the|good|new|another|few|little|bit of|quick|short|nice|funny|"
    r"\d+|two|three|lots? of) )*"
    r"(?:help|hand|advice|ideas?|suggestions?|recipes?|tips?|info|information|answers?|examples?|"
    r"explanations?|jokes?|poems?|lists?|story|stories|translations?|recommendations?|favou?rs?|"
    r"summary|opinion|assistance|support|something|directions|details|minute|second|moment|"
    r"restaurants?|films?|movies?|books?|gifts?|presents?|hotels?|clarification|feedback|"
    r"inspiration|hint|clue|songs?|playlist|gift|solution|code|script|function|essay|email|quiz|"
    r"question|questions|riddle|quote|definition|link|chat|refund|everything|anything)\b"
)
BACK = r"(?:it(?! when)|this|that|these|those|them|you|your|him|her|so)\b(?! (?:weekend|week|year|month|morn"
BACK += r"ing|evening|afternoon|summer|winter|spring|autumn|fall|semester|term))"

NOT_A_FACT = [  # after "I" (and its adverbs): small talk, requests, speech, doubts
    r"(?:agree|disagree|apologi[sz]e|appreciate|thank|beg|doubt|bet|swear|repeat|insist|concur)\b",
    r"(?:see|understand|know|think|believe|hope|guess|suppose|mean|assume|remember|recall|forget|"
    r"imagine|reckon|do|did|am|can|can't|will|would|have|should|try|tried|don't|didn't|won't)$",
    r"(?:see|understand|know|remember|recall|forget|care|get|got) (?:it|that|this|what|why|how come|"
    r"you|your|who|where|when|the (?:point|answer|idea|feeling|task|rules|question)|if|whether|"
    r"right|now|better)\b",
    r"(?:think|believe|guess|suppose|hope|reckon|assume|imagine|feel|bet|know|find) (?:so|not|it|"
    r"it's|that|that's|this|you|you're|your|we|he|she|they|there|everyone|someone|all|like|the "
    r"(?:answer|question|weather|world|problem))\b",
    r"(?:mean|said|say|told|asked|ask|mentioned|meant|thought|wondered|wonder|forgot|heard|"
    r"wish I|wish it|wish you|wish there|wish we|quote|suggest|propose|recommend|request|require|"
    r"command|order you|demand|pretend|declare)\b",
    r"(?:don't|didn't|can't|couldn't|never|do not|did not) (?:really |quite |even )?(?:know|"
    r"understand|think|believe|remember|recall|mind|care|get|see|follow|agree|mean|wait|say|said|"
    r"blame|hear|tell|help)(?:$| (?:it|that|this|what|why|how|you|your|who|where|when|if|so|the|a "
    r"thing|anything|to know|which|about (?:it|that|this)|whether|at all|yet|any of))",
    r"(?:don't|didn't|do not) (?:know|care|mind|understand)(?: (?:about|anything|yet|either))*$",
    r"(?:don't )?(?:want|need|require|would like|'d like) (?:to (?:know|ask|hear|see|understand|talk"
    r" (?:to|about)|speak to|find out|discuss|say|point|check|thank|book|order|get|tell|clarify|"
    r"request|report|find|make sure|test)\b|you\b|your\b|" + THINGS_ASKED_FOR + ")",
    r"would (?:like|love|appreciate|prefer) (?!to\b)", r"would (?:say|be|guess|think|suggest|argue)",
    r"would love to (?:know|hear|see|ask|talk|chat)", r"could (?:use|do with|eat|murder|not|really)",
    r"(?:can|could)(?:n't|'t)? (?:see|hear|tell|imagine|believe|wait|say|feel|assure|relate|think)",
    r"(?:am|was) (?:just |only |so |very |really |still |not |quite |a bit |pretty |also )*(?:sorry|"
    r"fine|good|ok|okay|well|great|back|here|sure|afraid(?! of)|glad|curious|wondering|confused|ready|"
    r"listening|kidding|joking|asking|saying|waiting|talking about|referring|thinking(?! (?:of|about) (?!it|that|what))|talking to|all right|alright|done|certain|"
    r"aware|serious|stuck|testing|typing|impressed|grateful|thankful|all ears|all set|doing (?:well"
    r"|good|great|fine|ok|okay)|having (?:trouble|problems|difficulty)|happy to|happy that|"
    r"amazed|trying to (?:understand|figure|find|get|fix|write|solve|say|make|install|run)|"
    r"asking|wrong|right|the (?:admin|administrator|developer|system|owner of this)|an admin|"
    r"your|you|in charge|correct|bored|speechless|off(?! to)|out of here|leaving now|"
    r"happy to help)(?:$|[ ,!](?!at |in love|with my|to have|for my|of my|about my|from ))",
    r"(?:am|was) (?:looking|searching|hunting) for " + THINGS_ASKED_FOR,
    r"(?:have|had|got|have got) (?:an?|some|another|one more|no|the|this|a few|two|a quick|a "
    r"little|to) (?:more )?(?:questions?|problems?|ideas?|requests?|doubts?|favou?rs?|clue|"
    r"feeling|point|issue|say|go|run|leave|admit|ask|task|suggestion|assignment for you|tell|bug|"
    r"error)\b",
    r"(?:must|should|have to|better|need to|had better) (?:go|run|leave|say|admit|ask|know|be "
    r"going)\b(?! (?:to|on|home for|by))",
    r"will (?:see|try|think|wait|be (?:back|right|there|fine|ok)|take (?:it|that|this|a look)|do|"
    r"let|tell|ask|check|get back|keep|give|remember|consider|pass|have (?:it|that|a think)|"
    r"come back|look into|talk to you|catch|say|repeat|show)\b(?! my| a marathon| yoga| volunteer)",
    r"(?:am|was) (?:going to|about to) (?:ask|tell|say|test|give you|need you)\b",
    r"(?:changed|have changed) my mind", r"(?:love|like|hate|enjoy|prefer) (?:the (?:(?:\w+ )?one\b|sound|idea|way|answer)"
    r"|how you|what you|when you|talking to you|chatting)",
    r"(?:like|love|hate|enjoy|prefer|want|need|use|do|did|try|tried|read|saw|got|loved|liked|found|"
    r"hated|have|had|take|took|made|make|want|wanted|needed|can do|accept|doubt|see) " + BACK,
    r"(?:copied|pasted|typed|clicked|pressed|uploaded|attached)\b", r"rest my case",
    r"(?:hope|trust|believe|fear) (?:the|my|all|everything|things|to hear)\b",
    r"(?:have|had) (?:already |just )?(?:told|said|asked|been (?:wondering|thinking)|no idea|"
    r"read it|tried|seen (?:it|that|this)|heard)\b", r"come in peace", r"am (?:groot|batman)$",
    r"(?:look forward|am looking forward) to (?:hearing|your|it)\b", r"love$", r"like$",
]
NOT_MINE = words(  # "My question is ...": nouns that do not belong to anybody's life
    """question questions guess point bad apologies pleasure mistake god goodness answer request
    prompt thanks opinion idea hope impression understanding regards condolences turn dear message
    code error program script bug query instructions instruction command text input essay sentence
    word words theory conclusion only_question advice first_question next_question last_question
    second_question suggestion concern issue problem task browser screen file notebook lord"""
)
MADE_UP = re.compile(  # everything that follows is a game, a song, or somebody else's words
    r"(?:please |now |ok(?:ay)?,? |so |and |can you |could you |can we |let us |let's |i want you to "
    r"|i'd like you to |in (?:this|the) (?:story|game|song|film|movie|book|poem|play|novel)\b.{0,40}|"
    r"from now on,? )*(?:imagine|pretend|suppose|supposing|assume|assuming|what if|let's "
    r"(?:say|play|pretend|imagine)|say that|play (?:the role|a role)|role-?play|act (?:as|like)|you "
    r"are (?:now )?(?:a|an|the|my|going to|no longer)\b|translate|paraphrase|rephrase|rewrite|"
    r"proofread|summari[sz]e|ignore|disregard|override|system\b|repeat|(?:new|forget|follow|these|the|my|your|all)(?: \w+){0,3} instructions?\b|correct (?:this|the|my)|spell|"
    r"conjugate|quote|hypothetically|for example|e\.g\.|if\b|unless\b|once upon|in an alternate|"
    r"in (?:a|another) (?:parallel|life|world|dream|past life)|fix (?:this|the|my)|dear |continue|"
    r"complete (?:this|the)|finish (?:this|the))|"
    r"in (?:this|the|my) (?:story|game|song|film|movie|book|poem|play|novel|dream)\b",
    re.IGNORECASE,
)
SAID = re.compile(  # "He said I am tired", "Assistant: I like chess"
    r"^(?!I\b|we\b|my\b)[^,:]{0,60}?\b(?:said|says|say|told|tells|tell|wrote|writes|write|asked|asks|"
    r"claims?|claimed|replied|replies|answered|sings?|sang|thinks?|thought|mentioned|called|shouted|"
    r"believes?|quote|lyrics?|line)\b|"
    r"^(?:assistant|ai|bot|chatbot|system|user|model|human|chatgpt|gpt|claude|memkit|admin)\s*[:>]|"
    r"^my (?:\w+ ){1,3}(?:said|says|told me|tells me|asked|wrote|thinks? (?:I|that)|keeps saying)",
    re.IGNORECASE,
)
OPENERS = re.compile(  # what may stand before a statement and adds nothing to it
    r"(?:(?:hi+|hello+|hey+|hiya|yo|howdy|good (?:morning|afternoon|evening|day)|greetings|welcome)"
    r"(?: (?:there|again|everyone|everybody|all|guys|class|friend|bot|assistant|memkit))?\b|"
    r"thanks?(?: you)?(?: so much| very much| a lot)?\b|cheers\b|ok(?:ay)?\b|alright\b|all right\b|"
    r"well\b|so\b|and\b|but\b|or\b|oh\b|ah+\b|um+\b|uh\b|hmm+\b|yes\b|yeah\b|yep\b|yup\b|nope\b|"
    r"no(?=,)|sure\b|great\b|cool\b|nice\b|wow\b|lol\b|haha\b|omg\b|please\b|pls\b|also\b|plus\b|"
    r"anyway\b|by the way\b|btw\b|fyi\b|fun fact(?: about me)?\b|random fact\b|ps\b|p\.s\.|"
    r"(?:just )?for your information\b|for the record\b|just so you know\b|guess what\b|"
    r"(?:to be )?(?:honest|fair|frank)(?:ly)?\b|tbh\b|truth is\b|the truth is(?: that)?\b|"
    r"the thing is(?: that)?\b|actually\b|in fact\b|"
    r"one (?:more )?thing(?: about me)?\b|about me\b|a bit about me\b|a little about me\b|"
    r"as (?:you know|I said|I told you|I mentioned|mentioned)\b|update\b|correction\b|note(?: to self)?\b|news\b|"
    r"good news\b|bad news\b|big news\b|sadly\b|luckily\b|unfortunately\b|fortunately\b|"
    r"apparently\b|obviously\b|basically\b|personally\b|surprisingly\b|turns out(?: that)?\b|"
    r"it turns out(?: that)?\b|in my case\b|in general\b|on the other hand\b|"
    r"as for me\b|me\?|for me\b(?=,)|same\b(?=,)|sorry\b|wait\b|listen\b|look\b(?=,)|you see\b|"
    r"you know(?: what)?\b|then\b|because\b|since\b(?= I am| I have)|cos\b|however\b|"
    r"I (?:guess|think|suppose|mean|swear|believe|must say|have to say|would say|feel like|must "
    r"admit|have to admit|admit|forgot to (?:say|mention)|should (?:say|mention)|told you|said|"
    r"already told you|just remembered|just realised|just realized|want you to (?:know|remember)|"
    r"would like you to (?:know|remember|note)|have (?:already )?told you|"
    r"(?:want|wanted|would like|forgot) to (?:tell you|say|mention|add)|confess|changed my mind|"
    r"have changed my mind)"
    r"(?: that\b)?(?=,? (?:I|my|we|our)\b)|I changed my mind\b|"
    r"(?:(?:can|could|will|would) you )?(?:please )?(?:just )?(?:remember|note|don't forget|do not "
    r"forget|never forget|keep in mind|bear in mind|memori[sz]e|save|store|write down|make a note|"
    r"take note|remind yourself|add to (?:your )?memory|be aware|remember this|for future "
    r"reference|you should know|you might want to know|let me tell you|you can remember)"
    r"(?: (?:that|the fact that|this|down that|of the fact that))?\b(?=[:,]? (?:I|my|we|our)\b)|"
    r"you (?:should|must|need to|ought to|may want to) (?:know|remember)(?: that)?\b|"
    r"did you know(?: that)?\b|do you know(?: that|,)(?= I (?:am|have|like|love|live|play|can))|"
    r"remember\b(?=[:,])|(?:for )?future reference\b|memo\b|reminder\b|let me (?:tell you (?:about myself|something|a bit about "
    r"m\w+)|introduce myself)\b|a few facts\b|facts? about me\b|hello from me\b)[\s,:.!…-]*",
    re.IGNORECASE,
)
QUESTION = re.compile(
    r"(?:so |and |but |or |then )*(?:(?:what|where|who|whom|whose|which|why|how|what's|where's|who's|"
    r"how's|when(?! I\b| my\b| we\b))\b|"
    r"(?:do|does|did|can|could|would|will|is|are|am|was|were|has|had|should|may|shall|might|isn't|"
    r"aren't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|shouldn't|haven't) (?:you|I|we|he|"
    r"she|it|they|there|my|the|this|that|anyone|someone|anybody|your|his|her|our|people)\b|"
    r"have (?:you|I|we|they|my)\b|any (?:ideas?|suggestions?|tips|chance|advice|recommendations?)\b|"
    r"(?:and |what about |how about )?you$|guess (?:what|who|where|my|which|how)\b|"
    r"tell me|tell us|let me know|remind me|suggest|recommend|help|give me|show me|please|find me|"
    r"got any|know any|(?:got|have) (?:any|some) (?:ideas|tips))\b",
    re.IGNORECASE,
)
TAG = re.compile(r"(?:right|correct|yes|no|ok|huh|eh|really|remember|am I|(?:is|are|do|does|did|"
                 r"have|has|was|were|can|could|will|would|should)(?:n't)? (?:I|it|you|we|they|he|she))"
                 r"$", re.IGNORECASE)  # fmt: skip

# ------------------------------------------------------------------- steps 1 and 2: cut it up

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{0,200}`|<[^<>\n]{1,200}>", re.DOTALL)
_HIDDEN = re.compile(
    r'"[^"\n]{0,300}"|“[^”\n]{0,300}”|«[^»\n]{0,300}»|(?<!\w)\'(?=\w)(?:[^\'\n]|\'(?=\w)){2,200}\'(?!\w)'
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
    r"(?:I(?=\s)|we\s+(?=\w)|(?:my|our)\s+(?:[\w'-]+\s+){1,3}" + _VERB_AFTER_MY + r"\b|"
    r"(?:what|where|who|which|why|how)(?:'s)?\s|(?:do|does|did|can|could|would|will|is|are) "
    r"(?:you|I|we|he|she|it|they|there|my|the)\b|any (?:ideas|suggestions|tips)|please\s|tell me|"
    r"suggest\b|recommend\b|help me|give me|remind me)"
)
_BOUNDARY = re.compile(
    r"(?:\s*,\s*(?:(?:and|but|so|plus|also|then|yet|because|as|since)\s+)*|"
    r"\s+(?:(?:and|but|so|plus|yet)\s+(?:also\s+|then\s+)?)|\s*[\U0001F300-\U0001FAFF☀-➿]\ufe0f?\s+|"
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
_RUN_ON = re.compile(r"\s+(?=(?:I (?:am|have|like|love|live|work|hate|enjoy|study|play)|my name is)\b)")
_TOGETHER = re.compile(r"(?:^|\b(?:both|weekend|morning|evening|week|month|year|day|tomorrow|tonight),? )"
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
    (re.compile(r"\bI am not longer\b"), "I am no longer"),
]  # fmt: skip


def tidy(message: str) -> tuple[str, list[str]]:
    """One spelling for everything, and the quoted pieces, each hidden behind one character.

    >>> tidy("im ana , i like “Dune”")
    ('I am ana, I like \ue000', ['“Dune”'])
    """
    text = message[:LONGEST_MESSAGE].replace("\u00a0", " ")
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
    """Shouting in lower case, names and places with a capital: "MY NAME IS BO" -> "my name is Bo"."""
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
    """"I live in Leeds and work as a nurse" -> "I live in Leeds", "I work as a nurse"."""
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

_NAME = r"(?P<name>[^\W\d_][\w'’.-]*(?: (?:[A-Z][\w'’.-]*|de|da|van|von|der|den|la|el|bin|al|di|du))*)"
_LOOSE_NAME = r"(?P<name>[^\W\d_][\w'’.-]*(?: (?!and\b|but\b|from\b|I\b|not\b|now\b|by\b|here\b|btw\b)[^\W\d_][\w'’.-]*){0,3}|[\ue000-\uf8ff])"
_REST = r"(?:,? (?:and |but )?(?P<rest>(?!not\b|by the way|btw|actually|instead|please|nice|now)[^,]+.*))?"
_NAMED = [
    re.compile(r"my (?P<which>(?:first |last |full |middle |family |real |new |user ?|nick ?)?name|"
               r"surname|nickname) is (?:now |actually |called )?" + _LOOSE_NAME, re.IGNORECASE),
    re.compile(r"(?:the )?name is " + _LOOSE_NAME + "$", re.IGNORECASE),
    re.compile(r"(?:I am|I was) (?:called|named) " + _LOOSE_NAME, re.IGNORECASE),
    re.compile(r"I go by (?:the name )?(?:of )?" + _LOOSE_NAME, re.IGNORECASE),
    re.compile(r"(?:you (?:can|may|should) |just |please )*call me (?!later|tomorrow|maybe|when|back|"
               r"an?\b|the\b|if\b|at\b|on\b|now\b|crazy|old)" + _LOOSE_NAME + "$", re.IGNORECASE),
    re.compile(r"(?P<which>people|everyone|everybody|(?:all )?my (?:\w+ )?(?:friends|family|mates|"
               r"parents|mum|mom|dad|colleagues|students)|they|most people|friends) "
               r"(?:all |usually |just )?calls? me (?!an?\b|the\b|crazy|late|every|on\b|at\b)"
               + _LOOSE_NAME + "$", re.IGNORECASE),
]  # fmt: skip
_I_AM_NAME = re.compile(r"(?:I am|[Tt]his is|[Ii]t's|[Ii]t is) " + _NAME +
                        r"(?P<rest>(?:,| from| and| here\b| speaking\b| again\b| by\b| with\b).*)?$")
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
_OFTEN = re.compile(r"(usually|often|sometimes|normally|generally|always|mostly|rarely|occasionally|"
                    r"typically|never|still|currently|recently|lately),? (I|we) (.+)", re.IGNORECASE)
_MINE_AT_END = re.compile(
    r"(?P<what>[^,]{1,60}?) (?P<be>is|are|was|were) (?:also |still |now |definitely |probably )?"
    r"my (?P<mine>(?:(?:absolute|all-time|very|new) )*(?:favou?rite|fave?|best friend|hobby|passion|"
    r"hometown|home town|dream|job|name|birthday|wife|husband|sister|brother|mum|mom|dad|thing|"
    r"speciality|biggest|first language|native language|mother tongue|partner|girlfriend|boyfriend|"
    r"guilty pleasure|comfort food|worst|weakness|least)[^,]*)$",
    re.IGNORECASE,
)
_DOES_TO_ME = re.compile(
    r"(?!you\b|it\b|that\b|this\b|he\b|she\b|they\b|your\b|there\b|let\b|please\b)"
    r"(?:[\w'-]+ ){1,4}?(?:makes?|gives?|scares?|terrif(?:y|ies)|bores?|relax(?:es)?|calms?|annoys?|"
    r"upsets?|helps?|fascinates?|runs? in|keeps?|drives?|bothers?|excites?|interests?|inspires?|"
    r"stress(?:es)?|depress(?:es)?|disgusts?|frightens?|cheers?|hurts?) (?:me|my|our)\b.*",
    re.IGNORECASE,
)
_BIRTHDAY = re.compile(r"(?P<day>it's|it is|today is|today's|tomorrow is|tomorrow's) my (?P<what>"
                       r"birthday|anniversary|\d+\w+ birthday)(?P<when>.*)$", re.IGNORECASE)
_COUNT = re.compile(r"there (?:are|is) (?P<rest>.+ (?:in|of) (?:my|our) .+)$", re.IGNORECASE)
_TOGETHER_SUBJECT = re.compile(
    r"(?:(?:both )?(?P<other>my [\w' -]{2,40}?) and I|(?:me|I) and (?P<one>my [\w'-]+(?: [A-Z]\w+)?)) "
    r"(?P<rest>.+)$", re.IGNORECASE)  # fmt: skip
_TRAILING = re.compile(
    r"(?:[\s,]+(?:btw|by the way|lol|haha+|please|pls|thanks|thank you|though|fyi|ok|you know|"
    r"xd|tbh|if that helps|if you must know|just so you know|for your information|ok\?|as well|"
    r"to be honest|honestly|I think|I guess|so yeah|if you want to know|hehe|remember that|"
    r"remember|right|and stuff|you see|actually|too))+$", re.IGNORECASE)  # fmt: skip
_CODE_LIKE = re.compile(r"[{}\\=<>$|]|\(\)|\w_\w|::|//|^(?:def|import|from \w+ import|print|select)\b")


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
        r"\b(?:did you know|do you know|remember|note|forget|keep in mind|bear in mind|guess what|save|store|memori[sz]e|write down)\b",
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
    role = re.match(r"as an? ([\w-]+(?: \w+)?), (?=what|which|where|how|can|should)", bare, re.IGNORECASE)
    if role:
        yield f"I am a {role[1]}"
        return
    parts = clauses(bare)
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
    """"my name is Ana, a nurse" -> "The user's name is Ana.", "The user is a nurse."."""
    for pattern in _NAMED:
        match = pattern.match(text)
        if match and not re.match(r"(?:a|an|the|not|so|very|really|hard|on|in|common|it|that|after|for|spelled|"
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
    here = re.match(r"(?P<name>[^\W\d_][\w'-]+(?: [A-Z][\w'-]+)?) here$", text)
    if here and (greeted or text[0].isupper()) and _is_name(here["name"], "I", True, message):
        return [f"The user's name is {here['name']}."]
    return []


def _rest_of(text: str, end: int) -> list[str]:
    """What follows a name: ", 25 years old, from Oslo" is about the user as well."""
    rest = re.sub(r"^(?:,| and| but| here| speaking| again)+\s*", "", text[end:]).strip()
    found = []
    for piece in re.split(r",\s+(?:and\s+)?| and (?=from |I )", rest):
        if re.match(r"(?:from|an?|\d+)\s", piece) or re.fullmatch(r"\d{1,3}", piece):
            found += third_person(f"I am {piece}")
        elif re.match(r"(?:I|my|like|love|live|work|have)\s", piece):
            found += third_person(piece if piece[0] in "Im" else f"I {piece}")
    return found


def _is_name(name: str, text: str, greeted: bool, message: str) -> bool:
    """Whether "I am <name>" introduces somebody, and does not describe: Priya, not vegan."""
    known = ADJECTIVES | PEOPLE_NOUNS | FAMILY_NOUNS | ADVERBS | BASE_VERBS
    first = name.split()[0].lower()
    if first in known or first in {"admin", "root", "god", "groot", "user", "nobody", "nothing"} or re.search(r"(?:less|ful|ous|able|ible|ish|ese|ing|ical)$", first):
        return False
    if name[0].isupper():
        return not text.startswith(("It", "it")) or greeted or text.endswith(("again", "here"))
    lower = not re.search(r"[A-HJ-Z]", message) and " " not in name
    described = re.search(r"(?:ed|ic|al|ive|ly|ent|ant|some|ary|ward|less)$|n't|-", first)
    return lower and not described and (greeted or text.endswith(name)) and text[0] == "I"


def _with_lead(text: str) -> str:
    """"On Sundays I bake bread" -> "The user bakes bread on Sundays"."""
    often = _OFTEN.match(text)
    if often:
        return _about_i(f"{often[2]} {often[1].lower()} {often[3]}")
    match = _LEAD_CLAUSE.match(text) or _LEAD.match(text)
    if not match or re.search(r"\b(?:you|your|he|she|it's|they|says?|said|sings?)\b", match["lead"]):
        return ""
    if re.match(r"when I say|as (?:you|an ai)|like (?:you|I said)|to (?:be|tell)", text, re.IGNORECASE):
        return ""
    main = match["main"] or match["mine"] or match["two"]
    fact = _about_two(main) or _about_i(main) or _about_mine(main)
    lead = _their(match["lead"])
    if not re.match(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", lead):
        lead = lead[0].lower() + lead[1:]
    return f"{fact} {lead}" if fact else ""


def _about_two(text: str) -> str:
    """"My wife and I are vegetarian" -> "The user and their wife are vegetarian"."""
    match = _TOGETHER_SUBJECT.match(text)
    if not match or re.search(r"\b(?:you|your)\b", match["rest"]):
        return ""
    other = match["other"] or match["one"]
    return f"The user and {_their(other[0].lower() + other[1:])} {_their(match['rest'])}"


def _about_i(text: str) -> str:
    """"I usually run before work" -> "The user usually runs before work"."""
    match = re.match(r"(I|we) +(?=\S)(.+)$", text, re.IGNORECASE)
    if not match or (match[1] == "i"):
        return ""
    adverbs, verb, tail = _parts(match[2])
    if not verb or _is_no_fact(f"{verb} {tail}".strip(), match[1].lower() == "we"):
        return ""
    if verb == "do" and tail and tail.split()[0] in BASE_VERBS:
        return _about_i(f"I {adverbs} {tail}")
    adverbs = re.sub(r"\balso\b", "", adverbs)
    return f"The user {adverbs} {_third(verb)} {_their(tail)}"


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
    if re.match(r"(?:and|or|but|the|a|an|is|of|to|in|on|my|not|if|as|for|robot|he|she|it|me|i|we|you)\b", plain):
        return True
    return any(re.match(pattern, plain, re.IGNORECASE) for pattern in NOT_A_FACT)


def _third(verb: str) -> str:
    """The verb after "the user": like -> likes, study -> studies, moved -> moved, can't -> can't."""
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
    text = re.sub(r"\b(?:I|we) (was|wasn't)\b", lambda m: "they " + m[1].replace("was", "were"), text)
    text = re.sub(r"\band me$", "and them", text)
    text = re.sub(r"(?<!a )(?<!coal )(?<!gold )\bmine\b", "theirs", text)
    pattern = r"\b(I|[Mm]e|[Mm]y|[Mm]yself|[Ww]e|us|[Oo]ur|[Oo]urs|[Oo]urselves)\b(?!\.)"
    return re.sub(pattern, lambda m: PRONOUNS[m[1] if m[1] == "I" else m[1].lower()], text)


def _about_mine(text: str) -> str:
    """"My sister Anna lives in Madrid" -> "The user's sister Anna lives in Madrid"."""
    match = re.match(r"(?:my|our) (?P<rest>(?P<noun>[\w'’-]+).*)$", text, re.IGNORECASE)
    if not match or match["noun"].lower() in NOT_MINE or " " not in match["rest"]:
        return ""
    if re.search(r"\b(?:you|your)\b", match["rest"]) or not _has_verb(match["rest"]):
        return ""
    return "The user's " + _their(match["rest"])


def _has_verb(text: str) -> bool:
    """Whether words after the first hold a finite verb: "cat sleeps a lot", not "old red cat"."""
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
    if mine and not re.match(r"(?:it|that|this|what|who|which|you|he|she|there)\b", text, re.IGNORECASE):
        what = mine["what"].removeprefix("The ").removeprefix("A ")
        return f"The user's {_their(mine['mine'])} {mine['be']} {what}"
    count = _COUNT.match(text)
    if count:
        return f"The user says that there are {_their(count['rest'])}"
    if _DOES_TO_ME.match(text):
        first = text if text.split()[0].isupper() else text[0].lower() + text[1:]
        return f"The user says that {_their(first)}"
    return ""


_CLIPPED = [  # (what a clipped sentence begins with, what to put before it)
    (r"(?:love|like|hate|enjoy|adore|dislike|prefer|loving)s? (?!(?:it|this|that|you|your|yourself|to "
     r"(?:hear|see) (?:it|that)|the (?:idea|sound|way|answer)|what|how|a boss|them|one|is|at|me)\b)\w",
     "I "),
    (r"(?:really|absolutely|also|still|usually|often|never|always|just|recently|currently|barely) "
     r"(?:love|like|hate|enjoy|live|work|eat|drink|play|run|cook|had|moved|got|started|bought|turned|"
     r"finished|adopted|became|quit|watched|read|married|graduated|retired|came|have|sleep|wear|"
     r"travel|smoke|ran|made|won|lost|sold|broke|booked|visited|learned|learnt|passed)\b(?! it\b)",
     "I "),
    (r"(?:got|moved|bought|adopted|grew up|started|quit|graduated|turned|used to|sold|married|spent|"
     r"passed|became|won|booked|visited|joined|stopped|gave up|finished|lost my|broke my|live in|"
     r"work (?:as|at|in|for)|speak|play the|have (?:a|an|two|three|four|five|\d+)) "
     r"(?!it\b|that\b|this\b|you\b|nice\b|a (?:nice|good|great|lovely|question)\b|any\b|to\b(?! like| "
     r"play| smoke| live| work| be| have))", "I "),
    (r"(?:can't|can not|don't|didn't|haven't|won't|never) (?:really |even )?(?:stand|swim|drive|cook|"
     r"eat|like|drink|own|have|smoke|want|sing|dance|sleep|bear|ride|tried|wear|enjoy|speak|"
     r"live|work|watch|play|had|learned|read without)\b(?! it\b| that\b| this\b| you\b)", "I "),
    (r"(?:will be|am|was|have) (?=\w)(?!you\b|i\b|a (?:nice|good|great)|fun\b|nice\b)(?=\w+ (?:a|an|in|"
     r"at|on|from|the|two|\d)\b)", "I "),
    (r"(?:(?:currently|now|still|just|always|also|really|recently|not|no longer) )*(?:living|working|"
     r"studying|learning|planning|going|moving|flying|training|staying|travell?ing|dating|"
     r"teaching|getting (?:married|a)|raising|starting|saving up|recovering|preparing|doing (?:a|my)|"
     r"visiting|expecting a|majoring|renting|hoping to|applying|retiring)\b(?! (?:on )?(?:it|this|well|good|great|to be fun)\b)(?!.*\b(?:is|are|"
     r"was|you)\b) \w", "I am "),
    (r"never been \w", "I have "),
    (r"(?:born|raised) \w", "I was "),
    (r"(?:currently|now|still|just|always) (?!being|going)\w+ing (?!is\b|this\b|it\b)\w", "I am "),
    (r"off to (?!a\b|bed\b|you\b)\w", "I am "),
    (r"been (?!there|a while|good|great|thinking)\w+", "I have "),
    (r"(?:based|married|engaged|divorced|addicted|allergic|obsessed|intolerant|retired|"
     r"originally|really into|into|very into|fluent|afraid|scared|terrified|interested|mad about|"
     r"crazy about|keen on|fond of|not (?:a|an|into|much of|really|very|keen)|no longer|almost \d|"
     r"turning|currently (?:a|an|in|on|between)) (?!for you|you\b)\w", "I am "),
    (r"(?:an? )?(?:(?:big|huge|massive|total|proud|real|avid|keen|complete|lifelong|single|retired|"
     r"stay-at-home|full-time|part-time|new|young|old|working|first-time|long-time|junior|senior|"
     r"trainee|student|freelance|software|primary school|high school|maths|english|science|college|"
     r"uni|university|\w+ish|\w+ese|\w+an) )*(?:[\w-]+ )?(?:fan|mum|mom|dad|father|mother|lover|"
     r"person|owner|nurse|teacher|student|engineer|developer|doctor|beginner|runner|nerd|addict|"
     r"gamer|parent|grandmother|grandfather|grandma|grandpa)(?: (?:of|from|in|at|with|to|by|for|"
     r"and) .+| here)$", "I am a "),
    (r"from (?:[A-Z]\w+)", "I am "),
    (r"\d{1,3} (?:years? old|yrs? old|yo\b|y/o)", "I am "),
    (r"no (?:kids|children|pets|siblings|car|allergies|job|partner|hobbies)\b", "I have "),
    (r"new (?:job|flat|house|puppy|kitten|dog|cat|car|bike|school|phone|boyfriend|girlfriend|baby)\b",
     "I have a "),
    (r"(?:one|two|three|four|five|six|\d+) (?:\w+ )?(?:kids|children|cats|dogs|sisters|brothers|"
     r"siblings|sons|daughters|pets|guitars|horses|rabbits|grandchildren)\b", "I have "),
]  # fmt: skip


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
    for pattern, subject in _CLIPPED:
        if re.match(pattern, lower if not pattern.startswith("from") else lower):
            return _about_i(subject + bare if subject[-2:] != "a " else subject[:-2] + _a(bare))
    return ""


def _a(noun: str) -> str:
    """A noun with its article: "nurse" -> "a nurse", "engineer" -> "an engineer"."""
    if re.match(r"(?:an?|the|my|\d+|two|no) ", noun):
        return noun
    return ("an " if noun[0] in "aeiou" and not noun.startswith("uni") else "a ") + noun


# ----------------------------------------------------------------------------------- step 4: topics

TOPICS = {  # a memory gets a topic when one of its words begins like one of these
    "name": "name nickname surname called",
    "age": "age years birthday born turned",
    "home": "live lives living moved move moving home house flat apartment rent from grew address "
            "hometown neighbourhood resides relocated",
    "work": "job work works working career boss office colleague company employ unemployed retired "
            "freelance business nurse teacher engineer doctor developer lawyer chef pilot manager "
            "designer programmer accountant",
    "studies": "study studies studying student school university uni college degree exam course "
               "learn learning learns class major thesis phd homework",
    "food": "food eat eats eating drink drinks cook cooks cooking bake bakes baking coffee tea pizza "
            "vegan vegetarian pescatarian meat fish mushroom chocolate cake bread cheese diet dish "
            "meal breakfast lunch dinner sushi pasta fruit spicy beer wine olive peanut nut",
    "pets": "pet dog puppy cat kitten hamster rabbit parrot fish horse goldfish tortoise budgie "
            "snake lizard guinea",
    "family": "family mum mom mother dad father parent sister brother sibling son daughter child "
              "children kid kids baby twin wife husband aunt uncle cousin niece nephew grandma "
              "grandpa grandmother grandfather married",
    "relationship": "single married engaged divorced widowed girlfriend boyfriend partner wife "
                    "husband dating relationship broke fiance wedding",
    "friends": "friend flatmate roommate neighbour colleague",
    "health": "allergic allergy health ill sick doctor diabetic diabetes asthma pain injury broken "
              "medicine smoke smokes smoking gym fit sleep dyslexic headache glasses pregnant",
    "plans": "going plan plans planning tomorrow tonight weekend next will hope hopes wants soon "
             "later trip appointment",
    "hobbies": "hobby hobbies play plays playing game games anime manga read reading reads paint "
               "painting draw drawing hike hiking run running swim swimming guitar piano cello music "
               "film films movie movies book books chess football tennis garden gardening knit "
               "knitting dance dancing sing singing collect collects photography climbing cycling "
               "yoga gym comedies jazz",
    "travel": "travel travels travelling trip visit visited visiting fly flying flight holiday "
              "vacation abroad",
    "languages": "language languages speak speaks fluent bilingual spanish french german italian "
                 "japanese chinese english arabic portuguese",
    "possessions": "car bike own owns phone laptop boat motorbike",
}  # fmt: skip
_TOPIC_WORDS = {topic: words(row) for topic, row in TOPICS.items()}


def topics(memory: str) -> list[str]:
    """Up to three topics of a memory, from the table: ["home"] for "The user lives in Leeds."."""
    found = set(re.findall(r"[^\W\d_]+", memory.lower()))
    found |= {word[:-1] for word in found if word.endswith("s")}
    hits = [(len(row & found), topic) for topic, row in _TOPIC_WORDS.items() if row & found]
    return [topic for _, topic in hits][:3]
