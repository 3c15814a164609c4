"""English words that the read side treats in a way of their own."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that ask rather than name: that no article has one of them says nothing.
ASKING = _words(
    """
    a about according all also am an and any anyone are as at be been but by can could did do does doing done for
    from get give go had has have he her him his how i if in into is it its make many me more most much my no not of
    on or our please say she should show so some such take tell than that the their them there these they this those
    to us was we were what when where whether which who whom whose why will with would you your
    """
)

# Behind “how” they ask for a measure: an article that says how deep need not say “deep”.
MEASURED = _words(
    """
    bad badly big cold deep early expensive far fast hard heavy high hot large late likely long low near often old rich
    severe small soon strong tall thick well wide young
    """
)

# They tell only which days are meant, or that something is asked of them.
OF_DAYS = _words("last next past ago yesterday today tonight tomorrow now currently happen happened happens happening")

NUMBERS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
    "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30",
    "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
}  # fmt: skip

MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = [name.lower() for name in MONTH_NAMES]
MONTHS = {name: name for name in _MONTHS} | {name[:3]: name for name in _MONTHS} | {"sept": "september"}
WEEKDAYS = frozenset(name.lower() for name in DAY_NAMES)

# Words that say how many or when, besides digits.
EXACT = (
    _words(
        """
        hundred thousand million billion trillion dozen half quarter twice double triple
        first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
        fifteenth sixteenth seventeenth eighteenth nineteenth twentieth once yesterday today tomorrow noon midnight
        """
    )
    | MONTHS.keys()
    | WEEKDAYS
    | NUMBERS.keys()
)

# What begins to tell when or where something was said or happened.
AROUND = WEEKDAYS | _words(
    """
    in on at of during after before to from by via through outside near earlier later afterward afterwards last this
    recently yesterday today tonight again
    """
)

# Words that make a clause of what follows “said”: “Silva said it was ...”, but not “..., Silva said in Oslo”.
CLAUSE = _words(
    """
    he she they it i we that there is are was were be been has have had do does did not
    will would can could may might must shall should
    """
)

# "minus", as what it stands before is another number with it. In other languages, without accents, what denies by
# itself.
DENYING = _words(
    """
    not no never nor neither none nobody nothing without cannot minus
    nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder
    pas jamais aucun aucune rien sans nunca jamas nadie nada ningun ninguna ninguno
    не нет ни никогда никто ничего без degil asla hicbir
    """
)

# Words by which a sentence is turned or hedged.
TURNING = _words(
    """
    denied denies deny denying refused refuses refuse refusing rejected rejects reject failed fails fail false falsely
    fake alleged allegedly reportedly may might could would should will if unless former ex almost nearly only less
    more fewer least most before after until since against under over above below up down by from increase increased
    decrease decreased rose fell north south east west left right
    """
)

# Words that make a claim smaller or less sure, or somebody another: with and without one a sentence says another thing.
HEDGING = _words(
    """
    alleged allegedly reportedly apparently believed suspected claimed may might could would should if unless
    former ex deputy vice acting least most almost nearly about around roughly approximately
    """
)

# Words of which a sentence with one and a sentence with another are at odds, whatever else they share.
OPPOSITES = [
    [_words(side) for side in row.split("|")]
    for row in (
        "rose risen rise rises increase increased grew grown gained climbed jumped soared raised up higher"
        "|fell fallen fall falls decrease decreased declined dropped sank shrank lost cut lowered down lower",
        "more over above|less fewer below under",
        "raised raises cut cuts lowered lowers|kept keeps held holds unchanged",
        "most|least",
        "won|lost",
        "before|after",
        "last|next",
        "hour hours|day days|week weeks|month months|year years|decade decades|century centuries",
        "spring|summer|autumn|winter",
        "for|against",
        "north northern|south southern|east eastern|west western",
        "left|right",
        "may might could|will",
        "confirmed|denied",
        "acquitted innocent|convicted guilty",
        "bought buys acquired|sold sells",
        "approved accepted backed supports supported|rejected blocked opposes opposed",
        "opened opens open|closed closes shut",
        "survived alive|died dead killed",
        "man men boy boys|woman women girl girls",
        "legal|illegal",
        "likely|unlikely",
        "possible|impossible",
        "percent|percentage",
        "$ dollars|€ euros|£ pounds|¥ yen",
    )
]

# Titles: with and without them a name is the same.
TITLES = _words(
    """
    president chancellor premier prime minister secretary governor senator representative general lieutenant captain
    mayor king queen prince princess pope sir lady judge justice professor dr mrs ms chief
    """
)

# Words that may stand in one of two sentences and not in the other without a difference in what is said.
EMPTY = _words(
    """
    a an the that also too had mr very really
    meanwhile however moreover furthermore additionally nevertheless nonetheless
    """
)


def _rows(text: str) -> dict[str, str]:
    """Each word or phrase of a line (they are parted by commas) → the first of its line."""
    rows = [[entry.strip() for entry in line.split(",")] for line in text.strip().splitlines()]
    return {entry: row[0] for row in rows for entry in row[1:]}


# What editors and translators put for one another. Only words that stand for the same wherever a sentence is
# otherwise the same: near-synonyms of number, strength, direction or stance (“warned”, “claimed”) have no place here.
SAME = _rows(
    """
    said, stated, stressed, emphasized, underlined, underscored, noted, added, explained, remarked, reiterated
    said, told reporters, told journalists, told the press, pointed out, went on to say
    say, state, stress, emphasize, underline, underscore, note, add, explain, remark, reiterate, point out
    says, states, stresses, emphasizes, underlines, underscores, notes, adds, explains, remarks, reiterates, points out
    saying, stating, stressing, emphasizing, underlining, underscoring, noting, adding, explaining
    negotiate, hold talks, hold negotiations, conduct talks, conduct negotiations, enter into talks, enter talks
    negotiated, held talks, held negotiations, conducted talks, conducted negotiations
    negotiations, talks
    negotiating, holding talks, holding negotiations
    relations, ties
    cooperation, collaboration
    arena, stage, scene
    in the international arena, on the international stage, on the international scene, on the world stage
    help, assist, aid, assistance
    helped, assisted, aided
    helping, assisting, aiding
    begin, start, commence
    begins, starts, commences
    began, started, commenced
    beginning, starting, commencing
    ended, concluded, finished
    buy, purchase
    bought, purchased
    buying, purchasing
    strengthen, reinforce, bolster
    strengthened, reinforced, bolstered
    strengthening, reinforcing, bolstering
    goal, aim, objective
    goals, aims, objectives
    opportunity, chance
    opportunities, chances
    country, nation
    countries, nations
    people, persons
    children, kids
    big, large
    huge, enormous
    important, significant
    crucial, vital, essential
    quickly, rapidly, swiftly
    frequently, often
    gradually, step by step
    repeatedly, many times, more than once
    again, once again, once more
    worldwide, around the world, across the world, throughout the world, all over the world
    respond, reply, answer
    responded, replied, answered
    show, demonstrate
    shows, demonstrates
    showed, demonstrated
    believe, think
    believes, thinks
    believed, thought
    spoke, talked
    speaking, talking
    met, met with, held a meeting with
    meet, meet with, hold a meeting with
    allow, permit
    allowed, permitted
    ban, forbid, prohibit
    banned, forbidden, prohibited
    try, attempt
    tried, attempted
    choose, select
    yield to, bow to, give in to, cave in to, succumb to
    protect, defend
    freedom, liberty
    enemy, foe
    mistake, error
    mistakes, errors
    terrible, horrible, awful, dreadful
    brave, courageous
    glad, pleased, happy, delighted
    unacceptable, intolerable, inadmissible
    continue, carry on, go on
    decided, took a decision, made a decision, took the decision, made the decision
    must, have to, need to
    will, shall
    need, require
    needs, requires
    everyone, everybody
    someone, somebody
    anyone, anybody
    nobody, no one
    always, at all times
    toward, towards
    among, amongst
    while, whilst
    until, till
    amid, amidst
    who, whom
    despite, in spite of
    because of, due to, owing to
    to, in order to, so as to
    before, prior to
    and, as well as, &
    lots of, a lot of
    almost, nearly
    less than, fewer than
    help, help to
    all, all of
    several, a few, a number of
    somewhat, a little
    1 third, a third
    1 quarter, a quarter
    1 half, a half
    1 fifth, a fifth
    percent, %, per cent, pct
    billion, bn
    million, mn
    governor, gov
    senator, sen
    representative, rep
    general, gen
    president, pres
    lieutenant, lt
    ceasefire, cease fire
    program, programme
    programs, programmes
    center, centre
    theater, theatre
    meter, metre
    meters, metres
    liter, litre
    liters, litres
    kilometers, kilometres, km
    kilometer, kilometre
    defense, defence
    offense, offence
    license, licence
    gray, grey
    kyiv, kiev
    kharkiv, kharkov
    odesa, odessa
    zelensky, zelenskyy, zelenskiy, zelenskyi
    turkey, turkiye
    usa, united states, united states of america
    uk, united kingdom
    un, united nations
    eu, european union
    russia, russian federation
    china, people's republic of china, prc
    iran, islamic republic of iran
    northkorea, north korea, dprk
    northkorea, democratic people's republic of korea
    southkorea, south korea, republic of korea
    """
)

# Turns of speech that lead into a sentence or out of it and say nothing of their own.
IDLE = (
    "in this regard", "in this respect", "in this connection", "in that regard", "in addition", "of course",
    "for his part", "for her part", "for their part", "for its part", "as well",
)  # fmt: skip
