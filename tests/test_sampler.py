"""Samples: how many are taken, when no more are, how a rate limit is obeyed, and that no message is sent twice."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from random import Random

import pytest
from msgspec import structs

from sigcheck.message import DRAWN_DEVICES, PACE, MessageFactory, drawn_device
from sigcheck.model.delivery import CROWD, FailureKind, Phase
from sigcheck.model.evidence import Settings
from sigcheck.model.pacing import asked_to_wait
from sigcheck.model.rule import Status
from sigcheck.scenario.choice import SHORT
from sigcheck.scenario.playing.sampler import (
    DEFAULT_SAMPLES,
    ENOUGH,
    FEWEST,
    GIVE_UP_AFTER,
    LONGEST,
    LONGEST_WAIT,
    MOST_DISTURBED,
    MOST_LIMITED,
    Sampler,
)
from tests.clock import FakeClock
from tests.evidence import answer, exchange, failure
from tests.scripted import Effects, ScriptedDelivery, ScriptedObserver, exchanged
from tests.test_replay import play
from tests.test_scenarios import plans, profile

NOW, SEED = 1_795_000_000, 2000
SILENT = failure(FailureKind.NO_CONNECTION, Phase.CONNECT, "no connection within 10 s")


def limited(wait=None, *, status=429, date=None):
    """Give the answer of a rate limit."""
    headers = (("Retry-After", wait),) if wait is not None else ()
    return answer(status, headers=(*headers, *((("Date", date),) if date else ())))


def take(outcomes, *, wanted=DEFAULT_SAMPLES, took=0.02, stalled=(), fewest=FEWEST):
    """Take samples of a receiver that answers with `outcomes`, the last for ever; give the messages and the clock.

    `stalled` are the places, counted from 0, at which this process was stopped meanwhile.
    """
    clock = FakeClock()
    sent = []

    async def deliver(message, number, of):
        place = len(sent)
        sent.append((message, number))
        await asyncio.sleep(took)
        made = exchange(outcomes[min(place, len(outcomes) - 1)], message=message)
        return structs.replace(made, stalled=3.0) if place in stalled else made

    clock.run(Sampler(deliver, MessageFactory("516C4EC0", "0102", NOW, SEED).sample).take(wanted, fewest))
    return sent, clock


def test_the_default_sees_one_fault_in_four():
    """As many samples as are usual miss a fault on one connection in four less than once in 100 runs."""
    sent, clock = take([answer()])
    assert Settings().samples == DEFAULT_SAMPLES == len(sent)
    assert 0.75**DEFAULT_SAMPLES < 0.01
    assert 0.9**ENOUGH < 0.01
    assert [number for _, number in sent] == list(range(1, DEFAULT_SAMPLES + 1))
    assert max(clock.sleeps) == pytest.approx(0.02)


@pytest.mark.parametrize(("took", "count"), [(0.5, DEFAULT_SAMPLES), (2.0, 10), (3.9, 6), (4.0, FEWEST), (9.0, FEWEST)])
def test_slow_answers_end_it_after_twenty_seconds_but_not_before_five(took, count):
    """Slow answers cost time: after 20 s no more are asked for, however slow, five are taken."""
    assert len(take([answer()], took=took)[0]) == count
    assert LONGEST == 20


def test_a_user_who_wants_few_gets_few():
    """Fewer than five are taken where fewer are wanted, at the end of a run none where none are missing."""
    assert len(take([answer()], wanted=1)[0]) == 1
    assert len(take([answer()], wanted=0, fewest=0)[0]) == 0
    assert len(take([answer()], wanted=40, fewest=0, took=9.0)[0]) == 3


@pytest.mark.parametrize(
    ("outcomes", "count"),
    [
        ([SILENT], GIVE_UP_AFTER),
        ([SILENT, answer(), SILENT], DEFAULT_SAMPLES),
        ([answer(), SILENT], DEFAULT_SAMPLES),
        ([answer(500)], DEFAULT_SAMPLES),
    ],
    ids=["from-the-start", "one-answered", "not-at-the-start", "errors"],
)
def test_two_without_an_answer_at_the_start_end_it(outcomes, count):
    """A receiver that answers nothing is not waited for seventeen times; one that answered once is sampled on."""
    assert len(take(outcomes)[0]) == count


def test_a_rate_limit_is_obeyed_from_then_on():
    """A 429 with Retry-After is waited for, and what follows keeps that pace: once too fast, it stays slow."""
    sent, clock = take([answer(), limited("3"), answer()])
    assert len(sent) == 8
    assert [each for each in clock.sleeps if each > 1] == [3.0] * 7


def test_the_longest_wait_for_a_rate_limit():
    """A limit that asks for minutes is not waited for longer than ten seconds a sample."""
    sent, clock = take([limited("600"), answer()])
    assert {each for each in clock.sleeps if each > 1} == {LONGEST_WAIT}
    assert len(sent) == FEWEST


@pytest.mark.parametrize(
    ("outcomes", "count"),
    [
        ([limited("1")], MOST_LIMITED),
        ([answer(), answer(), limited("1")], 2 + MOST_LIMITED),
        ([limited("1"), limited("1"), answer(), limited("1"), limited("1"), answer()], DEFAULT_SAMPLES),
    ],
    ids=["from-the-start", "later", "with-an-answer-between"],
)
def test_three_refused_in_a_row_end_it(outcomes, count):
    """A rate limit that refuses even at its own pace would refuse the rest too."""
    assert len(take(outcomes)[0]) == count


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (limited("7"), 7.0),
        (limited(), 1.0),
        (limited("soon"), 1.0),
        (limited("-3"), 1.0),
        (limited("٣"), 1.0),
        (limited("9" * 5000), 3600.0),
        (limited("0"), 0.0),
        (limited("5", status=503), 5.0),
        (limited(status=503), 0.0),
        (limited("5", status=500), 0.0),
        (answer(), 0.0),
        (SILENT, 0.0),
    ],
)
def test_what_an_answer_asks_for(outcome, seconds):
    """A 429 asks for its Retry-After, or a second; a 503 only for what it names; nothing else for anything."""
    assert asked_to_wait(exchange(outcome)) == seconds


@pytest.mark.parametrize(("ahead", "seconds"), [(30, 30.0), (-30, 0.0), (90_000, 3600.0)])
def test_a_moment_is_reckoned_by_the_servers_own_clock(ahead, seconds):
    """Retry-After as a date is compared with the answer's Date, whatever this machine's clock says."""
    here = datetime(2020, 1, 1, tzinfo=UTC)
    outcome = limited(
        format_datetime(here + timedelta(seconds=ahead), usegmt=True), date=format_datetime(here, usegmt=True)
    )
    assert asked_to_wait(exchange(outcome)) == seconds
    without = limited(format_datetime(here, usegmt=True))
    assert asked_to_wait(exchange(without)) == 1.0


def test_a_stalled_sample_is_taken_again_with_a_new_message():
    """What met a stopped process is taken again as the same sample, and never with the same message."""
    sent, _ = take([answer()], stalled={2, 3})
    assert [number for _, number in sent] == [1, 2, 3, 3, 3, *range(4, DEFAULT_SAMPLES + 1)]
    assert len({message.identity for message, _ in sent}) == len(sent) == DEFAULT_SAMPLES + 2


def test_a_machine_that_is_stopped_again_and_again_ends_it():
    """After five samples that had to be taken again, those that follow count: no run is without an end."""
    sent, _ = take([answer()], stalled=range(1000))
    assert len(sent) == DEFAULT_SAMPLES + MOST_DISTURBED
    assert len({message.identity for message, _ in sent}) == len(sent)


def test_a_stalled_silence_is_not_taken_for_the_receivers():
    """Two without an answer because this process was stopped do not end the samples."""
    assert len(take([SILENT, SILENT, answer()], stalled={0, 1})[0]) == DEFAULT_SAMPLES + 2


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("elapsed", [0, 1, 44, 431])
def test_the_messages_of_samples_are_fresh_and_differ(elapsed, given):
    """None is of the future, none older than a minute, and each has a second and a counter of its own."""
    factory = MessageFactory("516C4EC0", "0102", NOW, SEED, given=given)
    first = [factory.sample(number) for number in range(FEWEST + 1 + MOST_DISTURBED)]
    closing = [factory.sample(len(first) + number, 60 + elapsed, closing=True) for number in range(1, ENOUGH)]
    assert all(NOW - 60 < each.time <= NOW for each in first)
    assert all(NOW + elapsed < each.time <= NOW + 60 + elapsed for each in closing)
    everything = [*first, *closing, *factory.dated([factory.message()], 60 + elapsed)]
    assert len({each.time for each in everything}) == len(everything)
    assert len({each.seq_number for each in everything}) == len(everything)
    assert len({each.device for each in everything}) == (1 if given else len(everything))
    assert max(each.seq_number for each in first) < SEED < min(each.seq_number for each in closing)


@pytest.mark.parametrize("later", [0, 1, 600])
@pytest.mark.parametrize("key", ["device time", "device seq_number"])
def test_two_runs_share_no_fair_key(later, key):
    """A run beside another, in the same second or ten minutes later, makes no message that looks like one of it."""

    def keys(seed):
        random = Random(seed)
        factory = MessageFactory(
            drawn_device(random.randrange(DRAWN_DEVICES)), "0102", NOW + later * seed, random.randrange(4096)
        )
        made = [factory.sample(number) for number in range(ENOUGH)]
        made += [each for plan in plans(factory, profile()) for each in factory.dated(plan.messages, 1.0)]
        return [tuple(getattr(each, field) for field in key.split()) for each in made]

    first, second = keys(0), keys(1)
    assert not set(first) & set(second)


def test_samples_of_one_device_are_paced():
    """Where the user named the device, its samples come no faster than it can send."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock)
    report = play(clock, deliver, samples=4, families=("response", "retry"), device="20AEAB")
    moments = [
        at for at, each in zip(deliver.arrived, deliver.deliveries, strict=True) if each.message.device == "20AEAB"
    ]
    assert [later - earlier for earlier, later in pairwise(moments[:5])] == [PACE] * 4
    assert {each.message.device for each in report.evidence.samples} == {"20AEAB"}


