"""The `retry` rules and those of `dedup` that judge the replay of one message."""

from msgspec import structs

from sigcheck.model.delivery import FailureKind, Phase
from sigcheck.model.rule import Status
from tests.evidence import OBSERVER, answer, failure, samples, scenario
from tests.rulecases import Case, check, table

PASS, FAIL, SKIP, OPEN = Status.PASS, Status.FAIL, Status.SKIP, Status.UNDECIDED
OK = answer()
CONFLICT = answer(409, reason="Conflict")
RESET = failure(FailureKind.RESET, Phase.WAIT, "the connection was reset")
BROKEN = "the observer answered 500"
DOWNLINK = b'{"516C4EC0":{"downlinkData":"%s00000000000000"}}'
UNREACHED = {"scenario": None, "samples": samples(failure(), failure())}


@table(
    Case("retry-rejected", "good", {}, PASS, "3 retries of an accepted message were accepted on the real schedule"),
    Case("retry-rejected", "compressed", {"speed": 60.0}, PASS, "on a schedule 60 times faster"),
    Case(
        "retry-rejected",
        "conflict",
        {"scenario": scenario(OK, CONFLICT, OK, CONFLICT)},
        FAIL,
        "retries of an accepted message were answered 409 'Conflict': 2 of 3 deliveries of the replay",
        "must",
    ),
    Case(
        "retry-rejected",
        "conflict-once",
        {"scenario": scenario(OK, OK, CONFLICT, OK)},
        FAIL,
        "delivery 3 of the same message was answered 409 'Conflict'; the first was accepted",
        "must",
    ),
    Case("retry-rejected", "reset", {"scenario": scenario(OK, RESET)}, OPEN, "see the rule response-malformed"),
    Case(
        "response-malformed",
        "repeat-reset",
        {"scenario": scenario(OK, RESET)},
        FAIL,
        "the connection was reset",
        "must",
    ),
    Case("retry-rejected", "one", {"scenario": scenario(OK, OK)}, PASS, "1 retry of an accepted message was accepted"),
    Case(
        "retry-rejected",
        "none-answered",
        {"scenario": scenario(OK, failure(), failure(), failure())},
        OPEN,
        "got no answer: 3 of 3 deliveries of the replay; see the rule deadline-exceeded",
    ),
    Case(
        "retry-rejected",
        "late-is-anothers",
        {"scenario": scenario(OK, failure(), OK, OK)},
        OPEN,
        "got no answer: 1 of 3 deliveries of the replay; see the rule deadline-exceeded",
    ),
    Case(
        "retry-rejected", "first-refused-too", {"scenario": scenario(CONFLICT, CONFLICT)}, OPEN, "not accepted either"
    ),
    Case(
        "retry-rejected", "cut-short", {"scenario": scenario(OK, not_played="the run ended")}, OPEN, "before the first"
    ),
    Case("retry-rejected", "nothing-answered", UNREACHED, OPEN, "no delivery reached the receiver"),
    Case("retry-rejected", "not-asked-for", {"scenario": None, "network": None, "samples": ()}, SKIP, "not asked for"),
    Case("retry-answer-differs", "good", {}, PASS, "4 deliveries got the same answer, 204"),
    Case(
        "retry-answer-differs",
        "status",
        {"scenario": scenario(answer(201), answer(200))},
        PASS,
        "the answers differ (201, 200), but their downlinks do not",
    ),
    Case(
        "retry-answer-differs",
        "body",
        {"scenario": scenario(answer(200, body=b"id 1"), answer(200, body=b"id 2"))},
        PASS,
        "their downlinks do not",
    ),
    Case(
        "retry-answer-differs",
        "no-second-downlink",
        {"scenario": scenario(answer(200, body=DOWNLINK % b"00"), answer(204))},
        PASS,
    ),
    Case(
        "retry-answer-differs",
        "downlink",
        {"scenario": scenario(answer(200, body=DOWNLINK % b"00"), answer(200, body=DOWNLINK % b"01"))},
        FAIL,
        "another downlink for the same message",
        "should",
    ),
    Case("retry-answer-differs", "one-accepted", {"scenario": scenario(OK, CONFLICT)}, OPEN, "fewer than two"),
    Case("retry-answer-differs", "nothing-answered", UNREACHED, OPEN, "no delivery reached the receiver"),
    Case(
        "retry-answer-differs",
        "not-asked-for",
        {"scenario": None, "network": None, "samples": ()},
        SKIP,
        "not asked for",
    ),
)
def test_retry(case):
    """The answers to repeats are judged against the first."""
    check(case)


