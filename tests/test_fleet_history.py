"""`sigcheck fleet history`: since when a target does not pass, over all runs of ledgers."""

import csv
import io
from datetime import timedelta

import pytest
from msgspec import structs

from tests.commandline import sigcheck
from tests.ledgers import NIGHT, begin, end, result, write


def night(number: int, targets: dict[str, str], *, scan: bool = False):
    """Give the lines of the run of one night: name of a target → the specimen that its report is."""
    run = f"night-{number:02}"
    first = begin(run, len(targets))
    yield structs.replace(first, started_at=NIGHT + timedelta(days=number), scan=scan)
    for name, kind in targets.items():
        yield result(run, name, kind)
    yield end(run, len(targets))


NIGHTS = (
    {"broke": "healthy", "never": "mismatch", "back": "mismatch", "fine": "healthy"},
    {"broke": "undecided", "never": "mismatch", "back": "mismatch", "fine": "healthy"},
    {"broke": "mismatch", "never": "mismatch", "back": "healthy", "fine": "healthy"},
    {"broke": "no report", "never": "mismatch", "back": "healthy", "fine": "healthy"},
    {"broke": "mismatch", "never": "mismatch", "back": "healthy", "fine": "healthy"},
)


@pytest.fixture
def ledgers(tmp_path):
    """Give five nights in three files, which are not in the order of their names."""
    nights = [list(night(number, each)) for number, each in enumerate(NIGHTS)]
    return [
        str(write(tmp_path / "a.jsonl", nights[4])),
        str(write(tmp_path / "b.jsonl", nights[0], nights[1])),
        str(write(tmp_path / "c.jsonl", nights[2], nights[3])),
    ]


def test_what_broke_last_comes_first(ledgers):
    """Targets that do not pass are grouped by since when; what is undecided in between is neither pass nor failure."""
    done = sigcheck("fleet", "history", *ledgers)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "✗ 1 target passed in the run of 2026-11-27 02:00 UTC, and has not since 2026-11-29 02:00 UTC"
    assert lines[1].startswith("    broke  non-compliant: the certificate is for another host name (tls-name-mismatch)")
    assert "1 target has passed in no run; the first that shows it is of 2026-11-27 02:00 UTC" in done.out
    assert lines[-1] == ("5 full runs from 2026-11-27 02:00 UTC to 2026-12-01 02:00 UTC · 4 targets: 2 pass, 2 do not")
    assert "fine" not in done.out
    quiet = sigcheck("fleet", "history", "-q", *ledgers)
    assert quiet.out.splitlines() == lines[-1:]
    assert "night-03" in sigcheck("fleet", "history", "-v", *ledgers).out


def test_one_target_over_all_runs(ledgers):
    """Runs that say the same are one line, the newest first, and a sentence answers since when."""
    out = sigcheck("fleet", "history", *ledgers, "--target", "broke").out
    assert [line.split(" UTC")[0] for line in out.splitlines()[1:6]] == [
        f"  2026-{day} 02:00" for day in ("12-01", "11-30", "11-29", "11-28", "11-27")
    ]
    assert "not examined: " in out
    assert out.endswith("\nIt passed in the run of 2026-11-27 02:00 UTC, and has not since 2026-11-29 02:00 UTC.\n")
    out = sigcheck("fleet", "history", *ledgers, "--target", "back").out
    assert "2026-11-29 02:00 UTC to 2026-12-01 02:00 UTC  3 runs  compliant\n" in out
    assert "2026-11-27 02:00 UTC to 2026-11-28 02:00 UTC  2 runs  non-compliant: " in out
    assert out.endswith("\nIt passes now. The last run in which it did not pass is of 2026-11-28 02:00 UTC.\n")
    assert sigcheck("fleet", "history", *ledgers, "--target", "fine").out.endswith("\nIt has passed in every run.\n")
    assert "It has passed in none of these runs." in sigcheck("fleet", "history", *ledgers, "--target", "never").out


def test_what_is_undecided_says_so_once(tmp_path):
    """The clause has the word already."""
    nights = night(0, {"a": "undecided"}), night(1, {"a": "mismatch"}), night(2, {"a": "undecided"})
    out = sigcheck("fleet", "history", str(write(tmp_path / "l.jsonl", *nights)), "--target", "a").out
    assert "undecided: " not in out
    assert out.endswith("It has passed in none of these runs. The first that shows it is of 2026-11-27 02:00 UTC.\n")


def test_csv_has_a_row_for_each_target_or_each_result(ledgers):
    """All targets, those that do not pass first; of one target, every result in the order of time."""
    rows = list(csv.DictReader(io.StringIO(sigcheck("fleet", "history", *ledgers, "--format", "csv").out)))
    assert [row["target"] for row in rows] == ["broke", "never", "back", "fine"]
    assert (rows[0]["since"], rows[0]["passed_last"]) == ("2026-11-29T02:00:00+00:00", "2026-11-27T02:00:00+00:00")
    assert (rows[1]["passed_last"], rows[3]["since"], rows[0]["results_since"]) == ("", "", "3")
    one = sigcheck("fleet", "history", *ledgers, "--target", "broke", "--format", "csv").out
    assert [row["exit_code"] for row in csv.DictReader(io.StringIO(one))] == ["0", "3", "1", "3", "1"]


def test_scans_and_full_runs_are_not_mixed(tmp_path):
    """The kind of the newest run is read, and a notice counts the others."""
    path = write(
        tmp_path / "l.jsonl", night(0, {"a": "healthy"}), night(1, {"a": "mismatch"}, scan=True),
        night(2, {"a": "mismatch"}, scan=True),
    )  # fmt: skip
    done = sigcheck("fleet", "history", str(path))
    assert done.err == "sigcheck: the newest run is a scan, so 1 full run is left out\n"
    assert done.out.endswith("2 scans from 2026-11-28 02:00 UTC to 2026-11-29 02:00 UTC · 1 target: 0 pass, 1 do not\n")


def test_a_run_in_two_files_is_one_run(tmp_path):
    """A copy of a ledger, named beside it, changes nothing."""
    one = write(tmp_path / "one.jsonl", night(0, NIGHTS[0]), night(1, NIGHTS[1]))
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(one.read_bytes())
    assert sigcheck("fleet", "history", str(one), str(copy)).out == sigcheck("fleet", "history", str(one)).out


def test_a_target_that_left_the_list_says_when_it_was_seen_last(tmp_path):
    """It may have been taken out of the list, so its last result is dated."""
    path = write(tmp_path / "l.jsonl", night(0, {"left": "mismatch", "fine": "healthy"}), night(1, {"fine": "healthy"}))
    assert "last result 2026-11-27 02:00 UTC" in sigcheck("fleet", "history", str(path)).out


def test_what_cannot_be_read_is_exit_code_2(ledgers, tmp_path):
    """A name that no ledger has is met with the nearest one, and an empty file with a sentence."""
    done = sigcheck("fleet", "history", *ledgers, "--target", "brok")
    assert (done.code, done.err) == (2, "sigcheck: the ledger has no target brok: did you mean broke?\n")
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    done = sigcheck("fleet", "history", str(empty))
    assert (done.code, "no run" in done.err) == (2, True)
