"""x509-limbo: right wherever OpenSSL and the JDK are both right. Skips where the data is not there."""

from pathlib import Path

import pytest

from tests import clients, limbo
from tests.system import missing

pytestmark = pytest.mark.skipif(not limbo.data_there(), reason="the x509-limbo data is not beside the checkout")


@pytest.mark.system
def test_what_both_clients_decide_rightly_is_decided_so(tmp_path: Path) -> None:
    """A must rule fails for each case that both rightly reject, and for none that both rightly accept."""
    absent = clients.missing()
    if absent:
        missing(absent[0])
    cases = limbo.vectors()
    jdk = [accepts for accepts, _ in limbo.jdk(cases, tmp_path)]
    both = [
        case
        for case, by_jdk in zip(cases, jdk, strict=True)
        if by_jdk is case.good and limbo.openssl(case, tmp_path) is case.good
    ]
    assert len(both) > 90
    assert [case.id for case in both if limbo.ours(case).accepts is not case.good] == []


def test_no_case_makes_the_reader_or_the_path_builder_fail() -> None:
    """Every case, the pathological ones too, gives three verdicts."""
    assert all(len(limbo.ours(case).facts.verdicts) == 3 for case in limbo.vectors())
