"""Says in words what something is that is not HTTP/1."""

from sigcheck.http1.text import quoted

LOOKED_AT = 4096
"""Bytes of it that are kept."""
_ENOUGH = 81
_BLANKS = b"\r\n \t"
_TLS_KINDS = range(20, 24)
_FRAME_HEADER = 9


def not_http(start: bytes) -> str | None:
    """Say what the first bytes are; None while they may become, or are, a status line."""
    if not start or begins_like_http(start):
        return None
    if _is_tls(start):
        return "the server answered in TLS, not in HTTP: this port expects https"
    if _is_http2(start):
        return "the server answered in HTTP/2, although the request was HTTP/1.1"
    text = start[:LOOKED_AT].lstrip(_BLANKS)
    if not text:
        return "the answer has only empty lines and no status line"
    if text != start[:LOOKED_AT] and begins_like_http(text):
        return f"whitespace or empty lines come before the status line {quoted(text.splitlines()[0])}"
    return f"the answer is not HTTP: {quoted(text.splitlines()[0])}"


def begins_like_http(start: bytes) -> bool:
    """Whether some client may still take it for a status line: upper case or not, as far as it goes."""
    return b"HTTP/".startswith(start[:5].upper())


def settled(start: bytes) -> bool:
    """Whether more bytes would not change what `not_http` says."""
    if _is_tls(start) or _is_http2(start) or len(start) >= LOOKED_AT:
        return True
    text = start.lstrip(_BLANKS)
    return b"\n" in text or len(text) >= _ENOUGH


def _is_tls(start: bytes) -> bool:
    return len(start) >= 3 and start[0] in _TLS_KINDS and start[1] == 3 and start[2] <= 4


def _is_http2(start: bytes) -> bool:
    """Whether it begins with a SETTINGS frame of stream 0, as every connection of HTTP/2 does."""
    size = int.from_bytes(start[:3])
    return len(start) >= _FRAME_HEADER and start[3] == 4 and not any(start[5:9]) and size % 6 == 0 and size < 600
