"""The fleet is right before sigcheck is judged by it: good receivers are good, each bad one shows its fault."""

import json
import subprocess
import threading
from dataclasses import replace
from typing import Any, cast, get_args

import pytest

from tests.fleet.cloud import OTHER, Cloud, Message
from tests.fleet.design import Design
from tests.fleet.habitual import FAIR, ODD, UNSEEN
from tests.fleet.registry import BAD, FLEET, GOOD
from tests.fleet.spec import Scenario

pytestmark = pytest.mark.system

MESSAGE = Message()
LOOK_ALIKES = (
    MESSAGE,
    # The next of the same device, with the same data.
    MESSAGE.but(seqNumber=101, time=MESSAGE.time + 600),
    # The counter has come round: a day earlier.
    MESSAGE.but(time=MESSAGE.time - 86_400),
    # Another device, in the same second, with the same counter.
    MESSAGE.but(device="51C0DF", data="0103"),
)
WAITS = (60, 120, 240)


def named(spec):
    """Give a spec its name as id."""
    return pytest.param(spec, id=spec.name)


def cloud_of(running):
    """Make the sender for a launched receiver."""
    return Cloud(running.url, running.total_url)


def retried(cloud, message=MESSAGE, copies=4):
    """Deliver copies, with another device's message between each two; give the answers."""
    answers = []
    for number in range(copies):
        answers.append(cloud.deliver(message))
        cloud.deliver(OTHER.but(time=message.time + number, seqNumber=number))
    return answers


@pytest.mark.parametrize("spec", [named(spec) for spec in GOOD])
def test_good_receiver_has_one_effect_whatever_comes(spec, run):
    """Retries, a lost answer, a race, disorder, look-alikes, a failure and a restart leave one effect a message."""
    running = run(spec)
    cloud = cloud_of(running)
    answers = retried(cloud)
    assert all(200 <= status < 300 for status, _ in answers)
    assert spec.design.answer == "says-duplicate" or len({body for _, body in answers}) == 1
    assert cloud.settled(MESSAGE) == 1

    cut = MESSAGE.but(device="A1")
    cloud.deliver_and_hang_up(cut)
    cloud.deliver(cut)
    raced = MESSAGE.but(device="A2")
    assert all(200 <= status < 300 for status in cloud.deliver_at_once(raced, 12))
    older, newer = MESSAGE.but(device="A3"), MESSAGE.but(device="A3", time=MESSAGE.time + 600, seqNumber=101)
    for message in (newer, older, newer, older):
        cloud.deliver(message)
    failed = MESSAGE.but(device="A4")
    assert cloud.deliver(failed, X_Fail="1")[0] == 500
    cloud.deliver(failed)
    for message in LOOK_ALIKES[1:]:
        cloud.deliver(message)
    running.restart()
    cloud.deliver(MESSAGE)

    messages = (*LOOK_ALIKES, cut, raced, older, newer, failed)
    cloud.settled(MESSAGE)
    assert [cloud.count(message) for message in messages] == [1] * len(messages)


def shows_duplicates(spec, run):
    """Find more effects than messages after retries."""
    cloud = cloud_of(run(spec))
    messages = [MESSAGE.but(device=f"B{number}") for number in range(5)]
    for message in messages:
        assert all(status < 300 for status, _ in retried(cloud, message))
    if spec.workers > 1 and spec.design.dedup == "memory":
        # Which worker a delivery meets is up to the kernel, and one that is free may take all that come one by one:
        # of those that come at once, some meet another.
        many = (MESSAGE.but(device=f"C{number}") for number in range(50))
        assert any(cloud.deliver_at_once(message, 12) and cloud.count(message) > 1 for message in many)
    else:
        effects = len(spec.design.jobs) if spec.design.dedup == "unique-key" else 4
        assert [cloud.count_reaches(message, effects) for message in messages] == [effects] * 5


