"""All exchanges of a run in one collection: what each is called, and how often something befell how many of them."""

import pytest
from msgspec import structs

from sigcheck.model.delivery import CROWD, FailureKind, Message, Phase
from sigcheck.model.effects import ScenarioResult
from sigcheck.rules._exchanges import every, failed, grouped, local, untold
from sigcheck.rules._share import beside_others, share
from sigcheck.rules._told import OWNERS, REPLAY, SAMPLES, UNAUTHENTICATED, Told
from tests.evidence import MESSAGE, answer, evidence, exchange, failure, samples, scenario

OTHER = Message("516C4EC1", 1_795_000_001, 8, "0102")
THIRD = Message("516C4EC2", 1_795_000_002, 9, "0102")
CUT = failure(FailureKind.CUT, Phase.WAIT, "the connection was cut before the answer")
CLOSED = failure(FailureKind.CLOSED, Phase.WAIT, "the connection was closed without an answer")
OURS = failure(FailureKind.LOCAL, Phase.CONNECT, "this machine has no free port")


def delivered(outcome=None, *, message=MESSAGE, company=1, address="192.0.2.1", attempt=1, stalled=0.0):
    """Give one exchange of a scenario."""
    made = exchange(outcome, message=message, attempt=attempt)
    return structs.replace(made, company=company, address=address, stalled=stalled)


def played(scenario, *exchanges, messages=(MESSAGE, OTHER, THIRD)):
    """Give a scenario in which these exchanges were made."""
    return ScenarioResult(scenario, messages, ("a",) * len(messages), exchanges=exchanges)


def told(*scenarios, device=None, **defect):
    """Give the exchanges of a healthy run's samples and of these scenarios."""
    made = evidence(scenario=None, unauthenticated=None, **defect)
    settings = structs.replace(made.settings, device=device)
    return every(structs.replace(made, scenarios=scenarios, settings=settings))


def one(part=SAMPLES, **given):
    """Give one told exchange, of the samples unless said otherwise."""
    return Told("a delivery", part, delivered(**given))


def test_every_exchange_is_told_once_with_its_place():
    """Samples, the disturbed ones, the delivery without credentials, the replay, a scenario: each has a label."""
    seen = structs.replace(
        evidence(samples=samples(answer(), answer()), scenario=scenario(answer(), answer())),
        disturbed=(delivered(stalled=3.0),),
    )
    race = played("race", delivered(message=OTHER, company=8))
    seen = structs.replace(seen, scenarios=(*seen.scenarios, race))
    assert [(each.label, each.part) for each in every(seen)] == [
        ("sample 1", SAMPLES),
        ("sample 2", SAMPLES),
        ("disturbed sample 1", SAMPLES),
        ("the delivery without credentials", UNAUTHENTICATED),
        ("delivery 1", REPLAY),
        ("delivery 2", REPLAY),
        ("race, request 1", "requests of the scenario race"),
    ]
    assert [each.label for each in every(seen) if not each.timed] == ["disturbed sample 1"]
    assert [each.label for each in every(seen) if each.asked] == ["the delivery without credentials"]
    assert [each.label for each in every(seen) if each.raced] == ["race, request 1"]


def test_companions_of_the_replay_have_a_name_of_their_own():
    """What goes through the schedule beside the message is not taken for a delivery of the message."""
    labels = [each.label for each in told(played("retry", delivered(), delivered(message=OTHER, attempt=1)))]
    assert labels[-2:] == ["delivery 1", "delivery 1 of another device's message"]


def test_a_retry_is_one_whose_message_was_accepted_before():
    """A message that was refused is sent again as new; only from the first acceptance on it is a retry."""
    seen = told(played("retry", *(delivered(answer(status)) for status in (500, 204, 204, 503))))
    assert [each.retried for each in seen if each.part == REPLAY] == [False, False, True, True]


@pytest.mark.parametrize(
    ("statuses", "retries"),
    [((204, 409), [False, True]), ((409, 409), [False, False]), ((204, 204), [True, True])],
    ids=["one-accepted", "none", "both"],
)
def test_deliveries_that_are_made_together_are_retries_of_each_other(statuses, retries):
    """Of deliveries released at once nobody knows which came first: one that was accepted makes the others retries."""
    seen = told(played("race", *(delivered(answer(status), company=2) for status in statuses)), samples=())
    assert [each.retried for each in seen] == retries


def test_different_messages_that_are_sent_together_retry_nothing():
    """Beside an accepted message another one is still new."""
    seen = told(played("retry", delivered(company=2), delivered(answer(500), message=OTHER, company=2)), samples=())
    assert [each.retried for each in seen] == [False, False]


