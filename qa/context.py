"""Does a sentence lean on the one before it: does it open with a word for what was named there, or reply to it?"""

import datetime as dt
import re

from index.article import Span
from index.truth import Truth
from index.views import day_of
from qa.linear import is_question
from qa.retrieve import Candidate
from qa.wording import same, wording
from qa.words import MONTH_NAMES

_SHORT = 5  # words: a sentence of fewer says hardly of what
_LONG = 10  # words: so long a sentence is seldom said of two things in the same words
_STORY, _LIKELY_STORY = 0.84, 0.7  # cosine of two such sentences, titles included, from which they tell one story

_SAYING = (
    r"(?:said|says|added|adds|told|wrote|writes|tweeted|posted|stated|states|stressed|noted|notes|explained|explains"
    r"|continued|warned|asked|concluded|recalled|replied|insisted|declared|argued|joked|claimed|admitted|remarked)"
)
_MARKS = r"[\s\"'“”‘’«»„(\[—–•*-]*"
_LINK = r"(?:(?:and|but|or|nor|so|yet|still|then|also|thus|because|although|though|if|when|while|as|since|once)\s+)?"
# “In 2019, she”, “However, they”: up to a comma, without a name that the pronoun could mean.
_ADVERB = (
    r"(?:however|meanwhile|moreover|furthermore|nevertheless|instead|later|earlier|today|yesterday|now|then|still"
    r"|indeed|eventually|finally|recently|afterwards?|separately|additionally|again|overall|initially|originally"
    r"|previously|nonetheless|[A-Z][a-z]{2,12}ly)"
)
_WHEN_OR_WHERE = (
    r"(?:in|on|at|by|since|during|for|from|after|before|until|within|around|over|under|with|last|this|earlier)"
    r"\s[^,.;:“\"]{1,45}?"
)
_CLAUSE = (
    r"(?-i:(?:[Ww]hen|[Ww]hile|[Aa]s|[Aa]fter|[Bb]efore|[Ii]f|[Aa]lthough|[Tt]hough|[Ss]ince|[Oo]nce"
    r"|[Uu]ntil|[Dd]espite|[Aa]sked)\s[^A-Z,.;:“\"]{1,45})"
)
# “Born in Lyon in 1941, he”, “As mayor of Bergvik, she”: a name in it is another's, so it may hold some.
_PARTICIPLE = r"(?-i:(?:[A-Z]\w+(?:ing|ed)|Born|Known|Seen|To|According\sto|As(?=\s(?:an?\s)?[a-z]))\s[^.;:“\"]{1,60}?)"
_INTRO = rf"(?:(?:{_ADVERB}|{_WHEN_OR_WHERE}|{_CLAUSE}|{_PARTICIPLE}),\s+)?"
_OPENING = rf"{_MARKS}(?i:{_LINK}{_INTRO}{_LINK})"

