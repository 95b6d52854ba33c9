"""Several machines without an engine, and runs that go on: shards, run ids, `--resume`, and room for what runs."""

import json
import resource
from datetime import UTC, datetime

import msgspec
import pytest

from sigcheck.errors import UsageProblem
from sigcheck.fleet.ledger import EndLine, Ledger, ResultLine, RunLine, read_lines
from sigcheck.fleet.resuming import last_run
from sigcheck.machine import FILES_BESIDE, FILES_OF_A_RUN, FILES_OF_ONE_OF_MANY, see_room_for
from sigcheck.model.fleet import SEEDS, TargetSummary
from tests.commandline import sigcheck

RUN = ("fleet", "run", "--no-config", "--allow-private", "--only", "reach")


@pytest.fixture
def listed(tmp_path):
    """Give a list of eight targets on eight hosts, all of which refuse."""
    path = tmp_path / "list.csv"
    path.write_text("name,url\n" + "".join(f"t{number},http://127.0.0.{number}:9/x\n" for number in range(1, 9)))
    return path


def command(path, ledger, *more):
    """Give the command that runs a list into a ledger."""
    return (*RUN, "--targets", str(path), "--ledger", str(ledger), *more)


def results(ledger):
    """Give the targets that a ledger has a result of."""
    return [each.summary.target for each in read_lines(ledger) if isinstance(each, ResultLine)]


def begun(ledger):
    """Give the lines that begin a run."""
    return [each for each in read_lines(ledger) if isinstance(each, RunLine)]


def test_shards_together_are_the_whole(listed, tmp_path):
    """Each target is in the ledger of one shard; both ledgers one behind the other are a ledger of one run."""
    for part in (1, 2):
        done = sigcheck(*command(listed, tmp_path / f"{part}", "--shard", f"{part}/2", "--run-id", "nightly-1"))
        assert done.code == 1
    both = tmp_path / "both"
    both.write_bytes((tmp_path / "1").read_bytes() + (tmp_path / "2").read_bytes())
    assert sorted(results(both)) == [f"t{number}" for number in range(1, 9)]
    lines = begun(both)
    assert [(each.run, each.shard) for each in lines] == [("nightly-1", (1, 2)), ("nightly-1", (2, 2))]
    assert [each.targets for each in lines] == [len(results(tmp_path / part)) for part in "12"]
    assert all(0 < each.targets < 8 for each in lines)


def test_shards_without_a_run_id_are_told_of_it(listed):
    """Their ledgers would be several runs in one file."""
    done = sigcheck(*RUN, "--targets", str(listed), "--dry-run", "--shard", "1/1", "--seed", "1")
    assert (
        done.err
        == "sigcheck: give --run-id, the same one on all machines, if the ledgers are to be put into one file\n"
    )
    assert done.out.startswith("dry run of 8 targets of shard 1/1 in 8 groups: ")


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "1/0", "a/b", "-1/2", "1/2/3", ""])
def test_what_is_no_shard_is_refused(shard, listed):
    """The error says what one looks like."""
    done = sigcheck(*RUN, "--targets", str(listed), f"--shard={shard}")
    assert (done.code, done.err) == (
        2, "sigcheck: --shard must be I/N, the number of a part and how many there are: write 1/3, 2/3 or 3/3\n"
    )  # fmt: skip


@pytest.mark.parametrize("run", ["short", "a" * 65, "with blanks", "änderung1"])
def test_what_is_no_run_id_is_refused(run, listed):
    """The error says what one looks like."""
    done = sigcheck(*RUN, "--targets", str(listed), "--run-id", run)
    assert (done.code, done.err.partition(":")[2].partition(":")[0]) == (
        2, " --run-id must be 8 to 64 letters, digits, . _ or -"
    )  # fmt: skip


def test_a_run_id_is_used_once(listed, tmp_path):
    """A second run of the same id would be taken for the first: it is refused, and the ledger stays as it was."""
    ledger = tmp_path / "results.jsonl"
    assert sigcheck(*command(listed, ledger, "--run-id", "nightly-1", "t1")).code == 1
    before = ledger.read_bytes()
    done = sigcheck(*command(listed, ledger, "--run-id", "nightly-1", "t1"))
    fix = "add --resume to go on with it, or name another ledger or id"
    assert (done.code, done.err) == (2, f"sigcheck: the ledger {ledger} has the run nightly-1 already: {fix}\n")
    assert ledger.read_bytes() == before


