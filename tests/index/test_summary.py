"""What a run notes of what it did not take in: a reason for each file, in bounded memory."""

from collections import Counter

from index.article import Refusal
from index.library import Library
from index.rows import article_from_row
from index.summary import NOTED, Summary
from index.update import index_articles
from tests.toy import ToyEncoder


def test_a_file_of_very_many_bad_rows_hides_no_other() -> None:
    summary = Summary()
    for number in range(NOTED + 234):
        summary.refuse(Refusal(f"news.zip!a:b.jsonl:{number}", "is not JSON"))
        summary.refuse(Refusal(f"file-{number}.pdf", "is damaged"))
    summary.refuse(Refusal("last.csv:7", "has no text"))
    told = [refusal.where for refusal in summary.refused]
    assert sum(where.startswith("news.zip") for where in told) == NOTED + 1
    assert sum(where.endswith(".pdf") for where in told) == NOTED + 234
    assert summary.refused[-2:] == [
        Refusal("last.csv:7", "has no text"),
        Refusal("news.zip!a:b.jsonl", "has 234 more rows that were refused"),
    ]
    assert summary.line().startswith(f"0 added, 0 changed, 0 unchanged, {2 * (NOTED + 234) + 1} refused;")


def test_very_many_articles_with_one_text_are_counted() -> None:
    summary = Summary()
    for number in range(NOTED + 5):
        summary.pair(f"b{number}", "a")
    assert (summary.known, len(summary.twins), summary.twins[0]) == (NOTED + 5, NOTED, ("b0", "a"))
    assert f"{NOTED + 5} with a text already known" in summary.line()


def test_files_that_were_passed_over_are_one_note() -> None:
    summary = Summary(unread=Counter({".rtf": 1}))
    assert list(summary.notes()) == ["1 file of a type not read was passed over: .rtf 1"]
    summary.unread.update({".doc": 3000, "": 2, ".a": 1, ".b": 1, ".c": 1, ".d": 1})
    (note,) = summary.notes()
    assert note == (
        "3,007 files of types that are not read were passed over: "
        ".doc 3,000, without an extension 2, .rtf 1, .a 1, .b 1, others 2"
    )


def test_dates_that_tell_no_day_are_one_note(library: Library, toy_encoder: ToyEncoder) -> None:
    rows = [
        {"id": "otter", "text": "The otter swam off.", "published_at": "03/04/2023"},
        {"id": "stork", "text": "The stork flew in.", "pub_date": "June 2023"},
        {"id": "heron", "text": "The heron stood in the reeds.", "date": "5 June 2023"},
        {"id": "toad", "text": "The toad sat.", "date": ""},
        {"id": "newt", "text": "The newt was seen on 03/04/2023."},
    ]
    given = [article_from_row(row, "row") for row in rows]
    assert list(index_articles(library, toy_encoder, given).notes()) == [
        "2 articles have a date that tells no single day, as '03/04/2023' of otter: write it YYYY-MM-DD"
    ]
    assert not list(index_articles(library, toy_encoder, given).notes()), "nothing is new"
