"""A scan: one connection to one address of a target, one handshake of OpenSSL's over it, and nothing else.

What a chain was refused for is known from the same handshake as the chain, so no second connection is made. No session
is resumed: a resumed one shows no chain. No application data is sent.
"""

import asyncio
from contextlib import nullcontext

from sigcheck import clock
from sigcheck.model.handshake import (
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
from sigcheck.probes.contexts import shared_verifying_context
from sigcheck.probes.lateness import lateness
from sigcheck.probes.link import Link
from sigcheck.probes.network import MOST_ADDRESSES, Resolution, Resolver, connect_fault, untried, version_and_scope
from sigcheck.probes.openssl_failure import Failed
from sigcheck.probes.scan_handshake import Handshaking, failure_of
from sigcheck.probes.scan_target import ScanTarget
from sigcheck.probes.slots import slots

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
    watch = lateness()
    stopped = 0.0
    for _ in range(MOST_LOOKS):
        # Of many that begin at once, few connect and shake hands: else each would wait for what all compute.
        async with slots().place():
            began = watch.begin()
            try:
                found, outcome = await _connected(target, address)
                stopped = watch.since(began)
            finally:
                watch.end()
        late = found.outcome == "no answer" or (isinstance(outcome, HandshakeFailure) and outcome.fault in _LATE)
        if stopped < LONG_STOP or not late:
            return found, outcome
    words = STOPPED.format(stopped)
    if outcome is None or found.outcome != "connected":
        return Address(found.address, found.version, found.scope, "local", found.seconds, words), None
    return found, HandshakeFailure(address, None, HandshakeFault.NOT_TRIED, words, 0.0, phase=HandshakePhase.CONNECT)


async def _connected(target: ScanTarget, address: str) -> tuple[Address, HandshakeOutcome | None]:
    version, scope = version_and_scope(address)
    context = await shared_verifying_context(target.trust_pem, named=target.verifies_name) if target.tls else None
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
            failed = Failed(HandshakeFault.RESET, detail, None, HandshakePhase.HELLO)
            return found, failure_of(target, address, failed, 0)
        found = Address(address, version, scope, "connected", clock.now() - started, "")
        if context is None:
            return found, None
        return found, await Handshaking(target, address, link).outcome(context)
