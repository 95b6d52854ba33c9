"""The command blocks of the documentation, and how they are run.

A ```bash block is one script. In a ```console block the lines after `$ ` are commands, and what stands below
one is its output, in which `…` stands for anything. HTML comments right above a block speak of it:

    <!-- needs: receiver -->       servers that must run: see tests/docs_receivers.py (docs/rules: tls-receiver)
    <!-- exit: 1 -->               the exit code of the last command, where it is not 0
    <!-- not run: the reason -->   the block is not run

A block runs in a folder that looks like the top of the repository, with the environment's programs on PATH, of which
`sigcheck` is begun warm (tests/warm.py).
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests import warm

ROOT = Path(__file__).parents[1]
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
LIMIT = 90
"""Seconds that a block may take."""

TOOLS = ("curl", "openssl", "sqlite3", "psql", "getent", "nginx")
FENCE = re.compile(r"^(?P<fence>```+)(?P<language>\S*)\s*$")
COMMENT = re.compile(r"^<!-- (?P<key>needs|exit|not run): (?P<value>.+?) -->$")


class Block(NamedTuple):
    """One fenced block: its page, the line of its fence, its language, its text, and the comments above it."""

    page: Path
    line: int
    language: str
    text: str
    about: dict[str, str]

    @property
    def name(self) -> str:
        """Where it stands."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def needs(self) -> tuple[str, ...]:
        """The servers that must run."""
        if "needs" in self.about:
            return tuple(self.about["needs"].split())
        if self.page.parent.name == "rules":
            return ("tls-receiver",)
        return ()


class Outcome(NamedTuple):
    """What came of a block: the last exit code, and each command with the output it should have and had.

    `ended_by` is the command that ended a script before its last one, so that the rest of the block was never run.
    """

    code: int
    output: str
    compared: tuple[tuple[str, str, str], ...]
    ended_by: str = ""


STRICT = 'set -euo pipefail; trap \'printf "\\035%s\\035" "$BASH_COMMAND"\' ERR\n'
"""The first command that fails ends a script, and is printed."""

FAILED = re.compile("\x1d(.*)\x1d", re.DOTALL)


def blocks(page: Path) -> list[Block]:
    """Give every fenced block of a page; raises ValueError for a fence that is not closed."""
    found: list[Block] = []
    about: dict[str, str] = {}
    lines = page.read_text(encoding="utf-8").splitlines()
    place = 0
    while place < len(lines):
        if comment := COMMENT.match(lines[place]):
            about[comment["key"]] = comment["value"]
        elif fence := FENCE.match(lines[place]):
            end = next((i for i in range(place + 1, len(lines)) if lines[i].rstrip() == fence["fence"]), None)
            if end is None:
                raise ValueError(f"{page}:{place + 1}: the block is not closed")
            found.append(Block(page, place + 1, fence["language"], "\n".join(lines[place + 1 : end]) + "\n", about))
            about, place = {}, end
        elif lines[place].strip():
            about = {}
        place += 1
    return found


def commands(block: Block) -> list[tuple[str, str]]:
    """Split a console block into commands, each with the output shown below it."""
    found: list[tuple[str, str]] = []
    continued = False
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found and continued:
            found[-1] = (f"{found[-1][0]}\n{line.removeprefix('> ')}", "")
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + line + "\n")
        else:
            raise ValueError(f"{block.name}: a console block begins with a command")
        continued = bool(found) and not found[-1][1] and found[-1][0].endswith("\\")
    return found


def tools(block: Block) -> list[str]:
    """Give the programs of the system that a block calls."""
    return [tool for tool in TOOLS if re.search(rf"(^|[\s|(;']){tool}\s", block.text, re.MULTILINE)]


def context(folder: Path) -> None:
    """Make `folder` look like the top of the repository; what a block writes there stays there."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith("."):
            (folder / entry.name).symlink_to(entry)


def play(block: Block, folder: Path, variables: dict[str, str]) -> Outcome:
    """Run a block in `folder`; raises subprocess.TimeoutExpired."""
    parts = commands(block) if block.language == "console" else [(STRICT + block.text, "")]
    script = "".join(f"{command}\nsigcheck_code=$?; printf '\\036'\n" for command, _ in parts)
    environment = {
        "PATH": os.pathsep.join(
            (str(warm.programs()), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))
        ),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        **variables,
    }
    done = subprocess.run(
        ["bash", "-c", script + "exit $sigcheck_code"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LIMIT,
        check=False,
    )
    outputs = done.stdout.split("\x1e")
    compared = tuple(
        (command, expected, output) for (command, expected), output in zip(parts, outputs, strict=False) if expected
    )
    failed = "".join(FAILED.findall(done.stdout))
    early = not one_line(block.text).endswith(one_line(failed))
    printed = FAILED.sub("", done.stdout.replace("\x1e", ""))
    return Outcome(done.returncode, printed, compared, failed if early else "")


def one_line(script: str) -> str:
    """Give a script or a command as bash prints it: without continued lines and with one space between words."""
    return re.sub(r"\s+", " ", script.replace("\\\n", " ")).strip()


def matches(expected: str, output: str) -> bool:
    """Whether an output is the expected one, `…` standing for anything; space at the end of lines does not count."""
    wanted, seen = ("\n".join(line.rstrip() for line in text.strip().splitlines()) for text in (expected, output))
    return re.fullmatch(".*?".join(map(re.escape, wanted.split("…"))), seen, re.DOTALL) is not None
