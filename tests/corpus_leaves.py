"""Cases of the corpus whose defect stands in the key, the signature or an extension of the server certificate."""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from tests import pki
from tests.corpus import simple
from tests.pki import content, extension, extensions_edited, split, tlv

ANY_EKU = ObjectIdentifier("2.5.29.37.0")
NAME = "tls-name-mismatch:must"
INVALID = "tls-chain-invalid:must"
WEAK_SHOULD = "tls-weak-key:must"

simple("key-rsa-1024", "tls-weak-key:must", "os", about="An RSA key of 1024 bits.", leaf={"kind": "rsa1024"})
simple("key-rsa-1536", "tls-weak-key:must", "os", about="An RSA key of 1536 bits.", leaf={"kind": "rsa1536"})
simple("key-p224", "tls-weak-key:must", "ojs", about="A key on P-224.", leaf={"kind": "p224"})
simple("key-p192", "tls-weak-key:must", "ojs", about="A key on P-192.", leaf={"kind": "p192"})
simple("key-secp256k1", "tls-weak-key:must", "ojs", about="A key on secp256k1.", leaf={"kind": "k256"})
simple("key-brainpool", "tls-weak-key:must", "ojs", about="A key on a Brainpool curve.", leaf={"kind": "brainpool256"})
simple("key-ed25519", about="An Ed25519 key: no public CA issues one.", leaf={"kind": "ed25519"})
simple("key-ed448", about="An Ed448 key.", leaf={"kind": "ed448"})
simple(
    "signature-sha1",
    "tls-weak-signature:must",
    "os",
    about="The leaf is signed with RSA and SHA-1.",
    leaf={"digest": "sha1"},
    intermediate={"kind": "rsa2048"},
)
simple(
    "signature-ecdsa-sha1",
    "tls-weak-signature:must",
    "os",
    about="The leaf is signed with ECDSA and SHA-1.",
    leaf={"digest": "sha1"},
)
simple(
    "signature-md5",
    "tls-weak-signature:must",
    "ojs",
    about="The leaf is signed with RSA and MD5.",
    leaf={"digest": "md5"},
    intermediate={"kind": "rsa2048"},
)
simple(
    "signature-wrong",
    INVALID,
    "ojs",
    about="The signature is not by the issuer's key.",
    leaf={"signer": pki.key("p256", "stranger")},
)

