"""Everything that one run learns of an endpoint's TLS, in at most eleven short connections to an address."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, TypedDict

import msgspec

from sigcheck import clock
from sigcheck.model.chain import TrustSet
from sigcheck.model.handshake import (
    NOT_CONNECTED,
    Handshake,
    HandshakeFailure,
    HandshakeFault,
    HandshakeOutcome,
    HandshakePhase,
    Protocol,
    ProtocolOffer,
    TlsFacts,
)
from sigcheck.probes.contexts import shared_context, shared_verifying_context
from sigcheck.probes.jdk_client import connect_as_jdk
from sigcheck.probes.link import is_address
from sigcheck.probes.openssl_client import Verdict, client_certificate, read_chain, verify
from sigcheck.probes.raw_handshake import Endpoint, HelloMaker, present
from sigcheck.probes.slots import slots
from sigcheck.wire import ClientHello
from sigcheck.wire.hello import jdk17_hello, wide_hello

JDK_TIMES: Final = 3
"""Whole handshakes with the first address: session tickets, or every n-th connection, are where servers break."""
PARALLEL: Final = 3
"""Connections open at one time."""
ALPN: Final = ("h2", "http/1.1")
OLDEST_FIRST: Final[tuple[Protocol, ...]] = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
TOTAL: Final = 3.0
"""The whole examination may take this many times the deadline of one handshake."""
# A server that has shown its certificate in t and leaves a variant of the same question unanswered
# for this long will not answer it: a firewall that drops old hellos must not cost 10 s each.
PATIENCE: Final = 2.0
PATIENCE_FACTOR: Final = 10.0

# Another hello would meet the same: no connection, a peer that is silent, or one that speaks no TLS.
_SETTLED: Final = (
    *NOT_CONNECTED,
    HandshakeFault.STALLED,
    HandshakeFault.DRIPPING,
    HandshakeFault.PLAIN_HTTP,
    HandshakeFault.NOT_TLS,
    HandshakeFault.NOT_TRIED,
)
_LATE: Final = (HandshakeFault.TIMEOUT, HandshakeFault.STALLED, HandshakeFault.DRIPPING)
_UNDECIDED: Final = (*NOT_CONNECTED, *_LATE, HandshakeFault.NOT_TRIED)


async def examine(
    host: str,
    port: int,
    addresses: Sequence[str],
    trust_pem: str,
    *,
    trust: TrustSet,
    deadline: float = 10.0,
    named: bool = True,
) -> TlsFacts:
    """Shake hands with every address and give what was seen; `chain` is left None.

    `host` (an A-label, or an address) is what is asked for by SNI and verified; the addresses are given,
    so that --resolve and the resolver look alike here. `trust_pem` is the path of the roots, or PEM
    itself; `trust` describes them. Where it is not `named`, no handshake has SNI but one, for comparison, and the name
    is verified all the same. `deadline` is in seconds, for one handshake; all of it takes at most
    TOTAL times that. No request is sent. Raises UsageProblem for roots that cannot be read, nothing for what a
    server does.
    """
    examination = _Examination(host, port, deadline, named=named)
    outcomes, context = await asyncio.gather(
        asyncio.gather(*(examination.presented(address) for address in addresses)),
        shared_verifying_context(trust_pem, named=examination.named),
    )
    first = next((outcome for outcome in outcomes if isinstance(outcome, Handshake)), None)
    looks, variants = await asyncio.gather(
        asyncio.gather(*(examination.looked_at(each, context, JDK_TIMES if each is first else 1) for each in outcomes)),
        examination.variants(first) if first is not None else examination.named_instead(outcomes),
    )
    completed = [outcome for _, by_jdk in looks for outcome in by_jdk]
    return TlsFacts(
        trust=trust,
        handshakes=tuple(handshake for handshake, _ in looks),
        chain=None,
        jdk=completed[0] if completed else None,
        jdk_handshakes=tuple(completed),
        **variants,
    )


class _Variants(TypedDict, total=False):
    protocols: tuple[ProtocolOffer, ...]
    without_server_name: HandshakeOutcome | None
    with_server_name: HandshakeOutcome | None


class _Turn:
    """A turn to wait for in a block. `put_off` is told for how many seconds this process had no place."""

    def __init__(self, own: asyncio.Semaphore, put_off: Callable[[float], None]) -> None:
        self._own = own
        self._put_off = put_off
        self._place = slots().place()

    async def __aenter__(self) -> None:
        await self._own.acquire()
        try:
            asked = clock.now()
            await self._place.__aenter__()
        except BaseException:
            self._own.release()
            raise
        self._put_off(clock.now() - asked)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._place.give_back()
        self._own.release()


class _Examination:
    """One endpoint's handshakes, few at a time, inside one total."""

    def __init__(self, host: str, port: int, deadline: float, *, named: bool) -> None:
        self._host = host.rstrip(".")
        self._port = port
        self._deadline = deadline
        self._own = asyncio.Semaphore(PARALLEL)
        self._until = asyncio.get_running_loop().time() + TOTAL * deadline
        self._shown_to_jdk_alone: set[str] = set()
        # SNI carries names only (RFC 6066, 3), and a trailing dot is no part of one.
        self._name = None if is_address(self._host) else self._host
        self.named = named or self._name is None
        self.server_name = self._name if named else None
        self._other_name = None if named else self._name
        """The SNI of the handshake that is made for comparison; None for none."""

    def _turn(self) -> "_Turn":
        """Give a turn of this endpoint's, and one of this process's: the wait for the second is not the server's."""
        return _Turn(self._own, self._put_off)

    def _put_off(self, waited: float) -> None:
        self._until += waited

    async def presented(self, address: str) -> HandshakeOutcome:
        """Let one address present its chain: to our widest hello, to a JDK's, or to OpenSSL itself."""
        outcome = await self._present(address, self._wide(self.server_name, alpn=ALPN), self._deadline)
        if isinstance(outcome, Handshake) or outcome.fault in _SETTLED:
            return outcome
        again = await self._present(address, self._jdk, self._deadline)
        if isinstance(again, Handshake):
            self._shown_to_jdk_alone.add(address)
            return again
        return await self._read(address, self.server_name, self._deadline) or outcome

    async def looked_at(
        self, outcome: HandshakeOutcome, context: ssl.SSLContext, times: int
    ) -> tuple[HandshakeOutcome, list[HandshakeOutcome]]:
        """Let both families of clients shake hands with an address, side by side: time may end before the next one."""
        if isinstance(outcome, HandshakeFailure):
            return outcome, []
        judged, *completed = await asyncio.gather(
            self.judged(outcome, context),
            *(self.completed(outcome) for _ in range(times)),
        )
        return judged, completed

    async def judged(self, outcome: Handshake, context: ssl.SSLContext) -> Handshake:
        """Add what OpenSSL says of the chain, and whether a client certificate can be left out."""
        verdict = await self._verified(outcome.address, context)
        failure = verdict.failure if verdict else None
        if verdict is not None and verdict.code:
            # What is wrong with the chain ended the handshake: is the rest of it right?
            beyond = await self._verified(outcome.address, shared_context(accepting=False))
            failure = beyond.failure if beyond else None
        asked = outcome.client_certificate
        if asked == "unknown":
            async with self._turn():
                if limit := self._limit(self._deadline):
                    asked = await client_certificate(Endpoint(outcome.address, self._port, limit), self.server_name)
        return msgspec.structs.replace(
            outcome,
            client_certificate=asked,
            openssl_code=verdict.code if verdict else None,
            openssl_message=verdict.message if verdict else None,
            openssl_failure=failure,
            openssl_chain=verdict.chain if verdict and verdict.chain not in {(), outcome.chain} else None,
        )

    async def _verified(self, address: str, context: ssl.SSLContext) -> Verdict | None:
        """Let OpenSSL shake hands; None where there is no time for it."""
        async with self._turn():
            if not (limit := self._limit(self._deadline)):
                return None
            verdict = await verify(Endpoint(address, self._port, limit), self._host, context, named=self.named)
        return None if verdict.failure is not None and self._cut_short(verdict.failure, limit) else verdict

    async def completed(self, shown: Handshake) -> HandshakeOutcome:
        """Make a whole connection to an address as a JDK makes it."""
        async with self._turn():
            if limit := self._limit(self._deadline):
                outcome = await connect_as_jdk(Endpoint(shown.address, self._port, limit), self.server_name)
                if isinstance(outcome, Handshake) or not self._cut_short(outcome, limit):
                    return outcome
        return self._untried(shown.address)

    def _cut_short(self, failure: HandshakeFailure, limit: float) -> bool:
        """Say whether it may be our own haste that failed: the end of the total came before the deadline."""
        return failure.fault in _LATE and limit < self._deadline

    async def variants(self, first: Handshake) -> _Variants:
        """Ask the first address that presented a chain the same question in other ways."""
        patience = min(self._deadline, max(PATIENCE, PATIENCE_FACTOR * first.seconds))
        other, protocols = await asyncio.gather(
            self._otherwise(first, patience) if self._name is not None else _none(),
            asyncio.gather(*(self._offer(first, protocol, patience) for protocol in OLDEST_FIRST)),
        )
        if self.server_name is None:
            return {"protocols": tuple(protocols), "with_server_name": other}
        return {"protocols": tuple(protocols), "without_server_name": other}

    async def named_instead(self, failed: Sequence[HandshakeOutcome]) -> _Variants:
        """Shake hands with SNI where no handshake without it showed a chain: that may be the cause."""
        met = next((each.address for each in failed if getattr(each, "fault", None) not in _SETTLED), None)
        if met is None or self._other_name is None:
            return {}
        make = self._wide(self._other_name, alpn=ALPN)
        return {"with_server_name": await self._present(met, make, self._deadline)}

    async def _otherwise(self, first: Handshake, patience: float) -> HandshakeOutcome:
        """Shake hands without SNI, or with it where the others have none; nothing else may differ."""
        wide = first.address not in self._shown_to_jdk_alone
        make = self._wide(self._other_name, alpn=ALPN) if wide else self._jdk_otherwise
        outcome = await self._present(first.address, make, patience)
        if first.read_by == "openssl" and isinstance(outcome, HandshakeFailure) and outcome.fault not in _SETTLED:
            return await self._read(first.address, self._other_name, patience) or outcome
        return outcome

    async def _read(self, address: str, server_name: str | None, patience: float) -> Handshake | None:
        async with self._turn():
            limit = self._limit(patience)
            return await read_chain(Endpoint(address, self._port, limit), server_name) if limit else None

    async def _offer(self, first: Handshake, protocol: Protocol, patience: float) -> ProtocolOffer:
        """Find out about one version; what `first` chose out of all of them answers for it and for newer ones."""
        if first.protocol == protocol:
            return ProtocolOffer(protocol, accepted=True, detail=first.cipher)
        if first.protocol in OLDEST_FIRST and OLDEST_FIRST.index(first.protocol) < OLDEST_FIRST.index(protocol):
            return ProtocolOffer(protocol, accepted=False, detail=f"offered, but the server chose {first.protocol}")
        outcome = await self._present(first.address, self._wide(self.server_name, versions=(protocol,)), patience)
        match outcome:
            case Handshake():
                return ProtocolOffer(protocol, accepted=True, detail=outcome.cipher)
            case HandshakeFailure() if outcome.fault in _UNDECIDED:
                return ProtocolOffer(protocol, accepted=None, detail=outcome.detail)
            case _:
                return ProtocolOffer(protocol, accepted=False, detail=outcome.detail)

    async def _present(self, address: str, make: HelloMaker, patience: float) -> HandshakeOutcome:
        async with self._turn():
            if limit := self._limit(patience):
                return await present(Endpoint(address, self._port, limit), make)
        return self._untried(address)

    def _untried(self, address: str) -> HandshakeFailure:
        detail = "the time for the whole TLS examination was used up"
        return HandshakeFailure(
            address, self.server_name, HandshakeFault.NOT_TRIED, detail, 0.0, phase=HandshakePhase.CONNECT
        )

    def _limit(self, patience: float) -> float:
        """Give the seconds that the next connection may take, 0 when the total is used up."""
        return max(0.0, min(patience, self._until - asyncio.get_running_loop().time()))

    @staticmethod
    def _wide(
        name: str | None, *, versions: tuple[Protocol, ...] = OLDEST_FIRST[::-1], alpn: tuple[str, ...] = ()
    ) -> HelloMaker:
        return lambda entropy: wide_hello(entropy, name, versions=versions, alpn=alpn)

    def _jdk(self, entropy: bytes) -> ClientHello:
        return jdk17_hello(entropy, self.server_name)

    def _jdk_otherwise(self, entropy: bytes) -> ClientHello:
        return jdk17_hello(entropy, self._other_name)


async def _none() -> None:
    return None
