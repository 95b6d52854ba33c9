"""Proves on the test bed what the fleet says: `python -m tests.many.prove [VARIANT...] [--targets N] [--seed N]`.

Each variant prints what it saw, and where that differs from the plan. Exits 1 where something differs, 2 for an unknown
variant.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sigcheck.fleet.ledger import ResultLine, read_lines
from tests.bench.figure import Figure
from tests.many.bed import Bed, running
from tests.many.dasked import local_cluster, on, real_scheduler
from tests.many.plan import ANSWER_WAYS, TLS_WAYS, Plan
from tests.many.trial import Fleet, Trial, complaints, executions, lines_of, misnamed, results_of

MOST_SAID = 10
SCAN = ("--scan",)
SCANNED: dict[str, Any] = {}
ANSWERS: dict[str, Any] = {"only": ["reach", "tls", "response", "deadline"], "samples": 1}
DUPLICATES: dict[str, Any] = {
    "only": ["retry", "dedup-duplicate", "dedup-lost", "dedup-distinct-dropped"],
    "samples": 1,
    "speed": 600.0,
    "settle": 0.2,
    "effects_within": 2.0,
    "observe.interval": 0.5,
    "allow_undecided": ["dedup"],
}
DUPLICATES_SHARE = 0.02
"""How many targets of the whole the variants have that play the schedule with an observer: it costs a hundred times
what a scan costs."""


class Variant(NamedTuple):
    """What is proved, with how many of the targets, how they are broken, and how they are run."""

    about: str
    prove: Callable[["Trials"], Iterator[Figure]]
    ways: tuple[str, ...] = tuple(TLS_WAYS)
    settings: dict[str, Any] = SCANNED
    part: float = 1.0
    observed: bool = False
    arguments: tuple[str, ...] = ()


class Trials:
    """The runs of one variant, each with a folder of its own."""

    def __init__(self, bed: Bed, folder: Path, variant: Variant) -> None:
        self.bed = bed
        self.ledger = folder / "results.jsonl"
        self._folder = folder
        self._file = bed.configuration(folder / "sigcheck.toml", observed=variant.observed, **variant.settings)
        self._arguments = variant.arguments
        self._number = 0

    def begin(self, *arguments: str, ledger: Path | None = None) -> Fleet:
        """Begin a run."""
        self._number += 1
        where: tuple[str | Path, ...] = ("--config", self._file, "--ledger", ledger or self.ledger, *self._arguments)
        return Fleet(self._folder / str(self._number), *where, *arguments)

    def judged(self, what: str, ledger: Path | None = None) -> Figure:
        """Hold the last run of a ledger against the plan."""
        return verdict(what, complaints(self.bed.plan, self.results(ledger), scan="--scan" in self._arguments))

    def results(self, ledger: Path | None = None) -> list[ResultLine]:
        """Give the results of the last run of a ledger."""
        return results_of(read_lines(ledger or self.ledger))

    def cost(self, done: Trial, targets: int | None = None) -> Iterator[Figure]:
        """Say what a run cost."""
        targets = targets or len(self.bed.plan.places)
        yield Figure("targets a second", f"{targets / done.seconds:.1f} ({targets} in {done.seconds:.1f} s)")
        yield Figure("processor time of a target", f"{done.cpu / targets * 1000:.2f} ms")
        yield Figure("peak memory", f"{done.peak / 1024:.0f} MiB")
        yield Figure("ledger", f"{self.ledger.stat().st_size / len(self.results()):.0f} bytes a target")
        yield Figure("runs of targets begun, of them again", "{}, {}".format(*executions(self.ledger)))


def verdict(what: str, said: list[str]) -> Figure:
    """Give a figure that is met where nothing was said; what was said is printed."""
    for each in said[:MOST_SAID]:
        print(f"    {each}")
    return Figure(what, f"{len(said)} differences from the plan", "none", not said)


def plain(trials: Trials) -> Iterator[Figure]:
    """Run once: every broken target is named by its rule, and nobody else is accused."""
    done = trials.begin().wait()
    plan = trials.bed.plan
    yield trials.judged(f"{len(plan.places)} targets, {len(plan.broken)} broken in {len(plan.ways)} ways")
    yield verdict("targets that the text names", misnamed(plan, done.out))
    yield from trials.cost(done)


def killed(trials: Trials) -> Iterator[Figure]:
    """Kill the run in the middle, and go on with it: nothing that had a result is touched again."""
    places = trials.bed.plan.places
    trials.begin().killed(lambda: lines_of(trials.ledger) > len(places) // 2)
    had = {each.summary.target for each in trials.results()}
    before = trials.bed.counts()["connections"]
    done = trials.begin("--resume").wait()
    after = trials.bed.counts()["connections"]
    touched = [
        f"{each.name} had {after[each.host] - before[each.host]} connections more"
        for each in places
        if each.name in had and after[each.host] != before[each.host]
    ]
    yield trials.judged(f"killed with {len(had)} results, then resumed")
    yield verdict("targets with a result that were connected to again", touched)
    yield from trials.cost(done, len(places) - len(had))


def one_after_the_other(trials: Trials) -> Iterator[Figure]:
    """Run twice: receivers that remember the messages of the first run are not accused by the second."""
    for count in ("first", "second"):
        done = trials.begin().wait()
        yield trials.judged(f"the {count} of two runs, {len(trials.bed.plan.places)} targets")
    yield from trials.cost(done)


def beside_each_other(trials: Trials) -> Iterator[Figure]:
    """Run twice at once: neither accuses a receiver of what the other one sent."""
    other = trials.ledger.with_name("other.jsonl")
    both = [trials.begin(), trials.begin(ledger=other)]
    done = [each.wait() for each in both]
    yield trials.judged("one of two runs beside each other")
    yield trials.judged("the other one", other)
    yield from trials.cost(done[0])


def killed_while_sending(trials: Trials) -> Iterator[Figure]:
    """Kill a run that sends, and go on: a target whose run was cut and is run again is not accused of the first."""
    places = trials.bed.plan.places
    trials.begin().killed(lambda: lines_of(trials.ledger) > len(places) // 2)
    had = {each.summary.target for each in trials.results()}
    before = trials.bed.counts()["deliveries"]
    done = trials.begin("--resume").wait()
    after = trials.bed.counts()["deliveries"]
    twice = [each for each in places if each.name not in had and before[each.host]]
    touched = [each.name for each in places if each.name in had and after[each.host] != before[each.host]]
    yield trials.judged(f"killed with {len(had)} results; {len(twice)} were sent to by both runs")
    yield verdict("targets with a result that were sent to again", touched)
    yield from trials.cost(done, len(places) - len(had))


VARIANTS = {
    "plain": Variant("connections alone, one run", plain, arguments=SCAN),
    "killed": Variant("connections alone, kill -9 in the middle and --resume", killed, arguments=SCAN),
    "dask": Variant(
        "scans by a real Dask scheduler and two workers with TLS, of which two are killed",
        on(real_scheduler),
        arguments=SCAN,
    ),
    "cluster": Variant(
        "scans by a LocalCluster of two workers, of which two are killed", on(local_cluster), arguments=SCAN
    ),
    "wide": Variant(
        "all healthy, and all begun at once: nobody is accused of how late the fleet itself is",
        plain,
        ways=(),
        arguments=(*SCAN, "--at-once", "5000"),
    ),
    "answers": Variant(
        "connections and one message each", plain,
        (*TLS_WAYS, *(way for way in ANSWER_WAYS if way != "keeps-duplicates")), ANSWERS,
    ),
    "after": Variant(
        "the schedule compressed, with an observer: one run after the other", one_after_the_other,
        ("keeps-duplicates",), DUPLICATES, DUPLICATES_SHARE, observed=True,
    ),
    "beside": Variant(
        "the schedule compressed, with an observer: two runs at once", beside_each_other,
        ("keeps-duplicates",), DUPLICATES, DUPLICATES_SHARE, observed=True,
    ),
    "twice": Variant(
        "the schedule compressed, with an observer: kill -9 and --resume", killed_while_sending,
        ("keeps-duplicates",), DUPLICATES, DUPLICATES_SHARE, observed=True,
    ),
}  # fmt: skip
"""Name → variant, in the order in which they are run."""


def prove(name: str, targets: int, seed: int) -> Iterator[Figure]:
    """Give the figures of one variant."""
    variant = VARIANTS[name]
    plan = Plan(round(targets * variant.part), seed, ways=variant.ways)
    with (
        tempfile.TemporaryDirectory(prefix="sigcheck-many-") as folder,
        tempfile.TemporaryDirectory(prefix="sigcheck-many-") as runs,
        running(plan, Path(folder)) as bed,
    ):
        yield from variant.prove(Trials(bed, Path(runs), variant))


def main() -> int:
    """Prove what was asked for; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.many.prove", description=__doc__)
    parser.add_argument("variants", nargs="*", metavar="VARIANT", choices=[[], *VARIANTS])
    parser.add_argument("--targets", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    missed = False
    for name in given.variants or VARIANTS:
        print(f"\n{name}: {VARIANTS[name].about}", flush=True)
        for figure in prove(name, given.targets, given.seed):
            print(figure.line(), flush=True)
            missed = missed or figure.met is False
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
