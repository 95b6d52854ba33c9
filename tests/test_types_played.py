"""Callbacks without a counter or without data: which look-alikes are played, what is said of them, what is advised."""

import pytest

from sigcheck.callback import CALLBACK_TYPES, Values
from sigcheck.config.decoding import decode
from sigcheck.errors import UsageProblem
from sigcheck.planning import make_plan
from sigcheck.scenario.look_alike_plans import look_alikes
from tests.clock import FakeClock
from tests.fleet.in_virtual_time import KINDS, Receiver, failed, verified

URL = "https://receiver.example/"
EFFECTS = "https://receiver.example/effects?device={device}&time={time}"
NEXT = "same device and data, next sequence number"
ANOTHER_TIME = "same device and sequence number, another time"
OTHER_DATA = "same device, other data in the next message"
EACH = "of similar messages, each message had its effect"
TWIN = "same time and sequence number, another device"


def plan_of(kind, **given):
    """Plan a run of a callback of this type."""
    return make_plan(decode({"url": URL, "type": kind, "observe_url": EFFECTS, **given}))


@pytest.mark.parametrize(
    ("kind", "pairs"),
    [
        ("data/uplink", [NEXT, ANOTHER_TIME, OTHER_DATA, TWIN]),
        ("data/bidir", [NEXT, ANOTHER_TIME, OTHER_DATA, TWIN]),
        ("service/data-advanced", [NEXT, ANOTHER_TIME, OTHER_DATA, TWIN]),
        ("service/status", ["same device, next sequence number", ANOTHER_TIME, TWIN]),
        ("service/geoloc", ["same device, next sequence number", ANOTHER_TIME, TWIN]),
        ("event", ["same device, next sequence number", ANOTHER_TIME, TWIN]),
        ("service/acknowledge", ["same device, a later time", "same time, another device"]),
        ("service/repeater", ["same device, a later time", "same time, another device"]),
        ("error", ["same device, a later time", "same time, another device"]),
    ],
)
def test_a_pair_differs_on_the_wire_in_what_its_name_says(kind, pairs):
    """No pair is named after something that the callback does not send."""
    plan = plan_of(kind)
    played = look_alikes(plan.factory, plan.profile(0.1))
    assert played.names == (
        *(f'the first message of the pair "{name}"' for name in pairs),
        *(f'the second message of the pair "{name}"' for name in pairs),
    )
    assert len({plan.callback.render(each) for each in played.messages}) == 2 * len(pairs)


def test_an_event_has_names_of_its_own():
    """Who writes {device} into an event is told what events call it, not which types have it."""
    with pytest.raises(UsageProblem) as caught:
        plan_of("event", body='{"d":"{device}","t":{time},"n":{seqNumber}}')
    assert "for {device} write {sourceId}, as event callbacks call it" in str(caught.value)
    assert "for {seqNumber} write {deviceMessageSeqnumber}, as event callbacks call it" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "warned"),
    [
        ({"type": "error", "observe_url": f"{EFFECTS}&n={{seqNumber}}"}, "{seqNumber}"),
        ({"type": "service/status", "observe_url": f"{EFFECTS}&d={{data}}"}, "{data}"),
        ({"type": "event", "observe_command": "count {device} {time} {deviceMessageSeqnumber}"}, None),
        ({"observe_command": "count {device} {time} {seqNumber}", "body": '{"device":"{device}","t":{time}}'},
         "{seqNumber}"),
        ({"type": "error"}, None),
        ({"type": "error", "observe_url": f"{EFFECTS}&n={{seqNumber}}", "only": ["reach"]}, None),
    ],
)  # fmt: skip
def test_an_observer_asked_by_what_is_not_sent_is_warned_about(given, warned):
    """A receiver cannot count by a counter that it is never told."""
    more = {} if "observe_command" in given else {"observe_url": EFFECTS}
    plan = make_plan(decode({"url": URL, **more, **given}))
    told = [each for each in plan.warnings if "observer" in each]
    assert [warned in each for each in told] == ([True] if warned else [])


def judged(kind, key, *, per_message=True):
    """Verify a receiver of this type that recognises messages by a key, on the Cloud's own schedule."""
    callback = {"values": Values(CALLBACK_TYPES[kind])}
    return verified(Receiver(FakeClock(), key=key), per_message=per_message, speed=1.0, callback=callback)


def moment(message):
    """Give the identity of what has no counter."""
    return (message.device, message.time)


@KINDS
@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (
            "error",
            "2 of 2 pairs; no pair with the same sequence number was tried, because the callback does not carry one",
        ),
        ("service/status", "3 of 3 pairs; no pair with other data was tried, because the callback does not carry any"),
        ("data/uplink", "4 of 4 pairs"),
    ],
)
def test_a_right_receiver_passes_and_what_was_not_tried_is_said(kind, says, per_message):
    """Only pairs that the callback can show are counted, and the others are named."""
    report = judged(kind, moment if kind == "error" else lambda message: message.identity, per_message=per_message)
    assert failed(report) == []
    passed = next(each for each in report.results if each.rule == "dedup-distinct-dropped")
    assert passed.status == "pass"
    assert passed.summary == f"in {says}".replace(" pairs", f" pairs {EACH}")
    if not per_message:
        asked = "{device} and {time} into" if kind == "error" else "{device}, {time} and {seqNumber} into"
        assert asked in next(str(each.findings) for each in report.results if each.rule == "dedup-observer")


@pytest.mark.parametrize(
    ("kind", "key", "advice"),
    [
        ("error", lambda message: message.device, "Use device and time together as the key"),
        ("event", lambda message: (message.device, message.seq_number),
         "Use sourceId, time, eventType and deviceMessageSeqnumber together as the key"),
        ("data/uplink", lambda message: (message.device, message.seq_number), "Use device, time and seqNumber"),
    ],
)  # fmt: skip
def test_an_over_eager_receiver_is_told_the_key_of_its_type(kind, key, advice):
    """What drops distinct calls is found by that rule only, and no variable is advised that the type lacks."""
    report = judged(kind, key)
    assert failed(report) == ["dedup-distinct-dropped"]
    fix = next(each.fix for each in report.results if each.rule == "dedup-distinct-dropped")
    assert fix.startswith(advice)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("error", "(device, time)"),
        ("event", "(sourceId, time, eventType, deviceMessageSeqnumber)"),
        ("data/uplink", "(device, time, seqNumber)"),
    ],
)
def test_a_receiver_without_a_memory_is_told_the_key_of_its_type(kind, key):
    """The key to put into the database is made of what the callback sends."""
    report = judged(kind, lambda _message: object())
    assert failed(report) == ["dedup-duplicate"]
    assert key in next(each.fix for each in report.results if each.rule == "dedup-duplicate")
