"""Carries out `exporter`: serves until a signal comes, with the full runs beside it."""

import asyncio
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from sigcheck.cli import output
from sigcheck.cli.fleet import LEDGER
from sigcheck.cli.targets import wanted
from sigcheck.config.file import ConfigFile
from sigcheck.errors import UsageProblem
from sigcheck.fleet.target import FleetTarget
from sigcheck.planning import plan_wanted

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
    chosen = wanted((), {}, file, every=True)
    targets = []
    for each in chosen:
        # All that is wrong with a target is said now, and not to a scrape.
        plan = plan_wanted(each)
        targets.append(FleetTarget(each.name, each, plan.callback.target.host))
    asyncio.run(_serve(wish, host, port, targets))
    return 0


async def _serve(wish: Wish, host: str, port: int, targets: list[FleetTarget]) -> None:
    from sigcheck.exporter.app import Exporter
    from sigcheck.exporter.prober import Prober
    from sigcheck.exporter.rounds import Rounds, families
    from sigcheck.exporter.scanner import scan
    from sigcheck.exporter.serving import listening, serve

    name = wish.ledger or (LEDGER if wish.every is not None else None)
    rounds = Rounds(None if name is None else Path(name), output.notice)
    rounds.look()
    prober = Prober({each.key: each.wanted for each in targets}, scan, wish.at_once)
    opened = listening(host, port)
    host, port = opened.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    output.notice(f"serving {len(targets)} targets on http://{shown}:{port}/ until Ctrl-C")

    async def beside() -> None:
        if wish.every is not None:
            await rounds.repeat(targets, wish.every, FULL_AT_ONCE)
        elif name is not None:
            await rounds.follow()

    with opened:
        app = Exporter(prober, lambda: families(rounds.known.values()), wish.limit)
        await serve(app, opened, beside, lambda: rounds.end("the exporter was stopped"))


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not host or (":" in host and not bracketed) or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UsageProblem("--listen must be HOST:PORT", "write 127.0.0.1:9877, or [::1]:9877")
    return host.strip("[]"), int(port)
