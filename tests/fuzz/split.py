"""Any text is cut into sentences that cover it."""

from index.split import MAX_SENTENCE, split_sentences
from tests.fuzz.shaping import as_text, check_spans, repeated

SEEDS = [
    b"\0" + text.encode()
    for text in (
        "Bees came. “Did they?” she asked. They did!\n\nDr. Smith (of the U.S. Army) said so at 7:14 p.m. Eastern.",
        "1. First\n2. Second\n• Third • Fourth\na) One b) Two (see p. 3). [1] Yahoo! News… and so on . . . The end.",
        "The keeper counted the bees in the valley on that\nday and was glad of them, and so the baker of the\nvalley "
        "was too, for he had sold all of the honey on\nMonday.",
        "蜜蜂回来了。他们很高兴！「是的。」と言った。 ¿Qué? ¡Sí! هل عادت؟ نعم۔ क्या? हाँ।",
        "ends.The next begins.\x0bNode.Js\u2028e\u0301\u200d\U0001f3fb",
    )
]


def check(data: bytes) -> None:
    text = as_text(repeated(data))
    spans = split_sentences(text)
    check_spans(text, spans)
    assert all(end - start <= MAX_SENTENCE for start, end in spans)
    assert split_sentences(text) == spans or len(text) > 10_000
