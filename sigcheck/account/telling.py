"""An explanation of undelivered callbacks for people and spreadsheets: text, CSV and Markdown."""

import textwrap
from collections.abc import Iterator
from datetime import datetime

from sigcheck.account.callbacks import VARYING
from sigcheck.account.explained import CallbackSeen, CauseSeen, Explained, Tally
from sigcheck.redaction.secrets_of import HIDDEN
from sigcheck.report import RenderOptions
from sigcheck.report.csv import table
from sigcheck.report.markdown_text import code, inline

HEADER = (
    "callback", "target", "status", "text", "cause", "certainty", "records", "messages", "devices", "first", "last",
    "meaning", "fix", "rules", "command",
)  # fmt: skip
"""The columns: a row for each cause of each callback."""

MOST_CALLBACKS = 20
"""Callbacks that a text shows; -v shows all of them."""

_PLAIN = str.maketrans({"…": "...", "·": "-", "→": "->", "•": "-"})
_SENDS_TOO = (
    "A command with response, deadline or retry sends messages to the receiver. Add the callback's own headers and "
    "body (--header, --body), or make it a target of the configuration file."
)
_CERTAIN = {"seen": "the status is certain", "likely": "likely", "open": "not decided"}


def text(explained: Explained, options: RenderOptions) -> str:
    """Give it for a terminal; detail -1 is the last line, 1 shows every callback. The text ends in a newline."""
    lines: list[str] = []
    if options.detail >= 0:
        most = len(explained.callbacks) if options.detail > 0 else MOST_CALLBACKS
        for callback in explained.callbacks[:most]:
            lines += [*_callback(callback, options), ""]
        if len(explained.callbacks) > most:
            lines += [f"There are {len(explained.callbacks) - most} more callbacks; -v shows them.", ""]
        for note in explained.notes:
            lines += [*_folded(note, options, ""), ""]
    lines += _folded(_last(explained), options, "") if options.detail >= 0 else [_last(explained)]
    whole = "\n".join(line.rstrip() for line in lines) + "\n"
    return whole.translate(_PLAIN) if options.ascii else whole


def csv(explained: Explained) -> str:
    """Give one table, safe in a spreadsheet."""
    return table(HEADER, [_row(callback, cause) for callback in explained.callbacks for cause in callback.causes])


def markdown(explained: Explained) -> str:
    """Give a section for each callback, in which nothing of a record is markup."""
    lines: list[str] = [f"**{_last(explained)}**", ""]
    for callback in explained.callbacks:
        lines += [f"### {code(called(callback)) or 'callback'}", "", f"{_counted(callback.tally)}.", ""]
        lines += ["| Records | Status | Cause | Next command |", "|---|---|---|---|"]
        for cause in callback.causes:
            said = " · ".join(filter(None, (_status(cause), *(f'"{each}"' for each in cause.texts))))
            lines.append(
                f"| {cause.tally.records} | {inline(said)} | {inline(f'{cause.cause} ({_CERTAIN[cause.certainty]}). ')}"
                f" {inline(f'{cause.meaning} {cause.fix}')} | {code(cause.command)} |"
            )
        lines.append("")
    for note in explained.notes:
        lines += [note, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def called(callback: CallbackSeen) -> str:
    """Give what a callback is called: its method and its URL."""
    if callback.channel == "EMAIL":
        return "EMAIL callbacks"
    if not callback.url:
        return "callback without a URL in its records"
    return " ".join(filter(None, (callback.method, callback.url)))


def _row(callback: CallbackSeen, cause: CauseSeen) -> tuple[object, ...]:
    tally = cause.tally
    status = "" if cause.status is None else cause.status
    times = ["" if each is None else each.isoformat() for each in (tally.first, tally.last)]
    return (
        called(callback), callback.target, status, " · ".join(cause.texts), cause.cause, cause.certainty,
        tally.records, tally.messages, tally.devices, *times, cause.meaning, cause.fix, ", ".join(cause.rules),
        cause.command,
    )  # fmt: skip


def _callback(callback: CallbackSeen, options: RenderOptions) -> Iterator[str]:
    name = called(callback)
    yield _bold(name, options)
    if callback.target:
        yield f"  This is the target {callback.target} of the configuration file."
    yield from _folded(_counted(callback.tally) + _named(callback), options, "  ")
    for cause in callback.causes:
        yield ""
        yield from _cause(cause, options)
    if not callback.target and any(each.sends for each in callback.causes):
        yield ""
        yield from _folded(_SENDS_TOO, options, "  ")
    gaps = [gap for gap in (HIDDEN, VARYING) if any(gap in each.command for each in callback.causes)]
    if gaps:
        yield ""
        hidden = f"Where a command has {' or '.join(gaps)}, write what the callback has in the portal there."
        yield from _folded(hidden, options, "  ")


def _named(callback: CallbackSeen) -> str:
    more = callback.tally.devices - len(callback.devices)
    if not callback.devices:
        return ""
    return f" ({', '.join(callback.devices)}{f' and {more} more' if more > 0 else ''})"


def _cause(cause: CauseSeen, options: RenderOptions) -> Iterator[str]:
    tally = cause.tally
    said = ", ".join(f'"{each}"' for each in cause.texts)
    more = f" and {cause.more_texts} other texts" if cause.more_texts > 1 else " and another text"
    head = f"{_status(cause)} {said}{more if cause.more_texts else ''}".rstrip()
    lines = _folded(head, options, "  ")
    yield from (_bold(line, options, "1;31") for line in lines)
    yield from _folded(f"{_messages(tally)}, {_when(tally)}", options, "    ")
    yield from _folded(f"{cause.meaning} {cause.fix}".strip(), options, "    ")
    if cause.candidates:
        yield "    What fits, the likeliest first:"
        for each in cause.candidates:
            yield from _folded(f"• {each.cause}: {', '.join(each.rules)}", options, "      ", "  ")
    yield from _folded(f"How sure: {_CERTAIN[cause.certainty]}. {cause.sure}", options, "    ")
    # A command is one line however long it is, so that it can be copied.
    yield f"    Next:    {cause.command}"
    if cause.explain != cause.command:
        yield f"    Read on: {cause.explain}"


def _status(cause: CauseSeen) -> str:
    return "no HTTP status" if cause.status is None else str(cause.status)


def _messages(tally: Tally) -> str:
    return f"{_number(tally.records, 'record')} of {_number(tally.messages, 'message')}"


def _counted(tally: Tally) -> str:
    devices = f" from {_number(tally.devices, 'device')}" if tally.devices else ""
    return f"{_messages(tally)}{devices}, {_when(tally)}"


def _when(tally: Tally) -> str:
    if tally.first is None or tally.last is None:
        return "at no known time"
    first, last = _time(tally.first), _time(tally.last)
    return f"received {first} UTC" if first == last else f"received {first} to {last} UTC"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _last(explained: Explained) -> str:
    tally = explained.tally
    if not tally.records:
        return "NOTHING UNDELIVERED  there is no record (exit 0)"
    callbacks = _number(len(explained.callbacks) + explained.more_callbacks, "callback")
    return f"UNDELIVERED  {_counted(tally)}, by {callbacks} (exit {explained.exit_code})"


def _folded(words: str, options: RenderOptions, before: str, inner: str = "") -> list[str]:
    return textwrap.wrap(
        words,
        options.width,
        initial_indent=before,
        subsequent_indent=before + inner,
        break_on_hyphens=False,
        break_long_words=False,
    ) or [before]


def _bold(line: str, options: RenderOptions, style: str = "1") -> str:
    return f"\x1b[{style}m{line}\x1b[0m" if options.colour else line
