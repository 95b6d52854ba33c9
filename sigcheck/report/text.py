"""The report for people: what is wrong, how it was seen, and the one thing that mends it."""

from collections.abc import Iterator, Sequence
from io import StringIO
from statistics import median, quantiles

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sigcheck.model.delivery import Answer, Exchange
from sigcheck.model.effects import Trial
from sigcheck.model.evidence import Evidence
from sigcheck.model.report import FAMILIES, Finding, Report, Result, Status
from sigcheck.report import Look

# Symbol, its ASCII stand-in, the word, the style. The word stands beside the symbol: colour is never alone.
MARKS = {
    Status.PASS: ("✓", "+", "pass", "green"),
    Status.FAIL: ("✗", "x", "FAIL", "bold red"),
    Status.SKIP: ("·", "-", "skip", "dim"),
    Status.INCONCLUSIVE: ("?", "?", "open", "yellow"),
    Status.BROKEN: ("!", "!", "BUG", "bold magenta"),
}
LEVEL_STYLES = {"must": "bold red", "should": "yellow", "note": "cyan"}
VERDICT_STYLES = {"compliant": "bold green", "undecided": "bold yellow"}
RULE_WIDTH = 24
MOST_NAMED = 4
"""Rules that a verdict line names as undecided; more are counted."""


