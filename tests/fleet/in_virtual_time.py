"""Receivers of odd designs for scripted runs in virtual time, and what came of such a run."""

import pytest

from sigcheck.model.rule import Status
from tests.scripted import ScriptedObserver, Served
from tests.test_replay import play

FAMILIES = ("response", "deadline", "retry", "dedup")
NOW = 1_795_000_000
KINDS = pytest.mark.parametrize("per_message", [True, False], ids=["per-message", "total"])


class Traffic:
    """The total of a receiver to which somebody else's message comes every `period` seconds, from `first` on."""

    def __init__(self, receiver, period, first):
        self.clock, self.receive, self.of = receiver.clock, receiver.receive, receiver.of
        self._receiver, self._period, self._first = receiver, period, 1000 + first

    def total(self, message):
        others = max(0, 1 + int((self.clock.now() - self._first) / self._period)) * (self.clock.now() >= self._first)
        return self._receiver.total(message) + others


class Receiver:
    """Has one effect for each message, at once; `refuse(message, delivery)` gives a status in its place, or None."""

    def __init__(self, clock, refuse=lambda message, delivery: None, key=lambda message: message.identity):
        self.clock = clock
        self._refuse, self._key = refuse, key
        self._seen = set()
        self._effects = []

    def receive(self, message, delivery, done_at):
        refused = self._refuse(message, delivery)
        if refused is not None:
            return refused
        if self._key(message) not in self._seen:
            self._seen.add(self._key(message))
            self._effects.append((message.identity, self.shows_at(done_at)))
        return 204

    def shows_at(self, done_at):
        return done_at

    def of(self, message):
        return sum(who == message.identity and at <= self.clock.now() + 1e-9 for who, at in self._effects)

    def total(self, _message):
        return sum(at <= self.clock.now() + 1e-9 for _, at in self._effects)


def verified(receiver, *, per_message=True, speed=60.0, families=FAMILIES, took=0.02, workers=None, **given):
    """Verify a receiver with an observer of single messages or of all."""
    count = ScriptedObserver(receiver.of if per_message else receiver.total, per_message=per_message)
    deliver = Served(receiver.clock, receiver.receive, took=took, workers=workers)
    return play(receiver.clock, deliver, observer=count, speed=speed, families=families, **given)


def failed(report, *levels):
    """Give the rules that failed, as `must` or `should` or of some levels."""
    wanted = levels or ("must", "should")
    return [each.rule for each in report.results if each.status is Status.FAIL and each.level in wanted]


def said(report, rule):
    """Give the summary of a rule."""
    return next(each.summary for each in report.results if each.rule == rule)


class Batch(Receiver):
    """Works through what came every `every` seconds."""

    def __init__(self, clock, every):
        super().__init__(clock)
        self._every = every

    def shows_at(self, done_at):
        return (done_at // self._every + 1) * self._every


class Cached:
    """An observer that repeats its answer for `lasts` seconds."""

    def __init__(self, receiver, lasts):
        self.clock, self.receive, self.total = receiver.clock, receiver.receive, receiver.total
        self._receiver, self._lasts, self._answers = receiver, lasts, {}

    def of(self, message):
        asked, answer = self._answers.get(message.identity, (0.0, 0))
        if self.clock.now() - asked > self._lasts:
            asked, answer = self._answers[message.identity] = self.clock.now(), self._receiver.of(message)
        return answer
