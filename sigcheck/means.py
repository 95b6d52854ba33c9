"""The real means of a run: sockets, the system's clock and resolver, the roots that stand behind a verdict."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import TypeVar

from msgspec import structs

from sigcheck.callback import Callback
from sigcheck.chain import Roots, describe
from sigcheck.clock import SystemClock
from sigcheck.errors import UsageProblem
from sigcheck.model.chain import ChainFacts
from sigcheck.model.delivery import Message
from sigcheck.model.events import Event
from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import Handshake, TlsFacts
from sigcheck.model.network import NetworkFacts
from sigcheck.order import Means
from sigcheck.presented import with_other_chains
from sigcheck.probes import network, tls
from sigcheck.probes.attempt import LONG_STOP
from sigcheck.probes.command import CommandFault, run_command
from sigcheck.probes.delivery import HttpTransport
from sigcheck.probes.lateness import Lateness
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer import Observer
from sigcheck.probes.restart import restarted
from sigcheck.probes.scenario_context import HookFault
from sigcheck.scenario import HookKind
from sigcheck.target import parse_target

_T = TypeVar("_T")

MOST_LOOKS = 3
"""How often the network or TLS is examined, where this process was stopped the times before."""

HOOK_LIMIT = 30.0
"""Seconds that a hook, and the receiver's return after a restart, may take. Our choice."""


def parse_overrides(texts: Iterable[str]) -> dict[tuple[str, int], tuple[str, ...]]:
    """Give the addresses for each host and port; several for one host are all used. Raises UsageProblem."""
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    for text in texts:
        place, addresses = parse_override(text)
        found[place] = tuple(dict.fromkeys((*found.get(place, ()), *addresses)))
    return found


def parse_override(text: str) -> tuple[tuple[str, int], tuple[str, ...]]:
    """Split HOST:PORT:ADDR[,ADDR…] as curl's --resolve does; raises UsageProblem."""
    from ipaddress import ip_address

    host, _, rest = text.partition(":")
    port, _, address = rest.partition(":")
    try:
        parsed = tuple(str(ip_address(each.strip().strip("[]"))) for each in address.split(","))
        target = parse_target(f"https://{host}:{int(port)}/")
    except (ValueError, UsageProblem):
        raise UsageProblem(
            "--resolve cannot be read", "write HOST:PORT:ADDRESS, such as a.example:443:192.0.2.1"
        ) from None
    return (target.host, target.port), parsed


def described_at(moment: datetime, seen: Handshake, roots: Roots, host: str) -> ChainFacts:
    """Say what is true of the chain of a handshake."""
    # Where OpenSSL had to read the chain, nobody saw whether a staple came with it: its absence means nothing then.
    live = seen.read_by == "sigcheck"
    return describe(seen.chain, roots, host, moment, staple=seen.staple, message_size=seen.message_size, live=live)


def real_means(
    callback: Callback,
    roots: Roots,
    resolver: Resolver,
    observer: Observer | None,
    tell: Callable[[Event], None],
    interruption: Callable[[], str],
    commands: Mapping[HookKind, tuple[str, ...]],
) -> Means:
    """Make the means of one run; called on the event loop that will play it."""
    clock = SystemClock()
    origin = clock.now()
    deliver = HttpTransport(resolver, clock, origin)
    target = callback.target
    limit = callback.policy.answer_limit

    lateness = Lateness()

    async def undisturbed(work: Callable[[], Awaitable[_T]]) -> _T:
        """Look again where this process was stopped meanwhile: what it missed is no fact about the receiver."""
        for _ in range(MOST_LOOKS - 1):
            began = lateness.begin()
            try:
                result = await work()
                stopped = lateness.since(began)
            finally:
                lateness.end()
            if stopped < LONG_STOP:
                return result
        return await work()

    async def examine_network() -> NetworkFacts:
        facts = await undisturbed(lambda: network.examine(target.host, target.port, resolver, clock, limit))
        deliver.addresses = tuple(each.address for each in facts.addresses if each.outcome == "connected")
        return facts

    async def examine_tls(facts: NetworkFacts) -> TlsFacts:
        addresses = [each.address for each in facts.addresses if each.outcome == "connected"]
        seen = await undisturbed(
            lambda: tls.examine(target.host, target.port, addresses, roots.pem(), trust=roots.trust, deadline=limit)
        )
        shown = [each for each in seen.handshakes if isinstance(each, Handshake)]
        if not shown:
            return seen
        if not any(each.openssl_code is not None and each.openssl_failure is None for each in shown):
            deliver.settle_for_less()
        bare = seen.without_server_name
        if isinstance(bare, Handshake) and bare.chain != shown[0].chain:
            seen = structs.replace(seen, chain_without_server_name=described(bare))
        return structs.replace(seen, chain=described(shown[0]))

    def described(seen: Handshake) -> ChainFacts:
        return described_at(clock.wall(), seen, roots, target.host)

    def complete(evidence: Evidence) -> Evidence:
        return with_other_chains(
            evidence, deliver.chains, lambda chain: describe(chain, roots, target.host, clock.wall(), live=False)
        )

    async def command(kind: HookKind, message: Message) -> str | None:
        async def work() -> None:
            await run_command(commands[kind], message, HOOK_LIMIT)

        doubt = None
        try:
            if kind == "restart" and deliver.addresses:
                doubt = await restarted(deliver.addresses[0], target.port, limit, work)
            else:
                await work()
        except CommandFault as fault:
            raise HookFault(f"the {kind} hook failed: {fault}") from None
        if kind == "restart":
            await back_again()
        return doubt

    async def back_again() -> None:
        """Wait until the receiver accepts connections again, with some patience for its start-up."""
        give_up = clock.now() + HOOK_LIMIT
        while clock.now() < give_up:
            found = await resolver.resolve(target.host, target.port, limit)
            for address in found.addresses:
                if (await network.connect(address, target.port, clock, limit)).outcome == "connected":
                    return
            await clock.sleep_until(clock.now() + 0.1)
        raise HookFault(f"the receiver did not come back within {HOOK_LIMIT:g} s of the restart")

    hooks = {kind: partial(command, kind) for kind in commands}
    return Means(clock, origin, deliver, observer, examine_network, examine_tls, tell, interruption, hooks, complete)
