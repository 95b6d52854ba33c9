"""What was gone on with: the run, and later reports of its ledger, say the same of it."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from sigcheck.fleet.ledger import Line, ResultLine, RunLine, read_lines
from sigcheck.fleet.reading import Fleet, read_fleet, read_runs
from sigcheck.fleet.resuming import last_run
from sigcheck.fleet.viewing import view_of
from tests.commandline import sigcheck
from tests.ledgers import NIGHT, a_run, begin, end, result, write

LOST = {"interrupted": "the connection to the scheduler is lost", "lost": True}


def unexamined(run: str, target: str) -> ResultLine:
    """Give the line of a target whose process died three times, an hour after the others."""
    line = result(run, target, "no report")
    later = NIGHT + timedelta(hours=1)
    return structs.replace(line, summary=structs.replace(line.summary, partial=True, ended_at=later))


def test_a_run_whose_workers_were_lost_is_not_called_interrupted(tmp_path):
    """Nobody ended it: a report of it exits 3, as the run did, and says why it could not go on."""
    path = write(tmp_path / "l.jsonl", [begin("r", 4), result("r", "a", "healthy"), end("r", 4, **LOST)])
    done = sigcheck("fleet", "report", str(path))
    said = " ".join(done.out.split())
    assert (done.code, "interrupted" in said) == (3, False)
    assert (
        "The run r in l.jsonl could not go on (the connection to the scheduler is lost), and 3 of its 4 targets have no"
        " result. Go on with `sigcheck fleet run --resume`."
    ) in said
    assert sigcheck("fleet", "report", str(path), "--fail-on-new", str(path.with_name("none"))).code == 2
    old = write(tmp_path / "old.jsonl", a_run("o", {"a": "healthy"}))
    assert sigcheck("fleet", "report", str(path), "-q", "--fail-on-new", str(old)).code == 3
    assert last_run(path).ended is False


def test_what_was_tried_again_in_vain_is_as_the_last_try_left_it(tmp_path):
    """A target that was interrupted, and then killed its processes, was not examined: a later run says what is so."""
    lines: list[Line] = [begin("r", 1), result("r", "a", "interrupted"), end("r", 1, interrupted="Ctrl-C")]
    more: list[Line] = [begin("r", 1, resumed=True), unexamined("r", "a"), end("r", 1)]
    path = write(tmp_path / "l.jsonl", lines, more)
    assert (view_of(read_fleet([path])).word, last_run(path).summaries[0].word) == ("not examined", "not examined")
    before = write(tmp_path / "before.jsonl", lines)
    for both in ([path, before], [before, path]):
        assert [each.word for each in view_of(read_fleet(both)).summaries] == ["not examined"]


def test_each_result_is_of_the_version_that_judged_it(tmp_path):
    """A run that another sigcheck went on with is judged again in the part that the older one had judged."""
    lines: list[Line] = [begin("r", 2, "0.0.9"), result("r", "a", "healthy")]
    path = write(tmp_path / "l.jsonl", lines, [begin("r", 2, resumed=True), result("r", "b", "healthy"), end("r", 2)])
    fleet = read_fleet([path])
    assert fleet.version(("a", "")) == "0.0.9" != fleet.version(("b", ""))
    assert "sigcheck 0.0.9 judged these reports" in sigcheck("fleet", "report", str(path)).err


def test_a_copy_from_before_says_nothing_of_how_a_run_ended(tmp_path):
    """What was gone on with, and killed or ended, is so, whatever an older copy of its ledger says."""
    lines: list[Line] = [begin("r", 1), result("r", "a", "healthy"), end("r", 1)]
    later = structs.replace(begin("r", 2, resumed=True), started_at=NIGHT + timedelta(hours=1))
    copy = write(tmp_path / "copy.jsonl", lines)
    killed = write(tmp_path / "killed.jsonl", lines, [later])
    ended = write(tmp_path / "ended.jsonl", lines, [later, end("r", 2, interrupted="Ctrl-C")])
    for path, code in ((killed, 3), (ended, 130)):
        assert view_of(read_fleet([path])).exit_code == view_of(read_fleet([copy, path])).exit_code == code
    assert view_of(read_fleet([copy, killed])).runs[0].ended_at is None


def test_a_shard_behind_others_is_gone_on_with_alone(tmp_path):
    """What the shards before it in the file have is not called gone, and left out, when the last of them is resumed."""
    ledger = tmp_path / "all.jsonl"
    listed = tmp_path / "list.csv"
    listed.write_text("name,url\n" + "".join(f"t{number},http://127.0.0.{number}:9/x\n" for number in range(1, 9)))
    asked = ("--no-config", "--allow-private", "--only", "reach", "--targets", str(listed))
    command = ("fleet", "run", *asked, "--run-id", "nightly-1")
    for part in (1, 2):
        sigcheck(*command, "--ledger", str(tmp_path / f"{part}"), "--shard", f"{part}/2")
    without_end = (tmp_path / "2").read_bytes().splitlines(keepends=True)[:-1]
    ledger.write_bytes((tmp_path / "1").read_bytes() + b"".join(without_end))
    done = sigcheck(*command, "--ledger", str(ledger), "--shard", "2/2", "--resume")
    assert (done.code, "not in the list any more" in done.err) == (1, False)
    assert [each.left_out for each in read_lines(ledger) if isinstance(each, RunLine)] == [()] * 3
    assert len(view_of(read_fleet([ledger])).summaries) == 8


def test_a_shard_that_has_no_target_any_more_has_not_failed(tmp_path):
    """A list may have fewer hosts than shards: one that is left without any is as well when it is resumed as before."""
    listed, ledger = tmp_path / "list.csv", tmp_path / "l.jsonl"
    asked = ("--no-config", "--allow-private", "--only", "reach", "--targets", str(listed))
    command = ("fleet", "run", *asked, "--ledger", str(ledger), "--shard", "1/2", "--resume")
    hosts = {f"t{number}": f"127.0.0.{number}" for number in range(1, 9)}
    listed.write_text("name,url\n" + "".join(f"{name},http://{host}:9/x\n" for name, host in hosts.items()))
    assert sigcheck(*command).code == 1
    other = next(
        name for name in hosts if name not in {each.target for each in view_of(read_fleet([ledger])).summaries}
    )
    listed.write_text(f"name,url\n{other},http://{hosts[other]}:9/x\n")
    done = sigcheck(*command)
    assert (done.code, "no target is in shard 1/2" in done.err, "nothing is left to be run" in done.err) == (0, 1, 1)


@pytest.mark.parametrize("now", ["broken", "no report"])
def test_of_two_runs_of_the_same_targets_the_newer_one_counts(now, tmp_path):
    """A pass of yesterday hides no failure of today, in whichever order they are named, and no target counts twice."""
    old = write(tmp_path / "old.jsonl", a_run("o", {"a": "healthy", "b": "healthy"}))
    lines = [*a_run("n", {"a": now, "b": "healthy"})]
    lines[0] = structs.replace(lines[0], started_at=NIGHT + timedelta(days=1))
    new = write(tmp_path / "new.jsonl", lines)
    for both in ([old, new], [new, old]):
        view = view_of(read_fleet(both))
        assert (view.exit_code, view.scope.targets, view.scope.not_run) == (1 if now == "broken" else 3, 2, 0)
        assert view.notes == ("2 results are not shown: a newer one of these runs has the same targets.",)
    third = write(tmp_path / "third.jsonl", a_run("m", {"b": "healthy", "c": "healthy"}))
    note = "1 result is not shown: a newer one of these runs has the same target."
    assert view_of(read_fleet([third, new])).notes == (note,)


def test_a_line_that_was_torn_in_its_first_bytes_is_dropped(tmp_path):
    """Where `cat` put a ledger behind it, there are fewer bytes of it than show what it was."""
    whole = write(tmp_path / "l.jsonl", a_run("r", {"a": "healthy"})).read_bytes()
    for length in (1, 5, 8, 9, 30):
        path: Path = tmp_path / f"{length}.jsonl"
        path.write_bytes(whole + whole[:length] + whole)
        assert len(list(read_lines(path))) == 6
        assert [each.target for each in view_of(Fleet(read_runs(path)[-1])).summaries] == ["a"]
