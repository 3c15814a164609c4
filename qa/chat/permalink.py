"""A quotation's own page, `/a/ID?s=START-END`: its article with the sentence marked, as plain HTML without Gradio.

It works without a script, and its policy lets nothing in but the style sheet, the scripts and the icon of this server.
Nothing there is 404; a quotation whose text is there no longer is 410, with the article as it is now.
"""

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from index.errors import PullquoteError
from qa.api.problem import RETRY_SECONDS
from qa.chat.reader import article_missing, article_page, quotable
from qa.chat.static_files import PATH as FILES
from qa.chat.static_files import static_routes
from qa.engine import Engine
from qa.links import PATH, place_at
from qa.markup import escaped, title_of

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_UNKNOWN = "there is no such article here: it may have been taken out, or the link may have been cut short"
_UNUSABLE = "the library cannot be read just now: try again in a moment"


class _AnyId(Convertor[str]):
    """An id in a path may hold anything, line ends too."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


def add_permalinks(app: Starlette, engine: Engine) -> None:
    """Adds the pages of the articles of `engine`'s library, and the files that they and the chat page use."""

    def show(request: Request) -> HTMLResponse:
        article_id = request.path_params["id"] or request.query_params.get("id", "")
        return _page(engine, article_id, request)

    register_url_convertor("article_id", _AnyId())
    app.router.routes += [Route(f"{PATH}{{id:article_id}}", show, include_in_schema=False), *static_routes()]


def _page(engine: Engine, article_id: str, request: Request) -> HTMLResponse:
    try:
        with engine.library.reading() as (_, truth):
            article = truth.article(article_id)
    except PullquoteError:
        return _response(503, "Pullquote", article_missing(_UNUSABLE, alone=True), {"Retry-After": str(RETRY_SECONDS)})
    if article is None:
        return _response(404, "No such article", article_missing(_UNKNOWN, alone=True))
    place = place_at(request.query_params)
    gone = place.span is not None and quotable(article, place) is None
    return _response(410 if gone else 200, title_of(article), article_page(article, place, alone=True))


def _response(status: int, title: str, shown: str, more: dict[str, str] | None = None) -> HTMLResponse:
    return HTMLResponse(_whole(title, shown), status, {**_HEADERS, **(more or {})})


def _whole(title: str, shown: str) -> str:
    skip = '<a class="pq-skip" href="#quote">To the quotation</a>' if ' id="quote"' in shown else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escaped(title)} · Pullquote</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
        f'content="light dark"><link rel="icon" href="{FILES}icon.svg" type="image/svg+xml">'
        f'<link rel="stylesheet" href="{FILES}reader.css">'
        f'<script src="{FILES}copy.js" defer></script><script src="{FILES}alone.js" defer></script></head>'
        f'<body class="pq-alone">{skip}<header class="pq-masthead"><a href="/">Pullquote</a></header>'
        f'<main>{shown}</main><footer class="pq-colophon"><a href="/">Ask the articles</a></footer></body></html>'
    )
