"""Reads saved reports for `report` and `diff`, and judges them again; carries out `report`."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from msgspec import Struct, structs

import sigcheck
from sigcheck.cli import output
from sigcheck.cli.baselines import tell_empty, tell_unused
from sigcheck.cli.output_options import OutputOptions
from sigcheck.cli.report_file import ReportFile, report_files
from sigcheck.cli.reporting import publish, rendered
from sigcheck.comparison import Comparison, compare
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input, read_stdin
from sigcheck.judge import allowed_rules, names_in
from sigcheck.machine import shortage
from sigcheck.model.report import Expectation, Gate, Report, Reports
from sigcheck.model.rule import Status
from sigcheck.redaction.secrets_of import HIDDEN
from sigcheck.rules import RULES
from sigcheck.saved import (
    LARGEST,
    LEDGER,
    REMEDY,
    Change,
    Saved,
    SavedReport,
    changes,
    judge_again,
    read_saved,
    see_no_ledger,
)

MOST_NAMED = 6
"""Rules with another status that a line on stderr names; more are counted."""


class GateOptions(Struct, frozen=True):
    """What the command line says of the judgement; what it leaves open is as in the run."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    fail_on: str | None = None
    allow_undecided: tuple[str, ...] = ()
    expected: tuple[Expectation, ...] | None = None

    def gate(self, saved: SavedReport) -> Gate:
        """Give what the exit code of a report goes by; raises UsageProblem."""
        gate = saved.gate
        if self.fail_on is not None:
            levels: dict[str, Literal["must", "should"]] = {"must": "must", "should": "should"}
            gate = structs.replace(gate, fail_on=levels[self.fail_on])
        if self.allow_undecided:
            allowed = allowed_rules(RULES, names_in(self.allow_undecided, "--allow-undecided"))
            gate = structs.replace(gate, allow_undecided=allowed)
        if self.expected is not None:
            gate = structs.replace(gate, expected=self.expected)
        return gate

    def judged(self, saved: SavedReport) -> Report:
        """Judge a saved report again; raises UsageProblem."""
        return judge_again(
            saved, self.gate(saved), only=names_in(self.only, "--only"), skip=names_in(self.skip, "--skip")
        )


def expected_by(baseline: str | None) -> tuple[Expectation, ...] | None:
    """Read a baseline, where one is named; raises UsageProblem."""
    if baseline is None:
        return None
    from sigcheck.config.baseline import read_baseline

    expected = read_baseline(baseline)
    if not expected:
        tell_empty(baseline)
    return expected


def read(path: str) -> Saved:
    """Read a saved report, `-` from standard input; raises UsageProblem."""
    if not path:
        raise UsageProblem("the name of the saved report is an empty text", REMEDY)
    if path == "-":
        return read_saved(read_stdin(fix=REMEDY, limit=LARGEST), "standard input")
    _see_no_ledger(path)
    return read_saved(read_input(path, what="", fix=REMEDY, limit=LARGEST, shown=repr(path)), repr(path))


def _see_no_ledger(path: str) -> None:
    """Say what reads a fleet's ledger, which may be far too large to be read here."""
    with suppress(OSError, ValueError):  # it is read as a whole next, and that says what is wrong
        place = Path(path)
        if place.is_file():
            with place.open("rb") as file:
                see_no_ledger(file.read(len(LEDGER)), repr(path))


def list_messages(path: str) -> int:
    """Print the messages of a saved run, as a file to fill in with their effects."""
    from sigcheck.cli.counting import listed

    output.write(listed(read(path).reports))
    return 0


