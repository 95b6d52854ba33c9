"""response-downlink: the reply of a callback with downlinks is none that the Cloud can use."""

from collections.abc import Iterator, Sequence

from sigcheck.callback.kinds import CALLBACK_TYPES, DEFAULT_TYPE, CallbackType
from sigcheck.callback.replies import Reply, ReplyFault, Wrong
from sigcheck.model.delivery import Exchange
from sigcheck.model.evidence import CallbackShape, Evidence
from sigcheck.model.rule import LEVELS, Finding, Level, Passed, Remark, Rule, Skipped, Undecided
from sigcheck.policy import BIDIR, RECEIVE_WINDOW_OPENS
from sigcheck.rules._evidence import accepted, listed, seconds, undelivered
from sigcheck.rules._exchanges import every
from sigcheck.rules._share import share
from sigcheck.rules._told import Told

FIXES = {
    ReplyFault.BODY_OF_204: "Send a downlink with 200, and 204 without a body and without Content-Length.",
    ReplyFault.STATUS: "Answer 200 with the reply, or 204 where there is nothing to send.",
    ReplyFault.EMPTY: "Answer 204 where there is nothing to send.",
    ReplyFault.ENCODING: "Send the reply without Content-Encoding, or compress it by gzip as the request allows.",
    ReplyFault.PAGE: "Find out what answers at this URL: an HTML page is often that of a login, of an error or of a "
    "web application that answers every path. Exempt the callback's path from it.",
    ReplyFault.TWICE: "Build the reply with a JSON library, and name the device, downlinkData and noData once each.",
    ReplyFault.OTHER_CASE: "Use the device id as it was received: do not upper-case, lower-case or pad it.",
    ReplyFault.OTHER_KEY: "Use the device id of the request as the key, as it was received.",
    ReplyFault.DATA: "Give downlinkData as a text of 16 hex digits: eight bytes, shorter data padded with zeros.",
    ReplyFault.CONTENT_TYPE: "Send the header Content-Type: application/json with the reply.",
    ReplyFault.NOT_ASKED: "Take a downlink from its store only if the message's ack is true; answer 204 otherwise.",
    ReplyFault.IGNORED: "Configure a data/bidir callback, and make it the active one of its device type.",
}
"""What to do about a fault, where it is something else than the rule's own fix."""

LATE_FIX = "Have the downlink ready before the message comes, and answer with it at once."

SHORTER = "Answer with the entry of the device that asked, and no others: that is under 100 bytes."

Judged = tuple[Told, Reply]


def check(evidence: Evidence) -> Iterator[Remark]:
    """Judge every accepted answer of a callback with downlinks; of any other, tell of downlinks that are ignored."""
    kind = CALLBACK_TYPES.get(evidence.callback.type, CALLBACK_TYPES[DEFAULT_TYPE])
    nothing = undelivered(evidence) if kind.downlink else None
    if nothing is not None:
        yield nothing
        return
    judged = [
        (each, kind.evaluate(each.answer, _asked(each.exchange, evidence.callback), evidence.policy.success))
        for each in every(evidence)
        if each.answer is not None and not each.asked and accepted(each.exchange, evidence)
    ]
    yield from _wrong(judged)
    if not kind.downlink:
        yield Skipped(f"the answer to a {kind.name} callback carries no downlink")
        return
    yield from _late(judged, evidence)
    yield from _unjudged(judged)
    if not judged:
        yield Undecided("no delivery was accepted, so there is no reply to judge: see the rule that failed")
        return
    yield Passed(f"{_seen(judged, kind, evidence)}{_untried(judged, evidence)}", len(judged), "answers")


def _asked(exchange: Exchange, callback: CallbackShape) -> dict[str, bool]:
    """Give the devices of a request, and whether each waits for a downlink; where nobody is told, it does."""
    asked: dict[str, bool] = {}
    for message in exchange.messages:
        asks = callback.ack is not False if message.ack is None else message.ack
        asked[message.device] = asked.get(message.device, False) or asks
    return asked


def _wrong(judged: Sequence[Judged]) -> Iterator[Finding]:
    """Give one finding for each fault, the weightiest first; the first delivery that has it is quoted."""
    found: dict[ReplyFault, list[tuple[Told, Wrong]]] = {}
    for told, reply in judged:
        # Of a batch each device may have the same fault: the weightiest counts for the delivery.
        weightiest: dict[ReplyFault, Wrong] = {}
        for wrong in sorted(reply.wrong, key=lambda each: LEVELS.index(each.level)):
            weightiest.setdefault(wrong.fault, wrong)
        for fault, wrong in weightiest.items():
            if fault is not ReplyFault.NOT_KEPT:
                found.setdefault(fault, []).append((told, wrong))
    findings = [_finding(fault, cases, judged) for fault, cases in found.items()]
    yield from sorted(findings, key=lambda each: LEVELS.index(each.level or RULE.level))


