"""The `pullquote` command: reads its arguments, puts the parts together, and decides nothing."""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from index.errors import LibraryMissing, PullquoteError, UsageError
from index.library import Library
from index.threads import give_way
from qa import doctor, terminal
from qa.access.keys import DEFAULT_RATE, Keys, Scope
from qa.api.logs import LEVELS
from qa.open import default_encoder, default_folder, engine_over, open_library, sample_articles, sample_questions
from qa.phrases import counted
from qa.progress import Progress
from qa.question import MAX_TOP_K, TOP_K, day, filters_of

Run = Callable[[argparse.Namespace], int]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_FAST = "leave out the ranker's model: quicker, and less often right"
EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


def index(args: argparse.Namespace) -> int:
    give_way()  # to a server that answers from the same library, above all
    return _index(args.library, args.paths, args.quiet, args.verbose)


def _index(folder: Path, paths: Sequence[Path], quiet: bool, verbose: bool) -> int:
    from index.read import read_files
    from index.update import index_articles

    encoder = default_encoder()
    library = Library.create(folder, encoder)
    with Progress("indexing", quiet=quiet, in_bytes=True) as progress:
        told = (lambda article, outcome: terminal.say(terminal.plain(article.id))) if verbose else None
        summary = index_articles(library, encoder, read_files(paths, progress.update), told)
    for article_id, twin in summary.twins:
        terminal.note(f"{article_id} has the same text as {twin}: stored once, listed under both")
    if (more := summary.known - len(summary.twins)) > 0:
        terminal.note(f"{counted(more, 'more article')} with a text that is stored already")
    for refusal in summary.refused:
        terminal.note(f"refused {refusal.where}: {refusal.reason}")
    if not quiet:
        terminal.say(summary.line())
    return EXIT_FAILED if summary.refusals else EXIT_DONE


def remove(args: argparse.Namespace) -> int:
    from index.update import remove_articles

    if not args.ids and args.source is None:
        raise UsageError("say what to remove: one or more article ids, or --source NAME")
    removed = remove_articles(Library(args.library), args.ids, args.source)
    terminal.say(f"{len(removed)} removed")
    return EXIT_DONE


def ask(args: argparse.Namespace) -> int:
    settings = _settings(args)
    answer = open_library(args.library).ask(args.question, args.top_k, **settings)
    if args.json:
        terminal.say(json.dumps(answer.to_json(), ensure_ascii=False))
    else:
        terminal.show(answer)
    return EXIT_DONE


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    # An empty --as-of (of a shell variable that is not set, say) is a mistake, not the lack of a day.
    as_of = None if args.as_of is None else day(args.as_of or " ")
    within = {"source": args.source, "published_after": args.published_after, "published_before": args.published_before}
    filters = filters_of({name: value for name, value in within.items() if value is not None})
    return {"as_of": as_of, "min_confidence": args.min_confidence, "fast": args.fast, "filters": filters}


def batch(args: argparse.Namespace) -> int:
    from qa.batch.run import run_batch
    from qa.batch.together import processors

    settings = _settings(args)
    engine = open_library(args.library)
    with Progress("asking", quiet=args.quiet) as progress:
        told = progress.update
        summary = run_batch(
            engine, args.questions, args.output, args.top_k, args.resume, told, at_once=processors(), **settings
        )
    terminal.say(f"{summary.line()} → {args.output}")
    return EXIT_DONE


def serve(args: argparse.Namespace) -> int:
    from qa.serve import serve

    if not args.library_named and not Library.exists(args.library):
        terminal.say(f"There is no library at {args.library} yet: indexing the sample articles into it.")
        _index(args.library, [sample_articles()], quiet=False, verbose=False)
    engine = open_library(args.library)
    serve(
        engine,
        args.host,
        args.port,
        sample_questions(engine.library),
        public_url=args.public_url,
        origins=args.cors_origin,
        log_level=args.log_level,
    )
    return EXIT_DONE


def mcp(args: argparse.Namespace) -> int:
    from qa.api.mcp_server import PORT, serve_http, serve_stdio

    if args.port is not None and not args.http:
        raise UsageError("--port goes with --http: without it, the program that starts this one is served")
    engine = open_library(args.library)
    if args.http:
        serve_http(engine, PORT if args.port is None else args.port)
    else:
        serve_stdio(engine)
    return EXIT_DONE


