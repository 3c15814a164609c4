"""What a run notes of what it did not take in: a reason for each file, in bounded memory."""

from index.article import Refusal
from index.summary import NOTED, Summary


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
