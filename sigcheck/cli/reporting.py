"""Renders the reports of a command, and writes them to stdout and to the files that `--report` names."""

from collections.abc import Callable, Sequence

from sigcheck.cli import output
from sigcheck.cli.output_options import OutputOptions
from sigcheck.cli.report_file import ReportFile
from sigcheck.cli.step_summary import append_summary
from sigcheck.errors import UsageProblem
from sigcheck.model.report import Report, Reports
from sigcheck.report import RenderOptions, render, render_all

Rendering = Callable[[str, RenderOptions], str]
"""From the name of a format and the options to a text."""


def publish(what: Report | Reports, texts: Sequence[str], shown: OutputOptions, files: Sequence[ReportFile]) -> None:
    """Write what was rendered, as `write` does, and the summary of a step in a GitHub workflow where it is wanted."""
    try:
        write(texts, files)
    finally:
        append_summary(what, shown)


def rendered(what: Report | Reports, shown: OutputOptions, files: Sequence[ReportFile]) -> list[str]:
    """Give what stands on stdout, and what in each report file."""
    if isinstance(what, Reports):
        return each_format(lambda name, options: render_all(what, name, options), shown, files)
    return each_format(lambda name, options: render(what, name, options), shown, files)


def each_format(rendering: Rendering, shown: OutputOptions, files: Sequence[ReportFile]) -> list[str]:
    """Give what a rendering makes for stdout, and for each report file."""
    on_stdout = rendering(shown.format_name, output.render_options(shown))
    return [on_stdout, *(rendering(place.format_name, output.file_options(shown)) for place in files)]


def write(texts: Sequence[str], files: Sequence[ReportFile]) -> None:
    """Write to stdout and to every report file that can be written; raises UsageProblem for the first that cannot."""
    problems: list[UsageProblem] = []
    try:
        output.write(texts[0])
    finally:
        for place, text in zip(files, texts[1:], strict=True):
            try:
                place.write(text)
            except UsageProblem as problem:
                problems.append(problem)
    if problems:
        raise problems[0]
