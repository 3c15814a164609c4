"""Permalinks lead back to what they were made of, and text fragments are written as their specification says."""

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Span, storable
from qa.links import PATH, Place, near, original, permalink, place_at, place_of

offsets = st.integers(0, 10**11)
spans = st.builds(Span, offsets, offsets)
ids = st.one_of(
    st.text(min_size=1, max_size=30),
    st.sampled_from([".", "..", "a/../b", "/a", "a/", "a//b", "?s=1-2", "#x", "%2F", "a b\n", "a;b", "ä/ß"]),
).filter(lambda text: storable(text) == text)


@settings(deadline=None)
@given(
    ids, st.builds(Place, spans, st.none() | st.just("0123456789abcdef"), st.none() | spans, st.tuples(spans, spans))
)
def test_a_permalink_leads_back(article_id: str, place: Place) -> None:
    parts = urlsplit(permalink(article_id, place))
    query = dict(parse_qsl(parts.query))
    assert parts.path.startswith(PATH)
    assert unquote(parts.path.removeprefix(PATH)) or query["id"] == article_id
    assert unquote(parts.path.removeprefix(PATH)) == ("" if "id" in query else article_id)
    assert place_at(query) == place
    # Nothing that a browser would tidy out of the path.
    assert not {"", ".", ".."} & set(parts.path.split("/")[2:]) or "id" in query


def test_the_form_that_people_see() -> None:
    assert permalink("news/ship.txt", Place(Span(3, 50))) == "/a/news/ship.txt?s=3-50"
    assert permalink("a/../b", Place(Span(3, 50), "ab" * 32)) == "/a/a%2F..%2Fb?s=3-50&v=abababababababab"
    assert permalink("..", Place()) == "/a/?id=.."


@pytest.mark.parametrize("s", ["", "x", "1", "1-", "-1", "1-2-3", "１-２", "9" * 13 + "-2", "1.5-2", " "])
def test_a_place_that_cannot_be_read_is_none_that_can_be_shown(s: str) -> None:
    assert place_at({"s": s}).span == Span(0, 0)
    assert place_at({}) == Place()


@pytest.mark.parametrize("nonsense", [None, [], {}, -1, 1.5, True, "x", "-1", float("inf"), "9" * 5000])
def test_what_a_click_sends_is_doubted(nonsense: object) -> None:
    names = ("start", "end", "answerStart", "answerEnd", "near", "sha256")
    place = place_of(dict.fromkeys(names, nonsense))
    assert (place.span, place.words, place.near) == (None, None, ())


def test_a_click_names_its_place() -> None:
    sent = {"start": "3", "end": 9, "answerStart": "4", "answerEnd": "5", "near": "10-12,20-30,x", "sha256": "ab"}
    assert place_of(sent) == Place(Span(3, 9), "ab", Span(4, 5), (Span(10, 12), Span(20, 30)))
    assert near([Span(10, 12), Span(20, 30)]) == "10-12,20-30"


def test_the_text_is_known_by_how_its_digest_begins() -> None:
    assert Place(sha256="abcd").is_of("abcdef")
    assert Place().is_of("abcdef")
    assert not Place(sha256="abce").is_of("abcdef")


@pytest.mark.parametrize(
    ("url", "text", "fragment"),
    [
        ("https://x.org/a", "It sank.", "#:~:text=It%20sank."),
        ("https://x.org/a", "well-known, “odd” & 1", "#:~:text=well%2Dknown%2C%20%E2%80%9Codd%E2%80%9D%20%26%201"),
        ("https://x.org/a#part", "It sank.", "#part:~:text=It%20sank."),
        ("https://x.org/a#part:~:text=old", "It sank.", "#part:~:text=It%20sank."),
        ("https://x.org/a#", "100% sure? #1 + 2/3", "#:~:text=100%25%20sure%3F%20%231%20%2B%202%2F3"),
        ("https://x.org/a", "two\n lines ", "#:~:text=two%20lines"),
        ("https://x.org/a", " ", ""),
    ],
)  # fmt: skip
def test_a_text_fragment_as_the_specification_says(url: str, text: str, fragment: str) -> None:
    assert original(url, text) == url.partition("#")[0] + (fragment or url.partition("#")[1] + url.partition("#")[2])


def test_a_long_sentence_is_named_by_its_first_words_and_its_last() -> None:
    words = [f"word-{n}" for n in range(60)]
    assert original("https://x.org/", " ".join(words)) == (
        "https://x.org/#:~:text=" + "%20".join(f"word%2D{n}" for n in range(6)) + ","
        + "%20".join(f"word%2D{n}" for n in range(54, 60))
    )  # fmt: skip
    # So is one that runs over a line's end, which may be a paragraph's on the page; and without spaces there is no end.
    assert ",k%20l%20m%20n%20o%20p" in str(original("https://x.org/", "a b c d e f g\nh i j k l m n o p"))
    assert "," not in str(original("https://x.org/", "字" * 400))


@settings(deadline=None)
@given(st.text(min_size=1, max_size=400))
def test_a_fragment_holds_no_bare_dash_comma_or_ampersand_of_the_text(text: str) -> None:
    text = storable(text)
    found = str(original("https://x.org/", text)).partition(":~:text=")[2]
    assert not set(found) & set('-& \n#"<>')
    assert found.count(",") <= 1
    pieces = [unquote(piece) for piece in found.split(",")]
    whole = " ".join(text.split())
    assert whole.startswith(pieces[0])
    assert whole.endswith(pieces[-1])


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "data:text/html,x", "//x.org/"])
def test_only_web_addresses_lead_anywhere(url: str | None) -> None:
    assert original(url, "It sank.") is None
