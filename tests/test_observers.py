"""Observers err in many ways; whatever they do is a fault of the reading, told in one line, and soon."""

import asyncio
import os
import sys
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from sigcheck.model.rule import Status
from sigcheck.probes.command import CommandFault, CommandObserver, run_command
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer import ObserverFault
from sigcheck.probes.observer_answer import Shape, read_answer
from sigcheck.probes.url import UrlObserver
from tests.evidence import MESSAGE
from tests.misbehaving import misbehaving
from tests.running import failed, result, verify
from tests.serving import Quiet, serving


def counted(arguments, pointer=None, limit=5.0):
    """Run a command observer's command once and read its count."""
    return read_answer(asyncio.run(run_command(tuple(arguments), MESSAGE, limit)), Shape(pointer))


EFFECTS = ("dedup-duplicate", "dedup-lost", "dedup-observer")
PYTHON = (sys.executable, "-c")


def test_the_message_is_in_the_environment_and_the_arguments():
    """A command finds the message in SIGCHECK_* and in arguments with placeholders; there is no shell."""
    program = "import os, sys; print(os.environ['SIGCHECK_SEQNUMBER'] * (sys.argv[1:] == ['516C4EC0; exit', '$HOME']))"
    assert counted((*PYTHON, program, "{device}; exit", "$HOME")) == MESSAGE.seq_number


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("/nowhere/count",), "the command 'count' cannot be run: No such file or directory"),
        (("/",), "cannot be run"),
        (("false",), "the command 'false' exited with code 1"),
        ((*PYTHON, "import sys; sys.exit('db is locked')"), "exited with code 1: 'db is locked'"),
        ((*PYTHON, "import os; os.kill(os.getpid(), 9)"), "was ended by SIGKILL"),
        ((*PYTHON, "raise SystemExit(' ' + 'x' * 100000)"), "exited with code 1: 'xxx"),
    ],
    ids=["absent", "folder", "false", "complaint", "killed", "chatty"],
)
def test_commands_that_fail(arguments, says):
    """A command that cannot be run or fails is named, with the last line of its complaint, shortened."""
    with pytest.raises(CommandFault) as caught:
        counted(arguments)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("command", ["echo 5 | tail -1", "false || echo 5", "echo 5 2>/dev/null"])
def test_what_is_meant_for_a_shell_is_named(command):
    """A pipe in a command is an argument to it: the fault says so, whatever the command makes of it."""
    with pytest.raises(
        ObserverFault, match=r"; there is no shell to read the \S+ in it: put sh -c '…' around the command$"
    ):
        asyncio.run(CommandObserver(command, Shape(), 1.0)(MESSAGE))


@pytest.mark.parametrize(
    "script",
    [
        "sleep 30",
        "sleep 30 & sleep 30",
        "trap '' TERM INT; sleep 30",
        "sleep 30 & echo 1",
        "setsid sleep 5 & echo 1",
        "yes",
        "yes >&2",
        "yes & yes >&2",
    ],
)
def test_commands_that_hang(script):
    """A command that does not end, or leaves a child that holds its output open, costs its limit and no more."""
    begun = time.monotonic()
    with pytest.raises(CommandFault, match=r"did not end within 0\.3 s"):
        counted(("sh", "-c", script), limit=0.3)
    assert time.monotonic() - begun < 3


def test_children_do_not_outlive_a_command(tmp_path):
    """What a command left running in its group is ended with it."""
    left = tmp_path / "pid"
    script = f"sleep 30 >/dev/null 2>&1 & echo $! > {left}; echo 1"
    assert counted(("sh", "-c", script)) == 1
    child = int(left.read_text())
    until = time.monotonic() + 5
    while time.monotonic() < until and Path(f"/proc/{child}/stat").exists():
        if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            break
        time.sleep(0.01)
    else:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_megabytes_of_output_are_capped():
    """A chatty command neither blocks on its pipe nor fills the memory."""
    program = "import sys; [sys.stdout.write('x' * 65536) for _ in range(500)]; sys.stderr.write('y' * 10_000_000)"
    printed = asyncio.run(run_command((*PYTHON, program), MESSAGE, 20.0))
    assert len(printed) == 64 * 1024


