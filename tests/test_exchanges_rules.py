"""Every answer and every failure of a run is told once, by the rule it belongs to, with how many of how many."""

import pytest
from msgspec import structs

from sigcheck.judge import judge, judge_rule
from sigcheck.model.delivery import FailureKind, Message, Phase
from sigcheck.model.effects import ScenarioResult
from sigcheck.model.rule import Status
from sigcheck.rules import RULES
from tests.evidence import MESSAGE, STARTED, answer, evidence, exchange, failure, samples
from tests.rulecases import BY_ID

PASS, FAIL, SKIP, OPEN = Status.PASS, Status.FAIL, Status.SKIP, Status.UNDECIDED
OTHER = Message("516C4EC1", 1_795_000_001, 1007, "0102")
THIRD = Message("516C4EC2", 1_795_000_002, 2007, "0102")
OWN = "516C4EC0"
OURS = failure(FailureKind.LOCAL, Phase.CONNECT, "this machine has no free port")
CLOSED = failure(FailureKind.CLOSED, Phase.WAIT, "the connection was closed without an answer")
FAILURES = {
    "tls-handshake-failed": failure(FailureKind.TLS_FAILED, Phase.TLS, "an alert: internal error"),
    "reach-unresolved": failure(FailureKind.UNRESOLVED, Phase.RESOLVE, "Name or service not known"),
    "reach-refused": failure(FailureKind.REFUSED, Phase.CONNECT, "the connection was refused"),
    "reach-no-answer": failure(FailureKind.NO_CONNECTION, Phase.CONNECT, "no connection within 10 s"),
    "response-malformed": CLOSED,
    "deadline-exceeded": failure(),
}
"""A failure of each owner."""


def replay(faults=None, *, fault=None, companions=(OTHER, THIRD)):
    """Give a replay of twelve deliveries, answered 204 but for those at the places in `faults`."""
    chosen = dict.fromkeys(faults, fault) if fault is not None else faults or {}
    rounds = [(message, attempt) for attempt in range(1, 5) for message in (MESSAGE, *companions)]
    made = [
        exchange(chosen.get(place), message=message, attempt=attempt) for place, (message, attempt) in enumerate(rounds)
    ]
    return ScenarioResult("retry", (MESSAGE, *companions), ("the message", "second", "third"), exchanges=tuple(made))


def race(*outcomes, message=OTHER):
    """Give a race: copies of one message that were released together."""
    made = (structs.replace(exchange(each, message=message), company=len(outcomes)) for each in outcomes)
    return ScenarioResult("race", (message,), ("the copies",), exchanges=tuple(made))


def seen(*scenarios, speed=1.0, selected=None, **defect):
    """Give a healthy run's evidence with these scenarios."""
    made = evidence(scenario=None, unauthenticated=None, observer=None, speed=speed, **defect)
    settings = structs.replace(made.settings, selected=selected, device=OWN)
    return structs.replace(made, scenarios=scenarios, settings=settings)


def judged(rule, found):
    """Judge by one rule."""
    return judge_rule(BY_ID[rule], found)


def accused(found):
    """Give the rules that fail, with their levels."""
    return {each.rule: each.level for each in (judge_rule(rule, found) for rule in RULES) if each.status is FAIL}


def said(result):
    """Give all that a result says."""
    return " | ".join([result.summary, *(f"{each.measured}" for each in result.findings)])


def test_an_error_outside_the_samples_is_told_once_with_its_share():
    """A 500 to one of twelve deliveries of the replay, every sample being good, is one finding at `must`."""
    result = judged("response-not-2xx", seen(replay({1: answer(500, reason="Oops")})))
    assert (result.status, result.level, len(result.findings)) == (FAIL, "must", 1)
    assert result.summary == "1 of 12 deliveries of the replay was answered 500 'Oops'"
    assert result.findings[0].where == "delivery 1 of another device's message"


