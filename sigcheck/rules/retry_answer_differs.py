"""retry-answer-differs: a retry of a message gets another downlink."""

from collections.abc import Iterator

from sigcheck.callback.kinds import CALLBACK_TYPES, DEFAULT_TYPE
from sigcheck.callback.replies import downlinks_in
from sigcheck.model.delivery import Answer
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Undecided
from sigcheck.policy import BIDIR
from sigcheck.rules._evidence import accepted, quoted, replayed, unplayed

LOST = (
    "if the receiver removed the downlink from its store, it is lost where that answer was lost; whether it keeps the "
    "downlink for the device's next message cannot be seen"
)
TOO_LATE = "our reading is that a retry a minute later is too late for the device"
KEEP = (
    "Keep the downlink with the message until the ACKNOWLEDGE callback confirms it, and answer a duplicate with the "
    "same one."
)


def check(evidence: Evidence) -> Iterator[Remark]:
    """Warn where a retry carries another downlink than the first delivery, or loses it where downlinks are wanted.

    Other differences are only told.
    """
    deliveries = [exchange for _, exchange in replayed(evidence)]
    answers = [
        (exchange.attempt, exchange.outcome)
        for exchange in deliveries
        if isinstance(exchange.outcome, Answer) and accepted(exchange, evidence)
    ]
    if len(answers) < 2:
        yield Undecided("fewer than two deliveries were accepted") if deliveries else unplayed(evidence)
        return
    first_attempt, first = answers[0]
    wanted = CALLBACK_TYPES.get(evidence.callback.type, CALLBACK_TYPES[DEFAULT_TYPE]).downlink
    # Entries for other devices are ignored, so they may differ.
    devices = dict.fromkeys(message.device for message in deliveries[0].messages)
    before = downlinks_in(first.content, devices)
    for attempt, answer in answers[1:]:
        downlinks = downlinks_in(answer.content, devices)
        if downlinks == before or not (downlinks or wanted):
            continue
        said = (
            f"delivery {attempt} was answered {_said(answer)}, but delivery {first_attempt} of the same message "
            f"{_said(first)}"
        )
        if not downlinks:
            yield Finding(f"{said}; {LOST}", measured="no downlink for a retry", where=f"delivery {attempt}", fix=KEEP)
        elif not before:
            measured = "a downlink for the retry only"
            yield Finding(f"{said}; {TOO_LATE}" if wanted else said, measured=measured, where=f"delivery {attempt}")
        else:
            yield Finding(said, measured="another downlink for the same message", where=f"delivery {attempt}")
        return
    if all((answer.status, answer.content) == (first.status, first.content) for _, answer in answers):
        yield Passed(f"{len(answers)} deliveries got the same answer, {first.status}", len(answers), "answers")
    else:
        statuses = ", ".join(str(answer.status) for _, answer in answers)
        yield Passed(f"the answers differ ({statuses}), but their downlinks do not", len(answers), "answers")


def _said(answer: Answer) -> str:
    """Quote an answer: its body, or its status where it has none."""
    return quoted(answer.content.decode("latin-1")) if answer.content else str(answer.status)


RULE = Rule(
    id="retry-answer-differs",
    level="should",
    title="Every delivery of a message gets the same downlink",
    problem="Deliveries of one message get different downlinks",
    fix="Keep the downlink with the message, and answer a duplicate with the same one.",
    source=BIDIR,
    check=check,
)
