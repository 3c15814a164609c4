"""Turns that are no question to the articles: greetings, thanks, “what can you do?”, “summarise this”."""

import re

_ABILITIES = (
    "I answer questions with sentences quoted word for word from the articles in this library, each with its place. "
    "I do not write, summarise or translate anything myself, and I say so when the articles do not hold an answer. "
)
_KINDS = (
    (
        r"(hi|hey|hello|good (morning|afternoon|evening|day)|greetings|howdy)( there| all| everyone| pullquote)?",
        "Hello. " + _ABILITIES + "Ask me something that the articles may tell.",
    ),
    (
        r"(ok(ay)? )?(many |no )?(thanks|thank you|thx|cheers|much appreciated)( you)?( a lot| very much| so much)?( for .{1,60})?",
        "You are welcome. Ask on if there is more to look up.",
    ),
    (r"(ok(ay)? )?(bye|goodbye|good night|see you)( then| later)?", "Goodbye."),
    (
        r"(what|who) (can|could|do|are) you( do| know)?( (for|with) me)?|help( me)?|how do(es)? (you|this|it) work"
        r"|what is this|who (made|built) you|are you (a|an) (ai|bot|robot|human|chatbot|llm)",
        _ABILITIES + "Ask a question such as “Who met whom, and when?”.",
    ),
    (
        r"(please |can you |could you )*(summari[sz]e|sum up|give me a summary|tl ?dr|translate|rewrite|paraphrase|explain)"
        r"( (of )?(this|that|it|these|them|everything|all|the (article|articles|text|page|news|story)|all (the |of )?articles))*"
        r"( for me| please| in .{1,30})*",
        _ABILITIES + "Ask about one thing that you would look for in the text, and I will quote what it says.",
    ),
)
_PATTERNS = [(re.compile(pattern), reply) for pattern, reply in _KINDS]


def small_talk(question: str) -> str | None:
    """The fixed reply to a turn that asks nothing of the articles; None for anything else."""
    plain = " ".join(re.sub(r"[^\w\s]", " ", question.lower()).split())
    return next((reply for pattern, reply in _PATTERNS if pattern.fullmatch(plain)), None)
