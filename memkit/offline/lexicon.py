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


# The words of the grammar, then people and things, then verbs, then what stands around a statement.
CLASSES = table("""
ADVERB: just still now once even only then very so more most much both all kinda sorta today too
  each rather well
NO_ADVERB: maybe here there together abroad ago no not yet never when where why how
PRONOUN: my the your his her our any i we he she it they you there this that these those everyone
  everybody nobody someone
NUMBER: two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
  seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
OTHERS: he she it you who that this what
SUBORDINATE: unless when whenever since because if while after before although though until
JOINT: and but so or yet then plus also & because while
PREPOSITION: around of at with about in to on by for from as after near into out off between over
  under until since during before without because through across per
PLACED: at in on for with from by about to
LASTING: always usually never often sometimes rarely regularly generally normally frequently every
  each years months weekends mondays tuesdays wednesdays thursdays fridays saturdays sundays
  weekdays mornings evenings nights daily weekly monthly yearly
FUTURE: tomorrow tonight weekend monday tuesday wednesday thursday friday saturday sunday spring
  summer autumn winter christmas easter next holidays afternoon evening soon someday
MONTH: january february march april may june july august september october november december
ASKS: what where how which no
VAGUE: ok okay out along somewhere here there until enough it this that these those them him her
  you your so one what how why where who which such each other another same something anything
  everything nothing someone somebody anyone lots
EMPTY: loop regex import variable dictionary matrix csv json file dataset folder triangle marble
  pawn hunch quote function array query username option headache place idea piece wizard human
  question problem time doubt clue request minute word error bug email order ticket script string
  dataframe lot one world future part door line hand mistake headache winner array deal guest tyre
  stain blister news story
PASSING: quid pound euro dollar second same admin seat here function mouse pen table sword sweet
  apple coupon list reservation queen character answer guess output result score
  server circle box king feeling issue package module database program
TEMPORARY: dead down late gone about stuck off out over back at fine good ok there
PERSON: mate hubby missus grandad nan nana stepbrother boy girl mum mom mother dad father parent
  grandmother grandfather grandma grandpa granny gran granddad grandparent sister brother sibling
  son daughter child children kid baby twin wife husband partner spouse girlfriend boyfriend fiance
  fiancé fiancée aunt uncle cousin niece nephew family grandson granddaughter grandchild flatmate
  roommate housemate friend colleague coworker boss neighbour neighbor mother-in-law father-in-law
  brother-in-law sister-in-law manager teacher landlord landlady coach in-law in-laws
KIN: mum mom dad mummy daddy papa grandma grandpa grandad nan nana granny gran granddad auntie
PET: dog puppy cat kitten hamster rabbit parrot horse pony goldfish tortoise turtle budgie snake
  iguana ferret pet bird hen chicken goat
ROLE: student nurse chef cook midwife waitress doctor pilot vet mum mom dad gran grandma grandpa
  mother father parent fan addict person buddhist christian
NO_ROLE: class bit customer dinner ghost human idiot robot mammal teapot cheer
NO_JOB: player runner swimmer cyclist fan lover person addict native owner speaker mum dad smoker
TRAIT: into half lactose gluten colour color against vegan vegetarian allergic intolerant diabetic
  dyslexic autistic celiac coeliac pregnant deaf blind colour-blind colorblind single married
  engaged divorced widowed separated retired unemployed self-employed left-handed disabled adopted
  gay trans religious shy tall short fluent sober welsh french dutch swiss czech greek thai muslim
  christian catholic hindu buddhist atheist jewish
FOND: mad afraid scared terrified good bad terrible hopeless crazy obsessed interested fond keen
  proud addicted hooked allergic married related passionate based diagnosed raised hard
IN: person budget grade thirties forties year diet wheelchair army navy choir band club team job
  company college university school hospital insulin leave medication therapy debt recovery
  relationship sales marketing
TIMES: exam test interview appointment deadline flight wedding surgery operation race birthday
  anniversary trip holiday funeral graduation marathon presentation conference lesson date thesis
  baby meeting party class divorce twin
OWNED: car bike van truck boat narrowboat house flat apartment garden piano guitar camera shop
  business company restaurant studio blog band tattoo degree phd licence license visa allergy
  diabetes asthma migraine adhd cancer job wheelchair name hobby shift commute favourite favorite
  caravan pronouns
THE: sea beach mountains outdoors cold heat rain snow theatre cinema opera piano guitar gym stairs
  dark
ACTS: like love hate enjoy prefer play study teach speak drive own run make write drink eat
  want need raise learn take wear work
SCHOOL: residency degree master's phd course internship apprenticeship nursery kindergarten church
  temple school university college gym therapy bed camp work training
MEDICINE: antidepressants thinners tablets painkillers insulin medication pills bus train tram ferry
LIKE: like love hate enjoy dislike prefer favour
DISLIKE: hate dislike mind
INNER: reckon plan say tell ask answer decide mean think know guess suppose believe feel hope wish
  wonder hear understand remember forget agree doubt promise swear bet beg owe care appreciate thank
  apologise admit wait look find try choose miss send show notice imagine accept sound seem object
  pass quit stand second laugh cry figure suggest recommend realise bother complain order like love
  hate expect attack need want
LIGHT: see be have get go come take keep put give bring turn let cut hit hurt set shut open close
  start finish mistype click type walk move compile use
MAKES: make keep taste smell give drive remind
GROUP: together both family couple team company class group band
SURELY: adopt become convert divorce enroll graduate inherit join marry move name quit replace
  retire settle swap switch trade turn visit stop sell win change celebrate learn
CHORE: sort print connect install compile debug parse get go see log return change book reply wear
  attack
GETTING: expect have keep get adopt buy build open launch run start do find land
ONGOING: live stay study train save apply recover date teach learn write move raise take volunteer
  major rent
AIM: want hope plan intend aim dream
DONE_TO: born raised diagnosed promoted fired hired laid accepted adopted named married divorced
  engaged sacked
MOVED: moved cancelled postponed called off stolen fixed
SWAP: sell swap trade replace switch change
SPEECH: say tell ask think mention reply shout
STATEMENT: i my we our the there in on every
QUESTION: what where who whom whose which why how when any guess tell give show let remind help
  recommend suggest
DOUBT: wish would wouldn't could should must might may
ASKING: can could would will you please just kindly and should must make sure did do that this know
  it is important good for future reference in remind yourself down ever don't never me the fact of
KEEPING: remember note forget mind save store write reminder know bear keep
STALE: class lesson week month stop quit die give up lose leave finish today yesterday year
  last ago drop trade eat play doing cancel swap replace move postpone push reschedule delay bring
  call off forward old drink sell day time slot
HAVING: have own get buy drive ride play adopt be live share keep collect wear
ONE_AT_A_TIME: live work study teach drive use wear support drink attend rent earn prefer bike cycle
  take
TRIP: trip holiday vacation flight fly plan visit
ENGLISH: i am my me you the an is are it and to of in on do does have what how not like for with was
SKILL: smoke drink vape paint draw cook bake sing dance ski surf swim sail run cycle climb knit sew
  fish hunt garden drive volunteer meditate pray snore stutter juggle speak play ride read write
STOP: best both actually again already anymore away being bit call currently days either get instead
  longer lot lots more most much never new now nowadays only really recently say still time user's
  named called
LEAD: last this most some today yesterday now nowadays back one these despite like besides a late
  early later growing
ORDER: please keep show tell give help write let explain call make use
ENDS_NOUN: what how why these off up down this that each who which where and but or , ( than if i we
  you he she it they there here now today tonight tomorrow yesterday next last when whenever because
  while although though unless so
PURSUIT: hobby passion goal dream plan job favourite favorite
ERRAND: be get bring put let pick
TALK: say tell fact memory store information data detail personal mention stuff bit part thing
  save keep remember know regard concern whatever feel comfortable private please ok thank lol have
  forget delete remove stop don't didn't shouldn't learn hold share exist profile ever
ALL: everything all anything whatever
ALL_DATA: memory memories data profile information facts
ASKED: kind mean job work live old like love enjoy want go
ASPECT: look search hunt want hope plan save try start begin stop quit give stand bear mind use up
  off back out again leave
TASTES: like love enjoy prefer hate dislike preference taste favourite favorite
""")

