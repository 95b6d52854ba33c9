"""What the sentences about a chain share: the families of clients that refuse, the fixes, and names of certificates."""

from sigcheck.chain.certificate import Cert
from sigcheck.model.chain import Family

BOTH: tuple[Family, ...] = ("openssl", "jdk", "strict")
OPENSSL: tuple[Family, ...] = ("openssl", "strict")
JDK: tuple[Family, ...] = ("jdk", "strict")
STRICT: tuple[Family, ...] = ("strict",)

RENEW = "renew the certificate, reload the server, and have each renewal reload it from now on (certbot: --deploy-hook)"
REPLACE_ABOVE = "serve the CA's current intermediate: the file that came with the certificate (certbot: fullchain.pem)"
REISSUE = "have the certificate issued again by a public CA, which sets this right"
NEW_KEY = (
    "create a new key (openssl ecparam -name prime256v1 -genkey -noout -out key.pem) and have a certificate issued "
    "for it"
)


def place(cert: Cert) -> int | None:
    """Give the presented place of a certificate, None for a root of the client's own."""
    return cert.index if cert.index >= 0 else None


def called(cert: Cert) -> str:
    """Name a certificate in a sentence, by what it does in the chain."""
    name = cert.label if cert.subject else ""
    if cert.index == 0:
        return f"the server certificate ({name})" if name else "the server certificate"
    role = "root" if cert.index < 0 else "intermediate"
    return f"the {role} {name}" if name else f"the {role} without a name"


def counted(count: int, thing: str) -> str:
    """Count things in words: `no intermediate`, `1 intermediate`, `1,200 bytes`."""
    return f"{count:,} {thing}s" if count > 1 else f"{count or 'no'} {thing}"
