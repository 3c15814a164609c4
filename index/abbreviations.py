"""Words that a full stop follows without ending the sentence, and words that seldom stand inside one.

Whether “Inc.” ends a sentence depends on what follows it: “Apple Inc. Chief Tim Cook” goes on, “Apple Inc. The firm”
does not. So a word falls into one of few classes, and `stop_ends` weighs it against the word after it.
"""

import re

from index.abbreviations_abroad import LONG, TITLES, ends_abroad, goes_on, is_roman, last_word, unelided


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Never the last word of a sentence: a name or a further word must follow.
_LEADING = _words(
    """
    Mr Mrs Ms Mx Dr Prof Messrs Mme Mlle Gen Lt Col Maj Capt Cmdr Cpl Sgt Pfc Pvt Brig Adm Gens Sen Sens Rep Reps
    Gov Govs Pres Amb Rev Revd Fr Hon Supt Insp Det Atty Ald Msgr Bp Abp Rabb St Ste Mt Ft vs v viz cf eg ie e.g i.e
    ca Sra Srta Hr Ing Dept Assoc Asst Adj Vice sog bzw inkl exkl zzgl evtl
    """
)

# Of these the following cannot be a last word at all, as “5th St.” and “Amartya Sen.” can.
_NEVER_LAST = _words("Mr Mrs Ms Mx Dr Prof Messrs Mme Mlle v vs viz cf eg ie e.g i.e sog bzw")
_OF_DOCTORS = _words("med dent vet phil jur iur rer nat pol oec habil theol mult")  # “Dr. med.”, “Dr. rer. nat.” ...
_BEFORE_DOCTORS = {f"{word}." for word in ("Dr", "Prof", "h.c", "c", *_OF_DOCTORS)}  # ... but “a U.S. vet.”
_ALSO_SURNAMES = _words("He You So An More Who Look Early Such Even")

# May end a sentence, and does so where the next word is one that begins sentences.
_TRAILING = _words(
    """
    Inc Ltd Corp Co co Cos Bros Plc plc LLC LLP Pty Jr Sr jr sr Esq ret Univ Assn Intl Natl Ave Blvd Rd Hwy Pkwy Sq
    st ave rd al approx est misc incl dist dept govt univ max min Gmbh Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill
    Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont Neb Nebr Nev Okla Ore Pa Penn Tenn Tex Va Vt Wash Wis Wyo Ont Que
    Alta Sask
    """
)

# Go with the number after them; before anything else their stop is an ordinary one.
_COUNTING = _words(
    """
    No Nos no nos N° Nº n° № p pp P vol vols Vol Vols fig figs Fig Figs art Art arts sec Sec sect ch Ch chap chaps
    Chap para paras ver Ver eq Eq ed eds op nr Nr c ca cc Rs Op Stat Cor Thess Matt Rom Heb Ps Ex Sched Reg Pt pt bk Bk
    line ll Jan Feb Mar Apr Jun June Jul July Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun
    """
)

_CLOCK = frozenset({"a.m", "p.m", "am", "pm", "A.M", "P.M", "AM", "PM"})
_AFTER_CLOCK = _words(
    """
    ET EST EDT CT CST CDT MT MST MDT PT PST PDT GMT UTC BST CET CEST IST JST AEST AEDT Eastern Central Mountain
    Pacific Greenwich Moscow Beijing London Monday Tuesday Wednesday Thursday Friday Saturday Sunday January
    February March April May June July August September October November December Jan Feb Mar Apr Aug Sept Oct Nov
    Dec
    """
)

# Begin sentences; hardly ever the second word of a name such as “U.S. Army” or “John F. Kennedy”.
_OPENING = _words(
    """
    A About Above According Across Additionally After Afterwards Again Against Ahead Albeit All Along Already Also
    Although Amid Among An And Another Any Anyone Anything Apart Are Around As Aside At Back Based Because Before
    Behind Being Below Besides Between Beyond Both But By Can Clearly Could Currently Despite Did Do Does Due During
    Each Earlier Early Either Else Elsewhere Even Eventually Ever Every Everyone Everything Except Few Finally First
    Following For Former Fortunately From Further Furthermore Given Had Has Have Having He Hence Her Here Hers His
    How However I If Imagine In Indeed Instead Into Is It Its Just Last Later Lately Let Like Likewise Look Many
    Maybe Me Meanwhile More Moreover Most Much My Nearly Neither Never Nevertheless Next No Nobody None Nonetheless
    Nor Not Nothing Notably Now Of Often On Once One Only Or Originally Other Others Otherwise Our Over Overall
    Perhaps Please Previously Rather Recently Regardless Several Shall She Should Similarly Since So Some Somehow
    Someone Something Sometimes Soon Still Subsequently Such Sure Surely Take Than Thank Thanks That The Their Them
    Then There Therefore These They Think This Those Though Three Through Throughout Thus To Today Together Tomorrow
    Tonight Too Toward Towards Two Under Unfortunately Unless Unlike Until Upon Using Very Was We Well Were What
    Whatever When Whenever Where Whereas Wherever Whether Which While Who Whom Whose Why With Within Without Would
    Yes Yesterday Yet You Your Mr Mrs Ms
    """
)
_NOT_AFTER_NAMES = frozenset({"First", "Former", "Last", "Next", "One", "Two", "Three", "All", "Back"})

