"""The page's policy names its own scripts, and nothing of another machine is left in what Gradio serves."""

import base64
import hashlib
import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from qa.chat.blocks import mount_page
from qa.chat.guard import policy, rewritten
from qa.chat.static_files import PAGE_SHEET, page_sheet
from qa.engine import Engine
from tests.qa.door import is_problem

OUTSIDE = (
    '<script src="https://cdnjs.cloudflare.com/x.js" async></script>',
    "<script async src='//cdn.example.org/x.js'>\n</script>",
    '<link rel="preconnect" href="https://fonts.googleapis.com" />',
    '<link href="//fonts.gstatic.com" rel="preconnect" crossorigin="anonymous">',
    '<meta property="og:image" content="https://raw.githubusercontent.com/x.jpg" />',
    '<meta name="twitter:creator" content="@teamGradio" />',
    "@import url('https://fonts.googleapis.com/css2?family=Lato&display=swap');",
)


@pytest.fixture
def client(engine: Engine) -> TestClient:
    return TestClient(mount_page(FastAPI(), engine))


def markup(served: Response) -> str:
    """The page without what its scripts say."""
    return re.sub(r"<script>.*?</script>", "", served.text, flags=re.DOTALL)


@pytest.mark.parametrize("outside", OUTSIDE)
def test_what_is_asked_of_other_machines_is_taken_out(outside: str) -> None:
    page = f'<head><script src="./own.js"></script>{outside}<link rel="stylesheet" href="./own.css"></head>'
    assert rewritten(page) == page.replace(outside, "")


def test_gradios_page_names_no_other_machine(client: TestClient) -> None:
    served = client.get("/")
    assert not re.findall(r"""(?:src|href|content)\s*=\s*["'](?:https?:)?//[^"']*""", markup(served))
    assert "@import" not in served.text
    assert "<title>Pullquote</title>" in markup(served)
    assert int(served.headers["content-length"]) == len(served.content)
    assert "@import" not in client.get("/theme.css").text


def test_each_script_in_the_page_is_named_and_no_other_may_run(client: TestClient) -> None:
    served = client.get("/")
    said = served.headers["content-security-policy"]
    scripts = re.findall(r"<script(?: data-gradio-mode)?>(.*?)</script>", served.text, re.DOTALL)
    assert len(scripts) >= 3
    for script in scripts:
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in said
    assert "default-src 'none'" in said
    for style in re.findall(r"<style>(.*?)</style>", served.text, re.DOTALL) + re.findall(
        r'style="(.*?)"', markup(served)
    ):
        assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in said
    assert "unsafe-inline" not in said


def test_something_is_seen_before_gradio_is_there(client: TestClient) -> None:
    page = client.get("/").text
    assert page.index('<p class="pq-first-name">Pullquote</p>') < page.index("<gradio-app")
    assert "needs JavaScript" in page


def test_no_outlet_can_break_out_of_the_pages_settings(engine: Engine) -> None:
    # The first page holds what the library holds: a script of an outlet's name would be named as the page's own.
    page = mount_page(FastAPI(), engine, ["</script><script>alert(1)</script>"])
    assert "<script>alert(1)" not in TestClient(page).get("/").text


def test_a_response_that_is_no_page_has_the_bare_policy(client: TestClient) -> None:
    assert client.get("/theme.css").headers["content-security-policy"] == policy()
    assert policy().count("sha256") == 1  # of the empty style element


@pytest.mark.parametrize("path", ["gradio_api/info", "gradio_api/file=/etc/hostname", "monitoring/summary", "logout"])
def test_what_of_gradio_is_not_needed_is_a_problem_like_any_other(client: TestClient, path: str) -> None:
    is_problem(client.get(f"/{path}"), 404)


def test_the_style_sheet_is_a_file_and_weighs_more_than_gradios(client: TestClient) -> None:
    assert f'<link rel="stylesheet" href="{PAGE_SHEET}">' in client.get("/").text
    sheet = client.get(PAGE_SHEET)
    assert sheet.headers["content-type"].startswith("text/css")
    assert sheet.text == page_sheet()
    assert client.get(PAGE_SHEET, headers={"If-None-Match": sheet.headers["etag"]}).status_code == 304
    assert sheet.text.count("{") == sheet.text.count("}")
