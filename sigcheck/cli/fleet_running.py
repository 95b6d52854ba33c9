"""Carries out `fleet run`: reads the targets, runs them, keeps the ledger, prints what is not well."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from secrets import randbelow, token_hex

from msgspec import Struct, structs

import sigcheck
from sigcheck import clock, signals
from sigcheck.cli import output
from sigcheck.cli.output_options import OutputOptions
from sigcheck.cli.playing import TICK, reason
from sigcheck.cli.targets import wanted
from sigcheck.config.decoding import decode_settings
from sigcheck.config.file import ConfigFile
from sigcheck.config.given import Settings
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem
from sigcheck.fleet.coordinator import Coordinator, Watch
from sigcheck.fleet.event_loops import loop_factory
from sigcheck.fleet.executor import Executor, LocalExecutor
from sigcheck.fleet.grouping import groups, without
from sigcheck.fleet.ledger import SCHEMA_VERSION, Ledger, Line, ResultLine, RunLine, read_lines
from sigcheck.fleet.processes import ProcessExecutor, jobs_for
from sigcheck.fleet.scanning import scan_settings, see_scannable
from sigcheck.fleet.target import FleetRun, FleetTarget, HostGroup
from sigcheck.model.fleet import FleetScope, TargetSummary, exit_code_of
from sigcheck.planning import plan_wanted
from sigcheck.progress.fleet import fleet_progress
from sigcheck.progress.so_far import Course
from sigcheck.report.fleet.text import render
from sigcheck.target import parse_target

SEEDS = 2**32
MOST_PLANNED = 8
"""Targets that are planned ahead, to tell how long the runs take."""


class Wish(Struct, frozen=True):
    """What the command line says beside the settings of the runs."""

    names: tuple[str, ...]
    ledger: str
    resume: bool
    at_once: int
    at_address: int
    jobs: int | None
    seed: int | None
    scan: bool = False


def carry_out(wish: Wish, given: Settings, file: ConfigFile | None, shown: OutputOptions) -> int:
    """Run the fleet; gives the exit code."""
    chosen = wanted(wish.names, given, file, every=not wish.names)
    targets = [_target(each, scan=wish.scan) for each in chosen]
    path = Path(wish.ledger)
    with Ledger(path) as ledger:
        begun, known = _known(path) if wish.resume else (None, [])
        if begun is not None and begun.scan != wish.scan:
            raise UsageProblem(
                f"the last run of {path} was {'a scan' if begun.scan else 'no scan'}",
                f"resume it {'with' if begun.scan else 'without'} --scan",
            )
        seed = wish.seed if wish.seed is not None else begun.seed if begun is not None else randbelow(SEEDS)
        run = begun.run if begun is not None else token_hex(4)
        header = RunLine(
            run, SCHEMA_VERSION, sigcheck.__version__, clock.wall(), seed, scan=wish.scan, targets=len(targets)
        )
        header = header if begun is None else structs.replace(header, resumed=True)
        ledger.append(header)
        left = without(targets, {each.key for each in known if not each.partial})
        grouped = groups(left, seed)
        said: list[str] = []
        jobs = jobs_for(len(grouped), wish.at_once, wish.jobs)
        processes = f"{jobs} process{'' if jobs == 1 else 'es'}"
        output.notice(f"run {run}: {len(left)} targets, {processes}, seed {seed}, ledger {path}")
        watch = _watch(grouped, wish, shown)
        executor: Executor = LocalExecutor() if jobs == 1 else ProcessExecutor(jobs, said.append)
        how = FleetRun(run, wish.scan, at_once=wish.at_once, at_address=wish.at_address)
        coordinator = Coordinator(grouped, how, executor, ledger, watch, known)
        try:
            _run(coordinator, watch, scan=wish.scan)
        finally:
            for line in said:
                output.notice(line)
    summaries = list(coordinator.summaries.values())
    scope = FleetScope(
        run=run,
        started=header.started_at,
        ended=clock.wall(),
        targets=len(targets),
        interrupted=reason() if signals.noted() else None,
        not_run=len(without(targets, coordinator.summaries.keys())),
        seed=seed,
        ledger=str(path),
    )
    output.write(render(summaries, output.render_options(shown), scope))
    return exit_code_of(summaries, scope)


def _watch(grouped: Sequence[HostGroup], wish: Wish, shown: OutputOptions) -> Watch:
    """Show how far it is; how long full runs take is read off the plans of a few."""
    unknown = shown.quiet or wish.scan
    course = Course(
        targets=sum(len(each.targets) for each in grouped),
        at_once=wish.at_once,
        seconds=0.0 if unknown else _planned([each.targets[0] for each in grouped[:MOST_PLANNED]]),
        longest=max((len(each.targets) for each in grouped), default=1),
    )
    return fleet_progress(
        sys.stderr,
        course,
        quiet=shown.quiet,
        live=output.is_live(sys.stderr),
        colour=output.wants_colour(sys.stderr, no_color=shown.no_color),
    )


def _planned(targets: Sequence[FleetTarget]) -> float:
    """Give the mean seconds of the runs of targets, 0 where none can be planned: its own run says why."""
    from sigcheck.estimate import whole_run

    found = []
    for each in targets:
        with suppress(UsageProblem):
            found.append(whole_run(plan_wanted(each.wanted)))
    return sum(found) / len(found) if found else 0.0


def _target(chosen: Wanted, *, scan: bool) -> FleetTarget:
    settings = scan_settings(chosen.settings) if scan else chosen.settings
    config = decode_settings(settings, chosen.spelled, name=chosen.name, place=chosen.shown_place)
    if scan:
        try:
            see_scannable(config)
        except UsageProblem as problem:
            raise chosen.in_place(problem) from None
    target = parse_target(config.url)
    return FleetTarget(chosen.name or target.url, chosen, target.host)


def _known(path: Path) -> tuple[RunLine | None, list[TargetSummary]]:
    """Give the last run of a ledger, and what it knows of its targets; raises UsageProblem where there is none."""
    lines: list[Line] = list(read_lines(path))
    begun = next((line for line in reversed(lines) if isinstance(line, RunLine)), None)
    if begun is None:
        raise UsageProblem(f"the ledger {path} has no run to resume", "leave --resume out")
    return begun, _results(lines, begun.run)


def _results(lines: Sequence[Line], run: str) -> list[TargetSummary]:
    found: dict[tuple[str, str], TargetSummary] = {}
    for line in lines:
        if isinstance(line, ResultLine) and line.run == run:
            before = found.get(line.summary.key)
            if before is None or before.partial:
                found[line.summary.key] = line.summary
    return list(found.values())


def _run(coordinator: Coordinator, watch: Watch, *, scan: bool) -> None:
    try:
        with asyncio.Runner(loop_factory=loop_factory(scan=scan)) as runner:
            runner.run(_to_the_end(coordinator, watch))
    except signals.Stopped:
        return


async def _to_the_end(coordinator: Coordinator, watch: Watch) -> None:
    loop = asyncio.get_running_loop()

    def heard() -> None:
        coordinator.end(reason())
        loop.call_later(signals.LAST_PATIENCE, coordinator.end, reason())

    async def tick() -> None:
        while True:
            await asyncio.sleep(TICK)
            watch.tick()

    ticking = asyncio.create_task(tick())
    try:
        with signals.heard(lambda: loop.call_soon_threadsafe(heard)):
            await coordinator.run()
    finally:
        ticking.cancel()
        watch.close()
