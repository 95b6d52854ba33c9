"""What a ledger knows of its last run, for a run that goes on with it."""

from pathlib import Path

from msgspec import Struct

from sigcheck.errors import UsageProblem
from sigcheck.fleet.ledger import SCHEMA_VERSION, EndLine, RunLine, read_lines
from sigcheck.model.fleet import TargetSummary


class Begun(Struct, frozen=True):
    """The last run of a ledger, or the last shard of it, where several stand one behind the other.

    `summaries` has the first whole result of each target, or else its last partial one.
    `ended`: it came to its end, and nobody interrupted it.
    """

    line: RunLine
    summaries: tuple[TargetSummary, ...]
    ended: bool

    def goes_on(self, *, scan: bool, shard: tuple[int, int] | None, run: str | None, ledger: Path) -> None:
        """See that a run which is asked for is the one that was begun; raises UsageProblem."""
        line = self.line
        if line.schema_version > SCHEMA_VERSION:
            raise UsageProblem(
                f"the last run of {ledger}, {line.run}, was written by a newer sigcheck", "go on with that version"
            )
        where = f"the last run of {ledger}, {line.run},"
        new = "or leave --resume out for a new run"
        if run is not None and run != line.run:
            raise UsageProblem(f"{where} is not the one that --run-id names", f"give --run-id {line.run}, {new}")
        if line.scan != scan:
            was, fix = ("a scan", "add --scan") if line.scan else ("a full run", "leave --scan out")
            raise UsageProblem(f"{where} is {was}", f"{fix}, {new}")
        if line.shard != shard:
            was = "no shard" if line.shard is None else f"shard {line.shard[0]}/{line.shard[1]}"
            fix = "leave --shard out" if line.shard is None else f"give --shard {line.shard[0]}/{line.shard[1]}"
            raise UsageProblem(f"{where} is {was}", f"{fix}, {new}")


def last_run(path: Path) -> Begun | None:
    """Read the last run of a ledger, None where it has none; raises UsageProblem for what is no ledger.

    Lines are read one at a time, and reports are not kept: a ledger may be larger than the memory.
    """
    parts: dict[tuple[str, tuple[int, int] | None], dict[tuple[str, str], TargetSummary]] = {}
    begun: dict[str, RunLine] = {}  # the part of a run that the next lines are of
    last: RunLine | None = None
    ended = False
    for line in read_lines(path):
        if isinstance(line, RunLine):
            last = begun[line.run] = line
            ended = False
            parts.setdefault((line.run, line.shard), {})
        elif isinstance(line, EndLine):
            ended = ended or (line.interrupted is None and last is not None and line.run == last.run)
        elif (of := begun.get(line.run)) is not None:
            found = parts[of.run, of.shard]
            before = found.get(line.summary.key)
            if before is None or before.partial:
                found[line.summary.key] = line.summary
    if last is None:
        return None
    return Begun(last, tuple(parts[last.run, last.shard].values()), ended)


def has_run(path: Path, run: str) -> bool:
    """Whether a ledger has lines of a run already."""
    return any(line.run == run for line in read_lines(path))
