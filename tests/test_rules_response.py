"""The `response` and `deadline` rules: what comes back, and when."""

import pytest

from sigcheck.model.answers import CLIENTS, Oddity, OddityKind
from sigcheck.model.delivery import FailureKind, Phase
from sigcheck.model.rule import Status
from sigcheck.rules._advice import FIXES
from tests.evidence import answer, exchange, failure, samples, scenario
from tests.rulecases import Case, check, judged, table

PASS, FAIL, SKIP, OPEN = Status.PASS, Status.FAIL, Status.SKIP, Status.UNDECIDED
LATE = failure()
REFUSED = failure(FailureKind.REFUSED, Phase.CONNECT, "the connection was refused")
NO_TLS = failure(FailureKind.TLS_FAILED, Phase.TLS, "wrong version number")
GARBAGE = failure(FailureKind.MALFORMED, Phase.WAIT, "the answer is not HTTP: '..garbage'")
CLOSED = failure(FailureKind.CLOSED, Phase.WAIT, "the connection was closed before the headers were complete")
NOTHING = {"samples": (), "scenario": None}
NGINX = answer(400, reason="Bad Request", body=b"<h1>400</h1>No required SSL certificate was sent")


def status(code, reason="Reason", **more):
    """Give evidence of a receiver that answers everything with one status."""
    return {"samples": samples(*(answer(code, reason=reason, **more),) * 5), "scenario": None}


CUT_SHORT = Oddity(OddityKind.BODY, "the body is cut short", body_lost_by=("curl", "java.net.http"))


@table(
    Case("response-not-2xx", "good", {}, PASS, "9 of 9 deliveries were answered 204"),
    Case("response-not-2xx", "bare-299", status(299), PASS, "answered 299"),
    Case("response-not-2xx", "redirect-is-anothers", status(302), SKIP, "see response-redirect"),
    Case("response-not-2xx", "nothing-delivered", NOTHING, SKIP, "nothing was delivered"),
    Case("response-not-2xx", "interrupted", {**NOTHING, "interrupted": "interrupted by SIGINT"}, OPEN, "interrupted"),
    Case("response-not-2xx", "no-connection", {"samples": samples(REFUSED, REFUSED), "scenario": None}, OPEN),
    Case(
        "response-not-2xx", "no-tls", {"samples": samples(NO_TLS, REFUSED), "scenario": None}, OPEN, "no TLS handshake"
    ),
    Case("response-not-2xx", "mutual-tls", {"samples": samples(NGINX), "scenario": None}, OPEN, "client certificate"),
    Case(
        "response-not-2xx",
        "two-statuses",
        {"samples": samples(answer(), answer(503, reason="Busy"), answer(500, reason="Oh")), "scenario": None},
        FAIL,
        "1 of 3 samples was answered 503 'Busy' (+1 more)",
        "must",
    ),
    Case("response-not-2xx", "without-a-reason", status(500, ""), FAIL, "5 of 5 samples were answered 500"),
    Case("response-redirect", "good", {}, PASS, "answers is a redirect"),
    Case(
        "response-redirect",
        "moved",
        status(301, headers=(("Location", "https://elsewhere.example/"),)),
        FAIL,
        "5 of 5 samples were answered 301 (to 'https://elsewhere.example/'); redirects are not followed",
        "must",
    ),
    Case("response-redirect", "nowhere", status(302), FAIL, "5 of 5 samples were answered 302; redirects"),
    Case("response-redirect", "304-is-none", status(304), PASS),
    Case("response-not-2xx", "304", status(304), FAIL, "answered 304", "must"),
    Case("response-redirect", "nothing-delivered", NOTHING, SKIP),
    Case("response-malformed", "good", {}, PASS, "well-formed"),
    Case(
        "response-malformed",
        "garbage",
        {"samples": samples(GARBAGE, GARBAGE), "scenario": None},
        FAIL,
        "the answer is not HTTP: '..garbage'",
        "must",
    ),
    Case("response-malformed", "closed", {"samples": samples(answer(), CLOSED)}, FAIL, "closed before a status line"),
    Case(
        "response-malformed",
        "broken-body",
        {"samples": samples(answer(200, size=5, end="broken", oddities=(CUT_SHORT,)))},
        FAIL,
        "the body is cut short: curl and java.net.http then report an error; what the Cloud does is not published",
        "should",
    ),
    Case(
        "response-malformed",
        "endless-body",
        {"samples": samples(answer(200, end="capped"))},
        FAIL,
        "the body had not ended after 64 KiB",
        "should",
    ),
    Case(
        "response-malformed",
        "one-client-refuses",
        {"samples": samples(answer(200, oddities=(Oddity(OddityKind.LENGTH, "odd", ("curl",), "Mend it."),)))},
        FAIL,
        "odd: curl refuses such an answer",
        "should",
    ),
    Case(
        "response-malformed",
        "all-clients-refuse",
        {"samples": samples(answer(200, oddities=(Oddity(OddityKind.LENGTH, "odd", CLIENTS),)))},
        FAIL,
        "odd: curl and both clients of a JDK refuse such an answer",
        "must",
    ),
    Case(
        "response-malformed",
        "a-remark-alone",
        {"samples": samples(answer(200, oddities=(Oddity(OddityKind.SURPLUS, "3 bytes came behind"),)))},
        PASS,
    ),
    Case(
        "response-malformed",
        "a-head-that-never-ended",
        {"samples": samples(answer(200, oddities=(Oddity(OddityKind.HEAD_CUT, "cut", ("curl", "java.net.http")),)))},
        FAIL,
        "cut: curl and java.net.http refuse such an answer",
        "must",
    ),
    Case("response-malformed", "late-is-anothers", {"samples": samples(LATE, LATE), "scenario": None}, PASS),
    Case("response-malformed", "nothing-delivered", NOTHING, SKIP),
)
def test_response(case):
    """Each wrong answer is named by the one rule that is about it."""
    check(case)


