"""The MCP server through the SDK's own client, in process and over HTTP, with the toy engine."""

import datetime as dt
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import Client, MCPError
from mcp.types import CallToolResult, TextContent

from index.article import Article
from index.errors import UsageError
from index.library import Library
from index.schema import FILE
from index.update import index_articles
from qa.access.keys import Keys, Scope
from qa.api.mcp_server import PATH, create_app, create_server
from qa.api.mcp_tools import PART, TOOLS, ArticlePartOut
from qa.api.models import AnswerOut, SearchOut
from qa.command import parser
from qa.engine import Engine
from qa.question import filters_of, turns
from tests.conftest import BEES, ROOT, SHIP
from tests.qa.door import is_problem
from tests.qa.making import SURE, toy_engine
from tests.qa.serving import serving
from tests.toy import ToyEncoder, ToyRanker

QUESTION = "How many bees did the keeper count?"
_Result = TypeVar("_Result")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return toy_engine(tmp_path_factory.mktemp("mcp") / "library")


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    with serving(create_app(engine)) as address:
        yield address


def within(client: Client, do: Callable[[Client], Awaitable[_Result]]) -> _Result:
    async def run() -> _Result:
        async with client:
            return await do(client)

    return anyio.run(run)


def call(server: Any, tool: str, **arguments: object) -> CallToolResult:
    return within(Client(server), lambda client: client.call_tool(tool, arguments))


def failure(result: CallToolResult) -> str:
    """The one line with which a call failed."""
    assert result.is_error
    assert result.structured_content is None
    (content,) = result.content
    assert isinstance(content, TextContent)
    assert "\n" not in content.text
    return content.text


