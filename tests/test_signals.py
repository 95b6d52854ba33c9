"""A signal ends `verify` with a report at whatever moment it comes: real processes, real signals, real terminals."""

import fcntl
import json
import os
import pty
import random
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from sigcheck.report.json import schema
from tests.commandline import PROGRAM, QUICK, sigcheck
from tests.misbehaving import misbehaving

SCHEMA = jsonschema.Draft202012Validator(json.loads(schema()))
LONG = ("--allow-private", "--only", "reach,response,retry", "--samples", "1", "--speed", "1")
"""A run that waits a minute for its second delivery."""

MOMENTS = [random.Random(4).uniform(0, 0.6) for _ in range(21)]


@pytest.fixture(scope="module")
def url():
    """Serve 204 to everything."""
    with misbehaving("answers") as server:
        yield server.url


def start(*arguments, **streams):
    """Start the program, and give it once its first line could run: until then it is Python that is starting."""
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    process = subprocess.Popen([*PROGRAM, *map(str, arguments)], text=True, **given)
    owned(process.pid)
    return process


def owned(pid):
    """Wait until a process catches SIGTERM."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        status = Path(f"/proc/{pid}/status").read_text()
        if int(status.partition("SigCgt:")[2].split()[0], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.001)
    raise AssertionError("it never took its signals")


def until_it_waits(process):
    """Read progress until the run waits for its second delivery."""
    for line in process.stderr:
        if "delivery 2 of 4 is due" in line:
            return
    raise AssertionError(process.communicate())


@pytest.mark.parametrize(("name", "first"), [("SIGTERM", 0), ("SIGINT", 1), ("SIGHUP", 2)])
def test_a_signal_at_any_moment(name, first, url, tmp_path):
    """From the first moment on: 130, a report that says it is partial, the same in a file, and no traceback."""
    for number, moment in enumerate(MOMENTS[first::3]):
        path = tmp_path / f"{number}.json"
        process = start("verify", url, *LONG, "--format", "json", "--report", path)
        time.sleep(moment)
        process.send_signal(signal.Signals[name])
        out, err = process.communicate(timeout=60)
        assert (process.returncode, moment) == (130, moment), err
        assert all(line.startswith("sigcheck: ") for line in err.splitlines())
        for text in (out, path.read_text()):
            document = json.loads(text)
            SCHEMA.validate(document)
            assert (document["verdict"], document["partial"]) == ("interrupted", True)
        assert document["target"]["url"] == url


def test_what_is_printed_and_the_exit_code_agree(url):
    """A signal in the last moments, of rendering or of leaving, changes both or neither, and never kills."""
    seen = set()
    for _ in range(12):
        process = start("verify", url, *QUICK, "--format", "json")
        for line in process.stderr:
            if "delivery: 1 sample" in line:
                break
        time.sleep(random.uniform(0, 0.15))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err
        document = json.loads(out)
        assert document["exit_code"] == process.returncode
        assert document["requests"] <= 2
        seen.add(process.returncode)
    assert seen <= {0, 130}


def test_a_message_in_flight_is_not_denied():
    """A receiver that has a request, and has not answered when the signal comes, was sent one, and by which device."""
    with misbehaving("reads-never-answers") as server:
        process = start("verify", server.url, "--allow-private", "--only", "response")
        until = time.monotonic() + 30
        while not server.requests and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    words = " ".join(out.split())
    assert "to clean up: device 51" in words
    assert "the run was interrupted while the first delivery waited for its answer" in words


@pytest.mark.parametrize("option", ["--body=@{}", "--ca-file={}", "--policy={}", "--allowlist={}"])
def test_a_signal_while_a_pipe_is_waited_for(option, url, tmp_path):
    """The wait for a file that does not come ends at once, with a report of the target."""
    os.mkfifo(tmp_path / "pipe")
    process = start("verify", url, *LONG, option.format(tmp_path / "pipe"), "--method", "POST", "--format", "json")
    time.sleep(0.7)
    sent = time.monotonic()
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert time.monotonic() - sent < 2
    assert process.returncode == 130
    assert json.loads(out)["partial"]


def test_a_second_signal_leaves_the_report(url, tmp_path):
    """Asked twice, even at one instant, the program writes what it saw, on stdout and in files, within seconds."""
    process = start("verify", url, *LONG, "--format", "json", "--report", tmp_path / "r.txt")
    until_it_waits(process)
    for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
        process.send_signal(number)
    sent = time.monotonic()
    out, _ = process.communicate(timeout=60)
    assert time.monotonic() - sent < 5
    assert process.returncode == 130
    assert (json.loads(out)["partial"], json.loads(out)["requests"]) == (True, 3)
    assert "PARTIAL: interrupted by SIGINT" in (tmp_path / "r.txt").read_text()


@pytest.mark.slow
def test_a_reader_that_sleeps_is_not_waited_for(url, tmp_path):
    """Where nobody reads stdout, two signals still bring the file and the exit code."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    path = tmp_path / "r.json"
    process = start("verify", url, *QUICK, "--format", "json", "--report", path, stdout=writer)
    os.close(writer)
    assert "delivery: 1 sample" in "".join(process.stderr.readline() for _ in range(2))
    time.sleep(1)
    for number in (signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
    _, err = process.communicate(timeout=60)
    os.close(reader)
    assert "Traceback" not in err
    assert process.returncode in {0, 130}
    assert json.loads(path.read_text())["requests"] == 2


@pytest.mark.parametrize("live", [True, False], ids=["terminal", "lines"])
def test_the_terminal_closes(live, url, tmp_path):
    """When the window is closed, whatever stood in it is lost, but not the report file; nothing else is left behind."""
    path, errors = tmp_path / "r.json", tmp_path / "errors"
    pid, leader = pty.fork()
    if not pid:
        try:
            os.environ["TERM"] = "xterm" if live else "dumb"
            command = shlex.join([*PROGRAM, "verify", url, *LONG, "--report", str(path)])
            os.execvp("bash", ["bash", "-c", f"{command}; echo $? >{shlex.quote(str(errors))}"])
        finally:
            os._exit(1)
    shown = b""
    while b"replay" not in shown:
        shown += os.read(leader, 65536)
    os.close(leader)
    os.waitpid(pid, 0)
    until = time.monotonic() + 10
    while not (path.exists() and time.monotonic() < until):
        time.sleep(0.05)
    assert json.loads(path.read_text())["partial"]
    assert sorted(each.name for each in tmp_path.iterdir() if each != errors) == ["r.json"]


def test_the_terminal_of_the_program_itself_closes(url, tmp_path):
    """Its exit code is 130, whatever it could no longer print."""
    path = tmp_path / "r.json"
    pid, leader = pty.fork()
    if not pid:
        try:
            os.execv(sys.executable, [*PROGRAM, "verify", url, *LONG, "--report", str(path)])
        finally:
            os._exit(1)
    shown = b""
    while b"replay" not in shown:
        shown += os.read(leader, 65536)
    os.close(leader)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    assert json.loads(path.read_text())["partial"]


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT"])
def test_a_signal_that_was_switched_off_stays_off(name, url):
    """Under `nohup`, or in a shell's background, the run goes on; SIGTERM ends it all the same."""
    number = signal.Signals[name]
    process = subprocess.Popen(
        ["bash", "-c", f"trap '' {name}; exec \"$@\"", "bash", *PROGRAM, "verify", url, *LONG, "--format", "json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until_it_waits(process)
    process.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted by SIGTERM" in out


@pytest.mark.parametrize("moment", [0.0, 0.2, 0.5, 1.5])
def test_the_demo_ends_in_order(moment, tmp_path):
    """A signal ends the demo with 130 and without a traceback, and its folder is taken away."""
    process = start("demo", env=os.environ | {"TMPDIR": str(tmp_path)})
    time.sleep(moment)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


BUSY = """
import sys, time
from sigcheck import signals
signals.PATIENCE = signals.LAST_PATIENCE = 0.3
signals.own()
print("owned", flush=True)
try:
    time.sleep(20)
except signals.Stopped:
    print("stopped", flush=True)
    if "stubborn" in sys.argv:
        time.sleep(20)
    signals.finish(130)
    sys.exit(130)
"""


@pytest.mark.parametrize("stubborn", [False, True])
def test_what_is_still_busy_is_stopped_where_it_stands(stubborn):
    """What takes up no signal is stopped after the patience, and ended when that does not help either."""
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY, *(["stubborn"] if stubborn else [])], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "owned\n"
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert (out, process.returncode) == ("stopped\n", 130)


def test_a_usage_error_stays_one(url):
    """A mistake on the command line is no run that could be interrupted."""
    process = start("verify", url, "--samples", "none")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "--samples" in err
    assert sigcheck("verify", "--help").code == 0
