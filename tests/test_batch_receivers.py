"""Receivers of batches: the right one is left in peace, and what others do with lines and requests is found."""

import hashlib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs

import pytest

from sigcheck.model.delivery import Message
from sigcheck.model.figures import devices, messages, timeline
from sigcheck.model.rule import Status
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer_answer import Shape
from sigcheck.probes.url import UrlObserver
from sigcheck.progress.tracker import describe
from sigcheck.report import RenderOptions
from sigcheck.report.html import render as html
from tests.clock import FakeClock
from tests.fleet.in_virtual_time import FAMILIES, KINDS, failed, said
from tests.running import verify
from tests.scripted import ScriptedObserver, Served
from tests.serving import Quiet, serving
from tests.test_afterwards import counted
from tests.test_replay import play

CALLBACK = {"line": "{device};{time};{seqNumber};{data};", "body": "batch={batch}"}


class Receiver:
    """Takes the batch out of the request that arrives; a design says what it does with the lines."""

    def __init__(self, clock):
        self.clock = clock
        self.effects = []
        self.known = set()
        self.requests = []

    def receive(self, body, done_at=0.0):
        self.requests.append(body)
        lines = [tuple(line.split(";")[:3]) for line in parse_qs(body.decode())["batch"][0].split("\n")]
        return self.handle(body, lines, done_at)

    def handle(self, body, lines, done_at):
        for line in lines:
            self.once(line, line, done_at)
        return 204

    def once(self, key, line, done_at):
        if key not in self.known:
            self.known.add(key)
            self.effects.append((line, done_at))

    def of(self, message):
        mine = (message.device, str(message.time), str(message.seq_number))
        return sum(line == mine and at <= self.clock.now() + 1e-9 for line, at in self.effects)

    def total(self, _message):
        return sum(at <= self.clock.now() + 1e-9 for _, at in self.effects)


class ByRequest(Receiver):
    """Recognises a request by the hash of its body."""

    def handle(self, body, lines, done_at):
        for number, line in enumerate(lines):
            self.once((hashlib.sha256(body).digest(), number), line, done_at)
        self.known.add(hashlib.sha256(body).digest())
        return 204


class ByFirstLine(Receiver):
    """Recognises a batch by its first message."""

    def handle(self, body, lines, done_at):
        if lines[0] not in self.known:
            super().handle(body, lines, done_at)
        return 204


class FirstOnly(Receiver):
    """Reads one line."""

    def handle(self, body, lines, done_at):
        return super().handle(body, lines[:1], done_at)


class LastOnly(Receiver):
    """Overwrites each line by the next."""

    def handle(self, body, lines, done_at):
        return super().handle(body, lines[-1:], done_at)


class Within(Receiver):
    """Recognises a message only within one batch."""

    def handle(self, body, lines, done_at):
        self.known.clear()
        return super().handle(body, lines, done_at)


class AllOrNothing(Receiver):
    """Inserts a batch in one transaction, which a known message rolls back; answers `status` then."""

    def __init__(self, clock, status):
        super().__init__(clock)
        self.status = status

    def handle(self, body, lines, done_at):
        if body in self.requests[:-1]:
            return 204
        if not self.known.isdisjoint(lines):
            return self.status
        return super().handle(body, lines, done_at)


def serve(receiver):
    """Deliver the bytes of each request to a receiver."""
    return Served(receiver.clock, lambda _message, delivery, done_at: receiver.receive(delivery.request.body, done_at))


def verified(receiver, *, per_message=True, only=(), **given):
    """Verify a receiver of batches."""
    count = ScriptedObserver(receiver.of if per_message else receiver.total, per_message=per_message)
    deliver = serve(receiver)
    families = () if only else FAMILIES
    return play(
        receiver.clock, deliver, observer=count, speed=60.0, families=families, only=only, callback=CALLBACK, **given
    )


@KINDS
def test_a_right_receiver_of_batches_is_left_in_peace(per_message):
    """One that has a key for each message passes, and each line of the batches was counted."""
    receiver = Receiver(FakeClock())
    report = verified(receiver, per_message=per_message)
    assert failed(report) == []
    assert "a message that came in" in said(report, "dedup-batch")
    assert "each of 3 messages had 1 effect after 4 accepted deliveries" in said(report, "dedup-duplicate")
    retry = report.evidence.scenario("retry")
    assert [len(each.messages) for each in retry.exchanges] == [3, 3, 3, 3]


@KINDS
def test_a_receiver_that_recognises_requests_and_not_messages(per_message):
    """The same request again is nothing new to it, and the same message in another batch is."""
    report = verified(ByRequest(FakeClock()), per_message=per_message)
    assert failed(report) == ["dedup-batch"]
    assert "the receiver recognises a request that comes again, and not a message" in said(report, "dedup-batch")
    if per_message:
        assert "the message that came in two batches had 2 effects after batch 2" in said(report, "dedup-batch")


@KINDS
@pytest.mark.parametrize(
    ("design", "line"), [(FirstOnly, "the first line was processed"), (LastOnly, "the last line was processed")]
)
def test_a_receiver_that_reads_one_line(design, line, per_message):
    """A part of a batch is told by one rule, with the line that had its effect where that is known."""
    report = verified(design(FakeClock()), per_message=per_message)
    assert failed(report, "must") == ["dedup-lost"]
    assert "only 1 of 3 messages of an accepted batch had an effect" in said(report, "dedup-lost")
    assert (line in said(report, "dedup-lost")) == per_message
    assert report.verdict == "non-compliant"


