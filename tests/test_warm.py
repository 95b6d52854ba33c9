"""A warm process is like a new one: its exit code, its streams, its environment and its end."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import warm
from tests.misbehaving import misbehaving

PROGRAM = "sigcheck.__main__"
LISTED = ("verify", "https://receiver.example/x", "--dry-run", "--format", "json", "--only", "response-not-2xx")


def samples(done):
    """Count the samples of a dry run."""
    return sum(action["kind"] == "sample" for action in json.loads(done.stdout)["actions"])


@pytest.mark.parametrize("words", [["--version"], ["verify", "--nothing"], ["rules", "--format", "json"]], ids=" ".join)
def test_it_does_what_a_new_process_does(words):
    """Its exit code, its output and its errors are those of `python -m`."""
    new = subprocess.run([sys.executable, "-m", "sigcheck", *words], capture_output=True, text=True, check=False)
    done = warm.run(PROGRAM, words, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (new.returncode, new.stdout, new.stderr)


def test_it_has_the_environment_of_its_caller(monkeypatch):
    """What a test sets or takes away is what the process sees, whatever the server began with."""
    bare = {name: text for name, text in os.environ.items() if not name.startswith("SIGCHECK_")}
    monkeypatch.setenv("SIGCHECK_SAMPLES", "3")
    assert samples(warm.run(PROGRAM, LISTED, timeout=30)) == 3
    assert samples(warm.run(PROGRAM, LISTED, timeout=30, environment=bare)) != 3


def test_an_error_is_told():
    """A module that is not there ends with a traceback and 1."""
    done = warm.run("tests.nowhere", [], timeout=30)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        "ModuleNotFoundError: No module named 'tests.nowhere'",
    )


def test_one_that_takes_too_long_is_killed():
    """Nothing of it goes on after the time that it was given."""
    with misbehaving("answers") as server:
        with pytest.raises(subprocess.TimeoutExpired):
            warm.run(PROGRAM, ["verify", server.url, "--allow-private", "--only", "response,retry"], timeout=3)
        assert server.requests


def test_its_end_by_a_signal_is_told(tmp_path):
    """It runs while its code is None, and a signal is told as Popen tells it."""
    with misbehaving("reads-never-answers") as server, (tmp_path / "log").open("w+b") as log:
        words = ["verify", server.url, "--allow-private", "--only", "response"]
        process = warm.Process(PROGRAM, words, (log.fileno(),) * 3)
        assert process.poll() is None
        process.kill()
        assert process.poll() == -signal.SIGKILL


def test_a_descriptor_is_given_on():
    """What it holds is closed when it ends, and by nobody else."""
    ours, its = os.pipe()
    with Path(os.devnull).open("r+b") as nothing:
        process = warm.Process(PROGRAM, ["--version"], (nothing.fileno(),) * 3, (its,))
    os.close(its)
    assert os.read(ours, 1) == b""
    assert process.wait(30) == 0
    os.close(ours)


def script(text, folder):
    """Run a line of a shell that finds `sigcheck` begun warm."""
    path = os.pathsep.join((str(warm.programs()), os.environ["PATH"]))
    given = {"PATH": path, "LISTED": " ".join(LISTED[2:])}
    return subprocess.run(["bash", "-c", text], cwd=folder, env=given, capture_output=True, text=True, check=False)


def test_a_script_finds_it_by_its_name(tmp_path):
    """It has the script's folder, environment and streams, and ends with its own exit code."""
    (tmp_path / "sigcheck.toml").write_text('[targets.here]\nurl = "https://receiver.example/x"\n')
    done = script("SIGCHECK_SAMPLES=3 sigcheck verify here $LISTED | cat; sigcheck --nothing", tmp_path)
    assert samples(done) == 3
    assert (done.returncode, "no such option" in done.stderr) == (2, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_it_through_its_program(number):
    """What would end the program that a script has begun is for the process behind it, which ends in its own way."""
    with misbehaving("answers") as server:
        given = [server.url, "--allow-private", "--only", "response,retry", "--samples", "1", "--speed", "1"]
        command = [str(warm.programs() / "sigcheck"), "verify", *given]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True) as process:
            assert process.stderr is not None
            assert any("delivery 2 of 4 is due" in line for line in process.stderr)
            process.send_signal(number)
            assert "INTERRUPTED" in process.communicate(timeout=30)[0]
    assert process.returncode == 130
