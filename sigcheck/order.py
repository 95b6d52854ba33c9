"""What one run shall do, and what it works with: the two things that whoever starts a run has to give."""

from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from sigcheck.callback import Callback
from sigcheck.clock import Clock
from sigcheck.message import MessageFactory
from sigcheck.model.delivery import Header
from sigcheck.model.events import Event
from sigcheck.model.evidence import Evidence, Settings
from sigcheck.model.handshake import TlsFacts
from sigcheck.model.network import AllowlistFacts, NetworkFacts
from sigcheck.model.report import Rule
from sigcheck.probes.delivery import Deliver
from sigcheck.probes.observer import Observer
from sigcheck.probes.sampler import FEWEST
from sigcheck.probes.scenario_context import RunHook
from sigcheck.scenario import HookKind
from sigcheck.schedule import Schedule


class Order(Struct, frozen=True):
    """What one run shall do. `rules` are those to be judged; they decide which probes are needed.

    `fail_header` makes the receiver fail the delivery that carries it. `allowlist` is what the user's firewall
    rules say.
    """

    callback: Callback
    settings: Settings
    schedule: Schedule
    rules: tuple[Rule, ...]
    factory: MessageFactory
    fail_header: Header | None = None
    allowlist: AllowlistFacts | None = None

    @property
    def replays(self) -> bool:
        """Whether the rules ask for the replay."""
        return any(rule.family in {"retry", "dedup"} for rule in self.rules)

    @property
    def first_samples(self) -> int:
        """How many samples are taken before the replay, where there is one; else all of them."""
        return min(self.settings.samples, FEWEST) if self.replays else self.settings.samples


def _as_it_is(evidence: Evidence) -> Evidence:
    return evidence


class Means(Struct, frozen=True):
    """What one run works with: everything that is not deterministic. `origin` is the run's start on the clock.

    `complete` adds to evidence what follows from all of its connections together; `conceal` hides the run's secrets.
    """

    clock: Clock
    origin: float
    deliver: Deliver
    observer: Observer | None
    examine_network: Callable[[], Awaitable[NetworkFacts]]
    examine_tls: Callable[[NetworkFacts], Awaitable[TlsFacts]]
    tell: Callable[[Event], None]
    interruption: Callable[[], str]
    hooks: Mapping[HookKind, RunHook] = {}
    complete: Callable[[Evidence], Evidence] = _as_it_is
    conceal: Callable[[Evidence], Evidence] = _as_it_is
