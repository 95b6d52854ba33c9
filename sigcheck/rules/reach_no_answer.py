"""reach-no-answer: connections get no answer at all."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import INTEGRATION
from sigcheck.rules._evidence import FROM_WITHIN, screened
from sigcheck.rules._exchanges import by_detail, every, failed, grouped, local
from sigcheck.rules._share import share

OUR_MACHINE = "Run sigcheck on another machine: the problem is with this machine, not with the receiver."
DECIDE = (
    "Export the firewall's rules, run `sigcheck allowlist check` on them and give them here with --allowlist FILE; "
    "or run sigcheck from an address that they admit; or look at the firewall's counters during a run."
)


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail or leave open where no address answers: silence towards us may be the allowlist doing its work."""
    network = evidence.network
    if network is None or not network.addresses:
        yield Skipped("no address is known")
        return
    ours = [address for address in network.addresses if address.outcome == "local"]
    if len(ours) == len(network.tried):
        yield Undecided(f"no address could be tried: {ours[0].address}: {ours[0].detail}", fix=OUR_MACHINE)
        return
    if (here := local(evidence)) is not None:
        yield here
    mute = [address for address in network.addresses if address.outcome in {"no answer", "unreachable"}]
    connected = sum(address.outcome == "connected" for address in network.addresses)
    if connected:
        yield from _lost(evidence)
        tried, all_tried = len(network.tried), len(network.tried) == len(network.addresses)
        which = "the only address" if tried == 1 else f"{connected} of {tried} addresses"
        which += "" if all_tried else " that was tried" if tried == 1 else " that were tried"
        yield Passed(f"{which} answered", connected, "addresses")
        return
    if not mute:
        yield Skipped("connections are refused: see reach-refused")
        return
    # "unreachable" is often a lack of a route here, of IPv6 above all; a silent address beside it says more.
    judged = [address for address in mute if address.outcome == "no answer"] or mute
    public = [address for address in judged if address.scope == "public"]
    shown = (public or judged)[0]
    seen = f"{shown.address} port {network.port}: {shown.detail}"
    ranges = ", ".join(evidence.policy.ranges)
    perhaps = f"{seen}; from outside {ranges} this may be the allowlist doing its work"
    if not public:
        yield Finding(seen, where=shown.address)
    elif evidence.settings.vantage == "inside":
        yield Finding(f"{seen}, though this machine is inside the sender range, as --vantage says", where=shown.address)
    elif evidence.allowlist is not None and evidence.allowlist.verdict == "open":
        yield Finding(f"{seen}, though the firewall's rules admit everybody", where=shown.address)
    elif screened(evidence):
        yield Undecided(perhaps, fix=FROM_WITHIN)
    elif shown.outcome == "unreachable":
        fix = f"{RULE.fix} If a firewall rejects us, give its rules with --allowlist FILE."
        yield Finding(seen, where=shown.address, fix=fix)
    else:
        yield Undecided(perhaps, fix=DECIDE)


def _lost(evidence: Evidence) -> Iterator[Remark]:
    """Say of which deliveries the connection got no answer, although one had been accepted before."""
    told = every(evidence)
    for detail, cases in grouped(failed(evidence, RULE.id), by_detail).items():
        found = share(cases, told)
        yield Finding(
            f"{found.words} got no connection, though one had been accepted before: {detail}",
            where=found.where,
            level=found.level,
            fix="Look for a machine behind the address that drops connections: a load balancer that keeps sending "
            "to a machine that is down, a full backlog, or a firewall that limits the rate of connections.",
        )


RULE = Rule(
    id="reach-no-answer",
    level="must",
    title="Connections are answered",
    problem="Connections are not answered",
    fix="Check routing, security groups and the firewall; the sender range must be admitted.",
    source=INTEGRATION,
    check=check,
)
