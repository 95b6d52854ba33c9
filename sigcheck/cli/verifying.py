"""Carries out `verify`: plans the run, plays it, prints and writes its report."""

import sys
from collections.abc import Mapping

from sigcheck import signals
from sigcheck.cli import output
from sigcheck.cli.output_options import OutputOptions
from sigcheck.cli.report_file import ReportFile, report_file
from sigcheck.cli.session import play
from sigcheck.config import decode
from sigcheck.config.decoding import without_files
from sigcheck.config.setting import option
from sigcheck.errors import UsageProblem
from sigcheck.machine import see_room
from sigcheck.model.report import Report
from sigcheck.plan import RunPlan, make_plan
from sigcheck.progress import Progress, progress
from sigcheck.report import render
from sigcheck.runs import Run


def carry_out(settings: Mapping[str, object], shown: OutputOptions) -> int:
    """Verify one callback; gives the exit code. A dry run lists instead, which says nothing of the receiver."""
    plan = _plan(settings)
    files = tuple(report_file(path) for path in shown.reports)
    if (warning := plan.callback.looking_alike()) is not None:
        output.notice(warning)
    if shown.dry_run:
        return _list(plan, shown)
    run, watching = begin(plan, shown)
    report = play(run, watching)
    rendered = _rendered(report, shown, files)
    if (name := signals.noted()) and report.evidence.interrupted is None:
        # All was seen, but somebody asked for the end before it could be read: what is printed and the code agree.
        report = run.report(f"interrupted by {name}")
        rendered = _rendered(report, shown, files)
    try:
        output.write(rendered[0])
    finally:
        _write_reports(rendered[1])
    return report.exit_code


def begin(plan: RunPlan, shown: OutputOptions) -> tuple[Run, Progress]:
    """Make a run and what shows its progress; raises UsageProblem where this machine has no room for it."""
    see_room()
    watching = progress(
        sys.stderr,
        quiet=shown.quiet or sys.stderr is None,
        live=output.is_live(sys.stderr),
        colour=output.wants_colour(sys.stderr, no_color=shown.no_color),
    )
    return Run(plan.config, on_event=watching, plan=plan), watching


def _plan(settings: Mapping[str, object]) -> RunPlan:
    """Plan the run; where a signal ends the wait for a file, without the files: a partial report is told of it."""
    try:
        return make_plan(decode(settings, option))
    except signals.Stopped:
        return make_plan(decode(without_files(settings), option))


def _list(plan: RunPlan, shown: OutputOptions) -> int:
    from sigcheck.listing import listing

    if shown.reports:
        raise UsageProblem("a dry run has no report to write", "leave --report out")
    signals.look()
    output.write(listing(plan, shown.format_name))
    return 0


def _rendered(
    report: Report, shown: OutputOptions, files: tuple[ReportFile, ...]
) -> tuple[str, list[tuple[ReportFile, str]]]:
    """Give what stands on stdout and in each report file."""
    options = output.render_options(no_color=shown.no_color, detail=shown.detail)
    written = [(place, render(report, place.format_name, output.file_options())) for place in files]
    return render(report, shown.format_name, options), written


def _write_reports(files: list[tuple[ReportFile, str]]) -> None:
    """Write every report file that can be written; raises UsageProblem for the first that cannot."""
    problems: list[UsageProblem] = []
    for place, text in files:
        try:
            place.write(text)
        except UsageProblem as problem:
            problems.append(problem)
    if problems:
        raise problems[0]
