"""The figures of a text report beside the rules: answer times, the replay, scenarios, clients and roots."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sigcheck.model.delivery import Answer, Exchange
from sigcheck.model.effects import ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.report import RenderOptions


def timing(console: Console, evidence: Evidence, options: RenderOptions) -> None:
    """Show how long the samples took."""
    waits = [exchange.answered_after for exchange in evidence.samples]
    answered = [wait for wait in waits if wait is not None]
    if not answered:
        return
    limit = evidence.policy.answer_limit
    warm = [wait for wait in waits[1:] if wait is not None]
    parts = [f"first {_span(waits[0]) if waits[0] is not None else 'no answer'}"]
    if warm:
        from statistics import median, quantiles

        p95 = quantiles(warm, n=20, method="inclusive")[-1] if len(warm) > 1 else warm[0]
        parts += [f"then min {_span(min(warm))}", f"median {_span(median(warm))}", f"p95 {_span(p95)}"]
        parts += [f"max {_span(max(warm))}"]
    console.print()
    counted = f"{len(answered)} of {len(waits)} samples answered, limit {limit:g} s: "
    _titled(console, "timing", counted + " · ".join(parts))
    if options.detail >= 1:
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


def replay(console: Console, evidence: Evidence) -> None:
    """Show each delivery of the replay, when it was due and what it had effected."""
    scenario = evidence.scenario("retry")
    if scenario is None:
        return
    if not scenario.exchanges:
        if scenario.not_played:
            console.print()
            # A reason that other places give as a sentence of its own begins with what the title says.
            rest = scenario.not_played.removeprefix("the replay was ")
            said = f"not played: {rest}" if rest == scenario.not_played else rest
            _titled(console, "replay", said)
        return
    settings = evidence.settings
    pace = "real schedule" if settings.speed == 1 else f"schedule compressed {settings.speed:g} times"
    console.print()
    previous = settings.schedule_from == "previous"
    waits = "each wait starts at the previous delivery" if previous else "all waits start at the first delivery"
    _titled(console, "replay", f"one message, {pace}; {waits}")
    if settings.speed != 1:
        unseen = (
            "a compressed run cannot show whether duplicates are forgotten within 7 minutes or many messages"
            if evidence.observer is not None
            else "nothing counts the effects, so the retries were compressed; --speed 1 sends them at the Cloud's pace"
        )
        console.print(hanging(Text("  "), Text(unseen, "dim")))
    table = Table.grid(padding=(0, 2))
    table.add_row(*(Text(name, "dim") for name in ("delivery", "due", "sent", "outcome", "effects so far")))
    start = scenario.exchanges[0].started
    for exchange in scenario.exchanges:
        if exchange.message != scenario.messages[0]:
            continue
        due = 0.0 if exchange.due is None else exchange.due - start
        table.add_row(
            Text(str(exchange.attempt)),
            Text(f"{due:.2f} s"),
            Text(f"{exchange.started - start:.2f} s"),
            Text(_outcome(exchange)),
            _effects(scenario, exchange.attempt),
        )
    console.print(Padding(table, (0, 0, 0, 2)))
    if scenario.not_played:
        console.print(Text(f"  {scenario.not_played}", "yellow"))


def _effects(scenario: ScenarioResult, attempt: int) -> Text:
    counts = [
        counted
        for counted in scenario.counts
        if counted.effects is not None
        and counted.message in {0, None}
        and counted.exchange is not None
        and scenario.exchanges[counted.exchange].attempt == attempt
    ]
    if not counts:
        return Text("not counted", "dim")
    counted = counts[-1]
    effects = counted.effects or 0
    expected = "" if counted.expected == 1 else f" of {counted.expected}"
    return Text(f"{effects}{expected}", "red" if effects != counted.expected else "green")


def scenarios(console: Console, evidence: Evidence) -> None:
    """Say what was played beside the schedule, and what was not and why."""
    others = [scenario for scenario in evidence.scenarios if scenario.scenario != "retry"]
    if not others:
        return
    played = [scenario.scenario for scenario in others if scenario.not_played is None]
    console.print()
    _titled(console, "scenarios", f"played: {', '.join(played) or 'none'}")
    left: dict[str, list[str]] = {}
    for scenario in others:
        if scenario.not_played is not None:
            left.setdefault(scenario.not_played, []).append(scenario.scenario)
    for reason, names in left.items():
        console.print(hanging(Text("  "), Text(f"not played: {', '.join(names)}: {reason}", "dim")))


def clients(console: Console, evidence: Evidence) -> None:
    """Show the families of clients side by side, and the roots that they were given."""
    if evidence.tls is None:
        return
    trust, chain = evidence.tls.trust, evidence.tls.chain
    console.print()
    if chain is not None and chain.verdicts:
        names = {"openssl": "OpenSSL", "jdk": "JDK", "strict": "strict"}
        said = [f"{names[each.family]} {'accepts' if each.accepts else 'refuses'}" for each in chain.verdicts]
        given = f", given {chain.anchor} as a root" if any(each.accepts for each in chain.verdicts) else ""
        _titled(console, "clients", f"the chain: {' · '.join(said)}{given}")
    _titled(console, "trust", f"{trust.name} {trust.version}, {trust.counted}, SHA-256 {trust.sha256[:16]}…")


def _titled(console: Console, title: str, words: str) -> None:
    console.print(hanging(Text(f"{title}  ", "bold"), Text(words)))


def hanging(lead: Text, words: Text) -> Table:
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


def _span(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"
