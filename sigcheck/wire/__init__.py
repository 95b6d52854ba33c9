"""The part of TLS that shows what a server presents, whatever its quality: pure, without a socket.

A library refuses to complete a handshake that it finds bad and then shows nothing. This codec sends
a hello, reads the server's first flight up to its certificates, and never finishes. It decides
nothing about trust. Every length that a peer sends is capped here; no input may raise anything but
`WireProblem` and its children.

Sources: RFC 5246 (TLS 1.2), RFC 8446 (TLS 1.3), RFC 6066 (server_name, status_request), RFC 7301 (ALPN).
"""

from sigcheck.wire.conversation import AlertReceived, Conversation, Flight
from sigcheck.wire.hello import ClientHello, jdk17_hello, wide_hello
from sigcheck.wire.records import NotTls, WireProblem

__all__ = [
    "AlertReceived",
    "ClientHello",
    "Conversation",
    "Flight",
    "NotTls",
    "WireProblem",
    "jdk17_hello",
    "wide_hello",
]
