"""reach-refused: the port refuses connections."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._evidence import FROM_WITHIN, screened, seconds
from sigcheck.rules._exchanges import every, failed
from sigcheck.rules._share import share

LOOKS_THE_SAME = "A firewall that rejects us looks the same from outside: give its rules with --allowlist FILE."


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where every address refuses, or where deliveries were refused although a probe got through."""
    network = evidence.network
    if network is None or not network.addresses:
        yield Skipped("no address is known")
        return
    connected = [address for address in network.addresses if address.outcome == "connected"]
    refused = [address for address in network.addresses if address.outcome == "refused"]
    if refused and not connected:
        names = ", ".join(address.address for address in refused)
        if screened(evidence):
            yield Undecided(
                f"{names} refused the connection; from outside the range this may be the allowlist doing its work",
                fix=FROM_WITHIN,
            )
            return
        stranger = evidence.settings.vantage == "outside" and any(address.scope == "public" for address in refused)
        yield Finding(
            f"{names} refused the connection to port {network.port}",
            where=f"port {network.port}",
            fix=f"{RULE.fix} {LOOKS_THE_SAME}" if stranger and evidence.allowlist is None else None,
        )
        return
    lost = failed(evidence, RULE.id)
    if lost:
        found = share(lost, every(evidence))
        yield Finding(
            f"{found.words} {found.were} refused, though the port had accepted a connection",
            where=f"port {network.port}",
            level=found.level,
        )
    elif connected:
        fastest = min(address.seconds for address in connected)
        yield Passed(
            f"port {network.port} accepts connections, the fastest in {seconds(fastest)}",
            len(connected),
            "addresses",
        )
    else:
        yield Skipped("no address answered at all: see reach-no-answer")


RULE = Rule(
    id="reach-refused",
    level="must",
    title="The port accepts connections",
    problem="The port refuses connections",
    fix="Start the server, bind it to the public interface and check the port in the URL and in the forwarding rule.",
    source=OURS,
    check=check,
)