def show(path: str, options: GateOptions, shown: OutputOptions, counts: tuple[str, int | None] | None = None) -> int:
    """Judge a saved report again and give it out; gives the exit code.

    `counts` are a file with effects that were counted after the run, and the count of a message that it lacks.
    """
    files = report_files(shown.reports)
    saved = read(path)
    evidence = saved.reports
    if counts is not None:
        from sigcheck.cli.counting import counted

        if path == counts[0] == "-":
            raise UsageProblem("SAVED.json and --effects are both standard input", "name a file for one of them")
        evidence = tuple(counted(saved.reports, *counts))
    reports = [options.judged(each) for each in evidence]
    tell_unused(options.expected or (), (each.evidence for each in reports))
    if not shown.quiet:
        output.notice(_again(saved.reports))
    for before, report in zip(saved.reports, reports, strict=True):
        # Neither an entry of another baseline that is stale nor a count that was added is a change of a rule.
        same = options.expected is None and counts is None
        tell_changes(before, report if same else judge_again(before))
    what = Reports(tuple(reports), saved.interrupted) if saved.several else reports[0]
    publish(what, _texts(what, shown, files, path), shown, files)
    return what.exit_code


def compared(old: str, new: str, fail_on: Literal["must", "should"], *, quiet: bool) -> Comparison:
    """Read two saved reports, judge both again and compare them; raises UsageProblem."""
    if old == new == "-":
        raise UsageProblem("OLD.json and NEW.json are both standard input", "name a file for one of them")
    return compare(
        _again_of(old, "OLD: ", quiet=quiet), _again_of(new, "NEW: ", quiet=quiet), sigcheck.__version__, fail_on
    )


def _again_of(path: str, of: str, *, quiet: bool) -> list[Report]:
    saved = read(path).reports
    reports = [judge_again(each) for each in saved]
    if not quiet:
        for before, report in zip(saved, reports, strict=True):
            tell_changes(before, report, of)
    return reports


def tell_changes(saved: SavedReport, report: Report, of: str = "") -> None:
    """Say on stderr which rules have another status than in the file. `of` names the file, where there are several."""
    where = f"{of}{saved.name}"
    found = changes(saved, report)
    broke = [each.rule for each in found if each.now == Status.BROKEN.value]
    if broke:
        output.notice(
            f"{where}: {_named(broke)} broke on this evidence, as it did not in the run: restore the file as sigcheck "
            "wrote it, or report this if nobody has edited it"
        )
    others = [_in_words(each) for each in found if each.rule not in broke]
    if others:
        by = f"sigcheck {saved.sigcheck} did" if saved.sigcheck != sigcheck.__version__ else "the file does"
        hidden = " (--redact host hid its addresses, which some rules compare.)" if HIDDEN in _host(saved) else ""
        output.notice(f"{where}: this version judges {_named(others)} differently than {by}.{hidden}")


def _host(saved: SavedReport) -> str:
    return saved.evidence.target.host


def _in_words(change: Change) -> str:
    return f"{change.rule} ({change.was or 'not checked'} → {change.now or 'no rule any more'})"


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _again(saved: Sequence[SavedReport]) -> str:
    """Say when the runs were, and that they are judged again."""
    times = [each.finished_at for each in saved]
    first, last = f"{min(times):%Y-%m-%d %H:%M} UTC", f"{max(times):%Y-%m-%d %H:%M} UTC"
    what = f"the run of {first}" if len(saved) == 1 else f"{len(saved)} runs of {first}"
    span = "" if len(saved) == 1 or first == last else f" to {last}"
    versions = ", ".join(sorted({each.sigcheck for each in saved}))
    were = "was" if len(saved) == 1 else "were"
    return f"{what}{span} (sigcheck {versions}) {were} judged again by sigcheck {sigcheck.__version__}"


def _texts(what: Report | Reports, shown: OutputOptions, files: tuple[ReportFile, ...], path: str) -> list[str]:
    """Render; raises UsageProblem where the evidence does not fit together, as only an edited file has it."""
    try:
        return rendered(what, shown, files)
    except UsageProblem:
        raise
    except Exception as error:
        if shortage(error) is not None or os.environ.get("SIGCHECK_TRACEBACK"):
            raise
        raise UsageProblem(
            f"{path!r} cannot be shown, because its evidence does not fit together ({type(error).__name__})",
            "restore the file as sigcheck wrote it, or report this if nobody has edited it",
        ) from None
