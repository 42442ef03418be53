"""The words and phrases that the offline model knows: tables, and nothing else.

`memkit.offline.english` reads with them. Add a verb, a job, a phrase that is no fact, or a topic
here, and the offline model understands more.
"""

from __future__ import annotations

import re
from collections.abc import Callable


def words(text: str) -> frozenset[str]:
    """A table row: "like love hate" is three words, "a_b" is the two-word entry "a b"."""
    return frozenset(word.replace("_", " ") for word in text.split())


def lines(text: str, **parts: str) -> str:
    """A regular expression written over several lines, with `<<name>>` for each named part.

    Line breaks and indentation do not count, spaces within a line do; a line that has to begin
    with a space begins with `[ ]`.

    >>> lines("(?:tea|<<more>>", more="milk") + ")"
    '(?:tea|milk)'
    """
    joined = "".join(line.strip() for line in text.splitlines())
    for name, part in parts.items():
        joined = joined.replace(f"<<{name}>>", part)
    return joined


def pattern(text: str, **parts: str) -> re.Pattern[str]:
    """The same, compiled, for capital and small letters alike."""
    return re.compile(lines(text, **parts), re.IGNORECASE)


def exact(text: str, **parts: str) -> re.Pattern[str]:
    """The same, compiled, where capital letters matter."""
    return re.compile(lines(text, **parts))


# ---------------------------------------------------------------------------------------- the words

SPELLINGS = {
    "im": "I'm", "ive": "I've", "iam": "I am", "i'am": "I am", "imma": "I will",
    "dont": "don't", "cant": "can't", "cannot": "can't", "wont": "won't", "didnt": "didn't",
    "doesnt": "doesn't", "isnt": "isn't", "arent": "aren't", "wasnt": "wasn't",
    "werent": "weren't", "havent": "haven't", "hasnt": "hasn't", "couldnt": "couldn't",
    "wouldnt": "wouldn't", "shouldnt": "shouldn't", "whats": "what's", "thats": "that's",
    "wheres": "where's", "gonna": "going to", "wanna": "want to", "gotta": "have to",
    "u": "you", "ur": "your", "i": "I", "i'm": "I'm", "i've": "I've", "i'll": "I'll", "i'd":
        "I'd", "ilike": "I like", "ilove": "I love",
    "ihave": "I have",
    "ilive": "I live", "ihate": "I hate", "everyday": "every day",
    "ppl": "people", "gf": "girlfriend", "bf": "boyfriend", "ain't": "am not",
}  # fmt: skip

ADVERBS = words(
    """also always usually often sometimes never really just still already recently currently now
    once even quite rather only mostly generally normally rarely seldom hardly barely soon then
    absolutely totally truly actually honestly definitely probably certainly simply do_not not
    ever both all kinda sorta sort_of kind_of lately finally occasionally basically too well today
    secretly no_longer each tend_to so very much very_much almost almost_never hardly_ever have_also
    mainly frequently neither"""
)
VERBS_LIKE_ADVERBS = words("rely apply supply reply fly multiply comply imply bully rally")

