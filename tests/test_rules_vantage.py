"""Rules that depend on where the tester stands: the allowlist's evidence, proxies, credentials."""

import pytest

from sigcheck.judge import judge_rule
from sigcheck.model.network import AllowlistFacts
from sigcheck.model.rule import Status
from tests.evidence import address, answer, evidence, exchange, failure, network, samples
from tests.rulecases import BY_ID, Case, check, table

PASS, FAIL, SKIP, OPEN = Status.PASS, Status.FAIL, Status.SKIP, Status.UNDECIDED
RANGE = "185.110.96.0/22"
LINE = "rules.v4:9: -A INPUT -j DROP"
INSIDE = {"vantage": "inside"}
UNSENT = {"samples": (), "scenario": None, "unauthenticated": None}
SILENT = {"network": network(address(outcome="no answer", detail="no answer within 10 s")), **UNSENT}
UNREACHABLE = {"network": network(address(outcome="unreachable", detail="No route to host")), **UNSENT}
REFUSED = {"network": network(address(outcome="refused", detail="refused")), **UNSENT}
PRIVATE = {"network": network(address("10.0.0.1", scope="private"))}
FORBIDDEN = {"samples": samples(*[answer(403, reason="Forbidden")] * 5), "scenario": None}
BROKEN = {"samples": samples(*[answer(500, reason="Oh")] * 5), "scenario": None}
ANYBODY = {"authenticated": False, "unauthenticated": None}


def rules(verdict, **facts):
    """Give what a firewall's rules say, as the keyword of the evidence."""
    return {"allowlist": AllowlistFacts(verdict, ("rules.v4",), **facts)}


ADMITTED, EVERYBODY = rules("admitted", decides=LINE), rules("open")
PARTLY = rules("partly", missing=("185.110.96.0/24", "185.110.98.0/23"), decides=LINE)
KEPT_OUT = rules("refused", missing=(RANGE,), decides=LINE)
UNCLEAR = rules("unclear", unclear=("rules.v4:3: -i eth0: which interface",))


@table(
    Case("reach-allowlist", "outside", {}, OPEN, "cannot be seen from outside the range | Export the firewall's rules"),
    Case("reach-allowlist", "outside-silent", SILENT, OPEN, "--vantage inside", "should"),
    Case("reach-allowlist", "inside", INSIDE, PASS, "that shows only that its own address is admitted"),
    Case("reach-allowlist", "inside-silent", INSIDE | SILENT, SKIP, "was not let in"),
    Case("reach-allowlist", "private", PRIVATE, SKIP, "so no allowlist applies"),
    Case("reach-allowlist", "unresolved", UNSENT | {"network": network(problem="no such name")}, SKIP),
    Case("reach-allowlist", "admitted", ADMITTED, PASS, f"rules.v4: the whole of {RANGE} is admitted ({LINE})"),
    Case("reach-allowlist", "admitted-unseen", UNSENT | {"network": None} | ADMITTED, PASS),
    Case("reach-allowlist", "open", EVERYBODY, PASS, "everybody is admitted"),
    Case("reach-allowlist", "unclear", UNCLEAR, OPEN, "rules.v4:3: -i eth0: which interface | Run `sigcheck allowlist"),
    Case("reach-allowlist", "unclear-wordless", rules("unclear"), OPEN, "could not be followed"),
    Case("reach-allowlist", "partly", PARTLY, FAIL, "missing: 185.110.96.0/24, 185.110.98.0/23", "must"),
    Case("reach-allowlist", "partly-line", PARTLY, FAIL, f"a part of {RANGE} is kept out ({LINE})", "must"),
    Case("reach-allowlist", "partly-from-inside", PARTLY | INSIDE, FAIL, "a part of", "must"),
    Case("reach-allowlist", "refused", KEPT_OUT, FAIL, f"all of {RANGE} is kept out", "must"),
    Case(
        "reach-allowlist",
        "many-missing",
        rules("partly", missing=tuple(f"185.110.96.{n}/32" for n in range(9))),
        FAIL,
        "185.110.96.7/32, …",
    ),
)
def test_the_three_strengths_of_evidence(case):
    """The firewall's rules go before the tester's place, and without either nothing is decided."""
    check(case)


