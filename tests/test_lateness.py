"""What this process itself missed, because it was stopped or starved, is seen and booked on no receiver."""

import asyncio
import json
import signal
import subprocess
import time
from datetime import UTC, datetime

import pytest
from msgspec import structs

from sigcheck.callback import configure
from sigcheck.message import MessageFactory
from sigcheck.model.delivery import Answer, FailureKind
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.probes.attempt import LONG_STOP, Attempt
from sigcheck.probes.contexts import trusting_context
from sigcheck.probes.delivery import Delivery, HttpTransport
from sigcheck.probes.lateness import STALL, Lateness, lateness
from sigcheck.probes.link import Link
from sigcheck.probes.network import Resolution, Resolver
from sigcheck.sockets import sockets
from sigcheck.target import parse_target
from tests import pki
from tests.changing import context_of
from tests.commandline import PROGRAM
from tests.evidence import failure
from tests.misbehaving import misbehaving
from tests.running import planned

BLOCKED = 0.3
"""Seconds for which a loop is blocked: a pulse and a stall."""


def block(seconds=BLOCKED):
    """Keep the running loop, and all that waits on it, from running: what a stopped process sees."""
    time.sleep(seconds)


async def watched(lateness, work):
    """Give the longest stall while `work` was under way."""
    began = lateness.begin()
    try:
        await work()
        return lateness.since(began)
    finally:
        lateness.end()


async def blocked():
    """Wait a little, block the loop, and wait a little more."""
    await asyncio.sleep(0.06)
    block()
    await asyncio.sleep(0.06)


async def idle():
    """Wait for longer than a stall without doing anything."""
    await asyncio.sleep(BLOCKED)


def test_a_loop_that_was_blocked_is_seen():
    """A loop that could not run for 0.3 s was late by about so much, whether it looked since or not."""
    assert STALL <= asyncio.run(watched(Lateness(), blocked)) < 10

    async def at_once():
        block()

    assert STALL <= asyncio.run(watched(Lateness(), at_once)) < 10


def test_an_idle_loop_is_not_late():
    """Waiting is no lateness; a busy machine gets three attempts to run this in peace."""
    assert any(asyncio.run(watched(Lateness(), idle)) == 0 for _ in range(3))


def test_only_what_came_later_counts():
    """A stall belongs to what was under way: not to what began after it, nor to when nobody watched."""

    async def main():
        lateness = Lateness()
        early = lateness.begin()
        block()
        await asyncio.sleep(0.06)
        late = lateness.begin()
        seen = lateness.since(early), lateness.since(late)
        lateness.end()
        lateness.end()
        block()
        return *seen, lateness.since(lateness.begin())

    first, second, third = asyncio.run(main())
    assert first >= STALL
    assert (second, third) == (0, 0)


def test_runs_of_one_loop_share_a_watch_and_not_what_was_missed_before():
    """All that run on a loop are watched by one, and whoever begins behind a stall of another's has missed nothing."""

    async def main():
        early = lateness().begin()
        block()
        late = lateness().begin()
        seen = lateness().since(early), lateness().since(late)
        lateness().end()
        lateness().end()
        return seen

    first, second = asyncio.run(main())
    assert first >= STALL
    assert second == 0


def test_nested_users_share_one_pulse():
    """While one of two still watches, the other's end changes nothing; after the last, no timer is left behind."""

    async def main():
        lateness = Lateness()
        began = lateness.begin()
        lateness.begin()
        lateness.end()
        await idle()
        seen = lateness.since(began)
        lateness.end()
        # There is no public list of what is scheduled.
        scheduled = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
        return seen, [each for each in scheduled if not each.cancelled()]

    tries = [asyncio.run(main()) for _ in range(2)]
    assert min(seen for seen, _ in tries) == 0
    assert [pulses for _, pulses in tries] == [[], []]


def delivered(url, *, limit, stop):
    """Deliver one message while the loop is blocked for `stop` seconds, from 0.1 s on."""
    callback = configure(parse_target(url), SIGFOX_CLOUD, "0badcafe")
    message = MessageFactory("516C4EC0", "0102", 1_795_000_000, 7).message()

    async def main():
        deliver = HttpTransport(Resolver())
        work = asyncio.create_task(deliver(Delivery(message, callback.render(message), limit, limit)))
        await asyncio.sleep(0.1)
        if stop:
            block(stop)
        return await work

    return asyncio.run(main())


@pytest.mark.parametrize("tls", [False, True])
def test_an_answer_that_overtakes_our_own_sending_took_its_time(tls, tmp_path, monkeypatch):
    """A process that is held up as it has sent does not say that the answer took no time, and its phases add up."""
    send = Link.send

    async def held_up(link, data):
        await send(link, data)
        block(0.05)

    monkeypatch.setattr(Link, "send", held_up)
    context = context_of(pki.chain(now=datetime.now(UTC)), tmp_path) if tls else None
    with misbehaving("answers", tls=context) as server:
        exchange = delivered(server.url, limit=10, stop=0)
    phases = structs.asdict(exchange.phases)
    assert isinstance(exchange.outcome, Answer)
    assert exchange.answered_after == exchange.phases.wait > 0
    assert exchange.phases.send >= 0
    spent = sum(value or 0 for name, value in phases.items() if name != "body")
    assert spent == pytest.approx(exchange.total, abs=1e-9)


