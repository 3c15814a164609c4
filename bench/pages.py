"""The main text of real web pages against their gold bodies, beside trafilatura as it comes.

    PULLQUOTE_EVAL_DIR=… python -m bench.pages

Reads `hostile/pages` beside the folder of evaluation sets: `gold.json` and a page a file, `KEY.html.gz`.
"""

import gzip
import json
import os
import platform
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import trafilatura

from index.errors import ReadError
from index.page import read_page

_WORD = re.compile(r"\w+")


class Overlap(NamedTuple):
    """Shares of words, each 0 to 1, a word counted as often as it occurs."""

    precision: float
    recall: float
    f1: float


def gold_pages(hostile: Path) -> Iterator[tuple[bytes, str]]:
    """(HTML, the article's body as a person marked it)."""
    for key, gold in sorted(json.loads((hostile / "pages" / "gold.json").read_text("utf-8")).items()):
        yield gzip.decompress((hostile / "pages" / f"{key}.html.gz").read_bytes()), gold["body"]


def overlap(found: str, gold: str) -> Overlap:
    """How much of `gold` was found, and how much of what was found is gold."""
    words, wanted = Counter(_WORD.findall(found)), Counter(_WORD.findall(gold))
    both = (words & wanted).total()
    precision, recall = both / max(1, words.total()), both / max(1, wanted.total())
    return Overlap(precision, recall, 2 * precision * recall / max(1e-9, precision + recall))


def ours(page: bytes) -> str:
    """What Pullquote stores."""
    try:
        return read_page(page, "page.html").text
    except ReadError:
        return ""


def theirs(page: bytes) -> str:
    """What trafilatura gives with its defaults, without the readers' comments."""
    return trafilatura.extract(page, include_comments=False) or ""


def main() -> None:
    folder = os.environ.get("PULLQUOTE_EVAL_DIR")
    if folder is None:
        sys.exit("PULLQUOTE_EVAL_DIR is not set: point it at the folder of evaluation sets.")
    pages = list(gold_pages(Path(folder).parent / "hostile"))
    readers: dict[str, Callable[[bytes], str]] = {"pullquote": ours, "trafilatura": theirs}
    print(f"{'':12} precision  recall      F1   worst  ms a page")
    for name, read in readers.items():
        read(pages[0][0])  # what is loaded at the first
        started = time.process_time()
        found = [overlap(read(page), body) for page, body in pages]
        took = (time.process_time() - started) / len(pages)
        worst = min(each.f1 for each in found)
        precision, recall, f1 = (mean(each) for each in zip(*found, strict=True))
        print(f"{name:12} {precision:9.3f} {recall:7.3f} {f1:7.3f} {worst:7.3f} {took * 1000:10.1f}")
    print(f"settings: {len(pages)} pages, trafilatura {trafilatura.__version__}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
