"""The page's two ways for bytes: files go in and wait to be used, answers files come out. Nothing else is moved."""

import asyncio
import re
import tempfile
from collections.abc import Callable
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response

from index.article import storable
from index.errors import UsageError
from qa.api.problem import problem
from qa.chat.runs import Runs
from qa.chat.tray import LIMITS, Purpose, Tray, Upload

MayWrite = Callable[[Request], bool]

FILES, ANSWERS = "/desk/files", "/desk/answers/{token}/{form}"
READ_ONLY = "this key may ask, not change what is in the library"
_LONGEST_NAME = 300
_KINDS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
_UNSAFE_NAME = re.compile(r"[^\w. -]+")
# A file that somebody else's text is in: saved, never shown as a page of this site.
_SAVED = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox", "Cache-Control": "no-store"}


def anybody(request: Request) -> bool:
    """Everybody who reaches the page may write."""
    return True


def add_transfer(app: FastAPI, tray: Tray, runs: Runs, may_write: MayWrite) -> None:
    """Adds both addresses to `app`; they are the page's own and no part of the API."""

    async def put_file(request: Request) -> Response:
        purpose = request.query_params.get("for")
        if purpose not in ("articles", "questions"):
            return problem(422, "say what the file is for: articles or questions")
        if purpose == "articles" and not may_write(request):
            return problem(403, READ_ONLY)
        name = storable(request.query_params.get("name", "").strip())
        if not name or len(name) > _LONGEST_NAME:
            return problem(422, f"the file needs a name of 1 to {_LONGEST_NAME} characters: rename it")
        return await _received(request, tray, name, cast(Purpose, purpose))

    async def get_answers(request: Request) -> Response:
        token, form = request.path_params["token"], request.path_params["form"]
        if form not in _KINDS:
            return problem(404, "the answers can be had as csv or jsonl")
        found = await asyncio.to_thread(runs.answers, token, form)
        if found is None:
            return problem(404, "these answers are no longer here: run the question file again")
        path, name = found
        headers = {**_SAVED, "Content-Disposition": _attached(name)}
        return FileResponse(path, media_type=_KINDS[form], headers=headers)

    app.add_route(FILES, put_file, methods=["POST"], include_in_schema=False)
    app.add_route(ANSWERS, get_answers, methods=["GET"], include_in_schema=False)


async def _received(request: Request, tray: Tray, name: str, purpose: Purpose) -> Response:
    limit = LIMITS[purpose]
    file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - it outlives this call, in the tray
    try:
        size = await _copied(request, file, limit)
        if size > limit:
            file.close()
            return problem(413, f"is larger than {limit // 1024**2} MB: split it")
        token = tray.put(Upload(name, purpose, file, size))
    except ClientDisconnect:
        file.close()
        return problem(400, "the file was cut short")
    except UsageError as error:
        return problem(503, str(error), headers={"Retry-After": "60"})
    except BaseException:
        file.close()
        raise
    return JSONResponse({"file": token, "size": size}, headers={"Cache-Control": "no-store"})


async def _copied(request: Request, file: Any, limit: int) -> int:
    """Writes the body to `file` and gives its bytes; stops once they are more than `limit`."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            break
        await asyncio.to_thread(file.write, chunk)
    return size


def _attached(name: str) -> str:
    plain = _UNSAFE_NAME.sub("_", name).encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=utf-8''{quote(name, safe='')}"
