"""Whether a number that looks like a year is one: "the 2022 World Cup", but not "2000 workers"."""

import re

YEAR = r"(?P<year>(?:19|20)\d\d)(?![a-z\d]|[.,]\d)"
# What is counted, with a word between at most: "2000 striking workers". No list is whole: what is missing here and is
# counted by 1900, 1950, 2000 or 2050 is known by its plural.
_NO_MORE = "when|that|which|who|the|and|or|as|for|with|of|by|how|many|most|did|do|were|was|in|at|on|to|from|after"
_THINGS = (
    rf" (?:(?!(?:{_NO_MORE})\b)[a-z]+ )?"
    "(?:people|persons|workers|employees|staff|jobs|strikers|soldiers|troops|fighters|police|officers|protesters"
    "|civilians|residents|men|women|children|students|pupils|teachers|doctors|nurses|farmers|fans|passengers|tourists"
    "|migrants|refugees|prisoners|hostages|members|miles|met(?:re|er)s|kilomet(?:re|er)s|km|kg|feet|acres|hectares"
    "|tonnes|tons|pounds|barrels|dollars|euros|crowns|per ?cent|days|hours|years|times|homes|houses|buildings|trees)"
    r"\b(?!['’-])(?! (?:report|figures|numbers|data)\b)"
)
OF_YEAR = rf"{YEAR}(?!(?<=[05]0){_THINGS})"  # behind a day or a month, which nearly always goes with a year

_COUNTED = re.compile(rf"{_THINGS}|-(?:strong|year|mile|kilomet|met|foot|page|seat)| ?[%°]")
_PLURAL = re.compile(r" (?!(?:was|is|has|does|as|this|its|his|us|census|crisis|versus|plus|across)\b)[a-z]+s\b(?!['’])")
_MEASURES = re.compile(
    r"(?:\b(?:(?:more|less|fewer) than|at least|nearly|almost|exactly|roughly|approximately|another) |[$£€¥#])$",
    re.IGNORECASE,
)
_DATES = re.compile(r"\b(?:the|in|since|of|during|by|until|before|after|from) $", re.IGNORECASE)


def counts(found: re.Match[str]) -> bool:
    """Whether the `YEAR` found says how many: "2000 workers", but not "the 2000 Games" or "in 2022 workers struck"."""
    question, (start, end) = found.string, found.span("year")
    if _MEASURES.search(question, 0, start):
        return True
    dates = _DATES.search(question, 0, start)
    if not found["year"].endswith(("00", "50")):
        return not dates and bool(_COUNTED.match(question, end))
    return bool(_COUNTED.match(question, end) or (not dates and _PLURAL.match(question, end)))
