"""The replay on the Cloud's own schedule, in milliseconds: a clock that moves when slept on, a scripted transport."""

import asyncio
from itertools import count as count_from

import pytest
from msgspec import structs

from sigcheck.environment import Environment
from sigcheck.message import MessageFactory
from sigcheck.model.delivery import FailureKind, Phase
from sigcheck.model.effects import NotPlayedKind
from sigcheck.model.events import Delivered, KnownSoFar, Waiting
from sigcheck.model.rule import Status
from sigcheck.policy import SIGFOX_CLOUD
from sigcheck.report import RenderOptions, render
from sigcheck.runs import Run
from tests.clock import FakeClock
from tests.evidence import answer, failure, network
from tests.running import planned
from tests.scripted import Effects, ScriptedDelivery, ScriptedObserver

LOOK = RenderOptions(version="0", width=200, colour=False, ascii=False, detail=0)
REFUSED = failure(FailureKind.REFUSED, Phase.CONNECT, "the connection was refused")


def play(
    clock,
    deliver,
    *,
    observer=None,
    speed=1.0,
    counted="previous",
    families=("retry",),
    only=(),
    policy=SIGFOX_CLOUD,
    tell=None,
    ends=lambda event: False,
    url="https://receiver.example/",
    fail_header=None,
    hooks=None,
    samples=2,
    device=None,
    factory=None,
    effects_within=60.0,
    keep_going=False,
    allow_undecided=(),
    observe_later=False,
    callback=None,
):
    """Play a run against scripts and judge it; it is asked to end at the first event that `ends`."""
    plan = planned(
        url,
        policy=policy,
        only=(*families, *only),
        observer=observer,
        shortest=observer.facts.settle if observer else 0.0,
        speed=speed,
        schedule_from=counted,
        samples=samples,
        fail_header=fail_header,
        effects_within=effects_within,
        keep_going=keep_going,
        allow_undecided=allow_undecided,
        observe_later=observe_later,
        callback=callback,
        factory=factory or MessageFactory(device or "516C4EC0", "0102", 1_795_000_000, 7, given=device is not None),
    )
    plan = structs.replace(plan, commands=dict.fromkeys(hooks or {}, ("scripted",)))

    async def examine_network():
        return network()

    async def examine_tls(_network):
        raise AssertionError("no tls rule was asked for")

    def run_hook(hook):
        return lambda message, _address: hook(message)

    environment = Environment(
        transport=deliver,
        examine_network=examine_network,
        examine_tls=examine_tls,
        hooks={kind: run_hook(hook) for kind, hook in (hooks or {}).items()},
        wall=clock.wall,
        time="virtual",
    )

    def watch(event):
        if tell is not None:
            tell(event)
        if ends(event):
            run.end("interrupted")

    run = Run(plan.config, environment, watch, plan=plan)
    return clock.run(run.play())


def status(report, rule):
    """Give what came of a rule."""
    return next(result.status for result in report.results if result.rule == rule)


@pytest.mark.parametrize(
    ("counted", "took", "sent"),
    [
        ("previous", 0.0, [0, 60, 180, 420]),
        ("first", 0.0, [0, 60, 120, 240]),
        # The endpoint would take 12 s: each delivery is cut at 10, and the waits begin there.
        ("previous", 12.0, [0, 70, 200, 450]),
        ("first", 12.0, [0, 70, 130, 250]),
    ],
    ids=["previous", "first", "previous-slow", "first-slow"],
)
def test_the_real_schedule(counted, took, sent):
    """The identical message goes out at 0, 1, 3 and 7 minutes, or at 0, 1, 2 and 4, after each time-out."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock, took=took)
    report = play(clock, deliver, counted=counted)
    assert [moment - 1000 for moment in deliver.arrived] == sent
    # The report is judged when what was due has begun for certain, two milliseconds later.
    assert sum(clock.sleeps) == pytest.approx(sent[-1] + min(took, 10), abs=0.003)
    scenario = report.evidence.scenario("retry")
    assert [exchange.due for exchange in scenario.exchanges] == [None, *sent[1:]]
    assert len({(delivery.request, delivery.message) for delivery in deliver.deliveries}) == 1
    assert [delivery.attempt for delivery in deliver.deliveries] == [1, 2, 3, 4]
    assert scenario.not_played is None


def test_compressed():
    """At sixty times the speed the waits are seconds, and the answer limit is still the Cloud's."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock, took=12.0)
    play(clock, deliver, speed=60.0)
    assert [moment - 1000 for moment in deliver.arrived] == [0, 11, 23, 37]
    assert {delivery.listen for delivery in deliver.deliveries} == {10.0}


