"""Jobs over HTTP: `/v1/batch` begins one, `/v1/jobs…` says how far it is, gives what came of it, and ends it."""

import io
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Annotated, Any, Literal

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from index.article import Refusal
from index.errors import UsageError
from qa.access.middleware import holder
from qa.api.idempotency import documented, token_of
from qa.api.job_docs import BATCH_BODY, BATCH_RESPONSES, RESULT_RESPONSES
from qa.api.job_models import MAX_QUESTIONS, BatchIn, BatchSettings, JobId, JobOut, JobsOut
from qa.api.openapi import problems
from qa.api.posted import Posted, checked, files_of, only, posted, read, validated
from qa.api.problem import RefusedError
from qa.batch.intake import UNNAMED
from qa.batch.jobs import Job, Jobs, Kind, Status
from qa.batch.questions import FORMATS, open_questions
from qa.batch.worker import RESULT, Worker, answers_of
from qa.question import day, filters_of

PATH = "/v1/jobs"
_RETRY_SECONDS = 2
_BLOCK = 256 * 1024  # bytes of a result that are sent at a time
_SETTINGS = frozenset(BatchSettings.model_fields)
_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8", "json": "application/json"}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where jobs are handed in."""

    jobs: Jobs
    worker: Worker

    def take(
        self,
        request: Request,
        kind: Kind,
        name: str,
        files: Sequence[tuple[str, IO[bytes]]],
        settings: Mapping[str, Any],
    ) -> JSONResponse:
        """Keeps the job and answers with it: 202, and where to ask for it."""
        job = self.jobs.add(kind, name, files, settings, owner_of(request), token_of(request.scope))
        self.worker.wake()
        return JSONResponse(job_json(job), 202, {"Location": f"{PATH}/{job.id}"})

    def mine(self, request: Request, job_id: str) -> Job:
        """The job; 404 where there is none that this key may see."""
        job, owner = self.jobs.get(job_id), owner_of(request)
        if job is None or owner not in (None, job.owner):
            raise HTTPException(404, f"there is no job {job_id!r}: GET {PATH} lists them")
        return job


def owner_of(request: Request) -> str | None:
    """The id of the key with which the request came; None where none is needed, and all may be seen."""
    key = holder(request.scope)
    return None if key is None else key.id


def job_json(job: Job) -> dict[str, Any]:
    state = job.state
    ready = state.status is Status.DONE or (job.folder / RESULT).exists()
    return {
        "id": job.id,
        "kind": job.kind,
        "name": job.name,
        "status": state.status,
        "done": state.done,
        "total": state.total,
        "seconds_left": state.seconds_left,
        "created_at": job.created_at,
        "began_at": state.began_at,
        "ended_at": state.ended_at,
        "error": state.error,
        "summary": state.summary,
        "result": f"{PATH}/{job.id}/result" if ready else None,
    }


def add_jobs(app: FastAPI, desk: Desk) -> None:
    """The routes that begin a batch, and those of all jobs."""
    _add_batch(app, desk)
    _add_listing(app, desk)
    _add_result(app, desk)
    _add_cancelling(app, desk)


def _add_batch(app: FastAPI, desk: Desk) -> None:
    @app.post(
        "/v1/batch",
        summary="Answer a file of questions",
        tags=["jobs"],
        status_code=202,
        response_model=JobOut,
        response_description="A job has been made of it: ask for it at `Location`.",
        responses=BATCH_RESPONSES | problems(408, 409, 413, 415, 422),
        openapi_extra={"requestBody": dict(BATCH_BODY)},
        dependencies=[Depends(documented), Depends(only())],
    )
    def post_batch(request: Request, given: Annotated[Posted, Depends(posted)]) -> JSONResponse:
        name, stream, settings = _of_json(given) if isinstance(given, bytes) else _of_form(given)
        _check(name, stream)
        return desk.take(request, Kind.BATCH, name, [(name, stream)], _sound(settings))


def _add_listing(app: FastAPI, desk: Desk) -> None:
    @app.get(
        PATH,
        summary="List the jobs",
        tags=["jobs"],
        response_model=JobsOut,
        responses=problems(422),
        dependencies=[Depends(only())],
    )
    def list_jobs(request: Request) -> JSONResponse:
        return JSONResponse({"items": [job_json(job) for job in desk.jobs.listed(owner_of(request))]})

    @app.get(
        PATH + "/{id}",
        summary="How far a job is",
        tags=["jobs"],
        response_model=JobOut,
        responses=problems(404, 422),
        dependencies=[Depends(only())],
    )
    def get_job(request: Request, id: JobId) -> JSONResponse:
        return JSONResponse(job_json(desk.mine(request, id)))


