"""`sigcheck fleet diff`: what is new, fixed, unchanged and gone between two runs of a fleet, grouped by cause."""

import csv
import io
import json

import pytest

from sigcheck.comparison import INCOMPARABLE, SAME
from sigcheck.comparison.fleet import FleetSide, compare_fleets, pairs
from sigcheck.fleet.reading import read_fleet
from sigcheck.model.fleet import TargetSummary
from tests.commandline import sigcheck
from tests.growth import grows
from tests.ledgers import a_run, begin, end, result, write

OLD = {"stays": "broken", "mended": "broken", "breaks": "healthy", "fine": "healthy", "left": "mismatch",
       "loses": "healthy", "unsure": "healthy"}  # fmt: skip
NEW = {"stays": "broken", "mended": "healthy", "breaks": "mismatch", "fine": "healthy", "came": "mismatch",
       "loses": "no report", "unsure": "undecided"}  # fmt: skip


@pytest.fixture
def ledgers(tmp_path):
    """Give two ledgers."""
    return write(tmp_path / "old.jsonl", a_run("o", OLD)), write(tmp_path / "new.jsonl", a_run("n", NEW))


def test_what_is_new_comes_first(ledgers):
    """The text names each target under its cause, the new failures first, and counts what is the same."""
    done = sigcheck("fleet", "diff", *map(str, ledgers))
    assert done.code == 1
    parts = ["New failures", "No report any more", "Undecided now", "Fixed", "Only in OLD", "Only in NEW"]
    places = [done.out.index(f"{each}\n") for each in parts]
    assert places == sorted(places)
    assert "2 targets: The certificate is for another host name (tls-name-mismatch, must)" in done.out
    new = done.out[places[0] : places[1]]
    assert all(name in new for name in ("breaks", "came"))
    assert "loses" in done.out[places[1] : places[2]]
    assert "left" in done.out[places[4] : places[5]]
    last = done.out.splitlines()[-1]
    assert last.startswith("NEW FAILURES  ")
    assert last.endswith("5 targets compared, 2 alike  (exit 1)")


def test_the_same_run_has_no_difference(ledgers):
    """Times are never compared: nothing differs, and the exit code is 0."""
    old, _ = ledgers
    done = sigcheck("fleet", "diff", str(old), str(old), "-q")
    assert (done.code, done.out.startswith("NO NEW FAILURES  ")) == (0, True)
    assert "7 targets compared, 7 alike" in done.out


def test_the_last_two_runs_of_one_ledger(tmp_path):
    """One file is enough; with one run in it, the error says what to do."""
    path = write(
        tmp_path / "l.jsonl", a_run("1", {"a": "worst"}), a_run("2", {"a": "healthy"}), a_run("3", {"a": "broken"})
    )
    done = sigcheck("fleet", "diff", str(path), "--format", "json")
    document = json.loads(done.out)
    assert (done.code, document["old"][0]["run"], document["new"][0]["run"]) == (1, "2", "3")
    one = write(tmp_path / "one.jsonl", a_run("1", {"a": "worst"}))
    done = sigcheck("fleet", "diff", str(one))
    assert (done.code, done.err) == (2, f"sigcheck: {one} has one run, and two are compared: name a second ledger\n")


def test_json_markdown_and_csv_say_the_same(ledgers):
    """Each format names the target that breaks and the rule."""
    paths = list(map(str, ledgers))
    document = json.loads(sigcheck("fleet", "diff", *paths, "--format", "json").out)
    breaks = next(each for each in document["targets"] if each["target"] == "breaks")
    assert breaks["new_failures"][0]["rule"] == "tls-name-mismatch"
    assert (breaks["was"], breaks["now"]) == ("compliant", "non-compliant")
    rows = list(csv.DictReader(io.StringIO(sigcheck("fleet", "diff", *paths, "--format", "csv").out)))
    new = [row for row in rows if (row["target"], row["change"], row["binds"]) == ("breaks", "new", "yes")]
    assert [row["rule"] for row in new] == ["tls-name-mismatch"]
    assert any(row["target"] == "loses" and row["change"] == "no report any more" for row in rows)
    text = sigcheck("fleet", "diff", *paths, "--format", "markdown").out
    assert "## New failures" in text
    assert "`tls-name-mismatch`" in text


