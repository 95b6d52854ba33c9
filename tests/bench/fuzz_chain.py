"""Mutated DER chains through `describe`: no crash, no hang, bounded memory. Arguments: how many, and a seed."""

import resource
import sys
import time
from random import Random

from sigcheck.chain import describe
from sigcheck.model.chain import ChainFacts
from tests import pki
from tests.chains import roots_of
from tests.corpus import cases

SLOWEST = 2.0
"""Seconds that one chain may take before it counts as a hang."""

MOST_MEMORY = 200
"""MiB of resident memory that the whole run may take."""


def seeds() -> list[pki.Chain]:
    """Give the chains to start from: every case of the corpus, without its huge ones."""
    chains = [case.make(pki.NOW) for case in cases()]
    return [chain for chain in chains if sum(map(len, chain.presented)) < 10_000]


def mutated(chain: pki.Chain, others: list[pki.Chain], random: Random) -> tuple[bytes, ...]:
    """Change some bytes, lengths, order and number of certificates, or splice two of them."""
    ders = list(chain.presented)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(ders)) if ders else 0
        der = bytearray(ders[place]) if ders else bytearray()
        match random.randrange(9):
            case 0 if der:
                der[random.randrange(len(der))] = random.randrange(256)
            case 1 if der:
                der[random.randrange(len(der))] ^= 1 << random.randrange(8)
            case 2 if der:
                del der[random.randrange(len(der)) :]
            case 3 if der:
                at = random.randrange(len(der))
                der[at:at] = random.randbytes(random.randint(1, 8))
            case 4 if der:
                at = random.randrange(len(der))
                del der[at : at + random.randint(1, 8)]
            case 5 if der:
                other = random.choice(random.choice(others).presented)
                at, size = random.randrange(len(der)), random.randint(1, 200)
                der[at : at + size] = other[at : at + size]
            case 6:
                random.shuffle(ders)
                continue
            case 7:
                ders.extend(random.choice(others).presented[: random.randint(0, 3)])
                continue
            case _:
                ders.extend([bytes(der)] * random.choice((1, 1, 1, 20)))
                continue
        if ders:
            ders[place] = bytes(der)
    return tuple(ders[:60])


def run(count: int, seed: int) -> tuple[float, dict[str, int]]:
    """Describe `count` mutated chains; the slowest one's seconds, and how often each kind of defect was named.

    Raises AssertionError for a hang or a chain without verdicts; whatever `describe` raises goes through.
    """
    random, start = Random(seed), seeds()
    slowest, kinds = 0.0, {"none": 0}
    for _ in range(count):
        chain = random.choice(start)
        ders = mutated(chain, start, random)
        began = time.perf_counter()
        facts = describe(ders, roots_of(chain, public=random.random() < 0.5), chain.host, chain.at, staple=chain.staple)
        slowest = max(slowest, time.perf_counter() - began)
        assert slowest < SLOWEST, [der.hex() for der in ders]
        assert isinstance(facts, ChainFacts)
        assert len(facts.verdicts) == 3
        for kind in {defect.kind.value for defect in facts.defects} or {"none"}:
            kinds[kind] = kinds.get(kind, 0) + 1
    return slowest, kinds


def main(count: int, seed: int) -> int:
    """Run and print the figures; 1 when the memory passed its bound."""
    began = time.perf_counter()
    slowest, kinds = run(count, seed)
    took = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} mutated chains, seed {seed}: {took:.0f} s, {count / took:.0f}/s, slowest {slowest * 1000:.0f} ms")
    print(f"  memory at most {memory:.0f} MiB (bound {MOST_MEMORY}); no crash, no hang")
    print("  named: " + ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items(), key=lambda kv: -kv[1])))
    return int(memory > MOST_MEMORY)


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    sys.exit(main(*(arguments + [100_000, 1][len(arguments) :])))
