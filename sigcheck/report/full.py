"""The full report for people: every rule, and the figures beside them."""

from collections.abc import Sequence

from sigcheck.model.evidence import Evidence
from sigcheck.model.figures import AnswerTimes, Timeline, outcome, span
from sigcheck.model.report import Report, Result
from sigcheck.model.rule import FAMILIES, Status
from sigcheck.report.marks import mark
from sigcheck.report.page import Page, Part
from sigcheck.report.screen import closing, evidence_words, fixes, heading

INDENT = " " * 11
PHASES = ("resolve", "connect", "tls", "send", "wait", "body")


def full(page: Page, report: Report, version: str) -> None:
    """Fill a page: heading, every rule by family, timing, replay, scenarios, clients, and the verdict."""
    evidence = report.evidence
    heading(page, report)
    requests = f"{evidence.requests} request{'' if evidence.requests == 1 else 's'}"
    started = f"{evidence.started_at:%Y-%m-%d %H:%M:%S} UTC"
    about = [f"sigcheck {version}", started, f"policy {evidence.policy.name}", requests]
    if evidence.settings.place:
        about.append(f"seen from {evidence.settings.place}")
    page.hang((), " · ".join(about), "dim")
    for family in FAMILIES:
        results = [each for each in report.results if each.family == family]
        if results:
            page.blank()
            page.line((family, "bold"))
            for result in results:
                _rule(page, result)
    if report.answer_times is not None:
        _timing(page, report.answer_times, evidence)
    if report.timeline is not None:
        _replay(page, report.timeline, evidence)
    _scenarios(page, evidence)
    _clients(page, evidence)
    _devices(page, report)
    _messages(page, report)
    closing(page, report)


def _rule(page: Page, result: Result) -> None:
    sign = mark(result)
    page.hang(("  ", sign, " " * (9 - len(sign[0]))), result.title, right=result.rule)
    if result.status is Status.FAIL:
        for finding in result.findings:
            # The mark has the level of the heaviest one.
            level = f"{finding.level}: " if finding.level not in {None, result.level} else ""
            page.hang((INDENT,), level + evidence_words(finding))
        if result.expected is not None:
            page.hang((INDENT,), f"Expected: {result.expected}", "dim")
            return
        for fix in fixes(result):
            page.hang((INDENT,), f"Fix: {fix}", "green")
        page.hang((INDENT,), f"sigcheck explain {result.rule}", "dim")
        return
    word = {Status.UNDECIDED: "undecided: ", Status.SKIP: "skipped: "}.get(result.status, "")
    said = (result.reason or result.summary) if result.status is Status.BROKEN else result.summary
    page.hang((INDENT,), word + said, "dim" if result.status in {Status.PASS, Status.SKIP} else "")
    if result.status is Status.UNDECIDED and result.fix:
        page.hang((INDENT,), f"To decide it: {result.fix}", "green")


def _titled(page: Page, title: str, words: str) -> None:
    page.blank()
    page.hang(((f"{title}  ", "bold"),), words)


def _timing(page: Page, times: AnswerTimes, evidence: Evidence) -> None:
    if not times.answered:
        return
    parts = [f"first {'no answer' if times.first is None else span(times.first)}"]
    if times.minimum is not None and times.median is not None and times.p95 is not None and times.maximum is not None:
        parts += [f"then min {span(times.minimum)}", f"median {span(times.median)}"]
        parts += [f"p95 {span(times.p95)}", f"max {span(times.maximum)}"]
    samples = f"sample{'' if len(times.values) == 1 else 's'}"
    counted = f"{times.answered} of {len(times.values)} {samples} answered, limit {times.limit:g} s: "
    _titled(page, "timing", counted + " · ".join(parts))
    rows: list[Sequence[Part]] = [[(name, "dim") for name in ("sample", *PHASES, "outcome")]]
    for number, exchange in enumerate(evidence.samples, 1):
        values = (getattr(exchange.phases, name) for name in PHASES)
        rows.append([str(number), *("-" if each is None else span(each) for each in values), outcome(exchange)])
    page.table(rows)


