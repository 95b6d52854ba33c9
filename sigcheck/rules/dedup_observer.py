"""dedup-observer: the observer errs, so that effects cannot be counted."""

from collections.abc import Iterator

from sigcheck.model.effects import EffectCount, ObserverCause, ObserverCheck, ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._evidence import seconds
from sigcheck.rules._identity import placeholders
from sigcheck.rules._peers import contradictions
from sigcheck.rules._uncounted import unmoved

NO_COUNT = "The observer gave no count"

FIXES = {
    ObserverCause.UNTRUSTED: "If the observer's certificate comes from a CA of your own, give the CA's certificate "
    "with --ca-file FILE; the receiver's certificate is then verified against the same file.",
    ObserverCause.CERTIFICATE: "Renew or replace the observer's certificate, or name the observer in --observe-url by "
    "the host name that stands in the certificate.",
    ObserverCause.TLS: "Check that the port in --observe-url speaks TLS; for plain HTTP, write http:// in it.",
    ObserverCause.DENIED: "Give the observer's credentials with --observe-header 'Authorization: …', and try them with "
    "`sigcheck observe`.",
    ObserverCause.REFUSED: "Check that the observer is running, and that --observe-url names its host and port.",
}
"""What to do where it is known why there is no count."""


def check(evidence: Evidence) -> Iterator[Remark]:
    """Warn for each scenario whose counts cannot be used: this is about the observer, never about the receiver."""
    if evidence.observer is None:
        yield Skipped("no observer was given")
        return
    if evidence.observer.kind == "afterwards":
        yield from _by_hand(evidence)
        return
    before = evidence.observer_check
    if before is not None and before.fault:
        yield Finding(
            f"{before.fault} (asked before anything was sent: {before.asked}), so the replay was not played",
            measured=_took(before),
            where="before delivery 1",
            fix=None if before.cause is None else FIXES[before.cause],
            title=NO_COUNT if before.count is None else None,
        )
        return
    retry = evidence.scenario("retry")
    faults = {scenario.fault: scenario for scenario in evidence.scenarios if scenario.fault}
    if before is not None and retry is not None and unmoved(evidence) and not faults:
        yield _unmoved(before, retry)
        return
    counts = [counted for scenario in evidence.scenarios for counted in scenario.counts]
    for fault, scenario in faults.items():
        label = next((counted.label for counted in scenario.counts if counted.fault), None)
        yield Finding(fault if before is None else f"{fault}; asked: {before.asked}", where=label)
    if counts and not evidence.observer.per_message:
        yield Finding(
            "the observer counts all messages together: in a total, a message that is lost and one that is counted "
            "twice cancel each other out",
            where="observer",
            level="note",
            fix=f"Put {placeholders(evidence)} into the observer's URL, command or query, so that it counts one "
            "message at a time.",
        )
    if not counts:
        yield Skipped("no effects were counted in this run")
    else:
        polls = sum(counted.polls for counted in counts)
        said = f"{len(counts)} count{'' if len(counts) == 1 else 's'} in {polls} poll{'' if polls == 1 else 's'}"
        yield Passed(f"the observer gave {said}{_unproven(counts)}", len(counts), "counts")


def _by_hand(evidence: Evidence) -> Iterator[Remark]:
    """Say what is missing of counts that somebody read after the run."""
    faults = [each for each in evidence.scenarios if each.fault]
    for scenario in faults:
        yield Undecided(
            f"{scenario.scenario}: {scenario.fault}",
            fix="Give a line for each message, including those with 0 effects; -v lists the messages.",
        )
    if not evidence.settings.asks_for("dedup-duplicate"):  # which says it, where it is asked for
        yield from contradictions(evidence)
    if not faults:
        yield Skipped("the effects were counted by hand after the run")


def _took(check: ObserverCheck) -> str:
    return f"seen after {seconds(check.took)}"


def _unmoved(before: ObserverCheck, retry: ScenarioResult) -> Undecided:
    """Say that an observer always said the same: it may look in the wrong place, or the receiver may lose messages."""
    last = next(each for each in reversed(retry.counts) if each.message in {0, None})
    waited = last.at - retry.exchanges[0].started - retry.exchanges[0].total
    return Undecided(
        f"{seconds(max(0.0, waited))} after the first message was accepted, the observer said {last.count}; before "
        f"anything was sent, it had said {before.count}; asked: {before.asked}",
        fix="Send one message yourself and ask with `sigcheck observe`: if its effect is there and the observer does "
        "not count it, correct the observer's query; if only registered devices have effects, give their ids with "
        "--devices. If the observer is right, the receiver loses every message. --allow-undecided does not excuse "
        "this.",
    )


def _unproven(counts: list[EffectCount]) -> str:
    """Say that the observer never showed two effects of a message: then nobody knows whether it could."""
    numbers = [each.count for each in counts if each.message is not None and each.count is not None]
    if max(numbers, default=0) != 1:
        return ""
    return (
        "; it never showed more than 1 effect of a message, so this run does not prove that it can: see "
        "sigcheck observe --prove"
    )


RULE = Rule(
    id="dedup-observer",
    level="should",
    title="The observer counts reliably",
    problem="The observer's counts prove less than they should",
    fix="Ask it for one message with `sigcheck observe` before and after a delivery: `sigcheck explain observing`.",
    source=OURS,
    check=check,
)