@pytest.mark.parametrize("code", FIXES, ids=str)
def test_each_usual_status_has_its_own_remedy(code):
    """401 is mended elsewhere than 404: the hint is the status's own."""
    result = judged("response-not-2xx", status(code))
    assert (result.status, result.fix) == (FAIL, FIXES[code])


@pytest.mark.parametrize(("code", "like"), [(418, 400), (599, 500)], ids=str)
def test_other_statuses_have_a_remedy_too(code, like):
    """A status nobody listed gets the fix of its class."""
    assert judged("response-not-2xx", status(code)).fix == FIXES[like]


@table(
    Case("deadline-exceeded", "good", {}, PASS, "the slowest of 9 answers took 20 ms (limit 10 s)"),
    Case(
        "deadline-exceeded",
        "two-seconds-late",
        {"samples": samples(answer(200), waits=(12.0,)), "scenario": None},
        FAIL,
        "sample 1 was answered 200, 2.00 s too late",
        "must",
    ),
    Case(
        "deadline-exceeded", "on-the-dot", {"samples": samples(waits=(10.0,)), "scenario": None}, PASS, "10.00 s (limit"
    ),
    Case("deadline-exceeded", "silence", {"samples": samples(LATE, LATE), "scenario": None}, FAIL, "no status line"),
    Case(
        "deadline-exceeded",
        "a-late-repeat",
        {"scenario": scenario(answer(), failure(), answer(), answer())},
        FAIL,
        "delivery 2: no status line",
    ),
    Case("deadline-exceeded", "nothing-delivered", NOTHING, SKIP),
    Case("deadline-exceeded", "only-garbage", {"samples": samples(GARBAGE), "scenario": None}, OPEN, "no answer time"),
    Case("deadline-tight", "good", {}, PASS, "at least 9.98 s to spare"),
    Case(
        "deadline-tight",
        "eight-seconds",
        {"samples": samples(waits=(0.1, 8.0, 7.5)), "scenario": None},
        FAIL,
        "2 of 3 answers had less than 3.00 s to spare the slowest took 8.00 s",
        "should",
    ),
    Case("deadline-tight", "late-is-anothers", {"samples": samples(waits=(12.0,)), "scenario": None}, SKIP),
    Case(
        "deadline-tight",
        "slow-connection",
        {"samples": (exchange(wait=0.1, total=11.0),), "scenario": None},
        FAIL,
        "it took 11.00 s from the start of the connection to the answer",
    ),
    Case(
        "deadline-tight",
        "body-drags-on",
        {"samples": samples(answer(200, size=99, end="cut at the limit")), "scenario": None},
        FAIL,
        "the body was still arriving 10 s after the request",
    ),
    Case("deadline-tight", "silence", {"samples": samples(LATE), "scenario": None}, OPEN),
    Case("deadline-tight", "nothing-delivered", NOTHING, SKIP),
    Case("deadline-cold-start", "good", {}, PASS, "the first answer took 20 ms, the others 20 ms"),
    Case(
        "deadline-cold-start",
        "cold",
        {"samples": samples(waits=(3.0, 0.2, 0.2, 0.2))},
        FAIL,
        "the first answer took 3.00 s, the others 200 ms (median) 2.80 s more",
        "should",
    ),
    Case("deadline-cold-start", "slow-throughout", {"samples": samples(waits=(6.0, 4.0, 4.0))}, PASS),
    Case("deadline-cold-start", "quick-throughout", {"samples": samples(waits=(0.5, 0.01, 0.01))}, PASS),
    Case("deadline-cold-start", "one-sample", {"samples": samples(answer())}, SKIP, "at least two samples"),
    Case("deadline-cold-start", "first-lost", {"samples": samples(LATE, answer(), answer())}, OPEN),
    Case("deadline-cold-start", "rest-lost", {"samples": samples(answer(), LATE)}, OPEN, "no sample after the first"),
    Case("deadline-cold-start", "nothing-delivered", NOTHING, SKIP),
)
def test_deadline(case):
    """Times are judged against the limit, with the figures."""
    check(case)
