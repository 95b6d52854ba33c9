"""The fleet over 200 targets, some broken in each way: every broken one is named by its rule, and nobody else is."""

import tempfile
from pathlib import Path

import pytest

from sigcheck.fleet.ledger import read_lines
from tests.many.bed import running
from tests.many.plan import TLS_WAYS, Plan
from tests.many.trial import Fleet, complaints, executions, lines_of, misnamed, results_of

TARGETS = 200
QUICK = Plan(TARGETS, ways=tuple(way for way in TLS_WAYS if way != "silent"), share=0.11, count=100)
"""A server that stays silent takes the whole limit, so it has a slow test of its own."""


@pytest.fixture(scope="module")
def bed():
    """Serve the plan."""
    with tempfile.TemporaryDirectory(prefix="sigcheck-") as folder, running(QUICK, Path(folder)) as bed:
        yield bed


def scanned(bed, folder):
    """Give the arguments of a run that scans, and its ledger."""
    file = bed.configuration(folder / "sigcheck.toml")
    ledger = folder / "results.jsonl"
    return ("--config", file, "--ledger", ledger, "--scan"), ledger


def test_each_broken_target_is_named(bed, tmp_path):
    """Each of 22 that are broken in 11 ways fails by its rule alone, and no other one of 200 is accused."""
    arguments, ledger = scanned(bed, tmp_path)
    done = Fleet(tmp_path, *arguments).wait()
    assert complaints(bed.plan, results_of(read_lines(ledger)), scan=True) == []
    assert misnamed(bed.plan, done.out) == []
    assert done.code == 1
    assert len(bed.plan.broken) == 22
    assert executions(ledger) == (TARGETS, 0)


def test_killed_run_goes_on(bed, tmp_path):
    """After `kill -9` in the middle, --resume gives each target one result, and touches none again that had one."""
    arguments, ledger = scanned(bed, tmp_path)
    Fleet(tmp_path / "1", *arguments).killed(lambda: lines_of(ledger) > TARGETS // 2)
    had = {each.summary.target for each in results_of(read_lines(ledger))}
    assert TARGETS // 2 <= len(had) < TARGETS
    before = bed.counts()["connections"]
    Fleet(tmp_path / "2", *arguments, "--resume").wait()
    after = bed.counts()["connections"]
    assert complaints(bed.plan, results_of(read_lines(ledger)), scan=True) == []
    assert [each.name for each in bed.plan.places if each.name in had and before[each.host] != after[each.host]] == []
    assert executions(ledger) == (TARGETS - len(had), 0)


@pytest.mark.slow
def test_each_way_is_named_by_its_rule(tmp_path):
    """All twelve ways, a server that stays silent over the whole limit among them."""
    with running(Plan(24, share=1.0, count=24), tmp_path) as bed:
        arguments, ledger = scanned(bed, tmp_path)
        Fleet(tmp_path / "1", *arguments).wait()
        assert complaints(bed.plan, results_of(read_lines(ledger)), scan=True) == []


def test_plan_is_that_of_its_seed():
    """The same seed breaks the same targets in the same way; another one others."""
    assert Plan(5000, 1).places == Plan(5000, 1).places
    assert Plan(5000, 1).broken != Plan(5000, 2).broken
    assert len(Plan(5000, 1).broken) == 150
    assert {each.endpoint.way for each in Plan(5000, 1).places} == {"", *TLS_WAYS}