_DOTTED = re.compile(r"(?:[^\W\d_]{1,3}\.)++[^\W\d_]{1,3}")
_NO_VOWEL = re.compile(r"[B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z][b-df-hj-np-tv-z]{1,4}")
_LEAD_IN = re.compile(r"[“\"‘']?(?:At|By|On|From|Until|Before|After|Around|Since|About|Shortly|Just)\b")

_LONG = LONG.union(word for word in (*_LEADING, *_TRAILING, *_COUNTING) if len(word) > 5)

# Names that end in a mark of their own: “Yahoo! News”, “Jeopardy! host”.
_MARKED_NAMES = frozenset({"Yahoo", "Jeopardy", "Panic", "Wham", "Yum"})


def opens_sentence(word: str) -> bool:
    """Whether `word` is one that begins sentences and seldom goes on with a name."""
    return word in _OPENING and word not in _NOT_AFTER_NAMES


def is_marked_name(word: str) -> bool:
    """Whether `word` is a name spelt with a closing “!” of its own."""
    return word in _MARKED_NAMES


def leads_on(word: str) -> bool:
    """Whether `word` is a title or the like, after which a name must come: “Mr”, “St”, “vs”."""
    return word in _LEADING


def stop_ends(word: str, before: str, following: str) -> bool:
    """Whether the full stop after `word` ends its sentence, given that the sentence seems to begin anew after it.

    `word` has neither the stop nor opening marks; `before` is the sentence up to `word` (its last few dozen
    characters will do); `following` is the next word, upper-case or a number, "" where a symbol follows.
    """
    if len(word) > 5 and word.isalpha() and word not in _LONG:  # most words
        return not word.endswith("str")
    if (word in _OF_DOCTORS and last_word(before).lstrip("([") in _BEFORE_DOCTORS) or (word, following) == ("Op", "Dr"):
        return False
    ends = ends_abroad(word, before, following, opens_sentence(following))
    if ends is not None:
        return ends
    if len(word) == 1 and word.isalpha():
        return _initial_ends(word, before, following)
    if word in _CLOCK:
        return _clock_ends(before, following)
    tail = word.rpartition("-")[2]
    name = tail.capitalize() if tail.isupper() and len(tail) < 5 else tail
    if name in _LEADING or word in TITLES:
        return name not in _NEVER_LAST and opens_sentence(following) and following not in _ALSO_SURNAMES
    if tail in _COUNTING or name in _COUNTING or tail.endswith("str"):  # “Hauptstr. 5”
        return not (following[:1].isdigit() or is_roman(following) or following in _AFTER_CLOCK)
    if tail in _TRAILING or _DOTTED.fullmatch(tail) or _NO_VOWEL.fullmatch(tail):
        return opens_sentence(following)
    bare = unelided(word)
    return stop_ends(bare, "la", following) if bare != word else not goes_on(word, before, following)


def _initial_ends(letter: str, before: str, following: str) -> bool:
    """“Albert I. Jones” goes on; “you and I. Did he” and “vitamin C. The” do not."""
    if not opens_sentence(following):
        return False
    last = before.split()[-1:] or [""]
    return letter != "I" or not last[0][:1].isupper()


def _clock_ends(before: str, following: str) -> bool:
    """“at 9 a.m. ET” and the lead-in “At 9 a.m. Mr. Smith left” go on; “It shut at 9 p.m. Mr. Smith left” does not."""
    if following.removesuffix("s") in _AFTER_CLOCK or following[:1].isdigit() or not following:
        return False
    return not (_LEAD_IN.match(before) and len(before.split()) <= 4)
