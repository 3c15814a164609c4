"""Sentences by slicing: the invariants over any text, and the cases that news text is full of."""

import json
import os
import textwrap
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.split import MAX_SENTENCE, split_sentences

EVAL_DIR = os.environ.get("PULLQUOTE_EVAL_DIR")

# Marks, spaces and words at which splitters stumble, so that Hypothesis meets them in every order.
STUMBLES = st.lists(
    st.sampled_from(
        [
            *"aA1.!?…\"'“”‘’«»()[]•–—,;:-#|。！」؟।\n\r\t\x0b\x1c\x85\u2028\u2029\u00a0\u3000\u0301\u200b\u200d\U0001f600",
            *("The ", "word ", "Mr. ", "U.S. ", " a.m. ", "1. ", "a) ", "No. 5 ", "x" * 90),
            *(". . .", " .", "''", "\n\n", "\r\n"),
        ]
    ),
    max_size=60,
).map("".join)
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def assert_sound(text: str) -> None:
    """Ordered, disjoint, bounded spans from non-space to non-space that leave only space uncovered."""
    reached = 0
    for start, end in split_sentences(text):
        assert reached <= start < end <= len(text)
        assert end - start <= MAX_SENTENCE
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        assert not text[reached:start].strip()
        reached = end
    assert not text[reached:].strip()


@given(STUMBLES | ANY_TEXT)
@settings(max_examples=400, deadline=None)
def test_spans_are_ordered_disjoint_bounded_and_cover_every_character(text: str) -> None:
    assert_sound(text)


@given(STUMBLES, st.integers(min_value=1, max_value=400))
@settings(max_examples=50, deadline=None)
def test_long_texts_are_covered_too(piece: str, times: int) -> None:
    assert_sound(piece * times)


@given(STUMBLES, STUMBLES)
@settings(max_examples=200, deadline=None)
def test_no_sentence_crosses_a_blank_line(above: str, below: str) -> None:
    text = above + "\n\n" + below
    for start, end in split_sentences(text):
        assert end <= len(above) or start >= len(above)


@given(st.text())
def test_lone_surrogates_are_cut_like_any_other_character(text: str) -> None:
    assert_sound("\ud800" + text + "\udfff")


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\u2028", "\u3000"])
def test_space_alone_holds_no_sentence(text: str) -> None:
    assert split_sentences(text) == []


