"""The words and phrases that the offline model knows: tables, and nothing else.

`memkit.english` reads messages with them. Add a verb, a job, a phrase that is no fact, or a topic
here, and the offline model understands more.
"""

from __future__ import annotations

import re


def words(text: str) -> frozenset[str]:
    """A table row: "like love hate" is three words, "a_b" is the two-word entry "a b"."""
    return frozenset(word.replace("_", " ") for word in text.split())


# ------------------------------------------------------------------------------------ the words

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
BACK = (
    r"(?:it(?! when)|this|that|these|those|them|you|your|him|her|so)\b(?! (?:weekend|week|year|"
    r"month|morn"
    r"ing|evening|afternoon|summer|winter|spring|autumn|fall|semester|term))"
)

NOT_A_FACT = [  # after "I" (and its adverbs): small talk, requests, speech, doubts
    r"(?:agree|disagree|apologi[sz]e|appreciate|thank|beg|doubt|bet|swear|repeat|insist|concur)\b",
    r"(?:see|understand|know|think|believe|hope|guess|suppose|mean|assume|remember|recall|forget|"
    r"imagine|reckon|do|did|am|can|can't|will|would|have|should|try|tried|don't|didn't|won't)$",
    r"(?:see|understand|know|remember|recall|forget|care|get|got) (?:it|that|this|what|why|how "
    r"come|"
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
    r"blame|hear|tell|help)(?:$| (?:it|that|this|what|why|how(?! to (?:swim|drive|cook|"
    r"ride|dance|ski|knit|read|play|whistle|bake|sing|sew|skate|whistle))|you|your|who|where|"
    r"when|if|so|the|a "
    r"thing|anything$|to know|which|about (?:it|that|this)|whether|at all|yet|any of))",
    r"(?:don't|didn't|do not) (?:know|care|mind|understand)(?: (?:about|anything|yet|either))*$",
    r"(?:don't )?(?:want|need|require|would like|'d like) (?:to (?:know|ask|hear|see|understand|"
    r"talk"
    r" (?:to|about)|speak to|find out|discuss|say|point|check|thank|book|order|get|tell|clarify|"
    r"request|report|find|make sure|test)\b|you\b|your\b|" + THINGS_ASKED_FOR + ")",
    r"would (?:like|love|appreciate|prefer) (?!to\b)",
    r"would (?:say|be|guess|think|suggest|"
    r"argue)",
    r"would love to (?:know|hear|ask|talk to|chat|see (?:it|that|you|an|some|more))",
    r"could "
    r"(?:use|do with|eat|murder|not|really)",
    r"(?:can|could)(?:n't|'t)? (?:see|hear|tell|imagine|believe|wait|say|feel|assure|relate|think)",
    r"(?:am|was) (?:just |only |so |very |really |still |not |quite |a bit |pretty |also "
    r")*(?:sorry|"
    r"fine|good|ok|okay|well|great|back|here|sure|afraid(?! of)|glad|curious|wondering|confused|"
    r"ready|"
    r"listening|kidding|joking|asking|saying|waiting|talking about|referring|thinking(?! (?:of|"
    r"about) (?!it|that|what))|talking to|all right|alright|done|certain|"
    r"aware|serious|stuck|testing|typing|impressed|grateful|thankful|all ears|all set|doing (?:well"
    r"|good|great|fine|ok|okay)|having (?:trouble|problems|difficulty)|happy to|happy that|"
    r"amazed|trying to (?:understand|figure|find|get|fix|write|solve|say|make|install|run)|"
    r"asking|wrong|right|the (?:admin|administrator|developer|system|owner of this)|an admin|"
    r"your|you|who|what|why|how|in charge|correct|bored|speechless|off(?! to)|out of here|"
    r"leaving now|"
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
    r"(?:changed|have changed) my mind",
    r"(?:love|like|hate|enjoy|prefer) (?:the (?:(?:\w+ "
    r")?one\b|sound|idea|way|answer)"
    r"|how you|what you|when you|talking to you|chatting)",
    r"(?:like|love|hate|enjoy|prefer|want|need|use|do|did|try|tried|read|saw|got|loved|liked|found|"
    r"hated|have|had|take|took|made|make|want|wanted|needed|can do|accept|doubt|see) " + BACK,
    r"(?:copied|pasted|typed|clicked|pressed|uploaded|attached)\b",
    r"rest my case",
    r"(?:hope|trust|believe|fear) (?:the|my|all|everything|things|to hear)\b",
    r"(?:have|had) (?:already |just )?(?:told|said|asked|been (?:wondering|thinking(?! (?:about|"
    r"of) \w+ing))|(?:full |root )?(?:access|"
    r"permission)|no idea|"
    r"read it|tried|seen (?:it|that|this)|heard)\b",
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
MADE_UP = re.compile(  # everything that follows is a game, a song, or somebody else's words
    r"(?:please |now |ok(?:ay)?,? |so |and |can you |could you |can we |let us |let's |i want "
    r"you to "
    r"|i'd like you to |in (?:this|the) (?:story|game|song|film|movie|book|poem|play|"
    r"novel)\b.{0,40}|"
    r"from now on,? )*(?:imagine|pretend|suppose|supposing|assume|assuming|what if|let's "
    r"(?:say|play|pretend|imagine)|say that|play (?:the role|a role)|role-?play|act (?:as|like)|"
    r"you "
    r"are (?:now )?(?:a|an|the|my|going to|no longer)\b|translate|paraphrase|rephrase|rewrite|"
    r"proofread|summari[sz]e|ignore|disregard|override|system\b|repeat|(?:new|forget|follow|"
    r"these|the|my|your|all)(?: \w+){0,3} instructions?\b|correct (?:this|the|my)|spell|"
    r"conjugate|quote|hypothetically|for example|e\.g\.|if\b|unless\b|were I\b|had I\b|once "
    r"upon|in an alternate|"
    r"in (?:a|another) (?:parallel|life|world|dream|past life)|fix (?:this|the|my)|dear |continue|"
    r"complete (?:this|the)|finish (?:this|the))|"
    r"in (?:this|the|my) (?:story|game|song|film|movie|book|poem|play|novel|dream)\b",
    re.IGNORECASE,
)
SAID = re.compile(  # "He said I am tired", "Assistant: I like chess", "Here is my essay: I ..."
    r"^(?:here(?:'s| is| are)|this is) [^:]{0,40}:|"
    r"^(?!I\b|we\b|my\b)[^,:]{0,60}?\b(?:said|says|say|told|tells|tell|wrote|writes|write|asked|"
    r"asks|"
    r"claims?|claimed|replied|replies|answered|sings?|sang|thinks?|thought|mentioned|called|"
    r"shouted|"
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
    r"as (?:you know|I said|I told you|I mentioned|mentioned)\b|update\b|correction\b|note(?: to"
    r" self| that)?\b|news\b|"
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
    r"remember\b(?=[:,])|(?:for )?future reference\b|memo\b|reminder\b|remember (?:the following|"
    r"this)\b|"
    r"(?:please )?remind me that\b|make sure (?:that )?(?:you (?:remember|know)(?: that)?\b)|"
    r"it(?:'s| is) (?:important|useful|good) to (?:know|note|remember)(?: that)?\b|"
    r"(?:please )?don't tell anyone\b|let me (?:tell you (?:about "
    r"myself|something|a bit about "
    r"m\w+)|introduce myself)\b|a few facts\b|facts? about me\b|hello from me\b)[\s,:.!…-]*",
    re.IGNORECASE,
)
QUESTION = re.compile(
    r"(?:so |and |but |or |then )*(?:(?:what|where|who|whom|whose|which|why|how|what's|where's|"
    r"who's|"
    r"how's|when(?! I\b| my\b| we\b| it\b))\b|"
    r"(?:do|does|did|can|could|would|will|is|are|am|was|were|has|had|should|may|shall|might|isn't|"
    r"aren't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|shouldn't|haven't) (?:you|I|we|he|"
    r"she|it|they|there|my|the|this|that|anyone|someone|anybody|your|his|her|our|people)\b|"
    r"have (?:you|I|we|they|my)\b|any (?:ideas?|suggestions?|tips|chance|advice|"
    r"recommendations?)\b|"
    r"(?:and |what about |how about )?you$|guess (?:what|who|where|my|which|how)\b|"
    r"tell me|tell us|let me know|remind me|suggest|recommend|help|give me|show me|please|find me|"
    r"got any|know any|(?:got|have) (?:any|some) (?:ideas|tips))\b",
    re.IGNORECASE,
)
TAG = re.compile(r"(?:right|correct|yes|no|ok|huh|eh|really|remember|am I|(?:is|are|do|does|did|"
                 r"have|has|was|were|can|could|will|would|should|wo|ca)(?:n't (?:I|it|you|we|"
                 r"they|he|she)"
                 r"| (?:I|it|we)))$", re.IGNORECASE)  # fmt: skip

# ------------------------------------------------------------------ sentences without their "I"

CLIPPED = [  # (what a clipped sentence begins with, what to put before it)
    (r"(?:love|like|hate|enjoy|adore|dislike|prefer|loving)s? (?!(?:it|this|that|you|your|"
     r"yourself|to "
     r"(?:hear|see) (?:it|that)|the (?:idea|sound|way|answer)|what|how|a boss|them|one|is|at|"
     r"me)\b)\w",
     "I "),
    (r"(?:really|absolutely|also|still|usually|often|never|always|just|recently|currently|barely) "
     r"(?:love|like|hate|enjoy|live|work|eat|drink|play|run|cook|had|moved|got|started|bought|"
     r"turned|"
     r"finished|adopted|became|quit|watched|read|married|graduated|retired|came|have|sleep|wear|"
     r"travel|smoke|ran|made|won|lost|sold|broke|booked|visited|learned|learnt|passed)\b(?! it\b)",
     "I "),
    (r"(?:got|moved|bought|adopted|grew up|started|quit|graduated|turned|used to|sold|married|"
     r"spent|"
     r"passed|became|won|booked|visited|joined|stopped|gave up|finished|lost my|broke my|live in|"
     r"work (?:as|at|in|for)|speak|play the|have (?:a|an|two|three|four|five|\d+)) "
     r"(?!it\b|that\b|this\b|you\b|nice\b|a (?:nice|good|great|lovely|question)\b|any\b|to\b(?! "
     r"like| "
     r"play| smoke| live| work| be| have))", "I "),
    (r"(?:can't|can not|don't|didn't|haven't|won't|never) (?:really |even )?(?:stand|swim|drive|"
     r"cook|"
     r"eat|like|drink|own|have|smoke|want|sing|dance|sleep|bear|ride|tried|wear|enjoy|speak|"
     r"live|work|watch|play|had|learned|read without)\b(?! it\b| that\b| this\b| you\b)", "I "),
    (r"(?:will be|am|was|have) (?=\w)(?!you\b|i\b|a (?:nice|good|great)|fun\b|nice\b)(?=\w+ "
     r"(?:a|an|in|"
     r"at|on|from|the|two|\d)\b)", "I "),
    (r"(?:(?:currently|now|still|just|always|also|really|recently|not|no longer) )*(?:living|"
     r"working|"
     r"studying|learning|planning|going|moving|flying|training|staying|travell?ing|dating|"
     r"teaching|getting (?:married|a)|raising|starting|saving up|recovering|preparing|doing (?:a|"
     r"my)|"
     r"visiting|expecting a|majoring|renting|hoping to|applying|retiring)\b(?! (?:on )?(?:it|"
     r"this|well|good|great|to be fun)\b)(?!.*\b(?:is|are|"
     r"was|you)\b) \w", "I am "),
    (r"never been \w", "I have "),
    (r"(?:born|raised) \w", "I was "),
    (r"(?:currently|now|still|just|always) (?!being|going)\w+ing (?!is\b|this\b|it\b)\w", "I am "),
    (r"looking for (?:an? )?(?:new )?(?:job|flat|house|work|apartment|internship)\b", "I am "),
    (r"off to (?!a\b|bed\b|you\b)\w", "I am "),
    (r"been (?!there|a while|good|great|thinking)\w+", "I have "),
    (r"(?:based|married|engaged|divorced|addicted|allergic|obsessed|intolerant|"
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
    (r"(?:big|huge|massive|total) (?:[\w'-]+ ){1,2}(?:fan|nerd|lover|addict)$", "I am a "),
    (r"retired \w+$", "I am a "),
    (r"(?:terrible|bad|good|great|awful|rubbish|hopeless) (?:at|with) (?!it\b|that\b|"
     r"this\b)\w", "I am "),
    (r"left[- ]handed|right[- ]handed", "I am "),
    (r"can't get enough of \w", "I "),
    (r"from (?:[A-Z]\w+)", "I am "),
    (r"\d{1,3} (?:years? old|yrs? old|yo\b|y/o)", "I am "),
    (r"no (?:kids|children|pets|siblings|car|allergies|job|partner|hobbies)\b", "I have "),
    (r"new (?:job|flat|house|puppy|kitten|dog|cat|car|bike|school|phone|boyfriend|girlfriend|"
     r"baby)\b",
     "I have a "),
    (r"(?:one|two|three|four|five|six|\d+) (?:\w+ )?(?:kids|children|cats|dogs|sisters|brothers|"
     r"siblings|sons|daughters|pets|guitars|horses|rabbits|grandchildren)\b", "I have "),
]  # fmt: skip

# ------------------------------------------------------------------------------ topics of a memory

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
    "food": "food eat eats eating drink drinks cook cooks cooking bake bakes baking coffee tea "
            "pizza "
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
               "painting draw drawing hike hiking run running swim swimming guitar piano cello "
               "music "
               "film films movie movies book books chess football tennis garden gardening knit "
               "knitting dance dancing sing singing collect collects photography climbing cycling "
               "yoga gym comedies jazz",
    "travel": "travel travels travelling trip visit visited visiting fly flying flight holiday "
              "vacation abroad",
    "languages": "language languages speak speaks fluent bilingual spanish french german italian "
                 "japanese chinese english arabic portuguese",
    "possessions": "car bike own owns phone laptop boat motorbike",
}  # fmt: skip
