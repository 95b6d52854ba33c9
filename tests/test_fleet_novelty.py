"""`--fail-on-new`: only what an older run did not have decides the exit code."""

from msgspec import structs

from tests.commandline import sigcheck
from tests.ledgers import a_run, begin, end, result, write


def test_only_new_failures_fail(tmp_path):
    """What failed last night exits 0, what fails since then 1, and the last line counts both."""
    old = write(tmp_path / "old.jsonl", a_run("o", {"a": "broken", "b": "healthy", "c": "undecided"}))
    same = write(tmp_path / "same.jsonl", a_run("n", {"a": "broken", "b": "healthy", "c": "undecided"}))
    worse = write(tmp_path / "worse.jsonl", a_run("n", {"a": "broken", "b": "mismatch", "c": "undecided"}))
    open_ = write(tmp_path / "open.jsonl", a_run("n", {"a": "broken", "b": "undecided", "c": "undecided"}))
    for path, code, last in (
        (same, 0, "NO NEW FAILURES  0 targets with new failures · 2 failing or undecided as before  (exit 0)"),
        (worse, 1, "NEW FAILURES  1 target with new failures · 2 failing or undecided as before  (exit 1)"),
        (
            open_,
            3,
            (
                "NEWLY UNDECIDED  0 targets with new failures · 1 target newly undecided · "
                "2 failing or undecided as before  (exit 3)"
            ),
        ),
    ):
        done = sigcheck("fleet", "report", str(path), "--fail-on-new", str(old))
        assert (done.code, done.out.splitlines()[-1]) == (code, last)
        assert done.out.count("(exit ") == 1
    assert sigcheck("fleet", "report", str(same), "--fail-on-new", str(tmp_path / "none")).code == 2


def test_one_ledger_is_compared_with_the_run_before(tmp_path):
    """With its own ledger as OLD, a run is compared with the one before it."""
    path = write(tmp_path / "l.jsonl", a_run("o", {"a": "broken"}), a_run("n", {"a": "broken"}))
    assert sigcheck("fleet", "report", str(path), "-q", "--fail-on-new", str(path)).code == 0
    first = write(tmp_path / "f.jsonl", a_run("o", {"a": "broken"}))
    done = sigcheck("fleet", "report", str(first), "--fail-on-new", str(first))
    assert (done.code, "has no run before the one that is compared" in done.err) == (2, True)


def test_old_is_read_before_anything_is_sent(tmp_path):
    """`fleet run --fail-on-new` of a file that is none exits 2, and its ledger has no run."""
    (tmp_path / "sigcheck.toml").write_text('[targets.a]\nurl = "http://127.0.0.1:9/x"\nallow_private = true\n')
    ledger = tmp_path / "new.jsonl"
    command = (
        "fleet",
        "run",
        "-q",
        "--only",
        "reach",
        "--config",
        str(tmp_path / "sigcheck.toml"),
        "--ledger",
        str(ledger),
    )
    assert sigcheck(*command, "--fail-on-new", str(tmp_path / "none")).code == 2
    assert ledger.read_bytes() == b""
    assert sigcheck(*command).code == 1
    again = sigcheck(*command, "--fail-on-new", str(ledger))
    assert (again.code, again.out.splitlines()[-1]) == (
        0,
        "NO NEW FAILURES  0 targets with new failures · 1 failing or undecided as before  (exit 0)",
    )


def test_what_was_undecided_and_has_no_report_now_is_new(tmp_path):
    """Not to be examined at all is more than to be undecided, in `fleet diff` too."""
    old = write(tmp_path / "old.jsonl", a_run("o", {"a": "undecided", "b": "no report"}))
    new = write(tmp_path / "new.jsonl", a_run("n", {"a": "no report", "b": "no report"}))
    done = sigcheck("fleet", "report", str(new), "-q", "--fail-on-new", str(old))
    assert (done.code, "1 target newly undecided · 1 failing or undecided as before" in done.out) == (3, True)
    assert sigcheck("fleet", "diff", str(old), str(new)).code == 3


def test_a_target_that_was_given_a_name_is_no_new_one(tmp_path):
    """`--fail-on-new` matches targets as `fleet diff` does: by URL where one of the runs has no name for it."""
    named = result("n", "orders", "broken")
    url = named.summary.url
    old = structs.replace(named, run="o", summary=structs.replace(named.summary, target=url))
    before = write(tmp_path / "old.jsonl", [begin("o", 1), old, end("o", 1)])
    after = write(tmp_path / "new.jsonl", [begin("n", 1), named, end("n", 1)])
    assert sigcheck("fleet", "diff", str(before), str(after)).code == 0
    done = sigcheck("fleet", "report", str(after), "-q", "--fail-on-new", str(before))
    last = "NO NEW FAILURES  0 targets with new failures · 1 failing or undecided as before  (exit 0)"
    assert (done.code, done.out.splitlines()[-1]) == (0, last)


def test_a_run_that_was_interrupted_is_not_said_to_have_no_new_failures(tmp_path):
    """What it did not come to might have failed: the last line says so, as that of `fleet diff` does."""
    old = write(tmp_path / "old.jsonl", a_run("o", {"a": "healthy", "b": "healthy"}))
    cut = write(tmp_path / "cut.jsonl", [begin("n", 2), result("n", "a", "healthy"), end("n", 2, interrupted="Ctrl-C")])
    killed = write(tmp_path / "killed.jsonl", [begin("n", 2), result("n", "a", "healthy")])
    for path, code in ((cut, 130), (killed, 3)):
        done = sigcheck("fleet", "report", str(path), "-q", "--fail-on-new", str(old))
        assert (done.code, done.out.splitlines()[-1].split("  ")[0]) == (code, "NOT WHOLE")
