"""Why the effects of a scenario cannot be judged: nobody counts, nothing is told apart, nothing was counted at all."""

from collections.abc import Iterator

from sigcheck.model.delivery import Message
from sigcheck.model.effects import INAPPLICABLE, NotPlayedKind, ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Skipped, Undecided
from sigcheck.rules._effects import TOO_FEW_TO_TELL, surpluses, too_few_to_tell
from sigcheck.rules._evidence import accepted, unplayed
from sigcheck.rules._first_only import first_only
from sigcheck.rules._identity import placeholders

NOT_COUNTED = Undecided(
    "no observer is configured, so repeated processing cannot be ruled out",
    fix="Give --observe-url, --observe-command or --observe-sql (`sigcheck explain observing`); or give "
    "--observe-later and add the counts after the run, with `sigcheck report SAVED.json --effects FILE`.",
)
NOT_COUNTED_YET = Undecided(
    "the effects have not been counted yet, so repeated processing cannot be ruled out",
    fix="Read the number of effects of each message from the receiver's database, and add the numbers with "
    "`sigcheck report SAVED.json --effects FILE`.",
)


NOT_TOLD_APART = Undecided(
    "the callback carries neither {time} nor {seqNumber}, so a retry cannot be told from a new message",
    fix="Put {device}, {time} and {seqNumber} into the callback's URL or body: no receiver can recognise duplicates "
    "without them.",
)
OTHERS_IGNORED = Undecided(
    "messages from other devices had no effect: the receiver seems to accept only registered devices",
    fix="Give the ids of registered devices with --devices, register those that --dry-run lists, or verify a device "
    "type whose devices need no registration.",
)

NOTHING_COUNTED = Undecided(
    "no effect was counted in the whole run, although messages were accepted: the observer may look in the wrong "
    "place, or the receiver may ignore messages from devices that it does not know",
    fix="Send one message yourself and run `sigcheck observe` to see whether the observer counts it; if only "
    "registered devices count, give their ids with --devices. If the observer is right, the receiver loses every "
    "message.",
)
ENDED_EARLY = Undecided("the run ended before effects could be counted", fix="Run it again, and let it end.")
NOTHING_COUNTED_BY_HAND = Undecided(
    "no effect was counted in the whole run, although messages were accepted: the counts may be of the wrong table or "
    "database, or the receiver may ignore messages from devices that it does not know",
    fix="Count again when the receiver has finished its work, and see that a message of your own is counted; "
    "if only registered devices count, give their ids in the run with --devices. If the counts are right, the "
    "receiver loses every message.",
)
UNMOVED = Undecided(
    "the observer's answer for the messages of the scenarios never changed, although samples had effects",
    fix="See the rule dedup-observer.",
)
TOLD_APART_BY = {"device": "device", "time": "time", "seqNumber": "seq_number", "data": "data"}
"""Which variable of a callback carries which part of a message."""


def uncounted(evidence: Evidence, name: str) -> Skipped | Undecided | None:
    """Say why the effects of a scenario cannot be judged; None where they can, at least in part."""
    scenario, retry = evidence.scenario(name), evidence.scenario("retry")
    if retry is not None and not retry.messages:
        return unplayed(evidence)
    if evidence.observer is None and (scenario is not None or retry is not None):
        return NOT_COUNTED_YET if evidence.settings.counted_later else NOT_COUNTED
    if scenario is None:
        return unplayed(evidence)
    if first_only(evidence) is not None:
        return Skipped("only the first message of each device had an effect: see dedup-distinct-dropped")
    if name != "retry" and others_ignored(evidence):
        return ENDED_EARLY if ended_early(evidence) else OTHERS_IGNORED
    if scenario.fault:
        return Undecided(f"the effects could not be counted: {scenario.fault}", fix="See the rule dedup-observer.")
    if too_few_to_tell(evidence) and any(True for _ in surpluses(scenario, evidence)):
        return TOO_FEW_TO_TELL
    untold = not {"time", "seqNumber"} & set(evidence.callback.carries)
    if untold and not (scenario.messages and _told_apart(evidence, scenario)):
        # What the receiver cannot tell apart it may rightly take for one; but more effects than messages prove a lot.
        return None if any(True for _ in surpluses(scenario, evidence)) else NOT_TOLD_APART
    if nothing_counted(evidence):
        if evidence.observer is not None and evidence.observer.kind == "afterwards":
            return NOTHING_COUNTED_BY_HAND
        return ENDED_EARLY if ended_early(evidence) else NOTHING_COUNTED
    if unmoved(evidence):
        return UNMOVED
    if not any(counted.effects is not None for counted in scenario.counts):
        reason = scenario.not_played or "no effects were counted"
        return Skipped(reason) if scenario.left in INAPPLICABLE else Undecided(reason)
    return None