def _add_result(app: FastAPI, desk: Desk) -> None:
    @app.get(
        PATH + "/{id}/result",
        summary="What came of a job",
        tags=["jobs"],
        response_class=Response,
        responses=RESULT_RESPONSES | problems(404, 409, 422),
        dependencies=[Depends(only("format"))],
    )
    def get_result(
        request: Request,
        id: JobId,
        format: Annotated[
            Literal["jsonl", "csv"],
            Query(description="Of a batch: the answers' JSON a line, or the question file with our columns."),
        ] = "jsonl",
    ) -> Response:
        return _result(desk.mine(request, id), format)


def _add_cancelling(app: FastAPI, desk: Desk) -> None:
    @app.delete(
        PATH + "/{id}",
        summary="Cancel a job, or take away one that has ended",
        tags=["jobs"],
        status_code=204,
        response_description="It ends within moments, and says `cancelled`; one that had ended is gone.",
        responses=problems(404, 409, 422),
        dependencies=[Depends(documented)],
    )
    def delete_job(request: Request, id: JobId) -> Response:
        desk.jobs.cancel(desk.mine(request, id))
        return Response(status_code=204)


# what is sent


def _of_json(body: bytes) -> tuple[str, IO[bytes], BatchSettings]:
    """The questions as a question file, and how they are asked."""
    given = validated(BatchIn, body)
    lines = "".join(json.dumps(_row(row)) + "\n" for row in given.questions)
    return "questions.jsonl", io.BytesIO(lines.encode()), given


def _row(given: Any) -> Any:
    """A question as a line of a question file. A list is none, and as the first line would make the file an array."""
    if isinstance(given, str):
        return {"question": given}
    return None if isinstance(given, list) else given


def _of_form(fields: list[tuple[str, UploadFile | str]]) -> tuple[str, IO[bytes], BatchSettings]:
    files = files_of(fields, _SETTINGS)
    if len(files) > 1:
        raise RefusedError(422, f"the form holds {len(files)} files: send one question file at a time")
    settings: dict[str, Any] = {name: value for name, value in fields if isinstance(value, str) and value}
    if filters := settings.get("filters"):
        try:
            settings["filters"] = json.loads(filters)
        except (ValueError, RecursionError):
            raise RefusedError(422, "filters: is not JSON", [Refusal("filters", "is not JSON: write {…}")]) from None
    return files[0].filename or UNNAMED, files[0].file, checked(BatchSettings, settings, strict=False)


def _sound(given: BatchSettings) -> dict[str, Any]:
    """The settings as the job keeps them, once they have been found to make sense."""
    read("as_of", day, given.as_of)
    read("filters", filters_of, given.filters)
    return {name: getattr(given, name) for name in BatchSettings.model_fields}


def _check(name: str, stream: IO[bytes]) -> None:
    """422, naming the file as its sender does, unless it is a question file with questions in it."""
    suffix = PurePosixPath(name.lower()).suffix
    if suffix not in FORMATS:
        raise RefusedError(422, f"{name} is not a question file: send one that ends in {', '.join(FORMATS)}")
    with tempfile.TemporaryDirectory(prefix="pullquote-") as folder:
        file = Path(folder) / f"questions{suffix}"
        with file.open("wb") as out:
            while block := stream.read(_BLOCK):
                out.write(block)
        stream.seek(0)
        try:
            count = sum(1 for _ in open_questions(file))
        except UsageError as error:
            raise RefusedError(422, str(error).replace(str(file), name)) from None
    if not count:
        raise RefusedError(422, f"{name} holds no question")
    if count > MAX_QUESTIONS:
        raise RefusedError(422, f"{name} holds {count:,} questions: send {MAX_QUESTIONS:,} at a time")


# what came of it


def _result(job: Job, form: str) -> Response:
    if job.kind is Kind.ARTICLES:
        file, form = job.folder / RESULT, "json"
    else:
        file = answers_of(job, form)
    if job_json(job)["result"] is None:
        raise _not_yet(job)
    try:
        size, stream = file.stat().st_size, file.open("rb")
    except FileNotFoundError:
        raise HTTPException(404, f"job {job.id!r} has been taken away") from None
    if job.is_altered(file.name):
        stream.close()
        raise HTTPException(500, f"the result of job {job.id!r} was damaged on the server's disk: send the job again")
    headers = {"Content-Length": str(size)}
    if job.kind is Kind.BATCH:
        headers["Content-Disposition"] = f'attachment; filename="answers.{form}"'
    return StreamingResponse(_blocks(stream), headers=headers, media_type=_TYPES[form])


def _not_yet(job: Job) -> HTTPException:
    if job.state.status.open:
        return HTTPException(
            409, f"the job is {job.state.status}: ask again when it is done", {"Retry-After": str(_RETRY_SECONDS)}
        )
    why = f": {job.state.error}" if job.state.error else ""
    return HTTPException(409, f"the job has {_ENDS[job.state.status]}{why}: there is no result")


_ENDS = {Status.FAILED: "failed", Status.CANCELLED: "been cancelled"}


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while block := stream.read(_BLOCK):
            yield block
