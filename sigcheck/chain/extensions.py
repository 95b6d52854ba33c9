"""The extensions of a certificate that decide whether a client takes it."""

import ipaddress
from typing import Literal

from msgspec import Struct

from sigcheck.chain.der import MalformedDer, Value, bits, boolean, expect, integer, oid, single, values

BASIC, USAGE, PURPOSES, ALT_NAMES = "2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17"
CONSTRAINTS, SUBJECT_KEY, AUTHORITY_KEY, ACCESS = "2.5.29.30", "2.5.29.14", "2.5.29.35", "1.3.6.1.5.5.7.1.1"
TLS_FEATURE, NETSCAPE = "1.3.6.1.5.5.7.1.24", "2.16.840.1.113730.1.1"
POLICIES, POLICY_MAPPINGS, POLICY_CONSTRAINTS, ANY_POLICY = "2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54"
ISSUER_ALT_NAMES, CRL_POINTS, FRESHEST = "2.5.29.18", "2.5.29.31", "2.5.29.46"
TITLES = {
    BASIC: "basic constraints",
    USAGE: "key usage",
    PURPOSES: "extended key usage",
    ALT_NAMES: "subject alternative name",
    CONSTRAINTS: "name constraints",
    SUBJECT_KEY: "subject key identifier",
    AUTHORITY_KEY: "authority key identifier",
    ACCESS: "authority information access",
    TLS_FEATURE: "TLS feature",
    POLICIES: "certificate policies",
    POLICY_MAPPINGS: "policy mappings",
    POLICY_CONSTRAINTS: "policy constraints",
    ANY_POLICY: "inhibit anyPolicy",
    NETSCAPE: "Netscape certificate type",
    ISSUER_ALT_NAMES: "issuer alternative name",
    CRL_POINTS: "CRL distribution points",
    FRESHEST: "freshest CRL",
}
ANY_POLICY_ID = "2.5.29.32.0"
SERVER_AUTH, ANY_PURPOSE = "1.3.6.1.5.5.7.3.1", "2.5.29.37.0"
GATED = ("1.3.6.1.4.1.311.10.3.3", "2.16.840.1.113730.4.1")
"""Server-gated cryptography, of the 1990s: OpenSSL and the JDK still take it for server authentication."""

USAGE_BITS = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
MAX_ENTRIES = 10_000

NameKind = Literal["dns", "ip", "email", "uri", "directory", "other"]


class GeneralName(Struct, frozen=True):
    """One name of another kind than X.500. `raw` is the value's bytes, `text` how it reads."""

    kind: NameKind
    text: str
    raw: bytes


class Extension(Struct, frozen=True):
    """One extension as it stands: object identifier, criticality, contents."""

    oid: str
    critical: bool
    body: bytes

    @property
    def title(self) -> str:
        """Give its name in words, or its object identifier."""
        return TITLES.get(self.oid, self.oid)


class Constraints(Struct, frozen=True):
    """Name constraints: the subtrees that are permitted, and those that are excluded."""

    permitted: tuple[GeneralName, ...] = ()
    excluded: tuple[GeneralName, ...] = ()


def extension(value: Value) -> Extension:
    """Decode one entry of the list of extensions. Raises MalformedDer."""
    parts = list(values(expect(value, 0x30, "an extension").body, "an extension"))
    if len(parts) not in (2, 3) or parts[0].tag != 0x06 or parts[-1].tag != 0x04:
        raise MalformedDer("an extension is not made of an identifier, a flag and contents")
    critical = boolean(parts[1], "the critical flag of an extension") if len(parts) == 3 else False
    return Extension(oid(parts[0].body, "the identifier of an extension"), critical, parts[-1].body)


def basic_constraints(body: bytes) -> tuple[bool, int | None]:
    """Say whether the certificate is a CA, and how many intermediates may stand below it. Raises MalformedDer."""
    parts = list(values(single(body, "its content", 0x30).body, "its content"))
    ca = boolean(parts.pop(0), "the CA flag") if parts and parts[0].tag == 0x01 else False
    length = integer(parts.pop(0), "the path length") if parts else None
    if parts:
        raise MalformedDer("it holds more than it may")
    return ca, length


def key_usage(body: bytes) -> frozenset[str]:
    """Name the usages that are allowed. Raises MalformedDer."""
    _, flags = bits(single(body, "its content"), "its content")
    number = int.from_bytes(flags)
    size = len(flags) * 8
    return frozenset(name for place, name in enumerate(USAGE_BITS) if place < size and number >> size - 1 - place & 1)


def purposes(body: bytes) -> tuple[str, ...]:
    """Give the object identifiers of the extended key usage. Raises MalformedDer."""
    entries = values(single(body, "its content", 0x30).body, "its content")
    return tuple(oid(expect(entry, 0x06, "a key purpose").body, "a key purpose") for entry in entries)


def general_names(body: bytes) -> tuple[GeneralName, ...]:
    """Decode a subject alternative name. Raises MalformedDer."""
    found = tuple(_general_name(value) for value in values(single(body, "its content", 0x30).body, "its content"))
    if len(found) > MAX_ENTRIES:
        raise MalformedDer(f"there are more than {MAX_ENTRIES} alternative names")
    return found


