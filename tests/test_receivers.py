"""Receivers of odd designs, against scripts: good ones that are easily accused, and bad ones that are easily passed."""

import pytest

from sigcheck.model.delivery import Failure, FailureKind, Phase
from sigcheck.model.evidence import EFFECTS_WITHIN
from sigcheck.model.rule import Status
from sigcheck.scenario.playing.context import HookFault
from tests.clock import FakeClock
from tests.fleet.in_virtual_time import FAMILIES, KINDS, NOW, Batch, Cached, Receiver, Traffic, failed, said, verified
from tests.scripted import ScriptedObserver, Served
from tests.test_replay import play, status


@KINDS
@pytest.mark.parametrize(
    ("every", "speed"), [(5, 1.0), (30, 1.0), (59, 1.0), (290, 1.0), (5, 60.0), (30, 60.0), (35, 60.0)]
)
def test_a_receiver_that_works_in_batches_is_not_accused(every, speed, per_message):
    """Effects that come with the next batch are late, not lost: it shows in messages that were sent once."""
    report = verified(Batch(FakeClock(), every), speed=speed, per_message=per_message)
    assert set(failed(report)) <= {"dedup-observer"}


@pytest.mark.parametrize(("lasts", "speed"), [(5, 60.0), (30, 60.0), (30, 1.0), (60, 1.0), (120, 1.0)])
def test_an_observer_with_a_cache_accuses_nobody(lasts, speed):
    """A count that lags behind is not taken for a lost message."""
    report = verified(Cached(Receiver(FakeClock()), lasts), speed=speed)
    assert failed(report) == []
    # One that is older than an effect may take says the same until nobody waits for it any longer.
    stale = lasts > EFFECTS_WITHIN
    assert status(report, "dedup-duplicate") is (Status.UNDECIDED if stale else Status.PASS)
    assert status(report, "dedup-observer") is (Status.UNDECIDED if stale else Status.PASS)


@KINDS
def test_where_nothing_is_counted_the_observer_is_asked_about(per_message):
    """Not one effect in a whole run is as likely the observer's fault or a device's: nobody is accused."""
    report = verified(Receiver(FakeClock(), lambda *_: 204), per_message=per_message)
    assert failed(report) == []
    for rule in ("dedup-lost", "dedup-duplicate", "dedup-race"):
        assert status(report, rule) is Status.UNDECIDED
        assert "no effect was counted in the whole run" in said(report, rule)


@KINDS
@pytest.mark.parametrize("refused", [400, 204], ids=["refused", "passed-over"])
def test_a_receiver_that_takes_no_old_messages_is_not_accused(refused, per_message):
    """A message of yesterday that has no effect is no duplicate of anything; that its pair was not tried is said."""
    receiver = Receiver(FakeClock(), lambda message, _: refused if message.time < NOW - 3600 else None)
    report = verified(receiver, per_message=per_message)
    assert failed(report) == []
    assert status(report, "dedup-distinct-dropped") is Status.PASS
    assert "3 of 4 pairs" in said(report, "dedup-distinct-dropped")
    assert "not tested" in said(report, "dedup-distinct-dropped")
    assert "same device and sequence number, another time" in said(report, "dedup-distinct-dropped")
    assert status(report, "dedup-lost") is Status.PASS


@KINDS
def test_a_receiver_that_checks_payloads_is_not_accused(per_message):
    """A payload that the receiver does not understand is not taken for a dropped look-alike."""
    receiver = Receiver(FakeClock(), lambda message, _: 422 if message.data != "0102" else None)
    report = verified(receiver, per_message=per_message)
    assert failed(report) == []
    assert "the reason may be its data" in said(report, "dedup-distinct-dropped")


@KINDS
@pytest.mark.parametrize("refused", [204, 403], ids=["ignored", "refused"])
def test_a_register_of_devices_is_not_accused(refused, per_message):
    """Other devices that are ignored or refused leave the rules that need them open, by whichever count."""
    receiver = Receiver(FakeClock(), lambda message, _: refused if message.device != "516C4EC0" else None)
    report = verified(receiver, per_message=per_message, device="516C4EC0")
    assert failed(report, "must", "should") == []
    if refused == 403:
        assert "only registered devices" in said(report, "response-not-2xx")
    assert status(report, "dedup-lost") is Status.PASS
    assert status(report, "dedup-duplicate") is Status.PASS
    for rule in ("dedup-race", "dedup-distinct-dropped", "dedup-disorder"):
        assert "registered devices" in said(report, rule)


