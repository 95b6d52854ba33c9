"""Cases of the corpus about what RFC 5280 asks of fields that hardly anybody looks at: constraints, versions."""

from cryptography import x509

from tests.corpus import simple
from tests.pki import dns, tlv

INVALID = "tls-chain-invalid:must"

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
