"""Bodies, read as they come: up to a cap, and with the clients that would have lost them on the way."""

from hashlib import sha256

from sigcheck.http1.framing import Framing, Plan
from sigcheck.http1.text import counted, quoted
from sigcheck.model.answers import CLIENTS, BodyState, HttpClient
from sigcheck.model.delivery import BODY_KEPT

BODY_CAP = 64 * 1024
"""Bytes of a body that are read."""
RAW_CAP = 1 << 20
"""Bytes that are read in search of a body's end, the lines of chunks and trailers included."""

LINE_CAP = 2050
"""Bytes of a chunk's size and extensions that a JDK takes; we read a little more, to say so."""
LINE_READ = 64 * 1024
TRAILERS_READ = 512 * 1024

JDK: tuple[HttpClient, ...] = ("HttpURLConnection", "java.net.http")
_HEX = frozenset(b"0123456789abcdefABCDEF")
_INT_MAX, _LONG_MAX = 2**31 - 1, 2**63 - 1
_HEX_DIGITS_OF_CURL = 16


class Body:
    """What came of a body. `surplus` counts the bytes behind it, of which `behind` keeps the first.

    `lost_by` and `fault` say what is wrong with it.
    """

    def __init__(self) -> None:
        self.kept = b""
        self.size = 0
        self.end: BodyState = "open"
        self.fault: str | None = None
        self.lost_by: set[HttpClient] = set()
        self.followers: frozenset[HttpClient] = frozenset(CLIENTS)
        """The clients that read the body as we do: no fault of its chunks troubles one that reads no chunks."""
        self.surplus = 0
        self.behind = b""
        self._digest = sha256()

    @property
    def sha256(self) -> str:
        """The digest of what was read of it."""
        return self._digest.hexdigest()

    @property
    def over(self) -> bool:
        """Whether nothing more of it is read."""
        return self.end != "open"

    def take(self, data: bytes) -> None:
        """Count what belongs to the body, up to the cap."""
        taken = data[: BODY_CAP - self.size]
        self.size += len(taken)
        self.kept += taken[: BODY_KEPT - len(self.kept)]
        self._digest.update(taken)
        if self.size >= BODY_CAP:
            self.end = "capped"

    def exceed(self, data: bytes) -> None:
        """Note what came behind the body, where it has an end."""
        if self.end == "complete":
            self.surplus += len(data)
            self.behind += data[: BODY_KEPT - len(self.behind)]

    def blame(self, fault: str, *clients: HttpClient) -> None:
        """Note what is wrong, and for whom; the first fault is the one that is told."""
        self.fault = self.fault or fault
        self.lost_by.update(self.followers.intersection(clients))

    def damage(self, fault: str, *clients: HttpClient) -> None:
        """Note what nobody, or nearly nobody, can read on from."""
        self.blame(fault, *(clients or CLIENTS))
        self.end = "broken"


class Chunks:
    """Undoes chunks as leniently as any client, and notes who is less lenient. Feeds a Body."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._state = self._size
        self._line = bytearray()
        self._left = 0
        self._after = b""
        self._trailers = 0

    def feed(self, data: bytes) -> bytes:
        """Read on; gives what stands behind the last chunk."""
        at = 0
        while at < len(data) and not self._body.over:
            at = self._state(data, at)
        if self._body.over:
            self._line.clear()
        return data[at:] if self._body.end == "complete" else b""

    def finish(self) -> None:
        """Note that nothing more comes: what stands where a chunk's size is due was none."""
        if self._state == self._size and self._line and self._line[0] not in _HEX:
            self._size(b"\n", 0)

    def _line_end(self, data: bytes, at: int) -> tuple[bytes | None, int]:
        """Give the line up to its LF, without it, and where the next one begins; None while it is incomplete."""
        found = data.find(b"\n", at)
        if found < 0:
            self._line += data[at:]
            return None, len(data)
        line = bytes(self._line) + data[at:found]
        self._line.clear()
        return line, found + 1

    def _size(self, data: bytes, at: int) -> int:
        line, after = self._line_end(data, at)
        start = bytes(self._line[:1]) if line is None else line[:1]
        if start and start[0] not in _HEX:
            if line is not None or len(self._line) > LINE_READ:
                whole = line if line is not None else bytes(self._line[:LINE_READ])
                self._body.damage(f"a chunk begins with {quoted(whole.rstrip())} instead of its size")
            return after
        if len(self._line if line is None else line) > LINE_READ:
            self._body.damage(f"the line of a chunk's size has more than {LINE_READ:,} bytes", *JDK)
            return after
        if line is None:
            return after
        if not line:
            self._body.damage("a chunk begins with an empty line instead of its size")
            return after
        self._begin(line)
        return after

    def _begin(self, line: bytes) -> None:
        digits = bytes(line[: next((at for at, byte in enumerate(line) if byte not in _HEX), len(line))])
        size = int(digits.lstrip(b"0")[:40] or b"0", 16)
        if len(line) + 1 > LINE_CAP:
            self._body.blame(f"the line of a chunk's size has {len(line) + 1:,} bytes", *JDK)
        if len(digits) > _HEX_DIGITS_OF_CURL:
            self._body.blame(f"a chunk's size has {len(digits)} digits", "curl")
        if not line.endswith(b"\r"):
            self._body.blame("the line of a chunk's size ends with LF instead of CR LF", "java.net.http")
        if size > _LONG_MAX:
            self._body.damage(f"a chunk's size is {quoted(digits)}, more than 64 bits")
        elif size > _INT_MAX:
            self._body.blame(f"a chunk's size is {quoted(digits)}, more than a JDK accepts", "HttpURLConnection")
        self._left = size
        self._state = self._data if size else self._trailer

    def _data(self, data: bytes, at: int) -> int:
        piece = data[at : at + self._left]
        self._body.take(piece)
        self._left -= len(piece)
        if not self._left:
            self._after = b""
            self._state = self._line_after
        return at + len(piece)

    def _line_after(self, data: bytes, at: int) -> int:
        byte = data[at : at + 1]
        if byte == b"\n":
            if self._after != b"\r":
                self._body.blame("a chunk's bytes are not followed by CR LF", *JDK)
            self._state = self._size
        elif byte != b"\r":
            self._body.damage("a chunk has more bytes than its size says")
        else:
            self._after = (self._after + byte)[:2]
        return at + 1

    def _trailer(self, data: bytes, at: int) -> int:
        line, after = self._line_end(data, at)
        self._trailers += after - at
        if self._trailers > TRAILERS_READ:
            self._body.damage(f"there are more than {TRAILERS_READ:,} bytes of trailers")
        if line is None:
            return after
        if not line.endswith(b"\r"):
            self._body.blame("a line behind the last chunk ends with LF instead of CR LF", *JDK)
        text = line.rstrip(b"\r")
        if not text:
            self._body.end = "complete"
        elif b":" not in text:
            self._body.blame(f"a trailer has no colon: {quoted(text)}", *CLIENTS)
        else:
            self._body.blame("a trailer follows the last chunk, which java.net.http does not read", "java.net.http")
        return after