def test_a_rate_limit_is_not_taken_for_over_eager_dedup():
    """A look-alike that was turned away by 429 is sent again when the limit allows it."""
    clock = FakeClock()
    taken = []

    def refuse(_message, _delivery):
        taken[:] = [moment for moment in taken if moment > clock.now() - 1]
        taken.append(clock.now())
        return 429 if len(taken) > 3 else None

    report = verified(Receiver(clock, refuse))
    assert failed(report, "must") == []
    assert "limits the rate" in said(report, "response-not-2xx")
    assert status(report, "dedup-distinct-dropped") is Status.PASS


@KINDS
@pytest.mark.parametrize("all_but", [0, 1], ids=["all", "all-but-one"])
def test_a_race_that_was_turned_away_is_not_won(all_but, per_message):
    """Copies that got 429 did not race: the rule is open, and says so."""
    raced = []

    def refuse(message, delivery):
        if delivery.gate is None:
            return None
        raced.append(message)
        return 429 if raced.count(message) > all_but else None

    report = verified(Receiver(FakeClock(), refuse), per_message=per_message)
    assert status(report, "dedup-race") is Status.UNDECIDED
    assert "turned away" in said(report, "dedup-race")
    assert failed(report, "must") == []
    assert "limits the rate" in said(report, "retry-rejected" if all_but else "response-not-2xx")


@KINDS
@pytest.mark.parametrize(
    ("key", "families"),
    [
        (lambda message: message.seq_number, FAMILIES),
        (lambda message: message.seq_number, ("dedup",)),
        (lambda message: message.data, ("dedup",)),
    ],
    ids=["seqnumber", "seqnumber-unsampled", "data-unsampled"],
)
def test_a_key_without_the_device_is_not_taken_for_a_register(key, families, per_message):
    """Messages of other devices that are dropped as duplicates are found, with or without samples before them."""
    report = verified(Receiver(FakeClock(), key=key), per_message=per_message, families=families)
    assert failed(report) == ["dedup-distinct-dropped"]


@KINDS
def test_a_total_names_the_look_alike_that_is_missing(per_message):
    """Since a total is read after each look-alike, the finding says which had no effect."""
    receiver = Receiver(FakeClock(), key=lambda message: (message.device, message.seq_number))
    report = verified(receiver, per_message=per_message)
    assert failed(report) == ["dedup-distinct-dropped"]
    assert said(report, "dedup-distinct-dropped").startswith(
        'the second message of the pair "same device and sequence number, another time" was accepted'
    )


def test_look_alikes_without_an_answer_prove_nothing():
    """A look-alike that timed out and has no effect is not counted among those that had one."""
    seen = {}

    def refuse(message, _delivery):
        other = seen.setdefault((message.device, message.seq_number), message)
        return None if other == message else Failure(FailureKind.NO_ANSWER, Phase.WAIT, "no answer")

    report = verified(Receiver(FakeClock(), refuse))
    assert status(report, "dedup-distinct-dropped") is Status.UNDECIDED
    assert 'another time" failed' in said(report, "dedup-distinct-dropped")


@KINDS
def test_an_older_message_that_is_refused_is_found(per_message):
    """A receiver that answers 409 to what is older than the last message loses it as surely as one that drops it."""
    newest = {}

    def refuse(message, _delivery):
        known = newest.setdefault(message.device, message)
        if message.time < known.time:
            return 409
        newest[message.device] = message
        return None

    report = verified(Receiver(FakeClock(), refuse), per_message=per_message)
    assert failed(report) == ["dedup-disorder"]
    assert "was answered 409" in said(report, "dedup-disorder")


def test_a_retry_that_hangs_is_not_an_accepted_one():
    """Where repeats time out, retry-rejected does not say that they were accepted, even if judged alone."""
    known = set()

    def refuse(message, _delivery):
        if message in known:
            return Failure(FailureKind.NO_ANSWER, Phase.WAIT, "no answer")
        known.add(message)
        return None

    report = verified(Receiver(FakeClock(), refuse), families=("retry",))
    assert status(report, "retry-rejected") is Status.UNDECIDED
    assert report.verdict == "undecided"


