"""Our Java programs in tests/jdk, compiled once in a test run, and how a JVM is started that lives for seconds.

`python -m tests.java PROGRAM OPTIONS…` in a warm process is a JVM that all workers of the test run share.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests import warm

SOURCES = Path(__file__).parent / "jdk"
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""No second compiler and no threads for garbage: neither pays for itself in seconds."""


def classes(program: str, *options: str) -> Path:
    """Give the folder with the classes of a program of ours."""

    def compile_to(folder: Path) -> None:
        command = ["javac", *(f"-J{each}" for each in QUICK), *options, "-d", str(folder)]
        subprocess.run([*command, str(SOURCES / f"{program}.java")], check=True, capture_output=True)

    return warm.once(f"{program}.classes", compile_to)


def shared(program: str, *options: str) -> int:
    """Give the port on which a program of ours is asked, in the one JVM with these options of the test run."""

    def begin(told: Path) -> None:
        classes(program)
        log = told.with_suffix(".log")
        ready, tell = os.pipe()
        with log.open("wb") as output:
            streams = (None, tell, output.fileno())
            warm.Process("tests.java", [program, *options], streams).let_go()
        os.close(tell)
        with os.fdopen(ready) as telling:
            port = telling.readline()
        if not port:
            raise RuntimeError(log.read_text())
        told.write_text(port)

    named = hashlib.sha256(" ".join(options).encode()).hexdigest()[:8]
    return int(warm.once(f"{program}-{named}", begin).read_text())


def main() -> None:
    """Become the JVM; the program writes its port to standard output and ends when standard input does."""
    program, *options = sys.argv[1:]
    os.execvp("java", ["java", *QUICK, *options, "-cp", str(classes(program)), program])
