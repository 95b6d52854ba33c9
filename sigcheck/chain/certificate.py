"""One certificate, read from its DER as a lenient client reads it: what OpenSSL takes apart, we take apart."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from msgspec import Struct

from sigcheck.chain import extensions as ext
from sigcheck.chain.der import MAX_CERTIFICATE, MalformedDer, Value, bits, expect, integer, moment, single, take, values
from sigcheck.chain.keys import PublicKey, SignatureKind, public_key, signature_kind
from sigcheck.chain.names import Attribute, attributes, canonical, short, written
from sigcheck.model.chain import Certificate, Role

T = TypeVar("T")
MAX_EXTENSIONS = 200

SHARED = frozenset((ext.BASIC, ext.USAGE, ext.PURPOSES, ext.AUTHORITY_KEY, ext.ACCESS, ext.POLICIES))
"""Extensions that are the same in most certificates of one CA: each is decoded once."""

SHORT = 1024
"""Bytes up to which what was decoded is remembered."""


class Fault(Struct, frozen=True):
    """An extension that cannot be read, `message` says why, or that stands twice (`doubled`)."""

    extension: str
    oid: str
    critical: bool
    message: str
    doubled: bool = False


class Cert(Struct, frozen=True, eq=False):
    """One certificate. `index` is its place in the presented order, -1 for a root of the client's own.

    The decoded extensions are None where the certificate lacks them or they are among `faults`.
    """

    index: int
    der: bytes
    sha256: str
    version: int
    serial: int
    issuer: tuple[Attribute, ...]
    subject: tuple[Attribute, ...]
    issuer_key: tuple[tuple[int, str, str], ...]
    subject_key: tuple[tuple[int, str, str], ...]
    not_before: datetime
    not_after: datetime
    key: PublicKey
    signature_algorithm: bytes
    signature_kind: SignatureKind
    signature: bytes
    signed: bytes
    algorithms_agree: bool
    extensions: tuple[ext.Extension, ...]
    faults: tuple[Fault, ...]
    basic: tuple[bool, int | None] | None
    usage: frozenset[str] | None
    purposes: tuple[str, ...] | None
    names: tuple[ext.GeneralName, ...] | None
    constraints: ext.Constraints | None
    subject_key_id: bytes | None
    authority_key_id: bytes | None
    authority_serial: int | None
    authority_issuer: tuple[tuple[int, str, str], ...] | None
    issuer_url: str | None
    must_staple: bool
    netscape_server: bool | None
    policies: frozenset[str] | None
    policy_mappings: tuple[tuple[str, str], ...] | None
    policy_constraints: tuple[int | None, int | None] | None
    any_policy_inhibited: int | None
    trailing: int = 0
    """How many bytes follow it that do not belong to it."""

    @property
    def label(self) -> str:
        """Give the name that people use for it."""
        return short(self.subject)

    @property
    def issuer_label(self) -> str:
        """Give the name that people use for its issuer."""
        return short(self.issuer)

    @property
    def self_issued(self) -> bool:
        """Say whether subject and issuer are the same name."""
        return self.subject_key == self.issuer_key

    @property
    def is_ca(self) -> bool:
        """Say whether basic constraints make it a CA."""
        return self.basic is not None and self.basic[0]


class Unreadable(Struct, frozen=True, eq=False):
    """Presented bytes that are no certificate, and why."""

    index: int
    der: bytes
    sha256: str
    reason: str


Presented = Cert | Unreadable


def read(der: bytes, index: int = -1) -> Presented:
    """Read one certificate. Raises nothing: what cannot be read is given back as such."""
    try:
        return _read(der, index)
    except MalformedDer as problem:
        return Unreadable(index, der, hashlib.sha256(der).hexdigest(), str(problem))


@lru_cache(maxsize=256)
def read_again(der: bytes, index: int) -> Presented:
    """Read one certificate that is likely to come again, such as a CA's: once for all chains of this process."""
    return read(der, index)


