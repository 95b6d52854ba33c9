"""What goes wrong after a server's first flight, each with a name of its own."""

from sigcheck.wire.records import WireProblem


class CertificateUnusable(WireProblem):
    """The server certificate holds no key with which anything could be checked: the certificate's fault."""


class KeyMismatch(WireProblem):
    """The server showed by what it did that its private key is not the one of its certificate.

    `alert` is the alert by which that came to light, if it was one.
    """

    def __init__(self, how: str, alert: str | None = None) -> None:
        super().__init__(f"the server's private key does not match its certificate: {how}")
        self.alert = alert


class BadFinished(WireProblem):
    """The server's Finished is not that of the handshake that was made, or cannot be opened."""
