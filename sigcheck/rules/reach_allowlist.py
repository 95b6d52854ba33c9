"""reach-allowlist: the Cloud's sender range is let in."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.network import AllowlistFacts
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import INTEGRATION

MOST_SHOWN = 8
"""Networks that a finding names; JSON holds all of them."""

DECIDE = (
    "Export the firewall's rules and give them with --allowlist FILE, or run sigcheck from an address of the range "
    "with --vantage inside."
)


def check(evidence: Evidence) -> Iterator[Remark]:
    """Weigh the evidence there is, the firewall's own rules before where the tester stands."""
    ranges = ", ".join(evidence.policy.ranges)
    network = evidence.network
    if evidence.allowlist is not None:
        yield _by_rules(evidence.allowlist, ranges)
    elif network is None or not network.addresses:
        yield Skipped("no address is known")
    elif all(address.scope != "public" for address in network.addresses):
        yield Skipped("a private address cannot be reached from the internet, so no allowlist applies")
    elif evidence.settings.vantage == "outside":
        yield Undecided(f"whether {ranges} is admitted cannot be seen from outside the range", fix=DECIDE)
    elif any(address.outcome == "connected" for address in network.addresses):
        yield Passed(
            f"this machine is inside {ranges}, as --vantage says, and was let in; that shows only that its own "
            "address is admitted",
            sum(address.outcome == "connected" for address in network.addresses),
            "connections",
        )
    else:
        yield Skipped("this machine is inside the range, as --vantage says, and was not let in: see the reach rules")


def _by_rules(facts: AllowlistFacts, ranges: str) -> Remark:
    line = f" ({facts.decides})" if facts.decides else ""
    match facts.verdict:
        case "admitted":
            return Passed(f"{_named(facts)}: the whole of {ranges} is admitted{line}", len(facts.files), "settings")
        case "open":
            return Passed(
                f"{_named(facts)}: everybody is admitted, including {ranges}{line}", len(facts.files), "settings"
            )
        case "unclear":
            shown = facts.unclear[0] if facts.unclear else "see `sigcheck allowlist check`"
            return Undecided(
                f"the firewall's rules could not be followed: {shown}",
                fix=f"Run `sigcheck allowlist check` on {_named(facts)}: it lists the lines that it did not "
                "understand, and has options that tell it more.",
            )
        case "partly" | "refused":
            missing = ", ".join(facts.missing[:MOST_SHOWN]) + (", …" if len(facts.missing) > MOST_SHOWN else "")
            part = "all" if facts.verdict == "refused" else "a part"
            return Finding(
                f"{_named(facts)}: {part} of {ranges} is kept out{line}",
                measured=f"missing: {missing}",
                where=facts.decides,
                level="must",
            )


def _named(facts: AllowlistFacts) -> str:
    return ", ".join(facts.files)


RULE = Rule(
    id="reach-allowlist",
    level="should",
    title="The sender range is admitted",
    problem="Not all of the sender range is admitted",
    fix="Admit the whole range, not an older or smaller one: `sigcheck allowlist --for nginx` (or another firewall) "
    "prints it ready to paste.",
    source=INTEGRATION,
    check=check,
)
