"""What OpenSSL itself makes of a server: its verification, and what it can do without it.

Its clients have the contexts of `sigcheck.probes.contexts`.
"""

import _ssl
import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from msgspec import Struct

from sigcheck.chain.certificate import Cert, read
from sigcheck.chain.hostnames import host_form, openssl_takes
from sigcheck.model.handshake import ClientCertificate, Handshake, HandshakeFailure, HandshakeFault, HandshakePhase
from sigcheck.probes.contexts import shared_context
from sigcheck.probes.link import Link, connection_fault, is_address
from sigcheck.probes.openssl_failure import Failed, WatchedObject
from sigcheck.probes.raw_handshake import Endpoint, later

AFTERTHOUGHT = 2.0
"""Seconds in which a server must refuse a finished handshake; one that keeps silent has let us in."""

NAME_MISMATCH = 62
"""X509_V_ERR_HOSTNAME_MISMATCH."""

START = 400
"""Bytes that are kept of what came first."""

_T = TypeVar("_T")


class Verdict(Struct, frozen=True):
    """OpenSSL's verdict; `code` None where verification was not reached, `message` then says why.

    `failure` is how the handshake failed for something else than the trust in the chain. `chain` is what was judged.
    """

    code: int | None
    message: str
    failure: HandshakeFailure | None = None
    chain: tuple[bytes, ...] = ()


async def verify(endpoint: Endpoint, host: str, context: ssl.SSLContext, *, named: bool = True) -> Verdict:
    """Let OpenSSL shake hands to the end, and verify the chain and the name. Never raises for anything a peer does.

    Where it is not `named`, no SNI is sent. Python's OpenSSL verifies no name that it does not send: we do, by its
    rules.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()

    def failure(failed: Failed) -> Verdict:
        server_name = host if named and not is_address(host) else None
        seconds = loop.time() - started
        return Verdict(
            None,
            failed.detail,
            HandshakeFailure(
                endpoint.address, server_name, failed.fault, failed.detail, seconds, failed.alert, failed.phase
            ),
        )

    with Link(endpoint.address, endpoint.port, stamped=False) as link:
        try:
            session = Session(link, context, host if named else None)
        except ValueError:
            return Verdict(None, "OpenSSL does not accept this host name")
        try:
            async with asyncio.timeout(endpoint.limit) as timer:
                await link.open()
                await session.run(session.tls.do_handshake)
                session.part()
        except ssl.SSLCertVerificationError as error:
            return Verdict(error.verify_code, error.verify_message, chain=session.tls.shown)
        except ssl.SSLError as error:
            return failure(session.tls.failed(error))
        except (OSError, OverflowError) as error:
            return failure(of_socket(error, link, session.tls, endpoint.limit, expired=timer.expired()))
    shown = session.tls.shown
    if not named and context.verify_mode is ssl.CERT_REQUIRED and not is_for(shown, host):
        message = f"Hostname mismatch, certificate is not valid for '{host}'."
        return Verdict(NAME_MISMATCH, message, chain=shown)
    return Verdict(0, "ok", chain=shown)


def is_for(chain: tuple[bytes, ...], host: str) -> bool:
    """Whether the first certificate names a host. One that we cannot read is left to the rules about the chain."""
    leaf = read(chain[0]) if chain else None
    return not isinstance(leaf, Cert) or openssl_takes(leaf, host_form(host))


@asynccontextmanager
async def _accepted(endpoint: Endpoint, server_name: str | None) -> AsyncIterator["Session"]:
    """Shake hands with whoever answers, whatever it presents, within the limit; gives the session."""
    async with asyncio.timeout(endpoint.limit):
        with Link(endpoint.address, endpoint.port, stamped=False) as link:
            session = Session(link, shared_context(accepting=True), server_name)
            await link.open()
            await session.run(session.tls.do_handshake)
            yield session


async def client_certificate(endpoint: Endpoint, server_name: str | None) -> ClientCertificate:
    """Tell a client certificate that is demanded from one that is offered: shake hands without one.

    TLS 1.2 refuses within the handshake. TLS 1.3 refuses after it, so we say close_notify and read on:
    the refusal, if any, was sent before the server saw that. No request is sent.
    """
    shaken = False
    try:
        async with _accepted(endpoint, server_name) as session:
            shaken = True
            # A refusal may have closed the connection already: what can't be sent is no news yet.
            session.part()
            # Reading, not a second unwrap: OpenSSL keeps the alert to itself in a shutdown.
            async with asyncio.timeout(AFTERTHOUGHT):
                await session.run(lambda: session.tls.read(1))
    except ssl.SSLError as error:
        if "ALERT" in (error.reason or ""):
            return "demanded"
        # Without an alert: inside the handshake it was shut in our face, after it we had been let in.
        if isinstance(error, ssl.SSLEOFError):
            return "offered" if shaken else "demanded"
        return "offered" if shaken else "unknown"
    except (ConnectionResetError, BrokenPipeError):
        return "unknown" if shaken else "demanded"
    except TimeoutError:
        return "offered" if shaken else "unknown"
    except (OSError, OverflowError, ValueError):
        return "unknown"
    return "offered"


async def read_chain(endpoint: Endpoint, server_name: str | None) -> Handshake | None:
    """Read the presented chain through OpenSSL where our own codec could not; None where it cannot either."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        async with _accepted(endpoint, server_name) as session:
            chain, cipher = presented_chain(session.tls), session.tls.cipher()
            session.part()
    except (OSError, OverflowError, ValueError):
        return None
    if not chain:
        # Anonymous key exchange: OpenSSL shakes hands, and there is no certificate that it could show.
        return None
    return Handshake(
        address=endpoint.address,
        server_name=server_name,
        protocol=session.tls.version() or "",
        cipher=cipher[0] if cipher else "",
        alpn=None,
        chain=chain,
        seconds=loop.time() - started,
        read_by="openssl",
    )


