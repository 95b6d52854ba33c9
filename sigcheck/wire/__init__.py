"""The client's side of TLS that a library does not offer: pure, without a socket.

A library refuses to complete a handshake that it finds bad and then shows nothing. `Conversation` sends a
hello and reads the server's first flight up to its certificates, whatever their quality. `Client` makes the
whole handshake as a JDK 17 makes it, and sends a request over it. Neither decides anything about trust.
Every length that a peer sends is capped here; no input may raise anything but `WireProblem` and its children.

Sources: RFC 5246 (TLS 1.2), RFC 8446 (TLS 1.3), RFC 6066 (server_name, status_request), RFC 7301 (ALPN);
what a JDK does is measured against OpenJDK 17.0.15.
"""

from sigcheck.wire.client import Client
from sigcheck.wire.conversation import AlertReceived, Conversation, Flight
from sigcheck.wire.hello import ClientHello, jdk17_hello, wide_hello
from sigcheck.wire.problems import BadFinished, CertificateUnusable, KeyMismatch
from sigcheck.wire.records import NotTls, WireProblem

__all__ = [
    "AlertReceived",
    "BadFinished",
    "CertificateUnusable",
    "Client",
    "ClientHello",
    "Conversation",
    "Flight",
    "KeyMismatch",
    "NotTls",
    "WireProblem",
    "jdk17_hello",
    "wide_hello",
]
