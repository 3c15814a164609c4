"""How many outlets an answer stands on: a wire story counts once, a speech that two reporters heard twice."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Span
from qa.citation import Citation, Origin
from qa.copies import agency_of, are_copies, with_origins
from tests.qa.making import answered, citation

STORY = (
    "A container ship ran aground in the northern canal on Monday and blocked it for six days. "
    "Eleven tugs pulled at the vessel through the night while dredgers dug under its bow. "
    "The port authority put the cost of the delay at nine million dollars a day. "
    "Owners of four hundred waiting ships have asked who will pay for spoiled fruit. "
    "An inquiry into what the pilot saw will open in the spring."
)
QUOTE = (
    "“We will dig until the last ship has passed, and nobody in this port will sleep before that, neither I nor the "
    "pilots nor the men on the dredgers, because the world is waiting for its bread and its coffee and its letters”"
)


def spans_of(text: str) -> list[Span]:
    at = [0, *(i + 2 for i in range(len(text)) if text.startswith(". ", i)), len(text) + 1]
    return [Span(start, end - 1) for start, end in pairwise(at)]


def cited(text: str, source: str | None, article_id: str = "a", start: int = 0) -> tuple[Citation, str]:
    article = Article(article_id, text, source=source)
    return citation(text[start : start + 20], start, article=article, sha256=article.sha256), text


def sources(*behind: tuple[Citation, str]) -> int:
    citations = [one for one, _ in behind]
    merged = citations[0].with_same_as(citations[1:])
    return answered(*with_origins([merged], {one.sha256: text for one, text in behind})).sources


def test_two_reports_are_two_sources_and_two_of_one_outlet_one() -> None:
    other = "Grain is dearer since the canal was closed, traders in the old market say."
    assert sources(cited(STORY, "The Post"), cited(other, "The Echo", "b")) == 2
    assert sources(cited(STORY, "The Post"), cited(other, "the post", "b")) == 1
    assert sources(cited(STORY, None, "a"), cited(other, None, "b")) == 2


def test_a_wire_story_printed_twice_is_one_source() -> None:
    edited = STORY.replace("Eleven tugs", "11 tugboats").replace("on Monday and", "Monday and").upper()
    assert sources(cited(STORY, "The Post"), cited(STORY, "The Echo", "b")) == 1
    assert sources(cited(STORY, "The Post"), cited(edited, "The Echo", "b")) == 1
    assert sources(cited(STORY, "The Post"), cited(STORY[:250], "The Echo", "b")) == 1


def test_sentences_of_a_wire_story_within_an_own_one_are_the_wires() -> None:
    own = " ".join(f"Reporter's line number {n} tells of quay {n * 7} and its {n} cranes." for n in range(60))
    mixed = f"{own} {STORY}"
    assert not are_copies(mixed, f"{STORY[:290]} {own.replace('quay', 'pier').replace('line', 'note')}")
    at = mixed.index("Eleven")
    first = ([Span(at, at + 30)], [Span(100, 140)])
    assert are_copies(mixed, STORY[:290] + own.replace("quay", "pier").replace("cranes", "gulls"), first)


def test_a_speech_in_two_reports_is_two_sources() -> None:
    one = f"The head of the port spoke to families on the pier. {QUOTE}, she said. Gulls circled over the quiet cranes."
    other = f"Traders feared the worst when the harbour's chief took the floor. {QUOTE}, said Silva. Then prices eased."
    for text in (one, other):
        assert QUOTE in text
    assert sources(cited(one, "The Post", start=one.index("“")), cited(other, "The Echo", "b", other.index("“"))) == 2


def test_an_agencys_story_is_the_agencys_whoever_prints_it() -> None:
    one = "OSLO (Reuters) – Silva won the vote. Her rival conceded before midnight."
    other = "Oslo, May 3 (Reuters) - The vote went to Silva, whose party had trailed for months."
    assert sources(cited(one, "The Post"), cited(other, "The Echo", "b")) == 1
    assert sources(cited(one, "The Post"), cited("Silva has won.", "Reuters", "b")) == 1
    assert sources(cited(one, "The Post"), cited("OSLO (AP) — Silva won.", "The Post", "b")) == 2


def test_a_story_is_that_of_the_outlet_beside_it_that_its_dateline_names() -> None:
    """No list has every agency: one whose own reports are cited too is known by its name."""
    own = "KORSVIK, March 12 (Nordwire) - Two of the crew are missing, the coast guard said."
    printed = "KORSVIK (Nordwire) — A ferry has caught fire off the coast of Korsvik."
    assert sources(cited(own, "Nordwire"), cited(printed, "The Courier", "b")) == 1
    assert sources(cited(own, "The Post"), cited(printed.replace("Nordwire", "Hafen"), "The Courier", "b")) == 2


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("MOSCOW (AA) – Silva said.", "aa"),
        ("LISBON, May 3 (Reuters) - Silva won.", "reuters"),
        ("Silva won.\n\nSource: AFP", "afp"),
        ("Silva won. Source: Associated Press.", "ap"),
        ("Silva won.\nPhoto: Silva on the pier. Credit: Reuters", None),
        ("Silva won.\nPhoto: Silva on the pier.\nSource: Reuters", "reuters"),
        ("Silva won.\nPhoto: Silva on the pier. Source: Reuters", None),
        ("Silva won.\nSilva on the pier, in an old picture. Credit: Reuters", None),
        ("Silva won, as a video shows. Source: Reuters", "reuters"),
        ("Silva (Labour) – a sailor – won.", None),
        ("Silva told Reuters that she won.", None),
        ("", None),
    ],
)
def test_an_agency_is_known_by_dateline_or_credit(text: str, agency: str | None) -> None:
    assert agency_of(text) == agency


def test_an_outlet_with_a_report_of_its_own_counts_beside_the_wire_it_prints() -> None:
    def one(report: str, outlet: str) -> Citation:
        return citation(origin=Origin(report, outlet))

    assert answered(one("wire", "Post"), one("wire", "Echo"), one("own", "Post")).sources == 2
    assert answered(one("wire", "Post"), one("wire", "Echo")).sources == 1
    assert answered(one("x", "Post"), one("y", "Post"), one("y", "Echo"), one("z", "Echo")).sources == 2
    assert answered().sources == 0


@given(st.lists(st.tuples(st.sampled_from("uvwxyz"), st.sampled_from("ABCD")), min_size=1, max_size=8))
def test_there_are_no_more_sources_than_reports_or_outlets(pairs: list[tuple[str, str]]) -> None:
    origins = [citation(origin=Origin(report, outlet)) for report, outlet in pairs]
    found = answered(*origins).sources
    assert 1 <= found <= min(len({report for report, _ in pairs}), len({outlet for _, outlet in pairs}))
    assert answered(*origins[::-1]).sources == found
    assert answered(origins[0].with_same_as(origins[1:])).sources == found


@given(st.text(max_size=80), st.text(max_size=80))
def test_being_a_copy_has_no_direction(one: str, other: str) -> None:
    assert are_copies(one, other) == are_copies(other, one)
    assert are_copies(one, one)
