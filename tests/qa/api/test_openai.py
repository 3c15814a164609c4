"""The OpenAI-compatible routes through the official client, against a real server over the toy engine."""

import asyncio
import json
import re
from collections.abc import Iterator

import httpx
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from index.library import Library
from index.update import index_articles
from qa.access.gate import gate
from qa.access.keys import Keys, Scope
from qa.api.app import create_api
from qa.api.limits import QUESTION_BYTES
from qa.api.message import message_of
from qa.api.models import ProblemOut
from qa.api.openai_errors import error_of
from qa.api.openai_models import ChatProblemOut, CompletionOut, ModelsOut
from qa.api.turnstile import Turnstile
from qa.engine import Engine
from qa.question import MAX_CHARACTERS, Turn
from tests.conftest import BEES, SHIP
from tests.qa.making import SURE, toy_engine
from tests.qa.serving import serving
from tests.toy import ToyEncoder, ToyRanker

BEE_QUESTION = "How many bees did the keeper count?"
SHIP_QUESTION = "How many days had a container ship blocked the canal?"
Messages = list[dict[str, str]]


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return toy_engine(tmp_path_factory.mktemp("openai") / "library")


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    with serving(create_api(engine, {"localhost"})) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[openai.OpenAI]:
    with connected(address) as client:
        yield client


def connected(address: str, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0, timeout=120)


def ask(client: openai.OpenAI, *messages: dict[str, str], **more: object) -> ChatCompletion:
    completion: ChatCompletion = client.chat.completions.create(
        model=more.pop("model", "pullquote"),  # type: ignore[call-overload]
        messages=list(messages),
        **more,
    )
    return completion


def streamed(client: openai.OpenAI, question: str, **more: object) -> list[ChatCompletionChunk]:
    stream = client.chat.completions.create(
        model="pullquote",
        messages=[user(question)],
        stream=True,
        **more,  # type: ignore[call-overload]
    )
    return list(stream)


# answers


def test_an_answer_is_quoted_and_annotated(client: openai.OpenAI, address: str) -> None:
    completion = ask(client, user(BEE_QUESTION))
    (choice,) = completion.choices
    assert (choice.index, choice.finish_reason, choice.message.role) == (0, "stop", "assistant")
    assert completion.object == "chat.completion"
    assert re.fullmatch(r"chatcmpl-[0-9a-f]{32}", completion.id)
    content, (annotation,) = choice.message.content or "", choice.message.annotations or []
    cited = annotation.url_citation
    assert content[cited.start_index : cited.end_index] == "The keeper counted 40,000 bees in May."
    assert content.startswith("“The keeper counted 40,000 bees in May.” [1]\n\nSources:\n- [1] Bees of the valley")
    assert (cited.url, cited.title) == (f"{address}/a/bees.txt?s=19-57&v={BEES.sha256[:16]}", BEES.title)
    CompletionOut.model_validate(completion.model_dump(include=set(CompletionOut.model_fields), exclude_unset=True))


def test_an_articles_own_address_comes_first(client: openai.OpenAI) -> None:
    (annotation,) = ask(client, user(SHIP_QUESTION)).choices[0].message.annotations or []
    assert annotation.url_citation.url == SHIP.url


def test_the_same_question_gives_the_same_message_and_the_engines_sentences(
    client: openai.OpenAI, engine: Engine
) -> None:
    first, second = (ask(client, user(SHIP_QUESTION)) for _ in range(2))
    assert first.choices == second.choices
    assert first.usage == second.usage
    assert first.id != second.id
    expected = message_of(engine.ask(SHIP_QUESTION), lambda _: str(SHIP.url))
    assert first.choices[0].message.content == expected.content


def test_usage_counts(client: openai.OpenAI) -> None:
    usage = ask(client, {"role": "system", "content": "Be brief."}, user(BEE_QUESTION)).usage
    assert usage is not None
    assert usage.prompt_tokens == 3 + 8
    assert usage.completion_tokens > 10
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_an_abstention_is_a_message_without_annotations(client: openai.OpenAI) -> None:
    (choice,) = ask(client, user("Who won the match in Quillfield?")).choices
    assert choice.finish_reason == "stop"
    assert (choice.message.content or "").startswith("The articles do not say: none of them mentions")
    assert choice.message.annotations == []


