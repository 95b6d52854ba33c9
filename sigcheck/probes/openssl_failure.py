"""How far a handshake of OpenSSL's came, and what its short reasons mean."""

import ssl
from _ssl import _SSLContext
from contextlib import suppress
from typing import Any, Final, NamedTuple

from sigcheck.model.handshake import HandshakeFault, HandshakePhase
from sigcheck.probes.raw_handshake import later
from sigcheck.wire import codes
from sigcheck.wire.messages import RETRY_RANDOM, ServerHello, read_certificate, read_server_hello
from sigcheck.wire.records import WireProblem

MISMATCH: Final = "the server's private key does not match its certificate"
NOT_TLS: Final = "the server did not answer in TLS. Most often it speaks plain HTTP on this port"
ORDER: Final = tuple(HandshakePhase)
# What is awaited once this message of the server's was taken.
AFTER: Final = {
    codes.SERVER_HELLO: HandshakePhase.CERTIFICATE,
    codes.CERTIFICATE: HandshakePhase.KEY_EXCHANGE,
    codes.CERTIFICATE_VERIFY: HandshakePhase.FINISHED,
    codes.FINISHED: HandshakePhase.REQUEST,
}
# With RSA key transport a server of another key reads another secret, and fails at what it opens with it.
CANNOT_READ: Final = ("bad_record_mac", "decrypt_error", "decryption_failed")
MEANINGS: Final = {
    "BAD_SIGNATURE": (HandshakeFault.SIGNATURE, MISMATCH),
    "DIGEST_CHECK_FAILED": (HandshakeFault.FINISHED, "the server's Finished message does not belong to this handshake"),
    "DECRYPTION_FAILED_OR_BAD_RECORD_MAC": (HandshakeFault.FINISHED, "what the server encrypted cannot be decrypted"),
    "WRONG_SIGNATURE_TYPE": (
        HandshakeFault.PROTOCOL,
        "the server signs with an algorithm that was not offered, or does not fit the key of its certificate",
    ),
    "DH_KEY_TOO_SMALL": (HandshakeFault.PROTOCOL, "the server's Diffie-Hellman parameters are too short"),
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": (
        HandshakeFault.PROTOCOL,
        "the server cannot renegotiate securely (RFC 5746)",
    ),
    "UNSUPPORTED_PROTOCOL": (HandshakeFault.PROTOCOL, "the server chose a version of TLS that was not offered"),
    "WRONG_VERSION_NUMBER": (HandshakeFault.NOT_TLS, NOT_TLS),
    "WRONG_CIPHER_RETURNED": (HandshakeFault.PROTOCOL, "the server chose a cipher suite that was not offered"),
}
"""Reason of OpenSSL's → what it means."""


class Failed(NamedTuple):
    """What a handshake failed for; `detail` is one line."""

    fault: HandshakeFault
    detail: str
    alert: str | None
    phase: HandshakePhase


class WatchedObject(ssl.SSLObject):
    """A connection of OpenSSL's that knows how far its handshake has come, and what certificates it was shown."""

    phase = HandshakePhase.HELLO
    alert: str | None = None
    """The alert that the server sent."""
    asked = False
    """Whether the server asked for a client certificate."""
    _signed = False
    _taken = HandshakePhase.HELLO
    _choice = _certificates = b""

    @property
    def presented(self) -> tuple[ServerHello | None, tuple[bytes, ...]]:
        """The ServerHello and the chain (DER), where OpenSSL refused it too: it forgets both. None and () for none."""
        hello = None
        with suppress(WireProblem):
            hello = read_server_hello(self._choice[4:])
            return hello, read_certificate(self._certificates[4:], hello.version).chain
        return hello, ()

    @property
    def shown(self) -> tuple[bytes, ...]:
        """The chain that the server sent (DER), () for none."""
        return self.presented[1]

    def settle(self) -> None:
        """Say that OpenSSL took all messages that it has read, and waits for the next one."""
        if self._taken is not self.phase:
            self.phase = max(self.phase, self._taken, key=ORDER.index)

    def follow(self, direction: str, content: int, data: bytes) -> None:
        """Look at one message that OpenSSL read or wrote."""
        if content == codes.ALERT and direction == "read" and len(data) == 2:
            self.settle()
            self.alert = codes.alert_name(data[1])
        elif content == codes.HANDSHAKE and data:
            if direction == "read" and data[6:38] != RETRY_RANDOM:
                # The message before this one was taken: only the newest may be what fails.
                self.settle()
                self._taken = AFTER.get(data[0], self._taken)
                if data[0] == codes.SERVER_HELLO:
                    self._choice = data
                if data[0] == codes.CERTIFICATE:
                    self._certificates = data
                self.asked |= data[0] == codes.CERTIFICATE_REQUEST
                self._signed |= data[0] in (codes.SERVER_KEY_EXCHANGE, codes.CERTIFICATE_VERIFY)
            elif direction == "write" and data[0] == codes.CLIENT_KEY_EXCHANGE:
                self._taken = HandshakePhase.FINISHED
                self.settle()

    def failed(self, error: ssl.SSLError) -> Failed:
        """Say what an error of the handshake means, with the phase in words."""
        code: str = getattr(error, "reason", None) or ""
        # Where there is no reason, Python's own text ends in the line of its source: "(_ssl.c:1007)".
        reason = (code or str(error).partition(" (_ssl.c:")[0]).replace("_", " ").lower()
        when = later(self.phase)
        if self.alert is not None:
            if self.phase is HandshakePhase.FINISHED and not self._signed and self.alert in CANNOT_READ:
                words = f"{MISMATCH}: it could not read what was encrypted for it (alert {self.alert})"
                return Failed(HandshakeFault.SIGNATURE, words, self.alert, self.phase)
            words = f"the server sent the alert {self.alert} {when}".rstrip()
            return Failed(HandshakeFault.ALERT, words, self.alert, self.phase)
        # Early Pythons 3.11 call the same end by other names.
        if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) or code == "UNEXPECTED_EOF_WHILE_READING":
            words = f"the server closed the connection {when or 'in the handshake'}"
            return Failed(HandshakeFault.CLOSED, words, None, self.phase)
        fault, meaning = MEANINGS.get(code, (HandshakeFault.PROTOCOL, ""))
        if meaning == NOT_TLS:
            # OpenSSL's own reason misleads: nothing that was sent has a version.
            return Failed(fault, NOT_TLS, None, self.phase)
        detail = f"{reason}: {meaning}" if meaning else f"{reason}, {when}" if when else reason
        return Failed(fault, detail, None, self.phase)


_FOLLOWED = frozenset((codes.ALERT, codes.HANDSHAKE))


def watch(context: ssl.SSLContext) -> None:
    """Let the connections of a context be WatchedObjects."""
    context.sslobject_class = WatchedObject
    # Python's own means to look at the messages of a handshake; it has no public name up to 3.14. It is set below
    # Python's own wrapper, which makes three members of enumerations of each of some 25 calls in a handshake.
    inner: Any = _SSLContext
    inner._msg_callback.__set__(context, _seen)  # noqa: SLF001 - the one home of this quirk


def _seen(connection: Any, direction: str, version: Any, content: Any, kind: Any, data: bytes) -> None:  # noqa: ARG001
    # OpenSSL tells the headers of records, too.
    if content in _FOLLOWED and isinstance(connection, WatchedObject):
        connection.follow(direction, content, data)
