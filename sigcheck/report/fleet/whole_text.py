"""The text of a fleet that was read from its ledgers: what is not well, what is missing, and what is new."""

from collections.abc import Iterator

from sigcheck.report import RenderOptions
from sigcheck.report.fleet.text import render as of_summaries
from sigcheck.report.fleet.view import FleetReport, Novelty
from sigcheck.report.page import Page


def render(fleet: FleetReport, options: RenderOptions) -> Iterator[str]:
    """Give the text; the notes on several runs come first; where OLD was given, what is new is the last line."""
    body = of_summaries(fleet.summaries, options, fleet.scope).removesuffix("\n")
    if len(fleet.runs) > 1 or fleet.scope.not_run or fleet.scope.missing_shards:
        page = Page(options.width, colour=options.colour)
        for note in fleet.notes:
            page.hang((("! ", "bold yellow"),), note)
        yield page.text()
    yield f"{body}\n" if fleet.novelty is None else with_novelty(body, fleet.exit_code, fleet.novelty, options)


def with_novelty(body: str, exit_code: int, novelty: Novelty, options: RenderOptions) -> str:
    """Put what is new below a text that ends in the exit code of all failures: its last line tells it."""
    page = Page(options.width, colour=False)
    lead, _, words = novelty.words.partition("  ")
    if options.detail < 0 or not options.terminal:
        page.line(novelty.words)
    else:
        page.hang((f"{lead}  ",), words)
    return f"{body.rstrip().removesuffix(f'(exit {exit_code})').rstrip()}\n{page.text()}"