# A topic, and the stems of the words that tell it.
TOPICS = table("""
name: name nickname surname called
age: age birthday born turn
home: live move home house flat apartment rent from grow address hometown
work: job work career boss office colleague company unemployed retire freelance business nurse
  teacher engineer doctor developer lawyer chef pilot manager designer programmer accountant
studies: study school college university degree exam course learn class major thesis phd homework
food: food eat drink cook bake coffee tea pizza vegan vegetarian meat fish mushroom chocolate cake
  bread cheese diet dish meal breakfast lunch dinner curry rice soup salad noodle ramen chicken
  potato tomato banana apple burger taco sandwich egg milk honey garlic coriander sushi pasta fruit
  spicy beer wine olive peanut nut
pets: fish
family: family child baby marry mum mom mother dad father parent sister brother sibling son daughter
  twin wife husband partner girlfriend boyfriend aunt uncle cousin niece nephew grandma grandpa
  grandmother
relationship: single marry engage divorce widow girlfriend boyfriend partner wife husband date
  relationship fiance
friends: friend flatmate roommate neighbour colleague
health: allergic allergy health ill sick doctor diabetic diabetes asthma pain injury medicine smoke
  gym fit sleep dyslexic headache glass pregnant disorder disease condition cancer depression
  anxiety
plans: go plan tomorrow tonight weekend next will hope want soon later trip appointment
hobbies: hobby play game anime manga read paint draw hike run swim guitar piano cello music film
  book novel chess football tennis garden knit dance sing collect photography climb cycle yoga gym
  comedy jazz
travel: travel trip visit fly holiday vacation
languages: language speak fluent spanish french german italian japanese chinese english
possessions: car bike own phone laptop boat motorbike
religion: religion religious faith church mosque synagogue temple christian muslim jewish jew hindu
  buddhist sikh atheist catholic protestant mormon witness pray
politics: politics political vote election conservative liberal socialist
money: money earn debt loan mortgage
""")
TOPICS["pets"] |= CLASSES["PET"]

