"""Answers that a receiver may give, as bytes: normal ones, odd ones, broken ones.

Each is played to real clients (tests/http_clients.py) and read by `sigcheck.http1` (tests/test_http_corpus.py).
docs/http-clients.md says what the clients make of them; the bytes stand here and the opinions there.
"""

from dataclasses import dataclass
from typing import Literal

Close = Literal["close", "reset", "stay"]
PAUSE = 0.05
"""Seconds between two parts that shall arrive apart."""


@dataclass(frozen=True)
class Case:
    """One answer: the parts in which it is sent (a number is a pause in seconds), and how the connection ends.

    `close` after the last part, `reset` it, or `stay`: leave it open until the client has had enough.
    """

    id: str
    about: str
    script: tuple[bytes | float, ...]
    close: Close

    @property
    def sent(self) -> bytes:
        """All bytes of the answer."""
        return b"".join(part for part in self.script if isinstance(part, bytes))


class Group(list[Case]):
    """The cases of one file."""

    def add(self, identifier: str, about: str, *script: bytes | float, close: Close = "close") -> None:
        """Write down a case."""
        self.append(Case(identifier, about, script, close))


def answer(*headers: bytes, line: bytes = b"HTTP/1.1 200 OK", body: bytes = b"") -> bytes:
    """Write an answer with these header lines and no others."""
    return b"".join(part + b"\r\n" for part in (line, *headers, b"")) + body


def sized(*headers: bytes, line: bytes = b"HTTP/1.1 200 OK", body: bytes = b"ok") -> bytes:
    """Write an answer with a right Content-Length and these header lines."""
    return answer(*headers, b"Content-Length: %d" % len(body), line=line, body=body)


def chunked(*chunks: bytes, last: bytes = b"0\r\n\r\n") -> bytes:
    """Write chunks, and what ends them."""
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + last


def groups() -> dict[str, list[Case]]:
    """Give all cases by what they are about, in the order in which they were written."""
    from tests import http_corpus_ends, http_corpus_framing, http_corpus_headers, http_corpus_lines

    modules = (http_corpus_lines, http_corpus_headers, http_corpus_framing, http_corpus_ends)
    return {(module.__doc__ or "").strip(): module.GROUP for module in modules}


def cases() -> list[Case]:
    """Give all cases."""
    return [each for group in groups().values() for each in group]