def test_small_talk_is_answered(client: openai.OpenAI) -> None:
    assert (ask(client, user("hello")).choices[0].message.content or "").startswith("Hello. I answer questions")


# streams


@pytest.mark.parametrize("question", [BEE_QUESTION, SHIP_QUESTION, "Who won in Quillfield?", "hello"])
def test_a_stream_holds_the_same_message(client: openai.OpenAI, question: str) -> None:
    whole, chunks = ask(client, user(question)), streamed(client, question)
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == whole.choices[0].message.content
    annotations = [one for delta in deltas for one in (delta.model_extra or {}).get("annotations", [])]
    assert annotations == [one.model_dump() for one in whole.choices[0].message.annotations or []]
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    assert all("usage" not in chunk.model_fields_set for chunk in chunks)


def test_usage_ends_a_stream_where_it_is_asked_for(client: openai.OpenAI) -> None:
    *chunks, last = streamed(client, BEE_QUESTION, stream_options={"include_usage": True})
    assert all(chunk.usage is None and "usage" in chunk.model_fields_set for chunk in chunks)
    assert last.choices == []
    assert last.usage == ask(client, user(BEE_QUESTION)).usage


def test_the_stream_is_server_sent_events_that_end_with_done(address: str) -> None:
    body = {"model": "pullquote", "messages": [user(BEE_QUESTION)], "stream": True}
    response = httpx.post(f"{address}/v1/chat/completions", json=body, timeout=60)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    events = response.text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    assert all(json.loads(event.removeprefix("data: "))["choices"] for event in events[:-2])


def test_the_async_client_too(address: str) -> None:
    async def both() -> tuple[str, str]:
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="none", timeout=60) as client:
            messages = [user(BEE_QUESTION)]
            whole = await client.chat.completions.create(model="pullquote", messages=messages)  # type: ignore[arg-type]
            stream = await client.chat.completions.create(
                model="pullquote",
                messages=messages,  # type: ignore[arg-type]
                stream=True,
            )
            pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
            return whole.choices[0].message.content or "", "".join(pieces)

    whole, pieces = asyncio.run(both())
    assert whole == pieces


# what is asked


def test_earlier_messages_are_the_history(client: openai.OpenAI, engine: Engine) -> None:
    first = ask(client, user(BEE_QUESTION)).choices[0].message.content or ""
    question = "And when did she count them?"
    history = [Turn("user", BEE_QUESTION), Turn("assistant", "The keeper counted 40,000 bees in May.")]
    expected = engine.ask(question, history=history)
    assert expected.rewritten is not None
    content = ask(client, user(BEE_QUESTION), {"role": "assistant", "content": first}, user(question))
    assert f"Asked as: {expected.rewritten}" in (content.choices[0].message.content or "")


def test_system_and_tool_messages_are_left_aside(client: openai.OpenAI) -> None:
    plain = ask(client, user(BEE_QUESTION)).choices
    aside = [{"role": "system", "content": "Talk of ships."}, {"role": "developer", "content": "Of canals."}]
    tool = {"role": "tool", "content": "A ship.", "tool_call_id": "1"}
    assert ask(client, aside[0], tool, user(BEE_QUESTION), aside[1]).choices == plain


def test_content_may_come_in_parts(client: openai.OpenAI) -> None:
    parts = [
        {"type": "text", "text": BEE_QUESTION},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
    ]
    asked = ask(client, {"role": "user", "content": parts})  # type: ignore[dict-item]
    assert asked.choices == ask(client, user(BEE_QUESTION)).choices


@pytest.mark.parametrize(
    "more",
    [
        {"temperature": 1.5, "top_p": 0.1, "max_tokens": 1, "seed": 4, "stop": ["bees"], "user": "me", "n": 1},
        {"frequency_penalty": 1, "presence_penalty": -1, "logit_bias": {"1": 2}, "logprobs": True, "top_logprobs": 2},
        {"max_completion_tokens": 5, "reasoning_effort": "high", "metadata": {"a": "b"}, "store": True},
        {"response_format": {"type": "text"}, "tools": [], "tool_choice": "none", "extra_body": {"unheard_of": [1]}},
        {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "none"},
    ],
)
def test_parameters_that_mean_nothing_here_change_nothing(client: openai.OpenAI, more: dict[str, object]) -> None:
    assert ask(client, user(BEE_QUESTION), **more).choices == ask(client, user(BEE_QUESTION)).choices


