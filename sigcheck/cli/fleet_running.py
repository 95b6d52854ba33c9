"""Carries out `fleet run`: reads the targets, runs them, keeps the ledger, prints what is not well."""

from collections.abc import Sequence
from pathlib import Path
from secrets import randbelow, token_hex

from msgspec import Struct

import sigcheck
from sigcheck import clock, signals
from sigcheck.cli import output
from sigcheck.cli.fleet_executors import Machines
from sigcheck.cli.fleet_listing import listing
from sigcheck.cli.fleet_playing import play, watch
from sigcheck.cli.fleet_reporting import read_old, what_is_new
from sigcheck.cli.fleet_targets import Checked, spread, targets, tell_sharing
from sigcheck.cli.output_options import OutputOptions
from sigcheck.cli.playing import reason
from sigcheck.config.file import ConfigFile
from sigcheck.config.given import Settings
from sigcheck.errors import UsageProblem
from sigcheck.fleet import vantages
from sigcheck.fleet.coordinator import Coordinator
from sigcheck.fleet.executor import LocalExecutor
from sigcheck.fleet.grouping import groups, left
from sigcheck.fleet.ledger import SCHEMA_VERSION, EndLine, Ledger, RunLine
from sigcheck.fleet.reading import Fleet, read_fleet
from sigcheck.fleet.resuming import Begun, has_run, last_run
from sigcheck.fleet.target import FleetRun, HostGroup
from sigcheck.fleet.viewing import view_of
from sigcheck.machine import see_room_for
from sigcheck.model.fleet import SEEDS, FleetScope, TargetSummary, exit_code_of
from sigcheck.report.fleet.text import render
from sigcheck.report.fleet.whole_text import with_novelty


class Wish(Struct, frozen=True):
    """What the command line says beside the settings of the runs. Each field is a parameter of the command."""

    names: tuple[str, ...]
    ledger: str
    resume: bool
    targets: str | None
    shard: tuple[int, int] | None
    run_id: str | None
    at_once: int
    at_address: int
    jobs: int | None
    dask: str | None
    dask_ca: str | None
    dask_cert: str | None
    dask_key: str | None
    seed: int | None
    scan: bool
    fail_on_new: str | None

    @property
    def machines(self) -> Machines:
        """Who runs the targets."""
        return Machines(self.dask, self.dask_ca, self.dask_cert, self.dask_key, self.jobs)


def carry_out(wish: Wish, given: Settings, file: ConfigFile | None, shown: OutputOptions) -> int:
    """Run the fleet; gives the exit code. All targets are checked before the ledger is touched."""
    machines = wish.machines
    machines.see()
    given, asked = vantages.split(given)
    checked = targets(
        wish.names, wish.targets, given, file, scan=wish.scan, counted=shown.dry_run, elsewhere=machines.many
    )
    checked = spread(checked, asked, many=machines.many)
    if shown.dry_run:
        seed = randbelow(SEEDS) if wish.seed is None else wish.seed
        grouped = _grouped(checked, wish, seed)
        output.write(listing(grouped, checked, seed, wish.shard, shown.format_name, scan=wish.scan))
        return 0
    if shown.format_name != "text":
        raise UsageProblem("--format needs --dry-run", "leave it out: `sigcheck fleet report` has other formats")
    tell_sharing(checked)
    at_once = wish.at_once if machines.many else _room(wish.at_once, checked)
    path = Path(wish.ledger)
    resume = wish.resume and _is_there(path)
    with Ledger(path) as ledger:
        begun = last_run(path) if resume else None
        if begun is not None:
            begun.goes_on(scan=wish.scan, shard=wish.shard, run=wish.run_id, ledger=path)
        elif resume:
            output.notice(f"the ledger {path} has no run yet, so this one is a new one")
        elif wish.run_id is not None and has_run(path, wish.run_id):
            raise UsageProblem(
                f"the ledger {path} has the run {wish.run_id} already",
                "add --resume to go on with it, or name another ledger or id",
            )
        old = None
        if wish.fail_on_new is not None:
            old = read_old(wish.fail_on_new, {begun.line.run} if begun is not None else ())
        summaries, scope = _carried_out(wish, checked, ledger, begun, at_once, shown)
    return _summed_up(summaries, scope, old, shown)


