"""dedup-distinct-dropped: a message that only looks like another one was taken for its duplicate."""

from collections.abc import Iterator

from msgspec import structs

from sigcheck.model.effects import ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Undecided
from sigcheck.policy import OURS
from sigcheck.rules._effects import moment_of
from sigcheck.rules._evidence import listed
from sigcheck.rules._exchanges import resembles_another
from sigcheck.rules._first_only import first_only
from sigcheck.rules._identity import USUAL, identity
from sigcheck.rules._look_alikes import Missing, likenesses, missing, only_its_data, tried
from sigcheck.rules._uncounted import uncounted
from sigcheck.rules._unit import effects_in_words


def check(evidence: Evidence) -> Iterator[Remark]:
    """Fail for each distinct message that was accepted and never counts, or that was refused as a duplicate."""
    only = first_only(evidence)
    if only is not None:
        whose = f"the device {only.devices[0]}" if len(only.devices) == 1 else f"each of {len(only.devices)} devices"
        yield Finding(
            f"of {whose} only the first message had an effect, and {only.later} later messages, which were accepted "
            "too, had none",
            measured=f"0 effects of {only.later} messages",
            where="the whole run",
        )
        return
    nothing = uncounted(evidence, "look-alikes")
    scenario = evidence.scenario("look-alikes")
    if nothing is not None or scenario is None:
        yield nothing or Undecided("the scenario look-alikes was not played")
        return
    if not any(counted.effects for counted in scenario.counts):
        yield Undecided("none of the look-alikes had an effect: see the rule dedup-lost")
        return
    lost = likenesses(scenario, evidence)
    if lost and all(only_its_data(scenario, each.message) for each in lost):
        for each in lost:
            yield Undecided(
                f"{_name(scenario, each)} {_said(each)} and had no effect, and no other message was missing: the "
                "reason may be its data rather than its similarity",
                fix="Let the receiver accept any data for this run, or send data that it accepts with --data.",
            )
        return
    for each in lost:
        judged = _judged(each, scenario)
        plain = identity(evidence) == USUAL
        yield judged if plain or not isinstance(judged, Finding) else structs.replace(judged, fix=_fix(evidence))
    if scenario.not_played:
        yield Undecided(scenario.not_played)
    pairs, of = tried(scenario, evidence)
    if not pairs:
        yield Undecided("no pair had an effect for its first message, so similar messages could not be compared")
        return
    untried = [name for index, name in enumerate(scenario.names) if _untried(scenario, index, evidence)]
    rest = "" if pairs == of else f"; not tested, because the first message was not accepted: {', '.join(untried)}"
    rest += _not_carried(evidence)
    if len(evidence.settings.devices) == 1:
        rest += "; whether two devices are told apart was not tried, because the run may use only one device"
    yield Passed(
        f"in {pairs} of {of} pairs of similar messages, each message had its effect{rest}",
        len(scenario.exchanges),
        "deliveries",
    )


def _judged(each: Missing, scenario: ScenarioResult) -> Remark:
    where = f"look-alikes, {each.counted.label}"
    had = effects_in_words(each.counted.effects or 0)
    if each.message is None:
        return Finding(
            f"{len(scenario.messages)} similar messages had {had} in total",
            measured=f"{had}, expected {each.counted.expected}",
            where=where,
        )
    if each.early is not None:
        return each.early
    if not each.taken_for_another:
        return Undecided(
            f"{_name(scenario, each)} {_said(each)}, which does not say that it was mistaken for a duplicate",
            fix="Find out from the receiver's log why it was refused; see response-not-2xx for the answers to other "
            "messages.",
        )
    if each.refusal is None:
        when = moment_of(each.counted, each.exchange)
        return Finding(
            f"{_name(scenario, each)} was accepted, and {when} 0 effects were counted",
            measured="0 effects, expected 1",
            where=where,
        )
    return Finding(
        f"{_name(scenario, each)} {each.refusal.said} and had no effect", measured="0 effects, expected 1", where=where
    )


def _fix(evidence: Evidence) -> str:
    """Say what to do where the callback has another identity than most: no counter, or names of its own."""
    return f"Use {listed(identity(evidence))} together as the key: what has the rest in common is not a duplicate."


def _not_carried(evidence: Evidence) -> str:
    """Say which pairs were not tried, because the two would be the same on the wire."""
    if "seqNumber" not in evidence.callback.carries:
        return "; no pair with the same sequence number was tried, because the callback does not carry one"
    if "data" not in evidence.callback.carries:
        return "; no pair with other data was tried, because the callback does not carry any"
    return ""


def _untried(scenario: ScenarioResult, index: int, evidence: Evidence) -> bool:
    return not resembles_another(scenario, index) and any(each.message == index for each in missing(scenario, evidence))


def _name(scenario: ScenarioResult, lost: Missing) -> str:
    return "one" if lost.message is None else scenario.names[lost.message]


def _said(lost: Missing) -> str:
    return "was accepted" if lost.refusal is None else lost.refusal.said


RULE = Rule(
    id="dedup-distinct-dropped",
    level="must",
    title="Distinct messages are kept apart",
    problem="A distinct message was taken for a duplicate",
    fix="Use device, time and seqNumber together as the key: the sequence number repeats after 128 to 4096 "
    "messages, and equal data does not mean a duplicate.",
    source=OURS,
    check=check,
)
