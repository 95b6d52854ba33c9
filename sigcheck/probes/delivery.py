"""Delivers messages, each over one new connection, to every address behind the name in turn.

The limit is one absolute deadline from the moment the request was wholly sent, not a timeout a read. Redirects are
not followed, proxies of the environment are not asked. The client is a default OpenSSL one that does not verify the
certificate: the TLS probe does that, and a refused certificate shall not hide the receiver's other faults. But the
chain that each connection showed is kept: one of several machines may show another.
"""

import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec import Struct

from sigcheck.clock import Clock
from sigcheck.model.delivery import Exchange, Message, Request
from sigcheck.presented import chain_name
from sigcheck.probes.lateness import Lateness
from sigcheck.probes.network import Resolver
from sigcheck.probes.openssl_client import accepting_context, trusting_context

ALPN = "http/1.1"

BODY_GRACE = 1.0
"""Seconds that a body may still take when its headers came close to the limit or after it."""

MOST_CHAINS = 64
"""Different chains that are kept of one run; a receiver that shows a new one each time is judged by these."""

Gate = Callable[[], Awaitable[None]]


class Delivery(Struct, frozen=True):
    """One delivery to be made. Times are seconds.

    `limit` is the Cloud's deadline; `listen` how long to listen from the request being sent: longer where a late
    answer shall be measured, shorter together with `cut` where the connection shall be cut on purpose.
    `company` is how many requests go out at the same time, this one included.
    `gate` is awaited when the connection stands and all but the last part of the request is sent.
    """

    message: Message
    request: Request
    limit: float
    listen: float
    attempt: int = 1
    due: float | None = None
    cut: bool = False
    company: int = 1
    gate: Gate | None = None


class Deliver(Protocol):
    """Makes a delivery. The replay and the scenarios know no more of the network than this."""

    async def __call__(self, delivery: Delivery) -> Exchange:
        """Deliver once; whatever goes wrong is the exchange's outcome, never an exception."""
        ...


class Route(Struct, frozen=True):
    """How one delivery gets to the receiver: what is resolved, the TLS client, and whether it offers ALPN."""

    resolver: Resolver
    context: ssl.SSLContext
    offers_alpn: bool
    choose: Callable[[Sequence[str]], str]
    keep: Callable[[tuple[bytes, ...]], str | None]


class HttpTransport:
    """Delivers over real sockets. Offsets are reckoned from `origin`, a moment on the clock's scale.

    `addresses` are those to go round: the ones that accepted a connection. () takes all that the name resolves to.
    `chains` are the presented certificates (DER, leaf first) by the name that exchanges give them.
    """

    def __init__(self, resolver: Resolver, clock: Clock, origin: float) -> None:
        self._resolver = resolver
        self._clock = clock
        self._origin = origin
        self._lateness = Lateness()
        self._contexts = _contexts(trusting_context)
        self._turn = 0
        self.addresses: tuple[str, ...] = ()
        self.chains: dict[str, tuple[bytes, ...]] = {}

    def settle_for_less(self) -> None:
        """Take any protocol and cipher from now on: a default client was refused, and other faults shall show too."""
        self._contexts = _contexts(accepting_context)

    async def __call__(self, delivery: Delivery) -> Exchange:
        """Deliver once."""
        from sigcheck.probes.attempt import Attempt

        # Some clients offer ALPN and some do not; each address gets both.
        turn = self._turn
        self._turn += 1
        offers = turn // max(1, len(self.addresses)) % 2 == 1
        route = Route(
            self._resolver, self._contexts[offers], offers, lambda found: self._choose(found, turn), self._keep
        )
        began = self._lateness.begin()
        try:
            attempt = Attempt(delivery, route, self._clock, self._origin)
            return await attempt.run(lambda: self._lateness.since(began))
        finally:
            self._lateness.end()

    def _choose(self, found: Sequence[str], turn: int) -> str:
        usable = [address for address in found if address in self.addresses] or found
        return usable[turn % len(usable)]

    def _keep(self, chain: tuple[bytes, ...]) -> str | None:
        if not chain:
            return None
        name = chain_name(chain)
        if name not in self.chains and len(self.chains) < MOST_CHAINS:
            self.chains[name] = chain
        return name


def _contexts(make: Callable[[], ssl.SSLContext]) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make the contexts without and with ALPN."""
    without, offering = make(), make()
    offering.set_alpn_protocols([ALPN])
    return without, offering
