"""tls-protocol-old: nothing newer than TLS 1.1, or old versions beside the new."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Undecided
from sigcheck.policy import Source
from sigcheck.rules._evidence import listed
from sigcheck.rules._tls import MODERN, presented, unexamined, unshaken, version

RFC_8996 = Source(
    page="RFC 8996: Deprecating TLS 1.0 and TLS 1.1",
    url="https://www.rfc-editor.org/rfc/rfc8996",
    read="2026-11-23",
    certainty="our choice",
)


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where no version of today is accepted: default JDK 17 and OpenSSL 3 clients offer nothing older.

    Old versions beside new ones stop no client and are a note. Sigfox publishes nothing on versions.
    """
    facts = evidence.tls
    if facts is None:
        yield unexamined(evidence)
        return
    refused = [offer for offer in facts.protocols if offer.accepted is False]
    if presented(facts) is None and {offer.protocol for offer in refused} >= set(MODERN):
        yield Finding(
            f"the server refuses TLS 1.2 and 1.3 ({refused[0].detail}); a current client (JDK 17, OpenSSL 3) offers "
            "nothing older",
            measured="neither TLS 1.2 nor 1.3",
        )
        return
    if (skipped := unshaken(facts)) is not None:
        yield skipped
        return
    accepted = [offer.protocol for offer in facts.protocols if offer.accepted]
    unknown = [offer.protocol for offer in facts.protocols if offer.accepted is None]
    if not accepted and (shown := presented(facts)) is not None:
        accepted = [offer for offer in (*MODERN, "TLSv1", "TLSv1.1") if offer == shown.protocol]
    modern = [protocol for protocol in accepted if protocol in MODERN]
    old = [version(protocol) for protocol in accepted if protocol not in MODERN]
    if modern:
        if old:
            yield Finding(
                f"the server accepts {listed(old)} in addition to {listed([*map(version, modern)])}",
                level="note",
                fix="Switch them off, because no client needs them any more (nginx: ssl_protocols TLSv1.2 TLSv1.3;).",
            )
        else:
            yield Passed(
                f"the server accepts {listed([*map(version, modern)])}"
                f"{', and nothing older' if facts.protocols else '; whether it accepts older versions was not tried'}",
                len(accepted),
                "handshakes",
            )
    elif any(protocol in MODERN for protocol in unknown):
        yield Undecided(f"whether the server accepts {listed([*map(version, unknown)])} could not be determined")
    else:
        yield Finding(
            f"the server accepts only {listed(old)}; a current client (JDK 17, OpenSSL 3) offers only TLS 1.2 and 1.3",
            measured=", ".join(old),
        )


RULE = Rule(
    id="tls-protocol-old",
    level="must",
    title="TLS 1.2 or 1.3 is accepted",
    problem="Old TLS versions are accepted",
    fix="Switch on TLS 1.2 and 1.3 and nothing older (nginx: ssl_protocols TLSv1.2 TLSv1.3;).",
    source=RFC_8996,
    check=check,
)
