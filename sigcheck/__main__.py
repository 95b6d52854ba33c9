"""`python -m sigcheck`, and the console script."""

import gc
import os
import sys
from typing import TextIO

GARBAGE_AFTER = 20_000
"""Allocations between two searches for garbage: the imports of a run make many objects, and none of them is any."""


def main() -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(GARBAGE_AFTER)
    from sigcheck.cli import run

    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        _let_go(stream)
    # What is alive now dies with the process: the interpreter need not search it for circles first (50 ms of a run).
    gc.freeze()
    sys.exit(code)


def _let_go(stream: TextIO | None) -> None:
    """Flush a stream. What it does not take goes nowhere: Python's own attempt at exit would make the code 120."""
    if stream is None or stream.closed:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    main()
