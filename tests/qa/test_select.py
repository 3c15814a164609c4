"""Which sentences make the answer: twins merged, contradictions never, nothing said twice."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.select import SENTENCES, choose
from tests.qa.sameness import SAME

REST = "on Wednesday in the Kremlin in Moscow, the state agency reported to its readers"


def merged(one: str, other: str) -> bool:
    both_ways = [choose([a, b], [True, True])[0][1] == [1] for a, b in ((one, other), (other, one))]
    assert both_ways[0] == both_ways[1]
    return both_ways[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"Putin met Wang {REST}", f"“Putin met Wang”, {REST.upper()}!"),
        (f"Putin met Wang {REST}", f"Putin had met Wang {REST}"),
        (f"Trade was 40,000 {REST}", f"Trade was 40000 {REST}"),
        (f"He met two men {REST}", f"He met 2 men {REST}"),
        *(pair for pairs in SAME.values() for pair in pairs),
        (f"Ｐutin met Wang {REST}", f"Pu\u00adtin met Wang {REST}"),
    ],
)
def test_the_same_sentence_printed_twice_is_merged(one: str, other: str) -> None:
    assert merged(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Trade grew to $185 billion", "Trade grew to $190 billion"),
        ("Trade grew to $1.9 billion", "Trade grew to $1.9 million"),
        ("Trade grew by 4.5%", "Trade grew by 45%"),
        ("He met two men", "He met three men"),
        ("On 7 May he met Wang", "On 8 May he met Wang"),
        ("On 7 May he met Wang", "On 7 June he met Wang"),
        ("On Monday he met Wang", "On Tuesday he met Wang"),
        ("He did meet Wang", "He did not meet Wang"),
        ("He met Wang", "He didn't meet Wang"),
        ("He met Wang", "He didn’t meet Wang"),
        ("He met Wang", "He never met Wang"),
        ("He met Wang", "He denied that he met Wang"),
        ("He will meet Wang", "He may meet Wang"),
        ("Putin thanked Wang", "Wang thanked Putin"),
        ("Wang attacked Putin", "Wang was attacked by Putin"),
        ("From 3 to 5 men came", "From 5 to 3 men came"),
        ("Shares rose sharply", "Shares fell sharply"),
        ("Putin met Wang", "Lavrov met Wang"),
    ],
)
def test_sentences_at_odds_are_never_merged(one: str, other: str) -> None:
    assert not merged(f"{one} {REST}", f"{other} {REST}")


def test_long_sentences_in_a_script_without_spaces_are_told_apart() -> None:
    one, other = (
        "习近平主席将于今年春天访问莫斯科与普京总统举行会谈",
        "普京总统将于今年秋天访问北京与习近平主席举行会谈",
    )
    assert not merged(one, other)
    assert merged(one, one + "。")


def test_sentences_without_a_word_are_compared_as_they_are() -> None:
    assert merged("…", "…")
    assert not merged("!!!", "???")


def test_what_was_said_is_not_quoted_again() -> None:
    texts = [f"Putin met Wang {REST}", "Putin met Wang in Moscow", "A ship was freed"]
    assert choose(texts, [True] * 3) == [(0, []), (2, [])]


def test_a_number_that_only_the_second_has_is_something_that_it_adds() -> None:
    short = "Kral was sentenced to 14 months in prison for perjury."
    long = "Kral was sentenced to 14 months in prison for perjury, suspended for three years."
    assert choose([short, long], [True, True]) == [(0, []), (1, [])]
    assert choose([long, short], [True, True]) == [(0, [])]


@pytest.mark.parametrize("month", ["May", "June"])
def test_a_month_is_no_hedge(month: str) -> None:
    dated = f"The court in Oslo fined Kral on 3 {month} over the bribes."
    assert choose([dated, "The court in Oslo fined Kral over the bribes."], [True, True]) == [(0, [])]


def test_sentences_that_differ_over_a_number_are_both_quoted() -> None:
    assert choose([f"Trade was $185 billion {REST}", f"Trade was $190 billion {REST}"], [True, True]) == [
        (0, []),
        (1, []),
    ]


def test_a_twin_need_not_be_good_but_a_quote_must() -> None:
    text = f"Putin met Wang {REST}"
    assert choose([text, text, "A ship was freed"], [True, False, False]) == [(0, [1])]


def test_at_most_three_and_all_of_their_twins() -> None:
    texts = ["Bees buzz", "Ships sail", "Tugs pull", "Cows moo", "Bees buzz!"]
    assert choose(texts, [True] * 5) == [(0, [4]), (1, []), (2, [])]


def test_nothing_comes_of_nothing() -> None:
    assert choose([], []) == []
    assert choose(["Bees buzz"], [False]) == []


@given(st.lists(st.tuples(st.text(max_size=30), st.booleans()), max_size=12))
def test_every_index_is_used_once_and_in_order(rows: list[tuple[str, bool]]) -> None:
    chosen = choose([text for text, _ in rows], [good for _, good in rows])
    assert len(chosen) <= SENTENCES
    assert [i for i, _ in chosen] == sorted(i for i, _ in chosen)
    used = [j for i, twins in chosen for j in (i, *twins)]
    assert len(used) == len(set(used))
    assert all(rows[i][1] and all(twin > i for twin in twins) for i, twins in chosen)
    if any(good for _, good in rows):
        assert chosen[0][0] == next(i for i, (_, good) in enumerate(rows) if good)


def test_twins_that_are_about_different_things_are_no_twins() -> None:
    texts = ["He was 82.", "He was 82."]
    assert choose(texts, [True, True]) == [(0, [1])]
    assert choose(texts, [True, True], lambda one, other: True) == [(0, [])]


def test_a_hundred_sentences_are_looked_at_in_no_time() -> None:
    texts = [
        f"On {n} May {2000 + n} the {n}th ship of the Norwegian-Chilean line, Silva said, was freed {REST}." * 2
        for n in range(100)
    ]
    best = min(_seconds(texts) for _ in range(5))
    assert best < 0.1  # a tenth of that on a machine with nothing else to do


def _seconds(texts: list[str]) -> float:
    started = time.process_time()
    choose(texts, [True] * len(texts))
    return time.process_time() - started


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Karin Hansen won the vote with 52 percent.", "Lars Olsen won the vote with 52 percent."),
        ("Karin Hansen won the vote with 52 percent.", "Lars Hansen won the vote with 52 percent."),
        ("Hansen won the vote with 52 percent.", "Olsen won the vote with 52 percent."),
        ("The ferry Aurora sank off Bergvik.", "The ferry Aurora sank off Sandnes."),
        ("Cases of influenza A rose in Norland.", "Cases of influenza B rose in Norland."),
        ("Shares of Acme fell 3 percent in Oslo.", "Shares of Acme rose 3 percent in Oslo."),
        ("The court convicted the banker Jon Ulv of fraud.", "The court acquitted the banker Jon Ulv of fraud."),
        ("Turnout rose by 5 percent in Norland.", "Turnout rose by 5 percentage points in Norland."),
        ("The fund paid $5 million for the port.", "The fund paid £5 million for the port."),
        ("Norland and Sudmark won gold and silver.", "Sudmark and Norland won gold and silver."),
        ("The match in Oslo ended 2-1.", "The match in Oslo ended 1-2."),
        ("The agency rates Norland at AA.", "The agency rates Norland at AA-."),
        ("At dawn it was minus 5 degrees in Norvik.", "At dawn it was 5 degrees in Norvik."),
        ("The margin of Acme fell to −5 percent.", "The margin of Acme fell to 5 percent."),
        ("Last week, the mayor said 12 ferries sank.", "Last week, the mayor said 50 ferries sank."),
        (
            "It was the sixth win of the Norvik rowers in a row.",
            "It was the seventh win of the Norvik rowers in a row.",
        ),
        ("The ferry to Norvik sank two days ago, police said.", "The ferry to Norvik sank two years ago, police said."),
        ("The new bridge to Norvik opens next week.", "The new bridge to Norvik opened last week."),
        ("The old bridge to Norvik closes in spring.", "The old bridge to Norvik closes in autumn."),
        (
            "The fire hurt 12 people in Norvik, police said on 13 March.",
            "The fire hurt 13 people in Norvik, police said.",
        ),
        (
            "The trial opens on Monday in Oslo, Silva said on Tuesday.",
            "The trial opens on Tuesday in Oslo, Silva said.",
        ),
        (
            "The port was never closed to all ships, Silva said.",
            "The port was closed to all ships, Silva said at no point.",
        ),
        (
            "The firm will open 2 yards in Norvik, Silva said on 3 May.",
            "The firm will open 3 yards in Norvik, Silva said.",
        ),
        ("In Oslo, Silva said on Monday 12 ferries sank.", "In Oslo, Silva said on Monday 50 ferries sank."),
        ("The mayor, Ana Silva, said 12 ferries sank.", "The mayor, Ana Silva, said 50 ferries sank."),
        ("On Monday, Silva said she will run again.", "On Tuesday, Silva said she will run again."),
        ("Twelve ferries sank, Silva said on Monday.", "Twelve ferries sank, Silva said on Tuesday."),
        ("On Monday, Silva said she will run again.", "On Monday, Silva said she will not run again."),
        ("The bank raised its rate to 4.25 percent.", "The bank kept its rate at 4.25 percent."),
        ("The bank raised its rate by 0.5 percentage points.", "The bank raised its rate by 0.5 percent."),
        ("The deal for Acme is worth 9bn euros.", "The deal for Acme is worth 9m euros."),
        ("The trip to Norvik takes 10 km by boat.", "The trip to Norvik takes 10 miles by boat."),
        ("The meeting began at 5 p.m. in Holm.", "The meeting began at 5 a.m. in Holm."),
        ("The court upheld the ban on Monday in Oslo.", "The court overturned the ban on Monday in Oslo."),
        ("Net profit of Acme was 310 million euros.", "Net loss of Acme was 310 million euros."),
        ("Kral allegedly took bribes from a firm in Oslo.", "Kral took bribes from a firm in Oslo."),
        ("At least 300 people died in the fire in Norvik.", "300 people died in the fire in Norvik."),
        ("Deputy Minister Anna Berg will testify in Oslo.", "Minister Anna Berg will testify in Oslo."),
        ("If the cod recovers, the quota will be 48,000 tonnes.", "The quota will be 48,000 tonnes."),
        ("Der Minister hat nicht gelogen, sagte Vos.", "Der Minister hat gelogen, sagte Vos."),
        ("Le maire n'a pas menti, a dit la préfète.", "Le maire a menti, a dit la préfète."),
        ("El ministro nunca subirá el impuesto.", "El ministro subirá el impuesto."),
        ("Мэр не брал денег у компании.", "Мэр брал денег у компании."),
    ],
)
def test_what_contradicts_is_quoted_too(one: str, other: str) -> None:
    assert choose([one, other], [True, True]) == choose([other, one], [True, True]) == [(0, []), (1, [])]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("President Karin Hansen met Lars Olsen in Oslo on Friday.", "Hansen met Olsen on Friday in Oslo."),
        ("Hansen won the vote in Bergvik.", "The vote in Bergvik was won by Karin Hansen."),
        ("Shares of Acme fell 3 percent in Oslo.", "Acme shares dropped 3 percent in Oslo."),
        ("In the hold of the Aurora they found 25 men.", "They found 25 men in the hold of the Aurora."),
        ("Prime Minister Nina Dahl will go to Oslo.", "Nina Dahl, the prime minister, will go to Oslo."),
        ("Police arrested two men in Bergvik.", "Two men were arrested by police in Bergvik."),
        ("At dawn it was minus 5 degrees in Norvik.", "It was −5 degrees in Norvik at dawn."),
    ],
)
def test_other_words_for_the_same_are_not(one: str, other: str) -> None:
    assert choose([one, other], [True, True]) == choose([other, one], [True, True]) == [(0, [])]