def test_a_new_run_that_is_not_whole_is_3(tmp_path):
    """Where the new run was killed or interrupted, nothing that is green counts."""
    old = write(tmp_path / "old.jsonl", a_run("o", {"a": "healthy", "b": "healthy"}))
    killed = write(tmp_path / "k.jsonl", [begin("n", 2), result("n", "a", "healthy")])
    stopped = write(tmp_path / "s.jsonl", [begin("n", 1), result("n", "a", "healthy"), end("n", 1, interrupted="x")])
    for path in (killed, stopped):
        done = sigcheck("fleet", "diff", str(old), str(path))
        assert (done.code, "NEW was not run to its end" in done.out) == (3, True)


def test_runs_without_a_common_target_are_3(tmp_path):
    """There is nothing to compare, and the last line says so."""
    old = write(tmp_path / "old.jsonl", a_run("o", {"a": "healthy"}))
    new = write(tmp_path / "new.jsonl", a_run("n", {"b": "healthy"}))
    done = sigcheck("fleet", "diff", str(old), str(new))
    assert (done.code, "NOTHING TO COMPARE" in done.out) == (3, True)


def side(names):
    """Give one side whose targets go by names, or by URLs where they begin like one."""

    def summary(key):
        url = key[0] if key[0].startswith("https:") else f"https://{key[0]}.example/"
        return TargetSummary(target=key[0], url=url, verdict="compliant", word="compliant", exit_code=0)

    return FleetSide((), tuple((name, "") for name in names), summary, lambda _key: None, unfinished=False)


def test_a_target_that_was_given_a_name_is_the_same():
    """It is matched by its URL; two names for one URL are two targets."""
    found = list(pairs(side(["https://a.example/", "b"]), side(["a", "c"])))
    assert found == [(("https://a.example/", ""), ("a", "")), (None, ("c", "")), (("b", ""), None)]


def test_two_names_of_one_url_are_two_targets():
    """Two callbacks may go to one URL with other settings: only one that has no name is matched by it."""

    def named(*names):
        def summary(key):
            return TargetSummary(
                target=key[0], url="https://one.example/", verdict="compliant", word="compliant", exit_code=0
            )

        return FleetSide((), tuple((name, "") for name in names), summary, lambda _key: None, unfinished=False)

    assert list(pairs(named("a"), named("b"))) == [(None, ("b", "")), (("a", ""), None)]
    assert list(pairs(named("a"), named("https://one.example/"))) == [(("a", ""), ("https://one.example/", ""))]


def test_matching_takes_linear_time():
    """Eight times as many targets take about eight times as long, also where none is matched."""

    def work(number):
        old, new = side([f"a{i}" for i in range(number)]), side([f"b{i}" for i in range(number)])
        return lambda: sum(1 for _ in pairs(old, new))

    assert not grows(work(500), work(4000))


def written(path):
    """Give one side of a comparison: a run that came to its end."""
    fleet = read_fleet([path])
    return FleetSide((), tuple(fleet.keys), fleet.summary, fleet.judged, unfinished=False)


@pytest.mark.parametrize(
    ("now", "code"),
    [("healthy", SAME), ("interrupted", INCOMPARABLE), ("no report", INCOMPARABLE)],
)
def test_what_the_new_run_did_not_come_to_might_have_failed(now, code, tmp_path):
    """One target that was not examined to its end is enough, in a run that has an end."""
    old = write(tmp_path / "old.jsonl", a_run("o", {"a": "healthy", "b": "healthy"}))
    new = write(tmp_path / "new.jsonl", a_run("n", {"a": "healthy", "b": now}))
    assert compare_fleets(written(old), written(new), "0.1.0").exit_code == code
    assert compare_fleets(written(new), written(old), "0.1.0").exit_code == SAME


def test_what_got_worst_comes_first(tmp_path):
    """New failures, then what has no report any more, then what is undecided; by name where they are alike."""
    names = ("a", "b", "c", "d", "z")
    kinds = ("undecided", "no report", "undecided", "healthy", "broken")
    old = write(tmp_path / "old.jsonl", a_run("o", dict.fromkeys(reversed(names), "healthy")))
    new = write(tmp_path / "new.jsonl", a_run("n", dict(reversed([*zip(names, kinds, strict=True)]))))
    found = compare_fleets(written(old), written(new), "0.1.0")
    assert [each.target for each in found.targets] == ["z", "b", "a", "c"]
