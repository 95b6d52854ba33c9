"""The key schedule of TLS 1.3 (RFC 8446, 7), without early data and without pre-shared keys."""

import hashlib
import hmac
from collections.abc import Callable
from functools import cached_property

from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from sigcheck.wire.codes import suite_name
from sigcheck.wire.protection import Aead, ModernProtection
from sigcheck.wire.records import Record, WireProblem

_SUITES: dict[int, tuple[str, int, Callable[[bytes], Aead]]] = {
    0x1301: ("sha256", 16, AESGCM),
    0x1302: ("sha384", 32, AESGCM),
    0x1303: ("sha256", 32, ChaCha20Poly1305),
    0x1304: ("sha256", 16, AESCCM),
    0x1305: ("sha256", 16, lambda key: AESCCM(key, tag_length=8)),
}


def transcript_digest(suite: int, transcript: bytes) -> bytes:
    """Hash a transcript with the suite's hash; raises WireProblem for a suite that TLS 1.3 does not know."""
    if suite not in _SUITES:
        raise WireProblem(f"TLS 1.3 with cipher suite {suite_name(suite)}")
    return hashlib.new(_SUITES[suite][0], transcript).digest()


class Traffic:
    """One direction's traffic secret, and what it seals and opens."""

    def __init__(self, suite: int, secret: bytes) -> None:
        self._suite = suite
        self._secret = secret
        self._protection = self._protect()

    def _protect(self) -> ModernProtection:
        name, size, cipher = _SUITES[self._suite]
        key = _expand_label(name, self._secret, b"key", b"", size)
        return ModernProtection(cipher(key), _expand_label(name, self._secret, b"iv", b"", 12))

    def seal(self, kind: int, content: bytes) -> bytes:
        """Give a whole record around the content."""
        return self._protection.seal(kind, content)

    def open(self, record: Record) -> tuple[int, bytes]:
        """Give the true content type and the content. Raises WireProblem for what cannot be opened."""
        return self._protection.open(record)

    def finished(self, transcript: bytes) -> bytes:
        """Compute the verify_data of a Finished over this transcript."""
        name = _SUITES[self._suite][0]
        digest = hashlib.new(name, transcript).digest()
        return hmac.digest(_expand_label(name, self._secret, b"finished", b"", len(digest)), digest, name)

    def update(self) -> None:
        """Go on to the next key, as a KeyUpdate says."""
        name = _SUITES[self._suite][0]
        self._secret = _expand_label(name, self._secret, b"traffic upd", b"", len(self._secret))
        self._protection = self._protect()


class Schedule:
    """The secrets that follow from the shared one. `transcript` ends with the ServerHello."""

    def __init__(self, suite: int, shared: bytes, transcript: bytes) -> None:
        self._suite = suite
        self._name = name = _SUITES[suite][0]
        zeros = bytes(hashlib.new(name).digest_size)
        early = hmac.digest(zeros, zeros, name)
        self._zeros = zeros
        self._secret = secret = hmac.digest(self._derive(early, b"derived", b""), shared, name)
        self._transcript = transcript
        self.server = Traffic(suite, self._derive(secret, b"s hs traffic", transcript))

    # Made when they are needed: most handshakes are never finished.
    @cached_property
    def client(self) -> Traffic:
        """What the client seals until its Finished."""
        return Traffic(self._suite, self._derive(self._secret, b"c hs traffic", self._transcript))

    def application(self, transcript: bytes) -> tuple[Traffic, Traffic]:
        """Give the client's and the server's keys after the handshake; `transcript` ends with the server's Finished."""
        master = hmac.digest(self._derive(self._secret, b"derived", b""), self._zeros, self._name)
        client = self._derive(master, b"c ap traffic", transcript)
        server = self._derive(master, b"s ap traffic", transcript)
        return Traffic(self._suite, client), Traffic(self._suite, server)

    def _derive(self, secret: bytes, label: bytes, transcript: bytes) -> bytes:
        digest = hashlib.new(self._name, transcript).digest()
        return _expand_label(self._name, secret, label, digest, len(digest))


def _expand_label(name: str, secret: bytes, label: bytes, context: bytes, size: int) -> bytes:
    """HKDF-Expand-Label; no output of ours is longer than one block of the hash."""
    label = b"tls13 " + label
    info = size.to_bytes(2) + bytes((len(label),)) + label + bytes((len(context),)) + context
    return hmac.digest(secret, info + b"\x01", name)[:size]
