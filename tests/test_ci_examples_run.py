"""The scripts of the CI examples are run as their systems run them, against receivers on loopback."""

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests import ci_examples, warm
from tests.ci_examples import EXAMPLES
from tests.servers import plain

HOST = "https://callbacks.example.com"
NOWHERE = "http://127.0.0.1:9"
TOKEN = "hunter2hunter2"
VERIFYING = [script for script in ci_examples.scripts() if script.verifies and script.name != "kubernetes:gate"]
GITHUB = next(script for script in VERIFYING if script.name == "github:Verify")
OTHERS = [script for script in VERIFYING if script != GITHUB]
QUICKLY = {"SIGCHECK_ONLY": "reach,response", "SIGCHECK_SAMPLES": "2"}


@pytest.fixture
def workspace(tmp_path):
    """Give a checkout of a user; what the examples write elsewhere goes there, too."""
    (tmp_path / "sigcheck-reports").mkdir()
    return tmp_path


def run(script, workspace, base, **environment):
    """Run a script against the receiver at `base`; gives its exit code and all that it printed."""
    example = (EXAMPLES / "sigcheck.toml").read_text()
    assert HOST in example
    (workspace / "sigcheck.toml").write_text(example.replace(HOST, base))
    text = re.sub(r"/etc/sigcheck|/var/lib/prometheus/node-exporter", str(workspace), script.text)
    done = subprocess.run(
        [*script.shell, "-c", text],
        cwd=workspace,
        env={
            "PATH": os.pathsep.join((str(warm.programs()), str(Path(sys.executable).parent), os.environ["PATH"])),
            "HOME": str(workspace),
            "LANG": "C.UTF-8",
            "CALLBACK_TOKEN": TOKEN,
            "SIGCHECK_ALLOW_PRIVATE": "1",
            **{name: str(workspace) for name in ("RUNNER_TEMP", "AGENT_TEMPDIRECTORY", "CI_BUILDS_DIR")},
            **environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout


def reports(script, workspace):
    """Give the reports of a script that were written, and the names of those that its command asks for."""
    words = next(command for command in ci_examples.commands(script))
    options = [after for word, after in pairwise(words) if word == "--report"]
    asked = {Path(option).name.rpartition("=")[2] for option in options}
    written = {path.name: path.read_text() for path in workspace.rglob("*") if path.is_file() and path.name in asked}
    return written, asked


@pytest.mark.parametrize("base", ["healthy", "unreachable"])
@pytest.mark.parametrize("script", OTHERS, ids=[script.name for script in OTHERS])
def test_a_script_ends_as_the_verdict_is(script, base, workspace):
    """It succeeds for a healthy receiver and fails with 1 for one that is not there, and each report is written."""
    with plain.plain(workspace, right=True) as port:
        healthy = base == "healthy"
        code, printed = run(script, workspace, f"http://127.0.0.1:{port}" if healthy else NOWHERE, **QUICKLY)
    assert code == (0 if healthy else 1), printed
    written, asked = reports(script, workspace)
    assert written.keys() == asked
    assert all(written.values())
    assert not any(TOKEN in text for text in (printed, *written.values()))


ABSENT = {"azure": "$(CALLBACK_TOKEN)"}
"""What a system puts into the variable of a secret that it does not have; the others leave it empty, or unset."""


@pytest.mark.parametrize("way", ["unset", "empty", "as the system does"])
@pytest.mark.parametrize("script", OTHERS, ids=[script.name for script in OTHERS])
def test_a_secret_that_is_not_set_fails_the_pipeline(script, way, workspace):
    """Without the secret every receiver would look as if it refused us: the code is 2, and the log names the secret."""
    held = ABSENT.get(script.name.partition(":")[0], "") if way == "as the system does" else ""
    text = f"unset CALLBACK_TOKEN\n{script.text}" if way == "unset" else script.text
    code, printed = run(script._replace(text=text), workspace, NOWHERE, CALLBACK_TOKEN=held, **QUICKLY)
    assert code == 2, printed
    assert "CALLBACK_TOKEN" in printed


def act(workspace, base, **environment):
    """Run the action's step that verifies and the one that ends the job; gives outputs, summary, exit code, text."""
    output, summary = workspace / "output", workspace / "summary.md"
    output.write_text("")
    inputs = {"TARGET": "orders", "CONFIG": "sigcheck.toml", "RUN": "quick", "REPORTS": "reports with a space"}
    files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    code, printed = run(GITHUB, workspace, base, **inputs | files | environment)
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    last = next(script for script in ci_examples.scripts() if script.name == "github:Pass the exit code on")
    if code == 0:
        code, _ = run(last, workspace, base, CODE=outputs["exit-code"])
    return outputs, summary.read_text() if summary.exists() else "", code, printed


@pytest.mark.long
@pytest.mark.parametrize("right", [True, False], ids=["good", "bad"])
def test_the_action_is_a_quick_gate(right, workspace):
    """The whole quick gate passes a good receiver and fails one that processes a repeated message again."""
    with plain.plain(workspace, right=right) as port:
        settings = {"SIGCHECK_ONLY": "response,dedup-duplicate,dedup-window", "SIGCHECK_SETTLE": "0.1"}
        outputs, summary, code, printed = act(workspace, f"http://127.0.0.1:{port}", **settings)
    assert code == (0 if right else 1), printed
    assert outputs["exit-code"] == str(code)
    assert outputs["verdict"] == ("undecided" if right else "non-compliant")
    written, asked = reports(GITHUB, workspace / outputs["report"])
    assert written.keys() == asked
    assert summary
    assert right or "dedup-duplicate" in summary
    assert TOKEN not in printed + summary


def test_the_action_tells_a_mistake(workspace):
    """An unknown target, an unknown run and an empty secret are exit code 2, without a verdict."""
    outputs, _, code, printed = act(workspace, NOWHERE, TARGET="nothing")
    assert (code, outputs["exit-code"], outputs["verdict"]) == (2, "2", ""), printed
    outputs, _, code, printed = act(workspace, NOWHERE, RUN="quick; echo pasted")
    assert (code, outputs) == (2, {})
    assert "must be quick or full" in printed
    outputs, _, code, printed = act(workspace, NOWHERE, CALLBACK_TOKEN="")
    assert (code, outputs["exit-code"], outputs["verdict"]) == (2, "2", ""), printed
    assert "CALLBACK_TOKEN, which is empty" in printed
