"""The words that the offline model knows something about, by what they are: add one, it is known.

A rule names a class in capital letters: `I LIKE X`, `I have [PET]`. A memory gets a topic when one
of its words is in the topic's row.
"""

from __future__ import annotations

import re


def table(text: str) -> dict[str, frozenset[str]]:
    """The rows of a table: a name, a colon, and words, over as many lines as they need."""
    rows = re.findall(r"^(\w+): ([^:]+)(?=\n\w|\Z)", text.strip(), re.MULTILINE)
    return {name: frozenset(row.split()) for name, row in rows}


def pairs(text: str) -> dict[str, str]:
    """A table of "wrong=right", where "_" is a space."""
    return dict(pair.replace("_", " ").split("=") for pair in text.split())


CLASSES = table("""
ADVERB: also always usually often sometimes never really just still already recently currently now
  once even quite rather only mostly generally normally rarely seldom hardly barely soon then
  absolutely totally truly actually honestly definitely probably certainly simply ever both all
  kinda sorta lately finally occasionally basically too today secretly each so very almost mainly
  frequently neither regularly more most much well since one_day nowadays
NO_VERB: well home then so too not also just now there here like_this mum mom dad one two fine good
  little nice second cool okay ok no sure great while
ADJECTIVE_ING: interesting boring exciting amazing annoying willing missing outgoing loving charming
SAME_PAST: run come become read put cut quit hurt hit set let lost bid split shut cost spread
DO_TOO: like love hate enjoy prefer want need have know live work eat drink speak think play
  remember understand sing dance cook drive own smoke believe wear read write
PLURAL: children people parents folks kids men women twins boys girls siblings family police in-laws
PRONOUN: i we he she it they you there this that these those everyone everybody nobody someone
AFTER_VERB: a an the my our to in at on for with from as about up out it them every two three four
  five into by of off over after before too well hard alone there here together some no mostly only
LEAD: unless on in at every each last next this during after before since for most some sometimes
  usually often tomorrow today tonight yesterday now nowadays currently recently lately once twice
  back as until growing from by one two three four five several many these despite like unlike sadly
  luckily with besides whenever occasionally a late early later
NUMBER: two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
  seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
PLACE: bed school church college town camp market therapy court hospital university class prom
OF_MY: both all one two three most some neither half of none me and the
SUBORDINATE: unless when whenever since because if while after before as although though until once
JOINT: and but so or yet then plus also & because while
SPEECH: say says said tell tells told ask asks asked think thinks thought write writes wrote reply
  replied replies answer answered claim claims claimed sing sings sang mention mentioned call called
  shout shouted believe believes complain complains insists reckons mean means like goes whisper
  whispered reads wishes keeps be_like
ORDERED: let let's don't do be have take go make keep get call wish
NO_ORDER: go stand eat drink like own smoke have
NOT_CLIPPED: is are was were should would you your will
THINK: feel forget wonder hear hope guess think believe complain reckon insist wish know
END_OF_NOUN: off up down out of with at to that this who which and but , ( because when about into
  per than if i we you he she it they
PREPOSITION: of at with about in to on by for from as after near into out off between
MOVED: moved cancelled canceled postponed called rescheduled off delayed pushed brought
ORDER: go show tell give help write talk let explain keep call text see come look say
PERSON: boy girl mum mom mother dad father parent grandmother grandfather grandma grandpa granny
  gran nan nana grandparent sister brother sibling son daughter child children kid baby twin wife
  husband partner spouse girlfriend boyfriend fiance fiancee fiancé fiancée aunt uncle cousin niece
  nephew family grandson granddaughter grandchildren grandchild grandkid stepmother stepfather
  stepmum stepmom stepdad stepson stepdaughter stepsister stepbrother flatmate roommate housemate
  friend bestie boss colleague coworker co-worker neighbour neighbor in-laws mother-in-law
  father-in-law brother-in-law sister-in-law mate triplet manager teacher landlord landlady
  therapist coach wives
FAMILY: mum mom mother dad father sister brother son daughter twin wife husband partner girlfriend
  boyfriend aunt uncle cousin niece nephew grandma grandpa grandmother grandfather dog cat hamster
PET: iguana dog puppy cat kitten hamster rabbit bunny parrot horse pony goldfish tortoise turtle
  budgie snake lizard gecko guinea_pig ferret pet pup bird hen chicken goat rat
ROLE: nurse student chef cook pilot architect mechanic waitress barista vet surgeon midwife
  paramedic secretary consultant analyst salesperson actress poet judge coach postdoc intern
  apprentice trainee undergraduate undergrad postgrad sophomore pupil retiree nanny au_pair
  housewife househusband ceo cto priest monk nun imam rabbi guard captain assistant clerk dj
  principal dean fellow mum mom dad parent grandma grandpa twin uncle aunt widow orphan fan person
  addict nerd geek fanatic enthusiast native citizen immigrant refugee expat vegan introvert
  extrovert bookworm foodie owl muslim jew hindu catholic child redhead brunette blonde morning
  veteran champion athlete medic temp homebody workaholic romantic gemini aries taurus leo virgo
  libra scorpio sagittarius capricorn aquarius pisces man boy girl guy lad adult kid
NO_ROLE: customer visitor caller number order water matter summer winter weather never under another
  power paper letter answer colour color flavor flavour corner dinner offer river tower cover
  whether rather either error mirror floor door author_ minor major master easter october september
  november december human german woman_ monster member_ center centre filter trailer poster soccer
  danger anger hunger wonder slower after later super enter tiger fiver layer lower refer buffer
  faster bigger better bitter butter sister_ user computer prior list_ exist persist insist consist
  resist twist assist
NO_JOB: fan lover person owner addict nerd geek fanatic enthusiast native morning owl believer
  beginner man woman boy girl guy lad adult teenager smoker drinker member supporter twin redhead
  brunette blonde
NO_NAME: not here there so very really just sorry fine good well ok okay back sure home glad happy
  sad the a an my your his her its our from in on at with over under about up down off out no too
  pretty quite going trying looking what who that this important unknown secret none nobody someone
  always never still also now today tired late early done free busy sick hungry all one more most
  into full nice better best ready right wrong lost new old single
TRAIT: vegan vegetarian pescatarian veggie allergic intolerant diabetic asthmatic dyslexic autistic
  celiac coeliac lactose-intolerant pregnant deaf blind colourblind colorblind colour-blind
  color-blind single married engaged divorced widowed separated retired unemployed self-employed
  employed left-handed right-handed ambidextrous bilingual trilingual disabled short-sighted
  near-sighted nearsighted far-sighted adopted gay bi bisexual trans nonbinary non-binary queer
  straight religious introverted extroverted shy tall short fluent born welsh french dutch swiss
  czech slovak greek icelandic thai pakistani nepali filipino filipina somali african asian arab
  iraqi israeli muslim christian catholic protestant hindu buddhist sikh atheist agnostic kiwi
  aussie latino latina hispanic black white afghan tamil bengali blond blonde ginger bald sober
  insomniac hyperactive anemic epileptic infertile dominant teetotal child-free childfree mute
FOND: afraid scared terrified frightened allergic intolerant good bad terrible great awful hopeless
  rubbish useless decent interested fond keen crazy mad obsessed addicted hooked married engaged
  related fluent responsible passionate sensitive prone based enrolled employed trained certified
  qualified registered diagnosed involved named descended committed devoted dedicated attached
  accustomed specialised specialized immune vaccinated nuts partial averse closest raised brought
  originally
IN: budget job company country bank firm church twenties thirties forties fifties sixties seventies
  year band relationship choir club team league wheelchair army navy military marines police therapy
  recovery remission college university school sales finance marketing tech healthcare construction
  education law hospital grade class love charge debt menopause diet medication insulin leave
  antidepressants disability probation sabbatical board spectrum waitlist shift shifts work jobs
  trade group program programme process orchestra union industry cast troupe rehab prison
  foster_care semester descent origin blood call council committee
TIMES: exam test interview appointment meeting deadline flight wedding party concert surgery
  operation match race birthday anniversary trip holiday vacation funeral recital graduation
  tournament marathon audition presentation gig conference class lesson date reunion competition
  check-up move thesis baby accident stroke miscarriage transplant heart_attack
OWNED: crush narrowboat divorce car bike bicycle motorbike motorcycle van truck boat house flat
  apartment garden farm cabin allotment greenhouse piano guitar violin ukulele drum cello trumpet
  saxophone telescope camera phone laptop computer console tent caravan shop bakery business company
  restaurant studio blog podcast channel tattoo piercing scar beard moustache hair eyes glasses
  degree phd diploma licence license visa allergy diabetes asthma epilepsy migraine arthritis adhd
  autism dyslexia depression anxiety cancer condition disease disorder phobia fear insomnia job
  sister brother wheelchair pacemaker prosthesis balcony fireplace pool sauna collection scholarship
  sweet_tooth tv television stall workshop
THING: name birthday job hobby hobbies goal dream car house home flat apartment phone bike bicycle
  hair eyes height shift shifts exam exams wedding appointment flight commute major degree language
  tongue sign type allergy allergies diet religion hometown address school company business shop
  bakery team band instrument passion specialty speciality nationality pronouns garden boat
  collection record age nickname surname plan plans course thesis role position class anniversary
  vacation holiday holidays trip weakness strength fear favourite favorite fave size star village
  town city country street studio farm podcast blog channel interview surgery operation profession
  occupation ambition heritage roots ancestors accent voice mother-tongue due_date deadline
  graduation party order_number drink food dish meal color colour movie film book song singer artist
  author actor subject season sport game animal number day place restaurant cuisine fruit vegetable
  dessert snack show series genre month holiday_destination moving project bedtime routine studies
  work
THE: sea beach mountains outdoors cold heat rain ocean countryside snow dark sun night theatre
  theater cinema opera wind forest woods smell taste sound feeling piano guitar violin drums cello
  flute trumpet saxophone ukulele harp bus train tram metro subway bagpipes gym news blues city lake
  river desert moon stars holidays weekends weather zoo circus library park water football coast
  autumn fall summer winter spring morning mornings evening evenings internet radio banjo clarinet
SCHOOL: church mosque temple synagogue school university college high gym therapy kindergarten mass
  bed
MEDICINE: tablets insulin medication medicine pills antidepressants bus train tram metro subway
  ferry coffee tea vitamins statins classes lessons
LIKE: like love hate enjoy dislike prefer adore detest loathe despise favour favor
ACT: live work study teach learn play drive run hike cycle climb sail paint read knit travel commute
  fly build restore design volunteer sell grow raise foster practise practice attend tutor babysit
  suffer struggle donate save visit perform rent renovate publish deliver serve plant coach write
  earn marry graduate adopt retire start quit become switch plan apply open
DO: train speak ride swim walk jog ski skate surf row dance sing act draw cook bake eat drink smoke
  vape sew crochet garden fish hunt camp collect repair fix code program lead manage breed feed wear
  meditate pray worship belong support listen stream blog share sleep snore avoid skip fast recycle
  compost invest spend celebrate host subscribe identify photograph sculpt carve film rap juggle box
  wrestle fence bowl golf watch exercise stretch journal shop gossip work_out brew ferment forage
  sketch stargaze birdwatch translate care wash clean iron mow weave spin solder hitchhike kayak
  paddle dive snorkel snowboard sunbathe swear_off breathe parent homeschool co-parent mentor worry
  stutter stammer limp dread crave miss admire respect bike research root weigh pay lift bench swing
  telework teleport tailor tan cheer lack resemble
LIFE: relocate emigrate immigrate divorce buy resign inherit begin stop finish break tear join turn
  found discover enrol enroll complete pass fail change replace cancel book choose win convert cross
  swap trade pause hurt injure sprain undergo fracture name rescue sign launch close bury award
  receive qualify compete record direct reconcile separate split ditch settle return drown
ONGOING: stay date recover think_of hope prepare major consider intern transition take organise
  organize dream pursue lose leave
ABLE: swim drive cook speak play ride sing read dance ski eat drink have digest tolerate whistle
  bake juggle type sew knit skate surf draw paint write run walk work fly smell taste do count
  program code understand lift stand bear resist afford live function conceive climb touch recite
  fix repair build hold travel focus
SURELY: adopt become convert divorce emigrate enrol enroll graduate inherit marry move name pass
  quit replace retire settle swap switch trade turn undergo visit
BONE: arm leg ankle wrist nose collarbone finger toe foot hip rib shoulder knee elbow back hand
AIM: want hope plan intend aim dream wish aspire
NO_AIM: log install upload download connect reset reach reply contact know ask hear see understand
  talk speak find discuss say point check thank book order get tell clarify request report make test
  go come eat drink sleep cry die scream sit watch believe show help give use try have put take add
  apologise apologize share let stress emphasise mention return cancel complain lie relax feel look
  throw punch hug hide
MARRIED: married divorced engaged promoted fired hired accepted pregnant diagnosed laid into sacked
  elected evicted remarried
DONE_TO: diagnosed promoted fired hired accepted laid awarded elected drafted hospitalised
  hospitalized named adopted educated expelled evicted deported injured homeschooled bullied
  baptised baptized divorced married widowed bitten robbed burgled stolen made
STOP: the user user's a an and or but to of in on at for with from by as is are was were be has have
  had do does did my your their they them it its also too very really so just now still already who
  that this which about me i you s not no never only than then called named there what got get most
  much lot lots bit all time actually recently currently again his her say says being away instead
  these days nowadays either any anymore more longer been when where how if because new
NO_OWNER: to in of on at for with from the user user's , and new own full real absolute all-time
  late just recently
STALE: week month sell stop quit die give up lose leave finish today yesterday year years last ago
  drop trade drink eat play doing cancel swap replace move postpone push reschedule delay bring call
  off forward old
HAVING: have own get buy drive ride play adopt be
TRIP: trip holiday vacation flight fly plan visit
ONE_AT_A_TIME: live work study teach drive use wear support drink read date see commute attend rent
  weigh sleep earn pay spend supervise coach manage prefer bike cycle take
NO_MATTER: the user user's users a an any anything everything all their about of information facts
  details data personal related things memories memory that is are to concerning regarding his her
  what where how they something stuff only
TASTES: like likes dislike dislikes preference preferences taste tastes favourite favorite
GOT: to home back up here there in out lost rid used
STATIVE: feel have need be own know like love hate want owe cost mean seem
VAGUE: out along somewhere there until enough it this that these those them him her you your so one
  what how why where who which such each other another same something anything everything nothing
  someone somebody anyone
EMPTY: idea question problem issue feeling point time chance doubt clue request favour favor reason
  way thing things stuff sense fun minute second moment luck word words opinion choice option excuse
  chat talk laugh look break suggestion answer error bug task message email link file page account
  order ticket number function script string query column dataframe server password login lot bit
  version one ones post profile paragraph sentence instructions button screen website app times
  world past present future
TEMPORARY: dead down broken slow late full dirty empty gone lost ready about stuck off out over here
  there forward fine good ok okay great back at wrong right
LASTING: always usually never often sometimes rarely seldom regularly generally normally frequently
  occasionally every each years months weekends mondays tuesdays wednesdays thursdays fridays
  saturdays sundays weekdays mornings evenings nights daily weekly monthly yearly since anymore
FUTURE: tomorrow tonight weekend monday tuesday wednesday thursday friday saturday sunday january
  february march april june july august september october november december spring summer autumn
  winter christmas easter next holidays afternoon evening soon someday
""")

