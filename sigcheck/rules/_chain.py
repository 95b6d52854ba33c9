"""What the rules about certificates share: which rule names a defect, at which level, and why none can be judged."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from msgspec import structs

from sigcheck.model.chain import ChainFacts, Defect, DefectKind, Family
from sigcheck.model.evidence import Evidence
from sigcheck.model.handshake import MOST_OTHERS, Handshake, HandshakeFailure, OtherChain
from sigcheck.model.rule import Finding, Level, Passed, Remark, Skipped, Undecided
from sigcheck.policy import Source
from sigcheck.rules._clock import doubted
from sigcheck.rules._tls import lacks_name

JDK_RULE, STRICT_RULE = "tls-jdk-refuses", "tls-strict-only"
HOMES = {
    DefectKind.SELF_SIGNED: "tls-self-signed",
    DefectKind.UNTRUSTED_ROOT: "tls-untrusted-root",
    DefectKind.INCOMPLETE: "tls-chain-incomplete",
    DefectKind.INVALID: "tls-chain-invalid",
    DefectKind.EXPIRED: "tls-expired",
    DefectKind.NOT_YET_VALID: "tls-not-yet-valid",
    DefectKind.NAME_MISMATCH: "tls-name-mismatch",
    DefectKind.WEAK_KEY: "tls-weak-key",
    DefectKind.WEAK_SIGNATURE: "tls-weak-signature",
    DefectKind.DISORDER: "tls-chain-disorder",
    DefectKind.CLIENT_LIMIT: JDK_RULE,
    DefectKind.STRICTNESS: STRICT_RULE,
}
"""Which rule names a defect that clients in general refuse for."""

CHAIN_RULES = frozenset({*HOMES.values(), "tls-expires-soon", "tls-young-root"})
"""The rules that need certificates alone: those of `sigcheck chain`."""

FOUND_BY_VERIFICATION = (
    DefectKind.SELF_SIGNED,
    DefectKind.UNTRUSTED_ROOT,
    DefectKind.INCOMPLETE,
    DefectKind.EXPIRED,
    DefectKind.NOT_YET_VALID,
)
"""What OpenSSL's verification code speaks of; names, strength and the leaf's usage are judged elsewhere in it."""

OLD_ROOTS_DAYS = 365
CLIENTS = Source(
    page="TLS clients side by side, measured with curl, OpenSSL and a JDK 17",
    url="docs/tls-clients.md",
    read="2026-11-23",
    certainty="our choice",
)
INFERENCE = "the Cloud's client is probably Java: an inference from what its requests look like"


def home(defect: Defect, facts: ChainFacts) -> tuple[str, Level]:
    """Give the rule that names a defect, and its level there.

    Both families refuse, be it each for a cause of its own: must. The JDK alone: a warning that names it.
    OpenSSL alone: must where no public CA would issue such a certificate, else a warning. A strict verifier
    alone: a warning of its own.
    """
    openssl, jdk = "openssl" in defect.refused_by, "jdk" in defect.refused_by
    if openssl and jdk:
        return HOMES[defect.kind], "must"
    apart = refused_apart(facts)
    if jdk:
        return JDK_RULE, "must" if apart else "should"
    if openssl:
        return HOMES[defect.kind], "must" if defect.never_issued or apart else "should"
    return (STRICT_RULE if defect.refused_by else HOMES[defect.kind]), "should"


def refused_apart(facts: ChainFacts) -> bool:
    """Say whether both families refuse, but nothing that is wrong makes both of them."""
    refusing = {verdict.family for verdict in facts.verdicts if not verdict.accepts}
    shared = any({"openssl", "jdk"} <= set(defect.refused_by) for defect in facts.defects)
    return {"openssl", "jdk"} <= refusing and not shared


def seen_chain(evidence: Evidence) -> ChainFacts | Undecided | Skipped:
    """Give the facts about the chain, or why there are none."""
    if evidence.target.scheme == "http":
        return Skipped("the callback uses plain HTTP, so there is no certificate")
    tls = evidence.tls
    if tls is None:
        if any(breakdown.probe == "tls" for breakdown in evidence.breakdowns):
            return Undecided("the TLS probe broke, so no certificate was seen")
        return Undecided(evidence.interrupted or "no TLS handshake was made, so no certificate was seen")
    if tls.chain is None:
        failures = [each for each in tls.handshakes if isinstance(each, HandshakeFailure)]
        why = f" ({failures[0].fault})" if failures else ""
        return Undecided(f"no handshake got far enough to show a certificate{why}")
    return tls.chain


def live_code(evidence: Evidence) -> tuple[int, str] | None:
    """Give what OpenSSL's own verification said of the chain, where it was run and was shown the same one."""
    shown = next(
        (each for each in (evidence.tls.handshakes if evidence.tls else ()) if isinstance(each, Handshake)), None
    )
    if shown is None or shown.openssl_code is None or shown.openssl_chain is not None:
        return None
    return shown.openssl_code, shown.openssl_message or ""