def key_add(args: argparse.Namespace) -> int:
    key, token = _keys(args.library).add(args.name, Scope(args.scope), args.rate)
    terminal.note(f"{terminal.plain(key.name)} may {key.scope} with this key, of id {key.id}. It is shown this once:")
    terminal.say(token)
    return EXIT_DONE


def key_list(args: argparse.Namespace) -> int:
    from qa.access.key_list import render

    terminal.say(render(_keys(args.library).listed()))
    return EXIT_DONE


def key_revoke(args: argparse.Namespace) -> int:
    key = _keys(args.library).revoke(args.id)
    terminal.say(f"{key.id} ({terminal.plain(key.name)}) is revoked")
    return EXIT_DONE


def _keys(folder: Path) -> Keys:
    if not Library.exists(folder):
        raise LibraryMissing(f"no library at {folder}: make one with `pullquote index PATH --library {folder}`")
    return Keys(folder)


def feedback_export(args: argparse.Namespace) -> int:
    from qa.chat.feedback import export

    terminal.say(f"{export(Library(args.library), args.folder).line()} → {args.folder}")
    return EXIT_DONE


def evaluate(args: argparse.Namespace) -> int:
    from qa.evaluation.evaluate import EvalSet, judge_all, render, report, scratch_library, write_trec

    evalset, encoder = EvalSet(args.evalset), default_encoder()
    with Progress("indexing", quiet=args.quiet, in_bytes=True) as progress:
        library = scratch_library(evalset, encoder, progress.update)
    engine = engine_over(library, encoder)
    with Progress("asking", quiet=args.quiet) as progress:
        judged, seconds = judge_all(engine, evalset, progress.update, plain=args.plain, fast=args.fast)
    found = report(engine, evalset, judged, seconds, plain=args.plain, fast=args.fast)
    terminal.say(json.dumps(found) if args.json else render(found))
    write_trec(judged, args.run_file, args.qrels)
    return EXIT_DONE


def calibrate(args: argparse.Namespace) -> int:
    from qa.evaluation.calibrate import calibrate, check
    from qa.evaluation.calibration_report import render, write_plot
    from qa.stored import reset, store

    check(args.evalset, args.plot, args.reset)
    if args.reset:
        terminal.say(
            "back to the default confidence" if reset(Library(args.library)) else "the default is in force already"
        )
        return EXIT_DONE
    encoder = default_encoder()
    engine = engine_over(Library(args.library, encoder), encoder, own_calibration=False)
    with Progress("asking", quiet=args.quiet) as progress:
        report = calibrate(engine, args.evalset, progress.update)
    if args.plot:
        write_plot(report, args.plot)
    store(engine.library, report.calibration)
    for line in report.left_out:
        terminal.note(line)
    terminal.say(json.dumps(report.to_json()) if args.json else render(report))
    return EXIT_DONE


def verify(args: argparse.Namespace) -> int:
    from qa.batch.verify import State, render, verify

    counts = dict.fromkeys(State, 0)
    for check in verify(args.answers, Library(args.library)):
        counts[check.state] += 1
        if check.problem:
            terminal.say(f"{args.answers}:{check.line} {terminal.plain(check.document_id)}: {check.problem}")
    terminal.say(render(counts))
    return EXIT_DONE if sum(counts.values()) == counts[State.UNCHANGED] else EXIT_FAILED


def backup(args: argparse.Namespace) -> int:
    from index.backup import back_up

    with Progress("backing up", quiet=args.quiet) as progress:
        file, made = back_up(args.library, args.target, progress.update)
    terminal.say(f"{counted(made.articles, 'article')} at generation {made.generation} → {file}; sha256 {made.sha256}")
    return EXIT_DONE


def restore(args: argparse.Namespace) -> int:
    from index.backup import restore

    with Progress("restoring", quiet=args.quiet, in_bytes=True) as progress:
        held = restore(args.backup, args.library, args.replace, progress.update)
    terminal.say(f"{counted(held.articles, 'article')} at generation {held.generation} → {args.library}")
    return EXIT_DONE


def examine(args: argparse.Namespace) -> int:
    report = doctor.mend(args.library) if args.repair else doctor.examine(args.library)
    terminal.say(json.dumps(report, ensure_ascii=False) if args.json else doctor.render(report))
    return EXIT_DONE if report["sound"] else EXIT_FAILED