@contextmanager
def counter(*answers):
    """Serve these (status, body, header…) answers one after the other, the last for ever."""
    asked = []

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self):
            status, body, *headers = answers[min(len(asked), len(answers) - 1)]
            asked.append((self.path, dict(self.headers.items())))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | dict(headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as origin:
        yield origin, asked


def url_count(template, *, headers=(), settle=0.1, **shape):
    """Make an observer by URL."""
    return UrlObserver(template, headers, Shape(**shape), settle, resolver=Resolver(), roots=None)


def test_a_url_is_asked_with_all_that_was_given():
    """Placeholders are filled everywhere; a login becomes Basic authorization; a pointer is followed."""
    with counter((200, b'{"count": 4}')) as (origin, asked):
        template = origin.replace("//", "//me:pw@") + "/ü/{device}?n={seqNumber}"
        count = url_count(template, headers=("X-Time: {time}",), pointer="/count")
        assert asyncio.run(count(MESSAGE)) == 4
    path, headers = asked[0]
    assert path == "/%C3%BC/516C4EC0?n=7"
    assert headers["x-time"] == "1795000000"
    assert headers["authorization"] == "Basic bWU6cHc="
    assert headers["cache-control"] == "no-cache"
    assert count.facts.per_message


def test_a_question_looks_for_no_module_that_is_not_there(monkeypatch):
    """A run asks hundreds of times: a library that tries an import each time would cost more than the question."""
    sought = []

    class Noted:
        @staticmethod
        def find_spec(name, *_):
            sought.append(name)

    async def asked_twice(count):
        await count(MESSAGE)
        monkeypatch.setattr(sys, "meta_path", [Noted, *sys.meta_path])
        return await count(MESSAGE)

    with counter((200, b"4")) as (origin, _):
        assert asyncio.run(asked_twice(url_count(origin))) == 4
    assert sought == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((500, b"1"), "the observer answered 500"),
        ((302, b"1"), "the observer answered 302"),
        ((200, b"no"), "'no', not a whole number"),
        ((200, b""), "answered with nothing"),
        ((204, b""), "answered with nothing"),
        ((200, b"\xff\xfe"), "not a whole number"),
        ((404, b"3"), "the observer answered 404; if that means no effects, give --observe-default 0"),
        ((429, b"3"), "asked too often; give --observe-interval"),
        ((503, b"3", ("Retry-After", "1")), "asked too often"),
        ((503, b"3"), "the observer answered 503"),
        ((200, b"3", ("Age", "37")), "is 37 s old: it came out of a cache"),
        ((200, b"3", ("Content-Encoding", "gzip")), "compressed"),
        ((200, b"1" * 4_000_001), "more than 4 MB"),
    ],
    ids=[
        "500",
        "redirect",
        "text",
        "nothing",
        "204",
        "binary",
        "404",
        "429",
        "503-later",
        "503",
        "cache",
        "gzip",
        "endless",
    ],
)
def test_a_url_that_gives_no_count(answer, says):
    """An answer without a count is a fault that says what came."""
    with counter(answer) as (origin, _), pytest.raises(ObserverFault, match=says):
        asyncio.run(url_count(origin)(MESSAGE))


@pytest.mark.parametrize("answer", [(404, b"nothing here"), (204, b""), (200, b"null"), (200, b'{"data": []}')])
def test_what_is_absent_has_the_default(answer):
    """With --observe-default, an observer that has nothing to say has said how many."""
    with counter(answer) as (origin, _):
        assert (
            asyncio.run(url_count(origin, pointer="/data/0/count" if b"[" in answer[1] else None, default=0)(MESSAGE))
            == 0
        )


def test_an_answer_that_breaks_off_is_no_count():
    """The first digit of a longer number is not the number."""
    with (
        counter((200, b"12", ("Content-Length", "20"))) as (origin, _),
        pytest.raises(ObserverFault, match=r"^the observer gave no usable answer: .*[^.]$"),
    ):
        asyncio.run(url_count(origin)(MESSAGE))


@pytest.mark.parametrize(
    "name", ["refuses", "resets-at-once", "closes-at-once", "closes-after-request", "sends-garbage", "resets-mid-body",
             "sends-headers-forever", "gzip-bomb", "sends-body-forever", "huge-header"]
)  # fmt: skip
def test_a_broken_observer_is_a_fault(name):
    """An observer's server may misbehave as any other: it is a fault, never a crash and never endless."""
    with misbehaving(name) as server, pytest.raises(ObserverFault, match=r"^the observer"):
        asyncio.run(url_count(server.url)(MESSAGE))


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([(200, b"text")], "not a whole number"),
        ([(200, b"-1")], "cannot be negative"),
        ([(200, b"")], "answered with nothing"),
        ([(500, b"0")], "the observer answered 500"),
        ([(200, b"0"), (200, b"0"), (200, b"0"), (500, b"")], "the observer answered 500"),
    ],
    ids=["text", "negative", "nothing", "500", "dies-midway"],
)
def test_a_faulty_observer_never_accuses_the_receiver(answers, says):
    """End to end: dedup-observer fails with the fault, the effect rules stay open, and the receiver is not accused."""
    with misbehaving("answers") as receiver, counter(*answers) as (origin, _):
        report = verify(receiver.url, only=EFFECTS, observer=url_count(origin), waits=(0.3,))
    assert failed(report, "must") == []
    assert failed(report, "should") == ["dedup-observer"]
    assert any(says in finding.message for finding in result(report, "dedup-observer").findings)
    for rule in ("dedup-duplicate", "dedup-lost"):
        assert result(report, rule).status is Status.UNDECIDED
    assert report.verdict == "undecided"
    assert report.evidence.breakdowns == ()


def test_a_failing_command_never_accuses_the_receiver():
    """A command observer that fails leaves the effect rules open as well."""
    with misbehaving("answers") as receiver:
        count = CommandObserver("false", Shape(), 0.1)
        report = verify(receiver.url, only=EFFECTS, observer=count, waits=(0.3,))
    assert (failed(report, "must"), failed(report, "should")) == ([], ["dedup-observer"])
    assert "the command 'false' exited with code 1" in result(report, "dedup-observer").summary


def test_secrets_of_an_observer_are_known():
    """What an observer logs in with is announced to the redactor, and not part of what it says it asks."""
    count = url_count("http://me:hunter22@127.0.0.1/?t=hunter23", headers=("X: hunter24",))
    assert {"hunter22", "hunter23", "hunter24"} <= set(count.secrets)
    assert "hunter2" not in count.asks
    assert "hunter2" not in CommandObserver("psql postgresql://me:hunter22@db/x --token hunter23", Shape(), 1.0).asks
