"""The walk: first match against the slow way, and soundness where conditions are not understood."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.allowlist.addresses import ALL, LAST, NONE, Addresses, network, of_spans
from sigcheck.allowlist.question import Question
from sigcheck.allowlist.ruleset import (
    Accept,
    Action,
    AllOf,
    Always,
    Base,
    Chain,
    Condition,
    Jump,
    Line,
    Not,
    Opaque,
    Refuse,
    Return,
    Rule,
    RuleSet,
    Unknown,
    Where,
)
from sigcheck.allowlist.walk import follow
from sigcheck.errors import UsageProblem

QUESTION = Question(("185.110.96.0/22",))
BORDERS = st.integers(0, 12)
SETS = st.lists(st.tuples(BORDERS, BORDERS).map(lambda p: (min(p), max(p))), max_size=3).map(of_spans)
ACTIONS: st.SearchStrategy[Action] = st.sampled_from(
    [Accept(), Refuse(), Return(), Jump("side"), Jump("side", back=False)]
)
CONDITIONS: st.SearchStrategy[Condition] = st.one_of(
    SETS.map(lambda held: Where("source", held)),
    SETS.map(lambda held: Not(Where("source", held))),
    SETS.map(lambda held: AllOf((Where("source", held), Opaque("?")))),
    SETS.map(lambda held: Not(AllOf((Where("source", held), Opaque("?"))))),
)
RULES = st.lists(st.tuples(CONDITIONS, ACTIONS), max_size=5)
SIDE = st.lists(st.tuples(CONDITIONS, st.sampled_from([Accept(), Refuse(), Return()])), max_size=3)


def chain(name: str, rules: list[tuple[Condition, Action]]) -> Chain:
    """Give each rule a line of its own."""
    return Chain(name, tuple(Rule(holds, does, Line(name, n)) for n, (holds, does) in enumerate(rules)))


def holds(condition: Condition, address: int, opaque: bool) -> bool:
    """Evaluate a condition for one address, with an opaque condition settled one way."""
    match condition:
        case Where(addresses=held):
            return any(first <= address <= last for first, last in held.spans)
        case Not(condition=inner):
            return not holds(inner, address, opaque)
        case AllOf(conditions=inner):
            return all(holds(each, address, opaque) for each in inner)
        case Opaque():
            return opaque
        case _:
            raise AssertionError(condition)


def slowly(main: Chain, side: Chain, address: int, settled: dict[Line, bool], policy: bool) -> bool:
    """Do what a firewall does, one address at a time: True is admitted."""

    def through(rules: Chain) -> bool | None:
        for rule in rules.rules:
            if not holds(rule.condition, address, settled[rule.line]):
                continue
            match rule.action:
                case Accept():
                    return True
                case Refuse():
                    return False
                case Return():
                    return None
                case Jump(back=back):
                    decided = through(side)
                    if decided is not None or not back:
                        return decided
                case _:
                    raise AssertionError(rule)
        return None

    decided = through(main)
    return policy if decided is None else decided


@settings(deadline=None)
@given(RULES, SIDE, st.booleans())
def test_claims_hold_however_the_unknown_turns_out(
    rules: list[tuple[Condition, Action]], beside: list[tuple[Condition, Action]], policy: bool
) -> None:
    """Surely admitted means admitted in every world, surely refused refused in every world: nothing is guessed."""
    main, side = chain("main", rules), chain("side", beside)
    base = Base(main, Accept() if policy else Refuse(), Line("policy"))
    outcome = follow(RuleSet("set", (base,), (side,)), QUESTION)
    lines = [rule.line for rule in (*main.rules, *side.rules)]
    unknown = [rule.line for rule in (*main.rules, *side.rules) if "Opaque" in repr(rule.condition)]
    for address in range(14):
        results = set()
        for worlds in product((False, True), repeat=len(unknown)):
            settled = dict.fromkeys(lines, False) | dict(zip(unknown, worlds, strict=True))
            results.add(slowly(main, side, address, settled, policy))
        point = Addresses(((address, address),))
        if point <= outcome.admitted:
            assert results == {True}
        if point <= outcome.refused:
            assert results == {False}
        if not unknown:
            # Without anything unknown there is nothing that may be left open.
            assert point <= (outcome.admitted if results == {True} else outcome.refused)


def test_an_unknown_line_does_not_matter_where_the_answer_is_the_same() -> None:
    """A line that may admit, before a policy that admits, leaves no doubt about the addresses."""
    rules = chain("main", [(Opaque("?"), Accept())])
    outcome = follow(RuleSet("set", (Base(rules, Accept(), Line("policy")),)), QUESTION)
    assert outcome.admitted == ALL
    assert outcome.doubts[0].reason == "?"


def test_an_unknown_action_leaves_its_addresses_open() -> None:
    """An action that is not understood may admit and may refuse."""
    rules = chain("main", [(Where("source", network("185.110.97.0/24")), Unknown("?"))])
    outcome = follow(RuleSet("set", (Base(rules, Accept(), Line("policy")),)), QUESTION)
    assert ~outcome.admitted == network("185.110.97.0/24")
    assert outcome.refused == NONE


def test_a_jump_to_a_chain_that_is_not_there_leaves_it_open() -> None:
    """The chain that a rule jumps to is missing from the file: nothing is known beyond it."""
    rules = chain("main", [(Always(holds=True), Jump("nowhere"))])
    outcome = follow(RuleSet("set", (Base(rules, Refuse(), Line("policy")),)), QUESTION)
    assert outcome.may_admit == ALL
    assert outcome.may_refuse == ALL


def test_chains_that_loop_are_a_usage_problem() -> None:
    """A chain that jumps to itself ends with a message, not with an exhausted stack."""
    loop = chain("loop", [(Always(holds=True), Jump("loop"))])
    with pytest.raises(UsageProblem, match="too deep"):
        follow(RuleSet("set", (Base(loop, Refuse(), Line("policy")),), (loop,)), QUESTION)


def test_chains_that_double_are_a_usage_problem() -> None:
    """Forty chains that each jump twice to the next are 2 to the 40 ways: they are not all walked."""
    chains = [chain(f"c{n}", [(Opaque("?"), Jump(f"c{n + 1}")), (Opaque("?"), Jump(f"c{n + 1}"))]) for n in range(40)]
    with pytest.raises(UsageProblem, match="branch too often"):
        follow(RuleSet("set", (Base(chains[0], Refuse(), Line("policy")),), tuple(chains)), QUESTION)


def test_the_universe_is_all_of_ipv4() -> None:
    """An empty list with a policy decides for every address."""
    outcome = follow(RuleSet("set", (Base(Chain("main", ()), Refuse(), Line("policy")),)), QUESTION)
    assert outcome.refused == Addresses(((0, LAST),))