def presented_chain(tls: ssl.SSLObject) -> tuple[bytes, ...]:
    """Give the chain as the peer sent it, DER, () where it sent none. Public in 3.13, on the inner object before."""
    public = getattr(tls, "get_unverified_chain", None)
    if public is not None:
        return tuple(public())
    inner: Any = tls._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 - the one home of this quirk
    certificates = inner.get_unverified_chain() or ()
    return tuple(certificate.public_bytes(_ssl.ENCODING_DER) for certificate in certificates)


class Session:
    """An OpenSSL client over a Link."""

    def __init__(self, link: Link, context: ssl.SSLContext, server_name: str | None) -> None:
        self._link = link
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        assert isinstance(tls, WatchedObject)  # noqa: S101 - every context here is watched
        self.tls = tls
        self.first = b""
        """The start of what came."""

    async def run(self, step: Callable[[], _T]) -> _T:
        """Repeat one step of OpenSSL's until it neither wants to read nor to write."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self.tls.settle()
                # A peer that hung up may have said why before: what can still be read tells more.
                with suppress(ConnectionError):
                    await self._flush()
                if data := await self._link.receive():
                    self.first = self.first or data[:START]
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            except ssl.SSLError:
                self._link.farewell(self._outgoing.read())
                raise
            else:
                await self._flush()
                return result

    def handshake_and_part(self) -> None:
        """Step of `run`: shake hands to the end, and say close_notify with the last word, unless it may be refused."""
        self.tls.do_handshake()
        if not self.tls.asked:
            with suppress(ssl.SSLError):
                self.tls.unwrap()

    def part(self) -> None:
        """Say close_notify without waiting for the answer."""
        with suppress(ssl.SSLError):
            self.tls.unwrap()
        self._link.farewell(self._outgoing.read())

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._link.send(data)


def of_socket(error: OSError | OverflowError, link: Link, tls: WatchedObject, limit: float, *, expired: bool) -> Failed:
    """Say what an error of the connection means; `expired` says that it was our own deadline of `limit` seconds."""
    phase = tls.phase if link.connected else HandshakePhase.CONNECT
    when = later(phase)
    match error:
        case OverflowError():
            return Failed(HandshakeFault.PROTOCOL, "the server sent too much data", None, phase)
        case TimeoutError() if expired:
            fault, _ = link.overdue(limit)
            return Failed(
                fault, f"the handshake was not finished within {limit:g} s" + (f", {when}" if when else ""), None, phase
            )
        case _:
            fault, words = connection_fault(error, connected=link.connected)
            if when and fault is HandshakeFault.RESET:
                words = f"the connection was reset {when}"
            return Failed(fault, words, None, phase)