# Each line is one text; “ | ” stands where it is cut.
CASES = """
The vote failed. | Nobody was surprised!
Who knew? | Not the mayor.
Sen. Ada Moss and Rep. J. T. Quill met Gov. Lee on Jan. 6 at 9:30 a.m. ET. | They left at noon.
She was ranked No. 10 in Sept. 2021. | The list has 12 names.
No. | That is all he said.
He lives in the U.S. | His sister moved to the U.K. | They write.
The U.S. Navy and the U.S. No. 1 seed were in Washington, D.C. for a day.
It opened at 7 p.m. | Mr. Otto came late.
At 7 p.m. Mr. Otto came.
It fell at 7:14 p.m. U.S. Eastern time. | Nobody saw it at 6 a.m. Indian time on Monday.
The show runs from 2 p.m. to 5 p.m. Saturdays in St. Louis.
Acme Inc. Chief Executive Ida Voss resigned. | Rivals include Bolt Ltd. | The market shrugged.
Dr. Kim Jr. and Lt.-Gen. Roy et al. wrote cf. p. 12 and vol. 3 of the report.
Prices rose 3.5 per cent to $2.75. | In 2024 they fell. | 12 shops closed.
Visit example.org. | Write to a.b@example.org or see www.Example.org/a.B for more.
“We will stay,” he said. | “We will fight.”
“Will you stay?” she asked.
“Will you stay?” Omar Reyes asked. | “I will!” President Ann Poe said.
“Run!” they shouted. | No one moved.
He called it “a gift.” | He said it was “for all, not just for some.”
He called it “a gift" to all. | "It is big. | It is here,” Lund told reporters.
("It is over.") | He left [at last.] | Then rain fell.
The end.” | (Nobody clapped.) | Then they did.
The bridge is closed.[12] | The road is open.
Wait... | Nothing came.
The two sides… are talking ... slowly … Maybe.
It ended there. | … Much later it resumed.
He left (he was ill. He was tired.) and slept. | (He woke. | He rose.) | He ate.
“Mamma Mia! (2008) was a hit,” she said (really?). | Then she sang.
The constant is called k. | It is small.
The report is out. | . . . Few have read it.
MOSCOW (AA) – The president met the envoy. | They talked.
WASHINGTON, Feb. 22 (Reuters) - The Senate voted. | It was close.
ST. PAUL, Minn. (AP) — Snow fell. | Schools closed.
Rovers 2-1 United. | City 0-0 Athletic.
She uses Node.Js and Yahoo! Mail. | iPhone sales rose. | eBay fell.
He asked `` why ? '' | She left at 4 : 00 p.m. | It was St . Paul . | Then it rained .
Three reasons: first, cost; second, time.
• Bread | • Milk | • Eggs
1. Open the lid | 2. Press the key | 3. Wait
1) Open the lid. | 2) Press the key.
Er sagte: „Gut.“ | Dann ging er.
これは文です。 | 次の文！ | 「はい。」と言った。 | 終わり
他说：“好。” | 然后走了。
هل أنت هنا؟ | نعم.
यह घर है। | वह गया।
Great news! | 😀 We won 👍. | #Winning is hard. | $5 was enough.
Die Stadt zahlte 5 Mio. Euro. | Das waren 2 Mrd. | Die Opposition tobte über 20 Tsd. Seiten.
Er kam am 31. Dezember 2022, nicht am 3. April. | Die 2. Kammer des 1. FC tagte zum 3. Mal im 19. Jahrhundert.
Es sind 12. | Davon leben 3. | Die anderen nicht. | I am 31. | Smith is 40. | He was 9. | August Wilson was older.
Dr. med. Ada Berg und Prof. Dr. rer. nat. Karl Holm kamen. | Der sog. Neue Markt an der Hafenstr. 5 fiel.
Los EE. UU. callan. | Viajó a EE. UU. | El alcalde no. | Env. 180 morts le 1er sept. 2024 et le 5 févr. 2025. | Non.
He is a U.S. vet. | He played with Mio. | The crowd saw his Bio. | The firm sold ABB. | 40 cars had ABS. | 5 did not.
Trade grew by 6.4.¹ | It fell again.² | Nobody knew why.
She left the Smithsonian Inst. | The bank held. | He studied eng. | In May he left. | It is on Park Av. | Nobody saw it.
The firm of E. A. Holt met Gen. A. Roe at 8 p.m. E.T. in the U.S. | A crowd came. | Karl II. | Smith is on. | Jones too.
I am 31. | 20 others are not. | He left the gen. pool in mind. | 50 stayed on the col. | Roy fell.
„Dr. Berg“, z. B., kam am Freitag, 5. August, und am 3. 5. 2021 zum 100. Geburtstag.
Gegen 1. FC Nord verlor er am 3./4. Juli.
Es war 44 v. Chr. in Rom, d. h. u. a. Prof. Dr. Kern lehrte lt. Art. 5 Abs. 2 Nr. 1 dort. | 30 n. Chr. | Danach nicht.
M. Roy et MM. Blanc, né en 44 av. J.-C. à Lyon, p. ex. J.-P. Morin. | L’art. 5 date de 52 av. J.-C. | Les Gaulois, no.
Le gén. Roux habite av. Foch, chez Vins S.A. | La séance dure jusqu’à 8 h. | À midi, tout ferme.
Il aime l’art. | Elle non.
La Dra. Gil, el Lic. Soto y D. Juan viven en la Av. Sol, núm. 3, pág. 5, p. ej. Chile.
¿Sr. Paz? | ¡Nadie! | El Gral. Mora.
Acero S. A. perdió 3. | Hierro S.A. | El cierre fue en el 44 a. C. | En EE.UU. no.
Viajó a EE.UU. | Después volvió.
Il dott. Rossi, la sig.ra Conti, l’on. De Rosa e l’avv. Riva citano l’art. 3 nel sec. XIX.
Il cap. Longo, ad es. Marco, no.
La Rosso S.p.A. | Gli utili salgono. | Era il III sec. a.C. | Fu bello.
La multa resta a dic. 2025. | «È finita.» | Poi esce.
A Dra. Lima, o Exmo. Sr. Reis, o min. da Paz e o dep. Luz moram na Av. Sul.
No séc. V d.C. acabou. | A Sal S.A. | O porto não.
Mevr. De Vries, dhr. De Wit en drs. Bos, bijv. Jan, gaan 3 jan. 2022 naar Vos B.V. | De rechter, prof. Kok, zwijgt.
W 2020 r. Polska i prof. Lis przy ul. Prostej 3 o godz. 12, m. in. Jan. | Koniec.
Było to w XIX w. | Wtedy 5 proc. Polaków, tzw. Nowi.
W latach 90. Polska rosła. | W latach 80. | Potem nie.
Dr hab. Ewa Lis z os. Zielonego to inż. Król, ok. 30 lat, pw. św. Anny.
В 2020 г. Россия и проф. Орлов на ул. Ленина, д. 5, ст. 3, т. е. Москва.
Закон принят в 2020 г. | Он дал 5 тыс. руб. | Все рады.
Хлеб и т. д. | Цены растут. | Театр им. Кирова закрыт. | Это помогло им. | Они ушли.
Это было в XIX в. | Потом вернулись. | «Нет». | Так ответил он.
У 2020 р. Україна на вул. Садовій, просп. Миру, в ім. Франка, див. рис. 5.
Це було в XIX ст. | Тоді св. Миколай жив. | У XX ст. Київ ріс.
Sn. Ak, Doç. Dr. Er ve Op. Dr. Su, Gül Sok. No: 3, İzmir 5. Ağır Ceza, 3. kez, II. Dünya Savaşı, Av. Kaya.
Elma vb. | Fiyat arttı.
Kitap 2. Dünya Savaşı ve 19. yüzyıl, M.Ö. 44, T.C. Sağlık, Ak Ltd. Şti. için. | Demir A.Ş. | Bu yıl bitti.
"""


