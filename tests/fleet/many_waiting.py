"""Thousands of targets in virtual time, each with a receiver, an observer and a chain of its own, run as a fleet.

What a run is told is made anew for each of them, as from a socket: nothing is shared that would not be shared there.

What is measured is what sigcheck holds for each target. The test bed's own is taken out of it: the receivers' counts by
their size, the certificates because they are made before the first look, and the spans that the virtual clock jumped
over because they are not kept. Two things of the bed stay in it, because others of their size stand in their place in a
real fleet: what was given for a target, as a targets file gives it, and the environment of its run, as
`sigcheck.sockets` makes it.
"""

import asyncio
import gc
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from secrets import randbelow
from typing import NamedTuple
from zlib import crc32

from sigcheck.config.given import Given
from sigcheck.config.wanted import Wanted
from sigcheck.environment import Environment
from sigcheck.fleet.coordinator import Coordinator
from sigcheck.fleet.executor import LocalExecutor
from sigcheck.fleet.ledger import Ledger
from sigcheck.fleet.target import FleetRun, FleetTarget, HostGroup
from sigcheck.model.fleet import TargetSummary
from sigcheck.model.handshake import TlsFacts
from sigcheck.model.network import Address, NetworkFacts
from sigcheck.progress.fleet import FleetSilence
from sigcheck.testing.virtual_time import VirtualTimeLoop
from tests.clock import START
from tests.fleet.waiting_receivers import TOOK, Authority, Count, Line, Receivers, handshakes

MIDDLE = 300.0
"""Virtual seconds after the start: in the middle of the longest wait, from 180 to 420 s, everything is held."""


class Seen(NamedTuple):
    """What came of such a fleet. `errors` are seconds that deliveries came behind their due times, the largest first.

    `held` is how many bytes each waiting target held, 0 where nobody asked.
    """

    summaries: list[TargetSummary]
    errors: list[float]
    deliveries: int
    held: float


class _Unkept(list[float]):
    """A list that stays empty."""

    def append(self, _value: float) -> None:
        """Keep nothing."""


def _loop() -> VirtualTimeLoop:
    """Give a loop that does not remember its jumps, of which there are some for each target."""
    loop = VirtualTimeLoop()
    loop.jumps = _Unkept()
    return loop


def host_of(number: int) -> str:
    """Give the host of a target."""
    return f"receiver-{number}.example"


def targets(count: int, scheme: str, ca_file: Path) -> list[FleetTarget]:
    """Give such targets, as a configuration file does."""

    def given(value: object) -> tuple[Given, ...]:
        return (Given(value, "--given", "here"),)

    return [
        FleetTarget(
            f"target-{number}",
            Wanted(
                f"target-{number}",
                {
                    "url": given(f"{scheme}://{host_of(number)}/sigfox?key=secret-{number:06}"),
                    "ca_file": given(str(ca_file)),
                    "speed": given(1.0),
                },
            ),
            host_of(number),
        )
        for number in range(count)
    ]


def surroundings(
    receivers: Receivers, chains: Sequence[tuple[bytes, ...]], *, observed: bool
) -> Callable[[Wanted], Environment]:
    """Give what makes the environment of each target; `chains` are what their hosts present, in their order."""

    def environment(wanted: Wanted) -> Environment:
        number = int(wanted.name.partition("-")[2])
        return surroundings_of(host_of(number), receivers, chains[number], observed=observed)

    return environment


def surroundings_of(
    host: str,
    receivers: Receivers,
    chain: tuple[bytes, ...],
    *,
    observed: bool = True,
    draw: Callable[[int], int] = randbelow,
) -> Environment:
    """Give the environment of one target, on the running event loop."""
    loop = asyncio.get_running_loop()
    address = f"192.0.2.{crc32(host.encode()) % 250 + 1}"

    async def examine_network() -> NetworkFacts:
        await asyncio.sleep(TOOK)
        return NetworkFacts(host, 443, (Address(address, 4, "public", "connected", 0.004, ""),), 0.003)

    async def examine_tls(_network: NetworkFacts) -> TlsFacts:
        await asyncio.sleep(TOOK)
        return handshakes(host, address, chain)

    return Environment(
        transport=Line(receivers, host, chain),
        examine_network=examine_network,
        examine_tls=examine_tls,
        observer=Count(receivers, host) if observed else None,
        wall=lambda: START + timedelta(seconds=loop.time()),
        draw=draw,
        time="virtual",
    )


def fleet(
    folder: Path,
    count: int,
    *,
    naive: frozenset[int] = frozenset(),
    scheme: str = "https",
    observed: bool = True,
    measure: Callable[[], float] | None = None,
) -> Seen:
    """Run so many targets at once on the real schedule, ledger and all, in virtual time.

    `measure` gives the bytes that are held; it is asked before, and in the middle of the longest wait.
    """
    authority = Authority(START)
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(authority.pem)
    chains = [authority.chain(host_of(number)) if scheme == "https" else () for number in range(count)]
    held: list[float] = []

    def look(measure: Callable[[], float], receivers: Receivers) -> None:
        gc.collect()
        held.append(measure() - receivers.held)

    async def main() -> tuple[Coordinator, Receivers]:
        receivers = Receivers(frozenset(map(host_of, naive)))
        executor = LocalExecutor(surroundings(receivers, chains, observed=observed))
        if measure is not None:
            gc.collect()
            held.append(measure())
            asyncio.get_running_loop().call_at(MIDDLE, look, measure, receivers)
        groups = [HostGroup((each,)) for each in targets(count, scheme, ca_file)]
        with Ledger(folder / "results.jsonl") as ledger:
            how = FleetRun("0badcafe", at_once=count)
            coordinator = Coordinator(groups, how, executor, ledger, FleetSilence(None))
            await coordinator.run()
        return coordinator, receivers

    with asyncio.Runner(loop_factory=_loop) as runner:
        coordinator, receivers = runner.run(main())
    return Seen(
        list(coordinator.summaries.values()),
        receivers.errors,
        receivers.deliveries,
        (held[1] - held[0]) / count if held else 0.0,
    )
