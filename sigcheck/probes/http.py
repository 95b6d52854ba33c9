"""The plumbing over httpx and httpcore: an observer is asked at one chosen address, capped and bounded.

httpx's own conveniences are left out on purpose: no redirects, no proxies or certificates of the environment, no
decompression, no retries, no default headers.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import anyio
import httpcore
import httpx

from sigcheck.model.delivery import Request

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
    origin = request.origin
    literal = f"[{address}]" if ":" in address else address
    extensions: dict[str, Any] = {"sni_hostname": origin.host, "target": request.target.encode("ascii")}
    if trace is not None:
        extensions["trace"] = trace
    return httpx.Request(
        request.method,
        f"{origin.scheme}://{literal}:{origin.port}/",
        headers=[("host", origin.authority), *request.headers],
        content=request.body if request.method != "GET" else None,
        extensions=extensions,
    )


def verified_context(roots: str | None) -> ssl.SSLContext:
    """Give a context that trusts the roots of PEM text, and no others; None trusts nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if roots is not None:
        context.load_verify_locations(cadata=roots)
    return context


async def read_body(stream: Any, cap: int) -> bytes | None:
    """Read a body, raw; None for one of more than `cap` bytes. Raises one of HTTP_ERRORS where it breaks off."""
    kept = bytearray()
    async with aclosing(aiter(stream)) as chunks:
        async for chunk in chunks:
            kept += chunk
            if len(kept) > cap:
                return None
    return bytes(kept)


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
