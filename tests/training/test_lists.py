"""The recipe: what a list holds."""

from dataclasses import replace

from qa.pair import PairTokenizer
from tests.training.rows import NAMES, PLAIN, ROW, chance
from training.lists import Settings, make_list


def test_a_list_opens_with_its_right_sentence_and_holds_no_other_that_answers(tokenizer: PairTokenizer) -> None:
    for seed in range(20):
        made = make_list(ROW, tokenizer, PLAIN, chance(seed))
        assert made.right == 0
        assert len(made.pairs) == len(made.linear) == PLAIN.sentences
        assert made.linear[0] == 8
        right = tokenizer.pairs(ROW["question"], [(ROW["title"], ROW["sentence"])])[0]
        other = tokenizer.pairs(ROW["question"], [("Canals", "For six days nothing passed.")])[0]
        assert made.pairs[0] == right
        assert right not in made.pairs[1:]
        assert other not in made.pairs
        assert made.answer is not None
        spans = made.pairs[0].offsets[made.answer[0]], made.pairs[0].offsets[made.answer[1]]
        assert ROW["sentence"][spans[0][0] : spans[1][1]] == "six days"


def test_an_unanswerable_list_lacks_it(tokenizer: PairTokenizer) -> None:
    made = make_list(ROW, tokenizer, Settings(unanswerable=1.0), chance(0))
    assert made.right is None
    assert made.answer is None


def test_a_list_asked_about_another_thing_has_no_right_sentence_and_keeps_what_was_right(
    tokenizer: PairTokenizer,
) -> None:
    row = ROW | {"question": "How many days was the canal blocked in March?"}
    made = make_list(row, tokenizer, replace(PLAIN, another=1.0), chance(0), NAMES)
    assert made.right is None
    assert made.answer is None
    sentence = tokenizer.pairs("", [(ROW["title"], ROW["sentence"])])[0]
    assert made.pairs[0].ids[made.pairs[0].question :] == sentence.ids[sentence.question :]
    assert made.pairs[0].ids != tokenizer.pairs(row["question"], [(ROW["title"], ROW["sentence"])])[0].ids


def test_a_dateline_shifts_the_answer(tokenizer: PairTokenizer) -> None:
    made = make_list(ROW, tokenizer, replace(PLAIN, dateline=1.0), chance(0))
    assert made.answer is not None
    plain = make_list(ROW, tokenizer, PLAIN, chance(0))
    assert plain.answer is not None
    assert made.answer[0] > plain.answer[0]
