"""Saved citations against the library, whatever a file holds."""

import csv
import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index import schema
from index.article import Span
from index.errors import UsageError
from index.library import Library
from index.update import index_articles, remove_articles
from qa.batch.run import run_batch
from qa.batch.verify import Check, State, render, verify
from qa.confidence import Calibration
from qa.engine import Engine
from tests.conftest import BEES, SHIP
from tests.toy import ToyEncoder, ToyRanker

QUESTION = "How many bees did the keeper count?"


@pytest.fixture(scope="module")
def at_rest(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library that no test changes."""
    encoder = ToyEncoder()
    library = Library.create(tmp_path_factory.mktemp("at-rest"), encoder)
    index_articles(library, encoder, [BEES, SHIP])
    return library


@pytest.fixture(scope="module")
def saved(at_rest: Library) -> dict[str, Any]:
    engine = Engine(at_rest, ToyEncoder(), ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.5))
    answer = engine.ask(QUESTION).to_json()
    assert answer["citations"]
    return answer


def checks(library: Library, tmp_path: Path, *answers: object) -> list[Check]:
    file = tmp_path / "answers.jsonl"
    file.write_text("".join(json.dumps(answer) + "\n" for answer in answers), "utf-8")
    return list(verify(file, library))


def problem(library: Library, tmp_path: Path, saved: dict[str, Any], **changed: Any) -> str | None:
    cited = {**saved["citations"][0], "same_as": [], **changed}
    (found,) = checks(library, tmp_path, {"citations": [cited]})
    return found.problem


def test_what_was_just_answered_stands(at_rest: Library, tmp_path: Path, saved: dict[str, Any]) -> None:
    found = checks(at_rest, tmp_path, saved, saved)
    assert {check.problem for check in found} == {None}
    assert {check.line for check in found} == {1, 2}


def test_it_stands_as_long_as_its_words_stay_in_place(
    library: Library, toy_encoder: ToyEncoder, tmp_path: Path, saved: dict[str, Any]
) -> None:
    index_articles(library, toy_encoder, [replace(BEES, text=BEES.text + " It rained.")])
    assert problem(library, tmp_path, saved) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Corrected. " + BEES.text, "the article has changed, and the quote is elsewhere in it, from 30 to 68"),
        (BEES.text.replace("40,000", "4,000"), "the article has changed, and the quote is gone"),
        (
            BEES.text.replace("The keeper", "Ann said: The keeper"),
            "the article has changed, and the quote is part of another sentence now",
        ),
    ],
)
def test_a_changed_article_is_told(
    text: str, said: str, library: Library, toy_encoder: ToyEncoder, tmp_path: Path, saved: dict[str, Any]
) -> None:
    index_articles(library, toy_encoder, [replace(BEES, text=text)])
    assert problem(library, tmp_path, saved) == said
    cited = {**saved["citations"][0], "same_as": []}
    (found,) = checks(library, tmp_path, {"citations": [cited]})
    assert found.state is (State.MOVED if "elsewhere" in said else State.CHANGED)
    assert found.place is None or text[found.place.start : found.place.end] == cited["cited_text"]


def test_of_two_places_the_nearer_one_is_told(
    library: Library, toy_encoder: ToyEncoder, tmp_path: Path, saved: dict[str, Any]
) -> None:
    cited = {**saved["citations"][0], "same_as": []}
    twice = f"{cited['cited_text']} It rained all day in the valley. {cited['cited_text']} It was cold."
    index_articles(library, toy_encoder, [replace(BEES, text=twice)])
    (found,) = checks(library, tmp_path, {"citations": [{**cited, "start_char_index": 70, "end_char_index": 100}]})
    assert found.place is not None
    assert found.place.start == twice.rindex(cited["cited_text"])


def test_an_article_that_is_gone_is_told(library: Library, tmp_path: Path, saved: dict[str, Any]) -> None:
    remove_articles(library, ["bees.txt"], None)
    assert problem(library, tmp_path, saved) == "the article is not in the library"


def test_a_forged_quote_is_told(at_rest: Library, tmp_path: Path, saved: dict[str, Any]) -> None:
    assert problem(at_rest, tmp_path, saved, cited_text="x") == "the quote is not what the article says there"
    start = saved["citations"][0]["start_char_index"]
    assert (
        problem(at_rest, tmp_path, saved, start_char_index=start + 1) == "the quote is not what the article says there"
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"source": "The Moon"}, "source is 'The Moon', and the article's is 'The Valley Post'"),
        ({"source": 7}, "source is no text, and the article's is 'The Valley Post'"),
        ({"document_title": "Wasps"}, "title is 'Wasps', and the article's is 'Bees of the valley'"),
        ({"url": "https://moon.example"}, "url is 'https://moon.example', and the article's is ''"),
        ({"published_at": "1999-01-01"}, "published_at is '1999-01-01', and the article's is '2024-05-02'"),
        ({"context": "It was on the moon."}, "its context is not what the article says before it"),
        ({"context": ["x"]}, "its context is not what the article says before it"),
    ],
)
def test_a_forged_attribution_is_told(
    changed: dict[str, Any], said: str, at_rest: Library, tmp_path: Path, saved: dict[str, Any]
) -> None:
    cited = {**saved["citations"][0], "same_as": []}
    (found,) = checks(at_rest, tmp_path, {"citations": [{**cited, **changed}]})
    assert found.state is State.ATTRIBUTION
    assert said in str(found.problem)
    assert checks(at_rest, tmp_path, {"citations": [{**cited, **dict.fromkeys(changed)}]})[0].problem is None


def test_an_article_that_was_indexed_again_with_another_source_is_told(
    library: Library, toy_encoder: ToyEncoder, tmp_path: Path, saved: dict[str, Any]
) -> None:
    index_articles(library, toy_encoder, [replace(BEES, source="Hill Post")])
    assert "source is 'The Valley Post', and the article's is 'Hill Post'" in str(problem(library, tmp_path, saved))


def test_an_answer_that_is_not_made_of_its_quotes_is_told(
    at_rest: Library, tmp_path: Path, saved: dict[str, Any]
) -> None:
    for forged in (saved["answer"].replace("40,000", "4,000"), saved["answer"] + " They sting.", ""):
        first, *others = checks(at_rest, tmp_path, {**saved, "answer": forged})
        assert (first.state, first.document_id) == (State.ANSWER, "")
        assert {check.state for check in others} == {State.UNCHANGED}
    (found,) = checks(at_rest, tmp_path, {"citations": [], "answer": "The moon is made of cheese."})
    assert found.state is State.ANSWER
    (found,) = checks(at_rest, tmp_path, {"citations": [], "answer": "", "status": "answered"})
    assert found.state is State.ANSWER
    assert checks(at_rest, tmp_path, {"citations": [], "answer": None}) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"start_char_index": True},
        {"start_char_index": 1.0},
        {"start_char_index": "0"},
        {"start_char_index": None},
        {"start_char_index": -1},
        {"start_char_index": [0]},
        {"end_char_index": False},
        {"end_char_index": 0},
        {"cited_text": None},
        {"cited_text": ["x"]},
        {"cited_text": "", "start_char_index": 10**30, "end_char_index": 10**31},
        {"document_id": None},
        {"document_id": 7},
        {"document_id": ["bees.txt"]},
    ],
)
def test_what_is_no_citation_is_told(
    changed: dict[str, Any], at_rest: Library, tmp_path: Path, saved: dict[str, Any]
) -> None:
    assert problem(at_rest, tmp_path, saved, **changed) == "the citation has no valid article, place or text"


@pytest.mark.parametrize("article_id", ["\ud800", "\0", "bees.txt\0", " bees.txt", "BEES.TXT", "x" * 100_000])
def test_an_odd_id_is_nobodys(article_id: str, at_rest: Library, tmp_path: Path, saved: dict[str, Any]) -> None:
    assert problem(at_rest, tmp_path, saved, document_id=article_id) == "the article is not in the library"


def test_a_huge_place_is_beyond_the_article(at_rest: Library, tmp_path: Path, saved: dict[str, Any]) -> None:
    said = problem(at_rest, tmp_path, saved, start_char_index=10**300, end_char_index=10**301)
    assert said == "the quote is not what the article says there"


def test_ids_may_hold_spaces_and_anything_else(library: Library, toy_encoder: ToyEncoder, tmp_path: Path) -> None:
    odd = replace(BEES, id=" a b/ç\n\u202e?.txt", text="Wasps came.")
    index_articles(library, toy_encoder, [odd])
    cited = {"document_id": odd.id, "start_char_index": 0, "end_char_index": 11, "cited_text": "Wasps came."}
    assert checks(library, tmp_path, {"citations": [cited]}) == [Check(1, odd.id, State.UNCHANGED, None, Span(0, 11))]


def test_same_as_is_checked_however_deep(at_rest: Library, tmp_path: Path, saved: dict[str, Any]) -> None:
    good = {**saved["citations"][0], "same_as": []}
    bad = {**good, "cited_text": "x"}
    deep: dict[str, Any] = bad
    for _ in range(200):
        deep = {**good, "same_as": [good, deep]}
    found = checks(at_rest, tmp_path, {"citations": [deep, bad]})
    assert len(found) == 402
    assert sum(check.problem is not None for check in found) == 2


@pytest.mark.parametrize("twins", ["x", 5, {"document_id": "bees.txt"}, ["x"], [None], [["x"]]])
def test_hostile_same_as_is_told_not_raised(
    twins: object, at_rest: Library, tmp_path: Path, saved: dict[str, Any]
) -> None:
    first, second = checks(at_rest, tmp_path, {"citations": [{**saved["citations"][0], "same_as": twins}]})
    assert first.problem is None
    assert second.problem


def test_a_damaged_text_is_told_and_the_others_are_checked(
    library: Library, tmp_path: Path, engine: Engine, saved: dict[str, Any]
) -> None:
    ship = engine.ask("Which vessel blocked the canal?").to_json()
    with sqlite3.connect(library.folder / schema.FILE) as connection:
        connection.execute("UPDATE bodies SET text = text || '.' WHERE text LIKE 'Bees%'")
    found = checks(library, tmp_path, saved, ship)
    assert "does not match its digest" in str(found[0].problem)
    assert [check.problem for check in found if check.line == 2] == [None] * len(ship["citations"])


def test_abstentions_and_errors_hold_nothing_to_check(library: Library, engine: Engine, tmp_path: Path) -> None:
    assert checks(library, tmp_path, engine.ask("Zzz?").to_json()) == []
    assert checks(library, tmp_path) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not JSON", "2 is not JSON"),
        ("1" * 5000, "2 is not JSON"),
        ("[" * 100_000, "2 is not JSON"),
        ("[]", "2 is not an answer"),
        ("null", "2 is not an answer"),
        ("{}", "2 is not an answer"),
        ('{"citations": null}', "2 is not an answer"),
        ('{"citations": {"a": 1}}', "2 is not an answer"),
        ("id,question,pq_answer", "2 is not JSON"),
    ],
)
def test_a_file_of_something_else_is_named_with_its_line(
    line: str, said: str, at_rest: Library, tmp_path: Path
) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text('\ufeff{"citations": []}\n' + line, "utf-8")
    with pytest.raises(UsageError, match=said) as error:
        list(verify(file, at_rest))
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(at_rest: Library, tmp_path: Path) -> None:
    (tmp_path / "binary.jsonl").write_bytes(b"\x89PNG\xff\xfe")
    for name, said in (
        ("none.jsonl", "no such file"),
        ("", "cannot be read"),
        ("binary.jsonl", "in UTF-8: save it as one"),
    ):
        with pytest.raises(UsageError, match=said):
            list(verify(tmp_path / name, at_rest))


# csv


@pytest.fixture
def batch(engine: Engine, tmp_path: Path) -> Path:
    """An answers file of both articles, after a first row that spans lines."""
    (tmp_path / "q.csv").write_text(
        f'id,question,note\n1,{QUESTION},"a\nb"\n2,Which vessel blocked the canal?,\n3,Zzz?,\n', "utf-8"
    )
    run_batch(engine, tmp_path / "q.csv", tmp_path / "a.csv", 5)
    return tmp_path / "a.csv"


def test_a_csv_is_checked_as_a_jsonl_is(batch: Path, engine: Engine) -> None:
    run_batch(engine, batch.with_name("q.csv"), batch.with_name("a.jsonl"), 5)
    found = list(verify(batch, engine.library))
    assert {check.state for check in found} == {State.UNCHANGED}
    assert {check.line for check in found} == {2, 4}
    in_jsonl = {(c.document_id, c.place) for c in verify(batch.with_name("a.jsonl"), engine.library)}
    assert {(c.document_id, c.place) for c in found} <= in_jsonl


def changed(batch: Path, column: str, cell: str | None) -> Path:
    """The answers file with another cell in its first row, or without the column."""
    with batch.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    place = rows[0].index(column)
    for row in rows if cell is None else []:
        del row[place]
    if cell is not None:
        rows[1][place] = cell
    with batch.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return batch


@pytest.mark.parametrize(
    ("column", "state"), [("pq_answer", State.ANSWER), ("pq_citation_1_source", State.ATTRIBUTION)]
)
def test_what_is_forged_in_a_csv_is_told(column: str, state: State, batch: Path, library: Library) -> None:
    found = list(verify(changed(batch, column, "The Moon"), library))
    assert [check.line for check in found if check.state is state] == [2]


@pytest.mark.parametrize("column", ["pq_answer", "pq_citation_1_source", "pq_citation_3_text"])
def test_what_a_csv_leaves_out_is_not_asked_for(column: str, batch: Path, library: Library) -> None:
    assert {check.state for check in verify(changed(batch, column, None), library)} == {State.UNCHANGED}


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_csv_that_a_spreadsheet_saved_again(batch: Path, engine: Engine, mark: str) -> None:
    with batch.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with batch.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=mark).writerows(rows)
    assert {check.state for check in verify(batch, engine.library)} == {State.UNCHANGED}


def test_a_csv_may_begin_with_the_line_that_names_its_delimiter(batch: Path, library: Library) -> None:
    batch.write_text("sep=,\n" + batch.read_text("utf-8"), "utf-8")
    found = list(verify(batch, library))
    assert {check.state for check in found} == {State.UNCHANGED}
    assert {check.line for check in found} == {3, 5}


@pytest.mark.parametrize("moved", ["", "It rained.\n\n"])
def test_line_ends_that_a_spreadsheet_wrote_in_another_way_are_the_articles(
    moved: str, library: Library, toy_encoder: ToyEncoder, tmp_path: Path
) -> None:
    rainy = replace(
        BEES,
        id="rain.txt",
        text="A keeper in Orsk counted all of the bees that were wet after a\r\nweek of rain, and moved them.",
    )
    index_articles(library, toy_encoder, [rainy])
    engine = Engine(library, toy_encoder, ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.1))
    (tmp_path / "q.txt").write_text("Where did a keeper count all of the wet bees after a week of rain?")
    run_batch(engine, tmp_path / "q.txt", tmp_path / "a.csv", 5)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = [[cell.replace("\r\n", "\n") for cell in row] for row in csv.reader(file)]
    assert rainy.text.replace("\r\n", "\n") in rows[1]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    index_articles(library, toy_encoder, [replace(rainy, text=moved + rainy.text)])
    first = next(verify(tmp_path / "a.csv", library))
    assert (first.document_id, first.state) == ("rain.txt", State.MOVED if moved else State.UNCHANGED)


def test_a_csv_of_changed_articles(batch: Path, library: Library, toy_encoder: ToyEncoder) -> None:
    index_articles(library, toy_encoder, [replace(BEES, text="It rained. " + BEES.text)])
    remove_articles(library, ["news/ship.txt"])
    found = list(verify(batch, library))
    assert {(check.line, check.state) for check in found} == {(2, State.MOVED), (4, State.GONE)}


def test_a_quote_that_a_spreadsheet_would_run_is_checked_as_it_was(
    library: Library, toy_encoder: ToyEncoder, tmp_path: Path
) -> None:
    text = "-5 degrees was the coldest that the keeper counted. It thawed."
    index_articles(library, toy_encoder, [replace(BEES, id="=cold", text=text)])
    engine = Engine(library, toy_encoder, ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.1))
    (tmp_path / "q.txt").write_text("Which was the coldest that the keeper counted?")
    run_batch(engine, tmp_path / "q.txt", tmp_path / "a.csv", 5)
    assert "'-5 degrees" in (tmp_path / "a.csv").read_text("utf-8")
    first = next(verify(tmp_path / "a.csv", library))
    assert (first.document_id, first.state) == ("=cold", State.UNCHANGED)


@pytest.mark.parametrize(
    ("text", "said"), [("id,question\n1,Who?\n", "has no `pq_status` column"), ("", "has no `pq_status` column")]
)
def test_a_csv_of_something_else(library: Library, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UsageError, match=said):
        list(verify(tmp_path / "a.csv", library))


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ('9,"Which vessel', "opens a quotation mark that is never closed"),
        ("9,Which vessel", "ends before it says how it was answered"),
        ("9,Which vessel,,answ", "ends before it says how it was answered"),
    ],
)
def test_a_csv_that_was_cut_off_is_not_taken_for_a_whole_one(
    last: str, said: str, batch: Path, library: Library
) -> None:
    with batch.open("a", encoding="utf-8", newline="") as file:
        file.write(last)
    with pytest.raises(UsageError, match=rf"a\.csv:6 {said}: the file was cut off"):
        list(verify(batch, library))


@pytest.mark.parametrize("last", ["9,Who?,,answered", "9,Who?,,answered,0.9,“It was.” [1]"])
def test_a_row_of_a_csv_that_was_cut_off_before_its_quotes_is_told(last: str, batch: Path, library: Library) -> None:
    with batch.open("a", encoding="utf-8", newline="") as file:
        file.write(last)
    assert [check.line for check in verify(batch, library) if check.state is State.ANSWER] == [6]


@pytest.mark.parametrize("blank", ["\n", "  \n", ",\n"])
def test_a_blank_line_is_no_row_that_was_cut_off(blank: str, batch: Path, library: Library) -> None:
    with batch.open("a", encoding="utf-8", newline="") as file:
        file.write(blank)
    assert {check.state for check in verify(batch, library)} == {State.UNCHANGED}


def test_empty_cells_that_a_spreadsheet_left_out_are_none(batch: Path, library: Library) -> None:
    rows = batch.read_text("utf-8").splitlines()
    batch.write_text("\n".join(row.rstrip(",") for row in rows), "utf-8")
    assert {check.state for check in verify(batch, library)} == {State.UNCHANGED}


@pytest.mark.parametrize("start", ["", "x", "-1", "1e3", "²", "9" * 5000])
def test_a_csv_with_a_place_that_is_none(batch: Path, library: Library, start: str) -> None:
    first = next(verify(changed(batch, "pq_citation_1_start", start), library))
    assert (first.state, first.problem) == (State.WRONG, "the citation has no valid article, place or text")


def test_the_counts_in_one_line() -> None:
    counts = dict.fromkeys(State, 0) | {State.UNCHANGED: 4, State.MOVED: 2, State.GONE: 1}
    assert render(counts) == (
        "4 of 7 citations match their articles: 2 moved within a changed article, 1 of an article that is gone"
    )
    assert render(counts | {State.ANSWER: 1}).endswith("is gone; 1 answer not made of the quotes")
    assert render(dict.fromkeys(State, 0)) == "0 of 0 citations match their articles"
