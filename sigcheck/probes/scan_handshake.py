"""The one handshake of a scan, made by OpenSSL: what it showed, or how it broke off."""

import asyncio
import ssl

from sigcheck import clock
from sigcheck.model.handshake import (
    ClientCertificate,
    Handshake,
    HandshakeFailure,
    HandshakeFault,
    HandshakeOutcome,
    HandshakePhase,
)
from sigcheck.probes.link import Link
from sigcheck.probes.openssl_client import AFTERTHOUGHT, NAME_MISMATCH, Session, is_for, of_socket, presented_chain
from sigcheck.probes.openssl_failure import ORDER, Failed
from sigcheck.probes.scan_target import ScanTarget
from sigcheck.wire import NotTls, codes
from sigcheck.wire.messages import ServerHello

_MAY_INSIST = (HandshakeFault.ALERT, HandshakeFault.CLOSED, HandshakeFault.RESET)
"""How a server ends a handshake of TLS 1.2 in which it demanded a certificate and got none."""


class Handshaking:
    """The handshake over one connection."""

    def __init__(self, target: ScanTarget, address: str, link: Link) -> None:
        self._target = target
        self._address = address
        self._link = link
        self._host = target.host.rstrip(".")
        self._started = clock.now()

    async def outcome(self, context: ssl.SSLContext) -> HandshakeOutcome:
        """Shake hands to the end, if the server lets us, and part."""
        try:
            session = Session(self._link, context, self._host if self._target.verifies_name else None)
        except ValueError:
            return self._failed(
                Failed(HandshakeFault.NOT_TRIED, "OpenSSL does not accept this host name", None, HandshakePhase.CONNECT)
            )
        tls, limit = session.tls, self._target.limit
        try:
            async with asyncio.timeout(limit) as timer:
                await session.run(session.handshake_and_part)
        except ssl.SSLCertVerificationError as error:
            return self._refused(session, error)
        except ssl.SSLError as error:
            return self._broken(session, _plainly(session, tls.failed(error)))
        except (OSError, OverflowError) as error:
            return self._broken(session, of_socket(error, self._link, tls, limit, expired=timer.expired()))
        seconds = clock.now() - self._started
        hello, chain = tls.presented
        chain = chain or presented_chain(tls)
        asked = await _insists(session) if tls.asked else "not asked"
        code, message = 0, "ok"
        if not self._target.verifies_name and not is_for(chain, self._host):
            code = NAME_MISMATCH
            message = f"Hostname mismatch, certificate is not valid for '{self._host}'."
        return self._shown(hello, chain, seconds, asked, code, message, finished=True)

    def _refused(self, session: Session, error: ssl.SSLCertVerificationError) -> HandshakeOutcome:
        """Say what OpenSSL refused: it ended the handshake there, and what comes behind it was not seen."""
        hello, chain = session.tls.presented
        seconds = clock.now() - self._started
        asked = _asked(session, hello, HandshakePhase.CERTIFICATE)
        return self._shown(hello, chain, seconds, asked, error.verify_code, error.verify_message)

    def _broken(self, session: Session, failed: Failed) -> HandshakeOutcome:
        """Say how a handshake broke off, with the chain where OpenSSL had accepted that before."""
        tls = session.tls
        if ORDER.index(failed.phase) < ORDER.index(HandshakePhase.KEY_EXCHANGE):
            return self._failed(failed)
        hello, chain = tls.presented
        insists = tls.asked and failed.fault in _MAY_INSIST and failed.phase is HandshakePhase.FINISHED
        asked: ClientCertificate = "demanded" if insists else _asked(session, hello, failed.phase)
        seconds = clock.now() - self._started
        failure = None if insists else failure_of(self._target, self._address, failed, seconds)
        return self._shown(hello, chain, seconds, asked, 0, "ok", failure=failure)

    def _shown(
        self,
        hello: ServerHello | None,
        chain: tuple[bytes, ...],
        seconds: float,
        asked: ClientCertificate,
        code: int,
        message: str,
        *,
        failure: HandshakeFailure | None = None,
        finished: bool = False,
    ) -> HandshakeOutcome:
        if hello is None or not chain:
            words = "the server's messages cannot be read"
            return self._failed(Failed(HandshakeFault.PROTOCOL, words, None, HandshakePhase.CERTIFICATE))
        return Handshake(
            address=self._address,
            server_name=self._target.server_name,
            protocol=codes.PROTOCOLS.get(hello.version, ""),
            cipher=codes.suite_name(hello.suite),
            alpn=None,
            chain=chain,
            seconds=seconds,
            client_certificate=asked,
            read_by="openssl",
            openssl_code=code,
            openssl_message=message,
            openssl_failure=failure,
            finished=finished,
        )

    def _failed(self, failed: Failed) -> HandshakeFailure:
        return failure_of(self._target, self._address, failed, clock.now() - self._started)


async def _insists(session: Session) -> ClientCertificate:
    """Tell a client certificate that is demanded from one that is offered, once the handshake is done.

    TLS 1.3 refuses after it: what was sent before the server sees our close_notify says whether we were let in.
    """
    session.part()
    try:
        async with asyncio.timeout(AFTERTHOUGHT):
            await session.run(lambda: session.tls.read(1))
    except ssl.SSLError as error:
        return "demanded" if "ALERT" in (error.reason or "") else "offered"
    except (ConnectionResetError, BrokenPipeError):
        return "unknown"
    except (OSError, OverflowError):
        return "offered"
    return "offered"


def _asked(session: Session, hello: ServerHello | None, phase: HandshakePhase) -> ClientCertificate:
    """Say whether a client certificate was asked for in a handshake that ended while `phase` was awaited.

    In TLS 1.3 a server asks before it shows its own certificate, in TLS 1.2 at the end of its first flight.
    """
    early = hello is not None and codes.PROTOCOLS.get(hello.version) == "TLSv1.3"
    known = early or phase in (HandshakePhase.FINISHED, HandshakePhase.REQUEST)
    return "not asked" if known and not session.tls.asked else "unknown"


def _plainly(session: Session, failed: Failed) -> Failed:
    """Quote what came in place of TLS, which OpenSSL does not tell."""
    if failed.fault is not HandshakeFault.NOT_TLS or not session.first:
        return failed
    other = NotTls(session.first)
    if other.http:
        words = f'the server answered in plain HTTP: "{other.excerpt}"'
        return failed._replace(fault=HandshakeFault.PLAIN_HTTP, detail=words)
    return failed._replace(detail=f'the server answered "{other.excerpt}", which is not TLS')


def failure_of(target: ScanTarget, address: str, failed: Failed, seconds: float) -> HandshakeFailure:
    """Put in words of the model how a handshake failed."""
    name = target.server_name
    return HandshakeFailure(address, name, failed.fault, failed.detail, seconds, failed.alert, failed.phase)