def _carried_out(
    wish: Wish, checked: Sequence[Checked], ledger: Ledger, begun: Begun | None, at_once: int, shown: OutputOptions
) -> tuple[list[TargetSummary], FleetScope]:
    """Run what has no result; gives what is known of all targets then."""
    seed = wish.seed if wish.seed is not None else begun.line.seed if begun is not None else randbelow(SEEDS)
    run = begun.line.run if begun is not None else wish.run_id or token_hex(4)
    grouped = _grouped(checked, wish, seed)
    here = {each.ledger_key for group in grouped for each in group.targets}
    known = [] if begun is None else [each for each in begun.summaries if each.key in here]
    gone = () if begun is None else tuple(each.key for each in begun.summaries if each.key not in here)
    if gone:
        be = "is" if len(gone) == 1 else "are"
        output.notice(f"{_count(len(gone))} of the run {be} not in the list any more, and {be} left out")
    todo = left(grouped, {each.key for each in known if not each.partial})
    count = sum(len(each.targets) for each in todo)
    shards = () if wish.shard is None else (wish.shard,)
    now = clock.wall()
    header = RunLine(
        run, SCHEMA_VERSION, sigcheck.__version__, now, seed, scan=wish.scan, targets=len(here), shard=wish.shard,
        resumed=begun is not None, left_out=gone,
    )  # fmt: skip
    if begun is not None and begun.ended and not todo:
        if set(gone) != set(begun.line.left_out):
            ledger.append(header)
            ledger.append(EndLine(run, now, 0))
        output.notice(f"run {run} has all results ({_count(len(here))}): nothing is left to be run")
        scope = FleetScope(run=run, targets=len(here), seed=seed, ledger=wish.ledger, shards=shards)
        return known, scope
    how = FleetRun(run, scan=wish.scan, at_once=at_once, at_address=wish.at_address)

    def say(text: str) -> None:
        watching.say(text)

    executor, machines = wish.machines.executor(len(todo), at_once, say)
    shard = "" if wish.shard is None else f", shard {wish.shard[0]}/{wish.shard[1]}"
    output.notice(f"run {run}: {_count(count)}{shard}, {machines}, seed {seed}, ledger {wish.ledger}")
    watching = watch(todo, how, shown, many=wish.machines.many)
    coordinator = Coordinator(todo, how, executor, ledger, watching, known, header)
    play(coordinator, watching, fast=wish.scan and isinstance(executor, LocalExecutor))
    if coordinator.lost is not None:
        output.notice(str(coordinator.lost))
    scope = FleetScope(
        run=run,
        started=now,
        ended=clock.wall(),
        targets=len(here),
        interrupted=reason() if signals.noted() else None,
        not_run=len(here - coordinator.summaries.keys()),
        seed=seed,
        ledger=wish.ledger,
        shards=shards,
    )
    return list(coordinator.summaries.values()), scope


def _summed_up(summaries: Sequence[TargetSummary], scope: FleetScope, old: Fleet | None, shown: OutputOptions) -> int:
    """Print what is not well; gives the exit code, which goes by what is new where an older run is named."""
    options = output.render_options(shown)
    text, code = render(summaries, options, scope), exit_code_of(summaries, scope)
    if old is not None:
        found = what_is_new(view_of(read_fleet([Path(scope.ledger)], scope.run)), old)
        text, code = with_novelty(text, code, found, options), found.exit_code
    output.write(text)
    return code


def _grouped(checked: Sequence[Checked], wish: Wish, seed: int) -> list[HostGroup]:
    by_key = {each.target.ledger_key: each.places for each in checked}
    grouped = groups([each.target for each in checked], seed, by_key, wish.shard)
    if not grouped and wish.shard is not None:
        output.notice(f"no target is in shard {wish.shard[0]}/{wish.shard[1]}: there are fewer hosts than shards")
    if wish.shard is not None and wish.run_id is None and not wish.resume:
        output.notice("give --run-id, the same one on all machines, if the ledgers are to be put into one file")
    return grouped


def _room(at_once: int, checked: Sequence[Checked]) -> int:
    """See that this machine can run so many at once, or give how many it can; raises UsageProblem where none."""
    wanted = min(at_once, len(checked))
    possible = see_room_for(wanted)
    if possible < wanted:
        output.notice(
            f"this machine allows open files for {possible} of {wanted} hosts at once, so no more are examined at "
            "once; ulimit -n raises the limit"
        )
    if any(each.https for each in checked):
        from sigcheck.probes.own_tls import see_ciphers

        see_ciphers()
    return at_once if possible == wanted else possible


def _is_there(path: Path) -> bool:
    """Whether a ledger exists; a run that shall be resumed begins where there is none, and that is told."""
    if path.exists():
        return True
    output.notice(f"there is no ledger {path} yet, so this run is a new one")
    return False


def _count(number: int) -> str:
    return f"{number} target{'' if number == 1 else 's'}"
