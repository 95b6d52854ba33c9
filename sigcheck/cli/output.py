"""Where output goes: the report to stdout, everything else to stderr; colour, width and encoding are decided here."""

import os
import sys
import textwrap
from contextlib import suppress
from typing import IO, TextIO

import click

from sigcheck import signals
from sigcheck.cli.output_options import OutputOptions
from sigcheck.cli.streams import abandon
from sigcheck.errors import UsageProblem
from sigcheck.manual.paper import Paper
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions

WIDTH_WITHOUT_TERMINAL = 100
"""Columns of a report that goes to a file, a pipe or a CI log: wide enough that rule ids are never wrapped."""

NARROWEST = 40
"""Columns that lines take at the least: a narrower terminal folds them itself."""

PAGE_WIDTH, WIDEST_PAGE = 80, 100
"""Columns of a page that goes to a file or a pipe, and the most that a page takes on a terminal."""


def wants_colour(stream: IO[str] | None, *, no_color: bool) -> bool:
    """Decide on colour: the option, then NO_COLOR, then FORCE_COLOR, then whether this is a terminal."""
    if no_color or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE"):
        return True
    return is_live(stream)


def is_live(stream: IO[str] | None) -> bool:
    """Whether a line may change in place: on a terminal only, whatever FORCE_COLOR says. None: it was closed."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def render_options(shown: OutputOptions) -> RenderOptions:
    """Make the options of a report on stdout."""
    import sigcheck

    terminal = sys.stdout is not None and sys.stdout.isatty()
    width = max(NARROWEST, min(_columns(), 140)) if terminal else WIDTH_WITHOUT_TERMINAL
    return RenderOptions(
        version=sigcheck.__version__,
        width=width,
        colour=wants_colour(sys.stdout, no_color=shown.no_color),
        ascii=not _can_write(sys.stdout, "✓✗→…·"),
        detail=shown.detail,
        junit_undecided=shown.junit_undecided,
        anchor=shown.sarif_anchor,
        terminal=terminal,
    )


def paper() -> Paper:
    """Say what a page on stdout is written on."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    width = max(NARROWEST, min(_columns(), WIDEST_PAGE)) if terminal else PAGE_WIDTH
    return Paper(width, wants_colour(sys.stdout, no_color=False), not _can_write(sys.stdout, "•→…·─"))


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def file_options(shown: OutputOptions) -> RenderOptions:
    """Make the options of a report in a file."""
    import sigcheck

    return RenderOptions(
        version=sigcheck.__version__,
        width=WIDTH_WITHOUT_TERMINAL,
        detail=1,
        junit_undecided=shown.junit_undecided,
        anchor=shown.sarif_anchor,
    )


def _can_write(stream: TextIO | None, text: str) -> bool:
    try:
        text.encode((stream and stream.encoding) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def write(text: str) -> None:
    """Write to stdout; what its encoding cannot carry is written as escapes.

    A reader that has gone early (`| head -1`) changes nothing: the exit code still tells the verdict. Nor does a
    terminal that was closed, or a reader that a signal found asleep. Raises UsageProblem where stdout takes nothing
    for another reason, such as a full disk.
    """
    if sys.stdout is None:
        return
    encoding = sys.stdout.encoding or "utf-8"
    try:
        # The text has colour only where it shall: click must not take it out for a pipe (FORCE_COLOR).
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding), nl=False, color=True)
    except (OSError, signals.Stopped) as error:
        abandon(sys.stdout)
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError) and signals.noted() is None:
            raise UsageProblem(f"stdout cannot be written ({error.strerror})", "send it elsewhere") from None


def folded(text: str) -> str:
    """Fold a paragraph for a terminal between its words; elsewhere it is one line, which a script can read."""
    if sys.stdout is None or not sys.stdout.isatty():
        return text
    return textwrap.fill(text, max(NARROWEST, min(_columns(), 100)), break_on_hyphens=False)


def notice(text: str) -> None:
    """Write a line to stderr, as progress is: stdout carries the report alone."""
    with suppress(OSError):  # nobody listens on stderr
        click.echo(f"sigcheck: {disarm(text)}", err=True)