def _replay(page: Page, timeline: Timeline, evidence: Evidence) -> None:
    if not timeline.courses:
        if timeline.not_played:
            _titled(page, "replay", f"not played: {timeline.not_played}")
        return
    pace = "real schedule" if timeline.speed == 1 else f"schedule {timeline.speed:g} times faster"
    _titled(page, "replay", f"one message, {pace}; {timeline.schedule}")
    if timeline.speed != 1:
        unseen = (
            "a compressed run cannot show whether duplicates are forgotten within 7 minutes or after many messages"
            if evidence.observer is not None
            else "no observer counts the effects, so the retries were compressed; --speed 1 sends them at the "
            "Cloud's pace"
        )
        page.hang(("  ",), unseen, "dim")
    rows: list[Sequence[Part]] = [
        [(name, "dim") for name in ("delivery", "due", "sent", "outcome", "effects so far")],
    ]
    for moment in timeline.courses[0].moments:
        row: list[Part] = [str(moment.delivery), f"{moment.due:.2f} s", f"{moment.sent:.2f} s", moment.outcome]
        if moment.effects is None:
            row.append(("not counted", "dim"))
        else:
            expected = "" if moment.expected == 1 else f" of {moment.expected}"
            row.append((f"{moment.effects}{expected}", "green" if moment.effects == moment.expected else "red"))
        rows.append(row)
    page.table(rows)
    if timeline.not_played:
        page.hang(("  ",), timeline.not_played, "yellow")


def _scenarios(page: Page, evidence: Evidence) -> None:
    """Say what was played beside the schedule, and what was not and why."""
    others = [scenario for scenario in evidence.scenarios if scenario.scenario != "retry"]
    if not others:
        return
    played = [scenario.scenario for scenario in others if scenario.not_played is None]
    _titled(page, "scenarios", f"played: {', '.join(played) or 'none'}")
    left: dict[str, list[str]] = {}
    for scenario in others:
        if scenario.not_played is not None:
            left.setdefault(scenario.not_played, []).append(scenario.scenario)
    for reason, names in left.items():
        page.hang(("  ",), f"not played: {', '.join(names)}: {reason}", "dim")


def _clients(page: Page, evidence: Evidence) -> None:
    """Show the families of clients side by side, and the roots that they were given."""
    if evidence.tls is None:
        return
    trust, chain = evidence.tls.trust, evidence.tls.chain
    if chain is not None and chain.verdicts:
        names = {"openssl": "OpenSSL", "jdk": "JDK", "strict": "strict"}
        said = [f"{names[each.family]} {'accepts' if each.accepts else 'refuses'}" for each in chain.verdicts]
        given = f", given {chain.anchor} as a root" if any(each.accepts for each in chain.verdicts) else ""
        _titled(page, "clients", f"the chain: {' · '.join(said)}{given}")
    _titled(page, "trust", f"{trust.name} {trust.version}, {trust.counted}, SHA-256 {trust.sha256[:16]}…")


def _devices(page: Page, report: Report) -> None:
    if not report.devices:
        return
    ranges = [
        each.first if each.count == 1 else f"{each.first} to {each.last} ({each.count})" for each in report.devices
    ]
    _titled(page, "devices", f"messages were sent for {', '.join(ranges)}; what was stored for them can be deleted")


def _messages(page: Page, report: Report) -> None:
    """List every message where its effects are to be counted after the run: one line each, as a database knows it."""
    if not report.evidence.settings.counted_later or report.evidence.observer is not None:
        return
    _titled(page, "messages", "count the effects of each, and give them with sigcheck report SAVED.json --effects FILE")
    rows: list[Sequence[Part]] = [[(name, "dim") for name in ("device", "time", "seqNumber", "delivered", "message")]]
    for sent in report.messages:
        message, times = sent.message, f"{sent.deliveries} time{'' if sent.deliveries == 1 else 's'}"
        rows.append([message.device, str(message.time), str(message.seq_number), times, f"{sent.part}: {sent.name}"])
    page.table(rows)
