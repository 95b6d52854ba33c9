"""Sends one message once, as a run does, and gives what was seen as evidence."""

from collections.abc import Callable

from sigcheck import clock
from sigcheck.chain import describe
from sigcheck.model.delivery import Message
from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import TlsFacts
from sigcheck.plan import RunPlan
from sigcheck.probes.delivery import Delivery, HttpTransport


async def deliver(plan: RunPlan, message: Message, begins: Callable[[], None]) -> Evidence:
    """Deliver a message; `begins` is called when the receiver may have the first bytes of it.

    The evidence has one sample, and of TLS the chain that its connection presented. What goes wrong is its outcome.
    """
    callback = plan.callback
    limit = callback.policy.answer_limit
    transport = HttpTransport(plan.resolver, named=not plan.config.no_sni)
    listen = max(plan.config.patience, limit)
    started = clock.wall()
    exchange = await transport(
        Delivery(message, callback.render(message), limit, listen, begins=begins, origin=clock.now())
    )
    ders = () if exchange.chain is None else transport.chains[exchange.chain]
    chain = describe(ders, plan.roots, callback.target.host, started, live=False) if ders else None
    return Evidence(
        run=callback.run,
        target=callback.target,
        callback=callback.shape(),
        policy=callback.policy,
        settings=plan.settings,
        started_at=started,
        clock="system",
        tls=None if chain is None else TlsFacts(trust=plan.roots.trust, handshakes=(), chain=chain),
        samples=(exchange,),
        requests=1,
    )
