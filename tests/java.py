"""Our Java programs in tests/jdk, compiled once in a test run, and how a JVM is started that lives for seconds."""

import subprocess
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
