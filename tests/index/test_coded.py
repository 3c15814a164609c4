"""A dense view too large to compare every vector: codes first, with the size from which it is so lowered."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faiss as _faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index import dense, nearest
from index.article import Article
from index.commit import Prepared
from index.dense import Dense
from index.digests import digest_of_file, digest_of_json
from index.library import Library
from index.nearest import Coded
from index.passage import make_passages
from index.split import split_sentences
from index.update import remove_articles
from qa.doctor import examine
from tests.index.damage import ARTICLES, OTHERS, QUESTIONS, TOWNS, make, never_wrong
from tests.index.test_damage import DAMAGES, ORIGINALS, damage, flip
from tests.toy import ToyEncoder

faiss: Any = _faiss  # it adds ways of calling to its classes at run time, out of mypy's sight

DIMENSION = 26  # of the toy encoder, whose library this is
EACH = 100  # passages of an article
Vectors = dict[int, NDArray[np.float32]]


@pytest.fixture(autouse=True, scope="module")
def lowered() -> Iterator[None]:
    """Codes from 300 passages on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "FLAT_UP_TO", 300)
        patch.setattr(dense, "FOLD_AT", 150)
        yield


def vectors_of(number: int, count: int = EACH) -> NDArray[np.float32]:
    """Vectors of an article: around a few of forty middles, as sentences on a few subjects lie."""
    middles = np.random.default_rng(0).normal(size=(40, DIMENSION))
    chance = np.random.default_rng(number + 1)
    found = middles[chance.integers(0, 40, count)] + 0.3 * chance.normal(size=(count, DIMENSION))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def add(library: Library, *numbers: int) -> None:
    with library.writing() as writer:
        for number in numbers:
            article = Article(f"{number}", "".join(f"Sentence {n} of {number}. " for n in range(EACH)), f"T{number}")
            spans = split_sentences(article.text)
            passages = make_passages(spans)
            writer.put(article, Prepared(spans, passages, vectors_of(number)))


def held(library: Library) -> tuple[Dense, Vectors]:
    """The view, and what the truth says is in it."""
    with library.reading() as (snapshot, truth):
        blocks = list(truth.vectors_added(-1, DIMENSION))
        return snapshot.dense, {int(k): v for keys, rows in blocks for k, v in zip(keys, rows, strict=True)}


def exact(vectors: Vectors, question: NDArray[np.float32], count: int) -> list[tuple[int, float]]:
    cosines = {key: float(vector @ question[0]) for key, vector in vectors.items()}
    return sorted(cosines.items(), key=lambda item: (-item[1], item[0]))[:count]


def question_of(seed: int) -> NDArray[np.float32]:
    return vectors_of(10_000_000 + seed, 1)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library.create(tmp_path / "library", ToyEncoder())
    add(library, *range(8))
    return library


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dense, Vectors]:
    """A view with codes, a tail, and dead passages in both."""
    library = Library.create(tmp_path_factory.mktemp("coded") / "library", ToyEncoder())
    add(library, *range(20))
    add(library, 20)
    with library.reading():  # from here on the view holds what is removed next
        pass
    remove_articles(library, ["3"])
    view, vectors = held(library)
    assert isinstance(view.base, Coded)
    assert view.tail.ntotal
    assert len(view.dead)
    return view, vectors


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), count=st.integers(1, 80), allowed=st.none() | st.integers(0, 2**32 - 1))
def test_all_compared_again_is_numpy_top_k(
    mixed: tuple[Dense, Vectors], seed: int, count: int, allowed: int | None
) -> None:
    view, vectors = mixed
    bitmap = None
    if allowed is not None:
        bitmap = np.random.default_rng(allowed).random(max(vectors) + 1) < np.random.default_rng(allowed + 1).random()
        vectors = {key: vector for key, vector in vectors.items() if bitmap[key]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "AGAIN_AT_LEAST", 10_000)
        hits = view.search(question_of(seed), count, bitmap)
    expected = exact(vectors, question_of(seed), count)
    assert [hit.cosine for hit in hits] == pytest.approx([cosine for _, cosine in expected], abs=1e-6)
    assert all(
        hit.cosine == pytest.approx(float(vectors[hit.passage] @ question_of(seed)[0]), abs=1e-6) for hit in hits
    )
    assert len({hit.passage for hit in hits}) == len(hits)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.05, 0.002])
def test_recall_is_99_of_100_whatever_is_allowed(mixed: tuple[Dense, Vectors], share: float) -> None:
    view, vectors = mixed
    bitmap = np.random.default_rng(1).random(max(vectors) + 1) < share
    some = {key: vector for key, vector in vectors.items() if bitmap[key]}
    found = total = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "AGAIN_AT_LEAST", 1)
        patch.setattr(nearest, "AGAIN", 4)  # of 1,900, not of hundreds of thousands
        for seed in range(40):
            wanted = {key for key, _ in exact(some, question_of(seed), 50)}
            hits = view.search(question_of(seed), 50, bitmap if share < 1 else None)
            found, total = found + len(wanted & {hit.passage for hit in hits}), total + len(wanted)
    assert found / total >= 0.99
    assert share * len(vectors) > 200 or found == total, "few are all compared again"


def test_adding_removing_and_folding_keep_every_passage(library: Library) -> None:
    for added, removed in (((8,), ("1", "2")), (range(9, 20), ("0", "8", "13"))):
        add(library, *added)
        remove_articles(library, removed)
        view, vectors = held(library)
        assert view.tail.ntotal == 0, "it was folded"
        assert list(dense.keys_of(view)) == sorted(vectors)
        assert np.array_equal(view.base.vectors, [vectors[key] for key in sorted(vectors)])