def _read(der: bytes, index: int) -> Cert:
    if len(der) > MAX_CERTIFICATE:
        raise MalformedDer(f"it is {len(der)} bytes long, more than the {MAX_CERTIFICATE} that are read")
    whole, end = take(der, 0, "the certificate")
    outer = list(values(expect(whole, 0x30, "the certificate").body, "the certificate"))
    if len(outer) != 3:
        raise MalformedDer("the certificate is not made of contents, algorithm and signature")
    tbs = expect(outer[0], 0x30, "the contents of the certificate")
    parts = list(values(tbs.body, "the contents of the certificate"))
    version = 1
    if parts and parts[0].tag == 0xA0:
        version = integer(single(parts.pop(0).body, "the version"), "the version") + 1
    if len(parts) < 6:
        raise MalformedDer("the contents of the certificate end too early")
    number, algorithm, issuer, validity, subject, key = parts[:6]
    serial = integer(number, "the serial number")
    times = list(values(expect(validity, 0x30, "the validity").body, "the validity"))
    if len(times) != 2:
        raise MalformedDer("the validity is not made of two times")
    issuer_name, issuer_key = _issuer(issuer.raw) if len(issuer.raw) <= SHORT else _name(issuer.raw)
    subject_name, subject_key = _name(subject.raw)
    found, faults = _extensions([part for part in parts[6:] if part.tag == 0xA3])
    decoded = _Decoded(found, faults)
    authority = decoded.read(ext.AUTHORITY_KEY, _authority_key)
    unused, signature = bits(outer[2], "the signature")
    if unused:
        raise MalformedDer("the signature does not end on a whole byte")
    return Cert(
        index=index,
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        version=version,
        serial=serial,
        issuer=issuer_name,
        subject=subject_name,
        issuer_key=issuer_key,
        subject_key=subject_key,
        not_before=moment(times[0], "the start of validity"),
        not_after=moment(times[1], "the end of validity"),
        key=public_key(expect(key, 0x30, "the public key").raw),
        signature_algorithm=outer[1].raw,
        signature_kind=signature_kind(outer[1].raw),
        signature=signature,
        signed=tbs.raw,
        algorithms_agree=algorithm.raw == outer[1].raw,
        extensions=found,
        basic=decoded.read(ext.BASIC, ext.basic_constraints),
        usage=decoded.read(ext.USAGE, ext.key_usage),
        purposes=decoded.read(ext.PURPOSES, ext.purposes),
        names=decoded.read(ext.ALT_NAMES, ext.general_names),
        constraints=decoded.read(ext.CONSTRAINTS, ext.name_constraints),
        subject_key_id=decoded.read(ext.SUBJECT_KEY, lambda body: ext.key_identifier(body, authority=False)),
        authority_key_id=authority[0] if authority else None,
        authority_serial=_decoded(ext.authority_serial, authority[1]) if authority else None,
        authority_issuer=_decoded(_authority_issuer, authority[1]) if authority else None,
        issuer_url=decoded.read(ext.ACCESS, ext.issuer_url),
        must_staple=bool(decoded.read(ext.TLS_FEATURE, ext.must_staple)),
        netscape_server=decoded.read(ext.NETSCAPE, ext.netscape_server),
        policies=decoded.read(ext.POLICIES, ext.policies),
        policy_mappings=decoded.read(ext.POLICY_MAPPINGS, ext.policy_mappings),
        policy_constraints=decoded.read(ext.POLICY_CONSTRAINTS, ext.policy_constraints),
        any_policy_inhibited=decoded.read(ext.ANY_POLICY, ext.any_policy_inhibited),
        faults=tuple(decoded.faults),
        trailing=len(der) - end,
    )


def _name(raw: bytes) -> tuple[tuple[Attribute, ...], tuple[tuple[int, str, str], ...]]:
    """Give a name, and what it shares with equal ones. Raises MalformedDer."""
    name = attributes(raw)
    return name, canonical(name)


_issuer = lru_cache(maxsize=256)(_name)
"""The same for the name of an issuer, which many certificates have."""


def _authority_key(body: bytes) -> tuple[bytes | None, bytes]:
    return ext.key_identifier(body, authority=True), body


def _authority_issuer(body: bytes) -> tuple[tuple[int, str, str], ...] | None:
    raw = ext.authority_issuer(body)
    return canonical(attributes(raw)) if raw is not None else None


def _extensions(wrapped: list) -> tuple[tuple[ext.Extension, ...], list[Fault]]:  # type: ignore[type-arg]
    if not wrapped:
        return (), []
    listed = single(wrapped[0].body, "the extensions", 0x30)
    found = tuple(_extension(value) for value in values(listed.body, "the extensions"))
    if len(found) > MAX_EXTENSIONS:
        raise MalformedDer(f"it has more than {MAX_EXTENSIONS} extensions")
    seen: set[str] = set()
    faults = []
    for each in found:
        if each.oid in seen:
            faults.append(Fault(each.title, each.oid, each.critical, "", doubled=True))
        seen.add(each.oid)
    return found, faults


def _extension(value: Value) -> ext.Extension:
    """Decode one extension; many certificates have the same ones. Raises MalformedDer."""
    return _same_extension(value) if len(value.raw) <= SHORT else ext.extension(value)


_same_extension = lru_cache(maxsize=512)(ext.extension)


class _Decoded:
    """The first extension of each kind, decoded; what cannot be is noted in `faults`."""

    def __init__(self, found: tuple[ext.Extension, ...], faults: list[Fault]) -> None:
        self.faults = faults
        self._first: dict[str, ext.Extension] = {}
        for each in found:
            self._first.setdefault(each.oid, each)

    def read(self, oid: str, decode: Callable[[bytes], T]) -> T | None:
        found = self._first.get(oid)
        if found is None:
            return None
        try:
            return _decoded(decode, found.body) if oid in SHARED else decode(found.body)
        except MalformedDer as problem:
            self.faults.append(Fault(found.title, oid, found.critical, str(problem)))
            return None


def _decoded(decode: Callable[[bytes], T], body: bytes) -> T:
    """Decode what many certificates share: once, where it is short. Raises MalformedDer."""
    return _remembered(decode, body) if len(body) <= SHORT else decode(body)


@lru_cache(maxsize=512)
def _remembered(decode: Callable[[bytes], T], body: bytes) -> T:
    return decode(body)


def described(cert: Presented, role: Role) -> Certificate:
    """Describe a presented certificate for the report."""
    if isinstance(cert, Unreadable):
        return Certificate(
            index=cert.index, role="unreadable", subject="", issuer="", serial="", not_before=None, not_after=None,
            key="", signature="", sha256=cert.sha256,
        )  # fmt: skip
    return Certificate(
        index=cert.index,
        role=role,
        subject=written(cert.subject),
        issuer=written(cert.issuer),
        serial=f"{cert.serial:x}",
        not_before=cert.not_before,
        not_after=cert.not_after,
        key=cert.key.title,
        signature=cert.signature_kind.title,
        sha256=cert.sha256,
        names=tuple(name.text for name in (cert.names or ())[:100] if name.kind in ("dns", "ip")),
        issuer_url=cert.issuer_url,
    )
