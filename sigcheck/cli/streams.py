"""What becomes of stdout and stderr when nobody takes them any more: a full disk, or a reader that has gone."""

import os
from typing import TextIO


def abandon(stream: TextIO | None) -> None:
    """Send what is still buffered nowhere, so that Python's own flush at exit cannot fail: its exit code is 120."""
    if stream is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def let_go(stream: TextIO | None) -> None:
    """Flush a stream for the last time; what it does not take goes nowhere."""
    if stream is None or stream.closed:
        return
    try:
        stream.flush()
    except OSError:
        abandon(stream)
