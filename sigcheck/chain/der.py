"""Reading DER that a stranger wrote: bounded, without recursion over its depth, and never with a surprise."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct

# A certificate of 64 KiB is far beyond any real one; OpenSSL refuses a certificate message over 100 KiB.
MAX_CERTIFICATE = 65_536


class MalformedDer(ValueError):  # noqa: N818 - the name says what is wrong
    """Bytes that are no DER of the expected shape; the message says which part, in words."""


class Value(Struct, frozen=True):
    """One DER value: `tag` is the identifier octet, `body` what it holds, `raw` all of it."""

    tag: int
    body: bytes
    raw: bytes


def take(data: bytes, start: int, part: str) -> tuple[Value, int]:
    """Read the value at `start` and say where the next one begins. Raises MalformedDer, naming `part`."""
    if start + 2 > len(data):
        raise MalformedDer(f"{part} is cut short")
    tag, length, at = data[start], data[start + 1], start + 2
    if tag & 0x1F == 0x1F:
        raise MalformedDer(f"{part} has a tag of more than one byte")
    if length == 0x80:
        raise MalformedDer(f"{part} has an indefinite length (BER, not DER)")
    if length & 0x80:
        count = length & 0x7F
        if count > 4 or at + count > len(data):
            raise MalformedDer(f"{part} has a length that cannot be right")
        length = int.from_bytes(data[at : at + count])
        if length < 128 or data[at] == 0:
            raise MalformedDer(f"{part} has a length that is not the shortest form (BER, not DER)")
        at += count
    end = at + length
    if end > len(data):
        raise MalformedDer(f"{part} ends too early")
    return Value(tag, data[at:end], data[start:end]), end


def single(data: bytes, part: str, tag: int | None = None) -> Value:
    """Read the one value that `data` is. Raises MalformedDer when there is more, less or another tag."""
    value, end = take(data, 0, part)
    if end != len(data):
        raise MalformedDer(f"{part} is followed by something that does not belong to it")
    return value if tag is None else expect(value, tag, part)


def expect(value: Value, tag: int, part: str) -> Value:
    """Give the value back if it has that tag. Raises MalformedDer."""
    if value.tag != tag:
        raise MalformedDer(f"{part} has tag 0x{value.tag:02x} where 0x{tag:02x} belongs")
    return value


def values(body: bytes, part: str) -> Iterator[Value]:
    """Give the values inside a constructed one. Raises MalformedDer."""
    at, size = 0, len(body)
    while at < size:
        # Most have one byte of tag and one of length, and are taken here: thousands of certificates have dozens each.
        if at + 1 < size and (length := body[at + 1]) < 0x80 and (tag := body[at]) & 0x1F != 0x1F:
            start, at = at, at + 2 + length
            if at <= size:
                yield Value(tag, body[start + 2 : at], body[start:at])
                continue
            at = start
        value, at = take(body, at, part)
        yield value


def oid(body: bytes, part: str) -> str:
    """Decode an object identifier to dotted decimal. Raises MalformedDer."""
    dotted = _dotted(body)
    if dotted is None:
        raise MalformedDer(f"{part} is not an object identifier")
    if not dotted:
        raise MalformedDer(f"{part} is not an object identifier in its shortest form")
    return dotted


@lru_cache(maxsize=1024)
def _dotted(body: bytes) -> str | None:
    """Give an object identifier in dotted decimal: None for what is none, "" where it is not in its shortest form."""
    if not body or body[-1] & 0x80 or len(body) > 64:
        return None
    arcs: list[int] = []
    arc, fresh = 0, True
    for byte in body:
        if fresh and byte == 0x80:
            return ""
        arc, fresh = (arc << 7) | (byte & 0x7F), False
        if not byte & 0x80:
            arcs.append(arc)
            arc, fresh = 0, True
    first = min(arcs[0] // 40, 2)
    return ".".join(str(part) for part in (first, arcs[0] - 40 * first, *arcs[1:]))


def boolean(value: Value, part: str) -> bool:
    """Decode a BOOLEAN. Raises MalformedDer for another type or length; any non-zero byte is true, as for OpenSSL."""
    if value.tag != 0x01 or len(value.body) != 1:
        raise MalformedDer(f"{part} is not a boolean")
    return value.body != b"\x00"


def integer(value: Value, part: str) -> int:
    """Decode an INTEGER. Raises MalformedDer."""
    if value.tag != 0x02 or not value.body:
        raise MalformedDer(f"{part} is not an integer")
    if len(value.body) > 1 and value.body[0] in (0x00, 0xFF) and (value.body[0] ^ value.body[1]) < 0x80:
        raise MalformedDer(f"{part} is an integer with needless leading bytes (BER, not DER)")
    return int.from_bytes(value.body, signed=True)


def bits(value: Value, part: str) -> tuple[int, bytes]:
    """Decode a BIT STRING: how many bits are unused at its end, and its bytes. Raises MalformedDer."""
    if value.tag != 0x03 or not value.body or value.body[0] > 7:
        raise MalformedDer(f"{part} is not a bit string")
    return value.body[0], value.body[1:]


def moment(value: Value, part: str) -> datetime:
    """Decode UTCTime or GeneralizedTime, in UTC. Raises MalformedDer."""
    text = value.body.decode("ascii", "replace")
    digits = text.removesuffix("Z")
    written = len(text) == len(digits) + 1 and digits.isdigit() and digits.isascii()
    if not written or (value.tag, len(digits)) not in ((0x17, 12), (0x18, 14)):
        # Some old encoders leave the seconds out or write an offset; RFC 5280 4.1.2.5 forbids both.
        raise MalformedDer(f"{part} is not a time as RFC 5280 writes it")
    if value.tag == 0x17:
        digits = ("19" if digits >= "50" else "20") + digits
    try:
        month, day, hour, minute, second = (int(digits[at : at + 2]) for at in range(4, 14, 2))
        return datetime(int(digits[:4]), month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise MalformedDer(f"{part} is not a date that exists") from None
