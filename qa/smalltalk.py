"""Turns that are no question to the articles: greetings, thanks, “what can you do?”, “summarise this”."""

import re
import unicodedata

_ABILITIES = (
    "I answer questions with sentences quoted word for word from the articles in this library, each with its place. "
    "I do not write, summarise or translate anything myself, and I say so when the articles do not hold an answer. "
)
_GREETING = (
    r"(?:hi|hiya|hey|hello|hallo|good (?:morning|afternoon|evening|day)|greetings|howdy)"
    r"(?: there| again| all| everyone| everybody| pullquote| bot)?"
)
_WELL = r"(?:ok|okay|great|perfect|excellent|good|nice|cool|wonderful|super|no|yes)"
_THANKS = (
    rf"(?:{_WELL} )?(?:(?:many |no )?thanks|thank you|thx|ty|cheers|much appreciated)"
    r"(?: you)?(?: again| pullquote)?(?: a lot| a million| (?:very|so) much(?: indeed)?| so much)?"
    r"(?: for (?:(?:all|the|your|that|this|everything|help|helping|me|quick|good|great|kind) ?){1,4}"
    r"(?:help|answers?|reply|info|information|time|support)?)?"
)
_BYE = rf"(?:{_WELL} )?(?:bye|bye bye|goodbye|good night|see you)(?: then| now| later| soon)?"
_THINGS = r"(?:article|text|page|news|story|document|file|library|archive|collection)s?"
_ASKED_ABOUT_US = (
    r"(?:so )?(?:what (?:(?:can|could|do|are) you(?: able to)?(?: do| know)?|(?:questions )?can i ask(?: you)?)"
    r"(?: here)?(?: (?:for|with) me| with this)?"
    r"|who are you|what ?i?s your name|how are you(?: doing)?(?: today)?"
    r"|(?:please )?help(?: me)?(?: please)?|(?:can|could|will) you(?: please)? help(?: me)?(?: please)?"
    rf"|how do you work|how (?:do|can|should) i use you|what are (?:these|those|the) {_THINGS}(?: about)?"
    r"|who (?:made|built|wrote|created) you|are you (?:an? )?(?:ai|bot|robot|human|person|chatbot|llm|machine|real))"
)
_ALL = (
    rf"(?: (?:of )?(?:this|that|it|these|them|everything|all|here|(?:(?:this|that|these|those|the|all(?: of)?(?: the)?"
    rf"|all(?: of)? these|my|your|whole|entire) ){{1,2}}{_THINGS}))?"
)
_LANGUAGE = (
    "arabic|bengali|chinese|danish|dutch|english|finnish|french|german|greek|hebrew|hindi|italian|japanese|korean|"
    "mandarin|norwegian|persian|polish|portuguese|russian|spanish|swedish|turkish|ukrainian|urdu|vietnamese"
)
_FORM = (
    rf"(?: (?:to|for) me| please| briefly| in (?:short|brief|detail)| (?:in|into|to) (?:{_LANGUAGE}|(?:simple|plain)"
    r"(?: words| english| terms)|(?:your|my) own words)"
    r"| in (?:(?:a|an|one|two|three|four|five|ten|few|\d+|short|simple|single) ){0,2}"
    r"(?:words?|sentences?|lines?|paragraphs?|points?|bullets?|bullet points?))"
)
_POLITELY = r"(?:(?:please|can you|could you|would you|will you|just|i want you to|now) ){0,3}"
_ORDERED = (
    rf"{_POLITELY}"
    r"(?:summari[sz]e|sum(?: it| this)? up|(?:give me|write|make|i want|i need)? ?an? (?:short |brief |quick )?summary"
    r"|tl ?dr|translate|rewrite|rephrase|paraphrase|shorten)"
    rf"{_ALL}{_FORM}{{0,3}}"
)
# Before anything was said, “this” is the program or its library; afterwards it is what was spoken of.
_ABOUT_THIS = (
    r"how does (?:this|it) work|how (?:do|can|should) i use (?:this|it)"
    rf"|what ?i?s this(?: {_THINGS})?(?: about)?|{_POLITELY}explain{_ALL}{_FORM}{{0,3}}"
)
_ABOUT_US = _ABILITIES + "Ask a question such as “Who met whom, and when?”."
_KINDS = (
    (_GREETING, "Hello. " + _ABILITIES + "Ask me something that the articles may tell."),
    (_THANKS, "You are welcome. Ask on if there is more to look up."),
    (_BYE, "Goodbye."),
    (_ASKED_ABOUT_US, _ABOUT_US),
    (_ORDERED, _ABILITIES + "Ask about one thing that you would look for in the text, and I will quote what it says."),
)


def _turn(pattern: str) -> re.Pattern[str]:
    """Politeness may stand before any of them: “Hello, what can you do?”, “Thanks, bye”."""
    return re.compile(rf"(?:(?:{_GREETING}|{_THANKS}) )??(?:{pattern})")


_PATTERNS = [(_turn(pattern), reply) for pattern, reply in _KINDS]
_OPENING = [*_PATTERNS, (_turn(_ABOUT_THIS), _ABOUT_US)]


def small_talk(question: str, follows: bool = False) -> str | None:
    """The fixed reply to a turn that asks nothing of the articles; None for anything else.

    `follows` says that a conversation tells what its “this” is: “How does it work?” is then a question.
    """
    folded = unicodedata.normalize("NFKC", question).casefold()
    plain = " ".join(re.sub(r"[^\w\s]", " ", folded).split())
    return next((reply for pattern, reply in (_PATTERNS if follows else _OPENING) if pattern.fullmatch(plain)), None)
