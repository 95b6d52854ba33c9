"""`python -m sigcheck`, and the console script."""

import gc
import sys

GARBAGE_AFTER = 20_000
"""Allocations between two searches for garbage: the imports of a run make many objects, and none of them is any."""


def main() -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(GARBAGE_AFTER)
    from sigcheck.cli import run
    from sigcheck.cli.streams import let_go

    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        let_go(stream)
    # What is alive now dies with the process: the interpreter need not search it for circles first (50 ms of a run).
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
