"""The grammar of the `pullquote` command: what may be said to it, and its help, which ends with an example."""

import argparse
from pathlib import Path
from typing import TypeAlias

from qa.access.keys import DEFAULT_RATE, Scope
from qa.api.logs import LEVELS
from qa.question import MAX_TOP_K, TOP_K

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_FAST = "leave out the ranker's model: quicker, and less often right"


def parser() -> argparse.ArgumentParser:
    """The whole grammar. What is parsed has the `command` by its name, as "key add", beside its arguments."""
    top = argparse.ArgumentParser(
        prog="pullquote",
        description="Ask a pile of articles a question; get their own sentences, word for word, each with its place.",
    )
    commands: Commands = top.add_subparsers(metavar="COMMAND", required=True)
    _add_keeping(commands)
    _add_backups(commands)
    _add_asking(commands)
    _add_checking(commands)
    _add_keys(commands)
    _add_feedback(commands)
    return top


def _add_keeping(commands: Commands) -> None:
    sub = _command(commands, "index", "Add or update articles.", "index clippings/ --library news")
    sub.add_argument("paths", nargs="+", type=_path, metavar="PATH", help="files, archives or folders of articles")
    _flag(sub, "--quiet", "no progress bar and no summary")
    _flag(sub, "--verbose", "print each article's id once it is committed")

    sub = _command(commands, "remove", "Take articles out.", 'remove "2023/wang-visit.txt"')
    sub.add_argument("ids", nargs="*", metavar="ARTICLE_ID", help="ids of articles")
    sub.add_argument("--source", metavar="S", help="all articles of this source")


def _add_backups(commands: Commands) -> None:
    text = "Write the library into one file, whoever is writing to it meanwhile."
    sub = _command(commands, "backup", text, "backup backups/ --library news")
    sub.add_argument("target", type=_path, metavar="FILE_OR_DIR", help="the file to write, or a folder to write one in")
    _flag(sub, "--quiet", "no progress bar")

    text = "Make a library of a backup, once its digest is checked."
    sub = _command(commands, "restore", text, "restore news.backup --library news")
    sub.add_argument("backup", type=_path, metavar="FILE", help="what `pullquote backup` wrote")
    _flag(sub, "--replace", "put it in the place of the library that is there")
    _flag(sub, "--quiet", "no progress bar")


def _add_asking(commands: Commands) -> None:
    sub = _command(commands, "ask", "Ask one question.", 'ask "Who met Putin in Moscow?" --top-k 5')
    sub.add_argument("question")
    _flag(sub, "--json", "print the answer's JSON")
    _top_k(sub)
    _add_settings(sub, "the day on which it is asked: nothing published later is shown")

    sub = _command(commands, "batch", "Answer a file of questions.", "batch questions.csv -o answers.csv")
    sub.add_argument("questions", type=_path, help="a .csv with a `question` column, a .jsonl or a .txt of one a line")
    sub.add_argument("-o", "--output", type=_path, required=True, metavar="FILE", help="answers.csv or answers.jsonl")
    _top_k(sub)
    _add_settings(sub, "the day on which a row without `asked_at` is asked: nothing published later is shown")
    _flag(sub, "--resume", "go on with a run that was stopped")
    _flag(sub, "--quiet", "no progress bar")

    sub = _command(commands, "serve", "Open the chat page and the API.", "serve --port 7860")
    sub.add_argument("--host", default="127.0.0.1", help="the address to listen at (default 127.0.0.1)")
    sub.add_argument("--port", type=int, default=7860, help="the port to listen at (default 7860)")
    text = "what others call it by, where a proxy passes their requests on: then they need a key"
    sub.add_argument("--public-url", metavar="URL", help=text)
    text = "an origin whose pages may use the API, as https://desk.example.org; may be given again (default none)"
    sub.add_argument("--cors-origin", metavar="ORIGIN", action="append", default=[], help=text)
    text = "what is logged to standard error, as JSON lines; questions at debug only (default info)"
    sub.add_argument("--log-level", choices=LEVELS, default="info", help=text)

    text = "Let an assistant ask the library, over the Model Context Protocol."
    sub = _command(commands, "mcp", text, "mcp --library news")
    _flag(sub, "--http", "serve at http://127.0.0.1:PORT/mcp in place of standard input and output")
    sub.add_argument("--port", type=int, help="the port to listen at with --http (default 8765)")


