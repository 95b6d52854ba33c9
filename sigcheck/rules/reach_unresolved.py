"""reach-unresolved: the host name has no address."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._exchanges import every, failed
from sigcheck.rules._share import share


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where the resolver gave no address."""
    network = evidence.network
    if network is None:
        yield Skipped("the network was not examined")
    elif network.local:
        yield Undecided(
            f"{network.host} could not be looked up: {network.problem}",
            fix="Check the resolver of the machine that sigcheck runs on (/etc/resolv.conf), or give the address "
            "with --resolve: the receiver is not the cause.",
        )
    elif network.problem is not None or not network.addresses:
        yield Finding(
            f"{network.host} does not resolve: {network.problem or 'the name has no address'}", where=network.host
        )
    elif lost := failed(evidence, RULE.id):
        part = share(lost, every(evidence))
        detail = lost[0].failure.detail if lost[0].failure is not None else ""
        yield Finding(
            f"{network.host} did not resolve for {part.words}, though it had before: {detail}",
            where=network.host,
            level=part.level,
        )
    elif network.literal:
        yield Skipped("the host is an address, not a name")
    else:
        found = ", ".join(address.address for address in network.addresses[:4])
        more = len(network.addresses) - 4
        source = "by --resolve" if network.overridden else "by the system's resolver"
        yield Passed(
            f"{network.host} resolves to {found}"
            + (f" and {more} more" if more > 0 else "")
            + (f"; {network.untried} more were not tried" if network.untried else "")
            + f" ({source})",
            len(network.addresses),
            "addresses",
        )


RULE = Rule(
    id="reach-unresolved",
    level="must",
    title="The host name resolves",
    problem="The host name does not resolve",
    fix="Publish an A record for the name; check the spelling of the host in the callback's URL.",
    source=OURS,
    check=check,
)
