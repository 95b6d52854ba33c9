"""A certificate factory: good by default, one keyword a defect. Nothing here is for use outside tests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

HOST = "callback.example.com"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""The moment at which a chain made without `now` is good."""

SIGNATURES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha1": hashes.SHA1,
    "md5": hashes.MD5,
}
RSA_OIDS = {"sha256": "0b", "sha384": "0c", "sha1": "05", "md5": "04"}
ECDSA_OIDS = {"sha256": "06082a8648ce3d040302", "sha384": "06082a8648ce3d040303", "sha1": "06072a8648ce3d0401"}
USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
Edit = Callable[[list[bytes]], list[bytes]]


@cache
def key(kind: str = "p256", owner: str = "") -> Key:
    """Give the one key of that kind and owner of this process: making RSA keys is slow."""
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "ed448":
        return ed448.Ed448PrivateKey.generate()
    if kind.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=int(kind[3:]))
    curves: dict[str, Callable[[], ec.EllipticCurve]] = {
        "p256": ec.SECP256R1,
        "p384": ec.SECP384R1,
        "p521": ec.SECP521R1,
        "p224": ec.SECP224R1,
        "p192": ec.SECP192R1,
        "k256": ec.SECP256K1,
        "brainpool256": ec.BrainpoolP256R1,
    }
    return ec.generate_private_key(curves[kind]())


def tlv(tag: int, body: bytes) -> bytes:
    """Encode one DER value."""
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size) + body