@table(
    Case("dedup-duplicate", "good", {}, PASS, "one message had 1 effect after 4 accepted deliveries"),
    Case(
        "dedup-duplicate",
        "each-counts",
        {"scenario": scenario(effects=(1, 2, 3, 4, 4))},
        FAIL,
        "delivery 2, sent 61.0 s into the run (due 61.0 s), was processed again: the count rose from 1 to 2",
        "must",
    ),
    Case(
        "dedup-duplicate", "memory-of-a-minute", {"scenario": scenario(effects=(1, 1, 2, 2))}, FAIL, "delivery 3, sent"
    ),
    Case("dedup-duplicate", "two-rows", {"scenario": scenario(effects=(2, 2, 2, 2))}, PASS, "had 2 effects"),
    Case(
        "dedup-duplicate",
        "two-rows-and-two-more",
        {"scenario": scenario(effects=(2, 4, 6, 8))},
        FAIL,
        "delivery 2, sent 61.0 s into the run (due 61.0 s), was processed again: the count rose from 2 to 4",
    ),
    Case("dedup-duplicate", "no-observer", {"observer": None}, OPEN, "no observer is configured"),
    Case("dedup-duplicate", "none-at-all", {"scenario": scenario(effects=(0, 0, 0, 0))}, OPEN, "no effect"),
    Case("dedup-duplicate", "nothing-answered", UNREACHED, OPEN, "no delivery reached the receiver"),
    Case("dedup-duplicate", "not-asked-for", {"scenario": None, "network": None, "samples": ()}, SKIP, "not asked for"),
    Case("dedup-duplicate", "interrupted", {"scenario": None, "interrupted": "interrupted by SIGTERM"}, OPEN),
    Case("dedup-duplicate", "cut-short", {"scenario": scenario(effects=(1, 1), not_played="the run ended")}, OPEN),
    Case(
        "dedup-duplicate",
        "observer-broke",
        {"scenario": scenario(effects=(1, None, 9), fault=BROKEN)},
        OPEN,
        "the effects could not be counted",
    ),
    Case("dedup-lost", "good", {}, PASS, "the effect of delivery 1 was counted"),
    Case(
        "dedup-lost",
        "never",
        {"scenario": scenario(effects=(0, 0, 0, 0, 0))},
        OPEN,
        "no effect was counted in the whole run",
    ),
    Case(
        "dedup-lost",
        "with-a-repeat",
        {"scenario": scenario(effects=(0, 1, 1, 1))},
        FAIL,
        "delivery 1 was accepted without an effect; the effect came only with delivery 2",
    ),
    Case(
        "dedup-lost",
        "slow-or-lost",
        {"scenario": scenario(effects=(0, 1, 1)), "speed": 60.0},
        OPEN,
        "it came late, or was lost",
    ),
    Case(
        "dedup-lost", "nothing-accepted", {"scenario": scenario(CONFLICT, effects=(0, 0))}, OPEN, "so no effect was due"
    ),
    Case("dedup-lost", "no-observer", {"observer": None}, OPEN),
    Case("dedup-lost", "observer-broke", {"scenario": scenario(effects=(0, None), fault=BROKEN)}, OPEN),
    Case("dedup-lost", "cut-short", {"scenario": scenario(OK, effects=(0,), not_played="the run ended")}, OPEN),
    Case("dedup-observer", "good", {}, PASS, "6 counts"),
    Case(
        "dedup-observer",
        "a-total",
        {"observer": structs.replace(OBSERVER, per_message=False)},
        FAIL,
        "a message that is lost and one that is counted twice cancel each other out",
        "note",
    ),
    Case("dedup-observer", "none-given", {"observer": None}, SKIP, "no observer was given"),
    Case("dedup-observer", "broke", {"scenario": scenario(effects=(1, None), fault=BROKEN)}, FAIL, BROKEN, "should"),
    Case("dedup-observer", "nothing-counted", {"scenario": None, "samples": samples(CONFLICT)}, SKIP),
)
def test_dedup(case):
    """Effects are judged by counting; where counting failed, nobody is accused."""
    check(case)