@pytest.mark.parametrize(
    ("retried", "expected", "words"),
    [
        (409, Status.FAIL, "delivery 2 was answered 409"),
        (500, Status.UNDECIDED, "and so did its retry"),
        (429, Status.UNDECIDED, "and so did its retry"),
        (None, Status.PASS, "its retry had 1 effect"),
    ],
)
def test_a_failure_whose_retry_is_refused(retried, expected, words):
    """A retry that is refused as a duplicate lost the message; one that met the same failure shows nothing."""
    failures = []

    def refuse(message, delivery):
        if ("X-Fail", "1") in delivery.request.headers:
            failures.append(message)
            return 500
        return retried if message in failures else None

    report = verified(Receiver(FakeClock(), refuse), fail_header="X-Fail: 1")
    assert status(report, "dedup-failure") is expected
    assert words in said(report, "dedup-failure")


def test_a_fail_command_that_fails_leaves_the_rule_open():
    """Where the hook does not work nothing was delivered, and the rule says why instead of breaking."""

    async def hook(_message):
        raise HookFault("--fail-command: the command 'false' exited with code 1")

    report = verified(Receiver(FakeClock()), hooks={"fail": hook})
    assert status(report, "dedup-failure") is Status.UNDECIDED
    assert "exited with code 1" in said(report, "dedup-failure")


def test_a_receiver_that_does_not_come_back_from_its_restart_passes_nothing():
    """A copy that met a closed port after the restart proves no memory."""
    down = []

    async def hook(_message):
        down.append(True)

    refused = Failure(FailureKind.REFUSED, Phase.CONNECT, "the connection was refused")
    report = verified(Receiver(FakeClock(), lambda *_: refused if down else None), hooks={"restart": hook})
    assert status(report, "dedup-restart") is Status.UNDECIDED
    assert "the connection was refused" in said(report, "dedup-restart")


@pytest.mark.parametrize("speed", [1.0, 60.0], ids=["real", "compressed"])
@pytest.mark.parametrize("period", [5, 20, 60, 1000])
def test_other_traffic_is_not_taken_for_second_effects(period, speed):
    """Whenever the messages of others come, a total that they raise accuses nobody."""
    for phase in range(12):
        traffic = Traffic(Receiver(FakeClock()), period, period * phase / 12 if period < 1000 else 5 * phase)
        report = verified(traffic, per_message=False, speed=speed)
        assert failed(report) in ([], ["dedup-observer"])


def test_a_total_that_rises_too_far_is_watched_again():
    """A receiver without a memory is found by its total all the same, when the total then stands still."""
    clock = FakeClock()
    receiver = Receiver(clock, key=lambda message: object())
    report = verified(receiver, per_message=False)
    assert failed(report) == ["dedup-duplicate"]
    assert clock.now() - 1000 <= 300


def test_effects_of_the_replay_that_come_late_do_not_accuse_the_next_scenario():
    """What the replay's messages still owed to a total is not taken for second effects of a cut message."""
    receiver = Receiver(FakeClock())
    report = verified(receiver, per_message=False, speed=1.0, took=5.0, workers=1)
    assert "dedup-duplicate" not in failed(report)
    assert "dedup-lost" not in failed(report)


@KINDS
@pytest.mark.parametrize("speed", [1.0, 60.0], ids=["real", "compressed"])
@pytest.mark.parametrize("took", [0.6, 3.5, 5.0, 7.0, 9.5])
def test_a_receiver_with_one_worker_is_not_accused_of_the_load_of_a_run(took, speed, per_message):
    """Companions, races and cut connections never make a copy of the schedule late that would be in time alone."""
    receiver = Receiver(FakeClock())
    report = verified(receiver, per_message=per_message, speed=speed, took=took, workers=1)
    assert failed(report, "must") == []
    # What waited behind others of ours is told, as load.
    assert set(failed(report)) <= {"dedup-observer", "deadline-tight", "deadline-exceeded"}
    if speed > 1:
        assert receiver.clock.now() - 1000 <= 300 + 40  # the two samples and that of HTTP/1.0 are taken before
    if took == 0.6:
        undecided = [each.rule for each in report.results if each.status is Status.UNDECIDED]
        assert undecided == ([] if speed == 1 else ["dedup-window"])


def test_without_samples_a_quick_receiver_is_raced_as_often():
    """Where no sample was asked for, the race is as hard a test as with samples."""
    receiver = Receiver(FakeClock())
    deliver = Served(receiver.clock, receiver.receive)
    play(receiver.clock, deliver, observer=ScriptedObserver(receiver.of), speed=60.0, families=("dedup",))
    raced = [each.message for each in deliver.deliveries if each.gate is not None]
    assert len(raced) == 40
    assert len(set(raced)) == 5
