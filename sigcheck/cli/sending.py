"""Carries out `send`: plans the callback, delivers it, and prints its record."""

import asyncio
import os
import sys
from contextlib import suppress

from msgspec import structs

from sigcheck import signals
from sigcheck.cli import output
from sigcheck.cli.verifying import plan_of, see_machine
from sigcheck.config.decoding import decode_settings
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message
from sigcheck.model.evidence import Evidence
from sigcheck.plan import RunPlan
from sigcheck.planning import make_plan
from sigcheck.redaction.hide import hiding
from sigcheck.sending import as_json, as_text, curl_command, deliver, record_of
from sigcheck.sending.curl import Marks

ANSWERED, FAILED, UNKNOWN = 0, 1, 3
GREEN, RED, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"


def carry_out(
    target: Wanted, *, time: int | None, seq_number: int | None, dry_run: bool, curl: bool, format_name: str
) -> int:
    """Send one callback, or only say what would be sent; gives the exit code. Raises UsageProblem."""
    if curl and (dry_run or format_name != "text"):
        other = "--dry-run" if dry_run else "--format json"
        raise UsageProblem(f"--curl and {other} cannot be used together", "give one of the two")
    plan = plan_of(target)
    if plan.config.form_query == "both":
        raise UsageProblem("--form-query both sends two callbacks, and send sends one", "give query or body")
    message = plan.factory.message()
    message = structs.replace(
        message,
        time=message.time if time is None else time,
        seq_number=message.seq_number if seq_number is None else seq_number,
    )
    for warning in plan.warnings:
        output.notice(warning)
    if curl:
        return _print_command(target, plan, message)
    evidence = None
    if not dry_run:
        evidence = _delivered(plan, message)
        if evidence is None:
            return signals.INTERRUPTED
    record = record_of(plan, message, evidence)
    if format_name == "json":
        output.write(as_json(record))
    else:
        colour = output.wants_colour(sys.stdout, no_color=False)
        mark = (GREEN if record.ok else RED, PLAIN) if colour else ("", "")
        output.write(as_text(record, output.folded, mark))
    if record.ok is None and record.sent:
        return UNKNOWN
    return FAILED if record.ok is False else ANSWERED


def _delivered(plan: RunPlan, message: Message) -> Evidence | None:
    """Deliver a message; None where a signal ended the wait, which is then said."""
    see_machine([plan])
    begun: list[bool] = []

    async def work() -> Evidence | None:
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(deliver(plan, message, lambda: begun.append(True)))
        with signals.heard(lambda: loop.call_soon_threadsafe(task.cancel)), suppress(asyncio.CancelledError):
            return await task
        return None

    with hiding(plan.redactor.hidden):
        try:
            evidence = asyncio.run(work())
        except signals.Stopped:
            evidence = None
    if evidence is None:
        what = "the receiver may have the request, and its answer was not waited for" if begun else "nothing was sent"
        output.notice(f"interrupted by {signals.noted() or 'a signal'}: {what}")
    return evidence


def _print_command(target: Wanted, plan: RunPlan, message: Message) -> int:
    if plan.redacts:
        raise UsageProblem("--curl is given together with --redact", "leave --redact out: a command needs its URL")
    config = decode_settings(target.settings, target.spelled, Marks(os.environ), name=target.name)
    command = curl_command(plan, make_plan(config, spelled=target.spelled).callback, message)
    output.write(command.text + "\n")
    if command.hidden:
        output.notice(
            "the command has *** in the place of what may be secret: put it in. What comes from an environment "
            "variable, as in ${NAME}, need not be put in"
        )
    return ANSWERED