_PERSON = re.compile(rf"{_OPENING}(?:he|she|they|his|her|hers|their|theirs|him|them)(?:['’]\w+)?\b", re.IGNORECASE)
_IT = re.compile(rf"{_OPENING}(?:its|it)\b(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
# “It is unclear whether”, “It took two days to”: stands for what follows.
_EMPTY_IT = re.compile(
    r"\s*(?:['’]s|is|was|has been|had been|remains?|remained|becomes?|became|will be|would be|may be|might be|could be"
    r"|wasn['’]t|isn['’]t)\s(?:\w+\s){0,3}?"
    r"(?:(?:un)?(?:clear|likely|known|usual|common|safe|fair|wise|fortunate|certain|necessary|true)|(?:im)?possible|hard"
    r"|difficult|easy|important|essential|crucial|critical|vital|illegal|legal|right|wrong|good|great|bad|better|best"
    r"|early|soon|late|worth|rare|time|mistake|shame|pity|error|sad|tragic|remarkable|notable|obvious|evident|expected"
    r"|hoped|thought|believed|feared|reported|estimated|understood|tempting|interesting|surprising|incredible|amazing)"
    r"\s[^.;:“\"]{0,40}?\b(?:that|whether|if|when|what|how|why|who|where|to)\b"
    r"|\s(?:seems?|seemed|appears?|appeared|turns out|turned out|emerged|happened)\s(?:\w+\s)?that\b"
    r"|\s(?:took|takes|will take|would take)\s[^.;:“\"]{0,50}?\bto\b",
    re.IGNORECASE,
)
_PERIOD = (
    r"(?:(?:past|last|coming|same)\s)?(?:year|month|week|weekend|morning|afternoon|evening|night|summer|autumn|fall|winter"
    r"|spring|season|century|time|day|moment)s?(?:['’]s)?\b"
)
_POINTING = re.compile(
    rf"{_OPENING}(?:(?:this|that|these)(?:['’]s)?\b(?!\s+{_PERIOD})|those\b(?!\s+(?:who|whose|with|in|on|of|from|\w+ing)\b)"
    r"|there,\s|neither\b(?!\s+(?:of\s|\w+\s+nor\b))|both\b(?!\s[^.,]{1,60}\sand\b)"
    r"|(?:such|another|the\s+(?:former|latter|same|others?|two|three|four|five|pair|duo|trio|couple))\b)",
    re.IGNORECASE,
)
# “Two of them died.”, “All three were freed.”, “Most were children.”: of whom, only what is before can say.
_NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens|hundreds|thousands|\d{1,3})"
_PARTIAL = re.compile(
    rf"{_OPENING}(?:(?:at\sleast|more\sthan|about|only|nearly|almost|another)\s)?"
    rf"(?:(?:all|the\sother)\s{_NUMBER}|{_NUMBER}(?:\s(?:more|others))?|all|most|several|none|others|half|each"
    r"|the\s(?:first|second|third|last))"
    rf"(?:\sof\s(?:them|these|those|the\s{_NUMBER}))?"
    r"\s(?:was|were|is|are|has|have|had|did|died|fled|remained?|will|would|could|may|might)\b",
    re.IGNORECASE,
)
# Such words of German, French, Spanish and Russian, but not “il y a”, nor the article of “Il governo” and an Ella.
_FOREIGN = re.compile(
    rf"{_MARKS}(?:Ihre?[mnrs]?\s\w|(?:Er|Sie|Elles?|Ils|Él|Ell[ao]s?|Он[аи]?|Его|Е[её]|Их)\s(?=[^\W\dA-ZА-Я])"
    r"(?!(?:said|says|told|was|is|has|had|and|will|would|did|does|added|reported)\b)"
    r"|Il\s(?!est\s\w+\s(?:de|que)\b|a\s(?:fallu|plu|neigé)\b)(?:[sl]['’](?!agi)|n['’](?!y\s)|(?:a|avait|aura|aurait|est"
    r"|était|sera|serait|va|allait|doit|devait|peut|veut|se|lui|leur|les?|la|en|dit|affirme|ajoute|estime)\s))"
)
# Common nouns that stand for somebody or something named before; what is said of them here must not itself name it.
_NOUNS = (
    r"(?:compan(?:y|ies)|firms?|studios?|departments?|brands?|groups?|agency|agencies|ministry|minister|president|senator|governor|mayor"
    r"|lawmakers?|official|officer|officers|general|spokes(?:man|woman|person)|organi[sz]ation|organi[sz]ers|union"
    r"|party|coalition|committee|commission|panel|board|court|judge|judges|jury|lawsuit|suit|case|trial|ruling|verdict"
    r"|vote|decision|move|deal|agreement|accord|treaty|report|study|survey|poll|researchers|authors|paper|findings"
    r"|statement|announcement|letter|document|documents|measure|measures|bill|law|legislation|plan|plans|proposal"
    r"|policy|rule|rules|program(?:me)?|project|attack|attacks|strike|strikes|incident|accident|crash|blast"
    r"|explosion|fire|fires|blaze|shooting|storm|hurricane|earthquake|quake|flood|floods|outbreak|disease|virus|vaccine"
    r"|meeting|talks|summit|visit|trip|protest|protests|rally|man|woman|men|women|boy|girl|child|children|teen|teenager"
    r"|student|students|suspect|suspects|victim|victims|gunman|shooter|driver|pilot|actor|actress|singer|rapper|star"
    r"|star['’]s|author|director|player|coach|striker|quarterback|team|club|game|match|series|film|movie|show|song|album"
    r"|book|game|event|festival|contest|campaign|candidate|billionaire|entrepreneur|couple|pair|family|brothers|sisters"
    r"|parents|twins|site|building|bridge|ship|vessel|boat|plane|aircraft|jet|helicopter|train|bus|vehicle|car|device"
    r"|product|products|chain|retailer|bank|airline|carrier|automaker|startup|platform|app|service|website|network"
    r"|university|school|hospital|museum|city|town|village|island|country|state|region|animal|dog|cat|bear|species"
    r"|regulator|watchdog|charity|publisher|broadcaster|newspaper|\d{1,3}-year-olds?)"
)
_DEFINITE = re.compile(
    rf"{_OPENING}[Tt]he\s+(?:(?:[a-z][\w-]*|\d[\w-]*)\s+){{0,2}}?{_NOUNS}(?:['’]s?)?(?=[\s,])(?P<rest>.{{0,40}})",
    re.DOTALL,
)
_KNOWN = (  # there is but one, or the reader knows which
    r"government|economy|world|sun|moon|earth|public|internet|weather|military|army|police|war|pandemic|media|press|future"
    r"|past|rest|public|poor|rich|elderly|only|first|last|next|most|best|worst|least|more|less|biggest|largest|\w+est"
)
_SOME_NOUN = re.compile(  # but not in somebody's own words
    rf"(?!\s*[\"“‘'«„]){_OPENING}[Tt]he\s+(?!(?:{_KNOWN})\b)(?:[a-z][a-z-]+\s+)?(?!(?:{_KNOWN})\b)[a-z][a-z-]+\s+"
    r"(?:is|was|are|were|has|had|have|will|would|can|could|may|might|must|should|did|does|do|said|says|also|then|came"
    r"|comes|took|takes|began|begins|starts|includes|marks|made|makes|became|brought"
    r"|\w+ed\s+(?:a|an|the|his|her|its|their|it|them|him|to|that|for|on|in|at|by|from|with|away|no|any|after|before))\b"
)
# “The minister of defence”, “The company that builds”, “The actor Tomas Berg”: named on the spot.
_INTRODUCED = re.compile(
    r"\s+(?:of|for|in|at|from|to|with|behind|that|which|who|whose|where|between|against|over|about|on|by|near|called|named"
    r"|known)\b|,?\s+[A-Z]"
)
_BY_A_PRONOUN = re.compile(
    rf"[,.?!…—–-]\s?[\"”’'»]+\s*(?:(?:he|she|they|it|the\s+{_NOUNS})\s+(?:\w+ly\s+|also\s+|has\s+|had\s+)?{_SAYING}"
    rf"|{_SAYING}\s+(?:he|she|they|the\s+{_NOUNS}(?=[.,]))\b)"
)
# The same without quotation marks, where no clause follows: “..., she said on Monday.”, but not “..., she said it was”.
_REPORTED = re.compile(
    rf",\s(?:he|she|they|it)\s+(?:\w+ly\s+|also\s+|later\s+|has\s+|had\s+)?{_SAYING}"
    r"(?=[,.;]|\s*$|\s(?:on\s)?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\sin\san?\s(?:\w+\s)?"
    r"(?:statement|interview|letter|post|tweet|speech|report|email|call|briefing|conference|filing|message|memo|video)\b)"
)
# “Prosecutors said he”: whom these speak of was named before.
_OF_SOMEBODY = re.compile(
    r"(?:Prosecutors|Police|Officials|Authorities|Investigators|Detectives|Doctors|Lawyers|Critics|Supporters|Witnesses"
    rf"|Relatives|Colleagues|Friends|Aides|Reports)\s+(?:have\s+|had\s+)?{_SAYING}\s+(?:that\s+)?(?:he|she)\b"
)
_REPLYING = re.compile(r"(?:[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3}:|(?:Yes|No|Not|Nein|Ja|Non|Oui|Sí|Нет|Да)[,.!:])\s")
_QUOTATION = re.compile(r"\s*[“\"«„][^“”\"«»„]*[”\"»]?\s*")
_ENDED = re.compile(r"[.!?…:;。！？।](?:[\"'”’»)\]]|\[\w{1,3}\])*\s*$")


