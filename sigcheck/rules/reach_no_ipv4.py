"""reach-no-ipv4: the name has IPv6 addresses alone."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped
from sigcheck.policy import INTEGRATION


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where there are addresses, but none of IPv4."""
    network = evidence.network
    if network is None or not network.addresses:
        yield Skipped("no address is known")
        return
    count = len(network.addresses)
    fours = sum(address.version == 4 for address in network.addresses)
    if fours:
        which = "the only address is" if count == 1 else f"{fours} of {count} addresses {'is' if fours == 1 else 'are'}"
        yield Passed(f"{which} IPv4", fours, "addresses")
    else:
        said = f"all {count} addresses of {network.host} are" if count > 1 else f"the only address of {network.host} is"
        yield Finding(
            f"{said} IPv6; the published sender range is IPv4",
            where=network.host,
        )


RULE = Rule(
    id="reach-no-ipv4",
    level="should",
    title="The name has an IPv4 address",
    problem="The name has no IPv4 address",
    fix="Publish an A record in addition to the AAAA record.",
    source=INTEGRATION,
    check=check,
)
