"""What a run tells whoever watches it. Moments are on the run's clock, in seconds."""

from msgspec import Struct

from sigcheck.model.delivery import Exchange
from sigcheck.model.effects import EffectCount
from sigcheck.model.evidence import Probe
from sigcheck.model.report import Report
from sigcheck.words import Own


class _OfARun(Struct, frozen=True, kw_only=True):
    """What every event has: the id of its run, which its requests carry as X-Sigcheck-Run."""

    run: Own = ""


class ProbeStarted(_OfARun, frozen=True):
    """A probe begins; `detail` says with what."""

    probe: Probe
    detail: Own


class Estimated(_OfARun, frozen=True):
    """The run is reckoned to end at `until`."""

    until: float


class Sampled(_OfARun, frozen=True):
    """One timing sample is done. `accepted`: it was answered with success."""

    number: int
    of: int
    exchange: Exchange
    accepted: bool


class KnownSoFar(_OfARun, frozen=True):
    """All that can be said before the long waiting starts; `seconds` is how long that will be at the least."""

    report: Report
    seconds: float


class Delivered(_OfARun, frozen=True):
    """One delivery of a scenario is done. `number` counts from 1 within the scenario's plan, `of` in all.

    `name` says which of the plan's messages it was. `accepted`: it was answered with success.
    """

    scenario: Own
    name: Own
    number: int
    of: int
    exchange: Exchange
    accepted: bool


class Waiting(_OfARun, frozen=True):
    """The replay waits for delivery `number` of `of`, due at `until`."""

    number: int
    of: int
    since: float
    until: float


class Lingering(_OfARun, frozen=True):
    """The last count is due at `until`: effects may come as late as that."""

    since: float
    until: float


class Observed(_OfARun, frozen=True):
    """The observer's count of the message called `name` stood still, or could not be had."""

    scenario: Own
    name: Own
    counted: EffectCount


Event = ProbeStarted | Estimated | Sampled | KnownSoFar | Delivered | Waiting | Lingering | Observed
