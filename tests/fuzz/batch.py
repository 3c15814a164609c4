"""Any file of questions gives rows, each of which can be asked or says why not; or one line about the file."""

import datetime as dt
import json
import tempfile
from pathlib import Path

from index.errors import QuestionError, UsageError
from qa.batch.questions import FORMATS, open_questions
from qa.question import Turn
from tests.fuzz.shaping import check_line, repeated

SEEDS = [
    bytes([FORMATS.index(format), 0]) + data
    for format, data in (
        (".csv", b'id,question,note\n1,Who came back?,x\n2,"What ""is""\nit?",\n'),
        (".csv", "sep=;\r\nquestion;history;asked_at\r\nUnd das?;[];2023-10-05\r\n".encode("utf-16")),
        (".csv", b"\xef\xbb\xbfquestion\nWho, if anyone?\n"),
        (
            ".jsonl",
            b'{"id": 1, "question": "Who?", "history": [{"role": "user", "content": "Hi"}], "x": {"y": [1e999]}}\n',
        ),
        (".jsonl", b'[{"question": "Who?"}]'),
        (".txt", "Who came back?\n\nWo ist das Café?\n".encode("cp1252")),
    )
]
_FOLDER = tempfile.TemporaryDirectory()


def check(data: bytes) -> None:
    file = Path(_FOLDER.name) / f"questions{FORMATS[data[0] % len(FORMATS)] if data else '.txt'}"
    file.write_bytes(repeated(data[1:]))
    try:
        questions = open_questions(file)
        rows, columns = list(questions), questions.columns
    except UsageError as error:
        check_line(str(error))
        return
    for row in rows:
        json.dumps(row.given, allow_nan=False)
        assert not columns or set(row.given) <= set(columns)
        check_line(row.problem or "-")
        try:
            assert all(isinstance(turn, Turn) for turn in row.history())
            assert isinstance(row.asked_at(), dt.date | None)
        except QuestionError as error:
            check_line(str(error))
