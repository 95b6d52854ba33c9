"""The receiver behind real frameworks: one factory each, the design decides the rest."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tests.fleet.receiver import Receiver, Reply, read_uplink


def flask_app(receiver: Receiver) -> Any:
    """Make the WSGI application for waitress and gunicorn."""
    import flask

    app = flask.Flask("fleet")

    @app.post("/sigfox")
    def receive() -> flask.Response:
        headers = {name.lower(): value for name, value in flask.request.headers.items()}
        reply = receiver.receive(flask.request.get_data(), headers)
        waiting = {"Retry-After": str(reply.retry_after)} if reply.retry_after else {}
        return flask.Response(reply.body, reply.status, waiting, content_type="application/json")

    @app.get("/effects")
    def effects() -> dict[str, int]:
        return {"count": receiver.count(flask.request.args)}

    return app


def fastapi_app(receiver: Receiver, ready: Callable[[], None]) -> Any:
    """Make the ASGI application for uvicorn; `ready` is called when it has started."""
    import fastapi
    from starlette.concurrency import run_in_threadpool

    @asynccontextmanager
    async def lifespan(_: fastapi.FastAPI) -> AsyncIterator[None]:
        ready()
        yield

    app = fastapi.FastAPI(lifespan=lifespan)

    @app.post("/sigfox")
    async def receive(request: fastapi.Request) -> fastapi.Response:
        body = await request.body()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if receiver.design.on_disconnect == "finish":
            reply = await run_in_threadpool(receiver.receive, body, headers)
        else:
            reply = await impatient(receiver, request, body, headers)
        waiting = {"Retry-After": str(reply.retry_after)} if reply.retry_after else {}
        return fastapi.Response(reply.body, reply.status, waiting, "application/json" if reply.body else None)

    @app.get("/effects")
    def effects(request: fastapi.Request) -> dict[str, int]:
        return {"count": receiver.count(request.query_params)}

    return app


async def impatient(receiver: Receiver, request: Any, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Handle a delivery as frameworks do that cancel a handler when its client hangs up.

    uvicorn goes on by itself; the watch over the connection stands here.
    """
    uplink = read_uplink(body)
    if uplink is None:
        return Reply(400)
    if headers.get("x-fail") == "1":
        return Reply(500)
    key = receiver.key(uplink, body)
    design = receiver.design
    new = receiver.mark(key) if design.mark_first else True
    if new and design.on_disconnect == "skip-effect":
        await asyncio.sleep(design.work)
        # The answer cannot be delivered, so why do the work? Because the retry will be told that it is done.
        if not await request.is_disconnected():
            receiver.effect(uplink)
    elif new:
        working = asyncio.ensure_future(asyncio.sleep(design.work))
        hanging_up = asyncio.ensure_future(hangs_up(request))
        await asyncio.wait({working, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
        hanging_up.cancel()
        if not working.done():
            working.cancel()
            return Reply(500)
        if design.mark_first:
            receiver.effect(uplink)
        else:
            # Nothing was written so far: what is cancelled is as if it had never come.
            new = receiver.effect_once(key, uplink)
    return receiver.reply(uplink, new=new)


async def hangs_up(request: Any) -> None:
    """Wait until the client has closed its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