def _add_checking(commands: Commands) -> None:
    text = "Measure on an evaluation set, in a scratch library of its own."
    sub = _command(commands, "evaluate", text, "evaluate my-set/ --json", library=False)
    folder = "a folder with articles.jsonl[.gz] and questions.jsonl; of several, the calibration error of all as well"
    sub.add_argument("evalsets", nargs="+", type=_path, metavar="EVALSET_DIR", help=folder)
    _flag(sub, "--json", "print the report as JSON, a line for each set")
    sub.add_argument("--run", type=_path, metavar="FILE", dest="run_file", help="write the hits as a TREC run")
    sub.add_argument("--qrels", type=_path, metavar="FILE", help="write the right hits as TREC qrels")
    _flag(sub, "--plain", "leave out the questions' `history` and `asked_at`: what they add is the difference")
    _flag(sub, "--fast", _FAST)
    _flag(sub, "--quiet", "no progress bar")

    text = "Fit the confidence to labelled questions of your own, and keep the fit with the library."
    sub = _command(commands, "calibrate", text, "calibrate my-questions/ --plot reliability.png")
    folder = "a folder with questions.jsonl, about articles of the library"
    sub.add_argument("evalset", nargs="?", type=_path, metavar="EVALSET", help=folder)
    sub.add_argument("--plot", type=_path, metavar="FILE.png", help="write a reliability plot")
    _flag(sub, "--reset", "go back to the default confidence")
    _flag(sub, "--json", "print the report as JSON")
    _flag(sub, "--quiet", "no progress bar")

    text = "Check that saved citations still match their articles."
    sub = _command(commands, "verify", text, "verify answers.jsonl")
    sub.add_argument("answers", type=_path, help="a jsonl or csv file of answers")

    text = "Say what is in the library, and whether it is sound."
    sub = _command(commands, "doctor", text, "doctor --json")
    _flag(sub, "--repair", "save what is sound of a damaged library into a new one, and keep the damaged file")
    _flag(sub, "--json", "print the report as JSON")


def _add_keys(commands: Commands) -> None:
    text = "Make, list and revoke the keys with which others may ask."
    keys = commands.add_parser("key", help=text, description=text)
    actions: Commands = keys.add_subparsers(metavar="ACTION", required=True)

    sub = _command(actions, "key add", "Make a key; it is shown once.", 'key add "City desk" --scope write')
    sub.add_argument("name", metavar="NAME", help="whose it is")
    text = "read: may ask and read; write: may also add and remove articles (default read)"
    sub.add_argument("--scope", choices=[scope.value for scope in Scope], default=Scope.READ.value, help=text)
    text = f"requests a minute, as many at once (default {DEFAULT_RATE})"
    sub.add_argument("--rate", type=int, metavar="N", help=text)

    _command(actions, "key list", "Show whose keys there are, not the keys.", "key list")

    sub = _command(actions, "key revoke", "Make a key worthless at once.", "key revoke 3f9a01c4")
    sub.add_argument("id", metavar="ID", help="the key's id, as `key list` shows it")


def _add_feedback(commands: Commands) -> None:
    text = "What people said of answers on the chat page."
    feedback = commands.add_parser("feedback", help=text, description=text)
    actions: Commands = feedback.add_subparsers(metavar="ACTION", required=True)
    text = "Write it as an evaluation set, with the articles of the library."
    sub = _command(actions, "feedback export", text, "feedback export my-set")
    sub.add_argument("folder", type=_path, metavar="DIR", help="a new folder")


def _command(commands: Commands, name: str, text: str, example: str, library: bool = True) -> argparse.ArgumentParser:
    """A command by its whole `name`, which it sets as `command`; `commands` are those that its last word is one of."""
    sub = commands.add_parser(
        name.split()[-1],
        help=text,
        description=text,
        epilog=f"example:\n  pullquote {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sub.set_defaults(command=name)
    if library:
        where = "the library's folder (else $PULLQUOTE_LIBRARY, else the default one)"
        sub.add_argument("--library", type=_path, metavar="DIR", help=where)
    return sub


def _add_settings(sub: argparse.ArgumentParser, as_of: str) -> None:
    sub.add_argument("--as-of", metavar="DATE", help=as_of)
    text = "answer from this probability on, 0 to 1, in place of the default threshold"
    sub.add_argument("--min-confidence", type=float, metavar="P", help=text)
    _flag(sub, "--fast", _FAST)
    text = "show only what this outlet published, named exactly; may be given again"
    sub.add_argument("--source", metavar="S", action="append", help=text)
    for name, bound in (("after", "first"), ("before", "last")):
        text = f"show only what bears a date, and this day is the {bound}"
        sub.add_argument(f"--published-{name}", metavar="DATE", help=text)


def _path(given: str) -> Path:
    """The path; nothing (of a shell variable that is not set, say) is no name for the current folder."""
    if not given.strip():
        raise argparse.ArgumentTypeError("it is empty: give a path, or . for the current folder")
    return Path(given)


def _flag(sub: argparse.ArgumentParser, name: str, text: str) -> None:
    sub.add_argument(name, action="store_true", help=text)


def _top_k(sub: argparse.ArgumentParser) -> None:
    text = f"how many hits an answer's JSON holds, 1 to {MAX_TOP_K} (default {TOP_K})"
    sub.add_argument("--top-k", type=int, default=TOP_K, metavar="N", help=text)
