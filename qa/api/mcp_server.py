"""The library for assistants: a Model Context Protocol server, over stdio or HTTP. Nothing else imports `mcp`."""

import contextlib
import json
import logging
import signal
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import anyio
from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from index.errors import LibraryError, ServerBusy, UsageError
from qa.access.gate import gate
from qa.api.mcp_tools import TOOLS, Tool
from qa.api.problem import UNUSABLE, problem_of
from qa.api.queued import Queued
from qa.api.turnstile import Turnstile
from qa.engine import Engine
from qa.listen import listen, run, warm

HOST, PORT, PATH = "127.0.0.1", 8765, "/mcp"
_INSTRUCTIONS = (
    "A library of articles that answers questions with their own sentences, word for word. Use `ask` for a question; "
    "quote what it cites unchanged, with its source, and say so when it abstains. `search` gives ranked sentences, "
    "`get_article` the text around one."
)
_BUG = "an error of ours, not of the call: the server's log has the particulars"
_LOG = logging.getLogger("pullquote.mcp")


def create_server(engine: Engine) -> Server[Any]:
    """The protocol's server over `engine`, not yet connected to anybody."""
    tools = {tool.name: tool for tool in TOOLS}

    async def list_tools(
        context: ServerRequestContext[Any, Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in TOOLS])

    async def call_tool(
        context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        if params.name not in tools:
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {params.name!r}: there are {', '.join(tools)}")
        return await anyio.to_thread.run_sync(_called, engine, tools[params.name], params.arguments or {})

    return Server(
        "pullquote",
        title="Pullquote",
        version=_version(),
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _version() -> str:
    try:
        return version("pullquote")
    except PackageNotFoundError:  # run from a clone that is not installed
        return "unknown"


def serve_stdio(engine: Engine) -> None:
    """Serves the program that started this one, until it closes standard input. Only the protocol is written there."""
    # Python would wait for the next line of input before it heeds an interrupt; there is nothing to be saved.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    warm(engine)
    anyio.run(_converse, create_server(engine))


def serve_http(engine: Engine, port: int) -> None:
    """Serves streamable HTTP at this machine's own address until interrupted; port 0 takes any free one.

    Raises `PullquoteError` where the port cannot be had, or all keys of the library are revoked.
    """
    with contextlib.closing(listen(HOST, port)) as listener:
        app = create_app(engine)
        warm(engine)
        run(app, listener, f"http://{HOST}:{listener.getsockname()[1]}{PATH}")


def create_app(engine: Engine) -> ASGIApp:
    """The server as an ASGI application that this machine alone may call, with a key where the library has keys."""
    # The SDK turns away other `Host` and `Origin` headers than this machine's, as it is told of a loopback address.
    app = create_server(Queued(engine, Turnstile())).streamable_http_app(
        streamable_http_path=PATH, host=HOST, custom_starlette_routes=[Route("/readyz", partial(_readyz, engine))]
    )
    access = gate(engine.library.folder, HOST)
    app.add_middleware(access.cls, *access.args, **access.kwargs)
    return app


def _readyz(engine: Engine, request: Request) -> JSONResponse:
    try:
        with engine.library.reading():
            return JSONResponse({"status": "ready"})
    except LibraryError as error:
        return problem_of(error)


async def _converse(server: Server[Any]) -> None:
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def _described(tool: Tool[Any]) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            title=tool.title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def _called(engine: Engine, tool: Tool[Any], given: dict[str, Any]) -> types.CallToolResult:
    """What came of a call; what is wrong with it is one line that the assistant reads and can act on."""
    try:
        result = tool.call(engine, given)
    except (UsageError, ServerBusy) as error:
        return _failed(str(error))
    except LibraryError as error:  # its own line names folders, and the assistant's model may run elsewhere
        _LOG.error("%s", error)
        return _failed(UNUSABLE)
    except Exception:  # the last line: the assistant gets a calm word, whoever runs this gets the traceback
        _LOG.exception("the tool %s failed", tool.name)
        return _failed(_BUG)
    text = json.dumps(result, ensure_ascii=False)
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], structured_content=result)


def _failed(line: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=line)], is_error=True)
