"""A seeded slice of the fuzz run of `tests/bench/fuzz_chain.py`."""

from tests.bench import fuzz_chain


def test_mutated_chains_are_described_without_a_crash() -> None:
    """Whatever the bytes, there are verdicts; and the mutations reach most kinds of defect."""
    _, kinds = fuzz_chain.run(600, seed=3)
    assert sum(kinds.values()) >= 600
    assert {"invalid", "incomplete", "disorder", "name-mismatch", "weak-key"} <= set(kinds)
