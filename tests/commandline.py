"""Runs the command line as a user does: a process of its own, its output and its exit code."""

import os
import subprocess
import sys
import warnings
from dataclasses import dataclass

from tests import warm

PROGRAM = (sys.executable, "-W", "error", "-m", "sigcheck")
QUICK = ("--allow-private", "--samples", "1", "--only", "reach,response,deadline", "--patience", "0")

READ_AT_START = ("PYTHON", "LANG", "LC_", "TMPDIR", "RES_OPTIONS", "OPENSSL", "SSL_", "NO_COLOR", "FORCE_COLOR")
"""The beginnings of variables that Python and its libraries read when they begin: a warm process has begun without."""


@dataclass
class Done:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


def sigcheck(*arguments, environment=None, timeout=60, encoding="utf-8", shell=None):
    """Run `sigcheck` with arguments; `shell` is a line in which "$@" stands for the command.

    The process is new where the shell, or what Python reads at its start, makes a difference; else it is a warm one.
    """
    given = environment or {}
    at_start = any(text and name.startswith(READ_AT_START) for name, text in given.items())
    if shell is None and not at_start and encoding == "utf-8":
        ended = warm.run("tests.commandline", arguments, timeout=timeout, environment=os.environ | given)
        return Done(ended.returncode, ended.stdout, ended.stderr)
    command = [*PROGRAM, *arguments]
    if shell is not None:
        command = ["bash", "-o", "pipefail", "-c", shell, "bash", *command]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout,
        check=False,
        env=os.environ | given,
    )
    return Done(done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding))


def main():
    """Be `python -W error -m sigcheck` in a warm process."""
    warnings.simplefilter("error")
    from sigcheck.__main__ import main

    main()
