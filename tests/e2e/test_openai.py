"""The official OpenAI client against the real server over the sample library: a chat front end's day."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletion

from qa.engine import Engine
from qa.question import turns
from tests.e2e.conftest import served

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

QUESTION = "At what time of day did India's lander reach the lunar surface?"
Messages = list[dict[str, str]]


@pytest.fixture(scope="module")
def address(sample_library: Path) -> Iterator[str]:
    with served(sample_library) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", timeout=240) as client:
        yield client


def ask(client: openai.OpenAI, messages: Messages) -> ChatCompletion:
    return client.chat.completions.create(model=client.models.list().data[0].id, messages=messages)  # type: ignore[arg-type]


def said(completion: ChatCompletion) -> str:
    return completion.choices[0].message.content or ""


def quoted(completion: ChatCompletion) -> list[str]:
    found = [one.url_citation for one in completion.choices[0].message.annotations or []]
    return [said(completion)[one.start_index : one.end_index] for one in found]


def test_the_sentences_are_the_engines(client: openai.OpenAI, sample_engine: Engine) -> None:
    completion = ask(client, [{"role": "user", "content": QUESTION}])
    answer = sample_engine.ask(QUESTION)
    assert quoted(completion) == [citation.text for citation in answer.citations]
    assert "6:04 p.m." in said(completion)
    stream = client.chat.completions.create(
        model="pullquote", messages=[{"role": "user", "content": QUESTION}], stream=True
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == said(completion)


def test_a_citation_leads_to_the_sentence(client: openai.OpenAI, address: str) -> None:
    completion = ask(client, [{"role": "user", "content": QUESTION}])
    (first, *_) = completion.choices[0].message.annotations or []
    url = first.url_citation.url
    assert url.startswith(f"{address}/a/")
    page = httpx.get(url, timeout=240)
    assert page.status_code == 200
    assert "<mark" in page.text


def test_a_conversation_goes_on(client: openai.OpenAI, sample_engine: Engine) -> None:
    asked = "Who met Vladimir Putin in Moscow?"
    first = ask(client, [{"role": "user", "content": asked}])
    follow_up = "What did he say about Taiwan?"
    messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": said(first)}]
    second = ask(client, [*messages, {"role": "user", "content": follow_up}])
    history = [{"role": "user", "content": asked}]
    if quoted(first):
        history.append({"role": "assistant", "content": " ".join(quoted(first))})
    expected = sample_engine.ask(follow_up, history=turns(history))
    assert expected.rewritten is not None
    assert said(second).startswith("Asked as: ")
    assert quoted(second) == [citation.text for citation in expected.citations]


def test_an_abstention_is_said(client: openai.OpenAI) -> None:
    completion = ask(client, [{"role": "user", "content": "Who won the 1950 World Cup?"}])
    assert completion.choices[0].finish_reason == "stop"
    assert not quoted(completion)
    assert "The nearest sentences" in said(completion)


def test_errors_are_the_clients_own(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="choose pullquote"):
        client.chat.completions.create(model="gpt-4", messages=[{"role": "user", "content": QUESTION}])
    with pytest.raises(openai.BadRequestError, match="shorten it to 1000"):
        ask(client, [{"role": "user", "content": "x" * 1001}])
    with pytest.raises(openai.BadRequestError, match="no tool can be called"):
        client.chat.completions.create(
            model="pullquote",
            messages=[{"role": "user", "content": QUESTION}],
            tools=[{"type": "function", "function": {"name": "look_up"}}],
        )
