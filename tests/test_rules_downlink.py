"""The rule response-downlink on evidence: every fault of a reply, and what is right."""

import pytest
from msgspec import structs

from sigcheck.callback import CALLBACK_TYPES
from sigcheck.callback.replies import ReplyFault
from sigcheck.model.delivery import FailureKind, Phase
from sigcheck.model.rule import Status
from tests.evidence import MESSAGE, answer, exchange, failure, samples, scenario
from tests.rulecases import Case, check, judged, table

PASS, FAIL, SKIP, OPEN = Status.PASS, Status.FAIL, Status.SKIP, Status.UNDECIDED
RULE = "response-downlink"
JSON_TYPE = (("Content-Type", "application/json; charset=utf-8"),)
HTML = (("content-type", "text/html"),)
GOOD = b'{"516C4EC0":{"downlinkData":"0123456789abcdef"}}'
NONE = b'{"516C4EC0":{"noData":true}}'
BIDIR = CALLBACK_TYPES["data/bidir"]


def replied(body=b"", status=200, headers=JSON_TYPE, **more):
    """Give evidence of a receiver of data/bidir that answers every sample like this; the replay was not asked for."""
    outcome = answer(status, body=body, headers=headers, **more)
    return {"samples": samples(*(outcome,) * 3), "scenario": None, "kind": "data/bidir", "ack": True}


def unasked(body, status=200):
    """Give the same for samples whose devices do not wait for a downlink."""
    told = replied(body, status)
    silent = structs.replace(MESSAGE, ack=False)
    return {**told, "samples": tuple(structs.replace(each, message=silent) for each in told["samples"])}


def case(name, defect, status, says, level=None):
    """Give a case of this rule."""
    return Case(RULE, name, defect, status, says, level)


