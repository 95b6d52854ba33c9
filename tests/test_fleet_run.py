"""`sigcheck fleet run`: every target has one report in the ledger, and none is run again that has one."""

import re
import signal
import socket
import subprocess

import pytest

from sigcheck.fleet.ledger import EndLine, ResultLine, RunLine, read_lines
from tests.commandline import PROGRAM, sigcheck

FILE = """
[defaults]
allow_private = true
only = ["reach"]
[targets.a]
url = "http://127.0.0.1:9/x"
[targets.b]
url = "http://127.0.0.2:9/x"
[targets.c]
url = "http://127.0.0.2:9/y?key=hunter2"
"""


def test_each_target_has_one_report(tmp_path):
    """The ledger has a line for each; a second run with --resume adds none, and says the same."""
    (tmp_path / "sigcheck.toml").write_text(FILE)
    ledger = tmp_path / "results.jsonl"
    command = ("fleet", "run", "-q", "--config", str(tmp_path / "sigcheck.toml"), "--ledger", str(ledger))
    first = sigcheck(*command)
    lines = list(read_lines(ledger))
    assert [type(each) for each in lines] == [RunLine, ResultLine, ResultLine, ResultLine, EndLine]
    assert sorted(each.summary.target for each in lines[1:4]) == ["a", "b", "c"]
    assert "hunter2" not in ledger.read_text()
    again = sigcheck(*command, "--resume")
    assert first.code == again.code == 1
    for out in (first.out, again.out):
        assert re.fullmatch(
            r"NON-COMPLIANT  3 targets: 3 non-compliant · run [0-9a-f]{8}( · [0-9.]+ s)? · ledger .*  \(exit 1\)\n", out
        )
    assert sum(isinstance(each, ResultLine) for each in read_lines(ledger)) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_ends_it_with_what_is_known(tmp_path, number):
    """The reports that there are stay, what was not examined is said, and the command that goes on."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        (tmp_path / "sigcheck.toml").write_text(
            '[defaults]\nallow_private = true\nonly = ["reach", "response"]\n'
            f'[targets.a]\nurl = "{url}"\n[targets.b]\nurl = "{url}"\n[targets.c]\nurl = "http://127.0.0.2:9/x"\n'
        )
        process = subprocess.Popen(
            [*PROGRAM, "fleet", "run", "--ledger", "my.jsonl"],
            cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert next(line for line in process.stderr if line.startswith("sigcheck: c: "))
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert (
        f"PARTIAL: interrupted by {number.name}; 1 target was not run and 1 target was not examined to the end" in out
    )
    assert "\n    sigcheck fleet run --resume --ledger my.jsonl …\n" in out
    assert "1 interrupted · 1 not run · run " in out
    *_, end = read_lines(tmp_path / "my.jsonl")
    assert isinstance(end, EndLine)
    assert end.interrupted == f"interrupted by {number.name}"


def test_the_help_has_the_options_of_a_fleet_first():
    """Those of each run come behind a heading of their own, and none is in both parts or in none."""
    own, of_runs = sigcheck("fleet", "run", "--help").out.split("Options of each run, as in `sigcheck verify`:")
    for option in ("--targets", "--scan", "--ledger", "--resume", "--dask-key", "--dry-run", "--config", "--help"):
        assert (own.count(f"  {option}") + own.count(f", {option}"), f"  {option} " in of_runs) == (1, False), option
    for option in ("--method", "--samples", "--observe-url", "--vantage", "--baseline"):
        assert (f"  {option} " in own, f"  {option} " in of_runs) == (False, True), option
