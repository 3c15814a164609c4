"""English words that the read side treats in a way of their own."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that ask rather than name: that no article has one of them says nothing.
ASKING = _words(
    """
    a about according all also am an and any anyone are as at be been but by can could did do does doing done for
    from get give had has have he her him his how i if in into is it its many me more most much my no not of on or
    our please she should show so some such tell than that the their them there these they this those to us was we
    were what when where whether which who whom whose why will with would you your
    """
)

NUMBERS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
    "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20",
}  # fmt: skip

# Words that say how many or when, besides digits.
EXACT = _words(
    """
    thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion dozen half quarter
    twice double triple first second third fourth fifth once
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    monday tuesday wednesday thursday friday saturday sunday yesterday today tomorrow
    """
)

DENYING = _words("not no never nor neither none nobody nothing without cannot")

# Words by which a sentence is turned or hedged: where one has them and another has not, they do not say the same.
TURNING = _words(
    """
    denied denies deny denying refused refuses refuse refusing rejected rejects reject failed fails fail false falsely
    fake alleged allegedly reportedly may might could would should will if unless former ex almost nearly only less
    more fewer least most before after until since against under over above below up down by from increase increased
    decrease decreased rose fell north south east west left right
    """
)

# Words that may stand in one of two sentences, or differ between them, without a difference in what is said.
EMPTY = _words("a an the that which who and also is was are were be been has have had it its said says say")