@pytest.mark.parametrize("place", range(12))
def test_an_error_is_told_by_one_rule_wherever_it_stands(place):
    """Each of the twelve deliveries that is answered 500 makes exactly one rule fail: new messages one, repeats one."""
    rule = "response-not-2xx" if place < 3 else "retry-rejected"
    found = accused(seen(replay({place: answer(500)})))
    assert found == {rule: "must"}


def test_a_status_that_new_messages_meet_too_is_told_once():
    """Where a new message and a repeat are both answered 500, that is one finding about 500, not two rules."""
    found = seen(replay({1: answer(500), 5: answer(500)}))
    assert accused(found) == {"response-not-2xx": "must"}
    assert "2 of 12 deliveries of the replay" in said(judged("response-not-2xx", found))


def test_samples_and_replay_are_counted_together():
    """An error in several parts of the run is told once, with each part's own count."""
    found = seen(replay({0: answer(503)}), samples=samples(answer(503), *(answer(),) * 4))
    result = judged("response-not-2xx", found)
    assert result.summary == (
        "2 of 17 deliveries (1 of 5 samples, 1 of 12 deliveries of the replay) were answered 503 'No Content'"
    )


def test_each_status_is_a_finding_of_its_own():
    """A 500 and a 404 have two causes, so they are two findings."""
    found = seen(replay(), samples=samples(answer(500), answer(404), *(answer(),) * 3))
    assert [each.message.partition(" '")[0] for each in judged("response-not-2xx", found).findings] == [
        "1 of 5 samples was answered 500",
        "1 of 5 samples was answered 404",
    ]


def test_an_error_under_our_own_load_alone_is_a_warning():
    """A 500 to some of many copies that went out together is `should`, and named as sent beside others."""
    found = seen(replay(), race(*(answer(500, reason="Busy"),) * 8))
    result = judged("response-not-2xx", found)
    assert (result.status, result.level) == (FAIL, "should")
    assert result.summary == "8 of 8 requests sent at the same time as others were answered 500 'Busy'"
    assert "at the same moment" in result.fix
    assert accused(found) == {"response-not-2xx": "should"}


def test_a_copy_refused_beside_an_accepted_one_is_a_warning():
    """Where one of the raced copies is accepted, the refused ones are repeats, and a matter of load."""
    found = seen(replay(), race(answer(), *(answer(500, reason="Busy"),) * 3, answer(), *(answer(),) * 3))
    result = judged("retry-rejected", found)
    assert (result.status, result.level) == (FAIL, "should")
    assert (
        "3 of 8 requests sent at the same time as others, with a message that another of them delivered"
        in result.summary
    )
    assert accused(found) == {"retry-rejected": "should"}


def limited(wait="30"):
    """Give the answer of a rate limit."""
    return answer(429, reason="Too Many Requests", headers=(("Retry-After", wait),) if wait else ())


def test_a_rate_limit_beside_acceptance_is_named_as_one():
    """A 429 where other messages were accepted is a rate limit: a warning that quotes the wait it asks for."""
    result = judged("response-not-2xx", seen(samples=samples(limited(), *(answer(),) * 4)))
    assert (result.status, result.level) == (FAIL, "should")
    assert result.summary.startswith(
        "the receiver limits the rate: 1 of 5 samples was answered 429 'Too Many Requests'"
    )
    assert "Retry-After: '30'; deliveries that came more slowly were accepted" in result.summary


def test_a_503_that_says_when_to_come_again_is_a_rate_limit_like_a_429():
    """Proxies limit rates by 503 as well: a Retry-After tells such an answer from that of a server that is down."""
    busy = answer(503, reason="Busy", headers=(("Retry-After", "1"),))
    result = judged("response-not-2xx", seen(samples=samples(busy, *(answer(),) * 4)))
    assert (result.status, result.level) == (FAIL, "should")
    assert result.summary.startswith(
        "the receiver limits the rate: 1 of 5 samples was answered 503 'Busy', Retry-After: '1'"
    )
    down = judged("response-not-2xx", seen(samples=samples(answer(503), *(answer(),) * 4)))
    assert (down.status, down.level) == (FAIL, "must")
    fast = judged("retry-rejected", seen(replay({3: busy}), speed=240.0))
    assert (fast.status, "the receiver limits the rate" in fast.summary) == (OPEN, True)


