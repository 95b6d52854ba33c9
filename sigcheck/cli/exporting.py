"""Carries out `exporter`: serves until a signal comes, with the full runs beside it."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from sigcheck.cli import output
from sigcheck.cli.fleet import LEDGER
from sigcheck.cli.fleet_targets import Checked, targets, tell_sharing
from sigcheck.config.file import ConfigFile
from sigcheck.errors import UsageProblem
from sigcheck.fleet.grouping import groups
from sigcheck.fleet.target import HostGroup
from sigcheck.machine import see_room_for

FULL_AT_ONCE = 100
"""Hosts that a full run examines at once: most of a run is waiting. Our choice."""


class Wish(Struct, frozen=True):
    """What the command line says; times are seconds."""

    listen: str
    every: float | None
    ledger: str | None
    at_once: int
    limit: float


def carry_out(wish: Wish, file: ConfigFile | None) -> int:
    """Serve; gives the exit code."""
    host, port = _address(wish.listen)
    if find_spec("uvicorn") is None:
        raise UsageProblem("the exporter needs uvicorn", "pip install 'sigcheck[exporter]'")
    # All that is wrong with any target is said now, and not to a scrape.
    checked = targets((), None, {}, file)
    if wish.every is not None:
        tell_sharing(checked)
    tell_unscannable(checked)
    # Raises the limit of open files as far as it may; a scan or a run that gets none says so, and accuses nobody.
    see_room_for(min(len(checked), FULL_AT_ONCE if wish.every is not None else wish.at_once))
    asyncio.run(_serve(wish, host, port, checked))
    return 0


async def _serve(wish: Wish, host: str, port: int, checked: Sequence[Checked]) -> None:
    from sigcheck.exporter.app import Exporter
    from sigcheck.exporter.prober import Prober
    from sigcheck.exporter.rounds import Rounds, families, of_rounds
    from sigcheck.exporter.scanner import scan
    from sigcheck.exporter.serving import listening, serve

    name = wish.ledger or (LEDGER if wish.every is not None else None)
    rounds = Rounds(None if name is None else Path(name), output.notice)
    rounds.look()
    prober = Prober({each.target.key: each.target.wanted for each in checked}, scan, wish.at_once)
    opened = listening(host, port)
    host, port = opened.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    output.notice(
        f"serving {len(checked)} target{'' if len(checked) == 1 else 's'} on http://{shown}:{port}/ until Ctrl-C"
    )

    together = grouped(checked)

    async def beside() -> None:
        if wish.every is not None:
            await rounds.repeat(together, wish.every, FULL_AT_ONCE)
        elif name is not None:
            await rounds.follow()

    with opened:
        app = Exporter(prober, lambda: [*families(list(rounds.known.values())), of_rounds(rounds.counts)], wish.limit)

        def end() -> None:
            prober.end()
            rounds.end("the exporter was stopped")

        await serve(app, opened, beside, end)


def grouped(checked: Sequence[Checked]) -> Callable[[int], list[HostGroup]]:
    """Give what puts the targets together that are never run at once, as `fleet run` does, in the order of a seed."""
    places = {each.target.ledger_key: each.places for each in checked}
    return partial(groups, [each.target for each in checked], places=places)


def tell_unscannable(checked: Sequence[Checked]) -> None:
    """Say which targets have no rule that a scan can check: their scrapes are answered 500, whatever is well."""
    from sigcheck.fleet.scanning import plan_scan

    for each in checked:
        if each.target.wanted.settings.keys().isdisjoint(("only", "skip")):
            continue
        try:
            plan_scan(each.target.wanted, narrowed=True)
        except UsageProblem as problem:
            output.notice(f"/probe cannot scan {each.target.key}: {problem}")


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not host or (":" in host and not bracketed) or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UsageProblem("--listen must be HOST:PORT", "write 127.0.0.1:9877, or [::1]:9877")
    return host.strip("[]"), int(port)