@pytest.mark.parametrize("per_message", [True, False], ids=["per-message", "total"])
@pytest.mark.parametrize("speed", [1.0, 60.0], ids=["real", "compressed"])
def test_observing_never_moves_a_delivery(speed, per_message):
    """With an observer that takes its time to settle, deliveries still go out when they are due."""
    clock = FakeClock()
    effects = Effects()
    deliver = ScriptedDelivery(clock, happens=effects.arrives)
    count = ScriptedObserver(effects.of if per_message else effects.total, per_message=per_message)
    report = play(clock, deliver, observer=count, speed=speed, families=("retry", "dedup"))
    scenario = report.evidence.scenario("retry")
    late = [exchange.started - exchange.due for exchange in scenario.exchanges if exchange.due is not None]
    assert len(late) >= 3
    assert max(late) < 0.05
    assert min(late) >= 0
    assert [each.rule for each in report.results if each.status is Status.FAIL and each.level != "note"] == []
    assert status(report, "dedup-duplicate") is Status.PASS
    assert status(report, "dedup-lost") is Status.PASS


@pytest.mark.parametrize("per_message", [True, False], ids=["per-message", "total"])
def test_a_naive_receiver_is_caught(per_message):
    """A receiver whose every copy has an effect fails dedup-duplicate, by counting alone: its answers are all 204."""
    clock = FakeClock()
    effects = Effects(naive=True)
    deliver = ScriptedDelivery(clock, happens=effects.arrives)
    count = ScriptedObserver(effects.of if per_message else effects.total, per_message=per_message)
    report = play(clock, deliver, observer=count, families=("retry", "dedup"))
    assert status(report, "dedup-duplicate") is Status.FAIL
    assert status(report, "retry-rejected") is Status.PASS
    assert report.verdict == "non-compliant"


def test_effects_that_come_slowly_are_waited_for():
    """A receiver that works for 1.5 s after its answer has its effect counted, and is not accused of losing it."""
    clock = FakeClock()
    moments = []
    deliver = ScriptedDelivery(clock, happens=lambda message: moments.append((clock.now(), message.identity)))

    def count(message):
        first = next((moment for moment, identity in moments if identity == message.identity), None)
        return int(first is not None and clock.now() >= first + 1.5)

    report = play(clock, deliver, observer=ScriptedObserver(count), only=("dedup-lost",))
    assert status(report, "dedup-lost") is Status.PASS
    counts = report.evidence.scenario("retry").counts
    assert counts[0].effects == 0
    assert all(counted.effects == 1 for counted in counts if counted.label.startswith("after delivery"))


