"""What is printed: readable, no wider than it should be, and unable to steer the terminal."""

import io
import json
import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from index.article import Article, Span
from qa.answer import Answer, Status
from qa.lines import escaped, json_line
from qa.phrases import parted
from qa.terminal import note, plain, rendered, say, show
from tests.qa.making import answered, citation

NASTY = "\x1b[2J\x1b]0;owned\x07 \x9b31m \u202eevil\u2066 a\x00b\x7f \u2028new\nline\ttab \r\n"


def is_safe(text: str) -> bool:
    """No character that a terminal obeys, but for the line feed."""
    turning = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return not any((unicodedata.category(c) in ("Cc", "Cs") and c != "\n") or c in turning for c in text)


def render(answer: Answer) -> str:
    return rendered(answer).plain


def test_an_answer_reads_well() -> None:
    ship = Article("news/ship.txt", "", "Ship freed", source="Harbour Wire", published_at="2021-03-29T08:00:00Z")
    copy = citation("Tugs freed it.", article=Article("copy.txt", "", source="Copy & Co"))
    cited = citation("Tugs freed it on Monday.", start=50, article=ship, context="A ship was stuck.", same_as=(copy,))
    assert render(answered(citation(), cited)) == (
        "[1] “Bees buzz at dawn.”\n"
        "    — The Valley Post, Bees of the valley · bees.txt [0:18] · 93%\n"
        "\n"
        "[2] (Context: A ship was stuck.) “Tugs freed it on Monday.”\n"
        "    — Harbour Wire, 2021-03-29, Ship freed · news/ship.txt [50:74] · 93%\n"
        "    also in Copy & Co, copy.txt"
    )


def test_an_abstention_gives_its_reason_and_three_near_misses() -> None:
    hits = tuple(citation(f"Miss {n}.") for n in range(5))
    shown = render(Answer("Who?", Status.ABSTAINED, 0.1, (), hits, "The articles do not say."))
    assert shown.startswith("The articles do not say.\n\nNearest misses")
    assert [n for n in range(5) if f"Miss {n}." in shown] == [0, 1, 2]


def test_a_possible_answer_is_labelled_and_kept_from_the_misses() -> None:
    hits = tuple(citation(f"Miss {n}.", confidence=0.3, answer=Span(0, 4)) for n in range(5))
    reason = "A possible answer, unconfirmed: the nearest sentence is 30% likely to answer, and an answer needs 40%."
    shown = render(Answer("Who?", Status.ABSTAINED, 0.3, (), hits, reason, possible=True))
    possible, misses = shown.split("Nearest misses, which do not answer it:")
    assert possible.replace("\n", " ").startswith("Possible answer, unconfirmed: the nearest sentence is 30% likely")
    assert "?   “Miss 0.”" in possible
    assert [n for n in range(5) if f"·   “Miss {n}.”" in misses] == [1, 2]


def test_a_question_that_was_rewritten_says_so_first() -> None:
    asked = replace(answered(citation()), rewritten="When did she count them? (\x1bkeeper)")
    assert render(asked).startswith("Asked as: When did she count them? (�keeper)\n\n[1] “Bees")
    assert "Asked as" not in render(answered(citation()))