@table(
    Case("reach-no-answer", "silence", SILENT, OPEN, "give them here with --allowlist FILE"),
    Case("reach-no-answer", "silence-admitted", SILENT | ADMITTED, OPEN, "from an address that the firewall admits"),
    Case("reach-no-answer", "silence-partly", SILENT | PARTLY, OPEN, "doing its work"),
    Case("reach-no-answer", "silence-refused", SILENT | KEPT_OUT, OPEN, "doing its work"),
    Case("reach-no-answer", "silence-open", SILENT | EVERYBODY, FAIL, "the firewall's rules admit everybody", "must"),
    Case("reach-no-answer", "silence-inside", SILENT | INSIDE, FAIL, "is inside the sender range", "must"),
    Case("reach-no-answer", "silence-inside-admitted", SILENT | INSIDE | ADMITTED, FAIL, "is inside"),
    Case("reach-no-answer", "unreachable", UNREACHABLE, FAIL, "give its rules with --allowlist", "must"),
    Case("reach-no-answer", "unreachable-admitted", UNREACHABLE | ADMITTED, OPEN, "doing its work"),
    Case(
        "reach-no-answer",
        "silent-four-and-routeless-six",
        {
            "network": network(
                address("2001:db8::1", outcome="unreachable", detail="Network is unreachable"),
                address(outcome="no answer", detail="no answer within 10 s"),
            )
        },
        OPEN,
        "192.0.2.1 port 443: no answer",
    ),
    Case("reach-refused", "stranger", REFUSED, FAIL, "give its rules with --allowlist FILE", "must"),
    Case("reach-refused", "stranger-admitted", REFUSED | ADMITTED, OPEN, "doing its work"),
    Case("reach-refused", "stranger-partly", REFUSED | PARTLY, OPEN, "doing its work"),
    Case("reach-refused", "stranger-open", REFUSED | EVERYBODY, FAIL, "refused the connection", "must"),
    Case("reach-refused", "inside-admitted", REFUSED | INSIDE | ADMITTED, FAIL, "refused the connection", "must"),
    Case("response-not-2xx", "forbidden", FORBIDDEN, FAIL, "give its rules with --allowlist FILE", "must"),
    Case("response-not-2xx", "forbidden-admitted", FORBIDDEN | ADMITTED, OPEN, "all 5 deliveries were answered 403"),
    Case("response-not-2xx", "forbidden-open", FORBIDDEN | EVERYBODY, FAIL, "answered 403", "must"),
    Case("response-not-2xx", "forbidden-inside", FORBIDDEN | INSIDE | ADMITTED, FAIL, "answered 403", "must"),
    Case(
        "response-not-2xx",
        "sometimes-forbidden",
        {"samples": samples(answer(), answer(403)), "scenario": None} | ADMITTED,
        FAIL,
        "1 of 2",
    ),
    Case("response-not-2xx", "broken-admitted", BROKEN | ADMITTED, FAIL, "answered 500", "must"),
)
def test_a_refusal_that_may_be_the_allowlist(case):
    """What keeps a stranger out is open where the firewall's rules explain it, and a failure where nothing does."""
    check(case)


@pytest.mark.parametrize(("case", "fix"), [("inside", False), ("outside", True)])
def test_a_refusal_inside_is_no_allowlist(case, fix):
    """Only a stranger is told that a firewall may have refused it."""
    result = judge_rule(BY_ID["reach-refused"], evidence(**REFUSED, vantage=case))
    assert result.fix is not None
    assert ("--allowlist" in result.fix) is fix


def headed(*headers):
    """Give samples whose answers carry these headers."""
    return {"samples": samples(answer(headers=headers)), "scenario": None}


