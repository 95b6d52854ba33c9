"""What of a run is not deterministic: transport, network, TLS, observer, hooks, the time of day, randomness."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from secrets import randbelow
from typing import Literal

from msgspec import Struct

from sigcheck import clock
from sigcheck.model.handshake import TlsFacts
from sigcheck.model.network import NetworkFacts
from sigcheck.probes.by_address import Admit
from sigcheck.probes.delivery import Transport
from sigcheck.probes.observer import Observer
from sigcheck.scenario import HookKind
from sigcheck.scenario.playing.context import RunHook


class Environment(Struct, frozen=True, kw_only=True):
    """Whatever is None is not there: an application in this process has no network and no TLS to be examined.

    `observer` takes the place of the one that the configuration names. `wall` gives the time of day with its zone,
    `draw` a random number below another. `admit` lets a run in to the addresses that accepted a connection, and is left
    when its replay begins: how long it makes a run wait is no part of that run. `time` is what the event loop's clock
    is: the system's, or a virtual one.
    """

    transport: Transport | None = None
    examine_network: Callable[[], Awaitable[NetworkFacts]] | None = None
    examine_tls: Callable[[NetworkFacts], Awaitable[TlsFacts]] | None = None
    admit: Admit | None = None
    observer: Observer | None = None
    hooks: Mapping[HookKind, RunHook] = {}
    wall: Callable[[], datetime] = clock.wall
    draw: Callable[[int], int] = randbelow
    time: Literal["system", "virtual"] = "system"
