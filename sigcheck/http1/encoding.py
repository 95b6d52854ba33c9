"""Undoes the compression of a body, never beyond a cap."""

import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from sigcheck.http1.text import quoted
from sigcheck.model.delivery import Header

DECODED_CAP = 64 * 1024
LAYERS_CAP = 4
"""Encodings on top of each other that are undone: real answers have one."""

STREAMS_CAP = 16
"""Gzip streams behind each other that are read; a real answer has one."""

_GZIP, _ZLIB, _RAW = 31, 15, -15
_GZIP_START = b"\x1f\x8b"


class Decoded(NamedTuple):
    """A body in plain bytes, at most the cap; None where it cannot be had, and `problem` says why.

    `whole`: nothing is missing at its end, for the cap or because the compressed body is cut short.
    """

    body: bytes | None
    problem: str | None = None
    whole: bool = True


def content_encoding(headers: Iterable[Header]) -> str | None:
    """Give the Content-Encoding of an answer, several lines of it joined; None for none."""
    values = [value.strip() for name, value in headers if name.strip().lower() == "content-encoding"]
    return ", ".join(value for value in values if value) or None


def decoded(body: bytes, encoding: str | None, cap: int = DECODED_CAP) -> bytes | None:
    """Give the plain bytes of a body, at most `cap` of them; None where they cannot be had."""
    return decode(body, encoding, cap).body


def decode(body: bytes, encoding: str | None, cap: int = DECODED_CAP) -> Decoded:
    """Undo the encodings, the last one first. A body that ends too early gives what there is of it."""
    names = [name for part in (encoding or "").split(",") if (name := part.strip().lower())]
    layers = [name for name in names if name != "identity"]
    if len(layers) > LAYERS_CAP:
        return Decoded(None, f"the body is encoded {len(layers)} times", whole=False)
    whole = True
    for name in reversed(layers):
        attempts = _attempts(name)
        if not attempts:
            return Decoded(None, f"the body has the encoding {quoted(name.encode('latin-1', 'replace'))}", whole=False)
        if not body:
            break  # Content-Encoding: gzip over an empty body is common, and harmless.
        result = _inflate(body, attempts, cap)
        if result is None:
            return Decoded(None, f"the body is declared as {name}, but it is not", whole=False)
        body, ended = result
        whole = whole and ended
    return Decoded(body[:cap], whole=whole and len(body) <= cap)


def _attempts(name: str) -> Sequence[int]:
    match name:
        case "gzip" | "x-gzip":
            return (_GZIP,)
        case "deflate":
            # RFC 9110 means zlib's format by that; many servers send the raw one.
            return (_ZLIB, _RAW)
    return ()


def _inflate(body: bytes, attempts: Sequence[int], cap: int) -> tuple[bytes, bool] | None:
    """Give at most `cap` plain bytes, and whether the stream ended with them; None where it is no such stream."""
    for window in attempts:
        with suppress(zlib.error):
            return _streams(body, window, cap)
    return None


def _streams(body: bytes, window: int, cap: int) -> tuple[bytes, bool]:
    """Inflate the streams of a body, one behind the other as gzip allows; raises zlib.error where none begins well."""
    plain = b""
    for _ in range(STREAMS_CAP):
        machine = zlib.decompressobj(window)
        try:
            plain += machine.decompress(body, cap + 1 - len(plain))
        except zlib.error:
            if plain:
                return plain, False
            raise
        if len(plain) > cap or not machine.eof:
            return plain[:cap], False
        body = machine.unused_data
        if window != _GZIP or not body.startswith(_GZIP_START):
            return plain, True
    return plain, False
