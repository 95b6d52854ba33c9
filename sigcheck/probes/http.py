"""The plumbing over httpx and httpcore: one request to one chosen address, capped and bounded. Nothing else knows them.

httpx's own conveniences are left out on purpose: no redirects, no proxies or certificates of the environment, no
decompression, no retries, no default headers.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpcore
import httpx

from sigcheck.model.delivery import BodyEnd, Request
from sigcheck.target import peer

BODY_CAP = 64 * 1024
BODY_KEPT = 2048
"""Bytes of a body that are read, and that are kept. Downlink answers are under 100 bytes."""

FAREWELL = 1.0
"""Seconds that a peer has to take part in closing the connection."""

HTTP_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    httpcore.ProxyError,
    httpcore.ConnectionNotAvailable,
    # anyio's own, which httpcore translates everywhere but where it closes a connection.
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
    OSError,
    ssl.SSLError,
)
"""Everything that a request can raise for what a peer does."""

Trace = Callable[[str, dict[str, Any]], Awaitable[None]]


def addressed(request: Request, address: str, trace: Trace | None = None) -> httpx.Request:
    """Make the request that goes to `address`, but names the URL's host in the Host header and in the handshake."""
    parts = urlsplit(request.url)
    host, port = peer(request.url)
    literal = f"[{address}]" if ":" in address else address
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    extensions: dict[str, Any] = {"sni_hostname": host, "target": target.encode("ascii")}
    if trace is not None:
        extensions["trace"] = trace
    return httpx.Request(
        request.method,
        f"{parts.scheme}://{literal}:{port}/",
        headers=[("host", parts.netloc.rpartition("@")[2]), *request.headers],
        content=request.body if request.method != "GET" else None,
        extensions=extensions,
    )


def verified_context(roots: str | None) -> ssl.SSLContext:
    """Give a context that trusts the roots of PEM text, and no others; None trusts nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if roots is not None:
        context.load_verify_locations(cadata=roots)
    return context


async def read_body(stream: Any, limit: float, keep: int = BODY_KEPT) -> tuple[bytes, int, str, BodyEnd]:
    """Read up to the cap and up to `limit` seconds, raw. An answer stays an answer whatever its body does."""
    kept = b""
    size = 0
    digest = sha256()
    end: BodyEnd = "complete"
    try:
        async with asyncio.timeout(limit), aclosing(aiter(stream)) as chunks:
            async for chunk in chunks:
                taken = chunk[: BODY_CAP - size]
                size += len(taken)
                digest.update(taken)
                kept += taken[: keep - len(kept)]
                if size >= BODY_CAP:
                    end = "capped"
                    break
    except TimeoutError:
        end = "cut at the limit"
    except HTTP_ERRORS:
        end = "broken"
    return kept, size, digest.hexdigest(), end


async def close(transport: httpx.AsyncHTTPTransport, stream: Any = None) -> None:
    """Close the connection; a peer that does not take part in the farewell gets a second.

    `stream` is the TCP stream below: httpcore leaves it open where a TLS handshake is cut off.
    """
    for closing in (transport, stream):
        try:
            async with asyncio.timeout(FAREWELL):
                if closing is not None:
                    await closing.aclose()
        except (TimeoutError, *HTTP_ERRORS):
            continue
