"""Ephemeral keys: the client's half of a key exchange, and the secret that comes of it."""

from collections.abc import Callable

from cryptography.exceptions import InternalError
from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sigcheck.wire.codes import FFDHE, SECP256R1, SECP384R1, SECP521R1, X448, X25519
from sigcheck.wire.records import WireProblem

_CURVES: dict[int, type[ec.EllipticCurve]] = {
    SECP256R1: ec.SECP256R1,
    SECP384R1: ec.SECP384R1,
    SECP521R1: ec.SECP521R1,
}
CURVES = (X25519, SECP256R1, SECP384R1, SECP521R1, X448)
AGREEABLE = (*CURVES, *FFDHE)
"""Groups for which a shared secret can be computed here."""
_FINITE_SCALAR = 32
"""Bytes of a secret exponent: all that a key used once and told to nobody needs."""


class KeyShare:
    """One ephemeral key. `public` goes into the hello; `agree` gives the shared secret."""

    def __init__(self, group: int, entropy: Callable[[int], bytes]) -> None:
        self.group = group
        self._private: x25519.X25519PrivateKey | x448.X448PrivateKey | ec.EllipticCurvePrivateKey | FiniteKey
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
            bits, offset = FFDHE[group]
            self._private = FiniteKey(_safe_prime(bits, offset), 2, entropy)
        else:
            raise WireProblem(f"the server insists on key exchange group 0x{group:04x}")

    @property
    def public(self) -> bytes:
        """The public key as TLS 1.3 writes it."""
        if isinstance(self._private, ec.EllipticCurvePrivateKey):
            return self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        if isinstance(self._private, FiniteKey):
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
                case FiniteKey():
                    return self._private.exchange(peer)
                case _:
                    curve = self._private.curve
                    point = ec.EllipticCurvePublicKey.from_encoded_point(curve, peer)
                    return self._private.exchange(ec.ECDH(), point)
        except (ValueError, InternalError) as error:
            raise WireProblem("a key_share that is not a key of its group") from error


class FiniteKey:
    """A key of a finite field group; `public` and what `exchange` gives have the length of the prime."""

    def __init__(self, prime: int, generator: int, entropy: Callable[[int], bytes]) -> None:
        self._prime = prime
        self._size = (prime.bit_length() + 7) // 8
        self._scalar = int.from_bytes(entropy(_FINITE_SCALAR))
        self.public = pow(generator, self._scalar, prime).to_bytes(self._size)

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
