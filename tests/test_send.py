"""`sigcheck send`: one callback, and its record as the portal would show one, with real servers."""

import json
import os
import re
import signal
import threading
from datetime import UTC, datetime

import pytest

from sigcheck.cli import run
from sigcheck.cli.send import OF_A_CALLBACK
from sigcheck.config import RunConfig
from sigcheck.config.setting import fields
from sigcheck.demo.authority import create_authority
from sigcheck.model.delivery import Exchange, Failure, FailureKind, Message, Phase, Phases
from sigcheck.planning import make_plan
from sigcheck.sending import as_text, record_of
from tests.commandline import sigcheck
from tests.evidence import evidence
from tests.misbehaving import misbehaving
from tests.terminal import read_all, terminal
from tests.test_bidir import Reply, downlink, receiver
from tests.test_signals import start

FIXED = ("--device", "20AEAB", "--time", "1548682015", "--seq-number", "9")
LIMIT = {"name": "short", "answer_limit": 0.4}
MESSAGE = Message("20AEAB", 1548682015, 9, "5169676368656B")
SECRETS = ("hunter2", "s3cret-1", "s3cret-2", "s3cret-3")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Make one throw-away authority for all tests here."""
    return create_authority(tmp_path_factory.mktemp("authority"), datetime.now(UTC))


@pytest.fixture
def short(tmp_path):
    """Give the option of a policy with a short limit, and no patience."""
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(LIMIT))
    return ("--policy", str(path), "--patience", "0")


def lines_of(text):
    """Give the lines of an output without what differs from run to run."""
    text = re.sub(r"\d+\.\d{3} s", "0.000 s", text)
    text = re.sub(r"(?<=x-sigcheck-run : )\w+", "0badcafe", text)
    return re.sub(r"127\.0\.0\.1:\d+", "receiver.example.com", text).splitlines()


def test_a_record_like_the_portals(good):
    """The status and the attempt, the request with its headers in order, the answer, and how long it took."""
    done = sigcheck("send", good, *FIXED)
    assert (done.code, done.err) == (0, "")
    assert lines_of(done.out) == [
        "[OK] - 0.000 s",
        "204 - No Content - #1",
        "POST http://receiver.example.com/callback HTTP/1.1",
        "content-length : 75",
        "accept-encoding : gzip,deflate",
        "accept-language : fr",
        "host : receiver.example.com",
        "user-agent : SIGFOX",
        "accept-charset : UTF-8;q=0.9,*;q=0.7",
        "content-type : application/json",
        "x-sigcheck-run : 0badcafe",
        "",
        '{"device":"20AEAB","time":1548682015,"seqNumber":9,"data":"5169676368656B"}',
        "",
        "The answer: HTTP/1.1 204 No Content",
        "Content-Length : 0",
        "Connection : close",
        "",
        "The answer came 0.000 s after the request was sent. The Cloud waits 10 s.",
    ]


@pytest.mark.parametrize(
    ("status", "rule", "explained"),
    [("401 Unauthorized", "response-not-2xx", "401"), ("500 Oh", "response-not-2xx", "500"),
     ("302 Found", "response-redirect", "302")],
)  # fmt: skip
def test_a_refusal_says_what_is_next(status, rule, explained):
    """Exit 1, the rule that it breaks, what explains the code, and the command that checks the receiver."""
    with misbehaving("answers", status=status) as server:
        done = sigcheck("send", server.url)
    lines = done.out.splitlines()
    assert done.code == 1
    assert lines[0].startswith("[ERROR] - ")
    assert lines[1] == f"{status.replace(' ', ' - ', 1)} - #1"
    assert any(line.startswith(f"{rule}: the callback was answered {explained}") for line in lines)
    assert lines[-2:] == [
        f"`sigcheck explain {explained}` says more.",
        "`sigcheck verify URL --only response` checks the receiver for it.",
    ]


@pytest.mark.parametrize(
    ("behaviour", "rule"),
    [("refuses", "reach-refused"), ("closes-at-once", "response-malformed"), ("sends-garbage", "response-malformed"),
     ("speaks-http-0-9", "response-malformed"), ("reads-never-answers", "deadline-exceeded")],
)  # fmt: skip
def test_no_answer_is_600(behaviour, rule, short):
    """Where no status came, the record says 600 in our words, and names the rule."""
    with misbehaving(behaviour) as server:
        done = sigcheck("send", server.url, *short)
    assert done.code == 1
    assert done.out.splitlines()[1].startswith("600 - ")
    assert "The portal shows 600 for every callback that got no HTTP status" in done.out
    assert f"\n{rule}: " in done.out
    assert f"`sigcheck explain {rule}` says more." in done.out


def test_what_came_is_not_called_no_answer():
    """Something that is not HTTP did come, and so did the beginning of a body that broke off."""
    with misbehaving("sends-garbage") as server:
        assert "\nThere was no usable answer: " in sigcheck("send", server.url).out
    with misbehaving("resets-mid-body") as server:
        done = sigcheck("send", server.url)
    assert "(The connection ended before the body did; " in done.out


def test_a_success_that_breaks_a_rule_is_explained_by_the_rule():
    """200 explains nothing where the reply is what is wrong."""
    with receiver(lambda message, delivery: Reply(200, b'{"20AEAB":{"downlinkData":')) as (url, _):
        done = sigcheck("send", url, "--type", "data/bidir")
    assert done.code == 1
    assert "`sigcheck explain response-downlink` says more." in done.out
    assert "`sigcheck explain 200`" not in done.out


def test_a_late_answer_is_heard_and_counts_as_none(tmp_path):
    """An answer after the limit is shown with the time that it took; the Cloud had given up by then."""
    (tmp_path / "policy.json").write_text(json.dumps(LIMIT))
    with misbehaving("answers-late", seconds=0.8) as server:
        done = sigcheck("send", server.url, "--policy", str(tmp_path / "policy.json"), "--patience", "20")
    assert done.code == 1
    assert "600 - the answer came after the limit - #1" in done.out
    assert "The answer: HTTP/1.1 204 No Content" in done.out
    assert "The Cloud waits only 0.4 s, so it came too late." in done.out
    assert "\ndeadline-exceeded: the callback was answered 204" in done.out


def test_a_certificate_that_nobody_accepts(authority):
    """The answer is shown all the same, but the Cloud would not have got it: 600, exit 1, and the rule."""
    with misbehaving("answers", tls=authority.server_context()) as server:
        refused = sigcheck("send", server.url)
        trusted = sigcheck("send", server.url, "--ca-file", str(authority.ca_file))
    assert refused.code == 1
    assert "600 - the certificate is not accepted - #1" in refused.out
    assert "The answer: HTTP/1.1 204 No Content" in refused.out
    assert re.search(r"(?m)^tls-(untrusted-root|chain-incomplete): ", refused.out)
    assert (trusted.code, trusted.out.splitlines()[1]) == (0, "204 - No Content - #1")


def test_a_fault_of_this_machine_is_nobodys():
    """What this machine lacks says nothing of the receiver: no status of the portal, no rule, and nothing to do."""
    plan = make_plan(RunConfig(url="https://receiver.example.com/callback"))
    lacking = Exchange(MESSAGE, 1, 0.0, Phases(), 0.1, 10.0, Failure(FailureKind.LOCAL, Phase.CONNECT, "no route"))
    record = record_of(plan, MESSAGE, evidence(samples=(lacking,)))
    assert (record.sent, record.ok, record.status, record.problems) == (True, None, None, ())
    text = as_text(record, str)
    assert "Nothing is known of the receiver, because of this machine: " in text
    assert "no route" in text
    assert "600" not in text
    assert "sigcheck explain" not in text


def test_no_secret_is_shown():
    """Neither the login, the query, a header nor the body shows a secret, in any format, nor one that comes back."""
    with misbehaving("control-characters-in-body") as server:
        url = server.url.replace("http://", "http://me:hunter2@") + "?token=s3cret-1&d={device}"
        given = ("--header", "X-Key: s3cret-2", "--body", '{"d":"{device}","key":"s3cret-3"}', *FIXED)
        outputs = [sigcheck("send", url, *given, *more)
                   for more in ((), ("--format", "json"), ("--dry-run",), ("--curl",))]  # fmt: skip
        (sent, _) = server.requests
    for secret in SECRETS[1:]:
        assert secret.encode() in sent
    for done in outputs:
        assert [each for each in (*SECRETS, "bWU6aHVudGVyMg") if each in done.out + done.err] == []
        assert "d=20AEAB" in done.out
        assert '"20AEAB"' in done.out.replace("\\", "")
    assert "authorization : ***" in outputs[0].out
    assert "put it in" in outputs[3].err


HOSTILE = (
    "control-characters-in-body", "control-characters-in-headers", "control-characters-in-reason",
    "high-bytes-in-reason", "huge-reason", "huge-header", "sends-body-forever", "sends-headers-forever", "gzip-bomb",
    "drips-body", "sends-garbage",
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_hostile_answer(name, form, short):
    """Nothing that a terminal or a CI log obeys is printed, and not more than a page or two."""
    with misbehaving(name) as server:
        done = sigcheck("send", server.url, *short, "--format", form)
    assert done.code in {0, 1}
    assert done.err == ""
    assert all(each == "\n" or each.isprintable() for each in done.out)
    assert re.search(r"(?m)^\s*::error", done.out) is None
    assert len(done.out) < 50_000
    if form == "json":
        json.loads(done.out)


def test_a_dry_run_sends_nothing(good):
    """The request is printed as it would be sent, and no connection is made."""
    with misbehaving("answers") as server:
        done = sigcheck("send", server.url, *FIXED, "--dry-run")
        command = sigcheck("send", server.url, *FIXED, "--curl")
        assert server.connections == 0
    assert (done.code, command.code) == (0, 0)
    sent = lines_of(sigcheck("send", good, *FIXED).out)
    assert lines_of(done.out) == ["dry run: nothing was sent", *sent[2:13]]
    assert command.out.startswith("curl ")
    assert command.out.count("\n") == 1


def test_a_body_of_several_lines_stays_readable_for_curl():
    """What is quoted for a shell because of a line break is escaped where it must be, and nowhere else."""
    body = '{\n "it\'s::a:b": "{device}"}'
    done = sigcheck("send", "http://callbacks.example.com/", *FIXED, "--curl", "--body", body)
    assert """$'{\\x0a "it\\x27s\\x3a\\x3aa:b": "20AEAB"}'""" in done.out


def test_json(bad):
    """One document: the request, the answer, what the portal would show, times, and what is wrong."""
    done = sigcheck("send", bad, *FIXED, "--type", "data/bidir", "--format", "json")
    record = json.loads(done.out)
    assert done.code == 1
    assert (record["sent"], record["ok"], record["type"]) == (True, False, "data/bidir")
    assert (record["status"], record["text"]) == (500, "Oh")
    assert record["request"]["method"] == "POST"
    assert record["request"]["headers"][-1][0] == "x-sigcheck-run"
    assert json.loads(record["request"]["body"][0])["device"] == "20AEAB"
    assert record["answer"]["status"] == 500
    assert 0 < record["answered_after"] <= record["total"] < record["limit"] == 10
    assert [each["rule"] for each in record["problems"]] == ["response-not-2xx"]
    dry = json.loads(sigcheck("send", bad, "--dry-run", "--format", "json").out)
    assert (dry["sent"], dry["ok"], dry["answer"], dry["problems"]) == (False, None, None, [])


def test_a_reply_to_bidir_is_judged():
    """A downlink under another id is an error, and a page of HTML a warning; both name the commands to run next."""
    with receiver(lambda message, delivery: downlink(message["device"].lower())) as (url, _):
        lower = sigcheck("send", url, *FIXED, "--type", "data/bidir")
    assert (lower.code, lower.out.startswith("[ERROR]")) == (1, True)
    assert "response-downlink: the callback has a reply under '20aeab'" in lower.out
    assert lower.out.endswith(
        "`sigcheck explain response-downlink` says more.\n"
        "`sigcheck verify URL --type data/bidir --only response` checks the receiver for it.\n"
    )
    with receiver(lambda message, delivery: Reply(200, b"<!doctype html><title>Log in</title>")) as (url, _):
        page = sigcheck("send", url, *FIXED, "--type", "data/bidir")
        record = json.loads(sigcheck("send", url, *FIXED, "--type", "data/bidir", "--format", "json").out)
    assert (page.code, page.out.startswith("[OK]")) == (0, True)
    assert "A warning of response-downlink: the callback has a reply that is an HTML page" in page.out
    assert "`sigcheck explain response-downlink` says more." in page.out
    assert (record["ok"], record["problems"], len(record["warnings"])) == (True, [], 1)


def test_a_target_of_the_file(tmp_path, monkeypatch, capsys):
    """A target's callback is sent as the file says; what the file has for an observer or a schedule does not matter."""
    monkeypatch.chdir(tmp_path)
    with misbehaving("answers") as server:
        (tmp_path / "sigcheck.toml").write_text(
            f'[targets.orders]\nurl = "{server.url}"\ntype = "error"\nheaders.X-Key = "1234"\n'
            'speed = 5\nbaseline = "gone.toml"\n'
            'observe.url = "http://127.0.0.1:1/{device}"\nobserve.pointer = "/count"\n'
        )
        assert run(["send", "orders", "--device", "AB"]) == 0
    (request,) = server.requests
    assert b"\r\nX-Key: 1234\r\n" in b"\r\n" + request
    assert request.endswith(b'"info":"No message received for 24 hours","severity":"ERROR"}')
    assert b'{"device":"AB"' in request
    assert capsys.readouterr().out.startswith("[OK]")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--curl", "--dry-run"), "--curl and --dry-run cannot be used together"),
     (("--curl", "--format", "json"), "--curl and --format json cannot be used together"),
     (("--curl", "--redact", "path"), "--curl is given together with --redact"),
     (("--seq-number", "70000"), "--seq-number must be a whole number from 0 to 65535"),
     (("--time", "-1"), "--time must be a whole number from 0 to 4294967295"),
     (("--body", "{sequence}"), "{sequence}"),
     (("--samples", "3"), "no such option")],
)  # fmt: skip
def test_what_cannot_be_used(arguments, said, good):
    """One line on stderr, exit 2, and nothing on stdout."""
    done = sigcheck("send", good, *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert said.lower() in done.err.lower()


def test_a_name_that_nobody_knows():
    """Without a file, a name is no target; nor are two words."""
    assert sigcheck("send", "orders", "--no-config").code == 2
    assert sigcheck("send").code == 2
    assert sigcheck("send", "https://a.example/", "https://b.example/").code == 2


def test_the_host_and_the_path_can_be_hidden(good):
    """--redact hides the host and the path in the record as in a report."""
    done = sigcheck("send", good, "--redact", "host,path", "--format", "json")
    assert done.code == 0
    assert "127.0.0.1" not in done.out
    assert "/callback" not in done.out


OF_A_RUN = frozenset(
    """
    allow_private devices samples speed schedule_from observe_later settle effects_within effects_per_message
    fail_header
    fail_command restart_command keep_going allowlist vantage only skip fail_on allow_undecided baseline
    """.split()  # noqa: SIM905 - a table to read
)


def test_every_setting_of_a_callback_can_be_given():
    """A setting of a run is one of a callback, and an option of `send`, or it stands here as one of the run."""
    known = {name for name, field in fields(RunConfig).items() if not field.setting.observing}
    assert known - OF_A_RUN - {"settle"} == set(OF_A_CALLBACK), "add it to OF_A_CALLBACK in sigcheck/cli/send.py"


def test_what_ends_is_said(good):
    """A type that Sigfox ends is sent, with a word on stderr."""
    done = sigcheck("send", good, "--type", "service/status")
    assert done.code == 0
    assert "April 2027" in done.err


@pytest.mark.parametrize(("environment", "coloured"), [({}, False), ({"FORCE_COLOR": "1"}, True),
                                                       ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)])  # fmt: skip
