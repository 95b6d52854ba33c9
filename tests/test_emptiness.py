"""No rule passes what it has not seen: evidence with one thing missing, and the rules that may pass on the rest."""

import pytest

from sigcheck.judge import judge_rule
from sigcheck.model.delivery import FailureKind, Phase
from sigcheck.model.rule import Passed, Status
from sigcheck.rules import RULES
from tests.evidence import address, answer, evidence, failure, network, samples, scenario

SETTINGS = {"tls-plain-http", "exposure-secret-in-url"}
"""Known from the callback itself, without a probe."""
NAME = SETTINGS | {"reach-unresolved", "reach-no-ipv4", "reach-private-address"}
CONNECTED = NAME | {"reach-refused", "reach-no-answer"}
ANSWERED = CONNECTED | {
    "reach-proxied", "response-redirect", "response-malformed", "deadline-exceeded", "deadline-tight",
    "deadline-cold-start", "exposure-unauthenticated",
}  # fmt: skip
ACCEPTED = ANSWERED | {"response-not-2xx"}
REPEATED = ACCEPTED | {"retry-rejected", "retry-answer-differs"}
COUNTED = {"dedup-duplicate", "dedup-lost", "dedup-window", "dedup-observer"}

CLOSED = failure(FailureKind.CLOSED, Phase.WAIT, "the connection was closed without an answer")
NO_TLS = failure(FailureKind.TLS_FAILED, Phase.TLS, "bad signature")
OURS = failure(FailureKind.LOCAL, Phase.CONNECT, "this machine has no free port")
ERROR = answer(500)
NOTHING = {"samples": (), "scenario": None, "unauthenticated": None}


def unanswered(outcome, count=5):
    """Give evidence in which every delivery ended in the same way, without an answer."""
    return {"samples": samples(*(outcome,) * count), "scenario": scenario(*(outcome,) * 4), "unauthenticated": None}


CASES = {
    "nothing-at-all": (NOTHING | {"network": None}, SETTINGS),
    "no-name": (NOTHING | {"network": network(problem="no such name")}, SETTINGS),
    "port-refused": (NOTHING | {"network": network(address(outcome="refused"))}, NAME),
    "no-connection": (NOTHING | {"network": network(address(outcome="no answer"))}, NAME),
    "not-tried-from-here": (NOTHING | {"network": network(address(outcome="local"))}, NAME),
    "every-connection-closed": (unanswered(CLOSED), CONNECTED),
    "no-handshake": (unanswered(NO_TLS), CONNECTED),
    "no-answer-in-time": (unanswered(failure()), CONNECTED),
    "this-machine-could-not": (unanswered(OURS), CONNECTED - {"reach-no-answer"}),
    "nothing-accepted": (
        {"samples": samples(*(ERROR,) * 5), "scenario": scenario(*(ERROR,) * 4, effects=(0,) * 5)},
        ANSWERED | {"dedup-observer"},
    ),
    "one-accepted": (
        {"scenario": scenario(answer(), ERROR, ERROR, ERROR, effects=(1,) * 5)},
        ACCEPTED | {"dedup-lost", "dedup-observer"},
    ),
    "no-repeat": ({"scenario": scenario(answer(), effects=(1,))}, ACCEPTED | {"dedup-lost", "dedup-observer"}),
    "none-counted": ({"scenario": scenario()}, REPEATED),
    "no-observer": ({"observer": None}, REPEATED),
    "half-the-addresses": (
        {"network": network(address(), address("192.0.2.2", outcome="no answer"))},
        REPEATED | COUNTED,
    ),
    "whole": ({}, REPEATED | COUNTED),
}


@pytest.mark.parametrize("name", CASES)
def test_what_was_not_seen_is_not_passed(name):
    """Of evidence in which something is missing, exactly these rules pass, and each says what it examined."""
    defect, expected = CASES[name]
    results = [judge_rule(rule, evidence(**defect)) for rule in RULES]
    assert {each.rule for each in results if each.status is Status.PASS} == expected
    assert not [each.rule for each in results if each.status is Status.BROKEN]
    for each in results:
        assert (each.examined is not None and each.examined.count > 0) == (each.status is Status.PASS)


@pytest.mark.parametrize("count", [0, -1])
def test_a_pass_of_nothing_cannot_be_made(count):
    """A rule that would pass without having examined anything breaks instead: that is a bug of ours."""
    with pytest.raises(ValueError, match="a pass that examined no answers"):
        Passed("all is well", count, "answers")
