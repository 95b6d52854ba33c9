"""The ClientHello: what is asked of a server decides what it shows."""

from functools import lru_cache

from msgspec import Struct

from sigcheck.model.handshake import Protocol
from sigcheck.wire.codes import (
    CLIENT_HELLO,
    HANDSHAKE,
    JDK17_GROUPS,
    JDK17_SIGNATURES,
    JDK17_SUITES,
    SIGNALLING_SUITE,
    SUITES,
    VERSIONS,
    WIDE_GROUPS,
)

RANDOM_SIZE = 60
"""Bytes of chance that one hello takes: 32 for `random`, 28 for the session id."""

_WIDE_SUITES = (*SUITES, SIGNALLING_SUITE)
_JDK17_SUITES = (*JDK17_SUITES, SIGNALLING_SUITE)

# A server that speaks HTTP on this port waits for the end of a line. The session id may hold anything,
# so it ends one: such a server then answers at once (400) instead of stalling until the deadline.
END_OF_REQUEST = b"\r\n\r\n"


class ClientHello(Struct, frozen=True):
    """One ClientHello. `versions` newest first; `shares` are (group, public key) of TLS 1.3.

    `server_name` is an A-label or None for no SNI; `random` is 32 bytes, `session` at most 32.
    """

    versions: tuple[Protocol, ...]
    suites: tuple[int, ...]
    server_name: str | None
    random: bytes
    session: bytes
    alpn: tuple[str, ...] = ()
    groups: tuple[int, ...] = WIDE_GROUPS
    signatures: tuple[int, ...] = JDK17_SIGNATURES
    shares: tuple[tuple[int, bytes], ...] = ()
    cookie: bytes = b""
    staple_list: bool = False
    """Also send status_request_v2, as a JDK does."""

    def message(self) -> bytes:
        """Encode the handshake message, header included, without the record around it."""
        newest = VERSIONS[self.versions[0]]
        body = b"".join(
            (
                min(newest, VERSIONS["TLSv1.2"]).to_bytes(2),
                self.random,
                _vector(1, self.session),
                _vector(2, _pairs(self.suites)),
                b"\x01\x00",
                _vector(2, b"".join(self._extensions(newest))),
            )
        )
        return bytes((CLIENT_HELLO,)) + _vector(3, body)

    def record(self, message: bytes | None = None) -> bytes:
        """Encode the hello in a record of its own, of the version that old servers expect there.

        `message` is the hello as `message` encodes it, where somebody has it.
        """
        version = 0x0301 if VERSIONS[self.versions[-1]] < VERSIONS["TLSv1.2"] else 0x0303
        return bytes((HANDSHAKE,)) + version.to_bytes(2) + _vector(2, self.message() if message is None else message)

    def _extensions(self, newest: int) -> list[bytes]:
        """Order and choice are those of a JDK 17 client, plus ALPN where it is asked for."""
        parts = []
        if self.server_name is not None:
            name = b"\x00" + _vector(2, self.server_name.encode("ascii"))
            parts.append(_extension(0, _vector(2, name)))
        parts.append(_of_client(self.versions, self.groups, self.signatures, self.alpn, self.staple_list))
        if newest >= VERSIONS["TLSv1.3"] and self.cookie:
            parts.append(_extension(44, _vector(2, self.cookie)))
        if newest >= VERSIONS["TLSv1.2"]:
            parts.append(_extension(50, _vector(2, _pairs(self.signatures))))
        if newest >= VERSIONS["TLSv1.3"]:
            shares = b"".join(group.to_bytes(2) + _vector(2, key) for group, key in self.shares)
            parts.append(_extension(51, _vector(2, shares)))
        return parts


def wide_hello(
    entropy: bytes,
    server_name: str | None,
    *,
    versions: tuple[Protocol, ...] = ("TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"),
    alpn: tuple[str, ...] = (),
) -> ClientHello:
    """Ask for all we can name, so that any server shows its certificate. `entropy` is RANDOM_SIZE bytes."""
    return ClientHello(
        versions=versions,
        suites=_WIDE_SUITES,
        server_name=server_name,
        random=entropy[:32],
        session=entropy[32:RANDOM_SIZE] + END_OF_REQUEST,
        alpn=alpn,
    )


def jdk17_hello(entropy: bytes, server_name: str | None) -> ClientHello:
    """Ask as OpenJDK 17 does with its own settings: suites, groups, algorithms and their order, no ALPN.

    A JDK sends SNI only for names with a dot (`sun.security.ssl.Utilities`), so `localhost` goes without.
    """
    return ClientHello(
        versions=("TLSv1.3", "TLSv1.2"),
        suites=_JDK17_SUITES,
        server_name=server_name if server_name is not None and "." in server_name else None,
        random=entropy[:32],
        session=entropy[32:RANDOM_SIZE] + END_OF_REQUEST,
        groups=JDK17_GROUPS,
        staple_list=True,
    )


@lru_cache(maxsize=32)
def _of_client(
    versions: tuple[Protocol, ...],
    groups: tuple[int, ...],
    signatures: tuple[int, ...],
    alpn: tuple[str, ...],
    staple_list: bool,
) -> bytes:
    """Encode the extensions between the name and the keys: they are the client's, whatever server it asks."""
    newest = VERSIONS[versions[0]]
    parts = [
        _extension(5, b"\x01\x00\x00\x00\x00"),
        _extension(10, _vector(2, _pairs(groups))),
        _extension(11, b"\x01\x00"),
    ]
    if alpn:
        parts.append(_extension(16, _vector(2, b"".join(_vector(1, name.encode()) for name in alpn))))
    if staple_list:
        parts.append(_extension(17, bytes.fromhex("000702000400000000")))
    parts += [_extension(23, b""), _extension(35, b"")]
    if newest >= VERSIONS["TLSv1.2"]:
        parts.append(_extension(13, _vector(2, _pairs(signatures))))
        parts.append(_extension(43, _vector(1, b"".join(VERSIONS[version].to_bytes(2) for version in versions))))
    if newest >= VERSIONS["TLSv1.3"]:
        parts.append(_extension(45, b"\x01\x01"))
    return b"".join(parts)


@lru_cache(maxsize=32)
def _pairs(codes: tuple[int, ...]) -> bytes:
    return b"".join(code.to_bytes(2) for code in codes)


def _vector(width: int, body: bytes) -> bytes:
    return len(body).to_bytes(width) + body


def _extension(code: int, body: bytes) -> bytes:
    return code.to_bytes(2) + _vector(2, body)
