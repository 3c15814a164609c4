"""English words whose forms no stemmer brings together: “won” is looked for as “win”, “women” as “woman”.

Left out are forms that are as often another word, or that share their stem with one: left, lay, bore, rose, wound,
ground, felt, fed, found (founded), rang (range), bound.
"""

from collections.abc import Callable

_VERBS = """
arise arose arisen, awake awoke awoken, beat beaten, become became, begin began begun, bend bent, bite bitten, bleed
bled, blow blew blown, break broke broken, breed bred, bring brought, build built, burn burnt, buy bought, catch
caught, choose chose chosen, cling clung, come came, creep crept, deal dealt, dig dug, do did done, draw drew drawn,
dream dreamt, drink drank drunk, drive drove driven, eat ate eaten, fall fell fallen, fight fought, flee fled, fling
flung, fly flew flown, forbid forbade forbidden, forget forgot forgotten, forgive forgave forgiven, freeze froze
frozen, get got gotten, give gave given, go went gone, grow grew grown, hang hung, hear heard, hide hid hidden, hold
held, keep kept, kneel knelt, know knew known, lead led, learn learnt, lend lent, light lit, lose lost, make made,
mean meant, meet met, overcome overcame, oversee oversaw overseen, overtake overtook overtaken, overthrow overthrew
overthrown, pay paid, prove proven, rebuild rebuilt, rewrite rewrote rewritten, ride rode ridden, rise risen, run ran,
say said, see saw seen, seek sought, sell sold, send sent, sew sewn, shake shook shaken, shine shone, shoot shot, show
shown, shrink shrank shrunk, sing sang sung, sink sank sunk, sit sat, slay slew slain, sleep slept, slide slid, speak
spoke spoken, spend spent, spin spun, spring sprang sprung, stand stood, steal stole stolen, stick stuck, sting stung,
strike struck stricken, strive strove striven, swear swore sworn, sweep swept, swim swam swum, swing swung, take took
taken, teach taught, tear tore torn, tell told, think thought, throw threw thrown, undergo underwent undergone,
understand understood, undertake undertook undertaken, uphold upheld, wake woke woken, wear wore worn, weave wove
woven, weep wept, win won, withdraw withdrew withdrawn, withhold withheld, withstand withstood, write wrote written
"""
_NOUNS = """
child children, foot feet, goose geese, half halves, knife knives, man men, mouse mice, person people, thief thieves,
tooth teeth, wife wives, wolf wolves, woman women
"""


def irregular(stem: Callable[[str], str]) -> dict[str, str]:
    """The stem of each irregular form, to that of the word whose form it is."""
    entries = [entry.split() for entry in f"{_VERBS},{_NOUNS}".split(",")]
    return {stem(form): stem(base) for base, *forms in entries for form in forms if stem(form) != stem(base)}
