"""Small talk gets the fixed reply; a question to the articles never does."""

import time

import pytest

from qa.smalltalk import small_talk

CHAT = """
Hello|hello!|HI|hey there|Good morning!|Hello 👋|Ｈｅｌｌｏ|hi, how are you?|thanks|Thank you very much!|OK, thanks.
Thanks for your help|thanks a lot for the quick answer|no thanks|thanks, bye|bye|Good night|What can you do?
what can you do for me|WHAT CAN YOU DO|What do you know?|Who are you?|help|Help me please|Can you help me?
How do you work?|How does this work?|How does it work?|What is this?|What's this?|What’s this about?
What is this article about?|Are you a bot?|are you real|what can i ask you?|Hello, what can you do?
summarise this|Summarize this!|summarise|please summarise the article|Can you summarise this for me, please?|TL;DR
tldr|Sum up the news|sum this up|Summarise all of the articles in three sentences|Summarise this in 50 words
translate this into German|explain this|Give me a summary of this|Hi! Summarise this please|summarise everything
Explain this to me in simple words
"""
QUESTIONS = """
Who can help me find what Putin said?|What can China do about Taiwan?|What is this summit about?
How does it work with Russia?|Summarise what Wang said about Taiwan|Hello, who is Wang Yi?
Thanks for the info, who is Wang Yi?|Thanks for Ukraine|What do you know about Wang?|summarise the news in Ukraine
Explain in short why Putin met Wang|Summarise all articles about Taiwan|Help for refugees|Who said hello?
What are you doing in Ukraine|Who made the law?|How does the vaccine work?|Are they real?|Who are they?
What does it do?|How can China help?|translate Putin's speech|explain the treaty|Explain Brexit
What is this war about?|How do you say ship?|How are you affected by the strike?|Who wrote the article?|Why?
What happened in the news?|What is a summary judgment?|What are the articles of the treaty?|What is the ship?
Hi-tech exports?|Bye-election results|thank|What did the help cost?
"""


def turns(table: str) -> list[str]:
    return [turn for line in table.split("\n") for turn in line.split("|") if turn]


@pytest.mark.parametrize("turn", turns(CHAT))
def test_small_talk_gets_a_reply(turn: str) -> None:
    assert small_talk(turn)


@pytest.mark.parametrize(
    "turn",
    ["How does it work?", "how does this work", "What is this about?", "Explain this", "Thanks, explain it to me"],
)
def test_behind_a_conversation_this_is_what_was_spoken_of(turn: str) -> None:
    assert small_talk(turn)
    assert small_talk(turn, follows=True) is None


@pytest.mark.parametrize("turn", ["Thanks", "What can you do?", "How do you work?", "Summarise this"])
def test_small_talk_stays_so_behind_a_conversation(turn: str) -> None:
    assert small_talk(turn, follows=True)


@pytest.mark.parametrize("question", turns(QUESTIONS))
def test_a_question_is_not_small_talk(question: str) -> None:
    assert small_talk(question) is None


def test_what_it_can_do_is_said_honestly() -> None:
    for turn in ("What can you do?", "summarise this", "Hello"):
        reply = small_talk(turn) or ""
        assert "word for word" in reply
        assert "do not write, summarise or translate" in reply


@pytest.mark.parametrize("part", ["please ", "thanks for the ", "summarise in one ", "hello ", "all of the ", "a", "!"])
def test_no_turn_is_long_in_the_matching(part: str) -> None:
    started = time.perf_counter()
    small_talk((part * 1000)[:1000])
    assert time.perf_counter() - started < 0.5
