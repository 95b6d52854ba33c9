"""The corpus, judged without a socket: facts and rules say what is expected of each case."""

import pytest

from sigcheck.chain import describe
from tests import pki
from tests.chains import roots_of, tls_results
from tests.corpus import Case, cases

LETTERS = {"openssl": "o", "jdk": "j", "strict": "s"}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_each_case_is_refused_by_the_expected_families_and_named_by_the_expected_rules(case: Case) -> None:
    """A case of the corpus fires its own rules at their levels, and no other."""
    chain = case.make(pki.NOW)
    facts = describe(chain.presented, roots_of(chain), chain.host, chain.at, staple=chain.staple)
    refused = "".join(LETTERS[verdict.family] for verdict in facts.verdicts if not verdict.accepts)
    failed = {result.rule: result.level for result in tls_results(facts) if result.status == "fail"}
    assert (failed, refused) == (case.rules, case.refused), [defect.message for defect in facts.defects]


def test_the_corpus_has_the_promised_size() -> None:
    """At least 80 cases, each with words about it."""
    assert len(cases()) >= 80
    assert not [case.id for case in cases() if not case.about]
