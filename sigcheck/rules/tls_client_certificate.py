"""tls-client-certificate: the server demands a certificate of its clients."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import Handshake
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._evidence import asks_for_certificate
from sigcheck.rules._exchanges import every
from sigcheck.rules._scan import DECIDE, ended_at_chain
from sigcheck.rules._share import share
from sigcheck.rules._tls import unexamined, unshaken


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where no delivery gets by without a client certificate; a callback has no field for one."""
    facts = evidence.tls
    told = every(evidence)
    asked = [each for each in told if asks_for_certificate(each.exchange)]
    if asked:
        found = share(asked, told)
        yield Finding(
            f"{found.words} {found.were} answered 400 because no client certificate was sent",
            where=found.where,
            level=found.level,
            fix="In nginx, set `ssl_verify_client off;` for the server of the callback, or set it to optional and "
            "check the certificate elsewhere.",
        )
        return
    if facts is None:
        yield unexamined(evidence)
        return
    if (skipped := unshaken(facts)) is not None:
        yield skipped
        return
    shown = [outcome for outcome in facts.handshakes if isinstance(outcome, Handshake)]
    by = {state: [each.address for each in shown if each.client_certificate == state] for state in STATES}
    if by["demanded"]:
        where = ", ".join(by["demanded"])
        yield Finding(f"{where} ended the handshake with a client that had no certificate", where=where)
    elif by["unknown"] and (ended := ended_at_chain(evidence, shown[0])) is not None:
        yield ended
    elif by["unknown"] and evidence.settings.scan:
        yield Undecided(f"whether {by['unknown'][0]} demands a client certificate was not seen", fix=DECIDE)
    elif by["unknown"]:
        yield Undecided(
            f"{', '.join(by['unknown'])} asked for a client certificate; whether the server insists on one is not known"
        )
    elif by["offered"]:
        where = ", ".join(by["offered"])
        yield Finding(
            f"{where} asked for a client certificate and went on without one",
            where=where,
            level="note",
            fix="The callback works as it is, as long as its location does not insist on a certificate.",
        )
    else:
        yield Passed("no client certificate was asked for", len(shown), "handshakes")


STATES = ("demanded", "unknown", "offered", "not asked")

RULE = Rule(
    id="tls-client-certificate",
    level="must",
    title="No client certificate is demanded",
    problem="A client certificate is asked for",
    fix="Turn the demand off for the callback's host, and authenticate deliveries by a header instead.",
    source=OURS,
    check=check,
)
