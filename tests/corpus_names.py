"""Cases of the corpus that are good, out of date, or for another name."""

import ipaddress
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from tests import pki
from tests.corpus import case, simple
from tests.pki import content, dns, extensions_edited, split, tlv

ANY_EKU = ObjectIdentifier("2.5.29.37.0")
NAME = "tls-name-mismatch:must"
INVALID = "tls-chain-invalid:must"
WEAK_SHOULD = "tls-weak-key:must"

simple("good", about="Root, intermediate, leaf: nothing is wrong.")
simple(
    "good-rsa",
    about="The same with RSA 2048 keys.",
    leaf={"kind": "rsa2048"},
    intermediate={"kind": "rsa2048"},
    root={"kind": "rsa2048"},
)
simple("good-p384", about="Keys on P-384.", leaf={"kind": "p384"}, intermediate={"kind": "p384"})
simple("good-wildcard", about="*.example.com for callback.example.com.", leaf={"names": dns("*.example.com")})
simple(
    "good-ip",
    about="An address as alternative name.",
    host="127.0.0.1",
    leaf={"names": [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]},
)
simple("good-case", about="Names are compared without case.", leaf={"names": dns("CallBack.Example.COM")})
simple(
    "good-idn",
    about="An internationalised name, asked for in its A-label form.",
    host="xn--bcher-kva.example.com",
    leaf={"names": dns("xn--bcher-kva.example.com")},
)
simple("good-six-days", about="A certificate of six days, issued yesterday.", leaf={"start": -1, "days": 6})

simple(
    "leaf-expired", "tls-expired:must", "ojs", about="The leaf expired ten days ago.", leaf={"start": -90, "days": 80}
)
simple("leaf-future", "tls-not-yet-valid:must", "ojs", about="The leaf is valid from tomorrow.", leaf={"start": 1})
simple(
    "leaf-expires-soon",
    "tls-expires-soon:should",
    about="Five of ninety days are left.",
    leaf={"start": -85, "days": 90},
)
simple(
    "leaf-six-days-late", "tls-expires-soon:should", about="Half a day of six is left.", leaf={"start": -5.5, "days": 6}
)
simple(
    "leaf-expired-and-other-name",
    "tls-expired:must tls-name-mismatch:must",
    "ojs",
    about="Two defects, two rules.",
    leaf={"start": -90, "days": 80},
    host="other.example.com",
)

simple("name-other", NAME, "ojs", about="The leaf is for another name.", host="other.example.com")
simple(
    "name-wildcard-depth",
    NAME,
    "ojs",
    about="*.example.com does not cover a.b.example.com.",
    host="a.b.example.com",
    leaf={"names": dns("*.example.com")},
)
simple(
    "name-wildcard-apex",
    NAME,
    "ojs",
    about="*.example.com does not cover example.com.",
    host="example.com",
    leaf={"names": dns("*.example.com")},
)
simple(
    "name-wildcard-top", NAME, "os", about="*.com for example.com.", host="example.com", leaf={"names": dns("*.com")}
)
simple(
    "name-wildcard-partial",
    NAME,
    "os",
    why={"openssl": "s_client lets a star stand inside the first label; curl and Python do not"},
    about="call*.example.com: a star inside a label.",
    leaf={"names": dns("call*.example.com")},
)
simple(
    "name-wildcard-inside",
    NAME,
    "os",
    about="callback.*.com: a star in the second label.",
    leaf={"names": dns("callback.*.com")},
)
simple("name-wildcard-alone", NAME, "ojs", about="* alone.", leaf={"names": dns("*")})
simple(
    "name-common-name-only",
    "tls-strict-only:should",
    "s",
    about="The name stands in the common name only.",
    leaf={"names": ()},
)
simple(
    "name-common-name-beside-other",
    NAME,
    "ojs",
    about="The common name fits, the alternative names do not.",
    leaf={"names": dns("other.example.com")},
)
simple(
    "name-common-name-beside-ip",
    "tls-strict-only:should",
    "s",
    why={"curl": "curl looks at no common name where there is any alternative name, be it an address"},
    about="The common name fits; the only alternative name is an address.",
    leaf={"names": [x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]},
)
simple(
    "name-ip-in-common-name",
    NAME,
    "ojs",
    why={"curl": "curl compares a common name with an address too, where there are no alternative names"},
    about="An address in the common name only.",
    host="127.0.0.1",
    leaf={"subject": "127.0.0.1", "names": ()},
)
simple(
    "name-ip-as-dns",
    NAME,
    "ojs",
    about="An address written as a DNS name.",
    host="127.0.0.1",
    leaf={"names": dns("127.0.0.1")},
)
simple(
    "name-ip-other",
    NAME,
    "ojs",
    about="Another address.",
    host="127.0.0.1",
    leaf={"names": [x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]},
)
simple(
    "name-underscore",
    "tls-jdk-refuses:should",
    "js",
    about="The host name has an underscore.",
    host="call_back.example.com",
    leaf={"names": dns("call_back.example.com")},
)
simple(
    "name-underscore-wildcard",
    NAME,
    "ojs",
    why={"curl": "curl's own comparison lets a star stand for an underscore, OpenSSL's does not"},
    about="A wildcard over a host name with an underscore.",
    host="call_back.example.com",
    leaf={"names": dns("*.example.com")},
)
simple(
    "name-trailing-dot-in-certificate",
    NAME,
    "ojs",
    why={"curl": "curl drops the trailing dot of a name in the certificate"},
    about="The alternative name ends in a dot.",
    leaf={"names": dns("callback.example.com.")},
)
simple(
    "name-trailing-dot",
    "tls-jdk-refuses:should",
    "j",
    why={"jdk": "HttpsURLConnection leaves the dot out of SNI; java.net.http refuses the name before it connects"},
    about="The host is written with a trailing dot.",
    host="callback.example.com.",
)
simple(
    "name-null-byte",
    NAME,
    "ojs",
    about="callback.example.com\\0.evil.net.",
    leaf={"names": dns("callback.example.com\0.evil.net")},
)
simple("name-empty-subject", about="No subject, a critical alternative name: allowed.", leaf={"subject": ""})
simple(
    "name-many",
    about="A thousand names, the right one last.",
    leaf={"names": dns(*[f"n{i}.example.com" for i in range(1000)], "callback.example.com")},
)


@case("name-empty-subject-not-critical", "tls-jdk-refuses:should", "js")
def empty_subject(now: datetime) -> pki.Chain:
    """No subject, and the alternative name is not critical."""

    def not_critical(parts: list[bytes]) -> list[bytes]:
        wanted = bytes.fromhex("0603551d11")
        return [tlv(0x30, wanted + split(content(p))[-1]) if content(p).startswith(wanted) else p for p in parts]

    return pki.chain(now=now, leaf={"subject": "", "edit": extensions_edited(not_critical)})
