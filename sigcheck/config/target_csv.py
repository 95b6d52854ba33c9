"""A list of targets as csv: the header line names settings as the configuration file does, a row is a target."""

import csv
from collections.abc import Iterator
from functools import partial
from io import StringIO
from typing import Any

from sigcheck.config.keys import HEADERS, OBSERVER, VARIABLES, in_underscores, nearest, quoted, settings_in
from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import fields
from sigcheck.config.tables import Problems
from sigcheck.config.target_list import DELIMITERS, LARGEST, MOST_KEYS, Source, delimiter, first_line

_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
"""What a cell may say of a setting that is on or off; case makes no difference."""


def rows(source: Source, problems: Problems) -> Iterator[tuple[int, list[tuple[str, Any]]]]:
    """Give the line and the settings of each row, notes what is wrong; an empty cell is not given.

    Formulas are text like any other. A column whose name begins with # says nothing of a target.
    """
    records = _records(source, problems)
    head, names = next(records, (1, None))
    if names is None:
        return
    columns = _columns(source, head, names, problems)
    if problems.count:
        return
    for line, cells in records:
        if cells is None:
            return
        pairs: list[tuple[str, Any]] = []
        beyond = 0
        for number, cell in enumerate(cells):
            name = columns[number] if number < len(columns) else ""
            if not cell.strip():
                continue
            if not name:
                beyond += 1
            elif not name.startswith("#"):
                pairs.append((name, _value(name, cell)))
        if beyond:
            problems.add(
                f"{source.path}:{line}: the row has {beyond} cell{'' if beyond == 1 else 's'} "
                "for which the header line has no name",
                "name the columns, or put quotes around a cell that has the delimiter in it",
            )
        else:
            yield line, pairs


def _records(source: Source, problems: Problems) -> Iterator[tuple[int, list[str] | None]]:
    """Give the line that each record begins on, and its cells; None, and no more, where the text is no csv."""
    # The limit is the process's: a cell may be as large as the file, whose size is bounded.
    csv.field_size_limit(LARGEST)
    reader = csv.reader(StringIO(source.text, newline=""), delimiter=_delimiter(first_line(source.text)), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.add(
                f"{source.path}:{line}: the row is not csv ({error})", "close the quotes, and double each one in a cell"
            )
            yield line, None
            return
        if any(map(str.strip, cells)):
            yield line, cells


def _delimiter(head: str) -> str:
    return delimiter(head) or max(DELIMITERS, key=head.count)


def _columns(source: Source, line: int, cells: list[str], problems: Problems) -> list[str]:
    """Give the names of the columns, and note which of them are none."""
    place = f"{source.path}:{line}"
    columns = [each.strip() for each in cells]
    columns = [each.lower() if each.lower() in {"url", "name"} else each for each in columns]
    if "url" not in columns:
        problems.add(
            f"{place}: the header line has no column url", "begin with a line such as name,url,headers.Authorization"
        )
    elif len(columns) > MOST_KEYS:
        problems.add(f"{place}: the header line has {len(columns)} columns", f"leave at most {MOST_KEYS}")
    else:
        seen = set()
        for name in columns:
            if name in seen and name and not name.startswith("#"):
                problems.add(f"{place}: the column {quoted(name)} is there twice", "leave one of the two out")
            elif name and not name.startswith("#") and (table := _table_without(name)) is not None:
                problems.add(
                    f"{place}: no setting is called {quoted(name)}",
                    partial(_renamed, name, table),
                )
            seen.add(name)
    return columns


def _table_without(name: str) -> str | None:
    """Give the table in which a column's name should stand and does not; None where it does."""
    first, dot, rest = name.partition(".")
    plain = in_underscores(first)
    if plain in {HEADERS, VARIABLES} and dot and rest:
        return None
    if plain == OBSERVER and dot:
        inner, more, _ = rest.partition(".")
        known = in_underscores(rest) in settings_in(OBSERVER) or (in_underscores(inner) == HEADERS and bool(more))
        return None if known else OBSERVER
    return None if name in {"url", "name"} or in_underscores(name) in settings_in("") else ""


def _renamed(name: str, table: str) -> str:
    near = nearest(name.partition(".")[2] if table else name, table)
    return f"{near}; a column that is not for sigcheck may be called #{name[:30]}"


def _value(name: str, cell: str) -> Any:
    """Give the value of a cell: text as it stands; true or false; a list where a setting may be given several times."""
    first, _, rest = name.partition(".")
    setting = settings_in(OBSERVER).get(rest) if first == OBSERVER else settings_in("").get(in_underscores(name))
    field = fields(RunConfig).get(setting or "")
    if field is None:
        return cell.strip() if name in {"url", "name"} else cell
    if field.kind == "flag":
        return _FLAGS.get(cell.strip().lower(), cell)
    if field.many:
        return [line.strip() for line in cell.splitlines() if line.strip()]
    return cell
