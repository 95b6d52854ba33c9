"""A scan: one connection to one address of a target, one handshake of OpenSSL's over it, and nothing else.

What a chain was refused for is known from the same handshake as the chain, so no second connection is made. No session
is resumed: a resumed one shows no chain. No application data is sent.
"""

import asyncio
import ssl
from contextlib import nullcontext
from weakref import WeakKeyDictionary

from msgspec import Struct

from sigcheck import clock
from sigcheck.model.chain import TrustSet
from sigcheck.model.handshake import (
    ClientCertificate,
    Handshake,
    HandshakeFailure,
    HandshakeFault,
    HandshakeOutcome,
    HandshakePhase,
    ProtocolOffer,
    TlsFacts,
)
from sigcheck.model.network import Address, NetworkFacts
from sigcheck.probes.attempt import LONG_STOP
from sigcheck.probes.by_address import Admit
from sigcheck.probes.lateness import Lateness
from sigcheck.probes.link import Link, is_address
from sigcheck.probes.network import MOST_ADDRESSES, Resolution, Resolver, connect_fault, untried, version_and_scope
from sigcheck.probes.openssl_client import (
    AFTERTHOUGHT,
    NAME_MISMATCH,
    Session,
    is_for,
    of_socket,
    presented_chain,
    shared_verifying_context,
)
from sigcheck.probes.openssl_failure import ORDER, Failed
from sigcheck.probes.slots import slots
from sigcheck.wire import NotTls, codes
from sigcheck.wire.messages import ServerHello

MOST_LOOKS = 3
"""How often a target is looked at, where this process was stopped the times before and nothing came of it."""

STOPPED = "this process was stopped for {:.1f} s while the target was looked at"

_LATE = frozenset(
    (
        HandshakeFault.STALLED,
        HandshakeFault.DRIPPING,
        HandshakeFault.TIMEOUT,
        HandshakeFault.CLOSED,
        HandshakeFault.RESET,
    )
)
"""What our own pause may have caused: a server waits for a client no longer than it likes."""

_MAY_INSIST = (HandshakeFault.ALERT, HandshakeFault.CLOSED, HandshakeFault.RESET)
"""How a server ends a handshake of TLS 1.2 in which it demanded a certificate and got none."""

_watched: WeakKeyDictionary[asyncio.AbstractEventLoop, Lateness] = WeakKeyDictionary()


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


class Scan:
    """One look at one target. `network` makes the connection, and `tls` gives what the handshake over it showed."""

    def __init__(self, target: ScanTarget, resolver: Resolver, admit: Admit | None = None) -> None:
        self._target = target
        self._resolver = resolver
        self._admit: Admit = admit or (lambda _: nullcontext())
        self._seen: HandshakeOutcome | None = None

    async def network(self) -> NetworkFacts:
        """Resolve, connect and shake hands; raises nothing for what a server does, UsageProblem for unusable roots."""
        target = self._target
        resolution = await self._resolver.resolve(target.host, target.port, target.limit)
        known = resolution.addresses[:MOST_ADDRESSES]
        # The published sender range is IPv4: where the name has such an address, that one is looked at.
        known = tuple(sorted(known, key=lambda address: ":" in address))
        addresses: list[Address] = []
        for address in known:
            if addresses and addresses[-1].outcome in {"connected", "no answer"}:
                addresses.append(untried(address))
                continue
            async with self._admit((address,)):
                found, self._seen = await _looked_at(target, address)
            addresses.append(found)
        return _facts(target, resolution, addresses)

    async def tls(self, _: NetworkFacts) -> TlsFacts:
        """Give what was seen of TLS; `chain` is left None."""
        handshakes = () if self._seen is None else (self._seen,)
        return TlsFacts(self._target.trust, handshakes, chain=None, protocols=_offers(self._seen))


def _facts(target: ScanTarget, resolution: Resolution, addresses: list[Address]) -> NetworkFacts:
    return NetworkFacts(
        host=target.host,
        port=target.port,
        addresses=tuple(addresses),
        resolve_seconds=resolution.seconds,
        problem=resolution.problem,
        overridden=resolution.overridden,
        literal=target.host in resolution.addresses,
        local=resolution.local,
        untried=max(0, len(resolution.addresses) - MOST_ADDRESSES),
    )


def _offers(seen: HandshakeOutcome | None) -> tuple[ProtocolOffer, ...]:
    """Say what is known of versions where the handshake failed for that: TLS 1.2 and 1.3 were offered."""
    if isinstance(seen, HandshakeFailure) and seen.alert == "protocol_version":
        return tuple(ProtocolOffer(each, accepted=False, detail=seen.detail) for each in ("TLSv1.2", "TLSv1.3"))
    return ()


async def _looked_at(target: ScanTarget, address: str) -> tuple[Address, HandshakeOutcome | None]:
    """Look at one address; again where it came to nothing and this process was stopped meanwhile."""
    lateness = _watched.setdefault(asyncio.get_running_loop(), Lateness())
    stopped = 0.0
    for _ in range(MOST_LOOKS):
        # Of many that begin at once, few connect and shake hands: else each would wait for what all compute.
        async with slots().place():
            began = lateness.begin()
            try:
                found, outcome = await _connected(target, address)
                stopped = lateness.since(began)
            finally:
                lateness.end()
        late = found.outcome == "no answer" or (isinstance(outcome, HandshakeFailure) and outcome.fault in _LATE)
        if stopped < LONG_STOP or not late:
            return found, outcome
    words = STOPPED.format(stopped)
    if outcome is None or found.outcome != "connected":
        return Address(found.address, found.version, found.scope, "local", found.seconds, words), None
    return found, HandshakeFailure(address, None, HandshakeFault.NOT_TRIED, words, 0.0, phase=HandshakePhase.CONNECT)


async def _connected(target: ScanTarget, address: str) -> tuple[Address, HandshakeOutcome | None]:
    version, scope = version_and_scope(address)
    context = await shared_verifying_context(target.trust_pem, named=_named(target)) if target.tls else None
    started = clock.now()
    with Link(address, target.port, stamped=False) as link:
        try:
            async with asyncio.timeout(target.limit):
                await link.open()
        except (OSError, RuntimeError, MemoryError) as error:
            outcome, detail = connect_fault(error, address, target.port, target.limit)
            found = Address(address, version, scope, outcome, clock.now() - started, detail)
            if outcome != "connected" or context is None:
                return found, None
            return found, _failure(target, address, Failed(HandshakeFault.RESET, detail, None, HandshakePhase.HELLO), 0)
        found = Address(address, version, scope, "connected", clock.now() - started, "")
        if context is None:
            return found, None
        return found, await _Handshaking(target, address, link).outcome(context)


class _Handshaking:
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
            session = Session(self._link, context, self._host if _named(self._target) else None)
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
        if not _named(self._target) and not is_for(chain, self._host):
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
        failure = None if insists else _failure(self._target, self._address, failed, seconds)
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
            server_name=_server_name(self._target),
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
        return _failure(self._target, self._address, failed, clock.now() - self._started)


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


def _named(target: ScanTarget) -> bool:
    """Whether OpenSSL verifies the name: an address is verified without SNI."""
    return target.named or is_address(target.host)


def _server_name(target: ScanTarget) -> str | None:
    host = target.host.rstrip(".")
    return host if target.named and not is_address(host) else None


def _failure(target: ScanTarget, address: str, failed: Failed, seconds: float) -> HandshakeFailure:
    name = _server_name(target)
    return HandshakeFailure(address, name, failed.fault, failed.detail, seconds, failed.alert, failed.phase)
