"""The roots a client trusts, found by subject without reading all of them."""

from base64 import encodebytes
from collections.abc import Sequence

from sigcheck.chain.certificate import Cert, read
from sigcheck.chain.names import canonical
from sigcheck.model.chain import TrustSet

MOST_NAMES = 1024
"""Names whose anchors are remembered: a fleet's chains have the same few issuers."""


class Roots:
    """A set of trust anchors. `public` says that they are the ones that public software ships.

    Reading 140 roots costs more than verifying a chain, so a root is read when its name is asked for.
    """

    def __init__(self, ders: Sequence[bytes], trust: TrustSet, *, public: bool) -> None:
        self.trust = trust
        self.public = public
        self._ders = tuple(dict.fromkeys(ders))
        self._read: dict[bytes, Cert | None] = {}
        self._all: tuple[Cert, ...] | None = None
        self._pem = ""
        self._named: dict[tuple[tuple[int, str, str], ...], tuple[Cert, ...]] = {}

    def _cert(self, der: bytes) -> Cert | None:
        if der not in self._read:
            found = read(der)
            self._read[der] = found if isinstance(found, Cert) else None
        return self._read[der]

    def pem(self) -> str:
        """Write the roots as PEM text, for OpenSSL: the file that they came from may be a pipe, and gone."""
        if not self._pem:
            blocks = (encodebytes(der).decode("ascii") for der in self._ders)
            self._pem = "".join(f"-----BEGIN CERTIFICATE-----\n{block}-----END CERTIFICATE-----\n" for block in blocks)
        return self._pem

    def holds(self, der: bytes) -> bool:
        """Say whether exactly this certificate is a trust anchor."""
        return der in self._ders

    def exact(self, der: bytes) -> Cert | None:
        """Give the anchor that is exactly this certificate."""
        return self._cert(der) if self.holds(der) else None

    def named(self, child: Cert) -> tuple[Cert, ...]:
        """Give the anchors whose subject is the issuer of `child`."""
        return self._subjects(child.issuer_key, [pair[2] for pair in child.issuer])

    def subject(self, cert: Cert) -> tuple[Cert, ...]:
        """Give the anchors that have the same subject as `cert`."""
        return self._subjects(cert.subject_key, [pair[2] for pair in cert.subject])

    def _subjects(self, key: tuple[tuple[int, str, str], ...], texts: list[str]) -> tuple[Cert, ...]:
        if key not in self._named:
            if len(self._named) >= MOST_NAMES:
                self._named.clear()
            self._named[key] = self._found(key, texts)
        return self._named[key]

    def _found(self, key: tuple[tuple[int, str, str], ...], texts: list[str]) -> tuple[Cert, ...]:
        # The longest text of the name almost always stands in the root as the same bytes: that is a fast sieve.
        needle = max(texts, key=len, default="").encode()
        sieved = [self._cert(der) for der in self._ders if needle in der]
        found = tuple(cert for cert in sieved if cert is not None and cert.subject_key == key)
        return found or tuple(cert for cert in self.all() if cert.subject_key == key)

    def all(self) -> tuple[Cert, ...]:
        """Read every root; those that cannot be read are left out."""
        if self._all is None:
            self._all = tuple(cert for der in self._ders if (cert := self._cert(der)) is not None)
        return self._all


def same_name_and_key(one: Cert, other: Cert) -> bool:
    """Say whether two certificates stand for the same CA: a root and its cross-signed twin do."""
    return one.key.spki == other.key.spki and canonical(one.subject) == canonical(other.subject)
