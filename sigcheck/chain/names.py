"""X.500 names: how they read, and when two of them are the same name."""

import re

from sigcheck.chain.der import MalformedDer, oid, single, values
from sigcheck.redaction.hide import hide

LABELS = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
COMMON_NAME, ORGANISATION, UNIT = "2.5.4.3", "2.5.4.10", "2.5.4.11"
CODECS = {0x0C: "utf-8", 0x1E: "utf-16-be", 0x1C: "utf-32-be", 0x14: "latin-1", 0x13: "ascii", 0x16: "ascii"}
MAX_ATTRIBUTES = 100

Attribute = tuple[int, str, str]
"""Which RDN it stands in, its object identifier, and its text."""


def attributes(raw: bytes) -> tuple[Attribute, ...]:
    """Decode a Name. Raises MalformedDer; text that its own encoding does not fit is kept, marked."""
    found: list[Attribute] = []
    for place, rdn in enumerate(values(single(raw, "a name", 0x30).body, "a name")):
        if rdn.tag != 0x31:
            raise MalformedDer("a name holds something that is not a relative name")
        for pair in values(rdn.body, "a relative name"):
            parts = list(values(pair.body, "a name attribute"))
            if pair.tag != 0x30 or len(parts) != 2 or parts[0].tag != 0x06:
                raise MalformedDer("a name holds something that is not an attribute")
            text = parts[1].body.decode(CODECS.get(parts[1].tag, "latin-1"), "replace")
            found.append((place, oid(parts[0].body, "the type of a name attribute"), text))
        if len(found) > MAX_ATTRIBUTES:
            raise MalformedDer(f"a name has more than {MAX_ATTRIBUTES} attributes")
    return tuple(found)


def written(name: tuple[Attribute, ...]) -> str:
    """Write a name as people read it, in the order of the certificate: `C=FR, O=Example, CN=Example Root`."""
    return hide(", ".join(f"{LABELS.get(kind, kind)}={text}" for _, kind, text in name))


def short(name: tuple[Attribute, ...]) -> str:
    """Give the one part of a name that people use: its common name, else unit, else organisation."""
    for wanted in (COMMON_NAME, UNIT, ORGANISATION):
        for _, kind, text in reversed(name):
            if kind == wanted and text:
                return hide(text)
    return written(name) or "(no name)"


def canonical(name: tuple[Attribute, ...]) -> tuple[tuple[int, str, str], ...]:
    """Give what two equal names share: RFC 5280 7.1, case and runs of blanks make no difference.

    OpenSSL and the JDK compare in this way; a strict verifier compares the bytes.
    """
    return tuple(sorted((place, kind, re.sub(r"\s+", " ", text).strip().casefold()) for place, kind, text in name))


def common_names(name: tuple[Attribute, ...]) -> tuple[str, ...]:
    """Give all common names, in the order of the certificate: the last is the most specific."""
    return tuple(text for _, kind, text in name if kind == COMMON_NAME)