def engaged(samples, *, speed=1.0, families=("response", "retry"), **more):
    """Play a run against a receiver that is good unless said otherwise; give what was delivered, and the report."""
    clock = FakeClock()
    deliver = more.pop("deliver", None) or ScriptedDelivery(clock, **more.pop("scripted", {}))
    report = play(clock, deliver, samples=samples, speed=speed, families=families, **more)
    return report, report.evidence


@pytest.mark.parametrize("speed", [1.0, 240.0])
def test_closing_samples_bring_a_full_run_to_enough(speed):
    """Five samples, four deliveries, and at the end what is missing to see a fault on one connection in ten."""
    _, seen = engaged(None, speed=speed, scripted={"took": 0.01})
    replay = seen.scenario("retry").exchanges
    assert (len(replay), len(seen.samples), seen.requests) == (4, ENOUGH - 4, ENOUGH + 1)
    ended = max(each.started for each in replay)
    assert sum(each.started <= ended for each in seen.samples) == FEWEST


def test_a_run_with_scenarios_needs_fewer_closing_samples():
    """What the scenarios send one at a time counts too; what is sent in a crowd does not."""
    clock = FakeClock()
    effects = Effects()
    deliver = ScriptedDelivery(clock, happens=effects.arrives)
    report = play(
        clock,
        deliver,
        observer=ScriptedObserver(effects.of),
        samples=None,
        families=("response", "retry", "dedup"),
    )
    seen = report.evidence
    assert {scenario.scenario for scenario in seen.scenarios} >= {"retry", *SHORT}
    calm = [each for scenario in seen.scenarios for each in scenario.exchanges if each.company < CROWD]
    assert len(seen.samples) == max(DEFAULT_SAMPLES, ENOUGH - len(calm))