def test_a_total_that_falls_accuses_nobody():
    """A total that goes back between two deliveries is the observer's fault, not a lost message."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock)
    count = ScriptedObserver(lambda _message: 9 if len(deliver.arrived) < 4 else 4, per_message=False)
    report = play(clock, deliver, observer=count, only=("dedup-lost", "dedup-duplicate", "dedup-observer"), families=())
    assert [each.rule for each in report.results if each.status is Status.FAIL] == ["dedup-observer"]
    assert "the total went back from 9 to 4" in next(
        each.summary for each in report.results if each.rule == "dedup-observer"
    )


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (lambda times: "the observer answered 500", "the observer answered 500"),
        (lambda times: 7, "7 for a message that was never sent"),
        (lambda times: "it is gone" if times > 2 else min(1, times), "it is gone"),
        (lambda times: 0 if times > 2 else min(1, times), "the count went back from 1 to 0"),
    ],
    ids=["errs", "counts-others", "dies-midway", "changes-its-mind"],
)
def test_a_faulty_observer_accuses_nobody(fault, says):
    """Whatever an observer does, dedup-observer says so and the effect rules stay open."""
    clock = FakeClock()
    effects, times = Effects(), Effects(naive=True)

    def happens(message):
        effects.arrives(message)
        times.arrives(message)

    def count(message):
        return fault(times.of(message)) if message.device == "516C4EC0" else effects.of(message)

    deliver = ScriptedDelivery(clock, happens=happens)
    report = play(clock, deliver, observer=ScriptedObserver(count), families=("retry", "dedup"))
    accused = [each.rule for each in report.results if each.status is Status.FAIL]
    assert accused == ["dedup-observer"]
    said = next(each for each in report.results if each.rule == "dedup-observer")
    assert any(says in finding.message for finding in said.findings)
    assert status(report, "dedup-duplicate") is Status.UNDECIDED
    assert status(report, "dedup-lost") is Status.UNDECIDED
    assert report.verdict == "undecided"
    # What fails before anything is sent costs no minutes.
    broken = report.evidence.observer_check.fault is not None
    assert (clock.now() - 1000 < 5, len(report.evidence.scenario("retry").exchanges) < 4) == (broken, broken)


def test_an_observer_that_errs_now_and_then_is_asked_again():
    """One failed poll in seven decides nothing: where a reading rests on a single one, it is asked once more."""
    clock, effects, polls = FakeClock(), Effects(), count_from(1)

    def count(message):
        return "the observer answered 500" if next(polls) % 7 == 0 else effects.of(message)

    deliver = ScriptedDelivery(clock, happens=effects.arrives)
    report = play(clock, deliver, observer=ScriptedObserver(count), families=("retry", "dedup"))
    assert report.verdict == "compliant"
    assert next(polls) > 70


def test_an_observer_that_failed_is_not_asked_again_in_its_scenario():
    """A fault makes a scenario's counts useless, so an observer that hangs is waited for once in each."""
    clock, asked, effects = FakeClock(), [], Effects()

    async def count(message):
        if message.device in {"516C4EC0", "516C4EC1", "516C4EC2"}:
            return effects.of(message)
        asked.append(message)
        await asyncio.sleep(10)
        return "the observer did not answer within 10 s"

    deliver = ScriptedDelivery(clock, happens=effects.arrives)
    play(clock, deliver, observer=ScriptedObserver(count), families=("retry", "dedup"))
    scenarios = 4
    assert len({message.identity for message in asked}) == len(asked) > scenarios


def test_an_unreached_receiver_is_not_waited_for():
    """Where the first delivery gets no connection, nobody waits seven minutes for the next."""
    clock = FakeClock()
    report = play(clock, ScriptedDelivery(clock, answers=[REFUSED]))
    assert clock.sleeps == []
    replay = report.evidence.scenario("retry")
    assert replay.not_played == "the first delivery did not reach the receiver"
    assert replay.left is NotPlayedKind.UNREACHED
    assert report.verdict == "undecided"


def test_a_receiver_that_never_answers_is_not_replayed():
    """Where no sample was answered, the replay would show nothing more."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock, answers=[REFUSED])
    report = play(clock, deliver, families=("response", "retry"))
    assert len(deliver.arrived) == 2
    said = "no sample was answered, so the retries were not sent; --keep-going sends them anyway"
    replay = report.evidence.scenario("retry")
    assert (replay.not_played, replay.left) == (said, NotPlayedKind.NOT_ACCEPTED)


@pytest.mark.parametrize(("keep_going", "sent"), [(False, 3), (True, 7)])
def test_what_is_refused_is_not_replayed(keep_going, sent):
    """Where every sample was refused, seven minutes would show nothing more: the user may ask for them by name."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock, answers=[answer(404)])
    report = play(clock, deliver, families=("response", "retry"), keep_going=keep_going)
    assert len(deliver.arrived) == sent
    assert (clock.now() - 1000 > 400) is keep_going
    said = "no sample was accepted (404), so the retries were not sent; --keep-going sends them anyway"
    summary = next(each.summary for each in report.results if each.rule == "retry-rejected")
    assert (summary == said) is not keep_going
    assert report.verdict == "non-compliant"


