"""Cases of the corpus whose defect stands above the server certificate, or in how the chain is sent."""

import ipaddress

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from tests import pki
from tests.corpus import simple
from tests.pki import dns

INCOMPLETE = "tls-chain-incomplete:must"
UNTRUSTED = "tls-untrusted-root:must"
INVALID = "tls-chain-invalid:must"
DISORDER = "tls-chain-disorder:should"
LIMITED = {"start": -400, "days": 1800}

simple("incomplete", INCOMPLETE, "ojs", about="The intermediate was not sent.", serve=("leaf",))
simple("root-sent", about="The root is sent too: needless, harmless.", serve=("leaf", "intermediate", "root"))
simple(
    "root-sent-without-intermediate",
    INCOMPLETE,
    "ojs",
    about="The root is sent, the intermediate is not.",
    serve=("leaf", "root"),
)
simple(
    "order-root-first",
    DISORDER,
    about="The root stands before the intermediate.",
    serve=("leaf", "root", "intermediate"),
)
simple(
    "order-duplicate", DISORDER, about="The intermediate is sent twice.", serve=("leaf", "intermediate", "intermediate")
)
simple("order-leaf-twice", DISORDER, about="The leaf is sent twice.", serve=("leaf", "leaf", "intermediate"))
simple(
    "order-unrelated",
    DISORDER,
    about="A certificate of another CA is sent too.",
    serve=("leaf", "intermediate", "stranger"),
    extra={"stranger": pki.root("Stranger Root")},
)
simple(
    "order-unrelated-between",
    DISORDER,
    about="A stranger stands between leaf and intermediate.",
    serve=("leaf", "stranger", "intermediate"),
    extra={"stranger": pki.root("Stranger Root")},
)
simple(
    "malformed-extra",
    INVALID,
    "ojs",
    about="Something that is no certificate follows the chain.",
    serve=("leaf", "intermediate", "stranger"),
    extra={"stranger": pki.root("Stranger Root", damage=lambda der: der[:50])},
)

