"""response-downlink: an answer carries a downlink that the Cloud cannot use."""

import json
import re
from collections.abc import Iterator

from sigcheck.model.delivery import Answer, Exchange
from sigcheck.model.evidence import Evidence
from sigcheck.model.rule import Finding, Passed, Remark, Rule, Skipped
from sigcheck.policy import BIDIR
from sigcheck.rules._evidence import accepted, quoted, undelivered
from sigcheck.rules._exchanges import every


def check(evidence: Evidence) -> Iterator[Remark]:
    """Look at every accepted answer with a downlink: eight bytes, under the id of the device that asked."""
    nothing = undelivered(evidence)
    if nothing is not None:
        yield nothing
        return
    told = [
        each
        for each in every(evidence)
        if each.answer is not None and accepted(each.exchange, evidence) and b"downlinkData" in each.answer.content
    ]
    if not told:
        yield Skipped("no answer carries a downlink")
        return
    for each in told:
        fault = _fault(each.exchange, each.answer) if each.answer is not None else None
        if fault is not None:
            yield Finding(fault, where=each.label)
            return
    yield Passed("each downlink has eight bytes and is for the device that asked for it", len(told), "answers")


def _fault(exchange: Exchange, answer: Answer) -> str | None:
    try:
        document = json.loads(answer.content)
    except (ValueError, RecursionError):
        return f"the answer {quoted(answer.content.decode('latin-1'))} mentions a downlink but is not JSON"
    device = exchange.message.device
    entry = document.get(device) if isinstance(document, dict) else None
    if not isinstance(entry, dict) or "downlinkData" not in entry:
        return f"the downlink is not under the device's id {device}: {quoted(answer.content.decode('latin-1'))}"
    data = entry["downlinkData"]
    if not isinstance(data, str) or not re.fullmatch(r"[0-9A-Fa-f]{16}", data):
        return f"downlinkData is {quoted(json.dumps(data))}, not 16 hex digits"
    kind = (answer.header("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return f"the downlink was sent as {quoted(kind) if kind else 'no content type'}, not as application/json"
    return None


RULE = Rule(
    id="response-downlink",
    level="should",
    title="The Cloud can use the downlinks",
    problem="The Cloud cannot use a downlink",
    fix='Answer 200 with {"<device>":{"downlinkData":"0123456789abcdef"}} as application/json, the id as it was '
    "received; answer 204 where there is nothing to send.",
    source=BIDIR,
    check=check,
)