@pytest.mark.parametrize("samples", [1, 3, FEWEST, 12, DEFAULT_SAMPLES, 21])
def test_a_given_number_is_obeyed(samples):
    """Who asks for a number of samples gets no more of them, with a replay or without."""
    assert len(engaged(samples)[1].samples) == samples
    assert len(engaged(samples, families=("response",))[1].samples) == samples


def test_many_samples_are_taken_in_the_end():
    """Who asks for more than are usual gets them, most of them behind the replay."""
    assert len(engaged(80)[1].samples) == 80


def test_a_replay_that_did_not_reach_the_receiver_has_no_closing_samples():
    """Where the connection is lost after the samples, nothing more is tried at the end."""
    outcomes = [*(answer(),) * FEWEST, failure(FailureKind.REFUSED, Phase.CONNECT, "the connection was refused")]
    assert len(engaged(DEFAULT_SAMPLES, scripted={"answers": outcomes})[1].samples) == FEWEST


def test_no_message_of_a_whole_run_is_another_one():
    """Samples first and last and the replay: every message differs in time and counter, none is of the future."""
    _, seen = engaged(DEFAULT_SAMPLES, speed=240.0)
    sent = [each.message for each in seen.samples] + [seen.scenario("retry").messages[0]]
    assert len({message.time for message in sent}) == len({message.seq_number for message in sent}) == len(sent)
    for each in seen.samples:
        assert each.message.time <= NOW + each.started + 1


def test_disturbed_samples_are_kept_apart():
    """A sample during which this process was stopped stands beside the samples, and is taken again."""
    clock = FakeClock()
    sent = []

    async def deliver(delivery):
        sent.append(delivery.message)
        made = exchanged(delivery, clock.now(), 11.0 if len(sent) == 2 else 0.02, answer())
        return structs.replace(made, stalled=10.9) if len(sent) == 2 else made

    report, seen = engaged(FEWEST, deliver=deliver, families=("response", "deadline"))
    assert (len(seen.samples), len(seen.disturbed), seen.requests) == (FEWEST, 1, FEWEST + 2)
    assert len({message.identity for message in sent}) == len(sent)
    late = next(each for each in report.results if each.rule == "deadline-exceeded")
    assert (late.status, late.examined.count) == (Status.PASS, FEWEST)
