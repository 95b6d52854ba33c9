"""The signature by which a server proves that it has the private key of its certificate."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from sigcheck.chain.certificate import Unreadable, read
from sigcheck.wire.problems import CertificateUnusable, KeyMismatch
from sigcheck.wire.records import WireProblem

Kind = Literal["EC", "Ed25519", "Ed448", "RSA", "RSA-PSS", "DSA"]
PublicKey = (
    ec.EllipticCurvePublicKey
    | ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
    | rsa.RSAPublicKey
    | dsa.DSAPublicKey
)  # fmt: skip


class Scheme(NamedTuple):
    """One SignatureScheme: its name, the kind of key that it takes, its hash, and whether TLS 1.3 has it."""

    name: str
    kind: Kind
    hash: Callable[[], hashes.HashAlgorithm] | None
    modern: bool
    pss: bool = False


# RFC 8446, 4.2.3, ties each of the first three to one curve; a JDK 17 does not, and takes any (measured).
SCHEMES: Final[dict[int, Scheme]] = {
    0x0403: Scheme("ecdsa_secp256r1_sha256", "EC", hashes.SHA256, True),
    0x0503: Scheme("ecdsa_secp384r1_sha384", "EC", hashes.SHA384, True),
    0x0603: Scheme("ecdsa_secp521r1_sha512", "EC", hashes.SHA512, True),
    0x0807: Scheme("ed25519", "Ed25519", None, True),
    0x0808: Scheme("ed448", "Ed448", None, True),
    0x0804: Scheme("rsa_pss_rsae_sha256", "RSA", hashes.SHA256, True, pss=True),
    0x0805: Scheme("rsa_pss_rsae_sha384", "RSA", hashes.SHA384, True, pss=True),
    0x0806: Scheme("rsa_pss_rsae_sha512", "RSA", hashes.SHA512, True, pss=True),
    0x0809: Scheme("rsa_pss_pss_sha256", "RSA-PSS", hashes.SHA256, True, pss=True),
    0x080A: Scheme("rsa_pss_pss_sha384", "RSA-PSS", hashes.SHA384, True, pss=True),
    0x080B: Scheme("rsa_pss_pss_sha512", "RSA-PSS", hashes.SHA512, True, pss=True),
    0x0401: Scheme("rsa_pkcs1_sha256", "RSA", hashes.SHA256, False),
    0x0501: Scheme("rsa_pkcs1_sha384", "RSA", hashes.SHA384, False),
    0x0601: Scheme("rsa_pkcs1_sha512", "RSA", hashes.SHA512, False),
    0x0402: Scheme("dsa_sha256", "DSA", hashes.SHA256, False),
    0x0303: Scheme("ecdsa_sha224", "EC", hashes.SHA224, False),
    0x0301: Scheme("rsa_sha224", "RSA", hashes.SHA224, False),
    0x0302: Scheme("dsa_sha224", "DSA", hashes.SHA224, False),
    0x0203: Scheme("ecdsa_sha1", "EC", hashes.SHA1, False),
    0x0201: Scheme("rsa_pkcs1_sha1", "RSA", hashes.SHA1, False),
    0x0202: Scheme("dsa_sha1", "DSA", hashes.SHA1, False),
}
# id-RSASSA-PSS inside a SubjectPublicKeyInfo: such a key may sign with PSS alone (RFC 4055, 1.2).
_PSS_ALGORITHM = bytes.fromhex("06092a864886f70d01010a")

# What the crypto library raises for keys and signatures that make no sense.
_UNUSABLE = (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, InternalError)


class LeafKey:
    """The public key of the server certificate. Raises CertificateUnusable where there is none to use."""

    def __init__(self, leaf: bytes) -> None:
        certificate = read(leaf)
        if isinstance(certificate, Unreadable):
            raise CertificateUnusable(f"the server certificate cannot be read: {certificate.reason}")
        spki = certificate.key.spki
        if certificate.key.problem:
            raise CertificateUnusable(f"the key of the server certificate cannot be used: {certificate.key.problem}")
        try:
            loaded = load_der_public_key(spki)
        except _UNUSABLE as error:
            raise CertificateUnusable("the server certificate has no usable key") from error
        if not isinstance(loaded, PublicKey):
            raise CertificateUnusable(f"the key of the server certificate cannot sign: {certificate.key.title}")
        self.key = loaded
        self.title = certificate.key.title
        self.kind: Kind
        match loaded:
            case ec.EllipticCurvePublicKey():
                self.kind = "EC"
            case ed25519.Ed25519PublicKey():
                self.kind = "Ed25519"
            case ed448.Ed448PublicKey():
                self.kind = "Ed448"
            case dsa.DSAPublicKey():
                self.kind = "DSA"
            case _:
                self.kind = "RSA-PSS" if _PSS_ALGORITHM in spki[:32] else "RSA"

    def check(self, code: int, signature: bytes, signed: bytes, *, offered: tuple[int, ...], modern: bool) -> None:
        """Verify the server's signature over `signed`; `modern` says that TLS 1.3 was agreed on.

        Raises KeyMismatch for one that was not made with this key, WireProblem for an algorithm that may not be used.
        """
        scheme = SCHEMES.get(code)
        if scheme is None or code not in offered:
            name = scheme.name if scheme else f"0x{code:04x}"
            raise WireProblem(f"the server signs with {name}, which was not offered")
        if modern and not scheme.modern:
            raise WireProblem(f"the server signs with {scheme.name}, which TLS 1.3 does not allow")
        if scheme.kind != self.kind:
            raise KeyMismatch(f"it signs with {scheme.name}, and its certificate has the key {self.title}")
        try:
            self._verify(scheme, signature, signed)
        except InvalidSignature as error:
            raise KeyMismatch(f"its signature ({scheme.name}) does not verify") from error
        except _UNUSABLE as error:
            raise WireProblem(f"the signature {scheme.name} cannot be checked with the key {self.title}") from error

    def _verify(self, scheme: Scheme, signature: bytes, signed: bytes) -> None:
        digest = scheme.hash() if scheme.hash else hashes.SHA256()
        match self.key:
            case ec.EllipticCurvePublicKey():
                self.key.verify(signature, signed, ec.ECDSA(digest))
            case rsa.RSAPublicKey() if scheme.pss:
                pss = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
                self.key.verify(signature, signed, pss, digest)
            case rsa.RSAPublicKey():
                self.key.verify(signature, signed, padding.PKCS1v15(), digest)
            case dsa.DSAPublicKey():
                self.key.verify(signature, signed, digest)
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                self.key.verify(signature, signed)


@lru_cache(maxsize=64)
def leaf_key(leaf: bytes) -> LeafKey:
    """Give the key of a server certificate; the handshakes of one run see the same one again and again."""
    return LeafKey(leaf)
