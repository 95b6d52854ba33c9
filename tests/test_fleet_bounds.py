"""What services take at the most of a fleet is given to them, and what is left out is said."""

import json

import pytest
from msgspec import structs

from sigcheck.errors import UsageProblem
from sigcheck.fleet.reading import read_fleet
from sigcheck.fleet.viewing import view_of
from sigcheck.report import RenderOptions
from sigcheck.report.fleet import github, render_fleet, sarif
from tests.ledgers import a_run, begin, write


def shown(path, name):
    """Render the newest run of a ledger."""
    return "".join(render_fleet(view_of(read_fleet([path])), name, RenderOptions("0.1.0")))


def test_sarif_has_no_more_results_than_github_takes(tmp_path, monkeypatch):
    """The worst are in it, and a notification counts the others."""
    path = write(tmp_path / "l.jsonl", a_run("r", {f"t{number}": "mismatch" for number in range(6)}))
    (whole,) = json.loads(shown(path, "sarif"))["runs"]
    monkeypatch.setattr(sarif, "MOST", 4)
    (run,) = json.loads(shown(path, "sarif"))["runs"]
    assert run["results"] == whole["results"][:4]
    (said,) = [each["message"]["text"] for each in run["invocations"][0]["toolExecutionNotifications"]
               if "left out" in each["message"]["text"]]  # fmt: skip
    assert said.startswith(f"{len(whole['results']) - 4} results are left out")


@pytest.mark.parametrize("more", [0, 2])
def test_an_annotation_names_so_many_targets_and_counts_the_others(more, tmp_path):
    """Fifty of them, each once."""
    count = github.MOST_NAMED + more
    path = write(tmp_path / "l.jsonl", a_run("r", {f"t{number:03}": "mismatch" for number in range(count)}))
    (line,) = [each for each in shown(path, "github").splitlines() if "%0A" in each and "(tls-name-mismatch)" in each]
    assert sum(f"t{number:03}: " in line for number in range(count)) == github.MOST_NAMED
    assert (f"and {more} more targets" in line) == bool(more)


def test_a_ledger_of_no_known_version_is_refused(tmp_path):
    """A version that there never was is not read as if it were this one."""
    path = write(tmp_path / "l.jsonl", [structs.replace(begin("r", 1), schema_version=0)])
    with pytest.raises(UsageProblem, match="has no schema_version that this sigcheck knows"):
        read_fleet([path])