simple(
    "usage-no-digital-signature",
    "tls-jdk-refuses:should",
    "js",
    why=dict.fromkeys(("curl", "openssl"), "in TLS 1.2 OpenSSL asks an EC key for signatures, in TLS 1.3 it does not"),
    about="Key usage: key agreement only.",
    leaf={"usage": ("key_agreement",)},
)
simple(
    "usage-encipherment-only",
    "tls-jdk-refuses:should",
    "js",
    about="RSA, key usage: key encipherment only.",
    leaf={"kind": "rsa2048", "usage": ("key_encipherment",)},
)
simple(
    "usage-nothing-for-tls",
    INVALID,
    "ojs",
    about="Key usage: content commitment only.",
    leaf={"usage": ("content_commitment",)},
)
simple("usage-absent", about="No key usage: allowed.", leaf={"usage": None})
simple(
    "purpose-client-only",
    INVALID,
    "ojs",
    about="Extended key usage: TLS clients only.",
    leaf={"purposes": [ExtendedKeyUsageOID.CLIENT_AUTH]},
)
simple("purpose-any", "tls-chain-invalid:must", "os", about="Extended key usage: any.", leaf={"purposes": [ANY_EKU]})
simple("purpose-absent", about="No extended key usage.", leaf={"purposes": None})
simple(
    "leaf-is-ca",
    "tls-strict-only:should",
    "s",
    about="The leaf is marked as a CA.",
    leaf={"ca": True, "usage": ("digital_signature", "key_cert_sign")},
)
simple("leaf-no-basic-constraints", about="No basic constraints: allowed.", leaf={"basic": False})
simple("leaf-no-key-ids", "tls-strict-only:should", "s", about="No key identifiers.", leaf={"key_ids": False})
simple(
    "leaf-long-lived",
    about="Valid for 800 days; only public CAs are bound by the rule.",
    leaf={"start": -10, "days": 800},
)
simple(
    "leaf-must-staple",
    about="Must-staple, and nothing is stapled.",
    rules="tls-strict-only:should",
    refused="s",
    leaf={"more": [(x509.TLSFeature([x509.TLSFeatureType.status_request]), False)]},
)
simple(
    "extension-unknown",
    about="An unknown extension that is not critical.",
    leaf={"more": [(x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"), False)]},
)
simple(
    "extension-unknown-critical",
    INVALID,
    "ojs",
    about="An unknown critical extension.",
    leaf={"more": [(x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"), True)]},
)
simple(
    "extension-tls-feature-critical",
    INVALID + " tls-strict-only:should",
    "ojs",
    about="Must-staple, marked critical.",
    leaf={"more": [(x509.TLSFeature([x509.TLSFeatureType.status_request]), True)]},
)
simple(
    "extension-crl-points-critical",
    "tls-jdk-refuses:should",
    "js",
    about="CRL distribution points, marked critical.",
    leaf={
        "more": [
            (
                x509.CRLDistributionPoints(
                    [
                        x509.DistributionPoint(
                            [x509.UniformResourceIdentifier("http://crl.example.net/a.crl")], None, None, None
                        )
                    ]
                ),
                True,
            )
        ]
    },
)
simple(
    "extension-netscape",
    INVALID,
    "ojs",
    about="A Netscape certificate type that allows clients only.",
    leaf={
        "more": [(x509.UnrecognizedExtension(ObjectIdentifier("2.16.840.1.113730.1.1"), b"\x03\x02\x07\x80"), False)]
    },
)


def _version_one(parts: list[bytes]) -> list[bytes]:
    return parts[1:-1]


def _without(oid: str):
    return lambda parts: [part for part in parts if not content(part).startswith(bytes.fromhex(oid))]


def _twice(oid: str):
    return lambda parts: [*parts, *[part for part in parts if content(part).startswith(bytes.fromhex(oid))]]


simple(
    "leaf-version-1",
    "tls-strict-only:should",
    "s",
    about="A leaf of version 1, without extensions.",
    leaf={"edit": _version_one},
)
simple(
    "extension-twice-san",
    INVALID,
    "ojs",
    about="The alternative name stands twice.",
    leaf={"edit": extensions_edited(_twice("0603551d11"))},
)
simple(
    "extension-twice-aia",
    "tls-jdk-refuses:should",
    "js",
    about="Authority information access stands twice.",
    leaf={"edit": extensions_edited(_twice("06082b06010505070101"))},
)
simple(
    "extension-twice-unknown",
    "tls-jdk-refuses:should",
    "js",
    about="An unknown extension stands twice.",
    leaf={"edit": extensions_edited(lambda parts: [*parts, *[extension("06042a030405", b"\x05\x00")] * 2])},
)
simple(
    "extension-broken-san",
    INVALID,
    "os",
    about="The alternative name is no DER.",
    leaf={
        "edit": extensions_edited(
            lambda parts: [*_without("0603551d11")(parts), extension("0603551d11", b"\x30\x20\x82")]
        )
    },
)
simple(
    "extension-broken-basic",
    INVALID,
    "ojs",
    about="The basic constraints are no DER.",
    leaf={
        "edit": extensions_edited(
            lambda parts: [*_without("0603551d13")(parts), extension("0603551d13", b"\x02\x01\x05\x00", critical=True)]
        )
    },
)
simple(
    "extension-broken-access",
    "tls-strict-only:should",
    "s",
    about="Authority information access is no DER.",
    leaf={
        "edit": extensions_edited(
            lambda parts: [*_without("06082b06010505070101")(parts), extension("06082b06010505070101", b"\x30\x7f\x01")]
        )
    },
)
simple("serial-zero", about="Serial number 0.", leaf={"edit": lambda parts: [parts[0], b"\x02\x01\x00", *parts[2:]]})
simple(
    "serial-negative",
    "tls-strict-only:should",
    "s",
    about="A negative serial number.",
    leaf={"edit": lambda parts: [parts[0], b"\x02\x01\x85", *parts[2:]]},
)
simple(
    "malformed-leaf",
    INVALID,
    "ojs",
    about="The leaf is cut in half.",
    leaf={"damage": lambda der: der[: len(der) // 2]},
)
simple(
    "malformed-garbage",
    INVALID,
    "ojs",
    about="The leaf is text.",
    leaf={"damage": lambda der: b"this is no certificate"},
)
simple("malformed-trailing", INVALID, "os", about="Bytes follow the leaf.", leaf={"damage": lambda der: der + b"\0\0"})
simple(
    "malformed-no-signature",
    INVALID,
    "ojs",
    about="The leaf has no signature.",
    leaf={"damage": lambda der: tlv(0x30, b"".join(split(content(der))[:2]))},
)
simple(
    "malformed-algorithms-differ",
    INVALID,
    "ojs",
    about="Inside and outside, the leaf names different signature algorithms.",
    leaf={
        "damage": lambda der: tlv(
            0x30,
            b"".join(
                [split(content(der))[0], tlv(0x30, bytes.fromhex(pki.ECDSA_OIDS["sha384"])), split(content(der))[2]]
            ),
        )
    },
)
simple(
    "malformed-time",
    INVALID,
    "ojs",
    about="The end of validity is no date.",
    leaf={
        "edit": lambda parts: [
            *parts[:4],
            tlv(0x30, split(content(parts[4]))[0] + tlv(0x17, b"991399000000Z")),
            *parts[5:],
        ]
    },
)
simple(
    "malformed-time-zone",
    INVALID,
    "ojs",
    about="The end of validity does not say that it is in UTC: it lacks its Z.",
    leaf={
        "edit": lambda parts: [
            *parts[:4],
            tlv(0x30, split(content(parts[4]))[0] + tlv(0x17, content(split(content(parts[4]))[1]).rstrip(b"Z"))),
            *parts[5:],
        ]
    },
)