@table(
    Case("reach-proxied", "none", {}, PASS, "no answer has proxy headers"),
    Case("reach-proxied", "nothing-delivered", UNSENT, SKIP, "no answer was seen"),
    Case(
        "reach-proxied", "unanswered", {"samples": samples(failure()), "scenario": None, "unauthenticated": None}, SKIP
    ),
    Case("reach-proxied", "own-server", headed(("Server", "nginx/1.24.0")), PASS),
    Case("reach-proxied", "cloudflare", headed(("CF-RAY", "8a1-CDG")), FAIL, "Cloudflare is in front", "note"),
    Case("reach-proxied", "server", headed(("server", "AkamaiGHost")), FAIL, "Akamai is in front"),
    Case(
        "reach-proxied",
        "via",
        headed(("Via", "1.1 varnish")),
        FAIL,
        "a proxy is in front of the receiver ('Via: 1.1 varnish')",
    ),
    Case(
        "reach-proxied",
        "surest-name",
        headed(("X-Cache", "Miss from cloudfront"), ("Via", "1.1 x"), ("X-Amz-Cf-Pop", "CDG50")),
        FAIL,
        "Amazon CloudFront is in front",
    ),
    Case("reach-proxied", "long", headed(("Via", "x" * 5000)), FAIL, "x…'"),
)
def test_a_proxy_gives_itself_away(case):
    """A header that only a proxy sends is noted with its words, shortened, and the surest one is chosen."""
    check(case)


UNCHECKED = {"unauthenticated": exchange(answer())}


@table(
    Case("exposure-unauthenticated", "checked", {}, PASS, "without the callback's credentials was answered 401"),
    Case("exposure-unauthenticated", "unchecked", UNCHECKED, FAIL, "they are not checked", "should"),
    Case("exposure-unauthenticated", "unchecked-inside", UNCHECKED | INSIDE, FAIL, "they are not checked", "should"),
    Case("exposure-unauthenticated", "unchecked-private", UNCHECKED | PRIVATE, FAIL, "they are not checked"),
    Case("exposure-unauthenticated", "not-tried", {"unauthenticated": None}, SKIP, "no message was sent without"),
    Case(
        "exposure-unauthenticated",
        "cut",
        {"unauthenticated": exchange(failure())},
        OPEN,
        "got no answer: no status line",
    ),
    Case(
        "exposure-unauthenticated",
        "hidden",
        {"unauthenticated": exchange(answer(404, reason="Not Found"))},
        PASS,
        "404",
    ),
    Case(
        "exposure-unauthenticated",
        "broken-too",
        BROKEN | {"unauthenticated": exchange(answer(500))},
        OPEN,
        "none with them was accepted",
    ),
    Case(
        "exposure-unauthenticated",
        "forbidden-either-way",
        FORBIDDEN | {"unauthenticated": exchange(answer(403, reason="Forbidden"))},
        PASS,
        "answered 403",
    ),
    Case("exposure-unauthenticated", "anybody", ANYBODY, FAIL, f"from outside {RANGE}", "should"),
    Case("exposure-unauthenticated", "anybody-open", ANYBODY | EVERYBODY, FAIL, f"from outside {RANGE}", "should"),
    Case("exposure-unauthenticated", "anybody-admitted", ANYBODY | ADMITTED, FAIL, "the ones in force", "note"),
    Case("exposure-unauthenticated", "anybody-inside", ANYBODY | INSIDE, SKIP, "where it should be let in"),
    Case("exposure-unauthenticated", "inside-admitted", ANYBODY | INSIDE | ADMITTED, SKIP),
    Case("exposure-unauthenticated", "inside-open", ANYBODY | INSIDE | EVERYBODY, FAIL, "admit everybody", "should"),
    Case("exposure-unauthenticated", "private", ANYBODY | PRIVATE, SKIP, "not exposed"),
    Case("exposure-unauthenticated", "forbidden", ANYBODY | FORBIDDEN, PASS, "answered 403"),
    Case("exposure-unauthenticated", "broken", ANYBODY | BROKEN, OPEN, "none was accepted"),
    Case("exposure-unauthenticated", "silence", ANYBODY | SILENT, SKIP, "no answer was seen"),
    Case("exposure-secret-in-url", "none", {}, PASS, "has a name that suggests a secret"),
    Case("exposure-secret-in-url", "secret", {"secret_in_url": True}, FAIL, "carries a secret", "note"),
)
def test_who_else_can_send(case):
    """Credentials that are not checked are seen from anywhere; an open door only from outside, or in the rules."""
    check(case)