TOPICS = table("""
name: name nickname surname called
age: age years birthday born turned
home: live lives living moved move moving home house flat apartment rent from grew address hometown
  neighbourhood resides relocated
work: job work works working career boss office colleague company employ unemployed retired
  freelance business nurse teacher engineer doctor developer lawyer chef pilot manager designer
  programmer accountant
studies: study studies studying student school university uni college degree exam course learn
  learning learns class major thesis phd homework
food: food eat eats eating drink drinks cook cooks cooking bake bakes baking coffee tea pizza vegan
  vegetarian pescatarian meat fish mushroom chocolate cake bread cheese diet dish meal breakfast
  lunch dinner curry rice soup salad noodles ramen chicken potato tomato banana apple strawberry
  burger taco sandwich pancake egg milk honey garlic coriander sushi pasta fruit spicy beer wine
  olive peanut nut
pets: fish guinea
family: family parent sibling child children kid kids baby married
relationship: single married engaged divorced widowed girlfriend boyfriend partner wife husband
  dating relationship broke fiance wedding
friends: friend flatmate roommate neighbour colleague
health: allergic allergy health ill sick doctor diabetic diabetes asthma pain injury broken medicine
  smoke smokes smoking gym fit sleep dyslexic headache glasses pregnant
plans: going plan plans planning tomorrow tonight weekend next will hope hopes wants soon later trip
  appointment
hobbies: hobby hobbies play plays playing game games anime manga read reading reads paint painting
  draw drawing hike hiking run running swim swimming guitar piano cello music film films movie
  movies book books chess football tennis garden gardening knit knitting dance dancing sing singing
  collect collects photography climbing cycling yoga gym comedies jazz
travel: travel travels travelling trip visit visited visiting fly flying flight holiday vacation
  abroad
languages: language languages speak speaks fluent bilingual spanish french german italian japanese
  chinese english arabic portuguese
possessions: car bike own owns phone laptop boat motorbike
""")
TOPICS["pets"] |= CLASSES["PET"]
TOPICS["family"] |= CLASSES["FAMILY"] - CLASSES["PET"]

