"""What this machine's OpenSSL offers, as its configuration lets it: read from a hello, which is never sent."""

import ssl
from contextlib import suppress

from sigcheck.errors import UsageProblem
from sigcheck.machine import local_fault
from sigcheck.probes.contexts import trusting_context

_NAMES = {0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
_SUPPORTED_VERSIONS = 43
_HEADERS = 5 + 4
"""Bytes of a record's and of a message's header."""


def see_ciphers() -> None:
    """See that OpenSSL can begin a TLS connection at all; raises UsageProblem where its configuration prevents it."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    except ssl.SSLError as error:
        fault = local_fault(error) or "this machine's OpenSSL cannot begin a TLS connection"
        raise UsageProblem(fault, "`sigcheck doctor` says why; OPENSSL_CONF=/dev/null ignores openssl.cnf") from None


def offered_versions() -> tuple[str, ...]:
    """Name the versions that sigcheck's OpenSSL client offers, the oldest first. Raises ssl.SSLError for none."""
    return _named(trusting_context())


def plain_versions() -> tuple[str, ...]:
    """Name those that a client offers which leaves the choice to openssl.cnf, as an observer's does."""
    return _named(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def _named(context: ssl.SSLContext) -> tuple[str, ...]:
    """Read the versions out of the first message of a handshake in memory."""
    context.check_hostname = False
    out = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), out)
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return tuple(_NAMES.get(each, f"{each:#06x}") for each in sorted(_versions(out.read()[_HEADERS:])))


def _versions(hello: bytes) -> set[int]:
    """Give the versions that a hello offers: those of its extension, or else the one that it begins with."""
    at = 2 + 32
    at += 1 + hello[at]
    at += 2 + int.from_bytes(hello[at : at + 2], "big")
    at += 1 + hello[at]
    at += 2
    while at + 4 <= len(hello):
        kind, length = (int.from_bytes(hello[each : each + 2], "big") for each in (at, at + 2))
        content = hello[at + 4 : at + 4 + length]
        if kind == _SUPPORTED_VERSIONS:
            return {int.from_bytes(content[each : each + 2], "big") for each in range(1, len(content), 2)}
        at += 4 + length
    return {int.from_bytes(hello[:2], "big")}
