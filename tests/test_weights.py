"""What a fault weighs, and whose it is: limits that waiting does not satisfy, answers given up, one address."""

from msgspec import structs

from sigcheck.judge import judge_rule
from sigcheck.model.delivery import FailureKind, Phase, Phases
from sigcheck.model.effects import ScenarioResult
from sigcheck.model.rule import Status
from sigcheck.rules import RULES
from tests.evidence import MESSAGE, answer, evidence, exchange, failure

BY_ID = {rule.id: rule for rule in RULES}
LIMITED = answer(429, reason="Too Many Requests", headers=(("Retry-After", "2"),))


def judged(rule, *exchanges):
    """Judge a run of these samples by one rule."""
    return judge_rule(BY_ID[rule], evidence(samples=exchanges, scenario=None, unauthenticated=None))


def at(started, outcome=None):
    """Give a delivery that began then, and took 27 ms."""
    return exchange(outcome, started=started)


def test_a_rate_limit_that_waiting_satisfies_is_a_warning():
    """What came too fast was refused, and what came after the wait was not: the Cloud is not so fast."""
    found = judged("response-not-2xx", at(0.0), at(0.1, LIMITED), at(0.5, LIMITED), at(3.0), at(6.0))
    assert (found.status, found.level) == (Status.FAIL, "should")
    assert "limits the rate" in found.summary


def test_a_rate_limit_that_waiting_does_not_satisfy_is_a_must():
    """A delivery that waited as long as it was asked to and was refused again is lost for the Cloud as well."""
    found = judged("response-not-2xx", at(0.0), at(0.1, LIMITED), at(3.0, LIMITED), at(6.0), at(9.0))
    assert (found.status, found.level) == (Status.FAIL, "must")


def test_a_connection_that_is_closed_after_the_limit_came_too_late():
    """The Cloud would have gone by then: that the server hung up in the end is no fault of its own."""
    closed = failure(FailureKind.CLOSED, Phase.WAIT, "the connection was closed without an answer")
    late = structs.replace(at(0.0, closed), phases=Phases(wait=13.0), total=13.0)
    early = structs.replace(late, phases=Phases(wait=3.0), total=3.0)
    assert judged("deadline-exceeded", at(0.0), late).status is Status.FAIL
    assert judged("response-malformed", at(0.0), late).status is Status.PASS
    assert judged("deadline-exceeded", at(0.0), early).status is Status.PASS
    assert judged("response-malformed", at(0.0), early).status is Status.FAIL


def test_faults_of_one_address_of_several_name_it():
    """Where all that failed went to one address, that is where to look; else no place is named."""
    there = structs.replace(at(1.0, answer(502)), address="192.0.2.2")
    here = structs.replace(at(2.0, answer(502)), address="192.0.2.1")
    assert "(at 192.0.2.2)" in judged("response-not-2xx", at(0.0), there).summary
    assert "at 192" not in judged("response-not-2xx", at(0.0), there, here).summary
    assert "at 192" not in judged("response-not-2xx", at(0.0), here).summary


def test_a_refused_retry_of_what_we_cut_off_is_a_refused_repeat():
    """The receiver has the message, although it could not say so: that it refuses the retry is one rule's matter."""
    cut = failure(FailureKind.CUT, Phase.WAIT, "the connection was cut before the answer")
    lost = ScenarioResult("lost answer", (MESSAGE,), ("it",), exchanges=(at(30.0, cut), at(31.0, answer(409))))
    seen = structs.replace(evidence(), scenarios=(*evidence().scenarios, lost))
    assert judge_rule(BY_ID["response-not-2xx"], seen).status is Status.PASS
    found = judge_rule(BY_ID["retry-rejected"], seen)
    assert found.status is Status.FAIL
    assert "the first was accepted, or cut off before its answer" in found.summary
