"""`sigcheck verify` from inside and outside the Cloud's range, behind real nftables and a real nginx."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from subprocess import CompletedProcess
from typing import Any

import pytest

from docs.generate import ROOT
from tests.allowlist.namespaces import demand
from tests.allowlist.vantage import CLOSED_PORT, Site, lasting, site

pytestmark = pytest.mark.system

INSIDE = ("inside", "--vantage", "inside")
MISSING = "missing: 185.110.96.0/24, 185.110.98.0/23"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give the receiver with its two callers, for the whole module."""
    demand("ip", "nft", "nginx")
    with site(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(scope="module")
def behind_the_range(place: Site) -> tuple[list[dict[str, Any]], str]:
    """Run at once behind rules that admit the range: from inside, outside, outside with the rules; and the page's."""
    rules = place.protect("range")
    with ThreadPoolExecutor(1) as pool:
        page = pool.submit(place.reports)
        return together(place, [INSIDE, ("outside",), ("outside", "--allowlist", rules)]), page.result()


def together(place: Site, runs: Sequence[tuple[str, ...]]) -> list[dict[str, Any]]:
    """Run several at once, since a silent firewall takes 10 s of each; gives their JSON reports."""

    def run(each: tuple[str, ...]) -> dict[str, Any]:
        return document(place.verify(*each, "--format", "json"))

    with ThreadPoolExecutor(len(runs)) as pool:
        return list(pool.map(run, runs))


def document(done: CompletedProcess[str]) -> dict[str, Any]:
    """Read a JSON report, and see that its exit code is the process's."""
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["exit_code"] == done.returncode
    return found


def status(report: dict[str, Any], rule: str) -> tuple[str, str]:
    """Give level and status of one rule."""
    result = by_name(report, rule)
    return result["level"], result["status"]


def by_name(report: dict[str, Any], rule: str) -> dict[str, Any]:
    """Give what came of one rule."""
    found: dict[str, Any] = next(each for each in report["results"] if each["rule"] == rule)
    return found


def test_the_whole_range_admitted_and_others_dropped(behind_the_range: tuple[list[dict[str, Any]], str]) -> None:
    """Inside, everything passes; outside it stays open with what to do next, and with the rules they pass."""
    inside, outside, told = behind_the_range[0]

    assert (inside["verdict"], inside["exit_code"]) == ("compliant", 0)
    assert {each["status"] for each in inside["results"]} == {"pass", "skip"}
    assert status(inside, "response-not-2xx") == ("must", "pass")
    assert "that its own address is admitted" in by_name(inside, "reach-allowlist")["summary"]

    assert (outside["verdict"], outside["exit_code"], outside["requests"]) == ("undecided", 3, 0)
    assert status(outside, "reach-no-answer") == ("must", "undecided")
    assert "may be the allowlist doing its work" in by_name(outside, "reach-no-answer")["summary"]
    assert "--allowlist FILE" in by_name(outside, "reach-no-answer")["fix"]
    assert status(outside, "reach-allowlist") == ("should", "undecided")
    assert "--vantage inside" in by_name(outside, "reach-allowlist")["fix"]

    assert told["exit_code"] == 3
    assert status(told, "reach-allowlist") == ("should", "pass")
    assert "from an address that the firewall admits" in by_name(told, "reach-no-answer")["fix"]
    assert told["evidence"]["allowlist"]["verdict"] == "admitted"


def test_the_page_shows_these_reports(behind_the_range: tuple[list[dict[str, Any]], str]) -> None:
    """What docs/allowlist.md prints is what runs print, but for moments and durations.

    `python -m docs.generate vantage` writes it.
    """
    page = (ROOT / "docs" / "allowlist.md").read_text(encoding="utf-8")
    shown = page.partition("<!-- generated: vantage -->\n")[2].partition("<!-- end of generated -->")[0]
    assert lasting(shown) == lasting(behind_the_range[1])


def test_the_old_range_fails_from_both_places(place: Site) -> None:
    """185.110.97.11 gets through a firewall with the old /24, so only its rules show what the Cloud will miss."""
    rules = place.protect("old")
    # A policy with a short limit, since a silent firewall takes all of it.
    (place.folder / "quick.json").write_text('{"answer_limit": 2}')
    short = ("--policy", "quick.json", "--allowlist", rules)
    alone, *told = together(place, [INSIDE, (*INSIDE, *short), ("outside", *short)])
    assert "within 2 s" in by_name(told[1], "reach-no-answer")["summary"]
    assert alone["exit_code"] == 0
    for report in told:
        assert (report["verdict"], report["exit_code"]) == ("non-compliant", 1)
        assert status(report, "reach-allowlist") == ("must", "fail")
        [finding] = by_name(report, "reach-allowlist")["findings"]
        assert finding["measured"] == MISSING
        failed = [each["rule"] for each in report["results"] if each["status"] == "fail"]
        assert failed == ["reach-allowlist"]


@pytest.mark.parametrize(
    ("rules", "rule"),
    [pytest.param("reset", "reach-refused", id="tcp"), pytest.param("prohibited", "reach-no-answer", id="icmp")],
)
def test_strangers_are_rejected(place: Site, rules: str, rule: str) -> None:
    """REJECT looks like a dead server: it fails with a word of the allowlist, and is open once its rules are known."""
    file = place.protect(rules)
    bare, told, inside = together(place, [("outside",), ("outside", "--allowlist", file), INSIDE])
    assert (status(bare, rule), bare["exit_code"]) == (("must", "fail"), 1)
    assert "--allowlist FILE" in by_name(bare, rule)["fix"]
    assert (status(told, rule), told["exit_code"]) == (("must", "undecided"), 3)
    assert inside["exit_code"] == 0


def test_nginx_forbids_strangers(place: Site) -> None:
    """A 403 is nginx's allowlist at work where its configuration says so, and a failure where nothing does."""
    place.protect("none")

    def run(*each: str) -> dict[str, Any]:
        return document(place.verify(*each, "--format", "json", port=CLOSED_PORT))

    bare, told, inside = run("outside"), run("outside", "--allowlist", "nginx.conf"), run(*INSIDE)
    assert (status(bare, "response-not-2xx"), bare["exit_code"]) == (("must", "fail"), 1)
    assert (status(told, "response-not-2xx"), told["exit_code"]) == (("must", "undecided"), 3)
    assert (status(inside, "response-not-2xx"), inside["exit_code"]) == (("must", "pass"), 0)
    assert status(bare, "exposure-unauthenticated") == ("should", "pass")


def test_no_firewall_lets_everybody_send(place: Site) -> None:
    """Without a rule a stranger's message is accepted, which is a warning, and one with the rules known from inside."""
    rules = place.protect("none")
    outside, inside = together(place, [("outside",), (*INSIDE, "--allowlist", rules)])
    for report in (outside, inside):
        assert status(report, "exposure-unauthenticated") == ("should", "fail")
        assert report["exit_code"] == 0
