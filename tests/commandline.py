"""Runs the command line as a user does: a process of its own, its output and its exit code."""

import os
import subprocess
import sys
from dataclasses import dataclass

PROGRAM = (sys.executable, "-W", "error", "-m", "sigcheck")
QUICK = ("--allow-private", "--samples", "1", "--only", "reach,response,deadline", "--patience", "0")


@dataclass
class Done:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


def sigcheck(*arguments, environment=None, timeout=60, encoding="utf-8", shell=None):
    """Run `sigcheck` with arguments; `shell` is a line in which "$@" stands for the command."""
    command = [*PROGRAM, *arguments]
    if shell is not None:
        command = ["bash", "-o", "pipefail", "-c", shell, "bash", *command]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout,
        check=False,
        env=os.environ | (environment or {}),
    )
    return Done(done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding))
