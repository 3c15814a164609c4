"""Is it alive, can it answer, and how is it doing: `/healthz`, `/readyz`, `/metrics`. None of them ever queues."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from qa.api.metrics import Metrics
from qa.api.models import HealthOut, ReadyOut
from qa.api.openapi import METRICS_RESPONSES, problems
from qa.engine import Engine

_METRICS = "text/plain; version=0.0.4; charset=utf-8"


def add_health(app: FastAPI, engine: Engine, metrics: Metrics) -> None:
    apart = ThreadPoolExecutor(1, thread_name_prefix="health")  # where others' work cannot be in the way

    @app.get(
        "/healthz", summary="Is the process alive?", tags=["health"], response_model=HealthOut, responses=problems()
    )
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @app.get(
        "/readyz", summary="Can the library be read?", tags=["health"], response_model=ReadyOut, responses=problems()
    )
    async def readyz() -> JSONResponse:
        return JSONResponse(await asyncio.get_running_loop().run_in_executor(apart, _ready, engine))

    @app.get(
        "/metrics",
        summary="Numbers for Prometheus",
        tags=["health"],
        response_class=Response,
        response_description="Metrics in Prometheus's text format.",
        responses=METRICS_RESPONSES | problems(),
    )
    async def read_metrics() -> Response:
        text = await asyncio.get_running_loop().run_in_executor(apart, metrics.text)
        return Response(text, headers={"Content-Type": _METRICS})


def _ready(engine: Engine) -> dict[str, str | int]:
    with engine.library.reading() as (_, truth):
        return {"status": "ready", "articles": truth.article_count(), "generation": truth.generation}