CUT = failure(FailureKind.CUT, Phase.WAIT, "cut")


def lost_answer(*outcomes):
    """Give a lost answer: two messages, each delivered twice; the first delivery is cut."""
    made = (exchange(each, message=message) for each, message in zip(outcomes, (OTHER, THIRD) * 2, strict=True))
    return ScenarioResult("lost answer", (OTHER, THIRD), ("at once", "halfway"), exchanges=tuple(made))


@pytest.mark.parametrize(
    ("outcomes", "rule"),
    [
        ((CUT, answer(500), answer(), answer()), "response-not-2xx"),
        ((CUT, CUT, answer(500), answer()), "retry-rejected"),
    ],
    ids=["new", "retried"],
)
def test_an_error_while_a_delivery_that_was_cut_is_in_work_is_a_warning(outcomes, rule):
    """The receiver may be at work on what we cut off: an error that comes then alone is one under our own load."""
    found = seen(replay(), lost_answer(*outcomes))
    assert accused(found) == {rule: "should"}
    assert "sent at the same time as others, or after one that was cut off" in judged(rule, found).summary


def test_a_refusal_after_a_cut_is_no_matter_of_load():
    """A 4xx to the retry of what was cut, or an error that comes elsewhere too, is a must."""
    assert accused(seen(replay(), lost_answer(CUT, CUT, answer(409), answer()))) == {"retry-rejected": "must"}
    everywhere = seen(replay({4: answer(500)}), lost_answer(CUT, CUT, answer(500), answer()))
    assert accused(everywhere) == {"retry-rejected": "must"}


CUT_SHORT = structs.replace(replay(), exchanges=replay().exchanges[:3], not_played="the run ended")
"""A replay of which no retry was sent."""


@pytest.mark.parametrize(
    ("cut", "in_flight", "says"),
    [
        ("interrupted by SIGINT", 0, "the run ended before the first retry"),
        ("interrupted by SIGINT", 1, "the run ended before the first retry was answered"),
        (None, 0, "the replay ended before the first retry"),
    ],
)
def test_what_scenarios_send_again_is_no_retry_of_the_schedule(cut, in_flight, says):
    """Where the replay sent no retry, none was accepted on the schedule, whatever the scenarios sent again."""
    found = seen(CUT_SHORT, lost_answer(CUT, CUT, answer(), answer()), interrupted=cut)
    result = judged("retry-rejected", structs.replace(found, requests=5 + 3 + 4 + in_flight))
    assert (result.status, result.summary) == (OPEN, says)
    refused = seen(CUT_SHORT, lost_answer(CUT, CUT, answer(409), answer()), interrupted=cut)
    assert judged("retry-rejected", refused).status is FAIL


def test_retries_of_the_schedule_and_those_of_the_scenarios_are_counted_apart():
    """What the scenarios send again keeps to no schedule."""
    result = judged("retry-rejected", seen(replay(), lost_answer(CUT, CUT, answer(), answer())))
    retries = "9 retries of an accepted message were accepted on the real schedule"
    assert (result.status, result.summary) == (PASS, f"{retries}; in the scenarios, 2 others were accepted too")
    assert result.examined.count == 11


def test_a_rate_limit_that_only_scenarios_met_is_not_said_to_be_on_the_schedule():
    """At the Cloud's own pace, the scenarios are faster than the Cloud."""
    found = seen(replay({1: limited()}), lost_answer(CUT, CUT, limited(), answer()))
    summary = judged("retry-rejected", found).summary
    assert "the receiver limits the rate" in summary
    assert "schedule" not in summary


def test_a_rate_limit_without_any_acceptance_is_a_refusal():
    """Where nothing at all was accepted, a 429 is no matter of pace."""
    result = judged("response-not-2xx", seen(samples=samples(*(limited(),) * 5)))
    assert (result.status, result.level) == (FAIL, "must")
    assert "the receiver limits the rate" not in result.summary