def shows_short_memory(spec, run):
    """Find the retry that comes after the memory is over, on a schedule compressed like the memory."""
    # A second stands for two minutes: deliveries at 0, 0.5, 1.5 and 3.5 s.
    speed = 120
    cloud = cloud_of(run(spec, speed=speed))
    pause = threading.Event()
    counts = []
    for wait in (0, *WAITS):
        pause.wait(wait / speed)
        cloud.deliver(MESSAGE)
        counts.append(cloud.count(MESSAGE))
    assert counts == ([1, 1, 1, 2] if spec.design.memory_sliding else [1, 1, 2, 3])


def shows_rejected_retries(spec, run):
    """Find the error that a duplicate gets, and one effect all the same."""
    cloud = cloud_of(run(spec))
    statuses = [status for status, _ in retried(cloud)]
    assert statuses == [204] + [spec.design.duplicate_status] * 3
    assert cloud.settled(MESSAGE) == 1


def shows_error_at_once(spec, run):
    """Find the error that every delivery gets."""
    cloud = cloud_of(run(spec))
    assert cloud.deliver(MESSAGE)[0] == spec.design.first_status
    assert cloud.settled(MESSAGE) == 1


def shows_differing_answers(spec, run):
    """Find another downlink in each answer, and one effect all the same."""
    cloud = cloud_of(run(spec))
    downlinks = {json.loads(body)[MESSAGE.device]["downlinkData"] for _, body in retried(cloud)}
    assert len(downlinks) == 4
    assert cloud.settled(MESSAGE) == 1


def shows_loss_by_disconnect(spec, run):
    """Find no effect after a lost answer and a retry that was told 204."""
    cloud = cloud_of(run(spec))
    cloud.deliver_and_hang_up(MESSAGE)
    assert cloud.deliver(MESSAGE)[0] == 204
    # The work on the message that settles begins later, and takes as long.
    assert cloud.settled(MESSAGE) == 0


def shows_two_in_flight(spec, run):
    """Find what two overlapping deliveries leave."""
    # The same with a shorter work: it is the overlap that matters.
    quick = replace(spec, design=replace(spec.design, work=0.5))
    cloud = cloud_of(run(quick))
    cloud.deliver_at_once(MESSAGE, 2)
    assert cloud.count(MESSAGE) == (2 if "dedup-duplicate" in spec.expected else 1)
    cloud.deliver(MESSAGE)
    assert cloud.count(MESSAGE) == (2 if "dedup-duplicate" in spec.expected else 1)


def shows_race(spec, run):
    """Find two effects of simultaneous copies where copies in sequence leave one."""
    cloud = cloud_of(run(spec))
    assert len(retried(cloud)) == 4
    assert cloud.count(MESSAGE) == 1
    # A window of a millisecond is not hit every time.
    raced = (MESSAGE.but(device="C1", time=MESSAGE.time + number) for number in range(30))
    assert any(cloud.deliver_at_once(message, 12) and cloud.count(message) > 1 for message in raced)


def shows_dropped_readings(spec, run):
    """Find a message without effect among look-alikes."""
    cloud = cloud_of(run(spec))
    assert retried(cloud)
    for message in LOOK_ALIKES:
        assert cloud.deliver(message)[0] == 204
    counts = [cloud.count(message) for message in LOOK_ALIKES]
    assert counts[0] == 1
    assert 0 in counts
    assert max(counts) == 1


def shows_fault_in_disorder(spec, run):
    """Find the older message lost after a newer one, or done again by its retry."""
    cloud = cloud_of(run(spec))
    older, newer = MESSAGE, MESSAGE.but(time=MESSAGE.time + 600, seqNumber=101)
    if spec.design.dedup in {"newest-only", "highest-counter-only"}:
        for message in (newer, older):
            assert cloud.deliver(message)[0] == 204
        assert cloud.count(older) == 0
    else:
        assert retried(cloud, older)
        assert cloud.count(older) == 1
        for message in (newer, older):
            assert cloud.deliver(message)[0] == 204
        assert cloud.count(older) == 2


