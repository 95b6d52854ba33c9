"""`sigcheck verify` as a user runs it: exit codes, streams, options and formats."""

import json
import re
import signal
import subprocess
import time

import jsonschema
import pytest

from sigcheck.report import FORMATS
from sigcheck.report.json import schema
from tests.commandline import PROGRAM, QUICK, sigcheck
from tests.misbehaving import misbehaving

SCHEMA = jsonschema.Draft202012Validator(json.loads(schema()))


def test_compliant_is_0(good):
    """A receiver without a fault exits 0, the report on stdout, what happened meanwhile on stderr."""
    done = sigcheck("verify", good, *QUICK)
    assert done.code == 0
    assert "PASSED IN PART  10 passed" in done.out
    assert "(exit 0)" in done.out
    assert all(line.startswith("sigcheck: ") for line in done.err.splitlines())
    assert "delivery: 1 sample\n" in done.err


def test_non_compliant_is_1(bad):
    """A failed `must` exits 1, with what was seen, the fix and where to read on."""
    done = sigcheck("verify", bad, *QUICK)
    assert done.code == 1
    assert "the only sample was answered 500 'Oh'" in done.out
    assert "Fix: The receiver failed: read its log at the time of this run." in done.out
    assert "\nFix first: response-not-2xx  (sigcheck explain response-not-2xx)\nNON-COMPLIANT  1 must · " in done.out


def test_undecided_is_3(good):
    """Without an observer idempotency is undecided, which is no pass unless that is allowed."""
    arguments = ("verify", good, "--allow-private", "--only", "dedup-duplicate", "--speed", "1000")
    done = sigcheck(*arguments)
    assert done.code == 3
    assert "no observer is configured" in done.out
    assert sigcheck(*arguments, "--allow-undecided").code == 0


def test_fail_on_should(good):
    """`--fail-on should` turns a warning into a failure: an observer that errs is one."""
    arguments = (
        "verify",
        good,
        "--allow-private",
        "--only",
        "dedup-observer",
        "--speed",
        "1000",
        "--settle",
        "0.1",
        "--effects-within",
        "0.1",
    )
    observer = ("--observe-command", "echo nonsense")
    assert sigcheck(*arguments, *observer).code == 0
    assert sigcheck(*arguments, *observer, "--fail-on", "should").code == 1


def test_loopback_fails_unless_allowed(good):
    """What the Cloud cannot reach is non-compliant unless the user says that this is a local test."""
    done = sigcheck("verify", good, "--only", "reach")
    assert done.code == 1
    assert "127.0.0.1 is a loopback address" in done.out


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_verdict_in_every_format(name, bad):
    """The format changes neither verdict nor exit code."""
    done = sigcheck("verify", bad, *QUICK, "--format", name)
    assert done.code == 1
    assert "response-not-2xx" in done.out


def test_json_is_valid_and_alone(good, bad):
    """One JSON document that keeps to the published schema is all of stdout, in every outcome."""
    outcomes = {}
    for url, options in (
        (good, QUICK),
        ("http://127.0.0.1:1/", QUICK),
        (bad, ("--only", "dedup-lost", "--speed", "1000")),
    ):
        done = sigcheck("verify", url, *options, "--format", "json")
        document = json.loads(done.out)
        SCHEMA.validate(document)
        assert document["exit_code"] == done.code
        outcomes[document["verdict"]] = done.code
    assert outcomes == {"compliant": 0, "non-compliant": 1, "undecided": 3}


def test_names_that_do_not_resolve():
    """A name without an address is a failed rule in a whole report, not an error; nothing is delivered."""
    done = sigcheck(
        "verify", "https://receiver.invalid/", *QUICK, "--format", "json",
        environment={"RES_OPTIONS": "attempts:1 timeout:1"},
    )  # fmt: skip
    document = json.loads(done.out)
    assert (done.code, document["verdict"], document["requests"]) == (1, "non-compliant", 0)
    failed = [result["rule"] for result in document["results"] if result["status"] == "fail"]
    assert failed == ["reach-unresolved"]