SPELLINGS = pairs("""
im=I'm ive=I've iam=I_am i=I i'm=I'm i've=I've i'll=I'll i'd=I'd imma=I_will dont=don't cant=can't
cannot=can't wont=won't didnt=didn't doesnt=doesn't isnt=isn't arent=aren't wasnt=wasn't
havent=haven't hasnt=hasn't couldnt=couldn't wouldnt=wouldn't whats=what's thats=that's
wheres=where's gonna=going_to wanna=want_to gotta=have_to u=you ur=your everyday=every_day
ppl=people gf=girlfriend bf=boyfriend ain't=am_not bday=birthday uni=university
""")

SAME = pairs("""
kid=child mom=mum mother=mum mummy=mum father=dad movie=film bicycle=bike flight=fly student=study
math=maths mathematics=maths color=colour favorite=favourite fave=favourite wedding=marry
married=marry soccer=football
""")

TOPIC_NAMES = table("""
home: location address city residence live place
health: medical illness disease condition
food: diet meal
work: job profession occupation career employer role
pets: animal pet
family: relative parent
hobbies: interest sport hobby
travel: holiday commute
relationship: partner
studies: education
age: birthday
plans: future plan ambition
possessions: possession
friends: friend
languages: language
""")

ONLY_ENGLISH = dict(
    row.split(": ")
    for row in """
zh: 我只懂英语。
hi: मैं केवल अंग्रेज़ी समझता हूँ।
es: Solo entiendo inglés.
fr: Je ne comprends que l'anglais.
ar: أنا أفهم الإنجليزية فقط.
bn: আমি শুধু ইংরেজি বুঝি।
pt: Só entendo inglês.
ru: Я понимаю только английский.
ja: 英語しかわかりません。
de: Ich verstehe nur Englisch.
""".strip().splitlines()
)

COMMON_WORDS = table("""
en: i am my me you the an is are it and to of in on do does have what how not like this that for
  with was
es: el los las una mi es soy tengo vivo gusta que por para con como llamo estoy muy donde hola pero
  perro años en se yo de no y
fr: je suis j'ai le les des une mon ma est et que pour avec dans habite aime m'appelle vous nous pas
  très aujourd'hui de à en ne bonjour
pt: eu o os uma meu minha é sou tenho moro gosto que por para com como chamo estou muito onde olá
  mas não em e de um
de: ich bin der die das ein eine mein meine ist und habe wohne mag nicht mit für wie heiße sehr wo
  aber zwei in auf hallo es ja nein
other: io sono il gli di una mio è ho vivo che per con mi chiamo ik ben het een mijn en heb woon
  niet jag är och har inte jestem mam nie się w i bir ve
""")
