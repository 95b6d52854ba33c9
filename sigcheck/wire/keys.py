"""The keys of a TLS 1.3 handshake, as far as reading the server's certificate needs them (RFC 8446, 7)."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Protocol as Shape

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sigcheck.wire.codes import FFDHE, SECP256R1, SECP384R1, SECP521R1, X448, X25519, suite_name
from sigcheck.wire.records import WireProblem

_CURVES: dict[int, type[ec.EllipticCurve]] = {
    SECP256R1: ec.SECP256R1,
    SECP384R1: ec.SECP384R1,
    SECP521R1: ec.SECP521R1,
}
AGREEABLE = (X25519, SECP256R1, SECP384R1, SECP521R1, X448, *FFDHE)
"""Groups for which a shared secret can be computed here."""
_FINITE_SCALAR = 32
"""Bytes of a secret exponent: all that a key used once and told to nobody needs."""


class _Aead(Shape):
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


_SUITES: dict[int, tuple[str, int, Callable[[bytes], _Aead]]] = {
    0x1301: ("sha256", 16, AESGCM),
    0x1302: ("sha384", 32, AESGCM),
    0x1303: ("sha256", 32, ChaCha20Poly1305),
    0x1304: ("sha256", 16, AESCCM),
    0x1305: ("sha256", 16, lambda key: AESCCM(key, tag_length=8)),
}


class KeyShare:
    """One ephemeral key. `public` goes into the hello; `agree` gives the shared secret."""

    def __init__(self, group: int, entropy: Callable[[int], bytes]) -> None:
        self.group = group
        self._private: x25519.X25519PrivateKey | x448.X448PrivateKey | ec.EllipticCurvePrivateKey | _FinitePrivateKey
        if group == X25519:
            self._private = x25519.X25519PrivateKey.from_private_bytes(entropy(32))
        elif group == X448:
            self._private = x448.X448PrivateKey.from_private_bytes(entropy(56))
        elif group in _CURVES:
            curve = _CURVES[group]()
            # Below every group order, never 0: all that a key used once and told to nobody needs.
            scalar = int.from_bytes(entropy(curve.key_size // 8 - 1)) + 1
            self._private = ec.derive_private_key(scalar, curve)
        elif group in FFDHE:
            self._private = _FinitePrivateKey(*FFDHE[group], entropy(_FINITE_SCALAR))
        else:
            raise WireProblem(f"the server insists on key exchange group 0x{group:04x}")

    @property
    def public(self) -> bytes:
        """The public key as TLS 1.3 writes it."""
        if isinstance(self._private, ec.EllipticCurvePrivateKey):
            return self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        if isinstance(self._private, _FinitePrivateKey):
            return self._private.public
        return self._private.public_key().public_bytes_raw()

    def agree(self, peer: bytes) -> bytes:
        """Compute the shared secret. Raises WireProblem for a key that is no point of the group."""
        try:
            match self._private:
                case x25519.X25519PrivateKey():
                    return self._private.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
                case x448.X448PrivateKey():
                    return self._private.exchange(x448.X448PublicKey.from_public_bytes(peer))
                case _FinitePrivateKey():
                    return self._private.exchange(peer)
                case _:
                    curve = self._private.curve
                    point = ec.EllipticCurvePublicKey.from_encoded_point(curve, peer)
                    return self._private.exchange(ec.ECDH(), point)
        except ValueError as error:
            raise WireProblem("a key_share that is no key of its group") from error


class _FinitePrivateKey:
    """A key of one of the finite field groups of RFC 7919, whose values have the length of the prime."""

    def __init__(self, bits: int, offset: int, scalar: bytes) -> None:
        self._prime = _safe_prime(bits, offset)
        self._size = bits // 8
        self._scalar = int.from_bytes(scalar)
        self.public = pow(2, self._scalar, self._prime).to_bytes(self._size)

    def exchange(self, peer: bytes) -> bytes:
        """Compute the shared secret. Raises ValueError for a value that is none of the group."""
        value = int.from_bytes(peer)
        if len(peer) != self._size or not 1 < value < self._prime - 1:
            raise ValueError("no value of the group")
        return pow(value, self._scalar, self._prime).to_bytes(self._size)


def _safe_prime(bits: int, offset: int) -> int:
    """Compute the prime of RFC 7919, appendix A: 2^b - 2^(b-64) + (floor(2^(b-130) e) + X) 2^64 - 1."""
    unit = 1 << bits
    term, digits, place = unit, 0, 0
    while term:
        digits += term
        place += 1
        term //= place
    return unit - (1 << bits - 64) + (((digits >> 130) + offset) << 64) - 1


class ServerSecrets:
    """Opens the server's handshake records. Raises WireProblem for what cannot be opened."""

    def __init__(self, suite: int, shared: bytes, transcript: bytes) -> None:
        name, size, cipher = _SUITES[suite]
        zeros = bytes(hashlib.new(name).digest_size)
        empty = hashlib.new(name).digest()
        early = hmac.digest(zeros, zeros, name)
        handshake = hmac.digest(_expand_label(name, early, b"derived", empty, len(zeros)), shared, name)
        traffic = _expand_label(name, handshake, b"s hs traffic", hashlib.new(name, transcript).digest(), len(zeros))
        self._aead = cipher(_expand_label(name, traffic, b"key", b"", size))
        self._iv = int.from_bytes(_expand_label(name, traffic, b"iv", b"", 12))
        self._sequence = 0

    def open(self, header: bytes, payload: bytes) -> tuple[int, bytes]:
        """Decrypt one record: its true content type and its content."""
        nonce = (self._iv ^ self._sequence).to_bytes(12)
        self._sequence += 1
        try:
            inner = self._aead.decrypt(nonce, payload, header).rstrip(b"\0")
        except (InvalidTag, ValueError) as error:
            raise WireProblem("an encrypted record that does not open") from error
        if not inner:
            raise WireProblem("an encrypted record without a content type")
        return inner[-1], inner[:-1]


def transcript_digest(suite: int, transcript: bytes) -> bytes:
    """Hash a transcript with the suite's hash; raises WireProblem for a suite that TLS 1.3 does not know."""
    if suite not in _SUITES:
        raise WireProblem(f"TLS 1.3 with cipher suite {suite_name(suite)}")
    return hashlib.new(_SUITES[suite][0], transcript).digest()


def _expand_label(name: str, secret: bytes, label: bytes, context: bytes, size: int) -> bytes:
    """HKDF-Expand-Label; no output of ours is longer than one block of the hash."""
    label = b"tls13 " + label
    info = size.to_bytes(2) + bytes((len(label),)) + label + bytes((len(context),)) + context
    return hmac.digest(secret, info + b"\x01", name)[:size]
