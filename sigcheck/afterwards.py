"""Effects that somebody counted after the run: read from a file or given by hand, and put where an observer's would be.

Pure. The counts come from the customer's database, one line a message, in whatever form a database client prints them.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from msgspec import Struct, structs

from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message
from sigcheck.model.effects import AFTERWARDS, EffectCount, ObserverFacts, ScenarioResult
from sigcheck.model.evidence import Evidence
from sigcheck.model.figures import SentMessage, messages

MOST = 1 << 22
"""Bytes of a file with counts: more than 50,000 lines."""
LARGEST = 1_000_000
"""Effects of one message that are believed."""
_BLANK = -1
"""The count of a line whose cell for it is empty."""
MILLISECONDS = 100_000_000_000
"""From here on a time is one in milliseconds: as seconds it would be in the year 5138."""

Identity = tuple[int, int, int]
"""Device (as a number), time in Unix seconds, sequence number."""

_COLUMNS = {
    "device": ("device", "deviceid", "devicename", "id"),
    "time": ("time", "timestamp", "ts"),
    "seqNumber": ("seqnumber", "seq", "sequence", "sequencenumber", "seqno"),
    "count": ("count", "counts", "effects", "rows", "n", "number", "count1", "total"),
}
_RULE = re.compile(r"[-+=| \t\u2500-\u257f]+")
_FOOTER = re.compile(r"\(?\d+ rows?( in set.*)?\)?|Time: [0-9.,]+ ms.*", re.IGNORECASE)
_SEPARATOR = re.compile(r'"?sep=.?"?', re.IGNORECASE)
"""What Excel writes on the first line of a CSV file, and what a query interface writes around a table."""


class Counts(Struct, frozen=True):
    """What a file says: how many effects each message has, and which line is the first about it.

    A message without a count, because its cell is blank, is only in `lines`.
    """

    effects: dict[Identity, int]
    lines: dict[Identity, int]


class Joined(Struct, frozen=True):
    """Evidence with counts. `missing` are messages without one, `foreign` is how many lines spoke of none of them."""

    evidence: Evidence
    missing: tuple[SentMessage, ...]
    foreign: int


def identity(message: Message) -> Identity | None:
    """Give what a line of a file names a message by; None for one whose device is no hexadecimal number."""
    try:
        return int(message.device, 16), message.time, message.seq_number
    except ValueError:
        return None


def parse_counts(data: bytes, called: str) -> Counts:
    """Read lines of device, time, sequence number and count; raises UsageProblem that names the line.

    Columns may be apart by commas, semicolons, tabs, bars or blanks, with or without a line of their names. Without
    a fourth column each line is one effect, as a query without a GROUP BY prints them. A message whose count is blank
    has none yet.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageProblem(f"{called} is not UTF-8 text", "export it as CSV in UTF-8") from None
    effects: dict[Identity, int] = {}
    lines: dict[Identity, int] = {}
    order: list[str] | None = None
    for number, cells in _rows(text):
        if order is None and _is_header(cells):
            order = _named(cells, f"{called}, line {number}")
            continue
        whole = order or ["device", "time", "seqNumber", "count"]
        place = f"{called}, line {number}"
        key, count = _read(cells, whole, place)
        if count is None and "count" in (order or ()):
            count = _BLANK  # a line that ends before its count
        if count is None:
            effects[key] = effects.get(key, 0) + 1
        elif key in lines:
            raise UsageProblem(f"{place} repeats the message of line {lines[key]}", "give one line a message")
        elif count != _BLANK:
            effects[key] = count
        lines.setdefault(key, number)
    if not effects:
        raise UsageProblem(f"{called} has no counts", "write a line a message: device,time,seqNumber,count")
    return Counts(effects, lines)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give the cells of each line that has any, with its number."""
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole.strip().replace("│", "|").replace("║", "|")
        if number == 1 and _SEPARATOR.fullmatch(line):
            continue
        if not line or line.startswith("#") or _RULE.fullmatch(line) or _FOOTER.fullmatch(line):
            continue
        mark = next((each for each in "\t;,|" if each in line), None)
        yield number, [cell.strip().strip("\"'") for cell in _cells(line, mark)]


def _cells(line: str, mark: str | None) -> list[str]:
    if mark is None:
        return line.split()
    if mark == "|":
        return line.strip("|").split("|")
    # One line at a time: a quote that nobody closes must not swallow the lines after it.
    return next(csv.reader([line], delimiter=mark, skipinitialspace=True))


def _plain(cell: str) -> str:
    return re.sub(r"[^a-z0-9]", "", cell.lower())


def _is_header(cells: list[str]) -> bool:
    """Whether a line has the names of the columns."""
    return any(_plain(cell) in _COLUMNS["device"] for cell in cells) and not any(cell.isdigit() for cell in cells)


def _named(cells: list[str], place: str) -> list[str]:
    """Give what each column holds, "" for one that is not needed.

    An exact name wins over other words for the same thing; raises UsageProblem where two columns are equally good.
    """
    order = [""] * len(cells)
    for name, spelled in _COLUMNS.items():
        found = [index for index, cell in enumerate(cells) if _plain(cell) in spelled]
        exact = [index for index in found if _plain(cells[index]) == name.lower()]
        found = exact or found
        if len(found) > 1:
            both = " and ".join(repr(cells[index]) for index in found[:2])
            raise UsageProblem(f"{place}: the columns {both} can both be the {name}", f"name one of them {name}")
        if not found and name != "count":
            raise UsageProblem(f"{place} names no column {name}", "name them device,time,seqNumber,count")
        for index in found:
            order[index] = name
    return order


def _read(cells: list[str], order: list[str], place: str) -> tuple[Identity, int | None]:
    values = dict(zip(order, cells, strict=False))
    if len(cells) < 3 or not {"device", "time", "seqNumber"} <= set(values):
        columns = f"{len(cells)} column{'' if len(cells) == 1 else 's'}"
        raise UsageProblem(f"{place} has {columns}", "write device,time,seqNumber,count")
    try:
        device = int(values["device"], 16)
    except ValueError:
        raise UsageProblem(f"{place} has no device id", "write it as it was sent, in hexadecimal") from None
    sequence = _whole(values["seqNumber"])
    if sequence is None:
        raise UsageProblem(f"{place} has no sequence number", "write a whole number") from None
    count = None
    if "count" in values:
        count = _whole(values["count"]) if values["count"] else _BLANK
        if count is None or count > LARGEST:
            raise UsageProblem(f"{place} has no count", f"write a whole number from 0 to {LARGEST}")
    return (device, _seconds(values["time"], place), sequence), count


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def _seconds(text: str, place: str) -> int:
    """Read a time: Unix seconds, milliseconds, or ISO 8601 in UTC unless it says otherwise."""
    if (number := _whole(text)) is not None:
        return number // 1000 if number >= MILLISECONDS else number
    try:
        when = datetime.fromisoformat(text)
        return int((when.replace(tzinfo=UTC) if when.tzinfo is None else when).timestamp())
    except (ValueError, OverflowError):
        raise UsageProblem(f"{place} has no time", "write Unix seconds, or 2026-11-23T12:00:00Z") from None


def joined(evidence: Evidence, effects: Mapping[Identity, int], default: int | None = None) -> Joined:
    """Put counts into evidence, in the place of all that an observer has counted.

    `default` is the count of a message that has none. A scenario of which one is missing then cannot be judged.
    """
    sent = messages(evidence)
    known: dict[Identity, int] = {}
    missing = []
    for each in sent:
        key = identity(each.message)
        count = default if key is None else effects.get(key, default)
        if key is not None and count is not None:
            known[key] = count
        else:
            missing.append(each)
    ours = {identity(each.message) for each in sent}
    end = max((each.started + each.total for each in evidence.exchanges), default=0.0)
    counted = structs.replace(
        evidence,
        observer=ObserverFacts(kind="afterwards", per_message=True, settle=0.0),
        observer_check=None,
        scenarios=tuple(_counted(scenario, known, end) for scenario in evidence.scenarios),
        whole=tuple(_of_samples(evidence, known, end)),
    )
    return Joined(counted, tuple(missing), sum(key not in ours for key in effects))


def _counted(scenario: ScenarioResult, known: Mapping[Identity, int], end: float) -> ScenarioResult:
    if not scenario.exchanges:
        return scenario
    delivered = [
        index
        for index, message in enumerate(scenario.messages)
        if any(message in each.messages for each in scenario.exchanges)
    ]
    counts = list(_each(((index, scenario.messages[index]) for index in delivered), known, end))
    lacking = len(delivered) - len(counts)
    fault = f"{lacking} of its {len(delivered)} messages have no count" if lacking else None
    return structs.replace(scenario, counts=tuple(counts), fault=fault, no_effect=False)


def _of_samples(evidence: Evidence, known: Mapping[Identity, int], end: float) -> Iterator[EffectCount]:
    accepted = (
        (index, exchange.message)
        for index, exchange in enumerate(evidence.samples)
        if exchange.accepted(evidence.policy)
    )
    return _each(accepted, known, end)


def _each(found: Iterable[tuple[int, Message]], known: Mapping[Identity, int], end: float) -> Iterator[EffectCount]:
    for index, message in found:
        key = identity(message)
        if key is not None and key in known:
            count = known[key]
            yield EffectCount(
                at=end, since=end, label=AFTERWARDS, message=index, expected=1, effects=count, count=count, polls=0
            )