def render(report: Report, look: Look) -> str:
    """Render the report; `look.detail` 0 leaves skipped rules to a count, -1 shows failures and the verdict alone."""
    console = Console(
        file=StringIO(),
        width=look.width,
        color_system="standard" if look.colour else None,
        force_terminal=look.colour,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    if look.detail >= 0:
        _head(console, report, look)
    _rules(console, report, look)
    if look.detail >= 0:
        _timing(console, report.evidence, look)
        _replay(console, report.evidence)
        _scenarios(console, report.evidence)
        _clients(console, report.evidence)
    _verdict(console, report, look)
    assert isinstance(console.file, StringIO)  # noqa: S101 - for the type checker
    text = "".join(line.rstrip() + "\n" for line in console.file.getvalue().splitlines())
    return text.translate(_PLAIN) if look.ascii else text


_PLAIN = str.maketrans({"✓": "+", "✗": "x", "·": "-", "…": "...", "→": "->"})


def _head(console: Console, report: Report, look: Look) -> None:
    evidence = report.evidence
    console.print(Text.assemble((f"sigcheck {look.version}", "bold"), "  ", (evidence.target.url, "bold cyan")))
    took = (report.finished_at - evidence.started_at).total_seconds()
    parts = [
        f"run {evidence.run}",
        f"{evidence.started_at:%Y-%m-%d %H:%M:%S} UTC",
        f"policy {evidence.policy.name}",
        f"{evidence.requests} requests",
        _duration(took),
    ]
    console.print(Text(" · ".join(parts), "dim"))


def _rules(console: Console, report: Report, look: Look) -> None:
    shown = [result for result in report.results if _is_shown(result, look.detail)]
    for family in FAMILIES:
        results = [result for result in shown if result.family == family]
        if not results:
            continue
        console.print()
        console.print(Text(family, "bold"))
        table = Table.grid(padding=(0, 1))
        table.add_column(width=6, no_wrap=True)
        table.add_column(width=RULE_WIDTH, no_wrap=True)
        table.add_column(ratio=1, overflow="fold")
        for first, others in _alike(results, look.detail):
            for row in _rows(first, others):
                table.add_row(*row)
        console.print(Padding(table, (0, 0, 0, 2)))


def _alike(results: Sequence[Result], detail: int) -> Iterator[tuple[Result, int]]:
    """Give each result with the number of others behind it that are undecided for the same reason.

    Where no connection was had, thirteen certificate rules would say so thirteen times; `-v` lists them all.
    """
    behind = {Status.INCONCLUSIVE, Status.SKIP}
    seen: dict[tuple[Status, str], int] = {}
    for result in results:
        if result.status in behind and detail < 1:
            key = (result.status, result.summary)
            seen[key] = seen.get(key, 0) + 1
    told: set[tuple[Status, str]] = set()
    for result in results:
        key = (result.status, result.summary)
        if key not in seen:
            yield result, 0
        elif key not in told:
            told.add(key)
            yield result, seen[key] - 1


def _is_shown(result: Result, detail: int) -> bool:
    match result.status:
        case Status.FAIL | Status.BROKEN:
            return True
        case Status.SKIP:
            return detail >= 1
        case _:
            return detail >= 0


def _rows(result: Result, others: int = 0) -> Iterator[tuple[Text, Text, Text]]:
    symbol, _, word, style = MARKS[result.status]
    mark = Text(f"{symbol} {word}", style)
    name = Text(result.rule, "bold" if result.status is Status.FAIL else "")
    if result.status is not Status.FAIL:
        also = f" (and {others} other {result.family} rule{'s' if others > 1 else ''})" if others else ""
        yield mark, name, Text(result.summary + also, "dim" if result.status is Status.SKIP else "")
        if result.status in {Status.INCONCLUSIVE, Status.BROKEN} and (result.hint or result.reason != result.summary):
            yield Text(), Text(), Text(f"→ {result.hint or result.reason}", "dim")
        return
    for finding in result.findings:
        level = finding.level or result.level
        line = Text.assemble((f"{level}:", LEVEL_STYLES[level]), " ", finding.message, _measured(finding))
        yield mark, name, line
        mark, name = Text(), Text()
    mends: list[str | None] = [finding.mend for finding in result.findings if finding.mend]
    mends = mends or [result.hint]
    for mend in dict.fromkeys(mend for mend in mends if mend):
        yield Text(), Text(), Text(f"→ {mend}", "green")
    yield Text(), Text(), Text(f"sigcheck explain {result.rule}", "dim")


def _measured(finding: Finding) -> str:
    return f" ({finding.measured})" if finding.measured else ""


def _timing(console: Console, evidence: Evidence, look: Look) -> None:
    waits = [exchange.answered_after for exchange in evidence.samples]
    answered = [wait for wait in waits if wait is not None]
    if not answered:
        return
    limit = evidence.policy.answer_limit
    warm = [wait for wait in waits[1:] if wait is not None]
    parts = [f"first {_span(waits[0]) if waits[0] is not None else 'no answer'}"]
    if warm:
        p95 = quantiles(warm, n=20, method="inclusive")[-1] if len(warm) > 1 else warm[0]
        parts += [f"then min {_span(min(warm))}", f"median {_span(median(warm))}", f"p95 {_span(p95)}"]
        parts += [f"max {_span(max(warm))}"]
    console.print()
    counted = f"{len(answered)} of {len(waits)} samples answered, limit {limit:g} s: "
    _titled(console, "timing", counted + " · ".join(parts))
    if look.detail >= 1:
        _phases(console, evidence)


def _phases(console: Console, evidence: Evidence) -> None:
    table = Table.grid(padding=(0, 2))
    names = ("resolve", "connect", "tls", "send", "wait", "body")
    table.add_row(Text("sample", "dim"), *(Text(name, "dim") for name in names), Text("outcome", "dim"))
    for number, exchange in enumerate(evidence.samples, 1):
        values = (getattr(exchange.phases, name) for name in names)
        cells = (Text("-" if value is None else _span(value)) for value in values)
        table.add_row(Text(str(number)), *cells, Text(_outcome(exchange)))
    console.print(Padding(table, (0, 0, 0, 2)))


def _replay(console: Console, evidence: Evidence) -> None:
    trial = evidence.trial("retry")
    if trial is None or not trial.exchanges:
        return
    settings = evidence.settings
    pace = "real schedule" if settings.speed == 1 else f"schedule compressed {settings.speed:g} times"
    console.print()
    previous = settings.schedule_from == "previous"
    waits = "each wait starts at the previous delivery" if previous else "all waits start at the first delivery"
    _titled(console, "replay", f"one message, {pace}; {waits}")
    if settings.speed != 1:
        console.print(
            Text(
                "  a compressed run cannot show whether duplicates are forgotten within 7 minutes or many messages",
                "dim",
            )
        )
    table = Table.grid(padding=(0, 2))
    table.add_row(*(Text(name, "dim") for name in ("delivery", "due", "sent", "outcome", "effects so far")))
    start = trial.exchanges[0].started
    for exchange in trial.exchanges:
        if exchange.message != trial.messages[0]:
            continue
        due = 0.0 if exchange.due is None else exchange.due - start
        table.add_row(
            Text(str(exchange.attempt)),
            Text(f"{due:.2f} s"),
            Text(f"{exchange.started - start:.2f} s"),
            Text(_outcome(exchange)),
            _effects(trial, exchange.attempt),
        )
    console.print(Padding(table, (0, 0, 0, 2)))
    if trial.not_played:
        console.print(Text(f"  {trial.not_played}", "yellow"))


def _effects(trial: Trial, attempt: int) -> Text:
    readings = [
        reading
        for reading in trial.readings
        if reading.effects is not None
        and reading.message in {0, None}
        and reading.exchange is not None
        and trial.exchanges[reading.exchange].attempt == attempt
    ]
    if not readings:
        return Text("not counted", "dim")
    reading = readings[-1]
    effects = reading.effects or 0
    expected = "" if reading.expected == 1 else f" of {reading.expected}"
    return Text(f"{effects}{expected}", "red" if effects != reading.expected else "green")


def _scenarios(console: Console, evidence: Evidence) -> None:
    """Say what was played beside the schedule, and what was not and why."""
    others = [trial for trial in evidence.trials if trial.scenario != "retry"]
    if not others:
        return
    played = [trial.scenario for trial in others if trial.not_played is None]
    console.print()
    _titled(console, "scenarios", f"played: {', '.join(played) or 'none'}")
    for trial in others:
        if trial.not_played is not None:
            reason = Text(f"not played: {trial.scenario}: {trial.not_played}", "dim")
            console.print(_hanging(Text("  "), reason))


def _clients(console: Console, evidence: Evidence) -> None:
    """Show the families of clients side by side, and the roots that they were given."""
    if evidence.tls is None:
        return
    trust, chain = evidence.tls.trust, evidence.tls.chain
    console.print()
    if chain is not None and chain.verdicts:
        names = {"openssl": "OpenSSL", "jdk": "JDK", "strict": "strict"}
        said = [f"{names[each.family]} {'accepts' if each.accepts else 'refuses'}" for each in chain.verdicts]
        _titled(console, "clients", f"the chain: {' · '.join(said)}")
    _titled(console, "trust", f"{trust.name} {trust.version}, {trust.counted}, SHA-256 {trust.sha256[:16]}…")


def _titled(console: Console, title: str, words: str) -> None:
    console.print(_hanging(Text(f"{title}  ", "bold"), Text(words)))


def _hanging(lead: Text, words: Text) -> Table:
    """Put words behind a lead; where they need more lines, each begins under the first word."""
    table = Table.grid()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(lead, words)
    return table


def _outcome(exchange: Exchange) -> str:
    match exchange.outcome:
        case Answer(status=status) if exchange.answered_after is not None:
            return f"{status} after {_span(exchange.answered_after)}"
        case Answer(status=status):
            return str(status)
        case failure:
            return f"{failure.kind} ({failure.phase})"


def _verdict(console: Console, report: Report, look: Look) -> None:
    counts = {status: sum(result.status is status for result in report.results) for status in Status}
    failed = [result for result in report.results if result.status is Status.FAIL]
    levels = [f"{sum(result.level == level for result in failed)} {level}" for level in ("must", "should", "note")]
    parts = [f"failed: {', '.join(part for part in levels if not part.startswith('0 '))}"] if failed else []
    parts += [f"{counts[Status.PASS]} passed"]
    if counts[Status.INCONCLUSIVE]:
        parts.append(f"{counts[Status.INCONCLUSIVE]} open")
    if counts[Status.SKIP]:
        parts.append(f"{counts[Status.SKIP]} skipped")
    if counts[Status.BROKEN]:
        parts.append(f"{counts[Status.BROKEN]} broken")
    console.print()
    for breakdown in report.evidence.breakdowns:
        said = (
            f"the {breakdown.probe} probe could not be finished: {breakdown.detail}"
            if breakdown.local
            else f"the {breakdown.probe} probe broke, please report it: {breakdown.detail}"
        )
        console.print(Text(said, "bold magenta"))
    if report.evidence.interrupted:
        console.print(Text(f"PARTIAL: {report.evidence.interrupted}; what follows is what was known by then", "yellow"))
    passed = any(each.status is Status.PASS for each in report.results)
    in_part = report.exit_code == 0 and not report.scope.whole and passed
    word = "PASSED IN PART" if in_part else report.verdict.upper()
    style = VERDICT_STYLES.get(report.verdict, "bold red")
    if report.verdict == "undecided" and report.exit_code:
        parts += _undecided(report)
    parts += report.scope.words
    lead, words = Text(f"{word}  ", style), Text(f"{' · '.join(parts)}  (exit {report.exit_code})")
    if look.detail < 0:
        # One line that a script can read, however long it is.
        console.print(Text.assemble(lead, words), soft_wrap=True)
    else:
        console.print(_hanging(lead, words))


def _undecided(report: Report) -> list[str]:
    """Name the rules that keep a run from being decided: a verdict line must not leave its reader guessing."""
    undecided = [each for each in report.results if each.status is Status.INCONCLUSIVE]
    # With --fail-on should no must may be among them.
    open_ = [each.rule for each in undecided if each.level == "must"] or [each.rule for each in undecided]
    more = len(open_) - MOST_NAMED
    named = ", ".join(open_[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return [f"undecided: {named}"] if named else []


def _span(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def _duration(value: float) -> str:
    minutes, rest = divmod(value, 60)
    return f"{value:.1f} s" if value < 60 else f"{minutes:.0f} min {rest:.0f} s"
