"""The page's own style sheets, scripts and icon, served as files: what is shown apart from Gradio uses nothing else."""

import hashlib
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PATH = "/pq/"
PAGE_SHEET = f"{PATH}page.css"
_PLAIN, _OVER_GRADIO = ("reader.css",), ("chat.css", "desk.css")
_FRESH = {"Cache-Control": "no-cache"}  # a browser asks each time whether it has changed: a new version is seen at once


def asset(name: str) -> str:
    """The text of one of the files."""
    return files("qa").joinpath("static", name).read_text("utf-8")


def static_routes() -> list[BaseRoute]:
    """The routes that serve the files below `PATH`, and the chat page's style sheet, which is made of several."""
    sheet = page_sheet()
    tag = f'"{hashlib.sha256(sheet.encode()).hexdigest()[:32]}"'

    async def page_css(request: Request) -> Response:
        headers = {**_FRESH, "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(sheet, headers=headers, media_type="text/css")

    return [Route(PAGE_SHEET, page_css), Mount(PATH.rstrip("/"), _Files(packages=[("qa", "static")]), name="pq")]


def page_sheet() -> str:
    """The chat page's style sheet: each rule as it is, and again so that it outweighs what Gradio has for the same."""
    over = "\n".join(map(asset, _OVER_GRADIO))
    plain = "\n".join(map(asset, _PLAIN))
    return f"{plain}\n{over}\n.gradio-container.gradio-container.gradio-container {{\n{plain}\n{over}\n}}\n"


class _Files(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_FRESH)
        return response