def leans(sentence: str) -> bool:
    """Whether a sentence opens with a word for something named before it, or quotes a speaker whom it does not name."""
    if any(opening.match(sentence) for opening in (_PERSON, _POINTING, _OF_SOMEBODY, _PARTIAL, _FOREIGN)):
        return True
    if _BY_A_PRONOUN.search(sentence) or _REPORTED.search(sentence) or _QUOTATION.fullmatch(sentence):
        return True
    if it := _IT.match(sentence):
        return not _EMPTY_IT.match(it["rest"])
    if the := _DEFINITE.match(sentence):
        return not _INTRODUCED.match(the["rest"])
    return _SOME_NOUN.match(sentence) is not None


def context_of(text: str, before: Span | None, span: Span) -> str | None:
    """The sentence before, where the one at `span` leans on it or replies to it; none over a bare line."""
    if before is None:
        return None
    leading, sentence = text[before.start : before.end], text[span.start : span.end]
    if not (leans(sentence) or _replies(sentence, leading)):
        return None
    return leading if "\n" not in text[before.end : span.start] or _ENDED.search(leading) else None


def _replies(sentence: str, before: str) -> bool:
    """Whether a sentence that may not stand alone follows a question: “A: Not before 2026.”, “Not today, she said.”

    A long one says of what, unless it is a speaker's in an interview: a question is a heading as often as not.
    """
    if not is_question(before) or is_question(sentence):
        return False
    return len(sentence.split()) < _LONG or _REPLYING.match(sentence) is not None


