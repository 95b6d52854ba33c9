"""What answers behind the endpoints: it has one effect for each message, unless it is broken, and counts deliveries."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

KEY = ("device", "time", "seqNumber")
LATE = 11.0
"""Seconds after which the late one answers: behind the limit of 10 s."""
COUNTS = "/counts"

ANSWERS = {
    "nginx": (204, b"", "Server: nginx\r\n"),
    "apache": (200, b"OK\n", "Server: Apache/2.4\r\nKeep-Alive: timeout=5, max=100\r\nContent-Type: text/html\r\n"),
    "haproxy": (
        201,
        b'{"stored": true}',
        "Content-Type: application/json\r\nStrict-Transport-Security: max-age=1000\r\n",
    ),
    "asyncio": (200, b"{}", "content-type: application/json\r\n"),
}
"""Who answers → status, body and headers of the answer to a message."""
REASONS = {200: "OK", 201: "Created", 204: "No Content", 308: "Permanent Redirect", 404: "Not Found", 500: "Oh"}


class Receiver:
    """The receivers of one process. `hellos` counts connections by the host that they name."""

    def __init__(self) -> None:
        self.hellos: Counter[str] = Counter()
        self._deliveries: Counter[tuple[str, ...]] = Counter()
        self._effects: Counter[tuple[str, ...]] = Counter()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str = "", style: str = "nginx"
    ) -> None:
        """Answer the requests of one connection."""
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, KeyError):
            while await self._request(reader, writer, way, style):
                pass
        with suppress(OSError):
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str, style: str) -> bool:
        """Answer one request; gives whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.splitlines()
        method, target, version = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        status, text, more = await self._answer(method, target, headers.get("host", ""), body, way, style)
        keeps = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        said = f"HTTP/1.1 {status} {REASONS[status]}\r\n{more}" + ("" if keeps else "Connection: close\r\n")
        if style == "haproxy" and keeps and text:
            framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(text), text)
            writer.write(f"{said}Transfer-Encoding: chunked\r\n\r\n".encode() + framed)
        else:
            size = "" if status == 204 else f"Content-Length: {len(text)}\r\n"
            writer.write(f"{said}{size}\r\n".encode() + text)
        await writer.drain()
        return keeps

    async def _answer(
        self, method: str, target: str, host: str, body: bytes, way: str, style: str
    ) -> tuple[int, bytes, str]:
        host = host.partition(":")[0]
        query = parse_qs(urlsplit(target).query)
        if target == COUNTS:
            return 200, json.dumps(self._counts()).encode(), "Content-Type: application/json\r\n"
        if method == "GET":
            key = (host, *(query[name][0] for name in KEY))
            return 200, str(self._effects[key]).encode(), "Content-Type: text/plain\r\n"
        message = json.loads(body)
        key = (host, *(str(message[name]) for name in KEY))
        self._deliveries[key] += 1
        match way:
            case "answers-500":
                return 500, b"", ""
            case "redirects":
                return 308, b"", f"Location: https://{host}/elsewhere\r\n"
            case "answers-late":
                await asyncio.sleep(LATE)
        if way == "keeps-duplicates" or not self._effects[key]:
            self._effects[key] += 1
        return ANSWERS[style]

    def _counts(self) -> Mapping[str, Mapping[str, int]]:
        messages: Counter[str] = Counter()
        deliveries: Counter[str] = Counter()
        for key, count in self._deliveries.items():
            messages[key[0]] += 1
            deliveries[key[0]] += count
        return {"connections": self.hellos, "messages": messages, "deliveries": deliveries}
