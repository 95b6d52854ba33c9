"""reach-private-address: the name leads to an address that the internet cannot reach."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped
from sigcheck.policy import OURS


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for each address that is not public, unless this is a local test."""
    network = evidence.network
    if network is None or not network.addresses:
        yield Skipped("no address is known")
        return
    hidden = [address for address in network.addresses if address.scope != "public"]
    if not hidden:
        count = len(network.addresses)
        yield Passed(
            f"all {count} addresses are public" if count > 1 else "the only address is public", count, "addresses"
        )
    elif evidence.settings.allow_private:
        yield Skipped(f"local test: {hidden[0].address} is {hidden[0].scope}, which --allow-private accepts")
    else:
        for address in hidden:
            yield Finding(
                f"{address.address} is a {address.scope} address: the Sigfox Cloud cannot reach it",
                where=address.address,
            )


RULE = Rule(
    id="reach-private-address",
    level="must",
    title="Every address behind the name is public",
    problem="The address is private, and the Cloud cannot reach it",
    fix="Point the name at a public address; for a local test on your own network, give --allow-private.",
    source=OURS,
    check=check,
)