def test_resolve_override(good):
    """`--resolve` puts an address in the resolver's place, and the request still names the host."""
    port = good.split(":")[2].split("/")[0]
    url = f"http://receiver.invalid:{port}/callback"
    with misbehaving("answers") as server:
        url = f"http://receiver.invalid:{server.port}/callback"
        done = sigcheck("verify", url, *QUICK, "--resolve", f"receiver.invalid:{server.port}:127.0.0.1")
        assert done.code == 0
        assert f"host: receiver.invalid:{server.port}".encode() in server.requests[0].lower()


def test_secrets_stay_out(bad):
    """Nothing that was given to log in with is on stdout, on stderr or in a report file."""
    url = bad.replace("http://", "http://us3rname:hunter22@") + "?token=t0k3nt0k3n"
    done = sigcheck("verify", url, *QUICK, "--header", "X-Key: s3cr3ts3cr3t", "-v", "--format", "json")
    assert done.code == 1
    for secret in ("us3rname", "hunter22", "t0k3nt0k3n", "s3cr3ts3cr3t", "dXMzcm5hbWU6aHVudGVyMjI="):
        assert secret not in done.out
        assert secret not in done.err


def test_report_files(good, bad, tmp_path):
    """Each --report file has the format of its suffix and the verdict of the run, whatever stdout shows."""
    paths = [tmp_path / f"report{suffix}" for suffix in (".txt", ".json")]
    done = sigcheck("verify", bad, *QUICK, *(word for path in paths for word in ("--report", path)), "-q")
    assert done.code == 1
    assert "NON-COMPLIANT" in paths[0].read_text()
    assert "\x1b" not in paths[0].read_text()
    assert json.loads(paths[1].read_text())["verdict"] == "non-compliant"
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_a_lost_report_takes_no_other_with_it(good, tmp_path):
    """A file that can no longer be written at the end is named, exit code 2; the other reports are there."""
    lost, kept = tmp_path / "folder" / "a.json", tmp_path / "b.json"
    lost.parent.mkdir()
    done = sigcheck(
        "verify", good, "--allow-private", "--only", "dedup-observer", "--speed", "1000", "--settle", "0.1",
        "--effects-within", "0.1", "--observe-command", f"bash -c 'rm -rf {lost.parent}; echo 0'",
        "--report", lost, "--report", kept,
    )  # fmt: skip
    assert done.code == 2
    assert f"report '{lost}' cannot be written (No such file or directory)" in done.err
    assert json.loads(kept.read_text())["results"]


def test_reader_that_leaves_early(bad, tmp_path):
    """`| head -1` gets its line; the exit code is the verdict's, the report file whole, and stderr has no traceback."""
    path = tmp_path / "r.json"
    arguments = ("verify", bad, *QUICK, "-v", "--report", path)
    done = sigcheck(*arguments, shell='"$@" | head -1')
    assert done.code == 1
    assert len(done.out.splitlines()) == 1
    assert all(line.startswith("sigcheck: ") for line in done.err.splitlines())
    done = sigcheck(*arguments, shell='"$@" | (exec <&-; sleep 2)')
    assert done.code == 1
    assert "Traceback" not in done.err
    assert json.loads(path.read_text())["exit_code"] == 1


@pytest.mark.parametrize("command", ["rules", "--help"])
def test_lists_to_a_reader_that_has_gone(command):
    """A list that nobody reads is no error."""
    done = sigcheck(command, shell='(sleep 0.3; "$@"; echo "code $?" >&2) | true')
    assert done.err == "code 0\n"


