"""Cases of the corpus about fields of RFC 5280 that hardly anybody looks at: constraints, versions, policies."""

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from tests.corpus import simple
from tests.pki import dns, tlv

INVALID = "tls-chain-invalid:must"
REQUIRED = (x509.PolicyConstraints(0, None), True)
"""A policy must be valid for this certificate and all below it."""


def _policies(*identifiers: str) -> tuple[x509.CertificatePolicies, bool]:
    parts = [x509.PolicyInformation(ObjectIdentifier(identifier), None) for identifier in identifiers]
    return x509.CertificatePolicies(parts), False


def _mapping(issuer: str, subject: str) -> tuple[x509.UnrecognizedExtension, bool]:
    pair = [bytes.fromhex(f"06032a03{int(text.rpartition('.')[2]):02x}") for text in (issuer, subject)]
    return x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.33"), tlv(0x30, tlv(0x30, b"".join(pair)))), True


ANY = "2.5.29.32.0"

simple(
    "constraints-leading-dot",
    "tls-strict-only:should",
    "s",
    about="The constraints permit .example.com: a name below it fits.",
    intermediate={"constraints": x509.NameConstraints(dns(".example.com"), None)},
)
simple(
    "constraints-leading-dot-apex",
    INVALID,
    "ojs",
    about="The constraints permit .example.com: example.com itself does not fit.",
    host="example.com",
    leaf={"names": dns("example.com")},
    intermediate={"constraints": x509.NameConstraints(dns(".example.com"), None)},
)
simple(
    "constraints-leading-dot-excluded",
    "tls-strict-only:should",
    "s",
    about="The constraints exclude .example.com: example.com itself is not meant.",
    host="example.com",
    leaf={"names": dns("example.com"), "subject": "example.com"},
    intermediate={"constraints": x509.NameConstraints(None, dns(".example.com"))},
)
simple(
    "version-2-with-extensions",
    "tls-jdk-refuses:should",
    "js",
    about="A leaf of version 2 with extensions, which came with version 3.",
    leaf={"edit": lambda parts: [tlv(0xA0, b"\x02\x01\x01"), *parts[1:]]},
)
simple(
    "version-1-with-extensions",
    "tls-jdk-refuses:should",
    "js",
    about="A leaf of version 1 with extensions.",
    leaf={"edit": lambda parts: parts[1:]},
)
simple(
    "policy-required-and-held",
    "tls-strict-only:should",
    "s",
    about="The intermediate requires a policy, and it and the leaf state the same one.",
    intermediate={"more": [REQUIRED, _policies("1.2.3.4")]},
    leaf={"more": [_policies("1.2.3.4")]},
)
simple(
    "policy-required-and-mapped",
    "tls-strict-only:should",
    "s",
    about="The intermediate requires a policy and maps it to the one that the leaf states.",
    intermediate={"more": [REQUIRED, _policies("1.2.3.4"), _mapping("1.2.3.4", "1.2.3.5")]},
    leaf={"more": [_policies("1.2.3.5")]},
)
simple(
    "policy-required-and-absent",
    "tls-jdk-refuses:should",
    "js",
    about="The intermediate requires a policy, and nobody states one.",
    intermediate={"more": [REQUIRED]},
)
simple(
    "policy-required-and-other",
    "tls-jdk-refuses:should",
    "js",
    about="The intermediate requires a policy, and the leaf states another one than it.",
    intermediate={"more": [REQUIRED, _policies("1.2.3.4")]},
    leaf={"more": [_policies("1.2.3.5")]},
)
simple(
    "policy-any-inhibited",
    "tls-jdk-refuses:should",
    "js",
    about="The intermediate requires a policy and lets anyPolicy count no longer; the leaf states that alone.",
    intermediate={"more": [REQUIRED, _policies(ANY), (x509.InhibitAnyPolicy(0), True)]},
    leaf={"more": [_policies(ANY)]},
)
simple(
    "policy-differs-unrequired",
    about="The policies of intermediate and leaf differ, and nobody requires one.",
    intermediate={"more": [_policies("1.2.3.4")]},
    leaf={"more": [_policies("1.2.3.5")]},
)