@table(
    case("downlink", replied(GOOD), PASS, "all 3 replies are right for data/bidir, 3 with a downlink"),
    case("upper-case-data", replied(GOOD.replace(b"abcdef", b"ABCDEF")), PASS, "3 with a downlink"),
    case("no-data", replied(NONE), PASS, "none with a downlink"),
    case("204", replied(status=204, headers=()), PASS, "none with a downlink"),
    case("204-of-length-0", replied(status=204, headers=(("Content-Length", "0"),)), PASS, "none with a downlink"),
    case("other-devices", replied(GOOD[:-1] + b',"AB":{"downlinkData":"00"}}'), PASS, "3 with a downlink"),
    case("compressed", replied(b"\x1f\x8b", decoded=GOOD), PASS, "3 with a downlink"),
    case("unasked-204", unasked(b"", 204), PASS, "no message asked for a downlink"),
    case("unasked-any-success", unasked(b"fine", 201), PASS, "no message asked for a downlink"),
    case("unasked-no-data", unasked(NONE), PASS, "no message asked for a downlink"),
    case("not-tried", replied(GOOD), PASS, "not tried: a message whose ack is false and the reply to a retry"),
    case("no-ack", {**replied(GOOD), "ack": None}, PASS, "ack is false (the callback carries no {ack})"),
    case("all-fixed-to-false", {**replied(status=204, headers=()), "ack": False}, PASS, "no message asked"),
    case("replayed", {**replied(GOOD), "scenario": scenario(*(answer(200, body=GOOD, headers=JSON_TYPE),) * 4)},
         PASS, "7 with a downlink; not tried: a message whose ack is false"),
    case("204-with-a-downlink", replied(status=204, headers=(), behind=GOOD), FAIL,
         "was answered 204 with a body, '{\"516C4EC0\"", "must"),
    case("204-with-words", replied(status=204, headers=(), behind=b"ok"), FAIL, "204 with a body, 'ok'", "should"),
    case("204-that-announces", replied(status=204, headers=(("Content-Length", "48"),)), FAIL, "announces a body",
         "should"),
    case("204-in-chunks", replied(status=204, headers=(("Transfer-Encoding", "chunked"),)), FAIL, "announces a body"),
    case("201", replied(GOOD, 201), FAIL, "was answered 201; the Cloud's pages name 200 and 204", "should"),
    case("202-empty", replied(status=202), FAIL, "was answered 202", "should"),
    case("empty", replied(), FAIL, "was answered 200 without a body", "should"),
    case("not-json", replied(b"downlinkData=00"), FAIL, "not JSON: 'downlinkData=00'", "must"),
    case("words", replied(b"ok"), FAIL, "not JSON: 'ok'", "should"),
    case("a-list", replied(b'["downlinkData"]'), FAIL, "not a JSON object", "must"),
    case("deep", replied(b"[" * 2000), FAIL, "has a reply that is n", "should"),
    case("other-case", replied(GOOD.replace(b"C4EC0", b"c4ec0")), FAIL,
         "under '516c4ec0', and the device is 516C4EC0: the id's case was changed", "must"),
    case("empty-key", replied(GOOD.replace(b"516C4EC0", b"")), FAIL, "under '', and not under the device's id 516C4EC0",
         "must"),
    case("padded", replied(GOOD.replace(b"516C4EC0", b"00516C4EC0")), FAIL, "under '00516C4EC0', and not", "must"),
    case("word-device", replied(b'{"device":"516C4EC0","downlinkData":"0123456789abcdef"}'), FAIL,
         "under 'device' and 'downlinkData', and not under", "must"),
    case("nothing-in-it", replied(b"{}"), FAIL, "without an entry for the device 516C4EC0: '{}'", "should"),
    case("success", replied(b'{"success":true}'), FAIL, "without an entry for the device", "should"),
    case("neither", replied(b'{"516C4EC0":{}}'), FAIL, "neither downlinkData nor noData", "must"),
    case("misspelt", replied(b'{"516C4EC0":{"downlinkdata":"0123456789abcdef"}}'), FAIL, "neither", "must"),
    case("bare", replied(b'{"516C4EC0":"0123456789abcdef"}'), FAIL, "entry for the device is not an object", "must"),
    case("no-data-false", replied(b'{"516C4EC0":{"noData":false}}'), FAIL, "noData is 'false' instead", "should"),
    case("both", replied(GOOD[:-2] + b',"noData":true}}'), FAIL, "both downlinkData and noData", "should"),
    case("too-short", replied(GOOD.replace(b"ef", b"")), FAIL, "14 hex digits instead of 16", "must"),
    case("too-long", replied(GOOD.replace(b"ef", b"ef01")), FAIL, "18 hex digits instead of 16", "must"),
    case("no-hex", replied(GOOD.replace(b"0123", b"WXYZ")), FAIL, "which is not 16 hex digits", "must"),
    case("a-number", replied(b'{"516C4EC0":{"downlinkData":1234567890123456}}'), FAIL,
         "downlinkData is '1234567890123456', which is not a text", "must"),
    case("null", replied(b'{"516C4EC0":{"downlinkData":null}}'), FAIL, "downlinkData is 'null'", "must"),
    case("html", replied(GOOD, headers=HTML), FAIL, "sent as 'text/html' instead of as application/json", "should"),
    case("no-type", replied(GOOD, headers=()), FAIL, "sent without a content type", "should"),
    case("unasked", unasked(GOOD), FAIL, "with a downlink for 516C4EC0, although its ack is false", "should"),
    case("unasked-201", unasked(GOOD, 201), FAIL, "although its ack is false", "should"),
    case("unasked-other-key", unasked(GOOD.replace(b"516C4EC0", b"")), FAIL, "for 516C4EC0, although", "should"),
    case("null-body", replied(b"null"), FAIL, "not a JSON object: 'null'", "should"),
    case("not-a-number", replied(GOOD[:-2] + b',"rssi":NaN}}'), FAIL, "not JSON (NaN is not a JSON value)", "must"),
    case("a-page", replied(b"\n<!DOCTYPE html><title>Log in</title>"), FAIL, "an HTML page instead of JSON", "should"),
    case("entry-in-a-list", replied(b'{"516C4EC0":[{"downlinkData":"0123456789abcdef"}]}'), FAIL,
         "whose entry for the device is not an object: '[{", "must"),
    case("key-twice", replied(GOOD[:-1] + b"," + GOOD[1:]), FAIL, "names '516C4EC0' twice", "should"),
    case("data-twice", replied(GOOD[:-2] + b',"downlinkData":"00"}}'), FAIL, "names 'downlinkData' twice", "should"),
    case("other-twice", replied(GOOD[:-1] + b',"a":1,"a":2,"AB":{"downlinkData":1,"downlinkData":2}}'), PASS,
         "3 with a downlink"),
    case("none-with-null", replied(b'{"516C4EC0":{"noData":true,"downlinkData":null}}'), FAIL, "both", "should"),
    case("none-with-empty", replied(b'{"516C4EC0":{"noData":true,"downlinkData":""}}'), FAIL, "both", "should"),
    case("brotli", replied(b"\x0b\x1d", headers=(*JSON_TYPE, ("Content-Encoding", "br"))), FAIL,
         "encoded as 'br', which cannot be undone", "should"),
    case("no-gzip", replied(GOOD, headers=(*JSON_TYPE, ("Content-Encoding", "gzip"))), FAIL,
         "encoded as 'gzip'", "must"),
    case("too-much", replied(b"{" + b" " * 50, size=5000), OPEN, "5,000 bytes, of which 51 were kept"),
    case("too-much-unpacked", replied(b"\x1f\x8b", decoded=b"{".ljust(2048)), OPEN, "of which 2,048 were kept"),
    case("cut-short", replied(GOOD[:-9], end="broken"), OPEN, "ended too early"),
    case("endless", replied(GOOD[:-9], end="capped", size=65_536), OPEN, "more than 65,536 bytes"),
    case("nothing-delivered", {**replied(), "samples": ()}, SKIP, "nothing was delivered"),
    case("refused", replied(status=500), OPEN, "no delivery was accepted"),
    case("unanswered", {**replied(), "samples": samples(failure(FailureKind.REFUSED, Phase.CONNECT, "refused"))}, OPEN,
         "no connection"),
    case("uplink", {}, SKIP, "a data/uplink callback carries no downlink"),
    case("uplink-with-a-downlink", {**replied(GOOD), "kind": "data/uplink"}, FAIL, "which the Cloud ignores", "note"),
    case("uplink-undelivered", {"samples": (), "scenario": None}, SKIP, "carries no downlink"),
)  # fmt: skip
def test_reply(case):
    """Each fault of a reply is named, at the level of what it costs, and what is right passes."""
    check(case)


