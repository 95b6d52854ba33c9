"""Tables: in columns where these are wide enough to be read, and otherwise as a list of entries."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from sigcheck.manual.paper import Paper, Word, fitting, folded, length, paragraph, size

Row = list[list[Word]]
GAP = 2
NARROWEST = 18
"""Columns below which sentences are not laid into a column."""


def table(head: Row, rows: Sequence[Row], paper: Paper, indent: str) -> list[str]:
    """Give the lines of a table; `head` may have empty cells, and is not shown if it has no other."""
    widths = _widths([head, *rows], paper.width - len(indent))
    if widths is None:
        return list(_entries(head, rows, paper, indent))
    lines: list[str] = []
    if any(head):
        lines += _row(head, widths, paper, indent)
        lines.append(
            indent + paper.spelled("─") * min(sum(widths) + GAP * (len(widths) - 1), paper.width - len(indent))
        )
    apart = any(length(row[0]) > widths[0] for row in rows)
    for number, row in enumerate(rows):
        lines += [""] if number and apart else []
        lines += _row(row, widths, paper, indent)
    return lines


def _widths(rows: Sequence[Row], available: int) -> list[int] | None:
    """Give the width of each column; None if a column of sentences would be too narrow."""
    columns = list(zip(*rows, strict=True))
    natural = [max(length(cell) for cell in column) for column in columns]
    room = available - GAP * (len(columns) - 1)
    if sum(natural) <= room:
        return natural
    least = [
        max([min(wanted, NARROWEST), *(size(part) for cell in column for part in fitting(cell, NARROWEST))])
        for wanted, column in zip(natural, columns, strict=True)
    ]
    if sum(least) > room:
        return None
    choices = [_shared(natural, least, room)]
    for number, wanted in enumerate(natural):
        # One column may give way alone.
        rest = room - sum(natural) + wanted
        if least[number] <= rest:
            choices.append([*natural[:number], rest, *natural[number + 1 :]])
    widths = min(choices, key=lambda each: _lines(rows, each))
    return widths if max(wanted / width for wanted, width in zip(natural, widths, strict=True)) <= MOST_LINES else None


def _shared(natural: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Give each column its least width, and what is left to whichever needs the most lines."""
    widths = list(least)
    for _ in range(room - sum(widths)):
        worst = max(range(len(widths)), key=lambda number: natural[number] / widths[number])
        widths[worst] += 1
    return widths


def _lines(rows: Sequence[Row], widths: Sequence[int]) -> int:
    """Count the lines that rows come to."""
    return sum(max(len(folded(cell, width)) for cell, width in zip(row, widths, strict=True)) for row in rows)


MOST_LINES = 3.5
"""Lines that a cell may come to in a table; more are read better as a list."""


def _row(row: Row, widths: Sequence[int], paper: Paper, indent: str) -> Iterator[str]:
    cells = [folded(cell, width) for cell, width in zip(row, widths, strict=True)]
    for parts in zip_longest(*cells, fillvalue=[]):
        line = indent
        for part, width in zip(parts, widths, strict=True):
            line += " ".join(paper.drawn(word) for word in part) + " " * (width - length(part) + GAP)
        yield line.rstrip()


def _entries(head: Row, rows: Sequence[Row], paper: Paper, indent: str) -> Iterator[str]:
    """Give each row as an entry: its first cell, and below it the others with what their columns are called."""
    bullet = paper.spelled("• ")
    for number, (first, *others) in enumerate(rows):
        if number:
            yield ""
        yield from paragraph(first, paper, indent + bullet, indent + "  ")
        for name, cell in zip(head[1:], others, strict=True):
            if cell:
                label = [*name[:-1], (*name[-1], (":", "bold"))] if name else []
                yield from paragraph([*label, *cell], paper, indent + "  ", indent + "    ")
