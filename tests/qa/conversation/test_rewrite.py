"""Follow-up questions: what they lean on is found, and what stands alone is left alone."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.conversation.leaning import leaning
from qa.conversation.rewrite import rewrite
from qa.conversation.word import with_names, words_of
from qa.question import MAX_CHARACTERS, Turn


def talk(*contents: str) -> list[Turn]:
    """A conversation that the user opens."""
    return [Turn("assistant" if number % 2 else "user", content) for number, content in enumerate(contents)]


BREWER = talk(
    "Who founded the Old Lantern brewery?",
    "“Ida Morton opened the brewery in Leith in 1896, with two copper kettles and a loan from her uncle.” [1]",
)
CANAL = talk(
    "What closed the Velden Canal?",
    "“The Velden Canal was shut on Sunday after a barge struck the eastern lock gate.” [1]",
)
BEES = talk(
    "How do honey bees keep warm in winter?",
    "“Honey bees cluster around the queen and shiver. A cluster of honey bees may reach 35 degrees at its core.” [1]",
)
CUP = talk(
    "Which country won the Harvest Cup in 1984?",
    "“Norland lifted the Harvest Cup in 1984, and the streets of Halden were full until morning.” [1]",
)
SUMMIT = talk(
    "Who met the premier in Halden?",
    "“The premier, Oskar Lund, received Mira Tan in Halden on Tuesday and spoke of a new railway.” [1]",
)
VISIT = talk(
    "Who met Oskar Lund in Halden?",
    "“Oskar Lund told Mira Tan in Halden on Tuesday that the new railway would be open by May.” [1]",
)
CONVERSATIONS = [BREWER, CANAL, BEES, CUP, SUMMIT, VISIT]


@pytest.mark.parametrize(
    ("history", "question", "rewritten"),
    [
        # people take the pronoun's place
        (BREWER, "When did she die?", "When did Ida Morton die?"),
        (BREWER, "What was her husband's trade?", "What was Ida Morton's husband's trade?"),
        (BREWER, "how old was she", "how old was Ida Morton"),
        (BREWER, "Who taught her?", "Who taught Ida Morton?"),
        (VISIT, "What did she say about fishing rights?", "What did Mira Tan say about fishing rights?"),
        (
            SUMMIT,
            "What did she say about fishing rights?",
            "What did she say about fishing rights? (Oskar Lund, Mira Tan)",
        ),
        # things are named behind
        (CANAL, "When did it reopen?", "When did it reopen? (Velden Canal)"),
        (CANAL, "Who owns the canal?", "Who owns the canal? (Velden Canal)"),
        (CANAL, "Which firm repaired it?", "Which firm repaired it? (Velden Canal)"),
        (BEES, "What do they eat?", "What do they eat? (honey bees)"),
        (BEES, "How many of these insects live in a hive?", "How many of these insects live in a hive? (honey bees)"),
        # what is left out
        (CANAL, "What about the other locks?", "What about the other locks? (Velden Canal)"),
        (CANAL, "What were the costs?", "What were the costs? (Velden Canal)"),
        (BEES, "What is the role of the queen?", "What is the role of the queen? (honey bees)"),
        (CUP, "And in 1992?", "And in 1992? (Harvest Cup)"),
        (CUP, "Who scored?", "Who scored? (Harvest Cup)"),
        # times and places
        (CUP, "Who was the trainer then?", "Who was the trainer then? (1984, Harvest Cup)"),
        (CUP, "Where was it played that year?", "Where was it played that year? (1984, Harvest Cup)"),
        (SUMMIT, "Who lives there?", "Who lives there? (Halden, premier)"),
        (SUMMIT, "Who won the sailing race there?", "Who won the sailing race there? (Halden, premier)"),
    ],
)
def test_a_follow_up_says_what_it_leans_on(history: list[Turn], question: str, rewritten: str) -> None:
    assert rewrite(question, history) == rewritten


@pytest.mark.parametrize("history", CONVERSATIONS)
@pytest.mark.parametrize(
    "question",
    [
        "Who was Ada Lovelace and when was she born?",
        "who was ada lovelace and when was she born",
        "who plays the lighthouse keeper in the silver tide",
        "what does it mean to be on probation",
        "how long does it take to knit a jumper",
        "why is it important to sharpen kitchen knives",
        "where does the heron build its nest",
        "when did they stop printing postage stamps on silk",
        "who sings it rained on my wedding day",
        "how many episodes are there in the glass orchard",
        "where will the book fair be held this year",
        "Which chemical element has the symbol W?",
        "What is the capital of Mongolia?",
        "what is another name for the aubergine plant",
        "which other metals than iron can a magnet pull",
        "The ferry to Skarn ran aground on Friday near Torsund. Which company runs it?",
        "Name the composer of the opera The Tin Soldier.",
        "Who beat Gov. Brandt?",
        "Who drowned yesterday?",
        "What happened today?",
        "What happened this week?",
        "What was the story of the month?",
        "What is the population of the world?",
        "Fjordlaks new owner",
        "Latest on Skarn",
        "What time is it in Skarn?",
        "Who made it through to the regatta?",
        "?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(history: list[Turn], question: str) -> None:
    assert rewrite(question, history) is None


def test_a_question_about_a_name_stands_alone_though_the_talk_knows_the_name() -> None:
    assert rewrite("What did Fjordlaks see?", talk("How many boats did Fjordlaks need?", "“Six.” [1]")) is None


def test_a_day_alone_does_not_say_of_what() -> None:
    assert rewrite("Who won in 1992?", CUP) == "Who won in 1992? (Harvest Cup)"
    assert rewrite("Who won last year?", CUP) == "Who won last year? (Harvest Cup)"
    assert rewrite("What happened next?", CUP) == "What happened next? (Harvest Cup)"
    assert rewrite("What happened last time?", CUP) == "What happened last time? (Harvest Cup)"


def test_the_answer_to_a_question_that_is_corrected_does_not_count() -> None:
    history = [
        *talk("How tall is the Marren lighthouse?", "“The Marren lighthouse rises 31 metres above the rocks.” [1]"),
        *talk("How old is the bell?", "“Bell peppers keep for a week. Bell peppers freeze well.” [1]"),
    ]
    rewritten = rewrite("No, I meant the fog bell.", history)
    assert rewritten is not None
    assert "pepper" not in rewritten
    assert "Marren lighthouse" in rewritten


def test_the_latest_topic_is_named_after_a_change() -> None:
    history = [*BEES, *CANAL]
    assert rewrite("How deep is it?", history) == "How deep is it? (Velden Canal)"


def test_an_answer_names_a_name_in_full() -> None:
    history = talk(
        "Who helps stranded seals in Torsund?",
        "“The Northern Seal Trust has taken in forty pups. Donors to the Northern Seal Trust paid for the pool.” [1]",
    )
    assert rewrite("How is the trust funded?", history) == "How is the trust funded? (Northern Seal Trust)"


@pytest.mark.parametrize(
    ("question", "answer", "rewritten"),
    [
        ("Who taught Ola Berg?", "“Fisherman Ola Berg learned from his aunt.” [1]", "How old is Ola Berg?"),
        ("Who is Ola Berg?", "“Ola Dahl Berg is a fisherman from Skarn.” [1]", "How old is Ola Berg?"),
        ("Who is Berg?", "“Ola Berg is a fisherman from Skarn.” [1]", "How old is Ola Berg?"),
    ],
)
def test_a_name_of_several_words_stays_as_the_user_says_it(question: str, answer: str, rewritten: str) -> None:
    assert rewrite("How old is he?", talk(question, answer)) == rewritten


def test_no_verb_is_part_of_a_name() -> None:
    history = talk("Which firm fired Ida Morton?", "“Norvik's board fired Ida Morton on Friday.” [1]")
    assert rewrite("When was she born?", history) == "When was Ida Morton born?"
    history = talk("When did Ida Morton rename her boat?", "“Ida Morton renamed the boat on Friday.” [1]")
    assert rewrite("When was she born?", history) == "When was Ida Morton born?"


@pytest.mark.parametrize(
    ("question", "rewritten"),
    [("How old is she?", "How old is Ida Morton?"), ("Who lives there?", "Who lives there? (Skarn, Ida Morton)")],
)
def test_no_name_goes_on_behind_a_short_title(question: str, rewritten: str) -> None:
    history = talk("Who runs Skarn?", "“Skarn Gov. Ida Morton won in Skarn on Tuesday.” [1]")
    assert rewrite(question, history) == rewritten


@pytest.mark.parametrize(
    ("asked", "question", "rewritten"),
    [
        ("Which barge blocked the Velden Canal?", "How much did it cost?", "How much did it cost? (Velden Canal)"),
        ("How tall is Marren Tower?", "Why?", "Why? (Marren Tower)"),
        ("Didn't barley do better before?", "When was it sown?", "When was it sown? (barley)"),
        ("What does Fjordlaks do with barley?", "When was it founded?", "When was it founded? (Fjordlaks)"),
        ("How much snow fell in Bergvik?", "What about rain?", "What about rain? (Bergvik, snow)"),
        ("How many children went to Bergvik?", "Why?", "Why? (Bergvik, children)"),
        ("Who won the Women's Harvest Cup?", "Where was it held?", "Where was it held? (Women's Harvest Cup)"),
    ],
)
def test_what_is_named_behind_is_a_name_or_a_noun(asked: str, question: str, rewritten: str) -> None:
    assert rewrite(question, talk(asked, "“Nobody would tell.” [1]")) == rewritten


SALE = talk(
    "Which chain will buy Norvik Lamps?",
    "“On Sunday Fjordlaks Lamps agreed to buy Norvik Lamps for two boats.” [1]",
)
HOST = talk("Which town has the Harvest Cup?", "“In Norland, Skarn has the Harvest Cup.” [1]")


@pytest.mark.parametrize(
    ("history", "question", "rewritten"),
    [
        (SALE, "How much will it pay?", "How much will it pay? (Fjordlaks Lamps, Norvik Lamps)"),
        (SALE, "What did the chain say?", "What did the chain say? (Fjordlaks Lamps, Norvik Lamps)"),
        (CUP, "What is its capital?", "What is its capital? (Norland, Harvest Cup)"),
        (HOST, "How large is it?", "How large is it? (Skarn, Harvest Cup)"),
    ],
)
def test_it_is_what_the_last_answer_named(history: list[Turn], question: str, rewritten: str) -> None:
    assert rewrite(question, history) == rewritten


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("In which town was the Harvest Cup?", "“The Harvest Cup was in Skarn on Friday.” [1]"),
        ("Which skater won the Harvest Cup?", "“Mira Tan won the Harvest Cup on Friday.” [1]"),
        ("Which towns held the Harvest Cup?", "“Skarn and Torsund held the Harvest Cup.” [1]"),
        ("Which town wants the Harvest Cup?", "“Towns such as ours want the Harvest Cup.” [1]"),
        ("Which town wants the Harvest Cup?", "“Fear of the Harvest Cup is common.” [1]"),
    ],
)
def test_it_is_nobody_and_no_one_of_several(question: str, answer: str) -> None:
    assert rewrite("Where was it held?", talk(question, answer)) == "Where was it held? (Harvest Cup)"


def test_a_verb_may_be_named_where_it_is_a_noun_too() -> None:
    assert rewrite("When did it begin?", talk("Why do we row?", "“Many love rowing.” [1]")) == (
        "When did it begin? (rowing)"
    )


def test_a_day_is_named_to_none_but_then_and_no_firm_is_a_person() -> None:
    history = talk("Did Fjordlaks close in July?", "“Fjordlaks closed in July, the board of Fjordlaks said.” [1]")
    assert rewrite("Who is its owner?", history) == "Who is its owner? (Fjordlaks)"
    assert rewrite("What happened then?", history) == "What happened then? (July, Fjordlaks)"
    assert rewrite("How old is he?", talk("Who led the board of Norvik?", "“The board of Norvik said.” [1]")) == (
        "How old is he? (Norvik)"
    )


BOTH = talk("What did Morton say about Lund?", "“Ida Morton said that Oskar Lund rows badly.” [1]")


@pytest.mark.parametrize(
    ("question", "rewritten"),
    [
        ("What did she say about Brandt?", "What did Ida Morton say about Brandt?"),
        ("Where did she say so?", "Where did Ida Morton say so?"),
        ("How old is she?", "How old is she? (Ida Morton, Oskar Lund)"),
        ("Did he answer?", "Did he answer? (Ida Morton, Oskar Lund)"),
    ],
)
def test_of_two_people_the_one_in_the_pronouns_place_is_meant(question: str, rewritten: str) -> None:
    assert rewrite(question, BOTH) == rewritten


@pytest.mark.parametrize(
    ("asked", "question", "rewritten"),
    [
        ("How did Ida Morton escape from prison?", "What about Oskar Lund?", "What about Oskar Lund? (prison)"),
        ("Who is Ida Morton?", "What about Oskar Lund?", None),
        # a place in the stead of a place, and of whom that is said stays
        ("What did Ida Morton say about Skarn?", "What about Port Halden?", "What about Port Halden? (Ida Morton)"),
        ("Who is Ida Morton?", "What about Halden City?", "What about Halden City? (Ida Morton)"),
    ],
)
def test_a_person_is_named_in_anothers_stead(asked: str, question: str, rewritten: str | None) -> None:
    assert rewrite(question, talk(asked, "“Ida Morton would not tell.” [1]")) == rewritten


def test_of_two_people_neither_takes_the_pronouns_place() -> None:
    history = talk(
        "What did the talks bring?",
        "“Oskar Lund told reporters that a deal was near. Ivo Brandt said that nothing was signed.” [1]",
    )
    rewritten = rewrite("Where was he born?", history)
    assert rewritten is not None
    assert rewritten.startswith("Where was he born? (")


@settings(deadline=None)
@given(st.text())
def test_without_a_conversation_nothing_is_rewritten(question: str) -> None:
    assert rewrite(question, []) is None


_TURNS = st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), st.text(max_size=200)), max_size=6)
_SPEECH = """
What Why When Who did does is was it he she his they them these that there then the other first last causes Ida Morton
canal lock gate honey bees Harvest Cup 1984 in about No I meant and . ? , “ ” 's
"""
_PHRASES = st.lists(st.sampled_from(_SPEECH.split()), max_size=14).map(" ".join)
_SPOKEN = st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), _PHRASES), max_size=8)


@settings(deadline=None)
@given(st.text(max_size=MAX_CHARACTERS) | _PHRASES, _TURNS | _SPOKEN)
def test_any_question_after_any_conversation(question: str, history: list[Turn]) -> None:
    rewritten = rewrite(question, history)
    assert rewritten == rewrite(question, history)
    if rewritten is not None:
        assert len(rewritten) <= MAX_CHARACTERS
        kept = {word.key for word in words_of(rewritten)}
        assert {word.key for word in words_of(question) if word.kind in ("topic", "related")} <= kept


@settings(deadline=None)
@given(_PHRASES)
def test_pronouns_are_found_where_they_stand(question: str) -> None:
    for pronoun in leaning(question).pronouns:
        assert question[pronoun.start : pronoun.end] == pronoun.text


def test_a_rewriting_that_would_be_too_long_is_not_made() -> None:
    question = "When did it reopen" + "?" * (MAX_CHARACTERS - 18)
    assert len(question) == MAX_CHARACTERS
    assert rewrite(question, CANAL) is None


def test_a_long_conversation_costs_little() -> None:
    answer = " ".join(f"The Velden Canal has lock number {n}, which keeper Ida Morton opened." for n in range(8))
    history = talk(*(text for n in range(10) for text in (f"Who keeps lock {n} of the canal?", answer)))
    rewrite("When did it reopen?", history)
    started = time.process_time()
    for _ in range(10):
        rewrite("When did it reopen?", history)
    assert (time.process_time() - started) / 10 < 0.05  # a tenth of that where the machine is idle


@pytest.mark.parametrize("question", ["in " + "a" * 900 + " b c d", "it is " * 150, "and " + "x " * 400, "." * 900])
def test_no_question_takes_long(question: str) -> None:
    started = time.process_time()
    rewrite(question, CANAL)
    assert time.process_time() - started < 0.5


NAMES = [
    "Will Smith", "Theresa May", "Martin Short", "George Best", "Bob Hope", "Hope Hicks", "Mark Long", "Kate Bush",
    "Thomas More", "Rosa Good", "April Still", "Neil Young",
]  # fmt: skip


@pytest.mark.parametrize("name", [*NAMES, "Will Long", "Hope May"])
def test_a_name_that_holds_a_word_of_talking_is_kept_whole(name: str) -> None:
    assert rewrite("How old is he?", talk(f"What did {name} say on Friday?")) == f"How old is {name}?"
    chosen = talk("Who got the shell prize?", f"“The jury in Skarn chose {name} for the shell prize on Friday.” [1]")
    assert rewrite("How old is she?", chosen) == f"How old is {name}?"
    assert rewrite(f"Who is {name}?", CANAL) is None


@pytest.mark.parametrize("name", NAMES)
def test_such_a_name_may_open_the_answer(name: str) -> None:
    history = talk("Who won the shell prize?", f"“{name} won the shell prize on Friday.” [1]")
    assert rewrite("How old is he?", history) == f"How old is {name}?"


@pytest.mark.parametrize(
    ("question", "answer", "rewritten"),
    [
        (
            "Who runs Best Norland?",
            "“Best Norland, the lamp chain, hired Will Long as its head on Monday.” [1]",
            "Where was Will Long born?",
        ),
        (
            "What did Theresa May open in Halden?",
            "“Former prime minister Theresa May visited Halden and opened the museum on 12 April.” [1]",
            "Where was Theresa May born?",
        ),
        # the small word elsewhere in the talk does not take the name apart
        (
            "What will Will Smith do about the best rowers, and how long may he wait?",
            "“Will Smith said that he hopes for the best.” [1]",
            "Where was Will Smith born?",
        ),
    ],
)
def test_such_a_name_is_found_among_other_words(question: str, answer: str, rewritten: str) -> None:
    assert rewrite("Where was he born?", talk(question, answer)) == rewritten


@pytest.mark.parametrize(
    "text",
    [
        "Will Norland leave the pact?",
        "“The pact holds.” In Halden nobody spoke.",
        "Meanwhile Halden slept.",
        "They met in Halden in May Norland said.",
        "The match was on Friday May 9 in Halden.",
        "What Will Norland Do?",
        "The coast of Halden It's always mild.",
        "Last Friday Halden voted.",
    ],
)
def test_what_only_looks_like_such_a_name_is_not_joined(text: str) -> None:
    assert [word.text for word in with_names(words_of(text)) if word.kind == "topic"] == [
        word.text for word in words_of(text) if word.kind == "topic"
    ]


def test_a_word_that_is_also_written_small_makes_no_name() -> None:
    words = words_of("Why Whole Milk")
    assert with_names(words)[1].kind == "topic"
    assert with_names(words, {"milk"})[1].kind == "light"


@pytest.mark.parametrize(
    ("question", "answer", "rewritten"),
    [
        (
            "Who will play the lead in Kelda Nights?",
            "“Martin Short will play the lead in the musical Kelda Nights, the theatre said.” [1]",
            "When was Martin Short born?",
        ),
        (
            "Which singer opened Kelda Nights?",
            "“Mira Tan opened Kelda Nights on Friday.” [1]",
            "When was Mira Tan born?",
        ),
        (
            "Who wrote the novel Grey Harbour?",
            "“Grey Harbour was written by Ola Berg in 1960.” [1]",
            "When was Ola Berg born?",
        ),
        ("Who is Ola Berg?", "“Ola Berg is a fisherman from Skarn.” [1]", "When was Ola Berg born?"),
    ],
)
def test_the_person_takes_the_pronouns_place_and_not_the_work(question: str, answer: str, rewritten: str) -> None:
    assert rewrite("When was he born?", talk(question, answer)) == rewritten


@pytest.mark.parametrize(
    ("question", "rewritten"),
    [
        ("Who was Ada Berg?", "Whom did Ada Berg marry?"),
        ("Who's Ada Berg?", "Whom did Ada Berg marry?"),
        ("Who was the composer Ada Berg?", "Whom did Ada Berg marry?"),
        ("Who is Berg?", "Whom did she marry? (Berg)"),
        ("Who confirmed the death?", "Whom did Ellen Lund marry?"),
        ("Who is President?", "Whom did Ellen Lund marry?"),
        ("Who is Fjordlaks CEO?", "Whom did Ellen Lund marry?"),
        ("Who Is The Mayor Of Bergvik?", "Whom did Ellen Lund marry?"),
    ],
)
def test_who_is_asked_about_by_name_is_meant_and_nobody_whom_the_answer_names(question: str, rewritten: str) -> None:
    history = talk(question, "“Her death was confirmed by her daughter, Ellen Lund.” [1]")
    assert rewrite("Whom did she marry?", history) == rewritten


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is Kelda Nights about?", "“Kelda Nights tells of a fishing village.” [1]"),
        ("Who directed Kelda Nights?", "“Kelda Nights was directed by its author.” [1]"),
        ("What happened in Port Skarn?", "“Port Skarn burned on Friday.” [1]"),
    ],
)
def test_a_work_or_a_place_takes_no_persons_place(question: str, answer: str) -> None:
    rewritten = rewrite("When was he born?", talk(question, answer))
    assert rewritten is not None
    assert rewritten.startswith("When was he born? (")


FARM = talk(
    "How many jobs will Fjordlaks cut?",
    "“The salmon farmer Fjordlaks will cut 240 jobs at its Skarn plant.” [1]",
)


@pytest.mark.parametrize(
    "question",
    [
        "How many employees does the company have?",
        "how many employees does the company have",
        "What did the company say on Tuesday?",
        "Did the company pay a ransom?",
        "What is the company's revenue?",
        "Who owns the firm?",
        "Who led the firm for nine years?",
        "Where is the firm based?",
        "How did the union respond to the cuts?",
        "Why did the minister resign?",
        "What was the report about?",
        "Who runs the firm now?",
    ],
)
def test_the_company_is_the_one_that_was_named(question: str) -> None:
    assert rewrite(question, FARM) == f"{question} (Fjordlaks)"


@pytest.mark.parametrize("history", [*CONVERSATIONS, FARM])
@pytest.mark.parametrize(
    "question",
    [
        "Did the minister of fisheries resign?",
        "What did the company Norvik say?",
        "What did the firm that builds lamps say?",
        "What is the company with the most employees?",
        "Who leads the committee on fishing in Norland?",
        "What did Ola Berg tell the company?",
        "Norvik cut 30 jobs. What did the company say?",
        "Which company employs the most people?",
        "who sings the song only in my dreams",
        "where did the film small hours take place",
        "who plays the aunt in the movie",
        "how did mira tan lose the game",
        "Who invented the train?",
        "Who makes the law?",
        "How does the court system work?",
    ],
)
def test_the_company_that_is_told_apart_is_left_alone(history: list[Turn], question: str) -> None:
    assert rewrite(question, history) is None


def test_a_hostile_conversation_is_read_in_time() -> None:
    """It took minutes, when each word of a long row of capitals was compared with all others."""
    history = [Turn(role, "Ab " * 333) for _ in range(9) for role in ("user", "assistant")]
    started = time.process_time()
    rewrite("the Ab " * 142, history)
    assert time.process_time() - started < 10
