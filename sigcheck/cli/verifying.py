"""Carries out `verify`: plans the runs, plays them, prints and writes their reports."""

import sys
from collections.abc import Sequence

from msgspec import structs

from sigcheck import signals
from sigcheck.cli import output
from sigcheck.cli.baselines import tell_empty, tell_unused
from sigcheck.cli.output_options import OutputOptions
from sigcheck.cli.playing import play, play_to_the_end, reason, seen
from sigcheck.cli.report_file import ReportFile, report_files
from sigcheck.cli.reporting import publish, rendered
from sigcheck.config.decoding import without_files
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem
from sigcheck.machine import local_fault, see_room
from sigcheck.model.events import Event
from sigcheck.model.report import Report, Reports
from sigcheck.plan import RunPlan
from sigcheck.planning import plan_wanted
from sigcheck.progress import Progress, progress, progress_of_several
from sigcheck.runs import Run, Tell


def carry_out(wanted: Sequence[Wanted], shown: OutputOptions, jobs: int, *, together: bool) -> int:
    """Verify one target, or several at once; gives the exit code.

    `together`: the output is that of several, however many there are. A dry run lists instead, which says nothing of
    a receiver.
    """
    if shown.observe_ask and not shown.dry_run:
        wanted = [_asking(each, together=together) for each in wanted]
    plans = [plan_of(each) for each in wanted]
    files = report_files(shown.reports)
    for each, plan in zip(wanted, plans, strict=True):
        for warning in plan.warnings:
            output.notice(f"{each.name}: {warning}" if each.name else warning)
    for path in dict.fromkeys(each.config.baseline for each in plans if each.config.baseline and not each.expected):
        tell_empty(str(path))
    if shown.dry_run:
        return _list(plans, shown, together=together)
    return _several(plans, shown, files, jobs) if together else _one(plans[0], shown, files)


def _asking(wanted: Wanted, *, together: bool) -> Wanted:
    """Have a run played for effects that are asked for at its end; raises UsageProblem where nobody can be asked."""
    from sigcheck.cli.asking import see_terminal
    from sigcheck.config.given import Given, over

    if together:
        raise UsageProblem("--observe-ask works with one target only", "verify the targets one by one")
    ways = {"--observe-url", "--observe-command", "--observe-sql"}
    if any(each.where in ways for given in wanted.settings.values() for each in given):
        raise UsageProblem("--observe-ask is given together with an observer", "leave one of the two out")
    see_terminal()
    later = {"observe_later": (Given(True, "--observe-ask", "--observe-ask"),)}
    return structs.replace(wanted, settings=over(later, wanted.settings))


def _with_counts(run: Run, report: Report) -> Report:
    """Ask for the effects, and judge again with those that were answered; without any the report stays as it is."""
    from sigcheck.cli.asking import ask

    if signals.noted() or report.evidence.interrupted is not None or not report.messages:
        return report
    effects = ask(report.messages)
    return run.counted(effects, report.finished_at) if effects else report


def begin(plan: RunPlan, shown: OutputOptions) -> tuple[Run, Progress]:
    """Make a run and what shows its progress; raises UsageProblem where this machine has no room for it, or no TLS."""
    see_machine([plan])
    watching = progress(
        sys.stderr,
        quiet=shown.quiet or sys.stderr is None,
        live=output.is_live(sys.stderr),
        colour=output.wants_colour(sys.stderr, no_color=shown.no_color),
    )
    # Who shows nothing is not told of anything: what is told must have its secrets hidden first.
    return Run(plan.config, on_event=None if shown.quiet else _harmless(watching), plan=plan), watching


def see_machine(plans: Sequence[RunPlan]) -> None:
    """See that this machine has room for a run, and TLS where it needs it; raises UsageProblem."""
    see_room()
    if any(plan.callback.target.scheme == "https" for plan in plans):
        from sigcheck.probes.own_tls import see_ciphers

        see_ciphers()


def _harmless(watching: Progress) -> Tell:
    """Let no display end a run because this machine has no room for it: the report tells the same."""

    def tell(event: Event) -> None:
        try:
            watching(event)
        except Exception as error:
            if local_fault(error) is None:
                raise

    return tell


def plan_of(wanted: Wanted) -> RunPlan:
    """Plan a run; where a signal ends the wait for a file, without the files: a partial report is told of it."""
    try:
        return plan_wanted(wanted)
    except signals.Stopped:
        return plan_wanted(Wanted(wanted.name, without_files(wanted.settings), wanted.place))


def _one(plan: RunPlan, shown: OutputOptions, files: tuple[ReportFile, ...]) -> int:
    run, watching = begin(plan, shown)
    report = play(run, watching)
    ended = signals.noted()
    if shown.observe_ask:
        # A signal at a question ends the questions: the run was over, and its report can still be completed.
        report = _with_counts(run, report)
    texts = rendered(report, shown, files)
    if (ended or (signals.noted() and not shown.observe_ask)) and report.evidence.interrupted is None:
        # All was seen, but somebody asked for the end before it could be read: what is printed and the code agree.
        report = run.report(reason())
        texts = rendered(report, shown, files)
    tell_unused(plan.expected, [report.evidence])
    publish(report, texts, shown, files)
    return report.exit_code


def _several(plans: Sequence[RunPlan], shown: OutputOptions, files: tuple[ReportFile, ...], jobs: int) -> int:
    from sigcheck.estimate import whole_run
    from sigcheck.fleet.lanes import lanes
    from sigcheck.fleet.playing import play_all
    from sigcheck.progress.several import Course, Overview

    see_machine(plans)
    beside = lanes(plans)
    courses = [Course(plan.config.name, plan.callback.run, whole_run(plan)) for plan in plans]
    watching = progress_of_several(
        Overview(courses, beside, jobs),
        {each.run: each.name for each in courses},
        sys.stderr,
        quiet=shown.quiet or sys.stderr is None,
        live=output.is_live(sys.stderr),
        colour=output.wants_colour(sys.stderr, no_color=shown.no_color),
    )
    runs = [Run(plan.config, on_event=None if shown.quiet else _harmless(watching), plan=plan) for plan in plans]
    ended: dict[int, Report] = {}
    broke: list[Exception] = []

    def done(number: int, outcome: Report | Exception) -> None:
        if isinstance(outcome, Exception):
            broke.append(outcome)
            return
        ended[number] = outcome
        watching.done(courses[number].run, f"{outcome.word} (exit {outcome.exit_code})")

    play_to_the_end(runs, lambda: play_all(runs, beside, jobs, done), watching)
    whole = tuple(ended.get(number) or seen(run) for number, run in enumerate(runs))
    reports = Reports(whole, reason() if signals.noted() else None)
    texts = rendered(reports, shown, files)
    tell_unused((each for plan in plans for each in plan.expected), [each.evidence for each in whole])
    publish(reports, texts, shown, files)
    if broke:
        # The others are not lost for it.
        raise broke[0]
    return reports.exit_code


def _list(plans: Sequence[RunPlan], shown: OutputOptions, *, together: bool) -> int:
    from sigcheck.listing import listing, listing_of_several

    if shown.reports:
        raise UsageProblem("a dry run has no report to write", "leave --report out")
    signals.look()
    output.write((listing_of_several(plans, shown.format_name)) if together else listing(plans[0], shown.format_name))
    return 0