@pytest.mark.parametrize("data", ["null", '""', '"xx"'])
def test_nothing_and_no_data_are_one_fault(data):
    """A reply that says noData and has no usable downlink either has one finding, and not two."""
    reply = replied(b'{"516C4EC0":{"noData":true,"downlinkData":%s}}' % data.encode())
    assert len(judged(RULE, reply).findings) == 1


def test_a_reply_too_long_to_judge_hides_no_fault():
    """Where one reply cannot be judged and another is wrong, the wrong one is told."""
    long, wrong = answer(200, body=b"{", size=5000), answer(200, body=b"ok")
    result = judged(RULE, {**replied(), "samples": samples(long, wrong)})
    assert (result.status, result.summary.count("not JSON: 'ok'")) == (FAIL, 1)


def test_several_faults_are_all_listed():
    """A reply with two faults has two findings, the one that loses the downlink first."""
    found = judged(RULE, replied(GOOD.replace(b"ef", b""), 201, HTML)).findings
    assert [each.level for each in found] == ["must", "should", "should"]
    assert all(each.fix != "" for each in found)
    assert "3 of 3 samples" in (found[0].measured or "")


@pytest.mark.parametrize(("selected", "level"), [(None, "should"), ((RULE,), "must")])
def test_a_late_downlink(selected, level):
    """A downlink behind the limit is a must of its own only where no other rule of the run says that it is late."""
    late = (exchange(answer(200, body=GOOD, headers=JSON_TYPE), wait=12.0),)
    result = judged(RULE, {**replied(), "samples": late, "selected": selected})
    assert (result.status, result.level) == (FAIL, level)
    assert "our reading is that this downlink reaches nobody" in result.summary


def test_a_downlink_that_came_when_the_device_was_listening():
    """An answer within the limit may still be late, where the connection took long."""
    slow = (exchange(answer(200, body=GOOD, headers=JSON_TYPE), wait=9.0, total=19.5),)
    assert judged(RULE, {**replied(), "samples": slow}).level == "should"
    assert judged(RULE, {**replied(), "samples": (structs.replace(slow[0], total=18.0),)}).status is PASS


def test_what_is_wrong_with_the_reply_to_a_retry_loses_nothing():
    """A downlink for a retry is too late for the device: what is wrong with it alone is a warning."""
    right, wrong = (answer(200, body=body, headers=JSON_TYPE) for body in (GOOD, GOOD.replace(b"ef", b"")))
    assert judged(RULE, {**replied(GOOD), "scenario": scenario(right, wrong)}).level == "should"
    assert judged(RULE, {**replied(GOOD), "scenario": scenario(wrong, wrong)}).level == "must"


