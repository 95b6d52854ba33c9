"""The environment of a run over real sockets: the system's resolver, TCP, TLS, and the user's own commands."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from sigcheck import clock
from sigcheck.environment import Environment
from sigcheck.model.delivery import Message
from sigcheck.model.handshake import TlsFacts
from sigcheck.model.network import NetworkFacts
from sigcheck.plan import RunPlan
from sigcheck.probes import network, tls
from sigcheck.probes.attempt import LONG_STOP
from sigcheck.probes.delivery import HttpTransport
from sigcheck.probes.lateness import lateness
from sigcheck.scenario import HookKind
from sigcheck.scenario.playing.context import HookFault

_T = TypeVar("_T")

MOST_LOOKS = 3
"""How often the network or TLS is examined, where this process was stopped the times before."""

HOOK_LIMIT = 30.0
"""Seconds that a hook, and the receiver's return after a restart, may take. Our choice."""

AGAIN = 0.1
"""Seconds between two attempts to reach a receiver that is being restarted."""


def sockets(plan: RunPlan) -> Environment:
    """Give the environment of one run."""
    target, limit = plan.callback.target, plan.callback.policy.answer_limit
    named = not plan.config.no_sni

    async def examine_network() -> NetworkFacts:
        return await _undisturbed(lambda: network.examine(target.host, target.port, plan.resolver, limit))

    async def examine_tls(facts: NetworkFacts) -> TlsFacts:
        addresses, roots = facts.connected, plan.roots
        return await _undisturbed(
            lambda: tls.examine(
                target.host, target.port, addresses, roots.pem(), trust=roots.trust, deadline=limit, named=named
            ),
        )

    return Environment(
        transport=HttpTransport(plan.resolver, named=named),
        examine_network=examine_network,
        examine_tls=examine_tls,
        hooks={kind: partial(_hook, plan, kind) for kind in plan.commands},
    )


async def _undisturbed(work: Callable[[], Awaitable[_T]]) -> _T:
    """Look again where this process was stopped meanwhile: what it missed is no fact about the receiver."""
    watch = lateness()
    for _ in range(MOST_LOOKS - 1):
        began = watch.begin()
        try:
            result = await work()
            stopped = watch.since(began)
        finally:
            watch.end()
        if stopped < LONG_STOP:
            return result
    return await work()


async def _hook(plan: RunPlan, kind: HookKind, message: Message, address: str | None) -> str | None:
    """Run the user's command; after a restart, wait until the receiver is back. Raises HookFault."""
    from sigcheck.probes.command import CommandFault, run_command
    from sigcheck.probes.restart import restarted

    async def work() -> None:
        folder = plan.config.folders.get(f"{kind}_command", "")
        await run_command(plan.commands[kind], message, HOOK_LIMIT, folder=folder)

    doubt = None
    try:
        if kind == "restart" and address is not None:
            target, limit = plan.callback.target, plan.callback.policy.answer_limit
            doubt = await restarted(address, target.port, limit, work)
        else:
            await work()
    except CommandFault as fault:
        raise HookFault(f"the {kind} hook failed: {fault}") from None
    if kind == "restart":
        await _back_again(plan)
    return doubt


async def _back_again(plan: RunPlan) -> None:
    """Wait until the receiver accepts connections again, with some patience for its start-up."""
    target, limit = plan.callback.target, plan.callback.policy.answer_limit
    give_up = clock.now() + HOOK_LIMIT
    while clock.now() < give_up:
        found = await plan.resolver.resolve(target.host, target.port, limit)
        for address in found.addresses:
            if (await network.connect(address, target.port, limit)).outcome == "connected":
                return
        await clock.sleep_until(clock.now() + AGAIN)
    raise HookFault(f"the receiver did not come back within {HOOK_LIMIT:g} s of the restart")