def test_a_rate_limit_of_repeats_is_judged_at_the_clouds_own_pace():
    """Repeats answered 429 fail on the real schedule; a compressed run leaves open what it was too fast for."""
    found = replay({3: limited()})
    real, fast = judged("retry-rejected", seen(found)), judged("retry-rejected", seen(found, speed=240.0))
    assert (real.status, real.level) == (FAIL, "must")
    assert (fast.status, "the receiver limits the rate" in fast.summary, "with --speed 1" in fast.fix) == (
        OPEN,
        True,
        True,
    )


@pytest.mark.parametrize("speed", [1.0, 240.0])
def test_a_rate_limit_of_new_messages_does_not_hide_that_of_repeats(speed):
    """Where our own pace met the limit before, that repeats met it too is left open: no warning covers for it."""
    found = seen(replay({1: limited(), 5: limited()}), speed=speed)
    result = judged("retry-rejected", found)
    assert (result.status, "the receiver limits the rate" in result.summary) == (OPEN, True)
    assert ("with --speed 1" in result.fix) == (speed != 1)
    assert accused(found) == {"response-not-2xx": "should"}


def test_refusals_that_nobody_else_would_tell_are_told():
    """With `--only retry` a status that new messages meet too has no other rule: the repeats that met it fail."""
    found = seen(replay({1: answer(500), 5: answer(500)}), selected=("retry-rejected",))
    assert judged("retry-rejected", found).status is FAIL


def test_registered_devices_only_is_a_note():
    """Where all messages of other devices are refused, and none of the run's own, that is a note on registers."""
    strangers = {place: answer(404, reason="Not Found") for place in range(12) if place % 3}
    result = judged("response-not-2xx", seen(replay(strangers)))
    assert (result.status, result.level) == (FAIL, "note")
    assert f"all of these messages were from devices other than {OWN}" in result.summary
    assert "only registered devices" in result.summary


@pytest.mark.parametrize(
    ("strangers", "own"),
    [(answer(500), answer()), (answer(404), answer(404)), (answer(408), answer()), (answer(429), answer())],
    ids=["an-error", "its-own-too", "a-timeout", "a-rate-limit"],
)
def test_what_a_register_does_not_explain_is_no_note(strangers, own):
    """An error, a refusal of the run's own device, a timeout and a rate limit are not the work of a register."""
    faults = {place: strangers if place % 3 else own for place in range(12)}
    assert judged("response-not-2xx", seen(replay(faults))).level != "note"


def test_one_accepted_stranger_is_no_register():
    """Where a message of another device was accepted, refusals of others have another cause."""
    strangers = {place: answer(404) for place in range(12) if place % 3 == 1}
    assert judged("response-not-2xx", seen(replay(strangers))).level == "must"


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("rule", FAILURES)
def test_a_failure_in_a_few_deliveries_is_told_by_its_own_rule(rule, count):
    """In one or four of seventeen deliveries, a failure of any phase is a `must` of its rule alone, with its share."""
    found = seen(replay(dict.fromkeys(range(4, 4 + count), FAILURES[rule])))
    assert accused(found) == {rule: "must"}
    alone = rule == "deadline-exceeded" and count == 1
    share = "delivery 2 of another device's message: " if alone else f"{count} of 12 deliveries of the replay"
    assert share in said(judged(rule, found))


@pytest.mark.parametrize("rule", FAILURES)
def test_failures_in_two_parts_of_the_run_are_one_finding(rule):
    """One of five samples and three of twelve deliveries make four of seventeen, in one finding."""
    lost = replay(dict.fromkeys((4, 5, 8), FAILURES[rule]))
    result = judged(rule, seen(lost, samples=samples(answer(), FAILURES[rule], *(answer(),) * 3)))
    assert (result.status, result.level, len(result.findings)) == (FAIL, "must", 1)
    assert "4 of 17 deliveries (1 of 5 samples, 3 of 12 deliveries of the replay)" in said(result)


