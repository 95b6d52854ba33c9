"""Everything one run saw: the input of judgement. It can be saved and judged again."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from sigcheck.model.delivery import Exchange
from sigcheck.model.effects import EffectCount, ObserverCheck, ObserverFacts, ScenarioResult
from sigcheck.model.handshake import TlsFacts
from sigcheck.model.network import AllowlistFacts, NetworkFacts
from sigcheck.policy import Policy
from sigcheck.words import Own, Url

EFFECTS_WITHIN = 60.0
"""Seconds after its last delivery within which a message must have its effects, unless the user says otherwise. Our
choice: receivers are told to work asynchronously, and the second retry comes after two minutes more."""

Probe = Literal["network", "tls", "delivery", "replay", "observer"]


class Target(Struct, frozen=True):
    """The callback URL, parsed once. `host` is what is resolved and asked for (A-label form for IDN).

    `url` is the pattern with its secrets, so it never stands in a report: `sigcheck.redaction.redact` hides it first.
    """

    url: Url
    scheme: Literal["http", "https"]
    host: str
    port: int


class Settings(Struct, frozen=True):
    """How the run was asked to go: what rules need to know to judge it."""

    name: str = ""
    """What the user calls the target; empty where a URL was given."""
    file: str = ""
    """The configuration file that names the target, as seen from the folder of the run or from its own; "" for none."""
    line: int = 0
    """The line of that file that names the target, counted from 1; 0 for none."""
    device: str | None = None
    """The id of the run's first device; those of its other messages follow it."""
    devices: tuple[Own, ...] = ()
    """The only ids that the run may use; empty where any may be used."""
    drawn: bool = False
    """Whether that id was drawn for this run; otherwise the user named it."""
    no_sni: bool = False
    """No server name was sent in the handshakes, those of the deliveries included."""
    allow_private: bool = False
    custom_roots: bool = False
    roots: Own = ""
    """What the roots are called that stand in place of the public ones."""
    samples: int = 20
    patience: float = 30.0
    speed: float = 1.0
    schedule_from: Literal["previous", "first"] = "previous"
    effects_within: float = EFFECTS_WITHIN
    """Seconds after its last delivery within which a message must have its effects."""
    effects_per_message: int | None = None
    """How many effects one message has; None where the run shall learn it from its first message."""
    counted_later: bool = False
    """The run was played as with an observer; its effects are counted afterwards."""
    vantage: Literal["outside", "inside"] = "outside"
    place: Own = ""
    """The name of the place that the run was made from, such as eu; "" where it has none."""
    selected: tuple[Own, ...] | None = None
    """Rule ids that were asked for; None for all of them."""
    left_out: tuple[Own, ...] = ()
    """Rule ids that were not asked for, in report order."""
    scan: bool = False
    """One connection was made, by OpenSSL alone, and no message was sent: what needs more was not looked at."""
    offline: bool = False
    """Certificates or firewall rules were judged from files: nothing was sent to anybody."""

    def asks_for(self, rule: str) -> bool:
        """Whether that rule is checked in this run."""
        return self.selected is None or rule in self.selected


class CallbackShape(Struct, frozen=True):
    """The callback as it is sent, for rules and reports.

    `authenticated`: it has something that a receiver could check, be it headers of its own, a login or a secret
    in the query. `secret_in_url` means the query alone: a login is sent as a header.
    """

    method: Own
    content_type: Own | None
    headers: tuple[str, ...]
    authenticated: bool
    secret_in_url: bool
    carries: tuple[Own, ...] = ("device", "time", "seqNumber", "data")
    """What of a message stands in the URL, the headers or the body: what a receiver can know of it."""
    type: Own = "data/uplink"
    """The callback type, as sigcheck names it."""
    variables: tuple[Own, ...] = ("device", "time", "seqNumber", "data")
    """Every variable that stands in the URL, the headers or the body, or in the lines of a batch."""
    batched: bool = False
    """Several messages may come in one request, a line each."""
    ack: bool | None = None
    """Whether the callback's `ack` asks for a downlink where a message does not say; None where it has none."""


class ProbeBreakdown(Struct, frozen=True):
    """A probe did not come to its end, and the run goes on: a bug of ours, or `local`, what this machine lacks."""

    probe: Probe
    detail: str
    local: bool = False


class Evidence(Struct, frozen=True):
    """All facts of one run. A None or empty part was not looked at. `interrupted` says why it was cut short."""

    run: Own
    target: Target
    callback: CallbackShape
    policy: Policy
    settings: Settings
    started_at: datetime
    clock: Own
    network: NetworkFacts | None = None
    allowlist: AllowlistFacts | None = None
    tls: TlsFacts | None = None
    samples: tuple[Exchange, ...] = ()
    unauthenticated: Exchange | None = None
    """A delivery without the callback's own headers, login and secrets of the query, where it has some."""
    moved: Exchange | None = None
    """A delivery with the URL's query in the form, where that was asked for beside the others."""
    http10: Exchange | None = None
    """A delivery of one more message, by HTTP/1.0 and without keep-alive."""
    disturbed: tuple[Exchange, ...] = ()
    """Samples that were taken again, because this process was stopped while they were under way."""
    observer: ObserverFacts | None = None
    observer_check: ObserverCheck | None = None
    scenarios: tuple[ScenarioResult, ...] = ()
    whole: tuple[EffectCount, ...] = ()
    """What was counted at the very end: of each accepted sample (`message` is its index), or, of a total, over the
    whole run."""
    requests: int = 0
    """Deliveries that were made, and those that had begun to be sent when the run was cut short."""
    interrupted: Own | None = None
    breakdowns: tuple[ProbeBreakdown, ...] = ()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every delivery that was made: samples, also those taken again, the ones sent otherwise, scenarios."""
        played = (exchange for scenario in self.scenarios for exchange in scenario.exchanges)
        return (*self.samples, *self.disturbed, *self.singles, *played)

    @property
    def singles(self) -> tuple[Exchange, ...]:
        """The deliveries that were made once and otherwise: by HTTP/1.0, without credentials, with another form."""
        return tuple(each for each in (self.http10, self.unauthenticated, self.moved) if each is not None)

    def scenario(self, name: str) -> ScenarioResult | None:
        """Give the scenario of that scenario, if it was planned."""
        return next((scenario for scenario in self.scenarios if scenario.scenario == name), None)
