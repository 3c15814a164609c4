"""Checking saved answers over HTTP: `/v1/verify`."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from index.article import Refusal
from index.errors import UsageError
from index.library import Library
from qa.api.job_docs import VERIFY_BODY
from qa.api.job_models import AnswersIn, VerifiedOut
from qa.api.openapi import problems
from qa.api.posted import Posted, files_of, only, posted, validated
from qa.api.problem import RefusedError
from qa.batch.intake import UNNAMED
from qa.batch.saved import Saved, saved_in
from qa.batch.verify import Check, State, verify, verify_saved
from qa.lines import json_line


def add_verify(app: FastAPI, library: Library) -> None:
    @app.post(
        "/v1/verify",
        summary="Do saved citations still match their articles?",
        tags=["ask"],
        response_model=VerifiedOut,
        responses=problems(408, 413, 415, 422),
        openapi_extra={"requestBody": dict(VERIFY_BODY)},
        dependencies=[Depends(only())],
    )
    def post_verify(given: Annotated[Posted, Depends(posted)]) -> Response:
        if isinstance(given, bytes):
            checks = list(verify_saved(_answers(validated(AnswersIn, given).answers), library))
        else:
            checks = _of_file(files_of(given), library)
        counts = {state.value: sum(check.state is state for check in checks) for state in State}
        return Response(
            json_line({"counts": counts, "checks": [_json(check) for check in checks]}), media_type="application/json"
        )


def _answers(given: list[Any]) -> Iterator[Saved]:
    for number, answer in enumerate(given, 1):
        saved = saved_in(answer, number)
        if saved is None:
            where, reason = f"answers[{number - 1}]", "is not an answer: it has no list of `citations`"
            raise RefusedError(422, f"{where}: {reason}", [Refusal(where, reason)])
        yield saved


def _of_file(files: list[UploadFile], library: Library) -> list[Check]:
    if len(files) > 1:
        raise RefusedError(422, f"the form holds {len(files)} files: send one answers file at a time")
    name = files[0].filename or UNNAMED
    suffix = ".csv" if PurePosixPath(name.lower()).suffix == ".csv" else ".jsonl"
    with tempfile.TemporaryDirectory(prefix="pullquote-") as folder:
        file = Path(folder) / f"answers{suffix}"
        with file.open("wb") as out:
            shutil.copyfileobj(files[0].file, out)
        try:
            return list(verify(file, library))
        except UsageError as error:
            raise RefusedError(422, str(error).replace(str(file), name)) from None


def _json(check: Check) -> dict[str, Any]:
    return {
        "line": check.line,
        "document_id": check.document_id,
        "state": check.state.value,
        "problem": check.problem,
        "start_char_index": check.place.start if check.place else None,
        "end_char_index": check.place.end if check.place else None,
    }
