"""Several ledgers, shards and resumed runs are one fleet, and what is missing of it is said in every format."""

import json

import pytest
from msgspec import structs

from sigcheck.fleet.ledger import Line
from sigcheck.fleet.reading import Fleet, read_fleet, read_runs
from sigcheck.fleet.viewing import view_of
from sigcheck.report import FORMATS, RenderOptions
from sigcheck.report.fleet import render_fleet
from tests.commandline import sigcheck
from tests.ledgers import a_run, begin, end, result, write

LOOK = RenderOptions("0.1.0")


def shown(fleet, name):
    """Render the newest run of a ledger, or of several."""
    return "".join(render_fleet(view_of(fleet), name, LOOK))


def words(fleet):
    """Give the verdict of each target."""
    return {each.target: each.word for each in view_of(fleet).summaries}


def test_a_resumed_run_is_one_run(tmp_path):
    """What was done before the kill and after it belongs together, and a whole report beats a partial one."""
    before: list[Line] = [begin("r", 3), result("r", "a", "healthy"), result("r", "b", "interrupted")]
    after: list[Line] = [
        begin("r", 3, resumed=True),
        result("r", "b", "healthy"),
        result("r", "b", "worst"),
        end("r", 3),
    ]
    path = write(tmp_path / "l.jsonl", before, after)
    ((run,),) = read_runs(path)
    assert {key[0]: entry.summary.word for key, entry in run.found.items()} == {"a": "compliant", "b": "compliant"}
    assert view_of(Fleet([run])).exit_code == 3


def test_shards_are_put_together_and_a_missing_one_is_named(tmp_path):
    """Two of three shards are one fleet, whose third is named in text, and makes the exit code 3."""
    paths = [
        write(tmp_path / f"{i}.jsonl", [begin("r", 1, shard=(i, 3)), result("r", f"t{i}", "healthy"), end("r", 1)])
        for i in (1, 3)
    ]
    fleet = read_fleet(paths)
    assert words(fleet) == {"t1": "compliant", "t3": "compliant"}
    assert (view_of(fleet).exit_code, view_of(fleet).scope.missing_shards) == (3, ("2/3",))
    assert "Shard 2/3 is missing: it is not among what is shown." in shown(fleet, "text")


@pytest.mark.parametrize(
    ("last", "code"), [([], 3), ([end("r", 1, interrupted="Ctrl-C")], 130)], ids=["killed", "ended"]
)
def test_a_run_that_was_not_finished_says_so(last, code, tmp_path):
    """A run without its end, or that was interrupted, is no green one although all that is there is well."""
    path = write(tmp_path / "l.jsonl", [begin("r", 4), result("r", "a", "healthy"), *last])
    done = sigcheck("fleet", "report", str(path))
    assert done.code == code
    assert "3 of its 4 targets have no result" in done.out.replace("\n  ", " ")
    assert "3 not run" in done.out


def shard(path, run, number, of=3, kind="healthy", last=True):
    """Write the ledger of a shard with one target; gives its path."""
    lines: list[Line] = [begin(run, 1, shard=(number, of)), result(run, f"t{number}", kind)]
    return write(path, [*lines, *([end(run, 1)] if last else [])])


def test_shards_of_one_id_are_one_run_one_behind_the_other(tmp_path):
    """`cat` of three ledgers that were given one --run-id is the whole run, as the three of them are."""
    parts = [shard(tmp_path / f"{number}.jsonl", "nightly-1", number) for number in (1, 2, 3)]
    together = tmp_path / "all.jsonl"
    together.write_bytes(b"".join(each.read_bytes() for each in parts))
    one, three = (json.loads(sigcheck("fleet", "report", *map(str, each), "--format", "json").out)
                  for each in ([together], parts))  # fmt: skip
    assert one["targets"] == three["targets"]
    assert [each["shard"] for each in one["fleet"]["runs"]] == [[1, 3], [2, 3], [3, 3]]
    done = sigcheck("fleet", "report", str(together))
    assert (done.code, "missing" in done.out, "shards 1/3, 2/3, 3/3 · run nightly-1" in done.out) == (0, False, True)


def test_each_shard_in_a_file_has_an_end_of_its_own(tmp_path):
    """A shard that was killed is not finished because the one behind it was."""
    parts = [shard(tmp_path / "1.jsonl", "nightly-1", 1, 2, last=False), shard(tmp_path / "2.jsonl", "nightly-1", 2, 2)]
    together = tmp_path / "all.jsonl"
    together.write_bytes(b"".join(each.read_bytes() for each in parts))
    assert [each.ended_at is None for each in view_of(read_fleet([together])).runs] == [True, False]


def test_shards_with_ids_of_their_own_say_that_one_is_shown(tmp_path):
    """In one file they are several runs: the newest is shown, and where the others are, and what to do, is said."""
    together = tmp_path / "all.jsonl"
    parts = [shard(tmp_path / f"{number}.jsonl", f"drawn-{number}", number) for number in (1, 2, 3)]
    together.write_bytes(b"".join(each.read_bytes() for each in parts))
    done = sigcheck("fleet", "report", str(together))
    said = " ".join(done.out.split())
    assert done.code == 3
    assert "Shards 1/3, 2/3 are missing" in said
    assert "all.jsonl has other shards as runs of their own: 1/3 (run drawn-1), 2/3 (run drawn-2)." in said
    assert "here drawn-3. Name the ledger of each shard instead, or give all shards the same --run-id." in said
    assert sigcheck("fleet", "report", *map(str, parts), "-q").code == 0
    done = sigcheck("fleet", "diff", str(together))
    assert (done.code, "are shards of one fleet, 2/3 and 3/3, which have no target in common" in done.err) == (2, True)


