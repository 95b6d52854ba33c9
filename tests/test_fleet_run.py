"""`sigcheck fleet run`: every target has one report in the ledger, and none is run again that has one."""

import re

from sigcheck.fleet.ledger import EndLine, ResultLine, RunLine, read_lines
from tests.commandline import sigcheck

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
            r"NON-COMPLIANT  3 targets: 3 non-compliant · run [0-9a-f]{8} · [0-9.]+ s · ledger .*  \(exit 1\)\n", out
        )
    assert sum(isinstance(each, ResultLine) for each in read_lines(ledger)) == 3
