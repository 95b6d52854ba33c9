"""Rules, findings, results and the report: what judgement makes of the evidence."""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from sigcheck.model.evidence import Evidence
from sigcheck.policy import Source
from sigcheck.words import Own

Level = Literal["must", "should", "note"]
FAMILIES = ("reach", "tls", "response", "deadline", "retry", "dedup", "exposure")


class Status(StrEnum):
    """What came of one rule. `undecided`: could not be decided; `broken`: a bug of ours."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SKIP = "skip"
    UNDECIDED = "undecided"
    BROKEN = "broken"


class Finding(Struct, frozen=True):
    """One thing that is wrong. `message` says what was seen; `measured` the figures; `where` the place.

    `level` and `fix` override the rule's level and fix where this occurrence needs it.
    """

    message: Own
    measured: Own | None = None
    where: Own | None = None
    level: Level | None = None
    fix: Own | None = None


Kind = Literal["addresses", "answers", "certificates", "connections", "counts", "deliveries", "handshakes", "settings"]
"""What a rule can examine."""


class Examined(Struct, frozen=True):
    """How much a rule that passed has examined. `settings` are those of the callback itself, known without a probe."""

    count: int
    of: Kind


class Passed(Struct, frozen=True):
    """A rule found in order all that it examined; `message` says what was seen and becomes the summary.

    A pass of nothing cannot be made: raises ValueError for a `count` under 1.
    """

    message: Own
    count: int
    of: Kind

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"a pass that examined no {self.of}")


class Undecided(Struct, frozen=True):
    """The rule could not be decided, and why; `fix` says how to decide it."""

    reason: Own
    fix: Own | None = None


class Skipped(Struct, frozen=True):
    """The rule does not apply here, or was not asked for."""

    reason: Own


Remark = Finding | Passed | Undecided | Skipped
"""What a check yields. Any Finding fails the rule; else Inconclusive, else Skipped decides; else it passes.

A check that yields nothing has examined nothing: that is a bug of ours, never a pass.
"""


class Rule(Struct, frozen=True):
    """One rule: pure, no I/O. `id` is its name, file name and page name; `family` is its first word."""

    id: Own
    level: Level
    title: Own
    fix: Own
    source: Source
    check: Callable[[Evidence], Iterable[Remark]]

    @property
    def family(self) -> str:
        """The first word of the id."""
        return self.id.partition("-")[0]

    @property
    def page(self) -> str:
        """Where the rule's page stands in the documentation."""
        return f"docs/rules/{self.id}.md"


class Result(Struct, frozen=True):
    """What came of one rule. `summary` is one line for every status; `reason` why it is undecided.

    `examined` is what a pass rests on; None for every other status.
    """

    rule: Own
    family: Own
    level: Level
    status: Status
    summary: Own
    findings: tuple[Finding, ...] = ()
    reason: Own | None = None
    fix: Own | None = None
    help: Own | None = None
    examined: Examined | None = None


Verdict = Literal["compliant", "non-compliant", "undecided", "internal error", "interrupted"]


class Scope(Struct, frozen=True):
    """What a verdict speaks of. A run is `whole` where it has checked every rule under the Cloud's own conditions.

    `rules` of `of` were checked; `not_checked` names the families and single rules that were left out. `conditions`
    say in words what was other than for the Cloud ("schedule compressed 240 times"). `not_tested` are the rules whose
    being undecided `--allow-undecided` put up with.
    """

    rules: int
    of: int
    not_checked: tuple[Own, ...] = ()
    conditions: tuple[Own, ...] = ()
    not_tested: tuple[Own, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing was left out and nothing eased."""
        return not (self.not_checked or self.conditions or self.not_tested)

    @property
    def words(self) -> tuple[str, ...]:
        """What stands in a verdict line beside the verdict; () where the run is whole."""
        parts = []
        if self.not_checked:
            parts += [f"{self.rules} of {self.of} rules", f"not checked: {', '.join(self.not_checked)}"]
        parts += self.conditions
        if self.not_tested:
            parts.append(f"not tested: {', '.join(self.not_tested)}")
        return tuple(parts)


IN_PART = "passed in part"


class Report(Struct, frozen=True):
    """The only input of a renderer."""

    evidence: Evidence
    results: tuple[Result, ...]
    verdict: Verdict
    exit_code: int
    finished_at: datetime
    scope: Scope = Scope(0, 0)

    @property
    def ok(self) -> bool:
        """Whether the exit code is 0."""
        return self.exit_code == 0

    @property
    def word(self) -> str:
        """The verdict as people read it: IN_PART for a run that exits 0 and left something out."""
        passed = any(each.status is Status.PASS for each in self.results)
        return IN_PART if self.ok and not self.scope.whole and passed else self.verdict

    @property
    def failed(self) -> tuple[Result, ...]:
        """What failed, of whatever level, in the order of the report."""
        return tuple(each for each in self.results if each.status is Status.FAIL)

    def render(self, format_name: str = "text", width: int = 100) -> str:
        """Give the report as a text that ends in a newline: "text" or "json". Raises UsageProblem for another."""
        # The one arrow that points upward: a report that was given to somebody can show itself.
        import sigcheck
        from sigcheck.report import RenderOptions, render

        return render(self, format_name, RenderOptions(version=sigcheck.__version__, width=width))


WORST_FIRST = (130, 1, 4, 3, 0)
"""Exit codes of runs, the one that outweighs the others first. As in one run, the user's wish to end comes first, and
what was certainly seen to be wrong outweighs a bug of ours and everything undecided."""


class Reports(Struct, frozen=True):
    """The reports of several targets, in the order in which they were asked for.

    `interrupted` says why not all is known.
    """

    reports: tuple[Report, ...]
    interrupted: str | None = None

    @property
    def exit_code(self) -> int:
        """The worst of the reports' own."""
        codes = {report.exit_code for report in self.reports} | ({130} if self.interrupted else set())
        return next((code for code in WORST_FIRST if code in codes), 0)

    @property
    def verdict(self) -> Verdict:
        """The verdict behind the exit code."""
        if self.interrupted:
            return "interrupted"
        worst = [report.verdict for report in self.reports if report.exit_code == self.exit_code]
        return next((verdict for verdict in worst if verdict != "compliant"), "compliant")