def shows_remembered_failure(spec, run):
    """Find no effect after a failure and a retry that was told 204."""
    cloud = cloud_of(run(spec))
    assert cloud.deliver(MESSAGE, X_Fail="1")[0] == 500
    assert cloud.deliver(MESSAGE)[0] == 204
    assert cloud.settled(MESSAGE) == 0


def shows_loss_of_memory(spec, run):
    """Find a second effect after a restart by the restart command."""
    running = run(spec)
    cloud = cloud_of(running)
    assert retried(cloud)
    assert cloud.count(MESSAGE) == 1
    subprocess.run(running.restart_command.split(), check=True, timeout=60)
    cloud.deliver(MESSAGE)
    assert cloud.count(MESSAGE) == 2


DEMONSTRATIONS = {
    ("retry", "dedup-duplicate"): shows_duplicates,
    ("retry", "retry-rejected"): shows_rejected_retries,
    ("retry", "retry-answer-differs"): shows_differing_answers,
    ("retry", "response-not-2xx"): shows_error_at_once,
    ("lost-answer", "dedup-lost"): shows_loss_by_disconnect,
    ("late-answer", "deadline-exceeded"): shows_two_in_flight,
    ("race", "dedup-race"): shows_race,
    ("look-alikes", "dedup-distinct-dropped"): shows_dropped_readings,
    ("disorder", "dedup-disorder"): shows_fault_in_disorder,
    ("disorder", "dedup-distinct-dropped"): shows_fault_in_disorder,
    ("failure", "dedup-failure"): shows_remembered_failure,
    ("restart", "dedup-restart"): shows_loss_of_memory,
}
"""Scenario and first expected rule → what provokes the fault. A fault that needs time has one of its own."""


@pytest.mark.parametrize("spec", [named(spec) for spec in BAD])
def test_bad_receiver_shows_its_fault(spec, run):
    """Each bad receiver does the wrong thing it is kept for, when it is provoked directly."""
    shows = shows_short_memory if spec.real_time else DEMONSTRATIONS[spec.scenario, spec.expected[0]]
    shows(spec, run)


def test_fleet_covers_every_scenario():
    """Names are unique, every scenario has a bad receiver, every framework and database a good one."""
    assert len(FLEET) == len((*GOOD, *BAD, *FAIR, *ODD, *UNSEEN)) >= 30
    assert all(spec.good for spec in FAIR)
    assert not any(spec.good for spec in (*ODD, *UNSEEN))
    assert all(spec.expected for spec in ODD)
    assert all(spec.good for spec in GOOD)
    assert all(spec.expected and spec.fault for spec in BAD)
    assert {spec.scenario for spec in BAD} == set(get_args(Scenario))
    assert {(spec.server, spec.database) for spec in GOOD} >= {
        ("uvicorn", "sqlite"),
        ("waitress", "sqlite"),
        ("gunicorn", "postgresql"),
    }


def test_design_survives_the_way_to_its_process():
    """A design arrives in the server's process as it left."""
    design = Design(key=("data",), jobs=(0.0, 3.0), memory_seconds=1.5, dedup="memory")
    assert Design.from_json(design.to_json()) == design


def test_compression_shortens_memories_alone():
    """A compressed run tells the receiver how long its memory is, and changes nothing else."""
    design = Design(dedup="memory", memory_seconds=100, work=2.0, jobs=(3.0,))
    assert design.compressed(50) == replace(design, memory_seconds=2.0)


def test_launch_says_why_a_receiver_does_not_start(run):
    """A receiver that dies at its start is an error with its log, at once."""
    with pytest.raises(RuntimeError, match="KeyError: 'apache'"):
        run(replace(FLEET["flask-unique-key"], server=cast("Any", "apache")))