def test_a_library_that_shrinks_is_compared_whole_again(library: Library) -> None:
    remove_articles(library, [f"{number}" for number in range(6)])
    view, vectors = held(library)
    assert not isinstance(view.base, Coded)
    assert len(view) == len(vectors) == 200
    assert not list(library.folder.glob("dense-*.vectors"))


def test_the_same_truth_gives_the_same_files(library: Library, tmp_path: Path) -> None:
    shutil.copytree(library.folder, tmp_path / "other")
    (tmp_path / "other" / dense.HEADER).unlink()
    Library(tmp_path / "other").close()
    for pattern in ("dense-*.faiss", "dense-*.vectors"):
        one, other = (next(folder.glob(pattern)) for folder in (library.folder, tmp_path / "other"))
        assert one.read_bytes() == other.read_bytes()


def test_a_reader_reads_on_while_the_files_are_replaced(library: Library) -> None:
    reader, asked = Library(library.folder), question_of(1)
    with reader.reading() as (snapshot, _):
        before = snapshot.dense.search(asked, 50)
        file = next(library.folder.glob("dense-*.vectors"))
        remove_articles(library, ["1", "2"])
        assert not file.exists()
        assert snapshot.dense.search(asked, 50) == before
    with reader.reading() as (snapshot, truth):
        keys = set(truth.passage_keys())
        assert len(keys) == len(snapshot.dense) == 600
        assert {hit.passage for hit in snapshot.dense.search(asked, 50)} <= keys


def test_files_that_another_process_is_replacing_leave_what_is_held(library: Library) -> None:
    reader = Library(library.folder)
    with reader.reading():
        pass
    add(library, 8, 9)
    next(library.folder.glob("dense-*.vectors")).unlink()
    with reader.reading() as (snapshot, truth):
        assert isinstance(snapshot.dense.base, Coded)
        assert sorted(dense.keys_of(snapshot.dense)) == truth.passage_keys()


def test_a_base_of_lists_as_older_versions_wrote_it_is_made_anew(library: Library) -> None:
    stamped, header = stamp(library.folder), json.loads((library.folder / dense.HEADER).read_text("utf-8"))
    head = library.folder / header["file"]
    code, middles = faiss.ScalarQuantizer.QT_fp16, faiss.IndexFlatIP(DIMENSION)
    lists = faiss.IndexIVFScalarQuantizer(middles, DIMENSION, 4, code, faiss.METRIC_INNER_PRODUCT, False)
    _, vectors = held(library)
    keys = np.array(sorted(vectors))
    lists.train(np.stack([vectors[key] for key in keys]))
    lists.add_with_ids(np.stack([vectors[key] for key in keys]), keys)
    faiss.write_index(lists, str(head))
    header |= {"sha256": digest_of_file(head), "lists": {"sha256": "0" * 64, "mtime_ns": 0}}
    header["sealed"] = digest_of_json({key: value for key, value in header.items() if key != "sealed"})
    (library.folder / dense.HEADER).write_text(json.dumps(header), "utf-8")
    assert dense.load(library.folder, DIMENSION, stamped) is None
    view, found = held(Library(library.folder, ToyEncoder()))
    assert isinstance(view.base, Coded)
    assert found.keys() == vectors.keys()


# damage


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, lowered: None) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "FLAT_UP_TO", 100)
        return make(tmp_path_factory.mktemp("whole") / "library", ARTICLES)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory, lowered: None) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "FLAT_UP_TO", 20)
        return make(tmp_path_factory.mktemp("other") / "library", [*OTHERS, *TOWNS])


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("pattern", ["dense.json", "dense-*.faiss", "dense-*.vectors"])
def test_every_file_damaged_in_turn(
    whole: Path, other: Path, tmp_path: Path, pattern: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "FLAT_UP_TO", 100)
    asked, folder = (Path(shutil.copytree(whole, tmp_path / name)) for name in ("asked", "examined"))
    damage(asked, pattern, how, other)
    damaged = damage(folder, pattern, how, other)
    assert never_wrong(asked, ORIGINALS) == len(QUESTIONS)
    report = examine(folder)
    assert report["sound"], report["problems"]
    assert report["mended"] or not damaged
    assert dense.load(folder, DIMENSION, stamp(folder), whole=True), "it was made anew, of codes again"
    assert list(folder.glob("dense-*.vectors"))


@pytest.mark.slow
@pytest.mark.parametrize("at", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0])
def test_damage_that_left_the_file_its_time_is_found_by_doctor_and_never_quoted(
    whole: Path, tmp_path: Path, at: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "FLAT_UP_TO", 100)
    folder = Path(shutil.copytree(whole, tmp_path / "library"))
    file = next(folder.glob("dense-*.vectors"))
    times = file.stat()
    flip(file, at)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert never_wrong(folder, ORIGINALS) == len(QUESTIONS)
    assert any("FAISS view" in line for line in examine(folder)["mended"])
    assert examine(folder)["mended"] == []


def test_vectors_of_a_copied_library_are_believed_once_their_digest_is_checked(whole: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(whole, tmp_path / "library", copy_function=shutil.copyfile))
    before = next(folder.glob("dense-*.vectors")).stat()
    Library(folder).close()
    assert next(folder.glob("dense-*.vectors")).stat() == before, "nothing was made anew"


def stamp(folder: Path) -> str:
    manifest = Library(folder).manifest
    return f"{manifest['library']} {manifest['model_sha256']}"
