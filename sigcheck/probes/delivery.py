"""Delivers messages, each over one new connection, to every address behind the name in turn.

The limit is one absolute deadline from the moment the request was wholly sent, not a timeout a read. Redirects are
not followed, proxies of the environment are not asked. The client is a default OpenSSL one that does not verify the
certificate: the TLS probe does that, and a refused certificate shall not hide the receiver's other faults. But the
chain that each connection showed is kept: one of several machines may show another.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from msgspec import Struct, structs

from sigcheck.model.delivery import Exchange, Message, Request
from sigcheck.model.handshake import Handshake, TlsFacts
from sigcheck.presented import chain_name
from sigcheck.probes.contexts import shared_context
from sigcheck.probes.lateness import lateness
from sigcheck.probes.network import Resolver
from sigcheck.probes.slots import slots

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
    `gate` is awaited when the connection stands and all but the last part of the request is sent. `begins` is called
    when the first part of it is about to be: from there on the receiver may have it, whatever becomes of the run.
    `origin` is the run's start, from which offsets are reckoned. `address` is the one to connect to, None for the first
    that the name resolves to. `offers_alpn`: the handshake offers http/1.1 by ALPN. `lenient`: it takes protocols and
    ciphers that a default client refuses. `also` are the other messages of a batch.
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
    begins: Callable[[], None] | None = None
    origin: float = 0.0
    address: str | None = None
    offers_alpn: bool = False
    lenient: bool = False
    also: tuple[Message, ...] = ()


class Transport(Protocol):
    """Makes deliveries. The replay and the scenarios know no more of the network than this.

    `chains` are the presented certificates (DER, leaf first) by the name that exchanges give them.
    """

    @property
    def chains(self) -> Mapping[str, tuple[bytes, ...]]:
        """Give them."""
        ...

    async def __call__(self, delivery: Delivery) -> Exchange:
        """Deliver once; whatever goes wrong is the exchange's outcome, never an exception."""
        ...


class Rounds:
    """Says by which way each delivery of a run goes: to every address in turn, to each with ALPN and without.

    `addresses` are those that accepted a connection; () takes what the name resolves to.
    """

    __slots__ = ("_lenient", "_origin", "_turn", "addresses")

    def __init__(self, origin: float) -> None:
        self._origin = origin
        self._turn = 0
        self._lenient = False
        self.addresses: tuple[str, ...] = ()

    def see(self, facts: TlsFacts) -> None:
        """Be lenient from now on where a default client was refused everywhere: other faults shall show, too."""
        shown = [each for each in facts.handshakes if isinstance(each, Handshake)]
        taken = any(each.openssl_code is not None and each.openssl_failure is None for each in shown)
        self._lenient = bool(shown) and not taken

    def next(self, delivery: Delivery) -> Delivery:
        """Give a delivery with its way."""
        turn, ways = self._turn, max(1, len(self.addresses))
        self._turn += 1
        return structs.replace(
            delivery,
            origin=self._origin,
            address=self.addresses[turn % ways] if self.addresses else None,
            offers_alpn=turn // ways % 2 == 1,
            lenient=self._lenient,
        )


class HttpTransport:
    """Delivers over real sockets, each time over a new connection. `named`: the handshake has SNI."""

    def __init__(self, resolver: Resolver, *, named: bool = True) -> None:
        self._resolver = resolver
        self._named = named
        self.chains: dict[str, tuple[bytes, ...]] = {}

    async def __call__(self, delivery: Delivery) -> Exchange:
        """Deliver once."""
        from sigcheck.probes.attempt import Attempt

        async with slots().place(due=delivery.due is not None) as place:
            watch = lateness()
            began = watch.begin()
            try:
                context = shared_context(accepting=delivery.lenient, alpn=(ALPN,) if delivery.offers_alpn else ())
                attempt = Attempt(delivery, self._resolver, context, self._keep, place.give_back, named=self._named)
                return await attempt.run(lambda: watch.since(began))
            finally:
                watch.end()

    def _keep(self, chain: tuple[bytes, ...]) -> str | None:
        if not chain:
            return None
        name = chain_name(chain)
        if name not in self.chains and len(self.chains) < MOST_CHAINS:
            self.chains[name] = chain
        return name