def shown_on(monkeypatch: pytest.MonkeyPatch, answer: Answer, encoding: str = "utf-8", **environment: str) -> str:
    """What `show` prints where rich takes standard output for a terminal or for none."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", out)
    show(answer)
    out.flush()
    return out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined, no-any-return]


TERMINAL = {"TTY_COMPATIBLE": "1", "TERM": "xterm-256color", "COLUMNS": "80"}


def test_the_answers_words_are_bold_in_a_terminal_and_plain_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    bees = answered(citation("The keeper counted 40,000 bees.", start=5, answer=Span(24, 35)))
    assert "counted \x1b[1m40,000 bees\x1b[0m.”" in shown_on(monkeypatch, bees, **TERMINAL)
    assert shown_on(monkeypatch, bees, TTY_COMPATIBLE="0") == render(bees) + "\n"


def test_of_what_does_not_answer_nothing_is_bold(monkeypatch: pytest.MonkeyPatch) -> None:
    hits = tuple(citation(f"Miss {n}.", answer=Span(0, 4)) for n in range(2))
    abstained = Answer("Who?", Status.ABSTAINED, 0.3, (), hits, "It is not sure.")
    assert "\x1b[1m" not in shown_on(monkeypatch, abstained, **TERMINAL)
    possible = shown_on(monkeypatch, replace(abstained, possible=True), **TERMINAL)
    assert "\x1b[1mMiss\x1b[0m 0." in possible
    assert possible.count("\x1b[1m") == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_of_another_encoding_gets_it_all_the_same(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    shown = shown_on(monkeypatch, answered(citation("战 bees", answer=Span(2, 6))), encoding, **TERMINAL)
    assert "\\u6218 bees" in shown
    assert "\x1b" not in shown


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=40), st.data())
def test_bold_or_not_the_sentence_is_the_same_and_safe(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    words = Span(start, data.draw(st.integers(start + 1, len(text))))
    shown, bare = render(answered(citation(text, answer=words))), render(answered(citation(text)))
    assert is_safe(shown)
    assert "".join(shown.split()) == "".join(bare.split())


@pytest.mark.parametrize("words", [Span(0, 3), Span(40, 50), Span(9, 99)])
def test_words_outside_the_sentence_are_no_answer(words: Span) -> None:
    cited = citation("Bees buzz.", start=5, answer=words)
    assert parted(cited) == ("Bees buzz.", "", "")


def test_an_abstention_without_hits_is_its_reason() -> None:
    assert render(Answer("Hello", Status.ABSTAINED, reason="Hello. Ask me.")) == "Hello. Ask me."


def test_an_article_with_an_id_alone_is_placed_by_it() -> None:
    assert render(answered(citation(article=Article("x", "")))).endswith("    — x [0:18] · 93%")


@pytest.mark.parametrize("columns", ["40", "80", "300"])
@pytest.mark.parametrize("text", ["word " * 100, "战争" * 120, "x" * 500, "a-b-" * 100])
def test_lines_fit_the_terminal(columns: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    shown = render(answered(citation(text, same_as=tuple(citation("y") for _ in range(40)))))
    assert max(map(cell_len, shown.split("\n"))) <= min(100, int(columns))
    letters = [c for c in shown if not c.isspace()]
    assert "".join(c for c in text if not c.isspace()) in "".join(letters)


def test_nothing_of_an_article_reaches_the_terminal_unsafe() -> None:
    article = Article(NASTY, "", NASTY, source=NASTY, published_at=NASTY)
    other = citation(NASTY, article=article)
    shown = render(answered(citation(NASTY, article=article, context=NASTY, same_as=(other,))))
    assert is_safe(shown)
    assert is_safe(render(Answer("Who?", Status.ABSTAINED, 0.1, (), (other,), NASTY)))


def test_invisible_marks_show_nothing_and_joined_characters_stay_whole() -> None:
    assert plain("co\u00adop\u200berate\ufeff") == "cooperate"
    assert plain("👩\u200d🚀 می\u200cخواهم") == "👩\u200d🚀 می\u200cخواهم"


@given(st.text(st.characters()))
def test_plain_is_one_safe_line(text: str) -> None:
    assert is_safe(plain(text))
    assert "\n" not in plain(text)


@given(st.dictionaries(st.text(st.characters(), max_size=5), st.text(st.characters()) | st.integers(), max_size=3))
def test_json_line_is_one_safe_line_of_the_same_value(value: object) -> None:
    line = json_line(value)
    assert json.loads(line) == value
    assert len(line.splitlines()) == 1
    assert is_safe(line)
    line.encode("utf-8")


def test_say_lets_nothing_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(NASTY)
    note(NASTY)
    out, err = capsys.readouterr()
    assert is_safe(out.replace("\t", " "))
    assert "\\u001b[2J" in out
    assert is_safe(err)
    assert err.count("\n") == 1


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252", "gb2312"])
def test_json_comes_through_any_terminal_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = {"answer": "“naïve” 战争 🐝 \x9b \u202e \u2028 \ud800 \\u0041"}
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", out)
    say(json.dumps(value, ensure_ascii=False))
    printed = out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    assert json.loads(printed) == value
    assert printed.count("\n") == 1


def test_text_that_needs_no_escape_is_left_alone() -> None:
    assert escaped("“naïve” 战争 🐝\n\ttab") == "“naïve” 战争 🐝\n\ttab"


def test_where_there_is_no_standard_output_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    show(answered(citation()))
    say("Bees.")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_standard_output_is_told_once_and_plainly() -> None:
    code = "from qa.terminal import note, say\ntry:\n    say('Bees.')\nexcept Exception as error:\n    note(str(error))"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert (done.returncode, done.stderr) == (0, "standard output cannot be written to: No space left on device\n")
