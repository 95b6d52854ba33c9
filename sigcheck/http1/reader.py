"""Reads one answer, byte by byte if need be, as leniently as any of the three clients reads it."""

from sigcheck.http1.body import Body, BodyReader
from sigcheck.http1.excerpt import not_http
from sigcheck.http1.heads import HEAD_CAP, HeadStream, RawHead
from sigcheck.http1.status import FIRST_FINAL, http_url_connection, read_status_line
from sigcheck.http1.text import counted, quoted
from sigcheck.http1.understanding import INTERIM_CAP, INTERIM_KEPT, Interim, of_head, understand
from sigcheck.model.answers import CLIENTS, BodyState, Head, HttpClient, Oddity, OddityKind

_CUT_FIX = "Find out why the headers end too early, for instance because the server process crashed."
_SWITCHING = 101
BEFORE_KEPT = 8
"""What is odd about interim answers, as far as it is remembered."""


class AnswerReader:
    """One answer to a request of `method`. Feed what is received, and say when the peer has closed.

    `head`: the final status line and headers, once they are complete and at least one client understands them.
    """

    def __init__(self, method: str) -> None:
        self._method = method.upper()
        self._heads = HeadStream()
        self._interim = Interim()
        self._oddities: tuple[Oddity, ...] = ()
        self._before: tuple[Oddity, ...] = ()
        self._refused: str | None = None
        self._body: BodyReader | None = None
        self._ended = False
        self.head: Head | None = None

    def feed(self, data: bytes) -> None:
        """Read what was received. Never raises, and takes time in proportion to its size."""
        if self._ended or self._refused is not None or not data:
            return
        if self._body is not None:
            self._body.feed(data)
            return
        self._heads.feed(data)
        while self._body is None and self._refused is None and (raw := self._heads.next()) is not None:
            self._take(raw)
        if self._heads.too_large:
            self._refused = f"more than {HEAD_CAP:,} bytes of headers came, which no client accepts"
        elif self._heads.settled:
            self._refused = self._foreign()
        if self._refused is not None:
            self._heads = HeadStream()  # nothing of it is looked at again

    def end(self, *, reset: bool = False) -> None:
        """Say that the peer has closed the connection, or reset it."""
        if self._ended:
            return
        self._ended = True
        if self._body is None and self._refused is None:
            self._end_head(reset=reset)
        if self._body is not None:
            self._body.finish(reset=reset)

    @property
    def complete(self) -> bool:
        """Whether nothing more needs to be read: the body is over, or the answer is beyond reading."""
        if self._ended or self._refused is not None:
            return True
        return self._body is not None and self._body.body.over

    @property
    def unreadable(self) -> str | None:
        """Why no client gives its caller a status. What is no HTTP is told from its first byte on."""
        return self._refused if self._refused is not None else self._foreign()

    @property
    def oddities(self) -> tuple[Oddity, ...]:
        """What is odd about the answer, so far."""
        body = self._of_body
        found = list(self._oddities)
        if body.fault is not None:
            lost_by = tuple(client for client in CLIENTS if client in body.lost_by)
            found.append(Oddity(OddityKind.BODY, body.fault, body_lost_by=lost_by))
        if body.surplus:
            message = f"{counted(body.surplus, 'byte')} came after the end of the answer"
            found.append(Oddity(OddityKind.SURPLUS, message))
        return tuple(found)

    @property
    def body(self) -> bytes:
        """The first part of the body: its chunks undone, its compression not."""
        return self._of_body.kept

    @property
    def behind(self) -> bytes:
        """The first part of what came after the end of the answer."""
        return self._of_body.behind

    @property
    def awaits_forbidden(self) -> bool:
        """Whether a body was announced where none may be, and nothing of it has come yet."""
        announced = any(each.kind is OddityKind.BODY_FORBIDDEN for each in self._oddities)
        return announced and not (self._ended or self.behind)

    @property
    def body_size(self) -> int:
        """The bytes of the body that were read, up to the cap."""
        return self._of_body.size

    @property
    def body_sha256(self) -> str:
        """The digest of the bytes that were read."""
        return self._of_body.sha256

    @property
    def body_end(self) -> BodyState:
        """How far the body was read."""
        return self._of_body.end

    @property
    def body_fault(self) -> str | None:
        """What is wrong with the body, in words."""
        return self._of_body.fault

    @property
    def _of_body(self) -> Body:
        return self._body.body if self._body is not None else Body()

    def _foreign(self) -> str | None:
        """Say what came that is no HTTP; None where it is, or may be."""
        start = self._heads.foreign
        reason = not_http(start) if start is not None else None
        return self._after_interim(reason) if reason is not None else None

    def _after_interim(self, reason: str) -> str:
        return f"after the interim {self._interim.statuses[-1]}: {reason}" if self._interim.statuses else reason

    def _take(self, raw: RawHead, cut: tuple[Oddity, ...] = ()) -> None:
        """Understand a head: an interim one is counted, a final one begins the body."""
        line = read_status_line(raw.first)
        status = line.status
        if status is None:
            self._refused = self._after_interim(f"no client understands the answer: {line.trouble(raw.first)}")
        elif status == _SWITCHING:
            self._refused = (
                "the answer is 101: the server switches to another protocol, although the request did not ask for it"
            )
        elif status < FIRST_FINAL:
            statuses = (*self._interim.statuses, status)[:INTERIM_KEPT]
            self._interim = Interim(statuses, self._interim.number + 1, self._heads.size)
            self._before = tuple(dict.fromkeys((*self._before, *of_head(raw, line))))[:BEFORE_KEPT]
            if self._interim.number > INTERIM_CAP:
                self._refused = f"more than {INTERIM_CAP} interim answers came, and no final one"
        else:
            answer = understand(self._method, raw, self._interim, (*self._before, *cut))
            self.head, self._oddities, self._refused = answer.head, answer.oddities, answer.refused
            if self._refused is None:
                self._body = BodyReader(answer.framing)
                self._body.feed(self._heads.rest())

    def _end_head(self, *, reset: bool) -> None:
        """Make what can be made of a head that is not complete: some clients are content with less."""
        how = "reset" if reset else "closed"
        lines, tail = self._heads.pending
        foreign = self._foreign()
        if foreign is not None:
            self._refused = foreign
            return
        if not lines and not tail:
            self._refused = self._after_interim(f"the connection was {how} without an answer")
            return
        if lines:
            first, *rest = lines
            given_up: tuple[HttpClient, ...] = ("curl", "java.net.http") if reset else ("java.net.http",)
            hopeless = reset and not rest and not tail
            where = "within the headers" if rest or tail else "after the status line"
        else:
            first, *rest = tail.split(b"\r") if tail.startswith(b"HTTP/1.") else (tail,)
            given_up = ("curl", "java.net.http")
            hopeless = reset or http_url_connection(first) is None
            where = "within the status line" if not rest else "within the headers"
        last = tail if tail.strip() else ([first, *(line for line in rest if line.strip())][-1])
        message = f"the connection was {how} {where}: {quoted(last.rstrip())} came last"
        status = http_url_connection(first) if not lines else read_status_line(first).status
        if hopeless or status is None or status < FIRST_FINAL:
            self._refused = self._after_interim(message)
            return
        cut = Oddity(OddityKind.HEAD_CUT, message, given_up, _CUT_FIX)
        self._heads.rest()
        self._take(RawHead(first, tuple(line for line in rest if line)), (cut,))