def test_models(client: openai.OpenAI, address: str) -> None:
    models = list(client.models.list())
    assert [model.id for model in models] == ["pullquote", "pullquote-fast"]
    assert client.models.retrieve("pullquote-fast") == models[1]
    ModelsOut.model_validate(httpx.get(f"{address}/v1/models").json(), strict=True)
    assert ask(client, user(BEE_QUESTION), model="pullquote-fast").model == "pullquote-fast"


# errors


@pytest.mark.parametrize(
    ("messages", "more", "raised", "param", "said"),
    [
        ([user(BEE_QUESTION)], {"n": 2}, openai.BadRequestError, "n", "one answer"),
        ([user(BEE_QUESTION)], {"tools": [{"type": "function"}]}, openai.BadRequestError, "tools", "no tool"),
        ([user(BEE_QUESTION)], {"functions": [{"name": "f"}]}, openai.BadRequestError, "functions", "no function"),
        (
            [user(BEE_QUESTION)],
            {"response_format": {"type": "json_object"}},
            openai.BadRequestError,
            "response_format",
            "POST /v1/ask gives JSON",
        ),
        ([user(BEE_QUESTION)], {"model": "gpt-4"}, openai.NotFoundError, "model", "choose pullquote or"),
        ([], {}, openai.BadRequestError, "messages", "is empty"),
        ([user(" ")], {}, openai.BadRequestError, "messages", "the question is empty"),
        ([user("x" * (MAX_CHARACTERS + 1))], {}, openai.BadRequestError, "messages", "shorten it"),
        ([user("a\0b")], {}, openai.BadRequestError, "messages", "NUL"),
        ([{"role": "system", "content": "x"}], {}, openai.BadRequestError, "messages", "not the user's"),
        ([user("a"), {"role": "assistant", "content": "b"}], {}, openai.BadRequestError, "messages", "not the user's"),
        ([{"role": "king", "content": "x"}], {}, openai.BadRequestError, "messages[0].role", "Input should be"),
        ([{"role": "user", "content": 3}], {}, openai.BadRequestError, "messages[0].content", "text"),
        ([user(BEE_QUESTION)], {"stream": "yes"}, openai.BadRequestError, "stream", "boolean"),
    ],
)
def test_the_client_raises_its_own_errors(
    client: openai.OpenAI,
    messages: Messages,
    more: dict[str, object],
    raised: type[openai.APIStatusError],
    param: str,
    said: str,
) -> None:
    with pytest.raises(raised) as caught:
        ask(client, *messages, **more)
    error = caught.value
    assert error.param == param
    assert error.type == "invalid_request_error"
    assert error.code == ("model_not_found" if raised is openai.NotFoundError else None)
    assert said in error.message
    is_chat_problem(error.response.text, error.status_code)
    assert error.response.headers["content-type"] == "application/problem+json"


def is_chat_problem(text: str, status: int) -> ChatProblemOut:
    """A problem as everywhere in the API, with `error` besides."""
    found = ChatProblemOut.model_validate_json(text)
    assert found.status == status
    assert found.error.message == found.detail
    assert "\n" not in found.detail
    ProblemOut.model_validate_json(text)
    return found


