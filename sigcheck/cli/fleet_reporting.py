"""Carries out `fleet report`: reads ledgers, judges again where that is asked for, and writes every format."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import structs

import sigcheck
from sigcheck.cli import output, rejudging
from sigcheck.cli.output_options import OutputOptions
from sigcheck.cli.rejudging import GateOptions
from sigcheck.cli.report_file import report_files
from sigcheck.cli.reporting import each_format, publish, rendered, write
from sigcheck.comparison.fleet import FleetSide, pairs
from sigcheck.comparison.novelty import Pair, novelty
from sigcheck.errors import UsageProblem
from sigcheck.fleet.reading import Fleet, Key, read_fleet, read_runs
from sigcheck.fleet.rejudging import Again
from sigcheck.fleet.viewing import view_of
from sigcheck.model.fleet import NOT_EXAMINED, TargetSummary
from sigcheck.model.judged import Judged, judged_of
from sigcheck.report.fleet import render_fleet
from sigcheck.report.fleet.view import FleetReport, Novelty
from sigcheck.saved import judge_again


def show(
    ledgers: Sequence[str], run: str, options: GateOptions, shown: OutputOptions, fail_on_new: str | None = None
) -> int:
    """Show what stands in ledgers; gives the exit code. Raises UsageProblem for what cannot be read."""
    files = report_files(shown.reports)
    fleet = read_fleet([Path(each) for each in ledgers], run)
    old = None if fail_on_new is None else read_old(fail_on_new, {each.line.run for each in fleet.runs})
    with _judged(fleet, options, quiet=shown.quiet) as found:
        view = found if old is None else structs.replace(found, novelty=what_is_new(found, old))
        texts = each_format(lambda name, options: "".join(render_fleet(view, name, options)), shown, files)
        write(texts, files)
    return view.exit_code if view.novelty is None else view.novelty.exit_code


def show_target(
    ledgers: Sequence[str], run: str, wanted: tuple[str, str | None], options: GateOptions, shown: OutputOptions
) -> int:
    """Show the whole report of one target, judged again by today's rules; gives its exit code."""
    files = report_files(shown.reports)
    fleet = read_fleet([Path(each) for each in ledgers], run)
    key = _the_one(fleet, *wanted)
    saved, summary = fleet.saved(key), fleet.summary(key)
    if saved is None:
        why = summary.problem if summary is not None and summary.problem else "it was not examined"
        raise UsageProblem(f"the ledger has no report of {key[0]} ({why})", "run it again, and look at the new ledger")
    report = options.judged(saved)
    if not shown.quiet:
        rejudging.tell_changes(saved, report)
    publish(report, rendered(report, shown, files), shown, files)
    return report.exit_code


def _the_one(fleet: Fleet, name: str, vantage: str | None) -> Key:
    """Find the key of a target; raises UsageProblem where there is none, or one for each of several vantages."""
    found = [key for key in fleet.keys if key[0] == name and vantage in {None, key[1]}]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(key[1] or '""' for key in found)
        raise UsageProblem(f"{name} was seen from {places}", "choose one with --from")
    raise no_target(name, [key[0] for key in fleet.keys])


def no_target(name: str, names: Sequence[str]) -> UsageProblem:
    """Say that a ledger has no target of that name, and which one may be meant."""
    from difflib import get_close_matches

    close = get_close_matches(name, names, n=1)
    return UsageProblem(
        f"the ledger has no target {name}", f"did you mean {close[0]}?" if close else "the csv format lists them all"
    )


@contextmanager
def _judged(fleet: Fleet, options: GateOptions, *, quiet: bool) -> Iterator[FleetReport]:
    """Give the fleet as it is shown: as it was judged in its run, or again where an option asks for it."""
    asked = options != GateOptions()
    others = {fleet.version(key) for key in fleet.keys} - {sigcheck.__version__}
    if not (asked or others):
        yield view_of(fleet)
        return
    wanted = (lambda _key: True) if asked else (lambda key: fleet.version(key) in others)
    if others and not quiet:
        output.notice(
            f"sigcheck {', '.join(sorted(others))} judged these reports; they are judged again by sigcheck "
            f"{sigcheck.__version__}, which takes about a minute for a thousand of them"
        )
    again = Again(fleet, options.judged, wanted)
    try:
        if again.changed and not asked and not quiet:
            output.notice(f"{again.changed} targets have another exit code than in the run")
        yield view_of(fleet, again.summaries, again.judged, again.seen)
    finally:
        again.close()


def read_old(path: str, but: Collection[str] = ()) -> Fleet:
    """Read the run that failures are compared with: the newest of a ledger that is none of `but`, by their ids.

    Raises UsageProblem where there is none.
    """
    runs = [each for each in read_runs(Path(path)) if each[0].line.run not in but]
    if not runs:
        raise UsageProblem(f"{path} has no run before the one that is compared", "name the ledger of an older run")
    return Fleet(runs[-1])


def what_is_new(view: FleetReport, old: Fleet) -> Novelty:
    """Say what `old` did not have; both sides are judged again where another version judged one of them."""
    now = {each.key: each for each in view.summaries}
    # As `fleet diff` does: a target that was given a name is no new one.
    known = {key: was for was, key in pairs(side(old), FleetSide((), tuple(now), now.get, view.judged)) if key and was}

    def before(key: Key) -> TargetSummary | None:
        return old.summary(known[key]) if key in known else None

    def pair(key: Key) -> Pair:
        return today(old, known[key]) if key in known else None, view.judged(key)

    unfinished = NOT_EXAMINED if view.scope.not_run or view.scope.missing_shards else 0
    return novelty(view.summaries, before, pair, unfinished=130 if view.scope.interrupted is not None else unfinished)


def side(fleet: Fleet) -> FleetSide:
    """Give one side of a comparison."""
    view = view_of(fleet)
    unfinished = bool(view.scope.not_run or view.scope.interrupted is not None or view.scope.missing_shards)
    return FleetSide(view.runs, tuple(fleet.keys), fleet.summary, lambda key: today(fleet, key), unfinished)


def today(fleet: Fleet, key: Key) -> Judged | None:
    """Give what was judged of a target, again where another version did it."""
    if fleet.summary(key) is None:
        return None
    if fleet.version(key) == sigcheck.__version__:
        return fleet.judged(key)
    saved = fleet.saved(key)
    return None if saved is None else judged_of(judge_again(saved))