def split(body: bytes) -> list[bytes]:
    """Cut the contents of a constructed value into its parts, each with tag and length."""
    parts, at = [], 0
    while at < len(body):
        start, length = at, body[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(body[at : at + count])
            at += count
        at += length
        parts.append(body[start:at])
    return parts


def content(value: bytes) -> bytes:
    """Give what stands inside one DER value."""
    head = 2 + (value[1] & 0x7F if value[1] & 0x80 else 0)
    return value[head:]


def extension(oid: str, body: bytes, *, critical: bool = False) -> bytes:
    """Encode one extension by hand; `oid` is the hex of its whole TLV."""
    flag = b"\x01\x01\xff" if critical else b""
    return tlv(0x30, bytes.fromhex(oid) + flag + tlv(0x04, body))


def extensions_edited(edit: Edit) -> Edit:
    """Turn an edit of the list of extensions into one of the parts of the TBS certificate."""

    def edited(parts: list[bytes]) -> list[bytes]:
        body = content(content(parts[-1]))
        return [*parts[:-1], tlv(0xA3, tlv(0x30, b"".join(edit(split(body)))))]

    return edited


def _signed(tbs_parts: Sequence[bytes], signer: Key, digest: str) -> bytes:
    if isinstance(signer, rsa.RSAPrivateKey):
        algorithm = tlv(0x30, bytes.fromhex("06092a864886f70d0101" + RSA_OIDS[digest] + "0500"))
    elif isinstance(signer, ec.EllipticCurvePrivateKey):
        algorithm = tlv(0x30, bytes.fromhex(ECDSA_OIDS[digest]))
    else:
        algorithm = tlv(
            0x30, bytes.fromhex("06032b6570" if isinstance(signer, ed25519.Ed25519PrivateKey) else "06032b6571")
        )
    place = 2 if tbs_parts[0][0] == 0xA0 else 1
    tbs = tlv(0x30, b"".join([*tbs_parts[:place], algorithm, *tbs_parts[place + 1 :]]))
    if isinstance(signer, rsa.RSAPrivateKey):
        signature = signer.sign(tbs, padding.PKCS1v15(), SIGNATURES[digest]())
    elif isinstance(signer, ec.EllipticCurvePrivateKey):
        signature = signer.sign(tbs, ec.ECDSA(SIGNATURES[digest]()))
    else:
        signature = signer.sign(tbs)
    return tlv(0x30, tbs + algorithm + tlv(0x03, b"\x00" + signature))


@dataclass(frozen=True)
class Issued:
    """One certificate of the factory: its DER, its name, its key, and what its children say of it."""

    der: bytes
    name: x509.Name
    private: Key
    key_id: bytes

    @property
    def pem(self) -> str:
        """Give the certificate in PEM."""
        return x509.load_der_x509_certificate(self.der).public_bytes(serialization.Encoding.PEM).decode()


def named(text: str | x509.Name) -> x509.Name:
    """Make a name of a common name; an empty text gives the empty name."""
    if isinstance(text, x509.Name):
        return text
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else []
    return x509.Name(parts)


def issue(
    subject: str | x509.Name,
    issuer: Issued | None = None,
    *,
    ca: bool = False,
    now: datetime = NOW,
    kind: str = "p256",
    owner: str = "",
    start: float = -10,
    days: float = 80,
    names: Sequence[x509.GeneralName] = (),
    path_length: int | None = None,
    usage: Sequence[str] | None = ("digital_signature",),
    purposes: Sequence[x509.ObjectIdentifier] | None = (ExtendedKeyUsageOID.SERVER_AUTH,),
    constraints: x509.NameConstraints | None = None,
    basic: bool = True,
    basic_critical: bool = True,
    aia: str | None = None,
    key_ids: bool = True,
    authority_key_id: bytes | None = None,
    serial: int | None = None,
    digest: str = "sha256",
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
    edit: Edit | None = None,
    damage: Callable[[bytes], bytes] | None = None,
    signer: Key | None = None,
    issuer_name: x509.Name | None = None,
) -> Issued:
    """Issue one certificate. `start` and `days` count from `now`; `edit` reworks the parts of the TBS."""
    name = named(subject)
    private = key(kind, owner or name.rfc4514_string())
    key_id = x509.SubjectKeyIdentifier.from_public_key(private.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name or (issuer.name if issuer else name))
        .public_key(private.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before((now + timedelta(days=start)).replace(microsecond=0))
        .not_valid_after((now + timedelta(days=start + days)).replace(microsecond=0))
    )
    if key_ids:
        builder = builder.add_extension(key_id, critical=False)
        if issuer or authority_key_id:
            parent = x509.AuthorityKeyIdentifier(authority_key_id or issuer.key_id, None, None)
            builder = builder.add_extension(parent, critical=False)
    if basic:
        length = path_length if ca else None
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=length), critical=basic_critical)
    if usage is not None:
        flags = dict.fromkeys(USAGES, False)
        builder = builder.add_extension(x509.KeyUsage(**flags | dict.fromkeys(usage, True)), critical=True)
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=not list(name))
    if constraints:
        builder = builder.add_extension(constraints, critical=True)
    if aia:
        place = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(aia))
        builder = builder.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
    for value, critical in more:
        builder = builder.add_extension(value, critical=critical)
    hand = signer or (issuer.private if issuer else private)
    plain = isinstance(hand, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    draft = builder.sign(hand, None if plain else hashes.SHA256())
    parts = split(content(draft.tbs_certificate_bytes))
    der = _signed(edit(parts) if edit else parts, hand, digest)
    return Issued(damage(der) if damage else der, name, private, key_id.digest)


@dataclass(frozen=True)
class Chain:
    """A chain as a server would present it, the roots of the client, and the name it asks for."""

    presented: tuple[bytes, ...]
    roots: tuple[bytes, ...]
    host: str
    private: Key
    at: datetime
    staple: bytes | None = None
    parts: Mapping[str, Issued] = field(default_factory=dict)

    @property
    def private_pem(self) -> bytes:
        """Give the leaf's key in PEM."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def dns(*names: str) -> tuple[x509.DNSName, ...]:
    """Make DNS names, without the library's checks of their spelling."""
    return tuple(x509.DNSName._init_without_validation(name) for name in names)


CA_USAGE = ("key_cert_sign", "crl_sign")


def root(subject: str = "Good Root", now: datetime = NOW, **changes: Any) -> Issued:
    """Issue a good root, or one with the given defect."""
    settings: dict[str, Any] = {"ca": True, "start": -2000, "days": 6000, "usage": CA_USAGE, "purposes": None}
    return issue(subject, now=now, **settings | changes)


def intermediate(
    parent: Issued | None, subject: str = "Good Intermediate", now: datetime = NOW, **changes: Any
) -> Issued:
    """Issue a good intermediate below `parent`, or one with the given defect."""
    settings: dict[str, Any] = {"ca": True, "start": -400, "days": 1800, "usage": CA_USAGE, "path_length": 0}
    settings |= {"aia": "http://ca.example.net/root.crt"}
    return issue(subject, parent, now=now, **settings | changes)


def leaf(parent: Issued | None, subject: str = HOST, now: datetime = NOW, **changes: Any) -> Issued:
    """Issue a good server certificate below `parent`, or one with the given defect."""
    settings: dict[str, Any] = {"names": dns(HOST), "aia": "http://ca.example.net/intermediate.crt"}
    return issue(subject, parent, now=now, **settings | changes)


def chain(
    *,
    leaf: Mapping[str, Any] | None = None,
    intermediate: Mapping[str, Any] | None = None,
    root: Mapping[str, Any] | None = None,
    serve: Sequence[str] = ("leaf", "intermediate"),
    trust: Sequence[str] = ("root",),
    host: str = HOST,
    now: datetime = NOW,
    extra: Mapping[str, Issued] | None = None,
    staple: Callable[[Mapping[str, Issued]], bytes] | None = None,
) -> Chain:
    """Make root, intermediate and leaf, with the given fields changed, and present and trust the named ones."""
    top = globals()["root"](now=now, **(root or {}))
    middle = globals()["intermediate"](top, now=now, **(intermediate or {}))
    end = globals()["leaf"](middle, now=now, **(leaf or {}))
    parts = {"root": top, "intermediate": middle, "leaf": end, **(extra or {})}
    return served(parts, serve=serve, trust=trust, host=host, now=now, staple=staple)


def served(
    parts: Mapping[str, Issued],
    *,
    serve: Sequence[str] = ("leaf", "intermediate"),
    trust: Sequence[str] = ("root",),
    host: str = HOST,
    now: datetime = NOW,
    staple: Callable[[Mapping[str, Issued]], bytes] | None = None,
) -> Chain:
    """Present and trust the named certificates of `parts`."""
    presented = tuple(parts[name].der for name in serve)
    roots = tuple(parts[name].der for name in trust)
    answer = staple(parts) if staple else None
    return Chain(presented, roots, host, parts[serve[0]].private, now, answer, parts)


def pem(ders: Sequence[bytes]) -> str:
    """Write certificates as PEM without looking inside them."""
    from base64 import encodebytes

    return "".join(
        f"-----BEGIN CERTIFICATE-----\n{encodebytes(der).decode()}-----END CERTIFICATE-----\n" for der in ders
    )


def staple(parts: Mapping[str, Issued], now: datetime, *, revoked: bool) -> bytes:
    """Make the OCSP response of the intermediate about the leaf."""
    from cryptography.x509 import ocsp

    leaf, issuer = (x509.load_der_x509_certificate(parts[name].der) for name in ("leaf", "intermediate"))
    moment = now.replace(microsecond=0)
    response = ocsp.OCSPResponseBuilder().add_response(
        cert=leaf,
        issuer=issuer,
        algorithm=hashes.SHA1(),
        cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
        this_update=moment - timedelta(days=1),
        next_update=moment + timedelta(days=3),
        revocation_time=moment - timedelta(days=2) if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    signed = response.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer).sign(
        parts["intermediate"].private, hashes.SHA256()
    )
    return signed.public_bytes(serialization.Encoding.DER)
