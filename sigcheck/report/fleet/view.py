"""What the renderers of a fleet are given: its runs, the summaries of its targets, and a way to each one's results."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from sigcheck.model.fleet import BROKE, FleetScope, TargetSummary
from sigcheck.model.judged import Judged, Seen
from sigcheck.report.fleet.words import targets
from sigcheck.words import Own


class RunView(Struct, frozen=True, kw_only=True):
    """One run of a fleet. `ledger` is the name of its file. `targets` were to be examined, `results` have a result.

    `ended_at` is None for a run that was not finished. `shard` is (I, N) where it ran one of N parts of the targets.
    `interrupted` says why it was ended early, and `lost` why it could not go on, where nobody had ended it.
    """

    ledger: str
    run: Own
    sigcheck: Own
    started_at: datetime
    ended_at: datetime | None
    seed: int
    scan: bool
    targets: int
    results: int
    shard: tuple[int, int] | None = None
    interrupted: str | None = None
    lost: str | None = None


class Novelty(Struct, frozen=True):
    """What of a fleet's failures an older run did not have, counted in targets. `keys` are those that are new.

    `undecided` counts the targets that are undecided, or without a report, and were not so before; `known` those that
    fail or are undecided as they were.
    """

    new: int
    known: int
    undecided: int
    exit_code: int
    keys: tuple[tuple[Own, Own], ...] = ()

    @property
    def words(self) -> str:
        """Say it in one line."""
        parts = [
            f"{targets(self.new)} with new failures",
            f"{targets(self.undecided)} newly undecided" if self.undecided else "",
            f"{self.known} failing or undecided as before",
        ]
        # What a run did not come to might have failed.
        others = {0: "NO NEW FAILURES", BROKE: "INTERNAL ERROR"}.get(self.exit_code, "NOT WHOLE")
        lead = "NEW FAILURES" if self.new else "NEWLY UNDECIDED" if self.undecided else others
        return f"{lead}  {' · '.join(each for each in parts if each)}  (exit {self.exit_code})"


class FleetReport(Struct, frozen=True, kw_only=True):
    """A fleet as it is rendered. `notes` say in sentences what is missing; the worst targets come first.

    `scope` is what the summary for people rests on. `judged` gives the results of a target by its key, one at a time;
    and `seen` the little of them that metrics have; both give None where it has no report.
    """

    runs: tuple[RunView, ...]
    scope: FleetScope
    exit_code: int
    word: str
    notes: tuple[str, ...]
    summaries: tuple[TargetSummary, ...]
    judged: Callable[[tuple[str, str]], Judged | None]
    seen: Callable[[tuple[str, str]], Seen | None]
    novelty: Novelty | None = None