def parser() -> argparse.ArgumentParser:
    """The command's grammar; every subcommand's help ends with an example."""
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
    sub = _command(commands, "index", index, "Add or update articles.", "index clippings/ --library news")
    sub.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, archives or folders of articles")
    _flag(sub, "--quiet", "no progress bar and no summary")
    _flag(sub, "--verbose", "print each article's id once it is committed")

    sub = _command(commands, "remove", remove, "Take articles out.", 'remove "2023/wang-visit.txt"')
    sub.add_argument("ids", nargs="*", metavar="ARTICLE_ID", help="ids of articles")
    sub.add_argument("--source", metavar="S", help="all articles of this source")


def _add_backups(commands: Commands) -> None:
    text = "Write the library into one file, whoever is writing to it meanwhile."
    sub = _command(commands, "backup", backup, text, "backup backups/ --library news")
    sub.add_argument("target", type=Path, metavar="FILE_OR_DIR", help="the file to write, or a folder to write one in")
    _flag(sub, "--quiet", "no progress bar")

    text = "Make a library of a backup, once its digest is checked."
    sub = _command(commands, "restore", restore, text, "restore news.backup --library news")
    sub.add_argument("backup", type=Path, metavar="FILE", help="what `pullquote backup` wrote")
    _flag(sub, "--replace", "put it in the place of the library that is there")
    _flag(sub, "--quiet", "no progress bar")


def _add_asking(commands: Commands) -> None:
    sub = _command(commands, "ask", ask, "Ask one question.", 'ask "Who met Putin in Moscow?" --top-k 5')
    sub.add_argument("question")
    _flag(sub, "--json", "print the answer's JSON")
    _top_k(sub)
    _add_settings(sub, "the day on which it is asked: nothing published later is shown")

    sub = _command(commands, "batch", batch, "Answer a file of questions.", "batch questions.csv -o answers.csv")
    sub.add_argument("questions", type=Path, help="a .csv with a `question` column, a .jsonl or a .txt of one a line")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="answers.csv or answers.jsonl")
    _top_k(sub)
    _add_settings(sub, "the day on which a row without `asked_at` is asked: nothing published later is shown")
    _flag(sub, "--resume", "go on with a run that was stopped")
    _flag(sub, "--quiet", "no progress bar")

    sub = _command(commands, "serve", serve, "Open the chat page and the API.", "serve --port 7860")
    sub.add_argument("--host", default="127.0.0.1", help="the address to listen at (default 127.0.0.1)")
    sub.add_argument("--port", type=int, default=7860, help="the port to listen at (default 7860)")
    text = "what others call it by, where a proxy passes their requests on: then they need a key"
    sub.add_argument("--public-url", metavar="URL", help=text)
    text = "an origin whose pages may use the API, as https://desk.example.org; may be given again (default none)"
    sub.add_argument("--cors-origin", metavar="ORIGIN", action="append", default=[], help=text)
    text = "what is logged to standard error, as JSON lines; questions at debug only (default info)"
    sub.add_argument("--log-level", choices=LEVELS, default="info", help=text)

    text = "Let an assistant ask the library, over the Model Context Protocol."
    sub = _command(commands, "mcp", mcp, text, "mcp --library news")
    _flag(sub, "--http", "serve at http://127.0.0.1:PORT/mcp in place of standard input and output")
    sub.add_argument("--port", type=int, help="the port to listen at with --http (default 8765)")


def _add_checking(commands: Commands) -> None:
    text = "Measure on an evaluation set, in a scratch library of its own."
    sub = _command(commands, "evaluate", evaluate, text, "evaluate my-set/ --json", library=False)
    folder = "a folder with articles.jsonl[.gz] and questions.jsonl"
    sub.add_argument("evalset", type=Path, metavar="EVALSET_DIR", help=folder)
    _flag(sub, "--json", "print the report as JSON")
    sub.add_argument("--run", type=Path, metavar="FILE", dest="run_file", help="write the hits as a TREC run")
    sub.add_argument("--qrels", type=Path, metavar="FILE", help="write the right hits as TREC qrels")
    _flag(sub, "--plain", "leave out the questions' `history` and `asked_at`: what they add is the difference")
    _flag(sub, "--fast", _FAST)
    _flag(sub, "--quiet", "no progress bar")

    text = "Fit the confidence to labelled questions of your own, and keep the fit with the library."
    sub = _command(commands, "calibrate", calibrate, text, "calibrate my-questions/ --plot reliability.png")
    folder = "a folder with questions.jsonl, about articles of the library"
    sub.add_argument("evalset", nargs="?", type=Path, metavar="EVALSET", help=folder)
    sub.add_argument("--plot", type=Path, metavar="FILE.png", help="write a reliability plot")
    _flag(sub, "--reset", "go back to the default confidence")
    _flag(sub, "--json", "print the report as JSON")
    _flag(sub, "--quiet", "no progress bar")

    text = "Check that saved citations still match their articles."
    sub = _command(commands, "verify", verify, text, "verify answers.jsonl")
    sub.add_argument("answers", type=Path, help="a jsonl or csv file of answers")

    text = "Say what is in the library, and whether it is sound."
    sub = _command(commands, "doctor", examine, text, "doctor --json")
    _flag(sub, "--repair", "save what is sound of a damaged library into a new one, and keep the damaged file")
    _flag(sub, "--json", "print the report as JSON")