@pytest.mark.parametrize("case", [line for line in CASES.splitlines() if line])
def test_cases_of_news_text(case: str) -> None:
    expected = case.split(" | ")
    assert sentences(case.replace(" | ", " ")) == expected


def test_sentences_without_a_space_between_them() -> None:
    assert sentences("The minister resigned.The premier stayed, too.") == [
        "The minister resigned.",
        "The premier stayed, too.",
    ]
    assert sentences("最初の文。次の文！「はい。」終わり") == ["最初の文。", "次の文！", "「はい。」", "終わり"]


def test_a_line_of_its_own_is_a_paragraph() -> None:
    lines = [
        "Ministers agree on a fishing quota after a long night",
        "BRUSSELS (AP) – Ministers agreed.",
        "By Jo Day",
        "milk",
        "eggs",
    ]
    assert sentences("\n".join(lines)) == lines


PROSE = (
    "The council of the old harbour town met on Monday to hear what Mr. Arne Holt, who has led the port since 2011, "
    "had to say about the storm. He said the east quay would stay shut until May, because the U.S. Army engineers who "
    "had looked at it found cracks; nobody had expected that. “We shall mend it,” he said, “and mend it well.” "
    "Fishing boats from Vik, Nes and Ferry Point have moved to the west quay, where there is room for thirty of them."
)


@pytest.mark.parametrize("width", [50, 66, 72, 80, 100])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\n    "])
def test_hard_wrapped_lines_are_one_paragraph(width: int, line_end: str) -> None:
    wrapped = line_end.join(textwrap.wrap(PROSE, width, break_on_hyphens=False))
    assert [" ".join(sentence.split()) for sentence in sentences(wrapped)] == sentences(PROSE)
    assert len(sentences(PROSE)) == 4


def test_two_wrapped_lines_are_joined_where_their_neighbours_show_the_width() -> None:
    lines = "The ferry that ran between the two islands was sold to\nNorth Sea Lines."
    assert len(sentences(lines)) == 2
    assert lines in sentences("\n".join(textwrap.wrap(PROSE, 60)) + "\n\n" + lines)


def test_items_of_a_wrapped_list_stay_apart() -> None:
    items = [
        "- the first item is about as long as the line is wide, and it does",
        "- the second item is about as long as the line is wide, as it must",
        "- the third item is about as long as the line is wide, so here too",
    ]
    assert sentences("\n".join(items)) == items


@pytest.mark.parametrize(
    ("mark", "closing"),
    [("one two three; four five six seven eight, ", ";"), ("one two three, four five six seven eight ", ",")],
)
def test_a_sentence_too_long_to_quote_is_cut_at_the_best_weaker_mark(mark: str, closing: str) -> None:
    *pieces, last = sentences(mark * 60)
    assert len(pieces) >= 4
    assert all(piece.endswith(closing) for piece in pieces)
    assert len(last) > 100


def test_a_cut_without_any_space_keeps_a_character_and_its_marks_together() -> None:
    assert {len(piece) % 3 for piece in sentences("e\u0301\u0323" * 2000)} == {0}
    family = "\U0001f469\U0001f3fd\u200d\U0001f680"
    assert all(piece.startswith("\U0001f469") for piece in sentences(family * 1000))


HOSTILE = [
    ".", '"', "a.", "A. ", ". ", "!  ", " ", "\n", "a", ".\n", "• ", "1. ", "a. b. ", "…", '." ', "? “", "Mr. ", ".[1]",
    "。」", "\u0301", "a\u2028", ". (", ". . ", "? Xx Xx Xx ", "word word word word word word word word\n",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
def test_time_is_linear_in_the_length_of_hostile_text(piece: str) -> None:
    """A quadratic step would take minutes on these; the bound is loose, for a busy machine."""
    text = (piece * (200_000 // len(piece)))[:200_000]
    began = time.perf_counter()
    assert_sound("Ab " + text + "b")
    assert time.perf_counter() - began < 6


@pytest.mark.skipif(EVAL_DIR is None, reason="PULLQUOTE_EVAL_DIR is not set")
def test_rules_of_sentence_splitting() -> None:
    rules = json.loads((Path(EVAL_DIR or "") / "sentence-rules.json").read_text(encoding="utf-8"))
    broken = [rule["text"] for rule in rules if sentences(rule["text"]) != rule["sentences"]]
    assert len(rules) == 48
    assert not broken


def test_a_sentence_is_what_the_span_says() -> None:
    text = "  The quay is shut.  It opens in May.\n"
    spans = split_sentences(text)
    assert spans == [(2, 19), (21, 37)]
    assert all(one.end <= two.start for one, two in pairwise(spans))
