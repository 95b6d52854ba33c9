"""Plain lists: words beside the networks, and netmasks as routers write them."""

import pytest

from sigcheck.allowlist.check import check
from sigcheck.allowlist.question import File, Question


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        ("admitted", "185.110.96.0 255.255.252.0\n"),
        ("partly", "185.110.97.0 255.255.255.0 # the old range\n"),
        ("unclear", "185.110.96.0/22\n!185.110.97.0/24\n"),
        ("unclear", "185.110.96.0/22 deny\n"),
        ("admitted", "185.110.96.0/22 # deny\n"),
    ],
)
def test_a_list_is_read_as_it_is_written(verdict: str, text: str) -> None:
    """A word that may take a network back is never passed over, wherever it stands."""
    assert check([File("list", text)], Question(("185.110.96.0/22",))).judgement.verdict == verdict
