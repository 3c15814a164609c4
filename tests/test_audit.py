"""What the program must never do: unpickle, evaluate, or hand words to a shell."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted([*ROOT.glob("index/**/*.py"), *ROOT.glob("qa/**/*.py"), ROOT / "app.py"])
UNSAFE_MODULES = {"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle", "code", "runpy", "imp"}
UNSAFE_CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "os.system",
    "os.popen",
    "torch.load",
    "yaml.load",
    "yaml.unsafe_load",
}
UNSAFE_ARGUMENTS = {"shell", "allow_pickle", "trust_remote_code"}
PARSERS = {"trafilatura", "htmldate", "lxml", "pypdfium2", "mammoth", "yaml", "frontmatter"}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_neither_unpickles_nor_evaluates(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    assert {name.partition(".")[0] for name in imported(tree)}.isdisjoint(UNSAFE_MODULES)
    assert {ast.unparse(call.func) for call in calls(tree)}.isdisjoint(UNSAFE_CALLS)
    for call in calls(tree):
        for argument in call.keywords:
            assert argument.arg not in UNSAFE_ARGUMENTS or ast.unparse(argument.value) == "False", ast.unparse(call)


def test_one_module_starts_processes() -> None:
    starting = [
        module.stem for module in MODULES if "subprocess" in set(imported(ast.parse(module.read_text("utf-8"))))
    ]
    assert starting == ["parser"]


def test_weights_are_safetensors_alone() -> None:
    pickled = {".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".joblib", ".npy", ".npz"}
    assert [
        file for room in ("index", "qa", "data") for file in (ROOT / room).rglob("*") if file.suffix in pickled
    ] == []


def test_no_parser_is_loaded_where_articles_are_indexed() -> None:
    """They run in the child alone: a fault in one of them cannot reach the library."""
    script = (
        "import sys; from index.read import read_upload; import index.update; "
        "assert [a.text for a in read_upload('a.html', b'<p>Bees came.</p>')] == ['Bees came.']; "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=True)
    assert PARSERS.isdisjoint(run.stdout.split())