def _add_keys(commands: Commands) -> None:
    text = "Make, list and revoke the keys with which others may ask."
    keys = commands.add_parser("key", help=text, description=text)
    actions: Commands = keys.add_subparsers(metavar="ACTION", required=True)

    sub = _command(actions, "add", key_add, "Make a key; it is shown once.", 'key add "City desk" --scope write')
    sub.add_argument("name", metavar="NAME", help="whose it is")
    text = "read: may ask and read; write: may also add and remove articles (default read)"
    sub.add_argument("--scope", choices=[scope.value for scope in Scope], default=Scope.READ.value, help=text)
    text = f"requests a minute, as many at once (default {DEFAULT_RATE})"
    sub.add_argument("--rate", type=int, metavar="N", help=text)

    _command(actions, "list", key_list, "Show whose keys there are, not the keys.", "key list")

    sub = _command(actions, "revoke", key_revoke, "Make a key worthless at once.", "key revoke 3f9a01c4")
    sub.add_argument("id", metavar="ID", help="the key's id, as `key list` shows it")


def _add_feedback(commands: Commands) -> None:
    text = "What people said of answers on the chat page."
    feedback = commands.add_parser("feedback", help=text, description=text)
    actions: Commands = feedback.add_subparsers(metavar="ACTION", required=True)
    text = "Write it as an evaluation set, with the articles of the library."
    sub = _command(actions, "export", feedback_export, text, "feedback export my-set")
    sub.add_argument("folder", type=Path, metavar="DIR", help="a new folder")


def _command(
    commands: Commands, name: str, run: Run, text: str, example: str, library: bool = True
) -> argparse.ArgumentParser:
    sub = commands.add_parser(
        name,
        help=text,
        description=text,
        epilog=f"example:\n  pullquote {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sub.set_defaults(run=run)
    if library:
        where = "the library's folder (else $PULLQUOTE_LIBRARY, else the default one)"
        sub.add_argument("--library", type=Path, metavar="DIR", help=where)
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


def _flag(sub: argparse.ArgumentParser, name: str, text: str) -> None:
    sub.add_argument(name, action="store_true", help=text)


def _top_k(sub: argparse.ArgumentParser) -> None:
    text = f"how many hits an answer's JSON holds, 1 to {MAX_TOP_K} (default {TOP_K})"
    sub.add_argument("--top-k", type=int, default=TOP_K, metavar="N", help=text)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code (0 done, 1 failed, 2 wrong usage). No traceback reaches the user."""
    args = parser().parse_args(argv)
    if hasattr(args, "library"):
        args.library_named = args.library is not None
        args.library = args.library or default_folder()
    try:
        return int(args.run(args))
    except UsageError as error:
        return _failed(error, EXIT_USAGE)
    except PullquoteError as error:
        return _failed(error, EXIT_FAILED)
    except KeyboardInterrupt:
        return _failed("interrupted: what was committed is kept", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone; keep Python from complaining when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except MemoryError:
        return _failed(
            "there is not enough memory: what was committed is kept; end other programs, and run it again", EXIT_FAILED
        )
    except Exception as error:
        # The last line of defence: a bug of ours is still one line to its user.
        if os.environ.get("PULLQUOTE_DEBUG"):
            traceback.print_exc()
        return _failed(f"internal error, please report it: {type(error).__name__}: {error}", EXIT_FAILED)


def _failed(error: object, code: int) -> int:
    terminal.note(f"pullquote: {error}")
    return code


if __name__ == "__main__":
    sys.exit(main())
