"""`--observe-ask`: asks on the terminal, after the run, how many effects each message has."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby

import click

from sigcheck import signals
from sigcheck.afterwards import LARGEST, Identity, identity
from sigcheck.errors import UsageProblem
from sigcheck.model.figures import SentMessage
from sigcheck.redaction.disarm import disarm
from sigcheck.report.page import fold

EACH = "each"
"""What to answer where the messages of a group differ."""


def see_terminal() -> None:
    """See that somebody can be asked; raises UsageProblem before anything is sent."""
    if sys.stdin is None or sys.stderr is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageProblem(
            "--observe-ask needs a terminal to ask on",
            "give --observe-later, and add the counts with `sigcheck report SAVED.json --effects FILE`",
        )


def ask(messages: Sequence[SentMessage]) -> dict[Identity, int]:
    """Ask group by group for the effects of each message; where the user ends the questions, give those answered."""
    effects: dict[Identity, int] = {}
    try:
        # Whoever waits at a prompt is not looking at the note that a signal leaves.
        with signals.heard(signals.look):
            _say("The run is over. How many effects does each message have in the receiver's database?")
            _say(
                f"Answer with one number for all messages of a group, or with '{EACH}' to answer one by one. "
                "Enter leaves them uncounted. Ctrl-C or Ctrl-D ends the questions: what has no answer stays undecided."
            )
            for part, group in groupby(messages, key=lambda each: each.part):
                _ask_group(part, list(group), effects)
    except (signals.Stopped, click.Abort, EOFError):
        _say("")
    return effects


def _ask_group(part: str, group: list[SentMessage], effects: dict[Identity, int]) -> None:
    times = sorted({each.deliveries for each in group})
    count = f"{len(group)} message{'' if len(group) == 1 else 's'}"
    devices = _between([each.message.device for each in group])
    delivered = f"delivered {' or '.join(map(str, times))} time{'' if times == [1] else 's'} each"
    _say(f"{part}: {count} of {devices}, {delivered}")
    said = _number("Effects of each" if len(group) > 1 else "Effects", several=len(group) > 1)
    for each in group:
        number = None if said == "" else said
        if said == EACH:
            sent = each.message
            where = f"device {sent.device}, time {sent.time}, seqNumber {sent.seq_number}"
            _say(f"{each.name}: {where}", "  ")
            number = _number("  Effects", several=False)
        key = identity(each.message)
        if key is not None and isinstance(number, int):
            effects[key] = number


def _between(devices: list[str]) -> str:
    first, last = min(devices), max(devices)
    return f"device {first}" if first == last else f"devices {first} to {last}"


def _number(question: str, *, several: bool) -> int | str:
    """Ask until there is a number; "" for no answer, and `each` where that may be said.

    There is no default: Enter must not be the answer that passes.
    """
    while True:
        said: str = click.prompt(question, default="", show_default=False, err=True, prompt_suffix=": ").strip().lower()
        if not said or (several and said == EACH):
            return said
        if said.isascii() and said.isdigit() and int(said[:9]) <= LARGEST and len(said) <= len(str(LARGEST)):
            return int(said)
        _say(f"That is not a number of effects: write 0, 1, 2 …{f' or {EACH}' if several else ''}.")


def _say(text: str, indent: str = "") -> None:
    """Print words, folded where the terminal would break them."""
    room = _columns() - len(indent)
    click.echo("\n".join(indent + line for line in fold(disarm(text), room, room)), err=True)


def _columns() -> int:
    with suppress(OSError, ValueError):
        return max(20, os.get_terminal_size(sys.stderr.fileno()).columns)
    return 80
