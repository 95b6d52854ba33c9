"""The other side for the fleet's own tests: deliveries by the standard library, without any of sigcheck."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any, Self
from urllib.parse import urlsplit

# Longer than the slowest effect of the fleet, which comes 3 s after its answer, on a busy machine.
SETTLED_WITHIN = 20.0
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Message:
    """An uplink; the default template's names."""

    device: str = "51C0DE"
    time: int = 1_795_000_000
    seqNumber: int = 100  # noqa: N815 (the portal's name)
    data: str = "0102"

    def but(self, **changed: Any) -> Self:
        return replace(self, **changed)

    @property
    def body(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()


OTHER = Message(device="0FF1CE", seqNumber=7)


@dataclass
class Cloud:
    """Delivers messages to one receiver and counts what they did."""

    url: str
    total_url: str
    headers: tuple[tuple[str, str], ...] = ()
    _sentinels: int = 0

    def deliver(self, message: Message, **headers: str) -> tuple[int, bytes]:
        """Deliver once; gives status and body."""
        sent = {"Content-Type": "application/json"} | dict(self.headers)
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._exchange(urllib.request.Request(self.url, message.body, sent))

    def _exchange(self, request: urllib.request.Request) -> tuple[int, bytes]:
        try:
            with OPENER.open(request, timeout=60) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def deliver_and_hang_up(self, message: Message) -> None:
        """Send the whole request, and close before the answer."""
        address = urlsplit(self.url)
        head = (
            f"POST {address.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(message.body)}\r\n\r\n"
        )
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(head.encode() + message.body)

    def deliver_at_once(self, message: Message, copies: int) -> list[int]:
        """Deliver copies on as many connections, all released at one instant; gives their statuses."""
        barrier = threading.Barrier(copies)

        def one() -> int:
            barrier.wait()
            return self.deliver(message)[0]

        with ThreadPoolExecutor(copies) as pool:
            return [sent.result() for sent in [pool.submit(one) for _ in range(copies)]]

    def count(self, message: Message | None = None) -> int:
        """Count the effects of a message, or of all, now."""
        query = f"?device={message.device}&time={message.time}&seqNumber={message.seqNumber}" if message else ""
        request = urllib.request.Request(self.total_url + query, headers=dict(self.headers))
        return int(json.loads(self._exchange(request)[1])["count"])

    def count_reaches(self, message: Message, expected: int) -> int:
        """Count until there are `expected` effects, or SETTLED_WITHIN is over."""
        limit = time.monotonic() + SETTLED_WITHIN
        pause = threading.Event()
        while (found := self.count(message)) < expected and time.monotonic() < limit:
            pause.wait(0.02)
        return found

    def settled(self, message: Message) -> int:
        """Count when all that came before is worked off: a message sent now has had its effect by then."""
        self._sentinels += 1
        sentinel = Message(f"5E{self._sentinels:04X}", OTHER.time + self._sentinels, self._sentinels % 128, "FF")
        self.deliver(sentinel)
        if self.count_reaches(sentinel, 1) == 0:
            raise AssertionError("a new message has no effect")
        return self.count(message)
