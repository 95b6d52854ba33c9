"""Every command in README.md and docs/ runs, and prints what the page says."""

import shutil
from contextlib import ExitStack
from typing import Any

import pytest

from tests.docs_blocks import PAGES, ROOT, Block, blocks, context, matches, play, tools
from tests.docs_receivers import RECEIVERS
from tests.system import missing

ALL = [block for page in PAGES for block in blocks(page)]
RUNNABLE = [
    block
    for block in ALL
    if block.language in {"bash", "console"}
    and "not run" not in block.about
    # Targets of make are checked by name in test_docs.py: running `make test` here would never end.
    and not block.text.startswith(("make ", "$ make "))
]
PLAIN = {"text", "nginx", "apache", "sql", "json", "toml", "python", "yaml", "bash", "console"}
MOST_NOT_RUN = 6


def named(block: Block) -> Any:
    """Give a block its place as id; a run against a receiver waits, so it is begun first."""
    return pytest.param(block, id=block.name, marks=pytest.mark.long if "receiver" in block.needs else ())


@pytest.mark.parametrize("block", [named(block) for block in RUNNABLE])
def test_a_block_of_commands_runs(block, tmp_path):
    """The block ends with the exit code that the page gives, and prints what stands below its commands."""
    for tool in tools(block):
        if shutil.which(tool) is None:
            missing(tool)
    with ExitStack() as stack:
        variables = {}
        (tmp_path / "top").mkdir()
        for need in block.needs:
            (tmp_path / need).mkdir()
            variables |= stack.enter_context(RECEIVERS[need](tmp_path / need))
        context(tmp_path / "top")
        outcome = play(block, tmp_path / "top", variables)
    assert outcome.ended_by == "", "the commands below this one are never run"
    assert outcome.code == int(block.about.get("exit", "0")), outcome.output
    for command, expected, output in outcome.compared:
        assert matches(expected, output), f"{command}\n--- printed\n{output}\n--- the page says\n{expected}"


def test_few_blocks_are_not_run():
    """A block that is not run is rare, and says why."""
    left_out = [block for block in ALL if "not run" in block.about]
    assert len(left_out) <= MOST_NOT_RUN, [block.name for block in left_out]
    assert all(len(block.about["not run"].split()) >= 4 for block in left_out)


def test_no_block_escapes():
    """Every block has a known language, so that no command stands in one that is not run."""
    assert [block.name for block in ALL if block.language not in PLAIN] == []
    shell = [block.name for block in ALL if block.language == "text" and block.text.startswith(("curl ", "openssl "))]
    assert shell == []


def test_the_runner_notices_a_wrong_page(tmp_path):
    """A wrong exit code and a wrong output are seen: the runner can fail."""
    block = Block(ROOT / "README.md", 1, "console", "$ echo one … two\none … two\n$ exit 3\n", {})
    context(tmp_path)
    outcome = play(block, tmp_path, {})
    assert outcome.code == 3
    assert matches("one … two\n", outcome.compared[0][2])
    assert not matches("one … three\n", outcome.compared[0][2])


@pytest.mark.parametrize(
    ("script", "ended_by"),
    [
        ("exit 3\n", ""),
        ("true\nls \\\n  --no-such-option   'a  b'\n", ""),
        ("true | grep -q x\n", ""),
        ("grep -q x /dev/null || true\ntrue\n", ""),
        ("grep -q x /dev/null\ntrue\n", "grep -q x /dev/null"),
    ],
)
def test_the_runner_notices_commands_that_are_never_run(script, ended_by, tmp_path):
    """A script may fail with its last command, and not with one before it."""
    block = Block(ROOT / "README.md", 1, "bash", script, {})
    context(tmp_path)
    assert play(block, tmp_path, {}).ended_by == ended_by
