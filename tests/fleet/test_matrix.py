"""The page of the detection matrix is what its generator writes: words by the code, figures by a run."""

import re

from tests.fleet.detect import Detection
from tests.fleet.habitual import UNSEEN
from tests.fleet.launch import ROOT
from tests.fleet.matrix import Row, render
from tests.fleet.registry import FLEET


def as_expected(spec):
    """Give the run of a receiver that was judged as it deserves."""
    undecided = spec.undecided if spec in UNSEEN else ()
    return Detection(found=spec.expected, warned=(), passed=spec.good, undecided=undecided, summaries={})


def test_committed_page_is_the_generators():
    """The page differs from what a run that finds all as expected would write in its figures alone."""
    rows = [Row(spec, (as_expected(spec),)) for spec in FLEET.values()]
    made, committed = render(rows, 1), (ROOT / "docs" / "detection.md").read_text()
    assert re.sub(r"\d+", "N", committed) == re.sub(r"\d+", "N", made)


def test_accusation_of_a_good_receiver_shows():
    """A rule that fails on a good receiver is counted, and lowers the precision."""
    accused = Detection(("dedup-lost",), (), passed=False, undecided=(), summaries={})
    rows = [Row(spec, (accused if name == "upsert" else as_expected(spec),)) for name, spec in FLEET.items()]
    page = render(rows, 1)
    assert "| good receivers accused | 1 (in" in page
    assert "| upsert | uvicorn, sqlite, 1 | 1 | 0 | 0 |" in page
    hits, found = re.search(r"precision: found rules that were expected \| (\d+) of (\d+)", page).groups()
    assert int(found) == int(hits) + 1