def contradicted(defect: Defect, evidence: Evidence) -> bool:
    """Say whether OpenSSL itself accepted in the handshake what our model of it would refuse for this defect."""
    live = live_code(evidence)
    return live is not None and live[0] == 0 and "openssl" in defect.refused_by and defect.kind in FOUND_BY_VERIFICATION


def sent(facts: ChainFacts) -> str:
    """Count the certificates that were sent."""
    return _counted(len(facts.certificates))


def fitting(facts: ChainFacts) -> str:
    """Count the certificates that were sent and have to do with the server's."""
    return _counted(sum(each.role in ("leaf", "intermediate", "root") for each in facts.certificates))


def _counted(count: int) -> str:
    return f"{count} certificate{'' if count == 1 else 's'}"


def whose_refusal(facts: ChainFacts, family: Family, alone: str) -> str:
    """Say in a pass that a family finds no fault in the chain, or that it refuses for nothing of its own.

    Whether its own root store has the root is another question: certifi's roots are no client's.
    """
    refuses = any(verdict.family == family and not verdict.accepts for verdict in facts.verdicts)
    if refuses:
        return f"refuses the chain for the same reason as {alone}"
    given = f", provided that its root store contains {facts.anchor}" if facts.anchor else ""
    return f"finds no fault in the chain ({sent(facts)}){given}"


def place(defect: Defect) -> str:
    """Say where a defect stands."""
    if defect.certificate is None:
        return "the chain"
    return "server certificate" if defect.certificate == 0 else f"certificate {defect.certificate}"


def checks(
    rule: str,
    level: Level,
    passed: str | Callable[[ChainFacts], str],
    doubt: Callable[[ChainFacts, Evidence], Undecided | None] = lambda *_: None,
) -> Callable[[Evidence], Iterator[Remark]]:
    """Make the check of a rule: each defect that it names is one finding, none is a pass in the words of `passed`.

    `doubt` says why nothing can be decided although there is no defect.
    """

    def check(evidence: Evidence) -> Iterator[Remark]:
        facts = seen_chain(evidence)
        if not isinstance(facts, ChainFacts):
            yield facts
            return
        if not facts.certificates or facts.lifetime_days is None:
            yield Skipped("no server certificate could be read: see the rule that failed")
        for defect in facts.defects:
            named, at_level = home(defect, facts)
            if named != rule:
                continue
            if _of_the_default(defect, evidence):
                yield Skipped("this is the certificate that is presented without SNI: see tls-needs-sni")
                continue
            if contradicted(defect, evidence):
                where = f"{evidence.target.host}:{evidence.target.port}"
                yield Undecided(
                    f"by sigcheck's reading of the chain, {defect.message}; but OpenSSL itself accepted the chain "
                    "in this handshake",
                    fix=f"Inspect the chain with openssl s_client -connect {where} -showcerts.",
                )
                continue
            made = doubted(defect, facts, evidence) or finding(defect, rule, at_level, level)
            yield structs.replace(made, measured=_share(defect, evidence)) if isinstance(made, Finding) else made
        yield from _of_others(evidence, facts, rule, level)
        if (open_ := doubt(facts, evidence)) is not None:
            yield open_
        yield passed_by(evidence, facts, passed if isinstance(passed, str) else passed(facts))

    return check


def _of_the_default(defect: Defect, evidence: Evidence) -> bool:
    """Whether a defect is that of a default certificate, which tls-needs-sni names as the cause: it is told there."""
    if not lacks_name(evidence) or not evidence.settings.asks_for("tls-needs-sni"):
        return False
    named = evidence.tls.chain_with_server_name if evidence.tls else None
    return named is not None and (defect.kind, defect.message) not in {(one.kind, one.message) for one in named.defects}


