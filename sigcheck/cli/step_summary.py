"""The summary of a step in a GitHub workflow: the whole report, since annotations have room for ten of a kind.

GitHub shows what a step appends to the file that GITHUB_STEP_SUMMARY names. It takes 1 MiB from each step and drops
what is larger as a whole.
"""

import os
import stat

from sigcheck.cli import output
from sigcheck.cli.output_options import OutputOptions
from sigcheck.model.report import Report, Reports
from sigcheck.report import RenderOptions, render, render_all

VARIABLE = "GITHUB_STEP_SUMMARY"
MOST = 1 << 20
"""Bytes that GitHub takes from one step."""
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK


def append_summary(what: Report | Reports, shown: OutputOptions) -> None:
    """Append the report as Markdown where annotations were asked for and GitHub names a file for it.

    A file that does not take it is a notice on stderr: the report has been printed, and the exit code tells the
    verdict.
    """
    path = os.environ.get(VARIABLE)
    if not path or shown.format_name != "github":
        return
    options = output.file_options(shown)
    try:
        _append(path, _rendered(what, "markdown", options), _short(what, options))
    except OSError as error:
        output.notice(f"the step summary {path!r} was not written ({error.strerror})")


def _rendered(what: Report | Reports, name: str, options: RenderOptions) -> str:
    return render_all(what, name, options) if isinstance(what, Reports) else render(what, name, options)


def _short(what: Report | Reports, options: RenderOptions) -> str:
    """Give the verdicts alone, for a summary that has no room for more."""
    reports = what.reports if isinstance(what, Reports) else (what,)
    from sigcheck.report.telling import called, verdict_words

    lines = "\n".join(f"{called(report)}  {verdict_words(report)}" for report in reports)
    return (
        f"```text\n{lines}\n```\n\nGitHub takes 1 MiB from one step, and the report of sigcheck {options.version} is "
        "longer. `--report markdown=FILE` writes it to a file.\n"
    )


def _append(path: str, whole: str, short: str) -> None:
    """Append the first of the texts that there is room for. Raises OSError, also where there is room for none."""
    opened = os.open(path, _APPEND, 0o666)
    try:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(0, "it is not a regular file")
        # What is there may not end with a line break, and Markdown goes by lines.
        texts = [("\n" * bool(found.st_size) + text).encode("utf-8", "replace") for text in (whole, short)]
        chosen = next((text for text in texts if found.st_size + len(text) <= MOST), None)
        if chosen is None:
            raise OSError(0, "this step has written 1 MiB, which is all that GitHub takes")
        view = memoryview(chosen)
        while view:
            view = view[os.write(opened, view) :]
    finally:
        os.close(opened)
