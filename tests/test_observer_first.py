"""A broken observer costs seconds, not eight minutes: it is asked before anything is sent, and once a message was."""

import pytest

from sigcheck.model.effects import NotPlayedKind
from sigcheck.model.rule import Status
from sigcheck.report import RenderOptions, render
from tests.clock import FakeClock
from tests.scripted import Effects, ScriptedDelivery, ScriptedObserver
from tests.test_replay import play

FAMILIES = ("response", "retry", "dedup")


def counting(count, *, per_message=True, happens=None, **more):
    """Play a run with an observer; gives the report and the seconds that it took."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock, happens=happens)
    observer = ScriptedObserver(lambda message: count(message, clock.now()), per_message=per_message)
    report = play(clock, deliver, observer=observer, families=FAMILIES, **more)
    return report, clock.now() - 1000


def result(report, rule):
    """Give what came of a rule."""
    return next(each for each in report.results if each.rule == rule)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("the observer answered 404", "the observer answered 404"),
        (3, "the observer counts 3 for a message that was never sent"),
    ],
    ids=["errs", "counts-what-was-never-sent"],
)
def test_what_fails_before_anything_is_sent(said, fault):
    """The samples are taken all the same, nothing is replayed, and the question stands in the finding."""
    report, took = counting(lambda _message, _now: said, samples=20, allow_undecided=("*",))
    assert took < 2
    assert len(report.evidence.samples) == 20
    assert report.evidence.scenario("retry").exchanges == ()
    finding = result(report, "dedup-observer").findings[0]
    assert finding.message == f"{fault} (asked before anything was sent: a script), so the replay was not played"
    for rule in ("dedup-duplicate", "dedup-lost", "retry-rejected"):
        assert result(report, rule).status is Status.UNDECIDED
        assert fault in result(report, rule).summary
    assert (report.verdict, report.exit_code) == ("undecided", 3)


@pytest.mark.parametrize(("speed", "most"), [(1.0, 75), (240.0, 75)])
@pytest.mark.parametrize(("constant", "per_message"), [(0, True), (0, False), (7, False)])
def test_an_observer_that_always_says_the_same(constant, per_message, speed, most):
    """It is told of after a minute, as what it said and when; nobody is accused, and nothing excuses it."""
    report, took = counting(
        lambda _message, _now: constant, per_message=per_message, speed=speed, allow_undecided=("*",)
    )
    assert took < most
    assert [each.rule for each in report.results if each.status is Status.FAIL] == []
    observer = result(report, "dedup-observer")
    assert observer.status is Status.UNDECIDED
    assert f" after the first message was accepted, the observer said {constant}; " in observer.summary
    assert f"before anything was sent, it had said {constant}; asked: a script" in observer.summary
    assert result(report, "dedup-duplicate").status is Status.UNDECIDED
    assert (report.verdict, report.exit_code) == ("undecided", 3)
    scenario = report.evidence.scenario("retry")
    assert max(each.attempt for each in scenario.exchanges) == 2
    assert scenario.left is NotPlayedKind.NO_EFFECT
    left = [(each.not_played, each.left) for each in report.evidence.scenarios if each.scenario == "disorder"]
    words = "the replay ended early, because no effect of its first message was counted"
    assert speed == 1 or left == [(words, NotPlayedKind.NO_EFFECT)]


@pytest.mark.parametrize("allow", [(), ("*",)], ids=["undecided", "allowed"])
def test_a_quiet_report_says_what_is_wrong_with_the_observer(allow):
    """Its line names it first: nothing else says why the run is no pass. The whole report says what to do about it.

    What the other rules on effects would say is the same, so they are only named.
    """
    report, _ = counting(lambda _message, _now: 0, speed=240.0, allow_undecided=allow)
    text = render(report, "text", RenderOptions("0.1.0", width=200, detail=-1))
    assert report.exit_code == 3
    assert " after the first message was accepted, the observer said 0; " in text
    assert " · undecided: dedup-observer, dedup-duplicate, " in text
    assert text.count("\n") == 1
    whole = " ".join(render(report, "text", RenderOptions("0.1.0", width=200)).split())
    assert "To decide it: Send one message yourself and ask with `sigcheck observe`" in whole
    assert "--allow-undecided does not excuse this" in whole
    assert "Decide first: dedup-observer" in whole


def test_a_first_message_that_is_lost_while_others_are_not():
    """Where others beside it had their effects, the observer works, and the receiver lost what it accepted."""
    effects = Effects()

    def happens(message):
        if message.device != "516C4EC0":
            effects.arrives(message)

    report, took = counting(lambda message, _now: effects.of(message), happens=happens)
    assert took < 75
    assert result(report, "dedup-lost").status is Status.FAIL
    assert "the message was accepted, and" in result(report, "dedup-lost").summary
    assert result(report, "dedup-observer").status is Status.PASS


def test_a_slow_effect_is_waited_for_before_a_compressed_retry():
    """An effect that takes 20 s is there before the retry, so that both are told apart: nothing stays undecided."""
    effects, came = Effects(), {}
    clock = FakeClock()

    def happens(message):
        effects.arrives(message)
        came.setdefault(message.identity, clock.now() + 20)

    def count(message):
        return effects.of(message) if came.get(message.identity, clock.now() + 1) <= clock.now() else 0

    deliver = ScriptedDelivery(clock, happens=happens)
    report = play(clock, deliver, observer=ScriptedObserver(count), only=("dedup-lost",), families=(), speed=60.0)
    assert result(report, "dedup-lost").status is Status.PASS
    retry = [each for each in report.evidence.scenario("retry").exchanges if each.attempt == 2]
    assert retry[0].started > 20


def test_an_effect_that_comes_with_the_second_delivery_was_lost_with_the_first():
    """The replay goes on behind it: an effect that a retry brought is the receiver's to explain."""
    effects, seen = Effects(), Effects(naive=True)

    def happens(message):
        seen.arrives(message)
        if seen.of(message) > 1:
            effects.arrives(message)

    report, took = counting(lambda message, _now: effects.of(message), happens=happens)
    assert took > 400
    assert result(report, "dedup-lost").status is Status.FAIL
    messages = [finding.message for finding in result(report, "dedup-lost").findings]
    assert any("the effect came only with delivery 2" in message for message in messages)


@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_a_receiver_that_takes_new_messages_for_old_ones_is_found_out(speed):
    """The first message looks like a sample to it, and has no effect: the short scenarios say what it is about."""
    effects, seen = Effects(), set()

    def happens(message):
        if message.data not in seen:
            seen.add(message.data)
            effects.arrives(message)

    report, took = counting(lambda message, _now: effects.of(message), happens=happens, speed=speed)
    assert took < 150
    assert result(report, "dedup-distinct-dropped").status is Status.FAIL
    assert max(each.attempt for each in report.evidence.scenario("retry").exchanges) == 2
