"""The dates of certificates where this machine's clock and the server's Date header differ."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from msgspec.structs import replace

from sigcheck.chain import describe
from sigcheck.judge import judge_rule, verdict_of
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import Result
from sigcheck.rules import RULES
from sigcheck.rules._chain import CHAIN_RULES
from tests import pki
from tests.chains import evidence_of, roots_of
from tests.evidence import answer, exchange, failure, scenario

EXPIRED = {"start": -90, "days": 80}
EARLY = {"start": 1, "days": 80}
SOON = {"start": -85, "days": 90}


def dated(text: str, **more):
    """Give one delivery whose answer has that Date."""
    return exchange(answer(headers=(("Date", text),)), **more)


def days(shift: float) -> str:
    """Write the Date of a server whose clock is so many days ahead."""
    return format_datetime(pki.NOW + timedelta(days=shift), usegmt=True)


def evidence(leaf: dict, *exchanges, **more) -> Evidence:
    """Give what a run saw of a chain with that leaf, at pki.NOW by this machine's clock."""
    chain = pki.chain(leaf=leaf)
    facts = describe(chain.presented, roots_of(chain), chain.host, chain.at)
    return replace(evidence_of(facts), samples=exchanges, **more)


def result(rule: str, seen: Evidence) -> Result:
    """Judge by one rule."""
    return judge_rule(next(each for each in RULES if each.id == rule), seen)


@pytest.mark.parametrize(
    ("rule", "leaf", "shift", "status"),
    [
        ("tls-expired", EXPIRED, -365, "fail"),
        ("tls-expired", EXPIRED, -89, "undecided"),
        ("tls-expired", EXPIRED, -10.01, "undecided"),
        ("tls-expired", EXPIRED, -9.99, "fail"),
        ("tls-expired", EXPIRED, 0, "fail"),
        ("tls-expired", EXPIRED, 365, "fail"),
        ("tls-not-yet-valid", EARLY, 2, "undecided"),
        ("tls-not-yet-valid", EARLY, 0.9, "fail"),
        ("tls-not-yet-valid", EARLY, -365, "fail"),
        ("tls-expires-soon", SOON, -365, "fail"),
        ("tls-expires-soon", SOON, -30, "undecided"),
        ("tls-expires-soon", SOON, -1, "fail"),
        ("tls-expires-soon", SOON, 4, "fail"),
        ("tls-expires-soon", SOON, 30, "undecided"),
    ],
    ids=str,
)
def test_a_date_that_the_two_clocks_judge_differently_is_undecided(
    rule: str, leaf: dict, shift: float, status: str
) -> None:
    """What is out of bounds by both stays a failure, and a clock before the certificate's own time is no clock."""
    assert result(rule, evidence(leaf, dated(days(shift)))).status == status


def test_both_times_are_named_with_what_to_do() -> None:
    """Who reads it knows which clock to set, and how to judge for a time of his own."""
    found = result("tls-expired", evidence(EXPIRED, dated(days(-30))))
    assert found.summary.startswith(
        "this machine's clock says 2026-11-23 12:00 UTC, but the server's Date header says 2026-10-24 12:00 UTC: "
        "one of them is wrong, and by this machine's clock the server certificate "
        "(callback.example.com) expired on 2026-11-13"
    )
    assert "timedatectl" in (found.fix or "")
    assert "sigcheck chain FILE --at TIME" in (found.fix or "")


def test_the_verdict_of_an_expired_certificate_is_open_then() -> None:
    """The rule is a must: nobody gets a green from a clock that may be wrong."""
    seen = evidence(EXPIRED, dated(days(-30)))
    results = tuple(judge_rule(rule, seen) for rule in RULES if rule.id in CHAIN_RULES)
    assert verdict_of(seen, results, "must") == "undecided"