# What a thing is of, for whoever asks about the kind: a cat is a pet.
KINDS = table("""
alcohol: wine beer whisky whiskey gin vodka cider rum champagne cocktail pint
meat: steak chicken beef pork bacon ham lamb sausage burger
medicine: insulin tablet antidepressant statin painkiller inhaler
baby: pregnant expect
child: son daughter twin
sibling: brother sister
divorce: marry husband wife
""")
KINDS["pet"] = CLASSES["PET"]


def with_kinds(found: frozenset[str]) -> frozenset[str]:
    """Words, and the kinds of things that they are: "cat" is a "pet" as well."""
    return found | {kind for kind, row in KINDS.items() if row & found}


SPELLINGS = pairs("""
im=I'm ive=I've iam=I_am i=I i'm=I'm i've=I've i'll=I'll i'd=I'd imma=I_will dont=don't cant=can't
cannot=can't wont=won't didnt=didn't doesnt=doesn't isnt=isn't arent=aren't wasnt=wasn't
havent=haven't hasnt=hasn't couldnt=couldn't wouldnt=wouldn't whats=what's thats=that's
wheres=where's gonna=going_to wanna=want_to gotta=have_to u=you ur=your everyday=every_day
shes=she's hes=he's theyre=they're weve=we've ppl=people gf=girlfriend bf=boyfriend ain't=am_not
bday=birthday uni=university dev=developer pls=please fav=favourite
""")

SAME = pairs("""
kid=child mom=mum mother=mum father=dad movie=film bicycle=bike flight=fly student=study math=maths
color=colour favorite=favourite fave=favourite wedding=marry engagement=engage internship=intern
collection=collect allergic=allergy married=marry soccer=football salary=earn income=earn wage=earn
pregnancy=pregnant medication=medicine pill=medicine meds=medicine gran=grandma granny=grandma
grandmother=grandma hubby=husband missus=wife grandad=grandpa granddad=grandpa grandfather=grandpa
mummy=mum papa=dad daddy=dad membership=member scared=afraid terrified=afraid diagnosis=diagnose
op=surgery operation=surgery faith=religion
""")

TOPIC_NAMES = table("""
home: location address city residence live place
health: medical illness disease condition
food: diet meal eat drink cook dinner lunch breakfast recipe restaurant menu
work: job profession occupation career employer role
hobbies: interest sport hobby fun spare free book film watch music game gift present
travel: commute visit trip
relationship: partner
studies: education
age: birthday
pets: animal
plans: plan tomorrow weekend tonight
""")

# What a person has one of, and the stems of the words that ask for it.
ASKED_FOR = table("""
age: age old
birthday: birthday
name: name
weight: weight weigh
address: home address live city
job: role employer job profession work
relationship: relationship single marry
diet: diet
""")

# A language, what it says of itself, and words or letters that few other languages have.
LANGUAGES = [row.split(" | ") for row in """
ja | 英語しかわかりません。 | ぀-ヿ
zh | 我只懂英语。 | 一-鿿
hi | मैं केवल अंग्रेज़ी समझता हूँ। | ऀ-ॿ
es | Solo entiendo inglés. | hola el los una mi es soy tengo vivo gusta por con como llamo estoy y
fr | Je ne comprends que l'anglais. | bonjour je suis j'ai les une mon ma est et habite m'appelle
ar | أنا أفهم الإنجليزية فقط. | ؀-ۿ
bn | আমি শুধু ইংরেজি বুঝি। | ঀ-৿
pt | Só entendo inglês. | olá eu os uma meu minha é sou tenho moro gosto por com como chamo estou e
ru | Я понимаю только английский. | Ѐ-ӿ
de | Ich verstehe nur Englisch. | hallo guten ich bin der die das eine mein ist und habe wohne nicht
other |  | Ͱ-Ͽ֐-׿฀-๿가-힯஀-௿Ⴀ-ჿ
other |  | io sono il mi ho vivo chiamo che ciao ik ben het een mijn heb woon hou jag bor är
other |  | och har jestem mam się lubię mieszkam nie bir adım çok olen mitä saya yang tôi
""".strip().splitlines()]  # fmt: skip