BASE_VERBS = words(  # verbs that may stand after "and" or open a clipped sentence
    """like love hate enjoy dislike prefer adore live work study play have own teach speak drink eat
    run want need collect go read write cook bake paint draw sing dance swim drive ride travel watch
    listen make wear know believe train volunteer spend come get keep feel grow learn attend
    practise practice knit sew garden hike climb cycle walk sleep wake suffer take use avoid smoke
    visit stay fly buy meet start attend join celebrate
    am do sell fix coach help look design build code"""
)
BASE_IN_ED = words("need feed breed speed bleed embed weed wed heed seed succeed proceed exceed")
PAST = words(
    """was were had did went got bought sold made came saw took gave found felt left lost met told
    said knew thought grew began became broke brought built caught chose drank drew drove ate fell
    flew forgot froze hid held kept led learnt lent meant paid ran rode rang rose sang sat sent shot
    slept spoke spent stood stole swam swore taught threw understood woke wore won wrote quit hurt
    bit blew dreamt dug fought forgave hung heard laid burnt shook sank sought spelt stuck
    struck swept tore wept withdrew wound overcame underwent broke split"""
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
ADJECTIVES = (
    CONDITIONS
    | DEMONYMS
    | words(
        """tired happy sad angry hungry thirsty bored busy ill sick cold hot warm late early old
    young tall short big small fat thin shy loud quiet lazy strong weak rich poor free alone
    lonely ready
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
    bookseller florist optician radiographer nutritionist dietician ecologist archaeologist
    goalkeeper striker midfielder captain drummer guitarist pianist violinist cellist bassist
    treasurer
    assistant clerk dj blogger podcaster volunteer member translator undergraduate headteacher
    principal dean provost fellow"""
)
FAMILY_NOUNS = words(
    """mum mom mother dad father parent grandmother grandfather grandma grandpa granny grandparent
    sister brother sibling son daughter child kid baby twin wife husband partner spouse girlfriend
    boyfriend fiance fiancee fiancé fiancée aunt uncle cousin niece nephew family grandson
    granddaughter stepmother stepfather stepson stepdaughter stepsister stepbrother flatmate
    roommate housemate friend bestie boss colleague neighbour neighbor in-laws mate triplet"""
)
PETS = words(
    """dog puppy cat kitten hamster rabbit bunny parrot horse pony goldfish tortoise turtle budgie
    snake lizard gecko guinea_pig ferret pet"""
)
KINDS_OF_FAN = words("lover fan person owner addict nerd geek fanatic enthusiast runner gamer")

# ---------------------------------------------------------------------- sentences that are no facts

THINGS_ASKED_FOR = lines(r"""
    (?:(?:an?|some|any|more|your|the|good|new|another|few|little|bit of|quick|short|nice|
    funny|\d+|two|three|lots? of) )*(?:help|hand|advice|ideas?|suggestions?|recipes?|tips?|
    info|information|answers?|examples?|explanations?|jokes?|poems?|lists?|story|stories|
    translations?|recommendations?|favou?rs?|summary|opinion|assistance|support|something|
    directions|details|minute|second|moment|restaurants?|films?|movies?|books?|gifts?|
    presents?|hotels?|clarification|feedback|inspiration|hint|clue|songs?|playlist|gift|
    solution|code|script|function|essay|email|quiz|question|questions|riddle|quote|definition|
    link|chat|refund|everything|anything)\b""")
BACK = lines(r"""
    (?:it(?! when)|this|that|these|those|them|you|your|him|her|so)\b(?! (?:weekend|week|year|
    month|morning|evening|afternoon|summer|winter|spring|autumn|fall|semester|term))""")

FOUND = r"(?:find|found) (?:it|myself) (?:[\w-]+ )?(?:[\w-]+ (?:to|when)|\w+ing) "  # "it hard to"
NOT_A_FACT = [  # after "I" (and its adverbs): small talk, requests, speech, doubts
    r"(?:agree|disagree|apologi[sz]e|appreciate|thank|beg|doubt|bet|swear|repeat|insist|concur)\b",
    lines(r"""
        (?:see|understand|know|think|believe|hope|guess|suppose|mean|assume|remember|recall|
        forget|imagine|reckon|do|did|am|can|can't|will|would|have|should|try|tried|don't|didn't|
        won't)$"""),
    lines(r"""
        (?:see|understand|know|remember|recall|forget|care|get|got) (?:it|that|this|what|why|
        how come|you|your|who|where|when|the (?:point|answer|idea|feeling|task|rules|question)|if|
        whether|right|now|better)\b"""),
    lines(r"""
        (?:think|believe|guess|suppose|hope|reckon|assume|imagine|feel|bet|know|find) (?:so|not|
        it|it's|that|that's|this|you|you're|your|we|he|she|they|there|everyone|someone|all|like|
        the (?:answer|question|weather|world|problem))\b"""),
    lines(r"""
        (?:mean|said|say|told|asked|ask|mentioned|meant|thought|wondered|wonder|forgot|heard|
        wish I|wish it|wish you|wish there|wish we|quote|suggest|propose|recommend|request|
        require|command|order you|demand|pretend|declare)\b"""),
    lines(r"""
        (?:don't|didn't|can't|couldn't|never|do not|did not) (?:really |quite |even )?(?:know|
        understand|think|believe|remember|recall|mind|care|get|see|follow|agree|mean|wait|say|
        said|blame|hear|tell|help)(?:$| (?:it|that|this|what|why|how(?! to (?:swim|drive|cook|
        ride|dance|ski|knit|read|play|whistle|bake|sing|sew|skate|whistle))|you|your|who|where|
        when|if|so|the|a thing|anything$|to know|which|about (?:it|that|this)|whether|at all|yet|
        any of))"""),
    r"(?:don't|didn't|do not) (?:know|care|mind|understand)(?: (?:about|anything|yet|either))*$",
    lines(r"""
        (?:don't )?(?:want|need|require|would like|'d like) (?:to (?:know|ask|hear|see|understand|
        talk (?:to|about)|speak to|find out|discuss|say|point|check|thank|book|order|get|tell|
        clarify|request|report|find|make sure|test)\b|you\b|your\b|""")
    + THINGS_ASKED_FOR
    + ")",
    r"would (?:like|love|appreciate|prefer) (?!to\b)",
    lines(r"""
        would (?:say|be|guess|think|suggest|argue)"""),
    r"would love to (?:know|hear|ask|talk to|chat|see (?:it|that|you|an|some|more))",
    lines(r"""
        could (?:use|do with|eat|murder|not|really)"""),
    r"(?:can|could)(?:n't|'t)? (?:see|hear|tell|imagine|believe|wait|say|feel|assure|relate|think)",
    lines(r"""
        (?:am|was) (?:just |only |so |very |really |still |not |quite |a bit |pretty |
        also )*(?:sorry|fine|good|ok|okay|well|great|
        back(?! (?:to \w+ing|in [A-Z]|at (?:uni|school|work)|on))|here|sure|afraid(?! of)|glad|
        curious|
        wondering|confused|ready|listening|kidding|joking|asking|saying|waiting|talking about|
        referring|thinking(?! (?:of|about) (?!it|that|what))|talking to|all right|alright|done|
        certain|aware|serious|stuck|testing|typing|impressed|grateful|thankful|all ears|all set|
        doing (?:well|good|great|fine|ok|okay)|having (?:trouble|problems|difficulty)|happy to|
        happy that|amazed|trying to (?:understand|figure|find|get|fix|write|solve|say|make|
        install|run)|asking|wrong|right|the (?:admin|administrator|developer|system|
        owner of this)|an admin|your|you|who|what|why|how|in charge|correct|bored|speechless|
        off(?! to)|out of here|leaving now|happy to help)(?:$|[ ,!](?!at |in love|with my|to have|
        for my|of my|about my|from ))"""),
    r"(?:am|was) (?:looking|searching|hunting) for " + THINGS_ASKED_FOR,
    lines(r"""
        (?:have|had|got|have got) (?:an?|some|another|one more|no|the|this|a few|two|a quick|
        a little|to) (?:more )?(?:questions?|problems?|ideas?|requests?|doubts?|favou?rs?|clue|
        feeling|point|issue|say|go|run|leave|admit|ask|task|suggestion|assignment for you|tell|
        bug|error)\b"""),
    lines(r"""
        (?:must|should|have to|better|need to|had better) (?:go|run|leave|say|admit|ask|know|
        be going)\b(?! (?:to|on|home for|by))"""),
    lines(r"""
        will (?:see|try|think|wait|be (?:back|right|there|fine|ok)|take (?:it|that|this|a look)|
        do|let|tell|ask|check|get back|keep|give|remember|consider|pass|have (?:it|that|a think)|
        come back|look into|talk to you|catch|say|repeat|
        show)\b(?! my| a marathon| yoga| volunteer)"""),
    r"(?:am|was) (?:going to|about to) (?:ask|tell|say|test|give you|need you)\b",
    r"(?:changed|have changed) my mind",
    lines(r"""
        (?:love|like|hate|enjoy|prefer) (?:the (?:(?:\w+ )?one\b|sound|idea|way|answer)|how you|
        what you|when you|talking to you|chatting)"""),
    lines(r"""
        (?:like|love|hate|enjoy|prefer|want|need|use|do|did|try|tried|read|saw|got|loved|liked|
        found|hated|have|had|take|took|made|make|want|wanted|needed|can do|accept|doubt|
        see)[ ]""")
    + BACK,
    r"(?:copied|pasted|typed|clicked|pressed|uploaded|attached)\b",
    r"rest my case",
    r"(?:hope|trust|believe|fear) (?:the|my|all|everything|things|to hear)\b",
    lines(r"""
        (?:have|had) (?:already |just )?(?:told|said|asked|been (?:wondering|thinking(?! (?:about|
        of) \w+ing))|(?:full |root )?(?:access|permission)|no idea|read it|tried|seen (?:it|that|
        this)|heard)\b"""),
    r"come in peace",
    r"would rather not\b",
    r"give up$",
    r"am not following",
    r"have had enough",
    r"can't (?:find|open|run|install|log in)\b",
    r"am (?:groot|batman)$",
    r"(?:look forward|am looking forward) to (?:hearing|your|it)\b",
    r"love$",
    r"like$",
]
NOT_MINE = words(  # "My question is ...": nouns that do not belong to anybody's life
    """question questions guess point bad apologies pleasure mistake god goodness answer request
    prompt thanks opinion idea hope impression understanding regards condolences turn dear message
    code error program script bug query instructions instruction command text input essay sentence
    word words theory conclusion only_question advice first_question next_question last_question
    second_question suggestion concern issue problem task browser screen file notebook lord"""
)
MADE_UP = pattern(r"""
    (?:please |now |ok(?:ay)?,? |so |and |can you |could you |can we |let us |let's |
    i want you to |i'd like you to |in (?:this|the) (?:story|game|song|film|movie|book|poem|
    play|novel)\b.{0,40}|from now on,? )*(?:imagine|pretend|suppose|supposing|assume|assuming|
    what if|let's (?:say|play|pretend|imagine)|say that|play (?:the role|a role)|role-?play|
    act (?:as|like)|you are (?:now )?(?:a|an|the|my|going to|no longer)\b|translate|
    paraphrase|rephrase|rewrite|proofread|summari[sz]e|ignore|disregard|override|system\b|
    repeat|(?:new|forget|follow|these|the|my|your|all)(?: \w+){0,3} instructions?\b|
    correct (?:this|the|my)|spell|conjugate|quote|hypothetically|for example|e\.g\.|if\b|
    unless\b|were I\b|had I\b|once upon|in an alternate|in (?:a|another) (?:parallel|life|
    world|dream|past life)|fix (?:this|the|my)|dear |continue|complete (?:this|the)|
    finish (?:this|the))|in (?:this|the|my) (?:story|game|song|film|movie|book|poem|play|
    novel|dream)\b""")  # everything that follows is a game, a song, or somebody else's words
SAID = (
    pattern(r"""
    ^(?:here(?:'s| is| are)|this is) [^:]{0,40}:|^(?!I\b|we\b|my\b)(?:(?!\b(?:I|
    we)\b)[^,:]){0,60}?\b(?:said|says|
    say|told|tells|tell|wrote|writes|write|asked|asks|claims?|claimed|replied|replies|
    answered|sings?|sang|thinks?|thought|mentioned|called|shouted|believes?|quote|lyrics?|
    line)\b|^(?:assistant|ai|bot|chatbot|system|user|model|human|chatgpt|gpt|claude|memkit|
    admin)\s*[:>]|^my (?:\w+ ){1,3}(?:said|says|told me|tells me|asked|wrote|thinks? (?:I|
    that)|keeps saying|claims?|insists?|complains?|believes?|reckons?)""")
)  # "He said I am tired", "Assistant: I like chess"
OPENERS = pattern(r"""
    (?:(?:hi+|hello+|hey+|hiya|yo|howdy|good (?:morning|afternoon|evening|day)|greetings|
    welcome)(?: (?:there|again|everyone|everybody|all|guys|class|friend|bot|assistant|
    memkit))?\b|thanks?(?: you)?(?: so much| very much| a lot)?\b|cheers\b|ok(?:ay)?\b|
    alright\b|all right\b|well\b|so\b|and\b|but\b|or\b|oh\b|ah+\b|um+\b|uh\b|hmm+\b|yes\b|
    yeah\b|yep\b|yup\b|nope\b|no(?=,)|sure\b|great\b|cool\b|nice\b|wow\b|lol\b|haha\b|omg\b|
    please\b|pls\b|also\b|plus\b|anyway\b|by the way\b|btw\b|fyi\b|fun fact(?: about me)?\b|
    random fact\b|ps\b|p\.s\.|(?:just )?for your information\b|for the record\b|
    just so you know\b|guess what\b|(?:to be )?(?:honest|fair|frank)(?:ly)?\b|tbh\b|
    truth is\b|the truth is(?: that)?\b|the thing is(?: that)?\b|actually\b|in fact\b|
    one (?:more )?thing(?: about me)?\b|about me\b|a bit about me\b|a little about me\b|
    as (?:you know|I said|I told you|I mentioned|mentioned)\b|update\b|correction\b|
    note(?: to self| that)?\b|news\b|good news\b|bad news\b|big news\b|sadly\b|luckily\b|
    unfortunately\b|fortunately\b|apparently\b|obviously\b|basically\b|personally\b|
    surprisingly\b|turns out(?: that)?\b|it turns out(?: that)?\b|in my case\b|in general\b|
    on the other hand\b|as for me\b|me\?|change of plans?\b|change in plans?\b|(?:my |our |
    the )?plans? (?:have |has )?changed\b|
    new plan\b|scratch that\b|never mind\b|on second thoughts?\b|no wait\b|kindly\b|
    things (?:have )?changed\b|for me\b(?=,)|same\b(?=,)|sorry\b|wait\b|listen\b|
    look\b(?=,)|you see\b|you know(?: what)?\b|then\b|because\b|since\b(?= I am| I have)|
    cos\b|however\b|I (?:guess|think|suppose|mean|swear|believe|must say|have to say|
    would say|feel like|must admit|have to admit|admit|forgot to (?:say|mention)|
    should (?:say|mention)|told you|said|already told you|just remembered|just realised|
    just realized|want you to (?:know|remember)|would like you to (?:know|remember|note)|
    have (?:already )?told you|(?:want|wanted|would like|forgot) to (?:tell you|say|mention|
    add)|confess|am afraid|changed my mind|have changed my mind)(?: that\b)?(?=,? (?:I|my|we|
    our)\b)|
    I changed my mind\b|(?:(?:can|could|will|would) you )?(?:please )?(?:just )?(?:remember|
    note|don't forget|do not forget|never forget|keep in mind|bear in mind|memori[sz]e|save|
    store|write down|make a note|take note|remind yourself|add to (?:your )?memory|be aware|
    remember this|for future reference|you should know|you might want to know|let me tell you|
    you can remember)(?: (?:that|the fact that|this|down that|
    of the fact that))?\b(?=[:,]? (?:I|my|we|our)\b)|you (?:should|must|need to|ought to|
    may want to) (?:know|remember)(?: that)?\b|did you know(?: that)?\b|do you know(?: that|
    ,)(?= I (?:am|have|like|love|live|play|can))|remember\b(?=[:,])|
    (?:for )?future reference\b|memo\b|reminder\b|remember (?:the following|this)\b|
    (?:please )?remind me that\b|make sure (?:that )?(?:you (?:remember|know)(?: that)?\b)|
    it(?:'s| is) (?:important|useful|good) to (?:know|note|remember)(?: that)?\b|
    (?:please )?don't tell anyone\b|let me (?:tell you (?:about myself|something|
    a bit about m\w+)|introduce myself)\b|a few facts\b|facts? about me\b|
    hello from me\b)[\s,:.!…-]*""")  # what may stand before a statement and adds nothing to it
QUESTION = pattern(r"""
    (?:so |and |but |or |then )*(?:(?:what|where|who|whom|whose|which|why|how|what's|where's|
    who's|how's|when(?! I\b| my\b| we\b| it\b))\b|(?:do|does|did|can|could|would|will|is|are|
    am|was|were|has|had|should|may|shall|might|isn't|aren't|don't|doesn't|didn't|can't|
    couldn't|won't|wouldn't|shouldn't|haven't) (?:you|I|we|he|she|it|they|there|my|the|this|
    that|anyone|someone|anybody|your|his|her|our|people)\b|have (?:you|I|we|they|my)\b|
    any (?:ideas?|suggestions?|tips|chance|advice|recommendations?)\b|(?:and |what about |
    how about )?you$|guess (?:what|who|where|my|which|how)\b|tell me|tell us|let me know|
    remind me|suggest|recommend|help|give me|show me|please|find me|got any|know any|(?:got|
    have) (?:any|some) (?:ideas|tips))\b""")
TAG = pattern(r"""
    (?:right|correct|yes|no|ok|huh|eh|really|remember|am I|(?:is|are|do|does|did|have|has|was|
    were|can|could|will|would|should|wo|ca)(?:n't (?:I|it|you|we|they|he|she)| (?:I|it|we)))$""")

# ---------------------------------------------------------------------- sentences without their "I"

CLIPPED = [  # (what a clipped sentence begins with, what to put before it)
    (lines(r"""
        (?:love|like|hate|enjoy|adore|dislike|prefer)s? (?!(?:it|this|that|you|your|
        yourself|to (?:hear|see) (?:it|that)|the (?:idea|sound|way|answer)|what|how|a boss|them|
        one|is|at|me)\b)\w"""),
     "I "),
    (lines(r"""
        (?:really|absolutely|also|still|usually|often|never|always|just|recently|currently|
        barely) (?:love|like|hate|enjoy|live|work|eat|drink|play|run|cook|had|moved|got|started|
        bought|turned|finished|adopted|became|quit|watched|read|married|graduated|retired|came|
        have|sleep|wear|travel|smoke|ran|made|won|lost|sold|broke|booked|visited|learned|learnt|
        passed)\b(?! it\b)"""),
     "I "),
    (lines(r"""
        (?:got|moved|bought|adopted|grew up|started|quit|graduated|turned|used to|sold|married|
        spent|passed|became|won|booked|visited|joined|stopped|gave up|finished|lost my|broke my|
        live in|work (?:as|at|in|for)|speak|play the|have (?:a|an|two|three|four|five|
        \d+)) (?!it\b|that\b|this\b|you\b|nice\b|a (?:nice|good|great|lovely|question)\b|any\b|
        to\b(?! like| play| smoke| live| work| be| have))"""), "I "),
    (lines(r"""
        (?:can't|can not|don't|didn't|haven't|won't|never) (?:really |even )?(?:stand|swim|drive|
        cook|eat|like|drink|own|have|smoke|want|sing|dance|sleep|bear|ride|tried|wear|enjoy|speak|
        live|work|watch|play|had|learned|read without)\b(?! it\b| that\b| this\b| you\b)"""), "I "),
    (lines(r"""
        (?:will be|am|was|have) (?=\w)(?!you\b|i\b|a (?:nice|good|great)|fun\b|nice\b)(?=\w+ (?:a|
        an|in|at|on|from|the|two|\d)\b)"""), "I "),
    (lines(r"""
        (?:(?:currently|now|still|just|always|also|really|recently|not|no longer) )*(?:living|
        working|studying|learning|planning|going|moving|flying|training|staying|travell?ing|
        dating|teaching|getting (?:married|a)|raising|starting|saving up|recovering|loving|
        enjoying|preparing|
        saving|trying to (?:learn|lose|quit|save|become|find a|build|write)|doing (?:a|my)|
        visiting|expecting a|majoring|renting|hoping to|applying|
        retiring)\b(?! (?:on )?(?:it|this|well|good|great|to be fun)\b)(?!.*\b(?:is|are|was|
        you)\b) \w"""), "I am "),
    (r"half [A-Z]\w+", "I am "),
    (r"never been \w", "I have "),
    (lines(r"(?:<<adjective>>) (?:for|since|at heart|by choice)\b", adjective="|".join(CONDITIONS)),
     "I am "),
    (r"(?:born|raised) \w", "I was "),
    (r"(?:currently|now|still|just|always) (?!being|going)\w+ing (?!is\b|this\b|it\b)\w", "I am "),
    (r"looking for (?:an? )?(?:new )?(?:job|flat|house|work|apartment|internship)\b", "I am "),
    (r"off to (?!a\b|bed\b|you\b)\w", "I am "),
    (r"been (?!there|a while|good|great|thinking)\w+", "I have "),
    (lines(r"""
        (?:based|married|engaged|divorced|addicted|allergic|obsessed|intolerant|originally|
        really into|into|very into|fluent|afraid|scared|terrified|interested|mad about|
        crazy about|keen on|fond of|not (?:a|an|into|much of|really|very|keen)|no longer|
        almost \d|turning|currently (?:a|an|in|on|between)) (?!for you|you\b)\w"""), "I am "),
    (lines(r"""
        (?:an? )?(?:(?:big|huge|massive|total|proud|real|avid|keen|complete|lifelong|single|
        retired|stay-at-home|full-time|part-time|new|young|old|working|first-time|long-time|
        junior|senior|trainee|student|freelance|software|primary school|high school|maths|english|
        science|college|uni|university|\w+ish|\w+ese|\w+an) )*(?:[\w-]+ )?(?:fan|mum|mom|dad|
        father|mother|lover|person|owner|nurse|teacher|student|engineer|developer|doctor|beginner|
        runner|nerd|addict|gamer|parent|grandmother|grandfather|grandma|grandpa)(?: (?:of|from|in|
        at|with|to|by|for|and) .+| here)$"""), "I am a "),
    (r"(?:big|huge|massive|total) (?:[\w'-]+ ){1,2}(?:fan|nerd|lover|addict)$", "I am a "),
    (r"retired \w+$", "I am a "),
    (lines(r"""
        (?:terrible|bad|good|great|awful|rubbish|hopeless) (?:at|with) (?!it\b|that\b|
        this\b)\w"""), "I am "),
    (r"left[- ]handed|right[- ]handed", "I am "),
    (r"can't get enough of \w", "I "),
    (r"from (?:[A-Z]\w+)", "I am "),
    (lines(r"""
        from (?!now|what|here|there|then|today|tomorrow|time|scratch|home|work|school|my|your|the|
        this|that|these|a|an|one|all|both|experience|memory|him|her|them|it|me|us|which|where|
        when|who|how|top|bottom|left|
        right)[^\W\d_]{3,}(?:,? [^\W\d_]+)?(?: originally)?$"""), "I am "),
    (r"\d{1,3} (?:years? old|yrs? old|yo\b|y/o)", "I am "),
    (r"no (?:kids|children|pets|siblings|car|allergies|job|partner|hobbies)\b", "I have "),
    (lines(r"""
        new (?:job|flat|house|puppy|kitten|dog|cat|car|bike|school|phone|boyfriend|girlfriend|
        baby)\b"""),
     "I have a "),
    (lines(r"""
        (?:one|two|three|four|five|six|\d+) (?:\w+ )?(?:kids|children|cats|dogs|sisters|brothers|
        siblings|sons|daughters|pets|guitars|horses|rabbits|grandchildren)\b"""), "I have "),
]  # fmt: skip

# ------------------------------------------------------------------------------- topics of a memory

TOPICS = {  # a memory gets a topic when one of its words is one of these
    "name": "name nickname surname called",
    "age": "age years birthday born turned",
    "home": """
        live lives living moved move moving home house flat apartment rent from grew address
        hometown neighbourhood resides relocated""",
    "work": """
        job work works working career boss office colleague company employ unemployed retired
        freelance business nurse teacher engineer doctor developer lawyer chef pilot manager
        designer programmer accountant""",
    "studies": """
        study studies studying student school university uni college degree exam course learn
        learning learns class major thesis phd homework""",
    "food": """
        food eat eats eating drink drinks cook cooks cooking bake bakes baking coffee tea pizza
        vegan vegetarian pescatarian meat fish mushroom chocolate cake bread cheese diet dish
        meal breakfast lunch dinner curry rice soup salad noodles ramen chicken potato tomato
        banana apple strawberry burger taco sandwich pancake egg milk honey garlic coriander
        sushi pasta fruit spicy beer wine olive peanut nut""",
    "pets": """
        pet dog puppy cat kitten hamster rabbit parrot fish horse goldfish tortoise budgie snake
        lizard guinea""",
    "family": """
        family mum mom mother dad father parent sister brother sibling son daughter child
        children kid kids baby twin wife husband aunt uncle cousin niece nephew grandma grandpa
        grandmother grandfather married""",
    "relationship": """
        single married engaged divorced widowed girlfriend boyfriend partner wife husband dating
        relationship broke fiance wedding""",
    "friends": "friend flatmate roommate neighbour colleague",
    "health": """
        allergic allergy health ill sick doctor diabetic diabetes asthma pain injury broken
        medicine smoke smokes smoking gym fit sleep dyslexic headache glasses pregnant""",
    "plans": """
        going plan plans planning tomorrow tonight weekend next will hope hopes wants soon later
        trip appointment""",
    "hobbies": """
        hobby hobbies play plays playing game games anime manga read reading reads paint
        painting draw drawing hike hiking run running swim swimming guitar piano cello music
        film films movie movies book books chess football tennis garden gardening knit knitting
        dance dancing sing singing collect collects photography climbing cycling yoga gym
        comedies jazz""",
    "travel": """
        travel travels travelling trip visit visited visiting fly flying flight holiday vacation
        abroad""",
    "languages": """
        language languages speak speaks fluent bilingual spanish french german italian japanese
        chinese english arabic portuguese""",
    "possessions": "car bike own owns phone laptop boat motorbike",
}

# -------------------------------------------------------------------- spelling (english.py, step 1)

CODE = exact(r"""
    (?s:</?(?:system|assistant|user|developer|prompt|tool)\b[^<>]{0,200}>.*)|
    ```(?s:.*?)(?:```|\Z)|`[^`\n]{0,200}`|<[^<>\n]{1,200}>""")
HIDDEN = pattern(r"""
    "[^"\n]{0,300}"|“[^”\n]{0,300}”|«[^»\n]{0,300}»|
    (?<!\w)'(?=\w)(?:[^'\n]|'(?=\w)){2,200}'(?!\w)|
    \bhttps?://\S{1,300}|\bwww\.\S{1,300}|\b[\w.+-]{1,64}@[\w.-]{1,64}\w""")
NO_SPACE_AFTER_STOP = exact(r"(?<=[A-Za-z])([.!?,;])(?=(?:[Ii]|[Ii]'?m|[Mm]y)\b(?!\.))")
BEFORE_A_NAME = exact(r"""
    \b(name is|call me|called|live in|from|moved to|visit|I'm|I am)((?: [a-z'-]+)+)""")
STARTS = r"(?:^|(?<=[,.!?] )|(?<=\n))"  # where a sentence or a clause may start
KIN_OR_PET = "|".join(sorted(FAMILY_NOUNS | PETS))
NUMBER_WORD = lines(r"""
    \d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a dozen""")
Replacement = str | Callable[[re.Match[str]], str]
EXPANSIONS: list[tuple[re.Pattern[str], Replacement]] = [  # (what people type, what it stands for)
    (exact(r"\b(?:I'm|I 'm|I' m|I m)(?= )"), "I am"),
    (exact(r"\bI'm\b"), "I am"),
    (exact(r"\bI've\b(?: got\b)?"), "I have"),
    (exact(r"\bI have got\b"), "I have"),
    (exact(r"\bI'll\b"), "I will"),
    (exact(r"\bI'd (?=(?:been|never been|had|already|just|gone)\b)"), "I had "),
    (exact(r"\bI(?:'d|d)\b"), "I would"),
    (exact(r"<<starts>>[Ii]d(?= (?:like|love|rather|prefer)\b)", starts=STARTS), "I would"),
    (exact(r"""(?:<<starts>>|(?<=and ))
         ill(?= (?:be|go|visit|have|do|take|start|see|try)\b)""", starts=STARTS), "I will"),
    (exact(r"<<starts>>were (?=(?:all |both |now )?\w{2,}ing\b)", starts=STARTS), "we are "),
    (exact(r"\b([Ww]e)'re\b"), r"\1 are"),
    (exact(r"\b([Ww]e)'ve\b(?: got\b)?"), r"\1 have"),
    (exact(r"\b([Ww]e)'ll\b"), r"\1 will"),
    (pattern(r"\b(he|she)'s got\b"), r"\1 has"),
    (pattern(r"\b(he|she|it)'s\b"), r"\1 is"),
    (exact(r"\b([Nn]ame|birthday|job|age|number|surname)'s(?= \w)"), r"\1 is"),
    (exact(r"\b([Mm]y [\w ]{2,30})'s (?=(?:called|named|a|an|the|not|from|in)\b)"), r"\1 is "),
    (exact(r"\b([Mm]y) names (?=\w)"), r"\1 name is "),
    (pattern(r"\bmy (<<noun>>)s name is ", noun=KIN_OR_PET), r"my \1's name is "),
    (exact(r"\bI don't think I (?=(?:like|love|enjoy|want|eat|need)\b)"), "I don't "),
    (exact(r"\bname (?:isn't|is not) [^,]{1,40}, (?:it is|but|I am|my name is) "), "name is "),
    (exact(r"\bI am not (?:called|named) [^,]{1,40}, (?=my name|I am )"), ""),
    (exact(r"\b([Mm]y (?:favou?rite \w+|name|birthday|age|job|hobby|city))\s?: ?(?=\w)"),
     r"\1 is "),
    (exact(r"\bI am not got (?:no|any)\b"), "I have no"),
    (exact(r"\bI am not longer\b"), "I am no longer"),
    (pattern(r"\s[&+] (?=(?:I|my|we|<<verb>>)\b)", verb="|".join(sorted(BASE_VERBS))), " and "),
    (pattern(r"(?:^|(?<=[.!?] ))as an? (?!ai\b|language|assistant)([\w-]+(?: \w+)?), "
             r"(?=what|which|where|how|can|should)"), r"I am a \1, "),
    # forms and headlines
    (pattern(r"""
        <<starts>>(name|age|job|home|city|hometown|birthday|occupation|hobbies|
        favou?rite \w+) ?(?:: |:(?=\w)|= | - )(?=\w)""", starts=STARTS),
     lambda m: f"my {m[1].lower()} is "),
    (exact(r"<<starts>>Home is (?=(?:now )?[A-Z])", starts=STARTS), "my home is "),
    (pattern(r"""
        <<starts>>(?:what|the thing(?: that)?) I (?:really )?(love|like|hate|enjoy|dislike) (most|
        best|the most|least)? ?(?:about \w+ )?is (?!that\b|how\b|when\b)""", starts=STARTS),
     r"I \1 \2 "),
    (exact(r"\bI (love|like|hate|enjoy|dislike) (most|best|the most|least) ([^.!?,\n]{1,80})"),
     r"I \1 \3 \2"),
    (pattern(r"""
        <<starts>>([\w' -]{2,40}?) is what I (?:really )?(teach|do|play|study|want|like|love|drink|
        eat|need)
        \b( now| most)?""", starts=STARTS), r"I \2 \1\3"),
    (pattern(r"""
        <<starts>>[\w' -]{2,40}? is (?:no longer|not) my (favou?rite [\w ]{2,20}|\w+)( anymore)?,
        [ ]?([\w' -]{2,40}?) is(?: now)?(?=[.!]|$)""", starts=STARTS), r"my \1 is now \3"),
    (pattern(r"""
        \bI used to (hate|dislike|like|love|enjoy) ([^,.!?\n]{1,40}?),? but (?:now )?I (?:now )?
        (hate|dislike|like|love|enjoy|can't stand) (?:it|them)(?: now)?\b"""), r"I \3 \2 now"),
    (pattern(r"\b(?:is not|isn't) [^,.\n]{1,40}, (?:he|she|it) is "), "is now "),
    # what "his", "it" and "two" stand for
    (pattern(r"""
        (\b(?:have|got|adopted|bought|my) (?:an? |
        the )?(?:[\w-]+ ){0,2}?(<<noun>>)\b[^.!?\n]{0,60}[.!?,;
        ]\s+(?:and )?)(?:his|her|its) (?=name|birthday|favou?rite)""", noun=KIN_OR_PET),
     r"\1my \2's "),
    (pattern(r"""
        (\b(?:have|got|adopted|
        my) (?:an? )?(?:[\w-]+ ){0,2}?(<<noun>>)\b(?:[^.!?\n]{0,60}(?:[.!?]\s+|,? and )){1,2})
        (?:he|she) (?=is|was|has|lives|works|loves|likes|hates|plays|studies|wants)""",
             noun=KIN_OR_PET), r"\1my \2 "),
    (pattern(r"""
        (\bmy (birthday|name|age|phone number|number|address|favou?rite \w+)\b[^.!?\n]{0,30}\?\s+)
        (?:it is|that is) (?=(?:on )?(?:the )?(?:\d|(?-i:[A-Z])))"""), r"\1My \2 is "),
    (pattern(r"""
        (\b(?:like|have|own|got|love|want|keep) (?:any |some )?((?:\w+ )?\w+s)\?\s+(?:yes,? )?
        I (?:\w+ )?have (?:<<number>>|some|none|lots|a few))(?: of them| too| as well| myself)?
        (?=[.!,]|$)""", number=NUMBER_WORD), r"\1 \2"),
]  # fmt: skip

# ------------------------------------------------------- sentences and clauses (english.py, step 2)

SENTENCE_END = exact(r"""
    (?<=[.!?…])(?<!\bMr\.)(?<!\bDr\.)(?<!\bMs\.)(?<!\bSt\.)(?<!\bMrs\.)
    (?<!\b[A-HJ-Z]\.)(?<!\b[ap]\.m\.)[\"')\]]*\s+|
    \n+|\s*;\s*|\s+(?:--|[–—-])\s+|—""")
VERB_AFTER_MY = lines(r"""
    (?:is|are|was|were|has|have|isn't|aren't|will|can|can't|lives?|works?|loves?|likes?|
    hates?|plays?|studies|study|teaches|died|got|moved|goes|doesn't|don't|wants?|needs?|eats?|
    speaks?|makes?|calls?|thinks?)""")
VERB_OF_OTHERS = exact(r"\b<<verb>>\b", verb=VERB_AFTER_MY)
SUBJECT = lines(
    r"""
    (?:(?:(?:now|tomorrow|yesterday|today|tonight|usually|sometimes|on \w+days?|every \w+) )?
    I(?=\s)|we\s+(?=\w)|(?:my|our)\s+(?:[\w'-]+\s+){1,3}<<verb>>\b|
    (?:what|where|who|which|why|how)(?:'s)?\s|
    (?:do|does|did|can|could|would|will|is|are) (?:you|I|we|he|she|it|they|there|my|the)\b|
    any (?:ideas|suggestions|tips)|please\s|tell me|suggest\b|recommend\b|help me|give me|
    remind me|you$|
    (?:people|everyone|everybody|friends|they) (?:all |usually |just )?calls? me|
    (?:you can |just )?call me)""",
    verb=VERB_AFTER_MY,
)
BOUNDARY = pattern(r"""
    (?:\s*,\s*(?:(?:and|but|so|plus|also|then|yet|because|as|since)\s+)*|
    \s+(?:(?:and|but|so|plus|yet)\s+(?:also\s+|then\s+)?)|
    \s*[\U0001F300-\U0001FAFF☀-➿]\ufe0f?\s+|\s*\(\s*|\s*:\)+\s*|:\s+)(?=<<subject>>)""",
    subject=SUBJECT)  # fmt: skip
SECOND_VERB = exact(r"""
    (?:\s*,\s*(?:and\s+)?|\s+(?:and|but)\s+)(?:also\s+)?
    (?=(?:(?:really|usually|often|never|always|sometimes|currently|still|don't|can't|am)\s+)?
    (?:<<verb>>)\s+(?!and\b|or\b)[\w'])""", verb="|".join(sorted(BASE_VERBS)))  # fmt: skip
NO_SECOND_VERB = exact(r"""
    \b(?:to|can|can't|could|will|would|must|should|may|might|let|make|help|used|did|didn't)\b""")
VERB_AT_END = exact(
    r"\b((?:in|out|home|up|back|down|there|around) and )(<<verb>>)$",
    verb="|".join(sorted(BASE_VERBS)),
)  # "stay in and bake"
NEXT_FAVOURITE = exact(r"(?<=\w)\s+(?=my (?:name|favou?rite [\w ]{2,20}) (?:is|are) )")
RUN_ON = exact(r"""
    \s+(?=(?:I (?:am|have|like|love|live|work|hate|enjoy|study|play)|my name is)\b)""")
MAY_RUN_ON = exact(r"""
    (?:[Hh]i,? |[Hh]ello,? )?[Mm]y name is |I am (?!so|sure|not sure|glad)""")
TOGETHER = pattern(r"""
    (?:^|\b(?:both|weekends?|mornings?|afternoons?|evenings?|nights?|weeks?|months?|years?|
    (?:mon|tues|wednes|thurs|fri|satur|sun)?days?|summers?|winters?|tomorrow|tonight),? )
    (?:(?:my|our) (?:[\w'-]+ ?){0,4}|me)$""")
ANNOUNCES = pattern(r"""
    (?:I|we) (?:have|had|am|are|just|finally|recently|got|changed|moved|was|were|quit|left)\b
    (?!.*\b(?:said|say|told|wrote|written|write|read|sing|sang|song|line|motto|poem|lyrics?|heard|
    quote|following|this|message|text|idea|question|problem)\b)""")
LEAD_WORD = pattern(r"""
    (?:when|whenever|while|since|because|as|although|though|after|before|once|until|if|on|in|at|
    every|last|next)\b""")
TWO_SUBJECTS = exact(r"\b(?:I|we|my) .*\b(?:I|we|my)\b")
LAST_QUESTION = pattern(r"""
    , (?:so |and |but |then )?(?=(?:is|are|does|do|did|can|could|should|would|will|was|has|have|
    what|which|where|when|who|how|why|any)\b[^,]*$)""")

# -------------------------------------------------------- whose words they are (english.py, step 3)

SUM = pattern(r"""
    how (?:many|much)\b[^?\n]{0,80}\b(?:left|remain|remaining|altogether|in total|in all|
    (?:do|will|would|does|did) (?:I|we|he|she|they) (?:now |still )?(?:have|get|need|pay))|
    what is the (?:total|sum|difference|change)""")
NUMBER = pattern(r"\b(?:<<number>>|half|twice)\b", number=NUMBER_WORD)
MADE_UP_ONCE = pattern(r"(?:if|unless|for example|correct|fix)\b")
IF_HABIT = pattern(r"""
    if (?:I (?:have (?:the |enough |some |any |no |free )*(?:time|money|energy|chance)|
    (?:can|get (?:time|home|bored|stressed|tired)|feel \w+)|
    am (?:\w+ )?(?:tired|bored|stressed|sad|happy|free|home|alone|hungry|ill|sick|busy))|
    it (?:is (?:sunny|raining|warm|cold|nice|hot|snowing|dry|windy|wet)|rains|snows)|
    the (?:weather|sun) [^,]{2,30}?|there is (?:time|snow|wind))(?: [^,]{2,30}?)?,?
    [ ](?:I|we) (?!would|will|could|might|should|can\b|must)""")
FORGET_SENTENCE = pattern(r"""
    (?:forget|delete|remove|erase)\b[^,]*$|
    (?:don't|do not|stop|no longer) (?:keep|stor|sav|remember|record)\w*\b""")
CODE_LIKE = exact(r"""
    [{}\\=<>$|]|\(\)|\w_\w|::|//|^(?:def|import|from \w+ import|print|select)\b""")
TOLD = pattern(r"""
    \b(?:did you know|do you know|remember|note|forget|keep in mind|bear in mind|guess what|save|
    store|memori[sz]e|write down)\b""")
REASON = pattern(r" (?:because|since|as|considering|given that) (?=I |my )")
SOMEBODY_ELSE = pattern(r"(?:imagine|pretend|suppose|he|she|they(?! call)) ")

# ------------------------------------------------------------- the form of a clause (english.py, 3)

NAME = lines(r"""
    (?P<name>[^\W\d_][\w'’.-]*
    (?: (?:[A-Z][\w'’.-]*|de|da|van|von|der|den|la|el|bin|al|di|du))*)""")
LOOSE_NAME = lines(r"""
    (?P<name>[^\W\d_][\w'’.-]*
    (?: (?!and\b|but\b|from\b|I\b|not\b|now\b|by\b|here\b|btw\b|instead\b)[^\W\d_][\w'’.-]*){0,3}|
    [\ue000-\uf8ff])""")
NAMED = [
    pattern(r"""
        my (?P<which>(?:first |last |full |middle |family |real |new |user ?|nick ?)?name|surname|
        nickname) is (?:now |actually |called |spelled |spelt )?<<name>>""", name=LOOSE_NAME),
    pattern(r"(?:the )?name is <<name>>$", name=LOOSE_NAME),
    pattern(r"(?:I am|I was) (?:called|named) <<name>>", name=LOOSE_NAME),
    pattern(
        r"I (?:would |want to |would like to |prefer to |would prefer to )be called <<name>>",
        name=LOOSE_NAME),
    pattern(r"it is me,? (?=(?-i:[A-Z]))<<name>>$", name=LOOSE_NAME),
    pattern(r"I (?:now )?go by (?:the name )?(?:of )?<<name>>", name=LOOSE_NAME),
    pattern(r"""
        (?:you (?:can|may|should) |just |please )*call me (?!later|tomorrow|maybe|when|back|an?\b|
        the\b|if\b|at\b|on\b|now\b|crazy|old)<<name>>$""", name=LOOSE_NAME),
    pattern(r"""
        (?P<which>people|everyone|everybody|(?:all )?my (?:\w+ )?(?:friends|family|mates|parents|
        mum|mom|dad|colleagues|students)|they|most people|friends)(?: (?:in|at|on|from|
        around) [^,]{1,30}?)?
        [ ](?:all |usually |just )?calls? me (?!an?\b|the\b|crazy|late|every|on\b|at\b)<<name>>$""",
            name=LOOSE_NAME),
]  # fmt: skip
KINDS_OF_NAME = {
    "real name": "name", "full name": "name", "new name": "name", "nick name": "nickname",
    "surname": "surname", "nickname": "nickname",
}  # fmt: skip
NO_NAME = exact(r"""
    (?:a|an|the|not|so|very|really|hard|on|in|common|it|that|after|for|spelled|spelt|pronounced|
    too|your|what)\b""")
NAMES_NOTHING = pattern(  # "my name is not important": the name stays as it was
    r"(?:my|the) (?:(?:first|last|full|middle|real|new|user|nick) ?)?name is\b"
)
I_AM_NAME = exact(
    r"""
    (?:I am|[Tt]his is|[Ii]t's|[Ii]t is) <<name>>
    (?P<rest>(?:,| from| and| \d| here\b| speaking\b| again\b| by\b| with\b).*)?$""",
    name=NAME,
)
NAME_HERE = exact(r"(?P<name>[^\W\d_][\w'-]+(?: [A-Z][\w'-]+)?) (?:here|again|speaking)(?:,.*)?$")
NEVER_NAMES = (
    ADJECTIVES | PEOPLE_NOUNS | FAMILY_NOUNS | ADVERBS | BASE_VERBS
    | words("admin root god groot user nobody nothing")
)  # fmt: skip
LEAD = pattern(r"""
    (?P<lead>(?:on|in|at|every|each|most|last|next|this|after|before|during|since|for|by|
    until|these|nowadays|currently|tomorrow|tonight|today|yesterday|recently|lately|right now|
    some|later|soon|one|two|three|four|five|a|once|over|as|to|with|when|whenever|while|
    because|although|though|even|despite|instead of|rather than|growing up|monday|tuesday|
    wednesday|thursday|friday|
    saturday|sunday|weekends|first|back|now|apart|besides|like|if|ever|whereas|unlike|
    at the moment|until|thanks to|mornings|evenings)\b[^,]{0,70}?)(?:,? (?P<main>(?:I|we) .+)|
    ,? (?P<two>(?:my [\w' -]+ and I|me and my) .+)|, (?P<mine>my .+))$""")
LEAD_CLAUSE = pattern(r"""
    (?P<lead>(?:when|whenever|while|(?:ever )?since|because|as|although|though|after|before|once|
    until|if) (?:I|we|my \w+) [^,]{2,70}?)(?:,? (?P<main>(?:I|we) .+)|(?P<two>$)|
    , (?P<mine>my .+))$""")  # "When I was a kid | I lived in Rome"
LEAD_OF_OTHERS = exact(r"\b(?:you|your|he|she|it's|they|says?|said|sings?)\b")
NO_LEAD = pattern(r"when I say|as (?:you|an ai)|like (?:you|I said)|to (?:be|tell)")
WEEKDAY = exact(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day")
OFTEN = pattern(r"""
    (usually|often|sometimes|normally|generally|always|mostly|rarely|occasionally|typically|
    never|still|currently|recently|lately),? (I|we) (.+)""")
TWO_OF_US = pattern(r"""
    (?:(?:both )?(?P<other>my [\w' -]{2,40}?) and I|
    (?:me|I) and (?P<one>my [\w'-]+(?: [A-Z]\w+)?)) (?P<rest>.+)$""")
MINE_AT_END = pattern(r"""
    (?P<what>[^,]{1,60}?) (?P<be>is|are|was|were) (?:also |still |now |definitely |
    probably )?my (?P<mine>(?:(?:absolute|all-time|very|new) )*(?:favou?rite|fave?|
    best friend|hobby|passion|hometown|home town|dream|job|name|birthday|wife|husband|sister|
    brother|mum|mom|dad|thing|speciality|biggest|first language|native language|mother tongue|
    partner|girlfriend|boyfriend|guilty pleasure|comfort food|worst|weakness|least)[^,]*)$""")
NO_SUBJECT = pattern(r"(?:it|that|this|what|who|which|you|he|she|there)\b")
DOES_TO_ME = pattern(r"""
    (?!you\b|it\b|that\b|this\b|he\b|she\b|they\b|your\b|there\b|let\b|please\b|do\b|don't\b|stop\b)
    (?:[\w'-]+ ){1,4}?(?:makes?|gives?|scares?|terrif(?:y|ies)|bores?|relax(?:es)?|
    calms?|annoys?|upsets?|helps?|fascinates?|runs? in|keeps?|drives?|bothers?|excites?|
    interests?|inspires?|stress(?:es)?|depress(?:es)?|disgusts?|frightens?|cheers?|
    hurts?) (?:me|my|our)\b.*""")
SOME_OF_MINE = pattern(r"""
    (?:(?:both|all|half) (?:my|our) \w+ \w+|(?:neither|none|both|one|two|three|four|some|most|all|
    half|many|each|everyone) (?:of|in)
    [ ](?:my|our) \w+ \w+)""")
BIRTHDAY = pattern(r"""
    (?P<day>it's|it is|today is|today's|tomorrow is|tomorrow's) my (?P<what>birthday|
    anniversary|\d+\w+ birthday)(?P<when>.*)$""")
COUNT = pattern(r"there (?:are|is) (?P<rest>.+ (?:in|of) (?:my|our) .+)$")
TRAILING = pattern(r"""
    (?:[\s,]+(?:btw|by the way|lol|haha+|please|pls|thanks|thank you|though|fyi|ok|you know|
    xd|tbh|if that helps|if you must know|just so you know|for your information|ok\?|as well|
    to be honest|honestly|I think|I guess|so yeah|if you want to know|hehe|remember that|
    remember|right|and stuff|you see|actually|too|from now on|sadly|luckily|unfortunately|
    fortunately|after all|
    (?:so )?(?:nice|pleased|good|great|lovely) (?:to meet|meeting) you(?: all)?))+$""")
LIST_OF_VERBS = pattern(
    r"(?:I|we) (?:\w+ly )?\w+, (?:(?!and\b|or\b)\w+, )*(?!and\b|or\b)\w+,? (?:and|or) \w+$"
)
WISH = exact(r"\bwould\b.*\bif\b|\bif I (?:were|had|was|could)\b")
LET_US = exact(r"""
    (?:should|can|could|need to|have to|will see|must|would|are an? (?:\w+ )?(?:class|group|team|
    school|course|club))\b""")
NOT_A_VERB = exact(r"""
    (?:and|or|but|the|a|an|is|of|to|in|on|my|not|if|as|for|robot|he|she|it|me|i|we|you)\b""")
PRONOUN = exact(r"""
    \b(I|[Mm]e|[Mm]y|[Mm]yself|[Ww]e|us|[Oo]ur|[Oo]urs|[Oo]urselves)\b(?!\.)""")
FINITE = PAST | FIXED | BASE_VERBS | frozenset(THIRD) | frozenset(THIRD.values())
ROLES = PEOPLE_NOUNS | KINDS_OF_FAN | FAMILY_NOUNS
ROLE = pattern(r"""
    (?:(?:an?|the) )?(?:[\w-]+ ){0,2}?(?P<noun>[\w-]+) (?:for|at|in|of|with|from|
    to) (?P<rest>.+)$""")
TOPIC_WORDS = {topic: words(row) for topic, row in TOPICS.items()}
GREETING = pattern(r"""
    (?:hi+|hello+|hey+|hiya|yo|howdy|good (?:morning|afternoon|evening|day)|greetings)\b""")

# ---------------------------------------------------- what is the same, and what changed (rules.py)

STOP_WORDS = words(
    """the user user's a an and or but to of in on at for with from by as is are was were be
    has have had do does did my your their they them it its also too very really so just now
    still already who that this which about me i you s not no never n't only 's than then called
    named there what got most much lot lots bit all time actually recently currently again his her
    say says like love enjoy likes loves enjoys
    been being away instead these days nowadays either"""
)
SAME_STEM = {  # stems that mean the same when two memories are compared
    "flight": "fly", "fli": "fly", "movi": "film", "student": "study", "stud": "study",
    "bicycl": "bik", "smoker": "smok", "kid": "child", "children": "child", "runner": "run",
    "swimmer": "swim", "mom": "mum", "mother": "mum", "father": "dad", "teacher": "teach",
    "mathematic": "math",
}  # fmt: skip
SLOT_WORDS = words(  # the words that name a slot and are not its value
    """name lives live living moved works work working job year years old turned based resides
    birthday new born today age last weekend relocated started became nickname wants hopes would
    become dream turning yet promoted month week home goes uses takes hometown"""
)
ADVERB = r"(?:\w+ly |now |just |also |still |has |have |recently |no longer |often |always )*"
FILLED_BY = {  # what a person has one of: (slot, how a memory that fills it reads)
    "name": r"The user's name is|The user is (?:called|named) ",
    "age": lines(r"""
        The user (?:is|has turned|just turned|turned|will be) (?:now |almost |only |nearly )?
        \d{1,3}(?: years?| now| today|\.|$)|The user's age is"""),
    "birthday": r"The user's (?:birthday|date of birth) is|The user was born on",
    "birth year": r"The user was born in \d",
    "home": lines(r"""
        The user <<adverb>>(?:is )?<<adverb>>(?:lives?|living|moved|moving|
        relocated|resides|based|settled)(?: \w+)?(?: back)?(?: (?:here|over))? (?:to|in|at|near|
        outside) (?!a\b|an\b|the (?:country|city|suburb|cent)|my\b|their\b|with\b|together\b)|
        The user's (?:home|address|city|home town now) is|
        The user (?:no longer lives|doesn't live|left) (?:in|at)?""", adverb=ADVERB),
    "job": lines(r"""
        The user <<adverb>>(?:works?|worked|started working|is working|
        (?:got|has|started) an? (?:new )?job|got (?:a|the) promotion|
        is (?:now )?(?:the )?(?:(?:team|tech|group) lead(?:er)?|head of)|(?:was|got|been) promoted|
        (?:quit|lost|left) their job|doesn't work|bec[oa]me an?|retired|changed (?:jobs|careers?)|
        got (?:fired|hired|laid off)|is (?:unemployed|retired|between jobs))\b(?! out| hard| with)|
        The user's (?:new )?(?:job|occupation|profession|work) is""", adverb=ADVERB),
    "relationship": lines(r"""
        The user <<adverb>>(?:is |isn't )?<<adverb>>(?:single|married|
        engaged|divorced|widowed|dating|in a relationship|got (?:married|engaged|divorced)|
        broke up|split up|seeing someone|separated|
        (?:has )?an? (?:new )?(?:girlfriend|boyfriend|partner|fianc\w+))""", adverb=ADVERB),
    "diet": lines(r"""
        The user (?:\w+ly |now |just |has |is |no longer |isn't |became |went |turned |used to be |
        an? |also |not )*
        (?:vegan|vegetarian|pescatarian|veggie)\b|The user (?:\w+ )?eats meat(?: again| now)?\.|
        The user (?:is back to|started) eating (?:meat|fish)"""),
    "origin": r"The user (?:is|comes) (?:originally )?from\b",
    "ambition": lines(r"""
        The user <<adverb>>(?:doesn't want|wants|would like|would love|hopes|plans|is (?:planning|
        hoping)|
        dreams) (?:to be|to become|of being|of becoming) an? |The user's dream job is""",
        adverb=ADVERB),
    "commute": lines(r"""
        The user <<adverb>>(?:usually )?(?:walks|cycles|drives|bikes|commutes|runs|goes|travels|
        (?:takes|gets|rides|catches) (?:the|a|their) [\w ]{2,20}?) to
        [ ](?:work|school|uni|university|the office|college|campus|class)\b""", adverb=ADVERB),
    "wake-up time": r"The user (?:\w+ )?(?:wakes|gets) up (?:at|around|before)",
    "bedtime": r"The user (?:\w+ )?goes to (?:bed|sleep) (?:at|around|before)",
    "height": r"The user is [\w. ]+ tall",
    "weight": r"The user weighs",
}  # fmt: skip
SINGLE = {slot: pattern(row) for slot, row in FILLED_BY.items()}
SINGLE_NOUN = pattern(r"""
    The user's ((?:first |last |full |middle |family |real )?name|surname|nickname|age|birthday|
    address|(?:phone )?number|e-?mail(?: address)?|height|weight|shoe size|star sign|zodiac sign|
    major|hometown|home town|blood type|native language|mother tongue|first language|pronouns|
    username|dream job|handle|best friend|boss|manager|husband|wife|boyfriend|girlfriend|
    diet|drink of choice|least favou?rite [\w ]+?|(?:absolute |all-time |new )*
    (?:favou?rite|fave?) [\w ]+?|[\w ]+'s (?:name|age|birthday)) (?:is|are|was)\b""")
ROLE_MEMORY = pattern(r"""
    The user (?:is|isn't) (?:now |no longer |not |currently )?an? (?:[\w-]+ ){0,2}?([\w-]+)
    (?: (?:at|in|for|from|now|by|with|and|anymore)\b.*)?\.$""")
CALLED = pattern(r"The user's ([\w ]+?) (?:is|are) (?:now )?(?:called|named)\b")
HOME_OF_OTHERS = pattern(r"""
    The user's (\w+)(?: [A-Z]\w+)? (?:now |has |just )*(?:lives|moved|is living) (?:in|to)\b""")
CHANGES = [  # (a statement that says it changed, the memory that it changes)
    (r"broke up|split up|divorced|separated",
     r"\b(?:girlfriend|boyfriend|partner|wife|husband|fianc\w+)\b"),
    (r"(?:switched|changed|changing|switching) (?:\w+ )?(?:major|course|degree|subject)s?\b|"
     r"dropped out|graduated", r"\b(?:stud(?:y|ies|ying)|student|major)\b"),
    (r"(?:finished|completed|left) (?:school|university|uni|college|"
        r"their (?:degree|studies|course))",
     r"\b(?:stud(?:y|ies|ying)|student)\b"),
    (r"changed their name", r"The user's name is"),
    (r"(?:is|feels) (?:better|healthy|well) (?:now|again)", r"The user (?:is|feels) (?:ill|sick)"),
    (r"moved out|lives alone", r"\b(?:lives|living) with\b"),
    (r"started (?:eating meat|eating fish)", r"\b(?:vegan|vegetarian)\b"),
    (r"passed their driving test|can drive now", r"(?:can't drive|learning to drive|driving)"),
]  # fmt: skip
TASTE = words("like love enjoy adore dislike hate loathe detest prefer fancy")
TASTE_VERB = exact(r"""
    The user (?:\w+ly |really |no longer |doesn't |does not |also |still |never |now |used to |
    (?:just )?can't stand )*(\w+?)[sd]?\b""")
FAN = exact(r"The user (?:is|isn't)(?: \w+)* (?:into|fan of|fond of|keen on|mad about)\b")
AGAINST = exact(r"""
    n't\b|\bnot\b|\bnever\b|no longer|any ?more\b|\bstopped\b|\bquit\b|\bgave up\b|\bgiven up\b|
    \bused to\b""")
DISLIKE = exact(r"""
    \b(?:hates?|dislikes?|loathes?|detests?|can't stand|can't bear|tired of|sick of|
    doesn't mind)\b""")
NO_OBJECT = exact(r"""
    \b(?:hates?|dislikes?|loathes?|detests?|can't stand|can't bear|tired of|sick of|doesn't mind|
    prefers?|
    adores?|owns?|anymore|any more|any longer|start(?:ed|s)?|again|fan|into|fond|keen|longer|
    stopped|quit|gave up|
    given up|used to|plays?|playing|watching|listening|eating|drinking|drinks?|eats?|eat|play|
    one|going|goes|go|planning|plans?|plan|visit(?:ing|s)?)\b""")
ENDED = exact(r"""
    The user (?:\w+ly |just |has |have |recently |finally )*(?:stopped|quit|gave up|given up|
    sold|lost|swapped|moved on from|(?:gone|went) off|(?:grown|fallen) out of|split up with|
    (?:got|gotten|am|is) over|(?:given|gave|thrown|threw)(?= .*\baway\b)|traded|exchanged|replaced|
    no longer|doesn't|isn't|aren't|is not|is no longer|
    got rid of|gave away|
    broke up with|switched from|changed from|moved from|went from|dropped|cancelled|canceled|
    left|finished|don't|used to|won't|can't|decided (?:not to|against)|hates?|dislikes?|
    can't (?:stand|
    bear))\b(?P<what>.*)""")  # a statement that ends an older one, and what it ended
AFTERTHOUGHT = exact(
    r"""
    \b(?:to|for|with|because|but|they|as)\b(?! smok)|[,;]|
    \band (?=(?:now )?(?:\w+ed|<<past>>|<<third>>)\b)""",
    past="|".join(sorted(PAST)),
    third="is|has|does|goes|plays|works|lives|studies|drinks|eats",
)
GONE = exact(r"n't (?:have|own)|no longer (?:has|owns)|sold|gave away|got rid|lost")
HAD = exact(r"""
    The user (?:\w+ly )?(?:has|had|owns?|got|bought|drives?|rides?|plays?|adopted)\b|
    The user's""")
LOST_ONE = exact(r"""
    The user's (\w+)(?P<name> [A-Z]\w+)? (?:has )?(?:died|passed away|ran away|got stolen|
    was stolen|broke down)""")
NAME_OF_ONE = r"\b{0}(?:'s name is|,? (?:is )?(?:named|called))? (?P<name>[A-Z][\w'-]*\w)"

# Words of change. A strong one says that something older is over; a weak one says it only of what
# one does one at a time: "I drive a van now" replaces a car, "I play chess now" replaces nothing.
INSTEAD_OF = exact(r"""
    ,? (?:instead of|rather than|in place of|and no longer)\s+(?P<gone>[^,.]+)|
    (?:,(?: and| now)*| and| now) not\s+(?P<not>[^,.]+)(?=\.$)""")
STRONG_CHANGE = exact(r"""
    \b(?:instead|rather than|no longer|switched|swapped|changed (?:to|from)|after all)\b""")
WEAK_CHANGE = exact(r"\b(?:now|nowadays|these days|new|at the moment|currently|lately)\b")
ANNOUNCED = pattern(r"""
    \b(?:change of plans?|changed? (?:of|my) (?:mind|plans?)|plans? (?:has |have )?changed|
    new plan|scratch that|correction|never mind|on second thoughts?|actually,? (?:no|it)|
    no,? wait|I meant?(?! that)|sorry,? I mean|I was wrong|things (?:have )?changed)\b""")
CORRECTED = pattern(r"""
    (?:(?:no|actually|sorry|wait|well|oh)\b,? )*(?:it is|it's|that is|that's|I meant?|it should be|
    make that) (?P<new>[\w' -]{1,40}?),? (?:and )?not (?P<old>[\w' -]{1,40}?)[.!]*$""")
ONE_AT_A_TIME = words(
    """live work study teach drive use wear support drink read date see commute attend rent weigh
    sleep earn pay spend supervise coach manage prefer"""
)
EVERYDAY_VERBS = words("have be do go get want make take")  # too common to say what is done
FRAME = exact(r"""
    The user (?:\w+ly |now |just |also |still |never |often |always |only |really )*
    (?:(?:is|was) (?:now |currently |still )?(?:(?:planning|hoping|about|thinking|learning) (?:to|
    of)
    |going to (?=(?:<<verb>>)\b))|
    (?:wants|hopes|plans|decided|intends|would like|would love|used) to|
    has decided to|has been|has (?=(?:\w+ed|<<past>>)\b)|
    (?:will|is|can|doesn't|won't|isn't|would)
    (?: now| not| rather| just)?)? ?(?P<verb>[^\W\d_]+)""", verb="|".join(sorted(BASE_VERBS)),
    past="|".join(sorted(PAST)))  # fmt: skip
WHEN = pattern(
    r"""
    \b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|
    august|september|october|november|december|today|tomorrow|tonight|weekend|week|month|year|
    morning|afternoon|evening|noon|midnight|next|this|summer|winter|spring|autumn|fall|christmas|
    easter|\d[\w:.]*|am|pm|o'clock|later|earlier|<<number>>)\b""",
    number=NUMBER_WORD,
)
EVENTS = words(
    """exam test appointment meeting interview flight trip wedding party concert race match class
    lesson holiday vacation deadline presentation date surgery operation marathon conference show
    train visit game rehearsal course workshop graduation move reservation booking test dentist"""
)
HAS_MOVED = exact(r"""
    The user (?:has )?(?:had to )?(?:moved?|postponed?|rescheduled?|delayed?|brought|cancell?ed|
    pushed)""")
RESCHEDULED = exact(r"""
    \b(?:moved|postponed|brought|pushed|cancelled|canceled|rescheduled|delayed|brought forward|
    pushed|is|are|
    called off|put off|now)\b""")

# ---------------------------------------------------------------------------- forgetting (rules.py)

FORGET = pattern(r"""
    (?:(?:can|could|will|would) you |please |kindly |just |i want you to |i'd like you to |
    i would like you to |you (?:can|should|must|may) |now |i (?=no longer want|don't want|
    do not want))*(?:forget|delete|remove|erase|
    wipe|clear|drop|unlearn|discard|get rid of|throw away|take out|scrub|(?:don't|do not|stop|
    no longer) (?:want you to )?(?:remember(?:ing)?|know|stor(?:e|ing)|keep(?:ing)?|sav(?:e|
    ing)))\b ?(?P<what>.*)""")
FORGET_ALL = pattern(r"""
    (?:about )?(?:me\b|(?:absolutely )?(?:everything|all|whatever|anything)(?: of)?
    (?: (?:about me|you (?:know|have|remember|stored?|saved|learned|learnt)|
    my (?:memories|data|information|facts)|(?:the )?memories|i(?: have|'ve)? (?:told|said)|
    that you|of it|data|facts|from memory|the facts).*)?$|(?:all )?(?:of )?(?:my|your|the)
    [ ](?:memory|memories|data|personal data|information|facts|profile)\b(?! (?:about|on|of) ))""")

# ----------------------------------------------------------------------------- answering (rules.py)

WHERE_TO_LOOK = [  # (what a question or a forget-request mentions, the slot, how we name it)
    (r"my (?:full |first |own |real )?name\b|(?:am i|i'm|i am) called|who (?:am i|i am)", "name",
     "your name"),
    (r"how old (?:am i|i am|i'm)\b|my age\b", "age", "how old you are"),
    (r"my birthday|(?:was i|i was) born|my date of birth", "birthday", "your birthday"),
    (lines(r"""
        where (?:do )?i(?:'m| am)? (?:now )?liv|where (?:am i|i am|i'm) (?:based|living|from)|
        my (?:home|address|city|town)\b(?! ?town)|which (?:city|town|country)"""), "home",
     "where you live"),
    (lines(r"""
        my (?:job|work|profession|occupation|employer)|for a living|where (?:do )?i work|
        what i do\b|what do i do$|what (?:is|was) my job"""), "job", "your job"),
    (r"my relationship|am i (?:single|married)", "relationship", "your relationship status"),
    (r"my diet\b|am i (?:vegan|vegetarian)", "diet", "your diet"),
]  # fmt: skip
MY_KIN = pattern(  # whom or which pet a question is about: "my little brother's dog"
    r"\bmy (?P<whole>(?:[\w-]+ )?(?:(?:<<noun>>)'s )*(?P<noun><<noun>>))s?\b", noun=KIN_OR_PET
)
OF_KIN = [  # (what is asked of a person or pet, how a fact tells it, how we name what is asked)
    (r"birthday|\bborn\b", r"birthday|\bborn\b", "your {}'s birthday"),
    (r"how old|\bage\b",
     r"\b\d{1,3}\b(?! (?!years?\b)\w+s\b)|\byears?\b|born|birthday|\bage\b",
     "how old your {} is"),
    (r"\bnames?\b|\bcalled\b",
     rf"\b(?:named|called|names?)\b|\b(?:{KIN_OR_PET})(?: is|,)? [A-Z]|"
     rf"[A-Z]\w+,? (?:is )?the user's (?:{KIN_OR_PET})\b", "your {}'s name"),
    (r"\bwhere\b.*\b(?:live|from)|which (?:city|town|country)",
     r"\b(?:lives?|living|moved|from|based|home)\b", "where your {} lives"),
    (r"\bjob\b|for a living|\bwhere\b.*\bwork\b|profession|occupation",
     r"\b(?:works?|working|job|is an? )", "your {}'s job"),
]  # fmt: skip
TOPIC_QUESTIONS = [  # (what a question mentions, the topic that answers it, how we name it)
    (r"\bpets?\b|animals", "pets", "about your pets"),
    (r"\bhobb(?:y|ies)\b|free time|for fun|spare time|interests?\b", "hobbies",
     "about your hobbies"),
    (r"\bplans?\b|\btomorrow\b|\bweekend\b|\btonight\b|going to do|am i doing|am i going", "plans",
     "about your plans"),
    (r"\beat\b|\bfood|\bdiet|\bdrink|\bdishe?s?\b|\bcook|dinner|lunch|breakfast|recipe|meal|snack",
     "food", "what you eat"),
    (r"allerg|health|medical|illness", "health", "about your health"),
    (r"famil|relatives|siblings|children|kids|parents", "family", "about your family"),
    (r"friends?\b", "friends", "about your friends"),
    (r"languages?", "languages", "about your languages"),
    (r"stud(?:y|ies|ying)|school|university|major", "studies", "about your studies"),
    (r"travel|trip|holiday|vacation", "travel", "about your travels"),
    (r"\bjob|\bwork", "work", "about your work"),
]  # fmt: skip
ABOUT_ME = pattern(r"""
    (?:know|remember|learned|learnt|stored|saved|tell me|memories|facts|anything|something|
    everything|all)\b.*\b(?:about me|of me|about myself)\b|
    what (?:did|have) i (?:\w+ )?(?:tell|told|say|said)|who (?:am i|i am)\b|
    do you (?:know|remember) me\b|describe me|summari[sz]e me|what do you (?:know|remember)\??$""")
LIKES = pattern(r"""
    (?:what|which|do|things?|stuff).*\bi (?:really )?(?:like|love|enjoy)\b|my likes|
    my (?:tastes?|preferences)|(?:do|what|don't) i (?:hate|dislike)""")
ADVICE = pattern(r"""
    suggest|recommend|should i|could i (?:do|cook|eat|read|watch|make|try|wear|visit|give)|
    any (?:ideas?|tips|suggestions|advice|recommendations)|
    help me (?:plan|choose|decide|pick|find)|
    what (?:can|shall|to) (?:i )?(?:do|cook|eat|read|watch|make|try|wear)|ideas? for|
    what to (?:do|cook|eat|read|watch)|plan (?:my|a)|
    i need (?:an? )?(?:ideas?|recipe|suggestion|advice)|i(?:'m| am) (?:so )?bored|gift|
    surprise me|inspire me""")
ADVICE_ABOUT = [  # (what the advice is about, the topics it rests on, what we suggest then)
    (r"\b(?:eat|food|cook|dinner|lunch|breakfast|recipe|meal|snack|restaurant|drink)",
     words("food"), "look for something to eat that fits that"),
    (r"\b(?:book|read|film|movie|watch|series|music|song|game)", words("hobbies"),
     "look for one along those lines"),
    (r"\b(?:gift|present)", words("hobbies food pets"), "choose something to do with that"),
    (r"\b(?:travel|trip|visit|holiday|vacation|go to)", words("travel hobbies"),
     "look for a place that goes with that"),
]  # fmt: skip
FOOD_LIMIT = pattern(r"\b(?:allerg|diabet|intoleran|celiac|coeliac|lactose|gluten)")
TIME_ASKED = pattern(r"""
    \b(?:(?:this|next) (?:weekend|week|evening|afternoon|morning|summer|winter|month|friday|
    saturday|sunday)|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|at the weekend|tonight|today|
    tomorrow)\b""")
PLANNED = exact(r"""
    The user (?:\w+ly |also |still )*(?:is (?:now )?\w+ing|will|plans|has (?:tickets|
    an? [\w ]{2,30}))\b""")
OPEN_PLAN = exact(r"""
    The user (?:\w+ly |also |still )*(?:is (?:now )?(?:(?:going|planning|hoping|about)
    (?! to (?:be|become|have|turn)\b)|visiting|flying|travell?ing|meeting|seeing)|
    will (?!be\b|become\b|turn\b|have\b)|plans to|has tickets)\b""")
FAR_TIME = exact(r"""
    \b(?:January|February|March|April|(?:in|next|of) May|June|July|August|September|October|
    November|December|next \w+|in \d{4}|in \w+ (?:days|weeks|months|years)|Christmas|Easter|
    (?:in|this) (?:the )?(?:summer|winter|spring|autumn|fall)|some ?day|one day|later|after|when|
    eventually|in the future|yesterday|last \w+|every \w+)\b""")
NEAR_TIME = pattern(r"""
    \b(?:(?P<day>(?:mon|tues|wednes|thurs|fri)day)s?|(?P<sat>saturday)|(?P<sun>sunday)|(?P<end>weekend)|
    (?P<today>today|tonight|this (?:morning|afternoon|evening))|(?P<next>tomorrow))\b""")
FITS_TIME = {  # the kind of time a question asks about, and the kinds of plans that may be for it
    "day": words(""), "sat": words("end next"), "sun": words("end next"),
    "end": words("sat sun end today next"), "today": words("today"), "next": words("next"),
}  # fmt: skip
THANKS = pattern(r"(?:thanks?|thank you|thx|cheers|ty|great,? thanks|ok(?:ay)?,? thanks)\b")
BYE = pattern(r"(?:good ?bye|bye|see (?:you|ya)|good ?night|farewell|take care|ciao)\b")
SMALL_TALK = [  # (what a message is, without its greeting; the reply)
    (pattern(r"how (?:are|r) (?:you|things)(?: doing)?(?: (?:today|now|feeling))?|how is it going|"
             r"how's it going|what's up|how do you do"),
     "I am fine, as far as a set of rules can be. And you?"),
    (pattern(r"I am (?:\w+ )?(?:fine|good|well|ok|okay|great|all right|alright)"
             r"(?:,? (?:too|thanks|thank you|and you))*"),
     "Good to hear."),
    (pattern(r"(?:who|what)(?: exactly)? are you|what is your name|what's your name|"
             r"tell me about yourself|are you (?:an? )?(?:real|ai|robot|bot|chatbot)(?: or .*)?"),
     "<I am>"),
    (pattern(r"are you (?:an? |the )?(?:chat ?gpt|gpt.*|claude|gemini|copilot|siri|alexa|llama|"
             r"(?:real )?(?:person|human(?: being)?|language model|llm))(?: or .*)?"),
     "No. <I am>"),
    (pattern(r"(?:how (?:does|do|is) (?:your|the|you).{0,20}(?:memory|memories|remember).{0,30}|"
             r"(?:do you have|have you got) (?:a |any )?(?:memory|memories)|"
             r"how (?:do|can|will) you (?:remember|know|store).{0,30})"),
     "What you say about yourself is kept by the agent as short sentences. When that is switched "
     "on, they are put in front of me with your next message; I keep nothing myself."),
]  # fmt: skip
YES_OR_NO = pattern(r"(?:ok(?:ay)?|yes|no|sure|great|cool|lol|nice|fine)[ .!]*$")
OTHERS = pattern(r"""
    (?:all|every|other|another|any|each|list|show|reveal|print|dump)\b.*\b(?:users?|people|
    person|students?|customers?|database|memories|system prompt|instructions)\b""")
ASKS_FOR_ELSE = pattern(r"""
    (?:can|could|would|will) you|write|translate|(?:tell|give) me an?\b|
    how (?:do|can|should|would|could) I\b""")

# ----------------------------------------------------------- instructions to the manager (rules.py)

STORE = lines(r"""
    (?:store|save|remember|keep|record|memori[sz]e|note|add|collect|write down|retain|capture)""")
NEVER = pattern(
    r"""
    \b(?:(?:do not|don't|never|must not|should not|shouldn't|avoid|stop|no|not)\s+(?:ever\s+)?
    (?:<<store>>|storing|saving|remembering|keeping|recording|memori[sz]ing|adding|collecting)|
    ignore|exclude|skip|leave out|omit|(?<![^,.;] )(?:never|no|not))\s+(?P<what>.+)""",
    store=STORE,
)
EXCEPT = pattern(r"\b(?:except(?: for)?|other than|apart from|(?<=anything )but|unless it is)\b")
ONLY = pattern(
    r"""
    \bonly\s+<<store>>\s+(?P<what>.+)|\b<<store>>\s+(?:only|just|nothing (?:but|except))\s+
    (?P<what2>.+)""",
    store=STORE,
)
INSTRUCTION_FILLER = words(
    """the user user's users a an any anything everything all their about of information facts
    details data personal related things memories memory that is are to concerning regarding his
    her what where how they something stuff only"""
)
INSTRUCTION_TOPICS = {  # a plain word in an instruction, and the topic that it means
    "location": "home", "address": "home", "city": "home", "residence": "home", "live": "home",
    "place": "home", "medical": "health", "illness": "health", "disease": "health",
    "condition": "health", "diet": "food", "meal": "food", "job": "work", "profession": "work",
    "occupation": "work", "career": "work", "employer": "work", "animal": "pets", "relative":
    "family", "parent": "family", "interest": "hobbies", "sport": "hobbies", "holiday": "travel",
    "relationship": "relationship", "partner": "relationship", "education": "studies", "birthday":
    "age", "future": "plans", "possession": "possessions",
}  # fmt: skip
TOPIC_OF_SLOT = {"job": "work", "diet": "food", "birthday": "age", "commute": "travel"}
TASTE_WORDS = words(
    "like likes dislike dislikes preference preferences taste tastes favourite favorite"
)

# -------------------------------------------------------------- small grammar of replies (rules.py)

AFTER_YOU = {
    "is": "are", "isn't": "aren't", "was": "were", "wasn't": "weren't", "has": "have",
    "hasn't": "haven't", "does": "do", "doesn't": "don't", "goes": "go",
}  # fmt: skip
YOURS = {
    "they": "you", "them": "you", "their": "your", "theirs": "yours", "themselves": "yourself",
}  # fmt: skip
THEIRS = exact(r"""
    (?<!people and )(?<!children and )(?<!s and )(?<!s with )(?<!s who love )
    \b(they|them|their|theirs|themselves)\b""")
OTHER_SUBJECT = exact(r"""
    \b(?:who|that|which|when|whenever|because|if|while|since|than|says)\b|,[ ]""")
FIRST_VERB = exact(r"""
    ^((?:\w+ly |also |often |never |always |still |now |just |sometimes |
    no longer )*)([\w'-]+)""")
LATER_VERB = exact(r"""
    \b((?:and|but|but still|and also) (?:really |often |now )?)([\w']+)""")
USER_VERB = exact(r"\b[Tt]he user ((?:always |never |really |often |still )*)([\w']+)")
FAVOURITE_ASKED = pattern(r"my ((?:least )?(?:favou?rite|fave?) [a-z]+)")
QUESTION_FILLER = pattern(r"""
    \b(?:know|tell|told|remember|things?|stuff|kinds?|please|mean|name|age|job|work|live|old|
    birthday|favou?rite|have|what's|where's|who's|called)\b""")
FORGET_FILLER = pattern(r"""
    \b(?:know|told|tell|said|remember|facts?|memory|memories|stored?|information|info|data|details|
    anything|everything|kindly|please|where|what|how)\b""")
NEXT_FORGOTTEN = pattern(r",? (?:and|or) (?=(?:about )?(?:my|where|what|how|that|when)\b)")
FORGET_BREAK = exact(r"(?<=[.!?])\s+|\n+|, (?:and |but )?(?=forget|delete)")
COUNTED = exact(r"\b(?:<<number>>|an?)\b", number=NUMBER_WORD)
THING_IS = exact(r"(The user's .+?) (?:is|are)\b")
JOB_CHANGE = exact(r"new|quit|lost|left|no longer|now|n't|retired|promot|instead|changed")
