"""Receivers of odd designs, against scripts: good ones that are easily accused, and bad ones that are easily passed."""

import pytest

from sigcheck.model.delivery import Failure, FailureKind, Phase
from sigcheck.model.report import Status
from sigcheck.probes.replay import HookFault
from tests.clock import FakeClock
from tests.scripted import ScriptedCount, Served
from tests.test_replay import play, status

FAMILIES = ("response", "deadline", "retry", "dedup")
NOW = 1_795_000_000
KINDS = pytest.mark.parametrize("per_message", [True, False], ids=["per-message", "total"])


class Receiver:
    """Has one effect for each message, at once; `refuse(message, dispatch)` gives a status in its place, or None."""

    def __init__(self, clock, refuse=lambda message, dispatch: None, key=lambda message: message.identity):
        self.clock = clock
        self._refuse, self._key = refuse, key
        self._seen = set()
        self._effects = []

    def receive(self, message, dispatch, done_at):
        refused = self._refuse(message, dispatch)
        if refused is not None:
            return refused
        if self._key(message) not in self._seen:
            self._seen.add(self._key(message))
            self._effects.append((message.identity, self.shows_at(done_at)))
        return 204

    def shows_at(self, done_at):
        return done_at

    def of(self, message):
        return sum(who == message.identity and at <= self.clock.now() for who, at in self._effects)

    def total(self, _message):
        return sum(at <= self.clock.now() for _, at in self._effects)


def verified(receiver, *, per_message=True, speed=60.0, families=FAMILIES, took=0.02, workers=None, **given):
    """Verify a receiver with an observer of single messages or of all."""
    count = ScriptedCount(receiver.of if per_message else receiver.total, per_message=per_message)
    deliver = Served(receiver.clock, receiver.receive, took=took, workers=workers)
    return play(receiver.clock, deliver, count=count, speed=speed, families=families, **given)


def failed(report):
    """Give the rules that failed."""
    return [each.rule for each in report.results if each.status is Status.FAIL]


def said(report, rule):
    """Give the summary of a rule."""
    return next(each.summary for each in report.results if each.rule == rule)


@KINDS
@pytest.mark.parametrize("all_but", [0, 1], ids=["all", "all-but-one"])
def test_a_race_that_was_turned_away_is_not_won(all_but, per_message):
    """Copies that got 429 did not race: the rule is open, and says so."""
    raced = []

    def refuse(message, dispatch):
        if dispatch.gate is None:
            return None
        raced.append(message)
        return 429 if raced.count(message) > all_but else None

    report = verified(Receiver(FakeClock(), refuse), per_message=per_message)
    assert status(report, "dedup-race") is Status.INCONCLUSIVE
    assert "were turned away" in said(report, "dedup-race")
    assert failed(report) == []


@KINDS
def test_an_older_message_that_is_refused_is_found(per_message):
    """A receiver that answers 409 to what is older than the last message loses it as surely as one that drops it."""
    newest = {}

    def refuse(message, _dispatch):
        known = newest.setdefault(message.device, message)
        if message.time < known.time:
            return 409
        newest[message.device] = message
        return None

    report = verified(Receiver(FakeClock(), refuse), per_message=per_message)
    assert failed(report) == ["dedup-disorder"]
    assert "was answered 409" in said(report, "dedup-disorder")


def test_a_repeat_that_hangs_is_not_an_accepted_one():
    """Where repeats time out, retry-rejected does not say that they were accepted, even if judged alone."""
    known = set()

    def refuse(message, _dispatch):
        if message in known:
            return Failure(FailureKind.NO_ANSWER, Phase.WAIT, "no answer")
        known.add(message)
        return None

    report = verified(Receiver(FakeClock(), refuse), families=("retry",))
    assert status(report, "retry-rejected") is Status.INCONCLUSIVE
    assert report.verdict == "undecided"


@pytest.mark.parametrize(
    ("retried", "expected", "words"),
    [
        (409, Status.FAIL, "delivery 2 was answered 409"),
        (500, Status.INCONCLUSIVE, "and so did its retry"),
        (429, Status.INCONCLUSIVE, "and so did its retry"),
        (None, Status.PASS, "its retry had 1 effect"),
    ],
)
def test_a_failure_whose_retry_is_refused(retried, expected, words):
    """A retry that is refused as a duplicate lost the message; one that met the same failure shows nothing."""
    failures = []

    def refuse(message, dispatch):
        if ("X-Fail", "1") in dispatch.request.headers:
            failures.append(message)
            return 500
        return retried if message in failures else None

    report = verified(Receiver(FakeClock(), refuse), fail_header=("X-Fail", "1"))
    assert status(report, "dedup-failure") is expected
    assert words in said(report, "dedup-failure")


def test_a_fail_command_that_fails_leaves_the_rule_open():
    """Where the hook does not work nothing was delivered, and the rule says why instead of breaking."""

    async def hook(_message):
        raise HookFault("--fail-command: the command 'false' exited 1")

    report = verified(Receiver(FakeClock()), hooks={"fail": hook})
    assert status(report, "dedup-failure") is Status.INCONCLUSIVE
    assert "exited 1" in said(report, "dedup-failure")


def test_a_receiver_that_does_not_come_back_from_its_restart_passes_nothing():
    """A copy that met a closed port after the restart proves no memory."""
    down = []

    async def hook(_message):
        down.append(True)

    refused = Failure(FailureKind.REFUSED, Phase.CONNECT, "the connection was refused")
    report = verified(Receiver(FakeClock(), lambda *_: refused if down else None), hooks={"restart": hook})
    assert status(report, "dedup-restart") is Status.INCONCLUSIVE
    assert "the connection was refused" in said(report, "dedup-restart")
