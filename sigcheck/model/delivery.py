"""A message, the request that carries it, and the exchange that came of one delivery. Times are seconds."""

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from sigcheck.model.answers import Oddity
from sigcheck.policy import Policy
from sigcheck.words import Own

Header = tuple[str, str]

RECORDED = (
    "content-length",
    "accept-encoding",
    "accept-language",
    "host",
    "user-agent",
    "accept-charset",
    "content-type",
    "x-sigcheck-run",
)
"""The order of the Cloud's own headers in the portal's record of a failed callback (docs/semantics.md), behind those of
the callback, and ours at the end. Whether the socket has them in that order is not confirmed."""

CROWD = 4
"""Requests at the same time from which an error is one under our own load. Our choice: the replay sends two."""


class Message(Struct, frozen=True, omit_defaults=True):
    """One uplink message: `device` hex as sent, `time` in Unix seconds, `seq_number`, `data` hex (0 to 12 bytes).

    Device, time and sequence number together are its identity: the counter alone wraps. `ack` is whether the device
    waits for a downlink; None leaves it to the callback's own value.
    """

    device: str
    time: int
    seq_number: int
    data: str
    ack: bool | None = None

    @property
    def identity(self) -> tuple[str, int, int]:
        """What makes two deliveries the same message."""
        return (self.device, self.time, self.seq_number)


DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin(Struct, frozen=True):
    """Whom a request goes to: the host as it is looked up, without brackets."""

    scheme: Literal["http", "https"]
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The host, and the port where it is not the scheme's own: the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Request(Struct, frozen=True):
    """A request ready to be sent. `target` is the path with its query, as the request line has it, in ASCII.

    Its headers are without Host and Content-Length: `fields` has all of them in the order of the wire. `version` is
    that of HTTP.
    """

    method: str
    origin: Origin
    target: str
    headers: tuple[Header, ...]
    body: bytes
    version: Literal["1.0", "1.1"] = "1.1"

    @property
    def url(self) -> str:
        """The absolute URL."""
        return f"{self.origin.scheme}://{self.origin.authority}{self.target}"

    @property
    def fields(self) -> tuple[Header, ...]:
        """Every header as it is sent, the callback's own first and the Cloud's in the order of the record."""
        fields = [*self.headers, ("host", self.origin.authority)]
        if self.method != "GET":
            fields.append(("content-length", str(len(self.body))))
        return tuple(sorted(fields, key=_place))


def _place(header: Header) -> int:
    name = header[0].lower()
    return RECORDED.index(name) if name in RECORDED else -1


