"""How far OpenSSL's own handshake had come when it failed, read off its messages."""

import ssl

import pytest

from sigcheck.model.handshake import HandshakeFault, HandshakePhase
from sigcheck.probes.contexts import trusting_context
from sigcheck.probes.openssl_failure import WatchedObject
from sigcheck.wire.messages import RETRY_RANDOM
from tests.test_wire import certificates, message, server_hello


def watched(*messages: tuple[str, int, bytes]) -> WatchedObject:
    """Make a connection of OpenSSL's that saw these messages: direction, content type, bytes."""
    watching = trusting_context().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
    assert isinstance(watching, WatchedObject)
    for each in messages:
        watching.follow(*each)
    return watching


HELLO, EXCHANGE, SENT = ("read", 22, server_hello()), ("read", 22, message(12, b"")), ("write", 22, message(16, b""))
SHOWN, REFUSED = ("read", 22, certificates(b"leaf")), ("read", 21, b"\x02\x14")


@pytest.mark.parametrize(
    ("seen", "fault", "phase"),
    [
        ((REFUSED,), HandshakeFault.ALERT, HandshakePhase.HELLO),
        ((HELLO, REFUSED), HandshakeFault.ALERT, HandshakePhase.CERTIFICATE),
        ((HELLO, SHOWN, REFUSED), HandshakeFault.ALERT, HandshakePhase.KEY_EXCHANGE),
        ((HELLO, SHOWN, EXCHANGE, SENT, REFUSED), HandshakeFault.ALERT, HandshakePhase.FINISHED),
        ((HELLO, SHOWN, SENT, REFUSED), HandshakeFault.SIGNATURE, HandshakePhase.FINISHED),
        ((("read", 22, message(2, b"\3\3" + RETRY_RANDOM)), REFUSED), HandshakeFault.ALERT, HandshakePhase.HELLO),
    ],
    ids=["hello", "certificate", "key-exchange", "signed", "transported", "retried"],
)
def test_openssls_handshake_is_followed_by_its_messages(seen, fault, phase):
    """What an alert means depends on how far the handshake had come, and on whether anything was signed."""
    failed = watched(*seen).failed(ssl.SSLError(1, "reason"))
    assert (failed.fault, failed.phase, failed.alert) == (fault, phase, "bad_record_mac")