simple(
    "root-private",
    UNTRUSTED,
    "ojs",
    about="A private root is sent and not trusted.",
    serve=("leaf", "intermediate", "root"),
    trust=("stranger",),
    extra={"stranger": pki.root("Stranger Root")},
)
simple(
    "root-private-not-sent",
    UNTRUSTED,
    "ojs",
    about="A private root is neither sent nor trusted.",
    intermediate={"aia": None},
    trust=("stranger",),
    extra={"stranger": pki.root("Stranger Root")},
)
simple(
    "root-impostor",
    UNTRUSTED,
    "ojs",
    about="The root has a trusted one's name and another key.",
    serve=("leaf", "intermediate", "root"),
    trust=("twin",),
    extra={"twin": pki.root("Good Root", owner="twin")},
)
simple(
    "root-expired",
    "tls-expired:should",
    "os",
    about="The trusted root has expired.",
    root={"start": -2000, "days": 1990},
)
simple(
    "root-future",
    "tls-not-yet-valid:should",
    "os",
    about="The trusted root is not valid yet.",
    root={"start": 2, "days": 1990},
)
simple("root-sha1", about="The root is signed with SHA-1: nobody looks.", root={"kind": "rsa2048", "digest": "sha1"})
simple(
    "root-rsa-1024", "tls-weak-key:must", "os", about="The root has an RSA key of 1024 bits.", root={"kind": "rsa1024"}
)
simple(
    "root-no-basic-constraints",
    "tls-jdk-refuses:should",
    "js",
    about="The root has no basic constraints, its key usage lets it sign.",
    root={"basic": False},
)
simple(
    "root-no-ca-mark-at-all",
    INVALID,
    "ojs",
    about="The root has neither basic constraints nor key usage.",
    root={"basic": False, "usage": None},
)
simple("root-not-ca", INVALID, "ojs", about="The root's basic constraints say that it is no CA.", root={"ca": False})
simple(
    "root-no-cert-sign", INVALID, "ojs", about="The root's key usage lacks keyCertSign.", root={"usage": ("crl_sign",)}
)
simple(
    "root-purpose-client",
    INVALID,
    "os",
    about="The root's extended key usage: clients only.",
    root={"purposes": [ExtendedKeyUsageOID.CLIENT_AUTH]},
)
simple("root-path-length", INVALID, "os", about="The root allows no intermediate.", root={"path_length": 0})
simple(
    "root-name-constraints",
    INVALID,
    "os",
    about="The root's name constraints exclude the name.",
    root={"constraints": x509.NameConstraints(None, dns("example.com"))},
)
simple(
    "root-critical-unknown",
    INVALID,
    "os",
    about="The root has an unknown critical extension.",
    root={"more": [(x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"), True)]},
)
simple(
    "root-version-1",
    "tls-strict-only:should",
    "s",
    about="A root of version 1.",
    root={"edit": lambda parts: parts[1:-1]},
)

simple(
    "intermediate-expired",
    "tls-expired:must",
    "ojs",
    about="The intermediate has expired.",
    intermediate={"start": -400, "days": 390},
)
simple(
    "intermediate-future",
    "tls-not-yet-valid:must",
    "ojs",
    about="The intermediate is not valid yet.",
    intermediate={"start": 5},
)
simple("intermediate-not-ca", INVALID, "ojs", about="The intermediate is no CA.", intermediate={"ca": False})
simple(
    "intermediate-no-basic-constraints",
    INVALID,
    "ojs",
    about="The intermediate has no basic constraints.",
    intermediate={"basic": False},
)
simple(
    "intermediate-version-1",
    INVALID,
    "ojs",
    about="The intermediate is of version 1.",
    intermediate={"edit": lambda parts: parts[1:-1]},
)
simple(
    "intermediate-no-cert-sign",
    INVALID,
    "ojs",
    about="The intermediate's key usage lacks keyCertSign.",
    intermediate={"usage": ("crl_sign",)},
)
simple(
    "intermediate-purpose-client",
    INVALID,
    "os",
    about="The intermediate's extended key usage: clients only.",
    intermediate={"purposes": [ExtendedKeyUsageOID.CLIENT_AUTH]},
)
simple(
    "intermediate-constraints-exclude",
    INVALID,
    "ojs",
    about="The intermediate's name constraints exclude the name.",
    intermediate={"constraints": x509.NameConstraints(None, dns("example.com"))},
)
simple(
    "intermediate-constraints-other",
    INVALID,
    "ojs",
    about="The intermediate's name constraints permit another domain.",
    intermediate={"constraints": x509.NameConstraints(dns("example.org"), None)},
)
simple(
    "intermediate-constraints-fit",
    about="The intermediate's name constraints permit the name.",
    intermediate={"constraints": x509.NameConstraints(dns("example.com"), None)},
)
simple(
    "intermediate-constraints-common-name",
    INVALID + " tls-strict-only:should",
    "ojs",
    about="Only the common name breaks the constraints.",
    leaf={"names": ()},
    intermediate={"constraints": x509.NameConstraints(dns("example.org"), None)},
)
simple(
    "intermediate-constraints-ip",
    INVALID,
    "ojs",
    about="The constraints permit another network.",
    host="127.0.0.1",
    leaf={"names": [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]},
    intermediate={"constraints": x509.NameConstraints([x509.IPAddress(ipaddress.ip_network("192.0.2.0/24"))], None)},
)
simple(
    "intermediate-critical-unknown",
    INVALID,
    "ojs",
    about="The intermediate has an unknown critical extension.",
    intermediate={"more": [(x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"), True)]},
)
simple(
    "intermediate-rsa-1024",
    "tls-weak-key:must",
    "os",
    about="The intermediate has an RSA key of 1024 bits.",
    intermediate={"kind": "rsa1024"},
)
simple(
    "intermediate-p224",
    "tls-jdk-refuses:should",
    "js",
    about="The intermediate's key is on P-224.",
    intermediate={"kind": "p224"},
)
simple(
    "intermediate-sha1",
    "tls-weak-signature:must",
    "os",
    about="The intermediate is signed with SHA-1.",
    intermediate={"digest": "sha1"},
    root={"kind": "rsa2048"},
)
simple(
    "intermediate-md5",
    "tls-weak-signature:must",
    "ojs",
    about="The intermediate is signed with MD5.",
    intermediate={"digest": "md5"},
    root={"kind": "rsa2048"},
)
simple(
    "intermediate-basic-not-critical",
    "tls-strict-only:should",
    "s",
    about="The intermediate's basic constraints are not critical.",
    intermediate={"basic_critical": False},
)
simple(
    "intermediate-wrong-signature",
    INVALID,
    "ojs",
    about="The intermediate is not signed by the root's key.",
    intermediate={"signer": pki.key("p256", "stranger")},
)
simple(
    "intermediate-other-key",
    INCOMPLETE,
    "ojs",
    about="The intermediate sent has the right name and another key.",
    serve=("leaf", "twin"),
    extra={"twin": pki.intermediate(pki.root(), owner="twin")},
)
simple(
    "intermediate-key-id-differs",
    "tls-chain-incomplete:should",
    "o",
    about="The leaf asks for another key identifier than the issuer has.",
    leaf={"authority_key_id": b"\1" * 20},
)
simple(
    "anchor-is-intermediate",
    "tls-untrusted-root:should",
    "o",
    why={"curl": "curl asks OpenSSL to be content with any trusted certificate (partial chain)"},
    about="The intermediate itself is trusted, its root is not.",
    trust=("intermediate",),
    intermediate={"aia": None},
)
