"""`python -m tests.many FOLDER [--targets N] [--seed N] [--answers]`: serve the test bed until standard input ends."""

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from tests.many.bed import running
from tests.many.plan import RULES, TLS_WAYS, Plan


def main() -> None:
    """Serve, and print how the fleet is run over it."""
    parser = argparse.ArgumentParser(prog="python -m tests.many", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--targets", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--answers", action="store_true", help="break receivers too in ways that only messages show")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    plan = Plan(given.targets, given.seed, ways=tuple(RULES if given.answers else TLS_WAYS))
    with running(plan, given.folder) as bed:
        file = bed.configuration(given.folder / "sigcheck.toml")
        said = f"{len(plan.places)} targets at port {bed.port}, {len(plan.broken)} of them broken"
        print(f"{said}\nsigcheck fleet run --config {file}", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