def test_one_accepted_sample_is_enough_for_a_replay():
    """A receiver that refuses now and then is worth the schedule, and so is one that only limits the rate."""
    for answers in ([answer(500), answer(204), answer(500)], [answer(429)]):
        clock = FakeClock()
        deliver = ScriptedDelivery(clock, answers=answers)
        play(clock, deliver, families=("response", "retry"))
        assert [each.attempt for each in deliver.deliveries if each.due is not None] == [2, 3, 4]


def test_what_is_known_is_told_before_the_waiting():
    """A person learns of a 500 before seven minutes pass, not after."""
    clock = FakeClock()
    told = []
    deliver = ScriptedDelivery(clock, answers=[answer(500)])
    watch = lambda event: told.append((clock.now(), event))  # noqa: E731
    play(clock, deliver, families=("response", "retry"), tell=watch, keep_going=True)
    kinds = [type(event) for _, event in told]
    assert kinds.index(KnownSoFar) < kinds.index(Delivered) < kinds.index(Waiting)
    known = next(event for _, event in told if isinstance(event, KnownSoFar))
    assert known.seconds == 420
    assert [result.rule for result in known.report.results if result.status is Status.FAIL] == ["response-not-2xx"]
    waits = [event for _, event in told if isinstance(event, Waiting)]
    assert list(dict.fromkeys(event.until - 1000 for event in waits)) == [60, 180, 420]


def test_a_cancelled_run_keeps_what_it_saw():
    """Cancelled while it waits for the third delivery, a run gives the first two and says that it was cut short."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock)

    report = play(clock, deliver, ends=lambda event: isinstance(event, Waiting) and event.number == 3)
    assert (report.verdict, report.exit_code) == ("interrupted", 130)
    assert report.evidence.interrupted == "interrupted"
    scenario = report.evidence.scenario("retry")
    assert len(scenario.exchanges) == report.evidence.requests == 2
    assert scenario.not_played == "the run ended before this scenario did"
    assert scenario.left is NotPlayedKind.CUT_SHORT


@pytest.mark.parametrize(
    ("answered", "rule", "says"),
    [
        (0, "response-not-2xx", "interrupted while the first delivery waited for its answer"),
        (0, "retry-rejected", "interrupted before the replay"),
        (3, "retry-rejected", "interrupted while the replay's first delivery waited for its answer"),
    ],
)
def test_what_is_in_flight_when_a_run_is_cut_short_was_sent(answered, rule, says):
    """The receiver may have stored it: it counts as a request, and the sentences and the head do not deny it."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock, took=3.0)
    plan = planned("https://receiver.example/", only=("response", "retry"), samples=2)
    environment = Environment(transport=deliver, wall=clock.wall, time="virtual")
    run = Run(plan.config, environment, plan=plan)

    async def main():
        asyncio.get_running_loop().call_later(answered * 3.0 + 1.0, run.end, "interrupted by SIGTERM")
        return await run.play()

    report = clock.run(main())
    assert report.evidence.requests == len(deliver.deliveries) == answered + 1
    assert len(report.evidence.samples) + len(report.evidence.singles) == answered
    assert says in next(each.summary for each in report.results if each.rule == rule)
    assert plan.settings.device in [each.first for each in report.devices]
    assert f" {plan.settings.device}" in render(report, "text", LOOK)


def test_a_broken_probe_breaks_alone():
    """A bug in one probe is reported as one and does not take the other probes' facts with it."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock)

    async def broken(delivery):
        if len(deliver.arrived) < 1:
            return await deliver(delivery)
        raise KeyError("a bug")

    report = play(clock, broken, families=("reach", "response"))
    assert [(each.probe, each.detail) for each in report.evidence.breakdowns] == [("delivery", "KeyError: 'a bug'")] * 2
    assert len(report.evidence.samples) == 1
    assert report.exit_code == 4


def test_the_policy_is_a_parameter():
    """Another policy's waits and limit are the ones that are played."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock, took=9.0)
    play(clock, deliver, policy=structs.replace(SIGFOX_CLOUD, answer_limit=5.0, retry_waits=(1.0, 2.0)))
    assert [moment - 1000 for moment in deliver.arrived] == [0, 6, 13]
