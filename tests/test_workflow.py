"""The workflow of GitHub agrees with pyproject.toml about the versions of Python; zizmor judges the rest of it."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VERSIONS = re.findall(r"^Programming Language :: Python :: (3\.\d+)$", "\n".join(PROJECT["classifiers"]), re.MULTILINE)


def test_every_supported_python_is_tested() -> None:
    """The matrix has the versions of the classifiers, from the oldest that `requires-python` admits."""
    (matrix,) = re.findall(r"^ +python: (\[.*\])$", WORKFLOW, re.MULTILINE)
    assert json.loads(matrix) == VERSIONS
    assert PROJECT["requires-python"] == f">={VERSIONS[0]}"


def test_commands_of_the_workflow_exist() -> None:
    """Each step runs targets of the Makefile, or a script that is there and may be executed."""
    steps = re.findall(r"^ +- run: (.+)$", WORKFLOW, re.MULTILINE)
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert len(steps) >= 3
    for step in steps:
        *before, last = step.split()
        if before[0] == "make":
            assert {*before[1:], last} <= targets
        else:
            assert (ROOT / last).stat().st_mode & 0o100
