"""Receivers of data/bidir callbacks over real sockets: the faults that were seen in public ones, and right ones."""

import asyncio
import json
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple

import pytest

from sigcheck.config import RunConfig
from sigcheck.devices import RegisteredDevices
from sigcheck.listing import listing
from sigcheck.model.report import Report
from sigcheck.model.rule import Status
from sigcheck.planning import make_plan
from sigcheck.report import RenderOptions, render
from sigcheck.runs import Run
from sigcheck.saved import judge_again, read_saved
from tests.running import result
from tests.serving import Quiet, serving

DATA = "0123456789abcdef"
JSON_TYPE = "application/json"
LIMIT, SHORT = 4.0, 0.3
"""Seconds of the answer limit: long enough for a loaded machine, and for what shall be late."""
BODY = '{"device":"{device}","time":{time},"seqNumber":{seqNumber},"ack":{ack}}'


class Reply(NamedTuple):
    """What a receiver answers, after `wait` seconds; its body comes `pause` seconds behind its head."""

    status: int = 204
    body: bytes = b""
    kind: str = JSON_TYPE
    wait: float = 0.0
    pause: float = 0.0


def downlink(device, data=DATA, **more):
    """Give a reply with a downlink under a key."""
    return Reply(200, json.dumps({device: {"downlinkData": data}}).encode(), **more)


def nothing(message, delivery):
    """Never have a downlink."""
    return Reply()


def no_data(message, delivery):
    """Say in words that there is none."""
    return Reply(200, json.dumps({message["device"]: {"noData": True}}).encode())


def repeats(message, delivery):
    """Answer who asks with the downlink, each delivery of a message with the same one: right."""
    return downlink(message["device"]) if message["ack"] else Reply()


def changed(reply):
    """Make a receiver that gives those who ask the reply that `reply(device)` makes."""
    return lambda message, delivery: reply(message["device"]) if message["ack"] else Reply()


def removes(message, delivery):
    """Take the downlink out of the store at the first delivery."""
    return repeats(message, delivery) if delivery == 1 else Reply()


def forgets(message, delivery):
    """Pick another downlink for each delivery of a message."""
    return downlink(message["device"], f"{delivery:016x}") if message["ack"] else Reply()


def comes_later(message, delivery):
    """Have the downlink only when the message comes again."""
    return repeats(message, delivery) if delivery > 1 else Reply()


@contextmanager
def receiver(reply):
    """Serve a receiver that answers by `reply(message, number of the delivery)`; gives its URL and the messages."""
    seen = []
    deliveries = Counter()
    lock = threading.Lock()
    closing = threading.Event()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self):
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                seen.append(message)
                deliveries[message["device"], message["time"]] += 1
                number = deliveries[message["device"], message["time"]]
            answer = reply(message, number)
            closing.wait(answer.wait)
            self.send_response(answer.status)
            if answer.body:
                self.send_header("Content-Type", answer.kind)
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            closing.wait(answer.pause)
            self.wfile.write(answer.body)

    with serving(Handler, closing.set) as origin:
        yield f"{origin}/sigfox", seen


def config(url, folder, only=("response", "retry"), limit=LIMIT, **more):
    """Give the settings of a run with short waits."""
    policy = folder / "policy.json"
    policy.write_text(json.dumps({"answer_limit": limit, "retry_waits": [1.0, 2.0, 4.0]}))
    settings = {"samples": 4, "speed": 40.0, "patience": 1.0, "allow_private": True, **more}
    return RunConfig(url=url, type="data/bidir", only=only, policy=str(policy), **settings)


def played(settings) -> Report:
    """Play a run whose device ids have letters, so that their case can be changed."""
    return asyncio.run(Run(settings, plan=make_plan(settings, draw=lambda below: 0xABCDEF % below)).play())