@pytest.mark.parametrize("rule", FAILURES)
def test_a_failure_under_our_own_load_alone_is_a_warning_of_its_rule(rule):
    """Of eight copies that went out together two fail: `should`, by the same rule."""
    found = seen(replay(), race(*(FAILURES[rule],) * 2, *(answer(),) * 6))
    assert accused(found) == {rule: "should"}


def test_a_fault_of_this_machine_accuses_nobody():
    """Deliveries that this machine could not make leave reach-no-answer undecided, and no rule fails."""
    found = seen(replay({4: OURS, 7: OURS}))
    result = judged("reach-no-answer", found)
    assert (result.status, result.summary) == (
        OPEN,
        "2 of 17 deliveries could not be made: this machine has no free port",
    )
    assert accused(found) == {}
    report = judge(found, RULES, finished_at=STARTED)
    assert report.verdict == "undecided"


def test_a_real_failure_outweighs_a_fault_of_this_machine():
    """Where one delivery failed for the receiver's sake and another for ours, the receiver's is told."""
    found = seen(replay({4: OURS, 7: FAILURES["reach-no-answer"]}))
    result = judged("reach-no-answer", found)
    assert (result.status, "1 of 12 deliveries of the replay" in result.summary) == (FAIL, True)


@pytest.mark.parametrize("rule", ["response-not-2xx", "response-malformed"])
def test_failures_that_nobody_asked_for_leave_the_chosen_rules_open(rule):
    """With `--only response`, handshakes that failed in some deliveries are named, and nothing is passed."""
    selected = tuple(each.id for each in RULES if each.family == "response")
    found = seen(replay({4: FAILURES["tls-handshake-failed"]}), selected=selected)
    result = judged(rule, found)
    assert result.status is OPEN
    assert result.summary == "1 of 17 deliveries got no answer (TLS failed: an alert: internal error)"
    assert "Include tls-handshake-failed as well" in result.fix
    report = judge(found, [each for each in RULES if each.id in selected], finished_at=STARTED)
    assert (report.verdict, report.exit_code) == ("undecided", 3)


@pytest.mark.parametrize("place", [1, 5], ids=["new", "retried"])
def test_a_redirect_on_one_delivery_is_a_must_with_its_share(place):
    """One machine of several that redirects is told by response-redirect alone, be it a new message or a repeat."""
    moved = answer(301, reason="Moved", headers=(("Location", "https://elsewhere.example/"),))
    found = seen(replay({place: moved}))
    assert accused(found) == {"response-redirect": "must"}
    retries = judged("retry-rejected", found)
    assert (retries.status, "see response-redirect" in retries.summary) == (
        (SKIP, True) if place == 5 else (PASS, False)
    )
    assert "1 of 12 deliveries of the replay was answered 301 (to 'https://elsewhere.example/')" in said(
        judged("response-redirect", found)
    )


def test_a_redirect_of_a_repeat_is_not_passed_over_where_no_rule_on_redirects_runs():
    """With `--only retry` the repeat that was redirected is a repeat that was refused."""
    found = seen(replay({5: answer(301, reason="Moved")}), selected=("retry-rejected",))
    assert judged("retry-rejected", found).status is FAIL


def test_a_late_answer_outside_the_samples_is_a_must():
    """An answer after 11 s on one delivery of twelve fails the deadline; beside others it is a warning."""
    late = replay()
    slow = exchange(message=OTHER, wait=11.0)
    late = structs.replace(late, exchanges=(late.exchanges[0], slow, *late.exchanges[2:]))
    assert accused(seen(late))["deadline-exceeded"] == "must"
    crowd = race(*(answer(),) * 8)
    crowd = structs.replace(
        crowd, exchanges=tuple(structs.replace(each, answered_after=11.0) for each in crowd.exchanges)
    )
    assert accused(seen(replay(), crowd)) == {"deadline-exceeded": "should"}
