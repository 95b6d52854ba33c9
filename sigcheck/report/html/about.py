"""The rest of a report: scenarios, what to clean up, and how the receiver was judged."""

from collections.abc import Iterator

from sigcheck.model.effects import ScenarioResult
from sigcheck.model.figures import span
from sigcheck.model.report import Report
from sigcheck.report.html.drawing import brief
from sigcheck.report.html.markup import Markup, count, tag
from sigcheck.report.html.summary import called, sentence

MOST_MESSAGES = 200
MOST_DEVICES = 60


def scenarios(report: Report, level: int) -> Iterator[Markup]:
    """Say what was played, what was not, and why."""
    if report.evidence.scenarios:
        items = [_scenario(each) for each in report.evidence.scenarios]
        yield tag("section", tag(f"h{level}", "Scenarios"), tag("ul", *items, class_="plain"))


def _scenario(scenario: ScenarioResult) -> Markup:
    name = "the replay of the schedule" if scenario.scenario == "retry" else scenario.scenario
    if scenario.not_played is not None and not scenario.exchanges:
        return tag("li", tag("b", f"· {name}: "), f"not played, {_reason(scenario.not_played)}")
    sent, messages = len(scenario.exchanges), len(scenario.messages)
    said = f"{count(sent, 'delivery', 'deliveries')} of {count(messages, 'message')}"
    said += f", effects counted {count(len(scenario.counts), 'time')}" if scenario.counts else ", effects not counted"
    troubles = (scenario.not_played and f"cut short: {scenario.not_played}", scenario.fault, scenario.doubt)
    told = "".join(f". {sentence(each)}" for each in troubles if each)
    return tag("li", tag("b", f"{'!' if told else '✓'} {name}: "), f"played, {said}{told.rstrip('.')}.")


def _reason(words: str) -> str:
    return f"{words.removeprefix('the replay was ').rstrip('.')}."


def cleaning(report: Report, level: int) -> Iterator[Markup]:
    """List the devices that messages were sent for, and the messages, to clean up by."""
    if not report.devices:
        return
    items = [
        tag("li", tag("code", each.first), " to " if each.count > 1 else None,
            tag("code", each.last) if each.count > 1 else None, f" ({count(each.count, 'device')})")
        for each in report.devices[:MOST_DEVICES]
    ]  # fmt: skip
    more = len(report.devices) - len(items)
    yield tag(
        "section",
        tag(f"h{level}", "Devices to clean up"),
        tag("p", "Messages were sent in the name of these devices. Remove what the receiver has stored for them."),
        tag("ul", *items, class_="plain"),
        tag("p", f"{count(more, 'more entry is', 'more entries are')} in the JSON report.") if more > 0 else None,
        _messages(report),
    )


def _messages(report: Report) -> Markup:
    messages = report.messages
    head = ("Message", "Device", "time", "seqNumber", "Accepted")
    rows = [
        tag(
            "tr", tag("td", f"{each.part}: {each.name}"), tag("td", each.message.device),
            tag("td", str(each.message.time)), tag("td", str(each.message.seq_number)),
            tag("td", f"{each.accepted} of {each.deliveries}"),
        )
        for each in messages[:MOST_MESSAGES]
    ]  # fmt: skip
    more = len(messages) - len(rows)
    return tag(
        "details",
        tag("summary", f"{count(len(messages), 'message')} that were sent"),
        tag("table", tag("thead", tag("tr", *(tag("th", each, scope="col") for each in head))), tag("tbody", *rows)),
        tag("p", f"{count(more, 'more message is', 'more messages are')} in the JSON report.") if more > 0 else None,
    )


def judged(report: Report, level: int, version: str) -> Markup:
    """Say by what the verdict was come to."""
    rows = (part for name, value in _facts(report, version) for part in (tag("dt", name), tag("dd", value)))
    return tag("section", tag(f"h{level}", "How this was judged"), tag("dl", *rows))


def _facts(report: Report, version: str) -> Iterator[tuple[str, str]]:
    evidence = report.evidence
    policy, settings = evidence.policy, evidence.settings
    if settings.offline:
        yield "Judged", f"{called(report)}, as of {evidence.started_at:%Y-%m-%d %H:%M:%S} UTC"
    else:
        yield "Callback", called(report)
        yield "Content type", evidence.callback.content_type or "none"
        if evidence.callback.batched:
            yield "Batches", "several messages may come in one request, a line each"
        yield "Run", evidence.run
        yield "Time", f"{evidence.started_at:%Y-%m-%d %H:%M:%S} UTC, took {span(max(0.0, report.seconds))}"
        yield "Requests", str(evidence.requests)
    yield "Program", f"sigcheck {version}"
    waits = ", ".join(brief(each) for each in policy.retry_waits)
    yield (
        "Policy",
        f"{policy.name}, read on {policy.read}: answer within {brief(policy.answer_limit)}, retries after {waits}",
    )
    if settings.no_sni and evidence.target.scheme == "https":
        yield "Send SNI", "off: the handshakes had no server name"
    if settings.speed != 1:
        yield "Schedule", f"{settings.speed:g} times faster than the Cloud's"
    where = "inside" if settings.vantage == "inside" else "outside"
    if not settings.offline:
        place = f"{settings.place}, " if settings.place else ""
        yield "Seen from", f"{place}an address {where} the range of the Sigfox Cloud ({', '.join(policy.ranges)})"
    if evidence.tls is not None:
        trust = evidence.tls.trust
        yield "Trusted roots", f"{trust.name} {trust.version}, {trust.counted}, SHA-256 {trust.sha256}"
    if evidence.observer is not None:
        yield (
            "Effects",
            f"counted by {evidence.observer.kind}, until they had not changed for {brief(evidence.observer.settle)}",
        )
    elif not settings.offline:
        yield "Effects", "not counted: no observer is configured"
    yield "Scope", "; ".join(report.scope.words) or f"all rules ({report.scope.of}), as the Cloud delivers"
    allowed = (
        f", and these may be undecided: {', '.join(report.gate.allow_undecided)}" if report.gate.allow_undecided else ""
    )
    levels = "must" if report.gate.fail_on == "must" else "must or should"
    yield "Gate", f"non-compliant where a rule of level {levels} fails{allowed}"