def test_a_run_that_was_stopped_goes_on(listed, tmp_path):
    """What has no result, and what has a partial one, is run; the seed and the id stay, and the summary has all."""
    ledger = tmp_path / "results.jsonl"
    assert sigcheck(*command(listed, ledger, "--seed", "77")).code == 1
    lines = ledger.read_text().splitlines()
    kept = lines[:5]
    partial = json.loads(kept[4])
    partial["summary"]["partial"] = True
    kept[4] = json.dumps(partial)
    ledger.write_text("\n".join(kept) + "\n" + lines[5][:100])
    left = 8 - 3
    done = sigcheck(*command(listed, ledger, "--resume", "-q"))
    run = json.loads(lines[0])["run"]
    assert done.err == f"sigcheck: run {run}: {left} targets, 1 process, seed 77, ledger {ledger}\n"
    assert (done.code, done.out.partition(" · run")[0]) == (1, "NON-COMPLIANT  8 targets: 8 non-compliant")
    found = results(ledger)
    assert sorted(set(found)) == [f"t{number}" for number in range(1, 9)]
    assert len(found) == 9
    assert found[3] in found[4:]
    assert [(each.run, each.seed, each.resumed) for each in begun(ledger)] == [(run, 77, False), (run, 77, True)]


def test_a_seed_is_one_that_can_be_drawn(listed, tmp_path):
    """The highest is taken, and the next one refused."""
    codes = [
        sigcheck(*command(listed, tmp_path / "l", "--dry-run", "--seed", str(SEEDS + each))).code for each in (-1, 0)
    ]
    assert codes == [0, 2]


def test_a_run_that_ended_is_summed_up(listed, tmp_path):
    """Nothing is run or written, and the summary and the exit code are those of the run."""
    ledger = tmp_path / "results.jsonl"
    first = sigcheck(*command(listed, ledger)).out.partition("NON-COMPLIANT")[0]
    before = ledger.read_bytes()
    done = sigcheck(*command(listed, ledger, "--resume"))
    run = begun(ledger)[0].run
    assert (done.code, done.out.partition("NON-COMPLIANT")[0]) == (1, first)
    assert "8 targets: 8 non-compliant" in done.out
    assert done.err == f"sigcheck: run {run} has all results (8 targets): nothing is left to be run\n"
    assert ledger.read_bytes() == before


def test_a_run_whose_end_is_missing_is_ended(listed, tmp_path):
    """All targets have a result, and the run was killed before its last line: it gets one."""
    ledger = tmp_path / "results.jsonl"
    sigcheck(*command(listed, ledger, "t1"))
    ledger.write_text("".join(ledger.read_text().splitlines(keepends=True)[:-1]))
    assert sigcheck(*command(listed, ledger, "--resume", "t1")).code == 1
    *_, last = read_lines(ledger)
    assert isinstance(last, EndLine)
    assert results(ledger) == ["t1"]


def test_targets_that_are_gone_are_left_out(listed, tmp_path):
    """The summary is of the list as it is now, and the number of those that are not in it is told."""
    ledger = tmp_path / "results.jsonl"
    sigcheck(*command(listed, ledger, "t1", "t2"))
    done = sigcheck(*command(listed, ledger, "--resume", "-q", "t2", "t3"))
    assert (done.code, done.out.partition(" · run")[0]) == (1, "NON-COMPLIANT  2 targets: 2 non-compliant")
    assert done.err.splitlines()[0] == "sigcheck: 1 target of the run is not in the list any more, and is left out"
    assert results(ledger)[2:] == ["t3"]
    assert last_line(ledger) == done.out.partition(" · run")[0]


def last_line(ledger):
    """Give what the report of a ledger says of all targets."""
    return sigcheck("fleet", "report", "-q", str(ledger)).out.partition(" · run")[0]


def test_a_list_that_is_only_shorter_is_written_down(listed, tmp_path):
    """A run that has all results already is, from then on, one of the targets that are left; a third time adds none."""
    ledger = tmp_path / "results.jsonl"
    sigcheck(*command(listed, ledger, "t1", "t2"))
    assert sigcheck(*command(listed, ledger, "--resume", "t2")).err.count("nothing is left to be run") == 1
    assert last_line(ledger) == "NON-COMPLIANT  1 target: 1 non-compliant"
    before = ledger.read_bytes()
    sigcheck(*command(listed, ledger, "--resume", "t2"))
    assert ledger.read_bytes() == before
    sigcheck(*command(listed, ledger, "--resume", "t1", "t2"))
    assert last_line(ledger) == "NON-COMPLIANT  2 targets: 2 non-compliant"