def test_colour(environment, coloured, good):
    """Colour only where it is wanted: not for a pipe, and never with NO_COLOR."""
    done = sigcheck("send", good, environment=environment or {"LANG": "C.UTF-8"})
    assert done.out.startswith("\x1b[32m[OK]\x1b[0m" if coloured else "[OK]")
    assert ("\x1b" in done.out) is coloured


def test_an_interruption():
    """A signal ends the wait at once: exit 130, and that the receiver may have the request is said."""
    with misbehaving("reads-never-answers") as server:
        process = start("send", server.url)
        arrived = threading.Event()
        while not server.requests and process.poll() is None:
            arrived.wait(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=8)  # it is stopped where it stands after 10 s
    assert (process.returncode, out) == (130, "")
    assert err == (
        "sigcheck: interrupted by SIGINT: the receiver may have the request, and its answer was not waited for\n"
    )


def test_a_terminal_folds_the_words(bad):
    """On a terminal, sentences are folded to its width; headers and bodies are left as they are."""
    leader, follower = terminal(columns=60)
    process = start("send", bad, *FIXED, stdout=follower, stderr=follower)
    os.close(follower)
    shown = read_all(leader)
    assert process.wait(20) == 1
    text = shown.decode().replace("\r\n", "\n")
    assert "\x1b[31m[ERROR]" in text
    (paragraph,) = re.findall(r"(?ms)^response-not-2xx: .*?(?=^`sigcheck)", text)
    assert paragraph.count("\n") > 1
    assert max(map(len, paragraph.splitlines())) <= 60
    assert '{"device":"20AEAB","time":1548682015,"seqNumber":9,"data":"5169676368656B"}\n' in text