def test_foreign_is_what_is_of_another_device_than_the_one_that_was_named():
    """Where no device was named, each message has one of its own, and none is foreign."""
    replay = played("retry", delivered(), delivered(message=OTHER))
    assert [each.foreign for each in told(replay, device=MESSAGE.device) if each.part == REPLAY] == [False, True]
    assert [each.foreign for each in told(replay) if each.part == REPLAY] == [False, False]


@pytest.mark.parametrize(
    ("scenario", "outcome", "attempt", "asked"),
    [
        ("failure", answer(500), 1, True),
        ("restart", answer(502), 1, False),
        ("restart", answer(502), 2, True),
        ("look-alikes", answer(409), 1, True),
        ("look-alikes", answer(500), 1, False),
        ("look-alikes", CLOSED, 1, False),
        ("disorder", answer(409), 1, True),
        ("disorder", answer(503), 1, False),
        ("race", answer(409), 1, False),
        ("retry", answer(409), 2, False),
    ],
)
def test_asked_is_what_another_rule_judges(scenario, outcome, attempt, asked):
    """A failure that was asked for is nobody's fault, and look-alikes that are refused have rules of their own."""
    message = OTHER if scenario == "look-alikes" else MESSAGE
    (last,) = told(played(scenario, delivered(outcome, attempt=attempt, message=message)), samples=())
    assert last.asked is asked


@pytest.mark.parametrize(
    ("scenario", "outcome", "place"),
    [
        ("look-alikes", answer(400), 0),
        ("look-alikes", answer(429), 2),
        ("disorder", answer(400), 1),
        ("disorder", answer(408), 0),
    ],
)
def test_a_new_message_that_resembles_nothing_is_judged_like_any(scenario, outcome, place):
    """A refusal of a first message, and one that speaks of the moment, has nothing to do with likeness or order."""
    messages = (MESSAGE, OTHER, THIRD)
    (last,) = told(played(scenario, delivered(outcome, message=messages[place])), samples=())
    assert last.asked is False


@pytest.mark.parametrize("scenario", ["lost answer", "late answer", "failure", "restart"])
def test_no_times_where_the_pace_is_not_the_receivers_own(scenario):
    """After a cut, a failure or a restart a receiver may be busy: its times say nothing."""
    assert not told(played(scenario, delivered()), samples=())[0].timed
    assert told(played("race", delivered()), samples=())[0].timed


def test_a_cut_that_was_made_on_purpose_is_no_failure():
    """A connection that was cut on purpose is nobody's failure, and has no owner."""
    assert one(outcome=CUT).failure is None
    assert one(outcome=CLOSED).failure == CLOSED
    assert set(OWNERS) == set(FailureKind) - {FailureKind.CUT}


@pytest.mark.parametrize(
    ("company", "raced", "crowded"),
    [(1, False, False), (CROWD - 1, False, False), (CROWD, False, True), (1, True, True)],
)
def test_crowded_is_what_went_out_with_many_others(company, raced, crowded):
    """Two at a time are what the Cloud does; four, or deliveries that were released together, are a load of our own."""
    assert Told("a", SAMPLES, delivered(company=company), raced=raced).crowded is crowded


def test_the_share_of_one_part_names_that_part():
    """Where all cases are of one part of the run, only that part is counted."""
    cases = [one(REPLAY)]
    found = share(cases, [*cases, *(one(REPLAY) for _ in range(11)), *(one() for _ in range(5))])
    assert (found.words, found.level) == ("1 of 12 deliveries of the replay", None)


def test_the_share_of_several_parts_names_each():
    """Where cases are of several parts, the whole is said, and each part behind it."""
    cases = [one(), one(REPLAY), one(REPLAY)]
    pool = [*cases, one(), one(), one(REPLAY), one("requests of the scenario race")]
    assert share(cases, pool).words == "3 of 7 deliveries (1 of 3 samples, 2 of 3 deliveries of the replay)"


def test_what_happens_under_our_own_load_alone_is_a_warning():
    """Where every case is one of many at the same time, the others are counted beside them, at `should`."""
    cases = [one("requests of the scenario race", company=8) for _ in range(3)]
    found = share(cases, [*cases, *(one("requests of the scenario race", company=8) for _ in range(5)), one(), one()])
    assert (found.words, found.level, found.crowded) == (
        "3 of 8 requests sent at the same time as others",
        "should",
        True,
    )


