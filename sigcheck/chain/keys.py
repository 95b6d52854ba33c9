"""Public keys and signatures: what they are, how strong, and whether a signature verifies."""

from collections.abc import Callable
from functools import lru_cache
from typing import Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key
from msgspec import Struct

from sigcheck.chain.der import MalformedDer, bits, integer, oid, single, values

RSA, RSA_PSS, EC, DSA = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.10045.2.1", "1.2.840.10040.4.1"
ED25519, ED448 = "1.3.101.112", "1.3.101.113"
CURVES = {
    "1.2.840.10045.3.1.7": ("P-256", 256),
    "1.3.132.0.34": ("P-384", 384),
    "1.3.132.0.35": ("P-521", 521),
    "1.3.132.0.33": ("P-224", 224),
    "1.2.840.10045.3.1.1": ("P-192", 192),
    "1.3.132.0.10": ("secp256k1", 256),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512),
}
Digest = Literal["MD2", "MD4", "MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512", ""]
PSS_DIGESTS: dict[str, Digest] = {
    "1.3.14.3.2.26": "SHA-1",
    "2.16.840.1.101.3.4.2.1": "SHA-256",
    "2.16.840.1.101.3.4.2.2": "SHA-384",
    "2.16.840.1.101.3.4.2.3": "SHA-512",
    "2.16.840.1.101.3.4.2.4": "SHA-224",
}


class SignatureKind(Struct, frozen=True):
    """A signature algorithm: its title, and the digest that decides its strength ("" where it has none)."""

    title: str
    digest: Digest


SIGNATURES = {
    "1.2.840.113549.1.1.2": SignatureKind("RSA with MD2", "MD2"),
    "1.2.840.113549.1.1.3": SignatureKind("RSA with MD4", "MD4"),
    "1.2.840.113549.1.1.4": SignatureKind("RSA with MD5", "MD5"),
    "1.2.840.113549.1.1.5": SignatureKind("RSA with SHA-1", "SHA-1"),
    "1.3.14.3.2.29": SignatureKind("RSA with SHA-1", "SHA-1"),
    "1.2.840.113549.1.1.14": SignatureKind("RSA with SHA-224", "SHA-224"),
    "1.2.840.113549.1.1.11": SignatureKind("RSA with SHA-256", "SHA-256"),
    "1.2.840.113549.1.1.12": SignatureKind("RSA with SHA-384", "SHA-384"),
    "1.2.840.113549.1.1.13": SignatureKind("RSA with SHA-512", "SHA-512"),
    "1.2.840.10045.4.1": SignatureKind("ECDSA with SHA-1", "SHA-1"),
    "1.2.840.10045.4.3.1": SignatureKind("ECDSA with SHA-224", "SHA-224"),
    "1.2.840.10045.4.3.2": SignatureKind("ECDSA with SHA-256", "SHA-256"),
    "1.2.840.10045.4.3.3": SignatureKind("ECDSA with SHA-384", "SHA-384"),
    "1.2.840.10045.4.3.4": SignatureKind("ECDSA with SHA-512", "SHA-512"),
    "1.2.840.10040.4.3": SignatureKind("DSA with SHA-1", "SHA-1"),
    "2.16.840.1.101.3.4.3.1": SignatureKind("DSA with SHA-224", "SHA-224"),
    "2.16.840.1.101.3.4.3.2": SignatureKind("DSA with SHA-256", "SHA-256"),
    ED25519: SignatureKind("Ed25519", ""),
    ED448: SignatureKind("Ed448", ""),
}
DIGESTS: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "MD5": hashes.MD5,
    "SHA-1": hashes.SHA1,
    "SHA-224": hashes.SHA224,
    "SHA-256": hashes.SHA256,
    "SHA-384": hashes.SHA384,
    "SHA-512": hashes.SHA512,
}
# A modulus beyond this makes one verification take long enough to be an attack (OpenSSL's own limit is 16384).
MAX_RSA_BITS = 16_384


class PublicKey(Struct, frozen=True):
    """A public key: `kind` is RSA, EC, DSA, Ed25519, Ed448 or an identifier; `size` bits; `curve` for EC.

    `problem` says why it cannot be used at all, "" where it can.
    """

    kind: str
    size: int
    curve: str
    title: str
    spki: bytes
    problem: str = ""


