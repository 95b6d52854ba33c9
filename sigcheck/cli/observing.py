"""From the options of `observe` to a count, or to the proof that an observer can show two effects of a message."""

import asyncio
from pathlib import Path

from msgspec import Struct

from sigcheck import clock
from sigcheck.callback import fill
from sigcheck.cli import output
from sigcheck.config import RunConfig
from sigcheck.config.concealing import concealing
from sigcheck.config.decoding import decode_settings, respelled
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem
from sigcheck.message import parse_data, parse_device
from sigcheck.model.delivery import Message
from sigcheck.observers import make_observer
from sigcheck.overrides import parse_overrides
from sigcheck.probes.command import CommandFault, run_command, split_command
from sigcheck.probes.network import Resolver
from sigcheck.probes.observer import Observer, settle
from sigcheck.redaction.disarm import disarm
from sigcheck.redaction.hide import hide, hiding
from sigcheck.redaction.redact import Redactor
from sigcheck.redaction.secrets_of_command import secrets_of_command
from sigcheck.trust import load_roots

SHOWN, CANNOT, UNKNOWN = 0, 1, 3
"""Exit codes: there is a count, or a proof; the observer cannot show two; nothing is known yet."""

LOOKS_AGAIN = 0.5
"""Seconds between two looks for what a command stored."""

TWICE = 2


class Outcome(Struct, frozen=True):
    """What came of it: an exit code, and sentences for the user."""

    code: int
    text: str


def carry_out(
    target: Wanted,
    *,
    device: str | None,
    time: int | None,
    seq_number: int | None,
    data: str | None,
    prove: bool,
    duplicate_command: str | None,
    within: float,
) -> int:
    """Count once, or prove; gives the exit code. Raises UsageProblem for what does not go together."""
    # An observer is asked alike whatever the callback is.
    config = decode_settings(target.settings, target.spelled, name=target.name)
    roots = load_roots(None if config.ca_file is None else Path(config.ca_file))
    with concealing(config, target.spelled):
        observer = make_observer(config, Resolver(parse_overrides(config.resolve)), roots, paced=False)
    if observer is None:
        problem = UsageProblem("no observer is given", "give --observe-url, --observe-command or --observe-sql")
        raise target.in_place(respelled(problem, target.spelled))
    if duplicate_command is not None and not prove:
        raise UsageProblem("--duplicate-command needs --prove", "give --prove")
    command = None if duplicate_command is None else split_command(duplicate_command, "--duplicate-command")
    _see_message(config, {"device": device, "time": time, "seqNumber": seq_number, "data": data})
    message = Message(parse_device(device or "0"), time or 0, seq_number or 0, parse_data(data or ""))
    redactor = Redactor((*observer.secrets, *config.secrets, *(secrets_of_command(command) if command else ())))
    work = proven(observer, message, command, within) if prove else counted(observer, message)
    with hiding(redactor.hidden):
        outcome = asyncio.run(work)
    output.write(output.folded(disarm(outcome.text)) + "\n")
    return outcome.code


NAMES = {"device": "--device", "time": "--time", "seqNumber": "--seq-number", "data": "--data"}
"""The placeholder → the option that fills it."""


def _see_message(config: RunConfig, given: dict[str, object]) -> None:
    texts = (
        config.observe_url,
        *config.observe_header,
        config.observe_pointer,
        config.observe_command,
        config.observe_query,
        config.observe_metric,
    )
    missing = [
        NAMES[name]
        for name, value in given.items()
        if value is None and any(f"{{{name}}}" in text for text in texts if text is not None)
    ]
    if missing:
        *others, last = missing
        which = f"{', '.join(others)} and {last} are" if others else f"{last} is"
        raise UsageProblem(
            f"the observer counts one message, and {which} missing",
            "name a message that the receiver has, such as the last one in its table",
        )


async def counted(observer: Observer, message: Message) -> Outcome:
    """Say what the observer counts."""
    found = await settle(observer, message)
    if found.count is None or found.fault:
        return _no_count(observer, message, found.fault)
    return Outcome(SHOWN, f"The observer counts {_effects(found.count)} {_of(observer)}.")


def _no_count(observer: Observer, message: Message, fault: str | None) -> Outcome:
    """Say why there is none, and what exactly was asked."""
    return Outcome(UNKNOWN, f"There is no count: {fault}. The question was: {fill(hide(observer.asks), message)}")


async def proven(observer: Observer, message: Message, command: tuple[str, ...] | None, within: float) -> Outcome:
    """Say whether the observer showed two effects of a message; `command` stores one more, where it is given."""
    if observer.facts.at_most_one is not None:
        return Outcome(
            CANNOT,
            f"The observer cannot show two effects: its query can only return 0 or 1 ({observer.facts.at_most_one}). "
            "Count the rows of the message: select count(*) …",
        )
    found = await settle(observer, message)
    if found.count is None or found.fault:
        return _no_count(observer, message, found.fault)
    began = found.count
    if observer.facts.per_message and began >= TWICE:
        return Outcome(SHOWN, f"The observer is proven: it counts {_effects(began)} {_of(observer)}.")
    if command is None:
        return Outcome(UNKNOWN, _how(observer, began))
    last = began
    # A total may have stood at any number before: it must rise twice.
    for stored in range(1, TWICE + 1):
        if observer.facts.per_message and last >= TWICE:
            break
        try:
            await run_command(command, message)
        except CommandFault as fault:
            return Outcome(UNKNOWN, _not_stored(str(fault)))
        risen = await _rising(observer, message, last, within)
        if isinstance(risen, str):
            return _no_count(observer, message, risen)
        if risen <= last:
            return Outcome(CANNOT, _blind(last, stored, within))
        last = risen
    return Outcome(
        SHOWN,
        f"The observer is proven: it counted {_effects(began)} {_of(observer)} before the command, and {last} after "
        "it.",
    )


async def _rising(observer: Observer, message: Message, before: int, within: float) -> int | str:
    """Give the count when it has risen, or after `within` seconds; a text where there is none."""
    until = clock.now() + within
    while True:
        found = await settle(observer, message)
        if found.count is None or found.fault:
            return found.fault or "the observer gave none"
        if found.count > before or clock.now() >= until:
            return found.count
        await clock.sleep_until(min(clock.now() + LOOKS_AGAIN, until))


def _effects(number: int) -> str:
    return f"{number} effect{'' if number == 1 else 's'}"


def _of(observer: Observer) -> str:
    return "of this message" if observer.facts.per_message else "of all messages together"


def _how(observer: Observer, began: int) -> str:
    counts = f"The observer counts {_effects(began)} {_of(observer)}, which proves nothing yet."
    if not observer.facts.per_message:
        return (
            f"{counts} Store one message twice by hand, even if the receiver would not, and see that the count rises "
            "by 2; or give --duplicate-command with a command that stores it once."
        )
    return (
        f"{counts} Store the message {'once more' if began else 'twice'} by hand, even if the receiver would not, and "
        "run this again: the count must be 2. Or give --duplicate-command with a command that stores it once."
    )


def _not_stored(fault: str) -> str:
    return (
        f"Nothing is proven: {fault}. If a unique key of the table refuses the second row, there are never two to "
        "count: then let the observer count what the receiver does besides, such as alarms."
    )


def _blind(last: int, stored: int, within: float) -> str:
    times = "once" if stored == 1 else "twice"
    return (
        f"The observer cannot show it: --duplicate-command ran {times} without an error, and the count still was "
        f"{last} after {within:g} s. It counts something other than what the command stores, or counts no message "
        "twice."
    )