class BodyReader:
    """Reads a body by our plan, and keeps account of what the plans of the clients make of the same bytes."""

    def __init__(self, framing: Framing) -> None:
        self.body = Body()
        self._framing = framing
        self._plan: Plan = framing.ours
        self._raw = 0
        self._chunks = Chunks(self.body) if framing.ours.kind == "chunked" else None
        if self._chunks is not None:
            chunked = (client for client, plan in framing.by.items() if plan.kind == "chunked")
            self.body.followers = frozenset(chunked)
        if self._plan.kind == "none" or self._plan == Plan("length", 0):
            self.body.end = "complete"

    def feed(self, data: bytes) -> None:
        """Read on, until the body is over."""
        body = self.body
        if body.over:
            self._raw += len(data)
            body.exceed(data)
            return
        data, beyond = data[: RAW_CAP - self._raw], data[RAW_CAP - self._raw :]
        self._raw += len(data)
        if self._chunks is not None:
            body.exceed(self._chunks.feed(data))
        elif self._plan.kind == "length":
            mine = data[: self._plan.length - body.size]
            body.take(mine)
            if body.size == self._plan.length:
                body.end = "complete"
                body.exceed(data[len(mine) :])
        else:
            body.take(data)
        if self._raw >= RAW_CAP and not body.over:
            body.end = "capped"
        body.exceed(beyond)

    def finish(self, *, reset: bool) -> None:
        """Note that nothing more comes."""
        body = self.body
        how = "reset" if reset else "closed"
        if self._chunks is not None and body.end == "open":
            self._chunks.finish()
        if body.end == "open":
            if self._plan.kind == "close" and not reset:
                body.end = "complete"
            else:
                body.blame(self._cut(how))
                body.end = "broken"
        if body.end != "capped":
            for client, plan in self._framing.by.items():
                if self._loses(client, plan, reset=reset):
                    body.blame(f"the connection was {how} before the body was complete")
                    body.lost_by.add(client)

    def _cut(self, how: str) -> str:
        size = self.body.size
        if self._plan.kind == "length":
            part = f"{size:,} of {counted(self._plan.length, 'byte')} came"
            return f"the body is cut short: {part} before the connection was {how}"
        if self._chunks is not None:
            came = counted(size, "byte")
            return f"the body is cut short: the connection was {how} after {came}, before the last chunk"
        return f"the connection was {how} while the body was coming, after {counted(size, 'byte')}"

    def _loses(self, client: HttpClient, plan: Plan, *, reset: bool) -> bool:
        """Whether a client, by its own plan, misses a part of the body."""
        match plan.kind:
            case "none":
                return False
            case "length":
                # HttpURLConnection of a JDK 17 takes a body that is cut short for whole.
                return self._raw < plan.length and (reset or client != "HttpURLConnection")
            case "close":
                return reset
            case "chunked":
                return self._chunks is not None and self.body.end == "broken"
