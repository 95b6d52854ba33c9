"""`python -m sigcheck`, and the console script."""

import gc
import os
import sys
from contextlib import suppress

GARBAGE_AFTER = 100_000
"""Objects made between two searches for garbage. A short run makes 65,000 and most of them stay: searching them took
15 ms of 400."""

OWNING = (("verify",), ("send",), ("demo",), ("fleet", "run"), ("exporter",))
"""The commands that say what was seen when a signal comes, at whatever moment: their imports take longest."""

SPENT = b"sigcheck: this machine has no memory left: free some, or raise the limit (ulimit -v)\n"


def main() -> None:
    """Run the command line and exit with its code."""
    owning = any(tuple(sys.argv[1 : 1 + len(words)]) == words for words in OWNING)
    if owning:
        from sigcheck import signals

        signals.own()
    gc.set_threshold(GARBAGE_AFTER)
    try:
        code = _run(sys.argv[1:])
    except (MemoryError, SystemError):
        # There was none left even to say so. SystemError is what Python makes of a MemoryError that it loses.
        os.write(2, SPENT)
        os._exit(2)
    if owning:
        signals.finish(code)
    # What is alive now dies with the process: the interpreter need not search it for circles first (50 ms of a run).
    gc.freeze()
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    """Run one command; what this machine lacks for the very start is one line too."""
    from sigcheck.machine import shortage  # while there is room for it

    try:
        from sigcheck.cli import Spent, run
        from sigcheck.cli.streams import let_go

        code = run(arguments)
        for stream in (sys.stdout, sys.stderr):
            let_go(stream)
        if isinstance(code, Spent):
            os._exit(code)
    except KeyboardInterrupt:
        return _say("interrupted before there was a result", 130)
    except Exception as error:
        if (problem := shortage(error)) is None:
            raise
        os._exit(_say(str(problem), 2))
    return code


def _say(text: str, code: int) -> int:
    with suppress(OSError):  # nobody listens on stderr: the exit code says it
        print(f"sigcheck: {text}", file=sys.stderr, flush=True)  # noqa: T201 - click may not be there
    return code


if __name__ == "__main__":
    main()