def passed_by(evidence: Evidence, facts: ChainFacts, words: str) -> Passed:
    """Make a pass that says how many connections showed a chain, where several chains were shown."""
    shown = 0 if evidence.tls is None else evidence.tls.connections
    if not shown:
        return Passed(words, len(facts.certificates), "certificates")
    chains = 1 + len(others(evidence))
    more = f"; this holds for all {chains} chains that {shown} connections were shown" if chains > 1 else ""
    return Passed(words + more, shown, "connections")


def others(evidence: Evidence) -> tuple[OtherChain, ...]:
    """Give the chains that other connections showed than the one that is described first."""
    return () if evidence.tls is None else evidence.tls.others


def presented_by(other: OtherChain) -> str:
    """Say how many connections showed another chain, and which was the first."""
    were = "was" if other.shown == 1 else "were"
    return f"{other.shown} of {other.of} connections {were} shown this other chain, first in {other.where}"


def _share(defect: Defect, evidence: Evidence) -> str | None:
    """Say how many connections were shown a chain with a defect of the first one; None where all were."""
    tls = evidence.tls
    if tls is None or len(tls.others) == MOST_OTHERS:
        return None
    same = (defect.kind, defect.message)
    without = sum(
        each.shown for each in tls.others if same not in {(one.kind, one.message) for one in each.facts.defects}
    )
    shown = tls.connections - without
    were = "was" if shown == 1 else "were"
    return f"{shown} of {tls.connections} connections {were} shown this chain" if without else None


def _of_others(evidence: Evidence, facts: ChainFacts, rule: str, level: Level) -> Iterator[Remark]:
    """Judge what only a part of the connections was shown: one of several machines, most often."""
    known = {(defect.kind, defect.message) for defect in facts.defects}
    for other in others(evidence):
        for defect in other.facts.defects:
            named, at_level = home(defect, other.facts)
            if named != rule or (defect.kind, defect.message) in known:
                continue
            made = doubted(defect, other.facts, evidence) or finding(defect, rule, at_level, level)
            if isinstance(made, Finding):
                made = structs.replace(made, measured=presented_by(other))
            yield made


def finding(defect: Defect, rule: str, level: Level, usual: Level) -> Finding:
    """Make a finding of a defect: the cause first, then who refuses, where that is not everybody."""
    openssl, jdk = "openssl" in defect.refused_by, "jdk" in defect.refused_by
    who = ""
    if defect.clients:
        who = defect.clients
    elif rule == JDK_RULE:
        who = "JDK clients refuse this, but OpenSSL clients accept it"
    elif rule == STRICT_RULE:
        who = "strict verifiers refuse this, but OpenSSL and the JDK accept it"
    if openssl and not jdk:
        who = f"{who}; a JDK accepts it" if who else "OpenSSL clients refuse this, but a JDK accepts it"
    return Finding(
        message=f"{defect.message}; {who}" if who else defect.message,
        where=place(defect),
        level=None if level == usual else level,
        fix=sentence(defect.fix) if defect.fix else None,
    )


def sentence(words: str) -> str:
    """Begin words with a capital and end them with a full stop, unless they end with a command to be copied."""
    command = words.rpartition(": ")[2].startswith(("certbot ", "curl ", "openssl "))
    return words[0].upper() + words[1:] + ("" if command or words.endswith(".") else ".")


def span(time: timedelta) -> str:
    """Say how long a time is, rounded down: nobody shall count on a day that is not there."""
    hours = time // timedelta(hours=1)
    if hours >= 72:
        return f"{hours // 24} days"
    return f"{hours} hour{'' if hours == 1 else 's'}"


def anchored(facts: ChainFacts) -> str:
    """Say which root the chain ends at, whose it is, and when that set of roots is old."""
    trust = facts.trust
    age = (facts.observed_at - trust.released).days if trust.released else 0
    old = f"; these roots are {age} days old: pip install --upgrade certifi" if age > OLD_ROOTS_DAYS else ""
    where = f"{trust.name} {trust.version}, {trust.counted}"
    if facts.anchor:
        return f"the chain ends at {facts.anchor} ({where}{old})"
    return f"no path leads to a root of {where}{old}"