def verified(reply, folder, only=("response", "retry"), **more) -> Report:
    """Verify a receiver as a user would, against a policy of its own."""
    with receiver(reply) as (url, _):
        return played(config(url, folder, only, **more))


def told(report):
    """Give every rule that failed, with its level and its findings' words."""
    return {
        each.rule: (each.level, " | ".join(finding.message for finding in each.findings))
        for each in report.results
        if each.status is Status.FAIL
    }


FAULTS = {
    "204 with a body": (changed(lambda device: downlink(device)._replace(status=204, pause=0.03)),
                        "response-downlink", "must", "answered 204 with a body, '{"),
    "empty key": (changed(lambda device: downlink("")), "response-downlink", "must", "has a reply under ''"),
    "case": (changed(lambda device: downlink(device.swapcase())), "response-downlink", "must", "case was changed"),
    "text/html": (changed(lambda device: downlink(device, kind="text/html")), "response-downlink", "should",
                  "sent as 'text/html'"),
    "not asked": (lambda message, delivery: downlink(message["device"]), "response-downlink", "should",
                  "although its ack is false"),
    "removed at first": (removes, "retry-answer-differs", "should", "delivery 2 was answered 204, but delivery 1"),
    "too short": (changed(lambda device: downlink(device, DATA[:-2])), "response-downlink", "must", "14 hex digits"),
    "too long": (changed(lambda device: downlink(device, DATA + "00")), "response-downlink", "must", "18 hex digits"),
    "not hex": (changed(lambda device: downlink(device, "switch on light!")), "response-downlink", "must",
                "'switch on light!', which is not 16 hex digits"),
    "a number": (changed(lambda device: downlink(device, 1234567890123456)), "response-downlink", "must",
                 "is '1234567890123456', which is not a text"),
    "an empty object": (changed(lambda device: Reply(200, b"{}")), "response-downlink", "should", "without an entry"),
    "the word device": (changed(lambda device: downlink("device")), "response-downlink", "must", "under 'device'"),
    "neither": (changed(lambda device: Reply(200, json.dumps({device: {"data": DATA}}).encode())), "response-downlink",
                "must", "neither downlinkData nor noData"),
    "empty 200": (changed(lambda device: Reply(200)), "response-downlink", "should", "200 without a body"),
    "not JSON": (changed(lambda device: Reply(200, b"OK")), "response-downlink", "should", "not JSON: 'OK'"),
    "201": (changed(lambda device: downlink(device)._replace(status=201)), "response-downlink", "should",
            "was answered 201"),
    "another on the retry": (forgets, "retry-answer-differs", "should", "0000000000000002"),
    "on the retry only": (comes_later, "retry-answer-differs", "should", "too late for the device"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_receiver_is_found(fault, tmp_path):
    """Each fault is found by one rule, by its own words and at its own level, and by no other of its level."""
    reply, rule, level, says = FAULTS[fault]
    found = told(verified(reply, tmp_path))
    assert found[rule][0] == level
    assert says in found[rule][1]
    # A 204 that announces a body is, besides, one that a client of Java refuses.
    assert set(found) - {rule} == ({"response-malformed"} if fault == "204 with a body" else set())


@pytest.mark.parametrize("reply", [nothing, no_data, repeats])
def test_a_right_receiver_is_left_in_peace(reply, tmp_path):
    """204 always, noData always, and the same downlink for each delivery of a message are all right."""
    report = verified(reply, tmp_path)
    assert told(report) == {}
    passed = result(report, "response-downlink")
    assert (passed.status, "not tried" in passed.summary) == (Status.PASS, False)
    assert result(report, "retry-answer-differs").status is Status.PASS


def test_a_late_downlink_is_found(tmp_path):
    """A downlink behind the limit is too late, and the rule says so where it is not told already."""
    late = changed(lambda device: downlink(device, wait=2 * SHORT))
    alone = told(verified(late, tmp_path, only=("response-downlink",), limit=SHORT))
    assert alone["response-downlink"][0] == "must"
    assert "our reading is that this downlink reaches nobody" in alone["response-downlink"][1]
    both = told(verified(late, tmp_path, only=("response-downlink", "deadline"), limit=SHORT))
    assert {rule: level for rule, (level, _) in both.items()} == {
        "response-downlink": "should",
        "deadline-exceeded": "must",
    }


def test_half_of_the_samples_ask_for_no_downlink(tmp_path):
    """The samples say in turn that their device waits and that it does not; the deliveries of the replay all ask."""
    with receiver(nothing) as (url, seen):
        report = played(config(url, tmp_path))
    assert [each["ack"] for each in seen[:4]] == [True, False, True, False]
    assert all(each["ack"] for each in seen[4:8])
    assert [each.message.ack for each in report.evidence.samples[:4]] == [True, False, True, False]
    assert report.evidence.callback.ack is True


@pytest.mark.parametrize(
    ("given", "carried", "says"),
    [
        ({"var": ("ack=false",)}, [False] * 4, "no message asked for a downlink"),
        ({"var": ("ack=true",)}, [True] * 4, "not tried: a message whose ack is false"),
        ({"body": BODY.replace("{ack}", "true")}, [True] * 4, "ack is false (the callback carries no {ack})"),
    ],
)  # fmt: skip
def test_what_was_not_tried_is_said(given, carried, says, tmp_path):
    """Where ack is the same for all messages, the rule passes and says what it could not see."""
    with receiver(nothing) as (url, seen):
        report = played(config(url, tmp_path, only=("response-downlink",), **given))
    assert [each["ack"] for each in seen] == carried
    passed = result(report, "response-downlink")
    assert passed.status is Status.PASS
    assert says in passed.summary
    assert "the reply to a retry (see retry-answer-differs)" in passed.summary


def test_an_uplink_callback_with_a_downlink_is_only_told(tmp_path):
    """The answer to a data/uplink callback may carry a downlink: the Cloud ignores it, which is a note."""
    with receiver(lambda message, delivery: downlink(message["device"])) as (url, _):
        settings = RunConfig(url=url, only=("response",), samples=2, allow_private=True)
        report = asyncio.run(Run(settings).play())
    assert report.exit_code == 0
    level, says = told(report)["response-downlink"]
    assert (level, "which the Cloud ignores" in says) == ("note", True)


def test_a_report_is_judged_again_as_it_was(tmp_path):
    """What a message said of ack, and what came behind a 204, is in the saved report and judged again from there."""
    reply, rule, _, _ = FAULTS["204 with a body"]
    report = verified(reply, tmp_path)
    text = render(report, "json", RenderOptions(version="0", width=100, colour=False, ascii=False, detail=0))
    saved = read_saved(text.encode(), "it").reports[0]
    assert [each.message.ack for each in saved.evidence.samples] == [
        each.message.ack for each in report.evidence.samples
    ]
    assert result(judge_again(saved), rule).findings == result(report, rule).findings
    replay = json.loads(text)["evidence"]["scenarios"][0]
    assert all("ack" not in each for each in replay["messages"])


def test_a_dry_run_shows_what_ack_will_say(tmp_path):
    """The list of a dry run has the samples as they would be sent, in turn with ack true and false."""
    shown = listing(make_plan(config("http://127.0.0.1:1/", tmp_path, only=("response-downlink",))), "json")
    bodies = [json.loads(each["body"]) for each in json.loads(shown)["actions"] if each["kind"] == "sample"]
    assert [each["ack"] for each in bodies] == [True, False, True, False]


def test_registered_devices_are_asked_both_ways():
    """The samples of devices that were named say in turn that they wait and that they do not, too."""
    factory = RegisteredDevices(("51AB",), "00", 1_795_000_000, 7, varies_ack=True)
    assert [factory.sample(number).ack for number in (1, 2, 3)] == [True, False, True]