def test_a_batch():
    """Of several devices each that asked needs an entry of its own; those that did not ask need none."""
    asked = {"A1": True, "B2": True, "C3": False}
    both = answer(200, body=b'{"A1":{"downlinkData":"0123456789abcdef"},"B2":{"noData":true}}', headers=JSON_TYPE)
    reply = BIDIR.evaluate(both, asked)
    assert (reply.downlinks, reply.wrong) == ({"A1": "0123456789abcdef"}, ())
    bad = answer(200, headers=JSON_TYPE, body=b'{"A1":{"downlinkData":"00"},"b2":{"noData":true},'
                 b'"C3":{"downlinkData":"0123456789abcdef"}}')  # fmt: skip
    faults = [each.fault for each in BIDIR.evaluate(bad, asked).wrong]
    assert faults == [ReplyFault.DATA, ReplyFault.OTHER_CASE, ReplyFault.NOT_ASKED]
    one = answer(200, body=b'{"A1":{"noData":true}}', headers=JSON_TYPE)
    assert [each.fault for each in BIDIR.evaluate(one, asked).wrong] == [ReplyFault.NO_ENTRY]
    # A downlink for one device does not mean that another's is lost.
    some = answer(200, body=b'{"A1":{"downlinkData":"0123456789abcdef"}}', headers=JSON_TYPE)
    assert [(each.fault, each.level) for each in BIDIR.evaluate(some, asked).wrong] == [(ReplyFault.NO_ENTRY, "should")]
    assert BIDIR.evaluate(answer(204), asked).wrong == ()


def test_the_rule_asks_for_each_device_of_a_batch():
    """The reply to a batch must have an entry for every message's device that waits, not for the first one alone."""
    reply = answer(200, body=GOOD, headers=JSON_TYPE)
    other = structs.replace(MESSAGE, device="AB")
    batch = (structs.replace(exchange(reply), also=(other,)),)
    result = judged(RULE, {**replied(), "samples": batch})
    assert (result.status, "without an entry for the device AB" in result.summary) == (FAIL, True)
    silent = (structs.replace(exchange(reply), also=(structs.replace(other, ack=False),)),)
    assert judged(RULE, {**replied(), "samples": silent}).status is PASS


def test_a_batch_is_counted_once():
    """A reply that has the same fault for several devices of a batch counts as one delivery that has it."""
    others = tuple(structs.replace(MESSAGE, device=device) for device in ("AB", "CD"))
    batch = (structs.replace(exchange(answer(200, body=b"{}", headers=JSON_TYPE)), also=others),)
    good = exchange(answer(200, body=GOOD, headers=JSON_TYPE))
    (finding,) = judged(RULE, {**replied(), "samples": (*batch, good)}).findings
    assert finding.measured == "1 of 2 samples"


@pytest.mark.parametrize("kind", CALLBACK_TYPES.values(), ids=CALLBACK_TYPES)
def test_what_a_right_answer_is(kind):
    """Any success is right for every type but data/bidir, and no error is right for any."""
    wrong = kind.evaluate(answer(201, body=b"ok"), {"A1": True}).wrong
    assert bool(wrong) == kind.downlink
    assert kind.evaluate(answer(204), {"A1": True}).wrong == ()
    assert [each.fault for each in kind.evaluate(answer(500), {"A1": True}).wrong] == [ReplyFault.NOT_ACCEPTED]


@table(
    Case("retry-answer-differs", "lost", {"kind": "data/bidir", "scenario": scenario(answer(200, body=GOOD), answer())},
         FAIL, "delivery 2 was answered 204, but delivery 1 of the same message '{", "should"),
    Case("retry-answer-differs", "only-then", {"kind": "data/bidir",
         "scenario": scenario(answer(), answer(200, body=GOOD))}, FAIL, "too late for the device", "should"),
    Case("retry-answer-differs", "same", {"kind": "data/bidir", "scenario": scenario(*(answer(200, body=GOOD),) * 4)},
         PASS, "4 deliveries got the same answer, 200"),
    Case("retry-answer-differs", "of-other-devices", {"kind": "data/bidir", "scenario": scenario(
         *(answer(200, body=GOOD[:-1] + b',"AB":{"downlinkData":"%d"}}' % number) for number in range(4)))},
         PASS, "their downlinks do not"),
    Case("retry-answer-differs", "then-under-no-key", {"kind": "data/bidir",
         "scenario": scenario(answer(200, body=GOOD), answer(200, body=GOOD.replace(b"516C4EC0", b"")))}, PASS),
    Case("retry-answer-differs", "a-number", {"kind": "data/bidir", "scenario": scenario(
         *(answer(200, body=b'{"516C4EC0":{"downlinkData":%d}}' % number) for number in (1, 2)))}, PASS),
    Case("retry-answer-differs", "for-an-uplink", {"scenario": scenario(answer(200, body=GOOD), answer())}, PASS),
)  # fmt: skip
def test_retries(case):
    """A downlink that the first delivery got is missed at the retry, and one that comes only then is too late."""
    check(case)
