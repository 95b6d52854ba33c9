"""One target of a fleet as it travels to whoever runs it, and what came of it."""

import msgspec
from msgspec import Struct

from sigcheck import clock
from sigcheck.config.wanted import Wanted
from sigcheck.model.fleet import BROKE, NOT_EXAMINED, TargetSummary
from sigcheck.words import Own

NO_REPORT = msgspec.Raw(b"null")
"""What stands in the place of a report where there is none."""


class FleetTarget(Struct, frozen=True):
    """A target to be run, seen from one vantage.

    `key` is what the ledger calls it: its name, or its URL without secrets. Its settings hold variables by name, and
    whoever runs it replaces them. `host` is where it goes, as far as that is known before.
    """

    key: str
    wanted: Wanted
    host: str = ""
    vantage: str = ""

    @property
    def ledger_key(self) -> tuple[str, str]:
        """What no other target of the fleet's run has."""
        return self.key, self.vantage


class HostGroup(Struct, frozen=True):
    """Targets that are never run at once, such as those of one host: they are run in this order."""

    targets: tuple[FleetTarget, ...]

    @property
    def vantage(self) -> str:
        """From where all of them are seen."""
        return self.targets[0].vantage


class FleetRun(Struct, frozen=True):
    """How each target of a fleet is run. `run` is the id of the fleet's run, and `scan` makes one connection each.

    `at_once` bounds the groups that one process runs at once, and `at_address` the runs of a process that examine one
    address at once; runs that wait for their next retry are not among the latter.
    """

    run: str
    scan: bool = False
    at_once: int = 100
    at_address: int = 8


class Started(Struct, frozen=True, tag="started"):
    """A target whose run begins. `draw` is drawn inside that run: one that is run twice has two."""

    target: str
    vantage: str
    draw: str


class Outcome(Struct, frozen=True, tag="outcome"):
    """What came of a target: its summary, and its report as one line of JSON, NO_REPORT where there is none.

    `fix` says what to do where there is no report. `draw` is that of its `Started`.
    """

    summary: TargetSummary
    draw: str
    report: msgspec.Raw = NO_REPORT
    fix: Own = ""


Told = Started | Outcome


def not_run(target: FleetTarget, draw: str, problem: str, fix: str, *, ours: bool = False) -> Outcome:
    """Give the outcome of a target that could not be examined. `ours`: a bug of sigcheck's is the cause."""
    summary = TargetSummary(
        target=target.key,
        vantage=target.vantage,
        host=target.host,
        verdict="internal error" if ours else "undecided",
        word="internal error" if ours else "not examined",
        exit_code=BROKE if ours else NOT_EXAMINED,
        problem=problem,
        fix=fix,
        ended_at=clock.wall(),
    )
    return Outcome(summary, draw, NO_REPORT, fix)
