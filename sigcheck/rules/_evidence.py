"""What several rules read off the evidence: labelled exchanges, and why there is nothing to judge."""

from collections.abc import Iterator, Sequence

from sigcheck.model.delivery import Answer, Exchange, Failure, FailureKind
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Skipped, Undecided
from sigcheck.rules._exchanges import every, local

UNCONNECTED = frozenset(
    (
        FailureKind.UNRESOLVED,
        FailureKind.REFUSED,
        FailureKind.UNREACHABLE,
        FailureKind.NO_CONNECTION,
        FailureKind.LOCAL,
    )
)
"""Failures below HTTP and TLS: the `reach` rules name them."""

SHOWN = 80
"""Characters of a server's text that a message quotes."""


def quoted(text: str) -> str:
    """Quote a server's text, shortened."""
    return f"'{text if len(text) <= SHOWN else text[: SHOWN - 1] + '…'}'"


def seconds(value: float) -> str:
    """Write a duration for a message."""
    if value < 0.01:
        return f"{value * 1000:.1f} ms"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s" if value < 100 else f"{value:.0f} s"


FROM_WITHIN = (
    "Run sigcheck from an address that the firewall admits, and add --vantage inside if that address is in the "
    "sender range."
)
"""What decides a refusal that may be the allowlist's work."""


def screened(evidence: Evidence) -> bool:
    """Whether the firewall's own rules admit the Cloud, or a part of it, and not everybody: a refusal may be theirs."""
    facts = evidence.allowlist
    return facts is not None and facts.verdict in {"admitted", "partly"} and evidence.settings.vantage == "outside"


def replayed(evidence: Evidence) -> Iterator[tuple[str, Exchange]]:
    """Give the deliveries of the replay's own message with their names, not those of its companions."""
    scenario = evidence.scenario("retry")
    if scenario is None:
        return
    for exchange in scenario.exchanges:
        if exchange.message == scenario.messages[0]:
            yield f"delivery {exchange.attempt}", exchange


def unplayed(evidence: Evidence) -> Skipped | Undecided:
    """Say why there is no replay."""
    retry = evidence.scenario("retry")
    if retry is not None and not retry.messages and retry.not_played:
        return Undecided(retry.not_played)
    if evidence.interrupted:
        # Nothing else is sent before it has ended.
        if retry is not None and retry.messages and in_flight(evidence):
            return Undecided("the run was interrupted while the replay's first delivery waited for its answer")
        return Undecided("the run was interrupted before the replay")
    if any(breakdown.probe == "replay" for breakdown in evidence.breakdowns):
        return Undecided("the replay broke, which is a bug in sigcheck")
    if evidence.network is not None and (not _connected(evidence) or evidence.samples):
        return Undecided("no delivery reached the receiver")
    return Skipped("the replay was not asked for")


def in_flight(evidence: Evidence) -> bool:
    """Whether the run was cut short while something that it had sent waited for its answer."""
    return evidence.interrupted is not None and evidence.requests > len(every(evidence))


def _connected(evidence: Evidence) -> bool:
    network = evidence.network
    return network is not None and any(address.outcome == "connected" for address in network.addresses)


def undelivered(evidence: Evidence) -> Skipped | Undecided | None:
    """Say why no exchange can be judged; None where one got as far as TLS or an answer."""
    exchanges = [each.exchange for each in every(evidence) if not each.asked]
    if not exchanges:
        if evidence.interrupted and evidence.requests:
            return Undecided("the run was interrupted while the first delivery waited for its answer")
        if evidence.interrupted:
            return Undecided("the run was interrupted before anything was delivered")
        if evidence.network is not None and not _connected(evidence):
            return Undecided("there was no connection, so no delivery reached the receiver")
        return Skipped("nothing was delivered in this run")
    if wants_client_certificate(evidence):
        return Undecided("the server demands a client certificate, so no delivery reached the receiver")
    outcomes = [exchange.outcome for exchange in exchanges]
    if all(isinstance(outcome, Failure) and outcome.kind is FailureKind.LOCAL for outcome in outcomes):
        return local(evidence)
    if all(isinstance(outcome, Failure) and outcome.kind in UNCONNECTED for outcome in outcomes):
        return Undecided("there was no connection, so no delivery reached the receiver")
    if all(
        isinstance(outcome, Failure) and outcome.kind in {*UNCONNECTED, FailureKind.TLS_FAILED} for outcome in outcomes
    ):
        return Undecided("no TLS handshake succeeded, so no delivery reached the receiver")
    return None


def wants_client_certificate(evidence: Evidence) -> bool:
    """Whether deliveries failed because the server demands a client certificate, in the handshake or by HTTP."""
    if evidence.tls and any(
        getattr(handshake, "client_certificate", None) == "demanded" for handshake in evidence.tls.handshakes
    ):
        return True
    return any(asks_for_certificate(exchange) for exchange in evidence.samples)


def asks_for_certificate(exchange: Exchange) -> bool:
    """Whether an answer is nginx's 400 for a request without a client certificate."""
    match exchange.outcome:
        case Answer(status=400, body=body):
            return b"No required SSL certificate was sent" in body
    return False


def accepted(exchange: Exchange, evidence: Evidence) -> bool:
    """Whether the receiver answered with a status that the policy counts as success."""
    return exchange.accepted(evidence.policy)


def listed(names: Sequence[str]) -> str:
    """List names in a sentence: `A`, `A and B`, `A, B and C`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def status_line(answer: Answer) -> str:
    """Give status and reason for a message."""
    return f"{answer.status} {quoted(answer.reason)}" if answer.reason else str(answer.status)


def pace(evidence: Evidence) -> str:
    """Say whether the schedule was real or compressed."""
    speed = evidence.settings.speed
    return "on the real schedule" if speed == 1 else f"on a schedule {speed:g} times faster"
