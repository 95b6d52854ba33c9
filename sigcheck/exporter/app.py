"""The ASGI application: /probe?target=NAME, /metrics, and a page that names both. It repeats nothing of a request."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

from sigcheck.exporter.prober import Busy, Ending, Prober, Unknown, Unusable
from sigcheck.exporter.telling import of_probe, of_process
from sigcheck.redaction.disarm import disarm
from sigcheck.report.metrics import Family, text
from sigcheck.report.openmetrics import END

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

TIMEOUT_HEADER = b"x-prometheus-scrape-timeout-seconds"
"""Within how many seconds Prometheus wants the answer (Prometheus, documentation of scrapes)."""

OFFSET = 0.5
"""Seconds of the scrape's time that are left for the answer on its way, as blackbox_exporter leaves them."""

SHORTEST, LONGEST = 0.1, 120.0
"""Seconds that a probe has at the least, whatever a scrape asks for, and at the most."""

PLAIN = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
HOME = (
    "sigcheck exporter\n\n"
    "/probe?target=NAME   scans a target of the configuration: one connection, no message\n"
    "/metrics             the last verdicts of full runs, and this process\n"
)


class Exporter:
    """The application. `rounds` gives what is known of full runs; `limit` is the time of a probe that names none."""

    def __init__(self, prober: Prober, rounds: Callable[[], Iterable[Family]], limit: float) -> None:
        self._prober = prober
        self._rounds = rounds
        self._limit = limit

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        status, kind, body = await self._answer(scope)
        head = scope["method"] == "HEAD"
        length = str(len(body)).encode()
        headers = [(b"content-type", kind.encode()), (b"content-length", length), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else body})

    async def _answer(self, scope: Scope) -> tuple[int, str, bytes]:
        if scope["method"] not in {"GET", "HEAD"}:
            return _said(405, "only GET and HEAD are answered here")
        headers = dict(scope["headers"])
        match scope["path"]:
            case "/":
                return _said(200, HOME.rstrip("\n"))
            case "/metrics":
                # Thousands of targets take a second, in which no scan is to look slow.
                return await asyncio.to_thread(lambda: _metrics([*self._rounds(), *of_process(self._prober)], headers))
            case "/probe":
                return await self._probe(scope, headers)
            case _:
                return _said(404, "there is nothing here: see /")

    async def _probe(self, scope: Scope, headers: Mapping[bytes, bytes]) -> tuple[int, str, bytes]:
        name = _target(scope["query_string"])
        if name is None:
            return _said(400, "name one target of the configuration: /probe?target=NAME")
        try:
            probed = await self._prober.probe(name, self._time(headers))
        except Unknown:
            return _said(404, "the configuration has no target of this name; URLs are not probed")
        except Busy:
            return _said(
                503, "no scan could begin within the time of this scrape: raise --at-once, or scrape less often"
            )
        except Ending:
            return _said(503, "the exporter is being stopped")
        except Unusable as problem:
            return _said(500, disarm(str(problem)))
        return _metrics(of_probe(name, probed), headers)

    def _time(self, headers: Mapping[bytes, bytes]) -> float:
        with suppress(ValueError):
            asked = float(headers.get(TIMEOUT_HEADER, b"").decode("ascii", "replace"))
            if asked == asked and asked > 0:
                return min(self._limit, LONGEST, max(SHORTEST, asked - OFFSET))
        return self._limit


def _target(query: bytes) -> str | None:
    try:
        found = parse_qsl(query.decode("ascii", "replace"), max_num_fields=8)
    except ValueError:
        return None
    names = [value for name, value in found if name == "target"]
    return names[0] if len(names) == 1 else None


def _said(status: int, words: str) -> tuple[int, str, bytes]:
    return status, "text/plain; charset=utf-8", f"{words}\n".encode("utf-8", "backslashreplace")


def _metrics(told: Iterable[Family], headers: Mapping[bytes, bytes]) -> tuple[int, str, bytes]:
    wants_open = b"application/openmetrics-text" in headers.get(b"accept", b"")
    body = text(told, units=wants_open) + (END if wants_open else "")
    return 200, OPEN if wants_open else PLAIN, body.encode("utf-8", "backslashreplace")
