"""Where a scan goes, and how it asks for the name there."""

from msgspec import Struct

from sigcheck.model.chain import TrustSet
from sigcheck.probes.link import is_address


class ScanTarget(Struct, frozen=True):
    """Where a scan goes: `host` is an A-label or an address. `tls` is False where it shall connect only.

    `trust_pem` are the roots as PEM, `trust` describes them. `limit` is in seconds, for each of resolving, connecting
    and shaking hands. Where it is not `named`, no SNI is sent.
    """

    host: str
    port: int
    limit: float
    trust_pem: str
    trust: TrustSet
    tls: bool = True
    named: bool = True

    @property
    def verifies_name(self) -> bool:
        """Whether OpenSSL verifies the name: an address is verified without SNI."""
        return self.named or is_address(self.host)

    @property
    def server_name(self) -> str | None:
        """Give what SNI names, None where none is sent."""
        host = self.host.rstrip(".")
        return host if self.named and not is_address(host) else None
