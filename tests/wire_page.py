"""docs/wire.md: what arrives at a receiver in one run, as `python -m docs.generate wire` writes it."""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from typing import NamedTuple

from docs.generators import fill_blocks
from sigcheck.message import MessageFactory
from sigcheck.model.delivery import Message
from sigcheck.model.report import Report
from sigcheck.rules._exchanges import every
from sigcheck.rules._told import Told
from sigcheck.runs import Run
from tests.golden_requests import masked, recorded
from tests.misbehaving import misbehaving
from tests.running import planned

BEGAN = 1_795_000_000
FACTORY = ("516C4EC0", "5169676368656B", BEGAN, 7)
QUIETER = {"samples": 3, "speed": 240.0, "settle": 0.2, "effects_within": 2.0}

Seen = tuple[str, int, int]


@dataclass
class Recorder:
    """A receiver that stores each message once, and notes every request: when it came, and with which message."""

    url: str
    seen: list[tuple[float, Seen]] = field(default_factory=list)
    stored: Counter[Seen] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, body: bytes) -> None:
        """Note a request, and store what is new."""
        arrived, said = time.monotonic(), json.loads(body)
        message = (said["device"], said["time"], said["seqNumber"])
        with self.lock:
            self.seen.append((arrived, message))
            self.stored[message] = 1


@contextmanager
def recording() -> Iterator[Recorder]:
    """Run such a receiver."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            recorder.note(self.rfile.read(int(self.headers["content-length"])))
            self.answer(204, b"")

        def do_GET(self) -> None:
            device, at, number = self.path.strip("/").split("/")
            count = recorder.stored[device, int(at), int(number)]
            self.answer(200, json.dumps({"count": count}).encode())

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if status == 200:
                self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            with suppress(OSError):  # the run cuts some connections on purpose
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    class Listener(ThreadingHTTPServer):
        daemon_threads = False
        request_queue_size = 128

    server = Listener(("127.0.0.1", 0), Handler)
    recorder = Recorder(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Row(NamedTuple):
    """A request as it arrived: seconds after the first, the message, and what it was for."""

    after: float
    message: Message
    purpose: str


def played() -> list[Row]:
    """Verify such a receiver, and give its requests in the order in which they came."""
    with recording() as receiver:
        observer = f"{receiver.url}/{{device}}/{{time}}/{{seqNumber}}"
        plan = planned(
            f"{receiver.url}/callback",
            allow_private=True,
            observe_url=observer,
            observe_pointer="/count",
            factory=MessageFactory(*FACTORY),
            **QUIETER,
        )
        report = asyncio.run(Run(plan.config, plan=plan).play())
    return rows(report, receiver.seen)


def rows(report: Report, seen: list[tuple[float, Seen]]) -> list[Row]:
    """Say of each request that arrived what it was for; raises RuntimeError where one is nobody's, or is missing."""
    waiting: dict[Seen, list[Told]] = {}
    for told in sorted(every(report.evidence), key=lambda each: each.exchange.started):
        waiting.setdefault(told.exchange.message.identity, []).append(told)
    found = []
    for arrived, message in seen:
        if not waiting.get(message):
            raise RuntimeError(f"nobody sent {message}")
        told = waiting[message].pop(0)
        found.append(Row(arrived - seen[0][0], told.exchange.message, told.label))
    if missing := [each.label for several in waiting.values() for each in several]:
        raise RuntimeError(f"{missing} did not arrive")
    return found


def page(present: str) -> str:
    """Give the text of the page."""
    lines = ["| No. | After | Device | Time | Counter | What it is |", "|---|---|---|---|---|---|"]
    number = 0
    for (message, part), group in groupby(played(), key=lambda row: (row.message, row.purpose.partition(",")[0])):
        several = list(group)
        first, number = number + 1, number + len(several)
        numbers = str(first) if len(several) == 1 else f"{first} to {number}"
        purpose = several[0].purpose if len(several) == 1 else f"{part}, {len(several)} requests at once"
        cells = (numbers, f"{several[0].after:.2f} s", f"`{message.device}`", f"{message.time - BEGAN:+d} s",
                 str(message.seq_number), purpose)  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return fill_blocks(present, {"request": one_request(), "run": "\n".join(lines) + "\n"})


def one_request() -> str:
    """Give one whole request, as a block."""
    with misbehaving("answers") as server:
        request = masked(recorded(server, "")).decode().replace("\r\n", "\n")
    return f"```text\n{request}\n```\n"


def lasting(text: str) -> list[tuple[str, ...]]:
    """Give what of the page's tables does not differ from run to run, in an order of its own."""
    cells = [[each.strip() for each in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return sorted((row[2], row[4], row[5]) for row in cells if len(row) == 6)