@KINDS
def test_a_receiver_that_forgets_between_two_batches(per_message):
    """Duplicates in one batch are not what the Cloud sends: each retry is processed again."""
    report = verified(Within(FakeClock()), per_message=per_message)
    assert "dedup-duplicate" in failed(report, "must")
    assert "dedup-batch" not in failed(report)
    if per_message:
        assert "likewise for 2 other messages" in said(report, "dedup-duplicate")


@KINDS
@pytest.mark.parametrize("design", [ByFirstLine, lambda clock: AllOrNothing(clock, 204)], ids=["by line", "rollback"])
def test_a_receiver_that_drops_a_batch_with_a_known_message(design, per_message):
    """The new message beside a known one was accepted, and lost."""
    report = verified(design(FakeClock()), per_message=per_message)
    assert failed(report) == ["dedup-batch"]
    assert "a batch with a message that the receiver already has is dropped as a whole" in said(report, "dedup-batch")


@pytest.mark.parametrize("status", [409, 500])
def test_a_receiver_that_refuses_a_batch_with_a_known_message(status):
    """A transaction that a unique key breaks refuses the new message as well, with each retry."""
    report = verified(AllOrNothing(FakeClock(), status))
    assert failed(report) == ["dedup-batch"]
    assert said(report, "dedup-batch").startswith(
        f"batch 2, of which one message had come before and one was new, was answered {status}"
    )


def test_batches_that_were_not_delivered_accuse_nobody():
    """A receiver without room, and one that never answers the second batch, show nothing of messages in two batches."""
    assert Status.UNDECIDED is next(
        each.status for each in verified(AllOrNothing(FakeClock(), 503)).results if each.rule == "dedup-batch"
    )


class Registered(Receiver):
    """Knows one device; it ignores the lines of others, or answers `status` to a batch that has one."""

    def __init__(self, clock, status):
        super().__init__(clock)
        self.status = status

    def handle(self, body, lines, done_at):
        known = [line for line in lines if line[0] == "51C0DE"]
        if known != lines and self.status != 204:
            return self.status
        return super().handle(body, known, done_at)


@KINDS
@pytest.mark.parametrize("status", [204, 404])
def test_a_receiver_of_registered_devices_is_not_accused(status, per_message):
    """Lines of devices that it does not know have no effect, and that is no part of a batch that was lost."""
    report = verified(Registered(FakeClock(), status), per_message=per_message, device="51C0DE")
    assert failed(report, "must", "should") == []
    assert report.verdict == "undecided"


def test_a_batch_callback_without_an_observer():
    """The retries are batches all the same, and the rule says that nothing was counted."""
    receiver = Receiver(FakeClock())
    report = play(receiver.clock, serve(receiver), families=FAMILIES, callback=CALLBACK)
    assert [body.count(b"%0A") for body in receiver.requests[-4:]] == [2, 2, 2, 2]
    assert len(set(receiver.requests[-4:])) == 1
    assert "no observer is configured" in said(report, "dedup-batch")
    assert len({each.device for each in report.evidence.scenario("retry").messages}) == 3


@pytest.mark.parametrize(
    ("design", "failing"),
    [(Receiver, []), (ByRequest, ["dedup-batch"]), (ByFirstLine, ["dedup-batch"]), (FirstOnly, ["dedup-lost"])],
)
def test_batches_that_are_counted_after_the_run(design, failing):
    """The table to fill in has every message of the batches, and the counts give the same verdict."""
    receiver = design(FakeClock())
    report = play(
        receiver.clock, serve(receiver), speed=1.0, families=("retry", "dedup"),
        observe_later=True, callback=CALLBACK,
    )  # fmt: skip
    sent = [each for each in messages(report.evidence) if each.part in {"retry", "two batches"}]
    assert [each.deliveries for each in sent] == [4, 4, 4, 2, 1, 1]
    assert len({each.message.identity for each in sent}) == 6
    judged, _ = counted(report.evidence, lambda each: receiver.of(each.message))
    assert failed(judged) == failing


def test_what_a_run_shows_of_batches():
    """Progress, timeline and devices have all messages of a batch."""
    receiver, told = Receiver(FakeClock()), []
    report = verified(receiver, tell=told.append)
    lines = "\n".join(filter(None, map(describe, told)))
    assert "replay: retry, request 2 of 4, the message, in a batch of 3 messages: 204" in lines
    assert "several messages may come in one request" in html(report, RenderOptions(version="0"))
    names = [course.name for course in timeline(report.evidence).courses]
    assert names == ["the message", "the message in line 2 of its batch", "the message in line 3 of its batch"]
    ids = {int(line[0], 16) for line, _ in receiver.effects}
    assert sum(each.count for each in devices(report.evidence)) == len(ids)


@contextmanager
def served(receiver):
    """Serve a receiver of batches over HTTP, with its count at /effects."""

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(receiver.receive(body))
            self.end_headers()

        def do_GET(self):
            asked = parse_qs(self.path.partition("?")[2])
            message = Message(asked["d"][0], int(asked["t"][0]), int(asked["s"][0]), "")
            body = str(receiver.of(message)).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as origin:
        yield origin


@pytest.mark.parametrize(("design", "failing"), [(Receiver, []), (ByRequest, ["dedup-batch"])])
def test_over_real_sockets(design, failing):
    """A server that recognises requests is found, and one that recognises messages is not."""
    receiver = design(FakeClock())
    with served(receiver) as url:
        asked = f"{url}/effects?d={{device}}&t={{time}}&s={{seqNumber}}"
        observer = UrlObserver(asked, (), Shape(), 0.1, resolver=Resolver(), roots=None)
        report = verify(f"{url}/s", families=("dedup",), observer=observer, **CALLBACK)
    assert failed(report, "should") == failing
    assert [body.count(b"%0A") for body in receiver.requests].count(2) == 4
