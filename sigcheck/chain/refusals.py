"""The words of the strict verifier, put plainly: its own are for developers, and hold what Rust prints of values."""

import re

from sigcheck.chain.extensions import BASIC, TITLES
from sigcheck.redaction.hide import hide

SERVER, ABOVE = "the server certificate", "a certificate above the server's"

_EXHAUSTED = "candidates exhausted: "
_DROPPED = ("validation failed: ", "fatal error: ")
_EXTENSION = re.compile(r"invalid extension: (?P<oid>[0-9.]+): (?P<rest>.*)", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ,.;:'/-]*\Z")
_VALUE = re.compile(r"\w*\s*\{|\w+\(|[<>()\[\]\"\\=]|\bb'")

# What each message of cryptography 42 to 50 begins with, and what it means. {who} is the certificate, {extension} the
# extension that it is about.
_WORDS = (
    ("ASN.1 parsing error", "a part of {who} cannot be read"),
    ("error parsing asn1 value", "a part of a certificate cannot be read"),
    ("basicConstraints.cA must not be asserted", "the server certificate is marked as a CA"),
    ("basicConstraints.cA must be asserted", f"{ABOVE} is not marked as a CA"),
    ("missing required extension: CA certificate has no basicConstraints", f"{ABOVE} has no basic constraints"),
    ("missing required extension: leaf", "the server certificate has no alternative names"),
    ("leaf certificate has no matching subjectAltName", "no alternative name of the server certificate fits the host"),
    ("EE subjectAltName MUST be critical", "{who} has no subject, and its alternative names are not marked critical"),
    ("EE subjectAltName MUST NOT be critical", "{who} has a subject, and its alternative names are marked critical"),
    ("EE keyUsage must not assert keyCertSign", "the key usage of {who} allows it to sign certificates"),
    ("keyUsage.keyCertSign must be asserted", f"the key usage of {ABOVE} does not allow it to sign certificates"),
    ("required EKU not found", "the extended key usage of {who} does not include serverAuth"),
    ("Neither EKU nor anyEKU", f"the extended key usage of {ABOVE} does not include serverAuth"),
    (
        "authorityKeyIdentifier must contain keyIdentifier",
        "the authority key identifier of {who} names no key",
    ),
    ("authorityKeyIdentifier must not contain", "the authority key identifier of {who} names a certificate, not a key"),
    ("certificate must be an X509v3 certificate", "{who} is not of version 3"),
    ("InvalidVersion", "a certificate is not of version 3"),
    ("mismatch between signatureAlgorithm", "{who} names two different signature algorithms"),
    ("certificate serial number cannot be negative", "the serial number of {who} is negative"),
    ("certificate must have a serial between", "the serial number of {who} is longer than 20 bytes"),
    ("certificate must have a non-empty Issuer", "{who} does not name its issuer"),
    ("cert is not valid at validation time", "{who} is not valid at this time"),
    ("Forbidden public key algorithm", "a key of the chain is of a kind that public CAs do not use"),
    ("Forbidden signature algorithm", "a signature of the chain is of a kind that public CAs do not use"),
    ("RSA key is too weak", "an RSA key of the chain has fewer than 2048 bits"),
    ("signature does not match", "a signature does not match the key of the issuer"),
    ("path length constraint violated", "a CA has more intermediates below it than it allows"),
    ("chain construction exceeds max depth", "the chain has more than 8 intermediates"),
    ("current depth calculation overflowed", "the chain has more than 8 intermediates"),
    ("excluded name constraint matched", "the name constraints of a CA exclude a name of the server certificate"),
    ("no permitted name constraints matched", "the name constraints of a CA do not permit a name below it"),
    ("malformed DNS name constraint", "a name constraint of a CA is not written as a domain name"),
    ("malformed ", "a name constraint of a CA is malformed"),
    ("unsatisfiable ", "a name constraint of a CA meets a name that is malformed"),
    ("nameConstraints must have non-empty", "a CA has name constraints that hold nothing"),
    ("unsupported name constraint", "a CA has name constraints of a kind that this verifier does not know"),
    ("critical nameConstraints", "a CA has name constraints of a kind that this verifier does not know"),
    ("directoryName matching", "a CA has name constraints of a kind that this verifier does not know"),
    ("Exceeded maximum name constraint", "there are too many names and name constraints to compare"),
    ("Exceeded maximum signature", "there are too many certificates to choose from"),
    ("all candidates exhausted", "no certificate bears, byte for byte, the name that another one gives its issuer"),
    ("invalid domain name", "the host name is not one that a certificate can be for"),
    ("Certificate is missing required extension", "{who} has no {extension}"),
    ("Certificate contains prohibited extension", "{who} has {extension}, which it must not have"),
    ("certificate contains unaccounted-for critical", "{who} has an unknown extension marked critical: {extension}"),
    ("duplicate extension", "the extension {extension} appears twice in a certificate"),
)


def in_words(text: str) -> str:
    """Say in plain words what the verifier said, without anything that a program prints of a value.

    A message that is not known is quoted up to the first character that no sentence has.
    """
    text = " ".join(text.split())
    for prefix in _DROPPED:
        text = text.removeprefix(prefix)
    who = ABOVE if text.startswith(_EXHAUSTED) else SERVER
    while text.startswith(_EXHAUSTED):
        text = text.removeprefix(_EXHAUSTED)
    for prefix in _DROPPED:
        text = text.removeprefix(prefix)
    extension = ""
    if (named := _EXTENSION.match(text)) is not None:
        extension, text = TITLES.get(named["oid"], named["oid"]), named["rest"]
        if text.startswith("Certificate extension has incorrect criticality"):
            must = "are not marked critical" if named["oid"] == BASIC else "must not be marked critical, and is"
            return f"the {extension} of {who} {must}"
    for start, words in _WORDS:
        if text.startswith(start):
            return words.format(who=who, extension=extension)
    return _quoted(text)


def _quoted(text: str) -> str:
    """Quote what is still a sentence of an unknown message, up to where the print of a value begins."""
    plain = _VALUE.split(hide(text), maxsplit=1)[0].rstrip(" :,;")
    if not _PLAIN.match(plain):
        return "the chain has a fault that the verifier does not name"
    return f'the chain has a fault that the verifier calls "{plain[:120]}"'
