"""Records and handshake messages out of a stream of bytes, with a cap on everything a peer chooses."""

from typing import NamedTuple

from sigcheck.redaction.hide import hide
from sigcheck.wire.codes import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE

RECORD_CAP = 2**14 + 2048
"""RFC 5246, 6.2.3: the longest TLSCiphertext."""
MESSAGE_CAP = 1 << 20
"""Our choice: ten times what OpenSSL takes (100 KiB), thirty times what a JDK takes (32 KiB)."""
RECORDS_CAP = 4096
EXCERPT = 80

_KINDS = frozenset((CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA))
_HEADER = 5


class WireProblem(Exception):  # noqa: N818 - a peer's doing, not an error of ours
    """What the peer sent is not what TLS says; the text is one line, without the peer's own bytes."""


class NotTls(WireProblem):
    """The peer speaks something else. `excerpt` is the start of it, printable; `http` when that is HTTP."""

    def __init__(self, start: bytes) -> None:
        super().__init__("the first bytes are not a TLS record")
        self.excerpt = excerpt(start)
        self.http = start[:5].upper() in (b"HTTP/", b"<HTML", b"<!DOC")


class Record(NamedTuple):
    """One record: its content type, its header as sent, its payload."""

    kind: int
    header: bytes
    payload: bytes


class Message(NamedTuple):
    """One handshake message: its type, its body, and all its bytes as they enter the transcript."""

    kind: int
    body: bytes
    raw: bytes


class RecordStream:
    """Cuts records out of what was received. Raises WireProblem, NotTls where nothing was TLS from the start."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._records = 0

    def feed(self, data: bytes) -> None:
        """Append what was received."""
        self._buffer += data

    def next(self) -> Record | None:
        """Give the next whole record, None while it is incomplete."""
        if len(self._buffer) < _HEADER:
            return None
        kind, major, size = self._buffer[0], self._buffer[1], int.from_bytes(self._buffer[3:_HEADER])
        if kind not in _KINDS or major != 3:
            if self._records:
                raise WireProblem(f"a record of type {kind} and version {major}.{self._buffer[2]}")
            raise NotTls(bytes(self._buffer[:400]))
        if size > RECORD_CAP:
            raise WireProblem(f"a record of {size} bytes; at most {RECORD_CAP} are allowed")
        if len(self._buffer) < _HEADER + size:
            return None
        self._records += 1
        if self._records > RECORDS_CAP:
            raise WireProblem(f"more than {RECORDS_CAP} records without a whole handshake")
        header = bytes(self._buffer[:_HEADER])
        payload = bytes(self._buffer[_HEADER : _HEADER + size])
        del self._buffer[: _HEADER + size]
        return Record(kind, header, payload)

    def end(self) -> None:
        """Say that nothing more comes: too short a text for a record is no TLS either."""
        if self._buffer and not self._records and self._buffer[0] not in _KINDS:
            raise NotTls(bytes(self._buffer))


class MessageStream:
    """Joins handshake messages that run over several records. Raises WireProblem."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, payload: bytes) -> None:
        """Append the payload of one handshake record."""
        if not payload:
            raise WireProblem("an empty handshake record")
        self._buffer += payload

    def next(self) -> Message | None:
        """Give the next whole message, None while it is incomplete."""
        if len(self._buffer) < 4:
            return None
        size = int.from_bytes(self._buffer[1:4])
        if size > MESSAGE_CAP:
            raise WireProblem(f"a handshake message of {size} bytes; more than {MESSAGE_CAP} are not read")
        if len(self._buffer) < 4 + size:
            return None
        raw = bytes(self._buffer[: 4 + size])
        del self._buffer[: 4 + size]
        return Message(raw[0], raw[4:], raw)

    @property
    def empty(self) -> bool:
        """Whether no part of a message is waiting."""
        return not self._buffer


def excerpt(start: bytes) -> str:
    """Make the start of a foreign answer printable: its first line, at most EXCERPT characters, no controls."""
    line = start.splitlines()[0] if start.strip() else start
    text = hide(line.decode("latin-1"))
    text = "".join(each if " " <= each <= "~" else "." for each in text[: EXCERPT + 1])
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"