def test_a_stream_that_cannot_begin_is_an_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        streamed(client, "")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/chat/completions", 405),
        ("POST", "/v1/models", 405),
        ("GET", "/v1/models/gpt-4", 404),
        ("GET", "/v1/chat", 404),
    ],
)
def test_wrong_addresses(address: str, method: str, path: str, status: int) -> None:
    is_chat_problem(httpx.request(method, address + path).text, status)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, "{}", 415),
        ({}, "{", 400),
        ({}, "[]", 400),
        ({}, "null", 400),
        ({}, "[" * 100_000, 400),
        ({}, '{"model": "\\ud800", "messages": [{"role": "user", "content": "x"}]}', 404),
        ({}, '{"model": "pullquote", "messages": [{"role": "user", "content": "\\ud800"}]}', 400),
        ({}, '"' + "x" * QUESTION_BYTES + '"', 413),
        ({"Host": "evil.example"}, "{}", 400),
        ({"Origin": "http://evil.example"}, "{}", 403),
    ],
)
def test_whatever_turns_a_request_away_says_so_in_both_shapes(
    address: str, headers: dict[str, str], body: str, status: int
) -> None:
    headers = {"Content-Type": "application/json", **headers}
    response = httpx.post(f"{address}/v1/chat/completions", content=body, headers=headers, timeout=60)
    assert response.status_code == status
    is_chat_problem(response.text, status)
    assert int(response.headers["content-length"]) == len(response.content)


def test_other_routes_keep_the_one_shape(address: str) -> None:
    assert "error" not in httpx.post(f"{address}/v1/ask", json={}).json()


def test_a_bug_is_a_server_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    encoder = ToyEncoder()
    library = Library.create(tmp_path_factory.mktemp("broken") / "library", encoder)
    index_articles(library, encoder, [BEES])
    broken = Engine(library, encoder, FailingRanker(), SURE)
    with (
        serving(create_api(broken)) as address,
        connected(address) as client,
        pytest.raises(openai.InternalServerError) as caught,
    ):
        ask(client, user(BEE_QUESTION))
    assert caught.value.type == "server_error"
    assert "the server's log has the particulars" in is_chat_problem(caught.value.response.text, 500).detail


class FailingRanker(ToyRanker):
    """A ranker with a bug."""

    def scores(self, query: object, candidates: object) -> list[object]:  # type: ignore[override]
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, "authentication_error", "invalid_api_key"),
        (403, "permission_error", None),
        (422, "invalid_request_error", None),
        (429, "rate_limit_error", "rate_limit_exceeded"),
        (503, "server_error", None),
    ],
)
def test_kinds_of_error(status: int, kind: str, code: str | None) -> None:
    error = error_of({"status": status, "detail": "No."})
    assert error == {"message": "No.", "type": kind, "param": None, "code": code}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "n",
    "tools",
    "tool_choice",
    "response_format",
    "temperature",
]


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5))
def test_no_body_breaks_it(address: str, body: dict[str, object]) -> None:
    sound = {"model": "pullquote", "messages": [user("hello")]}
    content = json.dumps({**sound, **body})
    headers = {"Content-Type": "application/json"}
    response = httpx.post(f"{address}/v1/chat/completions", content=content, headers=headers, timeout=60)
    assert response.status_code in (200, 400, 404), response.text
    if response.status_code != 200:
        is_chat_problem(response.text, response.status_code)


# keys and the queue, whose refusals come from elsewhere


def test_the_clients_key_is_the_librarys(library: Library, toy_encoder: ToyEncoder) -> None:
    _, token = Keys(library.folder).add("front end", Scope.READ)
    engine = Engine(library, toy_encoder, ToyRanker(), SURE)
    with serving(create_api(engine, access=[gate(library.folder, "127.0.0.1")])) as address:
        with connected(address, token) as client:
            assert "40,000 bees" in (ask(client, user(BEE_QUESTION)).choices[0].message.content or "")
        with connected(address) as client:
            with pytest.raises(openai.AuthenticationError) as caught:
                ask(client, user(BEE_QUESTION))
            with pytest.raises(openai.AuthenticationError):
                client.models.list()
    assert caught.value.code == "invalid_api_key"
    is_chat_problem(caught.value.response.text, 401)


def test_a_full_queue_is_a_server_error_that_says_when_to_come_back(engine: Engine) -> None:
    with (
        serving(create_api(engine, turnstile=Turnstile(at_work=1, waiting=-1))) as address,
        connected(address) as client,
        pytest.raises(openai.InternalServerError) as caught,
    ):
        ask(client, user(BEE_QUESTION))
    assert caught.value.status_code == 503
    assert int(caught.value.response.headers["retry-after"]) >= 1
    assert caught.value.type == "server_error"
    is_chat_problem(caught.value.response.text, 503)