def test_only_the_same_run_goes_on(listed, tmp_path):
    """Another shard, another id or a scan is another run: exit 2 says what to do, and nothing is written."""
    ledger = tmp_path / "results.jsonl"
    sigcheck(*command(listed, ledger, "--shard", "1/2", "--run-id", "nightly-1"))
    before = ledger.read_bytes()
    for more, said in (
        ((), "is shard 1/2: give --shard 1/2, or leave --resume out for a new run"),
        (("--shard", "2/2"), "is shard 1/2: give --shard 1/2, or leave --resume out for a new run"),
        (("--shard", "1/2", "--run-id", "nightly-2"),
         "is not the one that --run-id names: give --run-id nightly-1, or leave --resume out for a new run"),
    ):  # fmt: skip
        done = sigcheck(*command(listed, ledger, "--resume", *more))
        assert (done.code, done.err) == (2, f"sigcheck: the last run of {ledger}, nightly-1, {said}\n")
    assert ledger.read_bytes() == before
    found = last_run(ledger)
    assert found is not None
    with pytest.raises(UsageProblem, match="is a full run: leave --scan out"):
        found.goes_on(scan=True, shard=(1, 2), run=None, ledger=ledger)
    scan = msgspec.structs.replace(found, line=msgspec.structs.replace(found.line, scan=True))
    with pytest.raises(UsageProblem, match="is a scan: add --scan"):
        scan.goes_on(scan=False, shard=(1, 2), run=None, ledger=ledger)


def test_a_ledger_that_is_missing_is_begun(listed, tmp_path):
    """A job that always says --resume can begin so; that a new run begins is told."""
    ledger = tmp_path / "results.jsonl"
    done = sigcheck(*command(listed, ledger, "--resume", "t1"))
    assert (done.code, results(ledger)) == (1, ["t1"])
    assert done.err.splitlines()[0] == f"sigcheck: there is no ledger {ledger} yet, so this run is a new one"
    empty = tmp_path / "empty"
    empty.touch()
    done = sigcheck(*command(listed, empty, "--resume", "t1"))
    assert done.err.splitlines()[0] == f"sigcheck: the ledger {empty} has no run yet, so this one is a new one"


def test_the_newest_run_is_the_last_one(tmp_path):
    """Of two runs in a file the later one goes on, with its own results; a whole one wins over a partial one."""
    path = tmp_path / "results.jsonl"
    begin = RunLine("older-run", 1, "0", datetime(2026, 11, 28, tzinfo=UTC), seed=7, scan=False, targets=2)

    def result(run, target, code, *, partial=False):
        summary = TargetSummary(target=target, verdict="compliant", word="compliant", exit_code=code, partial=partial)
        return ResultLine(run, summary, "0000beef")

    newer = msgspec.structs.replace(begin, run="newer-run", seed=8)
    with Ledger(path) as ledger:
        for line in (
            begin,
            result("older-run", "a", 1),
            newer,
            result("newer-run", "a", 130, partial=True),
            result("newer-run", "a", 0),
            result("newer-run", "a", 3),
            result("newer-run", "b", 3, partial=True),
        ):
            ledger.append(line)  # fmt: skip
    found = last_run(path)
    assert found is not None
    assert (found.line.run, found.line.seed, found.ended) == ("newer-run", 8, False)
    assert [(each.target, each.exit_code) for each in found.summaries] == [("a", 0), ("b", 3)]


def test_runs_that_share_a_device_are_announced(listed):
    """With one device for all there is one group, whose targets are run one after the other."""
    done = sigcheck(*RUN, "--targets", str(listed), "--device", "20ABCD", "--dry-run")
    assert done.out.startswith("dry run of 8 targets in 1 group: ")
    done = sigcheck(*RUN, "--targets", str(listed), "--device", "20ABCD", "--ledger", "/dev/null/x")
    assert done.err.startswith(
        "sigcheck: 8 targets share a device, or an observer of totals, and so are not run at the same time\n"
    )


@pytest.fixture
def limit():
    """Give what sets the limit of open files, which is put back at the end."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield lambda soft: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_room_is_made_for_what_runs(limit):
    """The limit is raised as far as the runs need, each far less than a run alone."""
    own = FILES_BESIDE + FILES_OF_A_RUN
    limit(own + 4)
    assert see_room_for(50) == 50
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == own + 50 * FILES_OF_ONE_OF_MANY


def test_without_room_fewer_run_at_once(listed, tmp_path):
    """Where the limit cannot be raised, a notice says how many are run, and all of them are."""
    files = FILES_BESIDE + FILES_OF_A_RUN + 3 * FILES_OF_ONE_OF_MANY
    ledger = tmp_path / "results.jsonl"
    done = sigcheck(*command(listed, ledger), shell=f'ulimit -n {files}; "$@"')
    assert done.err.startswith(
        "sigcheck: this machine allows open files for 3 of 8 hosts at once, so no more are examined at once; "
        "ulimit -n raises the limit\n"
    )
    assert len(results(ledger)) == 8
    done = sigcheck(*command(listed, tmp_path / "none"), shell='ulimit -n 24; "$@"')
    assert (done.code, done.out) == (2, "")
    assert "allows only 24 open files" in done.err
