"""What a server's handshake messages say. Every reader raises WireProblem on anything malformed."""

from typing import NamedTuple

from sigcheck.wire.codes import VERSIONS
from sigcheck.wire.records import WireProblem

CERTIFICATES_CAP = 1000

RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""RFC 8446, 4.1.3: the random by which a HelloRetryRequest is told from a ServerHello."""


class Reader:
    """Reads fields off the front of a message; a field that is not there is a WireProblem."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._at = 0
        self._what = what

    def take(self, size: int) -> bytes:
        """Give the next `size` bytes."""
        end = self._at + size
        if end > len(self._data):
            raise WireProblem(f"a {self._what} that ends too early")
        part = self._data[self._at : end]
        self._at = end
        return part

    def number(self, width: int) -> int:
        """Give the next big-endian number of `width` bytes."""
        return int.from_bytes(self.take(width))

    def vector(self, width: int) -> bytes:
        """Give the next vector, whose length stands before it in `width` bytes."""
        return self.take(self.number(width))

    @property
    def more(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._data)


class ServerHello(NamedTuple):
    """The choice of the server. `retry` is a HelloRetryRequest; `share` the server's key of TLS 1.3.

    `extended` says that the server agrees to the extended master secret (RFC 7627); `renegotiation` is the
    body of its renegotiation_info, None where it sent none.
    """

    version: int
    suite: int
    retry: bool
    group: int | None
    share: bytes
    cookie: bytes
    alpn: str | None
    random: bytes
    compression: int
    extended: bool
    renegotiation: bytes | None


class CertificateList(NamedTuple):
    """A Certificate message: DER as sent, leaf first; `staple` is the leaf's OCSP response."""

    chain: tuple[bytes, ...]
    staple: bytes | None


def read_server_hello(body: bytes) -> ServerHello:
    """Read a ServerHello or HelloRetryRequest."""
    reader = Reader(body, "ServerHello")
    version = reader.number(2)
    random = reader.take(32)
    reader.vector(1)
    suite = reader.number(2)
    compression = reader.number(1)
    extensions = _extensions(reader, "ServerHello") if reader.more else {}
    retry = random == RETRY_RANDOM
    if 43 in extensions:
        version = Reader(extensions[43], "supported_versions").number(2)
    group, share = None, b""
    if 51 in extensions:
        field = Reader(extensions[51], "key_share")
        group = field.number(2)
        share = b"" if retry else field.vector(2)
    cookie = Reader(extensions[44], "cookie").vector(2) if 44 in extensions else b""
    return ServerHello(
        version=version,
        suite=suite,
        retry=retry,
        group=group,
        share=share,
        cookie=cookie,
        alpn=_alpn(extensions),
        random=random,
        compression=compression,
        extended=23 in extensions,
        renegotiation=extensions.get(0xFF01),
    )


def read_encrypted_extensions(body: bytes) -> str | None:
    """Read EncryptedExtensions: the protocol chosen by ALPN, if any."""
    return _alpn(_extensions(Reader(body, "EncryptedExtensions"), "EncryptedExtensions"))


def read_certificate(body: bytes, version: int) -> CertificateList:
    """Read a Certificate message of either shape; the entries may hold anything, DER or not."""
    modern = version >= VERSIONS["TLSv1.3"]
    reader = Reader(body, "Certificate message")
    if modern:
        reader.vector(1)
    entries = Reader(reader.vector(3), "list of certificates")
    chain: list[bytes] = []
    staple = None
    while entries.more:
        chain.append(entries.vector(3))
        if len(chain) > CERTIFICATES_CAP:
            raise WireProblem(f"more than {CERTIFICATES_CAP} certificates")
        if modern:
            extensions = _extensions(entries, "certificate entry")
            if len(chain) == 1 and 5 in extensions:
                staple = read_certificate_status(extensions[5])
    return CertificateList(tuple(chain), staple)


def read_certificate_status(body: bytes) -> bytes | None:
    """Read a CertificateStatus: the OCSP response of the leaf (RFC 6066, or the first of RFC 6961's list)."""
    reader = Reader(body, "CertificateStatus")
    kind = reader.number(1)
    if kind == 1:
        return reader.vector(3) or None
    if kind == 2:
        responses = Reader(reader.vector(3), "list of OCSP responses")
        return (responses.vector(3) or None) if responses.more else None
    raise WireProblem(f"a CertificateStatus of type {kind}")


def _extensions(reader: Reader, what: str) -> dict[int, bytes]:
    """Read a block of extensions; of a repeated one the first counts."""
    block = Reader(reader.vector(2), f"block of extensions in a {what}")
    found: dict[int, bytes] = {}
    while block.more:
        code = block.number(2)
        found.setdefault(code, block.vector(2))
    return found


def _alpn(extensions: dict[int, bytes]) -> str | None:
    if 16 not in extensions:
        return None
    names = Reader(Reader(extensions[16], "ALPN extension").vector(2), "ALPN list")
    return names.vector(1).decode("ascii", "backslashreplace") if names.more else None