class Phase(StrEnum):
    """Where a delivery stands; the order is that of the wire."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    SEND = "send"
    WAIT = "wait"
    BODY = "body"


class FailureKind(StrEnum):
    """Every way in which a delivery can end without an answer. Closed: the delivery probe maps onto it.

    `LOCAL` is the tester's own doing (no route, no port, no descriptor, a process that was stopped): never the
    receiver's.
    """

    UNRESOLVED = "unresolved"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NO_CONNECTION = "no connection in time"
    TLS_FAILED = "tls failed"
    NOT_SENT = "request not sent"
    NO_ANSWER = "no answer in time"
    RESET = "connection reset"
    CLOSED = "closed without an answer"
    MALFORMED = "malformed answer"
    CUT = "cut on purpose"
    LOCAL = "a fault of this machine"


SAID_IN_DETAIL = {FailureKind.NO_CONNECTION, FailureKind.NOT_SENT}
"""Kinds whose detail is a sentence of ours that says the kind in other words."""

BODY_KEPT = 2048
"""Bytes of a body that are kept, of a compressed one as they came and unpacked. Downlink answers are under 100."""

BodyEnd = Literal["complete", "capped", "cut at the limit", "broken"]


class Phases(Struct, frozen=True):
    """How long each phase took; None where it was not reached or did not apply.

    `wait` runs from the request being wholly sent until the status line and headers were complete: the span
    that the Cloud's limit is about.
    """

    resolve: float | None = None
    connect: float | None = None
    tls: float | None = None
    send: float | None = None
    wait: float | None = None
    body: float | None = None


class Answer(Struct, frozen=True, tag="answer"):
    """A status line and headers were received. `body` is the first part as it came.

    `body_size` counts the bytes that were read, up to a cap; `body_end` says why reading stopped. `decoded` is the
    first part of the body without its Content-Encoding, decompressed with a bound; None where it has none, or one
    that cannot be undone. `oddities` are what some client stumbles over, and remarks. `behind` is the first part of
    what came after the answer's end, such as the body of a 204, which has none.
    """

    status: int
    reason: str
    http_version: str
    headers: tuple[Header, ...]
    body: bytes
    body_size: int
    body_end: BodyEnd
    body_sha256: Own
    decoded: bytes | None = None
    oddities: tuple[Oddity, ...] = ()
    behind: bytes = b""

    @property
    def content(self) -> bytes:
        """The first part of the body, readable where that can be had."""
        return self.body if self.decoded is None else self.decoded

    @property
    def kept_whole(self) -> bool:
        """Whether `content` is all of the body."""
        cut = self.decoded is not None and len(self.decoded) >= BODY_KEPT
        return self.body_end == "complete" and len(self.body) == self.body_size and not cut

    @property
    def encoding(self) -> str | None:
        """The Content-Encoding, as it was sent; None where it says that there is none."""
        value = (self.header("content-encoding") or "").strip()
        return None if value.lower() in {"", "identity"} else value

    def header(self, name: str) -> str | None:
        """Give the first header of that name, compared without case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Failure(Struct, frozen=True, tag="failure"):
    """No answer: what happened, in which phase. `detail` may hold text of the server's."""

    kind: FailureKind
    phase: Phase
    detail: Own

    @property
    def words(self) -> str:
        """The kind with the detail, or the detail alone where it says the kind again."""
        again = self.kind in SAID_IN_DETAIL or set(self.kind.split()) <= set(self.detail.split())
        return self.detail if again else f"{self.kind.replace('tls', 'TLS')}: {self.detail}"


class Exchange(Struct, frozen=True):
    """One delivery and what came of it.

    `due` and `started` are offsets from the start of the run; `due` is None where nothing was scheduled.
    `answered_after` runs from the request being wholly sent to the headers being received, the Cloud's
    reading of the limit; None where no answer came. `total` runs from the start of the delivery to the
    headers or to the failure. `limit` is the deadline that this delivery had, from the request being sent.
    `sent` is the offset at which the request was wholly sent, None where it never was. `address` is the peer's.
    `chain` names the certificates that this connection presented (see `TlsFacts.others`), None where it showed
    none. `offered_alpn`: the handshake offered http/1.1 by ALPN, as some clients do and others do not.
    `also` are the other messages of a batch, in the order of its lines behind `message`.
    `company` is how many requests were sent at the same time, this one included. `stalled` is for how long, in
    seconds, this process itself could not run while the delivery was under way: its times say nothing then.
    """

    message: Message
    attempt: int
    started: float
    phases: Phases
    total: float
    limit: float
    outcome: Answer | Failure
    due: float | None = None
    sent: float | None = None
    answered_after: float | None = None
    address: Own | None = None
    chain: Own | None = None
    offered_alpn: bool = False
    company: int = 1
    stalled: float = 0.0
    also: tuple[Message, ...] = ()

    @property
    def messages(self) -> tuple[Message, ...]:
        """Every message that the request carried, in the order of its lines."""
        return (self.message, *self.also)

    def accepted(self, policy: Policy) -> bool:
        """Whether the receiver answered with a status that the policy counts as success."""
        low, high = policy.success
        return isinstance(self.outcome, Answer) and low <= self.outcome.status <= high