def _finding(fault: ReplyFault, cases: list[tuple[Told, Wrong]], judged: Sequence[Judged]) -> Finding:
    # A retry cannot reach the device any more: what is wrong with its reply alone loses nothing.
    cases.sort(key=lambda case: case[0].retried)
    weigh = [_milder(wrong.level, "should") if told.retried else wrong.level for told, wrong in cases]
    spread = share([told for told, _ in cases], [told for told, _ in judged])
    level = min(weigh, key=LEVELS.index)
    told, wrong = cases[0]
    return Finding(
        f"{told.label} {wrong.message}",
        measured=spread.words,
        where=told.label,
        level=_milder(level, spread.level) if spread.level is not None else level,
        fix=FIXES.get(fault),
    )


def _unjudged(judged: Sequence[Judged]) -> Iterator[Undecided]:
    """Say that replies were too long to judge, or cut short."""
    cases = [(told, wrong) for told, reply in judged for wrong in reply.wrong if wrong.fault is ReplyFault.NOT_KEPT]
    if cases:
        told, wrong = cases[0]
        spread = share([told for told, _ in cases], [told for told, _ in judged])
        yield Undecided(f"{told.label} {wrong.message}: {spread.words}", SHORTER)


def _milder(level: Level, limit: Level) -> Level:
    return max(level, limit, key=LEVELS.index)


def _late(judged: Sequence[Judged], evidence: Evidence) -> Iterator[Finding]:
    """Tell of downlinks that came when the Cloud had given up, or when the device had begun to listen."""
    limit = evidence.policy.answer_limit
    late = [
        told
        for told, reply in judged
        if reply.downlinks
        and told.timed
        and not told.exchange.stalled
        and ((told.exchange.answered_after or 0.0) > limit or told.exchange.total > RECEIVE_WINDOW_OPENS)
    ]
    if not late:
        return
    slowest = max(late, key=lambda told: told.exchange.total)
    spread = share(late, [told for told, _ in judged])
    # That the answer is late is another rule's to say, where it is asked: one fault is one `must`.
    told_elsewhere = evidence.settings.asks_for("deadline-exceeded")
    beside: Level = "should" if told_elsewhere else spread.level or "must"
    yield Finding(
        f"{slowest.label} was answered with a downlink {seconds(slowest.exchange.total)} after it began; the Cloud "
        f"waits {limit:g} s, and a device begins to listen about {RECEIVE_WINDOW_OPENS:g} s after its message, so our "
        "reading is that this downlink reaches nobody",
        measured=spread.words,
        where=slowest.label,
        level=beside,
        fix=LATE_FIX,
    )


def _seen(judged: Sequence[Judged], kind: CallbackType, evidence: Evidence) -> str:
    """Count what the replies said."""
    downlinks = sum(bool(reply.downlinks) for _, reply in judged)
    waiting = sum(any(_asked(told.exchange, evidence.callback).values()) for told, _ in judged)
    if not waiting:
        return f"no message asked for a downlink, and none of {len(judged)} answers carries one"
    replies = "the only reply is" if len(judged) == 1 else f"all {len(judged)} replies are"
    carried = f"{downlinks} with a downlink" if downlinks else "none with a downlink"
    return f"{replies} right for {kind.name}, {carried}"


def _untried(judged: Sequence[Judged], evidence: Evidence) -> str:
    """Say what the run could not show, as the end of a sentence."""
    callback = evidence.callback
    missing = []
    if all(any(_asked(told.exchange, callback).values()) for told, _ in judged):
        why = " (the callback carries no {ack})" if callback.ack is None else ""
        missing.append(f"a message whose ack is false{why}")
    if not (any(told.retried for told, _ in judged) and evidence.settings.asks_for("retry-answer-differs")):
        missing.append("the reply to a retry (see retry-answer-differs)")
    return f"; not tried: {listed(missing)}" if missing else ""


RULE = Rule(
    id="response-downlink",
    level="must",
    title="The Cloud can use the replies to a callback with downlinks",
    problem="The Cloud cannot use a reply",
    fix='Answer 200 with {"<device>":{"downlinkData":"0123456789abcdef"}} as application/json, the id as it was '
    'received; answer 204, or 200 with {"<device>":{"noData":true}}, where there is nothing to send.',
    source=BIDIR,
    check=check,
)
