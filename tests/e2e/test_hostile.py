"""Every string of the big list of naughty strings as article text, title, source and question, in a real browser.

Nothing runs, nothing is logged, nothing is asked of anyone, and all of it is shown as it is. Where each string takes a
question or a page of its own, which is most of a minute for a hundred, one in three is taken; `PULLQUOTE_NAUGHTY=1`
takes all.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from index.article import Article, Span
from index.errors import QuestionError
from index.library import Library
from index.update import index_articles
from qa.answer import Answer, Status
from qa.api.app import create_api
from qa.chat.blocks import mount_page
from qa.chat.history import TURNS
from qa.citation import Citation
from qa.confidence import Calibration
from qa.engine import Engine
from qa.links import Place, permalink
from qa.question import Question
from tests.e2e.visit import Visit, texts, visiting
from tests.qa.serving import serving
from tests.toy import ToyEncoder, ToyRanker

FILE = Path(os.environ.get("PULLQUOTE_EVAL_DIR", "")) / ".." / "hostile" / "blns.json"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(
        "PULLQUOTE_EVAL_DIR" not in os.environ or not FILE.exists(),
        reason="there is no hostile/blns.json beside PULLQUOTE_EVAL_DIR",
    ),
]
SHELF = 60  # strings quoted by one answer
STEP = int(os.environ.get("PULLQUOTE_NAUGHTY", "3"))


def naughty() -> list[str]:
    """The strings that are not blank, as a library stores them."""
    strings: list[str] = json.loads(FILE.read_text("utf-8"))
    return [Article("x", string).text for string in strings if string.strip()]


def articles(strings: list[str]) -> list[Article]:
    """An article a string, which is its text, its title, its source and its author; and one that holds them all."""
    each = [Article(f"naughty/{n}", text, text, source=text, author=text) for n, text in enumerate(strings)]
    return [*each, Article("all", "\n\n".join(strings), " ".join(strings), source=" ".join(strings))]


class Quoting(Engine):
    """Answers “shelf 3” with every string of the fourth shelf, “all” with the article of all; anything else as ever."""

    held: list[Article]

    def ask(self, question: str, *given: Any, **settings: Any) -> Answer:
        kind, _, number = question.partition(" ")
        if question == "all":
            return self._quoting(question, self.held[-1:])
        if kind == "shelf" and number.isdigit():
            return self._quoting(question, self.held[:-1][int(number) * SHELF :][:SHELF])
        asked = Question(question).text
        return Answer(asked, Status.ABSTAINED, reason=question, library=(1, "0" * 64), rewritten=question)

    def _quoting(self, question: str, quoted: list[Article]) -> Answer:
        cited = [
            Citation(replace(a, text=""), a.sha256, Span(0, len(a.text)), a.text, {}, 0.9, context=a.text)
            for a in quoted
        ]
        return Answer(question, Status.ANSWERED, 0.9, tuple(cited), tuple(cited))


@pytest.fixture(scope="module")
def strings() -> list[str]:
    return naughty()


@pytest.fixture(scope="module")
def address(strings: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    encoder = ToyEncoder()
    library = Library.create(tmp_path_factory.mktemp("hostile") / "library", encoder)
    engine = Quoting(library, encoder, ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.5))
    engine.held = articles(strings)
    index_articles(library, encoder, engine.held)
    with serving(mount_page(create_api(engine), engine, strings[:40])) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    with visiting(browser, address) as visit:
        yield visit


def test_as_text_title_and_source_of_what_is_quoted(visit: Visit, strings: list[str]) -> None:
    for number, start in enumerate(range(0, len(strings), SHELF)):
        turn, shelf = visit.ask(f"shelf {number}"), strings[start : start + SHELF]
        assert texts(turn.locator(".pq-words")) == shelf
        assert texts(turn.locator(".pq-outlet")) == shelf
        assert texts(turn.locator(".pq-title bdi")) == [text.strip() for text in shelf]
        assert texts(turn.locator(".pq-context bdi")) == shelf


def test_as_text_and_title_of_the_article_beside(visit: Visit, strings: list[str]) -> None:
    visit.ask("all").locator(".pq-number").click()
    article = visit.page.locator(".pq-article")
    expect(article.locator("#quote")).to_be_attached()
    whole = articles(strings)[-1]
    assert texts(article.locator(".pq-body")) == [whole.text]
    assert texts(article.locator("#pq-headline")) == [whole.title.strip()]
    assert texts(article.locator(".pq-kicker bdi").first) == [whole.source]
    assert article.locator("[data-copy]").first.get_attribute("data-copy") == whole.text


@pytest.mark.timeout(1800)  # hundreds of questions, one after the other
def test_as_a_question_and_as_an_example(visit: Visit, strings: list[str]) -> None:
    offered = visit.page.get_by_role("navigation", name="Example questions").get_by_role("button")
    assert texts(offered) == strings[:40]
    for string in strings[::STEP]:
        if visit.turns.count() == TURNS:
            visit.page.get_by_role("button", name="New conversation").click()
            expect(visit.turns).to_have_count(0)
        if not can_be_asked(string):
            visit.box.fill(string)
            visit.box.press("Enter")
            expect(visit.page.locator(".pq-note").first).not_to_be_empty()
            continue
        visit.send(string)
        visit.page.wait_for_function(
            """question => {
              const turn = document.querySelector(".pq-turn:last-child");
              const shown = name => turn.querySelector(name)?.textContent;
              return turn && shown(".pq-question") === question
                && (shown(".pq-reply") || shown(".pq-reason") === question && shown(".pq-rewritten bdi") === question);
            }""",
            arg=string.strip(),
        )


def can_be_asked(string: str) -> bool:
    try:
        Question(string.strip())
    except QuestionError:
        return False
    return True


def test_on_a_page_of_its_own(browser: Browser, address: str, strings: list[str]) -> None:
    held = articles(strings)
    visit = Visit(browser, address, path=permalink("all", Place()))
    assert texts(visit.page.locator(".pq-body")) == [held[-1].text]
    for article in held[:-1:STEP]:
        place = Place(Span(0, len(article.text)), article.sha256)
        visit.page.goto(address + permalink(article.id, place), wait_until="domcontentloaded")
        assert texts(visit.page.locator(".pq-body")) == [article.text]
        assert texts(visit.page.locator("#pq-headline")) == [article.title.strip()]
        assert texts(visit.page.locator(".pq-kicker bdi").first) == [article.source]
    visit.context.close()
    assert visit.wrong == []