def test_an_answer_that_came_meanwhile_is_marked():
    """An answer that waited for this process is an answer, and says for how long this process could not run."""
    with misbehaving("answers-late", seconds=0.2) as server:
        seen = delivered(server.url, limit=5.0, stop=0.5)
    assert isinstance(seen.outcome, Answer)
    assert 0.4 < seen.stalled < 5


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("answers-late", {FailureKind.LOCAL, None}),
        ("reads-never-answers", {FailureKind.LOCAL}),
        ("accepts-never-reads", {FailureKind.LOCAL}),
    ],
)
def test_a_deadline_that_passed_while_this_process_was_stopped_is_ours(name, kinds):
    """Where the limit went by while nothing could be read, nobody knows whether an answer had come."""
    with misbehaving(name, seconds=0.2) as server:
        seen = delivered(server.url, limit=0.4, stop=0.8)
    kind = None if isinstance(seen.outcome, Answer) else seen.outcome.kind
    assert kind in kinds
    assert kind is None or "this process was held up for 0." in seen.outcome.detail
    assert seen.stalled > 0.5


@pytest.mark.parametrize(
    ("kind", "listen", "stopped", "ours"),
    [
        (FailureKind.NO_ANSWER, 30.0, 2.9, False),
        (FailureKind.NO_ANSWER, 30.0, 3.0, True),
        (FailureKind.NO_ANSWER, 1.0, 0.24, False),
        (FailureKind.NO_ANSWER, 1.0, 0.25, True),
        (FailureKind.NO_CONNECTION, 10.0, 1.0, True),
        (FailureKind.NOT_SENT, 10.0, 1.0, True),
        (FailureKind.TLS_FAILED, 10.0, 1.0, True),
        (FailureKind.TLS_FAILED, 10.0, 0.9, False),
        (FailureKind.CLOSED, 1.0, 0.9, False),
        (FailureKind.CLOSED, 30.0, 1.0, True),
        (FailureKind.RESET, 30.0, 1.0, True),
        (FailureKind.REFUSED, 10.0, 9.0, False),
        (FailureKind.UNRESOLVED, 10.0, 9.0, False),
        (FailureKind.MALFORMED, 10.0, 9.0, False),
        (FailureKind.CUT, 10.0, 9.0, False),
    ],
)
def test_how_long_a_stop_excuses_what(kind, listen, stopped, ours):
    """A tenth of the time to listen excuses silence, a second excuses a peer that hung up, nothing a refusal."""
    callback = configure(parse_target("http://127.0.0.1:1/"), SIGFOX_CLOUD, "0badcafe")
    message = MessageFactory("516C4EC0", "0102", 1_795_000_000, 7).message()
    delivery = Delivery(message, callback.render(message), 10.0, listen)

    async def made():
        return Attempt(delivery, Resolver(), trusting_context(), lambda chain: None)

    attempt = asyncio.run(made())
    assert attempt._may_be_ours(failure(kind), stopped) is ours


class Napping:
    """A resolver that blocks the whole process for over a second at the first `naps` looks."""

    def __init__(self, naps):
        self._naps = naps
        self.asked = 0

    async def resolve(self, host, port, limit):
        self.asked += 1
        if self.asked <= self._naps:
            block(LONG_STOP + 0.15)
        return Resolution(("127.0.0.1",), 0.0)


@pytest.mark.parametrize(("naps", "looks"), [(0, 1), (1, 2), (9, 3)])
def test_a_look_at_the_network_is_made_again(naps, looks):
    """What was looked at while this process was stopped is looked at again, three times at the most."""
    resolver = Napping(naps)

    async def main(url):
        examine = sockets(structs.replace(planned(url), resolver=resolver)).examine_network
        assert examine is not None
        return await examine()

    with misbehaving("answers") as server:
        facts = asyncio.run(main(server.url))
    assert resolver.asked == looks
    assert [each.outcome for each in facts.addresses] == ["connected"]


def stopped_once(server, *options, seconds):
    """Verify a server, stopping the process for `seconds` as soon as its first request was read; give the report."""
    command = [*PROGRAM, "verify", server.url, "--allow-private", "--format", "json", "-q", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        give_up = time.monotonic() + 30
        while not server.requests and time.monotonic() < give_up:
            server.stopping.wait(0.005)
        process.send_signal(signal.SIGSTOP)
        server.stopping.wait(seconds)
        process.send_signal(signal.SIGCONT)
        out, _ = process.communicate(timeout=60)
    return process.returncode, json.loads(out)


def test_a_process_that_was_stopped_accuses_nobody(tmp_path):
    """A process that is stopped for longer than the limit while an answer is due takes the sample again."""
    policy = tmp_path / "policy.json"
    policy.write_text('{"answer_limit": 1.0}')
    options = ("--policy", str(policy), "--only", "reach,response,deadline", "--samples", "2", "--patience", "0")
    with misbehaving("answers-late", seconds=0.3) as server:
        code, document = stopped_once(server, *options, seconds=1.3)
        bodies = [request.partition(b"\r\n\r\n")[2] for request in server.requests]
    seen = document["evidence"]
    assert (code, document["verdict"]) == (0, "compliant")
    assert {each["rule"] for each in document["results"] if each["status"] == "fail"} == set()
    # A machine with much to do may hold it up once more.
    assert (len(seen["samples"]), seen["disturbed"][0]["stalled"] > 1) == (2, True)
    assert len(bodies) == len(set(bodies)) == 4