def public_key(spki: bytes) -> PublicKey:
    """Describe a SubjectPublicKeyInfo. Raises MalformedDer when it is none."""
    parts = list(values(single(spki, "the public key", 0x30).body, "the public key"))
    if len(parts) != 2 or parts[0].tag != 0x30:
        raise MalformedDer("the public key is not made of an algorithm and a key")
    algorithm = list(values(parts[0].body, "the algorithm of the public key"))
    if not algorithm or algorithm[0].tag != 0x06:
        raise MalformedDer("the public key names no algorithm")
    kind = oid(algorithm[0].body, "the algorithm of the public key")
    _, raw = bits(parts[1], "the public key")
    if kind in (RSA, RSA_PSS):
        return _rsa(spki, raw)
    if kind == EC:
        return _ec(spki, algorithm[1].raw if len(algorithm) > 1 else b"")
    if kind in (ED25519, ED448):
        title = "Ed25519" if kind == ED25519 else "Ed448"
        return PublicKey(title, 256 if kind == ED25519 else 456, "", title, spki)
    if kind == DSA:
        modulus = next(values(algorithm[1].body, "the DSA parameters"), None) if len(algorithm) > 1 else None
        size = integer(modulus, "the DSA modulus").bit_length() if modulus else 0
        return PublicKey("DSA", size, "", f"DSA {size}", spki)
    return PublicKey(kind, 0, "", f"of type {kind}", spki, "no TLS client knows keys of this type")


def _rsa(spki: bytes, raw: bytes) -> PublicKey:
    modulus, *_ = [*values(single(raw, "the RSA key", 0x30).body, "the RSA key"), None]
    if modulus is None:
        raise MalformedDer("the RSA key has no modulus")
    size = integer(modulus, "the RSA modulus").bit_length()
    problem = f"clients handle RSA keys of up to {MAX_RSA_BITS} bits" if size > MAX_RSA_BITS else ""
    return PublicKey("RSA", size, "", f"RSA {size}", spki, problem)


def _ec(spki: bytes, parameters: bytes) -> PublicKey:
    value = single(parameters, "the parameters of the EC key")
    if value.tag != 0x06:
        return PublicKey("EC", 0, "explicit", "EC with explicit parameters", spki, "clients accept only named curves")
    identifier = oid(value.body, "the curve")
    curve, size = CURVES.get(identifier, (identifier, 0))
    return PublicKey("EC", size, curve, f"EC {curve}", spki, "" if size else "clients accept P-256, P-384 and P-521")


@lru_cache(maxsize=64)
def signature_kind(algorithm: bytes) -> SignatureKind:
    """Describe an AlgorithmIdentifier. Raises MalformedDer."""
    parts = list(values(single(algorithm, "the signature algorithm", 0x30).body, "the signature algorithm"))
    if not parts or parts[0].tag != 0x06:
        raise MalformedDer("the signature algorithm has no identifier")
    identifier = oid(parts[0].body, "the signature algorithm")
    if identifier == RSA_PSS:
        digest = _pss_digest(algorithm)
        return SignatureKind(f"RSA-PSS with {digest}", digest)
    return SIGNATURES.get(identifier, SignatureKind(f"algorithm {identifier}", ""))


def _pss_digest(algorithm: bytes) -> Digest:
    parts = list(values(single(algorithm, "the signature algorithm", 0x30).body, "the signature algorithm"))
    if len(parts) > 1:
        for field in values(parts[1].body, "the PSS parameters"):
            if field.tag == 0xA0:
                inner = list(values(single(field.body, "the PSS hash", 0x30).body, "the PSS hash"))
                if inner and inner[0].tag == 0x06:
                    return PSS_DIGESTS.get(oid(inner[0].body, "the PSS hash"), "SHA-1")
    return "SHA-1"


@lru_cache(maxsize=64)
def _loaded(spki: bytes) -> PublicKeyTypes:
    """Give a key that verifies signatures: a CA's, which has signed many certificates. Raises what that raises."""
    return load_der_public_key(spki)


def verifies(key: PublicKey, algorithm: bytes, signature: bytes, signed: bytes) -> bool:
    """Say whether `signature` over `signed` was made with that key and algorithm. Raises nothing."""
    if key.problem:
        return False
    try:
        kind = signature_kind(algorithm)
        loaded = _loaded(key.spki)
        match loaded:
            case rsa.RSAPublicKey() if kind.title.startswith("RSA-PSS"):
                digest = DIGESTS[kind.digest]()
                loaded.verify(signature, signed, padding.PSS(padding.MGF1(digest), padding.PSS.AUTO), digest)
            case rsa.RSAPublicKey() if kind.title.startswith("RSA "):
                loaded.verify(signature, signed, padding.PKCS1v15(), DIGESTS[kind.digest]())
            case ec.EllipticCurvePublicKey() if kind.title.startswith("ECDSA"):
                loaded.verify(signature, signed, ec.ECDSA(DIGESTS[kind.digest]()))
            case dsa.DSAPublicKey() if kind.title.startswith("DSA"):
                loaded.verify(signature, signed, DIGESTS[kind.digest]())
            case ed25519.Ed25519PublicKey() if kind.title == "Ed25519":
                loaded.verify(signature, signed)
            case ed448.Ed448PublicKey() if kind.title == "Ed448":
                loaded.verify(signature, signed)
            case _:
                return False
    except (InvalidSignature, UnsupportedAlgorithm, MalformedDer, ValueError, TypeError, KeyError):
        return False
    return True
