"""The `pullquote` command: reads its arguments, puts the parts together, and decides nothing."""

import argparse
import json
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.encode import Encoder
from index.errors import LibraryMissing, PullquoteError, UsageError
from index.library import Library
from index.threads import give_way
from qa import terminal
from qa.access.keys import Keys, Scope
from qa.command import parser
from qa.open import default_encoder, default_folder, engine_over, open_library, sample_articles, sample_questions
from qa.phrases import counted
from qa.progress import Progress
from qa.question import filters_of, named_day

if TYPE_CHECKING:
    from qa.evaluation.evalset import EvalSet
    from qa.evaluation.measures import Judged

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


def index(args: argparse.Namespace) -> int:
    give_way()  # to a server that answers from the same library, above all
    return _index(args.library, args.paths, args.quiet, args.verbose)


def _index(folder: Path, paths: Sequence[Path], quiet: bool, verbose: bool) -> int:
    from index.memory import keep_few_shapes
    from index.read import read_files
    from index.update import index_articles

    keep_few_shapes(passing=True)
    encoder = default_encoder()
    library = Library.create(folder, encoder)
    unread: Counter[str] = Counter()
    with Progress("indexing", quiet=quiet, in_bytes=True) as progress:
        told = (lambda article, outcome: terminal.say(terminal.plain(article.id))) if verbose else None
        summary = index_articles(library, encoder, read_files(paths, progress.update, unread), told)
    summary.unread = unread
    for line in summary.notes():
        terminal.note(line)
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
    days = args.as_of, args.published_after, args.published_before
    # An empty day (of a shell variable that is not set, say) is a mistake, not the lack of one.
    asked, after, before = (" " if given == "" else given for given in days)
    as_of = named_day("as_of", asked)
    filters = filters_of({"source": args.source, "published_after": after, "published_before": before})
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
    from qa.evaluation.evaluate import EvalSet, check_trec, pooled, render_pooled

    if len(args.evalsets) > 1 and (args.run_file or args.qrels):
        raise UsageError("--run and --qrels are written of one set: give one folder")
    check_trec(args.run_file, args.qrels)
    evalsets, encoder = [EvalSet(folder) for folder in args.evalsets], default_encoder()
    judged = [one for evalset in evalsets for one in _evaluated(evalset, encoder, args)]
    if len(evalsets) > 1:
        found = pooled(judged)
        terminal.say(json.dumps(found) if args.json else render_pooled(found))
    return EXIT_DONE


def _evaluated(evalset: "EvalSet", encoder: Encoder, args: argparse.Namespace) -> "list[Judged]":
    from qa.evaluation.evaluate import counted_as_wrong, judge_all, render, report, scratch_library, write_trec

    with Progress("indexing", quiet=args.quiet, in_bytes=True) as progress:
        library = scratch_library(evalset, encoder, progress.update)
    for line in counted_as_wrong(evalset, library):
        terminal.note(f"{evalset.folder}: {line}")
    engine = engine_over(library, encoder)
    with Progress("asking", quiet=args.quiet) as progress:
        judged, seconds = judge_all(engine, evalset, progress.update, plain=args.plain, fast=args.fast)
    found = report(engine, evalset, judged, seconds, plain=args.plain, fast=args.fast)
    terminal.say(json.dumps(found) if args.json else render(found))
    write_trec(judged, args.run_file, args.qrels)
    return judged


def calibrate(args: argparse.Namespace) -> int:
    from qa.evaluation.calibrate import calibrate, check
    from qa.evaluation.calibration_report import render, write_plot
    from qa.stored import reset, store

    check(args.evalset, args.plot, args.reset)
    if args.reset:
        was_fitted = reset(Library(args.library))
        terminal.say("back to the default confidence" if was_fitted else "the default is in force already")
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
            where = f"{args.answers}:{check.line} {terminal.plain(check.document_id)}".rstrip()
            terminal.say(f"{where}: {check.problem}")
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
    from qa import doctor

    report = doctor.mend(args.library) if args.repair else doctor.examine(args.library)
    terminal.say(json.dumps(report, ensure_ascii=False) if args.json else doctor.render(report))
    return EXIT_DONE if report["sound"] else EXIT_FAILED


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "index": index,
    "remove": remove,
    "backup": backup,
    "restore": restore,
    "ask": ask,
    "batch": batch,
    "serve": serve,
    "mcp": mcp,
    "evaluate": evaluate,
    "calibrate": calibrate,
    "verify": verify,
    "doctor": examine,
    "key add": key_add,
    "key list": key_list,
    "key revoke": key_revoke,
    "feedback export": feedback_export,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code (0 done, 1 failed, 2 wrong usage). No traceback reaches the user."""
    args = parser().parse_args(argv)
    if hasattr(args, "library"):
        args.library_named = args.library is not None
        args.library = args.library or default_folder()
    try:
        _check_working_directory()
        return COMMANDS[args.command](args)
    except UsageError as error:
        return _failed(error, EXIT_USAGE)
    except PullquoteError as error:
        return _failed(error, EXIT_FAILED)
    except KeyboardInterrupt:
        return _failed("interrupted: what was committed is kept", EXIT_INTERRUPTED)
    except BrokenPipeError:
        terminal.hush()  # whoever read our output has gone
        return EXIT_FAILED
    except MemoryError:
        return _failed(
            "there is not enough memory: what was committed is kept; end other programs, and run it again", EXIT_FAILED
        )
    except SystemExit:
        raise
    except BaseException as error:  # tantivy's panics are no `Exception`
        # The last line of defence: a bug of ours is still one line to its user.
        if os.environ.get("PULLQUOTE_DEBUG"):
            traceback.print_exc()
        return _failed(f"internal error, please report it: {type(error).__name__}: {error}", EXIT_FAILED)


def _check_working_directory() -> None:
    """Raises `PullquoteError` where it has been taken away: torch's libraries would end the program."""
    try:
        Path.cwd()
    except OSError as error:
        raise PullquoteError("the working directory is not there any more: change to another") from error


def _failed(error: object, code: int) -> int:
    terminal.note(f"pullquote: {error}")
    return code


if __name__ == "__main__":
    sys.exit(main())
