"""Which questions are drawn, and which are kept back."""

import json
from pathlib import Path

import pytest

from training import sets
from training.sets import AGAIN, rows


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Thirty questions a set, of which ten are drawn."""
    for name in sets.SETS:
        (tmp_path / name).mkdir()
        lines = [
            {"question": f"{name} {n}?", "evidence": [{"article_id": str(n // 2), "start": 0, "end": 9}]}
            for n in range(30)
        ]
        (tmp_path / name / "questions.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    monkeypatch.setattr(sets, "SETS", dict.fromkeys(sets.SETS, 10))
    return tmp_path


def test_the_second_draw_is_of_one_set_and_shares_nothing_with_the_first(folder: Path) -> None:
    drawn = rows(folder, 0)
    first = {row.question for row in drawn if row.draw == 0}
    second = [row for row in drawn if row.draw == 1]
    assert len(first) == 40
    assert len(second) == 10
    assert {row.kind for row in second} == {AGAIN}
    assert not first & {row.question for row in second}


def test_a_seed_draws_the_same_again(folder: Path) -> None:
    assert rows(folder, 3) == rows(folder, 3)
    assert rows(folder, 3) != rows(folder, 4)


def test_an_article_is_kept_back_with_all_its_questions(folder: Path) -> None:
    kept: dict[str, set[bool]] = {}
    for row in rows(folder, 0):
        kept.setdefault(row.evidence[0][0], set()).add(row.kept_back)
    assert all(len(ways) == 1 for ways in kept.values())