@pytest.mark.parametrize(
    ("redirection", "code"),
    [(">&-", 1), ("2>&-", 1), (">&- 2>&-", 1), (">/dev/full", 2), ("2>/dev/full", 1), ("2>&1 | head -1", 1)],
)
def test_closed_and_full_streams(redirection, code, bad):
    """Streams that are closed or full neither crash a run nor change its verdict, except where the report is lost."""
    done = sigcheck("verify", bad, *QUICK, "--format", "json", shell=f'"$@" {redirection}')
    assert done.code == code
    assert "Traceback" not in done.err
    assert "Exception ignored" not in done.err
    if redirection.startswith("2>") and "|" not in redirection:
        assert json.loads(done.out)["exit_code"] == 1
    if redirection == ">/dev/full":
        assert "stdout cannot be written (No space left on device)" in done.err


@pytest.mark.parametrize(
    "command", [("--version",), ("rules",), ("explain", "dedup-lost"), ("allowlist",)], ids=" ".join
)
def test_lists_to_a_full_disk(command):
    """A list or a page that finds no room is no bug of ours: one line that names the reason, and exit code 2."""
    done = sigcheck(*command, shell='"$@" >/dev/full')
    assert (done.code, done.out) == (2, "")
    assert done.err == "sigcheck: stdout cannot be written (No space left on device): send it elsewhere\n"


def waiting_run(url, *arguments):
    """Start a run on the true schedule and give it once it waits for the second delivery."""
    process = subprocess.Popen(
        [*PROGRAM, "verify", url, "--allow-private", "--only", "retry,response", "--samples", "1", "--speed", "1",
         *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in process.stderr:
        if "delivery 2 of 4 is due" in line:
            return process
    raise AssertionError(process.communicate())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("name", FORMATS)
def test_signals_in_the_waiting(number, name, good):
    """Ctrl-C and SIGTERM end the waiting at once with a partial report that says so, exit code 130."""
    process = waiting_run(good, "--format", name)
    sent = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - sent < 5
    assert process.returncode == 130
    assert f"interrupted by {number.name}" in out
    assert "Traceback" not in err
    if name == "json":
        document = json.loads(out)
        SCHEMA.validate(document)
        assert (document["verdict"], document["partial"], document["requests"]) == ("interrupted", True, 3)
    if name == "text":
        assert "PARTIAL" in out
        assert "to clean up: " in out


def test_a_second_signal_waits_for_nothing(good):
    """Asked twice, the program is gone."""
    process = waiting_run(good)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130


def test_quiet(good, bad):
    """`--quiet` shows failures and the verdict alone, and nothing on stderr."""
    done = sigcheck("verify", good, *QUICK, "-q")
    assert done.err == ""
    assert done.out.strip().startswith("PASSED IN PART  ")
    assert len(done.out.strip().splitlines()) == 1
    done = sigcheck("verify", bad, *QUICK, "--quiet")
    assert "response-not-2xx" in done.out
    assert "pass" not in done.out.replace(" passed", "")


def test_verbose(good):
    """`--verbose` shows skipped rules and the phases of each sample too."""
    plain, wordy = sigcheck("verify", good, *QUICK), sigcheck("verify", good, *QUICK, "-v")
    assert "reach-unresolved" not in plain.out
    assert "reach-unresolved" in wordy.out
    assert re.search(r"sample +resolve +connect +tls +send +wait +body +outcome", wordy.out)


def test_ascii_locale(bad):
    """In an ASCII locale the report is ASCII, with stand-ins for its marks."""
    done = sigcheck(
        "verify", bad, *QUICK, encoding="ascii",
        environment={"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )  # fmt: skip
    assert done.code == 1
    assert "x MUST   Messages were not answered with 2xx" in done.out
    assert "NON-COMPLIANT  1 must - " in done.out
    assert "\\u" not in done.out


@pytest.mark.parametrize(
    ("environment", "options", "coloured"),
    [
        ({}, (), False),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"FORCE_COLOR": "1"}, ("--no-color",), False),
    ],
    ids=["pipe", "forced", "no-color-wins", "option-wins"],
)
def test_colour(environment, options, coloured, bad):
    """A pipe is not coloured unless forced; NO_COLOR and --no-color win."""
    done = sigcheck("verify", bad, *QUICK, *options, environment=environment)
    assert ("\x1b[" in done.out) == coloured