def _hangs(candidate: Candidate) -> bool:
    return leans(candidate.text) or _replies(candidate.text, candidate.quoted(candidate.before))


def apart(one: Candidate, other: Candidate, truth: Truth) -> bool:
    """Whether two sentences in the same words may be about different things: “He was 82.” in two obituaries.

    Articles of different days mean different days by “on Thursday” or “last month”. Sentences that lean on what is
    before them or reply to it, and very short ones, say the same only where that is the same too, or where their
    vectors, in which the articles' titles have their part, show the articles to tell one story.
    """
    if one.body.number == other.body.number:
        return False
    if _of_other_days(one, other):
        return True
    said = wording(one.text)
    length = len(said.body)
    if length + len(said.speaker or ()) >= _SHORT and not _hangs(one) and not _hangs(other):
        return False
    if one.before and other.before and same(wording(one.quoted(one.before)), wording(other.quoted(other.before))):
        return False
    first, second = truth.sentence_vectors([(c.body.number, c.ordinal) for c in (one, other)]).values()
    return float(first @ second) < (_LIKELY_STORY if length >= _LONG else _STORY)


# Days that are named as they are seen from the article's own, by how long they are called so.
_MON = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\b\.?"
_RELATIVE_DAY = re.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|(?:hour|day|week)s? ago|(?:last|this|next|past|coming) (?:night|morning"
    r"|afternoon|evening|week|weekend)|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    rf"(?!,? \(?(?:the )?(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MON}|{_MON} \d{{1,2}}(?!\d))))\b",
    re.IGNORECASE,
)
_RELATIVE_MONTH = re.compile(r"\b(?:last|this|next|past|coming) month\b", re.IGNORECASE)
_RELATIVE_YEAR = re.compile(
    r"\b(?:last|this|next|past|coming) (?:year|spring|summer|autumn|fall|winter|season)\b", re.IGNORECASE
)
_MONTH = re.compile(rf"\b(?:{'|'.join(MONTH_NAMES)})\b(?!,? \d{{4}}| \d\d?, \d{{4}})")
_ONE_STORY = 3  # days between two articles that may mean the same Thursday
_HALF_A_YEAR = 182  # days between two articles that mean another May


def _of_other_days(one: Candidate, other: Candidate) -> bool:
    """Whether either sentence means another day than the same words would in the other's article."""
    first, second = day_of(one.article.published_at), day_of(other.article.published_at)
    if first is None or second is None or abs((first - second).days) <= _ONE_STORY:
        return False
    return any(_mean_others(text, first, second) for text in (one.text, other.text))


def _mean_others(text: str, first: dt.date, second: dt.date) -> bool:
    return (
        _RELATIVE_DAY.search(text) is not None
        or (first.timetuple()[:2] != second.timetuple()[:2] and _RELATIVE_MONTH.search(text) is not None)
        or (first.year != second.year and _RELATIVE_YEAR.search(text) is not None)
        or (abs((first - second).days) > _HALF_A_YEAR and _MONTH.search(text) is not None)
    )
