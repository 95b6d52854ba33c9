"""Results, the scope of a verdict and the report: what judgement makes of the evidence."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from sigcheck.model.evidence import Evidence
from sigcheck.model.figures import (
    AnswerTimes,
    Devices,
    SentMessage,
    Timeline,
    answer_times,
    devices,
    messages,
    timeline,
)
from sigcheck.model.rule import LEVELS, Examined, Finding, Level, Status
from sigcheck.words import Own


class Result(Struct, frozen=True):
    """What came of one rule. `summary` is one line for every status; `reason` why it is undecided.

    `title` is the rule in words: the problem where it failed, otherwise what holds where it passes.
    `examined` is what a pass rests on; None for every other status. `expected` is why a baseline expects this failure,
    which then has no part in the verdict.
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
    title: Own = ""
    expected: str | None = None

    @property
    def failed(self) -> bool:
        """Whether it failed, and no baseline expects that."""
        return self.status is Status.FAIL and self.expected is None

    @property
    def state(self) -> str:
        """The status in a word: "expected" for a failure that a baseline expects."""
        return "expected" if self.expected is not None else self.status.value


Verdict = Literal["compliant", "non-compliant", "undecided", "internal error", "interrupted"]


class Scope(Struct, frozen=True):
    """What a verdict speaks of. A run is `whole` where it has checked every rule under the Cloud's own conditions.

    `rules` of `of` were checked; `not_checked` names the families and single rules that were left out. `conditions`
    say in words what was other than for the Cloud ("schedule 240 times faster"). `not_tested` are the rules whose
    being undecided `--allow-undecided` put up with, `expected` those whose failure the baseline expects.
    """

    rules: int
    of: int
    not_checked: tuple[Own, ...] = ()
    conditions: tuple[Own, ...] = ()
    not_tested: tuple[Own, ...] = ()
    expected: tuple[Own, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing was left out and nothing eased."""
        return not (self.not_checked or self.conditions or self.not_tested or self.expected)

    @property
    def words(self) -> tuple[str, ...]:
        """What stands in a verdict line beside the verdict; () where the run is whole."""
        parts = []
        if self.not_checked:
            parts += [f"{self.rules} of {self.of} rules", f"not checked: {', '.join(self.not_checked)}"]
        parts += self.conditions
        if self.not_tested:
            parts.append(f"not tested: {', '.join(self.not_tested)}")
        if self.expected:
            count = len(self.expected)
            parts.append(f"{count} expected failure{'' if count == 1 else 's'}: {', '.join(self.expected)}")
        return tuple(parts)


IN_PART = "passed in part"


class Counts(Struct, frozen=True):
    """How many rules came to what; of those that failed, how many of each level, those that were expected apart."""

    must: int
    should: int
    note: int
    passed: int
    undecided: int
    skipped: int
    broken: int
    expected: int = 0

    @property
    def failed(self) -> int:
        """How many failed, of whatever level."""
        return self.must + self.should + self.note


class Expectation(Struct, frozen=True):
    """A failure that a baseline expects: of which rule, why, and where the entry stands (file:line).

    `target` is the name or the redacted URL of the one target that it is about, "" for all. `until` is the last day on
    which it is expected, None for always.
    """

    rule: Own
    reason: str
    where: Own
    target: str = ""
    until: date | None = None


class Gate(Struct, frozen=True):
    """By what a report was judged beside the rules: what the exit code goes by. `allow_undecided` are rule ids.

    `expected` is what of the baseline is about this target.
    """

    fail_on: Literal["must", "should"] = "must"
    allow_undecided: tuple[Own, ...] = ()
    expected: tuple[Expectation, ...] = ()

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels that decide the verdict."""
        return ("must", "should") if self.fail_on == "should" else ("must",)


def word_of(verdict: Verdict, exit_code: int, scope: Scope, results: Iterable[Result]) -> str:
    """Give a verdict as people read it: IN_PART for a run that exits 0 and left something out."""
    seen = any(each.status in {Status.PASS, Status.FAIL} for each in results)
    return IN_PART if not exit_code and not scope.whole and seen else verdict


class Report(Struct, frozen=True):
    """The only input of a renderer."""

    evidence: Evidence
    results: tuple[Result, ...]
    verdict: Verdict
    exit_code: int
    finished_at: datetime
    scope: Scope = Scope(0, 0)
    gate: Gate = Gate()

    @property
    def ok(self) -> bool:
        """Whether the exit code is 0."""
        return self.exit_code == 0

    @property
    def word(self) -> str:
        """The verdict as people read it: IN_PART for a run that exits 0 and left something out."""
        return word_of(self.verdict, self.exit_code, self.scope, self.results)

    @property
    def failed(self) -> tuple[Result, ...]:
        """What failed, of whatever level, in the order of the report; without what the baseline expects."""
        return tuple(each for each in self.results if each.failed)

    @property
    def expected(self) -> tuple[Result, ...]:
        """What failed as the baseline expects; it has no part in the verdict."""
        return tuple(each for each in self.results if each.expected is not None)

    @property
    def worst_first(self) -> tuple[Result, ...]:
        """What failed, the heaviest level first; within a level in the order of the report."""
        return tuple(sorted(self.failed, key=lambda each: LEVELS.index(each.level)))

    @property
    def first_fix(self) -> Result | None:
        """What to fix first: of the heaviest failures the first in the report, since others may follow from it."""
        return next(iter(self.worst_first), None)

    def binds(self, result: Result) -> bool:
        """Whether that result counts for the verdict: a warning does not, unless `--fail-on should` says so.

        Nor does a failure that the baseline expects.
        """
        return result.level in self.gate.levels and result.expected is None

    @property
    def counts(self) -> Counts:
        """How many rules came to what."""
        of = Counter(each.status for each in self.results)
        levels = Counter(each.level for each in self.failed)
        return Counts(
            must=levels["must"],
            should=levels["should"],
            note=levels["note"],
            passed=of[Status.PASS],
            undecided=of[Status.UNDECIDED],
            skipped=of[Status.SKIP],
            broken=of[Status.BROKEN],
            expected=len(self.expected),
        )

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return (self.finished_at - self.evidence.started_at).total_seconds()

    @property
    def answer_times(self) -> AnswerTimes | None:
        """How long the samples took; None where there are none."""
        return answer_times(self.evidence)

    @property
    def timeline(self) -> Timeline | None:
        """The replay of the schedule; None where none was planned."""
        return timeline(self.evidence)

    @property
    def devices(self) -> tuple[Devices, ...]:
        """The devices that messages were sent for: what to clean up by."""
        return devices(self.evidence)

    @property
    def messages(self) -> tuple[SentMessage, ...]:
        """Every message that was sent."""
        return messages(self.evidence)

    def render(self, format_name: str = "text", width: int = 100, detail: int = 0) -> str:
        """Give the report as a text that ends in a newline, in a format of `sigcheck.report.FORMATS`.

        `width` is in columns; `detail` is -1 for one line, 0 for a screen, 1 for every rule. Raises UsageProblem for
        another format.
        """
        # The one arrow that points upward: a report that was given to somebody can show itself.
        import sigcheck
        from sigcheck.report import RenderOptions, render

        return render(self, format_name, RenderOptions(version=sigcheck.__version__, width=width, detail=detail))


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

    @property
    def word(self) -> str:
        """The verdict as people read it: IN_PART where all exit 0 and one of them left something out."""
        return IN_PART if not self.exit_code and any(each.word == IN_PART for each in self.reports) else self.verdict