def good(result: CallToolResult) -> Any:
    """The structured result of a call; its text is the same JSON."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    assert json.loads(content.text) == result.structured_content
    return result.structured_content


# what is offered


def test_three_tools_that_only_read(engine: Engine) -> None:
    tools = within(Client(create_server(engine)), lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == ["ask", "search", "get_article"]
    for tool in tools:
        assert tool.title
        assert tool.description
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.annotations.open_world_hint is False
        assert tool.input_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        assert tool.output_schema is not None
        assert tool.output_schema["type"] == "object"


def test_the_server_says_what_it_is(engine: Engine) -> None:
    async def said(client: Client) -> tuple[str | None, str | None]:
        return client.server_info.name if client.server_info else None, client.instructions

    name, instructions = within(Client(create_server(engine), mode="legacy"), said)
    assert name == "pullquote"
    assert instructions is not None
    assert "`ask`" in instructions


# ask, search, get_article


@pytest.mark.parametrize("question", [QUESTION, "Who won in Quillfield?", "hello", "战争"])
def test_ask_gives_the_engines_own_json(engine: Engine, question: str) -> None:
    answer = good(call(create_server(engine), "ask", question=question, top_k=3))
    assert answer == engine.ask(question, 3).to_json()
    AnswerOut.model_validate(answer, strict=True)


def test_ask_takes_what_the_api_takes(engine: Engine) -> None:
    said = [{"role": "user", "content": QUESTION}]
    given_ = {"history": said, "as_of": "2024-06-01", "min_confidence": 0.01}
    filters = {"source": ["The Valley Post"], "published_after": "2024-01-01"}
    asked = good(call(create_server(engine), "ask", question="When did she count them?", filters=filters, **given_))
    expected = engine.ask(
        "When did she count them?",
        history=turns(said),
        as_of=dt.date(2024, 6, 1),
        min_confidence=0.01,
        filters=filters_of(filters),
    )
    assert asked == expected.to_json()
    assert {hit["source"] for hit in asked["hits"]} == {"The Valley Post"}


def test_search_gives_the_hits_alone(engine: Engine) -> None:
    found = good(call(create_server(engine), "search", question=QUESTION, top_k=2))
    assert found == engine.search(QUESTION, 2).to_json()
    assert found["hits"] == engine.ask(QUESTION, 2).to_json()["hits"]
    SearchOut.model_validate(found, strict=True)


def test_an_article_is_read_whole_or_in_part(engine: Engine) -> None:
    server = create_server(engine)
    whole = good(call(server, "get_article", id="news/ship.txt"))
    assert ArticlePartOut.model_validate(whole, strict=True).text == SHIP.text
    assert (whole["sha256"], whole["characters"], whole["url"]) == (SHIP.sha256, len(SHIP.text), SHIP.url)
    cited = good(call(server, "ask", question=QUESTION))["citations"][0]
    span = {"start": cited["start_char_index"], "end": cited["end_char_index"]}
    part = good(call(server, "get_article", id=cited["document_id"], **span))
    assert part["text"] == cited["cited_text"]
    assert part["sha256"] == cited["document_sha256"]


def test_a_long_article_comes_in_parts(tmp_path: Any, toy_encoder: ToyEncoder) -> None:
    text = "The bee 🐝 flew. " * 3000
    library = Library.create(tmp_path / "long", toy_encoder)
    index_articles(library, toy_encoder, [Article("long.txt", text)])
    server = create_server(Engine(library, toy_encoder, ToyRanker(), SURE))
    read, at, size = "", 0, 1
    while at < size:
        part = good(call(server, "get_article", id="long.txt", start=at))
        assert len(part["text"]) <= PART
        read, at, size = read + part["text"], part["end_char_index"], part["characters"]
    assert read == text


# what goes wrong


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("ask", {}, "question: is missing"),
        ("ask", {"question": " "}, "the question is empty"),
        ("ask", {"question": "x" * 1001}, "shorten it to 1000"),
        ("ask", {"question": 3}, "question: Input should be a valid string"),
        ("ask", {"question": "Who?", "top_k": 0}, "top_k: Input should be greater than or equal to 1"),
        ("ask", {"question": "Who?", "topk": 3}, "topk: is not a field that is known here"),
        ("ask", {"question": "Who?", "min_confidence": 2}, "min_confidence: "),
        ("ask", {"question": "Who?", "as_of": "tomorrow"}, "as_of: 'tomorrow' is not a date"),
        (
            "search",
            {"question": "Who?", "filters": {"published_after": "2023-01-01", "published_before": "May"}},
            "published_before: 'May' is not a date",
        ),
        ("ask", {"question": "Who?", "history": [{"role": "king"}]}, "history[0].role: Input should be"),
        ("search", {"question": "Who?", "filters": {"outlet": "x"}}, "filters.outlet: is not a field"),
        ("search", {"question": "Who?", "min_confidence": 0.5}, "min_confidence: is not a field"),
        ("get_article", {"id": "nope"}, "there is no article 'nope': give the document_id of a citation"),
        (
            "get_article",
            {"id": "bees.txt", "start": 1_000_000},
            "there is no text from 1000000: the article has 99 code points",
        ),
        ("get_article", {"id": "bees.txt", "start": 9, "end": 3}, "there is no text from 9 to 3"),
        ("get_article", {"id": "bees.txt", "start": -1}, "start: Input should be greater than or equal to 0"),
    ],
)
def test_a_call_that_makes_no_sense_says_what_to_mend(
    engine: Engine, tool: str, arguments: dict[str, object], said: str
) -> None:
    assert said in failure(call(create_server(engine), tool, **arguments))


def test_a_tool_that_is_not_there(engine: Engine) -> None:
    async def use(client: Client) -> None:
        with pytest.raises(MCPError, match="there is no tool 'delete': there are ask, search, get_article"):
            await client.call_tool("delete", {})

    within(Client(create_server(engine)), use)


def test_a_library_that_cannot_be_read_is_not_described(tmp_path: Any, toy_encoder: ToyEncoder) -> None:
    library = Library.create(tmp_path / "gone", toy_encoder)
    index_articles(library, toy_encoder, [BEES])
    server = create_server(Engine(library, toy_encoder, ToyRanker(), SURE))
    (tmp_path / "gone" / FILE).write_bytes(b"no database" * 1000)
    said = failure(call(server, "ask", question=QUESTION))
    assert said.startswith("the library cannot be used just now")
    assert str(tmp_path) not in said


def test_a_bug_is_a_calm_word(library: Library, toy_encoder: ToyEncoder) -> None:
    class Failing(ToyRanker):
        def scores(self, query: object, candidates: object) -> Any:
            raise ZeroDivisionError("secret")

    server = create_server(Engine(library, toy_encoder, Failing(), SURE))
    assert failure(call(server, "ask", question=QUESTION)).startswith("an error of ours")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["question", "top_k", "history", "as_of", "filters", "min_confidence", "id", "start", "end"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TOOLS), st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4))
def test_no_arguments_break_a_tool(engine: Engine, tool: Any, arguments: dict[str, Any]) -> None:
    try:
        said = ""
        tool.result.model_validate(tool.call(engine, arguments))
    except UsageError as error:
        said = str(error)
    assert "\n" not in said


# over HTTP


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_over_http(address: str, engine: Engine, mode: str) -> None:
    async def use(client: Client) -> tuple[list[str], Any, Any]:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        answer = good(await client.call_tool("ask", {"question": QUESTION}))
        return tools, answer, await client.call_tool("get_article", {"id": "nope"})

    tools, answer, missing = within(Client(address + PATH, mode=mode), use)
    assert tools == ["ask", "search", "get_article"]
    assert answer == engine.ask(QUESTION).to_json()
    assert "there is no article" in failure(missing)


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://127.0.0.1:3000"}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_other_sites_are_turned_away(address: str, headers: dict[str, str], status: int) -> None:
    headers = {"Accept": "application/json, text/event-stream", **headers}
    response = httpx.post(address + PATH, json=INITIALIZE, headers=headers, timeout=60)
    assert response.status_code == status, response.text


def test_a_librarys_keys_are_asked_for_over_http(library: Library, toy_encoder: ToyEncoder) -> None:
    _, token = Keys(library.folder).add("assistant", Scope.READ)
    with serving(create_app(Engine(library, toy_encoder, ToyRanker(), SURE))) as address:
        headers = {"Accept": "application/json, text/event-stream"}
        refused = httpx.post(address + PATH, json=INITIALIZE, headers=headers, timeout=60)
        assert refused.status_code == 401
        headers["Authorization"] = f"Bearer {token}"
        assert httpx.post(address + PATH, json=INITIALIZE, headers=headers, timeout=60).status_code == 200


def test_the_documented_configuration_starts_it() -> None:
    (block,) = re.findall(r"^```json\n(.*?)^```", (ROOT / "docs" / "connect.md").read_text("utf-8"), re.M | re.S)
    (server,) = json.loads(block)["mcpServers"].values()
    assert server["command"] == "pullquote"
    assert parser().parse_args(server["args"]).command == "mcp"


def test_http_says_when_it_is_ready(address: str) -> None:
    assert httpx.get(f"{address}/readyz", timeout=60).json() == {"status": "ready"}


def test_http_is_not_ready_where_the_library_cannot_be_read(tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    library = Library.create(tmp_path / "gone", toy_encoder)
    with serving(create_app(Engine(library, toy_encoder, ToyRanker(), SURE))) as address:
        assert httpx.get(f"{address}/readyz", timeout=60).status_code == 200
        (library.folder / FILE).write_bytes(b"no database" * 1000)
        is_problem(httpx.get(f"{address}/readyz", timeout=60), 503)
