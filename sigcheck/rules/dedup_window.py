"""dedup-window: duplicates are forgotten before the last retry comes."""

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._effects import NO_RETRY_ACCEPTED, accepted_retries, surpluses
from sigcheck.rules._evidence import accepted
from sigcheck.rules._uncounted import cannot_show_two, uncounted


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail where early retries were recognised and a later one was not; only the real schedule can show it."""
    nothing = uncounted(evidence, "retry")
    scenario = evidence.scenario("retry")
    if nothing is not None or scenario is None or not scenario.exchanges:
        yield nothing or Undecided((scenario and scenario.not_played) or "the replay was not played")
        return
    late = [each for each in surpluses(scenario, evidence) if each.exchange is not None]
    first = late[0].exchange if late else None
    if first is not None and first.attempt <= 2:
        yield Skipped("the first retry was not recognised either: see dedup-duplicate")
        return
    afterwards = evidence.observer is not None and evidence.observer.kind == "afterwards"
    if afterwards and any(True for _ in surpluses(scenario, evidence)):
        yield Skipped("the counts do not show which retry was processed again: see dedup-duplicate")
        return
    if evidence.settings.speed != 1:
        yield Undecided(
            "the schedule was compressed: whether duplicates are forgotten within 7 minutes was not tested",
            fix="Run it without --speed, for instance every night (about 8 minutes). For a quick gate, give "
            "--allow-undecided=dedup-window.",
        )
        return
    start = scenario.exchanges[0].started
    if first is not None:
        known = max(each.started - start for each in scenario.exchanges if each.attempt < first.attempt)
        yield Finding(
            f"retries were recognised up to {known:.0f} s after the first delivery, "
            f"but not delivery {first.attempt} after {first.started - start:.0f} s",
            measured=f"remembered for {known:.0f} to {first.started - start:.0f} s",
            where=f"delivery {first.attempt}",
            # One defect, one must: that the retry had an effect is dedup-duplicate's to say, where it is asked for.
            level="should" if evidence.settings.asks_for("dedup-duplicate") else None,
        )
    elif scenario.not_played:
        yield Undecided(scenario.not_played)
    elif 0 not in accepted_retries(scenario, evidence):
        yield NO_RETRY_ACCEPTED
    else:
        yield from cannot_show_two(evidence)
        recognised = [
            each for each in scenario.exchanges if each.message == scenario.messages[0] and accepted(each, evidence)
        ]
        between = sum(len(each.exchanges) for each in evidence.scenarios) - len(recognised)
        yield Passed(
            f"a retry was recognised {recognised[-1].started - start:.0f} s after the first delivery; this run made "
            f"{between} other deliver{'y' if between == 1 else 'ies'} as well",
            len(recognised),
            "deliveries",
        )


RULE = Rule(
    id="dedup-window",
    level="must",
    title="Duplicates are recognised over the whole schedule",
    problem="Duplicates are forgotten before the last retry",
    fix="Keep the keys for at least a day, or better, for as long as the data: the last retry comes after 7 to 8 "
    "minutes, and a message that is pulled from the undelivered list comes later still.",
    source=OURS,
    check=check,
)