def cannot_show_two(evidence: Evidence) -> Iterator[Undecided]:
    """Say that no second effect could have shown, where the observer cannot show two of one message."""
    why = evidence.observer.at_most_one if evidence.observer is not None else None
    if why is not None:
        told = placeholders(evidence)
        yield Undecided(
            f"the observer's query can only return 0 or 1 for a message ({why}), so a second effect would not be seen",
            fix=f"Count the rows of a message, with count(*) in the query: those whose columns are {told}.",
        )


def others_ignored(evidence: Evidence) -> bool:
    """Whether the replay's own message had an effect and those of other devices, beside it, had none at all.

    Most receivers that keep a register of devices ignore or refuse the ones that they do not know.
    """
    scenario = evidence.scenario("retry")
    if scenario is None or scenario.fault or len(scenario.messages) < 2:
        return False
    most = {
        index: max((each.effects or 0 for each in scenario.counts if each.message == index), default=0)
        for index in (None, *range(len(scenario.messages)))
    }
    # A sum does not say whose effect it was: where all were accepted, one alone is most likely the first's.
    alone = most[None] == 1 or (most[0] > 0 and not any(most[index] for index in range(1, len(scenario.messages))))
    others = (each for each in evidence.scenarios if each.scenario != "retry" and not each.fault)
    return alone and not any(counted.effects for each in others for counted in each.counts)


def nothing_counted(evidence: Evidence) -> bool:
    """Whether messages were accepted, and no count ever rose: the observer is as likely to be wrong as the receiver."""
    counts = [each for scenario in evidence.scenarios for each in scenario.counts]
    counted = [each.effects for each in (*counts, *evidence.whole) if each.effects is not None]
    took = any(accepted(each, evidence) for scenario in evidence.scenarios for each in scenario.exchanges)
    return took and bool(counted) and not any(counted)


def ended_early(evidence: Evidence) -> bool:
    """Whether the run ended while effects still had time to come: what is missing then is nobody's fault."""
    retry = evidence.scenario("retry")
    if retry is not None and retry.no_effect:
        return False
    cut_short = any(each.left is NotPlayedKind.CUT_SHORT for each in evidence.scenarios)
    return evidence.interrupted is not None or cut_short


def unmoved(evidence: Evidence) -> bool:
    """Whether the replay ended because its first message had no effect, and none of any scenario had one either.

    They were asked about before they were sent, too: an old answer may be what hides them.
    """
    retry = evidence.scenario("retry")
    counts = (counted for scenario in evidence.scenarios for counted in scenario.counts)
    silent = retry is not None and retry.no_effect and not any(counted.effects for counted in counts)
    return silent and first_only(evidence) is None


def _told_apart(evidence: Evidence, scenario: ScenarioResult) -> bool:
    """Whether each message of a scenario differs from every other one of the run in what the callback carries."""
    carried = [TOLD_APART_BY[each] for each in evidence.callback.carries if each in TOLD_APART_BY]

    def key(message: Message) -> tuple[object, ...]:
        return tuple(getattr(message, field) for field in carried)

    others = {each.message for each in evidence.samples}
    others |= {sent for other in evidence.scenarios for each in other.exchanges for sent in each.messages}
    keys = [key(each) for each in {*others, *scenario.messages}]
    return all(keys.count(key(message)) == 1 for message in scenario.messages)
