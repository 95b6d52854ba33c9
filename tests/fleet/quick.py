"""The receiver that costs least, in its own process: `python -m tests.fleet.quick DELAY [endless]` prints its port.

It answers POST with 204 after DELAY seconds, and counts each message once; GET /effects?device=…&time=…&
seqNumber=… tells the count of one message. `endless` answers POST with a body that does not end, `silent=A:B` leaves
messages A to B without an answer, counted from 0, and GET /silent tells how many these are so far. With the files of a
certificate chain and its key it speaks TLS.
"""

import asyncio
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from sigcheck.demo.authority import Authority

NEVER = 3600.0
"""Seconds that nobody waits for an answer."""

KEY = ("device", "time", "seqNumber")


class Receiver:
    """Remembers messages by their key."""

    def __init__(self, delay: float, *, endless: bool, silent: range) -> None:
        self._delay = delay
        self._endless = endless
        self._silent = silent
        self._left_silent = 0
        self._seen: set[tuple[str, ...]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, target, _ = head.split(" ", 2)
            if method == "GET":
                body = str(self._left_silent if target == "/silent" else self._effects(target)).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
            else:
                length = next(
                    int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")
                )
                message = json.loads(await reader.readexactly(length))
                self._seen.add(tuple(str(message[name]) for name in KEY))
                silent = len(self._seen) - 1 in self._silent
                self._left_silent += silent
                await asyncio.sleep(NEVER if silent else self._delay)
                await self._answer(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _effects(self, target: str) -> int:
        query = parse_qs(urlsplit(target).query)
        return int(tuple(query[name][0] for name in KEY) in self._seen)

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        if not self._endless:
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            return
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        chunk = b"4000\r\n" + bytes(0x4000) + b"\r\n"
        while True:
            writer.write(chunk)
            await writer.drain()


async def main(delay: float, *, endless: bool, silent: range, context: ssl.SSLContext | None) -> None:
    """Serve until standard input is closed, so that no receiver outlives its bench."""
    receiver = Receiver(delay, endless=endless, silent=silent)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


@contextmanager
def receiving(
    delay: float = 0.0, *, endless: bool = False, silent: range = range(0), certificate: Authority | None = None
) -> Iterator[str]:
    """Run a receiver; gives its origin, `http://127.0.0.1:PORT`, or https:// with a certificate."""
    command = [sys.executable, "-m", "tests.fleet.quick", str(delay), *(["endless"] if endless else [])]
    command += [f"silent={silent.start}:{silent.stop}"] if silent else []
    if certificate is not None:
        command += [str(certificate.chain_file), str(certificate.key_file)]
    scheme = "http" if certificate is None else "https"
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"{scheme}://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


if __name__ == "__main__":
    words = sys.argv[2:]
    files = [word for word in words if word != "endless" and not word.startswith("silent=")]
    spans = [word.removeprefix("silent=").split(":") for word in words if word.startswith("silent=")]
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if files else None
    if serving is not None:
        serving.load_cert_chain(*files)
    asyncio.run(
        main(
            float(sys.argv[1]),
            endless="endless" in words,
            silent=range(*map(int, spans[0])) if spans else range(0),
            context=serving,
        )
    )
