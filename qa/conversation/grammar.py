"""Closed lists of English words by which a question is told to lean on a conversation, or to stand alone."""

from qa.words import MONTHS, WEEKDAYS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that hold a sentence together; contractions stand for their first word (“what's” is “what”).
FUNCTION = _words(
    """
    a about above across after against all along although am among an and any anybody anyone anything are around as
    at away back be because been before being behind below beside besides between both but by can cannot could despite
    did do does doing done down during each either enough every everyone everything except few for from had has have
    having he her here hers herself him himself his how however i if in including inside instead into is it its itself
    least less lot many may me might mine more most much must my myself neither no nobody none nor not nothing of off
    on once one ones only onto or other others our ours out outside over own per same shall she should since so some
    somebody someone something somewhere such than that the their theirs them themselves then there therefore these
    they this those though through throughout till to together toward towards under unless until up upon us used very
    via was we were what whatever when where whether which while who whom whose why will with within without would yet
    you your yours yourself gonna ain versus vs etc
    """
)

# Words of talking and of doing in general: they are never what a conversation is about.
LIGHT = _words(
    """
    able actual actually add afterwards again ago ah almost already alright also always amazing another anyway apart
    apparently appear appears ask asked asking aside available bad basically became become becomes becoming began begin
    believe best better bit called came certain certainly check checked clear clearly close come comes coming common
    commonly compare compared completely consider considered considering cool could current currently curious define
    definitely depend depends describe detail details did differ different differently easily easy effectively else
    especially even eventually ever exactly expand explain explained extra fairly far fast feel feeling felt find
    finding fine first follow following forget former found fourth frequent frequently full fully further gave general
    generally get gets getting give given gives giving glad go goes going gone good got great guess handle happen
    happened happening happens hard hear heard hello help helped helpful helping helps hey hi high hmm hope huge idea
    imagine important include included includes indeed interested interesting just keep keeps kept kind kinda know
    known knows large last late lately later latest latter learn learned learning leave left let lets like liked
    likely list little live long longer look low looked looking looks made main mainly major make makes making matter
    maybe mean means meant mention mentioned minor moreover move named near nearly need needed needs never new next nice
    normal normally note now obviously often oh ok okay old open original originally particular particularly past
    perhaps please plus popular possible possibly prefer pretty previous previously primary probably provide put
    question questions quick quickly quite ran rather read real really recent recently recommend recommended regarding
    related relevant remain right run running said saw say saying says second see seem seemed seems seen serious set
    several short should show showed shown shows significant significantly similar similarly simple simply situation
    small sometimes somewhat soon sorry sort sound sounds special specific specifically start started starting starts
    still stop stopped suggest suggested sure susceptible take taken takes taking talk talked talking tell telling tend
    thank thanks thing things think thinking third thought tiny today told tomorrow too took tried try trying turn
    turned typical typically understand understood unfortunately usual usually various wait want wanted wants way ways
    well went whole widely wonder wondering work worked working works worried worry worse worst wow wrong yeah yep yes
    yesterday
    """
)

# Nouns that name a side of something else: “the causes”, “the cost”. Whose side, the conversation has to say.
RELATIONAL = _words(
    """
    ability advantage advice age aim alternative amount answer approach area aspect attitude author background basis
    beginning behavior behaviour benefit cause chance change characteristic choice color colour condition con
    consequence cost country damage danger date day death deal decade decision definition degree descent detail
    development difference difficulty disadvantage duration effect efficacy effectiveness end evidence example
    experience fact factor feature finding form founder frequency function goal group guideline guy half height hour
    history impact importance information interest issue job kind length level limit limitation location loss man
    material meaning measure mechanism method minute mission month name nature number opinion opportunity option order
    origin outcome outlook owner pain part people percent percentage period person place plan population position
    practice price principle pro problem process product production property purpose quality range rate reason
    recommendation region relation relationship requirement research response result review risk role rule safety sale
    scientist section side sign significance similarity size solution source stage standard state statement status step
    story strategy structure study style subject success suggestion symptom task technique temperature term
    test theory time tip title topic total town treatment trend two three four type use user value variety version view
    way week weight winner woman word worker world year deadly dangerous effective efficient expensive safe true
    typical unique cheap strict wide widespread harmful healthy beautiful competitive mph km kg mile meter
    """
)

# Pronouns by what they may mean.
PERSONS = _words("he him his himself she her hers herself")
THINGS = _words("it its itself they them their theirs themselves")
POINTING = _words("this that these those")
# Such words set a thing beside others that are known already.
EXPANDING = _words("another else other others instead both neither either besides also same similar")
# Behind “the” and by themselves they stand for what was named before, as in “Who owns the company?”; what there is in
# general, as in “Who invented the train?” or “Who makes the law?”, is left out.
STAND_INS = _words(
    """
    company companies firm firms studio department brand group agency ministry minister senator governor mayor lawmaker
    lawmakers official officials spokesman spokeswoman spokesperson organisation organization organisers organizers
    union party coalition committee commission panel board court judge lawsuit suit case trial ruling verdict vote move
    deal agreement accord treaty report survey poll researchers authors paper findings announcement letter document
    documents bill plan plans proposal policy programme program project attack attacks strike strikes incident accident
    crash blast explosion fire blaze shooting storm hurricane earthquake quake flood floods outbreak meeting summit
    visit trip protest protests rally suspect suspects victim victims gunman shooter driver pilot actor actress singer
    rapper author director player coach striker quarterback team club game match series film movie show song album book
    festival contest campaign candidate billionaire entrepreneur site building bridge ship vessel chain retailer bank
    airline carrier automaker startup platform app service website network university school hospital museum village
    regulator watchdog charity publisher broadcaster
    """
)
# Behind such a noun they tell which one: “the minister of defence”.
TELLING_WHICH = _words(
    """
    of for in at from to with behind that which who whose whom where between against over about on by near called named
    known and or than as
    """
)
# “This year”, “the world”: there is but one, and no conversation has to name it.
CALENDAR = _words(
    """
    year month week weekend day time morning evening afternoon night summer winter spring autumn fall season century
    world
    """
)
DAYS = _words("today tonight tomorrow yesterday")
# What a noun or its adjective may follow directly.
NOUNS_FOLLOW = _words(
    """
    a about an any at between both by each every for from her his in its many more most my no of on other our some such
    that the their these this those with your
    """
)
# What no noun follows directly, but a verb or an adjective: “who owns”, “is it free”.
TOLD_BEHIND = _words("who it they he she we i you")

# Irregular forms that are no verb's.
PLURALS = _words("children feet geese halves knives men mice people thieves teeth wives wolves women")

TITLES = _words(
    """
    mr mrs ms miss dr president premier chancellor minister senator governor mayor king queen prince princess pope
    bishop professor prof captain general colonel judge justice sir lady lord saint coach chairman chairwoman
    gov gen sen rep lt col sgt capt rev
    """
)
# What people do, as a verb behind their name.
SPEAKING = _words(
    """
    said says say told tells tell added argued asked answered announced born died wrote married met won played sang
    directed invented discovered who whose himself herself visited travelled resigned signed became called ran led
    """
)
INSIDE = _words("in at near across throughout inside outside around")  # hardly ever before a person
WHEREABOUTS = _words("in at near across throughout into inside outside from around toward towards to")
# Words in the names of what is no person.
INSTITUTIONS = _words(
    """
    agency airport association avenue bank bay bridge canal church city club college committee company conference
    congress corporation council county court department desert east federation foundation government group hospital
    hotel house inc institute island kingdom lake league library ltd ministry mountain mountains museum nations network
    north ocean office organisation organization park party press republic river school sea senate service society south
    stadium state states station street summit team times tower union united university valley war west world
    """
)
# Function and light words that are first names.
FIRST_NAMES = _words("will hope")
SURNAMES = _words("may more down")  # of the function words; of the light ones any may be a surname
# Months that are people's names as well.
NAMED_MONTHS = _words("april may june august")
PARTICLES = _words("de da di du del della la le van von der den ter bin ibn al el y")  # in the midst of a name
# “Which actor”: the answer names a person.
PEOPLE = TITLES | _words(
    """
    actor actress artist athlete author candidate dancer designer driver drummer founder guitarist keeper lawyer leader
    musician novelist official painter person pianist pilot player poet politician rapper rider runner scientist singer
    skater skier spokesman spokeswoman star striker swimmer writer
    """
)
# At its end they make what sounds like a name an office, “Apple CEO”; those that are surnames are left out.
OFFICES = _words(
    """
    boss captain ceo chairman chairwoman chancellor coach governor leader manager mayor minister premier president
    secretary senator spokesman spokeswoman
    """
)
# Behind such a verb stands what was made, and no person.
MAKING = _words(
    """
    built composed created designed directed discovered founded invented owned owns painted produced published recorded
    sang wrote
    """
)
# Before a name they say that it is a work's, not a person's.
MADE = _words(
    """
    album ballet book comedy drama episode film game magazine movie musical novel opera painting play series show single
    sitcom song thriller track
    """
)
# Such an owner is part of the name: “Women's World Cup”.
GROUPS = _words("Women Men People Children")
PLACES = _words("city country county island nation province region state town village")
MONTHS_AND_DAYS = WEEKDAYS.union(MONTHS.values())

AUXILIARIES = _words("is are was were be been do does did has have had can could will would should may might must")
DOING = _words("did do does had has have can could will would should")  # behind them stands who does something
# What may open a clause that comes after a noun, so that a pronoun in it can mean that noun.
LINKS = _words("and or but when if because before after while so since that who which what where why how than although")
OWNERS = _words("his her hers its their theirs")
ORDINALS = _words("first second third fourth last former latter next")
# Nouns that ask for a whole: “which type”, “what alternatives”.
PARTS = _words(
    """
    type types kind kinds practice practices method methods alternative alternatives treatment treatments option options
    effect effects symptom symptoms step steps approach approaches technique techniques strategy strategies factor
    factors example examples benefit benefits requirement requirements
    """
)
# Behind these a pronoun opens the title of a work.
WORKS = _words("sing sings sang sung song songs lyrics wrote film movie book show episode called titled")
