"""A quotation's own page: the right article and sentence, a calm page where there is none, and nothing let in."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from index.article import Article, Span
from index.library import Library
from index.update import index_articles
from qa.chat.permalink import POLICY, add_permalinks
from qa.engine import Engine
from qa.links import Place, permalink
from tests.conftest import BEES, SHIP
from tests.toy import ToyEncoder

ODD = (".", "..", "a/../b", "a//b", "/", "a/", "?s=0-3", "#x", "100%", "a b\nc", "ä/ß", "<script>", '"', "\\")
CITED = Place(Span(0, 18), BEES.sha256)


@pytest.fixture
def client(engine: Engine) -> TestClient:
    app = FastAPI(redirect_slashes=False)
    add_permalinks(app, engine)
    return TestClient(app)


def test_the_sentence_is_marked_in_its_article(client: TestClient) -> None:
    shown = client.get(permalink(BEES.id, Place(Span(0, 18), BEES.sha256, Span(10, 17), (Span(19, 58),))))
    assert shown.status_code == 200
    assert 'autofocus>Bees buzz <b class="pq-answer">at dawn</b>.</mark>' in shown.text
    assert '<mark class="pq-near">The keeper counted 40,000 bees in May.</mark>' in shown.text
    assert "<title>Bees of the valley · Pullquote</title>" in shown.text
    assert 'href="#quote"' in shown.text


def test_the_form_that_the_design_gives(client: TestClient) -> None:
    shown = client.get(f"/a/{SHIP.id}?s=0-48")
    assert shown.status_code == 200
    assert "A container ship blocked the canal for six days.</mark>" in shown.text


def test_without_a_place_the_article_is_shown(client: TestClient) -> None:
    shown = client.get(f"/a/{BEES.id}")
    assert shown.status_code == 200
    assert "<mark" not in shown.text
    assert "pq-changed" not in shown.text


@pytest.mark.parametrize("place", [Place(Span(0, 18), "0" * 64), Place(Span(0, 10_000)), Place(Span(5, 2))])
def test_a_quotation_that_is_there_no_longer_is_gone(client: TestClient, place: Place) -> None:
    shown = client.get(permalink(BEES.id, place))
    assert shown.status_code == 410
    assert "pq-changed" in shown.text
    assert "<mark" not in shown.text
    assert "Bees buzz at dawn." in shown.text


def test_a_place_that_cannot_be_read_is_gone_too(client: TestClient) -> None:
    assert client.get(f"/a/{BEES.id}?s=here").status_code == 410


@pytest.mark.parametrize("path", ["nothing", "", "%00", "nothing?s=0-3", "%FF%FE"])
def test_an_unknown_article_is_a_calm_page(client: TestClient, path: str) -> None:
    shown = client.get(f"/a/{path}")
    assert shown.status_code == 404
    assert "There is no such article here" in shown.text
    assert 'href="/"' in shown.text


@pytest.mark.parametrize("article_id", ODD)
def test_any_id_has_a_page(client: TestClient, library: Library, toy_encoder: ToyEncoder, article_id: str) -> None:
    article = Article(article_id, "A sentence of its own.", "The odd one")
    index_articles(library, toy_encoder, [article])
    shown = client.get(permalink(article_id, Place(Span(0, 22), article.sha256)))
    assert shown.status_code == 200
    assert "The odd one · Pullquote" in shown.text
    assert "A sentence of its own.</mark>" in shown.text


def test_nothing_is_let_in_and_nothing_is_inline(client: TestClient) -> None:
    for path in (permalink(BEES.id, CITED), "/a/nothing"):
        shown = client.get(path)
        assert shown.headers["content-security-policy"] == POLICY
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["referrer-policy"] == "no-referrer"
        assert "unsafe" not in POLICY
        assert "<style" not in shown.text
        assert " style=" not in shown.text
        assert shown.text.count("<script") == shown.text.count('<script src="/pq/')


def test_its_files_are_served_and_asked_about_each_time(client: TestClient) -> None:
    for name, kind in (
        ("reader.css", "text/css"),
        ("copy.js", "javascript"),
        ("alone.js", "javascript"),
        ("icon.svg", "svg"),
    ):
        served = client.get(f"/pq/{name}")
        assert served.status_code == 200
        assert kind in served.headers["content-type"]
        assert served.headers["cache-control"] == "no-cache"
        again = client.get(f"/pq/{name}", headers={"If-None-Match": served.headers["etag"]})
        assert again.status_code == 304
    assert client.get("/pq/nothing.css").status_code == 404


def test_a_library_that_cannot_be_read_is_said_calmly(client: TestClient, library: Library) -> None:
    for file in library.folder.glob("library.sqlite*"):
        file.write_bytes(b"no database" * 1000)
    shown = client.get(permalink(BEES.id, CITED))
    assert shown.status_code == 503
    assert shown.headers["retry-after"]
    assert "cannot be read just now" in shown.text