@pytest.mark.parametrize(("minutes", "status"), [(-4.9, "fail"), (-5.1, "undecided")], ids=["within", "beyond"])
def test_five_minutes_are_no_difference(minutes: float, status: str) -> None:
    """A certificate that expired a minute ago has expired, as long as the clocks agree."""
    leaf = {"start": -80 - 1 / 1440, "days": 80}
    assert result("tls-expired", evidence(leaf, dated(days(minutes / 1440)))).status == status


@pytest.mark.parametrize(
    "exchanges",
    [
        (),
        (exchange(failure()),),
        (exchange(answer()),),
        (dated(days(-30)), dated(days(0))),
    ],
    ids=["none", "failure", "no date", "one agrees"],
)
def test_without_an_answer_that_contradicts_nothing_changes(exchanges: tuple) -> None:
    """One server clock that agrees with ours is enough to trust it."""
    assert result("tls-expired", evidence(EXPIRED, *exchanges)).status == "fail"


@pytest.mark.parametrize(
    "told",
    [dated(days(400 / 86_400), started=400.0), dated(days(400 / 86_400), started=0.0, total=800.0)],
    ids=["later in the run", "while it was waited for"],
)
def test_the_clocks_are_compared_at_the_moment_of_the_answer(told) -> None:
    """400 seconds after the start of the run the server's clock is 400 seconds further on as well."""
    assert result("tls-not-yet-valid", evidence({"start": 200 / 86_400}, told)).status == "fail"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "x" * 100_000,
        "Mon, 99 Foo 99999 99:99:99 GMT",
        "Thu, 01 Jan 1970 00:00:00 -9999",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Sat, 01 Jan 0001 00:00:00 +2359",
        "1\u0661:00",
        "\ud800",
        "() () ((",
        ",",
        '"',
        "0 0 0 0 0 0",
    ],
    ids=ascii,
)
def test_a_hostile_date_is_no_date(text: str) -> None:
    """Nothing a server writes there breaks the rule or hides an expired certificate."""
    assert result("tls-expired", evidence(EXPIRED, dated(text))).status == "fail"


@pytest.mark.parametrize("part", ["scenarios", "unauthenticated"])
def test_every_answer_of_the_run_tells_the_time(part: str) -> None:
    """The samples are not the only ones that have a Date."""
    told = answer(headers=(("DATE", days(-30)),))
    more = {"scenarios": (scenario(told),)} if part == "scenarios" else {"unauthenticated": exchange(told)}
    assert result("tls-expired", evidence(EXPIRED, **more)).status == "undecided"


def test_a_certificate_that_has_expired_by_both_clocks_outweighs_one_that_has_not() -> None:
    """The leaf is doubtful, the intermediate is not."""
    chain = pki.chain(leaf={"start": -30, "days": 29}, intermediate={"start": -900, "days": 400})
    facts = describe(chain.presented, roots_of(chain), chain.host, chain.at)
    found = result("tls-expired", replace(evidence_of(facts), samples=(dated(days(-10)),)))
    assert (found.status, [each.where for each in found.findings]) == ("fail", ["certificate 1"])


def test_an_expired_root_is_doubted_as_well() -> None:
    """It was not sent, so its dates stand in the defect alone."""
    chain = pki.chain(root={"start": -2000, "days": 1990}, leaf={"start": -90, "days": 180})
    facts = describe(chain.presented, roots_of(chain), chain.host, chain.at)
    assert result("tls-expired", replace(evidence_of(facts), samples=(dated(days(-60)),))).status == "undecided"
    assert result("tls-expired", replace(evidence_of(facts), samples=(dated(days(0)),))).status == "fail"


def test_what_has_expired_by_the_other_clock_alone_is_undecided() -> None:
    """A tester whose clock is behind must not pass a certificate that has expired; both times are named."""
    found = result("tls-expired", evidence({}, dated(days(365))))
    assert (found.status, "by the server's clock a certificate has expired" in found.summary) == ("undecided", True)
    for shift in (1, -9000):
        assert "is wrong" not in result("tls-expired", evidence({}, dated(days(shift)))).summary