def test_one_case_without_a_crowd_outweighs_those_within():
    """A fault that also comes one at a time is the receiver's own: the crowd is left out of the count."""
    crowd = [one("requests of the scenario race", company=8) for _ in range(8)]
    alone, busy = structs.replace(one(), label="sample 3"), one(company=CROWD)
    found = share([*crowd, alone, one()], [alone, *crowd, busy, one(), one()])
    assert (found.words, found.level, found.where) == ("2 of 3 samples", None, "sample 3")


def test_what_only_ipv6_does_is_a_warning():
    """The published sender range is IPv4, so a fault that IPv6 alone shows does not befall the Cloud."""
    six, four = one(address="2001:db8::1"), one()
    assert share([six], [six, four]).level == "should"
    assert share([six, four], [six, four]).level is None
    assert share([six], [six]).level is None
    assert share([one(address="fe80::1%eth0")], [four]).level == "should"
    assert share([one(address=None)], [four]).level is None


def test_beside_others_is_all_that_is_not_sent_one_at_a_time():
    """Samples and the replay go out one at a time or nearly so; a scenario's requests may wait for each other."""
    assert not beside_others(one())
    assert not beside_others(one(REPLAY))
    assert beside_others(one(REPLAY, company=CROWD))
    assert beside_others(one("requests of the scenario lost answer"))


def test_groups_leave_out_what_has_no_key():
    """Exchanges without a key belong to no group, and groups keep the order in which they were met."""
    every_one = [one(outcome=answer(status)) for status in (500, 204, 404, 500)]
    groups = grouped(every_one, lambda each: str(each.answer.status) if each.answer.status != 204 else None)
    assert {name: len(cases) for name, cases in groups.items()} == {"500": 2, "404": 1}


def test_failures_are_told_by_their_owners_and_never_what_was_asked_for():
    """A rule gets the failures of its kinds, those of the delivery without credentials too, and none of our own."""
    seen = structs.replace(
        evidence(samples=samples(CLOSED, OURS, CUT), unauthenticated=delivered(CLOSED)),
        scenarios=(played("failure", delivered(CLOSED)), played("race", delivered(CLOSED, company=8))),
    )
    labels = [each.label for each in failed(seen, "response-malformed")]
    assert labels == ["sample 1", "the delivery without credentials", "race, request 1"]
    assert failed(seen, "reach-no-answer") == []


def test_what_this_machine_could_not_send_is_said():
    """Deliveries that this machine kept from being made are counted, with the reason and whose matter it is."""
    assert local(evidence()) is None
    said = local(evidence(samples=samples(answer(), OURS)))
    assert said.reason == "1 of 7 deliveries could not be made: this machine has no free port"
    assert "the receiver is not the cause" in (said.fix or "")


def test_what_was_taken_again_is_not_missing():
    """A sample that this machine spoilt leaves nothing open once it was taken again, and everything if none was."""
    spoilt = (delivered(OURS, stalled=3.0),)
    seen = structs.replace(evidence(), disturbed=spoilt)
    assert local(seen) is None
    chosen = structs.replace(seen, settings=structs.replace(seen.settings, selected=("response-not-2xx",)))
    assert untold(chosen) is None
    hung_up = structs.replace(chosen, disturbed=(delivered(CLOSED, stalled=0.3),))
    assert [each.label for each in failed(hung_up, "response-malformed")] == ["disturbed sample 1"]
    assert untold(hung_up) is not None
    said = local(structs.replace(evidence(samples=(), scenario=None, unauthenticated=None), disturbed=spoilt))
    assert said.reason.startswith("the only delivery")


def test_what_no_chosen_rule_would_tell_is_said():
    """A failure whose rule was not asked for is not passed over."""
    seen = evidence(samples=samples(answer(), CLOSED))
    assert untold(seen) is None
    chosen = structs.replace(seen.settings, selected=("response-not-2xx",))
    said = untold(structs.replace(seen, settings=chosen))
    assert said.reason.startswith("1 of 7 deliveries got no answer (the connection was closed without an answer)")
    assert said.fix == "Include response-malformed as well: it was not part of this run."


@pytest.mark.parametrize(
    ("kind", "detail", "words"),
    [
        (FailureKind.CLOSED, "it was closed without an answer", "it was closed without an answer"),
        (FailureKind.RESET, "the connection was reset", "the connection was reset"),
        (FailureKind.NO_CONNECTION, "no connection within 5 s", "no connection within 5 s"),
        (FailureKind.RESET, "no buffer space available", "connection reset: no buffer space available"),
        (FailureKind.TLS_FAILED, "unknown ca", "TLS failed: unknown ca"),
    ],
)  # fmt: skip
def test_a_failure_is_said_once(kind, detail, words):
    """The kind stands before a detail that says more, and not before one that says it again."""
    assert failure(kind, Phase.WAIT, detail).words == words
