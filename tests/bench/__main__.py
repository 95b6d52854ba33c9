"""Runs the named parts of the bench, or all the quick ones, and prints each figure beside its goal.

To add a part: a function that yields Figures, or one that prints and gives an exit code, and a line in PARTS.
Exits 1 where a goal was missed, 2 for an unknown name.
"""

import os
import platform
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import NamedTuple

from tests.bench.figure import Figure


class Part(NamedTuple):
    """One part: "module:function", what it measures, whether it runs without being named, and its arguments."""

    function: str
    about: str
    quick: bool = True
    arguments: tuple[int, ...] = ()


PARTS: dict[str, Part] = {
    "startup": Part("tests.bench.startup:measure", "start-up against `import click`"),
    "endpoint": Part(
        "tests.bench.endpoint:measure", "one verify without replay against sslyze, HTTPie and curl, on one nginx"
    ),
    "answer": Part("tests.bench.answer:measure", "measured answer times against curl's, on one server"),
    "due": Part("tests.bench.due:measure", "how far deliveries are from their due times"),
    "many": Part("tests.bench.many:measure", "200 runs at once in one process against one alone, on one TLS receiver"),
    "jobs": Part("tests.bench.jobs:measure", "a fleet in one process and in two, on TLS receivers on loopback"),
    "scan": Part(
        "tests.bench.scan:measure", "scans and full diagnoses a second and core, beside blackbox_exporter on one nginx"
    ),
    "waiting": Part("tests.bench.waiting:measure", "memory and due times of waiting targets of a fleet", quick=False),
    "memory": Part("tests.bench.memory:measure", "memory over a run against a server that never ends its bodies"),
    "fleet": Part("tests.bench.fleet_cost:measure", "a target of a fleet at 100, 1,000 and 5,000; full diagnoses"),
    "race": Part(
        "tests.bench.race:measure", "the race scenario: spread of the deliveries, windows it meets", quick=False
    ),
    "limbo": Part("tests.bench.limbo:main", "agreement with x509-limbo beside OpenSSL, a JDK and cryptography"),
    "chain_cost": Part("tests.bench.chain_cost:main", "sigcheck chain beside openssl verify, on three certificates"),
    "fuzz_chain": Part(
        "tests.bench.fuzz_chain:main", "mutated chains: crashes, hangs, memory", quick=False, arguments=(100_000, 1)
    ),
}
"""Name → part, in the order of the table."""


def main(names: list[str]) -> int:
    """Measure what was asked for; gives the exit code."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"no part is called {unknown[0]!r}: there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    names = names or [name for name, part in PARTS.items() if part.quick]
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.system()} {platform.machine()}")
    missed = False
    for name in names:
        part = PARTS[name]
        module, _, function = part.function.partition(":")
        measure: Callable[..., Iterable[Figure] | int] = getattr(import_module(module), function)
        print(f"\n{name}: {part.about}", flush=True)
        result = measure(*part.arguments)
        if isinstance(result, int):
            missed = missed or result != 0
            continue
        for figure in result:
            print(figure.line(), flush=True)
            missed = missed or figure.met is False
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