def test_a_missing_shard_is_a_pass_in_no_format(tmp_path):
    """The exit code, the last line and every format say that not all is known, although what is there is well."""
    path = shard(tmp_path / "1.jsonl", "nightly-1", 1)
    done = sigcheck("fleet", "report", str(path))
    assert (done.code, done.out.splitlines()[-1].endswith("(exit 3)")) == (3, True)
    assert done.out.splitlines()[-1].startswith("NOT EXAMINED  ") or "\nNOT EXAMINED  " in done.out
    view = view_of(read_fleet([path]))
    assert (view.word, view.exit_code) == ("not examined", 3)
    for name in FORMATS:
        text = shown(read_fleet([path]), name).lower()
        assert any(each in text for each in ("not examined", "sigcheck_fleet_exit_code 3", "missing")), name


def test_a_run_that_was_resumed_with_more_targets_has_as_many(tmp_path):
    """The list may have grown between a kill and --resume: what is left of the longer one is missing."""
    path = write(
        tmp_path / "l.jsonl",
        [begin("r", 1), result("r", "a", "healthy")],
        [begin("r", 3, resumed=True), result("r", "b", "healthy")],
    )
    done = sigcheck("fleet", "report", str(path))
    assert (done.code, "1 of its 3 targets has no result" in " ".join(done.out.split())) == (3, True)


def test_what_a_resumed_run_left_out_is_not_counted(tmp_path):
    """It is neither a result nor a failure of the run, and hides no target that is missing; it may come back."""
    first: list[Line] = [begin("r", 3), result("r", "a", "worst"), result("r", "b", "healthy"), end("r", 2)]
    killed: list[Line] = [begin("r", 3, resumed=True, left_out=(("a", ""),)), result("r", "c", "healthy")]
    path = write(tmp_path / "l.jsonl", first, killed)
    done = sigcheck("fleet", "report", str(path))
    assert (done.code, "1 of its 3 targets has no result" in " ".join(done.out.split())) == (3, True)
    assert set(words(read_fleet([path]))) == {"b", "c"}
    # A copy from before it was resumed changes nothing.
    copy = write(tmp_path / "copy.jsonl", first)
    assert set(words(read_fleet([path, copy]))) == {"b", "c"}
    back = write(tmp_path / "back.jsonl", first, killed, [begin("r", 3, resumed=True), end("r", 0)])
    assert set(words(read_fleet([back]))) == {"a", "b", "c"}


def test_no_target_at_all_is_no_pass(tmp_path):
    """A run of nothing checked nothing; only a shard may be empty."""
    nothing = write(tmp_path / "n.jsonl", [begin("r", 0), end("r", 0)])
    done = sigcheck("fleet", "report", str(nothing))
    assert (done.code, "(exit 3)" in done.out) == (3, True)
    full = shard(tmp_path / "1.jsonl", "nightly-1", 1, 2)
    empty = write(tmp_path / "2.jsonl", [begin("nightly-1", 0, shard=(2, 2)), end("nightly-1", 0)])
    assert sigcheck("fleet", "report", str(full), str(empty)).code == 0


def test_the_newest_runs_are_those_that_began_last(tmp_path):
    """Ledgers of two machines with the same three nights, one behind the other, are still these three nights."""
    nights = ("monday-1", "tuesday-", "wednesda")
    parts = [
        shard(tmp_path / f"{night}{number}.jsonl", night, number, 2).read_bytes()
        for number in (1, 2)
        for night in nights
    ]
    together = tmp_path / "all.jsonl"
    together.write_bytes(b"".join(parts))
    assert [[each.line.run for each in run] for run in read_runs(together)] == [["tuesday-"] * 2, ["wednesda"] * 2]


def test_the_most_causes_come_first(tmp_path):
    """Of targets with one exit code the worst is the one with the most causes, those that are left out included."""
    fleet = read_fleet([write(tmp_path / "l.jsonl", a_run("r", {"a": "worst", "b": "worst", "c": "healthy"}))])
    a, b, c = sorted(fleet.summaries, key=lambda each: each.target)
    told = [structs.replace(a, more=1), structs.replace(b, more=4), c]
    assert [each.target for each in view_of(fleet, told).summaries] == ["b", "a", "c"]


def test_a_fleet_ended_when_all_of_it_did(tmp_path):
    """While one shard is not finished, no moment is given at which the fleet was over."""
    one, two = (shard(tmp_path / f"{number}.jsonl", "r", number, of=2) for number in (1, 2))
    assert view_of(read_fleet([one, two])).scope.ended is not None
    shard(two.with_name("3.jsonl"), "r", 2, of=2, last=False)
    assert view_of(read_fleet([one, two.with_name("3.jsonl")])).scope.ended is None


def test_the_name_of_a_ledger_is_disarmed(tmp_path):
    """It is shown in each report, and a file may have any name."""
    path = write(tmp_path / "a\x1b[31m.jsonl", a_run("r", {"a": "healthy"}))
    (run,) = view_of(read_fleet([path])).runs
    assert run.ledger.isprintable()