def _general_name(value: Value) -> GeneralName:
    match value.tag:
        case 0x82:
            return GeneralName("dns", value.body.decode("utf-8", "backslashreplace"), value.body)
        case 0x87:
            return GeneralName("ip", _address(value.body), value.body)
        case 0x81:
            return GeneralName("email", value.body.decode("utf-8", "backslashreplace"), value.body)
        case 0x86:
            return GeneralName("uri", value.body.decode("utf-8", "backslashreplace"), value.body)
        case 0xA4:
            return GeneralName("directory", "", value.body)
        case _:
            return GeneralName("other", "", value.body)


def _address(raw: bytes) -> str:
    half = len(raw) // 2
    if len(raw) in (4, 16):
        return str(ipaddress.ip_address(raw))
    if len(raw) in (8, 32):
        return f"{ipaddress.ip_address(raw[:half])}/{ipaddress.ip_address(raw[half:])}"
    return raw[:32].hex()


def name_constraints(body: bytes) -> Constraints:
    """Decode name constraints. Raises MalformedDer."""
    trees: dict[int, tuple[GeneralName, ...]] = {}
    for part in values(single(body, "its content", 0x30).body, "its content"):
        names = []
        for subtree in values(part.body, "a subtree"):
            base = next(values(expect(subtree, 0x30, "a subtree").body, "a subtree"), None)
            if base is None:
                raise MalformedDer("a subtree of the name constraints is empty")
            names.append(_general_name(base))
        if part.tag not in (0xA0, 0xA1) or part.tag in trees or len(names) > MAX_ENTRIES:
            raise MalformedDer("it holds neither permitted nor excluded subtrees")
        trees[part.tag] = tuple(names)
    return Constraints(trees.get(0xA0, ()), trees.get(0xA1, ()))


def key_identifier(body: bytes, *, authority: bool) -> bytes | None:
    """Give the key identifier of a subject key or authority key identifier. Raises MalformedDer."""
    if not authority:
        return single(body, "its content", 0x04).body
    parts = values(single(body, "its content", 0x30).body, "its content")
    return next((part.body for part in parts if part.tag == 0x80), None)


def authority_serial(body: bytes) -> int | None:
    """Give the serial number that an authority key identifier asks of the issuer. Raises MalformedDer."""
    parts = values(single(body, "its content", 0x30).body, "its content")
    found = next((part.body for part in parts if part.tag == 0x82), None)
    return int.from_bytes(found, signed=True) if found is not None else None


def authority_issuer(body: bytes) -> bytes | None:
    """Give the issuer's issuer (a Name) that an authority key identifier asks for. Raises MalformedDer."""
    for part in values(single(body, "its content", 0x30).body, "its content"):
        if part.tag == 0xA1:
            for name in values(part.body, "the names of the authority key identifier"):
                if name.tag == 0xA4:
                    return name.body
    return None


def issuer_url(body: bytes) -> str | None:
    """Give the first http address where the issuer's certificate can be had. Raises MalformedDer."""
    for entry in values(single(body, "its content", 0x30).body, "its content"):
        parts = list(values(entry.body, "an access description"))
        if len(parts) == 2 and parts[0].raw == bytes.fromhex("06082b06010505073002") and parts[1].tag == 0x86:
            url = parts[1].body.decode("utf-8", "backslashreplace")
            if url.lower().startswith(("http://", "https://")):
                return url
    return None


def must_staple(body: bytes) -> bool:
    """Say whether the certificate demands a stapled OCSP response (RFC 7633, feature 5). Raises MalformedDer."""
    features = values(single(body, "its content", 0x30).body, "its content")
    return any(integer(feature, "a TLS feature") == 5 for feature in features)


def netscape_server(body: bytes) -> bool:
    """Say whether the Netscape certificate type, where it stands, allows SSL servers. Raises MalformedDer."""
    _, flags = bits(single(body, "its content"), "its content")
    return bool(flags and flags[0] & 0x40)


def policies(body: bytes) -> frozenset[str]:
    """Give the object identifiers of the certificate policies. Raises MalformedDer."""
    found = []
    for entry in values(single(body, "its content", 0x30).body, "its content"):
        identifier = next(values(expect(entry, 0x30, "a policy").body, "a policy"), None)
        if identifier is None:
            raise MalformedDer("a policy is empty")
        found.append(oid(expect(identifier, 0x06, "a policy").body, "a policy"))
    return frozenset(found)


def policy_mappings(body: bytes) -> tuple[tuple[str, str], ...]:
    """Give which policy of the issuer stands for which of the subject. Raises MalformedDer."""
    found = []
    for entry in values(single(body, "its content", 0x30).body, "its content"):
        pair = [oid(expect(part, 0x06, "a policy").body, "a policy") for part in values(entry.body, "a policy mapping")]
        if len(pair) != 2:
            raise MalformedDer("a policy mapping is not made of two policies")
        found.append((pair[0], pair[1]))
    return tuple(found)


def policy_constraints(body: bytes) -> tuple[int | None, int | None]:
    """Give after how many certificates a policy is required, and mapping ends. Raises MalformedDer."""
    parts = {}
    for part in values(single(body, "its content", 0x30).body, "its content"):
        parts[part.tag] = integer(Value(0x02, part.body, part.raw), "a policy constraint")
    return parts.get(0x80), parts.get(0x81)


def any_policy_inhibited(body: bytes) -> int:
    """Give after how many certificates anyPolicy counts no longer. Raises MalformedDer."""
    return integer(single(body, "its content"), "its content")
